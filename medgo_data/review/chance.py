"""How often something would come about by chance: shares with their intervals, and how surprising a count is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959963984540054  # 95 %, two-sided
EXACT = 100_000  # questions, up to which every possible count is looked at


@dataclass(frozen=True)
class Guess:
    """How often a guesser is right who goes by one thing alone; where it leaves several options, by chance among these."""

    items: int
    right: float  # of so many, a tie of two counting a half
    chance: float  # the share that is right without any knowledge
    low: float  # the interval of the share, Wilson's, 95 %
    high: float
    p: float  # of a count as far from chance as this one, or farther, on either side

    @property
    def share(self) -> float:
        return self.right / self.items if self.items else 0.0


def guess(taken: Sequence[tuple[bool, int, int]]) -> Guess:
    """Of each question: whether the right option is among those that the guesser takes, how many he takes, and of how many."""
    items = len(taken)
    right = math.fsum(1 / many for hit, many, _ in taken if hit)
    chance = math.fsum(1 / of for _, _, of in taken) / items if items else 0.0
    low, high = wilson(right, items)
    return Guess(items, right, chance, low, high, _p(taken, right, chance))


def _p(taken: Sequence[tuple[bool, int, int]], right: float, chance: float) -> float:
    if len(taken) <= EXACT and len({(many, of) for _, many, of in taken}) == 1 and taken[0][1] == 1:
        return binomial(round(right), len(taken), chance)
    spread = math.fsum(1 / (many * of) - 1 / of**2 for _, many, of in taken)
    if spread <= 0:  # he takes all of them
        return 1.0
    return math.erfc(abs(right - chance * len(taken)) / math.sqrt(2 * spread))


def wilson(found: float, of: int, z: float = Z) -> tuple[float, float]:
    """The interval of a share, by Wilson's score."""
    if not of:
        return 0.0, 1.0
    share, square = found / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def binomial(found: int, of: int, chance: float) -> float:
    """How likely a count is that is no likelier than this one (the exact test, two-sided)."""
    if not 0 < chance < 1:
        return 1.0
    logs = (math.lgamma(of + 1), math.log(chance), math.log1p(-chance))
    each = [
        logs[0] - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * logs[1] + (of - k) * logs[2] for k in range(of + 1)
    ]
    limit = each[found] + 1e-7  # what is as likely, but for rounding
    return min(1.0, math.fsum(math.exp(one) for one in each if one <= limit))


def chi_square(counts: Sequence[float], expected: Sequence[float]) -> float:
    """How far counts are from those that were expected."""
    return math.fsum((found - wanted) ** 2 / wanted for found, wanted in zip(counts, expected, strict=True))


def chi_square_p(statistic: float, freedom: int) -> float:
    """How likely so great a distance or a greater one is."""
    if freedom < 1:
        return 1.0
    half = statistic / 2
    if half <= 0:
        return 1.0
    done = 1 if freedom % 2 else 2
    told = math.erfc(math.sqrt(half)) if freedom % 2 else math.exp(-half)
    while done < freedom:
        told += math.exp(done / 2 * math.log(half) - half - math.lgamma(done / 2 + 1))
        done += 2
    return min(1.0, told)
