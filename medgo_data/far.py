"""A path into an object store that speaks S3, which is a ``Path`` like another, and the folder for local copies.

Such a path is joined, listed and opened as any, and a library that wants a file gets a local copy, for ``os.fspath`` makes
one. Where the store is, and by what right one asks it, comes from the environment, as every tool of S3 reads it:
AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. A store that is busy or away is asked again, for
MEDGO_PATIENCE seconds.

Local copies, and work in progress, lie in a folder that nobody else can read, MEDGO_SCRATCH or one below the folder of the
machine for such; the last process that uses it clears it away.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import glob
import hashlib
import io
import logging
import os
import random
import re
import shutil
import stat
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path, PosixPath
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pyarrow import fs

log = logging.getLogger("medgo_data")
T = TypeVar("T")
SCHEME = "s3:"
BLOCK = 8 << 20  # bytes asked for at a time: fewer, and a store far away is waited for more than read
PATIENCE = 60.0  # seconds
ROOM = 50.0  # GB of local copies, above which those go that were not used of late: MEDGO_SCRATCH_GB
OF_LATE = 600.0  # seconds
DENIED = re.compile(r"ACCESS_DENIED|INVALID_ACCESS_KEY|INVALID_CLIENT|SIGNATURE|TOKEN|CREDENTIAL|HTTP status 40[13]")
MOVED = re.compile(r"REDIRECT|MALFORMED|HTTP status 30\d")
FOR_GOOD = re.compile(rf"NO_SUCH_(?:BUCKET|KEY)|{DENIED.pattern}|{MOVED.pattern}")  # the next answer would be the same


class PlaceError(OSError):
    """Something far away cannot be read or written; the message says which, where it is, and what to do."""


@dataclass(frozen=True)
class Told:
    """What an object store says of an object, under the names that a file system has for it."""

    st_size: int
    st_mtime: float
    st_ino: int  # of its ETag, which changes with what the object holds
    st_nlink: int = 1


class Far(PosixPath):
    """A path into an object store: ``s3://bucket/prefix/name``."""

    __slots__ = ()

    def __str__(self) -> str:
        parts = self.parts
        return f"s3://{'/'.join(parts[1:])}" if parts[:1] == (SCHEME,) else "/".join(parts) or "."

    def __fspath__(self) -> str:
        return str(self.fetch())

    @property
    def key(self) -> str:
        """As the store calls it: bucket and name."""
        return "/".join(self.parts[1:])

    def absolute(self) -> Far:
        return self

    # ---- what lies there

    def stat(self, **_: Any) -> Any:
        """Size, time and identity of an object, as ``Told``."""
        return self.asked("asking after", lambda: _told(_client().open_input_file(self.key).metadata()))

    def exists(self, **_: Any) -> bool:
        return self.is_file() or self.is_dir()

    def is_file(self, **_: Any) -> bool:
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def is_dir(self, **_: Any) -> bool:
        return next(iter(self.listed()), None) is not None

    def listed(self, *, recursive: bool = False) -> list[tuple[Far, fs.FileInfo]]:
        """All that lies below, in the order of the names."""
        from pyarrow.fs import FileSelector

        try:
            every = self.asked("listing", lambda: _client().get_file_info(FileSelector(self.key, recursive=recursive)))
        except FileNotFoundError:
            return []
        return sorted((Far(f"s3://{one.path}"), one) for one in every)

    def iterdir(self) -> Iterator[Far]:  # type: ignore[override]
        return (path for path, _ in self.listed())

    def glob(self, pattern: str, **_: Any) -> Iterator[Far]:  # type: ignore[override]
        """The objects, and what would be folders, that a pattern means; a name with a leading dot has to be said."""
        return (path for path, _ in self.meant(pattern))

    def meant(self, pattern: str) -> Iterator[tuple[Far, bool]]:
        """The same, and whether each is an object."""
        first, _, rest = pattern.partition("/")
        if first == "**":  # one listing
            wanted = _expression(pattern)
            for path, told in self.listed(recursive=True):
                if told.is_file and wanted.fullmatch(path.key[len(self.key) + 1 :]):
                    yield path, True
        elif glob.has_magic(first):
            wanted = _expression(first)
            for path, told in self.listed():
                if wanted.fullmatch(path.name) and not (rest and told.is_file):
                    yield from path.meant(rest) if rest else [(path, told.is_file)]
        elif rest:
            yield from (self / first).meant(rest)
        elif (self / first).exists():
            yield self / first, (self / first).is_file()

    def open(self, mode: str = "r", *_: Any, encoding: str | None = None, **__: Any) -> Any:
        """To be read, a large block at a time."""
        if mode not in ("r", "rb"):
            self._refuse(f"opened to be written ({mode})")
        file = io.BufferedReader(_Object(self), BLOCK)
        return file if mode == "rb" else io.TextIOWrapper(file, encoding or "utf-8")

    def fetch(self) -> Path:
        """A local copy, made once while the object stays what it is."""
        told = self.stat()
        copy = self._copy(told)
        try:
            os.utime(copy)  # used just now, so it stays
        except FileNotFoundError:
            _make_room(told.st_size)
            beside = copy.with_name(f".{uuid.uuid4().hex[:8]}")
            with beside.open("wb") as file, self.open("rb") as there:
                shutil.copyfileobj(there, file, BLOCK)
            beside.replace(copy)
        return copy

    def _copy(self, told: Told) -> Path:
        folder = scratch() / "copies"
        folder.mkdir(exist_ok=True)
        return folder / f"{short(f'{endpoint()} {self} {told.st_ino} {told.st_size}')}{self.suffix}"

    # ---- what is made there

    def write_text(self, data: str, encoding: str | None = None, *_: Any, **__: Any) -> int:
        return self.write_bytes(data.encode(encoding or "utf-8"))

    def write_bytes(self, data: Any) -> int:
        self.put(bytes(data))
        return len(data)

    def put(self, content: bytes) -> None:
        """Small things."""

        def put() -> None:
            with _client().open_output_stream(self.key, compression=None) as out:
                out.write(content)

        self.asked("writing", put)

    def send(self, there: Path) -> None:
        """What a local file holds; the file becomes the local copy of it."""

        def send() -> None:
            with there.open("rb") as file, _client().open_output_stream(self.key, compression=None) as out:
                while block := file.read(BLOCK):
                    out.write(block)

        self.asked("writing", send)
        told = self.stat()
        if told.st_size != there.stat().st_size:
            raise PlaceError(
                f"{self} has {told.st_size} bytes after it was written, and should have others. Build again."
            )
        there.replace(self._copy(told))

    def take(self, there: Path) -> None:
        """What another object holds; the store makes the copy."""
        self.asked("writing", lambda: _client().copy_file(Far(there).key, self.key))

    def mkdir(self, *_: Any, **__: Any) -> None:
        """There are no folders to make; but whether one may look there is better known now."""
        self.listed()

    def unlink(self, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002  as of any path
        try:
            self.asked("deleting", lambda: _client().delete_file(self.key))
        except FileNotFoundError:
            if not missing_ok:
                raise

    def remove(self) -> int:
        """Delete all that lies here, first what makes the rest count. Return the bytes it freed."""
        below = [(path, told.size) for path, told in self.listed(recursive=True) if told.is_file]
        if not below and self.is_file():
            below = [(self, self.stat().st_size)]
        for path, _ in below:
            if path == self or path.name in ("manifest.json", "receipt.json"):
                path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            self.asked("deleting", lambda: _client().delete_dir(self.key))
        return sum(size for _, size in below)

    def _refuse(self, what: str) -> Any:
        raise PlaceError(
            f"{self} lies in an object store, where nothing can be {what}. Choose a folder on a disk for it."
        )

    def rename(self, *_: Any) -> Any:
        self._refuse("renamed")

    def replace(self, *_: Any) -> Any:
        self._refuse("renamed")

    def touch(self, *_: Any, **__: Any) -> Any:
        self._refuse("touched")

    def symlink_to(self, *_: Any, **__: Any) -> Any:
        self._refuse("linked")

    def hardlink_to(self, *_: Any, **__: Any) -> Any:
        self._refuse("linked")

    # ---- asking

    def asked(self, doing: str, call: Callable[[], T]) -> T:
        """The answer of the store, which is asked again if it is busy or away; else an error that says what to do."""
        began, wait = time.monotonic(), 0.1
        patience = float(os.environ.get("MEDGO_PATIENCE", PATIENCE))
        while True:
            try:
                return call()
            except FileNotFoundError:
                raise FileNotFoundError(errno.ENOENT, "there is no such object", str(self)) from None
            except PlaceError:
                raise
            except OSError as wrong:
                code, since = _code(wrong), time.monotonic() - began
                if FOR_GOOD.search(code) or since + wait > patience:
                    raise self._wrong(doing, code, since) from None
                if wait > 0.3:  # it is not over in a moment
                    # not which: the name of a file may tell who a patient is
                    log.warning("%s does not answer (%s while %s), and is asked again.", _where(), code, doing)
                time.sleep(wait * random.uniform(0.5, 1))  # noqa: S311  so that not all ask again at once
                wait = min(2 * wait, 5)

    def _wrong(self, doing: str, code: str, since: float) -> OSError:
        if "NO_SUCH_KEY" in code:
            return FileNotFoundError(errno.ENOENT, "there is no such object", str(self))
        if "NO_SUCH_BUCKET" in code:
            told = f"there is no bucket {self.parts[1]!r} at {_where()}. Make it, or correct the address."
        elif DENIED.search(code):
            told = (
                f"{_where()} refuses {doing} it ({code}). Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they "
                f"are allowed there."
            )
        elif MOVED.search(code):
            told = f"{_where()} is not where that bucket is ({code}). Set AWS_REGION to its region."
        else:
            told = (
                f"{doing} it failed for {since:.0f} s ({code}); asked was {_where()}. Check AWS_ENDPOINT_URL and the network, "
                f"and run again: what was finished is kept."
            )
        return PlaceError(f"{self}: {told}")


class _Object(io.RawIOBase):
    """The bytes of an object, read where they are wanted."""

    def __init__(self, path: Far) -> None:
        self.path, self.at = path, 0
        self.file, self.size = path.asked("reading", self._opened)

    def _opened(self) -> tuple[Any, int]:
        file = _client().open_input_file(self.path.key)
        return file, _told(file.metadata()).st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, to: int, whence: int = io.SEEK_SET) -> int:
        self.at = max(0, to + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence])
        return self.at

    def readinto(self, room: Any) -> int:
        size = min(len(room), max(0, self.size - self.at))
        if size:
            room[:size] = self.path.asked("reading", lambda: self._at(size))
            self.at += size
        return size

    def _at(self, size: int) -> bytes:
        told: bytes = self.file.read_at(size, self.at)
        if len(told) != size:
            raise OSError(errno.EIO, "the answer broke off")
        return told


def _told(said: Any) -> Told:
    told = {str(name): value.decode() for name, value in said.items()}
    if not (told.get("Content-Length") and told.get("Last-Modified") and told.get("ETag", "").endswith('"')):
        raise OSError(errno.EIO, "the answer broke off")  # among its headers, of which nobody counts how many there are
    when = datetime.fromisoformat(told["Last-Modified"]).timestamp()
    return Told(int(told["Content-Length"]), when, int(short(told["ETag"])[:15], 16))


def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern over whole names: ``**/`` is any folders, none too, and a leading dot has to be said."""
    told = []
    for part in pattern.split("/"):
        if part == "**":
            told.append(r"(?:[^/.][^/]*/)*")
            continue
        told.append("" if part.startswith(".") else r"(?!\.)")
        for many, one, not_of, of, plain in re.findall(r"(\*+)|(\?)|\[(!?)(\]?[^\]]*)\]|(.)", part):
            letters = re.sub(r"([\[\]\\&~|^])", r"\\\1", of)
            told.append(
                "[^/]*" if many else "[^/]" if one else re.escape(plain) if plain else f"[{'^' * len(not_of)}{letters}]"
            )
        told.append("/")
    return re.compile("".join(told).removesuffix("/") + (r"[^/.][^/]*" if pattern.endswith("**") else ""))


def _code(wrong: OSError) -> str:
    """What is wrong, in the store's own code for it. Its other words stay out: some quote what they were sent."""
    said = re.search(r"AWS Error ([A-Z0-9_]+(?: \(HTTP status \d+\))?)", str(wrong))
    return said[1] if said else "no answer"


def endpoint() -> str | None:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def _where() -> str:
    """The store, as errors call it."""
    told = urlsplit(endpoint() or "")
    return f"{told.scheme}://{told.hostname}:{told.port}" if told.hostname else "the S3 of Amazon"


def _client() -> fs.S3FileSystem:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return _connected(endpoint(), region, os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SESSION_TOKEN"))


@cache
def _connected(endpoint: str | None, region: str | None, *_who: str | None) -> fs.S3FileSystem:
    from pyarrow import fs  # here, because who works on a disk need not wait for it

    told = urlsplit(endpoint or "")
    if endpoint and not (told.scheme in ("http", "https") and told.hostname and not told.username):
        raise PlaceError(
            "AWS_ENDPOINT_URL is no address such as https://store.hospital.example:9000. Keys do not belong into it."
        )
    make: Any = fs.S3FileSystem  # whose stubs are behind
    return make(  # type: ignore[no-any-return]
        endpoint_override=told.netloc or None,
        scheme=told.scheme or "https",
        region=region or ("us-east-1" if endpoint else None),
        connect_timeout=5,
        request_timeout=30,  # without a byte: a large copy is made in silence
        allow_delayed_open=True,  # small objects go in one request
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=2),
    )


# ---- the local folder ----------------------------------------------------------------------------------------------

_uses: dict[Path, IO[str]] = {}


def scratch() -> Path:
    """The folder of this machine for work in progress and local copies, held against being cleared away."""
    told = os.environ.get("MEDGO_SCRATCH")
    folder = Path(told) if told else Path(tempfile.gettempdir()) / f"medgo-{os.getuid()}"
    if folder not in _uses:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
            raise PlaceError(
                f"{folder} is for copies of what may name patients, and others may enter it. Set MEDGO_SCRATCH to a folder "
                f"of your own: mkdir -m 700."
            )
        if not _uses:
            atexit.register(clear)
        _uses[folder] = (folder / ".lock").open("a", encoding="utf-8")
        fcntl.flock(_uses[folder], fcntl.LOCK_SH)
    return folder


def clear() -> None:
    """Done with local copies, until they are wanted again. Whoever is the last to say so on this machine clears them away."""
    for folder, lock in list(_uses.items()):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # others are at work, so it is tried again when this process ends
            fcntl.flock(lock, fcntl.LOCK_SH)
            continue
        for inside in ("copies", "tmp"):
            shutil.rmtree(folder / inside, ignore_errors=True)
        _uses.pop(folder).close()


def _make_room(size: int) -> None:
    """Old copies go when there are many: they can be fetched again."""
    most = float(os.environ.get("MEDGO_SCRATCH_GB", ROOM)) * 1e9 - size
    copies = sorted((one.stat().st_mtime, one.stat().st_size, one) for one in (scratch() / "copies").glob("[!.]*"))
    held = sum(big for _, big, _ in copies)
    for used, big, copy in copies:
        if held <= most or time.time() - used < OF_LATE:
            return
        copy.unlink(missing_ok=True)
        held -= big


def short(told: str) -> str:
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
