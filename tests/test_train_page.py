"""The pages about training and evaluation tell the truth: their commands are typed, one after the other, and all go well."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = "".join((ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("training", "evaluation"))
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


def test_every_command_of_the_trainer_is_on_the_page() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "medgo_train.cli", "--help"], capture_output=True, text=True, check=True
    )
    there = set(re.findall(r"^    (\w+) ", shown.stdout, re.MULTILINE))
    told = set(re.findall(r"`(\w+)(?:`| [A-Z])", PAGE)) | {command.split()[1] for command in COMMANDS}
    assert there and there <= told


def test_the_python_of_the_pages_runs() -> None:
    found = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    for block in found:
        subprocess.run([sys.executable, "-c", block], cwd=ROOT, check=True)


@pytest.mark.slow
def test_what_the_page_types_goes_well(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes", ignore=shutil.ignore_patterns("__pycache__"))
    assert len(COMMANDS) > 10
    for command in COMMANDS:
        tool, *words = command.split()
        module = {"medgo-data": "medgo_data.cli", "medgo-train": "medgo_train.cli"}[tool]
        short = ["--set", "epochs=0.2"] if words[0] == "run" else []  # what they learn is asked elsewhere
        done = subprocess.run(
            [sys.executable, "-m", module, *words, *short],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"$ {command}\n{done.stderr}"
        assert done.stdout
