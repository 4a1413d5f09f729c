"""The card of a corpus: one page that says what this version is, what became of every row, and how to check it.

It is drawn from the manifest alone, so the same version has the same card, and no text of any row can be on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medgo_data.review import origins, parts
from medgo_data.review.against import against
from medgo_data.review.categories import categories
from medgo_data.review.markup import (
    Inside,
    Markup,
    both,
    count,
    el,
    en_,
    han,
    join,
    section,
    sentence,
    share,
    size,
    some,
    table,
)
from medgo_data.review.masked import masked
from medgo_data.review.passed import passed
from medgo_data.review.plots import funnel
from medgo_data.review.sheet import page
from medgo_data.review.words import MARKS, STAGES
from medgo_data.review.written import written

if TYPE_CHECKING:
    from medgo_data.store import Built

SECTIONS = {
    "funnel": ("漏斗", "Funnel"),
    "sources": ("来源", "Sources"),
    "categories": ("类别", "Categories"),
    "lengths": ("长度", "Lengths"),
    "reasons": ("剔除原因", "Why rows were dropped"),
    "against": ("重复与考题重合", "Copies and leaks"),
    "masked": ("脱敏", "What was masked"),
    "written": ("撰写", "What was written"),
    "accepted": ("抽检", "Check of samples"),
    "licences": ("许可", "Licences"),
    "schema": ("字段", "Schema"),
    "inputs": ("输入", "Inputs"),
    "recipe": ("配方", "Recipe"),
    "shards": ("分片", "Shards"),
    "verify": ("核验", "Verify"),
}


def card(built: Built) -> str:
    """One HTML page about ``built`` that needs nothing but itself."""
    told, full_name = built.manifest, built.full_name
    drawn = {
        "funnel": _funnel(told),
        "sources": parts.sources(told),
        "categories": categories(told),
        "lengths": parts.lengths(told),
        "reasons": parts.reasons(told),
        "against": against(told),
        "masked": masked(told),
        "written": written(told),
        "accepted": passed(told),
        "licences": parts.licences(told),
        "schema": origins.columns(told),
        "inputs": origins.inputs(told),
        "recipe": origins.recipe(told),
        "shards": origins.shards(told),
        "verify": origins.verify(told, full_name),
    }
    sections = [section(key, *SECTIONS[key], inside) for key, inside in drawn.items()]
    return page(f"{full_name} · 数据集卡 Corpus card", [_head(told, built.folder.name), sections, _foot()])


# ---- the top: what it is -------------------------------------------------------------------------------------------


def _head(told: dict[str, Any], version: str) -> Markup:
    links = [el("a", zh, " ", en_(en), href=f"#{key}") for key, (zh, en) in SECTIONS.items()]
    return el(
        "header",
        el("p", "medgo · 数据集卡 Corpus card", class_="eyebrow"),
        el("h1", told["name"]),
        el("p", "版本 ", en_("Version"), " ", el("code", version), class_="version"),
        _story(told),
        _verdict(set(told["marks"])),
        _tiles(told),
        el("nav", links, aria_label="目录 Contents"),
    )


def _story(told: dict[str, Any]) -> Markup:
    """The whole corpus in one sentence."""
    files = sum(len(each.get("files", [])) for each in told["inputs"])
    below = sum("corpus" in each for each in told["inputs"])
    came = told["funnel"][0]["rows_in"] if told["funnel"] else 0
    stages = len(told["recipe"]["stages"])
    zh = "和".join([f"{count(files)} 个文件"] * bool(files) + [f"{count(below)} 个数据集"] * bool(below))
    en = " and ".join(
        [some(files, "file")] * bool(files) + [some(below, "corpus").replace("corpuss", "corpora")] * bool(below)
    )
    return sentence(
        f"读入 {zh}中的 {count(came)} {'条记录' if files else '行'}，经过 {count(stages)} 个步骤，留下 {count(told['rows'])} 行。",
        f"{some(came, 'record' if files else 'row')} of {en} went through {some(stages, 'stage')}; {some(told['rows'], 'row')} came out.",
        "lead",
    )


def _verdict(marks: set[str]) -> Markup:
    if "scrubbed" in marks:
        kind, zh, en = "good", "已脱敏", "Scrubbed"
        said_zh = "每一行都经过脱敏步骤。脱敏降低、但不能完全排除个人信息残留的可能。"
        said_en = "Every row went through scrubbing, which lowers the risk that a person can be recognised; it cannot rule it out."
    else:
        kind, zh, en = "care", "未脱敏", "Not scrubbed"
        said_zh = "文中可能仍有患者的个人信息：不得发送给外部模型，也不得用于抽样、评审或训练。"
        said_en = "Its text may still hold patients' details: not for remote models, sampling, review or training."
    others = [el("code", MARKS.get(mark, mark)) for mark in sorted(marks - {"scrubbed"})]
    more = el("span", "其他标记 Other marks: ", [join(each, " ") for each in others]) if others else None
    return el(
        "div",
        el("b", both(zh, en)),
        el("span", said_zh, lang="zh"),
        en_(said_en),
        more,
        class_=f"verdict {kind}",
        role="note",
    )


def _tiles(told: dict[str, Any]) -> Markup:
    rows, chars, shards = told["rows"], told["chars"], len(told["shards"])
    mean = f"每行平均 mean {chars / rows:,.0f}" if rows else ""
    tiles = [
        ("行", "Rows", count(rows), han(rows)),
        ("字", "Characters", count(chars), " · ".join(filter(None, [han(chars), mean]))),
        ("分片", "Shards", count(shards), f"每片平均 mean {count(rows // shards)} 行" if shards else ""),
        ("字节", "Bytes", size(told["bytes"]), f"{count(told['bytes'])} B" if told["bytes"] >= 1024 else ""),
    ]
    tokens = [kind["counts"]["tokens"] for kind in told["categories"].values() if "tokens" in kind["counts"]]
    if tokens:
        how = " · ".join(MARKS.get(mark, mark) for mark in told["marks"] if mark.startswith("tokens"))
        tiles.insert(2, ("词元", "Tokens", count(sum(tokens)), " · ".join(filter(None, [han(sum(tokens)), how]))))
    return el(
        "dl",
        [
            el("div", el("dt", both(zh, en)), el("dd", big, class_="big"), el("dd", small, class_="small"))
            for zh, en, big, small in tiles
        ],
        class_="tiles",
    )


# ---- the funnel ----------------------------------------------------------------------------------------------------


def _funnel(told: dict[str, Any]) -> Markup:
    lines = told["funnel"]
    if not any(line["rows_in"] for line in lines):
        return join(_nothing(), _funnel_table(lines) if lines else None)
    key = [
        el("span", el("i", class_="k"), "留下 kept"),
        el("span", el("i", class_="g"), "剔除 dropped"),
    ]
    below = any("corpus" in each for each in told["inputs"])
    return join(
        funnel(lines),
        el("div", key, class_="key", aria_hidden="true"),
        _books(lines),
        _below() if below else None,
        _funnel_table(lines),
    )


def _below() -> Markup:
    zh = "输入中的数据集在此之前的剔除，见其各自的卡片。"
    return sentence(zh, "What the corpora below dropped before stands on their own cards.", "note")


def _nothing() -> Markup:
    return sentence("没有读入任何行。", "No rows were read.")


def _books(lines: list[dict[str, Any]]) -> Markup:
    """No row disappears without a reason: read and born, less what was dropped, is what came out."""
    came, born, out = lines[0]["rows_in"], sum(line["born"] for line in lines), lines[-1]["rows_out"]
    left = sum(sum(line["dropped"].values()) for line in lines)
    sign = "=" if came + born - left == out else "≠"
    sums = f"{count(came)} + {count(born)} − {count(left)} {sign} {count(out)}"
    said = sentence(
        "读入 + 派生 − 剔除 = 留下：每一行都有去向。",
        "read + born − dropped = kept: every row is accounted for.",
        "note",
    )
    return join(el("p", sums, class_="books"), said)


def _funnel_table(lines: list[dict[str, Any]]) -> Markup:
    heads = [
        both(*pair)
        for pair in (
            ("步骤", "Stage"),
            ("进入", "In"),
            ("派生", "Born"),
            ("剔除", "Dropped"),
            ("占比", "Share"),
            ("留下", "Kept"),
        )
    ]
    return table("各步骤的行数 Rows at each stage", heads, [_funnel_row(line) for line in lines], numeric=range(1, 6))


def _funnel_row(line: dict[str, Any]) -> list[Inside]:
    came, left = line["rows_in"] + line["born"], sum(line["dropped"].values())
    name = [line["stage"], el("span", STAGES.get(line["stage"]), class_="by", lang="zh")]
    return [name, count(line["rows_in"]), count(line["born"]), count(left), share(left, came), count(line["rows_out"])]


def _foot() -> Markup:
    zh = "本页只取自该版本的清单（manifest.json），不含任何一行的文本。"
    en = "This page is drawn from the manifest of this version alone; no text of any row is on it."
    return el("footer", sentence(zh, en))
