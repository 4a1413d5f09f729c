"""Whether numbers, times, ways, people, drugs and illnesses that an answer names are in what it quotes, and said of the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from medgo_data.synth.claims import Reading
from medgo_data.synth.evidence import Evidence, Fault
from medgo_data.synth.quantities import (
    DAY,
    DOWN,
    KINDS,
    MONTH,
    SOFT,
    SPANS,
    UP,
    YEAR,
    Often,
    Quantity,
    aged,
    each,
    few,
)
from medgo_data.synth.terms import ALSO, FOREIGN, FORMS, KIN, PEOPLE, TOPICS, WHOLE, Name, grams, written

# How much two numbers may differ: four weeks are not a month, but 30 days are; and half a month is two weeks.
EXACT, MONTHS, ROUGH = 0.001, 0.015, 0.09
# what somebody who asks may have said of himself
GIVEN = frozenset({"time", "mass", "volume", "pressure", "warmth", "share", "moles", "clock", ""})
PIECES = frozenset("片粒袋支丸喷滴")
COUNTED = re.compile(
    r"共|合计|总量|总计|总的|全天|加起来|相当于|折合|也就是|就是|那么|所以|因此|即|等于|算|一半|减半|加倍|翻倍|×(?!\s*10)|="
)
TOTAL = re.compile(r"总|共|合计|等于")
BODY = frozenset({"kg", "m²"})
ADULT, OLD = 18 * YEAR, 60 * YEAR
KILOGRAM = 1e6
# Before a name that is whole, these make another one of it: 左氧氟沙星, 视神经炎.
PREFIXES = frozenset("铝镁钙铁锌铋罗克阿交左右去甲乙丙氯氟溴碘复异环羟苯磺双卡依非氨美奥兰雷艾埃替")
ORGANS = frozenset("肝肾心肺脑胃肠视听面高低原继脊腰颈胰胆脾双单甲")
DOSES = frozenset({"mass", "volume", "activity", "贴", *PIECES})
STOPS = re.compile(r"[。;!?\n]")
AT_ONCE = re.compile(r"分(?:成|作|为)?[一1]次|[一1]次(?:全|性)?(?:都|部)?(?:吃|服|喝|用|打)[完光下]|[一1]次全|顿服")
LIST = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:、[\u4e00-\u9fff]{2,8}?)+(?=[和及与或跟等都也的]|[同合并联]用|一起|[^\u4e00-\u9fff、]|$)"
)
TOGETHER = re.compile(r"(?<!适)[同合并联]用|一起|同服|同时|配伍|搭配|忌")
EACH_ONE = re.compile(
    r"(?:克|mg|g|升|ml|单位)[一1][片粒袋支丸]|[一1][片粒袋支丸](?:里|是|有|含|就是|为|里有|就)?[\d一二两三四五六七八九十]"
)
NO_STOP = re.compile(r"[^,。;!?\n]{0,24}")
FOLD = ((0.5, re.compile(r"半量|减半|一半|1/2量")), (2.0, re.compile(r"加倍|翻倍|双倍")))

# ---- numbers ---------------------------------------------------------------------------------------------------------


def numbers(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    """Each number with its unit, as at least or at most as it is quoted."""
    quoted, derived = source.quantities, list[Quantity]()
    for q in said.amounts:
        alike = [e for e in quoted if _supports(q, e, said.said)]
        if alike:
            roles = {e.role for e in alike}
            if (q.role and not roles & {"", q.role}) or _bounds_differ(q, alike, said):
                return Fault("number_not_in_source", q.start, q.end)
        elif _worked_out(q, [*quoted, *derived], said, source, asked) or _in_proportion(q, said, source, asked):
            derived.append(q)
        elif not (_given(q, said, asked) or _free(q, quoted, said, source) or _of_many(q, quoted, said)):
            spoken = any(_spoken(q, e) for e in quoted if e in source.reading.amounts)
            return Fault("unit_not_in_source" if spoken else "number_not_in_source", q.start, q.end)
    mine, theirs = few(said.said), few(source.reading.said)
    if other := [at for unit, at in mine.items() if theirs and unit not in theirs]:
        return Fault("unit_not_in_source", other[0], other[0] + 3)
    return None


def _near(a: float, b: float, slack: float = EXACT) -> bool:
    return abs(a - b) <= slack * max(abs(a), abs(b), 1e-12)


def _equal(q: Quantity, e: Quantity) -> bool:
    slack = EXACT if q.kind != "time" else ROUGH if q.low == MONTH / 2 else MONTHS
    return _near(q.low, e.low, slack) and _near(q.high, e.high, slack)


def _spoken(q: Quantity, e: Quantity) -> bool:
    return _near(q.said[0], e.said[0]) and _near(q.said[1], e.said[1])


def _supports(q: Quantity, e: Quantity, words: str) -> bool:
    if q.lead * e.lead < 0 or q.trail * e.trail < 0:  # the first three months, and the last
        return False
    if q.kind and q.kind == e.kind:
        most = (q.side == DOWN or q.within) and _near(q.high, e.high)  # at most 8, of 4 to 8
        end = q.low == q.high and (most or (q.side == UP and _near(q.low, e.low)))
        return _same_per(q, e, words) and (_equal(q, e) or end)
    both = q.kind not in KINDS and e.kind not in KINDS
    return _spoken(q, e) and (not q.kind or both or (not e.kind and q.kind == e.unit_of))


def _same_per(q: Quantity, e: Quantity, words: str) -> bool:
    """Milligrams a kilogram are not milligrams; of what weight or time they are may be said elsewhere."""
    times, others = q.per - BODY - {"day"}, e.per - BODY - {"day"}
    elsewhere = not q.per & BODY and re.search(r"公斤|千克|kg|体重", words)
    return bool(q.per & BODY == e.per & BODY or elsewhere) and not (times and others and not times & others)


def _bounds_differ(q: Quantity, alike: list[Quantity], said: Reading) -> bool:
    """At most, of what is called at least; 60 U or more, of what is kept within 60 U."""
    bounded = [e for e in alike if e.side or e.within]
    if any(p.side == -q.side and p.side in {e.side for e in bounded} and _equal(p, q) for p in said.amounts if q.side):
        return False  # it says both what is so below and above
    return bool(bounded) and all(
        q.side * e.side < 0
        or (q.side == UP and not e.side and e.within)
        or (q.within and not q.side and e.side == UP and not e.within)
        for e in bounded
    )


def _worked_out(q: Quantity, quoted: list[Quantity], said: Reading, source: Evidence, asked: Reading) -> bool:
    """What a writer counted: two tablets of 5 mg are 10 mg, 60 mg in three parts 20 mg each, half of 3 g is 1.5 g.

    He says that he counts, or of what; or it is in how many tablets a dose is.
    """
    counted = COUNTED.search(said.said, max(0, q.start - 24), q.start) is not None
    total = any(e.kind == q.kind for e in source.quantities) and TOTAL.search(source.reading.said)
    if total and TOTAL.search(said.said, max(0, q.start - 24), q.start):
        return False
    if not counted:
        mine = [one for one in (*said.amounts, *asked.amounts) if one != q]
        quoted = [e for e in quoted if any(e.kind == c.kind and _equal(c, e) for c in mine)]
    own = [e for e in quoted if e.kind == q.kind and q.per & BODY in (set(), e.per & BODY)]
    counts = [c.said for c in quoted if c.kind in (*PIECES, "次", "疗程") and not c.nth]
    times = [(o.period / o.high, o.period / o.low) for o in source.reading.often if o.low]
    counts += times + [(a * x, b * y) for a, b in counts for x, y in times]
    counts += [(many, many) for many, words in FOLD if words.search(source.reading.said)]
    if any(_times(m, count, q) or (count[0] > 1 and _times(q, count, m)) for m in own for count in counts):
        return True
    if q.kind not in (*PIECES, "次"):
        return False
    doses = [m for m in source.quantities if m.kind in DOSES]
    ones = doses if counted else [n for n in doses if (q.kind, 1.0) in _below(n, source.reading)]
    return any(m.kind == n.kind and n.low and _near(m.high / n.low, q.high) for m in doses for n in ones)


def _of_many(q: Quantity, quoted: list[Quantity], said: Reading) -> bool:
    """68 of a hundred are 68.1 %."""
    before = [c for c in said.amounts if c.end <= q.start <= c.end + 12 and c.kind in ("", "名", "个")]
    shares = [e for e in quoted if e.kind == "share"] if q.kind in ("", "名", "个") else []
    return any(_near(e.low * before[-1].low, 100 * q.low, ROUGH / 2) for e in shares if before)


def _times(m: Quantity, many: tuple[float, float], q: Quantity) -> bool:
    return _near(m.low * many[0], q.low) and _near(m.high * many[1], q.high)


def _in_proportion(q: Quantity, said: Reading, source: Evidence, asked: Reading) -> bool:
    """So much a kilogram, a litre or an hour, for so many of them; 5 mg a millilitre are 5 g a litre."""
    before = [*(c for c in said.quantities if c.end <= q.start), *asked.quantities]
    around = [*before, *(c for c in said.quantities if q.end <= c.start <= q.end + 12)]
    for m in [one for one in source.quantities if one.kind in DOSES]:
        for kind, one in _below(m, source.reading):
            if m.kind == q.kind and any(c.kind == kind and _times(m, (c.low / one,) * 2, q) for c in before):
                return True
            many = q.low / one
            if q.kind == kind and many != 1 and any(c.kind == m.kind and _times(m, (many, many), c) for c in around):
                return True
    return False


def _below(m: Quantity, source: Reading) -> list[tuple[str, float]]:
    """What stands below the line of a rate, as so many of a kind: 5 mg/kg, 每升3g."""
    told = [("mass", KILOGRAM)] if "kg" in m.per else [("volume", 1e3)] if "litre" in m.per else []
    start = max(0, m.start - 32)
    ahead = [
        one for one in each(source.said[start : m.start]) if NO_STOP.fullmatch(source.said, start + one.end, m.start)
    ]
    return told + [(one.kind, one.many) for one in ahead[-1:]]


def _given(q: Quantity, said: Reading, asked: Reading) -> bool:
    """His age, and the like."""
    own = said.said[q.start - 1 : q.start] == "第" or (not q.side and q.kind in GIVEN)
    return own and any(_equal(q, g) if g.kind == q.kind else not g.kind and _spoken(q, g) for g in asked.quantities)


def _free(q: Quantity, quoted: list[Quantity], said: Reading, source: Evidence) -> bool:
    """What claims nothing: 一丸 of 每丸, 5毫克一片, and what a writer counts for himself."""
    if q.said == (1, 1):
        named = any((q.kind, q.low) == one[:2] for one in each(source.reading.said))
        if named or (q.kind in PIECES and EACH_ONE.search(said.said[max(0, q.start - 5) : q.end + 6])):
            return True
    return q.kind in SOFT and not any(e.kind == q.kind for e in quoted)


# ---- how often, and when ---------------------------------------------------------------------------------------------


def often(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    told, quantities = source.reading.often, source.reading.quantities
    per = {SPANS[unit] for e in quantities for unit in e.per if unit in SPANS}
    periods = {o.period for o in told} | per
    split = {(e.low, e.high) for e in quantities if e.kind == "次"}
    if split and not AT_ONCE.search(source.reading.said) and (found := AT_ONCE.search(said.said)):
        return Fault("frequency_not_in_source", *found.span())
    for o in said.often:
        if not o.low:  # only in which period
            lasting = any(e.kind == "time" and _near(o.period, e.low, MONTHS) for e in quantities)
            if o.period and o.period not in periods and not lasting and (periods or o.period != DAY):
                return Fault("frequency_not_in_source", o.start, o.end)
            continue
        one_of = said.said[o.start] in "早晚晨夜" and o.times == 1  # 早一次,晚一次
        if one_of and any(e.period == DAY and e.times > 1 for e in told):
            continue
        alike = [e for e in told if e.low and _as_often(o, e)]
        sides = {e.side for e in alike if e.side}
        if alike and not (o.side and sides and o.side not in sides):
            continue
        in_parts = (round(o.period / o.high, 3), round(o.period / o.low, 3)) in split and o.period in periods
        once = o.times == 1 and not split and (o.period in per or any(not e.low and e.period == o.period for e in told))
        if alike or not (in_parts or once):
            return Fault("frequency_not_in_source", o.start, o.end)
    return None


def _as_often(o: Often, e: Often) -> bool:
    if not (o.counted and e.counted) and _near(o.period, e.period, MONTHS):
        return True
    slack = ROUGH if o.period == MONTH / 2 else MONTHS
    return _near(o.low, e.low, slack) and _near(o.high, e.high, slack)


def timing(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    told = source.reading.timing.keys()
    both = {"morning", "night"} <= said.timing.keys() and any(
        o.times in (2, 3) or _near(o.low, DAY / 2) for o in source.reading.often
    )
    for name, at in said.timing.items():
        twice = both and name in ("morning", "night")  # 早晚各一次
        if name in told or ALSO.get(name, set()) & told or (name in asked.timing and not told) or twice:
            continue
        return Fault("frequency_not_in_source", at, at + 2)
    if said.order and source.reading.order and not said.order & source.reading.order:
        return Fault("frequency_not_in_source")  # after, of what is before
    return None


def paired(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    """How often goes with how much: with the dose that stands last before it."""
    theirs = list(_pairs(source.reading))
    for q, o in _pairs(said):
        same = [b for a, b in theirs if a.kind == q.kind and _equal(q, a)]
        if same and not any(_as_often(o, b) for b in same):
            return Fault("frequency_not_in_source", o.start, o.end)
    return None


def _pairs(told: Reading) -> Iterator[tuple[Quantity, Often]]:
    for o in told.often:
        before = [q for q in told.quantities if q.kind in DOSES and o.start - 6 <= q.end <= o.start]
        if o.low and before and not STOPS.search(told.said, before[-1].end, o.start):
            yield before[-1], o


# ---- ways, people, names ---------------------------------------------------------------------------------------------


def routes(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    """Each way is one of the source; one that is forbidden, one that it speaks of."""
    told = source.reading.routes.keys() | source.reading.weak_routes | source.above.routes.keys()
    for name, at in said.routes.items():
        if not (_way(name, told) or said.said[at : at + 3] in source.called):  # 某某滴眼液 is the name of a drug
            return Fault("route_not_in_source", at, at + 2)
    every = told | source.reading.barred_routes.keys()
    for name, at in said.barred_routes.items():
        if every and not (_way(name, every) or name in asked.routes or name in asked.barred_routes):
            return Fault("route_not_in_source", at, at + 2)
    return None


def _way(name: str, told: AbstractSet[str]) -> bool:
    """Into a vein may be said for a drip, and the other way round."""
    veins = {"drip", "push"}
    return (
        name in told
        or (name in veins and "vein" in told and not veins & told)
        or (name == "vein" and bool(veins & told))
    )


def people(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    told = source.reading.people.keys() | source.above.people.keys()
    ages = [e for e in source.reading.quantities if aged(e, source.reading.said)]
    young, old = any(e.high <= ADULT for e in ages), any(e.low >= OLD for e in ages)
    for name, at in said.people.items():
        aged_so = (young and name in ("child", "infant")) or (old and name == "old")
        if not (aged_so or ({name} | KIN.get(name, set())) & told or name in asked.people):
            return Fault("population_not_in_source", at, at + 2)
    return None


def drugs(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    for name in said.drugs:
        if not (_named(name, source.near) or _named(name, asked.said)):
            return Fault("drug_not_in_source", name.start, name.end)
    return None


def _named(name: Name, text: str) -> bool:
    """Whether a name stands in a text: whole, or all of it that is a name."""
    if name.said in text or (name.shape in WHOLE and written(name.shape) in written(text)):
        return True
    if name.kind == "code":
        return name.said in text.replace(" ", "")
    part = name.shape not in WHOLE
    core = 2 if part and name.said == name.shape else len(name.shape) + part  # …类
    for n in range(1, len(name.said) - core + 1):
        if name.said[n:] in text:
            return name.said[n - 1] not in PREFIXES
    return len(name.said) > 2 and scattered(name.said.rstrip("药剂"), text)  # 抗凝药, 抗凝作用


def ills(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    near = source.near
    for name in said.ills:
        core = len(name.shape) + (name.shape not in WHOLE)
        tails = [name.said[n:] for n in range(max(1, len(name.said) - core + 1))]
        found = next((n for n, tail in enumerate(tails) if scattered(tail, near)), None)
        whole = found is not None and (not found or name.said[found - 1] not in ORGANS)
        if not (whole or name.said in asked.said):
            return Fault("population_not_in_source", name.start, name.end)
    return None


def topics(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    """Organs, complaints, food and drugs from abroad, of which neither who asks nor what is quoted speaks."""
    known = f"{source.near}\n{asked.said}"
    for name, also in TOPICS:
        if (found := name.search(said.said)) and not also.search(known):
            return Fault("population_not_in_source", *found.span())
    for found in (*FORMS.finditer(said.said), *FOREIGN.finditer(said.said)):
        if found["name"] not in known:
            return Fault("drug_not_in_source", *found.span("name"))
    return None


def listed(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    """One thing of a list that has not a pair of letters of the source, where all others have: 不宜与海藻、大戟、红花同用."""
    known = {gram for gram in grams(f"{source.near}\n{asked.said}") if len(gram) > 1}
    for found in LIST.finditer(said.said):
        items = found[0].split("、")
        strange = [item for item in items if not grams(item) & known]
        if len(strange) == 1 and len(items) > 2 and TOGETHER.search(said.clause(found.start()).said):
            at = found.start() + found[0].index(strange[0])
            return Fault("drug_not_in_source", at, at + len(strange[0]))
    return None


def scattered(word: str, text: str) -> bool:
    """Whether its letters stand in a text, one behind the other and near each other: 慢阻肺 in 慢性阻塞性肺疾病."""
    if word in text:
        return True
    return len(word) > 1 and re.search(r"[^。;,\n]{0,6}?".join(map(re.escape, word)), text) is not None


# ---- of whom a number is said ----------------------------------------------------------------------------------------


def owned(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    """A number that the source says of somebody else: of the drug, the illness or the people named last before it."""
    theirs: dict[str, list[Quantity]] = {}
    for owner, e in _owners(source.reading, source.called):
        theirs.setdefault(owner, []).append(e)
    for owner, q in _owners(said, source.called):
        own = [e for e in theirs.get(owner, []) if e.kind == q.kind and e.kind]
        others = [e for name, some in theirs.items() if name != owner for e in some if e.kind == q.kind]
        if own and not any(_equal(q, e) for e in own) and any(_equal(q, e) for e in others):
            return Fault("number_not_in_source", q.start, q.end)
    return None


def _who(q: Quantity, told: Reading) -> bool:
    return (
        aged(q, told.said)
        or told.said[q.start - 1 : q.start] == "第"
        or (q.kind == "mass" and q.low >= KILOGRAM and not q.per)
    )


def _owners(told: Reading, but: str) -> Iterator[tuple[str, Quantity]]:
    named = [(name.end, written(name.said)) for name in (*told.drugs, *told.ills) if name.said not in but]
    named += [(found.end(), f"@{name}") for name, pattern in PEOPLE.items() for found in pattern.finditer(told.said)]
    named += [(a.end, f"{a.kind} {a.low:.3g} {a.high:.3g} {a.side}") for a in told.amounts if _who(a, told)]  # so old
    named.sort()
    for q in told.amounts:
        if _who(q, told):
            continue
        before = [one for one in named if one[0] <= q.start]
        if before and not STOPS.search(told.said[before[-1][0] : q.start]):
            yield before[-1][1], q
