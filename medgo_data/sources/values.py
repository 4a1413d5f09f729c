"""One value of a raw record: where it lies, how it reads as text, and whether it fits a column that is no text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import orjson
import polars as pl

INTEGERS: dict[pl.DataType, int] = {pl.Int32(): 1 << 31, pl.Int64(): 1 << 63}

EXACT = 1 << 53  # from here on a number with a fraction skips whole numbers

Get = Callable[[Any], Any]


class UnfitError(Exception):
    """A value that its column cannot take; the reason refuses the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def steps_of(path: str) -> list[str | int]:
    """``answers[0].text`` is answers, then 0, then text."""
    return [int(index) if index else key for key, index in re.findall(r"([^.\[\]]+)(?![^\[]*\])|\[(-?\d+)\]", path)]


def follow(path: str) -> Get:
    """What lies at a path, or None. A key that is spelled like the whole path goes before its parts."""
    steps = steps_of(path)

    def get(record: Any) -> Any:
        if type(record) is dict and path in record:
            return record[path]
        for step in steps:
            if isinstance(step, int):
                record = record[step] if isinstance(record, list) and -len(record) <= step < len(record) else None
            else:
                record = record.get(step) if isinstance(record, dict) else None
        return record if steps or path == "." else None

    return get


def joined(path: str | tuple[str, ...]) -> Get:
    """The texts at these paths that are not empty, one below the other."""
    gets = [follow(p) for p in listed(path)]
    if len(gets) == 1:
        return lambda record: spelled(gets[0](record))
    return lambda record: "\n".join(text for get in gets if (text := spelled(get(record)))) or None


def spelled(value: Any) -> str | None:
    """A value as text: a string as it is, a number as JSON spells it, a list one entry a line."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and math.isnan(value):  # a gap in a table of numbers
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) >= EXACT:
        raise UnfitError("number_too_long")  # a card number of twenty digits, say, of which the parser has lost some
    if isinstance(value, bool | float):
        return orjson.dumps(value).decode()
    if isinstance(value, int | Decimal | date | time):
        return str(value)
    if isinstance(value, list) and not any(isinstance(entry, list) for entry in value):
        return "\n".join(text for entry in value if (text := spelled(entry)) is not None)
    raise UnfitError("not_text")


def typed(path: str, kind: pl.DataType) -> Get:
    """The value at a path for a column that is no text: taken only if it is of that type already."""
    get = follow(path)

    def fit(record: Any) -> Any:
        value = get(record)
        if value is not None and not _is(value, kind):
            raise UnfitError("wrong_type")
        return value

    return fit


def _is(value: Any, kind: pl.DataType) -> bool:
    if isinstance(kind, pl.List):
        return isinstance(value, list) and all(_is(entry, kind.inner) for entry in value)  # type: ignore[arg-type]
    if isinstance(kind, pl.Struct):
        return isinstance(value, dict) and all(_is(value.get(f.name), f.dtype) for f in kind.fields)  # type: ignore[arg-type]
    if kind in INTEGERS:
        return type(value) is int and -INTEGERS[kind] <= value < INTEGERS[kind]
    if kind == pl.Float64:
        return type(value) in (int, float)
    return isinstance(value, str if kind == pl.String else bool)


def listed(path: str | tuple[str, ...] | None) -> list[str]:
    return [] if path is None else [path] if isinstance(path, str) else list(path)
