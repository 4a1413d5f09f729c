"""A tokenizer and a model that are made on the spot: small enough for a test, of the kind that is really trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
