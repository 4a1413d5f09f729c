"""A name once established is found wherever it stands again in the document: with spaces, by its given name; so is a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np
import polars as pl
import regex

from medgo_data.pii import names
from medgo_data.pii.span import Span
from medgo_data.pii.surnames import COMMON, COMPOUND
from medgo_data.pii.words import DOUBTFUL, PLAIN, likely, listed, spoken, word

SURE = 0.8  # of a name of two letters, that it is one, before it is looked for elsewhere
SCORE = 0.75
FEW = 1_000_000  # values times characters: so many are compared in the time that an automaton takes to be built
TAGGERS = frozenset({"tagger", "lac"})
NUMBERS = listed(
    "PHONE ID_CARD PASSPORT TRAVEL_PERMIT INSURANCE_NO MEDICAL_RECORD_NO SPECIMEN_NO EXAM_NO BANK_CARD EMAIL SOCIAL_ID PLATE USCC"
)
PLACES = {"HOSPITAL": 4, "ORG": 5, "ADDRESS": 6}  # characters that they must have
HAN = regex.compile(rf"[{names.HAN}]+")
NEXT = regex.compile(
    rf"(?: ?[、/和与及] ?)(?P<v>{names.DOTTED}|{names.COMPOUNDS}{names.LETTER}{{1,2}}|{names.SURNAME}{names.LETTER}{{1,2}})"
    rf"(?=$|[^{names.HAN}·A-Za-z]|[、/和与及等]|{names.TOUCHING})"
)
PREFIXES = frozenset(COMMON) - DOUBTFUL  # before a given name they make it another's


def again(text: str, spans: list[Span]) -> list[Span]:
    """What stands elsewhere in the folded text of all that was found in it, and names that go on a list of names."""
    listed = list(_listed(text, spans))
    known = sorted([*spans, *listed], key=lambda span: (-span.score, span))  # the surest says what it is
    taken = np.zeros(len(text) + 1, np.bool_)
    for span in known:
        taken[span.start : span.end] = True
    wanted: dict[str, tuple[str, str]] = {}  # what is looked for: its type and how
    for span in known:
        for value, how in _forms(span, text[span.start : span.end]):
            wanted.setdefault(value, (span.type, how))
    found = []
    for start, end in _places(text, sorted(wanted)):
        kind, how = wanted[text[start:end]]
        if not taken[start:end].any() and _whole(text, start, end, how):
            found.append(Span(start, end, kind, "again", SCORE))
    return listed + _longest(found)


def _forms(span: Span, value: str) -> Iterator[tuple[str, str]]:
    """The ways in which a value may stand again, and by which rule its ends are judged."""
    if span.type in NUMBERS and (len(value) >= 6 or (len(value) >= 5 and value.isdigit())):
        yield value, "number"
    elif len(value) >= PLACES.get(span.type, len(value) + 1):
        yield value, "place"
    elif span.type == "PERSON" and HAN.fullmatch(spoken(value).replace("·", "")):
        yield from _han(span, spoken(value))
    elif span.type == "PERSON" and len(value) >= 5:
        yield value, "latin"
        parts = value.replace(",", " ").split()
        yield from ((part, "latin") for part in parts if len(part) >= 6 and part.isalpha() and not part.isupper())


def _han(span: Span, name: str) -> Iterator[tuple[str, str]]:
    doubtful = span.score < SURE and (len(name) == 2 or span.by in TAGGERS)
    if len(name) < 2 or doubtful or word(name) or name in PLAIN:
        return
    yield name, "name"
    if "·" in name:
        yield from ((part, "name") for part in name.split("·") if len(part) >= 3)
    elif len(name) <= 4:
        for gaps in product(("", " ", "  "), repeat=len(name) - 1):
            yield "".join(letter + gap for letter, gap in zip(name, (*gaps, ""), strict=True)), "name"
        given = name[2:] if name[:2] in COMPOUND and len(name) > 3 else name[1:]
        sure = span.by not in TAGGERS and span.score >= SURE and (name[0] in COMMON or name[:2] in COMPOUND)
        if len(given) == 2 and sure and not word(given) and given not in PLAIN:
            yield given, "given"


def _whole(text: str, start: int, end: int, how: str) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if how in {"number", "latin"}:
        return not ((before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()))
    if how == "given":
        return (
            before not in PREFIXES
            and not word(text[start : end + 1])
            and not word(before + text[start : start + 1], 50)
        )
    return True


def _listed(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Names that follow a name: 李明、王芳和张伟."""
    starts = {span.start for span in spans}
    ends = sorted({span.end for span in spans if span.type == "PERSON" and span.score >= SURE})
    while ends:
        met = NEXT.match(text, ends.pop())
        if met and met.start("v") not in starts and likely(met["v"]):
            starts.add(met.start("v"))
            ends.append(met.end("v"))
            yield Span(met.start("v"), met.end("v"), "PERSON", "list", SURE)


def _places(text: str, values: list[str]) -> Iterator[tuple[int, int]]:
    """Where any of the values stands, in characters: looked for one by one, or all in one pass of an automaton over the bytes."""
    if len(values) * len(text) < FEW:
        for value in values:
            at = text.find(value)
            while at >= 0:
                yield at, at + len(value)
                at = text.find(value, at + 1)
        return
    met = pl.DataFrame({"text": [text]}).select(
        which=pl.col("text").str.extract_many(values, overlapping=True),
        at=pl.col("text").str.find_many(values, overlapping=True),
    )
    begins = (np.frombuffer(text.encode(), np.uint8) & 0xC0) != 0x80  # a character
    places = (np.cumsum(begins) - 1)[met["at"][0].to_numpy()]
    for value, place in zip(met["which"][0].to_list(), places.tolist(), strict=True):
        yield place, place + len(value)


def _longest(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
