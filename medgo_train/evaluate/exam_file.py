"""The rows of an exam's file: JSON, JSON lines, CSV, TSV or Parquet, packed by gzip or not, and of the hash that is expected."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from pathlib import Path
from typing import Any


class ExamFileError(ValueError):
    """A file that must not be asked from as it lies; the message says which, and what to do."""


def rows_of(path: Path | str, *, sha256: str | None = None) -> list[dict[str, Any]]:
    """Every record of the file, in its order. Of a JSON object of records the names go in as ``id``."""
    path = Path(path)
    if not path.is_file():
        raise ExamFileError(f"{path} does not exist. Give the file that the exam was delivered in.")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256:
        raise ExamFileError(
            f"{path} has sha256 {found[:12]}…, and {sha256[:12]}… is expected: it is another version, or damaged. "
            f"Fetch the file again, or say which version you mean."
        )
    names = [suffix.lower() for suffix in path.suffixes]
    if names[-1:] == [".gz"]:
        data = _unpacked(path, data)
        names.pop()
    kind = names[-1] if names else ""
    if kind == ".parquet":
        import pyarrow.parquet as pq

        return list(pq.read_table(io.BytesIO(data)).to_pylist())
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise ExamFileError(f"{path} is not UTF-8 from byte {wrong.start} on. Save it as UTF-8.") from None
    if kind in {".csv", ".tsv"}:
        return list(csv.DictReader(io.StringIO(text), delimiter="\t" if kind == ".tsv" else ","))
    if kind in {".json", ".jsonl", ".ndjson"}:
        return _json(path, text)
    raise ExamFileError(f"{path} is of a kind that is not read here. Save it as .jsonl, .json, .csv, .tsv or .parquet.")


def _unpacked(path: Path, data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ExamFileError(f"{path} is not a whole gzip file: it ends early or is damaged. Fetch it again.") from None


def _json(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        told = json.loads(text)
    except ValueError:
        return [_line(path, number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if isinstance(told, dict) and told and all(isinstance(each, dict) for each in told.values()):
        return [{"id": name} | each for name, each in told.items()]
    return told if isinstance(told, list) else [told]


def _line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        raise ExamFileError(f"{path}, line {number} is not JSON. Mend the line, or take it out.") from None
    return told if isinstance(told, dict) else {}
