"""Of two evaluations it is said which differences are real, item by item or over a whole metric; and no more than that."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medgo_train import cli
from medgo_train.evaluate import resampled, run
from medgo_train.evaluate.backends import How, open_model
from medgo_train.evaluate.cblue.tasks import TASKS
from medgo_train.evaluate.chosen import Chosen, put
from medgo_train.evaluate.classes import MACRO
from medgo_train.evaluate.compare import compare, sentences
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.metric import Metric
from medgo_train.evaluate.sets import MICRO
from tests.cblue import COUGH

MANY = 200


def lines(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def tasks(folder: Path) -> list[Chosen]:
    """An exam, and entities to be found."""
    exam = lines(
        folder / "exam.jsonl",
        *({"question": f"第{n}题", "options": ["甲", "乙", "丙", "丁"], "answer": "B"} for n in range(MANY)),
    )
    start = COUGH.index("咳嗽")
    entity = {"start_idx": start, "end_idx": start + 1, "type": "sym", "entity": "咳嗽"}
    texts = lines(folder / "CMeEE-V2_dev.json", *({"text": f"{COUGH}{n}", "entities": [entity]} for n in range(MANY)))
    return [put("clinicalqa", exam), put("CMeEE-V2", texts)]


def told(folder: Path, name: str, right: float, seed: int) -> Path:
    """The evaluation of a model that is right so often."""
    chance = random.Random(seed)
    exam, texts = tasks(folder)
    said = [{"task": exam.name, "id": str(n), "reply": "B" if chance.random() < right else "C"} for n in range(MANY)]
    said += [
        {
            "task": texts.name,
            "id": item.id,
            "reply": "临床表现：咳嗽" if chance.random() < right else "临床表现：血常规|口服",
        }
        for item in TASKS[texts.name].read(texts.file)
    ]
    model = open_model(str(lines(folder / f"{name}.jsonl", *said)), How())
    run.evaluate(model, [exam, texts], folder / name, title=name)
    return folder / name


def test_a_real_difference_is_said_to_be_one_on_items_and_on_a_whole_metric(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = told(tmp_path, "good", 0.9, 1), told(tmp_path, "bad", 0.6, 2)
    found = compare(good, bad)
    assert [(one.task, one.real) for one in found.differences] == [("clinicalqa", True), ("CMeEE-V2", True)]
    exam, texts = found.differences
    assert exam.test == "McNemar, mid-p" and texts.test.startswith("permutation of 1000 over the whole micro F1")
    for one in found.differences:
        assert one.difference.low < 0.3 < one.difference.high and one.p <= one.p_holm < 0.05
        assert one.a.low < one.a.value < one.a.high
        assert one.only_a > one.only_b > 0 and 0.05 < one.detectable < 0.25
    assert cli.main(["compare", str(good), str(bad)]) == 0
    out = capsys.readouterr().out
    assert "good and bad were compared on 2 tasks; 2 differences are real." in out
    assert "clinicalqa: good scores higher than bad, 0.9" in out
    assert cli.main(["compare", str(bad), str(good), "--json"]) == 0
    (plain,) = json.loads(capsys.readouterr().out)
    assert plain["differences"][0]["difference"]["value"] == pytest.approx(-exam.difference.value)


def test_where_nothing_differs_nothing_is_said_to_and_what_could_be_seen_is(tmp_path: Path) -> None:
    one, other = told(tmp_path, "one", 0.8, 3), told(tmp_path, "other", 0.8, 4)
    found = compare(one, other)
    assert not any(each.real for each in found.differences)
    said = sentences(found)
    assert said[0] == "one and other were compared on 2 tasks; 0 differences are real."
    assert "no difference is shown" in said[1] and "200 items show a true difference of 0.1" in said[1]
    same = compare(one, one)
    assert same.a == "one (first)" and [each.p for each in same.differences] == [1.0, 1.0]


def test_tasks_that_are_not_the_same_are_left_out_and_named(tmp_path: Path) -> None:
    good, bad = told(tmp_path, "good", 0.9, 1), told(tmp_path, "bad", 0.6, 2)
    before = json.loads((bad / "evaluation.json").read_text("utf-8"))
    exam, texts = before["tasks"]
    (bad / "evaluation.json").write_text(json.dumps(before | {"tasks": [exam, texts | {"profile": "promptcblue"}]}))
    assert compare(good, bad).left_out == ("CMeEE-V2 is not compared: their rules are not the same.",)
    (bad / "evaluation.json").write_text(json.dumps(before | {"tasks": [texts]}))
    assert compare(good, bad).left_out == ("clinicalqa is not compared: only one of the two was scored on it.",)
    (bad / "evaluation.json").write_text(json.dumps(before | {"tasks": []}))
    with pytest.raises(EvaluationError, match="have no task in common"):
        compare(good, bad)
    with pytest.raises(EvaluationError, match=r"does not exist. Name the folder"):
        compare(good, tmp_path / "none")


def test_one_evaluation_is_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare", str(tmp_path)]) == 1
    assert "stands alone. Name two evaluations or more" in capsys.readouterr().err


# ---- numbers that are no mean of items -------------------------------------------------------------------------------


def slowly(metric: Metric) -> Metric:
    """The same metric, whose rows are listed and not added up."""
    return Metric(**{**metric.__dict__, "adds": False})


def test_adding_up_and_listing_give_the_same() -> None:
    chance = random.Random(5)
    a, b = ([(chance.randint(0, 3), chance.randint(0, 2), chance.randint(0, 2)) for _ in range(60)] for _ in "ab")
    groups = [n // 3 for n in range(60)]
    assert resampled.interval(MICRO, a, groups) == pytest.approx(resampled.interval(slowly(MICRO), a, groups))
    fast, slow = (resampled.apart(one, a, b, groups, draws=200) for one in (MICRO, slowly(MICRO)))
    assert fast.p == slow.p and fast.difference.low == pytest.approx(slow.difference.low)


def null_pair(chance: np.random.Generator, metric: Metric) -> float:
    """The p of two models of the same skill."""
    if metric is MICRO:
        skill = chance.beta(4, 2, 80)
        rows = [[(int(hit), int(not hit), int(not hit)) for hit in chance.random(80) < skill] for _ in "ab"]
    else:
        gold = chance.integers(0, 4, 80)
        rows = [
            [
                (int(g), int(g if hit else s))
                for g, hit, s in zip(gold, chance.random(80) < 0.7, chance.integers(0, 4, 80), strict=True)
            ]
            for _ in "ab"
        ]
    return resampled.apart(metric, rows[0], rows[1], range(80), draws=199).p


@pytest.mark.parametrize("metric", [MICRO, MACRO], ids=lambda metric: metric.name)
def test_models_that_do_not_differ_seem_to_one_time_in_twenty(metric: Metric) -> None:
    chance = np.random.default_rng(11)
    pairs = 400 if metric is MICRO else 80
    wrong = np.mean([null_pair(chance, metric) <= 0.05 for _ in range(pairs)])
    assert 0.01 <= wrong <= 0.09


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    chance, held = np.random.default_rng(12), 0
    truth = 2 * 0.7 / (0.7 + 0.3 + 1)  # of entities 0.7 are found, and 0.3 wrong ones beside them
    for _ in range(200):
        hits = chance.random(120) < 0.7
        rows = [(int(hit), int(wrong), int(not hit)) for hit, wrong in zip(hits, chance.random(120) < 0.3, strict=True)]
        low, high = resampled.interval(MICRO, rows, range(120), draws=300) or (0, 0)
        held += low <= truth <= high
    assert held >= 180
