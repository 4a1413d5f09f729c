"""Built corpora on disk: what is whole, who is building, which version is current, and whether a byte has changed.

root/
  pretrain/
    current                     the version that was built last
    3f2a9c1b7d20/               one version: the shards, linked from the pool
      manifest.json  part-00000.parquet …  dropped/part-00000.parquet …  run.json
  forgotten/
    list.json                   rows and subjects that stay out of every corpus (forgotten.py)
    <time>.json                 what became of the corpora when they were asked to forget some
  .medgo/
    pool/part-<key>/            what was built from one part, under a key of its content and its recipe
    digests.json                the sha256 of files that have not changed since they were read

To free space, remove versions, or the whole pool: a version keeps its own shards, and the next build only has less to
reuse. Each run.json lists the entries of the pool that its version was made of.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

if TYPE_CHECKING:
    import datasets

FRESH = 2.0  # seconds in which a file may change again without its time stamp showing it, on the coarsest file systems
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StoreError(RuntimeError):
    """Something on disk is not what it should be; the message says which file, and what to do."""


class DamagedError(StoreError):
    """A file is not the one that was built."""


class BusyError(StoreError):
    """Another process is building this corpus."""


class FullError(StoreError):
    """The disk is full, or a limit on file sizes was met; nothing half-written can be seen."""


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fast_digest(path: Path) -> str:
    """For drafts, which nobody outside ever checks: it finds what an accident does to a file, fifteen times as fast."""
    import xxhash

    told = xxhash.xxh3_128()
    with path.open("rb", buffering=0) as file:
        while block := file.read(1 << 20):
            told.update(block)
    return f"xxh3:{told.hexdigest()}"


def write_json(path: Path, thing: object) -> None:
    """Write beside, sync, rename: a file that can be seen is whole."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with beside.open("wb") as file:
            file.write(orjson.dumps(thing, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def room(what: str) -> Iterator[None]:
    """Turn a full disk into a sentence."""
    try:
        yield
    except OSError as wrong:
        if wrong.errno not in FULL:
            raise
        raise FullError(
            f"no room left while writing {what} ({wrong.strerror}). What was finished is kept and nothing half-written is "
            f"visible: make space, or raise the limit on file sizes, and run again."
        ) from wrong


# ---- digests -------------------------------------------------------------------------------------------------------


@dataclass
class Digests:
    """The sha256 of files, read again only when size, time or inode says that a file may have changed."""

    path: Path | None  # where they are remembered; None: nowhere
    known: dict[str, list[Any]] = field(default_factory=dict)
    changed: bool = False
    hidden: dict[str, str] = field(default_factory=dict)  # files that are remembered under a code, by their paths

    @classmethod
    def at(cls, path: Path) -> Digests:
        try:
            return cls(path, json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return cls(path)
        except ValueError:  # a memory that cannot be read costs time, not truth
            return cls(path)

    def hide(self, names: dict[Path, str]) -> None:
        """Remember these files under other names, for their own may tell who a patient is."""
        self.hidden |= {str(path.absolute()): name for path, name in names.items()}

    def _called(self, path: Path) -> str:
        return self.hidden.get(str(path.absolute()), str(path.absolute()))

    def of(self, path: Path) -> str:
        return self.recall(path) or self.learn(path, sha256(path))

    def same(self, path: Path, content: str) -> bool:
        """Whether a file is there and has the content that was noted of it, by whichever digest."""
        if not path.is_file():
            return False
        take = fast_digest if content.startswith("xxh3:") else sha256
        return (self.recall(path) or self.learn(path, take(path))) == content

    def recall(self, path: Path) -> str | None:
        known = self.known.get(self._called(path))
        return known[1] if known and known[0] == stamp(path) and known[2:] in ([], [boot()]) else None

    def learn(self, path: Path, digest: str, *, seen: list[int] | None = None, synced: bool = True) -> str:
        """Remember ``digest``, unless the file is so young that a change could hide in the same time stamp.

        Of a file that was not synced it is true until the machine is started anew, and forgotten then.
        """
        mark = seen or stamp(path)
        if time.time() - mark[1] / 1e9 > FRESH and (synced or boot()):
            self.known[self._called(path)] = [mark, digest] if synced else [mark, digest, boot()]
            self.changed = True
        return digest

    def save(self) -> None:
        if self.changed and self.path and os.access(self.path.parent, os.W_OK):
            there = {
                path: known
                for path, known in self.known.items()
                if not os.path.isabs(path) or os.path.exists(path)  # noqa: PTH110, PTH117  of thousands
            }
            with room(str(self.path)):
                write_json(self.path, there)
            self.changed = False


@cache
def boot() -> str | None:
    """When this machine was started, as Linux names it; None where that is not known."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None


def stamp(path: Path) -> list[int]:
    told = path.stat()
    return [told.st_size, told.st_mtime_ns, told.st_ino]


# ---- the pool ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Store:
    """The folder under which corpora are built."""

    root: Path

    @property
    def own(self) -> Path:
        return self.root / ".medgo"

    def digests(self) -> Digests:
        return Digests.at(self.own / "digests.json")

    def entry(self, kind: str, key: str) -> Path:
        return self.own / "pool" / f"{kind}-{key[:40]}"

    def receipt(self, kind: str, key: str) -> dict[str, Any] | None:
        """What was written down when the entry was finished; None if it was not."""
        try:
            return orjson.loads((self.entry(kind, key) / "receipt.json").read_bytes())  # type: ignore[no-any-return]
        except FileNotFoundError:
            return None
        except ValueError:  # the machine went down before it was on disk
            self.discard(kind, key)
            return None

    def has(self, kind: str, key: str) -> bool:
        """Whether the entry was finished."""
        return (self.entry(kind, key) / "receipt.json").is_file()

    @contextmanager
    def filling(self, kind: str, key: str, *, sync: bool = True) -> Iterator[Path]:
        """A folder to fill, which becomes the entry in one step. Should another have been faster, his stays."""
        (self.own / "tmp").mkdir(parents=True, exist_ok=True)
        folder = self.own / "tmp" / f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        try:
            with room(f"{kind} {key[:12]} below {self.own}"):
                yield folder
                for file in folder.iterdir() if sync else ():
                    with file.open("rb") as handle:
                        os.fsync(handle.fileno())
                final = self.entry(kind, key)
                final.parent.mkdir(parents=True, exist_ok=True)
                try:
                    folder.rename(final)
                except OSError as taken:
                    if taken.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                        raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def remembering(self, key: str, file: Path) -> Iterator[None]:
        """What was known under the key lies in ``file``; what lies there afterwards is known from then on."""
        known = self.entry("known", key)
        if known.is_file():
            os.link(known, file)
        yield
        if file.is_file():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())
            file.replace(known)

    def discard(self, kind: str, key: str) -> None:
        """Forget an entry, for example because it was damaged."""
        shutil.rmtree(self.entry(kind, key), ignore_errors=True)

    def remove(self, path: Path) -> int:
        """Delete a file or a folder, out of sight first: what is stopped in between is swept. Return the bytes it freed."""
        aside = path
        if path.is_dir():
            (self.own / "tmp").mkdir(parents=True, exist_ok=True)
            aside = self.own / "tmp" / f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
            path.rename(aside)
        files = [each.stat() for each in (aside, *aside.rglob("*")) if each.is_file()]
        shutil.rmtree(aside) if aside.is_dir() else aside.unlink()
        return sum(each.st_size for each in files if each.st_nlink == 1)

    def sweep(self) -> None:
        """Remove what processes that are no longer there had not finished."""
        for folder in (self.own / "tmp").glob(f"{socket.gethostname()}.*"):
            if not _alive(int(folder.name.rsplit(".", 2)[1])):
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def building(self, name: str, *, patient: bool) -> Iterator[None]:
        """Hold the corpus ``name``: a second builder waits if it is patient, and is told who holds it if it is not."""
        with self._holding(name, f"corpus {name!r} below {self.root} is being built", patient=patient):
            yield

    @contextmanager
    def forgetting(self, *, patient: bool) -> Iterator[None]:
        """Hold the list of the forgotten, as ``building`` holds a corpus."""
        with self._holding(".medgo", f"rows below {self.root} are being forgotten", patient=patient):
            yield

    @contextmanager
    def _holding(self, folder: str, what: str, *, patient: bool) -> Iterator[None]:
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        with (self.root / folder / ".lock").open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if patient else fcntl.LOCK_NB))
            except BlockingIOError:
                lock.seek(0)
                raise BusyError(
                    f"{what} by {lock.read().strip() or 'another process'}. "
                    f"Wait for it to end, or say --wait, which waits for you."
                ) from None
            lock.truncate(0)
            now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            lock.write(f"process {os.getpid()} on {socket.gethostname()}, since {now}")
            lock.flush()
            yield

    # ---- versions

    def version(self, name: str, fingerprint: str) -> Path:
        return self.root / name / fingerprint[:12]

    def commit(
        self, name: str, manifest: dict[str, Any], parts: list[tuple[Path, Path | None]], run: dict[str, Any]
    ) -> Path:
        """Make a version visible, all at once: its shards linked from where they lie, its manifest written last."""
        final = self.version(name, manifest["fingerprint"])
        folder = self.root / name / f".{final.name}.{uuid.uuid4().hex[:8]}"
        with room(f"version {final.name} of {name}"):
            try:
                (folder / "dropped").mkdir(parents=True)
                for shard, (rows, ledger) in zip(manifest["shards"], parts, strict=True):
                    _link(rows, folder / shard["file"])
                    if ledger:
                        _link(ledger, folder / "dropped" / shard["file"])
                write_json(folder / "run.json", run)
                write_json(folder / "manifest.json", manifest)
                for each in (folder / "dropped", folder):
                    sync_folder(each)
                if not final.exists():
                    folder.rename(final)
                    sync_folder(final.parent)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        self.make_current(final)
        return final

    def make_current(self, version: Path) -> None:
        current = version.parent / "current"
        if not current.is_file() or current.read_text("utf-8", "replace").strip() != version.name:
            beside = version.parent / f".current.{uuid.uuid4().hex[:8]}"
            beside.write_text(version.name + "\n", "utf-8")
            beside.rename(current)

    def names(self) -> list[str]:
        return sorted(p.parent.name for p in self.root.glob("*/current"))

    def versions(self, name: str) -> list[Built]:
        """Every version of a corpus, the current one first, then the latest."""
        folder = self.root / name
        found = [Built.at(p.parent) for p in folder.glob("*/manifest.json") if not p.parent.name.startswith(".")]
        current = (folder / "current").read_text("utf-8", "replace").strip() if (folder / "current").is_file() else ""
        return sorted(found, key=lambda b: (b.folder.name != current, -(b.folder / "manifest.json").stat().st_mtime))

    def find(self, told: str) -> Built:
        """The corpus that ``name`` or ``name@version`` means; a version may be shortened."""
        name, _, version = told.partition("@")
        found = [b for b in self.versions(name) if b.folder.name.startswith(version)] if name else []
        if not found:
            have = [f"{name}@{b.folder.name}" for b in self.versions(name)] if name else []
            have = have or self.names()
            raise StoreError(
                f"there is no corpus {told!r} below {self.root.absolute()}; "
                + (f"there is {', '.join(have)}." if have else "nothing was built there yet. Check --root.")
            )
        if version and len(found) > 1:
            raise StoreError(f"{told!r} may be {' or '.join(b.folder.name for b in found)}: write more of the version.")
        return found[0]


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, but alive
        return True
    return True


def _link(there: Path, here: Path) -> None:
    """One file under a second name; a copy where the file system knows no links."""
    try:
        os.link(there, here)
    except OSError as wrong:
        if wrong.errno in FULL:
            raise
        shutil.copyfile(there, here)


# ---- what was built ------------------------------------------------------------------------------------------------


def seal(manifest: dict[str, Any]) -> str:
    """The sha256 of all that a manifest says, but for this."""
    said = {k: v for k, v in manifest.items() if k != "seal"}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


SHARD = re.compile(r"part-\d{5,}\.parquet")


def _outside(manifest: dict[str, Any]) -> Iterator[str]:
    """What a manifest from elsewhere names that a build would not: it is asked before anything is opened by it."""
    yield from (name for shard in manifest["shards"] if not SHARD.fullmatch(name := str(shard["file"])))
    if re.search(r"[/\\]|^\.", schema := str(manifest["gives"]["schema"])):
        yield schema


@dataclass(frozen=True)
class Built:
    """One version of a corpus: its manifest, and its rows once every shard has shown that it is whole."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def at(cls, folder: Path) -> Built:
        path = folder / "manifest.json"
        try:
            manifest = json.loads(path.read_text("utf-8"))
        except ValueError:
            manifest = {}
        if not isinstance(manifest, dict) or manifest.get("seal") != seal(manifest):
            raise DamagedError(
                f"{path} is not the manifest that was written. Remove the folder {folder} and build again."
            )
        for name in _outside(manifest):
            raise DamagedError(
                f"{path} names {name!r}, which is no file of its own folder. No build writes that: find out where it comes from."
            )
        return cls(folder, manifest)

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def full_name(self) -> str:
        return f"{self.name}@{self.folder.name}"

    @property
    def shards(self) -> list[Path]:
        return [self.folder / s["file"] for s in self.manifest["shards"]]

    def damages(self, digests: Digests | None = None) -> Iterator[str]:
        """Each file that is not the one that was built, as a sentence."""
        digests = digests or Digests(None)
        for shard in self.manifest["shards"]:
            pairs = [(self.folder / shard["file"], shard["sha256"])]
            if shard["dropped"]:
                pairs.append((self.folder / "dropped" / shard["file"], shard["dropped"]["sha256"]))
            for path, expected in pairs:
                if not path.is_file():
                    yield f"{path} is missing"
                elif not digests.same(path, expected):
                    yield f"{path} was altered after it was built"

    def check(self, digests: Digests | None = None) -> Built:
        """Refuse damaged shards; return itself."""
        for damage in self.damages(digests):
            raise DamagedError(f"{damage}. Build {self.name} again: only what is damaged will be done anew.")
        return self

    def rows(self) -> pl.LazyFrame:
        """All rows, lazily: nothing is read before it is asked for."""
        return pl.scan_parquet(self.shards)

    def dropped(self) -> pl.LazyFrame:
        """Id, stage and reason of every row that is not in it."""
        from medgo_data.stage import LEDGER

        files = [self.folder / "dropped" / s["file"] for s in self.manifest["shards"] if s["dropped"]]
        return pl.scan_parquet(files) if files else pl.LazyFrame(schema=LEDGER)

    def dataset(self) -> datasets.Dataset:
        """Its rows as a ``datasets.Dataset``, read from the shards as they lie."""
        return self._load(streaming=False)

    def iterable(self) -> datasets.IterableDataset:
        """Its rows as a ``datasets.IterableDataset``, which reads while one trains."""
        return self._load(streaming=True)

    def _load(self, *, streaming: bool) -> Any:
        try:
            from datasets import load_dataset
        except ImportError as missing:
            raise ImportError(
                "rows as a `datasets` dataset need that package: pip install 'medgo[datasets]'"
            ) from missing
        files = [str(path) for path in self.shards]
        return load_dataset("parquet", data_files={"train": files}, split="train", streaming=streaming)


def open(root: Path | str, name: str) -> Built:  # noqa: A001  medgo_data.open(...) is how it reads
    """The current version of a corpus (``"pretrain"``) or a certain one (``"pretrain@3f2a"``), its shards checked."""
    store = Store(Path(root))
    built = store.find(name)
    digests = store.digests()
    built.check(digests)
    if store.own.is_dir():
        digests.save()
    return built
