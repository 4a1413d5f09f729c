"""What starts a run on one GPU, one node or several: a script for torchrun, one for accelerate, and one for Slurm.

They are written, and never run: the machines are somebody else's. Rows are prepared before, in one process, so that no GPU
waits for them.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from medgo_train.config import RunError

if TYPE_CHECKING:
    from medgo_train.config import RunConfig

PORT = "${PORT:-29500}"
HEAD = "${HEAD:?name the first node}"
NODE = "${NODE:?say which node this is, counted from 0}"


def write(config: RunConfig, path: Path, into: Path, *, nodes: int = 1, gpus: int = 8) -> list[Path]:
    """The files that start the run of the YAML file ``path``; each is checked against what a step sees."""
    if nodes < 1 or gpus < 1:
        raise RunError(f"{nodes} nodes with {gpus} GPUs each train nothing. Give at least one of both.")
    config.batch.accumulation(nodes * gpus)  # refuses what does not fill them evenly
    into.mkdir(parents=True, exist_ok=True)
    files = {
        "torchrun.sh": _script(_prepared(path, nodes), _torchrun(path, nodes, gpus)),
        "accelerate.yaml": _accelerate(config, nodes, gpus),
        "accelerate.sh": _script(_prepared(path, nodes), _accelerated(path, nodes)),
        "job.sbatch": _slurm(config, path, nodes, gpus),
    }
    for name, text in files.items():
        (into / name).write_text(text, "utf-8")
    return [into / name for name in files]


def _run(path: Path) -> str:
    resume = "${RESUME:+--resume}"  # RESUME=1 goes on from the last checkpoint
    return f"-m medgo_train.cli run {shlex.quote(str(path))} {resume}"


def _prepare(path: Path) -> str:
    return f"python -m medgo_train.cli prepare {shlex.quote(str(path))}"


def _prepared(path: Path, nodes: int) -> str:
    if nodes == 1:
        return _prepare(path)
    return f"# to be started on each node; before, once: {_prepare(path)}"


def _torchrun(path: Path, nodes: int, gpus: int) -> str:
    if nodes == 1:
        return f"torchrun --standalone --nproc-per-node {gpus} {_run(path)}"
    return (
        f"torchrun --nnodes {nodes} --nproc-per-node {gpus} --rdzv-backend c10d --rdzv-id ${{JOB:-medgo}} "
        f'--rdzv-endpoint "{HEAD}:{PORT}" {_run(path)}'
    )


def _accelerate(config: RunConfig, nodes: int, gpus: int) -> str:
    kind = "MULTI_CPU" if config.parallel.device == "cpu" else "MULTI_GPU"
    lines = {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": kind if nodes * gpus > 1 else '"NO"',
        "num_machines": nodes,
        "num_processes": nodes * gpus,
        "machine_rank": f"0{'  # of the first node; the others are told theirs' if nodes > 1 else ''}",
        "rdzv_backend": "static",
        "use_cpu": str(config.parallel.device == "cpu").lower(),
        "mixed_precision": '"no"  # the run says its own',
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def _accelerated(path: Path, nodes: int) -> str:
    where = "" if nodes == 1 else f'--machine_rank "{NODE}" --main_process_ip "{HEAD}" '
    return (
        f'accelerate launch --config_file "$(dirname "$0")/accelerate.yaml" {where}--main_process_port "{PORT}" '
        f"{_run(path)}"
    )


def _slurm(config: RunConfig, path: Path, nodes: int, gpus: int) -> str:
    name = f"medgo-{config.stage}"
    whole = shlex.quote(f"{config.output}/checkpoint-*/run.json")
    head = [
        "#!/bin/bash",
        f"#SBATCH --job-name={name}",
        f"#SBATCH --nodes={nodes}",
        "#SBATCH --ntasks-per-node=1",
        f"#SBATCH --gpus-per-node={gpus}",
        f"#SBATCH --output={name}-%j.log",
        "#SBATCH --requeue",
        "#SBATCH --signal=TERM@120",
        "set -euo pipefail",
        'HEAD=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)',
        f"{_prepare(path)}  # at once where it was done before",
        f"if compgen -G {whole} > /dev/null; then RESUME=1; fi  # after a requeue it goes on, if there is what to go on from",
        f"srun torchrun --nnodes {nodes} --nproc-per-node {gpus} --rdzv-backend c10d --rdzv-id $SLURM_JOB_ID \\",
        f'    --rdzv-endpoint "$HEAD:{PORT}" {_run(path)}',
    ]
    return "\n".join(head) + "\n"


def _script(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", "set -euo pipefail", *lines]) + "\n"
