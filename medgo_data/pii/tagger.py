"""Names, hospitals, employers and addresses, told from their context by a small network that was fitted on invented texts.

Each character is known by itself, with its neighbours, and by the words of a dictionary (that of jieba, MIT, and our own list of
terms) that begin, end or go on at it; six thin convolutions see thirty-two characters to either side. What fits it is ``fit.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from medgo_data.pii import net
from medgo_data.pii.dictionary import words
from medgo_data.pii.invent import word_lists
from medgo_data.pii.span import Span

WEIGHTS = Path(__file__).with_name("tagger.npz")
TYPES = ("PERSON", "HOSPITAL", "ORG", "ADDRESS")
TAGS = 4 * len(TYPES) + 1  # nothing, and for each type: begins, goes on, ends, alone
DILATIONS = (1, 2, 4, 8, 16, 1)
SEES = sum(DILATIONS)  # characters to either side
GAP = max(DILATIONS)  # rows of zeros between two texts, so that none sees the other
AT_ONCE = 1024  # characters that go through the layers together: what fits near the processor
LONGEST, OVERLAP = 1 << 15, 1 << 9  # characters of a window, and of two windows together
PAIRS = 1 << 16
STRANGE = 81  # rows that characters share that it does not know; the last is for those that cannot be read
BITS = 20  # of the table of words
KINDS = (
    "nr nrfg", "nrt", "ns", "nt", "nz", "n ng an j vn", "v vg vd vi vq", "a ad ag z b", "d df dg", "m mq mg", "q", "r rr rz rg", "t tg",
    "f s", "p c u uj ul uz ud uv uzb y e o k h", "i l", "x eng zg g", "term", "none",
)  # fmt: skip
TERMS = ("药", "中药", "方剂", "穴位", "病", "人名病", "症状", "检查", "科室", "职称", "泛称医院", "机关")
FIRSTS, SECONDS = net.PLACES * len(KINDS) * net.OFTEN, 9 * 8


def tag(texts: Sequence[str], *, at_least: float = 0.5) -> list[list[Span]]:
    """What stands in each folded text, with its probability; of what is less likely than ``at_least`` nothing is told.

    Below one half more is told, for those who would rather mask a word than miss a name; where it ends is then less certain.
    """
    model = weights()
    found: list[list[Span]] = [[] for _ in texts]
    for windows in _batches(texts):
        read = model.spans([texts[window.row][window.start : window.end] for window in windows], at_least)
        for window, spans in zip(windows, read, strict=True):
            for span in spans:
                start = window.start + span.start
                if window.first <= start < window.last:
                    found[window.row].append(span._replace(start=start, end=window.start + span.end))
    return found


class Window(NamedTuple):
    """A part of a text, and from where to where what begins in it is told: the rest is told by the windows beside it."""

    row: int
    start: int
    end: int
    first: int
    last: int


def _batches(texts: Sequence[str]) -> Iterator[list[Window]]:
    """Texts whole, or long ones in windows that overlap, as many at once as memory likes."""
    size, batch = 0, []
    for row, text in enumerate(texts):
        for start in range(0, max(1, len(text) - OVERLAP), LONGEST - OVERLAP):
            end = min(len(text), start + LONGEST)
            first, last = start + OVERLAP // 2 if start else 0, end - OVERLAP // 2 if end < len(text) else end
            batch.append(Window(row, start, end, first, last))
            size += end - start
            if size > LONGEST:
                yield batch
                size, batch = 0, []
    if batch:
        yield batch


@dataclass(frozen=True, kw_only=True, eq=False)
class Tagger:
    chars: Any  # the code points it knows, in order
    one: Any  # a row for each of them, and for kinds of others
    two: Any  # for pairs of neighbours
    first: Any  # for what a dictionary says
    second: Any
    layers: tuple[tuple[Any, Any], ...]  # [before, here, after], bias
    tags: tuple[Any, Any]

    def spans(self, texts: Sequence[str], at_least: float) -> list[list[Span]]:
        features = seen(texts, self.chars)
        if not len(features.points):
            return [[] for _ in texts]
        scores = self.scores(features)
        path = net.divided(scores, features.ends, np.float32(np.log(at_least / (1 - at_least))) * -1, len(TYPES))
        starts = np.concatenate([[0], features.ends[:-1]])
        return [
            [
                Span(start, end, TYPES[kind], "tagger", score)
                for start, end, kind, score in _named(path[a:b], scores[a:b])
                if score >= at_least
            ]
            for a, b in zip(starts.tolist(), features.ends.tolist(), strict=True)
        ]

    def scores(self, features: Seen) -> Any:
        """The logarithm of the probability of every tag for every character."""
        ends = features.ends
        starts = np.concatenate([[0], ends[:-1]])
        # rows of characters, with a gap after every text
        shift = GAP * np.arange(len(ends))
        rows = np.full(int(ends[-1]) + GAP * len(ends), -1, np.int64)
        at = np.arange(int(ends[-1])) + np.repeat(shift, ends - starts)
        rows[at] = np.arange(int(ends[-1]))
        out = np.empty((len(rows), TAGS), np.float32)
        for begin in range(0, len(rows), AT_ONCE):
            left, right = max(0, begin - SEES), min(len(rows), begin + AT_ONCE + SEES)
            part = self._chunk(rows[left:right], features)
            end = min(begin + AT_ONCE, len(rows))
            out[begin:end] = part[begin - left : end - left]
        scores = out[at]
        net.likely(scores)
        return scores

    def _chunk(self, rows: Any, features: Seen) -> Any:
        x = np.empty((len(rows), self.first.shape[1]), np.float32)
        net.gathered(
            x,
            rows,
            features.chars,
            features.pairs,
            features.first,
            features.second,
            self.one,
            self.two,
            self.first,
            self.second,
        )
        for number, ((w, bias), far) in enumerate(zip(self.layers, DILATIONS, strict=True)):
            out = x @ w[1]
            out[far:] += x[:-far] @ w[0]
            out[:-far] += x[far:] @ w[2]
            if number == 0:
                x = np.empty_like(out)
            net.stepped(out, x, bias, rows, number > 0)
        return x @ self.tags[0] + self.tags[1]


@dataclass(frozen=True, eq=False)
class Seen:
    """What the network is shown of some texts, one after the other."""

    known: Any  # the characters that have a row of their own

    points: Any
    ends: Any
    chars: Any
    pairs: Any
    first: Any
    second: Any


def seen(texts: Sequence[str], chars: Any, *, hidden: int = 0, salt: int = 0) -> Seen:
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    first, second = net.worded(points, ends, *_words(), BITS, len(KINDS), np.uint64(salt), hidden)
    return Seen(chars, points, ends, numbered(points, chars), net.paired(points, ends, PAIRS - 1), first, second)


def numbered(points: Any, chars: Any) -> Any:
    """The row of each character: one of its own where it is known, else one of those that strange characters share."""
    table = _table(chars.tobytes())
    return table[np.minimum(points, len(table) - 1)]


@cache
def _table(known: bytes) -> Any:
    chars = np.frombuffer(known, np.uint32)
    points = np.arange(0x30000)
    strange = np.where(points >= 0x3400, points % 64, 64 + points % 16)  # Han, and other signs
    table = (len(chars) + strange).astype(np.int32)
    table[chars] = np.arange(len(chars))
    table[ord("0") : ord("9") + 1] = table[ord("0")]
    return table


def _named(path: Any, scores: Any) -> Iterator[tuple[int, int, int, float]]:
    """Where the path names something, and the probability of that: the mean over its characters that they are of the kind."""
    start = 0
    for place in np.flatnonzero(path).tolist():
        kind, step = divmod(int(path[place]) - 1, 4)
        if step in (0, 3):
            start = place
        if step in (2, 3):
            part = scores[start : place + 1, 4 * kind + 1 : 4 * kind + 5]
            yield start, place + 1, kind, round(float(np.exp(part).sum(axis=1).mean()), 3)


@cache
def _words() -> tuple[Any, Any, Any]:
    """The dictionary of jieba and the project's lists of terms: which words there are, of what kind and how rare."""
    kinds = {tag: number for number, tags in enumerate(KINDS) for tag in tags.split()}
    listed = word_lists("words.txt")
    terms = pl.DataFrame({"word": [*dict.fromkeys(term for name in TERMS for term in listed[name])]})
    known = words().unique("word", keep="last", maintain_order=True)
    mine = terms.join(known, "word", "left", maintain_order="left").select(
        "word", pl.col("count").fill_null(0).clip(50), kind=pl.lit(len(KINDS) - 2, pl.UInt8)
    )
    theirs = known.filter(pl.col("word").str.len_chars() <= net.LONGEST_WORD)
    every = pl.concat(
        [mine, theirs.with_columns(pl.col("kind").replace_strict(kinds, default=len(KINDS) - 1, return_dtype=pl.UInt8))]
    )
    points = np.frombuffer("".join(every["word"]).encode("utf-32-le"), np.uint32)
    ends = every["word"].str.len_chars().cum_sum().to_numpy().astype(np.int64)
    total = 6e7
    cost = np.log(every["count"].clip(1).to_numpy() / total).astype(np.float32)
    return net.shelved(points, ends, every["kind"].to_numpy(), cost, BITS)  # type: ignore[no-any-return]


@cache
def weights() -> Tagger:
    return read(WEIGHTS)


def read(path: Path) -> Tagger:
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: the weights of the tagger of names; `medgo-data fit-names` makes them"
        )
    with np.load(path) as held:
        arrays = {name: held[name].astype(np.float32) if name != "chars" else held[name] for name in held.files}
    return Tagger(
        chars=arrays["chars"],
        one=arrays["one"],
        two=arrays["two"],
        first=arrays["first"],
        second=arrays["second"],
        layers=tuple((arrays[f"layer{n}"], arrays[f"bias{n}"]) for n in range(len(DILATIONS))),
        tags=(arrays["tags"], arrays["tags_bias"]),
    )
