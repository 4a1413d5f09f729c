"""Conversations: who said what, in whichever way a raw record tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medgo_data.sources.values import Get, UnfitError, follow, joined, listed, spelled

ROLES = ("system", "user", "assistant")
Talk = list[tuple[str, str]]  # who, and what


@dataclass(frozen=True, kw_only=True)
class Turns:
    """How a raw record holds a conversation: in columns (``user``, ``assistant``), or as a list of ``turns``.

    ``history`` names a list of earlier [question, answer] pairs. ``roles`` translates the speakers' names of the raw
    file into system, user and assistant, which need no translation themselves.
    """

    user: str | tuple[str, ...] | None = None
    assistant: str | tuple[str, ...] | None = None
    system: str | tuple[str, ...] | None = None
    history: str | None = None
    turns: str | None = None
    role: str = "role"
    content: str = "content"
    roles: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.turns is None) == (self.user is None):
            raise ValueError(
                "Turns takes either turns='dialogue', which is a list, or user='ask' and assistant='answer'"
            )
        if strange := set(self.roles.values()) - set(ROLES):
            raise ValueError(f"Turns(roles=...) translates into {', '.join(ROLES)}, not {sorted(strange)}")

    @property
    def paths(self) -> list[str]:
        """All paths into a record."""
        return [p for part in (self.system, self.history, self.turns, self.user, self.assistant) for p in listed(part)]


def conversation(told: Turns) -> Get:
    """The messages of a record."""
    return _from_list(told) if told.turns is not None else _from_columns(told)


def _from_list(told: Turns) -> Get:
    turns, speaker, content = follow(told.turns or "."), follow(told.role), follow(told.content)

    def messages(record: Any) -> Talk | None:
        listed = turns(record)
        if listed is None:
            return None
        if not isinstance(listed, list) or not all(isinstance(turn, dict) for turn in listed):
            raise UnfitError("wrong_type")
        talk = [(_role(speaker(turn), told.roles), _said(content(turn))) for turn in listed]
        if not any(text.strip() for _, text in talk):
            raise UnfitError("no_messages")
        return talk

    return messages


def _role(name: Any, roles: Mapping[str, str]) -> str:
    name = spelled(name)
    role = roles.get(name, name) if name is not None else None
    if role not in ROLES:
        raise UnfitError("unknown_role")
    return str(role)


def _said(value: Any) -> str:
    text = spelled(value)
    if text is None:
        raise UnfitError("wrong_type")
    return text


def _from_columns(told: Turns) -> Get:
    system, user, assistant = (joined(path) if path else None for path in (told.system, told.user, told.assistant))
    earlier = follow(told.history) if told.history else lambda _: None

    def messages(record: Any) -> Talk:
        talk = [("system", text)] if system and (text := system(record)) and text.strip() else []
        pairs = earlier(record) or []
        if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise UnfitError("wrong_type")
        for pair in pairs:
            talk += [("user", _said(pair[0])), ("assistant", _said(pair[1]))]
        for role, get in (("user", user), ("assistant", assistant)):
            if get:
                text = get(record)
                if not text or not text.strip():
                    raise UnfitError("no_messages")
                talk.append((role, text))
        return talk

    return messages
