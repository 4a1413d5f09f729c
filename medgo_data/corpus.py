"""A source reads files; a corpus is inputs and the stages they pass through. Making one runs nothing."""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl

from medgo_data import keys, schema
from medgo_data.place import matching, place
from medgo_data.stage import Stage, Survey, spec

SCHEME = 1  # of the fingerprint itself
Digest = Callable[[Path], str]  # the sha256 of a file's content
FORMAT = re.compile(  # what the name of a file may say of it without a word about a person
    r"(\.(txt|x?html?|md|markdown|tex|srt|vtt|pdf|docx?|epub|jsonl?|ndjson|csv|tsv|sql|parquet|xls[xb]?))?(\.(gz|zst))?$",
    re.IGNORECASE,
)


def digest(thing: object) -> str:
    """The sha256 of plain JSON, however its keys were ordered."""
    text = json.dumps({"scheme": SCHEME, "of": thing}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Raw:
    """A raw file: where it lies, and the name its rows carry, which is its path below the fixed part of the pattern."""

    path: Path
    name: str
    hidden: bool = False  # then the name is a code, and the path is told to nobody

    @property
    def told(self) -> str:
        """What an error may call it."""
        return self.name if self.hidden else str(self.path)


@contextmanager
def withholding(*raws: Raw) -> Iterator[None]:
    """An error of the file system says which file; of a hidden one it says the code."""
    try:
        yield
    except OSError as wrong:
        said = f"{wrong} {wrong.filename}"
        for raw in raws:
            if raw.hidden and raw.path.name in said:
                number = wrong.errno or errno.EIO
                raise OSError(number, os.strerror(number), raw.name) from None
        raise


@dataclass(frozen=True)
class Forgotten:
    """Rows that stay out of every corpus because somebody asked for it, by the names that they have today."""

    rows: frozenset[str] = frozenset()

    @cached_property
    def _by_file(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in sorted(self.rows):
            found.setdefault(row.split(">")[0].rpartition("#")[0], []).append(row)
        return found

    def of_file(self, source: str, file: str) -> list[str]:
        return self._by_file.get(f"{source}/{file}", [])

    def of_piece(self, of: Mapping[str, Any]) -> list[str]:
        """Those that come of one slice of a raw file."""
        start = f"{of['source']}/{of['file']}#{of['slice']}-"
        return [row for row in self.of_file(of["source"], of["file"]) if row.startswith(start)]


NOTHING = Forgotten()


def origin(row: str) -> tuple[str, str, str]:
    """The source and the file that a row comes of, and the rest of its name."""
    place, _, number = row.split(">", maxsplit=1)[0].rpartition("#")
    source, _, file = place.partition("/")
    return source, file, row[len(place) + 1 :] if number else ""


def is_born(row: str) -> bool:
    return ">" in row


def bearer(row: str) -> str:
    """The stage that a born row was born in."""
    return row.rpartition(">")[2].rpartition(".")[0]


def record(row: str) -> int:
    """The number of the record that a row was read from."""
    return int(row.split(">", maxsplit=1)[0].rpartition("-")[2])


def lineage(row: str) -> list[str]:
    """The row and all that it was born of."""
    born = row.split(">")
    return [">".join(born[:k]) for k in range(1, len(born) + 1)]


def subject_code(key: bytes, told: str) -> str:
    """What stands for whom a row is about."""
    return f"s_{keys.code(key, 'subject', told.strip())[:16]}"


@dataclass(frozen=True)
class Piece:
    """A raw file, or one slice of a large one, from ``start`` to ``end`` in the units that its source cuts by."""

    raw: Raw
    number: int = 0
    start: int = 0
    end: int | None = None  # None: to the end of the file


@dataclass(frozen=True, kw_only=True)
class Source:
    """Files of one kind. Subclass it and write ``read``; rows are born here, so they have no parent.

    ``read`` yields frames of any size with the columns that it knows, a ``record`` number that counts every record of the piece,
    readable or not, and ``drop``: null, or the reason why this record cannot become a row.

    Where the name of a file may tell who a patient is, ``names="hash"`` puts a keyed code in its place, everywhere. The key
    for it comes from the environment or a file (``keys.py``), as does that for ``subject``, if the source fills that column.
    """

    version: ClassVar[int] = 1
    name: str
    files: str | Sequence[str]  # paths or patterns (``raw/**/*.csv``), relative to the working directory
    license: str
    gives: str = "document"
    category: str | None = None
    slice_mb: float = 256  # larger files are read in slices of about this size, each a part of its own
    limit: int | None = None  # at most so many records of each file: for a trial
    names: Literal["plain", "hash"] = "plain"

    def __post_init__(self) -> None:
        if self.names not in ("plain", "hash"):
            raise ValueError(f"source {self.name!r}: names={self.names!r}; the names of files are 'plain' or 'hash'")
        if self.keyed:
            self.secret()  # that there is none is better known now

    @property
    def subjects(self) -> bool:
        """Whether its files say whom a row is about."""
        return "subject" in (getattr(self, "fields", None) or ())

    @property
    def keyed(self) -> bool:
        return self.names == "hash" or self.subjects

    def secret(self) -> bytes:
        """The key of its codes, the same from the day it was made."""
        what = "with names='hash'" if self.names == "hash" else "which says in `subject` whom a row is about,"
        found = keys.secret(f"source {self.name!r} {what}")
        known = vars(self).setdefault("_key", keys.name(found))
        if known != keys.name(found):
            raise keys.SecretError(
                f"source {self.name!r} was made with the key {known}, and the key here is {keys.name(found)}. "
                f"Bring that one back, or make the source and the engine anew."
            )
        return found

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        raise NotImplementedError(f"{type(self).__name__} has no read(piece): yield frames with `record` and `drop`")

    def cuts(self, raw: Raw) -> list[int]:  # noqa: ARG002  a source of small files has none
        """Where a file larger than ``slice_mb`` may be cut: ascending positions, each the start of a record but 0."""
        return []

    def pieces(self, raw: Raw, cuts: Callable[[Raw], list[int]] | None = None) -> list[Piece]:
        """The file as one piece, or as its slices if it is large. ``cuts`` may remember where it was cut before."""
        large = raw.path.stat().st_size > self.slice_mb * 2**20 and self.limit is None
        bounds = [0, *(cut for cut in (cuts or self.cuts)(raw) if cut > 0)] if large else [0]
        return [
            Piece(raw, n, start, end) for n, (start, end) in enumerate(zip(bounds, [*bounds[1:], None], strict=True))
        ]

    @property
    def spec(self) -> Any:
        """All that decides a row except the file it is in; where the files lie is not what they are."""
        told = spec(self)
        fields = told[type(self).__name__]
        del fields["files"]
        if "gives" in fields:
            fields["gives"] = schema.load(self.gives).name
        if self.keyed:
            fields["key"] = keys.name(self.secret())
        return told

    @cached_property
    def raw(self) -> list[Raw]:
        """Its files, in the order of their names."""
        found: dict[str, Raw] = {}
        for pattern in [self.files] if isinstance(self.files, str) else self.files:
            for raw in map(self._called, _matches(self.name, str(pattern))):
                known = found.setdefault(raw.name, raw)
                if known.path != raw.path:
                    which = "two files" if raw.hidden else f"{known.path} and {raw.path}"
                    raise ClashError(
                        f"source {self.name!r}: {which} would both be called {raw.name!r}. "
                        f"Give one pattern that covers both folders, such as 'raw/**/*.jsonl'."
                    )
        return [found[name] for name in sorted(found)]

    def _called(self, raw: Raw) -> Raw:
        return Raw(raw.path, self.file_code(raw.name), hidden=True) if self.names == "hash" else raw

    def file_code(self, name: str) -> str:
        """What stands for the name of a file."""
        said = FORMAT.search(name)
        spelled = unicodedata.normalize("NFC", name)  # some file systems take accents apart
        return f"f_{keys.code(self.secret(), 'name of a file', spelled)[:16]}{said[0] if said else ''}"

    def forgets(self, raw: Raw, forgotten: Forgotten) -> list[str]:
        """The records of a file that are not to become rows."""
        rows = [row for row in forgotten.of_file(self.name, raw.name) if not is_born(row)]
        return [row for row in rows if self.limit is None or record(row) < self.limit]

    def fingerprint(self, of: Digest = file_digest, forgotten: Forgotten = NOTHING) -> str:
        files = [[raw.name, of(raw.path), *self.forgets(raw, forgotten)] for raw in self.raw]
        return digest([self.spec, files])


def _matches(source: str, pattern: str) -> list[Raw]:
    fixed = []
    for part in Path(pattern).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    base, whole = place(Path(*fixed)), place(pattern)
    files = [whole] if whole.is_file() else list(matching(pattern))
    if not files:
        folder = f"; it is a folder, so say which files of it: {pattern}/**/*.jsonl" if whole.is_dir() else ""
        raise FileNotFoundError(
            f"source {source!r}: no file matches {pattern!r} (looked below {base.absolute()}){folder}. "
            f"Patterns are relative to the working directory."
        )
    return [Raw(p, p.relative_to(base).as_posix()) for p in files]


@dataclass(frozen=True)
class Corpus:
    """Inputs, and the stages their rows pass through. Inputs are listed by trust: of two copies, the earlier one stays."""

    name: str
    inputs: Sequence[Source | Corpus]
    stages: Sequence[Stage] = field(default=())

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]*", self.name):
            raise ValueError(
                f"corpus {self.name!r}: a name is letters, digits, '_', '-' and '.', for a folder is named after it"
            )
        kinds: Any
        things: Any
        for what, kinds, things in (("input", Source | Corpus, self.inputs), ("stage", Stage, self.stages)):
            if not isinstance(things, list | tuple):
                raise TypeError(
                    f"corpus {self.name!r}: its {what}s are a list, as in Corpus(name, [source], [Clean()])"
                )
            for thing in things:
                if not isinstance(thing, kinds):
                    hint = f"; write {thing.__name__}(...)" if isinstance(thing, type) else ""
                    raise TypeError(f"corpus {self.name!r}: {thing!r} is no {what}{hint}")
        if not self.inputs:
            raise ValueError(f"corpus {self.name!r} has no inputs: give it at least one source or corpus")
        object.__setattr__(self, "inputs", tuple(self.inputs))  # a list that grows later would make it another corpus
        object.__setattr__(self, "stages", tuple(self.stages))
        spec(self.stages)  # what cannot be spelled is better known now
        self._check_names()
        self._check_lines()
        self._check_stages()

    def _check_names(self) -> None:
        seen: dict[tuple[str, str], Source | Corpus] = {("corpus", self.name): self}
        for thing in [below for i in self.inputs for below in walk(i)]:
            kind = "source" if isinstance(thing, Source) else "corpus"
            other = seen.setdefault((kind, thing.name), thing)
            if other is self:
                raise ValueError(
                    f"corpus {self.name!r} stands on a corpus of the same name, which is a circle. Rename one."
                )
            if other != thing:
                raise ValueError(
                    f"corpus {self.name!r}: two different things are called {kind} {thing.name!r}. Rename one."
                )

    def _check_lines(self) -> None:
        """Rows that came in by two inputs would have the same names."""
        seen: dict[tuple[str, ...], str] = {}
        for below in self.inputs:
            for line in descents(below):
                if line in seen:
                    raise ValueError(
                        f"corpus {self.name!r}: the rows of {' > '.join(line)} would come in twice, "
                        f"by {seen[line]!r} and by {below.name!r}. Leave one of them out."
                    )
                seen[line] = below.name

    def _check_stages(self) -> None:
        have, kind = self._below, self._given
        for stage in self.stages:
            if stage.needs - have:
                raise GateError(
                    f"corpus {self.name!r}: {stage.name} works only on rows that are {', '.join(sorted(stage.needs - have))}. "
                    f"Put the stage that makes them so before it (Scrub() for 'scrubbed')."
                )
            if stage.takes and kind not in stage.takes:
                raise ValueError(
                    f"corpus {self.name!r}: {stage.name} works on rows of the kind {' or '.join(sorted(stage.takes))}, and these are of the "
                    f"kind {kind!r}."
                )
            self._check_column(stage, kind)
            have = have - stage.unmarks | stage.marks
            kind = stage.gives or kind

    def _check_column(self, stage: Stage, kind: str) -> None:
        types = schema.load(kind).polars
        column = getattr(stage, "column", None)
        if column is not None and column not in types:
            raise ValueError(
                f"corpus {self.name!r}: {stage.name} wants the column {column!r}, but its rows are of the kind {kind!r} "
                f"and have {', '.join(types)}."
            )
        if column is not None and not stage.any_column and types[column] != pl.String:
            raise ValueError(f"corpus {self.name!r}: {stage.name} reads text, and {column!r} is {types[column]}.")

    @property
    def _below(self) -> frozenset[str]:
        """The marks that all inputs have."""
        return frozenset[str].intersection(*(i.marks if isinstance(i, Corpus) else frozenset() for i in self.inputs))

    @property
    def _given(self) -> str:
        """The schema that all inputs share."""
        given = {i.gives for i in self.inputs}
        if len(given) > 1:
            told = ", ".join(f"{i.name} gives {i.gives}" for i in self.inputs)
            raise ValueError(
                f"corpus {self.name!r}: its inputs have rows of different kinds ({told}). Build them apart."
            )
        return given.pop()

    @property
    def marks(self) -> frozenset[str]:
        """What is true of every row of it, such as "scrubbed": said by its stages, or by all of its inputs."""
        have = self._below
        for stage in self.stages:
            have = have - stage.unmarks | stage.marks
        return have

    @property
    def gives(self) -> str:
        """The schema of its rows: that of the last stage that says one, or the one that its inputs share."""
        return next((stage.gives for stage in reversed(self.stages) if stage.gives), self._given)

    @property
    def spec(self) -> Any:
        """Its recipe as plain JSON: the inputs by name, the stages with every field that is not at its default."""
        return {
            "inputs": [i.spec if isinstance(i, Source) else {"Corpus": {"name": i.name}} for i in self.inputs],
            "stages": [spec(s) for s in self.stages],
        }

    def fingerprint(self, of: Digest = file_digest, forgotten: Forgotten = NOTHING) -> str:
        contract = schema.load(self.gives).identity
        inputs = [i.fingerprint(of, forgotten) for i in self.inputs]
        return digest([inputs, [spec(s) for s in self.stages], contract, *self._bears(forgotten)])

    def _bears(self, forgotten: Forgotten) -> list[str]:
        """The forgotten rows that would be born in it."""
        stages = {stage.name for stage in self.stages}
        born = [row for row in sorted(forgotten.rows) if is_born(row) and bearer(row) in stages]
        sources = {source.name for source in sources_of(self)} if born else set()
        return [row for row in born if origin(row)[0] in sources]

    def limited(self, records: int) -> Corpus:
        """The same recipe over the first ``records`` records of each raw file, under a name that says so."""
        inputs = [i.limited(records) if isinstance(i, Corpus) else replace(i, limit=records) for i in self.inputs]
        return Corpus(f"{self.name}.limit{records}", inputs, self.stages)

    def segments(self) -> list[Segment]:
        """Its stages, cut before each survey, which can only judge rows that were all written down."""
        cuts = [k for k, stage in enumerate(self.stages) if isinstance(stage, Survey)]
        bounds = [0, *cuts, len(self.stages)]
        return [
            Segment(tuple(self.stages[a:b]), self.stages[b] if b in cuts else None)  # type: ignore[arg-type]
            for a, b in pairwise(bounds)
        ]


class ClashError(ValueError):
    """Two raw files of a source would give rows of the same names."""


class GateError(ValueError):
    """A stage or a command was given rows that are not fit for it, such as rows that were not scrubbed."""


@dataclass(frozen=True)
class Segment:
    """The stages of one pass over the rows, and the survey that sketches what comes out of it."""

    stages: tuple[Stage, ...]
    survey: Survey | None


def walk(thing: Source | Corpus) -> Iterator[Source | Corpus]:
    """Everything a corpus stands on, inputs first, and itself last."""
    for below in thing.inputs if isinstance(thing, Corpus) else ():
        yield from walk(below)
    yield thing


def sources_of(*things: Source | Corpus) -> list[Source]:
    """The sources that they stand on, each once."""
    found = [below for thing in things for below in walk(thing) if isinstance(below, Source)]
    return [source for n, source in enumerate(found) if source not in found[:n]]


def descents(thing: Source | Corpus) -> frozenset[tuple[str, ...]]:
    """The lines of descent that its rows may be of: a source, and the stages by which they were born."""
    if isinstance(thing, Source):
        return frozenset({(thing.name,)})
    born = tuple(stage.name for stage in thing.stages if stage.gives)
    return frozenset((*line, *born) for below in thing.inputs for line in descents(below))
