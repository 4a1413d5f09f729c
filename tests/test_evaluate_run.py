"""A model is asked over a real connection: each thing once, and scored again without being asked."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgo_train import cli
from medgo_train.evaluate import run
from medgo_train.evaluate.backends import open_model
from medgo_train.evaluate.choice import Exam
from medgo_train.evaluate.chosen import put
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.progress import Progress, span
from medgo_train.evaluate.store import Store
from tests.asked import EXAM, evaluated, exam, question, rows, scores
from tests.scripted import endpoint, told

# ---- asking, once ----------------------------------------------------------------------------------------------------


def test_what_is_asked_answered_read_and_scored_lies_in_the_folder(tmp_path: Path) -> None:
    task = exam(tmp_path, [question(0), question(1, "答案：A"), question(2, "我不知道"), question(3, "")])
    with endpoint() as url:
        found = evaluated(url, tmp_path / "e", task)
        seen = told(url)
    assert seen["asked"] == 4
    (one,) = found["tasks"]
    assert found == json.loads((tmp_path / "e/evaluation.json").read_text("utf-8"))
    assert (one["columns"], one["items"], one["profile"]) == ({"accuracy": 0.25}, 4, "medgo")
    assert (one["missing"], one["empty"], one["invalid"], one["extra"]) == (0, 1, 1, 0)
    assert one["asked"]["requests"] == 4 and one["asked"]["prompt_tokens"] > 0 and one["asked"]["cost"] is None
    assert one["interval"][0] < 0.25 < one["interval"][1]
    told_ = rows(tmp_path / "e")
    assert [row["state"] for row in told_] == ["ok", "ok", "invalid", "empty"]
    assert [row["value"] for row in told_] == ["B", "A", None, None]
    assert [row["score"] for row in told_] == [1, 0, 0, 0]
    assert told_[0]["replies"] == ["答案：B"] and told_[0]["gold"] == "B"
    assert told_[0]["prompt"][0]["content"].startswith("以下是一道单项选择题")
    assert found["contamination"] is None and found["overall"] is None


def test_scoring_anew_asks_nothing_and_gives_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = exam(tmp_path, [question(n, "答案：B" if n % 3 else "C") for n in range(12)])
    with endpoint() as url:
        evaluated(url, tmp_path / "e", task)
        before, asked = scores(tmp_path / "e"), told(url)["asked"]
        evaluated(url, tmp_path / "e", task)  # nor does a second evaluation
        assert told(url)["asked"] == asked == 12
    assert cli.main(["score", str(tmp_path / "e")]) == 0  # the endpoint is gone by now
    assert scores(tmp_path / "e") == before
    assert "drugs  medgo: accuracy  0.6667" in capsys.readouterr().out


def test_items_with_the_same_prompt_share_a_reply(tmp_path: Path) -> None:
    same = question(1)
    with endpoint() as url:
        found = evaluated(url, tmp_path / "e", exam(tmp_path, [same | {"id": f"q{n}"} for n in range(5)]))
        assert told(url)["asked"] == 1
    assert found["tasks"][0]["items"] == 5 and found["tasks"][0]["asked"]["requests"] == 1


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    many = 60
    task = exam(tmp_path, [question(n, "答案：B" if n % 3 else "C") for n in range(many)])
    tasks = tmp_path / "tasks.py"
    tasks.write_text(
        "from medgo_train.evaluate.choice import Exam\nfrom medgo_train.evaluate.chosen import put\n"
        f"tasks = [put(Exam(name='drugs', id='id', group='case'), {str(task.file)!r})]\n"
    )
    with endpoint(seconds=0.05) as url:
        words = ["evaluate", url, str(tasks), "--into", str(tmp_path / "e"), "--name", "m", "--at-once", "2"]
        process = subprocess.Popen([sys.executable, "-m", "medgo_train.cli", *words], stderr=subprocess.DEVNULL)
        replies = tmp_path / "e/replies.jsonl"
        until = time.monotonic() + 60
        while not (replies.is_file() and replies.read_bytes().count(b"\n") >= 10) and time.monotonic() < until:
            time.sleep(0.01)
        process.kill()
        process.wait()
        kept = replies.read_bytes()
        assert 10 <= kept.count(b"\n") < many and not (tmp_path / "e/evaluation.json").exists()
        replies.write_bytes(kept + b'{"key": "abc", "te')  # as if it had been cut while writing
        subprocess.run([sys.executable, "-m", "medgo_train.cli", *words], check=True, capture_output=True)
        assert many <= told(url)["asked"] <= many + 2  # what was under way, and nothing else, is asked again
        asked = [json.loads(line)["key"] for line in replies.read_bytes().splitlines()]
        assert len(asked) == len(set(asked)) == many
        evaluated(url, tmp_path / "unbroken", task, at_once=2)
    assert scores(tmp_path / "e") == scores(tmp_path / "unbroken")


def test_a_run_that_is_interrupted_ends_at_once_and_says_how_to_go_on(tmp_path: Path) -> None:
    told_ = [question(n) | {"question": f"第{n}题<<say B>>{'<<slow>>' if n > 3 else ''}"} for n in range(8)]
    task = exam(tmp_path, told_)
    with endpoint(seconds=0.5) as url:  # twenty times as long where it is slow
        words = ["evaluate", url, f"clinicalqa={task.file}", "--into", str(tmp_path / "e"), "--at-once", "4"]
        process = subprocess.Popen([sys.executable, "-m", "medgo_train.cli", *words], stderr=subprocess.PIPE, text=True)
        replies, until = tmp_path / "e/replies.jsonl", time.monotonic() + 60
        while not (replies.is_file() and replies.read_bytes().count(b"\n") >= 4) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=5)
    assert process.returncode == 130 and "Give the same command again to go on" in err
    assert replies.read_bytes().count(b"\n") == 4


def test_two_commands_do_not_write_the_same_replies(tmp_path: Path) -> None:
    with Store(tmp_path / "replies.jsonl"), pytest.raises(EvaluationError, match="being written by another command"):
        Store(tmp_path / "replies.jsonl").__enter__()
    (tmp_path / "replies.jsonl").write_text('{"key": "a", "text": "B"}\n{"key" "b"}\n')
    with pytest.raises(EvaluationError, match="damaged in line 2"):
        Store(tmp_path / "replies.jsonl").read()


def test_other_tasks_join_and_another_model_or_way_of_asking_does_not(tmp_path: Path) -> None:
    first, other = exam(tmp_path, [question(0)]), tmp_path / "open.jsonl"
    other.write_text('{"question": "<<say 多喝水。>>", "answer": "多喝水。"}\n', "utf-8")
    with endpoint() as url:
        evaluated(url, tmp_path / "e", first)
        found = evaluated(url, tmp_path / "e", put("open", other))
        assert [task["name"] for task in found["tasks"]] == ["drugs", "open"] and told(url)["asked"] == 2
        with pytest.raises(EvaluationError, match="holds answers of another model"):
            evaluated(url, tmp_path / "e", first, model="n")
        with pytest.raises(EvaluationError, match="drawn in another way"):
            evaluated(url, tmp_path / "e", first, temperature=0.5)


def test_a_long_asking_says_how_far_it_is_and_how_long_it_takes() -> None:
    progress = Progress(400, 100)  # of which a hundred were answered before
    progress.done = 120
    assert progress.line(10) == "120 of 400 answered (30%), 2 a second, 2 min 20 s left"
    assert Progress(3).line(5) == "0 of 3 answered (0%)"
    assert [span(7.6), span(3720)] == ["8 s", "1 h 2 min"]


# ---- options in every order, and by letters --------------------------------------------------------------------------


def test_options_are_put_in_every_order_and_a_model_that_goes_by_place_shows(tmp_path: Path) -> None:
    task = exam(tmp_path, [question(n, "A") for n in range(6)])
    with endpoint() as url:
        found = evaluated(url, tmp_path / "e", put(EXAM, task.file, orders="all"))
        assert told(url)["asked"] == 24
    (one,) = found["tasks"]
    assert one["columns"] == {"accuracy": 0.25}
    assert (one["numbers"]["always_right"], one["numbers"]["consistency"]) == (0, 0)
    assert one["numbers"]["position_bias"] == pytest.approx(0.433, abs=0.001)  # all of A, none of the others
    assert one["more"]["positions"]["A"] == {"right": 6, "chosen": 24, "found": 6}
    assert rows(tmp_path / "e")[0]["value"] == ["A", "B", "C", "D"] and rows(tmp_path / "e")[0]["score"] == 0.25


def test_options_are_chosen_by_the_likeliest_letter_where_an_endpoint_tells_it(tmp_path: Path) -> None:
    several = question(2, "A、B", answer="AB") | {"kind": "several"}
    task = exam(tmp_path, [question(0, "B"), question(1, "我"), several])
    record = Exam(name="drugs", id="id", multiple=("kind", "several"))
    with endpoint() as url:
        found = evaluated(url, tmp_path / "e", put(record, task.file, by="letters"))
    told_ = rows(tmp_path / "e")
    assert [row["score"] for row in told_] == [1, 0, 1]  # where several may be right, words are asked for
    assert [row["state"] for row in told_] == ["ok", "invalid", "ok"]  # two letters as likely are none
    assert "不要写别的" in told_[0]["prompt"][0]["content"]
    assert found["tasks"][0]["more"]["by"] == "letters"


# ---- files that are not what they should be --------------------------------------------------------------------------


def test_a_broken_or_another_file_is_named_before_anything_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "exam.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(question(0)).encode() * 9)[:-20])
    replies = tmp_path / "said.jsonl"
    replies.write_text('{"id": "q0", "reply": "B"}\n')
    with pytest.raises(EvaluationError, match="truncated gzip"):
        evaluated(str(replies), tmp_path / "e", put(EXAM, path))
    good = exam(tmp_path, [question(0)])
    with pytest.raises(EvaluationError, match=r"has the sha256 .* not 000000000000… as expected"):
        evaluated(str(replies), tmp_path / "e", put(EXAM, good.file, sha256="0" * 64))
    with pytest.raises(EvaluationError, match=r"has no question among 1 rows \(no_options 1\)"):
        evaluated(str(replies), tmp_path / "e", put(Exam(name="x", options="choices"), good.file))
    assert not (tmp_path / "e").exists()


def test_a_file_that_changed_since_is_not_scored_by(tmp_path: Path) -> None:
    replies = tmp_path / "said.jsonl"
    replies.write_text('{"id": "q0", "reply": "B"}\n')
    found = evaluated(str(replies), tmp_path / "e", exam(tmp_path, [question(0)]))
    assert found["tasks"][0]["sha256"] == hashlib.sha256((tmp_path / "exam.jsonl").read_bytes()).hexdigest()
    exam(tmp_path, [question(0, answer="C")])
    with pytest.raises(EvaluationError, match="has the sha256"):
        run.score(tmp_path / "e")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (['{"id": "q0", "reply": "B"}', '{"id": "q0", "reply": "A"}'], r"two replies to 'q0' \(the second in line 2\)"),
        (['{"id": "q0", "reply": "B"}', '{"id": "q9", "reply": "A"}'], "1 replies to nothing that drugs asks .*'q9'"),
        (['{"id": "x1", "reply": "B"}', '{"id": "x2", "reply": "A"}'], "2 replies to nothing that drugs asks"),
        (['{"reply": "B"}'], "has in line 1 no reply"),
        (['["q0", "B"]'], "has in line 1 no reply"),
        (['{"key": "abc", "text": "B"}'], r"asked\.json does not lie beside it"),
        (['{"id": "q1", "reply": "B"}', '{"id": "q0", "reply": '], "is not JSON at line 2"),
    ],
)
def test_predictions_that_fit_no_task_are_named(tmp_path: Path, lines: list[str], says: str) -> None:
    (tmp_path / "said.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(EvaluationError, match=says):
        evaluated(str(tmp_path / "said.jsonl"), tmp_path / "e", exam(tmp_path, [question(0), question(1)]))


def test_missing_predictions_count_as_wrong_and_extra_ones_may_be_passed_over(tmp_path: Path) -> None:
    (tmp_path / "said.jsonl").write_text('{"id": "q0", "reply": "B"}\n{"id": "q9", "reply": "B"}\n')
    task, model = exam(tmp_path, [question(0), question(1)]), open_model(str(tmp_path / "said.jsonl"))
    (one,) = run.evaluate(model, [task], tmp_path / "e", ignore_extra=True)["tasks"]
    assert (one["columns"], one["missing"], one["extra"]) == ({"accuracy": 0.5}, 1, 1)
    assert [row["state"] for row in rows(tmp_path / "e")] == ["ok", "missing"]


def test_replies_of_one_evaluation_serve_another(tmp_path: Path) -> None:
    task = exam(tmp_path, [question(n) for n in range(5)])
    with endpoint() as url:
        evaluated(url, tmp_path / "e", task)
    found = evaluated(str(tmp_path / "e/replies.jsonl"), tmp_path / "f", task)
    assert found["tasks"][0]["columns"] == {"accuracy": 1.0} and found["tasks"][0]["missing"] == 0
