"""The whole pipeline beside datatrove and data-juicer, from the same JSON Lines to Parquet: ten times as fast is wanted.

Papers of the generator, with what is planted in them. The peers are given the nearest they have: both find no names, and of numbers
datatrove those of networks only. They are so slow that they get a part of the texts; what starting costs is taken off. ``--texts``
takes real ones.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import polars as pl

import corpus
from common import MB, ONE_THREAD, Size, Spent, asked, command, median, scratch, tell
from peers import environment, script

MEGABYTES, ROUNDS = Size(60, 12), Size(3, 1)
TIMES = 10
CHAINS = {  # the tool, the part of the texts that it gets, and how its script is called
    "medgo, not scrubbed": ("medgo", 1.0, []),
    "medgo, balanced": ("medgo", 0.1, ["balanced"]),
    "medgo, high_recall": ("medgo", 0.05, ["high_recall"]),
    "datatrove": ("datatrove", 0.05, []),
    "data-juicer": ("data-juicer", 0.1, []),
}


def main() -> None:
    told = asked(__doc__, texts={"help": "real texts, as Parquet with a column text; invented sentences else"})
    python = {tool: environment(tool) for tool in ("datatrove", "data-juicer")} | {"medgo": Path(sys.executable)}
    net: dict[str, float] = {}
    size: dict[str, float] = {}
    kept: dict[str, float] = {}
    with scratch(told) as folder:
        corpus.write(folder / "raw", MEGABYTES.of(told) / corpus.KINDS[0].share, real=told.texts)
        lines = next((folder / "raw" / "papers").iterdir()).read_bytes().splitlines(keepends=True)
        for name, (tool, part, words) in CHAINS.items():
            given = folder / "in.jsonl"
            some = lines[: max(1, round(part * len(lines)))]
            given.write_bytes(b"".join(some))
            warm = folder / "warm.jsonl"
            warm.write_bytes(b"".join(some[:40]))
            runs: dict[str, list[Spent]] = {"start": [], "whole": []}
            for _ in range(ROUNDS.of(told)):
                for what, path in (
                    ("start", warm),
                    ("whole", given),
                ):  # patterns and models are loaded for forty rows too
                    out = folder / "out"
                    out.mkdir()
                    runs[what].append(command(python[tool], script(tool, "whole"), path, out, *words, env=ONE_THREAD))
                    written = json.loads(runs[what][-1].out.splitlines()[-1])["files"]
                    kept[name] = sum(pl.scan_parquet(file).select(pl.len()).collect().item() for file in written) / len(
                        some
                    )
                    shutil.rmtree(out)
            net[name] = median([s.cpu for s in runs["whole"]]) - median([s.cpu for s in runs["start"]])
            size[name] = sum(len(json.loads(line)["text"].encode()) for line in some[40:]) / MB
    speed = {name: size[name] / net[name] for name in CHAINS}
    fastest = max(speed["datatrove"], speed["data-juicer"])
    tell(
        f"the whole pipeline, not scrubbed, {TIMES} times as fast as either peer",
        ("chain", "MB", "CPU s net", "MB/CPU s", "x datatrove", "x data-juicer", "kept"),
        [
            (
                name,
                size[name],
                net[name],
                speed[name],
                speed[name] / speed["datatrove"],
                speed[name] / speed["data-juicer"],
                f"{kept[name]:.1%}",
            )
            for name in CHAINS
        ],
        met=speed["medgo, not scrubbed"] >= TIMES * fastest,
        mb_per_cpu_s={name: round(value, 3) for name, value in speed.items()},
        ratio={name: round(value / fastest, 2) for name, value in speed.items()},
        kept={name: round(share, 4) for name, share in kept.items()},
    )


if __name__ == "__main__":
    main()
