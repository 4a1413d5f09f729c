"""A corpus of any size whose faults are known: copies, identifiers and junk are planted with a seed, and a key says where.

    python benchmarks/corpus.py FOLDER --megabytes 1000
    python benchmarks/corpus.py FOLDER --megabytes 1000 --texts "real/*.parquet"

Papers, leaflets, hospital records, consultations and web pages, each in a format of its own, in files of 64 MB of text. The
sentences are invented, or those of real texts in another order, for what reads sentences can be measured with no others. People,
numbers and junk are invented in either case. What was planted lies in ``key.parquet``: the row, what, of which kind, and of which row or value.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import zstandard

from common import MB, texts
from dedup_texts import KINDS as EDITS
from junk_texts import KINDS as JUNK
from junk_texts import TEST

FILE_MB, BATCH_MB = 64, 8
SHELF_MB = 60  # of sentences, from which all texts are made
FEWEST, MOST = 8, 120  # characters of a sentence
LONGEST = 19_000  # characters of a text: a longer one would become several rows
FEWEST_KEPT, KEPT_FOR_COPIES = 100, 4000
MOST_OF_ONE = 5000  # real texts of one source
COPIES = ("exact", "exact", "exact", "punct", "space", "s2t", "trunc", "edit2")  # as often as each is named
KEY = {"id": pl.String, "plant": pl.String, "kind": pl.String, "of": pl.String, "value": pl.String}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file: how much of the corpus it is, what its texts look like, and how often what is planted in them."""

    share: float
    sentences: float  # of a text, the median
    ends: tuple[str, ...]  # what stands behind a sentence, in turn
    copies: float = 0.0
    identifiers: float = 0.0
    junk: float = 0.0
    name: str
    write: Callable[[pl.Series, int, Path], None]


def write(folder: Path, megabytes: float, *, seed: int = 1, real: str | None = None) -> Path:
    """About so many megabytes of text below ``folder``; return the key of what is planted in them."""
    shelf, planter, found = _shelf(real, seed), Planter(random.Random(seed)), []
    for kind in KINDS:
        (folder / kind.name).mkdir(parents=True, exist_ok=True)
        wanted = megabytes * kind.share
        for number in range(max(1, round(wanted / FILE_MB))):
            name = f"{kind.name}/{number:05d}.{SUFFIX[kind.name]}"
            size = wanted / max(1, round(wanted / FILE_MB))
            dice, first = np.random.default_rng([seed, KINDS.index(kind), number]), 0
            for docs in _batches(shelf, kind, size, dice):
                told, planted = planter.plant(kind, name, first, docs)
                kind.write(told, first, folder / name)
                found.append(planted)
                first += len(docs)
    key = folder / "key.parquet"
    pl.concat(found).write_parquet(key)
    return key


# ---- texts ---------------------------------------------------------------------------------------------------------


class Shelf(NamedTuple):
    """Sentences, those of one origin beside each other, and behind them all that may stand between two."""

    said: pa.LargeStringArray
    first: np.ndarray  # of each origin
    count: np.ndarray


@cache
def _shelf(real: str | None, seed: int) -> Shelf:
    if real:
        docs = pl.read_parquet(real).sample(fraction=1, shuffle=True, seed=seed)
        docs = docs.select("text", source="source" if "source" in docs.columns else pl.lit(""))
        docs = docs.filter(pl.int_range(pl.len()).over("source") < MOST_OF_ONE)  # the largest would else be most of it
    else:
        docs = pl.DataFrame({"text": texts(SHELF_MB * MB // 1000, seed, foreign=0.0), "source": ""})
    cut = docs.with_columns(pl.col("text").str.replace_all(r"([。！？])", "$1\n").str.split("\n")).explode("text")
    cut = cut.with_columns(pl.col("text").str.strip_chars()).unique("text", keep="first", maintain_order=True)
    cut = cut.filter(pl.col("text").str.len_chars().is_between(FEWEST, MOST))
    cut = cut.filter(pl.col("text").str.len_bytes().cast(pl.Int64).cum_sum() < SHELF_MB * MB).sort(
        "source", maintain_order=True
    )
    count = cut.group_by("source", maintain_order=True).len()["len"].cast(pl.Int64).to_numpy()
    said = [cut["text"].to_arrow().cast(pa.large_string()), pa.array(BETWEEN, pa.large_string())]
    return Shelf(pa.concat_arrays(said), np.cumsum(count) - count, count)


def _batches(shelf: Shelf, kind: Kind, megabytes: float, dice: np.random.Generator) -> Iterator[pl.Series]:
    left, count = megabytes * MB, int(shelf.count.sum())
    mean = shelf.said.nbytes / count
    while left > 0:
        wanted = min(BATCH_MB * MB, left)
        some = max(1, int(wanted / mean / kind.sentences / 1.13))  # of a log-normal of that width
        sizes = np.clip(dice.lognormal(np.log(kind.sentences), 0.5, some), 4, LONGEST // MOST).astype(np.int64)
        # a text is of one origin throughout
        origin = np.repeat(dice.choice(len(shelf.count), size=some, p=shelf.count / count), sizes)
        drawn = shelf.first[origin] + (dice.random(len(origin)) * shelf.count[origin]).astype(np.int64)
        told = _joined(shelf.said, kind, sizes, drawn)
        yield told
        left -= int(told.str.len_bytes().cast(pl.Int64).sum()) if wanted < left else left


def _joined(said: pa.LargeStringArray, kind: Kind, sizes: np.ndarray, drawn: np.ndarray) -> pl.Series:
    """So many sentences a text, one after the other in one buffer: a text is where its first begins and its last ends."""
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    place = np.arange(len(drawn)) - np.repeat(bounds[:-1], sizes)
    ends = np.array([len(said) - len(BETWEEN) + BETWEEN.index(end) for end in kind.ends])
    words = np.empty(2 * len(drawn), np.int64)
    words[0::2], words[1::2] = ends[place % len(ends)], drawn
    line = said.take(pa.array(words))
    at = np.frombuffer(line.buffers()[1], np.int64)[line.offset :][2 * bounds]
    made = pa.LargeStringArray.from_buffers(len(sizes), pa.py_buffer(at.tobytes()), line.buffers()[2])
    return pl.Series("text", made).str.strip_chars()


# ---- what is planted -----------------------------------------------------------------------------------------------


@dataclass
class Planter:
    """Puts copies, identifiers and junk in place of some texts, and writes down which."""

    dice: random.Random
    kept: list[tuple[str, str]] = field(default_factory=list)  # texts that may be copied in a later file

    def plant(self, kind: Kind, file: str, first: int, docs: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
        dice, rows = self.dice, list(range(len(docs)))
        dice.shuffle(rows)
        told: list[tuple[int, str]] = []
        key: list[tuple[str, str, str, str | None, str | None]] = []

        def some(share: float) -> list[int]:
            count = int(share * len(docs) + dice.random())
            taken = rows[:count]
            del rows[:count]
            return taken

        for row in some(kind.identifiers):
            sentence, values = case(dice)
            head, mark, rest = docs[row].partition("\n")
            told.append((row, f"{head}\n{sentence}{mark}{rest}"))
            key += [(f"{file}#0-{first + row}", "identifier", what, None, value) for what, value in values]
        names = list(JUNK)
        for row in some(kind.junk):
            name = dice.choice(names)
            told.append((row, JUNK[name](dice, TEST, [docs[row]] if name != "navigation" else [])))
            key.append((f"{file}#0-{first + row}", "junk", name, None, None))
        for row in some(kind.copies) if len(self.kept) > FEWEST_KEPT else []:
            of, text = self.kept.pop(dice.randrange(len(self.kept)))
            how = dice.choice(COPIES)
            told.append((row, EDITS[how](text, dice)))
            key.append((f"{file}#0-{first + row}", "copy", how, of, None))
        if kind.copies:
            more = rows[: KEPT_FOR_COPIES - len(self.kept)][: int(2 * kind.copies * len(docs)) + 200]
            self.kept += [(f"{file}#0-{first + row}", docs[row]) for row in more]
        order = np.arange(len(docs))
        for n, (row, _) in enumerate(told):
            order[row] = len(docs) + n
        instead = pl.Series("text", [text for _, text in told], dtype=pl.String)
        return pl.concat([docs, instead]).gather(order), pl.DataFrame(key, schema=KEY, orient="row")


# fmt: off
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧阳"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志文玉兰红梅春雪晨宇浩然欣怡子涵梓萱博雅诗琪嘉豪俊辉海燕凤云龙飞鹏斌波宁倩楠颖慧琳瑶佳雨桐思远立新永康德福淑珍美玲金生长林"
CITIES = ("江苏省南京市鼓楼区", "浙江省杭州市西湖区", "四川省成都市武侯区", "湖北省武汉市江汉区", "广东省广州市天河区", "山东省济南市历下区", "陕西省西安市碑林区", "福建省厦门市思明区")
ROADS = ("清河路", "建新路", "柳园街", "望江路", "学府街", "朝阳北路", "梅岭路", "桃源大道")
CASES = (
    "患者姓名：{PERSON}，身份证号：{ID_CARD}，联系电话：{PHONE}，住院号：{RECORD}。",
    "患者{PERSON}，男，56岁，住址：{ADDRESS}，家属电话{PHONE}。",
    "姓名：{PERSON}　性别：女　病案号：{RECORD}　现住址：{ADDRESS}。",
    "联系人：{PERSON}（配偶），手机{PHONE}，证件号码{ID_CARD}。",
    "入院时由女儿{PERSON}陪同，留电话{PHONE}，邮箱{EMAIL}。",
    "主管医师：{PERSON}，随访电话：{PHONE}。住院号{RECORD}。",
    "医生您好，我叫{PERSON}，我的手机号是{PHONE}，麻烦您看一下报告。",
    "我是{PERSON}的家属，门诊号{RECORD}，方便的话打{PHONE}联系我。",
)
# fmt: on


def person(dice: random.Random) -> str:
    return dice.choice(SURNAMES[:-2]) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2, 2))))


def id_card(dice: random.Random) -> str:
    """Of a district that there is, with the check digit that belongs to it."""
    born = f"{dice.randrange(1935, 2015)}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}"
    told = f"{dice.choice(('320106', '330106', '510107', '420103', '440106'))}{born}{dice.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return told + "10X98765432"[sum(int(d) * w for d, w in zip(told, weights, strict=True)) % 11]


INVENTED: dict[str, Callable[[random.Random], str]] = {
    "PERSON": person,
    "ID_CARD": id_card,
    "PHONE": lambda dice: dice.choice(("13", "15", "18")) + f"{dice.randrange(10**9):09}",
    "RECORD": lambda dice: f"{dice.choice(('ZY', '00', 'M', ''))}{dice.randrange(10**6, 10**7)}",
    "ADDRESS": lambda dice: (
        f"{dice.choice(CITIES)}{dice.choice(ROADS)}{dice.randrange(1, 300)}号{dice.randrange(1, 30)}栋{dice.randrange(101, 2500)}室"
    ),
    "EMAIL": lambda dice: f"{''.join(dice.choices('abcdefghijkmnpqrstuvwxyz', k=6))}{dice.randrange(1000)}@example.com",
}


def case(dice: random.Random) -> tuple[str, list[tuple[str, str]]]:
    """A sentence about somebody who never lived, and all in it that would tell who it was."""
    said = dice.choice(CASES)
    values = {name: make(dice) for name, make in INVENTED.items() if f"{{{name}}}" in said}
    return said.format(**values), list(values.items())


# ---- files ---------------------------------------------------------------------------------------------------------


def _json_lines(docs: pl.DataFrame, path: Path) -> None:
    with path.open("ab") as file:
        docs.write_ndjson(file)


def _paper(text: pl.Series, first: int, path: Path) -> None:
    _json_lines(pl.DataFrame({"title": _numbers("研究", first, text), "text": text}), path)


def _web(text: pl.Series, first: int, path: Path) -> None:
    import io

    docs = pl.DataFrame(
        {"url": _numbers("https://example.com/", first, text), "title": _numbers("网页", first, text), "text": text}
    )
    told = io.BytesIO()
    docs.write_ndjson(told)
    with path.open("ab") as file:
        file.write(zstandard.ZstdCompressor(level=1).compress(told.getvalue()))


def _leaflet(text: pl.Series, first: int, path: Path) -> None:
    names = _numbers("试制片", first, text)
    said = pl.select("【药品名称】\n通用名称：" + names + "\n【适应症】\n" + text).to_series()
    _json_lines(pl.DataFrame({"name": names, "content": said}), path)


def _record(text: pl.Series, first: int, path: Path) -> None:
    docs = pl.DataFrame({"科室": pl.Series(["内科"] * len(text)), "序号": _numbers("", first, text), "现病史": text})
    with path.open("ab") as file:
        docs.write_csv(file, include_header=not first)


def _dialogue(text: pl.Series, first: int, path: Path) -> None:
    """A line a turn: the patient begins."""
    lines = text.str.split("\n")
    counts, said = lines.list.len().cast(pl.Int64).to_numpy(), lines.explode()
    starts = np.concatenate([[0], np.cumsum(counts)])
    turn = np.arange(len(said)) - np.repeat(starts[:-1], counts)
    who = pl.Series(["患者", "医生"]).gather(turn % 2)
    turns = pa.StructArray.from_arrays([who.to_arrow(), said.to_arrow()], ["speaker", "sentence"])
    told = pl.Series("dialogue", pa.LargeListArray.from_arrays(pa.array(starts), turns))
    _json_lines(pl.DataFrame([_numbers("d", first, text).alias("dialogue_id"), told]), path)


def _numbers(name: str, first: int, text: pl.Series) -> pl.Series:
    return name + pl.Series(range(first, first + len(text))).cast(pl.String)


BETWEEN = ("", "\n", "\n【用法用量】\n", "\n【不良反应】\n", "\n【注意事项】\n")
SUFFIX = {"papers": "jsonl", "leaflets": "jsonl", "records": "csv", "dialogues": "jsonl", "web": "jsonl.zst"}
# fmt: off
KINDS = (
    Kind(name="papers", share=0.45, sentences=24, ends=("", "", "", "\n"), copies=0.03, identifiers=0.005, write=_paper),
    Kind(name="leaflets", share=0.03, sentences=12, ends=("", "", "", BETWEEN[2], "", BETWEEN[3], "", "", BETWEEN[4], "", "", ""), copies=0.03, write=_leaflet),
    Kind(name="records", share=0.12, sentences=8, ends=("",), identifiers=0.3, write=_record),
    Kind(name="dialogues", share=0.10, sentences=8, ends=("\n",), identifiers=0.1, write=_dialogue),
    Kind(name="web", share=0.30, sentences=14, ends=("", "", "\n"), copies=0.05, identifiers=0.01, junk=0.05, write=_web),
)
# fmt: on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=100, help="of text (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another corpus (default: 1)")
    parser.add_argument("--texts", help="real texts, as Parquet with a column text; invented ones else")
    told = parser.parse_args()
    began, cpu = time.perf_counter(), time.process_time()
    key = write(told.folder, told.megabytes, seed=told.seed, real=told.texts)
    size = sum(path.stat().st_size for path in told.folder.rglob("*") if path.is_file())
    spent = f"{time.perf_counter() - began:.1f} s, {time.process_time() - cpu:.1f} of them CPU"
    print(f"{told.megabytes:,.0f} MB of text ({size / MB:,.0f} MB of files) in {spent}; what is planted: {key}")


if __name__ == "__main__":
    main()
