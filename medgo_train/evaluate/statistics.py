"""Which differences are real: intervals of scores, and tests of two models that answered the same questions.

``compare`` takes what two models got for every item of every task and says of each task how far they are apart, with an
interval, how likely so much is by chance, and, over all tasks together (Holm), whether the difference is to be believed.
Where items hang together, as questions about one case do, their groups are what is counted, not the items.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from medgo_train.evaluate.files import EvaluationError

Floats = npt.NDArray[np.float64]
Values = Sequence[float] | Floats
Groups = Sequence[Hashable]

CONFIDENCE = 0.95
DRAWS = 10_000  # of a bootstrap or a permutation
AT_ONCE = 4_000_000  # numbers that are held in memory
FEW = 64  # different values, up to which counting them is faster than drawing items


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A score or a difference, between two limits."""

    value: float
    low: float
    high: float
    how: str


# ---- one score -----------------------------------------------------------------------------------------------------


def wilson(found: float, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The limits of a share, by Wilson's score."""
    if of <= 0:
        return 0.0, 1.0
    z = _normal(confidence)
    share, square = found / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return (0.0 if found <= 0 else max(0.0, middle - half)), (1.0 if found >= of else min(1.0, middle + half))


def clopper_pearson(found: int, of: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The limits of a share that hold at least as often as they say, however few the items."""
    tail = (1 - confidence) / 2
    low = 0.0 if found <= 0 else _root(lambda x: beta(x, found, of - found + 1) - tail)
    high = 1.0 if found >= of else _root(lambda x: beta(x, found + 1, of - found) - (1 - tail))
    return low, high


def mean(values: Values, groups: Groups | None = None, confidence: float = CONFIDENCE) -> Interval:
    """A mean score and its limits: Wilson's where items are right or wrong, else by how much items, or groups, differ."""
    each = np.asarray(values, np.float64)
    if not len(each):
        return Interval(value=math.nan, low=math.nan, high=math.nan, how="nothing")
    value = float(each.mean())
    if groups is None and np.isin(each, (0, 1)).all():
        low, high = wilson(float(each.sum()), len(each), confidence)
        return Interval(value=value, low=low, high=high, how="Wilson")
    many = len(each) if groups is None else len(set(groups))
    if many < 2:
        return Interval(value=value, low=math.nan, high=math.nan, how="one group: no interval")
    half = _student(confidence, many - 1) * standard_error(each, groups)
    if not half and value in {0, 1}:  # all alike, which is not yet certain
        low, high = wilson(value * many, many, confidence)
        return Interval(value=value, low=low, high=high, how="Wilson, over groups")
    return Interval(value=value, low=value - half, high=value + half, how="Student" if groups is None else "clustered")


def standard_error(values: Values, groups: Groups | None = None) -> float:
    """Of a mean. With groups, as Miller (2411.00640) has it: what one item adds to its group is not counted anew."""
    each = np.asarray(values, np.float64)
    if groups is None:
        return float(each.std(ddof=1) / math.sqrt(len(each))) if len(each) > 1 else math.nan
    sums = np.bincount(_codes(groups, len(each)), weights=each - each.mean())
    return float(np.sqrt((sums**2).sum()) / len(each))


def _codes(groups: Groups, many: int) -> npt.NDArray[np.int64]:
    if len(groups) != many:
        raise EvaluationError(f"{many} items have {len(groups)} groups. Name the group of every item.")
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(group, len(number)) for group in groups], np.int64)


# ---- two models, the same items -------------------------------------------------------------------------------------


def mcnemar(
    only_a: int, only_b: int, how: Literal["exact", "mid-p", "chi2"] = "exact", *, correction: bool = True
) -> tuple[float, float]:
    """Of items that only one of two models got right: a statistic, and how likely so uneven a split is by chance.

    ``exact`` never says real too often, and so says it too seldom; ``mid-p`` (Fagerland 2013) keeps to what it promises.
    """
    both = only_a + only_b
    if how == "chi2":
        if not both:
            return 0.0, 1.0
        statistic = (abs(only_a - only_b) - correction) ** 2 / both
        return statistic, math.erfc(math.sqrt(statistic / 2))
    fewer = min(only_a, only_b)
    if not both:
        return 0.0, 1.0
    tail = beta(0.5, both - fewer, fewer + 1)  # P(X <= fewer), X binomial with one half
    if how == "mid-p":
        tail -= 0.5 * math.exp(_choose(both, fewer) - both * math.log(2))
    return float(fewer), min(1.0, 2 * tail)


@dataclass(frozen=True, kw_only=True)
class Paired:
    difference: float
    se: float
    t: float
    p: float


def paired_t(a: Values, b: Values, groups: Groups | None = None) -> Paired:
    """Student's test of differences; with groups, of what groups differ by."""
    apart = _apart(a, b)
    many = len(apart) if groups is None else len(set(groups))
    difference, se = float(apart.mean()), standard_error(apart, groups)
    if many < 2 or not se > 0:
        p = 2.0 ** (1 - many) if difference else 1.0  # all differ alike: how likely all signs are the same
        return Paired(difference=difference, se=se, t=math.copysign(math.inf, difference) if difference else 0.0, p=p)
    t = difference / se
    freedom = many - 1
    return Paired(difference=difference, se=se, t=t, p=beta(freedom / (freedom + t * t), freedom / 2, 0.5))


def bootstrap(  # noqa: PLR0913  what is drawn, from what, how often
    a: Values,
    b: Values,
    groups: Groups | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The difference of two means, with the limits between which it lies when items, or groups, are drawn anew."""
    apart = _apart(a, b)
    sums, sizes = _grouped(apart, groups)
    if len(sums) < 2:
        return Interval(value=float(apart.mean()), low=math.nan, high=math.nan, how="one group: no interval")
    told = np.sort(_resampled(sums, sizes, draws, np.random.default_rng(seed)))
    low, high = np.quantile(told, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(
        value=float(apart.mean()), low=float(low), high=float(high), how=f"bootstrap of {draws}, seed {seed}"
    )


def permutation(a: Values, b: Values, groups: Groups | None = None, *, draws: int = DRAWS, seed: int = 0) -> float:
    """How likely so great a difference is if, for each item or group, it were chance which model got which result."""
    sums, _ = _grouped(_apart(a, b), groups)
    sizes, times = np.unique(np.abs(sums[sums != 0]), return_counts=True)
    if not len(sizes):
        return 1.0
    rng = np.random.default_rng(seed)
    if len(sizes) <= FEW:
        told = sum(
            size * (2.0 * rng.binomial(count, 0.5, draws) - count) for size, count in zip(sizes, times, strict=True)
        )
    else:
        told = np.concatenate([_flipped(sums, many, rng) for many in _portions(draws, len(sums))])
    far = np.abs(told) >= abs(float(sums.sum())) - 1e-9
    return float((far.sum() + 1) / (draws + 1))


def _flipped(sums: Floats, draws: int, rng: np.random.Generator) -> Floats:
    return (2.0 * rng.integers(0, 2, (draws, len(sums)), np.int8) - 1) @ sums


def _resampled(sums: Floats, sizes: Floats, draws: int, rng: np.random.Generator) -> Floats:
    kinds, times = np.unique(np.stack([sums, sizes]), axis=1, return_counts=True)
    if len(times) <= FEW:
        drawn = rng.multinomial(int(times.sum()), times / times.sum(), draws)
        return (drawn @ kinds[0]) / (drawn @ kinds[1])  # type: ignore[no-any-return]
    told = []
    for many in _portions(draws, len(sums)):
        which = rng.integers(0, len(sums), (many, len(sums)))
        told.append(sums[which].sum(1) / sizes[which].sum(1))
    return np.concatenate(told)


def _portions(draws: int, width: int) -> list[int]:
    many = max(1, AT_ONCE // max(1, width))
    return [min(many, draws - done) for done in range(0, draws, many)]


def _grouped(apart: Floats, groups: Groups | None) -> tuple[Floats, Floats]:
    if groups is None:
        return apart, np.ones(len(apart))
    codes = _codes(groups, len(apart))
    return np.bincount(codes, weights=apart).astype(np.float64), np.bincount(codes).astype(np.float64)


def _apart(a: Values, b: Values) -> Floats:
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if one.shape != other.shape or one.ndim != 1 or not len(one):
        raise EvaluationError(
            f"{one.size} results of one model stand beside {other.size} of the other. Give both for the same items."
        )
    return one - other


# ---- before one begins: what could be seen ---------------------------------------------------------------------------


def power(items: int, effect: float, discordant: float, *, alpha: float = 0.05) -> float:
    """How often a true ``effect`` is found to be real, if the models differ on a share ``discordant`` of the items."""
    if effect == 0:
        return alpha
    if abs(effect) > discordant:
        raise EvaluationError(f"models that differ on {discordant:.1%} of the items cannot be {abs(effect):.1%} apart.")
    whole = 2 / items  # items are whole, and a promise is kept with something to spare
    spread = math.sqrt(max(1e-12, discordant - effect * effect))
    z = _normal(1 - alpha)
    return NormalDist().cdf(((abs(effect) - whole) * math.sqrt(items) - z * math.sqrt(discordant)) / spread)


def minimum_detectable_effect(items: int, discordant: float, *, alpha: float = 0.05, at_power: float = 0.8) -> float:
    """The smallest true difference that so many items show with so much power; infinite, where none would."""
    if power(items, discordant, discordant, alpha=alpha) < at_power:
        return math.inf
    return _root(lambda effect: power(items, effect, discordant, alpha=alpha) - at_power, 1e-12, discordant)


def items_needed(effect: float, discordant: float, *, alpha: float = 0.05, at_power: float = 0.8) -> int:
    """The fewest items that show such a difference with so much power."""
    low, high = 1, 2
    while power(high, effect, discordant, alpha=alpha) < at_power:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, effect, discordant, alpha=alpha) >= at_power else (middle, high)
    return high


def holm(chances: Sequence[float]) -> list[float]:
    """The same chances, so raised that over all of them together one in twenty is one in twenty."""
    told, so_far = [0.0] * len(chances), 0.0
    for place, at in enumerate(sorted(range(len(chances)), key=lambda at: chances[at])):
        so_far = max(so_far, min(1.0, (len(chances) - place) * chances[at]))
        told[at] = so_far
    return told


# ---- the verdict ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two models on one task."""

    task: str
    items: int
    a: Interval
    b: Interval
    only_a: int  # items on which a did better
    only_b: int
    difference: Interval  # a less b
    p: float  # of the test that is named in ``test``
    test: str
    p_exact: float | None  # McNemar's, of right and wrong
    p_holm: float  # over all tasks that were compared together
    real: bool
    detectable: float  # the least difference that so many items would show, four times of five


def compare(  # noqa: PLR0913  two models, and how they are held against each other
    a: Mapping[str, Mapping[str, float]],
    b: Mapping[str, Mapping[str, float]],
    *,
    groups: Mapping[str, Mapping[str, Hashable]] | None = None,
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Difference]:
    """Of each task, by its name, what each item scored with two models; ``groups`` names what an item belongs to."""
    if a.keys() != b.keys():
        only = sorted(a.keys() ^ b.keys())
        raise EvaluationError(f"only one of the two was scored on {', '.join(only)}. Compare tasks that both have.")
    told = [
        difference(task, a[task], b[task], (groups or {}).get(task), alpha=alpha, draws=draws, seed=seed) for task in a
    ]
    return together(told, alpha=alpha)


def together(told: Sequence[Difference], *, alpha: float = 0.05) -> list[Difference]:
    """Differences on several tasks, judged as one family (Holm)."""
    raised = holm([each.p for each in told])
    return [replace(each, p_holm=p, real=p <= alpha) for each, p in zip(told, raised, strict=True)]


def difference(  # noqa: PLR0913  one task of compare
    task: str,
    a: Mapping[str, float],
    b: Mapping[str, float],
    belongs: Mapping[str, Hashable] | None = None,
    *,
    alpha: float = 0.05,
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference:
    """One task, judged alone."""
    if a.keys() != b.keys():
        raise EvaluationError(
            f"task {task!r}: {len(a.keys() - b.keys())} items have a score of the first model only, "
            f"{len(b.keys() - a.keys())} of the second only. Score both over the same items."
        )
    ids = sorted(a)
    one, other = np.array([a[key] for key in ids], np.float64), np.array([b[key] for key in ids], np.float64)
    groups = None if belongs is None else [belongs.get(key, ("alone", key)) for key in ids]
    apart = _apart(one, other)
    only_a, only_b = int((apart > 0).sum()), int((apart < 0).sum())
    is_binary = bool(np.isin(one, (0, 1)).all() and np.isin(other, (0, 1)).all())
    p_exact = mcnemar(only_a, only_b)[1] if is_binary and groups is None else None
    if p_exact is not None:
        p, test = mcnemar(only_a, only_b, "mid-p")[1], "McNemar, mid-p"
    elif groups is not None:
        p, test = paired_t(one, other, groups).p, "paired, clustered"
    else:
        p, test = permutation(one, other, draws=draws, seed=seed), f"permutation of {draws}, seed {seed}"
    confidence = 1 - alpha
    return Difference(
        task=task,
        items=len(ids),
        a=mean(one, groups, confidence),
        b=mean(other, groups, confidence),
        only_a=only_a,
        only_b=only_b,
        difference=bootstrap(one, other, groups, draws=draws, seed=seed, confidence=confidence),
        p=p,
        test=test,
        p_exact=p_exact,
        p_holm=p,
        real=p <= alpha,
        detectable=_detectable(apart, groups, only_a + only_b, is_binary=is_binary, alpha=alpha),
    )


def detectable(error: float, *, alpha: float = 0.05) -> float:
    """The least true difference that is shown four times of five, where a difference has this standard error."""
    return (_normal(1 - alpha) + NormalDist().inv_cdf(0.8)) * error


def _detectable(apart: Floats, groups: Groups | None, discordant: int, *, is_binary: bool, alpha: float) -> float:
    if is_binary and groups is None:
        return minimum_detectable_effect(len(apart), discordant / len(apart), alpha=alpha) if discordant else math.inf
    return detectable(standard_error(apart, groups), alpha=alpha)


# ---- numbers of the tables at the end of the book --------------------------------------------------------------------


def beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny, c, d = 1e-300, 1.0, 0.0
    told = 1.0
    for step in range(1000 + int(math.sqrt(max(a, b)) * 10)):
        half = step // 2
        if not step:
            part = 1.0
        elif step % 2:
            part = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            part = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1 + part * d
        d = 1 / (d if abs(d) > tiny else tiny)
        c = 1 + part / (c if abs(c) > tiny else tiny)
        told *= c * d
        if step and abs(1 - c * d) < 1e-15:
            break
    return min(1.0, front * (told - 1))


def _choose(many: int, few: int) -> float:
    return math.lgamma(many + 1) - math.lgamma(few + 1) - math.lgamma(many - few + 1)


def _normal(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _student(confidence: float, freedom: int) -> float:
    if freedom > 1000:
        return _normal(confidence)
    return _root(lambda t: 1 - beta(freedom / (freedom + t * t), freedom / 2, 0.5) - confidence, 0.0, 1e4)


def _root(rises: Callable[[float], float], low: float = 0.0, high: float = 1.0) -> float:
    """Where a function that rises is nought."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if rises(middle) < 0 else (low, middle)
    return (low + high) / 2
