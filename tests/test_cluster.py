"""On a Ray cluster, and through what happens to one: in each case the bytes are those of an undisturbed run in one process.

The cluster is real, and small: its nodes are processes of this machine, which are killed as machines die.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Ray, Sample, Stage, build
from medgo_data.engine import ALONE, Load, WorkerLostError
from medgo_data.part import StageError
from medgo_data.ray import ClusterError
from tests.conftest import entries, leaflets_in, manifest, sha256s, write_leaflets
from tests.test_builds import Passes, corpus_of
from tests.test_faults import RECIPE, command, run, until
from tests.test_killers import BAD, Dies, Fragile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore"),
]  # what Ray warns of is its own
STORE = 80_000_000  # bytes of memory for a node's objects, of which there are hardly any


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that works too; a test adds what it then kills."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args=_node(1))
    yield made
    made.shutdown()


def _node(cpus: int) -> dict[str, Any]:
    return {"num_cpus": cpus, "object_store_memory": STORE, "include_dashboard": False}


@pytest.fixture(scope="module")
def engine(cluster: Any) -> Iterator[Ray]:
    with Ray(cluster.address) as made:
        yield made


@pytest.fixture
def another(cluster: Any) -> Iterator[Any]:
    """A second node."""
    node = cluster.add_node(**_node(1))
    yield node
    if node in cluster.worker_nodes:
        cluster.remove_node(node, allow_graceful=False)


def undisturbed(corpus: Corpus, folder: Path) -> dict[str, str]:
    return sha256s(build(corpus, folder / "undisturbed", Here()))


@dataclass(frozen=True, kw_only=True)
class Notes(Passes):
    """Says that it has begun, in a file, and takes its time."""

    folder: str = ""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        (Path(self.folder) / f"{docs[0, 'id'].split('/')[1].split('.')[0]}.begun").touch()
        return super().__call__(docs)


def slowly(raw: Path, seconds: float) -> Corpus:
    stages = [
        Clean(min_chars=20),
        Dedup(at_least=None),
        Notes(seconds=seconds, folder=str(raw.parent)),
        Sample(others=100),
    ]
    return Corpus("tidy", [leaflets_in(raw)], stages)


# ---- nothing happens -------------------------------------------------------------------------------------------------


def test_the_same_bytes_come_from_two_nodes(engine: Ray, another: Any, raw: Path, tmp_path: Path) -> None:
    assert sha256s(build(corpus_of(raw), tmp_path / "root", engine)) == undisturbed(corpus_of(raw), tmp_path)


def test_a_worker_is_one_thread(engine: Ray) -> None:
    assert list(engine.map(_environment, ["苹安宁"])) == [ALONE]


def _environment(_: str) -> dict[str, str]:
    return {name: os.environ[name] for name in ALONE}


def test_an_error_travels_with_its_own_type_and_without_a_row(engine: Ray, raw: Path, tmp_path: Path) -> None:
    with pytest.raises(StageError, match="Raises raised KeyError") as told:
        build(Corpus("tidy", [leaflets_in(raw)], [Raises()]), tmp_path / "root", engine)
    assert "苹安宁" not in str(told.value) + str(told.value.__notes__)
    with pytest.raises(ZeroDivisionError):
        list(engine.map(_divided, range(3)))


@dataclass(frozen=True, kw_only=True)
class Raises(Passes):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        raise KeyError(docs[0, "text"])


def _divided(number: int) -> float:
    return 1 / number


def test_a_node_that_does_not_see_the_files_is_named(engine: Ray, tmp_path: Path) -> None:
    engine.reach(tmp_path, [])
    with pytest.raises(
        ClusterError, match=r"node \S+ of the cluster does not see the raw file l1\. Workers on several"
    ):
        engine.reach(tmp_path, [(tmp_path / "l1.jsonl", "l1")])
    assert not list((tmp_path / ".medgo" / "tmp").iterdir())


def test_no_cluster_is_said_with_the_next_step() -> None:
    script = "from medgo_data import Ray\nlist(Ray('127.0.0.1:1').map(abs, [1, 2]))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "ClusterError: no Ray cluster answers at '127.0.0.1:1'" in told.stderr


@dataclass(frozen=True)
class Nap:
    """Takes long the first time that somebody tries."""

    number: int
    folder: Path
    load = Load(twice=True)

    def __call__(self) -> int:
        first = self.folder / f"{self.number}.napped"
        if self.number == 5 and not first.exists():
            first.touch()
            time.sleep(90)
        time.sleep(0.2)
        return self.number


def _called(nap: Nap) -> int:
    return nap()


def test_whoever_takes_far_too_long_is_overtaken_by_another(engine: Ray, another: Any, tmp_path: Path) -> None:
    began = time.monotonic()
    assert sorted(engine.map(_called, [Nap(n, tmp_path) for n in range(8)])) == list(range(8))
    assert time.monotonic() - began < 80


# ---- something happens -----------------------------------------------------------------------------------------------


def test_a_killed_worker_is_replaced(engine: Ray, raw: Path, tmp_path: Path) -> None:
    stages: list[Stage] = [Clean(min_chars=20), DiesOnce(folder=str(tmp_path)), Dedup(at_least=None)]
    corpus = Corpus("tidy", [leaflets_in(raw)], stages)
    folder = build(corpus, tmp_path / "root", engine)
    assert (tmp_path / "died").exists()
    assert sha256s(folder) == undisturbed(corpus, tmp_path)


@dataclass(frozen=True, kw_only=True)
class DiesOnce(Passes):
    folder: str

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        died = Path(self.folder) / "died"
        if not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return docs


def test_what_always_dies_is_named_when_all_else_is_done(engine: Ray, tmp_path: Path) -> None:
    done: list[int] = []
    with pytest.raises(WorkerLostError) as told:
        done.extend(engine.map(Dies(of=(3,), once=(4,), folder=tmp_path), range(7)))
    assert told.value.items == (3,)
    assert sorted(done) == [n * n for n in range(7) if n != 3]


def test_a_row_that_kills_its_worker_is_dropped_here_too(engine: Ray, tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw", files=2)
    folder = build(Corpus("tidy", [leaflets_in(tmp_path / "raw")], [Fragile(rows=BAD[:1])]), tmp_path / "root", engine)
    assert manifest(folder)["funnel"][1]["dropped"] == {"kills_worker": 1}
    assert manifest(folder)["rows"] == 79


def test_a_node_dies_and_another_joins(cluster: Any, engine: Ray, another: Any, tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw", files=12)
    corpus = slowly(tmp_path / "raw", 0.5)

    def disturb() -> None:
        until(lambda: len(list(tmp_path.glob("*.begun"))) >= 4, 120)
        cluster.remove_node(another, allow_graceful=False)
        cluster.add_node(**_node(1))

    disturbing = threading.Thread(target=disturb)
    disturbing.start()
    folder = build(corpus, tmp_path / "root", engine)
    disturbing.join()
    for node in list(cluster.worker_nodes):
        cluster.remove_node(node, allow_graceful=False)
    assert sha256s(folder) == undisturbed(corpus, tmp_path)


def test_a_second_driver_is_told_who_builds_or_waits(cluster: Any, raw: Path, tmp_path: Path) -> None:
    (tmp_path / "r.py").write_text(RECIPE.format(raw=raw, seconds=0.5), "utf-8")
    words = ("build", f"{tmp_path}/r.py:tidy", "--root", tmp_path / "root")
    first = subprocess.Popen(
        command(*words, "--engine", "ray", "--address", cluster.address), stdout=-1, stderr=-1, text=True
    )
    lock = tmp_path / "root" / "tidy" / ".lock"
    until(lambda: lock.exists() and lock.read_text(), 90)
    refused = run(*words)
    assert (refused.returncode, f"is being built by process {first.pid}" in refused.stderr) == (1, True)
    waited = run(*words, "--engine", "ray", "--address", cluster.address, "--wait")
    assert waited.returncode == 0, waited.stderr
    assert first.communicate(timeout=120)[0] == waited.stdout
    assert len(entries(tmp_path / "root")) == 3 * 4, "each of four parts was built once in each of three passes"
    here = run("build", f"{tmp_path}/r.py:tidy", "--root", tmp_path / "here", "--engine", "here")
    assert sha256s(Path(here.stdout.strip())) == sha256s(Path(waited.stdout.strip()))


# ---- memory, and the clock -------------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
from medgo_data.cli import main
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
main()
"""

HUNGRY = """
from dataclasses import dataclass
from medgo_data import Stage
from medgo_data.stage import knob

@dataclass(frozen=True, kw_only=True)
class Hungry(Stage):
    gigabytes: int = knob(8)
    def __call__(self, docs):
        if docs["id"].str.contains("l002").any():
            room = bytearray(self.gigabytes << 30)
        return docs
"""


def test_a_limit_on_memory_stops_the_build_and_it_goes_on_without(raw: Path, tmp_path: Path) -> None:
    recipe = HUNGRY + RECIPE.format(raw=raw, seconds=0).replace(
        "[Clean(min_chars=20),", "[Clean(min_chars=20), Hungry(),"
    )
    (tmp_path / "r.py").write_text(recipe, "utf-8")
    words = ["build", f"{tmp_path}/r.py:tidy", "--root", str(tmp_path / "root"), "--engine", "here"]
    script = LIMITED.format(limit=6 << 30)
    told = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "Hungry raised MemoryError" in told.stderr and "leaflets/l002.jsonl/0" in told.stderr
    had = entries(tmp_path / "root")
    assert len(had) == 2
    (tmp_path / "r.py").write_text(recipe.replace("knob(8)", "knob(0)"), "utf-8")
    folders = [run(*words), run(*words[:3], str(tmp_path / "other"), *words[4:])]
    assert sha256s(Path(folders[0].stdout.strip())) == sha256s(Path(folders[1].stdout.strip()))
    assert entries(tmp_path / "root").items() >= had.items()


CLOCK = """
import time
real = time.time
time.time = lambda: real() + {seconds}
"""


def test_clocks_that_differ_by_a_day_change_nothing(raw: Path, tmp_path: Path) -> None:
    """Files from tomorrow, a builder of yesterday, and another of next week who goes on where that one was killed."""
    (tmp_path / "r.py").write_text(RECIPE.format(raw=raw, seconds=0.2), "utf-8")
    day = 86_400
    for n, file in enumerate(sorted(raw.iterdir())):
        os.utime(file, (time.time() + (n - 1) * day,) * 2)
    told: dict[str, subprocess.CompletedProcess[str]] = {}
    for name, ahead in (("yesterday", -day), ("next week", 7 * day)):
        site = tmp_path / name
        site.mkdir()
        (site / "sitecustomize.py").write_text(CLOCK.format(seconds=ahead), "utf-8")
        env = os.environ | {"PYTHONPATH": f"{site}:."}
        words = command("build", tmp_path / "r.py", "--root", tmp_path / "root", "--engine", "here")
        if name == "yesterday":
            killed = subprocess.Popen(words, env=env, stdout=-3, stderr=-3)
            until(lambda: len(entries(tmp_path / "root")) >= 5, 60)
            killed.kill()
            killed.wait()
            had = entries(tmp_path / "root")
        told[name] = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        assert told[name].returncode == 0, told[name].stderr
        assert entries(tmp_path / "root").items() >= had.items()
        here = run("build", tmp_path / "r.py", "--root", tmp_path / f"here {name}", "--engine", "here")
        assert sha256s(Path(told[name].stdout.splitlines()[-1])) == sha256s(Path(here.stdout.splitlines()[-1]))
        touched = raw / "l000.jsonl"
        mark = touched.stat()
        touched.write_text(touched.read_text("utf-8").replace("三次", "两次"), "utf-8")  # of the same size
        os.utime(touched, ns=(mark.st_atime_ns, mark.st_mtime_ns + 1_000_000))


# ---- the head goes ---------------------------------------------------------------------------------------------------


@contextmanager
def head(port: int) -> Iterator[str]:
    """A cluster of one node, whose every process is killed at the end."""
    words = [Path(sys.executable).with_name("ray"), "start", "--head", "--block", f"--port={port}", "--num-cpus=1"]
    words += [f"--object-store-memory={STORE}", "--include-dashboard=false", "--disable-usage-stats"]
    started = subprocess.Popen(words, stdout=-3, stderr=-3, env=os.environ | PATIENCE)
    try:
        until(lambda: _answers(port), 60)
        yield f"127.0.0.1:{port}"
    finally:
        for process in reversed(list(_family(started.pid))):  # the workers first, so that none is left
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        started.wait()


PATIENCE = {
    "RAY_gcs_rpc_server_reconnect_timeout_s": "5",  # in which a head may come back; a minute as a rule
    "RAY_AUTH_MODE": "disabled",
}


def _answers(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


def _family(process: int) -> Iterator[int]:
    yield process
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        yield from _family(int(child))


def test_a_build_whose_head_was_lost_ends_and_the_next_one_goes_on(tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw", files=8)
    (tmp_path / "r.py").write_text(RECIPE.format(raw=tmp_path / "raw", seconds=0.5), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("build", f"{tmp_path}/r.py:tidy", "--root", tmp_path / "root", "--engine", "ray", "--address")
    with head(port) as address:
        lost = subprocess.Popen(command(*words, address), stdout=-1, stderr=-1, text=True, env=os.environ | PATIENCE)
        until(lambda: len(entries(tmp_path / "root")) >= 3, 90)
    said = lost.communicate(timeout=90)
    assert lost.returncode != 0
    assert not said[0], "no version was named"
    assert not list((tmp_path / "root").glob("*/*/manifest.json"))
    had = entries(tmp_path / "root")
    with head(port) as address:
        again = run(*words, address, env=os.environ | PATIENCE)
    assert again.returncode == 0, again.stderr
    assert entries(tmp_path / "root").items() >= had.items()
    here = run("build", f"{tmp_path}/r.py:tidy", "--root", tmp_path / "here", "--engine", "here")
    assert sha256s(Path(here.stdout.strip())) == sha256s(Path(again.stdout.strip()))
