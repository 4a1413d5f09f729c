"""What could be read out of a model's reply, and whether anything could."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parsed:
    value: Any
    state: str  # ok | empty | invalid
