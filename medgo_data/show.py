"""What people see on a terminal: tables that line up in Chinese too, sizes in words, and a bar with the time that is left."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from medgo_data.build import Progress


def say(text: str) -> None:
    print(text)  # noqa: T201


def width(text: str) -> int:
    """Columns of a terminal: a Han character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Numbers to the right, words to the left."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    wide = [max(width(row[k]) for row in cells) for k in range(len(head))]
    right = [any(isinstance(row[k], int | float) for row in rows) for k in range(len(head))]
    lines = [
        "  ".join(
            " " * (w - width(c)) + c if r else c + " " * (w - width(c))
            for c, w, r in zip(row, wide, right, strict=True)
        )
        for row in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: Any) -> str:
    return (
        f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else "" if value is None else str(value)
    )


def size(count: float | None) -> str:
    """Bytes as people say them."""
    if count is None:
        return "?"
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"


class Bar:
    """One line that stays where it is: parts, rows a second, megabytes a second, time left."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self.out = out
        self.shown = False

    def __call__(self, at: Progress) -> None:
        share = at.bytes_done / at.bytes if at.bytes else 1.0
        done = round(20 * share)
        rate = (
            f"{at.rows / at.seconds:,.0f} rows/s  {at.bytes_done / at.seconds / 1e6:.1f} MB/s" if at.seconds > 0 else ""
        )
        left = f"{duration(at.seconds / share * (1 - share))} left" if 0 < share < 1 else ""
        reused = f" ({at.parts_reused:,} reused)" if at.parts_reused else ""
        text = f"{at.corpus}  {at.doing}  {'█' * done}{'░' * (20 - done)}  {at.parts_done:,}/{at.parts:,} parts{reused}  {rate}  {left}"
        room = shutil.get_terminal_size().columns - 1
        while width(text) > room:
            text = text[:-1]
        self.out.write(f"\r\033[K{text}")
        self.out.flush()
        self.shown = True

    def clear(self) -> None:
        """Make way for a sentence."""
        if self.shown:
            self.out.write("\r\033[K")
            self.out.flush()
            self.shown = False
