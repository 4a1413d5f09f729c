"""The estimate of Tokens is within 10 % of Qwen's own count for each kind of medical text, at >= 150 MB/s a core.

Needs real texts (MEDGO_REAL_DATA names their folder), `pip install tiktoken`, and --ranks: the file qwen.tiktoken, which the
package dashscope holds (Apache-2.0). The costs in medgo_data/clean/tokens.py were fitted to the same texts, rounded.
"""

from __future__ import annotations

import base64
import os
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from common import MB, asked, tell
from medgo_data.clean.tokens import estimate
from quality import MOST, good_texts

WITHIN, SPEED = 0.10, 150
# how Qwen 1 to 3 cut a text before they look up its parts
CUT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def main() -> None:
    told = asked(__doc__, ranks={"type": Path, "required": True, "help": "qwen.tiktoken"})
    folder = os.environ.get("MEDGO_REAL_DATA")
    if not folder:
        sys.exit("MEDGO_REAL_DATA names no folder of real texts")
    texts = pl.concat([*good_texts(Path(folder, "data"), MOST.of(told))])
    exact = _qwen(told.ranks).encode_ordinary_batch(texts["text"].to_list(), num_threads=1)
    estimate(texts["text"][:10])
    began = time.process_time()
    guess = estimate(texts["text"])
    speed = texts["text"].str.len_bytes().sum() / MB / (time.process_time() - began)
    both = texts.with_columns(exact=pl.Series(map(len, exact)), guess=guess)
    off = (pl.col("guess") / pl.col("exact") - 1).abs()
    table = both.group_by("category").agg(
        pl.col("exact").sum(),
        of_all=pl.col("guess").sum() / pl.col("exact").sum() - 1,
        of_one=off.median(),
        of_19_in_20=off.quantile(0.95),
    )
    rows = [(*row[:2], *(f"{share:+.1%}" for share in row[2:])) for row in table.sort("category").rows()]
    worst = float(table["of_all"].abs().max())  # type: ignore[arg-type]
    tell(
        f"the estimate is within {WITHIN:.0%} of Qwen's count for each kind of text, at >= {SPEED} MB/s a core",
        ("category", "tokens", "off by, all", "one text, median", "19 of 20 texts, at most"),
        rows,
        met=worst <= WITHIN and speed >= SPEED,
        worst=round(worst, 3),
        all=round(both["guess"].sum() / both["exact"].sum() - 1, 4),
        MB_s=round(speed),
    )


def _qwen(ranks: Path) -> Any:
    import tiktoken

    lines = (line.split() for line in ranks.read_bytes().splitlines() if line)
    known = {base64.b64decode(token): int(rank) for token, rank in lines}
    return tiktoken.Encoding("qwen", pat_str=CUT, mergeable_ranks=known, special_tokens={})


if __name__ == "__main__":
    main()
