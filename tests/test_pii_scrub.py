"""A row leaves Scrub without what could tell who somebody is, and with all else as it was."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Here, Local, Scrub, Stage, build, keys
from medgo_data import open as open_built
from medgo_data.corpus import GateError
from medgo_data.pii import presidio
from medgo_data.pii.operate import PUT
from medgo_data.pii.scrub import texts
from medgo_data.sources import Json

NOTE = (
    "入院记录\n姓名：郝建邦　性别：男　年龄：93岁　住院号：ZY0091172　床号：12\n"
    "现住址：芜湖市镜湖区东郊路88号3栋402室　联系人：闻若兰（妻）　电话：139 0553 7162\n"
    "入院时间：2024年3月6日 09:15\n主诉：反复咳嗽、咳痰20余年，加重伴气促1周。\n"
    "郝建邦夜间不能平卧，予左氧氟沙星0.5g qd，PaO₂ 71mmHg，BP 118/70mmHg。\n医师签名：车向晚"
)
HIDDEN = ("郝建邦", "闻若兰", "车向晚", "ZY0091172", "139 0553 7162", "7162", "东郊路", "93岁", "3月6日")
KEPT = ("反复咳嗽、咳痰20余年", "左氧氟沙星0.5g qd", "71mmHg", "BP 118/70mmHg", "性别：男")
PLAIN = "社区获得性肺炎的经验性治疗：阿莫西林1g q8h，疗程5~7天。2024年版指南推荐复查C反应蛋白（CRP<10mg/L）。帕金森病、桂枝汤、足三里。"
TALK = [
    {"role": "user", "content": "医生您好，我叫闻若兰，电话13905537162，孩子发烧38.5℃。"},
    {"role": "assistant", "content": "闻若兰您好，先吃布洛芬混悬液5ml，多喝水。"},
    {"role": "user", "content": "好的，我微信号是wen_ruolan88。"},
]
KEY = "a key of the tests, which hides nobody"


def rows(*texts: str, category: str | None = "case report") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"notes/a.jsonl#0-{n}" for n in range(len(texts))],
            "source": "notes",
            "license": "public",
            "origin": "a.jsonl",
            "category": category,
            "title": None,
            "text": texts,
        },
        schema_overrides={"category": pl.String, "title": pl.String},
    ).with_columns(drop=pl.lit(None, pl.String))


def one(stage: Scrub, docs: pl.DataFrame) -> dict[str, Any]:
    return stage(docs).row(0, named=True)


def test_what_could_tell_who_it_is_goes_and_what_is_the_matter_stays() -> None:
    text = one(Scrub(), rows(NOTE))["text"]
    assert [word for word in HIDDEN if word in text] == []
    assert [word for word in KEPT if word not in text] == []
    assert text.count("[姓名1]") == 2 and "[姓名2]" in text and "90岁以上" in text and "安徽省" in text


def test_a_row_says_what_was_masked_and_where_it_stands_now() -> None:
    row = one(Scrub(), rows(NOTE))
    told = [re.fullmatch(r"text (\d+)-(\d+) [\w+]+ [01]\.\d\d", at) for at in row["masked_at"]]
    assert len(told) == len(row["masked"]) > 8 and all(told)
    put = [row["text"][int(at[1]) : int(at[2])] for at in told if at]
    starts = [int(at[1]) for at in told if at]
    assert starts == sorted(starts)
    for kind, word in zip(row["masked"], put, strict=True):
        assert PUT.fullmatch(word) or (kind, word) == ("ADDRESS", "安徽省")


def test_a_text_without_identifiers_stays_to_the_byte() -> None:
    row = one(Scrub(policy="high_recall"), rows(PLAIN))
    assert (row["text"], row["masked"], row["masked_at"]) == (PLAIN, [], [])
    assert row["scrubbed"].startswith("high_recall/1 ")


def test_a_conversation_is_one_text_and_keeps_its_turns() -> None:
    docs = pl.DataFrame({"id": ["talks/a.jsonl#0-0"], "category": "dialogue", "messages": [TALK]}).with_columns(
        drop=pl.lit(None, pl.String)
    )
    row = one(Scrub(), docs)
    assert [turn["role"] for turn in row["messages"]] == ["user", "assistant", "user"]
    assert row["messages"][0]["content"].startswith("医生您好，我叫[姓名1]，电话[电话1]，孩子发烧38.5℃")
    assert row["messages"][1]["content"] == "[姓名1]您好，先吃布洛芬混悬液5ml，多喝水。"
    assert "wen_ruolan88" not in row["messages"][2]["content"]
    assert {at.split()[0] for at in row["masked_at"]} == {f"messages.{n}.content" for n in range(3)}


def test_every_column_of_the_raw_file_is_scrubbed_and_no_other() -> None:
    docs = rows("患者病情平稳。").with_columns(
        title=pl.lit("患者郝建邦的出院记录"), quality=pl.lit(0.5), language=pl.lit("zh"), subject=pl.lit("s_00")
    )
    assert texts(docs) == ["title", "text"]
    row = one(Scrub(), docs)
    assert "郝建邦" not in row["title"] and row["masked_at"][0].startswith("title ")


def test_what_a_row_was_written_from_is_scrubbed_with_it() -> None:
    said = [{"role": "user", "content": "闻若兰的床号？"}, {"role": "assistant", "content": "患者闻若兰，12床。"}]
    made = (
        rows("")
        .drop("text")
        .with_columns(
            messages=pl.Series([said]), context=pl.lit(NOTE), quotes=pl.Series([["联系人：闻若兰（妻）", "床号：12"]])
        )
    )
    row = one(Scrub(), made)
    assert not any(hidden in json.dumps([row["context"], *row["quotes"]], ensure_ascii=False) for hidden in HIDDEN)
    assert all(kept in row["context"] for kept in KEPT)
    (name,) = set(re.findall(r"\[姓名\d+\]", row["messages"][1]["content"]))
    assert name in row["quotes"][0]
    again = Scrub()(pl.DataFrame([row]).with_columns(drop=pl.lit(None, pl.String))).row(0, named=True)
    assert (again["context"], again["quotes"]) == (row["context"], row["quotes"])


@pytest.mark.parametrize(
    "operators",
    [
        {},
        {"PERSON": "pseudonym", "DATE": "shift", "ADDRESS": "placeholder"},
        {
            "PERSON": "surrogate",
            "PHONE": "surrogate",
            "ADDRESS": "surrogate",
            "MEDICAL_RECORD_NO": "surrogate",
            "DATE": "shift",
        },
    ],
    ids=lambda of: " ".join(sorted(set(of.values()))) or "usual",
)
def test_scrubbing_twice_changes_nothing(operators: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keys.KEY, KEY)
    stage = Scrub(operators=operators)
    once = stage(rows(NOTE, PLAIN))
    assert stage(once).equals(once)
    assert [word for word in HIDDEN if word in once["text"][0]] == []


def test_what_one_policy_put_in_the_next_one_leaves_and_says_where_it_stands_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(keys.KEY, KEY)
    operators = {"PERSON": "surrogate", "PHONE": "surrogate", "DATE": "shift"}
    first = Scrub(policy="balanced", operators=operators)(rows(NOTE))
    second = one(Scrub(policy="high_recall", operators=operators), first)
    put, kept = places(one(Scrub(policy="balanced", operators=operators), rows(NOTE))), places(second)
    assert [kept.count(word) >= put.count(word) for word in put] == [True] * len(put)
    assert len(second["masked"]) == len(second["masked_at"])


def places(row: dict[str, Any]) -> list[str]:
    spans = [at.split()[1].split("-") for at in row["masked_at"]]
    return [row["text"][int(start) : int(end)] for start, end in spans]


def test_what_was_put_in_is_not_taken_for_an_identifier() -> None:
    once = Scrub()(rows(NOTE))["text"]
    again = Scrub()(rows(*once))  # as a text that nobody has scrubbed
    assert again["text"].to_list() == once.to_list() and again["masked"].to_list() == [[]]


def test_the_policy_follows_the_category() -> None:
    def policy(stage: Scrub, category: str | None) -> str:
        return str(one(stage, rows(PLAIN, category=category))["scrubbed"]).partition("/")[0]

    assert [policy(Scrub(), of) for of in ("case report", "dialogue", None, "paper", "drug leaflet")] == [
        *["high_recall"] * 3,
        *["balanced"] * 2,
    ]
    chosen = Scrub(policy={"paper": "high_recall", "dialogue": "balanced"})
    assert [policy(chosen, of) for of in ("paper", "dialogue", "case report")] == [
        "high_recall",
        "balanced",
        "high_recall",
    ]


def test_an_operator_may_depend_on_the_policy() -> None:
    stage = Scrub(operators={"DATE": {"balanced": "keep"}})
    text = "患者于2024年3月6日入院，电话13905537162。"
    assert "3月6日" in one(stage, rows(text, category="paper"))["text"]
    assert "3月6日" not in one(stage, rows(text))["text"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"policy": "strict"}, "there is no policy 'strict'. Take one of high_recall, balanced."),
        ({"policy": {"paper": "none"}}, "there is no policy 'none'"),
        ({"operators": {"NAME": "keep"}}, "there is no type 'NAME'. Take one of PERSON, PHONE"),
        ({"operators": {"PERSON": "shift"}}, "there is no operator for PERSON 'shift'"),
        ({"operators": {"DATE": {"records": "shift"}}}, "there is no policy 'records'"),
    ],
)
def test_what_there_is_not_is_said_when_the_recipe_is_read(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        Scrub(**wrong)


def test_a_key_is_asked_for_before_any_row_is_read_and_is_in_no_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(keys.KEY, raising=False)
    monkeypatch.delenv(keys.FILE, raising=False)
    with pytest.raises(keys.SecretError, match="Scrub with 'shift' needs a key"):
        Scrub(operators={"DATE": "shift"})
    monkeypatch.setenv(keys.KEY, KEY)
    stage = Scrub(operators={"DATE": "shift"})
    assert stage.key == keys.name(KEY.encode()) and KEY not in repr(stage)
    monkeypatch.setenv(keys.KEY, KEY[::-1])
    assert Scrub(operators={"DATE": "shift"}) != stage
    with pytest.raises(keys.SecretError, match="Bring that one back"):
        Scrub(operators={"DATE": "shift"}, key=stage.key)
    with pytest.raises(keys.SecretError, match="the recipe was read with"):
        stage(rows(NOTE))


def test_a_row_that_cannot_be_searched_to_its_end_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presidio, "PATIENCE", 1e-9)
    presidio.tries.cache_clear()
    docs = Scrub()(rows(NOTE, "平稳。"))
    presidio.tries.cache_clear()
    assert docs["drop"].to_list() == ["unscrubbable", None]


# ---- in a corpus ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asks(Stage):
    """Sends rows to a model that is not ours."""

    needs: ClassVar[frozenset[str]] = frozenset({"scrubbed"})

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs


def notes(folder: Path, *texts: str, **more: Any) -> Json:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    (folder / "notes.jsonl").write_text("\n".join(lines), "utf-8")
    told = {"name": "notes", "files": f"{folder}/*.jsonl", "license": "public", "category": "case report"}
    return Json(**told | {"fields": {"text": "text"}} | more)


def test_a_stage_that_calls_a_model_refuses_rows_that_were_not_scrubbed(tmp_path: Path) -> None:
    source = notes(tmp_path / "raw", NOTE)
    with pytest.raises(GateError, match="Asks works only on rows that are scrubbed"):
        Corpus("asked", [source], [Clean(), Asks()])
    with pytest.raises(GateError, match="scrubbed"):  # a column is not all of a row
        Corpus("asked", [source], [Scrub(column="text"), Asks()])
    assert "scrubbed" in Corpus("asked", [source], [Scrub(), Asks()]).marks
    assert "scrubbed" in Corpus("asked", [Corpus("clean", [source], [Scrub()])], [Scrub(column="text")]).marks


def test_nothing_that_is_written_holds_a_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    source = notes(tmp_path / "raw", *[NOTE] * 3, PLAIN, "短", "电话139 0553 7162")
    for engine in (Here(), Local(2)):
        root = tmp_path / repr(engine)
        folder = build(Corpus("notes", [source], [Clean(), Scrub()]), root, engine)
        found = [
            (path.name, word)
            for path in root.rglob("*")
            if path.is_file()
            for word in HIDDEN
            if word in everything(path)
        ]
        assert found == []
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert manifest["marks"] == ["scrubbed"]
        (line,) = [line for line in manifest["funnel"] if line["stage"] == "Scrub"]
        assert line["masked"]["PERSON"] >= 12 and line["masked"]["PHONE"] >= 3
        assert manifest["sources"]["notes"]["counts"]["masked"] == line["masked"]
    assert [word for word in HIDDEN if word in caplog.text] == []
    assert open_built(tmp_path / repr(Here()), "notes").rows().collect()["text"].str.contains("姓名1").sum() >= 3


def everything(path: Path) -> str:
    """All that a file says, unpacked."""
    if path.suffix == ".parquet":
        return json.dumps(pl.read_parquet(path).to_dicts(), ensure_ascii=False)
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize(
    "text",
    [
        "0123456789" * 30_000,
        "患者" * 100_000,
        "一" * 100_000,
        "头痛发热咳嗽" * 30_000,
        "a" * 200_000,
        "😀🧬" * 2_000 + "患者" + "\x00\x07\x1b" * 50,
        "病\u200b人\ufeff" * 2_000,
        "\n" * 10_000,
        "",
        "患者檢查結果無異常，門診追蹤。" * 3_000,
    ],
    ids=[
        "digits",
        "no marks",
        "one word",
        "symptoms",
        "letters",
        "emoji",
        "hidden",
        "breaks",
        "nothing",
        "traditional",
    ],
)
def test_odd_texts_come_through_whole(text: str) -> None:
    docs = Scrub(policy="high_recall")(rows(text))
    assert docs["drop"].to_list() == [None]
    assert not any(kind in ("PERSON", "ADDRESS") for kind in docs["masked"][0])


def test_an_empty_batch_has_its_columns() -> None:
    docs = Scrub()(rows().cast({"text": pl.String}))
    assert docs.height == 0 and {"scrubbed", "masked", "masked_at"} <= set(docs.columns)
