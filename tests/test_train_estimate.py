"""What a run costs is known before a GPU is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from medgo_train import estimate
from medgo_train.config import RunConfig, RunError
from tests import tiny

QWEN2_72B = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "vocab_size": 152064,
    "hidden_size": 8192,
    "intermediate_size": 29568,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "max_position_embeddings": 32768,
    "tie_word_embeddings": False,
}
# deepspeed 0.19.8: estimate_zero3_model_states_mem_needs_all_cold(72706203648, 1245708288, 8, 8), without offload
DEEPSPEED = 23.68


def large(folder: Path, **told: Any) -> RunConfig:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(QWEN2_72B), "utf-8")
    how = {"length": 4096, "parallel": {"device": "cpu", "zero": 3}, "batch": {"rows": 64}}
    return tiny.config(folder, str(folder), "pretrain", "x", **how | told)


def test_the_states_of_72_billion_on_64_gpus_are_within_a_tenth_of_deepspeeds_own(tmp_path: Path) -> None:
    found = estimate.cost(large(tmp_path), 64)
    assert found.size.parameters == 72_706_203_648
    assert found.size.largest == 1_245_708_288
    assert found.states + found.gathered == pytest.approx(DEEPSPEED, rel=0.1)
    away = estimate.cost(large(tmp_path, parallel={"device": "cpu", "zero": 3, "offload": True}), 64)
    assert away.states + away.gathered == pytest.approx(6.76, rel=0.1)
    assert found.flops == pytest.approx(0.445e12, rel=0.01)
    assert 9 < found.hours(14e9) / 24 < 10.5


def test_lora_sharding_and_four_bits_take_less(tmp_path: Path) -> None:
    full = estimate.cost(large(tmp_path), 64)
    lora = estimate.cost(large(tmp_path, lora={}), 64)
    assert lora.size.trained == pytest.approx(210.5e6, rel=0.001)
    assert lora.flops == pytest.approx(0.302e12, rel=0.01)
    assert lora.states < full.states / 5
    alone = large(tmp_path, lora={}, parallel={"device": "cpu"})
    assert 135 < estimate.cost(alone, 1).states < 140
    quantized = large(tmp_path, lora={"quantized": True}, parallel={"device": "cpu"})
    assert estimate.cost(quantized, 1).states < 40
    by_stage = [estimate.cost(large(tmp_path, parallel={"device": "cpu", "zero": z}), 64).states for z in (0, 2, 3)]
    assert by_stage == sorted(by_stage, reverse=True)
    assert estimate.fewest(large(tmp_path)) == 3
    assert estimate.fewest(large(tmp_path, parallel={"device": "cpu"})) is None


def test_a_model_is_told_in_a_few_lines_and_a_folder_without_one_named(tmp_path: Path) -> None:
    told = estimate.cost(large(tmp_path), 64).told(14e9)
    for words in ("72.706 billion", "which fits", "8 nodes", "days"):
        assert words in told
    assert "DOES NOT FIT" in estimate.cost(large(tmp_path), 8).told()
    with pytest.raises(RunError, match=r"has no config\.json"):
        estimate.size(tiny.config(tmp_path, str(tmp_path / "none"), "sft", "x"))


@pytest.mark.slow
def test_a_step_of_64_ranks_is_made_here(tmp_path: Path) -> None:
    large(tmp_path)
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(large(tmp_path, length=256).plain()), "utf-8")
    command = [sys.executable, "-W", "ignore", "-m", "medgo_train.cli", "estimate", str(path), "--gpus", "64", "--step"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout
    # two layers and both embeddings, in bf16, over 64
    parameters = 2 * (72_706_203_648 - 2 * 1_245_708_288) / 80 + 2 * 1_245_708_288
    assert f"{parameters * 2 / 64 / 2**30:.3f} GiB of weights a rank" in said
