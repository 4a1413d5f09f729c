"""Preferences on an adapter that was trained before: it is trained on, and a copy of it is what it is compared with."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import transformers

from medgo_train import pack, record
from medgo_train.config import ConfigError, RunConfig, RunError
from medgo_train.stages import run
from tests import tiny
from tests.test_train_preferences import ASKED, BAD, GOOD, LORA, Start, labels, pairs
from tests.tiny import Drugs, talk


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with LoRA after which either answer is common, on a base that says neither."""
    folder = tmp_path_factory.mktemp("spoken")
    base = tiny.save(folder / "base", [*Drugs.words(), "吃", "能喝酒吗", GOOD, BAD], width=64)
    both = [talk(a.format(d), said) for d in Drugs.NAMES for a in ASKED for said in (GOOD, BAD)]
    tiny.corpus(folder / "data", "both", "chat", both)
    tiny.corpus(folder / "data", "preference", "preference", pairs(GOOD, BAD))
    tiny.corpus(folder / "data", "feedback", "feedback", labels(GOOD, BAD))
    how = {"optimizer": {"learning_rate": 1e-2}, "batch": {"rows": 8, "per_device": 8}, "epochs": 8.0, "lora": LORA}
    run(tiny.config(folder, base, "sft", "both", **how))
    return folder


def on_it(folder: Path, stage: str, **told: Any) -> RunConfig:
    """A run of preferences on the adapter of the run before."""
    lora = LORA | {"adapter": str(folder / "runs/sft")}
    how = {"batch": {"rows": 8, "per_device": 8}, "optimizer": {"learning_rate": 3e-3}, "epochs": 2.0, "lora": lora}
    schema = {"dpo": "preference", "kto": "feedback"}[stage]
    return tiny.config(folder, str(folder / "base"), stage, schema, **how | told)


@pytest.mark.parametrize(("stage", "rate"), [("dpo", 3e-3), ("kto", 6e-3)])
def test_an_adapter_is_trained_on_and_a_copy_of_it_is_the_reference(spoken: Path, stage: str, rate: float) -> None:
    how = {"optimizer": {"learning_rate": rate}, "save": {"log": 1, "every": 8}}
    done = run(on_it(spoken, stage, **how))
    base, before, after = (
        transformers.AutoModelForCausalLM.from_pretrained(spoken / name)
        for name in ("base", "runs/sft/final", f"runs/{stage}/final")
    )
    first = next(line for line in done.trainer.state.log_history if "rewards/chosen" in line)
    assert abs(first["rewards/chosen"]) < 0.02  # against the base, from which the adapter had moved far, it would be
    judge = Start(folder="", model=before, tokenizer=pack.load(str(spoken / "base"), "chatml"))
    assert judge.likely(base, GOOD) < -10
    assert judge.likely(after, GOOD) - judge.likely(after, BAD) > 0.5
    told = record.read(done.folder)
    assert told["base"]["adapter"]["folder"] == str(record.checkpoints(spoken / "runs/sft")[-1])
    assert told["before"]["stage"] == "sft"


@pytest.mark.slow
def test_on_an_adapter_a_run_goes_on_to_the_bit_and_only_from_that_adapter(spoken: Path) -> None:
    how = {"save": {"log": 1, "every": 4, "keep": 9}, "steps": 8}
    whole = run(on_it(spoken, "dpo", **how, output=str(spoken / "runs/whole")))
    shutil.copytree(whole.config.output, spoken / "runs/cut")
    for name in ("final", "checkpoint-8"):
        shutil.rmtree(spoken / "runs/cut" / name)
    again = run(on_it(spoken, "dpo", **how, output=str(spoken / "runs/cut")), resume=True)
    assert (again.first, again.last) == (4, 8)
    assert (again.folder / "model.safetensors").read_bytes() == (whole.folder / "model.safetensors").read_bytes()
    other = on_it(spoken, "dpo", **how, output=str(spoken / "runs/cut"), lora=LORA)
    with pytest.raises(RunError, match=r"settings\.lora\.adapter was .*base\.adapter was"):
        run(other, resume=True)


def test_an_adapter_that_is_none_or_another_one_is_refused(spoken: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="where no adapter lies"):
        run(on_it(spoken, "dpo", output=str(spoken / "runs/x"), lora=LORA | {"adapter": str(spoken / "base")}))
    wide = LORA | {"adapter": str(spoken / "runs/sft"), "rank": 8}
    with pytest.raises(
        RunError, match=r"an adapter of rank, alpha and dropout \(16, 32, 0.0\), and lora says \(8, 32, 0.0\)"
    ):
        run(on_it(spoken, "dpo", output=str(spoken / "runs/x"), lora=wide))
    other = replace(on_it(spoken, "dpo", output=str(spoken / "runs/x")), base=tiny.save(tmp_path, Drugs.words()))
    with pytest.raises(RunError, match="was trained on another base than"):
        run(other)
    with pytest.raises(ConfigError, match="a reward model has a new head"):
        replace(on_it(spoken, "dpo"), stage="reward")
