"""A run is what its file says: every key is known, every value is of its kind, and the papers' settings are as printed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from medgo_train.config import Batch, ConfigError, Data, Lora, Optimizer, RunConfig, load, medgo_dpo, medgo_sft, read

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = {"stage": "sft", "base": "models/base", "output": "runs/sft", "data": [{"corpus": "sft"}]}
ONE = (Data(corpus="sft"),)


def test_a_file_says_what_a_run_is_and_the_rest_has_defaults(tmp_path: Path) -> None:
    path = tmp_path / "sft.yaml"
    path.write_text(
        "stage: sft\nbase: models/base\noutput: runs/sft\ndata: [{corpus: sft, repeats: 2}]\n"
        "lora: {rank: 8}\noptimizer: {learning_rate: 1.0e-4, schedule: linear}\nbatch: {rows: 16, per_device: 2}\n",
        "utf-8",
    )
    assert load(path) == RunConfig(
        stage="sft",
        base="models/base",
        output="runs/sft",
        data=(Data(corpus="sft", repeats=2.0),),
        lora=Lora(rank=8),
        optimizer=Optimizer(learning_rate=1e-4, schedule="linear"),
        batch=Batch(rows=16, per_device=2),
    )


def test_what_is_written_out_is_read_in_again(tmp_path: Path) -> None:
    config = replace(medgo_sft(base="b", output="o", data=(Data(corpus="sft", weight=2.0),)), packed=True)
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(config.plain()), "utf-8")
    assert load(path) == config
    assert load(path).digest == config.digest


def test_a_setting_of_the_command_line_wins_and_has_its_type() -> None:
    config = read(
        PLAIN, overrides=["optimizer.learning_rate=1e-5", "lora.rank=4", "data.0.weight=3", "packed=true", "steps=7"]
    )
    assert config.optimizer.learning_rate == 1e-5
    assert config.lora == Lora(rank=4)
    assert config.data == (Data(corpus="sft", weight=3.0),)
    assert (config.packed, config.steps) == (True, 7)
    assert read(PLAIN, overrides=["lora.rank=4", "lora=null"]).lora is None
    assert PLAIN["data"] == [{"corpus": "sft"}]


@pytest.mark.parametrize(
    ("told", "overrides", "words"),
    [
        ({"optimizer": {"learning_rate": "2e-5"}}, [], "write 2.0e-5, not 2e-5"),
        ({"optimizer": {"learning_rat": 1.0}}, [], "optimizer.learning_rat is no setting. Did you mean learning_rate?"),
        ({"epoch": 2}, [], "epoch is no setting. Did you mean epochs?"),
        ({}, ["optimiser.learning_rate=1"], "optimiser is no setting. Did you mean optimizer?"),
        ({}, ["data.1.weight=2"], "there are 1 entries, counted from 0"),
        ({}, ["steps.many=2"], "steps has no parts"),
        ({}, ["steps"], "is no setting. Write it as"),
        ({}, ["optimizer.learning_rate=fast"], "is the text 'fast', and a number is wanted"),
        ({"data": {"corpus": "sft"}}, [], "and a list is wanted"),
        ({"data": []}, [], "names no corpus"),
        ({"data": [{"version": "3f"}]}, [], "data.0.corpus is not set"),
        ({"lora": "yes"}, [], "lora is the text 'yes', and settings by name are wanted"),
        ({"packed": 1}, [], "packed is 1, and true or false is wanted"),
        ({"steps": True}, [], "steps is True, and a whole number is wanted"),
        ({"stage": "rlhf"}, [], "must be one of 'pretrain', 'sft', 'dpo', 'kto', 'reward', 'reject'"),
        ({"stage": "kto"}, [], "Set batch.per_device to 2 or more"),
        ({"stage": "reject"}, [], "set reject.reward"),
        ({"parallel": {"zero": 1}}, [], "must be one of 0, 2, 3"),
        ({"parallel": {"zero": 3, "fsdp": True}}, [], "Keep one"),
        ({"batch": {"rows": 0}}, [], "at least one row"),
        ({"data": [{"corpus": "a", "weight": 1}, {"corpus": "b"}]}, [], "Give all of them a weight, or none"),
        ({"data": [{"corpus": "a", "weight": 1, "repeats": 2}]}, [], "keep one"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(told: dict[str, Any], overrides: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(PLAIN | told, overrides=overrides)
    assert words in str(refused.value)


def test_a_file_that_is_not_there_or_not_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml does not exist"):
        load(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("stage: [", "utf-8")
    with pytest.raises(ConfigError, match=r"bad\.yaml is not YAML"):
        load(tmp_path / "bad.yaml")


def test_the_settings_of_the_paper() -> None:
    paper = medgo_sft(base="Qwen2-72B", output="o", data=ONE)
    assert paper.lora == Lora(rank=16, alpha=8, dropout=0.05)
    assert (paper.epochs, paper.batch.per_device, paper.batch.accumulation(1)) == (2, 1, 4)
    assert paper.optimizer == Optimizer(learning_rate=2e-5, schedule="cosine", warmup=0.01)
    assert medgo_sft(base="b", output="o", data=ONE, devices=64).batch.accumulation(64) == 4
    assert medgo_dpo(base="b", output="o", data=ONE).preference.sft == 1.0


def test_the_digest_follows_what_decides_the_result_and_nothing_else() -> None:
    config = read(PLAIN)
    same = [
        "output=elsewhere",
        "root=/data",
        "batch.per_device=2",
        "parallel.zero=3",
        "save.every=7",
        "parallel.device=cpu",
    ]
    for override in same:
        assert read(PLAIN, overrides=[override]).digest == config.digest, override
    for override in (
        "seed=1",
        "batch.rows=8",
        "optimizer.beta2=0.95",
        "data.0.version=3f",
        "lora.rank=8",
        "length=512",
    ):
        assert read(PLAIN, overrides=[override]).digest != config.digest, override


def test_a_batch_that_the_devices_do_not_fill_evenly_is_refused() -> None:
    assert [Batch(rows=16, per_device=2).accumulation(world) for world in (1, 2, 8)] == [8, 4, 1]
    with pytest.raises(ConfigError, match="Make it a multiple of 6"):
        Batch(rows=16, per_device=2).accumulation(3)
