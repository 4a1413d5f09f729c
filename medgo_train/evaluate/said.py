"""What a model said in the end, in plain letters: without its thoughts, its markup, and what it went on to invent."""

from __future__ import annotations

import re
from functools import cache

THOUGHT = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad"
THOUGHT_ENDS = re.compile(
    rf"</(?:{THOUGHT})>|◁/think▷|<\|end_of_thought\|>|<\|channel\|>final<\|message\|>", re.IGNORECASE
)
THOUGHT_BEGINS = re.compile(
    rf"<(?:{THOUGHT})>|◁think▷|<\|begin_of_thought\|>|<\|channel\|>analysis<\|message\|>", re.IGNORECASE
)
STOPS = re.compile(  # of templates, and the next turn that a base model invents
    r"<\|(?:im_end|endoftext|eot_id|end|return|im_start)\|>|</s>|<s>|\n\s*(?:User|Human|Assistant|用户|助手)\s*[:：]"
)
MARKUP = {ord(sign): None for sign in "*`$\u200b\u200c\u200d\ufeff"} | {ord("\u00a0"): " ", ord("\u3000"): " "}
SIGNS = {"✅": "√", "✓": "√", "✔": "√", "☑": "√", "❌": "×", "✗": "×", "✘": "×", "✖": "×", "❎": "×"}
QUOTES = {"“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"', "‘": "'", "’": "'", "【": "[", "】": "]"}


def said(reply: str) -> str:
    """What stands after the thoughts, or before them; nothing, where a model was still thinking when it was cut off."""
    if "<" in reply or "◁" in reply:
        before = THOUGHT_BEGINS.split(reply)[0]
        *_, after = THOUGHT_ENDS.split(reply)
        reply = THOUGHT_BEGINS.split(after)[0] if after.strip() else before
    return next((part for part in STOPS.split(reply) if part.strip()), "") if "\n" in reply or "<" in reply else reply


def folded(text: str) -> str:
    """The same in half-width signs, in Simplified characters, and without emphasis."""
    return text if text.isascii() and not any(sign in text for sign in "*`$") else text.translate(_table())


@cache
def _table() -> dict[int, str | int | None]:
    import opencc

    signs = [chr(code) for code in range(0x4E00, 0xA000)]
    simple = opencc.OpenCC("t2s").convert("\n".join(signs)).split("\n")
    table: dict[int, str | int | None] = {ord(a): b for a, b in zip(signs, simple, strict=True) if a != b}
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full width
    table |= dict.fromkeys(range(0xE000, 0xE010))  # private signs: who reads on may use them
    return table | {ord(a): b for a, b in (SIGNS | QUOTES).items()} | MARKUP
