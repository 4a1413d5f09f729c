"""Rows of a corpus drawn by lot, for whoever only wants to look."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from medgo_data import schema
from medgo_data.verdict import contents

if TYPE_CHECKING:
    from medgo_data.store import Built

MANY = 10


def drawn(built: Built, seed: int, shard: str = "") -> list[dict[str, Any]]:
    """Some rows of a version, or of one shard of it: the same seed, the same rows."""
    import polars as pl

    sizes = {s["file"]: s["rows"] for s in built.manifest["shards"] if shard in ("", s["file"])}
    total = sum(sizes.values())
    lots = sorted(random.Random(seed).sample(range(total), min(MANY, total)))  # noqa: S311  chance for choosing
    rows: list[dict[str, Any]] = []
    start = 0
    for file, many in sizes.items():
        mine = [lot - start for lot in lots if start <= lot < start + many]
        start += many
        for k in mine:
            rows += pl.scan_parquet(built.folder / file).slice(k, 1).collect().to_dicts()
    return [_told(row) for row in rows]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """What it says first, and then what stages have written beside it."""
    there = {name: value for name, value in row.items() if value not in (None, [], "") and name != "id"}
    first = contents() | schema.WRITTEN
    return {
        "id": row["id"],
        "says": {name: value for name, value in there.items() if name in first},
        "beside": {name: value for name, value in there.items() if name not in first},
    }


def tells(built: Built) -> bool:
    """Whether its rows say what reviewers said of them, so that who is still to judge may not see them."""
    import polars as pl

    if built.manifest["gives"]["schema"] == "verdict":
        return True
    said = pl.col("reviewed").is_not_null().any()
    shards = [path for path in built.shards if "reviewed" in pl.read_parquet_schema(path)]
    return any(pl.scan_parquet(path).select(said).collect().item() for path in shards)
