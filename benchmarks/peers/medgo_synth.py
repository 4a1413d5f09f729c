"""Questions to a model in medgo: a corpus of documents, a synthesizer, a corpus of conversations; each reply on disk before it is used."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from medgo_data import Corpus, Here, build
from medgo_data import open as open_corpus
from medgo_data.sources import Parquet
from medgo_data.synth import Chat, Synthesizer


class Pair(msgspec.Struct):
    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Ask(Synthesizer):
    """One question and answer about each document."""

    reply = Pair
    system = "你是药师。"

    def prompt(self, doc: dict[str, Any]) -> list[dict[str, str]]:
        return [{"role": "user", "content": doc["text"]}]

    def parse(self, doc: dict[str, Any], reply: Pair) -> list[dict[str, Any]]:  # noqa: ARG002  as it is called
        question, answer = {"role": "user", "content": reply.question}, {"role": "assistant", "content": reply.answer}
        return [{"messages": [question, answer]}]


def main(url: str, given: str, out: str, at_once: str) -> None:
    os.environ["OPENAI_BASE_URL"] = url
    docs = Parquet(name="docs", files=given, license="invented", fields={"text": "text"})
    chat = Chat(model="m", max_tokens=100, at_once=int(at_once))
    build(Corpus("asked", [docs], [Ask(chat=chat, unscrubbed=True)]), Path(out), Here())
    print(json.dumps({"replies": open_corpus(Path(out), "asked").manifest["rows"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
