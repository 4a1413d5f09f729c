"""What physicians called acceptable or not becomes feedback: a question, an answer, and whether it was good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from medgo_data.reviewed.judged import Judging, Row, Said, asked_and_answered
from medgo_data.stage import children


@dataclass(frozen=True, kw_only=True)
class Rated(Judging):
    """For example ``Rated(verdicts="reviews/*.jsonl")``, over the conversations that were judged, and so not behind ``Reviewed``.

    An accepted answer is labelled true, a rejected one false; an edited one gives two rows, the original, which is false, and
    the edited, which is true. All conversations leave: those without a verdict are ``not_reviewed``.
    """

    version: ClassVar[int] = 1
    takes: ClassVar[frozenset[str]] = frozenset({"chat"})
    gives: ClassVar[str] = "feedback"
    reads: ClassVar[tuple[str, ...]] = ("check", "feedback", "residual")

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG002  which only tells what is lost
        litters: list[list[dict[str, Any]]] = [[] for _ in range(docs.height)]
        reasons = ["not_reviewed"] * docs.height
        for n in self.judged.places(docs["id"]):
            told = self._rows(docs.row(n, named=True))
            if isinstance(told, str):
                reasons[n] = told
            else:
                litters[n], reasons[n] = told, "became_rows"
        out = docs.with_columns(drop=pl.Series(reasons, dtype=pl.String))
        return pl.concat([out, children(self, docs, litters)], how="diagonal_relaxed")

    def _rows(self, row: Row) -> list[dict[str, Any]] | str:
        said = self.judged.of(row)
        if not isinstance(said, Said):
            return "stale_review" if said else "not_reviewed"
        if said.outcome not in ("accepted", "edited", "rejected"):
            return str(said.outcome)
        talk = asked_and_answered(row)
        if talk is None:
            return "no_answer"
        asked, answer = talk
        found = said.settled.verdict
        edited = found.edited if found else None
        if edited is not None and not edited.strip():
            return "empty_edit"
        answers = [(answer, said.outcome == "accepted" or edited == answer)]
        answers += [(edited, True)] if edited is not None and edited != answer else []
        return [
            {
                "prompt": asked,
                "completion": [{"role": "assistant", "content": text}],
                "label": good,
                "review": said.outcome,
                "reviewed": said.credit,
            }
            for text, good in answers
        ]
