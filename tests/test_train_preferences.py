"""Preferences lead where they point: followed as they are, and, turned round, the other way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import transformers

from medgo_train import pack, watch
from medgo_train.stages import run
from tests import tiny
from tests.tiny import Drugs, talk

GOOD, BAD = "不能喝酒，请遵医嘱。", "可以喝酒，没有关系。"
ASKED = ("吃{}能喝酒吗？", "请问吃{}能喝酒吗？", "医生，吃{}能喝酒吗？", "吃{}能喝酒呢？")
HELD_OUT = [f"医生，吃{name}能喝酒呢？" for name in Drugs.NAMES[:8]]
LORA = {"rank": 16, "alpha": 32, "dropout": 0.0}


def turn(role: str, content: str) -> list[dict[str, str]]:
    return [{"role": role, "content": content}]


def pairs(good: str, bad: str) -> list[dict[str, Any]]:
    return [
        {"prompt": turn("user", a.format(d)), "chosen": turn("assistant", good), "rejected": turn("assistant", bad)}
        for d in Drugs.NAMES
        for a in ASKED
    ]


def labels(good: str, bad: str) -> list[dict[str, Any]]:
    return [
        {"prompt": turn("user", a.format(d)), "completion": turn("assistant", said), "label": said == good}
        for n, d in enumerate(Drugs.NAMES)
        for k, a in enumerate(ASKED)
        for said in ((good, bad)[(n + k) % 2],)
    ]


@dataclass(frozen=True, kw_only=True)
class Start:
    """A model that says either, as the toss of a coin has it."""

    folder: str
    model: Any
    tokenizer: Any

    def likely(self, model: Any, answer: str) -> float:
        """How much likelier a model finds the answer to unseen questions than this one does."""
        talks = [talk(question, answer)["messages"] for question in HELD_OUT]
        after, before = (watch.logp(one, self.tokenizer, talks) for one in (model, self.model))
        return sum(after) / len(after) - sum(before) / len(before)

    def bad(self, model: Any) -> float:
        """How often a model says what it should not."""
        transformers.set_seed(3)
        asked = [turn("user", question) for question in HELD_OUT * 8]
        said = watch.say(model, self.tokenizer, asked, longest=16, do_sample=True, temperature=0.7, top_k=0)
        assert sum(answer in (GOOD, BAD) for answer in said) > len(said) / 2
        return said.count(BAD) / len(said)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    return begun(tmp_path_factory.mktemp("start"))


def begun(folder: Path) -> Start:
    base = tiny.save(folder / "base", [*Drugs.words(), "吃", "能喝酒吗", GOOD, BAD], width=64)
    both = [talk(a.format(d), said) for d in Drugs.NAMES for a in ASKED for said in (GOOD, BAD)]
    tiny.corpus(folder / "data", "both", "chat", both)
    how = {"optimizer": {"learning_rate": 3e-3}, "batch": {"rows": 8, "per_device": 8}, "epochs": 12.0}
    done = run(tiny.config(folder, base, "sft", "both", **how))
    model = transformers.AutoModelForCausalLM.from_pretrained(done.folder)
    return Start(folder=str(done.folder), model=model, tokenizer=pack.load(str(done.folder), "chatml"))


def trained(tmp: Path, start: Start, stage: str, rows: list[dict[str, Any]], **told: Any) -> Any:
    schema = {"dpo": "preference", "reward": "preference", "kto": "feedback"}[stage]
    tiny.corpus(tmp / "data", schema, schema, rows)
    how = {"batch": {"rows": 8, "per_device": 8}, "epochs": 3.0, "lora": LORA} | told
    done = run(tiny.config(tmp, start.folder, stage, schema, **how))
    scores = stage == "reward"
    loads = transformers.AutoModelForSequenceClassification if scores else transformers.AutoModelForCausalLM
    return loads.from_pretrained(done.folder)


def test_the_start_is_fair(start: Start) -> None:
    assert 0.2 < start.bad(start.model) < 0.8


@pytest.mark.parametrize(("stage", "rate"), [("dpo", 3e-3), ("kto", 6e-3)])
def test_answers_go_the_way_of_the_preferences_and_of_their_opposite(
    tmp_path: Path, start: Start, stage: str, rate: float
) -> None:
    rows = {"dpo": pairs, "kto": labels}[stage]
    how = {"optimizer": {"learning_rate": rate}}
    there = trained(tmp_path / "there", start, stage, rows(GOOD, BAD), **how)
    back = trained(tmp_path / "back", start, stage, rows(BAD, GOOD), **how)
    assert start.likely(there, GOOD) - start.likely(there, BAD) > 0.5
    assert start.likely(back, GOOD) - start.likely(back, BAD) < -0.5
    assert start.bad(there) < start.bad(start.model) < start.bad(back)


@pytest.mark.slow
def test_with_the_sft_term_the_better_answer_stays_as_likely_as_it_was(tmp_path: Path, start: Start) -> None:
    how = {"optimizer": {"learning_rate": 2e-3}, "epochs": 6.0, "preference": {"beta": 0.1, "sft": 1.0}}
    kept = trained(tmp_path / "with", start, "dpo", pairs(GOOD, BAD), **how)
    lost = trained(tmp_path / "without", start, "dpo", pairs(GOOD, BAD), **how | {"preference": {"sft": 0.0}})
    assert start.likely(kept, GOOD) > -2
    assert start.likely(kept, GOOD) > start.likely(lost, GOOD)
    assert start.bad(kept) < start.bad(start.model) / 2


def test_a_reward_model_scores_as_it_was_taught_either_way(tmp_path: Path, start: Start) -> None:
    higher = []
    for folder, good, bad in (("there", GOOD, BAD), ("back", BAD, GOOD)):
        how = {"optimizer": {"learning_rate": 1e-3}}
        model = trained(tmp_path / folder, start, "reward", pairs(good, bad), **how)
        scored = [
            watch.scores(model, start.tokenizer, [talk(question, answer)["messages"] for question in HELD_OUT])
            for answer in (GOOD, BAD)
        ]
        higher.append(sum(a > b for a, b in zip(*scored, strict=True)) / len(HELD_OUT))
    assert higher == [1.0, 0.0]


def test_of_the_answers_drawn_those_that_score_high_are_learned(tmp_path: Path, start: Start) -> None:
    trained(tmp_path / "judge", start, "reward", pairs(GOOD, BAD), optimizer={"learning_rate": 1e-3})
    rows = [talk(asked.format(drug), "这句话不会被学到。") for drug in Drugs.NAMES for asked in ASKED[:2]]
    tiny.corpus(tmp_path / "data", "questions", "chat", rows)
    how = {
        "optimizer": {"learning_rate": 1e-3},
        "batch": {"rows": 8, "per_device": 8},
        "epochs": 4.0,
        "reject": {"reward": str(tmp_path / "judge/runs/reward/final"), "draws": 8, "longest": 16, "temperature": 0.7},
    }
    done = run(tiny.config(tmp_path, start.folder, "reject", "questions", **how))
    drawn = pq.read_table(tmp_path / "runs/reject/drawn/part-00000.parquet").to_pylist()
    assert len(drawn) > 20
    assert all(row["id"] == f"{row['parent']}>Reject.0" for row in drawn)
    assert sum(row["messages"][-1]["content"] == GOOD for row in drawn) > 0.8 * len(drawn)
    assert start.bad(transformers.AutoModelForCausalLM.from_pretrained(done.folder)) < start.bad(start.model) / 2
