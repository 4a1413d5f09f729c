"""The part of a card about rows that were written: what models were asked, what came of it, why some was refused, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medgo_data.review.markup import Inside, Markup, both, count, el, join, sentence, share, some, table
from medgo_data.review.plots import bar
from medgo_data.review.words import REASONS, STAGES

REFUSED = "refused "


def written(told: Mapping[str, Any]) -> Markup:
    """Stage by stage; what the funnel says of those that asked, and of those that cite."""
    asking = [line for line in told["funnel"] if line["asked"].get("calls")]
    refused = {line["stage"]: _refused(line["asked"]) for line in asking}
    citing = [line for line in told["funnel"] if line["asked"].get("source_chars")]
    return join(
        _asked(asking) if asking else sentence("没有调用模型。", "No model was asked."),
        _recorded(asking),
        _reasons(refused) if any(refused.values()) else None,
        _coverage(citing) if citing else None,
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


def _coverage(lines: list[Mapping[str, Any]]) -> Markup:
    rows: list[list[Inside]] = [
        [
            [STAGES.get(line["stage"], line["stage"]), el("span", line["stage"], class_="by")],
            count(int(line["asked"]["source_chars"])),
            count(int(line["asked"].get("cited_chars", 0))),
            share(int(line["asked"].get("cited_chars", 0)), int(line["asked"]["source_chars"])),
        ]
        for line in lines
    ]
    heads = [
        both("步骤", "Stage"),
        both("原文字数", "Characters of sources"),
        both("被引用", "Cited"),
        both("覆盖率", "Coverage"),
    ]
    return table("原文有多少被引用 How much of the sources is cited", heads, rows, numeric=(1, 2, 3))
