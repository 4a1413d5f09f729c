"""Text repair: at least 70 MB of clean text in a CPU second and 15 MB of damaged text, kind by kind.

Texts are invented; or, with ``--texts file.parquet``, those of its column ``text``. Clean rows are those that come out as they went
in. One process, one thread; megabytes are UTF-8.
"""

from __future__ import annotations

import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from common import MB, Size, apart, asked, batches, median, tell
from medgo_data.clean import repair

MEGABYTES, RUNS = Size(40, 4), Size(5, 1)
CLEAN, DAMAGED = 70, 15
FIGURES = tuple[float, float, float]  # MB, CPU seconds, rows changed
DAMAGE = (  # what is done to one text in twenty of those invented
    lambda text: "\n".join(text[at : at + 24] for at in range(0, len(text), 24)),
    lambda text: text.replace("。", "[1]。").replace("，", "[2-4]，"),
    lambda text: f"<p>{text}</p>&nbsp;$1 0 ^ {{ 9 }} / \\mathrm {{ L }}$",
    lambda text: text.replace("，", " ， ").replace("。", "。\u3000"),
    lambda text: text.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    lambda text: text + "！！！！！！\n在线咨询\n在线咨询",
    lambda text: text.translate(str.maketrans("发对时过会来经", "發對時過會來經")),
)


def invented(megabytes: float) -> pl.Series:
    texts = pl.concat([docs["text"] for docs in batches(megabytes, 3)]).to_list()
    for at in range(0, len(texts), 20):
        texts[at] = DAMAGE[at // 20 % len(DAMAGE)](texts[at])
    return pl.Series(texts, dtype=pl.String)


def measure(texts: Path | None, megabytes: float, runs: int) -> tuple[dict[str, FIGURES], dict[str, FIGURES]]:
    """All rows, the clean and the damaged ones; and each repair, over the texts that it was given."""
    text = pl.read_parquet(texts, columns=["text"])["text"] if texts else invented(megabytes)
    made, _ = repair.repaired(text)  # compiled and loaded now
    damaged = (made != text).fill_null(value=False)
    parts = {"all": text, "clean": text.filter(~damaged), "damaged": text.filter(damaged)}
    whole = {
        name: (_megabytes(some), _usual(some, runs), float(damaged.sum() if name != "clean" else 0))
        for name, some in parts.items()
    }
    spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    repair.REPAIRS = tuple(
        one._replace(mend=partial(_watched, one, spent[f"{one.kind}: {one.mend.__name__}"])) for one in repair.REPAIRS
    )
    repair.repaired(text)
    return whole, {name: tuple(figures) for name, figures in spent.items() if figures[0]}  # type: ignore[misc]


def _watched(one: repair.Repair, spent: list[float], text: str) -> str:
    before = time.process_time()
    made = one.mend(text)
    spent[1] += time.process_time() - before
    spent[0] += len(text.encode()) / MB
    spent[2] += made != text
    return made


def _megabytes(text: pl.Series) -> float:
    return float(text.str.len_bytes().cast(pl.Int64).sum()) / MB


def _usual(text: pl.Series, runs: int) -> float:
    spent = []
    for _ in range(runs):
        before = time.process_time()
        repair.repaired(text)
        spent.append(time.process_time() - before)
    return median(spent)


def main() -> None:
    told: Any = asked(__doc__, texts={"type": Path, "help": "a Parquet file with a column `text`"})
    whole, each = apart(measure, told.texts, MEGABYTES.of(told), RUNS.of(told))
    speed = {name: size / seconds for name, (size, seconds, _) in whole.items() if seconds}
    tell(
        f"repair: >= {CLEAN} MB of clean and >= {DAMAGED} MB of damaged text in a CPU second",
        ("texts or repair", "MB", "CPU s", "MB/CPU s", "changed"),
        [
            (name, size, seconds, size / max(seconds, 1e-9), int(changed))
            for part in (whole, each)
            for name, (size, seconds, changed) in part.items()
        ],
        met=speed["clean"] >= CLEAN and speed["damaged"] >= DAMAGED,
        **{f"{name}_mb_per_cpu_s": round(figure, 1) for name, figure in speed.items()},
    )


if __name__ == "__main__":
    main()
