"""The whole pipeline in datatrove: its formatters and quality filters, MinHash over characters, e-mail and IP hidden, zstd Parquet.

The settings are those of ``datatrove_text.py`` and ``datatrove_dedup.py``, which say why. What the filters leave is written once between
them and MinHash, whose first and last steps both read it.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datatrove.data import Document

LANGUAGE = "zho_Hani"
NGRAM, BANDS, ROWS = 5, 16, 8


def as_row(_writer: object, doc: "Document") -> dict[str, str]:
    return {"id": doc.id, "text": doc.text}


def main(words: list[str]) -> None:
    """Run over one file of JSON Lines into a folder and say which files came out; without words, only import."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter, LambdaFilter
    from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter, SymbolLinesFormatter
    from datatrove.pipeline.readers import JsonlReader, ParquetReader
    from datatrove.pipeline.writers import ParquetWriter
    from datatrove.utils.logging import logger
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Characters(WordTokenizer):
        def word_tokenize(self, text: str) -> list[str]:
            return [character for character in text if character != " "]

        def sent_tokenize(self, text: str) -> list[str]:
            return [text]

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [(0, len(text))]

    if not words:
        return
    logger.disable("datatrove")
    input_path, outdir = Path(words[0]), Path(words[1])
    quality = GopherQualityFilter(
        min_doc_words=1,
        max_doc_words=None,
        min_avg_word_length=None,
        max_avg_word_length=None,
        max_non_alpha_words_ratio=None,
        min_stop_words=None,
        language=LANGUAGE,
    )
    config = MinhashConfig(n_grams=NGRAM, num_buckets=BANDS, hashes_per_bucket=ROWS)
    with tempfile.TemporaryDirectory(dir=outdir.parent) as tmp:
        told = JsonlReader(str(input_path.parent), glob_pattern=input_path.name, recursive=False)
        again = ParquetReader(f"{tmp}/clean")
        rules = [
            FTFYFormatter(),
            SymbolLinesFormatter(["|"]),
            LambdaFilter(lambda doc: len(doc.text) >= 50),
            GopherRepetitionFilter(language=LANGUAGE),
            quality,
        ]
        pipelines = [
            (1, [told, *rules, ParquetWriter(f"{tmp}/clean", compression="zstd", adapter=as_row)]),
            (1, [again, MinhashDedupSignature(f"{tmp}/signatures", config, language=Characters())]),
            (BANDS, [MinhashDedupBuckets(f"{tmp}/signatures", f"{tmp}/buckets", config=config)]),
            (1, [MinhashDedupCluster(f"{tmp}/buckets", f"{tmp}/remove", config=config)]),
            (
                1,
                [
                    again,
                    MinhashDedupFilter(f"{tmp}/remove"),
                    PIIFormatter(),
                    ParquetWriter(str(outdir), compression="zstd", adapter=as_row),
                ],
            ),
        ]
        for number, (tasks, pipeline) in enumerate(pipelines):
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{tmp}/logs{number}").run()
    written = [str(path) for path in sorted(outdir.glob("*.parquet"))]
    print(json.dumps({"version": version("datatrove"), "files": written}))


if __name__ == "__main__":
    main(sys.argv[1:])
