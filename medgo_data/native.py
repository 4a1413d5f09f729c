"""Texts as they lie in memory, and functions in machine code that read them there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import polars as pl

Flat = tuple[Any, Any]


def flat(text: pl.Series) -> Flat:
    """The UTF-8 of a whole column, and where each text ends in it; the first number is where the first begins."""
    import numpy as np  # here, because a recipe is read without it

    array: Any = text.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), ends


@cache
def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function in machine code, which is kept beside it or in the user's cache, if one of them can be written to."""
    import numba

    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # numba found no folder that it may write to
        return numba.njit(nogil=True)(function)  # type: ignore[no-any-return]
