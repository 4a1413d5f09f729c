"""Texts of which it is known which are near-duplicates: planted copies, edits at every rate, millions of short ones.

How alike two texts are is worked out here in plain Python, with nothing of the code that is measured.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations
from pathlib import Path

import numpy as np
import opencc
import polars as pl
import pyarrow as pa

from common import CHARACTERS, MB, texts

NGRAM = 5
BYTES = 1030  # about as many has an invented text in UTF-8
SHORTEST = 50  # characters of a text that has a copy

# ---- how alike two texts are ---------------------------------------------------------------------------------------


class View(dict[int, str]):
    """Each character as it is compared: NFKC, Simplified, lower case, and nothing if it is neither letter nor digit."""

    def __missing__(self, code: int) -> str:
        plain = _converter("t2s").convert(unicodedata.normalize("NFKC", chr(code))).lower()
        self[code] = "".join(filter(str.isalnum, plain))
        return self[code]


@cache
def _converter(way: str) -> opencc.OpenCC:
    return opencc.OpenCC(way)


VIEW = View()


def shingles(text: str) -> set[str]:
    return {text[at : at + NGRAM] for at in range(max(1, len(text) - NGRAM + 1))}


def likeness(one: str, other: str) -> float:
    """The share of all their shingles that both have (Jaccard)."""
    ours, theirs = shingles(one), shingles(other)
    return len(ours & theirs) / len(ours | theirs)


def normalised_likeness(one: str, other: str) -> float:
    return likeness(one.translate(VIEW), other.translate(VIEW))


# ---- copies that are known -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Labelled:
    """A file of texts; the pairs in it that are alike; and the copies that were planted, of which kind each."""

    file: Path
    pairs: pl.DataFrame
    planted: pl.DataFrame


def planted(folder: Path, megabytes: float) -> Labelled:
    """Invented texts, and among them copies of one in ten of them, an eighth of each kind."""
    dice = random.Random(0)
    made = pl.Series(texts(int(megabytes * MB / BYTES), 1, foreign=0.0))
    docs = pl.DataFrame({"id": [f"d{n}" for n in range(len(made))], "source": ["invented"] * len(made), "text": made})
    long = docs.filter(pl.col("text").str.len_chars() >= SHORTEST)
    chosen = long[dice.choices(range(long.height), k=long.height // 10)]
    kinds = [list(KINDS)[n % len(KINDS)] for n in range(chosen.height)]
    copies = pl.DataFrame(
        {
            "id": [f"p{n}" for n in range(chosen.height)],
            "source": ["plant"] * chosen.height,
            "text": [KINDS[kind](text, dice) for kind, text in zip(kinds, chosen["text"], strict=True)],
        }
    )
    told = pl.DataFrame({"id": copies["id"], "original": chosen["id"], "kind": kinds})
    every = pl.concat([docs, copies]).sample(fraction=1, shuffle=True, seed=0)
    every.write_parquet(folder / "planted.parquet")
    return Labelled(folder / "planted.parquet", _pairs(every, told), told)


def _pairs(docs: pl.DataFrame, planted: pl.DataFrame) -> pl.DataFrame:
    """Every text and its copies, each with each; other texts, of words drawn by chance, are not alike."""
    text = dict(docs.select("id", "text").rows())
    families = planted.group_by("original", maintain_order=True).agg("id").rows()
    rows = [
        (a, b, likeness(text[a], text[b]), normalised_likeness(text[a], text[b]))
        for original, copies in families
        for a, b in combinations([original, *copies], 2)
    ]
    return pl.DataFrame(rows, schema=["a", "b", "raw", "normalised"], orient="row")


def _edited(text: str, dice: random.Random, *, rate: float) -> str:
    """So many of its characters are others, gone, or followed by another."""
    told = []
    for character in text:
        other = dice.choice(CHARACTERS)
        told.append(dice.choice(("", other, character + other)) if dice.random() < rate else character)
    return "".join(told)


def _spaced(text: str, dice: random.Random) -> str:
    return "".join(c + " " if dice.random() < 0.08 else c for c in text.replace("\n", "\n\n"))


HALF = str.maketrans("，。；：？！（）、", ",.;:?!(),")
KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "exact": lambda text, _: text,
    "edit2": partial(_edited, rate=0.02),
    "edit5": partial(_edited, rate=0.05),
    "edit10": partial(_edited, rate=0.10),
    "punct": lambda text, _: text.translate(HALF),
    "space": _spaced,
    "trunc": lambda text, dice: text[: int(len(text) * dice.uniform(0.75, 0.95))],
    "s2t": lambda text, _: _converter("s2t").convert(text),
}
SAME = ("exact", "punct", "space", "s2t")  # those that are the same text, as it is compared

# ---- many texts ----------------------------------------------------------------------------------------------------

MOST_EDITED = 0.3  # of a text's characters


def enlarged(docs: pl.Series, folder: Path, megabytes: float) -> Path:
    """The texts as they are, then again and again, 0 to 30 % of the characters of each replaced by other texts' characters."""
    folder.mkdir()
    letters, sizes = letters_of(docs)
    for number in range(round(megabytes * MB / int(docs.str.len_bytes().sum())) or 1):
        write(folder / f"{number:05d}.parquet", edited(letters, sizes, number) if number else docs)
    return folder


def edited(letters: np.ndarray, sizes: np.ndarray, seed: int) -> pl.Series:
    """Every text anew, each edited at a rate of its own."""
    dice = np.random.default_rng([seed, 3])
    rate = np.repeat(dice.random(len(sizes), np.float32) * MOST_EDITED, sizes)
    touched = dice.random(len(letters), np.float32) < rate
    told = letters.copy()
    told[touched] = letters[dice.integers(len(letters), size=int(touched.sum()))]
    return _strings(told, sizes)


COPIED = 10  # one row in so many, the last ones of each file
SIGNS = np.array([ord(sign) for sign in ",.;、。；\n"], np.uint32)  # any of them is as good as a comma
STRANGE = ord("癌")  # in no invented text


def short(path: Path, number: int, rows: int) -> None:
    """File ``number`` of so many texts of 100 to 149 characters; the last tenth are copies of texts of an earlier file.

    One copy in three is exact, one has other punctuation, one has another character somewhere.
    """
    letters, sizes = _drawn(number, rows)
    dice = np.random.default_rng([number, 5])
    count = rows // COPIED
    from_letters, from_sizes = _drawn(int(dice.integers(number)), rows) if number else (letters, sizes)
    chosen = dice.permutation(rows - count)[:count]
    copies = from_letters[chosen]
    kind = np.arange(rows - count, rows) % 3
    commas = (copies == ord("，")) & (kind == 1)[:, None]
    copies[commas] = SIGNS[dice.integers(len(SIGNS), size=int(commas.sum()))]
    changed = np.flatnonzero(kind == 2)
    copies[changed, dice.integers(1, 12, size=len(changed)) + 12 * dice.integers(8, size=len(changed))] = STRANGE
    letters, sizes = np.concatenate([letters[:-count], copies]), np.concatenate([sizes[:-count], from_sizes[chosen]])
    write(path, _strings(letters[np.arange(letters.shape[1]) < sizes[:, None]], sizes))


def _drawn(number: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Characters by chance, a comma at every twelfth place, and how many of each row count."""
    dice = np.random.default_rng([number, 4])
    alphabet = np.array([ord(character) for character in CHARACTERS], np.uint32)
    letters = alphabet[dice.integers(len(alphabet), size=(rows, 150), dtype=np.int32)]
    letters[:, ::12] = ord("，")
    return letters, dice.integers(100, 150, size=rows)


def copies_in(rows: int) -> pl.DataFrame:
    """The rows of such a file that are copies, and of which kind."""
    row = pl.Series("row", range(rows - rows // COPIED, rows))
    kinds = pl.Series(["exact", "punctuation", "one character"])
    return pl.DataFrame({"row": row, "kind": kinds.gather(row % 3)})


def write(path: Path, docs: pl.Series) -> None:
    docs.to_frame("text").write_parquet(path, compression="zstd", row_group_size=10_000)


def letters_of(docs: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """The code points of all texts one after the other, and how many each text has."""
    return np.frombuffer("".join(docs).encode("utf-32-le"), np.uint32), docs.str.len_chars().cast(pl.Int64).to_numpy()


def _strings(letters: np.ndarray, sizes: np.ndarray) -> pl.Series:
    """Code points one after the other, cut into texts of so many."""
    width = 1 + (letters >= 0x80).astype(np.int8) + (letters >= 0x800) + (letters >= 0x10000)
    ends = np.concatenate([[0], np.cumsum(width, dtype=np.int64)])[np.concatenate([[0], np.cumsum(sizes)])]
    told = letters.astype("<u4").tobytes().decode("utf-32-le").encode()
    cut = pa.LargeStringArray.from_buffers(len(sizes), pa.py_buffer(ends.tobytes()), pa.py_buffer(told))
    return pl.Series("text", cut)
