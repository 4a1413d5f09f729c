"""Texts folded, and the lines found in which a rule may find something, in machine code. Loaded only where texts are scrubbed."""

from __future__ import annotations

from typing import Any

import numpy as np

from medgo_data.native import compiled
from medgo_data.pii.fold import DASH, GONE, NUMERAL, PLAIN
from medgo_data.utf8 import decoded

SPACE, BREAK, HYPHEN, AMPERSAND, SEMICOLON, HASH = 32, 10, 45, 38, 59, 35
DOT, BED = 0xB7, 0x5E8A  # · and 床
MIX = 0x9E3779B1
NEVER = -np.inf
NOBODY, PAIR, THREE, WRITTEN_OUT = (
    0,
    1,
    2,
    3,
)  # how a name may stand: as letters that are likely, as three by themselves, otherwise
NUMBER = 5  # characters, spaced or spoken, or on both sides of a line break, to be looked at as one number


@compiled
def digit(point: int) -> bool:
    return 48 <= point < 58


@compiled
def letter(point: int) -> bool:
    return 97 <= point | 32 < 123 and point < 128


@compiled
def put(out: Any, n: int, point: int) -> int:
    """Write a character as UTF-8."""
    if point < 0x80:
        out[n] = point
        return n + 1
    if point < 0x800:
        out[n] = 0xC0 | point >> 6
        out[n + 1] = 0x80 | point & 0x3F
        return n + 2
    if point < 0x10000:
        out[n] = 0xE0 | point >> 12
        out[n + 1] = 0x80 | point >> 6 & 0x3F
        out[n + 2] = 0x80 | point & 0x3F
        return n + 3
    out[n] = 0xF0 | point >> 18
    out[n + 1] = 0x80 | point >> 12 & 0x3F
    out[n + 2] = 0x80 | point >> 6 & 0x3F
    out[n + 3] = 0x80 | point & 0x3F
    return n + 4


@compiled
def folded(content: Any, ends: Any, table: Any, out: Any, bounds: Any, slow: Any) -> None:  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  one pass over the bytes
    """Write every text with its characters exchanged, and mark those in which more than that has to be done."""
    n = 0
    bounds[0] = 0
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        last, before = 0, 0  # the character before, and the one before that
        named = -1  # characters since an ampersand
        spaced = spoken = 0  # single digits with single spaces; numerals
        above = here = 0  # digits of a number on the line above, and on this one
        hidden = False
        while at < end and not hidden:
            byte = content[at]
            if byte < 0x80:
                entry = table[byte]
                at += 1
            else:
                point, at = decoded(content, at)
                entry = table[point]
            point = entry & PLAIN
            if entry != point:
                if entry & GONE:
                    hidden = True
                    break
                if entry & DASH and digit(last) and at < end:
                    after, _ = decoded(content, at)
                    if digit(table[after] & PLAIN):
                        point = HYPHEN
            if entry & NUMERAL:
                spoken += 1
                hidden = spoken >= NUMBER
            elif point >= 0x80 and point != 0x3001:
                spoken = 0
            if point < 0x80:
                if digit(point):
                    spoken = 0
                    here += 1
                    if digit(last):
                        spaced = 0
                    elif last == SPACE and digit(before):
                        spaced += 1
                    else:
                        spaced = 1
                    if spaced > NUMBER or (above > 0 and above + here > NUMBER):
                        hidden = True
                elif point == BREAK:
                    above, here, spoken = here, 0, 0
                elif point not in (SPACE, HYPHEN):
                    above = here = 0
                    if point != 44:
                        spoken = 0
                if named >= 0:
                    named += 1
                    if point == SEMICOLON:
                        hidden = named > 2
                        named = -1
                    elif not (letter(point) or digit(point)) or named > 33:
                        hidden = hidden or (point == HASH and named == 1)
                        named = -1
                if point == AMPERSAND:
                    named = 0
            else:
                above = here = 0
                named = -1
            before, last = last, point
            n = put(out, n, point)
        if hidden:
            slow[row] = True
            n = bounds[row]
        bounds[row + 1] = n


@compiled
def lines(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  one pass over the bytes
    content: Any,
    begins: Any,
    ends: Any,
    classes: Any,  # of each code point; 0 is in no word
    keys: Any,  # a table of steps from a state by a class: state and class, and where that leads
    steps: Any,
    back: Any,  # where to go on from a state that has no such step
    bits: Any,  # the sets of which a word ends in a state; in the last column, whether one does
    ended: Any,  # by state, where in the next two lists the words that end there begin
    ended_set: Any,
    ended_size: Any,
    everything: bool,  # noqa: FBT001  whether lines without any word count
    longest: int,
    shared: int,
    place: Any,  # where to go on: the row, in it the byte and the character, and whether a line begins there
    where: Any,  # row; begin and end in bytes; begin, end, and what is its own of these, in characters
    sets: Any,
    words: Any,  # line, set, and the character where it begins
) -> tuple[int, int]:
    """The lines that hold a word, long ones in pieces that share characters: of which sets, and where.

    It stops when what is to be written may not fit any more, and is called again.
    """
    n, m = 0, 0
    mask = len(keys) - 1
    width = bits.shape[1]
    room = len(words) - (longest + 1) * max(1, np.max(ended[1:] - ended[:-1]))
    row, at, char, whole = place[0], place[1], place[2], place[3] != 0
    while row < len(begins):
        start, first, before = at, char, m
        state = 0
        met = everything
        for w in range(width):
            sets[n, w] = 0
        end = ends[row]
        cut = False
        while at < end:
            point, after = decoded(content, at)
            if point == BREAK:
                break
            if char - first >= longest:
                cut = True
                break
            char += 1
            at = after
            known = np.int64(classes[point])
            if known == 0:
                state = 0
                continue
            while True:
                key = state << 16 | known
                slot = key * MIX >> 7 & mask
                while keys[slot] != key and keys[slot] != -1:
                    slot = slot + 1 & mask
                if keys[slot] == key:
                    state = steps[slot]
                    break
                if state == 0:
                    break
                state = back[state]
            if bits[state, width - 1] != 0:
                met = True
                for w in range(width):
                    sets[n, w] |= bits[state, w]
            for k in range(ended[state], ended[state + 1]):
                words[m, 0], words[m, 1], words[m, 2] = n, ended_set[k], char - ended_size[k]
                m += 1
        if met and char > first:
            where[n, 0], where[n, 1], where[n, 2], where[n, 3], where[n, 4] = row, start, at, first, char
            where[n, 5] = first if whole else first + shared // 2
            where[n, 6] = char - shared // 2 if cut else char + 1
            n += 1
        else:
            m = before
        whole = not cut
        if cut:
            for _ in range(shared):
                at -= 1
                while content[at] & 0xC0 == 0x80:
                    at -= 1
            char -= shared
        elif at < end:
            at += 1
            char += 1
        else:
            row += 1
            char = 0
            at = begins[row] if row < len(begins) else 0
        if n >= len(where) or m > room:
            break
    place[0], place[1], place[2], place[3] = row, at, char, whole
    return n, m


@compiled
def han(point: int) -> bool:
    return 0x3400 <= point < 0xA000 or point >= 0x20000


@compiled
def named(  # noqa: PLR0913, PLR0917  one pass over the bytes
    content: Any, ends: Any, first: Any, second: Any, score: Any, words: Any, at_least: float, where: Any
) -> int:
    """Where a surname and the next letter say that a name may be there, or where one may stand by itself: row, character and how.

    ``words`` are those of three letters, in order; in them nobody is named.
    """
    n = 0
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        char = 0
        a = b = c = d = BREAK  # the last four characters
        while at <= end:
            last, after = BREAK, at + 1
            if at < end:
                last, after = decoded(content, at)
            met = WRITTEN_OUT if c == DOT and han(b) and han(d) else NOBODY
            if first[c] > 0 and second[d] > 0:
                likely = score[first[c] - 1, second[d] - 1]
                if likely >= at_least or (likely > NEVER and not (joined(b) or han(last))):
                    met = WRITTEN_OUT if likely == np.inf else PAIR
                    if listed(words, c, d, last) or listed(words, b, c, d):
                        met = NOBODY
            alone = first[b] > 0 and second[c] > 0 and han(d) and not (joined(a) or han(last))
            if alone and met == NOBODY and not listed(words, b, c, d):
                met = THREE
            if d == SPACE and first[c] > 0 and not joined(b) and (han(last) or last == SPACE):
                met = WRITTEN_OUT
            if met != NOBODY:
                where[n, 0], where[n, 1], where[n, 2] = row, char - 2, met
                n += 1
            a, b, c, d = b, c, d, last
            at = after
            char += 1
    return n


@compiled
def listed(words: Any, a: int, b: int, c: int) -> bool:
    """Whether three letters are one of the words."""
    key = np.int64(a) << 42 | np.int64(b) << 21 | np.int64(c)
    at = np.searchsorted(words, key)
    return bool(at < len(words) and words[at] == key)


@compiled
def joined(point: int) -> bool:
    """Whether a name that follows does not stand by itself."""
    return han(point) and point != BED
