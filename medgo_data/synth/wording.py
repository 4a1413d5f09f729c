"""What a synthesizer may put before a model, as far as that can be read off its class: so that no edit of a prompt goes unnoticed.

Read are the texts and tables of the class, the texts in its functions, and what these name: tables wherever they stand, functions and
classes of the same folder and of this one. What is code alone is not read, nor in which order a function holds its texts: a comment,
a docstring or another way of writing the same rebuilds nothing. Whoever changes what a function does raises ``version``.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import orjson

from medgo_data.synth import shape

HERE = str(Path(__file__).parent)
HAS_DOCSTRING = (
    0x4000000  # a flag of code from Python 3.14 on; before, the docstring or None is the first constant of a function
)


def wording(kind: type, base: type) -> Any:
    """As plain JSON: what the class holds, and those above it up to ``base``."""
    own = kind.__mro__[: kind.__mro__.index(base)]
    try:
        folder = str(Path(inspect.getfile(kind)).parent)
    except (OSError, TypeError):  # it was written into a notebook
        folder = HERE
    reader = Reader((folder, HERE), set(base.__mro__))
    return [reader.held(one) for one in reversed(own)]


class Reader:
    def __init__(self, folders: tuple[str, ...], seen: set[Any]) -> None:
        self.folders, self.seen = folders, seen

    def told(self, value: Any) -> Any:  # noqa: PLR0911  one for each kind of thing
        """What of it is text, or may become text; else None."""
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, Enum):
            return self.told(value.value)
        if isinstance(value, re.Pattern):
            return value.pattern
        if isinstance(value, Mapping):
            return [[self.told(name), self.told(one)] for name, one in value.items()]
        if isinstance(value, tuple | list):
            return [self.told(one) for one in value]
        if isinstance(value, set | frozenset):
            return sorted(orjson.dumps(self.told(one)).decode() for one in value)
        if isinstance(value, type):
            return self.of_class(value)
        if is_dataclass(value):
            return [self.told(getattr(value, f.name)) for f in fields(value)]
        return self.of_function(value)

    def of_class(self, kind: type) -> Any:
        if shape.is_shape(kind):
            return shape.schema(kind)
        module = sys.modules.get(kind.__module__)
        if kind in self.seen or not str(getattr(module, "__file__", "")).startswith(self.folders):
            return None
        self.seen.add(kind)
        return self.told(list(kind)) if issubclass(kind, Enum) else self.held(kind)

    def held(self, kind: type) -> Any:
        return [[name, self.told(value)] for name, value in vars(kind).items() if not name.startswith("__")]

    def of_function(self, value: Any) -> Any:
        for name in ("__func__", "fget", "func", "__wrapped__"):  # a method, a property, a function that remembers
            value = getattr(value, name, value)
        code = getattr(value, "__code__", None)
        if (
            not isinstance(value, FunctionType)
            or code in self.seen
            or not value.__code__.co_filename.startswith(self.folders)
        ):
            return None
        self.seen.add(code)
        codes = list(_codes(value.__code__))
        names = sorted({name for code in codes for name in code.co_names})
        found = {name: value.__globals__[name] for name in names if name in value.__globals__}
        for module in [one for one in found.values() if isinstance(one, ModuleType)]:
            found |= {f"{module.__name__}.{name}": vars(module)[name] for name in names if name in vars(module)}
        closed = dict(zip(value.__code__.co_freevars, value.__closure__ or (), strict=True))
        found |= {name: cell.cell_contents for name, cell in closed.items() if cell != CellType()}
        named = [[name, told] for name, one in sorted(found.items()) if (told := self.told(one)) is not None]
        return [sorted({text for code in codes for text in _texts(code)}), named]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """That of a function, and of those within it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _texts(code: CodeType) -> Iterator[str]:
    """All in it but its docstring, one by one: how tables of them are kept differs by version of Python."""
    documented = code.co_flags & HAS_DOCSTRING if sys.version_info >= (3, 14) else not code.co_name.startswith("<")
    consts = list(code.co_consts[1:] if documented else code.co_consts)
    while consts:
        const = consts.pop()
        if isinstance(const, str):
            yield const
        elif isinstance(const, tuple | frozenset):
            consts += const
