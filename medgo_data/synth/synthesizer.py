"""A synthesizer writes rows about a document: a prompt, the shape of the reply, and what becomes of it.

A new one is a file of about twenty lines: ``prompt(doc)`` says what is asked, ``parse(doc, reply)`` makes rows of what comes back
or says why there are none. One that asks more than once writes ``write(doc)`` instead, with an ``await self.ask(...)`` for each.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import orjson
import polars as pl

from medgo_data.stage import Asking, Forecast, children
from medgo_data.synth import desk, shape
from medgo_data.synth.chat import Chat, Message
from medgo_data.synth.coverage import first, offered
from medgo_data.synth.desk import Work
from medgo_data.synth.endpoint import LIMITS, Refused
from medgo_data.synth.passages import passages
from medgo_data.synth.wording import wording

Row = dict[str, Any]
REPAIRS = 1  # times that a model is told what is wrong with its reply
ANOTHER = 1 << 20  # the sample that is asked for in place of one that went astray
AGAIN = "上面的回答不符合要求的 JSON 格式（{wrong}）。请只输出改正后的 JSON，不要任何其他文字。"


@dataclass(frozen=True, kw_only=True)
class Synthesizer(Asking):
    """Subclass it, write ``prompt`` and ``parse``, and declare in ``reply`` the shape of what comes back.

    Each row that it makes says which model wrote it, with which parameters, from which prompt and which passage. A document that is
    longer than ``longest`` is asked about passage by passage. Only scrubbed text reaches a model, unless ``unscrubbed`` says by name
    that it may; and what a model wrote is not scrubbed until Scrub has seen it.
    """

    takes: ClassVar[frozenset[str]] = frozenset({"document"})
    gives: ClassVar[str] = "chat"
    unmarks: ClassVar[frozenset[str]] = frozenset({"scrubbed"})
    reply: ClassVar[Any] = None  # a msgspec.Struct, or what is made of them; None: any text
    system: ClassVar[str] = ""  # what the model is told first, whatever is asked
    rounds: ClassVar[int] = 1  # times that it asks about a passage, one after the other, as far as a plan is to know

    chat: Chat
    longest: int = 6000  # characters of a passage
    unscrubbed: bool = False

    @property
    def needs(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset() if self.unscrubbed else frozenset({"scrubbed"})

    # ---- what an author writes

    def prompt(self, doc: Row) -> list[Message]:
        raise NotImplementedError(f"{self.name} has no prompt(doc): return the messages to send")

    def parse(self, doc: Row, reply: Any) -> list[Row] | Refused:
        raise NotImplementedError(f"{self.name} has no parse(doc, reply): return rows, or Refused with a reason")

    async def write(self, doc: Row) -> list[Row] | Refused:
        """The rows about one passage."""
        return self.parse(doc, await self.ask(self.prompt(doc), self.reply))

    def passages(self, doc: Row) -> list[Row]:
        """The document as it is asked about: whole, or in passages, each with its place in ``at``."""
        text = doc.get("text")
        if not isinstance(text, str) or (len(text) <= self.longest and text.strip()):
            return [doc | {"at": 0}]
        return [doc | {"text": one.text, "at": one.at} for one in passages(text, self.longest)]

    # ---- what it can rely on

    async def ask(self, messages: list[Message], kind: Any = None, *, sample: int = 0) -> Any:
        """The reply, of the shape ``kind``. A reply that cannot be mended is asked for again, with what is wrong; then refused."""
        told = [{"role": "system", "content": self.system}] * bool(self.system) + list(messages)
        form = shape.schema(kind) if kind is not None else None
        for left in range(REPAIRS, -1, -1):
            reply = await self.chat.request(told, form, sample)
            if reply.finish == "content_filter":
                raise Refused("filtered")
            if reply.finish in LIMITS:
                if left and shape.astray(reply.text):
                    sample += ANOTHER
                    continue
                raise Refused("truncated")
            said = shape.said(reply.text)
            if not said:
                raise Refused("no_reply")
            if kind is None:
                return said
            try:
                return shape.fitted(said, kind)
            except shape.ShapeError as wrong:
                again = AGAIN.format(wrong=wrong)
                told = [*told, {"role": "assistant", "content": said}, {"role": "user", "content": again}]
        raise Refused("not_as_asked")

    @property
    def identity(self) -> dict[str, Any]:
        """What it asks, as a hash: so a prompt that was changed gives another corpus, whether or not somebody thought of it."""
        return {"asks": self.asks}

    @cached_property
    def asks(self) -> str:
        form = shape.schema(self.reply) if self.reply is not None else None
        told = orjson.dumps([wording(type(self), Synthesizer), form, AGAIN])
        return hashlib.sha256(told).hexdigest()[:16]

    # ---- how a batch goes through

    def begin(self, docs: pl.DataFrame) -> list[list[Work]]:
        works = [[Work(part, self.write) for part in self.passages(row)] for row in docs.to_dicts()]
        desk.at(self.chat).take([work for some in works for work in some])
        return works

    def full(self, begun: list[list[Work]]) -> bool:
        works = [work for some in begun for work in some]
        return not any(work.open for work in works) or desk.at(self.chat).far_from(works[0])

    def finish(self, docs: pl.DataFrame, begun: list[list[Work]]) -> pl.DataFrame:
        litters, reasons = [], []
        for works in begun:
            for work in works:
                work.wait()
            litters.append([self._made(work) | row for work in works for row in work.rows])
            refused = [work.refused for work in works if work.refused]
            reasons.append("became_rows" if litters[-1] else (refused or ["nothing_to_ask"])[0])
        told = self.took(begun) | (offered(docs["text"]) if "text" in docs.columns else {})
        out = docs.with_columns(first(docs.height, told), drop=pl.Series(reasons, dtype=pl.String))
        return pl.concat([out, children(self, docs, litters)], how="diagonal_relaxed")

    def took(self, begun: list[list[Work]]) -> dict[str, float]:
        """What a batch took."""
        works = [work for some in begun for work in some]
        told: dict[str, float] = {"passages": len(works)}
        for name in ("calls", "prompt_tokens", "reply_tokens", "recorded", "estimated"):
            told[name] = sum(getattr(work, name) for work in works)
        told["cost"] = self.chat.cost(told["prompt_tokens"], told["reply_tokens"]) or 0
        return told | Counter(f"refused {work.refused}" for work in works if work.refused)

    def _made(self, work: Work) -> Row:
        """What every row says of how it came to be."""
        made = self._making | {"reply": work.key.hex()[:32]}
        if work.model:
            made["model"] = work.model
        text = work.doc.get("text")
        return (
            {"made": made, "context": text, "context_at": work.doc["at"]} if isinstance(text, str) else {"made": made}
        )

    @cached_property
    def _making(self) -> Row:
        """What of it is the same for all rows."""
        return {
            "by": f"{self.name}/{self.version}",
            "model": self.chat.model,
            "params": self.chat.spelled,
            "prompt": self.asks,
        }

    def forecast(self, docs: pl.DataFrame) -> Forecast:
        from medgo_data.synth.forecast import forecast

        return forecast(self, docs)

    def stop(self) -> None:
        desk.stop()

    def close(self) -> None:
        desk.close()


def awaited(doc: Row) -> str | None:
    """Whether a row in other words than this one is to be seen: what a physician said of this one holds of its own words only."""
    return "wanted" if doc.get("review") else None


def material(text: str) -> str:
    """Text of a document as a part of a prompt: marked as what is to be read, so nothing in it is an order to be followed."""
    return f"<资料>\n{text.replace('</资料>', '〈/资料〉')}\n</资料>"
