"""A log of inspect: one JSON, or a .eval file, which is a zip with a JSON for each sample and epoch."""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.logs import Log, Sample, content, grade, messages, table, texts, total

ZSTANDARD = 93  # how inspect packs what lies in a .eval file; Python 3.11 does not unpack it


def read(path: Path, metric: str, how: str) -> Log:
    header, samples = _packed(path) if path.suffix == ".eval" else _plain(path)
    told = table(header.get("eval"))
    if not samples or not told:
        raise EvaluationError(f"{path} is no log of inspect with samples. Did its evaluation come to an end?")
    scorers = list(dict.fromkeys(name for one in samples for name in table(one.get("scores"))))
    if not scorers or (how and how not in scorers):
        raise EvaluationError(
            f"{path} has no score{f' of the scorer {how!r}' if how else ''}; it has {', '.join(scorers) or 'none'}."
        )
    how = how or scorers[0]
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted(samples, key=lambda one: total([one.get("epoch")]) or 1):
        by_id.setdefault(str(one.get("id")), []).append(one)
    order = {str(name): at for at, name in enumerate(table(told.get("dataset")).get("sample_ids") or ())}
    ids = sorted(by_id, key=lambda name: order.get(name, len(order)))
    return Log(
        harness="inspect",
        version=str(table(told.get("packages")).get("inspect_ai") or ""),
        task=str(told.get("task") or path.stem).rpartition("/")[2],
        model=str(told.get("model") or ""),
        metric=metric or "score",
        how=how,
        samples=tuple(_sample(name, by_id[name], metric, how) for name in ids),
        asking={key: value for key, value in table(told.get("model_generate_config")).items() if value is not None},
    )


def _plain(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as wrong:
        raise EvaluationError(f"{path} is not JSON. Is it a log of inspect, and whole?") from wrong
    if not isinstance(told, dict):
        raise EvaluationError(f"{path} is no log of inspect. Give its .eval or .json file.")
    return told, [one for one in told.get("samples") or () if isinstance(one, dict)]


def _packed(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(path) as packed:
            names = [one for one in packed.infolist() if one.filename.startswith("samples/")]
            heads = [one for one in packed.infolist() if one.filename in ("header.json", "_journal/start.json")]
            head = json.loads(_unpacked(packed, path, heads[-1])) if heads else {}
            return head, [json.loads(_unpacked(packed, path, one)) for one in names]
    except (zipfile.BadZipFile, ValueError, EOFError) as wrong:
        raise EvaluationError(
            f"{path} is damaged: {type(wrong).__name__}. Is it a log of inspect, and whole?"
        ) from wrong


def _unpacked(packed: zipfile.ZipFile, path: Path, one: zipfile.ZipInfo) -> bytes:
    if one.compress_type != ZSTANDARD:
        return packed.read(one)
    import zstandard

    with path.open("rb") as file:
        # behind what is fixed of a local header stand the lengths of a name and of an extra
        file.seek(one.header_offset + 26)
        name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
        file.seek(name + extra, 1)
        try:
            return zstandard.ZstdDecompressor().decompressobj().decompress(file.read(one.compress_size))
        except zstandard.ZstdError as wrong:
            raise zipfile.BadZipFile(str(wrong)) from wrong


def _sample(name: str, epochs: Sequence[Mapping[str, Any]], metric: str, how: str) -> Sample:
    """An item over its epochs: the mean of its scores, in which one that failed counts as nothing."""
    scores = [table(table(one.get("scores")).get(how)) for one in epochs]
    grades = [grade(_under(each.get("value"), metric)) for each in scores]
    is_missing = all(one.get("error") or not one.get("scores") for one in epochs)
    is_scored = is_missing or any(one is not None for one in grades)
    replies = [_reply(one) for one in epochs]
    answer = scores[0].get("answer")
    is_unread = answer in (None, "") and not grades[0]
    target, group = epochs[0].get("target", ""), table(epochs[0].get("metadata")).get("group")
    usage = [table(each) for one in epochs for each in table(one.get("model_usage")).values()]
    return Sample(
        id=name,
        prompt=messages(epochs[0].get("input", "")),
        replies=replies,
        gold=target if isinstance(target, str) else "".join(texts(target)),
        score=math.fsum(one or 0.0 for one in grades) / len(epochs) if is_scored else None,
        value=answer if isinstance(answer, str) else None,
        state="missing"
        if is_missing
        else "empty"
        if not "".join(replies).strip()
        else "invalid"
        if is_unread
        else "ok",
        group=None if group is None else str(group),
        seconds=total(one.get("working_time") for one in epochs),
        tokens=(_tokens(usage, "input_tokens"), _tokens(usage, "output_tokens")) if usage else None,
    )


def _tokens(usage: Sequence[Mapping[str, Any]], kind: str) -> int:
    return int(total(each.get(kind) for each in usage) or 0)


def _under(value: Any, metric: str) -> Any:
    """A score may have several values, by name."""
    if isinstance(value, Mapping):
        return value.get(metric) if metric else next((one for one in value.values() if grade(one) is not None), None)
    return value


def _reply(one: Mapping[str, Any]) -> str:
    output = table(one.get("output"))
    text, choices = content(output.get("completion")), output.get("choices")
    if not text and isinstance(choices, list) and choices:
        text = content(table(table(choices[0]).get("message")).get("content"))
    kept = table(one.get("attachments"))
    return re.sub(r"attachment://(\w+)", lambda met: str(kept.get(met[1], met[0])), text)
