"""Gates over rows that were written: they stand alone, no way of asking dominates, and a model's two marks agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, Stage, build
from medgo_data import open as open_built
from medgo_data.sources import JsonLines, Turns
from medgo_data.synth import Balanced, Chat, Judge, SelfContained, replies, shape
from medgo_data.synth.questions import subjects, template
from tests.scripted import endpoint, told

LEAFLET = "【药品名称】乐清平片\n【适应症】用于轻度高血压。\n【用法用量】口服。成人一次1片，一日2次。孕妇禁用。"


def talk(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def rows_of(pairs: list[tuple[str, str]], context: str | None = LEAFLET) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"x#{n}" for n in range(len(pairs))],
            "messages": [talk(*pair) for pair in pairs],
            "context": [context] * len(pairs),
            "drop": [None] * len(pairs),
        },
        schema_overrides={"drop": pl.String, "context": pl.String},
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("根据说明书，乐清平片怎么吃？", "一次1片。"),
        ("乐清平片怎么吃？", "根据上述资料，一次1片，一日2次。"),
        ("乐清平片孕妇能用吗？", "说明书中明确指出孕妇禁用。"),
        ("乐清平片孕妇能用吗？", "文中未提及。"),
        ("乐清平片孕妇能用吗？", "资料显示孕妇禁用。"),
        ("乐清平片孕妇能用吗？", "如上所述，孕妇禁用。"),
        ("本文推荐乐清平片一次几片？", "1片。"),
        ("按照该说明书的内容，乐清平片怎么吃？", "一次1片。"),
        ("乐清平片的用法？", "见表1。"),
    ],
)
def test_what_points_at_its_source_goes(question: str, answer: str) -> None:
    assert SelfContained()(rows_of([(question, answer)]))["drop"].to_list() == ["refers_to_source"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("乐清平片怎么吃？", "口服，成人一次1片，一日2次。"),
        ("乐清平片吃多了怎么办？", "请立即就医，并带上药盒和说明书。"),
        ("轻度高血压可以吃乐清平片吗？", "可以，请按说明书服用或遵医嘱。"),
        ("怀孕了还能吃乐清平吗？", "孕妇禁用。"),
    ],
)
def test_what_stands_alone_stays(question: str, answer: str) -> None:
    assert SelfContained()(rows_of([(question, answer)]))["drop"].to_list() == [None]


@pytest.mark.parametrize(
    "question", ["该药怎么吃？", "用法用量是什么？", "孕妇可以服用吗？", "它有什么不良反应？", "这种药一天几次？"]
)
def test_a_question_without_its_subject_goes(question: str) -> None:
    assert SelfContained()(rows_of([(question, "一次1片。")]))["drop"].to_list() == ["subject_not_named"]


def test_without_a_passage_only_references_are_looked_for() -> None:
    some = [("头痛怎么办？", "多休息。"), ("头痛怎么办？", "根据以上资料，多休息。")]
    assert SelfContained()(rows_of(some, None))["drop"].to_list() == [None, "refers_to_source"]


def test_a_frame_is_a_question_without_its_subject_and_numbers() -> None:
    other = LEAFLET.replace("乐清平片", "安若定胶囊")
    assert template("乐清平片一次吃2片可以吗？", LEAFLET) == template("安若定胶囊一次吃10片可以吗？", other)
    assert template("乐清平片怎么存放？", LEAFLET) != template("乐清平片怎么吃？", LEAFLET)
    assert subjects("乐清平片的用法用量是什么？", LEAFLET) == {"乐清平片"}


def built(folder: Path, pairs: list[tuple[str, str]], *stages: Stage) -> tuple[pl.DataFrame, pl.DataFrame]:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"messages": talk(*pair)}, ensure_ascii=False) for pair in pairs]
    (folder / "chat.jsonl").write_text("\n".join(lines), "utf-8")
    fields: Any = {"messages": Turns(turns="messages", role="role", content="content")}
    chats = JsonLines(name="chats", files=str(folder / "chat.jsonl"), license="x", gives="chat", fields=fields)
    build(Corpus("judged", [chats], list(stages)), folder / "data", Here())
    made = open_built(folder / "data", "judged")
    return made.rows().collect(), made.dropped().collect()


def test_no_opening_and_no_frame_dominates(tmp_path: Path) -> None:
    pairs = [(f"请问第{n}种水果能吃吗？", "能。") for n in range(50)]
    pairs += [(f"{a}{b}时候要{c}什么？", "多喝水。") for a in "发咳头腹腰" for b in "热嗽痛泻酸" for c in "吃喝做忌查"]
    kept, gone = built(tmp_path, pairs, Balanced(openings=0.05, templates=0.03, few=5))
    assert kept.height + gone.height == 175
    assert dict(gone["reason"].value_counts().rows()) == {"common_frame": 45}
    again, _ = built(tmp_path / "again", pairs, Balanced(openings=0.02, few=3, templates=1))
    openings = again["messages"].list.first().struct.field("content").str.head(4).value_counts()["count"]
    assert openings.max() == 3


def test_shares_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="shares lie above 0"):
        Balanced(openings=0)
    with pytest.raises(ValueError, match="marks go from 1 to 5"):
        Judge(chat=Chat(model="m"), at_least=6)


def marks(n: int) -> str:
    return json.dumps(dict.fromkeys(("correct", "safe", "complete", "clear"), n))


def test_a_row_is_marked_twice_and_must_be_good_both_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says = [f"<<say {marks(5)}>>", f"<<say {marks(2)}>>", "<<say 很好>>", f"<<say {marks(9)}>>"]
    with endpoint() as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        judge = Judge(chat=Chat(model="judge", seed=1, max_tokens=200), unscrubbed=True)
        kept, gone = built(tmp_path, [("感冒怎么办？", f"多休息。{say}") for say in says], judge)
        assert told(url)["paid"] == 8  # what was not marked as asked is told so, once
    assert kept["scores"].to_list() == [[5.0, 5.0]]
    assert gone["reason"].to_list() == ["judged_low", "not_as_asked", "not_as_asked"]


def test_what_a_model_cannot_make_up_its_mind_about_goes(tmp_path: Path) -> None:
    judge = Judge(chat=Chat(model="judge", seed=1, recorded=str(tmp_path / "r.jsonl")), unscrubbed=True)
    doc = {"messages": talk("感冒怎么办？", "多休息。"), "context": None}
    orders = list(judge.rubric.values()), list(judge.rubric.values())[::-1]
    lines = []
    for sample, (criteria, mark) in enumerate(zip(orders, (5, 3), strict=True)):
        messages = [{"role": "system", "content": judge.system}, *judge.asking(doc, criteria)]
        request = judge.chat.request(messages, shape.schema(judge.reply), sample)
        reply = {"text": marks(mark), "finish": "stop", "model": "judge", "prompt_tokens": 1, "reply_tokens": 1}
        lines.append({"request": request.body, "sample": sample, "reply": reply})
    replies.write(tmp_path / "r.jsonl", lines)
    kept, gone = built(tmp_path, [("感冒怎么办？", "多休息。")], judge)
    assert (kept.height, gone["reason"].to_list()) == (0, ["judged_apart"])
