"""What runs with packages that not everybody has: each for real where it is installed, and else a sentence with the command."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import transformers

from medgo_train.config import RunConfig, RunError
from medgo_train.stages import run
from tests import tiny
from tests.tiny import Drugs, talk

TALKS = [talk(f"{name}{what}？", answer) for name, what, answer in Drugs.facts()]
ASKS = {
    "tensorboard": {"save": {"log": 1, "every": 100, "to": ["tensorboard"]}},
    "wandb": {"save": {"log": 1, "every": 100, "to": ["wandb"]}},
    "bitsandbytes": {"lora": {"quantized": True, "dropout": 0.0}},
    "deepspeed": {"parallel": {"device": "cpu", "precision": "fp32", "zero": 3}},
}


def settings(folder: Path, **told: Any) -> RunConfig:
    base = tiny.save(folder / "base", Drugs.words(), width=64)
    tiny.corpus(folder / "data", "qa", "chat", TALKS)
    return tiny.config(folder, base, "sft", "qa", **{"steps": 2} | told)


def there(package: str) -> Any:
    return pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is not installed")


@pytest.mark.parametrize("package", ASKS)
def test_a_package_that_is_missing_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setattr(
        "medgo_train.stages.common.find_spec", lambda name: None if name == package else find_spec(name)
    )
    with pytest.raises(RunError, match=f"needs {package}, which is not installed. Install it: pip install {package}"):
        run(settings(tmp_path, **ASKS[package]))


@there("tensorboard")
def test_tensorboard_gets_the_curves(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    done = run(settings(tmp_path, **ASKS["tensorboard"]))
    (events,) = Path(done.config.output).rglob("events.out.tfevents.*")
    read = EventAccumulator(str(events))
    read.Reload()
    assert [point.step for point in read.Scalars("train/loss")] == [1, 2]


@there("wandb")
def test_wandb_writes_beside_the_run_and_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WANDB_MODE", "WANDB_DIR", "WANDB_PROJECT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)  # what the run sets is taken back at the end
    done = run(settings(tmp_path, **ASKS["wandb"]))
    assert list(Path(done.config.output).glob("wandb/offline-run-*/*.wandb"))


@there("bitsandbytes")
def test_an_adapter_on_four_bits_is_trained_and_merged(tmp_path: Path) -> None:
    done = run(settings(tmp_path, **ASKS["bitsandbytes"]))
    inner = done.trainer.model.base_model.model.model.layers[0].self_attn.q_proj
    assert type(inner.base_layer).__name__ == "Linear4bit"
    assert transformers.AutoModelForCausalLM.from_pretrained(done.folder)
