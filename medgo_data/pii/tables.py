"""What the layout of a record tells: the heads of columns say what stands below them, and rows of one shape hold the same things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, product
from math import inf
from typing import NamedTuple

from medgo_data.pii import heads, names
from medgo_data.pii.heads import HAN, certain, held, kind, people, shaped
from medgo_data.pii.records import EXPORTED, recorded
from medgo_data.pii.span import Span
from medgo_data.pii.words import likely, named, stated

# A text without any of these and without a name that stands by itself holds no layout.
SEEMS_HEAD = re.compile(
    r"姓 *名|床|机位|电话|患者|病人|证|[历院案条标样查]号?码?[,|\t ]|医[师生]|护士|Name|name|XM|[白夜]班|[一二]线|联系人|户主|签名|作者|收款人|参保人|空腹|抽血|"
    + EXPORTED.pattern
)
MARKS = {
    "\t": re.compile(r"\t"),
    "|": re.compile(r"[|│┃¦]"),
    "  ": re.compile(r"(?: {2,}|\t)+"),
    " ": re.compile(r"[ \t]+"),
    ",": re.compile(r"[,;]"),
    "/": re.compile(r"/"),
}
BLANK = ("  ", " ")  # marks that stand for nothing where a cell is empty
WRITTEN = re.compile(f"[{HAN}]")
LONGEST = 600  # characters of a line of cells
MOST = 40  # cells
WIDEST = 16  # characters of a head
QUOTES = " \t\"'"


class Cell(NamedTuple):
    start: int
    end: int
    text: str


Row = list[Cell]
SURNAME = re.compile(names.SURNAME)


def structured(text: str) -> list[Span]:
    """Spans that the layout of a whole folded document gives away."""
    every = [*_lines(text)]
    told = [_head(line) for _, line in every]
    lines = [(start, "" if head else line) for (start, line), head in zip(every, told, strict=True)]
    found = [*_headed(every, told), *_rosters(lines), *_forms(lines), *_lists(text), *_bed_lists(text), *recorded(text)]
    if "<t" in text.lower():
        found += _marked_up(text)
    return sorted(set(found))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _has(line: str, mark: str) -> bool:
    return mark in line or (mark == "|" and ("│" in line or "┃" in line or "¦" in line))


def _cells(line: str, mark: str, start: int) -> Row:
    """The cells of a line; empty ones count where a mark stands for them."""
    if len(line) > LONGEST:
        return []
    inner = line.strip(" |│┃¦") if mark == "|" else line.strip(" \t") if mark in BLANK else line
    shift = start + (line.find(inner) if inner else 0)
    cells, at = [], 0
    for met in (*MARKS[mark].finditer(inner), None):
        end = met.start() if met else len(inner)
        piece = inner[at:end]
        left = len(piece) - len(piece.lstrip(QUOTES))
        bare = piece.strip(QUOTES)
        cells.append(Cell(shift + at + left, shift + at + left + len(bare), bare))
        at = met.end() if met else end
    return _rejoined(cells) if mark == " " else cells


def _rejoined(cells: Row) -> Row:
    """A name of two letters may itself be written with a space."""
    joined: Row = []
    for cell in cells:
        last = joined[-1] if joined else None
        if (
            last
            and len(last.text) == len(cell.text) == 1
            and SURNAME.fullmatch(last.text)
            and cell.text not in "男女汉岁床号"
            and "\u3400" <= cell.text <= "\u9fff"
            and cell.start - last.end <= 2
        ):
            joined[-1] = Cell(last.start, cell.end, last.text + " " * (cell.start - last.end) + cell.text)
        else:
            joined.append(cell)
    return joined


# ---- columns with heads --------------------------------------------------------------------------------------------


class Head(NamedTuple):
    mark: str
    kinds: tuple[str, ...]


ANCHORS = {"SEX": heads.SEX, "AGE_OVER_89": heads.AGE}  # columns that hold nothing, but tell where others are
RULED = re.compile(r"[-|:+=─━┼├┤ \t]+")


def _headed(lines: Sequence[tuple[int, str]], told: Sequence[Head | None]) -> Iterator[Span]:
    head: Head | None = None
    misses = 0
    for (start, line), here in zip(lines, told, strict=True):
        if here:
            head, misses = here, 0
            continue
        if head is None or (line and RULED.fullmatch(line)):
            continue
        row = [*_below(head, line, start)]
        misses = 0 if row else misses + 1
        head = head if misses < 3 else None
        yield from row


def _head(line: str) -> Head | None:
    """How the cells of this line are separated and the types of the columns below, if it is a line of heads."""
    if not 3 <= len(line) <= 400:
        return None
    for mark, pattern in MARKS.items():
        if not _has(line, mark):
            continue
        pieces = pattern.split(line.strip(" |"))
        if not 2 <= len(pieces) <= MOST or len(pieces[-1].strip(QUOTES)) > WIDEST:
            continue
        if mark not in BLANK and max(map(len, pieces)) > 20:
            continue
        cells = [cell.text for cell in _cells(line, mark, 0)]
        if mark == "  " and any(" " in cell and len(cell) > 3 for cell in cells):
            continue
        told = _kinds(cells)
        if told is None and mark in BLANK:  # 名单如下 姓名 电话: the last cells are the heads
            first = next(
                (k for k in range(len(cells)) if all(kind(cell) is not None for cell in cells[k:])), len(cells)
            )
            told = _kinds(cells[first:]) if len(cells) - first >= 3 else None
        if told:
            return Head(mark, tuple("SEX" if known == "SEX" else known or "" for known in told))
    return None


def _kinds(cells: Sequence[str]) -> list[str | None] | None:
    if any(len(cell) > WIDEST for cell in cells):
        return None
    known: list[str | None] = []
    others = 0
    for cell in cells:
        known.append(kind(re.sub(r"^.{1,12}:", "", cell)))
        others += known[-1] is None
        if others * 2 > len(cells):
            return None
    told = [one for one in known if one is not None]
    if len(told) < 2 or not heads.PERSONAL & set(told):
        return None
    if len(told) * 3 >= len(cells) * 2:
        return known
    rest = [cell for cell, one in zip(cells, known, strict=True) if one is None]
    pairs = all((one is None) == bool(k % 2) for k, one in enumerate(known))
    if len(told) * 2 >= len(cells) and not pairs and not any(re.search(r"\d", cell) or certain(cell) for cell in rest):
        return known
    return None


def _below(head: Head, line: str, start: int) -> Iterator[Span]:
    cells = _cells(line, head.mark, start)
    if len(cells) < 2 and head.mark in {"\t", "|"}:
        cells = _cells(line, " ", start)
    if not 2 <= len(cells) <= MOST:
        return
    kinds = head.kinds
    same = len(cells) == len(kinds) or (head.mark not in BLANK and abs(len(cells) - len(kinds)) <= 1)
    if not same or (head.mark in BLANK and any(_misfit(k, c.text) for k, c in zip(kinds, cells, strict=True))):
        pairs = _aligned(line, start, cells, kinds)
    else:
        pairs = [*zip(kinds, cells, strict=False)]
    wrong = sum(_misfit(known, cell.text) for known, cell in pairs if cell.text)
    if wrong * 3 <= len(pairs) and (head.mark != "," or not wrong):
        yield from _row(pairs, "column")


def _row(pairs: Iterable[tuple[str, Cell]], by: str) -> list[Span]:
    """What these cells hold, if one of them tells who somebody is."""
    spans = [span for known, cell in pairs for span in _spans(known, cell, by)]
    return spans if any(span.type not in heads.FREE for span in spans) else []


def _spans(known: str, cell: Cell, by: str) -> Iterator[Span]:
    yield from (Span(cell.start + a, cell.start + b, known, by, 0.95) for a, b in held(known, cell.text))


def _misfit(known: str, text: str) -> bool:
    return _fit(known, text) < 0


def _fit(known: str, text: str) -> float:
    """How well a cell stands below a head."""
    if heads.UNTOLD.fullmatch(text):
        return 0.5
    if known == "PERSON":
        return 3 if certain(text) else 2 if shaped(text) else 1 if people(text) else -3
    if pattern := ANCHORS.get(known):
        return 2.5 if pattern.fullmatch(text) else -3
    there = bool(held(known, text))
    if known in heads.VALUES:
        return 1 + min(len(text), 11) / 6 if there else -3
    return 0 if not known else 1 if there else -0.5


def _aligned(line: str, start: int, cells: Row, kinds: Sequence[str]) -> list[tuple[str, Cell]]:
    """Which cells stand below which head, where some are missing, some are two or three, and some belong to none."""
    best = {(0, 0): 0.0}
    came: dict[tuple[int, int], tuple[int, int]] = {}
    for i, j in product(range(len(cells) + 1), range(len(kinds) + 1)):
        ways = []
        if j < len(kinds):
            ways.append((i, j + 1, -0.8 if kinds[j] else -0.4))
        if i < len(cells):
            ways.append((i + 1, j, -0.9))
        for n in range(1, min(3, len(cells) - i) + 1) if j < len(kinds) else ():
            fits = _fit(kinds[j], _joined(line, start, cells[i : i + n]).text)
            ways.append((i + n, j + 1, fits - 0.3 * (n - 1)))
        for a, b, gain in ways:
            if best[i, j] + gain > best.get((a, b), -inf):
                best[a, b], came[a, b] = best[i, j] + gain, (i, j)
    pairs = []
    at = (len(cells), len(kinds))
    while at != (0, 0):
        i, j = came[at]
        if at[0] > i and at[1] > j:
            pairs.append((kinds[j], _joined(line, start, cells[i : at[0]])))
        at = (i, j)
    return pairs[::-1]


def _joined(line: str, start: int, cells: Row) -> Cell:
    if len(cells) == 1:
        return cells[0]
    first, last = cells[0].start, cells[-1].end
    return Cell(first, last, line[first - start : last - start])


def _marked_up(text: str) -> Iterator[Span]:
    """Tables of web pages."""
    head: list[str] | None = None
    for row in re.finditer(r"<tr[^<>]{0,200}>(?P<v>(?:(?!</?tr)[\s\S]){1,4000})", text, re.IGNORECASE):
        inside = re.finditer(r"<t[dh][^<>]{0,200}>\s*(?P<v>[^<>]{0,200}?)\s*</", row["v"], re.IGNORECASE)
        cells = [Cell(row.start("v") + met.start("v"), row.start("v") + met.end("v"), met["v"]) for met in inside]
        told = _kinds([cell.text for cell in cells]) if 2 <= len(cells) <= MOST else None
        if told:
            head = [one or "" for one in told]
        elif head:
            yield from _row(zip(head, cells, strict=False), "column")
        else:
            yield from _paired(cells)


# ---- words and their values, side by side or one below the other ---------------------------------------------------


def _forms(lines: Sequence[tuple[int, str]]) -> Iterator[Span]:
    for start, line in lines:
        if mark := next((mark for mark in ("\t", "|", "  ") if _has(line, mark)), None):
            yield from _paired(_cells(line, mark, start))
    stack: list[str] = []  # heads that stand one below the other, then their values
    values: Row = []
    for start, line in (*lines, (0, "")):
        bare = line.strip(" :*") if len(line) < 80 or stack else ""
        if not bare and not stack:
            continue
        cell = Cell(start + line.find(bare), start + line.find(bare) + len(bare), bare)
        known = kind(bare) if 1 <= len(bare) <= 12 and not certain(bare) else None
        if known is not None and not values:
            stack.append(known)
        elif stack and bare and known is None and len(values) < len(stack) and len(bare) <= 60:
            values.append(cell)
        elif bare:
            yield from _stacked(stack, values)
            stack, values = ([known], []) if known is not None else ([], [])
    yield from _stacked(stack, values)


def _stacked(stack: Sequence[str], values: Row) -> list[Span]:
    if len(stack) != len(values) or any(_misfit(k, cell.text) for k, cell in zip(stack, values, strict=True)):
        return []
    return _row(
        [pair for pair in zip(stack, values, strict=True) if pair[0] != "PERSON" or certain(pair[1].text)], "form"
    )


def _paired(cells: Row) -> list[Span]:
    """姓名|李明|床号|12, and 姓名|李明|王芳 where the heads stand in the first column."""
    known: str | None = None
    pairs = []
    for cell in cells:
        if (told := kind(cell.text)) is not None and not (known == "PERSON" and certain(cell.text)):
            known = told
        elif known and (known != "PERSON" or shaped(cell.text)):
            pairs.append((known, cell))
    return _row(pairs, "form")


# ---- rows of one shape, without heads ------------------------------------------------------------------------------

CODE = re.compile(heads.BED)
PLAIN_NUMBER = re.compile(r"\d{1,3}")
MARKED_BED = re.compile(r"[+加抢临备监观增附走][床廊]? ?\d{1,2}|[A-Za-z]{1,3}-?\d{1,3}|\d{1,4}-\d{1,3}|0\d")
RECORD = re.compile(r"(?=\D*\d{4})(?:[A-Za-z]{0,4}-?\d{6,14}|0\d{4,13}|[A-Za-z]{1,4}-?\d{4,14})")
SHORT_DATE = re.compile(r"(\d{1,2})([-/.月])(\d{1,2})[日号]?")
AGED = re.compile(r"\d{1,3}岁|[男女]\d{1,3}岁?")
NAME_LAST = re.compile(rf"(?:{heads.SHAPED.pattern}|{heads.FOREIGN.pattern})(?:[^{HAN}]|和|$)")
RELATION = re.compile(
    r"(?:之|其)?[父母夫妻子女兄弟姐妹媳婿](?:亲|子)?|配偶|本人|儿子|女儿|丈夫|爱人|老伴|孙[子女]|护工|朋友"
)
OF_BEDS = re.compile(r"床|病区|病房|交班|交接|巡视|巡房|查房|探视|抽血|空腹|禁食|备皮|一级护理|护理查|ICU|机位|透析")
OF_ORDER = re.compile(r"序|名单|名次|排名|编号|通报|报名")


def _rosters(lines: Sequence[tuple[int, str]]) -> Iterator[Span]:
    """Rows of one shape in which most cells of a column are names: then its other cells are names as well."""
    heads_of = [line[:30] if len(line) <= LONGEST else "" for _, line in lines]
    together = "".join(heads_of)
    for mark in ("\t", "|", " ", "/", ","):
        if not _has(together, mark):
            continue
        may = [_has(first, mark) for first in heads_of]
        if not any(a and b for a, b in pairwise(may)):
            continue
        block: list[Row] = []
        title = ""
        for k, (start, line) in enumerate((*lines, (0, ""))):
            near = k < len(lines) and may[k] and ((k and may[k - 1]) or (k + 1 < len(lines) and may[k + 1]))
            cells = _cells(line, mark, start) if near and WRITTEN.search(line) else []
            if 2 <= len(cells) <= MOST:
                if not block:
                    title = " ".join(one for _, one in lines[max(0, k - 2) : k] if len(one) < 60)
                block.append(cells)
                continue
            yield from _block(block, title, mark)
            block = []
    for start, line in lines:
        yield from _items(start, line)
    yield from _coded(
        [(start, line) for start, line in lines if len(line) <= LONGEST], " ".join(one for _, one in lines[:2])[:80]
    )


def _items(start: int, line: str) -> Iterator[Span]:
    """Rows that stand in one line, between semicolons."""
    if line.count(";") < 2 or len(line) > 4000:
        return
    pieces: list[tuple[int, str]] = []
    for met in re.finditer(r"[^;。]+", line):
        shift = 0
        if not pieces and ":" in met[0][:-2]:
            shift = met[0].rindex(":", 0, len(met[0]) - 1) + 1
        pieces.append((start + met.start() + shift, met[0][shift:]))
    rows = [_cells(piece, " ", at) for at, piece in pieces]
    yield from _block([row for row in rows if row and len(row) <= MOST], line[:20], " ")
    yield from _coded(pieces, line[:20])


def _block(block: Sequence[Row], title: str, mark: str) -> Iterator[Span]:
    if len(block) < 2:
        return
    for k in range(min(8, max(map(len, block)))):
        if not any(_promises(row, k) for row in block):
            continue
        some: list[Row] = []
        gaps = 0
        for row in (*block, []):
            if len(row) > k and len(row[k].text) <= 24 and (people(row[k].text) or heads.UNTOLD.fullmatch(row[k].text)):
                some.append(row)
                gaps = 0
            elif some and row and not gaps and len(row) <= k + 2 and heads.UNTOLD.fullmatch(row[-1].text):
                some.append(row)
                gaps = 1
            else:
                yield from _named(some, k, title, mark)
                some, gaps = [], 0


def _promises(row: Row, k: int) -> bool:
    """Whether the cell at a place surely names somebody, or a sex or an age stands behind it: a column without any holds no names."""
    return (len(row) > k and _sure_of_one(row[k].text)) or (len(row) > k + 1 and _tells(row[k + 1].text))


@lru_cache(1 << 14)
def _sure_of_one(text: str) -> bool:
    """Whether a cell surely names somebody."""
    return 0 < len(text) <= 24 and NAME_LAST.search(text) is not None and any(_sure(text[a:b]) for a, b in people(text))


@lru_cache(1 << 14)
def _tells(text: str) -> bool:
    return bool(heads.SEX.fullmatch(text) or AGED.fullmatch(text))


def _named(rows: Sequence[Row], k: int, title: str, mark: str) -> Iterator[Span]:
    """Rows of which the cell at a place may be a name: whether it is, and what else they hold."""
    cells = [row[k] for row in rows if len(row) > k and people(row[k].text)]
    if len(cells) < 2:
        return
    sure = [cell for cell in cells if any(_sure(cell.text[a:b]) for a, b in people(cell.text))]
    alike = [cell for cell in cells if all(heads.SHAPED.fullmatch(cell.text[a:b]) for a, b in people(cell.text))]
    after = [row[k + 1].text for row in rows if len(row) > k + 1]
    told = sum(map(_tells, after))
    related = sum(bool(heads.SEX.fullmatch(one) or RELATION.fullmatch(one)) for one in after)
    aged = sum(bool(heads.AGE.fullmatch(one)) for one in after)
    many = len(cells)
    if mark == "," and (many < 3 or len(sure) * 4 < many * 3) and told * 2 <= many:
        return
    if not (
        len(sure) * 2 > many
        or (len(sure) * 2 == many and len(alike) == many)
        or (sure and max(told, related, aged) * 2 > many and max(told, related, aged) > 1)
        or (told == many and len(alike) * 2 >= many)
    ):
        return
    for cell in cells:
        for a, b in people(cell.text):
            if b - a <= 4 or heads.FOREIGN.fullmatch(cell.text[a:b]) or cell in sure:
                yield Span(cell.start + a, cell.start + b, "PERSON", "column", 0.9)
    yield from _beside(rows, k, title)


def _sure(text: str) -> bool:
    return certain(text) and not heads.western(text)


def _beside(rows: Sequence[Row], k: int, title: str) -> Iterator[Span]:
    """What stands in the other columns of rows of names."""
    before = [j for j in (k - 1, k - 2) if j >= 0]
    bed = next((j for j in before if _bedlike(rows, j)), None)
    if bed is not None and not (_counts(rows, bed) and not (OF_BEDS.search(title) and not OF_ORDER.search(title))):
        yield from _column(rows, bed, CODE, "BED_NO")
    for j in range(max(map(len, rows))):
        column = [row[j].text for row in rows if len(row) > j]
        if j in {k, bed} or len(column) < 2 or len(column) * 3 < len(rows) * 2:
            continue
        if bed is None and j > k and _later_beds(column):
            yield from _column(rows, j, CODE, "BED_NO")
        elif sum(map(bool, map(RECORD.fullmatch, column))) * 3 >= len(column) * 2 and len({*column}) * 2 > len(column):
            yield from _column(rows, j, RECORD, "MEDICAL_RECORD_NO")
        elif _days(column) and (j == 0 or len(column) > 2):
            yield from _column(rows, j, SHORT_DATE, "DATE")


def _later_beds(column: Sequence[str]) -> bool:
    """05, 06, 07, 12 after names: always two digits, and rising."""
    two = len(column) > 2 and all(re.fullmatch(r"\d\d", one) for one in column)
    return two and sum(one[0] == "0" for one in column) > 1 and all(a < b for a, b in pairwise(column))


def _days(column: Sequence[str]) -> bool:
    """5/1, 5/2, 5/4: days of the year, one after the other."""
    met = [*map(SHORT_DATE.fullmatch, column)]
    days = [(int(day[1]), int(day[3])) for day in met if day]
    exist = len(days) == len(column) and all(1 <= month <= 12 and 1 <= day <= 31 for month, day in days)
    return exist and all(a <= b for a, b in pairwise(days))


def _column(rows: Iterable[Row], j: int, pattern: re.Pattern[str], known: str) -> Iterator[Span]:
    for row in rows:
        if len(row) > j and pattern.fullmatch(row[j].text.removesuffix("床")):
            yield Span(row[j].start, row[j].start + len(row[j].text.removesuffix("床")), known, "column", 0.65)


def _bedlike(rows: Sequence[Row], j: int) -> bool:
    column = [row[j].text for row in rows if len(row) > j]
    beds = [one for one in column if (PLAIN_NUMBER.fullmatch(one) or MARKED_BED.fullmatch(one))]
    return len(beds) > 1 and len(beds) * 3 >= len(column) * 2 and len(set(beds)) == len(beds)


def _counts(rows: Sequence[Row], j: int) -> bool:
    """Whether the numbers only count the rows."""
    column = [row[j].text.lstrip("0") for row in rows if len(row) > j]
    return (
        all(one.isdigit() for one in column)
        and all(int(b) - int(a) == 1 for a, b in pairwise(column))
        and int(column[0]) < 2
    )


ITEM_OF_BED = re.compile(
    rf" *(?:\d{{1,2}}[.、)] ?)?(?P<bed>{heads.BED})(?![0-9A-Za-z.%/~:]|[-年月日天岁级期个次片粒支mgkc])(?: ?号? ?床| ?号)?[ :,(]{{0,3}}(?P<rest>[^\n]{{0,12}})"
)
AT_HEAD = re.compile(
    rf"(?:{names.COMPOUNDS}{names.LETTER}{{1,2}}|{names.SURNAME}{names.LETTER}{{1,2}}|{names.DOTTED}|{names.PEOPLE})"
)
EMPTY = re.compile(r"空(?:床|机|着|位)?(?![腹调气])|无人|未住|备用|待")
WHOLE_NAME = re.compile(rf"(?P<v>{names.DOTTED}|[{HAN}]{{2,4}})(?=[,;:)( |/]|$)")


class Coded(NamedTuple):
    """An item that begins as if with the number of a bed."""

    start: int
    found: re.Match[str]
    named: bool
    empty: bool


def _coded(items: Sequence[tuple[int, str]], title: str) -> Iterator[Span]:
    """Items that begin with the number of a bed, and with a name after it: 301-1 李明失眠; 301-2 空."""
    some: list[Coded] = []
    for start, item in (*items, (0, "")):
        if found := ITEM_OF_BED.match(item):
            some.append(Coded(start, found, _begins_with_name(found), bool(EMPTY.match(found["rest"]))))
            continue
        yield from _beds(some, title)
        some = []


def _begins_with_name(found: re.Match[str]) -> bool:
    name = AT_HEAD.match(found["rest"])
    if name is None:
        return False
    whole = MARKED_BED.fullmatch(found["bed"]) and not WRITTEN.match(found["rest"], name.end())
    return any(map(named if whole else likely, {name[0], name[0][:2]}))


def _beds(some: Sequence[Coded], title: str) -> Iterator[Span]:
    names_there = sum(one.named for one in some)
    if names_there < 2 or sum(one.named or one.empty for one in some) * 2 < len(some):
        return
    codes = [one.found["bed"] for one in some]
    if all(code.isdigit() for code in codes) and _only_counts([int(code) for code in codes], title):
        return
    for start, found, _, _ in some:
        if MARKED_BED.fullmatch(found["bed"]) or PLAIN_NUMBER.fullmatch(found["bed"]):
            yield Span(start + found.start("bed"), start + found.end("bed"), "BED_NO", "item", 0.7)
            name = WHOLE_NAME.match(found["rest"])
            if name and len(name["v"]) < 4 and people(name["v"]) == [(0, len(name["v"]))]:
                at = start + found.start("rest")
                yield Span(at + name.start("v"), at + name.end("v"), "PERSON", "item", 0.7)


def _only_counts(numbers: Sequence[int], title: str) -> bool:
    if len(set(numbers)) < len(numbers) or max(numbers) > 999:
        return True
    counting = numbers[0] < 2 and all(b - a == 1 for a, b in pairwise(numbers))
    return counting and not (OF_BEDS.search(title) and not OF_ORDER.search(title))


# ---- lists ---------------------------------------------------------------------------------------------------------

ITEM = rf"(?:{names.DOTTED}|[{HAN}]{{2,4}}|[{HAN}] {{1,2}}[{HAN}])(?:\([^()\n]{{0,50}}\)|[¹²³⁴⁵⁶⁷⁸⁹⁰\d,*]{{0,4}})"
LIST = re.compile(rf"(?<![{HAN}·A-Za-z])(?>{ITEM}(?: ?[、,;/|] ?|  ?)){{2,60}}+{ITEM}(?![{HAN}])")
IN_LIST = re.compile(rf"(?:\((?:[^()]{{0,50}})\))|(?P<v>{names.DOTTED}|[{HAN}]{{2,4}}|[{HAN}] {{1,2}}[{HAN}])")


def _lists(text: str) -> Iterator[Span]:
    """Three names or more, one after the other; in a list of names an ordinary word is a name as well."""
    for met in LIST.finditer(text):
        if names.cited(text, met.start(), met.end()):
            continue
        items = [item for item in IN_LIST.finditer(text, met.start(), met.end()) if item["v"]]
        sure = [item for item in items if shaped(item["v"]) and likely(item["v"])]
        mostly = len(sure) * 3 >= len(items) * 2
        if len(sure) < 2 or not (
            mostly or (len(sure) * 2 >= len(items) and all(heads.SHAPED.fullmatch(item["v"]) for item in items))
        ):
            continue
        for item in items:
            if stated(item["v"]) and (
                item in sure or heads.SHAPED.fullmatch(item["v"]) or names.PEOPLE_ONLY.fullmatch(item["v"])
            ):
                yield Span(item.start("v"), item.end("v"), "PERSON", "list", 0.85)


# ---- lists of beds -------------------------------------------------------------------------------------------------

ONE_BED = r"(?:[+加抢]床?)?\d{1,3}(?:-\d{1,2})?"
SEVERAL = re.compile(
    rf"(?P<cue>床[号位]?(?:为|是)?[: ]{{1,3}}|机位[号: ]{{1,3}}|(?:空腹|抽血|采血|备皮|禁食|禁水|灌肠|血糖|雾化|输血|翻身|皮试|会诊|一级|特级|病危|病重|新入|转入|转出|出院|手术|术前|监护|吸氧|留尿|留痰|彩超|拆线|换药|欠费|查房|查床|陪护)[^\n\d;。,]{{0,8}}:[ ]{{0,2}})"
    rf"(?P<v>{ONE_BED}(?:(?: ?[、,/和及] ?| ){ONE_BED}){{1,20}})(?![0-9A-Za-z.%~:]|[-×*] ?\d| ?[个次天日月周年岁小时分级期片粒支包盒项条人例张元号度]|\()"
)


def _bed_lists(text: str) -> Iterator[Span]:
    """床号: 3、7、15、加1."""
    for met in SEVERAL.finditer(text):
        beds = [*re.finditer(ONE_BED, met["v"])]
        values = [int(one[0]) if one[0].isdigit() else 0 for one in beds]
        if not met["cue"].startswith(("床", "机")) and (
            len(beds) < 3 or len(set(values) - {0}) < sum(map(bool, values)) or values == [*range(1, len(values) + 1)]
        ):
            continue
        at = met.start("v")
        yield from (Span(at + one.start(), at + one.end(), "BED_NO", "list", 0.7) for one in beds)
