"""Drug leaflets in every manner in which they are written become the same sections, and nothing of them is lost."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import medgo_data
from medgo_data import Corpus, Here, build, show
from medgo_data.corpus import Piece
from medgo_data.leaflet import NAMES, _bracketed, _lines, _rows, leaflets, name_of, sections, told
from medgo_data.sources.leaflets import DrugLeaflets

REAL = os.environ.get("MEDGO_REAL_DATA", "")


def rows(path: Path, content: str | bytes, **fields: Any) -> list[dict[str, Any]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return rows_of(DrugLeaflets(files=str(path), license="public", **fields))


def rows_of(source: DrugLeaflets) -> list[dict[str, Any]]:
    return [row for raw in source.raw for docs in source.read(Piece(raw)) for row in docs.to_dicts()]


# ---- heads ---------------------------------------------------------------------------------------------------------

SPELLED = {
    "适应症": "适应症|适应证|适 应 症|适应症:|适应症/功能主治|适应症（功能主治）|適應症|適應證|Indications",
    "功能主治": "功能主治|功能与主治|功能、主治",
    "成份": "成份|成分|主要成份|主要成分|成　份|药物组成",
    "规格": "规格|规格型号|规 格|規格",
    "用法用量": "用法用量|用法与用量|用法和用量|Dosing",
    "不良反应": "不良反应|副作用|不良反應|Adverse Effects",
    "禁忌": "禁忌|禁 忌|禁忌症|禁忌证|Contraindications",
    "注意事项": "注意事项|注意|注意事項|Precautions",
    "孕妇及哺乳期妇女用药": "孕妇及哺乳期妇女用药|孕妇及哺乳期用药|妊娠期妇女及哺乳期妇女用药",
    "老年用药": "老年用药|老年患者用药",
    "药物相互作用": "药物相互作用|藥物交互作用",
    "药代动力学": "药代动力学|药动学",
    "贮藏": "贮藏|贮 藏|储藏|儲存",
    "有效期": "有效期|有 效期|保质期",
    "药品上市许可持有人": "药品上市许可持有人|上市许可持有人",
    "说明书修订日期": "说明书修订日期|修订日期",
}
PLAIN = [(name, head) for name, heads in SPELLED.items() for head in heads.split("|")]


@pytest.mark.parametrize(("name", "head"), PLAIN)
def test_a_head_is_known_however_it_is_spelled(name: str, head: str) -> None:
    assert leaflets(f"【{head}】口服。")[0].text == f"【{name}】口服。"


def test_every_spelling_belongs_to_one_name() -> None:
    spelled = [other.rstrip("*") for name, others in NAMES.items() for other in (name, *others.split())]
    assert [head for head, times in Counter(spelled).items() if times > 1] == []
    assert {name_of(name) for name in NAMES} == set(NAMES)


SAME = "苹安宁片\n【适应症】用于缓解轻度不适。\n【禁忌】尚不明确。\n【贮藏】"
MANNERS = {
    "brackets": "苹安宁片\n【适应证】用于缓解轻度不适。\n【禁 忌】：尚不明确。\n【贮　藏】",
    "brackets in one line": "苹安宁片\n【适应证】用于缓解轻度不适。【禁忌症】尚不明确。【贮藏】",
    "other brackets": "苹安宁片\n[适应证]用于缓解轻度不适。\n〖禁忌〗尚不明确。\n［贮藏］",
    "a colon within": "苹安宁片\n【适应证：】用于缓解轻度不适。\n【禁忌：】尚不明确。\n【贮藏：】",
    "colons": "苹安宁片\n适应证:用于缓解轻度不适。\n禁忌证：尚不明确。\n贮藏:",
    "colons in one line": "苹安宁片\n適應症:用于缓解轻度不适。 禁忌: 尚不明确。 儲存:",
    "lines": "苹安宁片\n适应证\n用于缓解轻度不适。\n禁 忌\n尚不明确。\n贮藏",
    "numbered lines": "苹安宁片\n一、适应证\n用于缓解轻度不适。\n二、禁忌\n尚不明确。\n三、贮藏",
    "bold": "苹安宁片\n**适应证：** 用于缓解轻度不适。\n\n**禁忌：** 尚不明确。\n\n**贮藏：**",
    "headings in brackets": "苹安宁片\n\n## 【适应证】\n\n用于缓解轻度不适。\n\n## 【禁忌】\n\n尚不明确。\n\n## 【贮藏】",
    "a table": "苹安宁片\n\n| 项目 | 内容 |\n|:--|:--|\n| 适应证 | 用于缓解轻度不适。 |\n| 禁忌 | 尚不明确。 |\n| 贮藏 |  |\n",
    "a table whose first row is a section": "苹安宁片\n| 适应证 | 用于缓解轻度不适。 |\n|---|---|\n| **禁忌** | 尚不明确。 |\n| 贮藏 | |",
}


@pytest.mark.parametrize("manner", MANNERS)
def test_a_leaflet_is_the_same_in_whatever_manner_it_is_written(manner: str) -> None:
    found = leaflets(MANNERS[manner])
    assert [leaflet.text.replace("【项目】内容\n", "") for leaflet in found] == [SAME]
    assert leaflets(SAME)[0].text == SAME


def test_headings_of_markdown_are_heads_and_keep_their_lines() -> None:
    raw = "# 苹安宁片\n\n## 适应症\n\n用于：\n\n- 头晕\n- 乏力\n\n## 用法用量\n\n口服。\n"
    assert leaflets(raw)[0].text == "# 苹安宁片\n【适应症】\n用于：\n\n- 头晕\n- 乏力\n【用法用量】口服。"
    assert leaflets(raw)[0].title == "苹安宁片"


NOT_HEADS = {
    "a mention": "【用法用量】口服，参见【注意事项】。过量见【药物过量】和【禁忌】项下。（见【禁忌】）",
    "a mention over two lines": "【用法用量】口服。详见\n【注意事项】的说明",
    "a list of mentions": "【不良反应】偶见头晕，见【禁忌】【注意事项】、【药物过量】。",
    "what is no name": "【用法用量】输注。【D5W】可选。【N/S】可选",
    "a sub-heading": "【用法用量】口服。\n儿童：减半。\n禁忌：饮酒。",
    "a link": "【用法用量】口服，[禁忌](http://a.example/b)。",
}


@pytest.mark.parametrize("case", NOT_HEADS)
def test_what_only_mentions_a_section_opens_none(case: str) -> None:
    found = leaflets(NOT_HEADS[case])[0]
    assert len(sections(found.text)) == (1 if found.is_leaflet else 0)
    assert re.sub(r"\s", "", found.text) == re.sub(r"\s", "", NOT_HEADS[case])


def test_an_unknown_head_is_kept_as_it_is() -> None:
    found = leaflets("【适应症】头晕。\n【运动员 须知】慎用。【贮藏】密封。")[0].text
    assert found == "【适应症】头晕。\n【运动员 须知】慎用。\n【贮藏】密封。"
    assert told(found) == ["适应症", "贮藏"]


def test_a_section_may_break_off_in_mid_sentence() -> None:
    raw = "清荷散\n适应证:用于头晕，\n禁忌证:对本品和\n不良反应:部分病人口渴。\n用法用量:。口服"
    said = {"适应症": "用于头晕，", "禁忌": "对本品和", "不良反应": "部分病人口渴。", "用法用量": "。口服"}
    assert sections(leaflets(raw)[0].text) == said


def test_a_repeated_head_keeps_both_bodies_if_they_differ() -> None:
    found = leaflets("【禁忌】孕妇禁用。\n【规格】10片\n【禁忌证】儿童禁用。\n【规格】10片")[0].text
    assert found == "【禁忌】孕妇禁用。\n【规格】10片\n【禁忌】儿童禁用。"
    assert sections(found)["禁忌"] == "孕妇禁用。\n儿童禁用。"


def test_chinese_medicines_keep_a_head_of_their_own() -> None:
    assert told("【功能主治】清热解毒。\n【适应症】") == ["功能主治"]


def test_a_form_that_was_not_filled_in_says_nothing() -> None:
    raw = "【药品名称】\n通用名称：\n汉语拼音：\n【禁忌】尚不明确。\n【生产企业】\n企业名称：\n网 址：\n如有问题可与生产企业联系"
    assert told(leaflets(raw)[0].text) == ["禁忌"]


def test_lines_under_the_name_are_no_sections_there_and_are_elsewhere() -> None:
    under = "【药品名称】\n通用名称：苹安宁片\n拼音全码：PingAnNingPian\n【禁忌】无"
    assert list(sections(leaflets(under)[0].text)) == ["药品名称", "禁忌"]
    assert list(sections(leaflets("通用名称：苹安宁片\n英文名：Pinganning\n禁忌：无")[0].text)) == [
        "通用名称",
        "英文名称",
        "禁忌",
    ]


# ---- nothing is lost -----------------------------------------------------------------------------------------------

bodies = st.text("片剂口服每日次。，；用于头晕1.5～3g \n()", max_size=40).map(lambda text: f"本{text}品")
made = st.lists(st.tuples(st.sampled_from(PLAIN), bodies), min_size=2, max_size=8, unique_by=lambda part: part[0][0])
styles = st.sampled_from(["【{}】{}\n", "【{}】{}", "## 【{}】\n{}\n\n", "【{}】\n\n{}\n"])


@given(made, styles)
def test_all_that_a_leaflet_says_survives_in_order(parts: list[tuple[tuple[str, str], str]], style: str) -> None:
    found = leaflets("".join(style.format(head, body) for (_, head), body in parts))
    said = sections("\n".join(leaflet.text for leaflet in found))
    assert {name: re.sub(r"\s", "", body) for name, body in said.items()} == {
        name: re.sub(r"\s", "", body) for (name, _), body in parts
    }


@given(st.text("【】[]#|:：\n 禁忌适应症用法用量口服。见-1一、说明书通用名称", max_size=80))
def test_no_text_loses_a_character_but_those_of_heads(raw: str) -> None:
    found = "".join(leaflet.text for leaflet in leaflets(raw))
    if not any(leaflet.is_leaflet for leaflet in leaflets(raw)):
        assert found == raw
    kept = "口服。见"  # of these no head is made
    if len(set(re.findall("[口服。见]+", raw))) == len(
        re.findall("[口服。见]+", raw)
    ):  # what is printed twice goes once
        assert [c for c in found if c in kept] == [c for c in raw if c in kept]


# ---- several leaflets in a document --------------------------------------------------------------------------------

TEMPLATE = """附件：两种药品说明书范本
苹安宁片说明书
请仔细阅读说明书并按说明使用
【药品名称】
通用名称：苹安宁片
【禁 忌】孕妇禁用。
如有问题可与生产企业联系
清荷散说明书
【药品名称】
通用名称：
【禁 忌】
"""


def test_leaflets_of_one_document_are_rows_of_their_own(tmp_path: Path) -> None:
    found = rows(tmp_path / "范本.txt", TEMPLATE)
    assert [row["title"] for row in found] == ["范本", "苹安宁片", "清荷散说明书"]
    assert [row["position"] for row in found] == [None, "1/2", "2/2"]
    assert [row["sections"] for row in found] == [[], ["药品名称", "禁忌"], []]
    assert found[0]["text"].strip() == "附件：两种药品说明书范本"
    assert found[1]["text"].startswith("苹安宁片说明书\n请仔细阅读")
    assert found[2]["text"] == "清荷散说明书\n【药品名称】\n通用名称：\n【禁忌】".replace(
        "【药品名称】\n", "【药品名称】"
    )


CUT = {
    "names alone": ("【药品名称】甲片\n【规格】1g\n【药品名称】乙片\n【规格】2g", ["甲片", "乙片"]),
    "headings": ("# 甲片\n适应症：晕\n禁忌：无\n# 乙片\n适应症：痛\n禁忌：无\n", ["甲片", "乙片"]),
    "tables": (
        "# 甲\n## 甲片\n| 适应症 | 晕 |\n| 禁忌 | 无 |\n\n## 甲丸\n| 适应症 | 痛 |\n| 禁忌 | 无 |\n",
        ["甲 › 甲片", "甲丸"],
    ),
    "a name printed twice": ("【药品名称】甲片\n【药品名称】通用名称：甲片\n【规格】1g", ["甲片"]),
    "heads repeated under one name": ("【药品名称】甲片\n【规格】1g\n【禁忌】无\n【规格】2g", ["甲片"]),
    "one after another in a line": ("【药品名称】甲片【规格】1g【药品名称】乙片【规格】2g", ["甲片", "乙片"]),
    "generic names": ("通用名称：甲片\n规格：1g\n通用名称：乙片\n规格：2g", ["甲片", "乙片"]),
    "sub-lines in a line": ("【药品名称】通用名称：甲片 商品名称：安\n【规格】1g", ["甲片"]),
    "a line that only speaks of a leaflet": ("【药品名称】甲片\n【规格】1g\n请仔细阅读说明书\n【禁忌】无", ["甲片"]),
}


@pytest.mark.parametrize("case", CUT)
def test_where_one_leaflet_ends_and_the_next_begins(case: str) -> None:
    raw, titles = CUT[case]
    assert [leaflet.title for leaflet in leaflets(raw)] == titles


def test_a_leaflet_says_on_which_pages_it_stands(tmp_path: Path) -> None:
    source = DrugLeaflets(files="*.pdf", license="public")
    text = "说明\f甲片说明书\n【药品名称】甲片\n【规格】1g\f【禁忌】无\f乙片说明书\n【药品名称】乙片\n【规格】2g"
    found = source.parts({"title": "汇编", "text": text, "position": None})
    assert [row["position"] for row in found] == ["p. 1", "1/2 · p. 2-3", "2/2 · p. 4"]


def test_what_is_no_leaflet_stays_as_it_is(tmp_path: Path) -> None:
    text = "用药须知\n\n  饭后服用，注意事项：忌酒。\n<br/>每日一次。\n"
    assert [(row["title"], row["text"], row["sections"]) for row in rows(tmp_path / "须知.txt", text)] == [
        ("须知", text, [])
    ]


def test_a_leaflet_that_is_too_long_is_cut_between_sections(tmp_path: Path) -> None:
    text = f"【药品名称】甲片\n【禁忌】{'孕妇禁用。' * 20}\n【不良反应】{'偶见头晕。' * 50}\n【贮藏】密封。"
    found = rows(tmp_path / "甲.txt", text, longest=150)
    assert "".join(row["text"] for row in found) == text
    assert [row["position"] for row in found][:2] == ["药品名称", "不良反应"]
    assert all(len(row["text"]) <= 150 and row["title"] == "甲片" for row in found)
    assert found[0]["sections"] == ["药品名称", "禁忌"]


# ---- records -------------------------------------------------------------------------------------------------------

TABLE = "代碼,藥品名稱,適應症,禁忌,副作用,備註\nA1,安寧片,頭暈,,嗜睡,甲\nA2,清荷散,,適應症: 乏力 副作用: 口乾 禁忌: 孕婦,,乙\nA3,,,,,丙\n"


def test_a_table_whose_columns_are_called_like_sections_needs_no_declaration(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", TABLE.encode("big5hkscs"), encoding="big5hkscs")
    assert [(row["title"], row["drop"] or row["text"]) for row in found] == [
        ("安寧片", "【药品名称】安寧片\n【适应症】頭暈\n【不良反应】嗜睡"),
        (
            "清荷散",
            "【药品名称】清荷散\n【适应症】乏力\n【不良反应】口乾\n【禁忌】孕婦",
        ),  # the cell says itself which it is
        (None, "no_text"),
    ]
    assert found[0]["sections"] == ["药品名称", "适应症", "不良反应"] and found[2]["sections"] is None


@pytest.mark.parametrize("form", ["a.csv", "a.json", "a.jsonl", "a.parquet"])
def test_columns_are_declared_to_be_sections(tmp_path: Path, form: str) -> None:
    records = [
        {"nm": "甲片", "fn": "头晕", "dose": "口服", "freq": "每日一次", "who": None},
        {"nm": "乙片", "fn": None, "dose": "【D5W】可选。【N/S】可选", "freq": None, "who": None},
    ]
    table = pl.DataFrame(records)
    content = {
        "a.csv": table.write_csv().encode(),
        "a.json": json.dumps(records).encode(),
        "a.jsonl": "\n".join(map(json.dumps, records)).encode(),
        "a.parquet": _parquet(table),
    }
    declared = {"药品名称": "nm", "保健功能": "fn", "用法": ("dose", "freq"), "适合谁": "who"}
    found = rows(tmp_path / form, content[form], sections=declared, fields={"title": "nm"})
    assert [row["text"] for row in found] == [
        "【药品名称】甲片\n【保健功能】头晕\n【用法用量】口服\n每日一次",
        "【药品名称】乙片\n【用法用量】【D5W】可选。【N/S】可选",
    ]
    assert [row["title"] for row in found] == ["甲片", "乙片"]


def _parquet(table: pl.DataFrame) -> bytes:
    held = io.BytesIO()
    table.write_parquet(held)
    return held.getvalue()


def test_a_column_that_is_not_there_is_said_once_for_the_file(tmp_path: Path) -> None:
    for form, content in {"a.csv": b"a,b\n1,2\n3,4\n", "a.parquet": _parquet(pl.DataFrame({"a": ["1", "2"]}))}.items():
        assert [row["drop"] for row in rows(tmp_path / form, content, sections={"禁忌": "c"})] == ["no_such_column"]


def test_records_with_a_text_and_lists_of_texts_need_no_declaration(tmp_path: Path) -> None:
    said = "甲片\n适应证:头晕\n禁忌证:无"
    expected = ("甲片", "甲片\n【适应症】头晕\n【禁忌】无", ["适应症", "禁忌"])
    for form, record in (("a.json", said), ("b.json", {"title": "x", "text": said}), ("c.json", 7)):
        found = rows(tmp_path / form, json.dumps([record]))
        told = [(row["title"], row["text"], row["sections"]) for row in found if row["drop"] is None]
        assert told == ([] if record == 7 else [expected]) and [row["drop"] for row in found] == [
            None if told else "not_object"
        ]


def test_a_record_of_several_leaflets_becomes_several_rows_and_bad_ones_are_counted(tmp_path: Path) -> None:
    lines = [json.dumps({"t": "【药品名称】甲【规格】1g【药品名称】乙【规格】2g"}), "{", json.dumps({"t": None})]
    found = rows(tmp_path / "a.jsonl", "\n".join(lines), fields={"text": "t"})
    assert [(row["record"], row.get("title"), row["drop"]) for row in found] == [
        (0, "甲", None),
        (1, "乙", None),
        (2, None, "not_json"),
        (3, None, "no_text"),
    ]


def test_text_is_declared_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="take 'text' out of `fields`"):
        DrugLeaflets(files="a", license="public", fields={"text": "t"}, sections={"禁忌": "c"})


def test_a_built_corpus_holds_the_sections(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/范本.txt").write_text(TEMPLATE, "utf-8")
    source = DrugLeaflets(files=f"{tmp_path}/raw/*.txt", license="public")
    build(Corpus("drugs", [source]), str(tmp_path / "data"), Here())
    shard = medgo_data.open(str(tmp_path / "data"), "drugs").rows().collect()
    assert shard["sections"].to_list() == [[], ["药品名称", "禁忌"], []]
    assert shard["category"].unique().to_list() == ["drug leaflet"]


# ---- real leaflets -------------------------------------------------------------------------------------------------

SQL = {"药品名称": "medicine_name", "批准文号": "medicine_register_no", "成份": "medicine_raw_material"} | {
    "用法用量": "medicine_usage_dosage",
    "适宜人群": "medicine_suit_person",
    "不适宜人群": "medicine_unsuit_person",
    "贮藏": "medicine_storage",
    "注意事项": "medicine_attention",
}
FILES: dict[str, dict[str, Any]] = {
    "leaflet/*.txt": {},
    "CareGPT_drug.json.gz": {},
    "formulary_md/*.md": {},
    "formulary_*.csv.gz": {},
    "中药说明书NER_train.json.gz": {},
    "health_product_instructions.part1.sql": {"sections": SQL},
}
EXPECTED = {  # rows with sections, rows without, refused
    "leaflet/*.txt": (2, 1, {}),
    "CareGPT_drug.json.gz": (1179, 0, {}),
    "formulary_md/*.md": (42, 0, {"empty_file": 1}),
    "formulary_*.csv.gz": (1385, 0, {"undecodable": 1}),
    "中药说明书NER_train.json.gz": (0, 850, {}),  # its heads were taken out
    "health_product_instructions.part1.sql": (120, 0, {"not_object": 787}),  # rows of tables that are about ingredients
}


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
def test_the_sections_of_real_leaflets_are_found() -> None:
    covered: dict[str, Counter[str]] = {}
    for files, declared in FILES.items():
        found = rows_of(DrugLeaflets(files=f"{REAL}/data/drug/{files}", license="various", **declared))
        kept = [row["sections"] for row in found if row["drop"] is None]
        refused = Counter(row["drop"] for row in found if row["drop"])
        covered[files] = Counter(name for said in kept for name in said)
        assert (sum(map(bool, kept)), kept.count([]), dict(refused)) == EXPECTED[files], files
    every = sorted({name for counts in covered.values() for name in counts}, key=list(NAMES).index)
    table = [[name, *(counts[name] for counts in covered.values())] for name in every]
    print(show.table(["section", *covered], table))  # noqa: T201  for whoever judges it
    assert covered["CareGPT_drug.json.gz"]["用法用量"] == 1172


@pytest.mark.real
@pytest.mark.skipif(not REAL, reason="MEDGO_REAL_DATA does not name the real files")
def test_no_real_head_that_occurs_three_times_is_unknown() -> None:
    drug = Path(REAL) / "data/drug"
    texts = [path.read_text("utf-8") for path in [*drug.glob("leaflet/*.txt"), *drug.glob("formulary_md/*.md")]]
    texts += json.loads(unpacked(drug / "CareGPT_drug.json.gz"))
    texts += [record["text"] for record in json.loads(unpacked(drug / "中药说明书NER_train.json.gz"))]
    heads = Counter(head.name for text in texts for head in [*_bracketed(text), *_rows(text)] if not head.known)
    colons = re.compile(r"^([\u4e00-\u9fffA-Za-z]{2,8})[:：]", re.MULTILINE)
    heads.update(head for text in texts if any(_lines(text)) for head in colons.findall(text) if not name_of(head))
    table = unpacked(next(drug.glob("formulary_*.csv.gz"))).decode("big5hkscs", "replace")
    heads.update({column: 3 for column in next(csv.reader(io.StringIO(table))) if not name_of(column)})
    print("unknown:", heads.most_common())  # noqa: T201  for whoever judges them
    assert [head for head, times in heads.items() if times >= 3] == []


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
