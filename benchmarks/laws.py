"""Laws and receipts cost at most 5 % of a build.

The same files go through the same three stages into the same shards three times: through ``build``; through ``build`` with
the laws, the ledger and the receipts' digests taken out of it, which is what the claim is about; and through a bare loop
that has no identity, no books, no lengths, no declared columns and syncs nothing either.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

import medgo_data
from common import Size, apart, asked, clock, files, median, scratch, tell, text_bytes
from light import STAGES, source, warm
from medgo_data import Corpus, Here, build, part, schema
from medgo_data.part import Fresh
from medgo_data.shards import ShardWriter
from medgo_data.stage import LEDGER, Line
from medgo_data.store import stamp

MEGABYTES, FILES, RUNS = Size(400, 40), 4, Size(9, 3)
LIMIT = 1.05
NOTHING = pl.DataFrame(schema=LEDGER)


def governed(folder: Path, root: Path) -> tuple[float, int]:
    _warm()
    with clock() as spent:
        build(Corpus("laws", [source(folder)], STAGES), root, Here())
    return spent().cpu, medgo_data.open(root, "laws").manifest["rows"]


def lawless(folder: Path, root: Path) -> tuple[float, int]:
    part.account = _uncounted
    part.sha256 = lambda _: "0" * 64
    root.mkdir()
    _warm()
    with clock() as spent:
        built = build(Corpus("laws", [source(folder)], STAGES), root, Here())
    return spent().cpu, medgo_data.store.Built.at(built).manifest["rows"]


def _uncounted(stage: str, before: pl.DataFrame, after: pl.DataFrame) -> tuple[Line, pl.DataFrame, pl.DataFrame]:
    kept = _staying(after)
    line = Line(stage=stage, rows_in=before.height, born=0, dropped={}, rows_out=kept.height)
    return line, kept, NOTHING


def bare(folder: Path, root: Path) -> tuple[float, int]:
    _warm()
    root.mkdir()
    contract, rows = schema.load("document"), 0
    with clock() as spent:
        papers = source(folder)
        for raw in papers.raw:
            fresh = Fresh(papers, papers.pieces(raw)[0], "", stamp(raw.path), 0)
            with ShardWriter(root / raw.name, contract.arrow) as file:
                for docs in fresh.frames():
                    for stage in (None, *STAGES):
                        judged = stage(docs.with_columns(drop=pl.lit(None, pl.String))) if stage else docs
                        docs = _staying(judged)  # noqa: PLW2901  the batch, a stage further
                    lacking = {c: pl.lit(None, kind) for c, kind in contract.polars.items() if c not in docs.columns}
                    file.add(docs.with_columns(**lacking).select(*contract.polars))
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

    warm()


def main() -> None:
    told = asked(__doc__)
    ways = {"bare loop": bare, "build without laws and receipts": lawless, "build": governed}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    kept = set()
    with scratch(told) as folder:
        raw = files(folder / "raw", FILES, MEGABYTES.of(told))
        megabytes = text_bytes([*raw.iterdir()]) / 1e6
        for k in range(RUNS.of(told)):
            for name, way in ways.items():
                cpu, rows = apart(way, raw, folder / f"{name}{k}")
                seconds[name].append(cpu)
                kept.add(rows)
    if len(kept) != 1:
        raise SystemExit(f"the three ways kept different numbers of rows: {kept}")
    to_lawless, to_bare = (
        median([ours / theirs for ours, theirs in zip(seconds["build"], seconds[name], strict=True)])
        for name in ("build without laws and receipts", "bare loop")
    )
    rows = [(name, median(cpu), min(cpu), max(cpu), megabytes / median(cpu)) for name, cpu in seconds.items()]
    tell(
        "laws and receipts cost <= 5 % of a build",
        ("", "CPU s, median", "least", "most", "MB/CPU s"),
        [
            *rows,
            ("build to build without, median of pairs", to_lawless, "", "", ""),
            ("build to bare loop, median of pairs", to_bare, "", "", ""),
        ],
        met=to_lawless <= LIMIT,
        megabytes=round(megabytes),
        cpu_s={name: round(median(cpu), 3) for name, cpu in seconds.items()},
        ratio=round(to_lawless, 3),
        ratio_to_bare_loop=round(to_bare, 3),
    )


if __name__ == "__main__":
    main()
