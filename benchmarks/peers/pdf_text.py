"""The text of a PDF as pypdf or pdfminer.six gives it, page after page. Called without words, it only imports."""

import sys
from pathlib import Path

import pdfminer.high_level
import pypdf


def main(tool: str, given: str, out: str) -> None:
    if tool == "pypdf":
        text = "\f".join(page.extract_text() for page in pypdf.PdfReader(given).pages)
    else:
        text = pdfminer.high_level.extract_text(given)
    Path(out).write_text(text, "utf-8", "replace")


if __name__ == "__main__" and sys.argv[1:]:
    main(*sys.argv[1:])
