"""The room as a physician meets it: keys are pressed in a Chromium, and what is then to be seen is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.visitors import CITED, Place, Visitor, answer, asked, fill, opened, question

MINE = "Number(document.getElementById('mine')?.textContent)"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with opened(tmp_path / "ledger.sqlite") as made:
        yield made


def come(browser: Browser, place: Place, alias: str, role: str = "reviewer", to: str = "/r/1") -> None:
    """In through a link, and to a page, as somebody else than before."""
    browser.send("Network.clearBrowserCookies")
    base = f"http://127.0.0.1:{place.port}"
    browser.open(f"{base}/in/{place.room.people.invite(alias, role)}")
    browser.js("document.querySelector('main button').click()")
    browser.until("location.pathname === '/' && !!document.querySelector('h1')")
    browser.open(base + to)


def text(browser: Browser) -> str:
    return str(browser.js("document.body.innerText"))


def test_ten_items_by_keyboard_two_keys_at_the_most_for_each(browser: Browser, place: Place) -> None:
    fill(place.ledger, "check", asked("check", *([answer(k)] for k in range(10))))
    come(browser, place, "R1")
    assert browser.js("document.querySelector('.source mark').textContent") == CITED
    pressed = 0
    for k in range(10):
        keys = ("KeyA",) if k % 2 else ("KeyR", "Digit4")
        browser.press(*keys)
        pressed += len(keys)
        browser.until(f"{MINE} === {k + 1}")
    assert pressed <= 20
    browser.until("document.body.innerText.includes('现在没有需要您评审的条目')")
    said = list(place.ledger.verdicts())
    assert [(t.verdict, t.reasons) for t in said] == [("reject", ("dose_wrong",)), ("accept", ())] * 5
    assert all(t.seconds is not None and 0 <= t.seconds < 60 for t in said)
    assert browser.faults() == []


def test_edit_note_skip_undo_help_and_several_reasons(browser: Browser, place: Place) -> None:
    fill(place.ledger, "check", asked("check", *([answer(k)] for k in range(3))))
    come(browser, place, "R1")
    browser.press("KeyH")
    browser.until("document.getElementById('help').open")
    assert "不通过，再按数字选原因" in text(browser)
    browser.press("Escape")
    browser.js("document.getElementById('help').close()")
    first = browser.js("document.querySelector('.turn.user').innerText")
    browser.press("KeyS")
    browser.until(f"document.querySelector('.turn.user').innerText !== {first!r}")
    browser.press("KeyE")
    browser.until("document.activeElement.id === 'edited'")
    browser.press("KeyA", "KeyR")  # in a text these are letters
    browser.type("（每日不超过3片）")
    browser.press("Enter", modifiers=2)
    browser.until(f"{MINE} === 1")
    browser.press("KeyN")
    browser.until("document.activeElement.id === 'comment'")
    browser.type("请药师复核")
    browser.press("Escape", "KeyR")
    browser.until("!document.getElementById('reasons').hidden")
    browser.press("Digit1", "Digit3", modifiers=8)
    browser.press("Enter")
    browser.until(f"{MINE} === 2")
    browser.press("KeyZ")
    browser.until(f"{MINE} === 1 && document.body.innerText.includes('已撤回')")
    browser.press("KeyU")
    browser.until(f"{MINE} === 2")
    edited, rejected, withdrawn, unsure = place.ledger.verdicts()
    assert edited.edited and edited.edited.endswith("（每日不超过3片）")
    assert (rejected.reasons, rejected.comment) == (("factual_error", "harmful"), "请药师复核")
    assert (withdrawn.verdict, unsure.verdict) == ("withdrawn", "unsure")
    assert browser.js("document.querySelector('.turn.user').innerText") == first, "what was skipped comes again"
    assert browser.faults() == []


def test_keys_of_an_input_method_decide_nothing(browser: Browser, place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    come(browser, place, "R1")
    browser.js(
        "for (const told of [{isComposing: true, keyCode: 65}, {keyCode: 229}, {repeat: true, keyCode: 65}, {ctrlKey: true, keyCode: 65}])"
        " document.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyA', key: 'a', bubbles: true, ...told}))"
    )
    browser.js("new Promise((done) => setTimeout(done, 200))")
    assert list(place.ledger.verdicts()) == []
    browser.js("document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyA', key: 'a', bubbles: true}))")
    browser.until(f"{MINE} === 1")


def test_two_disagree_and_a_third_settles_it_in_the_browser(browser: Browser, place: Place) -> None:
    fill(place.ledger, "options", asked("options", [question(1)], [question(2)]), labels=2)
    for alias, first in (("R1", "KeyB"), ("R2", "KeyC")):
        come(browser, place, alias)
        for k in range(2):
            browser.press(first if "第1题" in text(browser) else "KeyA", "Enter")
            browser.until(f"{MINE} === {k + 1}")
    assert (place.ledger.round(1).done, place.ledger.round(1).disputed) == (1, 1)
    come(browser, place, "A1", "adjudicator")
    assert "评审甲" in text(browser) and "评审乙" in text(browser) and "R1" not in text(browser)
    browser.press("Enter")
    browser.until("!document.getElementById('reasons').hidden")
    browser.press("Digit1")
    browser.until(f"{MINE} === 1")
    last = list(place.ledger.verdicts())[-1]
    assert (last.role, last.verdict, last.reasons) == ("adjudicator", "none", ("no_right_option",))
    admin = place.visitor("boss", "admin").get("/admin/verdicts/1")
    assert admin.text.count("\n") == 5 and "ndjson" in admin.headers["content-type"]
    assert browser.faults() == []


def test_four_are_ranked_and_of_two_one_is_chosen_by_digits(browser: Browser, place: Place) -> None:
    four = [answer(7, f"答{letter}") | {"id": f"a#{letter}"} for letter in "甲乙丙丁"]
    fill(place.ledger, "ranking", asked("ranking", four))
    fill(place.ledger, "pair", asked("pair", four[:2]))
    come(browser, place, "R1")
    order = re.findall("答([甲乙丙丁])", text(browser))
    browser.press(*(f"Digit{order.index(letter) + 1}" for letter in "丙甲丁"))  # the fourth follows
    assert browser.js("[...document.querySelectorAll('.rank')].every((one) => one.textContent)")
    browser.press("Enter")
    browser.until(f"{MINE} === 1")
    browser.open(f"http://127.0.0.1:{place.port}/r/2")
    browser.press("Digit0")
    browser.until(f"{MINE} === 1")
    assert [told.verdict for told in place.ledger.verdicts()] == ["3>1>4>2", "1=2"]


def test_an_identifier_is_marked_by_its_characters_behind_an_emoji(browser: Browser, place: Place) -> None:
    row = {
        "id": "n#1",
        "text": "😀\r\n主诉：[姓名1]之女闻若兰代诉。",
        "masked_at": ["text 6-11 named 0.9"],
        "masked": ["PERSON"],
    }
    fill(place.ledger, "residual", asked("residual", [row]))
    come(browser, place, "R1")
    assert browser.js("document.querySelector('.marked mark').textContent") == "[姓名1]"
    browser.js(
        "const node = document.querySelector('.marked').lastChild, at = node.data.indexOf('闻若兰');"
        "getSelection().setBaseAndExtent(node, at, node, at + 3)"
    )
    browser.until("!document.getElementById('types').hidden")
    browser.press("Digit1")
    assert browser.js("document.querySelector('ins').textContent") == "闻若兰"
    browser.press("KeyA")
    browser.until(f"{MINE} === 1")
    (told,) = place.ledger.verdicts()
    path, places, kind = told.marks[0].split()
    start, end = map(int, places.split("-"))
    assert (told.verdict, path, row["text"][start:end], kind) == ("reject", "text", "闻若兰", "PERSON")


def test_what_was_written_stays_when_the_session_ends_or_the_server_is_away(browser: Browser, place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    come(browser, place, "R1")
    browser.press("KeyE")
    browser.until("document.activeElement.id === 'edited'")
    browser.type("改")
    with place.ledger.writing() as db:
        db.execute("UPDATE sessions SET until = 0")
    browser.press("Enter", modifiers=2)
    browser.until("document.getElementById('trouble').innerText.includes('登录已过期')")
    assert browser.js("document.getElementById('edited').value").endswith("改")
    browser.send("Network.enable")
    browser.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    browser.press("Enter", modifiers=2)
    browser.until("document.getElementById('trouble').innerText.includes('没有连上服务器')")
    assert browser.js("document.getElementById('edited').value").endswith("改")
    assert list(place.ledger.verdicts()) == []


def test_nothing_is_fetched_from_elsewhere_and_nothing_of_a_row_is_kept(browser: Browser, place: Place) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)], [answer(2)]))
    browser.send("Network.enable")
    come(browser, place, "R1")
    browser.press("KeyA")
    browser.until(f"{MINE} === 1")
    asked_for = {
        e["params"]["request"]["url"] for e in browser.events if e.get("method") == "Network.requestWillBeSent"
    }
    assert asked_for and all(url.startswith((f"http://127.0.0.1:{place.port}/", "data:")) for url in asked_for)
    browser.js("document.getElementById('theme').click(); document.getElementById('size').click()")
    assert browser.js("Object.keys(localStorage).sort().join()") == "medgo-review:size,medgo-review:theme"
    assert browser.js("sessionStorage.length + document.cookie.length") == 0


def test_in_english_in_the_dark_in_large_type_and_on_a_telephone(
    browser: Browser, place: Place, tmp_path: Path
) -> None:
    fill(place.ledger, "check", asked("check", [answer(1)]))
    come(browser, place, "R1")
    light = browser.js("getComputedStyle(document.body).backgroundColor")
    browser.js("document.getElementById('theme').click()")
    assert browser.js("getComputedStyle(document.body).backgroundColor") != light
    before = browser.js("parseFloat(getComputedStyle(document.body).fontSize)")
    browser.js("document.getElementById('size').click()")
    assert browser.js("parseFloat(getComputedStyle(document.body).fontSize)") > before >= 18
    browser.shot(tmp_path / "narrow.png", wide=400, high=800)
    assert browser.js("document.documentElement.scrollWidth <= innerWidth"), "nothing has to be moved aside"
    browser.js("document.getElementById('lang').click()")
    browser.until("document.documentElement.lang === 'en'")
    assert "Accept" in text(browser) and "settled" in text(browser)
    assert (tmp_path / "narrow.png").stat().st_size > 10_000


def test_a_page_for_whoever_has_not_come_in(browser: Browser, place: Place) -> None:
    browser.open(f"http://127.0.0.1:{place.port}/r/1")
    assert browser.js("location.pathname") == "/in" and "登录" in text(browser)
    assert Visitor(place.port).get("/nowhere").status == 404
