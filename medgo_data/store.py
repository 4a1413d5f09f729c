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

import hashlib
import json
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from medgo_data.far import Far
from medgo_data.place import FULL, growing, held, link, move, place, publish, scan, scrap, stamp, workroom, write

if TYPE_CHECKING:
    import datasets

FRESH = 2.0  # seconds in which a file may change again without its time stamp showing it, on the coarsest file systems
ABANDONED = 24 * 3600.0  # seconds by the store's own clock after which nobody is taken to be at work on a thing


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
    """All of it, or nothing: a file that can be seen is whole."""
    write(path, orjson.dumps(thing, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


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
        take = fast_digest if content.startswith("xxh3:") else sha256
        try:
            return (self.recall(path) or self.learn(path, take(path))) == content
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return False

    def recall(self, path: Path) -> str | None:
        known = self.known.get(self._called(path))
        return known[1] if known and known[0] == stamp(path) and known[2:] in ([], [boot()]) else None

    def learn(self, path: Path, digest: str, *, seen: list[int] | None = None, synced: bool = True) -> str:
        """Remember ``digest``, unless the file is so young that a change could hide in the same time stamp.

        Of a file that was not synced it is true until the machine is started anew, and forgotten then.
        """
        mark, synced = seen or stamp(path), synced or isinstance(path, Far)
        if time.time() - mark[1] / 1e9 > FRESH and (synced or boot()):
            self.known[self._called(path)] = [mark, digest] if synced else [mark, digest, boot()]
            self.changed = True
        return digest

    def save(self) -> None:
        if self.changed and self.path and (isinstance(self.path, Far) or os.access(self.path.parent, os.W_OK)):
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


# ---- the pool ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Store:
    """The folder under which corpora are built, on a disk or in an object store."""

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", place(self.root))

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
        folder = self._aside()
        folder.mkdir()
        try:
            with room(f"{kind} {key[:12]} below {self.own}"):
                yield folder
                publish(folder, self.entry(kind, key), "receipt.json", durable=sync)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def remembering(self, key: str, file: Path) -> Iterator[None]:
        """What was known under the key lies in ``file``; what lies there afterwards is known from then on."""
        known = self.entry("known", key)
        if known.is_file():
            link(known, file)
        yield
        if file.is_file():
            move(file, known)

    def _aside(self) -> Path:
        return workroom(self.own) / f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"

    def discard(self, kind: str, key: str) -> None:
        """Forget an entry, for example because it was damaged."""
        scrap(self.entry(kind, key))

    def remove(self, path: Path) -> int:
        """Delete a file or a folder, out of sight first: what is stopped in between is swept. Return the bytes it freed."""
        if path.is_dir() and not isinstance(path, Far):
            aside = self._aside()
            path.rename(aside)
            path = aside
        if isinstance(path, Far):
            return path.remove()
        files = [each.stat() for each in (path, *path.rglob("*")) if each.is_file()]
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return sum(each.st_size for each in files if each.st_nlink == 1)

    def sweep(self) -> None:
        """Remove what processes that are no longer there had not finished, and what lies far away without its last part."""
        for folder in workroom(self.own).glob(f"{socket.gethostname()}.*"):
            if not _alive(int(folder.name.rsplit(".", 2)[1])):
                scrap(folder)
        if isinstance(self.root, Far):
            for path in self._abandoned(self.root):
                path.unlink(missing_ok=True)

    def _abandoned(self, root: Far) -> Iterator[Far]:
        """Objects of entries and versions that have no receipt or manifest, and that nobody has added to for long."""
        things: dict[Far, dict[str, tuple[Far, float]]] = {}
        for path, told in root.listed(recursive=True):
            below = path.relative_to(root).parts
            depth = 3 if below[:2] == (".medgo", "pool") else 2
            if told.is_file and len(below) > depth and (depth == 3 or below[0] != ".medgo"):
                whole = root.joinpath(*below[:depth])
                things.setdefault(whole, {})["/".join(below[depth:])] = (path, (told.mtime_ns or 0) / 1e9)
        youngest = max((when for files in things.values() for _, when in files.values()), default=0.0)
        for files in things.values():
            if not files.keys() & {"receipt.json", "manifest.json"}:
                latest = max(when for _, when in files.values())
                yield from (path for path, _ in files.values() if youngest - latest > ABANDONED)

    def withdraw(self, version: Path, *, there: bool) -> bool:
        """A version that was ``there`` and is not what was built is not seen any more. Return whether there was one."""
        if isinstance(version, Far):
            if there:
                (version / "manifest.json").unlink(missing_ok=True)
            return there
        there = version.exists()
        shutil.rmtree(version, ignore_errors=True)
        return there

    def near(self, what: str) -> None:
        """Refuse what needs a disk."""
        if isinstance(self.root, Far):
            raise StoreError(
                f"{what} needs a folder on a disk, and {self.root} lies in an object store. Choose another --root."
            )

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
        with ExitStack() as holding:
            try:
                lock = holding.enter_context(held(self.root / folder / ".lock", patient=patient))
            except BlockingIOError as busy:
                raise BusyError(
                    f"{what} by {busy.strerror}. Wait for it to end, or say --wait, which waits for you."
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
        with room(f"version {final.name} of {name}"), growing(final) as folder:
            (folder / "dropped").mkdir()
            for shard, (rows, ledger) in zip(manifest["shards"], parts, strict=True):
                link(rows, folder / shard["file"])
                if ledger:
                    link(ledger, folder / "dropped" / shard["file"])
            write_json(folder / "run.json", run)
            write_json(folder / "manifest.json", manifest)
        self.make_current(final)
        return final

    def make_current(self, version: Path) -> None:
        current = version.parent / "current"
        if not current.is_file() or current.read_text("utf-8", "replace").strip() != version.name:
            write(current, f"{version.name}\n".encode())

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
        return scan(self.shards)

    def dropped(self) -> pl.LazyFrame:
        """Id, stage and reason of every row that is not in it."""
        from medgo_data.stage import LEDGER

        files = [self.folder / "dropped" / s["file"] for s in self.manifest["shards"] if s["dropped"]]
        return scan(files) if files else pl.LazyFrame(schema=LEDGER)

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
        files = [os.fspath(path) for path in self.shards]
        return load_dataset("parquet", data_files={"train": files}, split="train", streaming=streaming)


def open(root: Path | str, name: str) -> Built:  # noqa: A001  medgo_data.open(...) is how it reads
    """The current version of a corpus (``"pretrain"``) or a certain one (``"pretrain@3f2a"``), its shards checked."""
    store = Store(Path(root))
    built = store.find(name)
    digests = store.digests()
    built.check(digests)
    if not isinstance(store.root, Far) and store.own.is_dir():  # far away one may be allowed to read alone
        digests.save()
    return built
