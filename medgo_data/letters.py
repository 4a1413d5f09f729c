"""What a text says: its letters and digits, whatever their width, case or script, and nothing else. So texts are compared.

Full and half width meet (NFKC), Traditional characters meet Simplified ones, capitals meet small letters; spaces, marks and
symbols are set aside. ``view`` says it in Python; ``fill`` of ``utf8.py`` does the same in machine code, from the table in ``letters.npz``,
which holds what ``view`` makes of each character, so that another Python with another Unicode compares no other way.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from medgo_data.native import flat

TABLE = Path(__file__).with_name("letters.npz")
POINTS = 0x110000
# An entry is a letter, nothing (0), or, with this bit, where in the list of the others how many letters are.
SEVERAL = 1 << 31
JOINS = 1 << 7  # it may become one with the character before, so the text has to be composed first
LONGEST = 64  # letters that one character may become: ﷺ has 15


def view(text: str) -> str:
    """The letters and digits of a text, as they are compared."""
    simple = _simple()
    composed = unicodedata.normalize("NFKC", text)
    return "".join(c for char in composed for c in simple.get(char, char).lower() if c.isalnum())


@cache
def table() -> tuple[Any, Any]:
    """What each code point becomes, and the list of those that become several."""
    import numpy as np

    held = np.load(TABLE)
    found = np.zeros(POINTS, np.uint32)
    edges = held["same"].reshape(-1, 2)
    for start, end in edges:
        found[start:end] = np.arange(start, end)
    found[held["others"]] = held["become"]
    return found, held["several"]


def composed(text: pl.Series, rows: Any) -> pl.Series:
    """These rows of a column, with letters and the marks that stand on them made one."""
    return pl.Series([unicodedata.normalize("NFKC", one) for one in text.gather(rows)], dtype=pl.String)


def ready(text: pl.Series) -> pl.Series:
    """The same texts, with letters and the marks that stand on them made one: a kernel takes each character for itself."""
    import numpy as np

    from medgo_data import utf8

    found = np.zeros(len(text), np.bool_)
    utf8.apart(*flat(text), table()[0], found)
    rows = pl.Series(found).arg_true()
    if not len(rows):
        return text
    return text.clone().scatter(rows, composed(text, rows))  # what is scattered into changes in place


# ---- how the table is made -----------------------------------------------------------------------------------------


def made() -> dict[str, Any]:
    """The table, from this Python's Unicode and OpenCC's dictionary of characters."""
    import numpy as np

    joining = _joining()
    same: list[int] = []
    others: list[int] = []
    become: list[int] = []
    several: list[int] = []
    for point in range(POINTS):
        char = chr(point)
        letters = [] if 0xD800 <= point < 0xE000 else [ord(c) for c in view(char)]
        if letters == [point] and char not in joining:
            if same and same[-1] == point:
                same[-1] += 1
            else:
                same += [point, point + 1]
        elif letters or char in joining:
            plain = len(letters) == 1 and char not in joining
            entry = SEVERAL | len(several) << 8 | len(letters) | (JOINS if char in joining else 0)
            others.append(point)
            become.append(letters[0] if plain else entry)
            several += [] if plain else letters
    lists = {"same": same, "others": others, "become": become, "several": several}
    return {name: np.array(numbers, np.uint32) for name, numbers in lists.items()}


def _joining() -> set[str]:
    """What may become one with the character before it: the second halves of composed characters, and whatever begins so."""
    second = {chr(point) for point in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}  # Hangul vowels and finals
    for point in range(POINTS):
        halves = unicodedata.decomposition(chr(point)).split()
        if (
            len(halves) == 2
            and not halves[0].startswith("<")
            and unicodedata.normalize("NFC", chr(point)) == chr(point)
        ):
            second.add(chr(int(halves[1], 16)))
    chars = (chr(point) for point in range(POINTS) if not 0xD800 <= point < 0xE000)
    return {char for char in chars if unicodedata.normalize("NFKD", char)[0] in second}


@cache
def _simple() -> dict[str, str]:
    """Traditional characters, and what OpenCC makes of each alone."""
    import opencc

    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x32400))
    chars = [chr(point) for first, end in blocks for point in range(first, end)]
    now = opencc.OpenCC("t2s").convert("\n".join(chars)).split("\n")
    return {char: simple for char, simple in zip(chars, now, strict=True) if char != simple}


if __name__ == "__main__":
    import numpy as np

    np.savez_compressed(TABLE, **made())
