"""What the quality of a text is judged by: its characters, its pairs of characters, and how often it says the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medgo_data.native import compiled, flat

if TYPE_CHECKING:
    import polars as pl

BITS = 17  # of the number of a gram; characters and pairs share the numbers, and two may meet in one
GRAMS = 2  # a character: itself, and the pair that it ends
SAID = 5  # characters in a row that were there before ...
REACH = 1024  # ... within so many are said again
SLOTS = 13  # bits of the place where five characters are remembered


def summed(text: pl.Series, weights: Any) -> tuple[Any, Any, Any]:
    """Of each text: the sum of the weights of its grams, how many characters it has, and how many of them end a repetition."""
    data, ends = flat(text.fill_null(""))
    return _scanned(data, ends, weights, np.zeros(0, np.int32))


def listed(text: pl.Series) -> tuple[Any, Any, Any]:
    """The number of each gram of each text, one text after the other; characters and repetitions as in ``summed``."""
    data, ends = flat(text.fill_null(""))
    numbers = np.zeros(GRAMS * int(ends[-1] - ends[0]), np.int32)
    _, chars, again = _scanned(data, ends, np.zeros(1 << BITS, np.int8), numbers)
    return numbers[: GRAMS * int(chars.sum())], chars, again


def _scanned(data: Any, ends: Any, weights: Any, numbers: Any) -> tuple[Any, Any, Any]:
    sums, chars, again = (np.zeros(len(ends) - 1, np.int64) for _ in range(3))
    said, when = np.zeros(1 << SLOTS, np.uint64), np.full(1 << SLOTS, -REACH - 1, np.int64)
    compiled(_scan)(data, ends, weights, numbers, said, when, sums, chars, again)
    return sums, chars, again


# All that is mixed is uint64: a product that is too large wraps there, while of signed numbers a compiler takes for granted
# that it does not happen.
ONE, TWO, MIX_SAID = (np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
TO_GRAM, TO_SLOT, TO_12_BITS = np.uint64(64 - BITS), np.uint64(64 - SLOTS), np.uint64(52)
BESIDE, TWELVE, MASK = np.uint64(21), np.uint64(12), np.uint64((1 << 12 * SAID) - 1)
ZERO = np.uint64(ord("0"))


def _scan(  # noqa: PLR0913, PLR0917  flat arguments are what a kernel has
    data: Any, ends: Any, weights: Any, numbers: Any, said: Any, when: Any, sums: Any, chars: Any, again: Any
) -> None:
    clock = 0
    kept = 0
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        before = np.uint64(0)
        last = np.uint64(0)  # twelve bits of each of the last five characters
        count = 0
        total = 0
        repeated = 0
        while at < end:
            byte = data[at]
            if byte < 0x80:
                char = ZERO if 48 <= byte <= 57 else np.uint64(byte)  # all digits are alike
                at += 1
            elif byte < 0xE0:
                char = np.uint64((byte & 0x1F) << 6 | data[at + 1] & 0x3F)
                at += 2
            elif byte < 0xF0:
                char = np.uint64((byte & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | data[at + 2] & 0x3F)
                at += 3
            else:
                point = (byte & 0x07) << 18 | (data[at + 1] & 0x3F) << 12
                char = np.uint64(point | (data[at + 2] & 0x3F) << 6 | data[at + 3] & 0x3F)
                at += 4
            single = (char * ONE) >> TO_GRAM
            pair = ((before << BESIDE | char) * TWO) >> TO_GRAM
            total += weights[single] + weights[pair]
            if len(numbers):
                numbers[kept] = single
                numbers[kept + 1] = pair
                kept += 2
            before = char
            last = (last << TWELVE | (char * ONE) >> TO_12_BITS) & MASK
            count += 1
            clock += 1
            if count >= SAID:
                slot = (last * MIX_SAID) >> TO_SLOT
                if said[slot] == last and clock - when[slot] <= REACH:
                    repeated += 1
                said[slot] = last
                when[slot] = clock
        sums[row], chars[row], again[row] = total, count, repeated
        clock += REACH  # what another text said is forgotten
