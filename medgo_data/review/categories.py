"""The part of a card about the kinds of material: how much there is of each, and what was counted in its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from medgo_data import schema
from medgo_data.review.markup import Inside, Markup, both, count, details, el, join, share, some, table
from medgo_data.review.plots import bar
from medgo_data.review.words import CATEGORIES, VALUES

FEW = 12  # values that stand open


def categories(told: dict[str, Any]) -> Markup:
    named = told["categories"]
    tokens = {name: kind["counts"]["tokens"] for name, kind in named.items() if "tokens" in kind["counts"]}
    heads = [both("类别", "Category"), both("来源", "Sources"), both("行", "Rows"), both("字", "Characters")]
    rows: list[list[Inside]] = [
        [_named(name), count(len(kind["sources"])), count(kind["rows"]), _with_share(kind["chars"], told["chars"])]
        for name, kind in named.items()
    ]
    if tokens:
        heads.append(both("词元", "Tokens"))
        whole = sum(tokens.values())
        rows = [[*row, _with_share(tokens.get(name, 0), whole)] for name, row in zip(named, rows, strict=True)]
    return join(
        table("各类材料的数量 How much there is of each kind", heads, rows, numeric=range(1, len(heads))),
        [_values(told, column) for column in _counted(told)],
    )


def _named(category: str) -> list[Inside]:
    return [CATEGORIES.get(category, category or "未注明 not named"), el("span", category, class_="by")]


def _with_share(part: int, whole: int) -> list[Inside]:
    return [count(part), " ", el("span", share(part, whole), class_="by")]


def _counted(told: dict[str, Any]) -> list[schema.Column]:
    """The columns whose values were counted, as far as the schema is known here."""
    seen = {column for kind in told["categories"].values() for column in kind["counts"]}
    try:
        columns = schema.load(told["gives"]["schema"]).columns
    except schema.SchemaError:  # a schema of somebody's own
        return []
    return [c for c in columns if c.name in seen - {"masked"} and c.count == "values"]


def _values(told: dict[str, Any], column: schema.Column) -> Markup:
    """How many rows have each value: the share is that of all rows of the sources in which it was counted."""
    counts, rows = Counter[str](), 0
    for source in told["sources"].values():
        if column.name in source["counts"]:
            counts.update(source["counts"][column.name])
            rows += source["rows"]
    ordered = counts.most_common()
    most = ordered[0][1] if ordered else 0
    drawn = [_value(value, n, most, rows) for value, n in ordered]
    heads = [el("code", column.name), both("行", "Rows")]
    meaning = f"{column.zh} {column.en}"
    more = drawn[FEW:]
    folded = details(
        f"其余 {count(len(more))} 项", some(len(more), "more value"), table(meaning, heads, more, meters=(1,))
    )
    return join(table(meaning, heads, drawn[:FEW], meters=(1,)), folded if more else None)


def _value(value: str, n: int, most: int, rows: int) -> list[Inside]:
    row = el("div", el("b", count(n)), el("span", share(n, rows)), class_="row")
    said: Mapping[str, str] = VALUES
    name = [value, el("span", said.get(value), class_="by", lang="zh") if value in said else None]
    return [name, join(row, bar(n, most, f"{value}: {some(n, 'row')}"))]
