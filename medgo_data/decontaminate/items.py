"""The items of benchmarks: of each question its stem and its options, of any other record the texts that it asks about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from medgo_data.corpus import Piece, Raw

PACKED = re.compile(r"\.(gz|zst)$")
SEPARATOR = "\x1f"  # between the segments of an item
Fields = Mapping[str, Sequence[str]]

# What texts are usually called that are no questions of choice, letter case, spaces, hyphens and underscores aside.
TEXTS = """
text text1 text2 sentence sentence1 sentence2 query1 query2 title premise hypothesis input prompt instruction content value
utterance utterances dialogue dialog dialoginfo dialogs conversation conversations messages history turns selfreport
description ask 文本 正文 内容 描述 病情描述 对话
""".split()  # noqa: SIM905  prose is read and changed more easily than a list
# What tells of an item and is not it; asked for only where nothing above is there.
ABOUT = """
id qid sampleid index source category type label labels output outputs target targets response role speaker sender url file year
unit examtype examclass examsubject questiontype metainfo group key
""".split()  # noqa: SIM905
OPTION = re.compile(r"(?:op|option|选项|choice)?[a-j]")  # a column for each
LABELLED = re.compile(r"\s*[(（]?[A-JＡ-Ｊ](?:\s*[.．、:：)）]|\s)\s*")


class BenchmarkError(OSError):
    """A benchmark that cannot be read, or that has nothing to look for: no corpus may be called clean because of it."""


@dataclass(frozen=True)
class Benchmark:
    """A file of items, and how they are called: ``CMB/test.jsonl#12``."""

    raw: Raw

    @property
    def name(self) -> str:
        """The first folder below the fixed part of the pattern; or the file without its suffixes, if it lies in none."""
        return self.prefix.partition("/")[0]

    @property
    def prefix(self) -> str:
        name = self.raw.name
        return name if "/" in name else f"{PurePosixPath(PACKED.sub('', name)).stem}/{name}"

    def item(self, record: int) -> str:
        return f"{self.prefix}#{record}"


def items(benchmark: Benchmark, fields: Fields | None) -> pl.DataFrame:
    """The ``record`` of each item, and its segments in ``text``; no segment has a gram in common with the next."""
    from medgo_data.sources.composed import Composed
    from medgo_data.sources.formats import format_of
    from medgo_data.sources.raw import BrokenError
    from medgo_data.sources.works import READERS, Works, alike

    path = benchmark.raw.path
    declared = (fields or {}).get(benchmark.name)
    works = Works(name="Decontaminate", files=str(path), license="")
    try:
        form = format_of(benchmark.raw)
    except BrokenError as broken:
        raise _unreadable(benchmark, broken.reason) from None
    if form not in READERS:
        raise BenchmarkError(
            f"Decontaminate: {path} holds no records (it is {form}), so it has no items. Leave it out of `against`."
        )
    reader = Composed(alike(READERS[form], works), (), ("text",), partial(_row, declared))
    found = pl.concat([pl.DataFrame(schema=READ), *(docs.select(*READ) for docs in reader.read(Piece(benchmark.raw)))])
    wrong = found.filter(pl.col("drop").is_not_null() & (pl.col("drop") != NOTHING))
    if wrong.height:
        raise _unreadable(benchmark, f"{wrong[0, 'drop']} at record {wrong[0, 'record']}")
    found = found.filter(pl.col("drop").is_null()).select("record", "text")
    if not found.height:
        raise empty(benchmark, "has no items")
    return found


READ = {"record": pl.UInt32, "text": pl.String, "drop": pl.String}
NOTHING = "no_text"


def empty(benchmark: Benchmark, why: str) -> BenchmarkError:
    return BenchmarkError(
        f"Decontaminate: {benchmark.raw.path} {why}, so nothing of it could be found. "
        f"Say in fields={{{benchmark.name!r}: (...)}} where its items are, or leave it out of `against`."
    )


def _unreadable(benchmark: Benchmark, reason: str) -> BenchmarkError:
    return BenchmarkError(
        f"Decontaminate: {benchmark.raw.path} cannot be read ({reason}), and what is not read is not looked for. "
        f"Repair the file, or leave it out of `against`."
    )


def _row(declared: Sequence[str] | None, record: Any) -> Iterator[dict[str, str]]:
    found = _segments(record) if declared is None else _declared(declared, record)
    yield {"text": SEPARATOR.join(filter(None, found))}


def _declared(paths: Sequence[str], record: Any) -> Iterator[str]:
    from medgo_data.sources.values import follow

    for path in paths:
        yield from _all(follow(path)(record))


def _segments(value: Any) -> Iterator[str]:
    """The texts of an item in a value, however deep: those under the names that such texts have, or else all of them."""
    if isinstance(value, dict):
        named = {re.sub(r"[\s_-]", "", str(key)).casefold(): inner for key, inner in value.items()}
        asked = [key for key in named if key in _usual()]
        options = [key for key in named if key in _options() or OPTION.fullmatch(key)]
        for key in [*asked, *options] or [key for key in named if key not in _about()]:
            yield from _segments(named[key])
    elif isinstance(value, list):
        for inner in value:
            yield from _segments(inner)
    elif isinstance(value, str) and isinstance(held := _held(value), dict | list):
        yield from _segments(held)
    elif isinstance(value, str):
        yield from _parts(value)


def _all(value: Any) -> Iterator[str]:
    """All texts in a value."""
    value = _held(value) if isinstance(value, str) else value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _all(inner)
    elif isinstance(value, str):
        yield from _parts(value)


def _held(text: str) -> Any:
    """What a cell of a table holds that was written as JSON."""
    import orjson

    if text.lstrip()[:1] not in {"{", "["}:
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _parts(text: str) -> Iterable[str]:
    """A text, or what stands before the options in it, and each of them without its letter."""
    from medgo_data.sources.questions import split_text
    from medgo_data.sources.values import UnfitError

    try:
        before, options = split_text(text)
    except UnfitError:
        before, options = text, []
    if [label for label, _ in options[:2]] == ["A", "B"]:
        return [before, *(said for _, said in options)]
    lines = text.splitlines()
    if all(map(LABELLED.match, lines)):  # A 胸中, and B 肺中 on the next line
        return [LABELLED.sub("", line, count=1) for line in lines]
    return [text]


@cache
def _usual() -> frozenset[str]:
    return frozenset((*TEXTS, *_names("stem", "questions", "question")))


@cache
def _options() -> frozenset[str]:
    return frozenset(_names("options"))


@cache
def _about() -> frozenset[str]:
    return frozenset((*ABOUT, *_names("answer", "explanation")))


def _names(*parts: str) -> list[str]:
    """What the parts of a question are usually called, as exams are read."""
    from medgo_data.sources.exams import USUAL

    return " ".join(USUAL[part] for part in parts).split()
