"""An answer claims nothing that its source does not say: its quotes are found there, and what it claims is in what it quotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import polars as pl

from medgo_data.stage import Stage
from medgo_data.synth import denied, rivals, supported
from medgo_data.synth.claims import claimed, read
from medgo_data.synth.coverage import cited
from medgo_data.synth.evidence import Evidence, Fault, best
from medgo_data.synth.quotes import Span, letters, places

Row = dict[str, Any]
CHECKS = (
    supported.numbers,
    supported.often,
    supported.timing,
    supported.routes,
    supported.people,
    supported.drugs,
    supported.ills,
    supported.topics,
    supported.listed,
    rivals.rivals,
    rivals.joined,
    denied.stands,
    denied.words,
    denied.opposites,
    denied.order,
    supported.owned,
    supported.paired,
)


@dataclass(frozen=True, kw_only=True)
class Grounded(Stage):
    """Rows whose quotes are not in their context go, and those that claim what is not in the words they quote.

    Quotes are found as they are, without regard to width, spaces and marks, or with up to the share ``slips`` of their letters wrong,
    and written to ``cites``. Numbers with their units, how often, ways, people, drugs, and what is forbidden, allowed or denied must be
    in the sentences quoted, or follow from them: half of a dose, so much a kilogram. Of words of which only one is true, none stands
    where its source has another. That its source is silent on a thing, and what it only sets right, is no claim of an answer. With
    ``within="context"`` the whole context counts as quoted.
    What is wrong stands at ``drop_span`` of the words of the assistant, which are joined by a newline.
    """

    version: ClassVar[int] = 3

    slips: float = 0.15
    within: Literal["quotes", "context"] = "quotes"

    def __post_init__(self) -> None:
        if not 0 <= self.slips < 0.5 or self.within not in ("quotes", "context"):
            raise ValueError(
                f"Grounded(slips={self.slips}, within={self.within!r}): slips are a share below 0.5, and claims are looked for within "
                f'"quotes" or "context"'
            )

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        cites: list[list[str] | None] = []
        reasons: list[str | None] = []
        places_: list[str | None] = []
        for row in docs.to_dicts():
            spans, fault = self.judged(row)
            at = row.get("context_at") or 0
            cites.append([f"{start + at}-{end + at}" for start, end in spans])
            reasons.append(fault.reason if fault else None)
            places_.append(f"{fault.start}-{fault.end}" if fault and fault.end else None)
        return docs.with_columns(
            cites=pl.Series(cites, dtype=pl.List(pl.String)),
            drop=pl.Series(reasons, dtype=pl.String),
            drop_span=pl.Series(places_, dtype=pl.String),
        )

    def judged(self, row: Row) -> tuple[list[Span], Fault | None]:
        """Where the quotes of a row stand in its context, and what is wrong with it first."""
        context, asked, said = row.get("context"), *words(row)
        if not context:
            return [], Fault("no_source")
        quotes = [quote for quote in row.get("quotes") or [] if quote and quote.strip()]
        spans = [] if quotes else list(_cited(row, context))
        if not (quotes or spans):
            return [], Fault("no_quotes")
        view = letters(context)
        for quote in quotes:
            ways = places(quote, context, view, self.slips)
            if not ways:
                return [], Fault("quote_not_found")
            spans += best(ways, context, asked + said)
        spans = sorted(set(spans))
        source = Evidence.of(context, [Span(0, len(context))] if self.within == "context" else spans)
        told, question = read(claimed(said)), read(asked)
        faults = (check(told, source, question) for check in CHECKS)
        return spans, next(
            (fault for fault in faults if fault), None
        ) if told.clauses and source.reading.clauses else None


def words(row: Row) -> tuple[str, str]:
    """What is asked in a row, and what is claimed: by the assistant, by the better answer, or by the right options and why."""
    if row.get("options") is not None:
        right = [one["text"] for one in row["options"] if one["label"] in (row.get("answer") or [])]
        return row.get("question") or "", "\n".join([*right, row.get("explanation") or ""]).strip()
    turns = row.get("messages") or [*(row.get("prompt") or []), *(row.get("chosen") or [])]
    by = {
        role: [turn["content"] for turn in turns if turn["role"] == role and turn["content"]]
        for role in ("user", "assistant")
    }
    return "\n".join(by["user"]), "\n".join(by["assistant"])


def _cited(row: Row, context: str) -> Iterator[Span]:
    """What a row without quotes cites, as places of its context."""
    at = row.get("context_at") or 0
    for start, end in cited(row.get("cites") or []):
        if at <= start < end <= at + len(context):
            yield Span(start - at, end - at)
