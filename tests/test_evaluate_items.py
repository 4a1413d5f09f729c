"""A bad question is told by those who answered it, and a leaky exam by its questions alone."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medgo_train.evaluate import items as quality
from medgo_train.evaluate.choice import Item, Reply, prompt, score

OPTIONS = ("甲苯片", "乙灵片", "丙安片", "丁宁片")


def vector(name: str) -> dict[str, Any]:
    told = json.loads((Path(os.environ["MEDGO_REAL_DATA"]) / "vectors" / "stats.json").read_text("utf-8"))["vectors"]
    return next(one for one in told if one["id"] == name)


def item(name: str, answer: str = "A", options: tuple[str, ...] = OPTIONS) -> Item:
    return Item(id=name, question="首选哪种药？", options=options, answer=answer)


@pytest.mark.real
def test_difficulty_and_discrimination_are_those_of_scipy() -> None:
    told = vector("point_biserial")
    right = np.array(told["input"]["responses_examinee_by_item"], float)
    assert quality.difficulties(right) == pytest.approx(told["expected"]["p_value_difficulty"], abs=1e-9)
    assert quality.discriminations(right) == pytest.approx(told["expected"]["r_pb_total"], abs=1e-9)
    assert quality.discriminations(right, corrected=True) == pytest.approx(told["expected"]["r_pb_rest"], abs=1e-9)


@pytest.mark.real
def test_key_balance_and_longest_option_are_those_of_scipy() -> None:
    told = vector("chi2_key_balance")
    found = quality.balance(told["input"]["counts"])
    assert (found.statistic, found.p) == pytest.approx(
        (told["expected"]["statistic"], told["expected"]["pvalue"]), rel=1e-9
    )
    told = vector("binom_longest")
    found_p = quality.binomial(told["input"]["longest_is_key"], told["input"]["n_items"], told["input"]["p0"])
    assert found_p == pytest.approx(told["expected"], rel=1e-9)


def test_kr20_is_that_of_the_book() -> None:
    right = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], float)
    assert quality.kr20(right) == pytest.approx(4 / 3 * (1 - 0.8 / 2))  # shares .8 .6 .4 .2; totals 4 3 2 1 0
    assert math.isnan(quality.kr20(right[:, :1])) and math.isnan(quality.kr20(np.ones((5, 4))))


def test_a_wrong_key_a_dead_distractor_and_an_easy_question_are_flagged() -> None:
    items = [*(item(f"good{k}") for k in range(12)), item("wrong_key", "B"), item("easy"), item("hard", "D")]
    rng = np.random.default_rng(2)
    answers = {}
    for person in range(60):
        able = person / 60
        told = {one.id: "A" if rng.random() < 0.2 + 0.7 * able else str(rng.choice(["B", "C", "D"])) for one in items}
        answers[f"p{person}"] = told | {
            "wrong_key": "B" if rng.random() > able else "A",
            "easy": "A",
            "hard": "" if person % 2 else "A",
        }
    found = quality.qualities(answers, items)
    flags = {each.id: each.flags for each in found.items}
    assert "wrong_key" in flags["wrong_key"] and "dead_distractors" in flags["wrong_key"]
    assert {"too_easy", "dead_distractors"} == set(flags["easy"]) and found.items[13].dead == "BCD"
    assert "too_hard" in flags["hard"]
    assert sum(not flags[f"good{k}"] for k in range(12)) >= 9
    assert 0.3 < found.kr20 < 0.95 and found.enough and found.examinees == 60
    few = quality.qualities({"p1": answers["p1"]}, items)
    assert not few.enough and math.isnan(few.kr20) and math.isnan(few.items[0].corrected)
    assert quality.qualities({}, items).items[0].flags == ()


def test_where_the_keys_stand() -> None:
    even = quality.key_positions([item(str(k), "ABCD"[k % 4]) for k in range(100)])
    uneven = quality.key_positions([item(str(k), "BBBC"[k % 4]) for k in range(100)])
    assert even.p == 1.0 and uneven.p < 1e-6 and uneven.counts == {"A": 0, "B": 75, "C": 25, "D": 0}
    mixed = [item(str(k), "ABCDE"[k % 5], (*OPTIONS, "戊泰片")) for k in range(100)] + [
        item(f"f{k}", "ABCD"[k % 4]) for k in range(100)
    ]
    assert quality.key_positions(mixed).p == 1.0  # E is right less often, and that is as it should be


def test_the_longest_option_gives_itself_away() -> None:
    long = ("短", "很短", "这一项写得格外详细而且面面俱到", "不长")
    found = quality.longest_option([item(str(k), "C", long) for k in range(40)])
    assert found.share == 1.0 and found.chance == 0.25 and found.p < 1e-6 and found.low > 0.8
    tied = quality.longest_option([item(str(k), "A") for k in range(40)])  # all as long: a quarter each
    assert tied.share == 0.25 and tied.p > 0.5
    assert quality.longest_option([]).p == 1.0


def test_options_that_answer_themselves_are_found_out() -> None:
    items = [item(str(k), "ABCD"[k % 4]) for k in range(80)]
    hidden = [quality.without_question(one) for one in items]
    assert "首选" not in prompt(hidden[0]) and "甲苯片" in prompt(hidden[0])
    knows = quality.options_only(score(hidden, [Reply(id=one.id, text=one.answer) for one in items]))
    guesses = quality.options_only(score(hidden, [Reply(id=one.id, text="A") for one in items]))
    assert knows.p < 1e-9 and guesses.share == 0.25 and guesses.p > 0.5


def test_replies_become_answers_of_an_examinee() -> None:
    told = score(
        [item("q1"), item("q2")],
        [Reply(id="q1", text="选C"), Reply(id="q1", turn=1, text="A"), Reply(id="q2", text="不知道")],
    )
    assert quality.answers_of(told) == {"q1": "C", "q2": ""}
