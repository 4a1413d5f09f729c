"""A physician reads some rows, and what she finds in them promises something of all; only her page holds text."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Corpus, Here, Scrub, Stage, build, cli, keys
from medgo_data.pii.span import TYPES as FOUND
from medgo_data.review import standards
from medgo_data.review.audit import LONGEST, OTHER, TYPES, allot, draw
from medgo_data.review.bound import as_if, at_most, beta, chapman, estimated, needed, stratified
from medgo_data.review.report import percent
from medgo_data.review.verdicts import Place, distinct, found_by_both
from medgo_data.sources import JsonLines
from medgo_data.store import Built, Store
from tests.browser import Browser
from tests.test_card import Node
from tests.test_card import read as parsed

# ---- rows whose identifiers are known ------------------------------------------------------------------------------

KEY = "a key of the tests, which hides nobody"
LEFT = "闻若兰"  # whom the stage below does not see
SECRETS = (LEFT, "郝建邦", "13905537162", "咳嗽三天", "ward_7_hao_jianbang")
CASE = "患者{PERSON named+lac}😀咳嗽三天。\r\n电话{PHONE mobile}，<b>复诊</b>&amp;随访。"
LEAK = f"患者{{PERSON lac}}咳嗽三天，陪同{LEFT}。"
PLAIN = "感冒多由病毒引起，咳嗽三天可自愈。"
HOLE = re.compile(r"\{([A-Z_]+) ([a-z_+]+)\}")


@dataclass(frozen=True, kw_only=True)
class Mask(Stage):
    """It scrubs what a raw text says is to be scrubbed."""

    marks = frozenset({"scrubbed"})

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        rows = [_masked(text) for text in docs["text"]]
        kinds = {
            "text": pl.String,
            "scrubbed": pl.String,
            "masked": pl.List(pl.String),
            "masked_at": pl.List(pl.String),
        }
        return docs.with_columns(pl.Series(name, [row[name] for row in rows], kind) for name, kind in kinds.items())


def _masked(text: str) -> dict[str, Any]:
    put, kinds, at, end = "", [], [], 0
    for hole in HOLE.finditer(text):
        put += text[end : hole.start()]
        word = f"[{FOUND[hole[1]]}1]"
        kinds.append(hole[1])
        at.append(f"text {len(put)}-{len(put) + len(word)} {hole[2]} 0.90")
        put += word
        end = hole.end()
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {"text": put + text[end:], "scrubbed": f"high_recall/3 {digest}", "masked": kinds, "masked_at": at}


@dataclass(frozen=True, kw_only=True)
class Crooked(Stage):
    """It does not say where."""

    marks = frozenset({"scrubbed"})
    at: str = ""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        at = pl.lit([self.at] if self.at else [], pl.List(pl.String))
        return docs.with_columns(masked=pl.lit(["PERSON"], pl.List(pl.String)), masked_at=at)


def source(folder: Path, name: str, texts: Sequence[str], category: str | None = None) -> JsonLines:
    folder.mkdir(parents=True, exist_ok=True)
    half = len(texts) // 2
    for k, part in enumerate((texts[:half], texts[half:])):
        lines = [json.dumps({"text": text}, ensure_ascii=False) for text in part]
        (folder / f"{name}_ward_7_hao_jianbang_{k}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return JsonLines(name=name, files=f"{folder}/{name}_*.jsonl", license="public", category=category)


CASES = [CASE] * 60 + [LEAK] * 6 + [PLAIN] * 34
DRUGS = [PLAIN] * 300


class Place_:  # noqa: N801  Place is what a verdict marks
    """A folder with a scrubbed corpus, and somebody who asks."""

    def __init__(self, folder: Path, stages: Sequence[Stage] = (Mask(),), **texts: Sequence[str]) -> None:
        self.root = folder / "data"
        told = texts or {"cases": CASES, "drugs": DRUGS}
        kinds = {"cases": "case report", "drugs": "drug leaflet"}
        inputs = [source(folder / "raw", name, each, kinds.get(name)) for name, each in told.items()]
        build(Corpus("notes", inputs, list(stages)), self.root, Here())

    @property
    def built(self) -> Built:
        return Store(self.root).find("notes")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place_:
    return Place_(tmp_path_factory.mktemp("audit"))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(keys.FILE, raising=False)
    monkeypatch.setenv(keys.KEY, KEY)


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture
def ask(place: Place_, capsys: pytest.CaptureFixture[str]) -> Ask:
    def told(*words: object, at: Place_ = place) -> Said:
        with pytest.raises(SystemExit) as end:
            cli.main(["audit", "notes", *map(str, words), "--root", str(at.root)])
        return Said(int(end.value.code or 0), *capsys.readouterr())

    return told


def plainly(row: str) -> str:
    return row


# ---- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "read", "limit"),
    [
        (0, 1000, 0.0029912),  # 1 - 0.05**(1/1000)
        (0, 3000, 0.0009981),
        (1, 3000, 0.0015803),  # these by scipy.stats.beta.ppf(0.95, found + 1, read - found)
        (3, 3000, 0.0025825),
        (10, 3000, 0.0056475),
        (2, 30, 0.1953260),
        (0, 1, 0.95),
        (1, 1, 1.0),
        (9, 10, 0.9948838),
        (50_000, 100_000, 0.5026057),
        (1.5, 22.5, 0.2249273),
    ],
)
def test_limits_are_those_of_clopper_and_pearson(found: float, read: float, limit: float) -> None:
    assert at_most(found, read) == pytest.approx(limit, abs=1e-7)


def test_with_nothing_found_the_limit_is_about_three_by_the_rows_that_were_read() -> None:
    for read in (100, 1000, 3000, 30_000):
        assert 0.98 * 3 / read < at_most(0, read) < 3 / read
    assert needed(0.001) == 2995
    assert at_most(0, 2995) <= 0.001 < at_most(0, 2994)


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.03, 0.5, 0.97, 1.0])
def test_the_incomplete_beta_function_is_that_of_the_books(x: float) -> None:
    for n in (1, 2, 7, 40):
        assert beta(x, 1, n) == pytest.approx(1 - (1 - x) ** n, abs=1e-12)
        assert beta(x, n, 1) == pytest.approx(x**n, abs=1e-12)
        for k in range(n):  # it is the chance of more than k of n
            more = sum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(k + 1, n + 1))
            assert beta(x, k + 1, n - k) == pytest.approx(more, abs=1e-12)


def chance(found: int, read: int, share: float) -> float:
    return math.comb(read, found) * share**found * (1 - share) ** (read - found)


@pytest.mark.parametrize(
    ("rows", "read"), [([50, 50], [10, 10]), ([900, 100], [18, 10]), ([99, 1], [20, 1]), ([70, 20, 10], [9, 6, 3])]
)
def test_the_limit_of_strata_holds_wherever_the_leaks_are(rows: list[int], read: list[int]) -> None:
    limits = [stratified(rows, read, k) for k in range(sum(read) + 1)]
    shares = (0.0, 0.01, 0.05, 0.2, 0.5)
    grid: list[list[float]] = [[]]
    for _ in rows:
        grid = [[*before, share] for before in grid for share in shares]
    for each in grid:
        true = sum(size * share for size, share in zip(rows, each, strict=True)) / sum(rows)
        found = {0: 1.0}  # the chance of each number of leaks
        for n, share in zip(read, each, strict=True):
            after: Counter[int] = Counter()
            for k, before in found.items():
                for j in range(n + 1):
                    after[k + j] += before * chance(j, n, share)  # type: ignore[assignment]  a chance is no count
            found = dict(after)
        missed = sum(probable for k, probable in found.items() if limits[k] < true)
        assert missed <= 0.05 + 1e-9, each


def test_rows_count_as_the_stratum_allows_that_was_read_most_thinly() -> None:
    assert as_if([900, 100], [90, 10]) == 100
    assert as_if([900, 100], [90, 50]) == 100
    assert as_if([900, 100], [45, 50]) == 50
    assert stratified([900, 100], [90, 50], 0) == at_most(0, 100)
    assert stratified([900, 100], [90, 0], 0) == pytest.approx(0.1 + 0.9 * at_most(0, 90))
    assert stratified([5], [0], 0) == 1
    assert estimated([900, 100], [90, 50], [0, 25]) == pytest.approx(0.05)


def test_two_who_seek_tell_how_much_neither_found() -> None:
    assert chapman(42, 62, 23) == pytest.approx(111.875)
    assert chapman(42, 62, 0) is None
    one, wide, far = (Place(path="text", start=s, end=e, type="PERSON") for s, e in ((3, 6), (2, 7), (8, 9)))
    other = Place(path="title", start=3, end=6, type="PERSON")
    assert distinct([one, far, other, wide]) == [wide, far, other]
    assert found_by_both([one, far], [wide, other]) == 1
    assert found_by_both([one], [wide, wide]) == 1


@pytest.mark.parametrize(
    ("part", "said"), [(0.0029912, "0.30%"), (0.003, "0.30%"), (0.1913, "19.2%"), (1.0, "100.0%"), (0.0, "0.00%")]
)
def test_a_limit_is_rounded_up(part: float, said: str) -> None:
    assert percent(part) == said


# ---- drawing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "rows", "drawn"),
    [
        ([1000], 30, [30]),
        ([900, 100], 100, [90, 10]),
        ([990, 10], 100, [90, 10]),
        ([1000, 1000, 3], 103, [50, 50, 3]),
        ([5, 5], 100, [5, 5]),
        ([100, 100, 100], 2, [1, 1, 1]),
        ([100_000, 20], 20, [15, 5]),
    ],
)
def test_each_stratum_gets_some_and_otherwise_its_share(sizes: list[int], rows: int, drawn: list[int]) -> None:
    assert allot(sizes, rows) == drawn


@pytest.mark.parametrize("seed", range(5))
def test_no_stratum_is_read_more_thinly_than_it_must(seed: int) -> None:
    lot = random.Random(seed)
    sizes = [lot.randrange(1, 10 ** lot.randrange(1, 6)) for _ in range(lot.randrange(1, 20))]
    rows = lot.randrange(200, 2000)
    drawn = allot(sizes, rows)
    assert sum(drawn) == min(rows, sum(sizes))
    assert all(0 < n <= size for n, size in zip(drawn, sizes, strict=True))
    share = min(rows / sum(sizes), 1)
    assert all(n >= size * share * 0.5 - 1 for n, size in zip(drawn, sizes, strict=True))


def test_a_sample_is_drawn_by_kind_and_says_what_each_row_stands_for(place: Place_) -> None:
    sample = draw(place.built, 40, 1, plainly, key=None)
    told = {(s.category, s.masked): (s.rows, s.drawn) for s in sample.strata}
    assert {kind: rows for kind, (rows, _) in told.items()} == {
        ("case report", False): 34,
        ("case report", True): 66,
        ("drug leaflet", False): 300,
    }
    assert sum(drawn for _, drawn in told.values()) == len(sample.rows) == 40
    assert all(drawn >= 6 for _, drawn in told.values())
    assert sum(sample.strata[row.stratum].weight for row in sample.rows) == pytest.approx(400)
    for row in sample.rows:
        assert sample.strata[row.stratum].masked == bool(row.masks)
        assert row.code.startswith("cases" if sample.strata[row.stratum].category == "case report" else "drugs")
        for mask in row.masks:
            assert row.texts["text"][mask.start : mask.end] == f"[{FOUND[mask.type]}1]"
    assert len({row.code for row in sample.rows}) == 40


def test_the_same_seed_draws_the_same_rows_and_another_others(place: Place_) -> None:
    one, again, other = (draw(place.built, 40, seed, plainly, key=None).told for seed in (1, 1, 2))
    assert one == again
    assert one["sample"] != other["sample"]
    assert [row["row"] for row in one["rows"]] != [row["row"] for row in other["rows"]]


def test_whoever_reads_the_first_rows_only_has_read_of_each_kind_its_part(place: Place_) -> None:
    sample = draw(place.built, 80, 3, plainly, key=None)
    drawn = [stratum.drawn for stratum in sample.strata]
    for first in (20, 40, 60):
        counts = Counter(row.stratum for row in sample.rows[:first])
        for k, n in enumerate(drawn):
            assert abs(counts[k] - n * first / 80) <= 1.5


def test_every_row_of_a_kind_has_the_same_chance(tmp_path: Path) -> None:
    built = Place_(tmp_path, cases=[LEAK] * 3 + [PLAIN] * 7).built
    drawn = Counter(row.code for seed in range(200) for row in draw(built, 4, seed, plainly, key=None).rows)
    masked = set(built.rows().filter(pl.col("masked").list.len() > 0).collect()["id"])
    assert len(masked) == 3 and len(drawn) == 10
    for row, times in drawn.items():
        share = 1 / 3 if row in masked else 3 / 7
        assert abs(times - 200 * share) < 4 * math.sqrt(200 * share * (1 - share))


# ---- what is written -----------------------------------------------------------------------------------------------


def test_only_the_page_holds_text_and_no_file_but_it_tells_whose_row_it_is(
    ask: Ask, tmp_path: Path, place: Place_
) -> None:
    said = ask("--rows", 60, "-o", tmp_path / "out")
    assert said == Said(0, f"{tmp_path / 'out' / 'page.html'}\n", "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["page.html", "sample.json", "spans.parquet"]
    verdicts = write(tmp_path / "v.jsonl", [verdict(row, leaks=[(0, 2, "PERSON")]) for row in sample_in(tmp_path / "out")["rows"]], tmp_path / "out")  # fmt: skip
    said = ask("--verdicts", verdicts, "-o", tmp_path / "out")
    assert said.code == 0, said.err
    spoken = said.out.replace(str(tmp_path), "") + said.err
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.suffix != ".parquet"}
    told = {name: content.decode() for name, content in files.items()} | {"terminal": spoken}
    told["spans.parquet"] = json.dumps(
        pl.read_parquet(tmp_path / "out" / "spans.parquet").to_dict(as_series=False), ensure_ascii=False
    )
    assert set(told) == {"page.html", "sample.json", "spans.parquet", "report.json", "report.html", "terminal"}
    page = told.pop("page.html")
    assert "咳嗽三天" in page
    for name, content in told.items():
        assert [word for word in SECRETS if word in content] == [], name
        assert not re.search(r"\[姓名1\]|#0-\d", content), name
    assert "ward_7" not in page, "an id may name a person"
    digests = place.built.rows().select(pl.col("scrubbed").str.slice(14)).collect()["scrubbed"]
    assert not any(digest in content for content in told.values() for digest in digests[:5])


def test_the_record_says_of_each_replacement_where_it_stands_and_by_what(
    ask: Ask, tmp_path: Path, place: Place_
) -> None:
    ask("--rows", 10, "-o", tmp_path)
    spans = pl.read_parquet(tmp_path / "spans.parquet")
    assert spans.columns == ["row", "path", "start", "end", "type", "recognizer", "score", "policy", "policy_version"]
    assert spans.height == 2 * 60 + 6
    assert set(spans.select("path", "score", "policy", "policy_version").unique().rows()) == {
        ("text", 0.9, "high_recall", "3")
    }
    first = place.built.rows().filter(pl.col("masked").list.len() == 2).head(1).collect()
    code = f"d_{keys.code(KEY.encode(), 'document', first['id'][0])[:24]}"
    mine = spans.filter(pl.col("row") == code)
    assert mine.select("type", "recognizer").rows() == [("PERSON", "named+lac"), ("PHONE", "mobile")]
    assert [first["text"][0][start:end] for start, end in mine.select("start", "end").rows()] == ["[姓名1]", "[电话1]"]


def test_where_nothing_was_masked_the_record_is_empty(ask: Ask, tmp_path: Path) -> None:
    assert ask("-o", tmp_path / "out", at=Place_(tmp_path, cases=[PLAIN] * 4)).code == 0
    spans = pl.read_parquet(tmp_path / "out" / "spans.parquet")
    assert spans.height == 0 and spans.schema["start"] == pl.Int64 and len(spans.columns) == 9


def test_without_a_key_there_is_no_record_and_it_is_said_how_to_get_one(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(keys.KEY)
    refused = ask("-o", tmp_path / "out")
    assert (refused.code, refused.out) == (1, "")
    assert "spans.parquet, which --no-spans leaves out" in refused.err and "MEDGO_KEY" in refused.err
    assert not (tmp_path / "out").exists()
    said = ask("-o", tmp_path / "out", "--no-spans", "--rows", 10)
    assert said.code == 0, said.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["page.html", "sample.json"]
    told = sample_in(tmp_path / "out")
    assert told["key"] is None
    assert {row["row"].split("/")[0] for row in told["rows"]} == {"cases", "drugs"}
    monkeypatch.setenv(keys.KEY, "short")
    for words in ([], ["--no-spans"]):
        refused = ask("-o", tmp_path / "other", *words)
        assert refused.code == 1 and "cannot be guessed" in refused.err
        assert not (tmp_path / "other").exists()


def test_a_corpus_that_was_not_scrubbed_is_refused(ask: Ask, tmp_path: Path) -> None:
    refused = ask("-o", tmp_path / "out", at=Place_(tmp_path, stages=()))
    assert refused.code == 1 and "was not scrubbed" in refused.err and "Put Scrub among its stages" in refused.err
    assert not (tmp_path / "out").exists()


def test_a_page_that_somebody_reads_is_not_replaced_by_another(ask: Ask, tmp_path: Path) -> None:
    assert ask("-o", tmp_path, "--rows", 10).code == 0
    before = (tmp_path / "page.html").read_text("utf-8")
    refused = ask("-o", tmp_path, "--rows", 10, "--seed", 2)
    assert refused.code == 1 and "of another sample" in refused.err
    assert ask("-o", tmp_path, "--rows", 10).code == 0, "the same again may be"
    assert (tmp_path / "page.html").read_text("utf-8") == before


@pytest.mark.parametrize("at", ["", "text 3 named 0.9", "text 1-2 named"])
def test_rows_that_do_not_say_where_they_were_masked_are_refused(at: str, ask: Ask, tmp_path: Path) -> None:
    refused = ask("-o", tmp_path / "out", at=Place_(tmp_path, stages=[Crooked(at=at)], cases=[PLAIN] * 4))
    assert refused.code == 1 and "do not say the same replacements" in refused.err
    assert "感冒" not in refused.err


def test_an_empty_corpus_has_nothing_to_audit(ask: Ask, tmp_path: Path) -> None:
    refused = ask("-o", tmp_path / "out", at=Place_(tmp_path, cases=["", ""]))
    assert refused.code == 1 and "has no rows" in refused.err


# ---- the page ------------------------------------------------------------------------------------------------------


def page_of(ask: Ask, folder: Path, *words: object, at: Place_ | None = None) -> tuple[str, Node]:
    said = ask("-o", folder, *words, **({"at": at} if at else {}))
    assert said.code == 0, said.err
    text = (folder / "page.html").read_text("utf-8")
    return text, parsed(text)


def test_the_page_shows_each_text_with_its_replacements_and_warns_that_it_holds_text(ask: Ask, tmp_path: Path) -> None:
    text, page = page_of(ask, tmp_path, "--rows", 60)
    assert "本页含有行文本 · This page holds the text of rows" in page.all("div", "verdict care")[0].text
    articles = page.all("article")
    assert len(articles) == 60
    told = sample_in(tmp_path)["rows"]
    assert [a.attributes["data-row"] for a in articles] == [row["row"] for row in told]
    for article, row in zip(articles, told, strict=True):
        marks = article.all("mark")
        assert Counter(mark.attributes["data-type"] for mark in marks) == row["masked"]
        shown = article.all("div", "text")[0].text
        assert len(shown) == row["shown"]["text"] == row["chars"]
        for mark in marks:
            start, end = map(int, str(mark.attributes["data-at"]).split("-"))
            assert shown[start:end] == mark.text
    assert {b.attributes["data-type"] for b in page.all("button") if "data-type" in b.attributes} == set(TYPES)
    assert "&lt;b&gt;复诊&lt;/b&gt;&amp;amp;" in text and "&#13;\n" in text


def test_the_page_runs_its_own_script_and_loads_nothing(ask: Ask, tmp_path: Path) -> None:
    text, page = page_of(ask, tmp_path, "--rows", 20)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    only = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [n.attributes["content"] for n in page.all("meta") if "http-equiv" in n.attributes]
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{only}'"
    assert not re.search(r"https?:|src=|url\(|@import|<link|<img|<iframe|\bon\w+=", text.replace(script, ""))
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|innerHTML|eval\(", script)


def test_a_long_row_is_shown_as_far_as_a_page_can_carry_it_and_says_so(ask: Ask, tmp_path: Path) -> None:
    long = "甲" * LONGEST + "{PERSON named}"
    text, page = page_of(ask, tmp_path / "out", at=Place_(tmp_path, cases=[long, PLAIN]))
    (row,) = [row for row in sample_in(tmp_path / "out")["rows"] if row["chars"] > LONGEST]
    assert row["shown"] == {"text": LONGEST} and row["masked"] == {}
    assert f"Only the first {LONGEST:,} of {LONGEST + 5:,} characters are shown" in page.text
    assert len(text) < LONGEST * 3


# ---- verdicts ------------------------------------------------------------------------------------------------------

WHEN = "2026-03-02T09:14:05+08:00"


def sample_in(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "sample.json").read_text("utf-8"))  # type: ignore[no-any-return]


def verdict(
    row: dict[str, Any],
    reviewer: str = "R1",
    leaks: Sequence[tuple[int, int, str]] = (),
    over: Sequence[tuple[int, int, str]] = (),
    **more: Any,
) -> dict[str, Any]:
    marks = [[{"path": "text", "start": s, "end": e, "type": t} for s, e, t in each] for each in (leaks, over)]
    says = {"verdict": "reject" if leaks else "accept", "leaks": marks[0], "over": marks[1], "seconds": 4.5, "at": WHEN}
    return {"row": row["row"], "reviewer": reviewer} | says | more


def write(path: Path, verdicts: Sequence[dict[str, Any]], folder: Path) -> Path:
    told = sample_in(folder)
    where = {name: told[name] for name in ("corpus", "version", "content", "sample")}
    path.write_text("".join(json.dumps(where | each, ensure_ascii=False) + "\n" for each in verdicts), "utf-8")
    return path


@dataclass
class Desk:
    """A sample that was drawn, and what is said of it."""

    ask: Ask
    folder: Path

    @property
    def rows(self) -> list[dict[str, Any]]:
        return sample_in(self.folder)["rows"]  # type: ignore[no-any-return]

    def masked(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["masked"]]

    def report(self, *verdicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
        paths = [write(self.folder / f"v{k}.jsonl", each, self.folder) for k, each in enumerate(verdicts)]
        said = self.ask("--verdicts", *paths, "-o", self.folder)
        assert said.code == 0, said.err
        self.said = said.out
        return json.loads((self.folder / "report.json").read_text("utf-8"))  # type: ignore[no-any-return]

    def refused(self, content: bytes) -> str:
        (self.folder / "bad.jsonl").write_bytes(content)
        said = self.ask("--verdicts", self.folder / "bad.jsonl", "-o", self.folder)
        assert said.code == 1 and said.out == ""
        assert not (self.folder / "report.json").exists()
        return said.err


@pytest.fixture
def desk(ask: Ask, tmp_path: Path) -> Desk:
    assert ask("--rows", 100, "-o", tmp_path).code == 0
    return Desk(ask, tmp_path)


def test_a_clean_sample_promises_what_its_size_allows_and_no_more(desk: Desk) -> None:
    told = desk.report([verdict(row) for row in desk.rows])
    counted = min(s["drawn"] * 400 / s["rows"] for s in told["strata"])
    assert told["leaks"] == {"rows": 0, "identifiers": 0, "share_of_rows": 0, "at_most": at_most(0, counted), "in": []}
    assert told["rows"]["counted_as"] == pytest.approx(counted, abs=0.05)
    assert "With 95% confidence no more than" in desk.said and "None found is not none" in desk.said


def test_leaks_are_counted_by_row_and_type_and_weighed_by_stratum(desk: Desk) -> None:
    masked = desk.masked()
    found = [[(0, 2, "PERSON"), (8, 10, "PHONE")], [(0, 2, "PERSON")], [(0, 2, "PERSON")]]
    leaks = {row["row"]: each for row, each in zip(masked, found, strict=False)}
    leaky = set(leaks)
    told = desk.report([verdict(row, leaks=leaks.get(row["row"], [])) for row in desk.rows])
    (stratum,) = [s for s in told["strata"] if s["masked"]]
    assert (stratum["leaking"], stratum["at_most"]) == (3, at_most(3, stratum["drawn"]))
    assert (told["leaks"]["rows"], told["leaks"]["identifiers"], set(told["leaks"]["in"])) == (3, 4, leaky)
    assert told["leaks"]["share_of_rows"] == pytest.approx(3 / stratum["drawn"] * 66 / 400)
    assert told["leaks"]["at_most"] == pytest.approx(stratified([34, 66, 300], [s["drawn"] for s in told["strata"]], 3))
    assert {kind: (t["leaks"], t["rows"]) for kind, t in told["types"].items() if t["leaks"]} == {
        "PERSON": (3, 3),
        "PHONE": (1, 1),
    }
    assert told["types"]["PERSON"]["replaced"] == len(masked)
    assert told["types"]["EMAIL"]["at_most"] < told["types"]["PHONE"]["at_most"] < told["types"]["PERSON"]["at_most"]


def test_replacements_that_need_not_have_been_are_counted_by_type(desk: Desk) -> None:
    masked = desk.masked()[:2]
    told = desk.report([verdict(row, over=[(2, 7, "PERSON")]) for row in masked])
    assert {kind: (t["over"], t["replaced"]) for kind, t in told["types"].items() if t["over"]} == {"PERSON": (2, 2)}
    assert told["leaks"]["rows"] == 0, "that is no leak"


def test_what_was_not_read_is_said_and_a_kind_of_which_nothing_was_is_taken_to_leak(desk: Desk) -> None:
    told = desk.report([verdict(row) for row in desk.masked()])
    assert told["rows"]["in_strata_not_read"] == 334
    assert told["leaks"]["at_most"] > 334 / 400
    assert [s["at_most"] for s in told["strata"] if not s["read"]] == [1.0, 1.0]
    assert "in the limit 334 rows of them count as leaking" in desk.said
    assert f"{100 - len(desk.masked())} drawn rows not read yet" in desk.said


def test_two_reviewers_are_compared_where_both_read_and_a_leak_of_either_counts(desk: Desk) -> None:
    rows = desk.rows[:10]
    one = [verdict(row, "R1", [(0, 2, "PERSON")] if k < 3 else []) for k, row in enumerate(rows)]
    two = [verdict(row, "R2", [(1, 3, "PERSON")] if k in (0, 1, 5) else []) for k, row in enumerate(rows[:8])]
    told = desk.report(one, two)
    (compared,) = told["reviewers_compared"]
    assert (compared["rows"], compared["agree"], compared["leaks"], compared["both"]) == (8, 6, [3, 3], 2)
    assert compared["kappa"] == pytest.approx((6 / 8 - (3 * 3 + 5 * 5) / 64) / (1 - (3 * 3 + 5 * 5) / 64))
    assert compared["overlooked_at_least"] == pytest.approx(4 * 4 / 3 - 1 - 4)
    assert told["leaks"]["rows"] == 4 and told["leaks"]["identifiers"] == 4
    assert told["reviewers"] == {"R1": 10, "R2": 8}


def test_of_two_verdicts_of_one_reviewer_on_one_row_the_later_counts(desk: Desk) -> None:
    row = desk.rows[0]
    early = verdict(row, leaks=[(0, 2, "PERSON")], at="2026-03-02T09:14:05+08:00")
    late = verdict(row, at="2026-03-02T02:00:00+00:00")  # an hour later, elsewhere
    for files in ([[early, late]], [[late, early]], [[late], [early]]):
        told = desk.report(*files)
        assert (told["leaks"]["rows"], told["verdicts_replaced"], told["rows"]["read"]) == (0, 1, 1)
        assert "1 verdict replaced by a later one" in desk.said


def bad(desk: Desk, **more: Any) -> bytes:
    return write(desk.folder / "made.jsonl", [verdict(desk.rows[0]) | more], desk.folder).read_bytes()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"sample": "0" * 16}, "another sample or another version"),
        ({"row": "d_nobody"}, "a row that sample.json does not have"),
        ({"row": ["d_nobody"]}, "a row that sample.json does not have"),
        ({"reviewer": "王医生"}, "no reviewer by an alias"),
        ({"reviewer": ""}, "no reviewer by an alias"),
        ({"verdict": "reject"}, "reject without a leak"),
        ({"verdict": "maybe"}, "reject without a leak, or accept with one"),
        ({"text": "郝建邦"}, "has not just the fields"),
        ({"at": "yesterday"}, "does not say when"),
        ({"at": "2026-03-02T09:14:05"}, "the offset from UTC"),
        ({"at": None}, "does not say when"),
        ({"leaks": "none"}, "are no list"),
        *[
            ({"verdict": "reject", "leaks": [{"path": "text", "start": 0, "end": 2, "type": "PERSON"} | one]}, says)
            for one, says in [
                ({"end": 10**6}, "beyond the end of the text"),
                ({"start": -1}, "beyond the end of the text"),
                ({"start": 2}, "one of no characters"),
                ({"end": 1.5}, "beyond the end of the text"),
                ({"start": False}, "beyond the end of the text"),
                ({"path": "title"}, "a text that the row does not have"),
                ({"path": ["text"]}, "a text that the row does not have"),
                ({"type": "NAME"}, "one of the types PERSON, PHONE"),
                ({"type": ["PERSON"]}, "one of the types PERSON, PHONE"),
                ({"text": "郝建邦"}, "a place that is not path, start, end"),
            ]
        ],
    ],
)
def test_a_line_that_does_not_fit_the_sample_is_named_and_nothing_is_counted(
    more: dict[str, Any], says: str, desk: Desk
) -> None:
    good = write(desk.folder / "good.jsonl", [verdict(desk.rows[1])], desk.folder).read_bytes()
    told = desk.refused(good + bad(desk, **more))
    assert "bad.jsonl line 2 " in told and says in told
    assert "郝建邦" not in told and "王医生" not in told


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        (lambda content: content[: len(content) // 2], "line 1 is not whole"),
        (lambda content: content + content[:-20], "line 2 is not whole"),
        (lambda content: content + b"[" * 100_000, "line 2 is not whole"),
        (lambda content: content + b"7\n", "line 2 has not just the fields"),
        (lambda content: content.decode().encode("utf-16"), "is not UTF-8"),
        (lambda _: b"", "there is no verdict in"),
        (lambda _: b"\n\n", "there is no verdict in"),
    ],
)
def test_a_file_that_was_cut_off_or_altered_is_refused(cut: Callable[[bytes], bytes], says: str, desk: Desk) -> None:
    assert says in desk.refused(cut(bad(desk)))


def test_a_sample_must_be_there_and_be_that_of_this_version(desk: Desk, tmp_path: Path, ask: Ask) -> None:
    path = write(desk.folder / "v.jsonl", [verdict(desk.rows[0])], desk.folder)
    nowhere = ask("--verdicts", path, "-o", tmp_path / "nowhere")
    assert nowhere.code == 1 and "Draw a sample first" in nowhere.err
    missing = ask("--verdicts", desk.folder / "none.jsonl", "-o", desk.folder)
    assert missing.code == 1 and "none.jsonl" in missing.err
    other = ask("--verdicts", path, "-o", desk.folder, at=Place_(tmp_path / "new", cases=CASES[:50]))
    assert other.code == 1 and "was drawn from notes@" in other.err
    told = sample_in(desk.folder)
    told["strata"][0]["rows"] = 5
    (desk.folder / "sample.json").write_text(json.dumps(told), "utf-8")
    altered = ask("--verdicts", path, "-o", desk.folder)
    assert altered.code == 1 and "is not the sample that was written" in altered.err


# ---- patterns and taggers ------------------------------------------------------------------------------------------


def test_patterns_and_taggers_are_an_alarm_by_type_over_the_whole_corpus(tmp_path: Path, ask: Ask) -> None:
    texts = (
        ["{PERSON named+lac}好"] * 20 + ["{PERSON roster}好"] * 10 + ["{PERSON tagger}{PERSON lac+tagger}好"] * 5
        + ["{ORG lac}好{ORG employer}"] * 2 + ["{PHONE mobile}好"] * 3
    )  # fmt: skip
    place = Place_(tmp_path, cases=texts)
    assert ask("--rows", 5, "-o", tmp_path / "out", at=place).code == 0
    rows = sample_in(tmp_path / "out")["rows"]
    path = write(tmp_path / "v.jsonl", [verdict(row) for row in rows], tmp_path / "out")
    said = ask("--verdicts", path, "-o", tmp_path / "out", at=place)
    told = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["detectors"]
    assert set(told) == {"PERSON", "ORG"}, "nobody tags telephones"
    person, org = told["PERSON"], told["ORG"]
    assert (person["patterns"], person["taggers"], person["both"]) == (30, 30, 20)
    assert person["overlooked_at_least"] == pytest.approx(31 * 31 / 21 - 1 - 40)
    assert person["alarm"] and org["alarm"]
    assert org["overlooked_at_least"] is None, "they share nothing, so nothing can be said"
    assert re.search(r"PERSON .* ALARM", said.out) and "nothing found by both" in said.out


# ---- the report ----------------------------------------------------------------------------------------------------


def test_the_report_says_which_clauses_were_read_and_what_is_out_of_scope(desk: Desk) -> None:
    desk.report([verdict(row) for row in desk.rows])
    text = (desk.folder / "report.html").read_text("utf-8")
    page = parsed(text)
    shown = page.section("standards").text
    for name, (zh, en) in standards.READ.items():
        assert name in shown and zh in shown and en in shown
    assert "no clause was read" in shown and "from memory" in shown
    tables = [t.all("tbody")[0].all("tr") for t in page.section("standards").all("table")]
    assert [len(rows) for rows in tables] == [18, 22]
    assert "Biometrics" in page.section("scope").text and "narrative is unique" in page.section("scope").text
    assert not re.search(r"https?:|<script|<link|<img", text)
    assert "No text of a row is on this page." in page.text


def test_every_type_has_its_place_in_the_laws() -> None:
    assert set(FOUND) == set(standards.CHINA) == set(TYPES) - {OTHER}
    assert {kind for _, _, types in standards.HIPAA.values() for kind in types} == set(FOUND)
    assert "".join(standards.HIPAA) == "ABCDEFGHIJKLMNOPQR"
    assert {letter for letter, (_, _, types) in standards.HIPAA.items() if not types} == set(standards.NOT_OURS)
    assert standards.letters("ID_CARD") == ["G", "K"]


# ---- in a browser --------------------------------------------------------------------------------------------------


def test_a_physician_marks_rows_in_a_browser_and_takes_places_and_types_along(
    browser: Browser, ask: Ask, tmp_path: Path
) -> None:
    place, out = Place_(tmp_path, cases=[CASE.replace("随访", LEFT)] * 6), tmp_path / "out"
    assert ask("--rows", 6, "-o", out, at=place).code == 0
    text = (place.built.rows().collect())["text"][0]
    browser.open(out / "page.html")
    assert browser.js("document.getElementById('types').hidden")
    browser.select(0, LEFT)
    browser.press("Digit1")
    browser.select(0, "咳嗽")
    browser.press("Digit0", "KeyZ")  # and taken back
    assert browser.js("[...document.querySelectorAll('article ins')].map(e => e.textContent).join()") == LEFT
    browser.press("KeyD")
    browser.js("document.querySelectorAll('article')[1].querySelectorAll('mark')[1].click()")
    browser.press("KeyD", "KeyD")
    assert browser.js("document.getElementById('count').textContent") == "3 / 6"
    assert browser.js("document.getElementById('download').disabled"), "nobody has said who it was"
    name = "document.getElementById('reviewer')"
    for alias, valid in (("王医生", False), ("R07", True)):
        browser.js(f"{name}.value = {json.dumps(alias)}; {name}.dispatchEvent(new Event('change'))")
        assert browser.js("!document.getElementById('download').disabled") == valid
    browser.reload()
    assert browser.js("document.getElementById('count').textContent") == "3 / 6", "it is kept"
    assert browser.js(f"{name}.value") == "R07"
    shelves = browser.js("JSON.stringify(localStorage)")
    assert not [word for word in (LEFT, "复诊", "咳嗽") if word in shelves]
    assert browser.js(
        "[...document.querySelectorAll('.text')].every(t => t.textContent.length === t.chars.join('').length)"
    )
    browser.js("document.getElementById('download').click()")
    browser.wait("Browser.downloadProgress", state="completed")
    content = (tmp_path / "verdicts.jsonl").read_text("utf-8")
    assert not [word for word in (LEFT, "姓名", "复诊") if word in content]
    first, second, third = map(json.loads, content.splitlines())
    (leak,) = first["leaks"]
    assert text[leak["start"] : leak["end"]] == LEFT, "counted in characters, behind an emoji and a carriage return"
    (over,) = second["over"]
    assert text[over["start"] : over["end"]] == "[电话1]" and over["type"] == "PHONE"
    assert (third["verdict"], third["leaks"], third["over"]) == ("accept", [], [])
    assert browser.faults() == []
    said = ask("--verdicts", tmp_path / "verdicts.jsonl", "-o", out, at=place)
    assert said.code == 0, said.err
    told = json.loads((out / "report.json").read_text("utf-8"))
    assert (told["rows"]["read"], told["leaks"]["identifiers"], told["types"]["PHONE"]["over"]) == (3, 1, 1)
    assert told["reviewers"] == {"R07": 3}


# ---- with the stage itself -----------------------------------------------------------------------------------------


def test_what_scrub_has_masked_is_marked_where_it_stands(ask: Ask, tmp_path: Path) -> None:
    note = "姓名：郝建邦　性别：男　年龄：93岁　电话：13905537162\n主诉：反复咳嗽20余年。\n郝建邦夜间不能平卧。"
    scrub = Scrub(policy="high_recall", operators={"DATE": "keep", "HOSPITAL": {"balanced": "keep"}})
    place = Place_(tmp_path, stages=[scrub], cases=[note] * 4)
    _, page = page_of(ask, tmp_path / "out", at=place)
    assert "The recipe keeps on purpose: DATE, HOSPITAL." in page.text
    row = place.built.rows().head(1).collect().row(0, named=True)
    for article in page.all("article"):
        marks = article.all("mark")
        assert [mark.attributes["data-type"] for mark in marks] == row["masked"]
        assert {mark.text for mark in marks} >= {"[姓名1]", "[电话1]", "90岁以上"}
        starts = [int(str(mark.attributes["data-at"]).split("-")[0]) for mark in marks]
        assert all(one < other for one, other in pairwise(starts))
    spans = pl.read_parquet(tmp_path / "out" / "spans.parquet")
    assert spans.height == 4 * len(row["masked"])
    assert set(spans["policy"]) == {"high_recall"}
