"""Whatever logs of other harnesses lie in a file or a folder."""

from __future__ import annotations

from pathlib import Path

from medgo_train.evaluate import logs_inspect as inspect
from medgo_train.evaluate import logs_lm_eval as lm_eval
from medgo_train.evaluate.files import EvaluationError
from medgo_train.evaluate.logs import Log


def read(path: Path | str, *, metric: str = "", how: str = "") -> list[Log]:
    """The logs in a file or a folder: samples_*.jsonl of lm-evaluation-harness, .json or .eval of inspect.

    ``metric`` and ``how`` choose where a log has several: a metric and a filter there, a value and a scorer here. Of two runs of
    one task in a folder the later counts.
    """
    path = Path(path)
    if not path.exists():
        raise EvaluationError(f"{path} does not exist. Give a log of lm-eval or inspect, or the folder that has them.")
    files = sorted(p for p in path.rglob("*") if _is_log(p)) if path.is_dir() else [path]
    logs = [
        lm_eval.read(one, metric, how) if one.suffix == ".jsonl" else inspect.read(one, metric, how) for one in files
    ]
    if not logs:
        raise EvaluationError(
            f"{path} holds no log. lm-eval writes samples_*.jsonl with --log_samples, inspect .eval or .json into its logs."
        )
    return list({(log.harness, log.model, log.task): log for log in logs}.values())


def _is_log(path: Path) -> bool:
    return (
        bool(lm_eval.SAMPLES.fullmatch(path.name))
        or path.suffix == ".eval"
        or (path.suffix == ".json" and _has(path, '"eval"'))
    )


def _has(path: Path, word: str) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return word in file.read(2000)
