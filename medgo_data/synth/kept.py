"""What has to stay when the same thing is said in other words: numbers, denials, names, people, when, and by which way.

These are rules. What they cannot be sure of counts as changed: of ways to ask, there are always more.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from medgo_data.synth.claims import ALSO, LEAVES, NEEDLESS, NOT, WHOLE, Name, Reading, read, stances, written
from medgo_data.synth.findings import complaints
from medgo_data.synth.quantities import Often, Quantity, plain

SLACK = 0.015  # two weeks are fourteen days, and a month is thirty of them or so
PREFIXES = "左右去甲乙丙氯氟溴碘复异环羟非低高"  # 左氧氟沙星 is not 氧氟沙星
ASKS = re.compile(
    r"([\u4e00-\u9fff])不\1|有无|与否|(?:没有?|不)(?=[?？。！!]?\s*$)|(?:没有?|不)(?=[?？])"
)  # a no that only asks
ASPECTS = {  # what may be asked of one and the same thing
    "cause": r"为什么|为何|原因|怎么回事|病因|机制|机理|咋回事|怎么会",
    "prevention": r"预防|防止|怎么防|如何防",
    "difference": r"区别|区分|鉴别|差别|差异|不同",
    "sameness": r"同一|一样|相同|是不是一种",
    "signs": r"症状|表现|征兆|体征|前兆",
    "treatment": r"治|怎么办|咋办|如何处理|怎么处理|疗法|怎么做|怎样处理|如何应对",
    "cure": r"治好|治愈|根治|痊愈|能好|好了",
    "inheritance": r"遗传",
    "infection": r"传染|传播|感染",
    "tests": r"(?:什么|哪些|做|要|需要)检查|检查(?:什么|哪些|结果)|化验|筛查|诊断|确诊",
    "food": r"饮食|食物|食品|吃什么|吃哪些|水果|蔬菜|忌口|主食|食谱",
    "cost": r"多少钱|费用|价格|报销",
    "time": r"多久|多长时间|何时|什么时候|几天|几个月|几年",
    "harm": r"不良反应|副作用|危害|后果|并发症|后遗症",
    "early": r"早期|初期|前期",
    "late": r"晚期|末期|后期|终末",
    "side": r"左(?!右)",
    "other side": r"(?<!左)右",
}
_ASPECTS = {name: re.compile(words) for name, words in ASPECTS.items()}
LATIN = re.compile(r"[a-z]+-?\d+[a-z\d]*|[a-z]{2,}")
WITH_UNIT = frozenset({"time", "mass", "volume"})  # nobody leaves these out; of 38.5 and 150/90 one knows what is meant
A_DAY = frozenset({"day"})  # 5 mg每日三次 and 每次5 mg，每日三次 are one
ADVISED = re.compile(
    r"(?:拨打?|打|叫|热线|电话)[^\d。\n]{0,4}(?:120|110|12356)(?!\d)|120急救|急救120"
)  # no number of a patient
ONE_OF_US = ("名", "个")  # 一个人, 一位: no number that anybody would miss


def same_meaning(before: str, after: str) -> bool:
    """Whether a text says in other words what another one says, as far as rules can tell."""
    if complaints(written(before)) != complaints(written(after)) or _denies(before) != _denies(after):
        return False
    if _aspects(before) != _aspects(after):
        return False
    one, two = read(before), read(after)
    if one.people.keys() != two.people.keys() or _latin(one) != _latin(two):
        return False
    return _kept(one, two) and _kept(two, one)


def numbers_lacking(told: str, known: str) -> bool:
    """Whether it tells a number, with its unit, that is not known."""
    mine, theirs = numbers(read(ADVISED.sub(" ", told))), numbers(read(known))
    known_times = {one.times for one in theirs.often}
    return any(
        not any(_alike(q, e) for e in theirs.alone) and not (q.kind == "次" and q.low in known_times)
        for q in mine.alone
    ) or any(not any(_as_often(one, e) for e in theirs.often) for one in mine.often)


def names_lacking(told: str, known: str) -> bool:
    """Whether it names a drug or an illness that is not known."""
    mine, theirs = read(told), read(known).said
    return not all(_stands(name, theirs) for name in (*mine.drugs, *mine.ills))


# ---- numbers


class Numbers(NamedTuple):
    """The numbers of a text: how often, and all others."""

    often: list[Often]
    alone: list[Quantity]


def numbers(told: Reading) -> Numbers:
    often = [one for one in told.often if one.times]
    alone = [
        q
        for q in told.quantities
        if not any(one.start <= q.start and q.end <= one.end for one in told.often)
        and not (q.low == q.high == 1 and q.kind in ONE_OF_US)
    ]
    return Numbers(often, alone)


def _periods(told: Reading) -> list[Quantity]:
    """每天, where it is not said how often: 一天 may be meant, and is a number."""
    return [
        Quantity(one.period, one.period, "time", frozenset(), 0, one.start, one.end)
        for one in told.often
        if not one.times
    ]


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= SLACK * max(abs(a), abs(b))


def _alike(q: Quantity, e: Quantity) -> bool:
    if q.kind and e.kind:
        return q.kind == e.kind and q.per - A_DAY == e.per - A_DAY and _close(q.low, e.low) and _close(q.high, e.high)
    return q.said == e.said and not {q.kind, e.kind} & WITH_UNIT


def _as_often(one: Often, other: Often) -> bool:
    return (
        one.times == other.times
        and _close(one.period, other.period)
        and _close(one.low, other.low)
        and _close(one.high, other.high)
    )


def _bounded(side: int) -> int:
    return (side > 0) - (side < 0)


# ---- the rest


def _kept(one: Reading, two: Reading) -> bool:
    """Whether all that the one says stands in the other too."""
    mine, theirs = numbers(one), numbers(two)
    ours, others = mine.alone + _periods(one), theirs.alone + _periods(two)
    if not all(any(_alike(q, e) and _bounded(q.side) == _bounded(e.side) for e in others) for q in ours):
        return False
    if not all(any(_as_often(o, e) for e in theirs.often) for o in mine.often):
        return False
    if not all(_stands(name, two.said) for name in (*one.drugs, *one.ills)):
        return False
    if not all(time in two.timing or ALSO.get(time, set()) & two.timing.keys() for time in one.timing):
        return False
    if not one.routes.keys() <= two.routes.keys() | two.weak_routes:
        return False
    less, more = ({(side[0], side[1]) for side in told.sides} for told in (one, two))
    return not any((name, 1 - side) in more and (name, side) not in more for name, side in less)


def _aspects(text: str) -> set[str]:
    return {name for name, words in _ASPECTS.items() if words.search(text)}


def _denies(text: str) -> tuple[bool, ...]:
    """Whether something in it is to be left, is needless, or is not so."""
    told = {one.kind for one in stances(plain(written(ASKS.sub(" ", text.strip()).replace("否认", "没有"))))}
    return bool(told & LEAVES), NEEDLESS in told, NOT in told


def _latin(told: Reading) -> set[str]:
    """Names in Latin letters; units are none."""
    text = told.said
    for start, end in [(o.start, o.end) for o in told.often] + [(q.start, q.end) for q in told.quantities]:
        text = text[:start] + " " * (end - start) + text[end:]
    return set(LATIN.findall(text))


def _stands(name: Name, text: str) -> bool:
    """Whether a name stands in a text: whole, or without words that are none of it, or as patients say it."""
    for n in range(len(name.said) - len(name.shape) + 1):
        if n and name.said[n - 1] in PREFIXES:
            return False
        tail = name.said[n:]
        whole = n == 0 or len(tail) > len(name.shape) or name.shape in WHOLE
        if whole and re.search(rf"(?<![{PREFIXES}]){re.escape(tail)}", text):
            return True
    lay = written(name.said)
    return lay != name.said and lay in written(text)
