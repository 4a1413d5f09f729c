"""The schemas in schemas/: each can be read, explains itself twice, and its rows are taken as they are by those who train."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from medgo_data import schema
from tests import tiny

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedTokenizerFast

FOLDER = Path(__file__).parent.parent / "schemas"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "manifest")
COMMON = ["id", "parent", "source", "license", "category"]
CONVERSATIONAL = ["chat", "preference", "feedback"]
HAN = re.compile(r"[\u4e00-\u9fff]")


def told(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def example(name: str) -> pl.DataFrame:
    """The row that the examples of a schema's columns make."""
    return pl.DataFrame([{c.name: c.example for c in schema.load(name).columns}])


def test_the_house_has_these_schemas() -> None:
    assert set(NAMES) == {"document", "chat", "preference", "feedback", "choice", "verdict"}


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_says_what_it_is_in_both_languages(name: str) -> None:
    whole = told(name)
    assert whole["name"] == name
    assert whole["version"] >= 1
    assert whole["about"]["en"].endswith(".")
    assert HAN.search(whole["about"]["zh"])
    assert [c["name"] for c in whole["columns"][:5]] == COMMON
    for column in whole["columns"]:
        assert set(column) <= {"name", "type", "required", "content", "by", "count", "en", "zh", "example"}
        assert re.fullmatch(r"[a-z][a-z_]*", column["name"])
        assert column["en"].endswith("."), column
        assert not HAN.search(column["en"]), column
        assert HAN.search(column["zh"]), column
        assert column["zh"].endswith("。"), column
        assert column["example"] is not None or not column.get("required"), column


def test_what_two_schemas_share_they_say_in_the_same_words() -> None:
    """But a document, which is where rows are born, says more of its name and of its category."""
    said: dict[str, set[tuple[str, ...]]] = {}
    for name in NAMES:
        for column in told(name)["columns"][:5]:
            if not (name == "document" and column["name"] in {"id", "category"}):
                said.setdefault(column["name"], set()).add((column["type"], column["en"], column["zh"]))
    assert {column: len(ways) for column, ways in said.items()} == dict.fromkeys(COMMON, 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_make_a_row_that_keeps_the_schema(name: str, tmp_path: Path) -> None:
    loaded = schema.load(name)
    row = schema.conform(example(name), loaded, "the example")
    assert row.schema == loaded.polars
    assert row.to_dicts() == example(name).to_dicts()
    assert schema.lengths(row, loaded).item() > 0
    write(row, name, tmp_path / "part-00000.parquet")
    assert pq.read_schema(tmp_path / "part-00000.parquet").equals(loaded.arrow)
    assert pl.read_parquet(tmp_path / "part-00000.parquet").to_dicts() == row.to_dicts()


@pytest.mark.parametrize("name", NAMES)
def test_a_required_column_cannot_be_left_out(name: str) -> None:
    for column in schema.load(name).columns:
        if column.required:
            with pytest.raises(schema.SchemaError, match=column.name):
                schema.conform(example(name).drop(column.name), schema.load(name), "a stage")


# ---- rows on their way to training ----------------------------------------------------------------------------------

TURNS = [
    ("维生素C片怎么吃？", "成人一次一片，一日三次，饭后服用。", "多吃几片更好。"),
    ("头孢和酒能一起用吗？", "不能，停药一周后再饮酒。", "少喝一点没关系。"),
    ("孩子发烧要马上吃药吗？", "先看精神状态，超过38.5℃再用退烧药。", "立刻用抗生素。"),
    ("感冒要输液吗？", "一般不用，多休息、多喝水。", "输液好得快。"),
]


def rows(name: str) -> list[dict[str, Any]]:
    """Eight invented rows, with every column of their schema."""
    common = {"source": "invented", "license": "Apache-2.0", "category": "doctor-patient dialogue", "parent": None}
    made: list[dict[str, Any]] = []
    for n, (question, good, bad) in enumerate(TURNS * 2):
        asked = [{"role": "user", "content": question}]
        better = [{"role": "assistant", "content": good}]
        worse = [{"role": "assistant", "content": bad}]
        content = {
            "chat": {"messages": asked + better},
            "preference": {"prompt": asked, "chosen": better, "rejected": worse},
            "feedback": {"prompt": asked, "completion": better if n % 2 else worse, "label": bool(n % 2)},
        }
        row = {"id": f"invented/a.jsonl#0-{n}", **common, **content[name]}
        made.append(dict.fromkeys(column.name for column in schema.load(name).columns) | row)
    return made


def write(docs: pl.DataFrame, name: str, path: Path) -> None:
    loaded = schema.load(name)
    fit = schema.conform(docs, loaded, "a test").to_arrow(compat_level=pl.CompatLevel.oldest()).cast(loaded.arrow)
    pq.write_table(fit, path)


def shipped(name: str, folder: Path) -> Dataset:
    """The rows, through Parquet, as ``datasets`` reads them."""
    from datasets import load_dataset

    write(pl.DataFrame(rows(name)), name, folder / f"{name}.parquet")
    files = str(folder / f"{name}.parquet")
    return load_dataset("parquet", data_files=files, split="train", cache_dir=str(folder / "cache"))


@pytest.fixture(scope="module")
def tokens() -> PreTrainedTokenizerFast:
    return tiny.tokenizer([text for turns in TURNS for text in turns] + ["user\nassistant\nsystem\n"])


@pytest.mark.parametrize("name", CONVERSATIONAL)
def test_a_shard_loads_as_a_conversational_dataset(name: str, tmp_path: Path, tokens: PreTrainedTokenizerFast) -> None:
    from trl.data_utils import apply_chat_template, is_conversational

    loaded = shipped(name, tmp_path)
    assert loaded.column_names == [c.name for c in schema.load(name).columns]
    assert loaded.to_list() == rows(name)
    assert is_conversational(loaded[0])
    text = apply_chat_template(loaded[0], tokens)
    question, good, bad = TURNS[0]
    head, better, worse = (
        f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
        f"{good}<|im_end|>\n",
        f"{bad}<|im_end|>\n",
    )
    expected = {
        "chat": {"text": head + better},
        "preference": {"prompt": head, "chosen": better, "rejected": worse},
        "feedback": {"prompt": head, "completion": worse, "label": False},
    }
    assert text == expected[name]


@pytest.mark.parametrize("name", CONVERSATIONAL)
def test_a_trainer_takes_the_rows_as_they_are(name: str, tmp_path: Path, tokens: PreTrainedTokenizerFast) -> None:
    """One optimizer step of SFT, DPO or KTO: the loss is a number, and the weights have moved."""
    import torch
    from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

    kinds = {
        "chat": (SFTTrainer, SFTConfig),
        "preference": (DPOTrainer, DPOConfig),
        "feedback": (KTOTrainer, KTOConfig),
    }
    trainer_of, config_of = kinds[name]
    config = config_of(
        output_dir=str(tmp_path / "out"),
        max_steps=1,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        max_length=128,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,  # the one name that transformers 5.17 and 5.23 both know
        report_to="none",
        save_strategy="no",
        logging_steps=1,
        seed=1,
        **({"assistant_only_loss": True} if name == "chat" else {}),
    )
    model = tiny.model(tokens)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    # The reference is handed over, because a model made on the spot has no name by which it could be loaded again.
    also = {} if name == "chat" else {"ref_model": tiny.model(tokens)}
    data = shipped(name, tmp_path)
    trainer = trainer_of(model=model, args=config, train_dataset=data, processing_class=tokens, **also)
    loss = trainer.train().training_loss
    assert trainer.state.global_step == 1
    assert 0 < loss < 100
    assert any(not torch.equal(before[key], value) for key, value in trainer.model.state_dict().items())
