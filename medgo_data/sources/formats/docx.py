"""Word documents: headings by their style, numbered paragraphs with their numbers, tables, footnotes, text boxes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from medgo_data.sources.formats import Work
from medgo_data.sources.formats.archive import Archive, Attributes, parse
from medgo_data.sources.formats.markdown import titled
from medgo_data.sources.formats.numbering import Numbering, as_number
from medgo_data.sources.formats.writing import Block, Cell, is_page, joined, lowered, pipes, raised
from medgo_data.sources.raw import BrokenError

# What was deleted or moved away, what an older Word would show instead, and what is no text.
GONE = frozenset({"del", "moveFrom", "Fallback", "instrText", "delText", "rt"})
SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
OFF = frozenset({"0", "false", "off"})
SMALL = {"superscript": raised, "subscript": lowered}
EQUATION = frozenset({"sup", "sub", "num", "den", "d"})  # its parts that are written otherwise than one after the other
HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
CONTENTS = re.compile(r"(?:toc|目录)\s*\d", re.IGNORECASE)  # styles of the lines of a table of contents
TITLE = re.compile(r"title", re.IGNORECASE)
# What the font Symbol shows for each character: α for a, and so on.
GREEK = dict(
    zip(
        "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW",
        "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
        strict=True,
    )
)
SYMBOL = GREEK | dict(zip("±£³´¸°·¥¹»«¬\xad®¯Öå¶Ò", "±≤≥×÷°•∞≠≈↔←↑→↓√∑∂®", strict=True))


def read(content: bytes) -> Work:
    archive = Archive(content)
    main = archive.read("word/document.xml")
    if main is None:
        raise BrokenError("damaged")
    document = _Document()
    if styles := archive.read("word/styles.xml"):
        document.styles.learn(styles)
    if numbering := archive.read("word/numbering.xml"):
        document.numbering.learn(numbering)
    for notes in ("word/footnotes.xml", "word/endnotes.xml"):
        if said := archive.read(notes):
            parse(said, document.begin, document.end, document.say)
    parse(main, document.begin, document.end, document.say)
    text = joined(document.whole())
    return Work(text, document.title or titled(text))


@dataclass
class _Style:
    name: str = ""
    based: str = ""
    level: int | None = None
    number: str = ""
    depth: int | None = None


@dataclass
class _Styles:
    """What each style of paragraph, or one that it is based on, says of outline and numbers."""

    known: dict[str, _Style] = field(default_factory=dict)

    def learn(self, content: bytes) -> None:
        style = _Style()

        def begin(name: str, told: Attributes) -> None:
            nonlocal style
            value = told.get("val", "")
            if name == "style":
                style = self.known[told.get("styleId", "")] = _Style()
            elif name == "name":
                style.name = value
            elif name == "basedOn":
                style.based = value
            elif name == "outlineLvl":
                style.level = as_number(value)
            elif name == "numId":
                style.number = value
            elif name == "ilvl":
                style.depth = as_number(value)

        parse(content, begin)

    def line(self, called: str) -> list[_Style]:
        """The style, the one that it is based on, and so on."""
        line: list[_Style] = []
        while (style := self.known.get(called)) and style not in line:
            line.append(style)
            called = style.based
        return line


@dataclass
class _Paragraph:
    """A paragraph that is open; what it does not say itself, its style says."""

    style: str = ""
    level: int | None = None
    number: str | None = None
    depth: int | None = None
    text: list[str] = field(default_factory=list)
    small: list[int] = field(default_factory=list)  # where parts of an equation begin


@dataclass
class _Run:
    """A stretch of text that looks alike."""

    small: str = ""
    hidden: bool = False


@dataclass
class _Cell:
    columns: int = 1
    merged: str | None = None  # with the cell above, or that below
    blocks: list[Block] = field(default_factory=list)


@dataclass
class _Document:
    """Goes through the document once; what is open lies on a stack."""

    styles: _Styles = field(default_factory=_Styles)
    numbering: Numbering = field(default_factory=Numbering)
    title: str | None = None
    places: list[list[Block]] = field(default_factory=lambda: [[]])  # where blocks go: the document, a cell, a note
    paragraphs: list[_Paragraph] = field(default_factory=list)
    runs: list[_Run] = field(default_factory=list)
    tables: list[list[list[_Cell]]] = field(default_factory=list)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    called: dict[tuple[str, str], int] = field(default_factory=dict)  # notes in the order in which the text names them
    note: tuple[str, str] = ("", "")  # that is open
    gone: int = 0
    saying: bool = False

    def whole(self) -> list[Block]:
        notes = [
            Block(f"[^{k}]: {self.notes[note]}", kind="item") for note, k in self.called.items() if note in self.notes
        ]
        return [*self.places[0], *notes]

    def begin(self, name: str, told: Attributes) -> None:
        if self.gone or name in GONE:
            self.gone += 1
            return
        if name == "t":
            self.saying = True
        elif name == "r":
            self.runs.append(_Run())
        elif name == "p":
            self.paragraphs.append(_Paragraph())
        elif name in {"tbl", "tr", "tc", "gridSpan", "vMerge", "gridBefore"}:
            self._begin_table(name, told)
        elif name in {"footnote", "endnote"}:
            self.places.append([])
            self.note = (name, told.get("id", "")) if "type" not in told else ("", "")
        elif self.paragraphs:
            self._begin_inside(name, told, self.paragraphs[-1])

    def _begin_inside(self, name: str, told: Attributes, paragraph: _Paragraph) -> None:
        value = told.get("val", "")
        if name == "pStyle":
            paragraph.style = value
        elif name == "outlineLvl":
            paragraph.level = as_number(value)
        elif name == "numId":
            paragraph.number = value
        elif name == "ilvl":
            paragraph.depth = as_number(value)
        elif name in EQUATION:
            paragraph.small.append(len(paragraph.text))
        elif name == "chr":
            paragraph.text.append(value)
        elif self.runs:
            self._begin_in_run(name, told, paragraph)

    def _begin_in_run(self, name: str, told: Attributes, paragraph: _Paragraph) -> None:
        if name == "vertAlign":
            self.runs[-1].small = told.get("val", "")
        elif name == "vanish":
            self.runs[-1].hidden = told.get("val") not in OFF
        elif name in SIGNS:
            paragraph.text.append(SIGNS[name])
        elif name == "sym":
            paragraph.text.append(_symbol(told.get("font", ""), told.get("char", "")))
        elif name in {"footnoteReference", "endnoteReference"}:
            note = (name.removesuffix("Reference"), told.get("id", ""))
            paragraph.text.append(f"[^{self.called.setdefault(note, len(self.called) + 1)}]")

    def _begin_table(self, name: str, told: Attributes) -> None:
        if name == "tbl":
            self.tables.append([])
        elif self.tables and name == "tr":
            self.tables[-1].append([])
        elif self.tables and self.tables[-1] and name == "tc":
            cell = _Cell()
            self.tables[-1][-1].append(cell)
            self.places.append(cell.blocks)
        elif self.tables and self.tables[-1] and name == "gridBefore":
            self.tables[-1][-1].append(_Cell(columns=as_number(told.get("val"), 1)))
        elif self.tables and self.tables[-1] and self.tables[-1][-1]:
            cell = self.tables[-1][-1][-1]
            if name == "gridSpan":
                cell.columns = max(1, as_number(told.get("val"), 1))
            else:
                cell.merged = told.get("val", "continue")

    def say(self, text: str) -> None:
        if self.saying and not self.gone and self.paragraphs:
            run = self.runs[-1] if self.runs else _Run()
            if not run.hidden:
                self.paragraphs[-1].text.append(SMALL[run.small](text) if run.small in SMALL else text)

    def end(self, name: str) -> None:
        if self.gone:
            self.gone -= 1
        elif name == "t":
            self.saying = False
        elif name == "r" and self.runs:
            self.runs.pop()
        elif name == "p" and self.paragraphs:
            self._end_paragraph(self.paragraphs.pop())
        elif name == "tc" and len(self.places) > 1:
            self.places.pop()
        elif name == "tbl" and self.tables:
            self.places[-1] += _table(self.tables.pop())
        elif name in {"footnote", "endnote"}:
            self.notes[self.note] = " ".join(joined(self.places.pop()).split())
        elif name in EQUATION and self.paragraphs and self.paragraphs[-1].small:
            paragraph = self.paragraphs[-1]
            start = paragraph.small.pop()
            paragraph.text[start:] = [_part_of_equation(name, "".join(paragraph.text[start:]))]

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text = re.sub(r"[ \t\xa0]+", " ", "".join(paragraph.text)).strip(" \n")
        line = self.styles.line(paragraph.style)
        names = [style.name for style in line]
        if not text or any(map(CONTENTS.fullmatch, names[:1])):
            return
        label = self._label(paragraph, line)
        level = self._level(paragraph, line)
        if self.title is None and any(map(TITLE.fullmatch, names[:1])):
            self.title = text
        if level:
            self.places[-1].append(
                Block("#" * level + " " + " ".join((label.removeprefix("- ") + text).split()), kind="heading")
            )
        else:
            self.places[-1].append(Block(label + text, kind="item" if label else "text"))

    def _level(self, paragraph: _Paragraph, line: list[_Style]) -> int:
        """Of a heading, from 1 to 6; 0 if it is none."""
        said = next((level for level in (paragraph.level, *(style.level for style in line)) if level is not None), None)
        if said is None:
            named = next(filter(None, (HEADING.fullmatch(style.name) for style in line)), None)
            said = int(named[1]) - 1 if named else 0 if line and TITLE.fullmatch(line[0].name) else 9
        return min(said + 1, 6) if said < 9 else 0

    def _label(self, paragraph: _Paragraph, line: list[_Style]) -> str:
        numbers = (paragraph.number, *(style.number or None for style in line))
        number = next((number for number in numbers if number is not None), None)
        if number is None:
            return ""
        depths = (paragraph.depth, self.numbering.styled.get(paragraph.style), *(style.depth for style in line))
        depth = next((depth for depth in depths if depth is not None), 0)
        label = self.numbering.label(number, depth)
        return "  " * min(depth, 5) + label if label == "- " else label


def _table(rows: list[list[_Cell]]) -> list[Block]:
    """One block of pipes, unless the table is there only for the layout."""
    cells = [cell.blocks for row in rows for cell in row]
    if max(map(len, rows), default=0) < 2 or any(map(is_page, cells)):
        return [block for cell in cells for block in cell]
    whole: list[list[Cell]] = []
    open_at: dict[int, tuple[int, int]] = {}  # the column, and which cell the one below may continue
    for row in rows:
        line: list[Cell] = []
        column = 0
        for cell in row:
            origin = open_at.get(column)
            if cell.merged == "continue" and origin:
                above = whole[origin[0]][origin[1]]
                whole[origin[0]][origin[1]] = above._replace(rows=above.rows + 1)
            else:
                open_at.pop(column, None)
                if cell.merged:
                    open_at[column] = (len(whole), len(line))
                line.append(Cell(" ".join(block.text for block in cell.blocks), 1, cell.columns))
            column += cell.columns
        whole.append(line)
    text = pipes(whole)
    return [Block(text, kind="table")] if text else []


def _symbol(font: str, code: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{1,6}", code):
        return ""
    number = int(code, 16)
    letter = chr(number & 0xFF)
    if font == "Symbol" and letter in SYMBOL:
        return SYMBOL[letter]
    return chr(number) if number < 0xD800 or 0xE000 <= number < 0x110000 else ""


def _part_of_equation(name: str, text: str) -> str:
    whole = text if len(text) < 2 or text.isalnum() else f"({text})"
    if name in {"sup", "sub"}:
        small = (raised if name == "sup" else lowered)(text)
        return small if small != text or not text else ("^" if name == "sup" else "_") + whole
    return {"num": whole, "den": "/" + whole, "d": f"({text})"}[name]
