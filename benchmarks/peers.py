"""The same chain in medgo, datatrove and data-juicer, side by side over the same Parquet file.

Texts of 50 characters or more, a share of Han of 0.3 or more, exact deduplication, Parquet. Each runs as a process of its own, seen
from outside: user and system seconds of it and of its children. What importing it costs is measured the same way, and taken off.
The peers' environments are made below .venv/ the first time, which takes some minutes and 2 GB.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from common import MB, ONE_THREAD, Size, Spent, asked, command, files, median, scratch, tell, text_bytes

MEGABYTES, ROUNDS, IMPORTS = Size(350, 20), Size(2, 1), Size(2, 1)
HERE = Path(__file__).parent
CHAINS = {  # the tool, then how its script is called
    "medgo": ("medgo", []),
    "datatrove": ("datatrove", []),
    "datatrove, filters after deduplication": ("datatrove", ["--dedup-first"]),
    "data-juicer": ("data-juicer", []),
}


def main() -> None:
    told = asked(__doc__, input={"type": Path, "help": "Parquet with id, source and text, in place of invented texts"})
    python = {tool: environment(tool) for tool, _ in CHAINS.values()}
    seen: dict[str, list[Spent]] = {name: [] for name in CHAINS}
    start: dict[str, list[Spent]] = {tool: [] for tool in python}
    kept: dict[str, pl.Series] = {}
    with scratch(told) as folder:
        given = _repeated(told.input, folder, MEGABYTES.of(told)) if told.input else None
        given = given or next(files(folder / "raw", 1, MEGABYTES.of(told)).iterdir())
        megabytes, rows = text_bytes([given]) / MB, pq.read_metadata(given).num_rows
        for _ in range(IMPORTS.of(told)):
            for tool, runs in start.items():
                runs.append(command(python[tool], script(tool, "chain"), env=ONE_THREAD))
        for _ in range(ROUNDS.of(told)):
            for name, (tool, words) in CHAINS.items():
                out = folder / "out"
                out.mkdir()
                spent = command(python[tool], script(tool, "chain"), given, out, *words, env=ONE_THREAD)
                seen[name].append(spent)
                written = json.loads(spent.out.splitlines()[-1])
                found = pl.read_parquet(written["files"], columns=["text"])["text"].hash().sort()
                if not kept.setdefault(name, found).equals(found):
                    sys.exit(f"{name} kept other rows than the time before")
                shutil.rmtree(out)
    whole = {name: median([spent.cpu for spent in runs]) for name, runs in seen.items()}
    net = {name: whole[name] - median([s.cpu for s in start[tool]]) for name, (tool, _) in CHAINS.items()}
    same = all(found.equals(kept["medgo"]) for found in kept.values())
    fastest = min(cpu for name, cpu in net.items() if name != "medgo")
    tell(
        f"{rows:,} rows, {megabytes:,.0f} MB of text: medgo takes less CPU than either peer, and keeps the same rows",
        (
            "chain",
            "CPU s",
            "least",
            "most",
            "MB/CPU s",
            "CPU s net",
            "MB/CPU s net",
            "medgo is faster",
            "rows kept",
            "in medgo's",
        ),
        [
            (
                name,
                whole[name],
                min(s.cpu for s in runs),
                max(s.cpu for s in runs),
                megabytes / whole[name],
                net[name],
                megabytes / net[name],
                f"{net[name] / net['medgo']:.1f} x",
                len(kept[name]),
                int(kept[name].is_in(kept["medgo"].implode()).sum()),
            )
            for name, runs in seen.items()
        ],
        met=net["medgo"] < fastest and same,
        rows=rows,
        megabytes=round(megabytes),
        cpu_s={name: round(cpu, 2) for name, cpu in whole.items()},
        net_cpu_s={name: round(cpu, 2) for name, cpu in net.items()},
        net_mb_per_cpu_s={name: round(megabytes / cpu, 1) for name, cpu in net.items()},
        ratio={name: round(cpu / net["medgo"], 2) for name, cpu in net.items()},
        rows_kept={name: len(found) for name, found in kept.items()},
        same_rows=same,
    )


def script(tool: str, chain: str) -> Path:
    return HERE / "peers" / f"{tool.replace('-', '_')}_{chain}.py"


def environment(tool: str) -> Path:
    """The Python that has the tool and what it needs alone: one below .venv/, made if it is not there."""
    folder, wanted = HERE.parent / ".venv" / f"bench-{tool}", HERE / "peers" / f"requirements-{tool}.txt"
    python, made = folder / "bin" / "python", folder / "made"
    if not made.is_file() or made.read_text("utf-8") != wanted.read_text("utf-8"):
        print(f"making {folder.relative_to(HERE.parent)} ...", file=sys.stderr)
        pins = wanted.read_text("utf-8").split()
        # torch alone and first: what comes after it is then content with the build that is there
        first = [pin for pin in pins if pin.startswith("torch==")]
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        for each in filter(None, (first, pins)):
            subprocess.run([python, "-m", "pip", "install", "-qq", *each], check=True, cwd=HERE.parent)
        shutil.copy(wanted, made)
    return python


def _repeated(path: Path, folder: Path, megabytes: float) -> Path:
    """The file again and again, each time with another character before every text, so that no text returns."""
    docs = pl.read_parquet(path, columns=["id", "source", "text"])
    times = max(1, round(megabytes * MB / text_bytes([path])))
    out = folder / "input.parquet"
    with pq.ParquetWriter(out, docs.to_arrow(compat_level=pl.CompatLevel.oldest()).schema, compression="zstd") as file:
        for k in range(times):
            again = docs.with_columns(id=pl.lit(f"{k}-") + pl.col("id"), text=pl.lit(chr(0x4E00 + k)) + pl.col("text"))
            file.write_table(again.to_arrow(compat_level=pl.CompatLevel.oldest()), row_group_size=10_000)
    return out


if __name__ == "__main__":
    main()
