"""Rules that keep or drop one document at a time, and quotas over all of them."""

from medgo_data.clean.rules import Clean
from medgo_data.clean.sample import Sample

__all__ = ["Clean", "Sample"]
