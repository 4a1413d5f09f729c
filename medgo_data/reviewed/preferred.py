"""What physicians preferred becomes pairs: an edited answer over the original, an accepted one over a rejected, a better over a worse.

Rows that answer the same question may lie in any shards, so what was judged is noted as the rows pass, and paired once all are there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import orjson
import polars as pl

from medgo_data.reviewed.judged import LEAKS, Judging, Row, Said, asked_and_answered, by_rule
from medgo_data.stage import Shard, children, settling
from medgo_data.verdict import digest

if TYPE_CHECKING:
    from pathlib import Path

    from medgo_data.engine import Engine

PAIR = pl.Struct({"other": pl.String, "chosen": pl.String, "rejected": pl.String, "review": pl.String, "by": pl.String})
# Of a row that was judged, and nothing of any other; ``under`` which licence, and about whom.
NOTE: dict[str, Any] = {"id": pl.String, "under": pl.String, "messages": pl.String}
FOUND: dict[str, Any] = {"row": pl.UInt32, "why": pl.String, "with": pl.String, "pairs": pl.List(PAIR)}


class Answer(NamedTuple):
    """A judged row: its question, its answer, and what was said of it."""

    row: Row
    question: str
    text: str
    said: Said | str | None

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def outcome(self) -> str | None:
        return self.said.outcome if isinstance(self.said, Said) else None

    @property
    def edited(self) -> str | None:
        found = self.said.settled.verdict if isinstance(self.said, Said) else None
        return found.edited if found else None

    @property
    def best(self) -> str:
        """What may stand as a good answer: the physician's words, where there are any."""
        return self.edited or self.text

    @property
    def credit(self) -> str:
        return self.said.credit if isinstance(self.said, Said) else ""


class Pair(NamedTuple):
    """Two answers to one question; it is born of the row with the better one."""

    better: Answer
    worse: Answer
    chosen: str
    rejected: str
    review: str
    by: str

    @property
    def told(self) -> dict[str, str]:
        return {
            "other": self.worse.id,
            "chosen": self.chosen,
            "rejected": self.rejected,
            "review": self.review,
            "by": self.by,
        }


@dataclass(frozen=True, kw_only=True)
class Preferred(Judging):
    """For example ``Preferred(verdicts="reviews/*.jsonl")``, over the conversations that were judged, and so not behind ``Reviewed``.

    Three ways to a pair: an edited answer over its original; of the answers to the same question an accepted (or edited) over
    a rejected, at most ``per_question`` of these, drawn by ``seed``, each rejected one once; and answers that were compared.
    Of a ranking those that stand beside one another become pairs, or ``all`` that follow from it; of equals there is none.
    The two answers of a pair are under the same licence, about the same person or nobody, and not the same words. From which
    row the worse one comes, ``other`` says, so that the pair goes as well when that row is to be forgotten.

    All conversations leave: those that make a pair ``became_rows``, those whose answer is the worse one ``became_rejected``,
    for the row that the ledger names; the others have ``no_pair``, or no verdict that holds.
    """

    version: ClassVar[int] = 1
    takes: ClassVar[frozenset[str]] = frozenset({"chat"})
    gives: ClassVar[str] = "preference"
    reads: ClassVar[tuple[str, ...]] = ("check", "feedback", "residual", "pair", "ranking")

    per_question: int = settling(4)
    ranked: Literal["adjacent", "all"] = settling("adjacent")
    seed: int = settling(1)

    def __post_init__(self) -> None:
        if self.per_question < 0 or self.ranked not in ("adjacent", "all"):
            raise ValueError(
                f"Preferred(per_question={self.per_question}, ranked={self.ranked!r}): pairs of a question are 0 or more, and of a "
                f"ranking those that are 'adjacent' are taken, or 'all'"
            )
        super().__post_init__()

    # ---- what a batch tells the others

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        told: dict[str, list[str | None]] = {name: [None] * docs.height for name in NOTE}
        for n in self.judged.places(docs["id"]):
            row = docs.row(n, named=True)
            told["id"][n] = row["id"]
            told["under"][n] = orjson.dumps([row.get("license"), row.get("subject")]).decode()
            told["messages"][n] = orjson.dumps(row["messages"]).decode()
        return pl.DataFrame(told, schema=NOTE)

    # ---- what all of them tell

    def settle(self, shards: list[Shard], engine: Engine, out: Path) -> None:  # noqa: ARG002  too little work to share out
        noted = {shard.number: shard.sketch().with_row_index("row").drop_nulls("id") for shard in shards}
        answers = {}
        for told in noted.values():
            for row in told.to_dicts():
                answers[row["id"]] = row | {"messages": orjson.loads(row["messages"])}
        self.miss(answers)
        good = {name: answer for name, row in sorted(answers.items()) if (answer := self._answer(row))}
        pairs = self.pairs(good)
        fates = self._fates(answers, good, pairs)
        for shard in shards:
            mine = noted[shard.number]
            found = [{"row": place} | fates[name] for place, name in mine.select("row", "id").rows()]
            shard.tell(out, pl.DataFrame(found, schema=FOUND))

    def _answer(self, row: Row) -> Answer | None:
        talk = asked_and_answered(row)
        if talk is None:
            return None
        return Answer(row, _code(f"{row['under']} {orjson.dumps(talk[0]).decode()}"), talk[1], self.judged.of(row))

    def pairs(self, answers: Mapping[str, Answer]) -> list[Pair]:
        """All pairs, of the same words to the same question each once."""
        found = [*self._edits(answers.values()), *self._compared(answers), *self._drawn(answers.values())]
        once = {(pair.better.question, pair.chosen, pair.rejected): pair for pair in reversed(found)}
        return [pair for pair in found if once[pair.better.question, pair.chosen, pair.rejected] is pair]

    def _edits(self, answers: Iterable[Answer]) -> Iterator[Pair]:
        for one in answers:
            if one.outcome == "edited" and one.best.strip() and one.best != one.text:
                yield Pair(one, one, one.best, one.text, "edited", one.credit)

    def _compared(self, answers: Mapping[str, Answer]) -> Iterator[Pair]:
        """Pairs of rows that were shown beside one another, and still say what was shown."""
        for said in sorted(self.judged.compared(), key=lambda one: (one.task, one.rows, one.item)):
            order = said.settled.verdict
            shown = [answers[row] for row in said.rows if row in answers]
            same = len({one.question for one in shown}) == 1 and len(shown) == len(said.rows)
            if order is None or not same or digest([one.row for one in shown]) != said.item:
                continue
            for better, worse in ranked(order.verdict, self.ranked):
                high, low = shown[better], shown[worse]
                pair = Pair(high, low, high.text, low.text, "accepted", said.credit)
                if _sound(pair):
                    yield pair

    def _drawn(self, answers: Iterable[Answer]) -> Iterator[Pair]:
        """Pairs of rows that were judged one by one."""
        questions: dict[str, list[Answer]] = {}
        for one in answers:
            questions.setdefault(one.question, []).append(one)
        for _, those in sorted(questions.items()):
            good = self._lots(one for one in those if one.outcome in ("accepted", "edited") and one.best.strip())
            bad = self._lots(one for one in those if one.outcome == "rejected" and one.text.strip())
            accepted, rejected = {one.best for one in good}, {one.text: one for one in reversed(bad)}
            both = accepted & rejected.keys()  # the same words, accepted here and rejected there
            good = [one for one in good if one.best not in both]
            bad = [one for one in bad if one.text not in both and rejected[one.text] is one]
            for n, worse in enumerate(bad[: self.per_question] if good else ()):
                better = good[n % len(good)]
                yield Pair(better, worse, better.best, worse.text, "accepted", f"{better.credit}; {worse.credit}")

    def _lots(self, answers: Iterable[Answer]) -> list[Answer]:
        return sorted(answers, key=lambda one: _code(f"{self.seed} {one.id}"))

    def _fates(
        self, rows: Iterable[str], answers: Mapping[str, Answer], pairs: Sequence[Pair]
    ) -> dict[str, dict[str, Any]]:
        """Of each judged row the pairs that are born of it, or why there are none."""
        born: dict[str, list[Pair]] = {}
        worse: dict[str, str] = {}
        for pair in pairs:
            born.setdefault(pair.better.id, []).append(pair)
            worse.setdefault(pair.worse.id, pair.better.id)
        told = {}
        for name in rows:
            why = "became_rows" if name in born else "became_rejected" if name in worse else _why(answers.get(name))
            other = worse.get(name) if why == "became_rejected" else None
            told[name] = {"why": why, "with": other, "pairs": [pair.told for pair in born.get(name, ())]}
        return told

    # ---- what a row is told

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        litters: list[list[dict[str, Any]]] = [[] for _ in range(docs.height)]
        for n in found["pairs"].list.len().gt(0).fill_null(value=False).arg_true():
            litters[n] = [self._row(docs.row(n, named=True), pair) for pair in found[int(n), "pairs"].to_list()]
        out = docs.with_columns(drop=found["why"].fill_null("not_reviewed"), drop_kept=found["with"])
        return pl.concat([out, children(self, docs, litters)], how="diagonal_relaxed")

    def _row(self, row: Row, pair: Mapping[str, str]) -> dict[str, Any]:
        carried = {name: row[name] for name in ("about", "context", "context_at") if row.get(name) is not None}
        return carried | {
            "prompt": row["messages"][:-1],
            "chosen": [{"role": "assistant", "content": pair["chosen"]}],
            "rejected": [{"role": "assistant", "content": pair["rejected"]}],
            "made": by_rule(self),
            "review": pair["review"],
            "reviewed": pair["by"],
            "other": pair["other"] if pair["other"] != row["id"] else None,
        }


def ranked(order: str, which: str) -> list[tuple[int, int]]:
    """The pairs of better and worse that an order says, counted from 0: of 2>1=3>4 those beside one another, or all."""
    levels = (
        [[int(one) - 1 for one in level.split("=")] for level in order.split(">")] if ORDERED.fullmatch(order) else []
    )
    beside = pairwise(levels) if which == "adjacent" else combinations(levels, 2)
    return [(better, worse) for high, low in beside for better in high for worse in low]


ORDERED = re.compile(r"\d(?:[>=]\d)*")


def _sound(pair: Pair) -> bool:
    """Whether it is two answers, and nobody saw anything in either that must not go on."""
    told = {pair.chosen.strip(), pair.rejected.strip()}
    return len(told) == 2 and "" not in told and LEAKS not in (pair.better.outcome, pair.worse.outcome)


def _why(answer: Answer | None) -> str:
    """Why a judged row is in no pair."""
    if answer is None:
        return "no_answer"
    if answer.said == "stale":
        return "stale_review"
    return answer.outcome if answer.outcome in ("disputed", "unsure", LEAKS) else "no_pair"


def _code(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()
