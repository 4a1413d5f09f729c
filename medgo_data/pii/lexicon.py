"""Which words of a stretch say something, and which may name something: by the word list inside jieba."""

from __future__ import annotations

from functools import cache
from math import log
from typing import NamedTuple

from medgo_data.pii.dictionary import words
from medgo_data.pii.gazetteer import each

LONGEST = 4  # characters of a word
SAYS = each("v d p r c u y t f m q ad vd vi vg vq mq uj ul uz ug ud uv")
RARE = 30  # so seldom met, a word may be part of a name as well
ALONE = -16.0  # what a character costs that is no word


class Word(NamedTuple):
    start: int
    end: int
    kind: str  # as the list tells it: n, v, ns …; empty for a character that is none


@cache
def _listed() -> dict[str, tuple[float, str]]:
    """How likely each word is, and of what kind."""
    listed = {}
    for word, count, kind in words().iter_rows():
        if len(word) <= LONGEST:
            listed[word] = log(max(count, 1) / 6e7), kind if count >= RARE or kind not in SAYS else ""
    return listed


def kind(word: str) -> str:
    """Of what kind a word is, or nothing."""
    return _listed().get(word, (0.0, ""))[1]


def split(text: str) -> list[Word]:
    """The likeliest words of a text."""
    listed = _listed()
    best = [(0.0, 0, "")]
    for end in range(1, len(text) + 1):
        ways = []
        for start in range(max(0, end - LONGEST), end):
            known = listed.get(text[start:end])
            if known or start == end - 1:
                cost, of = known or (ALONE, "")
                ways.append((best[start][0] + cost, start, of))
        best.append(max(ways))
    found, end = [], len(text)
    while end:
        _, start, of = best[end]
        found.append(Word(start, end, of))
        end = start
    return found[::-1]
