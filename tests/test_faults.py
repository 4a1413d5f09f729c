"""Kills, full disks, second builders and altered bytes: nothing is lost, nothing is half there, nothing is done twice."""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Local, Sample, build, store
from medgo_data import open as open_built
from medgo_data.engine import WorkerLostError
from medgo_data.part import ChangedError, StageError
from medgo_data.sources import JsonLines, Works
from medgo_data.store import DamagedError, Digests
from tests.conftest import entries, leaflets_in, manifest, sha256s, write_leaflets
from tests.test_builds import Passes

pytestmark = pytest.mark.faults
RECIPE = """
from medgo_data import Clean, Corpus, Dedup, Sample
from medgo_data.sources import JsonLines
from tests.test_builds import Passes
leaflets = JsonLines(name="leaflets", files="{raw}/*.jsonl", license="public", fields={{"text": "body", "title": "name"}})
tidy = Corpus("tidy", [leaflets], [Clean(min_chars=20), Passes(seconds={seconds}), Dedup(at_least=None), Sample(others=100), Passes(seconds={seconds})])
all = Corpus("all", [tidy], [Passes()])
"""


@pytest.fixture
def recipe(raw: Path, tmp_path: Path) -> Callable[[float], Path]:
    def write(seconds: float) -> Path:
        path = tmp_path / f"recipe{seconds}.py"
        path.write_text(RECIPE.format(raw=raw, seconds=seconds), "utf-8")
        return path

    return write


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "medgo_data.cli", *map(str, words)]


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def until(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def seen(root: Path) -> Iterator[Path]:
    """What a reader can see: versions and finished entries, nothing that begins with a dot or lies in tmp."""
    yield from root.glob("*/*/manifest.json")
    yield from root.glob(".medgo/pool/*/receipt.json")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    write_leaflets(folder / "raw", files=8)
    (folder / "r.py").write_text(RECIPE.format(raw=folder / "raw", seconds=0), "utf-8")
    told = run("build", folder / "r.py", "--root", folder / "root", "--engine", "here")
    assert told.returncode == 0, told.stderr
    return sha256s(Path(told.stdout.splitlines()[-1]))


@pytest.mark.parametrize("moment", [pytest.param(n, marks=[pytest.mark.slow] if n % 10 else []) for n in range(20)])
def test_a_build_killed_at_any_moment_goes_on_to_the_same_bytes(
    moment: int, tmp_path: Path, recipe: Callable[[float], Path], undisturbed: dict[str, str]
) -> None:
    write_leaflets(tmp_path / "raw", files=8)
    root, engine = tmp_path / "root", ["--engine", "here"] if moment % 2 else ["--workers", 2]
    slow, quick = recipe(0.05), recipe(0)
    build_it = subprocess.Popen(
        command("build", slow, "--root", root, *engine), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until((root / ".medgo").is_dir)
    time.sleep(random.Random(moment).uniform(0, 1.6))
    build_it.kill()
    build_it.wait()
    for visible in seen(root):
        assert visible.stat().st_size > 0, "what can be seen is whole"
    had = {kind: entries(root, kind) for kind in ("part", "sketch", "found")}
    told = run("build", quick, "--root", root, "--engine", "here")
    assert told.returncode == 0, told.stderr
    assert sha256s(Path(told.stdout.splitlines()[-1])) == undisturbed
    for kind, receipts in had.items():
        assert entries(root, kind).items() >= receipts.items(), "nothing that had a receipt was done again"

    def swept() -> bool:  # by the first build that begins or ends after a worker of the killed one has died
        return not list((root / ".medgo" / "tmp").iterdir()) or not run("build", quick, "--root", root).stdout

    until(swept)


@pytest.mark.slow
def test_the_workers_of_a_killed_build_go_too(recipe: Callable[[float], Path], tmp_path: Path) -> None:
    build_it = subprocess.Popen(
        command("build", recipe(30), "--root", tmp_path / "root", "--workers", 2),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    children = Path(f"/proc/{build_it.pid}/task/{build_it.pid}/children")
    until(lambda: len(list((tmp_path / "root/.medgo/tmp").glob("*"))) == 2)
    workers = [int(child) for child in children.read_text().split()]
    assert len(workers) >= 2
    build_it.kill()
    build_it.wait()
    until(lambda: not any(_working(worker) for worker in workers), 10)


def _working(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_lost_worker_is_replaced_and_the_build_goes_on(
    tmp_path: Path, recipe: Callable[[float], Path], undisturbed: dict[str, str]
) -> None:
    write_leaflets(tmp_path / "raw", files=8)
    build_it = subprocess.Popen(
        command("build", recipe(0.5), "--root", tmp_path / "root", "--workers", 2),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: len(list((tmp_path / "root/.medgo/tmp").glob("*"))) == 2)
    worker = next((tmp_path / "root/.medgo/tmp").iterdir()).name.split(".")[-2]
    os.kill(int(worker), signal.SIGKILL)
    out, told = build_it.communicate(timeout=90)
    assert build_it.returncode == 0, told
    assert "kill" not in told, "it was the machine's fault, and cost one try"
    assert sha256s(Path(out.splitlines()[-1])) == undisturbed


def limit_files(size: int) -> Callable[[], None]:
    def set_it() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return set_it


@pytest.mark.parametrize(
    "engine", [["--engine", "here"], pytest.param(["--workers", "2"], marks=pytest.mark.slow)], ids=["here", "local"]
)
def test_a_full_disk_is_a_sentence_and_the_build_goes_on_when_there_is_room(
    engine: list[str], tmp_path: Path, recipe: Callable[[float], Path]
) -> None:
    write_leaflets(tmp_path / "raw", files=6, rows=400)
    root = tmp_path / "root"
    told = run("build", recipe(0), "--root", root, *engine, preexec_fn=limit_files(20_000))
    assert told.returncode == 1
    assert "no room left while writing part" in told.stderr
    assert "Traceback" not in told.stderr
    assert not list(root.glob("*/*/manifest.json"))
    assert not list((root / ".medgo" / "tmp").iterdir())
    had = entries(root)
    told = run("build", recipe(0), "--root", root, *engine)
    assert told.returncode == 0, told.stderr
    assert entries(root).items() >= had.items()
    fresh = run("build", recipe(0), "--root", tmp_path / "fresh", "--engine", "here")
    assert sha256s(Path(told.stdout.splitlines()[-1])) == sha256s(Path(fresh.stdout.splitlines()[-1]))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("no right to mount a small file system here; the limit on file sizes was tried instead")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.slow
def test_a_small_disk_that_fills_up_loses_nothing(
    tmp_path: Path, small_disk: Path, recipe: Callable[[float], Path]
) -> None:
    write_leaflets(tmp_path / "raw", files=12, rows=400)
    told = run("build", recipe(0), "--root", small_disk, "--engine", "here")
    assert told.returncode == 1
    assert "no room left" in told.stderr
    had = entries(small_disk)
    assert had, "what was finished before is kept"
    subprocess.run(["mount", "-o", "remount,size=50m", small_disk], check=True)
    told = run("build", recipe(0), "--root", small_disk, "--engine", "here")
    assert told.returncode == 0, told.stderr
    assert entries(small_disk).items() >= had.items()


def test_a_second_builder_is_told_who_builds_or_waits(
    raw: Path, tmp_path: Path, recipe: Callable[[float], Path]
) -> None:
    root, slow = tmp_path / "root", f"{recipe(0.3)}:tidy"
    first = subprocess.Popen(
        command("build", slow, "--root", root, "--engine", "here"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    until(lambda: (root / "tidy" / ".lock").exists() and (root / "tidy" / ".lock").read_text())
    refused = run("build", slow, "--root", root)
    assert refused.returncode == 1
    assert re.search(rf"'tidy' below .* is being built by process {first.pid} on \S+, since", refused.stderr)
    waited = run("build", slow, "--root", root, "--wait")
    assert waited.returncode == 0, waited.stderr
    assert first.communicate(timeout=60)[0] == waited.stdout
    assert first.returncode == 0
    assert len(entries(root)) == 3 * 4, "each of four parts was built once in each of three passes"


# ---- altered and missing files -------------------------------------------------------------------------------------


def flip(path: Path) -> None:
    """Change one bit in the middle of a file, in place, as a failing disk would."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


@pytest.fixture
def built(raw: Path, tmp_path: Path) -> Path:
    return build(
        Corpus("tidy", [leaflets_in(raw)], [Clean(min_chars=20), Dedup(at_least=None)]), tmp_path / "root", Here()
    )


@pytest.mark.parametrize("file", ["part-00001.parquet", "dropped/part-00002.parquet"])
def test_one_altered_byte_is_found_by_every_reader_and_mended_by_a_build(
    file: str, built: Path, raw: Path, tmp_path: Path
) -> None:
    was = sha256s(built)
    flip(built / file)
    told = run("verify", "--root", tmp_path / "root")
    assert told.returncode == 1
    assert f"{file} was altered" in told.stdout
    with pytest.raises(DamagedError, match=f"{file} was altered"):
        open_built(tmp_path / "root", "tidy")
    for words in (["sample", "tidy", "--unscrubbed"], ["lock", "--file", tmp_path / "l"]):
        told = run(*words, "--root", tmp_path / "root")
        assert told.returncode == 1
        assert f"{file} was altered" in told.stderr
    corpus = Corpus("tidy", [leaflets_in(raw)], [Clean(min_chars=20), Dedup(at_least=None)])
    had = entries(tmp_path / "root")
    assert sha256s(build(corpus, tmp_path / "root", Here())) == was
    assert len(had.items() - entries(tmp_path / "root").items()) == 1, "only what was damaged is done again"
    assert run("verify", "--root", tmp_path / "root").returncode == 0


def test_a_corpus_never_stands_on_a_damaged_one(built: Path, raw: Path, tmp_path: Path) -> None:
    tidy = Corpus("tidy", [leaflets_in(raw)], [Clean(min_chars=20), Dedup(at_least=None)])
    flip(built / "part-00000.parquet")
    above = build(Corpus("above", [tidy], [Passes()]), tmp_path / "root", Here())
    fresh = build(Corpus("above", [tidy], [Passes()]), tmp_path / "fresh", Here())
    assert sha256s(above) == sha256s(fresh)


def test_an_altered_manifest_and_a_missing_shard_are_named(built: Path, tmp_path: Path) -> None:
    (built / "part-00003.parquet").unlink()
    told = run("verify", "--root", tmp_path / "root")
    assert (told.returncode, "part-00003.parquet is missing" in told.stdout) == (1, True)
    path = built / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"rows": ', '"rows": 1', 1), "utf-8")
    told = run("funnel", "tidy", "--root", tmp_path / "root")
    assert told.returncode == 1
    assert "manifest.json is not the manifest that was written" in told.stderr


def test_a_damaged_draft_in_the_pool_is_made_anew(raw: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for stages in ([Clean(min_chars=20), Dedup(at_least=None)], [Clean(min_chars=20), Dedup(), Sample(others=50)]):
        folder = build(Corpus("tidy", [leaflets_in(raw)], stages), root, Here())
        for draft in (root / ".medgo" / "pool").glob("part-*/rows.arrow"):
            if draft.stat().st_nlink == 1:
                flip(draft)
    fresh = build(Corpus("tidy", [leaflets_in(raw)], stages), tmp_path / "fresh", Here())
    assert sha256s(folder) == sha256s(fresh)


def test_a_raw_file_that_changes_while_it_is_read_stops_the_build(raw: Path, tmp_path: Path) -> None:
    corpus = Corpus("c", [leaflets_in(raw)], [Meddles(file=str(raw / "l002.jsonl"))])
    with pytest.raises(ChangedError, match=r"l002\.jsonl changed while it was being read"):
        build(corpus, tmp_path / "root", Here())
    folder = build(corpus, tmp_path / "root", Here())
    assert manifest(folder)["rows"] == 160


@dataclass(frozen=True, kw_only=True)
class Meddles(Passes):
    """Touches a raw file while it is being read, once."""

    file: str

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        if docs[0, "id"].startswith("leaflets/l002") and not Path(self.file).with_suffix(".touched").exists():
            Path(self.file).with_suffix(".touched").touch()
            with Path(self.file).open("a", encoding="utf-8") as raw:
                raw.write("\n")
        return docs


def test_a_raw_file_that_is_missing_is_named_with_the_next_step(tmp_path: Path) -> None:
    for pattern, says in (("nowhere/*.jsonl", "no file matches"), (".", "it is a folder, so say which files")):
        with pytest.raises(FileNotFoundError, match=says) as told:
            build(
                Corpus("c", [JsonLines(name="leaflets", files=str(tmp_path / pattern), license="x")]),
                tmp_path / "r",
                Here(),
            )
        assert "leaflets" in str(told.value)


@pytest.mark.slow
def test_a_worker_lost_in_python_is_the_same_error(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(WorkerLostError, match="run again"), Local(2, tries=1) as engine:
        list(engine.map(_die, range(4)))


def _die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_draft_is_known_without_reading_it_until_the_machine_is_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not synced, so after a crash of the machine it may hold anything under its old size and date."""
    draft, shard = tmp_path / "rows.arrow", tmp_path / "rows.parquet"
    for file in (draft, shard):
        file.write_bytes(b"rows")
        os.utime(file, (1e9, 1e9))
    known = Digests(tmp_path / "digests.json")
    known.learn(draft, "xxh3:1", synced=False)
    known.learn(shard, "2")
    known.save()
    again = Digests.at(tmp_path / "digests.json")
    assert (again.recall(draft), again.recall(shard)) == ("xxh3:1", "2")
    monkeypatch.setattr(store, "boot", lambda: "another boot")
    assert (again.recall(draft), again.recall(shard)) == (None, "2")
    monkeypatch.setattr(store, "boot", lambda: None)  # where that cannot be known
    assert (again.recall(draft), again.recall(shard)) == (None, "2")


def test_a_package_that_is_missing_is_named_with_the_extra_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_text("<html><body><p>头痛三日。</p></body></html>", "utf-8")
    monkeypatch.setitem(sys.modules, "selectolax", None)
    for name in [name for name in sys.modules if name.startswith(("selectolax.", "medgo_data.sources.formats.html"))]:
        monkeypatch.delitem(sys.modules, name)
    pages = Works(name="pages", files=f"{tmp_path}/*.html", license="public")
    with pytest.raises(StageError, match=r"Works needs selectolax.* pip install 'medgo\[formats\]'"):
        build(Corpus("pages", [pages]), tmp_path / "root", Here())


def test_a_lock_that_was_cleared_away_twice_is_no_news(tmp_path: Path) -> None:
    script = tmp_path / "twice.py"
    script.write_text(
        "from loky.backend import resource_tracker\n"
        "from medgo_data import Local\n"
        "if __name__ == '__main__':\n"
        "    with Local(2) as engine:\n"
        "        assert sorted(engine.map(abs, [-1, -2, -3])) == [1, 2, 3]\n"
        "        resource_tracker.register('/loky-gone-already', 'semlock')\n",
        "utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
