"""How far reviewers agree, with one another, with whoever settles what they do not agree on, and with answers that are known.

Compared are the standing verdicts of reviewers on the same item: the same task, rows and text. What adjudicators say stands
apart, and so do items that were asked only to see how a reviewer works.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import combinations
from statistics import median
from typing import Any

import numpy as np

from medgo_data.review import measures
from medgo_data.review.bound import CONFIDENCE, fisher
from medgo_data.review.measures import NOTHING, Codes, Measure, Table
from medgo_data.verdict import TASKS, UNSURE, Verdict, standing

ALARM = 0.05  # the chance of a single false alarm in a whole report (Holm)
LEAST = 10  # verdicts of a week, and before it, that are compared
KNOWN: Mapping[str, tuple[str, ...]] = {  # what can be said, where it is a short list
    **{task: said for task, said in TASKS.items() if isinstance(said, tuple)},
    "pair": ("1>2", "1=2", "2>1"),
}
ACCEPTS = ("check", "feedback", "residual")
ORDERS = ("pair", "ranking")
Found = dict[str, Any]
Key = tuple[str, tuple[str, ...], str]
Gold = Mapping[tuple[str, str], str]


def agreement(
    verdicts: Iterable[Verdict],
    *,
    gold: Gold | None = None,
    options: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Found:
    """All of it, in numbers, lists and names alone.

    ``gold`` says of a task and an item what is right; without it, what an adjudicator said of an item that is marked as
    gold. ``options`` says how many options the question of a row has; without it, as many as the last letter that anybody
    named has before it.
    """
    said = list(verdicts)
    stands = standing(said)
    mine, again = _latest(stands)
    tasks = {task: Asked(task, {key[1:]: each for key, each in mine.items() if key[0] == task}) for task in TASKS}
    asked = {task: each for task, each in tasks.items() if each.items}
    how: Found = {"confidence": CONFIDENCE, "seed": seed}
    right = gold if gold is not None else known(stands)
    return {
        "corpora": sorted({f"{one.corpus}@{one.version}" for one in stands}),
        "confidence": CONFIDENCE,
        "seed": seed,
        "alarm": ALARM,
        "verdicts": len(said),
        "standing": len(stands),
        "said_again": again,  # of the same item by the same reviewer, not named as replaced
        "reviewers": sorted({one.reviewer for one in stands if one.role == "reviewer"}),
        "items": sum(len(each.items) for each in asked.values()),
        "overall": _overall(list(asked.values()), **how),
        "tasks": {task: _task(each, options or {}, **how) for task, each in asked.items()},
        "adjudication": _adjudication(mine, stands, CONFIDENCE),
        "by_reviewer": _by_reviewer(stands, right, CONFIDENCE),
        "drift": drift(stands, right),
    }


def known(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], str]:
    """What adjudicators said of the items by which reviewers are measured."""
    return {(v.task, v.item): v.verdict for v in verdicts if v.gold and v.role == "adjudicator"}


def label(task: str, verdict: str) -> str:
    """The same judgement, always in the same words: 2=1 is 1=2, and BA is AB."""
    if verdict == UNSURE:
        return verdict
    if task in ORDERS:
        return ">".join("=".join(sorted(place.split("="))) for place in verdict.split(">"))
    if task == "options" and verdict != "none":
        return "".join(sorted(verdict))
    return verdict


@lru_cache(maxsize=100_000)
def week(at: str) -> str:
    """The week of ISO 8601 where it was said: 2026-W09."""
    year, number, _ = datetime.fromisoformat(at).isocalendar()
    return f"{year}-W{number:02d}"


def _latest(stands: Sequence[Verdict]) -> tuple[dict[Key, dict[str, Verdict]], int]:
    """Of each item what each reviewer said last, and how often he had said something else before."""
    found: dict[Key, dict[str, Verdict]] = {}
    again = 0
    for one in stands:
        if one.role == "reviewer" and not one.gold:
            item = found.setdefault((one.task, one.rows, one.item), {})
            again += one.reviewer in item
            item[one.reviewer] = one
    return found, again


# ---- one task ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What reviewers said in one task, of each item."""

    task: str
    items: Mapping[tuple[tuple[str, ...], str], Mapping[str, Verdict]]

    @cached_property
    def compared(self) -> list[Mapping[str, Verdict]]:
        return [said for said in self.items.values() if len(said) > 1]

    @cached_property
    def reviewers(self) -> list[str]:
        return sorted({reviewer for said in self.compared for reviewer in said})

    @cached_property
    def labels(self) -> list[str]:
        """Those that can be said, and then others that were."""
        first = KNOWN.get(self.task, ())
        seen = {label(self.task, one.verdict) for said in self.compared for one in said.values()}
        return [*first, *sorted(seen - set(first), key=lambda one: (one == UNSURE, one))]

    @cached_property
    def codes(self) -> Codes:
        number = {name: k for k, name in enumerate(self.labels)}
        return self.coded(lambda one: number[label(self.task, one.verdict)])

    def coded(self, told: Any) -> Codes:
        """A row for each item that is compared, a column for each reviewer."""
        column = {name: k for k, name in enumerate(self.reviewers)}
        codes = np.full((len(self.compared), len(self.reviewers)), NOTHING, np.int32)
        for k, said in enumerate(self.compared):
            for reviewer, one in said.items():
                codes[k, column[reviewer]] = told(one)
        return codes

    @cached_property
    def weeks(self) -> list[str]:
        """When an item came to be judged by two."""
        return [max(week(one.at) for one in said.values()) for said in self.compared]

    @property
    def table(self) -> Table:
        return Table.of(self.codes, max(2, len(self.labels)))


def beside(codes: Codes, labels: Sequence[str], *, confidence: float, seed: int) -> Found:
    """What must never be read alone: raw agreement, kappa, AC1, alpha, and how often each label was given."""
    table = Table.of(codes, max(2, len(labels)))
    who = np.flatnonzero((codes[(codes != NOTHING).sum(1) > 1] != NOTHING).any(0))
    if len(who) == 2:
        seen = measures.confusion(codes[:, who[0]], codes[:, who[1]], len(labels))
        kappa = measures.cohen(seen, confidence=confidence)
    else:
        kappa = measures.fleiss(table, confidence=confidence)
    given = table.times @ table.ways
    return {
        "items": table.items,
        "labels": int(given.sum()),
        "reviewers": len(who),
        "raw": measures.raw(table, confidence=confidence).told,
        "kappa": kappa.told,
        "kappa_of": "cohen" if len(who) == 2 else "fleiss",
        "ac1": measures.ac1(table, confidence=confidence).told,
        "alpha": measures.alpha(table, confidence=confidence, seed=seed).told,
        "prevalence": {name: float(n / given.sum()) if given.sum() else None for name, n in zip(labels, given, strict=False)},
    }  # fmt: skip


def _overall(asked: Sequence[Asked], *, confidence: float, seed: int) -> Found:
    """All tasks at once, each with a chance of its own."""
    filled = [each for each in asked if each.compared]
    if len(filled) == 1:
        return beside(filled[0].codes, filled[0].labels, confidence=confidence, seed=seed)
    tables = [each.table for each in filled]
    return {
        "items": sum(table.items for table in tables),
        "labels": int(sum(float(table.times @ table.said) for table in tables)),
        "reviewers": len({reviewer for each in filled for reviewer in each.reviewers}),
        "raw": measures.raw(*tables, confidence=confidence).told,
        "kappa": measures.fleiss(*tables, confidence=confidence).told,
        "kappa_of": "fleiss",
        "ac1": measures.ac1(*tables, confidence=confidence).told,
        "alpha": measures.none("several_tasks" if tables else "no_items").told,
        "prevalence": {},
    }


def _task(asked: Asked, options: Mapping[str, int], **how: Any) -> Found:
    codes, labels, weeks = asked.codes, asked.labels, np.array(asked.weeks)
    found = {
        "read": len(asked.items),
        **beside(codes, labels, **how),
        "by_label": _by_label(asked, how["confidence"]),
        "pairs": list(_pairs(asked, **how)),
        "weeks": {name: beside(codes[weeks == name], labels, **how) for name in sorted(set(asked.weeks))},
    }
    if asked.task == "check":
        found |= _of_checks(asked, **how)
    if asked.task == "options":
        found |= _of_options(asked, options, **how)
    if asked.task in ORDERS:
        found["tau"] = _tau(asked.compared, None, how["confidence"]).told
    return found


def _by_label(asked: Asked, confidence: float) -> Found:
    """Of each label by itself how far they agree who gave it and who did not."""
    table, given = asked.table, asked.table.times @ asked.table.ways
    return {
        name: {
            "given": int(given[k]),
            "share": float(given[k] / given.sum()) if given.sum() else None,
            "specific": measures.specific(table, k, confidence).told,
            "kappa": measures.fleiss(table.only(k), confidence=confidence).told,
            "ac1": measures.ac1(table.only(k), confidence=confidence).told,
        }
        for k, name in enumerate(asked.labels)
    }


def _pairs(asked: Asked, **how: Any) -> Iterable[Found]:
    for one, other in combinations(range(len(asked.reviewers)), 2):
        two = asked.codes[:, [one, other]]
        two = two[(two != NOTHING).all(1)]
        if not len(two):
            continue
        names = [asked.reviewers[one], asked.reviewers[other]]
        found = {"pair": names, **beside(two, asked.labels, **how)}
        found["confusion"] = measures.confusion(two[:, 0], two[:, 1], len(asked.labels)).tolist()
        if asked.task in ORDERS:
            found["tau"] = _tau(asked.compared, names, how["confidence"]).told
        yield found


def _of_checks(asked: Asked, **how: Any) -> Found:
    """Accept against all that could not stay as it is; and the three as steps, from accept over edit to reject."""
    accept = asked.coded(lambda one: NOTHING if one.verdict == UNSURE else int(one.verdict != "accept"))
    steps = {name: k for k, name in enumerate(KNOWN["check"])}
    order = Table.of(asked.coded(lambda one: steps.get(one.verdict, NOTHING)), len(steps))
    return {
        "collapsed": beside(accept, ("accept", "edit or reject"), **how),
        "ordinal": measures.alpha(order, "ordinal", **how).told,
    }


def _of_options(asked: Asked, options: Mapping[str, int], **how: Any) -> Found:
    """Right or wrong, letter by letter; and of all letters at once."""
    said = [one.verdict for each in asked.compared for one in each.values()]
    named = [ord(letter) - 64 for verdict in said if verdict not in (UNSURE, "none") for letter in verdict]
    last = max([*named, *options.values()], default=0)
    found, every = {}, []
    for k in range(last):
        letter = chr(65 + k)
        codes = asked.coded(lambda one, k=k: _right(one, k, options.get(one.rows[0], max(named, default=0))))
        found[letter] = beside(codes, ("wrong", "right"), **how)
        every.append(codes)
    joined = np.concatenate(every) if every else asked.codes[:0]
    return {"letters": found, "every_letter": beside(joined, ("wrong", "right"), **how)}


def _right(one: Verdict, k: int, many: int) -> int:
    if one.verdict == UNSURE or k >= many:
        return NOTHING
    return int(one.verdict != "none" and chr(65 + k) in one.verdict)


def _tau(compared: Sequence[Mapping[str, Verdict]], names: Sequence[str] | None, confidence: float) -> Measure:
    """Kendall's tau-b of each two who ordered the same, on the average by item."""
    each = []
    for said in compared:
        mine = [said[name].verdict for name in (names or sorted(said)) if name in said]
        taus = [_kendall(*two) for two in combinations([one for one in mine if one != UNSURE], 2)]
        if found := [one for one in taus if one is not None]:
            each.append(sum(found) / len(found))
    return measures.mean(each, confidence) if each else measures.none("no_orders")


@lru_cache(maxsize=10_000)
def _kendall(one: str, other: str) -> float | None:
    mine, theirs = _places(one), _places(other)
    both = sorted(mine.keys() & theirs.keys())
    return measures.kendall([mine[n] for n in both], [theirs[n] for n in both])


def _places(order: str) -> dict[str, int]:
    return {n: k for k, place in enumerate(order.split(">")) for n in place.split("=")}


# ---- who settles it ------------------------------------------------------------------------------------------------


def _adjudication(mine: Mapping[Key, Mapping[str, Verdict]], stands: Sequence[Verdict], confidence: float) -> Found:
    """How often reviewers were of several minds, how many of these items were settled, and whose word was upheld."""
    last = {(v.task, v.rows, v.item): v for v in stands if v.role == "adjudicator" and not v.gold}
    compared = {key: said for key, said in mine.items() if len(said) > 1}
    apart = {key for key, said in compared.items() if len({_whole(one) for one in said.values()}) > 1}
    unsure = {
        key for key, said in compared.items() if key not in apart and all(v.verdict == UNSURE for v in said.values())
    }
    settled = [key for key in apart | unsure if key in last]
    heard, upheld = Counter[str](), Counter[str]()
    for key in apart & set(settled):
        for reviewer, one in mine[key].items():
            heard[reviewer] += 1
            upheld[reviewer] += label(one.task, one.verdict) == label(one.task, last[key].verdict)
    return {
        "compared": len(compared),
        "disagreed": len(apart),
        "all_unsure": len(unsure),
        "disagreement": measures.share(len(apart), len(compared), confidence).told,
        "adjudicated": len(settled),
        "rate": measures.share(len(settled), len(compared), confidence).told,
        "waiting": len(apart | unsure) - len(settled),
        "of_one_mind_and_adjudicated": sum(key in last for key in compared.keys() - apart - unsure),
        "upheld": {name: measures.share(upheld[name], heard[name], confidence).told for name in sorted(heard)},
    }


def _whole(one: Verdict) -> tuple[Any, ...]:
    return label(one.task, one.verdict), one.edited, one.marks


# ---- each reviewer -------------------------------------------------------------------------------------------------


def _by_reviewer(stands: Sequence[Verdict], gold: Gold, confidence: float) -> Found:
    """How many each has read, how fast, and how often what is known to be right."""
    found: Found = {}
    said: dict[str, list[Verdict]] = {}
    for one in stands:
        if one.role == "reviewer":
            said.setdefault(one.reviewer, []).append(one)
    for name, mine in sorted(said.items()):
        asked = [(_answer(one, gold), label(one.task, one.verdict)) for one in mine if one.gold]
        checked = [(right, told) for right, told in asked if right is not None]
        seen: dict[str, Counter[str]] = {}
        for right, told in checked:
            seen.setdefault(right, Counter())[told] += 1
        found[name] = {
            "read": len(mine),
            "seconds": _middle(mine),
            "seconds_by_task": {task: _middle(told) for task, told in _by_task(mine).items()},
            "gold": measures.share(sum(right == told for right, told in checked), len(checked), confidence).told,
            "gold_not_known": len(asked) - len(checked),
            "confusion": {right: dict(sorted(told.items())) for right, told in sorted(seen.items())},
        }  # fmt: skip
    return found


def _by_task(said: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}
    for one in said:
        found.setdefault(one.task, []).append(one)
    return {task: found[task] for task in TASKS if task in found}


def _answer(one: Verdict, gold: Gold) -> str | None:
    right = gold.get((one.task, one.item))
    return None if right is None else label(one.task, right)


def _middle(said: Iterable[Verdict]) -> float | None:
    told = [one.seconds for one in said if one.seconds is not None]
    return float(median(told)) if told else None


def drift(stands: Sequence[Verdict], gold: Gold, confidence: float = CONFIDENCE) -> Found:
    """Week by week how often each reviewer accepts, and is right; an alarm where a week is unlike all before it.

    Each week is held against all earlier ones of the same reviewer and task by Fisher's exact test. Of all the tests of a
    report the chance that a single one alarms for nothing is ``ALARM`` (Holm). An alarm asks to look: what was read may
    have been other material.
    """
    counted: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    for one in stands:
        if one.role != "reviewer":
            continue
        right = _answer(one, gold) if one.gold else None
        if right is not None:
            _count(counted, (one.reviewer, "", "gold"), one, label(one.task, one.verdict) == right)
        if not one.gold and one.task in ACCEPTS and one.verdict != UNSURE:
            _count(counted, (one.reviewer, one.task, "accept"), one, one.verdict == "accept")
    weeks = [
        {"reviewer": reviewer, "task": task, "what": what, "weeks": {
            name: {"yes": yes, **measures.share(yes, n, confidence).told} for name, (yes, n) in sorted(each.items())
        }}
        for (reviewer, task, what), each in sorted(counted.items())
    ]  # fmt: skip
    tests = sorted((test for each in weeks for test in _tests(each)), key=lambda test: float(test["p"]))
    alarms = []
    for k, test in enumerate(tests):
        if test["p"] > ALARM / (len(tests) - k):
            break
        alarms.append(test | {"level": ALARM / (len(tests) - k)})
    return {"weeks": weeks, "tests": len(tests), "level": ALARM, "alarms": alarms}


def _count(counted: dict[Any, dict[str, list[int]]], key: tuple[str, str, str], one: Verdict, yes: bool) -> None:  # noqa: FBT001  what was said
    told = counted.setdefault(key, {}).setdefault(week(one.at), [0, 0])
    told[0] += yes
    told[1] += 1


def _tests(told: Found) -> Iterable[Found]:
    before = [0, 0]
    for name, now in told["weeks"].items():
        yes, n = now["yes"], now["items"]
        if min(n, before[1]) >= LEAST:
            yield {
                **{each: told[each] for each in ("reviewer", "task", "what")},
                "week": name,
                "share": yes / n,
                "before": before[0] / before[1],
                "p": fisher(yes, n, *before),
            }
        before = [before[0] + yes, before[1] + n]
