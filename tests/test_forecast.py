"""How long a corpus would take: arithmetic on measured rates, for machines that may be short of cores, disks, network or memory."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from medgo_data import Corpus, Here, build, cli, forecast
from medgo_data.forecast import BUSY, BYTES_A_TOKEN, Cluster, Rates, own, predict, rates, shipped, warnings
from medgo_data.store import Store
from tests.conftest import leaflets_in

RATES = Rates(
    said_by="invented",
    each_row=0.03,
    meeting=0.01,
    again=0.01,
    scrubbing={"balanced": 0.95, "high_recall": 1.95},
    drafts=1.0,
    sketches=0.25,
    shards=0.5,
    memory={"none": 0.5, "balanced": 1.0, "high_recall": 1.0},
    start=0.0,
)
TOKENS = 1e12 / BYTES_A_TOKEN  # a million MB


@pytest.mark.parametrize(("policy", "seconds"), [(None, 0.05e6), ("balanced", 1e6), ("high_recall", 2e6)])
def test_core_hours_are_what_a_megabyte_takes_times_the_megabytes(policy: str | None, seconds: float) -> None:
    told = predict(TOKENS, policy, Cluster(cores=10, disk=1e6), RATES)
    assert told.core_hours == pytest.approx(seconds / 3600)
    assert told.hours == pytest.approx(seconds / 3600 / 10 / BUSY)
    assert told.limited_by == "cores"


def test_more_machines_take_fewer_hours_and_as_many_core_hours() -> None:
    one, ten = (predict(TOKENS, "balanced", Cluster(cores=8, nodes=n, disk=1e6, network=1e6), RATES) for n in (1, 10))
    assert ten.hours == pytest.approx(one.hours / 10)
    assert ten.core_hours == pytest.approx(one.core_hours)
    assert (one.moved, ten.moved) == (0, pytest.approx(0.25 * 1000 * 0.9))  # GB: nine of ten sketches lie elsewhere


def test_a_slow_disk_or_network_is_said_to_be_what_limits() -> None:
    many = Cluster(cores=64, nodes=16)
    assert predict(TOKENS, None, replace(many, disk=0.01), RATES).limited_by == "disks"
    assert predict(TOKENS, None, replace(many, disk=1e6, network=1e-3), RATES).limited_by == "network"


def test_what_does_not_fit_into_memory_is_said() -> None:
    small = Cluster(cores=8, memory=16)
    (workers,) = warnings(predict(1e9, "balanced", replace(small, cores=64), RATES), replace(small, cores=64))
    assert "64 GB of memory are wanted" in workers
    assert "take fewer of them" in workers
    (rows,) = warnings(predict(10e12, None, small, RATES), small)
    assert "rows meet" in rows
    assert list(warnings(predict(1e9, None, small, RATES), small)) == []


def test_the_rates_that_are_shipped_are_measured_ones() -> None:
    told = json.loads(forecast.RATES.read_text("utf-8"))
    assert told["megabytes"] >= 100
    assert told["measured"] >= "2026-11-22"
    by = shipped()
    assert by == rates(told)
    assert 0 < by.meeting < by.each_row < by.scrubbing["balanced"] < by.scrubbing["high_recall"]


@pytest.mark.parametrize("cluster", [{"cores": 0}, {"cores": 2, "disk": 0}, {"cores": 2, "nodes": -1}])
def test_machines_that_do_nothing_are_refused(cluster: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="does nothing"):
        Cluster(**cluster)


def test_a_build_of_ones_own_gives_rates_of_ones_own(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"
    folder = build(Corpus("leaflets", [leaflets_in(raw)]), root, Here())
    assert own(Store(root)) is None  # too little was read to tell
    monkeypatch.setattr(forecast, "ENOUGH", 1)
    run = json.loads((folder / "run.json").read_text("utf-8"))
    size = sum(path.stat().st_size for path in raw.iterdir())
    assert abs(run["passes"][0]["bytes"] - size) < 4  # whole bytes of each part
    told = own(Store(root))
    assert told is not None
    assert told[0] == f"leaflets@{folder.name}"
    assert told[1] == pytest.approx(sum(one["seconds"] for one in run["passes"]) / (run["passes"][0]["bytes"] / 1e6))
    run["passes"][0]["reused"] = 1  # of such a run nobody knows how much it did
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    assert own(Store(root)) is None


def test_plan_predicts_for_people_and_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(*words: object) -> str:
        with pytest.raises(SystemExit):
            cli.main(["plan", "--root", str(tmp_path / "data"), *map(str, words)])
        return "".join(capsys.readouterr())

    said = ask("--cores", 64, "--nodes", 16, "--memory", 256, "--price", 0.05)
    for word in ("14 B", "10 T", "high_recall", "docs/scale.md", "rows meet"):
        assert word in said
    told = json.loads(ask("--cores", 2, "--tokens", "14e9", "--disk", "0.5", "--json"))
    assert [one["policy"] for one in told["predicted"]] == [None, "balanced", "high_recall"]
    assert told["own"] is None
    assert "wants a recipe, or --cores" in ask()
