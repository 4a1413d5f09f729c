"""What readers of all formats write alike: tables as Markdown, raised and lowered figures, equations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

RAISED = dict(zip("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ", strict=True))
LOWERED = dict(zip("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎", strict=True))
MOST_PLACES = 20  # for each cell of a table; spans that claim more are a mistake, or an attack
SAID_AGAIN = 60  # characters: a longer text is not repeated in all places that its cell spans
NAMELESS = re.compile(
    r"\S+\.(png|jpe?g|gif|bmp|svg|webp|tiff?|emf|wmf)|((image|img|picture|figure|fig|图片?|图像)?[\W\d_]*)",
    re.IGNORECASE,
)


CELL_CHARS, CELL_BLOCKS = 1000, 8  # a table with more in one cell is there for the layout


class Block(NamedTuple):
    """A paragraph, heading, list item or table as Markdown, and how many of its characters are links."""

    text: str
    linked: int = 0
    kind: str = "text"


class Cell(NamedTuple):
    """A cell of a table, and how many rows and columns it spans."""

    text: str
    rows: int = 1
    columns: int = 1


def joined(blocks: Sequence[Block]) -> str:
    """The items of a list line by line, everything else with a blank line between."""
    pieces = [block.text for block in blocks[:1]]
    for before, block in pairwise(blocks):
        pieces += ["\n" if block.kind == before.kind == "item" else "\n\n", block.text]
    return "".join(pieces)


def is_page(cell: Sequence[Block]) -> bool:
    """Whether a cell holds part of a page, with headings or many paragraphs, rather than something of a table."""
    long = len(cell) > CELL_BLOCKS or sum(len(block.text) for block in cell) > CELL_CHARS
    return long or any(block.kind in {"heading", "table"} for block in cell)


def raised(text: str) -> str:
    """As superscript where each of its characters exists as one, as in 10⁹, and else as it is."""
    return _small(text, RAISED)


def lowered(text: str) -> str:
    return _small(text, LOWERED)


def _small(text: str, figures: dict[str, str]) -> str:
    bare = text.strip()
    return "".join(map(figures.__getitem__, bare)) if bare and figures.keys() >= set(bare) else text


def equation(tex: str) -> str:
    tex = tex.strip()
    return tex if not tex or tex.startswith("$") else f"${tex}$"


def names_a_picture(said: str) -> bool:
    """Whether the words that stand for a picture say what it shows, and not just how its file is called."""
    return NAMELESS.fullmatch(said.strip()) is None


def pipes(rows: Sequence[Sequence[Cell]]) -> str:
    """A table of pipes, the first row as its head. A short text is said again in each place that its cell spans."""
    grid = [line for line in _grid(rows) if any(line.values())]
    width = max((max(line) + 1 for line in grid), default=0)
    lines = ["| " + " | ".join(line.get(k, "") for k in range(width)) + " |" for line in grid]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]) if lines else ""


def _grid(rows: Sequence[Sequence[Cell]]) -> list[dict[int, str]]:
    """For each row, what stands in which column."""
    claimed = sum(cell.rows * cell.columns for row in rows for cell in row)
    believed = claimed <= MOST_PLACES * sum(map(len, rows)) + 100
    grid: list[dict[int, str]] = [{} for _ in rows]
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in grid[number]:
                column += 1
            text = " ".join(cell.text.split()).replace("|", r"\|")
            wide = cell.columns if believed else 1
            again = text if len(text) <= SAID_AGAIN and (len(row) > 1 or wide == 1) else ""
            for line in grid[number : number + cell.rows if believed else number + 1]:
                line.update((k, again) for k in range(column, column + wide) if k not in line)
            grid[number][column] = text
            column += wide
    return grid
