"""What a peer hides in texts: read from one file of JSON Lines, and said in another as pairs of places, with its CPU seconds."""

import json
import sys
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

Spans = list[tuple[int, int]]


def run(find: Callable[[str], Iterable[tuple[int, int]]], version: str) -> None:
    """Search every text of the first file, and write a line for each to the second."""
    source, target = map(Path, sys.argv[1:3])
    texts = [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    for text in texts[:20]:
        find(text)  # what is loaded at the first call is not counted
    began = time.process_time()
    found = [sorted({(start, end) for start, end in find(text) if start < end}) for text in texts]
    seconds = time.process_time() - began
    target.write_text("".join(json.dumps(spans) + "\n" for spans in found), "utf-8")
    print(json.dumps({"seconds": seconds, "version": version}))


def gaps(text: str, masked: str, mark: str) -> Spans:
    """What was replaced by a mark, from the pieces that were left: each is found after the one before."""
    places = [(0, 0)]
    for piece in masked.split(mark):
        start = text.find(piece, places[-1][1])
        if start < 0:
            raise SystemExit("the peer changed more than it marked")
        places.append((start, start + len(piece)))
    return [(a[1], b[0]) for a, b in pairwise([*places[1:], (len(text), len(text))]) if a[1] < b[0]]
