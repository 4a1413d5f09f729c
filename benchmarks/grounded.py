"""Claims against their source: how many answers altered in a number, unit, negation, population or frequency are caught, and true ones stay: wanted, 95 %.

The sheets of claims/ hold invented leaflets and passages of guidelines, and below each what somebody asks, answers and quotes from it.
In an answer ⟦kind|true|false⟧ is what stands there, and what an altered row says in its place: one row for each. Four authors wrote
them, each in their own way. Only the ``unseen`` ones say how the rules do with what nobody had in mind: they were never set by them, and
they are scored, not read; with ``--show`` they are left out. ``--claims`` names sheets of yours; ``--show`` prints what goes wrong.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from common import asked, tell
from medgo_data.synth.grounded import Grounded

HERE = Path(__file__).parent
MAIN = ("number", "unit", "negation", "population", "frequency")
OTHERS = ("comparison", "modal", "drug", "route")
UNREAD = "unseen"
CAUGHT, KEPT = 0.95, 0.95
SLOT = re.compile(r"⟦([a-z]+)\|([^⟧]*)⟧")


@dataclass(frozen=True)
class Claim:
    """A row, and what was altered in it; nothing, if it is true."""

    row: dict[str, Any]
    kind: str
    false: str = ""


def sheets(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The documents of a sheet, each with what was asked about it."""
    for part in re.split(r"(?m)^%% ", path.read_text("utf-8"))[1:]:
        text, _, talk = part.partition("\n")[2].partition("\n--\n")
        rows: list[dict[str, Any]] = []
        for block in re.split(r"\n\s*\n", talk.strip()):
            turns: list[list[str]] = []
            for line in block.splitlines():
                if line[:2] in ("问 ", "答 ", "引 "):
                    turns.append([line[0], line[2:]])
                else:
                    turns[-1][1] += "\n" + line
            rows.append({"turns": turns})
        yield text, rows


def claims(path: Path) -> list[Claim]:
    told: list[Claim] = []
    for number, (text, rows) in enumerate(sheets(path)):
        for count, row in enumerate(rows):
            turns = row["turns"]
            quotes = [said for who, said in turns if who == "引"]
            slots = [(n, slot) for n, (who, said) in enumerate(turns) if who == "答" for slot in SLOT.finditer(said)]
            name = f"{path.stem}/{number}-{count}"
            altered = [(n, place, false) for n, place in slots for false in place[2].split("|")[1:]]
            for n, slot, false in [(-1, None, None), *altered]:
                messages = []
                for m, (who, said) in enumerate(turns):
                    if who == "引":
                        continue
                    if slot is not None and m == n:
                        words = said[: slot.start()] + str(false) + said[slot.end() :]
                    else:
                        words = said
                    words = SLOT.sub(lambda found: found[2].split("|")[0], words)
                    messages.append({"role": "user" if who == "问" else "assistant", "content": words})
                made = {
                    "id": f"{name}.{len(told)}",
                    "messages": messages,
                    "quotes": quotes,
                    "context": text,
                    "context_at": 0,
                }
                told.append(Claim(made, slot[1] if slot else "", f"{slot[2].split('|')[0]} → {false}" if slot else ""))
    return told


def judged(some: list[Claim]) -> tuple[list[str | None], float]:
    docs = pl.DataFrame([one.row for one in some]).with_columns(drop=pl.lit(None, pl.String))
    stage = Grounded()
    began = time.process_time()
    out = stage(docs)
    return out["drop"].to_list(), time.process_time() - began


def main() -> None:
    told = asked(
        __doc__,
        claims={"nargs": "*", "type": Path, "help": "sheets of claims (default: claims/*.txt)"},
        show={"action": "store_true", "help": "print the rows that are judged wrongly"},
    )
    files = told.claims or sorted((HERE / "claims").glob("*.txt"))
    for path in files:
        some = claims(path)
        drops, seconds = judged(some)
        if told.show and UNREAD not in path.stem:
            show(some, drops)
        sheet(path.stem, some, drops, seconds)


def sheet(name: str, some: list[Claim], drops: list[str | None], seconds: float) -> None:
    """What is kept and caught of a sheet, as a table, and whether that is enough."""
    rows = Counter(one.kind for one in some)
    gone = Counter(one.kind for one, drop in zip(some, drops, strict=True) if drop)
    kept = 1 - gone[""] / rows[""]
    caught = sum(gone[kind] for kind in MAIN) / sum(rows[kind] for kind in MAIN)
    table: list[list[object]] = [["true, kept", rows[""], f"{kept:.1%}"]]
    table += [[kind, rows[kind], f"{gone[kind] / rows[kind]:.1%}"] for kind in (*MAIN, *OTHERS) if rows[kind]]
    table.append(["all, rows a CPU second", len(some), round(len(some) / seconds)])
    met = kept >= KEPT and caught >= CAUGHT
    tell(
        f"{name}: {KEPT:.0%} of the true ones stay, {CAUGHT:.0%} of those altered in {', '.join(MAIN)} are caught",
        ["claims", "rows", "right"],
        table,
        met=met,
        kept=round(kept, 4),
        caught=round(caught, 4),
        rows_per_second=round(len(some) / seconds),
    )
    print(f"{name}: {kept:.1%} of the true ones stay, {caught:.1%} are caught: {'holds' if met else 'DOES NOT HOLD'}\n")


def show(some: list[Claim], drops: list[str | None]) -> None:
    for one, drop in zip(some, drops, strict=True):
        if not one.kind and drop:
            print(one.row["id"], "true", drop, one.row["messages"][-1]["content"], one.row["quotes"], sep="\n    ")
        elif one.kind and not drop:
            print(one.row["id"], one.kind, one.false, sep="\n    ")


if __name__ == "__main__":
    main()
