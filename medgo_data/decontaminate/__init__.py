"""Texts that contain what models are tested with leave here."""

from medgo_data.decontaminate.leaks import Decontaminate

__all__ = ["Decontaminate"]
