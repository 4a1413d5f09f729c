"""Every reply that was paid for, kept under the hash of what was asked, on disk before it is used; asked again, it is there.

They lie in one SQLite file, which many processes may use at once. What is to be kept is gathered and written together, for it is
the write to disk that takes its time, not the reply. A portable file, JSON Lines, holds the same for somebody without the endpoint.
"""

from __future__ import annotations

import errno
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import zstandard

from medgo_data.stage import AskingError
from medgo_data.synth.chat import key_of

MANY = 500  # keys of one query
TOGETHER = 1000  # replies of one transaction
TABLE = """
CREATE TABLE IF NOT EXISTS replies (
  key BLOB PRIMARY KEY, request BLOB NOT NULL, text TEXT NOT NULL, finish TEXT NOT NULL, model TEXT NOT NULL,
  prompt_tokens INTEGER NOT NULL, reply_tokens INTEGER NOT NULL, counted INTEGER NOT NULL
)
"""
REPLY = "text, finish, model, prompt_tokens, reply_tokens, counted"


class Reply(NamedTuple):
    """What came back: the text, why it ends, and what it took."""

    text: str
    finish: str
    model: str
    prompt_tokens: int
    reply_tokens: int
    counted: bool = True  # by the endpoint; else estimated
    recorded: bool = False  # read from a file that somebody made before


Kept = Callable[[Reply | OSError], object]


class Replies:
    """The file of one root. ``keep`` hands a reply over and calls back once it is on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._of_the_disk():
            self._file = self._open()
            self._file.execute("PRAGMA cache_size=-65536")  # kB
            self._file.execute(TABLE)
            self._out = self._open()
        self._packer = zstandard.ZstdCompressor(level=3)  # one for all: to make one takes longer than to use it
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[bytes, Reply, Kept] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="replies", daemon=True)
        self._writer.start()

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")  # a reply is on disk before it is used
        return file

    @contextmanager
    def _of_the_disk(self) -> Iterator[None]:
        """What SQLite says of a file is an error of the file system, and names it."""
        try:
            yield
        except sqlite3.Error as wrong:
            raise OSError(
                errno.EIO,
                f"replies cannot be kept or read ({wrong}): with room on the disk, and the file whole, build again",
                str(self.path),
            ) from None

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._of_the_disk(), self._lock:
            return self._file.execute(query, values).fetchall()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Reply]:
        """Of these, the replies that are there."""
        found: dict[bytes, Reply] = {}
        for at in range(0, len(keys), MANY):
            some = keys[at : at + MANY]
            marks = ",".join("?" * len(some))
            rows = self._rows(f"SELECT key, {REPLY} FROM replies WHERE key IN ({marks})", some)  # noqa: S608  marks only
            found |= {key: Reply(*told) for key, *told in rows}
        return found

    def keep(self, canonical: bytes, reply: Reply, then: Kept) -> None:
        """Write it down; then say so, with the reply that is kept: another process may have been first."""
        self._waiting.put((canonical, reply, then))

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            some = [first]
            while len(some) < TOGETHER and not self._waiting.empty():
                another = self._waiting.get()
                if another is None:
                    self._waiting.put(None)
                    break
                some.append(another)
            self._keep(some)

    def _keep(self, some: list[tuple[bytes, Reply, Kept]]) -> None:
        told: list[Reply | OSError] = []
        file, packed = self._out, self._packer.compress
        try:
            with self._of_the_disk(), file:
                file.execute("BEGIN IMMEDIATE")
                for canonical, reply, _ in some:
                    row = (key_of(canonical), packed(canonical), *reply[:5], int(reply.counted))
                    if file.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row).rowcount:
                        told.append(reply)
                    else:
                        there = file.execute(f"SELECT {REPLY} FROM replies WHERE key = ?", row[:1]).fetchone()  # noqa: S608
                        told.append(Reply(*there))
        except OSError as wrong:
            told = [wrong] * len(some)
        for (_, _, then), one in zip(some, told, strict=True):
            then(one)

    def usual(self, model: str) -> float | None:
        """How many tokens its replies take, on average; None if there are none."""
        ((told,),) = self._rows("SELECT avg(reply_tokens) FROM replies WHERE model = ?", (model,))
        return told  # type: ignore[no-any-return]

    # ---- the portable file

    def told(self, model: str | None = None) -> Iterator[dict[str, Any]]:
        """All of it, or what one model said, as lines of a portable file, by key."""
        with self._of_the_disk(), closing(self._open()) as file:
            query = f"SELECT request, {REPLY} FROM replies WHERE ?1 IS NULL OR model = ?1 ORDER BY key"  # noqa: S608
            for request, *reply in file.execute(query, (model,)):
                body, sample = orjson.loads(zstandard.decompress(request))
                told = dict(zip(Reply._fields, (*reply[:5], bool(reply[5])), strict=False))
                yield {"request": body, "sample": sample, "reply": told}

    def add(self, path: Path) -> int:
        """Keep the replies of a portable file; say how many it holds."""
        done: queue.SimpleQueue[Reply | OSError] = queue.SimpleQueue()
        many = 0
        for many, (_, canonical, reply) in enumerate(read(path), 1):  # noqa: B007
            self.keep(canonical, reply, done.put)
        for _ in range(many):
            told = done.get()
            if isinstance(told, OSError):
                raise told
        return many

    def close(self) -> None:
        self._waiting.put(None)
        self._writer.join()
        self._out.close()
        self._file.close()


class RecordedError(AskingError):
    """A file of recorded replies that cannot be read."""


def write(path: Path, lines: Iterable[dict[str, Any]]) -> int:
    """Write replies as a portable file (packed, if its name ends in .zst); say how many."""
    told = [orjson.dumps(line) + b"\n" for line in lines]
    packed = b"".join(told)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(zstandard.compress(packed, 10) if path.suffix == ".zst" else packed)
    beside.replace(path)
    return len(told)


def read(path: Path) -> Iterator[tuple[bytes, bytes, Reply]]:
    """The key, the request and the reply of each line."""
    if not path.is_file():
        raise RecordedError(
            f"there are no recorded replies {path}. Write some with: medgo-data replies --root DIR --out {path}"
        )
    number = 0
    try:
        packed = path.read_bytes()
        if path.suffix == ".zst":
            packed = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True).read()
        for number, line in enumerate(packed.splitlines(), 1):  # noqa: B007
            told = orjson.loads(line)
            canonical = orjson.dumps([told["request"], told.get("sample", 0)], option=orjson.OPT_SORT_KEYS)
            reply = Reply(**told["reply"])
            yield key_of(canonical), canonical, reply._replace(text=reply.text + "", recorded=True)
    except (ValueError, KeyError, TypeError, zstandard.ZstdError) as wrong:
        raise RecordedError(
            f"{path}, line {number}: no recorded reply ({type(wrong).__name__}). A line holds request, sample and reply."
        ) from None
