"""How the libraries below are dealt with: settings go by today's names, older versions are told theirs, and all keep quiet."""

from __future__ import annotations

import os
import warnings
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


def hush() -> None:
    """Nobody outside learns that a hospital trains, or on what; and the lines on the screen are the run's own."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    warnings.filterwarnings("ignore", ".*gradient_checkpointing.*", FutureWarning)  # what trl calls by the old name
    import datasets
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.disable_progress_bars()
