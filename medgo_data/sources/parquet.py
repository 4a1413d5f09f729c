"""Parquet files: wherever a column is text already it goes over whole, without a Python object for each value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from medgo_data import schema
from medgo_data.corpus import Piece, Raw, Source
from medgo_data.schema import Schema
from medgo_data.sources.fields import Fields, finished, fitting, frame, paths, refusal
from medgo_data.sources.raw import BrokenError
from medgo_data.sources.records import MB
from medgo_data.sources.turns import Turns
from medgo_data.sources.values import steps_of

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH = 8 << 20  # bytes
MOST_ROWS = 1 << 12  # of a batch: text that repeats is stored once, and takes its full size when read


@dataclass(frozen=True, kw_only=True)
class Parquet(Source):
    """For example ``Parquet(name="papers", files="raw/*.parquet", license="CC BY", fields={"title": "title", "text": "body"})``."""

    fields: Fields | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mapping()

    def mapping(self) -> Fields:
        return fitting(self.name, self.fields, schema.load(self.gives))

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        told, fields = schema.load(self.gives), self.mapping()
        try:
            file = opened_parquet(piece.raw)
            wanted = self._wanted(file, fields, told)
        except BrokenError as broken:
            yield refusal(broken.reason, 0, fields, told)
            return
        number = 0
        for group in range(piece.start, file.num_row_groups if piece.end is None else piece.end):
            try:
                for batch in batches_of(file, group, wanted):
                    yield rows(batch, number, fields, told)
                    number += batch.height
            except BrokenError as broken:
                yield refusal(broken.reason, number, fields, told)
                number += 1

    def _wanted(self, file: pq.ParquetFile, fields: Fields, told: Schema) -> list[str]:
        """The columns of the file to read."""
        there = set(file.schema_arrow.names)
        needed = {c.name for c in told.columns if c.required} if self.fields is None else set(fields)
        wanted: list[str] = []
        for name, path in fields.items():
            for root in (p if p in there else str((steps_of(p) or [p])[0]) for p in paths({name: path})):
                if root in there:
                    wanted.append(root)
                elif name in needed:
                    raise BrokenError("no_such_column")
        return sorted(set(wanted))

    def cuts(self, raw: Raw) -> list[int]:
        if raw.path.stat().st_size <= self.slice_mb * MB:
            return []
        try:
            about = opened_parquet(raw).metadata
        except BrokenError:
            return []
        cuts, size = [], 0
        for number in range(about.num_row_groups):
            if size >= self.slice_mb * MB:
                cuts.append(number)
                size = 0
            group = about.row_group(number)
            size += sum(group.column(c).total_compressed_size for c in range(group.num_columns))
        return cuts


def opened_parquet(raw: Raw) -> pq.ParquetFile:
    import pyarrow as pa  # here, because a recipe is read without it
    import pyarrow.parquet as pq

    with raw.path.open("rb") as file:
        start = file.read(4)
        end = file.read()[-4:] if raw.path.stat().st_size < 8 else (file.seek(-4, 2), file.read())[1]
    if start != b"PAR1":
        raise BrokenError("not_parquet" if start else "empty_file")
    if end != b"PAR1":
        raise BrokenError("truncated")
    try:
        return pq.ParquetFile(raw.path, memory_map=True, page_checksum_verification=True)
    except (OSError, pa.ArrowException):
        raise BrokenError("damaged") from None


def batches_of(file: pq.ParquetFile, group: int, columns: list[str]) -> Iterator[pl.DataFrame]:
    import pyarrow as pa

    about = file.metadata.row_group(group)
    size = min(MOST_ROWS, max(1, BATCH * about.num_rows // max(1, about.total_byte_size)))
    try:
        for batch in file.iter_batches(size, row_groups=[group], columns=columns):
            yield _checked(batch)
    except (OSError, pa.ArrowException, pl.exceptions.ComputeError):
        raise BrokenError("damaged") from None


def _checked(batch: pa.RecordBatch) -> pl.DataFrame:
    """Columns that are what they claim to be. Polars takes text on trust, but checks bytes, far quicker than Arrow."""
    import pyarrow as pa

    viewed, texts = [], []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            texts.append(name)
            viewed.append(column.view(pa.binary() if pa.types.is_string(column.type) else pa.large_binary()))
        else:
            column.validate(full=True)
            viewed.append(column)
    docs: Any = pl.from_arrow(pa.record_batch(viewed, names=batch.schema.names))
    return docs.with_columns(pl.col(texts).cast(pl.String)) if texts else docs  # type: ignore[no-any-return]


def rows(batch: pl.DataFrame, first: int, fields: Fields, told: Schema) -> pl.DataFrame:
    """The rows of a batch; by the column where all that is wanted is text, and else record by record."""
    plain = {name: _plain(path, told.polars[name], batch.schema) for name, path in fields.items()}
    if all(value is not None for value in plain.values()):
        return finished(batch.select(**plain, drop=pl.lit(None, pl.String)), first, told)
    return frame(batch.to_dicts(), first, fields, told)


def _plain(path: Any, kind: pl.DataType, there: pl.Schema) -> pl.Expr | None:
    """The column at this path, or these paths, if it is text as it stands."""
    if isinstance(path, Turns) or kind != pl.String:
        return None
    if isinstance(path, str):
        return _text(path, there)
    parts = [_text(part, there) for part in path]
    if any(part is None for part in parts):
        return None
    joined = pl.concat_str([pl.when(part != "").then(part) for part in parts], separator="\n", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _text(path: str, there: pl.Schema) -> pl.Expr | None:
    root, *steps = [path] if path in there else steps_of(path) or [path]
    if root not in there:
        return pl.lit(None, pl.String)
    value: pl.Expr = pl.col(str(root))
    kind: Any = there[str(root)]
    for step in steps:
        if isinstance(step, int) and isinstance(kind, pl.List):
            value, kind = value.list.get(step, null_on_oob=True), kind.inner
        elif isinstance(step, str) and isinstance(kind, pl.Struct) and step in kind.to_schema():
            value, kind = value.struct.field(step), kind.to_schema()[step]
        else:
            return None
    return value.cast(pl.String) if kind in (pl.String, pl.Categorical, pl.Enum) else None
