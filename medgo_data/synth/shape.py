"""A reply has the shape that was declared, or it is said where it has not, in words that hold nothing of it.

What can be repaired without asking again is: words before and after it, a fence of code around it, a comma too many, a quote too few.
What was cut off is not, and neither is anything if a letter of it would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson

ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
QUOTED = re.compile(r"`\$[^`]*`")
CLOSES = {"{": "}", "[": "]"}
ASTRAY = 50  # blank characters at the end of a reply: it went on with them until it was cut off


class ShapeError(ValueError):
    """What is wrong with a reply."""


def is_shape(kind: type) -> bool:
    return hasattr(kind, "__struct_fields__")  # a msgspec.Struct, which is not loaded where there is none


@cache
def schema(kind: Any) -> Any:
    """The shape as JSON Schema, all of it in one piece, as endpoints want it."""
    import msgspec

    (told,), parts = msgspec.json.schema_components([kind])
    return _whole(told, parts)


def _whole(told: Any, parts: dict[str, Any]) -> Any:
    if isinstance(told, list):
        return [_whole(one, parts) for one in told]
    if not isinstance(told, dict):
        return told
    if "$ref" in told:
        return _whole(parts[told["$ref"].rpartition("/")[2]], parts)
    made = {name: _whole(one, parts) for name, one in told.items() if name not in ("title", "default", "properties")}
    if fields := told.get("properties"):  # a strict endpoint wants each of them required, and no others
        made["properties"] = {name: _whole(one, parts) for name, one in fields.items()}
        made |= {"required": list(fields), "additionalProperties": False}
    return made


def said(text: str) -> str:
    """What a model says, without what it thought aloud before."""
    if "<think>" in text or "</think>" in text:
        text = text.partition("</think>")[2]
    return text.strip()


def astray(text: str) -> bool:
    """Whether it ends in blanks without end, as a model does that is held to a grammar and has lost its way."""
    return len(text) - len(text.rstrip()) >= ASTRAY


def fitted(told: str, kind: Any) -> Any:
    """What a model says, as a value of ``kind``; else a ``ShapeError``, to be told to it."""
    import msgspec

    try:
        return msgspec.json.decode(told, type=kind)
    except msgspec.ValidationError as wrong:
        found: msgspec.DecodeError = wrong
    except msgspec.DecodeError:
        found = msgspec.DecodeError("there is no whole JSON in it")
        for value in _repaired(told):
            try:
                return msgspec.convert(value, kind)
            except msgspec.ValidationError as wrong:
                found = wrong
    raise ShapeError(_where(str(found))) from None


def _repaired(told: str) -> Iterator[Any]:
    """What it may have been meant to be: from a first bracket to the last that closes it."""
    import json_repair

    for start in sorted(at for at in (told.find("{"), told.find("[")) if at >= 0):
        piece = told[start : told.rfind(CLOSES[told[start]]) + 1]
        if piece and all(piece.count(opening) == piece.count(closing) for opening, closing in CLOSES.items()):
            try:
                value = json_repair.loads(piece)
                whole = _letters(piece) == _letters(orjson.dumps(value).decode())
            except (TypeError, ValueError, RecursionError):  # half a character, or brackets without end
                continue
            if whole and isinstance(value, dict | list):
                yield value


def _letters(told: str) -> str:
    return re.sub(r"\W", "", ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "", told)).lower()


def _where(told: str) -> str:
    """Names of fields and types only: a wrong value may be a patient's."""
    place = QUOTED.search(told)
    what = re.sub(r"(Invalid (?:enum )?value) .*?( - at|$)", r"\1\2", told)
    what = what.split(" - at")[0]
    return f"{what} at {place[0]}" if place and place[0] not in what else what
