"""The stages of training: what a run says, handed to TRL; its steps see what the plan says, and each checkpoint says so."""

from __future__ import annotations

from medgo_train.stages.run import run

__all__ = ["run"]
