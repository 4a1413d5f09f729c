"""A small base to try everything with: a tokenizer that is learned from a corpus, and a Qwen3 that knows nothing yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import templates
from medgo_train.config import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from transformers import PreTrainedTokenizerFast, Qwen3ForCausalLM

    from medgo_train.data import Manifest

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
THINKS = ("<think>", "</think>")
HEADS, KEYS = 4, 2


def write(manifest: Manifest, into: Path, *, words: int = 2000, width: int = 128, layers: int = 4) -> int:
    """The folder of a base, with a tokenizer of the texts of a corpus; how many parameters it has."""
    if (into / "config.json").is_file():
        raise RunError(f"{into} holds a model already. Name another folder, or train on that one.")
    tokens = tokenizer(_texts(manifest), words=words)
    made = model(tokens, width=width, layers=layers)
    tokens.save_pretrained(into)
    made.save_pretrained(into)
    return int(made.num_parameters())


def tokenizer(texts: Iterable[str], *, thinks: bool = False, words: int = 2000) -> PreTrainedTokenizerFast:
    """A byte-level BPE learned from ``texts``, so that it can spell anything, with the template that fits it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=words,
        special_tokens=[*SPECIAL, *(THINKS if thinks else ())],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=SPECIAL[2], pad_token=SPECIAL[0])
    templates.equip(made)
    return made


def model(tokens: PreTrainedTokenizerFast, *, width: int = 128, layers: int = 4) -> Qwen3ForCausalLM:
    """A Qwen3 with random weights, the same ones each time."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    if width % (2 * HEADS):
        raise RunError(f"a width of {width} is not split evenly by {HEADS} heads. Take a multiple of {2 * HEADS}.")
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(tokens),
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        num_key_value_heads=KEYS,
        head_dim=width // HEADS,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id,
        bos_token_id=None,
    )
    return Qwen3ForCausalLM(config)


def _texts(manifest: Manifest) -> Iterator[str]:
    """What the rows of a corpus say, one piece each: a document, or each turn of a conversation."""
    import pyarrow.parquet as pq

    spoken = {"document": ["text"], "chat": ["messages"], "preference": ["prompt", "chosen", "rejected"]}
    if manifest.schema not in spoken:
        raise RunError(
            f"{manifest.folder} gives rows of the schema {manifest.schema!r}, and a tokenizer is learned from "
            f"{', '.join(map(repr, spoken))}. Name another corpus."
        )
    names = spoken[manifest.schema]
    for shard in manifest.shards:
        for row in pq.read_table(manifest.folder / shard.file, columns=names).to_pylist():
            for name in names:
                yield from _said(row[name])


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for turn in value if isinstance(value, list) else []:
        yield turn["content"] or ""
