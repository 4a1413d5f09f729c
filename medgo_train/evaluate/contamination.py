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
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from medgo_train import data
from medgo_train.evaluate import evaluated
from medgo_train.evaluate.choice import ASKS as ASKS_FOR
from medgo_train.evaluate.choice import TELLS
from medgo_train.evaluate.choice import Item as Question
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.letters import END, Letters, letters, spelled

if TYPE_CHECKING:
    from medgo_train.data import Manifest

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

# As corpora are cleared of benchmarks, so that both say the same of the same text.
AT_LEAST = 0.8  # of an item's letters
GRAM = 5  # letters in a row that may show an item
MANY = 32  # items that a gram may belong to: what more of them share is a turn of phrase
FEWEST = 13  # letters that tell an item from ordinary text: one that has fewer is not looked for
UNTOLD = ("scale", "judged")  # tasks whose items are statements of a few words, or what other tasks have asked
STEM = 8  # letters of a question that has to be there, and not its options alone
HINT = 0.3  # of the letters that are in some gram of it: as many have to show before an item is compared
WIDE = 2  # times as many letters as an item may that have what holds it
LONG = 1000  # letters of an item: of longer ones the grams alone tell enough
AT_ONCE = 1 << 20  # characters of rows at a time
FILTER = 4  # binary logarithm of the bits in the filter for each gram
FACTORS = np.random.Generator(np.random.PCG64(GRAM)).integers(1 << 63, 1 << 64, GRAM, np.uint64) | np.uint64(1)
ALIKE = 0.3  # of the items of a task: a line that as many have is how they are asked, and not what
OPTION = re.compile(r"[A-J]\. ")
ASKS = (  # what the texts of a record are called that a task asks about
    *("text", "text1", "text2", "query", "query1", "query2", "title", "sentence", "history", "self_report", "question"),
)


class ContaminationError(data.DataError):
    """Rows that cannot be looked through: then nothing may be called clean."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What is looked for: the parts of an item; of a question the question first, then each option."""

    id: str
    parts: tuple[str, ...]


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
        _merge(best, whole)
        _merge(asked, stems)
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


Best = dict[int, tuple[float, str]]


def _named(best: Best, mine: range, every: Sequence[Probe], index: Index) -> tuple[Found, ...]:
    met = [(at, best[int(index.number[at])]) for at in mine if int(index.number[at]) in best]
    return tuple(Found(id=every[at].id, row=row, share=share) for at, (share, row) in met)


def _merge(into: Best, more: Best) -> None:
    for item, (share, row) in more.items():
        if item not in into or share > into[item][0]:
            into[item] = share, row


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


# ---- the index ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item in letters. ``parts`` stand from the longest on, as they are compared; ``stem`` is the question, if it is long."""

    parts: tuple[str, ...]
    size: int
    stem: str
    hint: int  # letters in its grams that have to show
    distinct: int  # letters that are in one of its grams


@dataclass(frozen=True, kw_only=True)
class Index:
    """Grams of five letters, and which items have them where: ``keys`` in order, ``owners`` of the k-th from ``starts[k]`` on."""

    items: tuple[Item, ...]
    number: tuple[int, ...]  # of each probe its item; -1, if it is too short to be told
    keys: Hashes
    starts: Numbers
    owners: Numbers
    places: Numbers
    bits: npt.NDArray[np.bool_] = field(repr=False)

    @classmethod
    def of(cls, probes: Sequence[Probe]) -> Index:
        said = letters([part for probe in probes for part in probe.parts])
        of = np.repeat(np.arange(len(probes)), [len(probe.parts) for probe in probes])
        every = iter(spelled(said).split("\x00"))
        spoken = [tuple(islice(every, len(probe.parts))) for probe in probes]
        hashes, owners, places = _grams(said, of)
        first: dict[tuple[str, ...], int] = {}
        same = np.array([first.setdefault(tuple(sorted(parts)), at) for at, parts in enumerate(spoken)], np.int64)
        own = same[owners] == owners  # of the same item in two benchmarks the first stands for both
        hashes, owners, places = hashes[own], owners[own], places[own]
        _, which, times = np.unique(hashes, return_inverse=True, return_counts=True)
        told = times[which] <= MANY
        hashes, owners, places = hashes[told], owners[told], places[told]
        sizes = np.array([sum(map(len, parts)) for parts in spoken], np.int64)
        distinct = _covered(owners, places, sizes)
        told = (sizes >= FEWEST) & (distinct > 0)
        number = np.where(told[same], (np.cumsum(told & (same == np.arange(len(same)))) - 1)[same], -1)
        kept = told[owners]
        hashes, owners, places = hashes[kept], number[owners[kept]], places[kept]
        wanted = np.flatnonzero(told & (same == np.arange(len(same))))
        keys, starts = np.unique(hashes, return_index=True)
        wide = max(16, len(keys).bit_length() + FILTER)
        bits = np.zeros(1 << wide, np.bool_)
        bits[keys >> np.uint64(64 - wide)] = True
        return cls(
            items=tuple(_item(spoken[at], int(distinct[at])) for at in wanted),
            number=tuple(map(int, number)),
            keys=keys,
            starts=np.append(starts, len(hashes)),
            owners=owners,
            places=places,
            bits=bits,
        )

    @cached_property
    def shifts(self) -> Numbers:
        """Of each item the binary logarithm of a stretch that is as wide as it may be spread."""
        return np.array([max(5, (WIDE * item.size).bit_length()) for item in self.items], np.int64)

    @cached_property
    def hints(self) -> Numbers:
        return np.array([item.hint for item in self.items], np.int64)

    def look(self, names: Sequence[str], texts: Sequence[str], at_least: float, best: Best, asked: Best) -> None:
        """Note in ``best`` and ``asked`` what more of items and of their questions stands in these texts."""
        said = letters(texts)
        at, item, place = self._hits(said)
        if not len(at):
            return
        block = at >> self.shifts[item]
        key = item * (int(block.max()) + 2) + block
        order = np.argsort(key, kind="stable")
        key, at, place = key[order], at[order], place[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        behind = np.append(first[1:], len(key))
        size = behind - first
        next_to = np.append(key[first[1:]] == key[first[:-1]] + 1, False)
        together = size + np.where(next_to, np.append(size[1:], 0), 0)
        owner = item[order][first]
        ends = np.flatnonzero(said == END)
        for group in np.flatnonzero(together * GRAM >= self.hints[owner]):
            stop = behind[group + 1] if next_to[group] else behind[group]
            hits = at[first[group] : stop], place[first[group] : stop]
            self._compare(int(owner[group]), hits, said, ends, names, at_least, best, asked)

    def _hits(self, said: Letters) -> tuple[Numbers, Numbers, Numbers]:
        """Where in a text a gram of an item stands, of which, and where in it."""
        none = np.zeros(0, np.int64)
        if len(said) < GRAM or not len(self.keys):
            return none, none, none
        hashes = hashed(said)
        shift = np.uint64(64 - (len(self.bits).bit_length() - 1))
        likely = np.flatnonzero(self.bits[hashes >> shift])
        met = hashes[likely]
        slot = np.minimum(np.searchsorted(self.keys, met), len(self.keys) - 1)
        right = self.keys[slot] == met
        likely, slot = likely[right], slot[right]
        many = self.starts[slot + 1] - self.starts[slot]
        inner = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        which = np.repeat(self.starts[slot], many) + inner
        return np.repeat(likely, many), self.owners[which], self.places[which]

    def _compare(  # noqa: PLR0913, PLR0917  an item, a text, and where both go
        self,
        number: int,
        hits: tuple[Numbers, Numbers],
        said: Letters,
        ends: Numbers,
        names: Sequence[str],
        at_least: float,
        best: Best,
        asked: Best,
    ) -> None:
        item = self.items[number]
        if best.get(number, (0.0,))[0] == 1:
            return
        covered, start, stop = _nearest(hits[0], hits[1], WIDE * item.size, ends)
        if covered < item.hint:
            return
        row = int(np.searchsorted(ends, start))
        if item.size > LONG:
            fit, stem = covered * item.size // item.distinct, 0
        else:
            spare = max(0, item.size - (stop - start)) + item.size // 2
            left = max(0 if row == 0 else int(ends[row - 1]) + 1, start - spare)
            fit, stem = compared(item, spelled(said[left : min(int(ends[row]), stop + spare)]), at_least)
        if fit >= max(FEWEST, at_least * item.size - 1e-9):
            _merge(best, {number: (min(1.0, fit / item.size), names[row])})
        if stem >= max(FEWEST, at_least * len(item.stem) - 1e-9) and item.stem:
            _merge(asked, {number: (stem / len(item.stem), names[row])})


def hashed(said: Letters) -> Hashes:
    """A number for every gram."""
    many = len(said) - GRAM + 1
    wide = said.astype(np.uint64)
    told: Hashes = wide[:many] * FACTORS[0]
    for k in range(1, GRAM):
        told += wide[k : many + k] * FACTORS[k]
    told ^= told << np.uint64(29)
    return told


def _grams(said: Letters, of: Numbers) -> tuple[Hashes, Numbers, Numbers]:
    """Every gram of every item once, in the order of its number: the number, the item, and at which of its letters.

    ``said`` are the parts of all items, each with END behind it, and ``of`` says of each part which item it belongs to.
    """
    if len(said) < GRAM:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    is_end = said == END
    part = np.cumsum(is_end) - is_end
    letter = np.cumsum(~is_end) - 1  # of all items
    first = np.searchsorted(of[part], np.arange(of.max() + 1))  # where each item begins
    before = np.concatenate([[0], np.cumsum(is_end)])
    at = np.flatnonzero(before[GRAM:] == before[:-GRAM])  # no gram runs from one part into the next
    number, owner = hashed(said)[at], of[part[at]]
    place = letter[at] - letter[first[owner]] - is_end[first[owner]]
    order = np.lexsort((place, owner, number))
    number, owner, place = number[order], owner[order], place[order]
    again = np.append(False, (np.diff(number) == 0) & (np.diff(owner) == 0))[: len(number)]
    return number[~again], owner[~again], place[~again]


def _covered(owners: Numbers, places: Numbers, sizes: Numbers) -> Numbers:
    """How many letters of each item are in one of its grams."""
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    inside = np.zeros(starts[-1] + GRAM, np.bool_)
    for k in range(GRAM):
        inside[starts[owners] + places + k] = True
    before = np.concatenate([[0], np.cumsum(inside)])
    return np.asarray(before[starts[1:]] - before[starts[:-1]], np.int64)


def _item(parts: Sequence[str], distinct: int) -> Item:
    return Item(
        parts=tuple(sorted(filter(None, parts), key=len, reverse=True)),
        size=sum(map(len, parts)),
        stem=parts[0] if len(parts[0]) >= STEM else "",
        hint=min(distinct, max(GRAM + 1, -int(-HINT * distinct // 1))),
        distinct=distinct,
    )


# ---- an item and a text ---------------------------------------------------------------------------------------------


def _nearest(at: Numbers, place: Numbers, window: int, ends: Numbers) -> tuple[int, int, int]:
    """How many letters of an item its grams have in the window where they have most, and from where to where that is."""
    best = (0, 0, 0)
    seen: dict[int, int] = {}
    left = 0
    hits = list(zip(at.tolist(), place.tolist(), np.searchsorted(ends, at).tolist(), strict=True))
    for here, letter, row in hits:
        for k in range(letter, letter + GRAM):
            seen[k] = seen.get(k, 0) + 1
        while hits[left][2] != row or here + GRAM - hits[left][0] > window:
            for k in range(hits[left][1], hits[left][1] + GRAM):
                seen[k] -= 1
                if not seen[k]:
                    del seen[k]
            left += 1
        if len(seen) > best[0]:
            best = len(seen), hits[left][0], here + GRAM
    return best


def compared(item: Item, text: str, at_least: float = AT_LEAST) -> tuple[int, int]:
    """How many letters of an item stand in a text, part by part, and how many of its question.

    A part counts that is there with half of its letters, and no letter of the text for two of them. Without the question
    nothing does: options alone are any list of drugs.
    """
    most = [len(part) if part in text else common(part, text) for part in item.parts]
    stem = max((many for many, part in zip(most, item.parts, strict=True) if part == item.stem), default=0)
    if sum(most) < at_least * item.size - 1e-9 and stem < at_least * len(item.stem) - 1e-9:
        return 0, 0  # it could not come to as much, however well it were aligned
    found, stem = 0, 0
    for part in item.parts:
        start = text.find(part)
        fit, stop = len(part), start + len(part)
        if start < 0:
            fit, start, stop = aligned(part, text)
        if 2 * fit >= len(part):
            found += fit
            text = text[:start] + "\x00" * (stop - start) + text[stop:]
            if part == item.stem:
                stem = max(stem, fit)
    if item.stem and 2 * stem < len(item.stem):
        return 0, 0
    return found, stem


def common(part: str, text: str) -> int:
    """The longest common subsequence (Hyyrö 2004): no alignment has more letters that fit."""
    places: dict[str, int] = {}
    for n, letter in enumerate(part):
        places[letter] = places.get(letter, 0) | 1 << n
    full = (1 << len(part)) - 1
    row = full
    for letter in text:
        if (known := places.get(letter)) is not None:
            met = row & known
            row = ((row + met) | (row - met)) & full
    return len(part) - row.bit_count()


def aligned(part: str, text: str) -> tuple[int, int, int]:
    """How many letters of a part stand in a text, in their order and close together; and where that begins and ends.

    This is the best local alignment (Smith and Waterman), in which a letter that fits counts 1, and one that does not, is
    missing or is put in -1.
    """
    line = [(0, 0, 0)] * (len(text) + 1)  # of each letter of the text the score, the letters that fit, where it began
    best, fit, start, stop = 0, 0, 0, 0
    for letter in part:
        score, fits, begins = 0, 0, 0  # of what ends one letter before in both
        left = (0, 0, 0)
        for j, other in enumerate(text):
            above = line[j + 1]
            if letter == other:
                if score == 0:
                    fits, begins = 0, j
                here = score + 1, fits + 1, begins
            else:
                here = score - 1, fits, begins
                if above[0] - 1 > here[0]:
                    here = above[0] - 1, above[1], above[2]
                if left[0] - 1 > here[0]:
                    here = left[0] - 1, left[1], left[2]
                if here[0] < 0:
                    here = 0, here[1], here[2]
            line[j + 1] = left = here
            if here[0] > best:
                best, fit, start, stop = here[0], here[1], here[2], j + 1
            score, fits, begins = above
    return fit, start, stop
