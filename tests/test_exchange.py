"""Items go to the tools of others and come back as verdicts; what was changed on the way, or is about nothing, does not."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from medgo_data.review.exchange import FORMS, Taken, give, take
from medgo_data.review.room.items import Item
from medgo_data.verdict import Verdict, VerdictError, digest, read
from tests.judging import write

REASONS = {"dose_missing": "没有写剂量", "unsafe": "有风险"}
NASTY = '=HYPERLINK("x","<b>点我</b>") & 一次一袋\n"饭后"'


def item(number: int, task: str = "check", **shown: str) -> Item:
    row = {"id": f"s/f.jsonl#0-{number}", "text": f"{number}"}
    parts = {"question": f"第{number}种药怎么吃？", "answer": f"一次{number}片。"} | shown
    told = {"turns": [["user", parts["question"]]], "answers": [parts["answer"]]}
    return asked(task, (row["id"],), digest([row]), told)


def asked(task: str, rows: tuple[str, ...], item: str, shown: dict[str, Any]) -> Item:
    return Item(task=task, rows=rows, item=item, corpus="qa", version="3f9a1c0be2d4", stratum="", shown=shown)


ITEMS = [item(1), item(2, answer=NASTY), item(3)]


def told(path: Path, items: list[Item] = ITEMS, **fields: Any) -> Taken:
    return take(path, items, **{"reviewer": "R07"} | fields)


def said(taken: Taken) -> list[tuple[str, str, str]]:
    return [(one.rows[0][-1], one.verdict, one.reviewer) for one in taken.verdicts]


# ---- Label Studio --------------------------------------------------------------------------------------------------


def result(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "from_name": name,
        "to_name": "question",
        "id": "Dx_aB91ISN",
        "type": kind,
        "origin": "manual",
        "value": value,
    }


def annotation(verdict: str, who: Any = 10, **told: Any) -> dict[str, Any]:
    """As Label Studio exports one."""
    reasons, written = told.pop("reasons", []), {name: told.pop(name) for name in ("edited", "comment") if name in told}
    results = [result("verdict", "choices", {"choices": [verdict]})]
    results += [result("reasons", "choices", {"choices": reasons})] if reasons else []
    results += [result(name, "textarea", {"text": [text]}) for name, text in written.items()]
    usual = {"id": 1001, "result": results, "was_cancelled": False, "ground_truth": False, "lead_time": 4.288}
    return usual | {"created_at": "2026-03-09T22:16:08.728353Z", "completed_by": who} | told


def studio(folder: Path, *annotations: list[dict[str, Any]], items: list[Item] = ITEMS) -> Path:
    """An export: the tasks that were given, with what was said."""
    path, _ = give(items, folder / "tasks.json", "label-studio", REASONS)
    tasks = json.loads(path.read_text("utf-8"))
    told = [
        task | {"id": n, "project": 83, "annotations": those, "predictions": []}
        for n, (task, those) in enumerate(zip(tasks, annotations, strict=False))
    ]
    (folder / "export.json").write_text(json.dumps(told), "utf-8")
    return folder / "export.json"


def test_label_studio_is_told_what_to_ask(tmp_path: Path) -> None:
    tasks, config = give(ITEMS, tmp_path / "out" / "tasks.json", "label-studio", REASONS)
    data = [one["data"] for one in json.loads(tasks.read_text("utf-8"))]
    assert [one["key"] for one in data] == [one.name for one in ITEMS]
    assert data[1]["answer"] == NASTY
    view = ET.fromstring(config.read_text("utf-8"))  # noqa: S314  it is our own
    assert {one.get("value") for one in view.iter("Text")} == {"$question", "$answer"}
    words = {one.get("name"): [choice.get("alias") for choice in one] for one in view.iter("Choices")}
    assert words == {"verdict": ["accept", "edit", "reject", "unsure"], "reasons": ["dose_missing", "unsafe"]}
    assert [one.get("name") for one in view.iter("TextArea")] == ["edited", "comment"]


def test_what_label_studio_exports_comes_back(tmp_path: Path) -> None:
    path = studio(
        tmp_path,
        [annotation("accept"), annotation("reject", 11, reasons=["unsafe", "dose_missing"], comment="写明剂量")],
        [
            annotation("edit", {"id": 11, "email": "x@example.org"}, edited="一次两袋。"),
            annotation("accept", was_cancelled=True),
        ],
        [],
    )
    taken = told(path, reviewers={"10": "R07", "11": "R08"}, guide="9b41d856")
    assert said(taken) == [("1", "accept", "R07"), ("1", "reject", "R08"), ("2", "edit", "R08")]
    first, second, third = taken.verdicts
    assert (first.seconds, first.at, first.page, first.guide) == (
        4.288,
        "2026-03-09T22:16:08.728353Z",
        "label-studio",
        "9b41d856",
    )
    assert (second.reasons, second.comment) == (("unsafe", "dose_missing"), "写明剂量")
    assert (third.edited, third.rows, third.item) == ("一次两袋。", ITEMS[1].rows, ITEMS[1].item)
    assert taken.refused == {}
    assert list(read(Path(write(tmp_path / "reviews" / "a.jsonl", taken.verdicts)))) == taken.verdicts


# ---- Argilla -------------------------------------------------------------------------------------------------------

USER = "0195a0c6-7b1e-7c3a-9d0e-5a4b3c2d1e0f"


def test_what_argilla_exports_comes_back(tmp_path: Path) -> None:
    (path,) = give(ITEMS, tmp_path / "records.json", "argilla")
    records = json.loads(path.read_text("utf-8"))
    assert set(records[0]) == {"id", "fields", "metadata", "suggestions", "responses", "vectors"}
    records[0]["responses"] = {
        "verdict": [{"value": "reject", "user_id": USER}, {"value": "accept", "user_id": "b" * 32}],
        "reasons": [{"value": ["unsafe"], "user_id": USER}],
        "comment": [{"value": "有风险", "user_id": USER}],
    }
    records[1]["responses"] = {"verdict": [{"value": "accept", "user_id": USER, "status": "draft"}]}
    path.write_text(json.dumps(records), "utf-8")
    taken = told(path, reviewers={USER: "R08"})
    assert said(taken) == [("1", "reject", "R08"), ("1", "accept", "b" * 32)]
    assert (taken.verdicts[0].reasons, taken.verdicts[0].comment) == (("unsafe",), "有风险")
    assert taken.verdicts[0].at.endswith("+00:00")  # when the file was written, for Argilla does not say
    assert take(path, ITEMS).verdicts[0].reviewer == USER.replace("-", "")


# ---- a workbook ----------------------------------------------------------------------------------------------------


def filled(folder: Path, task: str = "check", items: list[Item] = ITEMS, **cells: Any) -> Path:
    """The workbook after somebody filled in the columns of that name, row by row."""
    (path,) = give(items, folder / "sheet.xlsx", "xlsx", REASONS)
    book = load_workbook(path)
    sheet = book["review"]
    at = {cell.value: cell.column for cell in sheet[1]}
    for name, values in cells.items():
        for row, value in enumerate(values, 3):
            sheet.cell(row, at[name.replace("_", " ")]).value = value
    book.save(path)
    return path


def test_a_workbook_drops_down_its_choices_and_computes_nothing(tmp_path: Path) -> None:
    (path,) = give(
        [*ITEMS, *(item(4 + n, answer=f"{sign}1+1") for n, sign in enumerate("+-@"))],
        tmp_path / "sheet.xlsx",
        "xlsx",
        REASONS,
    )
    sheet = load_workbook(path)["review"]
    heads = [cell.value for cell in sheet[1]]
    assert heads == ["key", "question", "answer", "verdict", "reasons 1", "reasons 2", "reasons 3", "edited", "comment"]
    assert sheet.row_dimensions[1].hidden
    assert sheet.freeze_panes == "B3"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert sheet["C4"].value == NASTY
    assert [sheet[f"C{row}"].quotePrefix for row in (3, 4, 6, 7, 8)] == [False, True, True, True, True]
    assert sheet["C4"].alignment.wrap_text
    lists = load_workbook(path)["lists"]
    offered = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert offered == {
        "D3:D8": "lists!$D$1:$D$4",
        "E3:E8": "lists!$E$1:$E$2",
        "F3:F8": "lists!$F$1:$F$2",
        "G3:G8": "lists!$G$1:$G$2",
    }
    assert [lists[f"D{n}"].value for n in range(1, 5)] == ["accept", "edit", "reject", "unsure"]


def test_what_was_filled_in_comes_back(tmp_path: Path) -> None:
    path = filled(
        tmp_path, verdict=["reject", "edit", None], reasons_1=["unsafe 有风险"], reasons_3=["dose_missing 没有写剂量"], edited=[None, "一次两袋。"], comment=["=1+1"]
    )  # fmt: skip
    taken = told(path)
    assert said(taken) == [("1", "reject", "R07"), ("2", "edit", "R07")]
    assert taken.verdicts[0].reasons == ("unsafe", "dose_missing")
    assert taken.verdicts[1].edited == "一次两袋。"
    assert taken.refused == {"no_answer": [f"{path} row 5"]}


def test_what_no_cell_holds_is_given_in_another_form(tmp_path: Path) -> None:
    long = [item(1, answer="长" * 32_768)]
    with pytest.raises(ValueError, match=r"item 1 has a text of more than 32,767 characters.*another form"):
        give(long, tmp_path / "sheet.xlsx", "xlsx")
    control = [item(1, answer="一次\x0b一片\x00。\r\n饭后")]
    path = filled(tmp_path, items=control, verdict=["accept"])
    assert said(told(path, control)) == [("1", "accept", "R07")]


# ---- lines ---------------------------------------------------------------------------------------------------------


def lines(folder: Path, *more: dict[str, Any], items: list[Item] = ITEMS) -> Path:
    (path,) = give(items, folder / "items.jsonl", "jsonl", REASONS)
    records = [json.loads(line) | one for line, one in zip(path.read_text("utf-8").splitlines(), more, strict=False)]
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    return path


@pytest.mark.parametrize(
    ("task", "filled", "expected"),
    [
        ("check", {"verdict": "accept", "reviewer": "R09", "seconds": 3, "at": "2026-03-02T09:14:05+08:00"}, ("accept", (), "R09")),
        ("feedback", {"verdict": "reject", "edited": "不该有"}, ("reject", (), "R07")),
        ("residual", {"verdict": "reject", "marks": ["answer 0-2 PERSON\nanswer 3-5 DATE"]}, ("reject", ("answer 0-2 PERSON", "answer 3-5 DATE"), "R07")),
        ("options", {"verdict": "BD"}, ("BD", (), "R07")),
        ("check", {"verdict": "perhaps"}, "unlike_verdict"),
        ("check", {"verdict": "edit"}, "unlike_verdict"),
        ("check", {"verdict": None}, "no_answer"),
        ("residual", {"verdict": "reject", "marks": ["王某"]}, "unlike_verdict"),
        ("check", {"verdict": "accept", "key": "i_0"}, "unknown_item"),
        ("check", {"verdict": "accept", "shown": {"question": "第1种药怎么吃？", "answer": "一次九片。"}}, "changed_item"),
        ("check", {"verdict": "accept", "at": "昨天"}, "unlike_verdict"),
    ],
)  # fmt: skip
def test_a_line_is_taken_if_it_says_what_can_be_said(
    task: str, filled: dict[str, Any], expected: Any, tmp_path: Path
) -> None:
    items = [item(1, task)]
    taken = told(lines(tmp_path, filled, items=items), items)
    if isinstance(expected, str):
        assert (taken.verdicts, taken.counted) == ([], {expected: 1})
    else:
        (one,) = taken.verdicts
        assert (one.verdict, one.marks, one.reviewer) == expected
        assert one.edited is None


def test_what_one_person_answered_in_two_ways_is_not_taken(tmp_path: Path) -> None:
    path = studio(
        tmp_path,
        [annotation("accept"), annotation("accept")],
        [annotation("accept"), annotation("reject"), annotation("accept", 11)],
    )
    taken = told(path)
    assert said(taken) == [("1", "accept", "10"), ("2", "accept", "11")]
    assert taken.counted == {"answered_twice": 2}


def test_items_that_say_something_else_since_are_not_taken(tmp_path: Path) -> None:
    path = lines(tmp_path, {"verdict": "accept"})
    assert told(path, [replace(one, item="0" * 32) for one in ITEMS]).counted == {"unknown_item": 1}
    assert said(told(path, [replace(one, version="0" * 12) for one in ITEMS])) == [("1", "accept", "R07")]  # same words


def test_a_reason_that_is_not_of_the_list_is_not_taken(tmp_path: Path) -> None:
    path = lines(tmp_path, {"verdict": "reject", "reasons": ["unsafe"]}, {"verdict": "reject", "reasons": ["ugly"]})
    taken = told(path, reasons=REASONS)
    assert (said(taken), taken.counted) == ([("1", "reject", "R07")], {"unknown_reason": 1})


# ---- files that are none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "[{", "a.json is no whole JSON"),
        ("a.json", "[{}]", "a.json is no export of Argilla"),
        ("a.json", '{"id": 1}', "a.json is no export of Argilla"),
        (
            "a.json",
            '[{"id": "x", "fields": {}, "responses": {"verdict": [{"value": "王某"}]}}]',
            "record 1 has a response without",
        ),
        (
            "a.json",
            '[{"id": "x", "fields": [], "responses": {"verdict": [{"value": "a", "user_id": "b"}]}}]',
            "record 1 is not as",
        ),
        ("a.json", '[{"data": {}, "annotations": [{"id": 7}]}]', "task 1 annotation 7 lacks its result"),
        ("a.json", '[{"data": {}, "annotations": {}}]', "task 1 is not as"),
        ("a.jsonl", '{"key": "i_0"}', "line 1 lacks its key or its verdict"),
        ("a.jsonl", '{"key"', "line 1 is no whole JSON"),
        ("a.jsonl", "[1]", "line 1 is not as"),
        ("a.xlsx", "no workbook", "is no workbook of Excel"),
    ],
)
def test_a_file_that_is_no_export_is_named_with_the_next_step(
    name: str, content: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(VerdictError, match=says) as refused:
        told(tmp_path / name)
    assert str(refused.value).startswith(str(tmp_path / name))
    assert "王某" not in str(refused.value)


def test_who_said_it_must_be_known_by_an_alias(tmp_path: Path) -> None:
    path = studio(tmp_path, [annotation("accept", "dr.wang@example.org")])
    with pytest.raises(VerdictError, match=r"task 1 annotation 1001 names no reviewer by an alias") as refused:
        told(path)
    assert "wang" not in str(refused.value)
    assert said(told(path, reviewers={"dr.wang@example.org": "R07"})) == [("1", "accept", "R07")]
    with pytest.raises(VerdictError, match="reviewer='R07'"):
        take(lines(tmp_path, {"verdict": "accept"}), ITEMS)


def test_a_file_holds_items_of_one_task(tmp_path: Path) -> None:
    for items in ([item(1), item(2, "feedback")], [], [item(1, "guess")]):
        with pytest.raises(ValueError, match="of one task"):
            give(items, tmp_path / "a.jsonl", "jsonl")
    with pytest.raises(ValueError, match=", ".join(FORMS)):
        give(ITEMS, tmp_path / "a.csv", "csv")


def test_every_form_takes_every_task_there_and_back(tmp_path: Path) -> None:
    for task, word in {"pair": "2>1", "ranking": "2>1=3", "options": "none", "residual": "accept"}.items():
        rows = ("a", "b", "c") if task in ("pair", "ranking") else ("a",)
        texts = {"question": "问", "answers": ["甲", "乙"]}
        items = [asked(task, rows[: 2 if task == "pair" else 3], "0" * 32, texts)]
        sheet = filled(tmp_path, items=items, verdict=[word])
        line = lines(tmp_path, {"verdict": word}, items=items)
        export = studio(tmp_path, [annotation(word)], items=items)
        for path in (sheet, line, export):
            (one,) = told(path, items, reviewers={"10": "R07"}).verdicts
            assert isinstance(one, Verdict)
            assert (one.task, one.verdict, one.reviewer) == (task, word, "R07")
