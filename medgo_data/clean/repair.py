"""Texts repaired, and for each the kinds of repair that it took: what was damaged on the way to us, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from medgo_data.clean import characters, debris, kernel, lines, markup, t2s

ROUNDS = 8  # a repair may lay bare another one's work: text is done when nothing changes


class Repair(NamedTuple):
    kind: str
    signs: tuple[str, ...]  # without one of these, which the kernel sees, it has nothing to do
    mend: Callable[[str], str]


REPAIRS = (  # in this order: whole characters first, then lines, then what is read in them
    Repair("mojibake", ("misread",), characters.mojibake),
    Repair("private_use", ("private_use",), characters.private_use),
    Repair("compatibility", ("compatible",), characters.compatibility),
    Repair("markup", ("tag", "entity", "tex", "link"), markup.markup),
    Repair("spacing", ("odd_space",), debris.odd_space),
    Repair("spacing", ("trailing",), debris.trailing),
    Repair("spacing", ("doubled",), debris.doubled),
    Repair("spacing", ("spread",), debris.spread),
    Repair("spacing", ("spread_head",), debris.spread_head),
    Repair("spacing", ("before_mark",), debris.before_mark),
    Repair("spacing", ("after_mark",), debris.after_mark),
    Repair("spacing", ("indent",), debris.indent),
    Repair("page_numbers", ("form_feed", "wrapped", "dashed", "worded_page"), lines.page_numbers),
    Repair("page_heads", ("form_feed", "wrapped"), lines.page_heads),
    Repair("hard_wraps", ("form_feed", "wrapped"), lines.hard_wraps),
    Repair("page_breaks", ("form_feed",), lines.page_breaks),
    Repair("citations", ("citation",), debris.citations),
    Repair("simplified", ("traditional",), t2s.simplified),
    Repair("boilerplate", ("advertising",), debris.boilerplate),
    Repair("repeats", ("run",), debris.repeats),
    Repair("repeats", ("twin_lines",), lines.twin_lines),
    Repair("spacing", ("blank_lines",), debris.blank_lines),
)
WORDS = {"advertising": debris.ADVERTISING, "worded_page": lines.WORDED}  # signs that the kernel cannot read
BIT = kernel.BIT | {sign: 1 << len(kernel.BIT) + number for number, sign in enumerate(WORDS)}


def repaired(text: pl.Series, *, simplify: bool = True) -> tuple[pl.Series, pl.Series]:
    """The texts, and the kinds of repair done to each, sorted. A text that is repaired already stays what it is."""
    repairs = [(_mask(repair), repair) for repair in REPAIRS if simplify or repair.kind != "simplified"]
    some = _damaged(range(len(text)), text, {})
    made: dict[int, _Text] = {}
    for _ in range(ROUNDS):
        changed = {one.row: one for one in some if one.mend(repairs)}
        if not changed:
            break
        made |= changed
        some = _damaged([*changed], pl.Series([one.said for one in changed.values()], dtype=pl.String), changed)
    return _replaced(text, made), _told(len(text), made)


@dataclass(slots=True)
class _Text:
    """A text under repair."""

    row: int
    said: str
    signs: int = 0  # at the beginning of this round
    kinds: set[str] = field(default_factory=set)
    content: int = 0  # a bit for each repair that found nothing to do in what is said now

    def mend(self, repairs: list[tuple[int, Repair]]) -> bool:
        """One round of repairs; whether they changed something."""
        before = self.said
        for number, (mask, repair) in enumerate(repairs):
            if self.signs & mask and not self.content >> number & 1:
                better = repair.mend(self.said)
                if better == self.said:
                    self.content |= 1 << number
                else:
                    self.said, self.content = better, 0
                    self.kinds.add(repair.kind)
        return self.said != before


def _mask(repair: Repair) -> int:
    return sum(BIT[sign] for sign in repair.signs)


def _damaged(rows: Sequence[int], said: pl.Series, known: dict[int, _Text]) -> list[_Text]:
    """Those of the texts of these rows that have a sign."""
    import numpy as np

    _, signs = kernel.scanned(said)
    for sign, pattern in WORDS.items():
        signs |= said.str.contains(pattern).fill_null(value=False).to_numpy().astype(np.uint32) * np.uint32(BIT[sign])
    at: Any = signs.nonzero()[0]
    found = []
    for place, bits, words in zip(at.tolist(), signs[at].tolist(), said.gather(at).to_list(), strict=True):
        one = known.get(rows[place]) or _Text(rows[place], words)
        one.signs = bits
        found.append(one)
    return found


def _replaced(text: pl.Series, made: dict[int, _Text]) -> pl.Series:
    changed = text.clone()  # what is scattered into changes in place
    return changed.scatter([*made], pl.Series([one.said for one in made.values()], dtype=pl.String)) if made else text


def _told(height: int, made: dict[int, _Text]) -> pl.Series:
    """A list for each row; the work of few is set among the empty lists of many."""
    kinds = pl.Series("repairs", [" ".join(sorted(one.kinds)) for one in made.values()], pl.String).str.split(" ")
    rows = pl.DataFrame([pl.Series("row", [*made], pl.Int64), kinds])
    every = pl.DataFrame({"row": pl.int_range(height, eager=True)})
    told = every.join(rows, on="row", how="left", maintain_order="left")["repairs"]
    return told.fill_null(pl.Series([[]], dtype=pl.List(pl.String)))
