"""An attitude scale as a task of an evaluation: every statement put in several wordings and orders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from medgo_train.evaluate import scales
from medgo_train.evaluate.backends.backend import Ask, Reply
from medgo_train.evaluate.metric import ratio
from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.task import Kind, Result, Sample


@dataclass(frozen=True)
class ScaleTask:
    scale: scales.Scale
    repeats: int = 4
    seed: int = 0
    kind: Kind = "scale"
    profile: str = "medgo"
    metric: str = "sum of points"
    definition: str = (
        "the points of all statements of a subscale, reversed where the scale says so, each the mean over its wordings and "
        "orders; none where more than a fifth was not answered"
    )

    @property
    def name(self) -> str:
        return self.scale.name

    @property
    def about(self) -> str:
        means = f"; higher is {self.scale.higher_means}" if self.scale.higher_means else ""
        return f"attitude scale of {self.scale.points} points, each statement asked {self.repeats} times{means}"

    @cached_property
    def samples(self) -> Sequence[Sample]:
        return [
            Sample(id=one.id, gold={"subscale": one.subscale, "reverse": one.reverse}) for one in self.scale.statements
        ]

    @cached_property
    def _asked(self) -> list[scales.Asking]:
        place = {one.id: number for number, one in enumerate(self.scale.statements)}
        told = scales.askings(self.scale, repeats=self.repeats, seed=self.seed)
        return sorted(told, key=lambda asking: (place[asking.statement], asking.repeat))

    def asks(self) -> Sequence[Ask]:
        """Each is a conversation of its own, so their order means nothing to the model."""
        return [
            Ask(
                task=self.name,
                id=one.statement,
                turn=one.repeat,
                messages=[{"role": "user", "content": one.prompt}],
                draw=one.repeat,
            )
            for one in self._asked
        ]

    def read(self, _ask: Ask, reply: Reply) -> Parsed:
        return scales.point(self.scale, reply.text)

    def result(self, read: Mapping[str, Sequence[Parsed]]) -> Result:
        told = {one.id: read[one.statement][one.repeat] for one in self._asked}
        found = scales.Attitude(scale=self.scale, replies=told, asked=tuple(self._asked), seed=self.seed)
        several = len(found.subscales) > 1
        parts = [*(found.subscales if several else ()), *(() if several else (found.total,))]
        columns = {one.name: one.score.value for one in parts if one.score}
        first = parts[0].score
        values = {one.id: self._points(one, read[one.id]) for one in self.scale.statements}
        more: dict[str, Any] = {"subscales": {one.name: _plain(one) for one in (*found.subscales, found.total)}}
        more |= {"acquiescence": found.acquiescence, "consistency": found.consistency, "refused": found.refused}
        return Result(
            numbers=columns | {"refused": found.refused, "acquiescence": found.acquiescence},
            columns=columns,
            interval=(first.low, first.high) if first else None,
            rows={name: tuple(points) for name, points in values.items()},
            scores={name: self._share(points) for name, points in values.items()},
            more=more,
        )

    def _points(self, statement: scales.Statement, read: Sequence[Parsed]) -> list[int]:
        raw = [one.value for one in read if one.state == "ok"]
        return [self.scale.points + 1 - value if statement.reverse else value for value in raw]

    def _share(self, points: Sequence[int]) -> float | None:
        """Between the lowest point, 0, and the highest, 1."""
        return (ratio(math.fsum(points), len(points)) - 1) / (self.scale.points - 1) if points else None


def _plain(one: scales.Subscale) -> dict[str, Any]:
    score = {"value": one.score.value, "low": one.score.low, "high": one.score.high} if one.score else None
    return {"items": one.items, "lowest": one.lowest, "highest": one.highest, "refused": one.refused, "score": score}
