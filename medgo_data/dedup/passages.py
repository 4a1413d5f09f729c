"""Boilerplate: lines and paragraphs that stand in many documents, such as the foot of a web page, stay in one and are cut from the others."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from medgo_data.dedup.meet import Rows
from medgo_data.native import flat
from medgo_data.stage import Shard, Survey, knob, note, noted, settling

if TYPE_CHECKING:
    from medgo_data.engine import Engine

KIND = "passages"  # among the repairs of a row
NOBODY = 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class Passages(Survey):
    """Cut lines and paragraphs of at least ``min_chars`` letters that at least ``min_documents`` documents have.

    They are met by their letters and digits alone (``letters.py``), a paragraph however it is wrapped. With ``keep="first"`` the
    document of the most trusted input, and there the first, keeps its copy whole, so nothing is lost; with ``"none"``
    every copy goes. A cut takes the blank lines behind it along, at the end of a text those before it; all else stays to
    the byte. A row that was cut says so in ``repairs``, and one without a letter left goes. The findings beside each shard
    hold the numbers of what was cut from each row.
    """

    column: str = "text"
    min_chars: int = 15
    min_documents: int = settling(20)
    keep: Literal["first", "none"] = settling("first")
    at_once: int = knob(1 << 26)  # passages that meet in memory at a time: half a GB

    def __post_init__(self) -> None:
        if self.min_chars < 1 or self.min_documents < 2:
            raise ValueError(
                f"Passages(min_chars={self.min_chars}, min_documents={self.min_documents}): a passage has a letter, and "
                f"stands in 2 documents or more"
            )
        if self.keep not in ("first", "none"):
            raise ValueError(f"Passages(keep={self.keep!r}): the 'first' document keeps its copy, or 'none'")

    # ---- what a batch tells the others

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        """Of each row its letters, and its passages with as many letters as they have in it."""
        from medgo_data.dedup.lines import lines

        found = lines(docs[self.column].fill_null(""))
        passages = pl.concat(
            [
                found.select("row", passage="line", size="letters"),
                # a paragraph of one line is that line
                found.filter(_last(), pl.col("so_far") > pl.col("letters")).select(
                    "row", passage="whole", size="so_far"
                ),
            ]
        ).filter(pl.col("size") >= self.min_chars)
        once = passages.group_by("row", "passage").agg(pl.col("size").sum()).sort("row", "passage")
        rows = pl.select(row=pl.int_range(docs.height, dtype=pl.UInt32))
        rows = rows.join(
            found.group_by("row").agg(pl.col("letters").sum()), on="row", how="left", maintain_order="left"
        )
        told = rows.join(once.group_by("row").agg("passage", "size"), on="row", how="left", maintain_order="left")
        return told.select(
            pl.col("letters").fill_null(0).cast(pl.UInt32),
            pl.col("passage").cast(pl.List(pl.UInt64)),
            pl.col("size").cast(pl.List(pl.UInt32)),
        )

    # ---- what all of them tell

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:
        import numpy as np

        meeting = out / "meeting"
        meeting.mkdir()
        met = Meeting(Rows(shards), self.min_documents, self.keep == "first", meeting)
        folds = 1 << (sum(map(_passages, shards)) // self.at_once).bit_length()
        repeated = [np.load(path) for path in sorted(engine.map(partial(met.repeated, folds), range(folds)))]
        np.save(meeting / "repeated.npy", np.concatenate(repeated))
        keeper = np.full(sum(map(len, repeated)), NOBODY, np.uint32)
        for path in engine.map(met.recognised, range(len(shards))):
            place, row = np.load(path)
            np.minimum.at(keeper, place, row)
        np.save(meeting / "keeper.npy", keeper)
        emptied = pl.concat(engine.map(met.told, range(len(shards)))).sort("shard", "row")
        named = emptied.with_columns(kept=met.rows.ids(emptied["keeper"].to_numpy()))
        for shard in shards:
            mine = named.filter(pl.col("shard") == shard.number).select("row", "kept")
            shard.tell(out, noted(met.findings(shard)).join(mine, on="row", how="left"))
        shutil.rmtree(meeting)

    # ---- what a row is told

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        rows = found["goes"].is_not_null().arg_true()
        if not len(rows):
            return docs
        text, left = cut(docs[self.column].gather(rows), found["goes"].gather(rows), found["stays"].gather(rows))
        changed = docs[self.column].clone().scatter(rows, text)  # what is scattered into changes in place
        was_cut = found["goes"].is_not_null()
        nothing = pl.repeat(value=False, n=docs.height, dtype=pl.Boolean, eager=True).scatter(rows, left == 0)
        told = docs.with_columns(
            changed.alias(self.column),
            drop=pl.when(nothing).then(pl.lit("only_passages")),
            drop_kept=pl.when(nothing).then(found["kept"]),
        )
        if "repairs" not in docs.columns:
            return told
        kinds = pl.col("repairs").fill_null([]).list.set_union([KIND]).list.sort()
        return told.with_columns(repairs=pl.when(was_cut).then(kinds).otherwise("repairs"))


@dataclass(frozen=True)
class Meeting:
    """What is found out about all passages, for the workers who do it. A row is a number among those of all shards."""

    rows: Rows
    min_documents: int
    keeps: bool
    folder: Path

    def repeated(self, folds: int, fold: int) -> Path:
        """The passages that enough documents have, sorted, of those that begin with the bits of this fold."""
        import numpy as np

        parts = []
        for shard in self.rows.shards:
            passages = noted(shard.sketched, ["passage"])["passage"].explode().drop_nulls().to_numpy()
            parts.append(passages if folds == 1 else passages[passages >> np.uint64(65 - folds.bit_length()) == fold])
        met = np.concatenate([np.zeros(0, np.uint64), *parts])
        met.sort()
        many = self.min_documents - 1  # each row tells a passage once
        again = met[many:][met[many:] == met[: max(0, len(met) - many)]]
        path = self.folder / f"repeated-{fold:06d}.npy"
        np.save(path, np.unique(again))
        return path

    def recognised(self, number: int) -> Path:
        """Which of these passages the rows of a shard have: their places among them, and the rows."""
        import numpy as np

        repeated = np.load(self.folder / "repeated.npy", mmap_mode="r")
        told = (
            noted(self.rows.shards[number].sketched, ["passage"]).with_row_index("row").explode("passage").drop_nulls()
        )
        passages = told["passage"].to_numpy()
        place = np.searchsorted(repeated, passages)
        known = place < len(repeated)
        known[known] = repeated[place[known]] == passages[known]
        path = self.folder / f"recognised-{number:06d}.npy"
        row = told["row"].to_numpy()[known] + self.rows.starts[number]
        np.save(path, np.stack([place[known].astype(np.uint32), row.astype(np.uint32)]))
        return path

    def told(self, number: int) -> pl.DataFrame:
        """Write down what goes from each row of a shard; return the rows that may be empty then, and who keeps the most."""
        import numpy as np

        shard, repeated = self.rows.shards[number], np.load(self.folder / "repeated.npy", mmap_mode="r")
        place, row = np.load(self.folder / f"recognised-{number:06d}.npy")
        keeper = np.asarray(np.load(self.folder / "keeper.npy", mmap_mode="r")[place])
        has = pl.DataFrame(
            {"row": row - np.uint32(self.rows.starts[number]), "passage": np.asarray(repeated[place]), "keeper": keeper}
        )
        has = has.with_columns(stays=pl.Series(keeper == row) & self.keeps)
        told = has.group_by("row").agg(
            goes=pl.col("passage").filter(~pl.col("stays")).sort(), stays=pl.col("passage").filter("stays").sort()
        )
        note(told.filter(pl.col("goes").list.len() > 0).sort("row"), self.findings(shard))
        goes = has.filter(~pl.col("stays"))
        sketched = shard.sketch().with_row_index("row").filter(pl.col("row").is_in(goes["row"].unique().implode()))
        sizes = sketched.explode("passage", "size").join(goes, on=["row", "passage"]).sort("row", "passage")
        total = sizes.group_by("row", "letters").agg(
            pl.col("size").sum(), pl.col("keeper").sort_by("size", descending=True, maintain_order=True).first()
        )
        # a line within a paragraph counts twice, so these are a few too many
        empty = total.filter(pl.col("size") >= pl.col("letters"), self.keeps)
        return empty.select(pl.lit(shard.number).alias("shard"), "row", "keeper")

    def findings(self, shard: Shard) -> Path:
        return self.folder / f"told-{shard.number:06d}.arrow"


def cut(text: pl.Series, goes: pl.Series, stays: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The texts without the passages that go, and how many letters are left of each."""
    import numpy as np
    import pyarrow as pa

    from medgo_data.dedup.lines import lines

    found = _judged(lines(text), goes, stays)
    left = found.group_by("row").agg(pl.col("letters").filter(~pl.col("gone")).sum()).sort("row")["letters"]
    content, ends = flat(text)
    spans = _spans(found, pl.DataFrame({"row": np.arange(len(text), dtype=np.uint32), "stop": ends[1:]}))
    start, end = spans["start"].to_numpy(), spans["end"].to_numpy()
    edges = np.concatenate([ends[:1], np.stack([start, end], 1).ravel(), ends[-1:]])
    stay = np.repeat(np.arange(len(edges) - 1) % 2 == 0, np.diff(edges))
    lost = np.zeros(len(ends), np.int64)
    np.add.at(lost, spans["row"].to_numpy() + 1, end - start)
    offsets = ends - ends[0] - np.cumsum(lost)
    rest = pa.LargeStringArray.from_buffers(len(text), _buffer(offsets), _buffer(content[ends[0] : ends[-1]][stay]))
    return pl.Series(pl.from_arrow(rest)), left


def _buffer(numbers: Any) -> Any:
    import pyarrow as pa

    return pa.py_buffer(numbers)


def _judged(found: pl.DataFrame, goes: pl.Series, stays: pl.Series) -> pl.DataFrame:
    """The lines, and whether each is gone: with its paragraph, or for itself where its paragraph does not stay as it is."""
    pairs = {name: _pairs(told, name) for name, told in (("goes", goes), ("stays", stays))}
    paragraphs = found.filter(_last()).select("row", "paragraph", passage="whole")
    for told in pairs.values():
        paragraphs = paragraphs.join(told, on=["row", "passage"], how="left", maintain_order="left")
    told = found.join(paragraphs.drop("passage"), on=["row", "paragraph"], how="left", maintain_order="left")
    alone = pairs["goes"].rename({"passage": "line", "goes": "alone"})
    told = told.join(alone, on=["row", "line"], how="left", maintain_order="left").with_columns(
        pl.col("goes", "stays", "alone").fill_null(value=False)
    )
    return told.with_columns(gone=pl.col("goes") | (pl.col("alone") & ~pl.col("stays")))


def _spans(found: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """From where to where each line that is gone is cut out."""
    gone = pl.col("gone")
    stays = found.filter(~gone).group_by("row").agg(behind=pl.col("end").max())
    told = found.join(rows, on="row", how="left", maintain_order="left")
    told = told.join(stays, on="row", how="left", maintain_order="left").with_columns(
        next=pl.col("start").shift(-1).over("row").fill_null(pl.col("stop")),
        before=pl.col("end").shift(1).over("row"),
        with_paragraph=_last() & gone.all().over("row", "paragraph"),
        tail=pl.col("behind").is_null() | (pl.col("start") > pl.col("behind")),
    )
    return told.filter(gone).select(
        "row",
        start=pl.when(pl.col("tail") & (pl.col("before") == pl.col("behind"))).then("behind").otherwise("start"),
        end=pl.when(pl.col("with_paragraph") | pl.col("tail"))
        .then("next")
        .otherwise(pl.min_horizontal(pl.col("end") + 1, "stop")),
    )


def _pairs(told: pl.Series, name: str) -> pl.DataFrame:
    """Each row with each passage that is told of it."""
    rows = pl.DataFrame({"passage": told}).with_row_index("row").explode("passage").drop_nulls()
    return rows.with_columns(pl.lit(value=True).alias(name))


def _last() -> pl.Expr:
    """Whether a line is the last of its paragraph."""
    return (pl.col("paragraph") != pl.col("paragraph").shift(-1)).fill_null(value=True)


def _passages(shard: Shard) -> int:
    return int(noted(shard.sketched, ["passage"])["passage"].list.len().sum())
