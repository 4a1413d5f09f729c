"""A raw file of any format becomes rows: cut at its own headings, whole where it is short. All content is invented."""

from __future__ import annotations

import gzip
import json
import os
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgo_data.corpus import Piece, Raw
from medgo_data.sources.formats import format_of
from medgo_data.sources.formats.plain import read
from medgo_data.sources.raw import text
from medgo_data.sources.split import Part, split
from medgo_data.sources.works import Works

REAL = Path(os.environ.get("MEDGO_REAL_DATA", "")) / "data"
real = pytest.mark.skipif("MEDGO_REAL_DATA" not in os.environ, reason="MEDGO_REAL_DATA names no folder")


def works(path: Path, **fields: Any) -> list[dict[str, Any]]:
    source = Works(name="works", files=str(path), license="public", **fields)
    frames = [frame for raw in source.raw for frame in source.read(Piece(raw))]
    rows = [row for frame in frames for row in frame.to_dicts()]
    assert [row["record"] for row in rows] == list(range(len(rows)))
    return rows


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def paragraph(said: str, chars: int) -> str:
    """A sentence again and again, until there are so many characters."""
    return (said * (chars // len(said) + 1))[: chars - 1] + "。\n"


# ---- what holds of every text --------------------------------------------------------------------------------------

HEAD = re.compile(r"\s*(#{1,6} |第.{1,3}[章节]|[一二三]、|（[一二三]）)")
sentence = st.text("平卧休息少盐\n，、", min_size=1, max_size=15).map(lambda said: "每" + said + "日")
ended = st.tuples(
    sentence, st.sampled_from(["。", "！", "？”", "。）", "；\n", "\n\n", "。\n\n\n", "。\f", "…… "])
).map("".join)
heading = st.sampled_from(
    ["\n# 总论\n", "\n## 用药\n", "\n第一章 总论\n", "\n第二节 起居\n", "\n一、饮食\n", "\n（二）运动\n"]
)
table = st.just("\n| 药 | 量 |\n| --- | --- |\n| 甲 | 一片 |\n\n")
structured = st.lists(st.one_of(ended, ended, ended, ended, heading, table), max_size=60).map("".join)


def may_be_cut(whole: str, at: int) -> bool:
    """Whether a sentence ends here, or a heading or a line of a table or list begins; told without the patterns of the house."""
    before, after = whole[:at].rstrip(), whole[at:]
    between = whole[len(before) : at]
    if before.rstrip("”）").endswith(("。", "！", "？", "…")) or between.count("\n") > 1:
        return True
    begins = between.endswith("\n") or "\n" in between or after[:1] in "\f\n"
    return begins and (before.endswith("；") or after.lstrip()[:1] in "#|-*" or bool(HEAD.match(after)))


@settings(max_examples=400, deadline=None)
@given(structured, st.integers(80, 400))
def test_parts_are_the_text_and_none_is_too_long_or_breaks_a_sentence(whole: str, longest: int) -> None:
    parts = list(split(whole, longest))
    assert "".join(part.text for part in parts) == whole
    at = 0
    for part in parts[:-1]:
        at += len(part.text)
        assert may_be_cut(whole, at), whole[max(0, at - 20) : at + 20]
    assert all(len(part.text.rstrip()) <= longest for part in parts)
    assert all(part.text.strip() for part in parts) or not whole.strip()


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("药。\n\f#  第一章…：” |\udcff"), max_size=300), st.integers(1, 60))
def test_whatever_a_text_is_only_one_sentence_may_be_too_long(whole: str, longest: int) -> None:
    parts = list(split(whole, longest))
    assert "".join(part.text for part in parts) == whole
    for part in parts:
        said = part.text.strip()
        if len(part.text.rstrip()) > longest:
            assert not re.search(r"。[^。”）…，、；]|\n", said[: longest - len(part.text) + len(part.text.lstrip())])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 4)), min_size=1, max_size=30), st.integers(40, 200))
def test_a_position_names_the_heading_and_the_page_that_a_part_begins_on(
    chapters: list[tuple[int, int]], longest: int
) -> None:
    marks, whole = [], ""
    for number, (level, breaks) in enumerate(chapters):
        marks.append((len(whole), f"章{number}", 1 + whole.count("\f")))
        whole += "#" * level + f" 章{number}\n" + "静卧片刻。" * 4 + "\f日行百步。" * breaks + "\n"
    parts, at = list(split(whole, longest)), 0
    for part in parts if len(parts) > 1 else ():
        begun = [said for start, said, _ in marks if start <= at]
        first = re.match(r"(.*?)( – 章\d+)?( · p\. (\d+)(-\d+)?)?$", part.position or "")
        assert first and first[1].split(" › ")[-1] == begun[-1]
        if "\f" in whole:
            blank = len(part.text) - len(part.text.lstrip())
            last = whole[: at + len(part.text.rstrip())].count("\f") + 1
            pages = [whole[: at + blank].count("\f") + 1, last]
            told = [int(n) for n in re.findall(r"\d+", (part.position or "").rpartition("p. ")[2])]
            assert told == sorted(set(pages))
        at += len(part.text)


# ---- headings ------------------------------------------------------------------------------------------------------

LINES = {  # a line, and whether it is a heading
    "# 总论": True,
    "## 第二章 用药": True,
    "### 1.2 剂量": True,
    "第一章 绪论": True,
    "第一章绪论": True,
    "　　第十二章　四诊": True,
    "第三篇 外科": True,
    "第2节 望诊": True,
    "一、适应证": True,
    "（三）用法": True,
    "(四) 疗程": True,
    "# 附录 2": True,
    "第十四条 医师应当每年体检一次": False,
    "第三章所述的方法，在此不再重复，详见附录": False,
    "一、饭后服用，一日三次。": False,
    "第一章 绪论 …………… 12": False,
    "第一节 望诊......3": False,
    "第二节 闻诊 15": False,
    "#今日步数#已达标": False,
    "第二篇文章讲的是饮水": False,
    "二型糖尿病": False,
    "第一步": False,
    "一、" + "很长的一行没有标点" * 8: False,
}


@pytest.mark.parametrize(("line", "is_heading"), LINES.items(), ids=list(LINES))
def test_what_a_heading_is(line: str, is_heading: bool) -> None:  # noqa: FBT001  a column of the table
    whole = paragraph("少盐多水。", 600) + line + "\n" + paragraph("早睡早起。", 950)
    parts = list(split(whole, 1000))
    assert any(part.text.startswith(line) for part in parts) is is_heading
    names = {part.position for part in parts}
    assert names == ({line.strip("# 　")} if is_heading else {None}) or (
        is_heading and names == {line.strip("# 　"), None}
    )


def test_chapters_are_rows_and_long_ones_are_cut_at_their_sections() -> None:
    sections = "".join(f"第{n}节 其{n}\n{paragraph('午睡片刻。', 600)}" for n in "一二三")
    whole = f"养生手册\n第一章 起居\n{paragraph('早睡早起。', 700)}第二章 运动\n{sections}第三章 饮食\n{paragraph('少盐。', 300)}"
    assert [(part.position, len(part.text) // 100) for part in split(whole, 1000)] == [
        ("第一章 起居", 7),
        ("第二章 运动 › 第一节 其一", 6),
        ("第二章 运动 › 第二节 其二", 6),
        ("第二章 运动 › 第三节 其三", 6),
        ("第三章 饮食", 3),
    ]


def test_sections_that_are_too_short_to_stand_alone_stay_together() -> None:
    whole = "".join(f"# 药{n}\n味甘，性平。\n" for n in range(100))
    parts = list(split(whole, 1000))
    assert [len(part.text) for part in parts] == [108, 103, *[104] * 9, 143]  # the last scrap stays with the one before
    assert [part.position for part in parts[:2]] == ["药0 – 药8", "药9 – 药16"]


def test_a_table_of_contents_is_no_structure() -> None:
    names = [f"第{n}章 其{n}" for n in "一二三四"]
    contents = "".join(f"{name}\n第一节 概说\n第二节 调护\n" for name in names)
    body = "".join(f"{name}\n{paragraph('早睡早起。', 600)}" for name in names)
    parts = list(split("养生手册\n目录\n" + contents + body, 700))
    assert [part.position for part in parts] == [None, *names]
    assert parts[0].text == "养生手册\n目录\n" + contents


def test_a_short_text_stays_whole_and_says_its_pages() -> None:
    assert list(split("# 总论\n少盐。\n# 各论\n多水。", 100)) == [Part("# 总论\n少盐。\n# 各论\n多水。")]
    assert list(split("少盐。\f多水。\f", 100)) == [Part("少盐。\f多水。\f", "p. 1-2")]
    assert list(split("", 100)) == [Part("")]


def test_what_shows_no_structure_is_cut_into_even_parts() -> None:
    parts = list(split(paragraph("少盐多水。", 2100), 1000))
    assert [round(len(part.text), -1) for part in parts] == [700, 700, 700]


def test_a_list_without_a_sentence_is_cut_at_its_lines_and_one_endless_line_is_not_cut() -> None:
    terms = "".join(f"A{n:02} 虚构病名\n" for n in range(60))
    parts = [part.text for part in split(terms, 200)]
    assert len(parts) == 3 and all(part.startswith("A") and part.endswith("\n") for part in parts)
    assert len(list(split("无标点" * 500, 200))) == 1


def test_splitting_reads_fifty_megabytes_a_second() -> None:
    chapter = (
        f"第一节 起居\n{paragraph('早睡早起，少盐多水，饭后百步走。', 2000)}一、午睡\n{paragraph('午睡片刻', 1500)}"
    )
    whole = "".join(f"第{n}章 其{n}\n{chapter * 20}" for n in range(1, 41))
    start = time.process_time()
    parts = sum(1 for _ in split(whole, 20_000))
    speed = len(whole.encode()) / 1e6 / (time.process_time() - start)
    assert parts > 100
    assert speed > 50, f"{speed:.0f} MB/s"


# ---- files ---------------------------------------------------------------------------------------------------------


def test_a_work_is_rows_with_its_title_and_their_position(tmp_path: Path) -> None:
    whole = f"第一章 起居\r\n{paragraph('早睡早起。', 80)}第二章 饮食\r\n{paragraph('少盐多水。', 80)}"
    rows = works(written(tmp_path / "养生手册.txt.gz", gzip.compress(whole.encode("gb18030"))), longest=100)
    assert [(row["title"], row["position"]) for row in rows] == [
        ("养生手册", "第一章 起居"),
        ("养生手册", "第二章 饮食"),
    ]
    assert "".join(row["text"] for row in rows) == whole.replace("\r\n", "\n")


def test_bytes_that_are_no_text_spoil_the_part_that_holds_them(tmp_path: Path) -> None:
    first, second = (f"第{n}章 其{n}\n{paragraph('早睡早起。', 80)}".encode() for n in "一二")
    rows = works(written(tmp_path / "a.txt", first + second[:60] + b"\xff" + second[60:] + first), longest=100)
    assert [row["drop"] for row in rows] == [None, "undecodable", None]
    assert [row["text"] for row in rows] == [first.decode(), None, first.decode()]


def test_a_heading_that_is_no_text_does_not_spoil_the_rows_below_it(tmp_path: Path) -> None:
    sections = "".join(f"第{n}节 其{n}\n{paragraph('早睡早起。', 80)}" for n in "一二").encode()
    rows = works(
        written(tmp_path / "a.txt", "第一章 总".encode() + b"\xff\n" + "概说。\n".encode() + sections), longest=100
    )
    assert [(row["drop"], row["position"]) for row in rows] == [
        ("undecodable", None),
        (None, "第一章 总\ufffd › 第一节 其一"),
        (None, "第一章 总\ufffd › 第二节 其二"),
    ]


def test_a_long_text_in_a_record_is_cut_and_the_short_ones_are_rows_as_they_are(tmp_path: Path) -> None:
    whole = f"# 起居\n{paragraph('早睡早起。', 80)}# 饮食\n{paragraph('少盐多水。', 80)}"
    records = [
        {"name": "甲", "body": "少盐。"},
        {"name": "乙", "body": whole},
        {"name": "丙"},
        {"name": "丁", "body": "多水。"},
    ]
    file = written(tmp_path / "a.jsonl", "\n".join(json.dumps(record) for record in records))
    rows = works(file, fields={"title": "name", "text": "body"}, longest=100)
    assert [(row["title"], row["position"], row["drop"]) for row in rows] == [
        ("甲", None, None),
        ("乙", "起居", None),
        ("乙", "饮食", None),
        (None, None, "no_text"),
        ("丁", None, None),
    ]


def test_a_part_keeps_the_position_that_its_record_had(tmp_path: Path) -> None:
    record = {"book": "上册", "text": f"# 起居\n{paragraph('早睡早起。', 80)}# 饮食\n{paragraph('少盐多水。', 80)}"}
    file = written(tmp_path / "a.jsonl", json.dumps(record))
    rows = works(file, fields={"text": "text", "position": "book"}, longest=100)
    assert [row["position"] for row in rows] == ["上册 › 起居", "上册 › 饮食"]


def test_texts_of_records_are_read_as_documents_where_the_recipe_says_so(tmp_path: Path) -> None:
    records = [{"text": r"\section{起居}早睡\textbf{早起}。"}, {"text": "%"}, {"text": None}]
    file = written(tmp_path / "a.jsonl", "\n".join(json.dumps(record) for record in records))
    as_it_is, read = works(file), works(file, markup="latex")
    assert [row["text"] for row in as_it_is] == [record["text"] for record in records]
    assert "早睡早起。" in read[0]["text"] and "# 起居" in read[0]["text"]
    assert [row["drop"] for row in read] == [None, "no_text", "no_text"]


FORMATS = {  # what a file is called, what it holds, what it is
    "a.jsonl": ('{"text": "一行"}', "jsonl"),
    "b.jsonl": ('{"text": "' + "长" * 70_000 + '"}\n{"text": "二"}', "jsonl"),
    "a.json": ('{"text": "一"}\n{"text": "二"}', "jsonl"),
    "b.json": ('[\n{"text": "一"}]', "json"),
    "c.json": ('# 说明\n[{"text": "一"}]', "json"),
    "a.txt": ('[{"text": "一"}]', "json"),
    "a.md": ("# 标题\n[[toc]]\n", "markdown"),
    "b.md": ("---\ntitle: 表\n---\n" + "|---|---|\n" * 3000, "markdown"),
    "b.txt": ("-- 说明\n/* a */\nDROP TABLE IF EXISTS t;\nINSERT INTO t VALUES (1);", "sql"),
    "c.txt": ("<!-- a -->\n<!-- b -->\n<!DOCTYPE html>\n<p>", "html"),
    "d.txt": ("<!-- a -->" * 3000, "plain"),
    "e.txt": ("% 说明\n\\chapter{总论}", "latex"),
    "f.txt": ("\n" * 60_000, "plain"),
    "a.csv": ("a,b\n1,2", "table"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_file_holds_says_what_it_is(tmp_path: Path, name: str) -> None:
    content, form = FORMATS[name]
    start = time.process_time()
    assert format_of(Raw(written(tmp_path / name, content), name)) == form
    assert time.process_time() - start < 2


# ---- the tags of the classics --------------------------------------------------------------------------------------

CLASSIC = r"""<篇名>虚构本草
书名：虚构本草
作者：无名氏
朝代：
年份：

<目录>
<篇名>序

内容：此书无人写过。
<目录>卷一\草部
<篇名>静卧草

内容：\x《虚构御览》\x
味甘，平。
<目录>卷一\草部
<篇名>百步藤

属性：\r百步藤\pq1.bmp\r
味苦，温。
<目录>卷一\木部
<篇名>早起木

内容：味辛。
"""


def test_the_tags_of_a_classic_become_headings_and_nothing_that_it_says_is_lost() -> None:
    work = read(CLASSIC)
    assert work.title == "虚构本草"
    assert [line for line in work.text.split("\n") if line] == [
        "# 虚构本草",
        "作者：无名氏",
        "## 序",
        "此书无人写过。",
        "## 卷一",
        "### 草部",
        "#### 静卧草",
        "《虚构御览》",
        "味甘，平。",
        "#### 百步藤",
        "百步藤",
        "味苦，温。",
        "### 木部",
        "#### 早起木",
        "味辛。",
    ]


def test_other_text_is_a_document_as_it_is() -> None:
    assert read("少盐。\n<多水>\n").text == "少盐。\n<多水>\n"


@pytest.mark.real
@real
def test_the_real_classics_keep_every_word_of_every_chapter() -> None:
    for path in sorted(REAL.glob("monograph/tcm_ancient/*.txt")):
        content = b"".join(text(path)).decode().replace("\r\n", "\n").replace("\r", "\n")
        said = read(content).text
        at = 0
        for chapter in re.split("<目录>", content)[1:]:
            body = re.sub(r"\A.*\s*<篇名>.*\s*((内容|属性)：)?", "", chapter).strip()
            body = re.sub(r"\\x|\\r|\\p[^\\]*", "", body)
            at = said.find(body, at)
            assert at >= 0, f"a chapter of {path.name} is not in what was read"
        assert not re.search("<(篇名|目录)>", said), path.name


@pytest.mark.real
@real
def test_the_chapters_of_a_real_textbook_are_its_rows() -> None:
    rows = works(REAL / "textbook" / "中医诊断学.txt")
    chapters = Counter(str(row["position"]).split(" › ")[0].split(" – ")[0] for row in rows)
    assert {name.split()[0] for name in chapters} >= {"第一章", "第二章", "第三章", "第四章"}
    lengths = pl.Series([len(row["text"]) for row in rows])
    assert lengths.max() <= 20_000 and lengths.min() >= 2000  # type: ignore[operator]
