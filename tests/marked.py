"""Lines of tests in which stands what is to be found, ⟦so⟧, and what others found, ⟨so⟩ or ⟨PHONE|so⟩."""

from __future__ import annotations

import re

from medgo_data.pii.span import Span

MARK = re.compile("⟦(?P<own>.*?)⟧|⟨(?:(?P<kind>[A-Z_]+)\\|)?(?P<known>.*?)⟩")


def read(line: str) -> tuple[str, list[Span], list[tuple[int, int]]]:
    """A text without its marks, what others found in it (persons, if nothing else is said), and what is to be found."""
    text, known, meant, last = "", [], [], 0
    for met in MARK.finditer(line):
        text += line[last : met.start()]
        last = met.end()
        said = met["own"] or met["known"]
        place = (len(text), len(text) + len(said))
        text += said
        if met["own"]:
            meant.append(place)
        else:
            known.append(Span(*place, met["kind"] or "PERSON", "other", 0.9))
    return text + line[last:], known, meant
