"""Which lines of which texts can hold anything, and windows that are packed of them: the rest is never looked at closely."""

from __future__ import annotations

import os
import sys
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from medgo_data import letters
from medgo_data.pii.fold import Column
from medgo_data.pii.needs import Need, Words, shape

WINDOW = 4000  # characters
LONGEST = 4000  # of a line; longer ones are cut into pieces
SHARED = 400  # characters that two pieces have in common: no rule looks farther than half of that
AT_ONCE = 1 << 16  # lines


class Line(NamedTuple):
    """A line of a text, or a piece of a long one."""

    row: int
    begin: int  # in bytes of the column
    end: int
    first: int  # in characters of the row's text
    last: int
    own_first: int  # what begins outside of these, another piece of the same line tells
    own_last: int


Look = Sequence[int]  # where in a window a match may begin, from here to there, and the end of what it may look at


@dataclass(frozen=True, eq=False)
class Window:
    """Lines of several texts, each between line breaks, and where in them each seeker has to look."""

    text: str
    lines: Sequence[Line]
    starts: Sequence[int]  # of the lines, in the text
    looks: Mapping[int, Sequence[Look]]  # by seeker

    @property
    def rows(self) -> list[int]:
        return sorted({line.row for line in self.lines})

    def only(self, row: int) -> Window:
        """The same window, in which nobody looks at another row."""
        looks = {
            seeker: [look for look in some if self._line(look[0]).row == row] for seeker, some in self.looks.items()
        }
        return replace(self, looks=looks)

    def back(self, start: int, end: int) -> tuple[int, int, int] | None:
        """The row, and where in it; None for what another piece of a long line tells."""
        k = max(0, bisect_right(self.starts, start) - 1)
        line, move = self.lines[k], self.lines[k].first - self.starts[k]
        return (line.row, start + move, end + move) if line.own_first <= start + move < line.own_last else None

    def _line(self, place: int) -> Line:
        return self.lines[max(0, bisect_right(self.starts, place) - 1)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Gate:
    """What seekers need, as a machine that reads each text once; all of it arrays."""

    needed: Any  # by seeker, the bits of its sets
    reach: Any  # by seeker, in characters
    at_line: Any  # by seeker, whether it begins where a line does
    seen: Any  # by seeker, the number of the set that it begins at, or -1
    low: Any  # and where that begins, from the beginning of a match
    high: Any
    classes: Any  # the machine, as kernel.lines reads it
    keys: Any
    steps: Any
    back: Any
    bits: Any
    ended: Any
    ended_set: Any
    ended_size: Any

    def windows(self, column: Column) -> Iterator[Window]:
        """All lines in which somebody may find something, packed."""
        from medgo_data.pii import kernel

        free = not self.needed.any(axis=1).all()
        place = np.array([0, column.begins[0] if len(column) else 0, 0, 1], np.int64)
        most = min(AT_ONCE, len(column) + len(column.content))
        where, sets = (
            np.empty((most, len(Line._fields)), np.int64),
            np.empty((most + 1, self.needed.shape[1]), np.uint64),
        )
        words = np.empty((4 * most + (LONGEST + 1) * max(1, int(np.diff(self.ended).max())), 3), np.int64)
        while place[0] < len(column):
            n, m = kernel.lines(
                column.content,
                column.begins,
                column.ends,
                self.classes,
                self.keys,
                self.steps,
                self.back,
                self.bits,
                self.ended,
                self.ended_set,
                self.ended_size,
                free,
                LONGEST,
                SHARED,
                place,
                where,
                sets,
                words,
            )
            yield from self._packed(column, where[:n], sets[:n], words[:m])

    def _packed(self, column: Column, where: Any, sets: Any, words: Any) -> Iterator[Window]:
        looks = self._looks(where, np.ascontiguousarray(sets.T), words[np.argsort(words[:, 1], kind="stable")])
        looks = looks[np.argsort(looks[:, 0], kind="stable")]
        some, begins = np.unique(looks[:, 0], return_index=True)
        starts = [*begins.tolist(), len(looks)]
        sizes = np.cumsum(where[some, 4] - where[some, 3] + 1)
        first = 0
        while first < len(some):
            done = int(sizes[first - 1]) if first else 0
            last = max(first + 1, int(np.searchsorted(sizes, done + WINDOW, "right")))
            mine = looks[starts[first] : starts[last]]
            yield self._window(column, where[some[first:last]], some[first:last], mine)
            first = last

    def _looks(self, where: Any, sets: Any, words: Any) -> Any:
        """Where to look: the line, who, and from which character to which a match may begin."""
        found = []
        begins = np.searchsorted(words[:, 1], np.arange(len(self.needed) + 1))
        for seeker, at in enumerate(self.seen.tolist()):
            may = np.ones(len(where), np.bool_)
            for word in np.flatnonzero(self.needed[seeker]):
                bits = self.needed[seeker, word]
                may &= sets[word] & bits == bits
            if at < 0:
                line = np.flatnonzero(may)
                low = where[line, 3]
                high = low if self.at_line[seeker] else where[line, 4]
            else:
                mine = words[begins[at] : begins[at + 1]]
                mine = mine[may[mine[:, 0]]]
                low, high = mine[:, 2] - self.high[seeker], mine[:, 2] - self.low[seeker]
                line, low, high = _merged(where, mine[:, 0], low, high)
            found.append(np.column_stack([line, np.full(len(line), seeker), low, high]))
        return np.concatenate(found)

    def _window(self, column: Column, where: Any, numbers: Any, looks: Any) -> Window:
        lines = [Line(*told) for told in where.tolist()]
        said = [column.cut(line.begin, line.end) for line in lines]
        starts, ends, at = [], [], 1
        for one in said:
            starts.append(at)
            at += len(one) + 1
            ends.append(at - 1)
        which = np.searchsorted(numbers, looks[:, 0])
        seekers = looks[:, 1]
        move = np.array(starts, np.int64)[which] - where[which, 3]
        high = looks[:, 3] + move
        stop = np.minimum(np.array(ends, np.int64)[which], high + self.reach[seekers] + 1)
        told = np.column_stack([looks[:, 2] + move, high, stop])
        order = np.argsort(seekers, kind="stable")
        some, first = np.unique(seekers[order], return_index=True)
        by = np.split(told[order], first[1:])
        return Window(
            "\n".join(["", *said, ""]),
            lines,
            starts,
            dict(zip(some.tolist(), (one.tolist() for one in by), strict=True)),
        )


def _merged(where: Any, line: Any, low: Any, high: Any) -> tuple[Any, Any, Any]:
    """Stretches within their lines; those that touch are one."""
    low, high = np.maximum(low, where[line, 3]), np.minimum(high, where[line, 4])
    there = low <= high
    line, low, high = line[there], low[there], high[there]
    order = np.lexsort((low, line))
    line, low, high = line[order], low[order], high[order]
    fresh = np.ones(len(line), np.bool_)
    fresh[1:] = (line[1:] != line[:-1]) | (low[1:] > high[:-1] + 1)
    at = np.flatnonzero(fresh)
    return line[at], low[at], np.maximum.reduceat(high, at) if len(at) else high


# ---- how it is made ------------------------------------------------------------------------------------------------


def kept(name: str, told: Iterable[str], make: Callable[[], Gate]) -> Gate:
    """The gate for what is told, from the folder where Python keeps what it compiled, if the last one there is the same."""
    folder = Path(__file__).parent
    code = [(folder / file).read_text("utf-8") for file in ("gate.py", "needs.py")]
    digest = sha256("\0".join([sys.version, *code, *told]).encode()).hexdigest()
    path = folder / "__pycache__" / f"gate-{name}.npz"
    with suppress(OSError, BadZipFile), np.load(path) as held:
        if held["made_of"] == digest:
            return Gate(**{field.name: held[field.name] for field in fields(Gate)})
    made = make()
    beside = path.with_suffix(f".{os.getpid()}.npz")
    with suppress(OSError):  # where nothing can be written, each process makes its own
        np.savez(beside, made_of=digest, **vars(made))
        beside.replace(path)
    return made


def gate(needs: Sequence[Need]) -> Gate:
    """For seekers that need these."""
    sets: dict[Words, int] = {}
    numbers = [[sets.setdefault(words, len(sets)) for words in need.sets] for need in needs]
    width = len(sets) // 64 + 1
    bits = np.zeros((len(needs), width + 1), np.uint64)
    for seeker, some in enumerate(numbers):
        bits[seeker, :width] = _bits(sum(1 << number for number in set(some)), width)
    at: dict[Words, int] = {}
    begun = [one.seen if one.seen and not one.at_line else None for one in needs]
    return Gate(
        needed=bits,
        reach=np.array([need.reach for need in needs], np.int64),
        at_line=np.array([need.at_line for need in needs], np.bool_),
        seen=np.array([at.setdefault(one.words, len(at)) if one else -1 for one in begun], np.int64),
        low=np.array([one.low if one else 0 for one in begun], np.int64),
        high=np.array([one.high if one else 0 for one in begun], np.int64),
        **_machine(sets, at, width),
    )


def _machine(sets: dict[Words, int], seen: dict[Words, int], width: int) -> dict[str, Any]:
    """Aho and Corasick's. Its steps lie in a hash table: the words are many, and few characters of a text begin one."""
    classes: dict[str, int] = {}
    steps: list[dict[int, int]] = [{}]
    ends: list[int] = [0]  # by state, the sets of which a word ends there
    here: list[list[tuple[int, int]]] = [[]]  # and those that somebody begins at, with the length of the word
    for words in {**sets, **seen}:
        for word in sorted(words):
            state = 0
            for char in word:
                known = classes.setdefault(char, len(classes) + 1)
                if known not in steps[state]:
                    steps[state][known] = len(steps)
                    steps.append({})
                    ends.append(0)
                    here.append([])
                state = steps[state][known]
            ends[state] |= 1 << sets[words] if words in sets else 0
            here[state] += [(seen[words], len(word))] if words in seen else []
    back = [0] * len(steps)
    queue = deque(steps[0].values())
    while queue:
        state = queue.popleft()
        for known, then in steps[state].items():
            other = back[state]
            while other and known not in steps[other]:
                other = back[other]
            back[then] = steps[other].get(known, 0)
            ends[then] |= ends[back[then]]
            here[then] += here[back[then]]
            queue.append(then)
    bits = np.zeros((len(steps), width + 1), np.uint64)
    for state, met in enumerate(ends):
        bits[state, :width] = _bits(met, width)
        bits[state, width] = met != 0  # a word of any set
    pairs = [(state << 16 | known, then) for state, row in enumerate(steps) for known, then in row.items()]
    keys, then = _hashed(pairs)
    flat = np.array([pair for some in here for pair in some], np.int64).reshape(-1, 2)
    return {
        "classes": _classes(classes),
        "keys": keys,
        "steps": then,
        "back": np.array(back, np.int64),
        "bits": bits,
        "ended": np.cumsum([0, *map(len, here)]),
        "ended_set": flat[:, 0].copy(),
        "ended_size": flat[:, 1].copy(),
    }


def _bits(bits: int, width: int) -> list[int]:
    return [bits >> 64 * word & (1 << 64) - 1 for word in range(width)]


def _hashed(pairs: Collection[tuple[int, int]]) -> tuple[Any, Any]:
    from medgo_data.pii.kernel import MIX

    size = 1 << (4 * len(pairs) + 8).bit_length()
    keys, values = np.full(size, -1, np.int64), np.zeros(size, np.int64)
    for key, value in pairs:
        slot = key * MIX >> 7 & size - 1
        while keys[slot] != -1:
            slot = slot + 1 & size - 1
        keys[slot], values[slot] = key, value
    return keys, values


def _classes(known: dict[str, int]) -> Any:
    found = np.zeros(letters.POINTS, np.uint16)
    for point in range(letters.POINTS):
        if (number := known.get(shape(chr(point)))) is not None:
            found[point] = number
    return found
