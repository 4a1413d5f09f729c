"""What a sample can promise of the whole: how many there may be at the most, and how many both of two readers overlooked."""

from __future__ import annotations

import math
from collections.abc import Sequence

CONFIDENCE = 0.95
HALVINGS, TERMS = 200, 20_000  # both end long before


def at_most(found: float, read: float, confidence: float = CONFIDENCE) -> float:
    """Clopper and Pearson's upper limit, one-sided: with this confidence the share in the whole is not above it."""
    if found >= read:
        return 1.0
    if not found:
        return -math.expm1(math.log1p(-confidence) / read)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if beta(middle, found + 1, read - found) < confidence else (low, middle)
    return high


def needed(share: float, confidence: float = CONFIDENCE) -> int:
    """How many must be read, and none of them have it, to promise that no more than this share has it."""
    return math.ceil(math.log1p(-confidence) / math.log1p(-share))


def beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction would be slow
        return 1 - beta(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """Its continued fraction (DLMF 8.17.22), by the method of Lentz."""
    value, c, d = 1.0, 1.0, 0.0
    for k in range(1, TERMS):
        m = k // 2
        if k % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d)
        c = 1 + term / c
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


# ---- strata --------------------------------------------------------------------------------------------------------


def as_if(rows: Sequence[int], read: Sequence[int]) -> float:
    """As how many rows, drawn from all the strata of which something was read, those count that were read.

    A stratum with a tenth of the rows must bear a tenth of what is read; the one that was read most thinly says how much
    that is. With as many of each as it bears, what was found in all of them has no longer tail than a draw from the whole
    (Hoeffding 1956). That more was read of some, and no row twice, only makes the limit wider than it need be.
    """
    seen = [(size, n) for size, n in zip(rows, read, strict=True) if n]
    whole = sum(size for size, _ in seen)
    return min((n * whole / size for size, n in seen), default=0.0)


def stratified(rows: Sequence[int], read: Sequence[int], found: int, confidence: float = CONFIDENCE) -> float:
    """The upper limit for the whole. Of a stratum of which nothing was read, every row may have it."""
    whole, unread = sum(rows), sum(size for size, n in zip(rows, read, strict=True) if not n)
    return (unread + (whole - unread) * at_most(found, as_if(rows, read), confidence)) / whole


def estimated(rows: Sequence[int], read: Sequence[int], found: Sequence[int]) -> float | None:
    """The share in the whole, each stratum by its size; None if nothing was read."""
    seen = sum(size for size, n in zip(rows, read, strict=True) if n)
    told = zip(rows, read, found, strict=True)
    return sum(size * k / n for size, n, k in told if n) / seen if seen else None


# ---- two who seek --------------------------------------------------------------------------------------------------


def chapman(one: int, other: int, both: int) -> float | None:
    """How many there are, by those that each found and both did; None where nothing was found by both.

    It holds for two that know nothing of each other. Two that see and miss the same things make it too small, and nearly
    all do: so it is a lower limit.
    """
    return (one + 1) * (other + 1) / (both + 1) - 1 if both else None


def kappa(both: int, one: int, other: int, neither: int) -> float | None:
    """Cohen's agreement beyond chance; None where both always say the same one thing."""
    whole = both + one + other + neither
    if not whole:
        return None
    said = ((both + one) * (both + other) + (neither + one) * (neither + other)) / whole**2
    return None if said == 1 else ((both + neither) / whole - said) / (1 - said)
