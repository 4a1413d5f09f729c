r"""What must stand in a line, and where, for a rule to find anything in it: read from the rule's own pattern, so that none is forgotten.

Of ``电话:?(?P<v>1\d{10})`` every match begins with 电话, and has eleven digits. Such sets of words, of which one must be there,
are looked for in all lines at once; the rule itself reads only lines that have one of each of its sets, and there begins only
where a match may begin, seen from one of those words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any, NamedTuple

Words = frozenset[str]
FEW, MANY, LONG = 400, 6000, 16  # words that are spelled out; words of a set; characters of a word
FAR = 100_000  # characters: without end
NOTHING: Words = frozenset({""})
COMMON = {"0": 0.06, " ": 0.03} | dict.fromkeys(",。、:;()", 0.03)  # of a hundred characters about so many are that one
RARELY, OFTEN = 1e-4, 0.3


class Set(NamedTuple):
    """Words of which one is in every match, and where it begins, from the beginning of the match."""

    words: Words
    low: int
    high: int

    def moved(self, low: int, high: int) -> Set:
        return Set(self.words, self.low + low, min(FAR, self.high + high))


class Need(NamedTuple):
    sets: tuple[Words, ...] = ()  # a line has one of each
    seen: Set | None = None  # the words to begin at
    at_line: bool = False  # a match begins where a line does
    reach: int = FAR  # characters that a match looks at, from its beginning


def shape(char: str) -> str:
    """Digits are alike, and so are spaces, and letters whatever their case."""
    if char in "0123456789":
        return "0"
    if char.isspace():
        return " "
    return lower if len(lower := char.lower()) == 1 else char


@cache
def need(pattern: str) -> Need:
    # re's own parser, which is not documented, reads what the module regex reads, but for a few things that it refuses.
    # A test compares what is found with and without this, over all rules.
    parser: Any = import_module("re._parser")
    try:
        read = _sequence(parser.parse(_plainer(pattern)))
    except (OverflowError, parser.error):  # something else that only regex knows
        return Need()
    every = sorted((one for one in (*read.sets, *_told(read.all, 0, 0)) if len(one.words) <= MANY), key=_cost)
    sets = sorted({one.words for one in every}, key=lambda words: (_likely(words), sorted(words)))
    few = [one for n, one in enumerate(sets[:2]) if not n or (_likely(sets[0]) > RARELY and _likely(one) < OFTEN)]
    near = next((one for one in every if _cost(one) < OFTEN), None)
    return Need(tuple(few), near, read.at_line, read.reach)


def lasts(pattern: str) -> Words | None:
    """The characters, as shapes, of which one ends whatever the pattern finds; None if that may be any."""
    parser: Any = import_module("re._parser")
    return _lasts(list(parser.parse(pattern)))


def _lasts(items: Sequence[Any]) -> Words | None:
    if not items:
        return None
    kind, told = items[-1]
    match str(kind):
        case "BRANCH":
            ways = [_lasts(list(way)) for way in told[1]]
            known = [way for way in ways if way is not None]
            return frozenset[str]().union(*known) if len(known) == len(ways) else None
        case "SUBPATTERN":
            return _lasts(list(told[3]))
    read = _sequence(items)
    ends = read.tail if read.all is None else read.all
    return None if "" in ends else frozenset(word[-1] for word in ends)


def _plainer(pattern: str) -> str:
    """A pattern that finds at least as much, without what re cannot read: differences of sets, and characters by property."""
    inside = r"((?:[^]\\[]|\\.)*)\]"
    flat = re.sub(rf"\[\[{inside}--", r"[\1--", pattern.removeprefix("(?V1)"))
    wider = re.sub(rf"--\[{inside}\]", "]", flat)
    return re.sub(r"\\[pP]\{[^}]*\}", r"\\w", wider)


@dataclass(frozen=True)
class Fact:
    """What a piece of a pattern says: all that it can be, or how that begins and ends; and sets of words that are in it."""

    all: Words | None = None
    head: Words = NOTHING
    tail: Words = NOTHING
    sets: tuple[Set, ...] = ()
    least: int = 1  # characters
    most: int = 1
    reach: int = 1
    at_line: bool = False


def _sequence(items: Iterable[Any]) -> Fact:
    sets: list[Set] = []
    head: Words | None = None
    run, begun = NOTHING, (0, 0)  # what the pieces so far end with, and where that begins
    low = high = reach = 0
    at_line = False
    for item in items:
        fact = _fact(*item)
        at_line |= fact.at_line and not high
        sets += (one.moved(low, high) for one in fact.sets)
        reach = min(FAR, max(reach, high + fact.reach))
        begun = (low, high) if run == NOTHING else begun
        joined = _joined(run, fact.head if fact.all is None else fact.all)
        if joined and fact.all is not None:
            run = joined
        else:
            sets += _told(joined or run, *begun)
            head = head or joined or run
            run = fact.tail if fact.all is None else fact.all
            short, long = min(map(len, run)), max(map(len, run))
            begun = (max(low, low + fact.least - long), min(FAR, high + fact.most - short))
        low, high = min(FAR, low + fact.least), min(FAR, high + fact.most)
    if head is None:
        return Fact(run, NOTHING, NOTHING, tuple(sets), low, high, reach, at_line)
    return Fact(None, head, run, (*sets, *_told(run, *begun)), low, high, reach, at_line)


def _fact(kind: Any, told: Any) -> Fact:  # noqa: PLR0911  one for each thing that a pattern is made of
    match str(kind):
        case "LITERAL":
            return Fact(all=frozenset({shape(chr(told))}))
        case "IN":
            return Fact(all=_class(told))
        case "ANY" | "NOT_LITERAL" | "CATEGORY":
            return Fact()
        case "AT":
            return Fact(all=NOTHING, least=0, most=0, at_line=str(told) == "AT_BEGINNING")
        case "ASSERT" | "ASSERT_NOT":
            return _looked(str(kind) == "ASSERT", *told)
        case "SUBPATTERN":
            return _sequence(told[3])
        case "ATOMIC_GROUP":
            return _sequence(told)
        case "BRANCH":
            return _branch([_sequence(way) for way in told[1]])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeat(told[0], int(told[1]), _sequence(told[2]))
    return Fact(least=0, most=FAR, reach=FAR)


def _looked(there: bool, way: int, items: Any) -> Fact:  # noqa: FBT001  as it stands in the pattern
    """A look ahead or back, which takes no character."""
    inside = _sequence(items)
    sets = (*inside.sets, *_told(inside.all, 0, 0)) if there else ()
    if way < 0:
        sets = tuple(one.moved(-inside.most, -inside.least) for one in sets)
    return Fact(NOTHING, NOTHING, NOTHING, sets, 0, 0, 0 if way < 0 else inside.reach, at_line=there and inside.at_line)


def _branch(ways: Sequence[Fact]) -> Fact:
    size = (min(way.least for way in ways), max(way.most for way in ways), max(way.reach for way in ways))
    at_line = all(way.at_line for way in ways)
    spelled = [way.all for way in ways if way.all is not None]
    if len(spelled) == len(ways) and len(every := frozenset[str]().union(*spelled)) <= FEW:
        return Fact(every, NOTHING, NOTHING, (), *size, at_line=at_line)
    best = [min((*way.sets, *_told(way.all, 0, 0)), key=_cost, default=None) for way in ways]
    some = [one for one in best if one is not None]
    sets: tuple[Set, ...] = ()
    if len(some) == len(ways):
        words = frozenset[str]().union(*(one.words for one in some))
        sets = (Set(words, min(one.low for one in some), max(one.high for one in some)),)
    return Fact(None, NOTHING, NOTHING, sets, *size, at_line=at_line)


def _repeat(least: int, most: int, item: Fact) -> Fact:
    many = min(FAR, item.most * most)
    size = (item.least * least, many, min(FAR, max(0, many - item.most) + item.reach))
    sets = item.sets if least else ()
    at_line = bool(least) and item.at_line
    if item.all is None:
        return Fact(None, NOTHING, NOTHING, sets, *size, at_line=at_line)
    times: list[Words] = [NOTHING]
    while len(times) <= min(most, LONG) and (joined := _joined(times[-1], item.all)):
        times.append(joined)
    if len(times) > most and len(every := frozenset[str]().union(*times[least:])) <= FEW:
        return Fact(every, NOTHING, NOTHING, sets, *size, at_line=at_line)
    copies = times[min(least, len(times) - 1)]
    return Fact(None, copies, copies, sets, *size, at_line=at_line)


def _class(told: Sequence[Any]) -> Words | None:
    """The characters of [...], or None if they are too many to be worth looking for."""
    found: set[str] = set()
    negated = str(told[0][0]) == "NEGATE"
    for kind, what in told:
        match str(kind), str(what):
            case "NEGATE", _:
                pass
            case "CATEGORY", "CATEGORY_NOT_SPACE" if negated:  # [^\S\n]
                return frozenset({" "})
            case _ if negated:
                pass
            case "LITERAL", _:
                found.add(shape(chr(what)))
            case "RANGE", _ if what[1] - what[0] < MANY:
                found |= {shape(chr(point)) for point in range(what[0], what[1] + 1)}
            case "CATEGORY", "CATEGORY_SPACE":
                found.add(" ")
            case "CATEGORY", "CATEGORY_DIGIT":
                found.add("0")
            case _:
                return None
    return None if negated or len(found) > 2 * FEW else frozenset(found)


def _joined(first: Words, then: Words) -> Words | None:
    if len(first) * len(then) > max(FEW, len(first), len(then)):
        return None
    joined = frozenset(a + b for a, b in product(first, then))
    return joined if max(map(len, joined), default=0) <= LONG else None


def _told(words: Words | None, low: int, high: int) -> tuple[Set, ...]:
    return () if words is None or "" in words else (Set(words, low, high),)


def _cost(one: Set) -> float:
    """How much there is to read where such words stand."""
    return _likely(one.words) * (1 + (one.high - one.low) / 20)


@cache
def _likely(words: Words) -> float:
    """How often about one of the words begins at a place of a text. Digits and letters come in rows."""
    total = 0.0
    for word in words:
        one, last = 1.0, ""
        for char in word:
            common = COMMON.get(char, 0.01 if char.isascii() else 0.003)
            row = char.isalpha() and last.isascii() and last.isalpha()
            one *= 0.5 if char == last == "0" else 0.03 if row else common
            last = char
        total += one
    return total
