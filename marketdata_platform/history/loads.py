"""Files for the bulk loader: recognised by their first bytes and columns, read in batches of a
fixed size.

Belongs here: which reader a file gets. Does not: what its records mean (databento, tables), storing
(workflows).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history.checksums import sha256_of, verified
from marketdata_platform.history.containers import Caps, Member, members, opened
from marketdata_platform.history.formats.databento.dbn import MAGIC, DbnStream
from marketdata_platform.history.formats.databento.rows import DbnRows
from marketdata_platform.history.formats.table_choice import columns_without_header, layout_of
from marketdata_platform.history.formats.tables import WHERE, table_rows
from marketdata_platform.venues.kit.tables import TableLayout
from marketdata_platform.workflows.files.load import LoadedBatch

# Measured: larger ones load no faster and hold more memory, smaller ones pay per transaction.
BATCH_ROWS = 131_072
_HEAD_BYTES = 64 << 10
_PARQUET, _ARROW = b"PAR1", b"ARROW1"


@dataclass(frozen=True, slots=True)
class LoadFile:
    """`LoadSource` over a file. Made by `open_load`."""

    path: str
    format: str
    sha256: str
    size_bytes: int
    instrument: Instrument | None
    layout: TableLayout | None  # None: DBN
    caps: Caps
    batch_rows: int

    @property
    def name(self) -> str:
        """File name without folders."""
        return Path(self.path).name

    def batches(self) -> Iterator[LoadedBatch]:
        """Decode the file once.

        Raises:
            InvalidInput: it is damaged, cut off, or breaks the caps.
        """
        with opened(Path(self.path)) as file:
            done = 0
            for batch in self._dbn(file) if self.layout is None else self._table(file, self.layout):
                yield LoadedBatch(done, batch.records, batch.rows, batch.rejected, self._read(file))
                done += batch.records

    def _read(self, file: BufferedReader) -> int:
        return self.size_bytes if file.closed else file.tell()

    def _dbn(self, file: BufferedReader) -> Iterator[LoadedBatch]:
        for member in members(file, self.name, self.caps):
            stream = DbnStream(member.stream, member.source)
            reader = DbnRows(stream.header, self.instrument)
            for records in stream.blocks():
                for start in range(0, len(records), self.batch_rows):
                    part = records[start : start + self.batch_rows]
                    made = reader.rows(part, start)
                    yield LoadedBatch(0, len(part), made.rows, made.rejected, 0)

    def _table(self, file: BufferedReader, layout: TableLayout) -> Iterator[LoadedBatch]:
        for table in _tables(file, self.name, self.caps, self.batch_rows):
            made = table_rows(layout, _with_path(table, self.path), self.instrument)
            yield LoadedBatch(0, table.num_rows, made.rows, made.rejected, 0)


def open_load(
    path: Path | str,
    *,
    dataset: str | None = None,
    instrument: Instrument | None = None,
    allow_bad_checksum: bool = False,
    caps: Caps | None = None,
    batch_rows: int = BATCH_ROWS,
) -> LoadFile:
    """Recognise a file (DBN, Parquet, Arrow IPC or CSV, also compressed); nothing is loaded yet.

    Args:
        path: the file. Folders `venue=…/market=…/symbol=…` above it name its instrument, as columns
            of these names do.
        dataset: which one its columns are of; None: recognised by the columns.
        instrument: of all its records; None: as the file says.
        allow_bad_checksum: load a file whose CHECKSUM is wrong.
        caps: against compression bombs.
        batch_rows: records a transaction.

    Raises:
        UnsupportedFormat: it is none of these, its columns are of no dataset, or its instrument
            cannot be recognised.
        ChecksumMismatch, UnsafeArchive, InvalidInput.
    """
    path, caps = Path(path), caps or Caps()
    with opened(path) as file:
        sha256 = sha256_of(file)
        verified(path, sha256, allow_bad_checksum)
        size = os.fstat(file.fileno()).st_size
    layout, format_ = _recognised(path, dataset, instrument, caps)
    return LoadFile(str(path), format_, sha256, size, instrument, layout, caps, batch_rows)


def _recognised(
    path: Path, dataset: str | None, instrument: Instrument | None, caps: Caps
) -> tuple[TableLayout | None, str]:
    with opened(path) as file:
        is_dbn = next(iter(members(file, path.name, caps))).stream.read(8)[:3] == MAGIC
    with opened(path) as file:  # a decompressor closes the file that it was given
        if is_dbn:
            stream = DbnStream(next(iter(members(file, path.name, caps))).stream, path.name)
            return None, f"dbn:{stream.header.schema}"
        table = next(_tables(file, path.name, caps, 1), None)
    if table is None:
        raise UnsupportedFormat(f"{path} holds no record: there is nothing to load")
    table = _with_path(table, str(path))
    layout = layout_of(path, table.column_names, dataset, instrument)
    if instrument is None and not set(WHERE) <= set(table.column_names):
        raise UnsupportedFormat(
            f"{path} does not say of which instrument it is: give --instrument venue:market:symbol"
        )
    return layout, f"table:{layout.name}"


def _with_path(table: pa.Table, path: str) -> pa.Table:
    """The table with venue, market and symbol from folders `venue=…` where it has no such
    columns.
    """
    parts = dict(part.partition("=")[::2] for part in Path(path).parts[:-1] if "=" in part)
    for name in WHERE:
        if name in parts and name not in table.column_names:
            table = table.append_column(
                name, pa.array(np.repeat(unquote(parts[name]), table.num_rows).tolist())
            )
    return table


def _tables(file: BufferedReader, name: str, caps: Caps, rows: int) -> Iterator[pa.Table]:
    """The file's batches of `rows` records."""
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    try:
        if head.startswith(_PARQUET):
            for batch in pq.ParquetFile(file).iter_batches(batch_size=rows):
                yield pa.Table.from_batches([batch])
        elif head.startswith(_ARROW):
            yield from _arrow(file, rows)
        else:
            for member in members(file, name, caps):
                yield from _csv(member, rows)
    except pa.ArrowException as error:
        raise InvalidInput(f"{name} cannot be read as a table: {error}") from None


def _arrow(file: BufferedReader, rows: int) -> Iterator[pa.Table]:
    reader = pa.ipc.open_file(file)
    for number in range(reader.num_record_batches):
        table = pa.Table.from_batches([reader.get_batch(number)])
        for start in range(0, table.num_rows, rows):
            yield table.slice(start, rows)


def _csv(member: Member, rows: int) -> Iterator[pa.Table]:
    """Every value as text: numbers are read exactly, later."""
    head = member.stream.read(_HEAD_BYTES)
    first = head.split(b"\n", 1)[0].decode("utf-8", "replace").strip().lstrip("\ufeff")
    names = [n.strip().strip('"') for n in first.split(",")]
    declared = columns_without_header(names, member.source)
    columns = declared or names
    reader = pa_csv.open_csv(
        pa.PythonFile(_Chained(head, member), "r"),
        read_options=pa_csv.ReadOptions(block_size=1 << 20, column_names=declared),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    kept: list[pa.RecordBatch] = []
    for batch in reader:
        kept.append(batch)
        table = pa.Table.from_batches(kept)
        while table.num_rows >= rows:
            yield table.slice(0, rows)
            table = table.slice(rows)
        kept = table.to_batches()
    if kept and (rest := pa.Table.from_batches(kept)).num_rows:
        yield rest


class _Chained:
    """The bytes that were looked at already, then the stream's."""

    closed = False

    def __init__(self, head: bytes, member: Member) -> None:
        self._head, self._member = BytesIO(head), member

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, none at the end."""
        size = size if size is not None and size >= 0 else 1 << 20
        return self._head.read(size) or self._member.stream.read(size)

    def close(self) -> None:
        """Nothing to give back: the file is closed by who opened it."""

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is not."""
        return False

    def seekable(self) -> bool:
        """It is not."""
        return False
