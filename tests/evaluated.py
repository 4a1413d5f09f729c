"""Folders of evaluations as scoring leaves them: invented exams, sentences and scales, answered by models that know a given share."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from medgo_train.evaluate import choice
from medgo_train.evaluate.choice import Item, Reply
from medgo_train.evaluate.statistics import mean

NASTY = '</script><img src=x onerror="window.broken=1"><!--<script>window.broken=2</script>\u2028&amp;<b>'
SIGNS = ["发热", "咳嗽", "腹痛", "头晕", "乏力", "皮疹", "心悸", "水肿"]
PLACES = ["晨起", "饭后", "夜间", "运动后", "受凉后", "换季时"]


def exam(items: int) -> list[Item]:
    """Invented questions, every fourth of a case with the three after it."""
    dice = random.Random(7)
    return [
        Item(
            id=f"q{n:04d}",
            question=f"第{n}题：某患者{dice.choice(PLACES)}{dice.choice(SIGNS)}伴{dice.choice(SIGNS)}，下列处理恰当的是？",
            options=tuple(f"{word}{dice.choice(PLACES)}{n}" for word in ("观察", "服用苹安宁", "外敷舒络片", "复查")),
            answer=dice.choice("ABCD"),
        )
        for n in range(items)
    ]


def replies(items: list[Item], knows: float, seed: int, turns: int = 1) -> list[Reply]:
    """Of a model that knows a share of the answers, and else likes A; now and then it says what nobody understands."""
    dice = random.Random(seed)
    told = []
    for number, item in enumerate(items):
        knows_it = dice.random() < knows - 0.3 + 0.6 * ((number * 7919) % 100) / 100
        for turn in range(turns):
            right = choice.LETTERS[choice.orders(item)[turn].index(choice.LETTERS.index(item.answer))]
            text = f"考虑到病情，答案是{right if knows_it else dice.choice('AAABCD')}。"
            if dice.random() < 0.03:
                text = "" if dice.random() < 0.4 else f"这个问题请咨询医生。{NASTY}"
            told.append(Reply(id=item.id, turn=turn, text=text))
    return told


def evaluation(  # noqa: PLR0913  a model, and what it was asked
    folder: Path, name: str, knows: float, *, items: int = 200, seed: int = 0, turns: int = 1, **told: Any
) -> Path:
    """A folder of one model that was evaluated on an exam, two tasks of CBLUE, open answers and a scale."""
    (folder / "rows").mkdir(parents=True)
    tasks = [
        _choice(folder, exam(items), knows, seed, turns),
        _labels(folder, "CHIP-STS", 120, knows, seed),
        _labels(folder, "CHIP-CTC", 90, knows - 0.2, seed),
        _open(folder, "chimed", 30, knows, seed),
        _scale(folder, "DUMMY-8", knows),
    ]
    columns = {task["name"]: next(iter(task["columns"].values())) for task in tasks if task["kind"] == "cblue"}
    whole = {
        "schema": 1,
        "name": name,
        "medgo": "0.1.0",
        "model": {"name": name, "road": "folder", "digest": "ab" * 32, "run": {"stage": "sft", "data": [{"corpus": "qa", "version": "3f2a9c1b7d20"}]}},
        "asking": {"temperature": 0.0, "longest": 512, "seed": 0, "params": {}},
        "tasks": tasks,
        "overall": {"profile": "tianchi", "value": sum(columns.values()) / 2, "columns": columns, "lacking": ["CMeEE-V2", "IMCS-V2-SR global_f1"]},
        "contamination": None,
    }  # fmt: skip
    (folder / "evaluation.json").write_text(json.dumps(whole | told, ensure_ascii=False), "utf-8")
    return folder


def rows_of(folder: Path, task: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rows" / f"{task}.jsonl").read_text("utf-8").split("\n")[:-1]]


def save_rows(folder: Path, task: str, rows: list[dict[str, Any]]) -> str:
    path = folder / "rows" / f"{task}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return f"rows/{task}.jsonl"


def _task(folder: Path, name: str, kind: str, rows: list[dict[str, Any]], **told: Any) -> dict[str, Any]:
    states = [row["state"] for row in rows]
    values = [row["score"] for row in rows if row["score"] is not None]
    sure = mean(values)
    return {
        "name": name, "kind": kind, "about": "invented", "file": f"{name}.jsonl", "sha256": f"{len(name):064x}", "items": len(rows),
        "profile": "medgo", "metric": "accuracy", "definition": "right answers over all questions", "numbers": {"accuracy": sure.value},
        "columns": {"accuracy": sure.value}, "interval": [sure.low, sure.high],
        "missing": states.count("missing"), "empty": states.count("empty"), "invalid": states.count("invalid"), "extra": 0,
        "asked": {"requests": len(rows), "prompt_tokens": 90 * len(rows), "completion_tokens": 30 * len(rows), "seconds": 0.4 * len(rows), "cost": None},
        "more": {}, "rows": save_rows(folder, name, rows),
    } | told  # fmt: skip


def _choice(folder: Path, asked: list[Item], knows: float, seed: int, turns: int) -> dict[str, Any]:
    name = "clinicalqa"
    said = replies(asked, knows, seed, turns)
    scores = choice.score(asked, said)
    first = {each.item.id: each.parsed for each in scores.answered if each.turn == 0}
    texts: dict[str, list[str]] = {}
    for one in said:
        texts.setdefault(one.id, []).append(one.text or "")
    rows = [
        {
            "id": item.id, "group": None, "prompt": [{"role": "user", "content": choice.prompt(item)}], "replies": texts[item.id],
            "value": first[item.id].value, "state": first[item.id].state, "gold": item.answer, "numbers": [scores.per_item[item.id]],
            "score": scores.per_item[item.id],
        }
        for item in asked
    ]  # fmt: skip
    sure = scores.accuracy
    numbers = {"accuracy": sure.value, "position_bias": scores.position_bias}
    numbers |= {"consistency": scores.consistency, "always_right": scores.always_right} if turns > 1 else {}
    positions = {
        letter: {"right": each.right, "chosen": each.chosen, "found": each.found}
        for letter, each in scores.positions.items()
    }
    return _task(
        folder, name, "choice", rows, numbers=numbers, columns={"accuracy": sure.value}, interval=[sure.low, sure.high], more={"positions": positions}
    )  # fmt: skip


def _labels(folder: Path, name: str, items: int, knows: float, seed: int) -> dict[str, Any]:
    dice = random.Random(f"{name} {seed}")
    rows = []
    for n in range(items):
        gold = str(n % 2)
        value = gold if dice.random() < knows else str(1 - n % 2)
        text = f"问题一：{SIGNS[n % 8]}怎么办？\n问题二：{SIGNS[n % 5]}吃什么？\n两个问题的意思是否相同？"
        prompt = [{"role": "user", "content": text}]
        rows.append(
            {"id": f"{name}-{n}", "group": f"g{n // 3}", "prompt": prompt, "replies": [value], "value": value, "state": "ok",
             "gold": gold, "numbers": [gold, value], "score": float(value == gold)}
        )  # fmt: skip
    told = {
        "profile": "tianchi",
        "metric": "macro F1",
        "definition": "the mean F1 of all classes that were meant or said",
    }
    share = sum(row["score"] for row in rows) / len(rows)
    return _task(folder, name, "cblue", rows, **told, numbers={"precision": share, "f1": share}, columns={name: share})


def _open(folder: Path, name: str, items: int, knows: float, seed: int) -> dict[str, Any]:
    dice = random.Random(seed)
    rows = []
    for n in range(items):
        score = min(1.0, max(0.0, dice.gauss(knows / 2, 0.1)))
        rows.append(
            {"id": str(n), "group": None, "prompt": [{"role": "user", "content": f"{SIGNS[n % 8]}需要注意什么？"}], "replies": ["注意休息，多饮水。"],
             "value": "注意休息，多饮水。", "state": "ok", "gold": ["注意休息。"], "numbers": [score, score, score], "score": score}
        )  # fmt: skip
    numbers = {
        "rouge1": knows / 2,
        "rouge2": knows / 3,
        "rougeL": knows / 2.2,
        "bleu1": knows / 2.1,
        "bleu2": knows / 3.1,
        "bleu4": knows / 5,
    }
    told = {
        "metric": "ROUGE-L",
        "definition": "the mean F1 of the longest common subsequence",
        "numbers": numbers,
        "columns": {"rougeL": numbers["rougeL"]},
    }
    return _task(folder, name, "open", rows, **told)


def _scale(folder: Path, name: str, knows: float) -> dict[str, Any]:
    rows = [
        {"id": f"s{n}", "group": None, "prompt": [{"role": "user", "content": f"您是否同意：说法{n}"}], "replies": ["3", "我不便回答", "4"],
         "value": [3, None, 4], "state": "ok", "gold": {"subscale": "甲" if n % 2 else "乙", "reverse": n % 3 == 0}, "numbers": [3, 4], "score": 0.6}
        for n in range(8)
    ]  # fmt: skip
    part = {
        "items": 4,
        "lowest": 4,
        "highest": 20,
        "refused": 0.1,
        "score": {"value": 12 + knows, "low": 11.0, "high": 14.2},
    }
    more = {
        "subscales": {"甲": part, "乙": part | {"score": None, "refused": 0.4}},
        "acquiescence": 3.4,
        "refused": 0.1,
        "consistency": 0.5,
    }
    told = {
        "metric": "sum of points",
        "definition": "the points of all statements",
        "columns": {"甲": 12 + knows},
        "interval": [11.0, 14.2],
    }
    return _task(
        folder, name, "scale", rows, numbers={"甲": 12 + knows, "refused": 0.1, "acquiescence": 3.4}, more=more, **told
    )
