"""What physicians said of a row is done to it, and nothing that they wrote passes for scrubbed."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, Local, Scrub, build
from medgo_data import open as open_built
from medgo_data.cli import main
from medgo_data.corpus import GateError
from medgo_data.file import FileError
from medgo_data.reviewed import Preferred, Rated, Reviewed, judged
from medgo_data.stage import spec
from medgo_data.store import Store
from medgo_data.verdict import VerdictError
from medgo_data.why import sentence, why
from tests.conftest import sha256s
from tests.judging import Bench, reasons, rows_of, talk, verdict, write

DOSE = talk("清荷散怎么吃？", "成人一次一袋，一日三次。", review="wanted")
MORE = talk("清荷散能和酒一起用吗？", "少喝一点没有关系。", review="wanted")
PLAIN = talk("舒络片怎么保存？", "放在阴凉处。")


def outcome(folder: Path, *said: Any, row: dict[str, Any] = DOSE, gives: str = "chat", **fields: Any) -> Any:
    """What became of a row: why it went, or what it says of its review; and the row."""
    bench = Bench.of(folder, [row], gives)
    files = bench.said(*(verdict(bench.row(0), **one) for one in said))
    version = bench.after(Reviewed(verdicts=files, **fields))
    gone, left = reasons(version), list(rows_of(version).values())
    return (gone["0.jsonl#0-0"], None) if gone else (left[0].get("review"), left[0])


@pytest.mark.parametrize(
    ("said", "fields", "expected"),
    [
        ([{}], {}, "accepted"),
        ([{"said": "reject"}], {}, "rejected"),
        ([{}, {"said": "reject", "by": "R08"}], {}, "disputed"),
        ([{}, {"said": "reject", "by": "R08"}], {"disputed": "keep"}, "disputed"),
        ([{}, {"said": "reject", "by": "R08"}, {"by": "R01", "role": "adjudicator"}], {}, "accepted"),
        ([{"said": "unsure"}], {}, "unsure"),
        ([{}, {"said": "unsure", "by": "R08"}], {"unsure": "keep"}, "unsure"),
        ([{"said": "unsure", "by": "R01", "role": "adjudicator"}], {}, "unsure"),
        ([{}, {"said": "withdrawn"}], {}, "accepted"),  # that withdraws nothing
        ([{"gold": True}], {}, "wanted"),
        ([{"gold": True}], {"unreviewed": "drop"}, "not_reviewed"),
        ([{"item": "0" * 32}], {}, "stale"),
        ([{"item": "0" * 32}], {"unreviewed": "drop"}, "stale_review"),
        ([{"task": "feedback"}], {}, "accepted"),
        ([{}, {"task": "feedback", "said": "reject"}], {}, "rejected"),
        ([{}, {"task": "residual", "said": "reject", "marks": ("messages.1.content 0-2 PERSON",)}], {}, "leaks_found"),
        ([{"task": "residual"}, {"task": "residual", "said": "reject", "by": "R08"}], {}, "leaks_found"),
        (
            [{"task": "residual", "said": "reject"}, {"task": "residual", "by": "R01", "role": "adjudicator"}],
            {},
            "wanted",
        ),
        ([{"task": "residual"}, {}], {}, "accepted"),
        ([{"said": "edit", "edited": " "}], {}, "empty_edit"),
        ([{"said": "edit", "edited": "成人一次一袋，一日三次。"}], {}, "accepted"),
        ([{"task": "options", "said": "A"}], {}, "no_options"),
    ],
)
def test_what_was_said_is_done(
    said: list[dict[str, Any]], fields: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    assert outcome(tmp_path, *said, **fields)[0] == expected


def test_a_row_says_by_which_decision_and_by_whom(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [DOSE, MORE])
    dose = [verdict(bench.row(0), by=who) for who in ("R09", "R07")]
    both = [verdict(bench.row(1), by="R07"), verdict(bench.row(1), said="reject", by="R09")]
    left = rows_of(bench.after(Reviewed(verdicts=bench.said(*dose, *both), disputed="keep")))
    told = [row["reviewed"] for row in left.values()]
    assert told == [
        f"{dose[0].decision} accept R07+R09",
        f"{both[0].decision} accept R07; {both[1].decision} reject R09",
    ]


def test_the_manifest_counts_reviews_and_not_decisions(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [DOSE, MORE, PLAIN])
    said = [
        verdict(bench.row(0)),
        verdict(bench.row(1), said="reject"),
        verdict(bench.row(2), said="edit", edited="放阴凉处。"),
    ]
    told = json.loads((bench.after(Reviewed(verdicts=bench.said(*said))) / "manifest.json").read_text("utf-8"))
    assert told["shards"][0]["counts"]["review"] == {"accepted": 1, "edited": 1}
    assert told["funnel"][-1]["dropped"] == {"rejected": 1}
    assert told["funnel"][-1]["against"] == {"verdict": 1}
    assert "v_" not in json.dumps(told)


def test_why_names_the_decision_that_let_a_row_go(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [DOSE, MORE])
    said = verdict(bench.row(1), said="reject", reasons=("unsafe",))
    bench.after(Reviewed(verdicts=bench.said(said)))
    *_, last = why(Store(tmp_path / "root"), bench.row(1)["id"])
    assert sentence(last).endswith(f"and was let go by Reviewed: rejected by verdict/{said.decision}")


# ---- edits ---------------------------------------------------------------------------------------------------------

EDITED = "成人一次一袋，一日三次，饭后服。"


@pytest.mark.parametrize(
    ("gives", "row", "told"),
    [
        ("chat", DOSE, {"messages": [DOSE["messages"][0], {"role": "assistant", "content": EDITED}], "review": "edited"}),
        ("document", {"text": "一次一袋。", "quality": 0.9, "tokens": 5}, {"text": EDITED, "quality": None, "tokens": None}),
        (
            "feedback",
            {"prompt": DOSE["messages"][:1], "completion": DOSE["messages"][1:], "label": False},
            {"completion": [{"role": "assistant", "content": EDITED}], "label": True, "review": "edited"},
        ),
        (
            "preference",
            {"prompt": DOSE["messages"][:1], "chosen": DOSE["messages"][1:], "rejected": MORE["messages"][1:]},
            {"chosen": [{"role": "assistant", "content": EDITED}], "rejected": MORE["messages"][1:], "review": "edited"},
        ),
    ],
)  # fmt: skip
def test_an_edit_takes_the_place_of_the_answer(
    gives: str, row: dict[str, Any], told: dict[str, Any], tmp_path: Path
) -> None:
    _, left = outcome(tmp_path, {"said": "edit", "edited": EDITED}, row=row, gives=gives)
    assert left == left | told


def test_a_question_has_no_answer_to_edit(tmp_path: Path) -> None:
    row = {"question": "哪个？", "options": [{"label": "A", "text": "甲"}], "answer": ["A"]}
    assert outcome(tmp_path, {"said": "edit", "edited": EDITED}, row=row, gives="choice")[0] == "no_answer_to_edit"


def test_what_was_noted_of_the_words_before_is_taken_out(tmp_path: Path) -> None:
    row = DOSE | {
        "context": "成人一次一袋", "context_at": 3, "quotes": ["成人一次一袋"], "cites": ["3-9"], "scores": [4.5, 4.0],
        "leak": "CMB", "leak_at": "CMB/a#1 0.9 0-9", "scrubbed": "high_recall/1 5f2c9a7be01d44c3", "masked": ["PERSON", "PHONE"],
        "masked_at": ["messages.0.content 0-2 named 0.90", "messages.1.content 4-6 mobile 1.00"],
    }  # fmt: skip
    _, left = outcome(tmp_path, {"said": "edit", "edited": EDITED}, row=row)
    gone = ("quotes", "cites", "scores", "leak_at", "scrubbed")
    assert {name: left[name] for name in gone} == dict.fromkeys(gone)
    assert (left["context"], left["context_at"], left["leak"]) == ("成人一次一袋", 3, "CMB")  # as true as before
    assert (left["masked"], left["masked_at"]) == (["PERSON"], ["messages.0.content 0-2 named 0.90"])


def test_a_name_that_a_physician_wrote_does_not_pass_for_scrubbed(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [DOSE, PLAIN])
    clean = Corpus("clean", [bench.corpus], [Scrub()])
    version = build(clean, tmp_path / "root", Here())
    rows = rows_of(version)
    first, second = rows.values()
    said = verdict(first, said="edit", edited="患者张伟，电话13800138000，一次一袋。")
    stage = Reviewed(verdicts=bench.said(said, verdict(second)))
    assert Corpus("bare", [clean], [stage]).marks == frozenset()
    after = Corpus("after", [clean], [stage, Scrub()])
    assert after.marks == {"scrubbed"}
    left, other = rows_of(build(after, tmp_path / "root", Here())).values()
    assert left["messages"][1]["content"] == "患者[姓名1]，电话[电话1]，一次一袋。"
    assert (left["review"], left["masked"]) == ("edited", ["PERSON", "PHONE"])
    assert left["scrubbed"] != first["scrubbed"]
    assert other == second | {"review": "accepted", "reviewed": other["reviewed"]}  # nothing was looked for twice


def test_what_needs_scrubbed_rows_takes_none_that_a_physician_may_have_written(tmp_path: Path) -> None:
    class Needs(Scrub):
        needs = frozenset({"scrubbed"})

    bench = Bench.of(tmp_path, [DOSE])
    files = bench.said(verdict(bench.row(0)))
    for stage in (Reviewed(verdicts=files), Rated(verdicts=files), Preferred(verdicts=files)):
        with pytest.raises(GateError):
            Corpus("x", [bench.corpus], [Scrub(), stage, Needs()])


def test_what_was_done_once_is_not_done_again(tmp_path: Path) -> None:
    pair = {"prompt": DOSE["messages"][:1], "chosen": DOSE["messages"][1:], "rejected": MORE["messages"][1:]}
    bench = Bench.of(tmp_path, [pair, pair | {"prompt": MORE["messages"][:1]}], "preference")
    said = [verdict(bench.row(0), said="edit", edited=EDITED), verdict(bench.row(1), said="2>1", task="pair")]
    stage = Reviewed(verdicts=bench.said(*said), unreviewed="drop")
    once, twice = bench.after(stage, name="once"), bench.after(stage, stage, name="twice")
    assert [row["review"] for row in rows_of(once).values()] == ["edited", "swapped"]
    assert rows_of(once) == rows_of(twice)


# ---- pairs and questions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "expected"), [("1>2", "accepted"), ("2>1", "swapped"), ("1=2", "tie")])
def test_a_pair_stays_is_turned_round_or_goes(said: str, expected: str, tmp_path: Path) -> None:
    good, bad = DOSE["messages"][1:], MORE["messages"][1:]
    row = {"prompt": DOSE["messages"][:1], "chosen": bad, "rejected": good, "scores": [4.0, 2.0], "quotes": ["酒"],
           "masked": ["DATE", "PHONE"], "masked_at": ["prompt.0.content 0-2 x 0.90", "chosen.0.content 0-2 y 0.90"]}  # fmt: skip
    what, left = outcome(tmp_path, {"task": "pair", "said": said}, row=row, gives="preference")
    assert what == expected
    if expected == "swapped":
        assert (left["chosen"], left["rejected"], left["scores"], left["quotes"]) == (good, bad, [2.0, 4.0], None)
        assert left["masked_at"] == ["prompt.0.content 0-2 x 0.90", "rejected.0.content 0-2 y 0.90"]


def test_a_pair_that_one_would_edit_and_one_turn_round_is_disputed(tmp_path: Path) -> None:
    row = {"prompt": DOSE["messages"][:1], "chosen": DOSE["messages"][1:], "rejected": MORE["messages"][1:]}
    said = [{"task": "pair", "said": "2>1"}, {"said": "edit", "edited": EDITED, "by": "R08"}]
    assert outcome(tmp_path, *said, row=row, gives="preference")[0] == "disputed"


CHOICE = {"question": "哪种维生素缺乏可致坏血病？", "answer": ["A"], "explanation": "A项正确。",
          "options": [{"label": "A", "text": "维生素B"}, {"label": "B", "text": "维生素C"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "fields", "expected", "left"),
    [
        ("A", {}, "accepted", {"answer": ["A"], "explanation": "A项正确。"}),
        ("B", {}, "edited", {"answer": ["B"], "explanation": None}),
        ("none", {}, "no_right_option", None),
        ("BA", {}, "several_right_options", None),
        ("BA", {"right": "any"}, "edited", {"answer": ["A", "B"], "explanation": None}),
        ("C", {}, "no_such_option", None),
    ],
)
def test_the_settled_letters_become_the_answer(
    said: str, fields: dict[str, Any], expected: str, left: dict[str, Any] | None, tmp_path: Path
) -> None:
    what, row = outcome(tmp_path, {"task": "options", "said": said}, row=CHOICE, gives="choice", **fields)
    assert what == expected
    assert row == (left and row | left)


def test_what_is_said_of_the_answer_is_the_label_of_feedback(tmp_path: Path) -> None:
    row = {"prompt": DOSE["messages"][:1], "completion": DOSE["messages"][1:], "label": True}
    bench = Bench.of(tmp_path, [row, row, row], "feedback")
    said = [verdict(bench.row(n), said=one, task="feedback") for n, one in enumerate(("accept", "reject"))]
    both = [verdict(bench.row(2), said="reject", task=task) for task in ("feedback", "check")]
    files = bench.said(*said, *both)  # a row that is wrong as a row has no label
    version = bench.after(Reviewed(verdicts=files))
    assert [(row["label"], row["review"]) for row in rows_of(version).values()] == [
        (True, "accepted"),
        (False, "edited"),
    ]
    assert reasons(version) == {"0.jsonl#0-2": "rejected"}


# ---- files of verdicts ---------------------------------------------------------------------------------------------


def test_rows_that_wait_and_nobody_saw_go_if_the_recipe_says_so(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [DOSE, MORE, PLAIN])
    files = bench.said(verdict(bench.row(0)))
    assert reasons(bench.after(Reviewed(verdicts=files))) == {}
    assert reasons(bench.after(Reviewed(verdicts=files, unreviewed="drop"))) == {"0.jsonl#0-1": "not_reviewed"}


def test_verdicts_about_rows_that_never_came_are_counted_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench.of(tmp_path, [DOSE, MORE, PLAIN], files=3)
    gone = [verdict({"id": f"elsewhere/a#0-{n}"}) for n in range(2)]
    files = bench.said(verdict(bench.row(0)), *gone)
    bench.after(Reviewed(verdicts=files))
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == [
        "Reviewed: of 3 rows that the verdicts are about, 2 did not come to it: they are of another corpus, or left it before."
    ]


def test_the_verdicts_are_part_of_what_the_stage_is(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [DOSE])
    one = Reviewed(verdicts=bench.said(verdict(bench.row(0))))
    two = Reviewed(verdicts=bench.said(verdict(bench.row(0), said="reject")))
    assert spec(one) != spec(two)
    elsewhere = write(tmp_path / "other" / "a.jsonl", [verdict(bench.row(0))])
    assert spec(Reviewed(verdicts=elsewhere)) == spec(one)  # where they lie is not what they are
    with pytest.raises(FileError, match=r"^Reviewed: a\.jsonl is not what it was"):
        Reviewed(verdicts=bench.said(verdict(bench.row(0))), sha256=two.sha256)
    judged.opened.cache_clear()  # as in another process, which reads them for itself
    with pytest.raises(FileError, match=r"a\.jsonl is not the file whose sha256"):
        _ = two.judged


@pytest.mark.parametrize("stage", [Reviewed, Rated, Preferred])
def test_a_broken_line_is_named_when_the_recipe_is_read(stage: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(verdict({"id": "a", "text": "虚构"}).line + "\n" + '{"corpus": "虚构"}\n', "utf-8")
    with pytest.raises(VerdictError, match=r"a\.jsonl line 2 lacks 'at'\. Export the verdicts anew"):
        stage(verdicts=str(path))
    with pytest.raises(FileNotFoundError, match="no file matches"):
        stage(verdicts=f"{tmp_path}/none/*.jsonl")


@pytest.mark.parametrize("fields", [{"unreviewed": "no"}, {"disputed": "no"}, {"unsure": "no"}, {"right": "two"}])
def test_a_field_that_cannot_be_is_refused(fields: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        Reviewed(verdicts=write(tmp_path / "a.jsonl", []), **fields)


# ---- the whole loop ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_from_verdicts_to_the_next_version_the_same_on_every_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [talk(f"第{n // 3}种药怎么吃？", f"一次{n + 1}片。", review="wanted") for n in range(24)]
    bench = Bench.of(tmp_path, rows, files=4)
    said = []
    for n, row in enumerate(bench.rows.values()):
        what = ("accept", "reject", "edit", "unsure")[n % 4]
        said.append(verdict(row, said=what, edited="请遵医嘱。" if what == "edit" else None))
    files = bench.said(*said[:20], verdict(bench.row(0), said="reject", by="R08"))
    recipe = [
        Corpus("sft", [bench.corpus], [Reviewed(verdicts=files, unreviewed="drop"), Scrub()]),
        Corpus("dpo", [bench.corpus], [Preferred(verdicts=files), Scrub()]),
        Corpus("kto", [bench.corpus], [Rated(verdicts=files), Scrub()]),
    ]
    with Local(2) as engine:
        for corpus in recipe:
            here = build(corpus, tmp_path / "root", Here())
            assert sha256s(here) == sha256s(build(corpus, tmp_path / "other", engine))
    root = str(tmp_path / "root")
    assert {name: open_built(root, name).manifest["gives"]["schema"] for name in ("sft", "dpo", "kto")} == {
        "sft": "chat", "dpo": "preference", "kto": "feedback",
    }  # fmt: skip
    gone = open_built(root, "sft").dropped().collect().group_by("reason").len().sort("reason").rows()
    assert gone == [("disputed", 1), ("not_reviewed", 4), ("rejected", 5), ("unsure", 5)]
    assert open_built(root, "sft").rows().collect()["review"].value_counts(sort=True).rows() == [
        ("edited", 5),
        ("accepted", 4),
    ]
    assert open_built(root, "kto").rows().select(pl.col("label").sum(), pl.len()).collect().rows() == [(9, 19)]
    rejected = next(one for one in said if one.verdict == "reject")
    with pytest.raises(SystemExit, match="0"):
        main(["why", rejected.rows[0], "--root", root])
    assert f"was let go by Reviewed: rejected by verdict/{rejected.decision}" in capsys.readouterr().out
