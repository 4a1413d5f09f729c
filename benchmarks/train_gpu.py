"""Useful tokens a second, share of the peak, and memory: LoRA on Qwen3-8B packed at 4,096, beside TRL's defaults and its best setting.

All three train on the same conversations, whose lengths are spread as those of real ones are (log-normal, median 350 tokens), from
weights that mean nothing, for speed does not depend on them. A useful token is one of a conversation: no padding. Operations are
four for each parameter and token, and causal attention within a conversation. Each runs in a process of its own.

    python benchmarks/train_gpu.py                  on a GPU
    python benchmarks/train_gpu.py --toy --quick    on any machine: whether it runs
"""

from __future__ import annotations

import json
import random
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from common import asked, command, scratch, tell

sys.path.insert(0, str(Path(__file__).parent.parent))

from medgo_train import base, estimate
from medgo_train.callbacks import PEAK
from medgo_train.config import RunConfig, read
from tests import tiny
from tests.tiny import talk

QWEN3_8B = {
    "vocab_size": 151_936, "hidden_size": 4096, "intermediate_size": 12_288, "num_hidden_layers": 36,
    "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": False,
}  # fmt: skip
SMALL = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "tie_word_embeddings": False,
}  # fmt: skip
LENGTH, MEDIAN, SPREAD = 4096, 350, 0.8  # tokens; how far lengths lie from their median, in logarithms
TIMES, MFU, NEAR = 1.8, 0.33, 0.15  # what is promised
WARM = 3  # steps that are not timed
NAMES = ("medgo", "TRL by default", "TRL at its best")
WORDS = [
    "患者",
    "主诉",
    "反复胸闷",
    "气促",
    "血压",
    "规律服药",
    "两周后复查",
    "心电图",
    "未见异常",
    "低盐饮食",
    "，",
    "。",
    "一日三次",
]


def main() -> None:
    told = asked(
        __doc__,
        toy={"action": "store_true", "help": "a model of two layers, in fp32, on this machine's processor"},
        rows={"type": int, "default": 4, "help": "rows of 4,096 tokens that a step sees"},
        attention={"default": "sdpa", "help": "as parallel.attention"},
        one={"choices": NAMES, "help": "only this one, in this process"},
        where={"type": Path, "help": "the folder of the model and the corpus, for --one"},
    )
    steps = WARM + (2 if told.quick else 12)
    if told.one:
        print(json.dumps(measured(told.one, run(told.where, told, steps))))
        return
    with scratch(told) as folder:
        made(folder, toy=told.toy, rows=steps * told.rows * (2 if told.toy else 24))
        also = [*(["--toy"] if told.toy else []), *(["--quick"] if told.quick else [])]
        also += ["--rows", str(told.rows), "--attention", told.attention, "--where", str(folder)]
        found = {
            name: json.loads(command(sys.executable, __file__, "--one", name, *also).out.splitlines()[-1])
            for name in NAMES
        }
    predicted = estimate.cost(run_like(told, steps), 1).memory if not told.toy else 0.0
    ours, plain = found["medgo"], found["TRL by default"]
    rows = [
        (
            name,
            round(one["speed"]),
            f"{one['useful']:.0%}",
            f"{one['mfu']:.1%}" if one["mfu"] else "",
            round(one["memory"], 1),
        )
        for name, one in found.items()
    ]
    if predicted:
        rows.append(("medgo, as estimated", "", "", "", round(predicted, 1)))
    met = told.toy or (
        ours["speed"] >= TIMES * plain["speed"] and ours["mfu"] >= MFU and abs(predicted / ours["memory"] - 1) <= NEAR
    )
    head = ("LoRA on one device", "useful tokens/s", "of all tokens", "MFU", "GiB at most")
    tell(
        "at toy size it runs" if told.toy else "a packed step wastes nothing",
        head,
        rows,
        met=met,
        times=round(ours["speed"] / plain["speed"], 2),
    )


def made(folder: Path, *, toy: bool, rows: int) -> None:
    """A base of random weights with its tokenizer, and a corpus of conversations that nobody had."""
    import torch
    import transformers

    tokens = base.tokenizer([*WORDS, "user", "assistant"] * 9, words=400)
    told = transformers.Qwen3Config(
        **(SMALL | {"vocab_size": len(tokens)} if toy else QWEN3_8B), max_position_embeddings=LENGTH
    )
    torch.manual_seed(0)
    with torch.device("cpu" if toy else "cuda"):
        model = transformers.Qwen3ForCausalLM(told).to(torch.float32 if toy else torch.bfloat16)
    model.save_pretrained(folder / "base")
    tokens.save_pretrained(folder / "base")
    chance = random.Random(1)
    talks = []
    for _ in range(rows):
        wanted = min(int(chance.lognormvariate(0, SPREAD) * MEDIAN), LENGTH - 100) // (8 if toy else 1)
        answer = "".join(chance.choice(WORDS) for _ in range(wanted // 2))
        talks.append(talk("请写出门诊记录。", answer or "无。"))
    tiny.corpus(folder / "data", "notes", "chat", talks)


def run_like(told: Any, steps: int, folder: Path = Path()) -> RunConfig:
    where = {"device": "cpu", "precision": "fp32"} if told.toy else {"device": "cuda", "precision": "bf16"}
    return read(
        {
            "stage": "sft",
            "base": str(folder / "base"),
            "output": str(folder / "runs" / "medgo"),
            "root": str(folder / "data"),
            "data": [{"corpus": "notes"}],
            "steps": steps,
            "epochs": 100.0,
            "length": LENGTH // 8 if told.toy else LENGTH,
            "packed": True,
            "lora": {"dropout": 0.0},
            "batch": {"rows": told.rows, "per_device": told.rows},
            "parallel": where | {"attention": told.attention},
            "save": {"every": 10_000, "log": 1},
        }
    )


def run(folder: Path, told: Any, steps: int) -> Any:
    """A trainer of one kind, whose steps are to be watched."""
    from medgo_train import pack, ready
    from medgo_train.stages import tokens

    config = run_like(told, steps, folder)
    if told.one == "medgo":
        made = ready.prepare(config)
        return tokens.trainer(config, made, pack.load(config.base, made.template), [])
    return _trl(folder, config, steps, best=told.one == "TRL at its best")


def _trl(folder: Path, config: RunConfig, steps: int, *, best: bool) -> Any:
    """TRL as its own page starts it; and as its page on speed advises: packed, in bf16, with as long rows as ours."""
    import datasets
    import peft
    from trl import SFTConfig, SFTTrainer

    on_cpu = config.parallel.device == "cpu"
    files = sorted(map(str, (folder / "data" / "notes").glob("*/*.parquet")))
    rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(folder / "cache"))
    also: dict[str, Any] = {"use_cpu": True, "bf16": False} if on_cpu else {}
    if best:
        also |= {"packing": True, "max_length": config.length, "per_device_train_batch_size": config.batch.per_device}
        also |= {
            "model_init_kwargs": {
                "dtype": "float32" if on_cpu else "bfloat16",
                "attn_implementation": config.parallel.attention,
            }
        }
    args = SFTConfig(
        output_dir=str(folder / "runs" / "trl"), max_steps=steps, save_strategy="no", report_to="none", **also
    )
    return SFTTrainer(
        model=str(folder / "base"),
        args=args,
        train_dataset=rows.select_columns(["messages"]),
        peft_config=peft.LoraConfig(r=16, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"),
    )


def measured(name: str, trainer: Any) -> dict[str, Any]:
    """The steps of a trainer, timed; what each of them saw is counted where it goes into the model."""
    import torch
    import transformers

    seen: list[tuple[float, int, int, int]] = []  # when; useful tokens, all, and the sum of squares of conversations
    inner, pad = trainer.training_step, trainer.processing_class.pad_token_id

    def step(model: Any, inputs: dict[str, Any], *told: Any, **also: Any) -> Any:
        useful, squares = 0, 0
        for length in _lengths(inputs, pad):
            useful, squares = useful + length, squares + length * length
        loss = inner(model, inputs, *told, **also)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seen.append((time.perf_counter(), useful, inputs["input_ids"].numel(), squares))
        return loss

    trainer.training_step = step
    trainer.train()
    each = trainer.args.gradient_accumulation_steps
    timed = seen[WARM * each :]
    seconds = timed[-1][0] - seen[WARM * each - 1][0]
    useful, whole, squares = (sum(one[k] for one in timed) for k in (1, 2, 3))
    config = transformers.AutoConfig.from_pretrained(trainer.model.config.name_or_path)
    weights = sum(
        w.numel() for n, w in trainer.model.named_parameters() if "lora_" not in n and "embed_tokens" not in n
    )
    heads = config.num_attention_heads * config.head_dim
    done = 4 * weights * useful + 6 * config.num_hidden_layers * heads * squares  # causal: half of all pairs
    gpu = torch.cuda.is_available()
    peak = next((tera * 1e12 for known, tera in PEAK.items() if gpu and known in torch.cuda.get_device_name()), 0.0)
    return {
        "name": name,
        "speed": useful / seconds,
        "useful": useful / whole,
        "mfu": done / seconds / peak if peak else 0.0,
        "memory": torch.cuda.max_memory_allocated() / 2**30 if gpu else 0.0,
    }


def _lengths(inputs: dict[str, Any], pad: int) -> list[int]:
    """Tokens of each conversation of a batch: they begin where a position is 0, and padding is of none."""
    import torch

    tokens, found = inputs["input_ids"], []
    real = tokens != pad
    if "position_ids" not in inputs:
        return [int(row.sum()) for row in real]
    for row, places in zip(real, inputs["position_ids"], strict=True):
        begins = [*torch.nonzero(places == 0).flatten().tolist(), len(places)]
        found += [int(row[a:b].sum()) for a, b in pairwise(begins)]
    return [length for length in found if length]


if __name__ == "__main__":
    main()
