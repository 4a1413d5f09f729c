"""Signatures, groups and exact comparisons, in machine code. Loaded only where texts are compared.

A gram is so many letters in a row; a text is known by the set of its grams. All that is mixed is uint64: a product that is
too large wraps there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from medgo_data import letters
from medgo_data.grams import hashed, mixed
from medgo_data.native import compiled
from medgo_data.utf8 import fill

BLOCK = 2048  # letters at a time: what is made of them stays in the nearest cache
ROOM = BLOCK + 64 + letters.LONGEST
MANY = np.uint64(0x9E3779B97F4A7C15)  # odd, and without a pattern
HALF, ONE, ZERO = np.uint64(32), np.uint64(1), np.uint64(0)
NOTHING = np.uint32(0xFFFFFFFF)


@compiled
def sign(  # noqa: C901, PLR0912, PLR0913, PLR0917  flat arguments are what a kernel has
    content: Any,
    ends: Any,
    known: Any,
    several: Any,
    factors: Any,
    spread: Any,
    rows: int,
    keys: Any,
    said: Any,
    signatures: Any,
) -> None:
    """Of each text the key of every band, and what tells its letters.

    ``said`` has two numbers that no other letters have, how many letters there are, and whether the text has to be composed
    first. A text that is shorter than a gram has no keys. ``signatures`` has a row for each text, or none at all.
    """
    gram, bands = len(factors), len(keys)
    found, grams = np.empty(ROOM, np.uint32), np.empty(ROOM, np.uint64)
    small, least = np.empty(ROOM, np.uint32), np.empty(len(spread), np.uint32)
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        n, size, joins = 0, 0, 0
        total, order = ZERO, ZERO
        least[:] = NOTHING
        while True:
            at, n, joined = fill(content, at, end, known, several, found, n, BLOCK)
            joins |= joined
            many = hashed(found, n, factors, grams)
            if many == 0:
                break
            for i in range(many):
                total += grams[i]
                order += total
                small[i] = np.uint32(grams[i] >> HALF)
            for k in range(len(spread)):
                times, plus, smallest = spread[k, 0], spread[k, 1], least[k]
                for i in range(many):
                    smallest = min(smallest, np.uint32(small[i] * times + plus))
                least[k] = smallest
            size += many
            for i in range(gram - 1):
                found[i] = found[many + i]
            n = gram - 1
            if at >= end:
                break
        if size == 0:
            for i in range(n):
                total += mixed(np.uint64(found[i]) * factors[0] + np.uint64(i + 1))
                order += total
        size += n
        said[row, 0] = mixed(total + np.uint64(size))
        said[row, 1] = mixed(order ^ MANY)
        said[row, 2] = np.uint64(size)
        said[row, 3] = np.uint64(joins)
        if len(signatures):
            signatures[row] = least
        for band in range(bands):
            key = np.uint64(band)
            for k in range(band * rows, band * rows + rows):
                key = mixed((key ^ np.uint64(least[k])) * MANY)
            keys[band, row] = key if size >= gram else ZERO


@compiled
def joined(parent: Any, rows: Any, groups: Any) -> None:
    """Rows that met in one group belong together, and so do all that any of them met elsewhere."""
    for i in range(1, len(rows)):
        if groups[i] == groups[i - 1]:
            a, b = np.int64(rows[i - 1]), np.int64(rows[i])
            while parent[a] != a:
                parent[a] = parent[parent[a]]
                a = np.int64(parent[a])
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = np.int64(parent[b])
            if a < b:
                parent[b] = a
            elif b < a:
                parent[a] = b


@compiled
def roots(parent: Any, rows: Any, found: Any) -> None:
    for i in range(len(rows)):
        a = np.int64(rows[i])
        while parent[a] != a:
            a = np.int64(parent[a])
        found[i] = a


@compiled
def judged(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  one loop, told in one piece
    content: Any, ends: Any, lengths: Any, known: Any, several: Any, factors: Any,
    starts: Any, groups: Any, many_groups: int, at_least: float, pool: Any, keeper: Any, score: Any,
) -> None:  # fmt: skip
    """Text after text: one that is as like as ``at_least`` to an earlier one that stays goes, and that one is its keeper.

    Texts come in order of precedence. Text i is compared with those before it that stay and share one of its groups
    (``groups[starts[i]:starts[i + 1]]``), the first of them first. ``lengths`` are in letters; ``pool`` takes the grams of those
    that stay.
    """
    count, gram = len(ends) - 1, len(factors)
    found, grams = np.empty(ROOM, np.uint32), np.empty(ROOM, np.uint64)
    longest = lengths.max() if count else 0
    slots: int = 64
    slot: Any = 0
    while slots < 2 * longest:
        slots *= 2
    table, own = np.zeros(slots, np.uint64), np.empty(slots, np.uint64)
    last, next_of = np.full(many_groups, -1, np.int64), np.empty(len(groups), np.int64)
    held, sizes, used = np.empty(count, np.int64), np.zeros(count, np.int64), 0
    text_of, asked, likely = np.empty(len(groups), np.int64), np.full(count, -1, np.int64), np.empty(count, np.int64)
    for i in range(count):
        at, end = ends[i], ends[i + 1]
        room, shift = 64, np.uint64(58)
        while room < 2 * lengths[i]:
            room *= 2
            shift -= ONE
        table[:room] = ZERO
        size, n = 0, 0
        while True:
            at, n, _ = fill(content, at, end, known, several, found, n, BLOCK)
            many = hashed(found, n, factors, grams)
            if many == 0:
                break
            for k in range(many):
                one = grams[k] | ONE
                slot = np.int64(one * MANY >> shift)
                while table[slot] != ZERO and table[slot] != one:
                    slot = slot + 1 if slot + 1 < room else 0
                if table[slot] == ZERO:
                    table[slot] = one
                    own[size] = one
                    size += 1
            for k in range(gram - 1):
                found[k] = found[many + k]
            n = gram - 1
            if at >= end:
                break
        sizes[i] = size
        hopes = 0
        for g in range(starts[i], starts[i + 1]):
            entry = last[groups[g]]
            while entry >= 0:
                j = text_of[entry]
                if asked[j] != i:
                    asked[j] = i
                    likely[hopes] = j
                    hopes += 1
                entry = next_of[entry]
        keeper[i] = -1
        candidates = np.sort(likely[:hopes])
        for c in range(hopes):
            j = candidates[c]
            both = size + sizes[j]
            # J = shared / (both - shared) >= at_least, within the rounding of the last digit
            needed = np.int64(np.ceil(at_least * both / (1 + at_least) - 1e-9))
            missing = sizes[j] - needed
            shared = 0
            if min(size, sizes[j]) < needed:
                continue
            for k in range(held[j], held[j] + sizes[j]):
                one = pool[k]
                slot = np.int64(one * MANY >> shift)
                while table[slot] != ZERO and table[slot] != one:
                    slot = slot + 1 if slot + 1 < room else 0
                if table[slot] == one:
                    shared += 1
                else:
                    missing -= 1
                    if missing < 0:
                        break
            if missing >= 0 and shared >= at_least * (both - shared) - 1e-9:
                keeper[i] = j
                score[i] = shared / (both - shared)
                break
        if keeper[i] < 0:
            held[i] = used
            for k in range(size):
                pool[used + k] = own[k]
            used += size
            for g in range(starts[i], starts[i + 1]):
                text_of[g] = i
                next_of[g] = last[groups[g]]
                last[groups[g]] = g
