"""PDF: the text of each page in reading order, without running heads and page numbers, under the headings of its outline."""

from __future__ import annotations

import ctypes
import re
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf, pi
from statistics import median
from typing import Any, NamedTuple

from medgo_data.sources.formats import Work
from medgo_data.sources.raw import BrokenError

CROWDED = 200_000  # characters: more are no page
DRAWN = 32 << 20  # bytes of instructions: so many draw the densest of maps
NOT_DRAWN = re.compile(rb"/Image|/Length1|Type1C|Type0C|/OpenType")  # pictures and fonts may be larger
SEEN = 3  # on so many pages a line is a running head
RUNNING_LINES = 4  # at most, at the head of a page and at its foot
NUMBERED = 10  # pages whose numbers agree tell what the digits of a font are
PRIVATE = r"[\ue000-\uf8ff]"  # Unicode leaves these to each font
BROKEN_WORD = 2  # what pdfium gives for a hyphen at the end of a line
PAGE_NUMBER = re.compile(rf"\W*(\d{{1,4}}(\s*/\s*\d{{1,4}})?|{PRIVATE}{{1,4}}|[ivxlc]{{1,7}})\W*", re.IGNORECASE)
COUNT = r"[\d一二三四五六七八九十百〇\W]"
NUMBERING = re.compile(
    rf"(第{COUNT}{{1,6}}[篇编部卷章节回]|(附录|chapter|section|part|appendix)?([a-z]|[ivx]{{1,5}})?{COUNT}{{0,9}})",
    re.IGNORECASE,
)
NO_TITLE = re.compile(
    r"microsoft (word|powerpoint|excel) - .*|untitled.*|无标题.*|(文档|演示文稿|幻灯片|slide|document) ?\d*|.*\.[a-z]\w{1,4}|\W*",
    re.IGNORECASE,
)


class Piece(NamedTuple):
    """A stretch of a line without a wide gap in it, and where it stands: y is 0 at the foot of the page."""

    text: str
    left: float
    right: float
    y: float
    size: float
    goes_on: bool = False  # the line of the piece before it


class Page(NamedTuple):
    pieces: list[Piece]
    height: float = 0.0
    if_empty: str = "damaged_page"  # why, if no text is left on it


class Sheet(NamedTuple):
    """The paper, and how often it must be turned by a right angle for its text to stand upright."""

    width: float
    height: float
    turns: int = 0

    def upright(self, left: float, right: float, low: float, high: float) -> tuple[float, float, float, float]:
        """Where a box stands on the paper as it is read."""
        if self.turns == 0:
            return left, right, low, high
        if self.turns == 1:  # the text runs down
            return self.height - high, self.height - low, left, right
        if self.turns == 2:
            return self.width - right, self.width - left, self.height - high, self.height - low
        return low, high, self.width - right, self.width - left


class Bookmark(NamedTuple):
    level: int
    title: str


def read(content: bytes) -> Work:
    document = _opened(content)
    try:
        outline = _outline(document)
        title = document.get_metadata_value("Title").strip("\0 \t\u3000")
        pages = [_page(document, number) for number in range(len(document))]
    finally:
        document.close()
    digits = _digits([_stripped(pages, top=True), _stripped(pages, top=False)])
    texts = ["\n".join(_markdown(page.pieces, outline[n])).translate(digits) for n, page in enumerate(pages)]
    lost = tuple(page.if_empty for page in pages if not page.pieces)
    return Work("\n\f\n".join(texts), title if _is_title(title) else None, lost)


# ---- the file ------------------------------------------------------------------------------------------------------


def _opened(content: bytes) -> Any:
    import pypdfium2  # here, because few sources are PDF
    import pypdfium2.raw as pdfium

    if any(size > DRAWN for size in _unpacked(content)):
        raise BrokenError("page_too_large")
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise BrokenError("encrypted" if locked else "damaged") from None


def _unpacked(content: bytes) -> Iterator[int]:
    """To how many bytes, up to a limit, each stream unfolds that may draw a page: pdfium holds some thirty times as many.

    What is encrypted, or drawn through several filters, is not looked into.
    """
    view = memoryview(content)
    for found in re.finditer(rb"(?<!end)stream\r?\n", content):
        told = content[max(0, found.start() - 400) : found.start()].rpartition(b" obj")[2]
        if b"Flate" in told and not NOT_DRAWN.search(told):
            end = content.find(b"endstream", found.end())
            try:
                yield len(zlib.decompressobj().decompress(view[found.end() : end if end > 0 else None], DRAWN + 1))
            except zlib.error:
                continue  # pdfium may make more of it


def _outline(document: Any) -> dict[int, list[Bookmark]]:
    """The bookmarks of each page."""
    outline: dict[int, list[Bookmark]] = defaultdict(list)
    for mark in document.get_toc(max_depth=6):
        target = mark.get_dest()
        number = target.get_index() if target else None
        if number is not None:
            outline[number].append(Bookmark(mark.level + 1, mark.get_title()))
    return outline


def _is_title(said: str) -> bool:
    foreign = sum("\x80" <= c < "\u0250" for c in said)  # GBK taken for Latin-1 is all of these
    return 1 < len(said) < 200 and 3 * foreign < len(said) and not NO_TITLE.fullmatch(said)


# ---- a page --------------------------------------------------------------------------------------------------------


def _page(document: Any, number: int) -> Page:
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return Page([])
    try:
        text = page.get_textpage()
        count = text.count_chars()
        if count > CROWDED:
            return Page([], if_empty="page_too_large")
        if _is_code(text, count):
            return Page([], if_empty="unreadable_text_layer")
        sheet = _sheet(page, text, count)
        pieces = list(_pieces(text, count, sheet))
        shown = len(pieces) > 2 * RUNNING_LINES or _shows(page, drawings=not pieces)
        height = sheet.width if sheet.turns % 2 else sheet.height
        return Page(pieces, height, "no_text_layer" if shown else "blank_page")
    except pypdfium2.PdfiumError:
        return Page([])
    finally:
        page.close()


def _shows(page: Any, *, drawings: bool) -> bool:
    """Whether there is a picture on the page; text may also be drawn, stroke by stroke."""
    import pypdfium2.raw as pdfium

    drawn = [pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING] if drawings else []
    return any(True for _ in page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE, *drawn], max_depth=4))


def _is_code(page: Any, count: int) -> bool:
    """Whether most characters, of some two hundred, are numbers of glyphs in a font that does not tell what they mean."""
    import pypdfium2.raw as pdfium

    some = range(0, count, 1 + count // 200)
    unknown = (n for n in some if pdfium.FPDFText_HasUnicodeMapError(page, n))
    return 2 * sum(not re.match(PRIVATE, chr(pdfium.FPDFText_GetUnicode(page, n))) for n in unknown) > len(some)


def _sheet(page: Any, text: Any, count: int) -> Sheet:
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    if page.get_rotation() in (90, 270):  # the size is that of the page as it is shown, the boxes are not
        width, height = height, width
    angles = [pdfium.FPDFText_GetCharAngle(text, n) for n in range(0, count, 1 + count // 20)]
    turns = Counter(round(angle / (pi / 2)) % 4 for angle in angles).most_common(1)
    return Sheet(width, height, turns[0][0] if turns else 0)


def _pieces(page: Any, count: int, sheet: Sheet) -> Iterator[Piece]:
    """The lines as they were set, in the order in which they were, each in pieces."""
    import pypdfium2.raw as pdfium

    character, measure, origin = (
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetLooseCharBox,
        pdfium.FPDFText_GetCharOrigin,
    )
    box, x, y, raw = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double(), page.raw
    here = ctypes.byref(box)
    said: list[str] = []
    left = right = base = size = 0.0
    goes_on = False
    for n in range(count + 1):
        code = character(raw, n) if n < count else 10
        broken = code == BROKEN_WORD and size > 0
        if code in (10, 13) or broken:
            if size:
                yield Piece(_joined(said) + "-" * broken, left, right, base, size, goes_on)
            said, size, goes_on = [], 0.0, False
            continue
        if code in (32, 160, 0x3000):
            said.append(chr(code))
            continue
        measure(raw, n, here)
        start, end, low, high = box.left, box.right, box.bottom, box.top
        if sheet.turns:
            start, end, low, high = sheet.upright(start, end, low, high)
        if size and start - right > 0.8 * size:  # may be the gap between two columns
            yield Piece(_joined(said), left, right, base, size, goes_on)
            said, size, goes_on = [], 0.0, True
        if not size:
            origin(raw, n, x, y)
            left, base = start, sheet.upright(x.value, x.value, y.value, y.value)[2]
        said.append(chr(code) if 32 < code < 0xFFFE or 0xFFFF < code < 0x110000 else "\ufffd")
        right = end
        if high - low > size:
            size = high - low
        elif not size:
            size = 0.1


def _joined(said: list[str]) -> str:
    # pdfium gives a character beyond the first plane in two halves
    return "".join(said).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# ---- running heads and feet ----------------------------------------------------------------------------------------


def _stripped(pages: list[Page], *, top: bool) -> list[tuple[int, str]]:
    """Take the outermost rows off all pages as long as they repeat at one height, not larger than the body."""
    largest = 1.15 * median([piece.size for page in pages for piece in page.pieces] or [0.0])
    taken = []
    for _ in range(RUNNING_LINES):
        heights: dict[int, dict[int, list[Piece]]] = defaultdict(dict)
        for number, page in enumerate(pages):
            row = _outermost(page.pieces, top=top)
            if row and max(piece.size for piece in row) <= largest:
                heights[round(page.height - row[0].y if top else row[0].y)][number] = row
        running = [(n, row) for rows in heights.values() if _repeats(rows.values()) for n, row in rows.items()]
        for number, row in running:
            pages[number].pieces[:] = [piece for piece in pages[number].pieces if piece not in row]
            taken.append((number, _said(row)))
        if not running:
            break
    return taken


def _outermost(pieces: list[Piece], *, top: bool) -> list[Piece]:
    """All that stands on the highest or the lowest line of a page."""
    if not pieces:
        return []
    edge = (max if top else min)(pieces, key=lambda piece: piece.y)
    return [edge, *(piece for piece in pieces if piece is not edge and abs(piece.y - edge.y) < edge.size / 3)]


def _said(row: list[Piece]) -> str:
    return " ".join(piece.text for piece in sorted(row, key=lambda piece: piece.left))


def _repeats(rows: Iterable[list[Piece]]) -> bool:
    """Whether most of these say the same, numbers aside, or are the number of a page."""
    said = [_said(row) for row in rows]
    words = Counter("".join(filter(str.isalpha, unicodedata.normalize("NFKC", text))) for text in said)
    again = sum(count for word, count in words.items() if word and count >= SEEN)
    return again + sum(PAGE_NUMBER.fullmatch(text) is not None for text in said) >= max(SEEN, len(said) / 2)


def _digits(taken: list[list[tuple[int, str]]]) -> dict[int, str]:
    """What the private characters of a font mean, if as digits they number the pages one after the other."""
    runs = [(page, run) for rows in taken for page, text in rows for run in re.findall(rf"{PRIVATE}+", text)]
    used = {ord(c) for _, run in runs for c in run}
    if not used or max(used) - min(used) != 9:
        return {}
    digits = {min(used) + k: str(k) for k in range(10)}
    first = Counter(int(run.translate(digits)) - page for page, run in runs)
    agree = first.most_common(1)[0][1]
    return digits if agree >= max(NUMBERED, len({page for page, _ in runs}) / 2) else {}


# ---- reading order -------------------------------------------------------------------------------------------------


def _columns(pieces: list[Piece]) -> list[list[Piece]]:
    """The lines as they are read: in the order in which they were set; column after column where there are two."""
    middle = _gutter(pieces)
    if middle is None:
        return [_lines(pieces)] if pieces else []
    columns: list[list[Piece]] = [[], []]
    for line in sorted(_lines(pieces, middle), key=lambda line: -line.y):
        if line.right <= middle:
            columns[-2].append(line)
        elif line.left >= middle:
            columns[-1].append(line)
        elif len(columns) > 2 and not columns[-2] and not columns[-1]:
            columns[-3].append(line)
        else:  # what goes across both is read between what stands above it and what stands below
            columns += [[line], [], []]
    return [column for column in columns if column]


def _gutter(pieces: list[Piece]) -> float | None:
    """Where the page parts into two columns, each for the most part of lines that fill it."""
    if not pieces:
        return None
    start, end = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    places = [start + (end - start) * k / 100 for k in range(30, 71)]
    all_of_it = _chars(pieces)
    if _chars(p for p in pieces if p.left < places[0] and p.right > places[-1]) > 0.3 * all_of_it:
        return None  # most pages
    across, middle = min((_chars(p for p in pieces if p.left < x < p.right), x) for x in places)
    sides = [p for p in pieces if p.right <= middle], [p for p in pieces if p.left >= middle]
    if across > 0.3 * all_of_it or not all(sides):
        return None
    for side in sides:
        wide = max(p.right for p in side) - min(p.left for p in side)
        full = _chars(p for p in side if p.right - p.left > 0.7 * wide)
        if wide < 0.3 * (end - start) or _chars(side) < 0.2 * all_of_it or full < 0.5 * _chars(side):
            return None
    return middle


def _chars(pieces: Iterable[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces)


def _lines(pieces: list[Piece], middle: float = inf) -> list[Piece]:
    """The pieces of a line put together again, unless the middle of the page is between them."""
    lines: list[Piece] = []
    for piece in pieces:
        if lines and piece.goes_on and not lines[-1].right <= middle <= piece.left:
            line = lines.pop()
            lines.append(line._replace(text=line.text + piece.text, right=piece.right, size=max(line.size, piece.size)))
        else:
            lines.append(piece)
    return lines


# ---- Markdown ------------------------------------------------------------------------------------------------------


def _markdown(pieces: list[Piece], marks: list[Bookmark]) -> Iterator[str]:
    """The lines of a page, its headings marked, with a blank line before each paragraph that can be seen to begin."""
    lines: list[str] = []
    starts: set[int] = set()
    for column in _columns(pieces):
        starts |= {len(lines) + n for n in _paragraphs(column)}
        lines += [line.text.strip() for line in column]
    heads = _heads(lines, marks)
    n = after_head = 0
    while n < len(lines):
        level, count = heads.get(n, (0, 1))
        if n and (level or after_head or n in starts):
            yield ""
        yield "#" * level + " " * (level > 0) + " ".join(lines[n : n + count])
        n, after_head = n + count, level


def _paragraphs(column: list[Piece]) -> Iterator[int]:
    """Which lines begin a paragraph: those after a gap, and those indented where the line before is not or ends early."""
    edge, end = min(line.left for line in column), max(line.right for line in column)
    pairs = list(pairwise(column))
    usual = median([above.y - line.y for above, line in pairs if above.y - line.y > 0.5 * line.size] or [inf])
    for n, (above, line) in enumerate(pairs, 1):
        indented, before = (each.left - edge > 1.2 * each.size for each in (line, above))
        ended = above.right < end - 1.5 * above.size
        if above.y - line.y > 1.4 * usual or (indented and (ended or not before)):
            yield n


def _heads(lines: list[str], marks: list[Bookmark]) -> dict[int, tuple[int, int]]:
    """The level of each line that a bookmark names, and over how many lines the heading goes."""
    heads: dict[int, tuple[int, int]] = {}
    bare = [_bare(line) for line in lines]
    for mark in marks:
        title = _bare(mark.title)
        for n, count in ((n, count) for n in range(len(lines)) for count in (1, 2, 3)):
            if n not in heads and _is_head("".join(bare[n : n + count]), title):
                heads[n] = (mark.level, count)
                break
    return heads


def _is_head(line: str, title: str) -> bool:
    """Whether the line is the title, numbered or not. Radicals and private characters may be any that looks like them."""
    alike = len(line) >= len(title) > 0 and all(
        a == b or "\u2e80" <= a <= "\u2eff" or "\ue000" <= a <= "\uf8ff"
        for a, b in zip(line[-len(title) :], title, strict=True)
    )
    return alike and NUMBERING.fullmatch(line[: len(line) - len(title)]) is not None


def _bare(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", text)).casefold()
