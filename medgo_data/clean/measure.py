"""How a text reads: whether its characters belong beside each other, how its lines are made, how much of it comes again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from medgo_data.clean.kernel import CLASSES, MIX, POINT, class_of, pairs_of, table
from medgo_data.clean.phrases import HINTS
from medgo_data.native import Flat, compiled, flat

STRANGERS = Path(__file__).with_name("strangers.txt")
# What a character may be. The order matters: those up to `rare` are Han, those up to `broken` are no marks.
GROUPS = (
    "han",
    "rare",
    "other",
    "latin",
    "accented",
    "digits",
    "kana_hangul",
    "broken",
    "sentence",
    "comma",
    "sign",
    "frame",
    "space",
    "line",
)
OF_CLASSES = {  # of the columns that the classes of the kernel belong to
    "han": "han",
    "latin": "latin",
    "digits": "digits",
    "space": "space",
    "punctuation": "sign",
    "symbols": "sign",
    "kana_hangul": "kana_hangul",
    "replacement": "broken",
    "private_use": "broken",
    "controls": "broken",
}
SCRIPTS = ("han", "latin", "kana_hangul", "other")
HAN, RARE, SENTENCE, COMMA, SPACE = map(GROUPS.index, ("han", "rare", "sentence", "comma", "space"))
FOUND = ("neighbours", "strangers", "entries", "entry_chars", "rows", "lone", "hints")
NUMBER = 0xFFF  # the lower bits of a kind: which of the common characters it is; the upper ones are its group
GROUP = 12
BLOCK = 1 << 18  # bytes: what is made of them stays in cache
BAR, BREAK = ord("|"), ord("\n")
LONGEST_ENTRY = 40  # characters of a line that may be an entry of a list or a menu
BASE, MIXED = 0x1E3779B97F4A7C15, 0x3F58476D1CE4E5B9  # odd, and without a pattern
FOLDED = dict(zip(",:;?!()\f\r", "，：；？！（）\n\n", strict=True))


def measured(text: Flat) -> pl.DataFrame:
    """A row for each text, in numbers of characters where nothing else is said.

    han, latin, digits, space, signs, kana_hangul, frame, other: what it is made of; signs are marks and symbols together
    size         all but the white space and the bars of tables, which are the frame
    broken       what no text has: replacement characters, private ones, controls
    neighbours   pairs of common characters that stand side by side
    strangers    those of them that hardly ever do in Chinese, in whatever style
    rare         Han that neither GB 2312 nor Big 5 counts among the usual ones
    accented     letters that are Latin and not of ASCII
    sentences    ends of sentences
    entries      lines that are short and have neither a comma nor an end of a sentence, as those of a menu
    entry_chars  what stands in them
    rows         lines that begin and end with a bar, as those of a table
    lone         Han without another Han beside it
    hints        pairs of characters such as the middle of each of HINTS: at least as many as there are HINTS
    """
    import numpy as np

    content, ends = text
    counted, found = (np.zeros((len(ends) - 1, len(names)), np.uint32) for names in (GROUPS, FOUND))
    compiled(_measure)(content, ends, *_tables(), pairs_of(HINTS), counted, found)
    told = pl.DataFrame({name: np.ascontiguousarray(column) for name, column in zip(GROUPS, counted.T, strict=True)})
    return told.select(
        "rare", "accented", "digits", "kana_hangul", "broken", "frame", "other",
        han=pl.col("han") + pl.col("rare"),
        latin=pl.col("latin") + pl.col("accented"),
        space=pl.col("space") + pl.col("line"),
        signs=pl.sum_horizontal("sentence", "comma", "sign"),
        sentences="sentence",
        size=pl.sum_horizontal(pl.exclude("space", "line", "frame")),
        **{name: pl.Series(np.ascontiguousarray(column)) for name, column in zip(FOUND, found.T, strict=True)},
    )  # fmt: skip


def repeated(text: Flat, gram: int, least: float = 0) -> pl.Series:
    """The share of each text that is written a second time: of all stretches of so many letters, those that came before.

    A share that is less than the least may be given as 0: most texts need not be read to their end to see it.
    """
    import numpy as np

    content, ends = text
    shares = np.zeros(len(ends) - 1, np.float64)
    longest = int(np.diff(ends).max(initial=0))
    table = np.zeros(64 + int(8 * longest * (1 - least)), np.int32)
    compiled(_repeated)(content, ends, gram, least, np.zeros(gram, np.int64), table, shares)
    return pl.Series(shares)


def han(text: pl.Series) -> pl.Series:
    """How many characters from U+4000 to U+9FFF each text has: those whose UTF-8 begins with E4 to E9.

    One bit a byte, counted in words of 64 bits up to each boundary between two texts: 2.9 GB/s, where a sum for each text
    takes 0.8 and a pattern 0.2.
    """
    import numpy as np  # here, because a recipe is read without it

    content, ends = flat(text)
    content = content[ends[0] : ends[-1]]
    bits = np.zeros((len(content) // 64 + 1) * 8, np.uint8)
    for start in range(0, len(content), BLOCK):
        some = np.packbits(content[start : start + BLOCK] - np.uint8(0xE4) < 6, bitorder="little")
        bits[start // 8 : start // 8 + len(some)] = some
    words = bits.view("<u8")
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bitwise_count(words), dtype=np.int64)])
    word, bit = np.divmod((ends - ends[0]).astype(np.uint64), np.uint64(64))
    below = words[word] & ((np.uint64(1) << bit) - np.uint64(1))
    return pl.Series(np.diff(before[word] + np.bitwise_count(below)))


def scripts(text: pl.Series) -> pl.DataFrame:
    """What ``measured`` tells of letters, by which a language is known; its kernel takes longer to load than a few texts to read."""
    import numpy as np

    points = np.frombuffer("\n".join([*text, ""]).encode("utf-32-le"), "<u4")
    lengths = text.str.len_chars().to_numpy().astype(np.intp) + 1  # with the break behind it
    kinds = np.zeros(int(points.max(initial=0)) + 1, np.uint8)
    kinds[points] = 1
    met = np.flatnonzero(kinds)
    kinds[met] = [_script(point) for point in met.tolist()]
    found = kinds.take(points)
    starts = np.cumsum(lengths) - lengths
    return pl.DataFrame(
        {
            name: np.add.reduceat((found == kind).view(np.uint8), starts, dtype=np.uint32)
            for kind, name in enumerate(SCRIPTS, 1)
        }
    )


@cache
def _script(point: int) -> int:
    """Which of SCRIPTS a character is, from 1 on; 0 for none."""
    group = OF_CLASSES.get(str(CLASSES[class_of(chr(point))]), "other")
    return SCRIPTS.index(group) + 1 if group in SCRIPTS else 0


def _measure(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  one pass over every byte, told in one piece
    content: Any, ends: Any, kinds: Any, strange: Any, size: int, words: Any, counted: Any, found: Any
) -> None:
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        neighbours, strangers, entries, entry_chars, rows, lone, hints, beside = 0, 0, 0, 0, 0, 0, 0, 0
        before, run, hans = 0, 0, 0  # the common character just before, the Han just before without a gap, and all
        chars, clauses, first, last = 0, 0, 0, 0  # of this line
        while at <= end:
            if at == end:
                point = BREAK  # the last line ends too
                at += 1
            else:
                byte = content[at]
                if byte < 0x80:
                    point = byte & 0x7F
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
            pair = beside << POINT | point
            hints += words[pair * MIX >> POINT & len(words) - 1] == pair
            beside = point
            kind = kinds[point]
            group = kind >> GROUP
            number = kind & NUMBER
            if group == HAN:
                run += 1
                hans += 1
            else:
                counted[row, group] += 1
                if group == RARE:
                    run += 1
                else:
                    lone += run == 1
                    run = 0
                    if group >= SPACE:
                        before = 0
                        if group > SPACE:
                            if chars > 1 and first == last == BAR:
                                rows += 1
                            elif 0 < chars <= LONGEST_ENTRY and clauses == 0:
                                entries += 1
                                entry_chars += chars
                            chars, clauses, first, last = 0, 0, 0, 0
                        continue
                    clauses += SENTENCE <= group <= COMMA
            if chars == 0:
                first = point
            last = point
            chars += 1
            if number and before:
                neighbours += 1
                place = before * size + number
                strangers += strange[place >> 3] >> (place & 7) & 1
            before = number
        counted[row, HAN] = hans
        counted[row, SPACE + 1] -= 1  # the break that ended the last line
        found[row, 0] = neighbours
        found[row, 1] = strangers
        found[row, 2] = entries
        found[row, 3] = entry_chars
        found[row, 4] = rows
        found[row, 5] = lone
        found[row, 6] = hints


def _repeated(content: Any, ends: Any, gram: int, least: float, window: Any, table: Any, shares: Any) -> None:  # noqa: C901, PLR0912, PLR0913, PLR0917  the same
    last = 1  # the weight of the letter that leaves the window; products of 64 bits wrap around
    for _ in range(gram):
        last *= BASE
    for row in range(len(ends) - 1):
        at, end = ends[row], ends[row + 1]
        stretches = 1 - gram
        for byte in content[at:end]:
            stretches += (byte >= 0xC0) | (byte >= 0x41) & (byte < 0x80)
        if stretches <= 0:
            continue
        most_new = int(stretches * (1 - least))  # before the share is less than the least
        size = 64
        while size < 4 * most_new:  # most places stay free
            size *= 2
        table[:size] = 0
        window[:] = 0
        rolled, count, again, oldest, new = 0, 0, 0, 0, 0
        while at < end and new <= most_new:
            byte = content[at]
            if byte < 0x80:
                point = byte & 0x7F
                at += 1
                if point < 0x41:
                    continue
            elif byte < 0xE0:
                point = (byte & 0x1F) << 6 | content[at + 1] & 0x3F
                at += 2
            elif byte < 0xF0:
                point = (byte & 0x0F) << 12 | (content[at + 1] & 0x3F) << 6 | content[at + 2] & 0x3F
                at += 3
            else:
                point = (content[at + 2] & 0x3F) << 6 | content[at + 3] & 0x3F
                at += 4
            rolled = rolled * BASE + point - last * window[oldest]
            window[oldest] = point
            oldest = oldest + 1 if oldest + 1 < gram else 0
            count += 1
            if count >= gram:
                mixed = (rolled ^ rolled >> 31) * MIXED
                mark = mixed >> 32 | 1  # never 0, which is an empty place
                place = mixed >> 16 & size - 1
                while table[place] != 0 and table[place] != mark:
                    place = place + 1 & size - 1
                if table[place] == mark:
                    again += 1
                else:
                    table[place] = mark
                    new += 1
        if new <= most_new:
            shares[row] = again / stretches


@cache
def _tables() -> tuple[Any, Any, int]:
    """What each character is; a bit for each pair of common ones, whether the two are strangers; and how many are common."""
    import numpy as np

    after = dict(line.split("\t") for line in STRANGERS.read_text("utf-8").splitlines())
    common = sorted({char for first, rest in after.items() for char in first + rest})
    number = {char: k for k, char in enumerate(common, 1)}
    size = len(common) + 1
    strange = np.zeros(size * size, np.uint8)
    for first, rest in after.items():
        strange[[number[first] * size + number[char] for char in rest]] = 1
    group = {name: k << GROUP for k, name in enumerate(GROUPS)}
    kinds = np.array([group[OF_CLASSES.get(str(column), "other")] for column in CLASSES.values()], np.uint16)[table()]
    kinds[0x3400:0xA000][kinds[0x3400:0xA000] == group["han"]] = group["rare"]
    kinds[[ord(char) for char in _usual() + "".join(common) if "\u4e00" <= char <= "\u9fff"]] = group["han"]
    kinds[0xC0:0x250][kinds[0xC0:0x250] == group["latin"]] = group["accented"]
    kinds[[ord(char) for char in "。！？；"]] = group["sentence"]
    kinds[ord("，")] = group["comma"]
    kinds[BAR] = group["frame"]
    kinds[BREAK] = group["line"]
    for char, k in number.items():
        kinds[ord(char)] |= k
    for half, full in FOLDED.items():
        kinds[ord(half)] = kinds[ord(full)]
    return kinds, np.packbits(strange, bitorder="little"), size


def _usual() -> str:
    """The characters of the two old standards, each of which lists the usual ones first."""
    simplified = bytes(b for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) for b in (high, low))
    traditional = bytes(
        b for high in range(0xA4, 0xC7) for low in (*range(0x40, 0x7F), *range(0xA1, 0xFF)) for b in (high, low)
    )
    return simplified.decode("gb2312", "ignore") + traditional.decode("big5", "ignore")
