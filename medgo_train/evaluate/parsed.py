"""What was understood of a model's reply: a value, or nothing and why."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from medgo_train.evaluate.said import said

State = Literal["ok", "empty", "invalid"]
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028\u2029\ufeff]")
FENCE = re.compile(r"```[A-Za-z]*")
FEW = 20  # of so many characters, at least one is another in a text that is Traditional
SHORT, LONG = 60, 240  # characters: what is repeated so often ...
OFTEN, SEVERAL = 12, 5  # ... up to SHORT, and so often up to LONG, never came to an end


@dataclass(frozen=True)
class Parsed:
    """A reply as its task reads it. Only ``ok`` has a value; what is ``empty`` or ``invalid`` is never right."""

    value: Any
    state: State


EMPTY = Parsed(None, "empty")
INVALID = Parsed(None, "invalid")


def spoken(reply: object) -> str:
    """A reply without its thoughts and fences, in Simplified characters; the empty string where nothing is said."""
    if not isinstance(reply, str):
        return ""
    whole = reply.encode("utf-8", "replace").decode("utf-8")  # half of a pair of surrogates is no character
    return _simplified(FENCE.sub("", said(UNSEEN.sub("", whole)))).strip()


def runs_in_circles(text: str) -> bool:
    """Whether a text ends in the same words again and again, as a model does that finds no end."""
    many = len(text)
    if many < 2 * OFTEN:
        return False
    periods = (*range(1, min(SHORT, many // OFTEN) + 1), *range(SHORT + 1, min(LONG, many // SEVERAL) + 1))
    for period in periods:
        length = max(2 * OFTEN, period * (OFTEN if period <= SHORT else SEVERAL))
        if text[-length:-period] == text[period - length :]:
            return True
    return False


def embedded(text: str) -> Any:
    """The first JSON object or list that stands in a text; None if there is none. Nothing is ever executed."""
    decoder = json.JSONDecoder()
    for met in list(re.finditer(r"[\[{]", text))[:20]:
        try:
            return decoder.raw_decode(text, met.start())[0]
        except (ValueError, RecursionError):  # not JSON, or nested so deep that it is none
            continue
    return None


def _simplified(text: str) -> str:
    """A text in Traditional characters in Simplified ones; a single old form in a Simplified text is its author's own."""
    if text.isascii():
        return text
    converted = str(_converter().convert(text))
    changed = sum(a != b for a, b in zip(text, converted, strict=False))
    return converted if changed * FEW >= sum(not c.isascii() for c in text) else text


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
