"""medgo-train: look at a corpus before a GPU does, train on it, and say of each checkpoint what made it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgo_train import __version__, cli_evaluate, recipe
from medgo_train.config import RunError
from medgo_train.data import check, find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medgo_train.config import RunConfig
    from medgo_train.data import Manifest

CHECK = """\
Read every byte of a built corpus and say whether it may be trained on.

It may if its manifest is whole, each shard has the size and the sha256 that the manifest names, its columns are
exactly those of its schema, its rows are as many as were counted, no stray Parquet file lies beside them, and the
corpus is marked scrubbed: every row went through Scrub(), so no patient can be read out of it.

Of a run, which a YAML file or a Python function describes, its settings, corpora, tokenizer and template are checked, its rows prepared and its
plan made: all that a GPU is not needed for.

Says what it found and exits with 0; or names the first thing that is wrong and what to do, and exits with 1.
"""


RUN = """\
Train one stage, or several, one after the other.

Of each the corpora are checked, their rows prepared and the plan made, where that was not done before; then it is trained,
its adapter merged, and the whole model left in the folder final of its output. Stages that follow each other name that
folder as their base. Each checkpoint says in run.json what made it.
"""
REPORT = """\
Of a run: what made it, its loss, and what it answered. Of one or several evaluations: tables in the form of the papers, with their
published numbers beside ours, which differences are real, and every item with its prompt and reply.

The page of evaluations holds all replies: share it as you would share the benchmark.
"""
CONFIG = "a YAML file that says at least stage, base, output and data, or a Python file whose functions return runs (FILE.py:NAME for one)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if something is refused, 2 if the command itself makes no sense."""
    asked = _parser().parse_args(argv)
    try:
        asked.does(asked)
    except RunError as refusal:
        print(f"medgo-train {asked.command}: {refusal}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _check(asked: argparse.Namespace) -> None:
    if asked.what.is_dir() or (".py" not in asked.what.name and asked.what.suffix not in {".yaml", ".yml"}):
        _say(_summary(check(asked.what, unscrubbed=asked.unscrubbed)))
        return
    _prepare(asked, preview=asked.preview)
    _say(f"{asked.what} may be run.")


def _base(asked: argparse.Namespace) -> None:
    from medgo_train import base
    from medgo_train.compat import hush

    hush()
    manifest = check(find(asked.corpus, root=asked.root))
    count = base.write(manifest, asked.into, words=asked.words, width=asked.width, layers=asked.layers)
    _say(f"{asked.into} holds a model of {count:,} parameters that knows nothing yet.")


def _prepare(asked: argparse.Namespace, preview: int = 0) -> None:
    from medgo_train import ready

    config = recipe.run(asked.what, overrides=asked.set)
    made = ready.prepare(config)
    for one in made.prepared:
        _say(ready.report(one))
        if preview and one.schema in {"document", "chat"}:
            _say(ready.preview(one, config.base, preview))
    plan = made.plan
    _say(
        f"plan {plan.digest[:12]}: {plan.steps:,} steps of {plan.batch} rows, {plan.left_out} rows left out at the end"
    )


def _run(asked: argparse.Namespace) -> None:
    from medgo_train import report

    configs = [one for path in asked.what for one in recipe.runs(path, overrides=asked.set)]
    _check_chain(configs)
    for config in configs:
        from medgo_train.stages import run

        done = run(config, resume=asked.resume)
        if done.trainer.is_world_process_zero():
            _say(f"{config.stage}: trained from step {done.first} to {done.last}; the model lies in {done.folder}")
            _say("\n".join(report.told(Path(done.config.output))))


def _check_chain(configs: Sequence[RunConfig]) -> None:
    """What one stage needs must be there, or come from one before it."""
    from medgo_train import record

    coming: set[Path] = set()
    for config in configs:
        if Path(config.base) not in coming and not Path(config.base, "config.json").is_file():
            raise RunError(
                f"{config.base}, the base of the stage {config.stage}, holds no model, and no stage before it leaves one "
                f"there. A stage leaves its model in the folder final of its output."
            )
        told = config.lora.adapter if config.lora else ""
        if told and Path(told, "final") not in coming:
            record.adapter(told)
        coming.add(Path(config.output, "final"))


def _rows(asked: argparse.Namespace) -> None:
    from medgo_train import record

    _say("\n".join(record.rows(asked.folder, asked.step)))


def _diff(asked: argparse.Namespace) -> None:
    from medgo_train import record

    lines = record.differences(record.read(asked.one), record.read(asked.other))
    _say("\n".join(lines) or "Both were made of the same.")


def _card(asked: argparse.Namespace) -> None:
    from medgo_train import record

    _say(record.card(asked.folder))


def _merge(asked: argparse.Namespace) -> None:
    from medgo_train.merge import merge

    off = merge(asked.base, asked.adapter, asked.into, dtype=asked.dtype)
    _say(f"{asked.into} holds the whole model; its logits are within {off:.2g} of the adapter's.")


def _estimate(asked: argparse.Namespace) -> None:
    from medgo_train import estimate

    config = recipe.run(asked.what, overrides=asked.set)
    _say(estimate.cost(config, asked.gpus).told(asked.tokens * 1e9, gpu=asked.memory))
    nodes = estimate.fewest(config, gpu=asked.memory)
    _say(f"nodes       {'no number of them is enough' if nodes is None else f'{nodes} at least'}")
    if asked.step:
        held = estimate.step(config, asked.gpus)
        _say(
            f"a step      of {asked.gpus} ranks with two layers was made without a GPU; {held:,.3f} GiB of weights a rank"
        )


def _launch(asked: argparse.Namespace) -> None:
    from medgo_train import launch

    config = recipe.run(asked.what, overrides=asked.set)
    shape = {"nodes": asked.nodes, "gpus": asked.gpus}
    _say("\n".join(map(str, launch.write(config, asked.what, asked.into, **shape, overrides=asked.set))))


def _infer(asked: argparse.Namespace) -> None:
    from medgo_train.evaluate.backends import How
    from medgo_train.infer import infer

    how = How(
        longest=asked.longest, temperature=asked.temperature, seed=asked.seed, at_once=asked.at_once, model=asked.name
    )
    _say(f"{infer(asked.model, asked.questions, asked.answers, how):,} questions answered, in {asked.answers}")


def _report(asked: argparse.Namespace) -> None:
    if all((folder / "evaluation.json").is_file() for folder in asked.output):
        from medgo_train.evaluate import report as page

        _say(str(page.write(asked.output, asked.page)))
        return
    from medgo_train import report

    if len(asked.output) > 1 or asked.page:
        raise RunError(
            "a report of several folders, or with --page, is one of evaluations. Give one run, or evaluations."
        )
    _say(str(report.write(asked.output[0])))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="medgo-train", description="Train on a version of a corpus, and never on anything else."
    )
    parser.add_argument("--version", action="version", version=f"medgo {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def command(name: str, does: Callable[[argparse.Namespace], None], short: str, long: str = "") -> Any:
        raw = argparse.RawDescriptionHelpFormatter
        one = commands.add_parser(name, help=short, description=long or short, formatter_class=raw)
        one.set_defaults(does=does)
        return one

    _before(command)
    _during(command)
    _after(command)
    cli_evaluate.add(command)
    return parser


def _before(command: Callable[..., Any]) -> None:
    one = command("check", _check, "is this corpus whole, and may it be trained on? can this run be started?", CHECK)
    one.add_argument(
        "what",
        metavar="FOLDER | CONFIG",
        type=Path,
        help="one version of a corpus: the folder with manifest.json and part-*.parquet; or a run: " + CONFIG,
    )
    one.add_argument(
        "--unscrubbed", action="store_true", help="accept a corpus that was not scrubbed; its rows may name patients"
    )
    one.add_argument(
        "--preview", type=int, default=0, metavar="N", help="rows of a run to show, with «…» around what is learned"
    )
    _settable(one)
    one = command("base", _base, "make a small model to try everything with, and its tokenizer from a corpus")
    one.add_argument("corpus", help="a folder with manifest.json, or a name below --root")
    one.add_argument("into", metavar="INTO", type=Path)
    one.add_argument("--root", type=Path, default=Path("data"), help="below which the corpus is found by its name")
    one.add_argument("--words", type=int, default=2000, help="tokens of the tokenizer")
    one.add_argument("--width", type=int, default=128)
    one.add_argument("--layers", type=int, default=4)
    one = _about_a_run(command, "estimate", _estimate, "parameters, memory of a GPU, hours and nodes, without a GPU")
    one.add_argument("--gpus", type=int, default=8)
    one.add_argument("--memory", type=float, default=80, metavar="GIB", help="of a GPU")
    one.add_argument("--tokens", type=float, default=0, metavar="BILLION", help="to be trained on, for the hours")
    one.add_argument("--step", action="store_true", help="make a step of so many ranks with tensors that take no room")
    _about_a_run(command, "prepare", _prepare, "tokenise and pack the rows of a run and make its plan, without a GPU")
    one = _about_a_run(command, "launch", _launch, "write what torchrun, accelerate and Slurm need")
    one.add_argument("into", metavar="FOLDER", type=Path)
    one.add_argument("--nodes", type=int, default=1)
    one.add_argument("--gpus", type=int, default=8, help="of a node")


def _during(command: Callable[..., Any]) -> None:
    one = command("run", _run, "train", RUN)
    one.add_argument("what", metavar="CONFIG", type=Path, nargs="+", help=CONFIG)
    one.add_argument("--resume", action="store_true", help="go on from the last checkpoint that is whole")
    _settable(one)
    one = command("report", _report, "one page about a run, or about evaluations", REPORT)
    one.add_argument("output", metavar="FOLDER", type=Path, nargs="+", help="the output of a run, or evaluations")
    one.add_argument("--page", type=Path, metavar="FILE", help="of evaluations: where to write it")


def _after(command: Callable[..., Any]) -> None:
    one = command("rows", _rows, "the ids of the rows that a step saw")
    one.add_argument("folder", metavar="CHECKPOINT", type=Path, help="a folder with a run.json")
    one.add_argument("step", metavar="STEP", type=int, help="counted from 1")
    one = command("diff", _diff, "what made one checkpoint and not the other")
    one.add_argument("one", metavar="CHECKPOINT", type=Path)
    one.add_argument("other", metavar="CHECKPOINT", type=Path)
    one = command("card", _card, "a model card, from what a checkpoint says of itself")
    one.add_argument("folder", metavar="CHECKPOINT", type=Path)
    one = command("merge", _merge, "make an adapter part of its model, and check the logits")
    for name in ("base", "adapter", "into"):
        one.add_argument(name, metavar=name.upper(), type=Path)
    one.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    one = command("infer", _infer, "answer a file of questions, in its order, going on where it was stopped")
    one.add_argument(
        "model", metavar="FOLDER | URL", help="a model; or an endpoint, such as vLLM's: http://host:8000/v1"
    )
    one.add_argument("questions", type=Path, help="JSON Lines or Parquet with messages, or with a prompt")
    one.add_argument("answers", type=Path, help="JSON Lines; what is answered there is not asked again")
    one.add_argument("--longest", type=int, default=512, metavar="TOKENS")
    one.add_argument("--temperature", type=float, default=0.0)
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--at-once", type=int, default=8)
    one.add_argument("--name", default="", help="of the model, at an endpoint")


def _about_a_run(command: Callable[..., Any], *told: Any) -> Any:
    one = command(*told)
    one.add_argument("what", metavar="CONFIG", type=Path, help=CONFIG)
    _settable(one)
    return one


def _settable(one: Any) -> None:
    one.add_argument("--set", metavar="A.B=C", action="append", default=[], help="change a setting of the run")


def _say(text: str) -> None:
    print(text)  # noqa: T201


def _summary(manifest: Manifest) -> str:
    shards = "1 shard" if len(manifest.shards) == 1 else f"{len(manifest.shards):,} shards"
    scrubbed = "scrubbed" if manifest.scrubbed else "NOT scrubbed: its rows may name patients"
    width = max(len(column.name) for column in manifest.columns)
    lines = [
        f"{manifest.name}, version {manifest.fingerprint[:12]}, is whole: every shard is the one that was built.",
        f"  rows     {manifest.rows:,} in {shards}, {_size(manifest.bytes)}",
        f"  schema   {manifest.schema}, version {manifest.schema_version}",
        *(f"           {column.name:<{width}}  {column.en}" for column in manifest.columns),
        f"  privacy  {scrubbed}",
        f"  content  {manifest.content[:12]}",
    ]
    return "\n".join(lines)


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} bytes" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


if __name__ == "__main__":
    sys.exit(main())
