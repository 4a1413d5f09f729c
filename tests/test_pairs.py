"""What went stands beside what stayed, and what differs is marked; the books say which row, and where it came from."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Here, Stage, Survey, build, children, cli, recipe, why
from medgo_data.letters import view
from medgo_data.review.card import card
from medgo_data.review.differences import differences
from medgo_data.review.pairs import COPY, SAME, UNSAID, Bands, Pair, Step, Text, figure, likeness, pairs, steps
from medgo_data.sources import JsonLines
from medgo_data.store import Built, Store, seal
from tests.test_card import Node, numbers, read

# ---- texts ---------------------------------------------------------------------------------------------------------

NOTE = "患者三天前受凉以后出现咳嗽，夜间较重，伴有少量白痰，无胸痛和气促。查体咽部充血，双肺呼吸音清。嘱多饮水，口服止咳糖浆，一周后复诊。"
DOSE = "成人每次口服一片，每日三次，饭后半小时用温水送服；儿童减半；孕妇及对本品过敏者禁用。用药三天症状没有缓解的，应当去医院就诊。"
COLD = "感冒多由病毒引起，一般七天左右自行痊愈。注意休息，多喝温水，室内每天开窗通风两次。高热不退、呼吸困难的人应当尽快就医。"
OTHER = "先用流动的凉水冲洗二十分钟，再轻轻脱去衣物，与皮肤粘连的部分不要硬撕；出现水疱的，不要自行挑破，也不要涂牙膏或者酱油。"
TRUSTED = [NOTE, DOSE, COLD, OTHER]
REPOSTS = [
    NOTE,  # the same text
    DOSE.replace("，", ", ").replace("三", "三 "),  # the same letters
    COLD.replace("温水", "热水"),  # edited
    NOTE + "无药物过敏史。",  # longer, and yet the more trusted one stays
    "血压量之前安静坐五分钟，袖带绑在上臂，与心脏同高，手心向上，量的时候不要说话，两臂差得不多时取高的一侧。",  # alone
]


def jaccard(one: str, other: str) -> float:
    """As it is defined: of all runs of five letters, those that both have."""
    grams = [{letters[k : k + 5] for k in range(len(letters) - 4)} for letters in map(view, (one, other))]
    return len(grams[0] & grams[1]) / len(grams[0] | grams[1])


def source(folder: Path, name: str, texts: list[str], **fields: Any) -> JsonLines:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return JsonLines(name=name, files=f"{folder}/{name}.jsonl", license="public", **fields)


@dataclass(frozen=True, kw_only=True)
class Hide(Stage):
    """It says that it scrubs, and does: 患者 becomes 某人."""

    marks = frozenset({"scrubbed"})

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(pl.col("text").str.replace_all("患者", "某人"))


@dataclass(frozen=True, kw_only=True)
class Halves(Stage):
    """Two rows of every row."""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        halves = [[{"text": text[: len(text) // 2]}, {"text": text[len(text) // 2 :]}] for text in docs["text"]]
        gone = docs.with_columns(drop=pl.lit("halved"))
        return pl.concat([gone, children(self, docs, halves)], how="diagonal")


@dataclass(frozen=True, kw_only=True)
class Decontaminate(Stage):
    """It names an item of a benchmark, which is no row."""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        leak = pl.col("text").str.contains("牙膏")
        return docs.with_columns(
            drop=pl.when(leak).then(pl.lit("exam_question")),
            drop_kept=pl.when(leak).then(pl.lit("trusted/test.json#3")),
        )


@dataclass(frozen=True, kw_only=True)
class First(Survey):
    """The first row of a shard stays, and it does not say how alike the others are."""

    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.select("id")

    def settle(self, shards: list[Any], engine: Any, out: Path) -> None:
        for shard in shards:
            ids = shard.sketch()["id"]
            shard.tell(out, pl.DataFrame({"row": range(1, len(ids)), "kept": [ids[0]] * (len(ids) - 1)}))

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        kept = found["kept"]
        return docs.with_columns(drop_kept=kept, drop=pl.when(kept.is_not_null()).then(pl.lit("not_first")))


RECIPE = """\
from pathlib import Path
from medgo_data import Clean, Corpus, Dedup
from medgo_data.sources import JsonLines
from tests.test_pairs import Decontaminate, First, Halves, Hide

RAW = Path(__file__).parent / "raw"
def of(name):
    return JsonLines(name=name, files=f"{RAW}/{name}.jsonl", license="public")
trusted, reposts = of("trusted"), of("reposts")
plain = Corpus("plain", [trusted, reposts], [Clean(min_chars=5), Dedup()])
below = Corpus("below", [reposts], [Clean(min_chars=5)])
over = Corpus("over", [Corpus("books", [trusted], [Halves()]), Corpus("posts", [reposts], [Halves()])], [Hide(), Dedup()])
halved = Corpus("halved", [trusted, reposts], [Halves(), Dedup()])
late = Corpus("late", [trusted, reposts], [Dedup(), Hide()])
twice = Corpus("twice", [trusted, reposts], [Decontaminate(), Dedup(at_least=None), Dedup()])
unlike = Corpus("unlike", [trusted], [Dedup()])
first = Corpus("first", [reposts], [First()])
"""


class Place:
    """A folder with a recipe and what was built from it, and somebody who asks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.recipe = folder, folder / "data", str(folder / "recipe.py")
        source(folder / "raw", "trusted", TRUSTED)
        source(folder / "raw", "reposts", REPOSTS)
        (folder / "recipe.py").write_text(RECIPE, "utf-8")

    def build(self) -> None:
        for corpus in recipe.corpora(self.recipe):
            build(corpus, self.root, Here())

    def find(self, name: str) -> Built:
        return Store(self.root).find(name)

    def ledger(self, name: str) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.find(name).dropped().collect().to_dicts() if row["kept"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("pairs"))
    made.build()
    return made


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def page(self) -> str:
        return Path(self.out.strip()).read_text("utf-8")


Ask = Callable[..., Said]


@pytest.fixture
def ask(place: Place, capsys: pytest.CaptureFixture[str]) -> Ask:
    def told(*words: object, at: Place = place) -> Said:
        with pytest.raises(SystemExit) as end:
            cli.main([*map(str, words), "--root", str(at.root)])
        return Said(int(end.value.code or 0), *capsys.readouterr())

    return told


@pytest.fixture
def show(ask: Ask, place: Place, tmp_path: Path) -> Callable[..., Node]:
    def told(name: str, *words: object) -> Node:
        said = ask("pairs", name, "--raw", place.recipe, "--unscrubbed", "-o", tmp_path / "page.html", *words)
        assert said.code == 0, said.err
        return read(said.page)

    return told


def shown(page: Node) -> list[tuple[str, str, str, str]]:
    """Of each pair how alike it is, why one went, and which rows it is."""
    found = []
    for each in page.all("article"):
        what, ids = each.all("p", "what")[0], [code.text for code in each.all("code")]
        alike = [b.text.removeprefix("J ") for b in what.all("b")]
        found.append((alike[0] if alike else "", ids[0], ids[1], ids[2]))
    return found


def sides(article: Node) -> tuple[str, str]:
    """The text that is shown of the row that stayed, and of the one that went."""
    kept, gone = ("".join(n.text for n in article.all("div", f"text {kind}")) for kind in ("kept", "gone"))
    return kept.replace("↵", ""), gone.replace("↵", "")


# ---- which pairs ---------------------------------------------------------------------------------------------------


def test_a_pair_is_shown_with_its_likeness_its_reason_and_both_ids_the_least_alike_first(
    show: Callable[..., Node], place: Place
) -> None:
    edited, longer = jaccard(REPOSTS[2], COLD), jaccard(REPOSTS[3], NOTE)
    assert 0.7 < edited < longer < 1
    row = "{0}/{0}.jsonl#0-{1}".format
    assert shown(show("plain")) == [
        (likeness(edited), "near_duplicate", row("trusted", 2), row("reposts", 2)),
        (likeness(longer), "near_duplicate", row("trusted", 0), row("reposts", 3)),
        ("1.000", "near_duplicate", row("trusted", 1), row("reposts", 1)),
        ("1.000", "duplicate", row("trusted", 0), row("reposts", 0)),
    ]


def test_the_table_counts_the_whole_ledger(show: Callable[..., Node], place: Place) -> None:
    page, ledger = show("plain", "--each", 1), place.ledger("plain")
    rows = {row[0]: [*map(int, row[1:3])] for row in page.all("section")[0].cells()}
    assert sum(went for went, _ in rows.values()) == len(ledger) == 4
    assert rows["0.80–0.85"] == [1, 1]
    assert rows["0.70–0.75"] == [0, 0]
    assert rows["1.00 差别皆不计入 · No difference counts"] == rows["逐字相同 · The same text"] == [1, 1]


def copies(folder: Path, files: int = 3, rows: int = 40) -> Built:
    """Rows of which all but the first of each file go, in several shards and strata."""
    folder.mkdir()
    manifest: dict[str, Any] = {"name": "made", "sources": {"a": {}}, "funnel": [{"stage": "Dedup"}], "shards": []}
    (folder / "dropped").mkdir()
    for n in range(files):
        score = [0.7 + 0.3 * (k % 10) / 9 for k in range(rows)]
        ledger = {"id": [f"a/{n}#0-{k}" for k in range(rows)], "kept": ["a/x#0-0"] * rows, "score": score}
        table = pl.DataFrame(ledger).with_columns(stage=pl.lit("Dedup"), reason=pl.lit("near_duplicate"))
        table.write_parquet(folder / "dropped" / f"{n}.parquet")
        manifest["shards"].append({"file": f"{n}.parquet", "dropped": {"rows": rows}})
    return Built(folder, manifest)


def test_the_same_seed_draws_the_same_pairs_and_another_draws_others(tmp_path: Path) -> None:
    made = copies(tmp_path / "a")
    (one,), (again,), (other,) = (steps(made, 2, seed) for seed in (1, 1, 2))
    assert one == again
    assert one.counts == other.counts
    assert one.drawn != other.drawn
    assert {stratum: len(drawn) for stratum, drawn in one.drawn.items()} == dict.fromkeys(one.counts, 2)
    scores = [pair.score for pair in one.pairs]
    assert scores == sorted(scores)  # type: ignore[type-var]  none of them is missing
    (every,) = steps(made, 1000, 1)
    assert len(every.pairs) == sum(every.counts.values()) == 120, "no more than there are"
    assert {pair.id for pair in one.pairs} < {pair.id for pair in every.pairs}


@pytest.mark.parametrize(
    ("score", "reason", "stratum"),
    [
        (0.7, "near_duplicate", 14),
        (0.7499999, "near_duplicate", 14),
        (0.75, "near_duplicate", 15),
        (0.85, "near_duplicate", 17),
        (0.9999999, "near_duplicate", 19),
        (1.0, "near_duplicate", SAME),
        (1.0, "duplicate", COPY),
        (None, "not_first", UNSAID),
        (0.05, "near_duplicate", 1),
    ],
)
def test_each_pair_has_its_stratum(score: float | None, reason: str, stratum: int, tmp_path: Path) -> None:
    made = copies(tmp_path / "a", files=1, rows=1)
    ledger = pl.DataFrame(
        {"id": ["a/0#0-0"], "kept": ["a/x#0-0"], "score": [score], "stage": ["Dedup"], "reason": [reason]}
    )
    ledger.with_columns(pl.col("score").cast(pl.Float64)).write_parquet(made.folder / "dropped" / "0.parquet")
    (step,) = steps(made, 1, 1)
    assert step.drawn == {stratum: [Pair("a/0#0-0", "a/x#0-0", reason, score)]}


def test_every_stage_has_its_part_and_a_question_of_a_benchmark_is_no_row(
    show: Callable[..., Node], place: Place
) -> None:
    page = show("twice")
    assert [n.all("h2")[0].text for n in page.all("section")] == ["去重 · Dedup", "Dedup 2 · Dedup 2"]
    assert [[each[1] for each in shown(n)] for n in page.all("section")] == [["duplicate"], ["near_duplicate"] * 3]
    benchmark = [row for row in place.ledger("twice").values() if row["stage"] == "Decontaminate"]
    assert [row["kept"] for row in benchmark] == ["trusted/test.json#3"], (
        "which is called like a source, and is not shown"
    )
    assert "牙膏" not in page.text
    said = "What Dedup did before was not done again"
    assert [said in n.text for n in page.all("section")] == [False, True]


def test_a_stage_that_does_not_say_how_alike_rows_are_is_shown_without(show: Callable[..., Node]) -> None:
    page = show("first", "--each", 2)
    assert [each[:2] for each in shown(page)] == [("", "not_first")] * 2
    assert page.all("section")[0].cells() == [["未记相似度 · Similarity not noted", "4", "2"]]
    assert not page.all("svg")


# ---- which texts ---------------------------------------------------------------------------------------------------


def test_texts_are_shown_as_they_came_to_the_stage(show: Callable[..., Node]) -> None:
    for article, gone, kept in zip(show("plain").all("article"), (2, 3, 1, 0), (2, 0, 1, 0), strict=True):
        one, other = sides(article)
        assert one == TRUSTED[kept]
        assert view(other) == view(REPOSTS[gone])
        if gone != 1:
            assert other == REPOSTS[gone]
        else:
            assert "三 日" not in other, "which Clean had repaired"
    late = show("late")
    assert "患者" in sides(late.all("article")[-1])[0], "what comes behind the stage had not been done"


def test_rows_that_were_born_are_shown_and_those_of_corpora_below(show: Callable[..., Node], place: Place) -> None:
    for name in ("halved", "over"):
        page = show(name)
        found = {each[3]: article for each, article in zip(shown(page), page.all("article"), strict=True)}
        assert set(found) == set(place.ledger(name))
        one, other = sides(found["reposts/reposts.jsonl#0-0>Halves.0"])
        half = NOTE[: len(NOTE) // 2]
        assert one == other == (half if name == "halved" else half.replace("患者", "某人"))


def test_a_trial_over_the_first_records_has_pairs_too(ask: Ask, place: Place, tmp_path: Path) -> None:
    assert ask("build", f"{place.recipe}:plain", "--limit", 1, "--engine", "here", "--quiet").code == 0
    said = ask("pairs", "plain.limit1", "--raw", place.recipe, "--unscrubbed", "-o", tmp_path / "p.html")
    assert said.code == 0, said.err
    assert [each[3] for each in shown(read(said.page))] == ["reposts/reposts.jsonl#0-0"]


def test_a_conversation_is_shown_as_what_is_said_in_it(tmp_path: Path, ask: Ask) -> None:
    (tmp_path / "raw").mkdir()
    talk = [
        [{"role": "user", "content": "感冒了怎么办？"}, {"role": "assistant", "content": end}]
        for end in (COLD, REPOSTS[2])
    ]
    lines = [json.dumps({"messages": each}, ensure_ascii=False) for each in talk]
    (tmp_path / "raw" / "talk.jsonl").write_text("\n".join(lines), "utf-8")
    told = """
from pathlib import Path
from medgo_data import Corpus, Dedup
from medgo_data.sources import JsonLines
talk = JsonLines(name="talk", files=f"{Path(__file__).parent}/raw/*.jsonl", license="public", gives="chat")
talks = Corpus("talks", [talk], [Dedup(column="messages")])
"""
    (tmp_path / "recipe.py").write_text(told, "utf-8")
    assert ask("build", tmp_path / "recipe.py", "--engine", "here", "--quiet").code == 0
    said = ask("pairs", "talks", "--raw", tmp_path / "recipe.py", "--unscrubbed", "-o", tmp_path / "page.html")
    assert said.code == 0, said.err
    (article,) = read(said.page).all("article")
    assert sides(article) == (f"感冒了怎么办？\n{COLD}", f"感冒了怎么办？\n{REPOSTS[2]}")
    assert [each.text for each in article.all("ins")] == ["温"]


# ---- who may see them ----------------------------------------------------------------------------------------------


def test_texts_that_were_not_scrubbed_are_shown_to_nobody_by_accident(ask: Ask, place: Place, tmp_path: Path) -> None:
    for name in ("plain", "late"):  # late is marked as scrubbed, but its pairs are of before
        refused = ask("pairs", name, "--raw", place.recipe, "-o", tmp_path / "page.html")
        assert (refused.code, refused.out) == (1, "")
        assert "was not scrubbed before Dedup, so the texts may name patients" in refused.err
        assert "--unscrubbed" in refused.err
        assert not (tmp_path / "page.html").exists()
    said = ask("pairs", "over", "--raw", place.recipe, "-o", tmp_path / "page.html")
    assert said == Said(0, f"{tmp_path / 'page.html'}\n", "")
    assert "某人三天前" in said.page
    assert "患者三天前" not in said.page
    assert "It was scrubbed, which cannot rule out" in said.page


def test_no_text_is_said_aloud_and_the_page_warns_that_it_holds_some(ask: Ask, place: Place) -> None:
    said = ask("pairs", "plain", "--raw", place.recipe, "--unscrubbed")
    version = place.find("plain").folder
    assert said == Said(0, f"{version}.pairs.html\n", "")
    care = read(said.page).all("div", "verdict care")[0].text
    assert "本页含有行文本 · This page holds the text of rows" in care
    assert "文本未经脱敏" in care
    again = said.page
    ask("pairs", "plain", "--raw", place.recipe, "--unscrubbed")
    assert said.page == again, "the same version, the same page"


def test_a_recipe_that_was_not_built_is_refused(ask: Ask, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.build()
    words = ("pairs", "plain", "--unscrubbed", "-o", tmp_path / "page.html", "--raw")
    assert ask(*words, place.recipe, at=place).code == 0
    told = Path(place.recipe).read_text("utf-8")
    for changed in (told.replace("min_chars=5", "min_chars=6"), told.replace('"plain"', '"bare"')):
        (tmp_path / "other.py").write_text(changed, "utf-8")
        refused = ask(*words, tmp_path / "other.py", at=place)
        assert refused.code == 1
        assert re.search(r"built from another recipe|the recipe has no corpus 'plain'", refused.err)
    source(tmp_path / "raw", "reposts", [COLD, *REPOSTS])
    refused = ask(*words, place.recipe, at=place)
    assert refused.code == 1
    assert "was built from another recipe or other raw files" in refused.err
    assert "Build plain again." in refused.err


def test_a_corpus_without_pairs_says_so(ask: Ask, place: Place) -> None:
    refused = ask("pairs", "unlike", "--raw", place.recipe, "--unscrubbed")
    assert refused.code == 1
    assert "no row of unlike@" in refused.err
    assert "no pairs to show" in refused.err


# ---- the page ------------------------------------------------------------------------------------------------------

BANDS = Bands(0.7, 23, 5, lambda alike: 1 - (1 - alike**5) ** 23)


def drawn(one: str, other: str, score: float = 0.8, bands: Bands | None = BANDS) -> str:
    """A page about two texts."""
    made = Built(Path("made"), {"name": "made", "funnel": [], "shards": [], "sources": {}})
    texts = {row: Text(text, len(text)) for row, text in (("a/k#0-0", one), ("a/g#0-0", other))}
    pair = Pair("a/g#0-0", "a/k#0-0", "near_duplicate", score)
    hundredth = int(score * 100)
    step = Step("Dedup", texts=texts, bands=bands)
    step.counts[int(score * 20)], step.hundredths[hundredth] = 1, 1
    step.drawn[int(score * 20)] = [pair]
    return pairs(made, [step], view, scrubbed=False)


def test_text_is_text_and_never_markup_and_the_page_needs_nothing_but_itself() -> None:
    text = drawn("<script>alert('1')</script>饭前" + NOTE, "<script>alert('1')</script>饭后" + NOTE)
    page = read(text)
    assert not page.all("script")
    assert "<script>alert('1')</script>" in page.text
    assert not re.search(r"https?:|//\w|url\(|@import|<link|<script|<img|<iframe|\bon\w+=", text)
    policy = [n.attributes["content"] for n in page.all("meta") if "http-equiv" in n.attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    keys = {n.attributes.get("id") for kind in ("section", "div") for n in page.all(kind)}
    assert {str(a.attributes["href"])[1:] for a in page.all("a")} <= keys
    for svg in page.all("svg"):
        assert svg.all("title")[0].text


def test_what_counts_is_marked_otherwise_than_what_is_not_compared() -> None:
    (article,) = read(drawn("饭前３0分钟服用1片。", "飯後30分鐘服用2片")).all("article")
    assert [n.text for n in article.all("ins")] == ["前", "1"]
    assert [n.text for n in article.all("del")] == ["後", "2"]
    assert {n.text for n in article.all("u")} == {"饭", "３", "钟", "。", "飯", "3", "鐘"}


def test_what_is_the_same_for_long_is_folded_and_what_is_cut_says_how_much() -> None:
    same = "".join(chr(0x4E00 + k) for k in range(1000))
    article = read(drawn(f"{same}前{same}", f"{same}后{same}")).all("article")[0]
    assert [n.text for n in article.all("div", "fold")] == ["⋯ 880 字相同 the same ⋯"] * 2
    assert len(sides(article)[0]) == 4 * 60 + 1
    more = read(drawn(same, same + "".join(chr(0x6E00 + k) for k in range(5000)))).all("article")[0]
    assert [n.text for n in more.all("span", "cut")] == [" ⋯ 4,600 字 characters ⋯ "]
    places = "".join(
        "".join(chr(0x4E00 + k) for k in range(at, at + 199)) + f"{at % 7}" for at in range(0, 19_900, 199)
    )
    rest = read(drawn(places, re.sub("[0-9]", "零", places))).all("article")[0]
    assert [len(rest.all(tag)) for tag in ("ins", "del")] == [39, 39]
    assert rest.all("div", "fold")[-1].text == "另有 61 处 61 places more"
    long = read(drawn("一" * 20_001, "一")).all("article")[0]
    assert "only the first 20,000 characters are compared" in long.text


def test_the_plot_shows_how_many_went_and_how_likely_rows_are_to_meet() -> None:
    step = Step("Dedup", bands=BANDS)
    step.hundredths.update({70: 4, 85: 8, 100: 900})
    page = read(figure(step))
    heights = [float(n.attributes["height"] or "") for n in page.all("rect", "gone")]
    assert heights == [heights[1] / 2, heights[1], heights[1]], "what is more than the others is cut off"
    assert "↑ 900" in page.text
    assert numbers(page.all("desc")[0].text)[2::3] == [4, 8, 900]
    curve = [tuple(map(float, point.split(","))) for point in str(page.all("polyline")[0].attributes["points"]).split()]
    ticks = {n.text: float(n.attributes["x"] or "") for n in page.all("text")}
    sides_ = {n.text: float(n.attributes["y"] or "") - 3 for n in page.all("text") if n.text.endswith("%")}
    for x, y in curve[::7]:
        alike = 0.4 + 0.6 * (x - ticks["0.4"]) / (ticks["1.0"] - ticks["0.4"])
        met = (sides_["0%"] - y) / (sides_["0%"] - sides_["100%"])
        assert met == pytest.approx(1 - (1 - alike**5) ** 23, abs=0.01)
    assert not read(figure(Step("First", hundredths=step.hundredths))).all("polyline")


def test_nothing_is_said_to_be_more_alike_than_it_is() -> None:
    assert [likeness(score) for score in (1.0, 0.99999, 0.7, 0.6999, 2 / 3)] == [
        "1.000",
        "0.999",
        "0.700",
        "0.699",
        "0.666",
    ]
    chances = {row[0]: row[3] for row in read(drawn(NOTE, DOSE)).all("section")[0].cells()}
    assert chances["0.70–0.75"] == "≥ 98.5%"  # 1 - (1 - 0.7**5)**23 = 0.98576
    assert chances["0.95–1.00"] == "≥ 99.9%"


# ---- differences ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("", "", []),
        ("一样。", "一样。", [("same", "一样。", "一样。")]),
        ("", "多出", [("loud", "", "多出")]),
        ("每次10ml", "每次5ml", [("same", "每次", "每次"), ("loud", "10", "5"), ("same", "ml", "ml")]),
        ("饭后，服用", "饭后 服用", [("same", "饭后", "饭后"), ("quiet", "，", " "), ("same", "服用", "服用")]),
        ("血壓Ａ1", "血压a１", [("same", "血", "血"), ("quiet", "壓Ａ1", "压a１")]),
        ("走5㎞。", "走5km。", [("same", "走5", "走5"), ("quiet", "㎞", "km"), ("same", "。", "。")]),
        ("甲，乙，丙", "甲，丁，丙", [("same", "甲，", "甲，"), ("loud", "乙", "丁"), ("same", "，丙", "，丙")]),
        ("！？", "。", [("quiet", "！？", "。")]),
    ],
)
def test_each_difference_is_found_and_weighed(one: str, other: str, told: list[tuple[str, str, str]]) -> None:
    assert [(each.kind, each.one, each.other) for each in differences(one, other, view)] == told


def edited(text: str, share: float, lot: random.Random) -> str:
    def letter() -> str:
        return chr(0x4E00 + lot.randrange(2000))

    changed = [[letter()] if x < share / 3 else [c, letter()] if x < share / 2 else [] if x < share else [c]
               for c, x in ((c, lot.random()) for c in text)]  # fmt: skip
    return "".join(c for one in changed for c in one)


@pytest.mark.parametrize("seed", range(20))
def test_both_texts_are_whole_and_what_is_the_same_is(seed: int) -> None:
    lot = random.Random(seed)
    one = "".join(lot.choice("饭后服用，。 １1２2abＡ飯後\n") for _ in range(lot.randrange(600)))
    other = edited(one, lot.choice([0.02, 0.2, 0.9]), lot)
    told = differences(one, other, view)
    assert ("".join(each.one for each in told), "".join(each.other for each in told)) == (one, other)
    for each in told:
        assert (each.one == each.other) == (each.kind == "same")
        assert each.kind != "quiet" or view(each.one) == view(each.other)
    assert all(a.kind != b.kind for a, b in pairwise(told))


def test_long_texts_are_compared_in_no_time_whatever_they_are() -> None:
    lot = random.Random(1)
    long = "".join(chr(0x4E00 + lot.randrange(2000)) for _ in range(20_000))
    ab = ["".join(lot.choice("甲乙") for _ in range(20_000)) for _ in range(2)]
    few = edited(long, 0.05, lot)
    cases = [
        (long, few),
        (long, long[::-1]),
        ("甲" * 20_000, "甲" * 15_000),
        ("甲乙" * 10_000, "乙甲" * 10_000),
        (*ab,),
    ]
    began = time.process_time()
    told = [differences(one, other, view) for one, other in cases]
    assert time.process_time() - began < 5
    for (one, other), found in zip(cases, told, strict=True):
        assert ("".join(each.one for each in found), "".join(each.other for each in found)) == (one, other)
    same = sum(len(each.one) for each in told[0] if each.kind == "same")
    assert same > 0.93 * len(long), "of a text of which one letter in twenty was changed the others are found"
    two, three = differences("口服一日两次饭后" * 2000, "口服一日三次饭后" * 2000, view)[:2]
    assert (two.one, three.one, three.other) == ("口服一日", "两", "三"), "also where the same comes again and again"


# ---- why -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "score", "says"),
    [
        ("duplicate", 1.0, "duplicate of a/k#0-0 (Jaccard 1.000)"),
        ("near_duplicate", 0.91349, "near_duplicate of a/k#0-0 (Jaccard 0.913)"),
        ("near_duplicate", 0.99999, "near_duplicate of a/k#0-0 (Jaccard 0.999)"),
        ("exam_question", 0.8, "exam_question of a/k#0-0 (likeness 0.800)"),
        ("only_passages", None, "only_passages of a/k#0-0"),
    ],
)
def test_why_names_the_row_that_stayed_and_how_alike_they_are(reason: str, score: float | None, says: str) -> None:
    fate = why.Fate("c@1", ["read"], stage="Dedup", reason=reason, kept="a/k#0-0", score=score)
    assert why.sentence(fate) == f"c@1: came through read and was let go by Dedup: {says}"


def test_why_tells_of_an_edited_copy_what_the_ledger_says(ask: Ask, place: Place) -> None:
    told = ask("why", "reposts/reposts.jsonl#0-2").out
    name = place.find("plain").full_name
    alike = likeness(jaccard(REPOSTS[2], COLD))
    says = f"near_duplicate of trusted/trusted.jsonl#0-2 (Jaccard {alike})"
    assert f"{name}: came through read → Clean and was let go by Dedup: {says}\n" in told
    (fate,) = [fate for fate in why.why(Store(place.root), "reposts/reposts.jsonl#0-2") if fate.corpus == name]
    assert fate.score == pytest.approx(jaccard(REPOSTS[2], COLD), abs=1e-12)


# ---- the card ------------------------------------------------------------------------------------------------------


def test_a_card_says_which_source_holds_the_copies_and_whose_went(place: Place) -> None:
    section = read(card(place.find("plain"))).section("against")
    assert section.all("h3")[0].text == "去重 · Dedup"
    ((name, _),) = section.cells()
    assert name == "trustedreposts 4"
    assert [b.text for b in section.all("b")] == ["4"]
    assert len(section.all("table")) == 1


def with_leaks(built: Built, against: Mapping[str, int], leaks: Mapping[str, int]) -> Built:
    manifest = json.loads(json.dumps(built.manifest))
    manifest["funnel"][1] |= {"stage": "Decontaminate", "against": dict(against)}
    manifest["sources"]["trusted"]["counts"]["leak"] = dict(leaks)
    return Built(built.folder, manifest | {"seal": seal(manifest)})


def test_a_card_has_a_line_for_each_benchmark_the_most_contaminated_first(place: Place) -> None:
    told = with_leaks(
        place.find("plain"), {"CBLUE": 1, "trusted": 5}, {"CMB": 2, "CBLUE/a.json#3": 1, "CBLUE/a.json#4": 1}
    )
    section = read(card(told)).section("against")
    tables = [
        [[cell.text for cell in row.inside if isinstance(cell, Node)] for row in t.all("tr")[1:]]
        for t in section.all("table")
    ]
    assert tables[1] == [
        ["trusted", "5", "0", "55.6%"],  # a benchmark may be called like a source
        ["CBLUE", "1", "2", "33.3%"],
        ["CMB", "0", "2", "22.2%"],
    ]  # of the 9 rows that came to Clean, which stands for Decontaminate here
    assert tables[0][0][0].startswith("trusted")


def test_a_card_without_copies_says_so_and_so_does_that_of_an_older_version(place: Place) -> None:
    assert "No row was dropped or marked" in read(card(place.find("unlike"))).section("against").text
    old = json.loads(json.dumps(place.find("plain").manifest))
    for line in [*old["funnel"], *[line for source in old["sources"].values() for line in source["funnel"]]]:
        del line["against"]
    page = read(card(Built(place.find("plain").folder, old | {"seal": seal(old)})))
    assert "No row was dropped or marked" in page.section("against").text
