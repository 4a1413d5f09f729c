"""The article of a web page is found at 8 MB of HTML in a CPU second, with 98 % of its text and 5 % of what is around it.

Beside it, on the same pages, what other extractors do, where they are installed: pip install trafilatura resiliparse.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import NamedTuple

from common import MB, Size, asked, clock, tell, texts
from medgo_data.sources.formats import html

PAGES = Size(400, 40)
TARGET, KEPT, GONE = 8.0, 0.98, 0.95  # MB of UTF-8 in a CPU second; shares of characters
PARAGRAPHS = (2, 15)
LIST = ["发热，多为低热，午后明显", "咳嗽，夜间为主，可有少量痰"]
ROWS = [("项目", "参考值"), ("白细胞计数", "参考区间四至十")]
NOTICES = {
    '<div class="crumb">{}</div>': "当前位置：首页 疾病 正文",
    "<p>{}</p>": "来源：某健康网 发布时间：今天",
    "<h3>{}</h3>": "相关阅读",
    '<div class="comments"><p>{}</p></div>': "网友留言，写得很好，已经收藏，谢谢分享。",
    "<footer><p>{}</p></footer>": "未经许可，不得转载，违者必究，本网保留一切权利。",
    "<div>{}</div>": "版权所有 某健康网",
}


class Page(NamedTuple):
    content: str
    article: list[str]
    around: list[str]


def pages(count: int) -> list[Page]:
    """Invented pages in five layouts; each has two menus, a list of links, a comment and notices around its article."""
    dice = random.Random(1)
    stock = (re.sub(r"\s|[<>&]", "", text) for text in texts(count * PARAGRAPHS[1] * 2, 5, foreign=0.0).to_pylist())
    said = iter([text + "。" for text in stock if len(text) > 40])
    return [_page(dice, [next(said) for _ in range(dice.randint(*PARAGRAPHS))], number) for number in range(count)]


def _page(dice: random.Random, said: list[str], number: int) -> Page:
    items = "".join(f"<li>{item}</li>" for item in LIST)
    cells = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in ROWS)
    parts = [
        *(f"<p>{text}</p>" for text in said),
        f"<h2>临床表现</h2><ul>{items}</ul><table>{cells}</table><p>{said[0]}</p>",
    ]
    body = "".join(parts)
    menu, beside, after = (_links(dice, count) for count in (25, 12, 15))
    box = '<div class="box"><ul>{}</ul></div>'.format
    inside = (
        f'<div class="article-content">{body}</div>',
        f"<main><article>{body}</article></main>",
        f'<table width="960"><tr><td>{box(_items(beside))}</td><td valign="top">{body}</td></tr></table>',
        f'<form id="aspnetForm"><div id="main"><div>{body}</div></div></form>',
        f"<div><div><div>{body}</div></div></div>",
    )[number % 5]
    crumbs, origin, *last = [mark.format(notice) for mark, notice in NOTICES.items()]
    content = (
        f'<!DOCTYPE html><html><head><title>文章_某网</title><script>var a = "{"x" * 3000}";</script></head><body><nav><ul>'
        f"{_items(menu)}</ul></nav>{crumbs}{inside}{origin}{last[0]}{box(_items(after))}{''.join(last[1:])}</body></html>"
    )
    article = [*said, *LIST, *(cell for row in ROWS for cell in row)]
    return Page(content, article, [*menu, *(beside if number % 5 == 2 else []), *after, *NOTICES.values()])


def _links(dice: random.Random, count: int) -> list[str]:
    return [f"健康频道第{dice.randrange(10**6)}条消息" for _ in range(count)]


def _items(links: Iterable[str]) -> str:
    return "".join(f'<li><a href="/article.html">{link}</a></li>' for link in links)


def extractors() -> dict[str, Callable[[str], str]]:
    found: dict[str, Callable[[str], str]] = {"medgo": lambda content: html.read(content).text}
    if find_spec("resiliparse"):
        from resiliparse.extract.html2text import extract_plain_text

        found["resiliparse"] = lambda content: extract_plain_text(content, main_content=True)
    if find_spec("trafilatura"):
        from trafilatura import extract

        found["trafilatura"] = lambda content: extract(content, output_format="markdown") or ""
        found["trafilatura, recall"] = lambda content: (
            extract(content, output_format="markdown", favor_recall=True) or ""
        )
    return found


def share(found: list[str], wanted: list[list[str]]) -> float:
    """Of the characters of these pieces, how many are in pieces that were found whole."""
    lines = [re.sub(r"\s", "", text) for text in found]
    pieces = [(re.sub(r"\s", "", piece), line) for line, some in zip(lines, wanted, strict=True) for piece in some]
    return sum(len(piece) for piece, line in pieces if piece in line) / sum(len(piece) for piece, _ in pieces)


def main() -> None:
    told = asked(__doc__)
    made = pages(PAGES.of(told))
    size = sum(len(page.content.encode()) for page in made) / MB
    rows = []
    for name, extract in extractors().items():
        extract(made[0].content)
        with clock() as spent:
            found = [extract(page.content) for page in made]
        kept, left = share(found, [page.article for page in made]), share(found, [page.around for page in made])
        rows.append((name, spent().cpu, size / spent().cpu, kept, 1 - left))
    _, _, speed, kept, gone = rows[0]
    tell(
        f"the article of a page is found at >= {TARGET:g} MB/CPU s, >= {KEPT:.0%} of it, and >= {GONE:.0%} of what is around it goes",
        ("extractor", "CPU s", "MB of HTML/CPU s", "article kept", "around it gone"),
        rows,
        met=speed >= TARGET and kept >= KEPT and gone >= GONE,
        pages=len(made),
        megabytes=round(size, 1),
        mb_per_cpu_s=round(speed, 1),
        kept=round(kept, 4),
        gone=round(gone, 4),
    )


if __name__ == "__main__":
    main()
