"""Near-duplicates: what medgo finds and what that costs, beside five other tools; and among ten million rows, and with one file more.

All look for the same: a Jaccard of 0.7 or more over shingles of five characters, by MinHash of 128 values, on one core. Parquet goes in, Parquet
without the duplicates comes out; what is not in it was removed. Each chain is a process of its own, seen from outside: user and system
seconds and memory, of it and of its children. What it takes for ten rows is its start. The peers' environments are made below .venv/
the first time; that of text-dedup takes 1.3 GB. ``--input``, ``--pairs`` and ``--planted`` take real texts and their labels, else
texts are invented; ``--only`` takes one of the claims.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import polars as pl

import medgo_data
from common import (
    MB,
    ONE_THREAD,
    Size,
    Spent,
    apart,
    asked,
    command,
    family,
    held,
    median,
    scratch,
    tell,
    text_bytes,
    texts,
)
from dedup_texts import (
    BYTES,
    SAME,
    Labelled,
    copies_in,
    edited,
    enlarged,
    letters_of,
    normalised_likeness,
    planted,
    short,
    write,
)
from medgo_data import Dedup
from medgo_data.store import FRESH
from peers import environment, script

AT_LEAST = 0.7
FEW = 10  # texts: over so few a chain only begins
ALONE = ONE_THREAD | {"RAYON_NUM_THREADS": "1"}
Told = argparse.Namespace


def main() -> None:
    told = asked(
        __doc__,
        input={"type": Path, "help": "Parquet with id, source and text, in place of invented texts"},
        pairs={
            "type": Path,
            "help": "Parquet with a, b, raw, normalised: the pairs of them that are alike, and how much",
        },
        planted={"type": Path, "help": "Parquet with id, original, kind: the copies among them that were planted"},
        only={"choices": [*CLAIMS], "help": "one claim"},
    )
    if told.input and not (told.pairs and told.planted):
        sys.exit("--input needs its labels: --pairs and --planted say which of its texts are alike.")
    for name, claim in CLAIMS.items():
        if told.only in (None, name):
            with scratch(told) as folder:
                claim(told, folder)


# ---- the same task in six tools ------------------------------------------------------------------------------------

MEGABYTES, ROUNDS = Size(60, 4), Size(2, 1)
CHAINS = {  # the tool, then how its script is called
    "medgo": ("medgo", []),
    "datasketch, xxh32": ("datasketch", []),
    "datasketch, SHA-1": ("datasketch", ["--sha1"]),
    "rensa, R-MinHash": ("rensa", []),
    "rensa, C-MinHash": ("rensa", ["--c"]),
    "datatrove, characters": ("datatrove", []),
    "text-dedup": ("text-dedup", []),
    "data-juicer": ("data-juicer", []),
}
RECALL, PRECISION = 0.98, 0.99  # of the pairs at 0.8 or more; of the rows removed


@dataclass(frozen=True)
class Verdict:
    """Of what was to be found, which share was; of what was removed, which share had to be."""

    removed: int
    recall: float  # of the pairs with a normalised Jaccard of 0.8 or more, not both of which are kept
    near: float  # the same from 0.7 to 0.8
    precision: float  # of the rows removed, those that any other row is like, raw or normalised
    beside: float  # and those that a row is like which was kept
    kinds: dict[str, float]  # of the copies planted, those of which it or its original is gone


def peers(told: Told, folder: Path) -> None:
    python = {tool: environment(tool) for tool, _ in CHAINS.values()}
    given = Labelled(told.input, pl.read_parquet(told.pairs), pl.read_parquet(told.planted)) if told.input else None
    given = given or planted(folder, MEGABYTES.of(told))
    docs = pl.read_parquet(given.file, columns=["id", "text"])
    megabytes = text_bytes([given.file]) / MB
    few = folder / "few.parquet"
    pl.read_parquet(given.file).head(FEW).write_parquet(few)
    seen: dict[str, list[Run]] = {name: [] for name in CHAINS}
    start: dict[str, list[float]] = {name: [] for name in CHAINS}
    gone: dict[str, pl.Series] = {}
    out = folder / "out"
    ledger = pl.DataFrame()
    _medgo(few, folder / "first")  # machine code is made once, and kept
    peak: dict[str, float] = {}
    for turn in range(1 + ROUNDS.of(told)):  # the first for the memory: to be watched costs CPU
        for name, (tool, words) in CHAINS.items():
            ran = _run(python[tool], tool, given.file, _empty(out), *words, watch=not turn)
            peak.setdefault(name, ran.peak)
            if turn:
                seen[name].append(ran)
                start[name].append(_run(python[tool], tool, few, _empty(folder / "few"), *words).spent.cpu)
            left = pl.read_parquet(ran.told["files"], columns=["id"])["id"]
            if tool == "medgo":
                left = _row_names(left, docs["id"])
                ledger = pl.read_parquet(ran.told["ledger"])
            found = docs["id"].filter(~docs["id"].is_in(left.implode()))
            if not gone.setdefault(name, found).equals(found):
                sys.exit(f"{name} removed other rows than the time before")
    verdicts = {name: _judged(gone[name], given) for name in CHAINS}
    _tell_costs(f"{docs.height:,} rows, {megabytes:,.0f} MB of text", megabytes, seen, start, peak, verdicts)
    _tell_kinds(given, verdicts)
    _tell_ledger(docs, gone["medgo"], ledger)


def _judged(gone: pl.Series, given: Labelled) -> Verdict:
    first, second = (pl.col(name).is_in(gone.implode()) for name in ("a", "b"))
    pairs = given.pairs.with_columns(j=pl.max_horizontal("raw", "normalised"), found=first | second)
    alike = pairs.filter(pl.col("j") >= AT_LEAST)
    ways = pl.concat([alike.select(id="a", other="b"), alike.select(id="b", other="a")])
    kept = ways.filter(~pl.col("other").is_in(gone.implode()))
    one = pl.any_horizontal(pl.col("id", "original").is_in(gone.implode()))
    kinds = given.planted.group_by("kind").agg(one.mean())
    normalised = pl.col("normalised")
    return Verdict(
        removed=len(gone),
        recall=_share(pairs.filter(normalised >= 0.8)["found"]),
        near=_share(pairs.filter((normalised >= AT_LEAST) & (normalised < 0.8))["found"]),
        precision=_share(gone.is_in(ways["id"].implode())),
        beside=_share(gone.is_in(kept["id"].implode())),
        kinds=dict(kinds.sort("kind").rows()),
    )


def _share(true: pl.Series) -> float:
    return float(true.sum()) / max(1, len(true))


def _row_names(ids: pl.Series, names: pl.Series) -> pl.Series:
    """What the file calls the rows that medgo names after the file and their number there."""
    return names.gather(ids.str.extract(r"#0-(\d+)$").cast(pl.UInt32, strict=True))


def _tell_costs(  # noqa: PLR0913, PLR0917  all that one table has
    what: str,
    megabytes: float,
    seen: dict[str, list[Run]],
    began: dict[str, list[float]],
    peak: dict[str, float],
    verdicts: dict[str, Verdict],
) -> None:
    cpu = {name: median([ran.spent.cpu for ran in runs]) for name, runs in seen.items()}
    start = {name: median(runs) for name, runs in began.items()}
    net = {name: s - start[name] for name, s in cpu.items()}
    ours, cheapest = verdicts["medgo"], min(s for name, s in cpu.items() if name != "medgo")
    tell(
        f"{what}: medgo takes less CPU than any peer, finds >= {RECALL:.0%} of the pairs at 0.8 or more, "
        f"and >= {PRECISION:.0%} of what it removes has a like",
        (
            "chain",
            "CPU s",
            "of it start",
            "MB/CPU s",
            "CPU of medgo's",
            "without start",
            "peak MB",
            "rows removed",
            "found, J >= 0.8",
            "0.7 to 0.8",
            "precision",
            "like a kept row",
        ),
        [
            (
                name,
                cpu[name],
                start[name],
                megabytes / cpu[name],
                f"{cpu[name] / cpu['medgo']:.1f} x",
                f"{net[name] / net['medgo']:.1f} x",
                peak[name],
                found.removed,
                *(f"{share:.1%}" for share in (found.recall, found.near, found.precision, found.beside)),
            )
            for name, found in verdicts.items()
        ],
        met=cpu["medgo"] < cheapest and ours.recall >= RECALL and ours.precision >= PRECISION,
        megabytes=round(megabytes, 1),
        cpu_s={name: round(s, 2) for name, s in cpu.items()},
        start_cpu_s={name: round(s, 2) for name, s in start.items()},
        mb_per_cpu_s={name: round(megabytes / s, 1) for name, s in cpu.items()},
        ratio={name: round(s / cpu["medgo"], 2) for name, s in cpu.items()},
        net_ratio={name: round(s / net["medgo"], 2) for name, s in net.items()},
        peak_mb={name: round(mb) for name, mb in peak.items()},
        removed={name: found.removed for name, found in verdicts.items()},
        recall={name: [round(found.recall, 4), round(found.near, 4)] for name, found in verdicts.items()},
        precision={name: [round(found.precision, 4), round(found.beside, 4)] for name, found in verdicts.items()},
    )


def _tell_kinds(given: Labelled, verdicts: dict[str, Verdict]) -> None:
    kinds = sorted(given.planted["kind"].unique())
    tell(
        f"medgo leaves no planted copy beside its original if both are the same text as it is compared ({', '.join(SAME)})",
        ("planted, not both kept", *kinds),
        [(name, *(f"{found.kinds[kind]:.1%}" for kind in kinds)) for name, found in verdicts.items()],
        met=all(verdicts["medgo"].kinds[kind] == 1 for kind in SAME),
        planted=dict(given.planted["kind"].value_counts().sort("kind").rows()),
        removed={name: {kind: round(found.kinds[kind], 4) for kind in kinds} for name, found in verdicts.items()},
    )


def _tell_ledger(docs: pl.DataFrame, gone: pl.Series, ledger: pl.DataFrame) -> None:
    """How alike each row is to the one that was kept for it, worked out anew."""
    text = dict(docs.select("id", "text").rows())
    ids, kept = (_row_names(ledger[column], docs["id"]) for column in ("id", "kept"))
    scores = ledger["score"].fill_null(1.0)  # an exact copy needs none
    truth = [normalised_likeness(text[a], text[b]) for a, b in zip(ids, kept, strict=True)]
    low = sum(likeness < AT_LEAST for likeness in truth)
    wrong = sum(abs(score - likeness) > 1e-9 for score, likeness in zip(scores, truth, strict=True))
    itself_gone = int(kept.is_in(gone.implode()).sum())
    listed = ids.sort().equals(gone.sort())
    tell(
        f"every row that medgo removed is in its ledger, with a kept row that it is like by {AT_LEAST} or more, and by how much",
        ("of the rows removed", "rows"),
        [
            ("all", len(gone)),
            *(
                (f"for the reason {reason}", rows)
                for reason, rows in ledger["reason"].value_counts().sort("reason").rows()
            ),
            (f"less alike than {AT_LEAST} to the row that was kept", low),
            ("alike by another number than the ledger says", wrong),
            ("for a row that was removed itself", itself_gone),
        ],
        met=listed and not low + wrong + itself_gone,
        removed=len(gone),
        in_the_ledger=ledger.height,
        too_low=low,
        other_score=wrong,
        keeper_removed=itself_gone,
        least=round(min(truth, default=1.0), 4),
    )


# ---- a gigabyte ----------------------------------------------------------------------------------------------------

GIGABYTE, RUNS = Size(1000, 40), Size(2, 1)
SPEED = 40


def one_gb(told: Told, folder: Path) -> None:
    """The texts enlarged by edits of their own, so that most are not duplicates."""
    docs = pl.read_parquet(told.input, columns=["text"])["text"] if told.input else _invented(MEGABYTES.of(told), 1)
    raw = enlarged(docs, folder / "raw", GIGABYTE.of(told))
    megabytes = text_bytes([*raw.iterdir()]) / MB
    start = _start(folder)
    peak = _medgo(raw, _empty(folder / "watched"), watch=True).peak
    runs = [_medgo(raw, folder / f"data{k}") for k in range(RUNS.of(told))]
    cpu, removed = median([ran.spent.cpu for ran in runs]), pl.read_parquet(runs[0].told["ledger"]).height
    rows = removed + medgo_data.open(folder / "data0", "bench").manifest["rows"]
    tell(
        f"{megabytes:,.0f} MB of text, {removed / rows:.0%} of its rows duplicates: >= {SPEED} MB in a CPU second, start included",
        ("", "CPU s", "MB/CPU s", "peak MB"),
        [("medgo", cpu, megabytes / cpu, peak), ("of it start", start, "", "")],
        met=megabytes / cpu >= SPEED,
        megabytes=round(megabytes),
        rows=rows,
        removed=removed,
        cpu_s=round(cpu, 2),
        start_cpu_s=round(start, 2),
        mb_per_cpu_s=round(megabytes / cpu, 1),
        peak_mb=round(peak),
    )


# ---- ten million rows ----------------------------------------------------------------------------------------------

EACH, FILES = Size(100_000, 2_000), (1, 10, 100)  # rows of a file
LIMIT_MB, GROWTH = 2000, 1.15
EDITED = 0.995  # of the copies with another character, which are alike by 0.89 or more, those that have to be found
DISK = 1300  # bytes that a row takes, at the most: raw, as a draft and as a shard


def memory(told: Told, folder: Path) -> None:
    """Short texts of which every tenth is a copy, ten times and a hundred times as many."""
    rows = EACH.of(told)
    if shutil.disk_usage(folder).free < DISK * rows * max(FILES):
        sys.exit(f"{folder} has less than {DISK * rows * max(FILES) / 1e9:.0f} GB left: choose another with --scratch")
    raw, start = _empty(folder / "raw"), _start(folder)
    copies, seen, found = copies_in(rows), {}, {}
    for count in FILES:
        for number in range(len([*raw.iterdir()]), count):
            short(raw / f"{number:05d}.parquet", number, rows)
        seen[count] = _medgo(raw, folder / "data", watch=True)
        gone = (
            pl.read_parquet(seen[count].told["ledger"], columns=["id"])["id"].str.extract(r"#0-(\d+)$").cast(pl.UInt32)
        )
        times = gone.value_counts(name="times").rename({gone.name: "row"})
        by_kind = (
            copies.join(times.cast({"row": pl.Int64}), on="row", how="left")
            .group_by("kind")
            .agg(pl.col("times").fill_null(0).sum() / (pl.len() * count))
        )
        found[count] = dict(by_kind.sort("kind").rows()) | {"others": int((gone < copies["row"].min()).sum())}
        shutil.rmtree(folder / "data")
    cost = {count: (seen[count].spent.cpu - start) / (count * rows) for count in FILES}
    growth = max(cost[more] / cost[less] for less, more in pairwise(FILES))
    peak, last = seen[FILES[-1]].peak, found[FILES[-1]]
    tell(
        f"{rows * FILES[-1]:,} rows: <= {LIMIT_MB / 1000:.0f} GB of memory, all equal copies found, and ten times the rows "
        f"cost <= {GROWTH} times as much each",
        ("rows", "CPU s", "CPU μs a row, without start", "peak MB", *last),
        [
            (
                count * rows,
                seen[count].spent.cpu,
                1e6 * cost[count],
                seen[count].peak,
                *(f"{v:.5g}" for v in told_.values()),
            )
            for count, told_ in found.items()
        ],
        met=peak <= LIMIT_MB
        and growth <= GROWTH
        and last["exact"] == last["punctuation"] == 1
        and last["one character"] >= EDITED
        and not last["others"],
        cpu_s={count * rows: round(ran.spent.cpu, 2) for count, ran in seen.items()},
        start_cpu_s=round(start, 2),
        growth=round(growth, 3),
        peak_mb={count * rows: round(ran.peak) for count, ran in seen.items()},
        found={count * rows: told_ for count, told_ in found.items()},
    )


# ---- one per cent more ---------------------------------------------------------------------------------------------

CORPUS, PARTS = Size(2400, 60), 100
SHARE = 0.05


def increment(told: Told, folder: Path) -> None:
    """One file more, which holds a hundredth of the texts: those of the first file, edited."""
    raw, each = folder / "raw", CORPUS.of(told) / PARTS
    raw.mkdir()
    for number in range(PARTS):
        write(raw / f"{number:05d}.parquet", _invented(each, number))
    start = _start(folder)
    seen = {"all files": _medgo(raw, folder / "data")}
    write(raw / "99999.parquet", edited(*letters_of(_invented(each, 0)), 1))
    time.sleep(2 * FRESH)  # a file is remembered only once it is old enough to show every change
    seen["one file more"] = _medgo(raw, folder / "data")
    seen["all of them at once"] = _medgo(raw, folder / "anew")
    grown, anew = (medgo_data.open(folder / root, "bench").manifest for root in ("data", "anew"))
    same = grown["shards"] == anew["shards"] and grown["funnel"] == anew["funnel"]
    cpu = {name: ran.spent.cpu for name, ran in seen.items()}
    share = {name: s / cpu["all files"] for name, s in cpu.items()}
    net = {name: (s - start) / (cpu["all files"] - start) for name, s in cpu.items()}
    tell(
        f"one file more than {PARTS} costs <= {SHARE:.0%} of the CPU of the full build, and gives what building all at once gives",
        ("", "CPU s", "of the full build", "without start"),
        [(name, cpu[name], f"{share[name]:.1%}", f"{net[name]:.1%}") for name in seen]
        + [("start", start, "", ""), ("the same shards and funnel", str(same), "", "")],
        met=share["one file more"] <= SHARE and same,
        megabytes=CORPUS.of(told),
        cpu_s={name: round(s, 2) for name, s in cpu.items()},
        start_cpu_s=round(start, 2),
        share={name: round(s, 4) for name, s in share.items()},
        share_without_start={name: round(s, 4) for name, s in net.items()},
        same=same,
    )


# ---- the signatures alone ------------------------------------------------------------------------------------------

SIGNED, SIGNINGS = Size(60, 6), Size(7, 2)
KERNEL = 300
BATCH = 4096


def kernel(told: Told, folder: Path) -> None:
    """From text to signature, in memory."""
    docs = pl.read_parquet(told.input, columns=["text"])["text"] if told.input else _invented(SIGNED.of(told), 1)
    write(folder / "texts.parquet", docs)
    seconds = apart(_signing, folder / "texts.parquet", SIGNINGS.of(told))
    megabytes = text_bytes([folder / "texts.parquet"]) / MB
    speed = megabytes / median(seconds)
    tell(
        f"signatures alone: >= {KERNEL} MB of text in a CPU second",
        ("", "CPU s, median", "least", "most", "MB/CPU s"),
        [("signed", median(seconds), min(seconds), max(seconds), speed)],
        met=speed >= KERNEL,
        megabytes=round(megabytes, 1),
        cpu_s=round(median(seconds), 3),
        mb_per_cpu_s=round(speed, 1),
    )


def _signing(file: Path, runs: int) -> list[float]:
    """CPU seconds of each run but the first, which compiles, or loads what was compiled."""
    from medgo_data.dedup.signature import signed

    bands = Dedup().bands
    batches = list(pl.read_parquet(file)["text"].to_frame().iter_slices(BATCH))
    spent = []
    for _ in range(runs + 1):
        began = time.process_time()
        for batch in batches:
            signed(batch["text"], bands)
        spent.append(time.process_time() - began)
    return spent[1:]


# ---- processes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What a chain cost, the most memory that its processes held together (MB) if it was watched, and what it said at the end."""

    spent: Spent
    peak: float
    told: dict[str, Any]


def _medgo(given: Path, root: Path, *, watch: bool = False) -> Run:
    return _run(environment("medgo"), "medgo", given, root, watch=watch)


def _run(python: Path, tool: str, *words: str | Path, watch: bool = False) -> Run:
    with _watched() if watch else nullcontext(lambda: 0.0) as peak:
        spent = command(python, script(tool, "dedup"), *words, env=ALONE)
    return Run(spent, peak(), json.loads(spent.out.splitlines()[-1]))


def _start(folder: Path) -> float:
    """CPU seconds that medgo takes for a few texts: what it costs to begin."""
    write(folder / "few.parquet", _invented(FEW * BYTES / MB, 0))
    runs = [_medgo(folder / "few.parquet", _empty(folder / "few")) for _ in range(4)]
    return median([ran.spent.cpu for ran in runs[1:]])  # the first makes machine code, or finds it made


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@contextmanager
def _watched() -> Iterator[Callable[[], float]]:
    """The most memory that all processes below this one held together until the end of the block, shared pages once (PSS), in MB."""
    most, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            below = islice(family(os.getpid()), 1, None)
            most[0] = max(most[0], sum(held(process)[0] for process in below))

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield lambda: most[0] * 1024 / MB
    finally:
        ended.set()
        watch.join()


def _invented(megabytes: float, seed: int) -> pl.Series:
    return pl.Series("text", texts(int(megabytes * MB / BYTES), seed, foreign=0.0))


CLAIMS: dict[str, Callable[[Told, Path], None]] = {
    "peers": peers,
    "one_gb": one_gb,
    "memory": memory,
    "increment": increment,
    "kernel": kernel,
}

if __name__ == "__main__":
    main()
