"""Near-duplicates in datatrove: its four steps of MinHash over characters in place of words, zstd Parquet.

For Chinese it would cut words with spaCy and jieba, which takes nine tenths of its time; a tokenizer of one's own may stand in place of
a language. It simplifies texts itself: case, punctuation and digits go. Each bucket is a task.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datatrove.data import Document

NGRAM, BANDS, ROWS = 5, 16, 8


def as_row(_writer: object, doc: "Document") -> dict[str, str]:
    return {"id": doc.id, "source": doc.metadata["source"], "text": doc.text}


def main(words: list[str]) -> None:
    """Run over one file into a folder and say which files came out."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.pipeline.readers import ParquetReader
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

    logger.disable("datatrove")
    input_path, outdir = Path(words[0]), Path(words[1])
    config = MinhashConfig(n_grams=NGRAM, num_buckets=BANDS, hashes_per_bucket=ROWS)
    reader = ParquetReader(str(input_path.parent), glob_pattern=input_path.name, recursive=False)
    writer = ParquetWriter(str(outdir), compression="zstd", adapter=as_row)
    with tempfile.TemporaryDirectory(dir=outdir.parent) as tmp:
        pipelines = [
            (1, [reader, MinhashDedupSignature(f"{tmp}/signatures", config, language=Characters())]),
            (BANDS, [MinhashDedupBuckets(f"{tmp}/signatures", f"{tmp}/buckets", config=config)]),
            (1, [MinhashDedupCluster(f"{tmp}/buckets", f"{tmp}/remove", config=config)]),
            (1, [reader, MinhashDedupFilter(f"{tmp}/remove"), writer]),
        ]
        for number, (tasks, pipeline) in enumerate(pipelines):
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{tmp}/logs{number}").run()
    written = [str(path) for path in sorted(outdir.glob("*.parquet"))]
    print(json.dumps({"version": version("datatrove"), "files": written}))


if __name__ == "__main__":
    main(sys.argv[1:])
