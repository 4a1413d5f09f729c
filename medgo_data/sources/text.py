"""Plain text: a file is one document, or each of its lines, or each of its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from medgo_data import schema
from medgo_data.corpus import Piece, Raw
from medgo_data.sources.fields import Fields, Refused, fitting
from medgo_data.sources.raw import LONGEST, BrokenError, line_cuts, lines, text
from medgo_data.sources.records import MB, TextSource

PACKED = re.compile(r"\.(gz|zst)$")


@dataclass(frozen=True, kw_only=True)
class Text(TextSource):
    """For example ``Text(name="classics", files="raw/books/*.txt", license="public domain")``.

    The title is the name of the file. Blank lines are no rows; between paragraphs there is at least one.
    """

    rows: Literal["file", "line", "paragraph"] = "file"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.mapping()

    def mapping(self) -> Fields:
        told = schema.load(self.gives)
        fields = {"title": "title", "text": "text"} if "title" in told.polars else {"text": "text"}
        return fitting(self.name, fields, told)

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        title = PurePosixPath(PACKED.sub("", piece.raw.name)).stem
        read = {"file": _whole, "line": _lines, "paragraph": _paragraphs}[self.rows]
        for found in read(piece, self.encoding):
            texts = [_decoded(part) for part in found]
            yield [{"title": title, "text": said} if isinstance(said, str) else said for said in texts]

    def cuts(self, raw: Raw) -> list[int]:
        if self.rows == "file" or self.is_small(raw):
            return []
        cut = line_cuts if self.rows == "line" else _paragraph_cuts
        return cut(raw.path, self.encoding, int(self.slice_mb * MB))


def _whole(piece: Piece, encoding: str | None) -> Iterator[list[bytes]]:
    yield [b"".join(text(piece.raw.path, encoding))]


def _lines(piece: Piece, encoding: str | None) -> Iterator[list[bytes]]:
    for block in lines(piece, encoding):
        yield [line.removesuffix(b"\r") for line in block.split(b"\n") if not _is_blank(line)]


def _paragraphs(piece: Piece, encoding: str | None) -> Iterator[list[bytes]]:
    held: list[bytes] = []
    for block in lines(piece, encoding):
        found = []
        for line in block.removesuffix(b"\n").split(b"\n"):
            if not _is_blank(line):
                held.append(line)
            elif held:
                found.append(b"\n".join(held).removesuffix(b"\r"))
                held = []
        yield found
        if sum(map(len, held)) > LONGEST:
            raise BrokenError("record_too_large")
    if held:
        yield [b"\n".join(held).removesuffix(b"\r")]


def _paragraph_cuts(path: Path, encoding: str | None, size: int) -> list[int]:
    cuts, at, after_blank = [0], 0, False
    try:
        for block in lines(Piece(Raw(path, path.name)), encoding):
            for line in block.removesuffix(b"\n").split(b"\n"):
                blank = _is_blank(line)
                if after_blank and not blank and at >= cuts[-1] + size:
                    cuts.append(at)
                after_blank = blank
                at += len(line) + 1
    except BrokenError:
        pass  # whoever reads the last slice will meet it again
    return cuts[1:]


def _is_blank(line: bytes) -> bool:
    start = line[:60].decode("utf-8", "ignore")  # tells at once of most lines that they are not blank
    return not start.strip() and not line.decode("utf-8", "replace").strip()


def _decoded(text: bytes) -> str | Refused:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return Refused("undecodable")
