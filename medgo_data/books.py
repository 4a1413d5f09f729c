"""The books of a build: its manifest, which two builds of the same rows share to the byte, and the notes of one run."""

from __future__ import annotations

import os
import platform
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medgo_data import schema
from medgo_data.corpus import Corpus, Digest, Forgotten, Source, digest, walk
from medgo_data.engine import Engine
from medgo_data.part import Fresh, Stored, add, empty_line, merge
from medgo_data.stage import Line
from medgo_data.store import seal


def manifest_of(
    corpus: Corpus,
    of: Digest,
    origins: Sequence[Fresh | Stored],
    parts: Sequence[Stored],
    forgotten: Forgotten,
) -> dict[str, Any]:
    """What was built, and out of what: no times, no folders, no names of machines."""
    shards = [_shard(n, part) for n, part in enumerate(parts)]
    sources = _sources(corpus, parts)
    contract = schema.load(corpus.gives)
    manifest = {
        "schema": {"name": "manifest", "version": 5},
        "name": corpus.name,
        "fingerprint": corpus.fingerprint(of, forgotten),
        "content": digest([[s["file"], s["rows"], s["sha256"]] for s in shards]),
        "gives": {"schema": contract.name, "version": contract.version},
        "marks": sorted(corpus.marks),
        "recipe": corpus.spec,
        "inputs": [_input(i, of, origins, parts, forgotten) for i in corpus.inputs],
        "rows": sum(part.rows for part in parts),
        "chars": sum(part.chars for part in parts),
        "bytes": sum(part.bytes for part in parts),
        "funnel": _funnel(parts),
        "sources": sources,
        "categories": _categories(sources),
        "shards": shards,
    }
    return manifest | {"seal": seal(manifest)}


def _shard(number: int, part: Stored) -> dict[str, Any]:
    return {
        "file": f"part-{number:05d}.parquet",
        "of": part.of,
        "rows": part.rows,
        "chars": part.chars,
        "bytes": part.bytes,
        "sha256": part.content,
        "lengths": part.lengths,
        "counts": part.counts,
        "dropped": part.dropped,
    }


def _input(
    below: Source | Corpus,
    of: Digest,
    origins: Sequence[Fresh | Stored],
    parts: Sequence[Stored],
    forgotten: Forgotten,
) -> dict[str, Any]:
    if isinstance(below, Corpus):
        return {"corpus": below.name, "fingerprint": below.fingerprint(of, forgotten)}
    read: dict[str, Line] = {}
    for origin, part in zip(origins, parts, strict=True):
        if isinstance(origin, Fresh) and origin.source.name == below.name:
            add(read.setdefault(origin.piece.raw.name, empty_line("read")), part.funnel[0])
    files = [
        {
            "name": raw.name,
            "bytes": raw.path.stat().st_size,
            "sha256": of(raw.path),
            "records": read[raw.name]["rows_in"],
            "dropped": read[raw.name]["dropped"],
        }
        for raw in below.raw
    ]
    return {"source": below.name, "fingerprint": below.fingerprint(of, forgotten), "files": files}


def _funnel(parts: Sequence[Stored]) -> list[Line]:
    total = [empty_line(line["stage"]) for line in parts[0].funnel] if parts else []
    for part in parts:
        for mine, line in zip(total, part.funnel, strict=True):
            add(mine, line)
    return total


def _sources(corpus: Corpus, parts: Sequence[Stored]) -> dict[str, Any]:
    """What became of each source, in the order of trust."""
    told: dict[str, Any] = {}
    for source in [thing for thing in walk(corpus) if isinstance(thing, Source)]:
        mine = [part for part in parts if part.of["source"] == source.name]
        lengths = Counter[int]()
        for part in mine:
            lengths.update({int(k): n for k, n in part.lengths.items()})
        told[source.name] = {
            "license": source.license,
            "category": source.category,
            "rows": sum(part.rows for part in mine),
            "chars": sum(part.chars for part in mine),
            "lengths": {str(k): lengths[k] for k in sorted(lengths)},
            "counts": _counts(mine),
            "funnel": _funnel(mine),
        }
    return told


def _counts(parts: Sequence[Stored]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for part in parts:
        merge(total, part.counts)
    return total


def _categories(sources: dict[str, Any]) -> dict[str, Any]:
    """The same by kind of material, in the order in which kinds first come."""
    told: dict[str, Any] = {}
    for name, source in sources.items():
        mine = told.setdefault(source["category"] or "", {"sources": [], "rows": 0, "chars": 0, "counts": {}})
        mine["sources"].append(name)
        mine["rows"] += source["rows"]
        mine["chars"] += source["chars"]
        merge(mine["counts"], source["counts"])
    return told


def run_of(
    corpus: Corpus, began: float, engine: Engine, passes: list[dict[str, Any]], entries: set[str]
) -> dict[str, Any]:
    """Who built it, where, when and how fast: true of this run only."""
    from importlib.metadata import version as installed

    sources = [thing for thing in walk(corpus) if isinstance(thing, Source)]
    return {
        "began": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - began, 3),
        "host": socket.gethostname(),
        "engine": repr(engine),
        "passes": passes,
        "raw": {s.name: {"files": _patterns(s), "below": os.getcwd()} for s in sources},  # noqa: PTH109
        "entries": sorted(entries),
        "versions": {"python": platform.python_version()} | {p: installed(p) for p in ("medgo", "polars", "pyarrow")},
    }


def _patterns(source: Source) -> Any:
    """Where its files were looked for, unless that may name a patient."""
    return source.files if source.names == "plain" else None


def sentences(manifest: dict[str, Any], folder: Path) -> Iterator[str]:
    """What happened, one sentence a stage."""
    name = manifest["name"]
    for line in manifest["funnel"]:
        born = f", {line['born']:,} born" if line["born"] else ""
        masked = f", masked{_reasons(line['masked'])}" if line["masked"] else ""
        asked = _asked(line["asked"])
        yield f"{name}: {line['stage']} kept {line['rows_out']:,} of {line['rows_in']:,} rows{born}{_reasons(line['dropped'])}{masked}{asked}."
    for told in manifest["inputs"]:
        mute = [f for f in told.get("files", []) if f["records"] == sum(f["dropped"].values())]
        for file in mute[:5]:
            yield f"{name}: {told['source']}/{file['name']} gave no rows{_reasons(file['dropped'])}."
        if len(mute) > 5:
            yield f"{name}: nor did {count(len(mute) - 5, 'more file')} of {told['source']}."
    yield f"{name}: {count(manifest['rows'], 'row')} in {count(len(manifest['shards']), 'shard')} lie in {folder}"


def _asked(told: dict[str, float]) -> str:
    """What a stage asked, and for how much; and how much of that was only replayed."""
    if not told.get("calls"):
        return ""
    tokens = told.get("prompt_tokens", 0) + told.get("reply_tokens", 0)
    cost = f" for {told['cost']:,.4f}" if told.get("cost") else ""
    played = f", {told['recorded']:,.0f} of them answered from a recorded file" if told.get("recorded") else ""
    return f", with {told['calls']:,.0f} calls of {tokens:,.0f} tokens{cost}{played}"


def count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _reasons(dropped: dict[str, int]) -> str:
    most = sorted(dropped.items(), key=lambda item: -item[1])
    return " (" + ", ".join(f"{reason} {count:,}" for reason, count in most) + ")" if most else ""
