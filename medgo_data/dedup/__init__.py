"""Copies leave here, and of each text one stays."""

from medgo_data.dedup.near import Dedup
from medgo_data.dedup.passages import Passages
from medgo_data.dedup.questions import Questions

__all__ = ["Dedup", "Passages", "Questions"]
