"""Rows of a scrubbed corpus for a physician to read: what was replaced is marked, and what was left can be.

Of what is written here only the page holds text. The sample and the record of what was masked know rows by a code under
a key, and identifiers by where they stood.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_data import schema
from medgo_data.review.lots import lots
from medgo_data.review.markup import Inside, Markup, both, count, el, en_, join, sentence, some
from medgo_data.review.sheet import NOTHING_ELSE
from medgo_data.review.sheet import STYLE as PLAIN
from medgo_data.review.words import CATEGORIES, IDENTIFIERS

if TYPE_CHECKING:
    import polars as pl

    from medgo_data.store import Built

STYLE, SCRIPT = Path(__file__).with_name("audit.css"), Path(__file__).with_name("audit.js")
PAGE, SAMPLE, SPANS = "page.html", "sample.json", "spans.parquet"
LEAST = 10  # rows of a stratum, where the sample has room for them
LONGEST = 20_000  # characters of a row that are shown
SLICE = 10_000  # rows whose replacements are looked at together
OTHER = "OTHER"  # what could tell who somebody is, and is of none of the types
TYPES = IDENTIFIERS | {OTHER: "其他"}
DIGITS = "1234567890"  # keys of the types that are chosen most
CHOSEN = ("PERSON", "PHONE", "DATE", "ADDRESS", "HOSPITAL", "ORG", "MEDICAL_RECORD_NO", "ID_CARD", "AGE_OVER_89", OTHER)
AT = r"^(?P<path>.+) (?P<start>\d+)-(?P<end>\d+) (?P<recognizer>\S+) (?P<score>\d+(?:\.\d+)?)$"  # what Scrub says of a replacement
BY = r"^([^/ ]+)/(\S+) "  # policy and version; what follows is a digest of the text, and is left where it is
Coded = Callable[[str], str]


class AuditError(ValueError):
    """Something that was to be audited, or said about it, is not what it should be: which, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Mask:
    """A replacement, as it stands in the scrubbed text."""

    path: str
    start: int
    end: int
    type: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """Rows of a category, with or without a replacement."""

    category: str | None
    masked: bool
    rows: int
    drawn: int

    @property
    def weight(self) -> float:
        """How many rows of the corpus one that was drawn stands for."""
        return self.rows / self.drawn


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row that was drawn: by which code it goes, and its texts by where in it they stand."""

    code: str
    stratum: int
    texts: Mapping[str, str]
    masks: Sequence[Mask]

    @property
    def shown(self) -> dict[str, str]:
        """As much of its texts as is shown."""
        left, found = LONGEST, {}
        for path, text in self.texts.items():
            found[path] = text[:left]
            left -= len(found[path])
        return found

    def shows(self, mask: Mask) -> bool:
        """Whether it stands where it is said to stand, in what is shown."""
        return mask.start < mask.end <= len(self.shown.get(mask.path, ""))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What was drawn from one version of a corpus, in the order in which it is read."""

    corpus: str
    version: str
    content: str
    seed: int
    key: str | None  # the name of the key that the codes were made with
    strata: Sequence[Stratum]
    rows: Sequence[Row]

    @property
    def told(self) -> dict[str, Any]:
        """All but the texts, and its own name, by which verdicts know it."""
        strata = [vars(stratum) | {"weight": stratum.weight} for stratum in self.strata]
        rows = [
            {
                "row": row.code,
                "stratum": row.stratum,
                "chars": sum(len(text) for text in row.texts.values()),
                "shown": {path: len(text) for path, text in row.shown.items() if text},
                "masked": dict(sorted(Counter(mask.type for mask in row.masks if row.shows(mask)).items())),
            }
            for row in self.rows
        ]
        told = {name: vars(self)[name] for name in ("corpus", "version", "content", "seed", "key")}
        return named(told | {"strata": strata, "rows": rows})


def named(told: dict[str, Any]) -> dict[str, Any]:
    """A sample with its name, which is a digest of all else that it says."""
    said = {name: value for name, value in told.items() if name != "sample"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return {"sample": digest[:16]} | said


# ---- drawing -------------------------------------------------------------------------------------------------------


def draw(built: Built, rows: int, seed: int, coded: Coded, *, key: str | None) -> Sample:
    """So many rows by lot, of each stratum some: the same seed, the same rows. A shard is read at a time."""
    import polars as pl

    sizes: Counter[tuple[str | None, bool]] = Counter()
    best: pl.DataFrame | None = None
    for number, kinds in enumerate(_kinds(built)):
        for category, masked, many in kinds.group_by("category", "masked").len().rows():
            sizes[category, masked] += many
        here = pl.lit(number, pl.Int64)
        mine = kinds.with_row_index("row").with_columns(shard=here, lot=lots(kinds.height, seed, number))
        best = (pl.concat([best, mine]) if best is not None else mine).sort("lot")
        best = best.filter(pl.int_range(pl.len()).over("category", "masked") < rows)
    if best is None or not sizes:
        raise AuditError(f"{built.full_name} has no rows, so there is nothing to audit.")
    order = sorted(sizes, key=lambda kind: (kind[0] or "", kind[1]))
    allotted = allot([sizes[kind] for kind in order], rows)
    strata = [
        Stratum(category=category, masked=masked, rows=sizes[category, masked], drawn=drawn)
        for (category, masked), drawn in zip(order, allotted, strict=True)
    ]
    places: dict[tuple[int, int], tuple[float, int]] = {}
    for category, masked, row, shard, place in best.select(
        "category", "masked", "row", "shard", place=pl.int_range(pl.len()).over("category", "masked")
    ).rows():
        stratum = order.index((category, masked))
        if place < allotted[stratum]:  # whoever reads but the first rows has read of each stratum its part
            places[shard, row] = ((place + 0.5) / allotted[stratum], stratum)
    found = dict(_found(built, places, coded))
    drawn = [found[where] for where in sorted(places, key=lambda where: (*places[where], where))]
    told = built.manifest
    return Sample(
        corpus=built.name, version=built.folder.name, content=told["content"], seed=seed, key=key, strata=strata, rows=drawn
    )  # fmt: skip


def allot(sizes: Sequence[int], rows: int) -> list[int]:
    """How many of each stratum: a few of each, even if more than asked for; then always one of that which has the fewest for its size."""
    least = max(1, min(LEAST, rows // (2 * len(sizes))))
    drawn = [min(size, least) for size in sizes]
    thin = [(drawn[k] / size, k) for k, size in enumerate(sizes) if drawn[k] < size]
    heapq.heapify(thin)
    for _ in range(min(rows, sum(sizes)) - sum(drawn)):
        _, k = heapq.heappop(thin)
        drawn[k] += 1
        if drawn[k] < sizes[k]:
            heapq.heappush(thin, (drawn[k] / sizes[k], k))
    return drawn


def _kinds(built: Built) -> Iterator[pl.DataFrame]:
    """Of each row its category, and whether anything was replaced in it."""
    import polars as pl

    masked = (pl.col("masked").list.len() > 0).fill_null(value=False)
    for path in built.shards:
        yield _columns(path, {"category": pl.String, "masked": pl.List(pl.String)}).with_columns(masked)


def _columns(path: Path, wanted: Mapping[str, Any]) -> pl.DataFrame:
    """These columns of a shard; one that it has not is null."""
    import polars as pl

    rows = pl.scan_parquet(path)
    have = rows.collect_schema().names()
    return rows.select(pl.col(n) if n in have else pl.lit(None, kind).alias(n) for n, kind in wanted.items()).collect()


def _found(
    built: Built, places: Mapping[tuple[int, int], tuple[float, int]], coded: Coded
) -> Iterator[tuple[tuple[int, int], Row]]:
    import polars as pl

    for shard, path in enumerate(built.shards):
        mine = sorted(row for number, row in places if number == shard)
        for row, told in zip(mine, pl.read_parquet(path)[mine].iter_rows(named=True) if mine else (), strict=True):
            texts = {
                at: text
                for name, value in told.items()
                if name not in schema.filled()
                for at, text in schema.leaves(name, value)
            }
            masks = _masks(told, path)
            yield (
                (shard, row),
                Row(code=coded(told["id"]), stratum=places[shard, row][1], texts=texts, masks=masks),
            )


def _masks(told: Mapping[str, Any], path: Path) -> list[Mask]:
    kinds, places = told.get("masked") or [], told.get("masked_at") or []
    said = [re.match(AT, place) for place in places]
    if len(kinds) != len(places) or not all(said):
        raise _unlike(path)
    return [
        Mask(path=at["path"], start=int(at["start"]), end=int(at["end"]), type=kind, by=at["recognizer"])
        for kind, at in zip(kinds, said, strict=True)
        if at
    ]


def _unlike(path: Path) -> AuditError:
    return AuditError(
        f"{path}: masked and masked_at of a row do not say the same replacements, each as 'path start-end recognizer score'. "
        f"Build the corpus again with Scrub, or let your own stage say it so."
    )


# ---- the record of what was masked ---------------------------------------------------------------------------------


def masked(built: Built) -> Iterator[pl.DataFrame]:
    """All replacements, some rows at a time: of which row, where, of which type, by what, how surely, under which policy."""
    import polars as pl

    kinds = {"id": pl.String, "scrubbed": pl.String, "masked": pl.List(pl.String), "masked_at": pl.List(pl.String)}
    for path in built.shards:
        told = _columns(path, kinds).with_columns(pl.col("masked", "masked_at").fill_null([]))
        if (told["masked"].list.len() != told["masked_at"].list.len()).any():
            raise _unlike(path)
        for rows in told.filter(pl.col("masked").list.len() > 0).iter_slices(SLICE):
            at = pl.col("masked_at").str.extract_groups(AT)
            found = rows.explode("masked", "masked_at").with_columns(at=at).unnest("at")
            if found["path"].null_count():
                raise _unlike(path)
            yield found.select(
                "id",
                "path",
                pl.col("start", "end").cast(pl.Int64),
                pl.col("masked").alias("type"),
                "recognizer",
                pl.col("score").cast(pl.Float64),
                policy=pl.col("scrubbed").str.extract(BY, 1),
                policy_version=pl.col("scrubbed").str.extract(BY, 2),
            )


def write_spans(built: Built, coded: Coded, path: Path) -> None:
    """Write that record, in which a code stands for the row: beside, then rename."""
    import polars as pl
    import pyarrow.parquet as pq

    places = {"start": pl.Int64, "end": pl.Int64, "score": pl.Float64}
    names = ("row", "path", "start", "end", "type", "recognizer", "score", "policy", "policy_version")
    empty = pl.DataFrame(schema={name: places.get(name, pl.String) for name in names})
    beside, oldest = path.with_name(f".{path.name}.part"), pl.CompatLevel.oldest()
    try:
        with pq.ParquetWriter(beside, empty.to_arrow(compat_level=oldest).schema, compression="zstd") as writer:
            for found in masked(built):
                codes = {row: coded(row) for row in found["id"].unique()}
                told = found.with_columns(row=pl.col("id").replace_strict(codes, return_dtype=pl.String))
                writer.write_table(told.select(names).to_arrow(compat_level=oldest))
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


# ---- the page ------------------------------------------------------------------------------------------------------


def page(sample: Sample, kept: Sequence[str] = ()) -> str:
    """One HTML page that needs nothing but itself; ``kept`` are types that the recipe leaves as they are."""
    told = sample.told
    script = SCRIPT.read_text("utf-8")
    only = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    name = f"{sample.corpus}@{sample.version}"
    head = [
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=f"{NOTHING_ELSE}; script-src 'sha256-{only}'"),
        el("title", f"{name} · 脱敏审核 Audit"),
        el("style", [Markup(style.read_text("utf-8")) for style in (PLAIN, STYLE)]),
    ]
    rows = [_row(k, row, sample) for k, row in enumerate(sample.rows)]
    said = {f"data_{key}": told[key] for key in ("corpus", "version", "content", "sample")}
    main = el("main", _head(sample, kept), rows, _bar(len(rows)), el("script", Markup(script)), **said)
    html = el("html", el("head", head), "\n", el("body", main), lang="zh-Hans")
    return f"<!doctype html>\n{html}\n"


def _head(sample: Sample, kept: Sequence[str]) -> Markup:
    whole, drawn = sum(stratum.rows for stratum in sample.strata), len(sample.rows)
    care = el(
        "div",
        el("b", both("本页含有行文本", "This page holds the text of rows")),
        el("span", "文本已脱敏，但可能仍有个人信息残留，这正是审核的目的。请勿外传，审核结束后删除。", lang="zh"),
        en_("It was scrubbed, but may still hold patients' details: to find those is why it is here. Do not pass it on; delete it afterwards."),
        class_="verdict care",
        role="note",
    )  # fmt: skip
    return el(
        "header",
        el("p", "medgo · 脱敏审核 Audit of what was left", class_="eyebrow"),
        el("h1", sample.corpus),
        el("p", "版本 ", en_("Version"), " ", el("code", sample.version), class_="version"),
        sentence(
            f"从 {count(whole)} 行中分层抽出 {count(drawn)} 行。请逐行阅读，找出仍能辨认个人身份的内容。",
            f"{some(drawn, 'row')} of {count(whole)}, drawn by lot from each kind. Read each, and mark what could still tell who somebody is.",
            "lead",
        ),
        care,
        _kept(kept) if kept else None,
        _rules(),
        _reviewer(),
    )


def _kept(kept: Sequence[str]) -> Markup:
    zh = "、".join(TYPES.get(kind, kind) for kind in kept)
    return sentence(
        f"本数据集的配方有意保留：{zh}。这些内容请勿标为遗漏。",
        f"The recipe keeps on purpose: {', '.join(kept)}. Do not mark these as leaks.",
        "note",
    )


def _rules() -> Markup:
    told = [
        ("遗漏：选中文字，再按类型。", "A leak: select the text, then press its type.", None),
        ("误删：点一下不该替换的替换词。再点撤销。", "Masked too much: press the replacement; press again to take it back.", None),
        ("读完一行，无论有无标记，按", "Done with a row, marked or not:", "D"),
        ("下一行、上一行", "Next row, row before", "J K"),
        ("撤销本行最后一个遗漏标记", "Take back the last leak of this row", "Z"),
        ("只用键盘选字：浏览器的光标浏览", "To select by keyboard: caret browsing", "F7"),
    ]  # fmt: skip
    return el("ul", [el("li", both(zh, en), [[" ", el("kbd", k)] for k in (keys or "").split()]) for zh, en, keys in told], class_="rules")  # fmt: skip


def _reviewer() -> Markup:
    field = el(
        "input", id="reviewer", type="text", maxlength=16, pattern="[A-Za-z0-9_\\-]{1,16}", placeholder="R07",
        autocomplete="off", spellcheck="false", aria_describedby="alias",
    )  # fmt: skip
    label = el("label", both("评审人代号", "Your alias"), " ", field, for_="reviewer")
    note = el(
        "span",
        "勿用真实姓名；字母、数字，至多 16 位。 ",
        en_("Never a name: letters and digits, 16 at most."),
        id="alias",
    )
    return el("p", label, " ", note, class_="reviewer")


def _bar(rows: int) -> Markup:
    """What stays in sight: how far one is, what can be said of a selection, and the way to take the verdicts along."""
    keys = dict(zip(CHOSEN, DIGITS, strict=True))
    order = [*CHOSEN[:-1], *(kind for kind in IDENTIFIERS if kind not in CHOSEN), OTHER]
    types = [
        el("button", TYPES[kind], [" ", el("kbd", keys[kind])] if kind in keys else None, type="button", data_type=kind, title=kind)
        for kind in order
    ]  # fmt: skip
    done = [
        el("progress", id="progress", max=rows, value=0, aria_label="进度 Progress"),
        el("span", f"0 / {rows}", id="count"),
        el("span", id="said", role="status"),
        el("button", both("下载结论", "Download the verdicts"), id="download", type="button", disabled=""),
    ]
    return el("aside", el("div", types, class_="types", id="types", hidden=""), el("div", done, class_="done"))


def kept(built: Built) -> list[str]:
    """Types that the recipe leaves as they are, at least under one policy. What a corpus below keeps is not known here."""
    said = [stage["Scrub"].get("operators", {}) for stage in built.manifest["recipe"]["stages"] if "Scrub" in stage]
    told = [(kind, operator) for operators in said for kind, operator in operators.items()]
    return sorted({kind for kind, op in told if "keep" in (op.values() if isinstance(op, dict) else [op])})


def _row(k: int, row: Row, sample: Sample) -> Markup:
    stratum = sample.strata[row.stratum]
    shown = row.shown
    whole = sum(len(text) for text in row.texts.values())
    seen = sum(len(text) for text in shown.values())
    told = [
        el("b", f"{k + 1} / {len(sample.rows)}"),
        el("span", CATEGORIES.get(stratum.category or "", stratum.category or "未注明 not named")),
        el("span", f"替换 {count(len(row.masks))} 处 {some(len(row.masks), 'replacement')}", class_="by"),
        el("code", row.code),
    ]
    cut = el("p", f"只显示前 {count(seen)} 字，共 {count(whole)} 字 Only the first {count(seen)} of {count(whole)} characters are shown", class_="cut")  # fmt: skip
    done = el("button", both("读完：无遗漏", "Done: nothing was left"), type="button", class_="read")
    said = [el("p", told, class_="what"), _leaf_list(row, shown), cut if seen < whole else None]
    return el("article", said, el("ul", class_="leaks"), done, id=f"row-{k}", data_row=row.code, tabindex=-1)


def _leaf_list(row: Row, shown: Mapping[str, str]) -> list[Inside]:
    return [
        [el("div", path, class_="path"), el("div", _marked(text, path, row.masks), class_="text", data_path=path)]
        for path, text in shown.items()
        if text
    ]


def _marked(text: str, path: str, masks: Sequence[Mask]) -> Markup:
    """The text, and in it what stands for an identifier. What a later stage has moved is not marked where it is not."""
    parts, at = [], 0
    for mask in sorted(masks, key=lambda mask: mask.start):
        if mask.path == path and at <= mask.start < mask.end <= len(text):
            shown = TYPES.get(mask.type, mask.type)
            put = el(
                "mark",
                verbatim(text[mask.start : mask.end]),
                role="button", tabindex=0, aria_pressed="false",
                data_at=f"{mask.start}-{mask.end}", data_type=mask.type, title=f"{shown} {mask.type} · {mask.by}",
            )  # fmt: skip
            parts += [verbatim(text[at : mask.start]), put]
            at = mask.end
    return join(*parts, verbatim(text[at:]))


def verbatim(text: str) -> Markup:
    """Text that a browser reads to the character: places in it are counted."""
    return Markup(join(text).replace("\r", "&#13;").replace("\0", "\ufffd"))
