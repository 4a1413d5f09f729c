"""How far a judge that is a model says the same as people do: how often, beyond chance, and in which order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.statistics import CONFIDENCE, Interval, wilson

DRAWS = 2_000


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far a judge and people say the same of the same cases. ``kappa`` is None where both always say one thing."""

    items: int
    same: Interval
    kappa: Interval | None
    table: dict[str, int]  # what people said, then what the judge said: a>tie


def agreement(judge: Mapping[str, str], people: Mapping[str, str], *, seed: int = 0) -> Agreement:
    """Of the cases on which both have a verdict; chance is set aside as Cohen does, between limits of a bootstrap over cases."""
    ids = sorted(judge.keys() & people.keys())
    if not ids:
        raise EvaluationError("the judge and people have no case in common. Give verdicts by the ids of the cases.")
    labels = sorted({judge[key] for key in ids} | {people[key] for key in ids})
    codes = np.array([[labels.index(people[key]), labels.index(judge[key])] for key in ids])
    right = int((codes[:, 0] == codes[:, 1]).sum())
    low, high = wilson(right, len(ids))
    value = _kappa(codes, len(labels))
    drawn = np.random.default_rng(seed).integers(0, len(ids), (DRAWS, len(ids)))
    told = np.array([_kappa(codes[some], len(labels)) for some in drawn]) if not math.isnan(value) else np.zeros(0)
    told = told[~np.isnan(told)]
    limits = np.quantile(told, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]) if len(told) else (math.nan, math.nan)
    kappa = Interval(value=value, low=float(limits[0]), high=float(limits[1]), how=f"bootstrap of {DRAWS}, seed {seed}")
    return Agreement(
        items=len(ids),
        same=Interval(value=right / len(ids), low=low, high=high, how="Wilson"),
        kappa=None if math.isnan(value) else kappa,
        table=dict(sorted(Counter(f"{people[key]}>{judge[key]}" for key in ids).items())),
    )


def _kappa(codes: np.ndarray[Any, np.dtype[np.int64]], many: int) -> float:
    counts = np.zeros((many, many))
    np.add.at(counts, (codes[:, 0], codes[:, 1]), 1)
    counts /= counts.sum()
    chance = float((counts.sum(0) * counts.sum(1)).sum())
    return math.nan if chance >= 1 - 1e-12 else (float(np.trace(counts)) - chance) / (1 - chance)


def rank_correlation(judge: Mapping[str, float], people: Mapping[str, float]) -> float:
    """Spearman's, of marks for the same answers; NaN where one of the two always gives the same."""
    ids = sorted(judge.keys() & people.keys())
    one, other = (_ranks(np.array([told[key] for key in ids], float)) for told in (judge, people))
    if len(ids) < 2 or not (one.std() > 0 and other.std() > 0):
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def _ranks(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    _, which, times = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(times) - (times - 1) / 2)[which], np.float64)
