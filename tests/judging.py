"""Verdicts as a review page would write them, for tests: of rows of a built corpus, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from medgo_data.verdict import Verdict, digest

AT = "2026-03-02T09:14:05+08:00"


def verdict(
    *rows: Mapping[str, Any], said: str = "accept", by: str = "R07", task: str = "check", **told: Any
) -> Verdict:
    """What ``by`` says of these rows; ``told`` are other fields of the verdict."""
    usual: dict[str, Any] = {
        "corpus": "qa",
        "version": "3f9a1c0be2d4",
        "task": task,
        "rows": tuple(row["id"] for row in rows),
        "item": digest(rows),
        "reviewer": by,
        "verdict": said,
        "at": AT,
    }
    return Verdict(**usual | told).named()


def write(path: Path, verdicts: Iterable[Verdict]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(one.line + "\n" for one in verdicts), "utf-8")
    return str(path)
