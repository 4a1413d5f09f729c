"""Three light stages, and the source they read: what the benchmarks of speed send through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from medgo_data import Clean, Source, Stage
from medgo_data.sources import JsonLines, Parquet


@dataclass(frozen=True, kw_only=True)
class Unadvertise(Stage):
    """Drop texts with more than ``max_phones`` mobile numbers: they sell something."""

    max_phones: int = 1

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        phones = pl.col("text").str.count_matches(r"1[3-9]\d{9}")
        return docs.with_columns(drop=pl.when(phones > self.max_phones).then(pl.lit("advertisement")))


@dataclass(frozen=True, kw_only=True)
class Trim(Stage):
    """Take the white space from both ends of a text, and drop what is longer than ``max_chars``."""

    max_chars: int = 20_000

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        text = pl.col("text").str.strip_chars()
        return docs.with_columns(
            text=text, drop=pl.when(text.str.len_chars() > self.max_chars).then(pl.lit("too_long"))
        )


CLEAN = Clean(repair=False, min_chars=20, min_han=0.3)  # length and script alone
STAGES = (CLEAN, Unadvertise(), Trim())


def warm() -> None:
    """Load what Clean compiles for texts that are mostly not Chinese: it is loaded once a process, however large the input."""
    CLEAN(pl.DataFrame({"text": ["a text in English"]}))


def source(folder: Path) -> Source:
    """All files of a folder, which are of one kind."""
    kind, pattern = (JsonLines, "*.jsonl") if next(folder.iterdir()).suffix == ".jsonl" else (Parquet, "*.parquet")
    return kind(name="papers", files=f"{folder}/{pattern}", license="invented", fields={"text": "text"})
