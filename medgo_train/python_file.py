"""A Python file of runs or of tasks: it is read as if it were run, and what is wrong with it is said with its line."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from typing import Any

from medgo_train.config import ConfigError, RunError


def values(file: Path) -> dict[str, Any]:
    """All that it defines, by name."""
    if not file.is_file():
        raise ConfigError(f"there is no file {file} (from {Path.cwd()}). Give the path of a Python file.")
    name = f"medgo_file_{file.stem}"
    made = importlib.util.spec_from_file_location(name, file)
    if made is None or made.loader is None:
        raise ConfigError(f"{file} is no Python file: its name ends in .py")
    module = importlib.util.module_from_spec(made)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent.absolute()))  # for what lies beside it, as if it were run as a script
    try:
        made.loader.exec_module(module)
    except RunError:
        raise
    except (Exception, SystemExit) as wrong:  # whatever it raises is told with its line
        raise ConfigError(_where(file, wrong)) from wrong
    return vars(module)


def _where(file: Path, wrong: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(wrong.__traceback__) if frame.filename == str(file)]
    line = wrong.lineno if isinstance(wrong, SyntaxError) else lines[-1] if lines else None
    place = f"{file}, line {line}" if line else str(file)
    return f"{place}: {type(wrong).__name__}: {str(wrong).rstrip('.')}. Correct that line and run again."
