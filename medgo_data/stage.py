"""A stage looks at a table of documents and returns a table of documents.

Two laws hold for every stage, and the builder checks both on every batch:

    no row disappears without a reason      (set the ``drop`` column instead)
    no row appears without a parent         (a born row is named after the row it came from)
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from inspect import get_annotations
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

import polars as pl

if TYPE_CHECKING:
    from medgo_data.engine import Engine

REASON = re.compile(r"[a-z][a-z0-9_]{0,59}")  # a reason is a name, so no text of a row can hide in it
DROP = ("drop", "drop_kept", "drop_score", "drop_span")  # of a row that goes: why, for which one, how alike, and where
ASKED = "asked"  # of a row about which somebody outside was asked: what that took, as a struct of numbers
KNOWN = "known.arrow"
LEDGER = {
    "id": pl.String,
    "stage": pl.String,
    "reason": pl.String,
    "kept": pl.String,
    "score": pl.Float64,
    "span": pl.String,
}


def knob(default: Any) -> Any:
    """A field that turns speed, never output, and so stays out of the fingerprint."""
    return field(default=default, metadata={"knob": True})


def settling(default: Any) -> Any:
    """A field of a survey that matters only when it settles, so sketches outlive a change of it."""
    made = {"default_factory": type(default)} if isinstance(default, dict | list) else {"default": default}
    return field(metadata={"settling": True}, **made)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One named step of a corpus. Subclass it, add fields, write ``__call__``.

    ``__call__`` gets a batch with an empty ``drop`` column and sets a reason in it wherever a row has to go. A row
    that goes because of another names that one in ``drop_kept``, and says in ``drop_score`` how alike they are; in
    ``drop_span``, if only a part of it is meant, which one: 120-180, in characters.
    """

    version: ClassVar[int] = 1  # raise it when the same fields would now give different rows
    takes: ClassVar[frozenset[str]] = frozenset()  # the schemas of the rows that it works on; empty: any
    gives: ClassVar[str | None] = None  # the schema of the rows that it makes; None: rows stay what they are
    any_column: ClassVar[bool] = False  # whether its field `column` may name more than text
    marks: ClassVar[frozenset[str]] = frozenset()  # what is true of every row behind it, such as "scrubbed"
    unmarks: ClassVar[frozenset[str]] = frozenset()  # what is not true any more of the rows that it makes
    needs: ClassVar[frozenset[str]] = frozenset()  # the marks without which it refuses to run
    memory_gb: ClassVar[float] = 0  # that a worker must have for it, where workers can be chosen
    gpus: ClassVar[float] = 0  # the same of GPUs; a share of one will do

    @property
    def name(self) -> str:
        return type(self).__name__

    if TYPE_CHECKING:  # a survey is called with its findings too
        __call__: ClassVar[Callable[..., pl.DataFrame]]
    else:

        def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
            raise NotImplementedError(f"{self.name} does nothing yet: write its __call__(docs), which returns docs")


class Survey(Stage):
    """A stage that must see the whole corpus before it can judge one row.

    ``sketch`` notes what a batch must tell the others, ``settle`` reads all sketches once and tells each shard what
    was found about its rows, and ``__call__`` judges a batch with the findings lying beside it, row by row. What must not
    be found out twice ``settle`` may leave in ``out / KNOWN``, where the next one finds it; it changes no finding.
    """

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        raise NotImplementedError(f"{self.name} has no sketch(docs): return what a batch must tell the others")

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:
        raise NotImplementedError(f"{self.name} has no settle: read each shard.sketch(), then shard.tell(out, found)")

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        raise NotImplementedError(f"{self.name} has no __call__(docs, found): return docs, judged by what was found")


class Asking(Stage):
    """A stage that asks somebody outside, and waits: while one batch is being answered, the next ones are asked already.

    ``begin`` sends off what a batch wants to know, ``finish`` waits for that and returns the batch, and ``full`` says whether
    enough is under way. Its parts pass through it many at once, in one process. The column ``asked`` tells what it took.
    """

    def begin(self, docs: pl.DataFrame) -> Any:
        raise NotImplementedError(
            f"{self.name} has no begin(docs): send off its questions, and return what waits for them"
        )

    def finish(self, docs: pl.DataFrame, begun: Any) -> pl.DataFrame:
        raise NotImplementedError(f"{self.name} has no finish(docs, begun): wait for the answers, and return docs")

    def full(self, begun: Any) -> bool:
        """Whether the oldest batch under way is to be waited for before another is begun."""
        raise NotImplementedError(f"{self.name} has no full(begun)")

    def forecast(self, docs: pl.DataFrame) -> Forecast:  # noqa: ARG002  of what it knows nothing about
        """What a batch would take; nobody is asked."""
        return Forecast()

    def stop(self) -> None:
        """Nothing new is asked: what waits for that fails, what is under way is waited for."""

    def close(self) -> None:
        """Nobody is asked any more."""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        try:
            return self.finish(docs, self.begin(docs))
        finally:
            self.close()


class AskingError(RuntimeError):
    """Who is asked cannot answer, or must not be asked more. What was answered is kept."""


@dataclass(frozen=True)
class Forecast:
    """What asking would take, as far as that can be told without asking."""

    calls: int = 0
    kept: int = 0  # of them, those whose replies are there already
    tokens: int = 0  # about, of prompts and replies
    most_tokens: int = 0
    cost: float = 0.0
    most_cost: float = 0.0

    def __add__(self, other: Forecast) -> Forecast:
        return Forecast(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Budget:
    """What a run may spend: so much money, or so many tokens."""

    amount: float
    of: Literal["money", "tokens"] = "money"

    def __str__(self) -> str:
        return f"{self.amount:,.0f} tokens" if self.of == "tokens" else f"{self.amount:,g}"


@dataclass(frozen=True)
class House:
    """Where a stage that asks may keep what it was told, for which build it asks, and what that may spend."""

    folder: Path
    build: str
    budget: Budget | None = None


HOUSE: ContextVar[House | None] = ContextVar("house", default=None)


@dataclass(frozen=True)
class Shard:
    """A finished shard, as a survey meets it: a number, so many rows, and the sketch that lies beside them."""

    number: int
    rows: int
    path: Path
    sketched: Path
    input: int = 0  # which of the corpus's inputs it comes from: they are listed by trust

    def sketch(self) -> pl.DataFrame:
        """What ``Survey.sketch`` noted, batch after batch."""
        return noted(self.sketched)

    def read(self, *columns: str) -> pl.DataFrame:
        """The rows themselves, in the order in which they were sketched."""
        return noted(self.path, list(columns))

    def take(self, rows: Any, column: str) -> pl.Series:
        """One column of these rows alone."""
        import pyarrow as pa

        if self.path.suffix != ".arrow":
            return self.read(column)[column].gather(rows)
        with pa.ipc.open_file(pa.memory_map(os.fspath(self.path))) as file:
            told: Any = pl.from_arrow(file.read_all().column(column).take(pl.Series(rows).to_arrow()))
        return told  # type: ignore[no-any-return]

    def found_in(self, out: Path) -> Path:
        return out / found_name(self.number)

    def tell(self, out: Path, found: pl.DataFrame) -> None:
        """Write the findings about this shard: any columns, and in ``row`` the number of the row they are about."""
        note(found.with_columns(pl.col("row").cast(pl.UInt32)).sort("row"), self.found_in(out))


def found_name(number: int) -> str:
    """The file with what was found about the rows of a shard."""
    return f"part-{number:05d}.arrow"


def note(table: pl.DataFrame, path: Path) -> None:
    """Write down what only the house reads: as it lies in memory, for it is opened ten times as fast as Parquet."""
    import pyarrow as pa  # here, because a recipe is read without it

    told = table.rechunk().to_arrow(
        compat_level=pl.CompatLevel.oldest()
    )  # in one piece, which need not be put together
    with pa.ipc.new_file(str(path), told.schema) as file:
        file.write_table(told)


def noted(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """What was noted, or the rows of a shard."""
    import pyarrow as pa  # here, because a recipe is read without it
    import pyarrow.parquet as pq

    if path.suffix == ".arrow":
        with pa.ipc.open_file(pa.memory_map(os.fspath(path))) as file:
            told = file.read_all()  # nothing is read before it is looked at
        read: Any = pl.from_arrow(told.select(columns) if columns else told)
    else:
        read = pl.from_arrow(pq.read_table(path, columns=columns, use_threads=False))
    return read  # type: ignore[no-any-return]


# ---- identity ------------------------------------------------------------------------------------------------------


def spec(thing: Any, *, but: str = "knob") -> Any:
    """The part of a stage, source or model that decides its output, as plain JSON.

    Fields left at their default are omitted, so a new option does not rebuild an old corpus; so are knobs, and ``but``.
    """
    if is_dataclass(thing) and not isinstance(thing, type):
        _whole(type(thing))
        chosen = {
            f.name: spec(getattr(thing, f.name))
            for f in fields(thing)
            if not f.metadata.keys() & {"knob", but} and getattr(thing, f.name) != _default(f)
        }
        also = getattr(thing, "identity", {})  # what decides its output and is no field
        return {type(thing).__name__: {"version": getattr(thing, "version", 1), **chosen, **also}}
    if isinstance(thing, Enum):
        return spec(thing.value)
    if isinstance(thing, tuple | list):
        return [spec(x) for x in thing]
    if isinstance(thing, Mapping) and all(isinstance(k, str) for k in thing):
        return {k: spec(thing[k]) for k in sorted(thing)}
    if thing is None or isinstance(thing, str | bool | int) or (isinstance(thing, float) and math.isfinite(thing)):
        return thing
    raise TypeError(
        f"{type(thing).__name__} has no stable spelling, so it cannot be part of a fingerprint. Make the field a string, "
        f"number, tuple, dict or dataclass, or a knob() if it turns only speed; build anything heavier in __call__."
    )


def _default(f: Any) -> Any:
    # not `is MISSING`: a stage that travelled to a worker by value brought a MISSING of its own
    return f.default_factory() if callable(f.default_factory) else f.default


def _whole(kind: type) -> None:
    """A field that the dataclass decorator never saw would be left out of the fingerprint, so that is an error."""
    known = {f.name for f in fields(kind)}
    for base in kind.__mro__:
        for name, note in get_annotations(base).items():
            if name not in known and "ClassVar" not in str(note):
                raise TypeError(
                    f"{kind.__name__}.{name} is not a field: put @dataclass(frozen=True, kw_only=True) above {base.__name__}"
                )


# ---- the two laws --------------------------------------------------------------------------------------------------


class LawError(ValueError):
    """A stage lost a row, or made one from nothing."""


class Line(TypedDict):
    """What one stage did to so many rows: a line of the funnel."""

    stage: str
    rows_in: int
    born: int
    dropped: dict[str, int]
    against: dict[str, int]  # of those that go because of another: by where that one comes from
    masked: dict[str, int]  # identifiers that it replaced, by type
    asked: dict[str, float]  # what it took to ask somebody outside: calls, tokens, money, and what was refused
    rows_out: int


def account(stage: str, before: pl.DataFrame, after: pl.DataFrame) -> tuple[Line, pl.DataFrame, pl.DataFrame]:
    """Check the two laws; return this batch's line of the funnel, the rows that go on, and the ledger of the others."""
    for column in ("id", "drop"):
        if column not in after.columns:
            raise LawError(
                f"{stage} returned rows without the column `{column}`. Change docs with docs.with_columns(...)."
            )
    born = 0
    if after.height != before.height or not after["id"].equals(before["id"]):
        born = _births(stage, before, after)
    masked = _masked(before, after)
    drop = after["drop"]
    if drop.dtype not in (pl.String, pl.Null):
        raise LawError(
            f"{stage} set `drop` to {drop.dtype}: it holds the reason in words, or null for a row that stays."
        )
    going_on = [c for c in after.columns if c not in (*DROP, ASKED)]
    line = Line(
        stage=stage,
        rows_in=before.height,
        born=born,
        dropped={},
        against={},
        masked=masked,
        asked=_asked(after),
        rows_out=after.height,
    )
    if drop.null_count() == after.height:
        return line, after[going_on], pl.DataFrame(schema=LEDGER)
    dropped = dict(sorted(drop.drop_nulls().value_counts().rows()))
    if not all(REASON.fullmatch(reason) for reason in dropped):
        raise LawError(f"{stage} gave a reason that is not a name of up to 60 small letters, digits and underscores.")
    kept = after.filter(drop.is_null())[going_on]
    ledger = _ledger(stage, after)
    line |= {"dropped": dropped, "against": _against(ledger), "rows_out": kept.height}
    return line, kept, ledger


def _ledger(stage: str, after: pl.DataFrame) -> pl.DataFrame:
    gone = after[[c for c in ("id", *DROP) if c in after.columns]].filter(after["drop"].is_not_null())
    told = {"id": gone["id"], "stage": [stage] * gone.height, "reason": gone["drop"]}
    for name in ("kept", "score", "span"):
        column = f"drop_{name}"
        told[name] = gone[column] if column in gone.columns else [None] * gone.height
    return pl.DataFrame(told, schema=LEDGER)


def _against(ledger: pl.DataFrame) -> dict[str, int]:
    """The first part of a name says where a row comes from: a source, or a benchmark."""
    origins = ledger["kept"].drop_nulls().str.extract(r"^([^/]*)")
    return dict(sorted(origins.value_counts().rows()))


def _masked(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    """How many identifiers of each type the rows tell of that they did not tell of before."""
    if "masked" not in after.columns or after["masked"].null_count() == after.height:
        return {}
    told = Counter(dict(after["masked"].explode().drop_nulls().value_counts().rows()))
    if "masked" in before.columns:
        told.subtract(dict(before["masked"].explode().drop_nulls().value_counts().rows()))
    return {name: told[name] for name in sorted(told) if told[name] > 0}


def _asked(after: pl.DataFrame) -> dict[str, float]:
    """What the rows say that asking took, in all."""
    if ASKED not in after.columns:
        return {}
    told = Counter[str]()
    for one in after[ASKED].drop_nulls().to_list():
        told.update({entry["what"]: entry["much"] for entry in one})
    return {name: round(told[name], 6) for name in sorted(told) if told[name]}


def _births(stage: str, before: pl.DataFrame, after: pl.DataFrame) -> int:
    lost = before.select("id").join(after.select("id"), on="id", how="anti")
    if lost.height:
        raise LawError(
            f"{stage} lost {lost.height} rows, the first is {lost[0, 'id']!r}. "
            f"Keep the row and set `drop` to the reason instead of filtering it out."
        )
    born = after.join(before.select("id"), on="id", how="anti")
    orphans = born.join(before.select(parent="id"), on="parent", how="anti") if "parent" in born.columns else born
    if orphans.height:
        raise LawError(
            f"{stage} made {orphans.height} rows from nothing, the first is {orphans[0, 'id']!r}. "
            f"Make new rows with children(stage, docs, ...)."
        )
    misnamed = born.filter(~pl.col("id").str.starts_with(pl.col("parent") + pl.lit(">")))
    if misnamed.height:
        raise LawError(
            f"{stage} did not name {misnamed[0, 'id']!r} after its parent. Make new rows with children(...)."
        )
    if after["id"].n_unique() != after.height:
        twice = after.filter(pl.col("id").is_duplicated())[0, "id"]
        raise LawError(f"{stage} returned two rows that are both called {twice!r}. Every row has a name of its own.")
    return born.height


def children(stage: Stage, parents: pl.DataFrame, born: list[list[dict[str, Any]]]) -> pl.DataFrame:
    """Rows born of ``parents``: the ``k``-th child of ``x`` is ``x>Stage.k``, and keeps its source and licence."""
    import pyarrow as pa  # which looks at every row to see what a column holds; polars would at the first hundred

    handed_down = [c for c in ("source", "license", "category", "origin", "subject") if c in parents.columns]
    rows = [child for litter in born for child in litter]
    whose = [n for n, litter in zip(range(parents.height), born, strict=True) for _ in litter]
    number = pl.Series([k for litter in born for k in range(len(litter))], dtype=pl.Int64)
    out = parents.select("id", *handed_down)[whose].select(
        pl.concat_str("id", pl.lit(f">{stage.name}."), number),
        pl.col("id").alias("parent"),
        pl.lit(None).alias("drop"),
        *handed_down,
    )
    out = out.cast(dict.fromkeys(out.columns, pl.String))
    told = {}
    for name in dict.fromkeys(chain.from_iterable(rows)):
        if name in out.columns:  # a child may say otherwise
            otherwise = [row.get(name, same) for row, same in zip(rows, out[name], strict=True)]
            told[name] = pl.Series(otherwise, dtype=pl.String)
        else:
            told[name] = pl.Series(pa.array([row.get(name) for row in rows]))
    return out.with_columns(**told)
