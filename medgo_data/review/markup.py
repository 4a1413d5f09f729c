"""HTML in which nothing is markup unless it was made here, and numbers as people read them."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

VOID = {"meta", "br", "rect", "polygon", "line"}
BLOCK = {
    "section",
    "header",
    "footer",
    "nav",
    "figure",
    "table",
    "thead",
    "tbody",
    "tr",
    "li",
    "ol",
    "ul",
    "dl",
    "details",
    "p",
    "svg",
}
LISTED = 1000  # a list longer than this is read in the manifest, not on a page


class Markup(str):
    """Text that is HTML already. Any other string is escaped where it enters an element."""

    __slots__ = ()


Inside = str | int | None | Iterable["Inside"]


def el(tag: str, *inside: Inside, **attributes: str | float | None) -> Markup:
    """One element: ``el("td", "1 < 2", class_="n")``. An attribute that is None is left out."""
    told = "".join(f' {_attribute(k)}="{html.escape(str(v))}"' for k, v in attributes.items() if v is not None)
    end = "\n" if tag in BLOCK else ""
    if tag in VOID:
        return Markup(f"<{tag}{told}>" if tag in ("meta", "br") else f"<{tag}{told}/>")
    return Markup(f"<{tag}{told}>{join(*inside)}</{tag}>{end}")


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def join(*inside: Inside) -> Markup:
    return Markup("".join(_flat(thing) for thing in inside))


def _flat(thing: Inside) -> str:
    if thing is None or isinstance(thing, Markup):
        return thing or ""
    if isinstance(thing, str | int):
        return html.escape(str(thing))
    return "".join(_flat(each) for each in thing)


def both(zh: str, en: str) -> Markup:
    """A heading in two languages."""
    return join(el("span", zh, lang="zh"), el("span", " · ", class_="dot", aria_hidden="true"), en_(en))


def en_(text: Inside) -> Markup:
    return el("span", text, lang="en")


def sentence(zh: Inside, en: Inside, class_: str = "said") -> Markup:
    """The same thing twice: in Chinese, and below it in English."""
    return el("p", el("span", zh, lang="zh"), " ", en_(en), class_=class_)


def section(key: str, zh: str, en: str, *inside: Inside) -> Markup:
    return el("section", el("h2", both(zh, en)), *inside, id=key)


def table(
    caption: Inside,
    heads: Sequence[Inside],
    rows: Iterable[Sequence[Inside]],
    *,
    numeric: Sequence[int] = (),
    meters: Sequence[int] = (),
) -> Markup:
    """A table whose first cell of each row is its heading; ``numeric`` columns are set flush right, ``meters`` hold bars."""
    kinds = ["n" if k in numeric else "meter" if k in meters else None for k in range(len(heads))]
    head = el("tr", [el("th", text, scope="col", class_=kind) for text, kind in zip(heads, kinds, strict=True)])
    body = [
        el(
            "tr",
            el("th", row[0], scope="row"),
            [el("td", text, class_=kind) for text, kind in zip(row[1:], kinds[1:], strict=True)],
        )
        for row in rows
    ]
    return scrolled(el("table", el("caption", el("span", caption)), el("thead", head), el("tbody", body)))


def scrolled(wide: Markup) -> Markup:
    """What may be wider than a phone moves by itself, also by keyboard."""
    return el("div", wide, class_="wide", tabindex=0, role="group")


def details(zh: str, en: str, *inside: Inside, opened: bool = False) -> Markup:
    return el("details", el("summary", both(zh, en)), *inside, open="" if opened else None)


def cut(rows: Sequence[Sequence[Inside]]) -> tuple[Sequence[Sequence[Inside]], Markup]:
    """As many rows as a page can carry, and a word about the others."""
    over = len(rows) - LISTED
    if over <= 0:
        return rows, Markup("")
    return rows[:LISTED], sentence(
        f"另有 {count(over)} 项，见 manifest.json。", f"{count(over)} more are in manifest.json.", "note"
    )


# ---- numbers -------------------------------------------------------------------------------------------------------


def count(n: int) -> str:
    return f"{n:,}"


def some(n: int, noun: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def share(part: int, whole: int) -> str:
    """Never "0.0%" of something, nor "100.0%" of what is not all."""
    if not whole:
        return "–"
    if part in (0, whole):
        return "100%" if part else "0%"
    shown = f"{part / whole:.1%}"
    return {"0.0%": "<0.1%", "100.0%": ">99.9%"}.get(shown, shown)


def size(n: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n < 1 << 10:
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1 << 10
    return f"{n:,.1f} TiB"


def han(n: int) -> str:
    """A large number as it is said in Chinese."""
    return f"约 {n / 1e8:,.1f} 亿" if n >= 10**8 else f"约 {n / 1e4:,.1f} 万" if n >= 10**4 else ""
