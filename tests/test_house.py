"""Who may import whom, and how light the front door is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY = {  # a room may open the doors it is given, and no other
    "stage": set(),
    "engine": set(),
    "ray": {"engine", "far", "keys", "place"},
    "schema": set(),
    "shards": set(),
    "far": set(),
    "place": {"far"},
    "corpus": {"stage", "schema", "keys", "place"},
    "store": {"stage", "place", "far"},
    "part": {"stage", "corpus", "engine", "schema", "shards", "store", "keys", "place"},
    "careful": {"stage", "corpus", "engine", "part"},
    "forgotten": {"stage", "corpus", "store", "part", "far"},
    "books": {"stage", "corpus", "engine", "schema", "store", "part"},
    "build": {"stage", "corpus", "engine", "schema", "store", "part", "books", "careful", "forgotten", "place", "far"},
    "forget": {"corpus", "engine", "store", "build", "forgotten", "compare", "keys"},
    "why": {"corpus", "store"},
    "again": {"stage", "corpus", "schema", "shards", "store", "part", "why", "forgotten", "place"},
    "compare": {"store"},
    "recipe": {"corpus"},
    "launch": {"corpus", "far"},
    "show": set(),
    "forecast": {"store"},
    "native": set(),
    "processor": set(),
    "file": set(),
    "value": set(),
    "letters": {"native", "utf8"},
    "utf8": {"native", "letters"},
    "grams": {"native"},
    "clean": {"stage", "schema", "native", "file", "clean"},
    "decontaminate": {
        "stage",
        "schema",
        "native",
        "letters",
        "utf8",
        "grams",
        "value",
        "sources",
        "corpus",
        "decontaminate",
    },
    "dedup": {"stage", "schema", "native", "letters", "utf8", "grams", "value", "file", "dedup"},
    "keys": set(),
    "pii": {"stage", "schema", "native", "letters", "utf8", "grams", "value", "file", "keys", "pii"},
    "leaflet": set(),
    "synth": {"stage", "schema", "native", "letters", "utf8", "grams", "value", "file", "leaflet", "synth"},
    "verdict": {"schema"},
    "reviewed": {"stage", "schema", "corpus", "value", "file", "verdict", "review", "reviewed"},
    "sources": {"corpus", "schema", "sources", "leaflet", "verdict"},
    "review": {"schema", "corpus", "letters", "verdict", "review"},
}
TRAIN = {  # the same for medgo_train
    "config": set(),
    "compat": set(),
    "python_file": {"config"},
    "recipe": {"config", "python_file"},
    "far": {"config"},
    "data": {"config", "far"},
    "templates": {"config"},
    "base": {"config", "data", "templates"},
    "pack": {"config", "data", "templates"},
    "plan": {"config", "pack"},
    "ready": {"config", "data", "pack", "plan", "templates"},
    "watch": {"templates"},
    "merge": {"config"},
    "launch": {"config"},
    "infer": {"config", "evaluate"},
    "record": {"config", "data", "pack", "ready", "templates"},
    "report": {"config", "pack", "record"},
    "callbacks": {"record", "report", "watch"},
    "estimate": {"config", "stages"},
    "evaluate": {"config", "data", "evaluate", "pack", "python_file", "record", "watch"},
    "stages": {
        *("callbacks", "compat", "config", "data", "estimate", "merge", "pack", "plan", "ready", "record", "stages"),
        "watch",
    },
}
FREE = {"cli", "cli_evaluate", "cli_review", "__init__"}
FILES = sorted((ROOT / "medgo_data").rglob("*.py"))


def imported(file: Path, house: str = "medgo_data") -> Iterator[str]:
    """The rooms of a house that a file opens when it runs; what only the type checker reads does not count."""
    tree = ast.parse(file.read_text("utf-8"))
    quiet = [
        n for b in ast.walk(tree) if isinstance(b, ast.If) and "TYPE_CHECKING" in ast.dump(b.test) for n in ast.walk(b)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in quiet and node.module:
            if node.module == house:
                yield from (alias.name for alias in node.names if not alias.name.startswith("__"))
            elif node.module.startswith(f"{house}."):
                yield node.module.split(".")[1]
        elif isinstance(node, ast.Import) and node not in quiet:
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{house}."))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_imports_point_inward(file: Path) -> None:
    room = file.relative_to(ROOT / "medgo_data").parts[0].removesuffix(".py")
    if room not in FREE:
        assert set(imported(file)) <= MAY[room], f"{room} may import {sorted(MAY[room])}"


@pytest.mark.parametrize(
    "file", sorted((ROOT / "medgo_train").rglob("*.py")), ids=lambda f: f.relative_to(ROOT).as_posix()
)
def test_imports_point_inward_where_it_is_trained_too(file: Path) -> None:
    room = file.relative_to(ROOT / "medgo_train").parts[0].removesuffix(".py")
    if room not in FREE:
        assert set(imported(file, "medgo_train")) <= TRAIN[room], f"{room} may import {sorted(TRAIN[room])}"


def test_the_two_packages_meet_only_on_disk() -> None:
    for ours, theirs in (("medgo_data", "medgo_train"), ("medgo_train", "medgo_data")):
        for file in (ROOT / ours).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                assert not any(name.split(".")[0] == theirs for name in names), f"{file} imports {theirs}"


def test_a_module_opens_with_a_sentence() -> None:
    for file in [*FILES, *(ROOT / "medgo_train").rglob("*.py")]:
        said = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        assert said.split("\n")[0].rstrip()[-1:] in ".:", f"{file} does not open with a sentence"


def test_the_front_door_is_light() -> None:
    heavy = "torch ray spacy transformers datasets pyarrow loky fastapi presidio_analyzer jieba numba openai msgspec"
    code = f"import sys, medgo_data; print(*[m for m in {heavy.split()!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert loaded == []
