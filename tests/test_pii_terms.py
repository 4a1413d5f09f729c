"""Where nothing but short words stand: the terms of a list stay as they are, the people of a roster do not."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path

import pytest

pytest.importorskip("presidio_analyzer")
pytest.importorskip("jieba")

from medgo_data.pii.engine import Failed, find
from medgo_data.pii.span import POLICIES, Span
from medgo_data.pii.terms import counted

TERMS = [  # folk names of herbs, as lists of them have them
    "茅花 茅针 茅根",
    "黄芝 金芝 紫芝",
    "杨花 柳花 柳蕊",
    "舒雁 家雁 白雁",
    "胡燕 巧燕 金腰燕",
    "黄木槿 黄花槿",
    "杨桐、木姜、海桐",
    "女金丹 红藤 鸡血藤",
    "瑞金奴 金橘",
    "茅花 茅针\n黄芝 金芝",
]
PEOPLE = [
    ("名单 赵一鸣 钱思远", ["赵一鸣", "钱思远"]),
    ("签到\n赵一鸣\n钱思远\n孙雅静", ["赵一鸣", "钱思远", "孙雅静"]),
    ("今日值班:赵一鸣 钱思远", ["赵一鸣", "钱思远"]),
    ("内科 赵一鸣 钱思远", ["赵一鸣", "钱思远"]),
    ("3床 赵一鸣\n5床 钱思远", ["赵一鸣", "钱思远"]),
    ("赵一鸣 钱思远 孙雅静 李浩然", ["赵一鸣", "钱思远", "孙雅静", "李浩然"]),  # nothing but people
    ("程文博、李思远", ["程文博", "李思远"]),
    ("王芳 王强 李丽", ["王芳", "王强", "李丽"]),  # of one surname, as many are
    ("妻 李梅", ["李梅"]),
    ("妻李梅 代诉", ["李梅"]),
    ("李强医生 您好", ["李强"]),
    ("张建国 肺炎 出院", ["张建国"]),
    ("阿依努尔·买买提 古丽", ["阿依努尔·买买提", "古丽"]),
]


def people(text: str, policy: str) -> list[str]:
    (spans,) = find([text], policy)
    assert not isinstance(spans, Failed)
    return [text[span.start : span.end] for span in spans if span.type == "PERSON"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_list_of_terms_stays_as_it_is(policy: str) -> None:
    assert find(TERMS, policy) == [[] for _ in TERMS]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("text", "named"), PEOPLE)
def test_a_roster_is_one_by_its_head_or_because_most_are_names(text: str, named: list[str], policy: str) -> None:
    assert people(text, policy) == named


def seen(text: str, *names: str, by: str = "tagger") -> list[Span]:
    return [Span(text.index(name), text.index(name) + len(name), "PERSON", by, 0.95) for name in names]


@pytest.mark.parametrize(
    ("text", "some", "kept"),
    [
        ("海麻 程文博 八担柴", ["程文博"], 0),  # one of three
        ("海麻 程文博 李思远", ["程文博", "李思远"], 2),  # two of three
        ("程文海 李思海", ["程文海", "李思海"], 0),  # two that end as one
        ("柳蚛屑 柳蛀粪 程文博", ["柳蚛屑", "柳蛀粪", "程文博"], 0),  # two that begin as one, and are no names
        ("海麻 程文博 八担柴 3片", ["程文博"], 1),  # a number
        ("海麻 程文博 已经来过医院两次", ["程文博"], 1),  # a sentence
        ("海麻 程文博 护士", ["程文博"], 1),  # a word that says who
    ],
)
def test_what_makes_a_list_one_of_terms(text: str, some: list[str], kept: int) -> None:
    found = seen(text, *some)
    assert counted(text, found) == found[:kept]


def test_a_name_that_is_announced_counts_in_any_list() -> None:
    found = seen("我叫李强 海麻 八担柴", "李强", by="name_said")
    assert counted("我叫李强 海麻 八担柴", found) == found


def test_a_long_list_takes_linear_time() -> None:
    def seconds(many: int) -> float:
        found = [Span(4 * k, 4 * k + 3, "PERSON", "tagger", 0.95) for k in range(many)]
        begin = time.process_time()
        assert counted("程文博 " * many, found) == found
        return time.process_time() - begin

    seconds(100)
    part = seconds(5_000)
    assert seconds(20_000) < 12 * max(part, 0.02)  # four times the list: quadratic would be sixteen times as long


@pytest.mark.real
@pytest.mark.parametrize("policy", ["balanced", pytest.param("high_recall", marks=pytest.mark.slow)])
def test_no_term_of_real_lists_is_altered(policy: str) -> None:
    if not (folder := os.environ.get("MEDGO_REAL_DATA")):
        pytest.skip("MEDGO_REAL_DATA does not say where real data lies")
    data = Path(folder) / "data"
    tables = [*data.glob("encyclopedia/ICD*.csv"), *data.glob("monograph/中药*.csv")]
    rows = [row for path in tables for row in csv.reader(io.StringIO(_read(path)))]
    terms = {cell for row in rows for cell in row[:3] if 1 < len(cell) < 30}
    for path in data.glob("encyclopedia/MSD*.json"):
        terms |= {str(one[1] if isinstance(one, list) else one) for one in json.loads(path.read_text("utf-8"))}
    assert len(terms) > 9000
    found = find(sorted(terms), policy)
    assert sum(isinstance(spans, Failed) or len(spans) > 0 for spans in found) == 0, (
        "of terms, that something is altered"
    )


def _read(path: Path) -> str:
    told = path.read_bytes()
    try:
        return told.decode("utf-8-sig")
    except UnicodeDecodeError:
        return told.decode("gb18030", "replace")
