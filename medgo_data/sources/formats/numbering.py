"""The numbers that Word shows before its paragraphs and does not write down: 第一章, 1.2, （三）, ①."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from medgo_data.sources.formats.archive import Attributes, parse

CLOSED = "、）】〕．。：　"  # after these no space is needed


@dataclass
class _Level:
    """How paragraphs of one level are numbered."""

    format: str = "decimal"
    text: str = ""
    start: int = 1
    figures: bool = False  # of the levels above too: 1.2 in 第一章

    def hear(self, name: str, value: str) -> None:
        if name == "numFmt":
            self.format = value
        elif name == "lvlText":
            self.text = value
        elif name == "start":
            self.start = as_number(value, 1)
        elif name == "isLgl":
            self.figures = True


@dataclass
class Numbering:
    """Counts the paragraphs of each list, as ``numbering.xml`` says that they are counted."""

    levels: dict[tuple[str, int], _Level] = field(default_factory=dict)  # by the kind of list, and level
    kinds: dict[str, str] = field(default_factory=dict)  # of each list
    restarts: dict[tuple[str, int], int] = field(default_factory=dict)  # lists that begin anew
    styled: dict[str, int] = field(default_factory=dict)  # the level that belongs to a style
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def learn(self, content: bytes) -> None:
        kind = number = ""
        level = 0
        at = _Level()

        def begin(name: str, told: Attributes) -> None:
            nonlocal kind, number, level, at
            value = told.get("val", "")
            if name == "abstractNum":
                kind, number = told.get("abstractNumId", ""), ""
            elif name == "num":
                number = told.get("numId", "")
            elif name == "abstractNumId":
                self.kinds[number] = value
            elif name in {"lvl", "lvlOverride"}:
                level = as_number(told.get("ilvl"))
                at = _Level()
                if name == "lvl" and not number:
                    self.levels[kind, level] = at
            elif name == "startOverride":
                self.restarts[number, level] = as_number(value, 1)
            elif name == "pStyle":
                self.styled[value] = level
            else:
                at.hear(name, value)

        parse(content, begin)

    def label(self, number: str, level: int) -> str:
        """What stands before the next paragraph of this list, with the space after it; for a bullet, a dash."""
        kind = self.kinds.get(number)
        at = self.levels.get((kind or "", level))
        if at is None:
            return ""
        anew = any((number, k) in self.restarts for k in range(9))
        counting = f"{number} anew" if anew else kind or ""
        begin = self.restarts.get((number, level), at.start)
        self.counts[counting, level] = self.counts.get((counting, level), begin - 1) + 1
        for deeper in range(level + 1, 9):
            self.counts.pop((counting, deeper), None)
        if at.format == "bullet":
            return "- "
        said = re.sub(
            r"%([1-9])", lambda place: self._spelled(counting, kind or "", int(place[1]) - 1, at), at.text
        ).strip()
        return said and (said if said[-1] in CLOSED else said + " ")

    def _spelled(self, counting: str, kind: str, level: int, asked: _Level) -> str:
        at = self.levels.get((kind, level), _Level())
        return spelled(self.counts.get((counting, level), at.start), "decimal" if asked.figures else at.format)


def as_number(told: str | None, otherwise: int = 0) -> int:
    return int(told) if told and re.fullmatch(r"\d{1,6}", told) else otherwise


def spelled(number: int, form: str) -> str:
    """A number in one of Word's formats; in one that is not known, in figures."""
    return SPELLED.get(form, str)(number)


def _chinese(number: int) -> str:
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def _circled(number: int) -> str:
    return chr(ord("①") + number - 1) if 1 <= number <= 20 else str(number)


def _letters(number: int) -> str:
    times, letter = divmod(max(number, 1) - 1, 26)
    return chr(ord("A") + letter) * min(times + 1, 9)


def _roman(number: int) -> str:
    text = ""
    for value, sign in ROMAN:
        times, number = divmod(number, value)
        text += sign * min(times, 9)
    return text


DIGITS = "零一二三四五六七八九"
ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
SPELLED: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "decimalZero": "{:02d}".format,
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "ideographDigital": _chinese,
    "japaneseCounting": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "upperLetter": _letters,
    "lowerLetter": lambda number: _letters(number).lower(),
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
}
