"""An evaluation, stage by stage: prompts are written, a model answers them, its replies are read, and tasks are scored.

Each stage leaves its files in the folder of the evaluation, so that to score anew asks nothing:

    asked.json            the model, how it is asked, and the tasks with the hashes of their files
    prompts/TASK.jsonl    what is asked, and the key of each request
    replies.jsonl         what was answered, by key
    rows/TASK.jsonl       item by item: prompt, replies, what was understood, what is right, what it is worth
    evaluation.json       the scores, under whose rules, with intervals, counts and costs
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgo_train import __version__
from medgo_train.evaluate.backends.backend import Ask, Backend, Reply
from medgo_train.evaluate.backends.replay import Replay
from medgo_train.evaluate.chosen import Chosen, chosen_of, pinned
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.parsed import Parsed, runs_in_circles
from medgo_train.evaluate.progress import Progress
from medgo_train.evaluate.store import Store
from medgo_train.evaluate.task import MISSING, Result, Sample, Task

SCHEMA = 1
ASKED, REPLIES, EVALUATION = "asked.json", "replies.jsonl", "evaluation.json"
Price = tuple[float, float]  # of a million tokens of prompts, and of replies


def evaluate(  # noqa: PLR0913  a model, tasks, a folder, and what is told of them
    backend: Backend,
    tasks: Sequence[Chosen],
    into: Path,
    *,
    title: str = "",
    price: Price | None = None,
    ignore_extra: bool = False,
) -> dict[str, Any]:
    """Ask what was not asked before, and score. The folder may hold other tasks of the same model, which stay."""
    put = pinned(tasks)
    opened = [one.open() for one in put]
    asks = [ask for task in opened for ask in task.asks()]
    extra = _strangers(backend, asks, ignore=ignore_extra)
    told = _asked(backend, title) | {"price": price, "tasks": [one.plain() for one in put], "extra": extra}
    with Store(into / REPLIES) as store:
        _write(into / ASKED, _joined(into, told))
        keys = {(ask.task, ask.id, ask.turn): backend.key(ask) for ask in asks}
        for task in opened:
            _write_lines(into / "prompts" / f"{task.name}.jsonl", _prompts(task, keys))
        _fill(store, backend, {keys[ask.task, ask.id, ask.turn]: ask for ask in asks})
    return score(into)


def score(into: Path) -> dict[str, Any]:
    """Read the replies of an evaluation again, and score them; nothing is asked."""
    asked = read(into / ASKED)
    store = Store(into / REPLIES).read()
    scored = [_scored(into, chosen_of(one), asked, store) for one in asked["tasks"]]
    before = read(into / EVALUATION) if (into / EVALUATION).is_file() else {}
    own = {one["name"] for one in scored}
    others = [one for one in before.get("tasks", ()) if one["kind"] == "judged" and one["name"] not in own]
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "name": asked["title"],
        "medgo": __version__,
        "model": {key: asked["model"][key] for key in ("name", "road", "digest", "run")},
        "asking": asked["asking"],
        "tasks": [*scored, *others],
        "overall": _overall(scored),
        "contamination": before.get("contamination"),
    }
    told = plain(told)
    _write(into / EVALUATION, told)
    return told


def submission(into: Path, path: Path) -> dict[str, int]:
    """The official zip of what was answered to the tasks of CBLUE; of each, how many samples had no usable answer.

    A zip that Tianchi would refuse is an error that says all that is wrong with it.
    """
    from medgo_train.evaluate.cblue.submission import check_submission, write_submission
    from medgo_train.evaluate.tasks.cblue import CblueTask

    told = {one["name"]: one for one in read(into / EVALUATION)["tasks"]}
    put = [chosen_of(one) for one in read(into / ASKED)["tasks"] if one["kind"] == "cblue"]
    opened = [task for one in put if isinstance(task := one.open(), CblueTask) and task.profile != "promptcblue"]
    if not opened:
        raise EvaluationError(f"{into} holds no answers to files of CBLUE. Evaluate with cblue_test=FOLDER first.")
    tests = {task.name: task.items for task in opened}
    values = {name: {row["id"]: row["value"] for row in rows(into, told[name])} for name in tests}
    filled = write_submission(path, tests, values)
    if faults := check_submission(path, tests):
        raise EvaluationError(f"{path} would be refused. {' '.join(faults)}")
    return filled


def read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise EvaluationError(f"{path} does not exist. Name the folder that medgo-train evaluate was given as --into.")
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def rows(into: Path, task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a task of an evaluation."""
    return [json.loads(line) for line in (into / task["rows"]).read_text("utf-8").split("\n") if line]


# ---- asking ----------------------------------------------------------------------------------------------------------


def _strangers(backend: Backend, asks: Sequence[Ask], *, ignore: bool) -> dict[str, int]:
    if not isinstance(backend, Replay):
        return {}
    found = backend.strangers(asks)
    if found and not ignore:
        task, ids = next(iter(found.items()))
        raise EvaluationError(
            f"{backend.path} has {len(ids)} replies to nothing that {task} asks (the first: {ids[0]!r}). Are they of another "
            f"task or split? Score them with the file that they were made from, or say --ignore-extra."
        )
    return {task: len(ids) for task, ids in found.items()}


def _asked(backend: Backend, title: str) -> dict[str, Any]:
    model = {"name": backend.name, "road": backend.road, "digest": backend.digest, "run": backend.run}
    told = {"schema": SCHEMA, "title": title or backend.name, "model": model | {"identity": backend.identity}}
    return told | {"asking": backend.how.told()}


def _joined(into: Path, told: dict[str, Any]) -> dict[str, Any]:
    """With the tasks that are there already, if they were put to the same model in the same way."""
    if not (into / ASKED).is_file():
        return told
    before = read(into / ASKED)
    for what, one, other in (
        ("answers of another model", before["model"]["identity"], told["model"]["identity"]),
        ("answers that were drawn in another way", before["asking"], told["asking"]),
    ):
        if one != other:
            raise EvaluationError(f"{into} holds {what} ({one}, and now {other}). Evaluate into a folder of its own.")
    names = {one["name"] for one in told["tasks"]}
    kept = [one for one in before["tasks"] if one["name"] not in names]
    return told | {"tasks": [*kept, *told["tasks"]], "extra": before["extra"] | told["extra"]}


def _prompts(task: Task, keys: Mapping[tuple[str, str, int], str]) -> Iterator[dict[str, Any]]:
    for ask in task.asks():
        told = {"id": ask.id, "turn": ask.turn, "key": keys[ask.task, ask.id, ask.turn], "messages": list(ask.messages)}
        yield told | ({"letters": ask.letters} if ask.letters else {})


def _fill(store: Store, backend: Backend, asks: Mapping[str, Ask]) -> None:
    """Ask what is not answered yet, and keep each answer as it comes."""
    missing = {key: ask for key, ask in asks.items() if key not in store.replies}
    if not missing:
        return
    progress = Progress(len(asks), len(asks) - len(missing))
    key_of = {(ask.task, ask.id, ask.turn): key for key, ask in missing.items()}
    try:
        for some in backend.ask(list(missing.values())):
            store.add([(key_of[ask.task, ask.id, ask.turn], reply) for ask, reply in some])
            progress.add(len(some))
    finally:
        progress.end()


# ---- scoring ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An item, what was asked first, and what came of each of its turns."""

    sample: Sample
    asks: Sequence[Ask]
    replies: Sequence[Reply | None]
    read: Sequence[Parsed]

    @property
    def state(self) -> str:
        """Of several turns, the first that failed; an item of which nothing at all came back is missing."""
        if not any(self.replies):
            return "missing"
        return next((one.state for one in self.read if one.state != "ok"), "ok")

    def row(self, result: Result) -> dict[str, Any]:
        name, several = self.sample.id, len(self.read) > 1
        values = [one.value if one.state == "ok" else None for one in self.read]
        return {
            "id": name,
            "group": self.sample.group,
            "prompt": list(self.asks[0].messages),
            "replies": [reply.text if reply else None for reply in self.replies],
            "value": values if several else values[0],
            "state": self.state,
            "gold": self.sample.gold,
            "numbers": result.rows.get(name),
            "score": result.scores.get(name),
        }


def _scored(into: Path, told: Chosen, asked: Mapping[str, Any], store: Store) -> dict[str, Any]:
    task = told.open()
    keys = _keys(into, task)
    answered = list(_answered(task, keys, store))
    result = task.result({one.sample.id: one.read for one in answered})
    place = f"rows/{task.name}.jsonl"
    _write_lines(into / place, (one.row(result) for one in answered))
    states = [one.state for one in answered]
    every = [store.replies[key] for key in dict.fromkeys(keys.values()) if key in store.replies]
    return {
        "name": task.name,
        "kind": task.kind,
        "about": task.about,
        "file": told.file.name,
        "sha256": told.sha256,
        "items": len(answered),
        "profile": task.profile,
        "metric": task.metric,
        "definition": task.definition,
        "numbers": result.numbers,
        "columns": result.columns,
        "interval": result.interval,
        **{state: states.count(state) for state in ("missing", "empty", "invalid")},
        "extra": asked["extra"].get(task.name, 0),
        "asked": _spent(every, asked["price"]),
        "more": {**result.more, "limit": told.limit, "replies": _kinds(every)},
        "rows": place,
    }


def _answered(task: Task, keys: Mapping[tuple[str, int], str], store: Store) -> Iterator[Answered]:
    turns: dict[str, list[Ask]] = {}
    for ask in task.asks():
        turns.setdefault(ask.id, []).append(ask)
    for sample in task.samples:
        asks = turns[sample.id]
        replies = [store.replies.get(keys[ask.id, ask.turn]) for ask in asks]
        parsed = [task.read(ask, reply) if reply else MISSING for ask, reply in zip(asks, replies, strict=True)]
        yield Answered(sample=sample, asks=asks, replies=replies, read=parsed)


def _keys(into: Path, task: Task) -> dict[tuple[str, int], str]:
    path = into / "prompts" / f"{task.name}.jsonl"
    told = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    return {(one["id"], one["turn"]): one["key"] for one in told}


def _spent(replies: Sequence[Reply], price: Price | None) -> dict[str, Any]:
    prompts, completions = _sum(one.prompt_tokens for one in replies), _sum(one.completion_tokens for one in replies)
    is_priced = price is not None and prompts is not None and completions is not None
    return {
        "requests": len(replies),
        "prompt_tokens": prompts,
        "completion_tokens": completions,
        "seconds": round(sum(one.seconds for one in replies), 3),
        "cost": (prompts * price[0] + completions * price[1]) / 1e6 if is_priced else None,  # type: ignore[operator,index]
    }


def _sum(numbers: Iterable[int | None]) -> int | None:
    """Nothing, where one of them is not known."""
    told = list(numbers)
    return None if not told or any(one is None for one in told) else sum(one or 0 for one in told)


def _kinds(replies: Sequence[Reply]) -> dict[str, int]:
    """How replies ended that did not end well."""
    return {
        "cut": sum(one.is_cut for one in replies),
        "in_circles": sum(runs_in_circles(one.text) for one in replies),
        "refused": sum(bool(one.refused) for one in replies),
    }


def _overall(scored: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The mean of CBLUE, where it was scored under one profile."""
    from medgo_train.evaluate.cblue.task import Score, overall
    from medgo_train.evaluate.cblue.tasks import TASKS

    mine = [one for one in scored if one["kind"] == "cblue" and one["columns"]]
    if not mine or len({one["profile"] for one in mine}) > 1:
        return None
    scores = [
        Score(
            task=one["name"],
            profile=one["profile"],
            metric=TASKS[one["name"]].profile(one["profile"]).metric,
            numbers=one["numbers"],
            rows={},
            groups={},
        )
        for one in mine
    ]
    found = overall(TASKS.values(), scores)
    return {"profile": found.profile, "value": found.value, "columns": found.columns, "lacking": list(found.lacking)}


# ---- files -----------------------------------------------------------------------------------------------------------


def _write(path: Path, told: Mapping[str, Any]) -> None:
    _write_text(path, [json.dumps(plain(told), ensure_ascii=False, indent=1) + "\n"])


def _write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    _write_text(path, (json.dumps(plain(line), ensure_ascii=False) + "\n" for line in lines))


def _write_text(path: Path, parts: Iterable[str]) -> None:
    """Write beside, then rename: a file that can be seen is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def plain(told: Any) -> Any:
    """As JSON has it: sets in an order, and no number where there is none."""
    if isinstance(told, float):
        return told if math.isfinite(told) else None
    if isinstance(told, Mapping):
        return {str(key): plain(value) for key, value in told.items()}
    if isinstance(told, set | frozenset):
        return sorted((plain(one) for one in told), key=repr)
    return [plain(one) for one in told] if isinstance(told, list | tuple) else told
