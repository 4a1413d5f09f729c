"""What physicians said of a sample: every line is held against it before anything is counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from medgo_data.review.audit import SAMPLE, TYPES, AuditError, named

if TYPE_CHECKING:
    from medgo_data.store import Built

SAYS = {"corpus", "version", "content", "sample", "row", "reviewer", "verdict", "leaks", "over", "seconds", "at"}
ALIAS = re.compile(r"[A-Za-z0-9_-]{1,16}")


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Some characters of a row, and as what they were marked."""

    path: str
    start: int
    end: int
    type: str

    def meets(self, other: Place) -> bool:
        return self.path == other.path and self.start < other.end and other.start < self.end


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one physician found in one row."""

    row: str
    reviewer: str
    leaks: tuple[Place, ...]
    over: tuple[Place, ...]
    at: datetime


def sample_of(built: Built, folder: Path) -> dict[str, Any]:
    """The sample that was drawn from this version, as it lies in the folder."""
    path = folder / SAMPLE
    if not path.is_file():
        raise AuditError(f"{path} is not there. Draw a sample first, with: medgo-data audit {built.full_name}")
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError:
        told = {}
    if not isinstance(told, dict) or not told or named(told) != told:
        raise AuditError(
            f"{path} is not the sample that was written. Draw it again: with the same seed it is the same."
        )
    if (told["corpus"], told["content"]) != (built.name, built.manifest["content"]):
        raise AuditError(
            f"{path} was drawn from {told['corpus']}@{told['version']}, and this is {built.full_name}. "
            f"Name that version, or draw from this one into another --out."
        )
    return told


def read(paths: Sequence[Path], sample: Mapping[str, Any]) -> tuple[list[Verdict], int]:
    """All verdicts, of each reviewer one for each row: the latest. And how many earlier ones those replace."""
    rows = {row["row"]: row for row in sample["rows"]}
    latest: dict[tuple[str, str], Verdict] = {}
    many = 0
    for path in paths:
        for number, line in _lines(path):
            verdict = _verdict(line, f"{path} line {number}", sample, rows)
            many += 1
            before = latest.get((verdict.reviewer, verdict.row))
            if before is None or verdict.at >= before.at:
                latest[verdict.reviewer, verdict.row] = verdict
    if not latest:
        names = ", ".join(str(path) for path in paths)
        raise AuditError(f"there is no verdict in {names}. Read some rows of the page, and download the verdicts anew.")
    return sorted(latest.values(), key=lambda v: (v.row, v.reviewer)), many - len(latest)


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AuditError(f"{path} is not UTF-8, so the page has not written it. Download the verdicts anew.") from None
    return [(k, line) for k, line in enumerate(text.split("\n"), 1) if line.strip()]


def _verdict(line: str, where: str, sample: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Verdict:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise AuditError(
            f"{where} is not whole: the file was cut off or altered. Download the verdicts anew."
        ) from None
    if not isinstance(told, dict) or set(told) != SAYS:
        _odd(where, f"has not just the fields {', '.join(sorted(SAYS))}")
    if told["sample"] != sample["sample"]:
        one = f"{sample['corpus']}@{sample['version']}"
        raise AuditError(
            f"{where} is about another sample or another version than {SAMPLE} of {one}. "
            f"Name the corpus and the --out that its page was written for."
        )
    if not isinstance(told["row"], str) or told["row"] not in rows:
        _odd(where, f"is about a row that {SAMPLE} does not have")
    if not isinstance(told["reviewer"], str) or not ALIAS.fullmatch(told["reviewer"]):
        _odd(where, "names no reviewer by an alias of letters and digits")
    shown = rows[told["row"]]["shown"]
    leaks, over = (_places(told[kind], where, shown) for kind in ("leaks", "over"))
    if told["verdict"] != ("reject" if leaks else "accept"):
        _odd(where, "says reject without a leak, or accept with one")
    return Verdict(row=told["row"], reviewer=told["reviewer"], leaks=leaks, over=over, at=_time(told["at"], where))


def _places(told: Any, where: str, shown: Mapping[str, int]) -> tuple[Place, ...]:
    if not isinstance(told, list):
        _odd(where, "has leaks or over that are no list")
    found = []
    for one in told:
        if not isinstance(one, dict) or set(one) != {"path", "start", "end", "type"} or str(one["type"]) not in TYPES:
            _odd(where, f"has a place that is not path, start, end and one of the types {', '.join(TYPES)}")
        path, start, end = one["path"], one["start"], one["end"]
        if not isinstance(path, str) or path not in shown:
            _odd(where, "names a place in a text that the row does not have")
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= shown[path]:
            _odd(where, "names a place beyond the end of the text, or one of no characters")
        found.append(Place(path=path, start=start, end=end, type=one["type"]))
    return tuple(sorted(set(found)))


def _time(told: Any, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(told)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        _odd(where, "does not say when it was said, in ISO 8601 with the offset from UTC")
    return at


def _odd(where: str, what: str) -> NoReturn:
    raise AuditError(f"{where} {what}. Download the verdicts anew, and leave them as they are.")


def distinct(places: Iterable[Place]) -> list[Place]:
    """Of places that meet only the first: two who mark the same identifier found one."""
    order = sorted(places, key=lambda p: (p.path, p.start, -p.end, p.type))
    kept: list[Place] = []
    for place in order:
        if not kept or not kept[-1].meets(place):
            kept.append(place)
    return kept


def found_by_both(one: Sequence[Place], other: Sequence[Place]) -> int:
    """How many identifiers stand in both lists."""
    mine, theirs = distinct(one), distinct(other)
    met = 0
    for place in mine:
        match = next((k for k, each in enumerate(theirs) if each.meets(place)), None)
        if match is not None:
            theirs.pop(match)
            met += 1
    return met
