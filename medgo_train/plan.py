"""Which row of which corpus every step sees: one small file, made from the weights and a seed, and hashed.

Rows are shuffled by block, so that they are read nearly in order; a few blocks are shuffled together, so that what lay side by
side in a file does not stand in one step. The corpora are spread evenly over the steps, each by its share. A step sees its
stretch of the plan whatever the number of devices, so a run can be taken up on fewer or more of them.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medgo_train.config import RunError
from medgo_train.pack import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgo_train.config import RunConfig
    from medgo_train.pack import Prepared

TOGETHER = 16  # blocks that are shuffled among each other
Numbers = np.ndarray[Any, Any]


class PlanError(RunError):
    """A plan that cannot be made, or is not the one that was made."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one corpus gives to a plan."""

    corpus: str
    fingerprint: str
    prepared: str  # the folder's name
    digest: str  # of all its rows
    rows: int
    seen: int  # how often one of them is seen


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The rows of a run in the order in which they are seen."""

    seed: int
    batch: int  # rows of a step
    steps: int
    shares: tuple[Share, ...]
    left_out: int  # at the end: too few for another step
    source: Numbers  # the number of a share
    row: Numbers

    def __len__(self) -> int:
        return len(self.row)

    @cached_property
    def digest(self) -> str:
        told = hashlib.sha256(json.dumps(self._header(), sort_keys=True).encode())
        told.update(self.source.astype(np.int8).tobytes())
        told.update(self.row.astype(np.int32).tobytes())
        return told.hexdigest()

    def step(self, number: int) -> list[tuple[int, int]]:
        """The source and row of each row that a step sees; steps count from 1, as everywhere."""
        if not 1 <= number <= self.steps:
            raise PlanError(f"there is no step {number}: the plan has {self.steps} of them, counted from 1.")
        stretch = slice((number - 1) * self.batch, number * self.batch)
        return list(zip(self.source[stretch].tolist(), self.row[stretch].tolist(), strict=True))

    def seen(self, steps: int) -> Counter[int]:
        """How many rows of each source have been seen after so many steps."""
        return Counter(self.source[: steps * self.batch].tolist())

    def save(self, path: Path) -> None:
        """Write beside, then rename."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({"source": pa.array(self.source, pa.int8()), "row": pa.array(self.row, pa.int32())})
        header = json.dumps(self._header() | {"digest": self.digest}, ensure_ascii=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        pq.write_table(table.replace_schema_metadata({"medgo.plan": header}), beside, compression="zstd")
        beside.rename(path)

    def _header(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "batch": self.batch,
            "steps": self.steps,
            "shares": [asdict(share) for share in self.shares],
            "left_out": self.left_out,
        }


def make(prepared: Sequence[Prepared], config: RunConfig) -> Plan:
    """The plan of a run over the rows that were prepared of its corpora, in the same order."""
    counts = _counts([one.rows for one in prepared], config)
    batch = config.batch.rows
    steps = min(sum(counts) // batch, config.steps or sum(counts))
    if not steps:
        raise PlanError(
            f"the corpora give {sum(counts)} rows, and a step sees {batch}. Lower batch.rows, or raise epochs or repeats."
        )
    orders = [_order(one, count, config.seed, n) for n, (one, count) in enumerate(zip(prepared, counts, strict=True))]
    chance = np.random.default_rng([config.seed, len(prepared)])
    place = np.concatenate([(np.arange(n) + chance.random(n)) / n if n else np.zeros(0) for n in counts])
    among = np.argsort(place, kind="stable")[: steps * batch]
    source = np.repeat(np.arange(len(counts), dtype=np.int8), counts)[among]
    seen = Counter(source.tolist())
    return Plan(
        seed=config.seed,
        batch=batch,
        steps=steps,
        shares=tuple(
            Share(
                corpus=one.corpus,
                fingerprint=one.fingerprint,
                prepared=one.folder.name,
                digest=one.digest,
                rows=one.rows,
                seen=seen[n],
            )
            for n, one in enumerate(prepared)
        ),
        left_out=sum(counts) - steps * batch,
        source=source,
        row=np.concatenate(orders)[among],
    )


def load(path: Path) -> Plan:
    """A plan that was saved, once it is found to be what was saved."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise PlanError(f"{path} does not exist. Make it: medgo-train prepare CONFIG")
    try:
        table = pq.read_table(path)
        told = json.loads((table.schema.metadata or {})[b"medgo.plan"])
    except (pa.ArrowInvalid, KeyError) as wrong:
        raise PlanError(f"{path} is not a plan. Remove it, and make it again: medgo-train prepare CONFIG") from wrong
    digest = told.pop("digest")
    told["shares"] = tuple(Share(**share) for share in told["shares"])
    plan = Plan(**told, source=table["source"].to_numpy(), row=table["row"].to_numpy())
    if plan.digest != digest:
        raise PlanError(
            f"{path} was altered after it was made. Remove it, and make it again: medgo-train prepare CONFIG"
        )
    return plan


def _counts(rows: list[int], config: RunConfig) -> list[int]:
    """How many rows each source gives, with repetitions."""
    weights = [source.weight for source in config.data]
    if None in weights:
        return [round(n * source.repeats * config.epochs) for n, source in zip(rows, config.data, strict=True)]
    total = config.steps * config.batch.rows if config.steps else round(sum(rows) * config.epochs)
    whole = sum(weight or 0 for weight in weights)
    return [round(total * (weight or 0) / whole) if n else 0 for n, weight in zip(rows, weights, strict=True)]


def _order(prepared: Prepared, count: int, seed: int, number: int) -> Numbers:
    """``count`` rows of a source: all of them, shuffled, then all of them again, shuffled otherwise."""
    edges = np.array([first for first, _, _ in prepared.blocks])
    orders: list[Numbers] = [np.zeros(0, np.int32)]
    for epoch in range(-(-count // prepared.rows) if count else 0):
        chance = np.random.default_rng([seed, number, epoch])
        blocks = chance.permutation(len(edges) - 1)
        window = np.empty(len(blocks), np.int64)
        window[blocks] = np.arange(len(blocks)) // TOGETHER
        of = np.repeat(window, np.diff(edges))  # for each row, when its block's turn is
        orders.append(np.argsort(of + chance.random(len(of)), kind="stable").astype(np.int32))
    return np.concatenate(orders)[:count]


class PlanDataset:
    """The rows of a plan, in its order, for a trainer that takes them one after the other."""

    def __init__(self, plan: Plan, prepared: Sequence[Prepared]) -> None:
        for share, one in zip(plan.shares, prepared, strict=True):
            if (share.prepared, share.digest) != (one.folder.name, one.digest):
                raise PlanError(
                    f"the plan was made for other rows of {share.corpus} than lie in {one.folder}. Make it anew."
                )
        self.plan = plan
        self.rows = [Rows(one, keep=2 * TOGETHER) for one in prepared]

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self.rows[int(self.plan.source[place])][int(self.plan.row[place])]
