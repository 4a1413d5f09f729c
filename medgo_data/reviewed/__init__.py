"""What physicians said of rows becomes data: rows are marked, put right or dropped, and verdicts become rows to learn from."""

from medgo_data.reviewed.accepted import Accepted
from medgo_data.reviewed.preferred import Preferred
from medgo_data.reviewed.rated import Rated
from medgo_data.reviewed.reviewed import Reviewed

__all__ = ["Accepted", "Preferred", "Rated", "Reviewed"]
