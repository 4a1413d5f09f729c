"""Traditional characters become Simplified ones, word by word, as OpenCC's dictionaries have it; the words of pharmacy stay."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

KANA = re.compile(r"[\u3041-\u30fa]")
JAPANESE = 0.1  # of the letters of a line: then its characters are Japanese ones, not Traditional
LETTER = re.compile(r"[^\W\d_]")
# What the pharmacopoeia and the classics write so in Simplified texts too: 磺胺甲噁唑, 癥瘕, 黑矇; and single characters
# that are meant where the rest of the line is Simplified: 身瞤动, 阴蹻脉, 诸气膹郁, 目劄, and names (毕昇).
WORDS = "噁唑|噁嗪|噁二唑|噁烷|癥瘕|黑矇|於术|於潜|於菟|於陵|芸薹"
CHARACTERS = "噁癥矇瞤蹻膹劄菴祕昇"
CERTAIN = "後於麽菸醣"  # GB 2312 has these too, but no Simplified text means anything by them that 后于么烟糖 are not
HEAD = re.compile("【[^【】]*】")  # of a leaflet's section: often the Simplified one of a form that was filled in


def simplified(text: str) -> str:
    """The same text in Simplified characters; lines that have no Traditional ones, and Japanese ones, as they are."""
    sure, either, simple = _patterns()
    if not sure.search(text):
        is_traditional = either.search(text) and not simple.search(text)
        return _converted(text) if is_traditional else text
    return "\n".join(_converted(line) if sure.search(line) else line for line in text.split("\n"))


def _converted(line: str) -> str:
    kana = len(KANA.findall(line))
    if kana and kana > JAPANESE * len(LETTER.findall(line)):
        return line
    is_mixed = _patterns()[2].search(HEAD.sub("", line)) is not None
    parts = _kept(is_mixed).split(line)
    parts[::2] = [_converter("t2s").convert(part) for part in parts[::2]]
    return "".join(parts)


@cache
def _kept(is_mixed: bool) -> re.Pattern[str]:  # noqa: FBT001  cached by its one argument
    """What is not converted: in a line that has Simplified characters, also what may be one, or would become a rare one."""
    chars = {*CHARACTERS, *both_ways(), *(char for char, now in _changed("t2s").items() if now > "\uffff")}
    return re.compile(
        f"({WORDS}|[{''.join(sorted(char for char in chars if char <= chr(0xFFFF)))}])" if is_mixed else f"({WORDS})"
    )


@cache
def _converter(name: str) -> Any:
    import opencc

    return opencc.OpenCC(name)


@cache
def traditional() -> frozenset[str]:
    """Characters that stand in no Simplified text, with few exceptions."""
    return frozenset(char for char in _changed("t2s") if char in CERTAIN or not _in_gb2312(char))


@cache
def both_ways() -> frozenset[str]:
    """Traditional characters that are Simplified ones too, such as 乾 and 徵."""
    return frozenset(_changed("t2s")) - traditional()


@cache
def _changed(name: str) -> dict[str, str]:
    """The characters that a converter does not leave as they are, and what it makes of them."""
    blocks = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x32400))
    chars = [chr(point) for first, end in blocks for point in range(first, end)]
    made = _converter(name).convert("\n".join(chars)).split("\n")
    return {char: now for char, now in zip(chars, made, strict=True) if char != now}


def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Of characters that are Traditional only, both, and Simplified only. Beyond the basic plane all count as Traditional."""
    sets = (traditional(), both_ways(), frozenset(_changed("s2t")) - both_ways())
    sure, either, simple = ("".join(sorted(char for char in chars if char <= "\uffff")) for chars in sets)
    return re.compile(f"[{sure}\U00020000-\U000323af]"), re.compile(f"[{either}]"), re.compile(f"[{simple}]")
