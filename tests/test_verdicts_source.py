"""The lines of a review page become rows; a line that is none is counted by what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medgo_data import Corpus, Here, Scrub, build
from medgo_data.sources import Verdicts
from medgo_data.verdict import Verdict, fitted
from tests.judging import reasons, rows_of, verdict, write

ROW = {"id": "s/f.jsonl#0-0", "text": "一次一袋。"}


def version(folder: Path, *stages: Any) -> Path:
    source = Verdicts(files=f"{folder}/reviews/*.jsonl", license="internal")
    return build(Corpus("said", [source], list(stages)), folder / "root", Here())


def test_a_verdict_becomes_a_row_that_says_the_same(tmp_path: Path) -> None:
    said = [
        verdict(ROW, said="edit", edited="一次两袋。", reasons=("dose",), comment="按说明书", seconds=12),
        verdict(ROW, {"id": "x", "text": "二"}, said="2>1", task="pair", marks=("text 0-1 PERSON",)),
    ]
    write(tmp_path / "reviews" / "a.jsonl", said)
    rows = rows_of(version(tmp_path))
    assert list(rows) == ["verdicts/a.jsonl#0-0", "verdicts/a.jsonl#0-1"]
    told = [{name: row[name] for name in Verdict.__dataclass_fields__} for row in rows.values()]
    assert [fitted(one, "row").decision for one in told] == [one.decision for one in said]
    assert {row["source"] for row in rows.values()} == {"verdicts"}


def test_a_line_that_is_no_verdict_is_counted(tmp_path: Path) -> None:
    good = json.loads(verdict(ROW).line)
    lines = [
        json.dumps(good),
        '{"corpus": "qa',
        "[1]",
        json.dumps(good | {"verdict": "reject"}),
        json.dumps(good | {"task": "guess"}),
        json.dumps({name: value for name, value in good.items() if name != "at"}),
        json.dumps(good | {"verdict": "2>1"}),
        json.dumps(good),
    ]
    path = tmp_path / "reviews" / "a.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(lines) + "\n", "utf-8")
    found = version(tmp_path)
    assert len(rows_of(found)) == 2
    assert reasons(found) == {
        "a.jsonl#0-1": "not_json",
        "a.jsonl#0-2": "unlike_verdict",
        "a.jsonl#0-3": "altered",
        "a.jsonl#0-4": "unknown_task",
        "a.jsonl#0-5": "unlike_verdict",
        "a.jsonl#0-6": "unknown_verdict",
    }


def test_what_a_reviewer_wrote_is_scrubbed(tmp_path: Path) -> None:
    write(tmp_path / "reviews" / "a.jsonl", [verdict(ROW, comment="请致电13800138000")])
    (row,) = rows_of(version(tmp_path, Scrub())).values()
    assert row["comment"] == "请致电[电话1]"
    assert row["item"] == verdict(ROW).item


def test_there_is_nothing_to_declare(tmp_path: Path) -> None:
    for told in ({"fields": {"item": "x"}}, {"gives": "chat"}):
        with pytest.raises(ValueError, match="verdicts"):
            Verdicts(files=str(tmp_path), license="internal", **told)
