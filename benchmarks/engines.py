"""Two workers are worth at least 1.85 of one, a Ray cluster of two at least 0.9 of those, and the bytes are the same everywhere.

The workers of each engine have started and imported what they need before the clock does; rounds alternate between engines,
so what else the machine does falls on all of them alike. A Slurm array is run as its tasks would be, two at a time.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from common import Size, asked, files, median, scratch, tell
from light import source
from medgo_data import Clean, Corpus, Dedup, Here, Local, Ray, build, launch
from medgo_data.engine import Engine

MEGABYTES, FILES, RUNS = Size(400, 24), Size(32, 8), Size(5, 1)
LOCAL, RAY = 1.85, 0.9
STAGES = (Clean(min_chars=20, min_han=0.3), Dedup(at_least=None))
RECIPE = """
import sys
sys.path.insert(0, {here!r})
from pathlib import Path
from engines import STAGES
from light import source
from medgo_data import Corpus
corpus = Corpus("papers", [source(Path({raw!r}))], STAGES)
"""


def main() -> None:
    told = asked(__doc__)
    engines: dict[str, Callable[[], Engine]] = {
        "Here": Here,
        "Local(1)": lambda: Local(1),
        "Local(2)": lambda: Local(2),
        "Ray, 2 workers": lambda: Ray(workers=2, options={"object_store_memory": 80_000_000}),
    }
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    content: dict[str, str] = {}
    with scratch(told) as folder:
        raw = files(folder / "raw", FILES.of(told), MEGABYTES.of(told))
        for _ in range(RUNS.of(told)):
            for name, make in engines.items():
                root = folder / f"root {len(seconds[name])} {name}"
                seconds[name].append(_timed(raw, make(), root))
                content[name] = _content(root)
        content["Slurm array, 2 tasks"] = _array(folder, raw)
    took = {name: median(all_) for name, all_ in seconds.items()}
    local, ray = took["Local(1)"] / took["Local(2)"], took["Local(2)"] / took["Ray, 2 workers"]
    same = len(set(content.values())) == 1
    tell(
        f"Local(2) >= {LOCAL} x Local(1), Ray on 2 workers >= {RAY} x Local(2), the same bytes on all engines",
        ("engine", "wall s, median", "least", "most", "bytes"),
        [(name, took[name], min(all_), max(all_), content[name][:12]) for name, all_ in seconds.items()]
        + [("Slurm array, 2 tasks", "", "", "", content["Slurm array, 2 tasks"][:12])],
        met=local >= LOCAL and ray >= RAY and same,
        megabytes=MEGABYTES.of(told),
        local_2_by_local_1=round(local, 3),
        ray_2_by_local_2=round(ray, 3),
        same_bytes=same,
        wall_s={name: [round(s, 2) for s in all_] for name, all_ in seconds.items()},
    )


def _timed(raw: Path, engine: Engine, root: Path) -> float:
    """Wall seconds of a build whose workers are there already."""
    try:
        list(engine.map(_warm, range(4)))
        began = time.perf_counter()
        build(Corpus("papers", [source(raw)], STAGES), root, engine)
        return time.perf_counter() - began
    finally:
        if not isinstance(engine, Here):
            engine.close()  # type: ignore[attr-defined]


def _warm(_: int) -> None:
    """A worker imports what it needs, and takes so long about it that each of them gets one."""
    import polars as pl

    from medgo_data import schema

    text = {"id": "a", "text": "患者主诉发热三日。" * 9}
    docs = pl.DataFrame([text], schema=schema.load("document").polars | {"drop": pl.String})
    STAGES[0](docs)
    time.sleep(1)


def _array(folder: Path, raw: Path) -> str:
    """The same by the scripts of a Slurm array, which are run here as Slurm would run them."""
    recipe, root = folder / "array.py", folder / "root array"
    recipe.write_text(RECIPE.format(here=str(Path(__file__).parent), raw=str(raw)), "utf-8")
    job = launch.Job(str(recipe), root, 2)
    rounds = launch.rounds([Corpus("papers", [source(raw)], STAGES)])
    first, array, last, _ = launch.write(job, rounds, folder / "jobs")
    for script in (first, *[array] * rounds, last):
        numbers = ("0", "1") if script == array else ("",)
        started = [
            subprocess.Popen(
                ["/bin/bash", script], env=_environment(number), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for number in numbers
        ]
        if any(task.wait() for task in started):
            sys.exit(f"{script} failed")
    return _content(root)


def _environment(number: str) -> dict[str, str]:
    return os.environ | {"SLURM_ARRAY_TASK_ID": number, "SLURM_CPUS_PER_TASK": "1"}


def _content(root: Path) -> str:
    """The digest of every byte of a version but the notes of the run."""
    (folder,) = (root / "papers").glob("*/")
    told = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "run.json"):
        told.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return told.hexdigest()


if __name__ == "__main__":
    main()
