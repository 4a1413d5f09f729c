"""The right option stands as often at each place, and a question whose options mean something by their letters stays as it is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from medgo_data import Here, Local, Scrub
from medgo_data.build import build
from medgo_data.corpus import Corpus
from medgo_data.review.cues import cues
from medgo_data.reviewed import Reviewed
from medgo_data.store import Built
from medgo_data.synth import KeyBalanced
from medgo_data.synth.key_balanced import quota, turned
from tests.conftest import sha256s
from tests.judging import Bench, reasons, rows_of, verdict


def question(number: int, key: str = "A", many: int = 4, **told: Any) -> dict[str, Any]:
    options = [{"label": chr(65 + n), "text": f"{10 * (n + 1)}毫克"} for n in range(many)]
    return {"question": f"第{number}种药一次多少？", "options": options, "answer": [key], "explanation": None} | told


def balanced(folder: Path, rows: list[dict[str, Any]], files: int = 1, **fields: Any) -> list[dict[str, Any]]:
    return list(rows_of(Bench.of(folder, rows, "choice", files).after(KeyBalanced(**fields))).values())


def keys(rows: list[dict[str, Any]]) -> dict[str, int]:
    return dict(sorted(Counter(row["answer"][0] for row in rows).items()))


def right(row: dict[str, Any]) -> str:
    return next(one["text"] for one in row["options"] if [one["label"]] == row["answer"])


def test_each_place_gets_its_share_to_within_one(tmp_path: Path) -> None:
    rows = [question(n, "A" if n % 3 else "B") for n in range(42)] + [question(n, "C", many=5) for n in range(10)]
    found = balanced(tmp_path, rows, files=3)
    four, five = ([row for row in found if len(row["options"]) == many] for many in (4, 5))
    assert keys(four) == {"A": 11, "B": 11, "C": 10, "D": 10}
    assert keys(five) == {"A": 2, "B": 2, "C": 2, "D": 2, "E": 2}
    assert {right(row) for row in five} == {"30毫克"}
    assert Counter(map(right, four)) == {"10毫克": 28, "20毫克": 14}
    assert all([one["label"] for one in row["options"]] == list("ABCDE")[: len(row["options"])] for row in found)


def test_which_question_gets_which_place_the_seed_draws(tmp_path: Path) -> None:
    rows = [question(n) for n in range(16)]
    bench = Bench.of(tmp_path, rows, "choice", files=2)
    first, again, other = (
        rows_of(bench.after(KeyBalanced(seed=seed), name=f"n{n}")) for n, seed in enumerate((1, 1, 2))
    )
    assert first == again != other
    assert keys(list(first.values())) == keys(list(other.values())) == dict.fromkeys("ABCD", 4)


def test_it_is_the_same_on_every_engine(tmp_path: Path) -> None:
    bench = Bench.of(tmp_path, [question(n) for n in range(12)], "choice", files=3)
    corpus = Corpus("next", [bench.corpus], [KeyBalanced()])
    with Local(2) as engine:
        assert sha256s(build(corpus, tmp_path / "root", Here())) == sha256s(build(corpus, tmp_path / "other", engine))


def test_options_are_turned_and_keep_who_stands_beside_whom() -> None:
    row = question(
        1,
        "A",
        explanation="口服10毫克。\nB项错误：过量。\nD项错误：远远过量。",
        masked_at=["options.1.text 0-2 x 0.90", "question 0-2 x 0.90"],
    )
    found = turned(row, 2)
    assert [one["text"] for one in found["options"]] == ["30毫克", "40毫克", "10毫克", "20毫克"]
    assert found["answer"] == ["C"]
    assert found["explanation"] == "口服10毫克。\nD项错误：过量。\nB项错误：远远过量。"
    assert found["masked_at"] == ["options.3.text 0-2 x 0.90", "question 0-2 x 0.90"]
    assert found["scrubbed"] is None
    assert turned(row, 0) == {}


OTHERS = [{"label": label, "text": text} for label, text in zip("ABCD", ("甲", "乙", "丙", "以上都对"), strict=True)]


@pytest.mark.parametrize(
    "told",
    [
        {"options": OTHERS, "answer": ["D"]},
        {"explanation": "故选B。"},
        {"explanation": "A、C两项剂量不足。"},
        {"question": "关于A项所列药物，正确的是？"},
        {"answer": ["A", "B"]},
        {"answer": None},
        {"answer": []},
        {"options": [{"label": one, "text": one} for one in "①②③④"], "answer": ["①"]},
    ],
)
def test_a_question_whose_letters_mean_something_stays_as_it_is(told: dict[str, Any], tmp_path: Path) -> None:
    found = balanced(tmp_path, [question(n) | told for n in range(8)])
    given = question(0) | told
    assert [(row["options"], row["answer"], row["explanation"]) for row in found] == [
        (given["options"], given["answer"], given["explanation"])
    ] * 8


def test_those_that_stay_count_where_they_stand(tmp_path: Path) -> None:
    rows = [question(n, "A", explanation="故选A。") for n in range(4)] + [question(n, "B") for n in range(4, 16)]
    assert keys(balanced(tmp_path, rows)) == dict.fromkeys("ABCD", 4)


def test_a_vitamin_is_no_letter(tmp_path: Path) -> None:
    rows = [question(n, explanation="维生素B12与CT检查无关。") for n in range(4)]
    assert keys(balanced(tmp_path, rows)) == dict.fromkeys("ABCD", 1)


def test_a_quota_is_as_even_as_can_be() -> None:
    assert quota([], 6, 4) == [0, 1, 2, 3, 0, 1]
    assert quota([0, 0, 0], 3, 3) == [1, 2, 1]
    assert quota([0] * 5, 0, 4) == []


def test_from_two_students_and_a_physician_to_questions_that_give_nothing_away(tmp_path: Path) -> None:
    """Labels of two, settled by a third; then the places; and what is left to guess by is told."""
    bench = Bench.of(tmp_path, [question(n, "A") for n in range(44)], "choice", files=2)
    said = []
    for n, row in enumerate(bench.rows.values()):
        said.append(verdict(row, said="B" if n == 0 else "A", task="options", by="S01"))
        said.append(verdict(row, said="none" if n == 1 else "A", task="options", by="S02"))
        if n < 2:
            said.append(verdict(row, said="A" if n == 0 else "none", task="options", by="D01", role="adjudicator"))
    version = bench.after(Reviewed(verdicts=bench.said(*said)), KeyBalanced(), Scrub(policy="balanced"))
    rows = list(rows_of(version).values())
    assert list(reasons(version).values()) == ["no_right_option"]
    assert keys(rows) == {"A": 11, "B": 11, "C": 11, "D": 10}
    assert {row["review"] for row in rows} == {"accepted"}
    assert {right(row) for row in rows} == {"10毫克"}
    assert not cues(rows)["position"]["is_cue"]
    assert cues(bench.rows.values())["position"]["is_cue"]
    assert Built.at(version).manifest["marks"] == ["scrubbed"]
