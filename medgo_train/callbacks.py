"""What is watched while a model trains: how fast, how much is left, and that each checkpoint says what made it."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import distributed as dist
from transformers import TrainerCallback

from medgo_train import record, report, watch

if TYPE_CHECKING:
    from medgo_train.record import Record

PEAK = {  # TFLOP/s in bf16 without sparsity, as their makers say
    "H200": 989,
    "H100": 989,
    "H20": 148,
    "A100": 312,
    "A800": 312,
    "L40S": 362,
    "4090": 165,
}


class Keep(TrainerCallback):  # type: ignore[misc]  # transformers has no types here
    """Writes the record of each checkpoint once it is saved, and only then lets go of older ones."""

    def __init__(self, written: Record) -> None:
        self.record = written

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002  # as it is called
        if dist.is_available() and dist.is_initialized():
            dist.barrier()  # others still write their part, whose size the record tells
        if state.is_world_process_zero:
            self.record.write(Path(args.output_dir) / f"checkpoint-{state.global_step}", state.global_step)
            for old in record.checkpoints(args.output_dir)[: -self.record.config.save.keep]:
                shutil.rmtree(old)


class Watch(TrainerCallback):  # type: ignore[misc]
    """Before the first step and at each save: how much likelier the better answers have become, and what the model says to questions that stay the same."""

    def __init__(self, written: Record, tokenizer: Any, talks: list[Any]) -> None:
        self.record, self.tokenizer, self.talks = written, tokenizer, talks

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> None:  # noqa: ARG002
        if state.is_world_process_zero and not report.watched(args.output_dir)["at"]:
            self._look(args.output_dir, 0, model)

    def on_save(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> None:  # noqa: ARG002
        if state.is_world_process_zero:
            self._look(args.output_dir, state.global_step, model)

    def _look(self, output: str, step: int, model: Any) -> None:
        told, questions = report.watched(output), self.record.config.save.prompts
        likely = watch.logp(model, self.tokenizer, self.talks)
        told["before"] = told["before"] or likely
        moved = [b - a for a, b in zip(told["before"], likely, strict=True)]
        said = watch.answers(model, self.tokenizer, questions)
        told["at"][str(step)] = {
            "chosen": sum(moved) / len(moved) if moved else None,
            "answers": dict(zip(questions, said, strict=True)),
        }
        report.note(output, told)


class Progress(TrainerCallback):  # type: ignore[misc]
    """A line now and then: step, loss, tokens in a second, share of the peak, memory, time left."""

    def __init__(self, written: Record, flops: float = 0.0) -> None:
        self.record, self.flops = written, flops  # a token costs so many
        self.began = (0, 0.0)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        self.began = (state.global_step, time.monotonic())

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **_: Any) -> None:  # noqa: ARG002
        if not state.is_world_process_zero or "loss" not in logs:
            return
        first, then = self.began
        done, spent = state.global_step - first, time.monotonic() - then
        tokens = sum(self.record.at(state.global_step)["tokens"].values()) - sum(
            self.record.at(first)["tokens"].values()
        )
        speed = tokens / spent
        parts = [
            f"step {state.global_step:,} of {state.max_steps:,}",
            f"loss {logs['loss']:.4g}",
            f"{speed:,.0f} tokens/s",
        ]
        parts += _of_the_gpu(self.flops * speed / self.record.start["world"])
        parts.append(f"left {_time((state.max_steps - state.global_step) * spent / max(done, 1))}")
        print("  ".join(parts), file=sys.stderr)  # noqa: T201


def _of_the_gpu(flops: float) -> list[str]:
    import torch

    if not torch.cuda.is_available():
        return []
    name = torch.cuda.get_device_name()
    peak = next((tera * 1e12 for known, tera in PEAK.items() if known in name), 0)
    memory = f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB"
    return [f"{flops / peak:.0%} MFU", memory] if peak and flops else [memory]


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 120 else f"{minutes // 60} h {minutes % 60:02} min"
