"""Files of benchmarks, plain or gzipped, read whole; a broken one is named as what it is."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from medgo_train.config import RunError


class EvaluationError(RunError):
    """A file or a set of answers that cannot be scored as it is; the message says which, where, and what to do."""


def content(path: Path) -> str:
    """The text of a file; gzip is told by its first bytes, a byte order mark is no part of it."""
    if not path.is_file():
        raise EvaluationError(f"{path} does not exist. Give the file as it was downloaded.")
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except EOFError as early:
            raise EvaluationError(f"{path} is a truncated gzip: it ends early. Download it again.") from early
        except (OSError, zlib.error) as broken:
            raise EvaluationError(f"{path} is a damaged gzip: {broken}. Download it again.") from broken
    return decoded(raw, path)


def decoded(raw: bytes, path: Path | str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise EvaluationError(f"{path} is not UTF-8 at byte {wrong.start}. Write it in UTF-8.") from wrong


def expect(path: Path, sha256: str) -> None:
    """Refuse a benchmark that is not the one that was meant."""
    found = sha256_of(path)
    if found != sha256:
        raise EvaluationError(
            f"{path} has the sha256 {found[:12]}…, not {sha256[:12]}… as expected: its scores could not be compared. "
            f"Fetch the version that was meant, or expect this one."
        )


def sha256_of(path: Path) -> str:
    """Of a file; of a folder, of the names and contents of all its files."""
    if path.is_dir():
        told = "".join(
            f"{sha256_of(one)} {one.relative_to(path).as_posix()}\n" for one in sorted(path.rglob("*")) if one.is_file()
        )
        return hashlib.sha256(told.encode()).hexdigest()
    if not path.is_file():
        raise EvaluationError(f"{path} does not exist. Give the file as it was downloaded.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def values(text: str, path: Path | str) -> Any:
    """One JSON value, or, if there are several, line by line, a list of them: CBLUE names both .json."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except _TwiceError as twice:
        raise EvaluationError(f"{path} has an object with the same id or field twice. Give each once.") from twice
    except (ValueError, RecursionError) as whole:
        told = []
        for number, line in enumerate(text.split("\n"), 1):  # a reply may hold U+2028, which ends no line of JSON
            try:
                told += [json.loads(line, object_pairs_hook=_once)] if line.strip() else []
            except (ValueError, RecursionError) as wrong:
                where = number if told else getattr(whole, "lineno", 1)
                raise EvaluationError(f"{path} is not JSON at line {where}. Is it whole?") from wrong
        return told


class _TwiceError(ValueError):
    """A key that an object has twice; JSON's reader would keep the last without a word."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise _TwiceError
    return told
