"""What is learned of a conversation is the answer and its end, and it begins exactly where a model is asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgo_train import templates
from medgo_train.templates import TALK, TemplateError
from tests import tiny

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TEXTS = [message["content"] for message in TALK] + ["system user assistant\n"]
OPENING = (
    "<|im_start|>system\n请简短回答。<|im_end|>\n<|im_start|>user\n舒络片怎么吃？<|im_end|>\n<|im_start|>assistant\n"
)
SECOND = "<|im_end|>\n<|im_start|>user\n可以喝酒吗？<|im_end|>\n<|im_start|>assistant\n"
FIRST_ANSWER, LAST_ANSWER = "一日三次，饭后服用。", "服药期间不要饮酒。"
EMPTY = "<think>\n\n</think>\n\n"


def thinking() -> PreTrainedTokenizerFast:
    return tiny.tokenizer(TEXTS, thinks=True)


def learned(tokenizer: PreTrainedTokenizerFast, talk: list[dict[str, str]]) -> list[str]:
    written = templates.write(tokenizer, [talk])[0]
    return [tokenizer.decode(written.tokens[part]) for part in templates.spans(written.learned)]


@pytest.mark.parametrize(
    ("name", "whole", "parts"),
    [
        (
            "chatml",
            f"{OPENING}{FIRST_ANSWER}{SECOND}{LAST_ANSWER}<|im_end|>\n",
            [f"{FIRST_ANSWER}<|im_end|>", f"{LAST_ANSWER}<|im_end|>"],
        ),
        (
            "qwen3",
            f"{OPENING}{EMPTY}{FIRST_ANSWER}{SECOND}{EMPTY}{LAST_ANSWER}<|im_end|>\n",
            [f"{FIRST_ANSWER}<|im_end|>", f"{LAST_ANSWER}<|im_end|>"],
        ),
        (
            "qwen3_thinking",
            f"{OPENING}{FIRST_ANSWER}{SECOND}{EMPTY}{LAST_ANSWER}<|im_end|>\n",
            [f"{EMPTY}{LAST_ANSWER}<|im_end|>"],
        ),
    ],
)
def test_each_template_and_what_is_learned_of_it(name: str, whole: str, parts: list[str]) -> None:
    tokenizer = thinking()
    assert templates.equip(tokenizer, name) == name
    assert tokenizer.decode(templates.write(tokenizer, [TALK])[0].tokens) == whole
    assert learned(tokenizer, TALK) == parts


def test_a_thought_is_learned_before_the_last_answer_and_shown_before_no_other() -> None:
    tokenizer = thinking()
    thought = "<think>\n先看说明书。\n</think>\n\n"
    talk = [dict(m) for m in TALK]
    for turn in (2, 4):
        talk[turn]["content"] = thought + talk[turn]["content"]
    templates.equip(tokenizer, "qwen3_thinking")
    assert learned(tokenizer, talk) == [f"{thought}{LAST_ANSWER}<|im_end|>"]
    assert tokenizer.decode(templates.write(tokenizer, [talk])[0].tokens).count("先看说明书") == 1
    templates.equip(tokenizer, "qwen3")
    assert learned(tokenizer, talk) == [f"{FIRST_ANSWER}<|im_end|>", f"{LAST_ANSWER}<|im_end|>"]


@pytest.mark.parametrize("name", list(templates.SPOKEN))
@pytest.mark.parametrize("edge", ["", "\n", "  ", "\n\n", "　"])
def test_white_space_at_the_edge_of_an_answer_moves_no_token_of_the_prompt(name: str, edge: str) -> None:
    tokenizer = thinking()
    templates.equip(tokenizer, name)
    talk = [TALK[1], {"role": "assistant", "content": f"{edge}{FIRST_ANSWER}{edge}"}]
    written = templates.write(tokenizer, [talk])[0]
    asked = tokenizer.apply_chat_template(talk[:1], add_generation_prompt=True, return_dict=True)["input_ids"]
    assert written.tokens[: len(asked)] == asked
    assert written.learned.index(1) == len(asked)


def test_the_template_is_chosen_by_what_the_tokenizer_knows() -> None:
    assert templates.equip(thinking()) == "qwen3"
    plain = tiny.tokenizer(TEXTS)
    assert templates.equip(plain) == "chatml"
    assert plain.eos_token == templates.END
    with pytest.raises(TemplateError, match=r"writes <think>, which is not one token .* another template: chatml"):
        templates.equip(plain, "qwen3")


def test_a_tokenizer_without_padding_or_with_an_end_for_it_is_refused() -> None:
    tokenizer = tiny.tokenizer(TEXTS)
    tokenizer.pad_token = templates.END
    with pytest.raises(TemplateError, match="for padding, which ends a turn"):
        templates.equip(tokenizer)
    tokenizer.pad_token = None
    with pytest.raises(TemplateError, match="no token for padding"):
        templates.equip(tokenizer)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "trim + '<|im_end|>' -}}{%- endgeneration -%}",
            "trim -}}{%- endgeneration -%}{{- '<|im_end|>' -}}",
            "never stop",
        ),
        ("{{- '<|im_start|>assistant\\n' -}}\n{%- endif", "{{- '<|im_start|>assistant' -}}\n{%- endif", "begin alike"),
        ("{%- generation -%}", "", "marks nothing"),
        (
            "{{- '<|im_start|>' + message['role'] + '\\n' -}}",
            "{%- if message['role'] != 'assistant' -%}{{- '<|im_start|>' + message['role'] + '\\n' -}}{%- endif -%}",
            "begin alike",
        ),
        (
            "{{- message['content'] | trim + '<|im_end|>' -}}\n    {%- endif -%}",
            "{%- generation -%}{{- message['content'] | trim + '<|im_end|>' -}}{%- endgeneration -%}\n    {%- endif -%}",
            "begin alike",  # the loss on the prompt
        ),
        ("{{- message['content'] | trim + '<|im_end|>' -}}{%- endg", "{{- '<|im_end|>' -}}{%- endg", "leaves a part"),
    ],
)
def test_a_template_that_would_teach_the_wrong_thing_is_found_out(old: str, new: str, words: str) -> None:
    tokenizer = tiny.tokenizer(TEXTS)
    sound = templates.text("chatml")
    broken = sound.replace(old, new)
    assert broken != sound
    if words == "marks nothing":
        broken = broken.replace("{%- endgeneration -%}", "")
    tokenizer.chat_template = broken
    with pytest.raises(TemplateError, match=words):
        templates.check(tokenizer)


def test_a_digest_names_each_template() -> None:
    assert len({templates.digest(name) for name in templates.SPOKEN}) == len(templates.SPOKEN)
