"""Near-duplicates in data-juicer: its MinHash over characters, as it advises for Chinese, Parquet.

Bands are given, since to choose them it would install scipy while it runs. Its Parquet export knows no compression but snappy, so it is
spared the work of zstd. No cache and no export of statistics are its fastest settings.
"""

import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

NGRAM, AT_LEAST, HASHES, BANDS, ROWS = 5, 0.7, 128, 16, 8


def main(words: list[str]) -> None:
    """Run over one file into a folder and say which files came out."""
    # data-juicer installs what it misses while it runs: let it fail instead
    os.environ |= {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    from data_juicer.config import get_init_configs
    from data_juicer.core import DefaultExecutor
    from datasets import disable_progress_bars
    from loguru import logger

    logger.remove()
    disable_progress_bars()
    outdir = Path(words[1])
    export_path = outdir / "data_juicer.parquet"
    minhash = {
        "tokenization": "character",
        "window_size": NGRAM,
        "jaccard_threshold": AT_LEAST,
        "num_permutations": HASHES,
        "num_bands": BANDS,
        "num_rows_per_band": ROWS,
    }
    with tempfile.TemporaryDirectory(dir=outdir.parent) as tmp:
        recipe = {
            "dataset_path": words[0],
            "export_path": str(export_path),
            "work_dir": f"{tmp}/work",
            "ds_cache_dir": f"{tmp}/cache",
            "export_extra_args": {"export_stats": False},
            "np": 1,
            "turbo": True,
            "use_cache": False,
            "process": [{"document_minhash_deduplicator": minhash}],
        }
        DefaultExecutor(get_init_configs(recipe)).run()
    print(json.dumps({"version": version("py-data-juicer"), "files": [str(export_path)]}))


if __name__ == "__main__":
    main(sys.argv[1:])
