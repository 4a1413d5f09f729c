"""What all benchmarks share: invented medical texts, CPU seconds of other processes, and a table that can be read."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from medgo_data import processor

T = TypeVar("T")
MB = 1_000_000
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
INSTALLED = {"PYTHONDONTWRITEBYTECODE": ""}  # as a user's tools are: the source of one is not compiled at every start

# ---- texts ---------------------------------------------------------------------------------------------------------

# Lengths, share of Han and size under zstd are those of 52,303 real documents: leaflets, encyclopedias, consultations.
MEDIAN_CHARS, SIGMA = 240, 0.9
COPIES = 0.02  # of the texts that stand elsewhere too
FOREIGN = 0.02  # of the texts that are mostly not Chinese
# fmt: off
PHRASES = """
患者 主诉 现病史 既往史 体格检查 辅助检查 初步诊断 鉴别诊断 治疗方案 随访 建议 适应症 禁忌 不良反应 用法用量 注意事项 药物相互作用
高血压 糖尿病 冠心病 脑梗死 肺炎 慢性支气管炎 支气管哮喘 胃溃疡 十二指肠溃疡 病毒性肝炎 肾病综合征 缺铁性贫血 甲状腺功能亢进 类风湿关节炎
系统性红斑狼疮 急性阑尾炎 胆囊结石 泌尿系感染 过敏性鼻炎 带状疱疹 湿疹 抑郁症 焦虑 失眠 骨质疏松 腰椎间盘突出 白内障 青光眼 中耳炎
发热 咳嗽 咳痰 胸痛 胸闷 气促 心悸 头晕 头痛 恶心 呕吐 腹痛 腹泻 便秘 水肿 乏力 消瘦 皮疹 关节肿痛 视物模糊 尿频 尿急 尿痛
血常规 尿常规 肝功能 肾功能 心电图 胸部CT 腹部彩超 磁共振 血糖 血脂 血压 体温 脉搏 呼吸 白细胞 中性粒细胞 血红蛋白 血小板 C反应蛋白
阿司匹林 二甲双胍 氨氯地平 阿托伐他汀 奥美拉唑 阿莫西林 头孢呋辛 左氧氟沙星 布洛芬 对乙酰氨基酚 胰岛素 硝苯地平 氯吡格雷 地塞米松
口服 静脉滴注 肌内注射 外用 每日一次 每日三次 饭后服用 睡前服用 遵医嘱 慎用 禁用 孕妇 儿童 老年人 可以 应当 不宜 如果 因此 以及 并且
5mg 10mg 0.5g 100ml 120/80mmHg 37.5℃ mmol/L 2周 3天 6个月 50% I型 HBV CT MRI 1. 2. 3. （ ） 、 ： ；
""".split()  # noqa: SIM905  prose is read and changed more easily than a list
# fmt: on
CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去"
    "把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次"
    "品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处府研什段百非院"
)
WORDS = 6000


@cache
def _words() -> tuple[pa.Array, np.ndarray]:
    """The vocabulary, and an urn to draw from in which each word lies as often as it is used: few are, as in any language."""
    dice = np.random.default_rng(0)
    letters = np.array(list(CHARACTERS))
    pairs = ["".join(letters[dice.integers(len(letters), size=2)]) for _ in range(WORDS)]
    words = np.array([*PHRASES * 4, *pairs])
    dice.shuffle(words)
    words = ["，", "。", "、", *"0123456789", ".", "（", "）", "的", " ", "\n", *words]
    chance = 1 / (np.arange(len(words)) + 9.0) ** 0.8
    chance[0] *= 2
    return pa.array(words, pa.string()), np.repeat(
        np.arange(len(words)), np.ceil(chance / chance.sum() * 2**16).astype(int)
    )


def texts(count: int, seed: int, *, foreign: float = FOREIGN) -> pa.Array:
    """``count`` texts, the same ones for the same seed; about one in fifty is mostly not Chinese."""
    words, urn = _words()
    dice = np.random.default_rng([seed, 1])
    mean = 2.0  # characters a word
    sizes = np.maximum(2, dice.lognormal(np.log(MEDIAN_CHARS / mean), SIGMA, count)).astype(np.int64)
    drawn = words.take(pa.array(urn[dice.integers(len(urn), size=int(sizes.sum()), dtype=np.int32)]))
    # the words lie one after the other in one buffer: a text is where its first begins and its last ends
    bounds = np.frombuffer(drawn.buffers()[1], np.int32)[np.concatenate([[0], np.cumsum(sizes)])]
    made = pa.StringArray.from_buffers(count, pa.py_buffer(bounds.tobytes()), drawn.buffers()[2])
    english = dice.random(count) < foreign
    note = pl.Series(made).str.head(20) + " " + pl.Series(dice.integers(1 << 30, size=count)).cast(pl.String)
    strange = note + " randomised placebo-controlled trial, intention to treat, hazard ratio and confidence interval"
    chosen = pl.when(pl.Series(english)).then(strange).otherwise(pl.Series(made)).str.strip_chars()
    return pl.select(chosen).to_series().to_arrow()


@cache
def _elsewhere() -> pa.Array:
    return texts(2000, 0, foreign=0.0)


def batches(megabytes: float, seed: int) -> Iterator[pl.DataFrame]:
    """Rows of id, source and text, together about ``megabytes`` of UTF-8; COPIES of them stand in every other file too."""
    left, number = megabytes * MB, 0
    while left > 0:
        wanted = int(min(10_000, left / 900 + 1))
        own = texts(wanted, seed * 100_000 + number // 10_000 + 1)
        dice = np.random.default_rng([seed, number, 2])
        order = np.arange(wanted)
        copied = dice.random(wanted) < COPIES
        order[copied] = wanted + dice.integers(len(_elsewhere()), size=int(copied.sum()))
        text = pl.Series("text", pa.concat_arrays([own.cast(pa.large_string()), _elsewhere().cast(pa.large_string())]))
        text = text.gather(order)
        size = text.str.len_bytes().cast(pl.Int64).cum_sum()
        fits = max(1, int((size <= left).sum()))
        ids = pl.Series("id", np.arange(number, number + wanted)).cast(pl.String)
        yield pl.DataFrame([(f"d{seed}-" + ids).alias("id"), pl.Series("source", ["invented"] * wanted), text]).head(
            fits
        )
        left -= int(size[fits - 1]) if fits == wanted else left
        number += wanted


def write_parquet(path: Path, megabytes: float, seed: int) -> None:
    """A file of invented texts, zstd, row groups of 10,000 rows."""
    kinds = pa.schema([(name, pa.string()) for name in ("id", "source", "text")])
    with pq.ParquetWriter(path, kinds, compression="zstd") as file:
        for docs in batches(megabytes, seed):
            file.write_table(docs.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(kinds))


def write_json_lines(path: Path, megabytes: float, seed: int) -> None:
    """The same texts, one JSON object a line; ``megabytes`` counts the texts alone."""
    with path.open("wb") as file:
        for docs in batches(megabytes, seed):
            docs.write_ndjson(file)


def files(folder: Path, count: int, megabytes: float, *, kind: str = "parquet", first: int = 1) -> Path:
    """``count`` files of invented texts, ``megabytes`` in all; each has a seed of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    write = write_parquet if kind == "parquet" else write_json_lines
    for seed in range(first, first + count):
        write(folder / f"{seed:05d}.{kind}", megabytes / count, seed)
    return folder


def text_bytes(paths: Sequence[Path]) -> int:
    """Bytes of UTF-8 in the column ``text``."""
    scan = pl.scan_ndjson if paths[0].suffix == ".jsonl" else pl.scan_parquet
    size = pl.col("text").str.len_bytes().cast(pl.Int64).sum()
    return sum(int(scan(path).select(size).collect(engine="streaming").item()) for path in paths)


def recipe(folder: Path, raw: Path) -> Path:
    """A recipe for the command line: these files, Clean and Dedup."""
    kind = "JsonLines" if next(raw.iterdir()).suffix == ".jsonl" else "Parquet"
    file = folder / "recipe.py"
    file.write_text(
        f"""from medgo_data import Clean, Corpus, Dedup
from medgo_data.sources import {kind}

papers = {kind}(name="papers", files="{raw}/*", license="invented", fields={{"text": "text"}})
corpus = Corpus("papers", [papers], [Clean(repair=False, min_chars=20, min_han=0.3), Dedup(at_least=None)])
""",
        "utf-8",
    )
    return file


# ---- processes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spent:
    """What a process cost, those included that it waited for."""

    wall: float
    cpu: float
    out: str = ""


def command(*words: str | Path, env: dict[str, str] | None = None) -> Spent:
    """Run a command to its end; its standard output comes back, and its error output if it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = subprocess.Popen([*map(str, words)], stdout=out, stderr=err, env=os.environ | INSTALLED | (env or {}))
        _, status, usage = os.wait4(started.pid, 0)
        wall = time.perf_counter() - began
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode:
            err.seek(0)
            sys.exit(f"{' '.join(map(str, words))} failed:\n{err.read()[-4000:]}")
        out.seek(0)
        return Spent(wall, usage.ru_utime + usage.ru_stime, out.read())


def medgo(*words: str | Path, env: dict[str, str] | None = None) -> Spent:
    """Run the command line of the house."""
    return command(sys.executable, "-m", "medgo_data.cli", *words, env=env)


def apart(fn: Callable[..., T], *args: Any) -> T:
    """Call ``fn`` in a new process in which polars has one thread."""
    before = os.environ.copy()
    os.environ.update(ONE_THREAD)  # polars looks when it is imported, which is before anything can be said to the child
    processor.tell()  # as numpy does
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            return pool.submit(fn, *args).result()
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def clock() -> Iterator[Callable[[], Spent]]:
    """Wall and CPU seconds of this process, all threads, from here to the end of the block."""
    wall, cpu = time.perf_counter(), time.process_time()
    ended: list[Spent] = []
    yield lambda: ended[0]
    ended.append(Spent(time.perf_counter() - wall, time.process_time() - cpu))


def family(process: int) -> Iterator[int]:
    """A process and all that come from it."""
    yield process
    try:
        threads = os.listdir(f"/proc/{process}/task")  # noqa: PTH208  numbers are wanted, not paths
        children = [Path(f"/proc/{process}/task/{thread}/children").read_text("ascii") for thread in threads]
    except OSError:  # it is gone
        return
    for child in " ".join(children).split():
        yield from family(int(child))


def held(process: int) -> tuple[int, int]:
    """Its PSS and RSS in KiB; nothing if it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0, 0
    told = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return told.get("Pss", 0), told.get("Rss", 0)


# ---- what is asked and what is told --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """A number for a full run, and one for ``--quick``, which shows that all works and measures little."""

    full: int
    quick: int

    def of(self, told: argparse.Namespace) -> int:
        return self.quick if told.quick else self.full


def asked(doc: str | None, **more: dict[str, Any]) -> argparse.Namespace:
    """The options of a benchmark: --quick and --scratch, and ``more`` of its own."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--quick", action="store_true", help="small: shows that all works, measures little")
    parser.add_argument("--scratch", type=Path, help="where to write; emptied at the end (default: a temporary folder)")
    for name, told in more.items():
        parser.add_argument(f"--{name}", **told)
    return parser.parse_args()


@contextmanager
def scratch(told: argparse.Namespace) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="medgo-bench-", dir=told.scratch) as folder:
        yield Path(folder)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def tell(claim: str, head: Sequence[str], rows: Sequence[Sequence[object]], /, *, met: bool, **figures: Any) -> None:
    """A table for the eye and one line of JSON for programs."""
    spelled = [[*head], *([_spelled(value) for value in row] for row in rows)]
    wide = [max(len(line[k]) for line in spelled) for k in range(len(head))]
    print(f"{claim}: {'holds' if met else 'DOES NOT HOLD'}\n")
    for line in spelled:
        print("  ".join(v.ljust(w) if k == 0 else v.rjust(w) for k, (v, w) in enumerate(zip(line, wide, strict=True))))
    name = Path(sys.argv[0]).stem
    load = round(os.getloadavg()[0], 2)
    print("\n" + json.dumps({"benchmark": name, "claim": claim, "met": met, **figures, "load": load}), flush=True)


def _spelled(value: object) -> str:
    return f"{value:,.3g}" if isinstance(value, float) and abs(value) < 100 else _large(value)


def _large(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)
