"""How good the questions of an exam are: too easy, too hard, wrongly keyed, or to be answered without knowing anything.

Classical test theory over what examinees (models, or people) answered: it needs about twenty of them, unlike one another.
What can be told from the questions alone (where the key stands, whether it is the longest) needs none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medgo_train.evaluate.choice import Item, Scores
from medgo_train.evaluate.statistics import wilson

Floats = npt.NDArray[np.float64]

ENOUGH = 20  # examinees, below which numbers of items are a guess
TOO_HARD, TOO_EASY = 0.2, 0.95  # shares that are right
WEAK = 0.1  # a discrimination below which an item tells little
DEAD = 0.05  # the share of examinees below which a distractor tempts nobody


@dataclass(frozen=True, kw_only=True)
class Quality:
    """One question as its examinees show it. A number that cannot be told is NaN, a flag then not raised."""

    id: str
    examinees: int
    difficulty: float  # the share that is right
    discrimination: float  # point-biserial, of the item and all items
    corrected: float  # of the item and all other items
    dead: str  # distractors that next to nobody chose
    flags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """All questions together."""

    items: tuple[Quality, ...]
    examinees: int
    kr20: float  # how much of the differences between examinees is not chance
    enough: bool  # examinees for all this to mean something


def qualities(answers: Mapping[str, Mapping[str, str]], items: Sequence[Item]) -> Analysis:
    """Of every examinee, by name, the letters that he gave to each question; "" or no entry is an answer that was none."""
    right = np.array(
        [[told.get(item.id, "") == item.answer for item in items] for told in answers.values()], np.float64
    )
    right = right.reshape(len(answers), len(items))
    difficulty, total, rest = difficulties(right), discriminations(right), discriminations(right, corrected=True)
    told = []
    for at, item in enumerate(items):
        dead = dead_distractors([each.get(item.id, "") for each in answers.values()], item)
        told.append(
            Quality(
                id=item.id,
                examinees=len(answers),
                difficulty=float(difficulty[at]),
                discrimination=float(total[at]),
                corrected=float(rest[at]),
                dead=dead,
                flags=_flags(float(difficulty[at]), float(rest[at]), dead),
            )
        )
    return Analysis(items=tuple(told), examinees=len(answers), kr20=kr20(right), enough=len(answers) >= ENOUGH)


def answers_of(scores: Scores) -> dict[str, str]:
    """What one examinee gave, of the order in which the options stand."""
    return {each.item.id: each.parsed.value for each in scores.answered if each.turn == 0}


def _flags(difficulty: float, corrected: float, dead: str) -> tuple[str, ...]:
    raised = {
        "too_hard": difficulty < TOO_HARD,
        "too_easy": difficulty > TOO_EASY,
        "wrong_key": corrected < 0,  # who knows more gets it wrong: look at the key first
        "weak": 0 <= corrected < WEAK,
        "dead_distractors": bool(dead),
    }
    return tuple(name for name, is_so in raised.items() if is_so)


def difficulties(right: Floats) -> Floats:
    """Of each item, a column, the share of examinees, the rows, that got it right."""
    return right.mean(0) if len(right) else np.full(right.shape[1], math.nan)


def discriminations(right: Floats, *, corrected: bool = False) -> Floats:
    """Of each item, how it goes with the number of items that an examinee got right; corrected, without itself."""
    if len(right) < 2:
        return np.full(right.shape[1], math.nan)
    against = right.sum(1, keepdims=True) - (right if corrected else 0)
    x, y = right - right.mean(0), against - against.mean(0)
    spread = np.sqrt((x**2).sum(0) * (y**2).sum(0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, (x * y).sum(0) / spread, math.nan)


def kr20(right: Floats) -> float:
    """Kuder and Richardson's formula 20. With one item, or examinees who are all alike, there is none."""
    many, items = right.shape
    spread = float(right.sum(1).var()) if many else 0.0
    if items < 2 or spread <= 0:
        return math.nan
    share = right.mean(0)
    return float(items / (items - 1) * (1 - float((share * (1 - share)).sum()) / spread))


def dead_distractors(chosen: Sequence[str], item: Item) -> str:
    """The wrong options that fewer than one in twenty chose."""
    if not chosen:
        return ""
    counted = Counter(letter for letters in chosen for letter in letters)
    return "".join(x for x in item.labels if x not in item.answer and counted[x] < DEAD * len(chosen))


# ---- the questions alone -------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Where the right options stand, against chance: each place as often as any other."""

    counts: dict[str, int]
    statistic: float
    p: float


def key_positions(items: Sequence[Item]) -> Keys:
    """Of questions with one right option. Of questions with four and with five options, each expects its own."""
    single = [item for item in items if len(item.answer) == 1]
    expected: dict[str, float] = {}
    for item in single:
        for label in item.labels:
            expected[label] = expected.get(label, 0.0) + 1 / len(item.options)
    counts = {label: sum(item.answer == label for item in single) for label in sorted(expected)}
    return balance(counts, expected)


def balance(counts: Mapping[str, int], expected: Mapping[str, float] | None = None) -> Keys:
    """Pearson's chi-square of counts; without ``expected``, against all being alike."""
    mean = sum(counts.values()) / len(counts) if counts else 0.0
    wanted = expected or dict.fromkeys(counts, mean)
    statistic = math.fsum((counts[key] - wanted[key]) ** 2 / wanted[key] for key in counts if wanted[key])
    return Keys(counts=dict(counts), statistic=statistic, p=_chi_square(statistic, len(counts) - 1))


def _chi_square(statistic: float, freedom: int) -> float:
    if freedom < 1 or statistic <= 0:
        return 1.0
    half, done = statistic / 2, 1 if freedom % 2 else 2
    told = math.erfc(math.sqrt(half)) if freedom % 2 else math.exp(-half)
    while done < freedom:
        told += math.exp(done / 2 * math.log(half) - half - math.lgamma(done / 2 + 1))
        done += 2
    return min(1.0, told)


@dataclass(frozen=True, kw_only=True)
class Guesser:
    """How often one is right who knows nothing but one trick; a tie of two options counts as a half."""

    items: int
    right: float
    chance: float
    low: float
    high: float
    p: float

    @property
    def share(self) -> float:
        return self.right / self.items if self.items else math.nan


def longest_option(items: Sequence[Item]) -> Guesser:
    """One who always takes the longest option."""
    right, chances = [], []
    for item in items:
        if len(item.answer) == 1:
            most = max(map(len, item.options))
            longest = [label for label, text in zip(item.labels, item.options, strict=True) if len(text) == most]
            right.append((item.answer in longest) / len(longest))
            chances.append(1 / len(item.options))
    return guesser(right, chances)


def guesser(right: Sequence[float], chances: Sequence[float]) -> Guesser:
    """What he got of each question, beside what chance alone would get of it."""
    items, total = len(right), math.fsum(right)
    chance = math.fsum(chances) / items if items else math.nan
    low, high = wilson(total, items)
    p = binomial(round(total), items, chance) if items else 1.0
    return Guesser(items=items, right=total, chance=chance, low=low, high=high, p=p)


def binomial(found: int, of: int, chance: float) -> float:
    """How likely a count is that is no likelier than this one (the exact test, two-sided)."""
    if not 0 < chance < 1:
        return 1.0
    every = np.arange(of + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(of - every[:-1]) - np.log(every[:-1] + 1))])
    logs = logs + every * math.log(chance) + (of - every) * math.log1p(-chance)
    return min(1.0, float(np.exp(logs[logs <= logs[found] + 1e-7]).sum()))


def without_question(item: Item) -> Item:
    """The same options without what is asked: what a model still gets right of these, their wording gives away."""
    told = (
        "（题干已隐去，请仅根据选项判断。）"
        if item.language == "zh"
        else "(The question is hidden. Judge by the options alone.)"
    )
    return Item(**{**vars(item), "question": told})


def options_only(scores: Scores) -> Guesser:
    """How a model did that saw no questions, against chance."""
    single = {each.item.id: each.item for each in scores.answered if not each.item.multiple}
    return guesser([scores.per_item[name] for name in single], [1 / len(item.options) for item in single.values()])
