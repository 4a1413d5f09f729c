"""The rows of an exam's file: JSON, JSON lines, CSV, TSV or Parquet, packed by gzip or not, and of the hash that is expected."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from medgo_train.evaluate.files import EvaluationError, content, expect, values


def rows_of(path: Path | str, *, sha256: str | None = None) -> list[dict[str, Any]]:
    """Every record of the file, in its order. Of a JSON object of records the names go in as ``id``."""
    path = Path(path)
    if sha256 and path.is_file():
        expect(path, sha256)
    names = [suffix.lower() for suffix in path.suffixes]
    kind = names[-2] if names[-1:] == [".gz"] and len(names) > 1 else "".join(names[-1:])
    if kind == ".parquet" and path.is_file():
        import pyarrow.parquet as pq

        return list(pq.read_table(path).to_pylist())
    text = content(path)
    if kind in {".csv", ".tsv"}:
        return list(csv.DictReader(io.StringIO(text), delimiter="\t" if kind == ".tsv" else ","))
    if kind in {".json", ".jsonl", ".ndjson"}:
        return _records(values(text, path))
    raise EvaluationError(
        f"{path} is of a kind that is not read here. Save it as .jsonl, .json, .csv, .tsv or .parquet."
    )


def _records(told: Any) -> list[dict[str, Any]]:
    if isinstance(told, dict) and told and all(isinstance(each, dict) for each in told.values()):
        return [{"id": name} | each for name, each in told.items()]
    return [each if isinstance(each, dict) else {} for each in told] if isinstance(told, list) else [told]
