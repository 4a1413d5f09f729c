"""What every stage hands to its trainer: the model, what of it is trained, and the arguments."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from medgo_train import record
from medgo_train.compat import known
from medgo_train.config import RunError
from medgo_train.ready import world

if TYPE_CHECKING:
    import datasets
    import peft
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainingArguments

    from medgo_train.config import Lora, RunConfig
    from medgo_train.ready import Ready


def arguments(kind: type[TrainingArguments], config: RunConfig, ready: Ready, **also: Any) -> Any:
    """The arguments of a trainer, by the names that it has for them."""
    parallel, optimizer = config.parallel, config.optimizer
    _look_for_a_gpu(config)
    _look_for_watchers(config)
    told = {
        "output_dir": config.output,
        "max_steps": ready.plan.steps,
        "per_device_train_batch_size": config.batch.per_device,
        "gradient_accumulation_steps": config.batch.accumulation(world()),
        "train_sampling_strategy": "sequential",  # the plan has shuffled
        "remove_unused_columns": False,
        "learning_rate": optimizer.learning_rate,
        "lr_scheduler_type": optimizer.schedule,
        "warmup_steps": optimizer.warmup,  # below 1 it is a share
        "weight_decay": optimizer.weight_decay,
        "adam_beta2": optimizer.beta2,
        "max_grad_norm": optimizer.clip,
        "seed": config.seed,
        "data_seed": config.seed,
        "bf16": parallel.precision == "bf16",
        "use_cpu": parallel.device == "cpu",
        "activation_checkpointing": parallel.checkpointing,
        "logging_steps": config.save.log,
        "save_strategy": "steps",
        "save_steps": config.save.every,
        "save_total_limit": None,  # older checkpoints go when the newer one has its record
        "report_to": list(config.save.to) or "none",
        "disable_tqdm": True,
        "dataloader_drop_last": True,
        "ddp_find_unused_parameters": False,
    }
    if parallel.zero:
        _need("deepspeed", "parallel.zero")
        if parallel.device == "cpu":
            import deepspeed  # type: ignore[import-not-found]

            deepspeed.init_distributed(dist_backend="gloo")  # before the arguments, which else count one process
        told["deepspeed"] = zero(config)
    if parallel.fsdp:
        told |= {"fsdp": True, "fsdp_config": {"version": 2, "auto_wrap_policy": "TRANSFORMER_BASED_WRAP"}}
    return kind(**known(kind, told | also))


def zero(config: RunConfig) -> dict[str, Any]:
    """What DeepSpeed is told."""
    stage: dict[str, Any] = {"stage": config.parallel.zero, "overlap_comm": True, "contiguous_gradients": True}
    if config.parallel.offload:
        stage["offload_optimizer"] = {"device": "cpu"}
    if config.parallel.zero == 3:
        stage["stage3_gather_16bit_weights_on_model_save"] = True
    by_arguments = (
        "train_batch_size",
        "train_micro_batch_size_per_gpu",
        "gradient_accumulation_steps",
        "gradient_clipping",
    )
    bf16 = {"enabled": config.parallel.precision == "bf16"}
    return dict.fromkeys(by_arguments, "auto") | {"bf16": bf16, "zero_optimization": stage}


def model(config: RunConfig, tokenizer: PreTrainedTokenizerBase, *, scores: bool = False) -> PreTrainedModel:
    """The base, with a head that speaks, or one that gives a score."""
    import torch
    import transformers

    torch.manual_seed(config.seed)  # a new head has the same weights each time
    loads = transformers.AutoModelForSequenceClassification if scores else transformers.AutoModelForCausalLM
    # trained in bf16 alone, small steps of a weight would be lost: DeepSpeed keeps exact copies, LoRA's weights are exact
    half = config.parallel.precision == "bf16" and (config.lora or config.parallel.zero)
    told: dict[str, Any] = {
        "dtype": torch.bfloat16 if half else torch.float32,
        "attn_implementation": config.parallel.attention,
    }
    if scores:
        told["num_labels"] = 1
    if config.lora and config.lora.quantized:
        _need("bitsandbytes", "lora.quantized")
        told["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    loaded = loads.from_pretrained(config.base, **told)
    loaded.config.pad_token_id = tokenizer.pad_token_id
    loaded.config.use_cache = False
    return _with_adapter(loaded, config.lora) if config.lora and config.lora.adapter else loaded


def _with_adapter(loaded: Any, told: Lora) -> Any:
    """The base with an adapter that was trained before and is trained on; of it a trainer of preferences keeps a copy."""
    import peft

    folder = record.adapter(told.adapter)
    has = peft.PeftConfig.from_pretrained(folder)
    theirs, ours = (has.r, has.lora_alpha, has.lora_dropout), (told.rank, told.alpha, told.dropout)
    if theirs != ours:
        raise RunError(
            f"{folder} has an adapter of rank, alpha and dropout {theirs}, and lora says {ours}. Say what it has, or leave "
            f"lora.adapter out and set base to the model that is merged with it."
        )
    return peft.PeftModel.from_pretrained(loaded, folder, is_trainable=True)


def lora(told: Lora | None, task: str = "CAUSAL_LM") -> peft.LoraConfig | None:
    """What is added to a base; nothing, where an adapter lies there already."""
    if told is None or told.adapter:
        return None
    import peft

    return peft.LoraConfig(
        r=told.rank,
        lora_alpha=told.alpha,
        lora_dropout=told.dropout,
        target_modules=list(told.targets) or "all-linear",
        task_type=task,
    )


def rows(ready: Ready, names: list[str]) -> datasets.Dataset:
    """Rows of the corpora in the order of the plan, for a trainer that tokenises them itself."""
    from datasets import Dataset
    from datasets.table import InMemoryTable

    return Dataset(InMemoryTable(ready.table(names)))


def _look_for_a_gpu(config: RunConfig) -> None:
    import torch

    if config.parallel.device == "cuda" and not torch.cuda.is_available():
        raise RunError(
            "parallel.device is cuda, and torch sees no GPU here. Run on a machine that has one, with a torch that was "
            "built for it, or for a try with a small model set parallel.device to cpu and parallel.precision to fp32."
        )

    if config.parallel.device == "cpu" and config.parallel.fsdp:
        raise RunError(
            "parallel.fsdp shards over GPUs: on processors it would be left out without a word. Set it to false here. A step "
            "of it is made without a GPU by medgo-train estimate --step CONFIG"
        )


def _look_for_watchers(config: RunConfig) -> None:
    for name in config.save.to:
        _need(name, f"save.to {name}")
    if "wandb" in config.save.to:
        os.environ.setdefault("WANDB_MODE", "offline")  # nothing leaves the house until somebody says `wandb sync`
        os.environ.setdefault("WANDB_DIR", config.output)
        os.environ.setdefault("WANDB_PROJECT", "medgo")


def _need(package: str, setting: str) -> None:
    if find_spec(package) is None:
        raise RunError(f"{setting} needs {package}, which is not installed. Install it: pip install {package}")
