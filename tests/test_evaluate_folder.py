"""A model in a folder is asked with transformers: letters by their exact probability, words as it would say them alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from medgo_train import cli, pack, watch
from medgo_train.evaluate import run
from medgo_train.evaluate.backends import Ask, How, open_model
from medgo_train.evaluate.chosen import put
from medgo_train.evaluate.files import EvaluationError
from tests import tiny
from tests.tiny import Drugs

DRUGS = list(Drugs.NAMES[:4])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.save(tmp_path_factory.mktemp("tiny") / "model", [*Drugs.words(), "答案：", "ABCD"])


def exam(folder: Path, many: int = 7) -> Path:
    path = folder / "exam.jsonl"
    rows: list[dict[str, Any]] = [
        {
            "question": f"第{n}题，首选哪种药？" * (1 + n % 3),
            "options": DRUGS[n % 4 :] + DRUGS[: n % 4],
            "answer": "ABCD"[n % 4],
        }
        for n in range(many)
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def rows(into: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (into / "rows/clinicalqa.jsonl").read_text("utf-8").splitlines()]


def test_letters_are_chosen_by_their_exact_probability(model: str, tmp_path: Path) -> None:
    asks = put("clinicalqa", exam(tmp_path), by="letters").open().asks()
    told = {ask.id: reply for some in open_model(model, How(at_once=3)).ask(asks) for ask, reply in some}
    tokenizer, alone = pack.load(model), transformers.AutoModelForCausalLM.from_pretrained(model)
    for ask in asks:
        tokens = tokenizer.apply_chat_template(
            list(ask.messages), add_generation_prompt=True, return_tensors="pt", return_dict=True
        )["input_ids"]
        with torch.no_grad():
            likely = torch.log_softmax(alone(tokens).logits[0, -1].float(), -1)
        for letter in "ABCD":
            ways = {tuple(tokenizer.encode(text, add_special_tokens=False)) for text in (letter, f" {letter}")}
            exact = torch.logsumexp(torch.stack([likely[way[0]] for way in ways if len(way) == 1]), 0)
            assert (told[ask.id].logprobs or {})[letter] == pytest.approx(float(exact), abs=1e-4)
        assert told[ask.id].prompt_tokens == tokens.shape[1] and told[ask.id].completion_tokens == 0


def test_an_exam_is_answered_by_letters_from_the_command(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "evaluate",
        model,
        f"clinicalqa={exam(tmp_path)}",
        "--into",
        str(tmp_path / "e"),
        "--by",
        "letters",
        "--orders",
        "all",
    ]
    assert cli.main(words) == 0
    assert "clinicalqa  medgo: accuracy" in capsys.readouterr().out
    (one,) = run.read(tmp_path / "e/evaluation.json")["tasks"]
    assert one["asked"]["requests"] == 28 and one["invalid"] == one["empty"] == 0
    assert sum(each["chosen"] for each in one["more"]["positions"].values()) == 28
    before = (tmp_path / "e/evaluation.json").read_bytes()
    assert cli.main(["score", str(tmp_path / "e")]) == 0
    assert (tmp_path / "e/evaluation.json").read_bytes() == before


def test_a_batch_says_what_each_would_alone_and_counts_its_tokens(model: str, tmp_path: Path) -> None:
    asks = put("clinicalqa", exam(tmp_path)).open().asks()
    told = {ask.id: reply for some in open_model(model, How(at_once=3, longest=6)).ask(asks) for ask, reply in some}
    tokenizer, alone = pack.load(model), transformers.AutoModelForCausalLM.from_pretrained(model)
    for ask in asks:
        reply = told[ask.id]
        assert [reply.text] == watch.say(alone, tokenizer, [list(ask.messages)], longest=6)
        assert (reply.completion_tokens or 0) <= 6 and reply.is_cut == (reply.completion_tokens == 6)


def test_chance_is_the_same_after_a_stop(model: str) -> None:
    how = How(at_once=2, longest=6, temperature=1.0, seed=3)
    asks = [Ask(id=str(n), messages=[{"role": "user", "content": f"{drug}怎么服用？"}]) for n, drug in enumerate(DRUGS)]
    whole = {ask.id: reply.text for some in open_model(model, how).ask(asks) for ask, reply in some}
    rest = {ask.id: reply.text for some in open_model(model, how).ask(asks[2:]) for ask, reply in some}
    assert rest == {name: whole[name] for name in ("2", "3")}
    backend = open_model(model, how)
    again = Ask(id="0", messages=asks[0].messages, draw=1)
    assert backend.key(again) != backend.key(asks[0])
    assert open_model(model).key(again) == open_model(model).key(asks[0])  # nothing is left to chance


def test_what_a_model_has_no_room_for_is_not_asked_and_never_right(model: str, tmp_path: Path) -> None:
    path = exam(tmp_path, 3)
    with path.open("a", encoding="utf-8") as file:
        file.write(
            json.dumps({"question": "病史很长。" * 300, "options": DRUGS, "answer": "A"}, ensure_ascii=False) + "\n"
        )
    (one,) = run.evaluate(open_model(model), [put("clinicalqa", path, by="letters")], tmp_path / "e")["tasks"]
    assert rows(tmp_path / "e")[3]["state"] == "empty" and one["more"]["replies"]["refused"] == 1
    assert [row["state"] for row in rows(tmp_path / "e")[:3]] == ["ok"] * 3


def test_what_made_a_checkpoint_is_told_with_its_scores(model: str, tmp_path: Path) -> None:
    (Path(model) / "run.json").write_text('{"stage": "sft", "data": []}')
    found = run.evaluate(open_model(model, How(longest=2)), [put("clinicalqa", exam(tmp_path, 2))], tmp_path / "e")
    (Path(model) / "run.json").unlink()
    assert found["model"]["run"] == {"stage": "sft", "data": []} and len(found["model"]["digest"]) == 64
    assert (found["model"]["name"], found["model"]["road"]) == ("model", "folder")
    assert found["tasks"][0]["more"]["replies"]["cut"] == 2


def test_a_folder_without_a_model_and_an_engine_that_is_not_there_are_named(model: str, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="holds no model"):
        open_model(str(tmp_path))
    vllm = open_model(model, engine="vllm")
    assert vllm.road == "vllm" and vllm.identity != open_model(model).identity
    with pytest.raises(EvaluationError, match=r"vLLM is not installed here\. Install it"):
        list(vllm.ask([Ask(id="0", messages=[{"role": "user", "content": "？"}])]))
