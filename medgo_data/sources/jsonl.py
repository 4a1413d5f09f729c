"""JSON Lines: a file in which every line is one record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from medgo_data.corpus import Piece, Raw
from medgo_data.sources.raw import line_cuts, lines
from medgo_data.sources.records import MB, Records, parsed


@dataclass(frozen=True, kw_only=True)
class JsonLines(Records):
    """For example ``JsonLines(name="leaflets", files="raw/*.jsonl.zst", license="public", fields={"text": "content"})``."""

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        for block in lines(piece, self.encoding):
            told = [line for line in block.split(b"\n") if line and not line.isspace()]
            try:
                yield [orjson.loads(line) for line in told]
            except orjson.JSONDecodeError:
                yield [parsed(line) for line in told]

    def cuts(self, raw: Raw) -> list[int]:
        return [] if self.is_small(raw) else line_cuts(raw.path, self.encoding, int(self.slice_mb * MB))
