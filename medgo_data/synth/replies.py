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
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import zstandard

from medgo_data.stage import AskingError
from medgo_data.synth.chat import key_of

MANY = 500  # keys of one query
TOGETHER = 1000  # replies of one transaction
TABLES = """
CREATE TABLE IF NOT EXISTS replies (
  key BLOB PRIMARY KEY, request BLOB NOT NULL, text TEXT NOT NULL, finish TEXT NOT NULL, model TEXT NOT NULL,
  prompt_tokens INTEGER NOT NULL, reply_tokens INTEGER NOT NULL, counted INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (
  run TEXT PRIMARY KEY, calls INTEGER NOT NULL, tokens INTEGER NOT NULL, money REAL NOT NULL,
  tokens_at_risk INTEGER NOT NULL, money_at_risk REAL NOT NULL
) WITHOUT ROWID;
"""


class Reply(NamedTuple):
    """What came back: the text, why it ends, and what it took."""

    text: str
    finish: str
    model: str
    prompt_tokens: int
    reply_tokens: int
    counted: bool = True  # by the endpoint; else estimated
    recorded: bool = False  # read from a file that somebody made before


class Replies:
    """The file of one root. ``keep`` hands a reply over and calls back once it is on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._mine = threading.local()
        self._waiting: queue.SimpleQueue[tuple[tuple[Any, ...], Callable[[Any], None]] | None] = queue.SimpleQueue()
        with closing(self._open()) as file:
            file.executescript(TABLES)
        self._writer = threading.Thread(target=self._write, name="replies", daemon=True)
        self._writer.start()

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")  # a reply is on disk before it is used
        return file

    @property
    def _file(self) -> sqlite3.Connection:
        if not hasattr(self._mine, "file"):
            self._mine.file = self._open()
        return self._mine.file  # type: ignore[no-any-return]

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Reply]:
        """Of these, the replies that are there."""
        found: dict[bytes, Reply] = {}
        for at in range(0, len(keys), MANY):
            some = keys[at : at + MANY]
            rows = self._file.execute(
                f"SELECT key, text, finish, model, prompt_tokens, reply_tokens, counted FROM replies WHERE key IN ({','.join('?' * len(some))})",  # noqa: S608
                some,
            )
            found |= {row[0]: Reply(*row[1:6], bool(row[6])) for row in rows}
        return found

    def keep(self, canonical: bytes, reply: Reply, then: Callable[[Reply | OSError], None]) -> None:
        """Write it down; then say so, with the reply that is kept: another process may have been first."""
        row = (key_of(canonical), zstandard.compress(canonical, 3), *reply[:5], int(reply.counted))
        self._waiting.put((row, then))

    def _write(self) -> None:
        with closing(self._open()) as file:
            while (first := self._waiting.get()) is not None:
                some = [first]
                while len(some) < TOGETHER and not self._waiting.empty():
                    another = self._waiting.get()
                    if another is None:
                        self._waiting.put(None)
                        break
                    some.append(another)
                self._keep(file, some)

    def _keep(self, file: sqlite3.Connection, some: list[tuple[tuple[Any, ...], Callable[[Any], None]]]) -> None:
        try:
            file.execute("BEGIN IMMEDIATE")
            told: list[Reply | OSError] = []
            for row, _ in some:
                new = file.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row).rowcount
                kept = row if new else (None, None, *self._there(file, row[0]))
                told.append(Reply(*kept[2:7], bool(kept[7])))
            file.execute("COMMIT")
        except sqlite3.Error as wrong:
            if file.in_transaction:
                file.execute("ROLLBACK")
            told = [OSError(errno.EIO, f"replies cannot be kept ({wrong}); make room and build again", str(self.path))] * len(some)
        for (_, then), one in zip(some, told, strict=True):
            then(one)

    def _there(self, file: sqlite3.Connection, key: bytes) -> Any:
        return file.execute(
            "SELECT text, finish, model, prompt_tokens, reply_tokens, counted FROM replies WHERE key = ?", (key,)
        ).fetchone()

    def usual(self, model: str) -> float | None:
        """How many tokens its replies take, on average; None if there are none."""
        (told,) = self._file.execute("SELECT avg(reply_tokens) FROM replies WHERE model = ?", (model,)).fetchone()
        return told  # type: ignore[no-any-return]

    # ---- what was spent

    def spent(self, run: str) -> tuple[int, int, float]:
        """Calls, tokens and money of a run so far, with what was at risk when it was stopped."""
        row = self._file.execute(
            "SELECT calls, tokens + tokens_at_risk, money + money_at_risk FROM spent WHERE run = ?", (run,)
        ).fetchone()
        return row or (0, 0, 0.0)

    def spend(self, run: str, calls: int, tokens: int, money: float, tokens_at_risk: int, money_at_risk: float) -> None:
        """From now on so much is known to be spent, and so much may be."""
        self._file.execute(
            "INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?, ?, ?)", (run, calls, tokens, money, tokens_at_risk, money_at_risk)
        )

    # ---- the portable file

    def told(self, model: str | None = None) -> Iterator[dict[str, Any]]:
        """All of it, or what one model said, as lines of a portable file, by key."""
        rows = self._file.execute(
            "SELECT key, request, text, finish, model, prompt_tokens, reply_tokens, counted FROM replies "
            "WHERE ? IS NULL OR model = ? ORDER BY key",
            (model, model),
        )
        for row in rows:
            body, sample = orjson.loads(zstandard.decompress(row[1]))
            yield {"request": body, "sample": sample, "reply": dict(zip(Reply._fields, (*row[2:7], bool(row[7])), strict=False))}

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
        raise RecordedError(f"there are no recorded replies {path}. Write some with: medgo-data replies --root DIR --out {path}")
    packed = path.read_bytes()
    lines = zstandard.ZstdDecompressor().stream_reader(packed).read() if path.suffix == ".zst" else packed
    for number, line in enumerate(lines.splitlines(), 1):
        try:
            told = orjson.loads(line)
            canonical = orjson.dumps([told["request"], told.get("sample", 0)], option=orjson.OPT_SORT_KEYS)
            reply = Reply(**told["reply"])._replace(recorded=True)
        except (ValueError, KeyError, TypeError) as wrong:
            raise RecordedError(
                f"{path}, line {number}: no recorded reply ({type(wrong).__name__}). A line holds request, sample and reply."
            ) from None
        yield key_of(canonical), canonical, reply
