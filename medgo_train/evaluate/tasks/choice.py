"""An exam as a task of an evaluation: in one order of its options or in all, answered in words or by the likeliest letter."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from medgo_train.evaluate import choice
from medgo_train.evaluate.backends.backend import Ask, Reply
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.task import Kind, Result, Sample

By = Literal["words", "letters"]
Orders = Literal["one", "all"]
RULES: dict[choice.Profile, str] = {
    "medgo": "the share of questions whose right options were named, all of them and no other",
    "cmb": "the share of questions in whose reply CMB's own pattern finds exactly the letters of the key",
}


@dataclass(frozen=True)
class ChoiceTask:
    exam: choice.Exam
    found: choice.Items
    profile: choice.Profile = "medgo"
    by: By = "words"
    orders: Orders = "one"
    kind: Kind = "choice"
    metric: str = "accuracy"

    def __post_init__(self) -> None:
        if not self.found.items:
            raise EvaluationError(
                f"the exam {self.exam.name!r} has no question among {len(self.found.refused)} rows"
                f"{_reasons(self.found.refused)}. Say in its record which columns hold what."
            )
        if self.profile == "cmb" and (self.by == "letters" or self.orders == "all"):
            raise EvaluationError(
                "CMB asks every question in words and in one order. Leave out --by and --orders, or score as medgo."
            )

    @property
    def name(self) -> str:
        return self.exam.name

    @property
    def about(self) -> str:
        most = max(len(item.options) for item in self.found.items)
        several = any(item.multiple for item in self.found.items)
        return f"multiple choice, up to {most} options, {'one or several' if several else 'one'} right"

    @property
    def definition(self) -> str:
        told = RULES[self.profile]
        return f"{told}; over all cyclic orders of the options" if self.orders == "all" else told

    @cached_property
    def samples(self) -> Sequence[Sample]:
        return [Sample(id=item.id, group=item.group, gold=item.answer) for item in self.found.items]

    @cached_property
    def _items(self) -> dict[str, choice.Item]:
        return {item.id: item for item in self.found.items}

    def asks(self) -> Sequence[Ask]:
        return [
            Ask(task=self.name, id=item.id, turn=turn, messages=self._messages(item, turn), letters=self._letters(item))
            for item in self.found.items
            for turn in range(len(choice.orders(item)) if self.orders == "all" else 1)
        ]

    def _messages(self, item: choice.Item, turn: int) -> list[dict[str, str]]:
        return [{"role": "user", "content": choice.prompt(item, turn, letter=bool(self._letters(item)))}]

    def _letters(self, item: choice.Item) -> str:
        """Where several may be right, no one letter is the answer, and words are asked for."""
        return item.labels if self.by == "letters" and not item.multiple else ""

    def read(self, ask: Ask, reply: Reply) -> Parsed:
        item = self._items[ask.id]
        told = choice.Reply(
            id=ask.id, turn=ask.turn, text=reply.text, logprobs=reply.logprobs if self._letters(item) else None
        )
        return choice.understood(item, told, self.profile).parsed

    def result(self, read: Mapping[str, Sequence[Parsed]]) -> Result:
        answered = tuple(
            choice.Answered(item=item, turn=turn, parsed=parsed)
            for item in self.found.items
            for turn, parsed in enumerate(read[item.id])
        )
        scores = choice.Scores(answered=answered, profile=self.profile)
        accuracy = scores.accuracy
        numbers = {"accuracy": accuracy.value}
        if self.orders == "all":
            numbers |= {"always_right": scores.always_right, "consistency": scores.consistency}
        numbers["position_bias"] = scores.position_bias
        return Result(
            numbers=numbers,
            columns={"accuracy": accuracy.value},
            interval=None if math.isnan(accuracy.low) else (max(0.0, accuracy.low), min(1.0, accuracy.high)),
            rows={name: (value,) for name, value in scores.per_item.items()},
            scores=scores.per_item,
            more=self._more(scores) | {"interval": accuracy.how},
        )

    def _more(self, scores: choice.Scores) -> dict[str, Any]:
        return {
            "by": self.by,
            "orders": self.orders,
            "positions": {
                letter: {"right": each.right, "chosen": each.chosen, "found": each.found}
                for letter, each in scores.positions.items()
            },
            "categories": {" / ".join(path): value for path, value in scores.categories.items()},
            "not_questions": dict(Counter(reason for _, reason in self.found.refused)),
        }


def _reasons(refused: Sequence[tuple[str, str]]) -> str:
    counted = Counter(reason for _, reason in refused)
    return f" ({', '.join(f'{reason} {many}' for reason, many in counted.items())})" if counted else ""
