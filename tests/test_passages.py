"""Passages: what stands in many documents stays in one of them, and all else stays as it is. All texts are invented."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, Local, build
from medgo_data import open as open_built
from medgo_data.dedup import Passages
from medgo_data.letters import view
from medgo_data.stage import noted
from tests.conftest import sha256s
from tests.test_golden import Given

FOOTER = "本站内容仅供参考，不能代替医生的诊断和治疗。"
TABLE = "项目 频率\n颈伸 每日两次\n环绕 每日三次\n散步 每日一次"


def built(
    folder: Path, *files: list[str], engine: Any = None, **fields: Any
) -> tuple[list[str | None], dict[str, Any]]:
    """The texts as they come out, null for one that went, and the ledger by id."""
    names = []
    for number, texts in enumerate(files):
        path = folder / f"raw{number}.jsonl"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        names += [f"s{number}/{path.name}#0-{row}" for row in range(len(texts))]
    sources = [Given(name=f"s{n}", files=f"{folder}/raw{n}.jsonl", license="invented") for n in range(len(files))]
    build(Corpus("passages", sources, [Passages(**fields)]), folder / "root", engine or Here())
    told = open_built(folder / "root", "passages")
    rows = {row["id"]: row["text"] for row in told.rows().collect().to_dicts()}
    return [rows.get(name) for name in names], {row["id"]: row for row in told.dropped().collect().to_dicts()}


CASES = [
    ("a line at the end", f"甲。\n{FOOTER}", "甲。"),
    ("a line at the end, with its line feed", f"甲。\n{FOOTER}\n", "甲。"),
    ("a line at the beginning", f"{FOOTER}\n甲。", "甲。"),
    ("a line amid others", f"甲。\n{FOOTER}\n乙。\n", "甲。\n乙。\n"),
    ("a paragraph amid others", f"甲。\n\n{FOOTER}\n\n乙。", "甲。\n\n乙。"),
    ("blank lines before what stays are its own", f"甲。\n\n\n{FOOTER}\n乙。", "甲。\n\n\n乙。"),
    ("blank lines behind what goes go with it", f"甲。\n\n{FOOTER}\n \n\n\n乙。", "甲。\n\n乙。"),
    ("the end, and all that is blank around it", f"甲。\n\n　\n{FOOTER}\n\n\n", "甲。"),
    ("twice in one text", f"甲。\n{FOOTER}\n乙。\n{FOOTER}", "甲。\n乙。"),
    ("in other clothes", "甲。\r\n　本站內容僅供參考,不能代替醫生的診斷和治療!\r\n乙。\r\n", "甲。\r\n乙。\r\n"),
    ("within a line it is no passage", f"甲。{FOOTER}\n乙。", f"甲。{FOOTER}\n乙。"),
    ("a table of short rows", f"甲。\n\n{TABLE}\n\n乙。", "甲。\n\n乙。"),
    ("a table wrapped elsewhere", f"甲。\n\n{TABLE.replace(chr(10), ' | ')}\n\n乙。", "甲。\n\n乙。"),
    ("a table with a rule in it", f"甲。\n\n{TABLE.replace(chr(10), chr(10) + '---|---' + chr(10), 1)}\n\n乙。", "甲。\n\n乙。"),
    ("half a table is another", f"甲。\n\n{TABLE.partition(chr(10))[2]}\n\n乙。", f"甲。\n\n{TABLE.partition(chr(10))[2]}\n\n乙。"),
    ("accents are composed", "Café résumé\n甲。é́", "Café résumé\n甲。é́"),
    ("combining marks around it", f"cafe\u0301。\n{FOOTER}\nre\u0301sume\u0301。", "cafe\u0301。\nre\u0301sume\u0301。"),
    ("combining marks within it", "甲。\nnaïve café à la carte\n乙。", "甲。\n乙。"),
    ("rare signs are kept to the byte", f"𠀀💊\u200b\n\ufeff{FOOTER}\n\x0b乙\x00。\t", "𠀀💊\u200b\n\x0b乙\x00。\t"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_repeated_is_cut_and_the_rest_stays_to_the_byte(text: str, expected: str, tmp_path: Path) -> None:
    accents = "nai\u0308ve cafe\u0301 a\u0300 la carte"
    keepers = [f"首页\n{FOOTER}", f"首页\n\n{TABLE}", f"首页\n{accents}"]
    out, _ = built(tmp_path, [*keepers, text], min_documents=2, min_chars=15)
    assert out == [*keepers, expected]


def test_a_passage_is_repeated_if_enough_documents_have_it_however_often_each_does(tmp_path: Path) -> None:
    texts = [f"甲。\n{FOOTER}\n{FOOTER}", f"乙。\n{FOOTER}", "丙。"]
    assert built(tmp_path, texts, min_documents=3)[0] == texts
    assert built(tmp_path, texts, min_documents=2)[0] == [texts[0], "乙。", "丙。"]


def test_a_passage_has_so_many_letters_or_it_is_none(tmp_path: Path) -> None:
    texts = ["甲。\n【用法用量】口服。", "乙。\n【用法用量】口服。"]  # six letters
    assert built(tmp_path, texts, min_documents=2, min_chars=7)[0] == texts
    assert built(tmp_path, texts, min_documents=2, min_chars=6)[0] == [texts[0], "乙。"]


def test_the_more_trusted_input_keeps_its_copy_then_the_first_document(tmp_path: Path) -> None:
    trusted, other = ["甲。", f"乙。\n{FOOTER}", f"丙。\n{FOOTER}"], [f"丁。\n{FOOTER}"]
    assert built(tmp_path, trusted, other, min_documents=2)[0] == ["甲。", trusted[1], "丙。", "丁。"]


def test_without_a_keeper_every_copy_goes(tmp_path: Path) -> None:
    texts = [f"甲。\n{FOOTER}", f"{FOOTER}\n\n{FOOTER}", f"丙。\n{FOOTER}"]
    out, gone = built(tmp_path, texts, min_documents=2, keep="none")
    assert out == ["甲。", None, "丙。"]
    assert {(row["reason"], row["kept"]) for row in gone.values()} == {("only_passages", None)}


def test_a_row_of_nothing_else_goes_and_names_the_document_that_keeps_most_of_it(tmp_path: Path) -> None:
    texts = [f"甲。\n{FOOTER}", f"乙。\n\n{TABLE}", f"{FOOTER}\n\n{TABLE}\n---", f"{FOOTER}\n短"]
    out, gone = built(tmp_path, texts, min_documents=2)
    assert out == [texts[0], texts[1], None, "短"]
    assert [(row["reason"], row["kept"]) for row in gone.values()] == [
        ("only_passages", "s0/raw0.jsonl#0-1")
    ]  # 22 letters of it, not 20


def test_a_paragraph_that_stays_stays_whole(tmp_path: Path) -> None:
    long = "\n".join(f"推荐意见{n}：久坐人群每坐一小时应起身活动。" for n in "一二三")
    line = long.split("\n")[1]
    texts = [f"甲。\n{line}", f"乙。\n\n{long}", f"丙。\n\n{long}", f"丁。\n{line}"]
    # the second document keeps the paragraph, so its line is left in peace there, though the first one keeps that
    assert built(tmp_path, texts, min_documents=2)[0] == [texts[0], texts[1], "丙。", "丁。"]


def test_a_cut_is_told_among_the_repairs(tmp_path: Path) -> None:
    built(tmp_path, [f"甲。\n{FOOTER}", f"乙。\n{FOOTER}", "丙。"], min_documents=2)
    rows = open_built(tmp_path / "root", "passages").rows().collect()
    assert rows["repairs"].to_list() == [None, ["passages"], None]
    docs = pl.DataFrame({"text": [f"甲\n{FOOTER}"] * 2, "repairs": [["markup", "spacing"], None], "drop": [None, None]})
    number = Passages().sketch(docs)["passage"][0].to_list()
    found = pl.DataFrame({"goes": [number, None], "stays": [[], None], "kept": [None, None]}, schema_overrides=FOUND)
    assert Passages()(docs, found)["repairs"].to_list() == [["markup", "passages", "spacing"], None]


FOUND = {"goes": pl.List(pl.UInt64), "stays": pl.List(pl.UInt64), "kept": pl.String}


def test_what_is_missing_or_empty_or_without_a_letter_is_left_alone(tmp_path: Path) -> None:
    texts = ["", "\n\n\n", "　", "。！？" * 20, "。！？" * 20, "短", "短", "\n---\n" * 30, "\n---\n" * 30]
    assert built(tmp_path, texts, min_documents=2, min_chars=1)[0][:5] == texts[:5]
    docs = pl.DataFrame(
        {"text": [None, f"甲\n\n{FOOTER}"], "drop": [None, None]}, schema={"text": pl.String, "drop": pl.String}
    )
    assert Passages().sketch(docs)["letters"].to_list() == [0, 21]
    number = Passages().sketch(docs)["passage"][1].to_list()
    found = pl.DataFrame({"goes": [None, number], "stays": [None, []], "kept": [None, None]}, schema_overrides=FOUND)
    assert Passages()(docs, found)["text"].to_list() == [None, "甲"]


def test_findings_tell_what_was_cut_and_no_text(tmp_path: Path) -> None:
    built(tmp_path, [f"甲。\n{FOOTER}", f"乙。\n{FOOTER}", f"丙。\n{FOOTER}"], min_documents=2)
    (entry,) = (tmp_path / "root" / ".medgo" / "pool").glob("found-*/part-00000.arrow")
    found = noted(entry)
    assert found["row"].to_list() == [1, 2]
    assert found["goes"].explode().value_counts()["count"].to_list() == [2]
    assert found.schema == {"row": pl.UInt32, **FOUND}


def pages(seed: int, many: int) -> list[str]:
    """Random pages of lines, some of which are drawn from a few, in paragraphs, with blank and letterless lines among them."""
    dice = random.Random(seed)
    common = ["".join(dice.choices("甲乙丙丁戊己庚辛，。 ", k=dice.randrange(4, 16))) for _ in range(12)]
    rare = lambda: "".join(dice.choices("天地玄黄宇宙洪荒。", k=dice.randrange(1, 12)))  # noqa: E731
    line = lambda: dice.choice([dice.choice(common), dice.choice(common), rare(), "", "", " \t", "---"])  # noqa: E731
    blocks = ["\n".join(dice.choices(common, k=3)) for _ in range(4)]
    return [
        "\n".join(dice.choice([line(), line(), f"\n{dice.choice(blocks)}\n"]) for _ in range(dice.randrange(8)))
        for _ in range(many)
    ]


def told(text: str, min_chars: int) -> tuple[list[str], list[list[int]], set[str]]:
    """By hand: the lines, the paragraphs as numbers of lines, and the letters of all passages."""
    lines = text.split("\n")
    paragraphs: list[list[int]] = []
    for k, line in enumerate(lines):
        if not line.strip():
            continue
        if k and lines[k - 1].strip():
            paragraphs[-1].append(k)
        else:
            paragraphs.append([k])
    views = {view(line) for line in lines} | {"".join(view(lines[k]) for k in one) for one in paragraphs}
    return lines, paragraphs, {one for one in views if len(one) >= min_chars}


def by_hand(texts: list[str], min_chars: int, min_documents: int) -> list[list[str]]:
    """Of each text the lines that stay, blank ones aside."""
    has = [told(text, min_chars)[2] for text in texts]
    repeated = {one for one, count in Counter(one for own in has for one in own).items() if count >= min_documents}
    first = {one: next(k for k, own in enumerate(has) if one in own) for one in repeated}
    stays = []
    for number, text in enumerate(texts):
        lines, paragraphs, _ = told(text, min_chars)
        mine: list[str] = []
        for paragraph in paragraphs:
            whole = "".join(view(lines[k]) for k in paragraph)
            if first.get(whole, number) != number:
                continue
            safe = first.get(whole) == number
            mine += [lines[k] for k in paragraph if safe or first.get(view(lines[k]), number) == number]
        stays.append(mine)
    return stays


@pytest.mark.parametrize("seed", range(4))
def test_random_pages_lose_what_is_found_by_hand_and_no_letters_of_the_corpus(seed: int, tmp_path: Path) -> None:
    texts = pages(seed, 200)
    out, _ = built(tmp_path, texts, min_chars=6, min_documents=3, at_once=50)  # so there are many folds
    expected = by_hand(texts, 6, 3)
    for text, before, lines in zip(out, texts, expected, strict=True):
        letters = any(map(view, lines))
        assert [line for line in (text or "").split("\n") if line.strip()] == (
            lines if letters or not view(before) else []
        )
        assert (text is None) == (not letters and bool(view(before)))
    left = [view(text) for text in out if text]
    lines_of_all = {view(line) for text in texts for line in text.split("\n")}
    assert [line for line in lines_of_all if not any(line in text for text in left)] == []


def test_folds_and_workers_and_builds_in_steps_change_nothing(tmp_path: Path) -> None:
    """The same pages in a second folder, on two workers, and with the last file added to what was built before."""
    texts = pages(7, 240)
    files = {f"{n}.jsonl": texts[80 * n : 80 * n + 80] for n in range(3)}

    def version(folder: Path, names: list[str], engine: Any, **knobs: int) -> dict[str, str]:
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / "raw" / name).write_text("".join(json.dumps({"text": t}) + "\n" for t in files[name]), "utf-8")
        source = Given(name="pages", files=f"{folder}/raw/*.jsonl", license="invented")
        stage = Passages(min_chars=6, min_documents=3, **knobs)
        return sha256s(build(Corpus("pages", [source], [stage]), folder / "root", engine))

    once = version(tmp_path / "once", [*files], Here())
    with Local(2) as two:
        assert version(tmp_path / "two", [*files], two, at_once=100) == once
    version(tmp_path / "steps", ["0.jsonl", "1.jsonl"], Here())
    assert version(tmp_path / "steps", ["2.jsonl"], Here()) == once


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"min_chars": 0}, "a letter"), ({"min_documents": 1}, "2 documents"), ({"keep": "last"}, "'first'")],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Passages(**fields)


@pytest.mark.real
def test_real_pages_keep_every_passage_once() -> None:
    """Notices of leaflets, as often as they are copied, stay once."""
    path = Path(os.environ["MEDGO_REAL_DATA"]) / "bench" / "dedup.parquet"
    texts = pl.read_parquet(path, columns=["text"])["text"].head(8000)
    sketch = Passages(min_chars=8).sketch(pl.DataFrame({"text": texts}))
    by_view = Counter(one for text in texts for one in told(text, 8)[2])
    by_number = sketch["passage"].explode().drop_nulls().value_counts()["count"]
    assert sorted(by_view.values()) == by_number.sort().to_list()
