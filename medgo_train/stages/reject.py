"""Rejection sampling: several answers are drawn to each question, a reward model scores them, and the best are learned.

What is kept is written as a corpus like any other, beside the run: conversations, each named after the one that it was drawn
for. So it has a manifest, is checked before it is learned from, and a step of it can be told row by row.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import data, pack, ready
from medgo_train.config import Data, RunError
from medgo_train.data import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgo_train.config import RunConfig
    from medgo_train.data import Manifest

AT_ONCE = 8  # questions


def draw(config: RunConfig) -> RunConfig:
    """The run that learns the best answers, once they are drawn, scored and written. Drawn once, they stay."""
    folder = Path(config.output) / "drawn"
    found = ready.manifests(config)
    if not (folder / "manifest.json").is_file():
        if ready.world() > 1:
            raise RunError("answers are drawn by one process: run the stage reject without a launcher.")
        _write(folder, found, config, list(_best(config, found)))
    return replace(config, stage="sft", data=(Data(corpus=str(folder), unscrubbed=not data.read(folder).scrubbed),))


def _best(config: RunConfig, found: tuple[Manifest, ...]) -> Iterator[dict[str, Any]]:
    """Of each question's answers those with the highest scores, no two alike, and none that was cut off."""
    import torch
    import transformers

    from medgo_train import watch
    from medgo_train.stages import common

    how = config.reject
    name = pack.place(found[0], ready.form(config), into=config.prepared_in)[1]["template"]
    tokenizer = pack.load(config.base, name)
    model = common.model(replace(config, lora=None), tokenizer).to(config.parallel.device)
    judge = transformers.AutoModelForSequenceClassification.from_pretrained(
        how.reward, dtype=getattr(torch, {"bf16": "bfloat16", "fp32": "float32"}[config.parallel.precision])
    ).to(config.parallel.device)
    its_own = pack.load(how.reward, name)
    transformers.set_seed(config.seed)
    rows = [row for manifest in found for row in _questions(manifest)]
    for k in range(0, len(rows), AT_ONCE):
        some = rows[k : k + AT_ONCE]
        asked = [row["talk"] for row in some for _ in range(how.draws)]
        drawing = {"do_sample": True, "temperature": how.temperature, "top_p": how.top_p, "top_k": 0}
        said = watch.say(model, tokenizer, asked, longest=how.longest, whole=True, **drawing)
        for n, row in enumerate(some):
            answers = list(dict.fromkeys(answer for answer in said[n * how.draws : (n + 1) * how.draws] if answer))
            talks = [[*row["talk"], {"role": "assistant", "content": answer}] for answer in answers]
            scored = sorted(zip(watch.scores(judge, its_own, talks), talks, strict=True), key=lambda one: -one[0])
            kept = [(score, talk) for score, talk in scored if how.at_least is None or score >= how.at_least]
            for number, (score, talk) in enumerate(kept[: how.keep]):
                yield row["row"] | {
                    "id": f"{row['row']['id']}>Reject.{number}",
                    "parent": row["row"]["id"],
                    "messages": talk,
                    "scores": [score],
                }


def _questions(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Each conversation up to its last answer."""
    import pyarrow.parquet as pq

    names = ["id", "source", "license", "category", "messages", "subject"]
    for shard in manifest.shards:
        for row in pq.read_table(manifest.folder / shard.file, columns=names).to_pylist():
            talk = row.pop("messages")
            while talk and talk[-1]["role"] != "user":
                talk = talk[:-1]
            if talk:
                yield {"row": row, "talk": talk}


def _write(folder: Path, found: tuple[Manifest, ...], config: RunConfig, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not rows:
        raise RunError(
            "no answer was good enough to be learned. Lower reject.at_least, raise reject.draws or reject.longest, or begin "
            "with a better base."
        )
    declared = pa.schema([(column.name, column.arrow) for column in found[0].columns])
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part-00000.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=declared), part, compression="zstd")
    made_of = [config.digest, *(manifest.content for manifest in found)]
    shard = {"file": part.name, "rows": len(rows), "bytes": part.stat().st_size, "sha256": sha256(part)}
    manifest = {
        "schema": {"name": "manifest", "version": data.MANIFEST},
        "name": f"{found[0].name}_drawn",
        "fingerprint": hashlib.sha256(json.dumps(made_of).encode()).hexdigest(),
        "content": shard["sha256"],
        "gives": {"schema": found[0].schema, "version": found[0].schema_version},
        "marks": sorted(frozenset.intersection(*(one.marks for one in found))),
        "rows": len(rows),
        "shards": [shard],
    }
    pack.write_json(folder / "manifest.json", manifest)
