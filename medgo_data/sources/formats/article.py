"""Which part of a web page is its article: where the sentences are, and not where the links are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from medgo_data.sources.formats.writing import Block

MOSTLY = 0.5  # links, by characters: ways to somewhere else
SENTENCE = 20  # characters without links, and a mark of punctuation: somebody says something
AROUND_IT = 0.3  # of all sentences at most are in what calls itself a menu or the like; otherwise it is the article
SEED = 0.6  # of all sentences are in the smallest part of the page that can be the article
SAYS_MORE = 0.3  # of the characters that a larger part adds are in sentences, so it belongs to the article
FEW_LINKS = 0.1  # a page without more has nothing around its article
MANY_LINKS = 0.3  # a page with more, and fewer sentences than these, only leads elsewhere
LITTLE = 100  # characters in sentences; a hidden part with more is a chapter that a click would show
THIN = 0.2  # of all characters are in sentences
MARK = re.compile(r"[，。；：！？、]|[,.;:!?](?=\s|$)")
TEASER = re.compile(
    r"(…|\.\.\.)\s*[\[【(（]?\s*(详细|详情|更多|全文|阅读全文|查看全文|more)?\s*[\]】)）]?\s*[>»]*$", re.IGNORECASE
)
LEAD = 14  # characters of a line that introduces a list: 相关阅读
LABEL = re.compile(  # lines that a site puts around every article
    r"(上一[篇页章]|下一[篇页章]|责任编辑|责编|编辑[:：]|来源[:：]|稿源|出处[:：]|发布(时间|日期)?[:：]|更新时间[:：]|时间[:：]|日期[:：]|浏览|阅读量|点击[:：]|"
    r"阅读[:：]|字体|字号|打印|收藏|分享|扫一扫|扫码|关注(我们|微信|公众号)|微信公众号|当前位置|您(现在)?的位置|你的位置|首页\s*[>»]|返回(顶部|首页|列表)|"
    r"点击查看|查看更多|加载更多|展开(全文|阅读)|相关(阅读|文章|推荐|链接|新闻|搜索|专题)|推荐阅读|猜你喜欢|热门(文章|推荐|搜索)|大家都在[看搜]|发表评论|网友评论|"
    r"我要(评论|提问|咨询)|登录|注册|免责声明|声明[:：]|版权(所有|声明)|copyright|©|.{0,12}ICP[备证]|.{0,12}公网安备|许可证|网站地图|联系我们|关于我们).{0,60}",
    re.IGNORECASE | re.DOTALL,
)


class Span(NamedTuple):
    """The blocks of one element, whether it is called as what stands beside an article, and whether it is hidden."""

    start: int
    end: int
    aside: bool = False
    hidden: bool = False


class _Sums:
    """How much of something there is in any stretch of blocks."""

    def __init__(self, each: Iterable[int]) -> None:
        self.before = list(accumulate(each, initial=0))

    def within(self, span: Span) -> int:
        return self.before[span.end] - self.before[span.start]


def article(blocks: list[Block], spans: list[Span]) -> list[Block]:
    page = Span(0, len(blocks))
    chars, linked = _Sums(len(b.text) for b in blocks), _Sums(b.linked for b in blocks)
    if linked.within(page) <= FEW_LINKS * chars.within(page) and not any(span.aside or span.hidden for span in spans):
        return blocks
    gone = _around(blocks, spans, page, chars, linked)
    prose = _Sums(0 if out else _prose(b) for out, b in zip(gone, blocks, strict=True))
    left = _Sums(0 if out else len(b.text) for out, b in zip(gone, blocks, strict=True))
    part = _where_it_is(sorted([*spans, page], key=lambda span: span.end - span.start), page, prose, left)
    says = prose.within(part)
    if linked.within(page) >= MANY_LINKS * chars.within(page) and (says < LITTLE or says < THIN * left.within(part)):
        return []
    return [
        blocks[k] for k in range(part.start, part.end) if not gone[k] and not _leads_nowhere(k, blocks, gone, part.end)
    ]


def _prose(block: Block) -> int:
    """How many characters of a block are in sentences; figures in a table count as such."""
    own = len(block.text) - block.linked
    if block.kind == "heading" or own < SENTENCE or own < MOSTLY * len(block.text):
        return 0
    return own if block.kind == "table" or (MARK.search(block.text) and not TEASER.search(block.text)) else 0


def _around(blocks: list[Block], spans: list[Span], page: Span, chars: _Sums, linked: _Sums) -> list[bool]:
    """For each block, whether it is part of a menu, an advertisement, a list of links and the like."""
    prose = _Sums(map(_prose, blocks))
    enough = AROUND_IT * prose.within(page)
    steps = [0] * (len(blocks) + 1)
    for span in spans:
        says, leads = prose.within(span), linked.within(span) > MOSTLY * chars.within(span)
        if says <= enough and (span.aside or leads or (span.hidden and says < LITTLE)):
            steps[span.start] += 1
            steps[span.end] -= 1
    return [inside > 0 or _is_label(b) for inside, b in zip(accumulate(steps), blocks, strict=False)]


def _is_label(block: Block) -> bool:
    if block.kind == "heading":
        return False
    return block.linked > MOSTLY * len(block.text) or LABEL.fullmatch(block.text.lstrip("- ")) is not None


def _where_it_is(parts: list[Span], page: Span, prose: _Sums, chars: _Sums) -> Span:
    """The smallest part with most of the sentences, and what is around it as long as that says something too."""
    total = prose.within(page)
    article = next(part for part in parts if prose.within(part) >= SEED * total)
    for part in parts:
        if part.start <= article.start and article.end <= part.end:
            more = chars.within(part) - chars.within(article)
            if prose.within(part) - prose.within(article) >= SAYS_MORE * more:
                article = part
    return article


def _leads_nowhere(number: int, blocks: list[Block], gone: list[bool], end: int) -> bool:
    """A heading, or a line like 相关阅读, of which all that it introduces is gone."""
    block = blocks[number]
    if number + 1 >= end or not gone[number + 1] or (block.kind != "heading" and len(block.text) > LEAD):
        return False
    after = next((blocks[k] for k in range(number + 1, end) if not gone[k]), None)
    return after is None or after.kind == "heading" or block.kind != "heading"
