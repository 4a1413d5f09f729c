"""What evaluations left in their folders, read again: the scores, and on demand what became of every item."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from medgo_train.evaluate.files import EvaluationError

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


def names(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """Every task, in the order in which evaluations have it first."""
    return iter(dict.fromkeys(name for one in evaluations for name in one.tasks))
