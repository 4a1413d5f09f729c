"""Words of which only one can be true: an answer has none where its source has another, 过速 for 过缓, 左 for 右, 轻度 for 重度."""

from __future__ import annotations

import re
from functools import lru_cache

from medgo_data.synth.claims import Clause, Reading
from medgo_data.synth.evidence import Evidence, Fault
from medgo_data.synth.stances import DENIED, sides
from medgo_data.synth.terms import RIVALS, grams, written

APART = 2  # letters and pairs of letters more
OPPOSITES = frozenset({"amount", "degree", "often seen", "sign", "normal"})  # those that are said of a drug or a number
STOPS = re.compile(r"[。;!?\n]")

Place = tuple[int, re.Match[str]]  # which of the words, and where


def rivals(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    """Of some words that exclude each other, one that the source has not, and another of which it has."""
    for words in RIVALS:
        mine = _places(words, said.said)
        theirs = _places(words, source.reading.said) if mine else []
        which, others = {n for n, _ in mine}, {n for n, _ in theirs}
        for n, found in mine if others else ():
            if DENIED.search(said.said[max(0, found.start() - 12) : found.start()]):
                continue
            if n not in others or (len(others) > 1 == len(which) and _elsewhere(n, found, theirs)):
                return Fault("negation_unlike_source", *found.span())
    return None


def _places(words: list[re.Pattern[str]], text: str) -> list[Place]:
    return [(n, found) for n, word in enumerate(words) for found in word.finditer(text)]


def _elsewhere(n: int, found: re.Match[str], theirs: list[Place]) -> bool:
    """Whether another of the words has its neighbours there, and this one has not."""
    window = _window(found)
    alike = dict.fromkeys({n}, 0)
    for other, place in theirs:
        alike[other] = max(alike.get(other, 0), len(window & _window(place)))
    return max(alike.values()) >= alike[n] + APART


def _window(found: re.Match[str]) -> frozenset[str]:
    start, end = found.span()
    ahead, behind = found.string[max(0, start - 5) : start], found.string[end : end + 5]
    return grams(f"{STOPS.split(ahead)[-1]} {STOPS.split(behind)[0]}")


def joined(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    """A number, a drug or an illness, said together with one of the words, where the source says it with another: 2.5~3.0 是轻度."""
    theirs = [(_named(source.reading, clause), _words(clause.said)) for clause in source.reading.clauses]
    for clause in said.clauses:
        mine = _words(clause.said)
        for name in _named(said, clause) if mine else ():
            for group, which in mine.items():
                known = [words[group] for names, words in theirs if name in names and group in words]
                if known and not any(which & one for one in known):
                    return Fault("negation_unlike_source", clause.start, clause.start + len(clause.said))
    return None


def _named(told: Reading, clause: Clause) -> set[str]:
    end = clause.start + len(clause.said)
    names = {written(name.said) for name in (*told.drugs, *told.ills) if clause.start <= name.start < end}
    amounts = [q for q in told.amounts if clause.start <= q.start < end and q.kind not in ("型", "次")]
    names |= {f"{q.low:.4g} {q.high:.4g} {q.kind or q.unit_of}" for q in amounts}
    return names | {f"{q.said}" for q in amounts if q.low != q.high}


@lru_cache(maxsize=4096)
def _words(text: str) -> dict[str, set[int]]:
    """Which of the words that exclude each other stand in a clause."""
    told: dict[str, set[int]] = {}
    for one in sides(text):
        if one.pair in OPPOSITES:
            told.setdefault(one.pair, set()).add(one.side)
    for line, words in enumerate(RIVALS):
        for n, word in enumerate(words):
            if word.search(text):
                told.setdefault(str(line), set()).add(n)
    return told
