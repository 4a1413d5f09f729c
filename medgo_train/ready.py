"""What must be there before a step is made: corpora that are whole, rows that are prepared, and a plan that names them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import data, pack, plan
from medgo_train.data import DataError
from medgo_train.plan import Plan

if TYPE_CHECKING:
    from medgo_train.config import RunConfig
    from medgo_train.data import Manifest
    from medgo_train.pack import Prepared

TAKES = {
    "pretrain": "document",
    "sft": "chat",
    "dpo": "preference",
    "reward": "preference",
    "kto": "feedback",
    "reject": "chat",
}


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Everything that a run sees of its data."""

    manifests: tuple[Manifest, ...]
    prepared: tuple[Prepared, ...]
    plan: Plan

    @property
    def template(self) -> str:
        return self.prepared[0].template

    def ids(self, step: int) -> list[str]:
        """The ids of the rows that a step saw; a row of the corpus stands there each time that it was seen."""
        import pyarrow.parquet as pq

        wanted: list[tuple[int, int, list[int]]] = []
        rows = [pack.Rows(one) for one in self.prepared]
        for source, row in self.plan.step(step):
            shard, documents = rows[source].documents(row)
            wanted.append((source, shard, documents))
        columns = {
            (source, shard): pq.read_table(
                self.manifests[source].folder / self.manifests[source].shards[shard].file, columns=["id"]
            )["id"]
            for source, shard, _ in wanted
        }
        return [columns[source, shard][n].as_py() for source, shard, documents in wanted for n in documents]

    def table(self, names: list[str]) -> Any:
        """The rows of the corpora themselves, with these columns, in the order of the plan."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        tables, firsts, first = [], [], 0
        for manifest, prepared in zip(self.manifests, self.prepared, strict=True):
            for shard, part in zip(manifest.shards, prepared.shards, strict=True):
                kept: Any = pq.read_table(prepared.folder / part.file, columns=["documents"])["documents"]
                numbers = [number for (number,) in kept.to_pylist()]  # one of the corpus a row
                tables.append(pq.read_table(manifest.folder / shard.file, columns=names).take(numbers))
            firsts.append(first)
            first += prepared.rows
        whole = pa.concat_tables(tables)
        return whole.take(
            [firsts[s] + r for s, r in zip(self.plan.source.tolist(), self.plan.row.tolist(), strict=True)]
        )


def manifests(config: RunConfig) -> tuple[Manifest, ...]:
    """The corpora of a run, each read to its last byte and found whole, scrubbed, and of the kind that the stage takes."""
    found = []
    for source in config.data:
        manifest = data.check(data.find(source.corpus, source.version, config.root), unscrubbed=source.unscrubbed)
        if manifest.schema != TAKES[config.stage]:
            raise DataError(
                f"{manifest.folder} gives rows of the schema {manifest.schema!r}, and the stage {config.stage} takes "
                f"{TAKES[config.stage]!r}. Name another corpus, or another stage."
            )
        if not manifest.rows:
            raise DataError(f"{manifest.folder} has no rows. Leave it out, or look at what its funnel says.")
        found.append(manifest)
    return tuple(found)


def prepare(config: RunConfig) -> Ready:
    """Check the corpora, tokenise what is not tokenised yet, and make the plan; what is there already is kept."""
    found = manifests(config)
    shape = form(config)
    made = tuple(
        pack.prepare(one, shape, into=config.prepared_in, processes=config.parallel.processes) for one in found
    )
    for one in made:
        if not one.rows:
            raise DataError(
                f"of {one.corpus}, no row can be learned from: {_dropped(one)}. Raise length, or change the corpus."
            )
    drawn = plan.make(made, config)
    path = plan_of(config)
    # beside checkpoints the plan stays that made them: whether a run may go on from them, their record says
    if not path.is_file() or not any(Path(config.output).glob("checkpoint-*")):
        drawn.save(path)
    return Ready(manifests=found, prepared=made, plan=drawn)


def there(config: RunConfig) -> Ready:
    """What `prepare` left, as it lies there."""
    found = tuple(data.read(data.find(one.corpus, one.version, config.root)) for one in config.data)
    folders = [pack.place(one, form(config), into=config.prepared_in)[0] for one in found]
    for folder in folders:
        if not (folder / "prepared.json").is_file():
            raise DataError(f"{folder} is not there yet. Make it once, in one process: medgo-train prepare CONFIG")
    return Ready(manifests=found, prepared=tuple(map(pack.read, folders)), plan=plan.load(plan_of(config)))


def ready(config: RunConfig) -> Ready:
    """What a run needs. With many processes it has to be made before, so that none waits while one tokenises."""
    if world() == 1:
        made = prepare(config)
    else:
        made = there(config)
        if rank() == 0:
            manifests(config)
    if rank() == 0:
        for one in made.prepared:
            one.verify()
    return made


def report(one: Prepared) -> str:
    """A corpus in a few lines: what was kept, what was not and why, and how long it is."""
    spread = ", ".join(f"{name} {count:,}" for name, count in one.lengths.items())
    lines = [
        f"{one.corpus}, version {one.fingerprint[:12]}",
        f"  rows     {one.read:,}, of which {one.kept:,} are kept{f' ({_dropped(one)})' if one.dropped else ''}",
        f"  tokens   {one.tokens:,}; a row has {spread}",
    ]
    if one.schema in {"document", "chat"}:
        full = one.tokens / (one.rows * one.length)
        lines.append(
            f"  packed   {one.rows:,} rows of {one.length:,} tokens, {full:.1%} full; {one.learned:,} are learned"
        )
    return "\n".join(lines)


def preview(one: Prepared, folder: str, rows: int = 1) -> str:
    """The first rows in text, with «…» around what is learned."""
    from medgo_train import templates

    tokenizer = pack.load(folder, one.template)
    told = []
    for number in range(min(rows, one.rows)):
        row = pack.Rows(one)[number]
        learned = row.get("learned", [1] * len(row["tokens"]))
        last, text = 0, ""
        for part in templates.spans(learned):
            text += tokenizer.decode(row["tokens"][last : part.start])
            text += f"«{tokenizer.decode(row['tokens'][part])}»"
            last = part.stop
        told.append(text + tokenizer.decode(row["tokens"][last:]))
    return "\n----\n".join(told)


def plan_of(config: RunConfig) -> Path:
    return Path(config.output) / "plan.parquet"


def world() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    return int(os.environ.get("RANK", "0"))


def form(config: RunConfig) -> pack.Form:
    return pack.Form(tokenizer=config.base, template=config.template, length=config.length, packed=config.packed)


def _dropped(one: Prepared) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in one.dropped.items())
