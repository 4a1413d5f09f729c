"""Near-duplicates in medgo: Dedup with its defaults, one process, zstd Parquet; the ledger names the row that was kept."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(words: list[str]) -> None:
    """Build over one file, or all files of a folder, into a folder, and say which files came out."""
    from medgo_data import Corpus, Dedup, Here, build
    from medgo_data import open as open_corpus
    from medgo_data.sources import Parquet

    given, root = Path(words[0]), Path(words[1])
    files = f"{given}/*.parquet" if given.is_dir() else str(given)
    texts = Parquet(name="bench", files=files, license="bench", fields={"text": "text"})
    build(Corpus("bench", [texts], [Dedup()]), root, Here())
    built = open_corpus(root, "bench")
    ledger = [str(path) for path in sorted((built.folder / "dropped").glob("*.parquet"))]
    print(json.dumps({"version": version("medgo"), "files": [str(path) for path in built.shards], "ledger": ledger}))


if __name__ == "__main__":
    main(sys.argv[1:])
