"""HTML in which nothing is markup unless it was made here, data that no reply can break out of, and plain SVG plots."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WIDE, LINE, NAME = 640, 22, 150  # of a plot, in pixels: its width, the height of a row, and the room for its name
BLANK = "—"
VOID = {"meta", "br", "input"}


class Markup(str):
    """Text that is HTML already. Any other string is escaped where it enters an element."""

    __slots__ = ()


Inside = str | int | None | Iterable["Inside"]
Section = tuple[str, str, str, Markup]  # its place, its heading in Chinese and in English, and what is in it


def el(tag: str, *inside: Inside, **attributes: str | float | None) -> Markup:
    """One element: ``el("td", "1 < 2", class_="n")``. An attribute that is None is left out."""
    told = "".join(
        f' {k.rstrip("_").replace("_", "-")}="{html.escape(str(v))}"' for k, v in attributes.items() if v is not None
    )
    return Markup(f"<{tag}{told}>" + ("" if tag in VOID else f"{join(*inside)}</{tag}>\n"))


def join(*inside: Inside) -> Markup:
    return Markup("".join(_flat(thing) for thing in inside))


def _flat(thing: Inside) -> str:
    if thing is None or isinstance(thing, Markup):
        return thing or ""
    if isinstance(thing, str | int):
        return html.escape(str(thing))
    return "".join(_flat(each) for each in thing)


def both(zh: Inside, en: Inside) -> Markup:
    """The same thing in two languages."""
    return join(el("span", zh, lang="zh"), " ", el("span", en, lang="en"))


def data(name: str, told: Any) -> Markup:
    """Data for the page's script. Nothing in it can end the element, whatever a model has said."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/json" id="{html.escape(name)}">{text}</script>\n')


def table(
    head: Sequence[Inside],
    rows: Iterable[Sequence[Inside]],
    *,
    numbers: int = 1,
    words: Sequence[int] = (),
    caption: Inside = None,
) -> Markup:
    """A table whose columns from the ``numbers``-th on are numbers, but for ``words``; it scrolls by itself where it is narrow."""

    def cell(tag: str, at: int, inside: Inside) -> Markup:
        return el(tag, inside, class_="n" if at >= numbers and at not in words else None)

    body = [el("tr", [cell("th" if not at else "td", at, inside) for at, inside in enumerate(row)]) for row in rows]
    top = el("thead", el("tr", [cell("th", at, inside) for at, inside in enumerate(head)]))
    said = el("caption", caption) if caption else None
    return el("div", el("table", said, top, el("tbody", body)), class_="wide", tabindex=0)


def whole(title: str, *inside: Inside) -> str:
    """A page that needs nothing from elsewhere, and on which no script runs but its own."""
    style, script = ((HERE / name).read_text("utf-8") for name in ("report.css", "report.js"))
    allowed = " ".join(f"{kind}-src 'sha256-{_hash(text)}';" for kind, text in (("style", style), ("script", script)))
    head = [
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=f"default-src 'none'; {allowed}"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
    ]
    body = join(el("main", *inside), Markup(f"<script>{script}</script>"))
    return f'<!doctype html>\n<html lang="zh">\n<head>\n{join(*head)}<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# ---- numbers and marks as people read them ----------------------------------------------------------------------------


def count(value: float | None) -> str:
    return BLANK if value is None else f"{value:,.0f}"


def share(value: Any) -> str:
    return f"{100 * value:.1f} %" if _is_number(value) else BLANK


def number(value: Any) -> str:
    return f"{value:.2f}" if _is_number(value) else BLANK


def chance(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def dot(at: int) -> Markup:
    """The colour of the so-manieth evaluation."""
    return el("i", class_=f"dot m{at % 6}")


def tiles(facts: Iterable[tuple[Inside, Inside]]) -> Markup:
    return el("dl", [el("div", el("dt", name), el("dd", value)) for name, value in facts], class_="tiles")


# ---- plots ----------------------------------------------------------------------------------------------------------

Mark = tuple[float, float | None, float | None, str, str]  # value, low, high, kind, and what it is in words


def dots(lines: Sequence[tuple[str, Sequence[Mark]]], low: float, high: float, *, zero: bool = False) -> Markup:
    """A row for each name with its values as dots, between their limits; each says in words what it is."""
    room = WIDE - NAME - 16

    def x(value: float) -> float:
        return NAME + room * (min(max(value, low), high) - low) / ((high - low) or 1)

    shapes: list[Markup] = []
    top = 6
    for name, marks in lines:
        height = LINE * max(1, (len(marks) + 1) // 2)
        shapes.append(el("text", _short(name), x=NAME - 10, y=top + height / 2 + 4, text_anchor="end", class_="tick"))
        shapes.append(el("line", x1=NAME, x2=WIDE - 16, y1=top + height, y2=top + height, class_="rule"))
        for at, mark in enumerate(marks):
            shapes.append(_mark(mark, x, top + height * (at + 1) / (len(marks) + 1)))
        top += height
    ticks = _ticks(low, high)
    axis = [
        el("line", x1=f"{x(t):.1f}", x2=f"{x(t):.1f}", y1=4, y2=top, class_="axis" if t or not zero else "zero")
        for t in ticks
    ]
    words = [el("text", f"{t:g}", x=f"{x(t):.1f}", y=top + 16, text_anchor="middle", class_="tick") for t in ticks]
    return el("svg", axis, shapes, words, viewBox=f"0 0 {WIDE} {top + 22}", role="img", class_="plot")


def _mark(mark: Mark, x: Any, y: float) -> Markup:
    value, low, high, kind, told = mark
    span = None
    if low is not None and high is not None:
        span = el("line", x1=f"{x(low):.1f}", x2=f"{x(high):.1f}", y1=f"{y:.1f}", y2=f"{y:.1f}", class_=f"span {kind}")
    at = x(value)
    if kind == "published":
        dot = el("path", d=f"M{at:.1f} {y - 4.5:.1f}l4.5 4.5l-4.5 4.5l-4.5 -4.5z", class_=kind)
    else:
        dot = el("circle", cx=f"{at:.1f}", cy=f"{y:.1f}", r=4, class_=kind)
    return el("g", el("title", told), span, dot)


def columns(bars: Sequence[tuple[str, Sequence[tuple[float, str, str]]]], *, high: float | None = None) -> Markup:
    """Groups of columns: of each group its name, and of each column the value, the kind, and what it is in words."""
    wide, tall, foot = 320, 130, 20
    most = high or max((value for _, some in bars for value, _, _ in some), default=0) or 1
    step = wide / max(1, len(bars))
    shapes = []
    for group, (name, some) in enumerate(bars):
        each = step * 0.76 / max(1, len(some))
        for at, (value, kind, told) in enumerate(some):
            height = (tall - foot - 10) * value / most
            shapes.append(
                el(
                    "rect",
                    el("title", told),
                    x=f"{step * (group + 0.12) + each * at:.1f}", width=f"{max(1.0, each - 1):.1f}",
                    y=f"{tall - foot - height:.1f}", height=f"{height:.1f}", class_=kind,
                )
            )  # fmt: skip
        middle = f"{step * (group + 0.5):.1f}"
        shapes.append(el("text", name, x=middle, y=tall - 5, text_anchor="middle", class_="tick"))
    floor = el("line", x1=0, x2=wide, y1=tall - foot, y2=tall - foot, class_="rule")
    return el("svg", shapes, floor, viewBox=f"0 0 {wide} {tall}", role="img", class_="small")


def scatter(points: Sequence[tuple[float, float, str, str]]) -> Markup:
    """Points from 0 to 1 across and from -1 to 1 upwards: value across, value up, kind, and its name. The more, the larger."""
    wide, tall, edge = 320, 200, 26
    top, across, up = 14, wide - edge - 14, tall - edge - 14
    together: dict[tuple[float, float, str], list[str]] = {}
    for x, y, kind, name in points:
        together.setdefault((round(x, 2), round(y, 2), kind), []).append(name)
    shapes = [
        el(
            "circle",
            el("title", f"{x:g}, {y:g}: {', '.join(names[:8])}{f' … {len(names)}' if len(names) > 8 else ''}"),
            cx=f"{edge + across * x:.1f}",
            cy=f"{top + up * (1 - y) / 2:.1f}",
            r=f"{min(12.0, 2 + len(names) ** 0.5):.1f}",
            class_=kind,
        )
        for (x, y, kind), names in together.items()
    ]
    heights = {y: f"{top + up * (1 - y) / 2:.1f}" for y in (-1, 0, 1)}
    lines = [
        el("line", x1=edge, x2=wide - 14, y1=at, y2=at, class_="axis" if y else "zero") for y, at in heights.items()
    ]
    words = [
        el("text", f"{y:g}", x=edge - 4, y=float(at) + 4, text_anchor="end", class_="tick") for y, at in heights.items()
    ]
    words += [
        el("text", f"{x:g}", x=edge + across * x, y=tall - 6, text_anchor="middle", class_="tick") for x in (0, 0.5, 1)
    ]
    return el("svg", lines, shapes, words, viewBox=f"0 0 {wide} {tall}", role="img", class_="small")


def _ticks(low: float, high: float) -> list[float]:
    """Some five round numbers between two."""
    span = (high - low) or 1
    step = next(
        step
        for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1e3, 1e4)
        if span / step <= 6
    )
    first = -int(-low // step)
    return [
        round((first + n) * step, 6)
        for n in range(int(span / step) + 2)
        if low <= round((first + n) * step, 6) <= high + 1e-9
    ]


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"
