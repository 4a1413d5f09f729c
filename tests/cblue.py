"""A small invented example of each task of CBLUE: its file, and replies of a model that understood it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from medgo_train.evaluate.cblue.task import Item
from medgo_train.evaluate.cblue.tasks import TASKS

COUGH = "患儿因肺部炎症出现咳嗽，查血常规，给予苹安宁口服。"
GUIDE = "轻症者口服苹安宁，否则住院治疗。"
CAUSE = "受凉导致感冒，老年人久坐时血流变慢引起血栓。"


def _imcs(**fields: Any) -> dict[str, Any]:
    first = {"sentence_id": "1", "speaker": "患者", "sentence": "宝宝咳嗽了", "BIO_label": "O O B-Symptom I-Symptom O"}
    first |= {"dialogue_act": "Inform-Symptom", "local_implicit_info": {"咳嗽": "1"}}
    second = {"sentence_id": "2", "speaker": "医生", "sentence": "发热吗？", "BIO_label": "B-Symptom I-Symptom O O"}
    second |= {"dialogue_act": "Request-Symptom", "local_implicit_info": {"发热": "2"}}
    report = dict(zip(("主诉", "现病史", "辅助检查", "既往史", "诊断", "建议"), ("咳嗽",) * 6, strict=True))
    known = {"Symptom": {"咳嗽": "1", "发热": "2"}}
    told = {"self_report": "咳嗽", "dialogue": [first, second], "report": [report, report], "implicit_info": known}
    return {"100": told | fields}


def _event(core: str, tendency: str = "", character: list[str] | None = None, anatomy: list[str] | None = None) -> Any:
    return {
        "core_name": core,
        "tendency": tendency,
        "character": character or [],
        "anatomy_list": anatomy or [],
    }


def _mention(text: str, words: str) -> dict[str, Any]:
    start = text.index(words)
    return {"type": "mention", "mention": words, "start_idx": start, "end_idx": start + len(words)}


def _finding(text: str, words: str, attr: str) -> dict[str, Any]:
    start = text.index(words)
    return {"mention": words, "range": [start, start + len(words)], "attr": attr}


def _entity(kind: str, words: str) -> dict[str, Any]:
    start = COUGH.index(words)
    return {"start_idx": start, "end_idx": start + len(words) - 1, "type": kind, "entity": words}


TREE = [
    {"role": "C", "triples": [["患者", "临床表现", "轻症"]], "logical_rel": "null"},
    {"role": "D", "triples": [["患者", "治疗药物", "苹安宁"]], "logical_rel": "null"},
    {"role": "D", "triples": [["患者", "治疗方案", "住院"]], "logical_rel": "null"},
]
REPORT = "诊疗报告如下\n主诉：咳嗽\n现病史：咳嗽\n辅助检查：咳嗽\n既往史：咳嗽\n诊断：咳嗽\n建议：咳嗽"
FILES: dict[str, Any] = {
    "CMeEE-V2": [
        {"text": COUGH, "entities": [_entity("sym", "咳嗽"), _entity("dis", "肺部炎症"), _entity("bod", "肺部")]},
        {"text": "今日天气晴。", "entities": []},
    ],
    "CMeIE-V2": [
        {"text": COUGH, "spo_list": [{"subject": "肺部炎症", "predicate": "临床表现", "object": {"@value": "咳嗽"}}]},
        {"text": "今日天气晴。", "spo_list": []},
    ],
    "CMedCausal": [
        {
            "text": CAUSE,
            "relation_of_mention": [
                {"head": _mention(CAUSE, "受凉"), "relation": 1, "tail": _mention(CAUSE, "感冒")},
                {
                    "head": _mention(CAUSE, "老年人久坐"),
                    "relation": 2,
                    "tail": {
                        "type": "relation",
                        "head": _mention(CAUSE, "血流变慢"),
                        "relation": 1,
                        "tail": _mention(CAUSE, "血栓"),
                    },
                },
            ],
        }
    ],
    "CHIP-CDEE": [
        {"id": 7, "text": "头部胀痛，无发热。", "event": [_event("痛", "", ["胀"], ["头部"]), _event("发热", "否定")]}
    ],
    "CHIP-CDN": [
        {"text": "左膝退变", "normalized_result": "膝骨关节病##关节退变"},
        {"text": "感冒了", "normalized_result": "感冒"},
    ],
    "CHIP-CTC": [
        {"id": "s1", "text": "年龄18至60岁", "label": "Age"},
        {"id": "s2", "text": "签署同意书", "label": "Consent"},
    ],
    "CHIP-STS": [
        {"id": "1", "text1": "感冒吃什么", "text2": "感冒了吃什么好", "label": "1", "category": "cold"},
        {"id": "2", "text1": "感冒吃什么", "text2": "感冒传染吗", "label": "0", "category": "cold"},
    ],
    "KUAKE-QIC": [
        {"id": "s1", "query": "感冒怎么治", "label": "治疗方案"},
        {"id": "s2", "query": "咳嗽是什么引起的", "label": "病因分析"},
    ],
    "KUAKE-QTR": [
        {"id": "s1", "query": "感冒", "title": "感冒怎么办", "label": "3"},
        {"id": "s2", "query": "感冒", "title": "骨折", "label": "0"},
    ],
    "KUAKE-QQR": [
        {"id": "s1", "query1": "感冒药", "query2": "感冒的药", "label": "2"},
        {"id": "s2", "query1": "感冒药", "query2": "骨折", "label": "0"},
    ],
    "CHIP-MDCFNPC": [
        {
            "dialog_id": 9,
            "dialog_info": [
                {"sentence_id": "1", "sender": "患者", "text": "咳嗽，不发热。", "ner": [
                    _finding("咳嗽，不发热。", "咳嗽", "阳性"), _finding("咳嗽，不发热。", "发热", "阴性")]},
                {"sentence_id": "2", "sender": "医生", "text": "好的。", "ner": []},
            ],
        }
    ],
    "IMCS-V2-NER": _imcs(),
    "IMCS-V2-DAC": _imcs(),
    "IMCS-V2-SR": _imcs(),
    "IMCS-V2-MRG": _imcs(),
    "MedDG": [[{"id": "Patients", "Sentence": "咳嗽"}, {"id": "Doctor", "Sentence": "咳嗽多久了？"}]],
    "Text2DT": [{"text": GUIDE, "tree": TREE}],
}  # fmt: skip
REPLIES: dict[str, list[str]] = {
    "CMeEE-V2": ["疾病：肺部炎症\n临床表现：咳嗽\n身体部位：肺部", "无"],
    "CMeIE-V2": ["头实体：肺部炎症；关系：临床表现；尾实体：咳嗽", "没有医学关系。"],
    "CMedCausal": [
        """1. 头实体：受凉；关系：因果关系；尾实体：感冒
        2. 头实体：老年人久坐；关系：条件关系；尾三元组：头实体：血流变慢；关系：因果关系；尾实体：血栓"""
    ],
    "CHIP-CDEE": [
        "主体词：痛；发生状态：；描述词：胀；解剖部位：头部\n主体词：发热；发生状态：否定；描述词：；解剖部位："
    ],
    "CHIP-CDN": ["膝骨关节病##关节退变", "标准词：感冒"],
    "CHIP-CTC": ["年龄", "答案：知情同意"],
    "CHIP-STS": ["相同", "不同。"],
    "KUAKE-QIC": ["治疗方案", "**病因分析**"],
    "KUAKE-QTR": ["完全匹配", "完全不匹配"],
    "KUAKE-QQR": ["完全一致", "语义父集或毫无关联"],
    "KUAKE-IR": ["2，1", "1"],
    "CHIP-MDCFNPC": ["1：阳性\n2：阴性"],
    "IMCS-V2-NER": ["症状：咳嗽", "症状：发热"],
    "IMCS-V2-DAC": ["关于症状的回答", "关于症状的询问"],
    "IMCS-V2-SR": ["咳嗽：患有该症状", "发热：无法确定", "咳嗽：患有该症状\n发热：无法确定"],
    "IMCS-V2-MRG": [REPORT],
    "MedDG": ["医生：咳嗽多久了？"],
    "Text2DT": ["```json\n" + json.dumps(TREE, ensure_ascii=False) + "\n```"],
}
LEXICON = {"咳嗽": "咳嗽", "发热": "发热"}


def write(task: str, folder: Path) -> Path:
    """The example's file, or its folder, where the task's own reader finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    if task == "KUAKE-IR":
        (folder / "dev.query.txt").write_text("1\t感冒吃什么\n2\t骨折\n", "utf-8")
        (folder / "qrels.dev.tsv").write_text("1\t0\td2\t1\n2\td1\n", "utf-8")
        ten = ",".join(f"d{n}" for n in range(1, 11))
        (folder / "candidates.tsv").write_text(f"1\t{ten}\n2\t{ten}\n", "utf-8")
        (folder / "corpus.tsv").write_text("".join(f"d{n}\t第{n}段\n" for n in range(1, 11)), "utf-8")
        return folder
    path = folder / TASKS[task].file
    told = FILES[task]
    lines = path.suffix == ".jsonl"
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told) if lines else json.dumps(told)
    path.write_text(text, "utf-8")
    return path


def read(task: str, folder: Path) -> list[Item]:
    return TASKS[task].read(write(task, folder))
