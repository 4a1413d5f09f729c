"""Feedback at the bedside: answers that a model gave, and what a physician said of them, posted by the hospital's own system.

One JSON object a request. It is on disk before it is answered; sent again under the same ``id`` it is answered as before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from medgo_data.review.room.ledger import Ledger, chained
from medgo_data.review.room.tasks import WRONG
from medgo_data.verdict import ALIAS

TABLES = """
CREATE TABLE IF NOT EXISTS posted(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, digest TEXT, program TEXT, at TEXT, body TEXT, chain TEXT);
CREATE TRIGGER IF NOT EXISTS posted_kept BEFORE DELETE ON posted BEGIN SELECT RAISE(ABORT, 'what was posted is never deleted'); END;
CREATE TRIGGER IF NOT EXISTS posted_unaltered BEFORE UPDATE ON posted BEGIN SELECT RAISE(ABORT, 'what was posted is never altered'); END;
"""
NEEDED = {"id": str, "messages": list, "answer": str, "label": bool}
MAY = {"reviewer": str, "reasons": list, "comment": str, "model": str, "at": str, "subject": str}
ROLES = ("system", "user", "assistant")


class FeedError(ValueError):
    """Something posted that is not taken: which field, and what it should be; never what it says."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class Feed:
    """What was posted, in the file of the ledger."""

    ledger: Ledger

    def __post_init__(self) -> None:
        self.ledger.db.executescript(TABLES)

    def take(self, body: bytes, program: str) -> tuple[bool, str]:
        """Whether it is new, and its receipt."""
        told = fitting(body)
        name, digest = told["id"], hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
        with self.ledger.writing() as db:
            there = db.execute("SELECT digest FROM posted WHERE id = ?", (name,)).fetchone()
            if there and there[0] != digest:
                raise FeedError(409, "something else was posted under this id: take another, or send it as it was")
            if not there:
                last = db.execute("SELECT chain FROM posted ORDER BY number DESC LIMIT 1").fetchone()
                line = orjson.dumps(told).decode()
                db.execute(
                    "INSERT INTO posted(id, digest, program, at, body, chain) VALUES (?, ?, ?, ?, ?, ?)",
                    (name, digest, program, self.ledger.at(), line, chained(last[0] if last else "", line)),
                )
        return not there, digest[:24]

    def rows(self) -> Iterator[dict[str, Any]]:
        """As rows that a source of feedback reads: question, answer, and whether that was as it should be."""
        for (body,) in self.ledger.db.execute("SELECT body FROM posted ORDER BY number"):
            told = orjson.loads(body)
            completion = [{"role": "assistant", "content": told["answer"]}]
            row = {"prompt": told["messages"], "completion": completion, "label": told["label"]}
            yield row | ({"subject": told["subject"]} if told.get("subject") else {})


def fitting(body: bytes) -> dict[str, Any]:
    """What was posted, if it keeps its contract."""
    try:
        told = orjson.loads(body)
    except ValueError:
        raise FeedError(422, "the body is not JSON") from None
    if not isinstance(told, dict):
        raise FeedError(422, "the body is no JSON object")
    for name in told:
        if name not in NEEDED | MAY:
            raise FeedError(422, f"there is a field that is none of {', '.join([*NEEDED, *MAY])}")
    for name, kind in (NEEDED | MAY).items():
        if (name in NEEDED or told.get(name) is not None) and not isinstance(told.get(name), kind):
            raise FeedError(422, f"{name} is missing, or is no {'true or false' if kind is bool else kind.__name__}")
    _check_turns(told["messages"])
    if why := _amiss(told):
        raise FeedError(422, why)
    return told


def _amiss(told: dict[str, Any]) -> str | None:
    if not 0 < len(told["id"]) <= 200 or not told["answer"].strip():
        return "id or answer is empty, or id has more than 200 characters"
    if any(reason not in WRONG for reason in told.get("reasons") or []):
        return f"reasons are some of {', '.join(WRONG)}"
    if (who := told.get("reviewer")) and not ALIAS.fullmatch(who):
        return "reviewer is no alias of letters and digits; never send a name"
    try:
        datetime.fromisoformat(told.get("at") or "2026-01-01")
    except ValueError:
        return "at is no time as ISO 8601 writes it"
    return None


def _check_turns(turns: list[Any]) -> None:
    for turn in turns:
        if (
            not isinstance(turn, dict)
            or set(turn) != {"role", "content"}
            or turn["role"] not in ROLES
            or not isinstance(turn["content"], str)
        ):
            raise FeedError(422, f"messages are turns, each of a role ({', '.join(ROLES)}) and content")
    if not turns or turns[-1]["role"] != "user":
        raise FeedError(422, "the last of messages is not the user's")
