from __future__ import annotations

import dataclasses
import json
import pickle
import shutil
from pathlib import Path

import polars as pl
import pytest

from medgo_data import Corpus, Here, Tokens, build
from medgo_data import open as open_built
from medgo_data.clean.tokens import COSTS
from medgo_data.file import FileError
from medgo_data.stage import spec
from tests.conftest import leaflets_in

TEXTS = [
    "患者口服阿莫西林，每日3次，每次0.5g。",
    "Aspirin 100mg daily",
    "血压：140/90 mmHg\n\n心率 80 次/分",
    "💊𠀀",
    "é ñ １２ 　",
]


def by_hand(text: str) -> int:
    """The estimate, a character at a time."""

    def kind(char: str) -> str:  # noqa: PLR0911  a line a kind
        if "\u3400" <= char <= "\u9fff":
            return "han"
        if char in " \t":
            return "space"
        if char in "\n\v\f\r":
            return "newline"
        if char.isascii() and char.isprintable():
            return "digit" if char.isdigit() else "letter" if char.isalpha() else "mark"
        if "\xc0" <= char <= "\u024f":
            return "letter"
        if "\u3000" <= char <= "\u303f" or "\uff01" <= char <= "\uff5e" or "\u2010" <= char <= "\u2027":
            return "chinese_mark"
        return "other"

    cost, last = 0, ""
    for char in text:
        cost += COSTS[kind(char)][0] + (COSTS[kind(char)][1] if kind(char) != last else 0)
        last = kind(char)
    return (cost + 500) // 1000


def counted(stage: Tokens, texts: list[str | None]) -> list[int | None]:
    return stage(pl.DataFrame({"text": texts}, schema={"text": pl.String}))["tokens"].to_list()


@pytest.fixture(scope="module")
def qwenlike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A byte-level BPE, learned on the spot, which adds a special token where it is asked to."""
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    signs = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<s>"], initial_alphabet=signs, show_progress=False
    )
    made.train_from_iterator(TEXTS * 3, trainer)
    made.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    made.enable_truncation(4)
    path = tmp_path_factory.mktemp("bpe") / "tokenizer.json"
    made.save(str(path))
    return path


@pytest.mark.parametrize("text", [*TEXTS, "", "的" * 1000, "\n" * 7, "。a1 "])
def test_the_estimate_is_what_the_published_costs_add_up_to(text: str) -> None:
    assert counted(Tokens(), [text]) == [by_hand(text)]


def test_digits_are_a_token_each_as_in_qwen() -> None:
    assert counted(Tokens(), ["20240131"]) == [8]


def test_a_missing_text_has_no_number_and_an_empty_one_has_none_to_count() -> None:
    assert counted(Tokens(), [None, "", "用药"]) == [None, 0, by_hand("用药")]


def test_a_slice_is_counted_like_a_table_of_its_own() -> None:
    docs = pl.DataFrame({"text": TEXTS})
    assert Tokens()(docs[2:4])["tokens"].to_list() == [by_hand(t) for t in TEXTS[2:4]]
    assert Tokens()(docs[:0])["tokens"].dtype == pl.Int32


def test_a_tokenizer_counts_every_token_and_no_special_one(qwenlike: Path) -> None:
    one = pytest.importorskip("tokenizers").Tokenizer.from_file(str(qwenlike))
    one.no_truncation()
    expected = [len(one.encode(t, add_special_tokens=False).ids) for t in TEXTS]
    assert expected[0] > 4  # where the file says to cut
    assert counted(Tokens(tokenizer=str(qwenlike)), [*TEXTS, None, ""]) == [*expected, None, 0]


def test_a_sentencepiece_model_counts(tmp_path: Path) -> None:
    sentencepiece = pytest.importorskip("sentencepiece")
    (tmp_path / "lines.txt").write_text("\n".join(TEXTS[:3] * 20), "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(tmp_path / "lines.txt"), model_prefix=str(tmp_path / "m"), vocab_size=80, hard_vocab_limit=False,
        minloglevel=2,
    )  # fmt: skip
    one = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "m.model"))
    assert counted(Tokens(tokenizer=str(tmp_path / "m.model")), TEXTS) == [len(one.encode(t)) for t in TEXTS]


def test_a_tokenizer_is_what_it_holds_wherever_it_lies(tmp_path: Path) -> None:
    here, there, other = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"
    here.write_text("{}")
    shutil.copy(here, there)
    other.write_text("{ }")
    told = [spec(Tokens(tokenizer=str(path))) for path in (here, there, other)]
    assert told[0] == told[1] != told[2]
    assert spec(Tokens()) == {"Tokens": {"version": 1}}
    assert str(tmp_path) not in json.dumps(told)


def test_it_says_with_what_it_counted(qwenlike: Path) -> None:
    stage = Tokens(tokenizer=str(qwenlike))
    assert Tokens().counted_with == "estimate 1"
    assert Tokens().marks == {"tokens: estimate 1"}
    assert stage.counted_with == f"tokenizer {stage.sha256[:12]}"  # type: ignore[index]


def test_a_worker_gets_the_stage_whole(qwenlike: Path) -> None:
    stage = Tokens(tokenizer=str(qwenlike))
    assert pickle.loads(pickle.dumps(stage)) == stage
    assert dataclasses.replace(stage, column="title").sha256 == stage.sha256


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    for name, held in (("tokenizer.json", "{}"), ("words.txt", "a")):
        (tmp_path / name).write_text(held)
    docs = pl.DataFrame({"text": ["用药"]})
    with pytest.raises(FileNotFoundError, match=r"there is no file nowhere\.json"):
        Tokens(tokenizer="nowhere.json")
    with pytest.raises(FileError, match="is not the file whose sha256 is 12ab"):
        Tokens(tokenizer=str(tmp_path / "words.txt"), sha256="12ab")
    with pytest.raises(ValueError, match="Give its path as well"):
        Tokens(sha256="12ab")
    with pytest.raises(FileError, match=r"words\.txt is of no known kind"):
        Tokens(tokenizer=str(tmp_path / "words.txt"))(docs)
    pytest.importorskip("tokenizers")
    with pytest.raises(FileError, match="cannot be read as a tokenizer"):
        Tokens(tokenizer=str(tmp_path / "tokenizer.json"))(docs)


def test_a_file_that_changed_since_the_recipe_was_read_stops_the_build(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    stage = Tokens(tokenizer=str(path))
    path.write_text("{ }")
    with pytest.raises(FileError, match="changed after the recipe was read"):
        stage(pl.DataFrame({"text": ["用药"]}))


def test_a_corpus_has_the_number_of_each_row(raw: Path, tmp_path: Path) -> None:
    build(Corpus("counted", [leaflets_in(raw)], [Tokens()]), tmp_path / "root", Here())
    rows = open_built(tmp_path / "root", "counted").rows().collect()
    assert rows["tokens"].to_list() == [by_hand(text) for text in rows["text"]]
