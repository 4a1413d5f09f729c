"""One part and what a worker does with it: through the stages, written down, and sketched for the survey to come.

A part is a raw file, a slice of a large one, or a shard that was written before. What is made of it lies in the pool under a
key of its content and its recipe, with a receipt, so that nothing is ever done twice.
"""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from medgo_data import schema, shards
from medgo_data.corpus import Piece, Raw, Source, digest, lineage, subject_code, withholding
from medgo_data.engine import Load, WorkerLostError
from medgo_data.keys import SecretError
from medgo_data.place import stamp
from medgo_data.stage import (
    HOUSE,
    LEDGER,
    Asking,
    AskingError,
    Forecast,
    House,
    LawError,
    Line,
    Stage,
    Survey,
    account,
    note,
    noted,
    spec,
)
from medgo_data.store import Digests, Store, fast_digest, sha256

log = logging.getLogger("medgo_data")
T = TypeVar("T")
BOOKS = 5  # raise it when receipts, ledgers or lines of the funnel hold something else
SAID = ("rows", "bytes", "content", "chars", "lengths", "counts", "funnel", "dropped")  # by a receipt, of a part


class StageError(RuntimeError):
    """A stage or a source raised an error of its own."""


class ChangedError(RuntimeError):
    """A raw file changed while it was being read."""


@dataclass(frozen=True)
class Fresh:
    """A part that is still raw."""

    source: Source
    piece: Piece
    content: str  # the digest of the file
    stamp: list[int]
    bytes: int
    forgotten: tuple[int, ...] = ()  # the records that are not to become rows

    @property
    def kind(self) -> str:
        return self.source.gives

    @property
    def of(self) -> dict[str, Any]:
        return {"source": self.source.name, "file": self.piece.raw.name, "slice": self.piece.number}

    @cached_property
    def identity(self) -> str:
        p = self.piece
        forgotten = [list(self.forgotten)] if self.forgotten else []
        return digest(["raw", self.source.spec, p.raw.name, self.content, p.number, p.start, p.end, *forgotten])

    @cached_property
    def subjects_key(self) -> str:
        """Under which key it is noted whom its records are about, whatever the file is called."""
        p = self.piece
        return digest(["subjects", self.source.spec, self.content, p.number, p.start, p.end])

    def frames(self) -> Iterator[pl.DataFrame]:
        """What the source reads, every record named, the unreadable ones with their reason in ``drop``."""
        with withholding(self.piece.raw):
            yield from self._frames()

    def _frames(self) -> Iterator[pl.DataFrame]:
        source, piece, left = self.source, self.piece, self.source.limit
        origin = {"origin": pl.lit(piece.raw.name)} if "origin" in schema.load(self.kind).polars else {}
        for frame in source.read(piece):
            frame = frame if left is None else frame.head(left)  # noqa: PLW2901
            yield frame.select(
                id=pl.format(
                    "{}/{}#{}-{}", pl.lit(source.name), pl.lit(piece.raw.name), pl.lit(piece.number), "record"
                ),
                parent=pl.lit(None, pl.String),
                source=pl.lit(source.name),
                license=pl.lit(source.license),
                category=pl.lit(source.category, pl.String),
                **origin,
                **{c: pl.col(c) for c in frame.columns if c != "record"} | self._coded(frame) | self._left_out(),
            )
            left = None if left is None else left - frame.height
            if left == 0:
                break
        if stamp(piece.raw.path) != self.stamp:
            raise ChangedError(f"{piece.raw.told} changed while it was being read. Build again when it is at rest.")

    def _coded(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        """Whom each row is about, as a code, from here on."""
        if "subject" not in frame.columns or frame["subject"].null_count() == frame.height:
            return {}
        if not self.source.subjects:
            raise SecretError(
                f"source {self.source.name!r} fills `subject` and does not say so, so its key is not part of what it is. "
                f"Name the column in its fields, or let its property `subjects` be true."
            )
        key, told = self.source.secret(), frame["subject"].cast(pl.String).to_list()
        codes = {one: subject_code(key, one) for one in set(told) if one and one.strip()}
        return {"subject": pl.Series([codes.get(one) for one in told], dtype=pl.String)}

    def _left_out(self) -> dict[str, pl.Expr]:
        out = pl.col("record").is_in(self.forgotten)
        return {"drop": pl.when(out).then(pl.lit("forgotten")).otherwise("drop")} if self.forgotten else {}


def pieces(store: Store, digests: Digests, source: Source, raw: Raw) -> list[Fresh]:
    """A raw file as parts."""
    content, mark = digests.of(raw.path), stamp(raw.path)
    cut = source.pieces(raw, partial(_cuts, store, source, content))
    return [Fresh(source, piece, content, mark, mark[0] // len(cut)) for piece in cut]


def _cuts(store: Store, source: Source, content: str, raw: Raw) -> list[int]:
    """Where a large file is cut. To find out means to read it, so it is found out once."""
    key = digest(["cuts", source.spec, content])
    told = store.receipt("cuts", key)
    if told is None:
        log.info("%s: %s is large, so it is looked through for where to cut it.", source.name, raw.name)
        told = {"cuts": source.cuts(raw)}
        with store.filling("cuts", key) as folder:
            (folder / "receipt.json").write_text(json.dumps(told), "utf-8")
    return told["cuts"]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Stored:
    """A part that was written down: its rows, the ledger of those that left, and the funnel so far."""

    path: Path
    identity: str
    kind: str
    rows: int
    bytes: int
    content: str  # the digest of its rows: sha256, or a faster one if they are a draft
    chars: int
    lengths: dict[str, int]
    counts: dict[str, Any]  # what the schema has counted: a sum, or rows by value, of each such column
    of: dict[str, Any]
    funnel: list[Line]
    dropped: dict[str, Any] | None = None
    ledger: Path | None = None

    @property
    def draft(self) -> bool:
        return self.path.suffix == shards.DRAFT


@dataclass(frozen=True)
class Task:
    """All that a worker needs to take one part through one pass."""

    number: int
    store: Store
    part: Fresh | Stored
    stages: tuple[Stage, ...]
    recipe: Any  # the stages as plain JSON
    survey: Survey | None
    found: Path | None = None
    found_sha256: str | None = None
    forgotten: tuple[str, ...] = ()  # rows that go as soon as they are born
    house: House | None = None  # for stages that ask somebody outside

    @property
    def asks(self) -> bool:
        return any(isinstance(stage, Asking) for stage in self.stages)

    @property
    def load(self) -> Load:
        """What it asks of a worker. Two may do it at once: whoever is first has made the entry of the pool."""
        memory, gpus = (max([getattr(s, what) for s in self.stages], default=0) for what in ("memory_gb", "gpus"))
        return Load(memory_gb=memory, gpus=gpus, twice=True)

    @cached_property
    def kinds(self) -> list[str]:
        """The schema of the rows as they come in, and after each stage."""
        kinds = [self.part.kind]
        for stage in self.stages:
            kinds.append(stage.gives or kinds[-1])
        return kinds

    @cached_property
    def key(self) -> str:
        contract = schema.load(self.kinds[-1]).identity
        forgotten = [list(self.forgotten)] if self.forgotten else []
        return digest([self.part.identity, self.recipe, self.found_sha256, contract, self.draft, BOOKS, *forgotten])

    @property
    def draft(self) -> bool:
        """Rows on their way to a survey are written to be read again, not to be kept."""
        return self.survey is not None

    @property
    def file(self) -> str:
        return f"rows{shards.DRAFT}" if self.draft else "rows.parquet"

    def done(self) -> Stored | None:
        """The part as this pass leaves it, if it was done before. Rows that meet no stage are not written again."""
        if isinstance(self.part, Stored) and not self.stages:
            return self.part
        receipt = self.store.receipt("part", self.key)
        return self.stored(receipt) if receipt else None

    def stored(self, receipt: dict[str, Any]) -> Stored:
        entry = self.store.entry("part", self.key)
        said = {name: receipt[name] for name in SAID}
        ledger = entry / "dropped.parquet"
        return Stored(
            path=entry / self.file,
            identity=digest(receipt),
            kind=self.kinds[-1],
            of=self.part.of,
            ledger=ledger,
            **said,
        )

    def entries(self, rows: Stored) -> Iterator[Path]:
        """Where in the pool lies what this pass makes."""
        if rows is not self.part:
            yield self.store.entry("part", self.key)
        if self.survey:
            yield self.store.entry("sketch", sketch_key(rows.content, self.survey))

    def sketched(self, rows: Stored) -> bool:
        return self.survey is None or self.store.has("sketch", sketch_key(rows.content, self.survey))


def sketch_key(rows: str, survey: Survey) -> str:
    """Under which key a survey's sketch of the shard with the content ``rows`` lies."""
    return digest(["sketch", rows, spec(survey, but="settling")])


def note_subjects(task: Task) -> None:
    """Write down whom each record of a raw part is about, by code."""
    if isinstance(task.part, Fresh) and not task.store.has("subjects", task.part.subjects_key):
        frames = task.part.frames()
        told = []
        while (frame := guarded(task, task.part.source, next, frames, None)) is not None:
            told.append(_subjects(frame))
        _tell_subjects(task.store, task.part, told)


def _subjects(frame: pl.DataFrame) -> pl.DataFrame:
    whom = pl.col("subject") if "subject" in frame.columns else pl.lit(None, pl.String)
    told = frame.select(record=pl.col("id").str.extract(r"(\d+)$").cast(pl.UInt32), subject=whom)
    return told.drop_nulls()


def _tell_subjects(store: Store, part: Fresh, told: list[pl.DataFrame]) -> None:
    empty = pl.DataFrame(schema={"record": pl.UInt32, "subject": pl.String})
    with store.filling("subjects", part.subjects_key) as folder:
        note(pl.concat([empty, *told]), folder / "subjects.arrow")
        (folder / "receipt.json").write_text("{}", "utf-8")


def run(task: Task) -> tuple[int, Stored]:
    """Do what of the task is not done yet."""
    sketches: list[pl.DataFrame] = []
    HOUSE.set(task.house)
    done = task.done() or task.stored(_pass(task, sketches))
    if task.survey and not task.sketched(done):
        _sketch(task, task.survey, done, sketches)
    return task.number, done


def forecast(task: Task) -> Forecast:
    """What the first of its stages that asks would take. Those before it do their work, and nothing is written."""
    HOUSE.set(task.house)
    tally = Tally(task)
    rows = tally.incoming()
    for k, stage in enumerate(task.stages):
        if isinstance(stage, Asking):
            each = (guarded(task, stage, stage.forecast, _undropped(docs)) for docs in rows)
            return sum(each, Forecast())
        rows = tally.through(k, stage, rows)
    return Forecast()


def _pass(task: Task, sketches: list[pl.DataFrame]) -> dict[str, Any]:
    """Write down the rows, the ledger and the receipt; what comes out is sketched on the way."""
    contract = schema.load(task.kinds[-1])
    tally = Tally(task)
    with task.store.filling("part", task.key, sync=not task.draft) as folder:  # a draft can be written again
        rows, writer = folder / task.file, shards.DraftWriter if task.draft else shards.ShardWriter
        with writer(rows, contract.arrow) as file:
            for docs in tally.batches():
                file.add(docs)
                tally.measure(docs, contract)
                if task.survey and docs.height:
                    sketches.append(guarded(task, task.survey, task.survey.sketch, docs))
        ledger = pl.concat([pl.DataFrame(schema=LEDGER), *tally.ledgers])
        shards.write(ledger, folder / "dropped.parquet")
        receipt = {
            "rows": file.rows,
            "chars": tally.chars,
            "lengths": {str(k): tally.lengths[k] for k in sorted(tally.lengths)},
            "counts": tally.counts,
            "bytes": rows.stat().st_size,
            "content": (fast_digest if task.draft else sha256)(rows),
            "dropped": {"rows": ledger.height, "sha256": sha256(folder / "dropped.parquet")},
            "funnel": tally.funnel,
        }
        (folder / "receipt.json").write_text(json.dumps(receipt, ensure_ascii=False), "utf-8")
    if isinstance(task.part, Fresh) and task.part.source.subjects:
        _tell_subjects(task.store, task.part, tally.subjects)
    return receipt


class Tally:
    """Takes batch after batch through the stages, and keeps the books."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.contracts = [schema.load(kind) for kind in task.kinds]
        raw = isinstance(task.part, Fresh)
        self.before: list[Line] = [empty_line("read")] if isinstance(task.part, Fresh) else task.part.funnel
        self.own: list[Line] = []
        for stage in task.stages:
            same = sum(line["stage"].split(" ")[0] == stage.name for line in self.funnel)
            self.own.append(
                empty_line(f"{stage.name} {same + 1}" if same else stage.name)
            )  # a second Clean is "Clean 2"
        self.ledgers = [] if raw or not task.part.ledger else [pl.read_parquet(task.part.ledger)]  # type: ignore[union-attr]
        self.subjects: list[pl.DataFrame] = []  # whom the records of a raw part are about
        self.chars = 0
        self.lengths: Counter[int] = Counter()
        self.counts: dict[str, Any] = {}

    @property
    def funnel(self) -> list[Line]:
        return [*self.before, *self.own]

    def batches(self) -> Iterator[pl.DataFrame]:
        rows = self.incoming()
        for k, stage in enumerate(self.task.stages):
            rows = self.through(k, stage, rows)
        yield from rows

    def through(self, k: int, stage: Stage, rows: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The batches behind a stage, in their order."""
        if isinstance(stage, Survey):
            yield from self._judged(k, stage, rows)
        elif isinstance(stage, Asking):
            yield from self._answered(k, stage, rows)
        else:
            for docs in rows:
                before = _undropped(docs)
                yield self._stepped(k, before, guarded(self.task, stage, stage, before))

    def _judged(self, k: int, survey: Survey, rows: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """By a survey, with what it found lying beside them."""
        found = noted(self.task.found) if self.task.found else None
        start = 0
        for docs in rows:
            before = _undropped(docs)
            beside = before if found is None else _beside(found, start, docs.height)
            start += docs.height
            yield self._stepped(k, before, guarded(self.task, survey, survey, before, beside))

    def _answered(self, k: int, stage: Asking, rows: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """By a stage that asks: batches are begun ahead of the one that is waited for, as long as it can take more."""
        begun: deque[tuple[pl.DataFrame, Any]] = deque()

        def first() -> pl.DataFrame:
            before, waiting = begun.popleft()
            return self._stepped(k, before, guarded(self.task, stage, stage.finish, before, waiting))

        for docs in rows:
            before = _undropped(docs)
            begun.append((before, guarded(self.task, stage, stage.begin, before)))
            while begun and stage.full(begun[0][1]):
                yield first()
        while begun:
            yield first()

    def incoming(self) -> Iterator[pl.DataFrame]:
        part = self.task.part
        if isinstance(part, Stored):
            yield from shards.batches(part.path)
            return
        frames = part.frames()
        while (frame := guarded(self.task, part.source, next, frames, None)) is not None:
            if part.source.subjects:
                self.subjects.append(_subjects(frame))
            yield self._book(0, frame, frame)

    def _stepped(self, k: int, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
        return self._book(k + 1, before, self._left_out(after) if self.task.forgotten else after)

    def _left_out(self, after: pl.DataFrame) -> pl.DataFrame:
        """Born rows that are to be forgotten go at once, so nothing is born of them."""
        forgotten = set(self.task.forgotten)
        out = pl.Series([not forgotten.isdisjoint(lineage(row)) for row in after["id"]], dtype=pl.Boolean)
        return after.with_columns(drop=pl.when(out).then(pl.lit("forgotten")).otherwise("drop"))

    def _book(self, k: int, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
        """Enter what the ``k``-th stage did to a batch, reading being the zeroth; return the rows that go on."""
        total = self.own[k - 1] if k else self.before[0]
        line, kept, ledger = account(total["stage"], before, after)
        add(total, line)
        if ledger.height:
            self.ledgers.append(ledger)
        if k and self.contracts[k] is not self.contracts[k - 1]:  # rows of another kind: the columns of the old ones go
            old, new = self.contracts[k - 1].polars, self.contracts[k].polars
            kept = kept.drop([c for c in kept.columns if c in old and c not in new])
        who = total["stage"] if k else f"source {self.task.part.of['source']!r}"
        return schema.conform(kept, self.contracts[k], who)

    def measure(self, docs: pl.DataFrame, contract: schema.Schema) -> None:
        merge(self.counts, schema.counts(docs, contract))
        lengths = schema.lengths(docs, contract)
        self.chars += int(lengths.sum())
        # bit_length of a length is the power of two it lies below
        powers = lengths.to_frame("n").select(
            pl.when(pl.col("n") > 0).then(64 - pl.col("n").bitwise_leading_zeros()).otherwise(0)
        )
        for power, count in powers.to_series().value_counts().rows():
            self.lengths[1 << (power - 1) if power else 0] += count


def _undropped(docs: pl.DataFrame) -> pl.DataFrame:
    return docs.with_columns(drop=pl.lit(None, pl.String))


def empty_line(stage: str) -> Line:
    return Line(stage=stage, rows_in=0, born=0, dropped={}, against={}, masked={}, asked={}, rows_out=0)


def add(total: Line, line: Line) -> None:
    total["rows_in"] += line["rows_in"]
    total["born"] += line["born"]
    total["rows_out"] += line["rows_out"]
    for counted in ("dropped", "against", "masked", "asked"):
        total[counted] = _summed(total[counted], line[counted])


def _summed(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = Counter(one) + Counter(other)
    return {name: both[name] if isinstance(both[name], int) else round(both[name], 6) for name in sorted(both)}


def merge(total: dict[str, Any], counts: dict[str, Any]) -> None:
    """Add counts to counts: sums, and rows by value."""
    for column, seen in counts.items():
        if isinstance(seen, dict):
            both = Counter(total.get(column, {})) + Counter(seen)
            total[column] = {value: both[value] for value in sorted(both)}
        else:
            total[column] = total.get(column, 0) + seen


def _beside(found: pl.DataFrame, start: int, height: int) -> pl.DataFrame:
    """The findings about ``height`` rows from ``start`` on, row by row, null where nothing was found."""
    rows = pl.select(row=pl.int_range(start, start + height, dtype=pl.UInt32))
    return rows.join(found, on="row", how="left", maintain_order="left")


def _sketch(task: Task, survey: Survey, rows: Stored, sketches: list[pl.DataFrame]) -> None:
    if not sketches:
        empty = pl.DataFrame(schema=schema.load(task.kinds[-1]).polars)
        all_docs = shards.batches(rows.path) if rows.rows else iter([empty])
        sketches = [guarded(task, survey, survey.sketch, docs) for docs in all_docs]
    with task.store.filling("sketch", sketch_key(rows.content, survey)) as folder:
        note(pl.concat(sketches), folder / "sketch.arrow")
        (folder / "receipt.json").write_text(json.dumps({"rows": rows.rows}), "utf-8")


def guarded(task: Task, who: Stage | Source, call: Callable[..., T], *args: Any) -> T:
    """Errors of the house and of the disk travel; any other may quote a row, so only its kind and place are told."""
    try:
        return call(*args)
    except (LawError, schema.SchemaError, StageError, ChangedError, SecretError, AskingError, WorkerLostError, OSError):
        raise
    except ModuleNotFoundError as missing:
        raise StageError(
            f"{type(who).__name__} needs {missing.name}, which is not installed: {_how_to_get(missing.name)}"
        ) from None
    except Exception as wrong:  # noqa: BLE001  it travels on, without what it may quote
        frame = traceback.extract_tb(wrong.__traceback__)[-1]
        place = "/".join(str(v) for v in task.part.of.values())
        raise StageError(
            f"{type(who).__name__} raised {type(wrong).__name__} at {frame.filename}:{frame.lineno} while it worked on {place}. "
            f"Its message may quote a row, so it is not shown: build with MEDGO_SHOW_ROWS=1 to see it."
        ) from (wrong if os.environ.get("MEDGO_SHOW_ROWS") else None)


def _how_to_get(module: str | None) -> str:
    """The extra of medgo that brings a package, or the package itself."""
    from importlib.metadata import requires

    wanted = str(module).partition(".")[0].replace("_", "-")
    for told in requires("medgo") or ():
        if found := re.fullmatch(rf"{re.escape(wanted)}\b.*extra == .(\w+).", told):
            return f"pip install 'medgo[{found[1]}]'"
    return f"pip install {wanted}"
