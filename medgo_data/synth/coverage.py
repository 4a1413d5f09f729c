"""How much of its sources a corpus cites: which share of their characters, and which sections of leaflets nobody asks about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from medgo_data.leaflet import NAMES, WRITTEN
from medgo_data.stage import ASKED, Stage

Span = tuple[int, int]
PLACE = re.compile(r"(\d+)-(\d+)")
SECTION, CITED = "section ", "cited "  # and its name: in how many sources it stands, and of how many a row cites it
SAID = pl.List(pl.Struct({"what": pl.String, "much": pl.Float64}))


@dataclass(frozen=True, kw_only=True)
class Coverage(Stage):
    """Counts what is cited of the sources by the rows that came this far, and drops none: it stands last in a chain.

    The funnel then has ``cited_chars`` beside the ``source_chars`` of the stage that wrote, and in how many leaflets each section
    stands (``section 禁忌``) and is cited (``cited 禁忌``); the card shows both.
    """

    version: ClassVar[int] = 1

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        spans: dict[str, list[Span]] = {}
        heads: dict[str, set[str]] = {}
        if {"parent", "context", "context_at", "cites"} <= set(docs.columns):
            for parent, context, at, cites in docs.select("parent", "context", "context_at", "cites").iter_rows():
                places = list(cited(cites or []))
                spans.setdefault(parent, []).extend(places)
                heads.setdefault(parent, set()).update(
                    _above(context or "", [start - (at or 0) for start, _ in places])
                )
        told = Counter(name for some in heads.values() for name in some)
        counts = {CITED + name: n for name, n in told.items()}
        return docs.with_columns(first(docs.height, {"cited_chars": sum(map(characters, spans.values())), **counts}))


def offered(texts: pl.Series) -> dict[str, int]:
    """What there is to be cited: characters, and leaflets by section."""
    heads = texts.str.extract_all(f"(?m){WRITTEN.pattern}").list.unique().explode(empty_as_null=True)
    told = heads.drop_nulls().str.strip_chars("【】").value_counts(name="leaflets").rows()
    sections = {SECTION + name: n for name, n in sorted(told) if name in NAMES}
    return {"source_chars": int(texts.str.len_chars().sum()), **sections}


def first(rows: int, told: Mapping[str, float]) -> pl.Series:
    """The column ``asked`` of a batch: what there is to say of all of it, said by its first row."""
    said = [{"what": what, "much": float(much)} for what, much in told.items() if much]
    return pl.Series(ASKED, [said, *[None] * (rows - 1)][:rows], dtype=SAID)


def cited(cites: Iterable[str]) -> Iterable[Span]:
    """Places as rows tell of them: 120-184."""
    return ((int(found[1]), int(found[2])) for found in map(PLACE.fullmatch, cites) if found)


def characters(spans: Iterable[Span]) -> int:
    """How many characters lie in them; those in two of them once."""
    told = last = 0
    for start, end in sorted(spans):
        told += max(0, end - max(start, last))
        last = max(last, end)
    return told


def _above(context: str, places: Iterable[int]) -> Iterable[str]:
    """The section of a leaflet in which each of these places lies, as far as the passage has its head."""
    heads = [(head.end(), head[1]) for head in WRITTEN.finditer(context) if head[1] in NAMES]
    ends = [end for end, _ in heads]
    return (heads[n - 1][1] for n in (bisect_right(ends, place) for place in places) if n)
