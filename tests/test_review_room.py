from __future__ import annotations

import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medgo_data.review.room.items import merged
from medgo_data.review.room.ledger import LateError, Ledger, LedgerError, Said, order
from medgo_data.review.room.people import Gate, People
from medgo_data.review.room.server import Room, pieces
from tests.visitors import CITED, Place, Visitor, answer, asked, fill, opened, question

REASON = "剂量、数值或单位有误"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with opened(tmp_path / "ledger.sqlite") as made:
        yield made


def path(place: Place) -> Path:
    return place.ledger.path


# ---- one reviewer --------------------------------------------------------------------------------------------------


def test_an_item_is_shown_with_the_words_that_it_stands_on(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    page = place.visitor("R1").sit()
    assert page.status == 200
    assert f"<mark>{CITED}</mark>" in page.text
    assert "安和片1怎么吃？" in page.shows and "饭后服用" in page.shows


def test_what_is_said_is_written_with_all_that_must_be_known_of_it(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]))
    one = place.visitor("R1").sit()
    one.say("reject", reasons=["dose_wrong"], comment="每次应为半片")
    assert one.status == 200 and "我已评 <b" in one.text
    one.say("edit", edited="成人一次半片。")
    first, second = place.ledger.verdicts()
    assert (first.reviewer, first.role, first.verdict, first.reasons, first.comment) == (
        "R1", "reviewer", "reject", ("dose_wrong",), "每次应为半片",
    )  # fmt: skip
    assert (second.verdict, second.edited) == ("edit", "成人一次半片。")
    assert first.page and first.guide and first.item and first.at and first.seconds is not None
    assert first.seconds < 2.5, "no longer than it was before him, whatever a page says"
    assert not one.of("nonce") and "现在没有需要您评审的条目" in one.shows


def test_a_reviewer_goes_on_where_he_stopped(place: Place) -> None:
    fill(place.ledger, "check", asked("check", *([answer(k)] for k in range(5))))
    one = place.visitor("R1").sit()
    one.say("accept")
    before = one.of("nonce")
    one.form("/out", token=one.of("token"))
    assert one.sit().status == 303, "who has left is shown the door"
    again = place.visitor("R1").sit()
    assert again.of("nonce") == before
    assert "已定 1 / 5" in again.shows


def test_what_was_said_twice_is_written_once(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]))
    one = place.visitor("R1").sit()
    nonce, token = one.of("nonce"), one.of("token")
    assert one.say("accept").status == 200
    assert one.say("accept", nonce=nonce, token=token).status == 200, "the same again is answered as before"
    assert one.say("reject", nonce=nonce, token=token).status == 409
    assert "未重复记录" in one.shows
    assert [told.verdict for told in place.ledger.verdicts()] == ["accept"]


def test_two_tabs_have_one_item(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]))
    one = place.visitor("R1")
    tab, other = Visitor(place.port, one.cookies).sit(), Visitor(place.port, one.cookies).sit()
    assert tab.of("nonce") == other.of("nonce")
    tab.say("accept")
    other.say("reject")
    assert other.status == 409 and other.of("nonce") == tab.of("nonce"), (
        "and the second tab is now at the next item too"
    )
    assert len(list(place.ledger.verdicts())) == 1


def test_skipped_items_come_again_at_the_end_and_undone_ones_at_once(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]))
    one = place.visitor("R1").sit()
    first = re.search(r"安和片\d", one.shows)
    one.say("", what="skip")
    second = re.search(r"安和片\d", one.shows)
    assert first and second and first[0] != second[0]
    one.say("reject", reasons=["other"])
    assert first[0] in one.shows
    one.say("", what="undo")
    assert second[0] in one.shows and "已撤回" in one.shows
    one.say("accept")
    one.say("accept")
    said = list(place.ledger.verdicts())
    assert [told.verdict for told in said] == ["reject", "withdrawn", "accept", "accept"]
    assert said[1].replaces == said[0].decision
    assert place.ledger.round(1).done == 2
    assert one.say("", what="undo", decision="v_of_nobody").status == 200 and "没有可以撤回的结论" in one.shows


def test_a_page_of_ones_own_verdicts_and_each_can_be_judged_anew(place: Place) -> None:
    fill(place.ledger, "check", asked("check", *([answer(k)] for k in range(3))))
    one = place.visitor("R1").sit()
    one.say("reject", reasons=["dose_wrong"])
    one.say("accept")
    one.get("/r/1/mine")
    assert REASON in one.shows and one.shows.count("撤回重评") == 2
    oldest = re.findall(r'data-decision="([^"]*)"', one.text)[-1]
    one.say("", what="undo", decision=oldest)
    assert "已撤回" in one.shows
    one.say("accept")
    assert [told.verdict for told in place.ledger.mine("R1", 1)] == ["accept", "accept"]


# ---- each task -----------------------------------------------------------------------------------------------------


def test_of_two_answers_the_better_is_written_as_the_rows_stand_and_not_as_they_were_shown(place: Place) -> None:
    rows = [
        {"id": f"p#{k}", "prompt": [{"role": "user", "content": f"问{k}"}],
         "chosen": [{"role": "assistant", "content": f"好{k}"}], "rejected": [{"role": "assistant", "content": f"坏{k}"}]}
        for k in range(12)
    ]  # fmt: skip
    fill(place.ledger, "pair", asked("pair", *([row] for row in rows)))
    one = place.visitor("R1").sit()
    shown = Counter[str]()
    for _ in rows:
        first = "1" if one.shows.index("好") < one.shows.index("坏") else "2"
        shown[first] += 1
        assert one.say(f"{first}>{3 - int(first)}").status == 200
    assert {told.verdict for told in place.ledger.verdicts()} == {"1>2"}
    assert min(shown["1"], shown["2"]) >= 2, "each is shown first now and then"


def test_four_answers_are_ranked(place: Place) -> None:
    four = [answer(7, f"答{letter}") | {"id": f"a#{letter}"} for letter in "甲乙丙丁"]
    (item,) = asked("ranking", four)
    fill(place.ledger, "ranking", [item])
    one = place.visitor("R1").sit()
    places = {
        letter: str(k + 1) for k, letter in enumerate(sorted("甲乙丙丁", key=lambda x: one.shows.index(f"答{x}")))
    }
    assert one.say("1>2>3").status == 422, "one is missing"
    one.sit().say(">".join(places[letter] for letter in "丙甲丁乙"))
    (told,) = place.ledger.verdicts()
    assert told.verdict == "3>1>4>2" and told.rows == ("a#甲", "a#乙", "a#丙", "a#丁")


def test_a_page_that_asks_for_the_key_of_a_question_does_not_have_it(place: Place) -> None:
    fill(place.ledger, "options", asked("options", [question(1) | {"explanation": "因为乙是对的"}]), labels=2)
    one = place.visitor("R1").sit()
    assert "哪一项是对的" in one.shows and "选项D1" in one.shows
    assert "因为乙是对的" not in one.text and "answer" not in one.of("option")
    assert one.say("BE").status == 422, "there is no E"
    assert one.sit().say("B").status == 200


def test_what_was_left_of_identifiers_is_marked_by_places_and_never_by_text(place: Place) -> None:
    row = answer(1) | {"masked_at": ["messages.0.content 0-3 named 0.9"], "masked": ["PERSON"]}
    fill(place.ledger, "residual", asked("residual", [row]))
    one = place.visitor("R1").sit()
    assert 'data-masks="0-3 "' in one.text
    assert one.say("reject", marks=["messages.1.content 0-2 PERSON"]).status == 200
    (told,) = place.ledger.verdicts()
    assert told.marks == ("messages.1.content 0-2 PERSON",)
    assert "成人" not in told.line


# ---- several reviewers ---------------------------------------------------------------------------------------------


def test_two_disagree_and_the_adjudicator_settles_it_with_both_reasons_before_him(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]), labels=2)
    one, other, judge = place.visitor("R1"), place.visitor("R2"), place.visitor("A1", "adjudicator")
    assert not judge.sit().of("nonce"), "nothing is in dispute yet"
    for _ in range(2):
        one.sit().say("accept", comment="有据")
        other.sit().say("reject" if "安和片1" in other.shows else "accept", reasons=[])
    assert place.ledger.round(1).disputed == 1 and place.ledger.round(1).done == 1
    judge.sit()
    assert "安和片1" in judge.shows and "有据" in judge.shows and judge.shows.count("评审甲") == 1
    assert "R1" not in judge.text and "R2" not in judge.text, "whose opinion it is does not count"
    judge.say("edit", edited="成人一次1片。")
    settled = place.ledger.round(1)
    assert (settled.done, settled.disputed) == (2, 0)
    assert (
        one.say(
            "", what="undo", decision=next(t.decision for t in place.ledger.mine("R1", 1, 9) if "-1>" in t.rows[0])
        ).status
        == 409
    )
    assert [told.role for told in place.ledger.verdicts()][-1] == "adjudicator"


def test_who_is_unsure_leaves_it_to_the_adjudicator(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    place.visitor("R1").sit().say("unsure")
    assert place.ledger.round(1).disputed == 1
    assert place.visitor("A1", "adjudicator").sit().say("accept").status == 200
    assert place.ledger.round(1).done == 1


def test_no_item_gets_more_labels_than_asked_for_however_many_come(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    fill(ledger, "check", asked("check", *([answer(k)] for k in range(40))), labels=2)
    ledger.close()

    def review(alias: str) -> None:
        mine = Ledger(tmp_path / "ledger.sqlite")  # a process of its own, as far as the file is concerned
        while lent := mine.lend(1, alias, "reviewer"):
            mine.say(lent.nonce, alias, "reviewer", Said(verdict="accept"))
        mine.close()

    threads = [threading.Thread(target=review, args=(f"R{k}",)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ledger = Ledger(tmp_path / "ledger.sqlite")
    said = list(ledger.verdicts())
    assert Counter(Counter(told.rows for told in said).values()) == {2: 40}
    assert len({(told.rows, told.reviewer) for told in said}) == 80, "and nobody was asked twice"
    assert ledger.round(1).done == 40
    ledger.close()


def test_many_over_http_at_once_lose_nothing_and_say_nothing_too_often(place: Place) -> None:
    fill(place.ledger, "check", asked("check", *([answer(k)] for k in range(60))), labels=2)
    heard: list[str] = []

    def review(one: Visitor) -> None:
        one.sit()
        while nonce := one.of("nonce"):
            if one.say("accept").status == 200:
                heard.append(nonce)

    visitors = [place.visitor(f"R{k}") for k in range(6)]
    threads = [threading.Thread(target=review, args=(one,)) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    said = list(place.ledger.verdicts())
    assert len(heard) == len(set(heard)) == len(said) == 120
    assert Counter(Counter(told.rows for told in said).values()) == {2: 60}


def test_an_item_that_somebody_left_goes_to_another_and_he_is_told(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite", lease=0.0)
    fill(ledger, "check", asked("check", [answer(1)]))
    left, taken = ledger.lend(1, "R1", "reviewer"), ledger.lend(1, "R2", "reviewer")
    assert left and taken and left.rows == taken.rows
    ledger.say(taken.nonce, "R2", "reviewer", Said(verdict="accept"))
    with pytest.raises(LateError, match="no longer before you"):
        ledger.say(left.nonce, "R1", "reviewer", Said(verdict="reject"))
    assert ledger.lend(1, "R1", "reviewer") is None
    ledger.close()


def test_a_lease_that_ran_out_still_counts_if_nobody_took_the_place(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite", lease=0.0)
    fill(ledger, "check", asked("check", [answer(1)]))
    lent = ledger.lend(1, "R1", "reviewer")
    assert lent and ledger.say(lent.nonce, "R1", "reviewer", Said(verdict="accept")).verdict == "accept"
    ledger.close()


def test_a_clock_that_jumps_ends_no_lease_and_turns_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    ledger = Ledger(tmp_path / "ledger.sqlite")
    fill(ledger, "check", asked("check", [answer(1)], [answer(2)]))
    lent = ledger.lend(1, "R1", "reviewer")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10 * 365 * 86400)
    other = ledger.lend(1, "R2", "reviewer")
    assert lent and other and other.rows != lent.rows
    first = ledger.say(lent.nonce, "R1", "reviewer", Said(verdict="accept"))
    monkeypatch.setattr(time, "time", lambda: real() - 10 * 365 * 86400)
    second = ledger.say(other.nonce, "R2", "reviewer", Said(verdict="accept"))
    assert first.at < second.at
    ledger.close()
    monkeypatch.setattr(time, "time", lambda: real() + 10 * 365 * 86400)
    ahead = Ledger(tmp_path / "ledger.sqlite")
    fill(ahead, "check", asked("check", [answer(3)]), corpus="later")
    ahead.lend(2, "R1", "reviewer")
    ahead.close()
    monkeypatch.setattr(time, "time", real)
    back = Ledger(tmp_path / "ledger.sqlite")
    (until,) = back.db.execute("SELECT until FROM leases").fetchone()
    assert until <= back.now() + back.lease, "nobody holds an item for ten years"
    back.close()


def test_items_whose_answer_is_known_look_like_all_others_and_everybody_gets_each(place: Place) -> None:
    number = fill(place.ledger, "check", asked("check", *([answer(k)] for k in range(30))), every=5)
    known = {(answer(k)["id"],): "reject" for k in range(4)}
    assert place.ledger.measure(number, known) == 4
    assert place.ledger.round(1).items == 26
    pages, far = set(), []
    one = place.visitor("R1").sit()
    for k in range(20):
        one.say("accept")
        pages.add(re.sub(r"安和片\d+|data-(nonce|token)=\"[^\"]*\"|[\d,]+( /|</b>)| value=\"\d+\"", "", one.text))
        far.append(f"已定 {k + 1} / 30" in one.shows)
    assert len(pages) == 1, "but for the item and how far one is they are the same"
    assert all(far), "and how far one is does not tell which they were"
    other = place.visitor("R2").sit()
    while other.of("nonce"):
        other.say("accept")
    gold = Counter(told.reviewer for told in place.ledger.verdicts() if told.gold)
    assert gold == {"R1": 4, "R2": 4}, "one among five, and the rest at the end"
    assert sorted(place.ledger.gold(number).values()) == ["reject"] * 4


# ---- who may see what ----------------------------------------------------------------------------------------------


def test_nobody_sees_what_another_said_before_it_is_settled_by_whatever_address(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]), labels=2)
    one, other = place.visitor("R1"), place.visitor("R2")
    one.sit().say("reject", reasons=["dose_wrong"], comment="意见的原话")
    (told,) = place.ledger.verdicts()
    paths = ["/", "/r/1", "/r/1/mine", "/me", "/admin", "/admin/verdicts/1", "/admin/agreement/1", f"/r/1/item/{told.decision}",
             "/r/1/say", "/r/1/undo", "/api/v1/feedback", "/openapi.json", "/docs", "/look/qa", "/static/../ledger.sqlite", "/static/%2e%2e/server.py"]  # fmt: skip
    routes = {route.path for route in place.room.app.app.routes}  # type: ignore[attr-defined]
    paths += [
        re.sub(r"\{number:int\}", "1", route).replace("{corpus}", "qa") for route in routes if "{word}" not in route
    ]
    for where in dict.fromkeys(paths):
        other.get(where)
        for word in ("意见的原话", "R1", told.decision, REASON if where != "/r/1" else "意见的原话"):
            assert word not in other.text, where
    other.sit()
    other.say("", what="undo", decision=told.decision)
    assert "没有可以撤回的结论" in other.shows, "nor take back what another said"
    other.say("accept", nonce=place.ledger.db.execute("SELECT nonce FROM decisions").fetchone()[0])
    assert other.status == 409


@pytest.mark.parametrize(
    ("role", "where", "status"),
    [
        ("reviewer", "/admin", 403), ("adjudicator", "/admin", 403), ("admin", "/admin", 200), ("admin", "/r/1", 403),
        ("reviewer", "/admin/verdicts/1", 403), ("admin", "/admin/verdicts/1", 200), ("reviewer", "/r/7", 404), ("reviewer", "/look/qa", 404),
    ],
)  # fmt: skip
def test_each_role_has_its_pages_and_no_other(place: Place, role: str, where: str, status: int) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    assert place.visitor("X1", role).get(where).status == status


def test_without_a_session_there_is_only_the_door(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    stranger = Visitor(place.port)
    for where in ("/", "/r/1", "/admin", "/me", "/r/1/mine", "/look/qa"):
        assert stranger.get(where).status == 303 and stranger.headers["location"] == "/in"
    assert stranger.say("accept", nonce="x", token="y").status == 401
    assert stranger.get("/in").status == 200


def test_a_session_that_has_ended_is_told_and_nothing_is_written(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    one = place.visitor("R1").sit()
    with place.ledger.writing() as db:
        db.execute("UPDATE sessions SET until = 0")
    one.say("accept")
    assert one.status == 401 and "登录已过期" in one.shows
    assert list(place.ledger.verdicts()) == []


def test_a_form_of_another_page_moves_nothing(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    one, admin = place.visitor("R1").sit(), place.visitor("boss", "admin").get("/admin")
    assert one.say("accept", token="guessed").status == 403
    assert list(place.ledger.verdicts()) == []
    assert admin.form("/admin/invite", alias="R9", role="admin", token="guessed").status == 403
    token = re.search(r'name="token" value="([^"]*)"', admin.get("/admin").text)
    assert token
    line = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site"}
    body = f"alias=R9&role=admin&token={token[1]}".encode()
    assert admin.send("POST", "/admin/invite", body, line).status == 403
    assert place.room.people.role("R9") is None
    assert admin.form("/admin/invite", alias="R9", role="reviewer", token=token[1]).status == 200
    link = re.search(r"/in/([\w-]+)</code>", admin.text)
    assert link and Visitor(place.port).follow(link[1]).status == 303


def test_a_link_opens_once_and_only_when_its_button_is_pressed(place: Place) -> None:
    word = place.room.people.invite("R1", "reviewer")
    for _ in range(3):
        assert Visitor(place.port).get(f"/in/{word}").status == 200, "a program that looks at it does not use it up"
    assert Visitor(place.port).follow(word).status == 303
    late = Visitor(place.port).follow(word)
    assert late.status == 410 and "已用过" in late.shows and not late.cookies


def test_a_password_opens_the_door_and_guesses_are_slowed_down(place: Place) -> None:
    one = place.visitor("R1").get("/me")
    token = re.search(r'name="token" value="([^"]*)"', one.text)
    assert token
    assert one.form("/me", token=token[1], password="kurz").status == 422
    assert one.form("/me", token=token[1], password="a long enough one").status == 200
    back = Visitor(place.port)
    assert back.form("/in", alias="R1", password="a wrong password").status == 401 and "不正确" in back.shows
    assert back.form("/in", alias="R1", password="a long enough one").status == 303 and back.get("/").status == 200
    cookie = place.ledger.db.execute("SELECT digest FROM sessions").fetchall()
    assert back.cookies["medgo_review"] not in str(cookie), "what opens the door is not kept"
    secret = place.ledger.db.execute("SELECT secret FROM people").fetchone()[0]
    assert "a long enough one" not in secret
    statuses = [Visitor(place.port).form("/in", alias="R1", password="guess").status for _ in range(12)]
    assert statuses[-1] == 429 and 401 in statuses
    nobody = [Visitor(place.port).form("/in", alias="nobody", password="guess").status for _ in range(3)]
    assert set(nobody) == {429}, "nor from the same address with other names"


def test_cookies_and_headers_keep_a_page_to_itself(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    one = Visitor(place.port).follow(place.room.people.invite("R1", "reviewer"))
    assert {"httponly", "samesite=strict"} <= set(one.headers["set-cookie"].lower().replace(" ", "").split(";"))
    one.sit()
    assert "default-src 'none'" in one.headers["content-security-policy"] and one.headers["cache-control"] == "no-store"
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', one.text), "nothing comes from elsewhere"
    for name in ("review.css", "review.js"):
        assert "http" not in one.get(f"/static/{name}").text.replace("http://www.w3.org", "")
    assert one.send("POST", "/r/1/say", b"x" * (1 << 21), {}).status == 413
    assert one.send("POST", "/r/1/say", b"no json", {"x-token": one.sit().of("token")}).status == 422


def test_html_and_script_in_a_row_are_shown_as_text(place: Place) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}\u202e\u0000终"
    row = answer(1, bad) | {"context": bad, "context_at": 0, "cites": ["0-8"]}
    fill(place.ledger, "check", asked("check", [row]))
    page = place.visitor("R1").sit().text
    assert "<script>alert" not in page and "<img" not in page and "49" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 1 and "&lt;img src=x" in page


def test_an_alias_that_was_closed_comes_in_no_more_and_what_was_said_stays(place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]))
    one, admin = place.visitor("R1").sit(), place.visitor("boss", "admin").get("/admin")
    one.say("accept")
    token = re.search(r'name="token" value="([^"]*)"', admin.text)
    assert token
    admin.form("/admin/close", alias="R1", token=token[1])
    assert one.sit().status == 303
    assert len(list(place.ledger.verdicts())) == 1
    with pytest.raises(LedgerError, match="another alias"):
        place.room.people.invite("R1", "admin")
    with pytest.raises(LedgerError, match="never a name"):
        place.room.people.invite("王医生", "reviewer")


def test_whoever_is_too_fast_waits() -> None:
    gate = Gate(burst=3, rate=1000)
    assert [gate.wait("a") for _ in range(3)] == [0, 0, 0]
    assert 0 < gate.wait("a") <= 0.001 and gate.wait("b") == 0


# ---- what is kept --------------------------------------------------------------------------------------------------


def test_a_decision_is_neither_altered_nor_deleted_and_a_file_that_was_altered_is_found(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    fill(ledger, "check", asked("check", [answer(1)], [answer(2)]))
    for verdict in ("accept", "reject"):
        lent = ledger.lend(1, "R1", "reviewer")
        assert lent
        ledger.say(lent.nonce, "R1", "reviewer", Said(verdict=verdict))
    for sentence in ("DELETE FROM decisions", "UPDATE decisions SET line = '{}'"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            ledger.db.execute(sentence)
    ledger.db.executescript(
        "DROP TRIGGER unaltered; DROP TRIGGER kept; UPDATE decisions SET line = replace(line, 'accept', 'reject')"
    )
    with pytest.raises(LedgerError, match="decision 1 is not what was written"):
        list(ledger.verdicts())
    ledger.close()


def test_a_later_version_keeps_what_holds_and_asks_no_more_for_what_is_gone(place: Place) -> None:
    fill(place.ledger, "check", asked("check", *([answer(k)] for k in range(4))))
    one = place.visitor("R1").sit()
    one.say("accept")
    gone = re.search(r"安和片(\d)", one.shows)
    assert gone
    kept = [k for k in range(4) if k != int(gone[1])]
    rows = [[answer(k)] for k in kept[:-1]] + [[answer(kept[-1], "改过的回答")]]
    fill(place.ledger, "check", asked("check", *rows))
    assert one.say("accept").status == 409, "the item before him has left the corpus"
    told = place.ledger.round(1)
    assert told.items == 3 and told.done in (0, 1), "an answer that was rewritten is to be judged anew"
    assert "{}" in [s for (s,) in place.ledger.db.execute("SELECT shown FROM items WHERE state = 'gone'")]
    while one.sit().of("nonce"):
        assert one.say("accept").status == 200
    assert place.ledger.round(1).done == 3


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("这不是数据库" * 200)
    with pytest.raises(LedgerError, match=r"x\.sqlite is no ledger"):
        Ledger(tmp_path / "x.sqlite")


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    Ledger(tmp_path / "deep" / "ledger.sqlite").close()
    assert (tmp_path / "deep" / "ledger.sqlite").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("spans", "whole"),
    [([], []), ([(3, 5), (1, 2)], [[1, 2], [3, 5]]), ([(1, 4), (2, 3), (4, 6)], [[1, 6]])],
)
def test_spans_that_meet_become_one(spans: Any, whole: list[list[int]]) -> None:
    assert merged(spans) == whole
    assert "".join(said for _, said in pieces("0123456789", whole)) == "0123456789"


def test_the_order_of_answers_is_fixed_for_one_and_differs_among_many() -> None:
    orders = {tuple(order(1, "item", f"R{k}", 4)) for k in range(50)}
    assert len(orders) > 10 and order(1, "item", "R1", 4) == order(1, "item", "R1", 4)


def test_people_have_roles_of_the_house_only(tmp_path: Path) -> None:
    people = People(Ledger(tmp_path / "l.sqlite"))
    with pytest.raises(LedgerError, match="no role"):
        people.invite("R1", "owner")
    assert Room(people.ledger).people.who("guess") is None
