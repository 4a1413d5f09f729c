"""Items of a benchmark by their grams, and how much of an item stands in a text, letter by letter.

It decides as the stage does by which corpora are cleared of benchmarks, so that both say the same of the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np
import numpy.typing as npt

from medgo_train.evaluate.letters import END, Letters, letters, spelled

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Best = dict[int, tuple[float, str]]  # of an item the share of it that was found, and in which row

# As corpora are cleared of benchmarks, so that both say the same of the same text.
AT_LEAST = 0.8  # of an item's letters
GRAM = 5  # letters in a row that may show an item
MANY = 32  # items that a gram may belong to: what more of them share is a turn of phrase
FEWEST = 13  # letters that tell an item from ordinary text: one that has fewer is not looked for
STEM = 8  # letters of a question that has to be there, and not its options alone
HINT = 0.3  # of the letters that are in some gram of it: as many have to show before an item is compared
WIDE = 2  # times as many letters as an item may that have what holds it
LONG = 1000  # letters of an item: of longer ones the grams alone tell enough
FILTER = 4  # binary logarithm of the bits in the filter for each gram
FACTORS = np.random.Generator(np.random.PCG64(GRAM)).integers(1 << 63, 1 << 64, GRAM, np.uint64) | np.uint64(1)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What is looked for: the parts of an item; of a question the question first, then each option."""

    id: str
    parts: tuple[str, ...]


def merge(into: Best, more: Best) -> None:
    for item, (share, row) in more.items():
        if item not in into or share > into[item][0]:
            into[item] = share, row


# ---- the index ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item in letters. ``parts`` stand from the longest on, as they are compared; ``stem`` is the question, if it is long."""

    parts: tuple[str, ...]
    size: int
    stem: str
    hint: int  # letters in its grams that have to show
    distinct: int  # letters that are in one of its grams


@dataclass(frozen=True, kw_only=True)
class Index:
    """Grams of five letters, and which items have them where: ``keys`` in order, ``owners`` of the k-th from ``starts[k]`` on."""

    items: tuple[Item, ...]
    number: tuple[int, ...]  # of each probe its item; -1, if it is too short to be told
    keys: Hashes
    starts: Numbers
    owners: Numbers
    places: Numbers
    bits: npt.NDArray[np.bool_] = field(repr=False)

    @classmethod
    def of(cls, probes: Sequence[Probe]) -> Index:
        said = letters([part for probe in probes for part in probe.parts])
        of = np.repeat(np.arange(len(probes)), [len(probe.parts) for probe in probes])
        every = iter(spelled(said).split("\x00"))
        spoken = [tuple(islice(every, len(probe.parts))) for probe in probes]
        hashes, owners, places = _grams(said, of)
        first: dict[tuple[str, ...], int] = {}
        same = np.array([first.setdefault(tuple(sorted(parts)), at) for at, parts in enumerate(spoken)], np.int64)
        own = same[owners] == owners  # of the same item in two benchmarks the first stands for both
        hashes, owners, places = hashes[own], owners[own], places[own]
        _, which, times = np.unique(hashes, return_inverse=True, return_counts=True)
        told = times[which] <= MANY
        hashes, owners, places = hashes[told], owners[told], places[told]
        sizes = np.array([sum(map(len, parts)) for parts in spoken], np.int64)
        distinct = _covered(owners, places, sizes)
        told = (sizes >= FEWEST) & (distinct > 0)
        number = np.where(told[same], (np.cumsum(told & (same == np.arange(len(same)))) - 1)[same], -1)
        kept = told[owners]
        hashes, owners, places = hashes[kept], number[owners[kept]], places[kept]
        wanted = np.flatnonzero(told & (same == np.arange(len(same))))
        keys, starts = np.unique(hashes, return_index=True)
        wide = max(16, len(keys).bit_length() + FILTER)
        bits = np.zeros(1 << wide, np.bool_)
        bits[keys >> np.uint64(64 - wide)] = True
        return cls(
            items=tuple(_item(spoken[at], int(distinct[at])) for at in wanted),
            number=tuple(map(int, number)),
            keys=keys,
            starts=np.append(starts, len(hashes)),
            owners=owners,
            places=places,
            bits=bits,
        )

    @cached_property
    def shifts(self) -> Numbers:
        """Of each item the binary logarithm of a stretch that is as wide as it may be spread."""
        return np.array([max(5, (WIDE * item.size).bit_length()) for item in self.items], np.int64)

    @cached_property
    def hints(self) -> Numbers:
        return np.array([item.hint for item in self.items], np.int64)

    def look(self, names: Sequence[str], texts: Sequence[str], at_least: float, best: Best, asked: Best) -> None:
        """Note in ``best`` and ``asked`` what more of items and of their questions stands in these texts."""
        said = letters(texts)
        at, item, place = self._hits(said)
        if not len(at):
            return
        block = at >> self.shifts[item]
        key = item * (int(block.max()) + 2) + block
        order = np.argsort(key, kind="stable")
        key, at, place = key[order], at[order], place[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        behind = np.append(first[1:], len(key))
        size = behind - first
        next_to = np.append(key[first[1:]] == key[first[:-1]] + 1, False)
        together = size + np.where(next_to, np.append(size[1:], 0), 0)
        owner = item[order][first]
        ends = np.flatnonzero(said == END)
        for group in np.flatnonzero(together * GRAM >= self.hints[owner]):
            stop = behind[group + 1] if next_to[group] else behind[group]
            hits = at[first[group] : stop], place[first[group] : stop]
            self._compare(int(owner[group]), hits, said, ends, names, at_least, best, asked)

    def _hits(self, said: Letters) -> tuple[Numbers, Numbers, Numbers]:
        """Where in a text a gram of an item stands, of which, and where in it."""
        none = np.zeros(0, np.int64)
        if len(said) < GRAM or not len(self.keys):
            return none, none, none
        hashes = hashed(said)
        shift = np.uint64(64 - (len(self.bits).bit_length() - 1))
        likely = np.flatnonzero(self.bits[hashes >> shift])
        met = hashes[likely]
        slot = np.minimum(np.searchsorted(self.keys, met), len(self.keys) - 1)
        right = self.keys[slot] == met
        likely, slot = likely[right], slot[right]
        many = self.starts[slot + 1] - self.starts[slot]
        inner = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        which = np.repeat(self.starts[slot], many) + inner
        return np.repeat(likely, many), self.owners[which], self.places[which]

    def _compare(  # noqa: PLR0913, PLR0917  an item, a text, and where both go
        self,
        number: int,
        hits: tuple[Numbers, Numbers],
        said: Letters,
        ends: Numbers,
        names: Sequence[str],
        at_least: float,
        best: Best,
        asked: Best,
    ) -> None:
        item = self.items[number]
        if best.get(number, (0.0,))[0] == 1:
            return
        covered, start, stop = _nearest(hits[0], hits[1], WIDE * item.size, ends)
        if covered < item.hint:
            return
        row = int(np.searchsorted(ends, start))
        if item.size > LONG:
            fit, stem = covered * item.size // item.distinct, 0
        else:
            spare = max(0, item.size - (stop - start)) + item.size // 2
            left = max(0 if row == 0 else int(ends[row - 1]) + 1, start - spare)
            fit, stem = compared(item, spelled(said[left : min(int(ends[row]), stop + spare)]), at_least)
        if fit >= max(FEWEST, at_least * item.size - 1e-9):
            merge(best, {number: (min(1.0, fit / item.size), names[row])})
        if stem >= max(FEWEST, at_least * len(item.stem) - 1e-9) and item.stem:
            merge(asked, {number: (stem / len(item.stem), names[row])})


def hashed(said: Letters) -> Hashes:
    """A number for every gram."""
    many = len(said) - GRAM + 1
    wide = said.astype(np.uint64)
    told: Hashes = wide[:many] * FACTORS[0]
    for k in range(1, GRAM):
        told += wide[k : many + k] * FACTORS[k]
    told ^= told << np.uint64(29)
    return told


def _grams(said: Letters, of: Numbers) -> tuple[Hashes, Numbers, Numbers]:
    """Every gram of every item once, in the order of its number: the number, the item, and at which of its letters.

    ``said`` are the parts of all items, each with END behind it, and ``of`` says of each part which item it belongs to.
    """
    if len(said) < GRAM:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    is_end = said == END
    part = np.cumsum(is_end) - is_end
    letter = np.cumsum(~is_end) - 1  # of all items
    first = np.searchsorted(of[part], np.arange(of.max() + 1))  # where each item begins
    before = np.concatenate([[0], np.cumsum(is_end)])
    at = np.flatnonzero(before[GRAM:] == before[:-GRAM])  # no gram runs from one part into the next
    number, owner = hashed(said)[at], of[part[at]]
    place = letter[at] - letter[first[owner]] - is_end[first[owner]]
    order = np.lexsort((place, owner, number))
    number, owner, place = number[order], owner[order], place[order]
    again = np.append(False, (np.diff(number) == 0) & (np.diff(owner) == 0))[: len(number)]
    return number[~again], owner[~again], place[~again]


def _covered(owners: Numbers, places: Numbers, sizes: Numbers) -> Numbers:
    """How many letters of each item are in one of its grams."""
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    inside = np.zeros(starts[-1] + GRAM, np.bool_)
    for k in range(GRAM):
        inside[starts[owners] + places + k] = True
    before = np.concatenate([[0], np.cumsum(inside)])
    return np.asarray(before[starts[1:]] - before[starts[:-1]], np.int64)


def _item(parts: Sequence[str], distinct: int) -> Item:
    return Item(
        parts=tuple(sorted(filter(None, parts), key=len, reverse=True)),
        size=sum(map(len, parts)),
        stem=parts[0] if len(parts[0]) >= STEM else "",
        hint=min(distinct, max(GRAM + 1, -int(-HINT * distinct // 1))),
        distinct=distinct,
    )


# ---- an item and a text ---------------------------------------------------------------------------------------------


def _nearest(at: Numbers, place: Numbers, window: int, ends: Numbers) -> tuple[int, int, int]:
    """How many letters of an item its grams have in the window where they have most, and from where to where that is."""
    best = (0, 0, 0)
    seen: dict[int, int] = {}
    left = 0
    hits = list(zip(at.tolist(), place.tolist(), np.searchsorted(ends, at).tolist(), strict=True))
    for here, letter, row in hits:
        for k in range(letter, letter + GRAM):
            seen[k] = seen.get(k, 0) + 1
        while hits[left][2] != row or here + GRAM - hits[left][0] > window:
            for k in range(hits[left][1], hits[left][1] + GRAM):
                seen[k] -= 1
                if not seen[k]:
                    del seen[k]
            left += 1
        if len(seen) > best[0]:
            best = len(seen), hits[left][0], here + GRAM
    return best


def compared(item: Item, text: str, at_least: float = AT_LEAST) -> tuple[int, int]:
    """How many letters of an item stand in a text, part by part, and how many of its question.

    A part counts that is there with half of its letters, and no letter of the text for two of them. Without the question
    nothing does: options alone are any list of drugs.
    """
    most = [len(part) if part in text else common(part, text) for part in item.parts]
    stem = max((many for many, part in zip(most, item.parts, strict=True) if part == item.stem), default=0)
    if sum(most) < at_least * item.size - 1e-9 and stem < at_least * len(item.stem) - 1e-9:
        return 0, 0  # it could not come to as much, however well it were aligned
    found, stem = 0, 0
    for part in item.parts:
        start = text.find(part)
        fit, stop = len(part), start + len(part)
        if start < 0:
            fit, start, stop = aligned(part, text)
        if 2 * fit >= len(part):
            found += fit
            text = text[:start] + "\x00" * (stop - start) + text[stop:]
            if part == item.stem:
                stem = max(stem, fit)
    if item.stem and 2 * stem < len(item.stem):
        return 0, 0
    return found, stem


def common(part: str, text: str) -> int:
    """The longest common subsequence (Hyyrö 2004): no alignment has more letters that fit."""
    places: dict[str, int] = {}
    for n, letter in enumerate(part):
        places[letter] = places.get(letter, 0) | 1 << n
    full = (1 << len(part)) - 1
    row = full
    for letter in text:
        if (known := places.get(letter)) is not None:
            met = row & known
            row = ((row + met) | (row - met)) & full
    return len(part) - row.bit_count()


def aligned(part: str, text: str) -> tuple[int, int, int]:
    """How many letters of a part stand in a text, in their order and close together; and where that begins and ends.

    This is the best local alignment (Smith and Waterman), in which a letter that fits counts 1, and one that does not, is
    missing or is put in -1.
    """
    line = [(0, 0, 0)] * (len(text) + 1)  # of each letter of the text the score, the letters that fit, where it began
    best, fit, start, stop = 0, 0, 0, 0
    for letter in part:
        score, fits, begins = 0, 0, 0  # of what ends one letter before in both
        left = (0, 0, 0)
        for j, other in enumerate(text):
            above = line[j + 1]
            if letter == other:
                if score == 0:
                    fits, begins = 0, j
                here = score + 1, fits + 1, begins
            else:
                here = score - 1, fits, begins
                if above[0] - 1 > here[0]:
                    here = above[0] - 1, above[1], above[2]
                if left[0] - 1 > here[0]:
                    here = left[0] - 1, left[1], left[2]
                if here[0] < 0:
                    here = 0, here[1], here[2]
            line[j + 1] = left = here
            if here[0] > best:
                best, fit, start, stop = here[0], here[1], here[2], j + 1
            score, fits, begins = above
    return fit, start, stop
