"""A text, read as claims: its clauses, and in them numbers, what is to be done or left, people, drugs, times and ways."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from functools import cached_property

from medgo_data.synth.quantities import Often, Quantity, often, plain, quantities
from medgo_data.synth.stances import LEAVES, NEEDLESS, NOT, Side, Stance, sides, stances
from medgo_data.synth.terms import ALSO, ORDER, PEOPLE, ROUTES, TIMING, WEAK, WHOLE, Name, drugs, grams, ills, written

__all__ = [
    "ALSO",
    "LEAVES",
    "NEEDLESS",
    "NOT",
    "WHOLE",
    "Clause",
    "Name",
    "Reading",
    "grams",
    "read",
    "stances",
    "written",
]

SENTENCE = re.compile(r"[。;!?\n]")
CLAUSE = re.compile(r"[。;!?\n]|(?<!\d),|,(?!\d)|(?<=[^,。;!?\n]{12}):")


FORBIDDEN = re.compile(r"(?:不得|不可以?|不能|不要|禁止|严禁|切勿|切忌|勿|避免)[^,。;、]{0,6}")
WHOSE = re.compile("|".join(p.pattern for p in PEOPLE.values()) + "|患者|病人|者|的人|[^,]{2,10}:$")


@dataclass(frozen=True)
class Clause:
    """Words between two commas."""

    said: str
    start: int
    head: str = ""  # what stands above it all
    before: str = ""  # what it is said of, in a clause before

    @cached_property
    def grams(self) -> frozenset[str]:
        return grams(self.said)

    @cached_property
    def wide(self) -> frozenset[str]:
        return self.grams | grams(self.before) | grams(self.head)


@dataclass(frozen=True)
class Reading:
    """A text as claims, each with its place. ``heads`` say from which character on what stands above it all."""

    said: str
    heads: tuple[tuple[int, str], ...] = ()

    @cached_property
    def clauses(self) -> list[Clause]:
        told: list[Clause] = []
        start, before = 0, ""
        for found in [*CLAUSE.finditer(self.said), None]:
            part = self.said[start : found.start() if found else len(self.said)]
            if part.strip():
                whose = WHOSE.search(part) is not None
                head = next((said for at, said in reversed(self.heads) if at <= start), "")
                told.append(Clause(part, start, head, "" if whose else before))
                before = part if whose or not before else before
            if found:
                start = found.end()
                before = "" if SENTENCE.match(found[0]) else before
        return told

    def clause(self, at: int) -> Clause:
        """The clause in which a character stands."""
        return self.clauses[max(0, bisect.bisect_right(self._starts, at) - 1)]

    @cached_property
    def _starts(self) -> list[int]:
        return [clause.start for clause in self.clauses]

    @cached_property
    def often(self) -> list[Often]:
        return often(self.said)

    @cached_property
    def quantities(self) -> list[Quantity]:
        return quantities(self.said)

    @cached_property
    def amounts(self) -> list[Quantity]:
        """The quantities that are no part of how often."""
        return [q for q in self.quantities if not any(o.start <= q.start and q.end <= o.end for o in self.often)]

    @cached_property
    def stances(self) -> list[tuple[Stance, Clause]]:
        return [
            (one._replace(start=clause.start + one.start, end=clause.start + one.end), clause)
            for clause in self.clauses
            for one in stances(clause.said)
        ]

    @cached_property
    def sides(self) -> list[Side]:
        return [
            one._replace(start=clause.start + one.start, end=clause.start + one.end)
            for clause in self.clauses
            for one in sides(clause.said)
        ]

    @cached_property
    def people(self) -> dict[str, int]:
        return _first(PEOPLE, self.said)

    @cached_property
    def routes(self) -> dict[str, int]:
        return _first(ROUTES, self._allowed)

    @cached_property
    def weak_routes(self) -> set[str]:
        return set(_first(WEAK, self._allowed))

    @cached_property
    def _allowed(self) -> str:
        """Without what it forbids: 不得静脉注射 is no way."""
        return FORBIDDEN.sub(lambda found: "·" * len(found[0]), self.said)

    @cached_property
    def timing(self) -> dict[str, int]:
        return _first(TIMING, self.said)

    @cached_property
    def order(self) -> set[str]:
        return {str(found.lastgroup) for found in ORDER.finditer(self.said)}

    @cached_property
    def drugs(self) -> list[Name]:
        return drugs(self.said)

    @cached_property
    def ills(self) -> list[Name]:
        return ills(self.said)


def _first(patterns: dict[str, re.Pattern[str]], text: str) -> dict[str, int]:
    return {name: found.start() for name, pattern in patterns.items() if (found := pattern.search(text))}


def read(text: str, heads: tuple[tuple[int, str], ...] = ()) -> Reading:
    return Reading(plain(text), tuple((at, plain(said)) for at, said in heads))
