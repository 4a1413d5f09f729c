"""Raw material of any format: works are split at their own structure, records are mapped to columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from medgo_data import schema
from medgo_data.corpus import Piece, Raw, Source
from medgo_data.sources.fields import Refused, frame, refusal
from medgo_data.sources.formats import PACKED, format_of, opened
from medgo_data.sources.json import Json
from medgo_data.sources.jsonl import JsonLines
from medgo_data.sources.parquet import Parquet
from medgo_data.sources.raw import BrokenError
from medgo_data.sources.records import Records
from medgo_data.sources.split import split
from medgo_data.sources.table import Table

READERS: dict[str, type[Any]] = {"json": Json, "jsonl": JsonLines, "table": Table, "parquet": Parquet}


@dataclass(frozen=True, kw_only=True)
class Works(Records):
    """For example ``Works(name="guidelines", files="raw/guidelines/**/*.pdf", license="by agreement")``.

    Takes PDF, DOCX, EPUB, HTML, Markdown, LaTeX, subtitles and plain text in any encoding, each file as one work; and
    files of records (JSON, JSON Lines, CSV, TSV, XLSX, SQL, Parquet) with ``fields``, as their own sources do. A text of
    more than ``longest`` characters becomes several rows, cut at its headings; ``position`` says which part each is.
    """

    longest: int = 20_000

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        told = schema.load(self.gives)
        try:
            form = format_of(piece.raw, self.encoding)
            if form in READERS:
                yield from self._of_records(self._as(form).read(piece))
            else:
                yield self._of_work(piece.raw, form)
        except BrokenError as broken:
            yield refusal(broken.reason, 0, ["text"], told)

    def parts(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The rows that a document becomes: it and its title in, the same for each part of it out, and its position."""
        return [row | part._asdict() for part in split(row["text"], self.longest)]

    def is_whole(self, docs: pl.DataFrame) -> pl.Series:
        """Which of these documents are rows as they are."""
        return docs["text"].str.len_chars() <= self.longest

    def _of_work(self, raw: Raw, form: str) -> pl.DataFrame:
        work = opened(raw, form, self.encoding)
        title = work.title or PurePosixPath(PACKED.sub("", raw.name)).stem
        rows = [_readable(part) for part in self.parts({"title": title, "text": work.text, "position": None})]
        return frame([*rows, *map(Refused, work.lost)], 0, {c: c for c in ("title", "text", "position")}, schema.load(self.gives))

    def _of_records(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The same rows; a long text in its parts. Rows are numbered anew, for each part is one."""
        first = 0
        for docs in frames:
            whole = self.is_whole(docs).fill_null(value=True)
            if not whole.all():
                docs = self._apart(docs, whole)  # noqa: PLW2901
            yield docs.with_columns(record=pl.int_range(first, first + docs.height, dtype=pl.UInt32))
            first += docs.height

    def _apart(self, docs: pl.DataFrame, whole: pl.Series) -> pl.DataFrame:
        told = schema.load(self.gives).polars
        docs = docs.with_columns(pl.lit(None, told[c]).alias(c) for c in ("title", "position") if c not in docs.columns)
        some = docs.filter(~whole)
        born = [part | {"record": row["record"]} for row in some.to_dicts() for part in self.parts(row)]
        cut = pl.DataFrame(born, schema=docs.schema)
        return pl.concat([docs.filter(whole), cut]).sort("record", maintain_order=True)

    def _as(self, form: str) -> Any:
        """The source that reads files of this format, with all that was said of this one."""
        reader = READERS[form]
        shared = {f.name for f in fields(reader)} & {f.name for f in fields(self)}
        return reader(**{name: getattr(self, name) for name in shared})

    def cuts(self, raw: Raw) -> list[int]:
        try:
            form = format_of(raw, self.encoding)
        except BrokenError:
            return []  # whoever reads it will meet it again
        return self._as(form).cuts(raw) if form in READERS else []  # type: ignore[no-any-return]


def _readable(row: dict[str, Any]) -> dict[str, Any] | Refused:
    try:
        row["text"].encode()
    except UnicodeEncodeError:
        return Refused("undecodable")
    return row
