"""A task of CBLUE as a task of an evaluation, under the rules of one profile."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from medgo_train.evaluate import resampled
from medgo_train.evaluate.backends.backend import Ask, Reply
from medgo_train.evaluate.cblue import task as cblue
from medgo_train.evaluate.cblue.promptcblue import read_reply
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.metric import Metric, Row
from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.statistics import mean
from medgo_train.evaluate.task import Kind, Result, Sample

PROMPTED = "promptcblue"  # the profile with prompts, and a way to read replies, of its own


@dataclass(frozen=True)
class CblueTask:
    task: cblue.Task
    items: tuple[cblue.Item, ...]
    profile: str
    lexicon: cblue.Lexicon | None = None
    hidden: bool = False  # of a test file only Tianchi has the answers: it is answered, and not scored
    kind: Kind = "cblue"

    def __post_init__(self) -> None:
        if not any(item.record.get("candidates", True) for item in self.items):
            raise EvaluationError(
                f"{self.name} has no candidates to rank. Put candidates.tsv and corpus.tsv, of a first search, beside its queries."
            )
        if self.hidden:
            return
        nobody = dict.fromkeys((item.id for item in self.items), Parsed(None, "empty"))
        cblue.score(
            self.task, self.items, nobody, self.profile, lexicon=self.lexicon
        )  # gold is looked at before it costs

    @property
    def name(self) -> str:
        return self.task.name

    @property
    def about(self) -> str:
        return self.task.about

    @property
    def metric(self) -> str:
        return self.rule.metric.name

    @property
    def definition(self) -> str:
        return f"{self.rule.metric.definition} (after {self.rule.origin})"

    @property
    def rule(self) -> cblue.Profile:
        return self.task.profile(self.profile)

    @cached_property
    def samples(self) -> Sequence[Sample]:
        return [
            Sample(id=item.id, group=item.group or None, gold=None if self.hidden else item.gold) for item in self.items
        ]

    @cached_property
    def _items(self) -> dict[str, cblue.Item]:
        return {item.id: item for item in self.items}

    def asks(self) -> Sequence[Ask]:
        ask: Callable[[cblue.Item], str] = self.task.ask
        if self.profile == PROMPTED:
            ask = _as_given
        return [
            Ask(task=self.name, id=item.id, messages=[{"role": "user", "content": ask(item)}]) for item in self.items
        ]

    def read(self, ask: Ask, reply: Reply) -> Parsed:
        item = self._items[ask.id]
        if self.profile == PROMPTED:
            return read_reply(self.name, item, reply.text)
        return self.task.parse(item, reply.text)

    def result(self, read: Mapping[str, Sequence[Parsed]]) -> Result:
        if self.hidden:
            return Result(numbers={}, columns={}, interval=None, rows={}, scores={}, more={"hidden": True})
        said = {name: turns[0] for name, turns in read.items()}
        score = cblue.score(self.task, self.items, said, self.profile, lexicon=self.lexicon)
        scores = {key: worth(score.metric, row) for key, row in score.rows.items()}
        return Result(
            numbers=score.numbers,
            columns=score.columns,
            interval=_sure(score, scores),
            rows=score.rows,
            scores=scores,
            more={"origin": self.rule.origin},
        )


def worth(metric: Metric, row: Row) -> float | None:
    """What one item is worth under its metric: what the metric gives it alone; nothing where nothing was to be found or said."""
    if not any(isinstance(part, tuple | str) or part for part in row) and metric.columns[0].endswith("f1"):
        return None
    return min(1.0, max(0.0, float(metric.total([row])[metric.columns[0]])))


def _sure(score: cblue.Score, scores: Mapping[str, float | None]) -> tuple[float, float] | None:
    """Where the number is the mean of its items, as of a mean; else by drawing items anew."""
    groups = [score.groups.get(key, key) for key in score.rows]
    told = [value for value in scores.values() if value is not None]
    value = score.numbers[score.metric.columns[0]]
    if (
        not score.metric.adds
        and len(told) == len(scores)
        and math.isclose(math.fsum(told) / len(told), value, abs_tol=1e-9)
    ):
        found = mean(told, groups if len(set(groups)) < len(groups) else None)
        return None if math.isnan(found.low) else (max(0.0, found.low), min(1.0, found.high))  # as items are
    return resampled.interval(score.metric, list(score.rows.values()), groups)


def _as_given(item: cblue.Item) -> str:
    return str(item.record["prompt"])
