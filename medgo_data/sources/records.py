"""What all readers of text share: an encoding, a mapping to columns, and one row for every record, readable or not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from medgo_data import schema
from medgo_data.corpus import Piece, Raw, Source
from medgo_data.sources.fields import Fields, Refused, fitting, frame, refusal
from medgo_data.sources.raw import BrokenError

if TYPE_CHECKING:
    import polars as pl

MB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class TextSource(Source):
    """Files of text. ``encoding`` is found by looking, unless it is declared."""

    encoding: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError:
                raise ValueError(
                    f"source {self.name!r}: there is no encoding {self.encoding!r}. Take utf-8, gb18030, big5hkscs or "
                    f"utf-16, or leave it out to have each file looked at."
                ) from None

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        told = schema.load(self.gives)
        fields = self.mapping()
        number = 0
        try:
            for records in self.records(piece):
                if records:
                    yield frame(records, number, fields, told)
                number += len(records)
        except BrokenError as broken:
            yield refusal(broken.reason, number, fields, told)

    def mapping(self) -> Fields:
        """Which part of a record fills which column."""
        raise NotImplementedError(f"{type(self).__name__} has no mapping(): return column -> path")

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        """The records of a piece, some at a time; in the place of an unreadable one stands why."""
        raise NotImplementedError(f"{type(self).__name__} has no records(piece): yield lists of raw records")

    def is_small(self, raw: Raw) -> bool:
        return raw.path.stat().st_size <= self.slice_mb * MB


@dataclass(frozen=True, kw_only=True)
class Records(TextSource):
    """Files of records. ``fields`` says which part of a record fills which column; left out, that of the same name."""

    fields: Fields | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mapping()

    def mapping(self) -> Fields:
        return fitting(self.name, self.fields, schema.load(self.gives))


def parsed(text: bytes) -> Any:
    """A JSON value, or why it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return Refused("not_json" if is_text(text) else "undecodable")


def is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
