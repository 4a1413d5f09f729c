"""What a text is made of, and what in it may want repair: every character of a column seen once, in machine code."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from medgo_data.native import compiled, flat

if TYPE_CHECKING:
    import polars as pl

# Every character has one class, and each class belongs to a kind of characters, or to none.
CLASSES = {
    "other": None,
    "combining": None,
    "han": "han",
    "traditional": "han",
    "both_ways": "han",  # Traditional for one character, and Simplified for another
    "misread": "han",  # what UTF-8 looks like when it is read as GBK
    "compatible_han": "han",
    "ascii_letter": "latin",
    "latin": "latin",
    "lead": "latin",  # what the first byte of UTF-8 looks like when it is read as Latin-1
    "compatible_latin": "latin",
    "ascii_digit": "digits",
    "digit": "digits",
    "compatible_digit": "digits",
    "space": "space",
    "tab": "space",
    "newline": "space",
    "form_feed": "space",
    "odd_space": "space",
    "stop": "punctuation",  # a sentence, or a clause of one, may end here
    "chinese_stop": "punctuation",
    "chinese_mark": "punctuation",
    "chinese_close": "punctuation",
    "chinese_open": "punctuation",
    "quote": "punctuation",
    "lenticular": "punctuation",
    "bracket": "punctuation",
    "bracket_end": "punctuation",
    "parenthesis": "punctuation",
    "slash": "punctuation",
    "exclamation": "punctuation",
    "ampersand": "punctuation",
    "hash": "punctuation",
    "backslash": "punctuation",
    "dash": "punctuation",
    "mark": "punctuation",
    "compatible_mark": "punctuation",
    "less": "symbols",
    "dollar": "symbols",
    "pipe": "symbols",
    "superscript": "symbols",
    "diaeresis": "symbols",
    "symbol": "symbols",
    "compatible_symbol": "symbols",
    "kana_hangul": "kana_hangul",
    "replacement": "replacement",
    "private_use": "private_use",
    "control": "controls",
}
NUMBER = {name: number for number, name in enumerate(CLASSES)}

# A sign says that a repair may have work in a text. It is a class that occurs, two that stand side by side, or two
# with one space between them; or, without any of these, something that only the kernel can see.
HAN = ("han", "traditional", "both_ways", "misread", "compatible_han")
WORDS = (*HAN, "ascii_letter", "latin", "lead", "ascii_digit", "compatible_latin", "compatible_digit")
CHINESE = ("chinese_stop", "chinese_mark", "chinese_close")
SAID = (
    *WORDS,
    "other",
    "digit",
    "backslash",
    "chinese_open",
    "quote",
    "lenticular",
    "bracket",
    "parenthesis",
    "less",
    "symbol",
    "superscript",
)
SIGNS: dict[str, list[str | tuple[str, ...]]] = {
    "compatible": [
        *(name for name in CLASSES if name.startswith("compatible_")),
        ("ascii_letter", "combining"),
        ("latin", "combining"),
        ("lead", "combining"),
    ],
    "private_use": ["private_use"],
    "misread": [
        "misread",
        *(("lead", tail) for tail in ("control", "odd_space", "symbol", "mark", "superscript", "quote", "dash")),
    ],
    "tag": [("less", "ascii_letter"), ("less", "slash"), ("less", "exclamation")],
    "entity": [("ampersand", "ascii_letter"), ("ampersand", "hash")],
    "tex": ["backslash", "dollar"],
    "link": [("bracket_end", "parenthesis")],
    "citation": [
        *((left, "ascii_digit") for left in ("bracket", "lenticular")),
        ("bracket", "space", "ascii_digit"),
        ("ascii_digit", "quote"),
        *((left, "superscript") for left in (*HAN, *CHINESE)),
        "diaeresis",
    ],
    "odd_space": ["odd_space", "control"],
    "doubled": [("space", "space")],
    "trailing": [(blank, "newline") for blank in ("space", "tab")],
    "indent": [("newline", "space"), ("newline", "tab")],
    "before_mark": [(left, "space", mark) for left in (*WORDS, "chinese_close", "bracket_end") for mark in CHINESE],
    "after_mark": [
        (mark, "space", right)
        for mark in ("chinese_stop", "chinese_mark", "chinese_open")
        for right in (*SAID, "chinese_stop", "chinese_mark")
    ],
    "blank_lines": [],  # more than two
    "spread": [],  # Han that stand apart, six or more in a row
    "spread_head": [],  # two that do, at the beginning of a bracket or of a line that ends with two
    "form_feed": ["form_feed"],
    "dashed": [("dash", "newline"), ("dash", "space", "newline")],  # - 12 -
    "wrapped": [],  # lines that end amid a sentence
    "run": [],  # a character, five times or more
    "twin_lines": [],
    "advertising": [],  # two characters of a word by which it is known
    "traditional": ["traditional", "both_ways"],
}
BIT = {name: 1 << number for number, name in enumerate(SIGNS)}
RUN = 5  # of one character
SPREAD = 5  # gaps between Han in a row: 心 肝 脾 肺 肾 has four
WRAPPED = 3  # lines
NARROW = 24  # columns, two for a Han
POINT = 21  # bits of a character; two of them are a pair
MIX = 0x9E375  # odd, and so small that what it makes of a pair has no more than 63 bits
CLOSE = 0.25  # the variance of widths, in squares of their mean


def scanned(text: pl.Series) -> Any:
    """The signs of each text, a bit each."""
    import numpy as np

    from medgo_data.clean.debris import ADVERTISING

    content, ends = flat(text)
    signs = np.zeros(len(text), np.uint32)
    compiled(_scan)(content, ends, table(), *_neighbours(), pairs_of(ADVERTISING), _numbers(), signs)
    return signs


def _scan(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  one loop: a call for each character would cost more than its work
    content: Any, ends: Any, table: Any, beside: Any, across: Any, words: Any, numbers: Any, signs: Any
) -> None:
    space, newline, lenticular, first_han, last_han = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    blank_lines, spread, head, wrapped, run_sign, twins, advertising = (
        numbers[5], numbers[6], numbers[7], numbers[8], numbers[9], numbers[10], numbers[11],
    )  # fmt: skip
    run_limit, spread_limit, wrapped_limit = numbers[12], numbers[13], numbers[14]
    endless, goes_on, may_run, wide = numbers[15], numbers[16], numbers[17], numbers[18]
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        bits = 0
        third, second, first = newline, newline, newline  # the classes before this one; first is the nearest
        last, run, gaps, feeds = -1, 1, 0, 0
        lines, width, unfinished, widths, squares = 0, 0, 0, 0, 0  # of lines that end amid a sentence
        hashed, before = 0, -1
        open_end, opens = False, False  # what the line does: break off, and begin with Han that stand apart
        while at < end:
            byte = content[at]
            if byte < 0x80:
                point = int(byte)
                at += 1
            elif byte < 0xE0:
                point = (byte & 0x1F) << 6 | content[at + 1] & 0x3F
                at += 2
            elif byte < 0xF0:
                point = (byte & 0x0F) << 12 | (content[at + 1] & 0x3F) << 6 | content[at + 2] & 0x3F
                at += 3
            else:
                point = (byte & 0x07) << 18 | (content[at + 1] & 0x3F) << 12
                point |= (content[at + 2] & 0x3F) << 6 | content[at + 3] & 0x3F
                at += 4
            now = int(table[point])
            bits |= beside[first, now]
            pair = last << POINT | point
            if words[pair * MIX >> POINT & len(words) - 1] == pair:
                bits |= advertising
            is_han = first_han <= now <= last_han
            if first == space:
                bits |= across[second, now]
                if is_han and first_han <= second <= last_han:
                    gaps += 1
                    if gaps >= spread_limit:
                        bits |= spread
                    if third == lenticular:
                        bits |= head
                    elif third in (newline, space):
                        opens = True
                else:
                    gaps = 0
            elif now != space:
                gaps = 0
            if point == last:
                run += 1
                if run == run_limit and may_run >> now & 1:
                    bits |= run_sign
            else:
                run = 1
            last = point
            if now == newline:
                if opens:
                    if second == space and first_han <= first <= last_han and first_han <= third <= last_han:
                        bits |= head
                    opens = False
                feeds += 1
                if feeds == 4:
                    bits |= blank_lines
                if hashed != 0:
                    if hashed == before:
                        bits |= twins
                    before = hashed
                    hashed = 0
                    lines += 1
                open_end = (endless >> first & 1) != 0
            else:
                if feeds > 0:
                    if feeds == 1 and open_end and goes_on >> now & 1:
                        unfinished += 1
                        widths += width
                        squares += width * width
                    feeds = 0
                    width = 0
                width += 1 + (wide >> now & 1)
                if now != space:
                    hashed = (hashed ^ point) * 0x100000001B3 & 0x7FFFFFFFFFFFFFFF
            third, second, first = second, first, now
        bits |= beside[first, newline]
        if opens and second == space and first_han <= first <= last_han and first_han <= third <= last_han:
            bits |= head
        if hashed != 0 and hashed == before:
            bits |= twins
        # of one width, nearly: lines that were broken where they were full, not where a thought ended
        alike = squares * unfinished - widths * widths <= widths * widths * CLOSE
        if unfinished >= wrapped_limit and unfinished * 5 >= lines and widths >= NARROW * unfinished and alike:
            bits |= wrapped
        signs[row] = bits


@cache
def _numbers() -> Any:
    """What the kernel asks of classes, signs and limits, in the order in which it takes them."""
    import numpy as np

    classes = [NUMBER[name] for name in ("space", "newline", "lenticular", HAN[0], HAN[-1])]
    bits = [
        BIT[name] for name in ("blank_lines", "spread", "spread_head", "wrapped", "run", "twin_lines", "advertising")
    ]
    endless = _set(
        (
            *WORDS,
            "chinese_mark",
            "chinese_close",
            "chinese_open",
            "mark",
            "dash",
            "bracket_end",
            "symbol",
            "less",
            "superscript",
            "space",
        )
    )
    goes_on = _set((*WORDS, *CHINESE, "chinese_open", "parenthesis", "bracket", "quote", "symbol", "less"))
    may_run = _set(set(NUMBER) - {"space", "newline", "tab", "ascii_digit", "digit", "compatible_digit", "control"})
    wide = _set((*HAN, *CHINESE, "compatible_latin", "compatible_digit", "chinese_open"))
    return np.array([*classes, *bits, RUN, SPREAD, WRAPPED, endless, goes_on, may_run, wide], np.int64)


def _set(names: Iterable[str]) -> int:
    return sum(1 << NUMBER[name] for name in set(names))


@cache
def pairs_of(words: str) -> Any:
    """The two characters at the middle of each word of a pattern, each pair in a slot of its own."""
    import numpy as np

    middles = [word[(len(word) - 1) // 2 :] for word in words.split("|")]
    pairs = {ord(middle[0]) << POINT | ord(middle[1]) for middle in middles}
    size = 64
    while len({_slot(pair, size) for pair in pairs}) < len(pairs):
        size *= 2
    found = np.zeros(size, np.int64)
    for pair in pairs:
        found[_slot(pair, size)] = pair
    return found


def _slot(pair: int, size: int) -> int:
    return pair * MIX >> POINT & size - 1


@cache
def _neighbours() -> tuple[Any, Any]:
    """The signs of two classes side by side, and of two with a space between them."""
    import numpy as np

    beside, across = np.zeros((2, len(CLASSES), len(CLASSES)), np.uint32)
    for name, occasions in SIGNS.items():
        for classes in occasions:
            if isinstance(classes, str):
                beside[:, NUMBER[classes]] |= BIT[name]
            else:
                into = beside if len(classes) == 2 else across
                into[NUMBER[classes[0]], NUMBER[classes[-1]]] |= BIT[name]
    return beside, across


# ---- classes -------------------------------------------------------------------------------------------------------

ALONE = {
    "space": " ", "tab": "\t", "newline": "\n", "form_feed": "\f", "stop": ".!?;:", "chinese_stop": "。！？；：",
    "chinese_mark": "，、", "chinese_close": "）》", "chinese_open": "（《", "quote": "“”‘’…", "lenticular": "【", "bracket": "[［〔", "bracket_end": "]",
    "parenthesis": "(", "slash": "/", "exclamation": "!", "ampersand": "&", "hash": "#", "backslash": "\\",
    "dash": "-–—·", "less": "<", "dollar": "$", "pipe": "|", "superscript": "¹²³⁰⁴⁵⁶⁷⁸⁹", "diaeresis": "¨",
    "replacement": "\ufffd", "han": "々〆〇",
}  # fmt: skip
BEYOND = (("\U00020000", "han"), ("\U0003fffe", "other"), ("\U000f0000", "private_use"))  # from here on, one class
CATEGORIES = {"P": "mark", "S": "symbol", "N": "symbol", "Z": "odd_space", "C": "control"}
SCRIPTS = {"LATIN": "latin", "HIRAGANA": "kana_hangul", "KATAKANA": "kana_hangul", "HANGUL": "kana_hangul"}


@cache
def table() -> Any:
    """The class of every code point."""
    import numpy as np

    from medgo_data.clean.characters import COMPATIBLE, MISREAD
    from medgo_data.clean.t2s import both_ways, traditional

    found = np.zeros(0x110000, np.uint8)
    for first, name in BEYOND:
        found[ord(first) :] = NUMBER[name]
    found[: ord(BEYOND[0][0])] = [NUMBER[_class(chr(point))] for point in range(ord(BEYOND[0][0]))]
    for name, chars in (("traditional", traditional()), ("both_ways", both_ways()), ("misread", MISREAD)):
        found[[ord(char) for char in chars]] = NUMBER[name]
    for char in (*COMPATIBLE, *_alone()):
        found[ord(char)] = NUMBER[class_of(char)]
    return found


def class_of(char: str) -> str:
    """The class of one character, for which no table need be made; of Han, only the compatible ones are told apart."""
    from medgo_data.clean.characters import COMPATIBLE

    if char in _alone():
        return _alone()[char]
    found = _class(char) if char < BEYOND[0][0] else next(name for first, name in reversed(BEYOND) if first <= char)
    if char not in COMPATIBLE:
        return found
    kind = {"han": "han", "latin": "latin", "digits": "digit", "punctuation": "mark"}
    return f"compatible_{kind.get(CLASSES[found] or '', 'symbol')}"


@cache
def _alone() -> dict[str, str]:
    return {char: name for name, chars in ALONE.items() for char in chars}


def _class(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Co":
        return "private_use"
    if char.isspace():
        return "odd_space"
    if category == "Nd":
        return "ascii_digit" if char.isascii() else "digit"
    if "\u2e80" <= char <= "\u2fdf" or "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff":
        return "han"
    if category[0] == "L":
        return "ascii_letter" if char.isascii() else "lead" if "\u00c2" <= char <= "\u00f4" else _script(char)
    return "combining" if "\u0300" <= char <= "\u036f" else CATEGORIES.get(category[0], "other")


def _script(char: str) -> str:
    name = unicodedata.name(char, "").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ")
    return SCRIPTS.get(name.split(" ")[0], "other")
