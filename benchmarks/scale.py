"""The whole pipeline end to end: read, clean, rules, near-duplicates, identifiers, written; and what was planted, found.

    python benchmarks/scale.py                             1 GB of invented sentences
    python benchmarks/scale.py --megabytes 10000 --texts "real/*.parquet" --scratch DIR

Without scrubbing, over all files; with each policy of ``Scrub``, over a part of them. Seconds are CPU seconds of the process and its
workers. ``--picture`` draws where they go, and ``--rates`` writes down what ``medgo-data plan`` predicts from.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

import corpus
from common import MB, ONE_THREAD, Size, apart, asked, family, held, scratch, tell
from throughput import Watch

MEGABYTES, SCRUBBED = Size(1000, 60), Size(24, 3)
MIDDLE = 120  # MB, for the watch on every part
WORKERS = 2
WANTED = {"none": 20.0, "balanced": 1.5, "high_recall": 0.4}  # MB in a CPU second
MOST_MEMORY = 4.0  # GB
GROWTH = 1.1
STEPS = {  # of the picture and of the rates, in the order in which a row passes them
    "read": "read",
    "repair": "Clean: repairs",
    "rules": "Clean: rules",
    "dedup": "Dedup: each row",
    "meet": "Dedup: rows meet",
    "scrub": "Scrub",
    "write": "write",
    "books": "laws, lengths, digests",
    "rest": "the rest",
}


DISK = ("drafts", "sketches", "shards")
FILES = {"rows.arrow": "drafts", "rows.parquet": "shards", "dropped.parquet": "ledgers", "sketch.arrow": "sketches"}


@dataclass(frozen=True)
class Seen:
    """What a build took."""

    megabytes: float  # of text
    cpu: float
    wall: float
    gigabytes: float  # of memory, all processes together
    disk: dict[str, float]  # MB that lie in its pool, by what they are


def recipe(folder: Path, raw: Path, policy: str | None) -> Path:
    """All five kinds of files, and every stage of a corpus for pre-training."""
    file = folder / f"recipe_{policy or 'none'}.py"
    scrub = f', Scrub(policy="{policy}")' if policy else ""
    file.write_text(
        f"""from medgo_data import Clean, Corpus, Dedup, Scrub
from medgo_data.sources import CaseReports, Dialogues, DrugLeaflets, Papers, PopularScience, Turns

RAW, TOLD = "{raw}", {{"license": "invented"}}
said = Turns(turns="dialogue", role="speaker", content="sentence", roles={{"患者": "user", "医生": "assistant"}})
papers = Papers(files=f"{{RAW}}/papers/*", fields={{"title": "title", "text": "text"}}, **TOLD)
leaflets = DrugLeaflets(files=f"{{RAW}}/leaflets/*", fields={{"title": "name", "text": "content"}}, **TOLD)
records = CaseReports(name="records", files=f"{{RAW}}/records/*", fields={{"text": "现病史"}}, **TOLD)
dialogues = Dialogues(files=f"{{RAW}}/dialogues/*", gives="document", fields={{"messages": said}}, **TOLD)
web = PopularScience(name="web", files=f"{{RAW}}/web/*", fields={{"title": "title", "text": "text"}}, **TOLD)
whole = Corpus("whole", [papers, leaflets, records, dialogues, web], [Clean(), Dedup(){scrub}])
""",
        "utf-8",
    )
    return file


def build(told: Path, root: Path, *more: str) -> Seen:
    """Run the command line, and look at its memory while it runs."""
    words = ["build", told, "--root", root, "--workers", WORKERS, "--quiet", *more]
    began, most = time.perf_counter(), 0
    run = subprocess.Popen(
        [sys.executable, "-m", "medgo_data.cli", *map(str, words)],
        stdout=subprocess.DEVNULL,
        env=os.environ | ONE_THREAD,
    )
    before = os.times()
    while run.poll() is None:
        most = max(most, sum(held(process)[0] for process in family(run.pid)))
        time.sleep(0.2)
    after, wall = os.times(), time.perf_counter() - began
    if run.returncode:
        sys.exit(f"the build failed with {run.returncode}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    sizes: dict[str, float] = defaultdict(float)
    for path in (root / ".medgo" / "pool").rglob("*"):
        if path.is_file():
            kind = path.relative_to(root / ".medgo" / "pool").parts[0].split("-")[0]
            sizes[FILES.get(path.name, kind)] += path.stat().st_size / MB
    return Seen(0 if more else text_of(root), cpu, wall, most * 1024 / 1e9, dict(sizes))


# ---- where the seconds go ------------------------------------------------------------------------------------------


def split(told: Path, root: Path) -> dict[str, float]:
    """The same in this one process, with a watch on every part: CPU seconds of each, without those it calls."""
    from medgo_data import Clean, Dedup, Here, Scrub, part, schema, shards, stage, store
    from medgo_data import build as build_corpus
    from medgo_data import recipe as recipes
    from medgo_data.corpus import sources_of

    whole = recipes.corpora(f"{told}:whole")[0]
    build_corpus(whole.limited(50), root / "warm", Here())  # what is loaded once, however much there is to do
    watch = Watch()
    for kind in {type(source) for source in sources_of(whole)}:
        kind.read = watch.over_steps("read", kind.read)  # type: ignore[method-assign]
    part.Fresh.frames = watch.over_steps("read", part.Fresh.frames)  # type: ignore[method-assign]
    part.shards.batches = watch.over_steps("write", shards.batches)
    Clean._repaired = watch.over("repair", Clean._repaired)  # type: ignore[method-assign]  # noqa: SLF001
    for kind, name in ((Clean, "rules"), (Dedup, "dedup"), (Scrub, "scrub")):
        kind.__call__ = watch.over(name, kind.__call__)  # type: ignore[method-assign]
    Dedup.sketch = watch.over("dedup", Dedup.sketch)  # type: ignore[method-assign]
    Dedup.settle = watch.over("meet", Dedup.settle)  # type: ignore[method-assign]
    for moment in ("add", "__exit__"):
        setattr(shards.ShardWriter, moment, watch.over("write", getattr(shards.ShardWriter, moment)))
    part.account = watch.over("books", stage.account)
    schema.conform = watch.over("books", schema.conform)
    part.Tally.measure = watch.over("books", part.Tally.measure)  # type: ignore[method-assign]
    part.sha256 = store.sha256 = watch.over("books", store.sha256)
    part.fast_digest = watch.over("books", store.fast_digest)
    with watch.on("rest"):
        build_corpus(whole, root, Here())
    return dict(watch.spent)


# ---- what was planted ----------------------------------------------------------------------------------------------


def recall(key: Path, root: Path) -> dict[str, tuple[int, int]]:
    """Of each kind of what was planted: how much of it was found, and how much there is."""
    from medgo_data import open as open_corpus

    built = open_corpus(root, "whole")
    planted = pl.read_parquet(key)
    kept = built.rows().select("id").collect(engine="streaming")["id"]
    read = pl.concat([kept, built.dropped().select("id").collect()["id"]])
    planted = planted.filter(pl.col("id").is_in(read.implode()))  # a part of the files may have been built
    stays = pl.col("id").is_in(kept.implode())
    found: dict[str, tuple[int, int]] = {}

    def score(name: str, some: pl.DataFrame, gone: pl.Series) -> None:
        if some.height:
            found[name] = int(gone.sum()), some.height

    junk = planted.filter(pl.col("plant") == "junk")
    score("junk dropped", junk, junk.select(~stays).to_series())
    copies = planted.filter((pl.col("plant") == "copy") & pl.col("of").is_in(read.implode()))
    for (kind,), some in sorted(copies.group_by("kind")):
        both = some.select(stays & pl.col("of").is_in(kept.implode())).to_series()
        score(f"copies, {kind}", some, ~both)
    named = planted.filter((pl.col("plant") == "identifier") & stays)
    if named.height and "scrubbed" in built.manifest["marks"]:
        texts = (
            built.rows().join(named.lazy().select("id").unique(), on="id", how="semi").select("id", "text").collect()
        )
        beside = named.join(texts, on="id", how="left", maintain_order="left")
        gone = ~beside["text"].str.contains(beside["value"], literal=True)
        for kind in sorted(set(named["kind"])):
            score(
                f"identifiers, {kind}", some := named.filter(pl.col("kind") == kind), gone.filter(named["kind"] == kind)
            )
            del some
    clean = read.len() - planted["id"].n_unique()
    lost = read.len() - kept.len() - sum(n for name, (n, _) in found.items() if name.startswith(("junk", "copies")))
    found["other rows kept"] = clean - max(0, lost), clean
    return found


# ---- a picture -----------------------------------------------------------------------------------------------------

COLOURS = ("#4c78a8", "#f58518", "#e45756", "#72b7b2", "#9ecae9", "#b279a2", "#54a24b", "#9d9d9d", "#d9d9d9")


def picture(shares: dict[str, dict[str, float]], speeds: dict[str, float], path: Path) -> None:
    """A bar for each chain, cut by where its CPU seconds go."""
    wide, tall, left = 760, 58, 150
    height = 46 + tall * len(shares) + 44
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 30} {height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#fff"/><text x="14" y="24" font-size="15">Where the CPU seconds of a build go</text>',
    ]
    for n, (name, spent) in enumerate(shares.items()):
        y, x, total = 46 + n * tall, float(left), sum(spent.values())
        out.append(
            f'<text x="14" y="{y + 15}">{name}</text><text x="14" y="{y + 32}" fill="#666">{speeds[name]:.3g} MB/CPU s</text>'
        )
        for step, colour in zip(STEPS, COLOURS, strict=True):
            share = spent.get(step, 0.0) / total
            out.append(
                f'<rect x="{x:.1f}" y="{y}" width="{share * wide:.1f}" height="34" fill="{colour}"><title>{STEPS[step]} {share:.1%}</title></rect>'
            )
            if share > 0.045:
                out.append(
                    f'<text x="{x + share * wide / 2:.1f}" y="{y + 22}" text-anchor="middle" fill="#111">{share:.0%}</text>'
                )
            x += share * wide
    x = float(left)
    for step, colour in zip(STEPS, COLOURS, strict=True):
        out.append(
            f'<rect x="{x:.0f}" y="{height - 28}" width="11" height="11" fill="{colour}"/><text x="{x + 15:.0f}" y="{height - 18}" font-size="11">{STEPS[step]}</text>'
        )
        x += 30 + 6.2 * len(STEPS[step])
    path.write_text("\n".join([*out, "</svg>\n"]), "utf-8")


# ---- all of it -----------------------------------------------------------------------------------------------------


def part_of(raw: Path, megabytes: float, folder: Path) -> Path:
    """The first lines of one file of each kind, so many megabytes in all, with the key of what is planted in them."""
    import zstandard

    for kind in corpus.KINDS:
        source = min((raw / kind.name).iterdir())
        (folder / kind.name).mkdir(parents=True)
        wanted = int(megabytes * kind.share * MB)
        if source.suffix == ".zst":
            with source.open("rb") as file:
                told = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read(wanted)
            told = zstandard.ZstdCompressor(level=1).compress(told[: told.rfind(b"\n") + 1])
        else:
            with source.open("rb") as file:
                told = file.read(wanted)
            told = told[: told.rfind(b"\n") + 1]
            if told.count(b'"') % 2 and source.suffix == ".csv":  # amid a cell
                told = told[: told.rfind(b'"') + 1]
        (folder / kind.name / source.name).write_bytes(told)
    return folder


def text_of(root: Path) -> float:
    """Megabytes of text that a build read: what stayed, and of the files of each kind as much as left."""
    from medgo_data import open as open_corpus

    manifest = open_corpus(root, "whole").manifest
    read = sum(source["funnel"][0]["rows_out"] for source in manifest["sources"].values())
    size = open_corpus(root, "whole").rows().select(pl.col("text").str.len_bytes().cast(pl.Int64).sum())
    return float(size.collect(engine="streaming").item()) / MB * read / manifest["rows"]


def main() -> None:
    told = asked(
        __doc__,
        megabytes={"type": float, "help": "of text"},
        scrubbed={"type": float, "help": "of text that are scrubbed, too; 0: none"},
        texts={"help": "real texts, as Parquet with a column text (default: those below MEDGO_REAL_DATA)"},
        growth={"action": "store_true", "help": "build a tenth first, and say what a megabyte costs in either"},
        picture={"type": Path, "help": "where to draw it (SVG)"},
        rates={"type": Path, "help": "where to write what a plan predicts from (JSON)"},
    )
    megabytes, scrubbed = (
        told.megabytes or MEGABYTES.of(told),
        SCRUBBED.of(told) if told.scrubbed is None else told.scrubbed,
    )
    if told.texts is None:  # random letters are no sentences: Clean would drop them all, and nothing be measured
        if not (below := os.environ.get("MEDGO_REAL_DATA")):
            sys.exit(
                "Real sentences are needed: give --texts FILE.parquet, or set MEDGO_REAL_DATA to the folder of them."
            )
        told.texts = f"{below}/bench/dedup.parquet"
    seen: dict[str, Seen] = {}
    splits: dict[str, dict[str, float]] = {}
    found: dict[str, dict[str, tuple[int, int]]] = {}
    sizes: dict[str, float] = {}
    with scratch(told) as folder:
        key = corpus.write(folder / "raw", megabytes, real=told.texts)
        small = part_of(folder / "raw", min(scrubbed or 1, megabytes), folder / "small")
        middle = part_of(folder / "raw", min(MIDDLE, megabytes), folder / "middle")
        starts = []
        for _ in range(2):
            starts.append(build(recipe(folder, middle, None), folder / "out", "--limit", "20").cpu)
            shutil.rmtree(folder / "out")
        start = min(starts)
        if told.growth:
            tenth = corpus.write(folder / "tenth", megabytes / 10, real=told.texts).parent
            seen["a tenth"] = build(recipe(folder, tenth, None), folder / "out")
            shutil.rmtree(folder / "out")
        for name, raw in [("none", folder / "raw"), ("balanced", small), ("high_recall", small)][
            : 3 if scrubbed else 1
        ]:
            policy = None if name == "none" else name
            seen[name] = build(recipe(folder, raw, policy), folder / "out")
            found[name] = recall(key, folder / "out")
            shutil.rmtree(folder / "out")
            splits[name] = apart(split, recipe(folder, middle if name == "none" else small, policy), folder / "split")
            sizes[name] = text_of(folder / "split")
            shutil.rmtree(folder / "split")
    # of the time without loading, which is the same however large the input: what all parts took in one warm process
    speed = {name: sizes[name] / sum(splits[name].values()) for name in splits}
    whole = {name: seen[name].megabytes / seen[name].cpu for name in splits}
    # of a megabyte, but for what is loaded once
    cost = {name: (one.cpu - start) / one.megabytes for name, one in seen.items()}
    growth = cost["none"] / cost["a tenth"] if told.growth else None
    rows = [
        (
            name,
            seen[name].megabytes,
            seen[name].cpu,
            seen[name].wall,
            whole[name],
            speed[name],
            WANTED[name],
            seen[name].gigabytes,
        )
        for name in splits
    ]
    tell(
        f"the whole pipeline at >= {WANTED['none']:.0f} MB in a CPU second, {WANTED['balanced']} scrubbed with balanced, {WANTED['high_recall']} with high_recall",
        ("scrubbed with", "MB", "CPU s", "wall s", "MB/CPU s", "without loading", "wanted", "GB, most"),
        rows,
        met=all(speed[name] >= WANTED[name] for name in speed)
        and seen["none"].gigabytes <= MOST_MEMORY
        and (growth or 0) <= GROWTH,
        megabytes=round(seen["none"].megabytes),
        mb_per_cpu_s={name: round(value, 2) for name, value in whole.items()},
        mb_per_cpu_s_warm={name: round(value, 2) for name, value in speed.items()},
        peak_gb={name: round(one.gigabytes, 2) for name, one in seen.items()},
        start_cpu_s=round(start, 2),
        growth=growth and round(growth, 3),
        disk_mb={name: {what: round(mb) for what, mb in one.disk.items()} for name, one in seen.items()},
        split={name: {what: round(s, 2) for what, s in spent.items()} for name, spent in splits.items()},
        found={name: {what: f"{n}/{of}" for what, (n, of) in one.items()} for name, one in found.items()},
    )
    for name, spent in splits.items():
        total = sum(spent.values())
        print(f"\n{name}: " + ", ".join(f"{STEPS[step]} {spent.get(step, 0) / total:.0%}" for step in STEPS))
        print("  " + ", ".join(f"{what} {n / max(1, of):.1%} of {of:,}" for what, (n, of) in found[name].items()))
    if told.picture:
        picture(
            {LABELS[name]: spent for name, spent in splits.items()},
            {LABELS[name]: speed[name] for name in speed},
            told.picture,
        )
    if told.rates:
        told.rates.write_text(json.dumps(rates(splits, sizes, seen, start), indent=2) + "\n", "utf-8")


LABELS = {"none": "not scrubbed", "balanced": "balanced", "high_recall": "high_recall"}


def rates(
    splits: dict[str, dict[str, float]], sizes: dict[str, float], seen: dict[str, Seen], start: float
) -> dict[str, Any]:
    """What a plan predicts from: CPU seconds for a megabyte, by step, and what lies on disk for it meanwhile."""
    told = {step: round(splits["none"].get(step, 0.0) / sizes["none"], 6) for step in STEPS if step != "scrub"}
    for policy in ("balanced", "high_recall"):
        told[f"scrub {policy}"] = round(splits[policy]["scrub"] / sizes[policy], 6)
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return {
        "machine": f"{os.cpu_count()} cores of {model}",
        "measured": datetime.now(UTC).date().isoformat(),
        "megabytes": round(seen["none"].megabytes),
        "load": round(os.getloadavg()[0], 1),
        "cpu_seconds_a_mb": told,
        "disk_mb_a_mb": {what: round(seen["none"].disk[what] / seen["none"].megabytes, 4) for what in DISK},
        "memory_gb_a_worker": {name: round(seen[name].gigabytes / WORKERS, 2) for name in splits},
        "start_cpu_seconds": round(start / (WORKERS + 1), 2),
    }


if __name__ == "__main__":
    main()
