"""A model that is asked: which one, how, and how fast. Where it stands and with what key, only the environment says."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from medgo_data.stage import knob

Message = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Chat:
    """For example ``Chat(model="Qwen3-235B-A22B-Instruct", temperature=0.7, seed=1)``, for any endpoint that speaks OpenAI's protocol.

    ``params`` are further ones of the protocol, as the endpoint spells them. Base URL and key come from ``OPENAI_BASE_URL`` and
    ``OPENAI_API_KEY``; a second endpoint, say a judge's, from ``JUDGE_BASE_URL`` and ``JUDGE_API_KEY`` with ``endpoint="JUDGE"``.
    ``price`` is what a million tokens of prompts and of replies cost, in any currency. Without an endpoint, replies come from
    the file ``recorded``, and nothing is asked.
    """

    model: str
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int = 4096  # of a reply; also what is set aside for it
    params: Mapping[str, Any] = field(default_factory=dict)

    endpoint: str = knob("OPENAI")
    recorded: str | None = knob(None)
    price: tuple[float, float] | None = knob(None)
    at_once: int = knob(256)  # requests under way at the most; how many the endpoint bears is found out
    per_minute: float | None = knob(None)  # requests
    tokens_per_minute: float | None = knob(None)
    timeout: float = knob(600)  # seconds for one reply
    patience: float = knob(600)  # seconds for an endpoint that worked to come back

    def __post_init__(self) -> None:
        for name in ("max_tokens", "at_once", "per_minute", "tokens_per_minute", "timeout"):
            told = getattr(self, name)
            if told is not None and told <= 0:
                raise ValueError(f"Chat(model={self.model!r}): {name}={told!r} must be more than nothing")
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
        return "https://api.openai.com/v1" if self.endpoint == "OPENAI" and self.key else None

    @property
    def key(self) -> str | None:
        return os.environ.get(f"{self.endpoint}_API_KEY", "").strip() or None

    @property
    def told(self) -> dict[str, Any]:
        """Its parameters, as far as they are set."""
        plain = {name: getattr(self, name) for name in ("temperature", "top_p", "seed", "max_tokens")}
        return {name: value for name, value in plain.items() if value is not None} | dict(self.params)

    @property
    def whole(self) -> bytes:
        """All of it, knobs too, as a key."""
        return orjson.dumps({f.name: getattr(self, f.name) for f in fields(self)}, option=orjson.OPT_SORT_KEYS)

    def request(self, messages: Sequence[Message], shape: Any = None, sample: int = 0) -> Request:
        """What is sent, to the last parameter; of ``sample`` 1 and on the seed is another one, if there is a seed."""
        body = {"model": self.model, "messages": list(messages), **self.told}
        if sample and self.seed is not None:
            body["seed"] = self.seed + sample
        if shape is not None:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": shape}}
        return Request(body, sample)

    def cost(self, prompt_tokens: float, reply_tokens: float) -> float | None:
        if self.price is None:
            return None
        return (prompt_tokens * self.price[0] + reply_tokens * self.price[1]) / 1e6


@dataclass(frozen=True)
class Request:
    """One question to a model. Its key is the hash of all of it, so nothing that was changed meets an old reply."""

    body: dict[str, Any]
    sample: int = 0

    @property
    def canonical(self) -> bytes:
        return orjson.dumps([self.body, self.sample], option=orjson.OPT_SORT_KEYS)

    @property
    def chars(self) -> int:
        return sum(len(message["content"]) for message in self.body["messages"])

    @property
    def most_tokens(self) -> int:
        """No tokenizer takes more for the prompt: one token for a byte of ASCII, two for a Han character, some for each turn."""
        return sum(16 + 2 * len(m["content"]) for m in self.body["messages"]) + len(str(self.body.get("response_format", "")))


def key_of(canonical: bytes) -> bytes:
    return hashlib.sha256(canonical).digest()
