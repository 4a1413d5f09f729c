"""Exam questions of every shape become the same question, and each that cannot is counted with its reason."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import medgo_data
from medgo_data import Corpus, Here, build, schema
from medgo_data.corpus import Piece
from medgo_data.sources.exams import ExamBanks
from medgo_data.sources.questions import Options, split_text

REAL = os.environ.get("MEDGO_REAL_DATA", "")
OPTIONS = [{"label": "A", "text": "坏血病"}, {"label": "B", "text": "脚气病"}, {"label": "C", "text": "夜盲症"}]
ASKED = "维生素C缺乏可引起"
EXAM = f"{ASKED}\nA. 坏血病\nB. 脚气病\nC. 夜盲症\n答案：A\n解析：胶原合成受阻。"


def rows_of(source: ExamBanks) -> list[dict[str, Any]]:
    return [row for raw in source.raw for docs in source.read(Piece(raw)) for row in docs.to_dicts()]


def rows(path: Path, records: Any, **fields: Any) -> list[dict[str, Any]]:
    content = records if isinstance(records, bytes) else json.dumps(records, ensure_ascii=False).encode()
    path.write_bytes(content)
    return rows_of(ExamBanks(files=str(path), license="public", **fields))


def told(path: Path, records: Any, **fields: Any) -> list[str]:
    return [row["drop"] or row["text"] for row in rows(path, records, **fields)]


# ---- every shape is the same question ------------------------------------------------------------------------------

TEXT = "A.坏血病 B.脚气病 C.夜盲症"
SHAPES: dict[str, dict[str, Any]] = {
    "an object": {"question": ASKED, "options": {"A": "坏血病", "B": "脚气病", "C": "夜盲症", "D": ""}, "answer": "A"},
    "a list with letters": {"question": ASKED, "options": ["A.坏血病", "B.脚气病", "C.夜盲症"], "answer": "A"},
    "a list": {"question": ASKED, "options": ["坏血病", "脚气病", "夜盲症"], "answer": "A"},
    "one text": {"题干": ASKED, "选项": TEXT, "答案": "A"},
    "one text with lines": {"题目": ASKED, "选项": "A、坏血病\nB、脚气病\nC、夜盲症", "正确答案": "A"},
    "one text without spaces": {"question": ASKED, "options": "A.坏血病B.脚气病C.夜盲症", "answer": "A"},
    "one text with a slip": {"question": ASKED, "options": "A.坏血病B:脚气病 C.夜盲症", "answer": "A"},
    "columns of letters": {"Question": ASKED, "A": "坏血病", "B": "脚气病", "C": "夜盲症", "Answer": "A"},
    "columns of names": {"question": ASKED, "opa": "坏血病", "opb": "脚气病", "opc": "夜盲症", "answer": "A"},
    "Chinese columns": {"题干": ASKED, "选项A": "坏血病", "选项B": "脚气病", "选项C": "夜盲症", "答案": "a"},
    "objects in a list": {
        "question": ASKED,
        "choices": [{"key": "A", "value": "坏血病"}, {"key": "B", "value": "脚气病"}, {"key": "C", "value": "夜盲症"}],
        "answer": "A",
    },
    "two lists": {
        "question": ASKED,
        "choices": {"label": list("ABC"), "text": ["坏血病", "脚气病", "夜盲症"]},
        "answerKey": "A",
    },
    "JSON in a cell": {"question": ASKED, "options": '{"A": "坏血病", "B": "脚气病", "C": "夜盲症"}', "answer": "A"},
    "within the question": {"question": f"{ASKED}\n{TEXT}", "answer": "A"},
    "an answer of text": {"question": ASKED, "options": ["坏血病", "脚气病", "夜盲症"], "answer": "坏血病。"},
    "an answer with its text": {"question": ASKED, "options": TEXT, "answer": "答案：Ａ．坏血病"},
    "an answer in a list": {"question": ASKED, "options": TEXT, "answer": ["A"]},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_question_is_the_same_in_whatever_shape_it_comes(tmp_path: Path, shape: str) -> None:
    record = SHAPES[shape] | {"解析": "胶原合成受阻。"}
    assert told(tmp_path / "a.json", [record]) == [EXAM]
    (found,) = rows(tmp_path / "a.json", [record], gives="choice")
    asked = {"question": ASKED, "options": OPTIONS, "answer": ["A"], "explanation": "胶原合成受阻。"}
    assert found == {"record": 0, **asked, "drop": None}


@pytest.mark.parametrize("form", ["a.json", "a.jsonl", "a.csv", "a.parquet"])
@pytest.mark.parametrize("declared", [True, False])
def test_every_format_of_records_is_read(tmp_path: Path, form: str, declared: bool) -> None:  # noqa: FBT001  a case
    names = ("ask", "one", "two", "three", "key", "why") if declared else ("question", "A", "B", "C", "answer", "解析")
    records = [
        dict(zip(names, (ASKED, "坏血病", "脚气病", "夜盲症", right, "胶原合成受阻。"), strict=True)) for right in "AD"
    ]
    held = io.BytesIO()
    pl.DataFrame(records).write_parquet(held)
    content = {
        "a.json": json.dumps(records).encode(),
        "a.jsonl": "\n".join(map(json.dumps, records)).encode(),
        "a.csv": pl.DataFrame(records).write_csv().encode("gb18030"),
        "a.parquet": held.getvalue(),
    }[form]
    fields = {"question": "ask", "options": ("one", "two", "three"), "answer": "key", "explanation": "why"}
    assert told(tmp_path / form, content, fields=fields if declared else None) == [EXAM, "answer_not_an_option"]
    if declared and form in {"a.csv", "a.parquet"}:
        missing = told(tmp_path / form, content, fields=fields | {"answer": "nowhere"})
        assert missing == ["no_such_column"]


ANSWERS = [
    ("ABD", None, ["A", "B", "D"]),
    ("D,A", None, ["A", "D"]),
    ("A、C", None, ["A", "C"]),
    (["B", "A"], None, ["A", "B"]),
    ("（C）", None, ["C"]),
    (1, 0, ["B"]),
    (1, 1, ["A"]),
    (4.0, 1, ["D"]),
    ("3", 0, ["D"]),
    (None, None, None),
    ("", None, None),
]
REFUSED = [
    ("E", None, "answer_not_an_option"),
    ("AE", None, "answer_not_an_option"),
    ("肾", None, "answer_not_an_option"),
    (0, 1, "answer_not_an_option"),
    (4, 0, "answer_not_an_option"),
    (-1, 0, "answer_not_an_option"),
    (2, None, "numbered_answer"),
]


@pytest.mark.parametrize(("answer", "first", "letters"), ANSWERS)
def test_an_answer_names_its_options(tmp_path: Path, answer: Any, first: int | None, letters: list[str] | None) -> None:
    fields = {"question": "q", "options": Options(at="o", first=first), "answer": "a"}
    (found,) = rows(
        tmp_path / "a.json", [{"q": "?", "o": list("心肝脾肺"), "a": answer}], fields=fields, gives="choice"
    )
    assert (found["drop"], found["answer"]) == (None, letters)


@pytest.mark.parametrize(("answer", "first", "reason"), REFUSED)
def test_an_answer_that_names_no_option_is_counted(tmp_path: Path, answer: Any, first: int | None, reason: str) -> None:
    fields = {"question": "q", "options": Options(at="o", first=first), "answer": "a"}
    assert told(tmp_path / "a.json", [{"q": "?", "o": list("心肝脾肺"), "a": answer}], fields=fields) == [reason]


def test_a_number_is_not_taken_for_the_text_of_an_option(tmp_path: Path) -> None:
    record = {"question": "骨几块？", "opa": "6", "opb": "5", "opc": "3", "opd": "2", "cop": 2}
    assert told(tmp_path / "a.json", [record]) == ["numbered_answer"]
    fields = {
        "question": "question",
        "options": Options(columns=("opa", "opb", "opc", "opd"), first=1),
        "answer": "cop",
    }
    assert told(tmp_path / "a.json", [record], fields=fields) == ["骨几块？\nA. 6\nB. 5\nC. 3\nD. 2\n答案：B"]


BAD: dict[str, tuple[Any, str, str]] = {  # the record, and why it is no text and no question to put
    "only an answer": ({"id": 1, "answer": "D"}, "no_question", "no_question"),
    "a blank question": ({"question": " ", "options": ["心", "肝"], "answer": "A"}, "no_question", "no_question"),
    "letters without options": ({"question": "?", "answer": "AB"}, "no_options", "no_options"),
    "no answer": ({"question": "?", "options": ["心", "肝"]}, "no_answer", ""),
    "an open question": ({"question": "何为五脏？", "answer": "心肝脾肺肾"}, "", "no_options"),
    "a question to judge": ({"question": "心主血脉。", "answer": "对"}, "", "no_options"),
    "a letter twice": (
        {"question": "?", "options": ["A.心", "A.肝"], "answer": "A"},
        "repeated_label",
        "repeated_label",
    ),
    "what may be an option": (
        {"question": "?", "options": "A.脚气病 B.维生素C缺乏 D.夜盲症", "answer": "A"},
        "options_run_together",
        "options_run_together",
    ),
    "an option that is lost": (
        {"question": "?", "options": "A.心 B.肝 D.肺", "answer": "C"},
        *["answer_not_an_option"] * 2,
    ),
    "options of numbers": ({"question": "?", "options": 3, "answer": "A"}, "wrong_type", "wrong_type"),
    "numbers without options": ({"question": "?", "answer": [1, 2]}, "", "no_options"),
    "an answer that is no text": ({"question": "?", "answer": {"a": 1}}, "not_text", "no_options"),
    "a list": (["?"], "not_object", "not_object"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_question_is_counted_and_the_next_one_lives(tmp_path: Path, case: str) -> None:
    record, as_text, as_choice = BAD[case]
    good = {"question": "?", "options": ["心", "肝"], "answer": "A"}
    for gives, reason in (("document", as_text), ("choice", as_choice)):
        found = rows(tmp_path / "a.json", [record, good], gives=gives)
        assert [row["drop"] for row in found] == [reason or None, None]
        assert [row["record"] for row in found] == [0, 1]


def test_open_and_judged_questions_are_texts_with_their_answers(tmp_path: Path) -> None:
    records = [
        {"question": "何为五脏？", "answer": "心肝脾肺肾"},
        {"question": "心主血脉。", "answer": "√"},
        {"question": "维生素 A. 缺乏的表现？", "answer": "夜盲"},
    ]
    assert told(tmp_path / "a.json", records) == [
        "何为五脏？\n答案：心肝脾肺肾",
        "心主血脉。\n答案：√",
        "维生素 A. 缺乏的表现？\n答案：夜盲",
    ]


RUNS = {
    "A.梗死 B.血栓 C.栓塞": ["梗死", "血栓", "栓塞"],
    "A. 0.75 B. 0.5 C. D. 0.7": ["0.75", "0.5", "", "0.7"],
    "A.补充维生素C、E B.补充维生素A. C.补钙": ["补充维生素C、E", "补充维生素A.", "补钙"],
    "A.毛花苷C0.8mg静注 B.吸氧 C.硝普钠": ["毛花苷C0.8mg静注", "吸氧", "硝普钠"],
    "(A) 心 (B) 肝": ["心", "肝"],
    " C.脾 D.肺": ["脾", "肺"],
    "A.金葡菌B.大肠杆菌E.coli C.肺炎链球菌S.p": ["金葡菌", "大肠杆菌E.coli", "肺炎链球菌S.p"],
}


@pytest.mark.parametrize("run", RUNS)
def test_options_in_one_text_are_told_apart(run: str) -> None:
    assert [text for _, text in split_text(run)[1]] == RUNS[run]


# ---- several questions in a record ---------------------------------------------------------------------------------


def test_questions_share_a_case(tmp_path: Path) -> None:
    case = "男，40岁，腹痛2小时。"
    flat = [{"病例": case, "题干": "首选检查是", "选项": "A.腹部平片 B.胃镜", "答案": "A"}]
    asks = [
        {"题干": "首选检查是", "选项": "A.腹部平片 B.胃镜", "答案": "A"},
        {"题干": "禁用", "选项": "A.吗啡 B.水", "答案": "C"},
    ]
    first = f"{case}\n首选检查是\nA. 腹部平片\nB. 胃镜\n答案：A"
    assert told(tmp_path / "a.json", flat) == [first]
    assert told(tmp_path / "a.json", [{"病例": case, "questions": asks}]) == [first, "answer_not_an_option"]
    declared = {"stem": "txt", "questions": "list", "question": "题干", "options": "选项", "answer": "答案"}
    assert told(tmp_path / "a.json", [{"txt": case, "list": asks}], fields=declared) == [first, "answer_not_an_option"]


def test_questions_share_their_options(tmp_path: Path) -> None:
    record = {
        "options": TEXT,
        "questions": [{"question": "缺维生素C", "answer": "A"}, {"question": "缺维生素A", "answer": "C"}, 1],
    }
    found = rows(tmp_path / "a.json", [record], gives="choice")
    assert [(row["question"], row["answer"], row["drop"]) for row in found] == [
        ("缺维生素C", ["A"], None),
        ("缺维生素A", ["C"], None),
        (None, None, "not_object"),
    ]
    assert found[0]["options"] == found[1]["options"] == OPTIONS


# ---- documents, declarations, the builder --------------------------------------------------------------------------


def test_a_book_of_questions_is_a_text_and_no_question_to_put(tmp_path: Path) -> None:
    text = "1. 维生素C缺乏可引起\nA. 坏血病\n答案：A\n"
    assert told(tmp_path / "题.txt", text.encode()) == [text]
    (found,) = rows(tmp_path / "题.txt", text.encode(), gives="choice")
    assert found["drop"] == "not_records"
    (found,) = rows(tmp_path / "a.docx", b"PK\x03\x04broken", gives="choice")
    assert found["drop"] == "damaged"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"fields": {"options": "o"}}, "fields lacks 'question'"),
    ({"fields": {"question": "q", "choices": "o"}}, "a question has no 'choices'"),
    ({"fields": {"question": "q", "answer": ("a", "b")}}, "the field of 'answer' is a path"),
    ({"fields": {"question": Options(at="q")}}, "the field of 'question' is a path"),
    ({"gives": "chat"}, "exams are read as 'document' or 'choice'"),
    ({"markup": "html"}, "exams take no markup"),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_a_wrong_declaration_is_said_at_once(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExamBanks(files="a", license="public", **fields)
    with pytest.raises(ValueError, match="either at="):
        Options()


@pytest.mark.parametrize("gives", ["document", "choice"])
def test_a_built_corpus_holds_the_questions(tmp_path: Path, gives: str) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.json").write_text(json.dumps(list(SHAPES.values())), "utf-8")
    fields = {"question": "question", "options": Options(at="options"), "answer": "answer"}
    source = ExamBanks(files=f"{tmp_path}/raw/*.json", license="public", gives=gives, fields=fields)
    build(Corpus("exams", [source]), str(tmp_path / "data"), Here())
    shard = medgo_data.open(str(tmp_path / "data"), "exams").rows().collect()
    assert shard.columns == [column.name for column in schema.load(gives).columns]
    assert shard["category"].unique().to_list() == ["exam bank"] and shard.height == 10


# ---- real exams ----------------------------------------------------------------------------------------------------

COUNTS: dict[str, tuple[dict[str | None, int], dict[str | None, int]]] = {  # as texts, and as questions to put
    "CMB-test-choice-answer.json.gz": ({"no_question": 3000}, {"no_question": 3000}),  # answers only
    "CMLE.part1.xlsx": (
        {None: 1482, "answer_not_an_option": 9, "options_run_together": 8},
        {None: 1482, "answer_not_an_option": 9, "options_run_together": 8},
    ),
    "CMMLU_anatomy.csv": ({None: 148}, {None: 148}),
    "CMMLU_clinical_knowledge.csv": ({None: 237}, {None: 237}),
    "CMMLU_college_medicine.csv": ({None: 273}, {None: 273}),
    "CMMLU_dev_anatomy.csv": ({None: 5}, {None: 5}),
    "CMMLU_dev_clinical_knowledge.csv": ({None: 5}, {None: 5}),
    "CMMLU_dev_college_medicine.csv": ({None: 5}, {None: 5}),
    "MTCMB_TCM-ED-A.part1.jsonl": ({None: 600}, {None: 600}),
    "MTCMB_TCM-ED-B.part1.jsonl.gz": ({None: 2398, "repeated_label": 2}, {None: 2398, "repeated_label": 2}),
    "MTCMB_TCM-SE-A.part1.jsonl": ({None: 25}, {"no_options": 25}),  # a word to fill in
    "MTCMB_TCM-SE-B.part1.jsonl": ({None: 25}, {None: 25}),
    "TCM_literature_QG.json.gz": ({"no_question": 737}, {"no_question": 737}),  # its questions were left out
}


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
@pytest.mark.parametrize("file", COUNTS)
def test_every_real_question_is_a_row_or_a_counted_reason(file: str) -> None:
    for gives, expected in zip(("document", "choice"), COUNTS[file], strict=True):
        found = rows_of(ExamBanks(files=f"{REAL}/data/exam/{file}", license="various", gives=gives))
        assert Counter(row["drop"] for row in found) == expected
        if gives == "choice":
            kept = [row for row in found if row["drop"] is None]
            assert all(set(row["answer"]) <= {option["label"] for option in row["options"]} for row in kept)


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
def test_every_real_file_of_exams_is_counted() -> None:
    assert {path.name for path in (Path(REAL) / "data/exam").iterdir()} == set(COUNTS)
