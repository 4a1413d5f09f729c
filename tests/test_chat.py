"""A model is asked over real HTTP: what fails is asked again, what cannot be helped has its reason, and no more is asked than it bears."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from medgo_data.synth import Chat
from medgo_data.synth import desk as desks
from medgo_data.synth.endpoint import EndpointError
from medgo_data.synth.pace import BURST
from tests.asking import Echo, docs, echoed, house
from tests.scripted import endpoint, told

GOOD = "好的。"
LATE = 0.5  # seconds that a request may take to arrive, on a machine that has other things to do


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with endpoint() as url:
        yield url


@pytest.fixture(autouse=True)
def at_home(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_BASE_URL", server)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with house(tmp_path):
        yield


def chat(**fields: Any) -> Chat:
    return Chat(**{"model": "m", "max_tokens": 100, **fields})


def counted(server: str, *texts: str) -> list[tuple[int, int]]:
    """How often each was asked, and how often that was paid."""
    by = told(server, "by")
    return [tuple(by.get(text, (0, 0))) for text in texts]  # type: ignore[misc]


# ---- what fails for a while, and for good


def test_what_fails_for_a_while_is_asked_again(server: str) -> None:
    cases = {  # how often it was asked, and how often paid
        "甲<<429>>": (2, 1),
        "甲<<429*2>>": (3, 1),
        "甲<<wait>>": (2, 1),
        "甲<<busy>>": (2, 1),
        "甲<<500>>": (2, 1),
        "甲<<503*2>>": (3, 1),
        "甲<<drop>>": (2, 2),
        "甲<<half>>": (2, 2),
        "甲<<none>>": (2, 2),
        "甲<<abort>>": (2, 2),
        "甲<<html>>": (2, 2),
    }
    assert echoed(chat(), "甲") == [GOOD]  # a web page from an endpoint that worked is a fault of the moment
    assert echoed(chat(), *cases) == [GOOD] * len(cases)
    assert counted(server, *cases) == list(cases.values())


def test_what_fails_for_good_is_the_reason_of_its_row_and_of_no_other(server: str) -> None:
    cases = {
        "乙<<blocked*>>": "filtered",
        "乙<<filter*>>": "filtered",
        "乙<<long*>>": "too_long_for_the_model",
        "乙<<bad*>>": "bad_request",
        "乙<<cut*>>": "truncated",
        "乙<<spaces*>>": "truncated",
        "乙<<500*>>": "unanswered",
        "乙<<half*>>": "unanswered",
        '乙<<status 200 {"code": 502, "message": "upstream"}>>': "unanswered",
        "乙<<say  >>": "no_reply",
        "乙<<say <think>这里只想不答</think>>>": "no_reply",
        "乙<<say <think>想好了</think>三次。>>": "三次。",
        "乙<<twice>>": GOOD,  # two replies where one was asked for: the first is taken
    }
    assert echoed(chat(patience=0.5), *cases) == list(cases.values())


@pytest.mark.parametrize("fault", ["blocked", "long", "bad", "500", "half"])
def test_a_row_alone_is_told_from_an_endpoint_that_takes_none(fault: str, server: str) -> None:
    reasons = {"blocked": "filtered", "long": "too_long_for_the_model", "bad": "bad_request"}
    assert echoed(chat(patience=0.2), f"丙<<{fault}*>>") == [reasons.get(fault, "unanswered")]
    assert counted(server, "你好")[0][0] >= 1, "it was asked something harmless"


@pytest.mark.parametrize(
    ("status", "error", "means"),
    [
        (429, {"code": "rate_limit_exceeded", "message": "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000"}, "again"),
        (429, {"code": "429", "message": "Requests have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry "
               "after 6 seconds. Please go here: https://aka.ms/oai/quotaincrease"}, "again"),
        (429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded, please try again later."}, "again"),
        (429, {"type": "rate_limit_reached_error", "message": "request reached max organization concurrency: 3"}, "again"),
        (429, {"code": "1302", "message": "您当前使用该API的并发数过高，请降低并发"}, "again"),
        (429, {"message": "Too Many Requests"}, "again"),
        (429, {"code": "insufficient_quota", "message": "You exceeded your current quota, please check your plan and billing details."},
         "its quota is used up"),
        (429, {"code": "1113", "message": "您的账户已欠费，请充值后重试"}, "its quota is used up"),
        (402, {"message": "Insufficient Balance", "type": "unknown_error"}, "it wants to be paid"),
        (400, {"code": "Arrearage", "message": "Access denied, please make sure your account is in good standing."}, "wants to be paid"),
        (400, {"code": "data_inspection_failed", "message": "Input data may contain inappropriate content."}, "filtered"),
        (400, {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}, "filtered"),
        (400, {"message": "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens"},
         "too_long_for_the_model"),
        (400, {"message": "Range of input length should be [1, 30720]"}, "too_long_for_the_model"),
        (400, {"message": "The input (5000 tokens) is longer than the model's context length (4096 tokens)."}, "too_long_for_the_model"),
        (400, {"message": "the request exceeds the available context size"}, "too_long_for_the_model"),
        (413, {"message": "Payload"}, "too_long_for_the_model"),
        (400, {"message": "'response_format' of type 'json_schema' is not supported with this model."}, "bad_request"),
        (422, {"message": "top_k must be an integer"}, "bad_request"),
        (404, {"message": "The model `m` does not exist.", "type": "NotFoundError"}, "does not know the model"),
        (400, {"message": "Model Not Exist"}, "does not know the model"),
        (403, {"message": "Project does not have access", "code": "model_not_found"}, "does not know the model"),
        (401, {"message": "Incorrect API key provided", "code": "invalid_api_key"}, "wants a key"),
        (301, {"message": "moved"}, "is not the address"),
        (405, {"message": "method not allowed"}, "is not the address"),
    ],
)  # fmt: skip
def test_what_endpoints_say_is_understood(status: int, error: dict[str, str], means: str) -> None:
    text = f"丁<<status {status} {json.dumps(error, ensure_ascii=False)}>>"
    if means == "again":
        with pytest.raises(EndpointError, match=f"says {status}.*, \\d+ times in"):
            echoed(chat(patience=0.1), text)
    elif "_" in means or means == "filtered":
        assert echoed(chat(), text) == [means]
    else:
        with pytest.raises(EndpointError, match=means):
            echoed(chat(), text)


def test_a_quota_that_is_none_is_waited_for(server: str) -> None:
    """Some endpoints call it a quota when too much is asked in a minute."""
    assert echoed(chat(), "戊", "戊<<quota>>") == [GOOD, GOOD]


# ---- what cannot be helped


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


@pytest.mark.parametrize(
    ("url", "key", "text", "says"),
    [
        (None, None, "己", r"has nobody to ask: put the address .* into OPENAI_BASE_URL"),
        ("", None, "己", r"has nobody to ask"),
        ("localhost:8000/v1", None, "己", r"is no address: it has to begin with http:// or https://"),
        ("dead", None, "己", r"cannot be reached, 4 times in \d s\. Is it up"),
        ("/v2", None, "己", r"does not know the model 'm', or OPENAI_BASE_URL is not the address"),
        ("/v1", None, "己<<html*>>", r"answers with a web page: OPENAI_BASE_URL is not the address"),
        ("/v1", "wrong", "己", r"does not take the key\. Put a right one into OPENAI_API_KEY"),
        ("/locked/v1", None, "己", r"wants a key"),
        ("/v1", None, "己<<model*>>", r"does not know the model 'm'"),
        ("/v1", None, "己<<quota*>>", r"its quota is used up"),
        ("/broken/v1", None, "己", r"says 500, 4 times"),
    ],
)
def test_what_no_row_can_help_stops_the_run_and_says_why(  # noqa: PLR0913, PLR0917  a table
    url: str | None, key: str | None, text: str, says: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url is None:
        monkeypatch.delenv("OPENAI_BASE_URL")
    else:
        there = nobody() if url == "dead" else server.removesuffix("/v1") + url if url.startswith("/") else url
        monkeypatch.setenv("OPENAI_BASE_URL", there)
    if key:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    began = time.monotonic()
    with pytest.raises(EndpointError, match=says) as told_:
        echoed(chat(), *[f"{text}{k}" for k in range(3)])
    assert time.monotonic() - began < 6
    assert "127.0.0.1" not in str(told_.value) and "己" not in str(told_.value)


def test_an_endpoint_that_goes_away_costs_no_row_and_no_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"庚{k}" for k in range(200)]
    ended: list[object] = []

    def run() -> None:
        with house(tmp_path / "own"):
            try:
                ended.append(echoed(chat(at_once=8, patience=0.5), *texts))
            except EndpointError as wrong:
                ended.append(wrong)

    with endpoint(0.05) as going:
        monkeypatch.setenv("OPENAI_BASE_URL", going)
        thread = threading.Thread(target=run)
        thread.start()
        while told(going)["paid"] < 60:
            time.sleep(0.01)
    thread.join()
    (wrong,) = ended
    assert isinstance(wrong, EndpointError) and "What was answered is kept" in str(wrong)
    with endpoint() as another, house(tmp_path / "own"):
        monkeypatch.setenv("OPENAI_BASE_URL", another)
        assert echoed(chat(), *texts) == [GOOD] * 200
        assert told(another)["paid"] <= 200 - 60 + 8, "what was in flight may be lost, and nothing else"


def test_what_is_under_way_when_a_run_is_stopped_is_kept(server: str, tmp_path: Path) -> None:
    stage = Echo(chat=chat(at_once=4), unscrubbed=True)
    begun = stage.begin(docs(*[f"辛{k}<<slow>>" for k in range(100)]))
    while told(server)["open"] < 4:
        time.sleep(0.005)
    stage.stop()
    with pytest.raises(EndpointError, match="the build was stopped"):
        stage.finish(docs(*["辛"] * 100), begun)
    stage.close()
    paid = sum(by[1] for text, by in told(server, "by").items() if text.startswith("辛"))
    assert 4 <= paid <= 12
    before = told(server)["paid"]
    echoed(chat(), *[f"辛{k}<<slow>>" for k in range(100)])
    assert told(server)["paid"] - before == 100 - paid


# ---- the pace


def test_one_that_is_slow_holds_up_no_other() -> None:
    with endpoint(0.1) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        stage = Echo(chat=chat(at_once=4), unscrubbed=True)  # twenty times as slow, so all others are there before
        first, *others = [docs("壬<<slow>>"), *(docs(*[f"壬{k}-{n}" for n in range(3)]) for k in range(3))]
        slow = stage.begin(first)
        assert not stage.full(slow), "another batch may begin"
        for some in others:
            stage.finish(some, stage.begin(some))
        assert not stage.full(slow)
        assert stage.finish(first, slow).height == 2


def test_only_so_many_wait_behind_a_slow_one() -> None:
    with endpoint(0.05) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        stage = Echo(chat=chat(at_once=2), unscrubbed=True)
        slow = stage.begin(docs("癸<<slow>>"))
        stage.begin(docs(*["癸"] * (desks.AHEAD * 2 + 1)))
        assert stage.full(slow)


@pytest.mark.parametrize("most", [3, 20])
def test_it_finds_out_how_many_an_endpoint_bears(most: int) -> None:
    with endpoint(0.02, most=most) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        assert echoed(chat(at_once=64), *[f"子{k}" for k in range(200)]) == [GOOD] * 200
        seen = told(url)
    assert seen["paid"] == 200 and seen["peak"] == most
    assert seen["statuses"]["429"] < 0.4 * 200


def test_all_wait_when_the_endpoint_says_how_long() -> None:
    with endpoint() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        echoed(chat(at_once=1), "丑0", "丑1<<wait>>", *[f"丑{k}" for k in range(2, 10)])
        times = told(url)["times"]
    gaps = sorted(after - before for before, after in pairwise(times))
    assert gaps[-1] >= 0.99 and gaps[-2] < 0.5


@pytest.mark.parametrize("of", ["requests", pytest.param("tokens", marks=pytest.mark.slow)])
def test_no_minute_sees_more_than_was_allowed(of: str) -> None:
    """Measured where the requests arrive, over every span of time."""
    with endpoint() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        limit = {"per_minute": 1200} if of == "requests" else {"tokens_per_minute": 1200 * 50}
        echoed(chat(**limit), *[f"<<say {'寅' * 25}>>{k:05d}{'卯' * 12}" for k in range(80)])
        seen = told(url)
    costs = [1.0] * 80 if of == "requests" else [token / 50 for token in seen["tokens"]]
    assert seen["asked"] == 80
    for start in range(80):
        for end in range(start, 80):
            seconds = seen["times"][end] - seen["times"][start]
            assert sum(costs[start : end + 1]) <= 20 * (seconds + BURST + LATE) + 2
    assert seen["times"][-1] - seen["times"][0] > 2 * len(costs) / 60, "it did wait"


def test_the_same_question_of_two_rows_is_paid_for_once(server: str) -> None:
    assert echoed(chat(), *["辰"] * 50) == [GOOD] * 50
    assert counted(server, "辰") == [(1, 1)]


# ---- what an endpoint does not say


def test_what_the_endpoint_does_not_count_is_estimated(server: str) -> None:
    stage = Echo(chat=chat(), unscrubbed=True)
    asked = stage(docs("巳<<nousage>>" + "字" * 100))["asked"][0]
    assert {one["what"]: one["much"] for one in asked} == {
        "passages": 1, "calls": 1, "prompt_tokens": 90, "reply_tokens": 2, "estimated": 1, "source_chars": 112,
    }  # fmt: skip


def test_a_reply_as_long_as_it_may_be_was_cut_off_whatever_the_endpoint_says() -> None:
    assert echoed(chat(max_tokens=5), "午<<say 一二三四五>>", "午<<say 一二三四>>") == ["truncated", "一二三四"]


def test_newer_models_are_told_their_limit_in_their_own_word(server: str) -> None:
    newer = Chat(model="m", params={"max_completion_tokens": 5})
    assert newer.request([]).body == {"model": "m", "messages": [], "max_completion_tokens": 5}
    assert echoed(newer, "未<<say 一二三四五>>") == ["truncated"]


def test_a_slow_reply_is_given_up_in_time(server: str) -> None:
    with endpoint(0.1) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        assert echoed(chat(timeout=0.5, patience=0.2), "申<<slow*>>", "申") == ["unanswered", GOOD]


# ---- what a Chat is


@pytest.mark.parametrize(
    "fields",
    [{"max_tokens": 0}, {"at_once": 0}, {"per_minute": 0}, {"tokens_per_minute": -1}, {"timeout": 0}, {"params": {"n": 2}},
     {"params": {"seed": 1}}],
)  # fmt: skip
def test_a_chat_that_cannot_work_is_refused_when_it_is_made(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"Chat\(model='m'\).*{next(iter(fields.get('params', fields)))}"):
        Chat(model="m", **fields)


def test_a_judge_may_stand_elsewhere(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint() as judge:
        monkeypatch.setenv("JUDGE_BASE_URL", judge)
        assert echoed(chat(endpoint="JUDGE"), "酉") == [GOOD]
        assert told(judge)["paid"] == 1 and counted(server, "酉") == [(0, 0)]
    desks.close()
    monkeypatch.delenv("JUDGE_BASE_URL")
    with pytest.raises(EndpointError, match="JUDGE_BASE_URL and its key, if it wants one, into JUDGE_API_KEY"):
        echoed(chat(endpoint="JUDGE"), "戌")


def test_a_key_alone_does_not_have_recorded_replies_paid_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    assert chat(recorded="replies.jsonl").base_url is None
    assert chat().base_url == "https://api.openai.com/v1"


def test_neither_key_nor_address_is_told(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "sk-geheim-0123456789"  # noqa: S105  invented
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    caplog.set_level(logging.DEBUG)
    assert echoed(chat(patience=0.1), "亥", "亥<<500*>>") == [GOOD, "unanswered"]
    with pytest.raises(EndpointError):
        echoed(chat(seed=1), "亥<<model*>>")
    desks.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for word in (secret, server.removeprefix("http://").removesuffix("/v1")):
        assert word not in caplog.text and word.encode() not in kept
