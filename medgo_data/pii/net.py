"""The arithmetic that the taggers of names share, in machine code."""
# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  a kernel is one walk over arrays, each of them an argument

from __future__ import annotations

from typing import Any

import numpy as np

from medgo_data.native import compiled

LONGEST_WORD = 6
PLACES = 9  # of a character in its word: alone, or first or last of two, three, more, or between
OFTEN = 3  # rare, common, everyday


@compiled
def best_path(scores: Any, rows: Any, lengths: Any, first: Any, last: Any, change: Any) -> Any:
    """The best tags of every sentence (Viterbi): of sentence ``j``, character ``t`` is row ``rows[t] + j`` of the scores."""
    count = scores.shape[1]
    path = np.zeros(lengths.sum(), np.int32)
    came = np.zeros((lengths.max(), count), np.int32)
    now, then = np.zeros(count, np.float32), np.zeros(count, np.float32)
    base = 0
    for j in range(len(lengths)):
        size = lengths[j]
        for k in range(count):
            now[k] = scores[rows[0] + j, k] + first[k]
        for t in range(1, size):
            back = came[t]
            for k in range(count):
                then[k] = now[0] + change[0, k]
                back[k] = 0
            for before in range(1, count):
                held = now[before]
                for k in range(count):
                    better = held + change[before, k]
                    if better > then[k]:
                        then[k] = better
                        back[k] = before
            row = scores[rows[t] + j]
            for k in range(count):
                now[k] = then[k] + row[k]
        best = 0
        for k in range(1, count):
            if now[k] + last[k] > now[best] + last[best]:
                best = k
        for t in range(size - 1, -1, -1):
            path[base + t] = best
            best = came[t, best]
        base += size
    return path


@compiled
def chances(scores: Any, first: Any, last: Any, change: Any) -> Any:
    """The probability of every tag for every character of one sentence, all paths considered (forward and backward).

    What is handed over is scores as they are, and the exponentials of the rest; each row is scaled, so that nothing grows too large.
    """
    size, count = scores.shape
    odds = np.empty((size, count), np.float32)
    for t in range(size):
        top = scores[t].max()
        for k in range(count):
            odds[t, k] = np.exp(scores[t, k] - top)
    ahead = np.empty((size, count), np.float32)
    back = np.empty((size, count), np.float32)
    for t in range(size):
        row = ahead[t]
        if t == 0:
            row[:] = first
        else:
            row[:] = 0
            for before in range(count):
                held = ahead[t - 1, before]
                for k in range(count):
                    row[k] += held * change[before, k]
        total = np.float32(1e-30)
        for k in range(count):
            row[k] *= odds[t, k]
            total += row[k]
        for k in range(count):
            row[k] /= total
    back[size - 1] = last
    turned = change.T.copy()
    for t in range(size - 2, -1, -1):
        row = back[t]
        row[:] = 0
        for k in range(count):
            held = odds[t + 1, k] * back[t + 1, k]
            for before in range(count):
                row[before] += turned[k, before] * held
        total = np.float32(1e-30)
        for before in range(count):
            total += row[before]
        for k in range(count):
            back[t, k] /= total
    for t in range(size):
        total = np.float32(1e-30)
        for k in range(count):
            ahead[t, k] *= back[t, k]
            total += ahead[t, k]
        for k in range(count):
            ahead[t, k] /= total
    return ahead


@compiled
def mixed(key: Any, point: Any) -> Any:
    """A number for the characters so far, and one more."""
    key = (key ^ np.uint64(point)) * np.uint64(0x9E3779B97F4A7C15)
    return key ^ (key >> np.uint64(29))


@compiled
def shelved(points: Any, ends: Any, kinds: Any, costs: Any, bits: Any) -> Any:
    """A table of words by their numbers, half empty at most: number, kind and how rare the word is."""
    size = 1 << bits
    keys = np.zeros(size, np.uint64)
    kind, cost = np.zeros(size, np.uint8), np.zeros(size, np.float32)
    start = 0
    for j in range(len(ends)):
        key = np.uint64(0x51ED270B9F8C3A27)
        for i in range(start, ends[j]):
            key = mixed(key, points[i])
        start = ends[j]
        at = key >> np.uint64(64 - bits)
        while keys[at] != 0 and keys[at] != key:
            at = (at + np.uint64(1)) & np.uint64(size - 1)
        if keys[at] == 0:
            keys[at] = key
            kind[at] = kinds[j]
            cost[at] = costs[j]
    return keys, kind, cost


@compiled
def worded(
    points: Any, ends: Any, keys: Any, kind: Any, cost: Any, bits: Any, kinds: Any, salt: Any, hidden: Any
) -> Any:
    """Two features of each character, from the words of a dictionary: its word in the likeliest division, and which words meet at it.

    ``hidden`` of a hundred words are not looked up, so that a tagger in training learns of words that no dictionary has.
    """
    size = len(points)
    first = np.zeros(size, np.int32)
    second = np.zeros(size, np.int32)
    best = np.zeros(size + 1, np.float32)
    take = np.ones(size + 1, np.int32)
    slot = np.zeros(size + 1, np.int64)
    mask = np.uint64(len(keys) - 1)
    start = 0
    for j in range(len(ends)):
        end = ends[j]
        best[end] = 0.0
        for i in range(end - 1, start - 1, -1):
            best[i] = np.float32(-1e30)
            key = np.uint64(0x51ED270B9F8C3A27)
            for length in range(1, 7):
                if i + length > end or points[i + length - 1] < 0x3400:
                    if length == 1:
                        best[i] = best[i + 1] - np.float32(8.0)
                        take[i] = 1
                        slot[i] = -1
                    break
                key = mixed(key, points[i + length - 1])
                at = key >> np.uint64(64 - bits)
                while keys[at] != 0 and keys[at] != key:
                    at = (at + np.uint64(1)) & mask
                if length > 1 and (
                    keys[at] == 0
                    or (
                        hidden > 0
                        and ((key ^ salt) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(33)) % np.uint64(100)
                        < np.uint64(hidden)
                    )
                ):
                    continue
                held = (cost[at] if keys[at] != 0 else np.float32(-18.0)) + best[i + length]
                if length > 1:
                    # which words begin, end and go on here: two bits for those of two characters, one for longer ones
                    everyday = 2 if cost[at] > -11.0 else 1
                    if length == 2:
                        if everyday > second[i] % 3:
                            second[i] += everyday - second[i] % 3
                        if everyday > second[i + 1] // 3 % 3:
                            second[i + 1] += 3 * (everyday - second[i + 1] // 3 % 3)
                    else:
                        second[i] |= 1 << 8
                        second[i + length - 1] |= 1 << 9
                        for between in range(i + 1, i + length - 1):
                            second[between] |= 1 << 10
                if held > best[i]:
                    best[i] = held
                    take[i] = length
                    slot[i] = np.int64(at) if keys[at] != 0 else -1
        i = start
        while i < end:
            length = take[i]
            what = kinds - 1
            often = 0
            if slot[i] >= 0:
                what = kind[slot[i]]
                often = 2 if cost[slot[i]] > -9.0 else 1 if cost[slot[i]] > -12.0 else 0
            for t in range(length):
                if length == 1:
                    place = 0
                elif length == 2:
                    place = 1 + t
                elif length == 3:
                    place = 3 + t
                else:
                    place = 6 if t == 0 else 8 if t == length - 1 else 7
                first[i + t] = (place * kinds + what) * 3 + often
            i += length
        start = end
    for i in range(size):
        second[i] = (second[i] & 0xFF) + 9 * (second[i] >> 8)
    return first, second


@compiled
def paired(points: Any, ends: Any, mask: Any) -> Any:
    """A number for each character and the one after it; zero at the end of a text."""
    pairs = np.zeros(len(points), np.int32)
    start = 0
    for j in range(len(ends)):
        for i in range(start, ends[j] - 1):
            key = mixed(mixed(np.uint64(0x51ED270B9F8C3A27), points[i]), points[i + 1])
            pairs[i] = np.int32(1 + (key >> np.uint64(40)) % np.uint64(mask))
        start = ends[j]
    return pairs


@compiled
def gathered(
    out: Any, rows: Any, chars: Any, pairs: Any, first: Any, second: Any, one: Any, two: Any, a: Any, b: Any
) -> None:
    """The features of some characters side by side; ``rows`` says which, and -1 is the gap between two texts."""
    wide, half = one.shape[1], two.shape[1]
    for i in range(len(rows)):
        row = rows[i]
        if row < 0:
            out[i] = 0
            continue
        for k in range(wide):
            out[i, k] = one[chars[row], k]
        left = pairs[row - 1] if i > 0 and rows[i - 1] >= 0 else 0
        for k in range(half):
            out[i, wide + k] = two[pairs[row], k]
            out[i, wide + half + k] = two[left, k]
        for k in range(wide + 2 * half):
            out[i, k] += a[first[row], k] + b[second[row], k]


@compiled
def stepped(out: Any, x: Any, bias: Any, rows: Any, add: Any) -> None:
    """What a layer makes of its sums: nothing below zero, nothing in the gaps, and what was there before added to it."""
    for i in range(len(rows)):
        if rows[i] < 0:
            x[i] = 0
        elif add:
            for k in range(x.shape[1]):
                x[i, k] += max(out[i, k] + bias[k], np.float32(0))
        else:
            for k in range(x.shape[1]):
                x[i, k] = max(out[i, k] + bias[k], np.float32(0))


@compiled
def likely(scores: Any) -> None:
    """Scores become logarithms of probabilities, in place."""
    for i in range(len(scores)):
        row = scores[i]
        top = row[0]
        for k in range(1, len(row)):
            top = max(top, row[k])
        total = np.float32(0)
        for k in range(len(row)):
            total += np.exp(row[k] - top)
        total = top + np.log(total)
        for k in range(len(row)):
            row[k] -= total


@compiled
def divided(scores: Any, ends: Any, bias: Any, kinds: Any) -> Any:
    """The best way to say of each text's characters that they begin, go on with, end or alone are something, or are nothing (BIOES).

    ``bias`` is taken from what speaks for nothing. Tag 0 is nothing; of kind ``t``, 4t+1 begins, +2 goes on, +3 ends and +4 is alone.
    """
    count = 4 * kinds + 1
    path = np.zeros(len(scores), np.uint8)
    came = np.zeros((len(scores), count), np.uint8)
    now, then = np.zeros(count, np.float32), np.zeros(count, np.float32)
    low = np.float32(-1e30)
    start = 0
    for j in range(len(ends)):
        end = ends[j]
        for i in range(start, end):
            # between two names, or between nothing and a name, one may stand after an end, a lone one or nothing
            free, via = np.float32(0), np.uint8(0)
            if i > start:
                free = now[0]
                for t in range(kinds):
                    for k in (4 * t + 3, 4 * t + 4):
                        if now[k] > free:
                            free, via = now[k], np.uint8(k)
            then[0] = free + scores[i, 0] - bias
            came[i, 0] = via
            for t in range(kinds):
                b = 4 * t + 1
                then[b] = free + scores[i, b]
                then[b + 3] = free + scores[i, b + 3]
                came[i, b] = via
                came[i, b + 3] = via
                held, back = low, b
                if i > start:
                    held = now[b]
                    if now[b + 1] > held:
                        held, back = now[b + 1], b + 1
                then[b + 1] = held + scores[i, b + 1]
                then[b + 2] = held + scores[i, b + 2]
                came[i, b + 1] = back
                came[i, b + 2] = back
            now, then = then, now
        best, held = 0, now[0]
        for t in range(kinds):
            for k in (4 * t + 3, 4 * t + 4):
                if now[k] > held:
                    best, held = k, now[k]
        for i in range(end - 1, start - 1, -1):
            path[i] = best
            best = came[i, best]
        start = end
    return path
