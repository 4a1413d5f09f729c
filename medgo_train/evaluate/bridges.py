"""Our tasks for two other harnesses, lm-evaluation-harness and inspect; their logs come back by ``logs``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgo_train import __version__
from medgo_train.evaluate.choice import Item, prompt
from medgo_train.evaluate.evaluated import Evaluation
from medgo_train.evaluate.logs import write_lines

ANSWER = r"(?:答案|Answer)\s*[:：]\s*([A-J]+)"  # the last line that the prompts of exams ask for
LONGEST = 512  # tokens of an answer


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An item as another harness can put it. ``labels`` are the letters of its options, where it has any."""

    id: str
    messages: Sequence[Mapping[str, str]]
    gold: str
    labels: str = ""
    group: str | None = None

    @property
    def text(self) -> str:
        """One turn as it is; several each under the name of who speaks."""
        if len(self.messages) == 1:
            return str(self.messages[0]["content"])
        return "\n".join(f"{turn['role']}: {turn['content']}" for turn in self.messages)


def asked_of(questions: Iterable[Item]) -> list[Asked]:
    """The questions of an exam, as they are put here."""
    return [
        Asked(
            id=one.id,
            messages=[{"role": "user", "content": prompt(one)}],
            gold=one.answer,
            labels=one.labels,
            group=one.group,
        )
        for one in questions
    ]


def asked_in(evaluation: Evaluation, task: str) -> list[Asked]:
    """The items of a task of any kind, as an evaluation has asked them."""
    is_choice = evaluation.tasks[task]["kind"] == "choice"
    return [
        Asked(
            id=row["id"],
            messages=row["prompt"],
            gold=row["gold"] if isinstance(row["gold"], str) else json.dumps(row["gold"], ensure_ascii=False),
            labels="".join(re.findall(r"^([A-J])\. ", str(row["prompt"][-1]["content"]), re.MULTILINE))
            if is_choice
            else "",
            group=row.get("group"),
        )
        for row in evaluation.rows(task)
    ]


def for_lm_eval(name: str, asked: Sequence[Asked], folder: Path | str) -> list[Path]:
    """A task of lm-evaluation-harness, for ``lm_eval run --include_path FOLDER --tasks NAME``: its items and its YAML.

    Where every item has one right letter, a second task, NAME_letters, compares how likely the letters are.
    """
    folder, name = Path(folder), _identifier(name)
    items = folder / f"{name}.jsonl"
    is_choice = all(one.labels for one in asked)
    rows = [
        {"id": one.id, "prompt": one.text, "gold": one.gold, "group": one.group}
        | ({"labels": list(one.labels), "answer": one.labels.find(one.gold)} if is_choice else {})
        for one in asked
    ]
    write_lines(items, rows)
    common = {
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(items.resolve())}},
        "test_split": "test",
        "doc_to_text": "{{prompt}}",
        "metadata": {"version": 1, "medgo": __version__},
    }
    score = {"aggregation": "mean", "higher_is_better": True}
    said: dict[str, Any] = {
        "output_type": "generate_until",
        "doc_to_target": "{{gold}}",
        "generation_kwargs": {"until": [], "do_sample": False, "max_gen_toks": LONGEST},
        "metric_list": [{"metric": "exact_match"} | score],
    }
    if is_choice:
        found = {"function": "regex", "regex_pattern": ANSWER, "group_select": -1}
        said["filter_list"] = [{"name": "letter", "filter": [found, {"function": "take_first"}]}]
    told = {name: {"task": name} | common | said}
    if is_choice and all(len(one.gold) == 1 for one in asked):
        likely: dict[str, Any] = {"doc_to_target": "answer", "doc_to_choice": "labels", "target_delimiter": ""}
        likely |= {"metric_list": [{"metric": "acc"} | score]}
        told[f"{name}_letters"] = {"task": f"{name}_letters", "output_type": "multiple_choice"} | common | likely
    paths = [items]
    for task, record in told.items():
        paths.append(folder / f"{task}.yaml")
        lines = (
            f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in record.items()
        )  # what is JSON is YAML
        paths[-1].write_text("".join(lines), "utf-8")
    return paths


INSPECT = '''\
"""{name}, written by medgo {version}: inspect eval {file} --model MODEL"""

from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import {scorer}
from inspect_ai.solver import generate


@task
def {function}():
    return Task(
        dataset=json_dataset(str(Path(__file__).with_name({items!r}))),
        solver=generate(),
        scorer={scorer}({how}),
        config=GenerateConfig(max_tokens={longest}, temperature=0),
    )
'''


def for_inspect(name: str, asked: Sequence[Asked], folder: Path | str) -> list[Path]:
    """A task of inspect, for ``inspect eval FOLDER/NAME.py``: its items, and the Python file that names them."""
    folder, function = Path(folder), _identifier(name)
    items, file = folder / f"{function}.jsonl", folder / f"{function}.py"
    is_choice = all(one.labels for one in asked)
    rows = [
        {
            "id": one.id,
            "input": [dict(turn) for turn in one.messages],
            "target": one.gold,
            "metadata": {"group": one.group},
        }
        for one in asked
    ]
    write_lines(items, rows)
    how = (
        {"scorer": "pattern", "how": f"r{ANSWER!r}".replace("\\\\", "\\")}
        if is_choice
        else {"scorer": "match", "how": 'location="exact"'}
    )
    text = INSPECT.format(
        name=name, version=__version__, file=file.name, function=function, items=items.name, longest=LONGEST, **how
    )
    file.write_text(text, "utf-8")
    return [items, file]


def _identifier(name: str) -> str:
    told = re.sub(r"\W", "_", name, flags=re.ASCII)
    return told if told[:1].isalpha() else f"task_{told}"
