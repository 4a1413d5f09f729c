"""Rows that somebody asked to be forgotten: the list of them below a root, and which rows of today they are.

A row is on the list by its name and by what its file held, so it stays out where the file is called otherwise one day. If
the file holds something else by now, its name alone counts. A subject is on the list by its code, so what is read about it
later stays out too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from medgo_data.corpus import NOTHING, Corpus, Digest, Forgotten, Source, digest, origin, sources_of
from medgo_data.far import Far
from medgo_data.part import Task, note_subjects, pieces
from medgo_data.stage import noted
from medgo_data.store import Digests, Store, StoreError, write_json

log = logging.getLogger("medgo_data")


@dataclass(frozen=True)
class Asked:
    """What was asked to be forgotten: rows by name, each with the digest of its file, and subjects by code."""

    rows: Mapping[str, str | None] = field(default_factory=dict)
    subjects: frozenset[str] = frozenset()

    @classmethod
    def of(cls, store: Store) -> Asked:
        """All that was ever asked: of several lists, all count."""
        listed = cls()
        for path in sorted(folder(store).glob("list*.json")):
            listed |= cls._at(path)
        return listed

    @classmethod
    def _at(cls, path: Path) -> Asked:
        try:
            told = json.loads(path.read_text("utf-8"))
            return cls(dict(told["rows"]), frozenset(told["subjects"]))
        except (ValueError, TypeError, KeyError):
            raise StoreError(
                f"{path} is not the list of forgotten rows that was written. Bring it back from a copy: without it they "
                f"would come in again."
            ) from None

    def save(self, store: Store) -> None:
        folder(store).mkdir(parents=True, exist_ok=True)
        told = {"rows": dict(sorted(self.rows.items())), "subjects": sorted(self.subjects)}
        # where no lock holds off another machine, nobody's list takes the place of another's
        name = f"list-{digest(told)[:16]}.json" if isinstance(store.root, Far) else "list.json"
        write_json(folder(store) / name, told)

    def __or__(self, other: Asked) -> Asked:
        return Asked({**self.rows, **other.rows}, self.subjects | other.subjects)


def folder(store: Store) -> Path:
    return store.root / "forgotten"


def hidden(*corpora: Corpus) -> dict[Path, str]:
    """The raw files whose names are told to nobody, and what they are called instead."""
    hiding = [source for source in sources_of(*corpora) if source.names == "hash"]
    return {raw.path: f"{source.name}/{raw.name}" for source in hiding for raw in source.raw}


def meant(
    asked: Asked, corpora: Sequence[Corpus], store: Store, digests: Digests, run: Callable[..., Iterable[Any]]
) -> Forgotten:
    """The rows of today that are asked for; ``run`` is the map of an engine, for what has to be read."""
    if not asked.rows and not asked.subjects:
        return NOTHING
    sources = sources_of(*corpora)
    rows = {row for source in sources for row in _named(asked.rows, source, digests.of)}
    for source in sources:
        rows.update(about(asked.subjects, source, store, digests, run))
    return Forgotten(frozenset(rows))


def _named(rows: Mapping[str, str | None], source: Source, of: Digest) -> Iterator[str]:
    mine = [(row, content) for row, content in rows.items() if origin(row)[0] == source.name]
    here = {raw.name: of(raw.path) for raw in source.raw} if mine else {}
    for row, content in mine:
        _, file, rest = origin(row)
        moved = [] if here.get(file) == content else [name for name, held in here.items() if held == content]
        for name in moved or [file]:
            yield f"{source.name}/{name}#{rest}"


def about(
    subjects: Iterable[str], source: Source, store: Store, digests: Digests, run: Callable[..., Iterable[Any]]
) -> dict[str, str]:
    """The records of a source that are about one of these subjects, and about which."""
    wanted = sorted(subjects)
    if not wanted or not source.subjects:
        return {}
    parts = [part for raw in source.raw for part in pieces(store, digests, replace(source), raw)]
    unread = [part for part in parts if not store.has("subjects", part.subjects_key)]
    if unread:
        log.info("%s: %d parts are looked through for whom they are about.", source.name, len(unread))
    tasks = [Task(number=n, store=store, part=p, stages=(), recipe=[], survey=None) for n, p in enumerate(unread)]
    for _ in run(note_subjects, tasks):
        pass
    found: dict[str, str] = {}
    for part in parts:
        told = noted(store.entry("subjects", part.subjects_key) / "subjects.arrow")
        start = "{source}/{file}#{slice}-".format(**part.of)
        found |= {f"{start}{record}": whom for record, whom in told.filter(pl.col("subject").is_in(wanted)).rows()}
    return found
