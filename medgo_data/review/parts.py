"""The middle of a card: which sources the rows came from, how long they are, why rows were dropped, and under which terms they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from medgo_data.review.markup import (
    Inside,
    Markup,
    both,
    count,
    details,
    el,
    en_,
    join,
    scrolled,
    sentence,
    share,
    some,
    table,
)
from medgo_data.review.plots import bar, histogram, median, reach, span
from medgo_data.review.words import REASONS, STAGES

AT_ONCE = 12  # small pictures that stand open

# ---- sources -------------------------------------------------------------------------------------------------------


def sources(told: dict[str, Any]) -> Markup:
    named = told["sources"]
    most = {of: max((source[of] for source in named.values()), default=0) for of in ("rows", "chars")}
    rows = [
        [_source(name, source), *[_meter(name, of, source[of], most[of], told[of]) for of in ("rows", "chars")]]
        for name, source in named.items()
    ]
    heads = [both("来源", "Source"), both("行", "Rows"), both("字", "Characters")]
    caption = "按信任顺序排列；条形以最大者为满 In order of trust; the largest fills its bar"
    return join(
        table(caption, heads, rows, meters=(1, 2)),
        _by_source(told) if len(named) > 1 and len(told["funnel"]) > 1 else None,
    )


def _source(name: str, source: Mapping[str, Any]) -> list[Inside]:
    return [name, el("span", " · ".join(filter(None, [source["category"], source["license"]])), class_="by")]


def _meter(name: str, of: str, part: int, most: int, whole: int) -> Markup:
    """A number, its share of the corpus, and a bar that compares it to the largest."""
    told = share(part, whole)
    row = el("div", el("b", count(part)), el("span", told), class_="row")
    return join(row, bar(part, most, f"{name}: {count(part)} {of}, {told}"))


def _by_source(told: dict[str, Any]) -> Markup:
    stages = [line["stage"] for line in told["funnel"]]
    heads = [both("来源", "Source"), both("进入", "In"), *[_stage(stage) for stage in stages]]
    rows = [[name, *_kept(source["funnel"], len(stages))] for name, source in told["sources"].items()]
    caption = (
        "各来源在每一步之后的行数，及其中剔除的占比 Rows of each source after each stage, and the share dropped there"
    )
    return join(
        el("h3", both("各来源的漏斗", "Funnel by source")), table(caption, heads, rows, numeric=range(1, len(heads)))
    )


def _stage(name: str) -> list[Inside]:
    return [el("span", STAGES.get(name), lang="zh"), el("span", name)]


def _kept(lines: list[dict[str, Any]], stages: int) -> list[Inside]:
    """Rows in, then what stays after each stage; dashes where no part of the source was met."""
    if not lines:
        return ["–"] * (stages + 1)
    return [count(lines[0]["rows_in"]), *[[count(line["rows_out"]), " ", _loss(line)] for line in lines]]


def _loss(line: dict[str, Any]) -> Markup | None:
    left, came = sum(line["dropped"].values()), line["rows_in"] + line["born"]
    said = [f"−{share(left, came)}".replace("−<", "<")] * bool(left) + [f"+{count(line['born'])}"] * bool(line["born"])
    return el("span", " ".join(said), class_="by") if said else None


# ---- lengths -------------------------------------------------------------------------------------------------------


def lengths(told: dict[str, Any]) -> Markup:
    bins = span([source["lengths"] for source in told["sources"].values()])
    drawn = [_figure(name, source, bins) for name, source in told["sources"].items()]
    said = sentence(
        "每行的字数；每一格的上限是前一格的两倍，各图横轴相同，纵轴各以最高一格为准。",
        "Characters a row. Each column reaches twice as far as the one before; all pictures share the horizontal axis, each has a height of its own.",
    )
    more = drawn[AT_ONCE:]
    folded = details(f"其余 {count(len(more))} 个来源", some(len(more), "more source"), _many(more)) if more else None
    return join(said, _many(drawn[:AT_ONCE]), folded)


def _many(drawn: list[Markup]) -> Markup:
    return el("div", drawn, class_="many")


def _figure(name: str, source: Mapping[str, Any], bins: Sequence[int]) -> Markup:
    middle = median(source["lengths"])
    if middle is None:
        return el("figure", el("figcaption", el("b", name), el("span", "没有行 No rows", class_="by")))
    mean = f"{source['chars'] / source['rows']:,.0f}"
    said = [f"{count(source['rows'])} 行 rows · 平均 mean {mean}", f"中位 median {reach(middle)}"]
    caption = el("figcaption", el("b", name), [el("span", line, class_="by") for line in said])
    return el("figure", caption, histogram(source["lengths"], bins, name))


# ---- reasons and licences ------------------------------------------------------------------------------------------


def reasons(told: dict[str, Any]) -> Markup:
    lines = told["funnel"]
    everything = [n for line in lines for n in line["dropped"].values()]
    left, most = sum(everything), max(everything, default=0)
    if not left:
        return sentence("没有行被剔除。", "No row was dropped.")
    groups = [_group(k, line, most, left) for k, line in enumerate(lines) if line["dropped"]]
    heads = [both("原因", "Reason"), both("行", "Rows")]
    head = el("thead", el("tr", [el("th", text, scope="col") for text in heads]))
    caption = el(
        "span",
        f"共剔除 {count(left)} 行；占比以全部剔除的行为分母 {some(left, 'row')} dropped; shares are of all that were",
    )
    return join(scrolled(el("table", el("caption", caption), head, groups)), _ledger(told))


def _group(k: int, line: dict[str, Any], most: int, left: int) -> Markup:
    """The reasons of one stage, the most frequent first."""
    name = [f"{k} · {line['stage']} ", el("span", STAGES.get(line["stage"]), lang="zh")]
    head = el("tr", el("th", name, colspan=2, scope="rowgroup"), class_="group")
    ordered = sorted(line["dropped"].items(), key=lambda item: (-item[1], item[0]))
    return el("tbody", head, [_reason(reason, n, most, left) for reason, n in ordered])


def _reason(reason: str, n: int, most: int, left: int) -> Markup:
    named = el("th", el("code", reason), el("span", REASONS.get(reason), class_="by", lang="zh"), scope="row")
    row = el("div", el("b", count(n)), el("span", share(n, left)), class_="row")
    meter = el("td", row, bar(n, most, f"{reason}: {some(n, 'row')}", "gone"), class_="meter")
    return el("tr", named, meter)


def _ledger(told: dict[str, Any]) -> Markup:
    written = [shard["dropped"]["rows"] for shard in told["shards"] if shard["dropped"]]
    if not written:
        return sentence(
            "本版本没有剔除台账（dropped/）。", "This version has no ledger of dropped rows (dropped/).", "note"
        )
    return sentence(
        f"dropped/ 中的台账逐行记下剔除的 {count(sum(written))} 行：编号、步骤、原因，不含文本。",
        f"The ledger in dropped/ names {some(sum(written), 'dropped row')}: id, stage and reason, never text.",
        "note",
    )


def licences(told: dict[str, Any]) -> Markup:
    rows, chars, under = Counter[str](), Counter[str](), dict[str, list[str]]()
    for name, source in told["sources"].items():
        rows[source["license"]] += source["rows"]
        chars[source["license"]] += source["chars"]
        under.setdefault(source["license"], []).append(name)
    most = {"rows": max(rows.values(), default=0), "chars": max(chars.values(), default=0)}
    listed = [
        [
            [licence, el("span", "、".join(under[licence]), class_="by")],
            _meter(licence, "rows", rows[licence], most["rows"], told["rows"]),
            _meter(licence, "chars", chars[licence], most["chars"], told["chars"]),
        ]
        for licence in sorted(rows, key=lambda each: (-rows[each], each))
    ]
    heads = [both("许可", "Licence"), both("行", "Rows"), both("字", "Characters")]
    return table(["每行所依的使用许可 ", en_("The terms that rows stand under")], heads, listed, meters=(1, 2))
