"""Annotated texts, as benchmarks of medical language hold them: each with what somebody found in it, nothing of that changed.

Their layouts differ, so nothing is read into the annotation here: it rides along as JSON, in ``labels``, to whoever makes tasks of it. Like
the text it is scrubbed by Scrub; but the places that it names are those of the raw text, so tasks are made first and scrubbed afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from medgo_data import schema
from medgo_data.corpus import Piece
from medgo_data.sources.fields import Fields, Refused, fitting
from medgo_data.sources.json import Json
from medgo_data.sources.values import UnfitError, follow, joined

SPEAKER, SAID = ("speaker", "sender", "role"), ("sentence", "text", "content")


@dataclass(frozen=True, kw_only=True)
class Annotated(Json):
    """For example ``Annotated(files="raw/CMeEE-V2_train.json", license="research only", text="text", labels="entities")``.

    ``text`` and ``labels`` are paths into a record. Several paths to texts give one text, a line for each; a list of turns gives one, with
    a line ``speaker：sentence`` for each. A record without an annotation is refused, one with an empty annotation is not: that nothing is to be
    found in a text is worth knowing. Of a file to be filled in, where all of them are empty, that is not so: leave it out.
    """

    name: str = "annotated"
    text: str | tuple[str, ...] = "text"
    labels: str = "labels"

    def mapping(self) -> Fields:
        if self.fields is not None:
            raise ValueError(
                f"source {self.name!r}: its fields are text='text' and labels='entities', paths into a record"
            )
        return fitting(self.name, {"text": "text", "labels": "labels"}, schema.load(self.gives))

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        for found in super().records(piece):
            yield [self._told(record) for record in found]

    def _told(self, record: Any) -> Any:
        if not isinstance(record, dict):
            return record
        labels = follow(self.labels)(record)
        if labels is None:
            return Refused("no_known_answer")
        try:
            return {"text": self._text(record), "labels": orjson.dumps(labels).decode()}
        except UnfitError as unfit:
            return Refused(unfit.reason)

    def _text(self, record: Any) -> str | None:
        turns = follow(self.text)(record) if isinstance(self.text, str) else None
        if isinstance(turns, list) and turns and all(isinstance(turn, dict) for turn in turns):
            return "\n".join("：".join(spoken(turn)) for turn in turns)
        text: str | None = joined(self.text)(record)
        return text


def spoken(turn: Any) -> tuple[str, str]:
    """Who speaks in a turn, and what is said."""
    told = [next((turn[name] for name in names if isinstance(turn.get(name), str)), None) for names in (SPEAKER, SAID)]
    if told[0] is None or told[1] is None:
        raise UnfitError("wrong_type")
    return told[0], told[1]
