"""The lines and paragraphs of texts, each known by a number that tells its letters from all others. Loaded only where they are met.

A paragraph is a run of lines without a blank one, so that a copied table of short rows is met as a whole. One that was wrapped
at another width has the same letters and so the same number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from medgo_data import letters
from medgo_data.native import compiled, flat
from medgo_data.utf8 import fill

BLOCK = 2048  # letters at a time
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, and without a pattern
BEGIN = np.uint64(0xC2B2AE3D27D4EB4F)
HALF = np.uint64(32)
NEWLINE = 10
COLUMNS = {
    "row": np.uint32,
    "paragraph": np.uint32,
    "start": np.int64,
    "end": np.int64,  # before the line feed
    "letters": np.uint32,
    "line": np.uint64,
    "so_far": np.uint32,  # letters of the paragraph up to here
    "whole": np.uint64,  # in the last line of a paragraph: the number of all of it
}


def lines(text: pl.Series) -> pl.DataFrame:
    """All lines that are not blank, where each lies in the UTF-8 of the column, and the numbers by which they are met."""
    composed = letters.ready(text)
    found = _lines(composed)
    return found if composed.equals(text) else found.with_columns(_lines(text)["start", "end"])


def _lines(text: pl.Series) -> pl.DataFrame:
    content, ends = flat(text)
    most = len(text) + np.count_nonzero(content[ends[0] : ends[-1]] == NEWLINE)
    made = {name: np.empty(most, kind) for name, kind in COLUMNS.items()}
    many = _lined(content, ends, *letters.table(), *made.values())
    return pl.DataFrame({name: column[:many] for name, column in made.items()})


@compiled
def _blank(content: Any, at: int, end: int) -> bool:
    """Whether there is only white space. What NFKC makes a space of is white space too, so that composing changes nothing."""
    while at < end:
        byte = content[at]
        if byte <= 0x20:
            at += 1
        elif byte == 0xC2:
            if content[at + 1] not in (0x85, 0xA0):
                return False
            at += 2
        elif byte in (0xE2, 0xE3):
            point = (byte & 0x0F) << 12 | (content[at + 1] & 0x3F) << 6 | content[at + 2] & 0x3F
            if not (0x2000 <= point <= 0x200A or point in (0x2028, 0x2029, 0x202F, 0x205F, 0x3000)):
                return False
            at += 3
        else:
            return False
    return True


@compiled
def _lined(  # noqa: PLR0913, PLR0917  flat arguments are what a kernel has
    content: Any, ends: Any, known: Any, several: Any,
    rows: Any, paragraphs: Any, starts: Any, stops: Any, sizes: Any, numbers: Any, so_far: Any, wholes: Any,
) -> int:  # fmt: skip
    found = np.empty(BLOCK + letters.LONGEST, np.uint32)
    many, paragraph = 0, 0
    for row in range(len(ends) - 1):
        at, last = ends[row], ends[row + 1]
        whole, total = BEGIN, 0
        paragraph += 1
        while at < last:
            start = at
            while at < last and content[at] != NEWLINE:
                at += 1
            number, size, within = BEGIN, 0, start
            while within < at:
                within, n, _ = fill(content, within, at, known, several, found, 0, BLOCK)
                for i in range(n):
                    letter = np.uint64(found[i])
                    number = (number ^ letter) * MIX
                    number ^= number >> HALF
                    whole = (whole ^ letter) * MIX
                    whole ^= whole >> HALF
                size += n
            if size == 0 and _blank(content, start, at):
                whole, total = BEGIN, 0
                paragraph += 1
            else:
                total += size
                rows[many], paragraphs[many], starts[many], stops[many] = row, paragraph, start, at
                sizes[many], numbers[many], so_far[many], wholes[many] = size, number, total, whole
                many += 1
            at += 1
    return many
