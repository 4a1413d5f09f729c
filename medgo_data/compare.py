"""Two versions side by side, and the lock file that says which versions a result was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from medgo_data.store import Built, StoreError, write_json


def difference(a: Built, b: Built) -> dict[str, Any]:
    """What changed from ``a`` to ``b``: recipe, inputs, rows and reasons; empty parts are what stayed the same."""
    return {
        "versions": [a.full_name, b.full_name],
        "recipe": _changed(_recipe(a), _recipe(b)),
        "inputs": _changed(_inputs(a), _inputs(b)),
        "rows": _changed(_rows(a), _rows(b)),
        "reasons": _changed(_reasons(a), _reasons(b)),
    }


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    names = list(dict.fromkeys([*before, *after]))
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def _recipe(built: Built) -> dict[str, Any]:
    """Every field of every source and stage under a name of its own, and the order of the stages."""
    told: dict[str, Any] = {}
    for one in (*built.manifest["recipe"]["inputs"], *built.manifest["recipe"]["stages"]):
        for kind, fields in one.items():
            name = f"{kind} {fields['name']}" if "name" in fields else kind
            same = sum(known.split(".")[0].split(" ")[0] == kind for known in told if known.endswith(".version"))
            if same and "name" not in fields:
                name = f"{kind} {same + 1}"
            told |= {f"{name}.version": fields.get("version")}
            told |= {f"{name}.{field}": value for field, value in fields.items() if field != "name"}
    return told | {"order of the stages": [next(iter(one)) for one in built.manifest["recipe"]["stages"]]}


def _inputs(built: Built) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for one in built.manifest["inputs"]:
        for file in one.get("files", []):
            told[f"{one['source']}/{file['name']}"] = file["sha256"][:12]
        if "corpus" in one:
            told[f"corpus {one['corpus']}"] = one["fingerprint"][:12]
    return told


def _rows(built: Built) -> dict[str, Any]:
    told: dict[str, Any] = {"all": built.manifest["rows"]}
    return told | {source: of["rows"] for source, of in built.manifest["sources"].items()}


def _reasons(built: Built) -> dict[str, Any]:
    return {
        f"{line['stage']}: {reason}": n for line in built.manifest["funnel"] for reason, n in line["dropped"].items()
    }


def pins(built: Iterable[Built]) -> dict[str, Any]:
    """What pins a version down: the hash of its recipe over its inputs, and the hash of what came out."""
    return {one.name: {key: one.manifest[key] for key in ("fingerprint", "content", "seal")} for one in built}


def write_lock(path: Path, built: Iterable[Built]) -> None:
    """Pin these versions, and leave what else is pinned as it is."""
    pinned = _read(path) if path.exists() else {}
    write_json(path, dict(sorted((pinned | pins(built)).items())))


def unlike(path: Path, built: dict[str, Built]) -> list[str]:
    """Each corpus that is not as the lock file says, as a sentence."""
    told = []
    for name, pinned in _read(path).items():
        if name not in built:
            told.append(f"{name} is pinned in {path} but was not built here")
            continue
        now = pins([built[name]])[name]
        if now["fingerprint"] != pinned.get("fingerprint"):
            told.append(
                f"{name} was built from another recipe or other inputs: {now['fingerprint'][:12]}, not {str(pinned.get('fingerprint'))[:12]}"
            )
        elif now != pinned:
            told.append(
                f"{name} has other rows although its recipe and inputs are the same: a model answered differently"
            )
    return told


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise StoreError(f"there is no lock file {path}. Write one with: medgo-data lock") from None
    except ValueError:
        told = None
    if not isinstance(told, dict) or not all(isinstance(pinned, dict) for pinned in told.values()):
        raise StoreError(f"{path} is not a lock file. Write it anew with: medgo-data lock --file {path}")
    return told
