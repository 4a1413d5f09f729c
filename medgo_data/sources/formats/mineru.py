"""What MinerU read off the pages of a PDF: a list of paragraphs, headings, tables and equations, each with its page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from medgo_data.sources.formats import Work
from medgo_data.sources.formats.markdown import tidied, titled
from medgo_data.sources.formats.writing import equation
from medgo_data.sources.raw import BrokenError

HEADING = re.compile(r"^# ", re.MULTILINE)
BESIDE = frozenset({"header", "footer", "page_number", "aside_text", "discarded"})  # on every page, and part of none
# In which fields a block says what it says: in this order, one below the other.
SAYS = {
    "table": ("table_caption", "table_body", "table_footnote"),
    "image": ("image_caption", "img_caption", "image_footnote", "img_footnote"),
    "chart": ("chart_caption", "content", "chart_footnote"),
    "code": ("code_caption", "code_body"),
    "list": ("text", "list_items"),
}


def read(content: str) -> Work:
    try:
        blocks = json.loads(content)
    except (ValueError, RecursionError):
        raise BrokenError("not_json") from None
    if not isinstance(blocks, list):
        raise BrokenError("unknown_format")
    known = [block for block in blocks if isinstance(block, dict) and isinstance(block.get("type"), str)]
    text = "".join(_paged(known))
    first = HEADING.search(text)  # a running head may stand before it
    return Work(
        text, titled(text, first.start()) if first else None, ("unreadable_block",) * (len(blocks) - len(known))
    )


def _paged(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """The text of each block, and what stands before it: a line, or as many page breaks as there are pages between."""
    page, between = 0, ""
    for block in blocks:
        text = _text(block)
        if not text or block["type"] in BESIDE:
            continue
        number = block.get("page_idx")
        if isinstance(number, int) and page < number <= page + 10_000:
            between = "\f" * (number - page)
            page = number
        yield between + text
        between = "\n\n"


def _text(block: dict[str, Any]) -> str:
    kind = block["type"]
    if "equation" in kind or block.get("text_format") == "latex":
        return equation(_joined(block.get("text") or block.get("latex")))
    said = [tidied(_joined(block.get(name))) for name in SAYS.get(kind, ("text",))]
    text = "\n\n".join(part for part in said if part)
    level = block.get("text_level")
    if text and isinstance(level, int) and level > 0:
        return "#" * min(level, 6) + " " + " ".join(text.lstrip("# ").split())
    return text


def _joined(said: Any) -> str:
    """A field is a text, or a list of such."""
    if isinstance(said, list):
        return "\n".join(filter(None, map(_joined, said)))
    return said.strip() if isinstance(said, str) else ""
