"""Rows that went, beside the rows that stayed in their place: drawn by how alike they are, for whoever must trust the threshold.

What went is drawn from the ledger alone. The texts are handed over by whoever may read them, so this page, unlike a card,
is one to keep to oneself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_data.review.against import BENCHMARKS
from medgo_data.review.differences import Stretch, differences
from medgo_data.review.lots import lots
from medgo_data.review.markup import Inside, Markup, both, count, el, en_, section, sentence, some, table
from medgo_data.review.sheet import page
from medgo_data.review.words import REASONS, STAGES

if TYPE_CHECKING:
    import polars as pl

    from medgo_data.store import Built

STYLE = Path(__file__).with_name("pairs.css")
LONGEST = 20_000  # characters of a text that are compared
CONTEXT, SHOWN = 60, 400  # characters that are shown beside a difference, and of a difference
PLACES = 40  # of a pair at which differences are shown
BANDS = 20  # of similarity, from 0 to 1
SAME, COPY, UNSAID = BANDS, BANDS + 1, -1  # the same letters; the same text; how alike they are is not in the ledger


@dataclass(frozen=True)
class Pair:
    """A row that went, and the one that stayed."""

    id: str
    kept: str
    reason: str
    score: float | None


@dataclass(frozen=True)
class Bands:
    """How rows come to be compared at a stage: from which similarity on they go, and how likely they are to meet."""

    at_least: float
    bands: int
    rows: int
    met: Callable[[float], float]


@dataclass(frozen=True)
class Text:
    """As much of a text as is compared, and how long all of it is."""

    said: str
    chars: int


@dataclass(frozen=True)
class Step:
    """What a stage removed because of another row: how much, and the pairs that were drawn, by stratum.

    From others come the texts by id, as they came to the stage, and how rows meet there.
    """

    stage: str
    counts: Counter[int] = field(default_factory=Counter)
    hundredths: Counter[int] = field(default_factory=Counter)  # without the copies, which are most
    drawn: dict[int, list[Pair]] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    bands: Bands | None = None
    not_repeated: Sequence[str] = ()  # surveys before it

    @property
    def pairs(self) -> list[Pair]:
        return [pair for number in sorted(self.drawn) for pair in self.drawn[number]]


# ---- drawing -------------------------------------------------------------------------------------------------------


def steps(built: Built, each: int, seed: int) -> list[Step]:
    """Of each stage and stratum as many pairs as asked for, drawn by lot: the same seed, the same pairs.

    A ledger is read at a time, and no more is kept of it than may yet be drawn.
    """
    import polars as pl

    found: dict[str, Step] = {}
    best: pl.DataFrame | None = None
    for number, shard in enumerate(built.manifest["shards"]):
        if not shard["dropped"] or not shard["dropped"]["rows"]:
            continue
        ledger = _pairs(pl.read_parquet(built.folder / "dropped" / shard["file"]), built.manifest)
        for stage, stratum, hundredth, rows in ledger.group_by("stage", "stratum", "hundredth").len().rows():
            step = found.setdefault(stage, Step(stage))
            step.counts[stratum] += rows
            if hundredth is not None and stratum != COPY:
                step.hundredths[hundredth] += rows
        mine = ledger.drop("hundredth").with_columns(lot=lots(ledger.height, seed, number))
        best = (pl.concat([best, mine]) if best is not None else mine).sort("lot")
        best = best.filter(pl.int_range(pl.len()).over("stage", "stratum") < each)
    for row in best.sort("score", "id").iter_rows(named=True) if best is not None else ():
        pair = Pair(row["id"], row["kept"], row["reason"], row["score"])
        found[row["stage"]].drawn.setdefault(row["stratum"], []).append(pair)
    return [found[line["stage"]] for line in built.manifest["funnel"] if line["stage"] in found]


def _pairs(ledger: pl.DataFrame, told: Mapping[str, Any]) -> pl.DataFrame:
    """What went because of a row of the corpus. A question of a benchmark is none."""
    import polars as pl

    score = pl.col("score")
    stratum = pl.when(pl.col("reason") == "duplicate").then(COPY).when(score >= 1).then(SAME)
    band = (score.clip(0) * BANDS + 1e-9).floor().cast(pl.Int64)
    of_the_corpus = pl.col("kept").str.split("/").list.first().is_in(list(told["sources"]))
    return ledger.filter(of_the_corpus, ~pl.col("stage").str.starts_with(BENCHMARKS)).select(
        "stage", "id", "kept", "reason", "score",
        stratum=stratum.when(score.is_null()).then(UNSAID).otherwise(band).cast(pl.Int64),
        hundredth=(score.clip(0, 1) * 100 + 1e-9).floor().cast(pl.Int64),
    )  # fmt: skip


# ---- the page ------------------------------------------------------------------------------------------------------


def pairs(built: Built, drawn: Sequence[Step], view: Callable[[str], str], *, scrubbed: bool) -> str:
    """One HTML page that needs nothing but itself. ``view`` says what of some characters is compared."""
    told = built.manifest
    title = f"{built.full_name} · 剔除与留下 Removed and kept"
    return page(
        title, [_head(told, built.folder.name, drawn, scrubbed=scrubbed), sections(drawn, view), _foot()], STYLE
    )


def sections(drawn: Sequence[Step], view: Callable[[str], str]) -> list[Markup]:
    """A section a stage."""
    return [
        section(f"step-{k}", STAGES.get(step.stage, step.stage), step.stage, _step(k, step, view))
        for k, step in enumerate(drawn)
    ]


def _head(told: Mapping[str, Any], version: str, drawn: Sequence[Step], *, scrubbed: bool) -> Markup:
    went = sum(sum(step.counts.values()) for step in drawn)
    shown = sum(len(step.pairs) for step in drawn)
    links = [
        el("a", _named(stratum), href=f"#step-{k}-{stratum}")
        for k, step in enumerate(drawn)
        for stratum in sorted(step.drawn)
    ]
    return el(
        "header",
        el("p", "medgo · 剔除与留下 Removed and kept", class_="eyebrow"),
        el("h1", told["name"]),
        el("p", "版本 ", en_("Version"), " ", el("code", version), class_="version"),
        sentence(
            f"{count(went)} 行因与另一行相同或相似而被剔除；按相似度分层，抽出 {count(shown)} 对，与留下的一行并列，由最不相似者始。",
            f"{some(went, 'row')} went because of another row. By how alike they are, {some(shown, 'pair')} were drawn by lot "
            f"and stand beside the row that stayed, the least alike first.",
            "lead",
        ),
        warning(scrubbed=scrubbed),
        _legend(),
        el("nav", links, aria_label="目录 Contents"),
    )


def warning(*, scrubbed: bool) -> Markup:
    """What whoever opens a page of texts is told first."""
    zh = "文本已脱敏，但脱敏不能完全排除个人信息残留。" if scrubbed else "文本未经脱敏，可能含有患者的个人信息。"
    en = "It was scrubbed, which cannot rule out" if scrubbed else "It was not scrubbed and may hold"
    return el(
        "div",
        el("b", both("本页含有行文本", "This page holds the text of rows")),
        el("span", zh, "请勿外传。", lang="zh"),
        en_(f"{en} patients' details. Do not pass it on."),
        class_="verdict care",
        role="note",
    )


def _legend() -> Markup:
    told = [
        el("span", el("ins", "留下的一行独有"), " ", en_("only in the row that stayed")),
        el("span", el("del", "剔除的一行独有"), " ", en_("only in the row that went")),
        el("span", el("u", "不计入比较的差别"), " ", en_("not compared: width, script, case, spaces, signs")),
    ]
    return el("div", told, class_="legend")


def _foot() -> Markup:
    zh = "被剔除的行来自 dropped/ 中的台账，文本由原始文件重新读出，并重新经过该步骤之前的各步骤。"
    en = "What went is in the ledger, dropped/. Texts were read again from the raw files and taken through the stages before."
    return el("footer", sentence(zh, en))


# ---- one stage -----------------------------------------------------------------------------------------------------


def _step(k: int, step: Step, view: Callable[[str], str]) -> list[Inside]:
    drawn = figure(step) if step.hundredths or step.bands else None
    return [
        el("div", _strata(step), drawn, class_="overview"),
        _below(step.bands) if step.bands else None,
        _uncut(step.not_repeated) if step.not_repeated else None,
        [
            el(
                "div",
                el("h3", _named(stratum), el("span", f" {count(step.counts[stratum])}", class_="went")),
                [_pair(pair, step.texts, view) for pair in pairs],
                id=f"step-{k}-{stratum}",
                class_="stratum",
            )
            for stratum, pairs in sorted(step.drawn.items())
        ],
    ]


def _named(stratum: int) -> Markup:
    if stratum == UNSAID:
        return both("未记相似度", "Similarity not noted")
    if stratum == COPY:
        return both("逐字相同", "The same text")
    if stratum == SAME:
        return both("1.00 差别皆不计入", "No difference counts")
    return Markup(f"{stratum / BANDS:.2f}–{(stratum + 1) / BANDS:.2f}")


def _strata(step: Step) -> Markup:
    by = step.bands
    numbers = sorted({*step.counts, *(range(math.floor(by.at_least * BANDS + 1e-9), COPY + 1) if by else ())})
    heads = [both("相似度", "Jaccard"), both("剔除", "Went"), both("抽出", "Drawn")]
    rows: list[list[Inside]] = [[_named(s), count(step.counts[s]), count(len(step.drawn.get(s, [])))] for s in numbers]
    if by:
        heads.append(both("相遇的概率", "Chance to meet"))
        rows = [[*row, _chance(s, by)] for row, s in zip(rows, numbers, strict=True)]
    caption = "各层的行数 Rows in each stratum"
    return table(caption, heads, rows, numeric=range(1, len(heads)))


def _chance(stratum: int, by: Bands) -> str:
    """At the lower end of a stratum, and rounded down: nothing is promised that does not hold."""
    if not UNSAID < stratum < SAME:
        return "–" if stratum == UNSAID else "100%"
    return f"≥ {math.floor(by.met(max(stratum / BANDS, by.at_least)) * 1000) / 10:.1f}%"


def _below(by: Bands) -> Markup:
    least = f"{by.at_least:g}"
    return sentence(
        f"略低于 {least} 的行没有被剔除，台账中也没有它们，故不在本页。要看它们，请以更低的 at_least 另建一个数据集，再看其最低的几层。",
        f"Rows just below {least} stayed, and no ledger names them, so they are not here. To see them, build a corpus with a lower "
        f"at_least and look at its lowest strata.",
        "note",
    )


def _uncut(surveys: Sequence[str]) -> Markup:
    return sentence(
        f"此前的 {'、'.join(surveys)} 未重做：凡由其删去的文字，此处仍在。",
        f"What {' and '.join(surveys)} did before was not done again: what it cut out of a text is still there.",
        "note",
    )


# ---- one pair ------------------------------------------------------------------------------------------------------


def _pair(pair: Pair, texts: Mapping[str, Text], view: Callable[[str], str]) -> Markup:
    kept, gone = texts[pair.kept], texts[pair.id]
    told = [el("b", "J ", likeness(pair.score))] if pair.score is not None else []
    reason = [el("code", pair.reason), el("span", REASONS.get(pair.reason), lang="zh", class_="zh")]
    heads = [_side("kept", "留下", "Stayed", pair.kept, kept), _side("gone", "剔除", "Went", pair.id, gone)]
    parts = list(_parts(differences(kept.said, gone.said, view)))
    shown = [
        el("div", _fold(part), class_="fold") if isinstance(part, int) else _row(part) for part in parts[: 2 * PLACES]
    ]
    more = len([part for part in parts[2 * PLACES :] if not isinstance(part, int)])
    notes = [el("div", f"另有 {count(more)} 处 {some(more, 'place')} more", class_="fold")] if more else []
    if max(kept.chars, gone.chars) > LONGEST:
        first = count(LONGEST)
        notes.append(el("div", f"只比较前 {first} 字 only the first {first} characters are compared", class_="fold"))
    return el("article", el("p", told, reason, class_="what"), el("div", heads, shown, notes, class_="sides"))


def likeness(score: float) -> str:
    """Rounded down: what is nearly the same is never said to be the same."""
    return f"{math.floor(score * 1000 + 1e-6) / 1000:.3f}"


def _side(kind: str, zh: str, en: str, row: str, text: Text) -> Markup:
    source = row.split("/", 1)[0]
    said = [
        el("b", both(zh, en)),
        el("span", f"{source} · {count(text.chars)} 字 characters", class_="by"),
        el("code", row),
    ]
    return el("div", said, class_=f"side {kind}")


def _fold(chars: int) -> str:
    return f"⋯ {count(chars)} 字相同 the same ⋯"


def _row(part: Sequence[Stretch]) -> list[Markup]:
    kept = [_marked(each.kind, each.one, "ins") for each in part]
    gone = [_marked(each.kind, each.other, "del") for each in part]
    return [el("div", kept, class_="text kept"), el("div", gone, class_="text gone")]


def _marked(kind: str, text: str, tag: str) -> Inside:
    if kind == "same" or not text:
        return text
    text = text.replace("\n", "↵\n")
    if len(text) > SHOWN:
        between = el("span", f" ⋯ {count(len(text) - SHOWN)} 字 characters ⋯ ", class_="cut")
        return [_tagged(kind, text[: SHOWN // 2], tag), between, _tagged(kind, text[-SHOWN // 2 :], tag)]
    return _tagged(kind, text, tag)


def _tagged(kind: str, text: str, tag: str) -> Markup:
    return el(tag if kind == "loud" else "u", text)


def _parts(stretches: Sequence[Stretch]) -> Iterator[list[Stretch] | int]:
    """What is shown of a pair, and between it how many characters are the same."""
    part: list[Stretch] = []
    for each in stretches:
        if each.kind != "same" or len(each.one) <= 3 * CONTEXT:
            part.append(each)
            continue
        head, tail = each.one[:CONTEXT], each.one[-CONTEXT:]
        yield [*part, Stretch("same", head, head)]
        yield len(each.one) - 2 * CONTEXT
        part = [Stretch("same", tail, tail)]
    yield part


# ---- the plot ------------------------------------------------------------------------------------------------------

WIDE, HIGH, LEFT, RIGHT, TOP, FOOT = 360, 190, 34, 10, 24, 30


def figure(step: Step) -> Markup:
    """How alike the rows were that went, and over it how likely rows are to meet at all."""
    by = step.bands
    least = min([*step.hundredths, round(by.at_least * 100) if by else 100])
    start = max(0, (least - 30) // 10 * 10)
    scale = _Scale(start / 100)
    most = max([rows for hundredth, rows in step.hundredths.items() if hundredth < 100], default=step.hundredths[100])
    columns = [_column(scale, hundredth, rows, most) for hundredth, rows in sorted(step.hundredths.items())]
    drawn: list[Inside] = [_axes(scale, start), columns]
    went = "; ".join(f"{h / 100:.2f}: {some(n, 'row')}" for h, n in sorted(step.hundredths.items())) or "no rows"
    words = [el("title", f"{step.stage}: rows that went, by Jaccard"), el("desc", went)]
    key = [el("span", el("i", class_="g"), f"剔除的行 rows that went · 最高 most {count(most)}")]
    if by:
        drawn.append(_curve(scale, by))
        key.append(el("span", el("i", class_="k"), f"相遇的概率 chance to meet · {by.bands} × {by.rows}"))
    plot = el("svg", words, drawn, viewBox=f"0 0 {WIDE} {HIGH}", role="img", class_="plot")
    caption = el(
        "figcaption",
        el("b", both("相似度与相遇的概率", "Jaccard, and the chance to meet")),
        el("span", "不含逐字相同者 without the copies", class_="by"),
    )
    return el("figure", caption, plot, el("div", key, class_="key", aria_hidden="true"))


@dataclass(frozen=True)
class _Scale:
    start: float

    def x(self, likeness_: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (likeness_ - self.start) / (1.01 - self.start)  # 1.00 has a column too

    def y(self, part: float) -> float:
        return TOP + (HIGH - TOP - FOOT) * (1 - part)


def _column(scale: _Scale, hundredth: int, rows: int, most: int) -> list[Markup]:
    """What would be higher than the plot says how high: the same letters are often more than all others."""
    high = max(1.5, scale.y(0) - scale.y(min(1.0, rows / most)))
    x, end = scale.x(hundredth / 100), scale.x((hundredth + 1) / 100)
    box = {
        "x": f"{x + 0.3:.2f}",
        "width": f"{end - x - 0.6:.2f}",
        "y": f"{scale.y(0) - high:.2f}",
        "height": f"{high:.2f}",
    }
    over = [_said(WIDE - RIGHT, TOP - 4, f"↑ {count(rows)}", "end")] if rows > most else []
    return [el("rect", class_="gone", **box), *over]


def _axes(scale: _Scale, start: int) -> list[Markup]:
    floor = scale.y(0)
    lines = [
        el("line", x1=LEFT, x2=WIDE - RIGHT, y1=_at(scale.y(p)), y2=_at(scale.y(p)), class_="axis") for p in (0, 0.5, 1)
    ]
    sides = [_said(LEFT - 4, scale.y(p) + 3, f"{p:.0%}", "end") for p in (0, 0.5, 1)]
    ticks = [_said(scale.x(tick / 100), floor + 13, f"{tick / 100:.1f}") for tick in range(start, 101, 10)]
    return [*lines, *sides, *ticks, _said((LEFT + WIDE - RIGHT) / 2, HIGH - 4, "Jaccard")]


def _curve(scale: _Scale, by: Bands) -> list[Markup]:
    steps_ = [scale.start + (1 - scale.start) * k / 100 for k in range(101)]
    points = " ".join(f"{scale.x(j):.1f},{scale.y(by.met(j)):.1f}" for j in steps_)
    x = _at(scale.x(by.at_least))
    limit = el("line", x1=x, x2=x, y1=TOP - 8, y2=_at(scale.y(0)), class_="limit")
    said = _said(scale.x(by.at_least), TOP - 12, f"at_least {by.at_least:g}")
    return [el("polyline", points=points, class_="curve"), limit, said]


def _at(number: float) -> str:
    return f"{number:.1f}"


def _said(x: float, y: float, text: str, anchor: str = "middle") -> Markup:
    return el("text", text, x=_at(x), y=_at(y), text_anchor=anchor, class_="tick")
