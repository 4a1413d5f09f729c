"""Markdown as it is found: tables in HTML become tables of pipes, links become their words, pictures what is said of them."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator

from medgo_data.sources.formats import Work
from medgo_data.sources.formats.html import written
from medgo_data.sources.formats.writing import lowered, names_a_picture, raised

# What tags stand for. Others are none: <user> in a dialogue, <0.05, P<GM and 1<X>2 stay as they are.
# fmt: off
BREAKS = (
    "body|center|div|p|section|article|figure|figcaption|blockquote|hr|ul|ol|dl|dd|dt|details|header|footer|tr|h[1-6]|iframe|video|"
    "audio"
)
INLINE = (
    "a|abbr|b|big|br|cite|code|colgroup|col|del|em|embed|font|html|i|img|ins|kbd|li|mark|nobr|pre|s|small|source|span|strike|strong|"
    "sub|sup|tbody|td|tfoot|th|thead|tt|u"
)
# fmt: on
VALUE = r"""\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""
TAG = re.compile(
    rf"<(/?)({BREAKS}|{INLINE})((?:\s+[a-z_:][\w:.-]*(?:{VALUE})?(?=[\s/>]))*)\s*/?>", re.IGNORECASE | re.ASCII
)
BARE = re.compile(rf"\s+[\w:.-]+(?!{VALUE})(?=[\s/>]|$)", re.ASCII)
NOT_A_TAG = re.compile(rf"<(?!/?(?:table|caption|{BREAKS}|{INLINE})[\s/>])", re.IGNORECASE)
TABLE = re.compile(r"<(/?)table(?=[\s>])[^<>]*>", re.IGNORECASE)
CODE = re.compile(r"<(script|style)\b[^<>]*>.{0,2000}?</\1\s*>", re.DOTALL | re.IGNORECASE)
SMALL = re.compile(r"<(sup|sub)(?:\s[^<>]*)?>([^<>\n]{0,40})</\1>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
FRONT = re.compile(
    r"\A(---|\+\+\+)[ \t]*\n((?>(?:[\w.-]+[ \t]*[:=].*|-[ \t].*|#.*|[ \t].*)?\n){0,200}?)\1[ \t]*(?:\n|\Z)"
)
FRONT_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(['\"]?)(.+?)\1[ \t]*$", re.MULTILINE | re.IGNORECASE)
FILES = "md|html?|pdf|png|jpe?g|gif|svg|webp|bmp|tiff?|docx?|xlsx?|pptx?"
TARGET = (
    r"<?(?:(?:https?|ftp|file|mailto|tel|data|javascript):|//?|\.{1,2}/|\#|"
    rf"[^\s()<>:：，。；]*\.(?:{FILES})\b)[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*>?"
)
LINK = re.compile(
    rf"""(!?)\[((?>[^\[\]\n\\]|\\.|\[[^\[\]\n]{{0,200}}\]){{0,500}})\]\(\s*(?:{TARGET}(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?)?\s*\)""",
    re.IGNORECASE,
)
DEFINED = re.compile(
    r"^[ ]{0,3}\[(?!\^)[^\[\]\n]+\]:[ \t]*<?(?:https?:|mailto:|/|\.|#)\S*.*\n?", re.MULTILINE | re.IGNORECASE
)
AUTOLINK = re.compile(r"<((?:https?://|mailto:|ftp://)[^\s<>]+)>")
PADDING = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
FIRST = re.compile(r"\s*#[ \t]+(\S.*)$|\s*([^\s#>|*-].*)\n=+[ \t]*$", re.MULTILINE)
SHORTEST = 6  # characters of a title; less is the name of a column, such as 综述, and the title comes next
GAP = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def read(content: str) -> Work:
    front = FRONT.match(content)
    told = FRONT_TITLE.search(front[2]) if front else None
    text = tidied(content[front.end() :] if front else content)
    return Work(text, told[2] if told else titled(text))


def titled(text: str, at: int = 0) -> str | None:
    """Of the headings with which it begins, from there on, the first that is long enough, or else the very first."""
    titles: list[str] = []
    while head := FIRST.match(text, at):
        titles.append((head[1] or head[2]).strip("# \t"))
        if len(titles[-1]) >= SHORTEST:
            return titles[-1]
        at = head.end()
    return titles[0] if titles else None


def tidied(text: str) -> str:
    """The same Markdown without HTML, links and pictures."""
    if "<" in text:
        parts = _at_tables(CODE.sub("", _uncommented(text)))
        text = "".join(_table(part) if number % 2 else _prose(part) for number, part in enumerate(parts))
    else:
        text = _prose(text)
    return GAP.sub("\n\n", text).strip("\n")


def _uncommented(text: str) -> str:
    first, *others = text.split("<!--")
    return first + "".join(
        after if ended else "<!--" + inside for inside, ended, after in (o.partition("-->") for o in others)
    )


def _prose(text: str) -> str:
    if "](" in text or "]:" in text:
        text = DEFINED.sub("", text)
        text = LINK.sub(_said, LINK.sub(_said, text))  # twice, for a picture in a link
    if "<" in text:
        text = AUTOLINK.sub(r"\1", text)
        text = SMALL.sub(lambda m: (raised if m[1].lower() == "sup" else lowered)(m[2]), text)
        text = TAG.sub(_untagged, text)
    if "|" in text:
        text = PADDING.sub(_narrow, text)
    if "&" in text:
        text = ENTITY.sub(lambda m: entities.unescape(m[0]), text)
    return text


def _at_tables(text: str) -> Iterator[str]:
    """In turn: what is between tables, and a table with all that is nested in it."""
    done = start = depth = 0
    for tag in TABLE.finditer(text):
        if not tag[1]:
            if not depth:
                start = tag.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield text[done:start]
                yield text[start : tag.end()]
                done = tag.end()
    if depth:  # broken off: it ends where its paragraph does
        end = text.find("\n\n", start)
        yield text[done:start]
        yield text[start : end if end >= 0 else len(text)]
        done = end if end >= 0 else len(text)
    yield text[done:]


def _table(text: str) -> str:
    return "\n\n" + written(NOT_A_TAG.sub("&lt;", text)) + "\n\n"


def _said(link: re.Match[str]) -> str:
    if link[1]:
        return link[2] if names_a_picture(link[2]) else ""
    return link[2]


def _untagged(tag: re.Match[str]) -> str:
    closing, name, told = tag[1], tag[2].lower(), tag[3]
    if told and BARE.search(told):  # a<b and c>d
        return tag[0]
    if name == "br":
        return "\n"
    if name == "li":
        return "" if closing else "\n- "
    if re.fullmatch(r"h[1-6]", name):
        return "\n\n" if closing else f"\n\n{'#' * int(name[1])} "
    if name == "img":
        alt = re.search(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", told, re.IGNORECASE)
        said = (alt[1] or alt[2] or "") if alt else ""
        return said if names_a_picture(said) else ""
    return "\n\n" if re.fullmatch(BREAKS, name) else ""


def _narrow(row: re.Match[str]) -> str:
    """A row of a table without the spaces that align it in an editor."""
    return re.sub(r"(:?)-{4,}(:?)(?=\s*\|)", r"\1---\2", re.sub(r"[ \t]+", " ", row[0].strip()))
