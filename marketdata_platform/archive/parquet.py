"""Rows to Parquet and back: exact, small, and in types that every engine reads.

Belongs here: encodings by column type, row groups, checksums. Does not: paths, manifests,
atomicity.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.parquet_layout import DICTIONARY, encoding
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.workflows.bookkeeping.day_stats import sorted_columns
from marketdata_platform.workflows.bookkeeping.row_streams import rechunked

# Measured on a million trades: 262,144 rows per group is smaller than 131,072 and than 1,048,576,
# and needs ~100 MB.
ROW_GROUP_ROWS = 262_144
READ_ROWS = 65_536
# zstd 15 is 3.5 % smaller than 9 on real days and costs 1.2 s a million trades instead of 0.3; 19
# saves 0.7 % more for 3.4 s. A day is written once and kept for years; reading costs the same.
ZSTD_LEVEL = 15
_DICTIONARY_BYTES = 4 << 20


def encodings(dataset: Dataset) -> dict[str, str | None]:
    """The Parquet encoding of each column, as `core.datasets.parquet_layout` says; None: the
    library's own choice.
    """
    return {column.name: encoding(column) for column in dataset.columns}


def write_rows(sink: BinaryIO, dataset: Dataset, batches: Iterable[pa.RecordBatch]) -> None:
    """Write the rows, at most one row group in memory. Equal rows give equal bytes, however they
    were batched.

    The Arrow schema is not embedded: it would cost 900 bytes per file; nothing is lost without it.
    """
    with pq.ParquetWriter(sink, dataset.arrow_schema, **_options(dataset)) as writer:
        for table in rechunked(batches, ROW_GROUP_ROWS):
            writer.write_table(table, row_group_size=ROW_GROUP_ROWS)


def encoded(dataset: Dataset, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """The bytes of `write_rows` as they are made, a row group at a time: encoding goes on while
    they are sent.
    """
    sink = _Pieces()
    with pq.ParquetWriter(sink, dataset.arrow_schema, **_options(dataset)) as writer:
        for table in rechunked(batches, ROW_GROUP_ROWS):
            writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
            yield from sink.taken()
    yield from sink.taken()


class _Pieces(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._bytes = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._bytes

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        self._held.append(piece)
        self._bytes += len(piece)
        return len(piece)

    def taken(self) -> Iterator[bytes]:
        held, self._held = self._held, []
        if held:
            yield b"".join(held)


def read_rows(source: BinaryIO, dataset: Dataset, where: str) -> Iterator[pa.RecordBatch]:
    """The rows in batches of 65,536 at most, page checksums verified.

    Raises:
        ArchiveMismatch: when it is not Parquet, is damaged, or holds other columns than the
            dataset.
    """
    schema = dataset.arrow_schema
    try:
        with pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=False) as file:
            if not file.schema_arrow.equals(schema):
                raise ArchiveMismatch(
                    f"{where} does not hold the columns of {dataset.name} (an older schema?): "
                    "archive it again"
                )
            for batch in file.iter_batches(READ_ROWS, use_threads=False):
                yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except (pa.ArrowException, OSError) as error:
        raise ArchiveMismatch(
            f"{where} cannot be read as Parquet ({str(error)[:200]}): archive the day again"
        ) from error


def _options(dataset: Dataset) -> dict[str, Any]:
    chosen = encodings(dataset)
    names = dataset.arrow_schema.names
    return {
        "compression": "zstd",
        "compression_level": ZSTD_LEVEL,
        "version": "2.6",
        "data_page_version": "2.0",
        "store_decimal_as_integer": True,
        "store_schema": False,
        "use_dictionary": [name for name, e in chosen.items() if e == DICTIONARY],
        "column_encoding": {name: e for name, e in chosen.items() if e not in (None, DICTIONARY)},
        "dictionary_pagesize_limit": _DICTIONARY_BYTES,
        "write_statistics": True,
        "write_page_checksum": True,
        "sorting_columns": [
            pq.SortingColumn(names.index(name)) for name in sorted_columns(dataset)
        ],
    }
