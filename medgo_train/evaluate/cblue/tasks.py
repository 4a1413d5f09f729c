"""The 18 tasks of CBLUE 3.0, one record each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medgo_train.evaluate.cblue import files, forms, profiles, prompts, replies
from medgo_train.evaluate.cblue import labels as words
from medgo_train.evaluate.cblue.task import Task
from medgo_train.evaluate.classes import ACCURACY, MACRO, MACRO_UNREAD, WEIGHTED


def _label(record: Mapping[str, Any]) -> str:
    return str(record["label"])


CMEEE = Task(
    name="CMeEE-V2",
    about="医学实体识别 · entities of nine kinds, nested, by place",
    file="CMeEE-V2_test.json",
    read=files.records("CMeEE-V2", ["text"], "entities", forms.entities_read),
    ask=prompts.entities(words.ENTITIES, "text"),
    parse=replies.spans(words.ENTITIES),
    write=forms.records("entities", forms.entities),
    fault=forms.rows(3, places=(0, 1), one_of={2: words.ENTITIES}),
    nothing=[],
    profiles=profiles.found(),
)
CMEIE = Task(
    name="CMeIE-V2",
    about="医学关系抽取 · subject, relation and object",
    file="CMeIE-V2_test.jsonl",
    read=files.records("CMeIE-V2", ["text"], "spo_list", forms.triples_read),
    ask=prompts.triples,
    parse=replies.total(replies.triples),
    write=forms.records("spo_list", forms.triples, lines=True),
    fault=forms.rows(3, one_of={1: words.PREDICATES}),
    nothing=[],
    profiles=profiles.relations(),
)
CDN = Task(
    name="CHIP-CDN",
    about="临床术语标准化 · standard terms of ICD-10 for a diagnosis",
    file="CHIP-CDN_test.json",
    read=files.records("CHIP-CDN", ["text"], "normalized_result", forms.terms_read),
    ask=prompts.terms,
    parse=replies.total(replies.terms),
    write=forms.records("normalized_result", lambda value, _item: "##".join(value)),
    fault=forms.strings,
    nothing=[],
    profiles=profiles.found(),
)
CDEE = Task(
    name="CHIP-CDEE",
    about="临床发现事件抽取 · findings with tendency, descriptors and anatomy",
    file="CHIP-CDEE_test.json",
    read=files.records("CHIP-CDEE", ["text"], "event", forms.events_read),
    ask=prompts.events,
    parse=replies.total(replies.events),
    write=forms.records("event", forms.events),
    fault=forms.rows(4, one_of={1: words.TENDENCIES}),
    nothing=[],
    profiles=profiles.events(),
)
STS = Task(
    name="CHIP-STS",
    about="疾病问答迁移学习 · do two questions mean the same?",
    file="CHIP-STS_test.json",
    read=files.records("CHIP-STS", ["id", "text1", "text2"], "label", _label),
    ask=prompts.choose("两个问题的意思是否相同？", words.ALIKE, "问题一=text1", "问题二=text2"),
    parse=replies.label(words.ALIKE, inside=True),
    write=forms.records("label"),
    fault=forms.one_of(words.ALIKE),
    nothing="0",
    profiles=profiles.labels(words.ALIKE, MACRO, WEIGHTED, "是的"),
)
CTC = Task(
    name="CHIP-CTC",
    about="临床试验筛选标准分类 · 44 kinds of criteria",
    file="CHIP-CTC_test.json",
    read=files.records("CHIP-CTC", ["id", "text"], "label", _label),
    ask=prompts.choose("下面的临床试验筛选标准属于哪一类？", words.CRITERIA, "筛选标准=text"),
    parse=replies.label(words.CRITERIA),
    write=forms.records("label"),
    fault=forms.one_of(words.CRITERIA),
    nothing="Multiple",
    profiles=profiles.labels(words.CRITERIA, MACRO, MACRO_UNREAD, "非上述类型"),
)
MDCFNPC = Task(
    name="CHIP-MDCFNPC",
    about="医疗对话临床发现阴阳性判别 · does the patient have each finding?",
    file="CHIP-MDCFNPC_test.jsonl",
    read=files.findings,
    ask=prompts.findings,
    parse=replies.total(replies.findings),
    write=forms.findings,
    fault=forms.rows(3, places=(0, 1), one_of={2: words.FINDINGS}),
    nothing=[],
    profiles=profiles.findings(),
)
QIC = Task(
    name="KUAKE-QIC",
    about="医疗搜索检索词意图分类 · eleven intents of a query",
    file="KUAKE-QIC_test.json",
    read=files.records("KUAKE-QIC", ["id", "query"], "label", _label),
    ask=prompts.choose("下面的医疗搜索词是什么意图？", words.INTENTS, "搜索词=query"),
    parse=replies.label(words.INTENTS),
    write=forms.records("label"),
    fault=forms.one_of(words.INTENTS),
    nothing="其他",
    profiles=profiles.labels(words.INTENTS, ACCURACY, MACRO_UNREAD, "非上述类型"),
)
QTR = Task(
    name="KUAKE-QTR",
    about="医疗搜索查询词-页面标题相关性 · how well a title fits a query, 0 to 3",
    file="KUAKE-QTR_test.json",
    read=files.records("KUAKE-QTR", ["id", "query", "title"], "label", _label),
    ask=prompts.choose("页面标题与搜索词的匹配程度如何？", words.MATCHES, "搜索词=query", "标题=title"),
    parse=replies.label(words.MATCHES),
    write=forms.records("label"),
    fault=forms.one_of(words.MATCHES),
    nothing="0",
    profiles=profiles.labels(words.MATCHES, ACCURACY, WEIGHTED, "完全不匹配或者没有参考价值"),
)
QQR = Task(
    name="KUAKE-QQR",
    about="医疗搜索查询词-查询词相关性 · how the meanings of two queries lie, 0 to 2",
    file="KUAKE-QQR_test.json",
    read=files.records("KUAKE-QQR", ["id"], "label", _label),
    ask=prompts.choose("查询词二与查询词一的语义关系如何？", words.QUERIES, "查询词一=query1", "查询词二=query2"),
    parse=replies.label(words.QUERIES),
    write=forms.records("label"),
    fault=forms.one_of(words.QUERIES),
    nothing="0",
    profiles=profiles.labels(words.QUERIES, ACCURACY, WEIGHTED, "完全一致"),
)
IR = Task(
    name="KUAKE-IR",
    about="医学段落检索 · ten documents for a query, best first",
    file="KUAKE-IR_test.tsv",
    read=files.queries,
    ask=prompts.ranking,
    parse=replies.total(replies.ranking),
    write=forms.ranking,
    fault=forms.ten,
    nothing=[],
    profiles=profiles.retrieval(),
)
IMCS_NER = Task(
    name="IMCS-V2-NER",
    about="智能对话诊疗·命名实体识别 · entities of five kinds in what is said",
    file="IMCS-V2-NER_test.json",
    read=files.sentences("IMCS-V2-NER", lambda one: one.get("BIO_label")),
    ask=prompts.entities(words.CONSULTED, "sentence"),
    parse=replies.bio(words.CONSULTED),
    write=forms.by_sentence,
    fault=forms.tags(words.CONSULTED),
    nothing="",
    profiles=profiles.tags(),
)
IMCS_DAC = Task(
    name="IMCS-V2-DAC",
    about="智能对话诊疗·对话意图识别 · sixteen acts",
    file="IMCS-V2-DAC_test.json",
    read=files.sentences("IMCS-V2-DAC", lambda one: one.get("dialogue_act")),
    ask=prompts.act(words.ACTS),
    parse=replies.label(words.ACTS),
    write=forms.by_sentence,
    fault=forms.one_of(words.ACTS),
    nothing="Other",
    profiles=profiles.acts(words.ACTS),
)
IMCS_SR = Task(
    name="IMCS-V2-SR",
    about="智能对话诊疗·症状识别 · symptoms of each sentence and of the whole dialogue; two columns",
    file="IMCS-V2-SR_test.json",
    read=files.sentences("IMCS-V2-SR", lambda one: one.get("local_implicit_info"), whole=True),
    ask=prompts.symptoms,
    parse=replies.total(replies.symptoms),
    write=forms.by_sentence,
    fault=forms.mapping(words.SYMPTOMS),
    nothing={},
    profiles=profiles.symptoms(),
)
IMCS_MRG = Task(
    name="IMCS-V2-MRG",
    about="智能对话诊疗·诊疗报告生成 · a report of six sections",
    file="IMCS-V2-MRG_test.json",
    read=files.reports,
    ask=prompts.report,
    parse=replies.total(replies.report),
    write=forms.by_dialogue,
    fault=forms.sections,
    nothing=dict.fromkeys(words.SECTIONS, ""),
    profiles=profiles.reports(),
)
MEDDG = Task(
    name="MedDG",
    about="蕴含实体的中文医疗对话生成 · what the doctor says next",
    file="MedDG_test.json",
    read=files.turns,
    ask=prompts.talk,
    parse=replies.total(replies.talk),
    write=forms.outputs,
    fault=forms.text,
    nothing="",
    profiles=profiles.talks(),
)
TEXT2DT = Task(
    name="Text2DT",
    about="医学诊疗决策树抽取 · a binary tree of conditions and decisions",
    file="Text2DT_test.json",
    read=files.records("Text2DT", ["text"], "tree", lambda record: list(record["tree"])),
    ask=prompts.tree,
    parse=replies.total(replies.tree),
    write=forms.records("tree"),
    fault=forms.tree,
    nothing=[{"role": "D", "triples": [], "logical_rel": "null"}],
    profiles=profiles.trees(),
)
CMEDCAUSAL = Task(
    name="CMedCausal",
    about="医疗因果关系抽取 · causes, conditions and kinds, by place",
    file="CMedCausal_test.json",
    read=files.records("CMedCausal", ["text"], "relation_of_mention", forms.causes_read),
    ask=prompts.causes,
    parse=replies.total(replies.causes),
    write=forms.records("relation_of_mention", forms.causes),
    fault=forms.relations,
    nothing=[],
    profiles=profiles.causes(),
)
TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        *(CMEEE, CMEIE, CMEDCAUSAL, CDEE, CDN, CTC, STS, QIC, QTR, QQR, IR),
        *(MDCFNPC, IMCS_NER, IMCS_DAC, IMCS_SR, IMCS_MRG, MEDDG, TEXT2DT),
    )
}
