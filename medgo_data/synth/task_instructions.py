"""Instructions from annotated texts, by rule: what is to be found in a text, asked in words, and answered in one written form.

An annotation that does not fit its text, letter by letter, makes no row: it is counted, and never mended. A text in which nothing is to be
found makes one, with that as its answer. Nobody is asked, so rows need not be scrubbed for it; what it makes is scrubbed afterwards, for the
places that an annotation names are those of the raw text. So a row has no copy of that beside its turns: it cites places, and no words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import orjson
import polars as pl

from medgo_data.stage import Stage, children
from medgo_data.synth.endpoint import Refused

NONE = "没有"
CMEEE = {
    "dis": "疾病",
    "sym": "临床表现",
    "pro": "医疗程序",
    "equ": "医疗设备",
    "dru": "药物",
    "ite": "医学检验项目",
    "bod": "身体",
    "dep": "科室",
    "mic": "微生物",
}
INTENTS = [
    "病情诊断",
    "病因分析",
    "治疗方案",
    "就医建议",
    "指标解读",
    "疾病表述",
    "后果表述",
    "注意事项",
    "功效作用",
    "医疗费用",
    "其他",
]
QIC = {name: name for name in INTENTS}
STS = {"1": "意思相同", "0": "意思不同"}
QTR = {"0": "完全不匹配", "1": "很少匹配，有一些参考价值", "2": "部分匹配", "3": "完全匹配"}
STATES = {"阳性": "阳性", "阴性": "阴性", "其他": "其他", "不标注": "与患者当前状态无关"}
ACTS = {
    **{
        f"{act}-{about}": f"{said}{what}"
        for act, said in (("Request", "询问"), ("Inform", "告知"))
        for about, what in {
            "Symptom": "症状",
            "Etiology": "病因",
            "Basic_Information": "基本信息",
            "Existing_Examination_and_Treatment": "已有检查和治疗",
            "Drug_Recommendation": "用药建议",
            "Medical_Advice": "就医建议",
            "Precautions": "注意事项",
        }.items()
    },
    "Diagnose": "诊断",
    "Other": "其他",
}
ASKED = {  # of each task: what it is called, and how it may be asked for
    "entities": (
        "实体识别",
        "请找出下面这段医学文本中的实体{options}，按出现的先后顺序列出，每行一个，写成“类型：实体”；没有的写“没有”。\n\n{text}",
        "{text}\n\n上面的文本里有哪些医学实体{options}？一行写一个，格式为“类型：实体”，按在文中的先后排列，一个也没有就写“没有”。",
        "抽取医学实体{options}，逐行写出“类型：实体”，顺序与原文一致；若无，写“没有”。\n文本：{text}",
        "你在为病历做标注。请标出下文中的实体{options}，每个一行，格式“类型：实体”，实体与原文逐字一致，没有时写“没有”。\n\n{text}",
    ),
    "relations": (
        "关系抽取",
        "请找出下面这段医学文本中实体之间的关系{options}，每行一条，写成“主体（类型）—关系—客体（类型）”；没有的写“没有”。\n\n{text}",
        "{text}\n\n上文说明了哪些关系{options}？每条一行，格式为“主体（类型）—关系—客体（类型）”，一条也没有就写“没有”。",
        "抽取三元组{options}，逐行写出“主体（类型）—关系—客体（类型）”，若无，写“没有”。\n文本：{text}",
        "请从下文整理知识图谱的条目{options}，一行一条：主体（类型）—关系—客体（类型）。没有可写的就写“没有”。\n\n{text}",
    ),
    "label": (
        "文本分类",
        "请判断下面的内容属于哪一类{options}，只写类别。\n\n{text}",
        "{text}\n\n以上内容属于下列哪一类？{options}只回答类别名称。",
        "给下面的文本分类{options}，只输出一个类别。\n文本：{text}",
        "阅读下文，从给出的类别中选出最合适的一个{options}，不要解释。\n\n{text}",
    ),
    "match": (
        "文本匹配",
        "请判断下面两行文字是什么关系{options}，只写关系。\n\n{text}",
        "{text}\n\n以上两句话之间属于哪种关系？{options}只回答关系名称。",
        "比较两段文本{options}，只输出一种关系。\n{text}",
        "第一行是一个问法或检索词，第二行是另一个。它们之间的关系是什么{options}？不要解释。\n\n{text}",
    ),
    "terms": (
        "术语标准化",
        "请把下面的诊断写成标准诊断名称，有几个写几个，每行一个。\n\n{text}",
        "“{text}”对应的标准术语是什么？每行写一个。",
        "临床上写作“{text}”，编码时应采用哪些标准名称？一行一个，只写名称。",
        "术语标准化：给出与下面的原词相当的标准词，多个时分行写。\n原词：{text}",
    ),
    "findings": (
        "对话症状判断",
        "下面是一段医患对话。请列出其中的症状和疾病，并判断各是什么状态{options}，按出现的先后每行写“名称：状态”；没有的写“没有”。\n\n{text}",
        "{text}\n\n以上对话提到了哪些症状和疾病？患者是否确有{options}？每行写“名称：状态”，没有提到就写“没有”。",
        "从问诊对话中抽取临床发现及其状态{options}，逐行写“名称：状态”；若无，写“没有”。\n对话：\n{text}",
        "阅读问诊记录，逐行写出临床发现和状态，格式“名称：状态”{options}。没有时写“没有”。\n\n{text}",
    ),
    "acts": (
        "对话意图识别",
        "下面是一段医患对话。请按顺序判断每一句话的意图{options}，每行写“序号. 意图”。\n\n{text}",
        "{text}\n\n请逐句说明上面对话中每句话是在做什么{options}，一句一行，写成“序号. 意图”。",
        "问诊对话的逐句分类{options}：每句一行，输出“序号. 意图”。\n对话：\n{text}",
        "请给这段问诊的每一句标出意图{options}，从第 1 句起，每行“序号. 意图”。\n\n{text}",
    ),
}
LISTED = ("（可选：{}）", "（从中选择：{}）")
START, END = ("start_idx", "start", "offset", "start_pos"), ("end_idx", "end", "end_pos")


class Told(NamedTuple):
    """What is answered, and where in the text that stands."""

    answer: str
    spans: list[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class TaskInstructions(Stage):
    """For example ``TaskInstructions(task="entities", options=CMEEE)``, over rows of ``Annotated``.

    The tasks: ``entities`` in a text; ``relations`` between them; the ``label`` of a text; the ``match`` of two, a line each; the standard ``terms`` for a diagnosis;
    in a dialogue the ``findings`` and whether the patient has them, or the ``acts``, what each turn does. ``options`` are the labels as they
    stand in the annotation, each with its name; an annotation with another label makes no row. They are listed in the instruction, in an
    order drawn for each row, as is how it is asked. ``labels`` is the column of the annotation, as JSON.
    """

    version: ClassVar[int] = 1
    takes: ClassVar[frozenset[str]] = frozenset({"document"})
    gives: ClassVar[str] = "chat"

    task: str
    options: Mapping[str, str] = field(default_factory=dict)
    labels: str = "labels"
    seed: int = 1

    def __post_init__(self) -> None:
        if self.task not in ASKED:
            raise ValueError(f"TaskInstructions(task={self.task!r}): the tasks are {', '.join(ASKED)}")
        if self.task in ("label", "match", "acts", "findings") and not self.options:
            raise ValueError(f"TaskInstructions(task={self.task!r}) takes options={{label: name}}, to choose from")

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        columns = [docs[c] if c in docs.columns else [None] * docs.height for c in ("id", "text", self.labels)]
        told = [self._rows(*row) for row in zip(*columns, strict=True)]
        litters = [[] if isinstance(one, str) else one for one in told]
        reasons = [one if isinstance(one, str) else "became_rows" for one in told]
        out = docs.with_columns(drop=pl.Series(reasons, dtype=pl.String))
        return pl.concat([out, children(self, docs, litters)], how="diagonal_relaxed")

    def _rows(self, name: str, text: str | None, labels: str | None) -> list[dict[str, Any]] | str:
        if not text or not text.strip():
            return "nothing_to_ask"
        if not labels:
            return "no_known_answer"
        try:
            found = READS[self.task](self, text, orjson.loads(labels))
        except Refused as refused:
            return refused.reason
        except (KeyError, TypeError, AttributeError, ValueError):  # of another layout, or no JSON
            return "unreadable_annotation"
        return [self._row(name, text, found)]

    def _row(self, name: str, text: str, told: Told) -> dict[str, Any]:
        called, *ways = ASKED[self.task]
        named = dict.fromkeys(self.options.values())
        drawn = [int.from_bytes(_hash(f"{self.seed} {name} {what}")[:8]) for what in ("way", "list")]
        order = sorted(named, key=lambda option: _hash(f"{self.seed} {name} {option}"))
        options = LISTED[drawn[1] % len(LISTED)].format("、".join(order)) if order else ""
        asked = ways[drawn[0] % len(ways)].format(options=options, text=text.strip())
        return {
            "messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": told.answer}],
            "made": {"by": f"{self.name}/{self.version}", "model": None, "params": None, "prompt": None, "reply": None},
            "cites": [f"{start}-{end}" for start, end in told.spans],
            "about": called,
        }

    def named(self, label: Any) -> str:
        """A label as the options call it."""
        if not isinstance(label, str | int) or not str(label).strip():
            raise Refused("unknown_label")
        if self.options and str(label) not in self.options:
            raise Refused("unknown_label")
        return self.options.get(str(label), str(label))


def _hash(told: str) -> bytes:
    return hashlib.sha256(told.encode()).digest()


# ---- how each task reads its annotation ------------------------------------------------------------------------------


def _entities(stage: TaskInstructions, text: str, labels: list[dict[str, Any]]) -> Told:
    found = [(*_span(text, one), stage.named(one.get("type", one.get("label_type")))) for one in labels]
    found.sort(key=lambda one: (one[0], -one[1], one[2]))  # of two that begin together, the longer first
    lines = [f"{named}：{text[start:end]}" for start, end, named in found]
    return _listed(lines, [(start, end) for start, end, _ in found])


def _relations(stage: TaskInstructions, text: str, labels: list[dict[str, Any]]) -> Told:
    found = []
    for one in labels:
        whom, what = one["subject"], _value(one["object"])
        named = stage.named(one["predicate"])
        line = f"{_typed(whom, one.get('subject_type'))}—{named}—{_typed(what, _value(one.get('object_type')))}"
        found.append((_place(text, whom), _place(text, what), line))
    found.sort()
    return _listed([line for _, _, line in found], [span for first, second, _ in found for span in (first, second)])


def _label(stage: TaskInstructions, text: str, label: Any) -> Told:
    return Told(stage.named(label), [_whole(text)])


def _terms(stage: TaskInstructions, text: str, labels: Any) -> Told:  # noqa: ARG001
    terms = labels.split("##") if isinstance(labels, str) else list(labels)
    told = [term.strip() for term in terms if term.strip()]
    if not told:  # that a diagnosis has no standard term is not what an empty annotation says
        raise Refused("no_known_answer")
    return Told("\n".join(dict.fromkeys(told)), [_whole(text)])


def _findings(stage: TaskInstructions, text: str, turns: list[dict[str, Any]]) -> Told:
    found = []
    for (start, end), turn in zip(_turns(text, turns), turns, strict=True):
        for one in turn["ner"]:
            low, high = _span(text[start:end], {"start": one["range"][0], "end": one["range"][1]} | one)
            found.append((start + low, start + high, stage.named(one["attr"])))
    found.sort(key=lambda one: (one[0], -one[1], one[2]))
    return _listed(
        [f"{text[low:high]}：{named}" for low, high, named in found], [(low, high) for low, high, _ in found]
    )


def _acts(stage: TaskInstructions, text: str, turns: list[dict[str, Any]]) -> Told:
    spans = _turns(text, turns)
    lines = [f"{number}. {stage.named(turn['dialogue_act'])}" for number, turn in enumerate(turns, 1)]
    return Told("\n".join(lines), spans)


READS: dict[str, Callable[[TaskInstructions, str, Any], Told]] = {
    "entities": _entities,
    "relations": _relations,
    "label": _label,
    "match": _label,
    "terms": _terms,
    "findings": _findings,
    "acts": _acts,
}


def _listed(lines: list[str], spans: list[tuple[int, int]]) -> Told:
    """Each line once, where the same is found again; all places of it are cited."""
    return Told("\n".join(dict.fromkeys(lines)) or NONE, sorted(set(spans)))


def _span(text: str, one: Mapping[str, Any]) -> tuple[int, int]:
    """Where the words of an annotation stand, if they stand where it says. The last place that it names may be theirs, or the next."""
    words = _first(one, ("entity", "mention", "word"))
    start = int(_first(one, START))
    end = start + len(words)
    said = int(_first(one, END, end))
    if start < 0 or not words or text[start:end] != words or said not in (end - 1, end):
        raise Refused("annotation_unlike_text")
    return start, end


def _place(text: str, words: str) -> tuple[int, int]:
    """Where words stand that have no place in their annotation: the first time."""
    start = text.find(words)
    if start < 0 or not words:
        raise Refused("annotation_unlike_text")
    return start, start + len(words)


def _whole(text: str) -> tuple[int, int]:
    start = len(text) - len(text.lstrip())
    return start, start + len(text.strip())


def _turns(text: str, turns: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Where in a dialogue stands what is said in each turn, without the speaker before it."""
    spans, at = [], 0
    for turn in turns:
        speaker = _first(turn, ("speaker", "sender", "role"))
        said = _first(turn, ("sentence", "text", "content"))
        if not text.startswith(f"{speaker}：{said}", at):
            raise Refused("annotation_unlike_text")
        at += len(speaker) + 1
        spans.append((at, at + len(said)))
        at += len(said) + 1
    if at != len(text) + 1:
        raise Refused("annotation_unlike_text")
    return spans


def _first(one: Mapping[str, Any], names: tuple[str, ...], other: Any = None) -> Any:
    """What stands under the first of these names; files of one kind call it differently."""
    name = next((name for name in names if one.get(name) is not None), None)
    if name is None and other is None:
        raise KeyError(names[0])
    return other if name is None else one[name]


def _value(told: Any) -> Any:
    return told["@value"] if isinstance(told, dict) else told


def _typed(words: str, kind: str | None) -> str:
    return f"{words}（{kind}）" if kind else words
