"""Near-duplicates in datasketch: a signature of each text, an index of those that stay, zstd Parquet.

``generator`` spares what making each signature anew costs; ``--sha1`` takes the hash that it has built in, xxh32 is the fastest. The
estimate of each candidate is checked, as its guide says. Texts of fewer than five characters are one shingle.
"""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

NGRAM, AT_LEAST, HASHES, BANDS, ROWS = 5, 0.7, 128, 16, 8


def shingles(text: str) -> list[bytes]:
    return [text[at : at + NGRAM].encode() for at in range(max(1, len(text) - NGRAM + 1))]


def first_copies(texts: list[str], **hashed: object) -> Iterator[bool]:
    """For each text whether none that stays is like it."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=HASHES, params=(BANDS, ROWS))
    kept = {}
    for number, signed in enumerate(MinHash.generator(map(shingles, texts), num_perm=HASHES, **hashed)):
        alone = not any(signed.jaccard(kept[other]) >= AT_LEAST for other in index.query(signed))
        if alone:
            index.insert(number, signed, check_duplication=False)
            kept[number] = signed
        yield alone


def main(words: list[str]) -> None:
    """Run over one file into a folder and say which files came out."""
    import pyarrow.parquet as pq
    import xxhash

    hashed = {} if "--sha1" in words else {"hashfunc": xxhash.xxh32_intdigest}
    table = pq.read_table(words[0])
    stays = list(first_copies(table["text"].to_pylist(), **hashed))
    out = Path(words[1]) / "datasketch.parquet"
    pq.write_table(table.filter(stays), out, compression="zstd")
    print(json.dumps({"version": version("datasketch"), "files": [str(out)]}))


if __name__ == "__main__":
    main(sys.argv[1:])
