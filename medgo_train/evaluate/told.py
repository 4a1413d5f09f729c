"""Scores as a table for a terminal: each under whose rules, with its interval, and what could not be read."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

UNREAD = ("missing", "empty", "invalid", "extra")


def table(told: Mapping[str, Any]) -> str:
    """Of an evaluation."""
    rows = []
    for one in told["tasks"]:
        unread = ", ".join(f"{one[state]:,} {state}" for state in UNREAD if one[state])
        for number, (name, value) in enumerate(one["columns"].items()):
            sure = one["interval"] if not number else None
            rows.append(
                [
                    one["name"] if not number else "",
                    f"{one['profile']}: {one['metric'] if name == one['name'] else name.removeprefix(one['name']).strip()}",
                    _number(value),
                    f"{_number(sure[0])} – {_number(sure[1])}" if sure else "",
                    f"{one['items']:,}" if not number else "",
                    unread if not number else "",
                ]
            )
        if not one["columns"]:
            rows.append([one["name"], f"{one['profile']}: {one['metric']}", "none", "", f"{one['items']:,}", unread])
    lines = [told["name"], columns(["task", "rules: metric", "score", "95 %", "items", "not read"], rows)]
    if mean := told["overall"]:
        whole = len(mean["columns"]) + len(mean["lacking"])
        lines.append(
            f"CBLUE [{mean['profile']}]: {_number(mean['value'])}, the mean of {len(mean['columns'])} of {whole} columns"
        )
    return "\n".join(lines)


def columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    every = [list(heads), *(list(row) for row in rows)]
    widths = [max(_width(row[at]) for row in every) for at in range(len(heads))]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)) for row in every
    ]
    return "\n".join(line.rstrip() for line in lines)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}" if abs(value) <= 1 else f"{value:.2f}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
