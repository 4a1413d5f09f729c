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


FORBIDDEN = re.compile(
    r"(?:不得|不可以?|不能|不要|禁止|严禁|切勿|切忌|勿|避免|(?<![分区特个级类])别)(?!替代|代替|影响|取代)[^,。;、]{0,6}"
    r"|[^,。;!?\n]{1,16}?[都也]?不(?:可以|可|行|能|宜|许|允许|推荐|建议|合适|适合)(?=[,。;!?\n]|$)"  # 静脉和皮内都不行
)
WHOSE = re.compile("|".join(p.pattern for p in PEOPLE.values()) + "|患者|病人|者|的人|[^,]{2,10}:$")


SILENT = re.compile(
    r"(?:[^,，。;；!！?？\n]*[,，](?=[^,，。;；!！?？\n]{0,4}(?:说明书|原文|资料|文中|文里|里面|材料|内容|指南里|这里|书上)))?[^,，。;；!！?？\n]*"
    r"(?:没有?|未)(?:再|单独|具体|专门|明确|直接|特别)?(?:写|讲|提(?!高)|找到|列出|给出|涉及|交代|注明|说(?!明?确)|规定|查到|看到)[^,，。;；!！?？\n]*"
)


CORRECTED = re.compile(  # 不是一天三次,是一天两次
    r"(?:并?不是|并非)[^,，。;；!！?？\n]{1,14}(?=[,，]\s*(?:而?是|应该?是?|要)|而是)|而不是[^,，。;；!！?？\n]{1,14}"
)


@dataclass(frozen=True)
class Clause:
    """Words between two commas."""

    said: str
    start: int
    head: str = ""  # what stands above it all
    before: str = ""  # what it is said of, in a clause before
    sentence: int = 0  # where that begins

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
        start, before, sentence = 0, "", 0
        for found in [*CLAUSE.finditer(self.said), None]:
            part = self.said[start : found.start() if found else len(self.said)]
            if part.strip():
                whose = WHOSE.search(part) is not None
                head = next((said for at, said in reversed(self.heads) if at <= start), "")
                told.append(Clause(part, start, head, "" if whose else before, sentence))
                before = part if whose or not before else before
            if found:
                start = found.end()
                if SENTENCE.match(found[0]):
                    before, sentence = "", start
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
    def barred_routes(self) -> dict[str, int]:
        return {name: at for name, at in _first(ROUTES, self.said).items() if name not in self.routes}

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


def claimed(text: str) -> str:
    """What of an answer claims something: neither that its source is silent on a thing, nor what it only sets right."""
    return CORRECTED.sub(_dots, SILENT.sub(_dots, text))


def _dots(found: re.Match[str]) -> str:
    return "·" * len(found[0])


def read(text: str, heads: tuple[tuple[int, str], ...] = ()) -> Reading:
    return Reading(plain(text), tuple((at, plain(said)) for at, said in heads))
