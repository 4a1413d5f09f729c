"""Doctors' labels: answers that were found good become likelier, those that were not less so, each on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medgo_train.stages import common

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback

    from medgo_train.config import RunConfig
    from medgo_train.ready import Ready


def trainer(config: RunConfig, ready: Ready, tokenizer: Any, callbacks: list[TrainerCallback]) -> Trainer:
    """An answer is compared with those to other questions on the same device, so there are two of them or more."""
    from trl import KTOConfig, KTOTrainer

    return KTOTrainer(
        args=common.arguments(
            KTOConfig,
            config,
            ready,
            beta=config.preference.beta,
            desirable_weight=config.preference.good,
            undesirable_weight=config.preference.bad,
            max_length=config.length,
        ),
        model=common.model(config, tokenizer),
        peft_config=common.lora(config.lora),
        processing_class=tokenizer,
        train_dataset=common.rows(ready, ["prompt", "completion", "label"]),
        callbacks=callbacks,
    )
