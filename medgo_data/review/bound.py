"""What a sample can promise of the whole: how many there may be at the most, and how many both of two readers overlooked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Literal

CONFIDENCE = 0.95
Method = Literal["clopper_pearson", "wilson"]
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


def needed(share: float, confidence: float = CONFIDENCE, found: int = 0, method: Method = "clopper_pearson") -> int:
    """How many must be read, and no more than so many of them have it, to promise that no more than this share has it."""
    if not found and method == "clopper_pearson":
        return math.ceil(math.log1p(-confidence) / math.log1p(-share))
    low, high = found, found + 1
    while limit(found, high, confidence, method) > share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if limit(found, middle, confidence, method) > share else (low, middle)
    return high


def limit(found: float, read: float, confidence: float = CONFIDENCE, method: Method = "clopper_pearson") -> float:
    """The one-sided upper limit, by either method. Wilson's is the narrower, and holds only on the average."""
    return (
        at_most(found, read, confidence) if method == "clopper_pearson" else wilson(found, read, 2 * confidence - 1)[1]
    )


def between(found: float, read: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Clopper and Pearson's interval, two-sided."""
    side = (1 + confidence) / 2
    return 1 - at_most(read - found, read, side), at_most(found, read, side)


def wilson(found: float, read: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's interval, two-sided."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, more = found / read, z * z / read
    middle, half = share + more / 2, z * math.sqrt(share * (1 - share) / read + more / (4 * read))
    low, high = (middle - half) / (1 + more), (middle + half) / (1 + more)
    return (low if found else 0.0), (high if found < read else 1.0)


def chance(found: int, read: int, share: float) -> float:
    """That of so many that are read no more than so many have it, if this share of the whole has it."""
    return 1.0 if found >= read else 1 - beta(share, found + 1, read - found)


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


# ---- of so many rows, and no more ----------------------------------------------------------------------------------


def at_most_of(found: int, read: int, rows: int, confidence: float = CONFIDENCE) -> int:
    """How many of just so many rows have it at the most, of which so many were read without putting any back.

    It is exact, as Clopper and Pearson's limit is for a whole without end, and below that: what was read is known.
    """
    low, high = found, rows - (read - found) + 1  # it may be ``low``, and cannot be ``high``
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if chance_of(found, read, middle, rows) > 1 - confidence else (low, middle)
    return low


def chance_of(found: int, read: int, having: int, rows: int) -> float:
    """That of so many that are read no more than so many have it, if so many of the rows have it: hypergeometric."""
    least, most = max(0, read + having - rows), min(found, read, having)
    if found >= min(read, having):
        return 1.0
    if most < least:
        return 0.0
    whole = _choose(rows, read)
    return math.fsum(
        math.exp(_choose(having, k) + _choose(rows - having, read - k) - whole) for k in range(least, most + 1)
    )


def fisher(one: int, of_one: int, other: int, of_other: int) -> float:
    """How likely two such shares would be as unlike as these, or more so, were they the same in truth: exact, two-sided."""
    rows, having = of_one + of_other, one + other
    least, most = max(0, of_one + having - rows), min(of_one, having)
    whole = _choose(rows, of_one)
    logs = [_choose(having, k) + _choose(rows - having, of_one - k) - whole for k in range(least, most + 1)]
    seen = logs[one - least] + 1e-7  # as likely as what was seen, but for rounding
    return min(1.0, math.fsum(math.exp(each) for each in logs if each <= seen))


def _choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


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


def stratified(
    rows: Sequence[int],
    read: Sequence[int],
    found: int,
    confidence: float = CONFIDENCE,
    method: Method = "clopper_pearson",
) -> float:
    """The upper limit for the whole. Of a stratum of which nothing was read, every row may have it."""
    whole, unread = sum(rows), sum(size for size, n in zip(rows, read, strict=True) if not n)
    if unread == whole:
        return 1.0
    seen = as_if(rows, read)
    return (unread + (whole - unread) * (limit(found, seen, confidence, method) if found < seen else 1.0)) / whole


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
