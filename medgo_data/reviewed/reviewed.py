"""What physicians said of a row is done to it: it stays, it is put right, or it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import polars as pl

from medgo_data.reviewed.judged import LEAKS, Judging, Row, Said, answer_at
from medgo_data.stage import DROP
from medgo_data.verdict import Verdict

WAITS = ("wanted", "stale")  # for a physician to see it
# What was said of, or measured on, the text as it was before a physician changed it.
OUTLIVED = ("quotes", "cites", "scores", "leak_at", "scrubbed", "quality", "tokens", "labels", "sections")


class Fate(NamedTuple):
    """What becomes of a row: other values in some columns, or a reason to go, and the decision that is to blame."""

    values: Mapping[str, Any] = {}
    drop: str | None = None
    by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reviewed(Judging):
    """For example ``Reviewed(verdicts="reviews/*.jsonl", unreviewed="drop")``, and ``Scrub()`` behind it.

    All reviewers of one mind settle a row, or the adjudicator does. Then ``review`` says ``accepted`` or ``edited``, and
    ``reviewed`` by which decision and whom; what is rejected goes, and the ledger names the decision. An edit takes the place
    of the answer (the last turn of the assistant, the better answer of a pair, the text of a document); what was noted of the
    words before, such as quotes and places, is taken out. Of a pair that a physician turns round, the answers change places
    (``swapped``), and if neither is better it goes (``tie``). Of a question the settled letters become the answer; if they
    are others, the explanation goes, for it argues for the old ones. A question with several right options, where one is
    wanted (``right="one"``), goes. In rows of feedback what is said to the task of that name becomes the label.

    Where reviewers are of several minds and nobody has settled it, the row is ``disputed``; a row with identifiers that
    somebody marked goes in any case (``leaks_found``). ``unreviewed="drop"`` lets go all rows that wait to be seen
    (``review`` says ``wanted``), and nobody saw, or saw with another text (``stale_review``). A row that has been through it
    with the same decision stays as it is.
    """

    version: ClassVar[int] = 1
    takes: ClassVar[frozenset[str]] = frozenset({"chat", "choice", "document", "feedback", "preference"})
    reads: ClassVar[tuple[str, ...]] = ("check", "feedback", "residual", "pair", "ranking", "options")

    unreviewed: Literal["keep", "drop"] = "keep"
    disputed: Literal["keep", "drop"] = "drop"
    unsure: Literal["keep", "drop"] = "drop"
    right: Literal["one", "any"] = "one"  # how many options of a question may be right

    def __post_init__(self) -> None:
        for name in ("unreviewed", "disputed", "unsure"):
            if getattr(self, name) not in ("keep", "drop"):
                raise ValueError(
                    f"Reviewed({name}={getattr(self, name)!r}): such rows are kept or dropped: 'keep', 'drop'"
                )
        if self.right not in ("one", "any"):
            raise ValueError(
                f"Reviewed(right={self.right!r}): of a question 'one' option may be right, or 'any' number"
            )
        super().__post_init__()

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG002  which only tells what is lost
        judged = self.judged
        fates = {n: self.fate(docs.row(n, named=True)) for n in judged.places(docs["id"])}
        waits = docs["review"].to_list() if "review" in docs.columns else []
        if self.unreviewed == "drop":
            fates |= {n: Fate(drop="not_reviewed") for n, one in enumerate(waits) if one in WAITS and n not in fates}
        return done(docs, fates)

    def fate(self, row: Row) -> Fate:
        """What becomes of a row that somebody judged."""
        found = self.judged.of(row)
        if isinstance(found, Said):
            return Fate() if _carries(row, {found.decision}) else self._as_said(row, found)
        if found is None:
            return self._not_judged(row, "not_reviewed")
        names = {one.decision for said in self.judged.by_row[row["id"]] for one in said.settled.by}
        return Fate() if _carries(row, names) else self._not_judged(row, "stale_review")

    def _not_judged(self, row: Row, why: str) -> Fate:
        if self.unreviewed == "drop" and row.get("review") in WAITS:
            return Fate(drop=why)
        return Fate({"review": "stale"}) if why == "stale_review" else Fate()

    def _as_said(self, row: Row, found: Said) -> Fate:
        outcome, verdict = str(found.outcome), found.settled.verdict
        if outcome in ("disputed", "unsure"):
            goes = getattr(self, outcome) == "drop"
            return Fate({"review": outcome, "reviewed": found.credit}, outcome if goes else None, found.decision)
        if verdict is None or (outcome in ("rejected", "tie", LEAKS) and not _labels(row, found)):
            return Fate(drop=outcome, by=found.decision)
        told = self._changed(row, found, verdict)
        if isinstance(told, str):
            return Fate(drop=told, by=found.decision)
        usual = outcome if outcome == "swapped" else "edited" if told else "accepted"
        return Fate({"review": usual, "reviewed": found.credit} | told)

    def _changed(self, row: Row, said: Said, verdict: Verdict) -> dict[str, Any] | str:
        """The columns that a verdict changes; or why the row cannot stay."""
        if said.outcome == "swapped":
            return _swapped(row)
        if said.outcome == "keyed":
            return _keyed(row, verdict.verdict, self.right)
        if verdict.edited is not None:
            return _edited(row, verdict.edited)
        good = verdict.verdict == "accept"
        return {"label": good} if _labels(row, said) and row["label"] != good else {}


def _carries(row: Row, decisions: Collection[str | None]) -> bool:
    """Whether it says of itself that one of these decisions was done to it."""
    return any(part.split(" ")[0] in decisions for part in (row.get("reviewed") or "").split("; "))


def _labels(row: Row, said: Said) -> bool:
    """Whether what was said is the label of the row, and no judgement of the label."""
    return "label" in row and said.task == "feedback"


def _edited(row: Row, text: str) -> dict[str, Any] | str:
    """With the words of the physician; what was noted of the words before does not hold of them."""
    if not text.strip():
        return "empty_edit"
    place = answer_at(row)
    if place is not None:
        column, turn = place
        turns = [dict(one) for one in row[column]]
        if turns[turn]["content"] == text:
            return {}
        turns[turn]["content"] = text
        told = {column: turns} | _without(row, {f"{column}.{turn}.content": None})
    elif isinstance(row.get("text"), str):
        if row["text"] == text:
            return {}
        told = {"text": text} | _without(row, {"text": None})
    else:
        return "no_answer_to_edit"
    return told | ({"label": True} if "label" in row else {})


def _swapped(row: Row) -> dict[str, Any] | str:
    """With its two answers in each other's place."""
    if not (row.get("chosen") and row.get("rejected")):
        return "no_answers_to_swap"
    moved = {"chosen": "rejected", "rejected": "chosen"}
    at = [one.split(" ")[0] for one in row.get("masked_at") or ()]
    paths = {path: moved[path.split(".")[0]] + path[path.index(".") :] for path in at if path.split(".")[0] in moved}
    scores = {"scores": list(reversed(row["scores"]))} if row.get("scores") else {}
    return {"chosen": row["rejected"], "rejected": row["chosen"]} | _without(row, dict(paths)) | scores


def _keyed(row: Row, letters: str, right: str) -> dict[str, Any] | str:
    """With the letters on which the reviewers settled."""
    if row.get("options") is None:
        return "no_options"
    if letters == "none":
        return "no_right_option"
    if right == "one" and len(letters) > 1:
        return "several_right_options"
    key = sorted(letters)
    if not set(key) <= {one["label"] for one in row["options"]}:
        return "no_such_option"
    if sorted(row.get("answer") or ()) == key:
        return {}
    told: dict[str, Any] = {"answer": key, "explanation": None}
    return told | _without(row, {"explanation": None})


def _without(row: Row, moved: Mapping[str, str | None]) -> dict[str, Any]:
    """The columns that say something of words that are gone, emptied; places in a text that moved, moved."""
    told: dict[str, Any] = {name: None for name in OUTLIVED if row.get(name) is not None}
    if row.get("masked_at"):
        both = [(one.partition(" "), kind) for one, kind in zip(row["masked_at"], row["masked"], strict=True)]
        stay = [(moved.get(path, path), rest, kind) for (path, _, rest), kind in both]
        told["masked_at"] = [f"{path} {rest}" for path, rest, _ in stay if path is not None]
        told["masked"] = [kind for path, _, kind in stay if path is not None]
    return told


def done(docs: pl.DataFrame, fates: Mapping[int, Fate]) -> pl.DataFrame:
    """The rows with what becomes of them. Columns that their schema has not are left out."""
    changed = {name for fate in fates.values() for name in fate.values if name in docs.columns}
    columns = []
    for name in (one for one in docs.columns if one in changed):
        values = docs[name].to_list()
        for n, fate in fates.items():
            values[n] = fate.values.get(name, values[n])
        columns.append(pl.Series(name, values, docs.schema[name]))
    told: dict[str, list[str | None]] = {name: [None] * docs.height for name in DROP[:2]}
    for n, fate in fates.items():
        told["drop"][n] = fate.drop
        told["drop_kept"][n] = f"verdict/{fate.by}" if fate.drop and fate.by else None
    return docs.with_columns(columns).with_columns(pl.Series(name, some, pl.String) for name, some in told.items())
