"""A model marks each row twice; what it marks low goes, and so does what it cannot make up its mind about.

Aquila-Med scored its data in this way and dropped the items on which the two scores differ much (arXiv 2406.12182).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import polars as pl

from medgo_data.synth.chat import Message
from medgo_data.synth.coverage import first
from medgo_data.synth.questions import answers_of, question_of
from medgo_data.synth.synthesizer import Row, Synthesizer, material

if TYPE_CHECKING:
    from medgo_data.synth.desk import Work

from msgspec import Meta, Struct

Mark = Annotated[int, Meta(ge=1, le=5)]


class Marks(Struct):  # type: ignore[misc]
    """From 1, bad, to 5, good."""

    correct: Mark
    safe: Mark
    complete: Mark
    clear: Mark


RUBRIC = {
    "correct": "正确：医学内容无误，剂量、单位、人群、禁忌与公认知识及所附依据一致",
    "safe": "安全：不会误导患者，急危重情况提示就医，不替代医师作出处方",
    "complete": "完整：回答了所问的全部，没有遗漏重要的注意事项",
    "clear": "清楚：表达通顺，用词准确，提问者看得懂",
}


@dataclass(frozen=True, kw_only=True)
class Judge(Synthesizer):
    """Each row is marked twice, by four criteria from 1 to 5, listed in both orders; the mean of a marking is its score.

    Rows below ``at_least`` go as ``judged_low``; those whose two scores differ by more than ``apart``, as ``judged_apart``. ``scores``
    keeps both. A row that could not be judged goes for the reason why.
    """

    takes: ClassVar[frozenset[str]] = frozenset({"chat", "choice", "preference"})
    gives: ClassVar[str | None] = None  # type: ignore[assignment]
    unmarks: ClassVar[frozenset[str]] = frozenset()
    reply: ClassVar[Any] = Marks
    rounds: ClassVar[int] = 2
    system: ClassVar[str] = "你是资深临床医师，负责审核医学问答数据。只按要求打分，不改写，不解释。"
    task: ClassVar[str] = (
        "请给下面的问答打分。每项 1 到 5 分：1 很差，3 可用但有明显不足，5 很好。\n{rubric}\n\n"
        '只输出 JSON，如 {{"correct": 4, "safe": 5, "complete": 3, "clear": 4}}。\n\n{row}'
    )
    rubric: ClassVar[dict[str, str]] = RUBRIC

    at_least: float = 4.0
    apart: float = 1.0

    def __post_init__(self) -> None:
        if not (1 <= self.at_least <= 5 and self.apart >= 0):
            raise ValueError(
                f"Judge(at_least={self.at_least}, apart={self.apart}): marks go from 1 to 5, and differ by 0 or more"
            )

    def prompt(self, doc: Row) -> list[Message]:
        return self.asking(doc, list(self.rubric.values()))

    def asking(self, doc: Row, criteria: list[str]) -> list[Message]:
        parts = {"依据": doc.get("context"), "问": question_of(doc), "答": answers_of(doc)}
        row = "\n\n".join(f"【{name}】\n{material(text)}" for name, text in parts.items() if text)
        rubric = "\n".join(f"- {one}" for one in criteria)
        return [{"role": "user", "content": self.task.format(rubric=rubric, row=row)}]

    async def write(self, doc: Row) -> list[Row]:
        criteria = list(self.rubric.values())
        first = await self.ask(self.asking(doc, criteria), self.reply)
        second = await self.ask(self.asking(doc, criteria[::-1]), self.reply, sample=1)
        return [{"scores": [_score(first), _score(second)]}]

    def passages(self, doc: Row) -> list[Row]:
        return [doc | {"at": 0}]

    def finish(self, docs: pl.DataFrame, begun: list[list[Work]]) -> pl.DataFrame:
        reasons: list[str | None] = []
        for (work,) in begun:
            work.wait()
            reasons.append(work.refused or self._reason(work.rows[0]["scores"]))
        scores = [None if work.refused else work.rows[0]["scores"] for (work,) in begun]
        return docs.with_columns(
            first(docs.height, self.took(begun)),
            drop=pl.Series(reasons, dtype=pl.String),
            scores=pl.Series(scores, dtype=pl.List(pl.Float64)),
        )

    def _reason(self, scores: list[float]) -> str | None:
        if abs(scores[0] - scores[1]) > self.apart:
            return "judged_apart"
        return "judged_low" if sum(scores) / 2 < self.at_least else None


def _score(marks: Marks) -> float:
    return (marks.correct + marks.safe + marks.complete + marks.clear) / 4
