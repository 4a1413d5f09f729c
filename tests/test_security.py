"""What comes from a place that nobody vouches for runs no code, leads to no other file, and no key is in what is written."""

from __future__ import annotations

import ast
import io
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import medgo_data
from medgo_data import Clean, Corpus, Dedup, Here, Quality, Sample, build
from medgo_data.cli import KNOWN
from medgo_data.corpus import Piece, Raw
from medgo_data.part import Fresh
from medgo_data.pii import tagger
from medgo_data.shards import batches
from medgo_data.sources import Papers
from medgo_data.store import Built, DamagedError, Store, seal
from medgo_data.why import why
from medgo_train import data
from tests.conftest import leaflets_in, manifest, write_leaflets

HOUSE = Path(__file__).parent.parent
CODE = [path for package in ("medgo_data", "medgo_train") for path in sorted((HOUSE / package).rglob("*.py"))]


class Bomb:
    """Whoever unpickles it writes a file that was not there before."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.write_text, (self.canary, "it ran")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def test_the_bomb_of_these_tests_goes_off(canary: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(canary)))
    assert canary.exists()


# ---- no code is run ------------------------------------------------------------------------------------------------

UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "joblib", "shelve", "marshal", "jsonpickle", "imp", "runpy"}
RUNNING = {"eval", "exec", "compile", "__import__"}
# what sends our own workers what a recipe made: a recipe is a program
MAY = {name: {"cloudpickle"} for name in ("medgo_data/ray.py", "medgo_data/recipe.py")}


def _risks(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in UNPICKLERS | {"cloudpickle"})
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module] if str(node.module).split(".")[0] in UNPICKLERS | {"cloudpickle"} else []
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in RUNNING:
                yield called.id
            if isinstance(called, ast.Attribute):
                told = ast.unparse(called)
                if told in {"yaml.load", "torch.load", "yaml.unsafe_load", "yaml.full_load", "os.system", "os.popen"}:
                    yield told
            for word in node.keywords:
                value = word.value.value if isinstance(word.value, ast.Constant) else None
                if (word.arg, value) in {
                    ("allow_pickle", True),
                    ("trust_remote_code", True),
                    ("weights_only", False),
                    ("shell", True),
                }:
                    yield f"{word.arg}={value}"


def test_nothing_in_either_package_unpickles_or_runs_what_it_read() -> None:
    found = {path.relative_to(HOUSE).as_posix(): set(_risks(path)) for path in CODE}
    assert {path: risks for path, risks in found.items() if risks} == MAY


def _corpus(raw: Path) -> Corpus:
    return Corpus("leaflets", [leaflets_in(raw)], [Clean(min_chars=20), Dedup(), Sample(others=90)])


def _files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file() and path.name != ".lock"]


def test_no_file_of_a_store_runs_code_whichever_it_is(raw: Path, tmp_path: Path, canary: Path) -> None:
    """Receipts, sketches, findings, drafts, shards, ledgers, manifests, notes of runs, digests: each is replaced in turn."""
    root = tmp_path / "data"
    for path in raw.iterdir():
        os.utime(path, (0, 0))  # files at rest, whose digests are remembered
    folder = build(_corpus(raw), root, Here())
    row = next(batches(folder / "part-00000.parquet"))[0, "id"]
    kept = tmp_path / "kept"
    shutil.copytree(root, kept)
    # one of each kind, and each of them as a pickle and as a pickle that NumPy would read
    kinds = {(path.parent.name.split("-")[0], path.name.split("-")[0], path.suffix): path for path in _files(root)}
    assert {"receipt.json", "sketch.arrow", "rows.arrow", "manifest.json", "run.json", "digests.json", "current"} <= {
        path.name for path in kinds.values()
    }
    array = io.BytesIO()
    np.save(array, np.array([Bomb(canary)], dtype=object), allow_pickle=True)
    for path in kinds.values():
        for hostile in (pickle.dumps(Bomb(canary)), array.getvalue()):
            path.write_bytes(hostile)
            for look in (
                lambda: build(_corpus(raw), root, Here()),
                lambda: medgo_data.open(root, "leaflets").rows().collect(),
                lambda: medgo_data.open(root, "leaflets").dropped().collect(),
                lambda: why(Store(root), row),
                lambda: data.check(folder, unscrubbed=True),
            ):
                try:
                    look()
                except (*KNOWN, data.DataError):
                    pass  # that it is said is well; that nothing is run is what counts here
                assert not canary.exists(), path
            shutil.rmtree(root)
            shutil.copytree(kept, root)


def test_weights_that_are_pickles_are_refused(tmp_path: Path, canary: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, chars=np.array([Bomb(canary)], dtype=object), one=np.array([Bomb(canary)], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        tagger.read(path)
    with pytest.raises((ValueError, *KNOWN)):
        Quality(model=str(path))(next(batches(_shard(tmp_path))))
    assert not canary.exists()


def _shard(tmp_path: Path) -> Path:
    write_leaflets(tmp_path / "few", files=1)
    return build(Corpus("few", [leaflets_in(tmp_path / "few")]), tmp_path / "built", Here()) / "part-00000.parquet"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "adapter_model.bin", "optimizer.pt", "rng_state.pth"])
def test_a_checkpoint_that_is_a_pickle_is_refused_as_torch_refuses_it(tmp_path: Path, canary: Path, name: str) -> None:
    torch = pytest.importorskip("torch")
    (tmp_path / name).write_bytes(b"")
    torch.save({"state": Bomb(canary)}, tmp_path / name)
    with pytest.raises(pickle.UnpicklingError):  # from torch 2.6 on, which is the least that medgo takes
        torch.load(tmp_path / name)
    assert not canary.exists()


def test_every_package_that_is_tested_with_is_pinned_to_one_version() -> None:
    told = [line for line in (HOUSE / "constraints.txt").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert len(told) > 100
    assert [line for line in told if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", line)] == []


# ---- no way leads out ----------------------------------------------------------------------------------------------

ELSEWHERE = [
    "../../secret.parquet",
    "/etc/passwd",
    "..",
    "sub/part-00000.parquet",
    "part-00000.parquet/../../x",
    "C:\\x",
]


def _resealed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    told = manifest(folder)
    change(told)
    (folder / "manifest.json").write_text(json.dumps(told | {"seal": seal(told)}), "utf-8")


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_manifest_leads_to_no_file_outside_its_folder(raw: Path, tmp_path: Path, name: str) -> None:
    folder = build(_corpus(raw), tmp_path / "data", Here())
    (tmp_path / "data" / "secret.parquet").write_bytes((folder / "part-00000.parquet").read_bytes())

    def change(told: dict[str, Any]) -> None:
        told["shards"][0]["file"] = name

    _resealed(folder, change)
    with pytest.raises(DamagedError, match="no file of its own folder"):
        Built.at(folder)
    with pytest.raises(data.DataError, match=r"outside its folder|missing"):
        data.check(folder, unscrubbed=True)


@pytest.mark.parametrize("schema", ["../document", "/etc/passwd", "../../pyproject"])
def test_a_manifest_names_no_schema_elsewhere(raw: Path, tmp_path: Path, schema: str) -> None:
    folder = build(_corpus(raw), tmp_path / "data", Here())

    def change(told: dict[str, Any]) -> None:
        told["gives"]["schema"] = schema

    _resealed(folder, change)
    with pytest.raises(DamagedError, match="no file of its own folder"):
        Built.at(folder)
    with pytest.raises(data.DataError, match="there is no"):
        data.check(folder, unscrubbed=True)


def test_a_link_is_read_only_if_it_is_the_shard_that_was_built(raw: Path, tmp_path: Path) -> None:
    folder = build(_corpus(raw), tmp_path / "data", Here())
    shard, secret = folder / "part-00000.parquet", tmp_path / "secret.txt"
    secret.write_text("of somebody else", "utf-8")
    shard.unlink()
    shard.symlink_to(secret)
    with pytest.raises(DamagedError, match="altered"):
        medgo_data.open(tmp_path / "data", "leaflets")
    with pytest.raises(data.DataError, match="manifest says"):
        data.check(folder, unscrubbed=True)


def test_what_is_no_file_is_not_waited_for(raw: Path, tmp_path: Path) -> None:
    folder = build(_corpus(raw), tmp_path / "data", Here())
    (folder / "part-00000.parquet").unlink()
    os.mkfifo(folder / "part-00000.parquet")  # nobody writes into it, so to read it would never end
    with pytest.raises(DamagedError, match="missing"):
        medgo_data.open(tmp_path / "data", "leaflets")
    with pytest.raises(data.DataError, match="missing"):
        data.check(folder, unscrubbed=True)


# ---- archives ------------------------------------------------------------------------------------------------------

CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'


def _zip(**members: str | bytes) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return told.getvalue()


ARCHIVES = {
    "climbs.docx": _zip(**{"word/document.xml": "<a/>", "../../climbed": "x", "/climbed": "x"}),
    "climbs.epub": _zip(
        **{"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER.format("../../../../etc/passwd")}
    ),
    "absolute.epub": _zip(
        **{"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER.format("/etc/passwd")}
    ),
    "bursts.docx": _zip(**{"word/document.xml": b"\0" * (64 << 20)}),
    "bursts.epub": _zip(**{"mimetype": "application/epub+zip", "META-INF/container.xml": b" " * (64 << 20)}),
    "outside.docx": _zip(**{"word/document.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_no_archive_is_unpacked_to_disk_leads_out_or_bursts(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / name).write_bytes(ARCHIVES[name])
    before = sorted(tmp_path.rglob("*"))
    path = folder / name
    read = list(Papers(files=str(path), license="x").read(Piece(Raw(path, name))))
    assert all(reason is not None for docs in read for reason in docs["drop"]), (
        "a row would have to come from somewhere"
    )
    assert sorted(tmp_path.rglob("*")) == before
    assert not any("root:" in str(docs.to_dicts()) for docs in read)


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_what_is_packed_to_burst_is_refused(tmp_path: Path, suffix: str) -> None:
    import gzip

    import zstandard

    path = tmp_path / f"bursts.txt.{suffix}"
    zeros = b"0" * (1 << 20)
    with gzip.open(path, "wb") if suffix == "gz" else zstandard.open(path, "wb") as file:
        for _ in range(1100):  # of which less than a megabyte is on disk
            file.write(zeros)
    assert path.stat().st_size < 2 << 20
    (docs,) = Papers(files=str(path), license="x").read(Piece(Raw(path, path.name)))
    assert docs["drop"].to_list() == ["file_too_large"]


# ---- keys ----------------------------------------------------------------------------------------------------------

SECRETS = {
    "MEDGO_KEY": "7d1f0c9a55e2b64838d1f3a7c0b9e6427d1f0c9a55e2b64838d1f3a7c0b9e642",
    "OPENAI_API_KEY": "sk-a-key-that-is-nobodys-0123456789",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI-a-key-that-is-nobodys",
    "AWS_ACCESS_KEY_ID": "AKIA-a-key-that-is-nobodys",
    "HF_TOKEN": "hf_a_key_that_is_nobodys_0123456789",
}
RECIPE = """
from medgo_data import Clean, Corpus, Dedup, Scrub, Stage
from medgo_data.sources import JsonLines
from medgo_data.synth import Chat, DrugTalk

leaflets = JsonLines(name="leaflets", files="{raw}/*.jsonl", license="public", fields={{"text": "body", "title": "name"}})
scrubbed = Corpus("scrubbed", [leaflets], [Clean(min_chars=20), Dedup(), Scrub(operators={{"PERSON": "pseudonym"}})])
talk = Corpus("talk", [scrubbed], [DrugTalk(chat=Chat(model="nobody", recorded="{replies}"))])
"""


@pytest.mark.slow
def test_no_key_is_in_anything_that_a_build_writes_or_says(tmp_path: Path) -> None:
    """Keys in the environment; a corpus is built by workers, asks a model that is not there, and is looked at and made to fail."""
    write_leaflets(tmp_path / "raw", files=2, rows=12)
    (tmp_path / "replies.jsonl").write_text("", "utf-8")
    recipe = tmp_path / "recipe.py"
    recipe.write_text(RECIPE.format(raw=tmp_path / "raw", replies=tmp_path / "replies.jsonl"), "utf-8")
    env = (
        os.environ
        | SECRETS
        | {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "PYTHONPATH": str(HOUSE), "TMPDIR": str(tmp_path)}
    )

    def run(*words: object) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "medgo_data.cli", *map(str, words), "--root", str(tmp_path / "data")],
            capture_output=True, text=True, env=env, check=False, cwd=tmp_path,
        )  # fmt: skip
        return done.stdout + done.stderr

    said = run("build", f"{recipe}:scrubbed", "--workers", 2)
    assert "scrubbed: 2 shards" in said or "in 2 shards lie in" in said, said
    said += run("build", f"{recipe}:talk") + run("plan", recipe) + run("ls") + run("card", "scrubbed")
    recipe.write_text(recipe.read_text("utf-8") + "\n1 / 0\n", "utf-8")
    said += run("build", recipe)
    assert "ZeroDivisionError" in said
    written = b"\0".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"k_" in written  # the name of the key is there
    for name, secret in SECRETS.items():
        assert secret not in said, name
        assert secret.encode() not in written, name


def test_a_task_that_travels_to_a_worker_holds_no_key(
    raw: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import cloudpickle

    monkeypatch.setenv("MEDGO_KEY", SECRETS["MEDGO_KEY"])
    source = leaflets_in(raw, names="hash")
    made = [Fresh(source, Piece(file), "0", [0, 0, 0], 0) for file in source.raw]
    assert made
    assert SECRETS["MEDGO_KEY"].encode() not in cloudpickle.dumps(made)
    assert not list(tmp_path.glob("*.key"))
