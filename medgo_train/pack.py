"""Rows of a corpus as a stage takes them: tokenised once, by many processes, packed into Parquet, and named after all that made them.

A corpus of documents or conversations becomes rows of ``length`` tokens; each says where in it a document begins, and which
row of the corpus that was. Documents fill row after row, and a long one goes on in the next; conversations are never cut, and
those that are too long are left out and counted. Pairs and labelled answers are only measured: TRL tokenises them.

prepared/
  pretrain-3f2a9c1b7d20-5c0ffee1a2b3/    one corpus, one tokenizer, one template, one length
    prepared.json                        written last: what can be seen is whole
    part-00000.parquet …                 one for each shard of the corpus
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medgo_train import templates
from medgo_train.data import DataError, Manifest, Shard, fault, sha256

if TYPE_CHECKING:
    import pyarrow as pa
    from transformers import PreTrainedTokenizerBase

VERSION = 1  # raise it when the same rows would be packed otherwise
BLOCK = 64  # rows that are read at once
BATCH = 512  # rows that are tokenised at once
WORTH = 8_000_000  # bytes of a corpus that are worth a process, which takes seconds to start
END_OF_TEXT = "<|endoftext|>"  # between documents, for Qwen; a tokenizer without it says its own end
Ints = np.ndarray[Any, np.dtype[np.int32]]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The rows that one corpus gave."""

    folder: Path
    corpus: str
    fingerprint: str
    content: str  # of the corpus
    schema: str
    tokenizer: str  # its digest
    template: str  # its name; none for documents
    length: int
    packed: bool
    read: int  # rows of the corpus
    dropped: dict[str, int]  # of these, by reason
    lengths: dict[str, int]  # in tokens, of those that were kept
    rows: int
    tokens: int
    learned: int
    shards: tuple[Shard, ...]

    @property
    def kept(self) -> int:
        return self.read - sum(self.dropped.values())

    @property
    def digest(self) -> str:
        """Of every row."""
        return hashlib.sha256("".join(shard.sha256 for shard in self.shards).encode()).hexdigest()

    @cached_property
    def blocks(self) -> list[tuple[int, int, int]]:
        """Stretches of rows that are read at once: the first row, the shard, the number in it; one more at the end."""
        found, first = [], 0
        for number, shard in enumerate(self.shards):
            found += [(first + k, number, k // BLOCK) for k in range(0, shard.rows, BLOCK)]
            first += shard.rows
        return [*found, (first, -1, -1)]

    @cached_property
    def used(self) -> Ints:
        """How many tokens of each row are filled."""
        import pyarrow.parquet as pq

        parts = [pq.read_table(self.folder / shard.file, columns=["used"])["used"].to_numpy() for shard in self.shards]
        return np.concatenate([np.zeros(0, np.int32), *parts])

    def verify(self) -> None:
        """Nothing if every byte is as it was written."""
        with ThreadPoolExecutor() as pool:
            for wrong in pool.map(lambda shard: fault(self.folder, shard), self.shards):
                if wrong:
                    raise DataError(f"{wrong} Remove {self.folder}, and prepare again.")


@dataclass(frozen=True, kw_only=True)
class Form:
    """What rows are to look like."""

    tokenizer: str  # a folder that holds one
    template: str = ""  # by the tokenizer, unless said; documents need none
    length: int
    packed: bool = False


@dataclass(frozen=True, kw_only=True)
class Job:
    """One shard of a corpus, and where its rows go."""

    shard: Path
    into: Path
    schema: str
    form: Form


def prepare(manifest: Manifest, form: Form, *, into: Path, processes: int = 0) -> Prepared:
    """The rows of a corpus; found in ``into`` where they were made before, and made otherwise.

    The corpus must have been checked. A stopped run goes on with the shards that it has not finished.
    """
    folder, told = place(manifest, form, into=into)
    if (folder / "prepared.json").is_file():
        return read(folder)
    folder.mkdir(parents=True, exist_ok=True)
    form = replace(form, template=told["template"], packed=told["packed"])
    jobs = [
        Job(
            shard=manifest.folder / shard.file, into=folder / f"part-{n:05d}.parquet", schema=manifest.schema, form=form
        )
        for n, shard in enumerate(manifest.shards)
    ]
    notes = list(_all(jobs, processes or min(os.cpu_count() or 1, manifest.bytes // WORTH + 1)))
    lengths = np.concatenate([np.asarray(note["lengths"], np.int64) for note in notes])
    dropped = sum((Counter(note["dropped"]) for note in notes), Counter[str]())
    told |= {
        "read": manifest.rows,
        "dropped": dict(sorted(dropped.items())),
        "lengths": _spread(lengths),
        "rows": sum(note["rows"] for note in notes),
        "tokens": int(lengths.sum()),
        "learned": sum(note["learned"] for note in notes),
        "shards": [
            asdict(Shard(file=job.into.name, rows=note["rows"], bytes=note["bytes"], sha256=note["sha256"]))
            for job, note in zip(jobs, notes, strict=True)
        ],
    }
    write_json(folder / "prepared.json", told)
    for job in jobs:
        _note(job).unlink(missing_ok=True)
    return read(folder)


def place(manifest: Manifest, form: Form, *, into: Path) -> tuple[Path, dict[str, Any]]:
    """Where the rows of a corpus lie, or will lie, and all that makes them what they are."""
    tokenizer = load(form.tokenizer)
    if manifest.schema == "document":
        name = ""
        _fit_for_documents(tokenizer, form.tokenizer)
    else:
        name = templates.choose(tokenizer, form.template)
    told = {
        "corpus": manifest.name,
        "fingerprint": manifest.fingerprint,
        "content": manifest.content,
        "schema": manifest.schema,
        "tokenizer": _digest(tokenizer, Path(form.tokenizer) / "tokenizer.json"),
        "template": name,
        "length": form.length,
        "packed": form.packed or not name,
    }
    exact = told | {"version": VERSION, "template": name and templates.digest(name)}
    key = hashlib.sha256(json.dumps(exact, sort_keys=True).encode()).hexdigest()
    return into / f"{manifest.name}-{manifest.fingerprint[:12]}-{key[:12]}", told


def read(folder: Path) -> Prepared:
    """What was prepared in ``folder``. The rows themselves are not looked at."""
    told = json.loads((folder / "prepared.json").read_text("utf-8"))
    shards = tuple(Shard(**shard) for shard in told.pop("shards"))
    return Prepared(folder=folder, shards=shards, **told)


def load(folder: str, template: str = "") -> PreTrainedTokenizerBase:
    """The tokenizer of a model's folder, as it is; or with a template, which it must fit. It is read once."""
    return _load(folder, template)


@cache
def _load(folder: str, template: str) -> PreTrainedTokenizerBase:
    from transformers import AutoTokenizer

    if not (Path(folder) / "tokenizer_config.json").is_file():
        raise DataError(
            f"{folder} has no tokenizer_config.json, so no tokenizer lies there. Give the folder of a model."
        )
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if template:
        templates.equip(tokenizer, template)
    return tokenizer


def end_of_text(tokenizer: PreTrainedTokenizerBase) -> int:
    """The token between documents. A tokenizer of a chat model says the end of a turn instead, which ends no document."""
    known = tokenizer.backend_tokenizer.token_to_id(END_OF_TEXT)
    return int(tokenizer.eos_token_id if known is None else known)


def _digest(tokenizer: PreTrainedTokenizerBase, file: Path) -> str:
    if file.is_file():
        return sha256(file)  # writing out 150,000 words takes longer than to pack a million tokens
    return hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest()


def _fit_for_documents(tokenizer: PreTrainedTokenizerBase, folder: str) -> None:
    """A template is found to fit where it is given to a tokenizer; documents have none."""
    lacks = {
        "for padding": tokenizer.pad_token is None and "pad_token",
        "that ends a document": not _ends(tokenizer) and "eos_token",
    }
    for what, name in lacks.items():
        if name:
            raise DataError(
                f"the tokenizer of {folder} has no token {what}. Set one: "
                f"AutoTokenizer.from_pretrained(folder, {name}='{END_OF_TEXT}').save_pretrained(folder)"
            )


def _ends(tokenizer: PreTrainedTokenizerBase) -> bool:
    return tokenizer.backend_tokenizer.token_to_id(END_OF_TEXT) is not None or tokenizer.eos_token_id is not None


# ---- one shard, in a process of its own ----------------------------------------------------------------------------


def _all(jobs: list[Job], processes: int) -> Iterator[dict[str, Any]]:
    if len(jobs) < 2 or processes < 2:
        yield from map(_shard, jobs)
        return
    from loky import ProcessPoolExecutor  # never forks: a forked lock of the tokenizer would not open again

    with ProcessPoolExecutor(min(processes, len(jobs))) as pool:
        yield from pool.map(_shard, jobs)


def _shard(job: Job) -> dict[str, Any]:
    """Write the rows of one shard; what there is to say about them."""
    if job.into.is_file() and _note(job).is_file():
        return json.loads(_note(job).read_text("utf-8"))  # type: ignore[no-any-return]
    tokenizer = load(job.form.tokenizer, job.form.template)
    dropped: Counter[str] = Counter()
    kinds: dict[str, Callable[..., Iterator[tuple[int, Any, Any]]]] = {
        "document": _documents,
        "chat": _talks,
        "preference": _answers,
        "feedback": _answers,
    }
    pieces = list(kinds[job.schema](job, tokenizer, dropped))
    lengths = [len(tokens) if job.schema in {"document", "chat"} else tokens for _, tokens, _ in pieces]
    if job.schema == "document":
        rows = _poured(pieces, job.form.length, end_of_text(tokenizer))
    elif job.schema == "chat":
        rows = _fitted(pieces, job.form, int(tokenizer.pad_token_id))
    else:
        rows = iter([{"documents": [[number] for number, _, _ in pieces], "used": lengths}])
    count, learned = _write(job, rows)
    told = {
        "rows": count,
        "learned": learned,
        "dropped": dict(dropped),
        "lengths": lengths,
        "bytes": job.into.stat().st_size,
        "sha256": sha256(job.into),
    }
    write_json(_note(job), told)
    return told


def _documents(job: Job, tokenizer: Any, dropped: Counter[str]) -> Iterator[tuple[int, Ints, None]]:
    end = end_of_text(tokenizer)
    for first, columns in _read(job.shard, ["text"]):
        full = [(first + n, text) for n, text in enumerate(columns["text"]) if text]
        dropped["empty"] += len(columns["text"]) - len(full)
        encoded = tokenizer.backend_tokenizer.encode_batch_fast([text for _, text in full], add_special_tokens=False)
        for (number, _), one in zip(full, encoded, strict=True):
            yield number, np.array([*one.ids, end], np.int32), None


def _talks(job: Job, tokenizer: Any, dropped: Counter[str]) -> Iterator[tuple[int, Ints, Any]]:
    for first, columns in _read(job.shard, ["messages"]):
        talks = [(first + n, talk) for n, talk in enumerate(columns["messages"]) if _answered(talk)]
        dropped["no_assistant"] += len(columns["messages"]) - len(talks)
        for (number, _), one in zip(talks, templates.write(tokenizer, [talk for _, talk in talks]), strict=True):
            if len(one.tokens) > job.form.length:
                dropped["too_long"] += 1
            elif not any(one.learned):
                dropped["nothing_learned"] += 1
            else:
                yield number, np.array(one.tokens, np.int32), np.array(one.learned, np.bool_)


def _answers(job: Job, tokenizer: Any, dropped: Counter[str]) -> Iterator[tuple[int, int, None]]:
    """Pairs, or single answers: of each the tokens of the question with the longer answer."""
    sides = ["chosen", "rejected"] if job.schema == "preference" else ["completion"]
    for first, columns in _read(job.shard, ["prompt", *sides]):
        whole = [
            [templates.write(tokenizer, [prompt + answer])[0] if _answered(answer) else None for answer in answers]
            for prompt, *answers in zip(columns["prompt"], *(columns[side] for side in sides), strict=True)
        ]
        for number, written in enumerate(whole, first):
            if any(one is None for one in written):
                dropped["no_assistant"] += 1
            elif len(written) == 2 and written[0] == written[1]:
                dropped["same_answers"] += 1
            elif (longest := max(len(one.tokens) for one in written if one)) > job.form.length:
                dropped["too_long"] += 1
            else:
                yield number, longest, None


def _answered(talk: list[dict[str, Any]] | None) -> bool:
    return any(turn["role"] == "assistant" and (turn["content"] or "").strip() for turn in talk or [])


def _read(shard: Path, columns: list[str]) -> Iterator[tuple[int, dict[str, list[Any]]]]:
    import pyarrow.parquet as pq

    first = 0
    with pq.ParquetFile(shard) as file:
        for batch in file.iter_batches(BATCH, columns=columns):
            yield first, batch.to_pydict()
            first += batch.num_rows


# ---- rows of one length --------------------------------------------------------------------------------------------


def _poured(pieces: list[tuple[int, Ints, None]], length: int, end: int) -> Iterator[dict[str, Any]]:
    """Documents one after the other into rows, the last of them filled up; where a row ends, a document goes on in the next."""
    if not pieces:
        return
    tokens = np.concatenate([piece for _, piece, _ in pieces])
    numbers = np.array([number for number, _, _ in pieces], np.int32)
    begins = np.cumsum([0, *(len(piece) for _, piece, _ in pieces[:-1])])
    count = -(-len(tokens) // length)
    used = np.full(count, length, np.int32)
    used[-1] = len(tokens) - (count - 1) * length
    filled = np.full(count * length, end, np.int32)
    filled[: len(tokens)] = tokens
    cuts = np.union1d(begins, np.arange(count) * length)
    of = numbers[np.searchsorted(begins, cuts, "right") - 1]
    edges = np.searchsorted(cuts, np.arange(count + 1) * length)
    for k in range(0, count, BLOCK):
        rows = range(k, min(k + BLOCK, count))
        yield {
            "tokens": filled[k * length : rows.stop * length],
            "starts": [cuts[edges[r] : edges[r + 1]] - r * length for r in rows],
            "documents": [of[edges[r] : edges[r + 1]] for r in rows],
            "used": used[k : rows.stop],
        }


def _fitted(pieces: list[tuple[int, Ints, Any]], form: Form, pad: int) -> Iterator[dict[str, Any]]:
    """Conversations into rows, none of them cut: one each, or as many as a row takes."""
    length, sizes = form.length, [len(tokens) for _, tokens, _ in pieces]
    bins = best_fit(sizes, length) if form.packed else [[n] for n in range(len(pieces))]
    for k in range(0, len(bins), BLOCK):
        some = bins[k : k + BLOCK]
        tokens = np.full((len(some), length), pad, np.int32)
        learned = np.zeros((len(some), length), np.bool_)
        starts, used = [], []
        for row, inside in enumerate(some):
            edges = np.cumsum([0, *(len(pieces[n][1]) for n in inside)])
            tokens[row, : edges[-1]] = np.concatenate([pieces[n][1] for n in inside])
            learned[row, : edges[-1]] = np.concatenate([pieces[n][2] for n in inside])
            starts.append(edges[:-1])
            used.append(edges[-1])
        yield {
            "tokens": tokens.reshape(-1),
            "learned": learned.reshape(-1),
            "starts": starts,
            "documents": [[pieces[n][0] for n in inside] for inside in some],
            "used": used,
        }


def best_fit(lengths: list[int], room: int) -> list[list[int]]:
    """Which go together so that each fills what the others leave: the longest first, each where least would stay free."""
    bins: list[list[int]] = []
    free: dict[int, list[int]] = {}  # how much is free: in which bins
    some = 0  # bit n is set where bins have n free
    for item in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        fits = some >> lengths[item] << lengths[item]
        if fits:
            left = (fits & -fits).bit_length() - 1
            chosen = free[left].pop()
            if not free[left]:
                some &= ~(1 << left)
        else:
            left, chosen = room, len(bins)
            bins.append([])
        bins[chosen].append(item)
        left -= lengths[item]
        free.setdefault(left, []).append(chosen)
        some |= 1 << left
    return bins


def _write(job: Job, groups: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Write beside, sync, rename: a shard that can be seen is whole. Its rows, and how many tokens of it are learned."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = learned = 0
    beside = job.into.with_name(f".{job.into.name}.{uuid.uuid4().hex[:8]}")
    try:
        with pq.ParquetWriter(beside, _columns(job), compression="zstd") as file:
            for group in groups:
                arrays = [_array(field, group[field.name]) for field in _columns(job)]
                file.write_table(pa.Table.from_arrays(arrays, schema=_columns(job)), row_group_size=BLOCK)
                rows += len(group["used"])
                learned += int(np.sum(group.get("learned", group["used"] if "tokens" in group else 0)))
        with beside.open("rb+") as done:
            os.fsync(done.fileno())
        beside.rename(job.into)
    finally:
        beside.unlink(missing_ok=True)
    return rows, learned


def _columns(job: Job) -> pa.Schema:
    import pyarrow as pa

    fields: list[tuple[str, pa.DataType]] = [("documents", pa.list_(pa.int32())), ("used", pa.int32())]
    if job.schema in {"document", "chat"}:
        fields += [("starts", pa.list_(pa.int32())), ("tokens", pa.list_(pa.int32(), job.form.length))]
    if job.schema == "chat":
        fields += [("learned", pa.list_(pa.bool_(), job.form.length))]
    return pa.schema(fields)


def _array(field: pa.Field[Any], values: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_fixed_size_list(field.type):
        return pa.FixedSizeListArray.from_arrays(pa.array(values), field.type.list_size)
    return pa.array(values, field.type)


def _spread(lengths: np.ndarray[Any, Any]) -> dict[str, int]:
    if not len(lengths):
        return {}
    marks = {"shortest": 0, "median": 50, "p95": 95, "p99": 99, "longest": 100}
    return {name: int(np.percentile(lengths, mark)) for name, mark in marks.items()}


def _note(job: Job) -> Path:
    return job.into.with_suffix(".json")


def write_json(path: Path, told: Any) -> None:
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(told, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


# ---- reading -------------------------------------------------------------------------------------------------------


class Rows:
    """The rows of a `Prepared` by number, read a block at a time; the blocks that were read last are kept."""

    def __init__(self, prepared: Prepared, *, keep: int = 32) -> None:
        self.prepared = prepared
        self.keep = keep
        self.blocks: dict[int, dict[str, Any]] = {}
        self.firsts = [first for first, _, _ in prepared.blocks]

    def __getitem__(self, row: int) -> dict[str, Any]:
        """Tokens as far as they are used, where documents begin, and what is learned, where not everything is."""
        block, at = self._at(row)
        used, starts = block["used"][at], block["edges"]
        found = {"tokens": block["tokens"][at][:used], "starts": block["starts"][starts[at] : starts[at + 1]]}
        return found | ({"learned": block["learned"][at][:used]} if "learned" in block else {})

    def documents(self, row: int) -> tuple[int, list[int]]:
        """The shard of the corpus that a row comes from, and which rows of it."""
        import pyarrow.parquet as pq

        number = self._number(row)
        first, shard, group = self.prepared.blocks[number]
        with pq.ParquetFile(self.prepared.folder / self.prepared.shards[shard].file) as file:
            column = file.read_row_group(group, columns=["documents"])["documents"]
        return shard, column[row - first].as_py()

    def _number(self, row: int) -> int:
        if not 0 <= row < self.prepared.rows:
            raise IndexError(row)
        return bisect_right(self.firsts, row) - 1

    def _at(self, row: int) -> tuple[dict[str, Any], int]:
        number = self._number(row)
        block = self.blocks.pop(number, None)
        if block is None:
            block = self.block(number)
            while len(self.blocks) >= self.keep:
                del self.blocks[next(iter(self.blocks))]
        self.blocks[number] = block  # the last in line is the last that was asked for
        return block, row - self.firsts[number]

    def block(self, number: int) -> dict[str, Any]:
        import pyarrow.parquet as pq

        _, shard, group = self.prepared.blocks[number]
        with pq.ParquetFile(self.prepared.folder / self.prepared.shards[shard].file) as file:
            names = [name for name in ("tokens", "learned", "starts", "used") if name in file.schema_arrow.names]
            table = file.read_row_group(group, columns=names).combine_chunks()
        length = self.prepared.length
        columns: dict[str, Any] = {name: table[name].chunk(0) for name in names}
        found: dict[str, Any] = {
            "used": columns["used"].to_numpy(),
            "edges": columns["starts"].offsets.to_numpy(),
            "starts": columns["starts"].values.to_numpy(),
            "tokens": columns["tokens"].flatten().to_numpy().reshape(-1, length),
        }
        if "learned" in columns:
            found["learned"] = columns["learned"].flatten().to_numpy(zero_copy_only=False).reshape(-1, length)
        return found
