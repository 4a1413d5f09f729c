"""The demo's own shards make a small model answer: what it could not say it says, and what it should not it no longer does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import transformers

from medgo_train import base, cli, data, record, report
from medgo_train.config import RunError, load
from tests import tiny
from tests.tiny import Drugs, talk

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "recipes"
STAGES = ("pretrain", "sft", "dpo")
SMALL = ["--words", "400", "--width", "32", "--layers", "1"]
TALKS = [talk(f"{name}{what}？", answer) for name, what, answer in Drugs.facts()]


def test_a_base_is_made_of_a_corpus_and_is_the_same_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny.corpus(tmp_path / "data", "qa", "chat", TALKS)
    for name in ("one", "other"):
        told = ["base", "qa", str(tmp_path / name), "--root", str(tmp_path / "data"), *SMALL]
        assert cli.main(told) == 0, capsys.readouterr().err
        assert "parameters that knows nothing yet" in capsys.readouterr().out
    assert len({record.of_model(tmp_path / name) for name in ("one", "other")}) == 1
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "one")
    assert len(tokenizer) == 400
    heard, never = (len(tokenizer.tokenize(text)) for text in ("饭后服用", "髀髁髂髃"))
    assert heard < never
    assert cli.main(told) == 1
    assert "holds a model already" in capsys.readouterr().err


def test_no_base_is_made_of_rows_that_may_name_patients_or_that_nobody_wrote(tmp_path: Path) -> None:
    folder = tiny.corpus(tmp_path / "data", "qa", "chat", TALKS)
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('["scrubbed"]', "[]"), "utf-8")
    assert cli.main(["base", str(folder), str(tmp_path / "base"), *SMALL]) == 1
    labels = tiny.corpus(tmp_path / "data", "labels", "feedback", [])
    with pytest.raises(RunError, match="gives rows of the schema 'feedback'"):
        base.write(data.check(labels), tmp_path / "base")
    with pytest.raises(RunError, match="a width of 30 is not split evenly"):
        base.model(tiny.tokenizer(Drugs.words()), width=30)
    assert not (tmp_path / "base").exists()


def test_the_runs_of_the_demo_follow_each_other() -> None:
    configs = [load(RECIPES / "train" / f"{stage}.yaml") for stage in STAGES]
    assert [config.stage for config in configs] == list(STAGES)
    assert [config.base for config in configs[1:]] == [f"{config.output}/final" for config in configs[:-1]]
    assert configs[1].save.prompts == configs[2].save.prompts


@pytest.mark.slow
def test_three_stages_on_the_shards_of_the_demo_change_its_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(RECIPES, tmp_path / "recipes", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    for told in ("demo.py:pretrain", "demo.py:instruct", "trained.py"):
        command = [sys.executable, "-m", "medgo_data.cli", "build", f"recipes/{told}", "--root", "data/demo", "--quiet"]
        subprocess.run(command, check=True, capture_output=True)
    made = (RECIPES / "trained.py").read_text("utf-8").split('"""')[1]
    commands = [line.split() for line in made.splitlines() if line.strip().startswith("medgo-train")]
    assert [told[1] for told in commands] == ["base", "run", "report"]
    for told in commands:
        assert cli.main(told[1:]) == 0, capsys.readouterr().err
    runs = [Path("data/demo_runs") / stage for stage in STAGES]
    for run, falls in zip(runs, (0.9, 0.2, 0.9), strict=True):
        (last,) = record.checkpoints(run)
        log = json.loads((last / "trainer_state.json").read_text("utf-8"))["log_history"]
        losses = [line["loss"] for line in log if "loss" in line]
        assert losses[-1] < falls * losses[0]
    stored, wish = load(RECIPES / "train/sft.yaml").save.prompts
    sft, dpo = (report.watched(run)["at"] for run in runs[1:])
    before, taught, after = (one["answers"] for one in (sft["0"], dpo["0"], dpo[max(dpo, key=int)]))
    assert "置干燥处" not in before[stored]
    assert "置干燥处" in taught[stored]
    assert taught[wish].startswith("行")
    assert after[wish].startswith("不行")
    told = record.read(runs[2] / "final")
    assert [told["stage"], told["before"]["stage"], told["before"]["before"]["stage"]] == ["dpo", "sft", "pretrain"]
    assert {one["corpus"] for one in told["before"]["data"]} >= {"drug_qa_1", "instruct"}
    page = (runs[2] / "report.html").read_text("utf-8")
    assert all(f"<h2>{stage}</h2>" in page for stage in STAGES)
