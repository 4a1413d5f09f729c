from __future__ import annotations

import json
import os
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from medgo_data.pii import engine, presidio
from medgo_data.pii.engine import Failed, find, plain, resolved, rules
from medgo_data.pii.gate import LONGEST, SHARED
from medgo_data.pii.needs import need
from medgo_data.pii.span import POLICIES, TYPES, Rule, Span

SAID = [  # invented, each with what is found in it
    ("患者姓名：李建国，男，56岁。", {"PERSON": "李建国"}),
    ("联系电话：１３９１２３４５６７８。", {"PHONE": "１３９１２３４５６７８"}),
    ("手机 1 3 9 1 2 3 4 5 6 7 8。", {"PHONE": "1 3 9 1 2 3 4 5 6 7 8"}),
    ("打幺三九幺二三四五六七八找他。", {"PHONE": "幺三九幺二三四五六七八"}),
    ("电话：13912\n345678。", {"PHONE": "13912\n345678"}),
    ("电话：139&#49;2345678。", {"PHONE": "139&#49;2345678"}),
    ("電話：1391\u200b2345678。", {"PHONE": "1391\u200b2345678"}),
    ("住院号：00734512，", {"MEDICAL_RECORD_NO": "00734512"}),
    ("标本号：S2024031512", {"SPECIMEN_NO": "S2024031512"}),
    ("身份证号11010119800307803X", {"ID_CARD": "11010119800307803X"}),
    ("邮箱：ward7@example.org", {"EMAIL": "ward7@example.org"}),
    ("车牌京A12345", {"PLATE": "京A12345"}),
    ("入院日期：2024年3月6日", {"DATE": "2024年3月6日"}),
    ("患者，女，95岁，因跌倒入院。", {"AGE_OVER_89": "95"}),
]
DULL = [
    "阿莫西林胶囊0.5g口服，每日三次，连用7天。",
    "血压120/80mmHg，白细胞6.5×10^9/L，体温36.8℃。",
    "高血压病2级，建议低盐饮食，定期复查。",
    "The hazard ratio was 0.85 (95% CI 0.70-0.98).",
    "参见《中国高血压防治指南（2018年修订版）》，ICD-10编码I10.x00。",
]


def documents(dice: random.Random, count: int) -> Iterator[str]:
    """Dull sentences with identifiers among them, in lines of all lengths."""
    for _ in range(count):
        some = [dice.choice(DULL) if dice.random() < 0.7 else dice.choice(SAID)[0] for _ in range(dice.randint(1, 30))]
        yield "".join(one + dice.choice(["", "", "\n", "\n\n", " "]) for one in some)


def clear() -> None:
    for cached in (engine.rules, engine.seekers, engine.analyzer):
        cached.cache_clear()


def test_all_who_saw_an_identifier_are_named_and_nobody_who_saw_another() -> None:
    (found,) = find(["患者姓名：李建国，男，56岁。电话13905537162。"], "high_recall")
    assert isinstance(found, list)
    by = {span.type: span.by.split("+") for span in found}
    assert len(by["PERSON"]) > 1 and {"tagger", "lac"} & set(by["PERSON"]) and by["PERSON"][0] not in {"tagger", "lac"}
    assert not {"tagger", "lac"} & set(by["PHONE"])


@pytest.mark.parametrize(("text", "held"), SAID, ids=[text for text, _ in SAID])
def test_an_identifier_is_found_where_it_stands(text: str, held: dict[str, str]) -> None:
    for policy in POLICIES:
        (spans,) = find([text], policy)
        assert isinstance(spans, list)
        told = {span.type: text[span.start : span.end] for span in spans}
        assert {kind: value.removesuffix("岁") for kind, value in told.items() if kind in held} == held


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_is_found_in_dull_sentences(policy: str) -> None:
    assert find(DULL, policy) == [[] for _ in DULL]


@pytest.mark.parametrize("policy", ["balanced", pytest.param("high_recall", marks=pytest.mark.slow)])
def test_behind_the_gate_presidio_finds_what_it_finds_without(policy: str) -> None:
    texts = [*documents(random.Random(0), 60), *(text for text, _ in SAID)]
    assert find(texts, policy) == [plain(text, policy) for text in texts]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_line_without_end_is_read_in_pieces_that_find_the_same(policy: str) -> None:
    dice = random.Random(1)
    said = [text.replace("\n", "") for text, _ in SAID]
    filler = "".join(DULL).replace("。", "").replace("，", "")
    line = "".join(filler[: dice.randint(50, 300)] + dice.choice(said) for _ in range(120))
    assert len(line) > 3 * LONGEST
    (found,) = find([line], policy)
    spans = plain(line, policy)
    assert isinstance(found, list) and isinstance(spans, list)
    assert found == spans
    cuts = {k // (LONGEST - SHARED) for span in spans for k in (span.start,)}
    assert len(cuts) > 3


def test_a_text_is_searched_the_same_whatever_stands_beside_it() -> None:
    texts = [*documents(random.Random(2), 40)]
    alone = [find([text], "high_recall")[0] for text in texts]
    assert find(texts, "high_recall") == alone
    assert find(texts[::-1], "high_recall") == alone[::-1]


def test_only_the_types_that_are_asked_for_are_told() -> None:
    text = "患者姓名：李建国，联系电话：13912345678，住院号：00734512。"
    (every,) = find([text], "high_recall")
    (some,) = find([text], "high_recall", types=["PHONE"])
    assert isinstance(every, list)
    assert some == [span for span in every if span.type == "PHONE"] != every


def test_no_texts_and_empty_texts() -> None:
    assert find([], "balanced") == []
    assert find(["", "\n", " \r\n"], "balanced") == [[], [], []]


# ---- of spans that overlap -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "kept"),
    [
        ([Span(0, 4, "DATE", "a", 0.9), Span(2, 6, "PHONE", "b", 1.0)], [1]),
        ([Span(0, 4, "DATE", "a", 0.9), Span(2, 8, "PHONE", "b", 0.9)], [1]),
        ([Span(0, 4, "DATE", "a", 0.9), Span(2, 6, "PHONE", "b", 0.9)], [0]),
        ([Span(0, 4, "DATE", "a", 0.9), Span(4, 6, "PHONE", "b", 0.5)], [0, 1]),
        ([Span(4, 6, "DATE", "a", 0.7), Span(0, 9, "ORG", "b", 0.7), Span(8, 12, "URL", "c", 1.0)], [0, 2]),
        ([Span(0, 4, "DATE", "b", 0.9), Span(0, 4, "DATE", "a", 0.9)], [1]),
    ],
)
def test_the_surest_stays_then_the_longest_then_the_first(spans: list[Span], kept: list[int]) -> None:
    assert resolved(spans) == sorted(spans[k] for k in kept) == resolved(spans[::-1])


# ---- the rules -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_every_rule_needs_something_so_that_most_lines_are_not_read(policy: str) -> None:
    assert [rule.name for rule in rules(policy) if not need(rule.pattern).sets] == []


@pytest.mark.parametrize(
    ("pattern", "words", "low", "high"),
    [
        (r"(?<=电话:?)(?P<v>1[0-9]{10})", {"电话", "电话:"}, -3, -2),
        (r"电话:?(?P<v>[0-9]+)", {"电话0", "电话:0"}, 0, 0),
        (r"(?P<v>[0-9]{1,3})床", {"0床", "00床", "000床"}, 0, 0),
        (r"[\u4e00-\u9fff]{2,4}(?=先生|女士)", {"先生", "女士"}, 2, 4),
        (r"(?:甲|乙丙)?丁戊", {"丁戊", "甲丁戊", "乙丙丁戊"}, 0, 0),
        (r"(?<!x)(?i:AB)[^\S\n]c", {"ab c"}, 0, 0),
        (r"[[\u4e00-\u9fff]--[的]]{2}医院", {"医院"}, 2, 2),
        (r"\p{Han}{1,2}号", {"号"}, 1, 2),
    ],
)
def test_what_a_pattern_needs_is_read_from_it(pattern: str, words: set[str], low: int, high: int) -> None:
    seen = need(pattern).seen
    assert seen is not None
    assert (set(seen.words), seen.low, seen.high) == (words, low, high)


def test_no_rule_loses_its_patience_with_endless_lines() -> None:
    """Every rule by itself and without the gate, on lines that are made to confuse it."""
    endless = [
        "1",
        "1-",
        "1 ",
        "李",
        "李 ",
        "A1",
        "a.",
        "a@",
        "姓名:",
        "患者李",
        "·李",
        "(",
        "第1号",
        "2024-1-",
        "http://a/",
        "市区路1号",
    ]
    reach = engine.seekers("high_recall").reach
    for number, rule in enumerate(rules("high_recall")):
        for piece in endless:
            text = piece * (2000 // len(piece))
            began = time.process_time()
            looks = ((0, len(text), len(text)),)
            for near in {False, bool(reach[number] <= presidio.NEAR)}:
                list(presidio.found_by(text, looks, rule, presidio.tries(rule.pattern, near=near)))
            assert time.process_time() - began < 1, (rule.name, piece)


# ---- what goes wrong -----------------------------------------------------------------------------------------------


def _raises(value: str) -> bool:
    raise ValueError(f"what is {value}?")


@pytest.mark.parametrize(
    ("rule", "how"),
    [
        (Rule(type="ORG", name="quoting", pattern="密码甲乙", check=_raises), "ValueError"),
        (Rule(type="ORG", name="endless", pattern="密码(?:甲乙|甲|乙|甲乙甲)+丙(?<=密.{3,60})"), "TimeoutError"),
    ],
)
def test_a_row_in_which_a_rule_fails_fails_alone_and_says_nothing_of_its_text(
    rule: Rule, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "密码" + "甲乙" * 30
    monkeypatch.setattr(presidio, "PATIENCE", 0.02)
    monkeypatch.setattr(engine.numbers, "RULES", (*engine.numbers.RULES, rule))
    clear()
    try:
        before, failed, after = find(["电话：13912345678。", text, "住院号：00734512，"], "balanced")
    finally:
        clear()
    assert failed == Failed(rule.name, how)
    assert "甲" not in repr(failed)
    assert [[span.type for span in spans] for spans in (before, after) if isinstance(spans, list)] == [
        ["PHONE"],
        ["MEDICAL_RECORD_NO"],
    ]


def test_presidio_has_nothing_but_our_rules() -> None:
    analyzer = engine.analyzer("high_recall")
    assert {type(one).__module__ for one in analyzer.registry.recognizers} == {presidio.__name__}
    assert type(analyzer.nlp_engine).__module__ == type(analyzer.context_aware_enhancer).__module__ == presidio.__name__
    assert not analyzer.log_decision_process
    assert {kind for one in analyzer.registry.recognizers for kind in one.supported_entities} <= set(TYPES)


def test_a_very_large_text_without_a_stop_takes_little_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = find(["高" * 300_000, "1" * 300_000, "😀" * 100_000], "balanced")
    assert all(isinstance(spans, list) for spans in found)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 500  # MB


# ---- over real material --------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize("policy", ["balanced", pytest.param("high_recall", marks=pytest.mark.slow)])
def test_on_real_texts_with_identifiers_the_gate_loses_nothing(policy: str) -> None:
    shared = Path(os.environ["MEDGO_REAL_DATA"])
    texts = pl.read_parquet(shared / "bench" / "dedup.parquet")["text"].sample(150, seed=0).str.slice(0, 3000).to_list()
    said = [json.loads(line)["text"] for line in (shared / "bench" / "pii.jsonl").read_text("utf-8").splitlines()]
    dice = random.Random(0)
    spliced = []
    for text in texts:
        place = dice.randint(0, len(text))
        spliced.append(text[:place] + dice.choice(said) + text[place:])
    found = find(spliced, policy)
    assert found == [plain(text, policy) for text in spliced]
    assert sum(len(spans) for spans in found if isinstance(spans, list)) > 50
