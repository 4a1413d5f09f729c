"""What a training run may be fed: a built corpus whose every shard is the one its manifest speaks of, and is scrubbed."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import far
from medgo_train.config import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas" if (HERE / "schemas").is_dir() else HERE.parent / "schemas"  # in a wheel, in a checkout
MANIFEST = 5  # the version of the manifest that is read here


class DataError(RunError):
    """A corpus that must not be trained on as it lies; the message says which file, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    file: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a built corpus says of itself: the part of its manifest.json that training goes by."""

    folder: Path
    name: str
    fingerprint: str
    content: str
    schema: str
    schema_version: int
    marks: frozenset[str]
    rows: int
    shards: tuple[Shard, ...]

    @property
    def bytes(self) -> int:
        return sum(shard.bytes for shard in self.shards)

    @property
    def scrubbed(self) -> bool:
        return "scrubbed" in self.marks

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns(self.schema, self.schema_version, self.folder)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column as a schema declares it: its name, its type as JSON spells it, and what it means."""

    name: str
    type: Any
    en: str
    zh: str

    @property
    def arrow(self) -> pa.DataType:
        return _arrow(self.type)


def find(corpus: str, version: str = "", root: Path | str = "data") -> Path:
    """The folder of a version: ``corpus`` itself if it is one, else what ``root`` holds under that name.

    From an object store (``s3://bucket/prefix``) it is brought to this machine.
    """
    if far.is_far(corpus) or far.is_far(root):
        return far.fetched(corpus if far.is_far(corpus) else f"{str(root).rstrip('/')}/{corpus}", version)
    if (Path(corpus) / "manifest.json").is_file() and not version:
        return Path(corpus)
    folder = Path(root) / corpus
    current = folder / "current"
    if not version and current.is_file():
        version = current.read_text("utf-8", "replace").strip()
    inside = sorted(path.parent for path in folder.glob("*/manifest.json"))
    matching = [path for path in inside if path.name.startswith(version)] if version else inside
    if len(matching) == 1:
        return matching[0]
    there = ", ".join(path.name for path in inside) or "none"
    wanted = f"one version {version!r}" if version else "one current version"
    raise DataError(
        f"{folder} has not {wanted} of {corpus!r}; built are: {there}. Name the folder of a version, set root and "
        f"version, or build it: medgo-data build RECIPE:{Path(corpus).name} --root {root}"
    )


def check(folder: Path | str, *, unscrubbed: bool = False) -> Manifest:
    """The manifest of a built corpus, once every shard was read to its last byte and found to be what it says."""
    manifest = read(Path(folder))
    if not (manifest.scrubbed or unscrubbed):
        raise DataError(
            f"{manifest.folder / 'manifest.json'} is not marked scrubbed, so its rows may name patients. "
            f"Put Scrub() into the recipe of {manifest.name!r} and build it again, "
            f"or, where you may train on it as it is, say --unscrubbed, in a run unscrubbed: true beside the corpus."
        )
    with ThreadPoolExecutor() as pool:  # threads do: hashing and reading both let go of the interpreter
        for wrong in pool.map(lambda shard: _fault(manifest, shard), manifest.shards):
            if wrong:
                raise DataError(f"{wrong} Build {manifest.name!r} again: only what is damaged is done anew.")
    for stray in _strays(manifest):
        raise DataError(
            f"{stray} is not in the manifest, but a reader of *.parquet would train on it. Move it out of {manifest.folder}."
        )
    return manifest


def read(folder: Path) -> Manifest:
    """The manifest in ``folder``, whole and as it was written. The shards are not looked at."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise DataError(f"{path} does not exist, so there is no built corpus in {folder}. {_hint(folder)}")
    try:
        told = json.loads(path.read_text("utf-8"))
        _check_seal(told)
        manifest = Manifest(
            folder=folder,
            name=told["name"],
            fingerprint=told["fingerprint"],
            content=told["content"],
            schema=told["gives"]["schema"],
            schema_version=told["gives"]["version"],
            marks=frozenset(told["marks"]),
            rows=told["rows"],
            shards=tuple(Shard(**{key: s[key] for key in ("file", "rows", "bytes", "sha256")}) for s in told["shards"]),
        )
    except (ValueError, TypeError, KeyError) as wrong:
        why = f"it has no {wrong}" if isinstance(wrong, KeyError) else str(wrong)
        raise DataError(f"{path} is not a manifest as it was written: {why}. Build the corpus again.") from wrong
    if manifest.rows != sum(shard.rows for shard in manifest.shards):
        raise DataError(
            f"{path} speaks of {manifest.rows} rows, its shards of {sum(shard.rows for shard in manifest.shards)}. "
            f"Build {manifest.name!r} again."
        )
    return manifest


def _check_seal(told: dict[str, Any]) -> None:
    """A manifest may carry the sha256 of all else that it says; then nobody edited it."""
    kind = told.get("schema", {"name": "manifest", "version": MANIFEST})
    if kind != {"name": "manifest", "version": MANIFEST}:
        raise ValueError(
            f"it is a {kind['name']} of version {kind['version']}, and this medgo reads version {MANIFEST}"
        )
    seal = told.pop("seal", None)
    if seal and seal != hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest():
        raise ValueError("its seal does not match what it says, so it was edited")


def _hint(folder: Path) -> str:
    if not folder.is_dir():
        return "Give the folder of one version, such as data/sft/3f2a9c1b7d20."
    inside = sorted(path.parent for path in folder.glob("*/manifest.json"))
    if inside:
        return f"Did you mean {' or '.join(str(version) for version in inside[:3])}?"
    return "If a build was stopped, start it again: it goes on where it was."


def _fault(manifest: Manifest, shard: Shard) -> str | None:
    """What is wrong with a shard, as a sentence, cheap questions first."""
    path = manifest.folder / shard.file
    if shard.file != path.name:
        return f"{manifest.folder / 'manifest.json'} names a shard {shard.file!r}, which lies outside its folder."
    return fault(manifest.folder, shard) or _misfit(path, shard.rows, manifest.columns)


def fault(folder: Path, shard: Shard) -> str | None:
    """What is wrong with the bytes of a shard, as a sentence."""
    path = folder / shard.file
    if shard.file != path.name:
        return f"{folder} is said to hold a shard {shard.file!r}, which lies outside of it."
    if not path.is_file():
        return f"{path} is missing."
    size = path.stat().st_size
    if size != shard.bytes:
        return f"{path} has {size} bytes, and the manifest says {shard.bytes}."
    if sha256(path) != shard.sha256:
        return f"{path} was altered after it was built: its sha256 is not the one in the manifest."
    return None


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _misfit(path: Path, rows: int, declared: tuple[Column, ...]) -> str | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            found, counted = file.schema_arrow, file.metadata.num_rows
    except pa.ArrowInvalid:
        return f"{path} is not a Parquet file."
    expected = [column.name for column in declared]
    if found.names != expected:
        return f"{path} has the columns {', '.join(found.names)}, and its schema says {', '.join(expected)}."
    for column in declared:
        if found.field(column.name).type != column.arrow:
            return f"{path} has {column.name!r} as {found.field(column.name).type}, and its schema says {column.arrow}."
    if counted != rows:
        return f"{path} has {counted} rows, and the manifest says {rows}."
    return None


def _strays(manifest: Manifest) -> Iterator[Path]:
    known = {shard.file for shard in manifest.shards}
    return (path for path in sorted(manifest.folder.glob("*.parquet")) if path.name not in known)


@cache
def columns(schema: str, version: int, where: Path) -> tuple[Column, ...]:
    """The columns of a schema of the house, in order. ``where`` is the corpus that names it, for the message."""
    path = SCHEMAS / f"{schema}.json"
    if path.parent != SCHEMAS or not path.is_file():
        raise DataError(
            f"{where / 'manifest.json'} gives rows of the schema {schema!r}, and there is no {path} to check by."
        )
    told = json.loads(path.read_text("utf-8"))
    if told["version"] != version:
        raise DataError(
            f"{where / 'manifest.json'} gives version {version} of the schema {schema!r}, and {path} is version "
            f"{told['version']}. Build it again, or train with the medgo that built it."
        )
    return tuple(Column(name=c["name"], type=c["type"], en=c["en"], zh=c["zh"]) for c in told["columns"])


def _arrow(told: Any) -> pa.DataType:
    import pyarrow as pa

    if isinstance(told, dict) and "list" in told:
        return pa.list_(_arrow(told["list"]))
    if isinstance(told, dict):
        return pa.struct([pa.field(name, _arrow(inner)) for name, inner in told["struct"].items()])
    plain: dict[str, pa.DataType] = {
        "string": pa.string(),
        "bool": pa.bool_(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
    }
    return plain[told]
