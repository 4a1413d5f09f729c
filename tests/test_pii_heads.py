"""Which words above a column or before a value say what kind of number is held there."""

from __future__ import annotations

import pytest

from medgo_data.pii import heads


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("检查单号 影像号 放射编号 CT号 内镜号 心电图号 检查号/报告号 JCH yxh exam_no accession", "EXAM_NO"),
        ("病理号 蜡块编号 血袋编号 献血码 管号 条码号 菌株号 标本条码 检体编号 条形码 specimen_id", "SPECIMEN_NO"),
        ("门急诊号 建档号 受试者编号 随机号 透析编号 就诊流水号 住院号/门诊号 ZYH chart_no", "MEDICAL_RECORD_NO"),
        ("医保个人编号 社保卡号 保单号码 理赔案号 GRBH policy_no", "INSURANCE_NO"),
        ("通行证号码 台胞证 回乡证号", "TRAVEL_PERMIT"),
        ("床号 现床号 CW bed_no", "BED_NO"),
        ("手术编码 诊断编码 收费编码 批号", ""),
        ("型号 封条号 货号 批准文号 产品条码 工号 楼号 drug_code batch_no", None),
    ],
)
def test_a_word_says_what_stands_below_it(words: str, kind: str | None) -> None:
    assert {word: heads.kind(word) for word in words.split()} == dict.fromkeys(words.split(), kind)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("EXAM_NO", "MR/24/10882", "MR/24/10882"),
        ("EXAM_NO", "B24.0093", "B24.0093"),
        ("SPECIMEN_NO", "沪肿B19/05690", "沪肿B19/05690"),
        ("MEDICAL_RECORD_NO", "HN22041837(Z)", "HN22041837(Z)"),
        ("INSURANCE_NO", "0000 3172 8846", "0000 3172 8846"),
        ("PASSPORT", "C4X9KT27L", "C4X9KT27L"),
        ("TRAVEL_PERMIT", "0477120803(B)", "0477120803(B)"),
        ("PLATE", "BRK-2295", "BRK-2295"),
        ("BED_NO", "N+1", "N+1"),
    ],
)
def test_a_cell_holds_a_value_however_it_is_parted(kind: str, cell: str, value: str) -> None:
    assert [cell[start:end] for start, end in heads.held(kind, cell)] == [value]


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("EXAM_NO", "未见异常"),
        ("SPECIMEN_NO", "溶血"),
        ("BED_NO", "5mg"),
        ("PASSPORT", "见附页"),
        ("TRAVEL_PERMIT", "无"),
    ],
)
def test_a_cell_that_holds_something_else_holds_no_value(kind: str, cell: str) -> None:
    assert heads.held(kind, cell) == []
