"""What is found beside somebody who is named, though nothing announces it; and what is left alone there."""

from __future__ import annotations

import time

import pytest

from medgo_data.pii.beside import beside
from medgo_data.pii.fold import fold
from medgo_data.pii.span import Span
from tests.marked import read


def told(line: str) -> tuple[str, list[Span], list[tuple[int, int]]]:
    text, known, meant = read(line)
    assert fold(text).text == text
    return text, beside(text, known), meant


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("⟦US24-00812⟧ ⟨PERSON|竹青⟩ 肝胆胰脾未见异常", "EXAM_NO"),
        ("报告 ⟨PERSON|竹青⟩  审核 ⟨PERSON|葛晓东⟩\n⟦8830142⟧ 本报告仅供临床参考", "EXAM_NO"),
        ("送检交接:\n⟦2603110788⟧ 紫 ⟨PERSON|竹青⟩\n⟦2603110789⟧ 黄 ⟨PERSON|葛晓东⟩ 溶血+", "SPECIMEN_NO"),
        ("社保单子 ⟨PERSON|竹青⟩ 4 ⟦150525 0307 0016⟧", "INSURANCE_NO"),
        ("船员 1 MASTER ⟨PERSON|ROE, JANE⟩ ⟦P7718204B⟧", "PASSPORT"),
        ("港澳台:⟨PERSON|竹青⟩ ⟦H 7730 4182⟧", "TRAVEL_PERMIT"),
        ("通行证可以挂号吗\n客:⟦CA3319042⟧ 这是我去香港的", "TRAVEL_PERMIT"),
        ("调架单\n⟦41-07-88⟧ 红 ⟨PERSON|竹青⟩", "MEDICAL_RECORD_NO"),
        ("分诊:号\n急诊1:⟦J260314-0088⟧", "MEDICAL_RECORD_NO"),
        ("⟨PERSON|竹青⟩ 男 45 ⟦388127⟧ 肺炎", "MEDICAL_RECORD_NO"),
        ("⟨DATE|10/26⟩ 门⟦03318⟧ ⟨PERSON|竹青⟩", "MEDICAL_RECORD_NO"),
        ("⟦US24-00812⟧ 竹某 女 34 肝胆胰脾", "EXAM_NO"),
        ("再下一个片子 ⟦七七二洞⟧ ⟨PERSON|竹青⟩没来", "EXAM_NO"),
    ],
)
def test_a_number_is_found_beside_whose_it_is_and_called_by_what_is_spoken_of(line: str, kind: str) -> None:
    text, spans, meant = told(line)
    assert [(span.start, span.end) for span in spans if span.type != "PERSON"] == meant, text
    assert {span.type for span in spans} == {kind}


def test_what_is_written_as_a_known_number_is_one_wherever_it_stands() -> None:
    far = "随访记录。" * 100
    text, spans, meant = told(f"病案号⟨MEDICAL_RECORD_NO|ART-44-03-0718⟩{far}\n⟦ART-44-03-0790⟧ 停机")
    assert [(span.start, span.end) for span in spans] == meant, text


def test_a_number_of_which_a_part_was_found_is_taken_whole() -> None:
    text, known, _ = read("TCT管TCT24-0924-3;ID230127")
    part = Span(text.index("TCT24"), text.index("-3"), "SPECIMEN_NO", "specimen_short", 0.7)
    after_word = Span(text.index("230127"), len(text), "MEDICAL_RECORD_NO", "card_number", 0.7)
    spans = beside(text, [*known, part, after_word])
    assert [(text[span.start : span.end], span.by) for span in spans] == [("TCT24-0924-3", "specimen_short")]


@pytest.mark.parametrize(
    "line",
    [
        "⟨PERSON|竹青⟩ WBC 12500 CD4 271 CA19-9 37 NT-proBNP 123456 PLT 125-350 BP132/76 CT值68HU",
        "⟨PERSON|竹青⟩ 阿莫西林批号 2310071,国药准字H20193127,封条号0031872,处方笺 0082914,LOT 220815",
        "⟨PERSON|竹青⟩ HLH-2004方案,T3N1M0,GB 15982-2012,2024-2025,202403,0/3/7/14/28天",
        "⟨PERSON|竹青⟩ 基金项目:国家自然科学基金(81070639,30771038) 文章编号 1007-5062",
        "⟨PERSON|竹青⟩ 病毒载量 1250000 IU/mL,费用 718823 元,随访 100000 人",
        "⟨PERSON|竹青⟩乘航班MU5002,旅客体温36.4",
        "教学医院,重庆400016 ⟨HOSPITAL|某某医院⟩",
        "药品目录 " + " ".join(f"DR{n}" for n in range(84034, 84060)) + " ⟨PERSON|竹青⟩",
    ],
)
def test_measures_lots_codes_and_lists_stay(line: str) -> None:
    text, spans, _ = told(line)
    assert [text[span.start : span.end] for span in spans] == []


@pytest.mark.parametrize(
    "line",
    [
        "7B 男内科 夜更 病房\n⟦01⟧ ⟨PERSON|竹青⟩ COPD\n⟦02⟧ 吉床\n⟦3A⟧ ⟨PERSON|葛晓东⟩",
        "今日手术3台\n①⟦8⟧ ⟨PERSON|竹青⟩ LC\n②⟦24⟧ ⟨PERSON|葛晓东⟩ 疝",
        "红区:⟦抢R1⟧ ⟨PERSON|竹青⟩ STEMI\n黄区:⟦Y07⟧ ⟨PERSON|葛晓东⟩  ⟦Y11⟧ 小满",
        "住院一览\n⟨PERSON|竹青⟩ ⟦N07⟧ 居民\n⟨PERSON|葛晓东⟩ ⟦N+1⟧ 自费",
        "⟦1203-2⟧/⟨PERSON|竹青⟩/男/45",
        "访客登记 探 ⟦402-3⟧ 工友\n探 ⟦406-1⟧ 女",
        "隔离病区:⟦七-2⟧ ⟨PERSON|竹青⟩",
        "│⟨BED_NO|01⟩│⟨PERSON|竹青⟩│\n│⟨BED_NO|03⟩│⟨PERSON|葛晓东⟩│\n│⟦04⟧│Ng│",
    ],
)
def test_a_bed_is_known_by_the_name_beside_it_and_by_the_other_beds(line: str) -> None:
    text, spans, meant = told(line)
    assert sorted((span.start, span.end) for span in spans if span.type == "BED_NO") == meant, text


@pytest.mark.parametrize(
    "line",
    [
        "候诊叫号\nA031 ⟨PERSON|竹青⟩\nA032 ⟨PERSON|葛晓东⟩",
        "体检名单\n1 ⟨PERSON|竹青⟩\n2 ⟨PERSON|葛晓东⟩",
        "护士交班 23:51 ⟨PERSON|竹青⟩ 男 65",
        "⟨PERSON|竹青⟩ 61M 病区",
    ],
)
def test_numbers_that_count_and_tell_the_time_are_no_beds(line: str) -> None:
    text, spans, _ = told(line)
    assert [text[span.start : span.end] for span in spans if span.type == "BED_NO"] == []


@pytest.mark.parametrize("piece", ["A1-2 ", "1 2 3 4 ", "a1B2c3", "12-3 竹青\n", "1234567890", "七七二洞", "A/1/"])
def test_a_long_text_takes_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        known = [Span(k, k + 1, "PERSON", "other", 1.0) for k in range(0, length, 50)]
        begin = time.process_time()
        beside(text, known)
        return time.process_time() - begin

    seconds(1000)
    whole, part = seconds(80_000), seconds(20_000)
    assert whole < 12 * max(part, 0.05)


@pytest.mark.parametrize(
    "line",
    [
        "夜班交接\n新入2人:⟦12⟧,⟦15⟧。危重:⟦7⟧、⟦加1⟧。",
        "护理交班 今日手术:⟦5⟧(阑尾)、⟦11⟧(疝气)",
        "护士:⟦17⟧吐了\n⟨BED_NO|30⟩床禁食",
        "病区 ⟨BED_NO|3⟩床,⟨PERSON|竹青⟩由⟦8⟧换⟦16⟧",
        "交班\n⟦12⟧ 吸氧3L\n⟦15⟧ 半流\n⟦18⟧ 心电监护",
        "病区\n⟦3E17⟧ ⟨PERSON|竹青⟩\n⟦3E18⟧ ⟨PERSON|葛晓东⟩",
    ],
)
def test_beds_are_told_by_the_lists_of_the_ward_and_by_what_happens_in_them(line: str) -> None:
    text, spans, meant = told(line)
    assert sorted((span.start, span.end) for span in spans if span.type == "BED_NO") == meant, text


@pytest.mark.parametrize(
    "line",
    [
        "护理 原有38 入5 出7 转入1 转出2 死亡0 现有35;病危1 病重4 一级护理11。",
        "护理记录\n1 发热\n2 咳嗽\n3 腹泻",
        "手术室 08:32切皮,09:20术毕,09:38拔管",
        "出院医嘱:术后1、2、3月门诊拍片复查",
    ],
)
def test_counts_times_and_items_are_no_beds(line: str) -> None:
    _, spans, _ = told(line)
    assert [span for span in spans if span.type == "BED_NO"] == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("⟨PERSON|竹青⟩ 脑电 ⟦24-88⟧ 异常", "EXAM_NO"),
        ("⟨PERSON|竹青⟩ 彩超单 ⟦118⟧ 已取", "EXAM_NO"),
        ("⟨PERSON|竹青⟩ 蜡块⟦A3⟧、⟦A5⟧ 白片", "SPECIMEN_NO"),
        ("⟨PERSON|竹青⟩ 医疗证 ⟦12-345⟧ 有效", "INSURANCE_NO"),
        ("⟨PERSON|竹青⟩ CT 64 排,超声 35 mm,胸片2024,450052 郑州", ""),
    ],
)
def test_a_short_number_is_known_by_the_word_before_it(line: str, kind: str) -> None:
    text, spans, meant = told(line)
    assert [(span.start, span.end) for span in spans] == meant, text
    assert {span.type for span in spans} <= {kind}
