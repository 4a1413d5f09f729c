"""Days that are written in short or oddly, in a text about somebody: 3.18出院, 手术日 0305, 五号入院, 二零二四年叁月伍日."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from medgo_data.pii.beside import SURE
from medgo_data.pii.span import Span

SCORE = 0.55
MONTH, DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
TWO = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
TENS = "[一二三四五六七八九十廿卅初壹贰叁肆伍陆柒捌玖拾]{1,3}"
DIGIT = "[〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖]"
DONE = r"(?:[晨早晚夜]|上午|下午|中午|凌晨|入院|出院|住院|转[入出院科]|手术|术[前后中日]|发热|发病|起病|就诊|复[查诊]|来院|来诊|急诊|门诊|死亡|去世|出生|生(?=[,。 ]|$)|分娩|剖|顺产|摔|跌|拆线|换药|化疗|放疗|透析|采[样血集]|送检|收[样到治]|报告|检查|接种|打的?针|签|缴|交|付|退|报销|确诊|阳性|转阴|解除|隔离|到院|离院|办|开[的始药]|做的?|查的?|拍的?|来的?|走的?|停药?|停|起(?=[,。 ]|$)|至今|开始|[0-2]?[0-9]:[0-5][0-9])"
PATTERNS = [
    re.compile(rf"(?<![0-9A-Za-z.·/-])(?P<v>{MONTH}[./·]{DAY}日?)(?= ?{DONE})"),
    re.compile(
        rf"(?:入院|出院|手术|复查|复诊|就诊|发病|采样|送检|接种|EDC|LMP|预产期|生日|改期|改到|约在|定在)(?:日期|时间|日|于|在)?[: (]{{0,2}}(?P<v>{MONTH}[./·]{DAY}|{TWO})(?![0-9A-Za-z.·/%～~×+]| ?(?:cm|mm|kg|g|ml|mmol|mg|L|[*x×万元岁个次天年支片分小斤]))"
    ),
    re.compile(
        rf"(?:^|(?<=[\n\[【(]))(?P<v>{TWO}(?=[\]】)])|{MONTH}[./·-]{DAY})(?=[\]】)]|[ ,:](?! ?(?:cm|mm|kg|mg|g|ml|支|片|次)))(?= ?[\]】)]? ?[一-龥])",
        re.MULTILINE,
    ),
    re.compile(rf"(?<![0-9])(?:(?:19|20)[0-9]{{2}}年)?{MONTH}月(?P<v>{DAY}(?:[、,和及/]{DAY}){{1,6}}(?:日|号)?)"),
    re.compile(rf"(?<![0-9])(?P<v>{MONTH}月{DAY}(?:[、,和及/~～至-]{DAY}){{1,6}}(?:日|号))"),
    re.compile(rf"(?P<v>(?:{DIGIT}{{2}}|{DIGIT}{{4}})年{TENS}月{TENS}[日号]?)"),
    re.compile(rf"(?P<v>{TENS}月{DAY}[日号]|{MONTH}月{TENS}[日号])"),
    re.compile(rf"(?<![第零一二三四五六七八九十0-9])(?P<v>{TENS}号|{DAY}号)(?={DONE})(?!楼|院|线|床|机|方|切)"),
    re.compile(
        r"(?<![0-9A-Za-z])(?P<v>(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?)(?![0-9A-Za-z-])"
    ),
    re.compile(
        r"(?:DOB|生日|出生(?:日期)?)[: ]{0,2}(?P<v>(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|[12][0-9]|3[01])(?:19|20)[0-9]{2})(?![0-9])"
    ),
    re.compile(rf"(?P<v>(?:令和|平成|昭和|大正|民国|民國)(?:元|[0-9]{{1,3}})[年./]{MONTH}[月./]{DAY}日?)"),
    re.compile(rf"(?<![0-9./-])(?P<v>{MONTH}[./]{DAY})(?=\([一二三四五六日]\))"),
    re.compile(rf"(?<![0-9./-])(?P<v>{MONTH}[./]{DAY}(?:日)?)(?=[~～至到-]{MONTH}[./]{DAY}(?:日)?(?:[一-龥 ]))"),
]


def days(text: str, spans: Sequence[Span]) -> list[Span]:
    """Only where somebody was found, and where nothing else stands."""
    if not any(span.score >= SURE.get(span.type, 1.0) for span in spans):
        return []
    taken = [span[:2] for span in spans if span.score >= SCORE]
    every = sorted(
        {met.span("v") for met in chain.from_iterable(one.finditer(text) for one in PATTERNS)},
        key=lambda place: place[0] - place[1],
    )
    told: list[tuple[int, int]] = []
    for start, end in every:  # the longest first
        if not any(low < end and start < high for low, high in (*taken, *told)):
            told.append((start, end))
    return [Span(start, end, "DATE", "days", SCORE) for start, end in sorted(told)]
