"""medgo-train: look at a corpus before a GPU does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medgo_train import __version__
from medgo_train.data import DataError, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgo_train.data import Manifest

CHECK = """\
Read every byte of a built corpus and say whether it may be trained on.

It may if its manifest is whole, each shard has the size and the sha256 that the manifest names, its columns are
exactly those of its schema, its rows are as many as were counted, no stray Parquet file lies beside them, and the
corpus is marked scrubbed: every row went through Scrub(), so no patient can be read out of it.

Says what it found and exits with 0; or names the first thing that is wrong and what to do, and exits with 1.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if a corpus is refused, 2 if the command itself makes no sense."""
    asked = _parser().parse_args(argv)
    try:
        manifest = check(asked.folder, unscrubbed=asked.unscrubbed)
    except DataError as refusal:
        print(f"medgo-train check: {refusal}", file=sys.stderr)  # noqa: T201
        return 1
    print(_summary(manifest))  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="medgo-train", description="Train on a version of a corpus, and never on anything else."
    )
    parser.add_argument("--version", action="version", version=f"medgo {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    raw = argparse.RawDescriptionHelpFormatter
    one = commands.add_parser(
        "check", help="is this corpus whole, and may it be trained on?", description=CHECK, formatter_class=raw
    )
    one.add_argument(
        "folder",
        metavar="FOLDER",
        type=Path,
        help="one version of a corpus: the folder with manifest.json and part-*.parquet",
    )
    one.add_argument(
        "--unscrubbed", action="store_true", help="accept a corpus that was not scrubbed; its rows may name patients"
    )
    return parser


def _summary(manifest: Manifest) -> str:
    shards = "1 shard" if len(manifest.shards) == 1 else f"{len(manifest.shards):,} shards"
    scrubbed = "scrubbed" if manifest.scrubbed else "NOT scrubbed: its rows may name patients"
    width = max(len(column.name) for column in manifest.columns)
    lines = [
        f"{manifest.name}, version {manifest.fingerprint[:12]}, is whole: every shard is the one that was built.",
        f"  rows     {manifest.rows:,} in {shards}, {_size(manifest.bytes)}",
        f"  schema   {manifest.schema}, version {manifest.schema_version}",
        *(f"           {column.name:<{width}}  {column.en}" for column in manifest.columns),
        f"  privacy  {scrubbed}",
        f"  content  {manifest.content[:12]}",
    ]
    return "\n".join(lines)


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} bytes" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


if __name__ == "__main__":
    sys.exit(main())
