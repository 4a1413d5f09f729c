"""A text as the rules read it: one width, one script, nothing hidden, numbers in one piece; and from there the way back.

``fold`` says it in Python. ``Column`` does the same for many texts at once: in machine code where characters are only
exchanged one for one, as in almost every text, and with ``fold`` where some are to be taken out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from medgo_data import letters
from medgo_data.native import flat

HAN = ((0x2E80, 0x2FE0), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32400))
WRITTEN = (*range(0x40000), *range(0xE0000, 0xE1000))  # the planes in which there are characters
STYLED = (0x1D400, 0x1D800)  # mathematical letters and digits: bold, italic, in double lines
SAME = {  # what a rule writes, and what stands for it
    " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u2800\u3000\u3164",
    "\n": "\u000b\u000c\u0085\u2028\u2029",
    "-": "‐‑−﹣⁃",
    ":": "∶︰﹕꞉",
    "·": "•‧・･∙⋅",
    "~": "〜∼˜",
    "[": "【〔",
    "]": "】〕",
    "?": "﹖",
    "!": "﹗",
    ",": "﹐",
    ";": "﹔",
    "%": "﹪",
    "(": "﹙",
    ")": "﹚",
    "K": "\u212a",  # what (?i) would find: a rule's letter is that letter
    "s": "ſ",
    "i": "ı",
    "I": "İ",
    "\ufffd": "".join(map(chr, range(0xD800, 0xE000))),  # halves of characters, which cannot be written
}
DASHES = "–—―─ー"  # a hyphen, where they stand between two digits
NUMERALS = dict(zip("〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两洞拐勾", "00012345678912345678912079", strict=True))
# An entry of the table is the character, and these bits say what it may be a part of.
GONE, DASH, NUMERAL, PLAIN = 1 << 31, 1 << 30, 1 << 29, (1 << 29) - 1
SHORT = 4  # characters of the first piece of a number that a space cuts off
PASSES = 64  # a text in which still something is hidden after so many is no text

AND = r"(?:amp|AMP|#0{0,5}38|#[xX]0{0,4}26);"
ENTITY = re.compile(rf"&(?:{AND})*+(?:#[0-9]{{1,7}}+;?|#[xX][0-9A-Fa-f]{{1,6}}+;?|[A-Za-z][0-9A-Za-z]{{1,31}}+;)?")
ONE = f"[{''.join(NUMERALS)}]"
SPOKEN = re.compile(rf"(?<![十百千万亿第点])(?<!{ONE}){ONE}(?:[ ,、()-]?{ONE}){{4,}}+(?![十百千万亿年月日号点])")
BETWEEN = re.compile(rf"(?<=[0-9])[{DASHES}](?=[0-9])")
SPACED = re.compile(  # 1 3 8 …, C T - 0 5 8 …, ( 0 2 1 ) 5 …
    r"(?<![0-9A-Za-z.])(?<![0-9] )(?<![^0-9A-Za-z][A-Z] )[0-9A-Z(](?: [0-9A-Z()-](?![0-9A-Za-z.年月日岁床])){5,200}+"
    r"(?: [Xx](?![0-9A-Za-z]))?"
)
RUN = re.compile(r"[0-9](?: [0-9]){5}")
BROKEN = re.compile(
    r"(?<![0-9A-Za-z.])([A-Z]{0,4}-?\(?[0-9](?:[ -]?[0-9A-Z]){0,20}+-?)( {0,4}\n {0,4})(-?[0-9](?:-?[0-9A-Z]){0,18}+x?)(?![0-9A-Za-z%]|\.[0-9])"
)
CUED = re.compile(
    r"(?:[号码证卡话机线真络:=#]|护照|[Pp]assport(?: No\.?)?|病案|标本|样本|条码|送检|保单|医保|主索引|MRN|I[dD]|Acc)(?:[为是:=(/]| ){0,3}$"
)
UNIT = re.compile(r" ?(?:床(?![号位])|[岁年月日天周次个例度型级期片粒支元号分时名人%℃])")
DIGITS = re.compile("[0-9 -]*")
GROUPS = re.compile(r"[0-9](?:[ -]?[0-9]){1,10}(?![0-9])")
DAY = re.compile(r"(?:19|20)\d\d[-./年]|\d{1,2}[-/.]\d{1,2}(?!\d)")
DATE = re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d")
LANDLINE = re.compile(r"0\d{2,3}[2-8]\d{6,7}|[48]00\d{7}|\(?0\d{2,3}\)?[2-8]\d{6,7}")
APART = re.compile(
    r"(?<![0-9A-Za-z.-])(\(?[0-9A-Z-]{1,12})((?:&nbsp;|&#160;|&#[xX][aA]0;))([0-9A-Za-z-]{3,24}(?:\([0-9A]\)|\)[0-9]{7,8})?|[0-9]{1,2}\)[0-9]{7,8})(?![0-9A-Za-z:.])"
)
MOBILE, RESIDENT = re.compile(r"1[3-9]\d{9}"), re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dXx]")
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Step:
    """Pieces of a text that became others: where in the new text, how long there, and from where to where in the old one."""

    at: list[int]
    size: list[int]
    start: list[int]
    end: list[int]

    def back(self, start: int, end: int) -> tuple[int, int]:
        first, _ = self._origin(start)
        return first, (self._origin(end - 1)[1] if end > start else first)

    def _origin(self, place: int) -> tuple[int, int]:
        k = bisect_right(self.at, place) - 1
        if k < 0:
            return place, place + 1
        after = place - self.at[k] - self.size[k]
        return (self.start[k], self.end[k]) if after < 0 else (self.end[k] + after, self.end[k] + after + 1)


@dataclass(frozen=True)
class Folded:
    text: str
    steps: tuple[Step, ...] = ()

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original this piece of the folded text stands."""
        for step in reversed(self.steps):
            start, end = step.back(start, end)
        return start, end


class FoldError(ValueError):
    """A text in which something was hidden in what was hidden, and so on."""


def fold(text: str) -> Folded:
    """The text as rules read it. What is folded already stays as it is."""
    steps: list[Step] = []
    for _ in range(PASSES):
        plain = BETWEEN.sub("-", SPOKEN.sub(_spoken, text.translate(_pairs())))
        edits = next(filter(None, (list(kind(plain)) for kind in EDITS)), None)
        if edits:
            text, step = _edited(plain, edits)
            steps.append(step)
        elif plain == text:
            return Folded(text, tuple(steps))
        else:
            text = plain
    raise FoldError(f"after {PASSES} passes there is still something hidden in the text. It was made to hide it.")


def _spoken(found: re.Match[str]) -> str:
    """一三八零零…, as digits; not a line drawn with 一, nor 一、二、三、四、五."""
    groups = re.split("[ ,、()-]", found[0])
    if len(groups) > 1:
        drawn = len(found[0]) - len(groups) < 6
        if drawn or (min(map(len, groups)) < 2 and set(found[0]) & set(",、")):
            return found[0]
    return found[0] if len(set(found[0])) < 3 else "".join(NUMERALS.get(char, char) for char in found[0])


def _hidden(text: str) -> Iterator[Edit]:
    for found in _gone().finditer(text) if not _hidden_ones().isdisjoint(text) else ():
        alone = found[0].endswith("\r") and text[found.end() : found.end() + 1] != "\n"
        yield *found.span(), "\n" if alone else ""  # a carriage return by itself breaks a line


def _entities(text: str) -> Iterator[Edit]:
    within = {found.span(2) for found in APART.finditer(text) if _one(text, found)} if "&" in text else set()
    for found in ENTITY.finditer(text) if "&" in text else ():
        last = re.sub(f"^&(?:{AND})+", "&", found[0])
        if (said := html.unescape(last)) != found[0]:
            yield *found.span(), "" if found.span() in within else said


def _one(text: str, found: re.Match[str]) -> bool:
    """Whether two pieces with a space between them are one number: 138 00138000, B24 -01187."""
    first, rest = found[1], found[3]
    if DAY.match(rest) or not (re.search("[0-9(-]", first) or rest[0] == "-") or not re.search("[0-9]{2}", rest):
        return False
    plain = re.sub("[-()]", "", rest)
    if MOBILE.fullmatch(plain) or RESIDENT.fullmatch(plain):
        return False
    if len(first) > SHORT:
        said = re.sub("[-()]", "", first) + plain
        cued = CUED.search(text, max(0, found.start() - 8), found.start()) is not None and not DATE.fullmatch(plain)
        return _proven(said) or (cued and 6 <= len(said) <= 20)
    return len(plain) < 9 or not first.isdigit() or _proven(first + plain)


def _proven(number: str) -> bool:
    """Whether a number says by itself that it is whole."""
    return bool(
        MOBILE.fullmatch(number)
        or RESIDENT.fullmatch(number)
        or LANDLINE.fullmatch(number)
        or (16 <= len(number) <= 19 and _luhn(number))
    )


def _spaced(text: str) -> Iterator[Edit]:
    for found in SPACED.finditer(text):
        if not RUN.search(found[0]):
            continue
        said = found[0][::2]
        if re.match(" [0-9]", text[found.end() : found.end() + 2]) and not _proven(said):
            continue
        between = {k for k in (11, 18) if _proven(said[:k]) and _proven(said[k:])}  # two numbers
        yield from (
            (place, place + 1, "")
            for k, place in enumerate(range(found.start() + 1, found.end(), 2), 1)
            if k not in between
        )


def _broken(text: str) -> Iterator[Edit]:
    for found in BROKEN.finditer(text) if "\n" in text else ():
        above, below = (
            re.findall("[0-9]", found[1][-_length(found[1][::-1]) :]),
            re.findall("[0-9]", found[3][: _length(found[3])]),
        )
        first, rest = (re.sub("[ ()-]", "", piece).upper() for piece in (found[1], found[3]))
        last = re.sub("[ ()-]", "", found[1].rsplit(" ", 1)[-1])
        if not above or len(above) + len(below) < 6 or _whole(first) or _whole(last) or DAY.match(text, found.start(3)):
            continue
        more = re.sub("[ -]", "", (GROUPS.match(text, found.start(3)) or found)[0])
        if _proven(first + rest) or _proven(last + rest) or MOBILE.fullmatch(first + more):
            yield *found.span(2), ""
        elif _cued(text, found):
            alone = len(rest) == 1 and len(first) != 5
            if not alone and 6 <= len(first + rest) <= 20 and not UNIT.match(text, found.end()):
                yield *found.span(2), ""


def _cued(text: str, found: re.Match[str]) -> bool:
    ends = {found.start(), found.start() + len(found[1]) - len(found[1].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))}
    return any(CUED.search(text, max(0, found.start() - 8), end) for end in ends)


def _length(piece: str) -> int:
    """How far it consists of digits, as a number of them may with spaces and hyphens."""
    return len(DIGITS.match(piece)[0])  # type: ignore[index]


def _whole(number: str) -> bool:
    return bool(MOBILE.fullmatch(number) or RESIDENT.fullmatch(number))


EDITS: tuple[Callable[[str], Iterator[Edit]], ...] = (_hidden, _entities, _spaced, _broken)


def _luhn(number: str) -> bool:
    if not number.isdecimal():
        return False
    doubled = [2 * int(digit) if k % 2 else int(digit) for k, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _edited(text: str, edits: Sequence[Edit]) -> tuple[str, Step]:
    pieces: list[str] = []
    at: list[int] = []
    last = size = 0
    for start, end, said in edits:
        pieces += (text[last:start], said)
        at.append(size + start - last)
        size = at[-1] + len(said)
        last = end
    starts, ends, made = zip(*edits, strict=True)
    return "".join([*pieces, text[last:]]), Step(at, [*map(len, made)], [*starts], [*ends])


# ---- many texts at once --------------------------------------------------------------------------------------------


class Column:
    """Many texts, folded: their UTF-8 in one piece of memory, and where each begins and ends there."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np

        from medgo_data.pii import kernel

        written = pl.Series([_writable(text) for text in texts], dtype=pl.String)
        content, ends = flat(written)
        size = int(ends[-1] - ends[0])
        held = np.empty(size * 4 // 3 + 8, np.uint8)  # a Simplified character may need four bytes for three
        bounds = np.empty(len(texts) + 1, np.int64)
        slow = np.zeros(len(texts), np.bool_)
        kernel.folded(content, ends, table(), held, bounds, slow)
        self.begins, self.ends = bounds[:-1].copy(), bounds[1:].copy()
        self.failed: set[int] = set()
        self._folded: dict[int, Folded] = {}
        more, at = [], int(bounds[-1])
        for row in np.flatnonzero(slow).tolist():
            try:
                self._folded[row] = one = fold(texts[row])
            except FoldError:
                self.failed.add(row)
                self.ends[row] = self.begins[row]
                continue
            more.append(one.text.encode())
            self.begins[row], self.ends[row] = at, at + len(more[-1])
            at += len(more[-1])
        self.content = held[: bounds[-1]]
        if more:
            self.content = np.concatenate([self.content, np.frombuffer(b"".join(more), np.uint8)])

    def __len__(self) -> int:
        return len(self.begins)

    def cut(self, begin: int, end: int) -> str:
        """What stands between two places in memory."""
        return str(self.content[begin:end].data, "utf-8")

    def __getitem__(self, row: int) -> Folded:
        return self._folded.get(row) or Folded(self.cut(self.begins[row], self.ends[row]))


def _writable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text


# ---- what becomes what ---------------------------------------------------------------------------------------------


@cache
def table() -> Any:
    """What each code point becomes, and with which bits."""
    import numpy as np

    found = np.arange(letters.POINTS, dtype=np.uint32)
    for old, new in _pairs().items():
        found[old] = ord(new)
    for char in _hidden_characters():
        found[ord(char)] |= GONE
    for char in DASHES:
        found[ord(char)] |= DASH
    for point in np.flatnonzero(np.isin(found, [ord(char) for char in NUMERALS])):
        found[point] |= NUMERAL
    return found


@cache
def _pairs() -> dict[int, str]:
    """Characters that become another one."""
    known = letters.table()[0]
    pairs: dict[int, str] = {}
    for first, end in HAN:
        for point in range(first, end):
            if known[point] != point and 0 < known[point] < letters.SEVERAL:
                pairs[point] = chr(known[point])
    for point in (*range(0xFF01, 0xFF5F), *range(*STYLED)):
        said = unicodedata.normalize("NFKC", chr(point))
        if said != chr(point) and said.isascii():
            pairs[point] = said
    for point in WRITTEN[0x80:]:
        if (digit := unicodedata.decimal(chr(point), None)) is not None:
            pairs[point] = str(digit)
    pairs |= {ord(other): char for char, others in SAME.items() for other in others}
    while chained := {old: pairs[ord(new)] for old, new in pairs.items() if ord(new) in pairs}:
        pairs |= chained
    return pairs


@cache
def _hidden_characters() -> str:
    """Those that nobody sees: controls, joiners, marks of direction, soft hyphens, choices of a glyph, the frame of a key."""
    seen = {"\t", "\n", *SAME["\n"]}
    of_format = (chr(point) for point in WRITTEN if unicodedata.category(chr(point)) in {"Cc", "Cf"})
    chosen = (chr(point) for point in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x034F, 0x20E3))
    return "".join(char for char in (*of_format, *chosen) if char not in seen)


@cache
def _hidden_ones() -> frozenset[str]:
    return frozenset(_hidden_characters())


@cache
def _gone() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(_hidden_characters())}]+")
