"""Plain text is a document as it is."""

from __future__ import annotations

from medgo_data.sources.formats import Work


def read(content: str) -> Work:
    return Work(content)
