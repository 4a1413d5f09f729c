"""No way of asking may dominate what is learned: so many rows with the same opening, so many of the same frame, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from medgo_data.stage import Shard, Survey, settling
from medgo_data.synth.questions import question_of, template

if TYPE_CHECKING:
    from pathlib import Path

    from medgo_data.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Balanced(Survey):
    """Of the questions that open with the same ``letters``, at most the share ``openings`` of all stays; of one frame, ``templates``.

    A frame is a question without its subject and its numbers. Neither cap is lower than ``few`` rows. Each row draws a lot from its
    id and the seed; the lowest stay. Questions that differ a little more are for the stage ``Questions``.
    """

    letters: int = 4
    openings: float = settling(0.05)
    templates: float = settling(0.01)
    few: int = settling(20)
    seed: int = 1

    def __post_init__(self) -> None:
        if not (0 < self.openings <= 1 and 0 < self.templates <= 1 and self.letters >= 1 and self.few >= 1):
            raise ValueError(
                f"Balanced(letters={self.letters}, openings={self.openings}, templates={self.templates}, few={self.few}): shares lie "
                f"above 0 and up to 1, numbers are 1 or more"
            )

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        import xxhash

        told = []
        for row in docs.to_dicts():
            question = question_of(row)
            frame = template(question, row.get("context") or "")
            lot = xxhash.xxh3_64_intdigest(row["id"].encode(), seed=self.seed)
            told.append((question[: self.letters], xxhash.xxh3_64_intdigest(frame.encode()), lot))
        return pl.DataFrame(told, schema={"opening": pl.String, "frame": pl.UInt64, "lot": pl.UInt64}, orient="row")

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:  # noqa: ARG002  too little work to share out
        rows = pl.concat(
            shard.sketch().with_row_index("row").with_columns(shard=pl.lit(shard.number, pl.UInt32)) for shard in shards
        )
        caps = {name: max(self.few, int(share * rows.height)) for name, share in self._shares.items()}
        for name, cap in caps.items():
            place = pl.col("lot").rank("ordinal").over(name)
            within = pl.when(pl.col("gone").is_null()).then(place) if "gone" in rows.columns else place
            over = pl.when(within > cap).then(pl.lit(f"common_{name}"))
            gone = pl.coalesce("gone", over) if "gone" in rows.columns else over
            rows = rows.with_columns(gone=gone)
        gone_rows = rows.filter(pl.col("gone").is_not_null())
        for shard in shards:
            mine = gone_rows.filter(pl.col("shard") == shard.number)
            shard.tell(out, mine.select("row", "gone"))

    @property
    def _shares(self) -> dict[str, float]:
        return {"frame": self.templates, "opening": self.openings}

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(drop=found["gone"])
