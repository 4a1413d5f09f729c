"""A run that asks models is killed, or interrupted: what it paid for is kept, nothing is paid twice, and the budget holds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo_data import Here, build
from tests.asking import corpus, kept_in, leaflet, write
from tests.conftest import sha256s
from tests.scripted import endpoint, told

RECIPE = """
from medgo_data import Corpus
from medgo_data.sources import JsonLines
from medgo_data.synth import Chat
from tests.asking import Talk
leaflets = JsonLines(name="leaflets", files="{raw}/*.jsonl", license="public", fields={{"text": "body"}})
talk = Corpus("talk", [leaflets], [Talk(chat=Chat(model="m", max_tokens=200, seed=1, at_once={at_once}), unscrubbed=True)])
"""


def _killed(tmp_path: Path, rows: int, kills: int, seed: int) -> None:
    """Kill a run with -9 whenever so many rows more are paid, build on, and compare with a run that nobody disturbed."""
    at_once = 16
    source = write(
        tmp_path / "raw",
        *[[leaflet(k) for k in range(start, start + rows // 10)] for start in range(0, rows, rows // 10)],
    )
    (tmp_path / "r.py").write_text(RECIPE.format(raw=tmp_path / "raw", at_once=at_once), "utf-8")
    command = [
        sys.executable,
        "-m",
        "medgo_data.cli",
        "build",
        str(tmp_path / "r.py"),
        "--root",
        str(tmp_path / "root"),
        "--quiet",
    ]
    moments, lost = sorted(random.Random(seed).sample(range(rows), kills)), 0
    with endpoint(0.01) as url:
        for moment in moments:
            run = subprocess.Popen(command, env=os.environ | {"OPENAI_BASE_URL": url})
            while run.poll() is None and told(url)["paid"] - lost < moment:
                time.sleep(0.005)
            run.kill()
            assert run.wait() == -signal.SIGKILL, "it was still at work"
            while (seen := told(url))["open"]:
                time.sleep(0.005)
            in_flight = seen["paid"] - lost - kept_in(tmp_path / "root")
            assert 0 <= in_flight <= at_once
            lost += in_flight
        done = subprocess.run(
            command, env=os.environ | {"OPENAI_BASE_URL": url}, check=True, capture_output=True, text=True
        )
        assert told(url)["paid"] == rows + lost, "nothing was paid twice but what was in flight"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_BASE_URL", url)
            undisturbed = build(corpus(source), tmp_path / "undisturbed", Here())
        assert told(url)["paid"] == 2 * rows + lost
    assert sha256s(Path(done.stdout.splitlines()[-1])) == sha256s(undisturbed)


@pytest.mark.slow
def test_a_killed_run_pays_again_for_what_was_in_flight_and_nothing_else(tmp_path: Path) -> None:
    _killed(tmp_path, rows=300, kills=3, seed=1)


@pytest.mark.slow
def test_a_run_killed_at_twenty_moments_pays_again_for_what_was_in_flight_and_nothing_else(tmp_path: Path) -> None:
    _killed(tmp_path, rows=2000, kills=20, seed=2)


def test_an_interrupted_run_ends_soon_and_keeps_what_it_paid_for(tmp_path: Path) -> None:
    write(tmp_path / "raw", *[[leaflet(k) for k in range(start, start + 100)] for start in range(0, 1000, 100)])
    (tmp_path / "r.py").write_text(RECIPE.format(raw=tmp_path / "raw", at_once=8), "utf-8")
    command = [
        sys.executable,
        "-m",
        "medgo_data.cli",
        "build",
        str(tmp_path / "r.py"),
        "--root",
        str(tmp_path / "root"),
    ]
    with endpoint(0.05) as url:
        run = subprocess.Popen(command, env=os.environ | {"OPENAI_BASE_URL": url}, stderr=subprocess.PIPE, text=True)
        while told(url)["paid"] < 20:
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        told_ = run.communicate(timeout=60)[1]
        assert run.returncode and "Traceback" not in told_
        assert told(url)["open"] == 0 and told(url)["paid"] == kept_in(tmp_path / "root") < 500


BUDGET = """
import sys
from pathlib import Path
from medgo_data import Here, build
from medgo_data.stage import Budget
from tests.asking import Talk, corpus, leaflet, write
from medgo_data.synth import Chat
from medgo_data.synth.purse import BudgetError
source = write(Path(sys.argv[1]) / "raw", *[[leaflet(k) for k in range(n, n + 20)] for n in range(0, 400, 20)])
try:
    build(corpus(source, Talk(chat=Chat(model="m", max_tokens=200, seed=1, at_once=8), unscrubbed=True)),
          Path(sys.argv[1]) / "root", Here(), budget=Budget(40_000, "tokens"))
except BudgetError:
    sys.exit(3)
"""


@pytest.mark.slow
def test_a_budget_holds_over_kills(tmp_path: Path) -> None:
    command, ended = [sys.executable, "-c", BUDGET, str(tmp_path)], []
    with endpoint(0.01) as url:
        for moment in (20, 60, 500):  # requests after which it is killed; the last time it comes to its end by itself
            run = subprocess.Popen(command, env=os.environ | {"OPENAI_BASE_URL": url}, stderr=subprocess.DEVNULL)
            while run.poll() is None and told(url)["paid"] < moment:
                time.sleep(0.002)
            run.kill()
            ended.append(run.wait())
        while told(url)["open"]:
            time.sleep(0.01)
        tokens = sum(told(url)["tokens"])
    assert ended == [-signal.SIGKILL, -signal.SIGKILL, 3]
    assert 40_000 * 0.6 < tokens <= 40_000
