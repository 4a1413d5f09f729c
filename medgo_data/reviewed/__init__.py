"""What physicians said of rows, back in the corpus."""

from medgo_data.reviewed.accepted import Accepted

__all__ = ["Accepted"]
