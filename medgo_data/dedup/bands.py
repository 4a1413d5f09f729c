"""How a signature is cut into bands, so that texts which are alike enough meet, and few others do."""

from __future__ import annotations

from functools import cache
from typing import Any

MISSED = (
    0.98  # what a missed pair weighs; the rest is for a needless comparison, which costs a microsecond and is exact
)


def chance(likeness: Any, bands: int, rows: int) -> Any:
    """How likely two texts are to meet in a band, by their Jaccard similarity."""
    return 1 - (1 - likeness**rows) ** bands


@cache
def optimum(at_least: float, perms: int, missed: float = MISSED) -> tuple[int, int]:
    """The number of bands, and of rows in each, with the least weighted error: datasketch's rule, and its answer."""
    import numpy as np

    below, above = (_middles(*span) for span in ((0.0, at_least), (at_least, 1.0)))
    best, found = np.inf, (1, 1)
    for bands in range(1, perms + 1):
        for rows in range(1, perms // bands + 1):
            needless = chance(below, bands, rows).mean() * at_least
            lost = (1 - chance(above, bands, rows)).mean() * (1 - at_least)
            error = (1 - missed) * needless + missed * lost
            if error < best:
                best, found = error, (bands, rows)
    return found


def _middles(start: float, end: float) -> Any:
    import numpy as np

    edges = np.linspace(start, end, 1001)
    return (edges[1:] + edges[:-1]) / 2
