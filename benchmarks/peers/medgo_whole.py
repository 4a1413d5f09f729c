"""The whole pipeline in medgo: read, clean, rules, near-duplicates, identifiers with names, zstd Parquet."""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def main(words: list[str]) -> None:
    """Run over one file of JSON Lines into a folder and say which files came out; a policy scrubs; without words, only import."""
    from medgo_data import Clean, Corpus, Dedup, Here, Scrub, Stage, build
    from medgo_data import open as open_corpus
    from medgo_data.sources import JsonLines

    if not words:
        return
    stages: list[Stage] = [Clean(), Dedup(), *(Scrub(policy=policy) for policy in words[2:])]
    papers = JsonLines(name="papers", files=words[0], license="unknown", fields={"text": "text"})
    build(Corpus("papers", [papers], stages), words[1], Here())
    print(
        json.dumps(
            {"version": version("medgo"), "files": [str(p) for p in open_corpus(Path(words[1]), "papers").shards]}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
