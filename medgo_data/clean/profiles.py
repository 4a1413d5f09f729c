"""What good text of each kind of material looks like, in numbers; beyond them it is junk.

Set on real material: a half of it, chosen by lot, kept by these limits; ``benchmarks/junk.py`` tells what of the other half they keep.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cache

import polars as pl


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Limits of one kind of text. Shares are of the characters that are no white space, where nothing else is said."""

    min_chars: int = 20
    min_han: float = 0.2
    max_digits: float = 0.35
    max_symbols: float = 0.45  # marks included
    max_torn: float = 0.25  # of the Han, those that stand alone; and three times the share of rare ones
    max_strangers: float = 0.075  # of the pairs of common characters side by side, those that hardly ever are
    max_repeated: float = 0.55  # what is written a second time
    max_keywords: float = 0.35  # the same, in a text without sentences, for pieces of three letters
    max_entries: float = 0.6  # lines like those of a menu: short and without a mark
    min_words: int = 0
    min_stop_words: float = 0  # of the words, those that no English text is without: the, of, and


CHINESE = Profile()
MIXED = Profile(min_han=0.02, max_symbols=0.5, max_torn=0.4, max_repeated=0.7)
ENGLISH = Profile(
    min_han=0, max_digits=0.25, max_symbols=0.16, max_torn=9, max_repeated=0.6, min_words=5, min_stop_words=0.12
)
# What a category's texts may be beyond that, whatever their language; a category is known by a word in its name.
LOOSER: dict[str, dict[str, float]] = {
    "terminology": {"min_chars": 2, "max_digits": 0.75, "max_symbols": 0.6, "max_torn": 2, "max_strangers": 1,
                    "max_repeated": 0.85, "max_keywords": 1, "max_entries": 1, "min_words": 1, "min_stop_words": 0},
    "exam": {"min_chars": 6, "min_han": 0.1, "max_digits": 0.5, "max_symbols": 0.6, "max_torn": 0.8, "max_strangers": 0.15,
             "max_keywords": 0.7, "max_entries": 1, "min_words": 3, "min_stop_words": 0.03},
    "complaint": {"min_chars": 4, "max_digits": 0.5, "max_torn": 0.5, "max_entries": 1},
    "dialogue": {"min_chars": 6, "min_han": 0.1, "max_digits": 0.5, "max_strangers": 0.15, "max_keywords": 0.6, "max_entries": 1},
    "instruction": {"min_chars": 8, "max_entries": 1, "min_stop_words": 0.08},
    "safety": {"min_chars": 6, "max_strangers": 0.15, "max_entries": 1},
    "encyclopedia": {"min_chars": 10, "max_torn": 0.35, "max_strangers": 0.12, "max_keywords": 0.6, "max_entries": 1},
    "formulary": {"min_chars": 6, "min_han": 0.1, "max_symbols": 0.7, "max_keywords": 0.6, "max_entries": 1, "min_words": 2,
                  "min_stop_words": 0.03},
    "leaflet": {"min_chars": 10, "max_symbols": 0.6, "max_repeated": 0.7, "max_entries": 0.9},
    "textbook": {"min_chars": 10, "max_entries": 0.95},
    "paper": {"min_han": 0.1, "max_digits": 0.5, "max_keywords": 0.5, "max_symbols": 0.5, "min_stop_words": 0.08},
    "review": {"min_han": 0.1, "max_digits": 0.5, "max_keywords": 0.5, "max_symbols": 0.5, "min_stop_words": 0.08},
    "case": {"min_chars": 10},
    "monograph": {"min_chars": 10, "max_torn": 0.6, "max_strangers": 0.12, "max_keywords": 0.5, "max_entries": 1},
    "classic": {"min_chars": 10, "max_torn": 0.6, "max_strangers": 0.12, "max_keywords": 0.5, "max_entries": 1},
}  # fmt: skip
LANGUAGES = {"zh": CHINESE, "mixed": MIXED, "en": ENGLISH}


def strictest(limit: str) -> float:
    """Of a share that may not be more, what every profile allows."""
    return min(float(getattr(profile, limit)) for profile in LANGUAGES.values())


def limits(category: pl.Series, language: pl.Series) -> pl.DataFrame:
    """The profile of each row, by its category and language; without a language, the Chinese one."""
    known = category.cast(pl.String).str.to_lowercase().str.extract(f"({'|'.join(map(re.escape, LOOSER))})")
    wanted = pl.DataFrame({"kind": known.fill_null(""), "language": language.replace("other", None).fill_null("zh")})
    return wanted.join(_table(), on=["kind", "language"], how="left", maintain_order="left").drop("kind", "language")


@cache
def _table() -> pl.DataFrame:
    no_kind: dict[str, dict[str, float]] = {"": {}}
    return pl.DataFrame(
        [
            {"kind": kind, "language": language} | asdict(profile) | _looser(profile, more)
            for language, profile in LANGUAGES.items()
            for kind, more in (no_kind | LOOSER).items()
        ],
        infer_schema_length=None,
    )


def _looser(profile: Profile, more: dict[str, float]) -> dict[str, float]:
    """Of two limits the one that lets more through: no category is held to more than its language is."""
    return {
        name: (min if name.startswith("min") else max)(float(limit), getattr(profile, name))
        for name, limit in more.items()
    }
