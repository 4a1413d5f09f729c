"""Conversations: who said what, in whichever way a raw record tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from medgo_data.sources.values import Get, UnfitError, follow, joined, listed, spelled

ROLES = ("system", "user", "assistant")
Talk = list[tuple[str, str]]  # who, and what


@dataclass(frozen=True, kw_only=True)
class Turns:
    """How a raw record holds a conversation: in columns (``user``, ``assistant``), or as a list of ``turns``.

    ``history`` names a list of earlier [question, answer] pairs. ``roles`` translates the speakers' names of the raw
    file into system, user and assistant, which need no translation themselves. Where ``turns`` leads to text in which the
    speakers are written, ``marks`` says how what each says begins: ``{"患者：": "user", "医生：": "assistant"}``. A mark of
    letters counts at the start of a line, any other wherever it stands; what follows one of None was not said by anybody;
    the mark "" is the beginning of the text. ``assistant`` beside ``turns`` is the last answer.
    """

    user: str | tuple[str, ...] | None = None
    assistant: str | tuple[str, ...] | None = None
    system: str | tuple[str, ...] | None = None
    history: str | None = None
    turns: str | None = None
    role: str = "role"
    content: str = "content"
    roles: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str | None] | None = None

    def __post_init__(self) -> None:
        if (self.turns is None) == (self.user is None and self.history is None):
            raise ValueError(
                "Turns takes either turns='dialogue', which is a list, or user='ask' and assistant='answer'"
            )
        if self.turns is None and self.marks is not None:
            raise ValueError("Turns(marks=...) needs turns='dialogue', the text in which they stand")
        if strange := {*self.roles.values(), *(self.marks or {}).values()} - {*ROLES, None}:
            raise ValueError(
                f"Turns(roles=..., marks=...) translates into {', '.join(ROLES)}, not {sorted(map(str, strange))}"
            )

    @property
    def paths(self) -> list[str]:
        """All paths into a record."""
        return [p for part in (self.system, self.history, self.turns, self.user, self.assistant) for p in listed(part)]


def conversation(told: Turns) -> Get:
    """The messages of a record."""
    if told.turns is None:
        return _from_columns(told)
    listed = _from_list(told) if told.marks is None else _from_text(told, told.marks)
    return _answered(listed, joined(told.assistant)) if told.assistant else listed


def _from_list(told: Turns) -> Get:
    turns, speaker, content = follow(told.turns or "."), follow(told.role), follow(told.content)
    role = _roles(told.roles)

    def messages(record: Any) -> Talk | None:
        listed = turns(record)
        if listed is None:
            return None
        if not isinstance(listed, list) or not all(isinstance(turn, dict | list) for turn in listed):
            raise UnfitError("wrong_type")
        talk = [(role(speaker(turn)), _said(content(turn))) for turn in listed]
        if not any(text.strip() for _, text in talk):
            raise UnfitError("no_messages")
        return talk

    return messages


def _from_text(told: Turns, marks: Mapping[str, str | None]) -> Get:
    turns, content = follow(told.turns or "."), follow(told.content)
    letters, signs = ("|".join(map(re.escape, some)) or "(?!)" for some in _by_kind(marks))
    mark = re.compile(rf"^[ \t\u3000]*({letters})|({signs})", re.MULTILINE)

    def messages(record: Any) -> Talk | None:
        listed = turns(record)
        if listed is None:
            return None
        texts = (
            [content(turn) if isinstance(turn, dict) else turn for turn in listed]
            if isinstance(listed, list)
            else [listed]
        )
        if not all(isinstance(text, str) for text in texts):
            raise UnfitError("wrong_type")
        talk = _marked("\n".join(texts), mark, marks)
        if not talk:
            raise UnfitError("no_messages")
        return talk

    return messages


def _by_kind(marks: Iterable[str]) -> tuple[list[str], list[str]]:
    longest_first = sorted(filter(None, marks), key=len, reverse=True)
    return [m for m in longest_first if m[0].isalnum()], [m for m in longest_first if not m[0].isalnum()]


def _marked(text: str, mark: re.Pattern[str], marks: Mapping[str, str | None]) -> Talk:
    found = [*mark.finditer(text)]
    starts = [*(m.start() for m in found), len(text)]
    said = [(m[1] or m[2], text[m.end() : end]) for m, end in zip(found, starts[1:], strict=True)]
    before = text[: starts[0]]
    if before.strip():
        if "" not in marks:
            raise UnfitError("unknown_role")
        said.insert(0, ("", before))
    return [(role, words.strip()) for begins, words in said if (role := marks[begins]) and words.strip()]


def _answered(earlier: Get, answer: Get) -> Get:
    def messages(record: Any) -> Talk:
        said = answer(record)
        if not said or not said.strip():
            raise UnfitError("no_messages")
        return [*(earlier(record) or ()), ("assistant", said)]

    return messages


def _roles(roles: Mapping[str, str]) -> Callable[[Any], str]:
    """Which role a speaker has. The usual ones are told at once: there are more turns than anything else."""
    usual = {**dict(zip(ROLES, ROLES, strict=True)), **roles}

    def role(name: Any) -> str:
        return (type(name) is str and usual.get(name)) or _role(name, roles)

    return role


def _role(name: Any, roles: Mapping[str, str]) -> str:
    name = spelled(name)
    role = roles.get(name, name) if name is not None else None
    if role not in ROLES:
        raise UnfitError("unknown_role")
    return str(role)


def _said(value: Any) -> str:
    if type(value) is str:
        return value
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
        if not talk:
            raise UnfitError("no_messages")
        return talk

    return messages
