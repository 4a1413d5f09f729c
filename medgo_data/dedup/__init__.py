"""Copies leave here, and the first of them stays."""

from medgo_data.dedup.exact import Dedup

__all__ = ["Dedup"]
