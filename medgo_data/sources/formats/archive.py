"""Files that are ZIP archives of XML: unpacked no further than a document may be large, and parsed without entities."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from medgo_data.sources.formats import LARGEST
from medgo_data.sources.raw import BrokenError

MOST_PACKED = 300  # to one: XML shrinks to a tenth or a fiftieth, and only what is made to burst to less
SMALL = 4 << 20  # bytes, which may be packed as they like
ENCRYPTED = 0x1


@dataclass
class Archive:
    """The members of an archive by name. All that is read of it together is at most ``LARGEST`` bytes."""

    content: bytes
    unpacked: int = 0
    members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self.file = zipfile.ZipFile(io.BytesIO(self.content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
            raise BrokenError("damaged") from None
        self.members = {info.filename: info for info in self.file.infolist()}

    def read(self, name: str) -> bytes | None:
        """The content of a member, or None if there is none of that name."""
        info = self.members.get(name)
        if info is None:
            return None
        if info.flag_bits & ENCRYPTED:
            raise BrokenError("encrypted")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise BrokenError("unknown_format")
        bursting = info.file_size > SMALL and info.file_size > MOST_PACKED * info.compress_size
        if bursting or self.unpacked + info.file_size > LARGEST:
            raise BrokenError("file_too_large")
        try:
            with self.file.open(info) as member:
                content = member.read(LARGEST - self.unpacked + 1)  # no more than it said that it has, either
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
            raise BrokenError("damaged") from None
        self.unpacked += len(content)
        return content


Attributes = dict[str, str]


def parse(
    content: bytes,
    begin: Callable[[str, Attributes], Any],
    end: Callable[[str], Any] = lambda _: None,
    say: Callable[[str], Any] = lambda _: None,
) -> None:
    """Go through XML from its beginning to its end. Names come without their namespaces. Nothing is expanded or fetched."""
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator="\n")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, told: begin(_local(name), {_local(k): v for k, v in told.items()})
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = say
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003  the parser takes no names
    except expat.ExpatError:
        raise BrokenError("damaged") from None


def _local(name: str) -> str:
    return name.rpartition("\n")[2]


def _refuse(*_: object) -> None:
    raise BrokenError("entities_in_xml")
