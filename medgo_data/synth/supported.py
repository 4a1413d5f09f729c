"""Whether numbers, times, ways, people, drugs and illnesses that an answer names are in what it quotes, and said of the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from medgo_data.synth.claims import Reading
from medgo_data.synth.evidence import Evidence, Fault
from medgo_data.synth.quantities import DAY, DOWN, KINDS, SOFT, SPANS, UP, YEAR, Often, Quantity
from medgo_data.synth.stances import CAUTION, GUIDED, LEAVES, NEEDLESS
from medgo_data.synth.terms import ALSO, KIN, PEOPLE, WHOLE, Name, written

EXACT, MONTHS = 0.001, 0.015  # how much two numbers may differ; four weeks are not a month, 30 days are
GIVEN = ("time", "mass", "pressure", "warmth", "")  # what somebody who asks may have said of himself
PIECES = frozenset("片粒袋支丸喷滴")
COUNTED = re.compile(r"共|合计|总量|总计|加起来|相当于|折合|也就是|即|等于|算")
TOTAL = re.compile(r"总|共|合计|等于")
BODY = frozenset({"kg", "m²"})
ADULT, OLD = 18 * YEAR, 60 * YEAR
KILOGRAM = 1e6
FIRM = frozenset({*LEAVES, CAUTION, GUIDED, NEEDLESS})
# Before a name that is whole, these make another one of it: 左氧氟沙星, 视神经炎.
PREFIXES = frozenset("铝镁钙铁锌铋罗克阿交左右去甲乙丙氯氟溴碘复异环羟苯磺双卡依非氨美奥兰雷艾埃替")
ORGANS = frozenset("肝肾心肺脑胃肠视听面高低原继脊腰颈胰胆脾双单甲")
DOSES = frozenset({"mass", "volume", "activity", "贴", *PIECES})
STOPS = re.compile(r"[。;!?\n]")

# ---- numbers ---------------------------------------------------------------------------------------------------------


def numbers(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    """Each number with its unit, as at least or at most as it is quoted."""
    quoted = source.quantities
    for q in said.amounts:
        alike = [e for e in quoted if _supports(q, e, said.said)]
        if alike:
            roles = {e.role for e in alike}
            if (q.role and not roles & {"", q.role}) or _bounds_differ(q, alike):
                return Fault("number_not_in_source", q.start, q.end)
        elif not (_composed(q, quoted, said, source) or _given(q, asked) or _free(q, quoted, said, source)):
            spoken = any(_spoken(q, e) for e in quoted if e in source.reading.amounts)
            return Fault("unit_not_in_source" if spoken else "number_not_in_source", q.start, q.end)
    return None


def _near(a: float, b: float, slack: float = EXACT) -> bool:
    return abs(a - b) <= slack * max(abs(a), abs(b), 1e-12)


def _equal(q: Quantity, e: Quantity) -> bool:
    slack = MONTHS if q.kind == "time" else EXACT
    return _near(q.low, e.low, slack) and _near(q.high, e.high, slack)


def _spoken(q: Quantity, e: Quantity) -> bool:
    return _near(q.said[0], e.said[0]) and _near(q.said[1], e.said[1])


def _supports(q: Quantity, e: Quantity, words: str) -> bool:
    if q.lead * e.lead < 0 or q.trail * e.trail < 0:  # the first three months, and the last
        return False
    if q.kind and q.kind == e.kind:
        if not _same_per(q, e, words):
            return False
        if q.low == q.high and e.low != e.high:  # at most 8, of 4 to 8
            most = (q.side == DOWN or q.within) and _near(q.high, e.high)
            return most or (q.side == UP and _near(q.low, e.low))
        return _equal(q, e)
    unnamed = not q.kind or not e.kind or (q.kind not in KINDS and e.kind not in KINDS)
    if not (unnamed and _spoken(q, e)):
        return False
    return not q.kind or q.kind == "warmth" or q.kind not in KINDS or q.kind == e.unit_of


def _same_per(q: Quantity, e: Quantity, words: str) -> bool:
    """Milligrams a kilogram are not milligrams; a unit of time may be said elsewhere."""
    times, others = q.per - BODY - {"day"}, e.per - BODY - {"day"}
    if times and others and not times & others:
        return False
    mine, theirs = q.per & BODY, e.per & BODY
    return mine == theirs or (not mine and theirs == {"kg"} and re.search(r"公斤|千克|kg|体重", words) is not None)


def _bounds_differ(q: Quantity, alike: list[Quantity]) -> bool:
    """At most, of what is called at least; 60 U or more, of what is kept within 60 U."""
    exact = [e for e in alike if _equal(q, e) or not e.kind or not q.kind] or alike
    bounded = [e for e in exact if e.side or e.within]
    return bool(bounded and (q.side or q.within)) and all(
        q.side * e.side < 0
        or (q.side == UP and not e.side and e.within)
        or (q.within and not q.side and e.side == UP and not e.within)
        for e in bounded
    )


def _composed(q: Quantity, quoted: list[Quantity], said: Reading, source: Evidence) -> bool:
    """A range whose ends are quoted, or what a writer multiplied for himself: two tablets of 5 mg are 10 mg."""
    own = [e for e in quoted if e.kind == q.kind]
    if q.low != q.high and any(_near(e.low, q.low) for e in own) and any(_near(e.high, q.high) for e in own):
        return True
    if not COUNTED.search(said.said[max(0, q.start - 20) : q.start]) or TOTAL.search(source.reading.said):
        return False
    counts = [e for e in quoted if e.kind in PIECES or e.kind == "次"]
    if any(_near(m.low * c.said[0], q.low) and _near(m.high * c.said[1], q.high) for m in own for c in counts):
        return True
    pairs = [(m, n) for m in quoted for n in quoted if m.kind == n.kind and n.low]
    return q.kind in PIECES and any(_near(m.high / n.low, q.high) for m, n in pairs)


def _given(q: Quantity, asked: Reading) -> bool:
    """His age, and the like."""
    return not q.side and q.kind in GIVEN and any(g.kind == q.kind and _equal(q, g) for g in asked.quantities)


def _free(q: Quantity, quoted: list[Quantity], said: Reading, source: Evidence) -> bool:
    """What claims nothing: times that are quoted as how often, 一丸 of 每丸, and what a writer counts."""
    if q.kind == "次" and any(o.times == q.high for o in source.reading.often):
        return True
    if q.low == q.high == 1 and f"每{said.said[q.end - 1 : q.end]}" in source.reading.said:
        return True
    return q.kind in SOFT and not any(e.kind == q.kind for e in quoted)


# ---- how often, and when ---------------------------------------------------------------------------------------------


def often(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    told, quantities = source.reading.often, source.reading.quantities
    per = {SPANS[unit] for e in quantities for unit in e.per if unit in SPANS}
    periods = {o.period for o in told} | per | {DAY for o in told if o.period <= DAY and o.times > 1}
    split = {(e.low, e.high) for e in quantities if e.kind == "次"}
    for o in said.often:
        if not o.low:  # only in which period
            lasting = any(e.kind == "time" and _near(o.period, e.low, MONTHS) for e in quantities)
            if o.period and o.period not in periods and not lasting:
                return Fault("frequency_not_in_source", o.start, o.end)
            continue
        alike = [e for e in told if e.low and _as_often(o, e)]
        sides = {e.side for e in alike if e.side}
        if alike and not (o.side and sides and o.side not in sides):
            continue
        in_parts = (round(o.period / o.high, 3), round(o.period / o.low, 3)) in split and o.period in periods
        once = o.times == 1 and (o.period in per or any(not e.low and e.period == o.period for e in told))
        if alike or not (in_parts or once):
            return Fault("frequency_not_in_source", o.start, o.end)
    return None


def _as_often(o: Often, e: Often) -> bool:
    if not (o.counted and e.counted) and _near(o.period, e.period, MONTHS):
        return True
    return _near(o.low, e.low, MONTHS) and _near(o.high, e.high, MONTHS)


def timing(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    told = source.reading.timing.keys()
    both = {"morning", "night"} <= said.timing.keys() and any(o.times == 2 for o in source.reading.often)
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
    theirs = _pairs(source.reading)
    for q, o in _pairs(said):
        same = [b for a, b in theirs if a.kind == q.kind and _equal(q, a)]
        if same and not any(_as_often(o, b) for b in same):
            return Fault("frequency_not_in_source", o.start, o.end)
    return None


def _pairs(told: Reading) -> list[tuple[Quantity, Often]]:
    doses = [q for q in told.quantities if q.kind in DOSES]
    found = []
    for o in told.often:
        before = [q for q in doses if q.end <= o.start]
        if o.low and before and o.start - before[-1].end <= 6 and not STOPS.search(told.said[before[-1].end : o.start]):
            found.append((before[-1], o))
    return found


# ---- ways, people, names ---------------------------------------------------------------------------------------------


def routes(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    told = source.reading.routes.keys() | source.reading.weak_routes | source.above.routes.keys()
    veins = {"drip", "push"}
    for name, at in said.routes.items():
        vaguely = (name in veins and "vein" in told and not veins & told) or (name == "vein" and veins & told)
        if name not in told and not vaguely:
            return Fault("route_not_in_source", at, at + 2)
    return None


def people(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    told = source.reading.people.keys() | source.above.people.keys()
    ages = [e for e in source.reading.quantities if e.kind == "time"]
    young = any((e.side == DOWN and e.low <= ADULT) or e.high <= ADULT for e in ages)
    old = any(e.low >= OLD for e in ages)
    firm = {clause.start for stance, clause in said.stances if stance.kind in FIRM}
    for name, at in said.people.items():
        known = (
            name in told
            or KIN.get(name, set()) & told
            or (young and name in ("child", "infant"))
            or (old and name == "old")
        )
        spoken_to = name in asked.people and said.clause(at).start not in firm  # 孩子要在睡前吃
        if not (known or spoken_to):
            return Fault("population_not_in_source", at, at + 2)
    return None


def drugs(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    subject = [name for name in asked.drugs if _named(name, source.context)]
    for name in said.drugs:
        in_question = _named(name, asked.said) and (_named(name, source.context) or not subject)
        if not (_named(name, source.near) or in_question):
            return Fault("drug_not_in_source", name.start, name.end)
    return None


def _named(name: Name, text: str) -> bool:
    """Whether a name stands in a text: whole, or all of it that is a name."""
    if name.said in text or (name.shape in WHOLE and written(name.shape) in written(text)):
        return True
    if name.kind == "code":
        return name.said in text.replace(" ", "")
    core = len(name.shape) + (name.shape not in WHOLE and name.said != name.shape)
    for n in range(1, len(name.said) - core + 1):
        if name.said[n:] in text:
            return name.said[n - 1] not in PREFIXES
    without = name.said[:-1] if name.said[-1] in "药剂" else name.said  # 抗凝药, 抗凝作用
    return len(name.said) > 2 and scattered(without, text)


def ills(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    near = source.near
    for name in said.ills:
        core = len(name.shape) + (name.shape not in WHOLE)
        tails = [name.said[n:] for n in range(max(1, len(name.said) - core + 1))]
        found = next(
            (n for n, tail in enumerate(tails) if scattered(tail, near) or scattered(written(tail), written(near))),
            None,
        )
        whole = found is not None and (not found or name.said[found - 1] not in ORGANS)
        if not (whole or (name.said in asked.said and name.said in source.context)):
            return Fault("population_not_in_source", name.start, name.end)
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


def _who(q: Quantity) -> bool:
    return (q.kind == "time" and q.high >= YEAR) or (q.kind == "mass" and q.low >= KILOGRAM and not q.per)


def _owners(told: Reading, but: str) -> Iterator[tuple[str, Quantity]]:
    named = [(name.end, written(name.said)) for name in (*told.drugs, *told.ills) if name.said not in but]
    named += [(found.end(), f"@{name}") for name, pattern in PEOPLE.items() for found in pattern.finditer(told.said)]
    named += [(a.end, f"{a.kind} {a.low:.3g} {a.high:.3g}") for a in told.amounts if _who(a)]  # so old, so heavy
    named.sort()
    for q in told.amounts:
        if _who(q):
            continue
        before = [one for one in named if one[0] <= q.start]
        if before and not STOPS.search(told.said[before[-1][0] : q.start]):
            yield before[-1][1], q
