"""An answer that was judged becomes feedback: what was accepted is good, what was rejected is not, what was edited is both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from medgo_data.reviewed import Rated
from tests.judging import Bench, reasons, rows_of, talk, verdict

ASKED = "清荷散怎么吃？"
TALK = talk(ASKED, "一次一袋。", review="wanted")
LONG = {
    "messages": [
        {"role": "system", "content": "你是医生。"},
        *TALK["messages"],
        *talk("饭后吃吗？", "是。")["messages"],
    ]
}


def rated(folder: Path, *said: dict[str, Any], row: dict[str, Any] = TALK) -> Any:
    """The answers with their labels; or why there are none."""
    bench = Bench.of(folder, [row])
    version = bench.after(Rated(verdicts=bench.said(*(verdict(bench.row(0), **one) for one in said))))
    left = [(row["completion"][0]["content"], row["label"], row["review"]) for row in rows_of(version).values()]
    return left or reasons(version)["0.jsonl#0-0"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([{}], [("一次一袋。", True, "accepted")]),
        ([{"task": "feedback"}], [("一次一袋。", True, "accepted")]),
        ([{"said": "reject", "task": "feedback"}], [("一次一袋。", False, "rejected")]),
        ([{"said": "edit", "edited": "饭后服。"}], [("一次一袋。", False, "edited"), ("饭后服。", True, "edited")]),
        ([{"said": "edit", "edited": "一次一袋。"}], [("一次一袋。", True, "edited")]),
        ([{"said": "edit", "edited": "\n"}], "empty_edit"),
        ([{}, {"said": "reject", "by": "R08"}], "disputed"),
        ([{"said": "unsure"}], "unsure"),
        ([{"item": "0" * 32}], "stale_review"),
        ([{"gold": True}], "not_reviewed"),
        ([{"task": "residual"}], "not_reviewed"),
        ([{}, {"task": "residual", "said": "reject"}], "leaks_found"),
        ([{"task": "pair", "said": "1>2"}], "not_reviewed"),
    ],
)
def test_an_answer_is_labelled_as_it_was_judged(said: list[dict[str, Any]], expected: Any, tmp_path: Path) -> None:
    assert rated(tmp_path, *said) == expected


def test_a_row_of_feedback_is_a_question_with_one_answer(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [LONG])
    said = verdict(bench.row(0), said="edit", edited="饭后半小时。", task="check")
    version = bench.after(Rated(verdicts=bench.said(said)))
    told = rows_of(version)
    assert list(told) == ["given/0.jsonl#0-0>Rated.0", "given/0.jsonl#0-0>Rated.1"]
    row = told["given/0.jsonl#0-0>Rated.1"]
    assert row["prompt"] == LONG["messages"][:-1]
    assert row["completion"] == [{"role": "assistant", "content": "饭后半小时。"}]
    assert row["reviewed"] == f"{said.decision} edit R07"
    assert (row["parent"], row["source"], row["scrubbed"]) == ("given/0.jsonl#0-0", "given", None)
    assert reasons(version) == {"0.jsonl#0-0": "became_rows"}


@pytest.mark.parametrize(
    "turns", [TALK["messages"][:1], TALK["messages"][1:], [*TALK["messages"], TALK["messages"][0]]]
)
def test_a_talk_without_a_last_answer_gives_none(turns: list[dict[str, str]], tmp_path: Path) -> None:
    assert rated(tmp_path, {}, row={"messages": turns}) == "no_answer"


def test_a_talk_that_nobody_judged_leaves(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [TALK, LONG])
    version = bench.after(Rated(verdicts=bench.said(verdict(bench.row(1)))))
    assert reasons(version) == {"0.jsonl#0-0": "not_reviewed", "0.jsonl#0-1": "became_rows"}
