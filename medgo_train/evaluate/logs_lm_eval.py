"""A log of lm-evaluation-harness: samples_TASK_TIME.jsonl, and the results_TIME.json beside it, if it is there."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.logs import Log, Sample, grade, is_number, messages, table, texts

SAMPLES = re.compile(r"samples_(.+)_\d{4}-\d{2}-\d{2}T[\d.-]+\.jsonl")


def read(path: Path, metric: str, how: str) -> Log:
    rows = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
                rows.append((row["doc_id"], str(row.get("filter", "none")), row))
            except (ValueError, KeyError, TypeError, AttributeError) as wrong:
                raise EvaluationError(f"{path} is no log of samples at line {number}. Was it written whole?") from wrong
    filters = list(dict.fromkeys(each for _, each, _ in rows))
    if not rows or (how and how not in filters):
        raise EvaluationError(f"{path} has no samples{f' of the filter {how!r}; it has {filters}' if how else ''}.")
    how = how or filters[0]
    mine = [row for _, each, row in rows if each == how]
    known = list(dict.fromkeys(name for row in mine for name in row.get("metrics", ())))
    metric = metric or next((name for name in known if any(is_number(row.get(name)) for row in mine)), "")
    if not any(is_number(row.get(metric)) for row in mine):
        raise EvaluationError(
            f"{path} has no number of an item under {metric or 'any metric'}; it knows {', '.join(known) or 'none'}."
        )
    named = SAMPLES.fullmatch(path.name)
    results = _beside(path)
    config = results.get("config") or {}
    ids = [_doc_id(row) for row in mine]
    unique = len(set(ids)) == len(ids)
    return Log(
        harness="lm-eval",
        version=str(results.get("lm_eval_version") or ""),
        task=named[1] if named else path.stem,
        model=_model(config) or str(results.get("model_name") or path.parent.name),
        metric=metric,
        how=how,
        samples=tuple(
            _sample(row, name if unique else str(row["doc_id"]), metric) for row, name in zip(mine, ids, strict=True)
        ),
        asking=config.get("gen_kwargs") or {},
    )


def _beside(path: Path) -> dict[str, Any]:
    """The results that were written with these samples."""
    stamp = path.stem.rpartition("_")[2]
    found = path.with_name(f"results_{stamp}.json")
    told = json.loads(found.read_text("utf-8")) if found.is_file() else {}
    return told if isinstance(told, dict) else {}


def _model(config: Mapping[str, Any]) -> str:
    args = config.get("model_args")
    told = dict(part.partition("=")[::2] for part in args.split(",")) if isinstance(args, str) else args
    name = (told or {}).get("model") or (told or {}).get("pretrained") if isinstance(told, Mapping) else None
    return str(name or "")


def _doc_id(row: Mapping[str, Any]) -> str:
    doc = row.get("doc")
    return str(doc["id"] if isinstance(doc, dict) and doc.get("id") is not None else row["doc_id"])


def _sample(row: Mapping[str, Any], name: str, metric: str) -> Sample:
    parts = [list(each.values()) if isinstance(each, dict) else each for each in _arguments(row)]
    choices = [str(part[1]).strip() for part in parts if len(part) > 1 and isinstance(part[1], str)]
    gold, group = str(row.get("target", "")), table(row.get("doc")).get("group")
    common: dict[str, Any] = {
        "id": name,
        "score": grade(row.get(metric)),
        "group": None if group is None else str(group),
    }
    common["prompt"] = messages(parts[0][0] if parts and parts[0] else "")
    if choices:  # how likely each is, instead of words
        said = row.get("filtered_resps")
        likely = [_likelihood(each) for each in said] if isinstance(said, list) else []
        best = max(range(len(likely)), key=lambda at: likely[at], default=len(choices))
        gold = choices[int(gold)] if gold.isdecimal() and int(gold) < len(choices) else gold
        told = "\n".join(f"{choice}: {value:.4f}" for choice, value in zip(choices, likely, strict=False))
        return Sample(**common, gold=gold, replies=[told], value=choices[best] if best < len(choices) else None)
    replies = texts(row.get("resps"))
    value = next(iter(texts(row.get("filtered_resps"))), None)
    is_invalid = value in (None, "[invalid]")
    state = "empty" if not "".join(replies).strip() else "invalid" if is_invalid else "ok"
    return Sample(**common, gold=gold, replies=replies, value=None if is_invalid else value, state=state)


def _arguments(row: Mapping[str, Any]) -> list[Any]:
    """What was put to the model: a prompt and how to go on, or a prompt and a choice, once for each choice."""
    told = row.get("arguments")
    several = list(told.values()) if isinstance(told, dict) else told if isinstance(told, list) else []
    return [each for each in several if isinstance(each, dict | list)]


def _likelihood(told: Any) -> float:
    while isinstance(told, list | tuple) and told:
        told = told[0]
    try:
        value = float(told)
    except (TypeError, ValueError):
        return -math.inf
    return -math.inf if math.isnan(value) else value
