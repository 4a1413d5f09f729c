"""How sure a number is that is no mean of items, as F1 over all of them: items, or their groups, are drawn anew and added up.

Two models that answered the same items are held against each other in the same way: by chance each group keeps its two
results or has them exchanged, and the number is taken again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medgo_train.evaluate.metric import Metric, Row
from medgo_train.evaluate.statistics import CONFIDENCE, Interval

DRAWS = 1_000
AT_ONCE = 4_000_000  # numbers that are held in memory
Counts = npt.NDArray[np.int64]
Totals = Callable[
    [Counts], list[float]
]  # of draws, each of which says how often it took each group: the number of each


def interval(
    metric: Metric, rows: Sequence[Row], groups: Sequence[Hashable], *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float] | None:
    """The limits of the first column; none, where there is but one group."""
    parts = _parts(groups)
    if len(parts) < 2:
        return None
    told = _drawn_anew([_totals(metric, rows, parts)], len(parts), draws, seed)[0]
    low, high = np.quantile(told, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


@dataclass(frozen=True, kw_only=True)
class Apart:
    """How far two models are apart in the first column of a metric."""

    difference: Interval
    error: float  # the standard error
    p: float


def apart(  # noqa: PLR0913  two models on the same items, and how often they are drawn
    metric: Metric,
    a: Sequence[Row],
    b: Sequence[Row],
    groups: Sequence[Hashable],
    *,
    confidence: float = CONFIDENCE,
    draws: int = DRAWS,
    seed: int = 0,
) -> Apart:
    """How far a is above b; ``p`` is how likely so much is if chance alone said which model gave which answers to a group."""
    parts = _parts(groups)
    value = _first(metric, a) - _first(metric, b)
    one, other = _drawn_anew([_totals(metric, rows, parts) for rows in (a, b)], len(parts), draws, seed)
    drawn = np.array(one) - np.array(other)
    both = _totals(metric, [*a, *b], [*parts, *([at + len(a) for at in part] for part in parts)])
    chance = sum(abs(each) >= abs(value) - 1e-12 for each in _exchanged(both, len(parts), draws, seed))
    low, high = (
        (math.nan, math.nan) if len(parts) < 2 else np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    )
    how = "one group: no interval" if len(parts) < 2 else f"bootstrap of {draws}, seed {seed}"
    return Apart(
        difference=Interval(value=value, low=float(low), high=float(high), how=how),
        error=float(np.std(drawn)),
        p=(chance + 1) / (draws + 1),
    )


def _drawn_anew(several: Sequence[Totals], many: int, draws: int, seed: int) -> list[list[float]]:
    """The numbers of each over the same draws of so many groups."""
    rng = np.random.default_rng(seed)
    told: list[list[float]] = [[] for _ in several]
    for some in _portions(draws, many):
        counts = rng.multinomial(many, np.full(many, 1 / many), some)
        for found, totals in zip(told, several, strict=True):
            found.extend(totals(counts))
    return told


def _exchanged(both: Totals, many: int, draws: int, seed: int) -> Iterator[float]:
    rng = np.random.default_rng(seed)
    for some in _portions(draws, 2 * many):
        stays = rng.integers(0, 2, (some, many))
        one, other = both(np.hstack([stays, 1 - stays])), both(np.hstack([1 - stays, stays]))
        yield from (x - y for x, y in zip(one, other, strict=True))


def _totals(metric: Metric, rows: Sequence[Row], parts: Sequence[Sequence[int]]) -> Totals:
    if not metric.adds:

        def listed(counts: Counts) -> list[float]:
            return [
                _first(
                    metric, [rows[at] for part, often in zip(parts, draw, strict=True) if often for at in part * often]
                )
                for draw in counts.tolist()
            ]

        return listed
    sums = np.array([np.sum([rows[at] for at in part], 0, np.float64) for part in parts])

    def added(counts: Counts) -> list[float]:
        return [_first(metric, [tuple(told)]) for told in (counts @ sums).tolist()]

    return added


def _portions(draws: int, width: int) -> list[int]:
    many = max(1, AT_ONCE // max(1, width))
    return [min(many, draws - done) for done in range(0, draws, many)]


def _parts(groups: Sequence[Hashable]) -> list[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for at, group in enumerate(groups):
        found.setdefault(group, []).append(at)
    return list(found.values())


def _first(metric: Metric, rows: Sequence[Row]) -> float:
    return metric.total(rows)[metric.columns[0]]
