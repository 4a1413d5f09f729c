"""A file that a stage works with, such as a tokenizer, counts by what it holds and not by where it lies."""

from __future__ import annotations

import hashlib
from pathlib import Path


class FileError(OSError):
    """A file that a stage works with is not the one it was made with, or not of its kind."""


def pinned(stage: str, path: str | None, told: str | None) -> str | None:
    """The sha256 of the file, which has to be the one that was told, if one was."""
    if path is None:
        if told is not None:
            raise ValueError(f"{stage}: sha256 says what a file holds, and there is none. Give its path as well.")
        return None
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(
            f"{stage}: there is no file {path} (from {Path.cwd()}). Copy it there, or correct the path."
        )
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if told not in (None, found):
        raise FileError(
            f"{stage}: {path} is not the file whose sha256 is {told}, but {found}. Bring that one back, or leave sha256 out."
        )
    return found


def content(stage: str, path: str, sha256: str | None) -> bytes:
    """What the file holds, if it is still what it was when the stage was made."""
    held = Path(path).read_bytes()
    if hashlib.sha256(held).hexdigest() != sha256:
        raise FileError(f"{stage}: {path} changed after the recipe was read. Build again when it is at rest.")
    return held
