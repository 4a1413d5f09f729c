"""Text repaired and judged: twenty times what datatrove and data-juicer do with it; and 40 MB in a CPU second, but for reading and writing.

The same texts as JSON Lines in, Parquet out. The peers run the operators of theirs that do the same; they are so slow that they are
given a part of the texts, which favours them: what starting costs is taken off. ``--input`` takes real texts.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import polars as pl

from common import MB, ONE_THREAD, Size, Spent, asked, batches, command, median, scratch, tell
from medgo_data import Clean
from peers import environment, script

MEGABYTES, ROUNDS, RUNS = Size(120, 12), Size(3, 1), Size(5, 2)
PART = {"medgo": 1.0, "datatrove": 0.05, "data-juicer": 0.15}  # of the texts
WANTED, TIMES = 40, 20
BATCH = 4096


def main() -> None:
    told = asked(__doc__, input={"type": Path, "help": "Parquet with id and text, in place of invented texts"})
    python = {tool: environment(tool) for tool in PART}
    seen: dict[str, list[Spent]] = {tool: [] for tool in PART}
    start: dict[str, list[Spent]] = {tool: [] for tool in PART}
    kept, size = dict.fromkeys(PART, 0.0), dict.fromkeys(PART, 0.0)
    with scratch(told) as folder:
        docs = _texts(told.input, MEGABYTES.of(told))
        rows = {tool: max(1, round(part * docs.height)) for tool, part in PART.items()}
        for tool, count in rows.items():
            some = docs.head(count)
            size[tool] = some["text"].str.len_bytes().sum() / MB
            given = folder / tool / "in.jsonl"
            given.parent.mkdir()
            some.write_ndjson(given)
        for _ in range(ROUNDS.of(told)):
            for tool, count in rows.items():
                start[tool].append(command(python[tool], script(tool, "text"), env=ONE_THREAD))
                out = folder / "out"
                out.mkdir()
                spent = command(python[tool], script(tool, "text"), folder / tool / "in.jsonl", out, env=ONE_THREAD)
                seen[tool].append(spent)
                written = json.loads(spent.out.splitlines()[-1])["files"]
                kept[tool] = pl.read_parquet(written, columns=["text"]).height / count
                shutil.rmtree(out)
    net = {tool: median([s.cpu for s in seen[tool]]) - median([s.cpu for s in start[tool]]) for tool in PART}
    alone = _alone(docs.with_columns(raw=pl.col("text").cast(pl.Binary)), RUNS.of(told))
    speed = {tool: size[tool] / net[tool] for tool in PART}
    ratio = {tool: speed["medgo"] / speed[tool] for tool in PART}
    tell(
        f"medgo decodes, repairs and judges >= {WANTED} MB of text in a CPU second ({alone:.1f}); from file to file, {TIMES} times the peers",
        ("tool", "MB", "CPU s", "CPU s net", "MB/CPU s net", "medgo is faster", "kept"),
        [
            (
                tool,
                size[tool],
                median([s.cpu for s in seen[tool]]),
                net[tool],
                speed[tool],
                f"{ratio[tool]:.0f} x",
                f"{kept[tool]:.1%}",
            )
            for tool in PART
        ],
        met=alone >= WANTED and min(ratio["datatrove"], ratio["data-juicer"]) >= TIMES,
        megabytes={tool: round(mb, 1) for tool, mb in size.items()},
        text_path_mb_per_cpu_s=round(alone, 1),
        net_cpu_s={tool: round(cpu, 2) for tool, cpu in net.items()},
        net_mb_per_cpu_s={tool: round(mb, 2) for tool, mb in speed.items()},
        ratio={tool: round(times, 1) for tool, times in ratio.items()},
        kept={tool: round(share, 4) for tool, share in kept.items()},
    )


def _alone(docs: pl.DataFrame, runs: int) -> float:
    """MB in a CPU second from bytes to judged rows, in this process: what reading JSON and writing Parquet take is not in it."""
    size = int(docs["text"].str.len_bytes().sum()) / MB
    columns = {"language": pl.lit(None, pl.String), "repairs": pl.lit(None, pl.List(pl.String))}
    spent = []
    for _ in range(runs + 1):
        began = time.process_time()
        for batch in docs.iter_slices(BATCH):
            decoded = batch.with_columns(pl.col("raw").cast(pl.String).alias("text")).drop("raw")
            Clean()(decoded.with_columns(drop=pl.lit(None, pl.String), **columns))
        spent.append(time.process_time() - began)
    return size / median(spent[1:])  # the first compiles, or loads what was compiled


def _texts(path: Path | None, megabytes: float) -> pl.DataFrame:
    """Real texts, again and again with another character before each; or invented ones."""
    if path is None:
        return pl.concat(batches(megabytes, 0)).select("id", "text")
    docs = pl.read_parquet(path, columns=["id", "text"]).sample(fraction=1, shuffle=True, seed=1)
    times = max(1, round(megabytes * MB / int(docs["text"].str.len_bytes().sum())))
    return pl.concat(
        docs.with_columns(id=pl.lit(f"{k}-") + pl.col("id"), text=pl.lit(chr(0x4E00 + k)) + pl.col("text"))
        for k in range(times)
    )


if __name__ == "__main__":
    main()
