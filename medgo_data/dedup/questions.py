"""Repeated questions: what asks the same of the same drug or disease is kept once, and a template as often as it is wanted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from medgo_data.dedup.bands import optimum
from medgo_data.dedup.compare import MISSING, Likeness
from medgo_data.dedup.meet import Rows
from medgo_data.dedup.names import names
from medgo_data.file import pinned
from medgo_data.stage import KNOWN, Shard, Survey, knob, settling
from medgo_data.value import said

if TYPE_CHECKING:
    from medgo_data.engine import Engine

NOBODY = 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class Questions(Survey):
    """Of one template keep ``per_name`` questions for each name, and ``per_template`` over all names (None: any number).

    A template is a question without its names: those in ``names`` and in ``names_file`` (a name on each line, known by
    what it holds, ``sha256``), those that are quoted, 《…》 or 「…」, and those that end like a drug, a disease or a town.
    Numbers, Latin letters and contraries, left and right, are set apart as well (``names.py``). Two questions are of one
    template if what is left is as alike as ``at_least`` (Jaccard, of runs of ``gram`` letters, for questions are short).
    Of a conversation the first thing that the user says counts. The first questions stay, those of the more trusted input
    before others: unlike a longer text, a longer question is no better. The ledger names the first of those that stay, and
    how alike what is left of both is, if they were compared.
    """

    any_column: ClassVar[bool] = True

    column: str = "question"
    names: tuple[str, ...] = ()
    names_file: str | None = knob(None)
    sha256: str | None = None
    per_name: int = settling(1)
    per_template: int | None = settling(None)
    at_least: float = 0.8
    gram: int = 2
    perms: int = 128
    seed: int = 1

    def __post_init__(self) -> None:
        if self.per_name < 1 or (self.per_template is not None and self.per_template < 1):
            raise ValueError(
                f"Questions(per_name={self.per_name}, per_template={self.per_template}): at least one question stays"
            )
        if not 0 < self.at_least <= 1 or self.gram < 1 or self.perms < 1:
            raise ValueError(
                f"Questions(at_least={self.at_least}, gram={self.gram}, perms={self.perms}): a similarity lies above 0 and "
                f"up to 1, the others are 1 or more"
            )
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "sha256", pinned(self.name, self.names_file, self.sha256))

    def masked(self, values: pl.Series) -> tuple[pl.Series, pl.Series]:
        """What is asked, with signs for names and numbers; and what they stand for."""
        return names(self.names, self.names_file, self.sha256).masked(asked(values).fill_null(""))

    def template(self, values: pl.Series) -> pl.Series:
        return self.masked(values)[0]

    @property
    def bands(self) -> tuple[int, int]:
        """How many bands, of how many numbers each."""
        return optimum(self.at_least, self.perms)

    # ---- what a batch tells the others

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        import numpy as np
        import xxhash

        from medgo_data.dedup.signature import signed

        template, told = self.masked(docs[self.column])
        keys, view = signed(template, self.bands, perms=self.perms, gram=self.gram, seed=self.seed)
        named = np.fromiter(map(xxhash.xxh3_64_intdigest, told.cast(pl.Binary).to_list()), np.uint64, len(told))
        size = np.where(view[:, 2] == 0, MISSING, view[:, 2]).astype(np.uint32)
        columns = {"names": named, "view": view[:, 0], "order": view[:, 1], "letters": size}
        columns |= {f"band_{k:02d}": key for k, key in enumerate(keys)}
        return pl.DataFrame({name: np.ascontiguousarray(column) for name, column in columns.items()})

    # ---- what all of them tell

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:
        rows, meeting = Rows(shards), out / "meeting"
        meeting.mkdir()
        gone = self._gone(shards, engine, meeting, out / KNOWN)
        shutil.rmtree(meeting)
        rows.tell(gone, out)

    def _gone(self, shards: list[Shard], engine: Engine, meeting: Path, known: Path) -> pl.DataFrame:
        """All rows that go, the row that stays instead of each, how alike they are, and whether it is for the template."""
        import numpy as np

        kept, score = self._templates(Named(shards), engine, meeting, known)
        again = _rank(kept) >= self.per_name
        template = np.zeros(len(kept), np.bool_)
        if self.per_template is not None:
            first, likeness = self._templates(Rows(shards), engine, meeting, meeting / KNOWN, but=again)
            template = ~again & (_rank(np.where(again, NOBODY, first)) >= self.per_template)
            # what repeats a question that went for its template went for it as well
            astray = again & template[kept]
            score = np.where(template, likeness, score)
            score[astray] = np.where(
                score[astray] == 1, likeness[kept[astray]], np.nan
            )  # only the same is known to be as alike
            kept = np.where(template, first, kept)
            kept[astray] = first[kept[astray]]
            template |= astray
        row = np.flatnonzero(again | template).astype(np.uint32)
        told = {"row": row, "kept": kept[row], "score": score[row], "template": template[row]}
        return pl.DataFrame(told).with_columns(pl.col("score").fill_nan(None))

    def _templates(self, rows: Rows, engine: Engine, meeting: Path, known: Path, *, but: Any = None) -> tuple[Any, Any]:
        """The first row of the template of each, be it itself, and how alike they are."""
        import numpy as np

        like = Likeness(self.column, self.at_least, self.gram, self.bands[0], longer=False, read=self.template)
        gone = like.gone(rows, engine, meeting, known, but=but)
        many = int(rows.starts[-1])
        kept, score = np.arange(many, dtype=np.uint32), np.ones(many)
        kept[gone["row"]], score[gone["row"]] = gone["kept"], gone["score"]
        return kept, score

    # ---- what a row is told

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        why = pl.when(found["template"]).then(pl.lit("repeated_template")).otherwise(pl.lit("repeated_question"))
        reason = pl.when(found["kept"].is_not_null()).then(why)
        return docs.with_columns(drop_kept=found["kept"], drop_score=found["score"], drop=reason)


@dataclass(frozen=True)
class Named(Rows):
    """Rows that meet only those with the same names."""

    def sketch(self, shard: Shard, *names: str) -> list[Any]:
        *told, named = super().sketch(shard, *names, "names")
        return [
            one ^ named if name == "view" or name.startswith("band") else one
            for name, one in zip(names, told, strict=True)
        ]


def asked(values: pl.Series) -> pl.Series:
    """What each value asks: itself, or the first thing that the user says in a conversation; null where nothing is asked."""
    inner = values.dtype.inner if isinstance(values.dtype, pl.List) else None
    if not isinstance(inner, pl.Struct) or not {"role", "content"} <= {f.name for f in inner.fields}:
        return values if values.dtype == pl.String else said(values)
    users = pl.element().struct.field("content").filter(pl.element().struct.field("role") == "user")
    return values.to_frame("said").select(pl.col("said").list.eval(users).list.first()).to_series()


def _rank(first: Any) -> Any:
    """How many rows before each one are of the same template."""
    import numpy as np

    order = np.argsort(first, kind="stable")
    begins = np.flatnonzero(np.diff(first[order], prepend=np.int64(-1)))
    rank = np.empty(len(first), np.int64)
    rank[order] = np.arange(len(first)) - np.repeat(begins, np.diff([*begins, len(first)]))
    return rank
