"""Benchmark items in training texts: >= 99 % of what is verbatim is found, >= 95 % of what is edited or shuffled; of 1,000 other texts at most one goes.

Of the items, some are written out as an exam has them, each changed in one way and put between two texts. Those are found in which the
stage names an item; what it finds in texts that nobody put one into counts as false, unless text and item have a run of RUN letters
in common. Items of fewer than RUN letters are not counted: they are not looked for. ``--against`` and ``--input`` take real items and
texts; invented items then make up the number for the speed.
"""

from __future__ import annotations

import json
import random
import resource
import time
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

import polars as pl

from common import MB, Size, apart, asked, batches, median, scratch, tell, texts
from dedup_texts import KINDS, VIEW
from medgo_data import Decontaminate
from medgo_data.decontaminate.items import SEPARATOR, items

ITEMS, TRIED = Size(100_000, 5000), Size(3000, 300)
MEGABYTES, RUNS = Size(60, 6), Size(5, 2)
VERBATIM, CHANGED, FALSE, SPEED = 0.99, 0.95, 1e-3, 50
RUN = 13  # letters
BATCH = 4096


def main() -> None:
    told = asked(
        __doc__,
        input={"type": Path, "help": "Parquet with text, in place of invented texts"},
        against={"nargs": "+", "help": "patterns of files of real benchmarks, in place of invented items"},
    )
    with scratch(told) as folder:
        docs = pl.read_parquet(told.input, columns=["text"])["text"] if told.input else _docs(MEGABYTES.of(told))
        invented = [_invented(folder / "invented.jsonl", ITEMS.of(told))]
        against = told.against or invented
        made = _items(against)
        long = made.filter(_letters(made["text"]) >= RUN)
        stage = Decontaminate(against=against)
        clean = _found(stage, docs)
        hosts = docs.filter(clean["drop"].is_null())
        found = {way: _recall(stage, long, hosts, change, TRIED.of(told)) for way, change in WAYS.items()}
        real, false = _judged(clean, made)
        speed, start, memory = apart(_speed, [*(told.against or ()), *invented], docs.to_frame(), RUNS.of(told))
    rows = [(f"found, {way}", f"{share:.2%}", f"{named:.2%}") for way, (share, named) in found.items()]
    tell(
        f"verbatim >= {VERBATIM:.0%}, edited and shuffled >= {CHANGED:.0%}, false <= {FALSE:.1%}, >= {SPEED} MB/CPU s",
        ("", "share", "its own item named"),
        [
            *rows,
            ("texts that nobody put an item into, dropped", f"{false / len(docs):.4%}", f"{false:,} of {len(docs):,}"),
            (f"the same, with a run of {RUN} letters of the item", f"{real / len(docs):.4%}", f"{real:,}"),
            (f"items of fewer than {RUN} letters, not looked for", f"{1 - long.height / made.height:.2%}", ""),
            (f"MB of text in a CPU second, {ITEMS.of(told):,} items or more", f"{speed:.0f}", ""),
            ("CPU seconds to read and index them", f"{start:.1f}", ""),
            ("MB of memory, of that process", f"{memory:,.0f}", ""),
        ],
        met=found["verbatim"][0] >= VERBATIM
        and min(share for share, _ in found.values()) >= CHANGED
        and false <= FALSE * len(docs)
        and speed >= SPEED,
        items=made.height,
        found={way: round(share, 4) for way, (share, _) in found.items()},
        false=round(false / len(docs), 6),
        real=real,
        mb_per_cpu_s=round(speed, 1),
        index_cpu_s=round(start, 1),
        memory_mb=round(memory),
    )


# ---- items that are put into texts ---------------------------------------------------------------------------------

Change = Callable[[list[str], random.Random], str]


def _written(segments: list[str], dice: random.Random, *, way: str = "exact", shuffled: bool = False) -> str:
    """A question as it stands in an exam, or a text."""
    head, *options = segments
    if shuffled:
        dice.shuffle(options)
    lines = [f"{letter}. {said}" for letter, said in zip("ABCDEFGHIJ", options, strict=False)] if options else []
    if len(options) > 10:  # the turns of a dialogue
        lines = options
    return KINDS[way]("\n".join([head, *lines]), dice)


WAYS: dict[str, Change] = {
    "verbatim": _written,
    "5 % of characters edited": partial(_written, way="edit5"),
    "options shuffled": partial(_written, shuffled=True),
    "options shuffled and 2 % edited": partial(_written, way="edit2", shuffled=True),
    "in Traditional characters": partial(_written, way="s2t"),
}


def _recall(
    stage: Decontaminate, made: pl.DataFrame, hosts: pl.Series, change: Change, count: int
) -> tuple[float, float]:
    """The share of items found, and of those that were named rather than one that says the same."""
    dice = random.Random(0)
    some = made.sample(min(count, made.height), seed=0)
    around = hosts.str.slice(0, 300).sample(2 * some.height, with_replacement=True, seed=0).to_list()
    told = [
        "\n".join([around[2 * n], change(text.split(SEPARATOR), dice), around[2 * n + 1]])
        for n, text in enumerate(some["text"])
    ]
    found = _found(stage, pl.Series("text", told))
    return 1 - found["drop"].null_count() / some.height, float((found["drop_kept"] == some["name"]).sum()) / some.height


# ---- texts that nobody put an item into ----------------------------------------------------------------------------


def _judged(clean: pl.DataFrame, made: pl.DataFrame) -> tuple[int, int]:
    """How many of the texts that go have a run of RUN letters of the item, and how many have not."""
    gone = clean.filter(pl.col("drop").is_not_null()).join(
        made.select("name", item="text"), left_on="drop_kept", right_on="name"
    )
    real = sum(_run(item, text) >= RUN for item, text in gone.select("item", "text").rows())
    return real, gone.height - real


def _run(item: str, text: str) -> int:
    """The longest run of letters that a segment of an item and a text have in common."""
    seen = text.translate(VIEW)
    said = [segment.translate(VIEW) for segment in item.split(SEPARATOR)]
    return max(SequenceMatcher(None, seen, one, autojunk=False).find_longest_match().size for one in said)


# ---- all of it -----------------------------------------------------------------------------------------------------


def _found(stage: Decontaminate, docs: pl.Series) -> pl.DataFrame:
    return stage(pl.DataFrame({"text": docs, "drop": pl.repeat(None, len(docs), dtype=pl.String, eager=True)}))


def _items(against: list[str]) -> pl.DataFrame:
    """The name and the segments of every item."""
    stage = Decontaminate(against=against)
    return pl.concat(
        items(benchmark, None).select(
            name=pl.concat_str(pl.lit(f"{benchmark.prefix}#"), pl.col("record").cast(pl.String)), text="text"
        )
        for benchmark in stage.benchmarks
    )


def _letters(said: pl.Series) -> pl.Series:
    return pl.Series([len(text.translate(VIEW)) for text in said])


def _speed(against: list[str], docs: pl.DataFrame, runs: int) -> tuple[float, float, float]:
    """MB of text in a CPU second; CPU seconds until there is an index; and MB of memory."""
    began = time.process_time()
    stage = Decontaminate(against=against)
    stage.looked_for()
    ready = time.process_time() - began
    rows = docs.with_columns(drop=pl.lit(None, pl.String))
    spent = []
    for _ in range(runs + 1):
        began = time.process_time()
        for batch in rows.iter_slices(BATCH):
            stage(batch)
        spent.append(time.process_time() - began)
    size = int(docs["text"].str.len_bytes().sum()) / MB
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB
    return size / median(spent[1:]), ready, memory  # the first compiles, or loads what was compiled


def _docs(megabytes: int) -> pl.Series:
    return pl.concat(batches(megabytes, 1))["text"]


def _invented(path: Path, count: int) -> str:
    """So many questions, each with five options, out of the words of the invented texts."""
    said = pl.Series(texts(count, 1001, foreign=0.0)).str.replace_all(r"\s+", "").str.pad_end(75, "疗")
    dice = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for text in said:
            ends = [*accumulate([dice.randint(12, 45), *(dice.randint(2, 6) for _ in range(5))])]
            options = {letter: text[a:b] for letter, (a, b) in zip("ABCDE", pairwise(ends), strict=True)}
            file.write(json.dumps({"question": text[: ends[0]], "options": options}, ensure_ascii=False) + "\n")
    return str(path)


if __name__ == "__main__":
    main()
