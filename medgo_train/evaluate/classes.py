"""Accuracy and F1 over classes; an answer that names no class is wrong, and is no class of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from medgo_train.evaluate.metric import Metric, Numbers, Row, harmonic, ratio


def _each(gold: Any, said: Any) -> Row:
    return gold, said


def _each_of_many(gold: Sequence[Row], said: Sequence[Row] | None) -> Row:
    answers: dict[Any, Any] = dict(said or ())
    return tuple((label, answers.get(place)) for place, label in gold)


def _accuracy(rows: Sequence[Row]) -> Numbers:
    return {"accuracy": ratio(sum(gold == said for gold, said in rows), len(rows))}


def averaged(pairs: Iterable[Row], how: Literal["macro", "weighted"], *, unread: bool) -> Numbers:
    """Precision, recall and F1, averaged over the classes that were meant or said.

    ``unread``: whether an answer that names no class makes a class of its own, which scores 0.
    """
    seen = Counter(pairs)
    meant: Counter[Any] = Counter()
    said: Counter[Any] = Counter()
    for (gold, answer), count in seen.items():
        meant[gold] += count
        said[answer] += count
    classes = [one for one in meant.keys() | said.keys() if unread or one is not None]
    weights = [meant[one] if how == "weighted" else 1 for one in classes]
    total = sum(weights)
    found: Numbers = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    for one, weight in zip(classes, weights, strict=True):
        precision, recall = ratio(seen[one, one], said[one]), ratio(seen[one, one], meant[one])
        for key, value in zip(found, (precision, recall, harmonic(precision, recall)), strict=True):
            found[key] += ratio(weight * value, total)
    return found


def _by_class(rows: Sequence[Row]) -> Numbers:
    pairs = [pair for row in rows for pair in row]
    numbers = averaged(pairs, "macro", unread=False)
    for one in sorted({gold for gold, _ in pairs}):
        right = sum(gold == said == one for gold, said in pairs)
        precision = ratio(right, sum(said == one for _, said in pairs))
        numbers[f"f1[{one}]"] = harmonic(precision, ratio(right, sum(gold == one for gold, _ in pairs)))
    return numbers


ACCURACY = Metric(
    name="accuracy",
    definition="right answers over all samples",
    each=_each,
    total=_accuracy,
    columns=("accuracy",),
)
MACRO = Metric(
    name="macro F1",
    definition="the mean F1 of all classes that were meant or said; an answer that names none is wrong, and no class",
    each=_each,
    total=lambda rows: averaged(rows, "macro", unread=False),
    columns=("f1",),
)
MACRO_UNREAD = Metric(
    name="macro F1, sklearn",
    definition="the mean F1 of all strings that were meant or said, whatever they are",
    each=_each,
    total=lambda rows: averaged(rows, "macro", unread=True),
    columns=("f1",),
)
WEIGHTED = Metric(
    name="weighted F1, sklearn",
    definition="the F1 of all strings that were meant or said, weighted by how often each was meant",
    each=_each,
    total=lambda rows: averaged(rows, "weighted", unread=True),
    columns=("f1",),
)
MACRO_OF_FINDINGS = Metric(
    name="macro F1 of findings",
    definition="the mean F1 of the classes that were meant or said, over the findings of all samples",
    each=_each_of_many,
    total=_by_class,
    columns=("f1",),
)
