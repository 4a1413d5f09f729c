"""Near-duplicate removal: of two texts that say nearly the same, the more trusted one stays, then the longer, then the first."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from medgo_data.dedup.bands import optimum
from medgo_data.dedup.compare import MISSING, Likeness
from medgo_data.dedup.meet import Rows
from medgo_data.stage import KNOWN, Shard, Survey
from medgo_data.value import numbers_of, said, spelled

if TYPE_CHECKING:
    from pathlib import Path

    from medgo_data.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Dedup(Survey):
    """Drop a text that is as like as ``at_least`` (Jaccard, of runs of ``gram`` letters) to one that stays.

    Texts are compared by their letters and digits alone, whatever their width, case, spaces and script (``letters.py``),
    and stay as they are. Which rows meet is a matter of chance, by bands of ``perms`` numbers a text; whether one goes is not:
    each is compared exactly with the row that stays. The ledger names that row and how alike they are. Texts that are
    shorter than a gram, and all with ``at_least=None``, go only as copies. With ``same_numbers`` only texts meet that have
    the same numbers in the same order: two patients who cough for three days and for five are two.
    """

    version = 2
    any_column: ClassVar[bool] = True

    column: str = "text"
    at_least: float | None = 0.7
    same_numbers: bool = False
    gram: int = 5
    perms: int = 128
    seed: int = 1

    def __post_init__(self) -> None:
        if self.at_least is not None and not 0 < self.at_least <= 1:
            raise ValueError(
                f"Dedup(at_least={self.at_least}): a similarity lies above 0 and up to 1; None is for copies alone"
            )
        if self.gram < 1 or self.perms < 1:
            raise ValueError(f"Dedup(gram={self.gram}, perms={self.perms}): both are 1 or more")

    @property
    def bands(self) -> tuple[int, int]:
        """How many bands, of how many numbers each."""
        return (0, 0) if self.at_least is None else optimum(self.at_least, self.perms)

    # ---- what a batch tells the others

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        import numpy as np
        import xxhash

        values = docs[self.column]
        keys: Any
        whole = spelled(values).to_list()
        raw = np.fromiter(map(xxhash.xxh3_64_intdigest, whole), np.uint64, len(whole))
        if self.at_least is None:
            other = np.fromiter((xxhash.xxh3_64_intdigest(one, 1) for one in whole), np.uint64, len(whole))
            keys, told = [], np.stack([raw, other, np.zeros(len(raw), np.uint64)], 1)
        else:
            from medgo_data.dedup.signature import signed

            keys, told = signed(said(values), self.bands, perms=self.perms, gram=self.gram, seed=self.seed)
            if self.same_numbers:
                numbers = np.fromiter(map(xxhash.xxh3_64_intdigest, numbers_of(said(values))), np.uint64, len(whole))
                keys ^= numbers
                told[:, 1] ^= numbers
            mute = told[:, 2] == 0  # texts without a letter are alike only if they are the same
            told[mute, :2] = raw[mute, None]
        size = np.where(values.is_null().to_numpy(), MISSING, told[:, 2]).astype(np.uint32)
        columns = {"raw": raw, "view": told[:, 0], "order": told[:, 1], "letters": size}
        columns |= {f"band_{k:02d}": key for k, key in enumerate(keys)}
        return pl.DataFrame({name: np.ascontiguousarray(column) for name, column in columns.items()})

    # ---- what all of them tell

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:
        rows, meeting = Rows(shards), out / "meeting"
        meeting.mkdir()
        gone = self._settled(rows, engine, out, meeting)
        shutil.rmtree(meeting)
        rows.tell(gone, out)

    def _settled(self, rows: Rows, engine: Engine, out: Path, meeting: Path) -> pl.DataFrame:
        """All rows that go, the row that stays instead of each, how alike they are, and whether they are the same."""
        import numpy as np

        like = Likeness(self.column, self.at_least, self.gram, self.bands[0])
        gone = like.gone(rows, engine, meeting, out / KNOWN)
        raw = rows.take(np.concatenate([gone["row"], gone["kept"]]), "raw")
        return gone.with_columns(same=pl.Series(raw[: gone.height] == raw[gone.height :]))

    # ---- what a row is told

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        kept = found["kept"]
        reason = (
            pl.when(found["same"]).then(pl.lit("duplicate")).when(kept.is_not_null()).then(pl.lit("near_duplicate"))
        )
        return docs.with_columns(drop_kept=kept, drop_score=found["score"], drop=reason)
