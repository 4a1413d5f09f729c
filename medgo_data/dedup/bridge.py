"""Signatures as datasketch has them, for whoever keeps an index of its kind (medgo[datasketch]).

The numbers of a signature are made as datasketch 2.0 makes them (scheme affine32). What a gram is hashed to is ours, and quicker
by far: give datasketch ``gram_hash`` as its ``hashfunc``, and both say the same of the same grams. For an index that was made
with datasketch's own SHA-1, ask for ``sha1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medgo_data import letters
from medgo_data.dedup.signature import signatures
from medgo_data.grams import factors

if TYPE_CHECKING:
    import polars as pl

SCHEME = "affine32"
ALL = 0xFFFFFFFF


def minhashes(
    text: pl.Series, *, perms: int = 128, gram: int = 5, seed: int = 1, sha1: bool = False
) -> list[Any]:  # of datasketch.LeanMinHash
    """The signature of each text, as ``datasketch.LeanMinHash``."""
    from datasketch import LeanMinHash, MinHash

    if sha1:
        sets = ([one.encode() for one in grams(value, gram)] for value in text.fill_null(""))
        return [LeanMinHash(one) for one in MinHash.bulk(sets, num_perm=perms, seed=seed, scheme=SCHEME)]
    found = signatures(text, perms=perms, gram=gram, seed=seed)
    return [LeanMinHash(seed=seed, hashvalues=one, scheme=SCHEME) for one in found]


def grams(text: str, gram: int = 5) -> set[str]:
    """The runs of so many letters of a text, as it is compared."""
    view = letters.view(text)
    return {view[i : i + gram] for i in range(len(view) - gram + 1)}


def gram_hash(gram: bytes) -> int:
    """A ``hashfunc`` for datasketch under which its signatures are ours; a gram is the UTF-8 of its letters."""
    word = gram.decode()
    mask = (1 << 64) - 1
    number = sum(ord(c) * int(factor) for c, factor in zip(word, factors(len(word)), strict=True)) & mask
    number ^= number >> 32
    number = number * 0xE7037ED1A0B428DB & mask
    return _unmixed((number ^ number >> 29) >> 32)


def _unmixed(number: int) -> int:
    """What datasketch would turn into this number before it uses it: MurmurHash3's last steps, backwards."""
    number ^= number >> 16
    number = number * pow(0xC2B2AE35, -1, 1 << 32) & ALL
    number ^= number >> 13 ^ number >> 26
    number = number * pow(0x85EBCA6B, -1, 1 << 32) & ALL
    return number ^ number >> 16
