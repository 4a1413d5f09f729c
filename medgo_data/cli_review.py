"""medgo-data review: the room in which physicians review, and what is made of what they said."""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from medgo_data import show
from medgo_data.corpus import GateError
from medgo_data.show import say
from medgo_data.store import Store, StoreError, write_json

if TYPE_CHECKING:
    from medgo_data.review.room.items import Item
    from medgo_data.review.room.ledger import Ledger, Round
    from medgo_data.store import Built
    from medgo_data.verdict import Verdict

USUAL = {"document": "residual", "chat": "check", "feedback": "feedback", "preference": "pair", "choice": "options"}
NEEDS = "the review pages need two packages more: pip install 'medgo[review]'"
Command = Callable[[argparse.Namespace], int]


def _ledger(told: argparse.Namespace, *, there: bool = True) -> Ledger:
    from medgo_data.review.room.ledger import Ledger

    if not told.ledger:
        Store(told.root).near("the ledger of what reviewers say, if --ledger names no file,")
    path = told.ledger or told.root / "review" / "ledger.sqlite"
    if there and not path.is_file():
        raise StoreError(
            f"{path} is not there: nobody has reviewed anything yet. Begin with: medgo-data review serve CORPUS"
        )
    return Ledger(path)


def _round(ledger: Ledger, told: argparse.Namespace) -> Round:
    """The round over a corpus; which of several, the task says."""
    name = told.corpus.partition("@")[0]
    found = [one for one in ledger.rounds() if one.corpus == name and told.task in (None, one.task)]
    if len(found) == 1:
        return found[0]
    if not found:
        there = ", ".join(f"{one.corpus} ({one.task})" for one in ledger.rounds()) or "none"
        raise StoreError(f"{ledger.path} has no such round over {name}. There is: {there}.")
    raise StoreError(f"{name} is reviewed for {' and '.join(one.task for one in found)}: say which with --task.")


# ---- the room ------------------------------------------------------------------------------------------------------


def serve(told: argparse.Namespace) -> int:
    """Open the room: pages for reviewers, an adjudicator and an admin, over HTTP."""
    try:
        import uvicorn

        from medgo_data.review.room.server import Room
    except ModuleNotFoundError as missing:
        raise StoreError(f"{NEEDS} ({missing.name} is missing)") from missing
    if bool(told.tls_cert) != bool(told.tls_key):
        raise StoreError("--tls-cert and --tls-key go together: give both, or neither.")
    ledger, store = _ledger(told, there=False), Store(told.root)
    if told.corpus:
        say(_filled(ledger, _scrubbed(store.find(told.corpus), told).check(store.digests()), told))
    if not ledger.rounds():
        raise StoreError("there is nothing to review yet. Name a corpus: medgo-data review serve CORPUS")
    corpora = [store.find(name) for name in store.names()]
    room = Room(
        ledger,
        corpora={built.name: built for built in corpora if "scrubbed" in built.manifest["marks"]},
        secure=bool(told.tls_cert),
    )
    where = f"http{'s' if told.tls_cert else ''}://{told.host}:{told.port}"
    if not any(role == "admin" and not closed for _, role, closed in room.people.all()):
        say(f"for the admin, a link that opens once: {where}/in/{room.people.invite('admin', 'admin')}")
    if told.host not in ("127.0.0.1", "localhost", "::1") and not told.tls_cert:
        say("what reviewers read and say crosses the network in clear. Give --tls-cert and --tls-key.")
    say(f"open {where} (Ctrl+C closes it; what was said is kept in {ledger.path})")
    uvicorn.run(
        room.app, host=told.host, port=told.port, ssl_certfile=told.tls_cert, ssl_keyfile=told.tls_key,
        log_level="warning", access_log=False, server_header=False, proxy_headers=False,
    )  # fmt: skip
    ledger.close()
    return 0


def _scrubbed(built: Built, told: argparse.Namespace) -> Built:
    if "scrubbed" not in built.manifest["marks"] and not told.unscrubbed:
        raise GateError(
            f"{built.full_name} was not scrubbed, so its rows may name patients. Review a corpus that has passed Scrub, "
            f"or say --unscrubbed if all who come may see them."
        )
    return built


def _filled(ledger: Ledger, built: Built, told: argparse.Namespace) -> str:
    """Bring the round over this version up to it, and say how much it holds."""
    from medgo_data.review.room import tasks
    from medgo_data.review.room.ledger import Plan

    name = told.task or USUAL[built.manifest["gives"]["schema"]]
    task = tasks.TASKS[name]
    guide = tasks.guide(told.guide, task)
    plan = Plan(
        corpus=built.name, task=name, version=built.folder.name, labels=told.labels or task.labels, seed=told.seed,
        every=told.gold_every if told.gold else 0, guide=guide, told=task.version(guide),
    )  # fmt: skip
    filled = ledger.fill(_drawn(built, name, told), plan)
    hidden = ledger.measure(filled.number, _known(told.gold)) if told.gold else 0
    filled = ledger.round(filled.number)
    known = f", and {hidden:,} hidden among them whose answer is known" if told.gold else ""
    return f"{built.full_name}: {filled.items:,} to review ({name}, {plan.labels} of each){known}"


def _drawn(built: Built, task: str, told: argparse.Namespace) -> Iterable[Item]:
    from medgo_data.review.room.items import items
    from medgo_data.review.room.ledger import lot

    every: Iterator[Item] = items(built, task)
    return heapq.nsmallest(told.rows, every, key=lambda item: lot(told.seed, item.name)) if told.rows else every


def _known(path: Path) -> dict[tuple[str, ...], str]:
    """Of some rows the right answer: lines of {"rows": [...], "verdict": ...}."""
    found = {}
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if line.strip():
            try:
                told = orjson.loads(line)
                found[tuple(map(str, told["rows"]))] = str(told["verdict"])
            except (ValueError, TypeError, KeyError):
                raise StoreError(f'{path} line {number} is not {{"rows": ["ID"], "verdict": "reject"}}.') from None
    return found


def invite(told: argparse.Namespace) -> int:
    """A link that opens the room once, for a reviewer, an adjudicator or an admin."""
    from medgo_data.review.room.people import People

    say(f"{told.url.rstrip('/')}/in/{People(_ledger(told)).invite(told.alias, told.role)}")
    return 0


def key(told: argparse.Namespace) -> int:
    """A key with which a program of the hospital's posts feedback from the ward."""
    from medgo_data.review.room.people import People

    people = People(_ledger(told))
    if told.revoke:
        say(f"{people.revoke(told.name)} keys of {told.name} open nothing any more")
    else:
        say(people.key(told.name))
    return 0


# ---- what was said -------------------------------------------------------------------------------------------------


def export(told: argparse.Namespace) -> int:
    """What was said, as lines that a recipe reads; or what programs have posted."""
    ledger = _ledger(told)
    if told.feedback:
        from medgo_data.review.room.feed import Feed

        lines: Iterable[str] = (orjson.dumps(row).decode() for row in Feed(ledger).rows())
    elif told.corpus:
        lines = (one.line for one in ledger.verdicts(_round(ledger, told).number))
    else:
        raise StoreError("name a corpus, or say --feedback for what programs have posted.")
    many = _write_lines(told.out, lines)
    say(f"{told.out} holds {many:,} {'answers with what was said of them' if told.feedback else 'verdicts'}")
    return 0


def _write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write beside, then rename: a file that can be seen is whole; and nobody else may read it."""
    beside, many = path.with_name(f".{path.name}.part"), 0
    try:
        beside.touch(mode=0o600)
        with beside.open("w", encoding="utf-8") as file:
            for line in lines:
                file.write(f"{line}\n")
                many += 1
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)
    return many


def _verdicts(told: argparse.Namespace) -> tuple[list[Verdict], dict[tuple[str, str], str] | None]:
    """Those of files, or those of a round; and what is known of items by which reviewers are measured."""
    from medgo_data import verdict

    if told.what and all(Path(name).is_file() for name in told.what):
        return [one for name in told.what for one in verdict.read(Path(name))], None
    ledger = _ledger(told)
    told.corpus = told.what[0] if told.what else told.corpus
    number = _round(ledger, told).number
    return list(ledger.verdicts(number)), ledger.gold(number) or None


def agreement(told: argparse.Namespace) -> int:
    """How far reviewers agree: kappa, AC1 and alpha with intervals, by pair, label and week, and each against gold."""
    from medgo_data.review import agreed
    from medgo_data.review.agreement import agreement as measured

    verdicts, gold = _verdicts(told)
    found = measured(verdicts, gold=gold)
    if told.json:
        say(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return 0
    _tell(agreed.sentences(found), agreed.tables(found))
    if told.out:
        told.out.write_text(agreed.page(found), "utf-8")
        write_json(told.out.with_suffix(".json"), found)
        say(f"\n{told.out}")
    return 0


def _tell(sentences: list[tuple[str, str]], tables: list[tuple[str, list[str], list[list[Any]]]]) -> None:
    for _, sentence in sentences:
        say(sentence)
    for heading, heads, rows in tables:
        say(f"\n{heading}\n{show.table(heads, rows)}")


# ---- review elsewhere ----------------------------------------------------------------------------------------------


def give(told: argparse.Namespace) -> int:
    """What is to be reviewed, as a file for Excel, Label Studio, Argilla, or as plain lines."""
    from medgo_data.review import exchange

    built = _scrubbed(Store(told.root).find(told.corpus), told)
    items = list(_drawn(built, told.task or USUAL[built.manifest["gives"]["schema"]], told))
    if not items:
        raise StoreError(f"nothing of {built.full_name} waits for review.")
    for path in exchange.give(items, told.out, told.form, _reasons(items[0].task)):
        say(str(path))
    return 0


def take(told: argparse.Namespace) -> int:
    """What came back from there, as lines that a recipe reads; what cannot be taken is counted and named by its place."""
    from medgo_data.review import exchange
    from medgo_data.review.room.items import items

    built = Store(told.root).find(told.corpus)
    task = told.task or USUAL[built.manifest["gives"]["schema"]]
    people = dict(one.split("=", 1) for one in told.who if "=" in one)
    alone = next((one for one in told.who if "=" not in one), None)
    taken = exchange.take(
        told.file, items(built, task), reviewers=people, reviewer=alone, role=told.role, reasons=_reasons(task)
    )
    many = _write_lines(told.out, (one.line for one in taken.verdicts))
    say(f"{told.out} holds {many:,} verdicts")
    for reason, places in sorted(taken.refused.items()):
        say(f"{reason} {len(places):,}: {', '.join(places[:5])}{', …' if len(places) > 5 else ''}")
    return 0


def _reasons(task: str) -> dict[str, str]:
    from medgo_data.review.room import tasks

    return {name: f"{zh} {en}" for name, (zh, en) in tasks.TASKS[task].reasons.items()}


def cues(told: argparse.Namespace) -> int:
    """What gives the right options of an exam away without any medicine: length, place, words, the options alone."""
    import polars as pl

    from medgo_data.review import cues as found

    built = Store(told.root).find(told.corpus)
    if built.manifest["gives"]["schema"] != "choice":
        raise StoreError(
            f"{built.full_name} holds {built.manifest['gives']['schema']} rows, and only questions have options."
        )
    rows = (row for path in built.shards for row in pl.read_parquet(path).iter_rows(named=True))
    report = found.cues(rows, corpus=built.name, version=built.folder.name, seed=told.seed)
    _tell(found.sentences(report), found.tables(report))
    if told.out:
        told.out.write_text(found.page(report), "utf-8")
        say(f"\n{told.out}")
    return 0


# ---- a sample that accepts or rejects ------------------------------------------------------------------------------


def plan(told: argparse.Namespace) -> int:
    """How many rows to check for a wanted bound on errors, and how likely a good corpus then passes."""
    from medgo_data.review import acceptance

    built = Store(told.root).find(told.corpus)
    found = acceptance.plan(acceptance.sizes(built.manifest, told.by), _rule(told), each=told.each)
    if told.json:
        say(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return 0
    say(built.full_name)
    _tell(acceptance.plan_sentences(found), acceptance.plan_tables(found))
    say(f"\nmedgo-data review serve {built.name} --rows {found['read']}")
    return 0


def judge(told: argparse.Namespace) -> int:
    """What the verdicts on a sample say of all of it: accepted, rejected, or how many more are to be read."""
    from medgo_data.review import acceptance

    verdicts, _ = _verdicts(told)
    built = Store(told.root).find(told.corpus)
    rows = acceptance.sizes(built.manifest, told.by)
    found = acceptance.judge(
        verdicts, _rule(told), rows=rows, by=told.by, task=told.task or "check", of=built.full_name
    )
    if told.json:
        say(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return 0
    say(built.full_name)
    _tell(acceptance.judged_sentences(found), acceptance.judged_tables(found))
    return 0


def _rule(told: argparse.Namespace) -> Any:
    from medgo_data.review.acceptance import Rule

    return Rule(at_most=told.at_most, confidence=told.confidence, errors=told.errors, method=told.method)


# ---- the words of the command line ---------------------------------------------------------------------------------


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def add(every: Callable[..., argparse.ArgumentParser], review: Any) -> None:  # noqa: PLR0915  a statement a word
    """The commands below ``medgo-data review``."""

    def command(name: str, run: Command, more: str) -> argparse.ArgumentParser:
        made = every(name, run, more, of=review)
        made.add_argument(
            "--ledger", type=Path, metavar="FILE", help="where it is kept (default: review/ledger.sqlite below --root)"
        )
        return made

    made = command("serve", serve, "Nothing of it is fetched from elsewhere, and nothing is sent anywhere. Refuses a corpus that has not "
                   "passed Scrub. Run it again on a later version: what was said of rows that have not changed holds.")  # fmt: skip
    made.add_argument("corpus", nargs="?", help="pretrain, or pretrain@3f2a; without one, what is there to be reviewed")
    _of_items(made)
    made.add_argument(
        "--labels",
        type=positive,
        metavar="N",
        help="how many judge each, independently (default: options 2, others 1)",
    )
    made.add_argument("--gold", type=Path, metavar="FILE", help='rows whose answer is known, hidden among the others: lines of {"rows": ["ID"], "verdict": "reject"}')  # fmt: skip
    made.add_argument(
        "--gold-every", type=positive, default=20, metavar="N", help="one of them among so many (default: 20)"
    )
    made.add_argument(
        "--guide",
        type=Path,
        metavar="FILE",
        help="what reviewers are told, as plain text (default: a text of the task's)",
    )
    made.add_argument("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1, this machine alone)")
    made.add_argument("--port", type=positive, default=8321, help="at which port (default: 8321)")
    made.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate, for https")
    made.add_argument("--tls-key", type=Path, metavar="FILE", help="and its key")

    made = command("invite", invite, "Hand it over in private. The first admin's is printed by serve.")
    made.add_argument("alias", help="an alias, never a name: R07")
    made.add_argument(
        "--role", choices=("reviewer", "adjudicator", "admin"), default="reviewer", help="(default: reviewer)"
    )
    made.add_argument(
        "--url", default="http://127.0.0.1:8321", help="where the room is reached (default: http://127.0.0.1:8321)"
    )

    made = command("key", key, "It is shown once. What such a program posts is described in docs/review.md.")
    made.add_argument("name", help="what the program is called: ward7")
    made.add_argument("--revoke", action="store_true", help="let it in no longer; what it has posted stays")

    made = command("export", export, "The file is readable by you alone.")
    made.add_argument("corpus", nargs="?", help="the corpus that was reviewed")
    made.add_argument("--task", help="which task, if it was reviewed for several")
    made.add_argument("--feedback", action="store_true", help="what programs have posted, as rows of feedback")
    made.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where to write it: a .jsonl")

    made = command("give", give, "The file holds the text of rows. Refuses a corpus that has not passed Scrub.")
    made.add_argument("corpus", help="the corpus to be reviewed")
    made.add_argument(
        "--form", choices=("xlsx", "label-studio", "argilla", "jsonl"), default="xlsx", help="for what (default: xlsx)"
    )
    _of_items(made)
    made.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where to write it")

    made = command(
        "take",
        take,
        "Held against the same version of the corpus: of a text that was changed on the way nothing is taken.",
    )
    made.add_argument("corpus", help="the version that was given: qa@3f2a")
    made.add_argument("file", type=Path, help="what the tool exported, or the sheet that was filled in")
    made.add_argument("--task", help="which task, if not that which its rows are for")
    made.add_argument("--who", nargs="+", default=[], metavar="ALIAS", help="who filled it in: R07; or of several, the tool's name for each: 10=R07 11=R08")  # fmt: skip
    made.add_argument("--role", choices=("reviewer", "adjudicator"), default="reviewer", help="(default: reviewer)")
    made.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where to write it: a .jsonl")

    made = command(
        "cues", cues, "Each as how often somebody is right who goes by it alone, beside how often by chance."
    )
    made.add_argument("corpus", help="a corpus of questions")
    made.add_argument("--seed", type=int, default=1, help="another seed, other folds (default: 1)")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="a page")

    made = command("agreement", agreement, "Reads a round, or exported verdicts.")
    made.add_argument("what", nargs="+", help="the corpus that was reviewed, or files of verdicts")
    made.add_argument("--task", help="which task, if it was reviewed for several")
    made.add_argument("--json", action="store_true", help="for programs")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="a page, with the figures beside it as JSON")

    made = command("plan", plan, "To be settled before the first row is read.")
    made.add_argument("corpus", help="the corpus to be checked")
    _of_rule(made)
    made.add_argument("--each", action="store_true", help="so many of each stratum, so that each is judged by itself")

    made = command("judge", judge, "The stage Accepted does the same in a recipe, and then it stands in the manifest.")
    made.add_argument("corpus", help="the corpus of which a sample was checked")
    made.add_argument("what", nargs="*", help="files of verdicts (default: the round over it)")
    made.add_argument("--task", help="which task, if it was reviewed for several")
    _of_rule(made)


def _of_items(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--task", choices=sorted({*USUAL.values(), "ranking"}), help="what is asked (default: what its rows are for)"
    )
    made.add_argument(
        "--rows", type=positive, metavar="N", help="so many, drawn by lot (default: all that wait for review)"
    )
    made.add_argument("--seed", type=int, default=1, help="another seed, another order (default: 1)")
    made.add_argument(
        "--unscrubbed", action="store_true", help="show rows that may name patients: all who come may see them"
    )


def _of_rule(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--at-most", type=float, default=0.02, metavar="SHARE", help="of the rows may be wrong (default: 0.02)"
    )
    made.add_argument("--confidence", type=float, default=0.95, help="how sure that is to be (default: 0.95)")
    made.add_argument(
        "--errors", type=int, default=0, metavar="N", help="found in the sample, and still accepted (default: 0)"
    )
    made.add_argument("--method", choices=("clopper_pearson", "wilson"), default="clopper_pearson", help="of the limit")
    made.add_argument(
        "--by", choices=("source", "file", "shard"), default="source", help="what is judged by itself (default: source)"
    )
    made.add_argument("--json", action="store_true", help="for programs")
