"""What a text says, as it is compared: its letters and digits, whatever their width, case or script, and nothing else.

The same rule as that by which corpora are cleared of benchmarks: full and half width meet (NFKC), Traditional characters meet
Simplified ones, capitals meet small letters; spaces, marks and symbols are set aside.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Letters = npt.NDArray[np.uint32]

POINTS = 0x110000
END = POINTS  # stands behind each text, and in none
SEVERAL = 1 << 31  # an entry with this bit says which of the list of several letters a character becomes
CHANGED = ((0, 0x10000), (0x1D400, 0x1D800), (0x1F100, 0x1F300), (0x20000, 0x32400))  # where a character may be another
MARKS = ("Mn", "Mc", "Me")  # what may become one with the letter before it


def view(text: str) -> str:
    """The letters and digits of one text."""
    simple = _simple()
    composed = unicodedata.normalize("NFKC", text)
    return "".join(c for char in composed for c in simple.get(char, char).lower() if c.isalnum())


def letters(texts: Sequence[str]) -> Letters:
    """The letters of all texts, one text behind the other, each with END behind it."""
    known, several, marks = _table()
    joined = "\x00".join(text.replace("\x00", " ") for text in texts) + "\x00" if texts else ""
    points = _points(joined)
    if not joined.isascii() and marks[points].any():  # e and its accent are one letter
        points = _points(unicodedata.normalize("NFC", joined))
    every = known[points]
    found: Letters = every[every != 0]
    many = np.flatnonzero(found >= SEVERAL)
    if not len(many):
        return found
    which = found[many] & ~np.uint32(SEVERAL)
    times = np.ones(len(found), np.int64)
    times[many] = [len(several[one]) for one in which]
    starts = np.cumsum(times) - times
    spread = np.repeat(found, times)
    for at, one in zip(starts[many], which, strict=True):
        spread[at : at + len(several[one])] = several[one]
    return spread


def spelled(found: Letters) -> str:
    """Letters as text; where a text ends there is a NUL."""
    return np.where(found == END, 0, found).astype("<u4").tobytes().decode("utf-32-le", "replace")


def _points(text: str) -> Letters:
    return np.frombuffer(text.encode("utf-32-le", "replace"), "<u4")


@cache
def _table() -> tuple[Letters, list[list[int]], npt.NDArray[np.bool_]]:
    """What each code point becomes, the list of those that become several, and which are marks on others."""
    known, marks = np.zeros(POINTS, np.uint32), np.zeros(POINTS, np.bool_)
    several: list[list[int]] = []
    for first, behind in CHANGED:
        for point in range(first, behind):
            if 0xD800 <= point < 0xE000:
                continue
            found = [ord(c) for c in view(chr(point))]
            if len(found) > 1:
                known[point] = SEVERAL | len(several)
                several.append(found)
            else:
                known[point] = found[0] if found else 0
            marks[point] = unicodedata.category(chr(point)) in MARKS
    known[0] = END
    return known, several, marks


@cache
def _simple() -> dict[str, str]:
    """Traditional characters, and what OpenCC makes of each alone."""
    converter: Any = _converter()
    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x32400))
    chars = [chr(point) for first, behind in blocks for point in range(first, behind)]
    now = converter.convert("\n".join(chars)).split("\n")
    return {char: simple for char, simple in zip(chars, now, strict=True) if char != simple}


def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
