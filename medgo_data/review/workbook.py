"""A sheet that a physician fills in: what was given stands as text, whatever it begins with, and what may be chosen drops down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from medgo_data.verdict import VerdictError

LONGEST = 32_767  # characters that a cell of a sheet holds
WIDE, NARROW = 60, 22  # characters


def write_sheet(
    path: Path,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    lists: Mapping[str, Sequence[str]],
    titles: Mapping[str, str],
) -> None:
    """Write the rows below two lines of headings: the names by which the sheet is read back, hidden, and their titles."""
    from openpyxl import Workbook  # type: ignore[import-untyped]
    from openpyxl.styles import Alignment, Font  # type: ignore[import-untyped]
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

    book = Workbook()
    sheet = book.active
    sheet.title = "review"
    offered = book.create_sheet("lists")  # a list of more than 255 characters has to stand in cells
    offered.sheet_state = "hidden"
    for number, row in enumerate([heads, [titles.get(name, name) for name in heads], *rows], 1):
        for column, text in enumerate(row, 1):
            _put(sheet.cell(number, column), text)
            sheet.cell(number, column).alignment = Alignment(wrap_text=True, vertical="top")
            if number == 2:
                sheet.cell(number, column).font = Font(bold=True)
    sheet.row_dimensions[1].hidden = True
    sheet.column_dimensions["A"].hidden = True
    sheet.freeze_panes = "B3"
    for column, name in enumerate(heads, 1):
        letter = get_column_letter(column)
        narrow = lists.get(name) or name == "verdict"
        sheet.column_dimensions[letter].width = NARROW if narrow else WIDE
        if lists.get(name):
            _drop_down(sheet, offered, letter, len(rows), lists[name])
    book.save(path)


def _put(cell: Any, text: str) -> None:
    """As text: ``=1+1`` is no formula, here or when the cell is edited."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # type: ignore[import-untyped]

    if text:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
        cell.data_type = "s"
        cell.quotePrefix = text[:1] in "=+-@\t\r"


def _drop_down(sheet: Any, offered: Any, letter: str, rows: int, words: Sequence[str]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

    for number, word in enumerate(words, 1):
        _put(offered[f"{letter}{number}"], word)
    chosen = DataValidation(
        type="list", formula1=f"lists!${letter}$1:${letter}${len(words)}", allow_blank=True, showErrorMessage=True
    )
    chosen.error, chosen.errorTitle = "请从列表中选择。 Choose one of the list.", "medgo"
    sheet.add_data_validation(chosen)
    chosen.add(f"{letter}3:{letter}{rows + 2}")


def sheet_rows(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The names of the columns, and each row with its number, all cells as text."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

    try:
        book = load_workbook(path, read_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError):
        raise VerdictError(f"{path} is no workbook of Excel, or it is damaged. Save it anew as .xlsx.") from None
    if "review" not in book.sheetnames:
        raise VerdictError(f"{path} has no sheet 'review'. Fill in the workbook that was given.")
    told = [(n, ["" if one is None else str(one) for one in row]) for n, row in _cells(book["review"])]
    book.close()
    if not told:
        raise VerdictError(f"{path} has an empty sheet 'review'. Fill in the workbook that was given.")
    return told[0][1], ((number, row) for number, row in told[2:] if any(row))


def _cells(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    yield from enumerate(sheet.iter_rows(values_only=True), 1)
