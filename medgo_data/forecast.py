"""How long a corpus of any size takes, on how many machines, and what lies on disk and passes between them meanwhile.

Nothing is guessed but what is said in ``docs/scale.md``: seconds and bytes for a megabyte of text were measured, by
``benchmarks/scale.py`` or by a build of yours, and are multiplied by what there is to do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from medgo_data.store import Store

RATES = Path(__file__).with_name("rates.json")
MB, GB = 1e6, 1e9
BYTES_A_TOKEN = 65e9 / 14e9  # of UTF-8: 14 billion tokens of Chinese medical text are 65 GB
BYTES_A_ROW = 65e9 / 57e6  # and 57 million documents
MEETING = 60  # bytes of memory for a row while near-duplicates meet, between one and ten million rows
BUSY = 0.9  # of the time in which a worker has work; the rest is the ends of passes, and stragglers
POLICIES = (None, "balanced", "high_recall")
ENOUGH = 50 * MB  # of raw files, below which a build says more of its start than of its speed


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Machines of one kind."""

    cores: int  # of each
    nodes: int = 1
    memory: float = 0.0  # GB of each; 0: not known
    disk: float = 1.0  # GB that each reads or writes in a second
    network: float = 1.0  # GB that each sends in a second
    price: float = 0.0  # of a core for an hour

    def __post_init__(self) -> None:
        for name in ("cores", "nodes", "disk", "network"):
            if not getattr(self, name) > 0:
                raise ValueError(f"a cluster with {name}={getattr(self, name)} does nothing: give more than 0")

    @property
    def workers(self) -> int:
        return self.cores * self.nodes


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What a megabyte of text costs."""

    said_by: str
    each_row: float  # CPU seconds, for reading, repairing, judging and sketching
    meeting: float  # for near-duplicates to meet
    again: float  # for judging by what was found, and writing
    scrubbing: dict[str, float]
    drafts: float  # MB on disk
    sketches: float
    shards: float
    memory: dict[str, float]  # GB of a worker, by policy, or "none"
    start: float  # CPU seconds of a worker before its first row


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What one build would take."""

    tokens: float
    policy: str | None
    core_hours: float
    hours: float
    limited_by: str  # of what there would have to be more for it to end sooner
    memory: float  # GB of the node that needs most
    disk: float  # GB in all, while it is built
    moved: float  # GB that pass from node to node
    cost: float


@cache
def shipped() -> Rates:
    """The rates that medgo comes with."""
    return rates(json.loads(RATES.read_text("utf-8")))


def rates(told: dict[str, Any]) -> Rates:
    """What ``benchmarks/scale.py --rates`` wrote down."""
    cpu, disk = told["cpu_seconds_a_mb"], told["disk_mb_a_mb"]
    write = cpu["write"] / 2  # drafts and shards about as much
    return Rates(
        said_by=f"{told['machine']}, {told['measured']}",
        each_row=cpu["read"] + cpu["repair"] + cpu["rules"] + cpu["dedup"] + cpu["books"] / 2 + write,
        meeting=cpu["meet"],
        again=cpu["rest"] + cpu["books"] / 2 + write,
        scrubbing={policy: cpu[f"scrub {policy}"] for policy in POLICIES if policy},
        drafts=disk["drafts"],
        sketches=disk["sketches"],
        shards=disk["shards"],
        memory=told["memory_gb_a_worker"],
        start=told["start_cpu_seconds"],
    )


def predict(tokens: float, policy: str | None, on: Cluster, by: Rates) -> Prediction:
    """A whole build: read, clean, meet, scrub, write. Each pass ends when the slowest of cores, disks and network is done."""
    mb = tokens * BYTES_A_TOKEN / MB
    again = by.again + (by.scrubbing[policy] if policy else 0.0)
    elsewhere = by.sketches * (on.nodes - 1) / on.nodes  # of each sketch, what another node asks for
    passes = [  # CPU seconds, MB of disk and MB of network for a megabyte of text
        (by.each_row, 1 + by.drafts + by.sketches, 0.0),
        (by.meeting, 2 * by.sketches, elsewhere),
        (again, by.drafts + by.shards, 0.0),
    ]
    spent: dict[str, float] = {"cores": 0.0, "disks": 0.0, "network": 0.0}
    for cpu, disk, network in passes:
        ways = {
            "cores": cpu * mb / (on.workers * BUSY),
            "disks": disk * mb * MB / (on.nodes * on.disk * GB),
            "network": network * mb * MB / (on.nodes * on.network * GB),
        }
        slowest = max(ways, key=lambda name: ways[name])
        spent[slowest] += ways[slowest]
    core_hours = (mb * sum(cpu for cpu, _, _ in passes) + by.start * on.workers) / 3600
    rows = tokens * BYTES_A_TOKEN / BYTES_A_ROW
    return Prediction(
        tokens=tokens,
        policy=policy,
        core_hours=core_hours,
        hours=(sum(spent.values()) + by.start) / 3600,
        limited_by=max(spent, key=lambda name: spent[name]),
        memory=max(on.cores * by.memory[policy or "none"], rows * MEETING / GB),
        disk=mb * (1 + by.drafts + by.sketches + by.shards) * MB / GB,
        moved=mb * elsewhere * MB / GB,
        cost=core_hours * on.price,
    )


def warnings(told: Prediction, on: Cluster) -> Iterator[str]:
    """What would go wrong, as sentences."""
    rows = told.tokens * BYTES_A_TOKEN / BYTES_A_ROW
    if on.memory and told.memory > on.memory:
        what = (
            f"on one node, where {rows:,.0f} rows meet: take a larger one for that step"
            if told.memory <= rows * MEETING / GB
            else f"by {on.cores} workers of a node: take fewer of them"
        )
        yield f"{_tokens(told.tokens)} tokens: {told.memory:,.0f} GB of memory are wanted {what}, for a node has {on.memory:,.0f}."


# ---- rates of your own ---------------------------------------------------------------------------------------------


def own(store: Store) -> tuple[str, float] | None:
    """The corpus whose building read most, of those below a root, and its core-seconds for a megabyte of raw files."""
    best: tuple[float, str, float] | None = None
    for name in store.names():
        for built in store.versions(name):
            told = _run(built.folder / "run.json")
            if told and told[0] >= ENOUGH and (best is None or told[0] > best[0]):
                best = told[0], built.full_name, told[1] / (told[0] / MB)
    return best and best[1:]


def hours(tokens: float, seconds: float, on: Cluster) -> float:
    """On such machines, at so many core-seconds for a megabyte."""
    return tokens * BYTES_A_TOKEN / MB * seconds / (on.workers * BUSY) / 3600


def _run(path: Path) -> tuple[float, float] | None:
    """The bytes that a run read to begin with, and its core-seconds; None if it does not tell, or did only a part."""
    try:
        run = json.loads(path.read_text("utf-8"))
        passes = run["passes"]
        if any(one.get("reused") for one in passes):
            return None
        workers = int(found[1]) if (found := re.search(r"workers=(\d+)", run["engine"])) else 1
        return float(passes[0]["bytes"]), workers * sum(float(one["seconds"]) for one in passes)
    except (OSError, ValueError, KeyError, TypeError, IndexError):  # an older run, or none
        return None


def _tokens(count: float) -> str:
    return f"{count / 1e12:g} T" if count >= 1e12 else f"{count / 1e9:g} B"


def lines(tokens: list[float], on: Cluster, by: Rates) -> list[Prediction]:
    """Every size, with each policy."""
    return [predict(count, policy, on, by) for count in tokens for policy in POLICIES]


def row(told: Prediction) -> tuple[Any, ...]:
    """As a table shows it."""
    return (
        _tokens(told.tokens),
        told.policy or "–",
        f"{told.core_hours:,.1f}" if told.core_hours < 100 else f"{told.core_hours:,.0f}",
        f"{told.hours:,.2f}" if told.hours < 10 else f"{told.hours:,.0f}",
        told.limited_by,
        f"{told.memory:,.1f}" if told.memory < 10 else f"{told.memory:,.0f}",
        f"{told.disk:,.0f}",
        f"{told.moved:,.1f}" if told.moved < 10 else f"{told.moved:,.0f}",
        f"{told.cost:,.2f}" if told.cost else "–",
    )


HEAD = ("tokens", "scrubbed", "core-hours", "hours", "limited by", "GB memory", "GB disk", "GB moved", "cost")
