"""A manifest is what schemas/manifest.json says: no key more, no key less, and nothing of the machine it was built on."""

from __future__ import annotations

import getpass
import hashlib
import json
import re
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medgo_data import Clean, Corpus, Dedup, Here, build, recipe
from tests.conftest import leaflets_in, manifest
from tests.test_laws import Asks

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "schemas" / "manifest.json").read_text("utf-8"))
WHOLE = {"struct": {column["name"]: column["type"] for column in SCHEMA["columns"]}}
PLAIN = {"string": str, "bool": bool, "int64": int, "float64": float}
HAN = re.compile(r"[\u4e00-\u9fff]")


def faults(value: Any, kind: Any, place: str = "") -> list[str]:
    """Where ``value`` is not of the type ``kind``: the path to each place, and what is wrong there."""
    if isinstance(kind, str):
        fits = kind == "json" or type(value) is PLAIN[kind]
        return [] if fits else [f"{place}: {type(value).__name__} is no {kind}"]
    ((form, of),) = kind.items()
    if form == "maybe":
        return [] if value is None else faults(value, of, place)
    if form == "either":
        return min((faults(value, one, place) for one in of), key=len)
    if not isinstance(value, list if form == "list" else dict):
        return [f"{place}: {type(value).__name__} is no {form}"]
    within = (
        {f"[{n}]": one for n, one in enumerate(value)} if form == "list" else {f".{k}": v for k, v in value.items()}
    )
    asked = {f".{key}": one for key, one in of.items()} if form == "struct" else dict.fromkeys(within, of)
    found = [f"{place}{key}: not declared" for key in within.keys() - asked.keys()]
    found += [f"{place}{key}: not there" for key in asked.keys() - within.keys()]
    for key in within.keys() & asked.keys():
        found += faults(within[key], asked[key], f"{place}{key}")
    return found


def leaves(value: Any) -> Iterator[str]:
    """Every string in it, keys included."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str):
        yield value


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Those of the demo; of a corpus in which rows are born; and of one over it that lets every row pass."""
    root = tmp_path_factory.mktemp("built")
    for corpus in recipe.corpora(str(ROOT / "recipes" / "demo.py")):
        build(corpus, root, Here())
    leaflets = leaflets_in(ROOT / "recipes" / "raw" / "leaflets", fields={"text": "content"})
    talk = Corpus("talk", [leaflets], [Clean(), Asks(), Dedup(column="messages")])
    build(Corpus("above", [talk]), root, Here())
    return {path.parent.parent.name: manifest(path.parent) for path in root.glob("*/*/manifest.json")}


WRITTEN = ["leaflet_qa", "leaflet_talk", "guideline_qa", "complaint_talk", "safe_talk", "instruct"]
READ = [f"{name}_sources" for name in WRITTEN[:-1]]
NAMES = ["pretrain", "dialogues", "safety", "sft", *WRITTEN, *READ, "talk", "above"]


def test_these_are_all_that_were_built(manifests: dict[str, dict[str, Any]]) -> None:
    assert set(manifests) == set(NAMES)
    assert {tuple(shard["of"]) for m in manifests.values() for shard in m["shards"]} == {
        ("source", "file", "slice"),
        ("source", "file", "slice", "corpus", "shard"),
    }
    assert {shard["dropped"] is None for shard in manifests["above"]["shards"]} == {True}


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_is_what_its_schema_says(name: str, manifests: dict[str, dict[str, Any]]) -> None:
    assert faults(manifests[name], WHOLE) == []
    assert list(manifests[name]) == [column["name"] for column in SCHEMA["columns"]]
    assert manifests[name]["schema"] == {"name": SCHEMA["name"], "version": SCHEMA["version"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_knows_nothing_of_the_machine(
    name: str, manifests: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = [str(Path.home()), str(ROOT), str(Path.cwd()), str(tmp_path_factory.getbasetemp())]
    for said in leaves(manifests[name]):
        assert not Path(said).is_absolute(), said
        assert not any(folder in said for folder in home), said
        assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d", said), f"{said} looks like a time"
        assert said not in {socket.gethostname(), getpass.getuser()}
        assert len(said) <= 64, "no text of a row is as short as a name"


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_of_a_manifest_agree(name: str, manifests: dict[str, dict[str, Any]]) -> None:
    told = manifests[name]
    for key in ("rows", "chars", "bytes"):
        assert told[key] == sum(shard[key] for shard in told["shards"])
    for key in ("rows", "chars"):
        assert told[key] == sum(source[key] for source in told["sources"].values())
        assert told[key] == sum(kind[key] for kind in told["categories"].values())
    assert told["funnel"][-1]["rows_out"] == told["rows"]
    for funnel in [told["funnel"], *(source["funnel"] for source in told["sources"].values())]:
        for line, after in zip(funnel, [*funnel[1:], None], strict=True):
            assert line["rows_in"] + line["born"] - sum(line["dropped"].values()) == line["rows_out"]
            assert after is None or after["rows_in"] == line["rows_out"]
    for source in told["sources"].values():
        assert sum(source["lengths"].values()) == source["rows"]
    for line, of_sources in zip(
        told["funnel"], zip(*(s["funnel"] for s in told["sources"].values()), strict=True), strict=True
    ):
        for key in ("rows_in", "born", "rows_out"):
            assert line[key] == sum(one[key] for one in of_sources)
    files = [file for one in told["inputs"] for file in one.get("files", [])]
    if files:
        assert told["funnel"][0]["rows_in"] == sum(file["records"] for file in files)
        assert sum(told["funnel"][0]["dropped"].values()) == sum(sum(file["dropped"].values()) for file in files)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_counted_by_category_is_what_its_sources_count(name: str, manifests: dict[str, dict[str, Any]]) -> None:
    told = manifests[name]
    for kind in told["categories"].values():
        for column, counted in kind["counts"].items():
            of_sources = [told["sources"][one]["counts"].get(column, {}) for one in kind["sources"]]
            if isinstance(counted, dict):
                assert counted == dict(sum(map(Counter, of_sources), Counter()))
            else:
                assert counted == sum(one or 0 for one in of_sources)


def test_the_seal_and_the_content_can_be_worked_out_by_anyone(manifests: dict[str, dict[str, Any]]) -> None:
    for told in manifests.values():
        but = {key: value for key, value in told.items() if key != "seal"}
        text = json.dumps(but, sort_keys=True, ensure_ascii=False)
        assert told["seal"] == hashlib.sha256(text.encode()).hexdigest()
        shards = [[shard["file"], shard["rows"], shard["sha256"]] for shard in told["shards"]]
        text = json.dumps({"scheme": 1, "of": shards}, sort_keys=True, ensure_ascii=False)
        assert told["content"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("meddle", "says"),
    [
        (lambda m: m | {"when": "today"}, ".when: not declared"),
        (lambda m: {k: v for k, v in m.items() if k != "marks"}, ".marks: not there"),
        (lambda m: m | {"rows": "124"}, ".rows: str is no int64"),
        (lambda m: m | {"rows": True}, ".rows: bool is no int64"),
        (lambda m: m | {"marks": [None]}, ".marks[0]: NoneType is no string"),
        (lambda m: m | {"funnel": [m["funnel"][0] | {"lost": 1}]}, ".funnel[0].lost: not declared"),
        (lambda m: m | {"inputs": [{"corpus": "x"}]}, ".inputs[0].fingerprint: not there"),
        (lambda m: m | {"shards": [m["shards"][0] | {"of": {}}]}, ".shards[0].of.source: not there"),
        (lambda m: m | {"sources": {"a": []}}, ".sources.a: list is no struct"),
    ],
)
def test_a_manifest_that_says_more_or_less_is_found_out(
    meddle: Any, says: str, manifests: dict[str, dict[str, Any]]
) -> None:
    assert says in faults(meddle(manifests["pretrain"]), WHOLE)


def test_the_schema_of_the_manifest_explains_itself_in_both_languages() -> None:
    assert list(SCHEMA) == ["name", "version", "about", "columns"]
    for said in [SCHEMA["about"], *SCHEMA["columns"]]:
        assert said["en"].endswith(".")
        assert not HAN.search(said["en"])
        assert HAN.search(said["zh"])
        assert said["zh"].endswith("。")
    for column in SCHEMA["columns"]:
        assert set(column) == {"name", "type", "required", "en", "zh", "example"}
        assert column["required"] is True
    assert faults({column["name"]: column["example"] for column in SCHEMA["columns"]}, WHOLE) == []
