"""The official zip of predictions: written from what was read of a model's replies, and checked before it is sent."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from medgo_train.evaluate.cblue.task import Item, Task
from medgo_train.evaluate.cblue.tasks import TASKS
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.parsed import Parsed

SHAPELESS = (TypeError, ValueError, KeyError, AttributeError, IndexError)  # what an answer of no known shape raises


def write_submission(
    path: Path, tests: Mapping[str, Sequence[Item]], predictions: Mapping[str, Mapping[str, Any]]
) -> dict[str, int]:
    """Write the zip; returns for each task how many samples had no usable answer.

    The form has no blank: those are filled with the task's ``nothing``, a label where it must be one. On a hidden test
    it may be right by chance, so look at the counts.
    """
    filled: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, items in tests.items():
            task, said = TASKS[name], predictions.get(name, {})
            answers = [(item, _usable(task, item, said.get(item.id))) for item in items]
            blank = [value is None for _, value in answers]
            filled[name] = sum(blank)
            whole = [(item, task.nothing if value is None else value) for item, value in answers]
            archive.writestr(zipfile.ZipInfo(task.file), task.write(whole))  # no time of day: the same bytes each time
    return filled


def check_submission(path: Path, tests: Mapping[str, Sequence[Item]]) -> list[str]:
    """All that is wrong with a zip of predictions, a sentence each; nothing if it may be sent."""
    if not zipfile.is_zipfile(path):
        whole = path.is_file() and path.read_bytes()[:4] == b"PK\x03\x04"
        return [f"{path} is {'a truncated zip' if whole else 'no zip'}. Write it again."]
    expected = {TASKS[name].file: name for name in tests}
    with zipfile.ZipFile(path) as archive, TemporaryDirectory() as folder:
        names = Counter(archive.namelist())
        faults = [f"{path} has {name} twice." for name, count in names.items() if count > 1]
        faults += [
            f"{path} lacks {name}, the predictions of {expected[name]}." for name in expected if name not in names
        ]
        faults += [f"{path} has {name}, which is no file of these tasks." for name in names if name not in expected]
        for name in (name for name in expected if name in names):
            inside = Path(folder) / name
            try:
                inside.write_bytes(archive.read(name))
            except (zipfile.BadZipFile, EOFError, OSError) as broken:
                faults.append(f"{path} is damaged at {name}: {broken}. Write it again.")
                continue
            faults += [
                fault.replace(str(inside), name)
                for fault in check(TASKS[expected[name]], inside, tests[expected[name]])
            ]
    return faults


def check(task: Task, path: Path, tests: Sequence[Item]) -> list[str]:
    """All that is wrong with one file of predictions: ids, questions that are not those of the test, and form."""
    try:
        said = task.read(path)
    except EvaluationError as wrong:
        return [str(wrong)]
    asked = {item.id: item for item in tests}
    counted = Counter(item.id for item in said)
    pairs = [(asked[item.id], item) for item in said if item.id in asked]
    other = [item.id for test, item in pairs if not _same_question(task, test, item)]
    kinds = {
        "samples are missing": [key for key in asked if key not in counted],
        "ids are of no sample": [key for key in counted if key not in asked],
        "ids are there more than once": [key for key, count in counted.items() if count > 1],
        "samples have another text than the test file, as if of another task or split": other,
    }
    faults = [f"{path}: {len(keys)} {what}, the first is {keys[0]!r}." for what, keys in kinds.items() if keys]
    return faults + [f"{path}: {told}" for told in _first_of_each(_faults(task, pairs))]


def _usable(task: Task, item: Item, said: Any) -> Any:
    value = said.value if isinstance(said, Parsed) else said
    return None if value is None or _fault(task, item, value) else value


def _same_question(task: Task, test: Item, said: Item) -> bool:
    if not said.record:  # a form that repeats no text
        return True
    try:
        return task.ask(said) == task.ask(test)
    except KeyError:
        return False


def _faults(task: Task, pairs: Iterable[tuple[Item, Item]]) -> Iterator[tuple[str, str]]:
    for test, said in pairs:
        fault = "it has no answer" if said.gold is None else _fault(task, test, said.gold)
        if fault:
            yield said.id, fault


def _fault(task: Task, item: Item, value: Any) -> str | None:
    try:
        return task.fault(item, value)
    except SHAPELESS:
        return "its answer is not of the shape of this task's"


def _first_of_each(faults: Iterable[tuple[str, str]]) -> list[str]:
    found: dict[str, list[str]] = {}
    for key, fault in faults:
        found.setdefault(fault, []).append(key)
    return [
        f"sample {keys[0]!r}: {fault}." + (f" So it is with {len(keys)} samples." if len(keys) > 1 else "")
        for fault, keys in found.items()
    ]
