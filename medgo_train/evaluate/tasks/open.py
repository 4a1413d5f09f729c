"""Questions with open answers, as a task of an evaluation: wording against references, variety, and the entities that are named.

Characters are tokens, so that no word segmenter decides a score. Of several references the one that is nearest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from medgo_train.evaluate.backends.backend import Ask, Message, Reply
from medgo_train.evaluate.bleu import ORDERS, bleu, distinct, matched
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.metric import Numbers, Row, mean, sums
from medgo_train.evaluate.parsed import EMPTY, INVALID, Parsed, runs_in_circles, spoken
from medgo_train.evaluate.rouge import rouge
from medgo_train.evaluate.sets import counted, prf
from medgo_train.evaluate.statistics import mean as mean_of
from medgo_train.evaluate.task import Kind, Result, Sample


@dataclass(frozen=True, kw_only=True)
class Open:
    """Where the rows of a file of open questions have what."""

    name: str
    question: str = "question"  # a text, or messages
    references: str = "answer"  # a text, or several
    entities: str | None = None  # what must be named; else what of the lexicon the reference names
    id: str | None = None  # without it, rows are numbered
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    id: str
    messages: tuple[Message, ...]
    references: tuple[str, ...]
    entities: frozenset[str] | None = None
    group: str | None = None


def questions(record: Open, rows: Iterable[Mapping[str, Any]]) -> tuple[list[Question], dict[str, int]]:
    """The questions of a file, and how many rows are none, by reason."""
    found: dict[str, Question] = {}
    refused: dict[str, int] = {}
    for number, row in enumerate(rows):
        name = str(number if record.id is None else row.get(record.id, number))
        messages, references = _messages(row.get(record.question)), _texts(row.get(record.references))
        reason = "no_question" if not messages else "no_reference" if not references else ""
        if reason:
            refused[reason] = refused.get(reason, 0) + 1
            continue
        if name in found:
            raise EvaluationError(f"{record.name} has two questions of the id {name!r}. Give each an id of its own.")
        named = row.get(record.entities) if record.entities else None
        group = row.get(record.group) if record.group else None
        found[name] = Question(
            id=name,
            messages=messages,
            references=references,
            entities=None if named is None else frozenset(_texts(named)),
            group=None if group is None else str(group),
        )
    return list(found.values()), refused


def _messages(told: Any) -> tuple[Message, ...]:
    if isinstance(told, str) and told.strip():
        return ({"role": "user", "content": told.strip()},)
    if not isinstance(told, list) or not all(isinstance(one, dict) and one.get("content") for one in told):
        return ()
    asked = [{"role": one.get("role", "user"), "content": str(one["content"])} for one in told]
    while asked and asked[-1]["role"] == "assistant":
        asked.pop()
    return tuple(asked)


def _texts(told: Any) -> tuple[str, ...]:
    several = told if isinstance(told, list | tuple) else [told]
    return tuple(text for one in several if isinstance(one, str) and (text := one.strip()))


@dataclass(frozen=True)
class OpenTask:
    record: Open
    asked: tuple[Question, ...]
    refused: Mapping[str, int]
    lexicon: Mapping[str, str] | None = None  # words, and the entity that each stands for
    kind: Kind = "open"
    profile: str = "medgo"
    metric: str = "ROUGE-L"
    definition: str = (
        "the mean F1 of the longest common subsequence of characters (Lin 2004) with the nearest reference; beside it corpus "
        "BLEU-1 to -4 and ROUGE-1 and -2 over characters, Distinct-1 and -2 over all replies, and micro F1 of entities"
    )

    def __post_init__(self) -> None:
        if not self.asked:
            raise EvaluationError(
                f"{self.name} has no question with a reference. Say in its record which columns hold what."
            )

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def about(self) -> str:
        return "open answers, beside references"

    @cached_property
    def samples(self) -> Sequence[Sample]:
        return [Sample(id=one.id, group=one.group, gold=list(one.references)) for one in self.asked]

    def asks(self) -> Sequence[Ask]:
        return [Ask(task=self.name, id=one.id, messages=one.messages) for one in self.asked]

    def read(self, _ask: Ask, reply: Reply) -> Parsed:
        """What was said in the end; what runs in circles is no answer."""
        text = spoken(reply.text)
        return EMPTY if not text else INVALID if runs_in_circles(text) else Parsed(text, "ok")

    def result(self, read: Mapping[str, Sequence[Parsed]]) -> Result:
        said = {one.id: read[one.id][0].value or "" for one in self.asked}
        rows = {one.id: self._row(one, said[one.id]) for one in self.asked}
        numbers = _numbers(list(rows.values()), named=self._names_entities)
        numbers |= {f"distinct{order}": distinct([_letters(text) for text in said.values()], order) for order in (1, 2)}
        scores = {name: row[2] for name, row in rows.items()}
        groups = [one.group or (one.id,) for one in self.asked] if any(one.group for one in self.asked) else None
        sure = mean_of(list(scores.values()), groups)
        return Result(
            numbers=numbers,
            columns={"rougeL": numbers["rougeL"]},
            interval=(max(0.0, sure.low), min(1.0, sure.high)) if sure.low <= sure.high else None,
            rows=rows,
            scores=scores,
            more={"not_questions": dict(self.refused), "interval": sure.how},
        )

    @property
    def _names_entities(self) -> bool:
        return bool(self.lexicon) or any(one.entities is not None for one in self.asked)

    def _row(self, one: Question, text: str) -> Row:
        letters = _letters(text)
        each = [(rouge(_letters(reference), letters), reference) for reference in one.references]
        best, nearest = max(each, key=lambda pair: pair[0][2])
        return *best, *matched(_letters(nearest), letters), *counted(*self._named(one, nearest, text))

    def _named(self, one: Question, reference: str, text: str) -> tuple[frozenset[str], frozenset[str]]:
        words = self.lexicon or {word: word for word in one.entities or ()}
        meant = one.entities if one.entities is not None else {words[word] for word in words if word in reference}
        return frozenset(meant), frozenset(entity for word, entity in words.items() if word in text)


def _letters(text: str) -> str:
    return "".join(text.split())


def _numbers(rows: Sequence[Row], *, named: bool) -> Numbers:
    summed = sums(rows)
    parts = summed[3 : 3 + 2 * ORDERS + 2]
    numbers = {f"rouge{name}": mean(rows, column) for column, name in enumerate("12L")}
    numbers |= {f"bleu{order}": bleu(parts, order) for order in range(1, ORDERS + 1)}
    return numbers | ({"entity_f1": prf(*summed[-3:])["f1"]} if named else {})
