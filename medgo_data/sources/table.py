"""Tables as text (CSV, TSV): a heading, then a record a row, whose cells may hold line breaks in quotation marks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medgo_data import schema
from medgo_data.corpus import Piece, Raw
from medgo_data.sources.fields import Refused, paths
from medgo_data.sources.raw import BLOCK, BrokenError, lines
from medgo_data.sources.records import MB, Records, is_text

LONGEST_CELL = 16 << 20  # characters; what a quotation mark without its partner swallows at most
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, kw_only=True)
class Table(Records):
    """For example ``Table(name="asks", files="raw/*.csv", license="MIT", fields={"title": "title", "text": ("ask", "answer")})``.

    The delimiter is the most frequent one of the heading, unless declared. ``columns`` names them if it lacks.
    """

    delimiter: str | None = None
    columns: tuple[str, ...] | None = None
    quoted: bool = True  # False: a quotation mark is a character like any other, as in many TSV files

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        rows, names = self._open(piece)
        width = max((n for n, name in enumerate(names, 1) if name), default=0)  # commas at the end name no column
        found: list[Any] = []
        told = piece.start
        try:
            for row in rows:
                if isinstance(row, Refused):
                    found.append(row)
                elif len(row) < width or any(row[len(names) :]):
                    found.append(Refused("wrong_columns"))
                else:
                    found.append(dict(zip(names, row, strict=False)))
                if rows.at >= told + BLOCK:
                    yield found
                    found, told = [], rows.at
        except BrokenError:
            yield found
            raise
        yield found

    def _open(self, piece: Piece) -> tuple[_Rows, tuple[str, ...]]:
        """The rows of a piece, the heading behind us; and the names of the columns, of which none may lack."""
        first = next(lines(Piece(piece.raw), self.encoding), b"").partition(b"\n")[0]
        delimiter = self.delimiter or _most_frequent(first)
        rows = _Rows(self, piece, delimiter)
        names = self.columns
        if names is None:
            heading = next(iter(rows if not piece.start else _Rows(self, Piece(piece.raw), delimiter)), [])
            if isinstance(heading, Refused):
                raise BrokenError(heading.reason)
            names = tuple(heading)
        if not needed(self) <= set(names):
            raise BrokenError("no_such_column")
        return rows, names

    def cuts(self, raw: Raw) -> list[int]:
        if self.is_small(raw):
            return []
        cuts, size = [0], int(self.slice_mb * MB)
        try:
            rows, _ = self._open(Piece(raw))
            at = rows.at
            for _ in rows:
                if at >= cuts[-1] + size:
                    cuts.append(at)
                at = rows.at
        except BrokenError:
            pass  # whoever reads the last slice will meet it again
        return cuts[1:]


def needed(source: Records) -> set[str]:
    """The columns that no table of this source may lack: the declared ones, or those that the schema requires."""
    fields = source.mapping()
    if not source.fields:
        required = {column.name for column in schema.load(source.gives).columns if column.required}
        fields = {name: path for name, path in fields.items() if name in required}
    return set(paths(fields))


class _Rows:
    """The rows of a piece, or why one is none; ``at`` is where in the file the last one ended."""

    def __init__(self, table: Table, piece: Piece, delimiter: str) -> None:
        self.at = piece.start
        self.clean, self.ended = True, False
        told = self._lines(piece, table.encoding)
        self._rows = csv.reader(
            told, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if table.quoted else csv.QUOTE_NONE
        )

    def _lines(self, piece: Piece, encoding: str | None) -> Iterator[str]:
        for block in lines(piece, encoding):
            self.clean = self.clean and is_text(block)
            for line in block.splitlines(keepends=True):
                self.at += len(line)
                yield line.decode("utf-8", "surrogateescape")
        self.ended = True

    def __iter__(self) -> Iterator[list[str] | Refused]:
        try:
            for row in self._rows:
                if self.ended:  # the csv module asked for more and got none: it was still between quotation marks
                    yield Refused("unclosed_quote")
                elif row:
                    yield row if self.clean or _is_clean(row) else Refused("undecodable")
        except csv.Error:  # a cell over the limit
            yield Refused("unclosed_quote")


def _is_clean(row: list[str]) -> bool:
    return not re.search("[\ud800-\udfff]", "".join(row))


def _most_frequent(heading: bytes) -> str:
    bare = re.sub(rb'"[^"]*"', b"", heading)
    return max(",\t;|", key=lambda mark: bare.count(mark.encode()))
