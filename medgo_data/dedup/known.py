"""What one settling leaves to the next: which rows met nobody, and who stayed of those that met."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from medgo_data.stage import Shard, note, noted

if TYPE_CHECKING:
    from medgo_data.dedup.meet import Rows

GROUPS = {"group": pl.UInt64, "member": pl.Int64, "keeper": pl.Int64, "score": pl.Float64}
ALONE = {"sketch": pl.String, "alone": pl.Binary}


@dataclass(frozen=True)
class Known:
    """Of each group of texts those that go, and for which; and of each sketch a bit for each row, set if it met nobody.

    Two rows that met nobody when both were there do not meet now, whatever came or went since.
    """

    groups: pl.DataFrame
    marks: pl.DataFrame

    @classmethod
    def at(cls, path: Path) -> Self:
        told = pl.DataFrame(schema={**GROUPS, **ALONE})
        if path.is_file():
            told = pl.concat([told, noted(path)], how="diagonal")
        return cls(told.select(*GROUPS).drop_nulls("group"), told.select(*ALONE).drop_nulls("sketch"))

    def alone(self, rows: Rows) -> Any:
        """Which of these rows met nobody."""
        import numpy as np

        marks = dict(self.marks.rows())  # two shards may be the same: then the other one is new
        bits = [np.frombuffer(marks.pop(_name(shard), bytes(-(-shard.rows // 8))), np.uint8) for shard in rows.shards]
        told = [np.unpackbits(some, count=shard.rows) for some, shard in zip(bits, rows.shards, strict=True)]
        return np.concatenate([np.zeros(0, np.uint8), *told]).view(np.bool_)

    def note(self, path: Path) -> None:
        beside = path.with_stem("new")
        note(pl.concat([self.groups, self.marks], how="diagonal"), beside)
        beside.replace(path)  # the old one may be a link


def marked(rows: Rows, alone: Any) -> pl.DataFrame:
    """The rows that met nobody, as they are noted."""
    import numpy as np

    told = [
        (_name(shard), np.packbits(alone[a : a + shard.rows]).tobytes())
        for shard, a in zip(rows.shards, rows.starts, strict=False)
    ]
    return pl.DataFrame(told, schema=ALONE, orient="row")


def _name(shard: Shard) -> str:
    return shard.sketched.parent.name  # which tells what is in it
