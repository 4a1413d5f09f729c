"""medgo-data: build corpora, and ask them what they are made of."""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from medgo_data import again, cli_review, compare, forecast, keys, recipe, schema, show, why
from medgo_data import build as build_corpus
from medgo_data import plan as plan_corpus
from medgo_data.build import Slice
from medgo_data.build import share as share_corpus
from medgo_data.clean.quality import FitError
from medgo_data.cli_review import positive
from medgo_data.corpus import ClashError, Corpus, GateError
from medgo_data.engine import Engine, Here, Local, WorkerLostError, cores
from medgo_data.far import PlaceError
from medgo_data.forget import Request, UnknownError, sentences
from medgo_data.forget import forget as forget_rows
from medgo_data.keys import SecretError
from medgo_data.part import ChangedError, StageError
from medgo_data.place import place
from medgo_data.ray import ClusterError, Ray
from medgo_data.review.audit import AuditError
from medgo_data.review.room.items import ItemError
from medgo_data.review.room.ledger import LedgerError
from medgo_data.review.written import CITED, SECTION
from medgo_data.show import say
from medgo_data.stage import AskingError, Budget, Forecast, LawError, Stage, Survey
from medgo_data.store import Built, Store, StoreError, write_json
from medgo_data.verdict import VerdictError

KNOWN = (
    StoreError,
    recipe.RecipeError,
    schema.SchemaError,
    LawError,
    StageError,
    GateError,
    ChangedError,
    WorkerLostError,
    ClusterError,
    ClashError,
    FitError,
    AuditError,
    SecretError,
    AskingError,
    VerdictError,
    ItemError,
    LedgerError,
    OSError,
)


def main(argv: list[str] | None = None) -> NoReturn:
    """Run one command; 0 if all is well, 1 with a sentence if it is not, 2 for a command that cannot be understood."""
    told = _parser().parse_args(argv)
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # every core has a process of its own to do
        os.environ.setdefault(threads, "1")
    _speak(quiet=getattr(told, "quiet", False))
    try:
        code = told.run(told)
        sys.stdout.flush()
    except BrokenPipeError:  # somebody has read enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KNOWN as wrong:
        say_wrong(
            f"{wrong.filename}: {wrong.strerror}" if isinstance(wrong, OSError) and wrong.filename else str(wrong)
        )
        if os.environ.get("MEDGO_SHOW_ROWS"):
            traceback.print_exception(wrong)
        code = 1
    except KeyboardInterrupt:
        say_wrong("stopped. What was finished is kept; run again to go on.")
        code = 130
    sys.exit(code or 0)


# ---- commands ------------------------------------------------------------------------------------------------------


def build(told: argparse.Namespace) -> int:
    """Build one corpus of a recipe, or all of them in their order."""
    with _engine(told) as engine:
        for corpus in _asked(told):
            if told.slice:
                done = _share(corpus, engine, told)
                say(str(done)) if done else None
                continue
            folder = build_corpus(
                corpus,
                told.root,
                engine,
                patient=told.wait,
                progress=BAR if BAR.out.isatty() else None,
                budget=told.budget,
                killers=told.killers,
            )
            BAR.clear()
            say(str(folder))
    return 0


@contextmanager
def _engine(told: argparse.Namespace) -> Iterator[Engine]:
    """Where the command's work runs; it is ended with the command, and the bar with it."""
    made: Here | Local | Ray
    if told.engine == "here":
        made = Here()
    elif told.engine == "ray":
        made = Ray(told.address, told.workers)
    else:
        made = Local(told.workers or cores())
    try:
        yield made
    finally:
        BAR.clear()
        if not isinstance(made, Here):
            made.close()


def _share(corpus: Corpus, engine: Engine, told: argparse.Namespace) -> Path | None:
    """A slice of a corpus; the folder of the version, if this was the last one."""
    progress = BAR if BAR.out.isatty() else None
    return share_corpus(corpus, told.root, engine, told.slice, progress=progress, killers=told.killers)


def launch(told: argparse.Namespace) -> int:
    """Write what builds a recipe on a cluster that has Slurm and no Ray: an array of tasks that share the parts."""
    from medgo_data import launch as scripts

    job = scripts.Job(told.recipe, told.root, told.tasks, cpus=told.cpus, limit=told.limit, sbatch=tuple(told.sbatch))
    for path in scripts.write(job, scripts.rounds(_asked(told)), told.into):
        say(str(path))
    return 0


def plan(told: argparse.Namespace) -> int:
    """What build would do: which parts are there, how much is still to be read, and what asking models would take."""
    if told.cores:
        return _predict(told)
    if not told.recipe:
        raise recipe.RecipeError("plan wants a recipe, or --cores N for how long corpora of any size would take.")
    steps = list(dict.fromkeys(step for corpus in _asked(told) for step in plan_corpus(corpus, told.root)))
    if told.json:
        return dump([vars(step) | {"asks": step.asks and vars(step.asks)} for step in steps])
    rows = [
        (
            s.corpus,
            s.doing,
            "?" if s.parts is None else s.parts,
            s.reused,
            "after that" if s.bytes is None else show.size(s.bytes),
        )
        for s in steps
    ]
    say(show.table(("corpus", "pass", "parts", "there already", "still to read"), rows))
    for step in steps:
        if step.asks:
            say(f"{step.corpus}: {step.doing} {_forecast(step.asks)}.")
    if later := list(dict.fromkeys(step.corpus for step in steps if step.asking and step.bytes is None)):
        them = f"{', '.join(later)} would ask a model. How much is known once what {'it stands' if len(later) == 1 else 'they stand'} on"
        say(f"{them} is built; build --budget 0 goes that far, and pays nothing.")
    return 0


def _predict(told: argparse.Namespace) -> int:
    """How long, on which machines: by the rates that medgo comes with, and by those of the largest build below the root."""
    on = forecast.Cluster(
        cores=told.cores,
        nodes=told.nodes,
        memory=told.memory or 0.0,
        disk=told.disk,
        network=told.network,
        price=told.price,
    )
    by, own = forecast.shipped(), forecast.own(Store(told.root))
    found = forecast.lines(told.tokens, on, by)
    if told.json:
        return dump(
            {
                "rates": by.said_by,
                "predicted": [vars(one) for one in found],
                "own": own and dict(zip(("corpus", "core_seconds_a_mb"), own, strict=True)),
            }
        )
    say(show.table(forecast.HEAD, [forecast.row(one) for one in found]))
    say(f"By what was measured on {by.said_by}; docs/scale.md says what is assumed.")
    for sentence in dict.fromkeys(w for one in found for w in forecast.warnings(one, on)):
        say(sentence)
    if own:
        corpus, seconds = own
        hours = [f"{forecast.hours(count, seconds, on):,.2f} hours for {count:,.0f} tokens" for count in told.tokens]
        say(f"As {corpus} was built here, at {seconds:.3g} core-seconds for a MB of raw files: {', '.join(hours)}.")
    return 0


def _forecast(asks: Forecast) -> str:
    cost = f" and {asks.cost:,.2f}, at most {asks.most_tokens:,} and {asks.most_cost:,.2f}" if asks.most_cost else ""
    kept = f", {asks.kept:,} of which are answered already" if asks.kept else ""
    return (
        f"would ask {asks.calls:,} times{kept}: about {asks.tokens:,} tokens{cost or f', at most {asks.most_tokens:,}'}"
    )


def ls(told: argparse.Namespace) -> int:
    """Every version of every corpus, the current one marked with a star."""
    store = Store(told.root)
    found = [(k == 0, built) for name in store.names() for k, built in enumerate(store.versions(name))]
    if told.json:
        keys = ("name", "fingerprint", "content", "rows", "chars", "bytes", "gives", "marks")
        return dump([{"current": current} | {k: b.manifest[k] for k in keys} for current, b in found])
    rows = [
        (
            f"{'*' if current else ' '} {b.full_name}",
            b.manifest["rows"],
            b.manifest["chars"],
            show.size(b.manifest["bytes"]),
            len(b.shards),
            b.manifest["gives"]["schema"],
            ", ".join([*["not scrubbed"] * ("scrubbed" not in b.manifest["marks"]), *b.manifest["marks"]]),
        )
        for current, b in found
    ]
    say(
        show.table(("corpus", "rows", "characters", "size", "shards", "schema", "marks"), rows)
        if rows
        else f"nothing was built below {told.root}"
    )
    return 0


def funnel(told: argparse.Namespace) -> int:
    """Rows in, born, dropped by reason and out, stage by stage."""
    built = _find(told, told.corpus)
    funnels = {"": built.manifest["funnel"]}
    if told.by_source:
        funnels = {name: of["funnel"] for name, of in built.manifest["sources"].items()}
    if told.json:
        return dump(built.manifest["categories"] if told.by_category else funnels if told.by_source else funnels[""])
    rows: list[list[Any]] = []
    for name, lines in funnels.items():
        for line in lines:
            source = [name] if told.by_source else []
            rows.append(
                [
                    *source,
                    line["stage"],
                    line["rows_in"],
                    line["born"],
                    sum(line["dropped"].values()),
                    line["rows_out"],
                    "",
                ]
            )
            for reason, count in sorted(line["dropped"].items(), key=lambda item: -item[1]):
                rows.append([*source, "", None, None, count, None, reason])
            for kind, count in sorted(line["masked"].items(), key=lambda item: -item[1]):
                rows.append([*source, "", None, None, None, None, f"{kind} masked: {count:,}"])
            for what, much in line["asked"].items():
                if not what.startswith((SECTION, CITED)):  # of which the card has a table
                    rows.append([*source, "", None, None, None, None, _much(what, much)])
    head = ["source"] if told.by_source else []
    say(f"{built.full_name}\n" + show.table([*head, "stage", "in", "born", "dropped", "out", "reason"], rows))
    if told.by_category:
        say("\n" + _by_category(built.manifest))
    return 0


def _much(what: str, much: float) -> str:
    """What asking took: whole numbers but for money."""
    return f"{what.replace('_', ' ')}: {f'{much:,.4f}' if what == 'cost' else f'{much:,.0f}'}"


def _by_category(manifest: dict[str, Any]) -> str:
    """How much there is of each kind of material, in rows, characters and, where they were counted, tokens."""
    how = ", ".join(mark for mark in manifest["marks"] if mark.startswith("tokens"))
    rows = [
        [name or "-", kind["rows"], kind["chars"], kind["counts"].get("tokens")]
        for name, kind in manifest["categories"].items()
    ]
    counted = [row[3] for row in rows if row[3] is not None]
    rows.append(["all", manifest["rows"], manifest["chars"], sum(counted) if counted else None])
    heads = ["category", "rows", "characters", how or "tokens"]
    return show.table(heads, rows) if counted else show.table(heads[:3], [row[:3] for row in rows])


def explain(told: argparse.Namespace) -> int:
    """The life of one row."""
    fates = why.why(Store(told.root), told.row)
    raw = why.raw_record(recipe.corpora(told.raw), told.row) if told.raw else None
    if told.json:
        lives = [vars(fate) for fate in fates]
        dump({"fates": lives, "raw": raw} if raw else lives)
    else:
        origin = why.Origin.of(told.row)
        say(
            f"{told.row}\nraw file {origin.file} of source {origin.source}, slice {origin.slice}, record {origin.record}"
        )
        for fate in fates:
            say(why.sentence(fate))
        if raw:
            dump(raw)
    return 0


def diff(told: argparse.Namespace) -> int:
    """What changed from one version to another: recipe, inputs, rows and reasons."""
    changed = compare.difference(_find(told, told.a), _find(told, told.b))
    if told.json:
        return dump(changed)
    say(" → ".join(changed.pop("versions")))
    for what, values in changed.items():
        say(f"\n{what}: " + ("the same" if not values else ""))
        if values:
            rows = [
                (name, _short(before), _short(after), _more(before, after)) for name, (before, after) in values.items()
            ]
            say(show.table(("", "before", "after", ""), rows))
    return 0


def sample(told: argparse.Namespace) -> int:
    """Some rows to look at, drawn by lot."""
    built = _find(told, told.corpus)
    _may_be_shown(built, told)
    built.check()
    total = built.manifest["rows"]
    drawn = sorted(random.Random(told.seed).sample(range(total), min(told.n, total)))  # noqa: S311
    start = 0
    for shard in built.manifest["shards"]:
        mine = [row - start for row in drawn if start <= row < start + shard["rows"]]
        start += shard["rows"]
        for row in pl.read_parquet(built.folder / shard["file"])[mine].iter_rows(named=True) if mine else ():
            say(json.dumps(row, ensure_ascii=False) if told.json else _readable(row))
    return 0


def _may_be_shown(built: Built, told: argparse.Namespace) -> None:
    if "scrubbed" not in built.manifest["marks"] and not told.unscrubbed:
        raise GateError(
            f"{built.full_name} was not scrubbed, so its rows may name patients. Show rows of a corpus that has passed Scrub, "
            f"or say --unscrubbed if you may see them."
        )


def pairs(told: argparse.Namespace) -> int:
    """Rows that went because they were like another, beside the row that stayed, on one page."""
    from medgo_data.letters import view
    from medgo_data.review import pairs as drawn

    store = Store(told.root)
    built = store.find(told.corpus).check(store.digests())
    steps = drawn.steps(built, told.each, told.seed)
    if not steps:
        raise StoreError(
            f"no row of {built.full_name} went because of another row of it, so there are no pairs to show."
        )
    corpus = again.behind(store, built, recipe.corpora(told.raw))
    stages = {line["stage"]: k for k, line in enumerate(built.manifest["funnel"][1:])}
    scrubbed = all(_scrubbed_before(corpus, stages[step.stage]) for step in steps)
    if not scrubbed and not told.unscrubbed:
        raise GateError(
            f"{built.full_name} was not scrubbed before {steps[0].stage}, so the texts may name patients. "
            f"Put Scrub before it, or say --unscrubbed if you may see them."
        )
    steps = _with_texts(steps, store, built, corpus)
    path = told.out or built.folder.with_name(f"{built.folder.name}.pairs.html")
    path.write_text(drawn.pairs(built, steps, view, scrubbed=scrubbed), "utf-8")
    say(str(path))
    return 0


def audit(told: argparse.Namespace) -> int:
    """Draw rows of a scrubbed corpus for a physician to read, or say what the verdicts promise of all of it."""
    from medgo_data.review import audit as drawn

    store = Store(told.root)
    built = store.find(told.corpus)
    if "scrubbed" not in built.manifest["marks"]:
        raise GateError(
            f"{built.full_name} was not scrubbed, so there is nothing to audit, and its rows may name patients. "
            f"Put Scrub among its stages, and build it again."
        )
    built.check(store.digests())
    folder = told.out or built.folder.with_name(f"{built.folder.name}.audit")
    if told.verdicts:
        return _residual(built, folder, told)
    wanted = f"the record of what was masked ({drawn.SPANS}, which --no-spans leaves out)"
    key = keys.secret(wanted) if not told.no_spans or any(map(os.environ.get, (keys.KEY, keys.FILE))) else None

    def coded(row: str) -> str:
        return f"d_{keys.code(key, 'document', row)[:24]}" if key else row

    sample = drawn.draw(built, told.rows, told.seed, coded, key=keys.name(key) if key else None)
    there = folder / drawn.SAMPLE
    if there.is_file() and sample.told["sample"] not in there.read_text("utf-8", "replace"):
        raise AuditError(
            f"{there} is of another sample, and somebody may be reading its page. Give another --out, or remove that folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / drawn.PAGE).write_text(drawn.page(sample, drawn.kept(built)), "utf-8")
    write_json(there, sample.told)
    if not told.no_spans:
        drawn.write_spans(built, coded, folder / drawn.SPANS)
    say(str(folder / drawn.PAGE))
    return 0


def _residual(built: Built, folder: Path, told: argparse.Namespace) -> int:
    """What the verdicts say, on the terminal, as JSON and as a page."""
    from medgo_data.review import report, residual, verdicts

    sample = verdicts.sample_of(built, folder)
    found = residual.report(built, sample, *verdicts.read(told.verdicts, sample))
    write_json(folder / "report.json", found)
    (folder / "report.html").write_text(report.page(found), "utf-8")
    say(built.full_name)
    for _, sentence in report.sentences(found):
        say(sentence)
    for heading, heads, rows in report.tables(found):
        say(f"\n{heading}\n{show.table(heads, rows)}")
    say(f"\n{folder / 'report.html'}")
    return 0


def _scrubbed_before(corpus: Corpus, stage: int) -> bool:
    return "scrubbed" in Corpus(corpus.name, corpus.inputs, corpus.stages[:stage]).marks


def _with_texts(steps: list[Any], store: Store, built: Built, corpus: Corpus) -> list[Any]:
    """Pairs of rows with what they said as they came to the stage that told them alike."""
    stages = {line["stage"]: k for k, line in enumerate(built.manifest["funnel"][1:])}
    found = []
    for step in steps:
        before, stage = corpus.stages[: stages[step.stage]], corpus.stages[stages[step.stage]]
        rows = {row for pair in step.pairs for row in (pair.id, pair.kept)}
        texts = _texts(again.met(store, built, corpus, len(before), rows), stage)
        surveys = [each.name for each in before if isinstance(each, Survey)]
        found.append(replace(step, texts=texts, bands=_bands(stage), not_repeated=surveys))
    return found


def _texts(batches: Iterator[pl.DataFrame], stage: Stage) -> dict[str, Any]:
    """What each row says, as far as it is compared on a page."""
    from medgo_data.review.pairs import LONGEST, Text
    from medgo_data.value import said

    found: dict[str, Text] = {}
    for docs in batches:
        values = said(docs[getattr(stage, "column", "text")])
        chars = zip(values.str.head(LONGEST), values.str.len_chars(), strict=True)
        found |= {row: Text(*told) for row, told in zip(docs["id"], chars, strict=True)}
    return found


def _bands(stage: Stage) -> Any:
    """How rows meet at a stage, if they do so by chance."""
    from medgo_data.dedup.bands import chance
    from medgo_data.review.pairs import Bands

    bands, rows = getattr(stage, "bands", (0, 0))
    at_least = getattr(stage, "at_least", None)
    return Bands(at_least, bands, rows, lambda alike: float(chance(alike, bands, rows))) if bands and at_least else None


def verify(told: argparse.Namespace) -> int:
    """Read every byte again and compare it with what was built."""
    bad = 0
    for built in _found(told):
        damages = list(built.damages())
        for damage in damages:
            say(f"{damage}. Build {built.name} again: only what is damaged will be done anew.")
        bad += bool(damages)
        if not damages:
            shards = (
                "1 shard and its ledger"
                if len(built.shards) == 1
                else f"{len(built.shards):,} shards and their ledgers"
            )
            say(f"{built.full_name}: {shards} are what was built")
    return 1 if bad else 0


def lock(told: argparse.Namespace) -> int:
    """Pin the current versions in a file, or check that they are the pinned ones."""
    store = Store(told.root)
    if told.check:
        unlike = compare.unlike(told.file, {name: store.find(name) for name in store.names()})
        say("\n".join(unlike) or f"everything that {told.file} pins stands below {told.root}")
        return 1 if unlike else 0
    built = [one.check() for one in _found(told)]
    compare.write_lock(told.file, built)
    say(f"{told.file} pins {', '.join(one.full_name for one in built)}")
    return 0


def forget(told: argparse.Namespace) -> int:
    """Take rows, or all rows about a subject, out of every corpus for good, and prove it."""
    asked = Request(
        rows=[*told.rows, *_listed(told.rows_file)],
        subjects=[*told.subjects, *_listed(told.subjects_file)],
        missing_ok=told.missing_ok,
        purge=told.purge,
        patient=told.wait,
    )
    progress = BAR if BAR.out.isatty() else None
    try:
        with _engine(told) as engine:
            proof = forget_rows(recipe.corpora(told.recipe), told.root, asked, engine, progress)
    except UnknownError as unknown:
        say_wrong(str(unknown))
        return 2
    say("\n".join(sentences(proof)))
    return 0


def _listed(file: Path | None) -> list[str]:
    """The lines of a file that are not blank."""
    lines = file.read_text("utf-8-sig").splitlines() if file else []
    return [line.strip() for line in lines if line.strip()]


def card(told: argparse.Namespace) -> int:
    """One page about a version, with plots, for a browser or an e-mail."""
    from medgo_data.review.card import card as page

    built = _find(told, told.corpus)
    if told.gallery:
        return _gallery(built, told)
    path = told.out or built.folder.with_suffix(".html")
    path.write_text(page(built), "utf-8")
    say(str(path))
    return 0


def _gallery(built: Built, told: argparse.Namespace) -> int:
    """Rows to look at beside the card: those that stayed, and with a recipe those that left."""
    from medgo_data.letters import view
    from medgo_data.review import audit, gallery, pairs

    _may_be_shown(built, told)
    store = Store(told.root)
    built.check(store.digests())
    sample = audit.draw(built, told.rows, told.seed, str, key=None)
    gone = gallery.left(built, told.each, told.seed)
    texts: dict[str, dict[str, Any]] = {}
    steps: list[Any] = []
    if told.raw:
        corpus = again.behind(store, built, recipe.corpora(told.raw))
        stages = {line["stage"]: k for k, line in enumerate(built.manifest["funnel"][1:])}
        for one in gone:
            if one.stage in stages and (told.unscrubbed or _scrubbed_before(corpus, stages[one.stage])):
                for docs in again.met(store, built, corpus, stages[one.stage], one.drawn):
                    texts |= {row["id"]: row for row in docs.to_dicts()}
        shown = [
            s
            for s in pairs.steps(built, told.each, told.seed)
            if told.unscrubbed or _scrubbed_before(corpus, stages[s.stage])
        ]
        steps = _with_texts(shown, store, built, corpus)
    path = told.out or built.folder.with_name(f"{built.folder.name}.gallery.html")
    path.write_text(gallery.gallery(built, sample, gone, texts, pairs.sections(steps, view)), "utf-8")
    say(str(path))
    return 0


def replies(told: argparse.Namespace) -> int:
    """The replies of models that were kept, as a file with which a build can be replayed without them."""
    from medgo_data.synth import replies as kept

    file = Store(told.root).own / "replies.sqlite"
    if not told.add and not file.is_file():
        raise kept.RecordedError(f"below {told.root} no model was asked yet, so there are no replies")
    there = kept.Replies(file)
    try:
        many = there.add(told.add) if told.add else kept.write(told.out, there.told(told.made_by))
    finally:
        there.close()
    say(f"{many:,} replies of {told.add} are kept in {file}" if told.add else f"{told.out} holds {many:,} replies")
    return 0


def fit_names(told: argparse.Namespace) -> int:
    """Learn again, from invented texts alone, who is named in a text: the weights of Scrub's own tagger."""
    import time
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise FitError("fit-names needs torch, which is not installed: pip install 'medgo[train]'")
    from medgo_data.pii import fit, tagger

    if not told.out.parent.is_dir():
        raise FitError(
            f"there is no folder {told.out.parent} to write {told.out.name} into. Make it, or give another --out."
        )
    if told.steps < 1:
        raise FitError(f"--steps {told.steps}: to learn takes 1 step at the least, and 4500 to learn well")
    began, shown = time.monotonic(), sys.stderr.isatty()

    def tell(step: int, loss: float) -> None:
        if shown and (step % 10 == 0 or step == told.steps):
            left = show.duration((time.monotonic() - began) / step * (told.steps - step))
            end = "\n" if step == told.steps else ""
            sys.stderr.write(f"\rstep {step:,} of {told.steps:,}  loss {loss:.4f}  {left} left  {end}")

    fit.fit(told.out, seed=told.seed, steps=told.steps, tell=tell)
    say(f"{told.out} holds the weights. Those that Scrub reads are {tagger.WEIGHTS}")
    return 0


def fit_quality(told: argparse.Namespace) -> int:
    """Learn from examples what Quality is to keep, and what it is to drop."""
    from medgo_data.clean import fit

    if not told.out.parent.is_dir():
        raise FitError(
            f"there is no folder {told.out.parent} to write {told.out.name} into. Make it, or give another --out."
        )
    texts = fit.drawn((docs for good in (True, False) for docs in _examples(told, good=good)), told.seed)
    fitted = fit.fit(texts, seed=told.seed)
    fitted.model.save(told.out)
    tested, advised = fitted.tested, fit.advice(fitted.tested)
    say("Each text below was judged by a model that had seen nothing of its file.\n")
    say(
        show.table(
            ("file", "", "texts", "AUC"), [(*row[:3], f"{row[3]:.3f}") for row in fit.by_origin(tested).head(20).rows()]
        )
    )
    shares = [(f"{at:.2f}", f"{kept:.1%}", f"{dropped:.1%}") for at, kept, dropped in fit.thresholds(tested).rows()]
    say("\n" + show.table(("at_least", "good kept", "bad dropped"), shares))
    overall = fit.auc(tested["quality"].to_numpy(), tested["good"].to_numpy())
    say(
        f'\nAUC {overall:.3f} over {tested.height:,} texts. Use it with: Quality(model="{told.out}", at_least={advised})'
    )
    return 0


def _examples(told: argparse.Namespace, *, good: bool) -> Iterator[pl.DataFrame]:
    from medgo_data.clean import fit
    from medgo_data.sources.works import Works

    side, files = ("good", told.good) if good else ("bad", told.bad)
    works = Works(name=side, files=files, license="unknown", fields={"text": told.column}, longest=fit.LONGEST)
    for raw in works.raw:
        found, refused = 0, Counter[str]()
        for docs in (docs for piece in works.pieces(raw) for docs in works.read(piece)):
            refused.update(docs["drop"].drop_nulls())
            made = fit.examples(raw.name, docs.filter(pl.col("drop").is_null())["text"], good=good)
            found += made.height
            yield made
        if not found:
            why = ", ".join(sorted(refused)) or "it is empty"
            logging.getLogger("medgo_data").warning("%s: no text in it (%s)", raw.path, why)


# ---- what they share -----------------------------------------------------------------------------------------------

BAR = show.Bar()


def say_wrong(text: str) -> None:
    print(f"medgo-data: {text}", file=sys.stderr)  # noqa: T201


def dump(thing: Any) -> int:
    say(json.dumps(thing, ensure_ascii=False, indent=1, default=list))
    return 0


class Sentences(logging.Handler):
    """Sentences of the builder go to stderr, and the bar makes way for them."""

    def emit(self, record: logging.LogRecord) -> None:
        BAR.clear()
        print(record.getMessage(), file=sys.stderr)  # noqa: T201


def _speak(*, quiet: bool) -> None:
    log = logging.getLogger("medgo_data")
    log.handlers = [Sentences()]
    log.setLevel(logging.WARNING if quiet else logging.INFO)


def _asked(told: argparse.Namespace) -> list[Any]:
    return [c.limited(told.limit) if told.limit else c for c in recipe.corpora(told.recipe)]


def _find(told: argparse.Namespace, name: str) -> Built:
    return Store(told.root).find(name)


def _found(told: argparse.Namespace) -> list[Built]:
    """The corpora that were named, or the current version of each."""
    store = Store(told.root)
    names = told.corpus or store.names()
    if not names:
        raise StoreError(f"nothing was built below {told.root.absolute()}. Check --root.")
    return [store.find(name) for name in names]


def _readable(row: dict[str, Any]) -> str:
    lines = [str(row.pop("id"))]
    for name, value in row.items():
        if isinstance(value, list):
            turns = [
                f"{v['role']}: {v['content']}"
                if isinstance(v, dict) and "role" in v
                else json.dumps(v, ensure_ascii=False)
                for v in value
            ]
            lines += [f"{name}:", *turns]
        elif value is not None and name not in ("parent", "source"):
            lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n"


def _short(value: Any) -> str:
    if value is None:
        return "-"
    return (
        f"{value:,}"
        if isinstance(value, int)
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False)
    )


def _more(before: Any, after: Any) -> str:
    return f"{after - before:+,}" if isinstance(before, int) and isinstance(after, int) else ""


# ---- the words of the command line ---------------------------------------------------------------------------------


def _budget(text: str) -> Budget:
    amount, unit = (text[:-6], "tokens") if text.endswith("tokens") else (text, "money")
    try:
        told = float(amount.strip().replace(",", ""))
    except ValueError:
        told = -1.0
    if not told >= 0:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no budget; write 20 (in the currency of the prices), or 2000000tokens"
        )
    return Budget(told, "tokens" if unit == "tokens" else "money")


def _root(text: str) -> Path:
    try:
        return place(text)
    except PlaceError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def _slice(text: str) -> Slice:
    try:
        return Slice(*map(int, text.split("/")))
    except (TypeError, ValueError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no slice; write 0/8 for the first of eight, 7/8 for the last"
        ) from None


def _more_than_nothing(text: str) -> float:
    try:
        told = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        told = -1.0
    if not 0 < told < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0; write 0.5, or 14e9")
    return told


def _parser() -> argparse.ArgumentParser:  # noqa: PLR0915  a statement a word
    parser = argparse.ArgumentParser(
        prog="medgo-data",
        description="Turn raw Chinese medical material into versioned Parquet shards, and explain every row of them.",
        epilog="A corpus is named pretrain, or pretrain@3f2a for a certain version. Start with: medgo-data build recipes/demo.py",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], more: str, *, of: Any = commands
    ) -> argparse.ArgumentParser:
        about = (run.__doc__ or "").strip()
        made: argparse.ArgumentParser = of.add_parser(
            name, help=about[0].lower() + about[1:], description=f"{about} {more}"
        )
        made.set_defaults(run=run)
        made.add_argument(
            "--root",
            type=_root,
            default=os.environ.get("MEDGO_ROOT", "data"),
            help="folder of the built corpora, or s3://… (default: $MEDGO_ROOT, or data)",
        )
        return made

    def of_recipe(made: argparse.ArgumentParser, *, needed: bool = True) -> None:
        made.add_argument(
            "recipe",
            nargs=None if needed else "?",
            help="a recipe and which corpus of it: recipes/demo.py:pretrain; without a name, all of them",
        )
        made.add_argument(
            "--limit",
            type=positive,
            metavar="N",
            help="only the first N records of each raw file, as a corpus NAME.limitN: a trial",
        )

    def of_engine(made: argparse.ArgumentParser) -> None:
        made.add_argument(
            "--engine",
            choices=("local", "here", "ray"),
            default="local",
            help="every core of this machine, this process alone, or a Ray cluster",
        )
        made.add_argument("--workers", type=positive, metavar="N", help="processes at once (default: one a core)")
        made.add_argument(
            "--address",
            metavar="WHERE",
            help="of the Ray cluster: auto, host:6379 or ray://host:10001 (default: one of its own on this machine)",
        )

    made = command(
        "build",
        build,
        "What an earlier run or version finished is used again, so a build that was stopped, in whatever way, goes on where it was. "
        "Prints the folder of each version.",
    )
    of_recipe(made)
    of_engine(made)
    made.add_argument(
        "--wait",
        action="store_true",
        help="if another process builds the same corpus, wait for it instead of giving up",
    )
    made.add_argument("--quiet", action="store_true", help="say nothing unless something is wrong")
    made.add_argument(
        "--killers",
        choices=("drop", "stop"),
        default="drop",
        help="what to do with a row that kills every process which takes it: drop it as kills_worker, or stop the build",
    )
    made.add_argument(
        "--slice",
        type=_slice,
        metavar="K/N",
        help="only every N-th part, from the K-th on, K being 0 at first: for one of N jobs, of whom the last makes the version",
    )
    made.add_argument(
        "--budget",
        type=_budget,
        metavar="N",
        help="what each version may spend on models, in the currency of their prices, or as 2000000tokens; what was spent before "
        "it was stopped counts",
    )

    made = command(
        "plan",
        plan,
        "Nothing is built, and no model is asked; raw files are read once, for their hashes. With --cores and no recipe: how long "
        "corpora of any size would take on such machines, predicted from what was measured.",
    )
    of_recipe(made, needed=False)
    made.add_argument("--cores", type=positive, metavar="N", help="of each node: predict, and read nothing")
    made.add_argument("--nodes", type=positive, default=1, metavar="M", help="how many of them (default: 1)")
    made.add_argument(
        "--memory", type=_more_than_nothing, metavar="GB", help="of each node: says where it would not do"
    )
    for name, what in (("disk", "reads or writes"), ("network", "sends")):
        made.add_argument(
            f"--{name}",
            type=_more_than_nothing,
            default=1.0,
            metavar="GB",
            help=f"what each node {what} in a second (default: 1)",
        )
    made.add_argument(
        "--price", type=_more_than_nothing, default=0.0, metavar="P", help="of a core for an hour, in any currency"
    )
    made.add_argument(
        "--tokens",
        type=_more_than_nothing,
        nargs="+",
        default=[14e9, 10e12],
        metavar="N",
        help="sizes to predict for (default: 14e9 10e12)",
    )
    made.add_argument("--json", action="store_true", help="for programs")

    made = command(
        "launch",
        launch,
        "The scripts are written, and not run: read them, then run submit.sh where sbatch is.",
    )
    made.add_argument("scheduler", choices=("slurm",), help="for which scheduler")
    of_recipe(made)
    made.add_argument("--tasks", type=positive, required=True, metavar="N", help="how many tasks share the parts")
    made.add_argument("--cpus", type=positive, default=1, metavar="N", help="cores of each task (default: 1)")
    made.add_argument(
        "--into", type=Path, default=Path("slurm"), metavar="FOLDER", help="where to write them (default: slurm)"
    )
    made.add_argument(
        "--sbatch",
        action="append",
        default=[],
        metavar="OPTION",
        help="what else your cluster wants to be told, such as partition=cpu or mem=32G; may be given again",
    )

    made = command("ls", ls, "")
    made.add_argument("--json", action="store_true", help="for programs")

    made = command("funnel", funnel, "")
    made.add_argument("corpus", help="pretrain, or pretrain@3f2a")
    made.add_argument("--by-source", action="store_true", help="a funnel for each source")
    made.add_argument("--by-category", action="store_true", help="and how much there is of each kind of material")
    made.add_argument("--json", action="store_true", help="for programs")

    made = command(
        "why",
        explain,
        "From its raw file to the shard it lies in, or to the reason why it left, in every corpus that read it.",
    )
    made.add_argument("row", metavar="ID", help='its name, in quotes: "leaflets/otc.jsonl#0-12"')
    made.add_argument(
        "--raw", metavar="RECIPE", help="read the record again from its raw file, and show it to you, who may see it"
    )
    made.add_argument("--json", action="store_true", help="for programs")

    made = command("diff", diff, "")
    made.add_argument("a", help="the version before: pretrain@3f2a")
    made.add_argument("b", help="the version after: pretrain")
    made.add_argument("--json", action="store_true", help="for programs")

    made = command("sample", sample, "Refuses a corpus that has not passed Scrub.")
    made.add_argument("corpus", help="pretrain, or pretrain@3f2a")
    made.add_argument("-n", type=positive, default=5, help="how many (default: 5)")
    made.add_argument("--seed", type=int, default=1, help="another seed, other rows (default: 1)")
    made.add_argument("--unscrubbed", action="store_true", help="show rows that may name patients: you may see them")
    made.add_argument("--json", action="store_true", help="one JSON object a row")

    made = command(
        "pairs",
        pairs,
        "Drawn by lot for each band of similarity, the least alike first, with what differs marked. The page holds the text of rows.",
    )
    made.add_argument("corpus", help="pretrain, or pretrain@3f2a")
    made.add_argument(
        "--raw", metavar="RECIPE", required=True, help="the recipe it was built from, to read its raw files again"
    )
    made.add_argument("--each", type=positive, default=10, metavar="N", help="pairs of each band (default: 10)")
    made.add_argument("--seed", type=int, default=1, help="another seed, other pairs (default: 1)")
    made.add_argument("--unscrubbed", action="store_true", help="show texts that may name patients: you may see them")
    made.add_argument("-o", "--out", type=Path, help="where to write it (default: beside the version's folder)")

    made = command(
        "audit",
        audit,
        "Only page.html holds text: keep it to those who may read the rows, and delete it afterwards. Refuses a corpus that has "
        "not passed Scrub.",
    )
    made.add_argument("corpus", help="pretrain, or pretrain@3f2a")
    made.add_argument("--rows", type=positive, default=300, metavar="N", help="how many to draw (default: 300)")
    made.add_argument("--seed", type=int, default=1, help="another seed, other rows (default: 1)")
    made.add_argument("--no-spans", action="store_true", help="no record of what was masked, which needs a key")
    made.add_argument(
        "--verdicts",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="what was downloaded from the page, by one reviewer or more",
    )
    made.add_argument("-o", "--out", type=Path, help="a folder to write into (default: beside the version's folder)")

    about = "The room in which physicians review, and what is made of what they said."
    review = commands.add_parser("review", help=about[0].lower() + about[1:], description=about)
    cli_review.add(
        command, review.add_subparsers(required=True, metavar="COMMAND", title="commands", help="one of these")
    )

    made = command("verify", verify, "Names each file that was altered or lost, and fails if there is one.")
    made.add_argument("corpus", nargs="*", help="which ones (default: the current version of each)")

    made = command(
        "lock", lock, "The file holds the hash of each recipe over its inputs, and the hash of what came out."
    )
    made.add_argument("corpus", nargs="*", help="which ones (default: all)")
    made.add_argument("--file", type=Path, default=Path("medgo.lock"), help="the lock file (default: medgo.lock)")
    made.add_argument("--check", action="store_true", help="fail if what stands here is not what the file pins")

    made = command(
        "forget",
        forget,
        "Builds the next version of each corpus of the recipe that descends from them, of which only the parts that they touch "
        "are done anew; later builds keep them out. The proof, in the folder forgotten below the root, holds names, codes and hashes.",
    )
    made.add_argument("recipe", help="a recipe, or one corpus of it: recipes/demo.py:pretrain")
    made.add_argument("--rows", nargs="+", default=[], metavar="ID", help="names of rows; all born of them goes too")
    made.add_argument("--rows-file", type=Path, metavar="FILE", help="the same, one on each line of a file")
    made.add_argument(
        "--subjects",
        nargs="+",
        default=[],
        metavar="WHO",
        help="whom rows are about: as the raw files say it, or the code in the column subject",
    )
    made.add_argument(
        "--subjects-file",
        type=Path,
        metavar="FILE",
        help="the same, one on each line: so it is in no history of a shell",
    )
    made.add_argument("--missing-ok", action="store_true", help="forget those that are there, should others be nowhere")
    made.add_argument(
        "--purge",
        action="store_true",
        help="delete the earlier versions that hold the rows, and what in the pool no remaining version was made of",
    )
    of_engine(made)
    made.add_argument(
        "--wait", action="store_true", help="if another process builds one of the corpora, wait for it to end"
    )
    made.add_argument("--quiet", action="store_true", help="say nothing but the proof unless something is wrong")

    made = command(
        "card",
        card,
        "Counts, funnel, sources, lengths, reasons, licences and hashes; never the text of a row, unless a gallery is asked for.",
    )
    made.add_argument(
        "--gallery",
        action="store_true",
        help="rows to look at instead: some of each kind, and with --raw some that left",
    )
    made.add_argument(
        "--raw", metavar="RECIPE", help="of a gallery: the recipe it was built from, to read what left again"
    )
    made.add_argument(
        "--rows", type=positive, default=60, metavar="N", help="of a gallery: rows that stayed (default: 60)"
    )
    made.add_argument(
        "--each", type=positive, default=3, metavar="N", help="of a gallery: rows of each reason (default: 3)"
    )
    made.add_argument("--seed", type=int, default=1, help="of a gallery: another seed, other rows (default: 1)")
    made.add_argument(
        "--unscrubbed", action="store_true", help="of a gallery: show rows that may name patients: you may see them"
    )
    made.add_argument("corpus", help="pretrain, or pretrain@3f2a")
    made.add_argument("-o", "--out", type=Path, help="where to write it (default: beside the version's folder)")

    made = command(
        "fit-quality",
        fit_quality,
        "Takes what a source takes, each file whole or by its records; the test is on files that were not learned from.",
    )
    made.add_argument(
        "--good", nargs="+", required=True, metavar="FILES", help="texts to keep: two files or patterns, or more"
    )
    made.add_argument(
        "--bad", nargs="+", required=True, metavar="FILES", help="texts to drop: two files or patterns, or more"
    )
    made.add_argument("--column", default="text", help="where in a record the text stands (default: text)")
    made.add_argument(
        "--out", type=Path, default=Path("quality.npz"), help="where to write the model (default: quality.npz)"
    )
    made.add_argument("--seed", type=int, default=1, help="another seed, other weights (default: 1)")

    made = command(
        "replies",
        replies,
        "The file holds what was asked and what came back, one of each to a line: Chat(recorded=FILE) reads it. Both are made from "
        "the rows, so whoever may not see those may not see it.",
    )
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--out", type=Path, metavar="FILE", help="write those that are kept; packed, if it ends in .zst")
    which.add_argument("--add", type=Path, metavar="FILE", help="keep those of such a file")
    made.add_argument("--made-by", metavar="MODEL", help="only those of this model")

    made = command("fit-names", fit_names, "Needs torch (pip install 'medgo[train]') and some ten minutes of one core.")
    made.add_argument(
        "--out", type=Path, default=Path("tagger.npz"), help="where to write the weights (default: tagger.npz)"
    )
    made.add_argument("--steps", type=int, default=4500, help="how long to learn (default: 4500)")
    made.add_argument("--seed", type=int, default=1, help="another seed, other weights (default: 1)")
    return parser


if __name__ == "__main__":
    main()
