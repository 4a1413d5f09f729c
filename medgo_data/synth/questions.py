"""What a row asks and answers, whichever of the house's forms it has, and which words of a question name its subject."""

from __future__ import annotations

import re
from typing import Any

GENERIC = re.compile(  # words of questions and of leaflets that name no subject
    "用法用量|用法|用量|剂量|不良反应|副作用|适应症|适应证|禁忌症?|注意事项|注意|相互作用|药物相互作用|贮藏|储存|保存|成份|成分|性状|规格|有效期|"
    "孕妇|哺乳期?|妊娠期?|儿童|小儿|老年人?|老人|成人|患者|病人|医生|医师|药师|护士|家属|孩子|宝宝|药物|药品|疾病|症状|治疗|诊断|检查|"
    "手术|推荐|证据|等级|强度|应该|应当|需要|可以|能不能|能否|是否|什么|如何|怎么|怎样|多少|几次|几片|多久|多长|时间|哪些|哪个|哪种|为什么|是不是|"
    "有没有|请问|您好|你好|谢谢|服用|使用|口服|饭前|饭后|每日|每天|一日|一次|一天|早上|晚上|睡前|同时|一起|情况|问题|方法|原则|标准|要求|包括|建议|"
    "出现|发生|进行|给予|以及|或者|如果|因为|所以|但是|之后|以后|之前|以前|目前|主要|一般|常见|特殊|严重|可能|必须|不能|不要|避免|[0-9a-z.%~～-]+"
)
RUN = re.compile(r"[\u3400-\u9fff]{2,}|[A-Za-z][A-Za-z0-9-]{2,}")


def question_of(row: dict[str, Any]) -> str:
    """The first thing that is asked in it."""
    for name in ("messages", "prompt"):
        turns = row.get(name)
        if turns:
            return next((turn["content"] for turn in turns if turn["role"] == "user"), "")
    return row.get("question") or ""


def answers_of(row: dict[str, Any]) -> str:
    """All that is answered in it."""
    turns = [*(row.get("messages") or ()), *(row.get("chosen") or ())]
    told = [turn["content"] for turn in turns if turn["role"] == "assistant"]
    return "\n".join([*told, row.get("explanation") or ""]).strip()


def subjects(question: str, context: str) -> set[str]:
    """Of its words, those of two letters or more that its source has too and that name something."""
    told: set[str] = set()
    for run in RUN.findall(GENERIC.sub(" ", question)):
        at = 0
        while at < len(run) - 1:
            end = next((end for end in range(len(run), at + 1, -1) if run[at:end] in context), None)
            if end is None:
                at += 1
                continue
            told.add(run[at:end])
            at = end
    return told


def template(question: str, context: str) -> str:
    """The question without its subject and its numbers: what is left is the frame that it was put into."""
    told = question
    for word in sorted(subjects(question, context), key=lambda word: (-len(word), word)):
        told = told.replace(word, "某")
    told = re.sub(r"[0-9.]+", "0", told)
    return re.sub(r"[^\w]+", "", re.sub("某+", "某", told))
