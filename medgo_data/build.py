"""Build a corpus: its inputs first, then pass after pass over its parts, and the manifest last.

A corpus exists if and only if its manifest does. A run that stops leaves the parts that were finished, each with a receipt;
the next run does only what has none, and counts everything.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from medgo_data.books import count, manifest_of, run_of, sentences
from medgo_data.careful import REASON as KILLER
from medgo_data.careful import Careful
from medgo_data.corpus import (
    Corpus,
    Forgotten,
    Segment,
    Source,
    bearer,
    digest,
    is_born,
    record,
    sources_of,
    walk,
    withholding,
)
from medgo_data.engine import TRIES, Engine, Here, Local, Threads, WorkerLostError
from medgo_data.far import clear
from medgo_data.forgotten import Asked, hidden, meant
from medgo_data.part import Fresh, Stored, Task, empty_line, forecast, pieces, run, sketch_key
from medgo_data.place import stamp
from medgo_data.stage import KNOWN, Asking, Budget, Forecast, House, LawError, Shard, Survey, found_name, spec
from medgo_data.store import Built, BusyError, Digests, Store, sha256

log = logging.getLogger("medgo_data")
Part = Fresh | Stored
MANY = 64 << 20  # bytes of raw files whose digests are worth a worker each


@dataclass(frozen=True)
class Progress:
    """How far the pass is that is running."""

    corpus: str
    doing: str
    parts: int
    parts_done: int
    parts_reused: int
    bytes: int
    bytes_done: int
    rows: int
    seconds: float


@dataclass(frozen=True)
class Step:
    """One line of a plan: a pass over the parts of a corpus, or the settling of a survey."""

    corpus: str
    doing: str
    parts: int | None  # None where it depends on a step before
    reused: int
    bytes: int | None  # still to be read; None where it depends on a step before
    asking: bool = False  # whether one of its stages asks a model
    asks: Forecast | None = None  # what the first of them would take; None where it depends on a step before


def build(  # noqa: PLR0913  what it is to do, and how
    corpus: Corpus,
    root: Path | str,
    engine: Engine | None = None,
    *,
    patient: bool = False,
    progress: Callable[[Progress], None] | None = None,
    budget: Budget | None = None,
    killers: Literal["drop", "stop"] = "drop",
) -> Path:
    """Build ``corpus`` and whatever it stands on below ``root``; return the folder of the version.

    Nothing is done twice: what an earlier run or version finished is linked in. If another process is building the same
    corpus, a ``patient`` build waits for it, any other is refused. Each version may spend its ``budget`` on what it asks
    models, however often it is stopped and begun again. Rows that kill every worker are ``killers``: they are dropped with
    that reason, or stop the build.
    """
    own = Local() if engine is None else None
    try:
        return Builder(Store(Path(root)), engine or own or Local(), patient, progress, budget, killers).build(corpus)
    finally:
        if own:
            own.close()
        clear()


@dataclass(frozen=True)
class Slice:
    """Every ``of``-th part of a pass, from ``number`` on: what one of so many jobs does of it."""

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.of:
            raise ValueError(f"slice {self.number} of {self.of}: slices are counted from 0")

    def holds(self, part: int) -> bool:
        return part % self.of == self.number


def share(  # noqa: PLR0913  what it is to do, and how
    corpus: Corpus,
    root: Path | str,
    engine: Engine,
    slice_: Slice,
    *,
    progress: Callable[[Progress], None] | None = None,
    killers: Literal["drop", "stop"] = "drop",
) -> Path | None:
    """Do a slice of every pass that can be begun; return the folder of the version, or None while others are at work.

    Nobody waits for anybody: whoever finishes the last part of a pass settles what comes after it, and whoever finds nothing
    left makes the version. Called in all slices once for each pass, one after the other, it leaves nothing to be done.
    """
    builder = Builder(Store(Path(root)), engine, progress=progress, killers=killers, slice=slice_)
    try:
        return builder.build(corpus)
    except UnfinishedError as others:
        log.info("%s", others)
        return None


class UnfinishedError(Exception):
    """A slice is done, and others are not."""


def plan(corpus: Corpus, root: Path | str) -> list[Step]:
    """What ``build`` would do, as far as that can be known before it is done. Raw files are read for their digests."""
    return list(Builder(Store(Path(root)), Here()).plan(corpus))


@dataclass
class Builder:
    store: Store
    engine: Engine
    patient: bool = False
    progress: Callable[[Progress], None] | None = None
    budget: Budget | None = None
    killers: Literal["drop", "stop"] = "drop"
    slice: Slice | None = None
    digests: Digests = field(init=False)
    passes: list[dict[str, Any]] = field(default_factory=list)
    entries: set[str] = field(default_factory=set)  # of the pool, as far as the corpus is made of them
    asked: Asked = field(default_factory=Asked)
    forgotten: Forgotten = field(default_factory=Forgotten)

    def __post_init__(self) -> None:
        self.digests = self.store.digests()

    # ---- one corpus after the other

    def build(self, corpus: Corpus) -> Path:
        self.store.own.mkdir(parents=True, exist_ok=True)
        self.store.sweep()
        try:
            self._reach(corpus)
            with self._known(corpus):
                return self._versions([thing for thing in walk(corpus) if isinstance(thing, Corpus)])
        finally:
            self.digests.save()
            self.store.sweep()

    def _versions(self, corpora: list[Corpus]) -> Path:
        """Inputs first. Those that others are not done with are left to them, with what stands on them."""
        folders: dict[str, Path] = {}
        left: list[str] = []
        for corpus in corpora:
            if all(below.name in folders for below in corpus.inputs if isinstance(below, Corpus)):
                try:
                    folders[corpus.name] = self._version(corpus)
                except UnfinishedError as others:
                    left.append(str(others))
        if left:
            raise UnfinishedError(" ".join(left))
        return folders[corpora[-1].name]

    def _reach(self, corpus: Corpus) -> None:
        """An engine of several machines looks first whether all of them see the root, and a raw file of each source."""
        if reach := getattr(self.engine, "reach", None):
            reach(self.store.root, [(source.raw[0].path, source.raw[0].told) for source in sources_of(corpus)])

    @contextmanager
    def _known(self, corpus: Corpus) -> Iterator[None]:
        """With the digests of its raw files at hand, and the rows of them that are to be forgotten."""
        self.digests.hide(hidden(corpus))
        with withholding(*(raw for source in sources_of(corpus) for raw in source.raw)):
            self._digest_raw(corpus)
            self.asked = Asked.of(self.store)
            self.forgotten = meant(self.asked, [corpus], self.store, self.digests, self.engine.map)
            yield

    def _version(self, corpus: Corpus) -> Path:
        folder = self._folder(corpus)
        if self._whole(folder):
            self._check_asked(corpus)
            self.store.make_current(folder)
            return folder
        if self.slice:
            self._parts(corpus)
        with self._only_one(corpus):
            there = (folder / "manifest.json").is_file()  # what comes after this look is another's, and whole
            if self._whole(folder):  # built while this one waited
                return folder
            if self.store.withdraw(folder, there=there):
                log.warning("%s: a shard of %s was altered or lost, so it is built anew.", corpus.name, folder)
            return self._build(corpus)

    @contextmanager
    def _only_one(self, corpus: Corpus) -> Iterator[None]:
        """Hold the corpus. Of many slices one does what only one can do; the others have done theirs."""
        try:
            with self.store.building(corpus.name, patient=self.patient):
                yield
        except BusyError:
            if not self.slice:
                raise
            raise UnfinishedError(f"{corpus.name}: another slice is making the rest of it.") from None

    def _check_asked(self, corpus: Corpus) -> None:
        if Asked.of(self.store) != self.asked:
            raise BusyError(
                f"rows were forgotten below {self.store.root} while {corpus.name!r} was being built. Build again: what they "
                f"did not touch is kept."
            )

    def _folder(self, corpus: Corpus) -> Path:
        return self.store.version(corpus.name, corpus.fingerprint(self.digests.of, self.forgotten))

    def _whole(self, folder: Path) -> bool:
        return (folder / "manifest.json").is_file() and next(Built.at(folder).damages(self.digests), None) is None

    def _parts(self, corpus: Corpus) -> tuple[Sequence[Part], list[Stored], list[Stored]]:
        """Pass after pass: the parts it began with, those it ends with, and the drafts between."""
        segments = corpus.segments()
        origins, inputs = self._origins(corpus)
        stored = self._pass(corpus, segments[0], origins, None)
        drafts: list[Stored] = []
        for before, segment in pairwise(segments):
            drafts += stored
            found = self._settle(corpus, before.survey, stored, inputs) if before.survey else None
            stored = self._pass(corpus, segment, stored, found)
        return origins, stored, drafts

    def _build(self, corpus: Corpus) -> Path:
        began, self.passes, self.entries = time.time(), [], set()
        origins, stored, drafts = self._parts(corpus)
        manifest = manifest_of(corpus, self.digests.of, origins, stored, self.forgotten)
        told = run_of(corpus, began, self.engine, self.passes, self.entries)
        self._check_asked(corpus)
        folder = self.store.commit(corpus.name, manifest, [(part.path, part.ledger) for part in stored], told)
        self._remember(folder, stored, drafts)
        for sentence in sentences(manifest, folder):
            log.info(sentence)
        return folder

    def _remember(self, folder: Path, parts: list[Stored], drafts: list[Stored]) -> None:
        """What was just written need not be read again to know that it is whole."""
        named = [(part, part.path, part.ledger) for part in [*drafts, *parts]]
        for number, part in enumerate(parts):
            shard = f"part-{number:05d}.parquet"
            named.append((part, folder / shard, folder / "dropped" / shard))
        for part, rows, ledger in named:
            self.digests.learn(rows, part.content, synced=not part.draft)
            if ledger and part.dropped:
                self.digests.learn(ledger, part.dropped["sha256"], synced=not part.draft)

    # ---- the parts that a corpus begins with

    def _origins(self, corpus: Corpus) -> tuple[list[Part], list[int]]:
        """All parts, and the number of the input that each comes from."""
        parts: list[Part] = []
        inputs: list[int] = []
        for number, below in enumerate(corpus.inputs):
            if isinstance(below, Source):
                bare = replace(below)  # without the list of its files, which would travel with every task
                for raw in below.raw:
                    parts += map(self._with_forgotten, pieces(self.store, self.digests, bare, raw))
            else:
                parts += self._shards(below)
            inputs += [number] * (len(parts) - len(inputs))
        return parts, inputs

    def _with_forgotten(self, part: Fresh) -> Fresh:
        mine = set(self.forgotten.of_piece(part.of)) & set(part.source.forgets(part.piece.raw, self.forgotten))
        return replace(part, forgotten=tuple(sorted(map(record, mine)))) if mine else part

    def _shards(self, below: Corpus) -> Iterator[Stored]:
        built = Built.at(self._folder(below)).check(self.digests)
        for shard in built.manifest["shards"]:
            line = empty_line("read") | {"rows_in": shard["rows"], "rows_out": shard["rows"]}
            yield Stored(
                path=built.folder / shard["file"],
                identity=digest(["shard", shard["sha256"]]),
                content=shard["sha256"],
                kind=below.gives,
                of=shard["of"] | {"corpus": below.name, "shard": shard["file"]},
                funnel=[line],
                **{name: shard[name] for name in ("rows", "bytes", "chars", "lengths", "counts")},
            )

    def _digest_raw(self, corpus: Corpus) -> None:
        paths = {raw.path for thing in walk(corpus) if isinstance(thing, Source) for raw in thing.raw}
        unknown = [path for path in sorted(paths) if self.digests.recall(path) is None]
        size = sum(path.stat().st_size for path in unknown)
        if size > MANY:
            log.info(
                "%s: %d raw files (%.1f GB) are new or touched, so their hashes are taken.",
                corpus.name,
                len(unknown),
                size / 1e9,
            )
            for path, mark, content in self.engine.map(_digested, unknown):
                self.digests.learn(path, content, seen=mark)
        self.digests.save()

    # ---- passes

    def _tasks(self, corpus: Corpus, segment: Segment, parts: Sequence[Part], found: Path | None) -> list[Task]:
        told = json.loads((found / "receipt.json").read_text("utf-8"))["sha256"] if found else [None] * len(parts)
        recipe = [spec(stage) for stage in segment.stages]
        names = {stage.name for stage in segment.stages}
        asks = _asking(segment)
        if asks:  # what was paid for is kept in a database, which an object store cannot hold
            self.store.near(f"corpus {corpus.name!r} asks a model, and what it is told")
        house = House(self.store.own, self._folder(corpus).as_posix(), self.budget) if asks else None
        return [
            Task(
                number=n,
                store=self.store,
                part=part,
                stages=segment.stages,
                recipe=recipe,
                survey=segment.survey,
                found=found and found / found_name(n),
                found_sha256=told[n],
                forgotten=tuple(
                    row for row in self.forgotten.of_piece(part.of) if is_born(row) and bearer(row) in names
                ),
                house=house,
            )
            for n, part in enumerate(parts)
        ]

    def _pass(self, corpus: Corpus, segment: Segment, parts: Sequence[Part], found: Path | None) -> list[Stored]:
        tasks = self._tasks(corpus, segment, parts, found)
        done = {task.number: stored for task in tasks if (stored := self._there(task))}
        todo = [task for task in tasks if task.number not in done and self._mine(task)]
        if todo:
            reused = f", {len(done):,} of them there already" if done else ""
            log.info("%s: %s over %s%s.", corpus.name, _doing(segment), count(len(tasks), "part"), reused)
        watch = Watch(corpus.name, _doing(segment), tasks, todo, self.progress)
        asking = [stage for stage in segment.stages if isinstance(stage, Asking)]
        engine = Threads(stop=[stage.stop for stage in asking]) if asking else self.engine
        try:
            for number, stored in self._run(engine, todo):
                done[number] = stored
                watch.saw(tasks[number].part, stored)
        finally:
            for stage in asking:
                stage.close()
        self._wait_for_none(corpus, segment, tasks, done)
        self.passes.append(watch.told())
        self.entries |= {entry.name for task in tasks for entry in task.entries(done[task.number])}
        return [done[n] for n in range(len(tasks))]

    def _mine(self, task: Task) -> bool:
        """Whether this build does it. Of parts that ask a model it does none in slices: what is asked is counted in one place."""
        return self.slice is None or (self.slice.holds(task.number) and not task.asks)

    def _there(self, task: Task) -> Stored | None:
        """What was made of a part. What another slice has made is looked at by whoever makes the version."""
        if self.slice is None or self._mine(task):
            return self._finished(task)
        done = task.done()
        return done if done and task.sketched(done) else None

    def _wait_for_none(self, corpus: Corpus, segment: Segment, tasks: list[Task], done: dict[int, Stored]) -> None:
        """Go on only if the other slices are done too by now."""
        others = [task for task in tasks if task.number not in done]
        done |= {task.number: stored for task in others if (stored := self._there(task))}
        if left := len(tasks) - len(done):
            raise UnfinishedError(
                f"{corpus.name}: {_doing(segment)} is done in this slice; {left:,} of {count(len(tasks), 'part')} are others' work."
            )

    def _run(self, engine: Engine, todo: list[Task]) -> Iterator[tuple[int, Stored]]:
        """Every part as it is done; those that took their workers with them come last, and are done with care."""
        try:
            yield from engine.map(run, todo)
        except WorkerLostError as lost:
            if self.killers == "stop" or not lost.items:
                raise
            again: list[Task] = list(lost.items)
            log.warning("%s killed every worker. Each step is now taken in a process of its own.", _places(again))
            for number, stored in self._carefully(engine, again):
                killers = sum(line["dropped"].get(KILLER, 0) for line in stored.funnel)
                if killers:
                    log.warning("%s killed every worker, and stays out as %s.", count(killers, "row"), KILLER)
                yield number, stored

    def _carefully(self, engine: Engine, todo: list[Task]) -> Iterator[tuple[int, Stored]]:
        try:
            yield from engine.map(Careful(getattr(engine, "tries", TRIES)), todo)
        except WorkerLostError as lost:
            if not lost.items:
                raise
            raise WorkerLostError(
                f"{_places(lost.items)} killed every worker, even with each stage in a process of its own. What was finished is "
                f"kept: give the workers more memory, or leave out those files, and run again."
            ) from lost

    def _finished(self, task: Task) -> Stored | None:
        """What an earlier run made of this part, if it is all there and still what it was."""
        done = task.done()
        if done and done is not task.part and self._damaged(done):
            self.store.discard("part", task.key)
            return None
        return done if done and task.sketched(done) else None

    def _damaged(self, part: Stored) -> bool:
        whole = self.digests.same(part.path, part.content)
        if part.ledger and part.dropped:
            whole = whole and self.digests.same(part.ledger, part.dropped["sha256"])
        return not whole

    def _settle(self, corpus: Corpus, survey: Survey, parts: Sequence[Stored], inputs: list[int]) -> Path:
        key = _found_key(survey, parts, inputs)
        entry, memory = self.store.entry("found", key), digest([corpus.name, spec(survey)])
        self.entries |= {entry.name, self.store.entry("known", memory).name}
        if self._settled(survey, parts, inputs):
            return entry
        if self.slice:
            with self._only_one(corpus):
                if not self._settled(survey, parts, inputs):
                    self._find(survey, parts, inputs, memory)
        else:
            self._find(survey, parts, inputs, memory)
        return entry

    def _find(self, survey: Survey, parts: Sequence[Stored], inputs: list[int], memory: str) -> None:
        key = _found_key(survey, parts, inputs)
        log.info("%s settles over %d shards.", survey.name, len(parts))
        began = time.time()
        with self.store.filling(
            "found", key, sync=False
        ) as out:  # what is found can be found again, so it need not last
            shards = [
                Shard(
                    n,
                    part.rows,
                    part.path,
                    self.store.entry("sketch", sketch_key(part.content, survey)) / "sketch.arrow",
                    inputs[n],
                )
                for n, part in enumerate(parts)
            ]
            with self.store.remembering(memory, out / KNOWN):
                survey.settle(shards, self.engine, out)
            silent = [shard.number for shard in shards if not shard.found_in(out).is_file()]
            if silent:
                raise LawError(
                    f"{survey.name} settled without a word about shard {silent[0]} and {len(silent) - 1} others. "
                    f"Call shard.tell(out, findings) for each, with no rows if nothing was found."
                )
            told = {"sha256": [sha256(shard.found_in(out)) for shard in shards]}
            (out / "receipt.json").write_text(json.dumps(told), "utf-8")
        self.passes.append(
            {"doing": f"settle {survey.name}", "parts": len(parts), "seconds": round(time.time() - began, 3)}
        )

    def _settled(self, survey: Survey, parts: Sequence[Stored], inputs: list[int]) -> bool:
        key = _found_key(survey, parts, inputs)
        told = self.store.receipt("found", key)
        if told is None:
            return False
        files = [self.store.entry("found", key) / found_name(n) for n in range(len(parts))]
        whole = all(
            file.is_file() and sha256(file) == content for file, content in zip(files, told["sha256"], strict=True)
        )
        if not whole:
            self.store.discard("found", key)
        return whole

    # ---- plans

    def plan(self, corpus: Corpus) -> Iterator[Step]:
        with self._known(corpus):
            for thing in walk(corpus):
                if isinstance(thing, Corpus):
                    yield from self._plan(thing)

    def _plan(self, corpus: Corpus) -> Iterator[Step]:
        folder = self._folder(corpus)
        if self._whole(folder):
            shards = len(Built.at(folder).shards)
            yield Step(corpus.name, "stands", shards, shards, 0)
            return
        segments = corpus.segments()
        if not all(self._whole(self._folder(below)) for below in corpus.inputs if isinstance(below, Corpus)):
            yield from (_later(corpus, segment, None) for segment in segments)
            return
        origins, inputs = self._origins(corpus)
        parts: Sequence[Part] = origins
        found: Path | None = None
        for k, segment in enumerate(segments):
            tasks = self._tasks(corpus, segment, parts, found)
            done = [self._finished(task) for task in tasks]
            missing = sum(task.part.bytes for task, stored in zip(tasks, done, strict=True) if not stored)
            asks = [forecast(task) for task, stored in zip(tasks, done, strict=True) if task.asks and not stored]
            there = sum(stored is not None for stored in done)
            yield Step(
                corpus.name,
                _doing(segment),
                len(tasks),
                there,
                missing,
                asking=_asking(segment),
                asks=sum(asks, Forecast()) if asks else None,
            )
            stored = [one for one in done if one]
            if len(stored) < len(tasks) or (segment.survey and not self._settled(segment.survey, stored, inputs)):
                yield from (_later(corpus, later, len(tasks)) for later in segments[k + 1 :])
                return
            found = self.store.entry("found", _found_key(segment.survey, stored, inputs)) if segment.survey else None
            parts = stored


def _found_key(survey: Survey, parts: Sequence[Stored], inputs: list[int]) -> str:
    return digest(["found", spec(survey), [part.content for part in parts], inputs])


def _digested(path: Path) -> tuple[Path, list[int], str]:
    mark = stamp(path)
    return path, mark, sha256(path)


def _asking(segment: Segment) -> bool:
    return any(isinstance(stage, Asking) for stage in segment.stages)


def _places(tasks: Sequence[Task]) -> str:
    """The first parts by name, and how many others there are."""
    first = ", ".join("/".join(str(v) for v in task.part.of.values()) for task in tasks[:3])
    return f"{first} and {count(len(tasks) - 3, 'other part')}" if len(tasks) > 3 else first


def _later(corpus: Corpus, segment: Segment, parts: int | None) -> Step:
    """A step that is planned once those before it are done."""
    return Step(corpus.name, _doing(segment), parts, 0, None, asking=_asking(segment))


def _doing(segment: Segment) -> str:
    names = [stage.name for stage in segment.stages] or ["read"]
    return " → ".join([*names, f"sketch for {segment.survey.name}"] if segment.survey else names)


class Watch:
    """Counts what a pass has done, and tells whoever wants to know."""

    def __init__(
        self, corpus: str, doing: str, tasks: list[Task], todo: list[Task], tell: Callable[[Progress], None] | None
    ) -> None:
        self.corpus, self.doing, self.tell = corpus, doing, tell
        self.parts, self.reused = len(tasks), len(tasks) - len(todo)
        self.bytes = sum(task.part.bytes for task in todo)
        self.built = self.seen = self.rows = 0
        self.began = time.monotonic()
        self._say()

    def saw(self, part: Part, stored: Stored) -> None:
        self.built += 1
        self.seen += part.bytes
        self.rows += stored.funnel[0]["rows_in"] if isinstance(part, Fresh) else part.rows
        self._say()

    def _say(self) -> None:
        if self.tell:
            since = time.monotonic() - self.began
            done = self.reused + self.built
            self.tell(
                Progress(
                    self.corpus, self.doing, self.parts, done, self.reused, self.bytes, self.seen, self.rows, since
                )
            )

    def told(self) -> dict[str, Any]:
        seconds = round(time.monotonic() - self.began, 3)
        return {
            "doing": self.doing,
            "parts": self.parts,
            "reused": self.reused,
            "built": self.built,
            "bytes": self.bytes,
            "seconds": seconds,
        }
