"""The part of a card about samples that physicians checked: which strata were accepted by them, and with which limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medgo_data.review.acceptance import SAYS, Rule
from medgo_data.review.markup import Inside, Markup, both, count, join, sentence, table
from medgo_data.review.report import percent

STAGE = "Accepted"


def passed(told: Mapping[str, Any]) -> Markup:
    """By stratum, as the recipe in a manifest records it."""
    stages = [stage[STAGE] for stage in told["recipe"]["stages"] if STAGE in stage]
    if not stages:
        return sentence("没有按抽检结果取舍。", "No rows were taken or left by the check of a sample.")
    return join(_judged(stage) for stage in stages)


def _judged(stage: Mapping[str, Any]) -> Markup:
    rows: list[list[Inside]] = [
        [
            name,
            "–" if one["rows"] is None else count(one["rows"]),
            count(one["checked"]),
            count(one["errors"]),
            percent(one["bound"]),
            " ".join(SAYS[one["accepted"]]),
        ]
        for name, one in stage["judged"].items()
    ]
    heads = [both("层", "Stratum"), both("行", "Rows"), both("已查", "Checked"), both("错误", "Errors"), both("错误率上限", "Wrong at most"), both("结论", "Judgement")]  # fmt: skip
    usual = Rule()  # what a recipe does not say
    most, sure = percent(stage.get("at_most", usual.at_most)), f"{stage.get('confidence', usual.confidence):.0%}"
    said = sentence(
        f"只留下抽检通过的层：{sure} 的把握，其错误率不超过 {most}。前提是所查的行由抽签抽出。",
        f"Only strata stay of which it is {sure} sure that no more than {most} are wrong. It is assumed that the rows checked were drawn by lot.",
    )
    return join(said, table("抽检 Check of samples", heads, rows, numeric=range(1, 5)))
