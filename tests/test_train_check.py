"""`medgo-train check`: a corpus is trained on if it is the one that was built, and scrubbed; else one sentence says why not."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medgo_data import Clean, Corpus, Here, Source, Stage, build, schema
from medgo_data.corpus import Piece
from medgo_train import cli
from medgo_train.data import DataError, check, columns, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TEXTS = ("id", "parent", "source", "license", "category", "origin", "position", "title", "text")
DOCUMENT = pa.schema(
    [(name, pa.string()) for name in TEXTS]
    + [
        ("sections", pa.list_(pa.string())),
        ("labels", pa.string()),
        ("language", pa.string()),
        ("repairs", pa.list_(pa.string())),
    ]
    + [("quality", pa.float64()), ("tokens", pa.int32()), ("leak", pa.string()), ("leak_at", pa.string())]
    + [("subject", pa.string()), ("scrubbed", pa.string())]
    + [("masked", pa.list_(pa.string())), ("masked_at", pa.list_(pa.string()))]
)


def document(n: int) -> dict[str, Any]:
    return {
        "id": f"leaflets/otc.jsonl#0-{n}",
        "source": "leaflets",
        "license": "public",
        "origin": "otc.jsonl",
        "text": f"【适应症】第{n}条。",
    }


def sealed(manifest: dict[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in manifest.items() if key != "seal"}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return said | {"seal": hashlib.sha256(text.encode()).hexdigest()}


def note(folder: Path, **other: Any) -> None:
    """Write the manifest of the shards that lie in ``folder``."""
    shards = [
        {
            "file": path.name,
            "rows": pq.read_metadata(path).num_rows,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.glob("*.parquet"))
    ]
    manifest = {
        "schema": {"name": "manifest", "version": 5},
        "name": "leaflets",
        "fingerprint": "3f2a9c1b7d20" + "0" * 52,
        "content": "c0ffee" + "0" * 58,
        "gives": {"schema": "document", "version": 5},
        "marks": ["scrubbed"],
        "rows": sum(shard["rows"] for shard in shards),
        "shards": shards,
    }
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest | other), ensure_ascii=False), "utf-8")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A corpus of two shards, as it was built."""
    folder = tmp_path / "leaflets" / "3f2a9c1b7d20"
    folder.mkdir(parents=True)
    for number, ids in enumerate([range(3), range(3, 5)]):
        table = pa.Table.from_pylist([document(n) for n in ids], schema=DOCUMENT)
        pq.write_table(table, folder / f"part-{number:05d}.parquet")
    note(folder)
    return folder


def test_a_whole_corpus_passes_and_is_told_in_a_few_lines(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(built)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for words in (
        "leaflets, version 3f2a9c1b7d20, is whole",
        "rows     5 in 2 shards",
        "schema   document, version 5",
        "The text itself.",
        "privacy  scrubbed",
        "content  c0ffee",
    ):
        assert words in said.out


@dataclass(frozen=True, kw_only=True)
class Lines(Source):
    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        text = pl.Series("text", piece.raw.path.read_text("utf-8").splitlines())
        yield pl.DataFrame([text]).with_row_index("record").with_columns(drop=pl.lit(None, pl.String))


class Trust(Stage):
    """Marks rows as scrubbed without looking: they are invented."""

    marks = frozenset({"scrubbed"})

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        return docs


def test_what_one_side_builds_the_other_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"饭后服用{name}。\n\n睡前服用{name}。\n", "utf-8")
    lines = Lines(name="lines", files=str(tmp_path / "*.txt"), license="public")
    for name, stages, trusted in (
        ("plain", [Clean(min_chars=2)], False),
        ("tidy", [Clean(min_chars=2), Trust()], True),
    ):
        folder = build(Corpus(name, [lines], stages), tmp_path / "data", Here())
        assert cli.main(["check", str(folder)]) == (0 if trusted else 1)
        assert ("4 in 2 shards" in capsys.readouterr().out) == trusted
        assert check(folder, unscrubbed=True).rows == 4


def altered(folder: Path) -> None:
    path = folder / "part-00001.parquet"
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)


def cut_short(folder: Path) -> None:
    path = folder / "part-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1])


def missing(folder: Path) -> None:
    (folder / "part-00001.parquet").unlink()


def column_too_many(folder: Path) -> None:
    path = folder / "part-00001.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("score", pa.array([0.5] * table.num_rows)), path)
    note(folder)


def wrong_type(folder: Path) -> None:
    path = folder / "part-00001.parquet"
    table = pq.read_table(path)
    pq.write_table(table.set_column(DOCUMENT.get_field_index("text"), "text", pa.array([1] * table.num_rows)), path)
    note(folder)


def not_parquet(folder: Path) -> None:
    note(folder)
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    junk = b"not a table"
    (folder / "part-00001.parquet").write_bytes(junk)
    told["shards"][1] |= {"bytes": len(junk), "sha256": hashlib.sha256(junk).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(sealed(told)), "utf-8")


def miscounted(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    told["shards"][1]["rows"] += 1
    told["rows"] += 1
    (folder / "manifest.json").write_text(json.dumps(sealed(told)), "utf-8")


def badly_added(folder: Path) -> None:
    note(folder, rows=6)


def edited(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"leaflets"', '"textbooks"'), "utf-8")


def half_written(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8")[:100], "utf-8")


def without_marks(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    del told["marks"]
    (folder / "manifest.json").write_text(json.dumps(sealed(told)), "utf-8")


def no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def not_scrubbed(folder: Path) -> None:
    note(folder, marks=[])


def stray(folder: Path) -> None:
    (folder / "part-00000.backup.parquet").write_bytes((folder / "part-00000.parquet").read_bytes())


def outside(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    told["shards"][1]["file"] = "../part-00001.parquet"
    (folder / "manifest.json").write_text(json.dumps(sealed(told)), "utf-8")


def newer_schema(folder: Path) -> None:
    note(folder, gives={"schema": "document", "version": 6})


def unknown_schema(folder: Path) -> None:
    note(folder, gives={"schema": "poem", "version": 1})


def newer_manifest(folder: Path) -> None:
    note(folder, schema={"name": "manifest", "version": 6})


@pytest.mark.parametrize(
    ("harm", "file", "words"),
    [
        (altered, "part-00001.parquet", "was altered after it was built"),
        (cut_short, "part-00001.parquet", "bytes, and the manifest says"),
        (missing, "part-00001.parquet", "is missing. Build 'leaflets' again"),
        (
            column_too_many,
            "part-00001.parquet",
            "has the columns id, parent, source, license, category, origin, position, title, text, sections, labels, language, repairs, quality, tokens, leak, leak_at, subject, scrubbed, masked, masked_at, score",
        ),
        (wrong_type, "part-00001.parquet", "has 'text' as int64, and its schema says string"),
        (not_parquet, "part-00001.parquet", "is not a Parquet file"),
        (miscounted, "part-00001.parquet", "has 2 rows, and the manifest says 3"),
        (badly_added, "manifest.json", "speaks of 6 rows, its shards of 5"),
        (edited, "manifest.json", "was edited"),
        (half_written, "manifest.json", "is not a manifest as it was written"),
        (without_marks, "manifest.json", "it has no 'marks'"),
        (no_manifest, "manifest.json", "does not exist, so there is no built corpus in"),
        (not_scrubbed, "manifest.json", "say --unscrubbed"),
        (stray, "part-00000.backup.parquet", "is not in the manifest"),
        (outside, "manifest.json", "which lies outside its folder"),
        (newer_schema, "manifest.json", "gives version 6 of the schema 'document'"),
        (unknown_schema, "manifest.json", "gives rows of the schema 'poem'"),
        (newer_manifest, "manifest.json", "this medgo reads version 5"),
    ],
)
def test_what_is_not_as_it_was_built_is_refused_in_one_line(
    built: Path, capsys: pytest.CaptureFixture[str], harm: Callable[[Path], None], file: str, words: str
) -> None:
    harm(built)
    assert cli.main(["check", str(built)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert str(built / file) in said.err
    assert words in said.err


def test_a_corpus_that_was_not_scrubbed_passes_when_asked_for_by_name(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    not_scrubbed(built)
    assert cli.main(["check", str(built), "--unscrubbed"]) == 0
    assert "NOT scrubbed" in capsys.readouterr().out


def test_the_folder_above_a_version_is_answered_with_the_version(built: Path) -> None:
    with pytest.raises(DataError, match=r"Did you mean .*3f2a9c1b7d20"):
        check(built.parent)
    with pytest.raises(DataError, match="Give the folder of one version"):
        check(built / "elsewhere")


def test_a_corpus_without_rows_is_whole(tmp_path: Path) -> None:
    pq.write_table(DOCUMENT.empty_table(), tmp_path / "part-00000.parquet")
    note(tmp_path)
    assert check(tmp_path).rows == 0


def test_reading_the_manifest_alone_leaves_the_shards_alone(built: Path) -> None:
    missing(built)
    assert read(built).rows == 5


@pytest.mark.parametrize("name", ["document", "chat", "preference", "feedback", "choice", "verdict"])
def test_both_sides_read_a_schema_alike(name: str, tmp_path: Path) -> None:
    theirs = schema.load(name)
    ours = columns(name, theirs.version, tmp_path)
    assert [(c.name, c.arrow) for c in ours] == [(f.name, f.type) for f in theirs.arrow]


def test_it_is_light_and_runs_as_a_command() -> None:
    heavy = {"torch", "transformers", "trl", "datasets", "pyarrow", "polars", "pandas", "medgo_data"}
    code = f"import sys, medgo_train.cli; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
    asked = subprocess.run(
        [sys.executable, "-m", "medgo_train.cli", "check", "--help"], check=True, capture_output=True, text=True
    )
    assert "no patient can be read out of it" in asked.stdout
