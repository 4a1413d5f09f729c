"""What a task of CBLUE is: its files, its prompt, how a reply is read, and under whose rules it is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.metric import Metric, Numbers, Row, ratio
from medgo_train.evaluate.parsed import EMPTY, INVALID, Parsed

Lexicon = Mapping[str, str]  # words and what they stand for: entity_list.txt of MedDG, mappings.json of IMCS-V2-SR


@dataclass(frozen=True, kw_only=True)
class Item:
    """A sample: what it is asked with, and what is right. ``id`` never holds text of the sample."""

    id: str
    record: Mapping[str, Any]
    gold: Any = None  # as plain JSON; None where the file has no answer
    group: str = ""  # the dialogue or document that samples share: they do not vary independently


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a rule may know beside an answer."""

    id: str
    lexicon: Lexicon | None = None


def as_is(value: Any, _seen: Seen) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Whose rule a score follows. ``view`` turns an answer into what its metric compares; gold goes through it too."""

    metric: Metric
    origin: str
    view: Callable[[Any, Seen], Any] = as_is
    last_of_repeats: bool = False  # texts that occur twice are one sample: the last
    ignores_missing: bool = False  # a sample without an answer is no sample
    ignores_extra: bool = False
    lexicon: bool = False  # it needs one
    empty_is: str | None = None  # the answer that saying nothing counts as


@dataclass(frozen=True, kw_only=True)
class Task:
    name: str
    about: str
    file: str  # of the official submission
    read: Callable[[Path], list[Item]]
    ask: Callable[[Item], str]
    parse: Callable[[Item, str], Parsed]
    write: Callable[[Sequence[tuple[Item, Any]]], str]
    fault: Callable[[Item, Any], str | None]  # what the official form forbids in an answer
    nothing: Any  # what stands in a submission where nothing usable was said
    profiles: Mapping[str, Profile]

    def profile(self, name: str) -> Profile:
        if name not in self.profiles:
            raise EvaluationError(
                f"{self.name} has no profile {name!r}. Its rules are known as {', '.join(self.profiles)}."
            )
        return self.profiles[name]


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score and whose rules it follows; never the one without the other."""

    task: str
    profile: str
    metric: Metric
    numbers: Numbers
    rows: Mapping[str, Row] = field(repr=False)  # one for each sample, for intervals and paired tests
    groups: Mapping[str, str] = field(repr=False)
    missing: int = 0
    empty: int = 0
    invalid: int = 0
    extra: int = 0

    @property
    def columns(self) -> Numbers:
        """What counts in the mean over tasks."""
        several = len(self.metric.columns) > 1
        return {f"{self.task} {name}" if several else self.task: self.numbers[name] for name in self.metric.columns}

    def over(self, drawn: Sequence[str]) -> float:
        """The first column over these samples only, each as often as it is named: for intervals and paired tests."""
        return self.metric.total([self.rows[key] for key in drawn])[self.metric.columns[0]]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {self.numbers[name]:.4f}" for name in self.metric.columns)
        unused = {"missing": self.missing, "empty": self.empty, "invalid": self.invalid, "extra": self.extra}
        besides = "".join(f", {count} {why}" for why, count in unused.items() if count)
        return f"{self.task} [{self.profile}: {self.metric.name}] {told} over {len(self.rows)} samples{besides}"


def score(  # noqa: PLR0913
    task: Task,
    gold: Mapping[str, Any] | Iterable[Item],
    predictions: Mapping[str, Any] | Iterable[Item],
    profile: str,
    *,
    lexicon: Lexicon | None = None,
    ignore_extra: bool = False,
) -> Score:
    """The score of predictions under the rules of ``profile``: a value or a ``Parsed`` for each id, or a file's items.

    Samples meet by their ids. One without a prediction counts as an empty one; a prediction of no sample is refused,
    unless the profile or ``ignore_extra`` takes it. No prediction, however malformed, raises; gold does.
    """
    rule = task.profile(profile)
    if rule.lexicon and lexicon is None:
        raise EvaluationError(
            f"{task.name} under {profile!r} is scored by a list of words that comes with the download. Hand it as lexicon."
        )
    items = list(_items(gold))
    if not items:
        raise EvaluationError(f"gold of {task.name} is empty. Give the file whose answers are known.")
    answers = _by_id(items, f"gold of {task.name}")
    said = _by_id(list(_items(predictions)), f"the predictions of {task.name}")
    if rule.last_of_repeats:
        answers = {key.partition("#")[0]: value for key, value in answers.items()}
        said = {key.partition("#")[0]: value for key, value in said.items()}
    extra = [key for key in said if key not in answers]
    if extra and not (ignore_extra or rule.ignores_extra):
        raise EvaluationError(
            f"{len(extra)} predictions are of no sample of {task.name} (the first: {extra[0]!r}). Are they of another "
            f"task or split? Leave them out, or say ignore_extra=True."
        )
    counts = {"missing": 0, "empty": 0, "invalid": 0, "extra": len(extra)}
    rows: dict[str, Row] = {}
    for key, right in answers.items():
        seen = Seen(id=key, lexicon=lexicon)
        answer = _answer(said[key], rule, seen) if key in said else EMPTY
        if key not in said:
            counts["missing"] += 1
            if rule.ignores_missing:
                continue
        elif answer.state != "ok":
            counts[answer.state] += 1
        rows[key] = rule.metric.each(_meant(task, rule, right, seen), answer.value)
    return Score(
        task=task.name,
        profile=profile,
        metric=rule.metric,
        numbers=rule.metric.total(list(rows.values())),
        rows=rows,
        groups={item.id: item.group or item.id for item in items if item.id in rows},
        **counts,
    )


def _items(told: Mapping[str, Any] | Iterable[Item]) -> Iterable[Item]:
    if isinstance(told, Mapping):
        return (Item(id=key, record={}, gold=value) for key, value in told.items())
    return told


def _by_id(items: Sequence[Item], what: str) -> dict[str, Any]:
    found = {item.id: item.gold for item in items}
    if len(found) < len(items):
        seen: set[str] = set()
        twice = next(item.id for item in items if item.id in seen or seen.add(item.id))  # type: ignore[func-returns-value]
        raise EvaluationError(f"{what} have the id {twice!r} twice. Give each sample once.")
    return found


def _answer(said: Any, rule: Profile, seen: Seen) -> Parsed:
    """What the metric may compare; a value of the wrong shape is invalid, whoever handed it."""
    told = said if isinstance(said, Parsed) else (EMPTY if said is None else Parsed(said, "ok"))
    if rule.empty_is is not None and (told.state == "empty" or told.value == ""):
        told = Parsed(rule.empty_is, "ok")
    if told.state != "ok":
        return Parsed(None, told.state)
    try:
        viewed = rule.view(told.value, seen)
        hash(viewed)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError):  # not of the shape of an answer
        return INVALID
    return INVALID if viewed is None else Parsed(viewed, "ok")


def _meant(task: Task, rule: Profile, right: Any, seen: Seen) -> Any:
    if right is None:
        raise EvaluationError(
            f"sample {seen.id!r} of {task.name} has no answer to score by. Give the file with answers, not the test's."
        )
    answer = _answer(right, replace(rule, empty_is=None), seen)
    if answer.state != "ok":
        raise EvaluationError(
            f"gold of sample {seen.id!r} of {task.name} is not of the shape that {rule.origin} scores. "
            f"Read the file with the task's own read(), or with read_promptcblue() for that profile."
        )
    return answer.value


@dataclass(frozen=True, kw_only=True)
class Overall:
    """The mean over the columns of all tasks, and which columns it lacks."""

    profile: str
    value: float
    columns: Numbers
    lacking: tuple[str, ...]

    def __str__(self) -> str:
        whole = len(self.columns) + len(self.lacking)
        lacks = f"; without {', '.join(self.lacking)}" if self.lacking else ""
        return f"CBLUE [{self.profile}] {self.value:.4f}, the mean of {len(self.columns)} of {whole} columns{lacks}"


def overall(tasks: Iterable[Task], scores: Iterable[Score]) -> Overall:
    """The unweighted mean over columns, of which IMCS-V2-SR has two; scores of different profiles have no mean."""
    told = list(scores)
    profiles = sorted({one.profile for one in told})
    if len(profiles) != 1 or len({one.task for one in told}) < len(told):
        raise EvaluationError(
            f"a mean is taken over one score of each task under one profile, and these are {len(told)} scores of "
            f"{len({one.task for one in told})} tasks under {', '.join(profiles) or 'none'}. Score them alike."
        )
    columns = {name: value for one in told for name, value in one.columns.items()}
    known = {one.task for one in told}
    lacking = [
        f"{task.name} {name}" if len(task.profiles[profiles[0]].metric.columns) > 1 else task.name
        for task in tasks
        if task.name not in known and profiles[0] in task.profiles
        for name in task.profiles[profiles[0]].metric.columns
    ]
    value = ratio(sum(columns.values()), len(columns))
    return Overall(profile=profiles[0], value=value, columns=columns, lacking=tuple(lacking))
