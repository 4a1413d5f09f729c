"""How the bytes of a raw file become text: packed or not, in whichever Chinese encoding, from the start or the middle.

All readers of text see the same thing: the file as UTF-8, in blocks, without its byte order mark. A position in a file
is a position in that text. Bytes that are no character in the file's encoding stay invalid UTF-8, so they spoil one
record and not the file.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from medgo_data.corpus import Piece
from medgo_data.sources.encoding import UNDECODABLE, Encoding, detect

BLOCK = 4 << 20  # bytes of text held at a time
PACKED_AT_A_TIME = 1 << 12  # bytes: what these unfold to is all that a packed file can force us to hold
LONGEST = 64 << 20  # bytes of one record


class BrokenError(Exception):
    """A file cannot be read, or not beyond this point; the reason becomes a row of its own."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# ---- bytes ---------------------------------------------------------------------------------------------------------


def blocks(path: Path, start: int = 0) -> Iterator[bytes]:
    """The bytes of a file, unpacked if its first bytes say that it is packed, in blocks of one size."""
    with path.open("rb") as file:
        unpack = _unpacker(file.read(4))
        file.seek(0 if unpack else start)
        yield from _skip(_in_blocks(unpack(file)), start) if unpack else iter(lambda: file.read(BLOCK), b"")


def _unpacker(magic: bytes) -> Callable[[BinaryIO], Iterator[bytes]] | None:
    if magic.startswith(b"\x1f\x8b"):
        return _gunzip
    return _unzstd if re.fullmatch(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", magic) else None


def _gunzip(file: BinaryIO) -> Iterator[bytes]:
    member, packed = zlib.decompressobj(31), b""
    while packed := packed or file.read(PACKED_AT_A_TIME):
        if member.eof:  # another member follows, or the zeros that tapes are filled up with
            packed = packed.lstrip(b"\0")
            if not packed:
                continue
            member = zlib.decompressobj(31)
        try:
            yield member.decompress(packed)
        except zlib.error:
            raise BrokenError("damaged") from None
        packed = member.unused_data
    if not member.eof:
        raise BrokenError("truncated")


def _unzstd(file: BinaryIO) -> Iterator[bytes]:
    import zstandard  # here, because few files need it

    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 31)  # `zstd --long=31` is legal
    frame, packed = unpacker.decompressobj(), b""
    while packed := packed or file.read(PACKED_AT_A_TIME):
        if frame.eof:
            frame = unpacker.decompressobj()
        try:
            yield frame.decompress(packed)
        except zstandard.ZstdError:
            raise BrokenError("damaged") from None
        packed = frame.unused_data
    if not frame.eof:
        raise BrokenError("truncated")


def _in_blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    broken = None
    try:
        for chunk in chunks:
            held += chunk
            for _ in range(len(held) // BLOCK):
                yield bytes(held[:BLOCK])
                del held[:BLOCK]
    except BrokenError as stop:
        broken = stop  # what came before it is delivered first
    if held:
        yield bytes(held)
    if broken:
        raise broken


def _skip(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        if size < len(chunk):
            yield chunk[size:]
        size = max(0, size - len(chunk))


# ---- text ----------------------------------------------------------------------------------------------------------


def text(path: Path, encoding: str | None = None, start: int = 0) -> Iterator[bytes]:
    """The text of a file as UTF-8, from position ``start`` of that text."""
    name, mark = _encoding(path, encoding)
    if name is None:
        raise BrokenError("not_text")
    # in any other encoding only the text before a position tells where it lies
    parts = blocks(path, mark + start) if name == "utf-8" else _skip(_as_utf8(blocks(path, mark), name), start)
    empty = start == 0
    for part in parts:
        empty = empty and not part
        yield part
    if empty:
        raise BrokenError("empty_file")


def _encoding(path: Path, told: str | None) -> Encoding:
    found = detect(_until_broken(blocks(path)))
    if told is None or (found.name is None and "16" not in told):  # UTF-16 that is hard to tell is full of NUL bytes
        return found
    name = codecs.lookup(told).name
    return Encoding(name, found.mark if name == found.name else 0)


def _until_broken(parts: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from parts
    except BrokenError:
        return  # whoever reads the text will meet it again


def _as_utf8(parts: Iterator[bytes], name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(name)(UNDECODABLE)
    for part in parts:
        yield decoder.decode(part).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


# ---- lines ---------------------------------------------------------------------------------------------------------


def lines(piece: Piece, encoding: str | None) -> Iterator[bytes]:
    """The text of a piece in blocks of whole lines. A line that the file breaks off in is not among them."""
    held: list[bytes] = []
    for part in _limit(text(piece.raw.path, encoding, piece.start), piece.start, piece.end):
        cut = part.rfind(b"\n") + 1
        if not cut:
            held.append(part)
            if sum(map(len, held)) > LONGEST:
                raise BrokenError("record_too_large")
            continue
        yield b"".join([*held, part[:cut]])
        held = [part[cut:]] if cut < len(part) else []
    if any(held):
        yield b"".join(held)


def _limit(parts: Iterator[bytes], start: int, end: int | None) -> Iterator[bytes]:
    for part in parts:
        if end is None:
            yield part
            continue
        yield part[: end - start]
        start += len(part)
        if start >= end:
            return


def line_cuts(path: Path, encoding: str | None, size: int) -> list[int]:
    """Where lines start, at least ``size`` bytes apart."""
    cuts: list[int] = []
    at, wanted = 0, size
    for part in _until_broken(text(path, encoding)):
        while (found := part.find(b"\n", max(0, wanted - at))) >= 0:
            cuts.append(at + found + 1)
            wanted = cuts[-1] + size
        at += len(part)
    return [cut for cut in cuts if cut < at]
