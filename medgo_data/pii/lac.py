"""Names, places and institutions as a tagger of general Chinese sees them: the network whose weights come with jieba.

jieba 0.42.1 (MIT) carries in ``jieba/lac_small`` a small model of Baidu's LAC: a character embedding, two layers of GRUs in both
directions and a CRF over 57 tags. Every source file beside the weights says "Copyright (c) 2019 PaddlePaddle Authors" and
"Apache License, Version 2.0"; the weights are bare numbers and say nothing themselves. jieba runs them by a version of Paddle
that can no longer be installed; here numpy runs them, and nothing is downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from medgo_data.pii.net import best_path, chances
from medgo_data.pii.span import Span

WIDE = 128  # of the embedding and of each GRU
AT_ONCE = 128  # sentences run side by side: what fits near the processor
LONGEST = 200  # characters of a sentence that is read whole
SHARED = 20  # characters that two pieces of a longer one have in common
KINDS = {"PER": "PERSON", "LOC": "ADDRESS", "ORG": "ORG"}  # and TIME, which rules see better
CARE = re.compile(
    r"(?:医院|卫生院|诊所|卫生室|医务室|卫生站|保健院|门诊部|疗养院|护理院|卫生服务中心|医学中心|体检中心)$"
)
MARK = re.compile(r"[。、,;:!?《》<>“”\"()\[\]/|\s]+")  # where a name ends, even if the network read on
TITLED = re.compile(
    r"[^·]{1,2}(?:先生|女士|小姐|大姐|大娘|大妈|大爷|阿姨|师傅|老师|医生|大夫|主任|教授|院长|护士|主席|总理|总统|书记|校长|局长|部长|经理|家|氏|某{1,2})"
)  # a surname with a title, which tells nobody
SENTENCE = re.compile(r"[^\n。!?！？;；]+[。!?！？;；]*|[\n。!?！？;；]+")


def tag(texts: Sequence[str]) -> list[list[Span]]:
    """What it finds in each text, and how probable the network thinks it. The texts are folded: with full-width punctuation it misses every tenth name."""
    network = model()
    pieces = [(row, start, text[start:end]) for row, text in enumerate(texts) for start, end in _pieces(text)]
    pieces.sort(key=lambda piece: -len(piece[2]))
    found: list[set[Span]] = [set() for _ in texts]
    for first in range(0, len(pieces), AT_ONCE):
        some = pieces[first : first + AT_ONCE]
        scores, read = network.paths([piece for _, _, piece in some])
        for (row, offset, piece), (path, rows) in zip(some, read, strict=True):
            named = list(_words(path, network.named, piece))
            odds: Any = chances(scores[rows], *network.odds) if named else None
            for start, end, name in named:
                kind = "HOSPITAL" if name == "ORG" and CARE.search(piece[start:end]) else KINDS[name]
                sure = round(float(odds[start:end, network.tags_of(name)].sum(axis=1).mean()), 3)
                found[row].add(Span(offset + start, offset + end, kind, "lac", sure))
    return [_longest(spans) for spans in found]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lac:
    """The weights, laid out for a batch whose sentences stand side by side, the longest first."""

    known: Any  # the row of the embedding for each code point
    embedding: Any
    layers: tuple[tuple[Any, Any, Any, Any], ...]  # input, bias, gates, candidate; twice forward and backward
    tags: tuple[Any, Any]  # weights and bias
    crf: tuple[Any, Any, Any]  # first, last, [before, after]
    odds: tuple[Any, Any, Any]  # their exponentials
    named: dict[int, tuple[str, bool]]  # the tags that matter: PER, LOC or ORG, and whether it begins one

    def paths(self, sentences: Sequence[str]) -> tuple[Any, Iterator[tuple[list[int], Any]]]:
        """How well every tag fits every character; the best tags of each sentence, and where its characters stand among those.

        The longest sentence is first.
        """
        lengths = np.array([len(sentence) for sentence in sentences])
        scores, steps = self.scores(sentences, lengths)
        path = best_path(scores, steps, lengths, *self.crf).tolist()
        ends = np.cumsum(lengths).tolist()
        return scores, (
            (path[end - length : end], steps[:length] + number)
            for number, (length, end) in enumerate(zip(lengths.tolist(), ends, strict=True))
        )

    def tags_of(self, name: str) -> list[int]:
        return [number for number, (kind, _) in self.named.items() if kind == name]

    def scores(self, sentences: Sequence[str], lengths: Any) -> tuple[Any, Any]:
        """How well each tag fits each character, the first characters of all sentences first; and where each of these begins."""
        points = np.frombuffer("".join(sentences).encode("utf-32-le", "surrogatepass"), np.uint32)
        words = self.known[np.minimum(points, len(self.known) - 1)]
        sizes = np.count_nonzero(
            lengths[None, :] > np.arange(lengths[0])[:, None], axis=1
        )  # still running at each step
        steps = np.concatenate([[0], np.cumsum(sizes)])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        order = np.concatenate([starts[:size] + step for step, size in enumerate(sizes)])
        once, again = np.unique(
            words[order], return_inverse=True
        )  # a character's share of the first layer is always the same
        x = self.embedding[once]
        for number in (0, 2):
            ways = []
            for way in (0, 1):
                w, b, gates, candidate = self.layers[number + way]
                share = x @ w
                share += b
                ways.append(_gru(share[again] if number == 0 else share, gates, candidate, steps, backward=way == 1))
            x = np.concatenate(ways, axis=1)
        return x @ self.tags[0] + self.tags[1], steps


def _gru(share: Any, gates: Any, candidate: Any, steps: Any, *, backward: bool) -> Any:
    """One layer in one direction. A sigmoid is half a tanh and a half: the weights of the gates are halved beforehand."""
    hidden = np.zeros((steps[1], WIDE), np.float32)
    out = np.empty((len(share), WIDE), np.float32)
    both = np.empty((steps[1], 2 * WIDE), np.float32)
    new = np.empty((steps[1], WIDE), np.float32)
    spans = list(zip(steps[:-1].tolist(), steps[1:].tolist(), strict=True))
    for first, last in reversed(spans) if backward else spans:
        size = last - first
        h, g, c = hidden[:size], both[:size], new[:size]
        np.matmul(h, gates, out=g)
        g += share[first:last, : 2 * WIDE]
        np.tanh(g, out=g)
        g *= 0.5
        g += 0.5
        update, reset = g[:, :WIDE], g[:, WIDE:]
        reset *= h
        np.matmul(reset, candidate, out=c)
        c += share[first:last, 2 * WIDE :]
        np.tanh(c, out=c)
        c -= h
        c *= update
        h += c
        out[first:last] = h
    return out


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Sentences; one that is very long in pieces that overlap."""
    for match in SENTENCE.finditer(text):
        start, end = match.span()
        while end - start > LONGEST:
            yield start, start + LONGEST
            start += LONGEST - SHARED
        yield start, end


def _words(path: list[int], named: dict[int, tuple[str, bool]], text: str) -> Iterator[tuple[int, int, str]]:
    """Persons, places and institutions; a person ends at the next mark, and is none where only a surname and a title stand."""
    for start, end, name in _runs(path, named):
        if name != "PER":
            yield start, end, name
            continue
        for begin, stop in _between(text, start, end):
            if stop - begin > 1 and not TITLED.fullmatch(text, begin, stop):
                yield begin, stop, name


def _runs(path: list[int], named: dict[int, tuple[str, bool]]) -> Iterator[tuple[int, int, str]]:
    """What the tags say: one without B goes on with what stands before it."""
    name, start = "", 0
    for place, number in enumerate(path):
        if number not in named:
            if name:
                yield start, place, name
            name = ""
        elif not name or named[number][1]:
            if name:
                yield start, place, name
            name, start = named[number][0], place
    if name:
        yield start, len(path), name


def _between(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in MARK.finditer(text, start, end):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < end:
        yield start, end


def _longest(spans: set[Span]) -> list[Span]:
    """In order; of two that overlap, because the pieces do, the longer."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if kept and span.start < kept[-1].end:
            if span.end - span.start > kept[-1].end - kept[-1].start:
                kept[-1] = span
        else:
            kept.append(span)
    return kept


@cache
def model() -> Lac:
    found = find_spec("jieba")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(
            "names are found with a network that comes with jieba 0.42.1: pip install jieba==0.42.1"
        )
    folder = Path(found.origin).with_name("lac_small")
    words = {word: int(number) for number, word in map(_pair, _lines(folder / "word.dic"))}
    tags = dict(map(_pair, _lines(folder / "tag.dic")))
    size, count = max(words.values()) + 1, len(tags)
    known = np.full(0x30000, words["OOV"], np.int32)
    for word, number in words.items():
        if len(word) == 1 and ord(word) < len(known) - 1:
            known[ord(word)] = number
    crf = _weights(folder, "crfw", count + 2, count)
    layers = []
    for number, wide in enumerate((WIDE, WIDE, 2 * WIDE, 2 * WIDE)):
        w = _weights(folder, f"fc_{number}.w_0", wide, 3 * WIDE)
        b = _weights(folder, f"fc_{number}.b_0", 3 * WIDE) + _weights(folder, f"gru_{number}.b_0", 3 * WIDE)
        flat = _weights(folder, f"gru_{number}.w_0", 3 * WIDE * WIDE)
        gates = flat[: 2 * WIDE * WIDE].reshape(WIDE, 2 * WIDE) * np.float32(0.5)
        w[:, : 2 * WIDE] *= 0.5
        b[: 2 * WIDE] *= 0.5
        layers.append((w, b, gates, flat[2 * WIDE * WIDE :].reshape(WIDE, WIDE).copy()))
    return Lac(
        known=known,
        embedding=_weights(folder, "word_emb", size, WIDE),
        layers=tuple(layers),
        tags=(_weights(folder, "fc_4.w_0", 2 * WIDE, count), _weights(folder, "fc_4.b_0", count)),
        crf=(crf[0].copy(), crf[1].copy(), crf[2:].copy()),
        odds=(np.exp(crf[0]), np.exp(crf[1]), np.exp(crf[2:])),
        named={int(n): (t[:3], t.endswith("-B")) for n, t in tags.items() if t[:3] in KINDS},
    )


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").split("\n") if line.count("\t") == 1]


def _pair(line: str) -> tuple[str, str]:
    number, _, word = line.strip("\r\n").partition("\t")
    return number, word


def _weights(folder: Path, name: str, *shape: int) -> Any:
    """Paddle writes a head, and then the numbers."""
    count = int(np.prod(shape))
    return np.frombuffer((folder / "model_baseline" / name).read_bytes()[-4 * count :], "<f4").reshape(shape).copy()
