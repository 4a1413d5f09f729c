"""Where the words that somebody quotes stand in a text: as they are, without regard to width, spaces and marks, or with a few slips."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

SHORTEST = 8  # letters that a quote must have before slips are forgiven
LEFT_OUT = re.compile(r"\s*(?:…+|\.{3,}|。{3,})\s*")  # a quote says by an ellipsis that it has two parts


class Span(NamedTuple):
    """From which to which character."""

    start: int
    end: int


class Letters(NamedTuple):
    """The letters and digits of a text, and at which of its characters each stands."""

    said: str
    at: list[int]


@lru_cache(maxsize=64)  # the rows of a document stand together
def letters(text: str) -> Letters:
    """The text as quotes are compared: no spaces, no marks, one width, small letters."""
    said: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text):
        if "\u4e00" <= char <= "\u9fff":
            said.append(char)
            at.append(place)
            continue
        for plain in char.lower() if char.isascii() else unicodedata.normalize("NFKC", char).lower():
            if plain.isalnum():
                said.append(plain)
                at.append(place)
    return Letters("".join(said), at)


def places(quote: str, text: str, view: Letters, slips: float) -> list[list[Span]]:
    """All ways to find a quote in a text, each as the spans of its parts; the best kind of finding only, none if it is not there."""
    whole = quote.strip()
    if not whole:
        return []
    if exact := [[Span(at, at + len(whole))] for at in _everywhere(whole, text)]:
        return exact
    parts = [letters(part).said for part in LEFT_OUT.split(whole)]
    parts = [part for part in parts if part]
    if len(parts) > 1:
        return _in_order(parts, view, slips)
    if not parts:
        return []
    return [[span] for span in _of_letters(parts[0], view, slips)]


def _of_letters(part: str, view: Letters, slips: float) -> list[Span]:
    found = [(at, at + len(part)) for at in _everywhere(part, view.said)]
    if not found and len(part) >= SHORTEST and (near := nearest(part, view.said, round(len(part) * slips))):
        found = [near]
    return [Span(view.at[start], view.at[end - 1] + 1) for start, end in found]


def _in_order(parts: list[str], view: Letters, slips: float) -> list[list[Span]]:
    """The parts of a quote with an ellipsis, one behind the other."""
    told: list[Span] = []
    behind = 0
    for part in parts:
        ahead = [span for span in _of_letters(part, view, slips) if span.start >= behind]
        if not ahead:
            return []
        told.append(ahead[0])
        behind = ahead[0].end
    return [told]


def _everywhere(part: str, text: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def nearest(part: str, text: str, slips: int) -> tuple[int, int] | None:
    """Where ``part`` stands in ``text`` with the fewest letters changed, left out or put in, if those are not more than ``slips``.

    With so many slips one of slips + 1 pieces is whole, so texts without any of the pieces are not looked at more closely.
    """
    if slips <= 0 or len(part) <= slips:
        return None
    size = len(part) // (slips + 1)
    pieces = {part[n * size : (n + 1) * size]: n * size for n in range(slips + 1)}
    best: tuple[int, int, int] | None = None
    looked = -len(part) - 1
    for begin in sorted(at - offset for piece, offset in pieces.items() for at in _everywhere(piece, text)):
        if begin <= looked:
            continue
        start, looked = max(0, begin - slips), begin + slips
        window = text[start : max(0, looked + len(part) + slips)]
        end, many = _ends(part, window)
        if many <= slips and (best is None or many < best[2]):
            back, _ = _ends(part[::-1], window[:end][::-1])
            best = start + end - back, start + end, many
    return best[:2] if best else None


def _ends(part: str, text: str) -> tuple[int, int]:
    """Behind which letter of ``text`` the best match of ``part`` ends, and with how many slips (Myers 1999, one bit a letter)."""
    masks: dict[str, int] = {}
    for place, char in enumerate(part):
        masks[char] = masks.get(char, 0) | 1 << place
    every, top = (1 << len(part)) - 1, 1 << (len(part) - 1)
    up, down, many = every, 0, len(part)
    best = (0, many)
    for place, char in enumerate(text, 1):
        same = masks.get(char, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right, left = down | ~(diagonal | up) & every, up & diagonal
        many += bool(right & top) - bool(left & top)
        if many < best[1]:
            best = (place, many)
        right, left = right << 1 & every, left << 1 & every
        up, down = left | ~((same | down) | right) & every, right & (same | down)
    return best
