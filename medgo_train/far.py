"""A corpus that lies in an object store is brought to this machine, once, before anybody trains on it.

Where the store is, and by what right one asks it, comes from the environment, as every tool of S3 reads it:
AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY. What was brought is kept in MEDGO_CACHE.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import urlsplit

from medgo_train.config import RunError

BLOCK = 8 << 20  # bytes


class FarError(RunError):
    """A corpus that cannot be brought here; the message says which, and what to do."""


def is_far(told: Path | str) -> bool:
    return str(told).startswith("s3://")


def fetched(address: str, version: str = "") -> Path:
    """The local folder with a version of the corpus at ``address``, or with the version that lies there itself."""
    store, key = _store(), address.removeprefix("s3://").strip("/")
    try:
        manifest = None if version else _read(store, f"{key}/manifest.json")
        if manifest is None:
            version = _version(store, key, version)
            key = f"{key}/{version}"
            manifest = _read(store, f"{key}/manifest.json") if version else None
        if manifest is None:
            raise FarError(
                f"{address} holds no built corpus. Give the root that it was built below, or the address of one version."
            )
        folder = cache().joinpath(*key.split("/"))
        there = folder / "manifest.json"
        if not there.is_file() or there.read_bytes() != manifest:
            _bring(store, key, manifest, folder)
    except OSError as wrong:
        code = (re.search(r"AWS Error ([A-Z0-9_]+)", str(wrong)) or ("", "no answer"))[1]  # its words may quote a key
        raise FarError(
            f"{address} cannot be read ({code}). Check the address, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and "
            f"AWS_SECRET_ACCESS_KEY; what was brought is kept."
        ) from None
    return folder


def cache() -> Path:
    """Where corpora from afar are kept, for the eyes of one user only."""
    folder = Path(os.environ.get("MEDGO_CACHE") or Path.home() / ".cache" / "medgo")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _bring(store: Any, key: str, manifest: bytes, folder: Path) -> None:
    """Beside, then rename: a version that can be seen is all there. Whether it is what was built is checked by whoever reads it."""
    beside = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}"
    beside.mkdir(parents=True)
    try:
        for shard in json.loads(manifest)["shards"]:
            name = shard["file"]
            if PurePath(name).parts != (name,) or name == "..":
                raise FarError(f"s3://{key}/manifest.json names a shard that lies outside its folder. Do not use it.")
            with store.open_input_file(f"{key}/{name}") as there, (beside / name).open("wb") as here:
                shutil.copyfileobj(there, here, BLOCK)
        (beside / "manifest.json").write_bytes(manifest)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _version(store: Any, key: str, version: str) -> str:
    """The version that is meant: the current one, or the one that begins so."""
    if not version:
        return (_read(store, f"{key}/current") or b"").decode().strip()
    from pyarrow.fs import FileSelector

    inside = [one.base_name for one in store.get_file_info(FileSelector(key, allow_not_found=True))]
    found = [name for name in inside if name.startswith(version) and re.fullmatch(r"[0-9a-f]{12}", name)]
    if len(found) != 1:
        raise FarError(f"s3://{key} has not one version {version!r}, but {len(found)}. Write it as it was built.")
    return str(found[0])


def _read(store: Any, key: str) -> bytes | None:
    try:
        with store.open_input_file(key) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def _store() -> Any:
    from pyarrow import fs  # here, because who trains on what lies on a disk need not wait for it

    told = urlsplit(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "")
    make: Any = fs.S3FileSystem
    return make(
        endpoint_override=told.netloc or None,
        scheme=told.scheme or "https",
        region=os.environ.get("AWS_REGION")
        or os.environ.get("AWS_DEFAULT_REGION")
        or ("us-east-1" if told.netloc else None),
        request_timeout=30,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=5),
    )
