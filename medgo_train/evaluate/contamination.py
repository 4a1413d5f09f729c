"""Contamination: which items of a benchmark stand in the texts that a model was trained on.

Of every item the question and its options, or the texts that it asks about, are looked for in every row, in letters: an item is
there if ``at_least`` so much of its letters are, each part in its order, the parts in any, all within about twice its length. The
shards are those that the model's run.json names, and those of the runs before it. Of a row only its name leaves, and a share.
"""

from __future__ import annotations

import json
import multiprocessing
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import data
from medgo_train.evaluate import evaluated
from medgo_train.evaluate.choice import ASKS as ASKS_FOR
from medgo_train.evaluate.choice import TELLS
from medgo_train.evaluate.choice import Item as Question
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.grams import AT_LEAST, FEWEST, Best, Index, Probe, merge

if TYPE_CHECKING:
    from medgo_train.data import Manifest

UNTOLD = ("scale", "judged")  # tasks whose items are statements of a few words, or what other tasks have asked
AT_ONCE = 1 << 20  # characters of rows at a time
ALIKE = 0.3  # of the items of a task: a line that as many have is how they are asked, and not what
OPTION = re.compile(r"[A-J]\. ")
ASKS = (  # what the texts of a record are called that a task asks about
    *("text", "text1", "text2", "query", "query1", "query2", "title", "sentence", "history", "self_report", "question"),
)


class ContaminationError(data.DataError):
    """Rows that cannot be looked through: then nothing may be called clean."""


def of_question(item: Question) -> Probe:
    return Probe(id=item.id, parts=(item.question, *item.options))


def of_record(name: str, record: Mapping[str, Any]) -> Probe:
    """The texts that a record asks about, under the names that such texts have."""
    return Probe(id=name, parts=tuple(part for key in ASKS for part in _strings(record.get(key))))


def of_rows(rows: Sequence[Mapping[str, Any]]) -> list[Probe]:
    """The items of an evaluation, from what was asked: line by line, without the lines in which many items are asked alike.

    The options of a question are parts of their own, without their letters; what stands before them is the question.
    """
    asked = [_asked(row) for row in rows]
    times = Counter(line for lines in asked for line in set(lines))
    common = {line for line, many in times.items() if many >= max(3, ALIKE * len(rows))} | {
        *TELLS.values(),
        *ASKS_FOR.values(),
    }
    return [
        Probe(id=str(row["id"]), parts=_parts([line for line in lines if line not in common]))
        for row, lines in zip(rows, asked, strict=True)
    ]


def _asked(row: Mapping[str, Any]) -> list[str]:
    turns = [str(turn.get("content") or "") for turn in row.get("prompt") or () if turn.get("role") != "system"]
    return [line.strip() for turn in turns for line in turn.split("\n") if line.strip()]


def _parts(lines: Sequence[str]) -> tuple[str, ...]:
    options = [at for at, line in enumerate(lines) if OPTION.match(line)]
    if len(options) < 2:
        return tuple(lines)
    question = "\n".join(line for line in lines[: options[0]])
    return question, *(OPTION.sub("", lines[at], count=1) for at in options)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where an item stands most: the row, and the share of its letters that is there."""

    id: str
    row: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """One benchmark against all rows."""

    items: int
    too_short: int  # items that ordinary text has too, and that are not looked for
    found: tuple[Found, ...]
    questions: tuple[Found, ...]  # those whose question is there, with its options or without
    of: tuple[str, ...]  # name@version of each corpus
    rows: int
    at_least: float = AT_LEAST

    @property
    def share(self) -> float:
        return len(self.found) / self.items if self.items else 0.0

    @property
    def rule(self) -> str:
        return (
            f"an item counts if one row has {self.at_least:.0%} of the letters of its question and options, each in its "
            f"order, all within about twice its length; items of fewer than {FEWEST} letters are not looked for"
        )

    def plain(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "too_short": self.too_short,
            "found": len(self.found),
            "share": self.share,
            "ids": [one.id for one in self.found],
            "where": [[one.id, one.row, round(one.share, 4)] for one in self.found],
            "questions": [one.id for one in self.questions],
            "of": list(self.of),
            "rows": self.rows,
            "rule": self.rule,
        }


# ---- which rows -----------------------------------------------------------------------------------------------------


def corpora(run: Mapping[str, Any], root: Path | str | None = None) -> list[Manifest]:
    """The corpora that a run.json names, and those of the runs before it, each once; another version than those is refused.

    They lie below ``root``, or where each run found them.
    """
    told: dict[str, Manifest] = {}
    stage: Mapping[str, Any] | None = run
    while stage:
        knobs = stage.get("knobs") or {}
        places = [source.get("corpus", "") for source in knobs.get("data", [])]
        for one, place in zip(stage["data"], places or [""] * len(stage["data"]), strict=True):
            if one["version"] not in told:
                told[one["version"]] = _corpus(one, place, root or knobs.get("root") or "data")
        stage = stage.get("before")
    return list(told.values())


def _corpus(one: Mapping[str, Any], place: str, root: Path | str) -> Manifest:
    wanted = one["version"], one["content"]
    if place and (Path(place) / "manifest.json").is_file():
        there = data.read(Path(place))
        if (there.fingerprint, there.content) == wanted:
            return there
    manifest = data.read(data.find(one["corpus"], one["version"][:12], root))
    if (manifest.fingerprint, manifest.content) != wanted:
        raise ContaminationError(
            f"{manifest.folder} is not what the model was trained on: its content is {manifest.content[:12]}, and run.json "
            f"says {one['content'][:12]}. Point root to where the corpora of the run lie."
        )
    return manifest


# ---- looking --------------------------------------------------------------------------------------------------------


def overlap(
    tasks: Mapping[str, Iterable[Probe]],
    corpora: Sequence[Manifest],
    *,
    at_least: float = AT_LEAST,
    workers: int = 1,
) -> dict[str, Overlap]:
    """Of each task, by its name, which of its items stand in the rows of these corpora."""
    told = {name: tuple(probes) for name, probes in tasks.items()}
    every = [probe for probes in told.values() for probe in probes]
    shards = [(shard, manifest) for manifest in corpora for shard in manifest.shards]
    for shard, manifest in shards:
        if wrong := data.fault(manifest.folder, shard):
            raise ContaminationError(f"{wrong} Build {manifest.name!r} again, or point root to where it lies whole.")
    jobs = [(manifest.folder / shard.file, _columns(manifest)) for shard, manifest in shards]
    index = Index.of(every)
    best: dict[int, tuple[float, str]] = {}
    asked: dict[int, tuple[float, str]] = {}
    for whole, stems in _each(index, at_least, jobs, workers):
        merge(best, whole)
        merge(asked, stems)
    result, first = {}, 0
    for name, probes in told.items():
        mine = range(first, first + len(probes))
        result[name] = Overlap(
            items=len(probes),
            too_short=sum(index.number[at] < 0 for at in mine),
            found=_named(best, mine, every, index),
            questions=_named(asked, mine, every, index),
            of=tuple(f"{manifest.name}@{manifest.fingerprint[:12]}" for manifest in corpora),
            rows=sum(manifest.rows for manifest in corpora),
            at_least=at_least,
        )
        first += len(probes)
    return result


def _named(best: Best, mine: range, every: Sequence[Probe], index: Index) -> tuple[Found, ...]:
    met = [(at, best[int(index.number[at])]) for at in mine if int(index.number[at]) in best]
    return tuple(Found(id=every[at].id, row=row, share=share) for at, (share, row) in met)


Job = tuple[Path, tuple[str, ...]]


def _each(index: Index, at_least: float, jobs: Sequence[Job], workers: int) -> Iterator[tuple[Best, Best]]:
    """What stands in the shards, as they follow each other; each worker has as many of them in a row, and one index."""
    many = min(workers, len(jobs))
    if many < 2:
        yield _shards(index, at_least, jobs)
        return
    context = multiprocessing.get_context("spawn")  # a forked lock never opens
    parts = [jobs[len(jobs) * k // many : len(jobs) * (k + 1) // many] for k in range(many)]
    with ProcessPoolExecutor(many, mp_context=context) as pool:
        yield from pool.map(partial(_shards, index, at_least), parts)


def _columns(manifest: Manifest) -> tuple[str, ...]:
    """The columns that hold what a model reads."""
    told = json.loads((data.SCHEMAS / f"{manifest.schema}.json").read_text("utf-8"))
    return tuple(column["name"] for column in told["columns"] if column.get("content"))


def _shards(index: Index, at_least: float, jobs: Sequence[Job]) -> tuple[Best, Best]:
    """The items that stand in some shards, each with the row that has most of it, and the questions alone."""
    best: Best = {}
    asked: Best = {}
    for path, columns in jobs:
        for names, texts in _texts(path, columns):
            index.look(names, texts, at_least, best, asked)
    return best, asked


def _texts(path: Path, columns: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The rows of a shard, as many at a time as fit: their names, and what they say."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        kept = [column for column in columns if column in file.schema_arrow.names]
        names: list[str] = []
        texts: list[str] = []
        size = 0
        for batch in file.iter_batches(1024, columns=["id", *kept]):
            told = batch.to_pydict()
            for row, name in enumerate(told["id"]):
                text = "\n".join(part for column in kept for part in _said(told[column][row]))
                for start in range(0, max(len(text), 1), AT_ONCE):  # a row may be a whole book
                    names.append(name)
                    texts.append(text[max(0, start - AT_ONCE // 8) : start + AT_ONCE])
                    size += len(texts[-1])
                    if size >= AT_ONCE:
                        yield names, texts
                        names, texts, size = [], [], 0
        if names:
            yield names, texts


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _said(value["content"] if "content" in value else value.get("text"))
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner)


# ---- an evaluation --------------------------------------------------------------------------------------------------


def check(into: Path | str, root: Path | str | None = None, *, workers: int = 1) -> dict[str, Overlap]:
    """Look for every item of an evaluation in what its model was trained on, and say in evaluation.json what was found."""
    (one,) = evaluated.read([into])
    run = (one.told.get("model") or {}).get("run")
    if not run:
        raise EvaluationError(
            f"{one.folder / evaluated.NAME} names no run.json of its model, so what it was trained on is not known. Evaluate "
            f"the folder that a run left, or look through corpora of your own: overlap(tasks, corpora)."
        )
    tasks = {name: of_rows(one.rows(name)) for name, task in one.tasks.items() if task["kind"] not in UNTOLD}
    found = overlap(tasks, corpora(run, root), workers=workers)
    evaluated.tell(one.folder, contamination={name: each.plain() for name, each in found.items()})
    return found
