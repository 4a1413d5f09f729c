"""The signature of a text: a few numbers, of which two texts share as many as they share of their grams (MinHash)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from medgo_data import letters
from medgo_data.native import flat

if TYPE_CHECKING:
    import polars as pl


@cache
def factors(gram: int) -> Any:
    """What each letter of a gram is multiplied by, according to its place: odd, and the same everywhere."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(gram)).integers(1 << 63, 1 << 64, gram, np.uint64) | np.uint64(1)


@cache
def spread(perms: int, seed: int) -> Any:
    """What makes another order of all grams of each number of a signature: times an odd number, plus another."""
    import numpy as np

    dice = np.random.Generator(np.random.PCG64(seed))
    return dice.integers(0, 1 << 32, (perms, 2), np.uint32) | np.array([1, 0], np.uint32)


def signed(text: pl.Series, bands: int, rows: int, *, gram: int = 5, seed: int = 1) -> tuple[Any, Any]:
    """The keys of all bands, a row for each band; and of each text two numbers that tell its letters from all others, and how many.

    A text that is shorter than a gram has keys of 0.
    """
    import numpy as np

    from medgo_data.dedup import kernel

    content, ends = flat(letters.ready(text))
    keys, said = np.empty((bands, len(text)), np.uint64), np.empty((len(text), 3), np.uint64)
    kernel.sign(content, ends, *letters.table(), factors(gram), spread(bands * rows, seed), rows, keys, said)
    return keys, said
