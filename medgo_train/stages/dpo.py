"""Preferences: the better of two answers becomes likelier than the worse, and, by the SFT term, no less likely than it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medgo_train.stages import common

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback

    from medgo_train.config import RunConfig
    from medgo_train.ready import Ready


def trainer(config: RunConfig, ready: Ready, tokenizer: Any, callbacks: list[TrainerCallback]) -> Trainer:
    """The reference is the base without its new adapter, a copy of the adapter that was there before, or of the whole model."""
    from trl import DPOConfig, DPOTrainer

    terms = {"sigmoid": 1.0, "sft": config.preference.sft}
    terms = {name: weight for name, weight in terms.items() if weight}
    return DPOTrainer(
        args=common.arguments(
            DPOConfig,
            config,
            ready,
            beta=config.preference.beta,
            loss_type=list(terms),
            loss_weights=list(terms.values()),
            max_length=config.length,
        ),
        model=common.model(config, tokenizer),
        peft_config=common.lora(config.lora),
        processing_class=tokenizer,
        train_dataset=common.rows(ready, ["prompt", "chosen", "rejected"]),
        callbacks=callbacks,
    )
