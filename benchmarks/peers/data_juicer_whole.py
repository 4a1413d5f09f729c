"""The whole pipeline in data-juicer: texts repaired and judged, MinHash over characters, personal data hidden, Parquet.

The settings are those of ``data_juicer_text.py`` and ``data_juicer_dedup.py``, which say why.
"""

import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

MINHASH = {
    "tokenization": "character",
    "window_size": 5,
    "jaccard_threshold": 0.7,
    "num_permutations": 128,
    "num_bands": 16,
    "num_rows_per_band": 8,
}


def main(words: list[str]) -> None:
    """Run the chain over one file of JSON Lines into a folder and say which files came out; without words, only import."""
    # data-juicer installs what it misses while it runs: let it fail instead
    os.environ |= {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    import torch  # noqa: F401  data-juicer would import it after its first operator
    from data_juicer.config import get_init_configs
    from data_juicer.core import DefaultExecutor
    from datasets import disable_progress_bars
    from loguru import logger

    if not words:
        return
    logger.remove()
    disable_progress_bars()
    input_path, outdir = Path(words[0]), Path(words[1])
    export_path = outdir / "data_juicer.parquet"
    with tempfile.TemporaryDirectory(dir=outdir.parent) as tmp:
        recipe = {
            "dataset_path": str(input_path),
            "export_path": str(export_path),
            "work_dir": f"{tmp}/work",
            "ds_cache_dir": f"{tmp}/cache",
            "export_extra_args": {"export_stats": False},
            "np": 1,
            "turbo": True,
            "use_cache": False,
            "process": [
                {"fix_unicode_mapper": {}},
                {"clean_html_mapper": {}},
                {"chinese_convert_mapper": {"mode": "t2s"}},
                {"whitespace_normalization_mapper": {}},
                {"remove_repeat_sentences_mapper": {}},
                {"text_length_filter": {"min_len": 50}},
                {"special_characters_filter": {"max_ratio": 0.5}},
                {"character_repetition_filter": {"rep_len": 10, "max_ratio": 0.5}},
                {"maximum_line_length_filter": {}},
                {"document_minhash_deduplicator": MINHASH},
                {"clean_email_mapper": {}},
                {"clean_ip_mapper": {}},
                {"pii_redaction_mapper": {}},
            ],
        }
        DefaultExecutor(get_init_configs(recipe)).run()
    print(json.dumps({"version": version("py-data-juicer"), "files": [str(export_path)]}))


if __name__ == "__main__":
    main(sys.argv[1:])
