"""What a model is asked, task by task, in Chinese, and in the form in which ``replies`` reads the answer."""

from __future__ import annotations

from collections.abc import Callable

from medgo_train.evaluate.cblue.labels import PREDICATES, SECTIONS, STEPS, Names
from medgo_train.evaluate.cblue.task import Item

Ask = Callable[[Item], str]
NOTHING = "如果没有，只回答“无”。"


def choose(instruction: str, names: Names, *fields: str) -> Ask:
    """A label for one or several texts."""
    options = "、".join(words[0] for words in names.values())

    def ask(item: Item) -> str:
        texts = "\n".join(f"{title}：{item.record[key]}" for title, key in (field.split("=") for field in fields))
        return f"{instruction}\n{texts}\n选项：{options}\n只回答一个选项，不要解释。"

    return ask


def act(names: Names) -> Ask:
    options = "、".join(words[0] for words in names.values())

    def ask(item: Item) -> str:
        return (
            f"下面是一段医患对话。请判断最后一句话的意图。\n{_history(item)}{item.record['line']}\n"
            f"选项：{options}\n只回答一个选项，不要解释。"
        )

    return ask


def entities(names: Names, field: str) -> Ask:
    kinds = "、".join(words[0] for words in names.values())

    def ask(item: Item) -> str:
        return (
            f"请找出下面文本中的医学实体。\n文本：{item.record[field]}\n实体类型：{kinds}\n"
            "每种类型一行，格式为“类型：实体1|实体2”，实体照抄原文，没有的类型不写。" + NOTHING
        )

    return ask


def triples(item: Item) -> str:
    return (
        f"请找出下面文本中的医学关系。\n文本：{item.record['text']}\n关系：{'、'.join(PREDICATES)}\n"
        "每个关系一行，格式为“头实体：…；关系：…；尾实体：…”，实体照抄原文。" + NOTHING
    )


def causes(item: Item) -> str:
    return (
        f"请找出下面文本中的因果关系、条件关系和上下位关系。\n文本：{item.record['text']}\n"
        "因果关系和上下位关系每个一行，格式为“头实体：…；关系：因果关系；尾实体：…”。\n"
        "条件关系的尾部是一个因果关系，格式为“头实体：…；关系：条件关系；尾三元组：头实体：…；关系：因果关系；尾实体：…”。\n"
        "实体照抄原文。" + NOTHING
    )


def terms(item: Item) -> str:
    return (
        f"请把下面的诊断写成国际疾病分类ICD-10北京临床版v601的标准词，可能不止一个。\n诊断：{item.record['text']}\n"
        "只回答标准词，多个之间用“##”隔开。"
    )


def events(item: Item) -> str:
    return (
        f"请找出下面病历中的临床发现事件。\n病历：{item.record['text']}\n"
        "每个事件一行，格式为“主体词：…；发生状态：…；描述词：…，…；解剖部位：…，…”。"
        "发生状态写“否定”或“不确定”，确实发生的留空；没有的内容留空。" + NOTHING
    )


def findings(item: Item) -> str:
    told = "\n".join(f"{n}. {mention}" for n, (_, _, mention) in enumerate(item.record["findings"], 1))
    after = "".join(f"{line}\n" for line in item.record["after"])
    return (
        f"下面是一段医患对话。\n{_history(item)}{item.record['line']}\n{after}"
        f"请判断“{item.record['line']}”这句话里的临床发现，患者是否有：\n{told}\n"
        "选项：阳性（有，或可能会有）、阴性（没有）、其他（不知道，或说不清）、不标注（与患者当前状态无关）\n"
        "每个一行，格式为“序号：选项”。"
    )


def symptoms(item: Item) -> str:
    whole = "line" not in item.record
    about = "整段对话" if whole else "最后一句话"
    last = "" if whole else f"{item.record['line']}\n"
    return (
        f"下面是一段医患对话。\n{_history(item)}{last}请写出{about}提到的症状，用标准名称，并判断患者是否患有。\n"
        "选项：患有该症状、没有患有该症状、无法确定\n每个症状一行，格式为“症状：选项”。" + NOTHING
    )


def report(item: Item) -> str:
    form = "\n".join(f"{title}：…" for title in SECTIONS)
    told = item.record.get("self_report") or ""
    return (
        f"请根据下面的医患对话写一份诊疗报告。\n患者自述：{told}\n{_history(item)}报告的格式为：\n{form}\n"
        "对话中没有提到的，写“暂缺”。"
    )


def talk(item: Item) -> str:
    return f"你是一名医生。请接着下面的对话，对患者说下一句话。\n{_history(item)}只写医生说的话。"


def tree(item: Item) -> str:
    return (
        f"请把下面的诊疗指南写成一棵二叉诊疗决策树。\n指南：{item.record['text']}\n"
        "按先序列出结点，写成JSON列表。每个结点为"
        '{"role": "C"或"D", "triples": [[头实体, 关系, 尾实体], …], "logical_rel": "and"、"or"或"null"}。'
        "C是条件结点，左子树为条件成立，右子树为不成立；D是决策结点，没有子树；没有决策时triples为空列表。\n"
        f"关系：{'、'.join(STEPS)}\n只回答JSON。"
    )


def ranking(item: Item) -> str:
    listed = "\n".join(f"{n}. {text}" for n, (_, text) in enumerate(item.record["candidates"], 1))
    return (
        f"下面是一个医疗搜索和若干条候选内容。\n搜索：{item.record['query']}\n{listed}\n"
        "请按与搜索的相关程度，从高到低写出最相关的10条的序号，用逗号隔开，只回答序号。"
    )


def _history(item: Item) -> str:
    return "".join(f"{line}\n" for line in item.record.get("history", ()))
