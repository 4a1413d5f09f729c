"""What the items of benchmarks are known by: their grams, but for those that many items share; and which text has which item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from medgo_data import letters
from medgo_data.decontaminate.items import SEPARATOR
from medgo_data.native import flat

if TYPE_CHECKING:
    from typing import Any

    from medgo_data.decontaminate.kernel import Grams

# Chosen on 60,000 real items and 52,000 real texts (benchmarks/contamination.py).
GRAM = 5  # letters; with 4 half a point more of what was edited is found, in 1.3 times the time
MANY = 32  # items that a gram may belong to: what more of them share is a turn of phrase
FEWEST = 13  # letters that tell an item from ordinary text: one that has fewer is not looked for
STEM = 8  # letters of a question that has to be there, and not its options alone
HINT = 0.3  # of the letters that are in some gram of it: as many have to show before an item is compared
WIDE = 2  # times as many letters as an item may that have what holds it: numbers, letters of options, words put in
STRETCH = 1 << 16  # letters of a text that are looked at together
AT_ONCE = 1 << 16  # segments of items at a time
FILTER = 3  # binary logarithm of the bits in the filter for each bucket


@dataclass(frozen=True)
class Index:
    """The items that can be told from ordinary text. It holds about 20 bytes for each letter of them.

    items     of each the number of its ``file``, its ``record``, its ``size`` in letters, and how many of them are ``distinct``
    segments  spelled, bounds, segments and stems, as the kernel's items have them
    files     how many ``items`` each has; how many are a ``copy`` of one before, or ``left_out``: they cannot be told
    """

    items: pl.DataFrame
    grams: Grams
    segments: tuple[Any, Any, Any, Any]
    files: pl.DataFrame

    def find(self, text: pl.Series, at_least: float) -> pl.DataFrame:
        """Of each ``row`` that contains an ``item`` which one, the ``overlap``, and the characters from ``start`` to ``end``."""
        import numpy as np

        from medgo_data.decontaminate import kernel
        from medgo_data.grams import factors

        sizes, distinct = self.items["size"].to_numpy(), self.items["distinct"].to_numpy()
        hints = np.minimum(distinct, np.maximum(GRAM + 1, np.ceil(HINT * distinct))).astype(np.int64)
        needed = np.maximum(FEWEST, np.ceil(at_least * sizes - 1e-9)).astype(np.int64)  # within the rounding of a digit
        items = kernel.Items(*self.segments, sizes, distinct, hints, needed)
        stretch = max(STRETCH, 2 * WIDE * int(sizes.max()))
        told = np.empty((4, len(text)), np.int64)
        kernel.looked_for(
            *flat(letters.ready(text)), *letters.table(), self.grams, items, factors(GRAM), MANY, WIDE, stretch, told
        )
        rows = np.flatnonzero(told[0] >= 0)
        item, shared, first, last = np.ascontiguousarray(told[:, rows])
        kernel.placed(*flat(text.gather(rows)), letters.table()[0], first, last)
        overlap = shared / sizes[item]
        return pl.DataFrame({"row": rows, "item": item, "overlap": overlap, "start": first, "end": last})


def indexed(found: Sequence[pl.DataFrame]) -> Index:
    """The index of the items that were found in each file. Of the same item in two of them the first counts."""
    import numpy as np

    every = pl.concat(docs.with_columns(file=pl.lit(n, pl.UInt32)) for n, docs in enumerate(found))
    segments, spelled, grams = _spelled(every.with_row_index("item").select("item", "text"))
    sizes = segments.group_by("item", maintain_order=True).agg(pl.col("size").sum())["size"]
    copy = _copies(segments)
    grams = grams.of(~copy[grams.item])
    grams = grams.of(_times(grams.hash) <= MANY)
    distinct = _distinct(grams, sizes)
    told = (distinct > 0) & (sizes.to_numpy() >= FEWEST)
    grams = grams.of(told[grams.item])
    grams = replace(grams, item=(np.cumsum(told) - 1).astype(np.int32)[grams.item])
    items = every.select("file", "record", size=sizes, distinct=pl.Series(distinct))
    files = items.select("file", copy=pl.Series(copy), left_out=pl.Series(~told & ~copy))
    files = files.group_by("file").agg(pl.len().alias("items"), pl.col("copy", "left_out").sum()).sort("file")
    kept = segments.filter(pl.Series(told).gather(segments["item"]))
    return Index(items.filter(pl.Series(told)), _looked_up(grams), _longest_first(kept, spelled), files)


@dataclass(frozen=True)
class Places:
    """Grams by their hash, each with the items that have it, and at which of its letters: arrays of one length."""

    hash: Any
    item: Any
    place: Any

    def of(self, wanted: Any) -> Places:
        return Places(self.hash[wanted], self.item[wanted], self.place[wanted])


def _spelled(items: pl.DataFrame) -> tuple[pl.DataFrame, Any, Places]:
    """All segments: their ``item``, ``start``, ``size``, and a number for the ``whole``; all letters; of each item every gram once."""
    import numpy as np

    from medgo_data.decontaminate import kernel
    from medgo_data.grams import factors

    segments = items.with_columns(pl.col("text").str.split(SEPARATOR)).explode("text")
    sizes, spelled, hashes, wholes = [], [], [], []
    for part in segments["text"].to_frame().iter_slices(AT_ONCE):
        content, ends = flat(letters.ready(part["text"]))
        size = np.empty(part.height, np.int64)
        kernel.counted(content, ends, *letters.table(), size)
        said, found = np.empty(size.sum() + 1, np.uint32), np.empty(np.maximum(size - GRAM + 1, 0).sum(), np.uint64)
        whole = np.empty(part.height, np.uint64)
        kernel.listed(content, ends, *letters.table(), factors(GRAM), said, found, whole)
        sizes.append(size)
        spelled.append(said[:-1])
        hashes.append(found)
        wholes.append(whole)
    size = np.concatenate(sizes)
    start = np.cumsum(size) - size
    item = segments["item"].to_numpy()
    many = np.maximum(size - GRAM + 1, 0)
    of_item = start[np.searchsorted(item, item)]  # where the first segment of the same item starts
    place = np.repeat((start - of_item - (np.cumsum(many) - many)).astype(np.int32), many)
    place += np.arange(len(place), dtype=np.int32)
    hashed = np.concatenate(hashes)
    grams = Places(hashed, np.repeat(item, many), place).of(np.argsort(hashed, kind="stable"))
    again = (np.diff(grams.hash) == 0) & (np.diff(grams.item) == 0)
    told = pl.DataFrame({"item": item, "start": start, "size": size, "whole": np.concatenate(wholes)})
    return told, np.concatenate(spelled), grams.of(np.concatenate([[True], ~again])[: len(hashed)])


def _copies(segments: pl.DataFrame) -> Any:
    """Which items have the same segments as one before them, in whichever order."""
    same = segments.group_by("item", maintain_order=True).agg(pl.len(), both=pl.col("whole").bitwise_xor())
    first = pl.col("item").min().over("both", "len")
    return same.select(pl.col("item") > first).to_series().to_numpy()


def _times(hashes: Any) -> Any:
    """How often each of them is there."""
    import numpy as np

    starts = _starts(hashes)
    times = np.diff(starts, append=len(hashes))
    return np.repeat(times, times)


def _starts(hashes: Any) -> Any:
    """Where another one begins."""
    import numpy as np

    return np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))


def _distinct(grams: Places, sizes: pl.Series) -> Any:
    """How many letters of each item are in one of these grams."""
    import numpy as np

    starts = _sums(sizes)
    inside = np.zeros(starts[-1], np.bool_)
    at = starts[grams.item] + grams.place
    for k in range(GRAM):
        inside[at + k] = True
    before = np.concatenate([[0], np.cumsum(inside)])
    return before[starts[1:]] - before[starts[:-1]]


def _longest_first(segments: pl.DataFrame, spelled: Any) -> tuple[Any, Any, Any, Any]:
    """The letters of all segments, where each begins, which are an item's, and which of them is its stem."""
    import numpy as np

    first = pl.col("start") == pl.col("start").min().over("item")
    segments = segments.with_columns(stem=first & (pl.col("size") >= STEM))
    segments = segments.sort("item", -pl.col("size"), maintain_order=True).with_row_index("number")
    bounds = _sums(segments["size"])
    spelled = spelled[np.arange(bounds[-1]) + np.repeat(segments["start"].to_numpy() - bounds[:-1], np.diff(bounds))]
    items = segments.group_by("item", maintain_order=True).agg(
        pl.len(), stem=pl.col("number").filter("stem").first().cast(pl.Int64).fill_null(-1)
    )
    return spelled, bounds, _sums(items["len"]), items["stem"].to_numpy()


def _looked_up(grams: Places) -> Grams:
    import numpy as np

    from medgo_data.decontaminate import kernel

    starts = _starts(grams.hash)
    keys = grams.hash[starts]
    wide = max(10, len(keys).bit_length())  # bits of a hash that tell its bucket, of which there are more than keys
    buckets = np.searchsorted(keys, np.arange(1 << wide, dtype=np.uint64) << np.uint64(64 - wide))
    bits = np.zeros(1 << wide - 6 + FILTER, np.uint64)
    kernel.noted(keys, bits)
    return kernel.Grams(
        bits=bits,
        buckets=np.append(buckets, len(keys)).astype(np.uint32),
        keys=keys,
        starts=np.append(starts, len(grams.hash)).astype(np.uint32),
        owners=grams.item,
        places=grams.place,
    )


def _sums(sizes: pl.Series) -> Any:
    """What is before each of them, and all."""
    import numpy as np

    return np.concatenate([[0], np.cumsum(sizes.to_numpy())]).astype(np.int64)
