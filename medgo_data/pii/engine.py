"""All that could tell who a patient is, found in many texts at once: by Presidio, with our own rules and taggers and nothing else."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np

from medgo_data.pii import clauses, dates, names, numbers, places
from medgo_data.pii.again import again
from medgo_data.pii.believed import believed
from medgo_data.pii.beside import SURE, beside
from medgo_data.pii.called import called
from medgo_data.pii.days import days
from medgo_data.pii.fold import Column, Folded, fold
from medgo_data.pii.gate import Gate, Window, gate, kept
from medgo_data.pii.names import decided
from medgo_data.pii.needs import Need, need, shape
from medgo_data.pii.span import TYPES, Rule, Span
from medgo_data.pii.tables import structured
from medgo_data.pii.terms import counted

SEEN = 0.5  # how sure a witness has to be
LONGEST = 200  # characters of an identifier
PLACES = ("ADDRESS", "HOSPITAL", "ORG")


@dataclass(frozen=True)
class Failed:
    """A text that could not be searched to its end: by what, and how that ended. What stands in it is not told."""

    by: str
    how: str


def find(texts: Sequence[str], policy: str, *, types: Collection[str] | None = None) -> list[list[Span] | Failed]:
    """What is in each text, from left to right, nothing twice; a text in which the search failed is to be dropped."""
    column = Column(texts)
    failed = dict.fromkeys(column.failed, Failed("fold", "FoldError"))
    found = ruled(column, policy, failed)
    folded = {row: column[row] for row in range(len(column)) if row not in failed}
    read = {row: one.text for row, one in folded.items()}
    _lay_out(read, found, policy, failed)
    seen = _tagged(read, found, policy, failed)
    told: list[list[Span] | Failed] = []
    for row in range(len(texts)):
        if row in failed:
            told.append(failed[row])
            continue
        spans = _concluded(read[row], found[row], seen[row], policy)
        told.append(_original(folded[row], spans, types))
    return told


def plain(text: str, policy: str) -> list[Span] | Failed:
    """The same by Presidio alone, which reads all of the text with every rule."""
    from medgo_data.pii import presidio

    folded = fold(text)
    engine, lines = analyzer(policy), f"\n{folded.text}\n"
    found = presidio.spans(engine, lines, presidio.Artifacts(lines))
    ruled = {0: [span._replace(start=span.start - 1, end=span.end - 1) for span in found]}
    failed: dict[int, Failed] = {}
    _lay_out({0: folded.text}, ruled, policy, failed)
    if failed:
        return failed[0]
    known = engine.nlp_engine.process_text(folded.text, presidio.LANGUAGE, ruled[0])
    return _original(folded, _concluded(folded.text, ruled[0], known.seen, policy), None)


# ---- what rules find, and taggers see ------------------------------------------------------------------------------


def ruled(column: Column, policy: str, failed: dict[int, Failed]) -> dict[int, list[Span]]:
    """By row, in the places of its folded text."""
    from medgo_data.pii.presidio import SearchError

    found: dict[int, list[Span]] = defaultdict(list)
    for window in seekers(policy).windows(column):
        try:
            some = _searched(window, policy)
        except SearchError:
            some = []
            for row in window.rows:  # whose it was, is seen when each is searched by itself
                try:
                    some += _searched(window.only(row), policy)
                except SearchError as error:
                    failed[row] = Failed(error.by, error.how)
        for row, span in some:
            found[row].append(span)
    return found


def _searched(window: Window, policy: str) -> list[tuple[int, Span]]:
    from medgo_data.pii import presidio

    found = []
    for span in presidio.spans(analyzer(policy), window.text, presidio.Artifacts(window.text, window.looks)):
        if back := window.back(span.start, span.end):
            row, start, end = back
            found.append((row, span._replace(start=start, end=end)))
    return found


def _lay_out(read: Mapping[int, str], found: dict[int, list[Span]], policy: str, failed: dict[int, Failed]) -> None:
    """Adds what the layout of each row tells."""
    for (row, text), blocks in zip(read.items(), clauses.blocks([*read.values()], policy), strict=True):
        try:
            for start, end in blocks:
                found[row] += clauses.moved(structured(text[start:end]), start)
        except Exception as error:  # noqa: BLE001  whatever it is, what it says may quote the text
            failed[row] = Failed("layout", type(error).__name__)


def _tagged(
    read: Mapping[int, str], found: dict[int, list[Span]], policy: str, failed: dict[int, Failed]
) -> dict[int, Sequence[Span]]:
    """What the taggers see in each row, all rows at once; if they fail, each by itself."""
    from medgo_data.pii import presidio

    engine = analyzer(policy).nlp_engine
    try:
        told = engine.process_batch([*read.values()], presidio.LANGUAGE, found=[found[row] for row in read])
        return {row: known.seen for row, (_, known) in zip(read, told, strict=True)}
    except presidio.SearchError:
        seen: dict[int, Sequence[Span]] = {}
        for row, text in read.items():
            try:
                seen[row] = engine.process_text(text, presidio.LANGUAGE, found[row]).seen
            except presidio.SearchError as error:
                failed[row] = Failed(error.by, error.how)
        return seen


# ---- what follows from it ------------------------------------------------------------------------------------------


def _concluded(text: str, found: Sequence[Span], seen: Sequence[Span], policy: str) -> list[Span] | Failed:
    """With whom the taggers saw, and where what was found stands again."""
    try:
        spans = [*found]
        if seen:
            lac, ours = ([span for span in seen if (span.by == "lac") == theirs] for theirs in (True, False))
            spans += decided(text, spans, lac, ours, policy)
        spans = counted(text, spans)
        if policy == "high_recall" or evident(text, spans):
            if not names.CLASSICAL.search(text):
                spans += believed(text, spans, seen)
                spans += called(text, spans)
                spans += days(text, spans)
            spans += beside(text, spans)
        spans = within(spans)
        return witnessed(resolved([*spans, *again(text, spans)]), [*spans, *seen]) if spans else []
    except Exception as error:  # noqa: BLE001  whatever it is, what it says may quote the text
        return Failed("conclusions", type(error).__name__)


def evident(text: str, spans: Sequence[Span]) -> bool:
    """Whether a text is plainly the record of somebody, whatever it was said to be: two things in it surely tell of one."""
    sure = {(span.start, span.type) for span in spans if span.score >= SURE.get(span.type, 1.0)}
    return len(sure) > 1 and len(text) <= clauses.LONGEST and len(set(names.LEAFLET.findall(text))) < names.HEADS


def within(spans: Sequence[Span]) -> list[Span]:
    """Without the persons whom only a tagger saw, within the name of a place that is longer."""
    places = sorted(span for span in spans if span.type in PLACES and span.score >= SEEN)
    kept = []
    for span in spans:
        if span.type == "PERSON" and span.by in clauses.TAGGERS:
            near = places[bisect_left(places, (span.start - LONGEST,)) : bisect_left(places, (span.start + 1,))]
            if any(span.end <= one.end and one.end - one.start > span.end - span.start for one in near):
                continue
        kept.append(span)
    return kept


def resolved(spans: Iterable[Span]) -> list[Span]:
    """Of spans that overlap the surest stays, then the longest, then the first."""
    order = [*TYPES]
    every = sorted(set(spans), key=lambda s: (-s.score, s.start - s.end, s.start, order.index(s.type), s.by))
    taken = bytearray(max((span.end for span in every), default=0))
    kept = []
    for span in every:
        if taken.find(1, span.start, span.end) < 0:
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            kept.append(span)
    return sorted(kept)


def witnessed(kept: Sequence[Span], spans: Iterable[Span]) -> list[Span]:
    """Each with the names of all that saw the same there: who found what without the other tells how much both overlook."""
    others = sorted(span for span in spans if span.score >= SEEN)
    told = []
    for span in kept:
        near = others[bisect_left(others, (span.start - LONGEST,)) : bisect_left(others, (span.end,))]
        by = dict.fromkeys([span.by, *(one.by for one in near if one.type == span.type and one.end > span.start)])
        told.append(span._replace(by="+".join(by)))
    return told


def _original(folded: Folded, spans: list[Span] | Failed, types: Collection[str] | None) -> list[Span] | Failed:
    if isinstance(spans, Failed):
        return spans
    there = [span for span in spans if types is None or span.type in types]
    return [span._replace(start=start, end=end) for span in there for start, end in [folded.back(span.start, span.end)]]


# ---- the rules and their engine, once for each policy --------------------------------------------------------------


@cache
def rules(policy: str) -> tuple[Rule, ...]:
    every = chain(numbers.RULES, dates.RULES, names.RULES)
    return tuple(rule for rule in every if policy in rule.policies)


@cache
def seekers(policy: str) -> Gate:
    patterns, hints = [rule.pattern for rule in rules(policy)], _hints()
    return kept(policy, [*patterns, *sorted(hints)], lambda: gate([*map(need, patterns), Need((hints,))]))


def _hints() -> frozenset[str]:
    """What stands in every line in which there is a place; a space may stand between two of its characters."""
    words = {"".join(map(shape, word)) for word in places.HINTS}
    return frozenset(words | {f"{word[:k]} {word[k]}" for word in words for k in range(1, len(word))})


@cache
def analyzer(policy: str) -> Any:
    from medgo_data.pii import presidio

    place = presidio.Grammar("places", len(rules(policy)), partial(places.places, bold=policy == "high_recall"), PLACES)
    near = frozenset(np.flatnonzero(seekers(policy).reach <= presidio.NEAR).tolist())
    return presidio.analyzer(rules(policy), near, [place], partial(clauses.tagged, policy=policy))
