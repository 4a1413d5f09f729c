"""ROUGE, in the three definitions that are in use for Chinese; they differ by points, so each has its name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from medgo_train.evaluate.bleu import grams
from medgo_train.evaluate.metric import harmonic, ratio

TINY = 1e-8  # rouge 1.0.1 and rouge_chinese add it to the denominator of F
Rouge = tuple[float, float, float]  # ROUGE-1, ROUGE-2, ROUGE-L; each an F1


def rouge(reference: Sequence[str], text: Sequence[str]) -> Rouge:
    """Lin 2004: n-grams as often as they occur, and the longest common subsequence; no smoothing."""
    pairs = []
    for order in (1, 2):
        meant, said = grams(reference, order), grams(text, order)
        pairs.append(((meant & said).total(), meant.total(), said.total()))
    pairs.append((len(reference) - _rows(reference, text)[-1].bit_count(), len(reference), len(text)))
    one, two, longest = (harmonic(ratio(right, said), ratio(right, meant)) for right, meant, said in pairs)
    return one, two, longest


def rouge_chinese(reference: Sequence[str], text: Sequence[str]) -> Rouge:
    """The package rouge_chinese 1.0.3: n-grams counted once, the longest common subsequence as long as it is."""
    longest = len(reference) - _rows(reference, text)[-1].bit_count()
    return *_of_sets(reference, text), _f(longest, len(reference), len(text))


def rouge_package(reference: str, text: str) -> Rouge:
    """The package rouge 1.0.1 over characters: n-grams counted once, "." ends a sentence, ROUGE-L counts words once."""
    if not text or not reference:  # the package raises, its callers put 0
        return 0.0, 0.0, 0.0
    meant, said = _sentences(reference), _sentences(text)
    all_meant, all_said = [c for one in meant for c in one], [c for one in said for c in one]
    union = {c for one in meant for other in said for c in _common(one, other)}
    return *_of_sets(all_meant, all_said), _f(len(union), len(set(all_meant)), len(set(all_said)))


def bert_tokens(text: str) -> list[str]:
    """BERT's basic tokens: Han characters and punctuation one by one, other letters in runs, in lower case."""
    tokens: list[str] = []
    fresh = True
    for character in _plain(text):
        if character.isspace():
            fresh = True
        elif _is_han(character) or _is_punctuation(character):
            tokens.append(character)
            fresh = True
        elif fresh:
            tokens.append(character)
            fresh = False
        else:
            tokens[-1] += character
    return tokens


def _of_sets(reference: Sequence[str], text: Sequence[str]) -> tuple[float, float]:
    found = []
    for order in (1, 2):
        meant, said = grams(reference, order).keys(), grams(text, order).keys()
        found.append(_f(len(meant & said), len(meant), len(said)))
    return found[0], found[1]


def _f(right: int, meant: int, said: int) -> float:
    precision, recall = ratio(right, said), ratio(right, meant)
    return 2.0 * ((precision * recall) / (precision + recall + TINY))


def _sentences(text: str) -> list[list[str]]:
    spaced = (" ".join(text)).split(".")
    return [part.split() or [""] for part in spaced if part]


def _rows(reference: Sequence[str], text: Sequence[str]) -> list[int]:
    """Hyyrö 2004: after each token of the text, a bit for each token of the reference, 0 where the subsequence grew."""
    places: dict[str, int] = {}
    for n, token in enumerate(reference):
        places[token] = places.get(token, 0) | 1 << n
    full = (1 << len(reference)) - 1
    rows = [full]
    for token in text:
        before = rows[-1]
        met = before & places.get(token, 0)
        rows.append(((before + met) | (before - met)) & full)
    return rows


def _common(reference: Sequence[str], text: Sequence[str]) -> Iterator[str]:
    """The tokens of the one longest common subsequence that the package rouge takes of several."""
    rows = _rows(reference, text)
    i, j = len(reference), len(text)

    def length(i: int, j: int) -> int:
        return i - (rows[j] & ((1 << i) - 1)).bit_count()

    while i and j:
        if reference[i - 1] == text[j - 1]:
            yield reference[i - 1]
            i, j = i - 1, j - 1
        elif length(i - 1, j) > length(i, j - 1):
            i -= 1
        else:
            j -= 1


def _plain(text: str) -> str:
    kept = (c for c in text if c in "\t\n\r" or unicodedata.category(c) not in {"Cc", "Cf"})
    decomposed = unicodedata.normalize("NFD", "".join(kept).lower())
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def _is_han(character: str) -> bool:
    return (
        "㐀" <= character <= "䶿" or "一" <= character <= "鿿" or "豈" <= character <= "﫿" or character >= "\U00020000"
    )


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") or character in "$+<=>^`|~"
