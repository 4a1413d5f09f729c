"""A model answers a file of questions: in the order of the file, and taken up where it was stopped.

    medgo-train infer runs/sft/final questions.jsonl answers.jsonl
    medgo-train infer http://localhost:8000/v1 questions.parquet answers.jsonl --model medgo

A question has messages (or a prompt), and an id where it is to be known by one. The model is a folder, or an endpoint that
speaks as OpenAI's does: vLLM serves any folder that a run leaves in this way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from medgo_train.config import RunError
from medgo_train.evaluate.backends import How, open_model


class InferError(RunError):
    """A file that holds no questions, or answers to others."""


def infer(model: str, questions: Path, answers: Path, how: How | None = None) -> int:
    """Answer what is not answered yet; how many that was. Each line is written whole, in the order of the questions."""
    how = how or How()
    done = _done(answers)
    rows = _rows(questions)
    for number, (known, row) in enumerate(zip(done, rows, strict=False)):
        if known != row["id"]:
            raise InferError(
                f"line {number + 1} of {answers} answers {known!r}, and there {questions} asks {row['id']!r}. Give these "
                f"questions a file of answers of their own."
            )
    asked = open_model(model, how)
    count = 0
    with answers.open("a", encoding="utf-8") as file:
        while some := list(islice(rows, how.at_once)):
            for row, answer in zip(some, asked.say([row["messages"] for row in some]), strict=True):
                file.write(json.dumps({"id": row["id"], "answer": answer}, ensure_ascii=False) + "\n")
                count += 1
            file.flush()
    return count


def _done(answers: Path) -> list[str]:
    """The ids that are answered. A line that was cut short is taken away."""
    if not answers.is_file():
        return []
    text = answers.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if whole != text:
        answers.write_bytes(whole)
    return [json.loads(line)["id"] for line in whole.splitlines()]


def _rows(questions: Path) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(_lines(questions)):
        talk = row.get("messages") or row.get("prompt")
        if isinstance(talk, str):
            talk = [{"role": "user", "content": talk}]
        while talk and talk[-1]["role"] == "assistant":
            talk = talk[:-1]
        if not talk:
            raise InferError(f"row {number} of {questions} has neither messages nor a prompt that ask for anything.")
        yield {"id": str(row.get("id") or number), "messages": talk}


def _lines(questions: Path) -> Iterator[dict[str, Any]]:
    if not questions.is_file():
        raise InferError(f"{questions} does not exist. Give a file of JSON Lines, or a Parquet file.")
    if questions.suffix != ".parquet":
        with questions.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file if line.strip())
        return
    import pyarrow.parquet as pq

    with pq.ParquetFile(questions) as file:
        names = [name for name in ("id", "messages", "prompt") if name in file.schema_arrow.names]
        for batch in file.iter_batches(1024, columns=names):
            yield from batch.to_pylist()
