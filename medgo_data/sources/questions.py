"""Exam questions: options in whichever way a raw record holds them, and which of them its answer names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from medgo_data.sources.values import UnfitError, spelled

LABELS = "ABCDEFGHIJ"
DELIMITERS = ".．、:：)）"
LABEL = re.compile(rf"\s*[(（]?([A-Ja-jＡ-Ｊ])\s*([{DELIMITERS}])\s*")
LETTERS = re.compile(r"[A-J](?:[\s,;/|、和+]*[A-J])*")
SAYS_ANSWER = re.compile(r"^(?:正确|参考|标准)?答案(?:是|为)?\s*[::]?\s*")
NAMES = (("label", "text"), ("key", "value"), ("label", "content"), ("option", "text"), ("id", "text"))

Choice = tuple[str, str]  # its letter, and what it says


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a raw record holds the options of a question: ``at`` one path, or in ``columns``, one for each of them.

    At one path lies an object, a list, or one text such as ``A.梗死 B.血栓形成``. Where an answer is a number, ``first``
    says whether the first option is number 0 or 1: there is no telling from the file.
    """

    at: str | None = None
    columns: tuple[str, ...] = ()
    first: int | None = None

    def __post_init__(self) -> None:
        if (self.at is None) == (not self.columns):
            raise ValueError("Options takes either at='options', or columns=('opa', 'opb', 'opc', 'opd')")

    @property
    def paths(self) -> list[str]:
        """All paths into a record."""
        return [self.at] if self.at is not None else list(self.columns)


# ---- options -------------------------------------------------------------------------------------------------------


def options_in(value: Any) -> list[Choice]:
    """The options that a value holds, each with its letter; those that are blank are none."""
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, str):
        found = split_text(value)[1]
    elif isinstance(value, dict):
        found = _of_object(value)
    elif isinstance(value, list):
        found = _of_list(value)
    elif value is None:
        return []
    else:
        raise UnfitError("wrong_type")
    labels = [label for label, _ in found]
    if len(set(labels)) < len(labels):
        raise UnfitError("repeated_label")
    return [(label, text.strip()) for label, text in found if text.strip()]


def _parsed(value: str) -> Any:
    """What a cell of a table holds that was written as JSON."""
    if value.lstrip()[:1] not in {"{", "["}:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _of_object(value: dict[str, Any]) -> list[Choice]:
    for label, text in NAMES:  # {"label": ["A", "B"], "text": ["…", "…"]}
        if isinstance(value.get(label), list) and isinstance(value.get(text), list):
            return list(zip(map(_label, value[label]), map(_text, value[text]), strict=False))
    return [(_label(label), _text(text)) for label, text in value.items()]


def _of_list(value: list[Any]) -> list[Choice]:
    if value and all(isinstance(entry, dict) for entry in value):
        named = next((pair for pair in NAMES if all(set(pair) <= entry.keys() for entry in value)), None)
        if named is None:
            raise UnfitError("wrong_type")
        return [(_label(entry[named[0]]), _text(entry[named[1]])) for entry in value]
    texts = [_text(entry) for entry in value]
    labelled = [LABEL.match(text) for text in texts]
    if texts and all(labelled):
        return [(_label(m[1]), text[m.end() :]) for m, text in zip(labelled, texts, strict=True) if m]
    if len(texts) > len(LABELS):
        raise UnfitError("too_many_options")
    return list(zip(LABELS, texts, strict=False))


def _label(value: Any) -> str:
    return unicodedata.normalize("NFKC", _text(value)).strip(" ()." + DELIMITERS).upper()


def _text(value: Any) -> str:
    return spelled(value) or ""


def split_text(text: str) -> tuple[str, list[Choice]]:
    """A text that holds options behind one another, as what stands before them, and them. A letter may be missing."""
    first = re.search(rf"(?:^|(?<=\s))[(（]?([A-J])\s*([{DELIMITERS}])\s*", text)
    if not first:
        return text, []
    marks = [first]
    same = re.compile(rf"(?<=[\s;；|,，。（(])[(（]?([A-J])\s*{re.escape(first[2])}\s*")
    later = list(same.finditer(text, first.end()))
    lasts = {mark[1]: number for number, mark in enumerate(later)}
    for number, mark in enumerate(later):
        due = _after(marks[-1][1])
        if mark[1] == due or (mark[1] > due and lasts.get(due, -1) < number):
            marks.append(mark)
    found = [
        (mark[1], text[mark.end() : until])
        for mark, until in zip(marks, [*(m.start() for m in marks[1:]), len(text)], strict=True)
    ]
    return text[: first.start()].strip(), [(label, said.strip()) for label, said in _run_together(found, first[2])]


def _run_together(found: list[Choice], delimiter: str) -> list[Choice]:
    """The options with those cut off that follow another without a space: C.金属结合剂D:糖皮质激素 E.高铁血红蛋白还原剂."""
    whole: list[Choice] = []
    for (label, text), (following, _) in pairwise([*found, ("", "")]):
        while (due := _after(label)) != following and due in LABELS:
            marks = DELIMITERS if following else re.escape(delimiter)
            cut = re.search(rf"(?<![A-Za-z0-9]){due}\s*[{marks}]\s*(?![A-Za-z])", text)  # but not E.coli
            if not cut:
                if following and re.search(rf"(?<![A-Za-z]){due}(?![A-Za-z0-9])", text):
                    raise UnfitError("options_run_together")  # 子宫内膜癌C侵蚀性葡萄胎, or 维生素C: there is no telling
                break
            whole.append((label, text[: cut.start()]))
            label, text = due, text[cut.end() :]  # noqa: PLW2901
        whole.append((label, text))
    return whole


def _after(label: str) -> str:
    return chr(ord(label) + 1)


# ---- answers -------------------------------------------------------------------------------------------------------


def answered(answer: Any, options: list[Choice], first: int | None) -> list[str] | None:
    """The letters of the options that an answer names, in the order of the paper; None if there is no answer."""
    named = {
        letter
        for entry in (answer if isinstance(answer, list) else [answer])
        for letter in _named(entry, options, first)
    }
    return [label for label, _ in options if label in named] or None


def _named(answer: Any, options: list[Choice], first: int | None) -> Iterable[str]:
    labels = [label for label, _ in options]
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)
    said = SAYS_ANSWER.sub("", _plain(spelled(answer) or "")).strip(" 。.()")
    if not said:
        return []
    if said in labels:
        return [said]
    if re.fullmatch(r"\d+", said):  # an option may say 2 where the answer means the second
        if first is None:
            raise UnfitError("numbered_answer")
        return _all_of([LABELS[int(said) - first]] if 0 <= int(said) - first < len(LABELS) else [], labels)
    if LETTERS.fullmatch(said.upper()):
        return _all_of(re.findall("[A-J]", said.upper()), labels)
    texts = [label for label, text in options if _plain(text).strip(" 。.()") == said]
    if texts:
        return texts[:1]
    if lettered := re.match(rf"\(?([A-J])\)?(?:[{DELIMITERS}]|\s)", said):
        return _all_of([lettered[1]], labels)
    raise UnfitError("answer_not_an_option")


def _all_of(letters: list[str], labels: list[str]) -> list[str]:
    if not letters or not set(letters) <= set(labels):
        raise UnfitError("answer_not_an_option")
    return letters


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def is_lettered(answer: str | None) -> bool:
    """Whether an answer names options that are not there."""
    return bool(answer and LETTERS.fullmatch(_plain(answer).upper()))
