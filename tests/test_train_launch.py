"""What starts a run on a node or on many is written, is valid, and starts it."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from accelerate.commands import launch as theirs
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.utils.launch import prepare_multi_gpu_env

from medgo_train import cli, launch, record
from medgo_train.config import ConfigError, RunConfig
from tests import tiny
from tests.tiny import Drugs, talk

SHAPES = pytest.mark.parametrize(("nodes", "gpus"), [(1, 1), (1, 8), (8, 8)])


def settings(folder: Path, **told: Any) -> RunConfig:
    return tiny.config(folder, str(folder / "base"), "sft", "qa", **{"batch": {"rows": 64}} | told)


def written(folder: Path, config: RunConfig, nodes: int, gpus: int) -> Path:
    launch.write(config, folder / "my run.yaml", folder / "job", nodes=nodes, gpus=gpus)
    return folder / "job"


def started(script: Path, *, node: int = 0) -> list[str]:
    """The words of the command that a script comes to, on a node."""
    line = script.read_text("utf-8").splitlines()[-1]
    env = {"HEAD": "node-0", "NODE": str(node), "PORT": str(free()), "PATH": os.environ["PATH"]}
    said = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {line}", str(script)], capture_output=True, text=True, check=True, env=env
    )
    return said.stdout.splitlines()


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@SHAPES
def test_scripts_are_valid_and_name_the_run_and_what_comes_before_it(tmp_path: Path, nodes: int, gpus: int) -> None:
    job = written(tmp_path, settings(tmp_path), nodes, gpus)
    for name in ("torchrun.sh", "accelerate.sh", "job.sbatch"):
        subprocess.run(["bash", "-n", job / name], check=True)
        text = (job / name).read_text("utf-8")
        assert f"run {shlex.quote(str(tmp_path / 'my run.yaml'))} ${{RESUME:+--resume}}" in text
        assert f"prepare {shlex.quote(str(tmp_path / 'my run.yaml'))}" in text
    slurm = (job / "job.sbatch").read_text("utf-8")
    assert f"#SBATCH --nodes={nodes}\n" in slurm and f"--nproc-per-node {gpus} " in slurm


@SHAPES
def test_accelerate_reads_its_file_as_it_is_meant(tmp_path: Path, nodes: int, gpus: int) -> None:
    config = settings(tmp_path, parallel={"device": "cuda"})
    job = written(tmp_path, config, nodes, gpus)
    told = load_config_from_file(str(job / "accelerate.yaml"))
    assert (told.num_machines, told.num_processes) == (nodes, nodes * gpus)
    last = nodes - 1
    words = started(job / "accelerate.sh", node=last)
    assert words[:2] == ["accelerate", "launch"]
    parsed = theirs.launch_command_parser().parse_args(words[2:])
    args, _, _ = theirs._validate_launch_command(parsed)  # noqa: SLF001  # what its own command does with them
    assert (args.module, args.training_script) == (True, "medgo_train.cli")
    assert args.training_script_args == ["run", str(tmp_path / "my run.yaml")]
    if nodes * gpus > 1:
        assert args.multi_gpu
        prepare_multi_gpu_env(args)
        assert args.nproc_per_node == str(gpus)
    if nodes > 1:
        assert (args.nnodes, args.node_rank) == (str(nodes), last)
        assert args.main_process_ip == "node-0"


def test_what_was_set_for_the_files_is_set_for_the_run(tmp_path: Path) -> None:
    launch.write(settings(tmp_path), Path("run.yaml"), tmp_path, overrides=["save.prompts=[能喝酒吗？]"])
    for name in ("torchrun.sh", "accelerate.sh", "job.sbatch"):
        text = (tmp_path / name).read_text("utf-8")
        assert text.count("run.yaml --set 'save.prompts=[能喝酒吗？]'") == 2  # prepared with it, and run with it


def test_a_node_that_is_not_told_its_head_says_so(tmp_path: Path) -> None:
    job = written(tmp_path, settings(tmp_path), 8, 8)
    for script in ("torchrun.sh", "accelerate.sh"):
        said = subprocess.run(["bash", job / script], capture_output=True, text=True, check=False)
        assert said.returncode and ("name the first node" in said.stderr or "which node this is" in said.stderr)


def test_a_job_that_is_queued_again_goes_on_only_if_a_checkpoint_is_whole(tmp_path: Path) -> None:
    config = settings(tmp_path)
    job = written(tmp_path, config, 8, 8)
    line = next(one for one in (job / "job.sbatch").read_text("utf-8").splitlines() if "compgen" in one)
    command = ["bash", "-c", f'set -euo pipefail\n{line}\necho "${{RESUME:+--resume}}"']
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"
    (Path(config.output) / "checkpoint-4").mkdir(parents=True)
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "\n"
    (Path(config.output) / "checkpoint-4" / record.NAME).write_text("{}", "utf-8")
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "--resume\n"


def test_gpus_that_a_step_does_not_fill_evenly_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="which 24 devices"):
        launch.write(settings(tmp_path), Path("run.yaml"), tmp_path / "job", nodes=3)
    assert not (tmp_path / "job").exists()


@pytest.mark.slow
def test_two_nodes_on_this_machine_train_together(tmp_path: Path) -> None:
    """By torchrun; accelerate starts several nodes of processors by MPI alone."""
    tiny.save(tmp_path / "base", Drugs.words())
    tiny.corpus(tmp_path / "data", "qa", "chat", [talk(f"{a}{b}？", c) for a, b, c in Drugs.facts()])
    config = settings(tmp_path, batch={"rows": 4}, steps=4)
    (tmp_path / "my run.yaml").write_text(yaml.safe_dump(config.plain()), "utf-8")
    assert cli.main(["prepare", str(tmp_path / "my run.yaml")]) == 0
    job = written(tmp_path, config, 2, 1)
    env = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path]),
        "HEAD": "localhost",
        "PORT": str(free()),
    }
    nodes = [
        subprocess.Popen(["bash", job / "torchrun.sh"], env=env | {"NODE": str(n)}, stderr=subprocess.PIPE, text=True)
        for n in (0, 1)
    ]
    said = [node.communicate(timeout=150)[1] for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], said
    told = json.loads((Path(config.output) / "final" / record.NAME).read_text("utf-8"))
    assert (told["world"], told["step"]) == (2, 4)
