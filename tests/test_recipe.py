"""What can be wrong with a recipe is said with its file, its line and the next step; what is right with it runs anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from medgo_data import Here, Local, build
from medgo_data import open as open_built
from medgo_data.recipe import RecipeError, corpora
from tests.conftest import sha256s, write_leaflets

HEAD = """\
from medgo_data import *
from medgo_data.sources import *
leaflets = JsonLines(name="leaflets", files="raw/*.jsonl", license="public", fields={"text": "body"})
talk = JsonLines(name="talk", files="raw/*.jsonl", license="public", gives="chat")
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in; afterwards Python has forgotten what it imported from there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def write(**files: str) -> None:
    for name, told in files.items():
        Path(f"{name}.py").write_text(told, "utf-8")


def refusal(told: str = "r.py") -> str:
    with pytest.raises(RecipeError) as wrong:
        corpora(told)
    return str(wrong.value)


@pytest.mark.parametrize("path", ["r.py", "./r.py", "{here}/r.py"])
@pytest.mark.parametrize(
    ("last", "line", "says"),
    [
        ("\ntidy = Corpus('tidy', [leaflets]\n", 6, "was never closed"),
        ("\n\ntidy = Corpus('tidy', [leaflets], [Dedupe()])\n", 7, "name 'Dedupe' is not defined"),
        ("all = Corpus('all', [tidy])\ntidy = Corpus('tidy', [leaflets])\n", 5, "is it written further down"),
        ("import no_such_package\n", 5, "Is the package installed"),
        ("from medgo_data import Nothing\n", 5, "cannot import name 'Nothing'"),
        ("tidy = Corpus('tidy', [leaflets], [Clean])\n", 5, "is no stage; write Clean(...)"),
        ("tidy = Corpus('tidy', [JsonLines])\n", 5, "is no input; write JsonLines(...)"),
        ("tidy = Corpus('tidy', leaflets)\n", 5, "its inputs are a list"),
        ("tidy = Corpus('tidy', [leaflets], Clean())\n", 5, "its stages are a list"),
        ("tidy = Corpus('tidy', [])\n", 5, "has no inputs"),
        ("tidy = Corpus('../tidy', [leaflets])\n", 5, "a folder is named after it"),
        ("tidy = Corpus('tidy', [leaflets], [Clean(min_char=5)])\n", 5, "unexpected keyword argument 'min_char'"),
        (
            "other = JsonLines(name='leaflets', files='b', license='x')\ntidy = Corpus('tidy', [leaflets, other])\n",
            6,
            "two different things are called source 'leaflets'. Rename one",
        ),
        (
            "one, two = Corpus('one', [leaflets]), Corpus('one', [leaflets], [Clean()])\nboth = Corpus('both', [one, two])\n",
            6,
            "two different things are called corpus 'one'. Rename one",
        ),
        (
            "tidy = Corpus('tidy', [leaflets])\ntidy = Corpus('tidy', [tidy])\n",
            6,
            "stands on a corpus of the same name, which is a circle. Rename one",
        ),
        ("tidy = Corpus('tidy', [leaflets, talk])\n", 5, "leaflets gives document, talk gives chat"),
        (
            "tidy = Corpus('tidy', [leaflets], [Dedup(column='answer')])\n",
            5,
            "Dedup wants the column 'answer', but its rows are of the kind 'document' and have id, parent",
        ),
        (
            "tidy = Corpus('tidy', [talk], [Clean()])\n",
            5,
            "Clean wants the column 'text', but its rows are of the kind 'chat'",
        ),
        (
            "from medgo_data.synth import DrugQA; tidy = Corpus('tidy', [talk], [DrugQA()])\n",
            5,
            "DrugQA works on rows of the kind document, and these are of the kind 'chat'",
        ),
        ("tidy = Corpus('tidy', [talk], [Clean(column='messages')])\n", 5, "Clean reads text, and 'messages' is List"),
        (
            "web = JsonLines(name='web', files='x', license='x', fields={'txt': 'body'})\n",
            5,
            "fields cannot fill 'txt'. In 'document' it can fill position, title, text, sections",
        ),
        ("web = JsonLines(name='web', files='x', license='x', fields={'title': 'name'})\n", 5, "fields lacks 'text'"),
        ("web = JsonLines(name='web', files='x', license='x', gives='chatt')\n", 5, "there is no schema 'chatt'"),
        ("web = Text(name='web', files='x', license='x', encoding='big6')\n", 5, "there is no encoding 'big6'"),
        ("talk2 = Turns(user='ask', turns='dialogue')\n", 5, "Turns takes either turns='dialogue'"),
    ],
)
def test_a_fault_is_told_with_its_line(last: str, line: int, says: str, path: str, here: Path) -> None:
    write(r=HEAD + last)
    told = refusal(path.format(here=here))
    assert f"r.py, line {line}: " in told
    assert says in told
    assert told.endswith("Correct that line and run again.")


@pytest.mark.parametrize(
    ("files", "place", "says"),
    [
        ({"r": "import doses\n", "doses": "grams = 1\n\nmilligrams = gram * 1000\n"}, "doses.py, line 3", "NameError"),
        ({"r": "import doses\n", "doses": "grams = (\n"}, "doses.py, line 1", "was never closed"),
        (
            {"r": "import doses\nall = doses.tidy\n", "doses": "import r\ntidy = r.all\n"},
            "r.py, line 2",
            "circular import",
        ),
        (
            {"r": "from doses import tidy\nall = tidy\n", "doses": "from r import all\ntidy = all\n"},
            "r.py, line 1",
            "do two files import each other",
        ),
        ({"r": HEAD + "def make():\n    return Corpus('tidy', [])\ntidy = make()\n"}, "r.py, line 6", "has no inputs"),
    ],
    ids=["error beside", "syntax beside", "circle by attribute", "circle by name", "error in a function"],
)
def test_a_fault_in_a_file_beside_the_recipe_is_told_where_it_is(files: dict[str, str], place: str, says: str) -> None:
    write(**files)
    told = refusal()
    assert f"{place}: " in told
    assert says in told


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere.py", "there is no recipe nowhere.py (from {here}). Give the path of a Python file"),
        (".", "there is no recipe ."),
        ("r.txt", "r.txt is no Python file. A recipe ends in .py"),
        ("empty.py", "empty.py holds no corpus. Write one at its top level"),
        ("empty.py:tidy", "empty.py holds no corpus"),
        ("r.py:tidi", "r.py has no corpus 'tidi'; it has tidy, other. Write r.py:tidy"),
    ],
)
def test_a_recipe_that_is_not_there_is_told_with_the_next_step(path: str, says: str, here: Path) -> None:
    write(empty="leaflets = 1\n", r=HEAD + "tidy = Corpus('tidy', [leaflets])\nother = Corpus('new', [leaflets])\n")
    Path("r.txt").touch()
    assert says.format(here=here) in refusal(path)


def test_a_corpus_is_found_by_its_name_by_its_variable_and_once() -> None:
    write(r=HEAD + "tidy = Corpus('old_name', [leaflets])\nagain = tidy\nother = Corpus('tidy2', [leaflets])\n")
    assert [c.name for c in corpora("r.py")] == ["old_name", "tidy2"]
    for told in ("r.py:tidy", "r.py:old_name"):
        assert [c.name for c in corpora(told)] == ["old_name"]


def test_a_chinese_recipe_has_chinese_names() -> None:
    write(语料=HEAD + "语料 = Corpus('药品说明书', [leaflets])\n")
    assert [c.name for c in corpora("语料.py:药品说明书")] == ["药品说明书"]


# ---- stages that are written in a recipe ---------------------------------------------------------------------------

STAGES = """\
from dataclasses import dataclass
import polars as pl
from medgo_data import Corpus, Stage, Survey, knob
from medgo_data.sources import JsonLines
from doses import Unnamed, LIMIT

@dataclass(frozen=True, kw_only=True)
class Undated(Stage):
    words: tuple[str, ...] = ("每盒1片",)
    at_a_time: int = knob(1000)

    def __call__(self, docs):
        return docs.with_columns(drop=pl.when(pl.col("text").str.contains_any(list(self.words))).then(pl.lit("one_pill")))

@dataclass(frozen=True, kw_only=True)
class Early(Survey):
    '''Keep the first rows of all, however they lie in shards.'''
    rows: int = LIMIT

    def sketch(self, docs):
        return docs.select("id")

    def settle(self, shards, engine, out):
        start = 0
        for shard in shards:
            first = max(0, self.rows - start)
            late = pl.DataFrame({"row": list(range(first, shard.rows))}, schema={"row": pl.UInt32})
            shard.tell(out, late.with_columns(late=pl.lit(True)))
            start += shard.rows

    def __call__(self, docs, found):
        return docs.with_columns(drop=pl.when(found["late"]).then(pl.lit("late")))

leaflets = JsonLines(name="leaflets", files="raw/*.jsonl", license="public", fields={"text": "body", "title": "name"})
tidy = Corpus("tidy", [leaflets], [Unnamed(), Undated(at_a_time=9), Early(rows=LIMIT + 1)])
"""
DOSES = """\
from dataclasses import dataclass
import polars as pl
from medgo_data import Stage

LIMIT = 50

@dataclass(frozen=True, kw_only=True)
class Unnamed(Stage):
    def __call__(self, docs):
        return docs.with_columns(drop=pl.when(pl.col("title") == "残页").then(pl.lit("unnamed")))
"""


def test_stages_of_a_recipe_and_of_a_file_beside_it_run_in_other_processes(tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw", files=3, rows=40)  # 120 leaflets; every tenth is a torn page, 残页
    write(r=STAGES, doses=DOSES)
    with Local(2) as engine:
        there = build(corpora("r.py:tidy")[0], "there", engine)
    funnel = {line["stage"]: line["dropped"] for line in open_built("there", "tidy").manifest["funnel"]}
    assert funnel == {"read": {}, "Unnamed": {"unnamed": 12}, "Undated": {"one_pill": 1}, "Early": {"late": 56}}
    assert sha256s(there) == sha256s(build(corpora("r.py:tidy")[0], "here", Here()))
