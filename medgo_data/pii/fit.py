"""How the tagger of names is fitted: on invented texts only, in minutes on one core, the same weights for the same seed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from medgo_data.pii import tagger
from medgo_data.pii.invent import CONTEXTS, HALF, Inventor, contexts, word_lists

STEPS = 4500
RATE = 4e-3
WIDE = 64  # of a layer
ONE, TWO = 64, 16  # of a character and of a pair; a character has two pairs
LONGEST = 288  # characters of one text in training
POOL = 1536  # texts that are sorted by length before they are dealt out
BATCH = 10_000  # characters of a step
ROUND = 32
KNOWN = 6000  # characters with a row of their own
HIDDEN = (0, 0, 0, 10, 25)  # of a hundred words of the dictionary, how many a pool does not know


def fit(out: Path, *, seed: int = 1, steps: int = STEPS, tell: Callable[[int, float], None] | None = None) -> Path:
    """Weights for ``tagger.py``, written to a file; after each step it is told how far it is, and with what loss."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    chars = known()
    model = _network(len(chars) + tagger.STRANGE)
    mean = {name: value.detach().clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-2, betas=(0.9, 0.98))
    lost = 0.0
    for number, batch in zip(range(steps), _batches(Inventor(seed), chars, seed), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (number + 1) / 100) * max(0.02, 1 - number / steps)
        loss = model(*batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        # what is kept is the mean of the last few hundred steps: it errs less than any of them
        keep = min(0.998, number / (number + 20))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                mean[name].mul_(keep).add_(value, alpha=1 - keep)
        lost = 0.98 * lost + 0.02 * loss.item() if number else loss.item()
        if tell:
            tell(number + 1, lost)
    return _write(out, mean, chars)


def known() -> Any:
    """The characters that have a row of their own: all ASCII, and the Han and signs that words and contexts use most."""
    seen: Counter[str] = Counter()
    vent = Inventor(0)
    shares = [b - a for a, b in zip([0.0, *vent.common_shares], vent.common_shares, strict=False)]
    for word, share in zip(vent.common, shares, strict=True):
        for char in word:
            seen[char] += share  # type: ignore[assignment]
    for name in CONTEXTS:
        for text in contexts(name):
            seen.update({char: 20 * count for char, count in Counter(text.translate(HALF)).items()})
    for name in ("words.txt", "names.txt"):
        for words in word_lists(name).values():
            seen.update({char: 20 * count for char, count in Counter("".join(words)).items()})
    often = [char for char, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0])) if ord(char) >= 128][:KNOWN]
    return np.array(sorted({*range(128), *map(ord, often)}), np.uint32)


def _network(count: int) -> Any:
    import torch
    from torch import nn
    from torch.nn import functional

    class Network(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            total = ONE + 2 * TWO
            self.one = nn.Parameter(torch.randn(count, ONE) * 0.3)
            self.two = nn.Parameter(torch.zeros(tagger.PAIRS, TWO))
            self.first = nn.Parameter(torch.randn(tagger.FIRSTS, total) * 0.3)
            self.second = nn.Parameter(torch.randn(tagger.SECONDS, total) * 0.3)
            sizes = [total, *[WIDE] * len(tagger.DILATIONS)]
            self.convolutions = nn.ModuleList(
                nn.Conv1d(a, b, 3, padding=far, dilation=far)
                for a, b, far in zip(sizes[:-1], sizes[1:], tagger.DILATIONS, strict=True)
            )
            self.tags = nn.Linear(WIDE, tagger.TAGS)

        def forward(self, shown: Any, wanted: Any, there: Any) -> Any:
            chars, pairs, lefts, first, second = shown
            pair = torch.cat([functional.embedding(pairs, self.two), functional.embedding(lefts, self.two)], -1)
            pair = pair * functional.dropout(there[..., None], 0.2, self.training)
            x = torch.cat([functional.embedding(chars, self.one), pair], -1)
            x = x + functional.embedding(first, self.first) + functional.embedding(second, self.second)
            x = (x * there[..., None]).transpose(1, 2)
            there = there[:, None, :]
            for number, convolution in enumerate(self.convolutions):
                y = torch.relu(convolution(x)) * there
                x = x + y if number else y
            return functional.cross_entropy(
                self.tags(x.transpose(1, 2)).flatten(0, 1), wanted.flatten(), ignore_index=-1
            )

    return Network()


def _batches(vent: Inventor, chars: Any, seed: int) -> Iterator[tuple[Any, Any, Any]]:
    """Texts of like length side by side, without end: what the network is shown of them, their tags, and where there is text."""
    deal = np.random.default_rng(seed)
    while True:
        pool = [part for _ in range(POOL) for part in _parts(*labelled(vent))]
        hidden, salt = int(deal.choice(HIDDEN)), int(deal.integers(1 << 62))
        shown = tagger.seen([text for text, _ in pool], chars, hidden=hidden, salt=salt)
        starts = np.concatenate([[0], shown.ends[:-1]])
        for rows in _dealt([len(text) for text, _ in pool], deal):
            yield _tensors(shown, starts[rows], [pool[row][1] for row in rows], deal)


def _parts(text: str, tags: list[int]) -> Iterator[tuple[str, list[int]]]:
    for start in range(0, len(text), LONGEST):
        yield text[start : start + LONGEST], tags[start : start + LONGEST]


def _dealt(sizes: list[int], deal: Any) -> list[list[int]]:
    """Which texts share a step, in any order."""
    batches: list[list[int]] = []
    widths: list[int] = []
    for number in np.argsort(np.array(sizes) + deal.random(len(sizes)), kind="stable").tolist():
        wide = _width(sizes[number])
        if not widths or widths[-1] != wide or (len(batches[-1]) + 1) * wide > BATCH:
            batches.append([])
            widths.append(wide)
        batches[-1].append(number)
    return [batches[at] for at in deal.permutation(len(batches)).tolist()]


def _width(size: int) -> int:
    """Few shapes: torch keeps what it has prepared for each of them."""
    return -(-size // ROUND) * ROUND


def _tensors(shown: tagger.Seen, starts: Any, tags: list[list[int]], deal: Any) -> tuple[Any, Any, Any]:
    import torch

    place = np.arange(_width(max(map(len, tags))))[None, :]
    there = place < np.array([len(line) for line in tags])[:, None]
    index = np.where(there, starts[:, None] + place, 0)
    target = np.full(index.shape, -1, np.int64)
    for row, line in enumerate(tags):
        target[row, : len(line)] = line
    # now and then a character cannot be read, more often in a name
    hidden = deal.random(index.shape) < np.where(target > 0, 0.10, 0.02)
    letters = np.where(hidden, len(shown.known) + tagger.STRANGE - 1, shown.chars[index])
    left = np.where(place > 0, shown.pairs[np.maximum(index - 1, 0)], 0)
    features = (letters, shown.pairs[index], left, shown.first[index], shown.second[index])
    return (
        tuple(torch.from_numpy(feature).long() for feature in features),
        torch.from_numpy(target),
        torch.from_numpy(there.astype(np.float32)),
    )


def labelled(vent: Inventor) -> tuple[str, list[int]]:
    """A text, and the tag of each of its characters."""
    text, tags = [], []
    for piece in vent.text():
        size = len(piece.text)
        text.append(piece.text)
        if not piece.type:
            tags += [0] * size
            continue
        first = 4 * tagger.TYPES.index(piece.type) + 1
        tags += [first + 3] if size == 1 else [first, *[first + 1] * (size - 2), first + 2]
    return "".join(text), tags


def _write(out: Path, held: dict[str, Any], chars: Any) -> Path:
    """Beside, then renamed: a file that can be seen is whole."""
    arrays: dict[str, Any] = {"chars": chars}
    for name in ("one", "two", "first", "second"):
        arrays[name] = held[name].numpy().astype(np.float16)
    for number in range(len(tagger.DILATIONS)):
        arrays[f"layer{number}"] = (
            held[f"convolutions.{number}.weight"].numpy().transpose(2, 1, 0).astype(np.float16).copy()
        )
        arrays[f"bias{number}"] = held[f"convolutions.{number}.bias"].numpy().astype(np.float16)
    arrays["tags"], arrays["tags_bias"] = (
        held["tags.weight"].numpy().T.astype(np.float16).copy(),
        held["tags.bias"].numpy().astype(np.float16),
    )
    beside = out.with_name(f"{out.name}.{os.getpid()}.npz")
    np.savez_compressed(beside, **arrays)
    beside.replace(out)
    return out
