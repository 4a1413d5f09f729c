"""What one physician said of a row, or of some rows beside one another: one line of a file, the same on every road.

A line is never altered. Who thinks better of it says so in another line, which names the one that it replaces.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import orjson

from medgo_data import schema

ALIAS = re.compile(r"[A-Za-z0-9_-]{1,32}")
ORDER = re.compile(r"[1-9](?:[>=][1-9])*")  # 2>1=3>4: the second is best, the fourth worst
LETTERS = re.compile(r"none|[A-Z]+")  # of the options that are right
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
    """A line that no review page has written, or that was altered since."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was said, by whom, of what, and when."""

    corpus: str
    version: str
    task: str
    rows: tuple[
        str, ...
    ]  # one row; or those that were compared, numbered from 1 as they stand here, not as they were shown
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
        told = asdict(self)
        del told["decision"]
        return "v_" + hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]

    @property
    def line(self) -> str:
        return orjson.dumps(asdict(self)).decode()


def digest(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of what some rows say, whatever else stages have written beside it."""
    told = [{name: row[name] for name in sorted(contents()) if row.get(name) is not None} for row in rows]
    return hashlib.sha256(orjson.dumps(told)).hexdigest()[:32]


def contents() -> frozenset[str]:
    """The columns that hold what a reader of a row reads."""
    return frozenset(column.name for name in schema.names() for column in schema.load(name).columns if column.content) - {
        "edited",
        "comment",
    }  # fmt: skip


# ---- reading -------------------------------------------------------------------------------------------------------

FIELDS = frozenset(Verdict.__dataclass_fields__)


def read(path: Path) -> Iterator[Verdict]:
    """The verdicts of a file, each held against its contract."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise VerdictError(
            f"{path} is not UTF-8, so no review page has written it. Export the verdicts anew."
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
            f"{where} is not whole: the file was cut off or altered. Export the verdicts anew."
        ) from None
    if not isinstance(told, dict) or set(told) != FIELDS:
        missing = sorted(FIELDS - set(told)) if isinstance(told, dict) else []
        _odd(where, f"lacks {missing[0]!r}" if missing else "has not just the fields of a verdict")
    for name in ("rows", "reasons", "marks"):
        if not isinstance(told[name], list) or not all(isinstance(one, str) for one in told[name]):
            _odd(where, f"has {name} that are no list of texts")
        told[name] = tuple(told[name])
    for name in ("corpus", "version", "task", "item", "reviewer", "role", "verdict", "at", "page", "guide", "decision"):
        if not isinstance(told[name], str):
            _odd(where, f"has {name} that is no text")
    for name in ("edited", "comment", "replaces"):
        if told[name] is not None and not isinstance(told[name], str):
            _odd(where, f"has {name} that is no text")
    if type(told["gold"]) is not bool or not isinstance(told["seconds"], int | float | None):
        _odd(where, "has gold that is not true or false, or seconds that are no number")
    found = Verdict(**told)
    if fault := wrong(found):
        _odd(where, fault)
    if found.name != found.decision:
        _odd(where, "was altered: its name does not follow from what it says")
    return found


def wrong(told: Verdict) -> str | None:
    """What keeps it from being a verdict."""
    if told.task not in TASKS:
        return f"is about a task that is not one of {', '.join(TASKS)}"
    if told.role not in ROLES:
        return f"has a role that is not one of {', '.join(ROLES)}"
    if not ALIAS.fullmatch(told.reviewer):
        return "names no reviewer by an alias of letters and digits"
    if not told.rows:
        return "is about no row"
    if not said(told.task, told.verdict):
        return f"says to {told.task} what cannot be said to it"
    if (told.verdict == "edit") != (told.edited is not None):
        return "says edit without a text, or has a text without saying edit"
    if not all(MARK.fullmatch(mark) for mark in told.marks):
        return "has marks that are not 'path start-end TYPE'"
    try:
        aware = datetime.fromisoformat(told.at).tzinfo is not None
    except ValueError:
        aware = False
    return None if aware else "does not say when it was said, in ISO 8601 with the offset from UTC"


def said(task: str, verdict: str) -> bool:
    """Whether that can be said to this task."""
    if verdict in (UNSURE, WITHDRAWN):
        return True
    able = TASKS[task]
    if isinstance(able, tuple):
        return verdict in able
    if not able.fullmatch(verdict):
        return False
    numbers = re.findall(r"\d|[A-Z]", verdict)
    return len(set(numbers)) == len(numbers)


def _odd(where: str, what: str) -> NoReturn:
    raise VerdictError(f"{where} {what}. Export the verdicts anew, and leave the file as it is.")


# ---- what holds in the end -----------------------------------------------------------------------------------------


def standing(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that nobody has replaced or withdrawn, each once, in the order in which they were said."""
    found = {verdict.decision: verdict for verdict in verdicts}
    replaced = {verdict.replaces for verdict in found.values()}
    return [v for v in found.values() if v.decision not in replaced and v.verdict != WITHDRAWN]


@dataclass(frozen=True)
class Settled:
    """What holds of an item: the adjudicator's word, or what all reviewers said. Without it, they are of several minds."""

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
