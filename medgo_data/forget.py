"""Rows leave every corpus for good, because somebody asked for it: the next versions without them, and a proof of it.

First it is written down what was asked, then every corpus of the recipe that descends from it is built again, of which
only the parts that it touches are done anew. What is stopped goes on when it is run again. The proof holds names of rows,
codes and hashes, never a text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from medgo_data import keys
from medgo_data.build import Progress, build
from medgo_data.compare import pins
from medgo_data.corpus import (
    NOTHING,
    Corpus,
    Forgotten,
    Source,
    lineage,
    origin,
    sources_of,
    subject_code,
    walk,
    withholding,
)
from medgo_data.engine import Engine
from medgo_data.forgotten import Asked, about, folder, hidden, meant
from medgo_data.store import Built, BusyError, DamagedError, Digests, Store, StoreError, write_json

CODE = re.compile(r"s_[0-9a-f]{16}")
CODED = re.compile(r"f_[0-9a-f]{16}(\.\w+)*")  # the name of a hidden file
ROW = re.compile(r"[^/]+/.+#\d+-\d+(>.+)?")
KEPT = {"cuts", "subjects"}  # entries of the pool that hold numbers and codes: the next build would find them out again


class UnknownError(StoreError):
    """What is to be forgotten is nowhere."""


class LeftError(StoreError):
    """A row that was to be forgotten is still there."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to forget: rows by name, subjects as the raw files call them or by code."""

    rows: Sequence[str] = ()
    subjects: Sequence[str] = ()
    missing_ok: bool = False
    purge: bool = False  # delete what still holds the rows
    patient: bool = False  # wait for whoever builds one of the corpora


def forget(
    corpora: Sequence[Corpus],
    root: Path | str,
    request: Request,
    engine: Engine,
    progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Forget below ``root``, and return the proof, which lies in ``forgotten/`` there."""
    store = Store(Path(root))
    standing = _standing(store, corpora)
    raws = [raw for source in sources_of(*standing.values()) for raw in source.raw]
    with store.forgetting(patient=request.patient), withholding(*raws):
        return Forgetting(store, standing, engine, request.patient, progress).forget(request)


def _standing(store: Store, corpora: Sequence[Corpus]) -> dict[str, Corpus]:
    """The corpora of the recipe that were built below the root, trials included."""
    named = {thing.name: thing for corpus in corpora for thing in walk(corpus) if isinstance(thing, Corpus)}
    found = {}
    for name in store.names():
        base, _, records = name.partition(".limit")
        if name in named:
            found[name] = named[name]
        elif base in named and records.isdecimal():
            found[name] = named[base].limited(int(records))
    if not found:
        raise StoreError(
            f"nothing of this recipe was built below {store.root.absolute()}, so there is nothing to forget there. Check --root."
        )
    return found


@dataclass
class Forgetting:
    store: Store
    corpora: dict[str, Corpus]
    engine: Engine
    patient: bool
    progress: Callable[[Progress], None] | None
    digests: Digests = field(init=False)

    def __post_init__(self) -> None:
        self.digests = self.store.digests()
        self.digests.hide(hidden(*self.corpora.values()))

    def forget(self, request: Request) -> dict[str, Any]:
        note, fresh = self._note(request)
        asked, listed = Asked(note["rows"], frozenset(note["subjects"])), Asked.of(self.store)
        if fresh and not note["rows"] and not note["subjects"] and request.purge:
            asked = listed  # all that was ever forgotten, for it may not have been purged
        if not asked.rows and not asked.subjects:
            raise UnknownError(
                "there is nothing to forget: name rows or subjects, or say --purge after some were forgotten."
            )
        now = meant(asked, list(self.corpora.values()), self.store, self.digests, self.engine.map)
        ever = Forgotten(now.rows | asked.rows.keys())
        touched = self._touched(now, ever, asked.subjects)
        note["before"] = {name: _told(self.store.versions(name)[0]) for name in touched} | note["before"]
        folder(self.store).mkdir(exist_ok=True)
        write_json(self._unfinished, note)
        (listed | asked).save(self.store)
        self.digests.save()
        self._build(touched)
        changed = [self._changed(name, note["before"][name]) for name in self.corpora if name in note["before"]]
        checked = self._check(now, asked.subjects)
        purged = self._purge(ever, asked.subjects) if request.purge else None
        elsewhere = sorted(
            {built.full_name for built in self._all() if _holds(built, ever, asked.subjects)} - checked.keys()
        )
        about_raw = sorted({"/".join(origin(row)[:2]) for row in now.rows})
        proof = note | {
            "finished": _now(),
            "forgotten": sorted(now.rows),
            "corpora": [one for one in changed if one["before"] != one["after"]],
            "checked": checked,
            "purged": purged,
            "still_held_by": elsewhere,
            "raw_files": about_raw,
        }
        del proof["before"]
        proof["lies_in"] = self._prove(proof)
        return proof

    @property
    def _unfinished(self) -> Path:
        return folder(self.store) / "unfinished.json"

    # ---- what is asked

    def _note(self, request: Request) -> tuple[dict[str, Any], bool]:
        """What is asked, found and not found; with what an earlier run was asked and did not finish."""
        sources = sources_of(*self.corpora.values())
        rows = sorted({_coded(row, sources) for row in request.rows})
        subjects = sorted(_codes(request.subjects, sources))
        found = self._found(rows, subjects)
        missing = [one for one in (*rows, *subjects) if one not in found]
        if missing and not (request.missing_ok and found):
            named = ", ".join(map(repr, missing[:5])) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            raise UnknownError(
                f"no corpus of this recipe below {self.store.root.absolute()} has ever had {named}. Nothing was done: check "
                f"the names and --root" + (", or say --missing-ok to forget the others." if found else ".")
            )
        note = {
            "began": _now(),
            "asked": {"rows": [row for row in rows if ROW.fullmatch(row)], "subjects": subjects},
            "not_found": [one for one in missing if ROW.fullmatch(one) or CODE.fullmatch(one)],
            "rows": {row: self._content(row) for row in rows if row in found},
            "subjects": [code for code in subjects if code in found],
            "before": {},
        }
        if not self._unfinished.is_file():
            return note, True
        earlier = json.loads(self._unfinished.read_text("utf-8"))
        return {
            "began": earlier["began"],
            "asked": {kind: sorted({*earlier["asked"][kind], *note["asked"][kind]}) for kind in ("rows", "subjects")},  # type: ignore[index]
            "not_found": sorted({*earlier["not_found"], *note["not_found"]}),
            "rows": earlier["rows"] | note["rows"],
            "subjects": sorted({*earlier["subjects"], *note["subjects"]}),
            "before": earlier["before"],
        }, False

    def _found(self, rows: list[str], subjects: list[str]) -> set[str]:
        """Those that a corpus has or had, in its rows or in its ledgers; or that stand in a raw file of today."""
        wanted, listed = Forgotten(frozenset(row for row in rows if ROW.fullmatch(row))), Asked.of(self.store)
        found = {row for row in rows if row in listed.rows} | {code for code in subjects if code in listed.subjects}
        for built in self._versions():
            if found.issuperset((*rows, *subjects)):
                break
            with suppress(DamagedError):  # what it cannot tell another version may
                found |= _met(built, wanted)
                found |= {whom for _, whom in _held(built, NOTHING, frozenset(subjects)) if whom}
        for source in sources_of(*self.corpora.values()):
            left = [code for code in subjects if code not in found]
            found |= set(about(left, source, self.store, self.digests, self.engine.map).values())
        return found

    def _content(self, row: str) -> str | None:
        """The digest of the file that a row was read from, in the latest version that tells it."""
        source, file, _ = origin(row)
        told = (
            each["sha256"]
            for built in self._versions()
            for below in built.manifest["inputs"]
            if below.get("source") == source
            for each in below["files"]
            if each["name"] == file
        )
        return next(told, None)

    def _versions(self) -> Iterator[Built]:
        for name in self.corpora:
            yield from self.store.versions(name)

    def _all(self) -> Iterator[Built]:
        for name in self.store.names():
            yield from self.store.versions(name)

    # ---- the next versions

    def _touched(self, now: Forgotten, ever: Forgotten, subjects: frozenset[str]) -> list[str]:
        """The corpora that descend from these rows."""
        found = []
        for name, corpus in self.corpora.items():
            descends = corpus.fingerprint(self.digests.of, now) != corpus.fingerprint(self.digests.of)
            if descends or _holds(self.store.versions(name)[0], ever, subjects):
                found.append(name)
        return found

    def _build(self, touched: list[str]) -> None:
        try:
            for name in touched:
                build(self.corpora[name], self.store.root, self.engine, patient=self.patient, progress=self.progress)
        except BusyError as busy:
            raise BusyError(
                f"{busy} What was asked is written down: forget again, without naming anything, and it goes on."
            ) from None

    def _changed(self, name: str, before: dict[str, Any]) -> dict[str, Any]:
        """From one version to the next: which shards are the same files, and which were made anew."""
        built = self.store.versions(name)[0]
        was, after = set(before["shards"].values()), _told(built)
        same = {file: content for file, content in after["shards"].items() if content in was}
        anew = {file: content for file, content in after["shards"].items() if content not in was}
        two = ({key: value for key, value in one.items() if key != "shards"} for one in (before, after))
        return (
            {"corpus": name} | dict(zip(("before", "after"), two, strict=True)) | {"unchanged": same, "made_anew": anew}
        )

    def _check(self, now: Forgotten, subjects: frozenset[str]) -> dict[str, int]:
        """How many shards of each current version were searched; none may hold a row that was to be forgotten."""
        searched = {}
        for name in self.corpora:
            built = self.store.versions(name)[0]
            left = [row for row, _ in _held(built, now, subjects)]
            if left:
                raise LeftError(
                    f"{built.full_name} still holds {len(left)} rows that were to be forgotten, the first is {left[0]!r}. A stage "
                    f"takes them from elsewhere than its input; nothing was deleted."
                )
            searched[built.full_name] = len(built.shards)
        return searched

    # ---- what still holds them

    def _purge(self, ever: Forgotten, subjects: frozenset[str]) -> dict[str, Any]:
        """Delete the earlier versions that hold the rows, and what in the pool no remaining version was made of."""
        store, gone = self.store, []
        with ExitStack() as held:
            locked = {lock.parent.name for lock in store.root.glob("*/.lock") if lock.parent != store.own}
            for name in sorted(locked.union(store.names())):
                held.enter_context(store.building(name, patient=self.patient))
            size = Counter[str]()
            for name in self.corpora:
                current, *others = store.versions(name)
                for built in others:
                    if _holds(built, ever, subjects):
                        gone.append(built.full_name)
                        pages = built.folder.parent.glob(f"{built.folder.name}.*")
                        size["bytes"] += sum(map(store.remove, (*pages, built.folder)))
                stopped = [path for path in current.folder.parent.glob(".*") if path.is_dir()]
                size["bytes"] += sum(map(store.remove, stopped))  # half a version, of a build that was killed
            store.sweep()
            needed = self._needed(ever)
            for entry in sorted((store.own / "pool").glob("*-*")):
                kind = entry.name.partition("-")[0]
                if kind not in KEPT and entry.name not in needed:
                    size["bytes"] += store.remove(entry)
                    size[kind] += 1
        total = size.pop("bytes", 0)
        return {"versions": gone, "pool": dict(sorted(size.items())), "bytes": total}

    def _needed(self, ever: Forgotten) -> set[str]:
        """The entries of the pool that a version was made of. What the touched ones remember of comparisons goes too."""
        needed: set[str] = set()
        for built in self._all():
            run = built.folder / "run.json"
            entries = json.loads(run.read_text("utf-8")).get("entries", []) if run.is_file() else []
            corpus = self.corpora.get(built.name)
            touched = corpus and corpus.fingerprint(self.digests.of, ever) != corpus.fingerprint(self.digests.of)
            needed.update(entry for entry in entries if not (touched and entry.startswith("known-")))
        return needed

    # ---- the proof

    def _prove(self, proof: dict[str, Any]) -> str:
        name = proof["finished"].replace(":", "-")
        path = folder(self.store) / f"{name}.json"
        number = 1
        while path.exists():
            number += 1
            path = path.with_name(f"{name}.{number}.json")
        write_json(path, proof)
        self._unfinished.unlink(missing_ok=True)
        return str(path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _told(built: Built) -> dict[str, Any]:
    shards: dict[str, str] = {shard["file"]: shard["sha256"] for shard in built.manifest["shards"]}
    pinned: dict[str, Any] = pins([built])[built.name]
    return {"version": built.full_name, "rows": built.manifest["rows"], **pinned, "shards": shards}


def _coded(row: str, sources: Sequence[Source]) -> str:
    """The name of a row of a hidden file, by its code if somebody wrote the name of the file."""
    name, file, rest = origin(row)
    for source in sources:
        if source.name == name and source.names == "hash" and not CODED.fullmatch(file):
            return f"{name}/{source.file_code(file)}#{rest}"
    return row


def _codes(subjects: Iterable[str], sources: Sequence[Source]) -> set[str]:
    raw = {one.strip() for one in subjects} - {""}
    plain = {one for one in raw if not CODE.fullmatch(one)}
    if not plain:
        return raw
    told = next((source for source in sources if source.subjects), None)
    key = told.secret() if told else keys.secret("Forgetting subjects by what the raw files call them")
    return raw - plain | {subject_code(key, one) for one in plain}


# ---- looking into versions -----------------------------------------------------------------------------------------


def _held(built: Built, wanted: Forgotten, subjects: frozenset[str]) -> Iterator[tuple[str, str | None]]:
    """The rows of a version that are wanted, or born of one that is, or hold its answer, or are about one of the subjects."""
    pairs = built.manifest["gives"]["schema"] == "preference"  # where a row may hold words of another
    for shard in built.manifest["shards"]:
        mine = set(wanted.of_piece(shard["of"]))
        if mine or subjects or (pairs and wanted.rows):
            docs = _columns(built.folder / shard["file"], "id", "subject", *["other"] * pairs)
            whom = pl.col("subject").is_in(sorted(subjects))
            near = pl.col("id").is_in(_under(docs["id"], mine)) | whom
            if pairs:
                near |= pl.col("other").is_in(_under(docs["other"].drop_nulls(), set(wanted.rows)))
            yield from docs.filter(near).select("id", pl.when(whom).then("subject")).rows()


def _holds(built: Built, wanted: Forgotten, subjects: frozenset[str]) -> bool:
    try:
        return next(_held(built, wanted, subjects), None) is not None
    except DamagedError:  # it may hold anything
        return True


def _met(built: Built, wanted: Forgotten) -> set[str]:
    """The wanted rows that a version has, or that it let go."""
    found: set[str] = set()
    for shard in built.manifest["shards"]:
        mine = set(wanted.of_piece(shard["of"]))
        files = [built.folder / shard["file"], built.folder / "dropped" / shard["file"]]
        for file in files if mine else ():
            if file.is_file():
                ids = _columns(file, "id")["id"]
                found |= {one for row in _under(ids, mine) for one in lineage(row) if one in mine}
    return found


def _columns(file: Path, *names: str) -> pl.DataFrame:
    try:
        there = pl.read_parquet_schema(file)
        docs = pl.read_parquet(file, columns=[name for name in names if name in there])
    except (OSError, pl.exceptions.PolarsError):
        raise DamagedError(f"{file} cannot be read. Build its corpus again, or remove that version.") from None
    return docs.with_columns(pl.lit(None, pl.String).alias(name) for name in names if name not in there)


def _under(ids: pl.Series, wanted: set[str]) -> list[str]:
    """Those that are wanted or born of one that is."""
    roots = sorted({row.split(">")[0] for row in wanted})
    near = ids.filter(ids.str.extract(r"^([^>]*)", 1).is_in(roots)) if roots else ids.clear()
    return [row for row in near if not wanted.isdisjoint(lineage(row))]


# ---- what people read ----------------------------------------------------------------------------------------------


def sentences(proof: dict[str, Any]) -> Iterator[str]:
    """The proof as people read it."""
    asked = proof["asked"]
    yield (
        f"asked: {_count(len(asked['rows']), 'row')} and {_count(len(asked['subjects']), 'subject')}; not found: "
        + (", ".join(proof["not_found"]) or "none")
    )
    yield f"forgotten: {_count(len(proof['forgotten']), 'row')}, with what was born of them"
    for one in proof["corpora"]:
        before, after = one["before"], one["after"]
        yield (
            f"{before['version']} → {after['version']}: {before['rows']:,} → {after['rows']:,} rows, "
            f"{_count(len(one['unchanged']), 'shard')} unchanged, {_count(len(one['made_anew']), 'shard')} made anew"
        )
        for when, told in (("before", before), ("after", after)):
            yield f"  {when}: content {told['content'][:16]}…, seal {told['seal'][:16]}…"
    if not proof["corpora"]:
        yield "no corpus changed: they were forgotten before"
    yield f"searched: {_count(sum(proof['checked'].values()), 'shard')} of {', '.join(proof['checked'])}; none of the rows is left"
    if purged := proof["purged"]:
        pool = ", ".join(_count(number, kind) for kind, number in purged["pool"].items()) or "nothing"
        yield f"deleted: {', '.join(purged['versions']) or 'no version'}; of the pool {pool}; {purged['bytes']:,} bytes"
    if proof["still_held_by"]:
        hint = "they are of another recipe: forget with it too" if purged else "say --purge to delete earlier versions"
        yield f"still held by: {', '.join(proof['still_held_by'])}; {hint}"
    yield (
        f"yours to clear: {', '.join(proof['raw_files']) or 'no raw file'}. Put an empty record in the place of each, so that "
        f"the others keep their numbers."
    )
    yield f"the proof lies in {proof['lies_in']}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
