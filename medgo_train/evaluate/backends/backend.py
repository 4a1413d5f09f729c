"""What asking a model means, wherever it is: what is put to it, how it is to answer, and what came back."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from medgo_train.config import knob

Message = dict[str, Any]
Messages = Sequence[Message]


@dataclass(frozen=True, kw_only=True)
class How:
    """How answers are drawn. With temperature 0 the likeliest word is taken each time."""

    longest: int = 512  # tokens of an answer
    temperature: float = 0.0
    seed: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)  # further ones, as an endpoint or generate() spells them
    at_once: int = knob(8)
    tries: int = knob(8)  # of a request that fails for a while
    timeout: float = knob(600)  # seconds for one answer
    model: str = ""  # its name at an endpoint

    def told(self) -> dict[str, Any]:
        """What decides the answers; the name of the model is told with the model."""
        mine = [one.name for one in fields(self) if not one.metadata.get("knob") and one.name != "model"]
        return {name: dict(value) if name == "params" else value for name in mine for value in [getattr(self, name)]}


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is put to a model once: for which item of which task, and in which of its turns."""

    task: str = ""
    id: str
    turn: int = 0
    messages: Messages
    letters: str = ""  # how likely each of these comes next, instead of words
    draw: int = 0  # the same again, where answers are left to chance


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model said, and what that took. ``refused`` is why an endpoint would not answer this one request."""

    text: str
    logprobs: Mapping[str, float] | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    is_cut: bool = False  # it had not come to its end
    refused: str = ""


class Backend(ABC):
    """A model that can be asked. ``identity`` tells it from any other that might answer otherwise."""

    road: str
    name: str
    digest: str | None = None  # of its weights, where they are here
    run: Mapping[str, Any] | None = None  # the run.json of its checkpoint
    how: How

    @property
    @abstractmethod
    def identity(self) -> str: ...

    @abstractmethod
    def ask(self, asks: Sequence[Ask]) -> Iterator[list[tuple[Ask, Reply]]]:
        """Every answer as soon as it is there, in whatever order; several together where they came together."""

    def say(self, talks: Sequence[Messages]) -> list[str]:
        """The reply to each conversation, in their order."""
        asks = [Ask(id=str(number), messages=talk) for number, talk in enumerate(talks)]
        told = {ask.id: reply.text for some in self.ask(asks) for ask, reply in some}
        return [told.get(ask.id, "") for ask in asks]

    def key(self, ask: Ask) -> str:
        """The name of a request: the same for all that must get the same answer, and for no other."""
        told = [self.identity, list(ask.messages), ask.letters, ask.draw if self.how.temperature else 0]
        return digest_of([*told, self.how.told()])


def digest_of(told: Any) -> str:
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
