"""Precision, recall and F1 over sets of things found: entities, relations, events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any

from medgo_train.evaluate.metric import Metric, Numbers, Row, harmonic, ratio, sums

TINY = 1e-10  # added by the script of a participant of CHIP 2021


def counted(gold: Collection[Hashable], found: Collection[Hashable] | None) -> Row:
    """Found rightly, found wrongly, missed."""
    meant, said = frozenset(gold), frozenset(found or ())
    right = len(meant & said)
    return right, len(said) - right, len(meant) - right


def _counted_with_repeats(gold: Collection[Hashable], found: Collection[Hashable] | None) -> Row:
    right = len(frozenset(gold) & frozenset(found or ()))
    return right, len(found or ()) - right, len(gold) - right


def prf(right: float, wrong: float, missed: float) -> Numbers:
    precision, recall = ratio(right, right + wrong), ratio(right, right + missed)
    return {"precision": precision, "recall": recall, "f1": harmonic(precision, recall)}


def _micro(rows: Sequence[Row]) -> Numbers:
    return prf(*sums(rows)) if rows else prf(0, 0, 0)


def _smoothed(rows: Sequence[Row]) -> Numbers:
    right, wrong, missed = sums(rows) if rows else (0, 0, 0)
    precision, recall = right / (right + wrong + TINY), right / (right + missed + TINY)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall + TINY)}


def _rounded(rows: Sequence[Row]) -> Numbers:
    right, wrong, missed = sums(rows) if rows else (0, 0, 0)
    found = {key: round(value, 4) for key, value in prf(right, wrong, missed).items()}
    return found | {"tp": float(right), "pred": float(right + wrong), "gold": float(right + missed)}


def by_kind(kinds: Sequence[Hashable], kind: Callable[[Any], Hashable]) -> Metric:
    """Macro F1: the mean of the F1 of each kind, all kinds alike, those that nobody saw included as 0."""

    def each(gold: Collection[Any], found: Collection[Any] | None) -> Row:
        parts = [
            counted([x for x in gold if kind(x) == one], [x for x in found or () if kind(x) == one]) for one in kinds
        ]
        return tuple(number for part in parts for number in part)

    def total(rows: Sequence[Row]) -> Numbers:
        summed = sums(rows) if rows else (0,) * 3 * len(kinds)
        single = {str(one): prf(*summed[3 * n : 3 * n + 3])["f1"] for n, one in enumerate(kinds)}
        return {"macro_f1": sum(single.values()) / len(kinds)} | {f"f1[{one}]": f1 for one, f1 in single.items()}

    told = f"the mean of the F1 of {len(kinds)} kinds, each over sets, summed over samples"
    return Metric(name="macro F1", definition=told, each=each, total=total, columns=("macro_f1",), adds=True)


def by_level(levels: Sequence[str]) -> Metric:
    """Micro F1 of each level apart; an element's first part is its level."""
    apart = by_kind(levels, lambda element: element[0])

    def total(rows: Sequence[Row]) -> Numbers:
        return {f"{level}_f1": f1 for level, f1 in zip(levels, list(apart.total(rows).values())[1:], strict=True)}

    told = f"micro F1 over sets, of {' and '.join(levels)} apart"
    columns = tuple(f"{level}_f1" for level in levels)
    return Metric(name="micro F1 by level", definition=told, each=apart.each, total=total, columns=columns, adds=True)


MICRO = Metric(
    name="micro F1",
    definition="sets of a sample, strictly equal; right, wrong and missed summed over samples; 0/0 is 0",
    each=counted,
    total=_micro,
    columns=("f1",),
    adds=True,
)
MICRO_ROUNDED = Metric(
    name="micro F1, rounded",
    definition="micro F1, rounded to four digits",
    each=counted,
    total=_rounded,
    columns=("f1",),
    adds=True,
)
MICRO_WITH_REPEATS = Metric(
    name="micro F1 with repeats",
    definition="right ones are counted once, but what was found and what was meant with its repeats; 1e-10 added",
    each=_counted_with_repeats,
    total=_smoothed,
    columns=("f1",),
    adds=True,
)
