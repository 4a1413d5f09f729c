"""An answer claims nothing that its source does not say: quotes are found in it, and numbers, negations, people and drugs are in what is quoted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from medgo_data.stage import Stage
from medgo_data.synth.claims import (
    AGAINST, ALONE, ALSO, BAN, CAUTION, DOES, FORBID, GENERIC, GUIDED, KIN, LEAVES, MAY, MUST, NEEDLESS, NOT, PAD, SHOULD, STOP, WANTS, WATCH, WHO, WHOLE, Clause, Name, Reading, grams, masked, plain, read, stances, weight, written,
)
from medgo_data.synth.quantities import DAY, DOWN, SOFT, SPANS, UNIT, UP, YEAR, Often, Quantity
from medgo_data.synth.quotes import Letters, Span, letters, places

Row = dict[str, Any]


class Fault(NamedTuple):
    """What is wrong with an answer, and at which of its characters."""

    reason: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, kw_only=True)
class Grounded(Stage):
    edits: float = 0.15
    within: str = "quotes"

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        drops, cites = [], []
        for row in docs.to_dicts():
            spans, fault = self.judged(row)
            drops.append(fault.reason if fault else None)
            cites.append([f"{a}-{b}" for a, b in spans])
        return docs.with_columns(drop=pl.Series(drops, dtype=pl.String), cites=pl.Series(cites, dtype=pl.List(pl.String)))

    def judged(self, row: Row) -> tuple[list[Span], Fault | None]:
        context, quotes = row.get("context"), row.get("quotes") or []
        if not context:
            return [], Fault("no_source")
        if not quotes:
            return [], Fault("no_quotes")
        asked, said = _turns(row)
        view = letters(context)
        spans: list[Span] = []
        for quote in quotes:
            ways = places(quote, context, view, self.edits)
            if not ways:
                return [], Fault("quote_not_found")
            spans += best(ways, context, asked + said)
        spans = sorted(set(spans))
        evidence = Evidence.of(context, spans, asked)
        fault = unsupported(read(said), evidence, read(asked))
        return [Span(a + (row.get("context_at") or 0), b + (row.get("context_at") or 0)) for a, b in spans], fault


def _turns(row: Row) -> tuple[str, str]:
    messages = row["messages"]
    asked = "\n".join(m["content"] for m in messages if m["role"] == "user")
    said = "\n".join(m["content"] for m in messages if m["role"] == "assistant")
    return asked, said


# ---- what is quoted, and what belongs to it --------------------------------------------------------------------------

HEAD = re.compile(r"(?m)^[ \u3000]*(?:【[^】\n]{1,24}】|\[[^\]\n]{1,24}\]|#{1,6}[^\n]{1,40}$|[一二三四五六七八九十]{1,3}、[^\n。,，]{1,24}$|[(（][一二三四五六七八九十\d]{1,3}[)）][^\n。,，；;]{1,12}(?=[：: ])|\d{1,2}(?:\.\d{1,2})*[ 、.．][^\n。,，；;]{1,12}$|第[一二三四五六七八九十\d]+[章节][^\n]{0,30}$|[^\n：:。，,；;|]{2,12}[：:])|【[^】\n]{1,24}】")
LABEL = re.compile(r"[ \u3000]*(?:[(（]?[\d一二三四五六七八九十]{1,2}[)）.．、][ ]*)?[^。；;，,：:\n]{1,16}(?:[：: ]|(?=\n))")
SHORT = re.compile(r"([\u4e00-\u9fffα-ω\d]{2,16})\((?:简称)?([a-z][a-z\d\-]{1,9})\)")
ENDS = re.compile(r"[。；;！!？?\n】]")


def head(context: str, at: int) -> str:
    told = ""
    for found in HEAD.finditer(context, 0, min(len(context), at + 30)):
        if found.start() <= at:
            told = found[0]
    line = context.rfind("\n", 0, at) + 1
    first = LABEL.match(context, line)
    opening = first[0] if first and first.end() <= at + 1 else ""
    before = context[:line].rstrip("\n").rpartition("\n")[2]
    above = before if before.rstrip().endswith(("：", ":")) else ""
    return f"{told} {above} {opening}"


def sentence(context: str, span: Span) -> Span:
    start = max((m.end() for m in ENDS.finditer(context, 0, span.start)), default=0)
    found = ENDS.search(context, max(span.start, span.end - 1))
    return Span(start, max(span.end, found.start() if found else len(context)))


def best(ways: list[list[Span]], context: str, row: str) -> list[Span]:
    if len(ways) == 1:
        return ways[0]
    wanted = grams(plain(row))
    return max(ways[:8], key=lambda way: len(wanted & grams(plain(head(context, way[0].start) + context[slice(*sentence(context, way[0]))]))))


@dataclass(frozen=True)
class Evidence:
    reading: Reading
    inside: tuple[Span, ...]  # of its text, what was quoted itself
    context: str
    named: str  # title and names of the source

    @staticmethod
    def of(context: str, spans: list[Span], asked: str) -> Evidence:
        around: list[tuple[Span, list[Span]]] = []
        for span in spans:
            whole = sentence(context, span)
            if around and whole.start <= around[-1][0].end:
                last, inner = around[-1]
                around[-1] = Span(last.start, max(last.end, whole.end)), [*inner, span]
            else:
                around.append((whole, [span]))
        text, heads, inside = "", [], []
        for whole, inner in around:
            heads.append((len(text), head(context, inner[0].start)))
            inside += [Span(len(text) + a - whole.start, len(text) + b - whole.start) for a, b in inner]
            text += context[slice(*whole)] + "\n"
            table = _table(context, whole)
            if table:
                inside.append(Span(len(text), len(text) + len(table)))
                text += table + "\n"
        return Evidence(read(text, tuple(heads)), tuple(inside), plain(context), plain(_named(context)))

    @cached_property
    def near(self) -> str:
        """All that is quoted, with what stands above it, what the source is called, and what its abbreviations mean."""
        told = "\n".join([self.reading.said, *(said for _, said in self.reading.heads), self.named])
        short = [found[1] for found in SHORT.finditer(self.context) if found[2] in told]
        return "\n".join([told, *short])

    def quoted(self, one: Quantity | Often) -> bool:
        return any(one.start < b and a < one.end for a, b in self.inside)


def _table(context: str, whole: Span) -> str:
    line = context.rfind("\n", 0, whole.start) + 1
    stop = context.find("\n", whole.start)
    row = context[line : stop if stop >= 0 else len(context)]
    if row.count("|") < 2:
        return ""
    top = line
    while top > 0:
        above = context.rfind("\n", 0, top - 1) + 1
        if "|" not in context[above:top]:
            break
        top = above
    header = context[top : context.find("\n", top)]
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    names_ = [cell.strip() for cell in header.strip().strip("|").split("|")]
    told = []
    for name, cell in zip(names_, cells, strict=False):
        unit = re.search(r"[(（]([^)）]+)[)）]", name)
        told.append(f"{name.split('（')[0].split('(')[0]}{cell}{unit[1] if unit else ''}")
    return "，".join(told)


def _named(context: str) -> str:
    lines = [line.strip() for line in context.strip().splitlines()[:1]]
    found = re.findall(r"(?:通用名称?|商品名称?|品名|英文名称?|药品名称|汉语拼音)[】\]]?\s*[：: ]\s*([^\n]{1,40})", context)
    return "\n".join([*lines, *found])


# ---- claim by claim --------------------------------------------------------------------------------------------------


def unsupported(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    for check in CHECKS:
        if fault := check(said, evidence, asked):
            return fault
    return None


def _same(a: float, b: float, slack: float) -> bool:
    return abs(a - b) <= slack * max(abs(a), abs(b), 1e-12)


def _equal(q: Quantity, e: Quantity) -> bool:
    slack = 0.015 if q.kind == "time" else 0.001
    return _same(q.low, e.low, slack) and _same(q.high, e.high, slack)


def _led(q: Quantity, e: Quantity) -> bool:
    return q.lead * e.lead >= 0 and q.trail * e.trail >= 0


def _spoken(q: Quantity, e: Quantity) -> bool:
    return _same(q.said[0], e.said[0], 0.001) and _same(q.said[1], e.said[1], 0.001)


def _per(q: Quantity, e: Quantity, words: str) -> bool:
    body = {"kg", "m²"}
    a, b = set(q.per) - body - {"day"}, set(e.per) - body - {"day"}
    if a and b and not a & b:
        return False
    a, b = q.per & body, e.per & body
    if a == b:
        return True
    return not a and b == {"kg"} and bool(re.search(r"公斤|千克|kg|体重", words))


def _other_side(mine: int, theirs: list[int]) -> bool:
    """At most, of what the source calls at least."""
    ups = {side == UP for side in theirs if side}
    return bool(mine and ups) and (mine == UP) not in ups


KINDS = frozenset(kind for kind, _ in UNIT.values()) | {"count"}


def _open(kind: str) -> bool:
    return kind not in KINDS


def supports(q: Quantity, e: Quantity, words: str, kinds: set[str]) -> bool:
    if not _led(q, e):
        return False
    if q.kind == e.kind and q.kind:
        if not _per(q, e, words):
            return False
        if _equal(q, e):
            return True
        if q.low == q.high and e.low != e.high:  # at most 8, of 4 to 8
            return ((q.side == DOWN or q.within) and _same(q.high, e.high, 0.001)) or (q.side == UP and _same(q.low, e.low, 0.001))
        return False
    if _open(q.kind) and _open(e.kind) or not q.kind or not e.kind:
        if _spoken(q, e):
            return not (q.kind and q.kind not in kinds) or q.kind in ("warmth",)
    return False


def _bounds_differ(q: Quantity, theirs: list[Quantity]) -> bool:
    """60 U or more, of what the source keeps within 60 U."""
    return all(
        q.side * e.side < 0 or (q.side == UP and not e.side and e.within) or (q.within and not q.side and e.side == UP and not e.within)
        for e in theirs
        if (e.side or e.within)
    ) and bool(q.side or q.within) and any(e.side or e.within for e in theirs)


def _numbers(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    told = [e for e in evidence.reading.quantities if evidence.quoted(e)]
    kinds = {e.kind for e in told}
    given = asked.quantities
    for q in said.quantities:
        if any(o.start <= q.start and q.end <= o.end for o in said.often):
            continue
        alike = [e for e in told if supports(q, e, said.said, kinds)]
        if alike:
            if q.role and not any(e.role in ("", q.role) for e in alike):
                return Fault("number_not_in_source", q.start, q.end)
            exact = [e for e in alike if _equal(q, e) or not e.kind or not q.kind] or alike
            if _bounds_differ(q, exact):
                return Fault("number_not_in_source", q.start, q.end)
            continue
        if q.low != q.high and any(_same(e.low, q.low, 0.001) and e.kind == q.kind for e in told) and any(_same(e.high, q.high, 0.001) and e.kind == q.kind for e in told):
            continue
        if q.kind == "次" and any(o.times == q.high for o in evidence.reading.often):
            continue
        if q.side == 0 and q.kind in ("time", "mass", "pressure", "warmth", "") and any(_equal(q, g) and g.kind == q.kind for g in given):
            continue
        if _counted(q, told, said, evidence.reading.said):
            continue
        if q.low == q.high == 1 and f"每{said.said[q.end - 1 : q.end]}" in evidence.reading.said:
            continue
        if q.kind in SOFT and not any(e.kind == q.kind for e in told):
            continue
        if any(_spoken(q, e) for e in told):
            return Fault("unit_not_in_source", q.start, q.end)
        return Fault("number_not_in_source", q.start, q.end)
    return None


COUNTED = re.compile(r"共|合计|总量|总计|加起来|相当于|折合|也就是|即|等于|算")


def _counted(q: Quantity, told: list[Quantity], said: Reading, source: str) -> bool:
    """What a writer multiplied for himself: two tablets of 5 mg are 10 mg."""
    if not COUNTED.search(said.said[max(0, q.start - 20) : q.start]) or re.search(r"总|共|合计|等于", source):
        return False
    counts = [e for e in told if e.kind in "片粒袋支丸喷滴次" and e.kind]
    masses = [e for e in told if e.kind == q.kind]
    for m in masses:
        for c in counts:
            if _same(m.low * c.said[0], q.low, 0.001) and _same(m.high * c.said[1], q.high, 0.001):
                return True
    if q.kind in "片粒袋支丸喷滴":  # 400 μg at 100 μg a puff
        for m in told:
            for n in told:
                if m.kind == n.kind and n.low and _same(m.high / n.low, q.high, 0.001):
                    return True
    return False


def _often(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    told = evidence.reading.often
    days = {o.period for o in told} | {SPANS[p] for e in evidence.reading.quantities for p in e.per if p in SPANS} | {DAY for o in told if _same(o.period / max(o.times, 1), o.low, 0.01) and o.period <= DAY and o.times > 1}
    split = {(e.low, e.high) for e in evidence.reading.quantities if e.kind == "次"}
    for o in said.often:
        if not o.low:
            if o.period and o.period not in days and not any(_same(o.period, e.low, 0.02) and e.kind == "time" for e in evidence.reading.quantities):
                return Fault("frequency_not_in_source", o.start, o.end)
            continue
        alike = [e for e in told if e.low and _same(o.low, e.low, 0.02) and _same(o.high, e.high, 0.02)]
        if alike:
            if _other_side(o.side, [e.side for e in alike]):
                return Fault("frequency_not_in_source", o.start, o.end)
            continue
        if o.times and (round(o.period / o.high, 3), round(o.period / o.low, 3)) in split and o.period in days:
            continue
        if o.times == 1 and o.period in days:  # 每天吃一片: 一日一片
            if any(e.low == 0 and e.period == o.period for e in told) or o.period in {DAY for e in evidence.reading.quantities if "day" in e.per}:
                continue
        return Fault("frequency_not_in_source", o.start, o.end)
    return None


def _timing(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    told = set(evidence.reading.timing)
    for name, at in said.timing.items():
        if name not in told and not (ALSO.get(name, set()) & told):
            if name in asked.timing and not told:
                continue
            if name in ("morning", "night") and {"morning", "night"} <= set(said.timing) and any(o.times == 2 for o in evidence.reading.often):
                continue  # 早晚各一次: twice a day
            return Fault("frequency_not_in_source", at, at + 2)
    mine, theirs = said.order, evidence.reading.order
    if theirs and mine and not (mine & theirs):
        return Fault("frequency_not_in_source")
    return None


def _routes(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    told = set(evidence.reading.routes) | evidence.reading.weak_routes | {n for n in read(" ".join(h for _, h in evidence.reading.heads)).routes}
    for name, at in said.routes.items():
        if name in told:
            continue
        if name in ("drip", "push") and "vein" in told and not ({"drip", "push"} & told):
            continue
        if name == "vein" and {"drip", "push"} & told:
            continue
        return Fault("route_not_in_source", at, at + 2)
    return None


def _people(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    told = set(evidence.reading.people)
    for _, above in evidence.reading.heads:
        told |= set(read(above).people)
    ages = [e for e in evidence.reading.quantities if e.kind == "time"]
    firm = {c.start for s, c in said.stances if s.kind in FIRM}
    for name, at in said.people.items():
        if name in told or KIN.get(name, set()) & told:
            continue
        if name in ("child", "infant") and any((e.low < ADULT and e.side == DOWN) or e.high <= ADULT for e in ages):
            continue
        if name == "old" and any(e.low >= OLD for e in ages):
            continue
        if name in asked.people and _clause(said.clauses, at).start not in firm:
            continue  # who asks is spoken to: 孩子要在睡前吃
        return Fault("population_not_in_source", at, at + 2)
    return None


ADULT, OLD = 18 * YEAR * 1.001, 60 * YEAR
FIRM = frozenset({*LEAVES, CAUTION, GUIDED, NEEDLESS})


def _within(word: str, text: str) -> bool:
    """Whether its letters stand in a text, one behind the other and near each other."""
    if word in text:
        return True
    if len(word) < 2:
        return False
    pattern = "[^。;,\n]{0,6}?".join(map(re.escape, word))
    return bool(re.search(pattern, text))


PREFIXES = frozenset("铝镁钙铁锌铋罗克阿交左右去甲乙丙氯氟溴碘复异环羟苯磺双卡依非氨美奥兰雷艾埃替")
ORGANS = frozenset("肝肾心肺脑胃肠视听面高低原继脊腰颈胰胆脾双单甲")


def _drugs(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    near = evidence.near
    for name in said.drugs:
        if not _named_in(name, near) and not (_named_in(name, asked.said) and _named_in(name, evidence.context)):
            return Fault("drug_not_in_source", name.start, name.end)
    return None


def _named_in(name: Name, text: str) -> bool:
    """Whether a name stands in a text: whole, or all of it that is a name."""
    if name.said in text or (name.kind == "code" and name.said in text.replace(" ", "")) or (name.shape in WHOLE and written(name.shape) in written(text)):
        return True
    if name.said == name.shape and (name.kind == "code" or len(name.shape) < 2):
        return False
    core = len(name.shape) + (name.shape not in WHOLE and len(name.said) > len(name.shape))
    for n in range(1, len(name.said) - core + 1):
        if name.said[n:] in text:
            return name.said[n - 1] not in PREFIXES
    return name.kind != "code" and len(name.said) > 2 and _within(name.said, text)


def _ills(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    near, wide = evidence.near, written(evidence.near)
    for name in said.ills:
        core = len(name.shape) + (name.shape not in WHOLE)
        tails = [(n, name.said[n:]) for n in range(max(1, len(name.said) - core + 1))]
        found = next((n for n, tail in tails if _within(tail, near) or _within(written(tail), wide)), None)
        if found == 0 or (found is not None and name.said[found - 1] not in ORGANS):
            continue
        if name.said in asked.said and name.said in evidence.context:
            continue
        return Fault("population_not_in_source", name.start, name.end)
    return None


# ---- negation and strength -------------------------------------------------------------------------------------------


def _alike(mine: frozenset[str], clauses: list[Clause]) -> list[float]:
    many: dict[str, int] = {}
    for clause in clauses:
        for gram in clause.wide:
            many[gram] = many.get(gram, 0) + 1
    return [sum(weight(g) * (1.0 if g in c.grams else 0.5) / many[g] for g in mine & c.wide) for c in clauses]


def anchors(text: str, but: str = "") -> set[str]:
    """Whom and what a clause is about: people, illnesses, drugs."""
    told = read(text)
    return {f"@{name}" for name in told.people} | {written(n.said) for n in (*told.ills, *told.drugs) if n.said not in but}


def _about(anchor: str, text: str) -> bool:
    if anchor.startswith("@"):
        return anchor[1:] in read(text).people
    return _within(anchor, written(text))


def _holding(evidence: Evidence) -> dict[int, set[str]]:
    """What each clause of the source forbids, allows …; all below 【禁忌】 is forbidden."""
    held: dict[int, set[str]] = {}
    for stance, clause in evidence.reading.stances:
        held.setdefault(clause.start, set()).add(stance.kind)
    for clause in evidence.reading.clauses:
        if clause.start not in held and not (clause.said.rstrip().endswith("者") or anchors(clause.said)):
            continue
        if found := [s.kind for s in stances(clause.head) if s.kind in (BAN, CAUTION)]:
            held.setdefault(clause.start, set()).update(found)
    return held


BUT = re.compile(r"但|不过|只是|前提")
ASKS = re.compile(r"能|可以|可不可|行吗|行不行|要紧")


def _stances(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    clauses = evidence.reading.clauses
    held = _holding(evidence)
    every = set().union(*held.values()) if held else set()
    mine: dict[int, tuple[Clause, list[Any]]] = {}
    for stance, clause in said.stances:
        mine.setdefault(clause.start, (clause, []))[1].append(stance)
    question = grams(asked.said)
    for clause, found in mine.values():
        if GENERIC.search(clause.said):
            found = [s for s in found if s.kind == NEEDLESS]
        if ALONE.search(clause.said):
            found = [s for s in found if s.kind in DOES]
        first = clause is said.clauses[0]
        rest = clause.said
        for s in reversed(found):
            rest = rest[: s.start - clause.start] + " " + rest[s.end - clause.start :]
        content = grams(rest)
        bare = not content
        about = anchors(clause.said, evidence.named) or (anchors(clause.before, evidence.named) if bare and clause.before else set()) or (anchors(asked.said, evidence.named) if bare or len(content) < 3 else set())
        if first and len(clause.said) <= 6 and MAY in {s.kind for s in found} and ASKS.search(asked.said) and every & {*LEAVES, CAUTION} and not every & {MAY, NEEDLESS} and not BUT.search(said.said[:30]):
            return Fault("negation_unlike_source", found[0].start, found[0].end)
        if bare and not clause.before and not BUT.search(said.said[:30]):
            for stance in found:
                if (stance.kind in DOES and every and not every & DOES) or (stance.kind == MAY and every & {*LEAVES, CAUTION} and not every & {MAY, NEEDLESS}) or (stance.kind in LEAVES and every and every <= DOES):
                    return Fault("negation_unlike_source", stance.start, stance.end)
            found = [s for s in found if s.kind not in DOES and s.kind != NOT]
        groups: list[list[Clause]] = []
        for anchor in sorted(about):
            own = [c for c in clauses if _about(anchor, c.said) or _about(anchor, c.before)] or [c for c in clauses if _about(anchor, c.head)]
            own = own and _with_stance(own, clauses, held)
            if own:
                groups.append(own)
        for group in groups or [clauses]:
            for words in (content, content | question | clause.wide):
                scores = _alike(words, group)
                top = max(scores, default=0.0)
                if top > 0:
                    group = [c for c, s in zip(group, scores, strict=True) if s >= 0.75 * top]
                    break
            near = set().union(*(held.get(c.start, set()) for c in group))
            open_ = any(not held.get(c.start) for c in group)
            both = [g for g in content if len(g) > 1]
            covered = len(both) < 3 or sum(any(g in c.wide for c in group) for g in both) >= COVER * len(both)
            harm = any(HARM.search(c.said) for c in group)
            for stance in found:
                if harm and stance.kind in (FORBID, AGAINST):
                    continue
                if stance.kind == MAY and {s.kind for s in found} & {CAUTION, GUIDED}:
                    continue
                if stance.kind in DOES and not covered and not groups:
                    continue
                if not _holds(stance.kind, near, every, open_, bool(groups), evidence.reading.said):
                    strong = stance.kind in (CAUTION, GUIDED, MUST) or (near & {CAUTION, GUIDED})
                    return Fault("strength_unlike_source" if strong else "negation_unlike_source", stance.start, stance.end)
    return None


def _with_stance(own: list[Clause], clauses: list[Clause], held: dict[int, set[str]]) -> list[Clause]:
    """The clauses themselves, or those behind them in the same sentence, if only these say what is to be done."""
    if any(held.get(c.start) for c in own):
        return [c for c in own if held.get(c.start)]
    told = []
    for c in own:
        at = clauses.index(c)
        for behind in clauses[at + 1 : at + 3]:
            if behind.before and held.get(behind.start):
                told.append(behind)
                break
    return told or own


LACKING = re.compile(r"任何|均可|消失|缺|停|失|阴性|拒|差|少|难|防|除|短|低于|不足|[<≤]")
SAME = re.compile(r"相同|一样|正常现象|尚未|尚不")


COVER = 0.25  # of what a clause says, in the clause of the source that it is held against
HARM = re.compile(r"可引起|引起|导致|可致|风险|危险|以免|产生|加重|延误|中毒|损害|降低疗效|有害")


def _holds(kind: str, near: set[str], every: set[str], open_: bool, anchored: bool, source: str) -> bool:
    if kind == BAN:
        return bool(near & {BAN, FORBID}) or (open_ and bool(every & {BAN, FORBID}))
    if kind in (FORBID, AGAINST):
        if near & LEAVES or near & {NOT, STOP}:
            return True
        if near & {CAUTION, GUIDED}:
            return False
        return bool(every & {*LEAVES, NOT, NEEDLESS}) or bool(re.search(r"防|以免|免得", source))
    if kind == NOT:
        return bool(every & {*LEAVES, NOT, NEEDLESS}) or bool(LACKING.search(source))
    if kind == CAUTION:
        return CAUTION in near or (CAUTION in every and open_)
    if kind == GUIDED:
        return bool(near & {GUIDED, CAUTION}) or (open_ and bool(every & {GUIDED, CAUTION}))
    if kind == NEEDLESS:
        return NEEDLESS in near or bool(SAME.search(source)) or (NEEDLESS in every and open_) or (not near & {MUST, SHOULD} and bool(every & LEAVES))
    if kind in (WATCH, STOP):
        return True
    if kind == WANTS:
        return not (near and not open_ and near <= {*LEAVES, NEEDLESS})
    if near and not open_ and near <= {*LEAVES, CAUTION, NEEDLESS, GUIDED}:
        return False
    if kind == MAY:
        return not (near & {MUST, CAUTION, GUIDED, FORBID, BAN} and not (MAY in near and not near & {CAUTION}) and not open_)
    if kind == MUST:
        return bool(near & {MUST, SHOULD, FORBID, BAN}) or open_
    return True


# ---- the word behind a negation --------------------------------------------------------------------------------------

WITH = re.compile(r"^因[^,。;]{1,12}而|^(?:再)?[与和跟同将把][^,。;]{1,16}?(?=合用|混合|混在|混|配伍|接触|稀释)")
SKIP = re.compile(r"^(?:[有会被能再曾得经由因对将把在了其以的 ·是]|同时|见到|出现|发生|发现|用于|看到|患者|病人|见到?)*")
DULL = frozenset("使用 应用 服用 用药 治疗 进行 可以 可能 需要 要用 患者 一次 用本 本品 合用 给药 是否 以上 以下 接受 超过".split())  # noqa: SIM905


def _denied(text: str, found: list[Any]) -> Iterator[tuple[str, str, int]]:
    """What is said to be done or left, and the words behind that."""
    for stance in found:
        begin = stance.start if stance.kind == STOP else stance.end
        behind = re.split(r"[,。;!?、\n]", text[begin : begin + 20])[0]
        behind = written(behind).replace(PAD, "")
        word = SKIP.sub("", WITH.sub("", behind))[:5]
        if word and word[:2] not in DULL and (word[0] not in "用服为做" or word[:2] == "用过"):
            yield stance.kind, word, stance.start


def _alike_words(a: str, b: str) -> bool:
    """嚼 and 嚼碎, 放冰箱 and 放入冰箱."""
    if min(len(a), len(b)) == 1:
        return a[0] in b[:2] and b[0] in (a[0], "添", "加", "再") or b[0] in a[:2] and len(b) == 1
    return a[0] == b[0] and (a[:2] == b[:2] or len(a) == 1 or len(b) == 1 or len(set(a[1:]) & set(b[1:])) > 1)


def _sign(kind: str) -> str:
    return "does" if kind in DOES or kind == STOP else "leaves"


def _words(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    mine = list(_denied(said.said, [s for s, c in said.stances if not GENERIC.search(c.said) and not (s.kind not in DOES and ALONE.search(c.said))]))
    theirs = list(_denied(evidence.reading.said, [s for s, _ in evidence.reading.stances]))
    whole, source = written(said.said), written(evidence.reading.said)
    several = {c.start for c in said.clauses if sum(s.kind == NOT for s, o in said.stances if o is c) > 1}
    twice = {s.start for s, c in said.stances if c.start in several}
    for kind, word, at in mine:
        alike = [k for k, w, _ in theirs if _alike_words(word, w)]
        if alike and _sign(kind) not in map(_sign, alike):
            if kind in DOES and _plainly(word[:2], source):
                continue
            return Fault("negation_unlike_source", at, at + 2)
        if kind == NOT and at not in twice and not alike and len(word) > 1 and word[:2] in source and not _denied_somewhere(word[:2], source):
            return Fault("negation_unlike_source", at, at + 2)
    for word in FITS:
        if re.search(rf"不(?:能|可|宜|得|应|适合|适|要|推荐)?{word}", source) and not _plainly(word, source) and word in whole and not _denied_somewhere(word, whole):
            return Fault("negation_unlike_source")
    for stance in (s for s, _ in evidence.reading.stances if s.kind == NOT):
        for _, word, _ in _denied(evidence.reading.said, [stance]):
            word = word[:2]
            if len(word) == 2 and word in whole and not any(_alike_words(word, w) for _, w, _ in mine) and not _plainly(word, source) and not _denied_somewhere(word, whole):
                if any(a <= stance.start < b for a, b in evidence.inside):
                    return Fault("negation_unlike_source")
    return None


FITS = ("适用", "适合", "适宜", "用于", "作为", "考虑", "允许")
NO = re.compile(r"[不没无未非勿别免停少忌禁][^,。;]{0,5}$")
NOT_NEAR = re.compile(r"(?:除非|没有?|无|未|非|不|免|缺乏?|忌|勿|禁止?|得)(?:有|会|见|到|出现|发生|曾|再|明显|因|能|是|合并|伴|并发)?$")


def _denied_somewhere(word: str, text: str) -> bool:
    at = text.find(word)
    while at >= 0:
        if NOT_NEAR.search(text[max(0, at - 8) : at]):
            return True
        at = text.find(word, at + 1)
    return False


def _plainly(word: str, text: str) -> bool:
    """Whether it stands there at least once with nothing before that denies it."""
    at = text.find(word)
    while at >= 0:
        if not NO.search(masked(text[max(0, at - 8) : at])):
            return True
        at = text.find(word, at + 1)
    return False


def _window(text: str, start: int, end: int, left: int = 6, right: int = 4) -> frozenset[str]:
    """What stands close by, in the same clause."""
    ahead = re.split(r"[,。;:!?、\n]", text[max(0, start - left) : start])[-1]
    behind = re.split(r"[,。;:!?、\n]", text[end : end + right])[0]
    return grams(ahead + "□" + behind) | grams(ahead + behind)


def _sides(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    theirs: dict[str, list[tuple[int, int, Clause]]] = {}
    for name, side, at, clause, _ in evidence.reading.sides:
        theirs.setdefault(name, []).append((side, at, clause))
    for name, side, at, clause, flipped in said.sides:
        if name not in theirs:
            continue
        some = theirs[name]
        sides = {one[0] for one in some}
        if sides == {side} or (flipped and side in sides):
            continue
        if len(sides) == 1 and any(n == name and s not in (side,) for n, s, *_ in said.sides):
            mine = _window(said.said, at, at + 2)
            if not any(len(g) > 1 for _, b, _ in some for g in mine & _window(evidence.reading.said, b, b + 2)):
                continue
        if len(sides) == 1:
            return Fault("negation_unlike_source", at, at + 2)
        about = anchors(clause.said, evidence.named) or anchors(clause.before, evidence.named)
        some = [one for one in some if any(_about(anchor, one[2].said) or _about(anchor, one[2].before) for anchor in about)] or some
        mine = _window(said.said, at, at + 2)
        words = clause.wide
        scored = [(2 * len(mine & _window(evidence.reading.said, b, b + 2)) + _alike(words, [c])[0], s) for s, b, c in some]
        top = max(scored)[0]
        word = said.said[at : at + 2]
        if any(s == side and evidence.reading.said[b : b + 2] == word and any(len(g) > 1 for g in mine & _window(evidence.reading.said, b, b + 2)) for s, b, _ in some):
            continue
        if top > 0 and not any(s == side for score, s in scored if score >= 0.8 * top):
            return Fault("negation_unlike_source", at, at + 2)
    return None


def _owned(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    """A number that the source says of somebody else: of the drug, the illness or the people that are named last before it."""
    theirs: dict[str, list[Quantity]] = {}
    for owner, e in _owners(evidence.reading, evidence.named):
        theirs.setdefault(owner, []).append(e)
    for owner, q in _owners(said, evidence.named):
        own = [e for e in theirs.get(owner, []) if e.kind == q.kind and e.kind]
        others = [e for name, some in theirs.items() if name != owner for e in some if e.kind == q.kind]
        if own and not any(_equal(q, e) for e in own) and any(_equal(q, e) for e in others):
            return Fault("number_not_in_source", q.start, q.end)
    return None


def _owners(told: Reading, but: str) -> Iterator[tuple[str, Quantity]]:
    named = [(n.end, written(n.said)) for n in (*told.drugs, *told.ills) if n.said not in but]
    named += [(found.end(), f"@{name}") for name, pattern in WHO.items() for found in pattern.finditer(told.said)]
    named.sort()
    for q in told.quantities:
        if any(o.start <= q.start and q.end <= o.end for o in told.often):
            continue
        before = [(end, name) for end, name in named if end <= q.start]
        if before and not re.search(r"[。;!?\n]", told.said[before[-1][0] : q.start]):
            yield before[-1][1], q


def _paired(said: Reading, evidence: Evidence, asked: Reading) -> Fault | None:
    """How often goes with how much: the dose that stands nearest before it."""
    theirs = _pairs(evidence.reading)
    for q, o in _pairs(said):
        same = [b for a, b in theirs if a.kind == q.kind and _equal(q, a)]
        if same and not any(_same(o.low, b.low, 0.02) and _same(o.high, b.high, 0.02) for b in same):
            return Fault("frequency_not_in_source", o.start, o.end)
    return None


DOSES = frozenset("mass volume activity 片 粒 袋 支 丸 滴 喷 贴".split())  # noqa: SIM905


def _pairs(told: Reading) -> list[tuple[Quantity, Often]]:
    doses = [q for q in told.quantities if q.kind in DOSES]
    found = []
    for o in told.often:
        if o.low and (before := [q for q in doses if q.end <= o.start]):
            q = before[-1]
            if o.start - q.end <= 6 and not re.search(r"[。;!?\n]", told.said[q.end : o.start]):
                found.append((q, o))
    return found


def _clause(clauses: list[Clause], at: int) -> Clause:
    return next((c for c in reversed(clauses) if c.start <= at), clauses[0])


CHECKS = (_numbers, _often, _timing, _routes, _people, _drugs, _ills, _stances, _words, _sides, _owned, _paired)
