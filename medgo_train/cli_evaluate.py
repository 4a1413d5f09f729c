"""medgo-train evaluate, score and compare: a model is asked, its answers are scored, and two models are held side by side."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def add(command: Callable[..., Any]) -> None:
    """The three commands."""
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
    some.add_argument("--price", type=float, nargs=2, metavar=("PROMPT", "REPLY"), help="of a million tokens")


def evaluate(asked: argparse.Namespace) -> None:
    from dataclasses import replace

    from medgo_train.evaluate import run
    from medgo_train.evaluate.backends import How, open_model
    from medgo_train.evaluate.chosen import chosen, with_profiles

    given = {name: getattr(asked, name) for name in ("by", "orders", "repeats", "limit")}
    tasks = chosen(asked.tasks, **{name: value for name, value in given.items() if value is not None})
    hashes, lexicons = _named(asked.sha256, tasks), _named(asked.lexicon, tasks)
    tasks = [replace(one, sha256=hashes.get(one.name, one.sha256), seed=asked.seed) for one in tasks]
    tasks = [replace(one, lexicon=Path(lexicons[one.name])) if one.name in lexicons else one for one in tasks]
    how = How(
        longest=asked.longest, temperature=asked.temperature, seed=asked.seed, at_once=asked.at_once,
        params=_params(asked.param), model=asked.name,
    )  # fmt: skip
    try:
        told = run.evaluate(
            open_model(asked.model, how, asked.engine),
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
