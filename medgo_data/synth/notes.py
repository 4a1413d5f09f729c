"""What is under way in a batch, written down before the batch is begun, so that whoever comes after a kill finds it again.

A note is held as long as its process lives: another process leaves it alone until then.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from medgo_data.synth.chat import Chat, Request


class Note:
    """Of one batch: the mark that it bears, the file of its requests, the requests, and its name as soon as it has one."""

    def __init__(self, path: Path, held: BinaryIO, told: dict[str, Any], requests: list[Request]) -> None:
        self.path, self._held, self.requests = path, held, requests
        self.mark = path.stem
        self.file: str = told["file"]
        self.batch: str | None = told.get("batch")

    @classmethod
    def write(cls, folder: Path, chat: Chat, file: str, requests: Iterable[Request]) -> Note:
        """On disk, whole, before anything is begun."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{secrets.token_hex(16)}.jsonl"
        beside, requests = path.with_suffix(".new"), list(requests)
        head = {"of": _of(chat), "file": file, "many": len(requests)}
        held = beside.open("ab", buffering=0)
        fcntl.flock(held, fcntl.LOCK_EX)
        lines = [orjson.dumps(head), *(request.canonical for request in requests), b""]
        with os.fdopen(os.dup(held.fileno()), "wb") as out:
            out.write(b"\n".join(lines))
        os.fsync(held.fileno())
        beside.rename(path)
        _sync(folder)
        return cls(path, held, head, requests)

    def name(self, batch: str) -> None:
        self.batch = batch
        self._held.write(orjson.dumps({"batch": batch}) + b"\n")
        os.fsync(self._held.fileno())

    def end(self) -> None:
        """All that came of it is kept."""
        self.path.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """To whoever comes next."""
        self._held.close()


def left(folder: Path, chat: Chat) -> Iterator[Note]:
    """The notes of processes that are no more, of batches that this model was sent at this endpoint."""
    for path in sorted(folder.glob("*.jsonl")):
        try:
            held = path.open("r+b", buffering=0)
        except FileNotFoundError:  # another process has ended it
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lines = path.read_bytes().split(b"\n")
        except (BlockingIOError, FileNotFoundError):  # or has it
            held.close()
            continue
        held.seek(0, os.SEEK_END)
        try:
            head = orjson.loads(lines[0])
            requests = [Request(*orjson.loads(line)) for line in lines[1 : head["many"] + 1]]
            ours = head["of"] == _of(chat)
        except (ValueError, LookupError, TypeError):
            held.close()
            told = "what was noted of a batch cannot be read: move the file away, and build again"
            raise OSError(errno.EIO, told, str(path)) from None
        if not ours:
            held.close()
            continue
        yield Note(path, held, head | _named(lines[head["many"] + 1 :]), requests)


def _named(lines: list[bytes]) -> dict[str, Any]:
    for line in lines:
        try:
            return {"batch": orjson.loads(line)["batch"]}
        except ValueError:  # it was being written when the process was killed
            continue
    return {}


def _of(chat: Chat) -> str:
    """Which endpoint and which model, with neither address nor key in it."""
    return hashlib.sha256(orjson.dumps([chat.base_url, chat.model])).hexdigest()[:16]


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
