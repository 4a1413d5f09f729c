"""Runs as they are asked for: a YAML file with one, or a Python file whose functions return them.

medgo-train run recipes/medgo_training.py         every run of the file, in its order
medgo-train run recipes/medgo_training.py:sft     one of them
medgo-train run sft.yaml
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from medgo_train import config, python_file
from medgo_train.config import ConfigError, RunConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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
    defined = python_file.values(file)
    found: dict[str, Callable[[], RunConfig]] = {
        name: made
        for name, made in defined.items()
        if inspect.isfunction(made) and made.__module__ == defined["__name__"] and _promises(made)
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
