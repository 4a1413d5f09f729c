"""A tokenizer, a model and a corpus that are made on the spot: small enough for a test, of the kind that is really trained."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM


def tokenizer(texts: Iterable[str], *, thinks: bool = False) -> PreTrainedTokenizerFast:
    """A byte-level BPE learned from ``texts``, so that it can spell anything, with the template that fits it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    from medgo_train import templates

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bytes_ = pre_tokenizers.ByteLevel.alphabet()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *(["<think>", "</think>"] if thinks else [])]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=bytes_, show_progress=False)
    bpe.train_from_iterator(texts, trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    templates.equip(made)
    return made


def model(tokens: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    """A Qwen3 of two layers with random weights, the same ones each time."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(tokens),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id,
        bos_token_id=None,
    )
    return Qwen3ForCausalLM(config)


def save(folder: Path, texts: Iterable[str], *, thinks: bool = False) -> str:
    """The folder of a model with its tokenizer."""
    tokens = tokenizer(texts, thinks=thinks)
    tokens.save_pretrained(folder)
    model(tokens).save_pretrained(folder)
    return str(folder)


VERSIONS = {"document": 5, "chat": 4, "preference": 4, "feedback": 2}


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

    from medgo_train.data import columns

    declared = pa.schema([(c.name, c.arrow) for c in columns(schema, VERSIONS[schema], root)])
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
        "gives": {"schema": schema, "version": VERSIONS[schema]},
        "marks": ["scrubbed"],
        "rows": len(full),
        "shards": told,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    (root / name / "current").write_text(folder.name, "utf-8")
    return folder
