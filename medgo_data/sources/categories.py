"""The fifteen kinds of medical text that a Chinese medical model is pre-trained on, each a source of its own name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from medgo_data.corpus import Piece
from medgo_data.sources.dialogues import Dialogues
from medgo_data.sources.exams import ExamBanks
from medgo_data.sources.leaflets import DrugLeaflets
from medgo_data.sources.works import Works, named


@dataclass(frozen=True, kw_only=True)
class Textbooks(Works):
    name: str = "textbooks"
    category: str | None = "textbook"


@dataclass(frozen=True, kw_only=True)
class Consensus(Works):
    name: str = "consensus"
    category: str | None = "expert consensus"


@dataclass(frozen=True, kw_only=True)
class CaseReports(Works):
    name: str = "cases"
    category: str | None = "case report"


@dataclass(frozen=True, kw_only=True)
class Guidelines(Works):
    name: str = "guidelines"
    category: str | None = "guideline"


@dataclass(frozen=True, kw_only=True)
class Pathways(Works):
    """Clinical pathways, and diagnostic and treatment protocols."""

    name: str = "pathways"
    category: str | None = "clinical pathway"


@dataclass(frozen=True, kw_only=True)
class Encyclopedias(Works):
    name: str = "encyclopedias"
    category: str | None = "encyclopedia"


@dataclass(frozen=True, kw_only=True)
class Lectures(Works):
    """Written out or subtitled."""

    name: str = "lectures"
    category: str | None = "lecture"


@dataclass(frozen=True, kw_only=True)
class Monographs(Works):
    name: str = "monographs"
    category: str | None = "monograph"


@dataclass(frozen=True, kw_only=True)
class Reviews(Works):
    name: str = "reviews"
    category: str | None = "review"


@dataclass(frozen=True, kw_only=True)
class Papers(Works):
    name: str = "papers"
    category: str | None = "paper"


@dataclass(frozen=True, kw_only=True)
class PopularScience(Works):
    name: str = "popular_science"
    category: str | None = "popular science"


@dataclass(frozen=True, kw_only=True)
class Terminology(Works):
    """For example ``Terminology(files="raw/icd/*.csv", license="MIT", fields={"text": ("code", "name")})``.

    A term alone is too little to read, so a text is ``terms_per_text`` terms of a file, each on a line of its own with
    all that ``fields`` says of it; ``position`` says which. A record that is no term stays a row, with its reason.
    """

    name: str = "terminology"
    category: str | None = "terminology"
    terms_per_text: int = 50

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        for docs in super().read(piece):
            titled = pl.when(pl.col("drop").is_null()).then(pl.lit(named(piece.raw)))
            yield docs if "title" in docs.columns else docs.with_columns(title=titled)

    def _of_records(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        gathered = _Terms(self.terms_per_text)
        for docs in frames:
            yield gathered.rows([row for term in docs.select("text", "drop").rows() for row in gathered.take(*term)])
        yield gathered.rows(gathered.rest())


Row = tuple[str | None, str | None, str | None]  # text, position, drop


class _Terms:
    """The terms that wait for others, to be one text with them."""

    def __init__(self, enough: int) -> None:
        self.enough = enough
        self.seen = self.given = 0
        self.held: list[str] = []
        self.first = 1

    def take(self, term: str | None, drop: str | None) -> Iterator[Row]:
        self.seen += 1
        if term is None:
            yield None, None, drop
            return
        if not self.held:
            self.first = self.seen
        self.held.append(" ".join(term.split()))
        if len(self.held) == self.enough:
            yield from self.rest()

    def rest(self) -> list[Row]:
        text, self.held = "\n".join(self.held), []
        return [(text, f"terms {self.first}-{self.seen}", None)] if text else []

    def rows(self, rows: list[Row]) -> pl.DataFrame:
        told = {"text": pl.String, "position": pl.String, "drop": pl.String}
        first, self.given = self.given, self.given + len(rows)
        numbers = pl.int_range(first, self.given, dtype=pl.UInt32, eager=True)
        return pl.DataFrame(rows, schema=told, orient="row").with_columns(record=numbers)


# Name, name in Chinese, source: in the order of the paper.
CATEGORIES: tuple[tuple[str, str, type[Works]], ...] = (
    ("textbook", "教科书", Textbooks),
    ("exam bank", "考试题库", ExamBanks),
    ("expert consensus", "专家共识", Consensus),
    ("case report", "病例报告", CaseReports),
    ("guideline", "临床指南", Guidelines),
    ("clinical pathway", "临床路径与诊疗规范", Pathways),
    ("encyclopedia", "医学百科", Encyclopedias),
    ("lecture", "讲座", Lectures),
    ("monograph", "专著", Monographs),
    ("review", "综述", Reviews),
    ("paper", "论文", Papers),
    ("drug leaflet", "药品说明书", DrugLeaflets),
    ("dialogue", "医患对话", Dialogues),
    ("terminology", "医学术语", Terminology),
    ("popular science", "科普", PopularScience),
)
