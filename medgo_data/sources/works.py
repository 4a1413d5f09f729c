"""Raw material of any format: works are split at their own structure, records are mapped to columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any, Literal

import polars as pl

from medgo_data import schema
from medgo_data.corpus import Piece, Raw, Source
from medgo_data.sources.fields import Refused, frame, refusal
from medgo_data.sources.formats import PACKED, format_of, opened, read_text
from medgo_data.sources.json import Json
from medgo_data.sources.jsonl import JsonLines
from medgo_data.sources.parquet import Parquet
from medgo_data.sources.raw import BrokenError
from medgo_data.sources.records import Records
from medgo_data.sources.split import UNDECODABLE, split
from medgo_data.sources.sql import Sql
from medgo_data.sources.table import Table
from medgo_data.sources.xlsx import Xlsx

READERS: dict[str, type[Any]] = {
    "json": Json,
    "jsonl": JsonLines,
    "table": Table,
    "parquet": Parquet,
    "xlsx": Xlsx,
    "sql": Sql,
}


@dataclass(frozen=True, kw_only=True)
class Works(Records):
    """For example ``Works(name="guidelines", files="raw/guidelines/**/*.pdf", license="by agreement")``.

    Takes PDF, DOCX, EPUB, HTML, Markdown, LaTeX, subtitles and plain text in any encoding, each file as one work; and
    files of records (JSON, JSON Lines, CSV, TSV, XLSX, SQL, Parquet) with ``fields``, as their own sources do. A text of
    more than ``longest`` characters becomes several rows, cut at its headings; ``position`` says which part each is.
    If the texts of records are written in a markup of their own, such as the Markdown of a PDF reader, ``markup`` says so.
    Where a table lacks a heading, ``columns`` is one.
    """

    longest: int = 20_000
    columns: tuple[str, ...] | None = None
    markup: Literal["markdown", "html", "latex"] | None = None

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        try:
            form = format_of(piece.raw, self.encoding)
            if form in READERS:
                yield from self._of_records(self._as(form).read(piece))
            else:
                yield self._of_work(piece.raw, form)
        except BrokenError as broken:
            yield refusal(broken.reason, 0, self._columns(), schema.load(self.gives))

    def parts(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows that a document becomes: it and its title in, the same for each part of it out, and its position."""
        found = (row | part._asdict() for part in split(row["text"], self.longest))
        return [part | {"position": _joined(row.get("position"), part["position"])} for part in found]

    def is_whole(self, docs: pl.DataFrame) -> pl.Series:
        """Which of these documents are rows as they are."""
        return docs["text"].str.len_chars() <= self.longest

    def _of_work(self, raw: Raw, form: str) -> pl.DataFrame:
        work = opened(raw, form, self.encoding)
        told = {"title": work.title or named(raw), "text": work.text, "position": None}
        rows = [_readable(part) for part in self.parts(told)]
        return frame([*rows, *map(Refused, work.lost)], 0, {c: c for c in self._columns()}, schema.load(self.gives))

    def _columns(self) -> list[str]:
        return [c.name for c in schema.load(self.gives).columns if c.by in ("source", "reader")]

    def _of_records(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The same rows; a long text in its parts. Rows are numbered anew, for each part is one."""
        told, first = schema.load(self.gives).polars, 0
        for docs in frames:
            lacking = [c for c in ("title", "position") if c in told and c not in docs.columns]
            docs = docs.with_columns(pl.lit(None, told[c]).alias(c) for c in lacking)  # noqa: PLW2901
            docs = self._unmarked(docs) if self.markup else docs  # noqa: PLW2901
            whole = self.is_whole(docs).fill_null(value=True)
            docs = docs if whole.all() else self._apart(docs, whole)  # noqa: PLW2901
            yield docs.with_columns(record=pl.int_range(first, first + docs.height, dtype=pl.UInt32))
            first += docs.height

    def _unmarked(self, docs: pl.DataFrame) -> pl.DataFrame:
        """The same records, the text of each read as a document in its own right."""
        read = [self._read(text, drop) for text, drop in docs.select("text", "drop").rows()]
        texts, drops = zip(*read, strict=True) if read else ((), ())
        docs = docs.with_columns(pl.Series("text", texts, pl.String), pl.Series("drop", drops, pl.String))
        own = [c for c in docs.columns if c not in ("record", "drop")]
        return docs.with_columns(pl.when(pl.col("drop").is_null()).then(pl.col(c)).alias(c) for c in own)

    def _read(self, text: str | None, drop: str | None) -> tuple[str | None, str | None]:
        if text is None:
            return None, drop
        try:
            work = read_text(text, str(self.markup))
        except BrokenError as broken:
            return None, broken.reason
        if work.lost:
            return None, work.lost[0]
        return (work.text, None) if work.text.strip() else (None, "no_text")

    def _apart(self, docs: pl.DataFrame, whole: pl.Series) -> pl.DataFrame:
        some = docs.filter(~whole)
        born = [part | {"record": row["record"]} for row in some.to_dicts() for part in self.parts(row)]
        cut = pl.DataFrame(born, schema=docs.schema)
        return pl.concat([docs.filter(whole), cut]).sort("record", maintain_order=True)

    def _as(self, form: str) -> Any:
        """The source that reads files of this format, with all that was said of this one."""
        return alike(READERS[form], self)

    def cuts(self, raw: Raw) -> list[int]:
        try:
            form = format_of(raw, self.encoding)
        except BrokenError:
            return []  # whoever reads it will meet it again
        return self._as(form).cuts(raw) if form in READERS else []


def alike(kind: type[Any], source: Source) -> Any:
    """A source of this kind, with all that was said of that one."""
    shared = {f.name for f in fields(kind)} & {f.name for f in fields(source)}
    return kind(**{name: getattr(source, name) for name in shared})


def named(raw: Raw) -> str:
    """What a file is called, without what its name says of its format."""
    return PurePosixPath(PACKED.sub("", raw.name)).stem


def _joined(*positions: str | None) -> str | None:
    return " › ".join(filter(None, positions)) or None


def _readable(row: dict[str, Any]) -> dict[str, Any] | Refused:
    if UNDECODABLE.search(row["text"]):
        return Refused("undecodable")
    names = {c: UNDECODABLE.sub("\ufffd", row[c]) for c in ("title", "position") if row[c]}
    return row | names
