"""What cannot be trained on, or with, is refused by the command itself, in one line: what, where, and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers
import yaml

from medgo_train import cli
from tests import tiny
from tests.tiny import Drugs, talk

if TYPE_CHECKING:
    from collections.abc import Callable

TALKS = [talk(f"{name}{what}？", answer) for name, what, answer in Drugs.facts()]


class Plain:
    """A run that would go well: its YAML as a mapping, its corpora and its base in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = Path(tiny.save(folder / "base", Drugs.words()))
        self.corpus = tiny.corpus(folder / "data", "qa", "chat", TALKS)
        tiny.corpus(folder / "data", "nothing", "chat", [])
        tiny.corpus(folder / "data", "leaflets", "document", [{"text": "饭后服用。" * 40}] * 8)
        labels = [
            {"prompt": one["messages"][:1], "completion": one["messages"][1:], "label": n % 2 == 0}
            for n, one in enumerate(TALKS)
        ]
        tiny.corpus(folder / "data", "labels", "feedback", labels)
        self.told: dict[str, Any] = tiny.config(folder, str(self.base), "sft", "qa", steps=1).plain()

    def ask(self, command: str) -> int:
        path = self.folder / "run.yaml"
        path.write_text(yaml.safe_dump(self.told), "utf-8")
        return cli.main([command, str(path)])

    def over(self, name: str, **told: Any) -> None:
        self.told |= told | {"data": [self.told["data"][0] | {"corpus": name}]}

    def tokenizer(self, change: Callable[[Any], None]) -> None:
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.base)
        change(tokenizer)
        tokenizer.chat_template = None
        tokenizer.save_pretrained(self.base)

    def manifest(self, old: str, new: str) -> None:
        path = self.corpus / "manifest.json"
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def unscrubbed(run: Plain) -> None:
    run.manifest('["scrubbed"]', "[]")


def altered(run: Plain) -> None:
    path = run.corpus / "part-00001.parquet"
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def of_another_schema(run: Plain) -> None:
    run.over("leaflets")


def of_an_older_schema(run: Plain) -> None:
    told = json.loads((run.corpus / "manifest.json").read_text("utf-8"))["gives"]["version"]
    run.manifest(f'"chat", "version": {told}', '"chat", "version": 1')


def empty(run: Plain) -> None:
    run.over("nothing")


def missing(run: Plain) -> None:
    run.over("elsewhere")


def too_short(run: Plain) -> None:
    run.told["length"] = 8


def without_padding(run: Plain) -> None:
    run.tokenizer(lambda tokenizer: setattr(tokenizer, "pad_token", None))


def without_padding_for_documents(run: Plain) -> None:
    without_padding(run)
    run.over("leaflets", stage="pretrain")


def padded_with_the_end(run: Plain) -> None:
    run.tokenizer(lambda tokenizer: setattr(tokenizer, "pad_token", "<|im_end|>"))


def without_an_end(run: Plain) -> None:
    path = run.base / "tokenizer.json"
    path.write_text(path.read_text("utf-8").replace("<|endoftext|>", "<|pad|>"), "utf-8")
    path = run.base / "tokenizer_config.json"
    told = json.loads(path.read_text("utf-8")) | {"pad_token": "<|pad|>"}
    del told["eos_token"]
    path.write_text(json.dumps(told), "utf-8")
    run.over("leaflets", stage="pretrain")


def of_other_words(run: Plain) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        path = run.base / name
        path.write_text(path.read_text("utf-8").replace("<|im_end|>", "<eos>"), "utf-8")


def thinking(run: Plain) -> None:
    run.told["template"] = "qwen3_thinking"


def rate_in_words(run: Plain) -> None:
    run.told["optimizer"]["learning_rate"] = "2e-5"


def kto_alone(run: Plain) -> None:
    run.over("labels", stage="kto")


def weights_missing(run: Plain) -> None:
    (run.base / "model.safetensors").unlink()


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (unscrubbed, ("manifest.json is not marked scrubbed", "Put Scrub() into the recipe")),
        (altered, ("part-00001.parquet was altered", "Build 'qa' again")),
        (
            of_another_schema,
            ("gives rows of the schema 'document', and the stage sft takes 'chat'", "Name another corpus"),
        ),
        (of_an_older_schema, ("gives version 1 of the schema 'chat'", "Build it again")),
        (empty, ("has no rows", "Leave it out")),
        (missing, ("has not one current version of 'elsewhere'", "medgo-data build RECIPE:elsewhere")),
        (too_short, ("no row can be learned from: ", "Raise length")),
        (without_padding, ("has no token for padding", "pad_token='<|endoftext|>'")),
        (without_padding_for_documents, ("has no token for padding", "pad_token='<|endoftext|>'")),
        (padded_with_the_end, ("has <|im_end|> for padding, which ends a turn", "Set another one")),
        (without_an_end, ("has no token that ends a document", "eos_token='<|endoftext|>'")),
        (of_other_words, ("writes <|im_end|>, which is not one token of", "Choose another template: none fits")),
        (thinking, ("writes <think>, which is not one token of", "Choose another template: chatml")),
        (rate_in_words, ("optimizer.learning_rate is the text '2e-5'", "write 2.0e-5")),
        (kto_alone, ("batch.per_device is 1, and KTO compares", "Set batch.per_device to 2 or more")),
    ],
)
def test_what_where_and_what_to_do(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    harm: Callable[[Plain], None],
    said: tuple[str, str],
) -> None:
    run = Plain(tmp_path)
    harm(run)
    capsys.readouterr()
    assert run.ask(command) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"medgo-train {command}: ") and told.count("\n") == 1
    assert all(words in told for words in said)
    assert str(tmp_path) in told or harm is too_short  # which names a corpus
    assert "饭后" not in told


@pytest.mark.parametrize(
    ("setting", "what", "do"),
    [
        ({"device": "cuda"}, "torch sees no GPU here", "set parallel.device to cpu"),
        ({"device": "cpu", "precision": "fp32", "fsdp": True}, "parallel.fsdp shards over GPUs", "Set it to false"),
    ],
)
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_what_needs_a_gpu_is_refused_where_there_is_none_and_only_when_it_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: dict[str, Any], what: str, do: str
) -> None:
    run = Plain(tmp_path)
    run.told["parallel"] = setting
    assert run.ask("check") == 0
    assert run.ask("run") == 1
    said = capsys.readouterr().err
    assert what in said and do in said


def test_a_base_without_weights_is_checked_but_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Plain(tmp_path)
    weights_missing(run)
    assert run.ask("check") == 0
    assert run.ask("run") == 1
    assert "holds no weights (*.safetensors). Set base to the folder of a model." in capsys.readouterr().err


def test_what_is_not_wrong_is_not_refused(tmp_path: Path) -> None:
    assert Plain(tmp_path).ask("check") == 0
