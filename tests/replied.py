"""A file of replies, recorded for one document, so that a synthesizer that asks several times can be tested without an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import orjson
import polars as pl

from medgo_data.synth import Chat, Refused, replies
from medgo_data.synth.replies import Reply
from medgo_data.synth.synthesizer import Synthesizer


def recorded(path: Path, stage: Synthesizer, doc: dict[str, Any], said: Sequence[Any]) -> Chat:
    """Say these, one after the other, to what the stage asks about a document; a Chat that says the same."""
    lines: list[dict[str, Any]] = []
    saying = iter(said)
    for part in stage.passages(doc):
        writing, reply = stage.write(part), None
        try:
            while True:
                request: Any = writing.send(reply)  # type: ignore[arg-type]
                words = next(saying)
                text = words if isinstance(words, str) else msgspec.json.encode(words).decode()
                reply = Reply(text, "stop", "m", len(text), len(text))
                body, sample = orjson.loads(request.canonical)
                lines.append({"request": body, "sample": sample, "reply": reply._asdict()})
        except (StopIteration, Refused):
            pass
    assert next(saying, None) is None, "not all of it was asked for"
    replies.write(path, lines)
    return Chat(model=stage.chat.model, recorded=str(path))


def rows_of(stage: Synthesizer, doc: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str | None]]:
    """What a stage makes of one document: the rows, and the reasons of all that goes, the document first."""
    given = {"id": "s/f#0-0", "source": "s", "license": "public", "category": None, "drop": None} | doc
    try:
        out = stage(pl.DataFrame([given], schema_overrides={"drop": pl.String, "category": pl.String}))
    finally:
        stage.close()
    return out.filter(pl.col("drop").is_null()).to_dicts(), out["drop"].drop_nulls().to_list()
