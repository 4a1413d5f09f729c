"""Rows as they came to a stage, for whoever may see them: read again where they lie, and taken through the stages before it.

A survey before it is left out, for nobody keeps what it found: of a text from which it cut something, all is there.
Doubt: a stage that asks a model would be asked again; a memory of its answers, once there is one, settles that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from medgo_data import schema, shards
from medgo_data.corpus import Corpus, Source, lineage, walk, withholding
from medgo_data.forgotten import Asked, hidden, meant
from medgo_data.part import Fresh
from medgo_data.place import stamp
from medgo_data.stage import DROP, Stage, Survey
from medgo_data.store import Built, Store, StoreError
from medgo_data.why import Origin


def behind(store: Store, built: Built, corpora: Sequence[Corpus]) -> Corpus:
    """The corpus of a recipe that ``built`` was built from, its raw files and all."""
    base, _, records = built.name.partition(".limit")
    named = [thing for corpus in corpora for thing in walk(corpus) if isinstance(thing, Corpus)]
    found = [one for one in named if one.name == built.name]
    found += [one.limited(int(records)) for one in named if one.name == base and records.isdecimal()]
    if not found:
        raise StoreError(f"the recipe has no corpus {built.name!r}. Is it the recipe that was built?")
    digests = store.digests()
    digests.hide(hidden(found[0]))
    if (
        found[0].fingerprint(digests.of, meant(Asked.of(store), found, store, digests, map))
        != built.manifest["fingerprint"]
    ):
        raise StoreError(
            f"{built.full_name} was built from another recipe or other raw files than these, so its rows would not come "
            f"out the same. Build {built.name} again."
        )
    return found[0]


def met(store: Store, built: Built, corpus: Corpus, stage: int, ids: Iterable[str]) -> Iterator[pl.DataFrame]:
    """The rows with these ids as they came to the ``stage``-th stage of the corpus, a batch of each part at a time."""
    lost = set(ids)
    wanted: dict[tuple[str, str, int], set[str]] = {}
    for row in lost:
        origin = Origin.of(row)
        wanted.setdefault((origin.source, origin.file, origin.slice), set()).add(row)
    for shard in built.manifest["shards"]:
        of = shard["of"]
        if rows := wanted.get((of["source"], of["file"], of["slice"])):
            below = "corpus" in of
            begun = {parent for row in rows for parent in (lineage(row) if below else lineage(row)[:1])}
            for kind, docs in _stored(store, built, of) if below else _raw(corpus, of):
                mine = docs.filter(pl.col("id").is_in(sorted(begun)))
                if mine.height:
                    came = _through(corpus.stages[:stage], kind, mine).filter(pl.col("id").is_in(sorted(rows)))
                    yield came
                    lost.difference_update(came["id"])
                    begun.difference_update(mine["id"])
                if not begun:
                    break
    if lost:
        raise StoreError(
            f"{min(lost)!r} came to {corpus.stages[stage].name} when {built.full_name} was built, and does not come to it "
            f"again. A stage before it does not do the same twice, or drops rows by what others say."
        )


def _stored(store: Store, built: Built, of: dict[str, Any]) -> Iterator[tuple[str, pl.DataFrame]]:
    """A shard of a corpus below."""
    (fingerprint,) = (told["fingerprint"] for told in built.manifest["inputs"] if told.get("corpus") == of["corpus"])
    below = store.find(f"{of['corpus']}@{fingerprint[:12]}")
    for docs in shards.batches(below.folder / of["shard"]):
        yield below.manifest["gives"]["schema"], docs


def _raw(corpus: Corpus, of: dict[str, Any]) -> Iterator[tuple[str, pl.DataFrame]]:
    """A piece of a raw file."""
    (source,) = (one for one in corpus.inputs if isinstance(one, Source) and one.name == of["source"])
    (raw,) = (one for one in source.raw if one.name == of["file"])
    with withholding(raw):
        part = Fresh(source, source.pieces(raw)[of["slice"]], "", stamp(raw.path), 0)
    for frame in part.frames():
        docs = frame.filter(pl.col("drop").is_null()).drop("drop")
        yield part.kind, schema.conform(docs, schema.load(part.kind), f"source {source.name!r}")


def _through(stages: Sequence[Stage], kind: str, docs: pl.DataFrame) -> pl.DataFrame:
    for stage in stages:
        if isinstance(stage, Survey):
            continue
        after = stage(docs.with_columns(drop=pl.lit(None, pl.String))).filter(pl.col("drop").is_null())
        before, kind = schema.load(kind), stage.gives or kind
        contract = schema.load(kind)
        gone = [c for c in after.columns if c in DROP or (c in before.polars and c not in contract.polars)]
        docs = schema.conform(after.drop(gone), contract, stage.name)
    return docs
