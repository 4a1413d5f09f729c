"""Texts repaired, and for each the kinds of repair that it took: what was damaged on the way to us, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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
# what a sign must be made of, or what it is where the kernel cannot see it
CLOSER = {"tag": markup.HTML, "tex": markup.TEX, "advertising": debris.ADVERTISING}
WORDS = {"worded_page": lines.WORDED}
BIT = kernel.BIT | {sign: 1 << len(kernel.BIT) + number for number, sign in enumerate(WORDS)}
KINDS = sorted({repair.kind for repair in REPAIRS})


def repaired(text: pl.Series, *, simplify: bool = True) -> tuple[pl.Series, pl.Series]:
    """The texts, and the kinds of repair done to each, sorted. A text that is repaired already stays what it is."""
    import numpy as np

    repairs = [repair for repair in REPAIRS if simplify or repair.kind != "simplified"]
    kinds = np.zeros(len(text), np.uint32)  # a bit each
    some = _Texts(np.arange(len(text)), text, np.zeros(len(text), np.uint32))
    text = text.clone()  # what is scattered into changes in place
    for _ in range(ROUNDS):
        some = some.mended(repairs, kinds)
        if not len(some.rows):
            break
        text = text.scatter(some.rows, some.said)
    return text, _told(kinds)


class _Texts(NamedTuple):
    """Texts under repair, or those of them that a round of repairs has changed."""

    rows: Any
    said: pl.Series
    content: Any  # for each a bit for each repair that found nothing to do in what is said now

    def mended(self, repairs: list[Repair], kinds: Any) -> _Texts:
        """One round of repairs, each where one of its signs was when the round began."""
        import numpy as np

        seen = signs(self.said)
        at = np.flatnonzero(seen)
        rows, seen, content, said = self.rows[at], seen[at], self.content[at], self.said.gather(at).to_list()
        changed = np.zeros(len(rows), np.bool_)
        signed = seen & _masks(*repairs)[:, None] != 0
        for number in np.flatnonzero(signed.any(axis=1)).tolist():
            repair = repairs[number]
            asked = signed[number] & (content >> number & 1 == 0)
            better: list[int] = []
            same: list[int] = []
            for place in np.flatnonzero(asked).tolist():
                made = repair.mend(said[place])
                (same if made == said[place] else better).append(place)
                said[place] = made
            content[same] |= np.uint32(1 << number)
            content[better] = 0
            changed[better] = True
            kinds[rows[better]] |= np.uint32(1 << KINDS.index(repair.kind))
        kept = np.flatnonzero(changed).tolist()
        return _Texts(rows[kept], pl.Series([said[place] for place in kept], dtype=pl.String), content[kept])


@cache
def _masks(*repairs: Repair) -> Any:
    import numpy as np

    return np.array([sum(BIT[sign] for sign in repair.signs) for repair in repairs], np.uint32)


def signs(said: pl.Series) -> Any:
    """The signs of damage of each text, a bit each."""
    import numpy as np

    found = kernel.scanned(said)
    for sign, pattern in CLOSER.items():
        bit = np.uint32(BIT[sign])
        rows = np.flatnonzero(found & bit)
        if len(rows):
            found[rows[~said.gather(rows).str.contains(pattern).to_numpy()]] &= ~bit
    for sign, pattern in WORDS.items():
        found |= said.str.contains(pattern).fill_null(value=False).to_numpy().astype(np.uint32) * np.uint32(BIT[sign])
    return found


def _told(kinds: Any) -> pl.Series:
    """A list for each row; few are made, for most rows have one in common."""
    import numpy as np

    found, which = np.unique(kinds, return_inverse=True)
    lists = [[kind for number, kind in enumerate(KINDS) if bits >> number & 1] for bits in found.tolist()]
    return pl.Series("repairs", lists, dtype=pl.List(pl.String)).gather(which)
