"""What one physician said of a row, or of some rows beside one another: one line of a file, the same on every road.

A line is never altered. Who thinks better of it says so in another line, which names the one that it replaces.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from medgo_data import schema

ALIAS = re.compile(r"[A-Za-z0-9_-]{1,32}")
ORDER = re.compile(r"[1-9](?:[>=][1-9])*")  # 2>1=3>4: the second is best, the fourth worst
LETTERS = re.compile(r"none|[A-Z]+")  # of the options that are right
NUMBER = re.compile(r"\d|[A-Z]")
MARK = re.compile(r"(?P<path>\S+) (?P<start>\d+)-(?P<end>\d+) (?P<type>[A-Z_]+)")
ROLES = ("reviewer", "adjudicator")
UNSURE, WITHDRAWN = "unsure", "withdrawn"
TASKS: Mapping[str, tuple[str, ...] | re.Pattern[str]] = {  # what may be asked, and what may be said to it
    "check": ("accept", "edit", "reject"),
    "feedback": ("accept", "reject"),
    "pair": ORDER,
    "ranking": ORDER,
    "options": LETTERS,
    "residual": ("accept", "reject"),
}


class VerdictError(ValueError):
    """A line that no review page has written, or that was altered since; ``reason`` says in one word what is wrong."""

    def __init__(self, says: str, reason: str = "unlike_verdict") -> None:
        super().__init__(says)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was said, by whom, of what, and when."""

    corpus: str
    version: str
    task: str
    rows: tuple[
        str, ...
    ]  # one; or those that were compared, numbered from 1 as they stand here, not as they were shown
    item: str  # a digest of what they said: of another text this verdict says nothing
    reviewer: str  # a pseudonym, never a name
    role: str = "reviewer"
    verdict: str
    reasons: tuple[str, ...] = ()
    edited: str | None = None  # the answer as it should be
    marks: tuple[str, ...] = ()  # identifiers that were left: "messages.1.content 12-15 PERSON"
    comment: str | None = None
    seconds: float | None = None
    at: str
    gold: bool = False  # asked to see how the reviewer works, the answer being known
    replaces: str | None = None  # the decision that this one takes the place of
    page: str = ""  # versions of the page and of the guideline that were before the reviewer
    guide: str = ""
    decision: str = ""

    def named(self) -> Verdict:
        """With the name that follows from all the rest of it."""
        return replace(self, decision=self.name)

    @property
    def name(self) -> str:
        told = dict(vars(self))
        del told["decision"]
        if self.seconds is not None:
            told["seconds"] = float(self.seconds)  # 12 and 12.0 are the same
        return "v_" + hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]

    @property
    def line(self) -> str:
        return orjson.dumps(vars(self)).decode()


def digest(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of what some rows say, whatever else stages have written beside it."""
    told = [{name: row[name] for name in sorted(contents()) if row.get(name) is not None} for row in rows]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()[:32]


@cache
def contents() -> frozenset[str]:
    """The columns that hold what a reader of a row reads."""
    declared = (column for name in schema.names() if name != "verdict" for column in schema.load(name).columns)
    return frozenset(column.name for column in declared if column.content)


# ---- reading -------------------------------------------------------------------------------------------------------

FIELDS = frozenset(Verdict.__dataclass_fields__)
TEXTS = ("corpus", "version", "task", "item", "reviewer", "role", "verdict", "at", "page", "guide", "decision")
LISTS = ("rows", "reasons", "marks")
MAYBE = ("edited", "comment", "replaces")  # texts that may be missing


def read(path: Path) -> Iterator[Verdict]:
    """The verdicts of a file, each held against its contract."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise VerdictError(
            f"{path} is not UTF-8, so no review page has written it. Export the verdicts anew.", "undecodable"
        ) from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield parsed(line, f"{path} line {number}")


def parsed(line: str, where: str) -> Verdict:
    """One line; or an error that says where it stands and what is wrong with it, but not what it says."""
    try:
        told = orjson.loads(line)
    except ValueError:
        raise VerdictError(
            f"{where} is not whole: the file was cut off or altered. Export the verdicts anew.", "not_json"
        ) from None
    return fitted(told, where)


def fitted(told: Any, where: str) -> Verdict:
    """What was read from a line, if it keeps the contract."""
    fault = _shapeless(told)
    if fault is None:
        found = Verdict(**told | {name: tuple(told[name]) for name in LISTS})
        fault = next(_faults(found), None)
        if fault is None and found.name != found.decision:
            fault = Fault("altered", "was altered: its name does not follow from what it says")
        if fault is None:
            return found
    raise VerdictError(f"{where} {fault.says}. Export the verdicts anew, and leave the file as it is.", fault.reason)


class Fault(NamedTuple):
    """What is wrong with a line: in one word, as it is counted, and in words that follow its place."""

    reason: str
    says: str


def wrong(told: Verdict) -> str | None:
    """What keeps it from being a verdict."""
    fault = next(_faults(told), None)
    return fault.says if fault else None


def said(task: str, verdict: str) -> bool:
    """Whether that can be said to this task."""
    if verdict in (UNSURE, WITHDRAWN):
        return True
    able = TASKS[task]
    if isinstance(able, tuple):
        return verdict in able
    numbers = NUMBER.findall(verdict) if verdict != "none" else []
    return bool(able.fullmatch(verdict)) and len(set(numbers)) == len(numbers)


def _shapeless(told: Any) -> Fault | None:
    """Whether it lacks a field, or has one of another kind."""
    if not isinstance(told, dict):
        return Fault("unlike_verdict", "is no verdict")
    if set(told) != FIELDS:
        missing = sorted(FIELDS - set(told))
        return Fault("unlike_verdict", f"lacks {missing[0]!r}" if missing else "has not just the fields of a verdict")
    for name in LISTS:
        if not isinstance(told[name], list) or not all(isinstance(one, str) for one in told[name]):
            return Fault("unlike_verdict", f"has {name} that are no list of texts")
    for name in (*TEXTS, *MAYBE):
        if not isinstance(told[name], str) and (name in TEXTS or told[name] is not None):
            return Fault("unlike_verdict", f"has {name} that is no text")
    timed = told["seconds"] is None or type(told["seconds"]) in (int, float)
    if type(told["gold"]) is not bool or not timed:
        return Fault("unlike_verdict", "has gold that is not true or false, or seconds that are no number")
    return None


def _faults(told: Verdict) -> Iterator[Fault]:
    """All that keeps it from being a verdict."""
    if told.task not in TASKS:
        yield Fault("unknown_task", f"is about a task that is not one of {', '.join(TASKS)}")
    else:
        yield from _misspoken(told)
    if told.role not in ROLES:
        yield Fault("unlike_verdict", f"has a role that is not one of {', '.join(ROLES)}")
    if not ALIAS.fullmatch(told.reviewer):
        yield Fault("unlike_verdict", "names no reviewer by an alias of letters and digits")
    if not told.rows:
        yield Fault("unlike_verdict", "is about no row")
    if not all(MARK.fullmatch(mark) for mark in told.marks):
        yield Fault("unlike_verdict", "has marks that are not 'path start-end TYPE'")
    if not _timed(told.at):
        yield Fault("unlike_verdict", "does not say when it was said, in ISO 8601 with the offset from UTC")


def _misspoken(told: Verdict) -> Iterator[Fault]:
    """What was said that its task does not ask."""
    if not said(told.task, told.verdict):
        yield Fault("unknown_verdict", f"says to {told.task} what cannot be said to it")
    elif TASKS[told.task] is ORDER and not _ranks(told):
        yield Fault("unknown_verdict", "puts in order what was not compared")
    if len(set(told.rows)) > 1 and TASKS[told.task] is not ORDER:
        yield Fault("unlike_verdict", f"is about several rows, and {told.task} is asked of one")
    if (told.verdict == "edit") != (told.edited is not None):
        yield Fault("unlike_verdict", "says edit without a text, or has a text without saying edit")


def _ranks(told: Verdict) -> bool:
    """Whether it names two or more of those that were compared, and no other; of one row, its two answers."""
    if told.verdict in (UNSURE, WITHDRAWN):
        return True
    numbers = [int(one) for one in NUMBER.findall(told.verdict)]
    return len(numbers) > 1 and max(numbers) <= max(2, len(told.rows))


def _timed(at: str) -> bool:
    try:
        return datetime.fromisoformat(at).tzinfo is not None
    except ValueError:
        return False


# ---- what holds in the end -----------------------------------------------------------------------------------------


def standing(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that nobody has replaced or withdrawn, each once, in the order in which they were said."""
    found = {verdict.decision: verdict for verdict in verdicts}
    replaced = {verdict.replaces for verdict in found.values()}
    stand = [v for v in found.values() if v.decision not in replaced and v.verdict != WITHDRAWN]
    return sorted(stand, key=lambda v: datetime.fromisoformat(v.at))  # whichever file they lie in


@dataclass(frozen=True)
class Settled:
    """What holds of an item: the adjudicator's word, or what all reviewers said; None if they are of several minds."""

    verdict: Verdict | None
    by: tuple[Verdict, ...]


def settled(verdicts: Iterable[Verdict]) -> dict[tuple[str, tuple[str, ...], str], Settled]:
    """Of each task and item what holds; items by which reviewers were measured are left out."""
    items: dict[tuple[str, tuple[str, ...], str], list[Verdict]] = {}
    for verdict in standing(verdicts):
        if not verdict.gold:
            items.setdefault((verdict.task, verdict.rows, verdict.item), []).append(verdict)
    return {item: Settled(_holds(said), tuple(said)) for item, said in items.items()}


def _holds(verdicts: list[Verdict]) -> Verdict | None:
    if last := [verdict for verdict in verdicts if verdict.role == "adjudicator"]:
        return last[-1]
    if len({(v.verdict, v.edited, v.marks) for v in verdicts}) == 1 and verdicts[0].verdict != UNSURE:
        return verdicts[0]
    return None
