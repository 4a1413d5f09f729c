"""The contract of every shard: which columns it has, what each means in Chinese and English, and rows made to fit it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

PLAIN = {"string": pl.String, "bool": pl.Boolean, "int32": pl.Int32, "int64": pl.Int64, "float64": pl.Float64}
HERE = Path(__file__).parent
FOLDER = HERE / "schemas" if (HERE / "schemas").is_dir() else HERE.parent / "schemas"  # in a wheel, in a checkout


@dataclass(frozen=True)
class Column:
    name: str
    type: pl.DataType
    required: bool
    content: bool  # part of what a reader reads, so it counts towards the length of a row
    by: str  # who fills it: the source from the raw record; its reader, unless declared; the builder, a stage, or the review page
    count: str | None  # how the books count it, by category: its values, or its sum
    en: str
    zh: str
    example: Any


@dataclass(frozen=True)
class Schema:
    name: str
    version: int
    columns: tuple[Column, ...]

    @property
    def identity(self) -> list[str | int]:
        """What stands for it in a fingerprint; like that of a stage, its version is raised by hand."""
        return [self.name, self.version]

    @cached_property
    def polars(self) -> pl.Schema:
        return pl.Schema({c.name: c.type for c in self.columns})

    @cached_property
    def arrow(self) -> pa.Schema:
        """The types a shard is written in: plain strings and lists, which every reader of Parquet knows."""
        import pyarrow as pa

        return pa.schema([pa.field(c.name, _arrow(c.type), nullable=not c.required) for c in self.columns])


class SchemaError(ValueError):
    """Rows that do not keep their contract, or a contract that cannot be read."""


def names() -> list[str]:
    """The schemas of the house, but for that of its manifest."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "manifest")


@cache
def load(name: str) -> Schema:
    """The schema ``name`` of the house, or one of your own by the path of its .json file."""
    path = Path(name) if name.endswith(".json") else FOLDER / f"{name}.json"
    if not path.is_file():
        raise SchemaError(
            f"there is no schema {name!r}. Take one of {', '.join(names())}, or give the path of a .json file like them."
        )
    try:
        told = json.loads(path.read_text("utf-8"))
        columns = tuple(
            Column(
                name=c["name"],
                type=_polars(c["type"]),
                required=c.get("required", False),
                content=c.get("content", False),
                by=c.get("by", "source"),
                count=_counted(c),
                en=c["en"],
                zh=c["zh"],
                example=c["example"],
            )
            for c in told["columns"]
        )
        return Schema(told["name"], told["version"], columns)
    except (KeyError, ValueError) as wrong:
        raise SchemaError(f"{path} is not a schema: {wrong}. See document.json for how one is written.") from wrong


def _counted(column: dict[str, Any]) -> str | None:
    counted = column.get("count")
    if counted not in (None, "sum", "values"):
        raise ValueError(f"{column['name']!r} cannot be counted by {counted!r}; take 'sum' or 'values'")
    return counted


def _polars(told: Any) -> pl.DataType:
    if isinstance(told, str) and told in PLAIN:
        return PLAIN[told]()
    if isinstance(told, dict) and set(told) == {"list"}:
        return pl.List(_polars(told["list"]))
    if isinstance(told, dict) and set(told) == {"struct"}:
        return pl.Struct({name: _polars(t) for name, t in told["struct"].items()})
    raise ValueError(
        f"{told!r} is not a type; types are {', '.join(PLAIN)}, {{'list': T}} and {{'struct': {{name: T}}}}"
    )


def _arrow(told: pl.DataType) -> pa.DataType:
    import pyarrow as pa

    if isinstance(told, pl.List):
        return pa.list_(_arrow(told.inner))  # type: ignore[arg-type]
    if isinstance(told, pl.Struct):
        return pa.struct([pa.field(f.name, _arrow(f.dtype)) for f in told.fields])  # type: ignore[arg-type]
    spelled: dict[pl.DataType, pa.DataType] = {
        pl.String(): pa.string(),
        pl.Boolean(): pa.bool_(),
        pl.Int32(): pa.int32(),
        pl.Int64(): pa.int64(),
        pl.Float64(): pa.float64(),
    }
    return spelled[told]


WRITTEN = frozenset({"context", "quotes", "about"})  # of what a stage fills, text: of the raw file, or of a model
PARTS = ("role", "label")  # of a conversation or a question, what says who speaks, or which option it is


@cache
def filled() -> frozenset[str]:
    """Columns whose values are no text of a raw file: builder, stages or the review page fill them, or they are codes and letters."""
    declared = (column for name in names() for column in load(name).columns)
    ours = frozenset(column.name for column in declared if column.by in ("builder", "stage", "page"))
    return ours - WRITTEN | {"subject", "answer"}


def leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text of a value, and where in it that stands: messages.3.content."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            if name not in PARTS:
                yield from leaves(f"{path}.{name}", one)


def conform(docs: pl.DataFrame, schema: Schema, who: str) -> pl.DataFrame:
    """Give ``docs`` exactly the columns of ``schema``: what may be missing is null, what is not declared is an error."""
    extra = [c for c in docs.columns if c not in schema.polars]
    if extra:
        raise SchemaError(
            f"{who} hands over a column {extra[0]!r} that the schema {schema.name!r} does not declare. "
            f"Declare it in schemas/{schema.name}.json, or drop it in the stage that makes it."
        )
    if docs.schema != schema.polars:
        docs = pl.DataFrame(_fitting(docs, schema, who))
    for column in schema.columns:
        if column.required and docs[column.name].null_count():
            where = docs.filter(pl.col(column.name).is_null())[0, "id"] if "id" in docs.columns else "?"
            raise SchemaError(
                f"{who} hands over rows without {column.name!r}, the first is {where!r}; the schema {schema.name!r} requires it. "
                f"Set `drop` to a reason on such rows."
            )
    return docs


def _fitting(docs: pl.DataFrame, schema: Schema, who: str) -> list[pl.Series]:
    columns = []
    for column in schema.columns:
        if column.name not in docs.columns:
            columns.append(pl.Series(column.name, [None] * docs.height, dtype=column.type))
            continue
        values = docs[column.name]
        try:
            if not _fits(values.dtype, column.type):
                raise pl.exceptions.InvalidOperationError
            columns.append(values.cast(column.type, strict=True))
        except pl.exceptions.PolarsError:  # its own message may quote a value
            raise SchemaError(
                f"{who} hands over {column.name!r} as {values.dtype}, which does not fit {column.type} of the schema {schema.name!r}."
            ) from None
    return columns


def _fits(given: Any, wanted: Any) -> bool:
    """Polars would make a string of anything; here a number may become a wider one, and that is all."""
    if isinstance(given, pl.List) and isinstance(wanted, pl.List):
        return _fits(given.inner, wanted.inner)
    if isinstance(given, pl.Struct) and isinstance(wanted, pl.Struct):
        inside, asked = ({f.name: f.dtype for f in kind.fields} for kind in (given, wanted))
        return inside.keys() == asked.keys() and all(_fits(inside[name], asked[name]) for name in asked)
    words = given in (pl.Categorical, pl.Enum) and wanted == pl.String
    return given in (wanted, pl.Null) or words or (given.is_numeric() and wanted.is_numeric())


def lengths(docs: pl.DataFrame, schema: Schema) -> pl.Series:
    """How many characters of content each row has."""
    counted = [_chars(pl.col(c.name), c.type).fill_null(0) for c in schema.columns if c.content]
    return (
        docs.select(chars=pl.sum_horizontal(counted).cast(pl.Int64)).to_series()
        if counted
        else pl.Series("chars", [0] * docs.height)
    )


def counts(docs: pl.DataFrame, schema: Schema) -> dict[str, Any]:
    """What a schema wants counted: the sum of a column, or how many rows have each value of it."""
    told: dict[str, Any] = {}
    for column in schema.columns:
        values = docs[column.name]
        if column.count is None or values.null_count() == docs.height:
            continue
        if column.count == "sum":
            told[column.name] = int(values.sum())
        else:
            listed = values.explode() if isinstance(column.type, pl.List) else values
            told[column.name] = dict(sorted(listed.drop_nulls().value_counts().rows()))
    return told


def _chars(value: pl.Expr, told: pl.DataType) -> pl.Expr:
    if isinstance(told, pl.List):
        return value.list.eval(_chars(pl.element(), told.inner)).list.sum()  # type: ignore[arg-type]
    if isinstance(told, pl.Struct):
        return pl.sum_horizontal([_chars(value.struct.field(f.name), f.dtype).fill_null(0) for f in told.fields])  # type: ignore[arg-type]
    return value.str.len_chars() if told == pl.String else pl.lit(0)
