"""The metrics themselves, on examples that can be counted by hand."""

from __future__ import annotations

import math

import pytest

from medgo_train.evaluate.bleu import bleu, bleu_of_meddg, distinct, matched
from medgo_train.evaluate.chunks import chunks, tagged
from medgo_train.evaluate.classes import ACCURACY, MACRO, MACRO_OF_FINDINGS, MACRO_UNREAD, WEIGHTED
from medgo_train.evaluate.found import located
from medgo_train.evaluate.metric import Metric, sums
from medgo_train.evaluate.ranked import ranked
from medgo_train.evaluate.rouge import bert_tokens, rouge, rouge_chinese, rouge_package
from medgo_train.evaluate.sets import MICRO, by_kind, by_level
from medgo_train.evaluate.trees import TREE, TREE_SMOOTHED, grown

LEAF = {"role": "D", "triples": [["甲", "治疗", "乙"]], "logical_rel": "null"}
FORK = {"role": "C", "triples": [["甲", "表现", "丙"]], "logical_rel": "null"}


def test_micro_f1_counts_over_samples_and_sets() -> None:
    rows = [MICRO.each({"a", "b"}, {"a", "c"}), MICRO.each({"d"}, None), MICRO.each(set(), {"e"})]
    assert rows == [(1, 1, 1), (0, 0, 1), (0, 1, 0)]
    assert MICRO.total(rows) == pytest.approx({"precision": 1 / 3, "recall": 1 / 3, "f1": 1 / 3})


def test_macro_f1_counts_kinds_that_nobody_saw_as_nothing() -> None:
    metric = by_kind((1, 2), lambda element: element[0])
    assert metric.total([metric.each({(1, "a")}, {(1, "a")})]) == {"macro_f1": 0.5, "f1[1]": 1, "f1[2]": 0}
    levels = by_level(("one", "two"))
    rows = [levels.each({("one", "a")}, {("one", "a")}), levels.each({("two", "a")}, {("two", "b")})]
    assert levels.total(rows) == {"one_f1": 1, "two_f1": 0}


def test_an_answer_that_names_no_class_is_wrong_and_no_class() -> None:
    rows = [ACCURACY.each("a", "a"), ACCURACY.each("b", None)]
    assert ACCURACY.total(rows) == {"accuracy": 0.5}
    assert MACRO.total(rows)["f1"] == 0.5  # of a and b
    assert MACRO_UNREAD.total(rows)["f1"] == pytest.approx(1 / 3)  # of a, b and nothing, as sklearn has it
    assert WEIGHTED.total([("a", "a"), ("a", "b"), ("b", "b")])["f1"] == pytest.approx(2 / 3)
    findings = MACRO_OF_FINDINGS
    numbers = findings.total([findings.each(((1, "阳性"), (2, "阴性")), ((2, "阴性"), (9, "阳性")))])
    assert numbers["f1"] == 0.5 and numbers["f1[阴性]"] == 1


def test_reciprocal_rank_and_recall_stop_at_the_depth() -> None:
    metric = ranked(2)
    rows = [
        metric.each(["x"], ["a", "x"]),
        metric.each(["x", "y"], ["x", "a", "y"]),
        metric.each(["x"], ["a", "b", "x"]),
    ]
    assert metric.total(rows) == pytest.approx({"mrr@2": (0.5 + 1 + 0) / 3, "recall@2": (1 + 0.5 + 0) / 3})


def test_bleu_is_that_of_a_corpus_and_of_characters() -> None:
    assert bleu(matched("多喝水多休息", "多喝水多休息"), 4) == pytest.approx(1)
    assert bleu(matched("多喝水", "多吃水"), 2) == 0
    parts = matched("多喝水多休息", "多喝水")
    assert bleu(parts, 1) == pytest.approx(math.exp(-1))  # all there, and half as long
    assert bleu(sums([parts, matched("好", "")]), 1) == pytest.approx(math.exp(1 - 7 / 3))
    assert bleu(matched("", ""), 1) == 0 == bleu_of_meddg("多久了？", "多久了", 1)
    assert bleu_of_meddg("多喝水多休息", "多喝水多休息", 1) > 1  # its smoothing allows it


def test_distinct_is_over_all_texts() -> None:
    assert distinct(["好好", "好"], 1) == pytest.approx(1 / 3) and distinct(["好好", "好"], 2) == 1
    assert distinct([], 1) == 0 == distinct(["好"], 2)


def test_the_three_rouges_differ_where_they_should() -> None:
    assert rouge("感冒", "感冒") == (1, 1, 1) and rouge("感冒", "") == (0, 0, 0) == rouge("", "")
    assert rouge("多久了多久", "多久") == pytest.approx((4 / 7, 2 / 5, 4 / 7))
    assert rouge_chinese("多久了多久", "多久")[0] == pytest.approx(4 / 5)  # each n-gram once
    assert rouge_chinese("多久了多久", "多久")[2] == pytest.approx(4 / 7)
    assert rouge_package("多久了多久", "多久")[2] == pytest.approx(4 / 5)  # each character of the subsequence once
    assert rouge_package("", "多久") == (0, 0, 0)


def test_bert_tokens_are_characters_runs_and_signs() -> None:
    assert bert_tokens("查CRP，38.5℃ É\u200b") == ["查", "crp", "，", "38", ".", "5℃", "e"]


def test_tags_become_entities_and_entities_tags() -> None:
    assert chunks("B-X I-X O I-X B-Y I-X I-Y") == {("X", 0, 2), ("Y", 4, 7)}
    assert tagged(5, [("X", 0, 2), ("Y", 1, 4), ("X", 9, 12)]) == "O B-Y I-Y I-Y O"
    assert chunks(tagged(4, [("X", 1, 3)])) == {("X", 1, 3)}


def test_a_mention_is_everywhere_but_in_a_longer_one_of_its_kind() -> None:
    text = "肺炎，肺部炎症，肺"
    assert located(text, [("部位", "肺"), ("疾病", "肺炎"), ("疾病", "无此病"), ("疾病", "")]) == [
        (0, 1, "部位"), (0, 2, "疾病"), (3, 4, "部位"), (8, 9, "部位"),
    ]  # fmt: skip
    assert located("慢性肺炎，肺炎", [("病", "慢性肺炎"), ("病", "肺炎")]) == [(0, 4, "病"), (5, 7, "病")]
    assert located("慢性肺炎", [("病", "慢性肺炎"), ("病", "肺炎")]) == [(0, 4, "病"), (2, 4, "病")]


def test_trees_are_compared_by_edits_nodes_and_paths() -> None:
    gold, other = grown([FORK, LEAF, LEAF]), grown([FORK, LEAF, {**LEAF, "triples": []}])
    assert gold and other and TREE.total([TREE.each(gold, gold)])["path_f1"] == 1
    numbers = TREE.total([TREE.each(gold, other)])
    assert numbers == pytest.approx({"tree": 1 - 1 / 14, "node_f1": 2 * 2 / 5, "path_f1": 0.5})
    assert (
        TREE_SMOOTHED.total([TREE_SMOOTHED.each(gold, gold)])["node_f1"]
        > 1
        == TREE.total([TREE.each(gold, gold)])["node_f1"]
    )
    assert TREE.total([TREE.each(gold, None)]) == {"tree": 0, "node_f1": 0, "path_f1": 0}
    for broken in (
        [],
        [FORK],
        [FORK, LEAF],
        [LEAF, LEAF],
        [FORK, LEAF, LEAF, LEAF],
        ["D"],
        "D",
        [{**LEAF, "triples": [1]}],
    ):
        assert grown(broken) is None
    assert grown([FORK] * 300 + [LEAF] * 301) is None  # more nodes than a guideline has


@pytest.mark.parametrize("metric", [MICRO, ACCURACY, MACRO, WEIGHTED, TREE, ranked(10), by_kind((1,), lambda e: e[0])])
def test_of_nothing_comes_nothing(metric: Metric) -> None:
    assert all(value == 0 for value in metric.total([]).values())
