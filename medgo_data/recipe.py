"""A recipe is a Python file with corpora in it; here it is read, and what is wrong with it is said with its line."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from medgo_data.corpus import Corpus


class RecipeError(ValueError):
    """A recipe that cannot be read; the message names its line and the next step."""


def corpora(told: str) -> list[Corpus]:
    """The corpus that ``recipes/demo.py:pretrain`` means, or without a name all those of the file, in its order."""
    file, name = told.rsplit(":", 1) if ".py:" in told else (told, "")
    found: dict[str, Corpus] = {}
    for key, value in vars(_module(Path(file))).items():
        if isinstance(value, Corpus) and not any(value is other for other in found.values()):
            found[key] = value
    if not found:
        raise RecipeError(
            f"{file} holds no corpus. Write one at its top level: pretrain = Corpus('pretrain', [source], [Clean()])"
        )
    if not name:
        return list(found.values())
    named = {corpus.name: corpus for corpus in found.values()} | found
    if name not in named:
        raise RecipeError(f"{file} has no corpus {name!r}; it has {', '.join(found)}. Write {file}:{next(iter(found))}")
    return [named[name]]


def _module(file: Path) -> ModuleType:
    if not file.is_file():
        raise RecipeError(
            f"there is no recipe {file} (from {Path.cwd()}). Give the path of a Python file: recipes/demo.py"
        )
    name = f"medgo_recipe_{file.stem}"
    made = importlib.util.spec_from_file_location(name, file)
    if made is None or made.loader is None:
        raise RecipeError(f"{file} is no Python file. A recipe ends in .py")
    module = importlib.util.module_from_spec(made)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent.absolute()))  # for what lies beside it, as if it were run as a script
    try:
        made.loader.exec_module(module)
    except (
        Exception,
        SystemExit,
    ) as wrong:  # whatever a recipe raises is told with the line of the recipe that raised it
        raise RecipeError(_where(file, wrong)) from wrong
    import cloudpickle  # a worker has never heard of this file, so stages made in it travel whole

    cloudpickle.register_pickle_by_value(module)
    return module


def _where(file: Path, wrong: BaseException) -> str:
    """The innermost line of the recipe, or of a file beside it, and what is wrong there."""
    if isinstance(wrong, SyntaxError):
        return f"{wrong.filename}, line {wrong.lineno}: {wrong.msg}. Correct that line and run again."
    frames = traceback.extract_tb(wrong.__traceback__)
    beside = {path.resolve() for path in file.parent.glob("*.py")}
    own = [frame for frame in frames if Path(frame.filename).resolve() in beside]
    place = f"{own[-1].filename}, line {own[-1].lineno}" if own else str(file)
    hint = ""
    if isinstance(wrong, NameError):
        hint = (
            " A corpus must be made before another can stand on it: is it written further down, or is there a circle?"
        )
    if isinstance(wrong, ImportError):
        hint = " Is the package installed, or do two files import each other?"
    said = str(wrong).rstrip(".")
    return f"{place}: {type(wrong).__name__}: {said}.{hint} Correct that line and run again."
