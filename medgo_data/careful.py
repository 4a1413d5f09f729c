"""A part that took its workers with it, once more: each step of it in a process of its own, and rows it dies of in halves.

So one bad row costs itself and no other. It is tried as often as its part was before it is dropped, as ``kills_worker``; and
before it is blamed, the stage must have survived a batch without rows, for a machine may kill whatever runs on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from medgo_data.corpus import Source
from medgo_data.engine import Local, WorkerLostError
from medgo_data.part import Fresh, Stored, Task, guarded, run
from medgo_data.stage import Stage, Survey

REASON = "kills_worker"
MOST = 10  # rows of a part; where there are more, it is hardly the rows


@dataclass(frozen=True)
class Careful:
    """Runs a part with such care, in whichever worker it is called."""

    tries: int

    def __call__(self, task: Task) -> tuple[int, Stored]:
        with Local(1) as apart:
            ward = Ward(task, apart, self.tries)
            stages = tuple((Watched if isinstance(stage, Survey) else Kept)(stage, ward) for stage in task.stages)
            return run(replace(task, part=ward.read(task.part), stages=stages))


class Ward:
    """A process that may die, and the rows that it died of."""

    def __init__(self, task: Task, apart: Local, tries: int) -> None:
        self.task, self.apart, self.tries = task, apart, tries
        self.place = "/".join(str(v) for v in task.part.of.values())
        self.killers: list[str] = []
        self.deaths = 0

    def read(self, part: Fresh | Stored) -> Fresh | Stored:
        """The part with its records read. A file that is one document goes as one, if nobody survives it."""
        if isinstance(part, Stored):
            return part
        fresh = {f.name: getattr(part, f.name) for f in fields(part)}
        for _ in range(self.tries):
            try:
                return Read(**fresh, records=self.apart.one(_frames, part))
            except WorkerLostError:
                continue
        if type(part.source).cuts is not Source.cuts:  # a file of many records, of which others may be good
            raise WorkerLostError(
                f"every process that read {self.place} was killed. If there was memory enough, a record of it is broken in a "
                f"way that its reader does not survive: mend the file or leave it out, and run again."
            )
        fallen = {"id": ["{source}/{file}#{slice}-0".format(**part.of)], "drop": [REASON]}
        return Read(**fresh, records=[pl.DataFrame(fallen)])

    def through(self, stage: Stage, docs: pl.DataFrame, *found: pl.DataFrame, doomed: bool = False) -> pl.DataFrame:
        """The rows behind the stage; those that it does not survive have their reason. ``doomed`` are rows that it will not."""
        for _ in range(self.tries if docs.height == 1 else 0 if doomed else 1):
            try:
                return self.apart.one(_stepped, (self.task, stage, docs, found))
            except WorkerLostError:
                self.deaths += 1
        if docs.height > 1:
            half, before = docs.height // 2, self.deaths
            first = self.through(stage, docs[:half], *(told[:half] for told in found))
            survived = self.deaths == before  # then it is the others
            rest = self.through(stage, docs[half:], *(told[half:] for told in found), doomed=survived)
            return pl.concat([first, rest], how="diagonal_relaxed")
        self._blame(stage, docs, *found)
        return docs.with_columns(drop=pl.lit(REASON))

    def _blame(self, stage: Stage, docs: pl.DataFrame, *found: pl.DataFrame) -> None:
        self.killers += docs["id"].to_list()
        try:
            self.apart.one(_stepped, (self.task, stage, docs[:0], tuple(told[:0] for told in found)))
        except WorkerLostError:
            raise WorkerLostError(
                f"{stage.name} is killed with no row at all, so no row of {self.place} is to blame. Is its package made for "
                f"this machine, and is there memory for it? Mend that and run again."
            ) from None
        if len(self.killers) > MOST:
            raise WorkerLostError(
                f"{stage.name} was killed over {len(self.killers)} rows of {self.place}, the last {self.killers[-1]!r}: that "
                f"is hardly the rows. Give the workers more memory, or mend the stage, and run again."
            )


def _frames(part: Fresh) -> list[pl.DataFrame]:
    return list(part.frames())


def _stepped(told: tuple[Task, Stage, pl.DataFrame, tuple[pl.DataFrame, ...]]) -> pl.DataFrame:
    task, stage, docs, found = told
    return guarded(task, stage, stage, docs, *found)


@dataclass(frozen=True)
class Read(Fresh):
    """A raw part whose records were read already."""

    records: list[pl.DataFrame] | None = None

    def frames(self) -> Iterator[pl.DataFrame]:
        yield from self.records or ()


@dataclass(frozen=True)
class Kept(Stage):
    """A stage whose every batch goes through it in the ward. It has its name, and gives what that gives."""

    stage: Stage
    ward: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "gives", self.stage.gives)

    @property
    def name(self) -> str:
        return self.stage.name

    def __call__(self, docs: pl.DataFrame, *found: pl.DataFrame) -> pl.DataFrame:
        return self.ward.through(self.stage, docs, *found)  # type: ignore[no-any-return]


class Watched(Kept, Survey):
    """The same of a survey, which looks at what was found beside the rows."""
