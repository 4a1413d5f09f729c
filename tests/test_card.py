"""A card says what the manifest says, to the number; it needs nothing but itself, and no text of a row is on it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Sample, Stage, build, children
from medgo_data.pii.span import TYPES
from medgo_data.review.card import card
from medgo_data.review.markup import el, share, size
from medgo_data.review.plots import histogram, median, span
from medgo_data.review.words import IDENTIFIERS
from medgo_data.sources import JsonLines
from medgo_data.store import Built, seal

PATIENT = "患者王小明的电话"
ODD = "问答<b>线上</b>&\"对话\"<script>alert('1')</script>"
VOID = {"meta", "br"}


@dataclass(frozen=True, kw_only=True)
class Halves(Stage):
    """Two rows of every long one."""

    at_least: int = 60

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        long = docs["text"].str.len_chars() >= self.at_least
        born = [
            [{"text": text[:30]}, {"text": text[30:]}] if cut else []
            for text, cut in zip(docs["text"], long, strict=True)
        ]
        kept = docs.with_columns(drop=pl.when(long).then(pl.lit("halved")))
        return pl.concat([kept, children(self, docs, born)], how="diagonal")


@dataclass(frozen=True, kw_only=True)
class Hide(Stage):
    marks = frozenset({"scrubbed"})

    prompt: str = ""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs


# ---- reading a page ------------------------------------------------------------------------------------------------


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None]
    inside: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.inside)

    def all(self, tag: str, class_: str | None = None) -> list[Node]:
        found = [self] if self.tag == tag and class_ in (None, self.attributes.get("class")) else []
        return found + [n for each in self.inside if isinstance(each, Node) for n in each.all(tag, class_)]

    def section(self, key: str) -> Node:
        return next(n for n in self.all("section") if n.attributes["id"] == key)

    def cells(self) -> list[list[str]]:
        """The body of its first table."""
        rows = self.all("tbody")[0].all("tr")
        return [[n.text for n in row.inside if isinstance(n, Node)] for row in rows]


class Reader(HTMLParser):
    """The tree of a page; an element that is not closed where it should be is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read(page: str) -> Node:
    reader = Reader()
    reader.feed(page)
    reader.close()
    (root,) = reader.open
    return root


def numbers(text: str) -> list[int]:
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", text)]


# ---- corpora -------------------------------------------------------------------------------------------------------


def source(folder: Path, name: str, files: int, rows: int, **fields: Any) -> JsonLines:
    folder.mkdir(parents=True)
    for k in range(files):
        own = "限" if "license" in fields else ""  # the others share their texts
        texts = [f"{PATIENT}{own}{k}{n % 25}" + chr(0x4E00 + n % 50) * (n % 40 * (k + 1)) for n in range(rows)]
        lines = [json.dumps({"text": text}, ensure_ascii=False) for text in [*texts, "short"]]
        (folder / f"a&b <{k}>.jsonl").write_text("\n".join([*lines, "{"] if k == 1 else lines), "utf-8")
    return JsonLines(name=name, files=f"{folder}/*.jsonl", **({"license": "public"} | fields))


def sources(raw: Path) -> list[JsonLines]:
    return [
        source(raw / "1", "leaflets", 3, 120, category="drug leaflet"),
        source(raw / "2", ODD, 2, 60, license="<i>restricted</i>"),
        source(raw / "3", "guidelines", 1, 30),
    ]


STAGES = [
    Clean(repair=False, min_chars=12, min_han=0.5),
    Halves(),
    Dedup(at_least=None),
    Sample(others=70),
    Hide(prompt="请隐去姓名。" * 40),
]


def built(corpus: Corpus, root: Path) -> Built:
    return Built.at(build(corpus, root, Here()))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("card")
    return built(Corpus("pretrain", sources(root / "raw"), STAGES), root / "data")


def changed(one: Built, **changes: Any) -> Built:
    manifest = one.manifest | changes
    return Built(one.folder, manifest | {"seal": seal(manifest)})


# ---- what is true --------------------------------------------------------------------------------------------------


def test_the_top_says_what_it_is(whole: Built) -> None:
    top, told = read(card(whole)).all("header")[0], whole.manifest
    assert top.all("h1")[0].text == "pretrain"
    assert whole.folder.name in top.all("p", "version")[0].text
    assert [n.text for n in top.all("dd", "big")] == [
        f"{told['rows']:,}",
        f"{told['chars']:,}",
        f"{len(told['shards'])}",
        size(told["bytes"]),
    ]
    read_in = told["funnel"][0]["rows_in"]
    assert numbers(top.all("p", "lead")[0].text) == [6, read_in, 5, told["rows"], read_in, 6, 5, told["rows"]]


def test_the_funnel_is_that_of_the_manifest(whole: Built) -> None:
    section, lines = read(card(whole)).section("funnel"), whole.manifest["funnel"]
    left = [sum(line["dropped"].values()) for line in lines]
    assert sum(left) > 0
    assert lines[2]["born"] > 0
    expected = [[line["rows_in"], line["born"], gone, line["rows_out"]] for line, gone in zip(lines, left, strict=True)]
    cells = section.cells()
    assert [[numbers(row[k])[0] for k in (1, 2, 3, 5)] for row in cells] == expected
    assert [row[4] for row in cells] == [
        share(gone, line["rows_in"] + line["born"]) for line, gone in zip(lines, left, strict=True)
    ]
    born = sum(line["born"] for line in lines)
    assert numbers(section.all("p", "books")[0].text) == [lines[0]["rows_in"], born, sum(left), whole.manifest["rows"]]
    assert "≠" not in section.text


def test_its_bars_are_as_wide_as_the_rows_are_many(whole: Built) -> None:
    lines = whole.manifest["funnel"]
    most = max(line["rows_in"] + line["born"] for line in lines)
    steps = read(card(whole)).section("funnel").all("ol", "funnel")[0].all("li")
    for step, line in zip(steps, lines, strict=True):
        (kept,) = step.all("rect", "kept")
        (gone,) = step.all("rect", "gone")
        assert float(kept.attributes["width"] or "") == pytest.approx(100 * line["rows_out"] / most, abs=0.01)
        assert gone.attributes["x"] == kept.attributes["width"]
        dropped = sum(line["dropped"].values())
        assert float(gone.attributes["width"] or "") == pytest.approx(
            max(100 * dropped / most, 0.4 * bool(dropped)), abs=0.01
        )
        assert numbers(step.all("title")[0].text)[-4:] == [line["rows_in"], line["born"], dropped, line["rows_out"]]


def test_sources_licences_and_lengths_are_those_of_the_manifest(whole: Built) -> None:
    page, told = read(card(whole)), whole.manifest["sources"]
    section = page.section("sources")
    meters = [[numbers(b.text)[0] for b in row.all("b")] for row in section.all("tbody")[0].all("tr")]
    assert meters == [[s["rows"], s["chars"]] for s in told.values()]
    by_source = section.all("tbody")[1].all("tr")
    for row, one in zip(by_source, told.values(), strict=True):
        kept = [numbers(cell.text)[0] for cell in row.all("td")]
        assert kept == [one["funnel"][0]["rows_in"], *[line["rows_out"] for line in one["funnel"]]]
    under = Counter[str]()
    for one in told.values():
        under[one["license"]] += one["rows"]
    rows = page.section("licences").all("tbody")[0].all("tr")
    assert sorted(numbers(row.all("b")[0].text)[0] for row in rows) == sorted(under.values())
    figures = page.section("lengths").all("figure")
    assert [one["lengths"] for one in told.values()].count({}) == 1  # all of the guidelines are in the leaflets
    for figure, one in zip(figures, told.values(), strict=True):
        if not one["lengths"]:
            assert "No rows" in figure.text
            continue
        shown = [numbers(each) for each in figure.all("desc")[0].text.split("; ")]
        assert {str(each[0]): each[-1] for each in shown} == one["lengths"]
        assert len(figure.all("rect")) == len(one["lengths"])


def test_every_reason_stands_with_its_count(whole: Built) -> None:
    groups = read(card(whole)).section("reasons").all("tbody")
    lines = [line for line in whole.manifest["funnel"] if line["dropped"]]
    for group, line in zip(groups, lines, strict=True):
        assert line["stage"] in group.all("tr", "group")[0].text
        shown = {row.all("code")[0].text: numbers(row.all("b")[0].text)[0] for row in group.all("tr", None)[1:]}
        assert shown == line["dropped"]
    assert {"not_json", "too_short", "halved", "duplicate", "over_quota"} <= {
        r for line in lines for r in line["dropped"]
    }


def test_inputs_recipe_shards_and_hashes_are_listed(whole: Built) -> None:
    page, told = read(card(whole)), whole.manifest
    for row, one in zip(page.section("inputs").cells(), told["inputs"], strict=True):
        records, lost = (
            sum(numbers)
            for numbers in zip(*[(f["records"], sum(f["dropped"].values())) for f in one["files"]], strict=True)
        )
        assert row[0] == one["source"]
        assert [numbers(row[1]), numbers(row[3]), numbers(row[4])[0]] == [[len(one["files"])], [records], lost]
    hashes = {code.text for key in ("inputs", "shards", "verify") for code in page.section(key).all("code")}
    assert {f["sha256"] for one in told["inputs"] for f in one["files"]} <= hashes
    assert {s["sha256"] for s in told["shards"]} | {
        s["dropped"]["sha256"] for s in told["shards"] if s["dropped"]
    } <= hashes
    assert {told["fingerprint"], told["content"], told["seal"]} <= hashes
    assert "leaflets/a&b <0>.jsonl#0" in page.section("shards").cells()[0][1]
    stages = [n.text for n in page.section("recipe").all("ol")[0].all("li")]
    assert "min_chars = 12" in stages[0]
    assert "others = 70" in stages[3]
    assert "请隐去姓名。" * 40 in stages[4]
    assert "默认" in stages[1]
    assert f"medgo-data verify {whole.full_name} " in page.section("verify").text


def test_every_type_of_identifier_has_a_name_for_physicians() -> None:
    assert IDENTIFIERS == TYPES


def test_what_was_masked_is_counted_by_type_and_by_category(whole: Built) -> None:
    told = whole.manifest
    first = next(iter(told["categories"]))
    counts = {"PERSON": 1200, "PHONE": 34}
    categories = told["categories"] | {first: told["categories"][first] | {"counts": {"masked": counts}}}
    page = read(card(changed(whole, categories=categories, marks=["scrubbed"])))
    text = page.section("masked").text
    for words in ("1,234 处", "姓名", "PERSON", "1,200", "电话", "97.2%", "每万字"):
        assert words in text
    assert "没有替换" in read(card(changed(whole, marks=[]))).section("masked").text


def test_whether_it_was_scrubbed_is_said_plainly(whole: Built) -> None:
    assert "已脱敏 · Scrubbed" in read(card(whole)).all("div", "verdict good")[0].text
    page = read(card(changed(whole, marks=[])))
    assert not page.all("div", "verdict good")
    assert "未脱敏 · Not scrubbed" in page.all("div", "verdict care")[0].text


def test_names_are_text_and_never_markup(whole: Built) -> None:
    page = read(card(whole))
    assert not page.all("script")
    assert not page.all("i", None)[2:]  # the two of the key
    assert ODD in page.section("sources").text
    assert "<i>restricted</i>" in page.section("licences").text
    assert "a&b <0>.jsonl" in page.section("inputs").text
    assert str(el("p", "1 < 2", title='"&')) == '<p title="&quot;&amp;">1 &lt; 2</p>\n'


def test_the_page_needs_nothing_but_itself(whole: Built) -> None:
    text = card(whole)
    assert not re.search(r"https?:|//\w|url\(|@import|<link|<script|<img|<iframe|\bon\w+=", text)

    def references(node: Node) -> list[str | None]:
        own = [v for k, v in node.attributes.items() if k in ("src", "href", "xlink:href", "srcset", "data")]
        return own + [v for each in node.inside if isinstance(each, Node) for v in references(each)]

    page = read(text)
    keys = {n.attributes["id"] for n in page.all("section")}
    assert {f"#{key}" for key in keys} == set(references(page))


def test_no_text_of_any_row_is_on_it(whole: Built) -> None:
    assert whole.rows().collect()["text"].str.contains(PATIENT).any()
    assert PATIENT not in card(whole)


def test_the_same_version_has_the_same_card_wherever_it_lies(whole: Built, tmp_path: Path) -> None:
    assert card(whole) == card(built(Corpus("pretrain", sources(tmp_path / "raw"), STAGES), tmp_path / "data"))


def test_pictures_and_tables_can_be_read_aloud(whole: Built) -> None:
    page = read(card(whole))
    for svg in page.all("svg"):
        named = svg.attributes.get("role") == "img" and svg.all("title")[0].text.strip()
        assert named or svg.attributes.get("aria-hidden") == "true"
    for table in page.all("table"):
        assert table.all("caption")[0].text
        assert all(th.attributes.get("scope") in ("col", "row", "rowgroup") for th in table.all("th"))
    assert page.all("html")[0].attributes["lang"] == "zh-Hans"


# ---- corpora of other shapes ---------------------------------------------------------------------------------------


def test_a_corpus_over_corpora_says_which(whole: Built, tmp_path: Path) -> None:
    one, two, three = sources(tmp_path / "raw")
    below = [Corpus("books", [one], [Clean(min_chars=12)]), Corpus("talk", [two, three])]
    over = built(Corpus("everything", below, [Dedup(at_least=None)]), tmp_path / "data")
    page = read(card(over))
    inputs = page.section("inputs").cells()
    assert [row[0].split("数据集")[0] for row in inputs] == ["books", "talk"]
    assert over.manifest["inputs"][0]["fingerprint"][:12] in inputs[0][0]
    assert numbers(page.all("p", "lead")[0].text)[0] == 2
    assert "own cards" in page.section("funnel").text
    assert "books/part-00000.parquet" in page.section("shards").text


def test_a_corpus_without_a_row_has_a_card(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.jsonl").write_text("\n")
    nothing = JsonLines(name="nothing", files=f"{tmp_path}/raw/*.jsonl", license="public")
    page = read(card(built(Corpus("zero", [nothing], [Clean(), Dedup(at_least=None)]), tmp_path / "data")))
    assert "No rows were read" in page.section("funnel").text
    assert "No rows" in page.section("lengths").text
    assert "No row was dropped" in page.section("reasons").text


def test_one_source_needs_no_second_funnel(tmp_path: Path) -> None:
    page = read(card(built(Corpus("one", [sources(tmp_path / "raw")[0]], [Clean()]), tmp_path / "data")))
    assert len(page.section("sources").all("table")) == 1


def test_a_corpus_without_a_ledger_says_so(whole: Built) -> None:
    bare = [shard | {"dropped": None} for shard in whole.manifest["shards"]]
    page = read(card(changed(whole, shards=bare)))
    assert "no ledger" in page.section("reasons").text


def test_a_schema_that_is_not_installed_is_named_all_the_same(whole: Built) -> None:
    page = read(card(changed(whole, gives={"schema": "case_report", "version": 3})))
    assert "case_report v3" in page.section("schema").text
    assert not page.section("schema").all("table")
    later = read(card(changed(whole, gives={"schema": "document", "version": 99})))
    assert not later.section("schema").all("table")


def test_thousands_of_files_and_shards_are_folded_and_cut(whole: Built) -> None:
    (one, *_), shard = whole.manifest["inputs"], whole.manifest["shards"][0]
    files = [one["files"][0] | {"name": f"{n}.jsonl", "dropped": {"not_json": 1}} for n in range(4000)]
    text = card(changed(whole, inputs=[one | {"files": files}], shards=[shard] * 4000))
    page = read(text)
    assert len(text) < 2_000_000
    folded = page.section("inputs").all("details")
    assert [len(each.all("tr")) for each in folded] == [1001, 1001]
    assert all("open" not in each.attributes for each in folded)
    assert page.section("inputs").text.count("3,000 more are in manifest.json") == 2
    assert numbers(page.section("inputs").cells()[0][1]) == [4000]


def test_many_sources_do_not_fill_the_page_with_pictures(whole: Built) -> None:
    one = whole.manifest["sources"]["leaflets"]
    page = read(card(changed(whole, sources={f"s{n}": one for n in range(30)})))
    assert len(page.section("lengths").all("details")[0].all("figure")) == 18


def test_a_single_row_beside_millions_can_still_be_seen() -> None:
    lengths = {"0": 1, "16": 9_000_000, "1048576": 2}
    drawn = read(histogram(lengths, span([lengths]), "skewed"))
    assert [float(r.attributes["height"] or "") >= 1.5 for r in drawn.all("rect")] == [True] * 3
    assert drawn.all("text", "peak")[0].text == ">99.9%"
    assert median(lengths) == 16


@pytest.mark.parametrize(
    ("part", "whole_", "said"),
    [
        (0, 0, "–"),
        (0, 5, "0%"),
        (5, 5, "100%"),
        (1, 10**6, "<0.1%"),
        (10**6 - 1, 10**6, ">99.9%"),
        (1, 3, "33.3%"),
        (1, 1000, "0.1%"),
    ],
)
def test_a_share_never_rounds_something_to_nothing(part: int, whole_: int, said: str) -> None:
    assert share(part, whole_) == said


@pytest.mark.parametrize(
    ("lengths", "middle"),
    [({}, None), ({"0": 1}, 0), ({"4": 1, "8": 1}, 4), ({"4": 1, "8": 2}, 8), ({"16": 3, "2": 1}, 16)],
)
def test_the_row_in_the_middle_is_found_whatever_the_order(lengths: dict[str, int], middle: int | None) -> None:
    assert median(lengths) == middle
