"""What a reply means is what a person would take it to mean; and there is always an answer, if only that there is none.

``answers/*_seen.jsonl`` were looked at while the reading was written, ``answers/*_unseen.jsonl`` were written before it and
only scored. All are invented, in the manner of many models.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo_train.evaluate.extract import extract

ANSWERS = Path(__file__).parent / "answers"
LUNGS = ("肺炎", "肺结核", "肺癌", "肺脓肿", "支气管扩张")


def sheet(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ANSWERS / f"{name}.jsonl").read_text("utf-8").splitlines()]


def wrong(rows: list[dict[str, Any]]) -> list[str]:
    """The answers that are read as something else, with what they are read as."""
    read = [(row, extract(row["text"], row.get("options"), multiple=row["kind"] == "multi")) for row in rows]
    for row, found in read:
        assert (found.state == "ok") == bool(found.value), row
    return [
        f"{row['text']!r}: {found.value!r}, not {row['intended']!r}"
        for row, found in read
        if found.value != row["intended"]
    ]


@pytest.mark.parametrize(
    ("name", "least"),
    [("single_seen", 0.99), ("multi_seen", 0.98), ("single_unseen", 0.95), ("multi_unseen", 0.9)],
)
def test_answers_mean_what_a_person_takes_them_to_mean(name: str, least: float) -> None:
    rows = sheet(name)
    missed = wrong(rows)
    assert 1 - len(missed) / len(rows) >= least, "\n".join(missed)


@pytest.mark.real
def test_no_third_party_reads_more_of_the_vectors() -> None:
    path = Path(os.environ["MEDGO_REAL_DATA"]) / "vectors" / "mcq_extraction.json"
    rows = json.loads(path.read_text("utf-8"))["vectors"]
    singles = [row for row in rows if row["kind"] == "single"]
    assert len(wrong(singles)) <= len(singles) - 34
    assert wrong([row for row in rows if row["kind"] == "multi"]) == []


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (None, "empty"),
        ("", "empty"),
        (" \n", "empty"),
        ("<think>选B", "invalid"),
        ("我无法回答", "invalid"),
        ("ABCD", "invalid"),
        ("答案：F", "invalid"),
        (7, "invalid-type"),
        ("B", "ok"),
    ],
)
def test_what_is_no_answer_is_told_from_one(reply: Any, state: str) -> None:
    assert extract(reply).state == ("empty" if state == "invalid-type" else state)


def test_words_of_options_are_answers_too() -> None:
    assert extract("考虑肺结核", LUNGS).value == "B"
    assert extract("考慮肺結核", LUNGS).value == "B"
    assert extract("考虑肺结核").state == "invalid"
    assert extract("答案是维生素C", ["维生素A", "维生素C"]).value == "B"
    assert extract("24小时", {"A": "4小时", "B": "24小时"}).value == "B"
    assert extract("NO", ["Yes", "No", "Maybe"]).value == "B"


def test_letters_are_those_of_the_options() -> None:
    assert extract("答案：E", 5).value == "E"
    assert extract("答案：E", 4).state == "invalid"
    assert extract("除B外都正确", 4, multiple=True).value == "ACD"
    assert extract("以上都对", 6, multiple=True).value == "ABCDEF"


PIECES = ["答案", "是", "选", "A", "B", "C", "D", "、", "，", "。", "\n", "(", ")", "\\boxed{", "}", "<think>", "</think>", "不", "除", "外", "都", "{", '"answer":', "以上", "肺炎", "A-", "第", "项", "\x00", "𠀀", "\ue003", "\ue009", "<answer>", "```", "或", "and", " "]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)), st.booleans())
def test_whatever_is_said_there_is_an_answer_and_no_exception(reply: str, multiple: bool) -> None:  # noqa: FBT001
    for options in (None, 4, LUNGS, ("", "是"), ()):
        found = extract(reply, options, multiple=multiple)
        assert found.state in {"ok", "empty", "invalid"}
        assert found.value == "".join(sorted(set(found.value)))
        assert (len(found.value) > 0) == (found.state == "ok")
        assert multiple or len(found.value) <= 1


@pytest.mark.parametrize(
    "piece",
    [
        "选A选B",
        "A、",
        "答案是",
        "(",
        " ",
        "\\boxed{",
        "<answer>",
        "A. 肺炎\n",
        "如果",
        "\n",
        '{"answer":',
        "不是A，",
        "A到",
    ],
)
def test_a_loop_without_end_comes_to_one(piece: str) -> None:
    begun = time.perf_counter()
    for multiple in (False, True):
        extract(piece * 20_000, LUNGS, multiple=multiple)
    assert time.perf_counter() - begun < 60  # without a limit, for ever


def test_reading_is_light() -> None:
    code = "import sys, medgo_train.evaluate.choice; print(*[m for m in ('torch', 'scipy', 'polars', 'pyarrow', 'opencc', 'medgo_data') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split() == []
