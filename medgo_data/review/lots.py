"""Chance that comes out the same again: rows of a shard are drawn by lots that a seed and the number of the shard settle."""

from __future__ import annotations

from typing import Any


def lots(many: int, seed: int, shard: int) -> Any:
    """A number from 0 to 1 for each row."""
    import numpy as np

    return np.random.Generator(np.random.PCG64([seed % (1 << 32), shard])).random(many)
