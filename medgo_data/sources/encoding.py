"""Which characters the bytes of a file stand for: Chinese files do not say, so it is read off the bytes themselves.

A mainland file is UTF-8 or GB18030 (which contains GBK and GB2312), one from Taiwan or Hong Kong is UTF-8 or BIG5, and
Windows programs also write UTF-16. BIG5 bytes decode as GB18030 without complaint, into nonsense; so the two are told
apart by how many of the characters that come out are common ones.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

ENOUGH = 64 << 10  # bytes of text beyond ASCII that settle the matter
AT_MOST = 64 << 20  # bytes to look through for them; what is plain ASCII so far is taken for UTF-8
DAMAGED_AT_MOST = 0.05  # of the characters beyond ASCII in a file that is still called UTF-8
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
BINARY = re.compile(
    rb"PK\x03\x04|%PDF-|PAR1|\xd0\xcf\x11\xe0|\x89PNG|\xff\xd8\xff|GIF8|Rar!|7z\xbc\xaf|BZh[1-9]1AY|\xfd7zXZ"
)
OLD = ("gb18030", "big5hkscs")  # of Python's BIG5 codecs the one that knows 恒, 粧 and 裏, as hospital files write them
UNDECODABLE = "medgo_undecodable"  # an error handler: such bytes become a mark that no text contains
MARK = "\udcff"

codecs.register_error(UNDECODABLE, lambda error: (MARK, error.end))  # type: ignore[attr-defined]


class Encoding(NamedTuple):
    """The name of a codec, or None if the bytes are no text; and how many bytes the file's byte order mark takes."""

    name: str | None
    mark: int = 0


def detect(blocks: Iterable[bytes]) -> Encoding:
    """The encoding of a file that begins with these blocks."""
    head = _head(blocks)
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if BINARY.match(head):
        return Encoding(None)
    if b"\0" in head:
        share, name = max((_wide_share(head[:ENOUGH], name), name) for name in ("utf-16-le", "utf-16-be"))
        return Encoding(name if share > 0.9 else None)
    strange = _beyond_ascii(head, "utf-8")
    if strange.count(MARK) <= DAMAGED_AT_MOST * len(strange):
        return Encoding("utf-8")
    name = max(OLD, key=lambda name: _common_share(head, name))
    # neither: better to refuse the rows in question as undecodable than to read them wrong
    return Encoding(name if _common_share(head, name) >= 0.5 else "utf-8")


def _head(blocks: Iterable[bytes]) -> bytes:
    """The first part of the file, then only parts that are not plain ASCII, until there is enough to judge by."""
    head, strange, looked = bytearray(), 0, 0
    for block in blocks:
        for at in range(0, len(block), ENOUGH):
            part = block[at : at + ENOUGH]
            if not head or not part.isascii():
                head += part
                strange += int(np.count_nonzero(np.frombuffer(part, np.uint8) > 127))
            looked += len(part)
            if strange >= ENOUGH or looked >= AT_MOST:
                return bytes(head)
    return bytes(head)


def _beyond_ascii(head: bytes, name: str) -> str:
    decoder = codecs.getincrementaldecoder(name)(UNDECODABLE)  # incremental: the head may end within a character
    return re.sub(r"[\x00-\x7f]+", "", decoder.decode(head))


def _common_share(head: bytes, name: str) -> float:
    """The share of common Chinese characters among all beyond ASCII, were this the right codec."""
    strange = _beyond_ascii(head, name)
    return sum(map(_common().__contains__, strange)) / max(1, len(strange))


@cache
def _common() -> frozenset[str]:
    """The everyday characters of mainland (GB2312, level 1) and Taiwan (BIG5, level 1), and punctuation."""
    everyday = [(lead, "gb2312") for lead in range(0xB0, 0xD8)] + [(lead, "big5") for lead in range(0xA4, 0xC7)]
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    characters = {bytes((lead, trail)).decode(name, "replace") for lead, name in everyday for trail in trails}
    punctuation = {*"　，。、：；？！（）《》“”‘’「」『』【】—…·～", *map(chr, range(0xFF01, 0xFF5F))}
    return frozenset(character for character in characters if len(character) == 1) - {"\ufffd"} | punctuation


def _wide_share(head: bytes, name: str) -> float:
    """The share of pairs of bytes that are ASCII, Chinese or Chinese punctuation, were the text UTF-16."""
    units = np.frombuffer(head[: len(head) // 2 * 2], "<u2" if name.endswith("le") else ">u2")
    ascii_text = ((units >= 0x20) & (units < 0x7F)) | np.isin(units, (0x09, 0x0A, 0x0D))
    chinese = ((units >= 0x4E00) & (units <= 0x9FFF)) | ((units >= 0x3000) & (units <= 0x303F)) | (units >= 0xFF00)
    return float((ascii_text | chinese).mean()) if units.size else 0.0
