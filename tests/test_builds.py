"""Same bytes everywhere, and nothing is paid for but what changed."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Local, Sample, Stage, build, knob, plan
from medgo_data import open as open_built
from medgo_data.sources import JsonLines
from tests.conftest import entries, leaflets_in, manifest, sha256s, write_leaflets


@dataclass(frozen=True, kw_only=True)
class Passes(Stage):
    """Lets every row pass, for as many seconds as its knob says."""

    strength: int = 1
    seconds: float = knob(0.0)

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        time.sleep(self.seconds)
        return docs


@dataclass(frozen=True, kw_only=True)
class Raised(Passes):
    version: ClassVar[int] = 2

    @property
    def name(self) -> str:
        return "Passes"


Raised.__name__ = "Passes"  # the same stage, after its author raised the version


def corpus_of(raw: Path) -> Corpus:
    tidy = Corpus(
        "tidy", [leaflets_in(raw)], [Clean(min_chars=20), Dedup(at_least=None), Passes(), Sample(others=100), Passes()]
    )
    return Corpus("all", [tidy], [Passes()])


@pytest.mark.parametrize("other", [Local(1), Local(2)], ids=["local1", "local2"])
def test_every_engine_gives_the_same_bytes(other: Local, raw: Path, tmp_path: Path) -> None:
    with other:
        here, there = build(corpus_of(raw), tmp_path / "here", Here()), build(corpus_of(raw), tmp_path / "there", other)
    assert sha256s(here) == sha256s(there)
    assert sha256s(next((tmp_path / "here/tidy").glob("*/"))) == sha256s(next((tmp_path / "there/tidy").glob("*/")))


def test_raw_files_that_lie_elsewhere_give_the_same_bytes(raw: Path, tmp_path: Path) -> None:
    one = build(corpus_of(raw), tmp_path / "one", Here())
    shutil.copytree(raw, tmp_path / "moved" / "raw")
    assert sha256s(one) == sha256s(build(corpus_of(tmp_path / "moved" / "raw"), tmp_path / "two", Here()))


def test_a_large_file_is_read_in_slices_and_gives_the_same_rows(tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw", files=1, rows=20_000)
    whole = leaflets_in(tmp_path / "raw")
    sliced = replace(whole, slice_mb=1)
    build(Corpus("whole", [whole], [Clean()]), tmp_path, Here())
    folder = build(Corpus("sliced", [sliced], [Clean()]), tmp_path, Local(2))
    parts = manifest(folder)["shards"]
    assert len(parts) > 3
    assert [p["of"]["slice"] for p in parts] == list(range(len(parts)))
    rows = {name: open_built(tmp_path, name).rows().collect() for name in ("whole", "sliced")}
    assert rows["whole"]["text"].equals(rows["sliced"]["text"])
    assert rows["sliced"]["id"].n_unique() == rows["sliced"].height
    assert manifest(folder)["inputs"][0]["files"][0]["records"] == 20_000


# ---- pay only for what changed -------------------------------------------------------------------------------------


def edit(raw: Path, file: str = "l001.jsonl") -> None:
    """Add a sentence to some leaflets, of which at least one is drawn."""
    told = (raw / file).read_text("utf-8").splitlines()
    for k in range(6):
        row = json.loads(told[k])
        told[k] = json.dumps(row | {"body": row["body"] + "请遵医嘱。"}, ensure_ascii=False)
    (raw / file).write_text("\n".join(told) + "\n", "utf-8")


@dataclass(frozen=True)
class Change:
    """A change, and what it must cost: parts anew in each of the four passes (tidy has three, all has one), sketches, settlings."""

    does: Callable[[Path], Corpus]
    parts: tuple[int, int, int, int]
    sketches: int = 0
    settled: int = 0


def tidy(raw: Path, *stages: Stage) -> Corpus:
    return Corpus("all", [Corpus("tidy", [leaflets_in(raw)], stages)], [Passes()])


def after(action: Callable[[Path], object]) -> Callable[[Path], Corpus]:
    def does(raw: Path) -> Corpus:
        action(raw)
        return corpus_of(raw)

    return does


def reordered(raw: Path) -> Corpus:
    return tidy(raw, Clean(min_chars=20), Dedup(at_least=None), Passes(), Passes(), Sample(others=100))


first, second, third = Clean(min_chars=20), Dedup(at_least=None), Sample(others=100)
CHANGES = {
    "nothing": Change(after(lambda _: None), (0, 0, 0, 0)),
    "a touched file": Change(after(lambda raw: os.utime(raw / "l001.jsonl")), (0, 0, 0, 0)),
    "a knob": Change(lambda raw: tidy(raw, first, second, Passes(seconds=0.01), third, Passes()), (0, 0, 0, 0)),
    "a field at its default, now written": Change(
        lambda raw: tidy(raw, first, Dedup(at_least=None, column="text"), Passes(strength=1), third, Passes()),
        (0, 0, 0, 0),
    ),
    "a field of the first stage that lets the same rows through": Change(
        lambda raw: tidy(raw, Clean(min_chars=21), second, Passes(), third, Passes()), (4, 0, 0, 0)
    ),
    "a field of a stage after the first survey": Change(
        lambda raw: tidy(raw, first, second, Passes(strength=2), third, Passes()), (0, 4, 0, 0)
    ),
    "a field of the last stage": Change(
        lambda raw: tidy(raw, first, second, Passes(), third, Passes(strength=2)), (0, 0, 4, 0)
    ),
    "a raised version": Change(lambda raw: tidy(raw, first, second, Raised(), third, Passes()), (0, 4, 0, 0)),
    "a quota, which only settles": Change(
        lambda raw: tidy(raw, first, second, Passes(), Sample(others=10), Passes()), (0, 0, 4, 4), 0, 1
    ),
    "a seed, which decides the sketch": Change(
        lambda raw: tidy(raw, first, second, Passes(), Sample(others=100, seed=2), Passes()), (0, 0, 4, 4), 4, 1
    ),
    "a changed file": Change(after(edit), (1, 1, 1, 1), 2, 2),
    "a renamed file, whose rows draw new lots": Change(
        after(lambda raw: (raw / "l003.jsonl").rename(raw / "l009.jsonl")), (1, 1, 1, 1), 2, 2
    ),
    "an added file of which every row is a copy": Change(
        after(lambda raw: shutil.copy(raw / "l000.jsonl", raw / "l900.jsonl")), (1, 1, 1, 1), 2, 2
    ),
    "a file that went": Change(after(lambda raw: (raw / "l003.jsonl").unlink()), (0, 0, 3, 3), 0, 2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_rebuilds_exactly_what_it_must(change: Change, raw: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    build(corpus_of(raw), root, Here())
    before = {kind: entries(root, kind) for kind in ("part", "sketch", "found")}
    corpus = change.does(raw)
    folder = build(corpus, root, Here())
    anew = {kind: set(entries(root, kind)) - set(before[kind]) for kind in before}
    for kind, had in before.items():
        assert entries(root, kind).items() >= had.items(), "what was there stays as it was"
    assert (len(anew["part"]), len(anew["sketch"]), len(anew["found"])) == (
        sum(change.parts),
        change.sketches,
        change.settled,
    )
    assert sha256s(folder) == sha256s(build(corpus, tmp_path / "fresh", Here())), (
        "and the result is that of a build from nothing"
    )


def test_a_comment_in_a_recipe_rebuilds_nothing(raw: Path, tmp_path: Path) -> None:
    from medgo_data import recipe

    told = (
        "from medgo_data import *\nfrom medgo_data.sources import JsonLines\n"
        f"leaflets = JsonLines(name='leaflets', files='{raw}/*.jsonl', license='public', fields={{'text': 'body'}})\n"
        "tidy = Corpus('tidy', [leaflets], [Clean(min_chars=20), Dedup(at_least=None)])\n"
    )
    (tmp_path / "r.py").write_text(told, "utf-8")
    one = build(recipe.corpora(f"{tmp_path}/r.py:tidy")[0], tmp_path / "root", Here())
    was = entries(tmp_path / "root")
    (tmp_path / "r.py").write_text("# the leaflets of the pharmacy\n" + told.replace("\n", "  # so\n"), "utf-8")
    assert build(recipe.corpora(f"{tmp_path}/r.py:tidy")[0], tmp_path / "root", Here()) == one
    assert entries(tmp_path / "root") == was


def test_a_plan_says_what_a_build_then_does(raw: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    steps = plan(corpus_of(raw), root)
    assert [(s.corpus, s.parts, s.reused) for s in steps] == [
        ("tidy", 4, 0),
        ("tidy", 4, 0),
        ("tidy", 4, 0),
        ("all", None, 0),
    ]
    assert steps[0].bytes == sum(p.stat().st_size for p in raw.iterdir())
    assert not (root / ".medgo" / "pool").exists()
    build(corpus_of(raw), root, Here())
    assert [(s.doing, s.parts, s.reused, s.bytes) for s in plan(corpus_of(raw), root)] == [("stands", 4, 4, 0)] * 2
    edit(raw)
    steps = plan(corpus_of(raw), root)
    assert [(s.parts, s.reused) for s in steps] == [(4, 3), (4, 0), (4, 0), (None, 0)]
    assert steps[0].bytes == (raw / "l001.jsonl").stat().st_size


def test_the_version_that_was_built_last_is_the_current_one(raw: Path, tmp_path: Path) -> None:
    old = Corpus("c", [leaflets_in(raw)], [Clean(min_chars=20)])
    new = Corpus("c", [leaflets_in(raw)], [Clean(min_chars=60)])
    folders = [build(c, tmp_path, Here()) for c in (old, new, old)]
    assert folders[0] == folders[2] != folders[1]
    assert open_built(tmp_path, "c").folder == folders[0]
    assert open_built(tmp_path, f"c@{folders[1].name[:6]}").folder == folders[1]


def test_a_limited_build_is_another_corpus(raw: Path, tmp_path: Path) -> None:
    folder = build(corpus_of(raw).limited(3), tmp_path, Here())
    assert folder.parent.name == "all.limit3"
    assert manifest(folder)["name"] == "all.limit3"
    assert manifest(next((tmp_path / "tidy.limit3").glob("*/")))["funnel"][0]["rows_in"] == 12


def test_rows_open_as_frames_and_as_datasets(raw: Path, tmp_path: Path) -> None:
    build(corpus_of(raw), tmp_path / "root", Here())
    built = open_built(tmp_path / "root", "all")
    frame = built.rows().collect()
    assert frame.height == built.manifest["rows"] == 100
    assert built.dataset()["id"] == frame["id"].to_list()
    assert [row["text"] for row in built.iterable()] == frame["text"].to_list()


def test_compressed_and_plain_files_give_the_same_texts(raw: Path, tmp_path: Path) -> None:
    build(Corpus("plain", [leaflets_in(raw)], [Clean()]), tmp_path, Here())
    for file in raw.iterdir():
        (raw / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    packed = JsonLines(name="leaflets", files=f"{raw}/*.gz", license="public", fields={"text": "body", "title": "name"})
    build(Corpus("packed", [packed], [Clean()]), tmp_path, Here())
    texts = [open_built(tmp_path, name).rows().select("text").collect() for name in ("plain", "packed")]
    assert texts[0].equals(texts[1])


def test_versions_outlive_the_pool(raw: Path, tmp_path: Path) -> None:
    build(corpus_of(raw), tmp_path / "root", Here())
    shutil.rmtree(tmp_path / "root" / ".medgo")
    assert open_built(tmp_path / "root", "all").rows().collect().height == 100
    edit(raw)
    again = build(corpus_of(raw), tmp_path / "root", Here())
    assert sha256s(again) == sha256s(build(corpus_of(raw), tmp_path / "fresh", Here()))


def test_a_corpus_without_stages_is_the_union_of_its_inputs_and_costs_nothing(raw: Path, tmp_path: Path) -> None:
    halves = [
        Corpus(name, [leaflets_in(raw, name=f"of_{name}", files=f"{raw}/{files}")], [Clean(min_chars=20)])
        for name, files in {"one": "l00[01].jsonl", "two": "l00[23].jsonl"}.items()
    ]
    for half in halves:
        build(half, tmp_path, Here())
    had = entries(tmp_path)
    folder = build(Corpus("both", halves), tmp_path, Here())
    assert entries(tmp_path) == had
    rows = [open_built(tmp_path, name).rows().collect() for name in ("one", "two", "both")]
    assert rows[2].equals(pl.concat(rows[:2]))
    assert manifest(folder)["funnel"] == [
        {
            "stage": "read",
            "rows_in": 144,
            "born": 0,
            "dropped": {},
            "against": {},
            "masked": {},
            "asked": {},
            "rows_out": 144,
        }
    ]
    assert open_built(tmp_path, "both").dropped().collect().height == 0


def test_a_schema_of_ones_own_may_lie_anywhere(raw: Path, tmp_path: Path) -> None:
    told = json.loads((Path(__file__).parent.parent / "schemas" / "document.json").read_text("utf-8"))
    folders = []
    for place in ("here", "there"):
        path = tmp_path / place / "pharmacy.json"
        path.parent.mkdir()
        path.write_text(json.dumps(told | {"name": "pharmacy"}), "utf-8")
        corpus = Corpus("c", [leaflets_in(raw, gives=str(path))], [Clean()])
        folders.append(build(corpus, tmp_path / place, Here()))
    assert sha256s(folders[0]) == sha256s(folders[1])
    assert manifest(folders[0])["gives"] == {"schema": "pharmacy", "version": 5}
