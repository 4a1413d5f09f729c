"""The signature of a text: a few numbers, of which two texts share as many as they share of their grams (MinHash)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from medgo_data import letters
from medgo_data.grams import factors
from medgo_data.native import flat

if TYPE_CHECKING:
    import polars as pl


@cache
def spread(perms: int, seed: int) -> Any:
    """What makes another order of all grams of each number of a signature: times an odd number, plus another.

    They are those of datasketch (2.0, scheme affine32), so that its signatures and ours are the same.
    """
    import numpy as np

    dice = np.random.RandomState(seed)
    times = dice.randint(0, 1 << 31, perms, np.uint32) * np.uint32(2) + np.uint32(1)
    return np.stack([times, dice.randint(0, 1 << 32, perms, np.uint32)], axis=1)


def signed(
    text: pl.Series, bands: tuple[int, int], *, perms: int = 128, gram: int = 5, seed: int = 1
) -> tuple[Any, Any]:
    """The keys of so many bands of so many numbers, a row for each band; and what tells the letters of each text.

    That are two numbers which no other letters have, and how many letters there are. A text that is shorter than a gram has
    keys of 0.
    """
    import numpy as np

    many, rows = bands
    keys, said = np.empty((many, len(text)), np.uint64), np.empty((len(text), 4), np.uint64)
    _sign(text, gram, spread(perms, seed)[: many * rows], rows, keys, said, np.empty((0, 0), np.uint32))
    return keys, said


def signatures(text: pl.Series, *, perms: int = 128, gram: int = 5, seed: int = 1) -> Any:
    """The whole signature of each text: ``perms`` numbers."""
    import numpy as np

    found = np.empty((len(text), perms), np.uint32)
    _sign(text, gram, spread(perms, seed), 1, np.empty((0, 0), np.uint64), np.empty((len(text), 4), np.uint64), found)
    return found


def _sign(text: pl.Series, gram: int, spread: Any, rows: int, keys: Any, said: Any, found: Any) -> None:  # noqa: PLR0913, PLR0917
    import numpy as np

    from medgo_data.dedup import kernel

    kernel.sign(*flat(text.fill_null("")), *letters.table(), factors(gram), spread, rows, keys, said, found)
    apart = np.flatnonzero(said[:, 3])
    if len(apart):  # a letter and the mark on it are two characters there
        some = [
            np.empty((len(keys), len(apart)), np.uint64),
            np.empty((len(apart), 4), np.uint64),
            found[apart[: len(found)]],
        ]
        kernel.sign(*flat(letters.composed(text, apart)), *letters.table(), factors(gram), spread, rows, *some)
        keys[:, apart], said[apart], found[apart[: len(found)]] = some
