"""The forms of the official files: how an answer stands in them, how it is read back, and what they forbid."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from medgo_train.evaluate.cblue.labels import SECTIONS, STEPS, Names
from medgo_train.evaluate.cblue.task import Item
from medgo_train.evaluate.trees import grown

Answers = Sequence[tuple[Item, Any]]
Fault = Callable[[Item, Any], str | None]


# ---- writing ---------------------------------------------------------------------------------------------------------


def records(
    field: str, form: Callable[[Any, Item], Any] = lambda value, _item: value, *, lines: bool = False
) -> Callable[[Answers], str]:
    """Each record of the test file with its answer in ``field``."""

    def write(answers: Answers) -> str:
        filled = [{**item.record, field: form(value, item)} for item, value in answers]
        if lines:
            return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in filled)
        return _json(filled)

    return write


def entities(value: Sequence[Any], item: Item) -> list[dict[str, Any]]:
    text = item.record["text"]
    return [
        {"start_idx": start, "end_idx": end, "type": kind, "entity": text[start : end + 1]}
        for start, end, kind in value
    ]


def entities_read(record: Mapping[str, Any]) -> list[list[Any]]:
    return [[one["start_idx"], one["end_idx"], one["type"]] for one in record["entities"]]


def triples(value: Sequence[Any], _item: Item) -> list[dict[str, Any]]:
    return [
        {"subject": subject, "predicate": predicate, "object": {"@value": object_}}
        for subject, predicate, object_ in value
    ]


def triples_read(record: Mapping[str, Any]) -> list[list[str]]:
    return [[one["subject"], one["predicate"], one["object"]["@value"]] for one in record["spo_list"]]


def terms_read(record: Mapping[str, Any]) -> list[str]:
    return [term for term in record["normalized_result"].split("##") if term]


def events(value: Sequence[Any], _item: Item) -> list[dict[str, Any]]:
    return [
        {"core_name": core, "tendency": tendency, "character": character, "anatomy_list": anatomy}
        for core, tendency, character, anatomy in value
    ]


def events_read(record: Mapping[str, Any]) -> list[list[Any]]:
    return [
        [one["core_name"], one["tendency"], list(one["character"]), list(one["anatomy_list"])]
        for one in record["event"]
    ]


def causes(value: Sequence[Any], item: Item) -> list[dict[str, Any]]:
    return [_relation(one, item.record["text"]) for one in value]


def _relation(one: Sequence[Any], text: str) -> dict[str, Any]:
    number, head, tail = one
    behind = {"type": "relation", **_relation(tail, text)} if len(tail) == 3 else _mention(tail, text)
    return {"head": _mention(head, text), "relation": number, "tail": behind}


def _mention(place: Sequence[int], text: str) -> dict[str, Any]:
    start, end = place
    return {"type": "mention", "mention": text[start:end], "start_idx": start, "end_idx": end}


def causes_read(record: Mapping[str, Any]) -> list[list[Any]]:
    return [_read_relation(one) for one in record["relation_of_mention"]]


def _read_relation(one: Mapping[str, Any]) -> list[Any]:
    head, tail = one["head"], one["tail"]
    inner = _read_relation(tail) if "relation" in tail else [tail["start_idx"], tail["end_idx"]]
    return [one["relation"], [head["start_idx"], head["end_idx"]], inner]


def findings(answers: Answers) -> str:
    """The dialogues of CHIP-MDCFNPC, each finding with its answer; one without an answer is 不标注."""
    said = {(item.id, start, end): label for item, value in answers for start, end, label in value}
    dialogues = {item.group: item.record["dialogue"] for item, _ in answers}
    lines = []
    for key, dialogue in dialogues.items():
        filled = [
            {**one, "ner": [
                {**ner, "attr": said.get((f"{key}:{one['sentence_id']}", *ner["range"]), "不标注")} for ner in one["ner"]
            ]}
            for one in dialogue["dialog_info"]
        ]  # fmt: skip
        lines.append(json.dumps({**dialogue, "dialog_info": filled}, ensure_ascii=False) + "\n")
    return "".join(lines)


def ranking(answers: Answers) -> str:
    """Ten documents a query; where there are fewer, numbers that no document has."""
    return "".join(f"{item.id}\t{','.join(_ten(value))}\n" for item, value in answers)


def _ten(value: Sequence[str]) -> list[str]:
    return [*value, *(f"-{n}" for n in range(1, 11))][:10]


def by_sentence(answers: Answers) -> str:
    told: dict[str, dict[str, Any]] = {}
    for item, value in answers:
        dialogue, _, sentence = item.id.partition(":")
        blank = " ".join("O" for _ in item.record.get("sentence", "")) if value == "" else value
        told.setdefault(dialogue, {})[sentence] = blank
    return _json(told)


def by_dialogue(answers: Answers) -> str:
    return _json({item.id: value for item, value in answers})


def outputs(answers: Answers) -> str:
    return _json([{"id": item.id, "output": value} for item, value in answers])


def _json(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


# ---- what the forms forbid: a sentence, or nothing -------------------------------------------------------------------


def one_of(labels: Collection[str]) -> Fault:
    def fault(_item: Item, value: Any) -> str | None:
        return None if value in labels else f"its label is none of the {len(labels)} of this task"

    return fault


def rows(length: int, *, places: Collection[int] = (), one_of: Mapping[int, Collection[str]] | None = None) -> Fault:
    """Each part of the answer is a list of so many, with numbers at ``places`` and labels where ``one_of`` says."""
    legal = one_of or {}

    def fault(_item: Item, value: Any) -> str | None:
        for one in value:
            if len(one) != length:
                return f"one of its entries has {len(one)} parts, not {length}"
            if any(type(one[place]) is not int or one[place] < 0 for place in places):
                return "one of its places is no number"
            if any(one[place] not in labels for place, labels in legal.items()):
                return "one of its entries has a label that this task does not know"
        return None

    return fault


def strings(_item: Item, value: Any) -> str | None:
    return None if all(isinstance(one, str) and one for one in value) else "it is no list of terms"


def text(_item: Item, value: Any) -> str | None:
    return None if isinstance(value, str) else "its output is no text"


def ten(_item: Item, value: Any) -> str | None:
    if len(value) != 10:
        return f"it has {len(value)} documents, not 10"
    return None if len(set(value)) == 10 else "it names a document twice"


def tags(kinds: Names) -> Fault:
    legal = {"O", *(f"{mark}-{kind}" for mark in "BI" for kind in kinds)}

    def fault(item: Item, value: Any) -> str | None:
        said, meant = value.split(), len(item.record.get("sentence", value.split()))
        if len(said) != meant:
            return f"it has {len(said)} tags for {meant} characters"
        return None if set(said) <= legal else "it has a tag that this task does not know"

    return fault


def mapping(labels: Collection[str]) -> Fault:
    def fault(_item: Item, value: Any) -> str | None:
        return None if all(one in labels for one in value.values()) else f"a symptom is none of {', '.join(labels)}"

    return fault


def sections(_item: Item, value: Any) -> str | None:
    lacks = [title for title in SECTIONS if not isinstance(value.get(title), str)]
    return f"it has no section {lacks[0]}" if lacks else None


def tree(_item: Item, value: Any) -> str | None:
    if grown(value) is None:
        return "it is no binary tree, root first"
    if any(node.get("logical_rel") not in {"and", "or", "null"} for node in value):
        return "a node is joined by none of and, or, null"
    return None if all(t[1] in STEPS for node in value for t in node["triples"]) else "a relation is not of this task"


def relations(_item: Item, value: Any) -> str | None:
    for number, head, tail in value:
        nested = len(tail) == 3
        if number not in {1, 2, 3} or nested != (number == 2):
            return "only a condition (2) has a relation as its tail, and it always has one"
        if nested and tail[0] not in {1, 3}:
            return "what a condition leads to is no plain relation"
        if not all(type(n) is int and n >= 0 for place in (head, *(tail[1:] if nested else [tail])) for n in place):
            return "one of its places is no number"
    return None
