"""A Slurm array builds what one machine builds, to the byte, in whatever order its tasks run and whichever of them is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from medgo_data import Corpus, Here, build, launch
from medgo_data.build import Slice, share
from tests.conftest import entries, leaflets_in, sha256s, write_leaflets
from tests.test_builds import Passes, corpus_of
from tests.test_faults import RECIPE, run

SBATCH = """
import json, os, random, re, subprocess, sys
from pathlib import Path

here = Path(os.environ["SLURM"])
told = [word for word in sys.argv[1:] if word.startswith("--")]
script = sys.argv[-1]
number = len(list(here.glob("submitted*"))) + 1
(here / f"submitted{number}").write_text(" ".join(sys.argv[1:]))
array = re.search(r"#SBATCH --array=0-(\\d+)", Path(script).read_text())
tasks = list(range(int(array[1]) + 1)) if array else [None]
random.Random(number).shuffle(tasks)
lost = int(os.environ.get("LOST", -1))
running = []
for task in tasks:
    env = os.environ | {"SLURM_CPUS_PER_TASK": "1"} | ({} if task is None else {"SLURM_ARRAY_TASK_ID": str(task)})
    started = subprocess.Popen(["bash", script], env=env, stdout=(here / f"job{number}.{task}.out").open("w"), stderr=subprocess.STDOUT)
    if task is not None and (number, task) == (2, lost):
        started.kill()
        started.wait()
    elif os.environ.get("TOGETHER"):
        running.append(started)
    else:
        started.wait()
for started in running:
    started.wait()
print(f"{number};cluster")
"""


@pytest.fixture
def slurm(tmp_path: Path) -> Callable[..., list[str]]:
    """Runs submit.sh on this machine: a job when it is submitted, its tasks shuffled. Gives what was submitted."""
    bin_, jobs = tmp_path / "bin", tmp_path / "jobs"
    bin_.mkdir()
    jobs.mkdir()
    (bin_ / "sbatch").write_text(f"#!{sys.executable}\n{SBATCH}", "utf-8")
    (bin_ / "sbatch").chmod(0o755)

    def submit(folder: Path, **env: str) -> list[str]:
        told = os.environ | {"PATH": f"{bin_}:{os.environ['PATH']}", "SLURM": str(jobs), "PYTHONPATH": "."} | env
        for script in folder.iterdir():
            subprocess.run(["bash", "-n", script], check=True)
        subprocess.run(["bash", folder / "submit.sh"], check=True, env=told, capture_output=True)
        said = sorted(jobs.glob("*.out"))
        assert not any("Traceback" in each.read_text("utf-8") for each in said)
        return [path.read_text("utf-8") for path in sorted(jobs.glob("submitted*"))]

    return submit


def test_the_scripts_say_what_they_do(raw: Path, tmp_path: Path) -> None:
    told = run(
        *("launch", "slurm", "recipes/demo.py:pretrain", "--root", tmp_path / "root", "--tasks", 3, "--cpus", 4),
        *("--into", tmp_path / "jobs", "--sbatch", "partition=cpu", "--sbatch=--mem=8G"),
    )
    assert told.returncode == 0, told.stderr
    assert [Path(line).name for line in told.stdout.splitlines()] == [
        "first.sbatch",
        "array.sbatch",
        "last.sbatch",
        "submit.sh",
    ]
    array = (tmp_path / "jobs" / "array.sbatch").read_text("utf-8")
    for line in ("--array=0-2", "--cpus-per-task=4", "--partition=cpu", "--mem=8G", "--requeue"):
        assert f"#SBATCH {line}\n" in array
    assert '--workers "${SLURM_CPUS_PER_TASK:-1}" --slice "$SLURM_ARRAY_TASK_ID/3"' in array


def test_there_are_as_many_rounds_as_passes_one_behind_the_other(raw: Path) -> None:
    assert launch.rounds([corpus_of(raw)]) == 4
    assert launch.rounds(c for c in corpus_of(raw).inputs if isinstance(c, Corpus)) == 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_slices_in_any_order_make_the_same_bytes_and_do_nothing_twice(
    order: tuple[int, ...], raw: Path, tmp_path: Path
) -> None:
    corpus = corpus_of(raw)
    made: list[Path] = []
    for _ in range(launch.rounds([corpus])):
        made += [folder for n in order if (folder := share(corpus, tmp_path / "root", Here(), Slice(n, 3)))]
    assert sha256s(made[-1]) == sha256s(build(corpus, tmp_path / "here", Here()))
    assert len(entries(tmp_path / "root")) == len(entries(tmp_path / "here"))


def test_a_slice_does_its_own_parts_and_no_other(raw: Path, tmp_path: Path) -> None:
    corpus = Corpus("tidy", [leaflets_in(raw)], [Passes()])
    assert share(corpus, tmp_path / "root", Here(), Slice(1, 3)) is None
    assert len(entries(tmp_path / "root")) == 1
    assert share(corpus, tmp_path / "root", Here(), Slice(0, 3)) is None
    assert len(entries(tmp_path / "root")) == 3, "of four parts it does two"
    assert not list(tmp_path.glob("root/*/*/manifest.json"))
    assert share(corpus, tmp_path / "root", Here(), Slice(2, 3))


def test_a_slice_that_is_none_is_refused() -> None:
    for told in ("3/3", "-1/3", "1", "a/b"):
        refused = run("build", "recipes/demo.py", f"--slice={told}")
        assert refused.returncode == 2
        assert "is no slice; write 0/8" in refused.stderr


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("env", [{"LOST": "1"}, {"TOGETHER": "1"}], ids=["one_lost", "all_at_once"])
def test_an_array_builds_the_same_bytes_with_a_task_lost_or_all_at_once(
    env: dict[str, str], tmp_path: Path, slurm: Callable[..., list[str]]
) -> None:
    write_leaflets(tmp_path / "raw", files=7)
    (tmp_path / "r.py").write_text(RECIPE.format(raw=tmp_path / "raw", seconds=0), "utf-8")
    told = run(
        "launch", "slurm", f"{tmp_path}/r.py:all", "--root", tmp_path / "root", "--tasks", 3, "--into", tmp_path / "s"
    )
    assert told.returncode == 0, told.stderr
    submitted = slurm(tmp_path / "s", **env)
    assert submitted == [
        "--parsable first.sbatch",
        *(f"--parsable --dependency=afterany:{n} array.sbatch" for n in (1, 2, 3, 4)),
        "--parsable --dependency=afterany:5 last.sbatch",
    ]
    here = run("build", tmp_path / "r.py", "--root", tmp_path / "here", "--engine", "here")
    (made,) = (tmp_path / "root" / "all").glob("*/manifest.json")
    assert sha256s(made.parent) == sha256s(Path(here.stdout.splitlines()[-1]))
