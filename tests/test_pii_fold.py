from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo_data.pii.fold import PASSES, Column, FoldError, fold

FOLDS = [
    ("full width", "电话：１３８１２３４５６７８，ｅｍａｉｌ＠Ｘ", "电话:13812345678,email@X"),
    ("brackets and marks", "【姓名】（李明）！？；％", "[姓名](李明)!?;%"),
    ("what stays", "。、《诗》张·三", "。、《诗》张·三"),
    ("other dots", "阿依•古丽・买买提", "阿依·古丽·买买提"),
    ("spaces of all kinds", "王\u3000芳\u00a0女", "王 芳 女"),
    ("Traditional, and case is kept", "電話與醫師Dr.Ng", "电话与医师Dr.Ng"),
    ("mixed Traditional", "门诊病歷號", "门诊病历号"),
    ("nothing that is not seen", "13\u200b81\u200d23\ufeff45\u00ad678", "13812345678"),
    ("control characters", "病\x00案\x07号\x1b12", "病案号12"),
    ("line breaks of all kinds", "甲\r\n乙\r丙\u2028丁", "甲\n乙\n丙\n丁"),
    ("named entities", "张&nbsp;三&lt;&amp;&gt;", "张 三<&>"),
    ("numbered entities", "&#49;&#x33;&#56;", "138"),
    ("entities in entities", "&amp;amp;#49;&amp;nbsp;", "1 "),
    ("entities in full width", "＆＃49；", "1"),
    ("an ampersand", "R&D 和 A&B;", "R&D 和 A&B;"),
    ("spaced digits", "号：1 3 8 0 0 1 3 8 0 0 0。", "号:13800138000。"),
    ("a spaced resident ID", "1 1 0 1 0 1 1 9 8 0 0 1 0 1 0 0 1 X", "11010119800101001X"),
    ("a row of the table is no number", "1 2 3 4 5 6 7 8 9 10 11", "1 2 3 4 5 6 7 8 9 10 11"),
    ("a line break in a telephone", "电话：13800\n138000，", "电话:13800138000,"),
    ("a line break in a resident ID", "110101198001\n010011", "110101198001010011"),
    ("a line break in a number with a cue", "住院号：00123\n45678", "住院号:0012345678"),
    ("a line break in a number with letters", "检查号：CTJ05\n01088。", "检查号:CTJ0501088。"),
    ("a line break in a telephone with hyphens", "131-3\n836-0705（女儿）", "131-3836-0705(女儿)"),
    ("a date below a number", "病历 0099-3318\n2023/9/5", "病历 0099-3318\n2023/9/5"),
    ("an age below a number", "住院号：12345\n67岁", "住院号:12345\n67岁"),
    ("a spaced number with letters", "号：C T - 0 5 8 1 6 2 7。", "号:CT-0581627。"),
    ("a spaced code of an area", "( 0 2 1 ) 5 8 5 0 0 1 1 0", "(021)58500110"),
    ("two spaced numbers", "1 3 8 0 0 1 3 8 0 0 0 1 3 9 0 0 1 3 9 0 0 0", "13800138000 13900139000"),
    ("a space of a web page in a number", "E28&nbsp;1120011，BP&nbsp;120", "E281120011,BP 120"),
    ("a space of a web page between numbers", "36&nbsp;13800138000", "36 13800138000"),
    (
        "a space of a web page in the middle of one",
        "病案号30503&nbsp;01464，15049&nbsp;736218",
        "病案号3050301464,15049736218",
    ),
    ("a date behind a space of a web page", "病案号305031&nbsp;20240306", "病案号305031 20240306"),
    ("a line break in a passport", "护照C481\n9027，", "护照C4819027,"),
    ("a spoken code of an area", "（零二八）五八五零零一一零", "(028)58500110"),
    ("two numbers below each other", "13800138000\n13900139000", "13800138000\n13900139000"),
    ("an item of a list", "共12345678\n2. 继续", "共12345678\n2. 继续"),
    ("spoken digits", "幺三八零零幺三八零零零", "13800138000"),
    ("spoken on the radio", "幺三拐洞零幺三八勾零零", "13700138900"),
    ("in groups", "幺三八 零零幺三 八零零零", "138 0013 8000"),
    ("formal numerals", "壹叁捌零零壹叁捌零零零", "13800138000"),
    ("a year stays", "二〇二四年", "二〇二四年"),
    ("a list stays", "一、二、三、四、五、六、七", "一、二、三、四、五、六、七"),
    ("a line drawn with numerals stays", "一一一一一一一", "一一一一一一一"),
    ("a dash between digits", "2020—2024，5–10，甲—乙", "2020-2024,5-10,甲—乙"),
    ("keys of a telephone", "1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e3", "138"),
    ("letters of mathematics, digits of Arabia", "𝟏𝟑𝟖 ٣٤", "138 34"),
    ("emoji and rare characters", "😀𠮷野家", "😀𠮷野家"),
    ("half a character", "病\ud800人", "病\ufffd人"),
    ("nothing", "", ""),
]
PARTS = st.sampled_from(
    [
        *"0123456789０１一二三幺零〇两十年月日号\u3000 \n\r\t&#;xX－—–-.，,、。：:張電話病\u200b\ufeff\x00⃣😀𠮷�",
        "&nbsp;",
        "&#49;",
        "&amp;",
        "amp;",
        "电话",
        "13812345678",
        "1 3 8 1 2 3",
        "住院号:",
    ]
)
TEXTS = st.lists(PARTS, max_size=40).map("".join)


@pytest.mark.parametrize(("what", "text", "read"), FOLDS, ids=[what for what, *_ in FOLDS])
def test_a_text_is_read_so(what: str, text: str, read: str) -> None:
    assert fold(text).text == read
    assert Column([text])[0].text == read


@settings(max_examples=400, deadline=None, derandomize=True)
@given(TEXTS)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text).text).text == fold(text).text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(TEXTS, max_size=6))
def test_many_texts_at_once_are_read_like_each_by_itself(texts: list[str]) -> None:
    column = Column(texts)
    assert [column[row] for row in range(len(column))] == [fold(text) for text in texts]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(TEXTS)
def test_every_piece_has_its_place_in_the_original(text: str) -> None:
    folded = fold(text)
    ends = [folded.back(k, k + 1) for k in range(len(folded.text))]
    assert all(0 <= start <= end <= len(text) for start, end in ends)
    assert ends == sorted(ends)  # from left to right
    for k, (start, end) in enumerate(ends):
        if text[start:end] == folded.text[k]:
            continue
        # what is not itself any more was exchanged, or made of something longer
        assert fold(text[start:end]).text == folded.text[k] or end - start == 1
    for a in range(0, len(ends), 3):
        for b in range(a + 1, len(ends) + 1, 5):
            assert folded.back(a, b) == (ends[a][0], ends[b - 1][1])


@pytest.mark.parametrize(
    ("text", "value", "there"),
    [
        ("姓名：张\u200b三，男", "张三", "张\u200b三"),
        ("电话&nbsp;&#49;3800138000。", "13800138000", "&#49;3800138000"),
        ("😀号 1 3 8 0 0 1 3 8 0 0 0，", "13800138000", "1 3 8 0 0 1 3 8 0 0 0"),
        ("電話\r\n13800\n138000", "13800138000", "13800\n138000"),
    ],
)
def test_a_value_is_found_again_where_it_stood(text: str, value: str, there: str) -> None:
    folded = fold(text)
    start = folded.text.index(value)
    begin, end = folded.back(start, start + len(value))
    assert text[begin:end] == there


def test_long_texts_take_no_longer_by_the_character() -> None:
    made = {
        "1 ": 200_000,
        "1\n": 200_000,
        "一": 200_000,
        "&amp;": 100_000,
        "&#38;#": 50_000,
        "\u200b1": 200_000,
        "—1": 200_000,
    }
    for piece, times in made.items():
        began = time.process_time()
        fold(piece * times)
        assert time.process_time() - began < 5, piece


def test_a_text_made_to_hide_without_end_is_refused_and_the_others_are_read() -> None:
    hidden = "\u200b"
    for _ in range(PASSES):  # a hidden character within the entity of a hidden character, and so on
        hidden = f"&ZeroWidth{hidden}Space;"
    with pytest.raises(FoldError, match="passes"):
        fold(hidden)
    column = Column(["電話", hidden, "醫師"])
    assert column.failed == {1}
    assert [column[row].text for row in (0, 2)] == ["电话", "医师"]
