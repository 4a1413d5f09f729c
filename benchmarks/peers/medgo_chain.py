"""The chain in medgo: texts of 50 characters or more, 0.3 Han or more, exact deduplication, zstd Parquet."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(words: list[str]) -> None:
    """Run the chain over one file into a folder and say which files came out; without words, only import."""
    import numpy  # noqa: F401, ICN001
    import orjson  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import xxhash  # noqa: F401

    from medgo_data import Clean, Corpus, Dedup, Here, build
    from medgo_data import open as open_corpus
    from medgo_data.sources import Parquet

    if not words:
        return
    input_path, outdir = Path(words[0]), Path(words[1])
    papers = Parquet(name="papers", files=str(input_path), license="unknown", fields={"text": "text"})
    build(
        Corpus("papers", [papers], [Clean(repair=False, min_chars=50, min_han=0.3), Dedup(at_least=None)]),
        outdir,
        Here(),
    )
    shards = open_corpus(outdir, "papers").shards
    print(json.dumps({"version": version("medgo"), "files": [str(path) for path in shards]}))


if __name__ == "__main__":
    main(sys.argv[1:])
