"""What an answer quotes, and what belongs to that in its source: the rest of the sentence, the heads above it, the head of its table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from medgo_data.synth.claims import Reading, grams, read
from medgo_data.synth.quantities import Often, Quantity, plain
from medgo_data.synth.quotes import Span

HEAD = re.compile(
    r"(?m)【[^】\n]{1,24}】|^[ \u3000]*(?:"
    r"\[[^\]\n]{1,24}\]"
    r"|#{1,6}[^\n]{1,40}$"
    r"|[一二三四五六七八九十]{1,3}、[^\n。,，]{1,24}$"
    r"|[(（][一二三四五六七八九十\d]{1,3}[)）][^\n。,，；;]{1,12}(?=[：: ])"
    r"|\d{1,2}(?:\.\d{1,2})*[ 、.．][^\n。,，；;]{1,12}$"
    r"|第[一二三四五六七八九十\d]+[章节][^\n]{0,30}$"
    r"|[^\n：:。，,；;|]{2,12}[：:])"
)
LABEL = re.compile(  # what a line opens with: 1. 成人
    r"[ \u3000]*(?:[(（]?[\d一二三四五六七八九十]{1,2}[)）.．、][ ]*)?[^。；;，,：:\n]{1,16}(?:[：: ]|(?=\n))"
)
SENTENCE_ENDS = re.compile(r"[。；;！!？?\n】]")
SHORT = re.compile(r"([\u4e00-\u9fffα-ω\d]{2,16})\((?:简称)?([a-z][a-z\d\-]{1,9})\)")  # 低分子肝素(lmwh)
CALLED = re.compile(r"(?:通用名称?|商品名称?|品名|英文名称?|药品名称|汉语拼音)[】\]]?\s*[：: ]\s*([^\n]{1,40})")
UNIT_OF_COLUMN = re.compile(r"[(（]([^)）]+)[)）]")
WAYS = 8  # places of a quote that stands in a source more than once, to choose from


class Fault(NamedTuple):
    """Why an answer is not supported, and from which to which of its characters that stands; both 0 where it is all of it."""

    reason: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Evidence:
    """The sentences from which an answer quotes, read as claims."""

    reading: Reading
    inside: tuple[Span, ...]  # what of them was quoted itself
    context: str
    called: str  # the title and the names of the source

    @staticmethod
    def of(context: str, spans: list[Span]) -> Evidence:
        text, heads, inside = "", [], []
        for whole, quoted in _around(context, spans):
            heads.append((len(text), head(context, quoted[0].start)))
            if row := _row(context, whole):
                inside.append(Span(len(text), len(text) + len(row)))
            else:
                inside += [Span(len(text) + a - whole.start, len(text) + b - whole.start) for a, b in quoted]
            text += (row or context[slice(*whole)]) + "\n"
        title = context.strip().partition("\n")[0].strip()
        called = "\n".join([title, *CALLED.findall(context)])
        return Evidence(read(text, tuple(heads)), tuple(inside), plain(context), plain(called))

    @cached_property
    def above(self) -> Reading:
        """The heads, as a text."""
        return read("\n".join(said for _, said in self.reading.heads))

    @cached_property
    def near(self) -> str:
        """All that is quoted, with what stands above it, what the source is called, and what its abbreviations mean."""
        told = f"{self.reading.said}\n{self.above.said}\n{self.called}"
        return "\n".join([told, *(found[1] for found in SHORT.finditer(self.context) if found[2] in told)])

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Those that are quoted, not only near to what is."""
        return [one for one in self.reading.quantities if self.quoted(one.start, one.end)]

    @cached_property
    def often(self) -> list[Often]:
        return [one for one in self.reading.often if self.quoted(one.start, one.end)]

    def quoted(self, start: int, end: int) -> bool:
        return any(start < b and a < end for a, b in self.inside)


def best(ways: list[list[Span]], context: str, row: str) -> list[Span]:
    """Of the places of a quote, the one whose surroundings have most in common with the row: 慎用 stands in many a section."""
    if len(ways) == 1:
        return ways[0]
    wanted = grams(plain(row))

    def common(way: list[Span]) -> int:
        around = head(context, way[0].start) + context[slice(*sentence(context, way[0]))]
        return len(wanted & grams(plain(around)))

    return max(ways[:WAYS], key=common)


def head(context: str, at: int) -> str:
    """What stands above: the head of the section, a line before that ends in a colon, and how the line itself opens."""
    line = context.rfind("\n", 0, at) + 1
    section = next((found for found in reversed(_heads(context)) if found[0] <= at), (0, ""))[1]
    before = context[:line].rstrip("\n").rpartition("\n")[2].rstrip()
    opening = LABEL.match(context, line)
    told = (
        section,
        before if before.endswith(("：", ":")) else "",
        opening[0] if opening and opening.end() <= at + 1 else "",
    )
    return " ".join(told)


@lru_cache(maxsize=64)
def _heads(context: str) -> list[tuple[int, str]]:
    return [(found.start(), found[0]) for found in HEAD.finditer(context)]


def sentence(context: str, span: Span) -> Span:
    """All of the sentences in which a span lies."""
    start = max((found.end() for found in SENTENCE_ENDS.finditer(context, 0, span.start)), default=0)
    found = SENTENCE_ENDS.search(context, max(span.start, span.end - 1))
    return Span(start, max(span.end, found.start() if found else len(context)))


def _around(context: str, spans: list[Span]) -> list[tuple[Span, list[Span]]]:
    """Each stretch of sentences once, with the spans in it."""
    told: list[tuple[Span, list[Span]]] = []
    for span in sorted(set(spans)):
        whole = sentence(context, span)
        if told and whole.start <= told[-1][0].end:
            last, inner = told[-1]
            told[-1] = Span(last.start, max(last.end, whole.end)), [*inner, span]
        else:
            told.append((whole, [span]))
    return told


def _row(context: str, whole: Span) -> str:
    """A row of a table with the names and units of its columns, as a sentence: 体重10~15公斤, 一次用量4毫升."""
    line = context.rfind("\n", 0, whole.start) + 1
    row = context[line:].partition("\n")[0]
    if row.count("|") < 2:
        return ""
    top = line
    while top > 0 and "|" in context[(above := context.rfind("\n", 0, top - 1) + 1) : top]:
        top = above
    columns = [cell.strip() for cell in context[top:].partition("\n")[0].strip().strip("|").split("|")]
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    told = []
    for column, cell in zip(columns, cells, strict=False):
        unit = UNIT_OF_COLUMN.search(column)
        told.append(f"{UNIT_OF_COLUMN.sub('', column)}{cell}{unit[1] if unit else ''}")
    return "，".join(told)
