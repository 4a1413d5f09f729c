"""Clean keeps good medical text and drops junk: real documents of every category, and ten kinds of junk that was not in its rules.

python benchmarks/junk.py --real DIR     real material as the tests take it (default: MEDGO_REAL_DATA)
python benchmarks/junk.py --fit          write the table of strangers anew, from the rules' half of that material
"""

from __future__ import annotations

import html
import os
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from common import MB, Size, asked, clock, tell
from junk_texts import KINDS, RULES, TEST, junk
from medgo_data import Clean
from medgo_data.clean.measure import FOLDED, STRANGERS
from medgo_data.clean.repair import repaired
from medgo_data.sources.works import Works

EACH = Size(150, 20)  # junk texts of a kind
HALVES = 2  # of the documents: 0, on which the rules were set, and 1, on which they are tested
KEPT, DROPPED, SPEED = 0.97, 0.95, 150
BATCH, ROUNDS = 10_000, 3
MENDED = ("garbled", "repeated")  # kinds of junk that a repair may turn back into what it was
MUST_STAY = ("textbook", "guideline", "paper", "drug leaflet", "case report")
# A category, files of it below data/, and for records what makes the text: nothing reads a file as a work.
MATERIAL: list[tuple[str, str, str | tuple[str, ...] | None]] = [
    ("textbook", "textbook/**/*.tex*", None),
    ("textbook", "textbook/**/*.md", None),
    ("textbook", "textbook/*.txt", None),
    ("textbook", "pdf/*main.pdf", None),
    ("guideline", "guideline/ruijin_diabetes/*.txt", None),
    ("guideline", "guideline/*.md", None),
    ("guideline", "guideline/*.json", "."),
    ("guideline", "guideline_qa/*LitData*", "text"),
    ("expert consensus", "consensus/*.html", None),
    ("clinical pathway", "protocol/*.txt", None),
    ("paper", "paper/*.jsonl.gz", "text"),
    ("paper", "paper/*.parquet", "text"),
    ("paper", "paper/md/*.md", None),
    ("paper", "paper/mineru_json/*.json", None),
    ("drug leaflet", "drug/CareGPT_drug.json.gz", "."),
    ("drug leaflet", "drug/leaflet/*.txt", None),
    ("drug leaflet", "drug/中药说明书NER*", "text"),
    ("drug formulary", "drug/formulary_md/*.md", None),
    ("drug formulary", "drug/formulary_藥*", ("商品名", "適應症", "用法用量", "副作用", "禁忌", "注意事項")),
    ("case report", "case/CMB-Clin*", ("title", "description")),
    ("case report", "case/TCM-SRT*", "临床资料"),
    ("case report", "case/web_case*", "Diagnostic_results"),
    ("case report", "ner/CCKS2019*", "originalText"),
    ("case report", "ner/MTCMB*", "Medical_case"),
    ("chief complaint", "case/MTCMB_TCM-Diagnosis*", "question"),
    ("chief complaint", "complaint/*MSDD*", ("disease_case.主诉", "disease_case.症状")),
    ("dialogue", "complaint/*CHGD*", "dialogue"),
    ("dialogue", "dialogue/BianQue*", ("input", "target")),
    ("dialogue", "dialogue/COVID*", None),
    ("dialogue", "dialogue/Med-dialog_100.json", "medical_case"),
    ("dialogue", "dialogue/Toyhom*.csv.gz", ("title", "ask", "answer")),
    ("dialogue", "dialogue/huatuo26M*", ("instruction", "output")),
    ("dialogue", "dialogue/huatuo100*", ("Description", "Diagnosis and suggestions")),
    ("dialogue", "dialogue/xywy*", ("question_title", "question_body")),
    ("dialogue", "dialogue/CMtMedQA*", ("instruction", "output")),
    ("dialogue", "dialogue/CMID*", "originalText"),
    ("dialogue", "ner/cMedQANER*", "text"),
    ("dialogue", "noise/GenMed*", ("input", "output")),
    ("exam bank", "exam/CMMLU*.csv", ("Question", "A", "B", "C", "D")),
    ("exam bank", "exam/MTCMB_TCM-ED-A*", ("question", *(f"options.{letter}" for letter in "ABCDE"))),
    ("exam bank", "exam/MTCMB_TCM-ED-B*", ("question", "options")),
    ("exam bank", "exam/MTCMB_TCM-SE*", ("question", "options")),
    ("exam bank", "exam/TCM_lit*", "text"),
    ("encyclopedia", "encyclopedia/medical*.json", ("name", "desc", "prevent", "cause", "cure_way")),
    ("encyclopedia", "encyclopedia/disease_gbk*", ("name", "alias", "part", "symptom", "complication", "treatment")),
    ("terminology", "encyclopedia/ICD*", ("code", "disease")),
    ("monograph", "monograph/tcm_ancient/*.txt", None),
    ("monograph", "monograph/方剂*", ("处方名", "处方来源", "配方", "功效", "用法用量", "主治病症")),
    ("monograph", "monograph/中药*", ("名称", "别名", "性味", "归经", "功效", "主治")),
    ("lecture", "lecture/*.md", None),
    ("instruction", "guideline_qa/huatuo_llama*", ("instruction", "output")),
    ("instruction", "guideline_qa/liver*", ("instruction", "output")),
    ("instruction", "guideline_qa/MedicalGPT-zh_test*", ("问题", "回答")),
    ("instruction", "guideline_qa/MTCMB_TCM-FT*", ("question", "points")),
    ("safety", "safety/Flames*", "prompt"),
    ("safety", "preference/jade*hard*", ("问题", "安全有用回答")),
    ("English dialogue", "english/chatdoctor*", ("input", "output")),
    ("English exam bank", "english/medmcqa*", ("question", "opa", "opb", "opc", "opd", "exp")),
    ("English exam bank", "english/medqa*", ("question", *(f"options.{letter}" for letter in "ABCD"))),
    ("English paper", "english/pubmedqa*", ("CONTEXTS", "LONG_ANSWER")),
]


def documents(folder: Path) -> pl.DataFrame:
    """Every document as its source reads it, of which half it is, and which could not be read at all."""
    frames = []
    for category, files, told in MATERIAL:
        fields = {"text": told} if told else None
        source = Works(name="real", files=f"{folder}/data/{files}", license="", fields=fields)
        for piece in [piece for raw in source.raw for piece in source.pieces(raw)]:
            for frame in source.read(piece):
                kept = frame.filter(pl.col("drop").is_null())
                frames.append(kept.select(pl.lit(category).alias("category"), "text"))
    docs = pl.concat(frames).unique("text", maintain_order=True)
    halves = [zlib.crc32(text[:200].encode()) % HALVES for text in docs["text"]]
    return docs.with_columns(pl.Series("half", halves), language=pl.lit(None, pl.String))


def pages(folder: Path, half: int) -> list[str]:
    """A half of each page of a health portal, as it reads without its tags."""
    made = []
    for path in sorted((folder / "data" / "noise" / "html").glob("*.html"))[:1]:  # the other is a copy of it
        text = re.sub(r"(?is)<(script|style).*?</\1>|<!--.*?-->", "", path.read_text("utf-8", "replace"))
        text = re.sub(r"[ \t\u3000\xa0\r]*\n\s*", "\n", html.unescape(re.sub(r"<[^>]+>", "\n", text)))
        middle = len(text) // 2
        made.append(text[middle:] if half else text[:middle])
    return made


def good(docs: pl.DataFrame) -> list[tuple[str, int, float, float, float, str]]:
    judged = docs.with_columns(Clean()(docs)["drop"])
    rows = []
    for category in dict.fromkeys(docs["category"]):
        mine = judged.filter(pl.col("category") == category)
        first, second = (mine.filter(pl.col("half") == half)["drop"].is_null().mean() for half in range(HALVES))
        shares = [_percent(share) for share in (first, second, mine["drop"].is_null().mean())]
        rows.append((category, mine.height, *shares, _reasons(mine["drop"])))
    return rows


def bad(docs: pl.DataFrame, folder: Path, half: int, each: int) -> tuple[list[tuple[Any, ...]], float]:
    """What Clean does to junk without a category, of one half; junk that became the good text it once was is not junk."""
    pool = docs.filter(
        (pl.col("half") == half) & (pl.col("text").str.len_chars() > 200) & (pl.col("category").is_in(MUST_STAY))
    )
    real = pool["text"].to_list()
    made = junk((RULES, TEST)[half], real, pages(folder, half), each, seed=half + 1)
    texts_ = pl.DataFrame(made, schema=["kind", "text"], orient="row")
    judged = Clean()(texts_)
    known = _grams("".join(repaired(pl.Series(real))[0]))
    gone = judged["drop"].is_not_null()
    mended = [
        not lost and kind in MENDED and len(own := _grams(text)) > 0 and len(own & known) >= 0.9 * len(own)
        for lost, kind, text in zip(gone, judged["kind"], judged["text"], strict=True)
    ]
    judged = judged.with_columns(gone=gone, mended=pl.Series(mended))
    rows = []
    for kind in KINDS:
        mine = judged.filter(pl.col("kind") == kind)
        rows.append((kind, mine.height, int(mine["gone"].sum()), int(mine["mended"].sum()), _reasons(mine["drop"])))
    still = judged.filter(~pl.col("mended"))
    return rows, _percent(still["gone"].mean())


def _grams(text: str) -> set[str]:
    return {text[k : k + 6] for k in range(len(text) - 5)}


def _reasons(drop: pl.Series) -> str:
    return ", ".join(f"{why} {n}" for why, n in Counter(drop.drop_nulls()).most_common(4))


def _percent(share: Any) -> float:
    return round(100 * float(share or 0), 2)


def pretended(docs: pl.DataFrame, folder: Path, each: int) -> list[tuple[str, float]]:
    """The test half of the junk once more, as if it had come with the files of each category."""
    pool = docs.filter(
        (pl.col("half") == 1) & (pl.col("text").str.len_chars() > 200) & pl.col("category").is_in(MUST_STAY)
    )
    made = junk(TEST, pool["text"].to_list(), pages(folder, 1), each, seed=2)
    texts_ = pl.DataFrame({"text": [text for kind, text in made if kind not in MENDED]})
    categories = [category for category in dict.fromkeys(docs["category"]) if not category.startswith("English")]
    gone = {c: Clean()(texts_.with_columns(category=pl.lit(c)))["drop"].is_not_null().mean() for c in categories}
    return [(category, _percent(share)) for category, share in gone.items()]


def speed(docs: pl.DataFrame) -> dict[str, float]:
    """Megabytes of text in a CPU second. What the rules take is what Clean takes of repaired text, less another repair."""
    whole, plain = Clean(), Clean(repair=False, min_chars=20, min_han=0.3)
    tidy = docs.select("category", repaired(docs["text"])[0].alias("text"))
    raw = docs.select("category", "text")
    steps: dict[str, Callable[[], object]] = {
        "repaired text: repair": lambda: [repaired(batch["text"]) for batch in tidy.iter_slices(BATCH)],
        "repaired text: Clean()": lambda: [whole(batch) for batch in tidy.iter_slices(BATCH)],
        "raw text: Clean()": lambda: [whole(batch) for batch in raw.iter_slices(BATCH)],
        "raw text: Clean(repair=False, min_chars=20, min_han=0.3)": lambda: [plain(b) for b in raw.iter_slices(BATCH)],
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, run in steps.items():
            with clock() as spent:
                run()
            seconds[name].append(spent().cpu)
    least = {name: min(cpu) for name, cpu in seconds.items()}
    least["repaired text: the rules alone"] = least["repaired text: Clean()"] - least["repaired text: repair"]
    megabytes = docs["text"].str.len_bytes().sum() / MB
    return {name: megabytes / cpu for name, cpu in least.items()}


# ---- strangers -----------------------------------------------------------------------------------------------------

MARKS = "，。、；：？！（）《》“”"
COMMON = 3500  # Han; together 99.8 % of all
CHANCE = 5  # so often at least two would meet by chance
SELDOM = 0.2  # and strangers do so in at most a fifth of those cases
MOST = 4_000_000  # bytes of a category, so that none sets the tone


def fit(docs: pl.DataFrame) -> None:
    """Write down which common characters hardly ever stand side by side, in the rules' half of the documents."""
    chosen = docs.filter((pl.col("half") == 0) & ~pl.col("category").str.contains("English|terminology"))
    chosen = chosen.sample(fraction=1, shuffle=True, seed=1)
    chosen = chosen.filter(pl.col("text").str.len_bytes().cum_sum().over("category") < MOST)
    text = "\n".join(repaired(chosen["text"])[0])
    points = np.frombuffer(text.translate(str.maketrans(FOLDED)).encode("utf-32-le"), np.uint32)
    points = points[points < 1 << 16]
    often = np.bincount(points, minlength=1 << 16)
    han = np.arange(0x4E00, 0xA000)
    common = np.concatenate([[ord(mark) for mark in MARKS], han[np.argsort(-often[han], kind="stable")][:COMMON]])
    number = np.full(1 << 16, -1)
    number[common] = np.arange(len(common))
    first, second = number[points[:-1]], number[points[1:]]
    both = (first >= 0) & (second >= 0)
    met = np.bincount(first[both] * len(common) + second[both], minlength=len(common) ** 2).reshape(len(common), -1)
    chance = met.sum(1, keepdims=True) * (met.sum(0, keepdims=True) / met.sum())
    strange = (chance >= CHANCE) & (met <= SELDOM * chance)
    order = [k for k in np.argsort(-met.sum(1), kind="stable") if strange[k].any()]
    lines = [chr(common[k]) + "\t" + "".join(sorted(map(chr, common[strange[k]]))) + "\n" for k in order]
    STRANGERS.write_text("".join(lines), "utf-8")
    print(f"{int(strange.sum()):,} pairs of {len(points):,} characters lie in {STRANGERS}.")


def main() -> None:
    told = asked(
        __doc__,
        real={"type": Path, "default": os.environ.get("MEDGO_REAL_DATA"), "help": "the folder of the real material"},
        fit={"action": "store_true", "help": "write the table of strangers anew, and do nothing else"},
    )
    if told.real is None:
        sys.exit("This needs real material: name its folder with --real or in MEDGO_REAL_DATA.")
    folder = Path(told.real)
    docs = documents(folder)
    if told.fit:
        fit(docs)
        return
    each = EACH.of(told)
    rows = good(docs)
    whole = {row[0]: row[4] for row in rows}
    tell(
        f"Of {', '.join(MUST_STAY)} at least {KEPT:.0%} stay",
        ("category", "rows", "kept % of the rules' half", "of the test half", "of both", "why the others go"),
        rows,
        met=all(whole[category] >= 100 * KEPT for category in MUST_STAY),
        kept=whole,
    )
    for half, name in enumerate(("the one the rules were set on", "the one they were not")):
        rows_, share = bad(docs, folder, half, each)
        tell(
            f"Of junk at least {DROPPED:.0%} go: this half, {name}",
            ("kind", "made", "dropped", "mended", "why they go"),
            rows_,
            met=share >= 100 * DROPPED,
            dropped=share,
        )
    rows_ = pretended(docs, folder, each)
    tell(
        "The test half of the junk, as if it came with each category; garbled and repeated left out",
        ("category", "dropped %"),
        rows_,
        met=True,
        dropped=dict(rows_),
    )
    figures = speed(docs)
    tell(
        f"The rules read >= {SPEED} MB of text in a CPU second",
        ("what", "MB/CPU s"),
        [*figures.items()],
        met=figures["repaired text: the rules alone"] >= SPEED,
        megabytes_per_cpu_s={name: round(value) for name, value in figures.items()},
    )


if __name__ == "__main__":
    main()
