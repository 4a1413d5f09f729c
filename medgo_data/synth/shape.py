"""A reply has the shape that was declared, or it is said where it has not, in words that hold nothing of it.

What can be repaired without asking again is: a fence of code around it, words before and after it, a comma too many, a quote
too few. What was cut off is not.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)  # of models that think aloud first
QUOTED = re.compile(r"`\$[^`]*`")


class ShapeError(ValueError):
    """What is wrong with a reply."""


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
    made = {name: _whole(one, parts) for name, one in told.items() if name not in ("title", "default")}
    return made | ({"additionalProperties": False} if made.get("type") == "object" and "properties" in made else {})


def said(text: str) -> str:
    """What a model says, without what it thought aloud before."""
    return THOUGHT.sub("", text, count=1).strip()


def fitted(text: str, kind: Any) -> Any:
    """The reply as a value of ``kind``; else a ``ShapeError``, to be told to the model."""
    import msgspec

    told = said(text)
    try:
        return msgspec.json.decode(told, type=kind)
    except msgspec.ValidationError as wrong:
        found: msgspec.DecodeError = wrong
    except msgspec.DecodeError:
        found = msgspec.DecodeError("there is no JSON in it")
        for value in _repaired(told):
            try:
                return msgspec.convert(value, kind)
            except msgspec.ValidationError as wrong:
                found = wrong
    raise ShapeError(_where(str(found))) from None


def _repaired(told: str) -> list[Any]:
    """What it may have been meant to be: the value in a fence, or from the first bracket to the last."""
    import json_repair

    fenced = FENCE.match(told)
    inner = fenced[1] if fenced else told
    start = min((at for at in (inner.find("{"), inner.find("[")) if at >= 0), default=-1)
    end = max(inner.rfind("}"), inner.rfind("]"))
    if start < 0 or end < start:
        return []
    value = json_repair.loads(inner[start : end + 1])
    return [value] if isinstance(value, dict | list) else []


def _where(told: str) -> str:
    """Names of fields and types only: a wrong value may be a patient's."""
    place = QUOTED.search(told)
    what = re.sub(r"(Invalid (?:enum )?value) .*?( - at|$)", r"\1\2", told)
    what = what.split(" - at")[0]
    return f"{what} at {place[0]}" if place and place[0] not in what else what
