"""Where two texts differ, letter by letter, and which of it counts: what a comparison does not look at is marked more faintly.

Both are cut at runs of letters that each has once, and only what lies between is compared letter by letter. So long texts take
no longer than they should, at the price that now and then more is marked than need be.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

RUNS = (12, 4)  # letters of the runs by which texts are cut: long ones first, shorter ones where those leave too much
AT_ONCE = 40_000  # comparisons of one letter with another between two cuts
WINDOW = 64
Kind = Literal["same", "quiet", "loud"]
Letters = Sequence[str]


@dataclass(frozen=True)
class Stretch:
    """A piece of each text: "same" in both; "quiet": the same to the comparison; "loud": not the same, and it counts."""

    kind: Kind
    one: str
    other: str


def differences(one: str, other: str, view: Callable[[str], str]) -> list[Stretch]:
    """Both texts as stretches. ``view`` tells what of some characters is compared, and "" if nothing is."""
    told = {char: view(char) for char in {*one, *other}}
    places, besides = ([at for at, char in enumerate(text) if told[char]] for text in (one, other))
    found: list[Stretch] = []
    at, beside = 0, 0
    for i, j in _shared([told[one[k]] for k in places], [told[other[k]] for k in besides]):
        end, there = places[i], besides[j]
        found += _between(one[at:end], other[beside:there], view)
        found.append(Stretch("same" if one[end] == other[there] else "quiet", one[end], other[there]))
        at, beside = end + 1, there + 1
    found += _between(one[at:], other[beside:], view)
    return [_joined(kind, list(group)) for kind, group in groupby(found, key=lambda each: each.kind)]


def _between(one: str, other: str, view: Callable[[str], str]) -> Iterator[Stretch]:
    """What lies between two letters that are the same; signs at either end may be the same too."""
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    middle = one[start : len(one) - end], other[start : len(other) - end]
    if start:
        yield Stretch("same", one[:start], other[:start])
    if any(middle):
        yield Stretch("quiet" if view(middle[0]) == view(middle[1]) else "loud", *middle)
    if end:
        yield Stretch("same", one[len(one) - end :], other[len(other) - end :])


def _common(one: Letters, other: Letters) -> int:
    """How many letters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _joined(kind: Kind, parts: Sequence[Stretch]) -> Stretch:
    return Stretch(kind, "".join(part.one for part in parts), "".join(part.other for part in parts))


# ---- which letters of the one are which of the other ---------------------------------------------------------------


def _shared(one: Letters, other: Letters, runs: Sequence[int] = RUNS) -> Iterator[tuple[int, int]]:
    """Letters that both have in the same order, by their places."""
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    yield from ((k, k) for k in range(start))
    for i, j in _inner(one[start : len(one) - end], other[start : len(other) - end], runs):
        yield start + i, start + j
    yield from ((len(one) - k, len(other) - k) for k in range(end, 0, -1))


def _inner(one: Letters, other: Letters, runs: Sequence[int]) -> Iterator[tuple[int, int]]:
    if len(one) * len(other) <= AT_ONCE:
        yield from _matched(one, other)
        return
    if not runs:
        yield from _followed(one, other)
        return
    at, beside = 0, 0
    for i, j in [*_cuts(one, other, runs[0]), (len(one), len(other))]:
        if i < at or j < beside:  # it overlaps the one before
            continue
        for k, m in _shared(one[at:i], other[beside:j], runs[1:]):
            yield at + k, beside + m
        at, beside = i, j


def _matched(one: Letters, other: Letters) -> Iterator[tuple[int, int]]:
    for i, j, size in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        yield from ((i + k, j + k) for k in range(size))


def _followed(one: Letters, other: Letters) -> Iterator[tuple[int, int]]:
    """Both side by side, a few letters at a time: all that can be done where the same runs come again and again."""
    at, beside = 0, 0
    while at < len(one) and beside < len(other):
        last = -1, -1
        for i, j in _matched(one[at : at + WINDOW], other[beside : beside + WINDOW]):
            if max(i, j) < WINDOW // 2:  # what lies further on is seen better in the next step
                yield at + i, beside + j
                last = i, j
        step = (last[0] + 1, last[1] + 1) if last[0] >= 0 else (WINDOW // 2, WINDOW // 2)
        at, beside = at + step[0], beside + step[1]


def _cuts(one: Letters, other: Letters, run: int) -> list[tuple[int, int]]:
    """Where runs begin that each text has once: the longest chain of them that goes forward in both."""
    places, besides = _once(one, run), _once(other, run)
    chain: list[int] = []  # the least place in the other text at which a chain of this length ends
    last: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for letters, i in places.items():
        if (j := besides.get(letters)) is None:
            continue
        k = bisect_left(chain, j)
        chain[k : k + 1], last[k : k + 1] = [j], [(i, j)]
        before[i, j] = last[k - 1] if k else None
    found: list[tuple[int, int]] = []
    step = last[-1] if last else None
    while step:
        found.append(step)
        step = before[step]
    return found[::-1]


def _once(letters: Letters, run: int) -> dict[tuple[str, ...], int]:
    runs = [tuple(letters[k : k + run]) for k in range(len(letters) - run + 1)]
    seen = Counter(runs)
    return {each: k for k, each in enumerate(runs) if seen[each] == 1}
