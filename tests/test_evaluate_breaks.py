"""Whatever breaks while a model is asked: it is asked again, or counted, or named; and nothing of it is ever right."""

from __future__ import annotations

import http.server
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from medgo_train.evaluate import run
from medgo_train.evaluate.chosen import put
from medgo_train.evaluate.files import EvaluationError
from tests.asked import EXAM, evaluated, exam, question, rows
from tests.scripted import endpoint, told


def test_an_endpoint_that_is_busy_or_breaks_off_is_asked_again(tmp_path: Path) -> None:
    faults = ["", "<<429>>", "<<500>>", "<<503>>", "<<drop>>", "<<half>>", "<<html>>", "<<none>>", "<<wait>>"]
    task = exam(tmp_path, [question(n, case=fault) for n, fault in enumerate(faults)])
    lines = [json.loads(line) for line in task.file.read_text("utf-8").splitlines()]
    path = tmp_path / "faults.jsonl"
    path.write_text("".join(json.dumps(one | {"question": one["question"] + one["case"]}) + "\n" for one in lines))
    with endpoint() as url:
        found = evaluated(url, tmp_path / "e", put(EXAM, path), at_once=9)
        assert told(url)["asked"] == 2 * len(faults) - 1
    assert found["tasks"][0]["columns"] == {"accuracy": 1.0}


def test_a_request_that_is_refused_alone_ends_nothing_and_is_never_right(tmp_path: Path) -> None:
    faults = ["", "", "<<long*>>", "<<blocked*>>", "<<bad*>>", "<<filter*>>", "<<none*>>", "<<cut*>>"]
    told_ = [question(n) | {"question": f"第{n}题<<say 答案：B>>{fault}"} for n, fault in enumerate(faults)]
    with endpoint() as url:
        found = evaluated(url, tmp_path / "e", exam(tmp_path, told_), at_once=1, tries=2)
    (one,) = found["tasks"]
    assert [row["score"] for row in rows(tmp_path / "e")] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert one["empty"] == 5 and one["more"]["replies"] == {"cut": 1, "in_circles": 0, "refused": 5}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("<<model*>>", r"answers 404: model_not_found\. Is this the URL"),
        ("<<quota*>>", r"answers 429: insufficient_quota\. Say in OPENAI_API_KEY who asks"),
        ("<<503*>>", r"does not answer: HTTP Error 503.* What it has answered is kept"),
        ("<<drop*>>", "does not answer"),
        ("<<bad*>>", "refused all of 12 requests: invalid_request"),
    ],
)
def test_an_endpoint_that_answers_nothing_ends_the_run_with_its_reason(tmp_path: Path, fault: str, says: str) -> None:
    told_ = [question(n) | {"question": f"第{n}题{fault}"} for n in range(12)]
    with endpoint() as url, pytest.raises(EvaluationError, match=says) as caught:
        evaluated(url, tmp_path / "e", exam(tmp_path, told_), tries=2)
    assert "题" not in str(caught.value)
    assert (tmp_path / "e/replies.jsonl").read_bytes() == b""


def test_what_was_answered_before_the_end_is_kept(tmp_path: Path) -> None:
    told_ = [question(n) | {"question": f"第{n}题<<say 答案：B>>{'<<503*>>' if n == 8 else ''}"} for n in range(9)]
    with endpoint() as url, pytest.raises(EvaluationError, match="does not answer"):
        evaluated(url, tmp_path / "e", exam(tmp_path, told_), tries=2)
    assert (tmp_path / "e/replies.jsonl").read_bytes().count(b"\n") == 8
    assert run.score(tmp_path / "e")["tasks"][0]["missing"] == 1  # and may be scored as it is


def test_an_endpoint_that_is_not_there_is_named_at_once(tmp_path: Path) -> None:
    with endpoint() as url:
        pass
    begun = time.monotonic()
    with pytest.raises(EvaluationError, match="does not answer"):
        evaluated(url, tmp_path / "e", exam(tmp_path, [question(0)]))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "says",
    [
        "嗯。" * 500,
        "好" * 3000,
        "I am sorry, I cannot help.",
        "作为AI，我不能回答。",
        "<think>选B",
        "ＡＢＣＤ",
        "\ud800",
    ],
)
def test_a_reply_that_means_nothing_is_counted_and_never_right(tmp_path: Path, says: str) -> None:
    predictions = tmp_path / "said.jsonl"
    predictions.write_text(json.dumps({"id": "q0", "reply": says}) + "\n" + '{"id": "q1", "reply": "B"}\n')
    found = evaluated(str(predictions), tmp_path / "e", exam(tmp_path, [question(0), question(1)]))
    assert found["tasks"][0]["columns"] == {"accuracy": 0.5} and found["tasks"][0]["invalid"] == 1


def test_an_endpoint_is_asked_with_what_it_takes(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []

    class Hears(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            parts = [{"type": "text", "text": "答案："}, {"type": "text", "text": "B"}]
            whole = json.dumps({"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hears) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url, task = f"http://127.0.0.1:{server.server_address[1]}/v1", exam(tmp_path, [question(0)])
        params = {"max_completion_tokens": 99, "temperature": None, "chat_template_kwargs": {"enable_thinking": False}}
        told_ = [evaluated(url, tmp_path / "e", task), evaluated(url, tmp_path / "f", task, params=params)]
        server.shutdown()
    usual, other = ({key: value for key, value in one.items() if key != "messages"} for one in heard)
    assert usual == {"model": "m", "seed": 0, "max_tokens": 512, "temperature": 0.0}
    assert other.keys() == {"model", "seed", "max_completion_tokens", "chat_template_kwargs"}
    assert other["max_completion_tokens"] == 99
    assert [one["tasks"][0]["columns"]["accuracy"] for one in told_] == [1.0, 1.0]  # a reply in parts is read whole
    assert told_[0]["tasks"][0]["asked"]["prompt_tokens"] is None  # it does not count them
