"""Runs of so many letters, each as a number, in machine code. Loaded only where texts are compared.

All that is mixed is uint64: a product that is too large wraps there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from medgo_data.native import compiled

MIX = np.uint64(0xE7037ED1A0B428DB)  # odd, and without a pattern
HALF, LOWER = np.uint64(32), np.uint64(29)


@cache
def factors(gram: int) -> Any:
    """What each letter of a gram is multiplied by, according to its place: odd, and the same everywhere."""
    return np.random.Generator(np.random.PCG64(gram)).integers(1 << 63, 1 << 64, gram, np.uint64) | np.uint64(1)


@compiled
def mixed(number: Any) -> Any:
    number ^= number >> HALF
    number *= MIX
    return number ^ number >> LOWER


@compiled
def hashed(found: Any, n: int, factors: Any, grams: Any) -> int:
    """The hashes of the grams among ``n`` letters, and how many there are."""
    gram = len(factors)
    many = n - gram + 1
    if many < 1:
        return 0
    for i in range(many):
        grams[i] = found[i] * factors[0]
    for k in range(1, gram):
        factor = factors[k]
        for i in range(many):
            grams[i] += found[i + k] * factor
    for i in range(many):
        grams[i] = mixed(grams[i])
    return many
