"""A stage learns what its rows say: asked in new words it answers rightly, and taught other answers, it gives those."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgo_train import pack, watch
from medgo_train.stages import run
from tests import tiny
from tests.tiny import Drugs, talk

if TYPE_CHECKING:
    from medgo_train.stages.run import Trained

QUESTIONS = [Drugs.HELD_OUT.format(name, what) for name, what, _ in Drugs.facts()]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.save(tmp_path_factory.mktemp("base"), Drugs.words(), width=64)


def right(done: Trained) -> float:
    """The share of held-out questions that are answered to the letter."""
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(done.folder)
    said = watch.answers(model, pack.load(str(done.folder), "chatml"), QUESTIONS, longest=12)
    return sum(answer == true for answer, (_, _, true) in zip(said, Drugs.facts(), strict=True)) / len(said)


def taught(folder: Path, base: str, shift: int, epochs: float = 15) -> float:
    rows = [
        talk(asked.format(name, what), answer) for name, what, answer in Drugs.facts(shift) for asked in Drugs.ASKED
    ]
    tiny.corpus(folder / "data", "leaflet_qa", "chat", rows)
    how = {"optimizer": {"learning_rate": 3e-3}, "batch": {"rows": 8, "per_device": 8}, "epochs": epochs}
    return right(run(tiny.config(folder, base, "sft", "leaflet_qa", **how)))


def test_instructions_are_learned_and_asked_otherwise_are_answered(tmp_path: Path, base: str) -> None:
    assert Drugs.HELD_OUT not in Drugs.ASKED
    assert taught(tmp_path / "little", base, 0, epochs=0.1) == 0
    assert taught(tmp_path / "whole", base, 0) >= 0.8


@pytest.mark.slow
def test_taught_the_answers_of_other_drugs_it_does_not_know_these(tmp_path: Path, base: str) -> None:
    assert taught(tmp_path, base, 5) <= 0.2


def nats(folder: Path, base: str) -> list[float]:
    """What a token of unseen documents costs the base, and the model that was trained on others."""
    facts = Drugs.facts()
    texts = [f"{name}{what}：{answer}" for name, what, answer in facts * 4]
    tiny.corpus(folder / "data", "leaflets", "document", [{"text": "".join(texts[n : n + 5])} for n in range(150)])
    how = {"optimizer": {"learning_rate": 3e-3}, "batch": {"rows": 8, "per_device": 8}, "epochs": 4.0}
    done = run(tiny.config(folder, base, "pretrain", "leaflets", **how))
    import transformers

    tokenizer = pack.load(base)
    unseen = "".join(f"{name}{what}：{answer}" for name, what, answer in reversed(facts[:6]))
    cost = []
    for model_of in (base, done.folder):
        model = transformers.AutoModelForCausalLM.from_pretrained(model_of)
        tokens = tokenizer(unseen, return_tensors="pt")["input_ids"]
        with watch.quiet(model):
            cost.append(float(model(input_ids=tokens, labels=tokens).loss))
    return cost


def test_pre_training_halves_what_unseen_documents_cost(tmp_path: Path, base: str) -> None:
    before, after = nats(tmp_path, base)
    assert before == pytest.approx(math.log(len(pack.load(base))), rel=0.1)
    assert after < before / 2
