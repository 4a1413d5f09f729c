"""What the tests of evaluations share: an exam whose questions say what the endpoint is to answer, and a model that is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from medgo_train.evaluate import run
from medgo_train.evaluate.backends import How, open_model
from medgo_train.evaluate.choice import Exam
from medgo_train.evaluate.chosen import Chosen, put

DRUGS = ["甲苯片", "乙灵片", "丙安片", "丁宁片"]
EXAM = Exam(name="drugs", id="id", group="case")


def question(number: int, says: str = "答案：B", **told_: Any) -> dict[str, Any]:
    """A question to which the endpoint says what stands in it; B is right."""
    row = {"id": f"q{number}", "question": f"第{number}题，首选哪种药？<<say {says}>>", "options": DRUGS, "answer": "B"}
    return row | told_


def exam(folder: Path, rows: list[dict[str, Any]]) -> Chosen:
    path = folder / "exam.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return put(EXAM, path)


def evaluated(url: str, into: Path, *tasks: Chosen, **how: Any) -> dict[str, Any]:
    return run.evaluate(open_model(url, How(**{"model": "m", "at_once": 4} | how)), tasks, into)


def rows(into: Path, name: str = "drugs") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (into / "rows" / f"{name}.jsonl").read_text("utf-8").splitlines()]


def scores(into: Path) -> tuple[bytes, bytes]:
    """All that was scored, but for the seconds that it took."""
    told_ = json.loads((into / "evaluation.json").read_text("utf-8"))
    for task in told_["tasks"]:
        task["asked"].pop("seconds")
    return json.dumps(told_).encode(), (into / "rows/drugs.jsonl").read_bytes()
