"""The name of a file may be that of a patient: a source that says so is known by codes of its files' names, everywhere."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from medgo_data import Clean, Corpus, Dedup, Here, Local, Source, Stage, build, cli
from medgo_data import open as open_built
from medgo_data.corpus import ClashError
from medgo_data.keys import SecretError
from medgo_data.part import ChangedError, StageError
from medgo_data.sources import JsonLines, Table, Text
from medgo_data.sources.formats import BYTES, RECORDS, TEXT
from medgo_data.store import Store
from medgo_data.why import raw_record, why
from tests.conftest import leaflet, manifest, sha256s

KEY, OTHER = "3f9c0a7be1d24586" * 4, "a1b2c3d4e5f60718" * 4
PATIENTS = ("欧阳慕白", "ouyang_mubai", "令狐听雪")  # invented; a folder, a file in it, and a file


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDGO_KEY", KEY)
    monkeypatch.delenv("MEDGO_KEY_FILE", raising=False)


@pytest.fixture
def wards(tmp_path: Path) -> Path:
    folder = tmp_path / "wards"
    (folder / PATIENTS[0]).mkdir(parents=True)
    for k, path in enumerate((f"{PATIENTS[0]}/{PATIENTS[1]}.jsonl", f"{PATIENTS[2]}.JSONL", "third.jsonl")):
        rows = [json.dumps(leaflet(10 * k + n), ensure_ascii=False) for n in range(10)]
        (folder / path).write_text("\n".join([*rows, "not json"]), "utf-8")
    return folder


def records(wards: Path, **fields: Any) -> JsonLines:
    told: dict[str, Any] = {"name": "records", "files": f"{wards}/**/*.[jJ]*", "license": "restricted", "names": "hash"}
    return JsonLines(**told | {"fields": {"text": "body", "title": "name"}} | fields)


def chain(wards: Path, *stages: Stage, **fields: Any) -> Corpus:
    tidy = Corpus("tidy", [records(wards, **fields)], [Clean(min_chars=20), Dedup(), *stages])
    return Corpus("all", [tidy], [])


def everything(root: Path) -> Iterator[tuple[str, str]]:
    """Every name below a folder, and what is in every file: of tables each value, of other files their bytes."""
    for path in sorted(root.rglob("*")):
        yield str(path), str(path.relative_to(root))
        if not path.is_file():
            continue
        yield str(path), path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".parquet":
            yield str(path), str(pl.read_parquet(path).to_dicts())
        if path.suffix == ".arrow":
            with pa.ipc.open_file(path) as file:
                yield str(path), str(file.read_all().to_pylist())


def named(text: str) -> list[str]:
    return [name for name in PATIENTS if name in text or json.dumps(name)[1:-1] in text]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler, log = logging.StreamHandler(stream), logging.getLogger("medgo_data")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield stream
    log.removeHandler(handler)
    log.setLevel(level)


@pytest.mark.parametrize("workers", [0, 2], ids=["here", "local"])
def test_no_name_of_a_file_is_written_or_said(workers: int, wards: Path, tmp_path: Path, logged: io.StringIO) -> None:
    old = wards / f"{PATIENTS[2]}.JSONL"
    for path in (old, *wards.rglob("*.jsonl")):
        os.utime(path, (1, 1))  # of files this old the digests are remembered
    engine = Local(workers) if workers else Here()
    build(chain(wards, slice_mb=0.001), tmp_path / "root", engine)
    if isinstance(engine, Local):
        engine.close()
    assert {path: found for path, text in everything(tmp_path / "root") if (found := named(text))} == {}
    assert "records" in logged.getvalue()
    assert named(logged.getvalue()) == []
    assert (tmp_path / "root/.medgo/digests.json").read_text("utf-8").count("records/f_") == 3


def test_the_search_for_names_finds_them_wherever_they_are(wards: Path, tmp_path: Path, logged: io.StringIO) -> None:
    for path in wards.rglob("*.*"):
        os.utime(path, (1, 1))
    build(chain(wards, names="plain", slice_mb=0.001), tmp_path / "root", Here())
    hit = {Path(path).name for path, text in everything(tmp_path / "root") if named(text)}
    assert {"digests.json", "manifest.json", "rows.parquet", "dropped.parquet", "rows.arrow"} <= hit
    assert named(logged.getvalue()) != []
    assert named(json.dumps(PATIENTS[2])) == [PATIENTS[2]]


def test_a_code_stands_in_the_place_of_a_name_and_keeps_its_format(wards: Path, tmp_path: Path) -> None:
    source = records(wards)
    codes = [raw.name for raw in source.raw]
    assert codes == sorted(codes)
    assert sorted(code.partition(".")[2] for code in codes) == ["JSONL", "jsonl", "jsonl"]
    assert all(re.fullmatch(r"f_[0-9a-f]{16}\.(jsonl|JSONL)", code) for code in codes)
    build(chain(wards), tmp_path / "root", Here())
    tidy = open_built(tmp_path / "root", "tidy")
    ids = [*tidy.rows().collect()["id"], *tidy.dropped().collect()["id"]]
    assert {row.partition("#")[0] for row in ids} == {f"records/{code}" for code in codes}
    assert set(tidy.rows().collect()["origin"]) <= set(codes)
    assert [file["name"] for file in tidy.manifest["inputs"][0]["files"]] == codes


def test_a_folder_that_lies_elsewhere_has_the_same_codes_and_another_key_has_others(
    wards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = build(chain(wards), tmp_path / "one", Here())
    wards.rename(tmp_path / "moved")
    two = build(chain(tmp_path / "moved"), tmp_path / "two", Here())
    assert sha256s(one) == sha256s(two)
    monkeypatch.setenv("MEDGO_KEY", OTHER)
    three = build(chain(tmp_path / "moved"), tmp_path / "three", Here())
    assert three.name != two.name
    codes = [
        {file["name"] for file in manifest(next((tmp_path / root / "tidy").glob("*/")))["inputs"][0]["files"]}
        for root in ("two", "three")
    ]
    assert not codes[0] & codes[1]
    (spec,) = manifest(next((tmp_path / "three/tidy").glob("*/")))["recipe"]["inputs"]
    assert spec["JsonLines"]["key"].startswith("k_")
    assert OTHER not in json.dumps(spec)


@pytest.mark.parametrize(
    "suffix", [*TEXT, *RECORDS, *(f".{form}" for form in BYTES), ".xlsx", ".xls", ".parquet", ".doc"]
)
@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_every_format_can_still_be_told_by_the_code(suffix: str, packed: str, tmp_path: Path) -> None:
    assert records(tmp_path).file_code(f"{PATIENTS[2]}{suffix}{packed}")[18:] == f"{suffix}{packed}"


@pytest.mark.parametrize(
    "name", ["7床.欧阳慕白", "record.ouyang_mubai", "欧阳慕白", ".令狐听雪.gz", "a.令狐听雪.jsonl"]
)
def test_what_is_no_format_is_part_of_the_name(name: str, tmp_path: Path) -> None:
    assert re.fullmatch(r"f_[0-9a-f]{16}(\.gz|\.jsonl)?", records(tmp_path).file_code(name))


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"MEDGO_KEY": ""}, "needs a key"),
        ({"MEDGO_KEY": "short"}, "cannot be guessed"),
        ({"MEDGO_KEY": "ab" * 32}, "cannot be guessed"),
        ({"MEDGO_KEY_FILE": "/nowhere/key"}, "is no file"),
    ],
)
@pytest.mark.parametrize(
    "make",
    [
        lambda: JsonLines(name="records", files="*", license="", names="hash"),
        lambda: Text(name="records", files="*", license="", names="hash"),
        lambda: Source(name="records", files="*", license="", names="hash"),
        lambda: JsonLines(name="records", files="*", license="", fields={"text": "t", "subject": "no"}),
        lambda: Table(name="records", files="*", license="", fields={"text": "t", "subject": ("no", "ward")}),
    ],
)
def test_a_source_that_needs_a_key_is_not_made_without_a_good_one(
    make: Callable[[], Source], environment: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SecretError, match=says) as wrong:
        make()
    assert "records" in str(wrong.value)
    assert not any(value in str(wrong.value) for value in environment.values() if len(value) > 5 and "/" not in value)


def test_names_are_plain_or_hashed() -> None:
    with pytest.raises(ValueError, match="'plain' or 'hash'"):
        JsonLines(name="records", files="*", license="", names="none")  # type: ignore[arg-type]


def test_a_key_that_changes_after_the_source_was_made_is_an_error(
    wards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = chain(wards)
    monkeypatch.setenv("MEDGO_KEY", OTHER)
    with pytest.raises(SecretError, match="was made with the key k_"):
        build(corpus, tmp_path / "root", Here())


# ---- errors --------------------------------------------------------------------------------------------------------


class Vanishing(JsonLines):
    """Reads a file that goes away while it is being read."""

    def read(self, piece: Any) -> Iterator[pl.DataFrame]:
        piece.raw.path.unlink()
        yield from super().read(piece)


class Growing(JsonLines):
    """Reads a file that somebody else writes to."""

    def read(self, piece: Any) -> Iterator[pl.DataFrame]:
        yield from super().read(piece)
        with piece.raw.path.open("a") as file:
            file.write("more\n")


class Raising(JsonLines):
    """Says the name of the file in an error of its own."""

    def read(self, piece: Any) -> Iterator[pl.DataFrame]:
        raise ValueError(f"cannot read {piece.raw.path}")


class Quoting(JsonLines):
    """Fails as a library does that says the file in its own words."""

    def read(self, piece: Any) -> Iterator[pl.DataFrame]:
        raise OSError(f"Failed to open local file '{piece.raw.path}'")


class Fails(Stage):
    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        raise KeyError(docs["origin"][0])


WRONG = {
    "gone": (Vanishing, FileNotFoundError),
    "changed": (Growing, ChangedError),
    "raising": (Raising, StageError),
    "quoting": (Quoting, OSError),
}


@pytest.mark.parametrize(
    ("case", "workers"), [*((one, 0) for one in WRONG.values()), (WRONG["quoting"], 2)], ids=[*WRONG, "in a worker"]
)
def test_an_error_says_the_code_and_not_the_name(
    case: tuple[type[JsonLines], type[Exception]], workers: int, wards: Path, tmp_path: Path, logged: io.StringIO
) -> None:
    kind, error = case
    (wards / "third.jsonl").unlink()
    source = kind(name="records", files=f"{wards}/**/*.[jJ]*", license="", fields={"text": "body"}, names="hash")
    codes = [raw.name for raw in source.raw]
    engine = Local(workers) if workers else Here()
    with pytest.raises(error) as wrong:
        build(Corpus("tidy", [source], []), tmp_path / "root", engine)
    if isinstance(engine, Local):
        engine.close()
    assert any(code in str(wrong.value) for code in codes)
    assert named(_shown(wrong)) == []
    assert named(logged.getvalue()) == []
    assert {path for path, text in everything(tmp_path / "root") if named(text)} == set()


def _shown(wrong: pytest.ExceptionInfo[Exception]) -> str:
    """What Python prints of an error that nobody catches."""
    return "".join(traceback.format_exception(wrong.value))


def test_a_stage_that_raises_says_the_code(wards: Path, tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"records/f_[0-9a-f]{16}") as wrong:
        build(Corpus("tidy", [records(wards)], [Fails()]), tmp_path / "root", Here())
    assert named(_shown(wrong)) == []


def test_two_patterns_that_clash_name_no_file(wards: Path) -> None:
    (wards / "other").mkdir()
    (wards / "other" / f"{PATIENTS[2]}.JSONL").write_text("{}", "utf-8")
    with pytest.raises(ClashError, match=r"two files would both be called 'f_[0-9a-f]{16}\.JSONL'") as wrong:
        records(wards, files=[f"{wards}/*.JSONL", f"{wards}/other/*.JSONL"]).raw  # noqa: B018
    assert named(str(wrong.value)) == []


def test_the_command_line_says_no_name_either(
    wards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (wards / PATIENTS[0] / f"{PATIENTS[1]}.jsonl").write_bytes(b"\xff\xfe\x00broken" * 9)
    (wards / "third.jsonl").write_text("", "utf-8")
    (tmp_path / "ward.py").write_text(
        "from medgo_data import Clean, Corpus\nfrom medgo_data.sources import JsonLines\n"
        f"records = JsonLines(name='records', files='{wards}/**/*.[jJ]*', license='', fields={{'text': 'body'}}, names='hash')\n"
        "tidy = Corpus('tidy', [records], [Clean(min_chars=20)])\n",
        "utf-8",
    )
    code = records(wards).file_code(f"{PATIENTS[2]}.JSONL")
    for words in (
        ["build", "ward.py", "--engine", "here"],
        ["plan", "ward.py"],
        ["funnel", "tidy", "--by-source"],
        ["why", f"records/{code}#0-0"],
        ["why", f"records/{code}#0-99"],
        ["why", f"records/{code}#0-99", "--raw", "ward.py"],
        ["lock"],
        ["card", "tidy"],
    ):
        with pytest.raises(SystemExit):
            cli.main([*words, "--root", "root"])
    said = "".join(capfd.readouterr())
    assert "gave no rows" in said
    assert named(said) == []
    assert named((tmp_path / "medgo.lock").read_text("utf-8")) == []
    assert {path for path, text in everything(tmp_path / "root") if named(text)} == set()


def test_why_finds_the_raw_record_again_by_its_code(wards: Path, tmp_path: Path) -> None:
    build(chain(wards), tmp_path / "root", Here())
    row = f"records/{records(wards).file_code(f'{PATIENTS[2]}.JSONL')}#0-3"
    (first, _) = why(Store(tmp_path / "root"), row)
    assert (first.corpus.partition("@")[0], first.shard is not None) == ("tidy", True)
    assert raw_record([chain(wards)], row)["text"] == leaflet(13)["body"]


# ---- whom a row is about -------------------------------------------------------------------------------------------


def about(tmp_path: Path, whom: list[Any], **fields: Any) -> JsonLines:
    lines = [
        json.dumps({"no": one, "text": f"第{n}次就诊，诉咳嗽三天。"}, ensure_ascii=False) for n, one in enumerate(whom)
    ]
    (tmp_path / "visits.jsonl").write_text("\n".join(lines), "utf-8")
    told: dict[str, Any] = {"name": "visits", "files": f"{tmp_path}/visits.jsonl", "license": ""}
    return JsonLines(**told | {"fields": {"text": "text", "subject": "no"}} | fields)


def test_a_subject_becomes_a_code_before_anything_is_written(tmp_path: Path) -> None:
    whom = ["ZY9900123", " ZY9900123\n", 9900456, None, "", "  "]
    corpus = Corpus("visits", [about(tmp_path, whom)], [Clean(min_chars=1), Dedup(at_least=None)])
    build(corpus, tmp_path / "root", Here())
    codes = open_built(tmp_path / "root", "visits").rows().collect()["subject"].to_list()
    assert codes[0] == codes[1] != codes[2]
    assert codes[3:] == [None, None, None]
    assert all(re.fullmatch(r"s_[0-9a-f]{16}", code) for code in codes[:3])
    found = {path for path, text in everything(tmp_path / "root") if "9900123" in text or "9900456" in text}
    assert found == set()


def test_a_subject_is_the_same_in_every_source_and_another_with_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = about(tmp_path, ["ZY1"]), about(tmp_path, ["ZY1"], name="more")
    root = build(Corpus("both", [one, other], []), tmp_path / "root", Here())
    assert pl.read_parquet(root / "*.parquet")["subject"].n_unique() == 1
    monkeypatch.setenv("MEDGO_KEY", OTHER)
    another = build(Corpus("both", [about(tmp_path, ["ZY1"])], []), tmp_path / "other", Here())
    assert pl.read_parquet(another / "*.parquet")["subject"][0] != pl.read_parquet(root / "*.parquet")["subject"][0]


def test_a_column_that_happens_to_be_called_subject_is_not_taken_for_a_patient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEDGO_KEY")
    (tmp_path / "exam.jsonl").write_text('{"subject": "内科学", "text": "心肌梗死的首选检查是什么？"}', "utf-8")
    source = JsonLines(name="exam", files=f"{tmp_path}/exam.jsonl", license="")
    root = build(Corpus("exam", [source], []), tmp_path / "root", Here())
    assert pl.read_parquet(root / "*.parquet")["subject"].to_list() == [None]


class Silent(Source):
    """Fills the column without a word."""

    def read(self, piece: Any) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame(
            {"record": [0], "text": ["咳嗽三天"], "subject": [piece.raw.path.read_text("utf-8")], "drop": [None]}
        )


def test_a_source_that_fills_subject_without_saying_so_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ZY9900123", "utf-8")
    source = Silent(name="silent", files=f"{tmp_path}/a.txt", license="")
    with pytest.raises(SecretError, match="does not say so") as wrong:
        build(Corpus("silent", [source], []), tmp_path / "root", Here())
    assert "9900123" not in _shown(wrong)
    assert {path for path, text in everything(tmp_path / "root") if "9900123" in text} == set()
