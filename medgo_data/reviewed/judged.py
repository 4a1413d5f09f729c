"""Verdicts as a stage meets them: settled, and found by the row that they are about, if it still says what was judged."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import polars as pl

from medgo_data.corpus import Raw, Source, file_digest
from medgo_data.file import FileError, pinned
from medgo_data.stage import Shard, Survey
from medgo_data.verdict import UNSURE, Settled, Verdict, digest, read, settled

if TYPE_CHECKING:
    from medgo_data.engine import Engine

log = logging.getLogger("medgo_data")
Row = Mapping[str, Any]
OPINIONS = {"accept": "accepted", "edit": "edited", "reject": "rejected"}
LEAKS = "leaks_found"
# Of a row that was judged in several tasks, the gravest counts.
GRAVITY = (LEAKS, "rejected", "tie", "disputed", "unsure", "keyed", "swapped", "edited", "accepted")


class Said(NamedTuple):
    """What holds of an item in the end."""

    task: str
    rows: tuple[str, ...]
    item: str
    settled: Settled

    @property
    def outcome(self) -> str | None:
        """What that makes of the row; None for what is no judgement of it."""
        found = self.settled.verdict
        if self.task == "residual":
            return self._leaks()
        if found is None or found.verdict == UNSURE:
            return "disputed" if found is None and len(_words(self.settled.by)) > 1 else "unsure"
        if self.task == "options":
            return "keyed"
        if self.task in ("pair", "ranking"):
            return {"1>2": "accepted", "2>1": "swapped", "1=2": "tie", "2=1": "tie"}.get(found.verdict)
        return OPINIONS[found.verdict]

    def _leaks(self) -> str | None:
        """That something is left counts from one reviewer on, unless the adjudicator saw that it is not so."""
        found = self.settled.verdict
        asked = [found] if found else self.settled.by
        if any(one.verdict == "reject" or one.marks for one in asked):
            return LEAKS
        return "unsure" if any(one.verdict == UNSURE for one in asked) else None

    @property
    def decision(self) -> str | None:
        """The name of the decision, if there is one."""
        return self.settled.verdict.decision if self.settled.verdict else None

    @property
    def credit(self) -> str:
        """By which decisions, and by whom: ``v_7f3a accept R07+R09``."""
        found = self.settled.verdict
        if found is None:
            return "; ".join(f"{one.decision} {one.verdict} {one.reviewer}" for one in self.settled.by)
        same = {one.reviewer for one in self.settled.by if _word(one) == _word(found)}
        return f"{found.decision} {found.verdict} {'+'.join(sorted(same))}"


def _words(said: Iterable[Verdict]) -> set[object]:
    """What they say, but for those who are unsure."""
    return {_word(one) for one in said if one.verdict != UNSURE}


def _word(one: Verdict) -> object:
    return one.verdict, one.edited, one.marks


@dataclass(frozen=True)
class Judged:
    """All that was said, by the row that it is about."""

    by_row: Mapping[str, Sequence[Said]]

    def of(self, row: Row) -> Said | str | None:
        """The gravest of what was said of this row alone; ``stale`` if that was about another text, None if nothing was said."""
        mine = [one for one in self.by_row.get(row["id"], ()) if len(set(one.rows)) == 1]
        if not mine:
            return None
        now = digest([row])
        told = [one for one in mine if one.item == now]
        if not told:
            return "stale"
        by_outcome = {one.outcome: one for one in told}
        if {
            "swapped",
            "edited",
        } <= by_outcome.keys():  # one says that it is the better answer when put so, one that it is not
            said = [by for outcome in ("swapped", "edited") for by in by_outcome[outcome].settled.by]
            told.append(Said("check", mine[0].rows, now, Settled(None, tuple(said))))
        judged = [one for one in told if one.outcome]
        return min(judged, key=lambda one: (GRAVITY.index(str(one.outcome)), one.task == "feedback"), default=None)

    def compared(self) -> Iterator[Said]:
        """What was said of several rows beside one another."""
        found = {id(one): one for said in self.by_row.values() for one in said if len(set(one.rows)) > 1}
        yield from found.values()

    def places(self, ids: pl.Series) -> list[int]:
        """Which of these rows were judged."""
        return [n for n, name in enumerate(ids.to_list()) if name in self.by_row]


@dataclass(frozen=True, kw_only=True)
class Judging(Survey):
    """A stage that does as physicians said. ``verdicts`` are files of them, known by what they hold, ``sha256``.

    A verdict counts for the row of that name as long as the row says what was judged. What a reviewer has written may name
    a patient, so rows are not scrubbed any more: put ``Scrub()`` behind it, which looks again only at what changed.
    """

    unmarks: ClassVar[frozenset[str]] = frozenset({"scrubbed"})
    reads: ClassVar[tuple[str, ...]] = ()  # the tasks that matter to it

    verdicts: str | Sequence[str] = field(metadata={"knob": True})
    sha256: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        files = self.files
        content = {raw.name: file_digest(raw.path) for raw in files}
        if self.sha256 is not None and dict(self.sha256) != content:
            other = {name for name, _ in {*content.items()} ^ {*self.sha256.items()}}
            raise FileError(
                f"{self.name}: {min(other)} is not what it was, or not the file whose sha256 was given. "
                f"Build again when it is at rest, or leave sha256 out."
            )
        object.__setattr__(self, "sha256", content)
        _ = self.judged  # that a line is broken is better known now

    @property
    def files(self) -> list[Raw]:
        return Source(name=self.name, files=self.verdicts, license="").raw

    @property
    def judged(self) -> Judged:
        told = self.sha256 or {}
        return opened(self.name, tuple((str(raw.path), told.get(raw.name, "")) for raw in self.files), self.reads)

    # ---- which verdicts found no row

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.select("id")[self.judged.places(docs["id"])]

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:  # noqa: ARG002  too little work to share out
        self.miss(name for shard in shards for name in shard.sketch()["id"])
        for shard in shards:
            shard.tell(out, pl.DataFrame(schema={"row": pl.UInt32}))

    def miss(self, came: Iterable[str]) -> None:
        """Say how many of the rows that were judged did not come."""
        known = self.judged.by_row.keys()
        lost = len(known - set(came))
        if lost:
            log.warning(
                "%s: of %s rows that the verdicts are about, %s did not come to it: they are of another corpus, or left it before.",
                self.name,
                f"{len(known):,}",
                f"{lost:,}",
            )


@lru_cache(maxsize=8)
def opened(stage: str, files: tuple[tuple[str, str], ...], tasks: tuple[str, ...]) -> Judged:
    """Read once in each process."""
    told: list[Verdict] = []
    for path, sha256 in files:
        pinned(stage, path, sha256)  # raises if the file changed
        told += (one for one in read(Path(path)) if one.task in tasks)
    by_row: dict[str, list[Said]] = {}
    for (task, rows, item), found in settled(told).items():
        said = Said(task, rows, item, found)
        for row in dict.fromkeys(rows):
            by_row.setdefault(row, []).append(said)
    return Judged(by_row)


# ---- what a judged row says ----------------------------------------------------------------------------------------


def answer_at(row: Row) -> tuple[str, int] | None:
    """In which column, and as which turn of it, the answer of a row stands: the last that the assistant says."""
    for name in ("messages", "chosen", "completion"):
        turns = row.get(name) or ()
        last = [n for n, turn in enumerate(turns) if turn["role"] == "assistant"]
        if last:
            return name, last[-1]
    return None


def asked_and_answered(row: Row) -> tuple[list[dict[str, str]], str] | None:
    """The turns up to the last answer of a conversation, and that answer; None where the user has the last word, or the only one."""
    turns = row["messages"]
    if len(turns) < 2 or turns[-1]["role"] != "assistant" or turns[-2]["role"] != "user":
        return None
    return list(turns[:-1]), turns[-1]["content"]


def by_rule(stage: Survey) -> dict[str, str | None]:
    """What ``made`` says of a row that no model wrote."""
    return {"by": f"{stage.name}/{stage.version}", "model": None, "params": None, "prompt": None, "reply": None}
