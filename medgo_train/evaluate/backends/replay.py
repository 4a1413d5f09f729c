"""A file of what a model said before, in place of the model: predictions made elsewhere, or the replies of an evaluation.

A line is an object with the ``id`` of an item (and, where there are several, its ``task`` and ``turn``) and a ``reply``; or
with the ``key`` of a request, as replies.jsonl of an evaluation has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from medgo_train.evaluate.backends.backend import Ask, Backend, How, Reply, digest_of
from medgo_train.evaluate.files import EvaluationError, content, sha256_of, values

SAID = ("reply", "answer", "text", "prediction", "output")
Place = tuple[str, str, int]  # task, id, turn


class Replay(Backend):
    road = "replay"

    def __init__(self, path: Path, how: How) -> None:
        self.path, self.how, self.name = path, how, how.model or path.stem
        self.digest = sha256_of(path)
        told = values(content(path), path)
        lines = told if isinstance(told, list) else [told]
        self._by_key: dict[str, Reply] = {}
        self._by_place: dict[Place, Reply] = {}
        for number, line in enumerate(lines, 1):
            self._take(line, number)
        self._of = _identity_beside(path) if self._by_key else f"replay {self.digest}"

    @property
    def identity(self) -> str:
        return self._of

    def key(self, ask: Ask) -> str:
        """Where replies are known by their items, two items of one prompt have each its own."""
        return super().key(ask) if self._by_key else digest_of([self.identity, ask.task, ask.id, ask.turn])

    def ask(self, asks: Sequence[Ask]) -> Iterator[list[tuple[Ask, Reply]]]:
        pairs = []
        for ask in asks:
            reply = self._by_key.get(self.key(ask)) if self._by_key else self._placed(ask)
            if reply is not None:
                pairs.append((ask, reply))
        if asks and not pairs:
            raise EvaluationError(
                f"{self.path} holds {len(self._by_key) or len(self._by_place)} replies, and none to what is asked. Are they "
                f"predictions of another task or split?"
            )
        if pairs:
            yield pairs

    def strangers(self, asks: Sequence[Ask]) -> dict[str, list[str]]:
        """Of each task, the ids of replies to what it does not ask."""
        tasks = dict.fromkeys(ask.task for ask in asks)
        if len(tasks) > 1 and any(not task for task, _, _ in self._by_place):
            raise EvaluationError(
                f"{self.path} has replies that name no task, and {len(tasks)} tasks are scored. Write in every line its task."
            )
        known = {(ask.task, ask.id, ask.turn) for ask in asks}
        found: dict[str, list[str]] = {}
        for task, name, turn in self._by_place:
            of = task or next(iter(tasks), "")
            if of in tasks and (of, name, turn) not in known:
                found.setdefault(of, []).append(name)
        return found

    def _placed(self, ask: Ask) -> Reply | None:
        return self._by_place.get((ask.task, ask.id, ask.turn)) or self._by_place.get(("", ask.id, ask.turn))

    def _take(self, line: Any, number: int) -> None:
        if not isinstance(line, dict) or not ("key" in line or "id" in line):
            raise EvaluationError(
                f'{self.path} has in line {number} no reply. Write lines of {{"id": "…", "reply": "…"}}.'
            )
        said = next((line[name] for name in SAID if name in line), None)
        told = {name: line[name] for name in ("prompt_tokens", "completion_tokens") if name in line}
        logprobs = line.get("logprobs")
        reply = Reply(
            text=said if isinstance(said, str) else "" if said is None else json.dumps(said, ensure_ascii=False),
            logprobs=logprobs if isinstance(logprobs, Mapping) else None,
            seconds=float(line.get("seconds") or 0),
            is_cut=bool(line.get("is_cut")),
            refused=str(line.get("refused") or ""),
            **told,
        )
        if "key" in line:
            self._by_key[str(line["key"])] = reply
            return
        place = (str(line.get("task") or ""), str(line["id"]), int(line.get("turn") or 0))
        if place in self._by_place:
            raise EvaluationError(
                f"{self.path} has two replies to {place[1]!r} (the second in line {number}). Keep one of each."
            )
        self._by_place[place] = reply


def _identity_beside(path: Path) -> str:
    asked = path.parent / "asked.json"
    if not asked.is_file():
        raise EvaluationError(
            f"{path} knows its replies by the keys of requests, and {asked.name} does not lie beside it. Give replies by id."
        )
    return str(json.loads(asked.read_text("utf-8"))["model"]["identity"])
