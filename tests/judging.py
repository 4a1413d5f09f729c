"""Verdicts as a review page would write them, for tests: of rows of a built corpus, one line each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from medgo_data import Corpus, Here, Source, Stage, build
from medgo_data.corpus import Piece
from medgo_data.schema import load
from medgo_data.store import Built
from medgo_data.verdict import Verdict, digest

AT = "2026-03-02T09:14:05+08:00"


def verdict(
    *rows: Mapping[str, Any], said: str = "accept", by: str = "R07", task: str = "check", **told: Any
) -> Verdict:
    """What ``by`` says of these rows; ``told`` are other fields of the verdict."""
    usual: dict[str, Any] = {
        "corpus": "qa",
        "version": "3f9a1c0be2d4",
        "task": task,
        "rows": tuple(row["id"] for row in rows),
        "item": digest(rows),
        "reviewer": by,
        "verdict": said,
        "at": AT,
    }
    return Verdict(**usual | told).named()


def write(path: Path, verdicts: Iterable[Verdict]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(one.line + "\n" for one in verdicts), "utf-8")
    return str(path)


@dataclass(frozen=True, kw_only=True)
class Given(Source):
    """Rows that are taken as they are, with the columns that stages fill."""

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        rows = [json.loads(line) for line in piece.raw.path.read_text("utf-8").splitlines()]
        own = {name: kind for name, kind in load(self.gives).polars.items() if name in rows[0]}
        yield pl.DataFrame(rows, schema=own).with_row_index("record").with_columns(drop=pl.lit(None, pl.String))


@dataclass(frozen=True)
class Bench:
    """A corpus that physicians judge, what they said of it, and the corpora that come of that."""

    folder: Path
    corpus: Corpus
    rows: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, folder: Path, rows: Sequence[Mapping[str, Any]], gives: str = "chat", files: int = 1) -> Bench:
        """Rows of the schema, dealt out over so many files."""
        for n in range(files):
            lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows[n::files]]
            (folder / f"{n}.jsonl").write_text("".join(lines), "utf-8")
        given = Given(name="given", files=f"{folder}/*.jsonl", license="invented", category="dialogue", gives=gives)
        corpus = Corpus("qa", [given])
        return cls(folder, corpus, rows_of(build(corpus, folder / "root", Here())))

    def row(self, number: int, file: int = 0) -> dict[str, Any]:
        return self.rows[f"given/{file}.jsonl#0-{number}"]

    def said(self, *verdicts: Verdict) -> str:
        return write(self.folder / "reviews" / "a.jsonl", verdicts)

    def after(self, *stages: Stage, name: str = "next") -> Path:
        """The version of the next corpus."""
        return build(Corpus(name, [self.corpus], list(stages)), self.folder / "root", Here())


def rows_of(version: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in Built.at(version).rows().collect().to_dicts()}


def reasons(version: Path) -> dict[str, str]:
    """Why each row went, by the last part of its name."""
    told = Built.at(version).dropped().collect().select("id", "reason").rows()
    return {name.rpartition("/")[2]: reason for name, reason in told}


def talk(asked: str, answer: str, **told: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]} | told
