"""What the libraries below have renamed: settings go by today's names, and older versions are told theirs."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

BEFORE = {  # today's name: the one before it
    "activation_checkpointing": "gradient_checkpointing",
    "activation_checkpointing_kwargs": "gradient_checkpointing_kwargs",
}


def known(kind: type, told: dict[str, Any]) -> dict[str, Any]:
    """The settings under the names that ``kind``, a dataclass of arguments, has for them."""
    names = {field.name for field in fields(kind)}
    return {name if name in names else BEFORE.get(name, name): value for name, value in told.items()}
