"""Verdicts become pairs of a better and a worse answer, wherever in the corpus the two lie, and never of the same words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, build
from medgo_data.forget import Request, forget
from medgo_data.reviewed import Preferred
from medgo_data.reviewed.preferred import ranked
from medgo_data.stage import noted
from medgo_data.verdict import Verdict
from tests.judging import Bench, Given, reasons, rows_of, talk, verdict, write

ASKED = "清荷散怎么吃？"


def bench(folder: Path, *answers: str, files: int = 1, asked: str = ASKED) -> Bench:
    return Bench.of(
        folder, [talk(asked, answer, about="用法用量", context="【用法用量】") for answer in answers], files=files
    )


def pairs(corpus: Bench, *said: Verdict, **fields: Any) -> list[tuple[str, str]]:
    """The better and the worse answer of each pair."""
    version = corpus.after(Preferred(verdicts=corpus.said(*said), **fields))
    return [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows_of(version).values()]


def test_an_edit_is_better_than_its_original(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "一次两袋。")
    said = verdict(corpus.row(0), said="edit", edited="一次一袋。")
    version = corpus.after(Preferred(verdicts=corpus.said(said)))
    ((name, row),) = rows_of(version).items()
    assert name == "given/0.jsonl#0-0>Preferred.0"
    assert row["prompt"] == [{"role": "user", "content": ASKED}]
    assert row["chosen"] == [{"role": "assistant", "content": "一次一袋。"}]
    assert row["rejected"] == [{"role": "assistant", "content": "一次两袋。"}]
    assert (row["about"], row["context"], row["review"]) == ("用法用量", "【用法用量】", "edited")
    assert row["reviewed"] == f"{said.decision} edit R07"
    assert row["made"]["by"] == "Preferred/1"
    assert reasons(version) == {"0.jsonl#0-0": "became_rows"}


def test_accepted_and_rejected_answers_to_a_question_meet_from_whichever_shard(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "一次一袋。", "一次九袋。", files=2)
    good, bad = verdict(corpus.row(0, file=0)), verdict(corpus.row(0, file=1), said="reject", by="R08")
    version = corpus.after(Preferred(verdicts=corpus.said(good, bad)))
    ((_, row),) = rows_of(version).items()
    assert row["reviewed"] == f"{good.decision} accept R07; {bad.decision} reject R08"
    assert reasons(version) == {"0.jsonl#0-0": "became_rows", "1.jsonl#0-0": "became_rejected"}


@pytest.mark.parametrize(
    ("answers", "said", "expected"),
    [
        (["好", "坏"], ["accept", "reject"], [("好", "坏")]),
        (["好", "坏", "更坏"], ["accept", "reject", "reject"], [("好", "坏"), ("好", "更坏")]),
        (["好", "更好", "坏"], ["accept", "accept", "reject"], 1),  # a rejected one is used once
        (["好", "坏", "坏"], ["accept", "reject", "reject"], [("好", "坏")]),
        (["同", "同"], ["accept", "reject"], []),
        (["好", "好坏"], ["accept", "accept"], []),
        (["差", "坏"], ["edit", "reject"], [("改", "坏"), ("改", "差")]),
        (["好", "坏"], ["accept", "unsure"], []),
        (["好", " "], ["accept", "reject"], []),
    ],
)
def test_of_the_answers_to_one_question_the_accepted_stand_over_the_rejected(
    answers: list[str], said: list[str], expected: Any, tmp_path: Path
) -> None:
    corpus = bench(tmp_path, *answers)
    told = [verdict(corpus.row(n), said=one, edited="改" if one == "edit" else None) for n, one in enumerate(said)]
    found = pairs(corpus, *told)
    assert len(found) == expected if isinstance(expected, int) else sorted(found) == sorted(expected)


def test_answers_to_other_questions_never_meet(tmp_path: Path) -> None:
    corpus = Bench.of(tmp_path, [talk(ASKED, "好"), talk("舒络片怎么吃？", "坏")])
    version = corpus.after(
        Preferred(verdicts=corpus.said(verdict(corpus.row(0)), verdict(corpus.row(1), said="reject")))
    )
    assert reasons(version) == {"0.jsonl#0-0": "no_pair", "0.jsonl#0-1": "no_pair"}


def test_answers_under_other_licences_never_meet(tmp_path: Path) -> None:
    """A row says one licence, so both of its answers are under that."""
    sources = []
    for name, answer in (("open", "好"), ("closed", "坏")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(talk(ASKED, answer)) + "\n", "utf-8")
        sources.append(Given(name=name, files=f"{tmp_path}/{name}.jsonl", license=name, gives="chat"))
    corpus = Corpus("qa", sources)
    one, two = rows_of(build(corpus, tmp_path / "root", Here())).values()
    said = [verdict(one), verdict(two, said="reject"), verdict(one, two, said="1>2", task="pair")]
    stage = Preferred(verdicts=write(tmp_path / "reviews" / "a.jsonl", said))
    version = build(Corpus("dpo", [corpus], [stage]), tmp_path / "root", Here())
    assert reasons(version) == {"open.jsonl#0-0": "no_pair", "closed.jsonl#0-0": "no_pair"}


def test_a_question_gives_no_more_pairs_than_wanted_drawn_by_seed(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "好", "也好", *(f"坏{n}" for n in range(9)))
    said = [verdict(corpus.row(n), said="accept" if n < 2 else "reject") for n in range(11)]
    found = pairs(corpus, *said)
    assert len(found) == len({bad for _, bad in found}) == 4
    assert {good for good, _ in found} == {"好", "也好"}
    assert pairs(corpus, *said) == found
    drawn = {tuple(sorted(pairs(corpus, *said, seed=seed))) for seed in range(2, 6)}
    assert len(drawn) > 1
    assert pairs(corpus, *said, per_question=0) == []
    assert len(pairs(corpus, *said, per_question=100)) == 9


@pytest.mark.parametrize(
    ("order", "which", "expected"),
    [
        ("1>2", "adjacent", [(0, 1)]),
        ("1=2", "all", []),
        ("2>1=3>4", "adjacent", [(1, 0), (1, 2), (0, 3), (2, 3)]),
        ("2>1=3>4", "all", [(1, 0), (1, 2), (1, 3), (0, 3), (2, 3)]),
        ("unsure", "all", []),
    ],
)
def test_an_order_says_who_is_better_than_whom(order: str, which: str, expected: list[tuple[int, int]]) -> None:
    assert ranked(order, which) == expected


def test_a_ranking_becomes_the_pairs_that_it_says(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "一", "二", "三", "四", files=2)
    rows = [corpus.row(0, 0), corpus.row(0, 1), corpus.row(1, 0), corpus.row(1, 1)]  # 一 二 三 四
    said = verdict(*rows, said="2>1=3>4", task="ranking")
    assert sorted(pairs(corpus, said)) == sorted([("二", "一"), ("二", "三"), ("一", "四"), ("三", "四")])
    assert len(pairs(corpus, said, ranked="all")) == 5


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, [("二", "一")]),
        ({"said": "1=2"}, []),
        ({"said": "unsure"}, []),
        ({"gold": True}, []),
        ({"item": "0" * 32}, []),  # one of them says something else since
        ({"more": verdict({"id": "x"}, said="1>2", task="pair", by="R08")}, []),
    ],
)
def test_two_answers_that_were_compared_become_a_pair(told: dict[str, Any], expected: Any, tmp_path: Path) -> None:
    corpus = bench(tmp_path, "一", "二")
    rows = [corpus.row(0), corpus.row(1)]
    other = [verdict(*rows, said="1>2", task="pair", by="R08")] if told.pop("more", None) else []
    assert pairs(corpus, verdict(*rows, **{"said": "2>1", "task": "pair"} | told), *other) == expected


def test_nothing_is_made_of_an_answer_with_identifiers_in_it(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "一", "二")
    rows = [corpus.row(0), corpus.row(1)]
    leak = verdict(rows[0], said="reject", task="residual", marks=("messages.1.content 0-1 PERSON",))
    said = [verdict(*rows, said="1>2", task="pair"), verdict(rows[0]), verdict(rows[1], said="reject"), leak]
    version = corpus.after(Preferred(verdicts=corpus.said(*said)))
    assert reasons(version) == {"0.jsonl#0-0": "leaks_found", "0.jsonl#0-1": "no_pair"}


def test_the_same_pair_is_made_once(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "一", "二")
    rows = [corpus.row(0), corpus.row(1)]
    said = [verdict(*rows, said="1>2", task="pair"), verdict(rows[0]), verdict(rows[1], said="reject")]
    assert pairs(corpus, *said) == [("一", "二")]


@pytest.mark.parametrize(
    ("row", "told", "expected"),
    [
        (talk(ASKED, "好"), {}, "no_pair"),
        (talk(ASKED, "好"), {"item": "0" * 32}, "stale_review"),
        (talk(ASKED, "好"), {"said": "unsure"}, "unsure"),
        ({"messages": talk(ASKED, "好")["messages"][:1]}, {}, "no_answer"),
    ],
)
def test_a_row_without_a_pair_says_why(
    row: dict[str, Any], told: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    corpus = Bench.of(tmp_path, [row, talk(ASKED, "另一个")])
    version = corpus.after(Preferred(verdicts=corpus.said(verdict(corpus.row(0), **told))))
    assert reasons(version) == {"0.jsonl#0-0": expected, "0.jsonl#0-1": "not_reviewed"}


def test_what_cannot_be_wanted_is_refused(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "一")
    for fields in ({"per_question": -1}, {"ranked": "some"}):
        with pytest.raises(ValueError, match="Preferred"):
            pairs(corpus, **fields)


def test_a_pair_goes_with_the_row_of_its_worse_answer(tmp_path: Path) -> None:
    """Its name says only of which row it was born, so whoever forgets the other one has to be told."""
    for n, (asked, answer) in enumerate([(ASKED, "好"), (ASKED, "坏到不能忘记"), ("别的？", "一"), ("别的？", "二")]):
        (tmp_path / f"{n}.jsonl").write_text(json.dumps(talk(asked, answer)) + "\n", "utf-8")
    given = Given(name="given", files=f"{tmp_path}/*.jsonl", license="invented", gives="chat")
    qa, root = Corpus("qa", [given]), tmp_path / "root"
    one, two, three, four = rows_of(build(qa, root, Here())).values()
    said = [
        verdict(row, said=what) for row, what in zip((one, two, three, four), ("accept", "reject") * 2, strict=True)
    ]
    stage = Preferred(verdicts=write(tmp_path / "reviews" / "a.jsonl", said))
    dpo = Corpus("dpo", [qa], [stage])
    before = rows_of(build(dpo, root, Here()))
    assert [row["other"] for row in before.values()] == [two["id"], four["id"]]
    held = holding(root, "坏到不能忘记")
    assert {path.parent.parent.name for path in held} >= {"qa", "dpo"}
    assert any("found-" in str(path) for path in held)
    proof = forget([dpo], root, Request(rows=[two["id"]], purge=True), Here())
    after = rows_of(build(dpo, root, Here()))
    assert [row["other"] for row in after.values()] == [four["id"]]
    assert len(proof["purged"]["versions"]) == 2
    assert proof["still_held_by"] == []
    assert holding(root, "坏到不能忘记") == []


def holding(root: Path, words: str) -> list[Path]:
    """The files of a store, tables of any kind, in which these words stand."""
    found = []
    for path in root.rglob("*"):
        if path.suffix in (".arrow", ".parquet"):
            told = str(noted(path).to_dicts())
        else:
            told = path.read_text("utf-8") if path.is_file() else ""
        if words in told:
            found.append(path)
    return found


def test_answers_about_two_persons_never_meet(tmp_path: Path) -> None:
    corpus = bench(tmp_path, "好", "坏")
    rows = [corpus.row(0), corpus.row(1)]
    stage = Preferred(verdicts=corpus.said(verdict(rows[0]), verdict(rows[1], said="reject")))
    for whom, kinds in ((("s_a", "s_b"), 2), (("s_a", "s_a"), 1), ((None, "s_a"), 2), ((None, None), 1)):
        docs = pl.DataFrame([row | {"subject": one} for row, one in zip(rows, whom, strict=True)])
        assert stage.sketch(docs)["under"].n_unique() == kinds
