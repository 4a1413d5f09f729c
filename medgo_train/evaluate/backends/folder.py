"""A model that lies in a folder, asked with transformers: in batches of like length, and letters by their exact probability."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from medgo_train.evaluate.backends.backend import Ask, Backend, How, Reply, digest_of
from medgo_train.evaluate.files import EvaluationError

TEMPLATE = "chat_template_kwargs"


class Folder(Backend):
    road = "folder"

    def __init__(self, folder: Path, how: How) -> None:
        from medgo_train import record

        self.folder, self.how, self.name = folder, how, how.model or _name(folder)
        self.digest = record.of_model(folder)
        made = folder / record.NAME
        self.run = json.loads(made.read_text("utf-8")) if made.is_file() else None

    @property
    def identity(self) -> str:
        return f"{self.road} {self.digest}"

    def ask(self, asks: Sequence[Ask]) -> Iterator[list[tuple[Ask, Reply]]]:
        """The longest first, so that what does not fit into memory says so at once."""
        longest_first = sorted(asks, key=lambda ask: -sum(len(message["content"]) for message in ask.messages))
        for batch in batches(longest_first, self.how.at_once):
            some, too_long = self._apart(batch)
            begun = time.monotonic()
            replies = [] if not some else self._likely(some) if some[0].letters else self._said(some)
            each = round((time.monotonic() - begun) / len(batch), 4)
            yield [(ask, Reply(seconds=each, **told)) for ask, told in zip(some, replies, strict=True)] + too_long

    def _apart(self, batch: Sequence[Ask]) -> tuple[list[Ask], list[tuple[Ask, Reply]]]:
        """Those that the model has room for; and those that it would only have read in part, which it is not asked."""
        written = self._tokenizer.apply_chat_template(
            [[dict(message) for message in ask.messages] for ask in batch],
            add_generation_prompt=True,
            return_dict=True,
            **self._template,
        )["input_ids"]
        fits = [not self._room or len(tokens) < self._room for tokens in written]
        told = Reply(text="", refused="context_length_exceeded")
        return (
            [ask for ask, is_short in zip(batch, fits, strict=True) if is_short],
            [(ask, told) for ask, is_short in zip(batch, fits, strict=True) if not is_short],
        )

    def _said(self, batch: Sequence[Ask]) -> list[dict[str, Any]]:
        import transformers

        from medgo_train import watch

        model, tokenizer = self._model, self._tokenizer
        how = self.how
        asked = self._written(batch)
        drawing: dict[str, Any] = {"do_sample": False}
        if how.temperature:
            drawing = {"do_sample": True, "temperature": how.temperature}
            drawn = digest_of([how.seed, *(self.key(ask) for ask in batch)])
            transformers.set_seed(int(drawn[:8], 16))  # the same for these, whatever was asked before
        ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
        with watch.quiet(model):
            whole = model.generate(
                **asked, **ends, max_new_tokens=how.longest, use_cache=True, **drawing, **self._drawing
            )
        said = whole[:, asked["input_ids"].shape[1] :]
        texts = tokenizer.batch_decode(said, skip_special_tokens=True)
        told = []
        for text, tokens, mask in zip(texts, said.tolist(), asked["attention_mask"].sum(1).tolist(), strict=True):
            ended = tokenizer.eos_token_id in tokens
            many = tokens.index(tokenizer.eos_token_id) + 1 if ended else len(tokens)
            told.append({"text": text, "prompt_tokens": int(mask), "completion_tokens": many, "is_cut": not ended})
        return told

    def _likely(self, batch: Sequence[Ask]) -> list[dict[str, Any]]:
        """The log-probability of each letter as the next token, with a space before it or without."""
        import torch

        from medgo_train import watch

        model = self._model
        asked = self._written(batch)
        with watch.quiet(model):
            logits = model(**asked, logits_to_keep=1).logits[:, -1].float()
        likely = torch.log_softmax(logits, -1)
        told = []
        for ask, row, mask in zip(batch, likely, asked["attention_mask"].sum(1).tolist(), strict=True):
            found = {letter: float(torch.logsumexp(row[self._tokens[letter]], 0)) for letter in ask.letters}
            best = max(found, key=lambda letter: found[letter])
            told.append({"text": best, "logprobs": found, "prompt_tokens": int(mask), "completion_tokens": 0})
        return told

    def _written(self, batch: Sequence[Ask]) -> Any:
        model, tokenizer = self._model, self._tokenizer
        side, tokenizer.padding_side = tokenizer.padding_side, "left"
        try:
            asked = tokenizer.apply_chat_template(
                [[dict(message) for message in ask.messages] for ask in batch],
                add_generation_prompt=True,
                return_dict=True,
                return_tensors="pt",
                padding=True,
                **self._template,
            )
        finally:
            tokenizer.padding_side = side
        return {name: asked[name].to(model.device) for name in ("input_ids", "attention_mask")}

    @cached_property
    def _tokens(self) -> dict[str, list[int]]:
        tokenizer = self._tokenizer
        told = {}
        for letter in "ABCDEFGHIJ":
            written = [tokenizer.encode(text, add_special_tokens=False) for text in (letter, f" {letter}")]
            told[letter] = sorted({tokens[0] for tokens in written if len(tokens) == 1})
            if not told[letter]:
                raise EvaluationError(
                    f"{self.folder} has a tokenizer that splits the letter {letter}. Ask it for words: leave out --by letters."
                )
        return told

    @cached_property
    def _room(self) -> int | None:
        """Tokens that the model was made for."""
        told = json.loads((self.folder / "config.json").read_text("utf-8")).get("max_position_embeddings")
        return None if told is None else int(told)

    @property
    def _template(self) -> dict[str, Any]:
        """What the template is told, such as enable_thinking; endpoints take it under the same name."""
        return dict(self.how.params.get(TEMPLATE, {}))

    @property
    def _drawing(self) -> dict[str, Any]:
        return {name: value for name, value in self.how.params.items() if name != TEMPLATE}

    @cached_property
    def _tokenizer(self) -> Any:
        from medgo_train import pack

        return pack.load(str(self.folder))

    @cached_property
    def _model(self) -> Any:
        import torch
        import transformers

        device = "cuda" if torch.cuda.is_available() else "cpu"
        return transformers.AutoModelForCausalLM.from_pretrained(self.folder, dtype="auto").to(device)


def batches(asks: Sequence[Ask], size: int) -> Iterator[list[Ask]]:
    """First those for letters, then those for words: a batch is of one kind."""
    for wants_letters in (True, False):
        some = [ask for ask in asks if bool(ask.letters) is wants_letters]
        for at in range(0, len(some), size):
            yield some[at : at + size]


def _name(folder: Path) -> str:
    """``sft/final`` for runs/sft/final, which would else be one ``final`` among many."""
    whole = folder.resolve()
    return f"{whole.parent.name}/{whole.name}" if whole.name == "final" else whole.name
