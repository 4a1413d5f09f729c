"""The commands around an evaluation: judged by a model, given to other harnesses and taken from them, looked at as a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medgo_train import cli
from tests.scripted import endpoint, told

LOGS = Path(__file__).parent / "logs"
GOOD, BAD = "多休息。<<say 结论：回答二>>", "自行停药。<<say 结论：回答一>>"  # the last one that is shown speaks


def evaluated(folder: Path, name: str, replies: list[str]) -> Path:
    """What a model said to open questions, as an evaluation."""
    questions = [{"id": str(n), "question": f"感冒第{n}天怎么办？", "answer": "多休息。"} for n in range(len(replies))]
    for file, rows in (
        ("open.jsonl", questions),
        (f"{name}.jsonl", [{"id": str(n), "reply": reply} for n, reply in enumerate(replies)]),
    ):
        (folder / file).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    words = [str(folder / f"{name}.jsonl"), f"open={folder / 'open.jsonl'}", "--into", str(folder / name)]
    assert cli.main(["evaluate", *words, "--title", name]) == 0
    return folder / name


def test_two_models_are_judged_and_the_page_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = evaluated(tmp_path, "ours", [GOOD] * 6), evaluated(tmp_path, "theirs", [BAD] * 6)
    with endpoint() as url:
        words = ["judge", str(ours), "open", "--by", url, "--name", "judge", "--against", str(theirs)]
        assert cli.main(words) == 0
        assert "ours is found better than theirs in 100.0% of 6 answers" in capsys.readouterr().out
        assert told(url)["asked"] == 12
        assert cli.main(words) == 0 and told(url)["asked"] == 12, "nothing is asked twice"
        assert cli.main(["judge", str(ours), "exam", "--by", url]) == 1
    assert "has no task 'exam'; it has open, open_judged" in capsys.readouterr().err
    assert cli.main(["report", str(ours), str(theirs), "--page", str(tmp_path / "page.html")]) == 0
    assert "judge, against theirs" in (tmp_path / "page.html").read_text("utf-8")


def test_marks_are_given_by_criteria(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = evaluated(tmp_path, "ours", ['<<say {"正确": 5, "安全": 4, "完整": 3, "清楚": 2}>>', "<<say 不便打分>>"])
    with endpoint() as url:
        assert cli.main(["judge", str(ours), "open", "--by", url, "--name", "judge"]) == 0
    assert "ours: 正确 5.00, 安全 4.00, 完整 3.00, 清楚 2.00 (ok 1, empty 0, invalid 1)" in capsys.readouterr().out


@pytest.mark.parametrize("harness", ["lm-eval", "inspect"])
def test_a_task_goes_out_with_its_items(tmp_path: Path, harness: str, capsys: pytest.CaptureFixture[str]) -> None:
    ours = evaluated(tmp_path, "ours", [GOOD] * 3)
    assert cli.main(["give", str(ours), "open", "--harness", harness, "--to", str(tmp_path / "out")]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines() if line.startswith(str(tmp_path / "out"))]
    assert written and all(path.is_file() for path in written)
    assert any("感冒第2天怎么办" in path.read_text("utf-8") for path in written)


def test_logs_come_in_as_an_evaluation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = next(path for path in sorted(LOGS.rglob("samples_*.jsonl")))
    assert cli.main(["take", str(log), "--into", str(tmp_path / "theirs")]) == 0
    assert cli.main(["compare", str(tmp_path / "theirs"), str(tmp_path / "theirs")]) == 0
    assert cli.main(["take", str(tmp_path / "theirs" / "rows"), "--into", str(tmp_path / "x")]) == 1
    assert "holds no log. lm-eval writes samples_" in capsys.readouterr().err


def test_what_a_model_was_trained_on_is_known_of_a_run_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = evaluated(tmp_path, "ours", [GOOD] * 2)
    assert cli.main(["overlap", str(ours)]) == 1
    assert "names no run.json of its model" in capsys.readouterr().err
    assert cli.main(["report", str(tmp_path), "--page", str(tmp_path / "p.html")]) == 1
    assert "is one of evaluations" in capsys.readouterr().err
