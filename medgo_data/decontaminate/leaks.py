"""Benchmark leaks: texts that contain an item of a benchmark leave, whether it is verbatim, edited, or its options are shuffled."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import polars as pl

from medgo_data import schema
from medgo_data.corpus import Source, file_digest
from medgo_data.decontaminate.index import FEWEST, Index, indexed
from medgo_data.decontaminate.items import Benchmark, BenchmarkError, Fields, empty, items
from medgo_data.stage import Stage
from medgo_data.value import said, turns

log = logging.getLogger("medgo_data")


@dataclass(frozen=True, kw_only=True)
class Decontaminate(Stage):
    """For example ``Decontaminate(against="raw/benchmarks/**/*.jsonl")``.

    A text goes that has ``at_least`` so much of the letters of an item, each of its segments (the question, each option) in
    its order, the segments in any, all within about twice its length; and 13 letters of it at the least. The ledger names the
    item, the share, and where in the text; with ``drop=False`` nothing goes, and the columns ``leak`` and ``leak_at`` say it.

    ``against`` are files of records in any format. A benchmark is called after the first folder below the fixed part of
    the pattern, or after its file if that lies in none: item 12 of ``raw/benchmarks/CMB/test.jsonl`` is ``CMB/test.jsonl#12``.
    Of each record the question and its options are taken, or whatever texts it asks about; ``fields`` says for a benchmark
    at which paths these are instead: ``{"ClinicalQA": ("stem", "choices")}``. The files are known by what they hold,
    ``sha256``. Each process makes an index of them, once: it takes half a GB and some seconds for 100,000 questions.
    """

    version: ClassVar[int] = 1
    any_column: ClassVar[bool] = True

    against: str | Sequence[str] = field(metadata={"knob": True})
    column: str = "text"
    at_least: float = 0.8
    drop: bool = True
    fields: Fields | None = None
    sha256: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.at_least <= 1:
            raise ValueError(f"Decontaminate(at_least={self.at_least}): a share lies above 0 and up to 1")
        found = self.benchmarks
        named = {benchmark.name for benchmark in found}
        strange = sorted(set(self.fields or ()) - named)
        if strange:
            raise ValueError(
                f"Decontaminate: fields speaks of {strange[0]!r}, but the benchmarks are {', '.join(sorted(named))}."
            )
        content = {benchmark.raw.name: file_digest(benchmark.raw.path) for benchmark in found}
        if self.sha256 is not None and dict(self.sha256) != content:
            other = {name for name, _ in {*content.items()} ^ {*self.sha256.items()}}
            raise BenchmarkError(
                f"Decontaminate: {min(other)} is not what it was, or not the file whose sha256 was given. "
                f"Build again when it is at rest, or leave sha256 out."
            )
        object.__setattr__(self, "sha256", content)

    @property
    def benchmarks(self) -> list[Benchmark]:
        """The files, in the order of their names: of the same item in two of them the first counts."""
        return [Benchmark(raw) for raw in Source(name=self.name, files=self.against, license="").raw]

    def looked_for(self) -> pl.DataFrame:
        """How many ``items`` each file has; how many are a ``copy`` of one before, or ``left_out``: they cannot be told."""
        opened = self._opened()
        files = [(benchmark.name, benchmark.raw.name) for benchmark in opened.benchmarks]
        return pl.DataFrame(files, schema=["benchmark", "file"], orient="row").hstack(opened.index.files.drop("file"))

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        opened = self._opened()
        found = opened.index.find(_text(docs[self.column]), self.at_least)
        of = opened.index.items[found["item"]]
        files = [opened.benchmarks[file] for file in of["file"]]
        names = [file.item(record) for file, record in zip(files, of["record"], strict=True)]
        spans = found.select(pl.format("{}-{}", "start", "end")).to_series()
        if self.drop:
            told = {"drop_kept": names, "drop_score": found["overlap"], "drop_span": spans}
            gone = pl.when(pl.col("drop_kept").is_not_null()).then(pl.lit("contaminated"))
            return docs.with_columns(_beside(docs, found["row"], told)).with_columns(drop=gone)
        shares = (f"{share:.2f}" for share in found["overlap"])
        at = [" ".join(one) for one in zip(names, shares, spans, strict=True)]
        return docs.with_columns(_beside(docs, found["row"], {"leak": [file.name for file in files], "leak_at": at}))

    def _opened(self) -> Opened:
        against = (self.against,) if isinstance(self.against, str) else tuple(self.against)
        return _open(against, json.dumps([self.fields, self.sha256], sort_keys=True, default=list))


@dataclass(frozen=True)
class Opened:
    """Benchmarks and their index."""

    benchmarks: list[Benchmark]
    index: Index


@lru_cache(maxsize=4)
def _open(against: tuple[str, ...], told: str) -> Opened:
    """Read and indexed once in each process."""
    fields, sha256 = json.loads(told)
    stage = Decontaminate(against=against, fields=fields, sha256=sha256)  # raises if a file changed
    benchmarks = stage.benchmarks
    index = indexed([items(benchmark, fields) for benchmark in benchmarks])
    for benchmark, (_, count, _, left_out) in zip(benchmarks, index.files.rows(), strict=True):
        if left_out == count:
            raise empty(
                benchmark,
                f"has no item that could be told: {FEWEST} letters, not all in turns of phrase that many items share",
            )
    every = index.files.sum()
    if every[0, "left_out"]:
        log.warning(
            "Decontaminate does not look for %s of %s items: they have too little that tells them from ordinary text.",
            f"{every[0, 'left_out']:,}",
            f"{every[0, 'items']:,}",
        )
    return Opened(benchmarks, index)


def _beside(docs: pl.DataFrame, rows: pl.Series, values: Mapping[str, Any]) -> list[pl.Series]:
    """Columns that have these values in these rows, and nothing in all others."""
    columns = []
    for name, some in values.items():
        told = pl.Series(name, some, pl.Float64 if name == "drop_score" else pl.String)
        columns.append(pl.repeat(None, docs.height, dtype=told.dtype, eager=True).alias(name).scatter(rows, told))
    return columns


def _text(values: pl.Series) -> pl.Series:
    if values.dtype != pl.String and turns(values.dtype) is None:
        raise schema.SchemaError(
            f"Decontaminate reads texts and conversations, and {values.name!r} is {values.dtype}. Name another column."
        )
    return said(values)
