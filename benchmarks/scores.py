"""Scoring costs little: 15,000 replies to choice questions and 15,000 lists of six entities are scored in a second or less.

python benchmarks/scores.py [--quick]
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import asked, median, tell

sys.path.insert(0, str(Path(__file__).parent.parent))

from medgo_train.evaluate.cblue.task import Item as Text
from medgo_train.evaluate.cblue.task import score as scored
from medgo_train.evaluate.cblue.tasks import TASKS
from medgo_train.evaluate.choice import Item, Reply, score
from medgo_train.evaluate.extract import extract
from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.statistics import compare

ANSWERS = Path(__file__).parent.parent / "tests" / "answers"
DRUGS = ("阿莫西林", "氨氯地平", "二甲双胍", "奥美拉唑")
FORMS = (
    "{0}",
    "答案：{0}",
    "{0}. {1}",
    "本题选{0}。",
    "经分析，A错误，正确答案是{0}，因为{1}最合适。",
    "The answer is {0}.",
)


def choices(many: int) -> Callable[[], object]:
    dice = random.Random(1)
    items = [
        Item(id=str(k), question="?", options=tuple(f"{name}{k}" for name in DRUGS), answer="A") for k in range(many)
    ]
    told = [
        Reply(id=one.id, text=dice.choice(FORMS).format("ABCD"[k % 4], one.options[k % 4]))
        for k, one in enumerate(items)
    ]
    return lambda: score(items, told)


def hard(many: int) -> Callable[[], object]:
    """Answers as many models give them, with their reasoning."""
    rows: list[dict[str, Any]] = [
        json.loads(line)
        for name in ("single_seen", "multi_seen")
        for line in (ANSWERS / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    random.Random(1).shuffle(rows)
    rows = (rows * (many // len(rows) + 1))[:many]
    return lambda: [extract(row["text"], row.get("options"), multiple=row["kind"] == "multi") for row in rows]


def entities(many: int) -> Callable[[], object]:
    dice = random.Random(2)
    task = TASKS["CMeEE-V2"]

    def some() -> list[list[Any]]:
        starts = [dice.randrange(100) for _ in range(6)]
        return [[start, start + dice.randrange(1, 6), dice.choice(("dis", "sym", "dru"))] for start in starts]

    items = [Text(id=str(k), record={}, gold=some()) for k in range(many)]
    said = {one.id: Parsed(one.gold[:3] + some()[:3], "ok") for one in items}
    return lambda: scored(task, items, said, "tianchi")


def compared(many: int) -> Callable[[], object]:
    dice = random.Random(3)
    a, b = ({str(k): float(dice.random() < share) for k in range(many)} for share in (0.62, 0.6))
    return lambda: compare({"exam": a}, {"exam": b})


def main() -> None:
    told = asked(__doc__)
    many = 1500 if told.quick else 15_000
    rows, met = [], True
    for name, work, limit in (
        ("choice: short replies scored", choices(many), 1.0),
        ("choice: long replies read", hard(many), 1.0),
        ("CMeEE-V2: six entities scored", entities(many), 0.7),
        ("two models compared", compared(many), None),
    ):
        times = []
        for _ in range(3):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
        rows.append([name, many, f"{median(times):.2f}", f"{min(times):.2f}", limit or ""])
        met &= limit is None or median(times) <= limit
    tell("15,000 items are scored in a second", ["", "items", "CPU s, median", "least", "limit"], rows, met=met)


if __name__ == "__main__":
    main()
