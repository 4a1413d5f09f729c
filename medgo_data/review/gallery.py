"""Rows of a version to look at in ten minutes: some of each kind, what was replaced in them, and what was left out and why.

Unlike a card it holds text, so it is one to keep to oneself. Texts of rows that left are handed over by whoever may read them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_data import schema
from medgo_data.review.audit import Mask, Row, Sample
from medgo_data.review.lots import lots
from medgo_data.review.markup import Inside, Markup, both, count, details, el, en_, section, sentence, some
from medgo_data.review.pairs import warning
from medgo_data.review.sheet import page
from medgo_data.review.words import CATEGORIES, IDENTIFIERS, REASONS, STAGES
from medgo_data.verdict import contents

if TYPE_CHECKING:
    from medgo_data.store import Built

STYLES = (Path(__file__).with_name("pairs.css"), Path(__file__).with_name("gallery.css"))
SHOWN = 1200  # characters of a text
HIDDEN = "▇▇▇"  # in place of an identifier, whatever its length
Key = tuple[str, str]


@dataclass(frozen=True)
class Left:
    """Rows that a stage left out for one reason: how many, and some of them; from others come their texts by id."""

    stage: str
    reason: str
    rows: int
    drawn: Sequence[str]


def left(built: Built, each: int, seed: int) -> list[Left]:
    """Of each stage and reason some rows, drawn by lot from the ledgers: the same seed, the same rows."""
    import polars as pl

    rows: defaultdict[Key, int] = defaultdict(int)
    best: defaultdict[Key, list[tuple[float, str]]] = defaultdict(list)
    for number, shard in enumerate(built.manifest["shards"]):
        if not shard["dropped"] or not shard["dropped"]["rows"]:
            continue
        ledger = pl.read_parquet(built.folder / "dropped" / shard["file"])
        ledger = ledger.with_columns(lot=lots(ledger.height, seed, number))
        for (stage, reason), some_ in ledger.filter(pl.col("reason") != "became_rows").group_by("stage", "reason"):
            key = str(stage), str(reason)
            rows[key] += some_.height
            best[key] = sorted([*best[key], *some_.select("lot", "id").rows()])[:each]
    order = {line["stage"]: k for k, line in enumerate(built.manifest["funnel"])}
    return [
        Left(*key, rows=rows[key], drawn=[row for _, row in best[key]])
        for key in sorted(rows, key=lambda key: (order.get(key[0], len(order)), -rows[key], key[1]))
    ]


def gallery(
    built: Built, sample: Sample, gone: Sequence[Left], texts: Mapping[str, Mapping[str, Any]], pairs: Sequence[Markup]
) -> str:
    """One HTML page that needs nothing but itself. ``texts`` are rows that left, by id; ``pairs`` come from pairs.py."""
    scrubbed = "scrubbed" in built.manifest["marks"]
    parts = [
        _kinds(sample),
        *(section(f"left-{k}", *_headed(one), _gone(one, texts)) for k, one in enumerate(gone)),
        pairs,
    ]
    return page(
        f"{built.full_name} · 样例 Gallery", [_head(built, sample, gone, scrubbed=scrubbed), parts, _foot()], *STYLES
    )


def _head(built: Built, sample: Sample, gone: Sequence[Left], *, scrubbed: bool) -> Markup:
    links = [el("a", both(*_headed(one)), f" {count(one.rows)}", href=f"#left-{k}") for k, one in enumerate(gone)]
    return el(
        "header",
        el("p", "medgo · 样例 Gallery", class_="eyebrow"),
        el("h1", built.name),
        el("p", "版本 ", en_("Version"), " ", el("code", built.folder.name), class_="version"),
        sentence(
            f"从 {count(built.manifest['rows'])} 行中按类别抽出 {count(len(sample.rows))} 行；其后是各步骤剔除的行，每种原因抽几行。",
            f"{some(len(sample.rows), 'row')} of {count(built.manifest['rows'])}, some of each kind; and then, for each reason, some of the "
            f"rows that were left out.",
            "lead",
        ),
        warning(scrubbed=scrubbed),
        el("nav", el("a", both("各类样例", "Of each kind"), href="#kinds"), links, aria_label="目录 Contents"),
    )


def _headed(one: Left) -> tuple[str, str]:
    return f"{STAGES.get(one.stage, one.stage)}：{REASONS.get(one.reason, one.reason)}", f"{one.stage}: {one.reason}"


def _kinds(sample: Sample) -> Markup:
    inside = []
    for number, stratum in enumerate(sample.strata):
        name = CATEGORIES.get(stratum.category or "", stratum.category or "未注明 not named")
        masked = both("有替换", "with replacements") if stratum.masked else both("无替换", "without replacements")
        rows = [_row(row) for row in sample.rows if row.stratum == number]
        heading = el(
            "h3", name, " · ", masked, el("span", f" {count(len(rows))} / {count(stratum.rows)}", class_="went")
        )
        inside.append(el("div", heading, rows, class_="stratum"))
    return section("kinds", "各类样例", "Of each kind", inside)


def _row(row: Row) -> Markup:
    """A row; and where something in it was replaced, what it hid beside what stands there now."""
    shown = {path: _columns(path, text, row.masks) for path, text in row.texts.items() if text}
    beside = [said for path, said in shown.items() if path.split(".")[0] in schema.WRITTEN]
    said = [said for path, said in shown.items() if path.split(".")[0] not in schema.WRITTEN]
    source = details("原文", "Source", beside) if beside else None
    return el("article", el("p", el("code", row.code), class_="what"), said, source)


def _columns(path: str, text: str, marked: Sequence[Mask]) -> list[Inside]:
    masks = sorted((mask for mask in marked if mask.path == path), key=lambda mask: mask.start)
    said = text[:SHOWN]
    columns = [_told(said, masks, hidden=hidden) for hidden in ((True, False) if masks else (False,))]
    cut = el("div", f"只显示前 {SHOWN} 字，共 {count(len(text))} 字", class_="cut") if len(text) > SHOWN else None
    return [el("div", path, class_="path"), el("div", columns, class_="sides" if masks else "one"), cut]


def _told(text: str, masks: Sequence[Mask], *, hidden: bool) -> Markup:
    parts: list[Inside] = []
    at = 0
    for mask in masks:
        if at <= mask.start < mask.end <= len(text):
            put = HIDDEN if hidden else text[mask.start : mask.end]
            kind = IDENTIFIERS.get(mask.type, mask.type)
            parts += [
                text[at : mask.start],
                el("del" if hidden else "ins", put, title=f"{kind} {mask.type} · {mask.by}"),
            ]
            at = mask.end
    return el("div", parts, text[at:], class_="text")


def _gone(one: Left, texts: Mapping[str, Mapping[str, Any]]) -> list[Inside]:
    """Rows that were left out; of one whose text is not at hand, its name."""
    drawn = (
        f"剔除 {count(one.rows)} 行，抽出 {count(len(one.drawn))} 行",
        f"{some(one.rows, 'row')} left, {count(len(one.drawn))} drawn",
    )
    return [
        sentence(*drawn, "note"),
        [el("article", el("p", el("code", row), class_="what"), _said(texts.get(row))) for row in one.drawn],
    ]


def _said(row: Mapping[str, Any] | None) -> Inside:
    if row is None:
        return sentence("此处不显示文本。", "Its text is not shown here.", "note")
    leaves = [leaf for name, value in row.items() if name in contents() for leaf in schema.leaves(name, value)]
    beside = [leaf for name in sorted(schema.WRITTEN) for leaf in schema.leaves(name, row.get(name))]
    made = row.get("made")
    return [
        [_columns(path, text, ()) for path, text in leaves if text],
        details("原文", "Source", [_columns(path, text, ()) for path, text in beside]) if beside else None,
        el("p", el("code", json.dumps(made, ensure_ascii=False)), class_="note") if made else None,
    ]


def _foot() -> Markup:
    zh = "样例按种子抽取，种子相同则样例相同。被剔除的行由原始文件重新读出，并重新经过该步骤之前的各步骤。"
    en = "Drawn by a seed: the same seed, the same rows. What was left out was read again from the raw files and taken through the stages before."
    return el("footer", sentence(zh, en))
