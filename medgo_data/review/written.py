"""The part of a card about rows that were written: what models were asked, what came of it, why some was refused, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from medgo_data.review.markup import Inside, Markup, both, count, el, join, sentence, share, some, table
from medgo_data.review.plots import bar
from medgo_data.review.words import REASONS, STAGES

REFUSED = "refused "
SECTION, CITED = "section ", "cited "  # and its name, as Coverage says it
COVERED = (SECTION, CITED, "source_chars", "cited_chars")


def written(told: Mapping[str, Any]) -> Markup:
    """Stage by stage; what the funnel says of those that asked, and of those that cite."""
    asking = [line for line in told["funnel"] if line["asked"].get("calls")]
    refused = {line["stage"]: _refused(line["asked"]) for line in asking}
    return join(
        _asked(asking) if asking else sentence("没有调用模型。", "No model was asked."),
        _recorded(asking),
        _reasons(refused) if any(refused.values()) else None,
        _coverage(told["funnel"]),
    )


def _refused(asked: Mapping[str, float]) -> dict[str, int]:
    return {name.removeprefix(REFUSED): int(n) for name, n in asked.items() if name.startswith(REFUSED)}


def _asked(lines: list[Mapping[str, Any]]) -> Markup:
    rows: list[list[Inside]] = []
    for line in lines:
        asked = line["asked"]
        refused = sum(_refused(asked).values())
        rows.append(
            [
                [STAGES.get(line["stage"], line["stage"]), el("span", line["stage"], class_="by")],
                count(int(asked.get("passages", 0))),
                count(line["born"]),
                count(refused),
                count(int(asked["calls"])),
                count(int(asked.get("prompt_tokens", 0))),
                count(int(asked.get("reply_tokens", 0))),
                f"{asked['cost']:,.2f}" if asked.get("cost") else "–",
            ]
        )
    heads = [
        both("步骤", "Stage"),
        both("段落", "Passages"),
        both("写成", "Rows"),
        both("拒收", "Refused"),
        both("调用", "Calls"),
        both("提示词元", "Tokens of prompts"),
        both("回复词元", "Of replies"),
        both("费用", "Cost"),
    ]
    return table("调用模型的步骤 Stages that asked a model", heads, rows, numeric=(1, 2, 3, 4, 5, 6, 7))


def _recorded(lines: list[Mapping[str, Any]]) -> Markup | None:
    told = int(sum(line["asked"].get("recorded", 0) for line in lines))
    if not told:
        return None
    return sentence(
        f"其中 {count(told)} 条回复取自事先录制的文件，构建时没有调用模型。",
        f"{some(told, 'reply').replace('replys', 'replies')} of them came from a file recorded before; no model was called for them.",
    )


def _reasons(refused: Mapping[str, Mapping[str, int]]) -> Markup:
    whole = sum(n for each in refused.values() for n in each.values())
    ranked = sorted(
        ((stage, reason, n) for stage, each in refused.items() for reason, n in each.items()), key=lambda one: -one[2]
    )
    rows: list[list[Inside]] = [
        [
            [STAGES.get(stage, stage), el("span", stage, class_="by")],
            [REASONS.get(reason, reason), el("span", reason, class_="by")],
            join(
                el("div", el("b", count(n)), el("span", share(n, whole)), class_="row"),
                bar(n, ranked[0][2], f"{reason}: {n}"),
            ),
        ]
        for stage, reason, n in ranked
    ]
    return table(
        "拒收的段落 Passages that gave no rows",
        [both("步骤", "Stage"), both("原因", "Reason"), both("段", "Passages")],
        rows,
        meters=(2,),
    )


def _coverage(lines: list[Mapping[str, Any]]) -> Markup | None:
    """What could be cited, and what is, in the end: by character, and by section of leaflets."""
    told: Counter[str] = Counter()
    for line in lines:
        told.update({what: int(much) for what, much in line["asked"].items() if what.startswith(COVERED)})
    there, cited = told["source_chars"], told["cited_chars"]
    if not there or not any("cited_chars" in line["asked"] for line in lines):
        return None
    names = sorted(
        (what.removeprefix(SECTION) for what in told if what.startswith(SECTION)), key=lambda name: _turn(told, name)
    )
    rows: list[list[Inside]] = [
        [
            name,
            count(told[SECTION + name]),
            count(told[CITED + name]),
            join(
                el("div", el("b", share(told[CITED + name], told[SECTION + name])), class_="row"),
                bar(told[CITED + name], told[SECTION + name], f"{name}: {told[CITED + name]}"),
            ),
        ]
        for name in names
    ]
    heads = [
        both("章节", "Section"),
        both("有此节", "Leaflets with it"),
        both("被引用", "Cited"),
        both("占比", "Share"),
    ]
    return join(
        sentence(
            f"原文共 {count(there)} 字，其中 {count(cited)} 字（{share(cited, there)}）被引用。",
            f"Of {count(there)} characters of the sources, {count(cited)} ({share(cited, there)}) are cited.",
        ),
        table(
            "说明书各节有多少被问到 Which sections of leaflets are asked about",
            heads,
            rows,
            numeric=(1, 2),
            meters=(3,),
        )
        if rows
        else None,
    )


def _turn(told: Mapping[str, int], name: str) -> tuple[float, int]:
    """The least asked first, and of those the most common."""
    return told[CITED + name] / told[SECTION + name], -told[SECTION + name]
