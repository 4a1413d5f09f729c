"""Verdicts of physicians as rows: the lines of a review page, each held against its contract.

A line that is cut off, altered since, or about no task that is known becomes no row: it is counted, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medgo_data import schema
from medgo_data.corpus import Piece
from medgo_data.sources.fields import Fields, Refused
from medgo_data.sources.jsonl import JsonLines
from medgo_data.verdict import Verdict, VerdictError, fitted


@dataclass(frozen=True, kw_only=True)
class Verdicts(JsonLines):
    """For example ``Verdicts(files="reviews/*.jsonl", license="internal")``.

    What reviewers have written, an edit or a comment, may name a patient, so it is scrubbed like any text. A line that was
    replaced or withdrawn is a row as well: what holds in the end, ``medgo_data.verdict.settled`` says.
    """

    name: str = "verdicts"
    gives: str = "verdict"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fields is not None or self.gives != "verdict":
            raise ValueError(
                f"source {self.name!r}: its lines are those of a review page, so there is nothing to declare. "
                f"Leave fields and gives out."
            )

    def mapping(self) -> Fields:
        own = {column.name for column in schema.load(self.gives).columns}
        return {name: name for name in Verdict.__dataclass_fields__ if name in own}

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        for found in super().records(piece):
            yield [_told(record) for record in found]


def _told(record: Any) -> Any:
    """A line as its row, or why it is none."""
    if isinstance(record, Refused):
        return record
    try:
        fitted(record, "line")
    except VerdictError as wrong:
        return Refused(wrong.reason)
    return record
