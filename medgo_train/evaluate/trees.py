"""Decision trees compared: by the edits between them, by their nodes, and by their paths from root to leaf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from medgo_train.evaluate.metric import Metric, Numbers, Row, harmonic, ratio, sums

SMOOTH = 1e-6  # PromptCBLUE starts every count at it
MOST_NODES = 400
Label = tuple[str, str, frozenset[tuple[str, ...]]]  # role, logical relation, triples


@dataclass(frozen=True, kw_only=True)
class Node:
    label: Label
    children: tuple[Node, ...] = ()

    @property
    def below(self) -> list[Node]:
        """The node itself and all nodes below it."""
        return [self, *(node for child in self.children for node in child.below)]


def grown(nodes: object) -> Node | None:
    """The binary tree whose nodes, root first, left before right, are listed; None if they make none."""
    if not isinstance(nodes, list | tuple) or not 0 < len(nodes) <= MOST_NODES:
        return None
    waiting: list[Node] = []
    for told in reversed(nodes):  # from the right: a condition finds its two subtrees finished
        label = _label(told)
        if label is None or (label[0] == "C" and len(waiting) < 2):
            return None
        below = (waiting.pop(), waiting.pop()) if label[0] == "C" else ()
        waiting.append(Node(label=label, children=below))
    return waiting[0] if len(waiting) == 1 else None


def _label(told: Any) -> Label | None:
    if not isinstance(told, dict) or told.get("role") not in {"C", "D"}:
        return None
    triples = told.get("triples")
    if not isinstance(triples, list | tuple) or not all(isinstance(t, list | tuple) and len(t) == 3 for t in triples):
        return None
    return told["role"], str(told.get("logical_rel")), frozenset(tuple(str(x).lower() for x in t) for t in triples)


def _each(gold: Node, said: Node | None, *, pairwise: bool = False) -> Row:
    """Edits made and possible; nodes right, said and meant; paths likewise. No tree is as far away as can be."""
    nodes = [Counter(node.label for node in one.below if node.label[2]) if one else Counter() for one in (said, gold)]
    paths = [_paths(one) if one else [] for one in (said, gold)]
    both = (nodes[0] & nodes[1]).total()
    if pairwise:  # PromptCBLUE: two equal nodes here and two there are four right ones
        both = sum(count * nodes[1][label] for label, count in nodes[0].items())
    known = set(paths[1])
    return (
        _distance(said, gold) if said else _weight(gold),
        _weight(gold) + (_weight(said) if said else 0),
        *(both, nodes[0].total(), nodes[1].total()),
        *(sum(path in known for path in paths[0]), len(paths[0]), len(paths[1])),
    )


def _weight(tree: Node) -> int:
    """Most that it costs to take a tree down: its different triples, and two for each node that has any."""
    nodes = [node.label[2] for node in tree.below if node.label[2]]
    return len(frozenset().union(*nodes)) + 2 * len(nodes)


def _distance(tree: Node, gold: Node) -> int:
    here = _between(tree.label, gold.label)
    if tree.children and gold.children:
        return here + sum(_distance(a, b) for a, b in zip(tree.children, gold.children, strict=True))
    alone = (*tree.children, *gold.children)
    return here + sum(_between(node.label, ("", "null", frozenset())) for child in alone for node in child.below)


def _between(one: Label, other: Label) -> int:
    return (one[0] != other[0]) + (one[1] != other[1]) + len(one[2] ^ other[2])


def _paths(tree: Node) -> list[tuple[Any, ...]]:
    if not tree.children:
        return [(tree.label,)]
    return [(tree.label, side, *path) for side, child in enumerate(tree.children) for path in _paths(child)]


def _total(rows: Sequence[Row], smooth: float) -> Numbers:
    edits, largest, *counts = sums(rows) if rows else (0,) * 8
    numbers = {"tree": 1 - edits / largest if largest else 0.0}
    for name, start in (("node_f1", 0), ("path_f1", 3)):
        right, said, meant = (count + smooth for count in counts[start : start + 3])
        numbers[name] = harmonic(ratio(right, said), ratio(right, meant))
    return numbers


TREE = Metric(
    name="tree similarity",
    definition="1 - edits between two trees / edits that take both down, summed over samples; node and path F1 beside it",
    each=_each,
    total=lambda rows: _total(rows, 0),
    columns=("tree",),
    adds=True,
)
TREE_SMOOTHED = Metric(
    name="tree similarity, smoothed",
    definition="tree similarity, and node and path F1 with 1e-6 added to every count, equal nodes counted pairwise",
    each=lambda gold, said: _each(gold, said, pairwise=True),
    total=lambda rows: _total(rows, SMOOTH),
    columns=("tree",),
    adds=True,
)
