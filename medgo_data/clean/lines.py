"""Pages become text again: heads and numbers of pages go, and lines that ended where the paper did are joined."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from operator import gt

NUMBER = re.compile(r"\d\d*")  # a pattern that begins with one of a set, and not with several, is found much faster
WORD = re.compile(r"[^\W\d_]")

# ---- numbers of pages ----------------------------------------------------------------------------------------------

WORDED = r"第 *\d+ *页|Page \d"  # what a text with such numbers holds, if no dashes
MARKED = re.compile(  # what can only be the number of a page, wherever it stands
    r"[-—–·•~～]+\s*\d{1,4}\s*[-—–·•~～]+|\W{0,3}第\s*\d{1,4}\s*页(?:\W{0,3}[共总]\s*(?:计\s*)?\d{1,4}\s*页)?\W{0,3}"
    r"|\W{0,2}[Pp]age\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?\W{0,2}"
)
BARE = re.compile(r"\s*(\d{1,4})(?:\s*/\s*(\d{1,4}))?\s*")  # what may be one
SOME = re.compile(rf"\n[^\S\n]*(?:{MARKED.pattern}|{BARE.pattern})[^\S\n]*(?=\n)")  # one of either
EDGE = 3  # lines at the top of a page, and as many at its foot, that may be no part of the text
SEQUENCE = 3  # numbers that count on make page numbers of lines that hold nothing else
PAGE = 10  # lines, at least


def page_numbers(text: str) -> str:
    if "\f" not in text and not SOME.search(f"\n{text}\n"):
        return text
    pages = [page.split("\n") for page in text.split("\f")]
    if len(pages) > 1:
        _take_edges(pages, _counted(pages))
    else:
        lines = pages[0]
        gone = _counting_on(lines)
        pages = [[line for at, line in enumerate(lines) if at not in gone and not MARKED.fullmatch(line.strip())]]
    return "\f".join("\n".join(page) for page in pages)


def _counted(pages: list[list[str]]) -> set[tuple[int, int]]:
    """Lines at the edges, by page and place, that are its number: each page's one more than that of the page before."""
    offsets: dict[int, set[tuple[int, int]]] = defaultdict(set)
    sure = set()
    for number, page in enumerate(pages):
        for at in _edges(page):
            if MARKED.fullmatch(page[at].strip()):
                sure.add((number, at))
            elif bare := BARE.fullmatch(page[at]):
                offsets[int(bare[1]) - number].add((number, at))
    for places in offsets.values():
        if len({number for number, _ in places}) > 1:
            sure |= places
    return sure


def _edges(page: list[str]) -> list[int]:
    """Which lines of a page are its first and last ones that are not blank."""
    said = [at for at, line in enumerate(page) if line.strip()]
    return sorted({*said[:EDGE], *said[-EDGE:]})


def _take_edges(pages: list[list[str]], gone: set[tuple[int, int]]) -> None:
    for number, at in gone:
        pages[number][at] = ""


def _counting_on(lines: list[str]) -> set[int]:
    """Lines that are a number and nothing else, where they count on, a page apart."""
    bare = [(at, int(found[1])) for at, line in enumerate(lines) if line and (found := BARE.fullmatch(line))]
    runs: list[list[tuple[int, int]]] = []
    for at, value in bare:
        before = next((run for run in reversed(runs) if run[-1][1] + 1 == value and at - run[-1][0] >= PAGE), None)
        if before:
            before.append((at, value))
        else:
            runs.append([(at, value)])
    return {at for run in runs if len(run) >= SEQUENCE for at, _ in run}


# ---- heads of pages ------------------------------------------------------------------------------------------------

LONGEST_HEAD = 80  # characters
HEADS = 3  # pages


def page_heads(text: str) -> str:
    """Without the lines that stand on several pages at the edge, the same but for their digits."""
    pages = [page.split("\n") for page in text.split("\f")]
    if len(pages) == 1:
        gone = _running(pages[0])
        return "\n".join(line for at, line in enumerate(pages[0]) if at not in gone) if gone else text
    edges = [(number, at) for number, page in enumerate(pages) for at in _edges(page)]
    of: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for number, at in edges:
        if key := _key(pages[number][at]):
            of[key].add((number, at))
    for places in of.values():
        if len({number for number, _ in places}) >= HEADS:
            _take_edges(pages, places)
    return "\f".join("\n".join(page) for page in pages)


def _key(line: str) -> str | None:
    """What is the same in a head from page to page; None if the line can be none."""
    line = line.strip()
    if len(line) > LONGEST_HEAD or not WORD.search(line) or line.startswith(("|", "- ", "* ", "```")):
        return None
    return NUMBER.sub("#", "".join(line.split()))


def _running(lines: list[str]) -> set[int]:
    """Lines that come again a page apart and count on, or come again amid sentences."""
    short = [at for at, line in enumerate(lines) if 4 <= len(line) <= LONGEST_HEAD]
    if len(lines) < HEADS * PAGE or len(short) < HEADS:
        return set()
    alike = NUMBER.sub("#", "\n".join([lines[at] for at in short])).split("\n")
    often = {line for line, times in Counter(alike).items() if times >= HEADS and len(line) >= 4}
    places: dict[str, list[int]] = defaultdict(list)
    for at, line in zip(short, alike, strict=True):
        if line in often and (key := _key(lines[at])):
            places[key].append(at)
    gone: set[int] = set()
    for key, found in places.items():
        if len(found) >= HEADS and all(b - a >= PAGE for a, b in pairwise(found)):
            amid = sum(_is_amid(lines, at) for at in found)
            if amid * 2 > len(found) or ("#" in key and _count_on([lines[at] for at in found])):
                gone.update(found)
    return gone


def _count_on(heads: list[str]) -> bool:
    """Whether one number in these lines grows from each to the next by 1 or 2, and the others stay."""
    rows = [[int(number) for number in NUMBER.findall(head)] for head in heads]
    columns = [*zip(*rows, strict=True)]
    steps = [[b - a for a, b in pairwise(column)] for column in columns]
    growing = [step for step in steps if any(step)]
    return len(growing) == 1 and all(1 <= step <= 2 for step in growing[0])


def _is_amid(lines: list[str], at: int) -> bool:
    """Whether the line before it breaks off in a sentence and the line after it goes on."""
    before, after = lines[max(0, at - 1)].strip(), lines[min(at + 1, len(lines) - 1)].strip()
    words = bool(before and after) and before[-1].isalnum() and after[0].isalnum()
    return words and columns(before) >= NARROW and _goes_on(before, after)


# ---- hard wraps ----------------------------------------------------------------------------------------------------

# Wrapped lines end within a few columns of one edge. Measured over 1,700 real texts of three lines or more that break off:
# in guidelines and classics 66 to 99 % of those did, in lists of answers or terms hardly ever more than 60 %.
NARROW = 24  # columns: narrower lines are entries of a list or verses
BLOCK = 6  # lines; an edge is looked for in two blocks at a time
TALLEST = 0.8  # the share of lines that are no wider than the edge
FULL = 0.85  # of the edge: wider lines were broken there
NEAR = 0.06  # of the edge: as far as justified lines stray
BEYOND = 1.1  # times the edge, where hardly a line of a wrapped text goes
MAX_BEYOND = 0.08  # of the lines
WRAPPED = 3  # lines broken off, at least; and the share of them that end near the edge
AT_EDGE, AT_EDGE_OF_FEW, FEW = 0.6, 0.75, 8
NUMERAL = r"[一二三四五六七八九十百]{1,3}"
STARTS = re.compile(  # what no line is joined to the one before
    rf"\s*(?:[#|>•·●○■◆▪➢√☑*+]|[-—–] |\d{{1,2}}(?:\.\d{{1,2}})*[.．、)）](?!\s*\d)|\d{{1,2}}(?:\.\d{{1,2}})+\s+[^\W\d]|[(（]\d{{1,2}}[)）]"
    rf"|[(（]?{NUMERAL}[)）、.．]|[①-⑳⑴-⒇⒈-⒛㈠-㈩]|第[一二三四五六七八九十百\d]+[章节篇部条]|【|[\[［]\d+[\]］]\s*[A-Z\u4e00-\u9fff]"
    r"|参考文献|[附图表]\s*(?:[录表图]|\d)|(?:Table|Fig)|\$\$|```|!\[|[A-E][.、．]|[\u4e00-\u9fff\w]{1,8}[:：]|\[[^\[\]]{2,12}\]|$)"
)
OVER = re.compile(r"[。！？!?：:…」』](?:[\"”’）)\]］]|\s)*$")  # where a sentence ends
ENGLISH_OVER = re.compile(r"[A-Za-z)\]]\.$")
LAST = frozenset('。！？!?：:…」』"”’）)]］.')  # one of these is its last character then
BOUND = re.compile(r"\s*[，。、；：？！）》”’％%]|\s*[,;)](?!\w)")  # what no line begins with
PENDING = re.compile(r"[，、（《(,“]\s*$")
WHOLE = ("#", "|", "```", "$$", "![")  # how lines of Markdown begin that nothing belongs to
PAGE_END = re.compile(r"[ \t\n]*\f\s*")
HAN = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
HYPHENED = re.compile(r"[A-Za-z]{2,}-$")


def columns(line: str) -> int:
    """How wide a line is, in columns: two for a Han."""
    return len(line.encode("gbk", "replace"))


def hard_wraps(text: str) -> str:
    """Lines joined that the edge of the page broke off, over the edge of the page too, if this text has such lines."""
    lines = PAGE_END.sub("\n\f", text).split("\n") if "\f" in text else text.split("\n")
    said = [line.strip() for line in lines]
    widths = [len(line) for line in "\n".join(said).encode("gbk", "replace").split(b"\n")]  # columns of all, at once
    ends = [_goes_on(line, after) for line, after in pairwise(said)]
    broken = [at for at, end in enumerate(ends) if end and widths[at] >= NARROW // 2]
    if len(broken) < WRAPPED and "\f" not in text:
        return text
    edges = _edges_around(widths)
    is_wrapped = len(broken) >= WRAPPED and _is_wrapped(broken, widths, edges)
    if not is_wrapped and "\f" not in text:
        return text
    full = [max(FULL * min(around), NARROW) for around in edges]
    joined = [lines[0]]
    for at, (line, after) in enumerate(pairwise(said)):
        over_page = lines[at + 1].startswith("\f") and widths[at] >= NARROW
        is_full = widths[at] >= full[at // BLOCK]
        if (is_wrapped or over_page) and _belongs(line, after, is_full=is_full, goes_on=ends[at], width=widths[at]):
            joined[-1] = _join(joined[-1], after)
        else:
            joined.append(lines[at + 1])
    return "\n".join(joined) if len(joined) < len(lines) else text


def page_breaks(text: str) -> str:
    return PAGE_END.sub("\n", text).strip("\n")


def _goes_on(line: str, after: str) -> bool:
    """Whether the first of two lines breaks off in a sentence, and the second may be its end."""
    return bool(line and after) and not (_is_over(line) or line.startswith(WHOLE) or STARTS.match(after))


def _is_over(line: str) -> bool:
    if line[-1:] not in LAST:
        return False
    end = line[-4:]  # a search would walk through the whole line
    return OVER.search(end) is not None or ENGLISH_OVER.search(end) is not None


def _is_wrapped(broken: list[int], widths: list[int], edges: list[list[int]]) -> bool:
    near = sum(
        widths[at] >= NARROW and any(abs(widths[at] - edge) <= NEAR * edge for edge in edges[at // BLOCK])
        for at in broken
    )
    farthest = (BEYOND * max(around) for around in edges for _ in range(BLOCK))
    beyond = sum(map(gt, widths, farthest))
    enough = AT_EDGE_OF_FEW if len(broken) < FEW else AT_EDGE
    return near >= enough * len(broken) and beyond <= MAX_BEYOND * sum(width > 0 for width in widths)


def _belongs(line: str, after: str, *, is_full: bool, goes_on: bool, width: int) -> bool:
    """Whether the second of two lines goes on with the sentence of the first."""
    if goes_on:
        return is_full or BOUND.match(after) is not None or (width >= NARROW and PENDING.search(line[-4:]) is not None)
    if not line or not after or line.startswith(WHOLE) or after.startswith(WHOLE):
        return False
    if not _is_over(line):
        return BOUND.match(after) is not None
    # the next sentence of an English paragraph
    is_english = is_full and ENGLISH_OVER.search(line[-4:]) and not HAN.search(line) and not HAN.search(after)
    return bool(is_english) and not STARTS.match(after)


def _edges_around(widths: list[int]) -> list[list[int]]:
    """For each block of lines how wide the wide lines before it, in it and after it are."""
    edges = []
    for start in range(0, len(widths), BLOCK):
        said = sorted(filter(None, widths[start : start + 2 * BLOCK]))
        edges.append(said[int(TALLEST * (len(said) - 1))] if said else 0)
    return [[edge for edge in edges[max(0, block - 1) : block + 2] if edge] or [NARROW] for block in range(len(edges))]


def _join(line: str, after: str) -> str:
    line, after = line.rstrip(), after.lstrip()
    if HYPHENED.search(line[-3:]) and after[:1].islower():
        return line[:-1] + after
    last, first = line[-1:], after[:1]
    apart = (
        last.isascii()
        and first.isascii()
        and (last.isalnum() or last in ",;.)%")
        and (first.isalnum() or first in "([<")
    )
    return f"{line} {after}" if apart else line + after


# ---- twins ---------------------------------------------------------------------------------------------------------


def twin_lines(text: str) -> str:
    """Of a line that stands twice in a row, one; rows of a table and lines of a few characters may be alike."""
    return "\n".join(_without_twins(text.split("\n")))


def _without_twins(lines: list[str]) -> Iterator[str]:
    before = ""
    for line in lines:
        said = line.strip()
        if said == before and len(said) >= 4 and WORD.search(said) and not said.startswith("|"):
            continue
        before = said or before
        yield line
