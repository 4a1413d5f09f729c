"""A root or raw files may lie in an object store: the same bytes as on a disk, and nothing half there whatever fails."""

from __future__ import annotations

import csv
import errno
import fcntl
import gzip
import hashlib
import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from medgo_data import Clean, Corpus, Here, Local, Sample, build
from medgo_data import open as open_built
from medgo_data import place as places
from medgo_data import store as stores
from medgo_data.far import Far, PlaceError, clear
from medgo_data.place import place
from medgo_data.sources import JsonLines, Parquet, Table
from medgo_data.stage import Asking
from medgo_data.store import BusyError, DamagedError, Store, StoreError, seal
from tests.bucket import BadLine, Server, environment
from tests.conftest import leaflet, leaflets_in, sha256s, write_leaflets
from tests.test_builds import corpus_of

SECRET = environment(0)["AWS_SECRET_ACCESS_KEY"]
DENIED = b"""HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n<?xml version="1.0"?>
<Error><Code>SignatureDoesNotMatch</Code><Message>whoever said not-a-secret-of-anybody</Message>
<AWSAccessKeyId>whoever</AWSAccessKeyId></Error>"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server.start()
    yield made
    made.stop()


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    write_leaflets(tmp_path / "raw", files=2, rows=30)
    return tmp_path / "raw"


@pytest.fixture
def bucket(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    """An empty bucket, and an environment in which it is found."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MEDGO_SCRATCH", str(tmp_path / "scratch"))
    made = make_bucket(server, f"b-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}")
    yield made
    clear()


@pytest.fixture
def bad(server: Server, bucket: Far) -> Iterator[Callable[..., BadLine]]:
    """A bad line to the server, which this process takes from then on."""
    del bucket
    lines: list[BadLine] = []

    def laid(**how: Any) -> BadLine:
        lines.append(BadLine(server.port, **how))
        os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{lines[-1].port}"
        return lines[-1]

    yield laid
    for line in lines:
        line.stop()


def make_bucket(server: Server, name: str) -> Far:
    from pyarrow import fs

    made: Any = fs.S3FileSystem
    made(
        endpoint_override=f"127.0.0.1:{server.port}",
        scheme="http",
        access_key="whoever",
        secret_key=SECRET,
        region="us-east-1",
        allow_bucket_creation=True,
    ).create_dir(name)
    return far(f"s3://{name}")


def far(told: object) -> Far:
    made = place(str(told))
    assert isinstance(made, Far)
    return made


def send(folder: Path, to: Far) -> None:
    """Everything below a folder."""
    for file in folder.rglob("*"):
        if file.is_file():
            (to / file.relative_to(folder).as_posix()).write_bytes(file.read_bytes())


def fetched(folder: Path, to: Path) -> Path:
    """Everything below a place, on a disk."""
    for path, told in far(folder).listed(recursive=True):
        if told.is_file:
            here = to / path.relative_to(folder)
            here.parent.mkdir(parents=True, exist_ok=True)
            here.write_bytes(path.read_bytes())
    return to


def small(raw: Path | str) -> Corpus:
    source = JsonLines(
        name="leaflets", files=f"{raw}/*.jsonl", license="public", fields={"text": "body", "title": "name"}
    )
    return Corpus("tidy", [source], [Clean(min_chars=20), Sample(others=20)])


def receipts(root: Far) -> dict[str, int]:
    """The finished entries of the pool, and the state of each receipt."""
    return {path.parent.name: path.stat().st_ino for path in (root / ".medgo" / "pool").glob("part-*/receipt.json")}


def check_whole(root: Far) -> None:
    """All that counts in a root is complete: each version is what its manifest says, each entry has its files."""
    objects = {path.key: told.size for path, told in root.listed(recursive=True) if told.is_file}
    for path in root.glob("*/*/manifest.json"):
        told = json.loads(path.read_text("utf-8"))
        assert told["seal"] == seal(told)
        for shard in told["shards"]:
            content = (path.parent / shard["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == shard["sha256"]
    for path in (root / ".medgo" / "pool").glob("part-*/receipt.json"):
        receipt = json.loads(path.read_text("utf-8"))
        sizes = [objects.get((path.parent / name).key) for name in ("rows.arrow", "rows.parquet")]
        assert receipt["bytes"] in sizes
        assert (path.parent / "dropped.parquet").key in objects


# ---- the same, wherever it lies --------------------------------------------------------------------------------------


def test_a_root_in_an_object_store_holds_the_same_bytes_as_one_on_a_disk(
    raw: Path, bucket: Far, tmp_path: Path
) -> None:
    here = build(corpus_of(raw), tmp_path / "root", Here())
    there = build(corpus_of(raw), f"{bucket}/a/root", Here())
    assert str(there) == f"{bucket}/a/root/all/{here.name}"
    assert sha256s(fetched(there, tmp_path / "there")) == sha256s(here)
    tidy = next((tmp_path / "root" / "tidy").glob("*/"))
    assert sha256s(fetched(bucket / "a/root/tidy" / tidy.name, tmp_path / "tidy")) == sha256s(tidy)
    pool = {entry.name for entry in (tmp_path / "root/.medgo/pool").iterdir()}
    assert {entry.name for entry in (bucket / "a/root/.medgo/pool").iterdir()} == pool
    on_disk, far_away = open_built(tmp_path / "root", "all"), open_built(f"{bucket}/a/root", "all")
    assert far_away.rows().collect().equals(on_disk.rows().collect())
    assert far_away.dropped().collect().equals(on_disk.dropped().collect())


@pytest.mark.slow
def test_workers_build_the_same_in_an_object_store(raw: Path, bucket: Far, tmp_path: Path) -> None:
    here = build(corpus_of(raw), tmp_path / "root", Here())
    with Local(2) as engine:
        there = build(corpus_of(raw), str(bucket), engine)
    clear()
    assert not (tmp_path / "scratch" / "copies").exists(), "the last of them clears away"
    assert sha256s(fetched(there, tmp_path / "there")) == sha256s(here)


def test_only_what_changed_is_done_again(raw: Path, bucket: Far) -> None:
    build(small(raw), str(bucket), Here())
    before = receipts(bucket)
    again = build(small(raw), str(bucket), Here())
    assert receipts(bucket) == before
    with (raw / "l001.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(leaflet(3)) + "\n")
    later = build(small(raw), str(bucket), Here())
    assert later != again
    after = receipts(bucket)
    assert after.items() >= before.items()
    first_pass = [
        name for name in after.keys() - before.keys() if (bucket / ".medgo/pool" / name / "rows.arrow").exists()
    ]
    assert len(first_pass) == 1, "one file of two was read again"
    assert (bucket / "tidy/current").read_text().strip() == later.name


def test_raw_files_in_an_object_store_give_the_same_bytes(bucket: Far, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    write_leaflets(raw / "a", files=2)
    (raw / "a/l001.jsonl").rename(raw / "a" / "deep.jsonl")
    rows = [leaflet(n) for n in range(40)]
    (raw / "b").mkdir()
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (raw / "b/packed.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    with (raw / "rows.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([["name", "body"], *([row["name"], row["body"]] for row in rows)])
    pl.DataFrame(rows).write_parquet(raw / "rows.parquet", row_group_size=10)
    send(raw, bucket / "raw")

    def reading(base: object) -> Corpus:
        fields = {"text": "body", "title": "name"}
        told: dict[str, Any] = {"license": "public", "fields": fields}
        lines = JsonLines(name="lines", files=[f"{base}/**/*.jsonl*"], slice_mb=0.002, **told)
        table = Table(name="table", files=f"{base}/rows.csv", **told)
        columns = Parquet(name="columns", files=f"{base}/*.parquet", slice_mb=0.001, **told)
        return Corpus("all", [lines, table, columns], [Clean(min_chars=20)])

    here = build(reading(raw), tmp_path / "here", Here())
    there = build(reading(f"{bucket}/raw"), tmp_path / "there", Here())
    assert sha256s(there) == sha256s(here)
    told = json.loads((there / "manifest.json").read_text("utf-8"))
    assert [file["name"] for file in told["inputs"][0]["files"]] == [
        "a/deep.jsonl",
        "a/l000.jsonl",
        "b/packed.jsonl.gz",
    ]
    assert len(told["shards"]) > 8, "the large ones were read in slices"
    assert not list((tmp_path / "scratch").glob("*/*.parquet")), "local copies of raw files are cleared away"


@pytest.mark.slow
def test_a_raw_file_is_hashed_again_only_when_its_tag_changes(
    raw: Path, bucket: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(raw, bucket / "raw")
    hashed: list[str] = []
    plain = stores.sha256
    monkeypatch.setattr(stores, "sha256", lambda path: hashed.append(path.name) or plain(path))
    first = build(small(f"{bucket}/raw"), tmp_path / "root", Here())
    assert sorted(name for name in hashed if name.endswith(".jsonl")) == ["l000.jsonl", "l001.jsonl"]
    hashed.clear()
    send(raw, bucket / "raw")  # written again, and the same
    assert build(small(f"{bucket}/raw"), tmp_path / "root", Here()) == first
    assert not [name for name in hashed if name.endswith(".jsonl")]
    line = json.dumps(leaflet(3), ensure_ascii=False)
    (bucket / "raw/l001.jsonl").write_text(f"{line}\n")
    assert build(small(f"{bucket}/raw"), tmp_path / "root", Here()) != first
    assert [name for name in hashed if name.endswith(".jsonl")] == ["l001.jsonl"]


PATTERNS = ["*.txt", "a/*.txt", "**/*.txt", "a/**/*.txt", "**/c?.txt", "[ab]/c[!2].*", "*/b/*", "a/c1.txt", ".h/*.txt", "**/.h/*", "a/**", "x[[]y]/*", "none/*"]  # fmt: skip
NAMES = ["o.txt", "a/c1.txt", "a/c2.txt", "a/b/c1.txt", "a/b/d/c1.md", "b/c3.txt", ".h/c.txt", "a/.i.txt", "x[y]/c.txt"]


def test_a_pattern_means_the_same_files_far_away(bucket: Far, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / name).write_text(name)
    send(tmp_path / "files", bucket / "files")
    for pattern in PATTERNS:
        here, there = (
            {path.relative_to(below).as_posix() for path in places.matching(f"{below}/{pattern}")}
            for below in (tmp_path / "files", bucket / "files")
        )
        assert there == here, pattern
        assert here or pattern == "none/*"


# ---- whoever reads it ------------------------------------------------------------------------------------------------


def test_commands_read_a_root_in_an_object_store(
    raw: Path, bucket: Far, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from medgo_data.cli import main

    build(small(raw), str(bucket), Here())
    lock = tmp_path / "medgo.lock"

    def says(*words: object) -> str:
        with suppress(SystemExit):
            main([*map(str, words), "--root", str(bucket)])
        return "".join(capsys.readouterr())

    assert "over_quota" in says("funnel", "tidy")
    assert "was let go by Clean: too_short" in says("why", "leaflets/l000.jsonl#0-9")
    assert says("sample", "tidy", "-n", 1, "--unscrubbed").count("license: public") == 1
    assert "rows: the same" in says("diff", "tidy", "tidy")
    assert "pins tidy@" in says("lock", "--file", lock)
    assert "everything" in says("lock", "--file", lock, "--check")
    page = says("card", "tidy").split()[-1]
    assert "<html" in far(page).read_text("utf-8")
    assert "needs a folder on a disk" in says("review", "serve", "tidy", "--unscrubbed")
    assert "there is no corpus 'other'" in says("funnel", "other")


def test_a_version_is_brought_to_where_it_is_trained_on(
    raw: Path, bucket: Far, bad: Callable[..., BadLine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from medgo_train import data, far

    monkeypatch.setenv("MEDGO_CACHE", str(tmp_path / "cache"))
    there = build(small(raw), f"{bucket}/root", Here())
    for told in (("tidy", "", f"{bucket}/root"), (str(there), "", "data"), ("tidy", there.name[:6], f"{bucket}/root/")):
        folder = data.find(*told)
        assert data.check(folder, unscrubbed=True).rows == 20
    assert (folder.name, (tmp_path / "cache").stat().st_mode & 0o777) == (there.name, 0o700)
    before = (folder / "part-00000.parquet").stat().st_ino
    assert (data.find("tidy", "", f"{bucket}/root") / "part-00000.parquet").stat().st_ino == before, "brought once"
    (there / "part-00000.parquet").write_bytes(b"other bytes")
    (folder / "manifest.json").unlink()
    with pytest.raises(data.DataError, match=r"part-00000.parquet has 11 bytes, and the manifest says"):
        data.check(data.find("tidy", "", f"{bucket}/root"), unscrubbed=True)
    with pytest.raises(far.FarError, match="holds no built corpus"):
        data.find("other", "", f"{bucket}/root")
    bad().answer = DENIED
    with pytest.raises(far.FarError, match=r"cannot be read \(ACCESS_DENIED\)\. Check the address") as wrong:
        data.find("tidy", "", f"{bucket}/root")
    assert "whoever" not in str(wrong.value)


@pytest.mark.slow
def test_rows_are_forgotten_far_away_too(raw: Path, bucket: Far) -> None:
    from medgo_data.forget import Request, forget

    build(small(raw), str(bucket), Here())
    one, two = open_built(str(bucket), "tidy").rows().collect()["id"][:2]
    (lost,) = [path.parent for path in bucket.glob("tidy/*/manifest.json")]
    forget([small(raw)], str(bucket), Request(rows=[one]), Here())
    proof = forget([small(raw)], str(bucket), Request(rows=[two], purge=True), Here())
    assert proof["forgotten"] == [two]
    assert not lost.exists()
    held = open_built(str(bucket), "tidy").rows().collect()["id"]
    assert not {one, two} & set(held)
    assert len(list((bucket / "forgotten").glob("list-*.json"))) == 2, "no list takes the place of another"


@dataclass(frozen=True, kw_only=True)
class Wonders(Asking):
    """Asks nobody anything."""

    def begin(self, docs: pl.DataFrame) -> None:
        del docs


def test_what_asks_a_model_wants_a_disk(bucket: Far, raw: Path) -> None:
    corpus = Corpus("asked", [leaflets_in(raw)], [Wonders()])
    with pytest.raises(StoreError, match=r"'asked' asks a model, and what it is told needs a folder on a disk"):
        build(corpus, str(bucket), Here())


# ---- faults ----------------------------------------------------------------------------------------------------------

RECIPE = """
from medgo_data import Clean, Corpus, Sample
from medgo_data.sources import JsonLines
leaflets = JsonLines(name="leaflets", files="{raw}/*.jsonl", license="public", fields={{"text": "body", "title": "name"}})
tidy = Corpus("tidy", [leaflets], [Clean(min_chars=20), Sample(others=20)])
"""


def building(raw: Path, root: object, scratch: Path, port: int) -> subprocess.Popen[str]:
    """A build in a process of its own, as if on a machine of its own."""
    recipe = raw.parent / "recipe.py"
    recipe.write_text(RECIPE.format(raw=raw), "utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "medgo_data.cli", "build", str(recipe), "--root", str(root), "--engine", "here"],
        env=os.environ | environment(port) | {"MEDGO_SCRATCH": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


MOMENTS = [41, *(pytest.param(n, marks=pytest.mark.slow) for n in random.Random(1).sample(range(5, 70), 14))]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_build_killed_at_any_request_goes_on_to_the_same_bytes(
    moment: int, raw: Path, bucket: Far, bad: Callable[..., BadLine], tmp_path: Path
) -> None:
    line = bad()
    killed = building(raw, bucket, tmp_path / "elsewhere", line.port)
    line.when = (moment, killed.kill)
    killed.communicate()
    assert line.requests >= moment
    check_whole(bucket)
    had = receipts(bucket)
    there = build(small(raw), str(bucket), Here())
    assert receipts(bucket).items() >= had.items(), "nothing that had a receipt was done again"
    assert sha256s(fetched(there, tmp_path / "there")) == sha256s(build(small(raw), tmp_path / "root", Here()))


@pytest.mark.slow
def test_two_builders_on_two_machines_end_in_one_whole_version(
    raw: Path, bucket: Far, server: Server, tmp_path: Path
) -> None:
    both = [building(raw, bucket, tmp_path / name, server.port) for name in ("one", "two")]
    said = [one.communicate() for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    (there,) = (path.parent for path in bucket.glob("tidy/*/manifest.json"))
    assert {out.split()[-1] for out, _ in said} == {str(there)}
    assert sha256s(fetched(there, tmp_path / "there")) == sha256s(build(small(raw), tmp_path / "root", Here()))


def test_a_second_builder_on_one_machine_waits_or_is_told(raw: Path, bucket: Far) -> None:
    with (
        Store(bucket).building("tidy", patient=False),
        pytest.raises(BusyError, match=f"below {bucket} is being built by process"),
    ):
        build(small(raw), str(bucket), Here())


@pytest.mark.parametrize(
    "bad_as", [pytest.param((0.05, 1), marks=pytest.mark.slow), pytest.param((0.05, 8), marks=pytest.mark.slow), pytest.param((0.2, 3), marks=pytest.mark.slow)]
)  # fmt: skip
def test_a_store_that_is_slow_fails_now_and_then_and_goes_away_costs_time_only(
    bad_as: tuple[float, float], raw: Path, bucket: Far, bad: Callable[..., BadLine], tmp_path: Path
) -> None:
    share, seconds = bad_as
    send(raw, bucket / "raw")
    line = bad(share=share, slow=0.005, seed=1)
    line.when = (40, lambda: line.away(seconds))
    there = build(small(f"{bucket}/raw"), f"{bucket}/root", Here())
    assert line.failed > 2
    assert sha256s(fetched(there, tmp_path / "there")) == sha256s(build(small(raw), tmp_path / "root", Here()))


@pytest.mark.slow
def test_a_store_that_stays_away_stops_the_build_which_goes_on_when_it_is_back(
    raw: Path, bucket: Far, bad: Callable[..., BadLine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = bad()
    monkeypatch.setenv("MEDGO_PATIENCE", "0.5")
    line.when = (40, line.cut.set)
    with pytest.raises(PlaceError, match=r"failed for .* s \(NETWORK_CONNECTION\); .*what was finished is kept"):
        build(small(raw), str(bucket), Here())
    line.cut.clear()
    had = receipts(bucket)
    assert had
    check_whole(bucket)
    there = build(small(raw), str(bucket), Here())
    assert receipts(bucket).items() >= had.items()
    assert sha256s(fetched(there, tmp_path / "there")) == sha256s(build(small(raw), tmp_path / "root", Here()))


def test_what_is_wrong_with_a_store_is_told_with_the_next_step_and_no_secret(
    raw: Path, bucket: Far, bad: Callable[..., BadLine], monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setenv("MEDGO_PATIENCE", "0.2")
    here = f"http://127.0.0.1:{server.port}"

    def wrong(corpus: Corpus, root: str) -> str:
        with pytest.raises(OSError, match=r"\.$") as told:
            build(corpus, root, Here())
        said = f"{told.value} {told.value.__cause__} {told.value.__context__ if not told.value.__suppress_context__ else ''}"
        assert SECRET not in said
        assert "whoever" not in said
        return str(told.value)

    told = wrong(small(raw), "s3://no-such-bucket/root")
    assert told.endswith(f"there is no bucket 'no-such-bucket' at {here}. Make it, or correct the address.")
    assert "there is no bucket 'no-such-bucket'" in wrong(small("s3://no-such-bucket/raw"), str(bucket))
    assert f"no file matches '{bucket}/raw/*.jsonl'" in wrong(small(f"{bucket}/raw"), str(bucket))
    for address in ("s3://whoever:not-a-secret-of-anybody@bucket/root", "s3://", "s3://?key=whoever"):
        assert "Keys and passwords do not belong into it" in wrong(small(raw), address)
    bad().answer = DENIED
    told = wrong(small(raw), str(bucket))
    assert "refuses reading it (SIGNATURE_DOES_NOT_MATCH)" in told or "refuses reading it (ACCESS_DENIED)" in told
    assert "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in told
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    told = wrong(small(raw), str(bucket))
    assert "asked was http://127.0.0.1:9. Check AWS_ENDPOINT_URL and the network" in told
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://whoever:not-a-secret-of-anybody@127.0.0.1:9")
    assert "AWS_ENDPOINT_URL is no address such as" in wrong(small(raw), str(bucket))


@pytest.mark.slow
def test_a_hidden_name_stays_hidden_when_the_store_goes_away(
    bucket: Far, bad: Callable[..., BadLine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    monkeypatch.setenv("MEDGO_KEY", "0123456789abcdef" * 2)
    monkeypatch.setenv("MEDGO_PATIENCE", "4")
    line = bad()
    (bucket / "raw/甄无名.jsonl").write_text('{"body": "口服，一日三次。"}\n')
    told: dict[str, Any] = {"license": "public", "fields": {"text": "body"}, "names": "hash"}
    corpus = Corpus("all", [JsonLines(name="l", files=f"{bucket}/raw/*.jsonl", **told)], [Clean(min_chars=3)])
    line.when = (line.requests + 6, line.cut.set)
    with pytest.raises(OSError, match=r"f_[0-9a-f]{16}\.jsonl") as wrong:
        build(corpus, tmp_path / "root", Here())
    assert "甄无名" not in f"{wrong.value} {caplog.text}"
    line.cut.clear()
    build(corpus, tmp_path / "root", Here())
    written = [path for path in (tmp_path / "root").rglob("*") if path.is_file()]
    assert not any("甄无名".encode() in path.read_bytes() or "甄无名" in path.name for path in written)


@pytest.mark.slow
def test_no_secret_is_written_down(raw: Path, bucket: Far, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    send(raw, bucket / "raw")
    build(small(f"{bucket}/raw"), f"{bucket}/root", Here())
    written = [path.read_bytes() for path in fetched(bucket, tmp_path / "all").rglob("*") if path.is_file()]
    written += [path.read_bytes() for path in (tmp_path / "scratch").rglob("*") if path.is_file()]
    assert len(written) > 20
    for secret in (SECRET, "whoever"):
        assert not any(secret.encode() in each for each in written)
        assert secret not in caplog.text


def test_what_was_begun_and_left_is_swept_after_a_day(raw: Path, bucket: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    there = build(small(raw), str(bucket), Here())
    before = {path.key for path, told in bucket.listed(recursive=True) if told.is_file}
    left = [
        ".medgo/pool/part-0123/rows.parquet",
        "tidy/0123456789ab/part-00000.parquet",
        "other/0123456789ab/dropped/x",
    ]
    for name in left:
        (bucket / name).write_bytes(b"half")
    Store(bucket).sweep()
    assert all((bucket / name).is_file() for name in left), "somebody may be at work on it"
    monkeypatch.setattr(stores, "ABANDONED", -5.0)
    Store(bucket).sweep()
    assert {path.key for path, told in bucket.listed(recursive=True) if told.is_file} == before
    check_whole(bucket)
    assert there.exists()


@pytest.mark.slow
def test_a_damaged_shard_is_told_and_built_anew(raw: Path, bucket: Far, tmp_path: Path) -> None:
    there = build(small(raw), str(bucket), Here())
    whole = sha256s(fetched(there, tmp_path / "whole"))
    (there / "part-00001.parquet").write_bytes(b"other bytes")
    with pytest.raises(DamagedError, match=r"part-00001\.parquet was altered after it was built"):
        open_built(str(bucket), "tidy")
    assert build(small(raw), str(bucket), Here()) == there
    assert sha256s(fetched(there, tmp_path / "anew")) == whole
    assert open_built(str(bucket), "tidy").rows().collect().height == 20


# ---- copies on this machine ------------------------------------------------------------------------------------------


def test_local_copies_lie_where_nobody_else_can_look_and_are_cleared_away(
    raw: Path, bucket: Far, tmp_path: Path
) -> None:
    send(raw, bucket / "raw")
    name = bucket / "raw/l000.jsonl"
    copy = Path(os.fspath(name))
    assert copy.read_bytes() == name.read_bytes()
    assert Path(os.fspath(name)) == copy, "made once"
    assert (tmp_path / "scratch").stat().st_mode & 0o777 == 0o700
    name.write_bytes(b"other")
    assert Path(os.fspath(name)).read_bytes() == b"other"
    clear()
    assert not copy.exists()
    (tmp_path / "scratch").chmod(0o755)
    with pytest.raises(PlaceError, match=r"others may enter it\. Set MEDGO_SCRATCH to a folder of your own"):
        os.fspath(name)
    (tmp_path / "scratch").chmod(0o700)


def test_old_copies_make_room_for_new_ones(raw: Path, bucket: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    send(raw, bucket / "raw")
    monkeypatch.setenv("MEDGO_SCRATCH_GB", "0")
    old, young = Path(os.fspath(bucket / "raw/l000.jsonl")), Path(os.fspath(bucket / "raw/l001.jsonl"))
    os.utime(old, (time.time() - 3600,) * 2)
    (bucket / "raw/other").write_bytes(b"x")
    os.fspath(bucket / "raw/other")
    assert not old.exists()
    assert young.exists(), "it was used of late"


def test_what_a_store_cannot_do_is_refused_in_words(bucket: Far) -> None:
    for attempt in (lambda: bucket.rename("x"), lambda: (bucket / "x").open("w"), (bucket / "x").touch):
        with pytest.raises(PlaceError, match="lies in an object store, where nothing can be"):
            attempt()


# ---- shared disks ----------------------------------------------------------------------------------------------------


def test_a_file_system_without_links_costs_copies_only(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked = build(small(raw), tmp_path / "linked", Here())

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)
    for _ in range(2):
        copied = build(small(raw), tmp_path / "copied", Here())
    assert sha256s(copied) == sha256s(linked)
    assert {file.stat().st_nlink for file in copied.glob("*.parquet")} == {1}


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no second file system to try")  # noqa: S108
def test_a_pool_on_another_disk_than_the_versions_costs_copies_only(raw: Path, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        (tmp_path / "root").mkdir()
        (tmp_path / "root/.medgo").symlink_to(other)
        here = build(small(raw), tmp_path / "root", Here())
        assert sha256s(here) == sha256s(build(small(raw), tmp_path / "plain", Here()))
        assert open_built(tmp_path / "root", "tidy").rows().collect().height == 20


def test_a_file_system_without_locks_is_refused(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(PlaceError, match=r"tidy lies on a file system without locks .* Mount it with locks"):
        build(small(raw), tmp_path / "root", Here())


# ---- versions from somewhere else ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../outside.parquet", "/etc/passwd", "dropped/../../x", ".."])
def test_a_manifest_that_names_files_outside_its_folder_is_refused(name: str, raw: Path, tmp_path: Path) -> None:
    here = build(small(raw), tmp_path / "root", Here())
    told = json.loads((here / "manifest.json").read_text("utf-8"))
    told["shards"][0]["file"] = name
    (here / "manifest.json").write_text(json.dumps(told | {"seal": seal(told)}), "utf-8")
    with pytest.raises(DamagedError, match="no file of its own folder"):
        open_built(tmp_path / "root", "tidy")
