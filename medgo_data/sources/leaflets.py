"""Drug leaflets from wherever they come: one row for each drug, its sections under their usual names."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from medgo_data import schema
from medgo_data.corpus import Piece
from medgo_data.leaflet import leaflets, name_of, told, written
from medgo_data.sources.composed import Composed, Row
from medgo_data.sources.fields import Fields, Refused, fitting, paths
from medgo_data.sources.split import split
from medgo_data.sources.values import joined, listed, spelled
from medgo_data.sources.works import Works


@dataclass(frozen=True, kw_only=True)
class DrugLeaflets(Works):
    """For example ``DrugLeaflets(files="raw/nmpa/**/*.txt", license="public")``.

    Each document, and the text of each record, is parsed into leaflets and written as ``【name】`` and what the section
    says. A table with a column for each section needs no declaration where its columns are called like sections; and else
    ``sections={"适应症": "indic", "用法用量": ("dose", "route")}`` says which is which, beside ``fields`` for the title.
    """

    name: str = "leaflets"
    category: str | None = "drug leaflet"
    sections: Mapping[str, str | tuple[str, ...]] | None = None

    def mapping(self) -> Fields:
        if self.sections is None:
            return super().mapping()
        if "text" in (self.fields or {}):
            raise ValueError(f"source {self.name!r}: its text is made of `sections`; take 'text' out of `fields`")
        every = [path for told in self.sections.values() for path in listed(told)]
        return fitting(self.name, {**(self.fields or {}), "text": tuple(every)}, schema.load(self.gives))

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        for docs in super().read(piece):
            said = [None if text is None else told(text) for text in docs["text"]]
            yield docs.with_columns(pl.Series("sections", said, pl.List(pl.String)))

    def parts(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        found = leaflets(row["text"])
        several = sum(leaflet.is_leaflet for leaflet in found)
        breaks = [m.start() for m in re.finditer("\f", row["text"])]
        number, rows = 0, []
        for leaflet in found:
            number += leaflet.is_leaflet
            place = f"{number}/{several}" if leaflet.is_leaflet and several > 1 else None
            pages = _pages(row["text"], breaks, *leaflet.at)
            for text, under in _cut(leaflet.text, self.longest):
                position = " · ".join(filter(None, (row.get("position"), place, under, pages))) or None
                rows.append(row | {"title": leaflet.title or row.get("title"), "text": text, "position": position})
        return rows

    def is_whole(self, docs: pl.DataFrame) -> pl.Series:
        return docs["text"].is_null()

    def _as(self, form: str) -> Any:
        if self.fields is not None and self.sections is None:
            return super()._as(form)
        reader = Works._as(replace(self, fields=None, sections=None), form)  # noqa: SLF001  this source, but for the declaration
        wanted = paths(self.mapping()) if self.sections else []
        return Composed(reader, tuple(wanted), tuple({"title": 0, "text": 0} | dict(self.fields or {})), self._rows)

    def _rows(self, record: Any) -> Iterator[Row | Refused]:
        """The row of a record that has its sections in parts, or a text after all."""
        if isinstance(record, str):
            yield {"text": record}
        elif not isinstance(record, dict):
            yield Refused("not_object")
        elif self.sections is None and "text" in record:
            yield {"title": spelled(record.get("title")), "text": spelled(record["text"])}
        else:
            own = self.sections or {column: column for column in record if name_of(column)}
            others = {column: joined(path)(record) for column, path in (self.fields or {}).items()}  # type: ignore[arg-type]
            bodies = [(name, joined(path)(record)) for name, path in own.items()]
            yield others | {"text": "\n".join(_section(name, body) for name, body in bodies if body and body.strip())}


def _section(name: str, body: str) -> str:
    """A cell as a section, unless it says itself which it is: 適應症: … 副作用: …, all in the column of one of them."""
    found = leaflets(body, least=1)
    if found[0].is_leaflet and found[0].text.startswith("【"):
        return "\n".join(leaflet.text for leaflet in found)
    return written(name_of(name) or name, body)


def _pages(text: str, breaks: list[int], start: int, end: int) -> str | None:
    if not breaks:
        return None
    said = text[start:end]
    bounds = (start + len(said) - len(said.lstrip()), start + len(said.rstrip()))
    first, last = (bisect.bisect_left(breaks, at) + 1 for at in bounds)
    return f"p. {first}" if first == last else f"p. {first}-{last}"


def _cut(text: str, longest: int) -> Iterator[tuple[str, str | None]]:
    """A leaflet in parts of whole sections, as far as one is not too long; each with the section that it begins in."""
    if len(text) <= longest:
        yield text, None
        return
    blocks = [part for block in re.split(r"^(?=【)", text, flags=re.MULTILINE) for part in split(block, longest)]
    held, under, last = "", None, None
    for block in blocks:
        if held and len(held) + len(block.text) > longest:
            yield held, under
            held = ""
        head = re.match(r"【(.+?)】", block.text)
        last = head[1] if head else last
        under = under if held else last
        held += block.text
    yield held, under
