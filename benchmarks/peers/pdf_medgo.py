"""The text of a PDF as medgo gives it, or as pdfium alone does. Called without words, it only imports."""

import sys
from pathlib import Path

import pypdfium2
import pypdfium2.raw

from medgo_data.sources.formats.pdf import read


def main(tool: str, given: str, out: str) -> None:
    content = Path(given).read_bytes()
    if tool == "medgo":
        text = read(content).text
    else:
        text = "\f".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    Path(out).write_text(text, "utf-8", "replace")


if __name__ == "__main__" and sys.argv[1:]:
    main(*sys.argv[1:])
