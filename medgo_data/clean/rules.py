"""Drop what is too short to teach anything, or is mostly not Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from medgo_data.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Clean(Stage):
    """Keep documents of ``min_chars`` characters or more, of which a share of ``min_han`` or more is Han.

    White space around a text does not count.
    """

    min_chars: int = 20
    min_han: float = 0.3
    column: str = "text"

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        text = docs[self.column]
        chars = text.str.strip_chars().str.len_chars()
        return docs.with_columns(
            drop=pl.when(chars < self.min_chars)
            .then(pl.lit("too_short"))
            .when(han(text) < self.min_han * chars)
            .then(pl.lit("little_chinese"))
        )


def han(text: pl.Series) -> pl.Series:
    """How many characters from U+4000 to U+9FFF each text has: those whose UTF-8 begins with E4 to E9, counted as bytes."""
    import numpy as np  # here, because a recipe is read without it

    if not len(text):
        return pl.Series([], dtype=pl.Int64)
    flat: Any = text.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = flat.buffers()
    starts = np.frombuffer(offsets, np.int64)[flat.offset : flat.offset + len(flat) + 1]
    if starts[0] == starts[-1]:
        return pl.Series([0] * len(text), dtype=pl.Int64)
    lead = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]] - np.uint8(0xE4) < 6
    filled = np.flatnonzero(np.diff(starts))  # an empty text would be given its neighbour's first byte
    counts = np.zeros(len(text), np.int64)
    counts[filled] = np.add.reduceat(lead, starts[filled] - starts[0], dtype=np.int64)
    return pl.Series(counts)
