"""Agreement beyond chance is what the books and their programs make of it, and says so where it cannot be told."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medgo_data.review import measures
from medgo_data.review.bound import between, fisher, wilson
from medgo_data.review.measures import NOTHING, WHY, Codes, Measure, Table, encoded

KRIPPENDORFF = [  # Computing Krippendorff's Alpha-Reliability (2011), example C: four observers, twelve units
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]
FLEISS = [  # Fleiss (1971), as it is printed everywhere: ten subjects, fourteen raters, five categories
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def two(both: int, one: int, other: int, neither: int) -> Codes:
    """The labels of two reviewers, of whom so many said the same, and so many not."""
    pairs = [(0, 0)] * both + [(0, 1)] * one + [(1, 0)] * other + [(1, 1)] * neither
    return np.array(pairs, np.int32).reshape(-1, 2)


def vectors(*functions: str) -> list[dict[str, Any]]:
    folder = Path(os.environ["MEDGO_REAL_DATA"])
    told = json.loads((folder / "vectors" / "stats.json").read_text("utf-8"))["vectors"]
    found = [one for one in told if one["function"].split(".")[-1] in functions]
    assert found, f"stats.json has no vectors for {functions}"
    return found


# ---- what other programs say ---------------------------------------------------------------------------------------


@pytest.mark.real
def test_shares_have_the_limits_of_statsmodels() -> None:
    for one in vectors("proportion_confint"):
        told = one["input"]
        ours = {"wilson": wilson, "beta": between}[told["method"]](told["k"], told["n"], 1 - told["alpha"])
        assert ours == pytest.approx(one["expected"], abs=1e-12), one["id"]


@pytest.mark.real
def test_kappa_is_that_of_scikit_learn() -> None:
    for one in vectors("cohen_kappa_score"):
        told = one["input"]
        codes, labels = encoded(told["a"], told["b"], known=sorted({*told["a"], *told["b"]}))
        seen = measures.confusion(codes[:, 0], codes[:, 1], len(labels))
        ours = measures.cohen(seen, told.get("weights"))
        assert ours.value == (None if one["expected"] is None else pytest.approx(one["expected"], abs=1e-12)), one["id"]
        assert (ours.value is None) == (ours.why == "one_label")


@pytest.mark.real
def test_fleiss_kappa_is_that_of_statsmodels() -> None:
    (one,) = vectors("fleiss_kappa")
    codes = np.array(one["input"]["ratings_items_by_raters"])
    assert measures.fleiss(Table.of(codes)).value == pytest.approx(one["expected"], abs=1e-12)


@pytest.mark.real
def test_alpha_is_that_of_krippendorff() -> None:
    for one in vectors("alpha"):
        data = one["input"]["reliability_data"]
        codes = np.array([[NOTHING if said is None else said - 1 for said in row] for row in data]).T
        ours = measures.alpha(Table.of(codes), one["input"]["level"])
        assert ours.value == pytest.approx(one["expected"], abs=1e-12), one["id"]


# ---- what the books say --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_as_printed(level: Any, value: float) -> None:
    table = Table.of(np.array(KRIPPENDORFF).T - 1)
    assert measures.alpha(table, level).value == pytest.approx(value, abs=0.0005)
    assert table.items == 11  # the twelfth was judged by one, and is compared with nothing


def test_fleiss_kappa_is_as_printed() -> None:
    codes = np.array([[k for k, n in enumerate(row) for _ in range(n)] for row in FLEISS])
    told = measures.fleiss(Table.of(codes))
    assert told.value == pytest.approx(0.210, abs=0.0005)
    assert told.low is not None
    assert told.high is not None
    assert told.low < told.value < told.high


def test_agreement_of_two_is_as_by_hand() -> None:
    """Eight accepted by both, one by this, one by that: 0.8 agree. By chance 0.9² + 0.1² = 0.82; or, as Gwet has it, 0.18."""
    codes = two(8, 1, 1, 0)
    table = Table.of(codes)
    assert measures.raw(table).value == pytest.approx(0.8)
    assert (measures.raw(table).low, measures.raw(table).high) == pytest.approx(wilson(8, 10))
    assert measures.cohen(measures.confusion(codes[:, 0], codes[:, 1], 2)).value == pytest.approx((0.8 - 0.82) / 0.18)
    assert measures.fleiss(table).value == pytest.approx((0.8 - 0.82) / 0.18)
    assert measures.ac1(table).value == pytest.approx((0.8 - 0.18) / 0.82)
    assert measures.alpha(table).value == pytest.approx(1 - 0.2 / (2 * 18 * 2 / (20 * 19)))
    assert measures.specific(table, 0).value == pytest.approx(16 / 18)
    assert measures.specific(table, 1).value == 0


def test_the_interval_of_kappa_is_that_of_fleiss_cohen_and_everitt() -> None:
    plain = measures.cohen(np.array([[20, 5], [10, 15]]))  # these by statsmodels.cohens_kappa
    assert (plain.value, plain.low, plain.high) == pytest.approx((0.4, 0.151092290, 0.648907710), abs=1e-8)
    steps = measures.cohen(np.array([[11, 3, 1], [2, 9, 4], [0, 2, 8]]), "quadratic")
    assert (steps.value, steps.low, steps.high) == pytest.approx((0.705882353, 0.522108150, 0.889656557), abs=1e-8)


def test_orders_agree_as_kendall_has_it() -> None:
    assert measures.kendall([1, 2, 3, 4], [1, 2, 3, 4]) == 1
    assert measures.kendall([1, 2, 3, 4], [4, 3, 2, 1]) == -1
    assert measures.kendall([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(4 / 6)
    assert measures.kendall([1, 2, 2, 4], [1, 3, 2, 4]) == pytest.approx(5 / math.sqrt(5 * 6))
    assert measures.kendall([1, 1, 1], [1, 2, 3]) is None
    assert measures.tau([([1, 2], [1, 2]), ([1, 2], [2, 1])]).value == 0
    assert measures.tau([([1, 1], [1, 2])]).why == "no_orders"


def test_two_shares_are_compared_exactly() -> None:
    assert fisher(3, 10, 15, 20) == pytest.approx(0.045040117304, abs=1e-10)  # scipy.stats.fisher_exact
    assert fisher(5, 10, 50, 100) == pytest.approx(1)
    assert fisher(0, 5, 0, 9) == 1


# ---- where one label prevails --------------------------------------------------------------------------------------


def test_where_nearly_all_is_acceptable_kappa_alone_misleads() -> None:
    """Of 95 % acceptable answers and two who are right in 95 %: they agree on 0.91, kappa is 0.46, AC1 0.89."""
    lots = np.random.Generator(np.random.PCG64(1))
    truth = (lots.random(200_000) > 0.95).astype(np.int32)
    codes = np.stack([np.where(lots.random(len(truth)) < 0.95, truth, 1 - truth) for _ in range(2)], axis=1)
    table = Table.of(codes)
    assert measures.raw(table).value == pytest.approx(0.905, abs=0.005)
    assert measures.cohen(measures.confusion(codes[:, 0], codes[:, 1], 2)).value == pytest.approx(0.45, abs=0.015)
    assert measures.ac1(table).value == pytest.approx(0.89, abs=0.005)
    assert table.shares[0] == pytest.approx(0.905, abs=0.005)


@pytest.mark.parametrize(
    ("how", "reviewers"),
    [("cohen", 2), *((how, many) for how in ("raw", "fleiss", "ac1", "alpha") for many in (2, 3))],
)
def test_intervals_hold_as_often_as_they_say(how: str, reviewers: int) -> None:
    lots = np.random.Generator(np.random.PCG64(5))

    def drawn(items: int) -> Measure:
        truth = lots.choice(3, items, p=[0.7, 0.2, 0.1])
        said = [np.where(lots.random(items) < 0.8, truth, lots.choice(3, items)) for _ in range(reviewers)]
        codes = np.stack(said, axis=1)
        if how == "cohen":
            return measures.cohen(measures.confusion(codes[:, 0], codes[:, 1], 3))
        return getattr(measures, how)(Table.of(codes, 3))  # type: ignore[no-any-return]

    truth = drawn(2_000_000).value
    assert truth is not None
    told = [drawn(250) for _ in range(300)]
    held = sum(one.low is not None and one.high is not None and one.low <= truth <= one.high for one in told)
    assert 0.915 <= held / 300 <= 0.985


def test_the_same_seed_gives_the_same_interval() -> None:
    table = Table.of(two(40, 5, 7, 12))
    assert measures.alpha(table, seed=3) == measures.alpha(table, seed=3)
    assert measures.alpha(table, seed=3) != measures.alpha(table, seed=4)


def test_tasks_are_joined_each_with_a_chance_of_its_own() -> None:
    """One accepts nearly all, the other nearly nothing: joined, that must not look like agreement."""
    alike, unlike = Table.of(two(50, 25, 25, 0)), Table.of(two(0, 25, 25, 50))
    each = measures.fleiss(alike).value
    assert measures.fleiss(alike, unlike).value == pytest.approx(each)
    assert measures.fleiss(alike, alike).value == pytest.approx(each)
    mixed = Table.of(np.concatenate([two(50, 25, 25, 0), two(0, 25, 25, 50)]))
    assert measures.fleiss(mixed).value == pytest.approx(0)
    assert each is not None
    assert each < -0.3
    assert measures.raw(alike, unlike).value == pytest.approx(0.5)
    one, twice = measures.ac1(alike), measures.ac1(alike, alike)
    assert one.low is not None
    assert twice.low is not None
    assert twice.value == pytest.approx(one.value)
    assert twice.low > one.low


# ---- where there is no number --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "raw", "kappa"),
    [
        (np.zeros((0, 2), np.int32), "no_items", "no_items"),
        (np.zeros((0, 0), np.int32), "no_items", "no_items"),
        (np.array([[0], [1], [1]]), "no_items", "no_items"),  # one reviewer
        (np.array([[0, NOTHING], [NOTHING, 1]]), "no_items", "no_items"),
        (np.full((4, 2), NOTHING), "no_items", "no_items"),
        (np.zeros((5, 2), np.int32), None, "one_label"),
        (np.zeros((1, 3), np.int32), None, "one_label"),
    ],
)
def test_what_cannot_be_told_has_a_reason_that_can_be_said(codes: Codes, raw: str | None, kappa: str) -> None:
    table = Table.of(codes, 2)
    assert measures.raw(table).why == raw
    for told in (
        measures.fleiss(table),
        measures.alpha(table),
        measures.alpha(table, "ordinal"),
        measures.alpha(table, "interval"),
    ):
        assert (told.value, told.low, told.high, told.why) == (None, None, None, kappa)
        assert all(told.why and WHY[told.why])
    assert measures.ac1(Table.of(codes, 1)).value is None
    assert measures.specific(table, 1).why == "no_items"


def test_who_always_agrees_has_no_interval_but_that_of_the_share() -> None:
    table = Table.of(two(30, 0, 0, 10))
    assert measures.raw(table).low == pytest.approx(wilson(40, 40)[0])
    for told in (measures.fleiss(table), measures.ac1(table), measures.alpha(table)):
        assert (told.value, told.low, told.why) == (pytest.approx(1), None, "no_spread")
    assert measures.cohen(measures.confusion(*two(30, 0, 0, 10).T, 2)).why == "no_spread"
    assert measures.share(0, 0).why == "no_items"


def test_no_input_gives_a_number_that_is_none() -> None:
    lots = np.random.Generator(np.random.PCG64(9))
    for _ in range(300):
        codes = lots.integers(-1, lots.integers(1, 4), (lots.integers(0, 6), lots.integers(0, 4)))
        table = Table.of(codes, int(lots.integers(max(1, codes.max(initial=0) + 1), 5)))
        found = [measures.raw(table), measures.fleiss(table), measures.ac1(table), measures.alpha(table)]
        found += [measures.alpha(table, "ordinal"), measures.specific(table, 0)]
        for one in found:
            assert one.value is None or math.isfinite(one.value)
            assert (one.value is not None) or one.why
            assert (one.low is None) == (one.high is None) == (one.interval is None)
            assert one.low is None or one.value is None or one.high is None or -1 <= one.low <= one.high <= 1


# ---- many ----------------------------------------------------------------------------------------------------------


def test_a_million_labels_are_measured() -> None:
    lots = np.random.Generator(np.random.PCG64(2))
    items = 500_000
    truth = lots.choice(3, items, p=[0.9, 0.06, 0.04])
    codes = np.full((items, 20), NOTHING, np.int32)
    one = lots.integers(0, 20, items)
    for who in (one, (one + 1 + lots.integers(0, 19, items)) % 20):
        codes[np.arange(items), who] = np.where(lots.random(items) < 0.9, truth, lots.integers(0, 3, items))
    table = Table.of(codes, 3)
    told = [measures.raw(table), measures.fleiss(table), measures.ac1(table), measures.alpha(table), measures.alpha(table, "ordinal")]  # fmt: skip
    assert all(one.low is not None for one in told)
    assert table.items == items
