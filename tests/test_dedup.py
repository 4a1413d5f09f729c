"""Near copies go, each for a row that stays and is as like it as was asked for; whatever else is done, no other row does."""

from __future__ import annotations

import json
import os
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from datasketch import LeanMinHash, MinHash, MinHashLSH
from datasketch.lsh import _optimal_param

from medgo_data import Corpus, Dedup, Here, Local, build, letters, utf8
from medgo_data import open as open_built
from medgo_data.dedup import compare, signature
from medgo_data.dedup.bands import chance, optimum
from medgo_data.dedup.bridge import gram_hash, grams, minhashes
from medgo_data.dedup.known import GROUPS, Known, marked
from medgo_data.dedup.meet import Rows, alike, met
from medgo_data.native import flat
from medgo_data.sources import JsonLines, Parquet
from medgo_data.stage import Shard, note
from tests.conftest import sha256s

HAN = "患者每日口服一片饭后温水送下注意禁忌血压心率体温咳嗽发热头痛治疗方案复查随访肝肾功能"
LATIN_2 = ["é", "İ", "ſ", "ǅ", "ﬁ", "㎎", "½", "ﷺ", "①", "Ⅳ", "ｶﾞ", "각", "각", "が", "ố", "Å"]


said = cache(grams)


def jaccard(one: str, other: str) -> float:
    a, b = said(one), said(other)
    return len(a & b) / len(a | b)


def invented(count: int, seed: int, *, length: int = 90) -> list[str]:
    dice = random.Random(seed)
    return ["".join(dice.choices(HAN, k=dice.randrange(length // 2, length * 2))) for _ in range(count)]


def edited(text: str, times: int, seed: int) -> str:
    dice, chars = random.Random(seed), list(text)
    for _ in range(times):
        at = dice.randrange(len(chars))
        chars[at : at + 1] = dice.choice([[], [dice.choice(HAN)], [chars[at], dice.choice(HAN)]])
    return "".join(chars)


def crowd(count: int = 300, seed: int = 1) -> list[str]:
    """Texts of which a part are edited copies of others, at every likeness."""
    texts = invented(count, seed)
    return texts + [edited(texts[k % count], k % 12, k) for k in range(count)]


def written(folder: Path, **sources: list[str | None]) -> list[JsonLines]:
    found = []
    for name, texts in sources.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        rows = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        (folder / name / "rows.jsonl").write_text(rows, "utf-8")
        found.append(JsonLines(name=name, files=str(folder / name / "*.jsonl"), license="invented"))
    return found


def gone(folder: Path, texts: list[str], stage: Dedup, engine: Any = None) -> dict[int, tuple[int, float, str]]:
    """Of one file the rows that went: for which, how alike, and why."""
    build(Corpus("c", written(folder / "raw", a=texts), [stage]), folder / "root", engine or Here())  # type: ignore[arg-type]
    ledger = open_built(folder / "root", "c").dropped().filter(stage="Dedup").collect()
    return {
        _row(one): (_row(kept), score, why) for one, kept, score, why in ledger["id", "kept", "score", "reason"].rows()
    }


def _row(name: str) -> int:
    return int(name.rsplit("-", 1)[1])


# ---- letters -------------------------------------------------------------------------------------------------------


def test_the_table_is_what_python_says_of_each_character() -> None:
    made = letters.made()
    with np.load(letters.TABLE) as held:
        if unicodedata.unidata_version != "14.0.0":
            pytest.skip(f"the table is of Unicode 14.0.0, and this Python has {unicodedata.unidata_version}")
        assert {name: held[name].tolist() for name in held} == {name: made[name].tolist() for name in made}


def in_machine_code(texts: list[str]) -> list[str]:
    content, ends = flat(letters.ready(pl.Series(texts)))
    out, found = np.empty(4096, np.uint32), []
    for start, end in pairwise(ends):
        at, n, _ = utf8.fill(content, start, end, *letters.table(), out, 0, 4000)
        assert at == end
        found.append("".join(map(chr, out[:n])))
    return found


def test_machine_code_sees_the_letters_that_python_sees() -> None:
    dice = random.Random(1)
    ranges = [(0x20, 0x7F), (0xA0, 0x250), (0x300, 0x36F), (0x900, 0xE00), (0x1100, 0x1200), (0x2000, 0x2200),
              (0x3000, 0x3400), (0x4E00, 0x9FFF), (0xAC00, 0xD7A4), (0xF900, 0xFB00), (0xFE00, 0xFFFD), (0x1D400, 0x1D800),
              (0x20000, 0x2FA20)]  # fmt: skip
    texts = ["".join(chr(dice.randrange(*dice.choice(ranges))) for _ in range(dice.randrange(60))) for _ in range(3000)]
    texts += ["", " ", *LATIN_2, "".join(LATIN_2), "か゛ｶﾞが", "e\u0323\u0301", "\u0301e", "한글"]
    assert in_machine_code(texts) == [letters.view(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("血压 120/80 mmHg。", "血压12080mmhg"),
        ("ＢＰ：１２０", "bp120"),
        ("飯後服用", "饭后服用"),
        ("⼀⽇", "一日"),
        ("㎎ ½ ﬁ", "mg12fi"),
        ("……！？", ""),
    ],
)
def test_the_view_is_letters_and_digits(text: str, view: str) -> None:
    assert letters.view(text) == view
    assert in_machine_code([text]) == [view]


# ---- bands and signatures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_least", [0.3, 0.5, 0.7, 0.8, 0.95])
@pytest.mark.parametrize(("perms", "missed"), [(64, 0.5), (128, 0.9), (128, 0.98)])
def test_bands_are_those_of_datasketch(at_least: float, perms: int, missed: float) -> None:
    assert optimum(at_least, perms, missed) == _optimal_param(at_least, perms, 1 - missed, missed)


def test_the_default_bands_find_what_they_must() -> None:
    bands = optimum(0.7, 128)
    assert chance(np.linspace(0.7, 0.8, 101), *bands).mean() > 0.99
    assert chance(0.8, *bands) > 0.999


def test_signatures_are_those_of_datasketch() -> None:
    texts = [*invented(20, 3), "每日三次，每次一片", "短", ""]
    ours = minhashes(pl.Series(texts), perms=64, seed=7)
    assert all(isinstance(one, LeanMinHash) for one in ours)
    for text, one in zip(texts, ours, strict=True):
        theirs = MinHash(num_perm=64, seed=7, hashfunc=gram_hash)
        theirs.update_batch([gram.encode() for gram in grams(text)])
        assert one == LeanMinHash(theirs)


def test_signatures_can_be_those_of_its_own_hash() -> None:
    (ours,) = minhashes(pl.Series(["每日三次，每次一片，飯後服用"]), sha1=True)
    theirs = MinHash(num_perm=128, seed=1)
    theirs.update_batch([gram.encode() for gram in grams("每日三次每次一片饭后服用")])
    assert ours == LeanMinHash(theirs)


def test_an_index_of_datasketch_finds_our_signatures() -> None:
    texts = invented(50, 5)
    index = MinHashLSH(threshold=0.5, num_perm=128)
    for number, one in enumerate(minhashes(pl.Series(texts))):
        index.insert(number, one)
    for number, one in enumerate(minhashes(pl.Series([edited(text, 2, 1) for text in texts]))):
        assert number in index.query(one)


def test_a_signature_tells_how_alike_two_texts_are() -> None:
    texts = invented(200, 11)
    others = [edited(text, k % 20, k) for k, text in enumerate(texts)]
    one, other = (signature.signatures(pl.Series(some), perms=512) for some in (texts, others))
    told = (one == other).mean(axis=1)
    true = np.array([jaccard(a, b) for a, b in zip(texts, others, strict=True)])
    assert abs((told - true).mean()) < 0.005
    assert np.sqrt(((told - true) ** 2).mean()) < 0.025  # the theory says 0.018


def test_rows_that_share_all_keys_meet() -> None:
    one = np.array([5, 1, 5, 2, 1 << 40, (1 << 40) + 1, 5, 2], np.uint64)
    other = np.array([1, 1, 1, 2, 3, 3, 2, 2], np.uint64)
    rows, groups = alike([one, other])
    assert (rows.tolist(), groups.tolist()) == ([3, 7, 0, 2], [0, 0, 1, 1])
    assert [part.tolist() for part in alike([np.zeros(0, np.uint64)])] == [[], []]


def sketched(folder: Path, keys: list[Any]) -> Rows:
    """Shards with these keys in their sketches."""
    shards = []
    for number, key in enumerate(keys):
        (folder / f"sketch-{number}").mkdir(parents=True)
        sketch = folder / f"sketch-{number}" / "sketch.arrow"
        note(pl.DataFrame({"key": pl.Series(key, dtype=pl.UInt64)}), sketch)
        shards.append(Shard(number, len(key), folder / "rows.arrow", sketch))
    return Rows(shards)


@pytest.mark.parametrize("few", [0, 3, 300, 900])
def test_rows_that_were_alone_meet_only_others(few: int, tmp_path: Path) -> None:
    dice = np.random.default_rng(few)
    old = dice.choice(np.arange(1 << 20, dtype=np.uint64), 1000, replace=False) << np.uint64(44)
    new = np.concatenate([old[:few:3], dice.integers(1 << 63, size=few, dtype=np.uint64)[few // 3 :]])
    rows = sketched(tmp_path, [old[:400], new, [], old[400:]])
    among = dice.random(int(rows.starts[-1])) < 0.9
    alone = np.ones(len(among), np.bool_)
    alone[400 : 400 + len(new)] = False
    keys = rows.columns("key")
    row, group = met(rows, keys, among, alone)
    every, groups = met(rows, keys, among, np.zeros(len(among), np.bool_))
    assert (row.tolist(), group.tolist()) == (every.tolist(), groups.tolist())
    whole = np.concatenate(keys[0])
    assert (len(row) > 0) == (few > 0)
    assert sorted(row.tolist()) == [k for k in np.flatnonzero(among) if (whole[among] == whole[k]).sum() > 1]


def test_who_was_alone_is_known_by_the_sketch(tmp_path: Path) -> None:
    rows = sketched(tmp_path, [[1] * 11, [], [2] * 3])
    alone = np.arange(14) % 3 == 0
    Known(pl.DataFrame(schema=GROUPS), marked(rows, alone)).note(tmp_path / "known.arrow")
    known = Known.at(tmp_path / "known.arrow")
    assert known.alone(rows).tolist() == alone.tolist()
    one, none, two = rows.shards
    others = Rows([two, replace(one, sketched=tmp_path / "sketch-9/sketch.arrow"), none, one, one])
    assert known.alone(others).tolist() == [*alone[11:], *[False] * 11, *alone[:11], *[False] * 11]
    assert not Known.at(tmp_path / "nothing.arrow").alone(rows).any()


# ---- what goes -----------------------------------------------------------------------------------------------------


def test_what_goes_is_as_like_as_was_asked_to_a_row_that_stays(tmp_path: Path) -> None:
    texts = crowd()
    went = gone(tmp_path, texts, Dedup())
    assert 60 < len(went) < 300
    for row, (kept, score, _) in went.items():
        assert kept not in went
        assert score == jaccard(texts[row], texts[kept]) >= 0.7


@pytest.mark.parametrize("at_least", [0.5, 0.7, 0.9])
def test_of_two_texts_that_are_alike_one_goes(at_least: float, tmp_path: Path) -> None:
    texts = crowd(240)
    went = gone(tmp_path, texts, Dedup(at_least=at_least))
    alike_ones = [
        pair for pair in combinations(range(len(texts)), 2) if jaccard(texts[pair[0]], texts[pair[1]]) >= at_least
    ]
    missed = [pair for pair in alike_ones if not went.keys() & set(pair)]
    assert len(alike_ones) > 30
    assert len(missed) <= 0.02 * len(alike_ones)


@pytest.mark.parametrize(
    ("about", "text"),
    {
        "width": "ＢＰ １２０／８０，每日三次，饭后温水送服",
        "spaces": "B P 1 2 0 / 8 0 ，每 日 三 次 ， 饭 后\n\n温 水 送 服",
        "traditional": "BP 120/80，每日三次，飯後溫水送服",
        "marks": "《BP》120-80每日三次；饭后？温水送服！！",
        "zero width": "BP 120/80，每日\u200b三次，饭后\ufeff温水送服",
    }.items(),
)
def test_a_copy_in_other_clothes_is_a_copy(about: str, text: str, tmp_path: Path) -> None:
    went = gone(tmp_path, ["BP 120/80，每日三次，饭后温水送服", text, "头晕两周，加重一天。"], Dedup())
    assert went == {1: (0, 1.0, "near_duplicate")}, about


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    text = "ＢＰ　１２０／８０，飯後\u200b服用。㎎"
    gone(tmp_path, [text, "头晕两周，加重一天。"], Dedup())
    assert open_built(tmp_path / "root", "c").rows().collect()["text"][0] == text


STRANGE = {
    "many that are the same": (["每日三次，每次一片。"] * 200_000, 199_999),
    "one letter over and over": (["哈" * 20_000, "呵" * 20_000, "哈" * 7, "abcabcabc"], 1),
    "shorter than a gram": (["热", "发热", "發熱", "发", "a", "A", "12", "1 2", "1"], 3),
    "nothing to compare": (["。", "！", "", " ", "。", "\n"], 1),
    "only marks that stand on letters": (["\u0301", "e\u0301e\u0301e\u0301e\u0301e\u0301", "ééééé", "\u0301\u0301"], 1),
    "what is missing": ([None, None, "每日三次，每次一片。"], 0),
}


@pytest.mark.parametrize("about", STRANGE)
def test_strange_rows_are_compared_like_any_others(about: str, tmp_path: Path) -> None:
    texts, leave = STRANGE[about]
    table = pl.DataFrame({"text": ["x"] * len(texts), "title": texts}, schema={"text": pl.String, "title": pl.String})
    table.write_parquet(tmp_path / "rows.parquet")
    source = Parquet(name="a", files=str(tmp_path / "rows.parquet"), license="invented")
    build(Corpus("c", [source], [Dedup(column="title")]), tmp_path / "root", Here())
    built = open_built(tmp_path / "root", "c")
    read = built.manifest["funnel"][0]["rows_out"]
    assert read - built.manifest["rows"] == leave


def test_a_very_long_row_is_compared_whole(tmp_path: Path) -> None:
    dice = random.Random(2)
    long = "".join(dice.choices(HAN, k=300_000))
    went = gone(tmp_path, [long[:-10_000], long, long[::-1]], Dedup())
    assert went.keys() == {0}
    assert went[0][:2] == (1, jaccard(long[:-10_000], long))


def test_a_stretch_of_work_is_never_cut_within_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = crowd()
    whole = gone(tmp_path / "whole", texts, Dedup())
    monkeypatch.setattr(compare, "AT_ONCE", 1000)
    assert gone(tmp_path / "cut", texts, Dedup()) == whole


# ---- any number of workers, and any number of times ------------------------------------------------------------------


def many(folder: Path) -> Corpus:
    texts = crowd()
    return Corpus("c", written(folder, a=texts[:200], b=texts[200:450], c=texts[450:]), [Dedup()])  # type: ignore[arg-type]


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path) -> None:
    one = build(many(tmp_path / "raw"), tmp_path / "here", Here())
    with Local(2) as engine:
        two = build(many(tmp_path / "raw"), tmp_path / "there", engine)
    assert sha256s(one) == sha256s(two)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many texts were read for comparison, time after time."""
    seen: list[int] = []
    judge = compare.Comparison.judge

    def counting(self: compare.Comparison, texts: Any, bands: Any, piece: tuple[int, int]) -> pl.DataFrame:
        seen.append(piece[1] - piece[0])
        return judge(self, texts, bands, piece)

    monkeypatch.setattr(compare.Comparison, "judge", counting)
    return seen


def test_a_new_batch_meets_what_was_settled_without_reading_it_again(tmp_path: Path, counted: list[int]) -> None:
    texts = crowd()
    (source,) = written(tmp_path / "raw", a=texts[:500])
    corpus = Corpus("c", [JsonLines(name="a", files=source.files, license="invented")], [Dedup()])
    build(corpus, tmp_path / "root", Here())
    first = sum(counted)
    (tmp_path / "raw/a/z.jsonl").write_text(
        "".join(json.dumps({"text": text}) + "\n" for text in texts[500:505]), "utf-8"
    )
    again = Corpus("c", [JsonLines(name="a", files=source.files, license="invented")], [Dedup()])
    counted.clear()
    grown = build(again, tmp_path / "root", Here())
    assert 0 < sum(counted) <= 30 < first
    at_once = build(again, tmp_path / "other", Here())
    assert sha256s(grown) == sha256s(at_once)
    ledger = open_built(tmp_path / "root", "c").dropped().filter(pl.col("id").str.contains("z.jsonl")).collect()
    assert ledger["kept"].str.starts_with("a/rows.jsonl").any()


@pytest.mark.parametrize("stage", [Dedup(at_least=None), Dedup()])
def test_whatever_comes_and_goes_the_rows_that_go_are_those_of_a_first_build(stage: Dedup, tmp_path: Path) -> None:
    texts = [*crowd(120), *crowd(120)[::7], "热", "热", "。"]
    dice = random.Random(5)
    dice.shuffle(texts)
    (source,) = written(tmp_path / "raw", a=texts[:20])
    went = []
    held = {f"{k}.jsonl": texts[20 + k * 40 : 60 + k * 40] for k in range(6)}
    for step, names in enumerate(["35", "3405", "45", "012345", "5", "435"]):
        for file in (tmp_path / "raw/a").glob("?.jsonl"):
            file.unlink()
        for name in names:
            rows = "".join(json.dumps({"text": text}) + "\n" for text in held[f"{name}.jsonl"])
            (tmp_path / f"raw/a/{name}.jsonl").write_text(rows, "utf-8")
        corpus = Corpus("c", [JsonLines(name="a", files=source.files, license="invented")], [stage])
        grown = build(corpus, tmp_path / "root", Here())
        assert sha256s(grown) == sha256s(build(corpus, tmp_path / f"other-{step}", Here())), names
        went.append(open_built(tmp_path / "root", "c").dropped().collect().height)
    assert min(went) < max(went) > 20


def test_what_was_known_is_of_no_consequence(tmp_path: Path) -> None:
    corpus = many(tmp_path / "raw")
    built = sha256s(build(corpus, tmp_path / "root", Here()))
    (known,) = (tmp_path / "root/.medgo/pool").glob("known-*")
    assert pl.read_ipc(known.read_bytes())["group"].count() > 50
    known.unlink()
    for entry in (tmp_path / "root/.medgo/pool").glob("found-*"):
        (entry / "receipt.json").unlink()
    assert sha256s(build(corpus, tmp_path / "root", Here())) == built


def test_trust_is_in_the_order_of_the_inputs(tmp_path: Path) -> None:
    long = "每日三次，每次一片，饭后用温水送服，服药期间不要饮酒，也不要开车。"
    for order in (("a", "b"), ("b", "a")):
        sources = {s.name: s for s in written(tmp_path / "raw", a=[long[:-6]], b=[long])}
        build(Corpus("c", [sources[name] for name in order], [Dedup()]), tmp_path / "-".join(order), Here())
        (kept,) = open_built(tmp_path / "-".join(order), "c").rows().collect()["id"]
        assert kept.startswith(f"{order[0]}/")
        assert open_built(tmp_path / "-".join(order), "c").manifest["funnel"][1]["against"] == {order[0]: 1}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"at_least": 1.2}, "at_least=1.2"),
        ({"at_least": 0}, "at_least=0"),
        ({"gram": 0}, "gram=0"),
        ({"perms": 0}, "perms=0"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Dedup(**fields)


# ---- the labelled bench ----------------------------------------------------------------------------------------------


@pytest.mark.real
def test_the_labelled_pairs_are_found_and_nothing_else_goes(tmp_path: Path) -> None:
    told = os.environ.get("MEDGO_REAL_DATA")
    if not told:
        pytest.skip("MEDGO_REAL_DATA names no folder with real material")
    bench = Path(told) / "bench"
    docs = pl.read_parquet(bench / "dedup.parquet")
    source = Parquet(name="a", files=str(bench / "dedup.parquet"), license="bench", fields={"text": "text"})
    build(Corpus("c", [source], [Dedup()]), tmp_path, Here())
    ledger = open_built(tmp_path, "c").dropped().filter(stage="Dedup").collect()
    ids, texts = docs["id"].to_list(), docs["text"].to_list()
    went = {_row(one): (_row(kept), score) for one, kept, score in ledger["id", "kept", "score"].rows()}
    assert all(
        kept not in went and score == jaccard(texts[row], texts[kept]) >= 0.7 for row, (kept, score) in went.items()
    )
    left = {ids[row] for row in went}
    pairs = pl.read_parquet(bench / "dedup_pairs.parquet").with_columns(
        found=pl.col("a").is_in(left) | pl.col("b").is_in(left)
    )
    assert pairs.filter(pl.col("normalised") >= 0.8)["found"].mean() >= 0.999  # type: ignore[operator]
    assert pairs.filter(pl.col("normalised").is_between(0.7, 0.8, closed="left"))["found"].mean() >= 0.98  # type: ignore[operator]
    planted = pl.read_parquet(bench / "dedup_planted.parquet").filter(
        pl.col("kind").is_in(["exact", "punct", "space", "s2t"])
    )
    assert (planted["id"].is_in(left) | planted["original"].is_in(left)).all()


# ---- large ones ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_million_rows_that_are_the_same_leave_one(tmp_path: Path) -> None:
    pl.DataFrame({"text": ["每日三次，每次一片。"] * 1_000_000}).write_parquet(tmp_path / "rows.parquet")
    source = Parquet(name="a", files=str(tmp_path / "rows.parquet"), license="invented")
    build(Corpus("c", [source], [Dedup()]), tmp_path / "root", Here())
    assert open_built(tmp_path / "root", "c").manifest["rows"] == 1


@pytest.mark.slow
def test_a_row_of_50_mb_is_compared_whole(tmp_path: Path) -> None:
    long = "".join(random.Random(4).choices(HAN, k=17_000_000))
    pl.DataFrame({"text": [long[:-100_000], long, "哈" * 16_000_000]}).write_parquet(tmp_path / "rows.parquet")
    source = Parquet(name="a", files=str(tmp_path / "rows.parquet"), license="invented")
    build(Corpus("c", [source], [Dedup()]), tmp_path / "root", Here())
    ((one, kept, score),) = open_built(tmp_path / "root", "c").dropped().collect()["id", "kept", "score"].rows()
    assert (_row(one), _row(kept)) == (0, 1)
    assert 0.99 < score < 1
