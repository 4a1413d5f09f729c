"""The lower part of a card: what went in, by which recipe, what lies on disk, and how to check that it still does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from medgo_data import schema
from medgo_data.review.markup import (
    Inside,
    Markup,
    both,
    count,
    cut,
    details,
    el,
    join,
    sentence,
    share,
    size,
    some,
    table,
)
from medgo_data.review.words import REASONS, STAGES

FEW = 10  # files that need not be folded away
LONG = 160  # characters of a recipe's value that stand in a line
HASH = "SHA-256"


# ---- columns -------------------------------------------------------------------------------------------------------


def columns(told: dict[str, Any]) -> Markup:
    name, version = told["gives"]["schema"], told["gives"]["version"]
    marks = [join(el("code", mark), " ") for mark in told["marks"]] or "–"
    head = el("p", el("code", f"{name} v{version}"), " · 标记 Marks: ", marks)
    contract = _contract(name, version)
    if contract is None:
        zh, en = (
            "此处安装的 medgo 不含该版本的字段说明。",
            "The medgo installed here does not describe the columns of this version.",
        )
        return join(head, sentence(zh, en, "note"))
    rows = [
        [c.name, _type(c.type), el("span", c.zh, el("span", c.en, class_="by", lang="en"))] for c in contract.columns
    ]
    return join(
        head,
        table(
            "每一行的字段 The columns of every row",
            [both("字段", "Column"), both("类型", "Type"), both("含义", "Meaning")],
            rows,
        ),
    )


def _contract(name: str, version: int) -> schema.Schema | None:
    """The schema as it is installed, if that is the version the corpus was written by."""
    try:
        found = schema.load(name)
    except schema.SchemaError:  # a schema of somebody's own, or of another medgo
        return None
    return found if found.version == version else None


def _type(told: Any) -> Markup:
    return el("code", str(told))


# ---- inputs --------------------------------------------------------------------------------------------------------


def inputs(told: dict[str, Any]) -> Markup:
    heads = [
        both("输入", "Input"),
        both("文件", "Files"),
        both("大小", "Size"),
        both("记录", "Records"),
        both("不可读", "Unreadable"),
    ]
    listed = table(
        "本版本读入了什么 What this version read", heads, [_input(each) for each in told["inputs"]], numeric=range(1, 5)
    )
    return join(listed, _torn(told), [_files(each) for each in told["inputs"] if "files" in each])


def _input(each: Mapping[str, Any]) -> list[Inside]:
    if "corpus" in each:
        kind = el("span", "数据集 corpus ", el("code", f"{each['corpus']}@{each['fingerprint'][:12]}"), class_="by")
        return [[each["corpus"], kind], "–", "–", "–", "–"]
    files = each["files"]
    records, lost = sum(file["records"] for file in files), sum(_lost(file) for file in files)
    unreadable = [count(lost), " ", el("span", share(lost, records), class_="by") if lost else None]
    return [each["source"], count(len(files)), size(sum(file["bytes"] for file in files)), count(records), unreadable]


def _lost(file: Mapping[str, Any]) -> int:
    return sum(file["dropped"].values())


def _torn(told: dict[str, Any]) -> Markup | None:
    """The files of which something could not be read: open to the eye while they are few."""
    torn = [
        [f"{each['source']}/{file['name']}", count(file["records"]), count(_lost(file)), _why(file["dropped"])]
        for each in told["inputs"]
        for file in each.get("files", [])
        if file["dropped"]
    ]
    if not torn:
        return None
    rows, more = cut(torn)
    heads = [both("文件", "File"), both("记录", "Records"), both("不可读", "Unreadable"), both("原因", "Reason")]
    listed = table("其余记录照常读入 All other records of these files were read", heads, rows, numeric=(1, 2))
    zh, en = f"{count(len(torn))} 个文件有不可读的记录", f"{some(len(torn), 'file')} with unreadable records"
    return details(zh, en, listed, more, opened=len(torn) <= FEW)


def _why(dropped: Mapping[str, int]) -> list[Inside]:
    return [el("div", el("code", reason), f" {REASONS.get(reason, '')} {count(n)}") for reason, n in dropped.items()]


def _files(each: Mapping[str, Any]) -> Markup:
    name, files = each["source"], each["files"]
    heads = [both("文件", "File"), both("大小", "Size"), both("记录", "Records"), HASH]
    rows, more = cut([[f["name"], size(f["bytes"]), count(f["records"]), _hash(f["sha256"])] for f in files])
    listed = table("文件名照原样列出 File names as they are", heads, rows, numeric=(1, 2))
    zh, en = f"{name}：全部 {count(len(files))} 个文件", f"all {some(len(files), 'file')}"
    return details(zh, en, listed, more)


def _hash(digest: str) -> Markup:
    return el("div", el("code", digest), class_="hash")


# ---- the recipe ----------------------------------------------------------------------------------------------------


def recipe(told: dict[str, Any]) -> Markup:
    said = sentence("只列出与默认值不同的设置。", "Only settings that differ from their default are listed.")
    made = told["recipe"]
    stages = el("ol", [_thing(stage) for stage in made["stages"]], class_="stages")
    return join(
        said,
        el("h3", both("步骤", "Stages")),
        stages
        if made["stages"]
        else sentence("没有步骤：各输入原样合并。", "No stages: the inputs are joined as they are."),
        el("h3", both("输入", "Inputs")),
        el("ul", [_thing(each) for each in made["inputs"]], class_="stages"),
    )


def _thing(spec: Mapping[str, Any]) -> Markup:
    """A stage or source: its name, its version, and the fields somebody chose."""
    ((name, chosen),) = spec.items()
    shown = [_field(key, value) for key, value in chosen.items() if key != "version"]
    version = el("span", f"v{chosen['version']}", class_="dot") if "version" in chosen else None
    zh = el("span", STAGES[name], lang="zh", class_="dot") if name in STAGES else None
    return el("li", el("b", name), zh, version, el("div", shown or "默认设置 defaults", class_="fields"))


def _field(key: str, value: Any) -> Markup:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= LONG:
        return el("span", el("code", f"{key} = {text}"))
    whole = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return el("details", el("summary", el("code", key), f" {count(len(whole))} 字 characters"), el("pre", whole))


# ---- shards and proof ----------------------------------------------------------------------------------------------


def shards(told: dict[str, Any]) -> Markup:
    heads = [
        both("分片", "Shard"),
        both("来自", "Of"),
        both("行", "Rows"),
        both("字", "Characters"),
        both("大小", "Size"),
        HASH,
    ]
    rows, more = cut([_shard(shard) for shard in told["shards"]])
    total = f"{size(told['bytes'])}"
    listed = table("每个分片及其散列值 Every shard and its hash", heads, rows, numeric=(2, 3, 4))
    return details(
        f"{count(len(told['shards']))} 个分片，{total}", f"{some(len(told['shards']), 'shard')}, {total}", listed, more
    )


def _shard(shard: Mapping[str, Any]) -> list[Inside]:
    of = shard["of"]
    made = [f"{of['source']}/{of['file']}#{of['slice']}"]
    if "corpus" in of:
        made.append(el("span", f"{of['corpus']}/{of['shard']}", class_="by"))
    ledger = shard["dropped"]
    left = (
        [el("span", f"台账 ledger, {count(ledger['rows'])}:", class_="by"), _hash(ledger["sha256"])] if ledger else None
    )
    return [
        shard["file"],
        made,
        count(shard["rows"]),
        count(shard["chars"]),
        size(shard["bytes"]),
        [_hash(shard["sha256"]), left],
    ]


def verify(told: dict[str, Any], full_name: str) -> Markup:
    named = [("配方与输入", "Fingerprint", "fingerprint"), ("行的内容", "Content", "content"), ("清单", "Seal", "seal")]
    hashes = [[el("dt", both(zh, en)), el("dd", el("code", told[key]))] for zh, en, key in named]
    python = f'import medgo_data\nrows = medgo_data.open(ROOT, "{full_name}").rows()'
    return join(
        sentence(
            "核验：逐个文件重算散列值，与清单比对。",
            "To verify is to hash every file anew and compare it with the manifest.",
        ),
        el("pre", f"medgo-data verify {full_name} --root ROOT"),
        sentence("读取前同样会核验。", "Opening it checks the same before the first row is read."),
        el("pre", python),
        sentence(
            "重建：同一配方、同样的原始文件，在任何机器上得到逐字节相同的分片；若有步骤请模型作答，则以“行的内容”为准。",
            "To reproduce: the same recipe over the same raw files gives the same bytes on any machine. Where a stage asks a model, "
            "whose answers vary, the content hash tells two builds apart.",
        ),
        el("dl", hashes, class_="hashes"),
    )
