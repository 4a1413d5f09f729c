"""A room for reviewers on loopback, and people who come to it over HTTP as a browser would."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn

from medgo_data import verdict
from medgo_data.review.room import tasks
from medgo_data.review.room.items import Item, shown
from medgo_data.review.room.ledger import Ledger, Plan
from medgo_data.review.room.server import Room

CITED = "成人一次1片，一日3次"
SOURCE = f"【用法用量】口服。{CITED}，饭后服用。【禁忌】对本品过敏者禁用。"


def answer(k: int, said: str = "成人一次1片，一日3次，饭后服用。") -> dict[str, Any]:
    """An invented row: what somebody asked about a drug, and what was answered."""
    turns = [{"role": "user", "content": f"安和片{k}怎么吃？"}, {"role": "assistant", "content": said}]
    at = SOURCE.index(CITED)
    return {
        "id": f"leaflets/a.jsonl#0-{k}>DrugQA.0", "messages": turns, "context": SOURCE, "context_at": 100,
        "cites": [f"{100 + at}-{100 + at + len(CITED)}"], "category": "drug leaflet", "about": "用法用量",
    }  # fmt: skip


def question(k: int) -> dict[str, Any]:
    options = [{"label": letter, "text": f"选项{letter}{k}"} for letter in "ABCD"]
    return {"id": f"exams/a.jsonl#0-{k}", "question": f"第{k}题：哪一项是对的？", "options": options, "answer": ["B"]}


def asked(task: str, *groups: Sequence[Mapping[str, Any]]) -> list[Item]:
    return [
        Item(
            task=task, rows=tuple(row["id"] for row in rows), item=verdict.digest(rows), corpus="qa", version="0" * 12,
            stratum=rows[0].get("category") or "", shown=shown(task, rows),
        )
        for rows in groups
    ]  # fmt: skip


def fill(ledger: Ledger, task: str, items: Sequence[Item], **told: Any) -> int:
    of = tasks.TASKS[task]
    plan = Plan(
        corpus="qa", task=task, version="0" * 12, labels=1, seed=1, every=0, guide=of.guide[0], told=of.version()
    )
    return ledger.fill(items, replace(plan, **told)).number


@dataclass
class Visitor:
    """Somebody with a browser: what he has been given, and what he is shown."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    status: int = 0
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Visitor:
        told = {"cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} | dict(headers or {})
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(method, path, body, told)
        answer = line.getresponse()
        self.status, self.text = answer.status, answer.read().decode()
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, kept = value.partition(";")[0].partition("=")
                self.cookies[key] = kept
        line.close()
        return self

    def get(self, path: str) -> Visitor:
        return self.send("GET", path)

    def form(self, path: str, **told: str) -> Visitor:
        return self.send("POST", path, urlencode(told).encode(), {"content-type": "application/x-www-form-urlencoded"})

    def follow(self, word: str) -> Visitor:
        return self.form(f"/in/{word}")

    # ---- at the desk

    def of(self, name: str) -> str:
        found = re.search(rf'data-{name}="([^"]*)"', self.text)
        return found[1] if found else ""

    @property
    def shows(self) -> str:
        """What of the page is text."""
        return re.sub(r"<[^>]*>", "", self.text)

    def sit(self, number: int = 1) -> Visitor:
        return self.get(f"/r/{number}")

    def say(self, verdict: str, *, what: str = "say", nonce: str | None = None, token: str | None = None, number: int = 1, **more: Any) -> Visitor:  # fmt: skip
        told = {"nonce": nonce or self.of("nonce"), "verdict": verdict, "seconds": 2.5} | more
        headers = {"content-type": "application/json", "x-token": token or self.of("token")}
        return self.send("POST", f"/r/{number}/{what}", json.dumps(told).encode(), headers)


@dataclass
class Place:
    ledger: Ledger
    room: Room
    port: int

    def visitor(self, alias: str, role: str = "reviewer") -> Visitor:
        one = Visitor(self.port).follow(self.room.people.invite(alias, role))
        assert one.status == 303, one.text
        return one


@contextmanager
def opened(path: Path, **told: Any) -> Iterator[Place]:
    """The room over a ledger, served from a thread of this process."""
    ledger = Ledger(path)
    room = Room(ledger, **told)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(room.app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield Place(ledger, room, port)
    finally:
        server.should_exit = True
        thread.join(10)
        ledger.close()
