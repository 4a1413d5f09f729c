"""Parquet to Parquet through three light stages: at least 80 MB of text in a CPU second, compression included.

One process, one thread. Megabytes are UTF-8 of the column ``text`` as it is read; what else a row carries comes free.
"""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common import Size, apart, asked, clock, files, median, scratch, tell, text_bytes
from light import CLEAN, STAGES, source, warm
from medgo_data import Corpus, Dedup, Here, Sample, Stage, build, part, schema, shards, stage, store

MEGABYTES, FILES, RUNS = Size(400, 40), 4, Size(5, 1)
LIMIT = 80
CHAINS: dict[str, tuple[str, Sequence[Stage]]] = {
    "three light stages": ("parquet", STAGES),
    "Clean": ("parquet", (CLEAN,)),
    "Clean, Dedup": ("parquet", (CLEAN, Dedup(at_least=None))),
    "Clean, Dedup, Sample": ("parquet", (CLEAN, Dedup(at_least=None), Sample(quota={"papers": 100_000}))),
    "JSON Lines: three light": ("jsonl", STAGES),
    "JSON Lines: Clean": ("jsonl", (CLEAN,)),
    "JSON Lines: Clean, Dedup": ("jsonl", (CLEAN, Dedup(at_least=None))),
}


def run(folder: Path, stages: Sequence[Stage], root: Path) -> float:
    warm()
    with clock() as spent:
        build(Corpus("papers", [source(folder)], stages), root, Here())
    return spent().cpu


def split(folder: Path, stages: Sequence[Stage], root: Path) -> dict[str, float]:
    """The same once more, with a watch on every part of the work: CPU seconds of each, without those it calls."""
    watch = Watch()
    kind = type(source(folder))
    kind.read = watch.over_steps("read the source", kind.read)  # type: ignore[method-assign]
    part.Fresh.frames = watch.over_steps("name the rows", part.Fresh.frames)  # type: ignore[method-assign]
    part.shards.batches = watch.over_steps("read the draft", shards.batches)
    for each in {type(one) for one in stages}:
        each.__call__ = watch.over(each.__name__, each.__call__)  # type: ignore[method-assign]
        for moment in ("sketch", "settle"):
            if hasattr(each, moment):
                setattr(each, moment, watch.over(f"{each.__name__}.{moment}", getattr(each, moment)))
    shards.ShardWriter._write = watch.over("write and compress", shards.ShardWriter._write)  # type: ignore[method-assign]  # noqa: SLF001
    shards.ShardWriter.__exit__ = watch.over("write and compress", shards.ShardWriter.__exit__)  # type: ignore[method-assign]
    part.account = watch.over("laws", stage.account)
    schema.conform = watch.over("conform", schema.conform)
    schema.lengths = watch.over("lengths", schema.lengths)
    part.Tally.measure = watch.over("lengths", part.Tally.measure)  # type: ignore[method-assign]
    part.sha256 = store.sha256 = watch.over("digests", store.sha256)
    with watch.on("all the rest"):
        run(folder, stages, root)
    return watch.spent


class Watch:
    """CPU seconds by name; while one thing calls another, only the other's watch runs."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.names: list[str] = []
        self.since = time.process_time()

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        self._turn()
        self.names.append(name)
        try:
            yield
        finally:
            self._turn()
            self.names.pop()

    def _turn(self) -> None:
        now = time.process_time()
        if self.names:
            self.spent[self.names[-1]] += now - self.since
        self.since = now

    def over(self, name: str, fn: Callable[..., Any]) -> Any:
        @functools.wraps(fn)
        def watched(*args: Any, **kwargs: Any) -> Any:
            with self.on(name):
                return fn(*args, **kwargs)

        return watched

    def over_steps(self, name: str, fn: Callable[..., Iterator[Any]]) -> Any:
        @functools.wraps(fn)
        def watched(*args: Any, **kwargs: Any) -> Iterator[Any]:
            steps = fn(*args, **kwargs)
            while True:
                with self.on(name):
                    step = next(steps, None)
                if step is None:
                    return
                yield step

        return watched


def main() -> None:
    told = asked(__doc__, split={"action": "store_true", "help": "say also where the time of each chain goes"})
    seconds: dict[str, list[float]] = {name: [] for name in CHAINS}
    splits = {}
    with scratch(told) as folder:
        raw = {kind: files(folder / kind, FILES, MEGABYTES.of(told), kind=kind) for kind in ("parquet", "jsonl")}
        megabytes = text_bytes([*raw["parquet"].iterdir()]) / 1e6
        for k in range(RUNS.of(told)):
            for name, (kind, stages) in CHAINS.items():
                seconds[name].append(apart(run, raw[kind], stages, folder / f"{name}{k}"))
        for name, (kind, stages) in CHAINS.items() if told.split else ():
            splits[name] = apart(split, raw[kind], stages, folder / f"{name} split")
    speed = {name: megabytes / median(cpu) for name, cpu in seconds.items()}
    main_chain = speed["three light stages"]
    tell(
        f"Parquet to Parquet through three light stages at >= {LIMIT} MB per CPU second",
        ("chain", "CPU s, median", "least", "most", "MB/CPU s"),
        [(name, median(cpu), min(cpu), max(cpu), speed[name]) for name, cpu in seconds.items()],
        met=main_chain >= LIMIT,
        megabytes=round(megabytes),
        megabytes_per_cpu_s={name: round(value) for name, value in speed.items()},
        split={name: {what: round(s, 3) for what, s in told.items()} for name, told in splits.items()},
    )
    for name, spent in splits.items():
        print(f"\n{name}: where {sum(spent.values()):.2f} CPU seconds go")
        for what, cpu in sorted(spent.items(), key=lambda item: -item[1]):
            print(f"  {cpu / sum(spent.values()):6.1%}  {what}")


if __name__ == "__main__":
    main()
