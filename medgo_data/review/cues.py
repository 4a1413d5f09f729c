"""What gives the right option away without any medicine: its length, its place, its words, or the options by themselves.

Each is told as how often somebody is right who goes by that alone, beside how often by chance.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

from medgo_data.letters import view
from medgo_data.review.chance import Guess, chi_square, chi_square_p, guess
from medgo_data.review.markup import Inside, Markup, both, count, el, section, sentence, some, table
from medgo_data.review.sheet import page as plain

Report = dict[str, Any]
Said = tuple[str, str]  # in Chinese, and in English
FOLDS = 5
FEWEST = 50  # questions, below which the options by themselves teach nothing
SMOOTH = 2.0  # options that each piece is taken to have been met in, before it was met
EXPECTED = 5  # questions by place, below which the chi-square distribution does not hold (Cochran)
P = 0.01  # below which a cue is told as one
ABSOLUTE = re.compile(r"必须|一定|绝对|完全|任何|所有|全部|从不|永远|总是|只[有能要]|仅|均|都")
TOGETHER = re.compile(
    r"(?:以上|上述|上面|前述|其[他它余](?:各项|选项)|所有选项|各项)[^，,。]{0,4}(?:都|均|全|皆|不|非|正确|错误|是|对)"
)
NEGATIVE = re.compile(r"不正确|错误的是|不属于|不包括|不应|不宜|除外|哪[项个种]不|不是|不符合")
GUESSES = {  # of each way to guess what the guesser goes by
    "longest": ("最长的选项", "the longest option"),
    "shortest": ("最短的选项", "the shortest option"),
    "overlap": ("与题干字词重合最多的选项", "the option with most words of the question"),
    "no_absolute": ("不含绝对化用词的选项", "an option without an absolute word"),
    "options_only": ("只看选项、不看题干（由其他题目学得）", "the options alone, learned from other questions"),
}


class Question(NamedTuple):
    """A question with one right option."""

    id: str
    stem: str
    options: tuple[str, ...]
    key: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Question | None:
        options, key = row.get("options") or [], row.get("answer") or []
        labels = [one["label"] for one in options]
        if len(key) != 1 or labels.count(key[0]) != 1 or len(labels) < 2:
            return None
        texts = tuple(one["text"] or "" for one in options)
        return cls(str(row.get("id", "")), row.get("question") or "", texts, labels.index(key[0]))


def cues(rows: Iterable[Mapping[str, Any]], *, corpus: str = "", version: str = "", seed: int = 1) -> Report:
    """The report over rows of the schema ``choice``; those without one right option are counted and left out."""
    read = 0
    asked = []
    for row in rows:
        read += 1
        if (question := Question.of(row)) is not None:
            asked.append(question)
    told = {name: _guessed(asked, way) for name, way in WAYS.items()}
    only = Probe(asked, seed).guess if len(asked) >= FEWEST else None
    return {
        "corpus": corpus,
        "version": version,
        "seed": seed,
        "questions": read,
        "one_right_option": len(asked),
        "guesses": {name: _spelled(one) for name, one in told.items()} | {"options_only": only and _spelled(only)},
        "position": _position(asked),
        "overlap": _means(asked, _overlaps),
        "absolute": _means(asked, lambda question: [float(bool(ABSOLUTE.search(one))) for one in question.options]),
        "all_of_the_above": _together(asked),
        "negative_stems": sum(bool(NEGATIVE.search(question.stem)) for question in asked),
    }


def _spelled(one: Guess) -> dict[str, Any]:
    return asdict(one) | {"share": one.share, "is_cue": one.p < P and one.share > one.chance}


# ---- ways to guess -------------------------------------------------------------------------------------------------


def _longest(question: Question) -> list[float]:
    return [float(len(view(one))) for one in question.options]


def _shortest(question: Question) -> list[float]:
    return [-one for one in _longest(question)]


def _overlaps(question: Question) -> list[float]:
    """Of each option the share of its pairs of letters that the question has too."""
    stem = _pairs(question.stem)
    return [len(mine & stem) / len(mine) if (mine := _pairs(one)) else 0.0 for one in question.options]


def _no_absolute(question: Question) -> list[float]:
    return [-float(bool(ABSOLUTE.search(one))) for one in question.options]


WAYS: Mapping[str, Callable[[Question], list[float]]] = {
    "longest": _longest,
    "shortest": _shortest,
    "overlap": _overlaps,
    "no_absolute": _no_absolute,
}


def _pairs(text: str) -> set[str]:
    letters = view(text)
    return {letters[at : at + 2] for at in range(len(letters) - 1)}


def _guessed(asked: Sequence[Question], way: Callable[[Question], list[float]]) -> Guess:
    return guess([taken(way(question), question.key) for question in asked])


def taken(scores: Sequence[float], key: int) -> tuple[bool, int, int]:
    """Whether the right option is among the best, how many are, and of how many."""
    best = max(scores)
    return scores[key] == best, sum(one == best for one in scores), len(scores)


# ---- what stands beside it -----------------------------------------------------------------------------------------


def _position(asked: Sequence[Question]) -> Report:
    """How often each place is right; questions with unequally many options are compared each with their own."""
    statistic, freedom = 0.0, 0
    counts: Counter[str] = Counter()
    for many in sorted({len(question.options) for question in asked}):
        keys = [question.key for question in asked if len(question.options) == many]
        found = [keys.count(place) for place in range(many)]
        counts.update({chr(ord("A") + place): number for place, number in enumerate(found)})
        if len(keys) >= EXPECTED * many:
            statistic += chi_square(found, [len(keys) / many] * many)
            freedom += many - 1
    p = chi_square_p(statistic, freedom)
    return {"counts": dict(counts), "chi_square": statistic, "freedom": freedom, "p": p, "is_cue": p < P}


def _means(asked: Sequence[Question], of: Callable[[Question], list[float]]) -> Report:
    """What right and wrong options have of something, on the average."""
    right: list[float] = []
    wrong: list[float] = []
    for question in asked:
        for place, value in enumerate(of(question)):
            (right if place == question.key else wrong).append(value)
    return {
        name: math.fsum(values) / len(values) if values else None
        for name, values in (("right", right), ("wrong", wrong))
    }


def _together(asked: Sequence[Question]) -> Report:
    """How often all or none of the others is offered, and how often it is right."""
    offered = [
        (n == question.key) for question in asked for n, one in enumerate(question.options) if TOGETHER.search(one)
    ]
    return {"offered": len(offered), "right": sum(offered)}


# ---- the options by themselves -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe:
    """A small classifier that never sees a question, only the options: the pieces of which right ones are made (naive Bayes).

    It is taught with four fifths of the questions and tried on the last, five times over; what asks the same lies on one side.
    """

    asked: Sequence[Question]
    seed: int = 1

    @property
    def guess(self) -> Guess:
        return guess([taken(self._scores(n), question.key) for n, question in enumerate(self.asked)])

    @cached_property
    def folds(self) -> list[int]:
        """By what is asked, so that a question that is there twice is never both learned and tried."""
        spelled = (f"{self.seed} {view(question.stem)}" for question in self.asked)
        return [int.from_bytes(hashlib.sha256(one.encode()).digest()[:4]) % FOLDS for one in spelled]

    @cached_property
    def _made(self) -> list[list[set[str]]]:
        return [pieces(question.options) for question in self.asked]

    @cached_property
    def _learned(self) -> list[tuple[Counter[str], Counter[str]]]:
        """Of each fold how often a piece was met in right and in wrong options of the others."""
        own = [(Counter[str](), Counter[str]()) for _ in range(FOLDS)]
        for question, made, fold in zip(self.asked, self._made, self.folds, strict=True):
            for place, found in enumerate(made):
                own[fold][place != question.key].update(found)
        everywhere = tuple(sum((one[side] for one in own), Counter[str]()) for side in (0, 1))
        return [(everywhere[0] - mine[0], everywhere[1] - mine[1]) for mine in own]

    @cached_property
    def _rates(self) -> list[float]:
        """Of each fold which share of the options of the others are right."""
        told = []
        for fold in range(FOLDS):
            others = [len(q.options) for q, mine in zip(self.asked, self.folds, strict=True) if mine != fold]
            told.append(len(others) / sum(others) if others else 0.5)
        return told

    def _scores(self, n: int) -> list[float]:
        """How much each option looks like a right one; a piece that was never met says nothing."""
        (right, wrong), rate = self._learned[self.folds[n]], self._rates[self.folds[n]]
        usual = math.log(rate / (1 - rate))

        def told(piece: str) -> float:
            return math.log((right[piece] + SMOOTH * rate) / (wrong[piece] + SMOOTH * (1 - rate))) - usual

        return [round(math.fsum(map(told, sorted(found))), 9) for found in self._made[n]]


def pieces(options: Sequence[str]) -> list[set[str]]:
    """Of each option its letters, pairs and triples of letters, and how it differs from the others to the eye."""
    spelled = [view(one) for one in options]
    lengths = [len(one) for one in spelled]
    told = []
    for option, letters, length in zip(options, spelled, lengths, strict=True):
        found = {letters[at : at + size] for size in (1, 2, 3) for at in range(len(letters) - size + 1)}
        if lengths.count(length) < len(lengths):
            found |= (
                {"#longest"} if length == max(lengths) else {"#shortest"} if length == min(lengths) else {"#between"}
            )
        found |= {name for name, mark in MARKS.items() if mark.search(option)}
        told.append(found)
    return told


MARKS = {
    "#absolute": ABSOLUTE,
    "#together": TOGETHER,
    "#number": re.compile(r"\d"),
    "#latin": re.compile(r"[A-Za-z]"),
    "#bracket": re.compile(r"[（(【\[]"),
    "#several": re.compile(r"[、；;]|以及|[和及与]"),
    "#clauses": re.compile(r"[，,]"),
}


# ---- in words ------------------------------------------------------------------------------------------------------


def sentences(told: Report) -> list[Said]:
    """What there is to say, the worst first."""
    n, left = told["one_right_option"], told["questions"] - told["one_right_option"]
    said = [
        (
            f"共 {count(told['questions'])} 题，其中 {count(n)} 题只有一个正确选项，据此计算。",
            f"{some(told['questions'], 'question')}; {count(n)} have one right option, and are looked at.",
        )
    ]
    if left:
        said.append(
            (
                f"{count(left)} 题没有答案、有多个正确选项或选项字母重复，未计入。",
                f"{some(left, 'question')} left out: no known answer, several right options, or a letter twice.",
            )
        )
    guesses = {name: one for name, one in told["guesses"].items() if one}
    worst_first = sorted(guesses, key=lambda one: guesses[one]["chance"] - guesses[one]["share"])
    said += [_guess_said(name, guesses[name]) for name in worst_first]
    if told["guesses"]["options_only"] is None:
        said.append(
            (
                f"不足 {FEWEST} 题，只看选项能答对多少无从判断。",
                f"With fewer than {FEWEST} questions nobody can tell what the options give away by themselves.",
            )
        )
    return [*said, _position_said(told["position"])]


def _guess_said(name: str, one: Report) -> Said:
    zh, en = GUESSES[name]
    share, chance = f"{one['share']:.1%}", f"{one['chance']:.1%}"
    within = f"{one['low']:.1%}–{one['high']:.1%}"
    cue = one["is_cue"]
    return (
        f"凭“{zh}”作答，答对 {share}（95% 区间 {within}），随机为 {chance}{'：这是线索' if cue else '，未见线索'}。",
        f"Going by {en}, {share} are right (95% interval {within}), by chance {chance}{': that is a cue' if cue else ', no cue'}.",
    )


def _position_said(one: Report) -> Said:
    places = "，".join(f"{place} {count(number)}" for place, number in one["counts"].items())
    told = f"χ² = {one['chi_square']:.2f}, df = {one['freedom']}, p = {one['p']:.2g}"
    return (
        f"正确选项的位置：{places}（{told}）{'：位置不均衡' if one['is_cue'] else '，未见偏向'}。",
        f"Places of the right option: {places.replace('，', ', ')} ({told}){': not balanced' if one['is_cue'] else ', no place stands out'}.",
    )


def tables(told: Report) -> list[tuple[str, list[str], list[list[Any]]]]:
    """What a terminal shows: a heading, the columns, the rows."""
    guesses = [
        [name, one["items"], f"{one['share']:.1%}", f"{one['chance']:.1%}", f"{one['low']:.1%}-{one['high']:.1%}", f"{one['p']:.2g}", "CUE" if one["is_cue"] else ""]
        for name, one in told["guesses"].items()
        if one
    ]  # fmt: skip
    words = [[name, _mean(told[name]["right"]), _mean(told[name]["wrong"])] for name in ("overlap", "absolute")]
    return [
        ("going by one thing alone", ["by", "questions", "right", "chance", "95%", "p", ""], guesses),
        ("place of the right option", ["place", "questions"], [[*one] for one in told["position"]["counts"].items()]),
        ("words", ["of an option", "right", "wrong"], words),
    ]


def _mean(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def page(told: Report) -> str:
    """One HTML page, which holds no text of a question."""
    name = f"{told['corpus']}@{told['version']}"
    first, *others = sentences(told)
    head = el(
        "header",
        el("p", "medgo · 选择题表面线索 Surface cues of questions", class_="eyebrow"),
        el("h1", told["corpus"]),
        sentence(*first, "lead"),
        [sentence(*each, "note") for each in others],
    )
    parts = [
        section("guesses", "凭一样东西作答", "Going by one thing alone", _guess_table(told)),
        section("places", "正确选项的位置", "Where the right option stands", _place_table(told)),
        section("words", "用词", "Words", _word_table(told)),
    ]
    return plain(f"{name} · 表面线索 Surface cues", [head, parts])


def _guess_table(told: Report) -> Markup:
    heads = [both("凭", "By"), both("题", "Questions"), both("答对", "Right"), both("随机", "By chance"), both("95% 区间", "95% interval"), "p", both("线索", "Cue")]  # fmt: skip
    rows: list[list[Inside]] = [
        [
            both(*GUESSES[name]),
            count(one["items"]),
            f"{one['share']:.1%}",
            f"{one['chance']:.1%}",
            f"{one['low']:.1%}–{one['high']:.1%}",
            f"{one['p']:.2g}",
            el("b", "线索 cue") if one["is_cue"] else "–",
        ]
        for name, one in told["guesses"].items()
        if one
    ]
    return table("不看题意的作答者 A guesser who knows no medicine", heads, rows, numeric=range(1, 6))


def _place_table(told: Report) -> Markup:
    rows: list[list[Inside]] = [[place, count(number)] for place, number in told["position"]["counts"].items()]
    return table("各位置 By place", [both("位置", "Place"), both("题", "Questions")], rows, numeric=range(1, 2))


def _word_table(told: Report) -> Markup:
    above = told["all_of_the_above"]
    rows: list[list[Inside]] = [
        [both("与题干重合的字词", "Words of the question"), _mean(told["overlap"]["right"]), _mean(told["overlap"]["wrong"])],
        [both("含绝对化用词", "With an absolute word"), _mean(told["absolute"]["right"]), _mean(told["absolute"]["wrong"])],
        [both("“以上都对”之类", "All or none of the above"), count(above["right"]), count(above["offered"] - above["right"])],
    ]  # fmt: skip
    said = sentence(
        f"{count(told['negative_stems'])} 题为否定式提问。",
        f"{some(told['negative_stems'], 'question')} asked in the negative.",
    )
    heads = [both("选项", "Options"), both("正确", "Right"), both("错误", "Wrong")]
    return el("div", table("正确与错误的选项 Right and wrong options", heads, rows, numeric=range(1, 3)), said)
