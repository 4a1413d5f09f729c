"""How far people who judged the same things agree, beyond what chance alone would make of it; each number with its interval.

Labels come as numbers, a row for each item and a column for each reviewer: from 0 on, and -1 where nothing was said. Items
are counted by what was said of them, so a million cost little more than a thousand. Only what two or more have judged counts.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from medgo_data.review.bound import CONFIDENCE, wilson

Codes = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval"]
NOTHING = -1  # was said
DRAWS, FEWEST = 1000, 200  # of a bootstrap: fewer where items were judged in very many ways
AT_MOST = 200_000_000  # numbers of a bootstrap in all
AT_ONCE = 4_000_000  # numbers of a bootstrap that are held in memory
WHY = {
    "no_items": ("没有两人都评过的条目。", "Nothing was judged by two."),
    "one_reviewer": ("只有一位评审人。", "There is one reviewer only."),
    "not_two": ("不是恰好两位评审人。", "There are not just two reviewers."),
    "one_label": (
        "所有人给出同一个结论，偶然一致即为全部一致，无从超出。",
        "All said the same one thing: chance would agree as much, and nothing can exceed it.",
    ),
    "one_item": ("只有一个条目，算不出区间。", "From one item no interval can be told."),
    "no_spread": ("条目之间没有差别，公式给出的误差为零，不能作为区间。", "The items do not differ: an error of nought is no interval."),
    "no_orders": ("没有两人都排过序、又不全是并列的条目。", "Nothing was put in order by two, but for orders of nothing but ties."),
    "several_tasks": ("各任务的结论不同，请分任务看。", "Tasks have different labels: look at each by itself."),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number and its interval; or the reason why there is none, which can be said to a person."""

    value: float | None
    low: float | None = None
    high: float | None = None
    interval: str | None = None  # how it was computed
    items: int = 0
    why: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        return dict(vars(self))


def none(why: str, items: int = 0) -> Measure:
    return Measure(value=None, items=items, why=why)


def share(part: int, whole: int, confidence: float = CONFIDENCE) -> Measure:
    """So many of so many, with Wilson's interval."""
    if not whole:
        return none("no_items")
    low, high = wilson(part, whole, confidence)
    return Measure(value=part / whole, low=low, high=high, interval="wilson", items=whole)


def encoded(*columns: Sequence[Hashable | None], known: Iterable[Hashable] = ()) -> tuple[Codes, list[Any]]:
    """The labels of each reviewer as numbers, None being nothing; and what the numbers stand for, ``known`` ones first."""
    number = {label: k for k, label in enumerate(known)}
    told = [[NOTHING if one is None else number.setdefault(one, len(number)) for one in each] for each in columns]
    return np.array(told, np.int32).reshape(len(columns), -1).T, list(number)


# ---- counts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """In how many ways items were judged: how often each label was given, and of how many items that is true."""

    ways: Floats  # a row for each way, a column for each label
    times: Floats

    @classmethod
    def of(cls, codes: Codes, labels: int | None = None) -> Table:
        """``labels`` is how many could be given; without it, as many as were."""
        many = int(codes.max(initial=NOTHING)) + 1 if labels is None else labels
        said = (codes != NOTHING).sum(1)
        most = int(said.max(initial=0))
        each = np.sort(codes[said > 1], axis=1)[:, codes.shape[1] - most :].astype(np.int64) if most > 1 else None
        if each is None:
            return cls(np.zeros((0, many)), np.zeros(0))
        if most * math.log2(many + 1) < 63:
            place = (many + 1) ** np.arange(most, dtype=np.int64)
            _, first, times = np.unique((each + 1) @ place, return_index=True, return_counts=True)
            each = each[first]
        else:
            each, times = np.unique(each, axis=0, return_counts=True)
        ways = np.zeros((len(each), many + 1))
        np.add.at(ways, (np.arange(len(each))[:, None], each), 1)  # what was not said falls into the last column
        return cls(ways[:, :many], times.astype(float))

    @cached_property
    def items(self) -> int:
        return int(self.times.sum())

    @cached_property
    def said(self) -> Floats:
        """How many judged."""
        return self.ways.sum(1)  # type: ignore[no-any-return]

    @cached_property
    def alike(self) -> Floats:
        """Of two who judged an item, the share that agree."""
        return (self.ways * (self.ways - 1)).sum(1) / (self.said * (self.said - 1))  # type: ignore[no-any-return]

    @cached_property
    def shares(self) -> Floats:
        """Of each label the share in what was said, each item counting as one."""
        return self.times @ (self.ways / self.said[:, None]) / self.items

    def only(self, label: int) -> Table:
        """The same, as if nothing but this label and its opposite could be given."""
        mine = self.ways[:, label]
        return Table(np.stack([mine, self.said - mine], axis=1), self.times)


def raw(*tables: Table, confidence: float = CONFIDENCE) -> Measure:
    """The share of pairs that agree. Of two reviewers Wilson's interval; of more, by how much items differ."""
    n = sum(table.items for table in tables)
    if not n:
        return none("no_items")
    alike, times = _joined((table.alike, table) for table in tables)
    value = float(times @ alike / n)
    spread, two = _deviation(alike, times, value), all(bool((table.said == 2).all()) for table in tables)
    if two or not spread:
        low, high = wilson(value * n, n, confidence)
        return Measure(value=value, low=low, high=high, interval="wilson", items=n)
    return _around(value, spread, n, confidence, least=0)


def fleiss(*tables: Table, confidence: float = CONFIDENCE) -> Measure:
    """Fleiss' kappa; where some items have more labels than others, as Gwet (2014) has it. Each table has a chance of its own."""
    filled = [table for table in tables if table.items]
    chances = [float((table.shares**2).sum()) for table in filled]
    return _beyond(filled, chances, [table.ways @ table.shares / table.said for table in filled], confidence)


def ac1(*tables: Table, confidence: float = CONFIDENCE) -> Measure:
    """Gwet's AC1, which stays what it is where nearly everything has the same label."""
    filled = [table for table in tables if table.items]
    others = [table.ways.shape[1] - 1 for table in filled]
    if not all(others):
        return none("one_label", sum(table.items for table in filled))
    chances = [float((t.shares * (1 - t.shares)).sum() / q) for t, q in zip(filled, others, strict=True)]
    each = [t.ways @ (1 - t.shares) / t.said / q for t, q in zip(filled, others, strict=True)]
    return _beyond(filled, chances, each, confidence)


def _beyond(tables: Sequence[Table], chances: Sequence[float], each: Sequence[Floats], confidence: float) -> Measure:
    """Agreement beyond chance; its error linearised, as Gwet (2008) does for all coefficients of this form."""
    n = sum(table.items for table in tables)
    if not n:
        return none("no_items")
    alike, times = _joined((table.alike, table) for table in tables)
    agreed = float(times @ alike / n)
    chance = sum(table.items * one for table, one in zip(tables, chances, strict=True)) / n
    if chance > 1 - 1e-12:
        return none("one_label", n)
    value = (agreed - chance) / (1 - chance)
    drawn = [(2 * (items - one) + one - chance, t) for t, one, items in zip(tables, chances, each, strict=True)]
    found = alike - agreed - (1 - value) * _joined(drawn)[0]
    return _around(value, _deviation(found / (1 - chance), times, 0.0), n, confidence)


def _joined(parts: Iterable[tuple[Floats, Table]]) -> tuple[Floats, Floats]:
    found = [(each, table.times) for each, table in parts]
    return np.concatenate([each for each, _ in found]), np.concatenate([times for _, times in found])


def specific(table: Table, label: int, confidence: float = CONFIDENCE) -> Measure:
    """How often, where one says this, another says it too: of a rare label it tells what raw agreement hides."""
    given = table.ways[:, label]
    whole, n = float(table.times @ given), table.items
    if not whole:
        return none("no_items")
    again = given * (given - 1) / (table.said - 1)
    value = float(table.times @ again / whole)
    return _around(value, _deviation((again - value * given) * n / whole, table.times, 0.0), n, confidence, least=0)


def _deviation(each: Floats, times: Floats, mean: float) -> float:
    """How much items differ."""
    n = times.sum()
    return math.sqrt(float(times @ (each - mean) ** 2) / (n - 1)) if n > 1 else 0.0


def _around(value: float, spread: float, n: int, confidence: float, least: float = -1.0) -> Measure:
    if spread < 1e-9:
        return Measure(value=value, items=n, why="one_item" if n < 2 else "no_spread")
    half = _z(confidence) * spread / math.sqrt(n)
    low, high = max(least, value - half), min(1.0, value + half)
    return Measure(value=value, low=low, high=high, interval="large sample", items=n)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


# ---- two reviewers -------------------------------------------------------------------------------------------------


def confusion(one: Codes, other: Codes, labels: int) -> npt.NDArray[np.int64]:
    """How often one said this and the other that."""
    both = (one != NOTHING) & (other != NOTHING)
    pairs = one[both].astype(np.int64) * labels + other[both]
    return np.bincount(pairs, minlength=labels * labels).reshape(labels, labels)


def cohen(
    seen: npt.ArrayLike, weights: Literal["linear", "quadratic"] | None = None, confidence: float = CONFIDENCE
) -> Measure:
    """Cohen's kappa of a table of confusion, its labels in their order; the interval by Fleiss, Cohen and Everitt (1969)."""
    counts = np.asarray(seen, float)
    n, q = int(counts.sum()), len(counts)
    if not n:
        return none("no_items")
    p = counts / n
    mine, theirs = p.sum(1), p.sum(0)
    apart = np.abs(np.subtract.outer(np.arange(q), np.arange(q))).astype(float)
    power = {None: 0, "linear": 1, "quadratic": 2}[weights]
    near = 1 - (apart / max(q - 1, 1)) ** power if power else (apart == 0).astype(float)
    alike, chance = float((p * near).sum()), float(mine @ near @ theirs)
    if chance > 1 - 1e-12:
        return none("one_label", n)
    value = (alike - chance) / (1 - chance)
    margins = np.add.outer(near @ theirs, mine @ near)
    spread = float((p * (near - margins * (1 - value)) ** 2).sum()) - (value - chance * (1 - value)) ** 2
    return _around(value, math.sqrt(max(0.0, spread)) / (1 - chance), n, confidence)


def tau(orders: Iterable[tuple[Sequence[int], Sequence[int]]], confidence: float = CONFIDENCE) -> Measure:
    """Kendall's tau-b between two orders of the same things, on the average; orders of nothing but ties tell nothing."""
    found = [one for mine, theirs in orders if (one := kendall(tuple(mine), tuple(theirs))) is not None]
    if not found:
        return none("no_orders")
    return mean(found, confidence)


def mean(found: Sequence[float], confidence: float = CONFIDENCE) -> Measure:
    each = np.array(found, float)
    value = float(each.mean())
    return _around(value, _deviation(each, np.ones(len(each)), value), len(each), confidence)


def kendall(mine: Sequence[int], theirs: Sequence[int]) -> float | None:
    """tau-b of two orders, each the places of the same things; None where one of them puts all in one place."""
    agree = one = other = 0
    for k in range(len(mine)):
        for j in range(k):
            a, b = _sign(mine[k] - mine[j]), _sign(theirs[k] - theirs[j])
            agree, one, other = agree + a * b, one + a * a, other + b * b
    return agree / math.sqrt(one * other) if one and other else None


def _sign(n: int) -> int:
    return (n > 0) - (n < 0)


# ---- alpha ---------------------------------------------------------------------------------------------------------


def alpha(
    table: Table,
    level: Level = "nominal",
    values: Sequence[float] | None = None,
    *,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Measure:
    """Krippendorff's alpha; the interval by a bootstrap over items. Labels stand in their order, ``values`` for an interval."""
    if not table.items:
        return none("no_items")
    at = np.arange(table.ways.shape[1], dtype=float) if values is None else np.asarray(values, float)
    counts = _Coincidences(table, level, at)
    value = float(counts.alpha(table.times[None])[0])
    if math.isnan(value):
        return none("one_label", table.items)
    if table.items < 2 or len(table.times) < 2:
        return Measure(value=value, items=table.items, why="one_item" if table.items < 2 else "no_spread")
    lots, step = np.random.Generator(np.random.PCG64(seed)), max(1, AT_ONCE // max(counts.width, len(table.times)))
    many = min(DRAWS, max(FEWEST, AT_MOST // (len(table.times) * counts.width)))
    drawn = [
        counts.alpha(lots.multinomial(table.items, table.times / table.items, min(step, many - k)).astype(float))
        for k in range(0, many, step)
    ]
    found = np.concatenate(drawn)
    low, high = np.quantile(found[~np.isnan(found)], [(1 - confidence) / 2, (1 + confidence) / 2])
    if high - low < 1e-12:
        return Measure(value=value, items=table.items, why="no_spread")
    return Measure(value=value, low=float(low), high=float(high), interval="bootstrap", items=table.items)


class _Coincidences:
    """What each way of judging adds to the table of coincidences, so that any number of items is a product of matrices."""

    def __init__(self, table: Table, level: Level, at: Floats) -> None:
        ways, self.level, self.at, self.table = table.ways, level, at, table
        if level == "nominal":
            self.alike = (ways * (ways - 1)).sum(1) / (table.said - 1)
        else:
            pairs = ways[:, :, None] * ways[:, None, :]
            pairs[:, np.arange(len(at)), np.arange(len(at))] -= ways
            self.pairs = (pairs / (table.said - 1)[:, None, None]).reshape(len(ways), -1)
        self.width = len(at) ** (1 if level == "nominal" else 2)

    def alpha(self, times: Floats) -> Floats:
        """Of some draws, each of which says how many items were judged in which way; nan where nothing could differ."""
        given = times @ self.table.ways
        n = given.sum(1)
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.level == "nominal":
                seen, chance = n - times @ self.alike, n * n - (given**2).sum(1)
            else:
                apart = self._apart(given)
                seen = ((times @ self.pairs).reshape(apart.shape) * apart).sum((1, 2))
                chance = np.einsum("bi,bij,bj->b", given, apart, given)
            found: Floats = 1 - (n - 1) * seen / np.where(chance > 0, chance, np.nan)
        return found

    def _apart(self, given: Floats) -> Floats:
        """The square of the distance between each two labels."""
        if self.level == "interval":
            one = np.subtract.outer(self.at, self.at) ** 2
            return np.broadcast_to(one, (len(given), *one.shape))
        middle = np.cumsum(given, axis=1) - given / 2  # of all that was said, how much stands below
        return (middle[:, :, None] - middle[:, None, :]) ** 2
