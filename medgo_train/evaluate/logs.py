"""What another harness says of a model, item by item, as an evaluation of ours that ``compare`` and ``report`` take.

A score is taken over as it stands, and keeps the name of the harness and of its metric. ``replies`` writes the same answers
in a file that is read and scored anew under our own rules.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgo_train import __version__
from medgo_train.evaluate.evaluated import NAME, SCHEMA
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.statistics import mean

GRADES = {
    "C": 1.0,
    "I": 0.0,
    "P": 0.5,
    "N": 0.0,
}  # correct, incorrect, partially, no answer: as inspect spells and counts them


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An item as another harness asked and scored it. ``value`` is what it understood."""

    id: str
    prompt: Sequence[Mapping[str, Any]]
    replies: Sequence[str]
    gold: str
    score: float | None
    value: str | None = None
    state: str = "ok"
    group: str | None = None
    seconds: float | None = None
    tokens: tuple[int, int] | None = None  # of the prompt, of the reply


@dataclass(frozen=True, kw_only=True)
class Log:
    """What a harness says of one model on one task."""

    harness: str
    version: str
    task: str
    model: str
    metric: str
    how: str = ""  # which filter, or which scorer
    samples: tuple[Sample, ...] = field(repr=False)
    asking: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same for all models that were asked the same items."""
        told = sorted([one.id, one.gold] for one in self.samples)
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


# ---- as an evaluation ------------------------------------------------------------------------------------------------


def keep(logs: Sequence[Log], into: Path | str, *, name: str = "") -> Path:
    """The logs of one model as an evaluation, which ``compare`` and ``report`` take like any other."""
    into = Path(into)
    models = list(dict.fromkeys(log.model for log in logs))
    if len(models) != 1:
        raise EvaluationError(
            f"these are logs of {len(models)} models ({', '.join(models)}), and an evaluation is of one. Keep each in a folder of its own."
        )
    tasks = [_task(log, into) for log in logs]
    told = {
        "schema": SCHEMA,
        "name": name or models[0],
        "medgo": __version__,
        "model": {"name": models[0], "road": "replay", "digest": None, "run": None},
        "asking": dict(logs[0].asking),
        "tasks": tasks,
        "overall": None,
        "contamination": None,
    }
    path = into / NAME
    beside = path.with_name(f".{NAME}.part")
    beside.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8", errors="replace")
    beside.replace(path)
    return path


def _task(log: Log, into: Path) -> dict[str, Any]:
    place = f"rows/{log.task}.jsonl"
    write_lines(into / place, (_row(one) for one in log.samples))
    scored = [one for one in log.samples if one.score is not None]
    groups = [one.group or (one.id,) for one in scored] if any(one.group for one in scored) else None
    sure = mean([one.score or 0.0 for one in scored], groups)
    states = [one.state for one in log.samples]
    is_choice = all(re.fullmatch("[A-J]+", one.gold) for one in log.samples)
    tokens = [one.tokens for one in log.samples if one.tokens]
    numbers = {log.metric: sure.value}
    return {
        "name": log.task,
        "kind": "choice" if is_choice else "open",
        "about": f"as {log.harness} asked it",
        "file": log.task,
        "sha256": log.digest,
        "items": len(log.samples),
        "profile": f"{log.harness}: {log.how}" if log.how else log.harness,
        "metric": log.metric,
        "definition": f"the mean of {log.metric} as {log.harness} {log.version} gave it to each item",
        "numbers": numbers,
        "columns": numbers,
        "interval": [sure.low, sure.high] if sure.low <= sure.high else None,
        **{state: states.count(state) for state in ("missing", "empty", "invalid")},
        "extra": 0,
        "asked": {
            "requests": sum(len(one.replies) for one in log.samples),
            "prompt_tokens": sum(a for a, _ in tokens) if tokens else None,
            "completion_tokens": sum(b for _, b in tokens) if tokens else None,
            "seconds": total(one.seconds for one in log.samples),
            "cost": None,
        },
        "more": {"harness": log.harness, "version": log.version},
        "rows": place,
    }


def _row(one: Sample) -> dict[str, Any]:
    told = {
        "id": one.id,
        "group": one.group,
        "prompt": list(one.prompt),
        "replies": list(one.replies),
        "value": one.value,
    }
    return told | {
        "state": one.state,
        "gold": one.gold,
        "numbers": None if one.score is None else [one.score],
        "score": one.score,
    }


def replies(log: Log, path: Path | str) -> int:
    """The first reply to each item, in a file that is scored anew under our own rules; how many there are."""
    rows = [{"task": log.task, "id": one.id, "reply": one.replies[0]} for one in log.samples if one.replies]
    write_lines(Path(path), rows)
    return len(rows)


# ---- what logs have in common ------------------------------------------------------------------------------------------


def messages(told: Any) -> list[dict[str, Any]]:
    """A prompt as conversation; with a chat template it is one already, written as JSON."""
    if isinstance(told, str) and told.lstrip().startswith("[{"):
        try:
            told = json.loads(told)
        except ValueError:
            return [{"role": "user", "content": told}]
    if isinstance(told, list) and told and isinstance(told[0], str):
        return messages(told[0])
    if isinstance(told, list) and all(isinstance(each, dict) for each in told):
        return [{"role": str(each.get("role", "user")), "content": content(each.get("content"))} for each in told]
    return [{"role": "user", "content": str(told)}]


def content(told: Any) -> str:
    """Text, or the texts of parts, of which inspect and chat endpoints make a message."""
    if isinstance(told, list):
        return "".join(content(each.get("text", "") if isinstance(each, dict) else each) for each in told)
    return told if isinstance(told, str) else "" if told is None else json.dumps(told, ensure_ascii=False)


def table(told: Any) -> Mapping[str, Any]:
    """What should have names, or nothing."""
    return told if isinstance(told, Mapping) else {}


def texts(told: Any) -> list[str]:
    """Replies, however deep they lie."""
    if isinstance(told, list | tuple):
        return [text for each in told for text in texts(each)]
    return [] if told is None else [told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)]


def grade(value: Any) -> float | None:
    if isinstance(value, str):
        return GRADES.get(value)
    return float(value) if is_number(value) else None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def total(values: Iterable[Any]) -> float | None:
    known = [float(value) for value in values if is_number(value)]
    return math.fsum(known) if known else None


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8", errors="replace")
