from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from medgo_data.pii import heads
from medgo_data.pii.engine import resolved
from medgo_data.pii.fold import fold
from medgo_data.pii.tables import structured


def told(text: str) -> list[tuple[str, str]]:
    """What the layout alone gives away, as written, from left to right."""
    return [(span.type, fold(text).text[span.start : span.end]) for span in resolved(structured(fold(text).text))]


def values(text: str, kind: str) -> list[str]:
    return [value for known, value in told(text) if known == kind]


ROWS = [
    ["床号", "姓名", "性别", "住院号", "电话", "入院日期", "诊断"],
    ["3", "葛晓东", "男", "0031127", "13900001111", "3.11", "胆囊结石"],
    ["加2", "竹青", "女", "0031131", "0571-88880000", "3.12", "急性阑尾炎"],
    ["12-1", "阿依古丽", "女", "0031140", "13900002222", "3.12", "右肾结石"],
]
HELD = {
    "BED_NO": ["3", "加2", "12-1"],
    "PERSON": ["葛晓东", "竹青", "阿依古丽"],
    "MEDICAL_RECORD_NO": ["0031127", "0031131", "0031140"],
    "PHONE": ["13900001111", "0571-88880000", "13900002222"],
    "DATE": ["3.11", "3.12", "3.12"],
}


@pytest.mark.parametrize("mark", ["\t", "|", " | ", "，", " / ", " ", "   ", "　", "│"])
def test_a_table_is_read_however_its_columns_are_parted(mark: str) -> None:
    text = "今日在院\n" + "\n".join(mark.join(row) for row in ROWS)
    assert {kind: values(text, kind) for kind in HELD} == HELD


def test_a_table_of_fixed_width_and_one_of_a_web_page_are_read() -> None:
    wide = "\n".join("".join(cell.ljust(16, " ") for cell in row) for row in ROWS)
    page = "<table>" + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS) + "</table>"
    marked = "\n".join(f"| {' | '.join(row)} |" for row in [ROWS[0], ["---"] * 7, *ROWS[1:]])
    for text in (wide, page, marked):
        assert {kind: values(text, kind) for kind in HELD} == HELD


@pytest.mark.parametrize(
    ("head", "row", "held"),
    [
        ("机位 姓名 干体重 抗凝", "A04 空", {"BED_NO": ["A04"]}),
        ("姓名 性别 年龄 住址 诊断", "雷 鸣 男 41 上河湾 腰痛", {"PERSON": ["雷 鸣"], "ADDRESS": ["上河湾"]}),
        ("姓名 电话 备注", "葛晓东 139 0000 1111 已通知", {"PERSON": ["葛晓东"], "PHONE": ["139 0000 1111"]}),
        ("序|姓名|證件|航班", "1|程思遠|台胞證 04471892|MU5002", {"PERSON": ["程思远"], "ID_CARD": ["04471892"]}),
        ("PID|XM|XB|NL|CH|RYRQ|ZYYS", "0007731|程思远|女|67|11|20230418|邵伟", {"MEDICAL_RECORD_NO": ["0007731"], "BED_NO": ["11"], "PERSON": ["程思远", "邵伟"], "DATE": ["20230418"]}),
        ("patient_name,bed_no,inpatient_no,birth_date", "程思远,12,ZY00812,1958-03-04", {"PERSON": ["程思远"], "BED_NO": ["12"], "MEDICAL_RECORD_NO": ["ZY00812"], "DATE": ["1958-03-04"]}),
        ("条码\t姓名\t项目\t结果\t单位\t参考", "2304190087\t易长河\tK+\t5.9\tmmol/L\t3.5-5.3", {"SPECIMEN_NO": ["2304190087"], "PERSON": ["易长河"], "ORG": []}),
        ("日期 白班 夜班", "5月3日 程思远/葛晓东 李若溪", {"PERSON": ["程思远", "葛晓东", "李若溪"]}),
        ("隔离点在东路 房号 姓名 身份证", "0812 程思远 51072219880117280X", {"PERSON": ["程思远"], "ID_CARD": ["51072219880117280X"]}),
        ("姓名 主管医师 床位 医保卡号", "程思远 王若溪 +3 A12345678", {"PERSON": ["程思远", "王若溪"], "BED_NO": ["+3"], "INSURANCE_NO": ["A12345678"]}),
    ],
)  # fmt: skip
def test_the_words_of_all_systems_say_what_stands_below(head: str, row: str, held: dict[str, list[str]]) -> None:
    text = f"{head}\n{row}"
    assert {kind: values(text, kind) for kind in held} == held


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("责任护士", "PERSON"), ("紧急联系人电话", "PHONE"), ("现床号", "BED_NO"), ("患者病案号", "MEDICAL_RECORD_NO"),
        ("bedNo", "BED_NO"), ("PATIENT_NAME", "PERSON"), ("contact_phone", "PHONE"), ("idCard", "ID_CARD"), ("年龄(岁)", "AGE_OVER_89"),
        ("临床", None), ("入院诊断", ""), ("糖尿病", None), ("患者出现发热", None), ("drug_name", None), ("与患者关系", ""),
    ],
)  # fmt: skip
def test_a_head_is_known_by_its_word_or_by_how_it_ends(head: str, kind: str | None) -> None:
    assert heads.kind(head) == kind


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("三楼东 巡视\n301-1 宣阿凤 失智 约束带已松\n301-2 闻天祥 尿管通畅\n302-1 桑榆 骶尾压疮", {"BED_NO": ["301-1", "301-2", "302-1"], "PERSON": ["宣阿凤", "闻天祥", "桑榆"]}),
        ("探视登记\n2 穆清 子 穆野\n4 程建国 妻 罗绮\n7 无人探视\n8 银铃 母 凤丽", {"BED_NO": ["2", "4", "7", "8"]}),
        ("0311  冯玉仁  男 63  05  胃癌术后\n0312  祝英  女 58  06  乳腺纤维瘤\n0313  单辉  男 44  07  腹股沟疝", {"BED_NO": ["05", "06", "07"], "PERSON": ["冯玉仁", "祝英", "单辉"]}),
        ("核对：A-4（付强）头孢他啶；A-5（张雪）漏签；A-6（毛毛，新生儿）维生素K1", {"BED_NO": ["A-4", "A-5", "A-6"], "PERSON": ["付强", "张雪", "毛毛"]}),
        ("上午班：A02程玉霞内瘘血流差；A03空；A04李铁军移至B区；A05贾丽肝素减半", {"BED_NO": ["A02", "A03", "A04", "A05"]}),
        ("5月值班\n5/1 赵凯/朱可心\n5/2 东方磊/吴志远\n5/3 朱可心/黑亮", {"DATE": ["5/1", "5/2", "5/3"], "PERSON": ["赵凯", "朱可心", "东方磊", "吴志远", "朱可心", "黑亮"]}),
        ("晨检\n涂梓萱 发热38.6\n熊沐辰 水痘\n万佳 呕吐1次", {"PERSON": ["涂梓萱", "熊沐辰", "万佳"]}),
        ("1 程思远 女\n2 葛晓东 男\n3 王若溪 女", {"PERSON": ["程思远", "葛晓东", "王若溪"], "BED_NO": []}),
        ("病区交班\n1 程思远 病重\n2 葛晓东 术后\n3 王若溪 新入", {"BED_NO": ["1", "2", "3"]}),
        ("明早抽血空腹：3、7、15、加1", {"BED_NO": ["3", "7", "15", "加1"]}),
        ("今日出院床号：12、13、25", {"BED_NO": ["12", "13", "25"]}),
    ],
)  # fmt: skip
def test_rows_of_one_shape_hold_the_same_things(text: str, held: dict[str, list[str]]) -> None:
    assert {kind: values(text, kind) for kind in held} == held


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ('{"patientName": "程思远", "bedNo": "12", "inpatientNo": "ZY001234", "phone": "13900001111"}', ["程思远", "12", "ZY001234", "13900001111"]),
        ("<patient><name>程思远</name><bed>12</bed><birthDate>1958-03-04</birthDate></patient>", ["程思远", "12", "1958-03-04"]),
        ("<患者><姓名>程思远</姓名><床号>12</床号></患者>", ["程思远", "12"]),
        ("name: 程思远\nbed: 12\nward: 3E", ["程思远", "12"]),
        ("INSERT INTO zy_br (xm, ch, zyh) VALUES ('程思远', '12', '0031127'), ('葛晓东', '加3', '0031128');", ["程思远", "12", "0031127", "葛晓东", "加3", "0031128"]),
        ("姓名=程思远;床号=12;住院号=0031127", ["程思远", "12", "0031127"]),
        ("MSH|^~\\&|HIS\nPID|1||0031127^^^HIS||程^思远||19580304|F|||东湖路8号||13900001111\nPV1|1|I|骨二^302^15", ["0031127", "程^思远", "19580304", "东湖路8号", "13900001111", "15"]),
        ("姓名\n程思远\n床号\n12\n住院号\n0031127", ["程思远", "12", "0031127"]),
        ("姓名\n床号\n住院号\n程思远\n12\n0031127", ["程思远", "12", "0031127"]),
        ("姓名|程思远|葛晓东\n床号|12|加3\n诊断|疝|胆石", ["程思远", "葛晓东", "12", "加3"]),
    ],
)  # fmt: skip
def test_the_exports_of_programs_and_forms_are_read(text: str, held: list[str]) -> None:
    assert [value for _, value in told(text)] == held


@pytest.mark.parametrize(
    "text",
    [
        "项目 结果 单位 参考范围\n尿素 28.4 mmol/L 3.1-8.0\n肌酐 768 μmol/L 57-97\n钾 5.9 mmol/L 3.5-5.3",
        "药名 规格 单位 数量 单价\n阿莫西林 0.25g 盒 2 12.5\n布洛芬 0.3g 盒 1 18.0",
        "1 黄芪 30g 补气\n2 白术 15g 健脾\n3 党参 20g 益气\n4 石斛 12g 滋阴",
        "黄芪30 当归10 白芍15；川芎10 熟地15；党参20 茯苓15；白术12 甘草6",
        "[1] Chen WB, Li SY, Wang RX. A trial. Lancet 2015.\n[2] Zhao L, Qian M, Sun Y. A cohort. BMJ 2016.",
        "1. 核对医嘱\n2. 洗手戴口罩\n3. 评估血管\n4. 消毒皮肤",
        "C34.900 肺恶性肿瘤；E11.900 2型糖尿病；I63.900 脑梗死；K35.801 急性阑尾炎",
        "高温 低温 常温\n高压 中压 低压\n高危 中危 低危",
        "接种程序：0、2、6月三剂；暴露后：0、3、7、14、28天",
        "挂号费 5元\n诊查费 15元\n床位费 40元/天",
        "一般项目包括：姓名、性别、年龄、籍贯、职业、住址。\n问诊，了解病情，为诊断提供依据，十分重要。",
        '{"drugName": "白芍", "dose": "10g", "sample_id": "train-78772"}',
        "男 女 合计\n12 15 27\n30 28 58",
        "组别 例数 有效 无效\n对照组 40 30 10\n观察组 40 36 4",
        "经络 穴位 主治\n胃经 足三里 胃痛\n脾经 三阴交 失眠\n肝经 太冲 头痛",
    ],
)
def test_where_rows_hold_nobody_nothing_is_found(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    ["12 " * 20_000, "姓名 床号\n" * 8_000, "1 程思远 男\n" * 6_000, "A1程思远;" * 8_000, '"a":"b",' * 10_000, "<td>甲</td>" * 6_000, "姓名|床号|" * 8_000, "3、7、" * 15_000, "姓名\n" * 20_000],
    ids=["numbers", "heads", "rows", "items", "pairs", "cells", "bars", "beds", "words"],
)  # fmt: skip
def test_a_long_text_takes_linear_time(text: str) -> None:
    def seconds(some: str) -> float:
        begin = time.process_time()
        structured(some)
        return time.process_time() - begin

    seconds(text[:1000])
    whole, part = seconds(text), seconds(text[: len(text) // 4])
    assert whole < 16 * max(part, 0.05)  # four times the text: quadratic would be sixteen times as long


@pytest.mark.real
def test_tables_of_drugs_and_questions_name_nobody() -> None:
    if not (folder := os.environ.get("MEDGO_REAL_DATA")):
        pytest.skip("MEDGO_REAL_DATA does not say where real data lies")
    for name in ("drug", "exam"):
        for path in sorted((Path(folder) / "data" / name).rglob("*.csv"))[:4]:
            text = fold(path.read_text("utf-8-sig", errors="replace")[:60_000]).text
            assert structured(text) == [], path.name
