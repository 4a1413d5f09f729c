"""Two evaluations side by side: on which tasks the difference is real, how large it is, and what could not have been seen.

Tasks are compared where both asked the same items of the same file under the same rules. A number that is the mean of its
items is tested item by item, any other by exchanging whole answers and taking the number again. All p together are raised
as Holm says, so that of many tasks that do not differ, one in twenty times one seems to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from medgo_train.evaluate import resampled, statistics
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.metric import Metric
from medgo_train.evaluate.run import EVALUATION, plain, read, rows
from medgo_train.evaluate.statistics import Difference, Interval
from medgo_train.evaluate.told import columns

Told = Mapping[str, Any]
ALIKE = {  # what must be the same for two scores to be held against each other, and how it is called
    "kind": "kinds",
    "sha256": "files",
    "profile": "rules",
    "metric": "metrics",
    "items": "numbers of items",
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """``a`` less ``b``, task by task; ``left_out`` says of each other task why it is not there."""

    a: str
    b: str
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...]
    alpha: float


def compare(one: Path, other: Path, *, alpha: float = 0.05, seed: int = 0) -> Comparison:
    return comparisons([one, other], alpha=alpha, seed=seed)[0]


def comparisons(folders: Sequence[Path], *, alpha: float = 0.05, seed: int = 0) -> list[Comparison]:
    """The first beside each other one. p is raised over all tasks of all of them, for they are looked at together."""
    first, *others = folders
    if not others:
        raise EvaluationError(f"{first} stands alone. Name two evaluations or more.")
    found = [_alone(first, other, alpha, seed) for other in others]
    if not any(each.differences for each in found):
        why = " ".join(line for each in found for line in each.left_out)
        raise EvaluationError(f"{first} and {', '.join(map(str, others))} have no task in common. {why}")
    raised = iter(statistics.together([one for each in found for one in each.differences], alpha=alpha))
    return [replace(each, differences=tuple(next(raised) for _ in each.differences)) for each in found]


def _alone(one: Path, other: Path, alpha: float, seed: int) -> Comparison:
    a, b = read(one / EVALUATION), read(other / EVALUATION)
    of_a, of_b = ({task["name"]: task for task in told["tasks"]} for told in (a, b))
    names = _apart(_name(a, one), _name(b, other), one, other)
    differences, left_out = [], []
    for name in dict.fromkeys([*of_a, *of_b]):
        if why := _unlike(of_a.get(name), of_b.get(name)):
            left_out.append(f"{name} is not compared: {why}.")
            continue
        found = _difference(of_a[name], of_b[name], rows(one, of_a[name]), rows(other, of_b[name]), alpha, seed)
        if found is None:
            left_out.append(f"{name} is not compared: the items of the two are not the same, or none was scored.")
        else:
            differences.append(found)
    return Comparison(a=names[0], b=names[1], differences=tuple(differences), left_out=tuple(left_out), alpha=alpha)


def _name(told: Told, folder: Path) -> str:
    return str(told["name"] or folder.name)


def _apart(a: str, b: str, one: Path, other: Path) -> tuple[str, str]:
    """Two names that tell them apart."""
    if a != b:
        return a, b
    return (one.name, other.name) if one.name != other.name else (f"{a} (first)", f"{b} (second)")


def _unlike(a: Told | None, b: Told | None) -> str:
    if a is None or b is None:
        return "only one of the two was scored on it"
    return " and ".join(f"their {what} are not the same" for key, what in ALIKE.items() if a[key] != b[key])


def _difference(  # noqa: PLR0913, PLR0917  two tasks, their items, and how sure one wants to be
    a: Told, b: Told, rows_a: Sequence[Told], rows_b: Sequence[Told], alpha: float, seed: int
) -> Difference | None:
    if [row["id"] for row in rows_a] != [row["id"] for row in rows_b]:
        return None
    metric = _metric(a)
    if metric and (metric.adds or not (_is_mean(a, rows_a) and _is_mean(b, rows_b))):
        return _of_totals(a, b, rows_a, rows_b, metric, alpha, seed)
    both = [(one, other) for one, other in zip(rows_a, rows_b, strict=True) if _scored(one) and _scored(other)]
    if not both:
        return None
    groups = {one["id"]: one["group"] for one, _ in both if one["group"] is not None}
    one, other = ({row["id"]: float(row["score"]) for row in some} for some in zip(*both, strict=True))
    return statistics.difference(a["name"], one, other, groups or None, alpha=alpha, seed=seed)


def _scored(row: Told) -> bool:
    return row["score"] is not None


def _metric(task: Told) -> Metric | None:
    from medgo_train.evaluate.cblue.tasks import TASKS

    return TASKS[task["name"]].profile(task["profile"]).metric if task["kind"] == "cblue" else None


def _is_mean(task: Told, of: Sequence[Told]) -> bool:
    """Whether the number of a task is the mean of what its items are worth."""
    scores = [row["score"] for row in of]
    value = next(iter(task["columns"].values()), None)
    return (
        None not in scores and value is not None and math.isclose(math.fsum(scores) / len(scores), value, abs_tol=1e-9)
    )


def _of_totals(  # noqa: PLR0913, PLR0917  the same, and the metric that adds them up
    a: Told, b: Told, rows_a: Sequence[Told], rows_b: Sequence[Told], metric: Metric, alpha: float, seed: int
) -> Difference | None:
    pairs = [
        (x, y) for x, y in zip(rows_a, rows_b, strict=True) if x["numbers"] is not None and y["numbers"] is not None
    ]
    if not pairs:
        return None
    groups = [x["group"] or (x["id"],) for x, _ in pairs]
    one, other = ([_tuple(row["numbers"]) for row in some] for some in zip(*pairs, strict=True))
    found = resampled.apart(metric, one, other, groups, confidence=1 - alpha, seed=seed)
    ahead = [(x["score"] or 0) - (y["score"] or 0) for x, y in pairs]
    return Difference(
        task=a["name"],
        items=len(pairs),
        a=_interval(a),
        b=_interval(b),
        only_a=sum(each > 0 for each in ahead),
        only_b=sum(each < 0 for each in ahead),
        difference=found.difference,
        p=found.p,
        test=f"permutation of {resampled.DRAWS} over the whole {metric.name}, seed {seed}",
        p_exact=None,
        p_holm=found.p,
        real=found.p <= alpha,
        detectable=statistics.detectable(found.error, alpha=alpha),
    )


def _interval(task: Told) -> Interval:
    low, high = task["interval"] or (math.nan, math.nan)
    return Interval(value=next(iter(task["columns"].values())), low=low, high=high, how="bootstrap")


def _tuple(told: Any) -> Any:
    return tuple(_tuple(one) for one in told) if isinstance(told, list) else told


def as_json(told: Sequence[Comparison]) -> str:
    return json.dumps(plain([asdict(one) for one in told]), ensure_ascii=False, indent=1)


# ---- in words --------------------------------------------------------------------------------------------------------


def sentences(told: Comparison) -> list[str]:
    """What may be believed, a sentence a task; first the differences that are real."""
    every = sorted(told.differences, key=lambda one: (not one.real, one.p_holm))
    real = sum(one.real for one in every)
    head = f"{told.a} and {told.b} were compared on {_many(len(every), 'task')}; {_many(real, 'difference')} {'is' if real == 1 else 'are'} real."
    return [head, *(_sentence(told, one) for one in every), *told.left_out]


def _sentence(told: Comparison, one: Difference) -> str:
    values = f"{_number(one.a.value)} against {_number(one.b.value)}"
    sure = f"the difference is {_signed(one.difference.value)} ({1 - told.alpha:.0%}: {_signed(one.difference.low)} to {_signed(one.difference.high)})"
    if one.real:
        higher, lower = (told.a, told.b) if one.difference.value > 0 else (told.b, told.a)
        return f"{one.task}: {higher} scores higher than {lower}, {values}; {sure}, p {_chance(one.p_holm)} over all tasks."
    if not one.only_a and not one.only_b:
        return f"{one.task}: both got the same on every one of {_many(one.items, 'item')}, {_number(one.a.value)}."
    seen = (
        f"{_many(one.items, 'item')} show a true difference of {_number(one.detectable)} or more four times of five"
        if math.isfinite(one.detectable)
        else f"{_many(one.items, 'item')} are too few to show any"
    )
    return f"{one.task}: no difference is shown, {values}; {sure}, p {_chance(one.p_holm)} over all tasks; {seen}."


def table(told: Comparison) -> str:
    heads = [
        "task",
        "items",
        told.a,
        told.b,
        "difference",
        f"{1 - told.alpha:.0%}",
        "p",
        "p (Holm)",
        "real",
        "could show",
        "test",
    ]
    lines = [
        [
            one.task,
            f"{one.items:,}",
            _number(one.a.value),
            _number(one.b.value),
            _signed(one.difference.value),
            f"{_signed(one.difference.low)} to {_signed(one.difference.high)}",
            _chance(one.p),
            _chance(one.p_holm),
            "yes" if one.real else "no",
            _number(one.detectable) if math.isfinite(one.detectable) else "–",
            one.test,
        ]
        for one in told.differences
    ]
    return columns(heads, lines)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _number(value: float) -> str:
    return f"{value:.4f}"


def _signed(value: float) -> str:
    return "?" if math.isnan(value) else f"{value:+.4f}"


def _chance(p: float) -> str:
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"
