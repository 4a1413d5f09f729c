"""Texts that contain an item of a benchmark are found, with the item, how much of it, and where; and others are not."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import opencc
import openpyxl
import polars as pl
import pytest
import zstandard

from medgo_data import Corpus, Decontaminate, Here, Local, build
from medgo_data import open as open_built
from medgo_data.decontaminate import kernel
from medgo_data.decontaminate.index import FEWEST, STRETCH
from medgo_data.decontaminate.items import SEPARATOR, BenchmarkError, items
from medgo_data.schema import SchemaError
from medgo_data.sources import JsonLines
from medgo_data.stage import spec
from tests.conftest import manifest, sha256s
from tests.test_exams import ASKED, SHAPES

REAL = Path(os.environ.get("MEDGO_REAL_DATA", ""))
STEM = "患者晨起后双手关节僵硬超过一小时，伴对称性肿痛，首先考虑哪种疾病？"
OPTIONS = ["类风湿关节炎", "痛风性关节炎", "骨关节炎", "强直性脊柱炎"]
QUESTION = {"question": STEM, "options": dict(zip("ABCD", OPTIONS, strict=True)), "answer": "A"}
OTHER = {
    "question": "服用苹安宁期间不宜同时食用的水果是下列中的",
    "options": ["柚子", "香蕉", "西瓜", "橙子"],
    "answer": "A",
}
CASE = {"text": "入院前三天无明显诱因出现上腹隐痛，进食后加重，夜间可痛醒，无呕血黑便。", "entities": []}
BEFORE, AFTER = "门诊随访记录一则：", "\n以上内容仅供参考。"


def written(*options: str, stem: str = STEM) -> str:
    """A question as it stands in an exam."""
    return "\n".join([stem, *(f"{letter}. {option}" for letter, option in zip("ABCDE", options, strict=False))])


def letters(text: str) -> int:
    return sum(c.isalnum() for c in text)


SIZE = letters(STEM + "".join(OPTIONS))


def benchmark(folder: Path, name: str, *records: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


@pytest.fixture(scope="module")
def against(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("benchmarks")
    benchmark(folder, "CMB/test.jsonl", OTHER, QUESTION)
    benchmark(folder, "cases.jsonl", CASE)
    return f"{folder}/**/*.jsonl"


def found(stage: Decontaminate, *texts: str | None) -> list[tuple[Any, ...]]:
    """Of each text the item, the share of it, and the part of the text that it is in; or nothing."""
    told = stage(
        pl.DataFrame({"text": texts, "drop": [None] * len(texts)}, schema=dict.fromkeys(("text", "drop"), pl.String))
    )
    rows = []
    for text, drop, kept, score, span in told.select("text", "drop", "drop_kept", "drop_score", "drop_span").rows():
        if drop is None:
            assert (kept, score, span) == (None, None, None)
            rows.append(())
        else:
            assert drop == "contaminated"
            start, end = map(int, span.split("-"))
            rows.append((kept, score, text[start:end]))
    return rows


# ---- what is found -------------------------------------------------------------------------------------------------

WHOLE = written(*OPTIONS)
FOUND: dict[str, tuple[str, float, str]] = {
    "verbatim": (WHOLE, 1.0, WHOLE),
    "options shuffled": (written(*OPTIONS[::-1]), 1.0, written(*OPTIONS[::-1])),
    "without letters, on one line": (f"{STEM}{'；'.join(OPTIONS)}", 1.0, f"{STEM}{'；'.join(OPTIONS)}"),
    "an answer in place of the options": (f"{STEM}答案是类风湿关节炎，不是骨关节炎、痛风性关节炎。", (SIZE - 6) / SIZE, ""),
    "another letter": (WHOLE.replace("僵硬", "僵直"), (SIZE - 1) / SIZE, WHOLE.replace("僵硬", "僵直")),
    "letters that are gone": (WHOLE.replace("对称性", ""), (SIZE - 3) / SIZE, WHOLE.replace("对称性", "")),
    "letters put in": (WHOLE.replace("一小时", "约一个小时"), 1.0, WHOLE.replace("一小时", "约一个小时")),
    "in Traditional characters": (opencc.OpenCC("s2t").convert(WHOLE), 1.0, opencc.OpenCC("s2t").convert(WHOLE)),
    "with spaces": (" ".join(WHOLE), 1.0, " ".join(WHOLE)),
}  # fmt: skip


@pytest.mark.parametrize("way", FOUND)
def test_an_item_is_found_and_it_is_said_how_much_of_it_and_where(against: str, way: str) -> None:
    text, share, part = FOUND[way]
    ((item, score, seen),) = found(Decontaminate(against=against), BEFORE + text + AFTER)
    assert (item, score) == ("CMB/test.jsonl#1", pytest.approx(share))
    if part:
        assert seen == part.rstrip("？")


def test_a_text_that_is_no_question_is_an_item_too(against: str) -> None:
    text = "病例：" + CASE["text"] + "体格检查无异常。"
    assert found(Decontaminate(against=against), text) == [("cases/cases.jsonl#0", 1.0, CASE["text"].rstrip("。"))]


NOT_FOUND = {
    "nothing": "",
    "missing": None,
    "one character": "药",
    "a lone combining mark": "\u0301",
    "one character again and again": "药" * 500,
    "the same subject": "类风湿关节炎患者晨起后双手僵硬，常超过一小时，并有对称性的关节肿痛，应尽早诊治。",
    "the question without its options": STEM,
    "the options without the question": "风湿科常见病有：" + "、".join(OPTIONS) + "等，需结合化验鉴别。",
    "half of the question": STEM[: len(STEM) // 2] + "请看下文。",
    "piece by piece in a long text": STEM[:16] + "夏季应当多饮水。" * 40 + STEM[16:] + "冬季注意保暖。" * 40 + written(*OPTIONS, stem=""),
}  # fmt: skip


@pytest.mark.parametrize("way", NOT_FOUND)
def test_a_text_that_has_no_item_stays(against: str, way: str) -> None:
    assert found(Decontaminate(against=against), NOT_FOUND[way]) == [()]


def test_less_of_an_item_is_found_if_less_is_asked_for(against: str) -> None:
    part = letters(STEM) / SIZE
    assert found(Decontaminate(against=against, at_least=part + 0.001), STEM) == [()]
    assert found(Decontaminate(against=against, at_least=part), STEM) == [("CMB/test.jsonl#1", part, STEM.rstrip("？"))]


def test_a_turn_of_phrase_that_many_items_share_tells_none_of_them(tmp_path: Path) -> None:
    shared = "根据上述病例资料并结合相关的实验室检查结果，下列各项叙述中不正确的一项是"
    names = [f"{a}{b}{c}" for a in "甲乙丙丁" for b in "春夏秋冬" for c in "山水云月"]
    benchmark(tmp_path, "a.jsonl", *({"question": shared, "options": [name, name[::-1]]} for name in names))
    with pytest.raises(BenchmarkError, match="no item that could be told"):
        found(Decontaminate(against=f"{tmp_path}/a.jsonl"), shared)
    benchmark(tmp_path, "b.jsonl", *({"question": shared, "options": [name]} for name in names), QUESTION)
    assert found(Decontaminate(against=f"{tmp_path}/b.jsonl"), shared, WHOLE) == [(), ("b/b.jsonl#64", 1.0, WHOLE)]


def test_no_letter_of_a_text_counts_for_two_segments(tmp_path: Path) -> None:
    twins = {"query": "维生素缺乏会不会引起口腔溃疡", "title": "请问维生素缺乏会不会引起口腔溃疡"}
    stage = Decontaminate(against=str(benchmark(tmp_path, "a.jsonl", twins)))
    once, twice = twins["title"], f"{twins['query']}？{twins['title']}"
    assert found(stage, once, twice) == [(), ("a/a.jsonl#0", 1.0, twice)]


def test_a_long_item_is_found_by_its_grams(tmp_path: Path) -> None:
    dice = random.Random(1)
    text = "".join(dice.choices([chr(code) for code in range(0x4E00, 0x9000)], k=1500))
    stage = Decontaminate(against=str(benchmark(tmp_path, "a.jsonl", {"text": text})))
    torn = "".join("的" if n % 30 == 15 else c for n, c in enumerate(text))  # 50 letters are others
    half, (whole,), (other,) = (found(stage, one) for one in (text[:900] + AFTER * 500 + text[900:], text, torn))
    assert (half, whole, other[:2]) == ([()], ("a/a.jsonl#0", 1.0, text), ("a/a.jsonl#0", pytest.approx(1450 / 1500)))


def test_of_two_items_the_one_that_is_there_with_more_is_named(against: str) -> None:
    torn = WHOLE.replace("对称性", "")
    both = torn + AFTER * 20 + CASE["text"]
    assert found(Decontaminate(against=against), both)[0][0] == "cases/cases.jsonl#0"


def test_the_same_item_in_two_benchmarks_is_named_after_the_first(tmp_path: Path) -> None:
    turned = QUESTION | {"options": OPTIONS[::-1]}
    for name, record in (("B/test.jsonl", QUESTION), ("A/dev.jsonl", turned), ("C/test.jsonl", QUESTION)):
        benchmark(tmp_path, name, CASE if name[0] == "C" else OTHER, record)
    stage = Decontaminate(against=f"{tmp_path}/*/*.jsonl")
    assert [item for item, *_ in found(stage, WHOLE)] == ["A/dev.jsonl#1"]
    told = stage.looked_for()
    assert told.rows() == [
        ("A", "A/dev.jsonl", 2, 0, 0),
        ("B", "B/test.jsonl", 2, 2, 0),
        ("C", "C/test.jsonl", 2, 1, 0),
    ]


def test_items_that_are_too_short_are_left_out_and_counted(tmp_path: Path) -> None:
    long, short = "头孢与酒同用的后果是什么呢"[:FEWEST], "感冒咳嗽吃什么药好呢"
    stage = Decontaminate(against=str(benchmark(tmp_path, "q.jsonl", {"query": short}, {"query": long})))
    assert stage.looked_for().rows() == [("q", "q.jsonl", 2, 0, 1)]
    changed = long[:5] + "啤" + long[6:]
    assert found(stage, f"问：{short}？", f"问：{long}？", changed) == [(), ("q/q.jsonl#1", 1.0, long), ()]


# ---- where it is ---------------------------------------------------------------------------------------------------


def test_the_span_is_in_characters_of_the_text_as_it_is(against: str) -> None:
    strange = "𠀀１．Ｃａｆ\u0065\u0301（㎎）ﷺ\n\n　"
    for text in (strange + WHOLE + strange, WHOLE, "。。。" + WHOLE + "。。。"):
        for form in (text, unicodedata.normalize("NFD", text)):
            assert found(Decontaminate(against=against), form) == [("CMB/test.jsonl#1", 1.0, WHOLE)]


def test_an_item_is_found_wherever_it_is_in_a_long_text(against: str) -> None:
    dice = random.Random(0)
    filler = "".join(dice.choices([chr(code) for code in range(0x4E00, 0x9000)], k=2 * STRETCH))
    places = [0, 1, 100, STRETCH // 2 - 20, STRETCH - 40, STRETCH - 20, STRETCH, 3 * STRETCH // 2 - 10, 2 * STRETCH]
    texts = [f"{filler[:place]}\n{WHOLE}\n{filler[place:]}" for place in places]
    assert found(Decontaminate(against=against), *texts) == [("CMB/test.jsonl#1", 1.0, WHOLE)] * len(places)
    apart = [f"{filler[:place]}{STEM}{filler[:500]}{written(*OPTIONS, stem='')}" for place in places]
    assert found(Decontaminate(against=against), *apart) == [()] * len(places)


def test_a_row_of_fifty_megabytes_is_one_row(against: str) -> None:
    filler = "患者一般情况可，继续目前治疗方案，注意休息。" * 800_000
    text = filler[: len(filler) // 2] + WHOLE + filler[len(filler) // 2 :]
    assert len(text.encode()) > 50_000_000
    assert found(Decontaminate(against=against), "", text) == [(), ("CMB/test.jsonl#1", 1.0, WHOLE)]


def test_a_row_that_is_an_item_again_and_again_is_found_once(against: str) -> None:
    ((item, share, part),) = found(Decontaminate(against=against), WHOLE * 3000)
    assert (item, share) == ("CMB/test.jsonl#1", 1.0)
    assert len(part) <= len(WHOLE)  # one of them, or the end of one and the beginning of the next


ALIGNED = [  # a segment, a text, how many of its letters stand there, and which part of the text that is
    ("abcdef", "xxabcdefyy", 6, "abcdef"),
    ("abcdef", "xxabXdefyy", 5, "abXdef"),
    ("abcdef", "xxabdefyy", 5, "abdef"),
    ("abcdef", "xxabcXdefyy", 6, "abcXdef"),
    ("abcdef", "abxxxxxxxxdef", 3, "def"),  # what is far apart does not belong together
    ("abcdef", "fedcba", 1, "f"),
    ("abcdef", "xyz", 0, ""),
    ("abcdef", "", 0, ""),
]


@pytest.mark.parametrize(("segment", "text", "fit", "part"), ALIGNED)
def test_a_segment_is_aligned_where_most_of_it_stands_together(segment: str, text: str, fit: int, part: str) -> None:
    one, other = (np.array([*map(ord, said)], np.uint32) for said in (segment, text))
    count, start, stop = kernel.aligned(one, other, np.empty((len(text) + 1, 3), np.int32))
    assert (count, len(text[start:stop])) == (fit, len(part))
    assert fit <= 1 or text[start:stop] == part


# ---- benchmarks of every layout and format -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_question_is_the_same_item_in_whatever_shape_it_comes(tmp_path: Path, shape: str) -> None:
    record = SHAPES[shape] | {"解析": "胶原合成受阻，故牙龈肿胀出血。", "id": "z" * 30}
    stage = Decontaminate(against=str(benchmark(tmp_path, "a.jsonl", record)))
    shuffled = f"{ASKED}\nA. 夜盲症\nB. 坏血病\nC. 脚气病"
    assert found(stage, shuffled, "胶原合成受阻，故牙龈肿胀出血。", "z" * 30) == [("a/a.jsonl#0", 1.0, ASKED), (), ()]


RECORDS: dict[str, tuple[Any, str]] = {  # layouts of CBLUE and others, and what is their item
    "a text": ({"text": CASE["text"], "entities": [{"entity": "上腹隐痛进食后加重夜间可痛醒"}]}, CASE["text"]),
    "two texts": (
        {"text1": "得了甲状腺结节还能吃海带吗", "text2": "甲状腺结节可不可以吃海鲜", "label": "1"},
        "得了甲状腺结节还能吃海带吗\n甲状腺结节可不可以吃海鲜",
    ),
    "a dialogue": (
        {"dialog_id": 3, "dialog_info": [{"sender": "患者", "text": "医生您好，我的膝盖上楼的时候疼"}, {"sender": "医生", "text": "疼了多长时间，有没有受过伤"}]},
        "患者：医生您好，我的膝盖上楼的时候疼\n医生：疼了多长时间，有没有受过伤",
    ),
    "turns in a list": (
        [{"id": "Patients", "Sentence": "最近总是反酸烧心是怎么回事", "Symptom": ["反酸"]}, {"id": "Doctor", "Sentence": "饭后是不是马上平躺"}],
        "最近总是反酸烧心是怎么回事\n饭后是不是马上平躺",
    ),
    "a prompt": ({"input": CASE["text"], "target": "没有异常所见，建议定期复查即可", "sample_id": "1"}, CASE["text"]),
    "a case with questions": (
        {"description": CASE["text"], "QA_pairs": [{"question": "最可能的诊断以及诊断依据是什么", "answer": "十二指肠溃疡"}]},
        CASE["text"] + "最可能的诊断以及诊断依据是什么",
    ),
    "names that nobody knows": ({"id": "7", "内容一": CASE["text"], "answer": "十二指肠球部溃疡并幽门螺杆菌感染"}, CASE["text"]),
    "a string": (CASE["text"], CASE["text"]),
}  # fmt: skip


@pytest.mark.parametrize("layout", RECORDS)
def test_of_a_record_that_is_no_question_the_texts_are_taken_and_not_their_labels(tmp_path: Path, layout: str) -> None:
    record, text = RECORDS[layout]
    (tmp_path / "a.json").write_text(json.dumps([record], ensure_ascii=False), "utf-8")
    stage = Decontaminate(against=f"{tmp_path}/a.json", at_least=1.0)
    ((item, share, _),) = found(stage, BEFORE + text + AFTER)
    assert (item, share) == ("a/a.json#0", 1.0)


def parquet(records: list[dict[str, str]]) -> bytes:
    held = io.BytesIO()
    pl.DataFrame(records).write_parquet(held)
    return held.getvalue()


def workbook(records: list[dict[str, str]]) -> bytes:
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in ([*records[0]], *([*record.values()] for record in records)):
        book.active.append(row)
    book.save(held)
    return held.getvalue()


def lines(records: list[dict[str, str]]) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


FORMATS: dict[str, Callable[[list[dict[str, str]]], bytes]] = {
    "a.json": lambda records: json.dumps(records).encode(),
    "lines.json": lines,
    "a.jsonl": lines,
    "a.jsonl.gz": lambda records: gzip.compress(lines(records)),
    "a.jsonl.zst": lambda records: zstandard.compress(lines(records)),
    "a.csv": lambda records: pl.DataFrame(records).write_csv().encode("gb18030"),
    "a.tsv": lambda records: pl.DataFrame(records).write_csv(separator="\t").encode("utf-8-sig"),
    "a.parquet": parquet,
    "a.xlsx": workbook,
}


@pytest.mark.parametrize("name", FORMATS)
def test_benchmarks_of_every_format_are_read(tmp_path: Path, name: str) -> None:
    first, second = (dict(zip(("题干", *"ABCD"), (stem, *OPTIONS), strict=True)) for stem in ("站位" * 10, STEM))
    (tmp_path / name).write_bytes(FORMATS[name]([first, second]))
    stem = name.split(".", maxsplit=1)[0]
    assert found(Decontaminate(against=f"{tmp_path}/{name}"), WHOLE) == [(f"{stem}/{name}#1", 1.0, WHOLE)]


def test_it_can_be_said_where_the_items_are(tmp_path: Path) -> None:
    odd = {"meta": {"stem": STEM, "choices": OPTIONS}, "question": "这里是出题人写给编辑的说明文字而已"}
    benchmark(tmp_path, "odd/a.jsonl", odd)
    benchmark(tmp_path, "plain/a.jsonl", OTHER)
    plain = written(*OTHER["options"], stem=str(OTHER["question"]))
    texts = (WHOLE, str(odd["question"]), plain)
    usual = Decontaminate(against=f"{tmp_path}/**/*.jsonl")
    told = Decontaminate(against=f"{tmp_path}/**/*.jsonl", fields={"odd": ("meta.stem", "meta.choices")})
    assert [bool(one) for one in found(usual, *texts)] == [False, True, True]
    assert [bool(one) for one in found(told, *texts)] == [True, False, True]


# ---- a benchmark that is not read is an error ----------------------------------------------------------------------

BROKEN: dict[str, tuple[bytes, str]] = {
    "empty.jsonl": (b"", "empty_file"),
    "torn.jsonl.gz": (gzip.compress(json.dumps(QUESTION).encode() * 3)[:-9], "cannot be read"),
    "line.jsonl": (json.dumps(QUESTION).encode() + b'\n{"question": \n', "not_json at record 1"),
    "bytes.jsonl": (json.dumps(QUESTION).encode() + b'\n{"question": "\xff\xfe\xfa"}\n', "record 1"),
    "rows.csv": ("question,A,B\n一,二,三\n四\n".encode(), "wrong_columns at record 1"),
    "notes.txt": ("关于本数据集的说明".encode(), "holds no records"),
    "labels.jsonl": (b'{"id": 1, "answer": "B"}\n{"id": 2, "answer": "C"}\n', "has no items"),
    "terms.jsonl": (json.dumps({"text": "慢性胃炎"}).encode(), "no item that could be told"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_benchmark_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    content, said = BROKEN[name]
    benchmark(tmp_path, "good.jsonl", QUESTION)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BenchmarkError, match=said) as wrong:
        found(Decontaminate(against=f"{tmp_path}/*"), WHOLE)
    assert name in str(wrong.value)


def test_a_build_says_which_benchmark_cannot_be_read(tmp_path: Path) -> None:
    texts = benchmark(tmp_path, "raw/a.jsonl", {"text": "饭后服用。"})
    corpus = Corpus(
        "c", [source(texts)], [Decontaminate(against=str(benchmark(tmp_path, "bad.jsonl", {"answer": "B"})))]
    )
    with pytest.raises(BenchmarkError, match=r"bad\.jsonl has no items"):
        build(corpus, tmp_path / "root", Here())


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="'Decontaminate': no file matches"):
        Decontaminate(against=f"{tmp_path}/**/*.jsonl")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at_least": 0}, "above 0"),
        ({"at_least": 1.01}, "up to 1"),
        ({"fields": {"CMC": ("question",)}}, "'CMC', but the benchmarks are CMB, cases"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(against: str, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Decontaminate(against=against, **wrong)


# ---- what it is known by -------------------------------------------------------------------------------------------


def test_a_benchmark_counts_by_what_it_holds_and_not_by_where_it_lies(tmp_path: Path) -> None:
    for folder in ("here", "there"):
        benchmark(tmp_path, f"{folder}/CMB/test.jsonl", QUESTION)
    here, there = (Decontaminate(against=f"{tmp_path}/{folder}/**/*.jsonl") for folder in ("here", "there"))
    assert spec(here) == spec(there)
    assert str(tmp_path) not in json.dumps(spec(here))
    assert spec(Decontaminate(against=f"{tmp_path}/here/**/*.jsonl", sha256=here.sha256)) == spec(here)
    benchmark(tmp_path, "there/CMB/test.jsonl", QUESTION, OTHER)
    assert spec(Decontaminate(against=f"{tmp_path}/there/**/*.jsonl")) != spec(here)
    with pytest.raises(BenchmarkError, match=r"CMB/test\.jsonl is not what it was"):
        Decontaminate(against=f"{tmp_path}/there/**/*.jsonl", sha256=here.sha256)


@pytest.mark.parametrize("change", ["changed", "gone", "more"])
def test_a_benchmark_that_changes_after_the_recipe_was_read_is_an_error(tmp_path: Path, change: str) -> None:
    for name in "ab":
        benchmark(tmp_path, f"{name}.jsonl", QUESTION)
    stage = Decontaminate(against=f"{tmp_path}/*.jsonl")
    if change == "gone":
        (tmp_path / "b.jsonl").unlink()
    else:
        benchmark(tmp_path, "b.jsonl" if change == "changed" else "c.jsonl", OTHER)
    with pytest.raises(BenchmarkError, match=r"[bc]\.jsonl is not what it was"):
        found(stage, WHOLE)


def test_it_travels_to_a_worker(against: str) -> None:
    stage = pickle.loads(pickle.dumps(Decontaminate(against=against)))
    assert found(stage, WHOLE) == [("CMB/test.jsonl#1", 1.0, WHOLE)]


# ---- in a corpus ---------------------------------------------------------------------------------------------------


def source(path: Path, **fields: Any) -> JsonLines:
    return JsonLines(name="texts", files=str(path), license="public", **{"fields": {"text": "text"}} | fields)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    rows = ["饭后服用。", BEFORE + WHOLE, "病例：" + CASE["text"], WHOLE, "多喝水，多休息。"]
    return benchmark(tmp_path, "raw/texts.jsonl", *({"text": row} for row in rows))


def test_what_goes_is_in_the_ledger_with_its_evidence_and_in_the_funnel_by_benchmark(
    against: str, texts: Path, tmp_path: Path
) -> None:
    folder = build(Corpus("c", [source(texts)], [Decontaminate(against=against)]), tmp_path / "root", Here())
    gone = open_built(tmp_path / "root", "c").dropped().collect()
    assert gone.select("id", "reason", "kept", "score", "span").rows() == [
        ("texts/texts.jsonl#0-1", "contaminated", "CMB/test.jsonl#1", 1.0, f"9-{9 + len(WHOLE)}"),
        ("texts/texts.jsonl#0-2", "contaminated", "cases/cases.jsonl#0", 1.0, f"3-{2 + len(CASE['text'])}"),
        ("texts/texts.jsonl#0-3", "contaminated", "CMB/test.jsonl#1", 1.0, f"0-{len(WHOLE)}"),
    ]
    assert manifest(folder)["funnel"][1] == {
        "stage": "Decontaminate",
        "rows_in": 5,
        "born": 0,
        "dropped": {"contaminated": 3},
        "against": {"CMB": 2, "cases": 1},
        "masked": {},
        "asked": {},
        "rows_out": 2,
    }


def test_nothing_goes_if_it_is_only_to_be_said(against: str, texts: Path, tmp_path: Path) -> None:
    stage = Decontaminate(against=against, drop=False)
    folder = build(Corpus("c", [source(texts)], [stage]), tmp_path / "root", Here())
    rows = open_built(tmp_path / "root", "c").rows().collect()
    assert rows.select("leak", "leak_at").rows() == [
        (None, None),
        ("CMB", f"CMB/test.jsonl#1 1.00 9-{9 + len(WHOLE)}"),
        ("cases", f"cases/cases.jsonl#0 1.00 3-{2 + len(CASE['text'])}"),
        ("CMB", f"CMB/test.jsonl#1 1.00 0-{len(WHOLE)}"),
        (None, None),
    ]
    assert manifest(folder)["sources"]["texts"]["counts"]["leak"] == {"CMB": 2, "cases": 1}


def test_the_bytes_are_the_same_with_more_workers(against: str, tmp_path: Path) -> None:
    for k in range(4):
        benchmark(
            tmp_path, f"raw/{k}.jsonl", *({"text": f"第{k}例。{text}"} for text in (WHOLE, "饭后服用。", CASE["text"]))
        )
    corpus = Corpus("c", [source(tmp_path / "raw/*.jsonl")], [Decontaminate(against=against, drop=False)])
    with_two = Local(2)
    one, two = build(corpus, tmp_path / "one", Here()), build(corpus, tmp_path / "two", with_two)
    with_two.close()
    assert sha256s(one) == sha256s(two)


def test_of_a_conversation_what_is_said_is_looked_at(against: str) -> None:
    talk = [{"role": "user", "content": WHOLE}, {"role": "assistant", "content": "选A。"}]
    kind = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
    rows = pl.DataFrame(
        {"messages": [talk, None, [], talk[1:]], "drop": [None] * 4}, schema={"messages": kind, "drop": pl.String}
    )
    told = Decontaminate(against=against, column="messages")(rows)
    assert told["drop_kept"].to_list() == ["CMB/test.jsonl#1", None, None, None]
    assert told[0, "drop_span"] == f"0-{len(WHOLE)}"
    apart = [{"role": "user", "content": STEM}, {"role": "assistant", "content": written(*OPTIONS, stem="")}]
    assert Decontaminate(against=against, column="messages")(
        rows[:1].with_columns(messages=pl.Series([apart], dtype=kind))
    )[0, "drop"]


def test_a_column_that_is_no_text_is_refused_by_name(against: str) -> None:
    with pytest.raises(SchemaError, match="'tokens' is Int32"):
        Decontaminate(against=against, column="tokens")(
            pl.DataFrame({"tokens": [1], "drop": [None]}, schema={"tokens": pl.Int32, "drop": pl.String})
        )


def test_a_batch_without_rows_stays_one(against: str) -> None:
    none = pl.DataFrame(schema={"text": pl.String, "drop": pl.String})
    assert Decontaminate(against=against)(none).height == 0
    assert Decontaminate(against=against, drop=False)(none).schema["leak"] == pl.String


# ---- real exams, real texts ----------------------------------------------------------------------------------------


@pytest.mark.real
def test_real_questions_are_found_and_real_texts_stay() -> None:
    stage = Decontaminate(against=f"{REAL}/data/exam/MTCMB_TCM-ED-*")
    dice, share = random.Random(0), {}
    some = (
        pl.concat(items(one, None) for one in stage.benchmarks)
        .sample(1000, seed=0)["text"]
        .str.split(SEPARATOR)
        .to_list()
    )
    for way in ("verbatim", "shuffled", "edited"):
        texts = []
        for stem, *options in some:
            text = written(*(dice.sample(options, len(options)) if way == "shuffled" else options), stem=stem)
            texts.append("".join(edited(c, dice) for c in text) if way == "edited" else text)
        share[way] = sum(bool(one) for one in found(stage, *texts)) / len(texts)
    assert share["verbatim"] >= 0.985, share  # the rest has fewer than 13 letters
    assert share["shuffled"] >= 0.985, share
    assert share["edited"] >= 0.95, share
    docs = pl.read_parquet(REAL / "bench/dedup.parquet")["text"].sample(10_000, seed=0).to_list()
    assert sum(bool(one) for one in found(stage, *docs)) <= 10


def edited(character: str, dice: random.Random) -> str:
    return dice.choice(("", "的", character + "的")) if dice.random() < 0.05 else character
