"""A checkpoint knows which rows made it; a run goes on from it to the bit, or is told what has changed since."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from medgo_train import cli, plan, record
from medgo_train.config import RunConfig, RunError
from medgo_train.record import RecordError
from medgo_train.stages import run
from tests import tiny
from tests.tiny import Drugs, talk

TALKS = [talk(asked.format(name, what), answer) for name, what, answer in Drugs.facts() for asked in Drugs.ASKED[:2]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.save(tmp_path_factory.mktemp("base"), Drugs.words())


def settings(folder: Path, base: str, **told: Any) -> RunConfig:
    if not (folder / "data").exists():
        tiny.corpus(folder / "data", "qa", "chat", TALKS)
    how = {"lora": {}, "packed": True, "save": {"every": 4, "keep": 2, "log": 1}, "epochs": 2.0}
    return tiny.config(folder, base, "sft", "qa", **how | told)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, base: str) -> Path:
    """A run that is over."""
    folder = tmp_path_factory.mktemp("done")
    run(settings(folder, base, steps=6))
    return folder


def weights(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.safetensors"))}


def test_a_checkpoint_says_what_made_it(done: Path, base: str) -> None:
    told = record.read(done / "runs/sft/final")
    corpus = json.loads(next((done / "data/qa").glob("*/manifest.json")).read_text("utf-8"))
    assert told["data"][0]["version"] == corpus["fingerprint"]
    assert told["data"][0]["content"] == corpus["content"]
    assert told["plan"]["digest"] == plan.load(done / "runs/sft/plan.parquet").digest
    assert told["base"]["digest"] == record.of_model(Path(base))
    assert (told["step"], told["world"], told["rows"]) == (6, 1, {"qa": 24})
    assert told["tokens"]["qa"] > 24 * 32
    assert told["packages"]["trl"] and told["template"]["name"] == "chatml"
    assert told["settings"]["seed"] == 42


def test_older_checkpoints_go_when_the_newer_one_has_its_record(done: Path) -> None:
    assert [path.name for path in record.checkpoints(done / "runs/sft")] == ["checkpoint-4", "checkpoint-6"]


def test_the_rows_that_a_step_saw_are_named(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rows", str(done / "runs/sft/final"), "2"]) == 0
    ids = capsys.readouterr().out.split()
    assert len(ids) > 4 and all(one.startswith("qa/") for one in ids)
    seen = [one for step in range(1, 7) for one in record.rows(done / "runs/sft/final", step)]
    assert len(set(seen)) > 20
    assert cli.main(["rows", str(done / "runs/sft/final"), "7"]) == 1
    assert "there is no step 7: the plan has 6" in capsys.readouterr().err


def test_a_card_and_a_difference_are_read_from_records(
    done: Path, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["card", str(done / "runs/sft/final")]) == 0
    assert "| qa |" in (card := capsys.readouterr().out) and "after 6 of 6 steps" in card
    assert (done / "runs/sft/final/README.md").read_text("utf-8").strip() == card.strip()
    both = [str(done / "runs/sft" / name) for name in ("checkpoint-4", "checkpoint-6")]
    assert cli.main(["diff", *both]) == 0
    assert "step was 4 and is 6" in capsys.readouterr().out
    assert cli.main(["diff", both[0], both[0]]) == 0
    assert capsys.readouterr().out == "Both were made of the same.\n"
    assert cli.main(["diff", both[0], base]) == 1
    assert "run.json does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 1}, r"settings\.seed was 42 and is 1.*plan\.digest"),
        ({"length": 48}, r"settings\.length was 64 and is 48"),
        ({"optimizer": {"learning_rate": 1e-3}}, r"settings\.optimizer\.learning_rate was 2e-05 and is 0\.001"),
        ({"batch": {"rows": 8}}, r"settings\.batch\.rows was 4 and is 8"),
    ],
)
def test_a_run_does_not_go_on_from_what_other_settings_made(
    done: Path, base: str, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(RecordError, match=words):
        run(settings(done, base, **{"steps": 6} | change), resume=True)


def test_a_run_does_not_go_on_with_other_rows_or_another_base(tmp_path: Path, done: Path, base: str) -> None:
    shutil.copytree(done, tmp_path / "run", dirs_exist_ok=True)
    config = settings(tmp_path / "run", base, steps=6)
    (same,) = [path for path in (tmp_path / "run/data/qa").iterdir() if path.is_dir()]
    tiny.corpus(tmp_path / "run/data", "qa", "chat", TALKS[1:])
    with pytest.raises(RecordError, match=r"data\.0\.version was .* and is"):
        run(config, resume=True)
    assert len(record.rows(tmp_path / "run/runs/sft/final", 1)) > 4  # of the version it was made of
    (tmp_path / "run/data/qa/current").write_text(same.name, "utf-8")
    other = tiny.save(tmp_path / "other", Drugs.words())
    told = json.loads(Path(other, "config.json").read_text("utf-8"))
    Path(other, "config.json").write_text(json.dumps(told | {"rope_theta": 5.0}), "utf-8")
    with pytest.raises(RecordError, match=r"base\.digest was"):
        run(replace(config, base=other), resume=True)


def test_checkpoints_are_not_run_over_and_what_was_cut_short_is_passed_over(
    tmp_path: Path, done: Path, base: str
) -> None:
    shutil.copytree(done, tmp_path / "run", dirs_exist_ok=True)
    config = settings(tmp_path / "run", base, steps=6)
    with pytest.raises(RunError, match="holds checkpoints already, the last of them checkpoint-6"):
        run(config)
    last = tmp_path / "run/runs/sft/checkpoint-6"
    whole = (last / "adapter_model.safetensors").read_bytes()
    (last / "adapter_model.safetensors").write_bytes(whole[:-1])  # as a full disk leaves it
    assert record.checkpoints(config.output)[-1].name == "checkpoint-4"
    again = run(config, resume=True)
    assert (again.first, again.last) == (4, 6)
    assert (last / "adapter_model.safetensors").read_bytes() == whole
    with pytest.raises(RunError, match="no whole checkpoint to go on from"):
        run(replace(config, output=str(tmp_path / "nowhere")), resume=True)


def test_killed_and_taken_up_again_it_ends_with_the_same_bits(tmp_path: Path, base: str) -> None:
    config = settings(tmp_path, base, steps=60, epochs=30.0, save={"every": 5, "keep": 3, "log": 1})
    assert config.lora and config.lora.dropout > 0  # chance is taken up, too
    undisturbed = run(config)
    killed = replace(config, output=str(tmp_path / "runs/killed"))
    (tmp_path / "killed.yaml").write_text(yaml.safe_dump(killed.plain()), "utf-8")
    command = [sys.executable, "-m", "medgo_train.cli", "run", str(tmp_path / "killed.yaml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(Path.cwd())}) as child:
        end = time.monotonic() + 60
        while not (Path(killed.output) / "checkpoint-15" / record.NAME).is_file() and time.monotonic() < end:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
    last = int(record.checkpoints(killed.output)[-1].name.rpartition("-")[2])
    assert 15 <= last < 60
    again = run(killed, resume=True)
    assert (again.first, again.last) == (last, 60)
    steps = [line["step"] for line in again.trainer.state.log_history if "loss" in line]
    losses = {line["step"]: line["loss"] for line in undisturbed.trainer.state.log_history if "loss" in line}
    assert steps == list(range(1, 61))
    assert all(losses[line["step"]] == line["loss"] for line in again.trainer.state.log_history if "loss" in line)
    for part in ("checkpoint-60", "final"):
        mine, theirs = weights(Path(killed.output) / part), weights(Path(config.output) / part)
        assert mine and mine == theirs


FULL = """
import resource, signal, sys
from medgo_train import callbacks, cli
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
keep = callbacks.Keep.on_save
def then(*told, **also):
    keep(*told, **also)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
callbacks.Keep.on_save = then
sys.exit(cli.main(["run", sys.argv[1]]))
"""


@pytest.mark.slow
def test_when_the_disk_is_full_the_checkpoint_before_stays_whole(tmp_path: Path, base: str) -> None:
    config = settings(tmp_path, base, steps=8)
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config.plain()), "utf-8")
    command = [sys.executable, "-c", FULL, str(tmp_path / "run.yaml")]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    assert ended.returncode == 1
    assert "no room left" in ended.stderr and "Traceback" not in ended.stderr
    assert (Path(config.output) / "checkpoint-8").exists()
    assert [path.name for path in record.checkpoints(config.output)] == ["checkpoint-4"]
    again = run(config, resume=True)
    assert (again.first, again.last) == (4, 8)
