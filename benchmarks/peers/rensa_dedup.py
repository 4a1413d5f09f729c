"""Near-duplicates in rensa: its deduplicator with an index, which checks the estimate of each candidate, zstd Parquet.

R-MinHash, or C-MinHash with ``--c``. Its fastest sketch, rho, looks at a sample of the positions and only flags rows that have a like,
the first among them, so it leaves nothing to keep. Texts of fewer than five characters are one shingle.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

NGRAM, AT_LEAST, HASHES, BANDS = 5, 0.7, 128, 16


def shingles(text: str) -> list[str]:
    return [text[at : at + NGRAM] for at in range(max(1, len(text) - NGRAM + 1))]


def main(words: list[str]) -> None:
    """Run over one file into a folder and say which files came out."""
    import pyarrow.parquet as pq
    from rensa import CMinHashDeduplicator, RMinHashDeduplicator

    if "--c" in words:
        found = CMinHashDeduplicator(threshold=AT_LEAST, num_perm=HASHES)
    else:
        found = RMinHashDeduplicator(threshold=AT_LEAST, num_perm=HASHES, use_lsh=True, num_bands=BANDS)
    table = pq.read_table(words[0])
    stays = found.add_pairs((str(row), shingles(text)) for row, text in enumerate(table["text"].to_pylist()))
    out = Path(words[1]) / "rensa.parquet"
    pq.write_table(table.filter(stays), out, compression="zstd")
    print(json.dumps({"version": version("rensa"), "files": [str(out)]}))


if __name__ == "__main__":
    main(sys.argv[1:])
