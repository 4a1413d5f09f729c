"""The commands of evaluation: a model is asked, its answers are scored or judged, and two models are held side by side."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medgo_train.evaluate.backends import How
    from medgo_train.evaluate.evaluated import Evaluation

EVALUATE = """\
Ask a model what the tasks ask, read its replies, and score them.

A task is written TASK=FILE:

  clinicalqa=exam.jsonl              a known exam (cmb cmexam medqa_zh medqa medmcqa mmlu_pro ceval cmmlu pubmedqa ...)
  tasks.py:ward=exam.jsonl           an exam of yours: in tasks.py, ward = Exam(name="ward", question=..., options=...)
  tasks.py                           all that it lists: tasks = [put(Exam(name=...), FILE), ...]
  CMeEE-V2=CMeEE-V2_dev.json         a task of CBLUE, or cblue=FOLDER for all whose development files lie there;
                                     cblue_test=FOLDER for the test files, and then: medgo-train score E --submission ZIP
  open=questions.jsonl               open answers beside references, by BLEU, ROUGE, Distinct and entities
  scale=cami.json                    an attitude scale

The model is a folder, an endpoint that speaks as OpenAI's does, or a file of replies in JSON Lines ({"id", "reply"}).
All that is answered is kept at once: a command that was stopped is given again, and asks only for the rest.
"""

COMPARE = """\
Say of each task that evaluations have in common whether their difference is real, how large it is, and how small a one
would have been seen.

Items that were right or wrong are tested by McNemar's test, means by permutation, groups of items as groups, and a number
that is no mean, such as F1, by exchanging answers. p is raised over all tasks after Holm.
"""


JUDGE = """\
Have a model judge the answers of an evaluation to one task: beside those of another evaluation, or by marks for correctness, safety,
completeness and clarity. Two answers are shown in both orders, and a verdict that turns with the order is a tie.

What was judged stands in the folder as a task of its own, for report and compare. Nothing is asked twice.
"""

OVERLAP = """\
Look for every item of an evaluation in the rows that its model was trained on, as its run.json names them, of all stages.

An item stands in a row if four fifths of its letters do, its parts in any order and close together. What is found is kept in
evaluation.json and shown in the report: ids and shares, and no text.
"""

GIVE = """\
Write a task of an evaluation for another harness, items and all. Its logs come back with: medgo-train take LOGS --into FOLDER
"""

TAKE = """\
Make an evaluation of the logs of another harness, so that compare and report take them: samples_*.jsonl of lm-evaluation-harness,
.json and .eval of inspect.
"""


def add(command: Callable[..., Any]) -> None:
    """The commands of evaluation."""
    one = command(
        "evaluate", evaluate, "ask a model the questions of exams and benchmarks, and score its answers", EVALUATE
    )
    one.add_argument(
        "model", metavar="FOLDER | URL | FILE", help="a model, an endpoint (http://host:8000/v1), or a file of replies"
    )
    one.add_argument("tasks", metavar="TASK=FILE", nargs="+")
    one.add_argument("--into", type=Path, required=True, metavar="FOLDER", help="what was asked, answered and scored")
    one.add_argument("--title", default="", help="of this evaluation, in reports (default: the model's name)")
    _put(one)
    _asked(one)
    one.add_argument("--price", type=float, nargs=2, metavar=("PROMPT", "REPLY"), help="of a million tokens")
    one = command("score", score, "read the replies of an evaluation again, and score them; nothing is asked")
    one.add_argument("into", metavar="FOLDER", type=Path, help="of an evaluation")
    one.add_argument(
        "--submission", type=Path, metavar="ZIP", help="write what was answered to CBLUE as Tianchi takes it"
    )
    one = command("compare", compare, "which differences between evaluations are real", COMPARE)
    one.add_argument(
        "into",
        metavar="FOLDER",
        type=Path,
        nargs="+",
        help="of evaluations, two or more; each later one beside the first",
    )
    one.add_argument(
        "--alpha", type=float, default=0.05, help="how often, where nothing differs, something seems to (default 0.05)"
    )
    one.add_argument("--seed", type=int, default=0, help="of what is drawn")
    one.add_argument("--json", action="store_true", help="all numbers, for programs")
    one = command("judge", judge, "have a model judge answers, in both orders", JUDGE)
    one.add_argument("into", metavar="FOLDER", type=Path, help="of an evaluation")
    one.add_argument("task", metavar="TASK", help="of it, whose answers are judged")
    one.add_argument("--by", required=True, metavar="FOLDER | URL", help="the judge")
    one.add_argument("--against", type=Path, metavar="FOLDER", help="of another evaluation of the same items")
    _asked(one)
    one = command("overlap", overlap, "which items its model may have seen in training", OVERLAP)
    one.add_argument("into", metavar="FOLDER", type=Path, help="of an evaluation")
    one.add_argument("--root", type=Path, help="below which the corpora lie now (default: where run.json says)")
    one.add_argument("--workers", type=int, default=1, metavar="N", help="processes that read (default 1)")
    one = command("give", give, "a task for lm-evaluation-harness or inspect", GIVE)
    one.add_argument("into", metavar="FOLDER", type=Path, help="of an evaluation")
    one.add_argument("task", metavar="TASK")
    one.add_argument("--harness", choices=["lm-eval", "inspect"], required=True)
    one.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where its files are written")
    one = command("take", take, "logs of lm-evaluation-harness or inspect, as an evaluation", TAKE)
    one.add_argument("logs", metavar="FILE | FOLDER", type=Path)
    one.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    one.add_argument("--metric", default="", help="which one counts, where a log has several")
    one.add_argument("--how", default="", help="which filter or scorer counts, where a log has several")


def _put(one: Any) -> None:
    some = one.add_argument_group("how tasks are put and scored")
    some.add_argument(
        "--profile",
        action="append",
        default=[],
        help="whose rules, where a task has several: tianchi promptcblue chip2020 imcs21 cblue meddg multicpr; cmb",
    )
    some.add_argument(
        "--by",
        choices=["words", "letters"],
        help="how an option is chosen: named in an answer, or the likeliest letter",
    )
    some.add_argument(
        "--orders", choices=["one", "all"], help="all: each question in every cyclic order of its options"
    )
    some.add_argument("--repeats", type=int, help="how often a statement of a scale is put (default 4)")
    some.add_argument("--limit", type=int, metavar="N", help="only the first N items of each task")
    some.add_argument(
        "--sha256", action="append", default=[], metavar="TASK=HASH", help="refuse a file that is not this one"
    )
    some.add_argument(
        "--lexicon",
        action="append",
        default=[],
        metavar="TASK=FILE",
        help="words that a task is scored by: entity_list.txt, mappings.json",
    )
    some.add_argument("--ignore-extra", action="store_true", help="pass over replies to what no task asks")


def _asked(one: Any) -> None:
    some = one.add_argument_group("how the model is asked")
    some.add_argument("--name", default="", help="of the model, at an endpoint")
    some.add_argument("--engine", choices=["transformers", "vllm"], default="transformers", help="what runs a folder")
    some.add_argument("--longest", type=int, default=512, metavar="TOKENS")
    some.add_argument("--temperature", type=float, default=0.0)
    some.add_argument("--seed", type=int, default=0)
    some.add_argument("--at-once", type=int, default=8, metavar="N", help="requests under way, or rows of a batch")
    some.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help='a further one, such as chat_template_kwargs={"enable_thinking":false}',
    )


def evaluate(asked: argparse.Namespace) -> None:
    from dataclasses import replace

    from medgo_train.evaluate import run
    from medgo_train.evaluate.backends import open_model
    from medgo_train.evaluate.chosen import chosen, with_profiles

    given = {name: getattr(asked, name) for name in ("by", "orders", "repeats", "limit")}
    tasks = chosen(asked.tasks, **{name: value for name, value in given.items() if value is not None})
    hashes, lexicons = _named(asked.sha256, tasks), _named(asked.lexicon, tasks)
    tasks = [replace(one, sha256=hashes.get(one.name, one.sha256), seed=asked.seed) for one in tasks]
    tasks = [replace(one, lexicon=Path(lexicons[one.name])) if one.name in lexicons else one for one in tasks]
    try:
        told = run.evaluate(
            open_model(asked.model, _how(asked), asked.engine),
            with_profiles(tasks, asked.profile),
            asked.into,
            title=asked.title,
            price=tuple(asked.price) if asked.price else None,
            ignore_extra=asked.ignore_extra,
        )
    except KeyboardInterrupt:
        print(  # noqa: T201
            f"\nstopped; what was answered is kept in {asked.into}. Give the same command again to go on.",
            file=sys.stderr,
        )
        sys.stderr.flush()
        os._exit(130)  # requests under way would be waited for
    _say(told, asked.into)


def _how(asked: argparse.Namespace) -> How:
    from medgo_train.evaluate.backends import How

    return How(
        longest=asked.longest,
        temperature=asked.temperature,
        seed=asked.seed,
        at_once=asked.at_once,
        params=_params(asked.param),
        model=asked.name,
    )


def _named(words: list[str], tasks: Any) -> dict[str, str]:
    """``TASK=WHAT`` by task; a task that is not evaluated is an error."""
    from medgo_train.evaluate.files import EvaluationError

    told = dict(word.partition("=")[::2] for word in words)
    if strange := told.keys() - {one.name for one in tasks}:
        raise EvaluationError(
            f"{', '.join(sorted(strange))} is none of the tasks {', '.join(one.name for one in tasks)}."
        )
    return told


def _params(words: list[str]) -> dict[str, Any]:
    from medgo_train.evaluate.files import EvaluationError

    told = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            told[name] = json.loads(value)
        except ValueError as wrong:
            raise EvaluationError(f"--param {name}: what it is set to is not JSON. Write texts in quotes.") from wrong
    return told


def _say(told: Any, into: Path) -> None:
    from medgo_train.evaluate.told import table

    print(table(told))  # noqa: T201
    print(f"{into / 'evaluation.json'}")  # noqa: T201


def score(asked: argparse.Namespace) -> None:
    from medgo_train.evaluate import run

    _say(run.score(asked.into), asked.into)
    if asked.submission:
        filled = run.submission(asked.into, asked.submission)
        blank = ", ".join(f"{many:,} of {name}" for name, many in filled.items() if many) or "none"
        print(f"{asked.submission} holds {len(filled)} tasks; samples without a usable answer: {blank}")  # noqa: T201


def compare(asked: argparse.Namespace) -> None:
    from medgo_train.evaluate import compare as compared

    told = compared.comparisons(asked.into, alpha=asked.alpha, seed=asked.seed)
    if asked.json:
        print(compared.as_json(told))  # noqa: T201
        return
    parts = ["\n".join([compared.table(one), "", *compared.sentences(one)]) for one in told]
    print("\n\n".join(parts))  # noqa: T201


def judge(asked: argparse.Namespace) -> None:
    from medgo_train.evaluate import evaluated
    from medgo_train.evaluate import judge as judging
    from medgo_train.evaluate.backends import open_model

    both = evaluated.read([asked.into, *([asked.against] if asked.against else [])])
    for one in both:
        _known(one, asked.task)
    cases = judging.cases_of(both[0], asked.task, both[1] if asked.against else None)
    by = open_model(asked.by, _how(asked), asked.engine)
    name = asked.name or Path(asked.by).name
    ask = judging.Cached(by.say, asked.into / "judged.jsonl", json.dumps([by.identity, by.how.told()], sort_keys=True))
    if asked.against:
        told = judging.compare(ask, cases)
        task, rows = told.task(f"{asked.task}_judged", against=both[1].label, judge=name)
        sure, first = told.win_rate, told.first_bias
        print(  # noqa: T201
            f"{both[0].label} is found better than {both[1].label} in {sure.value:.1%} of {len(cases):,} answers "
            f"({sure.low:.1%} to {sure.high:.1%}; p {told.p:.3g}; {_counts(told.counts)}); {told.flipped:.1%} of the verdicts turned "
            f"with the order, and {first.value:.1%} named the answer that was shown first."
        )
    else:
        marks = judging.mark(ask, cases)
        task, rows = marks.task(f"{asked.task}_marked", judge=name)
        means = ", ".join(f"{criterion} {marks.of(criterion).value:.2f}" for criterion in judging.CLINICAL.criteria)
        print(f"{both[0].label}: {means} ({_counts(marks.counts)})")  # noqa: T201
    judging.keep(asked.into, task, rows)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {many:,}" for name, many in counts.items())


def _known(one: Evaluation, task: str) -> None:
    from medgo_train.evaluate.files import EvaluationError

    if task not in one.tasks:
        raise EvaluationError(f"{one.folder} has no task {task!r}; it has {', '.join(one.tasks)}.")


def overlap(asked: argparse.Namespace) -> None:
    from medgo_train.evaluate.contamination import check

    found = check(asked.into, asked.root, workers=asked.workers)
    for name, one in found.items():
        short = f"; {one.too_short:,} are too short to be told" if one.too_short else ""
        print(f"{name}: {len(one.found):,} of {one.items:,} items{short}")  # noqa: T201
    print(f"looked for in {', '.join(dict.fromkeys(corpus for one in found.values() for corpus in one.of))}")  # noqa: T201


def give(asked: argparse.Namespace) -> None:
    from medgo_train.evaluate import bridges, evaluated

    (one,) = evaluated.read([asked.into])
    _known(one, asked.task)
    write = bridges.for_lm_eval if asked.harness == "lm-eval" else bridges.for_inspect
    print("\n".join(map(str, write(asked.task, bridges.asked_in(one, asked.task), asked.to))))  # noqa: T201


def take(asked: argparse.Namespace) -> None:
    from medgo_train.evaluate import logs, logs_read

    asked.into.mkdir(parents=True, exist_ok=True)
    print(logs.keep(logs_read.read(asked.logs, metric=asked.metric, how=asked.how), asked.into))  # noqa: T201
