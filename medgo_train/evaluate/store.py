"""What a model has answered, kept line by line as it comes: nothing is asked twice, and a stopped run loses what was under way.

A request is known by its key, a digest of the model, the messages and how they are asked; so two items with the same
prompt share a reply, and a file that was cut off in its last line is whole again without it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from medgo_train.evaluate.backends.backend import Reply
from medgo_train.evaluate.files import EvaluationError


class Store:
    """For one writer at a time; whoever only scores, reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.replies: dict[str, Reply] = {}
        self._file: IO[bytes] | None = None

    def read(self) -> Self:
        """What is there, but for a last line that was never finished."""
        told = self.path.read_bytes() if self.path.is_file() else b""
        self._take(told[: told.rfind(b"\n") + 1])
        return self

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as other:
            self._file.close()
            raise EvaluationError(
                f"{self.path} is being written by another command. Wait for it, or evaluate into a folder of its own."
            ) from other
        self._file.seek(0)
        told = self._file.read()
        whole = told.rfind(b"\n") + 1
        if whole < len(told):
            self._file.truncate(whole)
        self._take(told[:whole])
        return self

    def add(self, some: Sequence[tuple[str, Reply]]) -> None:
        """Keep these, at once."""
        if not self._file:
            raise ValueError("a store is written where it was entered")
        lines = [json.dumps({"key": key} | _plain(reply), ensure_ascii=False) + "\n" for key, reply in some]
        self._file.write("".join(lines).encode("utf-8", "replace"))
        self._file.flush()
        self.replies |= dict(some)

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _take(self, whole: bytes) -> None:
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                told = json.loads(line)
                key = told.pop("key")
                self.replies[key] = Reply(**told)
            except (ValueError, KeyError, TypeError, AttributeError) as wrong:
                raise EvaluationError(
                    f"{self.path} is damaged in line {number}. Take that line out, and what it held is asked again."
                ) from wrong


def _plain(reply: Reply) -> dict[str, object]:
    """Without what says nothing."""
    told = asdict(reply)
    return {name: value for name, value in told.items() if name == "text" or value not in (None, "", False)}
