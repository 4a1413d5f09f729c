"""Whether an answer forbids, allows, denies and strengthens what its source does: 不得 is not 可以, 慎用 not 禁用, 增强 not 减弱."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from medgo_data.synth.claims import Clause, Reading, read
from medgo_data.synth.evidence import Evidence, Fault
from medgo_data.synth.stances import (
    AGAINST,
    ALONE,
    BAN,
    CAUTION,
    DOES,
    FORBID,
    GENERIC,
    GUIDED,
    LEAVES,
    MAY,
    MUST,
    NEEDLESS,
    NOT,
    SHOULD,
    STOP,
    WANTS,
    WATCH,
    Side,
    Stance,
    masked,
    stances,
)
from medgo_data.synth.supported import scattered
from medgo_data.synth.terms import grams, written

NEGATION, STRENGTH = "negation_unlike_source", "strength_unlike_source"
BUT = re.compile(r"但|不过|只是|前提")
ASKS = re.compile(r"能|可以|可不可|行吗|行不行|要紧")
LIMITS = re.compile(
    r"[不没无未非勿别免停少忌禁仅只缺失防除拒难差短暂超低完尽<≤]|任何|均可|阴性"
)  # may be said with a 不 too
GOES_ON = re.compile(r"继续|照常|照旧|坚持|维持|接着|长期|终身|不变")
BREAKS_OFF = re.compile(r"[停断减换改调]|中止|终止|间断")
FIRM = 0.4  # where the source says the opposite
COVERED = 0.12  # of what a clause says, in the clause of the source that it is held against
CLOSE = 0.75  # of the likeness of the clause that is most alike

# ---- clause by clause ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """What the clauses of a source forbid, allow …; all below 【禁忌】 is forbidden. And what is said of it, to which question."""

    source: Evidence
    said: Reading
    asked: Reading

    @cached_property
    def kinds(self) -> dict[int, frozenset[str]]:
        told = {clause.start: frozenset[str]() for clause in self.source.reading.clauses}
        for stance, clause in self.source.reading.stances:
            told[clause.start] |= {stance.kind}
        for clause in self.source.reading.clauses:
            if told[clause.start] or len(clause.said) <= 10 or subjects(clause.said, ""):
                told[clause.start] |= {one.kind for one in stances(clause.head) if one.kind in (BAN, CAUTION)}
        return told

    @cached_property
    def every(self) -> frozenset[str]:
        return frozenset[str]().union(*self.kinds.values())

    def about(self, subject: str) -> list[Clause]:
        """The clauses about somebody or something: those of them that say what is to be done, or else what follows them."""
        clauses = self.source.reading.clauses
        own = [c for c in clauses if mentions(c.said, subject) or mentions(c.before, subject)]
        if any(self.kinds[c.start] for c in own):
            return [c for c in own if self.kinds[c.start]]
        behind = []
        for c in own:
            behind += self.behind(c)
        return behind or own

    def instead(self, clause: Clause, content: frozenset[str]) -> bool:
        """Whether a thing of which the source does not speak is left for what the sentence says next: 不能久放,要现配现用."""
        then = next((c for c in self.said.clauses if c.start > clause.start and c.sentence == clause.sentence), None)
        wanted = {one.kind for one in stances(then.said)} & {MUST, SHOULD, WANTS} if then else set()
        return bool(wanted) and not self.known & content

    @cached_property
    def known(self) -> set[str]:
        return {gram for c in self.source.reading.clauses for gram in c.grams if len(gram) > 1}

    def behind(self, clause: Clause) -> list[Clause]:
        """The next clause of the sentence that says what is to be done, if it is not far: 本品经肾排泄,肾功能不全者慎用."""
        clauses = self.source.reading.clauses
        at = clauses.index(clause)
        return [d for d in clauses[at + 1 : at + 3] if d.sentence == clause.sentence and self.kinds[d.start]][:1]


@lru_cache(maxsize=4096)
def subjects(text: str, but: str) -> frozenset[str]:
    """Whom and what a clause is about: people, illnesses, drugs, ``but`` for the names of the source itself."""
    told = read(text)
    named = {written(name.said) for name in (*told.ills, *told.drugs) if name.said not in but}
    return frozenset({f"@{name}" for name in told.people} | named)


@lru_cache(maxsize=4096)
def mentions(text: str, subject: str) -> bool:
    return subject[1:] in read(text).people if subject.startswith("@") else scattered(subject, written(text))


def stands(said: Reading, source: Evidence, asked: Reading) -> Fault | None:
    """What an answer says is to be done or left, held against the clauses of the source that are about the same."""
    held = Held(source, said, asked)
    for clause in said.clauses:
        told = [one for one, where in said.stances if where.start == clause.start and _claimed(one, clause)]
        content = grams(_without(clause, told))
        if fault := _first_word(clause, told, content, held):
            return fault
        if not content and not clause.before:
            told = [one for one in told if one.kind not in DOES and one.kind != NOT]
        if fault := _clause(clause, told, content, held):
            return fault
    return None


def _claimed(one: Stance, clause: Clause) -> bool:
    """Whether it is for a source to say: that somebody should ask his doctor, and not worry, needs none."""
    return (one.kind == NEEDLESS or not GENERIC.search(clause.said)) and (
        one.kind in DOES or not ALONE.search(clause.said)
    )


def _without(clause: Clause, told: list[Stance]) -> str:
    rest = clause.said
    for one in reversed(told):
        rest = rest[: one.start - clause.start] + " " + rest[one.end - clause.start :]
    return rest


def _first_word(clause: Clause, told: list[Stance], content: frozenset[str], held: Held) -> Fault | None:
    """不可以。可以。 A yes or a no, and nothing else: of which the whole source must have at least one."""
    if BUT.search(held.said.said[:30]):
        return None
    every, alone = held.every, not content and not clause.before
    short = clause is held.said.clauses[0] and len(clause.said) <= 6 and ASKS.search(held.asked.said)
    for one in told:
        undone = alone and one.kind in DOES and every and not every & DOES
        barred = one.kind == MAY and every & {*LEAVES, CAUTION} and not every & {MAY, NEEDLESS}
        if undone or (barred and (alone or short)):
            return Fault(NEGATION, one.start, one.end)
    return None


def _clause(clause: Clause, told: list[Stance], content: frozenset[str], held: Held) -> Fault | None:
    called = held.source.called
    about = subjects(clause.said, called)
    if not about and clause.before and sum(len(gram) > 1 for gram in content) < 4:
        about = subjects(clause.before, called)
    if not about and len(content) < 3 and not clause.before:
        asked = sorted(subjects(held.asked.said, called))
        faults = [_unlike(clause, told, content, held, [group]) for s in asked if (group := held.about(s))]
        faults.append(_unlike(clause, told, content, held, []))
        return faults[-1] if all(faults) else None
    groups = [group for subject in sorted(about) if (group := held.about(subject))]
    return _unlike(clause, told, content, held, groups)


def _unlike(
    clause: Clause, told: list[Stance], content: frozenset[str], held: Held, groups: list[list[Clause]]
) -> Fault | None:
    for group in groups or [held.source.reading.clauses]:
        closest = _closest(group, content, clause.wide, content | grams(held.asked.said) | clause.wide)
        near = frozenset[str]().union(*(held.kinds[c.start] for c in closest))
        silent = any(not held.kinds[c.start] for c in closest)
        pairs = [gram for gram in content if len(gram) > 1]
        covers = sum(any(g in c.wide for c in closest) for g in pairs)
        covered = len(pairs) < 3 or covers >= COVERED * len(pairs)
        for one in told:
            if one.kind in DOES:
                careful = one.kind == MAY and {CAUTION, GUIDED} & {other.kind for other in told}
                free = careful or silent or not near or not (covered or groups)
                holds = free or _done_too(one.kind, near)
            else:
                more = [d for c in closest for d in ([c] if held.kinds[c.start] else held.behind(c))]
                allowed = one.kind == FORBID and {MAY} == frozenset[str]().union(*(held.kinds[c.start] for c in more))
                rest = clause.said[max(0, one.end - clause.start) :][:8]
                goes_on = BREAKS_OFF.search(rest) and any(GOES_ON.search(c.said) for c in closest)  # 不停 of 继续
                briefly = not content and clause is not held.said.clauses[0] and held.every & LEAVES
                follows = goes_on or (briefly and one.kind in LEAVES) or held.instead(clause, content)
                if one.kind in LEAVES and near and near <= {MUST, SHOULD, MAY} and covers >= FIRM * max(1, len(pairs)):
                    return Fault(NEGATION, one.start, one.end)
                holds = follows or (not allowed and _left(one.kind, near, held, silent=silent))
            if not holds:
                strong = one.kind in (CAUTION, GUIDED, MUST) or near & {CAUTION, GUIDED}
                return Fault(STRENGTH if strong else NEGATION, one.start, one.end)
    return None


def _closest(group: list[Clause], *words: frozenset[str]) -> list[Clause]:
    """The clauses that have most in common with some words, or with the next ones, if they have nothing with these."""
    for some in words:
        scores = _alike(some, group)
        top = max(scores, default=0.0)
        if top > 0:
            return [c for c, score in zip(group, scores, strict=True) if score >= CLOSE * top]
    return group


def _alike(words: frozenset[str], clauses: list[Clause]) -> list[float]:
    """What stands in one clause alone weighs more than what stands in all; what stands above it, half."""
    many: dict[str, int] = {}
    for clause in clauses:
        for gram in clause.wide:
            many[gram] = many.get(gram, 0) + 1
    weights = {gram: (1.0 if len(gram) > 1 else 0.25) / count for gram, count in many.items()}
    return [sum(weights[g] * (1.0 if g in c.grams else 0.5) for g in words & c.wide) for c in clauses]


ENOUGH = {  # what the closest clauses must say, or any, if the closest say nothing
    BAN: frozenset({BAN, FORBID}),
    CAUTION: frozenset({CAUTION}),
    NEEDLESS: frozenset({NEEDLESS}),
}


def _left(kind: str, near: frozenset[str], held: Held, *, silent: bool) -> bool:
    """Whether a source may be said to forbid something, to make it needless, or to want care."""
    source = held.source.reading.said
    enough = ENOUGH.get(kind, frozenset())
    if near & enough or (silent and held.every & enough):
        return True
    if kind == NEEDLESS:
        return (silent and not near) or (not near & {MUST, SHOULD} and LIMITS.search(source) is not None)
    if kind in (FORBID, AGAINST):
        return bool(near & {*LEAVES, NOT, STOP}) or (not near & {CAUTION, GUIDED} and LIMITS.search(source) is not None)
    return kind in (NOT, WATCH, STOP, GUIDED)  # what is not so, is looked at word by word; 请遵医嘱 says nothing


def _done_too(kind: str, near: frozenset[str]) -> bool:
    """Whether a source may be said to allow something, to advise it, or to insist on it."""
    if kind == WANTS:
        return not near <= {*LEAVES, NEEDLESS}
    if near <= {*LEAVES, CAUTION, NEEDLESS, GUIDED}:
        return False
    if kind == MAY:
        return not near & {MUST, CAUTION, GUIDED, FORBID, BAN}
    return kind == SHOULD or bool(near & {MUST, SHOULD, FORBID, BAN})


# ---- the word behind a 不 --------------------------------------------------------------------------------------------

WITH = re.compile(r"^因[^,。;]{1,12}而|^再?[与和跟同将把][^,。;]{1,16}?(?=合用|混合|混在|混|配伍|接触|稀释)")
SKIPPED = re.compile(
    r"^(?:[有会被能再曾得经由因对将把在了其以的过 ·是]|属于?|用力|同时|见到?|出现|发生|发现|用于|看到|患者|病人)*"
)
_DULL = "开始 打开 开封 使用 应用 服用 用药 治疗 进行 可以 可能 需要 要用 患者 一次 用本 本品 合用 给药 是否 以上 以下 接受 超过 妊娠 哺乳 儿童 老年 成人"
DULL = frozenset(_DULL.split())
FITS = ("适用", "适合", "适宜", "用于", "作为", "考虑", "允许")
BEFORE = re.compile(r"[不没无未非勿别免停少忌禁][^,。;]{0,5}$")
NO = re.compile(r"[不没无未非难少缺停禁忌免勿防除拒][^,。;]*$")
NEGATIVE = re.compile(r"[不没无未别勿禁忌免防]")


def words(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    """What is denied here and said there, word by word."""
    mine = [(one, word) for one, word, clause in _behind(said) if _claimed(one, clause)]
    theirs = [(one, word) for one, word, _ in _behind(source.reading)]
    here, there = written(said.said), written(source.reading.said)
    for one, word in mine:
        if one.kind in (NEEDLESS, NOT) and BREAKS_OFF.match(word) and GOES_ON.search(source.reading.said):
            continue  # 不用减 of 剂量不变
        done = {_done(other) for other, same in theirs if _same_word(word, same)}
        unlike = done and _done(one) not in done and not (one.kind in DOES and _stands(word[:2], there))
        said_too = next((pair for pair in _scope(word) if pair in there), "") if one.kind == NOT and not done else ""
        if unlike or (said_too and not _denied(said_too, there)):
            return Fault(NEGATION, one.start, one.start + 2)
    quoted = [(one.kind, word) for one, word in theirs if source.quoted(one.start, one.start + 1)]
    denied = [word for kind, word in quoted if kind == NOT and not any(_same_word(word[:2], same) for _, same in mine)]
    lost = [part for word in denied for part in _scope(word)]
    if not NEGATIVE.search(here):  # 拔针 of 不要拔针
        lost += [word[:2] for kind, word in quoted if kind in LEAVES and len(word) > 1]
    lost += [word for word in FITS if re.search(rf"不(?:能|可|宜|得|应|适合|适|要|推荐)?{word}", there)]
    if any(word in here and not _denied(word, here) and not _stands(word, there) for word in lost):
        return Fault(NEGATION)
    return None


def _scope(word: str) -> list[str]:
    """What a 不 or a 无 denies, as pairs of letters: 解毒 in 无特效解毒药."""
    word = re.split("[的者时不没无未()]", word)[0][:4]
    pairs = [word[n : n + 2] for n in range(len(word) - 1)]
    return [pair for pair in pairs if pair not in DULL]


def _behind(told: Reading) -> Iterator[tuple[Stance, str, Clause]]:
    """Each stance with the letters behind it, and its clause; what is stopped is the word itself."""
    for stance, clause in told.stances:
        begin = stance.start if stance.kind == STOP else stance.end
        behind = written(re.split(r"[,。;!?、\n]", told.said[begin : begin + 20])[0])
        word = SKIPPED.sub("", WITH.sub("", behind))[:6]
        if word and word[:2] not in DULL and (word[0] not in "用服为做" or word[:2] == "用过"):
            yield stance, word, clause


def _same_word(a: str, b: str) -> bool:
    """嚼 and 嚼碎, 放冰箱 and 放入冰箱, 加 and 添加."""
    if len(b) == 1 < len(a):
        a, b = b, a
    if len(a) == 1:
        return a == b[0]
    return a[0] == b[0] and (a[1] == b[1] or len(set(a[1:]) & set(b[1:])) > 1)


def _done(one: Stance) -> bool:
    return one.kind in DOES or one.kind == STOP


def _places(word: str, text: str) -> list[str]:
    """What stands before each place of a word."""
    return [text[max(0, found.start() - 24) : found.start()] for found in re.finditer(re.escape(word), text)]


def _denied(word: str, text: str) -> bool:
    return any(NO.search(before) for before in _places(word, text))


def _stands(word: str, text: str) -> bool:
    """Whether it stands there at least once with nothing before it that denies it."""
    return any(not BEFORE.search(masked(before)) for before in _places(word, text))


# ---- first one, then the other ---------------------------------------------------------------------------------------

THEN = re.compile(r"先(?P<first>[^,。;]{1,10}?)[,、]?(?:再|然后|后|之后)(?P<then>[^,。;]{1,8})")


def order(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    """先补钾,后纠酸 is not 先纠酸,后补钾."""
    theirs = [(grams(found["first"]), grams(found["then"])) for found in THEN.finditer(source.reading.said)]
    for found in THEN.finditer(said.said):
        first, then = grams(found["first"]), grams(found["then"])
        for a, b in theirs:
            if len(first & b) + len(then & a) > len(first & a) + len(then & b):
                return Fault(NEGATION, *found.span())
    return None


# ---- opposites -------------------------------------------------------------------------------------------------------


class Seen(NamedTuple):
    """One of two opposites in a text, what stands close by, and its clause."""

    side: Side
    window: frozenset[str]
    part: frozenset[str]  # what stands around it up to the next comma or the next mark of a list
    clause: Clause


def opposites(said: Reading, source: Evidence, asked: Reading) -> Fault | None:  # noqa: ARG001
    """增强 where the source says 减弱: of all that it says of the kind, by what stands closest."""
    theirs: dict[str, list[Seen]] = {}
    for other in _seen(source.reading):
        theirs.setdefault(other.side.pair, []).append(other)
    for one in _seen(said):
        others = theirs.get(one.side.pair, [])
        found = {other.side.side for other in others}
        if not others or found == {one.side.side} or (one.side.turned and one.side.side in found):
            continue
        if len(found) == 1:
            both = any(side.pair == one.side.pair and side.side != one.side.side for side in said.sides)
            unlike = not both or any(len(gram) > 1 for other in others for gram in one.window & other.window)
        else:
            unlike = not _said_so(one, others, source)
        if unlike:
            return Fault(NEGATION, one.side.start, one.side.start + 2)
    return None


def _seen(told: Reading) -> Iterator[Seen]:
    for side in told.sides:
        text, start = told.said, side.start
        ahead = re.split(r"[,。;:!?、\n]", text[max(0, start - 6) : start])[-1]
        behind = re.split(r"[,。;:!?、\n]", text[start + 2 : start + 6])[0]
        clause = told.clause(start)
        at = start - clause.start
        part = clause.said[:at].split("、")[-1] + clause.said[at:].split("、")[0]
        yield Seen(side, grams(f"{ahead}□{behind}"), grams(part), clause)


def _said_so(one: Seen, others: list[Seen], source: Evidence) -> bool:
    """Whether the source says both, and what stands closest is the same: of the same drug or people, near the same words."""
    about = subjects(one.clause.said, source.called) or subjects(one.clause.before, source.called)
    own = [
        o for o in others if any(mentions(o.clause.said, s) or mentions(o.clause.before, s) for s in about)
    ] or others

    def near(o: Seen) -> float:
        return 2 * len(one.window & o.window) + 2 * len(one.part & o.part) + _alike(one.clause.wide, [o.clause])[0]

    top = max(map(near, own))
    return any(o.side.side == one.side.side for o in own if near(o) >= 0.8 * top)
