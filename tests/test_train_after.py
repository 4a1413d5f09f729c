"""After a run: its page, what was watched, the merged model, and answers to a file of questions, in order and once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import peft
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import transformers

from medgo_train import cli, merge, pack, report, watch
from medgo_train.config import RunError
from medgo_train.evaluate.backends import How
from medgo_train.infer import InferError, infer
from medgo_train.merge import MergeError
from medgo_train.stages import run
from tests import tiny
from tests.scripted import endpoint
from tests.tiny import Drugs

QUESTIONS = ["能喝酒吗？", "怎么服用？"]


def turn(role: str, content: str) -> list[dict[str, str]]:
    return [{"role": role, "content": content}]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of DPO that is over."""
    folder = tmp_path_factory.mktemp("done")
    base = tiny.save(folder / "base", [*Drugs.words(), "不能喝酒。", "可以喝酒。"])
    pairs = [
        {"prompt": turn("user", f"吃{d}能喝酒吗？"), "chosen": turn("assistant", "不能喝酒。"), "rejected": turn("assistant", "可以喝酒。")}
        for d in Drugs.NAMES
    ]  # fmt: skip
    tiny.corpus(folder / "data", "pairs", "preference", pairs)
    how = {"lora": {"alpha": 32}, "optimizer": {"learning_rate": 1e-2}, "epochs": 4.0}
    how |= {"save": {"every": 5, "log": 1, "keep": 9, "prompts": QUESTIONS}}
    run(tiny.config(folder, base, "dpo", "pairs", **how))
    return folder


def test_the_better_answers_are_watched_and_the_same_questions_answered(done: Path) -> None:
    told = report.watched(done / "runs/dpo")
    assert len(told["before"]) == 15
    assert sorted(map(int, told["at"])) == [0, 5, 10, 15]
    assert told["at"]["15"]["chosen"] > told["at"]["5"]["chosen"] > 0 == told["at"]["0"]["chosen"]  # by the SFT term
    assert list(told["at"]["5"]["answers"]) == QUESTIONS
    base, final = (
        transformers.AutoModelForCausalLM.from_pretrained(done / name) for name in ("base", "runs/dpo/final")
    )
    talks = [[*turn("user", f"吃{d}能喝酒吗？"), *turn("assistant", "不能喝酒。")] for d in Drugs.NAMES]
    tokenizer = pack.load(str(done / "base"), "chatml")
    moved = [b - a for a, b in zip(*(watch.logp(one, tokenizer, talks) for one in (base, final)), strict=True)]
    assert told["at"]["15"]["chosen"] == pytest.approx(sum(moved) / len(moved), abs=1e-3)


def test_a_page_tells_a_run(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", str(done / "runs/dpo")]) == 0
    page = Path(capsys.readouterr().out.strip()).read_text("utf-8")
    for words in (
        "| pairs |",
        "<h3>loss</h3><svg",
        "margin of the better answer",
        "Δ log p",
        "answers at step 15",
        QUESTIONS[0],
    ):
        assert words in page
    assert cli.main(["report", str(done)]) == 1
    assert "holds no whole checkpoint" in capsys.readouterr().err


def test_a_merged_model_says_what_its_adapter_said(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter = done / "runs/dpo/checkpoint-15"
    assert cli.main(["merge", str(done / "base"), str(adapter), str(tmp_path / "merged"), "--dtype", "float32"]) == 0
    assert "holds the whole model" in capsys.readouterr().out
    assert merge.merge(done / "base", adapter, tmp_path / "half") < 0.1
    base = transformers.AutoModelForCausalLM.from_pretrained(done / "base")
    tokens = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        plain = base(tokens).logits
        with_adapter = peft.PeftModel.from_pretrained(base, adapter)(tokens).logits
        merged = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "merged")(tokens).logits
    assert float((merged - with_adapter).abs().max()) < 1e-4 < float((merged - plain).abs().max())
    speaks = json.loads((tmp_path / "merged/generation_config.json").read_text("utf-8"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "merged")
    assert speaks["eos_token_id"] == tokenizer.eos_token_id == tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert "generation" in tokenizer.chat_template
    with pytest.raises(MergeError, match=r"has no adapter_config\.json"):
        merge.merge(done / "base", done / "base", tmp_path / "none")


def asked(folder: Path, kind: str) -> Path:
    rows: list[dict[str, Any]] = [
        {"id": f"q{n}", "messages": turn("user", f"吃{d}能喝酒吗？")} for n, d in enumerate(Drugs.NAMES)
    ]
    path = folder / f"questions.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_questions_are_answered_in_order_and_a_stopped_file_is_taken_up(done: Path, tmp_path: Path, kind: str) -> None:
    model, questions, answers = str(done / "runs/dpo/final"), asked(tmp_path, kind), tmp_path / "answers.jsonl"
    how = How(longest=8, at_once=4)
    assert infer(model, questions, answers, how) == 15
    whole = answers.read_bytes()
    assert [json.loads(line)["id"] for line in whole.splitlines()] == [f"q{n}" for n in range(15)]
    lines = whole.splitlines(keepends=True)
    answers.write_bytes(b"".join(lines[:6]) + lines[6][:10])
    assert infer(model, questions, answers, how) == 9
    assert [json.loads(line)["id"] for line in answers.read_bytes().splitlines()] == [f"q{n}" for n in range(15)]
    assert infer(model, questions, answers, how) == 0
    answers.write_bytes(b"".join(lines[1:3]))
    with pytest.raises(InferError, match=r"line 1 of .* answers 'q1', and there .* asks 'q0'"):
        infer(model, questions, answers, how)


def test_an_endpoint_answers_too_and_one_that_is_gone_is_named(tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps({"prompt": f"<<say 第{n}个回答>>"}) + "\n" for n in range(9)), "utf-8")
    with endpoint() as url:
        assert infer(url, questions, tmp_path / "answers.jsonl", How(at_once=4, model="tiny")) == 9
    told = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    assert told == [{"id": str(n), "answer": f"第{n}个回答"} for n in range(9)]
    with pytest.raises(RunError, match="does not answer"):
        infer(url, questions, tmp_path / "others.jsonl", How())


def test_what_holds_no_questions_or_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InferError, match="does not exist"):
        infer("http://localhost:1", tmp_path / "none.jsonl", tmp_path / "a.jsonl")
    (tmp_path / "q.jsonl").write_text('{"messages": [{"role": "assistant", "content": "好。"}]}\n', "utf-8")
    with pytest.raises(InferError, match=r"row 0 of .* has neither messages nor a prompt"):
        infer("http://localhost:1", tmp_path / "q.jsonl", tmp_path / "a.jsonl")
    (tmp_path / "q.jsonl").write_text('{"prompt": "能停吗？"}\n', "utf-8")
    with pytest.raises(RunError, match="holds no model"):
        infer(str(tmp_path), tmp_path / "q.jsonl", tmp_path / "a.jsonl")
