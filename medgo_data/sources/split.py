"""Long works are cut at their own structure: parts, chapters, sections; where they show none, where a sentence ends."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import NamedTuple

SCRAP = 10  # what is shorter than a tenth of the longest part stays with its neighbour
NUMBER = r"[一二三四五六七八九十百零〇○\d]+"
TITLE = r"[^。；;，,！!？?\n]{0,40}"  # a sentence that begins like a heading is none
HEADS = (  # from the outermost to the innermost, below those of Markdown; whole lines
    rf"第[ \t]*{NUMBER}[ \t]*[篇编部卷](?:[ \t\u3000]{TITLE})?",
    rf"第[ \t]*{NUMBER}[ \t]*章(?!节){TITLE}",
    rf"第[ \t]*{NUMBER}[ \t]*节{TITLE}",
    rf"[一二三四五六七八九十]{{1,3}}、{TITLE}",
    rf"[（(][一二三四五六七八九十]{{1,3}}[）)]{TITLE}",
)
HEAD = re.compile(
    r"[\n\f][ \t\u3000]*(?:(#{1,6})[ \t]+\S[^\n]*|"
    + "|".join(f"({head})" for head in HEADS)
    + r")[ \t\u3000]*(?=[\n\f]|$)"
)
IN_CONTENTS = re.compile(r"[.…·]{3,}|\s\d+\s*$")  # a line of the table of contents is no heading
LONGEST_NAME = 80  # characters of a heading that its parts are called by
# Where a sentence ends, with the blank space behind it. A colon or a semicolon ends one only at the end of a line.
SENTENCE = re.compile(
    r"([。！？…｡]++[”’」』）)\]】》]*+(?![，、；])|[!?](?![\w/&=%])|[;；.:：](?=[ \t\u3000]*\n)|\n(?=[ \t\u3000]*(?:\n|[-*|#])))\s*"
)
LINE = re.compile(r"(\n)\s*")
NEAR = 1000  # characters; a sentence is seldom longer
NONBLANK = re.compile(r"\S")
UNDECODABLE = re.compile("[\ud800-\udfff]")


class Part(NamedTuple):
    """A stretch of a work, and where in it that is: its headings, its pages."""

    text: str
    position: str | None = None


class Head(NamedTuple):
    """A heading: where its line starts and ends, how deep it is, what it says, and the number of the one above it."""

    at: int
    end: int
    level: int
    said: str
    above: int = -1


def split(text: str, longest: int) -> Iterator[Part]:
    """The parts of a text, none longer than ``longest`` unless one sentence is. Put together, they are the text.

    Blank space at the end of a part does not count. Where no sentence ends for so long, a line does.
    """
    work = _Work(text, longest)
    for start, end in work.cut(0, len(text)):
        yield Part(text[start:end], work.position(start, end))


@dataclass
class _Work:
    text: str
    longest: int

    def __post_init__(self) -> None:
        self.heads = [] if self.fits(0, len(self.text)) else _heads(self.text)
        self.starts = [head.at for head in self.heads]
        self.breaks = [m.start() for m in re.finditer("\f", self.text)]

    def fits(self, start: int, end: int) -> bool:
        return end - start <= self.longest or not NONBLANK.search(self.text, start + self.longest, end)

    def cut(self, start: int, end: int, below: int = 0) -> Iterator[tuple[int, int]]:
        """The stretches from ``start`` to ``end``, cut at the outermost headings that are deeper than ``below``."""
        if self.fits(start, end):
            yield start, end
            return
        first, last = (bisect.bisect_left(self.starts, at) for at in (self._said(start) + 1, end))
        inside = [head for head in self.heads[first:last] if head.level > below]
        if not inside:
            yield from self._at_sentences(start, end)
            return
        outermost = min(head.level for head in inside)
        bounds = [start]
        for head in inside:
            if head.level == outermost and head.at - bounds[-1] >= self.longest // SCRAP:
                bounds.append(head.at)
        if len(bounds) > 1 and end - bounds[-1] < self.longest // SCRAP:
            bounds.pop()
        for a, b in pairwise([*bounds, end]):
            yield from self.cut(a, b, outermost)

    def _said(self, start: int) -> int:
        """Where, from ``start`` on, the blank space ends."""
        first = NONBLANK.search(self.text, start)
        return first.start() if first else len(self.text)

    def _at_sentences(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        while not self.fits(start, end):
            at = self._best(start, end)
            if not NONBLANK.search(self.text, at, end):
                break
            yield start, at
            start = at
        yield start, end

    def _best(self, start: int, end: int) -> int:
        """Where to cut off the first of as few stretches, of even length, as there must be."""
        limit = start + self.longest
        even = start + -(-(end - start) // -(-(end - start) // self.longest))
        for ends in (SENTENCE, LINE):
            found = [*self._before(ends, start, even, limit), *self._after(ends, even, limit)]
            if found:
                return min(found, key=lambda at: abs(at - even))
        beyond = (ends.search(self.text, limit, end) for ends in (SENTENCE, LINE))
        return min((m.end() for m in beyond if m), default=end)

    def _before(self, ends: re.Pattern[str], start: int, even: int, limit: int) -> list[int]:
        """The last end from ``start`` to ``even``. Most often it is near, so that is where to look first."""
        said = self._said(start)
        for low in (max(said, even - NEAR), said):
            near = takewhile(lambda m: m.start() < even, ends.finditer(self.text, low))
            found = [m.end() for m in near if m.end(1) <= limit]
            if found:
                return found[-1:]
        return []

    def _after(self, ends: re.Pattern[str], even: int, limit: int) -> list[int]:
        found = ends.search(self.text, even)
        return [found.end()] if found and found.end(1) <= limit else []

    def position(self, start: int, end: int) -> str | None:
        return " · ".join(filter(None, (self._under(start, end), self._on(start, end)))) or None

    def _under(self, start: int, end: int) -> str:
        """The headings that this stretch stands under where it begins, and the last one beside them that it reaches."""
        at = bisect.bisect_right(self.starts, self._said(start))
        inside = self.heads[at : bisect.bisect_left(self.starts, end)]
        if at == 0 and inside:  # what comes before the first heading has no name of its own
            at, inside = 1, inside[1:]
        while inside and self._follows(at):
            at, inside = at + 1, inside[1:]
        if at == 0:
            return ""
        last = next((head for head in reversed(inside) if head.level <= self.heads[at - 1].level), None)
        return self._path(at - 1) + (f" – {last.said}" if last and last.said != self.heads[at - 1].said else "")

    def _follows(self, number: int) -> bool:
        """Whether this heading is the first below the one before it, with nothing between the two."""
        above, head = self.heads[number - 1], self.heads[number]
        return head.level > above.level and not self.text[above.end : head.at].strip()

    def _path(self, number: int) -> str:
        head = self.heads[number]
        return f"{self._path(head.above)} › {head.said}" if head.above >= 0 else head.said

    def _on(self, start: int, end: int) -> str | None:
        if not self.breaks:
            return None
        said = self.text[start:end].rstrip()
        first, last = (bisect.bisect_left(self.breaks, at) + 1 for at in (self._said(start), start + len(said)))
        return f"p. {first}" if first >= last else f"p. {first}-{last}"


def _heads(text: str) -> list[Head]:
    """The headings of a text. One has something under it: a run of them is a table of contents."""
    found: list[Head] = []
    following = len(text)
    for m in reversed([*HEAD.finditer("\n" + text)]):
        said = UNDECODABLE.sub("\ufffd", m[0].strip("# \t\u3000\n\f"))
        marked = m.lastindex == 1
        head = Head(m.start(), m.end() - 1, len(m[1]) if marked else 5 + (m.lastindex or 0), said[:LONGEST_NAME])
        listed = IN_CONTENTS.search(said) and not (marked and said[-1:].isdigit())
        has_text = text[head.end : following].strip() or (found and found[-1].level > head.level)
        if has_text and not listed:
            found.append(head)
        following = head.at
    return _nested(found[::-1])


def _nested(heads: list[Head]) -> list[Head]:
    """The same headings; each knows the one above it."""
    path: list[int] = []
    nested = []
    for number, head in enumerate(heads):
        while path and heads[path[-1]].level >= head.level:
            path.pop()
        nested.append(head._replace(above=path[-1] if path else -1))
        path.append(number)
    return nested
