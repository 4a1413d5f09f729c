"""Text repaired and judged in datatrove: its formatters, then its quality filters, with Chinese as the language.

The filters split words with spaCy and jieba, as datatrove does for Chinese. They are told to keep what they would drop where
that saves nothing: what is compared is time, for at their English thresholds hardly a Chinese text is kept.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

LANGUAGE = "zho_Hani"


def main(words: list[str]) -> None:
    """Run the chain over one file of JSON Lines into a folder and say which files came out; without words, only import."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter, LambdaFilter
    from datatrove.pipeline.formatters import FTFYFormatter, SymbolLinesFormatter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import ParquetWriter
    from datatrove.utils.logging import logger

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
    with tempfile.TemporaryDirectory(dir=outdir.parent) as tmp:
        LocalPipelineExecutor(
            [
                JsonlReader(str(input_path.parent), glob_pattern=input_path.name, recursive=False),
                FTFYFormatter(),
                SymbolLinesFormatter(["|"]),
                LambdaFilter(lambda doc: len(doc.text) >= 50),
                GopherRepetitionFilter(language=LANGUAGE),
                quality,
                ParquetWriter(str(outdir), compression="zstd"),
            ],
            tasks=1,
            workers=1,
            logging_dir=f"{tmp}/logs",
        ).run()
    written = [str(path) for path in sorted(outdir.glob("*.parquet"))]
    print(json.dumps({"version": version("datatrove"), "files": written}))


if __name__ == "__main__":
    main(sys.argv[1:])
