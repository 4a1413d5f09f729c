"""What evaluations left in their folders, read again: the scores, and on demand what became of every item."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from medgo_train.evaluate import statistics
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.statistics import Difference

NAME = "evaluation.json"
SCHEMA = 1
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One model, and how it did in every task."""

    folder: Path
    label: str  # its name, told from others of the same name
    told: Mapping[str, Any]

    @cached_property
    def tasks(self) -> dict[str, Mapping[str, Any]]:
        return {task["name"]: task for task in self.told["tasks"]}

    def rows(self, task: str) -> list[Row]:
        """Every item of a task, in the order of its file; a line that is no item is an error."""
        path = self.folder / self.tasks[task]["rows"]
        if not path.is_file():
            raise EvaluationError(
                f"{path} is missing, and {self.folder / NAME} speaks of it. Score {self.folder} again."
            )
        found = []
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):  # U+2028 ends no line
            if not line:
                continue
            try:
                row = json.loads(line)
                found.append({**row, "id": str(row["id"])})
            except (ValueError, KeyError, TypeError) as wrong:
                raise EvaluationError(f"{path} is damaged in line {number}. Score {self.folder} again.") from wrong
        return found


def read(folders: Iterable[Path | str]) -> list[Evaluation]:
    """The evaluations in these folders; two of the same name are told apart by their folders."""
    paths = [Path(folder) for folder in folders]
    told = [_told(path) for path in paths]
    names = [str(one.get("name") or path.name) for one, path in zip(told, paths, strict=True)]
    labels: list[str] = []
    for path, name in zip(paths, names, strict=True):
        label = f"{name} ({path.name})" if names.count(name) > 1 else name
        while label in labels:
            label += "′"
        labels.append(label)
    return [
        Evaluation(folder=path, label=label, told=one) for path, label, one in zip(paths, labels, told, strict=True)
    ]


def _told(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    if not path.is_file():
        raise EvaluationError(f"{path} does not exist, so {folder} is no evaluation that was scored. Score it first.")
    try:
        told = json.loads(path.read_text("utf-8"))
        version = told["schema"]
        told["tasks"]
    except (ValueError, KeyError, TypeError) as wrong:
        raise EvaluationError(f"{path} is not an evaluation as it was written. Score {folder} again.") from wrong
    if version != SCHEMA:
        raise EvaluationError(f"{path} is of version {version}, and this medgo reads {SCHEMA}. Score {folder} again.")
    return told  # type: ignore[no-any-return]


def tell(folder: Path, **told: Any) -> None:
    """Say more in the evaluation.json of a folder. It is written beside and renamed: a file that can be seen is whole."""
    path = folder / NAME
    beside = path.with_name(f".{NAME}.part")
    text = json.dumps(plain(dict(_told(folder)) | told), ensure_ascii=False, indent=1) + "\n"
    beside.write_bytes(text.encode("utf-8", "replace"))
    beside.replace(path)


def plain(told: Any) -> Any:
    """As JSON has it: no number where there is none."""
    if isinstance(told, float):
        return told if math.isfinite(told) else None
    if isinstance(told, Mapping):
        return {key: plain(value) for key, value in told.items()}
    return [plain(one) for one in told] if isinstance(told, list | tuple) else told


# ---- what two of them may be compared on ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two models on the tasks that both were scored on in the same way, and why others are not among them."""

    a: Evaluation
    b: Evaluation
    differences: tuple[Difference, ...]
    left_out: tuple[tuple[str, str, str], ...]  # task, and why, in Chinese and in English


ALIKE = (("sha256", "题目文件", "file"), ("profile", "评分规则", "profile"), ("metric", "指标", "metric"))


def pairs(evaluations: Sequence[Evaluation], **how: Any) -> list[Pair]:
    """The first against each other one. Holm's raising is over all tasks of all pairs, for they are looked at together."""
    found = [_pair(evaluations[0], other, how) for other in evaluations[1:]]
    raised = iter(statistics.holm([each.p for pair in found for each in pair.differences]))
    alpha = how.get("alpha", 0.05)
    told = []
    for pair in found:
        together = ((each, next(raised)) for each in pair.differences)
        again = [Difference(**{**vars(each), "p_holm": p, "real": p <= alpha}) for each, p in together]
        told.append(Pair(a=pair.a, b=pair.b, differences=tuple(again), left_out=pair.left_out))
    return told


def _pair(a: Evaluation, b: Evaluation, how: Mapping[str, Any]) -> Pair:
    scores: dict[str, tuple[dict[str, float], ...]] = {}
    groups: dict[str, dict[str, str]] = {}
    left_out = []
    for name in a.tasks:
        if name not in b.tasks:
            continue
        other = [(zh, en) for key, zh, en in ALIKE if a.tasks[name].get(key) != b.tasks[name].get(key)]
        rows = a.rows(name), b.rows(name)
        one, two = ({row["id"]: row.get("score") for row in side} for side in rows)
        if not other and one.keys() != two.keys():
            other = [("题目", "items")]
        kept = [key for key in one if one[key] is not None and two.get(key) is not None]
        if other or not kept:
            zh, en = other[0] if other else ("逐题得分", "score of an item")
            left_out.append(
                (name, f"{zh}不同，未比较" if other else f"没有{zh}", f"another {en}" if other else f"no {en}")
            )
            continue
        scores[name] = tuple({key: float(side[key] or 0) for key in kept} for side in (one, two))
        if any(row.get("group") for row in rows[0]):
            groups[name] = {row["id"]: str(row.get("group") or f"\x00{row['id']}") for row in rows[0]}
    found = statistics.compare(
        {name: both[0] for name, both in scores.items()},
        {name: both[1] for name, both in scores.items()},
        groups=groups,
        **how,
    )
    return Pair(a=a, b=b, differences=tuple(found), left_out=tuple(left_out))


def names(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """Every task, in the order in which evaluations have it first."""
    return iter(dict.fromkeys(name for one in evaluations for name in one.tasks))
