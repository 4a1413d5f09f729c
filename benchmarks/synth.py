"""Asking a model: requests a second at 256 under way against a server of 50 ms, beside four others; and kept replies replayed.

The server is tests/scripted.py, on loopback, in a process of its own; it knows when each request came. Requests a second are those between
the first tenth and the last, so neither imports nor the slow start of a client count; CPU is that of a client's process and its
children, less what it takes for a few requests. medgo's is a whole build, from Parquet to a shard, each reply on disk before it is used.
The clients named bare keep nothing and build nothing. Each peer runs in an environment of its own, made below .venv/ the first time.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from common import ONE_THREAD, Size, apart, asked, command, median, scratch, tell
from peers import environment, script

SERVER = Path(__file__).parent.parent / "tests" / "scripted.py"
REQUESTS, FEW, RUNS = Size(6000, 2000), 64, Size(3, 1)
AT_ONCE, SECONDS = 256, 0.05
A_SECOND, REPLAYED = 1000, 40_000
REPLAYS = (
    "the desk: from documents to parsed replies",
    "the stage: from a batch to new rows",
    "a build: from Parquet to a shard",
)
ROWS, BATCH = Size(40_000, 8_000), 4096
CLIENTS = {  # the tool, and how its script is called
    "medgo": ("medgo", []),
    "openai on aiohttp, raw, bare": ("openai", []),
    "aiohttp, bare": ("openai", ["--bare"]),
    "curator": ("curator", []),
    "distilabel": ("distilabel", []),
}
OURS = ("medgo", "openai")  # run in the environment of this benchmark


def main() -> None:
    told = asked(
        __doc__,
        only={"choices": ["client", "replay"], "help": "one of both"},
        clients={"nargs": "*", "choices": [*CLIENTS], "default": [*CLIENTS], "help": "those to run"},
    )
    for name, claim in {"client": client, "replay": replay}.items():
        if told.only in (None, name):
            with scratch(told) as folder:
                claim(told, folder)


# ---- a client ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What a client did, as the server saw it, and what that cost."""

    a_second: float
    cpu: float  # of its process, start included
    peak: int  # under way at once
    asked: int
    paid: int
    replies: int


def client(told: argparse.Namespace, folder: Path) -> None:
    many = REQUESTS.of(told)
    docs(many).write_parquet(folder / "docs.parquet")
    docs(FEW).write_parquet(folder / "few.parquet")
    seen: dict[str, list[Run]] = {name: [] for name in told.clients}
    start = {name: _run(name, folder / "few.parquet", folder / f"start{k}").cpu for k, name in enumerate(seen)}
    for turn in range(RUNS.of(told)):
        for k, (name, runs) in enumerate(seen.items()):
            runs.append(_run(name, folder / "docs.parquet", folder / f"{turn}-{k}"))
    speed = {name: median([run.a_second for run in runs]) for name, runs in seen.items()}
    cpu = {name: 1e3 * (median([run.cpu for run in runs]) - start[name]) / (many - FEW) for name, runs in seen.items()}
    tell(
        f"{AT_ONCE} under way against a server of {1e3 * SECONDS:.0f} ms: medgo asks >= {A_SECOND:,} times a second, all included",
        (
            "",
            "requests/s",
            "least",
            "most",
            "CPU ms a request",
            "requests a CPU s",
            "peak under way",
            "asked",
            "replies",
        ),
        [
            (
                name,
                speed[name],
                min(run.a_second for run in runs),
                max(run.a_second for run in runs),
                cpu[name],
                1e3 / cpu[name],
                max(run.peak for run in runs),
                f"{max(run.asked for run in runs):,} of {many:,}",
                min(run.replies for run in runs),
            )
            for name, runs in seen.items()
        ],
        met=speed.get("medgo", 0) >= A_SECOND,
        requests=many,
        a_second={name: round(value) for name, value in speed.items()},
        most={name: round(max(run.a_second for run in runs)) for name, runs in seen.items()},
        cpu_ms={name: round(value, 3) for name, value in cpu.items()},
        start_cpu_s={name: round(value, 2) for name, value in start.items()},
    )


def _run(name: str, given: Path, out: Path) -> Run:
    tool, words = CLIENTS[name]
    python = Path(sys.executable) if tool in OURS else environment(tool)
    out.mkdir()
    with server() as url:
        spent = command(python, script(tool, "synth"), url, given, out, str(AT_ONCE), *words, env=ONE_THREAD)
        saw = _saw(url)
    times = sorted(saw["times"])
    tenth = len(times) // 10
    return Run(
        a_second=(len(times) - 2 * tenth - 1) / (times[-1 - tenth] - times[tenth]),
        cpu=spent.cpu,
        peak=saw["peak"],
        asked=saw["asked"],
        paid=saw["paid"],
        replies=json.loads(spent.out.splitlines()[-1])["replies"],
    )


@contextmanager
def server() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, SERVER, "--seconds", str(SECONDS)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"  # type: ignore[union-attr]
        finally:
            process.kill()


def _saw(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/told", timeout=60) as answer:  # noqa: S310  loopback
        return json.load(answer)  # type: ignore[no-any-return]


# ---- the replay ----------------------------------------------------------------------------------------------------


def replay(told: argparse.Namespace, folder: Path) -> None:
    seconds = apart(_replayed, folder, ROWS.of(told), RUNS.of(told))
    rows = ROWS.of(told)
    speed = {name: rows / median(spent) for name, spent in seconds.items()}
    tell(
        f"kept replies to prompts of {len(docs(1)[0, 'text'].encode()):,} bytes: >= {REPLAYED:,} rows a CPU second",
        ("", "rows/CPU s", "least", "most", "CPU μs a row"),
        [
            (name, speed[name], rows / max(spent), rows / min(spent), 1e6 * median(spent) / rows)
            for name, spent in seconds.items()
        ],
        met=speed[REPLAYS[0]] >= REPLAYED,
        rows=rows,
        rows_per_cpu_s={name: round(value) for name, value in speed.items()},
    )


def _replayed(folder: Path, rows: int, runs: int) -> dict[str, list[float]]:
    """CPU seconds of the desk alone, of the whole stage, and of a whole build."""
    sys.path.insert(0, str(Path(__file__).parent / "peers"))
    from medgo_synth import Ask

    from medgo_data import Corpus, Here, build
    from medgo_data.sources import Parquet
    from medgo_data.stage import HOUSE, House
    from medgo_data.synth import Chat, desk

    os.environ["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"  # where nobody is
    stage, root = Ask(chat=Chat(model="m", max_tokens=100, at_once=AT_ONCE), unscrubbed=True), folder / "root"
    given = docs(rows)
    given.write_parquet(folder / "docs.parquet", row_group_size=BATCH)
    _keep(stage, given["text"], root / ".medgo" / "replies.sqlite")
    same = {name: pl.lit("x") for name in ("source", "license", "category", "origin")}
    batches = list(given.with_columns(**same, drop=pl.lit(None, pl.String)).iter_slices(BATCH))
    dicts = [batch.to_dicts() for batch in batches]
    HOUSE.set(House(root / ".medgo", "replay"))

    def the_desk() -> int:
        rows = 0
        for docs in dicts:
            works = [desk.Work(part, stage.write) for doc in docs for part in stage.passages(doc)]
            desk.at(stage.chat).take(works)
            rows += sum(len(work.rows) for work in works)
        return rows

    def the_stage() -> int:
        return sum(stage.finish(batch, stage.begin(batch)).height - batch.height for batch in batches)

    def the_build() -> int:
        source = Parquet(name="docs", files=str(folder / "docs.parquet"), license="invented", fields={"text": "text"})
        made = build(Corpus("asked", [source], [stage]), root, Here())
        for old in (made, root / ".medgo" / "pool"):
            old.rename(folder / f"{old.name}{time.monotonic_ns()}")
        return rows

    spent: dict[str, list[float]] = {}
    for name, do in zip(REPLAYS, (the_desk, the_stage, the_build), strict=True):
        for _ in range(runs + 1):  # the first warms up
            began = time.process_time()
            if do() != rows:
                sys.exit(f"{name}: not all rows were replayed")
            spent.setdefault(name, []).append(time.process_time() - began)
        desk.close()
    return {name: each[1:] for name, each in spent.items()}


def _keep(stage: Any, texts: pl.Series, file: Path) -> None:
    """What a model said about each."""
    from medgo_data.synth import shape
    from medgo_data.synth.replies import Replies, Reply

    kept, done, form = Replies(file), queue.SimpleQueue[Any](), shape.schema(stage.reply)
    for text in texts:
        request = stage.chat.request([{"role": "system", "content": stage.system}, *stage.prompt({"text": text})], form)
        kept.keep(request.canonical, Reply(_said(text), "stop", "m", 500, 30), done.put)
    for _ in texts:
        done.get()
    kept.close()


# ---- documents -----------------------------------------------------------------------------------------------------

BODY = "口服，一次一片，一日三次，饭后服用，连用七日；肝功能不全者慎用，孕妇禁用，哺乳期妇女应在医师指导下使用。" * 8


def docs(many: int) -> pl.DataFrame:
    """Leaflets of invented drugs; each says what is to be replied about it."""
    ids = range(many)
    texts = [
        f'【药品名称】虚构药{k}号【用法用量】{BODY}<<say {{"question": "虚构药{k}号怎么吃？", "answer": "口服，一次一片，一日三次。"}}>>'
        for k in ids
    ]
    return pl.DataFrame({"id": [f"docs/a#0-{k}" for k in ids], "text": texts})


def _said(text: str) -> str:
    return text.partition("<<say ")[2].removesuffix(">>")


if __name__ == "__main__":
    main()
