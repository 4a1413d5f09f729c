"""What of each text the taggers read: in records all of it, elsewhere only where a name may be, for they are slow readers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import polars as pl

from medgo_data import letters
from medgo_data.native import flat
from medgo_data.pii import lac, tagger
from medgo_data.pii.dictionary import words
from medgo_data.pii.invent import word_lists
from medgo_data.pii.names import CLASSICAL, NEAR, NUMBERS, SHAPE, TOLD_BY, about, prose, undecided
from medgo_data.pii.names import LONGEST as LONGEST_NAME
from medgo_data.pii.span import Span
from medgo_data.pii.surnames import COMMON, COMPOUND, GIVEN, RARE
from medgo_data.pii.tables import SEEMS_HEAD
from medgo_data.pii.words import BOTH, FIGURES, PLAIN, word

AT_LEAST = {"high_recall": 0.15, "balanced": 0.3}  # how likely our tagger must hold it, to tell it
RARELY = {"balanced": 3.5}  # a surname and a letter are so much likelier in a name (in e-folds), to be read
PRESS = {"high_recall": 0.5, "balanced": 2.0}  # the same, for lac to read a sentence of the press
RECORD = (  # what stands in texts about somebody: those are read whole
    r"姓 ?名|床号|[0-9A-Za-z]床|(?:住院|病案|病历|门诊|登记|就诊|保单|工|学)号|身份证|护照|证件号|通行证|医保卡|家属|签[名字]|记录[人者]|经办|联系[人电]"
    r"|电话|手机|微信 ?[:A-Za-z0-9]|1[3-9]\d{9}|\d{17}[\dXx]|\d{4}[-./年]\d{1,2}[-./月]\d{1,2}|\+\d{2,3} ?\d"
)
LONGEST = 4000  # characters of one that is
LINES = 10  # of a list or a table, to either side of a name
AROUND = 40  # characters that are read to either side; the tagger sees 32 of them
EDGE = 8  # of these, where a name may be cut off
TAGGERS = frozenset({"tagger", "lac"})
Piece = tuple[int, int, int]  # of which row, from where to where


def tagged(texts: Sequence[str], policy: str, found: Sequence[Sequence[Span]] = ()) -> list[list[Span]]:
    """What our tagger and lac see in folded texts, where it may count beside what rules ``found`` in each."""
    found = found or [()] * len(texts)
    seen: list[list[Span]] = [[] for _ in texts]
    whole = _records(texts) if policy in RARELY else [True] * len(texts)
    pieces = [(row, 0, len(text)) for row, text in enumerate(texts) if whole[row]]
    rest = ["" if all_of_it else text for text, all_of_it in zip(texts, whole, strict=True)]
    pieces += _pieces(rest, _modern(rest, found, _places(rest, RARELY.get(policy, np.inf))))
    said = [texts[row][start:end] for row, start, end in pieces]
    for (row, start, end), spans in zip(pieces, tagger.tag(said, at_least=AT_LEAST[policy]), strict=True):
        low, high = start + EDGE * (start > 0), end - EDGE * (end < len(texts[row]))
        seen[row] += (span for span in moved(spans, start) if low <= span.start and span.end <= high)
    places: list[list[int]] = [[] for _ in texts]
    press = _places(texts, PRESS[policy])
    for row, place in _modern(texts, found, press) if policy in RARELY else press:
        places[row].append(place)
    sentences = [
        (row, start, end)
        for row, text in enumerate(texts)
        for start, end in _peopled(text, found[row], seen[row], places[row], policy)
    ]
    for (row, start, _), spans in zip(sentences, lac.tag([texts[row][a:b] for row, a, b in sentences]), strict=True):
        seen[row] += moved(spans, start)
    return seen


def _peopled(
    text: str, found: Sequence[Span], seen: list[Span], places: Sequence[int], policy: str
) -> Iterator[tuple[int, int]]:
    """The sentences in which our tagger saw somebody, if lac has a vote on that, and those of newspapers in which a name may be."""
    some = seen if any(span.score >= TOLD_BY for span in found) or not seen else undecided(text, found, seen, policy)
    people = sorted(span.start for span in some if span.type == "PERSON")
    if policy == "balanced":
        people = [start for start in people if SHAPE.match(text, start)]
    for sentence in lac.SENTENCE.finditer(text) if people or places else ():
        start, end = sentence.span()
        if bisect_left(people, start) < bisect_left(people, end) or (
            bisect_left(places, start) < bisect_left(places, end) and prose(text, start, end)
        ):
            yield start, end


def _records(texts: Sequence[str]) -> list[bool]:
    read = pl.Series(texts, dtype=pl.String)
    return ((read.str.len_chars() <= LONGEST) & read.str.contains(RECORD)).to_list()


def moved(spans: Sequence[Span], by: int) -> Iterator[Span]:
    return (span._replace(start=span.start + by, end=span.end + by) for span in spans)


# ---- where a name may be -------------------------------------------------------------------------------------------


def blocks(texts: Sequence[str], policy: str) -> list[list[tuple[int, int]]]:
    """Where the layout of each text may say something: in a record anywhere, else near what may be a name by itself."""
    found: list[list[tuple[int, int]]] = [[] for _ in texts]
    for row, place in _places(texts, np.inf):
        if policy == "high_recall" or (found[row] and place < found[row][-1][1]):
            found[row] = found[row] or [(0, len(texts[row]))]
            continue
        start, end = _lines_around(texts[row], place)
        if found[row] and start <= found[row][-1][1]:
            start, _ = found[row].pop()
        found[row].append((start, end))
    if policy == "high_recall":
        return [
            some or ([(0, len(text))] if SEEMS_HEAD.search(text) else [])
            for some, text in zip(found, texts, strict=True)
        ]
    return found


def _lines_around(text: str, place: int) -> tuple[int, int]:
    start = end = max(0, place)
    for _ in range(LINES):
        start = max(0, text.rfind("\n", 0, start))
        end = text.find("\n", end + 1) if end < len(text) else end
        end = len(text) if end < 0 else end
    return start, end


def _places(texts: Sequence[str], at_least: float) -> list[tuple[int, int]]:
    """The row and the place in it of all that may be a name."""
    from medgo_data.pii import kernel

    content, ends = flat(pl.Series(texts, dtype=pl.String))
    where = np.empty((int(ends[-1] - ends[0]) + len(texts), 3), np.int64)
    some = where[: kernel.named(content, ends, *_pairs(), _threes(), at_least, where)].tolist()
    return [(row, place) for row, place, how in some if _may_be(texts[row], place, how)]


def _may_be(text: str, place: int, how: int) -> bool:
    """Whether the letters there can be a name at all."""
    from medgo_data.pii import kernel

    if how == kernel.THREE:
        three = text[place - 1 : place + 2]
        return three not in FIGURES and (three[:2] not in PLAIN or three[:2] in BOTH)
    return how != kernel.PAIR or not (text[place : place + 3] in FIGURES or text[place : place + 2] in FIGURES)


def _modern(
    texts: Sequence[str], found: Sequence[Sequence[Span]], places: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The places at which a name may count: in classical writings only those near which rules found somebody."""
    old = pl.Series(texts, dtype=pl.String).str.contains(CLASSICAL.pattern).to_list()
    for row, some in groupby(places, itemgetter(0)):
        if not old[row]:
            yield from some
            continue
        text = texts[row]
        marks = [met.start() for met in CLASSICAL.finditer(text)]
        people = sorted(span.start for span in about(text, found[row]) if span.type in NUMBERS or span.type == "PERSON")
        for place in some:
            if _near(people, place[1], NEAR + LONGEST_NAME) or not _near(marks, place[1], NEAR - LONGEST_NAME):
                yield place


def _near(marks: Sequence[int], place: int, far: int) -> bool:
    k = bisect_left(marks, place - far)
    return k < len(marks) and marks[k] <= place + far


def _pieces(texts: Sequence[str], places: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    last: list[int] = []
    for row, place in places:
        start, end = max(0, place - AROUND), min(len(texts[row]), place + AROUND)
        if last and last[0] == row and start <= last[2]:
            last[2] = end
            continue
        if last:
            yield last[0], last[1], last[2]
        last = [row, start, end]
    if last:
        yield last[0], last[1], last[2]


@cache
def _pairs() -> tuple[Any, Any, Any]:
    """The number of each surname and of each letter of a given name, from one, and how much likelier a pair is in a name."""
    surnames, given = ([*dict.fromkeys(chars)] for chars in (COMMON + RARE, GIVEN))
    surnames += [name[0] for name in COMPOUND if name[0] not in surnames]
    given += [name[1] for name in COMPOUND if name[1] not in given]
    first, second = _numbered(surnames), _numbered(given)
    shares = [
        1 / (np.arange(len(some)) + often) for some, often in ((surnames, 15), (given, 60))
    ]  # the commonest first
    inside, ends, begins = np.zeros((len(surnames), len(given))), np.zeros(len(surnames)), np.zeros(len(given))
    total = 0
    for said, count in _words():
        total += count
        if first[ord(said[-1])]:
            ends[first[ord(said[-1])] - 1] += count
        if second[ord(said[0])]:
            begins[second[ord(said[0])] - 1] += count
        for one, other in pairwise(said):
            if first[ord(one)] and second[ord(other)]:
                inside[first[ord(one)] - 1, second[ord(other)] - 1] += count
    ordinary = (inside + np.outer(ends, begins) / total + 0.5) / total
    named = np.outer(*(share / share.sum() for share in shares))
    score = np.log(named / ordinary).astype(np.float32)
    for name in COMPOUND:
        score[first[ord(name[0])] - 1, second[ord(name[1])] - 1] = np.inf
    terms = {term for name in tagger.TERMS for term in word_lists("words.txt")[name]}
    for pair in terms | {said for said in PLAIN | {said for said, _ in _words() if len(said) == 2} if word(said)}:
        if len(pair) == 2 and first[ord(pair[0])] and second[ord(pair[1])]:
            score[first[ord(pair[0])] - 1, second[ord(pair[1])] - 1] = -np.inf
    return first, second, score


@cache
def _threes() -> Any:
    """Words of three letters that are nobody's name, as numbers in order."""
    terms = {term for name in tagger.TERMS for term in word_lists("words.txt")[name]}
    every = terms | {said for said in (*PLAIN, *(said for said, _ in _words())) if len(said) == 3 and word(said)}
    points = np.frombuffer("".join(one for one in every if len(one) == 3).encode("utf-32-le"), np.uint32)
    a, b, c = points.astype(np.int64).reshape(-1, 3).T
    return np.sort(a << 42 | b << 21 | c)


def _numbered(chars: Sequence[str]) -> Any:
    found = np.zeros(letters.POINTS, np.uint16)
    found[[ord(char) for char in chars]] = np.arange(1, len(chars) + 1)
    return found


def _words() -> Iterator[tuple[str, int]]:
    """The words of jieba's dictionary, and how often they are met."""
    for said, count, kind in words().iter_rows():
        if kind not in {"nr", "nrfg", "nrt"}:
            yield said, count
