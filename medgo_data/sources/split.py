"""Long works are cut at their own structure: parts, chapters, sections; where they show none, where a sentence ends."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from typing import NamedTuple

SHORTEST = 200  # characters; what is shorter stays with what follows it
NUMBER = r"[一二三四五六七八九十百零〇○\d]+"
HEADS = (  # from the outermost to the innermost; whole lines
    r"#(?!#)[ \t]*\S",
    r"##(?!#)[ \t]*\S",
    r"###(?!#)[ \t]*\S",
    r"#{4,6}[ \t]*\S",
    rf"第[ \t]*{NUMBER}[ \t]*[篇编部卷](?=[ \t\n])",
    rf"第[ \t]*{NUMBER}[ \t]*章(?!节)|<篇名>",
    rf"第[ \t]*{NUMBER}[ \t]*节",
    r"[一二三四五六七八九十]{1,3}、(?=.{1,40}$)",
)
HEAD = re.compile(r"^[ \t\u3000]*(?:" + "|".join(f"({head})" for head in HEADS) + r").{0,80}$", re.M)
IN_CONTENTS = re.compile(r"[.…·]{3,}|\s\d+\s*$")  # a line of the table of contents is no heading
SENTENCE = re.compile(r"[。！？!?…][”’」』）)\]]*\s*|[;；.:：]\s*\n\s*|\n[ \t\u3000]*\n\s*|\n(?=[ \t\u3000]*[-*|#])")


class Part(NamedTuple):
    """A stretch of a work, and where in it that is: its headings, its pages."""

    text: str
    position: str | None = None


class Head(NamedTuple):
    at: int
    level: int
    said: str


def split(text: str, longest: int) -> Iterator[Part]:
    """The parts of a text, none longer than ``longest`` unless one sentence is. Put together, they are the text."""
    if len(text) <= longest:
        yield Part(text, _pages(text, 0, len(text)))
        return
    heads = [Head(m.start(), m.lastindex or 0, m[0].strip("# \t\u3000")) for m in HEAD.finditer(text)]
    heads = [head for head in heads if not IN_CONTENTS.search(head.said)]
    starts = [head.at for head in heads]
    for start, end in _cut(text, heads, starts, 0, len(text), longest):
        under = _path(heads[: bisect.bisect_right(starts, start + len(text[start:end]) - len(text[start:end].lstrip()))])
        yield Part(text[start:end], " · ".join(filter(None, (under, _pages(text, start, end)))) or None)


def _cut(text: str, heads: list[Head], starts: list[int], start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    if end - start <= longest:
        yield start, end
        return
    inside = heads[bisect.bisect_right(starts, start) : bisect.bisect_left(starts, end)]
    inside = [head for head in inside if text[start : head.at].strip()]
    if not inside:
        yield from _at_sentences(text, start, end, longest)
        return
    outermost = min(head.level for head in inside)
    bounds = [start]
    for head in inside:
        if head.level == outermost and head.at - bounds[-1] >= SHORTEST:
            bounds.append(head.at)
    if end - bounds[-1] < SHORTEST and len(bounds) > 1:
        bounds.pop()
    if len(bounds) == 1:  # all cuts would leave a scrap
        inner = [head for head in heads if head.level != outermost or not start <= head.at < end]
        yield from _cut(text, inner, [head.at for head in inner], start, end, longest)
        return
    for a, b in zip(bounds, [*bounds[1:], end], strict=True):
        yield from _cut(text, heads, starts, a, b, longest)


def _at_sentences(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Stretches of even length, each up to the end of a sentence."""
    pieces = -(-(end - start) // longest)
    wanted = -(-(end - start) // pieces)
    while end - start > longest:
        ends = [m.end() for m in SENTENCE.finditer(text, start, start + longest)]
        late = [at for at in ends if start + wanted // 2 <= at < end]
        if late:
            cut = min(late, key=lambda at: abs(at - start - wanted))
        else:
            after = SENTENCE.search(text, start + longest, end)
            cut = ends[-1] if ends else after.end() if after else end
        if cut >= end:
            break
        yield start, cut
        start = cut
    yield start, end


def _path(heads: list[Head]) -> str:
    """The headings that the end of this list stands under."""
    path: list[Head] = []
    for head in heads:
        while path and path[-1].level >= head.level:
            path.pop()
        path.append(head)
    return " › ".join(head.said for head in path)


def _pages(text: str, start: int, end: int) -> str | None:
    if "\f" not in text:
        return None
    first = text.count("\f", 0, start) + 1
    while start < end and text[start].isspace():  # a part that begins with a page break begins on the next page
        first += text[start] == "\f"
        start += 1
    last = first + text.rstrip().count("\f", start, end) if end == len(text) else first + text[start:end].rstrip().count("\f")
    return f"p. {first}" if first == last else f"p. {first}-{last}"
