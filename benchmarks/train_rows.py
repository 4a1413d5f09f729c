"""Rows for training cost little: packed at >= 1.5 million tokens/s a core, planned for 14 billion in <= 5 s and 64 MB, read at >= 50 million/s.

Needs `pip install tiktoken`, and --ranks: the file qwen.tiktoken, which the package dashscope holds (Apache-2.0).
"""

from __future__ import annotations

import random
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from common import asked, scratch, tell

sys.path.insert(0, str(Path(__file__).parent.parent))

from medgo_train import data, pack, plan
from medgo_train.config import read
from medgo_train.pack import Form, Prepared
from tests import tiny

# how Qwen 1 to 3 cut a text before they look up its parts
CUT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LENGTH, WHOLE = 4096, 14_000_000_000
PACKED, PLANNED, LARGEST, READ = 1.5e6, 5.0, 64e6, 50e6
PARTS = (
    "患者男，65岁，因“反复胸闷、气促3年，加重1周”入院", "既往高血压病史10年，长期口服氨氯地平片5mg每日一次", "血压控制尚可",
    "查体：双肺底可闻及湿啰音，双下肢轻度凹陷性水肿", "诊断：慢性心力衰竭急性加重，心功能III级", "予利尿、扩血管等对症治疗后好转",
    "嘱低盐饮食，规律服药，两周后门诊复查", "心电图示窦性心律，ST段轻度压低", "血常规、肝肾功能未见明显异常", "否认药物过敏史",
)  # fmt: skip


def main() -> None:
    told = asked(__doc__, ranks={"type": Path, "required": True, "help": "qwen.tiktoken"})
    with scratch(told) as folder:
        qwen(told.ranks, folder / "qwen")
        made, packing = packed(folder, 2_000 if told.quick else 60_000)
        drawn, planning, size = planned(folder, made, WHOLE // LENGTH // (100 if told.quick else 1))
        reading = read_in_order(made)
    rows = [
        ("packed, tokens in a CPU second", round(packing), round(PACKED)),
        (f"a plan of {len(drawn):,} rows, seconds", round(planning, 2), PLANNED),
        ("its file, MB", round(size / 1e6, 1), LARGEST / 1e6),
        ("read in its order, tokens a second", round(reading), round(READ)),
    ]
    met = packing >= PACKED and planning <= PLANNED and size <= LARGEST and reading >= READ
    tell("rows for training cost little", ("what", "measured", "target"), rows, met=met, tokens=made.tokens)


def qwen(ranks: Path, folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast
    from transformers.convert_slow_tokenizer import TikTokenConverter

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    bpe = TikTokenConverter(vocab_file=str(ranks), pattern=CUT, extra_special_tokens=special).converted()
    PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=special[2], pad_token=special[0]).save_pretrained(folder)


def packed(folder: Path, count: int) -> tuple[Prepared, float]:
    """Invented notes, no two alike, through everything that packing does; tokens in a CPU second of this process."""
    chance = random.Random(1)
    texts = ["，".join(f"{chance.choice(PARTS)}{chance.randrange(1000)}" for _ in range(12)) for _ in range(count)]
    corpus = tiny.corpus(folder / "data", "notes", "document", [{"text": text} for text in texts])
    form = Form(tokenizer=str(folder / "qwen"), length=LENGTH)
    manifest = data.check(corpus)
    pack.load(form.tokenizer)
    before = _cpu()
    made = pack.prepare(manifest, form, into=folder / "prepared", processes=1)
    return made, made.tokens / (_cpu() - before)


def planned(folder: Path, made: Prepared, rows: int) -> tuple[plan.Plan, float, int]:
    """A plan over two corpora as large as those of the paper, of which only the sizes are needed."""
    shard = made.shards[0]
    many = [replace(shard, file=f"{n}", rows=rows // 200) for n in range(200)]
    large = [
        replace(made, rows=rows // 2, shards=tuple(many[:100])),
        replace(made, rows=rows // 2, shards=tuple(many[100:])),
    ]
    plain: dict[str, Any] = {"stage": "pretrain", "base": "b", "output": "o", "batch": {"rows": 1024}}
    config = read(plain | {"data": [{"corpus": "a", "weight": 3.0}, {"corpus": "b", "weight": 1.0}]})
    began = time.perf_counter()
    drawn = plan.make(large, config)
    drawn.save(folder / "plan.parquet")
    return drawn, time.perf_counter() - began, (folder / "plan.parquet").stat().st_size


def read_in_order(made: Prepared) -> float:
    plain = {"stage": "pretrain", "base": "b", "output": "o", "data": [{"corpus": "notes"}]}
    drawn = plan.make([made], read(plain))
    rows = plan.PlanDataset(drawn, [made])
    began = time.perf_counter()
    tokens = sum(int(np.size(rows[place]["tokens"])) for place in range(len(rows)))
    return tokens / (time.perf_counter() - began)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
