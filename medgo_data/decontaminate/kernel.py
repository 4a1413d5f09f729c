"""Texts are read once, gram by gram; where an item shows, it is compared with the text letter by letter. Machine code.

A gram is so many letters in a row within one segment of an item. All that is mixed is uint64: a product that is too large
wraps there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from medgo_data import letters
from medgo_data.grams import hashed
from medgo_data.native import compiled
from medgo_data.utf8 import decoded, fill

BLOCK = 2048  # letters at a time: what is made of them stays in the nearest cache
ROOM = 2 * BLOCK + letters.LONGEST
LONG = 1000  # letters of an item: of longer ones the grams alone tell enough, and a comparison takes their square
TIMES = np.uint64(0x9E3779B97F4A7C15)  # odd, and without a pattern
LOWER, ONE, ZERO = np.uint64(29), np.uint64(1), np.uint64(0)
WORD, WITHIN = np.uint64(6), np.uint64(63)
SEVERAL, COUNT = np.uint32(letters.SEVERAL), np.uint32(0x7F)


class Grams(NamedTuple):
    """Which items have a gram, and where: the ``k``-th of ``keys`` has item ``owners[o]`` at its letter ``places[o]``.

    That is so for ``starts[k] <= o < starts[k + 1]``. ``keys`` are in order, and ``buckets`` say where those begin that share
    their first bits; ``bits`` tell most grams that no item has.
    """

    bits: Any
    buckets: Any
    keys: Any
    starts: Any
    owners: Any
    places: Any


class Items(NamedTuple):
    """The letters of segment ``s`` are ``spelled[bounds[s]:bounds[s + 1]]``; those of item ``i`` begin with ``segments[i]``."""

    spelled: Any
    bounds: Any
    segments: Any  # the longest first
    stems: Any  # which of its segments has to be there, or -1
    sizes: Any  # how many letters it has,
    distinct: Any  # how many of them are in one of its grams,
    hints: Any  # how many of those have to show before it is compared,
    needed: Any  # and how many letters it takes


# ---- letters and grams ---------------------------------------------------------------------------------------------


@compiled
def counted(content: Any, ends: Any, known: Any, several: Any, sizes: Any) -> None:
    """How many letters each text has."""
    found = np.empty(ROOM, np.uint32)
    for row in range(len(ends) - 1):
        at, size = ends[row], 0
        while at < ends[row + 1]:
            at, n, _ = fill(content, at, ends[row + 1], known, several, found, 0, BLOCK)
            size += n
        sizes[row] = size


@compiled
def listed(  # noqa: PLR0913, PLR0917
    content: Any, ends: Any, known: Any, several: Any, factors: Any, spelled: Any, grams: Any, whole: Any
) -> None:
    """The letters of all texts and their grams, those of one behind those of another; and of each a number for the ``whole``."""
    used = many = 0
    for row in range(len(ends) - 1):
        _, n, _ = fill(content, ends[row], ends[row + 1], known, several, spelled, used, len(spelled))
        many += hashed(spelled[used:], n - used, factors, grams[many:])
        one = ONE
        for i in range(used, n):
            one = (one ^ np.uint64(spelled[i])) * TIMES
            one ^= one >> LOWER
        whole[row] = one
        used = n


@compiled
def noted(keys: Any, bits: Any) -> None:
    """Set the bit of each key."""
    shift = np.uint64(64 - 6) - np.uint64(np.log2(len(bits)))
    for key in range(len(keys)):
        bit = keys[key] >> shift
        bits[bit >> WORD] |= ONE << (bit & WITHIN)


# ---- an item and a text --------------------------------------------------------------------------------------------


@compiled
def nearest(  # noqa: PLR0913, PLR0917
    seen: Any, at_letter: Any, place: Any, before: Any, latest: int, gram: int, window: int
) -> tuple[int, int, int]:
    """How many letters of an item its grams have in the window where they have most; and where that begins and ends."""
    covered, best, start, stop = 0, 0, 0, 0
    left = right = latest
    while left >= 0:  # from the last to the first, and the right edge follows
        for letter in range(place[left], place[left] + gram):
            covered += seen[letter] == 0
            seen[letter] += 1
        while True:
            spare = True
            for letter in range(place[right], place[right] + gram):
                spare = spare and seen[letter] > 1
            if not spare and at_letter[right] + gram - at_letter[left] <= window:
                break
            for letter in range(place[right], place[right] + gram):
                seen[letter] -= 1
                covered -= seen[letter] == 0
            right = before[right]
        end = at_letter[right] + gram
        if covered > best or (covered == best and end - at_letter[left] <= stop - start):
            best, start, stop = covered, at_letter[left], end
        left = before[left]
    while right >= 0:
        for letter in range(place[right], place[right] + gram):
            seen[letter] -= 1
        right = before[right]
    return best, start, stop


@compiled
def verbatim(segment: Any, text: Any) -> int:
    """Where a segment first stands in a text as it is, or -1."""
    for start in range(len(text) - len(segment) + 1):
        same = 0
        while same < len(segment) and text[start + same] == segment[same]:
            same += 1
        if same == len(segment):
            return start
    return -1


@compiled
def aligned(segment: Any, text: Any, line: Any) -> tuple[int, int, int]:
    """How many letters of a segment stand in a text, in their order and close together; and where that begins and ends.

    This is the best local alignment (Smith and Waterman), in which a letter that fits counts 1, and one that does not, is
    missing or is put in -1. A ``line`` has for each letter of the text the score, the letters that fit, and where it began.
    """
    line[: len(text) + 1] = 0
    best, fit, start, stop = 0, 0, 0, 0
    for i in range(len(segment)):
        letter = segment[i]
        score, fits, begins = 0, 0, 0  # of what ends one letter before in both
        for j in range(len(text)):
            above, fits_above, begins_above = line[j + 1]
            if letter == text[j]:
                if score == 0:
                    fits, begins = 0, j
                score, fits = score + 1, fits + 1
            else:
                score -= 1
                if above - 1 > score:
                    score, fits, begins = above - 1, fits_above, begins_above
                if line[j, 0] - 1 > score:
                    score, fits, begins = line[j, 0] - 1, line[j, 1], line[j, 2]
                score = max(score, 0)
            line[j + 1, 0], line[j + 1, 1], line[j + 1, 2] = score, fits, begins
            if score > best:
                best, fit, start, stop = score, fits, begins, j + 1
            score, fits, begins = above, fits_above, begins_above
    return fit, start, stop


@compiled
def compared(items: Items, item: int, text: Any, gram: int, line: Any) -> tuple[int, int, int]:
    """How many letters of an item stand in a text, segment by segment, whatever their order; and from where to where.

    A segment counts that is there with half of its letters, and no letter of the text for two of them. Without the stem
    nothing does: options alone are any list of drugs. It is given up where too few are left for what is needed.
    """
    found, first, last, hope = 0, len(text), 0, items.sizes[item]
    for segment in range(items.segments[item], items.segments[item + 1]):
        one = items.spelled[items.bounds[segment] : items.bounds[segment + 1]]
        start = verbatim(one, text)
        fit, stop = len(one), start + len(one)
        if start < 0:
            fit, start, stop = aligned(one, text, line)
        if 2 * fit >= len(one):
            found += fit
            text[start:stop] = 0
            if len(one) >= gram:
                first, last = min(first, start), max(last, stop)
        hope -= len(one) - (fit if 2 * fit >= len(one) else 0)
        if hope < items.needed[item] or (segment == items.stems[item] and 2 * fit < len(one)):
            return 0, 0, 0
    return found, first, last


# ---- all items and all texts ---------------------------------------------------------------------------------------


@compiled
def looked_for(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  one loop, told in one piece
    content: Any, ends: Any, known: Any, several: Any,
    grams_of: Grams, items: Items, factors: Any, most: int, wide: int, stretch: int, told: Any,
) -> None:  # fmt: skip
    """Of each text the item that it has most of, or -1; how many of its letters; and the first and last of them in the text.

    These are the four rows of ``told``. No gram has more than ``most`` owners, and an item shows within ``wide`` times its
    letters. A text longer than a ``stretch`` of letters is taken in stretches, each with the second half of the one before.
    """
    count, sizes, gram = len(items.sizes), items.sizes, len(factors)
    spoken, grams = np.empty(stretch + ROOM, np.uint32), np.empty(ROOM, np.uint64)
    likely = np.empty(ROOM, np.int64)
    bit_shift = np.uint64(64 - 6) - np.uint64(np.log2(len(grams_of.bits)))
    bucket_shift = np.uint64(64) - np.uint64(np.log2(len(grams_of.buckets) - 1))
    room = (stretch + ROOM) * most  # of gram and item, wherever they meet
    at_letter, whose, place, before = (
        np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32),
    )  # fmt: skip
    latest, often, met = np.full(count, -1, np.int32), np.zeros(count, np.int32), np.empty(count, np.int32)
    seen, line = np.zeros(sizes.max(), np.int32), np.empty((stretch + 1, 3), np.int32)
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        n, begin, done, pairs = 0, 0, 0, 0
        best, shared, first, last = -1, 0, 0, 0
        while True:
            at, n, _ = fill(content, at, end, known, several, spoken, n, n + BLOCK)
            many = hashed(spoken[done:], n - done, factors, grams)
            hopes = 0
            for i in range(many):
                bit = grams[i] >> bit_shift
                likely[hopes] = i
                hopes += grams_of.bits[bit >> WORD] >> (bit & WITHIN) & ONE != ZERO
            for hope in range(hopes):
                one = grams[likely[hope]]
                bucket = one >> bucket_shift
                for key in range(grams_of.buckets[bucket], grams_of.buckets[bucket + ONE]):
                    if grams_of.keys[key] == one:
                        for o in range(grams_of.starts[key], grams_of.starts[key + 1]):
                            at_letter[pairs] = done + likely[hope]
                            whose[pairs], place[pairs] = grams_of.owners[o], grams_of.places[o]
                            pairs += 1
                        break
            done += many
            if at < end and n < stretch:
                continue
            # ---- the end of a stretch: which items show here, and of which is most here
            hopes = 0
            for pair in range(pairs):
                owner = whose[pair]
                if often[owner] == 0:
                    met[hopes] = owner
                    hopes += 1
                often[owner] += 1
                before[pair] = latest[owner]
                latest[owner] = pair
            for hope in range(hopes):
                owner = met[hope]
                size, needed, hint = sizes[owner], items.needed[owner], items.hints[owner]
                beaten = shared == sizes[best] and (size < shared or (size == shared and owner > best))
                if often[owner] * gram >= hint and not (best >= 0 and beaten):
                    covered, start, stop = nearest(seen, at_letter, place, before, latest[owner], gram, wide * size)
                    if covered < hint:
                        found = 0
                    elif size > LONG:
                        found = covered * size // items.distinct[owner]
                    else:
                        spare = max(0, size - (stop - start)) + size // 2
                        left, right = max(0, start - spare), min(n, stop + spare)
                        found, begins, until = compared(items, owner, spoken[left:right].copy(), gram, line)
                        if begins < until:
                            start, stop = left + begins, left + until
                    now, then = (found * sizes[best], shared * size) if best >= 0 else (1, 0)
                    more = now > then or (now == then and (found > shared or (found == shared and owner < best)))
                    if found >= needed and more:
                        best, shared, first, last = owner, found, begin + start, begin + stop
                often[owner], latest[owner] = 0, -1
            if at >= end:
                break
            cut = n - stretch // 2
            n -= cut
            for i in range(n):
                spoken[i] = spoken[cut + i]
            kept = 0
            for pair in range(pairs):
                if at_letter[pair] >= cut:
                    at_letter[kept], whose[kept], place[kept] = at_letter[pair] - cut, whose[pair], place[pair]
                    kept += 1
            pairs, begin, done = kept, begin + cut, done - cut
        told[0, row], told[1, row], told[2, row], told[3, row] = best, shared, first, last


@compiled
def placed(content: Any, ends: Any, known: Any, first: Any, last: Any) -> None:
    """From letters to characters of each text: where the first of them stands, and where the last of them ends."""
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        letter, character = 0, 0
        start, stop = first[row], last[row]
        while at < end and letter < stop:
            point, at = decoded(content, at)
            entry = known[point]
            if entry >= SEVERAL:
                letter += int(entry & COUNT)
            elif entry != 0:
                letter += 1
            character += 1
            if letter <= start:
                first[row] = character
            last[row] = character
