"""Where things lie, on a disk or in an object store, and how they come to lie there whole or not at all.

On a disk a thing is written beside, synced and renamed. An object store has no rename, no links and no locks, but an object
is there whole or not at all: so of things that belong together the one that makes the others count, a receipt or a manifest,
is written last. Two who make the same thing at once write the same bytes, since it is called after what it is made of.
"""

from __future__ import annotations

import errno
import fcntl
import glob
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from medgo_data.far import SCHEME, Far, PlaceError, endpoint, scratch, short

if TYPE_CHECKING:
    import polars as pl

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def place(told: Path | str) -> Path:
    """The path that is meant: ``s3://bucket/prefix``, or one on this machine's disks."""
    if isinstance(told, Far):
        return told
    if not re.match(r"s3:(/|$)", str(told)):
        return Path(told)
    bucket = str(told)[len(SCHEME) :].lstrip("/").partition("/")[0]
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{1,62}", bucket):
        raise PlaceError(
            "an address is s3://bucket/prefix, and this one has no bucket of that form. Keys and passwords do not belong "
            "into it: put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    return Far(told)


def matching(pattern: str) -> Iterator[Path]:
    """The files that a pattern means, on a disk or far away."""
    where = place(pattern)
    if isinstance(where, Far):
        every = Far(*where.parts[:2]).meant("/".join(where.parts[2:]))
        yield from (path for path, is_file in every if is_file)
    else:
        here = map(Path, glob.iglob(pattern, recursive=True))  # noqa: PTH207  Path.glob takes no absolute patterns
        yield from (path for path in here if path.is_file())


def stamp(path: Path) -> list[int]:
    """What changes when a file does. Of an object its ETag tells that better than any clock, so its time is left out."""
    told = path.stat()
    return [told.st_size, 0 if isinstance(path, Far) else told.st_mtime_ns, told.st_ino]


# ---- what is made there --------------------------------------------------------------------------------------------


def write(path: Path, content: bytes) -> None:
    """Write beside, sync, rename: a file that can be seen is whole. An object always is."""
    if isinstance(path, Far):
        path.put(content)
        return
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


def link(there: Path, here: Path) -> None:
    """One file under a second name: a copy where the file system knows no links, and in an object store made by the store."""
    if isinstance(here, Far):
        here.take(there)
    elif isinstance(there, Far):
        shutil.copyfile(there, here)
    else:
        try:
            os.link(there, here)
        except OSError as wrong:
            if wrong.errno in FULL:
                raise
            shutil.copyfile(there, here)
            sync(here)


def move(there: Path, here: Path) -> None:
    """A local file that takes the place of another, or of none."""
    if isinstance(here, Far):
        here.send(there)
    else:
        sync(there)
        there.replace(here)


def publish(folder: Path, final: Path, last: str, *, durable: bool = True) -> None:
    """A local folder of finished files becomes ``final``, in one step. Should another have been faster, his stays."""
    if isinstance(final, Far):
        if not (final / last).is_file():
            files = [file for file in folder.iterdir() if file.name != last]
            for file in [*sorted(files), folder / last]:
                (final / file.name).send(file)
        return
    for file in folder.iterdir() if durable else ():
        sync(file)
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.rename(final)
    except OSError as taken:
        if taken.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not (final / last).is_file():  # the machine went down before all of it was on the disk
            scrap(final)
            folder.rename(final)


@contextmanager
def growing(final: Path) -> Iterator[Path]:
    """A folder in which the files of ``final`` are put down one by one; on a disk it is hidden until all are there."""
    if isinstance(final, Far):
        yield final
        return
    folder = final.parent / f".{final.name}.{uuid.uuid4().hex[:8]}"
    try:
        folder.mkdir(parents=True)
        yield folder
        for below in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
            sync(below)
        if not final.exists():
            folder.rename(final)
            sync(final.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def scrap(path: Path) -> None:
    """What is of no use any more goes, as far as it is there."""
    if isinstance(path, Far):
        path.remove()
    else:
        shutil.rmtree(path, ignore_errors=True)


def sync(path: Path) -> None:
    """What was written to a file, or the names in a folder, outlast a machine that goes down."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def workroom(own: Path) -> Path:
    """The folder for work in progress: on the same disk as what it becomes, or on one of this machine."""
    folder = (scratch() if isinstance(own, Far) else own) / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def held(path: Path, *, patient: bool) -> Iterator[IO[str]]:
    """Hold the lock ``path``, or raise BlockingIOError, with the file in which its holder says who he is as ``args[1]``.

    What lies in an object store is held against others on this machine only: those on another do no harm.
    """
    if isinstance(path, Far):
        path = scratch() / "locks" / short(str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if patient else fcntl.LOCK_NB))
        except BlockingIOError:
            lock.seek(0)
            raise BlockingIOError(errno.EWOULDBLOCK, lock.read().strip() or "another process") from None
        except OSError as wrong:
            raise PlaceError(
                f"{path.parent} lies on a file system without locks ({wrong.strerror}), and two builders there would not see "
                f"each other. Mount it with locks (NFS: version 4, or 3 with lockd and without nolock), or choose another root."
            ) from None
        yield lock


def scan(paths: Iterable[Path]) -> pl.LazyFrame:
    """The rows of Parquet files, lazily: nothing is read before it is asked for."""
    import polars as pl

    lying = list(paths)
    far = [str(path) for path in lying if isinstance(path, Far)]
    if not far:
        return pl.scan_parquet(lying)
    options: dict[str, Any] = {"max_retries": 8} | (
        {"aws_endpoint_url": url, "aws_allow_http": "true"} if (url := endpoint()) else {}
    )
    return pl.scan_parquet(far, storage_options=options)
