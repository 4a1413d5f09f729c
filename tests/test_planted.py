"""The benchmark of the whole pipeline: its corpus is the same for the same seed, and what is planted in it lies where the key says."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def corpus() -> Iterator[ModuleType]:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import corpus

        corpus.BATCH_MB = (
            1  # megabytes are made at once: several times in each small file, for a copy is of an earlier one
        )
        yield corpus
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def made(corpus: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    corpus.write(folder, 24)
    return folder


def _hashes(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _texts(folder: Path) -> dict[str, str]:
    """Every text that is in JSON Lines, by the name that its row will have."""
    found = {}
    for file in sorted(folder.glob("papers/*")):
        for number, line in enumerate(file.read_text("utf-8").splitlines()):
            found[f"papers/{file.name}#0-{number}"] = json.loads(line)["text"]
    for file in sorted(folder.glob("records/*")):
        for number, told in enumerate(pl.read_csv(file)["现病史"]):
            found[f"records/{file.name}#0-{number}"] = told
    return found


def test_the_same_seed_gives_the_same_bytes(corpus: ModuleType, made: Path, tmp_path: Path) -> None:
    corpus.write(tmp_path / "again", 24)
    corpus.write(tmp_path / "other", 24, seed=2)
    assert _hashes(tmp_path / "again") == _hashes(made)
    assert _hashes(tmp_path / "other") != _hashes(made)


def test_what_the_key_says_lies_where_it_says(made: Path) -> None:
    key, texts = pl.read_parquet(made / "key.parquet"), _texts(made)
    assert set(key["plant"]) == {"copy", "identifier", "junk"}
    named = key.filter((pl.col("plant") == "identifier") & pl.col("id").is_in(list(texts)))
    assert named.height > 1000
    assert all(value in texts[row] for row, value in named.select("id", "value").rows())
    copies = key.filter((pl.col("kind") == "exact") & pl.col("id").is_in(list(texts)) & pl.col("of").is_in(list(texts)))
    assert copies.height > 20
    assert all(texts[row] == texts[of] for row, of in copies.select("id", "of").rows())


def test_a_tenth_more_or_less_is_as_large_as_was_asked_for(made: Path) -> None:
    size = sum(len(text.encode()) for text in _texts(made).values())
    assert size == pytest.approx(24e6 * (0.45 + 0.12), rel=0.1)


@pytest.mark.slow
@pytest.mark.real
def test_the_whole_pipeline_finds_what_was_planted(tmp_path: Path) -> None:
    """At a size that measures nothing, so only what is found is looked at."""
    words = [
        "--megabytes",
        "12",
        "--scrubbed",
        "2",
        "--scratch",
        str(tmp_path),
        "--rates",
        str(tmp_path / "rates.json"),
    ]
    done = subprocess.run(
        [sys.executable, "scale.py", *words, "--picture", str(tmp_path / "p.svg")],
        capture_output=True,
        text=True,
        cwd=BENCHMARKS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (told,) = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    found = {name: tuple(map(int, score.split("/"))) for part in told["found"].values() for name, score in part.items()}
    for name, (count, of) in found.items():
        least = 0.85 if name in {"copies, edit2", "junk dropped"} else 0.95
        assert count >= least * of - 2, name
    assert {"copies, exact", "copies, s2t", "junk dropped", "identifiers, PERSON", "other rows kept"} <= found.keys()
    assert (tmp_path / "p.svg").read_text("utf-8").count("<rect") > 20
    assert json.loads((tmp_path / "rates.json").read_text("utf-8"))["cpu_seconds_a_mb"]["scrub balanced"] > 0
