"""Quality tells medical text from ten kinds of junk with AUC >= 0.97, learned from other files and other junk, at >= 60 MB/s a core.

Needs real texts: MEDGO_REAL_DATA names their folder. With --write, the model that is shipped is made of all of them anew.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from common import MB, Size, apart, asked, tell
from junk_texts import RULES, TEST, junk
from medgo_data.clean import fit
from medgo_data.clean.quality import OURS, Model
from medgo_data.sources.raw import text
from medgo_data.sources.works import Works

LIMIT, SPEED, SIZE = 0.97, 60, 500_000
MOST = Size(1500, 150)  # texts of a file
LONGEST = 3000  # characters of a part of a work
SHORTEST = 40
EACH, TORN = (
    Size(400, 50),
    Size(3000, 300),
)  # junk of each kind; more of what is made of real text, for it differs each time
MADE_OF_TEXT = ("garbled", "shuffled", "misread")
GOOD: list[tuple[str, str, Any]] = [
    ("ancient", "monograph/tcm_ancient/*.txt", None),
    ("case", "case/CMB-Clin-qa.json", {"text": "description"}),
    ("case", "case/TCM-SRT_train.part1.json", {"text": ("临床资料", "临证体会")}),
    ("case", "case/web_case_reports.part1.jsonl", {"text": "Diagnostic_results"}),
    ("case", "complaint/MTCMB_TCM-CHGD.part1.jsonl", {"text": ("dialogue", "answer")}),
    ("case", "ner/CCKS2019_subtask1_part1.txt", {"text": "originalText"}),
    ("dialogue", "dialogue/COVID-Dialogue-Chinese.part1.txt.gz", None),
    ("dialogue", "dialogue/huatuo100_conv_GPT4.json", {"text": ("Description", "Real Dialogue")}),
    ("dialogue", "dialogue/huatuo26M_test.json.gz", {"text": ("instruction", "output")}),
    ("dialogue", "dialogue/xywy_question.part1.json", {"text": ("question_title", "question_body")}),
    ("encyclopedia", "encyclopedia/disease_gbk.csv.gz", {"text": ("name", "alias", "checklist", "symptom", "treatment")}),
    ("encyclopedia", "encyclopedia/medical.json", {"text": ("desc", "prevent", "cause")}),
    ("english", "english/chatdoctor5k.json", {"text": ("instruction", "input", "output")}),
    ("english", "english/medmcqa_dev.json", {"text": ("question", "exp")}),
    ("exam", "exam/MTCMB_TCM-ED-A.part1.jsonl", {"text": ("question", "answer")}),
    ("exam", "exam/MTCMB_TCM-ED-B.part1.jsonl.gz", {"text": ("question", "options")}),
    ("guideline", "guideline/ruijin_diabetes/*.txt", None),
    ("guideline", "guideline/导诊指导.md", None),
    ("guideline", "protocol/*.txt", None),
    ("leaflet", "drug/CareGPT_drug.json.gz", {"text": "."}),
    ("leaflet", "drug/leaflet/*.txt", None),
    ("leaflet", "drug/中药说明书NER_train.json.gz", {"text": "text"}),
    ("literature", "exam/TCM_literature_QG.json.gz", {"text": "text"}),
    ("literature", "lecture/*.md", None),
    ("monograph", "monograph/中药_bom.csv", {"text": ("名称", "性味", "归经", "功效", "主治")}),
    ("monograph", "monograph/方剂_gbk.csv.gz", {"text": ("处方名", "配方", "功效", "用法用量", "主治病症")}),
    ("paper", "paper/md/*.md", None),
    ("qa", "guideline_qa/MedicalGPT-zh_test_result.json", {"text": ("问题", "回答")}),
    ("qa", "guideline_qa/huatuo_llama_data.jsonl.gz", {"text": ("instruction", "output")}),
    ("qa", "guideline_qa/liver_cancer_literature.json", {"text": ("instruction", "output")}),
    ("textbook", "textbook/*/*.tex", None),
    ("textbook", "textbook/gmzyjc/gl/*.md", None),
    ("textbook", "textbook/中医诊断学.txt", None),
    ("traditional", "drug/formulary_md/*.md", None),
    ("traditional", "drug/formulary_藥物諮詢_big5.csv.gz", {"text": ("藥品學名", "適應症", "用法用量", "副作用", "注意事項")}),
]  # fmt: skip


def main() -> None:
    told = asked(__doc__, write={"action": "store_true", "help": f"fit on everything and write {OURS.name}"})
    folder = os.environ.get("MEDGO_REAL_DATA")
    if not folder:
        sys.exit("MEDGO_REAL_DATA names no folder of real texts")
    halves = _halves(Path(folder, "data"), told)
    all_of_them = pl.concat(half.with_columns(half=pl.lit(k)) for k, half in enumerate(halves))
    fitted = fit.fit(all_of_them, fold=all_of_them["half"].to_numpy())
    if told.write:
        fitted.model.save(OURS)
    # of each file and each kind of junk equally many, if it has as many
    tested = all_of_them.with_columns(fitted.tested["quality"]).filter(
        pl.int_range(pl.len()).over("origin") < EACH.of(told)
    )
    aucs = [_auc(tested.filter(pl.col("half") == half)) for half in (0, 1)]
    print(fit.thresholds(tested))
    rows = [*_by_category(tested)]
    speed = apart(_speed, halves[0]["text"])
    size = OURS.stat().st_size
    tell(
        f"AUC >= {LIMIT} on files and junk that were not learned from, >= {SPEED} MB/s a core, <= {SIZE:,} bytes",
        ("category", "texts", "AUC", "below 0.1", "below 0.2", "below 0.4"),
        rows,
        met=min(aucs) >= LIMIT and speed >= SPEED and size <= SIZE,
        auc=[round(a, 4) for a in aucs],
        categories={row[0]: round(row[2], 3) for row in rows},
        MB_s=round(speed),
        bytes=size,
    )


def _halves(data: Path, told: Any) -> list[pl.DataFrame]:
    good = pl.concat([*good_texts(data, MOST.of(told))])
    origins = good.select("category", "origin").unique().sort("category", "origin")
    origins = origins.with_columns(half=pl.int_range(pl.len()).over("category") % 2)
    good = good.join(origins, on=["category", "origin"], maintain_order="left")
    pages = [_page(path) for path in sorted((data / "noise" / "html").iterdir())]
    made = []
    for k, half in enumerate((RULES, TEST)):
        mine = good.filter(pl.col("half") == k).drop("half")
        real = mine["text"].to_list()
        bad = [*junk(half, real, pages[k::2], EACH.of(told), 1)]
        bad += [(kind, t) for kind, t in junk(half, real, pages[k::2], TORN.of(told), 2) if kind in MADE_OF_TEXT]
        bad = [(kind, f"{kind}/{k}", t) for kind, t in bad if t.strip()]
        frame = pl.DataFrame(bad, schema=["category", "origin", "text"], orient="row").with_columns(
            good=pl.lit(value=False)
        )
        made.append(pl.concat([mine, frame.select(mine.columns)]))
    return made


def good_texts(data: Path, most: int) -> Iterator[pl.DataFrame]:
    for category, files, fields in GOOD:
        works = Works(name=category, files=str(data / files), license="-", fields=fields, longest=LONGEST)
        for raw in works.raw:
            read = [
                docs.filter(pl.col("drop").is_null())["text"]
                for piece in works.pieces(raw)
                for docs in works.read(piece)
            ]
            texts = pl.concat(read) if read else pl.Series("text", [], dtype=pl.String)
            texts = texts.filter(texts.str.len_chars() >= SHORTEST)
            texts = texts.sample(min(most, len(texts)), seed=1, shuffle=True)
            origin = f"{category}/{Path(files).parent}/{raw.name}"
            yield (
                fit.examples(origin, texts, good=True)
                .with_columns(category=pl.lit(category))
                .select("category", "origin", "text", "good")
            )


def _page(path: Path) -> str:
    """A web page without its tags."""
    page = b"".join(text(path)).decode("utf-8", "replace")
    page = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.IGNORECASE | re.DOTALL)
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"<[^>]+>", "\n", page))


def _auc(judged: pl.DataFrame) -> float:
    return fit.auc(judged["quality"].to_numpy(), judged["good"].to_numpy())


def _by_category(judged: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Each kind of junk against all good texts of its half, and each category of them against all junk."""
    for good in (True, False):
        other = judged.filter(pl.col("good") != good)
        for category, mine in sorted(
            judged.filter(pl.col("good") == good).partition_by("category", as_dict=True).items()
        ):
            parts = [
                pl.concat([p, other.filter(pl.col("half") == half)])
                for (half,), p in mine.partition_by("half", as_dict=True).items()
            ]
            auc = np.average([_auc(p) for p in parts], weights=[p.filter(pl.col("good") == good).height for p in parts])
            below = [float((mine["quality"] < at).mean()) for at in (0.1, 0.2, 0.4)]  # type: ignore[arg-type]
            yield ("" if good else "junk: ") + category[0], mine.height, float(auc), *below


def _speed(texts: pl.Series) -> float:
    """MB of UTF-8 a second of CPU, once the kernel is compiled."""
    from medgo_data.clean.quality import _opened

    model: Model = _opened(None, None)
    model.quality(texts[:10])
    began = time.process_time()
    model.quality(texts)
    return float(texts.str.len_bytes().sum() / MB / (time.process_time() - began))


if __name__ == "__main__":
    main()
