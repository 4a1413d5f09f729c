"""The words of general Chinese, how often each is met and of what kind it is: the list that comes with jieba (MIT)."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import polars as pl

COLUMNS = {"word": pl.String, "count": pl.Int64, "kind": pl.String}


@cache
def words() -> pl.DataFrame:
    """As they are listed; a few of them twice."""
    found = find_spec("jieba")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(
            "names are found with the words that come with jieba 0.42.1: pip install jieba==0.42.1"
        )
    path = Path(found.origin).with_name("dict.txt")
    return pl.read_csv(path, separator=" ", has_header=False, quote_char=None, schema=COLUMNS)
