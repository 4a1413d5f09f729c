"""The life of one row: from its raw file, stage by stage, to the shard it lies in or the reason why it left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from medgo_data.corpus import Corpus, Source, walk, withholding
from medgo_data.store import Built, Store, StoreError

DUPLICATES = {"duplicate", "near_duplicate"}


@dataclass(frozen=True)
class Fate:
    """What became of a row in one corpus."""

    corpus: str
    passed: list[str]  # the stages it came through
    shard: str | None = None  # where it lies, and which row of the shard it is
    row: int | None = None
    stage: str | None = None  # or: who let it go, and why
    reason: str | None = None
    kept: str | None = None  # the row that stayed in its place
    score: float | None = None
    span: str | None = None  # the characters of it that are meant
    children: tuple[str, ...] = ()  # the rows that were born of it and lie in the same shard
    made: dict[str, Any] | None = None  # of a row that was written: by which stage and model
    cites: tuple[tuple[str, str], ...] = ()  # and on which characters of its parent it stands, and what they say


@dataclass(frozen=True)
class Origin:
    """Where a row was first read."""

    source: str
    file: str
    slice: int
    record: int

    @classmethod
    def of(cls, row: str) -> Origin:
        root = row.split(">", 1)[0]
        place, _, number = root.rpartition("#")
        source, _, file = place.partition("/")
        piece, _, record = number.partition("-")
        if not (source and file and piece.isdecimal() and record.isdecimal()):
            raise StoreError(
                f"{row!r} is not the name of a row. They read source/file#slice-record, then >Stage.k for each birth."
            )
        return cls(source, file, int(piece), int(record))


def why(store: Store, row: str) -> list[Fate]:
    """What became of ``row`` in the current version of every corpus that read its file, inputs before those that stand on them."""
    origin = Origin.of(row)
    built = [store.versions(name)[0] for name in store.names()]
    fates = [fate for one in _inputs_first(built) for fate in _fates(one, origin, row)]
    if fates:
        return fates
    for one in built:
        for told in one.manifest["inputs"]:
            for file in told.get("files", []):
                if (told.get("source"), file["name"]) == (origin.source, origin.file):
                    raise StoreError(
                        f"there is no row {row!r}: {one.full_name} read {file['records']:,} records of {file['name']}. "
                        f"Records count from 0 in each slice."
                    )
    raise StoreError(
        f"no corpus below {store.root.absolute()} has read the file {origin.file!r} of a source {origin.source!r}."
    )


def _inputs_first(built: list[Built]) -> list[Built]:
    depth: dict[str, int] = {}

    def of(one: Built) -> int:
        below = [b for b in built for told in one.manifest["inputs"] if told.get("corpus") == b.name]
        return depth.setdefault(one.name, 1 + max(map(of, below), default=0))

    return sorted(built, key=of)


def _fates(built: Built, origin: Origin, row: str) -> Iterator[Fate]:
    names = [line["stage"] for line in built.manifest["funnel"]]
    for shard in built.manifest["shards"]:
        of = shard["of"]
        if (of["source"], of["file"], of["slice"]) != (origin.source, origin.file, origin.slice):
            continue
        ids = pl.read_parquet(built.folder / shard["file"], columns=["id"])["id"]
        here = (ids == row).arg_true()
        children = tuple(ids.filter(ids.str.starts_with(f"{row}>")))
        if len(here):
            row_number = int(here[0])
            made, cites = _making(built.folder / shard["file"], row_number) if ">" in row else (None, ())
            yield Fate(
                built.full_name, names, shard=shard["file"], row=row_number, children=children, made=made, cites=cites
            )
        elif shard["dropped"]:
            ledger = pl.read_parquet(built.folder / "dropped" / shard["file"]).filter(pl.col("id") == row)
            for left in ledger.iter_rows(named=True):
                passed = names[: names.index(left["stage"])]
                told = {name: left[name] for name in ("stage", "reason", "kept", "score", "span")}
                yield Fate(built.full_name, passed, children=children, **told)


MAKING = ("made", "context", "context_at", "cites")


def _making(shard: Path, row: int) -> tuple[dict[str, Any] | None, tuple[tuple[str, str], ...]]:
    """How a row was written, and what it cites, in the words of its source."""
    there = pl.read_parquet_schema(shard)
    if not set(MAKING) <= set(there):
        return None, ()
    told = pl.scan_parquet(shard).select(MAKING).slice(row, 1).collect().row(0, named=True)
    cites = []
    for span in told["cites"] or ():
        start, end = (int(place) - (told["context_at"] or 0) for place in span.split("-"))
        cites.append((span, (told["context"] or "")[max(start, 0) : max(end, 0)]))
    return told["made"], tuple(cites)


def sentence(fate: Fate) -> str:
    """A fate as people read it."""
    came = " → ".join(fate.passed)
    came = f"came through {came}" if came else "was found in the raw file"
    if fate.shard:
        told = f"{came} and lies in {fate.shard}, row {fate.row}"
    else:
        verb = "could not be read" if fate.stage == "read" else f"was let go by {fate.stage}"
        verb = "stays out, for somebody asked for it" if fate.reason == "forgotten" else verb
        told = f"{came} and {verb}: {fate.reason}"
        told += f" {_how(fate)} {fate.kept}" if fate.kept else ""
        told += f" ({_likeness(fate.reason, fate.score)})" if fate.score is not None else ""
        told += f" in characters {fate.span}" if fate.span else ""
    told += _written(fate)
    born = f"; {len(fate.children)} rows were born of it: {', '.join(fate.children[:3])}" if fate.children else ""
    return f"{fate.corpus}: {told}{born}"


def _how(fate: Fate) -> str:
    """How a row that goes belongs to what it goes for."""
    if fate.kept and fate.kept.startswith("verdict/"):
        return "by"
    return "with" if fate.reason == "contaminated" else "of"


def _written(fate: Fate) -> str:
    """By whom, and from what."""
    if not fate.made:
        return ""
    by = f" with {fate.made['model']}" if fate.made["model"] else ", by rule"
    told = f"; it was written by {fate.made['by']}{by}"
    for span, words in fate.cites:
        told += f"\n  from characters {span} of its parent: {words}"
    return told


def _likeness(reason: str | None, score: float) -> str:
    """Rounded down: what is nearly the same is never said to be the same."""
    told = math.floor(score * 1000 + 1e-6) / 1000
    return f"{'Jaccard' if reason in DUPLICATES else 'likeness'} {told:.3f}"


def raw_record(corpora: list[Corpus], row: str) -> dict[str, Any]:
    """The record behind ``row`` as its source reads it today. It may be a patient's: show it only to who may see it."""
    origin = Origin.of(row)
    sources = [s for c in corpora for s in walk(c) if isinstance(s, Source) and s.name == origin.source]
    raws = [(s, raw) for s in sources for raw in s.raw if raw.name == origin.file]
    if not raws:
        raise StoreError(
            f"the recipe has no source {origin.source!r} with a file {origin.file!r}. Is it the recipe that was built?"
        )
    source, raw = raws[0]
    with withholding(raw):
        pieces = source.pieces(raw)
        for frame in replace(source).read(pieces[origin.slice]) if origin.slice < len(pieces) else ():
            found = frame.filter(pl.col("record") == origin.record)
            if found.height:
                return found.row(0, named=True)
    raise StoreError(
        f"{raw.told} has no record {origin.record} in slice {origin.slice} any more: it has changed since it was read."
    )
