"""A long document in pieces that a model can take, cut where the document itself begins something new; to its last character."""

from __future__ import annotations

import re
from typing import NamedTuple

BREAKS = (  # the best places to cut come first: before a head, an empty line, a line, and after a sentence, a clause
    re.compile(r"\n(?=#{1,6} |【|第[一二三四五六七八九十百\d]+[章节篇部])"),
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[。！？!?；;])"),
    re.compile(r"(?<=[，,、 ])"),
)


class Passage(NamedTuple):
    """A piece of a text, and at which of its characters it begins."""

    text: str
    at: int


def passages(text: str, longest: int) -> list[Passage]:
    """The whole text in pieces of up to ``longest`` characters, none of them empty."""
    told: list[Passage] = []
    start = 0
    while len(text) - start > longest:
        end = _cut(text, start, start + longest)
        told.append(Passage(text[start:end], start))
        start = end
    return [one for one in (*told, Passage(text[start:], start)) if one.text.strip()]


def _cut(text: str, start: int, end: int) -> int:
    """The last good place to cut in the later half of what would fit."""
    half = start + (end - start) // 2
    for place in BREAKS:
        found = [match.end() for match in place.finditer(text, half, end)]
        if found:
            return found[-1]
    return end
