"""What could tell who a patient is leaves the text here."""

from medgo_data.pii.scrub import Scrub

__all__ = ["Scrub"]
