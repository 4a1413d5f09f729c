"""What comes in the place of an identifier: the same for the same one, and nothing of the value left."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from medgo_data import keys
from medgo_data.pii import shift
from medgo_data.pii.checks import bank_card, credit_code, resident
from medgo_data.pii.operate import CAPPED, OPERATORS, PUT, Mask, province
from medgo_data.pii.span import TYPES, Span
from medgo_data.pii.surrogate import MAKERS, surrogate

KEY = b"a key of the tests, which hides nobody"
VALUES = {
    "PERSON": "郝建邦",
    "PHONE": "139 1234 5678",
    "ID_CARD": "110101199003070839",
    "PASSPORT": "E12345678",
    "TRAVEL_PERMIT": "H12345678",
    "INSURANCE_NO": "YB20230017",
    "MEDICAL_RECORD_NO": "ZY0091172",
    "BED_NO": "12",
    "SPECIMEN_NO": "BL2401566",
    "EXAM_NO": "DR20231102187",
    "BANK_CARD": "6217003150161019470",
    "EMAIL": "someone@some.cn",
    "URL": "https://some.cn/a",
    "IP": "10.2.3.4",
    "SOCIAL_ID": "wx_abc123",
    "PLATE": "川A7K83F",
    "ADDRESS": "芜湖市镜湖区东郊路88号",
    "DATE": "2024年3月6日",
    "AGE_OVER_89": "93岁",
    "HOSPITAL": "江州市第二人民医院",
    "ORG": "顺达再生铝业有限公司",
    "USCC": "91350211M000100Y43",
}


def spans(text: str, **found: str) -> list[Span]:
    """Every place at which the words stand."""
    return sorted(
        Span(at.start(), at.end(), kind, "test")
        for kind, word in found.items()
        for at in re.finditer(re.escape(word), text)
    )


def code(value: str) -> str:
    return keys.code(KEY, value)


def test_a_value_stands_here_for_every_type() -> None:
    assert VALUES.keys() == TYPES.keys()


def test_a_placeholder_says_the_kind_and_who_is_the_same() -> None:
    text = "患者郝建邦，其妻闻若兰陪同。郝 建 邦诉头晕，建邦的电话13912345678，闻若兰的也是13912345678。"
    found = [
        *spans(text, PERSON="郝建邦", PHONE="13912345678"),
        *spans(text, PERSON="闻若兰"),
        *spans(text, PERSON="郝 建 邦"),
        Span(text.index("，建邦") + 1, text.index("，建邦") + 3, "PERSON", "test"),
    ]
    masked, at = Mask({}).masked(text, found)
    assert masked == "患者[姓名1]，其妻[姓名2]陪同。[姓名1]诉头晕，[姓名1]的电话[电话1]，[姓名2]的也是[电话1]。"
    assert [masked[s.start : s.end] for s in at] == [p[0] for p in PUT.finditer(masked)]


def test_numbers_go_on_from_one_text_of_a_row_to_the_next() -> None:
    mask = Mask({})
    assert mask.masked("郝建邦", [Span(0, 3, "PERSON", "test")])[0] == "[姓名1]"
    assert (
        mask.masked("闻若兰和郝建邦", [Span(0, 3, "PERSON", "test"), Span(4, 7, "PERSON", "test")])[0]
        == "[姓名2]和[姓名1]"
    )


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("operator", ["placeholder", "pseudonym", "surrogate"])
def test_nothing_of_the_value_is_left(kind: str, operator: str) -> None:
    value = VALUES[kind]
    masked, (at,) = Mask({kind: operator}, KEY).masked(f"甲{value}乙", [Span(1, 1 + len(value), kind, "test")])
    assert value not in masked and masked[0] + masked[-1] == "甲乙"
    assert masked[at.start : at.end] == masked[1:-1]
    if operator != "surrogate":
        assert PUT.fullmatch(masked[1:-1])


@pytest.mark.parametrize("kind", TYPES)
def test_a_surrogate_is_the_same_under_the_same_key_and_another_under_another(kind: str) -> None:
    value = VALUES[kind]
    same = {surrogate(kind, value, code(value)) for _ in range(3)}
    others = {surrogate(kind, value, code(f"{value}{n}")) for n in range(60)}
    assert len(same) == 1 and value not in others
    assert len(others) > (5 if kind in ("BED_NO", "AGE_OVER_89") else 40)


@pytest.mark.parametrize("n", range(40))
def test_a_surrogate_has_the_right_check_character(n: int) -> None:
    for kind, check in {"ID_CARD": resident, "BANK_CARD": bank_card, "USCC": credit_code}.items():
        made = surrogate(kind, VALUES[kind], code(f"{kind} {n}"))
        assert check(made) and len(made) == len(VALUES[kind])


@pytest.mark.parametrize(
    ("kind", "value", "shape"),
    [
        ("PHONE", "139 1234 5678", r"13\d \d{4} \d{4}"),
        ("PHONE", "0553-5889123", r"05\d\d-\d{7}"),
        ("MEDICAL_RECORD_NO", "ZY-0091172", r"[A-Z]{2}-\d{7}"),
        ("BED_NO", "十二", r"[一二三四五六七八九]{2}"),
        ("PLATE", "川A7K83F", r"川[A-Z]\d[A-Z]\d\d[A-Z]"),
        ("PERSON", "闻若兰", r"[\u4e00-\u9fff]{3}"),
        ("PERSON", "闻兰", r"[\u4e00-\u9fff]{2}"),
        ("PERSON", "若", r"[\u4e00-\u9fff]"),
        ("PERSON", "阿依古丽·买买提", r"[\u4e00-\u9fff]{3}·[\u4e00-\u9fff]{3}"),
        ("PERSON", "Jane Doe", r"[A-Z][a-z]+ [A-Z][a-z]+"),
        ("HOSPITAL", "云溪镇卫生院", r"[\u4e00-\u9fff]+卫生院"),
        ("ORG", "云溪第三小学", r"[\u4e00-\u9fff]+小学"),
        ("ID_CARD", "不是号码", r"[一二三四五六七八九]{4}"),
    ],
)
def test_a_surrogate_looks_like_what_it_stands_for(kind: str, value: str, shape: str) -> None:
    assert re.fullmatch(shape, surrogate(kind, value, code(value)))


def test_who_makes_a_surrogate_is_said_for_known_types() -> None:
    assert set(MAKERS) <= set(TYPES)


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("2024年3月6日", "2024年4月15日"),
        ("2024年12月30号", "2025年2月8号"),
        ("3月6日", "4月15日"),
        ("2024-03-06", "2024-04-15"),
        ("2024-12-30", "2025-02-08"),
        ("2024/3/6", "2024/4/15"),
        ("24.3.6", "24.4.15"),
        ("20240306", "20240415"),
        ("二〇二四年三月六日", "二〇二四年四月十五日"),
        ("二零二四年十一月二十九日", "二〇二五年一月八日"),
        ("民国113年3月6日", "民国113年4月15日"),
        ("113/03/06", "113/04/15"),
        ("12 Mar 2024", "21 Apr 2024"),
        ("March 6, 2024", "April 15, 2024"),
        ("2008.02.11 05:59", "2008.03.22 05:59"),
        ("2024年3月6日 09:15:30", "2024年4月15日 09:15:30"),
        ("2024年2月30日", None),  # there is none
        ("农历腊月初八", None),  # moves with the moon
        ("去年冬天", None),
    ],
)
def test_a_date_moves_and_is_written_as_it_was(written: str, moved: str | None) -> None:
    assert shift.Calendar(40).moved(written) == moved


def test_intervals_stay_and_a_date_without_a_year_lies_in_the_year_before_it() -> None:
    calendar = shift.Calendar(-100)
    assert [calendar.moved(one) for one in ("2024年2月28日", "3月1日", "2024-03-10")] == [
        "2023年11月20日",
        "11月22日",
        "2023-12-01",
    ]
    assert date(2024, 3, 10) - date(2024, 2, 28) == date(2023, 12, 1) - date(2023, 11, 20)


def test_a_date_that_cannot_be_moved_is_taken_out() -> None:
    text = "农历腊月初八入院"
    assert Mask({"DATE": "shift"}, KEY, "s").masked(text, [Span(0, 6, "DATE", "test")])[0] == "[日期1]入院"


def test_all_dates_of_a_person_move_by_as_many_days_and_those_of_another_by_others() -> None:
    far = {whom: shift.days(code(whom)) for whom in map(str, range(2000))}
    assert all(0 < abs(days) <= shift.FURTHEST for days in far.values())
    assert len(set(far.values())) > 650
    moved = {
        Mask({"DATE": "shift"}, KEY, whom).masked("2024-03-06", [Span(0, 10, "DATE", "test")])[0]
        for whom in ("a", "a", "b")
    }
    assert len(moved) == 2


@pytest.mark.parametrize(
    ("operators", "kind", "value", "left"),
    [
        ({}, "AGE_OVER_89", "93岁", CAPPED),
        ({}, "ADDRESS", "芜湖市镜湖区东郊路88号", "安徽省"),
        ({}, "ADDRESS", "新疆喀什", "新疆维吾尔自治区"),
        ({}, "ADDRESS", "鼓楼区中山路1号", "[地址1]"),  # there are several
        ({"ADDRESS": "placeholder"}, "ADDRESS", "安徽芜湖", "[地址1]"),
        ({"DATE": "year"}, "DATE", "2024年3月6日", "2024年"),
        ({"DATE": "year"}, "DATE", "3月6日", "[日期1]"),
        ({"DATE": "keep"}, "DATE", "3月6日", "3月6日"),
    ],
)
def test_less_is_said_where_less_will_do(operators: dict[str, str], kind: str, value: str, left: str) -> None:
    assert Mask(operators).masked(value, [Span(0, len(value), kind, "test")])[0] == left


def test_a_pseudonym_is_the_same_in_every_row() -> None:
    def named(value: str, key: bytes = KEY) -> str:
        return Mask({"PERSON": "pseudonym"}, key).masked(value, [Span(0, len(value), "PERSON", "test")])[0]

    assert named("郝建邦") == named("郝 建邦") != named("闻若兰")
    assert named("郝建邦") != named("郝建邦", KEY[::-1])


@pytest.mark.parametrize("name", ["安徽", "安徽省", "北京市东城区", "中国四川省成都市"])
def test_a_province_is_named_in_full(name: str) -> None:
    assert province(name) in {"安徽省", "北京市", "四川省"}


def test_operators_are_for_types_that_there_are() -> None:
    assert all(of is None or of <= TYPES.keys() for of in OPERATORS.values())


# ---- the key -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv(keys.KEY, raising=False)
    monkeypatch.delenv(keys.FILE, raising=False)
    return monkeypatch


def test_a_key_comes_from_the_environment_or_from_a_file(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv(keys.KEY, KEY.decode())
    assert keys.secret("a test") == KEY
    (tmp_path / "key").write_bytes(KEY[::-1] + b"\n")
    bare.setenv(keys.FILE, str(tmp_path / "key"))
    assert keys.secret("a test") == KEY[::-1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "A test needs a key: put it into MEDGO_KEY"),
        ("", "A test needs a key"),
        ("short and 31 characters, no more", None),
        ("too short", "that of MEDGO_KEY has 9 characters"),
        ("ab" * 40, "2 of them different"),
    ],
)
def test_a_key_that_could_be_guessed_is_none(bare: pytest.MonkeyPatch, given: str | None, words: str | None) -> None:
    if given is not None:
        bare.setenv(keys.KEY, given)
    if words is None:
        assert keys.secret("A test")
        return
    with pytest.raises(keys.SecretError, match=re.escape(words)) as refused:
        keys.secret("A test")
    assert "secrets.token_hex" in str(refused.value) and (not given or given not in str(refused.value))


def test_a_file_that_is_not_there_is_named(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv(keys.FILE, str(tmp_path / "gone"))
    with pytest.raises(keys.SecretError, match="gone, which is no file"):
        keys.secret("A test")
