"""A verdict is one line that nobody has altered, and what several of them say together is settled by rule."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from medgo_data.verdict import Settled, Verdict, VerdictError, contents, digest, fitted, parsed, read, settled, standing
from tests.judging import verdict, write

ROW = {"id": "s/f.jsonl#0-0", "text": "成人一次一片。", "quality": 0.9}


def altered(**told: Any) -> str:
    """A line that says something else than when it was named."""
    return json.dumps(asdict(verdict(ROW)) | told)


def renamed(**told: Any) -> str:
    """A line that was written so, wrong as it is."""
    return replace(verdict(ROW), **told).named().line


def test_what_is_written_is_read_as_it_was_said(tmp_path: Path) -> None:
    said = [
        verdict(
            ROW,
            said="edit",
            edited="成人一次一片，饭后服。",
            reasons=("dose_missing",),
            seconds=41.5,
            comment="每片0.1克",
        ),
        verdict(ROW, said="reject", task="residual", marks=("text 0-2 PERSON",), seconds=3, replaces="v_0"),
        verdict(ROW, {"id": "s/f.jsonl#0-1"}, said="2>1", task="pair"),
        verdict(ROW, said="none", task="options", gold=True),
    ]
    assert list(read(Path(write(tmp_path / "a.jsonl", said)))) == said
    assert [one.decision for one in said] == [one.name for one in said]


@pytest.mark.parametrize(
    ("line", "reason", "says"),
    [
        ('{"corpus": "qa"', "not_json", "is not whole"),
        ("[]", "unlike_verdict", "is no verdict"),
        ('{"corpus": "qa"}', "unlike_verdict", "lacks 'at'"),
        (altered(more=1), "unlike_verdict", "has not just the fields"),
        (altered(rows="s/f.jsonl#0-0"), "unlike_verdict", "has rows that are no list"),
        (altered(item=7), "unlike_verdict", "has item that is no text"),
        (altered(comment=7), "unlike_verdict", "has comment that is no text"),
        (altered(gold="no"), "unlike_verdict", "has gold that is not true or false"),
        (altered(seconds=True), "unlike_verdict", "seconds that are no number"),
        (altered(verdict="reject"), "altered", "was altered"),
        (altered(decision="v_0"), "altered", "was altered"),
        (renamed(task="guess"), "unknown_task", "is about a task"),
        (renamed(role="admin"), "unlike_verdict", "has a role"),
        (renamed(reviewer="王医生"), "unlike_verdict", "names no reviewer"),
        (renamed(rows=()), "unlike_verdict", "is about no row"),
        (renamed(rows=("a", "b")), "unlike_verdict", "is about several rows"),
        (renamed(verdict="2>1"), "unknown_verdict", "says to check what cannot be said"),
        (renamed(verdict="edit"), "unlike_verdict", "says edit without a text"),
        (renamed(edited="改"), "unlike_verdict", "has a text without saying edit"),
        (renamed(marks=("text 0 PERSON",)), "unlike_verdict", "has marks"),
        (renamed(at="昨天"), "unlike_verdict", "does not say when"),
        (renamed(at="2026-03-02T09:14:05"), "unlike_verdict", "does not say when"),
        (renamed(task="pair", verdict="1>3"), "unknown_verdict", "puts in order what was not compared"),
        (renamed(task="pair", verdict="1"), "unknown_verdict", "puts in order what was not compared"),
        (renamed(task="ranking", verdict="1>1"), "unknown_verdict", "cannot be said"),
        (renamed(task="options", verdict="ABA"), "unknown_verdict", "cannot be said"),
    ],
)
def test_a_line_that_is_no_verdict_is_refused_with_its_place_and_without_its_text(
    line: str, reason: str, says: str
) -> None:
    with pytest.raises(VerdictError, match=f"^reviews/a.jsonl line 3 .*{says}") as refused:
        parsed(line, "reviews/a.jsonl line 3")
    assert refused.value.reason == reason
    assert "成人" not in str(refused.value)
    assert "王" not in str(refused.value)


def test_what_is_well_said_is_taken() -> None:
    for task, words in {
        "check": "accept reject unsure withdrawn",
        "options": "none A BD",
        "pair": "1>2 1=2 2>1 unsure",
    }.items():
        for word in words.split():
            assert fitted(json.loads(renamed(task=task, verdict=word)), "x").verdict == word


def test_a_file_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(verdict(ROW, comment="好").line.encode("gb18030"))
    with pytest.raises(VerdictError, match=r"a\.jsonl is not UTF-8"):
        list(read(path))
    write(path, [verdict(ROW)])
    path.write_text(f"\ufeff{path.read_text('utf-8')}\n", "utf-8")  # as an editor may leave it
    assert list(read(path)) == [verdict(ROW)]


def test_the_digest_is_of_what_a_reader_reads() -> None:
    assert {"text", "messages", "question", "options", "chosen", "rejected", "completion"} <= contents()
    assert digest([ROW]) == digest([ROW | {"id": "other", "quality": None, "review": "wanted"}])
    assert digest([ROW]) != digest([ROW | {"text": "成人一次两片。"}])
    assert digest([ROW]) == digest([ROW | {"messages": None}])
    assert digest([ROW, {"text": "二"}]) != digest([{"text": "二"}, ROW])


# ---- what holds in the end -----------------------------------------------------------------------------------------


def test_a_verdict_stands_until_its_author_thinks_better_of_it() -> None:
    first = verdict(ROW, said="accept")
    second = verdict(ROW, said="reject", replaces=first.decision)
    third = verdict(ROW, said="withdrawn", replaces=second.decision)
    assert standing([first, first]) == [first]
    assert standing([second, first]) == [second]
    assert standing([first, second, third]) == []


def test_what_was_said_later_comes_later_in_whichever_file() -> None:
    early = verdict(ROW, at="2026-03-02T09:00:00+08:00")
    late = verdict(ROW, by="R08", at="2026-03-02T02:00:00+00:00")
    assert standing([late, early]) == [early, late]


REJECT = verdict(ROW, said="reject", by="R08")
UNSURE = verdict(ROW, said="unsure", by="R08")
LAST = verdict(ROW, said="reject", by="R01", role="adjudicator")


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ([verdict(ROW)], "accept"),
        ([verdict(ROW), verdict(ROW, by="R08")], "accept"),
        ([verdict(ROW), REJECT], None),
        ([verdict(ROW), REJECT, LAST], "reject"),
        ([verdict(ROW), verdict(ROW, by="R08"), LAST], "reject"),
        ([UNSURE], None),
        ([verdict(ROW), UNSURE], None),
        ([verdict(ROW, said="edit", edited="一"), verdict(ROW, said="edit", edited="二", by="R08")], None),
    ],
)
def test_all_of_one_mind_or_the_adjudicator_settle_an_item(said: list[Verdict], holds: str | None) -> None:
    ((key, found),) = settled(said).items()
    assert key == ("check", (ROW["id"],), digest([ROW]))
    assert isinstance(found, Settled)
    assert (found.verdict and found.verdict.verdict) == holds
    assert set(found.by) == set(said)


def test_what_measures_a_reviewer_settles_nothing() -> None:
    assert settled([verdict(ROW, gold=True)]) == {}
