"""Consultations and counselling: who said what, in whichever way a file tells it; as conversations, or written out as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson
import polars as pl

from medgo_data import schema
from medgo_data.corpus import Piece, Raw
from medgo_data.sources.fields import Fields, Refused, fitting, refusal
from medgo_data.sources.formats import bounded, format_of, opened
from medgo_data.sources.raw import LONGEST, BrokenError, lines, text
from medgo_data.sources.records import Records
from medgo_data.sources.text import Text
from medgo_data.sources.works import READERS, Works, alike

DOCTOR = {"user": "患者", "assistant": "医生"}


@dataclass(frozen=True, kw_only=True)
class Dialogues(Works):
    """For example ``Dialogues(files="raw/*.csv", license="MIT", fields={"messages": Turns(user="ask", assistant="answer")})``.

    A record is what the format says, such as a line of JSON; or each file as a whole, each of its lines or its paragraphs
    (``rows``); or what begins at each line that begins with ``begins``. What speakers say one after another is one turn
    with ``merge``. As ``gives="document"`` a conversation is written out, each turn under its speaker in ``speakers``.
    """

    name: str = "dialogues"
    category: str | None = "dialogue"
    gives: str = "chat"
    rows: Literal["file", "line", "paragraph"] | None = None
    begins: str | None = None
    merge: bool = False
    speakers: Mapping[str, str] = field(default_factory=lambda: dict(DOCTOR))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rows and self.begins:
            raise ValueError(
                f"source {self.name!r}: its records are either `rows` or what `begins`; leave one of them out"
            )

    def mapping(self) -> Fields:
        return fitting(self.name, self.fields, schema.load("chat"))

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        try:
            talks = self._reader(piece.raw).read(piece)
            yield from (
                self._of_records(self._written(docs) for docs in talks) if self.is_written else map(self._told, talks)
            )
        except BrokenError as broken:
            yield refusal(broken.reason, 0, self._columns(), schema.load(self.gives))

    @property
    def is_written(self) -> bool:
        return schema.load(self.gives).name != "chat"

    def cuts(self, raw: Raw) -> list[int]:
        try:
            return self._reader(raw).cuts(raw)  # type: ignore[no-any-return]
        except BrokenError:
            return []  # whoever reads it will meet it again

    def _reader(self, raw: Raw) -> Any:
        of_chat = replace(self, gives="chat")
        if self.rows or self.begins:
            return alike(Passages, of_chat)
        form = format_of(raw, self.encoding)
        return of_chat._as(form) if form in READERS else alike(Passages, replace(of_chat, rows="file"))  # noqa: SLF001

    def _told(self, docs: pl.DataFrame) -> pl.DataFrame:
        """Conversations, unless nobody answers."""
        roles = pl.col("messages").list.eval(pl.element().struct.field("role"))
        silent = pl.col("messages").is_not_null() & ~roles.list.contains("assistant")
        drop = pl.coalesce("drop", pl.when(silent).then(pl.lit("no_answer")))
        docs = docs.with_columns(drop, pl.when(~silent).then("messages").alias("messages"))
        return docs.with_columns(_merged(docs["messages"])) if self.merge else docs

    def _written(self, docs: pl.DataFrame) -> pl.DataFrame:
        turn = pl.element().struct
        names = {"system": "", **{role: f"{name}：" for role, name in self.speakers.items()}}
        speaker = turn.field("role").replace_strict(names, default="", return_dtype=pl.String)
        talks = _merged(docs["messages"]) if self.merge else docs["messages"]
        told = talks.to_frame().select(
            text=pl.col("messages").list.eval(speaker + turn.field("content")).list.join("\n")
        )
        return docs.select("record", told["text"], "drop")


def _merged(talks: pl.Series) -> pl.Series:
    """The same conversations, in which no speaker speaks twice without an answer."""
    turns = talks.to_frame().with_row_index("talk").explode("messages").unnest("messages")
    turns = turns.filter(pl.col("role").is_not_null()).with_columns(run=pl.struct("talk", "role").rle_id())
    turns = turns.group_by("run", maintain_order=True).agg(
        pl.col("talk").first(), pl.col("role").first(), pl.col("content").str.join("\n")
    )
    said = turns.group_by("talk", maintain_order=True).agg(pl.struct("role", "content").alias("messages"))
    every = pl.DataFrame({"talk": pl.Series(range(len(talks)), dtype=pl.UInt32)})
    return every.join(said, on="talk", how="left", maintain_order="left")["messages"]


@dataclass(frozen=True, kw_only=True)
class Passages(Records):
    """Records that are stretches of a file: the whole of it, a line, a paragraph, or from one beginning to the next."""

    rows: Literal["file", "line", "paragraph"] | None = None
    begins: str | None = None

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        if self.begins:
            yield from _from_beginnings(piece, self.encoding, self.begins)
        elif self.rows == "file":
            yield [_value(piece.raw, self.encoding)]
        else:
            for found in self._text().records(piece):
                yield [record if isinstance(record, Refused) else record["text"] for record in found]

    def cuts(self, raw: Raw) -> list[int]:
        return self._text().cuts(raw) if self.rows else []

    def _text(self) -> Text:
        return alike(Text, replace(self, fields=None, gives="document"))  # type: ignore[no-any-return]


def _value(raw: Raw, encoding: str | None) -> Any:
    """A file as one record: the value that it holds in JSON, or what it says."""
    form = format_of(raw, encoding)
    if form in READERS:
        content = b"".join(bounded(text(raw.path, encoding)))
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            return _decoded(content)
    said = opened(raw, form, encoding).text
    return Refused("undecodable") if re.search("[\ud800-\udfff]", said) else said


def _from_beginnings(piece: Piece, encoding: str | None, begins: str) -> Iterator[list[Any]]:
    start = re.compile(rb"^(?=" + re.escape(begins.encode()) + rb")", re.MULTILINE)
    held = b""
    for block in lines(piece, encoding):
        *whole, held = start.split(held + block)
        if len(held) > LONGEST:
            raise BrokenError("record_too_large")
        yield [_decoded(some) for some in whole if some.strip()]
    yield [_decoded(held)] if held.strip() else []


def _decoded(content: bytes) -> str | Refused:
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return Refused("undecodable")
