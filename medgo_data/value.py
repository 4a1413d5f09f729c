"""What a value says, be it a text or a conversation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import polars as pl

NUMBER = re.compile(r"\d+(?:\.\d+)?")
SPACE = re.compile(r"\s+")


def spelled(values: pl.Series) -> pl.Series:
    """Each value as bytes, all of it; what is missing is empty."""
    import orjson

    if values.dtype == pl.String:
        return values.cast(pl.Binary).fill_null(b"")
    return pl.Series([b"" if one is None else orjson.dumps(one) for one in values.to_list()], dtype=pl.Binary)


def said(values: pl.Series) -> pl.Series:
    """Each value as text: of a conversation what is said in it, turn below turn, and not by whom."""
    if values.dtype == pl.String:
        return values.fill_null("")
    if (turn := turns(values.dtype)) is not None:
        return values.list.eval(turn.fill_null("")).list.join("\n").fill_null("")
    return pl.Series(["\n".join(_texts(one)) for one in values.to_list()], dtype=pl.String)


def turns(kind: pl.DataType) -> pl.Expr | None:
    """What is said in each turn of a conversation; None for what is no conversation."""
    if not isinstance(kind, pl.List):
        return None
    inner, turn = kind.inner, pl.element()
    if isinstance(inner, pl.Struct) and "content" in inner.to_schema():
        inner, turn = inner.to_schema()["content"], turn.struct.field("content")
    return turn if inner == pl.String else None


def numbers_of(text: pl.Series) -> list[bytes]:
    """The numbers in each text, with their decimal points, whatever their width and the spaces in them."""
    return [" ".join(NUMBER.findall(SPACE.sub("", unicodedata.normalize("NFKC", one)))).encode() for one in text]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)
