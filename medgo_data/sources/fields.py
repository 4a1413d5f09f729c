"""Which part of a raw record goes into which column: declared in the recipe, so that a new layout needs no new program.

    fields={"title": "name", "text": ("desc", "cause", "prevent")}      several values, one below the other
    fields={"text": "meta.body", "title": "titles[0]"}                  parts of parts
    fields={"text": "."}                                                the record is itself a string
    fields={"messages": Turns(user="ask", assistant="answer")}          a conversation

Text is taken over as it is. What does not fit its column refuses the record, with a reason; it stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import polars as pl

from medgo_data.schema import Column, Schema
from medgo_data.sources.turns import Turns, conversation
from medgo_data.sources.values import UnfitError, follow, joined, listed, typed

OLDEST = pl.CompatLevel.oldest()
Field = str | tuple[str, ...] | Turns
Fields = Mapping[str, Field]


@dataclass(frozen=True)
class Refused:
    """Stands in the place of a record that could not be read."""

    reason: str


def fitting(source: str, fields: Fields | None, schema: Schema) -> Fields:
    """The declared fields, checked; or all columns of the schema, each under its own name, but for whom a row is about."""
    if fields is None:
        named = [c for c in schema.columns if c.by == "source" and c.name != "subject"]
        return {c.name: Turns(turns=c.name) if _is_talk(c.type) else c.name for c in named}
    own = [c for c in schema.columns if c.by in ("source", "reader")]
    for name, path in fields.items():
        column = next((c for c in own if c.name == name), None)
        if column is None:
            known = ", ".join(c.name for c in own)
            raise ValueError(f"source {source!r}: fields cannot fill {name!r}. In {schema.name!r} it can fill {known}.")
        fits = _is_talk(column.type) if isinstance(path, Turns) else isinstance(path, str) or column.type == pl.String
        if not fits:
            raise ValueError(f"source {source!r}: {name!r} is {column.type}, so its field is one path, not {path!r}")
    for column in own:
        if column.required and column.name not in fields:
            raise ValueError(f"source {source!r}: fields lacks {column.name!r}, which {schema.name!r} requires")
    talks = {c.name for c in own if _is_talk(c.type)}
    return {n: Turns(turns=path) if n in talks and isinstance(path, str) else path for n, path in fields.items()}


def _is_talk(kind: pl.DataType) -> bool:
    inner = kind.inner if isinstance(kind, pl.List) else None
    return isinstance(inner, pl.Struct) and {f.name for f in inner.fields} == {"role", "content"}


def paths(fields: Fields) -> list[str]:
    """All paths into a record, in order."""
    found: list[str] = []
    for path in fields.values():
        found += path.paths if isinstance(path, Turns) else listed(path)
    return found


# ---- records become rows -------------------------------------------------------------------------------------------


def frame(records: list[Any], first: int, fields: Fields, schema: Schema) -> pl.DataFrame:
    """Rows of these records, the first of which has the number ``first``; one that does not fit gets its reason."""
    bare = any(path == "." or path.startswith("[") for path in paths(fields))  # then a record need not be an object
    drop: list[str | None] = [
        r.reason if type(r) is Refused else None if bare or type(r) is dict else "not_object" for r in records
    ]
    sound = [{} if why else record for record, why in zip(records, drop, strict=True)]
    types = schema.polars
    columns = []
    for name, path in fields.items():
        values = _values(sound, path, types[name], drop)
        columns.append(_talks(name, values) if isinstance(path, Turns) else pl.Series(name, values, types[name]))
    return finished(pl.DataFrame([*columns, pl.Series("drop", drop, pl.String)]), first, schema)


def finished(rows: pl.DataFrame, first: int, schema: Schema) -> pl.DataFrame:
    """Number the rows, refuse those without a required value, and take all content from those that are refused."""
    filled = [c for c in schema.columns if c.name in rows.columns]
    missing = [pl.when(_is_missing(c)).then(pl.lit(f"no_{c.name}")) for c in filled if c.required]
    drop = pl.coalesce("drop", *missing)
    rows = rows.with_columns(drop)
    if rows["drop"].null_count() < rows.height:
        rows = rows.with_columns(pl.when(pl.col("drop").is_null()).then(pl.col(c.name)).alias(c.name) for c in filled)
    return rows.select(
        pl.int_range(first, first + pl.len(), dtype=pl.UInt32).alias("record"), *(c.name for c in filled), "drop"
    )


def _is_missing(column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if column.type == pl.String:
        return ~value.str.contains(r"\S").fill_null(value=False)
    return value.list.len().fill_null(0) == 0 if isinstance(column.type, pl.List) else value.is_null()


def refusal(reason: str, first: int, fields: Iterable[str], schema: Schema) -> pl.DataFrame:
    """The one row of a file, or of the rest of a file, that cannot be read."""
    empty = [pl.Series(name, [None], schema.polars[name]) for name in fields]
    return finished(pl.DataFrame([*empty, pl.Series("drop", [reason], pl.String)]), first, schema)


def _talks(name: str, talks: list[list[tuple[str, str]] | None]) -> pl.Series:
    """A column of conversations, put together from columns of turns: nested Python objects would take ten times as long."""
    import pyarrow as pa

    flat = [turn for talk in talks for turn in talk or ()]
    # by way of polars: pa.array() looks whether its list is one of pandas, and loads that, where it is, for a second
    role, content = (
        pl.Series([turn[n] for turn in flat], dtype=pl.String).to_arrow(compat_level=OLDEST) for n in (0, 1)
    )
    turns: Any = pa.StructArray.from_arrays([role, content], ["role", "content"])
    ends: Any = pl.Series(accumulate((len(talk or ()) for talk in talks), initial=0), dtype=pl.Int64).to_arrow()
    missing: Any = pl.Series([not talk for talk in talks], dtype=pl.Boolean).to_arrow()
    return pl.Series(name, pa.LargeListArray.from_arrays(ends, turns, mask=missing))


def _values(records: list[Any], path: Field, kind: pl.DataType, drop: list[str | None]) -> list[Any]:
    if isinstance(path, str) and kind == pl.String:
        get = follow(path)
        values = [get(record) for record in records]
        if set(map(type, values)) <= {str, type(None)}:
            return values
    if isinstance(path, Turns):
        fit = conversation(path)
    elif kind == pl.String:
        fit = joined(path)
    else:
        fit = typed(str(path), kind)
    values = []
    for number, record in enumerate(records):
        try:
            values.append(fit(record))
        except UnfitError as unfit:
            values.append(None)
            drop[number] = drop[number] or unfit.reason
    return values
