"""How rows lie in Parquet: written in batches, always to the same bytes, and read back in batches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP = 8 << 20  # bytes in memory: large enough to compress well, small enough to hold many
DRAFT = ".arrow"
REPEATING = ("source", "license", "category", "origin", "language")
LEVEL = 1  # zstd: 380 MB/s of Chinese text on one core; level 3 is a fifth smaller and takes twice as long


class ShardWriter:
    """Gathers batches and writes them as row groups of about the same size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.rows = 0
        self._file = self._open(path)
        self._waiting: list[pl.DataFrame] = []
        self._bytes = 0

    def _open(self, path: Path) -> Any:
        import pyarrow.parquet as pq

        return pq.ParquetWriter(
            path,
            self.schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=[name for name in REPEATING if name in self.schema.names],  # type: ignore[arg-type]
            write_statistics=[name for name in ("id",) if name in self.schema.names],
        )

    def add(self, docs: pl.DataFrame) -> None:
        if docs.height:
            self._waiting.append(docs)
            self._bytes += int(docs.estimated_size())
        if self._bytes >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            docs = pl.concat(self._waiting)
            self._write(docs.to_arrow(compat_level=pl.CompatLevel.oldest()))
            self.rows += docs.height
            self._waiting, self._bytes = [], 0

    def _write(self, table: pa.Table) -> None:
        self._file.write_table(table.cast(self.schema), row_group_size=max(1, table.num_rows))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        self._file.close()


class DraftWriter(ShardWriter):
    """The same for rows on their way to a survey, which are read again soon and some of them by number: as they lie in memory."""

    def _open(self, path: Path) -> Any:
        import pyarrow as pa

        empty = pl.DataFrame(pa.Table.from_batches([], self.schema)).to_arrow(compat_level=pl.CompatLevel.oldest())
        return pa.ipc.new_file(str(path), empty.schema)

    def _write(self, table: pa.Table) -> None:
        self._file.write_table(table)


def write(frame: pl.DataFrame, path: Path, schema: pa.Schema | None = None) -> None:
    """A whole table at once."""
    with ShardWriter(path, schema or frame.to_arrow(compat_level=pl.CompatLevel.oldest()).schema) as file:
        file.add(frame)


def batches(path: Path) -> Iterator[pl.DataFrame]:
    """The rows of a shard or a draft, a row group at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix == DRAFT:
        with pa.ipc.open_file(pa.memory_map(os.fspath(path))) as draft:
            for number in range(draft.num_record_batches):
                batch: Any = pl.from_arrow(draft.get_batch(number))
                yield batch
        return
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            read: Any = pl.from_arrow(file.read_row_group(group, use_threads=False))
            yield read
