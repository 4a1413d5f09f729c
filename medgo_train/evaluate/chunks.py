"""Entities out of BIO tags, one tag for each character, and back."""

from __future__ import annotations

from collections.abc import Iterable

Chunk = tuple[str, int, int]  # kind, first character, first character behind it


def chunks(tags: str) -> frozenset[Chunk]:
    """The entities of a tagged sentence, as IMCS-21 reads it: only B opens, and an I of another kind changes nothing."""
    found: list[Chunk] = []
    kind, start, end = "", 0, 0
    for place, tag in enumerate([*tags.split(), "O"]):
        mark, _, of = tag.partition("-")
        if mark == "I" and of == kind:
            end = place + 1
        elif mark != "I":
            if kind:
                found.append((kind, start, end))
            kind, start, end = (of, place, place + 1) if mark == "B" else ("", 0, 0)
    return frozenset(found)


def tagged(length: int, entities: Iterable[Chunk]) -> str:
    """The tags of a sentence; where entities overlap, the longer one stands."""
    tags = ["O"] * length
    for kind, start, end in sorted(entities, key=lambda e: (e[1] - e[2], e[1], e[0])):
        if 0 <= start < end <= length and tags[start:end] == ["O"] * (end - start):
            tags[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    return " ".join(tags)
