"""A reward model: a head that gives the better of two answers the higher score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medgo_train.stages import common

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback

    from medgo_train.config import RunConfig
    from medgo_train.ready import Ready


def trainer(config: RunConfig, ready: Ready, tokenizer: Any, callbacks: list[TrainerCallback]) -> Trainer:
    """Scores are pulled to 0 on the whole, so that those of two reward models can be compared."""
    from trl import RewardConfig, RewardTrainer

    return RewardTrainer(
        args=common.arguments(
            RewardConfig,
            config,
            ready,
            center_rewards_coefficient=config.preference.center or None,
            max_length=config.length,
        ),
        model=common.model(config, tokenizer, scores=True),
        peft_config=common.lora(config.lora, "SEQ_CLS"),
        processing_class=tokenizer,
        train_dataset=common.rows(ready, ["prompt", "chosen", "rejected"]),
        callbacks=callbacks,
    )
