"""Characters out of UTF-8, and the letters that they are compared as, in machine code. Loaded only where texts are compared."""

from __future__ import annotations

from typing import Any

from medgo_data.letters import JOINS, SEVERAL
from medgo_data.native import compiled


@compiled
def decoded(content: Any, at: int) -> tuple[int, int]:
    """The character that begins at a byte, and where the next one does."""
    byte = int(content[at])
    if byte < 0x80:
        return byte, at + 1
    if byte < 0xE0:
        return (byte & 0x1F) << 6 | content[at + 1] & 0x3F, at + 2
    if byte < 0xF0:
        return (byte & 0x0F) << 12 | (content[at + 1] & 0x3F) << 6 | content[at + 2] & 0x3F, at + 3
    point = (byte & 0x07) << 18 | (content[at + 1] & 0x3F) << 12
    return point | (content[at + 2] & 0x3F) << 6 | content[at + 3] & 0x3F, at + 4


@compiled
def fill(  # noqa: PLR0913, PLR0917  flat arguments are what a kernel has
    content: Any, at: int, end: int, known: Any, several: Any, out: Any, n: int, most: int
) -> tuple[int, int, int]:
    """Write letters to ``out`` from its ``n``-th on, until there are ``most`` or the text ends.

    Returns where in the text it stopped, how many letters there are now, and whether it wants to be composed first.
    """
    joins = 0
    while at < end and n < most:
        point, at = decoded(content, at)
        entry = known[point]
        if entry < SEVERAL:
            out[n] = entry
            n += 1 if entry != 0 else 0
        else:
            first = (entry & 0x7FFFFFFF) >> 8
            joins |= entry & JOINS
            for k in range(entry & 0x7F):
                out[n] = several[first + k]
                n += 1
    return at, n, joins


@compiled
def apart(content: Any, ends: Any, known: Any, found: Any) -> None:
    """Find the texts that want to be composed first."""
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        while at < end:
            byte = content[at]
            if 0xE4 <= byte < 0xEA:  # U+4000 to U+9FFF: Han, and two scripts whose letters stand alone
                at += 3
                continue
            point, at = decoded(content, at)
            entry = known[point]
            if entry >= SEVERAL and entry & JOINS:
                found[row] = True
                break
