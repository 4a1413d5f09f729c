"""A row that kills the process which takes it: found in halves, dropped with its reason, and no other row is the worse for it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Local, Sample, Source, build
from medgo_data import open as open_built
from medgo_data.engine import WorkerLostError
from medgo_data.part import StageError
from medgo_data.sources import JsonLines
from medgo_data.store import sha256
from tests.conftest import leaflets_in, manifest, write_leaflets
from tests.test_builds import Passes

pytestmark = pytest.mark.faults


@dataclass(frozen=True, kw_only=True)
class Fragile(Passes):
    """Breaks as native code breaks, over certain rows."""

    rows: tuple[str, ...] = ()
    signal: int = signal.SIGSEGV
    always: bool = False

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        if self.always or docs["id"].is_in(self.rows).any():
            os.kill(os.getpid(), self.signal)
        return docs


@dataclass(frozen=True, kw_only=True)
class FragileSample(Sample):
    """The same of a survey, over the rows that it found something about."""

    rows: tuple[str, ...] = ()

    def __call__(self, docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
        if docs["id"].is_in(self.rows).any():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(docs, found)


@dataclass(frozen=True, kw_only=True)
class Greedy(Passes):
    """Wants memory for all rows of a batch at once, and dies where there is none."""

    at_most: int = 8

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        if docs.height > self.at_most:
            os.kill(os.getpid(), signal.SIGKILL)
        return docs


BAD = ("leaflets/l001.jsonl#0-7", "leaflets/l003.jsonl#0-31", "leaflets/l003.jsonl#0-32")


@pytest.mark.slow
def test_a_row_that_kills_its_worker_is_named_and_dropped_and_no_other_is(raw: Path, tmp_path: Path) -> None:
    stages = [Clean(min_chars=20), Fragile(rows=BAD), Passes()]
    with Local(2, tries=1) as engine:
        folder = build(Corpus("tidy", [leaflets_in(raw)], stages), tmp_path / "root", engine)
    built, line = open_built(tmp_path / "root", "tidy"), manifest(folder)["funnel"][2]
    gone = built.dropped().filter(pl.col("reason") == "kills_worker").collect()
    assert (line["stage"], line["dropped"]) == ("Fragile", {"kills_worker": 3})
    assert sorted(gone["id"]) == sorted(BAD) and set(gone["stage"]) == {"Fragile"}
    undisturbed = build(
        Corpus("tidy", [leaflets_in(raw)], [Clean(min_chars=20), Passes(), Passes()]), tmp_path / "other", Here()
    )
    rows = pl.scan_parquet(undisturbed / "*.parquet").filter(~pl.col("id").is_in(BAD)).collect()
    assert built.rows().collect().equals(rows)
    for whole in ("part-00000.parquet", "part-00002.parquet"):
        assert sha256(folder / whole) == sha256(undisturbed / whole)


@pytest.mark.slow
def test_a_survey_may_break_too(raw: Path, tmp_path: Path) -> None:
    with Local(2, tries=1) as engine:
        stages = [Dedup(at_least=None), FragileSample(others=100, rows=BAD[:1])]
        folder = build(Corpus("tidy", [leaflets_in(raw)], stages), tmp_path / "root", engine)
    line = manifest(folder)["funnel"][-1]
    assert (line["stage"], line["dropped"]["kills_worker"]) == ("FragileSample", 1)
    assert line["rows_in"] == line["rows_out"] + sum(line["dropped"].values())


@pytest.mark.slow
def test_what_only_all_rows_together_kill_loses_none(raw: Path, tmp_path: Path) -> None:
    with Local(2, tries=1) as engine:
        folder = build(Corpus("tidy", [leaflets_in(raw)], [Greedy(at_most=20)]), tmp_path / "root", engine)
    assert manifest(folder)["funnel"][1]["dropped"] == {}
    assert manifest(folder)["rows"] == 160


@pytest.mark.slow
def test_a_stage_that_dies_without_a_row_blames_none(raw: Path, tmp_path: Path) -> None:
    corpus = Corpus("tidy", [leaflets_in(raw, files=f"{raw}/l00[01].jsonl")], [Fragile(always=True)])
    with Local(2, tries=1) as engine, pytest.raises(WorkerLostError, match=r"Fragile is killed with no row at all"):
        build(corpus, tmp_path / "root", engine)


@pytest.mark.slow
def test_a_killer_may_stop_the_build_instead(raw: Path, tmp_path: Path) -> None:
    corpus = Corpus("tidy", [leaflets_in(raw)], [Fragile(rows=BAD)])
    with Local(2, tries=2) as engine, pytest.raises(WorkerLostError, match="run again") as told:
        build(corpus, tmp_path / "root", engine, killers="stop")
    assert sorted(task.part.of["file"] for task in told.value.items) == ["l001.jsonl", "l003.jsonl"]


@pytest.mark.slow
def test_an_error_of_its_own_still_stops_the_build(raw: Path, tmp_path: Path) -> None:
    corpus = Corpus("tidy", [leaflets_in(raw)], [Fragile(rows=BAD[:1]), Raises()])
    with Local(2, tries=1) as engine, pytest.raises(StageError, match="Raises raised KeyError") as told:
        build(corpus, tmp_path / "root", engine)
    assert "药" not in str(told.value)


@dataclass(frozen=True, kw_only=True)
class Raises(Passes):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        if docs["id"].str.starts_with("leaflets/l001").any():
            raise KeyError(docs[0, "text"])
        return docs


@dataclass(frozen=True)
class Scans(Source):
    """A file is one document; a broken one breaks its reader."""

    version: ClassVar[int] = 1
    fields: dict[str, str] = field(default_factory=dict)

    def read(self, piece: object) -> Iterator[pl.DataFrame]:
        text = piece.raw.path.read_text("utf-8")  # type: ignore[attr-defined]
        if "broken" in text:
            os.kill(os.getpid(), signal.SIGABRT)
        yield pl.DataFrame({"record": [0], "text": [text], "drop": pl.Series([None], dtype=pl.String)})


@pytest.mark.slow
def test_a_document_that_nobody_can_read_goes_as_one_row(tmp_path: Path) -> None:
    for n, text in enumerate(("头痛三日。", "broken", "咳嗽两周。")):
        (tmp_path / f"{n}.scan").write_text(text, "utf-8")
    scans = Scans(name="scans", files=f"{tmp_path}/*.scan", license="public")
    with Local(2, tries=2) as engine:
        folder = build(Corpus("scans", [scans], [Passes()]), tmp_path / "root", engine)
    told = manifest(folder)
    assert told["funnel"][0]["dropped"] == {"kills_worker": 1}
    assert [(f["records"], f["dropped"]) for f in told["inputs"][0]["files"]] == [
        (1, {}),
        (1, {"kills_worker": 1}),
        (1, {}),
    ]
    assert open_built(tmp_path / "root", "scans").dropped().collect()["id"].to_list() == ["scans/1.scan#0-0"]


@dataclass(frozen=True)
class BrokenLines(JsonLines):
    """Its reader does not survive a certain line."""

    def read(self, piece: object) -> Iterator[pl.DataFrame]:
        if piece.raw.name == "l001.jsonl":  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGABRT)
        yield from super().read(piece)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_file_of_many_records_that_nobody_can_read_is_named(raw: Path, tmp_path: Path) -> None:
    lines = BrokenLines(name="leaflets", files=f"{raw}/*.jsonl", license="public", fields={"text": "body"})
    with (
        Local(2, tries=1) as engine,
        pytest.raises(WorkerLostError, match=r"read leaflets/l001\.jsonl/0 was killed.*leave it out"),
    ):
        build(Corpus("tidy", [lines], [Passes()]), tmp_path / "root", engine)


# ---- engines: what is lost, and what is not --------------------------------------------------------------------------


@dataclass
class Dies:
    """Squares numbers, and dies of some of them, of others only the first time."""

    of: tuple[int, ...] = ()
    once: tuple[int, ...] = ()
    folder: Path = Path()

    def __call__(self, number: int) -> int:
        first = self.folder / f"{number}.died"
        if number in self.of or (number in self.once and not first.exists()):
            first.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number


@pytest.mark.slow
def test_all_else_is_done_before_a_lost_item_is_told(tmp_path: Path) -> None:
    done: list[int] = []
    with Local(2, tries=2) as engine:
        with pytest.raises(WorkerLostError) as told:
            done.extend(engine.map(Dies(of=(3,), once=(5,), folder=tmp_path), range(12)))
        assert told.value.items == (3,)
        assert sorted(done) == [n * n for n in range(12) if n != 3]
        assert sorted(engine.map(abs, [-1, -2])) == [1, 2], "and the engine is as good as new"


def test_one_row_that_kills_its_worker_costs_itself_alone(tmp_path: Path) -> None:
    write_leaflets(tmp_path / "raw", files=2, rows=4)
    with Local(2, tries=1) as engine:
        corpus = Corpus("tidy", [leaflets_in(tmp_path / "raw")], [Fragile(rows=("leaflets/l001.jsonl#0-2",))])
        folder = build(corpus, tmp_path / "root", engine)
    assert (
        manifest(folder)["funnel"][1] | {"dropped": {"kills_worker": 1}, "rows_out": 7} == manifest(folder)["funnel"][1]
    )


def test_an_item_that_dies_once_is_none_the_wiser(tmp_path: Path) -> None:
    with Local(2) as engine:
        assert sorted(engine.map(Dies(once=(0, 7), folder=tmp_path), range(8))) == [n * n for n in range(8)]


@pytest.mark.slow
def test_killers_cost_the_square_of_nothing(tmp_path: Path) -> None:
    """A batch of a thousand rows is halved ten times, not tried a thousand times."""
    rows = [json.dumps({"body": f"【用法用量】口服，第{n}号方，饭后服用。"}, ensure_ascii=False) for n in range(1000)]
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.jsonl").write_text("\n".join(rows), "utf-8")
    (raw / "b.jsonl").write_text("\n".join(rows[:10]), "utf-8")
    counted = Counts(rows=("leaflets/a.jsonl#0-637",), folder=str(tmp_path))
    with Local(2, tries=2) as engine:
        folder = build(Corpus("tidy", [leaflets_in(raw)], [counted]), tmp_path / "root", engine)
    assert manifest(folder)["funnel"][1]["dropped"] == {"kills_worker": 1}
    deaths = len(list(tmp_path.glob("*.death")))
    assert deaths <= 1 + 2 + int(np.ceil(np.log2(1000))) + 2, "all together, alone, halved, and itself"


@dataclass(frozen=True, kw_only=True)
class Counts(Fragile):
    """Leaves a note when it dies."""

    folder: str

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        if docs["id"].is_in(self.rows).any():
            (Path(self.folder) / f"{os.getpid()}.death").touch()
        return super().__call__(docs)
