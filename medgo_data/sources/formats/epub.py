"""Electronic books: their chapters one after the other, in the order in which they are to be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from medgo_data.sources.encoding import UNDECODABLE, detect
from medgo_data.sources.formats import Work
from medgo_data.sources.formats.archive import Archive, Attributes, parse
from medgo_data.sources.formats.html import written
from medgo_data.sources.raw import BrokenError

CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/xml", "text/x-oeb1-document"})
FONTS = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})  # only garble fonts
XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
# In XHTML every element may be closed where it begins; in HTML such a <title/> would swallow the page.
CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)([a-zA-Z][\w:.-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)/>"
)


def read(content: bytes) -> Work:
    archive = Archive(content)
    locked = _locked(archive)
    book = _book(archive)
    chapters: list[str] = []
    lost: list[str] = []
    for name in book.chapters():
        if name in locked:
            raise BrokenError("encrypted")
        try:
            chapter = archive.read(name)
        except BrokenError as broken:
            if broken.reason != "damaged":
                raise
            lost.append(broken.reason)
            continue
        if chapter is None:
            lost.append("missing_chapter")
            continue
        chapters.append(written(_page(chapter)))
    return Work("\n\n".join(filter(None, chapters)), book.title, tuple(lost))


@dataclass
class _Book:
    """What the package file says: the title, and which files are read in which order."""

    folder: str
    title: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    aside: set[str] = field(default_factory=set)  # tables of contents

    def chapters(self) -> list[str]:
        listed = [self.files[one] for one in dict.fromkeys(self.order) if one in self.files and one not in self.aside]
        return list(dict.fromkeys(listed))


def _book(archive: Archive) -> _Book:
    container = archive.read("META-INF/container.xml")
    paths: list[str] = []
    parse(container or b"", lambda name, told: paths.append(told.get("full-path", "")) if name == "rootfile" else None)
    package = archive.read(unquote(paths[0])) if paths else None
    if package is None:
        raise BrokenError("damaged")
    book = _Book(dirname(unquote(paths[0])))
    saying: list[str] | None = None

    def begin(name: str, told: Attributes) -> None:
        nonlocal saying
        if name == "title" and book.title is None:
            saying = []
        elif name == "item" and told.get("media-type", "").lower() in CHAPTERS:
            one = told.get("id", "")
            book.files[one] = normpath(join(book.folder, unquote(told.get("href", "").partition("#")[0])))
            if "nav" in told.get("properties", "").split():
                book.aside.add(one)
        elif name == "itemref":
            book.order.append(told.get("idref", ""))

    def end(name: str) -> None:
        nonlocal saying
        if name == "title" and saying is not None:
            book.title = " ".join("".join(saying).split()) or None
            saying = None

    parse(package, begin, end, lambda text: saying.append(text) if saying is not None else None)
    return book


def _locked(archive: Archive) -> set[str]:
    """The files that are under digital rights management."""
    told_of = archive.read("META-INF/encryption.xml")
    locked: set[str] = set()
    method = ""

    def begin(name: str, told: Attributes) -> None:
        nonlocal method
        if name == "EncryptedData":
            method = ""
        elif name == "EncryptionMethod":
            method = method or told.get("Algorithm", "")
        elif name == "CipherReference" and method not in FONTS:
            locked.add(normpath(unquote(told.get("URI", ""))))

    if told_of:
        parse(told_of, begin)
    return locked


def _page(chapter: bytes) -> str:
    name, mark = detect([chapter])
    text = chapter[mark:].decode(name or "utf-8", UNDECODABLE)
    return CLOSED.sub(r"<\1\2></\1>", XML_DECLARATION.sub("", text))
