"""How high the right document stands in a list: reciprocal rank and recall."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from medgo_train.evaluate.metric import Metric, Numbers, Row, mean, ratio


def ranked(depth: int) -> Metric:
    """One over the rank of the first right document within ``depth``, and the share of right ones that are there."""

    def each(gold: Collection[Hashable], said: Sequence[Hashable] | None) -> Row:
        right, top = frozenset(gold), list(said or ())[:depth]
        first = next((1 / rank for rank, one in enumerate(top, 1) if one in right), 0.0)
        return first, ratio(len(right & set(top)), len(right))

    def total(rows: Sequence[Row]) -> Numbers:
        return {f"mrr@{depth}": mean(rows, 0), f"recall@{depth}": mean(rows, 1)}

    told = f"one over the rank of the first right document among {depth}, averaged over all queries of gold"
    return Metric(name=f"MRR@{depth}", definition=told, each=each, total=total, columns=(f"mrr@{depth}",))
