"""What every task of an evaluation has: items, what is asked for each, how a reply is read, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from medgo_train.evaluate.backends.backend import Ask, Reply
from medgo_train.evaluate.metric import Numbers, Row
from medgo_train.evaluate.parsed import Parsed

Kind = Literal["choice", "cblue", "open", "scale"]
MISSING = Parsed(None, "empty")  # what was never answered counts as if nothing had been said


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An item as an evaluation knows it. Items of a group do not vary independently."""

    id: str
    group: str | None = None
    gold: Any = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a model did in a task. ``rows`` and ``scores`` are of each item, by its id."""

    numbers: Numbers
    columns: Numbers  # those that count
    interval: tuple[float, float] | None  # of the first of them
    rows: Mapping[str, Row] = field(repr=False)
    scores: Mapping[str, float | None] = field(repr=False)
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Task(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def about(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def metric(self) -> str: ...
    @property
    def definition(self) -> str: ...
    @property
    def samples(self) -> Sequence[Sample]: ...

    def asks(self) -> Sequence[Ask]:
        """All that is put to a model, in the order of the items; an item may be asked in several turns."""

    def read(self, ask: Ask, reply: Reply) -> Parsed:
        """Total: whatever the reply is, it is a value, empty or invalid."""

    def result(self, read: Mapping[str, Sequence[Parsed]]) -> Result:
        """Of each item what its turns brought, ``MISSING`` where there was no reply; every item is there."""
