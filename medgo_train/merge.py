"""An adapter becomes part of its model, and the result is believed when both give the same logits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train.config import RunError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TEXT = "成人一次一片，一日三次，饭后服用。服药期间不要饮酒。"  # on which the two are compared
NEAR = {"float32": 1e-4, "bfloat16": 0.15}  # of the largest logit; bf16 rounds each weight once more


class MergeError(RunError):
    """A merged model that does not say what the adapter said."""


def merge(base: Path | str, adapter: Path | str, into: Path | str, *, dtype: str = "bfloat16") -> float:
    """A folder with the whole model and its tokenizer, as vLLM loads it; how far its logits are from the adapter's."""
    import json

    import peft
    import torch
    import transformers

    adapter = Path(adapter)
    told = adapter / "adapter_config.json"
    if not told.is_file():
        raise MergeError(
            f"{adapter} has no adapter_config.json, so there is no adapter in it. Name a checkpoint of a run with LoRA."
        )
    scores = json.loads(told.read_text("utf-8")).get("task_type") == "SEQ_CLS"
    loads = transformers.AutoModelForSequenceClassification if scores else transformers.AutoModelForCausalLM
    tokenizer = transformers.AutoTokenizer.from_pretrained(adapter)
    also = {"num_labels": 1} if scores else {}
    model = loads.from_pretrained(base, dtype=getattr(torch, dtype), **also)
    model.config.pad_token_id = tokenizer.pad_token_id
    with_adapter = peft.PeftModel.from_pretrained(model, adapter).eval()
    said = _logits(with_adapter, tokenizer)
    merged = with_adapter.merge_and_unload().eval()
    found = _logits(merged, tokenizer)
    off = float((found - said).abs().max())
    if off > NEAR[dtype] * max(1.0, float(said.abs().max())):
        raise MergeError(
            f"{adapter} merged into {base} gives logits that are off by {off:.3g}. Merge in float32, or look whether the "
            f"adapter was trained on another base."
        )
    write(merged, tokenizer, Path(into))
    return off


def write(model: PreTrainedModel, tokenizer: Any, into: Path) -> None:
    """A model and its tokenizer with their template and their end, so that what serves them stops where they do."""
    model.config.use_cache = True
    speaks = getattr(model, "generation_config", None)
    if speaks is not None:
        speaks.pad_token_id = tokenizer.pad_token_id
        speaks.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(into)
    tokenizer.save_pretrained(into)


def _logits(model: Any, tokenizer: Any) -> Any:
    import torch

    with torch.no_grad():
        return model(**tokenizer(TEXT, return_tensors="pt", return_token_type_ids=False)).logits.float()
