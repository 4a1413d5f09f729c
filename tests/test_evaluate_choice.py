"""Any file of questions is an exam by a record of a few lines; whatever a model says, every question counts, and counts once."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import random
from pathlib import Path
from typing import Any

import pytest

from medgo_train.evaluate.choice import (
    Exam,
    Item,
    Reply,
    as_cmb,
    items_of,
    likeliest,
    orders,
    prompt,
    score,
    shown,
)
from medgo_train.evaluate.exam_file import rows_of
from medgo_train.evaluate.exams import EXAMS
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.statistics import compare

DRUGS = ("甲苯片", "乙灵片", "丙安片", "丁宁片")
ITEM = Item(id="q1", question="首选哪种药？", options=DRUGS, answer="B")


def real(*names: str) -> Path:
    return Path(os.environ["MEDGO_REAL_DATA"], *names)


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exam", "row", "answer", "options"),
    [
        (Exam(name="list"), {"options": ["甲", "乙"], "answer": "B"}, "B", ("甲", "乙")),
        (Exam(name="object"), {"options": {"A": "甲", "B": "乙"}, "answer": "乙"}, "B", ("甲", "乙")),
        (
            Exam(name="pairs"),
            {"options": [{"key": "A", "value": "甲"}, {"key": "B", "value": "乙"}], "answer": ["A"]},
            "A",
            ("甲", "乙"),
        ),
        (
            Exam(name="arrow"),
            {"options": [{"label": "A", "text": "甲"}, {"label": "B", "text": "乙"}], "answer": ["B"]},
            "B",
            ("甲", "乙"),
        ),
        (Exam(name="lines"), {"options": "A 甲\nB 乙\nC 丙", "answer": "c"}, "C", ("甲", "乙", "丙")),
        (Exam(name="dots"), {"options": "A. 甲 B. 乙", "answer": " A "}, "A", ("甲", "乙")),
        (
            Exam(name="columns", options=("o1", "o2", "o3")),
            {"o1": "甲", "o2": "乙", "o3": "", "answer": 1},
            "B",
            ("甲", "乙"),
        ),
        (Exam(name="from_one", counts_from=1), {"options": ["甲", "乙"], "answer": 1}, "A", ("甲", "乙")),
        (
            Exam(name="several", multiple=True),
            {"options": ["甲", "乙", "丙"], "answer": "C、A"},
            "AC",
            ("甲", "乙", "丙"),
        ),
        (Exam(name="said", choices=("yes", "no", "maybe")), {"answer": "maybe"}, "C", ("yes", "no", "maybe")),
        (
            Exam(name="deep", options="data.o", answer="data.a"),
            {"data": {"o": ["甲", "乙"], "a": "A"}},
            "A",
            ("甲", "乙"),
        ),
    ],
    ids=lambda one: one.name if isinstance(one, Exam) else "",
)
def test_rows_of_every_shape_become_questions(
    exam: Exam, row: dict[str, Any], answer: str, options: tuple[str, ...]
) -> None:
    (item,) = items_of(exam, [{"question": "哪一个？"} | row]).items
    assert (item.answer, item.options) == (answer, options)


def test_a_row_that_is_no_question_is_refused_with_a_reason() -> None:
    good = {"question": "问", "options": ["甲", "乙"], "answer": "A"}
    rows = [
        good,
        good | {"question": " "},
        good | {"options": None},
        good | {"answer": "F"},
        good | {"answer": "AB"},
        good | {"answer": True},
    ]
    found = items_of(Exam(name="x"), rows)
    assert len(found.items) == 1
    assert [why for _, why in found.refused] == [
        "no_question",
        "no_options",
        "no_answer",
        "several_answers",
        "no_answer",
    ]
    with pytest.raises(ValueError, match="names stand for more than one question, such as '7'"):
        items_of(Exam(name="x", id="n"), [good | {"n": 7}] * 2)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "file", "exam", "least"),
    [
        ("medmcqa", "english/medmcqa_dev.json", EXAMS["medmcqa"], 200),
        ("medqa", "english/medqa_us_4opt_test.jsonl.gz", EXAMS["medqa"], 200),
        ("pubmedqa", "english/pubmedqa_ori_pqal.json.gz", EXAMS["pubmedqa"], 200),
        ("cmmlu", "exam/CMMLU_anatomy.csv", EXAMS["cmmlu"], 140),
        ("mtcmb", "exam/MTCMB_TCM-ED-A.part1.jsonl", Exam(name="mtcmb", id="id"), 100),
        ("mtcmb-lines", "exam/MTCMB_TCM-SE-B.part1.jsonl", Exam(name="mtcmb", id="id"), 20),
    ],
)
def test_records_fit_the_files_as_they_are_delivered(name: str, file: str, exam: Exam, least: int) -> None:
    found = items_of(exam, rows_of(real("data", file)))
    assert len(found.items) >= least and len(found.refused) <= len(found.items) / 50
    answered = score(found.items, [Reply(id=item.id, text=f"答案：{item.answer}") for item in found.items])
    assert answered.accuracy.value == 1.0
    in_words = score(
        found.items, [Reply(id=item.id, text=item.options["ABCDEFGHIJ".index(item.answer[0])]) for item in found.items]
    )
    assert in_words.accuracy.value > 0.97, name


def test_a_file_that_is_not_what_it_should_be_is_not_asked_from(tmp_path: Path) -> None:
    whole = json.dumps({"question": "问", "options": ["甲", "乙"], "answer": "A"}).encode()
    good, cut, other = tmp_path / "a.jsonl.gz", tmp_path / "cut.json.gz", tmp_path / "b.jsonl"
    good.write_bytes(gzip.compress(whole))
    cut.write_bytes(gzip.compress(whole * 50)[:-20])
    other.write_bytes(whole + b"\n{oops")
    assert len(rows_of(good, sha256=hashlib.sha256(good.read_bytes()).hexdigest())) == 1
    for path, sha256, says in (
        (good, "0" * 64, "could not be compared"),
        (cut, None, "truncated gzip"),
        (other, None, "not JSON at line 2"),
        (tmp_path / "no.json", None, "does not exist"),
    ):
        with pytest.raises(EvaluationError, match=says):
            rows_of(path, sha256=sha256)


# ---- orders --------------------------------------------------------------------------------------------------------


def test_every_option_stands_once_in_every_place() -> None:
    turned = [shown(ITEM, turn) for turn in range(4)]
    assert turned[0] == DRUGS
    for place in range(4):
        assert sorted(options[place] for options in turned) == sorted(DRUGS)
    assert prompt(ITEM, 1).splitlines()[3:7] == ["A. 乙灵片", "B. 丙安片", "C. 丁宁片", "D. 甲苯片"]
    assert "Exactly one" in prompt(Item(id="e", question="Which?", options=("yes", "no"), answer="A", language="en"))
    with pytest.raises(ValueError, match="has 4 orders, and no turn 4"):
        shown(ITEM, 4)


def test_an_option_that_looks_back_stays_behind() -> None:
    assert orders(Item(id="q", question="?", options=("甲", "乙", "丙", "以上都是"), answer="D")) == [
        (0, 1, 2, 3),
        (1, 2, 0, 3),
        (2, 0, 1, 3),
    ]
    assert orders(Item(id="q", question="?", options=("甲", "乙", "丙", "A和B"), answer="D")) == [(0, 1, 2, 3)]


def test_letters_are_told_back_as_the_file_has_them() -> None:
    replies = [Reply(id="q1", turn=turn, text=f"答案：{'BADC'[turn]}") for turn in range(4)]
    told = score([ITEM], replies)  # 乙灵片 stands at B, A, D and C
    assert [each.parsed.value for each in told.answered] == ["B"] * 4
    assert told.always_right == told.consistency == told.accuracy.value == 1.0
    assert told.position_bias == 0.0


def test_a_model_that_always_says_a_is_found_out() -> None:
    items = [Item(id=f"q{k}", question="?", options=DRUGS, answer="ABCD"[k % 4]) for k in range(40)]
    told = score(items, [Reply(id=item.id, turn=turn, text="A") for item in items for turn in range(4)])
    assert told.accuracy.value == 0.25 and told.always_right == 0.0 and told.consistency == 0.0
    assert told.position_bias == pytest.approx(math.sqrt(3) / 4)
    assert told.positions["A"].chosen == 160 and told.positions["B"].chosen == 0


# ---- scores --------------------------------------------------------------------------------------------------------


def test_every_question_counts() -> None:
    items = [Item(id=f"q{k}", question="?", options=DRUGS, answer="A") for k in range(5)]
    told = score(
        items,
        [Reply(id="q0", text="A"), Reply(id="q1", text=""), Reply(id="q2", text="不知道"), Reply(id="q3", text="AB")],
    )
    assert told.accuracy.value == 0.2
    assert told.states == {"ok": 1, "empty": 2, "invalid": 2}
    assert told.per_item == {"q0": 1.0, "q1": 0.0, "q2": 0.0, "q3": 0.0, "q4": 0.0}


def test_several_letters_are_right_together_or_not_at_all() -> None:
    item = Item(id="m", question="?", options=DRUGS, answer="AC", multiple=True)
    for text, right in (("AC", 1), ("CA", 1), ("A", 0), ("ACD", 0), ("甲苯片和丙安片", 1)):
        assert score([item], [Reply(id="m", text=text)]).accuracy.value == right, text


def test_replies_to_other_questions_are_not_scored() -> None:
    with pytest.raises(ValueError, match="They belong to another exam"):
        score([ITEM], [Reply(id="x", text="A")])
    with pytest.raises(ValueError, match="has one already"):
        score([ITEM], [Reply(id="q1", text="A"), Reply(id="q1", text="B")])


@pytest.mark.parametrize(
    ("logprobs", "value", "state"),
    [
        ({"A": -2.0, "B": -0.1, "C": -3.0}, "B", "ok"),
        ({" B": -0.2, "A": -0.3, "的": -0.01}, "B", "ok"),
        ({"A": -1.0, "B": -1.0}, "", "invalid"),
        ({"A": math.nan, "答": -0.1}, "", "invalid"),
        ({}, "", "empty"),
    ],
)
def test_log_probabilities_name_the_likeliest_letter(logprobs: dict[str, float], value: str, state: str) -> None:
    found = likeliest(logprobs, "ABCD")
    assert (found.value, found.state) == (value, state)
    assert likeliest(logprobs, "ABCD", multiple=True).value == ""


def test_a_yes_is_read_in_words() -> None:
    item = Item(id="p", question="Does it help?", options=("yes", "no", "maybe"), answer="B", language="en")
    for text in ("No.", "no", "The answer is no.", "B", "No, the trial showed no benefit.", "Answer: no"):
        assert score([item], [Reply(id="p", text=text)]).accuracy.value == 1, text
    assert score([item], [Reply(id="p", text="Yes, it does.")]).accuracy.value == 0


@pytest.mark.real
def test_categories_are_those_of_cmb() -> None:
    for vector in json.loads(real("vectors", "CMB.score.json").read_text("utf-8"))["vectors"]:
        items = [
            Item(
                id=str(each["id"]),
                question="?",
                options=DRUGS,
                answer=each["answer"],
                multiple=len(each["answer"]) > 1,
                category=(each["exam_type"], each["exam_class"]),
            )
            for each in vector["gold"]
        ]
        told = score(
            items, [Reply(id=str(each["id"]), text=each["model_answer"]) for each in vector["pred"]]
        ).categories
        wanted = {(kind,): value for kind, value in vector["expected"]["accuracy_per_category"].items()}
        wanted |= {
            (kind, each): value
            for kind, inner in vector["expected"]["accuracy_per_subcategory"].items()
            for each, value in inner.items()
        }
        if vector["id"] == "order":  # CMB holds CB against BC; letters are a set here
            assert told["医师考试",] == 1.0 and wanted["医师考试",] == 0.75
            continue
        assert told == wanted, vector["id"]


@pytest.mark.real
def test_under_the_profile_of_cmb_replies_are_read_and_compared_as_there() -> None:
    for vector in json.loads(real("vectors", "CMB.parse.json").read_text("utf-8"))["vectors"]:
        assert as_cmb(vector["text"], multiple=True).value == vector["expected"]["match_choice"]
        assert as_cmb(vector["text"]).value == vector["expected"]["single_choice_first_letter"]
    for vector in json.loads(real("vectors", "mcq_extraction.json").read_text("utf-8"))["vectors"]:
        told = vector["third_party"].get("cmb_match_choice_first", vector["third_party"].get("cmb_match_choice"))
        assert as_cmb(vector["text"], multiple=vector["kind"] == "multi").value == told
    item = Item(id="m", question="?", options=DRUGS, answer="BC", multiple=True)
    assert score([item], [Reply(id="m", text="CB")], "cmb").accuracy.value == 0.0  # there, CB is not BC
    assert score([item], [Reply(id="m", text="CB")]).accuracy.value == 1.0
    with pytest.raises(ValueError, match="in one order"):
        score([item], [Reply(id="m", turn=1, text="CB")], "cmb")


def test_cases_with_several_questions_widen_the_interval() -> None:
    items = [Item(id=f"q{k}", question="?", options=DRUGS, answer="A", group=str(k // 20)) for k in range(100)]
    replies = [Reply(id=item.id, text="A" if k < 60 else "B") for k, item in enumerate(items)]
    told, alone = (
        score(items, replies).accuracy,
        score([Item(**{**vars(item), "group": None}) for item in items], replies).accuracy,
    )
    assert told.how == "clustered" and told.high - told.low > 2 * (alone.high - alone.low)


def test_a_better_model_is_called_better() -> None:
    rng = random.Random(3)
    items = [Item(id=f"q{k}", question="?", options=DRUGS, answer=rng.choice("ABCD")) for k in range(400)]

    def replies(share: float) -> list[Reply]:
        return [Reply(id=item.id, text=item.answer if rng.random() < share else rng.choice("ABCD")) for item in items]

    (told,) = compare({"exam": score(items, replies(0.8)).per_item}, {"exam": score(items, replies(0.4)).per_item})
    assert told.real and told.difference.value > 0.1
