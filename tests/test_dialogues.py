"""A consultation is the same conversation however its file tells it. All patients are invented."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from medgo_data import Clean, Corpus, Here, build
from medgo_data import open as open_built
from medgo_data.corpus import Piece
from medgo_data.sources import Turns
from medgo_data.sources.dialogues import Dialogues

SPOKEN = {"患者：": "user", "医生：": "assistant"}
ASKED, ANSWERED, THANKED, WELCOMED = "久坐肩酸怎么办？", "每小时起来走走。", "谢谢", "不客气"
TALK = [("user", ASKED), ("assistant", ANSWERED), ("user", THANKED), ("assistant", WELCOMED)]


def read(path: Path, **fields: Any) -> list[dict[str, Any]]:
    source = Dialogues(files=str(path), license="public", **fields)
    rows = [row for raw in source.raw for frame in source.read(Piece(raw)) for row in frame.to_dicts()]
    assert [row["record"] for row in rows] == list(range(len(rows)))
    return rows


def said(path: Path, turns: Turns, **fields: Any) -> list[Any]:
    """Each conversation as pairs, or why there is none."""
    rows = read(path, fields={"messages": turns}, **fields)
    return [row["drop"] or [(turn["role"], turn["content"]) for turn in row["messages"]] for row in rows]


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def cells(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


# ---- one conversation in every layout ------------------------------------------------------------------------------

LAYOUTS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "question, answer and pairs of earlier ones": (
        "a.json",
        [{"instruction": THANKED, "input": "", "output": WELCOMED, "history": [[ASKED, ANSWERED]]}],
        {"turns": Turns(user=("instruction", "input"), assistant="output", history="history")},
    ),
    "pairs alone": (
        "a.json",
        [{"rounds": [[ASKED, ANSWERED], [THANKED, WELCOMED]]}],
        {"turns": Turns(history="rounds")},
    ),
    "a list of turns with the speakers' own names": (
        "a.json",
        [{"conversations": [{"from": "human" if role == "user" else "gpt", "value": told} for role, told in TALK]}],
        {
            "turns": Turns(
                turns="conversations", role="from", content="value", roles={"human": "user", "gpt": "assistant"}
            )
        },
    ),
    "pairs of speaker and words": (
        "a.json",
        [{"dialog": [["患者" if role == "user" else "医生", told] for role, told in TALK]}],
        {"turns": Turns(turns="dialog", role="[0]", content="[1]", roles={"患者": "user", "医生": "assistant"})},
    ),
    "a file that is one list of turns": (
        "a.json",
        [{"role": "client" if role == "user" else "counselor", "content": told} for role, told in TALK],
        {"turns": Turns(turns=".", roles={"client": "user", "counselor": "assistant"}), "rows": "file"},
    ),
    "a list of strings with the speaker in front": (
        "a.json",
        [{"history": [f"患者：{ASKED}", f"医生：{ANSWERED}", f"患者：{THANKED}", f"医生：{WELCOMED}"]}],
        {"turns": Turns(turns="history", marks=SPOKEN)},
    ),
    "windows that move over a conversation": (
        "a.json",
        [
            [
                {"utterances": ["", f"患者：{ASKED}"]},
                {"utterances": [f"患者：{ASKED}", f"医生：{ANSWERED}"]},
                {"utterances": [f"医生：{ANSWERED}", f"患者：{THANKED}"]},
                {"utterances": [f"患者：{THANKED}", f"医生：{WELCOMED}"]},
            ]
        ],
        {"turns": Turns(turns=".", content="utterances[-1]", marks=SPOKEN)},
    ),
    "one cell with line breaks that were written as two characters": (
        "a.csv",
        cells(["input", "target"], [rf"患者：{ASKED}\n医生：{ANSWERED}\n患者：{THANKED}\n医生：", WELCOMED]),
        {"turns": Turns(turns="input", marks=SPOKEN | {rf"\n{m}": r for m, r in SPOKEN.items()}, assistant="target")},
    ),
    "history packed into the question": (
        "a.jsonl",
        {"instruction": f" <user>: {ASKED} <bot>: {ANSWERED} <user>: {THANKED}", "output": WELCOMED},
        {"turns": Turns(turns="instruction", marks={"<user>:": "user", "<bot>:": "assistant"}, assistant="output")},
    ),
    "tokens, some of which nobody says": (
        "a.txt",
        f"<|end|> <|context|> <|user|> {ASKED} <|system|> {ANSWERED}<|endofcontext|> <|current|> {THANKED} <|intent|> Thank <|reply|> {WELCOMED} <|end|>\n",
        {
            "turns": Turns(
                turns=".",
                marks={
                    "<|user|>": "user",
                    "<|system|>": "assistant",
                    "<|current|>": "user",
                    "<|reply|>": "assistant",
                    "<|": None,
                },
            ),
            "rows": "line",
        },
    ),
    "blocks with the speaker on a line of his own": (
        "a.txt",
        f"id=1\nhttps://example.org/1\n\nDescription\n{ASKED}\n\nDialogue\n医生：\n{ANSWERED}\n患者：\n{THANKED}\n医生：\n{WELCOMED}\n\n",
        {
            "turns": Turns(turns=".", marks=SPOKEN | {"id=": None, "Description": "user", "Dialogue": None}),
            "begins": "id=",
        },
    ),
    "a transcript that is the whole file": (
        "a.txt",
        f"患者：{ASKED}\n医生：{ANSWERED}\n　患者：{THANKED}\n医生：{WELCOMED}",
        {"turns": Turns(turns=".", marks=SPOKEN)},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("pack", [False, True])
def test_a_conversation_is_the_same_in_every_layout(tmp_path: Path, layout: str, pack: bool) -> None:  # noqa: FBT001  a column
    name, content, told = LAYOUTS[layout]
    path = written(tmp_path / name, content)
    if pack:
        path = tmp_path / f"{name}.gz"
        path.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    assert said(path, **told) == [TALK]


def test_paragraphs_of_a_question_and_its_answer(tmp_path: Path) -> None:
    blocks = f"{ASKED}\n{ANSWERED}\n\n\n{THANKED}\n{WELCOMED}\n第二行\n"
    turns = Turns(turns=".", marks={"": "user", "\n": "assistant"})
    path = written(tmp_path / "a.txt", blocks)
    assert said(path, turns, rows="paragraph", merge=True) == [
        [("user", ASKED), ("assistant", ANSWERED)],
        [("user", THANKED), ("assistant", f"{WELCOMED}\n第二行")],
    ]


def test_each_beginning_begins_a_record_wherever_the_file_is_read_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medgo_data.sources.raw.BLOCK", 64)
    talks = "".join(f"id={n}\n患者：{ASKED}{n}\n医生：{ANSWERED}\n" for n in range(50))
    turns = Turns(turns=".", marks=SPOKEN | {"id=": None})
    told = said(written(tmp_path / "a.txt", talks), turns, begins="id=")
    assert told == [[("user", f"{ASKED}{n}"), ("assistant", ANSWERED)] for n in range(50)]


# ---- what marks mean -----------------------------------------------------------------------------------------------

MARKED = [
    ("我跟医生：他说过", "unknown_role"),
    ("患者：我问医生：怎么办\n医生：多走走", [("user", "我问医生：怎么办"), ("assistant", "多走走")]),
    ("您好\n患者：在吗\n医生：在", "unknown_role"),
    ("患者：\n医生：您好", [("assistant", "您好")]),
    ("患者：在吗\n\n医生：在\n  请讲", [("user", "在吗"), ("assistant", "在\n  请讲")]),
    ("患者：\n医生：", "no_messages"),
    (7, "wrong_type"),
    (["患者：在吗", 7], "wrong_type"),
    (None, "no_messages"),
]


@pytest.mark.parametrize(("told", "expected"), MARKED)
def test_a_mark_of_letters_counts_where_a_line_begins(tmp_path: Path, told: Any, expected: Any) -> None:
    path = written(tmp_path / "a.json", [{"text": told}])
    assert said(path, Turns(turns="text", marks=SPOKEN)) == [expected]


def test_what_comes_before_the_first_mark_is_said_by_whom_the_recipe_says(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", [{"text": f"{ASKED}\n医生：{ANSWERED}"}])
    assert said(path, Turns(turns="text", marks=SPOKEN | {"": "user"})) == [TALK[:2]]
    assert said(path, Turns(turns="text", marks=SPOKEN | {"": None})) == [TALK[1:2]]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"user": "ask", "turns": "talk"}, "takes either"),
    ({"assistant": "answer"}, "takes either"),
    ({"user": "ask", "marks": SPOKEN}, "needs turns="),
    ({"turns": "talk", "marks": {"医生：": "doctor"}}, "translates into"),
]


@pytest.mark.parametrize(("told", "error"), WRONG)
def test_a_layout_that_cannot_be_is_an_error(told: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        Turns(**told)


def test_rows_and_begins_are_two_ways_of_which_one_is_taken() -> None:
    with pytest.raises(ValueError, match="leave one of them out"):
        Dialogues(files="*.txt", license="public", rows="line", begins="id=", fields={"messages": Turns(turns=".")})


# ---- conversations and texts ---------------------------------------------------------------------------------------

LISTED = Turns(turns="talk", role="who", content="said", roles={"患者": "user", "医生": "assistant"})


def talk(*turns: str) -> dict[str, Any]:
    return {"talk": [{"who": turn[:2], "said": turn[2:]} for turn in turns]}


RECORDS = [
    talk("患者在吗", "患者肩酸", "医生多走走", "医生少久坐", "患者谢谢"),
    talk("患者没有人回答"),
    {"talk": "不是列表"},
    talk("医生您好"),
]


def test_a_conversation_in_which_nobody_answers_is_refused(tmp_path: Path) -> None:
    told = said(written(tmp_path / "a.json", RECORDS), LISTED)
    assert told[1:] == ["no_answer", "wrong_type", [("assistant", "您好")]]
    assert [role for role, _ in told[0]] == ["user", "user", "assistant", "assistant", "user"]


def test_what_one_speaker_says_in_a_row_is_one_turn_if_so_declared(tmp_path: Path) -> None:
    told = said(written(tmp_path / "a.json", RECORDS), LISTED, merge=True)
    assert told[0] == [("user", "在吗\n肩酸"), ("assistant", "多走走\n少久坐"), ("user", "谢谢")]
    assert told[1:] == ["no_answer", "wrong_type", [("assistant", "您好")]]


def test_a_conversation_is_written_out_for_pre_training(tmp_path: Path) -> None:
    fields = {"fields": {"messages": LISTED}, "gives": "document"}
    path = written(tmp_path / "a.json", RECORDS)
    rows = read(path, **fields)
    assert [row["drop"] or row["text"] for row in rows] == [
        "患者：在吗\n患者：肩酸\n医生：多走走\n医生：少久坐\n患者：谢谢",
        "患者：没有人回答",
        "wrong_type",
        "医生：您好",
    ]
    names = {"user": "来访者", "assistant": "咨询师"}
    assert (
        read(path, **fields, merge=True, speakers=names)[0]["text"]
        == "来访者：在吗\n肩酸\n咨询师：多走走\n少久坐\n来访者：谢谢"
    )


def test_a_long_conversation_is_cut_between_its_turns(tmp_path: Path) -> None:
    turns = [f"{who}第{n}句。" for n in range(40) for who in ("患者", "医生")]
    rows = read(
        written(tmp_path / "a.json", [talk(*turns)]), fields={"messages": LISTED}, gives="document", longest=200
    )
    assert len(rows) > 1
    assert "".join(row["text"] for row in rows) == "\n".join(f"{turn[:2]}：{turn[2:]}" for turn in turns)
    assert all(row["text"].startswith(("患者：", "医生：")) and len(row["text"]) <= 200 for row in rows)


def test_a_file_that_cannot_be_read_is_one_row_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for content, told, reason in (
        (b"", {}, "empty_file"),
        (b"", {"rows": "line"}, "empty_file"),
        ("患者：在吗".encode() + b"\xff", {}, "undecodable"),
        (b"\x1f\x8b\x08", {"begins": "id="}, "truncated"),
    ):
        path.write_bytes(content)
        for gives in ("chat", "document"):
            fields = {"messages": Turns(turns=".", marks=SPOKEN)}
            assert [row["drop"] for row in read(path, fields=fields, gives=gives, **told)] == [reason]


def test_one_declaration_builds_conversations_and_texts(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", RECORDS)
    for gives, column in (("chat", "messages"), ("document", "text")):
        source = Dialogues(files=str(path), license="public", fields={"messages": LISTED}, gives=gives)
        build(Corpus(gives, [source], [Clean(min_chars=4)] if gives == "document" else []), tmp_path, Here())
        rows = open_built(tmp_path, gives).rows().collect()
        assert rows["category"].unique().to_list() == ["dialogue"] and rows[column].null_count() == 0
        assert rows.height + open_built(tmp_path, gives).dropped().collect().height == len(RECORDS)
