"""Text repaired and judged: 40 MB of it in a CPU second, twenty times what datatrove and data-juicer do with it.

The same texts as JSON Lines in, Parquet out. The peers run the operators of theirs that do the same; they are so slow that they are
given a part of the texts, which favours them: what starting costs is taken off. ``--input`` takes real texts.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl

from common import MB, ONE_THREAD, Size, Spent, asked, batches, command, median, scratch, tell
from peers import environment, script

MEGABYTES, ROUNDS = Size(120, 12), Size(3, 1)
PART = {"medgo": 1.0, "datatrove": 0.05, "data-juicer": 0.15}  # of the texts
WANTED, TIMES = 40, 20


def main() -> None:
    told = asked(__doc__, input={"type": Path, "help": "Parquet with id and text, in place of invented texts"})
    python = {tool: environment(tool) for tool in PART}
    seen: dict[str, list[Spent]] = {tool: [] for tool in PART}
    start: dict[str, list[Spent]] = {tool: [] for tool in PART}
    kept, size = dict.fromkeys(PART, 0.0), dict.fromkeys(PART, 0.0)
    with scratch(told) as folder:
        docs = _texts(told.input, MEGABYTES.of(told))
        for tool in PART:
            some = docs.head(_rows(tool, docs))
            size[tool] = some["text"].str.len_bytes().sum() / MB
            given = folder / tool / "in.jsonl"
            given.parent.mkdir()
            some.write_ndjson(given)
        for _ in range(ROUNDS.of(told)):
            for tool in PART:
                start[tool].append(command(python[tool], script(tool, "text"), env=ONE_THREAD))
                out = folder / "out"
                out.mkdir()
                spent = command(python[tool], script(tool, "text"), folder / tool / "in.jsonl", out, env=ONE_THREAD)
                seen[tool].append(spent)
                written = json.loads(spent.out.splitlines()[-1])["files"]
                kept[tool] = pl.read_parquet(written, columns=["text"]).height / max(1, round(PART[tool] * docs.height))
                shutil.rmtree(out)
    net = {tool: median([s.cpu for s in seen[tool]]) - median([s.cpu for s in start[tool]]) for tool in PART}
    speed = {tool: size[tool] / net[tool] for tool in PART}
    ratio = {tool: speed["medgo"] / speed[tool] for tool in PART}
    tell(
        f"medgo repairs and judges >= {WANTED} MB of text in a CPU second, {TIMES} times the peers",
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
        met=speed["medgo"] >= WANTED and min(ratio["datatrove"], ratio["data-juicer"]) >= TIMES,
        megabytes={tool: round(mb, 1) for tool, mb in size.items()},
        net_cpu_s={tool: round(cpu, 2) for tool, cpu in net.items()},
        net_mb_per_cpu_s={tool: round(mb, 2) for tool, mb in speed.items()},
        ratio={tool: round(times, 1) for tool, times in ratio.items()},
        kept={tool: round(share, 4) for tool, share in kept.items()},
    )


def _rows(tool: str, docs: pl.DataFrame) -> int:
    return max(1, round(PART[tool] * docs.height))


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
