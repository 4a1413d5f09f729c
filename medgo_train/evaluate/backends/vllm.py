"""A model that lies in a folder, asked with vLLM in this process: for a machine with its GPUs and no server on it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

from medgo_train.evaluate.backends.backend import Ask, Reply
from medgo_train.evaluate.backends.folder import Folder, batches
from medgo_train.evaluate.files import EvaluationError

BATCH = 512  # requests that are given to vLLM together, and kept together
TOP = 20  # tokens of which it tells the log-probability


class Vllm(Folder):
    road = "vllm"

    def ask(self, asks: Sequence[Ask]) -> Iterator[list[tuple[Ask, Reply]]]:
        """It fills its GPUs by itself; what it is given at once is only what a stopped run would lose."""
        for batch in batches(asks, BATCH):
            some, too_long = self._apart(batch)
            begun = time.monotonic()
            told = self._said_by_engine(some) if some else []
            each = round((time.monotonic() - begun) / len(batch), 4)
            yield [(ask, _read(ask, one, each)) for ask, one in zip(some, told, strict=True)] + too_long

    def _said_by_engine(self, some: Sequence[Ask]) -> list[Any]:
        told: list[Any] = self._engine.chat(
            [[dict(message) for message in ask.messages] for ask in some],
            [self._sampling(ask) for ask in some],
            use_tqdm=False,
            chat_template_kwargs=self._template,
        )
        return told

    def _sampling(self, ask: Ask) -> Any:
        sampling = import_module("vllm").SamplingParams
        how = self.how
        drawn = {"temperature": how.temperature, "seed": how.seed + ask.draw, **self._drawing}
        if ask.letters:
            return sampling(**drawn | {"max_tokens": 1, "logprobs": TOP})
        return sampling(**drawn, max_tokens=how.longest)

    @cached_property
    def _engine(self) -> Any:
        try:
            vllm = import_module("vllm")
        except ModuleNotFoundError as missing:
            raise EvaluationError(
                "vLLM is not installed here. Install it (pip install vllm), or leave out --engine vllm."
            ) from missing
        return vllm.LLM(model=str(self.folder), seed=self.how.seed, max_logprobs=TOP)


def _read(ask: Ask, told: Any, seconds: float) -> Reply:
    said = told.outputs[0]
    logprobs = None
    if ask.letters:
        logprobs = {str(one.decoded_token): float(one.logprob) for one in (said.logprobs or [{}])[0].values()}
    return Reply(
        text=said.text,
        logprobs=logprobs,
        prompt_tokens=len(told.prompt_token_ids or ()),
        completion_tokens=len(said.token_ids),
        seconds=seconds,
        is_cut=not ask.letters and said.finish_reason == "length",
    )
