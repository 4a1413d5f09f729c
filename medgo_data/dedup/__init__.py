"""Copies leave here, and of each text one stays."""

from medgo_data.dedup.near import Dedup
from medgo_data.dedup.passages import Passages

__all__ = ["Dedup", "Passages"]
