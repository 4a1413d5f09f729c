"""The part of a card about identifiers: how many of each type were replaced, and in which kinds of material."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from medgo_data.review.markup import Inside, Markup, both, count, el, join, sentence, share, some, table
from medgo_data.review.plots import bar
from medgo_data.review.words import CATEGORIES, IDENTIFIERS

PER = 10_000  # characters


def masked(told: Mapping[str, Any]) -> Markup:
    """By type, and by category; what the rows that stayed tell of themselves."""
    named = {name: Counter(kind["counts"].get("masked", {})) for name, kind in told["categories"].items()}
    types = sum(named.values(), Counter[str]())
    if "scrubbed" not in told["marks"] and not types:
        return sentence("文中的个人标识信息没有替换。", "No identifiers were replaced.")
    return join(_types(types), _categories(named, told) if types else None)


def _types(types: Counter[str]) -> Markup:
    whole, most = types.total(), max(types.values(), default=0)
    rows: list[list[Inside]] = [
        [
            [IDENTIFIERS.get(kind, kind), el("span", kind, class_="by")],
            join(
                el("div", el("b", count(n)), el("span", share(n, whole)), class_="row"),
                bar(n, most, f"{kind}: {some(n, 'identifier')}"),
            ),
        ]
        for kind, n in types.most_common()
    ]
    caption = f"按类型统计的被替换标识信息，共 {count(whole)} 处 {some(whole, 'identifier')} replaced, by type"
    return table(caption, [both("类型", "Type"), both("处", "Replaced")], rows, meters=(1,))


def _categories(named: Mapping[str, Counter[str]], told: Mapping[str, Any]) -> Markup:
    rows: list[list[Inside]] = []
    for name, types in named.items():
        if not types:
            continue
        kind = told["categories"][name]
        said = "、".join(f"{IDENTIFIERS.get(type_, type_)} {count(n)}" for type_, n in types.most_common())
        label = [CATEGORIES.get(name, name or "未注明 not named"), el("span", said, class_="by", lang="zh")]
        rows.append(
            [label, count(kind["rows"]), count(types.total()), f"{PER * types.total() / max(kind['chars'], 1):.1f}"]
        )
    heads = [
        both("类别", "Category"),
        both("行", "Rows"),
        both("替换", "Replaced"),
        both("每万字", "Per 10,000 characters"),
    ]
    return table("各类材料中替换了多少 How many in each kind of material", heads, rows, numeric=(1, 2, 3))
