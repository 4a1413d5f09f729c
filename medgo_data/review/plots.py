"""The card's pictures: plain SVG shapes, each with a title that says in words what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medgo_data.review.markup import Inside, Markup, count, el, join, share, some
from medgo_data.review.words import STAGES

SEEN = 0.4  # hundredths of a plot's width: the least that the eye finds, and all that a single row is given
WIDE, HIGH, TOP, FOOT = 320, 148, 18, 22  # of a histogram, in pixels


def bar(part: int, whole: int, title: str, kind: str = "kept") -> Markup:
    """A horizontal bar, ``part`` of ``whole`` wide."""
    return _stretched(
        "bar", 10, el("title", title), _rect(0, 100, "track", 10), _rect(0, _width(part, whole), kind, 10)
    )


def funnel(lines: Sequence[Mapping[str, Any]]) -> Markup:
    """One bar a stage: what is kept comes first, what is dropped after it, and rows that are born widen the flow."""
    most = max((line["rows_in"] + line["born"] for line in lines), default=0)
    return el("ol", [_step(k, line, most) for k, line in enumerate(lines)], class_="funnel")


def _step(k: int, line: Mapping[str, Any], most: int) -> Markup:
    came, born, stays = line["rows_in"], line["born"], line["rows_out"]
    left = came + born - stays
    flow = _flow(_width(came, most), _width(came + born, most)) if k else None
    said = [
        el("b", line["stage"]),
        el("span", STAGES.get(line["stage"], ""), lang="zh", class_="zh"),
        el("span", _sums(born, left, came + born, stays), class_="sums"),
    ]
    title = f"{line['stage']}: {some(came, 'row')} in, {count(born)} born, {count(left)} dropped, {count(stays)} kept"
    return el("li", flow, el("div", said, class_="words"), _split(stays, left, most, title))


def _sums(born: int, left: int, of: int, stays: int) -> list[Markup | None]:
    return [
        el("span", f"+{count(born)} 派生 born", class_="born") if born else None,
        el("span", f"−{count(left)} ({share(left, of)})", class_="left") if left else None,
        el("span", count(stays), class_="stays"),
    ]


def _split(stays: int, left: int, most: int, title: str) -> Markup:
    kept = min(_width(stays, most), 100 - SEEN) if left else _width(stays, most)
    gone = min(_width(left, most), 100 - kept)
    return _stretched("bar", 10, el("title", title), _rect(0, kept, "kept", 10), _rect(kept, gone, "gone", 10))


def _flow(above: float, below: float) -> Markup:
    corners = f"0,0 {above:.2f},0 {below:.2f},10 0,10"
    return _stretched("flow", 10, el("polygon", points=corners), hidden=True)


def _width(part: int, whole: int) -> float:
    return max(SEEN, 100 * part / whole) if part and whole else 0.0


def _stretched(kind: str, high: int, *inside: Inside, hidden: bool = False) -> Markup:
    """Shapes that fill whatever width there is; words stand beside them, for they must not be stretched."""
    voice = {"aria_hidden": "true"} if hidden else {"role": "img"}
    return el("svg", *inside, viewBox=f"0 0 100 {high}", preserveAspectRatio="none", class_=kind, **voice)


def _rect(x: float, width: float, kind: str, high: float, y: float = 0) -> Markup:
    return el("rect", x=f"{x:.2f}", y=f"{y:.2f}", width=f"{width:.2f}", height=f"{high:.2f}", class_=kind)


# ---- lengths -------------------------------------------------------------------------------------------------------


def span(lengths: Sequence[Mapping[str, int]]) -> list[int]:
    """The bins that all histograms of a card share: 0, or the powers of two at which lengths begin."""
    powers = [int(k).bit_length() for each in lengths for k in each]
    low, high = min(powers, default=0), max(powers, default=0)
    return [1 << (power - 1) if power else 0 for power in range(low, max(high, low + 5) + 1)]


def histogram(lengths: Mapping[str, int], bins: Sequence[int], name: str) -> Markup:
    """How long rows are; the highest column says its share."""
    rows, most = sum(lengths.values()), max(lengths.values(), default=0)
    step = (WIDE - 16) / len(bins)
    columns = [_column(lengths.get(str(k), 0), most, 8 + i * step, step) for i, k in enumerate(bins)]
    every = -(-len(bins) // 6)
    ticks = [_text(8 + (i + 0.5) * step, HIGH - 5, _short(k), "tick") for i, k in enumerate(bins) if i % every == 0]
    peak = [k for k in bins if most and lengths.get(str(k), 0) == most][:1]
    peaks = [_text(_inside(8 + (bins.index(k) + 0.5) * step), TOP - 5, share(most, rows), "peak") for k in peak]
    floor = el("line", x1=8, x2=WIDE - 8, y1=HIGH - FOOT + 0.5, y2=HIGH - FOOT + 0.5, class_="axis")
    told = "; ".join(f"{reach(int(k))}: {some(n, 'row')}" for k, n in lengths.items()) or "no rows"
    words = [el("title", f"{name}: rows by length in characters"), el("desc", told)]
    return el("svg", words, columns, floor, ticks, peaks, viewBox=f"0 0 {WIDE} {HIGH}", role="img", class_="histogram")


def _column(rows: int, most: int, x: float, step: float) -> Markup:
    room = HIGH - FOOT - TOP
    high = max(1.5, room * rows / most) if rows else 0.0
    gap = min(2.0, step / 6)
    return _rect(x + gap / 2, step - gap, "kept", high, HIGH - FOOT - high) if rows else join()


def _inside(x: float) -> float:
    return min(max(x, 24), WIDE - 24)


def _text(x: float, y: float, said: str, kind: str) -> Markup:
    return el("text", said, x=f"{x:.1f}", y=y, text_anchor="middle", class_=kind)


def _short(n: int) -> str:
    return f"{n >> 20}M" if n >= 1 << 20 else f"{n >> 10}k" if n >= 1 << 10 else str(n)


def reach(k: int) -> str:
    """The lengths that a bin holds."""
    return str(k) if k < 2 else f"{k:,}–{2 * k - 1:,}"


def median(lengths: Mapping[str, int]) -> int | None:
    """The bin in which the row in the middle lies."""
    middle = (sum(lengths.values()) + 1) // 2
    for k in sorted(lengths, key=int):
        middle -= lengths[k]
        if middle <= 0:
            return int(k)
    return None
