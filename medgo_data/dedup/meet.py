"""Who met whom: rows that share a key, and all that hang together through them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from medgo_data.stage import Shard, note, noted

if TYPE_CHECKING:
    from medgo_data.engine import Engine

UPPER, LOWER = 0xFFFFFFFF_00000000, 0x00000000_FFFFFFFF
MOST_ROWS = 1 << 32  # a row is a number of 32 bits
AT_ONCE = 1 << 24  # keys in memory at a time: 128 MB, and as much for sorting
SPARSE = 16  # places in a list of keys for each key in it: so few others are taken for one of them


@dataclass(frozen=True)
class Rows:
    """The rows of all shards, numbered through."""

    shards: Sequence[Shard]

    @cached_property
    def starts(self) -> Any:
        import numpy as np

        starts = np.cumsum([0, *(shard.rows for shard in self.shards)])
        if starts[-1] >= MOST_ROWS:
            raise ValueError(f"{starts[-1]:,} rows cannot meet at once: {MOST_ROWS:,} can. Make two corpora of them.")
        return starts

    def sketch(self, shard: Shard, *names: str) -> list[Any]:
        """Some columns of a sketch. Nothing is read before it is looked at."""
        told = noted(shard.sketched, list(names))
        return [told[name].to_numpy() for name in names]

    def columns(self, *names: str) -> list[tuple[Any, ...]]:
        """Some columns of all sketches, shard by shard."""
        return list(zip(*(self.sketch(shard, *names) for shard in self.shards), strict=True))

    def take(self, wanted: Any, name: str) -> Any:
        """A column of the sketches for these rows alone."""
        import numpy as np

        told = np.zeros(len(wanted), np.uint64)
        for shard, places, own in self.split(wanted):
            told[places] = self.sketch(shard, name)[0][own]
        return told

    def split(self, rows: Any) -> list[tuple[Shard, Any, Any]]:
        """Each shard that has some of these rows, where in ``rows`` they stand, and which of its own they are."""
        import numpy as np

        order = np.argsort(rows, kind="stable")
        edges = np.searchsorted(rows[order], self.starts)
        return [
            (shard, order[a:b], (rows[order[a:b]] - start).astype(np.int64))
            for shard, start, a, b in zip(self.shards, self.starts, edges, edges[1:], strict=False)
            if b > a
        ]

    def ids(self, wanted: Any) -> pl.Series:
        """The ids of these rows: of those, and no others."""
        ids = pl.repeat(None, len(wanted), dtype=pl.String, eager=True)
        for shard, places, own in self.split(wanted):
            ids = ids.scatter(places, shard.take(own, "id"))
        return ids

    def tell(self, gone: pl.DataFrame, out: Path) -> None:
        """Tell each shard which of its rows go, and for which row, whose number becomes its id."""
        import numpy as np

        stays, place = np.unique(gone["kept"].to_numpy(), return_inverse=True)  # many may go for one
        named = gone.drop("row").with_columns(kept=self.ids(stays).gather(place))
        mine = {shard.number: (places, own) for shard, places, own in self.split(gone["row"].to_numpy())}
        for shard in self.shards:
            places, own = mine.get(shard.number, ([], []))
            shard.tell(out, named[places].with_columns(row=pl.Series(own, dtype=pl.UInt32)))


def met(rows: Rows, keys: Sequence[Sequence[Any]], among: Any, alone: Any) -> tuple[Any, Any]:
    """As ``alike``, of the rows that are ``among`` those that may meet. Two that were ``alone`` before do not meet now."""
    import numpy as np

    own = list(_suspects(rows, keys[0], among, alone))
    number = np.concatenate([mine + start for mine, start in zip(own, rows.starts, strict=False)])
    row, group = alike([np.concatenate([part[mine] for part, mine in zip(key, own, strict=True)]) for key in keys])
    return number[row].astype(np.uint32), group


def _suspects(rows: Rows, key: Sequence[Any], among: Any, alone: Any) -> Iterator[Any]:
    """Of each shard the rows whose key may be that of a row that was not alone."""
    import numpy as np

    spans, fresh = list(pairwise(rows.starts)), among & ~alone
    many = int(np.count_nonzero(fresh))
    if 2 * many > len(fresh):
        yield from (np.flatnonzero(among[a:b]) for a, b in spans)
        return
    bits = (SPARSE * many).bit_length()
    listed, shift = np.zeros(1 << bits, np.bool_), np.uint64(64 - bits)
    for part, (a, b) in zip(key, spans, strict=True):
        listed[part[fresh[a:b]] >> shift] = True
    for part, (a, b) in zip(key, spans, strict=True):
        place = (part >> shift).view(np.int64)
        yield np.flatnonzero(among[a:b] & listed.take(place, mode="clip"))  # which is not looked after, and so quick


def alike(keys: Sequence[Any]) -> tuple[Any, Any]:
    """The rows that share all their keys with another one, group by group, and the number of the group of each.

    Half a key and the number of its row are sorted as one number, so that a sort is all that most rows take part in.
    """
    import numpy as np

    first = keys[0]
    packed = (first & np.uint64(UPPER)) | np.arange(len(first), dtype=np.uint64)
    packed.sort()
    rows = _neighbours(packed, packed >> np.uint64(32)) & np.uint64(LOWER)
    order = np.lexsort((rows, *(key[rows] for key in reversed(keys))))
    rows = rows[order]
    same = np.ones(max(0, len(rows) - 1), np.bool_)
    for key in keys:
        same &= key[rows[1:]] == key[rows[:-1]]
    begins = np.concatenate([np.ones(min(1, len(rows)), np.bool_), ~same])
    met = ~begins | np.concatenate([~begins[1:], np.zeros(min(1, len(rows)), np.bool_)])
    return rows[met].astype(np.uint32), (np.cumsum(begins[met]) - 1).astype(np.uint32)


def _neighbours(numbers: Any, keys: Any) -> Any:
    """The numbers whose key is that of the one before or behind."""
    import numpy as np

    same = keys[1:] == keys[:-1]
    edge = np.zeros(1, np.bool_)
    return (
        numbers[: len(same) + 1][np.concatenate([same, edge]) | np.concatenate([edge, same])]
        if len(numbers)
        else numbers
    )


def meetings(  # noqa: PLR0913, PLR0917  all that one has to be told
    rows: Rows, bands: int, among: Any, alone: Any, folder: Path, engine: Engine
) -> list[Path]:
    """The groups of all bands, a file for each. As many bands are in memory at a time as there is room for, one at the least."""
    import numpy as np

    np.save(folder / "among.npy", among)
    np.save(folder / "alone.npy", alone)
    many = int(np.count_nonzero(among & ~alone)) + len(among) // SPARSE
    at_once = max(AT_ONCE // max(1, many), 1)
    names = [f"band_{k:02d}" for k in range(bands)]
    some = [names[k : k + at_once] for k in range(0, bands, at_once)]
    return sorted(path for paths in engine.map(partial(meet, rows, folder), some) for path in paths)


def meet(rows: Rows, folder: Path, bands: Sequence[str]) -> list[Path]:
    """The groups of some bands, a file for each."""
    import numpy as np

    among, alone = np.load(folder / "among.npy"), np.load(folder / "alone.npy")
    for band, key in zip(bands, rows.columns(*bands), strict=True):
        row, group = met(rows, [key], among, alone)
        note(pl.DataFrame({"row": row, "group": group}), folder / f"{band}.arrow")
    return [folder / f"{band}.arrow" for band in bands]


def groups(rows: Rows, bands: Sequence[Path], *, longer: bool = True) -> tuple[Any, Any]:
    """The rows that met another one in any band, and where each group of those begins that hang together.

    Within a group they stand in order of precedence: by the input that is trusted more, then, if wanted, the ``longer``,
    then the first.
    """
    import numpy as np

    from medgo_data.dedup import kernel

    parent = np.arange(int(rows.starts[-1]), dtype=np.uint32)
    for path in bands:
        band = noted(path)
        kernel.joined(parent, band["row"].to_numpy(), band["group"].to_numpy())
    seen = np.zeros(len(parent), np.bool_)
    for path in bands:
        seen[noted(path)["row"].to_numpy()] = True
    found = np.flatnonzero(seen).astype(np.uint32)
    root = np.empty(len(found), np.uint32)
    kernel.roots(parent, found, root)
    inputs = np.array([shard.input for shard in rows.shards])[np.searchsorted(rows.starts, found, "right") - 1]
    size = rows.take(found, "letters").astype(np.int64) if longer else np.zeros(len(found), np.int64)
    order = np.lexsort((found, -size, inputs, root))
    root = root[order]
    return found[order], np.flatnonzero(np.concatenate([np.ones(min(1, len(root)), np.bool_), root[1:] != root[:-1]]))
