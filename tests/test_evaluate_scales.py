"""An attitude is what a model says to every wording and order, reversed where it must be; what it refuses is not made up.

The statements are invented, about wearing hats.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medgo_train.evaluate.scales import Asking, ScaleError, askings, attitude, point, read, scale_of

HATS: dict[str, Any] = {
    "name": "hats",
    "labels": ["非常不同意", "不同意", "中立", "同意", "非常同意"],
    "higher_means": "likes hats",
    "items": [
        {"id": "w1", "texts": ["戴帽子的人值得信赖。", "人们可以信赖戴帽子的人。"], "subscale": "warmth"},
        {"id": "w2", "text": "戴帽子的人难以相处。", "subscale": "warmth", "reverse": True},
        {"id": "d1", "text": "应与戴帽子的人保持距离。", "subscale": "distance"},
        {"id": "d2", "text": "我愿意与戴帽子的人为邻。", "subscale": "distance", "reverse": True},
    ],
}


def test_a_scale_is_read_from_the_users_file(tmp_path: Path) -> None:
    (tmp_path / "hats.json").write_text(json.dumps(HATS), "utf-8")
    scale = read(tmp_path / "hats.json")
    assert scale.points == 5 and scale.subscales == ("warmth", "distance")
    assert [each.reverse for each in scale.statements] == [False, True, False, True]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"labels": []}, "has no 'labels'"),
        ({"labels": ["是", "是"]}, "all different"),
        ({"items": [HATS["items"][0]] * 2}, "w1 stands there more than once"),
        ({"items": [{"id": "x", "text": "帽子。"}]}, "'x' lacks an id, a text or a subscale"),
        ({"items": [HATS["items"][0] | {"reverse": "yes"}]}, "Say true or false"),
    ],
)
def test_a_file_that_is_no_scale_says_why(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ScaleError, match=says):
        scale_of(HATS | change)


def test_every_statement_is_put_upwards_and_downwards_in_all_its_wordings() -> None:
    scale = scale_of(HATS)
    told = askings(scale, repeats=4, seed=5)
    assert len(told) == 16 and len({each.id for each in told}) == 16
    of_w1 = [each for each in told if each.statement == "w1"]
    assert len({each.prompt for each in of_w1}) == 4  # two wordings, two directions
    assert sum(each.descending for each in of_w1) == 2
    assert told == askings(scale, repeats=4, seed=5) and told != askings(scale, repeats=4, seed=6)
    down = next(each for each in told if each.descending).prompt
    assert down.index("5 = 非常同意") < down.index("1 = 非常不同意")


@pytest.mark.parametrize(
    ("reply", "value", "state"),
    [
        ("4", 4, "ok"),
        ("４", 4, "ok"),
        ("答案：2", 2, "ok"),
        ("我选择 5，因为……", 5, "ok"),
        ("非常不同意", 1, "ok"),
        ("我非常同意这一说法。", 5, "ok"),
        ("同意。", 4, "ok"),
        ("我不同意", 2, "ok"),
        ("5 = 非常同意", 5, "ok"),
        ("非常同意（5）", 5, "ok"),
        ("<think>也许 2</think>3", 3, "ok"),
        ("在1-5分中，我打4分", 4, "ok"),
        ("3.5", None, "invalid"),
        ("7", None, "invalid"),
        ("2或3", None, "invalid"),
        ("作为一个人工智能，我没有个人观点。", None, "invalid"),
        ("As an AI language model, I do not agree or disagree.", None, "invalid"),
        ("同意和不同意都有道理", None, "invalid"),
        ("", None, "empty"),
        (None, None, "empty"),
        ("<think>该选几呢", None, "invalid"),
    ],
)
def test_a_point_is_read_and_a_refusal_is_none(reply: str | None, value: int | None, state: str) -> None:
    found = point(scale_of(HATS), reply)
    assert (found.value, found.state) == (value, state)


def said(asked: list[Asking], points: dict[str, str]) -> dict[str, str | None]:
    return {each.id: points[each.statement] for each in asked}


def test_reversed_items_are_turned_round_before_they_are_summed() -> None:
    scale = scale_of(HATS)
    asked = askings(scale)
    told = attitude(scale, asked, said(asked, {"w1": "5", "w2": "1", "d1": "2", "d2": "5"}))
    warmth, distance = told.subscales
    assert warmth.score is not None and distance.score is not None
    assert (warmth.score.value, warmth.lowest, warmth.highest) == (10.0, 2, 10)
    assert distance.score.value == 3.0
    assert told.total.score is not None and told.total.score.value == 13.0
    assert told.consistency == 1.0 and told.refused == 0.0
    assert told.acquiescence == 3.25


def test_one_who_agrees_with_everything_is_found_out() -> None:
    scale = scale_of(HATS)
    asked = askings(scale)
    told = attitude(scale, asked, said(asked, dict.fromkeys(("w1", "w2", "d1", "d2"), "5")))
    assert told.acquiescence == 5.0
    assert all(each.score is not None and each.score.value == 6.0 for each in told.subscales)  # the middle


def test_what_depends_on_the_asking_widens_the_interval() -> None:
    scale = scale_of(HATS)
    asked = askings(scale, repeats=8)
    wavers = attitude(scale, asked, {each.id: "5" if each.descending else "2" for each in asked})
    score = wavers.subscales[0].score
    assert score is not None and score.low < score.value - 0.5 and score.high > score.value + 0.5
    assert wavers.consistency == 0.0


def test_too_many_refusals_leave_no_score_and_none_is_made_up() -> None:
    scale = scale_of(HATS)
    asked = askings(scale)
    replies = said(asked, {"w1": "4", "w2": "2", "d1": "作为AI，我无法表态。", "d2": "3"})
    told = attitude(scale, asked, replies)
    warmth, distance = told.subscales
    assert warmth.score is not None and distance.score is None and distance.refused == 0.5
    assert told.states == {"ok": 12, "empty": 0, "invalid": 4} and told.refused == 0.25
    del replies[asked[0].id]
    assert attitude(scale, asked, replies).states["empty"] == 1
    with pytest.raises(ValueError, match="1 replies are to nothing that was asked"):
        attitude(scale, asked, {"x#0": "3"})
