"""A tokenizer, a model and a corpus that are made on the spot: small enough for a test, of the kind that is really trained."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from medgo_train import base

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM

    from medgo_train.config import RunConfig


def tokenizer(texts: Iterable[str], *, thinks: bool = False, words: int = 400) -> PreTrainedTokenizerFast:
    return base.tokenizer(texts, thinks=thinks, words=words)


def model(tokens: PreTrainedTokenizerFast, *, width: int = 32) -> Qwen3ForCausalLM:
    return base.model(tokens, width=width, layers=2)


def save(folder: Path, texts: Iterable[str], *, width: int = 32, words: int = 400) -> str:
    """The folder of a model with its tokenizer."""
    tokens = tokenizer(texts, words=words)
    tokens.save_pretrained(folder)
    model(tokens, width=width).save_pretrained(folder)
    return str(folder)


def corpus(
    root: Path,
    name: str,
    schema: str,
    rows: Sequence[dict[str, Any]],
    *,
    shards: int = 2,
) -> Path:
    """A built corpus below ``root``: what a row does not say is empty, and its id is its number."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from medgo_train.data import SCHEMAS, columns

    version = json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8"))["version"]
    declared = pa.schema([(c.name, c.arrow) for c in columns(schema, version, root)])
    common = {"source": name, "license": "public"}
    full = [common | {"id": f"{name}/{n}"} | row for n, row in enumerate(rows)]
    fingerprint = hashlib.sha256(json.dumps([name, full], ensure_ascii=False).encode()).hexdigest()
    folder = root / name / fingerprint[:12]
    folder.mkdir(parents=True)
    size = -(-len(full) // shards)
    told = []
    for n in range(shards):
        path = folder / f"part-{n:05d}.parquet"
        part = full[n * size : (n + 1) * size]
        pq.write_table(pa.Table.from_pylist(part, schema=declared), path)
        told.append(
            {
                "file": path.name,
                "rows": len(part),
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        )
    manifest = {
        "schema": {"name": "manifest", "version": 5},
        "name": name,
        "fingerprint": fingerprint,
        "content": hashlib.sha256(json.dumps(told).encode()).hexdigest(),
        "gives": {"schema": schema, "version": version},
        "marks": ["scrubbed"],
        "rows": len(full),
        "shards": told,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    (root / name / "current").write_text(folder.name, "utf-8")
    return folder


class Drugs:
    """Invented drugs, what is true of each, and ways to ask for it, of which one is never trained on."""

    NAMES = tuple(a + b for a in "舒清益宁润" for b in ("络片", "荷散", "心丸"))
    TRUE: ClassVar = {
        "属于哪类药": ("解热药", "抗菌药", "降压药", "降糖药", "抑酸药", "调脂药", "抗凝药", "平喘药"),
        "怎么服用": ("每日一次", "每日两次", "每日三次", "每晚一次", "饭后服用", "饭前服用", "睡前服用", "隔日一次"),
        "有什么禁忌": ("孕妇禁用", "肝病禁用", "肾病禁用", "儿童禁用", "哮喘禁用", "痛风禁用", "癫痫禁用", "溃疡禁用"),
    }
    ASKED = ("{}{}？", "请问{}{}？", "医生，{}{}？", "{}{}呢？", "请问{}{}呢？")
    HELD_OUT = "医生，{}{}呢？"

    @classmethod
    def facts(cls, shift: int = 0) -> list[tuple[str, str, str]]:
        """Drug, question, answer; with ``shift``, the answers of another drug."""
        chance = random.Random(1)
        drawn = {what: [chance.choice(values) for _ in cls.NAMES] for what, values in cls.TRUE.items()}
        return [
            (name, what, drawn[what][(n + shift) % len(cls.NAMES)] + "。")
            for n, name in enumerate(cls.NAMES)
            for what in cls.TRUE
        ]

    @classmethod
    def words(cls) -> list[str]:
        """What a tokenizer learns from: each word alone, so that a question asked otherwise has the same words."""
        values = [value for values in cls.TRUE.values() for value in values]
        return [*cls.NAMES, *cls.TRUE, *values, "请问", "医生", "呢", "system", "user", "assistant"]


def talk(question: str, answer: str) -> dict[str, Any]:
    """A row of a corpus of conversations."""
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def config(folder: Path, base: str, stage: str, corpora: str, **told: Any) -> RunConfig:
    """A run on this machine's processor, over corpora below ``folder``/data, that says little and keeps little."""
    from medgo_train.config import read

    plain = {
        "stage": stage,
        "base": base,
        "output": str(folder / "runs" / stage),
        "root": str(folder / "data"),
        "data": [{"corpus": name} for name in corpora.split()],
        "length": 64,
        "parallel": {"device": "cpu", "precision": "fp32", "checkpointing": False},
        "save": {"log": 1000, "every": 100_000},
    }
    return read(plain | told)
