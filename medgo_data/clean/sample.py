"""Take a fair draw of each source: never more rows than its quota, chosen by lot, the same ones whoever builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from medgo_data.stage import Shard, Survey, settling

if TYPE_CHECKING:
    from pathlib import Path

    from medgo_data.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Sample(Survey):
    """Keep at most ``quota[source]`` rows of each source named, at most ``others`` of each one that is not (None: all).

    Each row draws a lot from its id and the seed; the lowest lots stay. So a source that grows changes few of the rows drawn.
    """

    quota: Mapping[str, int] = settling({})
    others: int | None = settling(None)
    seed: int = 1

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        import xxhash

        lots = [xxhash.xxh3_64_intdigest(name, seed=self.seed) for name in docs["id"].cast(pl.Binary)]
        return docs.select("source", lot=pl.Series(lots, dtype=pl.UInt64))

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:  # noqa: ARG002  too little work to share out
        lots = pl.concat(shard.sketch() for shard in shards).lazy()
        sources = lots.select(pl.col("source").unique()).collect().to_series().sort()
        first_over = {source: self._first_over(source, lots) for source in sources}
        for shard in shards:
            drawn = shard.sketch().with_row_index("row")
            bound = pl.col("source").replace_strict(first_over, default=None, return_dtype=pl.UInt64)
            shard.tell(out, drawn.filter(pl.col("lot") >= bound).select("row", over=pl.lit(value=True)))

    def _first_over(self, source: str, lots: pl.LazyFrame) -> int | None:
        """The lowest lot that is no longer within the quota; None if all are."""
        quota = self.quota.get(source, self.others)
        if quota is None:
            return None
        lowest = lots.filter(pl.col("source") == source).select(pl.col("lot").bottom_k(quota + 1)).collect().to_series()
        return int(lowest.sort()[quota]) if len(lowest) > quota else None

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(drop=pl.when(found["over"]).then(pl.lit("over_quota")))
