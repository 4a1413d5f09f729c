"""What could tell who a patient is leaves the text: names, numbers, addresses and dates, each replaced by what the recipe says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl
import xxhash

from medgo_data import keys, schema
from medgo_data.pii.operate import KEYED, OPERATORS, PUT, USUAL, Mask
from medgo_data.pii.span import POLICIES, TYPES, Span
from medgo_data.stage import DROP, Stage

RECORDS = ("case", "dialogue", "complaint", "record")  # words in the names of the categories that speak of patients
SAID: dict[str, Any] = {"scrubbed": pl.String, "masked": pl.List(pl.String), "masked_at": pl.List(pl.String)}


@dataclass(frozen=True, kw_only=True)
class Scrub(Stage):
    """For example ``Scrub()``, or ``Scrub(policy="high_recall", operators={"PERSON": "surrogate", "DATE": "shift"})``.

    ``policy`` is ``high_recall``, which finds nearly all and now and then masks a word too much, or ``balanced``, for the
    web and papers; or a policy by a word in the category: ``{"paper": "balanced"}``. What that does not name, and what
    has no category, gets the first if it speaks of patients (a case, dialogue, complaint or record), else the second.
    All columns with text of the raw file are scrubbed, and the rows marked so; with a ``column`` only that one is, and no
    mark is set.

    ``operators`` say by type what comes in the place of an identifier: ``placeholder`` ([姓名1], the same within a row),
    ``pseudonym`` (a code, the same everywhere), ``surrogate`` (what looks like one) or ``keep``; ``shift`` or ``year`` for
    dates, ``cap`` for ages, ``province`` for addresses; one for all, or by policy: ``{"DATE": {"balanced": "keep"}}``.
    Pseudonyms, surrogates and shifts need a key, from the environment or a file; ``key`` is but its name. A row that has
    been scrubbed by the same policy stays as it is. One that could not be searched to its end goes: ``unscrubbable``.
    """

    version: ClassVar[int] = 1
    any_column: ClassVar[bool] = True

    policy: str | Mapping[str, str] | None = None
    operators: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    column: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        told = {"": self.policy} if isinstance(self.policy, str) else self.policy or {}
        for policy in told.values():
            _one_of("policy", policy, POLICIES)
        for kind, operator in self.operators.items():
            _one_of("type", kind, TYPES)
            for policy in operator if isinstance(operator, Mapping) else ():
                _one_of("policy", policy, POLICIES)
            for one in operator.values() if isinstance(operator, Mapping) else [operator]:
                _one_of(
                    f"operator for {kind}", one, [name for name, of in OPERATORS.items() if of is None or kind in of]
                )
        keyed = sorted({op for policy in POLICIES for op in self._by_type(policy).values()} & KEYED)
        name = keys.name(keys.secret(f"Scrub with {keyed[0]!r}")) if keyed else None
        if self.key not in (None, name):
            raise keys.SecretError(
                f"Scrub: the key here is {name}, and this recipe was made with {self.key}. Bring that one back, or leave key out."
            )
        object.__setattr__(self, "key", name)

    @property
    def marks(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset({"scrubbed"}) if self.column is None else frozenset()

    def __call__(self, docs: pl.DataFrame) -> pl.DataFrame:
        from medgo_data.pii.engine import Failed, find  # here, because a recipe is read without Presidio

        columns = [self.column] if self.column else texts(docs)
        rows = [Row.of(row) for row in docs.select(columns).rows(named=True)]
        policies = self._policies(docs)
        was = [(told or " ").split(" ") for told in _held(docs, "scrubbed")]
        now = [row.digest for row in rows]
        left = [n for n, policy in enumerate(policies) if was[n] != [self._by(policy), now[n]]]
        found: dict[int, list[Span] | Failed] = {}
        for policy in sorted({policies[n] for n in left}):
            mine = [n for n in left if policies[n] == policy]
            found |= zip(mine, find([rows[n].text for n in mine], policy), strict=True)
        told: dict[str, list[Any]] = {name: _held(docs, name) for name in (*columns, *SAID)}
        whom = _held(docs, "subject")
        for n, spans in found.items():
            if isinstance(spans, Failed):
                continue
            mask = Mask(self._by_type(policies[n]), self._secret, whom[n] or docs[n, "id"])
            before = [_read(*one) for one in zip(told["masked_at"][n] or (), told["masked"][n] or (), strict=True)]
            row, at = rows[n].masked(
                mask,
                [span for span in spans if mask.operators[span.type] != "keep"],
                before if was[n][1] == now[n] else [],  # in a text that changed since, they stand elsewhere
            )
            for column, value in row.values.items():
                told[column][n] = value
            told["scrubbed"][n] = f"{self._by(policies[n])} {row.digest}"
            told["masked"][n] = [span.type for _, span in at]
            told["masked_at"][n] = [f"{path} {s.start}-{s.end} {s.by} {s.score:.2f}" for path, s in at]
        failed = [n for n, spans in found.items() if isinstance(spans, Failed)]
        made = [pl.Series(name, values, SAID.get(name) or docs.schema[name]) for name, values in told.items()]
        gone = pl.int_range(pl.len()).is_in(failed)
        return docs.with_columns(made).with_columns(drop=pl.when(gone).then(pl.lit("unscrubbable")).otherwise("drop"))

    @property
    def _secret(self) -> bytes:
        key = keys.secret("Scrub") if self.key else b""
        if key and keys.name(key) != self.key:
            raise keys.SecretError(f"Scrub: the key here is {keys.name(key)}, and the recipe was read with {self.key}.")
        return key

    def _policies(self, docs: pl.DataFrame) -> list[str]:
        """The policy of each row."""
        if isinstance(self.policy, str):
            return [self.policy] * docs.height
        categories = docs["category"].to_list() if "category" in docs.columns else [None] * docs.height
        by = {category: self._policy(category) for category in set(categories)}
        return [by[category] for category in categories]

    def _policy(self, category: str | None) -> str:
        named = next((self.policy[word] for word in self.policy or () if category and word in category), None)  # type: ignore[index]
        records = category is None or any(word in category for word in RECORDS)
        return named or POLICIES[0 if records else 1]

    def _by(self, policy: str) -> str:
        return f"{policy}/{self.version}"

    def _by_type(self, policy: str) -> dict[str, str]:
        told = {kind: op.get(policy) if isinstance(op, Mapping) else op for kind, op in self.operators.items()}
        return {kind: told.get(kind) or USUAL.get(kind, "placeholder") for kind in TYPES}


def texts(docs: pl.DataFrame) -> list[str]:
    """The columns that hold text of the raw file: all but those that the builder or a stage fills."""
    ours = schema.filled()
    return [name for name, kind in docs.schema.items() if name not in ours and name not in DROP and _textual(kind)]


@dataclass(frozen=True)
class Row:
    """The texts of one row, wherever in its columns they stand, as one text with a line for each at the least."""

    values: dict[str, Any]
    paths: tuple[str, ...]
    leaves: tuple[str, ...]

    @classmethod
    def of(cls, values: dict[str, Any]) -> Row:
        found = [leaf for column, value in values.items() for leaf in schema.leaves(column, value)]
        return cls(values, tuple(path for path, _ in found), tuple(leaf for _, leaf in found))

    @property
    def text(self) -> str:
        return "\n".join(self.leaves)

    @property
    def digest(self) -> str:
        return xxhash.xxh3_64_hexdigest(self.text.encode("utf-8", "surrogatepass"))

    def masked(
        self, mask: Mask, spans: list[Span], before: list[tuple[str, Span]]
    ) -> tuple[Row, list[tuple[str, Span]]]:
        """The row without what was found, and where in it, by path, the replacements stand, with those of ``before``."""
        start, queue, at = 0, sorted(spans), []
        put: list[str] = []
        for path, leaf in zip(self.paths, self.leaves, strict=True):
            end = start + len(leaf)
            here = [
                s._replace(start=max(s.start, start) - start, end=min(s.end, end) - start)
                for s in queue
                if s.start < end
            ]
            queue = [span for span in queue if span.end > end]
            stays = [span for where, span in before if where == path]
            put_in = sorted({*((s.start, s.end) for s in stays), *(found.span() for found in PUT.finditer(leaf))})
            new, told = mask.masked(leaf, [left for span in here for left in _outside(leaf, span, put_in)], stays)
            put.append(new)
            at += [(path, span) for span in told]
            start = end + 1
        fresh = iter(put)
        return Row({column: _filled(value, fresh) for column, value in self.values.items()}, self.paths, tuple(put)), at


def _outside(text: str, span: Span, put_in: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """What of it is not a replacement already."""
    at = span.start
    for start, end in put_in:
        if start < span.end and end > at:
            if text[at:start].strip():
                yield span._replace(start=at, end=start)
            at = end
    if text[at : span.end].strip():
        yield span._replace(start=at)


def _read(at: str, kind: str) -> tuple[str, Span]:
    """What ``masked_at`` says of one."""
    path, place, by, score = at.rsplit(" ", 3)
    start, _, end = place.partition("-")
    return path, Span(int(start), int(end), kind, by, float(score))


def _filled(value: Any, fresh: Iterator[str]) -> Any:
    """The value with its texts, in the same order, put anew."""
    if isinstance(value, str):
        return next(fresh)
    if isinstance(value, dict):
        return {name: one if name in schema.PARTS else _filled(one, fresh) for name, one in value.items()}
    return [_filled(one, fresh) for one in value] if isinstance(value, list) else value


def _textual(kind: pl.DataType) -> bool:
    if isinstance(kind, pl.List):
        return _textual(kind.inner)  # type: ignore[arg-type]
    if isinstance(kind, pl.Struct):
        return any(_textual(part.dtype) for part in kind.fields)  # type: ignore[arg-type]
    return kind == pl.String


def _held(docs: pl.DataFrame, name: str) -> list[Any]:
    return docs[name].to_list() if name in docs.columns else [None] * docs.height


def _one_of(what: str, told: str, known: Iterable[str]) -> None:
    if told not in known:
        raise ValueError(f"Scrub: there is no {what} {told!r}. Take one of {', '.join(known)}.")
