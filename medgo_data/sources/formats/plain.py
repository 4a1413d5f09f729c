"""Plain text is a document as it is. The tags of the collections of Chinese classics become headings."""

from __future__ import annotations

import re
from itertools import takewhile

from medgo_data.sources.formats import Work

TAGGED = re.compile(r"\s*<篇名>(?P<title>.*)\n(?:书名：(?P<again>.*)\n)?")
# Each chapter names the parts of the book that it stands in, then itself, then what it says.
CHAPTER = re.compile(r"^<目录>(?P<path>.*)\n+<篇名>(?P<name>.*)\n\s*(?:(?:内容|属性)：)?", re.MULTILINE)
UNSAID = re.compile(r"^(?:作者|朝代|年份)：[ \t]*\n", re.MULTILINE)  # the front page has lines for what nobody knows
INK = re.compile(r"\\[xr]|\\p[^\\\n]*(?=\\r)")  # \\x in red \\x, \\r caption \\p picture.bmp \\r


def read(content: str) -> Work:
    tagged = TAGGED.match(content)
    return _classic(content, tagged) if tagged else Work(content)


def _classic(content: str, tagged: re.Match[str]) -> Work:
    title = tagged["title"].strip()
    said = f"书名：{tagged['again']}\n" if (tagged["again"] or "").strip() not in ("", title) else ""
    first = CHAPTER.search(content, tagged.end())
    front = content[tagged.end() : first.start() if first else len(content)]
    text = [f"# {title}\n\n", said, UNSAID.sub("", front).strip(), "\n\n"]
    above: list[str] = []
    while first:
        after = CHAPTER.search(content, first.end())
        path = [part.strip() for part in first["path"].split("\\") if part.strip()]
        same = _alike(path, above)
        heads = [*enumerate(path[same:], same + 2), (len(path) + 2, first["name"].strip())]
        text += [f"{'#' * min(level, 6)} {name}\n\n" for level, name in heads if name]
        text += [content[first.end() : after.start() if after else len(content)].strip(), "\n\n"]
        above, first = path, after
    return Work(INK.sub("", "".join(text)).strip() + "\n", title or None)


def _alike(path: list[str], above: list[str]) -> int:
    """How many parts of a book, from the outermost in, two chapters share."""
    pairs = zip(path, above, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
