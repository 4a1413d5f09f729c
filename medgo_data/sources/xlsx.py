"""Workbooks (XLSX, XLS): the rows of their sheets, as a reader sees them on the screen."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from medgo_data.corpus import Piece
from medgo_data.sources.formats import LARGEST, bounded, format_of
from medgo_data.sources.raw import BLOCK, BrokenError, blocks
from medgo_data.sources.records import Records
from medgo_data.sources.table import needed
from medgo_data.sources.values import EXACT

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

ROOM = 4 * LARGEST  # bytes of a workbook unpacked, which is held whole
MOST_CELLS = 1 << 25  # from the first cell to the last, empty ones too: 32 bytes of memory each
BATCH = 1 << 12  # rows
CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^<>]*?\s)?r\s*=\s*["'](\d{1,7})["']""")
CELLS = re.compile(rb"<(?:\w+:)?c[\s/>]")
SHARED = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\bt\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v>\s*(\d{1,9})\s*<""")


@dataclass(frozen=True, kw_only=True)
class Xlsx(Records):
    """For example ``Xlsx(name="exams", files="raw/*.xlsx", license="MIT", fields={"text": ("题干", "选项")})``.

    The first row of a sheet is its heading; where it lacks, ``columns`` names them. Of the sheets it takes the one called
    ``sheet``, or all that have the columns wanted; if there is no heading, the first. All rows below a merged cell have its value.
    """

    columns: tuple[str, ...] | None = None
    sheet: str | None = None

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        book = _opened(piece)
        wanted = needed(self)
        read = False
        for name in self._sheets(book):
            rows = _rows(_sheet(book, name))
            names = self.columns or tuple(cell.strip() for cell in map(str, next(rows, [])))
            if not names or not wanted <= set(names):
                continue
            read = True
            found = []
            for row in rows:
                found.append(dict(zip(names, [*row, *[""] * (len(names) - len(row))], strict=False)))
                if len(found) == BATCH:
                    yield found
                    found = []
            yield found
            if self.columns:
                break
        if not read:
            raise BrokenError("no_such_column")

    def _sheets(self, book: CalamineWorkbook) -> list[str]:
        if self.sheet is None:
            return list(book.sheet_names)
        if self.sheet not in book.sheet_names:
            raise BrokenError("no_such_sheet")
        return [self.sheet]


def _opened(piece: Piece) -> CalamineWorkbook:
    from python_calamine import CalamineError, PasswordError, load_workbook  # here, because a recipe is read without it

    if not next(blocks(piece.raw.path), b""):
        raise BrokenError("empty_file")
    if format_of(piece.raw) != "xlsx":
        raise BrokenError("unknown_format")
    content = io.BytesIO(b"".join(bounded(blocks(piece.raw.path))))
    if zipfile.is_zipfile(content):
        _check(content)
    content.seek(0)
    try:
        return load_workbook(content)
    except PasswordError:
        raise BrokenError("encrypted") from None
    except CalamineError:
        raise BrokenError("damaged") from None


def _sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(name)
    except CalamineError:
        raise BrokenError("damaged") from None


# ---- rows ----------------------------------------------------------------------------------------------------------


def _rows(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """The rows that are not empty, with what is merged in each of its rows."""
    if sheet.start is None:
        return
    left = sheet.start[1]
    merged: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top and left <= column:
            merged.setdefault(top, []).append((column - left, bottom))
    below: dict[int, tuple[Any, int]] = {}
    for number, cells in enumerate(sheet.iter_rows()):
        row = [_spelled(cell) for cell in cells]
        for column, (value, bottom) in below.items():
            if number <= bottom and row[column] == "":
                row[column] = value
        for column, bottom in merged.get(number, ()):
            if column < len(row):
                below[column] = row[column], bottom
        if any(cell != "" for cell in row):
            yield row


def _spelled(cell: Any) -> Any:
    """A cell as text; but a number that is too long to be right stays one, and is refused as such."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else cell if abs(cell) >= EXACT else repr(cell)
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(cell)


# ---- what is too large ---------------------------------------------------------------------------------------------


def _check(content: io.BytesIO) -> None:
    """Refuse a workbook that memory would not hold once it is opened, whatever it says of its own size."""
    try:
        with zipfile.ZipFile(content) as file:
            about = sorted(file.infolist(), key=lambda member: "sharedStrings" not in member.filename)
            if any(member.flag_bits & 1 for member in about):
                raise BrokenError("encrypted")
            if sum(member.file_size for member in about) > ROOM:
                raise BrokenError("file_too_large")
            room, lengths = ROOM, np.zeros(0, np.int64)
            for member in about:
                strings, sheet = [], _Extent(lengths)
                for part in _unpacked(file, member, room):
                    room -= len(part)
                    if "sharedStrings" in member.filename:
                        strings.append(part)
                    elif "worksheets/" in member.filename:
                        sheet.add(part)
                sheet.add(b"")
                if sheet.is_too_large:
                    raise BrokenError("file_too_large")
                if strings:
                    lengths = np.array([len(said) for said in b"".join(strings).split(b"</si>")], np.int64)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise BrokenError("damaged") from None


def _unpacked(file: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> Iterator[bytes]:
    member.file_size = 1 << 62  # what it says may be a lie: read on to the end of what is packed
    with file.open(member) as unpacked:
        while part := unpacked.read(BLOCK):
            room -= len(part)
            if room < 0:
                raise BrokenError("file_too_large")
            yield part


class _Extent:
    """How far a sheet reaches, and how much text its cells take from the list of texts that they share."""

    def __init__(self, lengths: npt.NDArray[np.int64]) -> None:
        self.rows = self.columns = self.loose_rows = self.loose_columns = self.shared = 0
        self.lengths = lengths
        self.held = b""

    def add(self, part: bytes) -> None:
        part = self.held + part
        cut = part.rfind(b"<c")  # what stands behind it may go on in the next part
        part, self.held = (part[:cut], part[cut:]) if cut > 0 else (part, b"")
        places = CELL.findall(part)
        self.rows = max([self.rows, *(int(row) for row in {row for _, row in places})])
        self.columns = max([self.columns, *map(_column, {letters for letters, _ in places})])
        if len(CELLS.findall(part)) > len(places):  # cells that do not say where they are stand behind one another
            rows = part.split(b"<row")
            self.loose_rows += len(rows)
            self.loose_columns = max([self.loose_columns, *(len(CELLS.findall(row)) for row in rows)])
        self.rows = max([self.rows, *map(int, ROW.findall(part))])
        used = np.array(SHARED.findall(part), np.int64)
        self.shared += int(self.lengths[used[used < self.lengths.size]].sum())

    @property
    def is_too_large(self) -> bool:
        cells = (self.rows + self.loose_rows) * (self.columns + self.loose_columns)
        return cells > MOST_CELLS or self.shared > ROOM


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
