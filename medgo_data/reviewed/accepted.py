"""Rows stay where a check of a sample says that few of them are wrong; where it says otherwise, or too little was checked, they go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import polars as pl

from medgo_data import schema
from medgo_data.corpus import Raw, Source, file_digest
from medgo_data.review.acceptance import AcceptanceError, By, Rule, checked, judge, stratum
from medgo_data.review.bound import Method
from medgo_data.stage import Stage
from medgo_data.verdict import Verdict, digest, read


@dataclass(frozen=True, kw_only=True)
class Accepted(Stage):
    """For example ``Accepted(verdicts="raw/verdicts/*.jsonl", by="shard", at_most=0.02)``.

    A stratum stays if with this ``confidence`` no more than ``at_most`` of its rows are wrong, by what physicians said of some
    that were drawn from it by lot: those of one ``source``, one raw ``file``, or one ``shard``, which is a slice of a raw file.
    What was not ``accept`` was wrong. ``errors`` so many are allowed for; with more, and a limit above ``at_most``, the
    rows of the stratum go as ``not_accepted``. Where too little was read, they go as ``not_checked``. With ``together`` all strata
    stay or go as one, as a plan for the whole has them read; that takes ``rows``.

    It stands before all stages that change rows or take them out for what was said of them, for it is about the rows as they
    were checked; rows that read otherwise now are an error. ``rows`` says how many each stratum has
    (``acceptance.sizes``): of few, fewer need to be read. Verdicts are known by what their files hold, ``sha256``; ``judged``
    is what follows from them, and stands in the manifest: of each stratum the rows checked, the errors, the limit, whether it
    was accepted, and a digest of the decisions. Which rows were drawn the verdicts do not say: that is up to who had them checked.
    """

    version: ClassVar[int] = 1

    verdicts: str | Sequence[str] = field(metadata={"knob": True})
    of: str | None = None  # the corpus, or corpus@version, that was checked, where verdicts are about several
    task: str = "check"
    by: By = "source"
    at_most: float = 0.02
    confidence: float = 0.95
    errors: int = 0
    method: Method = "clopper_pearson"
    together: bool = False
    rows: Mapping[str, int] | None = None
    sha256: Mapping[str, str] | None = None
    judged: Mapping[str, Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        files = _found(self.verdicts)
        content = {raw.name: file_digest(raw.path) for raw in files}
        if self.sha256 is not None and dict(self.sha256) != content:
            other = {name for name, _ in {*content.items()} ^ {*self.sha256.items()}}
            raise AcceptanceError(
                f"Accepted: {min(other)} is not what it was, or not the file whose sha256 was given. "
                f"Build again when it is at rest, or leave sha256 out."
            )
        rule = Rule(at_most=self.at_most, confidence=self.confidence, errors=self.errors, method=self.method)
        found = judge(_read(files), rule, rows=self.rows, by=self.by, task=self.task, of=self.of)
        if self.together and not found["whole"]:
            raise AcceptanceError(
                "Accepted: together needs rows, how many each stratum has. acceptance.sizes tells them."
            )
        records = [found["whole"] | {"stratum": WHOLE}] if self.together else found["strata"]
        told = {record["stratum"]: _short(record) for record in records}
        if self.judged is not None and {name: dict(one) for name, one in self.judged.items()} != told:
            raise AcceptanceError("Accepted: judged is not what follows from the verdicts and the rule. Leave it out.")
        object.__setattr__(self, "sha256", content)
        object.__setattr__(self, "judged", told)

    @property
    def marks(self) -> frozenset[str]:  # type: ignore[override]  # it depends on the rule
        return frozenset({f"accepted: at most {100 * self.at_most:g}% wrong, {100 * self.confidence:g}% sure"})

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        self._hold(docs)
        reasons = {name: REASONS[one["accepted"]] for name, one in (self.judged or {}).items()}
        if self.together:
            return docs.with_columns(drop=pl.lit(reasons[WHOLE], pl.String))
        names = pl.Series([stratum(row, self.by) for row in docs["id"]], dtype=pl.String)
        return docs.with_columns(drop=names.replace_strict(reasons, default=REASONS[None], return_dtype=pl.String))

    def _hold(self, docs: pl.DataFrame) -> None:
        """What was checked is what is here."""
        against = (self.verdicts,) if isinstance(self.verdicts, str) else tuple(self.verdicts)
        items = _items(against, tuple(sorted((self.sha256 or {}).items())), self.task, self.of)
        mine = docs.filter(pl.col("id").is_in(list(items)))
        changed = sum(digest([row]) != items[row["id"]] for row in mine.iter_rows(named=True))
        if changed:
            raise schema.SchemaError(
                f"Accepted: {changed} rows read otherwise than when they were checked. Put it before all stages that change "
                f"rows, or have a sample of these rows checked."
            )


WHOLE = "all"
REASONS = {True: None, False: "not_accepted", None: "not_checked"}


def _short(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a manifest holds it: the decisions, which may be thousands, by a digest."""
    told = {name: record[name] for name in ("corpus", "version", "rows", "checked", "errors", "unsettled", "accepted")}
    decided = hashlib.sha256("\n".join(record["decisions"]).encode()).hexdigest()[:24]
    return told | {"bound": round(record["bound"], 6), "decisions": decided}


def _found(verdicts: str | Sequence[str]) -> list[Raw]:
    return Source(name="Accepted", files=verdicts, license="").raw


def _read(files: Iterable[Raw]) -> Iterator[Verdict]:
    for raw in files:
        yield from read(raw.path)


@lru_cache(maxsize=4)
def _items(
    verdicts: tuple[str, ...], content: tuple[tuple[str, str], ...], task: str, of: str | None
) -> dict[str, str]:
    """Of the rows that were checked the digests of their texts, read once in each process."""
    files = _found(verdicts)
    if tuple(sorted((raw.name, file_digest(raw.path)) for raw in files)) != content:
        raise OSError(
            "Accepted: the verdicts changed while the corpus was being built. Build again when they are at rest."
        )
    return {row: found.by[0].item for row, found in checked(_read(files), task, of)[1].items()}
