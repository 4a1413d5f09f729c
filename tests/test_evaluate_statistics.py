"""Intervals cover what they say, tests cry wolf as often as they say, and both are what the books make of them."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medgo_train.evaluate import statistics
from medgo_train.evaluate.statistics import (
    bootstrap,
    clopper_pearson,
    compare,
    holm,
    items_needed,
    mcnemar,
    mean,
    minimum_detectable_effect,
    paired_t,
    permutation,
    power,
    standard_error,
    wilson,
)

PAIRS = 2_000  # of models, in a simulation


def vectors(begin: str) -> list[dict[str, Any]]:
    told = json.loads((Path(os.environ["MEDGO_REAL_DATA"]) / "vectors" / "stats.json").read_text("utf-8"))["vectors"]
    found = [one for one in told if one["id"].startswith(begin)]
    assert found, f"stats.json has no vectors {begin}…"
    return found


# ---- what other programs say ---------------------------------------------------------------------------------------


@pytest.mark.real
def test_intervals_of_shares_are_those_of_statsmodels() -> None:
    for one in vectors("ci_"):
        told = one["input"]
        ours = {"wilson": wilson, "beta": clopper_pearson}[told["method"]](told["k"], told["n"], 1 - told["alpha"])
        assert ours == pytest.approx(one["expected"], abs=1e-9), one["id"]


@pytest.mark.real
def test_mcnemar_is_that_of_statsmodels() -> None:
    for one in vectors("mcnemar_"):
        (_, b), (c, _) = one["input"]["table"]
        statistic, p = mcnemar(
            b, c, "exact" if one["input"]["exact"] else "chi2", correction=one["input"]["correction"]
        )
        if one["id"] == "mcnemar_0_0_chi2cc":  # there: 1/0, and so a real difference where there is none
            assert (statistic, p) == (0.0, 1.0) and one["expected"]["pvalue"] == 0.0
            continue
        assert statistic == pytest.approx(one["expected"]["statistic"], abs=1e-9), one["id"]
        assert p == pytest.approx(one["expected"]["pvalue"], abs=1e-9), one["id"]


@pytest.mark.real
def test_paired_tests_are_those_of_scipy_and_statsmodels() -> None:
    (plain,) = vectors("paired_t")
    ours = paired_t(plain["input"]["a"], plain["input"]["b"])
    assert [ours.difference, ours.se, ours.t, ours.p] == pytest.approx(
        [plain["expected"][key] for key in ("mean_diff", "se", "t", "p")], abs=1e-9
    )
    (clustered,) = vectors("paired_cluster_se")
    assert standard_error(clustered["input"]["diff"], clustered["input"]["cluster"]) == pytest.approx(
        clustered["expected"]["se"], abs=1e-9
    )


def test_scipy_has_the_same_tables() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(1)
    for _ in range(200):
        a, b, x = rng.uniform(0.1, 800), rng.uniform(0.1, 800), rng.uniform()
        assert statistics.beta(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-10)
    one, other = rng.normal(size=40), rng.normal(0.4, size=40)
    assert paired_t(one, other).p == pytest.approx(stats.ttest_rel(one, other).pvalue, abs=1e-10)
    for fewer, more in ((0, 1), (3, 9), (40, 71), (700, 600)):
        assert mcnemar(fewer, more)[1] == pytest.approx(stats.binomtest(fewer, fewer + more).pvalue, abs=1e-10)
    low, high = stats.t.interval(0.95, 39, one.mean(), one.std(ddof=1) / math.sqrt(40))
    ours = mean(one)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-8)


# ---- what is promised ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.25, 0.653, 0.786, 0.95])
def test_wilson_covers_as_often_as_it_says(share: float) -> None:
    found = np.random.default_rng(7).binomial(400, share, 4_000)
    limits = [wilson(int(k), 400) for k in found]
    assert np.mean([low <= share <= high for low, high in limits]) >= 0.94


def null_pairs(items: int, discordant: float, effect: float = 0.0) -> list[tuple[int, int]]:
    """Of pairs of models: how many items only the one, and only the other got right."""
    rng = np.random.default_rng(20)
    shares = [(discordant + effect) / 2, (discordant - effect) / 2, 1 - discordant]
    return [(int(a), int(b)) for a, b, _ in rng.multinomial(items, shares, PAIRS)]


@pytest.mark.parametrize(("items", "discordant"), [(300, 0.3), (1000, 0.2), (3000, 0.1)])
def test_equal_models_are_called_different_one_time_in_twenty(items: int, discordant: float) -> None:
    called = np.mean([mcnemar(a, b, "mid-p")[1] <= 0.05 for a, b in null_pairs(items, discordant)])
    assert 0.04 <= called <= 0.06
    assert (
        np.mean([mcnemar(a, b)[1] <= 0.05 for a, b in null_pairs(items, discordant)]) <= 0.055
    )  # exact: never oftener


def test_the_permutation_keeps_to_it_with_scores_of_any_size() -> None:
    rng = np.random.default_rng(3)
    apart = rng.exponential(size=(PAIRS, 80)) * rng.choice([-1, 1], (PAIRS, 80))
    called = np.mean([permutation(each, np.zeros(80), draws=400, seed=k) <= 0.05 for k, each in enumerate(apart)])
    assert 0.04 <= called <= 0.06


def test_grouped_items_keep_to_it_where_counting_items_would_not() -> None:
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(60), 6)
    apart = (rng.normal(size=(PAIRS, 60))[:, groups] + rng.normal(size=(PAIRS, 360))) / 3
    called = np.mean([paired_t(each, np.zeros(360), groups.tolist()).p <= 0.05 for each in apart[:800]])
    naive = np.mean([paired_t(each, np.zeros(360)).p <= 0.05 for each in apart[:800]])
    assert called <= 0.07 and naive > 0.2


@pytest.mark.parametrize(("items", "discordant"), [(200, 0.3), (1000, 0.2), (1000, 0.35), (5000, 0.1)])
def test_the_effect_that_is_said_to_be_detectable_is_detected(items: int, discordant: float) -> None:
    effect = minimum_detectable_effect(items, discordant)
    found = np.mean([mcnemar(a, b, "mid-p")[1] <= 0.05 for a, b in null_pairs(items, discordant, effect)])
    assert 0.8 <= found <= 0.88
    assert power(items, effect, discordant) == pytest.approx(0.8, abs=1e-6)
    assert items_needed(effect, discordant) == pytest.approx(items, abs=1)


def test_too_few_items_detect_nothing() -> None:
    assert minimum_detectable_effect(5, 0.2) == math.inf
    with pytest.raises(ValueError, match=r"cannot be 30\.0% apart"):
        power(100, 0.3, 0.2)


def test_the_bootstrap_covers_and_is_the_same_each_time() -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for k in range(400):
        a, b = rng.random(150) < 0.7, rng.random(150) < 0.6
        told = bootstrap(a, b, draws=500, seed=k)
        inside += told.low <= 0.1 <= told.high
    assert inside / 400 >= 0.92
    graded = rng.normal(size=200)
    assert bootstrap(graded, -graded, seed=9) == bootstrap(graded, -graded, seed=9)
    assert bootstrap(graded, -graded, seed=9) != bootstrap(graded, -graded, seed=8)


def test_a_group_that_is_drawn_is_drawn_whole() -> None:
    a, groups = np.repeat([1.0, 0.0], 50), np.repeat(np.arange(10), 10).tolist()
    alone, whole = bootstrap(a, np.zeros(100)), bootstrap(a, np.zeros(100), groups)
    assert whole.high - whole.low > 2 * (alone.high - alone.low)


def test_holm_is_that_of_the_paper() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == [] and holm([0.9, 0.8]) == [1.0, 1.0]


# ---- the verdict ---------------------------------------------------------------------------------------------------


def answered(seed: int, share: float, items: int = 1000) -> dict[str, float]:
    easy = np.random.default_rng(0).random(items)  # the same items are easy for both
    luck = np.random.default_rng(seed).random(items)
    return {f"q{k}": float(one) for k, one in enumerate(0.7 * easy + 0.3 * luck < share)}


def test_compare_says_which_differences_are_real() -> None:
    a = {"clinical": answered(1, 0.62), "basic": answered(2, 0.55), "graded": dict.fromkeys(map(str, range(50)), 0.25)}
    b = {"clinical": answered(3, 0.55), "basic": answered(4, 0.55), "graded": dict.fromkeys(map(str, range(50)), 0.25)}
    clinical, basic, graded = compare(a, b)
    assert clinical.real and clinical.difference.low > 0 and clinical.p <= clinical.p_holm < 0.001
    assert clinical.a.low < clinical.a.value < clinical.a.high and clinical.test == "McNemar, mid-p"
    assert not basic.real and basic.difference.low < 0 < basic.difference.high
    assert (graded.only_a, graded.p, graded.real) == (0, 1.0, False)
    assert clinical.difference.value == pytest.approx((clinical.only_a - clinical.only_b) / 1000)
    assert 0 < basic.detectable < 0.06
    assert compare(a, b) == [clinical, basic, graded]


def test_questions_about_one_case_count_as_one() -> None:
    ids = [f"q{k}" for k in range(60)]
    a, b = {key: float(k < 45) for k, key in enumerate(ids)}, {key: float(k < 33) for k, key in enumerate(ids)}
    (alone,), (grouped,) = (
        compare({"t": a}, {"t": b}),
        compare({"t": a}, {"t": b}, groups={"t": {key: k // 12 for k, key in enumerate(ids)}}),
    )
    assert alone.real and not grouped.real and grouped.p_exact is None and "clustered" in grouped.test


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ({"t": {"q1": 1.0}}, {"u": {"q1": 1.0}}, "Compare tasks that both have"),
        ({"t": {"q1": 1.0, "q2": 0.0}}, {"t": {"q1": 1.0}}, "1 items have a score of the first model only"),
        ({"t": {}}, {"t": {}}, "Give both for the same items"),
    ],
)
def test_what_cannot_be_compared_is_said(a: dict[str, Any], b: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        compare(a, b)


def test_groups_that_are_all_right_do_not_make_a_score_certain() -> None:
    sure = mean([1.0] * 30, [n // 3 for n in range(30)])
    assert (sure.low, sure.high) == wilson(10, 10) and sure.low < 0.75 and sure.how == "Wilson, over groups"


def test_groups_that_all_differ_alike_are_no_more_than_so_many_coins() -> None:
    one, other = [1.0] * 12, [0.0] * 12
    assert paired_t(one, other, ["a"] * 12).p == 1  # one dialogue says nothing of others
    assert paired_t(one, other, [n // 3 for n in range(12)]).p == 2 * 0.5**4
