"""Multiple-choice exams: any file of questions as a record of a few lines, asked in every order of the options, and scored.

A file needs no code of its own: ``Exam(name="cmb", options="option", answer="answer", multiple=("question_type", "多项选择题"))``
says where its rows have what. ``exams.py`` has the records of well-known ones.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from medgo_train.evaluate.extract import LETTERS, extract
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.parsed import Parsed
from medgo_train.evaluate.statistics import Interval, mean

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Exam:
    """Where the rows of a file have what. A name with dots leads into a row: ``data.Options``."""

    name: str
    question: str = "question"
    options: str | Sequence[str] = "options"  # a column of all of them, or the column of each
    answer: str = "answer"
    choices: tuple[str, ...] = ()  # where no column has them, as yes, no and maybe
    counts_from: int = 0  # an answer that is a number counts options from here
    multiple: bool | tuple[str, str] = False  # several may be right: always, never, or where a column says so
    stem: str | None = None  # a case, or a passage, before the question
    id: str | None = None  # without it, rows are numbered
    group: str | None = None  # what several questions share; they are then counted together
    category: tuple[str, ...] = ()  # from the widest to the narrowest
    language: Literal["zh", "en"] = "zh"


@dataclass(frozen=True, kw_only=True)
class Item:
    """A question as it is asked. ``answer`` has the letters of all right options."""

    id: str
    question: str
    options: tuple[str, ...]
    answer: str
    multiple: bool = False
    group: str | None = None
    category: tuple[str, ...] = ()
    language: str = "zh"

    @property
    def labels(self) -> str:
        return LETTERS[: len(self.options)]


@dataclass(frozen=True, kw_only=True)
class Items:
    """The questions of a file, and the rows that are none, each with the reason."""

    items: tuple[Item, ...]
    refused: tuple[tuple[str, str], ...]  # id of the row, and what is wrong with it


# ---- from rows to questions -----------------------------------------------------------------------------------------


def items_of(exam: Exam, rows: Iterable[Row]) -> Items:
    """Every row as a question, or refused with a reason; two questions of one name are an error."""
    items: list[Item] = []
    refused: list[tuple[str, str]] = []
    for number, row in enumerate(rows):
        name = str(_at(row, exam.id)) if exam.id and _at(row, exam.id) is not None else str(number)
        found = _item(exam, row, name)
        if isinstance(found, Item):
            items.append(found)
        else:
            refused.append((name, found))
    twice = [name for name, many in Counter(item.id for item in items).items() if many > 1]
    if twice:
        raise EvaluationError(
            f"exam {exam.name!r}: {len(twice)} names stand for more than one question, such as {twice[0]!r}. "
            f"Say in Exam(id=…) which column names a question, or leave it out and they are numbered."
        )
    return Items(items=tuple(items), refused=tuple(refused))


def _item(exam: Exam, row: Row, name: str) -> Item | str:
    question, options = _text(_at(row, exam.question)), exam.choices or _options(exam, row)
    if not question:
        return "no_question"
    if not 2 <= len(options) <= len(LETTERS):
        return "no_options"
    answer = _answer(_at(row, exam.answer), options, exam.counts_from)
    if not answer:
        return "no_answer"
    stem = _text(_at(row, exam.stem)) if exam.stem else ""
    several = _at(row, exam.multiple[0]) == exam.multiple[1] if isinstance(exam.multiple, tuple) else exam.multiple
    if len(answer) > 1 and not several:
        return "several_answers"
    group = _at(row, exam.group) if exam.group else None
    return Item(
        id=name,
        question=f"{stem}\n{question}" if stem else question,
        options=options,
        answer=answer,
        multiple=several,
        group=None if group is None else str(group),
        category=tuple(str(told) for column in exam.category if (told := _at(row, column)) is not None),
        language=exam.language,
    )


def _at(row: Row, column: str | None) -> Any:
    found: Any = row
    for part in (column or "").split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(_text(each) for each in value)
    return "" if value is None or isinstance(value, Mapping) else str(value).strip()


def _options(exam: Exam, row: Row) -> tuple[str, ...]:
    if not isinstance(exam.options, str):
        told = [_text(_at(row, column)) for column in exam.options]
    else:
        value = _at(row, exam.options)
        if isinstance(value, Mapping) and "label" in value and "text" in value:  # as Arrow has them
            value = value["text"]
        if isinstance(value, Mapping):
            told = [_text(value[key]) for key in sorted(value)]
        elif isinstance(value, str):
            told = [each.strip() for each in re.split(r"(?:^|\s)\(?[A-J](?:[)．.、:：]\s*|\s+)", value)[1:]]
        else:
            told = [_option(each) for each in value] if isinstance(value, list | tuple) else []
    while told and not told[-1]:  # a table for five options, a question with four
        told.pop()
    return tuple(told) if all(told) else ()


def _option(each: Any) -> str:
    if not isinstance(each, Mapping):
        return _text(each)
    return next((_text(each[key]) for key in ("text", "value", "content") if each.get(key) is not None), "")


def _answer(value: Any, options: tuple[str, ...], counts_from: int) -> str:
    labels = LETTERS[: len(options)]
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        at = value - counts_from
        return labels[at] if 0 <= at < len(labels) else ""
    if isinstance(value, list | tuple):
        each = [_answer(one, options, counts_from) for one in value]
        return "".join(sorted(set("".join(each)))) if all(each) else ""
    text = _text(value)
    letters = re.sub(r"[\s,，、;；/|.]", "", text).upper()
    if letters and set(letters) <= set(labels) and len(set(letters)) == len(letters):
        return "".join(sorted(letters))
    if text in options:
        return labels[options.index(text)]
    return _answer(int(text), options, counts_from) if text.isdecimal() else ""


# ---- from questions to prompts, in every order ------------------------------------------------------------------------

TELLS = {
    ("zh", False): "以下是一道单项选择题，只有一个选项正确。",
    ("zh", True): "以下是一道多项选择题，可能有一个或多个选项正确。",
    ("en", False): "The following is a multiple-choice question. Exactly one option is correct.",
    ("en", True): "The following is a multiple-choice question. One or more options may be correct.",
}
ASKS = {
    ("zh", False): "请给出正确选项的字母，最后一行写“答案：X”。",
    ("zh", True): "请给出所有正确选项的字母，最后一行写“答案：XX”。",
    ("en", False): 'Give the letter of the correct option. End with a line "Answer: X".',
    ("en", True): 'Give the letters of all correct options. End with a line "Answer: XX".',
}
LETTER_ONLY = {
    "zh": "请直接回答正确选项的字母，不要写别的。",
    "en": "Answer with the letter of the correct option and nothing else.",
}
LOOKS_BACK = re.compile(r"(?:以上|上述)|\b(?:all|none|both|neither) of the\b|\bof the above\b", re.IGNORECASE)
NAMES_OTHERS = re.compile(r"(?<![A-Za-z])[A-J]\s*(?:、|和|与|及|\+|,|\band\b|\bor\b)\s*[A-J](?![A-Za-z])")


def orders(item: Item) -> list[tuple[int, ...]]:
    """The cyclic orders of the options: first as they stand, then each begun one later.

    An option that looks back at the others (以上都对) stays last; where one names others by letter there is one order.
    """
    many = len(item.options)
    if any(NAMES_OTHERS.search(option) for option in item.options):
        return [tuple(range(many))]
    moving = [at for at, option in enumerate(item.options) if not LOOKS_BACK.search(option)]
    staying = [at for at in range(many) if at not in moving]
    return (
        [(*moving[turn:], *moving[:turn], *staying) for turn in range(max(1, len(moving)))]
        if moving
        else [tuple(range(many))]
    )


def shown(item: Item, turn: int = 0) -> tuple[str, ...]:
    """The options in the order of a turn."""
    return tuple(item.options[at] for at in _order(item, turn))


def _order(item: Item, turn: int) -> tuple[int, ...]:
    if not turn:
        return tuple(range(len(item.options)))
    every = orders(item)
    if not 0 <= turn < len(every):
        raise EvaluationError(
            f"question {item.id!r} has {len(every)} orders, and no turn {turn}. Ask for turns 0 to {len(every) - 1}."
        )
    return every[turn]


def prompt(item: Item, turn: int = 0, *, letter: bool = False) -> str:
    """What a model is asked; with ``letter``, so that its next token is one."""
    lines = [f"{label}. {text}" for label, text in zip(item.labels, shown(item, turn), strict=True)]
    kind = (item.language, item.multiple)
    ends = LETTER_ONLY[item.language] if letter else ASKS[kind]
    return "\n".join([TELLS[kind], "", item.question, *lines, "", ends])


# ---- from replies to scores -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model said to a question in one order: in words, or as the log-probability of each letter."""

    id: str
    turn: int = 0
    text: str | None = None
    logprobs: Mapping[str, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A reply as it was understood: letters as they stand in the file, whatever the order was."""

    item: Item
    turn: int
    parsed: Parsed

    @property
    def at(self) -> str:
        """The letters as they were shown."""
        if self.parsed.state != "ok" or not self.turn:
            return str(self.parsed.value or "")
        order = _order(self.item, self.turn)
        return "".join(sorted(LETTERS[order.index(LETTERS.index(letter))] for letter in self.parsed.value))

    @property
    def is_right(self) -> bool:
        return self.parsed.state == "ok" and self.parsed.value == self.item.answer


Profile = Literal["medgo", "cmb"]
AFTER = re.compile(r"答案(?:应该|应)?[是为：:](.*)", re.DOTALL)


def as_cmb(text: str | None, *, multiple: bool = False) -> Parsed:
    """What CMB's own script reads (6c8ece4), to compare with its tables: every capital letter, and of several the first."""
    after = AFTER.search(text or "")
    letters = "".join(re.findall("[A-G]", after[1] if after else text or ""))
    found = letters if multiple else letters[:1]
    return Parsed(found, "ok" if found else "invalid" if (text or "").strip() else "empty")


def understood(item: Item, reply: Reply, profile: Profile = "medgo") -> Answered:
    if profile == "cmb":
        if reply.turn or reply.logprobs is not None:
            raise EvaluationError("CMB asks every question in words and in one order. Score other replies as 'medgo'.")
        found = as_cmb(reply.text, multiple=item.multiple)
    elif reply.logprobs is not None:
        found = likeliest(reply.logprobs, item.labels, multiple=item.multiple)
    else:
        found = extract(reply.text, shown(item, reply.turn), multiple=item.multiple)
    if not reply.turn or found.state != "ok":
        return Answered(item=item, turn=reply.turn, parsed=found)
    order = _order(item, reply.turn)
    letters = "".join(sorted(LETTERS[order[LETTERS.index(letter)]] for letter in found.value))
    return Answered(item=item, turn=reply.turn, parsed=Parsed(letters, "ok"))


def likeliest(logprobs: Mapping[str, float], labels: str, *, multiple: bool = False) -> Parsed:
    """The letter with the highest log-probability; none, where two have it, or where several letters are asked for."""
    told: dict[str, float] = {}
    for token, value in logprobs.items():  # " B" and "B" are both B
        letter = token.strip().upper()
        if letter in labels and len(letter) == 1 and not math.isnan(value):
            told[letter] = max(told.get(letter, -math.inf), float(value))
    best = [letter for letter, value in told.items() if value == max(told.values()) and value > -math.inf]
    if not told:
        return Parsed("", "empty" if not logprobs else "invalid")
    return Parsed(best[0], "ok") if len(best) == 1 and not multiple else Parsed("", "invalid")


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How a model did in an exam, and whether it went by what options say or by where they stand."""

    answered: tuple[Answered, ...] = field(repr=False)
    profile: Profile = "medgo"

    @cached_property
    def per_item(self) -> dict[str, float]:
        """Of each question, the share of its orders that were answered right. What ``compare`` takes."""
        asked: dict[str, list[bool]] = {}
        for each in self.answered:
            asked.setdefault(each.item.id, []).append(each.is_right)
        return {name: sum(right) / len(right) for name, right in asked.items()}

    @cached_property
    def accuracy(self) -> Interval:
        groups = {each.item.id: each.item.group for each in self.answered}
        together = [group or (name,) for name, group in groups.items()] if any(groups.values()) else None
        return mean(list(self.per_item.values()), together)

    @property
    def states(self) -> dict[str, int]:
        """How many replies were understood, empty, and not to be understood. Only the first can be right."""
        counted = Counter(each.parsed.state for each in self.answered)
        return {state: counted[state] for state in ("ok", "empty", "invalid")}

    @property
    def always_right(self) -> float:
        """The share of questions that were answered right in every order."""
        return sum(value == 1 for value in self.per_item.values()) / len(self.per_item) if self.per_item else math.nan

    @property
    def consistency(self) -> float:
        """The share of questions asked in several orders that got one and the same answer in all of them."""
        said: dict[str, list[tuple[str, str]]] = {}
        for each in self.answered:
            said.setdefault(each.item.id, []).append((each.parsed.state, each.parsed.value))
        several = [answers for answers in said.values() if len(answers) > 1]
        same = sum(len(set(answers)) == 1 and answers[0][0] == "ok" for answers in several)
        return same / len(several) if several else math.nan

    @cached_property
    def positions(self) -> dict[str, Position]:
        """Of each letter, as it was shown: how often it was right, how often it was chosen, how often it was found."""
        right, chosen, found = Counter[str](), Counter[str](), Counter[str]()
        for each in self.answered:
            if not each.item.multiple:
                key = LETTERS[_order(each.item, each.turn).index(LETTERS.index(each.item.answer))]
                right[key] += 1
                chosen[each.at] += each.parsed.state == "ok"
                found[key] += each.is_right
        return {
            label: Position(right=right[label], chosen=chosen[label], found=found[label])
            for label in sorted(right | chosen)
            if label
        }

    @property
    def position_bias(self) -> float:
        """How far the letters are apart in how often each is found when it is right (RStd of Zheng 2309.03882); 0 is none."""
        recalls = [each.found / each.right for each in self.positions.values() if each.right]
        return float(np.std(recalls)) if recalls else math.nan

    @cached_property
    def categories(self) -> dict[tuple[str, ...], float]:
        """Of each category its score: of the narrowest the share of questions, of a wider one the mean of those within."""
        leaves: dict[tuple[str, ...], list[float]] = {}
        for item in {each.item.id: each.item for each in self.answered}.values():
            leaves.setdefault(item.category, []).append(self.per_item[item.id])
        told = {path: sum(values) / len(values) for path, values in leaves.items() if path}
        level = dict(told)
        while level := _wider(level):
            told |= level
        return dict(sorted(told.items()))


@dataclass(frozen=True, kw_only=True)
class Position:
    right: int
    chosen: int
    found: int


def _wider(level: Mapping[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    above: dict[tuple[str, ...], list[float]] = {}
    for path, value in level.items():
        if len(path) > 1:
            above.setdefault(path[:-1], []).append(value)
    return {path: sum(values) / len(values) for path, values in above.items()}


def score(items: Sequence[Item], replies: Iterable[Reply], profile: Profile = "medgo") -> Scores:
    """Every question counts: one without a reply as an empty one. Replies to other questions are an error, and so are two to one."""
    known = {item.id: item for item in items}
    told: dict[tuple[str, int], Reply] = {}
    strange, twice = 0, 0
    for reply in replies:
        strange += reply.id not in known
        twice += (reply.id, reply.turn) in told
        told[reply.id, reply.turn] = reply
    if strange:
        raise EvaluationError(
            f"{strange} of {len(told)} replies are to questions that this exam of {len(known)} does not have. "
            f"{'They belong to another exam.' if strange == len(told) else 'Score them with the file that they were made from.'}"
        )
    if twice:
        raise EvaluationError(f"{twice} replies are to a question and an order that has one already. Keep one of each.")
    turns = sorted({turn for _, turn in told}) or [0]
    answered = []
    for item in items:
        asked = [turn for turn in turns if turn == 0 or (item.id, turn) in told or turn < len(orders(item))]
        answered += [
            understood(item, told.get((item.id, turn)) or Reply(id=item.id, turn=turn), profile) for turn in asked
        ]
    return Scores(answered=tuple(answered), profile=profile)
