"""One page that brings its style and loads nothing."""

from __future__ import annotations

from pathlib import Path

from medgo_data.review.markup import Inside, Markup, el

STYLE = Path(__file__).with_name("card.css")
NOTHING_ELSE = "default-src 'none'; style-src 'unsafe-inline'"  # the page may load nothing, and the browser sees to it


def page(title: str, inside: Inside, *styles: Path) -> str:
    """All of one page, which brings its style and loads nothing."""
    head = [
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=NOTHING_ELSE),
        el("title", title),
        el("style", [Markup(style.read_text("utf-8")) for style in (STYLE, *styles)]),
    ]
    html = el("html", el("head", head), "\n", el("body", el("main", inside)), lang="zh-Hans")
    return f"<!doctype html>\n{html}\n"
