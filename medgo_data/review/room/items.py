"""Rows of a corpus as a physician meets them: the question, the answer, and the passage that it stands on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from medgo_data import schema, verdict
from medgo_data.verdict import MARK

if TYPE_CHECKING:
    from medgo_data.store import Built

MOST = 4  # answers to one question that are ranked
PLACE = re.compile(r"(\d+)-(\d+)")
LETTERS = re.compile(r"[A-Z]+")
Row = Mapping[str, Any]
GIVES = {  # of which rows a task can be asked
    "check": {"chat", "document", "feedback"},
    "feedback": {"chat", "feedback"},
    "pair": {"preference", "chat"},
    "ranking": {"chat"},
    "options": {"choice"},
    "residual": {"chat", "document", "feedback", "preference", "choice"},
}


class ItemError(ValueError):
    """A corpus of which this cannot be asked; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """What is asked about: some rows of a version of a corpus, and what of them is shown."""

    task: str
    rows: tuple[str, ...]
    item: str  # a digest of what they say
    corpus: str
    version: str
    stratum: str  # the kind of material
    shown: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The same in every version of the corpus in which the rows say the same."""
        return "i_" + hashlib.sha256(orjson.dumps([self.task, self.rows, self.item])).hexdigest()[:24]

    @property
    def parts(self) -> dict[str, str]:
        """What is shown, as plain texts, for those who review elsewhere. Answers are numbered as the rows stand."""
        told = {"question": self.shown.get("question") or "\n".join(said for _, said in self.shown.get("turns", ()))}
        answers = self.shown.get("answers", ())
        told |= {"answer" if len(answers) == 1 else f"answer {k}": said for k, said in enumerate(answers, 1)}
        told["options"] = "\n".join(f"{label}. {said}" for label, said in self.shown.get("options", ()))
        told["source"] = self.shown.get("source") or ""
        return {name: said for name, said in (told | dict(self.shown.get("texts", {}))).items() if said}


def items(built: Built, task: str) -> Iterator[Item]:
    """All that can be asked of a corpus. Where a synthesizer says which rows a physician is to see, only those."""
    gives = built.manifest["gives"]["schema"]
    if gives not in GIVES[task]:
        raise ItemError(
            f"{built.full_name} holds {gives} rows, of which {task} cannot be asked. "
            f"It can be asked of {' and '.join(sorted(GIVES[task]))}."
        )
    several = task == "ranking" or (task == "pair" and gives == "chat")
    for some in _grouped(built, MOST if task == "ranking" else 2) if several else _single(built):
        yield Item(
            task=task,
            rows=tuple(row["id"] for row in some),
            item=verdict.digest(some),
            corpus=built.name,
            version=built.folder.name,
            stratum=some[0].get("category") or "",
            shown=shown(task, some),
        )


def _single(built: Built) -> Iterator[list[Row]]:
    import polars as pl

    wanted = "review" in _columns(built) and _any(built, pl.col("review") == "wanted")
    for path in built.shards:
        rows = pl.scan_parquet(path).filter(pl.col("review") == "wanted" if wanted else True)
        for row in rows.collect().iter_rows(named=True):
            yield [row]


def _grouped(built: Built, most: int) -> Iterator[list[Row]]:
    """Rows that answer the same question differently, so many of them at the most."""
    import polars as pl

    by: dict[str, list[Row]] = {}
    for path in built.shards:
        for row in pl.read_parquet(path).iter_rows(named=True):
            turns = row["messages"]
            if turns and turns[-1]["role"] == "assistant":
                asked = hashlib.sha256(orjson.dumps(turns[:-1])).hexdigest()
                some = by.setdefault(asked, [])
                if len(some) < most and turns[-1]["content"] not in [one["messages"][-1]["content"] for one in some]:
                    some.append(row)
    yield from (some for some in by.values() if len(some) == most or (most > 2 and len(some) > 2))


def _columns(built: Built) -> list[str]:
    import polars as pl

    return list(pl.read_parquet_schema(built.shards[0])) if built.shards else []


def _any(built: Built, told: Any) -> bool:
    import polars as pl

    return any(pl.scan_parquet(path).filter(told).head(1).collect().height for path in built.shards)


# ---- what is shown of them -----------------------------------------------------------------------------------------


def shown(task: str, rows: Sequence[Row]) -> dict[str, Any]:
    """What a page needs of them, and no more: the key of a question is not on a page that asks for it."""
    row = rows[0]
    if task == "residual":
        return {"texts": _texts(row), "masks": [mask.rsplit(" ", 2)[0] for mask in row.get("masked_at") or []]}
    if task == "options":
        return {"question": row["question"], "options": [[one["label"], one["text"]] for one in row["options"]]}
    turns, answers = _asked(rows)
    return {"turns": [[turn["role"], turn["content"]] for turn in turns], "answers": answers} | _source(row)


def _asked(rows: Sequence[Row]) -> tuple[Sequence[Mapping[str, str]], list[str]]:
    """The turns up to the answer, and the answers."""
    row = rows[0]
    if "chosen" in row:
        return row["prompt"], [row["chosen"][-1]["content"], row["rejected"][-1]["content"]]
    if "completion" in row:
        return row["prompt"], [row["completion"][-1]["content"]]
    if "messages" not in row:
        return [], [row["text"]]
    turns = row["messages"]
    if not turns or turns[-1]["role"] != "assistant":
        return turns, []
    return turns[:-1], [one["messages"][-1]["content"] for one in rows]


def _texts(row: Row) -> dict[str, str]:
    """Each text of it, by where it stands."""
    told = (pair for name, value in row.items() if name not in schema.filled() for pair in schema.leaves(name, value))
    return dict(told)


def _source(row: Row) -> dict[str, Any]:
    """The passage that the row was written from, and which stretches of it the answer cites."""
    text = row.get("context")
    if not text:
        return {}
    at = row.get("context_at") or 0
    places = [(int(a) - at, int(b) - at) for a, b in (PLACE.findall(" ".join(row.get("cites") or [])))]
    if not places:
        places = [(k, k + len(quote)) for quote in row.get("quotes") or [] if quote and (k := text.find(quote)) >= 0]
    return {
        "source": text,
        "cited": merged(p for p in places if 0 <= p[0] < p[1] <= len(text)),
        "about": row.get("about"),
    }


def merged(places: Any) -> list[list[int]]:
    """In order, and those that meet as one."""
    found: list[list[int]] = []
    for start, end in sorted(places):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found


def amiss(task: str, shown: Mapping[str, Any], verdict: str, edited: str | None, marks: Sequence[str]) -> str | None:
    """What keeps a verdict from being one about this item."""
    if task == "options" and LETTERS.fullmatch(verdict):
        labels = [label for label, _ in shown["options"]]
        if "".join(label for label in labels if label in verdict) != verdict:
            return "names an option that there is not, or not in order"
    if edited is not None and not edited.strip():
        return "has an edit that says nothing"
    for mark in marks:
        found = MARK.fullmatch(mark)
        text = shown.get("texts", {}).get(found["path"]) if found else None
        if not found or text is None or not int(found["start"]) < int(found["end"]) <= len(text):
            return "marks a place that there is not"
    return None
