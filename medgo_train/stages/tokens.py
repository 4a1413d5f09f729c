"""Rows of tokens, as pre-training and instructions share them: the documents of a row see nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medgo_train.plan import PlanDataset

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback

    from medgo_train.config import RunConfig
    from medgo_train.ready import Ready

IGNORED = -100  # a label that is not learned


@dataclass(frozen=True, kw_only=True)
class Collate:
    """Rows to a batch. Positions begin anew where a document does, which is by what attention keeps documents apart."""

    pad: int
    flat: bool = False  # one long row, as FlashAttention wants them

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        import torch

        lengths = [len(row["tokens"]) for row in rows]
        shape = (len(rows), max(lengths))
        tokens = np.full(shape, self.pad, np.int64)
        labels = np.full(shape, IGNORED, np.int64)
        positions = np.zeros(shape, np.int64)
        for n, (row, length) in enumerate(zip(rows, lengths, strict=True)):
            tokens[n, :length] = row["tokens"]
            labels[n, :length] = np.where(row.get("learned", True), row["tokens"], IGNORED)
            labels[n, row["starts"]] = IGNORED  # no document says how the next one begins
            for begin, end in zip([*row["starts"], length], [*row["starts"][1:], length, shape[1]], strict=True):
                positions[n, begin:end] = np.arange(end - begin)
        batch = {"input_ids": tokens, "position_ids": positions, "labels": labels}
        if self.flat:
            kept = [np.arange(length) + n * shape[1] for n, length in enumerate(lengths)]
            batch = {name: array.reshape(1, -1)[:, np.concatenate(kept)] for name, array in batch.items()}
        return {name: torch.from_numpy(array) for name, array in batch.items()}


def trainer(config: RunConfig, ready: Ready, tokenizer: Any, callbacks: list[TrainerCallback]) -> Trainer:
    """TRL's trainer, whose head takes the tokens piece by piece, over the rows of the plan."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from medgo_train.stages import common

    flat = config.parallel.attention.startswith("flash")
    made = SFTTrainer(
        args=common.arguments(SFTConfig, config, ready, dataset_kwargs={"skip_prepare_dataset": True}),
        model=common.model(config, tokenizer),
        peft_config=common.lora(config.lora),
        processing_class=tokenizer,
        data_collator=Collate(pad=tokenizer.pad_token_id, flat=flat),
        train_dataset=Dataset.from_dict({"input_ids": [[0]]}),  # it takes no other kind, and copies it all
        callbacks=callbacks,
    )
    made.train_dataset = PlanDataset(ready.plan, ready.prepared)
    return made
