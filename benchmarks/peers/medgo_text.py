"""Text repaired and judged in medgo: Clean with all its repairs and rules, zstd Parquet."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(words: list[str]) -> None:
    """Run the chain over one file of JSON Lines into a folder and say which files came out; without words, only import."""
    import numba  # noqa: F401
    import orjson  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from medgo_data import Clean, Corpus, Here, build
    from medgo_data import open as open_corpus
    from medgo_data.sources import JsonLines

    if not words:
        return
    input_path, outdir = Path(words[0]), Path(words[1])
    papers = JsonLines(name="papers", files=str(input_path), license="unknown", fields={"text": "text"})
    build(Corpus("papers", [papers], [Clean()]), outdir, Here())
    shards = open_corpus(outdir, "papers").shards
    print(json.dumps({"version": version("medgo"), "files": [str(path) for path in shards]}))


if __name__ == "__main__":
    main(sys.argv[1:])
