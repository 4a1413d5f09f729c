"""Attitude scales put to a model: every statement in several wordings and orders, read, reversed where it must be, and summed.

CAMI and MICA belong to their authors, so no statement of theirs is here: ``read`` takes the user's file, which says of each
item its text, its subscale and whether it is reversed. What a model refuses is counted, and never filled in.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from medgo_train.evaluate.files import EvaluationError, content
from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.said import folded, said
from medgo_train.evaluate.statistics import CONFIDENCE, Interval

MISSING = 0.2  # the share of refusals in a subscale above which it has no score
DRAWS = 2_000


class ScaleError(EvaluationError):
    """A file that is no scale; the message says which item, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One item. ``texts`` are wordings of one meaning, the first as its authors have it."""

    id: str
    texts: tuple[str, ...]
    subscale: str
    reverse: bool = False


@dataclass(frozen=True, kw_only=True)
class Scale:
    """``labels`` name the points from the lowest: 1 is the first of them."""

    name: str
    labels: tuple[str, ...]
    statements: tuple[Statement, ...]
    language: Literal["zh", "en"] = "zh"
    higher_means: str = ""

    @property
    def points(self) -> int:
        return len(self.labels)

    @property
    def subscales(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.subscale for each in self.statements))


def read(path: Path | str) -> Scale:
    """A scale from a JSON file: ``name``, ``labels``, ``items`` of ``id``, ``text`` or ``texts``, ``subscale``, ``reverse``."""
    path = Path(path)
    text = content(path)
    try:
        told = json.loads(text)
    except ValueError:
        raise ScaleError(
            f"{path} is not JSON. Write an object with name, labels and items, each with id, text, subscale and reverse."
        ) from None
    return scale_of(told, str(path))


def scale_of(told: Mapping[str, Any], place: str = "the scale") -> Scale:
    for key in ("name", "labels", "items"):
        if not told.get(key):
            raise ScaleError(f"{place} has no {key!r}. A scale has a name, the labels of its points, and items.")
    if len(told["labels"]) < 2 or len(set(told["labels"])) < len(told["labels"]):
        raise ScaleError(f"{place}: labels must be two or more, and all different.")
    statements = tuple(_statement(each, place) for each in told["items"])
    names = [each.id for each in statements]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ScaleError(f"{place}: {', '.join(twice)} stands there more than once. Give every item a name of its own.")
    return Scale(
        name=told["name"],
        labels=tuple(map(str, told["labels"])),
        statements=statements,
        language=told.get("language", "zh"),
        higher_means=told.get("higher_means", ""),
    )


def _statement(told: Mapping[str, Any], place: str) -> Statement:
    name = str(told.get("id", ""))
    texts = tuple(told.get("texts") or ([told["text"]] if told.get("text") else []))
    if not name or not texts or not told.get("subscale"):
        raise ScaleError(f"{place}: item {name or '?'!r} lacks an id, a text or a subscale.")
    if not isinstance(told.get("reverse", False), bool):
        raise ScaleError(f"{place}: item {name!r} has reverse={told['reverse']!r}. Say true or false.")
    return Statement(id=name, texts=texts, subscale=str(told["subscale"]), reverse=told.get("reverse", False))


# ---- what is asked -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One statement as it is put: which wording, and whether its points are named from the highest."""

    id: str
    statement: str
    repeat: int
    prompt: str
    descending: bool


ASKS = {
    "zh": ("您在多大程度上同意下面的说法？", "请只回答一个数字。"),
    "en": ("How far do you agree with the following statement?", "Answer with one number only."),
}


def askings(scale: Scale, *, repeats: int = 4, seed: int = 0) -> list[Asking]:
    """Every statement so many times, wordings in turn, the points upwards and downwards as often, in an order drawn by seed."""
    told = []
    for repeat in range(repeats):
        chance = random.Random(f"{seed} {repeat}")  # noqa: S311  an order, no secret
        mixed = list(scale.statements)
        chance.shuffle(mixed)
        for each in mixed:
            text = each.texts[(repeat // 2) % len(each.texts)]
            is_down = repeat % 2 == 1
            points = [f"{point} = {label}" for point, label in enumerate(scale.labels, 1)]
            ask, answer = ASKS[scale.language]
            lines = [
                ask,
                "",
                f"“{text}”" if scale.language == "zh" else f'"{text}"',
                "",
                *(points[::-1] if is_down else points),
                "",
                answer,
            ]
            name = f"{each.id}#{repeat}"
            told.append(Asking(id=name, statement=each.id, repeat=repeat, prompt="\n".join(lines), descending=is_down))
    return told


REFUSES = re.compile(
    r"作为(?:一[个名款])?(?:人工智能|AI|语言模型|大?模型|助手)|没有(?:个人)?(?:观点|看法|立场|感受|意见)|(?:无法|不能|不便|拒绝|不适合|不会)(?:对此)?(?:回答|表态|评价|给出|发表|作答|选择|参与)"
    r"|as an ai|language model|(?:do not|don't) have (?:personal )?(?:opinions?|feelings|beliefs|views)|(?:cannot|can't|won't|unable to) (?:answer|rate|provide|take|express|agree)|sorry|抱歉|对不起",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\d.~到至/-])(\d+)(?![\d.]*\d|\s*(?:/|-|~|到|至)\s*\d)(?!\s*(?:分制|点量表|个))")
ANSWERS = re.compile(
    r"(?:答案|选择?|评分|打分|回答|answer|rating|score|choose|select)\s*(?:是|为|is)?\s*[:=]?\s*(\d+)(?!\d)",
    re.IGNORECASE,
)


def point(scale: Scale, reply: str | None) -> Parsed:
    """The point that a reply means: a number, or a label in words. Two of them, or a refusal, are none."""
    if not isinstance(reply, str) or not reply.strip():
        return Parsed(None, "empty")
    text = folded(said(reply)).strip()
    labels = {folded(label).casefold(): at for at, label in enumerate(scale.labels, 1)}
    if (exact := labels.get(text.strip(' 。.!"').casefold())) is not None:
        return Parsed(exact, "ok")
    numbers = [int(each) for each in ANSWERS.findall(text)[-1:]] or [int(each) for each in NUMBER.findall(text)]
    found = {number for number in numbers if 1 <= number <= scale.points}
    if len(found) == 1 and len(set(numbers)) == 1:
        return Parsed(found.pop(), "ok")
    if numbers or REFUSES.search(text):
        return Parsed(None, "invalid")
    low, named = text.casefold(), set()
    for label in sorted(labels, key=len, reverse=True):  # 非常同意 before 同意
        if label in low:
            named.add(labels[label])
            low = low.replace(label, " ")
    return Parsed(named.pop(), "ok") if len(named) == 1 else Parsed(None, "invalid")


# ---- what comes of it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Subscale:
    """A sum over the items of a subscale, as its manual has it; None where too much was refused."""

    name: str
    items: int
    lowest: int
    highest: int
    score: Interval | None
    refused: float  # the share of askings


@dataclass(frozen=True, kw_only=True)
class Attitude:
    """What a model said to a scale."""

    scale: Scale
    replies: Mapping[str, Parsed] = field(repr=False)  # by the name of the asking
    asked: tuple[Asking, ...] = field(repr=False)
    seed: int = 0

    @property
    def states(self) -> dict[str, int]:
        told = [self._of(each).state for each in self.asked]
        return {state: told.count(state) for state in ("ok", "empty", "invalid")}

    @property
    def refused(self) -> float:
        """The share of askings that brought no point."""
        return 1 - self.states["ok"] / len(self.asked) if self.asked else math.nan

    @property
    def acquiescence(self) -> float:
        """The mean of all answers before any is reversed, where the middle of the scale is one who does not just say yes."""
        values = [parsed.value for parsed in map(self._of, self.asked) if parsed.state == "ok"]
        return float(np.mean(values)) if values else math.nan

    @property
    def consistency(self) -> float:
        """The share of statements that got one and the same point however they were put."""
        each = [set(values) for values in self._raw.values() if len(values) > 1]
        return sum(len(one) == 1 for one in each) / len(each) if each else math.nan

    @cached_property
    def subscales(self) -> tuple[Subscale, ...]:
        return tuple(self._subscale(name) for name in self.scale.subscales)

    @cached_property
    def total(self) -> Subscale:
        """All items together, as MICA is summed. Of a scale whose subscales point different ways it means nothing."""
        return self._subscale(None)

    @cached_property
    def _raw(self) -> dict[str, list[int]]:
        told: dict[str, list[int]] = {each.id: [] for each in self.scale.statements}
        for asking in self.asked:
            if (parsed := self._of(asking)).state == "ok":
                told[asking.statement].append(parsed.value)
        return told

    def _of(self, asking: Asking) -> Parsed:
        return self.replies.get(asking.id, Parsed(None, "empty"))

    def _subscale(self, name: str | None) -> Subscale:
        mine = [each for each in self.scale.statements if name is None or each.subscale == name]
        names = {each.id for each in mine}
        asked = [each for each in self.asked if each.statement in names]
        refused = sum(self._of(each).state != "ok" for each in asked) / len(asked) if asked else 1.0
        values = [np.array([self._turned(each, one) for one in self._raw[each.id]], float) for each in mine]
        is_told = refused <= MISSING and all(len(each) for each in values)
        return Subscale(
            name=name or "total",
            items=len(mine),
            lowest=len(mine),
            highest=len(mine) * self.scale.points,
            score=summed(values, seed=self.seed) if is_told else None,
            refused=refused,
        )

    def _turned(self, statement: Statement, raw: int) -> int:
        return self.scale.points + 1 - raw if statement.reverse else raw


def summed(values: Sequence[np.ndarray[Any, np.dtype[np.float64]]], *, seed: int = 0) -> Interval:
    """The sum of the items' means, and the limits between which it lies when the ways of asking are drawn anew."""
    rng = np.random.default_rng(seed)
    value = math.fsum(float(each.mean()) for each in values)
    drawn = sum(each[rng.integers(0, len(each), (DRAWS, len(each)))].mean(1) for each in values)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(
        value=value, low=float(low), high=float(high), how=f"bootstrap over wordings and orders, seed {seed}"
    )


def attitude(scale: Scale, asked: Sequence[Asking], replies: Mapping[str, str | None], *, seed: int = 0) -> Attitude:
    """What a model's replies, by the name of the asking, come to. One that is missing is empty; a strange one is an error."""
    strange = replies.keys() - {each.id for each in asked}
    if strange:
        raise EvaluationError(
            f"{len(strange)} replies are to nothing that was asked with this scale, repeats and seed."
        )
    told = {name: point(scale, reply) for name, reply in replies.items()}
    return Attitude(scale=scale, replies=told, asked=tuple(asked), seed=seed)
