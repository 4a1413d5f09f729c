"""How a conversation is written for a model, with the assistant's part marked: what is learned is the answer and its end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train.config import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import PreTrainedTokenizerBase

HERE = Path(__file__).parent
END = "<|im_end|>"  # of a turn
SPOKEN = {  # tokens of which each must be one to the tokenizer
    "chatml": ("<|im_start|>", END),
    "qwen3": ("<|im_start|>", END, "<think>", "</think>"),
    "qwen3_thinking": ("<|im_start|>", END, "<think>", "</think>"),
}
TALK = [  # invented; long enough to show a template's faults
    {"role": "system", "content": "请简短回答。"},
    {"role": "user", "content": "舒络片怎么吃？"},
    {"role": "assistant", "content": "一日三次，饭后服用。"},
    {"role": "user", "content": "可以喝酒吗？"},
    {"role": "assistant", "content": "服药期间不要饮酒。"},
]


class TemplateError(RunError):
    """A template and a tokenizer that do not fit each other."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A conversation in tokens, and which of them are learned."""

    tokens: list[int]
    learned: list[int]  # 1 or 0 for each


def choose(tokenizer: PreTrainedTokenizerBase, name: str = "") -> str:
    """The template's name: the one asked for, or by what the tokenizer knows, Qwen3's without thinking or Qwen2's."""
    return name or ("qwen3" if "<think>" in tokenizer.get_vocab() else "chatml")


def text(name: str) -> str:
    return (HERE / f"{name}.jinja").read_text("utf-8").rstrip("\n")


def digest(name: str) -> str:
    return hashlib.sha256(text(name).encode()).hexdigest()


def equip(tokenizer: PreTrainedTokenizerBase, name: str = "") -> str:
    """Give the tokenizer a template, and the end of a turn as its end, once both are found to fit; the template's name."""
    name = choose(tokenizer, name)
    known = tokenizer.get_vocab()
    for token in SPOKEN[name]:
        if token not in known:
            raise TemplateError(
                f"the template {name!r} writes {token}, which is not one token of {_named(tokenizer)}. "
                f"Choose another template: {', '.join(other for other in SPOKEN if _knows(known, other)) or 'none fits'}."
            )
    pad = tokenizer.pad_token
    if pad is None or pad == END:
        raise TemplateError(
            f"{_named(tokenizer)} has {f'{pad} for padding, which ends a turn' if pad else 'no token for padding'}. Set "
            f"another one: AutoTokenizer.from_pretrained(folder, pad_token='<|endoftext|>').save_pretrained(folder)"
        )
    tokenizer.chat_template = text(name)
    tokenizer.eos_token = END
    check(tokenizer)
    return name


def check(tokenizer: PreTrainedTokenizerBase) -> None:
    """Nothing if the template is as training needs it; else a sentence.

    Of every answer that is learned, the prompt that a model is shown before it is exactly how the conversation begins;
    what is learned begins where that prompt ends, holds the answer, and ends with the end of a turn.
    """
    learned = 0
    written = write(tokenizer, [TALK])[0]
    ends = {tokenizer.convert_tokens_to_ids(END)}
    for part in spans(written.learned):
        learned += 1
        turn = _turn(tokenizer, written.tokens[: part.start])
        if turn is None:
            raise TemplateError(
                f"{_named(tokenizer)}: what the template shows a model before an answer is not how the same conversation "
                f"is written for training. Both must begin alike: look at add_generation_prompt."
            )
        if written.tokens[part.stop - 1] not in ends:
            raise TemplateError(
                f"{_named(tokenizer)}: the template leaves {END} out of what is learned, so a model would never stop. Put "
                f"it before endgeneration."
            )
        if TALK[turn]["content"] not in tokenizer.decode(written.tokens[part.start : part.stop]):
            raise TemplateError(
                f"{_named(tokenizer)}: the template leaves a part of the answer out of what is learned."
            )
    if not learned:
        raise TemplateError(
            f"{_named(tokenizer)}: the template marks nothing as learned. Put the answer into generation."
        )


def write(tokenizer: PreTrainedTokenizerBase, talks: Sequence[Sequence[dict[str, Any]]]) -> list[Written]:
    """Each conversation in tokens, as the tokenizer's template writes it."""
    told = tokenizer.apply_chat_template(
        [list(talk) for talk in talks], tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    pairs = zip(told["input_ids"], told["assistant_masks"], strict=True)
    return [Written(tokens=list(tokens), learned=list(mask)) for tokens, mask in pairs]


def spans(learned: Sequence[int]) -> list[slice]:
    """Where the stretches of ones lie."""
    edges = [n for n, (a, b) in enumerate(zip([0, *learned], [*learned, 0], strict=True)) if a != b]
    return [slice(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def _turn(tokenizer: PreTrainedTokenizerBase, before: list[int]) -> int | None:
    """The turn of TALK that a model is asked for by exactly the tokens ``before``."""
    for turn, message in enumerate(TALK):
        if message["role"] == "assistant":
            asked = tokenizer.apply_chat_template(TALK[:turn], add_generation_prompt=True, return_dict=True)[
                "input_ids"
            ]
            if list(asked) == before:
                return turn
    return None


def _knows(vocabulary: dict[str, int], name: str) -> bool:
    return all(token in vocabulary for token in SPOKEN[name])


def _named(tokenizer: PreTrainedTokenizerBase) -> str:
    return f"the tokenizer of {tokenizer.name_or_path}" if tokenizer.name_or_path else "the tokenizer"
