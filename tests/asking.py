"""What the tests of synthesizers share: one that asks what stands in the text, in a folder of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import polars as pl

from medgo_data import Corpus
from medgo_data.sources import JsonLines
from medgo_data.stage import HOUSE, Budget, House
from medgo_data.synth import Chat, Refused, Synthesizer
from medgo_data.synth import desk as desks
from medgo_data.synth.synthesizer import material


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
    return pl.DataFrame(
        {"id": ids, "text": list(texts), **same, "drop": pl.Series([None] * len(texts), dtype=pl.String)}
    )


def answered(stage: Synthesizer, *texts: str) -> list[str]:
    """What became of each: what the assistant says in its row, or the reason why there is none."""
    given = docs(*texts)
    out = stage.finish(given, stage.begin(given))
    said = {row["parent"]: row["messages"][-1]["content"] for row in out.iter_rows(named=True) if row.get("parent")}
    parents = out.filter(pl.col("drop").is_not_null())
    return [said.get(row["id"], row["drop"]) for row in parents.iter_rows(named=True)]


def echoed(chat: Chat, *texts: str) -> list[str]:
    return answered(Echo(chat=chat, unscrubbed=True), *texts)


class Pair(msgspec.Struct):
    question: str
    answer: str


class Pairs(msgspec.Struct):
    pairs: list[Pair]


@dataclass(frozen=True, kw_only=True)
class Talk(Synthesizer):
    """What a new one looks like."""

    reply = Pairs
    system = "你是药师，只依据资料写问答。"
    task: ClassVar[str] = "请根据资料写{many}组问答。"
    many: int = 1

    def prompt(self, doc: dict[str, Any]) -> list[dict[str, str]]:
        return [{"role": "user", "content": f"{self.task.format(many=self.many)}\n{material(doc['text'])}"}]

    def parse(self, doc: dict[str, Any], reply: Pairs) -> list[dict[str, Any]] | Refused:
        if len(reply.pairs) < self.many:
            return Refused("too_few_pairs")
        return [
            {"messages": [{"role": "user", "content": one.question}, {"role": "assistant", "content": one.answer}]}
            for one in reply.pairs
        ]


def said(*pairs: tuple[str, str]) -> str:
    reply = {"pairs": [{"question": question, "answer": answer} for question, answer in pairs]}
    return f"<<say {json.dumps(reply, ensure_ascii=False)}>>"


def leaflet(number: int, fault: str = "") -> str:
    return f"虚构药{number}号：口服，一次{number}片。{said((f'虚构药{number}号怎么吃？', f'一次{number}片。'))}{fault}"


def write(folder: Path, *files: list[str]) -> JsonLines:
    folder.mkdir(parents=True, exist_ok=True)
    for number, texts in enumerate(files):
        lines = [json.dumps({"body": text}, ensure_ascii=False) for text in texts]
        (folder / f"l{number:03d}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return JsonLines(name="leaflets", files=f"{folder}/*.jsonl", license="public", fields={"text": "body"})


CHAT = Chat(model="m", max_tokens=200, seed=1)


def corpus(source: JsonLines, stage: Synthesizer | None = None, *more: Any) -> Corpus:
    return Corpus("talk", [source], [stage or Talk(chat=CHAT, unscrubbed=True), *more])


def kept_in(root: Path) -> int:
    """How many replies lie below a root."""
    file = root / ".medgo" / "replies.sqlite"
    if not file.is_file():
        return 0
    with closing(sqlite3.connect(file)) as there:
        try:
            return int(there.execute("SELECT count(*) FROM replies").fetchone()[0])
        except sqlite3.OperationalError:  # it was killed before there was a table
            return 0
