"""A model that is asked: which one, how, and how fast. Where it stands and with what key, only the environment says."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import orjson

from medgo_data.stage import knob

if TYPE_CHECKING:
    from medgo_data.synth.replies import Reply

Message = dict[str, str]
IN_WORDS = "只输出 JSON，不要任何其他文字，并严格符合以下 JSON Schema：\n"
NEWER = "max_completion_tokens"  # as models that reason want it, in place of max_tokens


@dataclass(frozen=True, kw_only=True)
class Chat:
    """For example ``Chat(model="Qwen3-235B-A22B-Instruct", temperature=0.7, seed=1)``, for any endpoint that speaks OpenAI's protocol.

    ``params`` are further ones of the protocol, as the endpoint spells them. Base URL and key come from ``OPENAI_BASE_URL`` and
    ``OPENAI_API_KEY``; a second endpoint, say a judge's, from ``JUDGE_BASE_URL`` and ``JUDGE_API_KEY`` with ``endpoint="JUDGE"``.
    Where a reply has a shape, the endpoint is given its JSON Schema; one that knows no schemas gets it in words (``json="words"``), or in
    words and is held to JSON (``json="object"``). ``price`` is what a million tokens of prompts and of replies cost, in any currency.
    With ``batch=True`` requests go out as files, which take up to a day and ``batch_price`` of the price; the replies are the same, and
    serve a run without it. Without an endpoint, replies come from the file ``recorded``, and nothing is asked.
    """

    model: str
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int = 4096  # of a reply; also what is set aside for it
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Literal["schema", "object", "words"] = "schema"

    endpoint: str = knob("OPENAI")
    recorded: str | None = knob(None)
    price: tuple[float, float] | None = knob(None)
    at_once: int = knob(256)  # requests under way at the most; how many the endpoint bears is found out
    per_minute: float | None = knob(None)  # requests
    tokens_per_minute: float | None = knob(None)
    timeout: float = knob(600)  # seconds for one reply
    patience: float = knob(600)  # seconds for an endpoint that worked to come back
    batch: bool = knob(default=False)  # asked in files, answered within a day, for less: the Batch API
    batch_size: int = knob(50_000)  # requests of a file, and of all that wait for a reply: 10 to 50 kB of memory each
    batch_price: float = knob(0.5)  # of the price: what a batch takes

    def __post_init__(self) -> None:
        for name in ("max_tokens", "at_once", "per_minute", "tokens_per_minute", "timeout", "batch_size"):
            told = getattr(self, name)
            if told is not None and told <= 0:
                raise ValueError(f"Chat(model={self.model!r}): {name}={told!r} must be more than nothing")
        if self.json not in ("schema", "object", "words"):
            raise ValueError(f"Chat(model={self.model!r}): json={self.json!r}; it is 'schema', 'object' or 'words'")
        ours = {"model", "messages", "n", "stream", "temperature", "top_p", "seed", "max_tokens", "response_format"}
        if taken := ours & set(self.params):
            raise ValueError(
                f"Chat(model={self.model!r}): params may not hold {', '.join(sorted(taken))}, which have fields of their own or are set by "
                f"the synthesizer"
            )

    @property
    def base_url(self) -> str | None:
        """Where it stands; None if the environment names no endpoint."""
        told = os.environ.get(f"{self.endpoint}_BASE_URL", "").strip().rstrip("/")
        if told:
            return told
        # a key alone does not mean that what is recorded is to be paid for again
        return "https://api.openai.com/v1" if self.endpoint == "OPENAI" and self.key and not self.recorded else None

    @property
    def key(self) -> str | None:
        return os.environ.get(f"{self.endpoint}_API_KEY", "").strip() or None

    @cached_property
    def told(self) -> dict[str, Any]:
        """Its parameters, as far as they are set."""
        plain = {name: getattr(self, name) for name in ("temperature", "top_p", "seed", "max_tokens")}
        if NEWER in self.params:
            del plain["max_tokens"]
        return {name: value for name, value in plain.items() if value is not None} | dict(self.params)

    @cached_property
    def spelled(self) -> str:
        """They as a row tells them."""
        return orjson.dumps(self.told, option=orjson.OPT_SORT_KEYS).decode()

    @property
    def most_reply(self) -> int:
        """Tokens of a reply at the most."""
        return int(self.params.get(NEWER, self.max_tokens))

    @cached_property
    def whole(self) -> bytes:
        """All of it, knobs too, as a key."""
        return orjson.dumps({f.name: getattr(self, f.name) for f in fields(self)}, option=orjson.OPT_SORT_KEYS)

    def request(self, messages: Sequence[Message], shape: Any = None, sample: int = 0) -> Request:
        """What is sent, to the last parameter; of ``sample`` 1 and on the seed is another one, if there is a seed."""
        body = {"model": self.model, "messages": list(messages), **self.told}
        if sample and self.seed is not None:
            body["seed"] = self.seed + sample
        if shape is not None and self.json == "schema":
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": shape},
            }
        elif shape is not None:
            body["messages"] += [{"role": "user", "content": IN_WORDS + orjson.dumps(shape).decode()}]
            body |= {"response_format": {"type": "json_object"}} if self.json == "object" else {}
        return Request(body, sample)

    @property
    def outstanding(self) -> int:
        """Requests that may wait for their replies at a time: those under way and as many behind them, or a whole file."""
        return self.batch_size if self.batch else 2 * self.at_once

    def cost(self, prompt_tokens: float, reply_tokens: float) -> float | None:
        if self.price is None:
            return None
        whole = (prompt_tokens * self.price[0] + reply_tokens * self.price[1]) / 1e6
        return whole * self.batch_price if self.batch else whole


class Request:
    """One question to a model, which can be awaited. Its key is the hash of all of it, so nothing that was changed meets an old reply."""

    def __init__(self, body: dict[str, Any], sample: int = 0) -> None:
        self.body = body
        self.canonical = orjson.dumps([body, sample], option=orjson.OPT_SORT_KEYS)
        self.key = key_of(self.canonical)

    def __await__(self) -> Generator[Request, Reply, Reply]:
        return (yield self)

    @property
    def wire(self) -> bytes:
        return orjson.dumps(self.body)

    @property
    def chars(self) -> int:
        return sum(len(message["content"]) for message in self.body["messages"])

    @property
    def most_tokens(self) -> int:
        """Of the prompt: no tokenizer makes more than one of a byte, but for some marks at each turn."""
        return len(self.canonical) + 16 * len(self.body["messages"])


def key_of(canonical: bytes) -> bytes:
    return hashlib.sha256(canonical).digest()
