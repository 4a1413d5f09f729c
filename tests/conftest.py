"""What the tests share: a folder of invented leaflets, and ways to look at what was built from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from medgo_data.sources import JsonLines
from tests.browser import CHROMIUM, Browser

DRUGS = ["苹安宁", "清荷散", "舒络片", "益和丸", "宁心露", "润嗓糖浆", "健步膏", "明目滴眼液", "和胃颗粒", "温经贴"]


def leaflet(number: int) -> dict[str, str]:
    """An invented leaflet; every tenth is too short, and every seventh is the same as the one seven before the last fourteen."""
    if number % 10 == 9:
        return {"name": "残页", "body": f"见第{number}页"}
    drug = DRUGS[number % 7 if number % 7 == 6 else number % len(DRUGS)]
    dose = "" if number % 7 == 6 else f"规格：每盒{number}片。"
    return {
        "name": drug,
        "body": f"【药品名称】{drug}【适应症】用于缓解轻度不适。{dose}【用法用量】口服，一日三次，饭后服用。",
    }


def write_leaflets(folder: Path, files: int = 4, rows: int = 40, start: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(start, start + files):
        lines = [json.dumps(leaflet(k * rows + n), ensure_ascii=False) for n in range(rows)]
        (folder / f"l{k:03d}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    write_leaflets(tmp_path / "raw")
    return tmp_path / "raw"


@pytest.fixture
def leaflets(raw: Path) -> JsonLines:
    return leaflets_in(raw)


def leaflets_in(raw: Path, **fields: Any) -> JsonLines:
    told: dict[str, Any] = {"name": "leaflets", "files": f"{raw}/*.jsonl", "license": "public"}
    return JsonLines(**told | {"fields": {"text": "body", "title": "name"}} | fields)


def sha256s(folder: Path) -> dict[str, str]:
    """Every file of a version but the notes of the run."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "run.json"]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text("utf-8"))  # type: ignore[no-any-return]


def entries(root: Path, kind: str = "part") -> dict[str, int]:
    """The finished entries of a kind in the pool, and when each receipt was written."""
    return {p.parent.name: p.stat().st_mtime_ns for p in (root / ".medgo" / "pool").glob(f"{kind}-*/receipt.json")}


Build = Callable[..., Path]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine")
    made = Browser(tmp_path)
    yield made
    made.close()
