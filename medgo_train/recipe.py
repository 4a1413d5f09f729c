"""Runs as they are asked for: a YAML file with one, or a Python file whose functions return them.

medgo-train run recipes/medgo_training.py         every run of the file, in its order
medgo-train run recipes/medgo_training.py:sft     one of them
medgo-train run sft.yaml
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from medgo_train import config
from medgo_train.config import ConfigError, RunConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType


def runs(told: Path | str, *, overrides: Iterable[str] = ()) -> list[RunConfig]:
    """What a file or a function of it means, changed by overrides such as ``optimizer.learning_rate=1e-5``."""
    overrides = list(overrides)
    file, name = str(told).rsplit(":", 1) if ".py:" in str(told) else (str(told), "")
    if not file.endswith(".py"):
        return [config.load(told, overrides=overrides)]
    found = _functions(Path(file))
    if name and name not in found:
        raise ConfigError(f"{file} has no run {name!r}; it has {', '.join(found)}. Write {file}:{next(iter(found))}")
    return [_made(file, each, found[each], overrides) for each in ([name] if name else found)]


def run(told: Path | str, *, overrides: Iterable[str] = ()) -> RunConfig:
    """The same where only one can be meant."""
    found = runs(told, overrides=overrides)
    if len(found) > 1:
        raise ConfigError(f"{told} holds {len(found)} runs. Say which one: {told}:{found[0].stage}, for example.")
    return found[0]


def _made(file: str, name: str, makes: Callable[[], RunConfig], overrides: list[str]) -> RunConfig:
    try:
        return config.read(makes().plain(), overrides=overrides)  # as strict as YAML: Python looks at no type
    except ConfigError as wrong:
        raise ConfigError(f"{file}:{name}: {wrong}") from wrong


def _functions(file: Path) -> dict[str, Callable[[], RunConfig]]:
    """The functions of a file that need nothing and promise a RunConfig, in their order."""
    module = _module(file)
    found: dict[str, Callable[[], RunConfig]] = {
        name: made
        for name, made in vars(module).items()
        if inspect.isfunction(made) and made.__module__ == module.__name__ and _promises(made)
    }
    if not found:
        raise ConfigError(
            f"{file} holds no run. Write a function that returns one: def sft() -> RunConfig: return RunConfig(stage='sft', …)"
        )
    return found


def _promises(made: Callable[..., object]) -> bool:
    signature = inspect.signature(made)
    needs = [one for one in signature.parameters.values() if one.default is one.empty]
    return signature.return_annotation in {RunConfig, "RunConfig"} and not needs


def _module(file: Path) -> ModuleType:
    if not file.is_file():
        raise ConfigError(f"there is no recipe {file} (from {Path.cwd()}). Give the path of a Python or a YAML file.")
    name = f"medgo_runs_{file.stem}"
    made = importlib.util.spec_from_file_location(name, file)
    if made is None or made.loader is None:
        raise ConfigError(f"{file} is no Python file. A recipe ends in .py")
    module = importlib.util.module_from_spec(made)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent.absolute()))  # for what lies beside it, as if it were run as a script
    try:
        made.loader.exec_module(module)
    except (Exception, SystemExit) as wrong:  # whatever a recipe raises is told with its line
        raise ConfigError(_where(file, wrong)) from wrong
    return module


def _where(file: Path, wrong: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(wrong.__traceback__) if frame.filename == str(file)]
    line = wrong.lineno if isinstance(wrong, SyntaxError) else lines[-1] if lines else None
    place = f"{file}, line {line}" if line else str(file)
    return f"{place}: {type(wrong).__name__}: {str(wrong).rstrip('.')}. Correct that line and run again."
