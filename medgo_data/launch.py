"""What builds a recipe on a cluster that has Slurm and no Ray: an array of tasks, of which each does a slice of the parts.

    first.sbatch    takes the hashes of the raw files, once for all
    array.sbatch    a slice of every pass that can be begun; whoever is last settles what comes after the pass
    last.sbatch     whatever is left, which is nothing unless a task was lost; it checks all, and makes the version
    submit.sh       first, then the array once for each pass, then last, each after the one before

A task that was lost is done again by its number in the next round, or by last. So none waits for another while it holds a
node, none has to know which others are there, and submit.sh may be run again at any time.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from medgo_data.corpus import Corpus
from medgo_data.far import Far


@dataclass(frozen=True)
class Job:
    """Which recipe is built where, by how many tasks of how many cores."""

    recipe: str
    root: Path
    tasks: int
    cpus: int = 1
    limit: int | None = None
    sbatch: tuple[str, ...] = ()  # what else the cluster wants to be told: partition=cpu


def rounds(corpora: Iterable[Corpus]) -> int:
    """How many passes come one after the other, at most."""
    return max(map(_passes, corpora), default=0)


def _passes(corpus: Corpus) -> int:
    below = [_passes(each) for each in corpus.inputs if isinstance(each, Corpus)]
    return max(below, default=0) + len(corpus.segments())


def write(job: Job, rounds: int, into: Path) -> list[Path]:
    """The scripts, in the order in which they are run, and what submits them."""
    into.mkdir(parents=True, exist_ok=True)
    workers = '--workers "${SLURM_CPUS_PER_TASK:-1}"'
    memory = shlex.quote(str(job.root.absolute() / ".medgo"))
    files = {
        "first.sbatch": _script(
            job,
            "first",
            _command("plan", job),
            before=None if isinstance(job.root, Far) else f"mkdir -p {memory}  # where hashes are kept",
        ),
        "array.sbatch": _script(
            job,
            "array",
            f'{_command("build", job)} {workers} --slice "$SLURM_ARRAY_TASK_ID/{job.tasks}"',
            f"--array=0-{job.tasks - 1}",
        ),
        "last.sbatch": _script(job, "last", f"{_command('build', job)} {workers} --wait"),
        "submit.sh": _submit(rounds),
    }
    for name, text in files.items():
        (into / name).write_text(text, "utf-8")
    return [into / name for name in files]


def _command(verb: str, job: Job) -> str:
    file, colon, name = job.recipe.rpartition(":") if ".py:" in job.recipe else (job.recipe, "", "")
    words = [verb, f"{Path(file).absolute()}{colon}{name}", "--root", str(job.root.absolute())]
    words += ["--limit", str(job.limit)] if job.limit else []
    return shlex.join([sys.executable, "-m", "medgo_data.cli", *words])


def _script(job: Job, name: str, command: str, *more: str, before: str | None = None) -> str:
    output = f"--output={name}-%A_%a.log" if name == "array" else f"--output={name}-%j.log"
    told = [f"--job-name=medgo-{name}", f"--cpus-per-task={job.cpus}", "--ntasks=1", output, "--requeue", *more]
    told += [f"--{option.removeprefix('--')}" for option in job.sbatch]
    lines = ["#!/bin/bash", *(f"#SBATCH {each}" for each in told), "set -euo pipefail"]
    lines.append(f"cd {shlex.quote(str(Path.cwd()))}  # where relative paths begin")
    lines += [before] if before else []
    return "\n".join([*lines, f"exec {command}"]) + "\n"


def _submit(rounds: int) -> str:
    return f"""#!/bin/bash
# Each after the one before, however that ended: what it left undone is done by the next.
set -euo pipefail
cd "$(dirname "$0")"
before=$(sbatch --parsable first.sbatch)
for round in $(seq {rounds}); do
    before=$(sbatch --parsable --dependency="afterany:${{before%%;*}}" array.sbatch)
done
sbatch --parsable --dependency="afterany:${{before%%;*}}" last.sbatch
"""
