"""A run may be written as Python: functions that return one, each alone or all in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgo_train import cli, recipe
from medgo_train.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = '''
"""Two stages, the second on what the first leaves."""

from dataclasses import replace

from medgo_train.config import Data, RunConfig, medgo_sft


def pretrain() -> RunConfig:
    return RunConfig(stage="pretrain", base="models/base", output="runs/pretrain", data=(Data(corpus="pretrain"),))


def sft() -> RunConfig:
    return replace(medgo_sft(base="runs/pretrain/final", output="runs/sft", data=(Data(corpus="sft"),)), epochs=1)


def of_rank(rank: int) -> RunConfig:
    return sft()


def helper() -> str:
    return "no run"
'''


def written(folder: Path, text: str = RECIPE) -> Path:
    (folder / "two.py").write_text(text, "utf-8")
    return folder / "two.py"


def test_the_functions_of_a_file_are_its_runs_in_their_order(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert [one.stage for one in recipe.runs(path)] == ["pretrain", "sft"]
    one = recipe.run(f"{path}:sft", overrides=["lora.rank=4", "epochs=2"])
    assert (one.stage, one.lora and one.lora.rank, one.epochs) == ("sft", 4, 2.0)
    assert recipe.run(f"{path}:sft").digest == recipe.runs(path)[1].digest != one.digest


@pytest.mark.parametrize(
    ("text", "asked", "words"),
    [
        (RECIPE, "two.py:dpo", "has no run 'dpo'; it has pretrain, sft"),
        (RECIPE, "two.py", "holds 2 runs. Say which one"),
        (RECIPE, "three.py", "there is no file"),
        ("x = 1", "two.py", "holds no run. Write a function that returns one"),
        ("x = 1\ny = z\n", "two.py", "two.py, line 2: NameError: name 'z' is not defined. Correct that line"),
        ("x = (1\n", "two.py", "two.py, line 1: SyntaxError"),
        (RECIPE.replace('stage="pretrain"', 'stage="pretain"'), "two.py:pretrain", "two.py:pretrain: "),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said_with_its_place(tmp_path: Path, text: str, asked: str, words: str) -> None:
    written(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        recipe.run(tmp_path / asked)
    assert words in str(refused.value)


def test_the_command_takes_a_recipe_as_it_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(written(tmp_path))]) == 1
    assert "models/base, the base of the stage pretrain, holds no model" in capsys.readouterr().err
    assert cli.main(["check", f"{written(tmp_path)}:sft"]) == 1
    assert "two.py" not in capsys.readouterr().out
