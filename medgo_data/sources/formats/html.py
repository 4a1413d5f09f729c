"""Web pages and pieces of them: headings, paragraphs, lists and tables, in the order in which they are read."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from medgo_data.sources.formats import Work
from medgo_data.sources.formats.article import Span, article
from medgo_data.sources.formats.writing import Block, Cell, equation, is_page, joined, lowered, pipes, raised
from medgo_data.sources.raw import BrokenError

LARGEST = 64 << 20  # characters of a page; its tree takes twelve times as much memory
DEEPEST = 400  # elements within each other; browsers stop at 512, and a parser's time grows with the square
DEEPEST_LIST = 5
MANY_TAGS = 30_000  # what has fewer takes a second at worst
PRIVATE = 0x100000  # what is no character is parsed as one of a plane that nobody writes in

# fmt: off
UNSEEN = frozenset("""
-comment -doctype script style noscript template head title svg canvas object iframe audio video map button select input textarea
option datalist dialog rp rt
""".split())  # noqa: SIM905  prose is read and changed more easily than a list
# What begins and ends a line.
LINES = frozenset("""
address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5
h6 header hr html legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul
""".split())  # noqa: SIM905
# Empty, or closed by the next of their kind.
NEVER_DEEP = frozenset("""
area base br col embed hr img input link meta param source track wbr p li dt dd option optgroup tr td th thead tbody tfoot rp rt
colgroup
""".split())  # noqa: SIM905
# By what role, class or id an element says that it is no part of the article.
ROLES = frozenset("navigation banner contentinfo search complementary dialog alert menu menubar".split())  # noqa: SIM905
NAMES = frozenset("""
ad ads adv advert advertisement banner bdshare bdsharebuttonbox bottom bottominfo bread breadcrumb breadcrumbs bshare comment
comments commentlist cookie cookies copyright crumb crumbs ewm feedback foot footer friendlink friendlinks gg guanggao guess hot
hotnews jiathis like login menu menus modal nav navbar navi navigation newsletter pager pages pagination paging pinglun popup promo
promotion qrcode rank ranking recommend recommendation recommended register related relate relation relative reply search share
sharebar sidebar sitemap skip social sponsor submenu subscribe subnav tags taglist toolbar topbar topnav tuijian tuiguang weixin
xiangguan
""".split())  # noqa: SIM905
# fmt: on
HEADINGS = {f"h{level}": level for level in range(1, 7)}
SMALL = {"sup": raised, "sub": lowered}
SPACES = re.compile(r"[ \t\n\r\f\xa0]+")
GAPS = re.compile(r"[ \n]{2,}")
NUMBERED = re.compile(  # an item that says its own number
    r"[\[［(（【〔]?\s*(\d{1,4}|[一二三四五六七八九十]{1,3}|[a-zA-Z])\s*[\]］)）】〕.．、)]|[①-⑳⑴-⒇]"
)

ASIDE = frozenset({"nav", "aside", "footer"})
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
SITE = re.compile(  # the site's own name, at the end of a title
    r"\s*(?:[_|｜]|\s[-–—]+\s).*$|\s*[-–—]+[^-–—]{0,16}(?:网|网站|百科|在线|频道|中心|平台|杂志|app)$",
    re.DOTALL | re.IGNORECASE,
)


def read(content: str) -> Work:
    """The article of a page. A page that has none, but only ways to other pages, is an empty work."""
    page = _Page()
    page.look(content)
    return Work(_text(article(page.blocks, page.spans)), _veiled(page.called(), -PRIVATE) or None)


def written(content: str) -> str:
    """All that is to be seen on a page, or on a piece of one."""
    page = _Page()
    page.look(content)
    return _text(page.blocks)


def _text(blocks: list[Block]) -> str:
    return _veiled(joined(blocks), -PRIVATE)


class _Open(NamedTuple):
    """An element that has begun: from which block or piece of the line on."""

    tag: str
    start: int
    told: dict[str, str | None]


@dataclass
class _Table:
    """A table as far as it was read: which blocks each of its cells has, and how far it reaches."""

    blocks: int
    spans: int
    rows: list[list[tuple[int, int, int, int]]] = field(default_factory=list)


@dataclass
class _Page:
    """Goes from one element to the next, and writes down a block whenever a line ends."""

    blocks: list[Block] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    title: str = ""
    heads: list[str] = field(default_factory=list)  # the headings of the first level
    line: list[str] = field(default_factory=list)
    linked: int = 0  # characters of this line that are links
    links: int = 0  # links that are open
    level: int = 0  # of the heading that is open
    marker: str = ""  # of the list item that begins here
    spaced: int = 0  # elements that are open in which every space is meant
    lists: list[int | None] = field(default_factory=list)  # the number of the next item, if they are numbered
    tables: list[_Table] = field(default_factory=list)

    def called(self) -> str:
        """The title: the one heading of the first level, or what the page says of itself without the site's name."""
        return self.heads[0] if len(self.heads) == 1 else SITE.sub("", self.title) or self.title

    def look(self, content: str) -> None:
        from selectolax.lexbor import LexborHTMLParser  # here, because few sources need it

        if len(content) > LARGEST:
            raise BrokenError("file_too_large")
        tree = LexborHTMLParser(_shallow(_veiled(content, PRIVATE)))
        title = tree.css_first("title")
        self.title = SPACES.sub(" ", title.text()).strip() if title else ""
        if tree.root is not None:
            self._walk(tree.root)
            self._flush()

    def _walk(self, node: Any) -> None:
        """Without recursion: a page is as deep as it likes."""
        left: list[_Open] = []  # the elements that have not ended
        while True:
            inside = None
            tag = node.tag
            if tag == "-text":
                self._say(node.text_content)
            elif tag not in UNSEEN:
                told = node.attributes
                if tag in LINES or not _hidden(told):
                    left.append(self._begin(tag, told, node))
                    inside = node.child
                    if inside is None:
                        self._end(left.pop())
            after = inside or node.next
            while after is None and left:
                self._end(left.pop())
                node = node.parent
                after = node.next if left else None
            if after is None:
                return
            node = after

    def _say(self, text: str) -> None:
        if not self.spaced:
            text = SPACES.sub(" ", text)
        self.line.append(text)
        if self.links:
            self.linked += len(text.strip())

    def _begin(self, tag: str, told: dict[str, str | None], node: Any) -> _Open:
        if tag in LINES:
            self._flush()
            self._begin_line(tag, told)
            return _Open(tag, len(self.blocks), told)
        if tag == "br":
            self.line.append("\n")
        elif tag == "a" and "href" in told:
            self.links += 1
        elif tag == "math" and (tex := node.css_first('annotation[encoding="application/x-tex"]')) is not None:
            told = {"tex": tex.text()}
        return _Open(tag, len(self.line), told)

    def _begin_line(self, tag: str, told: dict[str, str | None]) -> None:
        if tag in HEADINGS:
            self.level = HEADINGS[tag]
        elif tag == "pre":
            self.spaced += 1
        elif tag in {"ul", "ol", "dir", "menu"}:
            self.lists.append(_number(told.get("start"), 1) if tag == "ol" else None)
        elif tag == "li":
            number = self.lists[-1] if self.lists else None
            if number is not None:
                number = _number(told.get("value"), number)
                self.lists[-1] = number + 1
            self.marker = "  " * min(len(self.lists) - 1, DEEPEST_LIST) + ("- " if number is None else f"{number}. ")
        elif tag == "table":
            self.tables.append(_Table(len(self.blocks), len(self.spans)))
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])

    def _end(self, ended: _Open) -> None:
        tag = ended.tag
        if tag in LINES:
            self._flush()
            self._end_line(tag, ended)
            if len(self.blocks) > ended.start:
                span = Span(ended.start, len(self.blocks), _is_aside(tag, ended.told), _hidden(ended.told))
                if len(self.blocks) - ended.start > 1 or span.aside or span.hidden:
                    self.spans.append(span)
        elif tag == "a" and "href" in ended.told:
            self.links -= 1
        elif tag in SMALL:
            self.line[ended.start :] = [SMALL[tag]("".join(self.line[ended.start :]))]
        elif tag == "math" and "tex" in ended.told:
            self.line[ended.start :] = [equation(ended.told["tex"] or "")]

    def _end_line(self, tag: str, ended: _Open) -> None:
        if tag in HEADINGS:
            self.level = 0
        elif tag == "pre":
            self.spaced -= 1
        elif tag in {"ul", "ol", "dir", "menu"}:
            self.lists.pop()
        elif tag == "li":
            self.marker = ""
        elif tag in {"td", "th"} and self.tables and self.tables[-1].rows:
            wide, deep = (_number(ended.told.get(name), 1) for name in ("colspan", "rowspan"))
            self.tables[-1].rows[-1].append((ended.start, len(self.blocks), max(deep, 1), max(wide, 1)))
        elif tag == "table":
            self._end_table(self.tables.pop())

    def _end_table(self, table: _Table) -> None:
        """One block instead of those of its cells, unless it is there only for the layout."""
        cells = [self.blocks[start:end] for row in table.rows for start, end, *_ in row]
        if max(map(len, table.rows), default=0) < 2 or any(map(is_page, cells)):
            return
        rows = [
            [Cell(" ".join(b.text for b in self.blocks[a:z]), *spans) for a, z, *spans in row] for row in table.rows
        ]
        inside = {k for row in table.rows for a, z, *_ in row for k in range(a, z)}
        linked = sum(self.blocks[k].linked for k in inside)
        loose = [self.blocks[k] for k in range(table.blocks, len(self.blocks)) if k not in inside]  # its caption
        text = pipes(rows)
        self.blocks[table.blocks :] = [*loose, *([Block(text, linked, "table")] if text else [])]
        del self.spans[table.spans :]

    def _flush(self) -> None:
        if not self.line:
            return
        text, linked = "".join(self.line), self.linked
        self.line.clear()
        self.linked = 0
        if self.spaced:
            text = text.strip("\n")
        else:
            text = GAPS.sub(lambda gap: "\n" * min(gap[0].count("\n"), 2) or " ", text).strip(" \n")
        if not text.strip():
            return
        if self.level:
            text = " ".join(text.split())
            if self.level == 1:
                self.heads.append(text)
            self.blocks.append(Block("#" * self.level + " " + text, linked, "heading"))
        elif self.marker:
            marker = (
                self.marker
                if "- " in self.marker or not NUMBERED.match(text)
                else self.marker[: -len(self.marker.lstrip())]
            )
            self.blocks.append(Block(marker + text, linked, "item"))
            self.marker = ""
        else:
            self.blocks.append(Block(text, linked))


def _number(told: str | None, otherwise: int) -> int:
    return int(told) if told and re.fullmatch(r"\d{1,5}", told) else otherwise


def _is_aside(tag: str, told: dict[str, str | None]) -> bool:
    named = told and (told.get("role") in ROLES or _named_aside(told.get("class"), told.get("id")))
    return bool(named) or tag in ASIDE


def _hidden(told: dict[str, str | None]) -> bool:
    if not told:
        return False
    style = told.get("style")
    return (
        "hidden" in told
        or told.get("aria-hidden") == "true"
        or (style is not None and "display" in style and re.search(r"display\s*:\s*none", style) is not None)
    )


@lru_cache(4096)
def _named_aside(*names: str | None) -> bool:
    return any(word.lower() in NAMES for name in names if name for word in WORD.findall(name))


# ---- what a parser does not take -----------------------------------------------------------------------------------

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")


def _shallow(content: str) -> str:
    """The same page without the tags of elements that lie too deep; their text stays."""
    if content.count("<") < MANY_TAGS:
        return content
    left: list[str] = []  # what is open
    deeper: Counter[str] = Counter()  # what was left out

    def kept(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name in NEVER_DEEP:
            return tag[0]
        if not tag[1]:
            if len(left) >= DEEPEST:
                deeper[name] += 1
                return " "
            left.append(name)
        elif deeper[name]:
            deeper[name] -= 1
            return " "
        elif name in left:
            deeper.clear()
            while left.pop() != name:
                pass
        return tag[0]

    return TAG.sub(kept, content)


def _veiled(text: str, by: int) -> str:
    """Bytes that are no character pass through the parser as private characters, and come out as they were."""
    strange = "[\ud800-\udfff]" if by > 0 else "[\U0010d800-\U0010dfff]"
    return re.sub(strange, lambda found: chr(ord(found[0]) + by), text)
