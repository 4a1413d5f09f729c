"""Pairs of a better and a worse answer to one question, both a model's own: it is asked several times, and its answers are marked.

Only what is surely better becomes a pair: both markings of the better answer lie above both of the worse one. Answers that say much the
same teach nothing, and of a long and a short one only the length would be learned; neither make a pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import ClassVar, NamedTuple

from medgo_data.letters import view
from medgo_data.synth.chat import Message
from medgo_data.synth.endpoint import Refused
from medgo_data.synth.judge import Judge
from medgo_data.synth.synthesizer import Row, Synthesizer, awaited


class Marked(NamedTuple):
    """An answer with its two scores."""

    text: str
    scores: list[float]

    @property
    def score(self) -> float:
        return sum(self.scores) / len(self.scores)


@dataclass(frozen=True, kw_only=True)
class SampledPreference(Synthesizer):
    """For example ``SampledPreference(chat=chat, samples=4)``, over conversations whose last answer is set aside, or texts that are questions.

    Each of ``samples`` answers is marked twice, as by ``Judge``; one whose two scores differ by more than ``apart`` is set aside. Of
    all pairs in which the better one has ``at_least`` that score and is ``margin`` ahead, and neither is more than ``longer`` times as long
    as the other, the clearest is taken. Answers that share more than ``alike`` of their pairs of letters are no pair. ``scores`` are those of the
    chosen and of the rejected one.
    """

    takes: ClassVar[frozenset[str]] = frozenset({"chat", "document"})
    gives: ClassVar[str] = "preference"
    grading: ClassVar[type[Judge]] = Judge  # whose rubric it is

    samples: int = 4
    at_least: float = 3.5
    margin: float = 0.75
    apart: float = 1.0
    longer: float = 1.5
    alike: float = 0.8

    def __post_init__(self) -> None:
        if self.samples < 2 or self.margin <= 0 or self.longer < 1 or not 0 < self.alike <= 1:
            raise ValueError(
                f"SampledPreference(samples={self.samples}, margin={self.margin}, longer={self.longer}, alike={self.alike}): a pair takes "
                f"2 answers or more, a margin above 0, a length of at least 1, and likeness up to 1"
            )
        if self.chat.temperature == 0:
            raise ValueError(
                "SampledPreference: at temperature 0 all answers are one and the same. Take Chat(temperature=0.9)."
            )

    @property
    def rounds(self) -> int:  # type: ignore[override]
        return 3 * self.samples

    @cached_property
    def judge(self) -> Judge:
        return self.grading(chat=self.chat, unscrubbed=True, at_least=self.at_least, apart=self.apart)

    def passages(self, doc: Row) -> list[Row]:
        return [doc | {"at": 0}]

    def prompt(self, doc: Row) -> list[Message]:
        """All turns before the last answer, so that it is answered anew."""
        turns = doc.get("messages") or [{"role": "user", "content": doc.get("text") or ""}]
        last = max((place for place, turn in enumerate(turns) if turn["role"] == "user"), default=-1)
        if last < 0 or not turns[last]["content"].strip():
            raise Refused("no_question")
        return [{"role": turn["role"], "content": turn["content"]} for turn in turns[: last + 1]]

    async def write(self, doc: Row) -> list[Row] | Refused:
        asked = self.prompt(doc)
        answers = await self._sampled(asked)
        if len(answers) < 2:
            return Refused("too_alike")
        marked = [Marked(answer, await self._marked(doc, asked, answer)) for answer in answers]
        sure = [one for one in marked if abs(one.scores[0] - one.scores[1]) <= self.apart]
        if len(sure) < 2:
            return Refused("judged_apart")
        found = self.pair(sure)
        if isinstance(found, str):
            return Refused(found)
        better, worse = found
        row = {
            "prompt": asked,
            "chosen": [{"role": "assistant", "content": better.text}],
            "rejected": [{"role": "assistant", "content": worse.text}],
            "scores": [better.score, worse.score],
        }
        carried = {name: doc[name] for name in ("about", "context") if doc.get(name)}
        return [row | carried | {"review": awaited(doc)}]

    async def _sampled(self, asked: list[Message]) -> list[str]:
        """The answers, each once; one that the endpoint holds back, or that was cut off, is none."""
        answers: dict[str, str] = {}
        why = "no_reply"
        for sample in range(self.samples):
            try:
                said: str = (await self.ask(asked, sample=sample)).strip()
            except Refused as refused:
                why = refused.reason
                continue
            if view(said):
                answers.setdefault(view(said), said)
        if not answers:
            raise Refused(why)
        return list(answers.values())

    async def _marked(self, doc: Row, asked: Sequence[Message], answer: str) -> list[float]:
        said = [f"{SPEAKERS.get(turn['role'], '')}{turn['content']}" for turn in asked]
        told = "\n\n".join(said) if len(asked) > 1 else asked[0]["content"]
        turns = [{"role": "user", "content": told}, {"role": "assistant", "content": answer}]
        (row,) = await self.judge.write({"messages": turns, "context": doc.get("context")})
        scores: list[float] = row["scores"]
        return scores

    def pair(self, marked: Iterable[Marked]) -> tuple[Marked, Marked] | str:
        """The clearest pair of a better and a worse answer; else what there is not."""
        pairs = sorted(permutations(marked, 2), key=lambda two: two[1].score - two[0].score)
        pairs = [two for two in pairs if two[0].score >= self.at_least]
        if not pairs:
            return "judged_low"
        pairs = [two for two in pairs if self._surely(*two)]
        if not pairs:
            return "no_clear_winner"
        pairs = [two for two in pairs if likeness(*two) <= self.alike]
        if not pairs:
            return "too_alike"
        return next((two for two in pairs if self._as_long(*two)), "unlike_length")

    def _surely(self, better: Marked, worse: Marked) -> bool:
        return better.score - worse.score >= self.margin and min(better.scores) > max(worse.scores)

    def _as_long(self, one: Marked, two: Marked) -> bool:
        short, long = sorted((len(one.text), len(two.text)))
        return long <= self.longer * short


SPEAKERS = {"system": "设定：", "user": "患者：", "assistant": "医生："}


def likeness(one: Marked, two: Marked) -> float:
    """The share of their pairs of letters that two answers have in common."""
    mine, theirs = _pairs(one.text), _pairs(two.text)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0


def _pairs(text: str) -> set[str]:
    letters = view(text)
    return {letters[at : at + 2] for at in range(len(letters) - 1)} or {letters}
