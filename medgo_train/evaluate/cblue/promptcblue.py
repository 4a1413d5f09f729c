"""PromptCBLUE's own files and reading of replies, so that its published scores can be met to the last digit.

It reads as it reads: only full-width signs divide, types that were not asked for are dropped, a first line is always
taken for an introduction. What made it crash is an invalid reply here, and nothing is ever executed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from medgo_train.evaluate.cblue.labels import SECTIONS
from medgo_train.evaluate.cblue.task import Item
from medgo_train.evaluate.files import EvaluationError, content, values
from medgo_train.evaluate.parsed import INVALID, Parsed

Choices = Sequence[str]
EVENT = {"主体词": False, "发生状态": False, "描述词": True, "解剖部位": True}  # is it a list?
CAUSAL = {"因果关系三元组如下": "因果关系", "条件关系三元组": "条件关系", "上下位关系": "上下位关系"}


def read_promptcblue(path: Path) -> dict[str, list[Item]]:
    """The samples of each task in a file of prompts and targets; the target is read as a reply is."""
    items: dict[str, list[Item]] = {}
    for number, one in enumerate(values(content(path), path), 1):
        try:
            task = one["task_dataset"].replace("CMeIE", "CMeIE-V2").replace("-V2-V2", "-V2")
            record = {"prompt": one["input"], "choices": tuple(one["answer_choices"] or ())}
            item = Item(id=str(one["sample_id"]), record=record)
            gold = read_reply(task, item, one["target"])
        except (KeyError, TypeError, AttributeError) as wrong:
            raise EvaluationError(
                f"{path} has in record {number} no sample of PromptCBLUE. Give its train.json or dev.json."
            ) from wrong
        if gold.state != "ok":
            raise EvaluationError(f"{path} has in record {number} a target that cannot be read. Fetch it again.")
        items.setdefault(task, []).append(Item(id=item.id, record=record, gold=gold.value))
    return items


def read_reply(task: str, item: Item, reply: object) -> Parsed:
    """A reply as PromptCBLUE's post_generate_process.py reads it; where that raises, the reply is invalid."""
    if task not in READERS or not isinstance(reply, str):
        return INVALID
    try:
        return Parsed(READERS[task](reply, item.record.get("choices", ())), "ok")
    except (IndexError, ValueError, AssertionError):  # what it dies of; here the other samples live on
        return INVALID


def _entities(reply: str, choices: Choices) -> list[dict[str, str]]:
    return [
        {"entity": words.strip(), "type": kind}
        for kind in choices
        for line in reply.split("\n")
        if line.startswith(f"{kind}实体")
        for words in line.replace(f"{kind}实体：", "").split("，")
        if words.strip()
    ]


def _triples(reply: str, _choices: Choices) -> list[dict[str, str]]:
    found = []
    for line in reply.split("\n"):
        predicate = line.split("关系的头尾实体对")[0][2:].strip()
        for part in line.replace(f"具有{predicate}关系的头尾实体对如下：", "").split("。"):
            if "，尾实体为" in part:
                head, tail = part.split("，尾实体为")[:2]
                subject, object_ = head.replace("头实体为", "").strip(), tail.replace("尾实体为", "").strip()
                found.append({"predicate": predicate, "subject": subject, "object": object_})
    return found


def _causes(reply: str, _choices: Choices) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    relation = ""
    for line in map(str.strip, reply.split("\n")):
        headed = next((name for words, name in CAUSAL.items() if words in line), "")
        if headed:
            relation = headed
        elif "给定的文本没有指定关系的三元组" in line:
            break
        elif line:
            head = line.split("头实体：")[1].split("；尾实体：")[0]
            tail: Any = _nested(line) if relation == "条件关系" else line.split("；尾实体：")[1]
            found.append({"predicate": relation, "subject": head, "object": tail})
    return found


def _nested(line: str) -> dict[str, str]:
    inner = line.split("；尾三元组：")[1]
    subject = inner.split("头实体：")[1].split("；尾实体：")[0]
    object_ = inner.split("；尾实体：")[1].split("；关系：")[0]
    if inner.split("；关系：")[1] != "因果关系":
        raise ValueError("not a cause")
    return {"predicate": "因果关系", "subject": subject, "object": object_}


def _terms(reply: str, choices: Choices) -> list[dict[str, str]]:
    said = {words.strip() for words in reply.rsplit("\n", maxsplit=1)[-1].split("，")}
    return [{"entity": words, "type": "normalization"} for words in dict.fromkeys(choices) if words in said]


def _events(reply: str, _choices: Choices) -> list[dict[str, Any]]:
    return [_event(line) for line in reply.split("\n")[1:]]


def _event(line: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in line.split("；"):
        for name, several in EVENT.items():
            if part.startswith(f"{name}："):
                words = part.replace(f"{name}：", "").strip()
                found[name] = [one.strip() for one in words.split("，") if one.strip()] if several else words
    return {name: found.get(name, [] if several else "") for name, several in EVENT.items()}


def _attributes(unknown: str) -> Callable[[str, Choices], list[dict[str, str]]]:
    def read(reply: str, choices: Choices) -> list[dict[str, str]]:
        parts = (line.split("：") for line in reply.split("\n")[1:])
        return [
            {"entity": part[0].strip(), "attr": part[1] if part[1] in choices else unknown}
            for part in parts
            if len(part) == 2
        ]

    return read


def _alike(reply: str, _choices: Choices) -> str:
    return {"相同": "是的", "不同": "不是"}.get(reply.strip(), reply.strip())


def _words(reply: str, _choices: Choices) -> str:
    return reply.strip()


def _report(reply: str, _choices: Choices) -> dict[str, str]:
    lines = reply.strip().split("\n")[1:]
    return {
        title: line.strip().rsplit(f"{title}：", maxsplit=1)[-1].strip()
        for title in SECTIONS
        for line in lines
        if line.startswith(f"{title}：")
    }


def _tree(reply: str, _choices: Choices) -> list[dict[str, Any]]:
    lines = (line for line in reply.split("\n") if line and "根据给定的指南文本抽取的诊疗决策树" not in line)
    return [_node(line) for line in lines] or [{"role": "D", "logical_rel": "null", "triples": []}]


def _node(line: str) -> dict[str, Any]:
    _, role, rest = line.partition("：role=")
    if not role:
        raise ValueError("no node")
    role, joined, rest = rest.partition("；logical_rel=")
    _, listed, triples = line.partition("；triples=")
    logic = rest.split("；triples=")[0] if joined else "null"
    return {"role": role, "logical_rel": logic, "triples": list(_three(triples)) if listed else []}


def _three(triples: str) -> Iterator[list[str]]:
    try:
        told = ast.literal_eval(triples)  # literals only: theirs is eval(), which would run what a model wrote
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return
    if isinstance(told, list):
        yield from (list(one) for one in told if isinstance(one, list | tuple) and len(one) == 3)


READERS: dict[str, Callable[[str, Choices], Any]] = {
    **dict.fromkeys(("CMeEE-V2", "IMCS-V2-NER"), _entities),
    **dict.fromkeys(("CHIP-CTC", "KUAKE-IR", "KUAKE-QIC", "KUAKE-QTR", "KUAKE-QQR", "IMCS-V2-DAC", "MedDG"), _words),
    "CMeIE-V2": _triples,
    "CMedCausal": _causes,
    "CHIP-CDN": _terms,
    "CHIP-CDEE": _events,
    "CHIP-STS": _alike,
    "CHIP-MDCFNPC": _attributes("不标注"),
    "IMCS-V2-SR": _attributes("无法根据上下文确定病人是否患有该症状"),
    "IMCS-V2-MRG": _report,
    "Text2DT": _tree,
}
