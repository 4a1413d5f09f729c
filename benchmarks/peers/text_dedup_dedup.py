"""Near-duplicates in text-dedup: its MinHash command, then its folder as zstd Parquet.

It takes what stands between two signs that are no letters for a word, so in Chinese five clauses are its shingle: nothing can be set
there. ``--min_length 1`` keeps the texts of fewer than five clauses, which it would drop unasked. xxh3 is its fastest hash.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

NGRAM, AT_LEAST, HASHES, BANDS, ROWS = 5, 0.7, 128, 16, 8


def main(words: list[str]) -> None:
    """Run over one file into a folder and say which files came out."""
    import datasets
    import pyarrow.parquet as pq
    from text_dedup import minhash

    datasets.disable_progress_bars()
    outdir = Path(words[1])
    out = outdir / "text_dedup.parquet"
    with tempfile.TemporaryDirectory(dir=outdir.parent) as tmp:
        told = {
            "path": "parquet",
            "data_files": words[0],
            "split": "train",
            "cache_dir": f"{tmp}/cache",
            "output": f"{tmp}/out",
            "column": "text",
            "num_proc": 1,
            "ngram": NGRAM,
            "min_length": 1,
            "threshold": AT_LEAST,
            "num_perm": HASHES,
            "b": BANDS,
            "r": ROWS,
            "hash_func": "xxh3",
        }
        minhash.main([f"--{name}={value}" for name, value in told.items()], standalone_mode=False)
        pq.write_table(datasets.load_from_disk(f"{tmp}/out").with_format("arrow")[:], out, compression="zstd")
    print(json.dumps({"version": version("text-dedup"), "files": [str(out)]}))


if __name__ == "__main__":
    main(sys.argv[1:])
