"""Repair what can be repaired, say which language it is in, and drop what is no text that teaches anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import polars as pl

from medgo_data.clean.measure import han, measured, repeated, scripts
from medgo_data.clean.phrases import HINTS, SAID, STOP_WORDS
from medgo_data.clean.profiles import limits, strictest
from medgo_data.native import flat
from medgo_data.stage import Stage

LANGUAGES = ("zh", "mixed", "en")


@dataclass(frozen=True, kw_only=True)
class Clean(Stage):
    """Repair each text, set its ``language``, and drop it for what it is: too short, garbled, an advert, a menu.

    ``min_chars`` and ``min_han`` are limits for every row; None leaves them to the profile of the row's category and
    language, as all other limits are (``profiles.py``). White space around a text does not count. With ``repair=False`` a
    text stays as it is and is judged by its length and its script alone, for the profiles are of repaired text.
    """

    version = 2

    repair: bool = True
    simplify: bool = True  # Traditional characters become Simplified ones
    languages: tuple[str, ...] = LANGUAGES
    min_chars: int | None = None
    min_han: float | None = None
    column: str = "text"

    def __post_init__(self) -> None:
        if strange := sorted(set(self.languages) - set(LANGUAGES)):
            raise ValueError(f"Clean(languages=...) knows {', '.join(LANGUAGES)}, and not {', '.join(strange)}")

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        if self.repair:
            docs = self._repaired(docs)
        text = docs[self.column].fill_null("")
        seen = study(text) if self.repair else glance(text)
        if "language" in docs.columns:
            docs = docs.with_columns(seen["language"])
        category = docs["category"] if "category" in docs.columns else pl.Series([None] * docs.height, dtype=pl.String)
        own = {"min_chars": self.min_chars, "min_han": self.min_han}
        if self.repair or None in own.values():
            seen = seen.hstack(limits(category, seen["language"]))
        seen = seen.with_columns(pl.lit(limit).alias(name) for name, limit in own.items() if limit is not None)
        foreign = {"other_language": ~pl.col("language").is_in(self.languages)}
        rules = (RULES if self.repair else {}) | {"too_short": TOO_SHORT} | foreign | {"little_chinese": LITTLE_CHINESE}
        return docs.with_columns(
            drop=seen.select(pl.coalesce(pl.when(rule).then(pl.lit(why)) for why, rule in rules.items())).to_series()
        )

    def _repaired(self, docs: pl.DataFrame) -> pl.DataFrame:
        from medgo_data.clean.repair import repaired

        text, repairs = repaired(docs[self.column], simplify=self.simplify)
        changed = {self.column: text} | ({"repairs": repairs} if "repairs" in docs.columns else {})
        return docs.with_columns(**changed)


# ---- the rules -----------------------------------------------------------------------------------------------------

TOO_SHORT = pl.col("chars") < pl.col("min_chars")
LITTLE_CHINESE = (pl.col("han") / pl.col("chars")).fill_nan(0) < pl.col("min_han")


def _share(*columns: str, of: str = "size") -> pl.Expr:
    return pl.sum_horizontal(columns) / pl.max_horizontal(of, 1)


# The first that holds gives the reason, and then those of language.
RULES = {
    "too_short": TOO_SHORT,
    "garbled": (_share("broken") > 0.02)
    | (_share("accented") > 0.1)
    | (_share("lone", of="han") + 3 * _share("rare") > pl.col("max_torn")) & (pl.col("lone") + pl.col("rare") > 10),
    "many_digits": _share("digits") > pl.col("max_digits"),
    "many_symbols": _share("signs") > pl.col("max_symbols"),
    "repetitive": (pl.col("again") > pl.col("max_repeated")) & (pl.col("size") >= 40),
    "keyword_spam": pl.col("keywords") > pl.col("max_keywords"),
    # a short text may by chance have more of them
    "shuffled": (_share("strangers", of="neighbours") > pl.col("max_strangers") + 0.5 / pl.col("neighbours").sqrt())
    & (pl.col("neighbours") >= 40),
    "boilerplate": (pl.col("notices") * 60 > pl.col("size")) & (pl.col("notices") >= 2),
    "advert": (pl.col("lures") * 40 > pl.col("size")) & (pl.col("lures") >= 2),
    "navigation": (pl.col("menus") * 30 > pl.col("size")) & (pl.col("menus") >= 3)
    | (_share("entry_chars") > pl.col("max_entries"))
    & (pl.col("entries") >= 12)
    & (pl.col("sentences") * 5 < pl.col("entries")),
    "little_english": (pl.col("language") == "en")
    & ((_share("stop_words", of="words") < pl.col("min_stop_words")) | (pl.col("words") < pl.col("min_words"))),
}


def glance(text: pl.Series) -> pl.DataFrame:
    """What can be seen of a text at once: how long it is, how much of it is Han, and so in most cases its language."""
    chars, letters = text.str.strip_chars().str.len_chars(), han(text)
    unsure = ((letters * 2 < chars) | (chars == 0)).arg_true()
    spoken = pl.Series(["zh"] * len(text), dtype=pl.String)
    if len(unsure):
        spoken = spoken.scatter(unsure, language(scripts(text.gather(unsure))))
    return pl.DataFrame({"chars": chars, "han": letters, "language": spoken})


def study(text: pl.Series) -> pl.DataFrame:
    """All that the rules ask of a text; what is dear to know only where it can matter."""
    whole = flat(text)
    seen = measured(whole)
    size, spoken = seen["size"], language(seen)
    listed = (spoken == "zh") & size.is_between(40, 3000) & (seen["sentences"] * 300 < size) & (seen["rows"] < 3)
    telling = _where(seen["hints"] * 300 > size, text, partial(_times, HINTS)) * 300 > size
    found = {
        "language": spoken,
        "chars": text.str.strip_chars().str.len_chars(),
        "again": repeated(whole, 12, strictest("max_repeated")),
        "words": seen["space"] + 1,
        "stop_words": _where(spoken == "en", text, partial(_times, STOP_WORDS)),
        "keywords": _where(listed, text, lambda some: repeated(flat(some), 3, strictest("max_keywords"))),
    }
    for name, said in SAID.items():
        found[name] = _where(telling, text, partial(_times, said))
    return seen.with_columns(**found)


def _where(asked: pl.Series, text: pl.Series, look: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What is found in those texts, and 0 in the others."""
    rows = asked.fill_null(value=False).arg_true()
    found = pl.zeros(len(text), pl.Float64, eager=True)
    return found.scatter(rows, look(text.gather(rows)).cast(pl.Float64)) if len(rows) else found


def _times(said: str, text: pl.Series) -> pl.Series:
    return text.str.count_matches(said)


def language(made: pl.DataFrame) -> pl.Series:
    """zh, en, mixed or other, by the letters of a text, if it has any.

    An English word has about three letters for each Han of a Chinese one: two thirds of Chinese are zh, an eighth is mixed.
    """
    chinese, latin, foreign = pl.col("han"), pl.col("latin"), pl.col("kana_hangul") + pl.col("other")
    spoken = (
        pl.when(chinese + latin + foreign == 0)
        .then(None)
        .when(foreign * 4 > chinese + latin)
        .then(pl.lit("other"))
        .when(chinese * 3 >= latin * 2)
        .then(pl.lit("zh"))
        .when(chinese * 20 >= latin)
        .then(pl.lit("mixed"))
        .otherwise(pl.lit("en"))
    )
    return made.select(spoken.cast(pl.String)).to_series()
