"""The page about evaluations stands by itself, says no number that is not known, and nothing that a model said is markup on it."""

from __future__ import annotations

import json
import re
import shutil
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from medgo_train.evaluate import compare, published, report
from medgo_train.evaluate import evaluated as read_again
from medgo_train.evaluate.files import EvaluationError
from tests import evaluated
from tests.browser import Browser
from tests.evaluated import NASTY, rows_of, save_rows

CLEAN = {
    "clinicalqa": {
        "items": 200, "found": 3, "share": 0.015, "ids": ["q0003", "q0010", "q0011"], "of": ["qa@3f2a9c1b7d20"],
        "rule": "an item counts if one row has 80% of its letters",
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("evaluations")
    made = [
        evaluated.evaluation(root / "a", "tiny after dpo", 0.75, seed=1, turns=4, contamination=CLEAN),
        evaluated.evaluation(root / "b", "tiny, untrained", 0.4, seed=2, turns=4),
        evaluated.evaluation(root / "c", "middling", 0.72, seed=3, turns=4),
        *(evaluated.evaluation(root / f"d{n}", f"another {n}", 0.5 + n / 10, seed=4 + n) for n in range(2)),
    ]
    for folder in made:
        rows = rows_of(folder, "clinicalqa")
        said = {"prompt": [{"role": "user", "content": NASTY}], "replies": [NASTY, "HALF"]}
        save_rows(folder, "clinicalqa", [*rows[1:], rows[0] | said | {"id": f"id{NASTY}"}])
        path = folder / "rows/clinicalqa.jsonl"
        path.write_text(path.read_text("utf-8").replace("HALF", "\\ud800"), "utf-8")
    return made


@pytest.fixture(scope="module")
def page(folders: list[Path]) -> Path:
    return report.write(folders, folders[0].parent / "report.html")


def text_of(page: Path, section: str) -> str:
    """What a section says, without tags."""
    (found,) = re.findall(rf'<section id="{section}">(.*?)</section>', page.read_text("utf-8"), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def cell(page: Path, section: str, row: str, column: int) -> str:
    (found,) = re.findall(rf'<section id="{section}">(.*?)</section>', page.read_text("utf-8"), re.DOTALL)
    line = next(
        line
        for line in re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)
        if re.search(rf"<th[^>]*>(<[^>]*>|\s)*{row}", line)
    )
    return " ".join(re.sub(r"<[^>]+>", " ", re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)[column]).split())


# ---- what it says ---------------------------------------------------------------------------------------------------


def test_a_table_has_the_published_numbers_beside_ours_and_says_where_they_are_from(
    folders: list[Path], page: Path
) -> None:
    (task,) = [
        one
        for one in json.loads((folders[0] / "evaluation.json").read_text("utf-8"))["tasks"]
        if one["name"] == "clinicalqa"
    ]
    low, high = (100 * limit for limit in task["interval"])
    assert cell(page, "kind-choice", "clinicalqa", 1) == f"{100 * task['numbers']['accuracy']:.1f} {low:.1f}–{high:.1f}"
    assert [cell(page, "kind-choice", "clinicalqa", n) for n in (6, 7, 8)] == ["78.6", "74.3", "65.3"]
    assert "arXiv 2410.20428" in text_of(page, "kind-choice")
    assert cell(page, "kind-open", "chimed", 6) == "19.86" and "arXiv 2311.06025" in text_of(page, "kind-open")


def test_a_number_that_nobody_gave_stays_blank_and_that_is_said(page: Path) -> None:
    assert cell(page, "kind-cblue", "CHIP-STS", 6) == "—"
    assert "各任务分数未收录" in text_of(page, "kind-cblue") and "left blank" in text_of(page, "kind-cblue")
    assert cell(page, "kind-scale", "DUMMY-8", 6) == "—"
    assert {one.source for one in published.PUBLISHED} == {published.MEDGO, published.CHIMED}


def test_the_profile_and_the_definition_stand_by_every_score(page: Path) -> None:
    assert cell(page, "models", "CHIP-STS", 1) == "tianchi"
    assert "the mean F1 of all classes" in cell(page, "models", "CHIP-STS", 2)
    assert "lacking" in text_of(page, "kind-cblue") and "2 / 4" in text_of(page, "kind-cblue")


def test_of_differences_it_says_which_are_real_after_holm(folders: list[Path], page: Path) -> None:
    pairs = compare.comparisons(folders)
    assert [pair.b for pair in pairs] == ["tiny, untrained", "middling", "another 0", "another 1"]
    one = {each.task: each for each in pairs[0].differences}
    assert one["clinicalqa"].real and one["clinicalqa"].p_holm > one["clinicalqa"].p
    assert not any(each.real for each in pairs[1].differences)
    assert one["CHIP-STS"].test == "paired, clustered"
    assert cell(page, "differences", "clinicalqa", 6) == "是 yes"


def test_what_was_scored_in_another_way_is_not_compared(folders: list[Path], tmp_path: Path) -> None:
    other = shutil.copytree(folders[1], tmp_path / "other")
    told = json.loads((other / "evaluation.json").read_text("utf-8"))
    by_name = {task["name"]: task for task in told["tasks"]}
    by_name["CHIP-STS"]["profile"] = "promptcblue"
    by_name["CHIP-CTC"]["sha256"] = "0" * 64
    save_rows(other, "chimed", rows_of(other, "chimed")[1:])
    (other / "evaluation.json").write_text(json.dumps(told), "utf-8")
    (pair,) = compare.comparisons([folders[0], other])
    assert [line.partition(" ")[0] for line in pair.left_out] == ["CHIP-STS", "CHIP-CTC", "chimed"]
    page = report.write([folders[0], other], tmp_path / "page.html")
    assert "CHIP-STS is not compared" in text_of(page, "differences")
    assert [each.task for each in pair.differences] == ["clinicalqa", "DUMMY-8"]


def test_unusable_replies_position_bias_cost_and_contamination_are_told(folders: list[Path], page: Path) -> None:
    states = [row["state"] for row in rows_of(folders[1], "clinicalqa")]
    assert [cell(page, "understood", "clinicalqa", n) for n in (2, 3)] == ["200", "0"]
    assert str(states.count("invalid")) in text_of(page, "understood")
    assert cell(page, "positions", "clinicalqa", 2).endswith("%")
    assert cell(page, "contamination", "clinicalqa", 3) == "3"
    assert "Not checked: tiny, untrained, middling, another 0" in text_of(page, "contamination")
    scores = [row["score"] for row in rows_of(folders[0], "clinicalqa") if row["id"] not in CLEAN["clinicalqa"]["ids"]]
    assert cell(page, "contamination", "clinicalqa", 5) == f"{100 * sum(scores) / len(scores):.1f}"
    assert cell(page, "cost", "tiny after dpo", 1) == "448" and "3.0 min" in cell(page, "cost", "tiny after dpo", 4)


def test_with_few_examinees_only_questions_are_named_whose_key_may_be_wrong(
    page: Path, folders: list[Path], tmp_path: Path
) -> None:
    told = text_of(report.write(folders[:4], tmp_path / "four.html"), "quality")
    assert "KR-20" in told and "items are flagged" not in told
    told = text_of(page, "quality")
    assert "KR-20" in told and "考生少于 20 个时只能看作线索" in told
    assert "items are flagged" in told and "too easy" not in told


def test_a_headline_is_called_by_its_own_name_even_where_two_numbers_are_alike(page: Path) -> None:
    assert cell(page, "kind-cblue", "CHIP-STS", 0) == "CHIP-STS"  # precision and F1 are the same there


def test_one_evaluation_alone_makes_a_page_without_comparisons(folders: list[Path], tmp_path: Path) -> None:
    text = report.write([folders[1]], tmp_path / "deep" / "one.html").read_text("utf-8")
    assert "clinicalqa" in text and 'id="differences"' not in text and 'id="quality"' not in text


def test_two_evaluations_that_have_no_task_in_common_are_a_page_all_the_same(
    folders: list[Path], tmp_path: Path
) -> None:
    other = shutil.copytree(folders[1], tmp_path / "other")
    told = json.loads((other / "evaluation.json").read_text("utf-8"))
    told["tasks"] = [task | {"sha256": "0" * 64} for task in told["tasks"]]
    (other / "evaluation.json").write_text(json.dumps(told), "utf-8")
    assert 'id="differences"' not in report.write([folders[0], other], tmp_path / "page.html").read_text("utf-8")


def test_two_evaluations_of_one_name_are_told_apart(folders: list[Path], tmp_path: Path) -> None:
    again = shutil.copytree(folders[0], tmp_path / "again")
    assert [one.label for one in read_again.read([folders[0], again])] == [
        "tiny after dpo (a)",
        "tiny after dpo (again)",
    ]


@pytest.mark.parametrize(("break_it", "said"), [
    (lambda folder: (folder / "evaluation.json").unlink(), "is no evaluation that was scored"),
    (lambda folder: (folder / "evaluation.json").write_text("{}", "utf-8"), "is not an evaluation as it was written"),
    (lambda folder: (folder / "evaluation.json").write_text('{"schema": 9, "tasks": []}', "utf-8"), "of version 9"),
    (lambda folder: (folder / "rows/chimed.jsonl").unlink(), "is missing"),
    (lambda folder: (folder / "rows/chimed.jsonl").write_text('{"id": 1}\n{"i', "utf-8"), "damaged in line 2"),
])  # fmt: skip
def test_a_folder_that_is_no_evaluation_is_named(folders: list[Path], tmp_path: Path, break_it: Any, said: str) -> None:
    folder = shutil.copytree(folders[1], tmp_path / "broken")
    break_it(folder)
    with pytest.raises(EvaluationError, match=said):
        report.write([folder], tmp_path / "page.html")


# ---- what it is -----------------------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """The elements of a page, and where any of them leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.leads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.leads += [f"{tag} {value}" for name, value in attrs if name in ("src", "href", "action", "data")]
        assert not any(name.startswith("on") for name, _ in attrs)


def test_it_needs_nothing_from_elsewhere_and_no_reply_is_markup(page: Path) -> None:
    text = page.read_text("utf-8")
    seen = Seen(text)
    assert "img" not in seen.tags and "link" not in seen.tags
    assert all(lead.startswith("a #") for lead in seen.leads)
    assert seen.tags.count("script") == text.count("<script")
    assert NASTY not in text and "onerror" in text  # it is there, as data
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy and "default-src &#x27;none&#x27;" in policy[1] and "unsafe" not in policy[1]


def test_in_a_browser_every_item_can_be_looked_at_and_nothing_in_it_runs(
    browser: Browser, page: Path, folders: list[Path]
) -> None:
    browser.open(page)
    rows = rows_of(folders[0], "clinicalqa")

    def choose(name: str, value: str) -> None:
        browser.js(
            f"(() => {{ const s = document.getElementById({name!r}); s.value = {json.dumps(value)}; s.dispatchEvent(new Event('change')) }})()"
        )

    def counted() -> str:
        return str(browser.js("document.getElementById('count').textContent")).split(" 题")[0]

    assert counted() == "200 / 200"
    assert browser.js("document.querySelectorAll('#items details').length") == 40
    browser.js("document.getElementById('more').click()")
    assert browser.js("document.querySelectorAll('#items details').length") == 80
    choose("filter", "wrong")
    assert counted() == f"{sum(row['score'] < 1 for row in rows)} / 200"
    choose("filter", "invalid")
    assert counted() == f"{sum(row['state'] == 'invalid' for row in rows)} / 200"
    choose("filter", "seen")
    assert counted() == "3 / 200"
    choose("filter", "all")
    browser.js(
        "document.getElementById('find').value = 'onerror'; document.getElementById('find').dispatchEvent(new Event('input'))"
    )
    nasty = sum("onerror" in json.dumps([row["id"], row["prompt"], row["replies"]]) for row in rows)
    assert browser.until(f"document.getElementById('count').textContent.startsWith('{nasty} /')")
    browser.js("for (const one of document.querySelectorAll('#items summary')) one.click()")
    assert browser.until(
        "[...document.querySelectorAll('#items pre')].some(one => one.textContent.includes('<img src=x onerror'))"
    )
    assert browser.js(
        "[window.broken, document.images.length, document.querySelectorAll('#items script, #items b b').length]"
    ) == [None, 0, 0]
    browser.js("document.getElementById('find').value = ''")
    choose("task", "1")
    assert counted() == "120 / 120"
    browser.js("document.querySelector('a[data-item]').click()")
    assert browser.until("document.querySelectorAll('#items details[open] pre').length > 3")
    assert browser.js(
        "document.querySelector('#items details').dataset.id === document.querySelector('a[data-item]').dataset.item"
    )
    assert browser.faults() == []


@pytest.mark.parametrize("colour", ["light", "dark"])
def test_it_is_readable_on_a_telephone_in_light_and_dark(
    browser: Browser, page: Path, tmp_path: Path, colour: str
) -> None:
    browser.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": colour}])
    browser.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    browser.open(page)
    assert browser.js("document.documentElement.scrollWidth") <= 390
    ink, paper = (browser.js(f"getComputedStyle(document.body).{name}") for name in ("color", "backgroundColor"))
    dark, light = (
        sum(map(int, re.findall(r"\d+", told)[:3]))
        for told in sorted((ink, paper), key=lambda c: sum(map(int, re.findall(r"\d+", c)[:3])))
    )
    assert light - dark > 450 and (paper == "rgb(251, 251, 249)") == (colour == "light")
    browser.shot(tmp_path / "telephone.png", wide=390, high=844)
    assert (tmp_path / "telephone.png").stat().st_size > 10_000


def test_thousands_of_items_are_one_page_that_opens_at_once(browser: Browser, tmp_path: Path) -> None:
    folder = evaluated.evaluation(tmp_path / "many", "many", 0.6, items=6000)
    start = time.perf_counter()
    page = report.write([folder], tmp_path / "page.html")
    assert time.perf_counter() - start < 10
    browser.open(page)
    assert str(browser.js("document.getElementById('count').textContent")).startswith("6,000 / 6,000")
    assert browser.js("performance.now()") < 10_000
