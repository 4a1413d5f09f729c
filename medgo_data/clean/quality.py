"""Tell text worth learning from junk: adverts, menus, keyword lists, garbled and shuffled text, the same over and over."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import polars as pl

from medgo_data.file import FileError, content, pinned
from medgo_data.stage import Stage, knob

OURS = Path(__file__).with_name("quality.npz")  # whoever replaces it raises Quality.version


@dataclass(frozen=True, kw_only=True)
class Quality(Stage):
    """Drop texts whose ``quality`` is below ``at_least`` (None: only note it), from 0, junk, to 1, worth learning.

    ``model`` is a file that `medgo-data fit-quality` made of examples; without one, Chinese medical text is told from
    ten kinds of junk. It is known by what it holds, ``sha256``, so the same file elsewhere is the same stage. 0.5 means that
    of such texts as many were good as bad, where both were equally many.
    """

    version: ClassVar[int] = 1

    at_least: float | None = 0.2
    model: str | None = knob(None)
    sha256: str | None = None
    column: str = "text"

    def __post_init__(self) -> None:
        if self.at_least is not None and not 0 <= self.at_least <= 1:
            raise ValueError(
                f"Quality(at_least={self.at_least}): quality goes from 0 to 1. Give a number between them."
            )
        object.__setattr__(self, "sha256", pinned(self.name, self.model, self.sha256))

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        quality = _opened(self.model, self.sha256).quality(docs[self.column])
        if "quality" in docs.columns:
            docs = docs.with_columns(quality=quality)
        if self.at_least is None:
            return docs
        low = quality < self.at_least
        return docs.with_columns(
            drop=pl.when(low).then(pl.lit("low_quality")),
            drop_score=pl.when(low).then(quality),
        )


class FitError(ValueError):
    """Examples that nothing can be learned from."""


class Model(NamedTuple):
    """A weight for each gram; a text is judged by their mean, and by how much of it was said before."""

    weights: Any  # int8
    numbers: Any  # float64: what the mean is times, what the repeated share is times, and what is added

    def quality(self, text: pl.Series) -> pl.Series:
        """From 0 to 1, in steps of a ten-thousandth; that of an empty text is 0."""
        from medgo_data.clean.grams import GRAMS, summed

        sums, chars, again = summed(text, self.weights)
        some = chars.clip(1)
        of_mean, of_share, added = self.numbers
        margin = sums / (some * GRAMS) * of_mean + again / some * of_share + added
        return pl.Series("quality", (logistic(margin) * 10_000).round() / 10_000 * (chars > 0))

    def save(self, path: Path) -> None:
        import numpy as np

        beside = path.with_name(f"{path.name}.tmp")
        with beside.open("wb") as file:
            np.savez_compressed(file, weights=self.weights, numbers=self.numbers)
        beside.replace(path)


def logistic(margin: Any) -> Any:
    """1 / (1 + exp(-margin)) from sums, products and quotients alone: these every machine rounds alike, and exp it does not."""
    power = 1 - margin.clip(-40, 40) / 2**20
    for _ in range(20):
        power = power * power
    return 1 / (1 + power)


@cache
def _opened(path: str | None, sha256: str | None) -> Model:
    """Read once in each process."""
    import numpy as np

    from medgo_data.clean.grams import BITS

    held = OURS.read_bytes() if path is None else content("Quality", path, sha256)
    try:
        with np.load(io.BytesIO(held)) as file:
            model = Model(file["weights"], file["numbers"])
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        model = None
    if (
        model is None
        or model.weights.shape != (1 << BITS,)
        or model.weights.dtype != np.int8
        or model.numbers.shape != (3,)
    ):
        raise FileError(f"Quality: {path} is no model of quality. Make one with medgo-data fit-quality.")
    return model
