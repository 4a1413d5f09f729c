"""Drop every document whose text was met before: the first copy stays, and inputs are listed by trust."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from medgo_data.stage import Shard, Survey

if TYPE_CHECKING:
    from pathlib import Path

    from medgo_data.engine import Engine

AT_ONCE = 16_000_000  # rows whose digests meet in memory at a time: about 1 GB


@dataclass(frozen=True, kw_only=True)
class Dedup(Survey):
    """Texts, or whole conversations, meet by a digest of 128 bits; for each copy the ledger names the row that was kept."""

    any_column: ClassVar[bool] = True

    column: str = "text"

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        import numpy as np
        import orjson
        import xxhash

        values = docs[self.column]
        spelled = (
            values.cast(pl.Binary) if values.dtype == pl.String else pl.Series(map(orjson.dumps, values.to_list()))
        )
        digests = b"".join(map(xxhash.xxh3_128_digest, spelled.fill_null(b"").to_list()))
        halves = pl.DataFrame(np.frombuffer(digests, np.uint64).reshape(-1, 2), schema={"a": pl.UInt64, "b": pl.UInt64})
        return halves.select(pl.when(values.is_not_null()).then(pl.all()))  # what is missing is like nothing else

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:
        folds = 1 + sum(shard.rows for shard in shards) // AT_ONCE
        met = pl.concat(engine.map(partial(meet, shards, folds), range(folds)))
        copies = met.join(_names(shards, met), on="first", how="left").select("shard", "row", "kept")
        of_shard = copies.partition_by("shard", as_dict=True, include_key=False)
        for shard in shards:
            shard.tell(out, of_shard.get((shard.number,), copies.clear().drop("shard")))

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        kept = found["kept"]
        return docs.with_columns(drop_kept=kept, drop=pl.when(kept.is_not_null()).then(pl.lit("duplicate")))


def meet(shards: list[Shard], folds: int, fold: int) -> pl.DataFrame:
    """Every copy in one fold of the digests, and the first row that had its text: rows as numbers, shard and row in one."""
    import numpy as np

    seen = pl.concat(shard.sketch() for shard in shards)
    half = seen["a"] if folds == 1 else seen["a"].filter(seen["a"] % folds == fold)
    halves = np.sort(half.drop_nulls().to_numpy())
    again = pl.Series(
        np.unique(halves[1:][halves[1:] == halves[:-1]])
    )  # half a digest tells most that they have no copy
    rows = seen["a"].is_in(again.implode()).arg_true()
    likely = seen[rows].with_columns(place=_places(shards, rows))
    first = likely.with_columns(first=pl.col("place").min().over("a", "b"))
    copies = first.filter(pl.col("place") != pl.col("first"))
    return copies.select("first", shard=pl.col("place") // 2**32, row=pl.col("place") % 2**32)


def _places(shards: list[Shard], rows: pl.Series) -> pl.Series:
    """Which shard and which row of it each of these rows of all shards is."""
    import numpy as np

    starts = np.cumsum([0, *(shard.rows for shard in shards)])
    within = np.searchsorted(starts, rows.to_numpy(), side="right") - 1
    numbers = np.array([shard.number for shard in shards], np.uint64)[within]
    return pl.Series(numbers * np.uint64(2**32) + (rows.to_numpy() - starts[within]).astype(np.uint64))


def _names(shards: list[Shard], copies: pl.DataFrame) -> pl.DataFrame:
    """The ids of the rows that stay: of those that have a copy, and no others."""
    keepers = copies.select(pl.col("first").unique()).with_columns(shard=pl.col("first") // 2**32)
    named = [pl.DataFrame(schema={"first": pl.UInt64, "kept": pl.String})]
    for (number,), rows in keepers.partition_by("shard", as_dict=True, include_key=False).items():
        ids = shards[number].read("id")["id"]
        named.append(rows.hstack([ids.gather(rows["first"] % 2**32).alias("kept")]))
    return pl.concat(named)
