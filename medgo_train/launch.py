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
    from collections.abc import Iterable

    from medgo_train.config import RunConfig

PORT = "${PORT:-29500}"
HEAD = "${HEAD:?name the first node}"
NODE = "${NODE:?say which node this is, counted from 0}"


def write(  # noqa: PLR0913  # the run, where it is told, and the shape of the machines
    config: RunConfig, path: Path, into: Path, *, nodes: int = 1, gpus: int = 8, overrides: Iterable[str] = ()
) -> list[Path]:
    """The files that start the run of the YAML file ``path``; each is checked against what a step sees."""
    if nodes < 1 or gpus < 1:
        raise RunError(f"{nodes} nodes with {gpus} GPUs each train nothing. Give at least one of both.")
    config.batch.accumulation(nodes * gpus)  # refuses what does not fill them evenly
    told = " ".join([shlex.quote(str(path)), *(f"--set {shlex.quote(one)}" for one in overrides)])
    into.mkdir(parents=True, exist_ok=True)
    files = {
        "torchrun.sh": _script(_prepared(told, nodes), _torchrun(told, nodes, gpus)),
        "accelerate.yaml": _accelerate(config, nodes, gpus),
        "accelerate.sh": _script(_prepared(told, nodes), _accelerated(told, nodes)),
        "job.sbatch": _slurm(config, told, nodes, gpus),
    }
    for name, text in files.items():
        (into / name).write_text(text, "utf-8")
    return [into / name for name in files]


def _run(told: str) -> str:
    resume = "${RESUME:+--resume}"  # RESUME=1 goes on from the last checkpoint
    return f"-m medgo_train.cli run {told} {resume}"


def _prepare(told: str) -> str:
    return f"python -m medgo_train.cli prepare {told}"


def _prepared(told: str, nodes: int) -> str:
    if nodes == 1:
        return _prepare(told)
    return f"# to be started on each node; before, once: {_prepare(told)}"


def _torchrun(told: str, nodes: int, gpus: int) -> str:
    if nodes == 1:
        return f"torchrun --standalone --nproc-per-node {gpus} {_run(told)}"
    return (
        f"torchrun --nnodes {nodes} --nproc-per-node {gpus} --rdzv-backend c10d --rdzv-id ${{JOB:-medgo}} "
        f'--rdzv-endpoint "{HEAD}:{PORT}" {_run(told)}'
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


def _accelerated(told: str, nodes: int) -> str:
    where = "" if nodes == 1 else f'--machine_rank "{NODE}" --main_process_ip "{HEAD}" '
    return (
        f'accelerate launch --config_file "$(dirname "$0")/accelerate.yaml" {where}--main_process_port "{PORT}" '
        f"{_run(told)}"
    )


def _slurm(config: RunConfig, told: str, nodes: int, gpus: int) -> str:
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
        f"{_prepare(told)}  # at once where it was done before",
        f"if compgen -G {whole} > /dev/null; then RESUME=1; fi  # after a requeue it goes on, if there is what to go on from",
        f"srun torchrun --nnodes {nodes} --nproc-per-node {gpus} --rdzv-backend c10d --rdzv-id $SLURM_JOB_ID \\",
        f'    --rdzv-endpoint "$HEAD:{PORT}" {_run(told)}',
    ]
    return "\n".join(head) + "\n"


def _script(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", "set -euo pipefail", *lines]) + "\n"
