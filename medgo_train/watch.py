"""How likely a model finds an answer, and what it answers: the two questions that a falling loss leaves open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from medgo_train import templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Talk = list[dict[str, Any]]


def logp(model: Any, tokenizer: Any, talks: Sequence[Talk]) -> list[float]:
    """The log-likelihood of what the assistant says in each conversation, with the end of it."""
    import torch

    found = []
    with quiet(model):
        for written in templates.write(tokenizer, talks) if talks else []:
            tokens = torch.tensor([written.tokens], device=model.device)
            learned = torch.tensor(written.learned[1:], dtype=torch.bool, device=model.device)
            likely = torch.log_softmax(model(input_ids=tokens).logits[0, :-1].float(), -1)
            found.append(float(likely.gather(1, tokens[0, 1:, None])[learned].sum()))
    return found


def answers(model: Any, tokenizer: Any, questions: Sequence[str], *, longest: int = 256) -> list[str]:
    """What the model answers to each question, the likeliest word each time."""
    talks = [[{"role": "user", "content": question}] for question in questions]
    return say(model, tokenizer, talks, longest=longest) if talks else []


def say(  # what generate takes
    model: Any, tokenizer: Any, talks: Sequence[Talk], *, longest: int = 256, whole: bool = False, **how: Any
) -> list[str]:
    """The next turn of each conversation, all of them at once; with ``whole``, nothing where it has no end.

    ``how`` is told to the model's ``generate``.
    """
    side, tokenizer.padding_side = tokenizer.padding_side, "left"
    try:
        batch = tokenizer.apply_chat_template(
            [list(talk) for talk in talks],
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            padding=True,
        )
    finally:
        tokenizer.padding_side = side
    asked = {name: batch[name].to(model.device) for name in ("input_ids", "attention_mask")}
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    with quiet(model):
        said = model.generate(**asked, **ends, max_new_tokens=longest, use_cache=True, **({"do_sample": False} | how))
    said = said[:, asked["input_ids"].shape[1] :]
    ended = (said == tokenizer.eos_token_id).any(1).tolist()
    told = tokenizer.batch_decode(said, skip_special_tokens=True)
    return [text if end or not whole else "" for text, end in zip(told, ended, strict=True)]


def scores(model: Any, tokenizer: Any, talks: Sequence[Talk]) -> list[float]:
    """What a reward model gives each conversation."""
    import torch

    with quiet(model):
        told = (tokenizer.apply_chat_template(list(talk), return_dict=True)["input_ids"] for talk in talks)
        return [float(model(input_ids=torch.tensor([tokens], device=model.device)).logits[0, 0]) for tokens in told]


@contextmanager
def quiet(model: Any) -> Iterator[None]:
    """As a model is used, without dropout and gradients, and afterwards as it was."""
    import torch

    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)
