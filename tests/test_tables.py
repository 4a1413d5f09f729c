"""Workbooks, dumps of databases, JSON of all kinds and tables of text become rows. All content is invented."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from medgo_data.corpus import Piece, Source
from medgo_data.sources import Json, Sql, Table, Xlsx
from medgo_data.sources.works import Works

REAL = os.environ.get("MEDGO_REAL_DATA", "")
NAMED: dict[str, Any] = {"name": "tables", "license": "public"}
TEXT: dict[str, Any] = {"fields": {"text": "t"}}
TWO: dict[str, Any] = {"fields": {"title": "t", "text": "u"}}


def told(kind: type[Source], path: Path | str, *columns: str, **fields: Any) -> list[Any]:
    """The text of each row, or the columns asked for; or why there is none."""
    of = kind(files=str(path), **NAMED, **fields)
    rows = [row for raw in of.raw for frame in of.read(Piece(raw)) for row in frame.to_dicts()]
    assert [row["record"] for row in rows] == list(range(len(rows)))
    return [row["drop"] or (tuple(row[c] for c in columns) if columns else row["text"]) for row in rows]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---- workbooks -----------------------------------------------------------------------------------------------------

Sheets = dict[str, list[list[Any]]]


def workbook(path: Path, sheets: Sheets, *, merged: tuple[str, ...] = (), at: tuple[int, int] = (1, 1)) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for n, row in enumerate(rows):
            for k, value in enumerate(row):
                sheet.cell(at[0] + n, at[1] + k, value)
        for cells in merged:
            sheet.merge_cells(cells)
    book.save(path)
    return path


def test_a_workbook_reads_as_a_table(tmp_path: Path) -> None:
    cells: list[Any] = [
        "文字 ",
        3,
        3.0,
        0.25,
        1e15,
        True,
        date(2026, 1, 2),
        datetime.fromisoformat("2026-01-02T08:30"),
        time(8, 5),
        timedelta(hours=30),
    ]
    expected = [
        "文字 ",
        "3",
        "3",
        "0.25",
        "1000000000000000",
        "true",
        "2026-01-02",
        "2026-01-02T08:30:00",
        "08:05:00",
        "30:00:00",
    ]
    path = workbook(tmp_path / "a.xlsx", {"甲": [["t"], *([cell] for cell in cells)]})
    assert told(Xlsx, path, **TEXT) == expected
    assert told(Works, path, **TEXT) == expected
    assert told(Xlsx, written(tmp_path / "a.xlsx.gz", gzip.compress(path.read_bytes())), **TEXT) == expected
    path = workbook(tmp_path / "b.xlsx", {"甲": [["t"], [12345678901234567890], [None], ["\u3000"]]})
    assert told(Xlsx, path, **TEXT) == ["number_too_long", "no_text"]


def test_empty_rows_are_no_rows_and_a_table_may_lie_anywhere(tmp_path: Path) -> None:
    rows = [["t", " u\n"], ["a", "1"], [None, None], ["b", "2"], [None, "3"]]
    path = workbook(tmp_path / "a.xlsx", {"甲": rows}, at=(4, 3))
    assert told(Xlsx, path, "title", "text", **TWO) == [("a", "1"), ("b", "2"), ("", "3")]


def test_rows_below_a_merged_cell_have_its_value(tmp_path: Path) -> None:
    rows = [["t", "u"], ["心内科", "心衰"], [None, "房颤"], [None, "高血压"], ["呼吸科", "哮喘"]]
    for at, merged in (((1, 1), ("A2:A4",)), ((3, 2), ("B4:B6", "B1:C1"))):
        path = workbook(tmp_path / "a.xlsx", {"甲": rows}, merged=merged, at=at)
        found = told(Xlsx, path, "title", "text", **TWO)
        assert found == [("心内科", "心衰"), ("心内科", "房颤"), ("心内科", "高血压"), ("呼吸科", "哮喘")]


def test_sheets_are_taken_by_name_or_by_heading(tmp_path: Path) -> None:
    sheets: Sheets = {
        "说明": [["本表说明"]],
        "甲": [["t"], ["a"]],
        "空": [],
        "乙": [["n", "t"], [1, "b"]],
        "丙": [["x"], ["c"]],
    }
    path = workbook(tmp_path / "a.xlsx", sheets)
    assert told(Xlsx, path, **TEXT) == ["a", "b"]
    assert told(Xlsx, path, sheet="乙", **TEXT) == ["b"]
    assert told(Xlsx, path, sheet="丙", **TEXT) == ["no_such_column"]
    assert told(Xlsx, path, sheet="丁", **TEXT) == ["no_such_sheet"]
    assert told(Xlsx, path, fields={"text": "z"}) == ["no_such_column"]
    path = workbook(tmp_path / "b.xlsx", {"甲": [["A00", "霍乱"], ["A01", "伤寒"]], "乙": [["B00", "疱疹"]]})
    assert told(Xlsx, path, "title", "text", columns=("t", "u"), **TWO) == [("A00", "霍乱"), ("A01", "伤寒")]


def test_a_formula_has_the_value_that_was_last_shown(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"甲": [["t"], ["=1+1"]]})
    path = edited(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb"(<f>1\+1</f>)<v\s*/>|(<f>1\+1</f>)<v></v>", rb"<f>1+1</f><v>2</v>", xml),
    )
    assert told(Xlsx, path, **TEXT) == ["2"]


def edited(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """The same workbook with one of its parts changed."""
    out = path.with_name("edited.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
    return out


def with_rows(path: Path, rows: bytes, shared: bytes = b"") -> Path:
    """The same workbook with other rows, and perhaps a text that its cells share."""
    out = edited(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(
            b"<sheetData>.*</sheetData>", lambda _: b"<sheetData>" + rows + b"</sheetData>", xml, flags=re.DOTALL
        ),
    )
    if shared:
        kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        link = b'<Relationship Id="rId99" Type="' + kind + b'" Target="sharedStrings.xml"/></Relationships>'
        out = edited(
            out.rename(path.with_name("linked.xlsx")),
            "xl/_rels/workbook.xml.rels",
            lambda xml: xml.replace(b"</Relationships>", link),
        )
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as file:
            space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
            file.writestr("xl/sharedStrings.xml", b'<sst xmlns="' + space + b'"><si><t>' + shared + b"</t></si></sst>")
    return out


def test_a_workbook_that_unfolds_beyond_memory_is_refused_before_it_does(tmp_path: Path) -> None:
    plain = workbook(tmp_path / "a.xlsx", {"甲": [["t"], ["a"]]})
    row = b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>'
    few = b"".join(row % (n, n) for n in range(1, 4))
    assert told(Xlsx, with_rows(plain, few, b"t"), **TEXT) == ["t", "t"]
    many = b"".join(row % (n, n) for n in range(1, 100_001))
    assert told(Xlsx, with_rows(plain, many, b"t" * 32_000), **TEXT) == ["file_too_large"]
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert told(Xlsx, with_rows(plain, far), **TEXT) == ["file_too_large"]
    loose = (
        b'<row r="1"><c><v>1</v></c></row>'
        + b"<row><c><v>1</v></c></row>" * 9
        + b"<row>"
        + b"<c/>" * 20_000
        + b"</row>"
    )
    assert told(Xlsx, with_rows(plain, loose + b"<row/>" * 2000 + b'<row r="9000"><c/></row>'), **TEXT) == [
        "file_too_large"
    ]


def test_a_workbook_that_lies_about_its_size_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medgo_data.sources.xlsx.ROOM", 1 << 20)
    plain = workbook(tmp_path / "a.xlsx", {"甲": [["t"], ["a"]]})
    large = edited(
        plain, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", b" " * (2 << 20) + b"</sheetData>")
    )
    assert told(Xlsx, large, **TEXT) == ["file_too_large"]
    content = bytearray(large.read_bytes())
    with zipfile.ZipFile(large) as file:
        size = file.getinfo("xl/worksheets/sheet1.xml").file_size
    for at in (m.start() for m in re.finditer(re.escape(struct.pack("<I", size)), bytes(content))):
        content[at : at + 4] = struct.pack("<I", 1000)
    assert told(Xlsx, written(large, bytes(content)), **TEXT) == ["file_too_large"]


def test_what_is_no_sound_workbook_is_counted(tmp_path: Path) -> None:
    sound = workbook(tmp_path / "a.xlsx", {"甲": [["t"], ["a"]]}).read_bytes()
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as file:
        file.writestr("a.txt", "a")
    sealed = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    cases = {
        b"": "empty_file",
        sound[: len(sound) // 2]: "damaged",
        sealed: "encrypted",
        b"t,u\na,b\n": "unknown_format",
        (tmp_path / "b.xlsx").read_bytes(): "unknown_format",
        edited(
            tmp_path / "a.xlsx", "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2]
        ).read_bytes(): "damaged",
        edited(tmp_path / "a.xlsx", "xl/workbook.xml", lambda _: b"<").read_bytes(): "damaged",
    }
    for content, reason in cases.items():
        assert told(Xlsx, written(tmp_path / "c.xlsx", content), **TEXT) == [reason]


# ---- dumps ---------------------------------------------------------------------------------------------------------

DUMPS: dict[str, tuple[str | bytes, dict[str, Any], list[Any]]] = {
    "MySQL": (
        (
            "-- MySQL dump; 'not a string\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `d`;\nCREATE TABLE `d` (\n"
            "  `id` int(11) NOT NULL AUTO_INCREMENT COMMENT 'a,b',\n  `t` varchar(20) DEFAULT ')',\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\n"
            "LOCK TABLES `d` WRITE;\nINSERT INTO `d` VALUES (1,'甲'),(2,'it''s \\'b\\' \\\\ \\\"c\\\"\\n；(x), y'), (3,NULL);\nUNLOCK TABLES;\n"
        ),
        TEXT,
        ["甲", "it's 'b' \\ \"c\"\n；(x), y", "no_text"],
    ),
    "columns of the INSERT": (
        "INSERT INTO d(`n`, `t`)VALUES(1, '甲');\ninsert ignore into x.`d` (t) values ('乙')\n;",
        TEXT,
        ["甲", "乙"],
    ),
    "PostgreSQL": (
        (
            "-- PostgreSQL database dump\nCREATE TABLE public.d (\n id integer NOT NULL,\n \"t\" text DEFAULT 'x'::text,\n CONSTRAINT k CHECK ((id > 0))\n);\n"
            "INSERT INTO public.d VALUES (1, 'C:\\'), (-2, E'a\\nb'), (3.5, 'x'::text), (4, '二''三');\n"
        ),
        TEXT,
        ["C:\\", "a\nb", "x", "二'三"],
    ),
    "COPY": (
        "-- PostgreSQL database dump\nCOPY public.d (id, t) FROM stdin;\n1\t甲\\t乙\n2\t\\N\n3\n\\.\n\nSELECT 1;\nINSERT INTO d (t) VALUES ('丙');",
        TEXT,
        ["甲\t乙", "no_text", "wrong_columns", "丙"],
    ),
    "SQLite": (
        (
            'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS "d" (id INTEGER PRIMARY KEY, [t] TEXT);\n'
            "INSERT INTO \"d\" VALUES(1,replace('甲\\n乙','\\n',char(10)));\nINSERT INTO d VALUES(2,X'e4b899');\nCOMMIT;\n"
        ),
        TEXT,
        ["甲\n乙", "丙"],
    ),
    "values of other kinds": (
        "INSERT INTO d (t) VALUES (N'甲'), (_utf8mb4'乙'), (x'FF'), (0xE4B899), (b'01'), (1e3), (DATE '2026-01-02'), (NOW()), (TRUE), (\"丁\");",
        TEXT,
        ["甲", "乙", "x'FF'", "丙", "b'01'", "1e3", "2026-01-02", "NOW()", "TRUE", "丁"],
    ),
    "two tables": (
        "INSERT INTO a (t) VALUES ('甲');\nINSERT INTO b (u) VALUES ('乙');\nINSERT INTO c VALUES ('丙');\n",
        TEXT,
        ["甲", "no_text", "not_object"],
    ),
    "one table of two": (
        "INSERT INTO a (t) VALUES ('甲');\nINSERT INTO b (t) VALUES ('乙');\n",
        TEXT | {"table": "b"},
        ["乙"],
    ),
    "columns without names": ("INSERT INTO a VALUES (1, '甲');\n", {"table": "a", "fields": {"text": "[1]"}}, ["甲"]),
    "no such table": ("INSERT INTO a (t) VALUES ('甲');\n", TEXT | {"table": "b"}, ["no_such_table"]),
    "no such column": ("INSERT INTO a (u) VALUES ('甲');\n", TEXT | {"table": "a"}, ["no_such_column"]),
    "rows of another width": (
        "INSERT INTO a (n, t) VALUES (1, '甲'), (2), (3, '乙', 4), (5, '丙');",
        TEXT,
        ["甲", "wrong_columns", "wrong_columns", "丙"],
    ),
    "a string without end": (
        "INSERT INTO a (t) VALUES ('甲');\nINSERT INTO a (t) VALUES ('乙), ('丁');\nINSERT INTO a (t) VALUES ('丙');\n",
        TEXT,
        ["甲", "not_sql", "丙"],
    ),
    "a value without comma": (
        "INSERT INTO a (t, u) VALUES ('甲' 1);\nINSERT INTO a (t) VALUES ('乙')",
        TEXT,
        ["not_sql", "乙"],
    ),
    "broken off": ("INSERT INTO a (t) VALUES ('甲'),\n('乙", TEXT, ["甲", "not_sql"]),
    "no semicolons": ("INSERT INTO a (t) VALUES ('甲')\nINSERT INTO a (t) VALUES ('乙')\n", TEXT, ["甲", "乙"]),
    "comments between": (
        "# 'x\nINSERT INTO a (t) VALUES -- '\n ('甲') /* ; */, ('乙');\n# 已存在!\n",
        TEXT,
        ["甲", "乙"],
    ),
    "other statements": (
        "SET @a = ';';\nINSERT INTO a SELECT t FROM b;\nINSERT INTO a (t) VALUES ('甲') ON DUPLICATE KEY UPDATE t=VALUES(t);\nUPDATE a SET t='乙';",
        TEXT,
        ["甲"],
    ),
    "other bytes": (b"INSERT INTO a (t) VALUES ('\xe7\x94\xb2'), ('\xff'), ('b');", TEXT, ["甲", "undecodable", "b"]),
    "no SQL": ("这是普通文字，没有语句。", TEXT, ["not_sql"]),
    "a table without rows": ("CREATE TABLE a (t TEXT);", TEXT, []),
}


@pytest.mark.parametrize("case", DUMPS)
def test_a_dump_has_its_rows(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content, fields, expected = DUMPS[case]
    path = written(tmp_path / "a.sql", content)
    assert told(Sql, path, **fields) == expected
    monkeypatch.setattr("medgo_data.sources.raw.BLOCK", 7 if len(content) % 2 else 64)
    assert told(Sql, path, **fields) == expected


def test_a_dump_in_another_encoding_is_a_work_of_records(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.sql.gz", gzip.compress("INSERT INTO a (t) VALUES ('每日两次，饭后服用');".encode("gb18030"))
    )
    assert told(Works, path, **TEXT) == ["每日两次，饭后服用"]


# ---- JSON ----------------------------------------------------------------------------------------------------------

MEASURED = """
import resource, sys
from medgo_data.corpus import Piece
from medgo_data.sources import Json, Sql
kind, path = {"Json": Json, "Sql": Sql}[sys.argv[1]], sys.argv[2]
of = kind(name="a", license="a", files=path, fields={"text": "t"})
import polars as pl; pl.DataFrame({"a": [""]})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows, reasons = 0, set()
for frame in of.read(Piece(of.raw[0])):
    rows += frame.height
    reasons |= set(frame["drop"])
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, *sorted(map(str, reasons)))
"""


def measured(kind: str, path: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", MEASURED, kind, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "form", "start", "end"),
    [
        ("Json", '{{"t": "{}"}}', "[", "]"),
        ("Json", '{{"t": "{}"}}', '{"a": [', "]}"),
        ("Sql", "('{}')", "INSERT INTO a (t) VALUES ", ";"),
    ],
    ids=["a list", "a list under a heading", "one INSERT"],
)
def test_one_line_of_200_mb_is_read_in_bounded_memory(
    tmp_path: Path, kind: str, form: str, start: str, end: str
) -> None:
    path = tmp_path / "a"
    record = form.format("高血压的诊断标准是收缩压大于一百四十，" * 35)
    with path.open("w", encoding="utf-8") as file:
        file.write(start + record)
        for _ in range(99):
            file.write(("," + record) * 1000)
        file.write(end)
    assert path.stat().st_size > 195e6
    rows, grown, *reasons = measured(kind, path)
    assert int(rows) == 99_001 and reasons == ["None"]
    assert int(grown) < 150, f"{grown} MB"


@pytest.mark.parametrize(
    ("kind", "content"), [(Json, '[{"t": "a"}, {"t": "%s"}]'), (Json, '{"a": {"t": "b"}, "c": {"t": "%s"}}')]
)
def test_a_record_that_is_too_large_is_refused(tmp_path: Path, kind: type[Source], content: str) -> None:
    path = written(tmp_path / "a.json", content % ("好" * (24 << 20)))
    found = told(kind, path, **TEXT)
    assert len(found) == 2 and len(found[0]) == 1 and found[1] == "record_too_large"


# ---- tables of text ------------------------------------------------------------------------------------------------


def test_ragged_rows_are_counted_and_line_breaks_in_quotation_marks_are_not_rows(tmp_path: Path) -> None:
    content = 't,u\r\n"甲\n乙",1\r\n丙\r\n丁,2,3\r\n"戊 ""己""","\r\n"\r\n'
    expected = ["甲\n乙", "wrong_columns", "wrong_columns", '戊 "己"']
    assert told(Table, written(tmp_path / "a.csv", content), **TEXT) == expected
    assert told(Table, written(tmp_path / "a.csv", content.encode("gb18030")), **TEXT) == expected


# ---- real files ----------------------------------------------------------------------------------------------------

COUNTS: list[tuple[type[Source], str, dict[str, Any], dict[str | None, int]]] = [
    (
        Xlsx,
        "exam/CMLE.part1.xlsx",
        {"fields": {"title": "Unit", "text": ("Question Stem", "Question Options")}},
        {None: 1499},
    ),
    (Xlsx, "cblue/CHIP-CTC/category.xlsx", {"fields": {"title": "Topic Group", "text": "Label Name"}}, {None: 44}),
    (
        Xlsx,
        "cblue/CHIP-CDN/*.xlsx",
        {"columns": ("code", "name"), "fields": {"title": "code", "text": "name"}},
        {None: 40474},
    ),
    # as `grep -c` counts the lines that begin with INSERT INTO medicine( and INSERT INTO component
    (Sql, "drug/*.sql", {"table": "medicine", "fields": {"text": "medicine_name"}}, {None: 120}),
    (Sql, "drug/*.sql", {"table": "component", "fields": {"text": "[1]"}}, {None: 228}),
]


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
@pytest.mark.parametrize(("kind", "files", "fields", "expected"), COUNTS)
def test_real_tables_have_their_rows(kind: type[Source], files: str, fields: Any, expected: Any) -> None:
    of = kind(files=f"{REAL}/data/{files}", **NAMED, **fields)
    assert Counter(row for raw in of.raw for frame in of.read(Piece(raw)) for row in frame["drop"]) == expected


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
def test_real_merged_cells_name_the_group_of_every_row() -> None:
    found = told(
        Xlsx,
        f"{REAL}/data/cblue/CHIP-CTC/category.xlsx",
        "title",
        fields={"title": "Topic Group", "text": "Label Name"},
    )
    assert all(group for (group,) in found) and len(set(found)) < 20


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
def test_a_real_big5_table_says_what_its_bytes_say_and_what_its_twins_in_utf8_say() -> None:
    packed = next(Path(REAL, "data", "drug").glob("formulary_*big5*.gz"))
    rows = list(csv.reader(io.StringIO(gzip.decompress(packed.read_bytes()).decode("big5hkscs", "replace"))))
    expected = [(row[1], row[4]) for row in rows[1:] if not any("\ufffd" in cell for cell in row)]
    found = told(Table, packed, "title", "text", fields={"title": "藥品學名", "text": "適應症"})
    assert [row for row in expected if row[1].strip()] == [row for row in found if isinstance(row, tuple)]
    pages = "\n".join(p.read_text("utf-8") for p in Path(REAL, "data", "drug", "formulary_md").glob("*.md"))
    names = {title.strip() for title, _ in expected}
    assert sum(name in pages for name in names if len(name) > 5) > 20
    whole = "".join(cell for row in rows for cell in row)
    strange = set(re.findall("[\u4e00-\u9fff]", pages)) - set(whole)
    assert len(strange) <= 2, "the pages have characters that the table never has"
