"""One stage from its settings to a folder with a model: prepared, planned, trained, merged, and every checkpoint recorded."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import pack, ready, record
from medgo_train.compat import hush
from medgo_train.config import RunConfig, RunError
from medgo_train.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import Trainer

WATCHED = 16  # pairs of which the better answer is watched
FULL = re.compile(r"No space left|Disk quota exceeded|File too large|PytorchStreamWriter|file write failed")


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What came out of a run."""

    config: RunConfig
    folder: Path  # the whole model, merged
    first: int  # the step that the run was taken up after; 0 from the beginning
    last: int
    trainer: Trainer


def run(config: RunConfig, *, resume: bool = False) -> Trained:
    """Train one stage. With ``resume``, go on from the last checkpoint that is whole, if the same made it."""
    hush()
    if config.stage == "reject":
        from medgo_train.stages import reject

        config = reject.draw(config)
    made = ready.ready(config)
    written = Record(config, made)
    last = _last(config, written, resume=resume)
    trainer = _trainer(config, made, written)
    folder = Path(config.output) / "final"
    with _room(config.output):
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        _finish(trainer, config, written, folder)
    first = int(last.name.rpartition("-")[2]) if last else 0
    return Trained(config=config, folder=folder, first=first, last=trainer.state.global_step, trainer=trainer)


def _last(config: RunConfig, written: Record, *, resume: bool) -> Path | None:
    """The checkpoint to go on from."""
    if ready.rank() == 0:
        written.start  # noqa: B018  # reads the base, and finds what is wrong with it before anything else is begun
    found = record.checkpoints(config.output)
    if found and not resume:
        raise RunError(
            f"{config.output} holds checkpoints already, the last of them {found[-1].name}. Go on with them: medgo-train "
            f"run --resume CONFIG; or give this run an output of its own."
        )
    if resume and not found:
        raise RunError(f"{config.output} holds no whole checkpoint to go on from. Run without --resume.")
    if not found:
        return None
    if ready.rank() == 0:
        for line in written.check(found[-1]):
            print(f"{found[-1].name}: {line}", file=sys.stderr)  # noqa: T201
    return found[-1]


def _trainer(config: RunConfig, made: ready.Ready, written: Record) -> Trainer:
    from transformers import PrinterCallback

    from medgo_train.callbacks import Keep, Progress
    from medgo_train.stages import dpo, kto, reward, tokens

    stages = {"pretrain": tokens, "sft": tokens, "dpo": dpo, "kto": kto, "reward": reward}
    tokenizer = pack.load(config.base, made.template)
    callbacks = [*_watch(config, made, written, tokenizer), Keep(written), Progress(written, _flops(config))]
    trainer = stages[config.stage].trainer(config, made, tokenizer, callbacks)
    trainer.remove_callback(PrinterCallback)
    return trainer


def _watch(config: RunConfig, made: ready.Ready, written: Record, tokenizer: Any) -> list[Any]:
    """Where there is something to ask, and a process that has the whole model to ask it."""
    from medgo_train.callbacks import Watch

    talks = []
    if config.stage == "dpo":
        first = made.table(["prompt", "chosen"]).slice(0, 4 * WATCHED).to_pylist()
        unlike = {str(row): row["prompt"] + row["chosen"] for row in first}  # epochs may be short
        talks = list(unlike.values())[:WATCHED]
    split = config.parallel.zero or config.parallel.fsdp
    speaks = config.stage != "reward" and made.template
    return [Watch(written, tokenizer, talks)] if (talks or config.save.prompts) and speaks and not split else []


def _flops(config: RunConfig) -> float:
    """What a token costs, where there is a GPU of which it can be a share."""
    from medgo_train import estimate

    return estimate.cost(config, ready.world()).flops if config.parallel.device == "cuda" else 0.0


@contextmanager
def _room(output: str) -> Iterator[None]:
    """Turn a full disk into a sentence. Each library says it in its own way."""
    try:
        yield
    except Exception as wrong:
        if not FULL.search(str(wrong)):
            raise
        raise RunError(
            f"no room left while writing to {output} ({type(wrong).__name__}). The checkpoint before is whole: make space, "
            f"and go on with medgo-train run --resume CONFIG"
        ) from wrong


def _finish(trainer: Trainer, config: RunConfig, written: Record, folder: Path) -> None:
    """Beside the checkpoint of the last step, the whole model."""
    from medgo_train import merge

    step = trainer.state.global_step
    checkpoint = Path(config.output) / f"checkpoint-{step}"  # a trainer saves its last step, whatever save.every
    if config.lora is None:
        trainer.save_model(str(folder))  # every process has a part in it
    if config.parallel.zero == 3:
        from transformers.integrations.deepspeed import unset_hf_deepspeed_config

        unset_hf_deepspeed_config()  # or the base would be loaded in shards, by one process, which waits for the others
    if trainer.is_world_process_zero():
        tokenizer: Any = trainer.processing_class
        if config.lora:
            dtype = "float32" if config.parallel.precision == "fp32" else "bfloat16"
            merge.merge(config.base, checkpoint, folder, dtype=dtype)
        tokenizer.save_pretrained(folder)
        written.write(folder, step)
        (folder / "README.md").write_text(record.card(folder), "utf-8")
    trainer.accelerator.wait_for_everyone()
