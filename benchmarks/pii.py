"""Identifiers in clinical texts: what is found, what is hidden wrongly, and how fast, beside everything else that Python has for Chinese.

``--bench`` names labelled texts: JSON Lines of text and spans, or sheets as those in wards/, which are read where none are named.
An identifier counts as covered if all of it is hidden, by whatever type; precision is the share of the hidden characters
that belong to one. ``--input`` names real texts for the speed, in place of invented ones. Each peer runs in an environment of
its own, which is made the first time. What its models would find, if they were downloaded, is not counted.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from common import ONE_THREAD, Size, apart, asked, command, scratch, tell, texts
from peers import environment, script

HERE = Path(__file__).parent
POLICIES = ("high_recall", "balanced")
PEERS = ("data-juicer", "datatrove", "presidio", "openmed", "jionlp", "datamask", "privyscope")
SPEED = Size(4000, 400)  # texts
RECALL, NAMES, LEAST, PRECISION = 0.97, 0.95, 0.93, 0.90  # of high_recall: all, names, each type; and characters
TOUCHED = 0.03  # of the texts without an identifier
FASTER = 5  # than Presidio alone with the same rules
LABELLED = re.compile(r"⟦([A-Z_0-9]+)\|([^⟧]*)⟧")
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Text:
    said: str
    labels: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Outcome:
    covered: dict[str, tuple[int, int]]  # by type: how many, of how many
    precision: float
    touched: int  # texts without an identifier, of which something was hidden
    clean: int

    @property
    def recall(self) -> float:
        return sum(n for n, _ in self.covered.values()) / max(1, sum(of for _, of in self.covered.values()))


def main() -> None:
    told = asked(
        __doc__,
        bench={"nargs": "*", "type": Path, "help": "labelled texts (default: wards/*.txt)"},
        input={"type": Path, "help": "Parquet with text, for the speed"},
        peers={"nargs": "*", "choices": PEERS, "default": PEERS, "help": "those to run beside"},
    )
    benches = [read(path) for path in told.bench or sorted((HERE / "wards").glob("*.txt"))]
    some = [text for bench in benches for text in bench]
    real = _real(told.input, SPEED.of(told))
    size = sum(map(len, real))
    rows: list[tuple[Any, ...]] = []
    outcomes: dict[str, Outcome] = {}
    speeds: dict[str, float] = {}
    with scratch(told) as folder:
        for policy in POLICIES:
            found, told_speeds = apart(_medgo, policy, [text.said for text in some], real)
            outcomes[policy] = judged(some, found)
            speeds |= told_speeds
        for peer in told.peers:
            answer = _peer(peer, [text.said for text in some], folder)
            outcomes[peer] = judged(some, answer[0])
            speeds[peer] = size / _peer(peer, real, folder)[1]
    best = outcomes["high_recall"]
    for name, outcome in outcomes.items():
        people = outcome.covered.get("PERSON", (0, 1))
        clean = f"{outcome.touched} of {outcome.clean}"
        rows.append((name, outcome.recall, people[0] / people[1], outcome.precision, clean, speeds[name]))
    kinds = [
        (kind, of, *(_share(one, kind) for one in outcomes.values())) for kind, (_, of) in sorted(best.covered.items())
    ]
    ratio = speeds["balanced"] / speeds["balanced, Presidio alone"]
    least = min(n / of for n, of in best.covered.values())
    met = (
        best.recall >= RECALL
        and best.covered["PERSON"][0] >= NAMES * best.covered["PERSON"][1]
        and least >= LEAST
        and best.precision >= PRECISION
        and best.touched <= TOUCHED * best.clean
        and ratio >= FASTER
    )
    tell(
        f"of the identifiers {RECALL:.0%} are covered, of each type {LEAST:.0%}; {PRECISION:.0%} of what is hidden is one; {FASTER} x Presidio",
        ("", "covered", "names", "precision", "clean texts touched", "characters a CPU second"),
        rows,
        met=met,
        texts=len(some),
        covered={name: round(one.recall, 4) for name, one in outcomes.items()},
        precision={name: round(one.precision, 4) for name, one in outcomes.items()},
        speed={name: round(speed) for name, speed in speeds.items()},
        faster=round(ratio, 1),
    )
    print()
    for line in [("type", "labels", *outcomes), *kinds]:
        print("  ".join(str(cell).ljust(18 if not n else 11) for n, cell in enumerate(line)))


# ---- labelled texts ------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Text]:
    """Labelled texts, from JSON Lines or from a sheet: ``%% genre`` above each, and ⟦TYPE|value⟧ within."""
    if path.suffix == ".jsonl":
        told = map(json.loads, path.read_text("utf-8").splitlines())
        return [Text(one["text"], tuple((s["start"], s["end"], s["type"]) for s in one["spans"])) for one in told]
    return [
        _unlabelled(said.partition("\n")[2].strip("\n"))
        for said in re.split(r"^%% ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    ]


def _unlabelled(said: str) -> Text:
    pieces, labels, size, last = [], [], 0, 0
    for found in LABELLED.finditer(said):
        pieces += [said[last : found.start()], found[2]]
        size += found.start() - last
        labels.append((size, size + len(found[2]), found[1]))
        size += len(found[2])
        last = found.end()
    return Text("".join([*pieces, said[last:]]), tuple(labels))


def judged(some: Sequence[Text], found: Iterable[Spans]) -> Outcome:
    covered, labels = Counter[str](), Counter[str]()
    hidden = right = touched = 0
    for text, spans in zip(some, found, strict=True):
        mask = {place for start, end in spans for place in range(start, end)}
        true = {place for start, end, _ in text.labels for place in range(start, end)}
        for start, end, kind in text.labels:
            labels[kind] += 1
            covered[kind] += mask.issuperset(range(start, end))
        hidden, right = hidden + len(mask), right + len(mask & true)
        touched += bool(mask) and not text.labels
    clean = sum(not text.labels for text in some)
    return Outcome({kind: (covered[kind], of) for kind, of in labels.items()}, right / max(1, hidden), touched, clean)


def _share(outcome: Outcome, kind: str) -> str:
    n, of = outcome.covered[kind]
    return f"{n / of:.3f}"


# ---- who searches --------------------------------------------------------------------------------------------------


def _medgo(policy: str, said: list[str], real: list[str]) -> tuple[list[Spans], dict[str, float]]:
    """What is found in the labelled texts; and of the real ones characters in a CPU second: of all, of rules, of Presidio alone."""
    from medgo_data.pii.engine import Failed, find, plain, ruled
    from medgo_data.pii.fold import Column

    told = find(said, policy)
    if failed := {spans for spans in told if isinstance(spans, Failed)}:
        raise SystemExit(f"texts could not be searched to their end: {failed}")
    found = [[(span.start, span.end) for span in spans] for spans in told if not isinstance(spans, Failed)]
    batches = [real[first : first + 4096] for first in range(0, len(real), 4096)]
    few = real[: max(20, len(real) // 20)]
    ways: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        policy: (lambda batch: find(batch, policy), batches),
        f"{policy}, rules": (lambda batch: ruled(Column(batch), policy, {}), batches),
        f"{policy}, Presidio alone": (lambda text: plain(text, policy), few),
    }
    speeds = {}
    for way, (search, some) in ways.items():
        for one in some:
            search(one)  # the rules that are needed are compiled
        began = time.process_time()
        for one in some:
            search(one)
        size = sum(map(len, few if some is few else real))
        speeds[way] = size / (time.process_time() - began)
    return found, speeds


def _peer(peer: str, said: Sequence[str], folder: Path) -> tuple[list[Spans], float]:
    source, target = folder / "texts.jsonl", folder / "spans.jsonl"
    source.write_text("".join(json.dumps(text) + "\n" for text in said), "utf-8")
    spent = command(environment(peer), script(peer, "pii"), source, target, env=ONE_THREAD)
    found = [[(start, end) for start, end in json.loads(line)] for line in target.read_text("utf-8").splitlines()]
    return found, json.loads(spent.out.splitlines()[-1])["seconds"]


def _real(path: Path | None, count: int) -> list[str]:
    if path is None:
        return pl.Series(texts(count, 1, foreign=0.02)).to_list()
    docs = pl.read_parquet(path, columns=["text"])["text"]
    return docs.sample(min(count, len(docs)), seed=0).to_list()


if __name__ == "__main__":
    main()
