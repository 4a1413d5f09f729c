"""Files of one kind each, and how to read them into rows. What cannot be read becomes a row with the reason."""

from medgo_data.sources.annotated import Annotated
from medgo_data.sources.categories import (
    CATEGORIES,
    CaseReports,
    Consensus,
    Encyclopedias,
    Guidelines,
    Lectures,
    Monographs,
    Papers,
    Pathways,
    PopularScience,
    Reviews,
    Terminology,
    Textbooks,
)
from medgo_data.sources.dialogues import Dialogues
from medgo_data.sources.exams import ExamBanks
from medgo_data.sources.json import Json
from medgo_data.sources.jsonl import JsonLines
from medgo_data.sources.leaflets import DrugLeaflets
from medgo_data.sources.parquet import Parquet
from medgo_data.sources.questions import Options
from medgo_data.sources.safety_prompts import SafetyPrompts
from medgo_data.sources.sql import Sql
from medgo_data.sources.table import Table
from medgo_data.sources.text import Text
from medgo_data.sources.turns import Turns
from medgo_data.sources.verdicts import Verdicts
from medgo_data.sources.works import Works
from medgo_data.sources.xlsx import Xlsx

__all__ = [
    "CATEGORIES",
    "Annotated",
    "CaseReports",
    "Consensus",
    "Dialogues",
    "DrugLeaflets",
    "Encyclopedias",
    "ExamBanks",
    "Guidelines",
    "Json",
    "JsonLines",
    "Lectures",
    "Monographs",
    "Options",
    "Papers",
    "Parquet",
    "Pathways",
    "PopularScience",
    "Reviews",
    "SafetyPrompts",
    "Sql",
    "Table",
    "Terminology",
    "Text",
    "Textbooks",
    "Turns",
    "Verdicts",
    "Works",
    "Xlsx",
]
