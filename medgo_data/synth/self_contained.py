"""A question and its answer must make sense to somebody who has not seen the source: no 根据说明书, and the subject is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from medgo_data.stage import Stage
from medgo_data.synth.questions import answers_of, question_of, subjects

# The source as such. 说明书 alone is none: 请按说明书服用 is advice.
SOURCE = re.compile(
    r"(?:根据|按照|依据|参照|参考|结合|正如|如|基于)[^，。；？\n]{0,8}?(?:说明书|资料|材料|文本|文献|原文|上文|本文|文中|指南原文|教材|段落|内容|信息|文档)(?!服|使用|用药|规定的用法)"
    r"|(?:上述|以上|上面|下述|以下|前述|给定|所给|提供|该|这|本)(?:的)?(?:份|段|篇|则)?(?:说明书|资料|材料|文本|文献|原文|段落|文章|文档|内容|描述|片段)"
    r"|(?:说明书|资料|材料|原文|文中|文章|本文|上文|文献|文档)(?:中|里|内|上)?(?:并?未|没有|没|也未|并没有|有|已|均)?(?:明确)?(?:提到|提及|指出|说明|说到|写明|写道|描述|记载|列出|给出|显示|规定|提示)"
    r"|(?:文中|本文|上文|原文|本说明书|本指南中|本共识中|本章|本节|见上|如上所述|如前所述|综上所述的资料|见表\s*\d|见图\s*\d|<资料>|资料：)"
)
POINTING = re.compile(
    r"(?:该|此|这个|这种|这款|这类|这|本|上述|以上)(?:药物?|品|药品|产品|制剂|病|疾病|症状?|指南|共识|方案|疗法|手术|检查|情况|患者|病人|病例)"
    r"|^(?:它|其|这|那)"
)


@dataclass(frozen=True, kw_only=True)
class SelfContained(Stage):
    """Rows that point at their source go: ``refers_to_source``; so do questions without their subject: ``subject_not_named``.

    A question names its subject if it has a word of two letters or more in common with the passage that it was written from, besides
    those that stand in every question (用法用量, 孕妇); one that only points at it (该药, 此病) does not. What was not written from
    a passage is only searched for references.
    """

    version: ClassVar[int] = 1

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        reasons = [_reason(row) for row in docs.to_dicts()]
        return docs.with_columns(drop=pl.Series(reasons, dtype=pl.String))


def _reason(row: dict[str, object]) -> str | None:
    question, answer = question_of(row), answers_of(row)
    if SOURCE.search(question) or SOURCE.search(answer):
        return "refers_to_source"
    context = row.get("context")
    if not isinstance(context, str):
        return None
    named = subjects(POINTING.sub(" ", question), context)
    return None if named else "subject_not_named"
