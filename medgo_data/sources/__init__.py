"""Files of one kind each, and how to read them into rows. What cannot be read becomes a row with the reason."""

from medgo_data.sources.json import Json
from medgo_data.sources.jsonl import JsonLines
from medgo_data.sources.parquet import Parquet
from medgo_data.sources.table import Table
from medgo_data.sources.text import Text
from medgo_data.sources.turns import Turns

__all__ = ["Json", "JsonLines", "Parquet", "Table", "Text", "Turns"]
