"""A model is asked in batches over real HTTP: in any order, with every fault that batches have, nothing is lost and nothing paid twice."""

from __future__ import annotations

import json
import logging
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Here, build
from medgo_data.stage import HOUSE, Budget, House, spec
from medgo_data.synth import Chat, batches, notes
from medgo_data.synth import desk as desks
from medgo_data.synth.endpoint import EndpointError
from medgo_data.synth.purse import BudgetError
from tests.asking import CHAT, Echo, Talk, corpus, docs, echoed, house, kept_in, leaflet, write
from tests.conftest import sha256s
from tests.scripted import endpoint, told

GOOD = "好的。"


@pytest.fixture(scope="module")
def shared() -> Iterator[str]:
    with endpoint() as url:
        yield url


@pytest.fixture
def own() -> Iterator[str]:
    with endpoint() as url:
        yield url


@pytest.fixture(autouse=True)
def at_home(shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_BASE_URL", shared)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name, seconds in {"QUIET": 0.05, "FIRST_POLL": 0.02, "SURE": 0.2}.items():
        monkeypatch.setattr(batches, name, seconds)
    with house(tmp_path):
        yield


def chat(**fields: Any) -> Chat:
    return Chat(**{"model": "m", "max_tokens": 100, "batch": True, **fields})


def spent(root: Path) -> dict[str, Any]:
    (file,) = (root / ".medgo" / "spent").glob("*.json")
    return json.loads(file.read_text("utf-8"))  # type: ignore[no-any-return]


def noted(root: Path) -> list[Path]:
    return list((root / ".medgo" / "batches").glob("*"))


# ---- the same cache, the same rows


def test_a_batch_changes_neither_the_request_nor_what_the_stage_is() -> None:
    plain = Chat(model="m", price=(1, 2))
    other = replace(plain, batch=True, batch_size=7, batch_price=0.4)
    messages = [{"role": "user", "content": "甲"}]
    assert other.request(messages).key == plain.request(messages).key
    assert spec(Echo(chat=other)) == spec(Echo(chat=plain)) and Echo(chat=other).asks == Echo(chat=plain).asks


@pytest.mark.parametrize("first", [True, False])
def test_what_one_road_was_told_serves_the_other(*, first: bool, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", own)
    texts = [f"甲{k}<<count>>" for k in range(20)]
    replies = echoed(chat(batch=first), *texts)
    assert echoed(chat(batch=not first), *texts) == replies and len(set(replies)) == 20
    assert told(own)["paid"] == 20


def test_a_corpus_is_the_same_to_the_last_byte_by_either_road(own: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", own)
        texts = [leaflet(k, "<<prose>>" if k % 5 == 0 else "<<blocked*>>" if k % 7 == 0 else "") for k in range(40)]
        source = write(tmp_path / "raw", texts[:20], texts[20:])
        in_batches = Talk(chat=replace(CHAT, batch=True, batch_size=15), unscrubbed=True)
        by_batch = build(corpus(source, in_batches), tmp_path / "a", Here())
        assert max(told(own)["batches"]) <= 15 < sum(told(own)["batches"])
    with endpoint() as another, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", another)
        one_by_one = build(corpus(source), tmp_path / "b", Here())
        assert told(another)["batches"] == []
    assert sha256s(by_batch) == sha256s(one_by_one)


# ---- what comes back


def test_every_row_gets_its_own_reply_in_whatever_order_they_come(shared: str) -> None:
    assert echoed(chat(), *[f"乙<<say 第{k}份>>" for k in range(30)]) == [f"第{k}份" for k in range(30)]


def test_a_line_that_fails_is_sent_again_or_the_reason_of_its_row() -> None:
    cases = {
        "丙": GOOD,
        "丙<<500>>": GOOD,
        "丙<<429*2>>": GOOD,
        "丙<<none>>": GOOD,
        "丙<<abort>>": GOOD,
        "丙<<blocked*>>": "filtered",
        "丙<<filter*>>": "filtered",
        "丙<<long*>>": "too_long_for_the_model",
        "丙<<bad*>>": "bad_request",
        "丙<<cut*>>": "truncated",
        "丙<<500*9>>": "unanswered",
        "丙<<none*9>>": "unanswered",
        "丙<<twice>>": GOOD,
    }
    assert echoed(chat(), *cases) == list(cases.values())


def test_the_same_question_of_two_rows_is_sent_once(shared: str) -> None:
    before = told(shared)["paid"]
    assert echoed(chat(), *["丁"] * 20) == [GOOD] * 20
    assert told(shared)["paid"] == before + 1


@pytest.mark.parametrize("fault", ["expires", "vanishes"])
def test_what_a_batch_left_open_is_sent_again_and_nothing_else(fault: str, own: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", own)
        assert echoed(chat(), f"戊<<{fault}>>", *[f"戊{k}" for k in range(9)]) == [GOOD] * 10
        desks.close()
        seen = told(own)
    assert seen["batches"] == [10, 5] and seen["paid"] == 10
    assert spent(tmp_path) == {"calls": 10, "spent": [sum(seen["tokens"]), 0.0], "at_risk": [0, 0.0]}


def test_what_no_batch_answers_is_counted_as_such(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", own)
    texts = ["己甲", "己乙<<never>>"]
    assert echoed(chat(), *texts) == [GOOD, "unanswered"]
    assert told(own)["batches"] == [2, 1, 1] and told(own)["paid"] == 1


@pytest.mark.parametrize("fault", ["bad", "500"])
def test_a_row_alone_is_told_from_an_endpoint_that_takes_none(fault: str) -> None:
    reason = {"bad": "bad_request"}.get(fault, "unanswered")
    assert echoed(chat(), f"庚<<{fault}*9>>") == [reason], "something harmless was asked beside it"


@pytest.mark.parametrize("fault", ["deaf*3", "torn", "torn*2", "short", "mute", "mute>><<unmarked"])
def test_a_connection_that_breaks_costs_nothing(fault: str, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", own)
    echoed(chat(), "辛")
    assert echoed(chat(), f"辛<<{fault}>>", *[f"辛{k}" for k in range(20)]) == [GOOD] * 21
    seen = told(own)
    assert seen["paid"] == 22 and seen["batches"] == [1, 21]


def test_a_line_that_the_endpoint_does_not_take_is_refused_and_the_others_sent_without_it() -> None:
    assert echoed(chat(), "壬<<line>>", "壬1", "壬2") == ["bad_request", GOOD, GOOD]


def test_an_endpoint_that_takes_less_at_once_is_sent_less(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", own)
    assert echoed(chat(), "癸<<toomuch*2>>", *[f"癸{k}" for k in range(19)]) == [GOOD] * 20
    assert told(own)["batches"] == [20, 10, 10, *told(own)["batches"][3:]] and told(own)["paid"] == 20


def test_a_batch_is_closed_when_it_is_full(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", own)
    assert echoed(chat(batch_size=8), *[f"子{k}" for k in range(20)]) == [GOOD] * 20
    monkeypatch.setattr(batches, "BYTES", 1500)
    assert echoed(chat(batch_size=9), *[f"丑{k}{'字' * 200}" for k in range(3)]) == [GOOD] * 3
    assert told(own)["batches"] == [8, 8, 4, 1, 1, 1]


def test_nothing_stays_behind_at_the_endpoint_or_here(own: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", own)
        assert echoed(chat(), "寅", "寅<<blocked*>>") == [GOOD, "filtered"]
        desks.close()
        assert told(own)["files"] == 0 and noted(tmp_path) == []


# ---- what cannot be helped


@pytest.mark.parametrize(
    ("url", "key", "text", "says"),
    [
        ("/nobatch/v1", None, "卯", r"takes no files, so no batches\. Ask it one by one: Chat\(batch=False\)"),
        ("/v1", "wrong", "卯", r"does not take the key"),
        ("dead", None, "卯", r"cannot be reached, 4 times"),
        ("localhost/v1", None, "卯", r"is no address"),
        ("/v1", None, "卯<<invalid>>", r"refused a whole batch \(invalid_json_line\).*Chat\(batch=False\)"),
        ("/v1", None, "卯<<toomuch*>><<toomuch*99>>", r"refused a whole batch \(token_limit_exceeded\)"),
        ("/v1", None, "卯<<cancelled>>", r"was cancelled at the endpoint\. What was answered is kept"),
        ("/v1", None, "卯<<model*>>", r"does not know the model 'm'"),
        ("/v1", None, "卯<<quota*>>", r"its quota is used up"),
    ],
)
def test_what_no_row_can_help_stops_the_run_and_says_why(  # noqa: PLR0913, PLR0917  a table
    url: str, key: str | None, text: str, says: str, shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {"dead": "http://127.0.0.1:9/v1"}.get(url, shared.removesuffix("/v1") + url if url[0] == "/" else url)
    monkeypatch.setenv("OPENAI_BASE_URL", there)
    if key:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(EndpointError, match=says) as wrong:
        echoed(chat(), text, "辰")
    assert "127.0.0.1" not in str(wrong.value) and "卯" not in str(wrong.value)
    desks.close()
    assert noted(tmp_path) == [], "the next run finds nothing that would stop it again"


def test_what_a_cancelled_batch_answered_is_kept(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", own)
    texts = ["巳<<cancelled>>", *[f"巳{k}" for k in range(9)]]
    with pytest.raises(EndpointError, match="was cancelled"):
        echoed(chat(), *texts)
    desks.close()
    assert echoed(chat(), *texts) == [GOOD] * 10
    assert told(own)["batches"] == [10, 5] and told(own)["paid"] == 10


# ---- found again


def begun(url: str, stage: Echo, *texts: str) -> None:
    """Ask, and go away as soon as the batch is under way."""
    before = len(told(url)["batches"])
    stage.begin(docs(*texts))
    while len(told(url)["batches"]) == before:
        time.sleep(0.01)
    while not any(b'{"batch":' in note.read_bytes() for note in noted(desks.HOUSE.get().folder.parent)):  # type: ignore[union-attr]
        time.sleep(0.01)
    desks.close()


def test_a_build_that_is_stopped_leaves_its_batch_under_way_and_the_next_takes_its_replies(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    texts = [f"午{k}" for k in range(20)]
    with endpoint(batch=1) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        begin = time.monotonic()
        begun(url, Echo(chat=chat(), unscrubbed=True), *texts)
        assert time.monotonic() - begin < 1, "it is not waited for"
        assert "20 requests stay under way, in batches: build again" in caplog.text
        assert spent(tmp_path)["at_risk"][0] > 20 * 100
        assert echoed(chat(), *texts, "午又") == [GOOD] * 21
        desks.close()
        seen = told(url)
        assert seen["batches"] == [20, 1] and seen["paid"] == 21
        assert spent(tmp_path) == {"calls": 21, "spent": [sum(seen["tokens"]), 0.0], "at_risk": [0, 0.0]}
    assert not re.search("午|127.0.0.1", caplog.text), "ids and counts only"


def test_a_batch_that_nobody_asks_about_any_more_holds_nobody_up_and_is_not_forgotten(tmp_path: Path) -> None:
    with endpoint(batch=0.7) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        begun(url, Echo(chat=chat(), unscrubbed=True), "未")
        for road in (True, False):
            assert echoed(chat(batch=False, seed=1 + road), "未又") == [GOOD]
            desks.close()
            assert len(noted(tmp_path)) == 1
        time.sleep(0.7)
        assert echoed(chat(), "未", "未三") == [GOOD] * 2
        desks.close()
        seen = told(url)
        assert seen["paid"] == 4 and noted(tmp_path) == []
        assert spent(tmp_path) == {"calls": 4, "spent": [sum(seen["tokens"]), 0.0], "at_risk": [0, 0.0]}


def test_a_note_that_is_damaged_is_said_and_not_lost(tmp_path: Path) -> None:
    note = notes.Note.write(tmp_path / ".medgo" / "batches", chat(), "file-x", [])
    note.leave()
    note.path.write_bytes(b"{")
    with pytest.raises(OSError, match="what was noted of a batch cannot be read: move the file away"):
        echoed(chat(), "戌")
    assert note.path.read_bytes() == b"{"


@pytest.mark.parametrize("named", [True, False])
def test_a_batch_that_was_noted_and_never_begun_is_begun(*, named: bool, own: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", own)
        note = notes.Note.write(
            tmp_path / ".medgo" / "batches", chat(), "file-x", [chat().request([{"role": "user", "content": "申"}])]
        )
        if named:
            note.name("batch_that_is_gone")
        assert list(notes.left(note.path.parent, chat())) == [], "its process lives"
        note.leave()
        assert list(notes.left(note.path.parent, chat(model="other"))) == []
        assert echoed(chat(), "申") == [GOOD] and told(own)["paid"] == 1 + named, (
            "what is gone is asked again with something harmless"
        )
        desks.close()
        assert noted(tmp_path) == []


RECIPE = """
from medgo_data import Corpus
from medgo_data.sources import JsonLines
from medgo_data.synth import Chat, batches
from tests.asking import Talk
batches.QUIET, batches.FIRST_POLL, batches.SURE = 0.05, 0.02, 0.2
leaflets = JsonLines(name="leaflets", files="{raw}/*.jsonl", license="public", fields={{"text": "body"}})
talk = Corpus("talk", [leaflets], [Talk(chat=Chat(model="m", max_tokens=200, seed=1, batch=True, batch_size=40), unscrubbed=True)])
"""


def _killed(tmp_path: Path, rows: int, kills: int, seed: int) -> None:
    """Kill a run with -9 at moments spread over its life, build on, and compare with a run that nobody disturbed."""
    each = rows // 10
    source = write(tmp_path / "raw", *[[leaflet(k) for k in range(n, n + each)] for n in range(0, rows, each)])
    (tmp_path / "r.py").write_text(RECIPE.format(raw=tmp_path / "raw"), "utf-8")
    command = [sys.executable, "-m", "medgo_data.cli", "build", str(tmp_path / "r.py"), "--root", str(tmp_path / "root"), "--quiet"]  # fmt: skip
    chance, struck = random.Random(seed), 0
    with endpoint(batch=0.15) as url:
        where = os.environ | {"OPENAI_BASE_URL": url}
        for _ in range(kills):
            before, more = told(url)["statuses"].get("200", 0), chance.randrange(1, 25)
            run = subprocess.Popen(command, env=where)
            while run.poll() is None and told(url)["statuses"].get("200", 0) - before < more:
                time.sleep(0.002)
            run.kill()
            struck += run.wait() < 0
        done = subprocess.run(command, env=where, check=True, capture_output=True, text=True)
        seen = told(url)
        assert seen["paid"] == sum(seen["batches"]) == rows, "nothing was sent twice, so nothing was paid twice"
        assert struck > kills / 2, "it was killed on its way"
        assert noted(tmp_path / "root") == [] and kept_in(tmp_path / "root") == rows
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_BASE_URL", url)
            undisturbed = build(corpus(source), tmp_path / "undisturbed", Here())
    assert sha256s(Path(done.stdout.splitlines()[-1])) == sha256s(undisturbed)


def test_a_killed_run_finds_its_batches_again_and_pays_nothing_twice(tmp_path: Path) -> None:
    _killed(tmp_path, rows=200, kills=2, seed=1)


@pytest.mark.slow
def test_a_run_killed_at_twenty_moments_finds_its_batches_again_and_pays_nothing_twice(tmp_path: Path) -> None:
    _killed(tmp_path, rows=1000, kills=20, seed=2)


# ---- money


def test_a_batch_costs_its_share_in_the_plan_in_the_purse_and_in_the_books(tmp_path: Path) -> None:
    half, whole = chat(price=(1e6, 2e6)), chat(price=(1e6, 2e6), batch=False)
    assert (
        half.cost(1, 1) == 1.5 and chat(price=(1e6, 2e6), batch_price=1).cost(1, 1) == 3 and chat().cost(1, 1) is None
    )
    stage, plain = Echo(chat=half, unscrubbed=True), Echo(chat=whole, unscrubbed=True)
    given = docs("酉", "酉二")
    planned, plainly = stage.forecast(given), plain.forecast(given)
    assert planned == replace(plainly, cost=plainly.cost / 2, most_cost=plainly.most_cost / 2)
    out = stage.finish(given, stage.begin(given))
    asked = {one["what"]: one["much"] for one in out["asked"].drop_nulls()[0]}
    assert asked["cost"] == (asked["prompt_tokens"] + 2 * asked["reply_tokens"]) / 2
    desks.close()
    assert spent(tmp_path)["spent"] == [asked["prompt_tokens"] + asked["reply_tokens"], asked["cost"]]
    assert stage.forecast(given).kept == plain.forecast(given).kept == 2


def budgeted(root: Path, tokens: int, *texts: str) -> list[str]:
    token = HOUSE.set(House(root / ".medgo", "build", Budget(tokens, "tokens")))
    try:
        return echoed(chat(), *texts)
    finally:
        desks.close()
        HOUSE.reset(token)


def test_a_budget_is_never_exceeded_and_batches_are_as_large_as_it_bears(own: str, tmp_path: Path) -> None:
    texts = [f"戌{k:02}" for k in range(40)]
    most = chat().request([{"role": "user", "content": texts[0]}]).most_tokens + 100
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", own)
        with pytest.raises(BudgetError, match=r"all replies are kept|All replies are kept"):
            budgeted(tmp_path / "own", 10 * most, *texts, *[f"{text}<<say {'药' * 90}>>" for text in texts])
        seen = told(own)
        assert seen["batches"][0] == 10 and sum(seen["tokens"]) <= 10 * most
        budgeted(tmp_path / "own", 1000 * most, *texts)
        assert told(own)["paid"] == told(own)["distinct"], "raised, it goes on"


def test_what_was_at_risk_in_a_batch_that_is_found_again_is_not_spent(tmp_path: Path) -> None:
    texts = [f"亥{k}" for k in range(10)]
    most = chat().request([{"role": "user", "content": texts[0]}]).most_tokens + 100
    with endpoint(batch=0.5) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", url)
        token = HOUSE.set(House(tmp_path / "own" / ".medgo", "build", Budget(11 * most, "tokens")))
        begun(url, Echo(chat=chat(), unscrubbed=True), *texts)
        HOUSE.reset(token)
        assert spent(tmp_path / "own")["at_risk"][0] >= 10 * most
        assert budgeted(tmp_path / "own", 11 * most, *texts, *[f"{text}又" for text in texts[:5]]) == [GOOD] * 15
        assert told(url)["paid"] == 15


# ---- how many at a time


def test_as_many_rows_are_open_as_a_file_takes_and_no_more(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", own)
    assert chat().outstanding == 50_000 and chat(batch=False).outstanding == 512
    stage = Echo(chat=chat(batch_size=desks.STEP), unscrubbed=True)
    parts = [docs(*[f"角{part}-{k}" for k in range(desks.STEP)]) for part in range(4)]
    waiting = [stage.begin(part) for part in parts]
    assert pl.concat([stage.finish(*both) for both in zip(parts, waiting, strict=True)]).height == 8 * desks.STEP
    assert told(own)["batches"] == [desks.STEP] * 4
