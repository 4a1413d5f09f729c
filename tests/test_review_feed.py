from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, build
from medgo_data.review.room.feed import Feed
from medgo_data.review.room.ledger import Ledger
from medgo_data.sources import JsonLines
from medgo_data.store import Store
from tests.visitors import Place, Visitor, opened

WARD = {
    "id": "ward7-000123",
    "messages": [{"role": "user", "content": "安和片可以嚼碎吃吗？"}],
    "answer": "可以嚼碎，用温水送服。",
    "label": False,
    "reviewer": "D12",
    "reasons": ["factual_error"],
    "comment": "缓释片不可嚼碎。",
    "model": "medgo-72b",
    "at": "2026-03-02T09:14:05+08:00",
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with opened(tmp_path / "ledger.sqlite") as made:
        yield made


def post(place: Place, told: Any, key: str) -> Visitor:
    body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
    return Visitor(place.port).send("POST", "/api/v1/feedback", body, {"authorization": f"Bearer {key}"})


def test_what_a_ward_posts_is_kept_once_and_becomes_rows_of_feedback(place: Place, tmp_path: Path) -> None:
    key = place.room.people.key("ward7")
    first, again = post(place, WARD, key), post(place, WARD, key)
    assert (first.status, again.status) == (201, 200)
    assert json.loads(first.text)["receipt"] == json.loads(again.text)["receipt"]
    assert post(place, WARD | {"label": True}, key).status == 409
    assert post(place, WARD | {"id": "ward7-000124", "label": True, "answer": "整片吞服。"}, key).status == 201
    rows = list(Feed(place.ledger).rows())
    assert [row["label"] for row in rows] == [False, True]
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "ward.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8"
    )
    source = JsonLines(name="ward", files=f"{tmp_path}/raw/*.jsonl", license="hospital", gives="feedback")
    build(Corpus("feedback", [source]), tmp_path / "out", Here())
    built = Store(tmp_path / "out").find("feedback").rows().collect()
    assert built["label"].to_list() == [False, True]
    assert built["completion"].to_list()[1] == [{"role": "assistant", "content": "整片吞服。"}]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"{", "not JSON"),
        (b"[]", "no JSON object"),
        ({k: v for k, v in WARD.items() if k != "label"}, "label is missing"),
        (WARD | {"label": "yes"}, "label is missing, or is no true or false"),
        (WARD | {"patient": "某某"}, "none of id, messages"),
        (WARD | {"answer": " "}, "answer is empty"),
        (WARD | {"id": "x" * 201}, "more than 200"),
        (WARD | {"messages": []}, "not the user's"),
        (WARD | {"messages": [{"role": "doctor", "content": "x"}]}, "messages are turns"),
        (WARD | {"messages": [{"role": "user", "content": "x", "name": "y"}]}, "messages are turns"),
        (WARD | {"reasons": ["because"]}, "reasons are some of"),
        (WARD | {"reviewer": "王医生"}, "never send a name"),
        (WARD | {"at": "yesterday"}, "ISO 8601"),
    ],
)
def test_what_does_not_keep_the_contract_is_refused_by_its_field_and_never_by_its_text(
    place: Place, told: Any, why: str
) -> None:
    answer = post(place, told, place.room.people.key("ward7"))
    assert answer.status == 422 and why in json.loads(answer.text)["error"]
    assert "嚼碎" not in answer.text and "某某" not in answer.text and "王医生" not in answer.text
    assert list(Feed(place.ledger).rows()) == []


def test_without_a_key_nothing_is_taken_and_a_flood_waits(place: Place) -> None:
    assert post(place, WARD, "mg_guessed").status == 401
    assert Visitor(place.port).send("POST", "/api/v1/feedback", b"{}").status == 401
    place.room.wards.burst, place.room.wards.rate = 2, 0.01
    key = place.room.people.key("ward7")
    statuses = [post(place, WARD | {"id": str(k)}, key).status for k in range(4)]
    assert statuses == [201, 201, 429, 429]
    assert int(post(place, WARD, key).headers["retry-after"]) > 1
    assert place.room.people.revoke("ward7") == 1
    assert post(place, WARD, key).status == 401, "a key that was taken back opens nothing"
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        place.ledger.db.execute("DELETE FROM posted")


def test_a_burst_of_a_days_answers_is_all_there(place: Place) -> None:
    key = place.room.people.key("ward7")
    place.room.wards.burst = 5000
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda k: post(place, WARD | {"id": f"w-{k % 400}"}, key).status, range(800)))
    assert (statuses.count(201), statuses.count(200)) == (400, 400)
    assert pl.DataFrame({"id": [r["label"] for r in Feed(place.ledger).rows()]}).height == 400


def test_the_subject_of_a_row_goes_along_so_that_it_can_be_forgotten(tmp_path: Path) -> None:
    feed = Feed(Ledger(tmp_path / "l.sqlite"))
    feed.take(json.dumps(WARD | {"subject": "P-77"}).encode(), "ward7")
    assert next(feed.rows())["subject"] == "P-77"
