"""How a place is sought in a line by what stands beside it, and which of what was found is taken: no two that overlap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from medgo_data.pii.span import Span


class Seeker(NamedTuple):
    """A pattern, and a check of its whole match: what it finds is its last group that has a name, or all of it."""

    type: str
    name: str
    score: float
    pattern: re.Pattern[str]
    check: Callable[[re.Match[str]], object] | None = None


def sought(line: str, seekers: Iterable[Seeker], least: float) -> Iterator[Span]:
    """What seekers find that are sure enough."""
    for kind, name, score, pattern, check in seekers:
        if score >= least:
            for match in pattern.finditer(line):
                if check is None or check(match):
                    yield Span(*match.span(match.lastgroup or 0), kind, name, score)


class Taken:
    """Spans of a line of which no two overlap."""

    def __init__(self, length: int) -> None:
        self.spans: list[Span] = []
        self._number = [0] * (length + 1)  # of the span at a character, from 1

    def add(self, spans: Iterable[Span]) -> None:
        """Each that is free of those before it."""
        for span in spans:
            if self.free(span.start, span.end):
                self.spans.append(span)
                self._number[span.start : span.end] = [len(self.spans)] * (span.end - span.start)

    def at(self, i: int) -> int:
        return self._number[i]

    def free(self, start: int, end: int) -> bool:
        return not any(self._number[start:end])

    def within(self, start: int, end: int) -> list[Span]:
        return [self.spans[k - 1] for k in sorted({*self._number[start:end]} - {0})]
