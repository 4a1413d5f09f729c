"""What the tests of synthesizers share: one that asks what stands in the text, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from medgo_data.stage import HOUSE, Budget, House
from medgo_data.synth import Chat, Synthesizer
from medgo_data.synth import desk as desks


@dataclass(frozen=True, kw_only=True)
class Echo(Synthesizer):
    """Asks the text itself, and makes one row of whatever comes back."""

    def prompt(self, doc: dict[str, Any]) -> list[dict[str, str]]:
        return [{"role": "user", "content": doc["text"]}]

    def parse(self, doc: dict[str, Any], reply: Any) -> list[dict[str, Any]]:
        return [{"messages": [*self.prompt(doc), {"role": "assistant", "content": str(reply)}]}]


@contextmanager
def house(root: Path, budget: Budget | None = None, build: str = "build") -> Iterator[None]:
    """As in a build below ``root``."""
    token = HOUSE.set(House(root / ".medgo", build, budget))
    try:
        yield
    finally:
        desks.close()
        HOUSE.reset(token)


def docs(*texts: str) -> pl.DataFrame:
    ids = [f"notes/a.jsonl#0-{k}" for k in range(len(texts))]
    same = {name: ["x"] * len(texts) for name in ("source", "license", "category", "origin")}
    return pl.DataFrame({"id": ids, "text": list(texts), **same, "drop": pl.Series([None] * len(texts), dtype=pl.String)})


def answered(stage: Synthesizer, *texts: str) -> list[str]:
    """What became of each: what the assistant says in its row, or the reason why there is none."""
    out = stage(docs(*texts))
    said = {row["parent"]: row["messages"][-1]["content"] for row in out.iter_rows(named=True) if row.get("parent")}
    parents = out.filter(pl.col("drop").is_not_null())
    return [said.get(row["id"], row["drop"]) for row in parents.iter_rows(named=True)]


def echoed(chat: Chat, *texts: str) -> list[str]:
    return answered(Echo(chat=chat, unscrubbed=True), *texts)
