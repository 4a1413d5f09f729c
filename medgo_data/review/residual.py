"""What is left in a scrubbed corpus, as far as a sample can promise: at most so many rows, by type, and where to look again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

from medgo_data.review import standards
from medgo_data.review.audit import TYPES, masked
from medgo_data.review.bound import CONFIDENCE, as_if, at_most, chapman, estimated, stratified
from medgo_data.review.measures import cohen
from medgo_data.review.verdicts import Place, Verdict, distinct, found_by_both

if TYPE_CHECKING:
    from medgo_data.store import Built

TAGGERS = ("lac", "tagger")  # of those who found an identifier; all others are patterns
ALARM = 0.05  # of all that there are, as far as is known, overlooked by both
Report = dict[str, Any]


def report(built: Built, sample: Mapping[str, Any], verdicts: Sequence[Verdict], replaced: int) -> Report:
    """All that the verdicts say, in numbers. No text, and rows only by their codes."""
    read = Read(sample, verdicts)
    leaking = [row for row, leaks in read.leaks.items() if leaks]
    return {
        **{name: sample[name] for name in ("corpus", "version", "content", "sample", "seed", "key")},
        "confidence": CONFIDENCE,
        "reviewers": dict(sorted(Counter(verdict.reviewer for verdict in verdicts).items())),
        "verdicts_replaced": replaced,
        "rows": {
            "corpus": sum(read.sizes),
            "drawn": len(read.rows),
            "read": len(read.leaks),
            "read_in_part": sum(read.rows[row]["chars"] > sum(read.rows[row]["shown"].values()) for row in read.leaks),
            "counted_as": round(as_if(read.sizes, read.seen), 1),
            "in_strata_not_read": sum(size for size, n in zip(read.sizes, read.seen, strict=True) if not n),
        },
        "leaks": {
            "rows": len(leaking),
            "identifiers": sum(map(len, read.leaks.values())),
            **read.promise(leaking),
            "in": leaking,
        },
        "strata": [
            stratum | {"read": n, "leaking": k, "at_most": at_most(k, n) if n else 1.0}
            for stratum, n, k in zip(sample["strata"], read.seen, read.by_stratum(leaking), strict=True)
        ],
        "types": {kind: _of_type(kind, read) for kind in TYPES},
        "reviewers_compared": list(_compared(verdicts)),
        "detectors": detectors(built),
        "standards": {
            "hipaa": {letter: list(types) for letter, (_, _, types) in standards.HIPAA.items()},
            "china": standards.CHINA,
            "read": {name: how[1] for name, how in standards.READ.items()},
            "out_of_scope": [each[1] for each in standards.OUT_OF_SCOPE],
        },
    }


@dataclass(frozen=True)
class Read:
    """The rows of a sample that somebody has read, and all that anybody marked in them."""

    sample: Mapping[str, Any]
    verdicts: Sequence[Verdict]

    @cached_property
    def rows(self) -> dict[str, Mapping[str, Any]]:
        return {row["row"]: row for row in self.sample["rows"]}

    @cached_property
    def leaks(self) -> dict[str, list[Place]]:
        return self._marked((verdict.row, verdict.leaks) for verdict in self.verdicts)

    @cached_property
    def over(self) -> dict[str, list[Place]]:
        return self._marked((verdict.row, verdict.over) for verdict in self.verdicts)

    @staticmethod
    def _marked(marks: Iterable[tuple[str, Sequence[Place]]]) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for row, places in marks:
            found.setdefault(row, []).extend(places)
        return {row: distinct(places) for row, places in sorted(found.items())}

    @cached_property
    def sizes(self) -> list[int]:
        return [stratum["rows"] for stratum in self.sample["strata"]]

    @cached_property
    def seen(self) -> list[int]:
        return self.by_stratum(self.leaks)

    def by_stratum(self, rows: Iterable[str]) -> list[int]:
        counts = Counter(self.rows[row]["stratum"] for row in rows)
        return [counts[k] for k in range(len(self.sizes))]

    def promise(self, rows: Sequence[str]) -> Report:
        """From these rows of those that were read, the share in the whole corpus, and its upper limit."""
        share = estimated(self.sizes, self.seen, self.by_stratum(rows))
        return {"share_of_rows": share, "at_most": stratified(self.sizes, self.seen, len(rows))}


def _of_type(kind: str, read: Read) -> Report:
    """What was left of a type, and what was replaced though it need not have been."""
    leaks = {row: sum(leak.type == kind for leak in found) for row, found in read.leaks.items()}
    rows = [row for row, many in leaks.items() if many]
    return {
        "leaks": sum(leaks.values()),
        "rows": len(rows),
        **read.promise(rows),
        "replaced": sum(read.rows[row]["masked"].get(kind, 0) for row in leaks),
        "over": sum(place.type == kind for found in read.over.values() for place in found),
        "hipaa": standards.letters(kind),
    }


def _compared(verdicts: Sequence[Verdict]) -> Iterable[Report]:
    """Of each two reviewers how far they agree on the rows that both read, and how many leaks both overlooked."""
    by: dict[str, dict[str, Sequence[Place]]] = {}
    for verdict in verdicts:
        by.setdefault(verdict.reviewer, {})[verdict.row] = distinct(verdict.leaks)
    for one, other in combinations(sorted(by), 2):
        shared = [(by[one][row], by[other][row]) for row in sorted(set(by[one]) & set(by[other]))]
        if not shared:
            continue
        said = Counter((bool(mine), bool(theirs)) for mine, theirs in shared)
        mine, theirs = (sum(len(two[k]) for two in shared) for k in (0, 1))
        yield {
            "reviewers": [one, other],
            "rows": len(shared),
            "agree": said[True, True] + said[False, False],
            "kappa": cohen([[said[one, other] for other in (True, False)] for one in (True, False)]).value,
            "leaks": [mine, theirs],
            **_overlooked(mine, theirs, sum(found_by_both(*two) for two in shared)),
        }


def detectors(built: Built) -> dict[str, Report]:
    """By type how many replacements patterns found, taggers, and both, over the whole corpus; where there are both."""
    import polars as pl

    who = pl.col("recognizer").str.split("+")
    seen = {
        "taggers": who.list.set_intersection(list(TAGGERS)).list.len() > 0,
        "patterns": who.list.set_difference(list(TAGGERS)).list.len() > 0,
    }
    counts: Counter[tuple[str, str]] = Counter()
    for spans in masked(built):
        told = spans.select("type", **seen).with_columns(both=pl.col("taggers") & pl.col("patterns"))
        for kind, *numbers in told.group_by("type").agg(pl.col("patterns", "taggers", "both").sum()).rows():
            for name, number in zip(("patterns", "taggers", "both"), numbers, strict=True):
                counts[kind, name] += number
    found = {}
    for kind in TYPES:
        patterns, taggers, met = (counts[kind, name] for name in ("patterns", "taggers", "both"))
        if patterns and taggers:
            found[kind] = {"patterns": patterns, "taggers": taggers, **_overlooked(patterns, taggers, met)}
    return found


def _overlooked(one: int, other: int, both_: int) -> Report:
    whole = chapman(one, other, both_)
    missed = None if whole is None else max(0.0, whole - (one + other - both_))
    alarm = bool(one and other) if whole is None or missed is None else missed > ALARM * whole
    return {"both": both_, "estimated": whole, "overlooked_at_least": missed, "alarm": alarm}
