"""No row disappears without a reason, and none appears without a parent."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Local, Sample, Stage, Survey, build, children, knob
from medgo_data import open as open_built
from medgo_data.corpus import GateError
from medgo_data.part import StageError
from medgo_data.schema import SchemaError
from medgo_data.sources import JsonLines
from medgo_data.stage import LawError, Shard, spec
from medgo_data.store import Store
from medgo_data.why import why
from tests.conftest import manifest, write_leaflets

MASKED = ["subject", "scrubbed", "masked", "masked_at"]


@dataclass(frozen=True, kw_only=True)
class Loses(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.head(docs.height - 1)


@dataclass(frozen=True, kw_only=True)
class Conjures(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([docs, docs.head(1).with_columns(id=pl.lit("from/nothing#0-0"))])


@dataclass(frozen=True, kw_only=True)
class Doubles(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([docs, docs.head(1)])


@dataclass(frozen=True, kw_only=True)
class Misnames(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([docs, docs.head(1).with_columns(parent=pl.col("id"), id=pl.lit("whose/child#0-0"))])


@dataclass(frozen=True, kw_only=True)
class Tells(Stage):
    """A reason that quotes the row would carry a patient's words into the ledger."""

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(drop=pl.col("text"))


@dataclass(frozen=True, kw_only=True)
class Flags(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(drop=pl.col("text").str.len_chars() < 50)


@dataclass(frozen=True, kw_only=True)
class Forgets(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.drop("drop")


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (Loses(), "Loses lost 1 rows, the first is 'leaflets/l"),
        (Conjures(), "made 1 rows from nothing"),
        (Doubles(), "two rows that are both called"),
        (Misnames(), "did not name"),
        (Tells(), "a reason that is not a name"),
        (Flags(), "set `drop` to Boolean: it holds the reason"),
        (Forgets(), "without the column `drop`"),
    ],
)
@pytest.mark.parametrize("engine", [Here(), Local(2)], ids=["here", "local"])
def test_rows_are_conserved(stage: Stage, says: str, engine: Here | Local, leaflets: JsonLines, tmp_path: Path) -> None:
    with pytest.raises(LawError, match=says) as told:
        build(Corpus("c", [leaflets], [stage]), tmp_path / "root", engine)
    assert "药品" not in str(told.value)
    assert not list((tmp_path / "root").glob("c/*/manifest.json"))


@dataclass(frozen=True, kw_only=True)
class Asks(Stage):
    """Two questions for each leaflet, which has then done its work."""

    gives = "chat"

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        talk = [
            [{"messages": [{"role": "user", "content": q}]} for q in ("怎么吃？", "有什么禁忌？")]
            for _ in range(docs.height)
        ]
        return pl.concat([docs.with_columns(drop=pl.lit("used")), children(self, docs, talk)], how="diagonal_relaxed")


def test_born_rows_are_named_after_their_parents_and_counted(leaflets: JsonLines, tmp_path: Path) -> None:
    built = build(Corpus("talk", [leaflets], [Clean(min_chars=20), Asks()]), tmp_path, Here())
    asked = manifest(built)["funnel"][2]
    assert asked == {
        "stage": "Asks",
        "rows_in": 144,
        "born": 288,
        "dropped": {"used": 144},
        "against": {},
        "masked": {},
        "asked": {},
        "rows_out": 288,
    }
    rows = open_built(tmp_path, "talk").rows().collect()
    written = ["made", "context", "context_at", "quotes", "cites", "about", "scores", "review", "reviewed"]
    before = ["id", "parent", "source", "license", "category", "messages"]
    assert rows.columns == [*before, *written, "leak", "leak_at", *MASKED]
    assert rows[1, "id"] == "leaflets/l000.jsonl#0-0>Asks.1"
    assert rows[1, "parent"] == "leaflets/l000.jsonl#0-0"
    assert rows[1, "license"] == "public"


def test_a_shard_in_which_everything_was_refused_still_has_its_columns(leaflets: JsonLines, tmp_path: Path) -> None:
    build(Corpus("none", [leaflets], [Clean(min_chars=10_000), Asks(), Dedup(column="id")]), tmp_path, Here())
    rows = open_built(tmp_path, "none").rows().collect()
    assert rows.height == 0
    assert rows.schema["messages"] == pl.List(pl.Struct({"role": pl.String, "content": pl.String}))


@dataclass(frozen=True, kw_only=True)
class Adds(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(verdict=pl.lit(0.5))


@dataclass(frozen=True, kw_only=True)
class Empties(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(text=pl.lit(None, pl.String))


@dataclass(frozen=True, kw_only=True)
class Counts(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.with_columns(title=pl.struct(n="text"))


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (Adds(), "Adds hands over a column 'verdict' that the schema 'document' does not declare"),
        (Empties(), "Empties hands over rows without 'text', the first is 'leaflets/"),
        (Counts(), "Counts hands over 'title' as Struct"),
    ],
)
def test_what_is_not_declared_is_not_written(stage: Stage, says: str, leaflets: JsonLines, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=says) as told:
        build(Corpus("c", [leaflets], [stage]), tmp_path, Here())
    assert "药品" not in str(told.value)


@dataclass(frozen=True, kw_only=True)
class Breaks(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        raise ValueError("cannot read: " + docs[0, "text"])


@pytest.mark.parametrize("engine", [Here(), Local(2)], ids=["here", "local"])
def test_an_error_of_a_stage_is_placed_and_quotes_no_row(
    engine: Here | Local,
    leaflets: JsonLines,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(
        StageError, match=r"Breaks raised ValueError at .*test_laws.py:\d+ while it worked on leaflets/l00"
    ) as told:
        build(Corpus("c", [leaflets], [Breaks()]), tmp_path, engine)
    out, err = capfd.readouterr()
    cause = told.value.__cause__  # a worker's traceback, as text
    assert "药品" not in f"{told.value}{cause}{out}{err}{caplog.text}"


def test_the_ledger_holds_no_text(leaflets: JsonLines, tmp_path: Path) -> None:
    folder = build(
        Corpus("c", [leaflets], [Clean(min_chars=20), Dedup(at_least=None), Sample(others=50)]), tmp_path, Here()
    )
    ledger = open_built(tmp_path, "c").dropped().collect()
    assert ledger.columns == ["id", "stage", "reason", "kept", "score", "span"]
    assert set(ledger["reason"]) == {"too_short", "duplicate", "over_quota"}
    for path in (folder / "dropped").iterdir():
        assert "用法用量".encode() not in path.read_bytes()


def test_every_row_ever_read_is_in_a_shard_or_in_the_ledger_and_never_in_both(
    leaflets: JsonLines, tmp_path: Path
) -> None:
    build(Corpus("c", [leaflets], [Clean(min_chars=20), Dedup(at_least=None), Sample(others=50)]), tmp_path, Local(2))
    built = open_built(tmp_path, "c")
    kept, gone = built.rows().collect()["id"], built.dropped().collect()["id"]
    read = {f"leaflets/l{k:03d}.jsonl#0-{n}" for k in range(4) for n in range(40)}
    assert set(kept) | set(gone) == read
    assert len(kept) + len(gone) == len(read)


def test_of_two_copies_the_first_stays_and_the_ledger_names_it(tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw")
    trusted = JsonLines(name="trusted", files=f"{tmp_path}/raw/l003.jsonl", license="x", fields={"text": "body"})
    other = JsonLines(name="other", files=f"{tmp_path}/raw/*.jsonl", license="x", fields={"text": "body"})
    build(Corpus("c", [trusted, other], [Dedup(at_least=None)]), tmp_path / "root", Here())
    built = open_built(tmp_path / "root", "c")
    rows, gone = built.rows().collect(), built.dropped().collect()
    assert rows["text"].n_unique() == rows.height
    assert set(gone.filter(pl.col("id").str.starts_with("other/l003"))["kept"].str.slice(0, 8)) == {"trusted/"}
    assert gone["kept"].is_in(rows["id"].implode()).all()


def test_a_quota_is_kept_by_source_and_the_same_rows_are_drawn_whoever_builds(tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw")
    a = JsonLines(name="a", files=f"{tmp_path}/raw/l00[01].jsonl", license="x", fields={"text": "body"})
    b = JsonLines(name="b", files=f"{tmp_path}/raw/l00[23].jsonl", license="x", fields={"text": "body"})
    corpus = Corpus("c", [a, b], [Sample(quota={"a": 7}, others=0)])
    build(corpus, tmp_path / "one", Here())
    build(corpus, tmp_path / "two", Local(2))
    drawn = open_built(tmp_path / "one", "c").rows().collect()
    assert dict(drawn["source"].value_counts().rows()) == {"a": 7}
    assert drawn.equals(open_built(tmp_path / "two", "c").rows().collect())


@dataclass(frozen=True, kw_only=True)
class Mutters(Survey):
    def sketch(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs.select("id")

    def settle(self, shards: list[Shard], engine: object, out: Path) -> None:
        shards[0].tell(out, pl.DataFrame({"row": []}))


def test_a_survey_tells_every_shard(leaflets: JsonLines, tmp_path: Path) -> None:
    with pytest.raises(LawError, match="Mutters settled without a word about shard 1 and 2 others"):
        build(Corpus("c", [leaflets], [Mutters()]), tmp_path, Here())


@dataclass(frozen=True, kw_only=True)
class Wash(Stage):
    marks = frozenset({"scrubbed"})

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs


@dataclass(frozen=True, kw_only=True)
class CallsAbroad(Stage):
    needs = frozenset({"scrubbed"})

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs


def test_a_gate_is_shut_to_rows_that_were_not_scrubbed(leaflets: JsonLines) -> None:
    with pytest.raises(GateError, match="CallsAbroad works only on rows that are scrubbed"):
        Corpus("c", [leaflets], [CallsAbroad()])
    washed = Corpus("washed", [leaflets], [Wash()])
    assert Corpus("c", [washed], [CallsAbroad()]).marks == {"scrubbed"}
    with pytest.raises(GateError, match="scrubbed"):  # one clean input does not clean the other
        Corpus("c", [washed, replace(leaflets, name="others")], [CallsAbroad()])


@dataclass(frozen=True, kw_only=True)
class Turns(Stage):
    workers: int = knob(1)
    rule: object = None


def test_what_has_no_stable_spelling_cannot_decide_a_row() -> None:
    assert spec(Turns(workers=9)) == spec(Turns())
    assert spec(Clean(repair=True)) == spec(Clean())
    assert spec(Clean(min_chars=21)) != spec(Clean())
    for unstable in (lambda: 1, {1, 2}, Path("x"), float("nan"), {1: "x"}):
        with pytest.raises(TypeError, match="no stable spelling"):
            spec(Turns(rule=unstable))


class Undecorated(Stage):
    at_least: float = 0.5


def test_a_field_that_the_fingerprint_would_miss_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"Undecorated\.at_least is not a field: put @dataclass"):
        spec(Undecorated())


def test_no_row_can_come_in_twice(leaflets: JsonLines) -> None:
    tidy = Corpus("tidy", [leaflets], [Clean()])
    with pytest.raises(ValueError, match="the rows of leaflets would come in twice, by 'tidy' and by 'leaflets'"):
        Corpus("c", [tidy, leaflets])
    talk = Corpus("talk", [tidy], [Asks()])
    with pytest.raises(ValueError, match="the rows of leaflets > Asks would come in twice"):
        Corpus("c", [talk, Corpus("again", [leaflets], [Asks()])])


def test_a_stage_that_comes_twice_is_told_apart(leaflets: JsonLines, tmp_path: Path) -> None:
    folder = build(
        Corpus("c", [leaflets], [Clean(min_chars=20), Dedup(at_least=None), Clean(min_chars=52), Sample()]),
        tmp_path,
        Here(),
    )
    assert [line["stage"] for line in manifest(folder)["funnel"]] == ["read", "Clean", "Dedup", "Clean 2", "Sample"]
    gone = open_built(tmp_path, "c").dropped().filter(pl.col("stage") == "Clean 2").collect()
    assert gone.height
    assert why(Store(tmp_path), gone[0, "id"])[0].passed == ["read", "Clean", "Dedup"]


def test_what_is_missing_is_like_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"text": "甲"}\n{"text": "乙"}\n{"text": "丙", "title": "同"}\n{"text": "丁", "title": "同"}\n'
    )
    a = JsonLines(name="a", files=f"{tmp_path}/a.jsonl", license="x")
    build(Corpus("c", [a], [Dedup(column="title")]), tmp_path, Here())
    assert open_built(tmp_path, "c").rows().collect()["text"].to_list() == ["甲", "乙", "丙"]
    build(Corpus("d", [a], [Clean(min_chars=1, column="title")]), tmp_path, Here())
    assert open_built(tmp_path, "d").rows().collect()["text"].to_list() == ["丙", "丁"]
