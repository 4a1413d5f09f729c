"""Raw files become rows, and what cannot become one is counted with its reason. All content is invented."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import pickle
import random
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medgo_data import schema
from medgo_data.corpus import Piece, Source
from medgo_data.sources import Json, JsonLines, Parquet, Table, Text, Turns, raw
from medgo_data.sources.json import Splitter, elements

GOOD = {"title": "维生素C片", "text": "【适应症】用于预防坏血病。"}
NAMED: dict[str, Any] = {"name": "leaflets", "license": "public"}


def source(kind: type[Source], path: Path, **fields: Any) -> Source:
    return kind(files=str(path), **NAMED, **fields)


def rows(of: Source) -> list[dict[str, Any]]:
    """All rows of all files, each file read as one piece."""
    frames = [frame for raw in of.raw for frame in of.read(Piece(raw))]
    for frame in frames:
        assert frame.schema["record"] == pl.UInt32 and frame.schema["drop"] == pl.String
        assert set(frame.columns) <= {"record", "drop", *schema.load(of.gives).polars}
        refused = frame.filter(pl.col("drop").is_not_null()).drop("record", "drop")
        assert all(refused[c].null_count() == refused.height for c in refused.columns), "text of a refused row travels"
    return [row for frame in frames for row in frame.to_dicts()]


def told(of: Source) -> list[str | None]:
    """The text of each row, or why there is none."""
    found = rows(of)
    assert [row["record"] for row in found] == list(range(len(found)))
    return [row["drop"] or row["text"] for row in found]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def as_json(thing: Any) -> str:
    return json.dumps(thing, ensure_ascii=False)


# ---- every kind of file holds the same record ----------------------------------------------------------------------

SAME = {
    "a.jsonl": (JsonLines, as_json(GOOD) + "\n"),
    "a.json": (Json, json.dumps([GOOD], indent=2)),
    "b.json": (Json, as_json({"leaflet": [GOOD]})),
    "c.json": (Json, as_json({"17": GOOD})),
    "a.csv": (Table, "title,text\r\n维生素C片,【适应症】用于预防坏血病。\r\n"),
    "a.tsv": (Table, "text\ttitle\n【适应症】用于预防坏血病。\t维生素C片\n"),
    "维生素C片.txt": (Text, GOOD["text"]),
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_same_record_is_the_same_row_from_every_kind_of_file(
    tmp_path: Path, name: str, encoding: str, pack: Any
) -> None:
    kind, content = SAME[name]
    path = written(tmp_path / (name + (".gz" if pack is gzip.compress else "")), pack(content.encode(encoding)))
    assert rows(source(kind, path)) == [{"record": 0, **GOOD, "drop": None}]


def test_parquet_holds_it_too(tmp_path: Path) -> None:
    pl.DataFrame([GOOD]).write_parquet(tmp_path / "a.parquet")
    assert rows(source(Parquet, tmp_path / "a.parquet")) == [{"record": 0, **GOOD, "drop": None}]


# ---- bad data is counted -------------------------------------------------------------------------------------------

text = {"fields": {"text": "t"}}
BAD: dict[str, tuple[type[Source], dict[str, Any], str | bytes, list[Any]]] = {
    "bad JSON in a line": (JsonLines, text, '{"t": "a"}\n{"t": \n\n  \n{"t": "b"}', ["a", "not_json", "b"]),
    "a lone surrogate": (JsonLines, text, '{"t": "\\ud800"}\n{"t": "b"}', ["not_json", "b"]),
    "a line that is no object": (JsonLines, text, '["a"]\n"a"\n1\nnull\n{"t": "b"}', ["not_object"] * 4 + ["b"]),
    "no text": (JsonLines, text, '{}\n{"t": null}\n{"t": " \\n\\u3000"}\n{"t": ""}', ["no_text"] * 4),
    "an object as text": (JsonLines, text, '{"t": {"a": 1}}\n{"t": [{}]}\n{"t": [["a"]]}', ["not_text"] * 3),
    "numbers and lists as text": (
        JsonLines,
        text,
        '{"t": 1.5}\n{"t": true}\n{"t": ["a", null, 2]}\n{"t": 12345678901234567890123}',
        ["1.5", "true", "a\n2", "number_too_long"],
    ),
    "a line of other bytes": (
        JsonLines,
        text,
        b'{"t": "\xe5\xa5\xbd"}\n{"t": "\xff"}\n{"t": "b"}',
        ["好", "undecodable", "b"],
    ),
    "GB18030 with a broken line": (
        JsonLines,
        text,
        '{"t": "维生素"}\n'.encode("gb18030") * 9 + b'{"t": "\x81"}\n{"t": "b"}',
        ["维生素"] * 9 + ["undecodable", "b"],
    ),
    "an element that is no JSON": (Json, text, '[{"t": "a"}, {"t": }, {"t": "b"}]', ["a", "not_json", "b"]),
    "an element of other bytes": (Json, text, b'[{"t": "\xff"}, {"t": "b"}]', ["undecodable", "b"]),
    "elements that are no objects": (Json, text, '[[1], "a", 2, {"t": "b"}]', ["not_object"] * 3 + ["b"]),
    "a list that breaks off": (Json, text, '[{"t": "a"}, {"t": "b"}, {"t": "c', ["a", "b", "truncated"]),
    "a list that breaks off between": (Json, text, '[{"t": "a"},', ["a", "truncated"]),
    "lists under headings that break off": (
        Json,
        text,
        '{"x": [{"t": "a"}], "y": [{"t": "b"}, ',
        ["a", "b", "truncated"],
    ),
    "a list closed by a brace": (Json, text, '[{"t": "a"}}', ["a", "not_json"]),
    "a list with something behind": (Json, text, '[{"t": "a"}];', ["a", "not_json"]),
    "JSON Lines": (Json, text, '{"t": "a"}\n{"t": \n{"t": "b"}\n', ["a", "not_json", "b"]),
    "lists in lines": (Json, text, '[{"t": "a"}]\n[{"t": "b"}]\n', ["not_object", "not_object"]),
    "values one behind the other": (Json, text, '{"t": "a"} {"t": "b"}', ["json_lines"]),
    "lines of Python": (Json, text, "{'t': 'a'}\n{'t': 'b'}\n", ["not_json", "not_json"]),
    "comments before the value": (Json, text, '# 1: a [list]\n\n// {\n [{"t": "a"}]', ["a"]),
    "a comment alone": (Json, text, "# about [", ["not_json"]),
    "a comment behind the value": (Json, text, '[{"t": "a"}] # about', ["a", "not_json"]),
    "spaces alone": (Json, text, "  \n", ["not_json"]),
    "an empty list": (Json, text, " [ ] ", []),
    "values under keys that are no objects": (
        Json,
        text,
        '{"a": "x", "b": {"t": "y"}, "c": [], "d": [{"t": "z"}]}',
        ["not_object", "y", "z"],
    ),
    "rows of another width": (Table, text, "t,u\na,1\nb\nc,1,2\nd,1,\n", ["a", "wrong_columns", "wrong_columns", "d"]),
    "commas at the end of the heading": (Table, text, "t,u,,\na,1,,\nb,1\n", ["a", "b"]),
    "a quotation mark without end": (Table, text, 't,u\na,1\n"b,1\nc,1\n', ["a", "unclosed_quote"]),
    "a quotation mark within": (Table, text, 't,u\n5" tube,1\n"a ""b""\r\n\r\nc",2\r\n', ['5" tube', 'a "b"\r\n\r\nc']),
    "no such column": (Table, text, "a,b\n1,2\n3,4\n", ["no_such_column"]),
    "a cell of other bytes": (Table, text, b"t,u\n\xe5\xa5\xbd,1\n\xff,2\nb,3\n", ["好", "undecodable", "b"]),
    "an empty cell": (Table, text, "t,u\n,1\n\n \t,2\nb,3", ["no_text", "no_text", "b"]),
    "lines": (Text, {"rows": "line"}, "a\r\n\r\n　\n b \nc", ["a", " b ", "c"]),
    "paragraphs": (Text, {"rows": "paragraph"}, "\n\na\nb\r\n　\r\n\n c\n\n", ["a\nb", " c"]),
    "a line of text of other bytes": (Text, {"rows": "line"}, b"\xe5\xa5\xbd\n\xff\nb", ["好", "undecodable", "b"]),
    "a blank file": (Text, {}, " \n", ["no_text"]),
    "a file of other bytes": (Text, {}, "好".encode() * 50 + b"\xff", ["undecodable"]),
    "no Parquet file": (Parquet, text, "t\na\n", ["not_parquet"]),
    "half a Parquet file": (Parquet, text, b"PAR1" + b"\0" * 100, ["truncated"]),
    "a Parquet file in name only": (Parquet, text, b"PAR1" + b"\0" * 100 + b"PAR1", ["damaged"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_counted_and_good_data_beside_it_lives(tmp_path: Path, case: str) -> None:
    kind, fields, content, expected = BAD[case]
    assert told(source(kind, written(tmp_path / "a", content), **fields)) == expected


@pytest.mark.parametrize("kind", [JsonLines, Json, Table, Text, Parquet])
def test_a_file_without_content_is_one_row(tmp_path: Path, kind: type[Source]) -> None:
    assert told(source(kind, written(tmp_path / "a", b""))) == ["empty_file"]
    if kind is not Parquet:
        assert told(source(kind, written(tmp_path / "a", b"%PDF-1.7 \0"))) == ["not_text"]


def test_what_a_broken_gzip_still_holds_is_read(tmp_path: Path) -> None:
    lines = "".join(f'{{"t": "{number}-{os.urandom(20).hex()}"}}\n' for number in range(50_000))
    for kind, content in ((JsonLines, lines), (Json, f"[{','.join(lines.splitlines())}]"), (Table, "t\n" + lines)):
        packed = gzip.compress(content.encode())
        found = told(source(kind, written(tmp_path / "a.gz", packed[: len(packed) // 2]), **text))
        assert len(found) > 10_000 and found[-1] == "truncated" and Counter(found)["truncated"] == 1
    assert told(source(Text, tmp_path / "a.gz")) == ["truncated"]


def test_a_damaged_row_group_costs_that_group(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    words = [os.urandom(500).hex() for _ in range(300)]
    # Without checksums of its pages, a file whose zeroed bytes still unpack to as many letters would be believed.
    table = pa.table({"t": words})
    pq.write_table(table, path, row_group_size=100, compression="zstd", write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = bytes(200)
    found = told(source(Parquet, written(path, bytes(content)), **text))
    assert found == [*words[:100], "damaged", *words[200:]]


def test_parquet_text_that_is_no_text_is_damage(tmp_path: Path) -> None:
    lengths = pa.py_buffer(np.array([0, 3, 5], np.int32).tobytes())
    bad = pa.StringArray.from_buffers(2, lengths, pa.py_buffer("好".encode() + b"\xff\xfe"))
    pq.write_table(pa.table({"t": bad}), tmp_path / "a.parquet")
    assert told(source(Parquet, tmp_path / "a.parquet", **text)) == ["damaged"]


# ---- fields --------------------------------------------------------------------------------------------------------

RECORD = {
    "id": 7,
    "meta": {"title": "标题", "tags": ["a", "b"]},
    "a.b": "dotted",
    "body": "x",
    "more": "",
    "rest": "z",
    "answers": ["first", "second"],
}
PATHS = {
    "body": "x",
    "meta.title": "标题",
    "meta.tags": "a\nb",
    "meta.tags[1]": "b",
    "answers[0]": "first",
    "answers[-1]": "second",
    "answers[5]": "no_text",
    "answers.x": "no_text",
    "a.b": "dotted",
    "id": "7",
    "meta": "not_text",
    "missing": "no_text",
}


@pytest.mark.parametrize("path", [*PATHS, ("body", "more", "missing", "rest")])
def test_a_path_finds_its_value(tmp_path: Path, path: Any) -> None:
    expected = PATHS.get(path, "x\nz")
    assert told(source(JsonLines, written(tmp_path / "a", as_json(RECORD)), fields={"text": path})) == [expected]
    pl.DataFrame([RECORD]).write_parquet(tmp_path / "a.parquet")
    expected = "no_such_column" if "missing" in path else expected  # a column is there for all rows or for none
    assert told(source(Parquet, tmp_path / "a.parquet", fields={"text": path})) == [expected]


def test_a_record_may_be_a_string_or_a_list(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", as_json(["甲", "乙", 3, {"x": 1}]))
    assert told(source(Json, path, fields={"text": "."})) == ["甲", "乙", "3", "not_text"]
    path = written(tmp_path / "b.json", as_json([["url", "甲"], ["url"]]))
    assert told(source(Json, path, fields={"text": "[1]"})) == ["甲", "no_text"]


def test_headings_and_keys_are_fields(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.json", as_json({"药品": [{"t": "甲"}, {"t": "乙", "group": "自有"}], "疾病": [{"t": "丙"}]})
    )
    found = rows(source(Json, path, fields={"title": "group", "text": "t"}))
    assert [(row["title"], row["text"]) for row in found] == [("药品", "甲"), ("自有", "乙"), ("疾病", "丙")]
    path = written(tmp_path / "b.json", as_json({"17": {"t": "甲"}, "18": {"t": "乙"}}))
    found = rows(source(Json, path, fields={"title": "key", "text": "t"}))
    assert [(row["title"], row["text"]) for row in found] == [("17", "甲"), ("18", "乙")]


def test_text_is_taken_over_as_it_is(tmp_path: Path) -> None:
    odd = " \u3000ａ\ufeff\r\n\tb\x0b\u2028 "
    assert told(source(JsonLines, written(tmp_path / "a", as_json({"text": odd})))) == [odd]
    assert told(source(Json, written(tmp_path / "a", as_json([{"text": odd}])))) == [odd]
    assert told(source(Table, written(tmp_path / "a", f'text\n"{odd}"\n'))) == [odd]
    assert told(source(Text, written(tmp_path / "a", odd))) == [odd]


TYPED = {
    "name": "verdict",
    "version": 1,
    "columns": [
        {"name": name, "type": kind, "required": name == "text", "en": "", "zh": "", "example": None}
        for name, kind in {
            "text": "string",
            "ok": "bool",
            "count": "int32",
            "score": "float64",
            "tags": {"list": "string"},
        }.items()
    ],
}


def test_typed_columns_take_their_type_only(tmp_path: Path) -> None:
    path = written(tmp_path / "verdict.json", as_json(TYPED))
    good = {"text": "a", "ok": True, "count": 3, "score": 1, "tags": ["x"]}
    wrong: list[dict[str, Any]] = [
        {"ok": 1},
        {"ok": "true"},
        {"count": 1.5},
        {"count": 1 << 40},
        {"count": True},
        {"score": "1"},
        {"tags": "x"},
        {"tags": [1]},
    ]
    lines = "\n".join(as_json(good | change) for change in [{}, {"tags": None, "ok": None}, *wrong])
    found = rows(source(JsonLines, written(tmp_path / "a.jsonl", lines), gives=str(path)))
    assert [row["drop"] for row in found] == [None, None, *["wrong_type"] * len(wrong)]
    assert found[0] == {"record": 0, **good, "drop": None}


def test_a_number_that_lost_digits_is_refused_and_not_guessed(tmp_path: Path) -> None:
    lines = '{"text": 6222021234567890123}\n{"text": 62220212345678901234567}\n{"text": 36.5}\n{"text": 1e9}\n'
    found = told(source(JsonLines, written(tmp_path / "a.jsonl", lines)))
    assert found == ["6222021234567890123", "number_too_long", "36.5", "1000000000.0"]


def test_a_table_of_numbers_and_dates_reads_as_text(tmp_path: Path) -> None:
    values = {
        "a": [1.5, float("nan")],
        "b": [date(2026, 1, 2)] * 2,
        "c": [Decimal("1.20")] * 2,
        "d": [True, None],
        "e": [3, 4],
    }
    pl.DataFrame(values).write_parquet(tmp_path / "a.parquet")
    of = source(Parquet, tmp_path / "a.parquet", fields={"text": ("a", "b", "c", "d", "e")})
    assert told(of) == ["1.5\n2026-01-02\n1.20\ntrue\n3", "2026-01-02\n1.20\n4"]


CHATS: list[tuple[Turns, dict[str, Any], Any]] = [
    (Turns(user="ask", assistant="answer"), {"ask": "问", "answer": "答"}, [("user", "问"), ("assistant", "答")]),
    (
        Turns(user=("ask", "more"), assistant="answer"),
        {"ask": "问", "more": "再问", "answer": ["答"]},
        [("user", "问\n再问"), ("assistant", "答")],
    ),
    (Turns(user="q"), {"q": "问"}, [("user", "问")]),
    (
        Turns(user="q", assistant="a", system="s"),
        {"q": "问", "a": "答", "s": "你是医生"},
        [("system", "你是医生"), ("user", "问"), ("assistant", "答")],
    ),
    (
        Turns(user="q", assistant="a", system="s"),
        {"q": "问", "a": "答", "s": " "},
        [("user", "问"), ("assistant", "答")],
    ),
    (
        Turns(user="q", assistant="a", history="h"),
        {"q": "问", "a": "答", "h": [["早", "安"]]},
        [("user", "早"), ("assistant", "安"), ("user", "问"), ("assistant", "答")],
    ),
    (
        Turns(user="q", assistant="a", history="h"),
        {"q": "问", "a": "答", "h": []},
        [("user", "问"), ("assistant", "答")],
    ),
    (Turns(user="q", assistant="a", history="h"), {"q": "问", "a": "答", "h": "早"}, "wrong_type"),
    (Turns(user="q", assistant="a", history="h"), {"q": "问", "a": "答", "h": 3}, "wrong_type"),
    (Turns(user="q", assistant="a", history="h"), {"q": "问", "a": "答", "h": [["早"]]}, "wrong_type"),
    (Turns(user="q", assistant="a"), {"q": "问", "a": "  "}, "no_messages"),
    (Turns(user="q", assistant="a"), {"a": "答"}, "no_messages"),
    (Turns(user="q", assistant="a"), {"q": {}, "a": "答"}, "not_text"),
    (
        Turns(turns="d", role="who", content="said", roles={"患者": "user", "医生": "assistant"}),
        {"d": [{"who": "患者", "said": "问"}, {"who": "医生", "said": " 答 "}]},
        [("user", "问"), ("assistant", " 答 ")],
    ),
    (
        Turns(turns="d", role="who", content="said", roles={"患者": "user"}),
        {"d": [{"who": "护士", "said": "问"}]},
        "unknown_role",
    ),
    (Turns(turns="d"), {"d": [{"role": "user", "content": "问"}, {"content": "答"}]}, "unknown_role"),
    (Turns(turns="d"), {"d": [{"role": "user", "content": None}]}, "wrong_type"),
    (Turns(turns="d"), {"d": ["问", "答"]}, "wrong_type"),
    (Turns(turns="d"), {"d": "问"}, "wrong_type"),
    (Turns(turns="d"), {"d": []}, "no_messages"),
    (Turns(turns="d"), {}, "no_messages"),
]


@pytest.mark.parametrize(("turns", "record", "expected"), CHATS)
def test_a_conversation_is_read_however_it_is_told(tmp_path: Path, turns: Turns, record: Any, expected: Any) -> None:
    path = written(tmp_path / "a.jsonl", as_json({"x": 1}) + "\n" + as_json(record))
    found = rows(source(JsonLines, path, gives="chat", fields={"messages": turns}))
    assert found[0]["drop"] == "no_messages" and len(found) == 2
    if isinstance(expected, str):
        assert found[1]["drop"] == expected
    else:
        assert [(m["role"], m["content"]) for m in found[1]["messages"]] == expected


def test_conversations_of_our_own_form_need_no_fields(tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]
    path = written(tmp_path / "a.jsonl", as_json({"messages": talk}))
    assert rows(source(JsonLines, path, gives="chat"))[0]["messages"] == talk
    pl.DataFrame({"messages": [talk]}).write_parquet(tmp_path / "a.parquet")
    assert rows(source(Parquet, tmp_path / "a.parquet", gives="chat"))[0]["messages"] == talk


WRONG_RECIPES: list[tuple[type[Source], dict[str, Any], str]] = [
    (JsonLines, {"fields": {"txt": "a"}}, "cannot fill 'txt'"),
    (JsonLines, {"fields": {"text": "a", "id": "b"}}, "cannot fill 'id'"),
    (JsonLines, {"fields": {"title": "a"}}, "lacks 'text'"),
    (JsonLines, {"fields": {"text": Turns(user="a")}}, "its field is"),
    (Table, {"encoding": "gbk2"}, "there is no encoding 'gbk2'"),
    (Text, {"gives": "chat"}, "cannot fill"),
]


@pytest.mark.parametrize(("kind", "fields", "message"), WRONG_RECIPES)
def test_a_wrong_recipe_is_an_error_at_once(kind: type[Source], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        source(kind, Path("nowhere"), **fields)
    with pytest.raises(ValueError, match="turns"):
        Turns(user="a", turns="b")
    with pytest.raises(ValueError, match="doctor"):
        Turns(turns="b", roles={"医生": "doctor"})


def test_a_source_is_a_value(tmp_path: Path) -> None:
    """It has a fingerprint, travels to other processes, and is made without loading what only some files need."""
    path = written(tmp_path / "a.jsonl", as_json({"d": [{"role": "患者", "content": "问"}]}))
    talk = Turns(turns="d", roles={"患者": "user"})
    of = source(JsonLines, path, gives="chat", fields={"messages": talk})
    assert rows(pickle.loads(pickle.dumps(of))) == rows(of)
    assert of.fingerprint() == pickle.loads(pickle.dumps(of)).fingerprint()
    assert of.fingerprint() != source(JsonLines, path, gives="chat", fields={"messages": "d"}).fingerprint()
    loads = "import sys, medgo_data.sources; print({'pyarrow', 'zstandard'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_path_that_leads_nowhere_is_no_column(tmp_path: Path) -> None:
    pl.DataFrame([GOOD]).write_parquet(tmp_path / "a.parquet")
    for path in (".", "", "[0]", "text.x"):
        expected = "no_text" if path == "text.x" else "no_such_column"
        assert told(source(Parquet, tmp_path / "a.parquet", fields={"text": path})) == [expected]


def test_a_table_is_read_as_declared(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'a;1\n"b;2\n')
    declared = source(Table, path, columns=("t", "n"), quoted=False, delimiter=";", **text)
    assert told(declared) == ["a", '"b']


# ---- slices --------------------------------------------------------------------------------------------------------


def sliced(of: Source) -> list[list[dict[str, Any]]]:
    """The rows of each slice, as the builder cuts a file."""
    (only,) = of.raw
    bounds = [0, *of.cuts(only)]
    assert bounds == sorted(set(bounds))
    pieces = [Piece(only, n, a, b) for n, (a, b) in enumerate(itertools.zip_longest(bounds, bounds[1:]))]
    return [[row for frame in of.read(piece) for row in frame.to_dicts()] for piece in pieces]


def invented(rng: random.Random) -> str:
    return "".join(rng.choice('维生素C片一日三次，。abc 5"\\\n\r\t[]{},:\u3000😀') for _ in range(rng.randrange(1, 30)))


def jsonl_of(values: list[str]) -> str:
    return "\n".join(as_json({"text": value}) + "\n" * (len(value) % 2) for value in values)


def csv_of(values: list[str]) -> str:
    return "n,text\r\n" + "".join(f'{n},"{value.replace(chr(34), chr(34) * 2)}"\r\n' for n, value in enumerate(values))


CUT: dict[str, tuple[type[Source], dict[str, Any], Any]] = {
    "json lines": (JsonLines, {}, jsonl_of),
    "list": (Json, {}, lambda values: json.dumps([{"text": v} for v in values], ensure_ascii=False, indent=1)),
    "list behind comments": (Json, {}, lambda values: f"# [ 一\n// \n{as_json([{'text': v} for v in values])}"),
    "json lines by another name": (Json, {}, jsonl_of),
    "headings": (
        Json,
        {"fields": {"title": "group", "text": "text"}},
        lambda values: as_json({f"g{n}": [{"text": v} for v in values[n::5]] for n in range(5)}),
    ),
    "keys": (
        Json,
        {"fields": {"title": "key", "text": "text"}},
        lambda values: as_json({str(n): {"text": v, "x": [1, {}]} for n, v in enumerate(values)}),
    ),
    "table": (Table, {}, csv_of),
    "lines of text": (Text, {"rows": "line"}, "\n".join),
    "paragraphs": (Text, {"rows": "paragraph"}, "\n\n".join),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("case", CUT)
def test_slices_together_are_the_whole_file(
    tmp_path: Path, case: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, fields, write = CUT[case]
    rng = random.Random(case)
    content = write([invented(rng) for _ in range(80)]).encode(encoding)
    pack = gzip.compress if len(case) % 2 else bytes
    path = written(tmp_path / "a", pack(content))
    whole = source(kind, path, **fields)
    expected = [{**row, "record": None} for row in rows(whole)]
    assert whole.cuts(whole.raw[0]) == [] and len(expected) > 60
    for block, size in ((4 << 20, 200), (64, 100), (7, 1)):
        monkeypatch.setattr(raw, "BLOCK", block)
        slices = sliced(source(kind, path, slice_mb=size / (1 << 20), **fields))
        assert len(slices) > 10
        assert all([row["record"] for row in rows] == list(range(len(rows))) for rows in slices)
        assert [{**row, "record": None} for rows in slices for row in rows] == expected


def test_slices_of_parquet_are_row_groups(tmp_path: Path) -> None:
    words = [os.urandom(50).hex() for _ in range(1000)]
    pl.DataFrame({"text": words}).write_parquet(tmp_path / "a.parquet", row_group_size=100)
    slices = sliced(source(Parquet, tmp_path / "a.parquet", slice_mb=0.02))
    assert len(slices) == 3 and [row["text"] for rows in slices for row in rows] == words


def test_slices_of_a_broken_file_are_the_whole_file_too(tmp_path: Path) -> None:
    lines = [as_json({"text": f"{n} {os.urandom(9).hex()}"}) for n in range(20_000)]
    for kind, content in ((JsonLines, "\n".join(lines)), (Json, f"[{','.join(lines)}]"), (Json, "\n".join(lines))):
        packed = gzip.compress(content.encode())
        path = written(tmp_path / "a", packed[: len(packed) // 2])
        expected = [row["drop"] or row["text"] for row in rows(source(kind, path))]
        slices = sliced(source(kind, path, slice_mb=0.05))
        assert [row["drop"] or row["text"] for rows in slices for row in rows] == expected
        assert expected[-1] in ("truncated", "json_lines")


# ---- the splitter --------------------------------------------------------------------------------------------------


def nested(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(7 if depth < 4 else 4)
    if kind < 4:
        return [None, rng.random(), '"\\"\\\\', "".join(rng.choice('a\\"[]{},:好\n') for _ in range(rng.randrange(9)))][
            kind
        ]
    if kind == 4:
        return [nested(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {
        "".join(rng.choice('k\\"[]{},:') for _ in range(3)): nested(rng, depth + 1) for _ in range(rng.randrange(4))
    }


@pytest.mark.parametrize("seed", range(200))
def test_the_splitter_agrees_with_the_json_module(seed: int) -> None:
    rng = random.Random(seed)
    values = [nested(rng) for _ in range(rng.randrange(8))]
    whole: Any = values
    if seed % 3:
        whole = {str(n): value for n, value in enumerate(values)}
        values = [entry for value in values for entry in (value if isinstance(value, list) else [value])]
    told = json.dumps(whole, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 0, 3])).encode()
    for size in (1, 2, 3, 7, 1000):
        parts = (told[at : at + size] for at in range(0, len(told), size))
        found = [element for some in elements(parts, Splitter()) for element in some]
        assert [json.loads(element.text) for element in found] == values
        assert all(told[e.start : e.start + len(e.text)] == e.text for e in found)


# ---- real files ----------------------------------------------------------------------------------------------------

REAL = os.environ.get("MEDGO_REAL_DATA", "")
chat: dict[str, Any] = {"gives": "chat"}
COUNTS: list[tuple[type[Source], str, dict[str, Any], dict[str | None, int]]] = [
    (Json, "case/CMB-Clin-qa.json", {"fields": {"title": "title", "text": "description"}}, {None: 40}),
    (Json, "case/TCM-SRT_train.part1.json", {"fields": {"text": "临床资料"}}, {None: 100}),
    (Json, "cblue/CHIP-CDEE/CHIP-CDEE_train.json.gz", {}, {None: 1587}),
    (JsonLines, "cblue/CMeIE/CMeIE_dev.json.gz", {}, {None: 1824}),
    (Json, "cblue/CMeIE/CMeIE_dev.json.gz", {}, {None: 1824}),
    (Json, "cblue/CMeIE-V2/53_schemas.json", {"fields": {"text": "predicate"}}, {None: 53}),
    (
        Json,
        "cblue/MedDG/MedDG_test.json.gz",
        chat
        | {
            "fields": {
                "messages": Turns(
                    turns=".", role="id", content="Sentence", roles={"Patients": "user", "Doctor": "assistant"}
                )
            }
        },
        {None: 1000},
    ),
    (
        Json,
        "dialogue/CMtMedQA_test.json.gz",
        chat | {"fields": {"messages": Turns(user="instruction", assistant="output", history="history")}},
        {None: 496, "no_messages": 67},
    ),
    (
        Json,
        "dialogue/huatuo26M_test.json.gz",
        chat | {"fields": {"messages": Turns(user="instruction", assistant="output")}},
        {None: 2500},
    ),
    (Json, "drug/CareGPT_drug.json.gz", {"fields": {"text": "."}}, {None: 1179}),
    (Json, "encyclopedia/MSD_index.json", {"fields": {"text": "[1]"}}, {None: 1500}),
    (Json, "encyclopedia/medical.json", {"fields": {"title": "name", "text": ("desc", "symptom")}}, {None: 23}),
    (JsonLines, "encyclopedia/medical2.json", {"fields": {"title": "name", "text": ("desc", "cause")}}, {None: 23}),
    (JsonLines, "english/medmcqa_dev.json", {"fields": {"text": ("question", "exp")}}, {None: 1000}),
    (Json, "english/pubmedqa_ori_pqal.json.gz", {"fields": {"title": "key", "text": "LONG_ANSWER"}}, {None: 300}),
    (
        Json,
        "safety/typical_safety_scenarios.json",
        chat | {"fields": {"messages": Turns(user="prompt", assistant="response")}},
        {None: 8},
    ),
    (Json, "safety/augmentation_prompts.json", {"fields": {"text": "."}}, {None: 13}),
    (JsonLines, "ner/CCKS2019_subtask1_part1.txt", {"fields": {"text": "originalText"}}, {None: 213}),
    (
        JsonLines,
        "preference/MedicalGPT_dpo_zh_500.jsonl.gz",
        chat
        | {
            "fields": {
                "messages": Turns(
                    turns="conversations", role="from", content="value", roles={"human": "user", "gpt": "assistant"}
                )
            }
        },
        {None: 268},
    ),
    (
        Table,
        "dialogue/BianQue_cMedialog.csv",
        chat | {"fields": {"messages": Turns(user="input", assistant="target")}},
        {None: 64},
    ),
    (
        Table,
        "dialogue/Toyhom_内科_sample.csv.gz",
        chat | {"fields": {"messages": Turns(user="ask", assistant="answer")}},
        {None: 2556},
    ),
    (Table, "drug/drug_rules_gbk.csv", {"fields": {"text": "PRODUCT_NAME"}}, {None: 5000}),
    # 1386 as the csv module counts; one row has a byte pair (84 48) that no BIG5 table knows
    (Table, "drug/formulary_藥物諮詢_big5.csv.gz", {"fields": {"text": "藥品代碼"}}, {None: 1385, "undecodable": 1}),
    (Table, "encyclopedia/disease_gbk.csv.gz", {"fields": {"text": "name"}}, {None: 3500}),
    (Table, "exam/CMMLU_anatomy.csv", {"fields": {"title": "", "text": "Question"}}, {None: 148}),
    (Table, "monograph/中药_bom.csv", {"fields": {"text": "名称"}}, {None: 3978}),
    (Table, "monograph/方剂_gbk.csv.gz", {"fields": {"text": "处方名"}}, {None: 4000}),
    (Table, "noise/epidemic_dev_20200228.csv", {"fields": {"text": "query1"}}, {None: 2002}),
    (
        Table,
        "noise/MCSCSet_valid.txt",
        {"columns": ("wrong", "right"), "quoted": False, "fields": {"text": "right"}},
        {None: 8000},
    ),
    (Table, "preference/jade_alignment_*.csv", {"fields": {"text": "问题"}}, {None: 325}),
    (Text, "dialogue/Toyhom_内科.part1.txt.gz", {"rows": "paragraph"}, {None: 2024}),
    (Text, "monograph/tcm_ancient*/*.txt", {}, {None: 40}),
    (Text, "protocol/*.txt", {}, {None: 1}),
    (Text, "pdf/*.pdf", {}, {"not_text": 2}),
    (Parquet, "paper/chinaxiv_case_review.parquet", {}, {None: 60}),
]


@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
@pytest.mark.parametrize(("kind", "files", "fields", "expected"), COUNTS)
def test_real_files_have_their_records(kind: type[Source], files: str, fields: Any, expected: Any) -> None:
    of = kind(files=f"{REAL}/data/{files}", **NAMED, **fields)
    assert Counter(row["drop"] for row in rows(of)) == expected
