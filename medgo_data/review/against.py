"""The part of a card about rows that went because of another text: which source holds the copy, which benchmark has the question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from medgo_data.review.markup import Inside, Markup, both, count, el, join, sentence, share, some, table
from medgo_data.review.plots import bar
from medgo_data.review.words import STAGES

BENCHMARKS = "Decontaminate"  # the stage that names questions of benchmarks, which may be called like a source
NAMED = 3  # sources that stand in a row; of the others there is a number


def against(told: Mapping[str, Any]) -> Markup:
    sources, marked = told["sources"], _marked(told)
    steps = [(k, line) for k, line in enumerate(told["funnel"]) if line.get("against")]
    copies = [_copies(k, line, of, told) for k, line in steps if (of := _rows_of(sources, line))]
    leaks = [line for _, line in steps if not _rows_of(sources, line)]
    if not copies and not leaks and not marked:
        return sentence(
            "没有行因与别的文本相同而被剔除或标出。", "No row was dropped or marked for being like another text."
        )
    return join(copies, _leaks(leaks, marked, told) if leaks or marked else None)


def _rows_of(sources: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, int]:
    """The sources of the rows that stayed, in the order of trust; none if it was not a row."""
    of = {} if line["stage"].startswith(BENCHMARKS) else line["against"]
    return {name: of[name] for name in sources if name in of}


def _marked(told: Mapping[str, Any]) -> Counter[str]:
    """Rows that stayed and are marked as leaks, by benchmark."""
    seen = Counter[str]()
    for source in told["sources"].values():
        for leak, rows in source["counts"].get("leak", {}).items():
            seen[leak.partition("/")[0]] += rows
    return seen


# ---- copies --------------------------------------------------------------------------------------------------------


def _copies(k: int, line: Mapping[str, Any], of: Mapping[str, int], told: Mapping[str, Any]) -> Markup:
    left, most = sum(of.values()), max(of.values())
    rows: list[list[Inside]] = [
        [[name, el("span", _from(name, k, told), class_="by")], _meter(name, n, most, left)] for name, n in of.items()
    ]
    caption = (
        f"因另一行而剔除的 {count(left)} 行，按留下的那一行所在的来源统计；下方小字是被剔除的行的来源 "
        f"{some(left, 'row')} went because of another, by the source of the one that stayed; below it, where they came from"
    )
    heads = [both("留下的一方", "Stayed"), both("剔除的行", "Rows that went")]
    return join(_head(line), table(caption, heads, rows, meters=(1,)))


def _head(line: Mapping[str, Any]) -> Markup:
    return el("h3", both(STAGES.get(line["stage"], line["stage"]), line["stage"]))


def _from(keeper: str, k: int, told: Mapping[str, Any]) -> str:
    """The sources whose rows went because of this one, those with the most rows first."""
    came = Counter[str]()
    for name, source in told["sources"].items():
        if source["funnel"]:
            came[name] = source["funnel"][k].get("against", {}).get(keeper, 0)
    ordered = [(name, n) for name, n in came.most_common() if n]
    said = " · ".join(f"{name} {count(n)}" for name, n in ordered[:NAMED])
    others = ordered[NAMED:]
    return said + (f" · 其余 others {count(sum(n for _, n in others))}" if others else "")


def _meter(name: str, part: int, most: int, whole: int) -> Markup:
    row = el("div", el("b", count(part)), el("span", share(part, whole)), class_="row")
    return join(row, bar(part, most, f"{name}: {some(part, 'row')}", "gone"))


# ---- benchmarks ----------------------------------------------------------------------------------------------------


def _leaks(leaks: Sequence[Mapping[str, Any]], marked: Mapping[str, int], told: Mapping[str, Any]) -> Markup:
    """A line for each benchmark, the most contaminated first."""
    left = Counter[str]()
    for line in leaks:
        left.update(line["against"])
    came = max(
        (line["rows_in"] for line in told["funnel"] if line["stage"].startswith(BENCHMARKS)), default=told["rows"]
    )
    named = sorted({*left, *marked}, key=lambda name: (-left[name] - marked.get(name, 0), name))
    rows: list[list[Inside]] = [
        [name, count(left[name]), count(marked.get(name, 0)), share(left[name] + marked.get(name, 0), came)]
        for name in named
    ]
    heads = [
        both("考题集", "Benchmark"),
        both("剔除", "Dropped"),
        both("标出并保留", "Kept, marked"),
        both("占比", "Share"),
    ]
    caption = (
        f"与考题重合的行；占比以进入该步骤的 {count(came)} 行为分母 "
        f"Rows that overlap with a benchmark; shares are of the {some(came, 'row')} that were looked at"
    )
    return join(
        el("h3", both("与考题重合", "Overlap with benchmarks")), table(caption, heads, rows, numeric=range(1, 4))
    )
