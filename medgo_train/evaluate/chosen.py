"""Which tasks are evaluated, and how they are put: from the words of the command, or from a Python file that lists them.

clinicalqa=exam.jsonl                     a known exam, and its file
recipes/tasks.py:ward=ward_exam.jsonl     a record in a Python file: ward = Exam(name="ward", ...)
recipes/demo_evaluate.py                  all that it lists as tasks = [put(Exam(...), file), ...]
CMeEE-V2=CMeEE-V2_dev.json                a task of CBLUE; cblue=FOLDER for all that lie there
open=questions.jsonl  scale=cami.json     open answers, an attitude scale
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from medgo_train import python_file
from medgo_train.evaluate.files import EvaluationError, expect, sha256_of
from medgo_train.evaluate.task import Kind, Task

if TYPE_CHECKING:
    from medgo_train.evaluate.choice import Exam
    from medgo_train.evaluate.tasks.open import Open

LEXICONS = {"MedDG": "entity_list.txt", "IMCS-V2-SR": "mappings.json"}  # as they lie beside the files of a download


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A task, its file, and how it is put. Plain enough to be written down, and opened again to score anew."""

    name: str
    kind: Kind
    file: Path
    record: Mapping[str, Any] = field(default_factory=dict)
    profile: str = ""
    by: Literal["words", "letters"] = "words"
    orders: Literal["one", "all"] = "one"
    repeats: int = 4  # of a statement of a scale
    seed: int = 0
    limit: int | None = None  # the first so many items
    lexicon: Path | None = None
    hidden: bool = False  # a test file of CBLUE, to be answered and submitted
    sha256: str = ""  # expected, or found

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^./\\\x00-\x1f][^/\\\x00-\x1f]{0,99}", self.name):
            raise EvaluationError(
                f"{self.name!r} cannot be the name of a task, for files are named after it. Give it another."
            )

    def plain(self) -> dict[str, Any]:
        paths = {"file": str(self.file.resolve()), "lexicon": str(self.lexicon.resolve()) if self.lexicon else None}
        return asdict(self) | paths

    def open(self) -> Task:
        """The task, from its file as it is now; one of another hash than is expected is refused."""
        if self.sha256:
            expect(self.file, self.sha256)
        return OPENERS[self.kind](self)


def chosen_of(told: Mapping[str, Any]) -> Chosen:
    """What ``plain`` wrote down."""
    lexicon = told.get("lexicon")
    return Chosen(**dict(told) | {"file": Path(told["file"]), "lexicon": Path(lexicon) if lexicon else None})


def put(record: Exam | Open | str, file: Path | str, **how: Any) -> Chosen:
    """A record, or the name of a known task, and the file that it is put from; ``how`` are fields of ``Chosen``."""
    from medgo_train.evaluate.cblue.tasks import TASKS
    from medgo_train.evaluate.choice import Exam
    from medgo_train.evaluate.exams import EXAMS
    from medgo_train.evaluate.tasks.open import Open

    file = Path(file)
    if isinstance(record, str):
        if record in TASKS:
            lexicon = file.parent / LEXICONS.get(record, "?")
            beside = lexicon if lexicon.is_file() else None
            return Chosen(name=record, kind="cblue", file=file, **{"lexicon": beside} | how)
        if record == "scale":
            return Chosen(**_told("scale", file, how, name=how.get("name") or _scale_name(file)))
        if record == "open":
            record = Open(name=file.name.split(".")[0])
        elif record in EXAMS:
            record = EXAMS[record]
        else:
            known = ", ".join([*EXAMS, *TASKS])
            raise EvaluationError(
                f"there is no task {record!r}. Known are {known}, cblue, open and scale; a task of yours is a record in a "
                f"Python file: tasks.py:{record}=FILE"
            )
    kind: Kind = "choice" if isinstance(record, Exam) else "open"
    return Chosen(**_told(kind, file, how, name=record.name, record=asdict(record)))


def _told(kind: Kind, file: Path, how: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    return known | {"kind": kind, "file": file} | dict(how)


def chosen(words: Iterable[str], **how: Any) -> list[Chosen]:
    """The tasks that the words of a command mean; two of one name are an error."""
    found = [one for word in words for one in _meant(word, how)]
    names = [one.name for one in found]
    if not found:
        raise EvaluationError("no task is named. Write TASK=FILE, such as clinicalqa=exam.jsonl, or a file of tasks.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise EvaluationError(f"{', '.join(twice)} is named more than once. Give each task a name of its own.")
    return found


def _meant(word: str, how: Mapping[str, Any]) -> list[Chosen]:
    name, has_file, file = word.partition("=")
    if not has_file:
        if not name.endswith(".py"):
            raise EvaluationError(
                f"{word!r} names no file. Write TASK=FILE, such as clinicalqa=exam.jsonl, or a Python file of tasks."
            )
        told = python_file.values(Path(name)).get("tasks")
        if not isinstance(told, list | tuple) or not all(isinstance(one, Chosen) for one in told):
            raise EvaluationError(f"{name} lists no tasks. Write tasks = [put(Exam(name=...), FILE), ...] in it.")
        return [replace(one, **how) if how else one for one in told]
    path = Path(file)
    if name in {"cblue", "cblue_test"}:
        return cblue(path, split="test" if name == "cblue_test" else "dev", **how)
    if ".py" in name:
        return [put(_record(name), path, **how)]
    return [put(name, path, **how)]


def _record(told: str) -> Exam | Open:
    from medgo_train.evaluate.choice import Exam
    from medgo_train.evaluate.tasks.open import Open

    file, _, name = told.partition(".py")
    records = {key: one for key, one in python_file.values(Path(f"{file}.py")).items() if isinstance(one, Exam | Open)}
    if name.removeprefix(":") in records:
        return records[name.removeprefix(":")]
    if not name and len(records) == 1:
        return next(iter(records.values()))
    raise EvaluationError(
        f"{file}.py has the records {', '.join(records) or 'of no task'}. Name one: {file}.py:{next(iter(records), 'ward')}=FILE"
    )


# ---- CBLUE -----------------------------------------------------------------------------------------------------------


def cblue(path: Path | str, split: Literal["dev", "test"] = "dev", **how: Any) -> list[Chosen]:
    """All tasks of a folder of downloads; or those of a file of PromptCBLUE.

    Of development files the answers are known. Those of test files only Tianchi has: they are answered to be submitted.
    """
    from medgo_train.evaluate.cblue.promptcblue import read_promptcblue
    from medgo_train.evaluate.cblue.tasks import TASKS

    path = Path(path)
    if path.is_file():
        prompted = how | {"profile": "promptcblue"}
        return [Chosen(name=name, kind="cblue", file=path, **prompted) for name in read_promptcblue(path)]
    how = how | {"hidden": True} if split == "test" else how
    found = [put(name, file, **how) for name in TASKS if (file := _downloaded(path, name, split))]
    if not found:
        raise EvaluationError(
            f"{path} holds no file of CBLUE of the split {split}. Each lies as it was downloaded: "
            f"CMeEE-V2/CMeEE-V2_{split}.json, …"
        )
    return found


def _downloaded(folder: Path, name: str, split: str) -> Path | None:
    own = folder / name
    if name == "KUAKE-IR":
        is_known = any(own.glob("*qrels*.tsv"))
        return own if (own / "candidates.tsv").is_file() and is_known is (split == "dev") else None
    shared = [folder.glob(f"{name}_{split}*"), *([folder.glob(f"IMCS-V2_{split}*")] if name.startswith("IMCS") else [])]
    for some in (own.glob(f"*_{split}*.json*"), *shared):
        if files := sorted(some):
            return files[0]
    return None


# ---- from a file to a task -------------------------------------------------------------------------------------------


def _exam(told: Chosen) -> Task:
    from medgo_train.evaluate.choice import Exam, Items, items_of
    from medgo_train.evaluate.exam_file import rows_of
    from medgo_train.evaluate.tasks.choice import RULES, ChoiceTask

    if told.profile and told.profile not in RULES:
        raise EvaluationError(
            f"{told.name} has no profile {told.profile!r}. Its rules are known as {', '.join(RULES)}."
        )
    record: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in told.record.items()}
    exam = Exam(**record | {"name": told.name})
    found = items_of(exam, rows_of(told.file))
    found = Items(items=found.items[: told.limit], refused=found.refused)
    return ChoiceTask(exam, found, told.profile or "medgo", told.by, told.orders)


def _cblue_task(told: Chosen) -> Task:
    from medgo_train.evaluate.cblue.files import lexicon
    from medgo_train.evaluate.cblue.promptcblue import read_promptcblue
    from medgo_train.evaluate.cblue.tasks import TASKS
    from medgo_train.evaluate.tasks.cblue import PROMPTED, CblueTask

    profile = told.profile or "tianchi"
    items = read_promptcblue(told.file).get(told.name, []) if profile == PROMPTED else TASKS[told.name].read(told.file)
    words = lexicon(told.lexicon) if told.lexicon else None
    return CblueTask(TASKS[told.name], tuple(items[: told.limit]), profile, words, told.hidden)


def _open(told: Chosen) -> Task:
    from medgo_train.evaluate.cblue.files import lexicon
    from medgo_train.evaluate.exam_file import rows_of
    from medgo_train.evaluate.tasks.open import Open, OpenTask, questions

    record = Open(**dict(told.record) | {"name": told.name})
    found, refused = questions(record, rows_of(told.file))
    return OpenTask(record, tuple(found[: told.limit]), refused, lexicon(told.lexicon) if told.lexicon else None)


def _scale(told: Chosen) -> Task:
    from medgo_train.evaluate import scales
    from medgo_train.evaluate.tasks.scale import ScaleTask

    return ScaleTask(replace(scales.read(told.file), name=told.name), told.repeats, told.seed)


def _scale_name(file: Path) -> str:
    from medgo_train.evaluate import scales

    return scales.read(file).name


OPENERS: dict[Kind, Callable[[Chosen], Task]] = {"choice": _exam, "cblue": _cblue_task, "open": _open, "scale": _scale}


def pinned(told: Sequence[Chosen]) -> list[Chosen]:
    """The same, each with the hash that its file has now."""
    return [replace(one, sha256=one.sha256 or sha256_of(one.file)) for one in told]


def with_profiles(tasks: Sequence[Chosen], names: Sequence[str]) -> list[Chosen]:
    """Each task under the first of these profiles that it knows; a profile that none knows is an error."""
    for name in names:
        if not any(name in _profiles(one) for one in tasks):
            every = sorted({profile for one in tasks for profile in _profiles(one)})
            raise EvaluationError(
                f"no task here is scored by the rules {name!r}. Known are {', '.join(every) or 'no others'}."
            )
    found = [next((name for name in names if name in _profiles(one)), one.profile) for one in tasks]
    return [replace(one, profile=profile) for one, profile in zip(tasks, found, strict=True)]


def _profiles(one: Chosen) -> list[str]:
    from medgo_train.evaluate.cblue.tasks import TASKS
    from medgo_train.evaluate.tasks.choice import RULES

    return list(RULES) if one.kind == "choice" else list(TASKS[one.name].profiles) if one.kind == "cblue" else []
