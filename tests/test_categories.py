"""The fifteen kinds of medical text, and every real file that is at hand. What is not real is invented."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from medgo_data import Corpus, Here, build
from medgo_data import open as open_built
from medgo_data.corpus import Piece, Raw, Source
from medgo_data.recipe import corpora
from medgo_data.schema import load as schema
from medgo_data.sources import CATEGORIES, DrugLeaflets, ExamBanks, Terminology, Textbooks, Turns, Works
from medgo_data.sources.raw import text

RECIPE = Path(__file__).parent.parent / "recipes" / "categories.py"
REAL = Path(os.environ.get("MEDGO_REAL_DATA", "")) / "data"
real = pytest.mark.skipif("MEDGO_REAL_DATA" not in os.environ, reason="MEDGO_REAL_DATA names no folder")


def read(source: Source, raw: Raw) -> list[dict[str, Any]]:
    frames = list(source.read(Piece(raw)))
    told = schema(source.gives).polars
    assert all(set(frame.columns) <= {"record", "drop", *told} for frame in frames)
    rows = [row for frame in frames for row in frame.to_dicts()]
    assert [row["record"] for row in rows] == list(range(len(rows)))
    return rows


# ---- the fifteen ---------------------------------------------------------------------------------------------------


def test_there_are_fifteen_categories_and_each_has_a_name_in_two_languages_and_a_source() -> None:
    names, chinese, sources = zip(*CATEGORIES, strict=True)
    assert len(set(names)) == len(set(chinese)) == len(set(sources)) == 15
    assert all(re.fullmatch("[\u4e00-\u9fff]+", name) for name in chinese)
    for name, _, source in CATEGORIES:
        assert next(f.default for f in fields(source) if f.name == "category") == name


@pytest.mark.parametrize(("name", "source"), [(name, source) for name, _, source in CATEGORIES])
def test_a_text_of_any_category_says_what_it_is_and_where_it_comes_from(
    tmp_path: Path, name: str, source: type[Works]
) -> None:
    (tmp_path / "甲.txt").write_text(
        "【药品名称】静卧片\n【用法用量】睡前静卧，日行百步。\n答案：少盐多水。\n", "utf-8"
    )
    told: dict[str, Any] = {"gives": "document"}
    if name == "dialogue":
        told["fields"] = {"messages": Turns(turns=".", marks={"": "assistant"})}
    whole = source(files=f"{tmp_path}/*.txt", license="public", **told)
    build(Corpus("one", [whole]), tmp_path / "out", Here())
    (row,) = open_built(tmp_path / "out", "one").rows().collect().to_dicts()
    assert (row["category"], row["license"], row["origin"]) == (name, "public", "甲.txt")
    assert row["source"] == whole.name and row["text"].strip()


def test_the_default_name_is_no_part_of_what_a_source_is() -> None:
    assert Textbooks(files="*.txt", license="public").spec == {"Textbooks": {"version": 1, "license": "public"}}


# ---- terms ---------------------------------------------------------------------------------------------------------


def test_terms_are_gathered_into_texts_and_those_that_are_none_are_counted(tmp_path: Path) -> None:
    lines = ["code,name", *(f"A{n:02},虚构病{n}" if n != 4 else ",\x20" for n in range(1, 8))]
    (tmp_path / "编码.csv").write_text("\n".join(lines), "utf-8")
    source = Terminology(
        files=f"{tmp_path}/*.csv", license="public", fields={"text": ("code", "name")}, terms_per_text=3
    )
    assert [(row["title"], row["position"], row["drop"] or row["text"]) for row in read(source, source.raw[0])] == [
        ("编码", "terms 1-3", "A01 虚构病1\nA02 虚构病2\nA03 虚构病3"),
        (None, None, "no_text"),
        ("编码", "terms 5-7", "A05 虚构病5\nA06 虚构病6\nA07 虚构病7"),
    ]
    few = Terminology(files=f"{tmp_path}/*.csv", license="public", fields={"text": "name"}, terms_per_text=50)
    assert [row["position"] for row in read(few, few.raw[0])] == [None, "terms 1-7"]


def test_a_table_without_a_heading_is_given_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("A01,虚构病甲\nA02,虚构病乙\n", "utf-8")
    fields: Any = {"text": ("code", "name")}
    source = Terminology(files=f"{tmp_path}/*.csv", license="public", columns=("code", "name"), fields=fields)
    assert [row["text"] for row in read(source, source.raw[0])] == ["A01 虚构病甲\nA02 虚构病乙"]


def test_terms_are_gathered_across_the_blocks_that_a_file_is_read_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medgo_data.sources.raw.BLOCK", 100)
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": f"虚构病{n}"}) for n in range(100)), "utf-8")
    source = Terminology(files=f"{tmp_path}/*.jsonl", license="public", terms_per_text=30)
    rows = read(source, source.raw[0])
    assert [row["position"] for row in rows] == ["terms 1-30", "terms 31-60", "terms 61-90", "terms 91-100"]
    assert "\n".join(row["text"] for row in rows) == "\n".join(f"虚构病{n}" for n in range(100))


# ---- the recipe over all real files --------------------------------------------------------------------------------


def test_the_recipe_says_what_it_needs() -> None:
    told = subprocess.run(
        [sys.executable, str(RECIPE)],
        env={k: v for k, v in os.environ.items() if k != "MEDGO_REAL_DATA"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode and "set it to the folder that holds data/" in told.stderr


@pytest.mark.slow
@pytest.mark.real
@real
def test_every_real_file_is_read_and_what_cannot_be_read_has_a_reason() -> None:
    paths = [path for path in sorted(REAL.rglob("*")) if path.is_file()]
    assert len(paths) > 500
    for path in paths:
        rows = read(Works(name="all", files=str(path), license="private"), Raw(path, path.name))
        assert rows, path.name
        for row in rows:
            assert bool((row.get("text") or "").strip()) != bool(row["drop"]), path.name


def declared() -> list[Source]:
    """The sources of the recipe."""
    return [source for corpus in corpora(str(RECIPE)) for source in corpus.inputs if isinstance(source, Source)]


def records(source: Any, path: Path) -> int | None:
    """How many records a file has, counted by other means; None if it is a document."""
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    if path.suffix in {".pdf", ".xlsx"}:
        return None
    content = b"".join(text(path)).decode("utf-8", "surrogateescape").strip()
    if begins := getattr(source, "begins", None):
        return f"\n{content}".count(f"\n{begins}")
    if rows := getattr(source, "rows", None):
        between = {"file": r"\Z.", "line": r"\n", "paragraph": r"\n\s*\n"}[rows]
        return len(re.split(between, content))
    return _in_a_value(content, path.name.removesuffix(".gz")) if "mineru_json" not in path.parts else None


def _in_a_value(content: str, name: str) -> int | None:
    if name.endswith(".csv"):
        return sum(1 for row in csv.reader(io.StringIO(content, newline="")) if row) - 1
    if not name.endswith((".json", ".jsonl")):
        return None
    try:
        return len(json.loads(content))
    except json.JSONDecodeError:
        return sum(1 for line in content.splitlines() if line.strip())


@pytest.mark.real
@real
@pytest.mark.slow
def test_every_real_record_is_a_row_or_has_a_reason() -> None:
    counted = 0
    for source in declared():
        if isinstance(source, DrugLeaflets | ExamBanks):  # one record of theirs may be several rows
            continue
        apart = {"longest": 10**9} | ({"terms_per_text": 1} if isinstance(source, Terminology) else {})
        for raw in source.raw:
            expected = records(source, raw.path)
            if expected is not None:
                assert len(read(replace(source, **apart), raw)) == expected, raw.name  # type: ignore[arg-type]
                counted += expected
    assert counted > 30_000


@pytest.mark.slow
@pytest.mark.real
@real
def test_the_recipe_builds_all_fifteen_from_real_files(tmp_path: Path) -> None:
    start = time.process_time()
    made = {corpus.name: corpus for corpus in corpora(str(RECIPE))}
    build(made["documents"], tmp_path, Here())
    built = open_built(tmp_path, "documents").rows().collect()
    assert time.process_time() - start < 60
    missing = {name for name, _, _ in CATEGORIES} - set(built["category"].unique())
    assert missing <= {"popular science"}  # the two portal pages at hand are nothing but menus
    assert built["text"].str.strip_chars().str.len_chars().min() > 0  # type: ignore[operator]
    for name in ("textbooks", "monographs", "reviews"):  # of a long work every part says which it is
        docs = open_built(tmp_path, name).rows().collect()
        assert docs["position"].is_not_null().any() and docs["title"].is_not_null().any()
