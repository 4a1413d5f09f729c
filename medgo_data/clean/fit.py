"""Learn from examples which texts are worth keeping, and test it on files that were not learned from."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from medgo_data.clean.grams import BITS, GRAMS, listed
from medgo_data.clean.quality import FitError, Model, logistic
from medgo_data.native import compiled

log = logging.getLogger("medgo_data.quality")

ROUNDS = 8  # over all examples
STEP = 0.2  # AdaGrad's
SHRINK = 1e-4  # a weight loses this share of a step each time it is met, so what says little counts little
MEAN, SHARE = 10.0, 15.0  # what the mean weight is times, and the repeated share, so that steps are of use
FOLDS = 5
LONGEST = 4000  # characters of a text that are learned from
MOST = 100_000  # texts of each side that are learned from
LOST = 0.01  # of the good texts at the threshold that is advised


class Fitted(NamedTuple):
    """A model, and how it did on texts of files that it had not seen."""

    model: Model
    tested: pl.DataFrame  # origin, good, quality


def examples(origin: str, texts: Iterable[str], *, good: bool) -> pl.DataFrame:
    """Texts to learn from, of one file or one source."""
    told = pl.DataFrame({"text": pl.Series([*texts], dtype=pl.String).str.slice(0, LONGEST)})
    return told.filter(pl.col("text").str.strip_chars() != "").with_columns(origin=pl.lit(origin), good=pl.lit(good))


def drawn(frames: Iterable[pl.DataFrame], seed: int) -> pl.DataFrame:
    """At most ``MOST`` texts of each side, each once, by lot: the same ones in whatever order they come."""
    import xxhash

    def lots(texts: pl.Series) -> pl.Series:
        return pl.Series(
            "lot", [xxhash.xxh3_64_intdigest(t, seed=seed) for t in texts.cast(pl.Binary)], dtype=pl.UInt64
        )

    kept = pl.DataFrame(schema={"text": pl.String, "origin": pl.String, "good": pl.Boolean, "lot": pl.UInt64})
    for frame in frames:
        more = frame.with_columns(lots(frame["text"]))
        kept = pl.concat([kept, more.select(kept.columns)])
        if kept.height > 3 * MOST:
            kept = _fewest(kept)
    return _fewest(kept).drop("lot")


def _fewest(told: pl.DataFrame) -> pl.DataFrame:
    once = told.sort("lot", "origin").unique(["text", "good"], keep="first", maintain_order=True)
    return once.filter(pl.int_range(pl.len()).over("good") < MOST)


def fit(told: pl.DataFrame, *, fold: Any = None, seed: int = 1) -> Fitted:
    """A model of these texts; ``tested`` is what models of the other folds made of each. A fold is some of the origins."""
    origins = [told.filter(pl.col("good") == good)["origin"].unique().sort() for good in (True, False)]
    for side, names in zip(("good", "bad"), origins, strict=True):
        if len(names) < 2:
            has = (
                f"all {told.filter(pl.col('good') == (side == 'good')).height} are of {names[0]}"
                if len(names)
                else "there is none"
            )
            raise FitError(
                f"{side} texts: {has}. Give at least two files of each kind: what is learned from one is tested on another."
            )
    bags = _bags(told)
    weight = _evenly(told)
    good = told["good"].to_numpy()
    fold = _folds(told, min(FOLDS, *map(len, origins)), seed) if fold is None else fold
    margin = np.zeros(told.height)
    for k in range(fold.max() + 1):
        learner = _learned(bags, good, weight, np.flatnonzero(fold != k), seed)
        out = np.flatnonzero(fold == k)
        margin[out] = _margins(bags, _rounded(learner), out)
        log.info("tested on %d of %d: AUC %.3f", k + 1, fold.max() + 1, auc(margin[out], good[out]))
    slope, shift = _calibrated(margin, good, weight)
    whole = _rounded(_learned(bags, good, weight, np.arange(told.height), seed))
    numbers = whole.numbers * [slope, slope * SHARE, slope] + [0, 0, shift]
    tested = told.select("origin", "good").with_columns(quality=pl.Series(logistic(margin * slope + shift)))
    return Fitted(Model(whole.weights, numbers), tested)


def auc(margin: Any, good: Any) -> float:
    """How often a good text stands above a bad one."""
    rank = pl.Series(margin).rank("average").to_numpy()
    yes = int(good.sum())
    no = len(good) - yes
    return float((rank[good].sum() - yes * (yes + 1) / 2) / (yes * no)) if yes and no else float("nan")


def by_origin(tested: pl.DataFrame) -> pl.DataFrame:
    """The AUC of each origin against all texts of the other side, the worst first."""
    rows = []
    for (good, origin), mine in tested.partition_by("good", "origin", as_dict=True).items():
        both = pl.concat([mine, tested.filter(pl.col("good") != good)])
        rows.append(
            (origin, "good" if good else "bad", mine.height, auc(both["quality"].to_numpy(), both["good"].to_numpy()))
        )
    return pl.DataFrame(rows, schema=["file", "side", "texts", "auc"], orient="row").sort("auc", "file")


def thresholds(tested: pl.DataFrame) -> pl.DataFrame:
    """For each threshold: which share of the good texts it keeps, and of the bad ones drops; the better, the nearer to 1."""
    good, bad = (tested.filter(pl.col("good") == side)["quality"] for side in (True, False))
    steps = [k / 20 for k in range(1, 20)]
    return pl.DataFrame(
        {
            "at_least": steps,
            "good_kept": [float((good >= s).mean()) for s in steps],  # type: ignore[arg-type]
            "bad_dropped": [float((bad < s).mean()) for s in steps],  # type: ignore[arg-type]
        }
    )


def advice(tested: pl.DataFrame) -> float:
    """The highest threshold, in twentieths, that keeps 99 % of the good texts; at least 0.05."""
    table = thresholds(tested).filter(pl.col("good_kept") >= 1 - LOST)
    return float(table["at_least"].max() or 0.05)  # type: ignore[arg-type]


# ---- learning ------------------------------------------------------------------------------------------------------


class Bags(NamedTuple):
    """Of each text, from ``starts[row]`` on: the numbers of its grams, once each, and which share of it they are."""

    grams: Any
    shares: Any
    starts: Any
    again: Any  # which share of its characters end a repetition, times SHARE


class Learner(NamedTuple):
    weights: Any  # float64
    numbers: Any  # as in Model


def _bags(told: pl.DataFrame) -> Bags:
    parts = [*_some_bags(told["text"])]
    starts = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(p.starts) for p in parts]))])
    grams, shares, again = (np.concatenate([getattr(p, name) for p in parts]) for name in ("grams", "shares", "again"))
    return Bags(grams, shares, starts, again)


def _some_bags(text: pl.Series) -> Iterator[Bags]:
    for start in range(0, len(text), 5000):
        numbers, chars, again = listed(text[start : start + 5000])
        shares = np.zeros(len(numbers), np.float32)
        starts = np.zeros(len(chars) + 1, np.int64)
        seen = np.zeros(1 << BITS, np.int32)
        used = compiled(_gather)(numbers, chars * GRAMS, seen, shares, starts)
        yield Bags(numbers[:used].copy(), shares[:used].copy(), starts, SHARE * again / chars.clip(1))


def _gather(numbers: Any, sizes: Any, seen: Any, shares: Any, starts: Any) -> int:
    """Each gram of a text once, in the place where all of them stood; there are never more."""
    read = 0
    kept = 0
    for row in range(len(sizes)):
        for k in range(read, read + sizes[row]):
            seen[numbers[k]] += 1
        for k in range(read, read + sizes[row]):
            gram = numbers[k]
            if seen[gram]:
                numbers[kept] = gram
                shares[kept] = seen[gram] / sizes[row]
                seen[gram] = 0
                kept += 1
        read += sizes[row]
        starts[row + 1] = kept
    return kept


def _evenly(told: pl.DataFrame) -> Any:
    """Both sides weigh the same, and an origin as much as the root of its number of texts: no large file outweighs all others."""
    rooted = told.select("good", root=1 / pl.len().over("good", "origin").sqrt())
    return rooted.select(pl.col("root") / pl.col("root").sum().over("good") * told.height / 2).to_series().to_numpy()


def _folds(told: pl.DataFrame, folds: int, seed: int) -> Any:
    """All texts of an origin lie in one fold. Origins are dealt in the order of their names, so a folder is in every fold."""
    dealt = told.select("good", "origin").unique().sort("good", "origin")
    dealt = dealt.with_columns(fold=(pl.int_range(pl.len()).over("good") + seed) % folds)
    return told.join(dealt, on=["good", "origin"], how="left", maintain_order="left")["fold"].to_numpy()


def _learned(bags: Bags, good: Any, weight: Any, rows: Any, seed: int) -> Learner:
    dice = np.random.default_rng(seed)
    weights, numbers = np.zeros(1 << BITS), np.array([MEAN, 0.0, 0.0])
    squares = np.full((1 << BITS) + 2, 1e-8)
    for _ in range(ROUNDS):
        compiled(_learn)(
            *bags, good.astype(np.float64), weight, dice.permutation(rows), weights, numbers, squares, STEP, SHRINK
        )
    return Learner(weights, numbers)


def _learn(  # noqa: PLR0913, PLR0917  flat arguments are what a kernel has
    grams: Any, shares: Any, starts: Any, again: Any, good: Any, weight: Any, order: Any, weights: Any, numbers: Any,
    squares: Any, step: float, shrink: float,
) -> None:  # fmt: skip
    """Logistic regression by AdaGrad, a text at a time."""
    for row in order:
        margin = numbers[2] + numbers[1] * again[row]
        for k in range(starts[row], starts[row + 1]):
            margin += numbers[0] * weights[grams[k]] * shares[k]
        slope = (1 / (1 + np.exp(-margin)) - good[row]) * weight[row]
        for k in range(starts[row], starts[row + 1]):
            gram = grams[k]
            pull = slope * numbers[0] * shares[k]
            squares[gram] += pull * pull
            weights[gram] -= step * (pull / np.sqrt(squares[gram]) + shrink * weights[gram])
        squares[-2] += (slope * again[row]) ** 2
        numbers[1] -= step * slope * again[row] / np.sqrt(squares[-2])
        squares[-1] += slope * slope
        numbers[2] -= step * slope / np.sqrt(squares[-1])


def _rounded(learner: Learner) -> Model:
    """Weights in steps of a 127th of the heaviest, a thousandth of them being cut to that."""
    heaviest = max(float(np.quantile(np.abs(learner.weights), 0.999)), 1e-9)
    steps = np.rint(learner.weights.clip(-heaviest, heaviest) * (127 / heaviest)).astype(np.int8)
    return Model(steps, learner.numbers * [heaviest / 127, 1, 1])


def _margins(bags: Bags, model: Model, rows: Any) -> Any:
    of_mean, of_share, added = model.numbers
    return compiled(_sums)(*bags[:3], model.weights, rows) * of_mean + bags.again[rows] * of_share + added


def _sums(grams: Any, shares: Any, starts: Any, weights: Any, rows: Any) -> Any:
    found = np.zeros(len(rows))
    for k in range(len(rows)):
        for g in range(starts[rows[k]], starts[rows[k] + 1]):
            found[k] += weights[grams[g]] * shares[g]
    return found


def _calibrated(margin: Any, good: Any, weight: Any) -> tuple[float, float]:
    """By what a margin is to be multiplied, and what added, so that its logistic is the share of good texts (Platt)."""
    given = np.stack([margin, np.ones(len(margin))], axis=1)
    found = np.zeros(2)
    for _ in range(50):
        guess = 1 / (1 + np.exp(-(given @ found)))
        pull = given.T @ (weight * (guess - good))
        bend = (given * (weight * guess * (1 - guess))[:, None]).T @ given + 1e-6 * np.eye(2)
        found = found - np.linalg.solve(bend, pull)
    return max(float(found[0]), 0.0), float(found[1])
