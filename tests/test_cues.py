"""What gives the right option away is told as how often a guesser is right who goes by that alone, and nothing is told that is chance."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from medgo_data.review.chance import binomial, chi_square, chi_square_p, guess, wilson
from medgo_data.review.cues import Probe, Question, cues, page, pieces, sentences, tables, taken

REAL = os.environ.get("MEDGO_REAL_DATA", "")
DRUGS = ["苹安宁", "清荷散", "舒络片", "益和丸", "宁心露", "润嗓糖浆", "健步膏", "明目水", "和胃颗粒", "温经贴"]


def asked(key: int, *options: str, question: str = "哪种药适用？") -> dict[str, Any]:
    labelled = [{"label": chr(65 + n), "text": text} for n, text in enumerate(options)]
    return {"id": "a", "question": question, "options": labelled, "answer": [chr(65 + key)]}


def drawn(number: int, seed: int = 1, mark: str = "") -> list[dict[str, Any]]:
    """Questions whose right option is drawn by lot among four drugs, with a mark on it if one is given."""
    lots = random.Random(seed)
    told = []
    for n in range(number):
        options, key = lots.sample(DRUGS, 4), lots.randrange(4)
        options[key] += mark
        told.append(asked(key, *options, question=f"第{n}位患者该用哪种药？"))
    return told


def test_the_statistics_are_those_of_the_field() -> None:
    assert binomial(312, 1000, 0.25) == pytest.approx(9.621036573852696e-06, rel=1e-9)
    assert binomial(5, 10, 0.5) == pytest.approx(1.0)
    counts = [310, 250, 240, 200]
    assert chi_square(counts, [250] * 4) == pytest.approx(24.8)
    assert chi_square_p(24.8, 3) == pytest.approx(1.700091126253204e-05, rel=1e-9)
    assert wilson(786, 1000) == pytest.approx((0.7595111793607143, 0.8102999147855483), rel=1e-9)


def test_they_are_those_of_scipy() -> None:
    scipy = pytest.importorskip("scipy.stats")
    for found, of, chance in ((0, 30, 0.2), (7, 30, 0.2), (30, 30, 0.2), (130, 400, 0.25), (3900, 15000, 0.25)):
        assert binomial(found, of, chance) == pytest.approx(scipy.binomtest(found, of, chance).pvalue, rel=1e-6)
    for statistic in (0.1, 3.0, 40.0):
        for freedom in range(1, 9):
            assert chi_square_p(statistic, freedom) == pytest.approx(scipy.chi2.sf(statistic, freedom), rel=1e-9)


def test_they_are_those_of_the_vectors() -> None:
    path = Path(REAL) / "vectors" / "stats.json"
    if not REAL or not path.is_file():
        pytest.skip("MEDGO_REAL_DATA has no vectors/stats.json")
    vectors = {one["id"]: one for one in json.loads(path.read_text("utf-8"))["vectors"]}
    told = vectors["binom_longest"]
    given = told["input"]
    assert binomial(given["longest_is_key"], given["n_items"], given["p0"]) == pytest.approx(told["expected"], rel=1e-9)
    told = vectors["chi2_key_balance"]
    counts = list(told["input"]["counts"].values())
    statistic = chi_square(counts, [sum(counts) / len(counts)] * len(counts))
    assert statistic == pytest.approx(told["expected"]["statistic"])
    assert chi_square_p(statistic, len(counts) - 1) == pytest.approx(told["expected"]["pvalue"], rel=1e-9)


def test_a_tie_is_guessed_among_those_that_tie() -> None:
    assert taken([1, 3, 3, 2], 1) == (True, 2, 4)
    assert taken([1, 3, 3, 2], 0) == (False, 2, 4)
    told = guess([(True, 2, 4), (False, 1, 4), (True, 1, 4), (True, 4, 4)])
    assert (told.items, told.right, told.chance) == (4, 1.75, 0.25)
    assert guess([(True, 4, 4)] * 9).p == 1.0
    assert guess([]).share == 0.0


def test_the_longest_option_is_told() -> None:
    rows = [asked(n % 4, *("甲乙" * (3 if place == n % 4 else 1) for place in range(4))) for n in range(60)]
    told = cues(rows)
    assert told["guesses"]["longest"]["share"] == 1.0
    assert told["guesses"]["longest"]["is_cue"]
    assert not told["guesses"]["shortest"]["is_cue"]
    assert not told["position"]["is_cue"]


def test_the_place_is_told_of_each_number_of_options() -> None:
    few = [asked(2, "甲", "乙", "丙")] * 14  # too few to be compared
    rows = [asked(0, "甲", "乙", "丙", "丁")] * 30 + [asked(1, "甲", "乙")] * 10 + few
    told = cues(rows)["position"]
    assert told["counts"] == {"A": 30, "B": 10, "C": 14, "D": 0}
    assert told["freedom"] == 4
    assert told["chi_square"] == pytest.approx(90 + 10)
    assert told["is_cue"]


def test_words_of_the_question_and_absolute_words_are_told() -> None:
    rows = [
        asked(
            n % 2,
            *(("舒络片每日三次" if place == n % 2 else "绝对不能吃饭") for place in range(2)),
            question="舒络片怎么吃？",
        )
        for n in range(60)
    ]
    told = cues(rows)
    assert told["overlap"]["right"] > told["overlap"]["wrong"] == 0.0
    assert told["absolute"] == {"right": 0.0, "wrong": 1.0}
    assert told["guesses"]["overlap"]["is_cue"]
    assert told["guesses"]["no_absolute"]["is_cue"]


def test_all_of_the_above_and_negative_stems_are_counted() -> None:
    rows = [asked(1, "甲", "以上都对", question="下列哪项不正确？"), asked(0, "甲", "以上都不是")]
    told = cues(rows)
    assert told["all_of_the_above"] == {"offered": 2, "right": 1}
    assert told["negative_stems"] == 1


def test_options_drawn_by_lot_give_nothing_away() -> None:
    """Over many draws the interval holds chance about as often as it should."""
    held = 0
    for seed in range(20):
        told = cues(drawn(200, seed))["guesses"]
        held += told["options_only"]["low"] <= 0.25 <= told["options_only"]["high"]
        assert not told["options_only"]["is_cue"], seed
    assert held >= 17


def test_a_mark_on_the_right_option_is_learned_without_the_question() -> None:
    told = cues(drawn(200, mark="等"))["guesses"]["options_only"]
    assert told["share"] > 0.95
    assert told["is_cue"]


def test_a_question_that_is_there_twice_is_not_both_learned_and_tried() -> None:
    lots = random.Random(3)
    once = [
        asked(lots.randrange(4), *(f"{lots.randrange(10**9)}" for _ in range(4)), question=f"第{n}题")
        for n in range(100)
    ]
    rows = [Question.of(row) for row in [*once, *once]]
    probe = Probe([one for one in rows if one])
    assert probe.folds[:100] == probe.folds[100:]
    assert set(probe.folds) == set(range(5))
    assert probe.guess.share < 0.45  # by heart it would be right in all of them


def test_pieces_are_letters_and_how_an_option_looks() -> None:
    one, two = pieces(["甲乙", "甲乙丙（必须）"])
    assert one == {"甲", "乙", "甲乙", "#shortest"}
    assert {"#longest", "#bracket", "#absolute", "甲乙丙"} <= two
    assert pieces(["甲", "乙"]) == [{"甲"}, {"乙"}]


def test_questions_without_one_right_option_are_left_out() -> None:
    rows = [
        asked(0, "甲", "乙"),
        asked(0, "甲", "乙") | {"answer": ["A", "B"]},
        asked(0, "甲", "乙") | {"answer": None},
    ]
    rows += [asked(0, "甲", "乙") | {"answer": ["Z"]}, {"question": "无", "options": [], "answer": []}]
    told = cues(rows)
    assert (told["questions"], told["one_right_option"]) == (5, 1)
    assert told["guesses"]["options_only"] is None
    assert any("4 questions left out" in en for _, en in sentences(told))
    assert any("fewer than 50" in en for _, en in sentences(told))


def test_the_page_says_what_was_found_and_quotes_nobody() -> None:
    told = cues(drawn(200, mark="等"), corpus="exam", version="3f9a1c0be2d4")
    html = page(told)
    assert "exam@3f9a1c0be2d4" in html
    assert "只看选项" in html
    assert "线索 cue" in html
    assert not any(drug in html for drug in DRUGS)
    assert "://" not in html
    first, *_ = sentences(told)
    assert first[1] == "200 questions; 200 have one right option, and are looked at."
    heads = [heading for heading, _, _ in tables(told)]
    assert heads == ["going by one thing alone", "place of the right option", "words"]
    assert page(cues([]))
    assert json.loads(json.dumps(told)) == told
