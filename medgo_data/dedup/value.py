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
    """Each value as text: of a conversation what is said in it, and not by whom."""
    if values.dtype == pl.String:
        return values.fill_null("")
    return pl.Series(["\n".join(_texts(one)) for one in values.to_list()], dtype=pl.String)


def numbers_of(text: pl.Series) -> list[bytes]:
    """The numbers in each text, with their decimal points, whatever their width and the spaces in them."""
    return [" ".join(NUMBER.findall(SPACE.sub("", unicodedata.normalize("NFKC", one)))).encode() for one in text]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts([value["content"]] if "content" in value else [*value.values()])
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)
