"""A synthesizer writes rows about a document: a prompt, the shape of the reply, and what becomes of it.

A new one is a file of about twenty lines: ``prompt(doc)`` says what is asked, ``parse(doc, reply)`` makes rows of what comes back
or says why there are none. One that asks more than once writes ``write(doc)`` instead, with an ``await self.ask(...)`` for each.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import orjson
import polars as pl

from medgo_data import schema
from medgo_data.stage import ASKED, Asking, Forecast, children
from medgo_data.synth import desk, shape
from medgo_data.synth.chat import Chat, Message
from medgo_data.synth.desk import Work
from medgo_data.synth.endpoint import Refused
from medgo_data.synth.passages import passages

Row = dict[str, Any]
REPAIRS = 1  # times that a model is told what is wrong with its reply
LIMITS = ("length", "max_tokens")
SAID = pl.List(pl.Struct({"what": pl.String, "much": pl.Float64}))
AGAIN = "上面的回答不符合要求的 JSON 格式（{wrong}）。请只输出改正后的 JSON，不要任何其他文字。"


@dataclass(frozen=True, kw_only=True)
class Synthesizer(Asking):
    """Subclass it, write ``prompt`` and ``parse``, and declare in ``reply`` the shape of what comes back.

    Each row that it makes says which model wrote it, with which parameters, from which prompt and which passage. A document that is
    longer than ``longest`` is asked about passage by passage. Only scrubbed text reaches a model, unless ``unscrubbed`` says by name
    that it may; and what a model wrote is not scrubbed until Scrub has seen it.
    """

    takes: ClassVar[str] = "document"  # the schema of the rows that it writes about
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
        if not isinstance(text, str):
            return [doc | {"at": 0}]
        return [doc | {"text": one.text, "at": one.at} for one in passages(text, self.longest)]

    # ---- what it can rely on

    async def ask(self, messages: list[Message], kind: Any = None, *, sample: int = 0) -> Any:
        """The reply, of the shape ``kind``. A reply that cannot be mended is asked for again, with what is wrong; then refused."""
        told = [{"role": "system", "content": self.system}] * bool(self.system) + list(messages)
        form = shape.schema(kind) if kind is not None else None
        for left in range(REPAIRS, -1, -1):
            (reply,) = await desk.Wanted(self.chat.request(told, form, sample))
            if reply.finish == "content_filter":
                raise Refused("filtered")
            if not shape.said(reply.text):
                raise Refused("truncated" if reply.finish in LIMITS else "no_reply")
            if reply.finish in LIMITS:
                raise Refused("truncated")
            if kind is None:
                return shape.said(reply.text)
            try:
                return shape.fitted(reply.text, kind)
            except shape.ShapeError as wrong:
                if left:
                    told = [*told, {"role": "assistant", "content": reply.text}, {"role": "user", "content": AGAIN.format(wrong=wrong)}]
        raise Refused("not_as_asked")

    @property
    def identity(self) -> dict[str, Any]:
        """What it asks, as a hash: so a prompt that was changed gives another corpus, whether or not somebody thought of it."""
        return {"asks": self.asks}

    @cached_property
    def asks(self) -> str:
        probe = {c.name: c.example for c in schema.load(self.takes).columns} | {"at": 0}
        lines = {
            name: value
            for kind in reversed(type(self).__mro__)
            for name, value in vars(kind).items()
            if isinstance(value, str | tuple | Mapping) and not name.startswith("__") and _plain(value)
        }
        asked = self.prompt(probe) if type(self).prompt is not Synthesizer.prompt else None
        form = shape.schema(self.reply) if self.reply is not None else None
        told = orjson.dumps([asked, lines, form], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        return hashlib.sha256(told).hexdigest()[:16]

    # ---- how a batch goes through

    def begin(self, docs: pl.DataFrame) -> list[list[Work]]:
        works = [[Work(part, self.write(part)) for part in self.passages(row)] for row in docs.to_dicts()]
        desk.at(self.chat).take([work for some in works for work in some])
        return works

    def full(self, begun: list[list[Work]]) -> bool:
        if not any(work.open for some in begun for work in some):
            return True
        return desk.at(self.chat).open >= 2 * self.chat.at_once

    def finish(self, docs: pl.DataFrame, begun: list[list[Work]]) -> pl.DataFrame:
        litters, reasons, said = [], [], []
        for works in begun:
            for work in works:
                work.wait()
            rows = [self._made(work) | row for work in works for row in work.rows]
            refused = [work.refused for work in works if work.refused]
            litters.append(rows)
            reasons.append("became_rows" if rows else (refused or ["nothing_to_ask"])[0])
            said.append(self._took(works, refused))
        out = docs.with_columns(drop=pl.Series(reasons, dtype=pl.String), **{ASKED: pl.Series(said, dtype=SAID)})
        return pl.concat([out, children(self, docs, litters)], how="diagonal_relaxed")

    def _took(self, works: list[Work], refused: list[str]) -> list[dict[str, Any]]:
        told: Counter[str] = Counter(passages=len(works))
        for work in works:
            told.update(work.took(self.chat))
        told.update(f"refused {reason}" for reason in refused)
        return [{"what": what, "much": float(much)} for what, much in told.items() if much]

    def _made(self, work: Work) -> Row:
        """What every row says of how it came to be."""
        key, reply = work.used[-1] if work.used else (b"", None)
        made = {
            "by": f"{self.name}/{self.version}",
            "model": reply.model if reply else self.chat.model,
            "params": orjson.dumps(self.chat.told, option=orjson.OPT_SORT_KEYS).decode(),
            "prompt": self.asks,
            "reply": key.hex()[:32],
        }
        text = work.doc.get("text")
        place = {"context": text, "context_at": work.doc["at"]} if isinstance(text, str) else {}
        return {"made": made, **place}

    def forecast(self, docs: pl.DataFrame) -> Forecast:
        from medgo_data.synth.forecast import forecast

        return forecast(self, docs)

    def close(self) -> None:
        desk.close()


def _plain(value: Any) -> bool:
    """Whether it is words, or made of them."""
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and _plain(one) for name, one in value.items())
    return isinstance(value, str) or (isinstance(value, tuple) and all(_plain(one) for one in value))


def material(text: str) -> str:
    """Text of a document as a part of a prompt: marked as what is to be read, so nothing in it is an order to be followed."""
    return f"<资料>\n{text.replace('</资料>', '〈/资料〉')}\n</资料>"
