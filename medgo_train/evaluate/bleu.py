"""BLEU and Distinct over characters: how much of a text's wording is that of the reference, and how varied it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from medgo_train.evaluate.metric import Row, ratio

ORDERS = 4
SHORTEST = 4  # MedDG's scorer gives a reply of no more characters a 0
CHEN_CHERRY = 5.0  # K of smoothing 4 in Chen & Cherry 2014, as nltk sets it


def grams(text: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(text[n:] for n in range(order)), strict=False))


def matched(reference: Sequence[str], text: Sequence[str]) -> Row:
    """The parts of corpus BLEU: matched and possible n-grams of orders 1 to 4, then both lengths."""
    found = [(grams(text, order) & grams(reference, order)).total() for order in range(1, ORDERS + 1)]
    possible = [max(0, len(text) - order + 1) for order in range(1, ORDERS + 1)]
    return *found, *possible, len(text), len(reference)


def bleu(parts: Row, order: int) -> float:
    """Corpus BLEU of ``order`` out of summed parts, without smoothing: characters are tokens, spaces are none."""
    found, possible, length, meant = parts[:ORDERS], parts[ORDERS : 2 * ORDERS], parts[-2], parts[-1]
    if not all(found[:order]):
        return 0.0
    logs = [math.log(found[n] / possible[n]) for n in range(order)]
    return min(1.0, math.exp(1 - meant / length)) * math.exp(sum(logs) / order)


def bleu_of_meddg(reference: str, text: str, order: int) -> float:
    """Sentence BLEU as MedDG's scorer gets it from nltk 3.10, smoothing 7; an exact copy may exceed 1."""
    if len(text) <= SHORTEST:
        return 0.0
    overlaps = [(grams(text, n) & grams(reference, n)).total() for n in range(1, ORDERS + 2)]
    if not overlaps[0]:
        return 0.0
    possible = [max(1, len(text) - n) for n in range(ORDERS + 1)]
    smooth, misses = [], 0
    for found, of in zip(overlaps[:ORDERS], possible, strict=False):  # smoothing 4
        misses += not found
        smooth.append((found or math.log(len(text)) / (2**misses * CHEN_CHERRY)) / of)
    following = [*smooth[1:], overlaps[ORDERS] / possible[ORDERS]]
    before = smooth[0] + 1
    for n in range(ORDERS):  # smoothing 5: the mean of an order with its neighbours
        smooth[n] = before = (before + smooth[n] + following[n]) / 3
    brevity = 1.0 if len(text) > len(reference) else math.exp(1 - len(reference) / len(text))
    return brevity * math.exp(sum(math.log(one) for one in smooth[:order]) / order)


def distinct(texts: Sequence[Sequence[str]], order: int) -> float:
    """Different n-grams over all n-grams, of all texts together."""
    seen = [gram for text in texts for gram in (text if order == 1 else pairwise(text))]
    return ratio(len(set(seen)), len(seen))
