"""From verdicts it is told how far reviewers agree; what may be compared is compared, and nothing else."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from medgo_data.review import agreed
from medgo_data.review.agreement import agreement, drift, label, week
from medgo_data.review.bound import wilson
from medgo_data.verdict import Verdict, read

START = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))  # a Monday
SAID = "孩子发热三天"


def verdict(number: int, who: str, said: str, *, task: str = "feedback", day: float = 0, **fields: Any) -> Verdict:
    told: dict[str, Any] = {
        "corpus": "qa",
        "version": "3f2a9c1b7d20",
        "task": task,
        "rows": (f"leaflets/otc.jsonl#0-{number}>DrugQA.0",),
        "item": f"{number:032x}",
        "reviewer": who,
        "verdict": said,
        "edited": SAID if said == "edit" else None,
        "comment": SAID,
        "seconds": 20.0,
        "at": (START + timedelta(days=day)).isoformat(),
    }
    return Verdict(**told | fields).named()


def both(said: Sequence[tuple[str, str]], **fields: Any) -> list[Verdict]:
    """What two reviewers said of items, one after the other."""
    return [
        verdict(k, who, one, **fields) for k, two in enumerate(said) for who, one in zip(("R1", "R2"), two, strict=True)
    ]


def both_of(number: int, said: Sequence[str]) -> list[Verdict]:
    return [verdict(number, who, one) for who, one in zip(("R1", "R2"), said, strict=True)]


# ---- what is compared ----------------------------------------------------------------------------------------------


def test_a_report_says_what_it_is_by_hand() -> None:
    """Of ten answers eight were accepted by both, and each of two by one of them."""
    said = [("accept", "accept")] * 8 + [("accept", "reject"), ("reject", "accept")]
    found = agreement(both(said))
    told = found["tasks"]["feedback"]
    assert (told["read"], told["items"], told["labels"], told["reviewers"]) == (10, 10, 20, 2)
    assert told["raw"]["value"] == pytest.approx(0.8)
    assert (told["kappa"]["value"], told["kappa_of"]) == (pytest.approx((0.8 - 0.82) / 0.18), "cohen")
    assert told["ac1"]["value"] == pytest.approx((0.8 - 0.18) / 0.82)
    assert told["prevalence"] == {"accept": pytest.approx(0.9), "reject": pytest.approx(0.1)}
    assert told["by_label"]["reject"]["specific"]["value"] == 0
    (pair,) = told["pairs"]
    assert (pair["pair"], pair["confusion"]) == (["R1", "R2"], [[8, 1], [1, 0]])
    assert pair["kappa"] == told["kappa"] == found["overall"]["kappa"]
    assert list(told["weeks"]) == ["2026-W10"]
    assert told["weeks"]["2026-W10"]["raw"] == told["raw"]
    assert found["by_reviewer"]["R1"]["seconds"] == 20.0


ONE = verdict(1, "R1", "reject")
CASES = {  # what is said besides, and on how many items two are compared
    "nothing": ([], 0),
    "another of the same item": ([verdict(1, "R2", "reject")], 1),
    "the same reviewer again": ([verdict(1, "R1", "accept", day=1)], 0),
    "of another text": ([verdict(1, "R2", "reject", item="f" * 32)], 0),
    "of another row with the same text": ([verdict(1, "R2", "reject", rows=("leaflets/otc.jsonl#0-7>DrugQA.0",))], 0),
    "in another task": ([verdict(1, "R2", "reject", task="check")], 0),
    "an adjudicator": ([verdict(1, "A1", "reject", role="adjudicator")], 0),
    "to measure a reviewer": ([verdict(1, "R2", "reject", gold=True)], 0),
    "withdrawn": ([(two := verdict(1, "R2", "reject")), verdict(1, "R2", "withdrawn", replaces=two.decision)], 0),
    "replaced": ([two, verdict(1, "R2", "accept", replaces=two.decision)], 1),
}


@pytest.mark.parametrize("name", CASES)
def test_only_standing_verdicts_of_reviewers_on_the_same_item_are_compared(name: str) -> None:
    more, items = CASES[name]
    found = agreement([ONE, *more])
    assert found["overall"]["items"] == items
    if name == "replaced":
        assert found["overall"]["raw"]["value"] == 0  # what was said in its place counts
    if name == "the same reviewer again":
        assert found["said_again"] == 1


def test_of_two_verdicts_of_one_reviewer_the_later_holds_in_whichever_order_they_are_read() -> None:
    first, last = verdict(1, "R1", "accept", day=3), verdict(1, "R1", "reject", day=5)
    for said in ([first, last], [last, first]):
        found = agreement([*said, verdict(1, "R2", "reject", day=4)])
        assert found["overall"]["raw"]["value"] == 1


def test_a_verdict_is_of_the_week_where_it_was_given() -> None:
    assert week("2026-03-01T23:30:00+08:00") == "2026-W09"
    assert week("2026-03-01T23:30:00-05:00") == "2026-W09"  # in Beijing it is Monday already
    assert week("2027-01-01T08:00:00+08:00") == "2026-W53"
    found = agreement(both([("accept", "accept")]) + both([("accept", "reject")], day=7, item="b" * 32))
    assert {name: one["raw"]["value"] for name, one in found["tasks"]["feedback"]["weeks"].items()} == {
        "2026-W10": 1.0,
        "2026-W11": 0.0,
    }


# ---- tasks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "said", "told"),
    [
        ("pair", "2=1", "1=2"),
        ("pair", "2>1", "2>1"),
        ("ranking", "4=1>3=2", "1=4>2=3"),
        ("options", "DAB", "ABD"),
        ("options", "none", "none"),
        ("options", "unsure", "unsure"),
        ("check", "edit", "edit"),
    ],
)
def test_the_same_judgement_is_the_same_label(task: str, said: str, told: str) -> None:
    assert label(task, said) == told


def test_an_edit_is_a_label_of_its_own_and_beside_it_not_an_acceptance() -> None:
    said = [("accept", "accept")] * 6 + [("edit", "reject")] * 3 + [("accept", "edit")] + [("unsure", "accept")]
    told = agreement(both(said, task="check"))["tasks"]["check"]
    assert told["raw"]["value"] == pytest.approx(6 / 11)
    assert (told["collapsed"]["items"], told["collapsed"]["raw"]["value"]) == (10, pytest.approx(0.9))
    assert list(told["by_label"]) == ["accept", "edit", "reject", "unsure"]
    assert told["ordinal"]["value"] > told["alpha"]["value"]  # an edit is nearer to a rejection than acceptance is


def test_options_are_compared_letter_by_letter() -> None:
    """A question with four options, of which one student sees A right and the other A and C: on three letters they agree."""
    told = agreement(both([("A", "CA"), ("D", "D"), ("none", "unsure")], task="options"))["tasks"]["options"]
    assert told["raw"]["value"] == pytest.approx(1 / 3)
    assert {name: (one["items"], one["raw"]["value"]) for name, one in told["letters"].items()} == {
        "A": (2, 1.0),
        "B": (2, 1.0),
        "C": (2, 0.5),
        "D": (2, 1.0),
    }
    assert told["every_letter"]["raw"]["value"] == pytest.approx(7 / 8)
    rows = {f"leaflets/otc.jsonl#0-{k}>DrugQA.0": many for k, many in enumerate((4, 5))}
    more = agreement(both([("A", "CA"), ("D", "D")], task="options"), options=rows)["tasks"]["options"]
    assert (list(more["letters"]), more["letters"]["E"]["items"]) == (["A", "B", "C", "D", "E"], 1)


def test_orders_are_compared_by_how_many_pairs_they_share() -> None:
    said = [("1>2>3>4", "1>2>4>3"), ("1>2>3>4", "4>3>2>1"), ("1=2=3=4", "1>2>3>4"), ("unsure", "1>2>3>4")]
    told = agreement(both(said, task="ranking"))["tasks"]["ranking"]
    assert told["raw"]["value"] == 0
    assert told["tau"]["value"] == pytest.approx((4 / 6 - 1) / 2)  # nothing but ties tells nothing
    assert told["pairs"][0]["tau"] == told["tau"]


def test_three_reviewers_are_compared_two_by_two_and_together() -> None:
    said = [verdict(k, f"R{who}", "accept" if (k + who) % 4 else "reject") for k in range(40) for who in range(3)]
    told = agreement(said)["tasks"]["feedback"]
    assert told["kappa_of"] == "fleiss"
    assert [one["pair"] for one in told["pairs"]] == [["R0", "R1"], ["R0", "R2"], ["R1", "R2"]]
    assert told["raw"]["value"] == pytest.approx(sum(one["raw"]["value"] for one in told["pairs"]) / 3)


def test_over_several_tasks_chance_is_that_of_each() -> None:
    found = agreement(
        [*both([("accept", "accept")] * 9 + [("reject", "reject")]), *both([("1>2", "2>1")] * 5, task="pair")]
    )
    assert found["overall"]["items"] == 15
    assert found["overall"]["raw"]["value"] == pytest.approx(10 / 15)
    assert found["overall"]["alpha"]["why"] == "several_tasks"
    assert found["overall"]["ac1"]["value"] is not None


def test_where_nearly_all_is_accepted_the_three_stand_side_by_side(tmp_path: Path) -> None:
    """95 % acceptable, and two who are right in 95 %, through a file of verdicts: 0.91, 0.46 and 0.89."""
    lots = random.Random(4)
    said = []
    for k in range(6000):
        truth = lots.random() < 0.95
        right = [lots.random() < 0.95 for _ in range(2)]
        said += both_of(k, ["accept" if truth == one else "reject" for one in right])
    file = tmp_path / "verdicts.jsonl"
    file.write_text("\n".join(one.line for one in said) + "\n", "utf-8")
    found = agreement(read(file))
    told = found["tasks"]["feedback"]
    for name, value in (("raw", 0.905), ("kappa", 0.45), ("ac1", 0.885)):
        assert told[name]["low"] < value < told[name]["high"], name
        assert told[name]["value"] == pytest.approx(value, abs=0.04)
    (sentence,) = [en for _, en in agreed.sentences(found) if en.startswith("feedback: agreement")]
    assert re.search(r"agreement 0\.9\d .*kappa 0\.4\d .*AC1 0\.8\d .*most often accept 9\d%", sentence)
    assert any("never alone" in en for _, en in agreed.sentences(found))


# ---- reviewers -----------------------------------------------------------------------------------------------------


def test_it_is_told_how_often_the_adjudicator_upheld_whom() -> None:
    said = [("accept", "accept")] * 5 + [("accept", "reject")] * 4 + [("edit", "edit")] + [("unsure", "unsure")]
    found = both(said, task="check")
    found[-3] = replace(found[-3], edited="另一种改法", decision="").named()  # both edit, each in another way
    found += [verdict(k, "A1", "reject", task="check", role="adjudicator") for k in (5, 6, 7)]
    found += [verdict(9, "A1", "edit", task="check", role="adjudicator"), verdict(0, "A1", "accept", task="check", role="adjudicator")]  # fmt: skip
    told = agreement(found)["adjudication"]
    assert {name: told[name] for name in ("compared", "disagreed", "all_unsure", "adjudicated", "waiting")} == {
        "compared": 11,
        "disagreed": 5,
        "all_unsure": 1,
        "adjudicated": 4,
        "waiting": 2,
    }
    assert told["of_one_mind_and_adjudicated"] == 1
    assert told["rate"]["value"] == pytest.approx(4 / 11)
    assert {name: (one["items"], one["value"]) for name, one in told["upheld"].items()} == {"R1": (4, 0.25), "R2": (4, 1.0)}  # fmt: skip


def test_each_reviewer_is_held_against_what_is_known() -> None:
    right = [verdict(k, "A1", "accept" if k % 2 else "reject", role="adjudicator", gold=True) for k in range(10)]
    said = [verdict(k, "R1", "accept", gold=True) for k in range(10)]
    said += [verdict(k, "R2", one.verdict, gold=True, seconds=9.0) for k, one in enumerate(right)]
    said += [verdict(99, "R1", "accept", gold=True)]  # the answer of which nobody told
    told = agreement([*right, *said])["by_reviewer"]
    assert sorted(told) == ["R1", "R2"]
    assert (told["R1"]["gold"]["value"], told["R1"]["gold_not_known"]) == (0.5, 1)
    assert (told["R1"]["gold"]["low"], told["R1"]["gold"]["high"]) == pytest.approx(wilson(5, 10))
    assert told["R1"]["confusion"] == {"accept": {"accept": 5}, "reject": {"accept": 5}}
    assert (told["R2"]["gold"]["value"], told["R2"]["seconds"]) == (1.0, 9.0)
    answers = {("feedback", f"{k:032x}"): "accept" for k in range(10)}
    assert agreement(said, gold=answers)["by_reviewer"]["R1"]["gold"]["value"] == 1


def weekly(shares: Sequence[float], many: int, seed: int) -> list[Verdict]:
    lots = random.Random(seed)
    return [
        verdict(n * many + k, "R1", "accept" if lots.random() < share else "reject", day=7 * n)
        for n, share in enumerate(shares)
        for k in range(many)
    ]


def test_a_reviewer_who_changes_is_noticed_in_that_week() -> None:
    found = drift(weekly([0.9, 0.9, 0.9, 0.55], 60, 1), {})
    assert [(one["reviewer"], one["what"], one["week"]) for one in found["alarms"]] == [("R1", "accept", "2026-W13")]
    assert found["tests"] == 3
    (alarm,) = found["alarms"]
    assert alarm["p"] <= alarm["level"] <= 0.05


def test_of_reports_without_drift_no_more_alarm_than_was_said() -> None:
    alarmed = sum(bool(drift(weekly([0.85] * 5, 40, seed), {})["alarms"]) for seed in range(200))
    assert alarmed <= 18  # 5 % are 10; of as many as 18 the chance is 1 %


def test_a_week_of_few_verdicts_is_not_tested() -> None:
    assert drift(weekly([1.0, 0.0], 9, 1), {})["tests"] == 0


# ---- what can be read ----------------------------------------------------------------------------------------------


DEGENERATE = {
    "nothing": [],
    "one reviewer": [verdict(k, "R1", "accept") for k in range(3)],
    "one label": both([("accept", "accept")] * 4),
    "one item": both([("accept", "reject")]),
    "an adjudicator only": [verdict(1, "A1", "accept", role="adjudicator")],
    "unsure only": both([("unsure", "unsure")] * 2, task="options"),
    "none right": both([("none", "none")] * 2, task="options"),
    "ties only": both([("1=2", "1=2")] * 2, task="pair"),
    "gold without an answer": [verdict(1, "R1", "accept", gold=True, seconds=None)],
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_every_report_can_be_written_and_read(name: str) -> None:
    found = agreement(DEGENERATE[name])
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert agreed.page(found).startswith("<!doctype html>")
    assert agreed.sentences(found)
    for _, heads, rows in agreed.tables(found):
        assert all(len(row) == len(heads) for row in rows)


def test_the_page_needs_nothing_but_itself_and_holds_no_text_of_a_row() -> None:
    said = both([("accept", "edit"), ("accept", "accept"), ("reject", "reject")] * 9, task="check")
    said += both([("accept", "edit"), ("reject", "reject")] * 9, task="check", day=8, item="c" * 32)
    html = agreed.page(agreement(said))
    assert SAID not in html
    assert "<script" not in html
    assert "default-src &#x27;none&#x27;" in html
    assert not re.search(r"(?:src|href)=", html)
    assert "nan" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL).lower().split()
    assert html.count("<svg") >= 1
    for words in ("评审一致性", "卡帕", "AC1", "按周", "混淆表"):
        assert words in html


def test_the_same_verdicts_in_any_order_say_the_same() -> None:
    said = both([("accept", "reject"), ("accept", "accept"), ("reject", "reject")] * 20)
    mixed = said[:]
    random.Random(1).shuffle(mixed)
    assert agreement(mixed) == agreement(said)
