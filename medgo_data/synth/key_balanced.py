"""The right option stands as often at each place: whoever always guesses the third one learns nothing by it.

It is a survey, because a lot for each row would only be balanced on the average, and here each place gets its share to within one
question. The options of a question are turned like a wheel, until the right one stands where it is to stand: had only that one
been moved, it would stand out among numbers that go up.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from medgo_data.stage import Shard, Survey
from medgo_data.synth.exam_distractors import ALL_OR_NONE

if TYPE_CHECKING:
    from pathlib import Path

    from medgo_data.engine import Engine

WHY = re.compile(r"(?m)^([A-Z])(?=项(?:错误|正确)[：:])")  # a line of an explanation that is about one option
LETTER = re.compile(r"(?<![A-Za-z0-9])[A-Z](?![A-Za-z0-9])|[A-Z]{2,}(?=项)")  # what may mean an option
NAMED = re.compile(r"(?:选项|选|答案[是为:：]?)\s*[A-Z]|(?<![A-Za-z])[A-Z]\s*(?:项|选项)")
NOTE: dict[str, Any] = {"options": pl.UInt32, "place": pl.UInt32, "lot": pl.String, "fixed": pl.Boolean}


@dataclass(frozen=True, kw_only=True)
class KeyBalanced(Survey):
    """For example ``KeyBalanced()``, behind ``Reviewed`` and before ``Scrub``, over questions with one right option.

    Of all questions with so many options each place gets an equal share; which question gets which, ``seed`` draws by the names
    of the rows. Options get their letters anew, and so do the lines of an explanation that open with one (A项错误：…). A question
    stays as it is, and counts where it stands, if an option speaks of others (以上都对), if the question or the rest of its
    explanation speaks of options by letter, if its letters are not A, B, C …, or if not exactly one option is right.
    """

    version: ClassVar[int] = 1
    takes: ClassVar[frozenset[str]] = frozenset({"choice"})
    unmarks: ClassVar[frozenset[str]] = frozenset(
        {"scrubbed"}
    )  # Scrub knows a text by its order too; it looks again, once

    seed: int = 1

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        told = []
        for row in docs.select("id", "question", "options", "answer", "explanation").to_dicts():
            place = key_place(row)
            lot = hashlib.sha256(f"{self.seed} {row['id']}".encode()).hexdigest()
            told.append((len(row["options"]), place, lot, place is not None and is_fixed(row)))
        return pl.DataFrame(told, schema=NOTE, orient="row")

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:  # noqa: ARG002  too little work to share out
        rows = pl.concat(
            shard.sketch().with_row_index("row").with_columns(shard=pl.lit(shard.number, pl.UInt32)) for shard in shards
        ).filter(pl.col("place").is_not_null())
        told: list[tuple[int, int, int]] = []
        for (many,), group in sorted(rows.group_by("options")):
            stay, free = group.filter("fixed"), group.filter(~pl.col("fixed")).sort("lot")
            places = quota(stay["place"].to_list(), free.height, int(many))
            told += zip(free["shard"], free["row"], places, strict=True)
        found = pl.DataFrame(told, schema={"shard": pl.UInt32, "row": pl.UInt32, "to": pl.UInt32}, orient="row")
        for shard in shards:
            shard.tell(out, found.filter(pl.col("shard") == shard.number).select("row", "to"))

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        changed = [name for name in CHANGED if name in docs.columns]
        values = {name: docs[name].to_list() for name in changed}
        for n, to in enumerate(found["to"].to_list()):
            if to is not None:
                turned_row = turned(docs.row(n, named=True), to)
                for name in changed:
                    values[name][n] = turned_row.get(name, values[name][n])
        return docs.with_columns(pl.Series(name, some, docs.schema[name]) for name, some in values.items())


CHANGED = ("options", "answer", "explanation", "masked_at", "scrubbed")


def key_place(row: Mapping[str, Any]) -> int | None:
    """Where the right option stands, if there is one, and one only."""
    labels, key = [one["label"] for one in row["options"]], row["answer"] or []
    return labels.index(key[0]) if len(key) == 1 and labels.count(key[0]) == 1 else None


def is_fixed(row: Mapping[str, Any]) -> bool:
    """Whether its options would say something else in another order."""
    labels = [one["label"] for one in row["options"]]
    told = WHY.sub("", row["explanation"] or "")
    return (
        labels != _letters(len(labels))
        or any(ALL_OR_NONE.search(one["text"].strip()) for one in row["options"])
        or bool(NAMED.search(row["question"]))
        or any(set(letter[0]) <= set(labels) for letter in LETTER.finditer(told))
    )


def quota(stay: Sequence[int], free: int, places: int) -> list[int]:
    """A place for each question that is free to move: so that, with those that stay, all places are as even as can be."""
    have = [stay.count(place) for place in range(places)]
    told = []
    for _ in range(free):
        place = min(range(places), key=lambda one: (have[one], one))
        have[place] += 1
        told.append(place)
    return told


def turned(row: Mapping[str, Any], to: int) -> dict[str, Any]:
    """The row with its options turned until the right one stands at that place; empty if it stands there."""
    at, many = key_place(row), len(row["options"])
    if at is None or at == to:
        return {}
    step = to - at
    labels = _letters(many)
    texts = [row["options"][(place - step) % many]["text"] for place in range(many)]
    new = {label: labels[(place + step) % many] for place, label in enumerate(labels)}
    lines = WHY.sub(lambda line: new.get(line[1], line[1]), row["explanation"]) if row["explanation"] else None
    told = {
        "options": [{"label": label, "text": text} for label, text in zip(labels, texts, strict=True)],
        "answer": [labels[to]],
        "explanation": lines,
        "scrubbed": None,
    }
    if row.get("masked_at"):
        told["masked_at"] = [_moved(one, step, many) for one in row["masked_at"]]
    return told


def _moved(at: str, step: int, many: int) -> str:
    """Where a replacement stands that stood in an option: ``options.1.text 2-7 named 0.90``."""
    path, blank, rest = at.partition(" ")
    column, _, inside = path.partition(".")
    if column != "options":
        return at
    place, _, leaf = inside.partition(".")
    return f"options.{(int(place) + step) % many}.{leaf}{blank}{rest}"


def _letters(many: int) -> list[str]:
    return [chr(ord("A") + n) for n in range(many)]
