"""A metric in two steps: what one answer is worth, as a row of numbers, and what all rows come to.

Intervals and paired tests draw rows anew and add them up again, so no answer is ever read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]
Numbers = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """``each`` weighs a prediction (None: nothing usable was said) against gold; ``total`` sums up. Both never raise."""

    name: str
    definition: str
    each: Callable[[Any, Any], Row]
    total: Callable[[Sequence[Row]], Numbers]
    columns: tuple[str, ...]  # the numbers that count in a mean over tasks; one for all tasks but one
    adds: bool = False  # the total of rows is that of their sum, so that many draws of them are added up at once


def ratio(part: float, whole: float) -> float:
    """A share; of nothing, nothing."""
    return part / whole if whole else 0.0


def harmonic(precision: float, recall: float) -> float:
    return ratio(2 * precision * recall, precision + recall)


def mean(rows: Sequence[Row], column: int) -> float:
    return ratio(sum(row[column] for row in rows), len(rows))


def sums(rows: Sequence[Row]) -> tuple[Any, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))
