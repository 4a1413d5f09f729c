"""Rules that keep or drop one document at a time, and quotas over all of them."""

from medgo_data.clean.quality import Quality
from medgo_data.clean.rules import Clean
from medgo_data.clean.sample import Sample
from medgo_data.clean.tokens import Tokens

__all__ = ["Clean", "Quality", "Sample", "Tokens"]
