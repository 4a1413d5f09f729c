"""Training does what it says: stages learn, preferences lead either way, a run taken up again is the same to the bit, ranks agree.

All of it at toy size, on a processor, by what the tests ask too; here the numbers are told.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from common import asked, scratch, tell

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent))

from medgo_train import cli, estimate
from medgo_train.compat import hush
from medgo_train.stages import run
from tests import test_train_estimate as sizes
from tests import test_train_learning as learning
from tests import test_train_preferences as preferences
from tests import test_train_steps as steps
from tests import tiny
from tests.test_train_preferences import BAD, GOOD
from tests.tiny import Drugs

Row = tuple[str, Any, str, bool]


def main() -> None:
    told = asked(__doc__)
    hush()
    with scratch(told) as folder:
        rows = [
            *learned(folder / "a"),
            *preferred(folder / "b", quick=told.quick),
            *same(folder / "c"),
            *guessed(folder / "d"),
        ]
    head = ("at toy size, on a processor", "measured", "target")
    tell("training does what it says", head, [row[:3] for row in rows], met=all(row[3] for row in rows))


def learned(folder: Path) -> list[Row]:
    base = tiny.save(folder / "base", Drugs.words(), width=64)
    untaught = learning.taught(folder / "untaught", base, 0, epochs=0.1)
    right = learning.taught(folder / "taught", base, 0)
    wrong = learning.taught(folder / "permuted", base, 5)
    before, after = learning.nats(folder / "documents", base)
    return [
        ("SFT: held-out phrasing answered to the letter, hardly trained", untaught, "0", untaught == 0),
        ("SFT: the same, trained", right, ">= 0.8", right >= 0.8),
        ("SFT: trained on the answers of other drugs", wrong, "<= 0.2", wrong <= 0.2),
        ("pre-training: nats a token, before", before, "", True),
        ("pre-training: after", after, "<= half", after <= before / 2),
    ]


def preferred(folder: Path, *, quick: bool) -> list[Row]:
    start = preferences.begun(folder)
    found: list[Row] = [("bad answers drawn before preferences", start.bad(start.model), "", True)]
    for stage, rate, rows in (("dpo", 3e-3, preferences.pairs), ("kto", 6e-3, preferences.labels))[: 1 if quick else 2]:
        for where, good, bad in (("true", GOOD, BAD), ("swapped", BAD, GOOD)):
            how = {"optimizer": {"learning_rate": rate}}
            model = preferences.trained(folder / f"{stage}-{where}", start, stage, rows(good, bad), **how)
            chosen, rate_of = start.likely(model, good), start.bad(model)
            kept = "> -2" if stage == "dpo" else ""
            found += [
                (f"{stage}, {where}: Δ log p of the preferred answer", chosen, kept, not kept or chosen > -2),
                (f"{stage}, {where}: bad answers drawn", rate_of, "falls" if where == "true" else "rises",
                 (rate_of < start.bad(start.model)) == (where == "true")),
            ]  # fmt: skip
    return found


def same(folder: Path) -> list[Row]:
    folder.mkdir()
    base = tiny.save(folder / "base", Drugs.words())
    packed, mixed = steps.apart(base, *steps.together(folder, base), "sdpa", flat=True)
    how = {"steps": 10, "save": {"every": 5, "log": 1}}
    alone = run(steps.settings(folder, base, **how))
    cut = steps.settings(folder, base, **how, output=str(folder / "runs/cut"))
    shutil.copytree(alone.config.output, cut.output)
    for name in ("final", "checkpoint-10"):
        shutil.rmtree(Path(cut.output) / name)
    again = run(cut, resume=True)
    bits = (again.folder / "model.safetensors").read_bytes() == (alone.folder / "model.safetensors").read_bytes()
    both = replace(cut, output=str(folder / "runs/both"))
    cli.main(["prepare", str(steps.written(both))])
    ended = steps.torchrun(both)
    if ended.returncode:
        sys.exit(ended.stderr)
    off = max(abs(a - b) for a, b in zip(steps.told(both.output, 10), steps.losses(alone), strict=True))
    return [
        ("packed documents: largest difference of a logit", packed, "<= 1e-5", packed <= 1e-5),
        ("the same, positions not set back", mixed, "is noticed", mixed > 1e-2),
        ("taken up after step 5 of 10: steps trained, weights the same bits", f"{again.last - again.first}, {bits}", "5, True", bits),
        ("one rank and two: largest difference of a loss", off, "<= 1e-6", off <= 1e-6),
    ]  # fmt: skip


def guessed(folder: Path) -> list[Row]:
    cost = estimate.cost(sizes.large(folder), 64)
    ours = cost.states + cost.gathered
    near = abs(ours / sizes.DEEPSPEED - 1)
    return [
        (f"72 billion on 64 GPUs, ZeRO-3: GiB (DeepSpeed says {sizes.DEEPSPEED})", ours, "within 10 %", near <= 0.1)
    ]


if __name__ == "__main__":
    main()
