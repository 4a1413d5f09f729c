"""How sure a number is that is no mean of items, as F1 over all of them: items, or their groups, are drawn anew and added up.

Two models that answered the same items are held against each other in the same way: by chance each group keeps its two
results or has them exchanged, and the number is taken again.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from medgo_train.evaluate.metric import Metric, Row
from medgo_train.evaluate.statistics import CONFIDENCE, Interval

DRAWS = 1_000


def interval(
    metric: Metric, rows: Sequence[Row], groups: Sequence[Hashable], *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float] | None:
    """The limits of the first column; none, where there is but one group."""
    parts = _parts(groups)
    if len(parts) < 2:
        return None
    rng = np.random.default_rng(seed)
    told = [_over(metric, rows, parts, rng.integers(0, len(parts), len(parts)).tolist()) for _ in range(draws)]
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
    parts, rng = _parts(groups), np.random.default_rng(seed)
    value = _first(metric, a) - _first(metric, b)
    drawn, chance = [], 0
    for _ in range(draws):
        chosen = rng.integers(0, len(parts), len(parts)).tolist()
        drawn.append(_over(metric, a, parts, chosen) - _over(metric, b, parts, chosen))
        one, other = list(a), list(b)
        for part, is_exchanged in zip(parts, rng.integers(0, 2, len(parts)), strict=True):
            if is_exchanged:
                for at in part:
                    one[at], other[at] = b[at], a[at]
        chance += abs(_first(metric, one) - _first(metric, other)) >= abs(value) - 1e-12
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    how = f"bootstrap of {draws}, seed {seed}"
    return Apart(
        difference=Interval(value=value, low=float(low), high=float(high), how=how),
        error=float(np.std(drawn)),
        p=(chance + 1) / (draws + 1),
    )


def _parts(groups: Sequence[Hashable]) -> list[list[int]]:
    found: dict[Hashable, list[int]] = {}
    for at, group in enumerate(groups):
        found.setdefault(group, []).append(at)
    return list(found.values())


def _over(metric: Metric, rows: Sequence[Row], parts: Sequence[Sequence[int]], chosen: Sequence[int]) -> float:
    return _first(metric, [rows[at] for one in chosen for at in parts[one]])


def _first(metric: Metric, rows: Sequence[Row]) -> float:
    return metric.total(rows)[metric.columns[0]]
