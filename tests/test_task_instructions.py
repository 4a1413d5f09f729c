"""Annotated texts become instructions with one written form of the answer; what does not fit its text to the letter is counted."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, build
from medgo_data import open as open_built
from medgo_data.corpus import Piece
from medgo_data.sources.annotated import Annotated
from medgo_data.synth.task_instructions import ACTS, ASKED, CMEEE, QIC, QTR, STATES, STS, TaskInstructions

REAL = os.environ.get("MEDGO_REAL_DATA", "")
TEXT = "患者虚构甲病史三年，近来咳嗽、低热，口服乐清平片无效。"
ENTITIES = [
    {"start_idx": 13, "end_idx": 14, "type": "sym", "entity": "低热"},
    {"start_idx": 10, "end_idx": 11, "type": "sym", "entity": "咳嗽"},
]


def entity(word: str, kind: str, text: str = TEXT, **told: Any) -> dict[str, Any]:
    start = text.index(word)
    return {"start_idx": start, "end_idx": start + len(word) - 1, "type": kind, "entity": word} | told


def relation(subject: str, predicate: str, value: str) -> dict[str, Any]:
    return {
        "predicate": predicate,
        "subject": subject,
        "subject_type": "疾病",
        "object": {"@value": value},
        "object_type": {"@value": "症状"},
    }


def made(stage: TaskInstructions, text: str | None, labels: Any) -> tuple[list[dict[str, Any]], list[str]]:
    said = labels.decode() if isinstance(labels, bytes) else json.dumps(labels)
    row = {"id": "s/f#0-0", "text": text, "labels": said, "drop": None}
    out = stage(pl.DataFrame([row], schema_overrides={"drop": pl.String, "text": pl.String, "labels": pl.String}))
    return out.filter(pl.col("drop").is_null()).to_dicts(), out["drop"].drop_nulls().to_list()


def stage(task: str, **fields: Any) -> TaskInstructions:
    usual = {"entities": CMEEE, "label": QIC, "match": STS, "findings": STATES, "acts": ACTS}
    return TaskInstructions(task=task, **{"options": usual.get(task, {})} | fields)


TURNS = [
    {"sender": "患者", "text": "拉肚子三天，没有发热。", "dialogue_act": "Inform-Symptom"},
    {"sender": "医生", "text": "腹痛吗？", "dialogue_act": "Request-Symptom"},
]
TALK = "患者：拉肚子三天，没有发热。\n医生：腹痛吗？"
NER = [
    [
        {"mention": "发热", "name": "发热", "range": [8, 10], "attr": "阴性"},
        {"mention": "拉肚子", "name": "腹泻", "range": [0, 3], "attr": "阳性"},
    ],
    [{"mention": "腹痛", "name": "腹痛", "range": [0, 2], "attr": "不标注"}],
]
HEADED = "虚构甲病@患者常有咳嗽，偶有低热。"


@pytest.mark.parametrize(
    ("task", "text", "labels", "answer", "quotes"),
    [
        (
            "entities",
            TEXT,
            [entity("低热", "sym"), entity("虚构甲病", "dis"), entity("乐清平片", "dru"), entity("甲病", "dis")],
            "疾病：虚构甲病\n疾病：甲病\n临床表现：低热\n药物：乐清平片",
            ["虚构甲病", "甲病", "低热", "乐清平片"],
        ),
        ("entities", TEXT, [], "没有", []),
        ("entities", TEXT, [{"mention": "咳嗽", "offset": "12", "type": "sym"}], "临床表现：咳嗽", ["咳嗽"]),
        ("entities", TEXT, [{"entity": "咳嗽", "start": 12, "end": 14, "type": "sym"}], "临床表现：咳嗽", ["咳嗽"]),
        (
            "relations",
            HEADED,
            [relation("虚构甲病", "临床表现", "低热"), relation("虚构甲病", "临床表现", "咳嗽")],
            "虚构甲病（疾病）—临床表现—咳嗽（症状）\n虚构甲病（疾病）—临床表现—低热（症状）",
            ["虚构甲病", "咳嗽", "低热"],
        ),
        ("relations", HEADED, [], "没有", []),
        ("label", " 咳嗽怎么治？\n", "治疗方案", "治疗方案", ["咳嗽怎么治？"]),
        ("match", "咳嗽怎么治？\n咳嗽如何治疗？", "1", "意思相同", ["咳嗽怎么治？\n咳嗽如何治疗？"]),
        ("match", "咳嗽怎么治？\n腹痛怎么治？", 0, "意思不同", ["咳嗽怎么治？\n腹痛怎么治？"]),
        ("terms", "左虚构甲病伴乙病", "虚构甲病##虚构乙病", "虚构甲病\n虚构乙病", ["左虚构甲病伴乙病"]),
        (
            "findings",
            TALK,
            [turn | {"ner": ner} for turn, ner in zip(TURNS, NER, strict=True)],
            "拉肚子：阳性\n发热：阴性\n腹痛：与患者当前状态无关",
            ["拉肚子", "发热", "腹痛"],
        ),
        ("findings", TALK, [turn | {"ner": []} for turn in TURNS], "没有", []),
        ("acts", TALK, TURNS, "1. 告知症状\n2. 询问症状", ["拉肚子三天，没有发热。", "腹痛吗？"]),
    ],
)
def test_an_annotation_is_answered_in_one_written_form_that_cites_its_places(
    task: str, text: str, labels: Any, answer: str, quotes: list[str]
) -> None:
    (row,), dropped = made(stage(task), text, labels)
    asked, told = row["messages"]
    assert dropped == ["became_rows"]
    assert (told["role"], told["content"]) == ("assistant", answer)
    assert asked["role"] == "user" and text.strip() in asked["content"]
    places = [tuple(map(int, one.split("-"))) for one in row["cites"]]
    assert [text[start:end] for start, end in places] == quotes
    assert row["made"] == {"by": "TaskInstructions/1"} | dict.fromkeys(("model", "params", "prompt", "reply"))
    assert row["about"] == ASKED[task][0]


@pytest.mark.parametrize(
    ("task", "text", "labels", "reason"),
    [
        ("entities", TEXT, [entity("咳嗽", "sym", start_idx=11)], "annotation_unlike_text"),
        ("entities", TEXT, [entity("咳嗽", "sym", end_idx=15)], "annotation_unlike_text"),
        ("entities", TEXT, [entity("咳嗽", "sym", entity="咳痰")], "annotation_unlike_text"),
        ("entities", TEXT, [entity("低热", "sym"), entity("咳嗽", "sym", start_idx=-1)], "annotation_unlike_text"),
        ("entities", TEXT, [entity("咳嗽", "new")], "unknown_label"),
        ("entities", TEXT, [{"start_idx": 1, "end_idx": 2, "type": "sym"}], "unreadable_annotation"),
        ("entities", TEXT, b"[", "unreadable_annotation"),
        ("entities", TEXT, {"sym": []}, "unreadable_annotation"),
        ("entities", TEXT, b"", "no_known_answer"),
        ("entities", " ", [], "nothing_to_ask"),
        ("entities", None, [], "nothing_to_ask"),
        ("relations", HEADED, [relation("虚构乙病", "临床表现", "咳嗽")], "annotation_unlike_text"),
        ("label", "咳嗽怎么治？", "天气预报", "unknown_label"),
        ("label", "咳嗽怎么治？", "", "unknown_label"),
        ("terms", "左虚构甲病", " ## ", "no_known_answer"),
        ("acts", TALK, TURNS[:1], "annotation_unlike_text"),
        ("acts", TALK, TURNS[::-1], "annotation_unlike_text"),
        ("acts", TALK, [turn | {"dialogue_act": ""} for turn in TURNS], "unknown_label"),
        ("findings", TALK, TURNS, "unreadable_annotation"),
    ],
)
def test_an_annotation_that_does_not_fit_is_counted_and_never_mended(
    task: str, text: str | None, labels: Any, reason: str
) -> None:
    assert made(stage(task), text, labels) == ([], [reason])


def test_the_rows_of_a_version_stay_what_they_are() -> None:
    """Who changes a way to ask, an option or a written form raises the version, and enters what it makes then."""
    told = [
        [row["messages"] for row in made(stage(task, seed=seed), text, labels)[0]]
        for task, text, labels in (
            ("entities", TEXT, ENTITIES),
            ("relations", HEADED, [relation("虚构甲病", "临床表现", "低热")]),
            ("label", "咳嗽怎么治？", "治疗方案"),
            ("match", "咳嗽怎么治？\n咳嗽如何治疗？", "1"),
            ("terms", "左虚构甲病", "虚构甲病"),
            ("findings", TALK, [turn | {"ner": ner} for turn, ner in zip(TURNS, NER, strict=True)]),
            ("acts", TALK, TURNS),
        )
        for seed in range(20)
    ]
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
    assert (TaskInstructions.version, digest) == (1, "2dfb464737d57909")


def test_a_word_found_twice_is_written_once_and_cited_twice() -> None:
    text = "咳嗽三天，夜间咳嗽重。"
    twice = [entity("咳嗽", "sym", text), {"start_idx": 7, "end_idx": 8, "type": "sym", "entity": "咳嗽"}]
    (row,), _ = made(stage("entities"), text, twice)
    assert row["messages"][1]["content"] == "临床表现：咳嗽" and row["cites"] == ["0-2", "7-9"]


def test_the_instruction_lists_the_options_in_an_order_and_words_drawn_for_each_row() -> None:
    names = [f"s/f#0-{number}" for number in range(400)]
    docs = pl.DataFrame({"id": names, "text": ["咳嗽怎么治？"] * 400, "labels": ['"治疗方案"'] * 400})
    docs = docs.with_columns(drop=pl.lit(None, pl.String))
    asked = [row[0]["content"] for row in stage("label")(docs).filter(pl.col("drop").is_null())["messages"].to_list()]
    assert all(all(one in said for one in QIC) for said in asked)
    ways = Counter(said[:4] for said in asked)
    assert len(ways) == 4 and min(ways.values()) > 60  # of a hundred each
    firsts = Counter(min(QIC, key=said.rindex) if "\n\n以上" in said else min(QIC, key=said.index) for said in asked)
    assert max(firsts.values()) < 80  # of about 36 each
    backwards = stage("label")(docs[::-1]).filter(pl.col("drop").is_null())["messages"].to_list()
    assert [row[0]["content"] for row in backwards] == asked[::-1]
    other = stage("label", seed=2)(docs).filter(pl.col("drop").is_null())["messages"].to_list()
    assert [row[0]["content"] for row in other] != asked


@pytest.mark.parametrize("task", [*ASKED])
def test_every_way_to_ask_shows_the_text_and_says_how_to_answer(task: str) -> None:
    called, *ways = ASKED[task]
    assert called and len(ways) == len(set(ways)) >= 4
    assert all("{text}" in way for way in ways)
    if task != "terms":
        assert all("{options}" in way for way in ways)
    if task in ("entities", "relations", "findings"):
        assert all("没有" in way for way in ways)


def test_a_task_that_nobody_knows_or_that_has_nothing_to_choose_from_is_refused() -> None:
    with pytest.raises(ValueError, match="the tasks are entities, relations, label"):
        TaskInstructions(task="ner")
    with pytest.raises(ValueError, match="takes options="):
        TaskInstructions(task="label")


# ---- from files ------------------------------------------------------------------------------------------------------


def written(path: Path, *records: Any) -> str:
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in records), "utf-8")
    return str(path)


def read(source: Annotated) -> list[dict[str, Any]]:
    return [row for raw in source.raw for docs in source.read(Piece(raw)) for row in docs.to_dicts()]


def test_an_annotation_rides_along_with_its_text(tmp_path: Path) -> None:
    records = [
        {"text": TEXT, "entities": []},
        {"text": TEXT},
        {"text": None, "entities": []},
        {"text": {"a": 1}, "entities": []},
        "咳嗽",
    ]
    rows = read(Annotated(files=written(tmp_path / "a.jsonl", *records), license="x", labels="entities"))
    assert [(row["text"], row["labels"], row["drop"]) for row in rows] == [
        (TEXT, "[]", None),
        (None, None, "no_known_answer"),
        (None, None, "no_text"),
        (None, None, "not_text"),
        (None, None, "not_object"),
    ]


def test_two_texts_are_two_lines_and_a_dialogue_is_a_line_for_each_turn(tmp_path: Path) -> None:
    pair = written(tmp_path / "p.jsonl", *[{"query": "咳嗽", "title": "咳嗽怎么办", "label": "2"}] * 2)
    row, _ = read(Annotated(files=pair, license="x", text=("query", "title"), labels="label"))
    assert (row["text"], row["labels"]) == ("咳嗽\n咳嗽怎么办", '"2"')
    turns = [{"sender": "患者", "text": "咳嗽。"}, {"sender": "医生", "text": "几天了？"}]
    talks = written(tmp_path / "t.jsonl", {"dialog": turns}, {"dialog": [{"text": "咳嗽。"}]})
    good, bad = read(Annotated(files=talks, license="x", text="dialog", labels="dialog"))
    assert good["text"] == "患者：咳嗽。\n医生：几天了？" and bad["drop"] == "wrong_type"
    with pytest.raises(ValueError, match="its fields are text='text' and labels='entities'"):
        Annotated(files=pair, license="x", fields={"text": "query"})


def test_annotated_files_become_instructions_in_a_build(tmp_path: Path) -> None:
    records = [
        {"text": TEXT, "entities": [entity("咳嗽", "sym")]},
        {"text": "患者一般情况可。", "entities": []},
        {"text": TEXT, "entities": [entity("咳嗽", "sym", start_idx=0)]},
    ]
    source = Annotated(files=written(tmp_path / "a.jsonl", *records), license="x", labels="entities")
    build(Corpus("tasks", [source], [stage("entities")]), tmp_path / "root", Here())
    built = open_built(tmp_path / "root", "tasks")
    rows = built.rows().collect()
    assert rows["id"].to_list() == [f"annotated/a.jsonl#0-{number}>TaskInstructions.0" for number in (0, 1)]
    assert [row[1]["content"] for row in rows["messages"].to_list()] == ["临床表现：咳嗽", "没有"]
    assert rows["cites"].to_list() == [["12-14"], []]
    assert built.dropped().collect()["reason"].to_list() == ["became_rows", "became_rows", "annotation_unlike_text"]


def test_beside_its_turns_a_row_has_no_words_of_the_text() -> None:
    """What a stage writes elsewhere Scrub does not read; and of a text that it has changed the places are no longer those."""
    text = "患者张某，电话13812345678，近来咳嗽。"
    (row,), _ = made(stage("entities"), text, [entity("咳嗽", "sym", text)])
    beside = {name: told for name, told in row.items() if name != "messages"}
    assert row["cites"] == ["21-23"]
    assert not any(words in str(beside) for words in ("咳嗽", "张某", "13812345678"))
    scrubbed = text.replace("13812345678", "[电话1]")
    assert made(stage("entities"), scrubbed, [entity("咳嗽", "sym", text)]) == ([], ["annotation_unlike_text"])


def test_a_shard_of_texts_in_which_nothing_is_found_is_written_too(tmp_path: Path) -> None:
    source = Annotated(files=written(tmp_path / "a.jsonl", *[{"text": TEXT, "labels": []}] * 2), license="x")
    build(Corpus("tasks", [source], [stage("entities")]), tmp_path / "root", Here())
    assert open_built(tmp_path / "root", "tasks").rows().collect()["cites"].to_list() == [[], []]


REAL_FILES: dict[str, tuple[Any, str, TaskInstructions]] = {
    "CMeEE/CMeEE_dev.json.gz": ("text", "entities", stage("entities")),
    "CMeEE-V2/CMeEE-V2_dev.json.gz": ("text", "entities", stage("entities")),
    "CMeIE/CMeIE_dev.json.gz": ("text", "spo_list", stage("relations")),
    "CMeIE-V2/CMeIE-V2_dev.jsonl.gz": ("text", "spo_list", stage("relations")),
    "KUAKE-QIC/KUAKE-QIC_train.json.gz": ("query", "label", stage("label")),
    "CHIP-STS/CHIP-STS_train.json.gz": (("text1", "text2"), "label", stage("match")),
    "KUAKE-QTR/KUAKE-QTR_train.json.gz": (("query", "title"), "label", stage("match", options=QTR)),
    "CHIP-CDN/CHIP-CDN_train.json.gz": ("text", "normalized_result", stage("terms")),
    "CHIP-MDCFNPC/fix_badcase.part1.jsonl": ("dialog_info", "dialog_info", stage("findings")),
}


@pytest.mark.real
@pytest.mark.parametrize("file", [*REAL_FILES])
def test_real_annotations_become_instructions_or_are_counted(file: str) -> None:
    text, labels, tasks = REAL_FILES[file]
    path = Path(REAL) / "data" / "cblue" / file
    docs = pl.DataFrame(read(Annotated(files=str(path), license="research only", text=text, labels=labels)))
    docs = docs.with_columns(id="f#" + pl.col("record").cast(pl.String)).head(2000)
    assert docs["drop"].null_count() == docs.height
    out = tasks(docs)
    rows = out.filter(pl.col("drop").is_null())
    told = Counter(out["drop"].drop_nulls())
    assert told == {"became_rows": docs.height} and rows.height == docs.height
    for row in rows.head(300).to_dicts():
        places = [tuple(map(int, one.split("-"))) for one in row["cites"]]
        whole = docs.row(by_predicate=pl.col("id") == row["parent"], named=True)["text"]
        assert all(whole[start:end] for start, end in places)
        if tasks.task == "entities":
            lines = row["messages"][1]["content"].splitlines()
            assert {line.partition("：")[2] for line in lines} - {""} == {whole[start:end] for start, end in places}
