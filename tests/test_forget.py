"""What is to be forgotten leaves every corpus that descends from it, and nothing else is done anew."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Local, Stage, build, children, cli, knob
from medgo_data import open as open_built
from medgo_data.forget import LeftError, Request, UnknownError, forget
from medgo_data.forgotten import Asked
from medgo_data.sources import JsonLines
from medgo_data.store import BusyError, Store, StoreError
from medgo_data.why import sentence, why
from tests.conftest import entries, manifest, sha256s

KEY = "5be1d24586a1b2c3" * 4
PATIENTS = {"ZY100": "钟离望舒", "ZY200": "东方栖迟", "ZY300": "百里寻梅"}  # invented


@dataclass(frozen=True, kw_only=True)
class Asks(Stage):
    """Two questions about each visit."""

    gives = "chat"
    seconds: float = knob(0.0)

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        time.sleep(self.seconds)
        talks = [
            [{"messages": [{"role": "user", "content": f"{q}{t}"}]} for q in ("一问", "二问")] for t in docs["text"]
        ]
        return pl.concat([docs.with_columns(drop=pl.lit("used")), children(self, docs, talks)], how="diagonal_relaxed")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGO_KEY", KEY)
    monkeypatch.delenv("MEDGO_KEY_FILE", raising=False)


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, Any]]:
    with Local(2) as local:
        yield {"here": Here(), "local": local}


def visit(file: int, number: int) -> dict[str, str]:
    """An invented visit; that of number 3 is told in the same words in the next file."""
    who, ward = list(PATIENTS)[number % 3], file - file % 2 if number == 3 else file
    return {
        "no": who,
        "text": f"{PATIENTS[who]}于第{ward}病区第{number}床，诉咳嗽{number * 7 + ward * 31}天，夜间为甚。",
    }


def write(folder: Path, files: int = 4, rows: int = 6) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(files):
        lines = [json.dumps(visit(k, n), ensure_ascii=False) for n in range(rows)]
        (folder / f"w{k}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def wards(tmp_path: Path) -> Path:
    write(tmp_path / "wards")
    return tmp_path / "wards"


def visits(wards: Path, **fields: Any) -> JsonLines:
    told: dict[str, Any] = {"name": "visits", "files": f"{wards}/**/*.jsonl", "license": "restricted"}
    return JsonLines(**told | {"fields": {"text": "text", "subject": "no"}} | fields)


def corpora(wards: Path, **fields: Any) -> list[Corpus]:
    """A chain, a corpus of corpora on it with rows that are born there, and one that stands apart."""
    tidy = Corpus("tidy", [visits(wards, **fields)], [Clean(min_chars=10), Dedup(at_least=None)])
    talks = Corpus("talks", [tidy], [Asks()])
    (wards.parent / "other").mkdir(exist_ok=True)
    (wards.parent / "other/a.jsonl").write_text('{"body": "与病人无关的一段说明文字，讲的是如何饮水。"}', "utf-8")
    other = JsonLines(name="other", files=f"{wards.parent}/other/*.jsonl", license="public", fields={"text": "body"})
    return [talks, Corpus("apart", [other], [Clean(min_chars=5)])]


def built(wards: Path, root: Path, engine: Any = None, **fields: Any) -> list[Corpus]:
    made = corpora(wards, **fields)
    for corpus in made:
        build(corpus, root, engine or Here())
    return made


def ids(root: Path, name: str) -> list[str]:
    return open_built(root, name).rows().collect()["id"].to_list()


def fates(root: Path, name: str) -> dict[str, str]:
    return dict(open_built(root, name).dropped().select("id", "reason").collect().rows())


def everything(root: Path) -> str:
    files = [path for path in root.rglob("*") if path.is_file()]
    tables = [str(pl.read_parquet(path).to_dicts()) for path in files if path.suffix == ".parquet"]
    return "\n".join([*tables, *(path.read_bytes().decode("utf-8", "replace") for path in files), *map(str, files)])


# ---- rows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["here", "local"])
def test_a_row_leaves_with_all_that_was_born_of_it_and_only_its_part_is_done_anew(
    engine: str, engines: dict[str, Any], wards: Path, tmp_path: Path
) -> None:
    root, row = tmp_path / "root", "visits/w1.jsonl#0-1"
    made = built(wards, root, engines[engine])
    before = {name: open_built(root, name) for name in ("tidy", "talks", "apart")}
    had = entries(root)
    proof = forget(made, root, Request(rows=[row]), engines[engine])
    for name in ("tidy", "talks"):
        after = open_built(root, name)
        assert after.folder != before[name].folder
        assert set(ids(root, name)) == {one for one in before[name].rows().collect()["id"] if one.split(">")[0] != row}
        changed = [
            was["of"]["file"]
            for was, now in zip(before[name].manifest["shards"], after.manifest["shards"], strict=True)
            if was["sha256"] != now["sha256"]
        ]
        assert changed == ["w1.jsonl"]
    assert open_built(root, "apart").folder == before["apart"].folder
    assert fates(root, "tidy")[row] == "forgotten"
    assert open_built(root, "tidy").manifest["funnel"][0]["dropped"] == {"forgotten": 1}
    fresh = set(entries(root)) - set(had)
    assert len(fresh) == 3  # of tidy the draft and the judged part, of talks its part
    assert sorted(one["corpus"] for one in proof["corpora"]) == ["talks", "tidy"]
    assert {len(one["unchanged"]) for one in proof["corpora"]} == {3}
    told = sentence(why(Store(root), row)[0])
    assert "stays out, for somebody asked for it: forgotten" in told


def test_every_engine_forgets_to_the_same_bytes(engines: dict[str, Any], wards: Path, tmp_path: Path) -> None:
    found = []
    for name, engine in engines.items():
        made = built(wards, tmp_path / name, engine)
        forget(made, tmp_path / name, Request(rows=["visits/w1.jsonl#0-1"], subjects=["ZY200"]), engine)
        found.append([sha256s(open_built(tmp_path / name, one).folder) for one in ("tidy", "talks")])
    assert found[0] == found[1]


def test_the_copy_of_a_row_that_is_forgotten_comes_back_in(wards: Path, tmp_path: Path) -> None:
    root, kept, copy = tmp_path / "root", "visits/w0.jsonl#0-3", "visits/w1.jsonl#0-3"
    made = built(wards, root)
    assert fates(root, "tidy")[copy] == "duplicate"
    assert copy not in ids(root, "tidy")
    forget(made, root, Request(rows=[kept]), Here())
    assert copy in ids(root, "tidy")
    assert f"{copy}>Asks.0" in ids(root, "talks")
    assert fates(root, "tidy")[kept] == "forgotten"


def test_a_born_row_leaves_alone(wards: Path, tmp_path: Path) -> None:
    root, row = tmp_path / "root", "visits/w2.jsonl#0-1>Asks.1"
    made = built(wards, root)
    tidy = open_built(root, "tidy").folder
    before = ids(root, "talks")
    forget(made, root, Request(rows=[row]), Here())
    assert ids(root, "talks") == [one for one in before if one != row]
    assert fates(root, "talks")[row] == "forgotten"
    assert open_built(root, "tidy").folder == tidy
    build(made[0], root, Here())
    assert row not in ids(root, "talks")


def test_what_is_forgotten_stays_out_of_later_builds(wards: Path, tmp_path: Path) -> None:
    root, row = tmp_path / "root", "visits/w1.jsonl#0-1"
    text = visit(1, 1)["text"]
    made = built(wards, root)
    forget(made, root, Request(rows=[row]), Here())

    def out(folder: Path) -> bool:
        for corpus in corpora(folder):
            build(corpus, root, Here())
        return text not in open_built(root, "tidy").rows().collect()["text"].to_list()

    (wards / "w9.jsonl").write_text(json.dumps(visit(9, 0), ensure_ascii=False), "utf-8")
    assert out(wards), "another file came"
    (wards / "sub").mkdir()
    (wards / "w1.jsonl").rename(wards / "sub/moved.jsonl")
    assert out(wards), "its file is called otherwise"
    assert fates(root, "tidy")["visits/sub/moved.jsonl#0-1"] == "forgotten"
    wards.rename(tmp_path / "elsewhere")
    assert out(tmp_path / "elsewhere"), "its folder lies elsewhere"
    with (tmp_path / "elsewhere/sub/moved.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(visit(8, 1), ensure_ascii=False) + "\n")
    (tmp_path / "elsewhere/sub/moved.jsonl").rename(tmp_path / "elsewhere/w1.jsonl")
    assert out(tmp_path / "elsewhere"), "its file grew, and has its name back"


def test_a_file_that_takes_the_name_of_one_that_moved_loses_nothing(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    forget(built(wards, root), root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    (wards / "w1.jsonl").rename(wards / "w1.old.jsonl")
    (wards / "w1.jsonl").write_text("\n".join(json.dumps(visit(7, n)) for n in range(3)), "utf-8")
    build(corpora(wards)[0], root, Here())
    assert "visits/w1.jsonl#0-1" in ids(root, "tidy")
    assert "visits/w1.old.jsonl#0-1" not in ids(root, "tidy")


def test_a_corpus_that_is_not_touched_keeps_its_version_and_its_bytes(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    before = open_built(root, "apart").folder
    bytes_before = sha256s(before)
    forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    build(made[1], root, Here())
    assert open_built(root, "apart").folder == before
    assert sha256s(before) == bytes_before


def test_a_slice_is_a_part_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "wards", files=1, rows=120)
    root = tmp_path / "root"
    made = built(tmp_path / "wards", root, slice_mb=0.002)
    shards = len(open_built(root, "tidy").shards)
    assert shards > 3
    row = "visits/w0.jsonl#2-4"
    proof = forget(made, root, Request(rows=[row]), Here())
    assert {(one["corpus"], len(one["made_anew"]), len(one["unchanged"])) for one in proof["corpora"]} == {
        ("tidy", 1, shards - 1),
        ("talks", 1, shards - 1),
    }
    assert fates(root, "tidy")[row] == "forgotten"


def test_a_trial_forgets_too(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    build(made[0].limited(3), root, Here())
    long = open_built(root, "talks.limit3").folder
    forget(made, root, Request(rows=["visits/w1.jsonl#0-4"]), Here())
    assert open_built(root, "talks.limit3").folder == long, "it never read that record"
    forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    assert not [one for one in ids(root, "talks.limit3") if one.startswith("visits/w1.jsonl#0-1>")]


# ---- subjects ------------------------------------------------------------------------------------------------------


def test_all_rows_about_a_subject_leave_and_what_comes_in_later_does_too(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    proof = forget(made, root, Request(subjects=["ZY200"]), Here())
    assert PATIENTS["ZY200"] not in "".join(open_built(root, "tidy").rows().collect()["text"])
    assert proof["forgotten"] == [f"visits/w{k}.jsonl#0-{n}" for k in range(4) for n in (1, 4)]
    assert set(proof["subjects"]) == set(proof["asked"]["subjects"])
    assert re.fullmatch(r"s_[0-9a-f]{16}", proof["subjects"][0])
    (wards / "new.jsonl").write_text("\n".join(json.dumps(visit(5, n)) for n in range(3)), "utf-8")
    build(made[0], root, Here())  # it has read its files, so the new one is not known to it
    build(corpora(wards)[0], root, Here())
    assert fates(root, "tidy")["visits/new.jsonl#0-1"] == "forgotten"
    assert "visits/new.jsonl#0-0" in ids(root, "tidy")
    assert "visits/new.jsonl#0-2>Asks.0" in ids(root, "talks")


def test_a_subject_may_be_told_by_its_code(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    (code,) = {
        whom
        for whom, text in open_built(root, "tidy").rows().select("subject", "text").collect().rows()
        if PATIENTS["ZY300"] in text
    }
    forget(made, root, Request(subjects=[code]), Here())
    assert PATIENTS["ZY300"] not in "".join(open_built(root, "tidy").rows().collect()["text"])
    assert len(ids(root, "tidy")) > 0


def test_a_subject_is_found_without_the_pool(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    shutil.rmtree(root / ".medgo/pool")
    proof = forget(made, root, Request(subjects=["ZY200"]), Here())
    assert len(proof["forgotten"]) == 8


def test_only_parts_with_the_subject_are_done_anew(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (wards / "w5.jsonl").write_text(json.dumps({"no": "ZY999", "text": "南门听涛因头晕两日就诊，步态不稳。"}), "utf-8")
    made = built(wards, root)
    proof = forget(made, root, Request(subjects=["ZY999"]), Here())
    assert {(one["corpus"], len(one["made_anew"]), len(one["unchanged"])) for one in proof["corpora"]} == {
        ("tidy", 1, 4),
        ("talks", 1, 4),
    }


# ---- the proof, and the purge --------------------------------------------------------------------------------------


def test_the_proof_has_versions_hashes_and_no_text(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    before = {name: open_built(root, name).manifest for name in ("tidy", "talks")}
    told = forget(made, root, Request(rows=["visits/w1.jsonl#0-1"], subjects=["ZY300"]), Here())
    (file,) = (path for path in (root / "forgotten").glob("*.json") if path.name != "list.json")
    assert str(file) == told["lies_in"]
    proof = json.loads(file.read_text("utf-8"))
    assert proof["asked"]["rows"] == ["visits/w1.jsonl#0-1"]
    assert proof["not_found"] == []
    for one in proof["corpora"]:
        was, now = before[one["corpus"]], manifest(open_built(root, one["corpus"]).folder)
        for when, told_of in (("before", was), ("after", now)):
            pinned = {key: one[when][key] for key in ("fingerprint", "content", "seal")}
            assert pinned == {key: told_of[key] for key in pinned}
        assert one["unchanged"] | one["made_anew"] == {shard["file"]: shard["sha256"] for shard in now["shards"]}
    assert set(proof["checked"]) == {open_built(root, name).full_name for name in ("tidy", "talks", "apart")}
    assert set(proof["still_held_by"]) == {f"{name}@{one['fingerprint'][:12]}" for name, one in before.items()}
    assert proof["raw_files"] == [f"visits/w{k}.jsonl" for k in range(4)]
    written = "".join(path.read_text("utf-8") for path in (root / "forgotten").iterdir())
    assert not [word for word in (*PATIENTS, *PATIENTS.values(), "咳嗽") if word in written]
    listed = json.loads((root / "forgotten/list.json").read_text("utf-8"))
    assert list(listed["rows"]) == ["visits/w1.jsonl#0-1"]
    assert "list.json" not in json.dumps(now)


def test_a_purge_leaves_nothing_of_the_rows_below_the_root(wards: Path, tmp_path: Path) -> None:
    root, text = tmp_path / "root", visit(1, 1)["text"]
    made = built(wards, root)
    old = {name: open_built(root, name).folder for name in ("tidy", "talks", "apart")}
    (old["tidy"].parent / f"{old['tidy'].name}.pairs.html").write_text(text, "utf-8")
    (old["tidy"].parent / f".{old['tidy'].name}.0a1b2c3d").mkdir()  # as a build leaves that is killed while it commits
    (old["tidy"].parent / f".{old['tidy'].name}.0a1b2c3d" / "part-00000.txt").write_text(text, "utf-8")
    row = "visits/w1.jsonl#0-1"
    assert text in everything(root)
    proof = forget(made, root, Request(rows=[row], purge=True), Here())
    assert text not in everything(root)
    assert sorted(proof["purged"]["versions"]) == sorted(f"{name}@{old[name].name}" for name in ("tidy", "talks"))
    assert proof["purged"]["bytes"] > 0
    assert proof["still_held_by"] == []
    assert old["apart"].is_dir()
    assert list((root / ".medgo/tmp").iterdir()) == []
    kept = {kind: entries(root, kind) for kind in ("part", "sketch", "found", "subjects")}
    again = [build(corpus, root, Here()) for corpus in made]
    assert [one.parent.name for one in again] == ["talks", "apart"]
    assert {kind: entries(root, kind) for kind in kept} == kept, "what the new versions were made of is still there"
    assert len(kept["part"]) == 4 + 4 + 4 + 1


def test_what_was_remembered_of_comparisons_goes_with_a_purge(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    near = Corpus("near", [visits(wards)], [Dedup(at_least=0.2, gram=2)])
    build(near, root, Here())
    kept = open_built(root, "near").dropped().filter(pl.col("reason") == "near_duplicate").collect()["kept"][0]
    assert list((root / ".medgo/pool").glob("known-*"))
    forget([near], root, Request(rows=[kept]), Here())
    assert list((root / ".medgo/pool").glob("known-*"))
    forget([near], root, Request(rows=[kept], purge=True), Here())
    assert not list((root / ".medgo/pool").glob("known-*"))
    assert len(entries(root, "found")) == 1
    assert build(near, root, Here()) == open_built(root, "near").folder


def test_a_version_that_never_held_the_rows_outlives_a_purge(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (wards / "w1.jsonl").rename(tmp_path / "w1.jsonl")
    built(wards, root)
    innocent = open_built(root, "tidy").folder
    (tmp_path / "w1.jsonl").rename(wards / "w1.jsonl")
    made = built(wards, root)
    forget(made, root, Request(rows=["visits/w1.jsonl#0-1"], purge=True), Here())
    assert len(Store(root).versions("tidy")) == 2
    assert innocent.is_dir()
    assert next(open_built(root, f"tidy@{innocent.name}").damages(), None) is None


def test_a_purge_may_come_later_and_for_all(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    first = forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    assert len(first["still_held_by"]) == 2
    current = {name: open_built(root, name).folder for name in ("tidy", "talks")}
    proof = forget(made, root, Request(purge=True), Here())
    assert (proof["corpora"], proof["still_held_by"]) == ([], [])
    assert len(proof["purged"]["versions"]) == 2
    assert {name: open_built(root, name).folder for name in current} == current
    assert visit(1, 1)["text"] not in everything(root)


def test_a_corpus_of_another_recipe_that_still_holds_them_is_named(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    build(Corpus("cousin", [visits(wards)], []), root, Here())
    cousin = open_built(root, "cousin").full_name
    proof = forget(made, root, Request(rows=["visits/w1.jsonl#0-1"], purge=True), Here())
    assert proof["still_held_by"] == [cousin]
    assert open_built(root, "cousin").full_name == cousin


# ---- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        Request(rows=["visits/w1.jsonl#0-99"]),
        Request(rows=["visits/w7.jsonl#0-1"]),
        Request(rows=["elsewhere/a.jsonl#0-0"]),
        Request(rows=["visits/w1.jsonl#0-1>Asks.7"]),
        Request(rows=["w1"]),
        Request(rows=["visits/w1.jsonl#x-y"]),
        Request(subjects=["ZY404"]),
        Request(subjects=["s_0123456789abcdef"]),
        Request(rows=["visits/w1.jsonl#0-1", "visits/w1.jsonl#0-99"]),
        Request(rows=["visits/w1.jsonl#0-99"], missing_ok=True),
        Request(),
    ],
    ids=str,
)
def test_what_nobody_has_is_named_and_nothing_is_done(request_: Request, wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    before = {path for path in root.rglob("*") if path.is_file() and path.name not in (".lock", "digests.json")}
    with pytest.raises(UnknownError) as wrong:
        forget(made, root, request_, Here())
    asked = [one for one in request_.rows if "99" in one or len(request_.rows) == 1]
    assert all(repr(one) in str(wrong.value) for one in asked)
    assert "ZY404" not in str(wrong.value)
    after = {path for path in root.rglob("*") if path.is_file() and path.name not in (".lock", "digests.json")}
    assert after == before


def test_those_that_are_there_are_forgotten_when_others_may_be_missing(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    asked = ["visits/w1.jsonl#0-1", "visits/w1.jsonl#0-99"]
    proof = forget(made, root, Request(rows=asked, missing_ok=True), Here())
    assert proof["not_found"] == ["visits/w1.jsonl#0-99"]
    assert list(Asked.of(Store(root)).rows) == ["visits/w1.jsonl#0-1"]


def test_a_row_of_another_root_is_nobodys_here(wards: Path, tmp_path: Path) -> None:
    built(wards, tmp_path / "root")
    (tmp_path / "less").mkdir()
    shutil.copy(wards / "w0.jsonl", tmp_path / "less")
    made = built(tmp_path / "less", tmp_path / "there")
    with pytest.raises(UnknownError, match=r"visits/w1\.jsonl#0-1"):
        forget(made, tmp_path / "there", Request(rows=["visits/w1.jsonl#0-1"]), Here())
    with pytest.raises(StoreError, match="nothing of this recipe was built"):
        forget(made, tmp_path / "empty", Request(rows=["visits/w0.jsonl#0-1"]), Here())


def test_forgetting_twice_is_forgetting_once(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    current = open_built(root, "talks").folder
    proof = forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    assert proof["corpora"] == []
    assert open_built(root, "talks").folder == current


def test_a_list_that_was_damaged_stops_every_build(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    (root / "forgotten/list.json").write_text("{", "utf-8")
    with pytest.raises(StoreError, match="Bring it back from a copy"):
        build(made[0], root, Here())


def test_two_at_once_do_not_get_into_each_others_way(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    made = built(wards, root)
    with Store(root).forgetting(patient=False), pytest.raises(BusyError, match="are being forgotten by process"):
        forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    with Store(root).building("talks", patient=False), pytest.raises(BusyError, match="'talks' below"):
        forget(made, root, Request(rows=["visits/w1.jsonl#0-1"]), Here())
    assert "visits/w1.jsonl#0-1" not in ids(root, "tidy"), "what could be done was done"
    proof = forget(made, root, Request(), Here())  # goes on
    assert {one["corpus"] for one in proof["corpora"]} == {"tidy", "talks"}
    assert not (root / "forgotten/unfinished.json").exists()


@dataclass(frozen=True, kw_only=True)
class Interrupted(Stage):
    """While it works, somebody else forgets a row."""

    root: str = knob("")

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        if self.root:
            Asked({"visits/w1.jsonl#0-1": None}).save(Store(Path(self.root)))
        return docs


def test_a_build_that_began_before_rows_were_forgotten_does_not_bring_them_back(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    with pytest.raises(BusyError, match="rows were forgotten"):
        build(Corpus("tidy", [visits(wards)], [Interrupted(root=str(root))]), root, Here())
    assert not list(root.glob("tidy/*/manifest.json"))
    build(Corpus("tidy", [visits(wards)], [Interrupted()]), root, Here())
    assert "visits/w1.jsonl#0-1" not in ids(root, "tidy")


@dataclass(frozen=True, kw_only=True)
class Recalls(Stage):
    """Has a row from elsewhere than its input, which no part can be done without."""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        first = docs.head(1).with_columns(
            parent=pl.col("id"), id=pl.col("id") + ">Recalls.0", subject=pl.lit("s_" + "0" * 16)
        )
        return pl.concat([docs, first])


def test_a_row_that_comes_in_by_another_way_is_an_error_and_nothing_is_deleted(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    corpus = Corpus("recalled", [visits(wards)], [Recalls()])
    old = build(corpus, root, Here())
    with pytest.raises(LeftError, match="still holds 4 rows"):
        forget([corpus], root, Request(subjects=["s_" + "0" * 16], purge=True), Here())
    assert old.is_dir()


def test_a_hidden_file_may_be_named_by_whoever_knows_its_name(wards: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (wards / "w1.jsonl").rename(wards / "钟离望舒.jsonl")
    made = built(wards, root, names="hash")
    proof = forget(made, root, Request(rows=["visits/钟离望舒.jsonl#0-1"], purge=True), Here())
    (row,) = proof["forgotten"]
    assert re.fullmatch(r"visits/f_[0-9a-f]{16}\.jsonl#0-1", row)
    assert fates(root, "tidy")[row] == "forgotten"
    assert "钟离望舒.jsonl" not in everything(root)


def test_plans_and_pairs_know_what_is_forgotten(wards: Path, tmp_path: Path) -> None:
    from medgo_data import again, plan

    root = tmp_path / "root"
    made = built(wards, root)
    forget(made, root, Request(rows=["visits/w1.jsonl#0-1"], subjects=["ZY300"]), Here())
    assert {step.doing for step in plan(made[0], root)} == {"stands"}
    tidy = open_built(root, "tidy")
    assert again.behind(Store(root), tidy, corpora(wards)).name == "tidy"
    (docs,) = again.met(Store(root), tidy, again.behind(Store(root), tidy, corpora(wards)), 1, ["visits/w0.jsonl#0-0"])
    assert docs["text"].to_list() == [visit(0, 0)["text"]]


# ---- the command ---------------------------------------------------------------------------------------------------

RECIPE = """
from medgo_data import Clean, Corpus, Dedup
from medgo_data.sources import JsonLines
from tests.test_forget import Asks
visits = JsonLines(name="visits", files="{wards}/**/*.jsonl", license="", fields={{"text": "text", "subject": "no"}})
tidy = Corpus("tidy", [visits], [Clean(min_chars=10), Dedup(at_least=None), Asks(seconds={seconds})])
talks = Corpus("talks", [tidy], [])
"""


def command(folder: Path, *words: object) -> list[str]:
    return [
        sys.executable,
        "-m",
        "medgo_data.cli",
        *map(str, words),
        "--root",
        str(folder / "root"),
        "--engine",
        "here",
    ]


def ask(folder: Path, *words: object) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(command(folder, *words)[3:])
    return int(left.value.code or 0)


@pytest.fixture
def recipe(wards: Path, tmp_path: Path) -> Path:
    for seconds in (0, 0.15):
        (tmp_path / f"ward{seconds}.py").write_text(RECIPE.format(wards=wards, seconds=seconds), "utf-8")
    return tmp_path / "ward0.py"


def test_the_command_takes_lists_with_blank_lines_and_says_the_proof(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(tmp_path, "build", recipe) == 0
    (tmp_path / "rows.txt").write_text("\ufeffvisits/w1.jsonl#0-1\n\n  visits/w2.jsonl#0-2  \r\n\n", "utf-8")
    (tmp_path / "who.txt").write_text("\n\nZY200\n", "utf-8")
    capsys.readouterr()
    words = ["--rows-file", tmp_path / "rows.txt", "--subjects-file", tmp_path / "who.txt", "--purge"]
    assert ask(tmp_path, "forget", recipe, *words) == 0
    said = capsys.readouterr()
    for line in (
        "asked: 2 rows and 1 subject; not found: none",
        "forgotten: 9 rows, with what was born of them",
        r"tidy@\w{12} → tidy@\w{12}: \d+ → \d+ rows, 0 shards unchanged, 4 shards made anew",
        r"content \w{16}…, seal \w{16}…",
        "none of the rows is left",
        r"deleted: .*tidy@\w{12}",
        "yours to clear: visits/w0.jsonl",
        r"the proof lies in .*forgotten/\S+Z\.json",
    ):
        assert re.search(line, said.out), line
    assert not [word for word in (*PATIENTS, *PATIENTS.values()) if word in said.out + said.err]


def test_the_command_exits_with_2_and_names_what_nobody_has(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(tmp_path, "build", recipe) == 0
    assert ask(tmp_path, "forget", recipe, "--rows", "visits/w1.jsonl#0-77") == 2
    said = capsys.readouterr()
    assert "has ever had 'visits/w1.jsonl#0-77'" in said.err
    assert ask(tmp_path, "forget", recipe) == 2
    assert "name rows or subjects" in capsys.readouterr().err
    assert ask(tmp_path, "forget", recipe, "--rows-file", tmp_path / "none.txt") == 1
    assert "none.txt: No such file" in capsys.readouterr().err


def test_a_pinned_corpus_is_no_longer_what_the_lock_file_says(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(tmp_path, "build", recipe) == 0
    pinned = ["--root", str(tmp_path / "root"), "--file", str(tmp_path / "medgo.lock")]
    for words, code in ((["lock"], 0), (["lock", "--check"], 0)):
        with pytest.raises(SystemExit) as left:
            cli.main([*words, *pinned])
        assert int(left.value.code or 0) == code
    assert ask(tmp_path, "forget", recipe, "--rows", "visits/w1.jsonl#0-1", "--purge") == 0
    with pytest.raises(SystemExit) as left:
        cli.main(["lock", "--check", *pinned])
    assert left.value.code == 1
    assert "tidy was built from" in capsys.readouterr().out


@pytest.mark.parametrize("seconds", [0.4, 1.2])
def test_what_was_killed_goes_on_to_the_same_bytes_and_the_same_proof(
    seconds: float, recipe: Path, tmp_path: Path
) -> None:
    assert ask(tmp_path, "build", recipe) == 0
    before = {name: open_built(tmp_path / "root", name).full_name for name in ("tidy", "talks")}
    shutil.copytree(tmp_path / "root", tmp_path / "calm/root")
    words = ["--subjects", "ZY200", "--purge"]
    assert ask(tmp_path / "calm", "forget", recipe, *words) == 0
    slow = subprocess.Popen(
        command(tmp_path, "forget", tmp_path / "ward0.15.py", *words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 30
    while not (tmp_path / "root/forgotten/list.json").exists() and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(seconds - 0.3)
    with suppress(ProcessLookupError):
        os.kill(slow.pid, signal.SIGKILL)
    slow.wait()
    assert (tmp_path / "root/forgotten/unfinished.json").exists()
    assert ask(tmp_path, "forget", recipe, *words) == 0
    (file,) = (tmp_path / "root/forgotten").glob("2*.json")
    proof = json.loads(file.read_text("utf-8"))
    assert {one["corpus"]: one["before"]["version"] for one in proof["corpora"]} == before
    for name in ("tidy", "talks"):
        one, other = (open_built(tmp_path / where, name).folder for where in ("root", "calm/root"))
        assert sha256s(one) == sha256s(other)
    assert PATIENTS["ZY200"] not in everything(tmp_path / "root")
    assert not (tmp_path / "root/forgotten/unfinished.json").exists()
