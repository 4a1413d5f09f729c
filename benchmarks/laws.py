"""Laws and receipts cost at most 5 % of a build.

The same files go through the same three stages into the same shards twice: through ``build``, and through a bare loop
that checks no law, keeps no ledger, no receipt and no lengths, takes no digest and syncs nothing.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

import medgo_data
from common import Size, apart, asked, clock, files, median, scratch, tell, text_bytes
from light import STAGES, source
from medgo_data import Corpus, Here, build, schema
from medgo_data.part import Fresh
from medgo_data.shards import ShardWriter
from medgo_data.store import stamp

MEGABYTES, FILES, RUNS = Size(400, 40), 4, Size(9, 3)
LIMIT = 1.05


def governed(folder: Path, root: Path) -> tuple[float, int]:
    _warm()
    with clock() as spent:
        build(Corpus("laws", [source(folder)], STAGES), root, Here())
    return spent().cpu, medgo_data.open(root, "laws").manifest["rows"]


def bare(folder: Path, root: Path) -> tuple[float, int]:
    _warm()
    root.mkdir()
    contract, rows = schema.load("document"), 0
    with clock() as spent:
        papers = source(folder)
        for raw in papers.raw:
            part = Fresh(papers, papers.pieces(raw)[0], "", stamp(raw.path), 0)
            with ShardWriter(root / raw.name, contract.arrow) as file:
                for docs in part.frames():
                    for stage in (None, *STAGES):
                        judged = stage(docs.with_columns(drop=pl.lit(None, pl.String))) if stage else docs
                        docs = _staying(judged)  # noqa: PLW2901  the batch, a stage further
                    file.add(docs.with_columns(title=pl.lit(None, pl.String)).select(*contract.polars))
            rows += file.rows
    return spent().cpu, rows


def _staying(judged: pl.DataFrame) -> pl.DataFrame:
    drop = judged["drop"]
    return (judged if drop.null_count() == judged.height else judged.filter(drop.is_null())).drop("drop")


def _warm() -> None:
    """What is loaded once is loaded before the clock starts, on both sides."""
    import numpy  # noqa: F401, ICN001
    import orjson  # noqa: F401
    import pyarrow.parquet  # noqa: F401


def main() -> None:
    told = asked(__doc__)
    seconds: dict[str, list[float]] = {"bare loop": [], "build": []}
    kept = set()
    with scratch(told) as folder:
        raw = files(folder / "raw", FILES, MEGABYTES.of(told))
        megabytes = text_bytes([*raw.iterdir()]) / 1e6
        for k in range(RUNS.of(told)):
            for name, fn in (("bare loop", bare), ("build", governed)):
                cpu, rows = apart(fn, raw, folder / f"{name}{k}")
                seconds[name].append(cpu)
                kept.add(rows)
    if len(kept) != 1:
        raise SystemExit(f"the two loops kept different numbers of rows: {kept}")
    ratios = [ours / theirs for ours, theirs in zip(seconds["build"], seconds["bare loop"], strict=True)]
    ratio = median(ratios)
    rows = [(name, median(cpu), min(cpu), max(cpu), megabytes / median(cpu)) for name, cpu in seconds.items()]
    tell(
        "laws and receipts cost <= 5 % of a build",
        ("", "CPU s, median", "least", "most", "MB/CPU s"),
        [*rows, ("ratio, median of pairs", ratio, min(ratios), max(ratios), "")],
        met=ratio <= LIMIT,
        megabytes=round(megabytes),
        bare_cpu_s=round(median(seconds["bare loop"]), 3),
        build_cpu_s=round(median(seconds["build"]), 3),
        ratio=round(ratio, 3),
    )


if __name__ == "__main__":
    main()
