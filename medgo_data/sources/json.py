"""JSON files that hold all records in one value: a list of them, lists of them under headings, or one under each key.

Such a file may be larger than memory, so it is never parsed whole. A scan of brackets and quotation marks finds where
each record starts and ends, and only then is the record parsed. Lines of comment before the value are passed over.

JSON Lines are often called .json too; such a file is read as what it is.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from medgo_data.corpus import Piece, Raw
from medgo_data.sources.jsonl import JsonLines
from medgo_data.sources.raw import LONGEST, BrokenError, text
from medgo_data.sources.records import MB, Records, parsed

QUOTE, COMMA, COLON, BACKSLASH = b'",:\\'
CLOSES = {ord("["): ord("]"), ord("{"): ord("}")}
COMMENTS = re.compile(rb"(?:\s+|(?:#|//)[^\n]*\n)*+")
STRUCTURE = np.zeros(256, np.bool_)
STRUCTURE[list(b'"\\,:[]{}')] = True
STEP = np.zeros(256, np.int64)
STEP[list(b"[{")], STEP[list(b"]}")] = 1, -1


@dataclass(frozen=True, kw_only=True)
class Json(Records):
    """For example ``Json(name="safety", files="raw/safety/*.json", license="Apache-2.0", fields={"text": "prompt"})``.

    A record of ``{"Insult": [{...}]}`` has its heading under ``group``, one of ``{"16418930": {...}}`` its key under
    ``key``, unless it has a field of that name itself.
    """

    def records(self, piece: Piece) -> Iterator[list[Any]]:
        if self._has_lines(piece.raw):
            yield from self._as_lines().records(piece)
            return
        for found in self._elements(piece):
            inside = [e for e in found if e.start >= piece.start and (piece.end is None or e.start < piece.end)]
            yield [_named(parsed(e.text), e) for e in inside]
            if piece.end is not None and found and found[-1].start >= piece.end:
                return

    def _elements(self, piece: Piece) -> Iterator[list[Element]]:
        path = piece.raw.path
        if piece.start and next(_bare(text(path, self.encoding))).lstrip()[:1] == b"[":  # no heading to know
            return elements(text(path, self.encoding, piece.start), Splitter(at=piece.start, top=ord("["), depth=1))
        return elements(text(path, self.encoding), Splitter())

    def cuts(self, raw: Raw) -> list[int]:
        if self.is_small(raw):
            return []
        cuts, size = [0], int(self.slice_mb * MB)
        try:
            if self._has_lines(raw):
                return self._as_lines().cuts(raw)
            for found in elements(text(raw.path, self.encoding), Splitter()):
                for element in found:
                    if element.start >= cuts[-1] + size:
                        cuts.append(element.start)
        except BrokenError:
            pass  # whoever reads the last slice will meet it again
        return cuts[1:]

    def _has_lines(self, raw: Raw) -> bool:
        """Whether a value ends with the first line and another begins with the next, as in no JSON text."""
        held = first = rest = b""
        for part in _bare(text(raw.path, self.encoding)):
            held = (held + part).lstrip()
            first, _, rest = held.partition(b"\n")
            first, rest = first.rstrip(), rest.lstrip()
            if rest or len(held) > MB:
                break
        return bool(first and rest) and first[-1] == CLOSES.get(first[0]) and rest[0] in CLOSES

    def _as_lines(self) -> JsonLines:
        return JsonLines(**{field.name: getattr(self, field.name) for field in fields(JsonLines)})


class Element(NamedTuple):
    """The text of one record, where it starts, and the key or heading that it stands under."""

    start: int
    text: bytes
    name: str | None = None
    under: str = "group"


def _named(record: Any, element: Element) -> Any:
    if element.name is not None and type(record) is dict:
        record.setdefault(element.under, element.name)
    return record


# ---- the scan ------------------------------------------------------------------------------------------------------


@dataclass
class Splitter:
    """How far a scan has come: where, how deep in brackets, within a string or not, and the text not handed out yet."""

    at: int = 0  # the end of what was scanned
    top: int = 0  # the bracket that the file opens with
    depth: int = 0
    quoted: bool = False
    held: bytes = b""  # from the end of the last record on
    name: str | None = None
    listed: bool = False  # within the list under a heading
    done: bool = False


def elements(parts: Iterator[bytes], state: Splitter) -> Iterator[list[Element]]:
    """The records of a JSON text, block by block, as far as it is one."""
    rest = b""
    for part in itertools.chain(_bare(parts) if not state.at else parts, [b""]):
        whole = (rest + part).rstrip(b"\\") if part else rest  # what a backslash escapes is in the next block
        rest = (rest + part)[len(whole) :]
        found: list[Element] = []
        broken = _advance(state, whole, found)
        if broken != "json_lines":
            yield found
        if broken:
            raise BrokenError(broken)
    if not state.done:
        raise BrokenError("truncated" if state.top else "not_json")


def _bare(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same text with blanks for the comments before the value, so that every position stays what it was."""
    held = b""
    for part in parts:
        held += part
        found = COMMENTS.match(held)
        end = found.end() if found else 0
        if end < len(held) and held[end] not in b"#/":
            yield b" " * end + held[end:]
            yield from parts
            return
        if len(held) > LONGEST:
            break
    yield held


def _advance(state: Splitter, part: bytes, found: list[Element]) -> str | None:  # noqa: C901, PLR0912  a state machine, told in one piece
    """Scan a block and note the records that end in it. Returns why the file is no JSON from some point on, if so."""
    if not state.top and part.strip():
        state.top = part.lstrip()[0]
        if state.top not in CLOSES:
            return "not_json"
    data, before = state.held + part, len(state.held)
    base, begin = state.at - before, 0
    state.at += len(part)
    if state.done:
        return _trailing(data)
    for at, kind, depth in _structure(state, part):
        where = before + at
        if kind == COMMA and depth == 2 and not state.listed:
            continue
        if kind in b"{[":
            if depth == 2 and kind == ord("{"):
                continue
            state.listed = depth == 2
        elif kind == COLON:
            key = parsed(data[begin:where])
            if not isinstance(key, str):
                return "not_json"
            state.name = key
        elif kind == ord("}") and depth == 1 and not state.listed:
            continue
        else:
            text = data[begin:where].lstrip()
            under = "group" if state.listed else "key"
            if text or (kind == COMMA and (state.listed or state.name is not None or state.top == ord("["))):
                found.append(Element(base + where - len(text), text, state.name, under))
            if kind != COMMA and kind != (ord("]") if state.listed else CLOSES[state.top]):
                return "not_json"
            if not (kind == COMMA and state.listed):
                state.name, state.listed, state.done = None, False, depth == 0
            if state.done:
                state.held = b""
                return _trailing(data[where + 1 :])
        begin = where + 1
    state.held = data[begin:]
    return "record_too_large" if len(state.held) > LONGEST else None


def _trailing(text: bytes) -> str | None:
    """After the one value of the file there is nothing; another value after it is how JSON Lines look."""
    text = text.strip()
    return None if not text else "json_lines" if text[0] in CLOSES else "not_json"


def _structure(state: Splitter, part: bytes) -> Iterator[tuple[int, int, int]]:
    """Where in a block the brackets, commas and colons that matter are, and how deep in brackets one is behind each."""
    codes = np.frombuffer(part, np.uint8)
    where = np.flatnonzero(STRUCTURE[codes])
    kinds = codes[where]
    quotes = (kinds == QUOTE) & ~_escaped(where, kinds == BACKSLASH)
    inside = (np.cumsum(quotes) + state.quoted) % 2 == 1
    state.quoted = bool(inside[-1]) if inside.size else state.quoted
    outside = ~inside & (kinds != QUOTE) & (kinds != BACKSLASH)
    where, kinds = where[outside], kinds[outside]
    depths = state.depth + np.cumsum(STEP[kinds])
    state.depth = int(depths[-1]) if depths.size else state.depth
    opens, closes = STEP[kinds] > 0, STEP[kinds] < 0
    if state.top == ord("["):
        matter = (kinds == COMMA) & (depths == 1) | opens & (depths == 1) | closes & (depths <= 0)
    else:
        matter = (depths <= 1) | (depths == 2) & ((kinds == COMMA) | opens)
    return zip(where[matter].tolist(), kinds[matter].tolist(), depths[matter].tolist(), strict=True)


def _escaped(where: npt.NDArray[np.int64], slash: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which of these characters stand behind an odd number of backslashes."""
    behind = np.zeros(len(where), np.bool_)
    if slash.any():
        behind[1:] = slash[:-1] & (np.diff(where) == 1)
        number = np.arange(len(where))
        run = np.maximum.accumulate(np.where(slash & ~behind, number, 0))  # where the run of backslashes began
        odd = (number - run) % 2 == 0
        behind[1:] &= odd[:-1]
    return behind
