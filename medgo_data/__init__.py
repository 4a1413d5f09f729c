"""medgo_data: raw Chinese medical material becomes versioned Parquet shards in which every row can be explained."""

from medgo_data import processor
from medgo_data.build import build, plan
from medgo_data.clean import Clean, Quality, Sample, Tokens
from medgo_data.corpus import Corpus, Source
from medgo_data.decontaminate import Decontaminate
from medgo_data.dedup import Dedup, Passages, Questions
from medgo_data.engine import Here, Local
from medgo_data.pii import Scrub
from medgo_data.ray import Ray
from medgo_data.stage import Stage, Survey, children, knob
from medgo_data.store import open  # noqa: A004  medgo_data.open(...) is how it reads

__all__ = [
    "Clean",
    "Corpus",
    "Decontaminate",
    "Dedup",
    "Here",
    "Local",
    "Passages",
    "Quality",
    "Questions",
    "Ray",
    "Sample",
    "Scrub",
    "Source",
    "Stage",
    "Survey",
    "Tokens",
    "build",
    "children",
    "knob",
    "open",
    "plan",
]

processor.tell()
