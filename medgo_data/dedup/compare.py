"""Rows that met are compared, gram by gram, with those that stay; and what was compared once is not compared again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from medgo_data import letters
from medgo_data.dedup.known import GROUPS, Known, marked
from medgo_data.dedup.meet import Rows, groups, meetings, met
from medgo_data.native import flat
from medgo_data.stage import Shard, note, noted
from medgo_data.value import said

if TYPE_CHECKING:
    from medgo_data.engine import Engine

AT_ONCE = 1 << 24  # letters of the texts that are compared in one piece of work: 128 MB of grams
NOWHERE = 0xFFFFFFFF
MISSING = 0xFFFFFFFF  # the letters of what is not there: it is like nothing else
FOUND = {"place": pl.Int64, "keeper": pl.Int64, "score": pl.Float64}
GONE = {"row": pl.UInt32, "kept": pl.UInt32, "score": pl.Float64}


@dataclass(frozen=True)
class Likeness:
    """How alike two values have to be for one of them to go; without ``at_least`` they have to be the same."""

    column: str
    at_least: float | None
    gram: int
    bands: int
    longer: bool = True  # of two from the same input the longer stays, and not the first
    read: Callable[[pl.Series], pl.Series] = said  # what of a value is compared

    def gone(self, rows: Rows, engine: Engine, folder: Path, memory: Path, *, but: Any = None) -> pl.DataFrame:
        """The rows that go, the row that stays instead of each, and how alike they are. Copies go first.

        Rows that are ``but`` not meant are as if they were not there.
        """
        import numpy as np

        known = Known.at(memory)
        alone = known.alone(rows)
        sizes, *keys = rows.columns("letters", "view", "order")
        letters = np.concatenate(sizes)
        among = letters != MISSING
        if but is not None:
            among &= ~but
        copy, group = met(rows, keys, among, alone)
        first = copy[group.searchsorted(group)]
        again = copy != first
        gone = pl.DataFrame({"row": copy[again], "kept": first[again], "score": 1.0}, schema=GONE)
        lonely = among.copy()
        lonely[copy] = False
        settled = known.groups
        if self.at_least is not None:
            apart = among & (letters >= self.gram)
            apart[copy[again]] = False
            bands = meetings(rows, self.bands, apart, alone, folder, engine)
            others, starts = groups(rows, bands, longer=self.longer)
            near, settled = Comparison(rows, self, bands, folder).settled(others, starts, engine, settled)
            follows = gone.join(near, left_on="kept", right_on="row", how="left", maintain_order="left", suffix="_near")
            kept, score = (pl.coalesce(f"{name}_near", name).alias(name) for name in ("kept", "score"))
            gone = pl.concat([near, follows.select("row", kept, score)])
            lonely[others] = False
        Known(settled, marked(rows, lonely)).note(memory)
        return gone.sort("row")


@dataclass(frozen=True)
class Comparison:
    """What is compared, for the workers who do it. Rows have a place, by group and then by precedence."""

    rows: Rows
    like: Likeness
    bands: Sequence[Path]
    folder: Path

    def settled(self, met: Any, starts: Any, engine: Engine, before: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Of the rows that met those that go, the row that stays instead, and how alike they are; and all that is known now.

        The groups begin at ``starts``. A group of the same texts in the same order was settled for ever by the build that
        met it first, and is known from ``before``.
        """
        import numpy as np

        group = np.repeat(np.arange(len(starts)), np.diff([*starts, len(met)]))
        texts = self.rows.take(met, "view") + self.rows.take(met, "order")
        named = pl.DataFrame({"group": _names(texts, group, starts), "start": starts})
        before = before.filter(pl.col("group").is_in(named["group"].implode()))
        fresh = ~named["group"].is_in(before["group"].implode()).to_numpy()
        todo = np.flatnonzero(fresh[group])
        found = self._found(met[todo], np.searchsorted(todo, starts[fresh]), engine)
        place = todo[found["place"].to_numpy()]
        begin = starts[group[place]]
        now = pl.DataFrame(
            {
                "group": named["group"].gather(group[place]),
                "member": place - begin,
                "keeper": todo[found["keeper"].to_numpy()] - begin,
                "score": found["score"],
            },
            schema=GROUPS,
        )
        quiet = named.filter(fresh).join(now, on="group", how="anti").select("group")
        told = pl.concat([before, now, quiet], how="diagonal").sort("group", "member")
        gone = told.drop_nulls("member").join(named, on="group")
        rows = pl.Series(met, dtype=pl.UInt32)
        near = {
            "row": rows.gather(gone["start"] + gone["member"]),
            "kept": rows.gather(gone["start"] + gone["keeper"]),
            "score": gone["score"],
        }
        return pl.DataFrame(near, schema=GONE), told

    def _found(self, todo: Any, starts: Any, engine: Engine) -> pl.DataFrame:
        import numpy as np

        if not len(todo):
            return pl.DataFrame(schema=FOUND)
        places = np.full(int(self.rows.starts[-1]), NOWHERE, np.uint32)
        places[todo] = np.arange(len(todo), dtype=np.uint32)
        sizes = self.rows.take(todo, "letters").astype(np.int64)
        np.save(self.folder / "places.npy", places)
        np.save(self.folder / "sizes.npy", sizes)
        texts = sorted(engine.map(self.gather, self.rows.split(todo)))
        bands = sorted(engine.map(self.place, self.bands))
        found = list(engine.map(partial(self.judge, texts, bands), _pieces(starts, sizes)))
        return pl.concat([pl.DataFrame(schema=FOUND), *found])

    def gather(self, wanted: tuple[Shard, Any, Any]) -> Path:
        """The texts of some rows of a shard, in the order of their places."""
        shard, places, rows = wanted
        order = places.argsort()
        text = letters.ready(self.like.read(shard.take(rows[order], self.like.column)))
        path = self.folder / f"texts-{shard.number:06d}.arrow"
        note(pl.DataFrame({"place": places[order], "text": text}), path)
        return path

    def place(self, band: Path) -> Path:
        """The groups of a band by the places of its rows."""
        import numpy as np

        met = noted(band)
        places = np.load(self.folder / "places.npy", mmap_mode="r")[met["row"].to_numpy()]
        placed = pl.DataFrame({"place": places.astype(np.int64), "group": met["group"]})
        path = band.with_stem(f"{band.stem}-placed")
        note(placed.filter(pl.col("place") != NOWHERE).sort("place", "group"), path)
        return path

    def judge(self, texts: Sequence[Path], bands: Sequence[Path], piece: tuple[int, int]) -> pl.DataFrame:
        """Of the texts from one place to another those that go, and for which one."""
        import numpy as np

        from medgo_data.dedup import kernel
        from medgo_data.grams import factors

        start, end = piece
        content, ends = flat(pl.concat(_stretch(path, piece) for path in texts).sort("place")["text"])
        met = pl.concat(_stretch(path, piece).with_columns(band=n) for n, path in enumerate(bands))
        met = met.sort("place").with_columns(group=pl.struct("band", "group").rank("dense") - 1)
        sizes = np.load(self.folder / "sizes.npy", mmap_mode="r")[start:end]
        keeper, score = np.empty(end - start, np.int64), np.zeros(end - start)
        pool = _pool(-(-int(sizes.sum()) // AT_ONCE) * AT_ONCE)
        kernel.judged(
            content, ends, np.ascontiguousarray(sizes), *letters.table(), factors(self.like.gram),
            np.searchsorted(met["place"].to_numpy(), np.arange(start, end + 1)), met["group"].cast(pl.Int64).to_numpy(),
            met["group"].n_unique(), self.like.at_least, pool, keeper, score,
        )  # fmt: skip
        gone = np.flatnonzero(keeper >= 0)
        return pl.DataFrame({"place": gone + start, "keeper": keeper[gone] + start, "score": score[gone]}, schema=FOUND)


@lru_cache(maxsize=1)
def _pool(letters: int) -> Any:
    """Room for so many grams: taken once, for the system clears memory each time that it gives it out."""
    import numpy as np

    return np.empty(letters, np.uint64)


def _pieces(starts: Any, weights: Any) -> list[tuple[int, int]]:
    """Stretches of whole groups, each of about ``AT_ONCE`` letters."""
    import numpy as np

    before = np.concatenate([[0], np.cumsum(weights)])[starts]
    begins = starts[np.unique(before // AT_ONCE, return_index=True)[1]]
    edges = [*map(int, begins), len(weights)]
    return list(pairwise(edges))


def _stretch(path: Path, piece: tuple[int, int]) -> pl.DataFrame:
    """The rows of a file that are placed there."""
    table = noted(path)
    start, end = table["place"].search_sorted(pl.Series(piece))
    return table[start:end]


def _names(views: Any, group: Any, starts: Any) -> Any:
    """A number for each group that tells of which texts it is made, in which order."""
    import numpy as np

    within = np.arange(len(views)) - starts[group] + 1
    mixed = (views ^ (within.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xE7037ED1A0B428DB)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xC2B2AE3D27D4EB4F)
    return np.add.reduceat(mixed, starts) if len(starts) else np.zeros(0, np.uint64)
