"""A hundred faults over one build: no row is lost, none is there twice, and at most 30 % of the work is done again.

Workers, whole nodes (of a Ray cluster) and the builder itself are killed at moments drawn by lot; after the builder's death it
is started again. Work is counted, not time: a stage ticks as it works, in a file that outlives it, so what was done in vain
is in the count too. What a fault costs is half of what was under way, so the share depends on how many parts there are.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from common import Size, Spent, asked, clock, files, medgo, scratch, tell

FILES, TICKS, FAULTS = Size(240, 24), 10, Size(100, 6)
LIMIT = 0.30
LOTS = {"local": {"worker": 7, "builder": 3}, "ray": {"worker": 7, "builder": 1, "node": 2}}
RECIPE = """
import os, time
from dataclasses import dataclass
from pathlib import Path
from medgo_data import Clean, Corpus, Dedup, Sample, Stage
from medgo_data.sources import Parquet
from medgo_data.stage import knob

@dataclass(frozen=True, kw_only=True)
class Works(Stage):
    ticks: str = knob("")
    def __call__(self, docs):
        with open(f"{{self.ticks}}/{{os.getpid()}}", "ab", buffering=0) as file:
            for _ in range({ticks}):
                file.write(b".")
                time.sleep(0.02)
        return docs

papers = Parquet(name="papers", files="{raw}/*", license="invented", fields={{"text": "text"}})
work = Works(ticks="{work}")
corpus = Corpus("papers", [papers], [work, Clean(repair=False, min_chars=20), Dedup(at_least=None), work, Sample(others=10**9), work])
"""


def main() -> None:
    told = asked(__doc__, engine={"choices": ("local", "ray"), "default": "local"}, seed={"type": int, "default": 1})
    count, faults = FILES.of(told), FAULTS.of(told)
    with scratch(told) as folder:
        raw = files(folder / "raw", count, count / 20)
        calm = folder / "calm"
        calm.mkdir()
        medgo("build", _recipe(folder, raw, calm), "--root", folder / "here", "--workers", 2)
        whole = _ticks(calm)
        rough = folder / "rough"
        rough.mkdir()
        recipe = _recipe(folder, raw, rough)
        dice = random.Random(told.seed)
        moments = sorted(dice.sample(range(whole), faults))
        with _machines(told.engine) as machines, clock() as spent:
            build = [sys.executable, "-m", "medgo_data.cli", "build", str(recipe), "--root", str(folder / "root")]
            struck, starts = _run(
                [*build, "--quiet", *machines.words], rough, moments, dice, machines, LOTS[told.engine]
            )
        done = _ticks(rough)
        same = _bytes(folder / "here") == _bytes(folder / "root")
        ids = pl.scan_parquet(next((folder / "root/papers").glob("*/")) / "*.parquet").select("id").collect()["id"]
        want = pl.scan_parquet(next((folder / "here/papers").glob("*/")) / "*.parquet").select("id").collect()["id"]
    overhead = done / whole - 1
    lost, twice = len(set(want) - set(ids)), len(ids) - ids.n_unique()
    tell(
        f"{faults} faults over a build: no row lost, none twice, <= {LIMIT:.0%} of the work done again",
        ("", "seen"),
        [
            *((f"{kind}s killed", n) for kind, n in sorted(struck.items())),
            ("builds begun", starts),
            ("parts, in three passes", 3 * count),
            ("rows", len(ids)),
            ("rows lost", lost),
            ("rows twice", twice),
            ("the same bytes", str(same)),
            ("work done again", f"{overhead:.1%}"),
        ],
        met=same and not lost and not twice and overhead <= LIMIT and sum(struck.values()) == faults,
        engine=told.engine,
        struck=dict(struck),
        parts=3 * count,
        overhead=round(overhead, 4),
        lost=lost,
        twice=twice,
        same_bytes=same,
        wall_s=round(_wall(spent()), 1),
    )


def _wall(spent: Spent) -> float:
    return spent.wall


def _recipe(folder: Path, raw: Path, work: Path) -> Path:
    path = folder / f"{work.name}.py"
    path.write_text(RECIPE.format(raw=raw, work=work, ticks=TICKS), "utf-8")
    return path


def _ticks(work: Path) -> int:
    return sum(path.stat().st_size for path in work.iterdir())


def _bytes(root: Path) -> dict[str, bytes]:
    (folder,) = (root / "papers").glob("*/")
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "run.json"
    }


class Machines:
    """Where the work runs, and what of it can be killed besides workers and the builder."""

    words: tuple[str, ...] = ("--workers", "2")

    def kill_node(self) -> None:
        raise NotImplementedError


class RayNodes(Machines):
    """A head without work, and two nodes that come and go."""

    def __init__(self) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(initialize_head=True, head_node_args=self._node(0))
        for _ in range(2):
            self.cluster.add_node(**self._node(1))
        self.words = ("--engine", "ray", "--address", self.cluster.address)

    def _node(self, cpus: int) -> dict[str, Any]:
        return {"num_cpus": cpus, "object_store_memory": 80_000_000, "include_dashboard": False}

    def kill_node(self) -> None:
        node = min(self.cluster.worker_nodes, key=lambda node: node.unique_id)
        self.cluster.remove_node(node, allow_graceful=False)
        self.cluster.add_node(**self._node(1))


@contextmanager
def _machines(engine: str) -> Iterator[Machines]:
    machines = RayNodes() if engine == "ray" else Machines()
    try:
        yield machines
    finally:
        if isinstance(machines, RayNodes):
            machines.cluster.shutdown()


def _run(  # noqa: PLR0913, PLR0917  all that a fault has to know
    build: list[str], work: Path, moments: list[int], dice: random.Random, machines: Machines, lots: dict[str, int]
) -> tuple[Counter[str], int]:
    """Build to the end, through a fault at each of these moments of the work."""
    struck, starts = Counter[str](), 0
    running: subprocess.Popen[bytes] | None = None
    waiting = list(moments)
    while True:
        if running is None or running.poll() is not None:
            if running and running.returncode == 0:
                return struck, starts
            if running and running.returncode > 0:
                sys.exit("the build ended with an error, which no fault should be")
            running, starts = subprocess.Popen(build, stdout=subprocess.DEVNULL), starts + 1
        if waiting and _ticks(work) >= waiting[0]:
            kind = dice.choices(list(lots), list(lots.values()))[0]
            if _strike(kind, work, running, machines, dice):
                struck[kind] += 1
                waiting.pop(0)
        time.sleep(0.02)


def _strike(kind: str, work: Path, running: subprocess.Popen[bytes], machines: Machines, dice: random.Random) -> bool:
    """Whether there was something to kill."""
    if kind == "builder":
        running.kill()
        running.wait()
        return True
    if kind == "node":
        machines.kill_node()
        return True
    alive = [path for path in work.iterdir() if time.time() - path.stat().st_mtime < 0.1]  # it ticks, so it works
    if not alive:
        return False
    try:
        os.kill(int(dice.choice(sorted(alive)).name), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
