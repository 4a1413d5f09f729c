"""Places that nobody announced: in a text about somebody, what a tagger holds for an address or an institution is one.

Rules say how such a name is built; taggers saw many that are built in no such way. Where both saw parts of one, it is taken whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from medgo_data.pii.addresses import unit
from medgo_data.pii.beside import SURE
from medgo_data.pii.clauses import TAGGERS
from medgo_data.pii.gazetteer import PROVINCES, SUFFIX, at, each, starts
from medgo_data.pii.hospitals import LAST as OF_CARE
from medgo_data.pii.lexicon import SAYS, split
from medgo_data.pii.proper import BARE, COMMON, GENERIC, HAN, STEM, chain
from medgo_data.pii.short import AFTER, TRADE
from medgo_data.pii.span import Span
from medgo_data.pii.words import COUNTRIES, DRUGS

SCORE = 0.55
PLACES = ("ADDRESS", "HOSPITAL", "ORG")
LEAST = {"tagger": 0.45, "lac": 0.4}  # how sure one has to be alone
TOGETHER = 0.3  # and beside another
NEAR = 1000  # characters: how far a record goes
LONGEST = 60
NOBODYS = re.compile(  # what no person is told by: countries, peoples, authorities, departments, banks in short
    rf"(?:.*(?:族|系|语|国|洲|海关|口岸|机场|法院|检察院|公安局|派出所|民政局|卫健委|卫生局|卫健局|医保局|社保局|税务局|人社局|人民政府|保监局|出版社|杂志社|学会|协会|委员会|联合会|国际部|国际医疗部|指南|共识|标准|分队|支队|大队|新卡|旧卡|[一-龥]{1, 2}险|旅游)"
    rf"|[{HAN}]行|(?:{'|'.join(sorted(PROVINCES, key=len, reverse=True))})(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|特别行政区|特区)?(?:公民|居民|身份证|身分证)?"
    r"|港澳台?|台港澳|[港澳台京沪津渝]|内地|大陆|华[东南西北中]|东北|西北|西南|.{0,3}[东西南北中上下左右内外前后]部|.?[区院部科室楼房]|.?(?:科室|病区|病房|门诊|中心|诊所|医院|公司|学校|单位|小区))$"
)
LEAD = re.compile(  # what a tagger takes along before a name
    r"(?:前?任职于?|就读于?|任教于?|供职于?|受雇于?|现居住?|现住|家住|居住|租住|住在?|位于|坐落于?|来自|转[往至到]|送[往至到]|[在到去往从由于至赴自喺返回送寄往])+(?=[^a-z]{3})"
)
VAGUE = re.compile(
    ".的|医院|诊所|公司|学校|单位|小区|农村|乡镇|各|某|本[市县区镇院]|我[们院市县]|该|两日|人民卫生|防治|预防|指南|出版"
)
EDGES = " \u3000\t,.;:—-|/"
TAIL = re.compile("(?:[东西南北][头边侧面]|[前后]座|河沿|街上|底下|坡上|坝上|堤上|沟里|山上|岸边)+")


def believed(text: str, found: Sequence[Span], seen: Iterable[Span]) -> list[Span]:
    """Addresses and institutions, whole; nothing in a text that is about nobody."""
    about = sorted(span.start for span in found if span.score >= SURE.get(span.type, 1.0))
    if not about:
        return []
    placed = [span for span in found if span.type in PLACES]
    other = sorted(span[:2] for span in found if span.type not in PLACES and not _doubtful(span))
    doubted = [span for span in found if span.type == "PERSON" and _doubtful(span)]
    told = []
    for some in _together([*placed, *_likely(seen)]):
        k = bisect_left(about, some[0].start - NEAR)
        near = k < len(about) and about[k] <= some[-1].end + NEAR
        if near and any(span.by in TAGGERS for span in some) and (one := _whole(text, some, placed, other, doubted)):
            told.append(one)
    told += (  # 瑞岚生物
        Span(span.start, trade.end(), "ORG", "believed", min(1.0, span.score + 0.01))
        for span in doubted
        if (trade := TRADING.match(text, span.end))
    )
    for start, end in _rooted(text):
        if not _met(other, start, end):
            sure = max((span.score + 0.01 for span in placed if start <= span.start and span.end <= end), default=SCORE)
            told.append(Span(start, end, "ADDRESS", "believed", min(1.0, max(SCORE, sure))))
    return told


def _whole(
    text: str,
    some: Sequence[Span],
    placed: Sequence[Span],
    other: Sequence[tuple[int, int]],
    doubted: Sequence[Span],
) -> Span | None:
    """What was seen in parts, as one; nothing where a rule saw all of it, or where somebody rather stands."""
    start, end = _bounds(text, some)
    inside = [span for span in placed if start <= span.start and span.end <= end]
    kind = _one(text, start, end, some, named=bool(inside))
    if kind is None or _met(other, start, end) or any(span[:2] == (start, end) for span in inside):
        return None
    losers = [span for span in doubted if start <= span.start and span.end <= end]
    if any(span.start < end and start < span.end and span not in losers and span.score > 0.8 for span in doubted):
        return None
    named = inside or ENDS.search(text, start, end)
    if losers and not named and max(span.score for span in losers) > max(span.score for span in some):
        return None
    sure = max((span.score + 0.01 for span in (*inside, *losers)), default=SCORE)
    return Span(start, end, kind, "believed", min(1.0, max(SCORE, sure)))


def _rooted(text: str) -> Iterator[tuple[int, int]]:
    """A place that is known and an unknown one behind it, where either somebody lives or nothing else stands: 阆中水观."""
    done = 0
    for i in range(len(text) - 3):
        if i < done or text[i : i + 2] not in starts() or (stop := at(text, i)) == i:
            continue
        before = text[i - 1 : i]
        if not (before in FREE or HOME.search(text, max(0, i - 4), i)):
            continue
        rest = None if text[i:stop] in ALSO_WORDS else BEHIND.match(text, stop)
        if rest and any(one.start < stop - i < one.end for one in split(text[i : rest.end("v")])):
            continue  # 大连翘
        if rest and not any(no.search(rest["v"]) for no in (NO_REST, GENERIC, COMMON)) and not _says(rest["v"]):
            done = rest.end("v")
            yield i, done


def _says(said: str) -> bool:
    """Whether a word in it says what is done or how something is."""
    return any(one.end - one.start > 1 and (one.kind in SAYS or one.kind in ORDINARY) for one in split(said))


ALSO_WORDS = each(
    "阳明 二七 光泽 永平 今立 利川 平利 大理 阿里 会理 和平 南部 东方 长治 安化 通化 开化 兴化 奉化 从化 清水 白水 黄石 石门 云和 同心 中和 中阳 山阳 山阴 太阴 三水 五华 金水 海盐 盐池 盐源 和田"
)
FREE = frozenset(["", *" \n\t,;:|/(→、。"])
HOME = re.compile("(?:住|住在|老家|来自|从|由|户口|户籍|籍贯|家|家在|搬到|回|嫁到|现住|寄到|上门)$")
BEHIND = re.compile(
    rf"(?:[市县区州镇乡])?(?P<v>(?:{STEM}){{2,5}}?)(?=$|[\s,。;|)/、]|人(?:[,。;\s]|$)|[拉送抬转赶接过][来到]|的(?=[\s,。;]|$)|这边|那边|附近)"
)
NO_REST = re.compile(
    "[人民生员工者师医院科室病药行社厂店公司]$|医|院|学|校|公司|大学|居民|户籍|户口|籍|打工|务工|口岸|机场|车站|方言|口音|菜|味|话|酒|茶|口味|农民|牧民|退休|汉族|职业|已婚|未婚|离异|小学|初中|高中|大专|本科|文盲|身份|电话|手机|航班|检验|报告|系列|牌|[男女]"
)
ORDINARY = frozenset({"n", "vn", "an", "t", "i", "l"})
ENDS = re.compile(f"(?:{OF_CARE}|病院|医院|公司|学校|中学|小学|大学|厂|银行|[支分]行)$")
TRADING = re.compile(f"(?:{TRADE})(?:有限公司|公司|集团|厂)?{AFTER}")


def _doubtful(span: Span) -> bool:
    """Whether only a tagger saw it."""
    return span.by in TAGGERS


def _likely(seen: Iterable[Span]) -> Iterator[Span]:
    """What a tagger is sure enough of, or two together."""
    some = [span for span in seen if span.type in PLACES and span.score >= TOGETHER]
    for span in some:
        with_it = any(one.by != span.by and one.start < span.end and span.start < one.end for one in some)
        if with_it or span.score >= LEAST[span.by]:
            yield span


def _together(spans: list[Span]) -> Iterator[list[Span]]:
    """Those that touch."""
    group: list[Span] = []
    end = -1
    for span in sorted(spans):
        if group and span.start > end:
            yield group
            group = []
        group.append(span)
        end = max(end, span.end) if len(group) > 1 else span.end
    if group:
        yield group


def _bounds(text: str, some: Sequence[Span]) -> tuple[int, int]:
    """From where to where the name goes: without what was taken along before it, and on as an address goes on."""
    start, end = min(span.start for span in some), max(span.end for span in some)
    if lead := LEAD.match(text, start, end):
        inner = min((span.start for span in some if span.start > start), default=start)
        start = lead.end() if lead.end() >= inner or inner == start else start
    while start < end and text[start] in EDGES:
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    if max(some, key=lambda span: span.end).type == "ADDRESS":
        line = text.find("\n", end)
        line = min(end + LONGEST, len(text) if line < 0 else line)
        rest, at, kinds = text[end:line], 0, "V"
        while at < len(rest) and len(kinds) < 8:
            step, kind = unit(rest, at, kinds)
            if step == at:
                break
            at, kinds = step, kinds + kind.upper()
        if at < len(rest) and (tail := TAIL.match(rest, at)):
            at = tail.end()
        end += at
    return start, end


def _one(text: str, start: int, end: int, some: Sequence[Span], *, named: bool) -> str | None:
    """Which kind of place it is, if it is one that tells of somebody."""
    said = text[start:end]
    if end - start > LONGEST or "\n" in said or not any("\u3400" <= char <= "\u9fff" for char in said):
        return None
    kind = max(some, key=lambda span: (span.by not in TAGGERS, span.end - span.start, span.score)).type
    if CARE.search(said):
        kind = "HOSPITAL"
    if named:
        return kind
    if (
        end - start < 3
        or said in COUNTRIES
        or said in DRUGS
        or NOBODYS.fullmatch(said)
        or GENERIC.search(said)
        or VAGUE.search(said[:2])
        or BARE.match(said)
    ):
        return None
    if chain(said) == len(said) and not (SUFFIX.search(said) and len(said) > 4):
        return None  # a town alone, in which somebody may have been
    return kind


CARE = re.compile(f"(?:{OF_CARE}|[县市省区人民中][院])$")


def _met(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    k = bisect_left(spans, (start,))
    return any(low < end and start < high for low, high in spans[max(0, k - 3) : k + 8])
