"""The formats that raw files come in: told from their first bytes, then from their name; and how a document is opened.

Each document format has a module of its name with one function, ``read``. It takes the content of a file (text for the
formats of text, bytes for the others) and returns a ``Work``: the document as Markdown, whatever it was before.
"""

from __future__ import annotations

import importlib
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from medgo_data.corpus import Raw
from medgo_data.sources.raw import BrokenError, blocks, text

PACKED = re.compile(r"\.(gz|zst)$")
LARGEST = 256 << 20  # bytes of a document, which is held whole

# Documents: those that are text, by suffix, and those that are not.
TEXT = {
    ".txt": "plain",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".tex": "latex",
    ".srt": "transcript",
    ".vtt": "transcript",
}
BYTES = ("pdf", "docx", "epub")
# Files of records, read by the sources of those names.
RECORDS = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "table", ".tsv": "table", ".sql": "sql"}
INSIDE = {  # what a ZIP file holds tells what it is
    "word/document.xml": "docx",
    "META-INF/container.xml": "epub",
    "xl/workbook.xml": "xlsx",
    "xl/workbook.bin": "xlsx",
}
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAYS = (  # how a text of a format begins; possessive, so that no text can make the search long
    (
        re.compile(
            r"(?>\s+|<!--.*?-->|<\?xml[^>]*>)*+(?:<!doctype html|<html|<head|<body)\b", re.IGNORECASE | re.DOTALL
        ),
        "html",
    ),
    (re.compile(r"\s*WEBVTT\b|\s*1\s*\n\d\d:\d\d:\d\d,\d{3} --> "), "transcript"),
    (re.compile(r"(?>\s+|%.*\n)*+\\(?:documentclass|chapter|section|begin)\b"), "latex"),
    (re.compile(r'\s*\[\s*\{(?=[^{}]*"page_idx")[^{}]*"type"'), "mineru"),
    (re.compile(r"\s*\{.*\}\s*\n\s*\{"), "jsonl"),
    (re.compile(r"(?>\s+|#.*\n)*+[\[{]\s*[\[{\"]"), "json"),
    (
        re.compile(
            r"(?>\s+|--.*\n|/\*(?s:.*?)\*/;?|(?:DROP|CREATE|ALTER|SET|USE|LOCK|BEGIN|START)\b[^;]*;)*+INSERT\s+INTO\b",
            re.IGNORECASE,
        ),
        "sql",
    ),
)
SURER = {"markdown", "latex", "html", "jsonl"}  # [[toc]] begins a page, and {"…} a line, whatever JSON may begin with


@dataclass(frozen=True)
class Work:
    """A document as Markdown, with a form feed between two pages where the format knows pages."""

    text: str
    title: str | None = None
    lost: tuple[str, ...] = ()  # for each page or chapter of it that cannot be read, the reason


def format_of(raw: Raw, encoding: str | None = None) -> str:
    """What kind of file this is. What it says of itself goes before what it is called."""
    head = next(blocks(raw.path), b"")
    suffix = PurePosixPath(PACKED.sub("", raw.name.lower())).suffix
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(OLD_OFFICE):
        if "EncryptedPackage".encode("utf-16-le") in head:
            raise BrokenError("encrypted")
        if suffix == ".xls":
            return "xlsx"
        raise BrokenError("old_office")
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(raw)
    told = next(text(raw.path, encoding), b"")[: 1 << 16].decode("utf-8", "ignore")
    said = next((form for begins, form in SAYS if begins.match(told)), None)
    named = TEXT.get(suffix) or RECORDS.get(suffix, "plain")
    return named if said == "json" and named in SURER else said or named


def _in_zip(raw: Raw) -> str:
    try:
        with zipfile.ZipFile(_seekable(raw)) as file:
            names = set(file.namelist())
    except zipfile.BadZipFile:
        raise BrokenError("damaged") from None
    for name, form in INSIDE.items():
        if name in names:
            return form
    raise BrokenError("unknown_format")


def _seekable(raw: Raw) -> str | io.BytesIO:
    return io.BytesIO(b"".join(bounded(blocks(raw.path)))) if PACKED.search(raw.name) else os.fspath(raw.path)


def opened(raw: Raw, form: str, encoding: str | None = None) -> Work:
    """The document in a file."""
    if form in BYTES:
        return _reader(form)(b"".join(bounded(blocks(raw.path))))
    return read_text(b"".join(bounded(text(raw.path, encoding))).decode("utf-8", "surrogateescape"), form)


def read_text(content: str, form: str) -> Work:
    """The document in a text of this format, whatever its lines end with."""
    return _reader(form)(content.replace("\r\n", "\n").replace("\r", "\n"))


def _reader(form: str) -> Callable[..., Work]:
    return importlib.import_module(f"medgo_data.sources.formats.{form}").read  # type: ignore[no-any-return]


def bounded(parts: Iterator[bytes]) -> Iterator[bytes]:
    """These bytes, unless they are more than a document has."""
    size = 0
    for part in parts:
        size += len(part)
        if size > LARGEST:
            raise BrokenError("file_too_large")
        yield part
