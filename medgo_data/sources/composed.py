"""Records that become rows by a rule, where no path says which part of them fills a column: leaflets in a table, exams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from medgo_data import schema
from medgo_data.corpus import Piece, Raw
from medgo_data.sources.fields import Refused, frame, paths, refusal
from medgo_data.sources.parquet import Parquet, batches_of, opened_parquet
from medgo_data.sources.raw import BrokenError
from medgo_data.sources.values import UnfitError, steps_of

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]


@dataclass(frozen=True)
class Composed:
    """A reader of files of records, of which ``make`` makes rows with these ``columns``.

    ``wanted`` are the paths that a record must have, where its format says beforehand which it has: a table, Parquet.
    """

    reader: Any
    wanted: tuple[str, ...]
    columns: tuple[str, ...]
    make: Callable[[Any], Iterable[Row | Refused]]

    def read(self, piece: Piece) -> Iterator[pl.DataFrame]:
        told, own = schema.load(self.reader.gives), {column: column for column in self.columns}
        number = 0
        try:
            for records in self._records(piece):
                made = [row for record in records for row in self._made(record)]
                if made:
                    yield frame(made, number, own, told)
                number += len(made)
        except BrokenError as broken:
            yield refusal(broken.reason, number, own, told)

    def cuts(self, raw: Raw) -> list[int]:
        return self._whole().cuts(raw)  # type: ignore[no-any-return]

    def _made(self, record: Any) -> list[Row | Refused]:
        if isinstance(record, Refused):
            return [record]
        try:
            return list(self.make(record))
        except UnfitError as unfit:
            return [Refused(unfit.reason)]

    def _records(self, piece: Piece) -> Iterator[list[Any]]:
        reader = self._whole()
        return _of_parquet(reader, piece) if isinstance(reader, Parquet) else reader.records(piece)

    def _whole(self) -> Any:
        """The reader, with the paths into its records in the place of columns."""
        wanted = {path: path for path in self.wanted}
        kind = type(self.reader)
        whole = type(kind.__name__, (kind,), {"mapping": lambda _: wanted, "keyed": False})
        told = {f.name: getattr(self.reader, f.name) for f in fields(self.reader)}
        return whole(**told | {"fields": wanted or None})


def _of_parquet(reader: Any, piece: Piece) -> Iterator[list[Any]]:
    file = opened_parquet(piece.raw)
    there = file.schema_arrow.names
    roots = {path if path in there else str((steps_of(path) or [path])[0]) for path in paths(reader.mapping())}
    if not roots <= set(there):
        raise BrokenError("no_such_column")
    for group in range(piece.start, file.num_row_groups if piece.end is None else piece.end):
        try:
            for batch in batches_of(file, group, sorted(roots) or there):
                yield batch.to_dicts()
        except BrokenError as broken:
            yield [Refused(broken.reason)]
