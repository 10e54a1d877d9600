"""Arrow columns to and from PostgreSQL's binary COPY, exactly: no text, no Python object per value.

Belongs here: which kernel a column needs, and Arrow's buffers. Does not: the bytes (_copy_encode,
_copy_decode). Why not ADBC: docs/adr/0007-copy-not-adbc.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.stores.postgres_server.copying import _copy_decode as reader
from marketdata_platform.stores.postgres_server.copying import _copy_encode as kernel

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_BLOCK_ROWS = 1 << 13  # what is written of a block stays in the processor's cache
_DECODED_ROWS = 1 << 16
_EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000-01-01
_EPOCH_DAYS = 10_957
_NO_NULLS = np.ones(0, np.bool_)


def encoded(table: pa.Table, constants: Sequence[str] = ()) -> Iterator[bytes]:
    """The rows as COPY wants them, in blocks; `constants` are texts that stand before the columns
    in every row.
    """
    head = _start_of_row(table.num_columns + len(constants), constants)
    yield HEADER
    for start in range(0, table.num_rows, _BLOCK_ROWS):
        block = table.slice(start, _BLOCK_ROWS)
        columns = [_Encoder(_whole(block.column(i))) for i in range(block.num_columns)]
        length = np.full(block.num_rows, len(head), np.int64)
        for column in columns:
            column.measure(length)
        ends = np.cumsum(length)
        out, at = np.empty(int(ends[-1]), np.uint8), ends - length
        kernel.put_constant(out, at, head)
        for column in columns:
            column.put(out, at)
        yield out.tobytes()
    yield TRAILER


def decoded(data: bytes, schema: pa.Schema) -> pa.Table:
    """The rows of a whole binary COPY as a table of `schema`.

    Raises:
        InvalidInput: the bytes do not hold such columns, or a number has more decimals than its
            type.
    """
    content = np.frombuffer(data, np.uint8)
    at = len(HEADER)
    batches: list[pa.RecordBatch] = []
    room = _room(data, len(schema))
    starts = np.empty((len(schema), room), np.int64)
    sizes = np.empty_like(starts)
    rows = room
    while rows == room:
        rows, at = reader.find_fields(content, at, starts, sizes)
        if rows < 0:
            raise InvalidInput(
                "the database's answer is not made of the columns that were asked for"
            )
        if rows:
            arrays = [
                _array(content, starts[i, :rows], sizes[i, :rows], f.type)
                for i, f in enumerate(schema)
            ]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema)


def decimal_type(data: bytes, columns: int, column: int) -> pa.DataType:
    """The decimal type that holds every numeric of a column whose declaration gives none.

    Raises:
        InvalidInput: a value is no number, or they take more than 76 digits.
    """
    content = np.frombuffer(data, np.uint8)
    room = _room(data, columns)
    at, rows, whole, behind = len(HEADER), room, 1, 0
    starts = np.empty((columns, room), np.int64)
    sizes = np.empty_like(starts)
    while rows == room:
        rows, at = reader.find_fields(content, at, starts, sizes)
        some, more = reader.decimals_needed(content, starts[column, :rows], sizes[column, :rows])
        if some == reader.NOT_A_NUMBER:
            raise InvalidInput("a numeric is NaN or infinite: cast it to double precision")
        whole, behind = max(whole, some), max(behind, more)
    if whole + behind > 38 + 3:  # whole digits come in fours
        raise InvalidInput(
            "a numeric takes more than 38 digits: round it, or cast it to double precision"
        )
    return pa.decimal128(38, behind)


def _room(data: bytes, columns: int) -> int:
    """For how many rows at a time places are kept: no more than the data can hold, for fresh memory
    is slow memory.
    """
    return min(_DECODED_ROWS, len(data) // (2 + 4 * columns) + 1)


def _start_of_row(fields: int, constants: Sequence[str]) -> kernel.Bytes:
    parts = [fields.to_bytes(2, "big")]
    for constant in constants:
        value = constant.encode()
        parts += [len(value).to_bytes(4, "big"), value]
    return np.frombuffer(b"".join(parts), np.uint8)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _validity(array: pa.Array) -> kernel.Valid:
    if array.null_count == 0:
        return _NO_NULLS
    valid: kernel.Valid = pc.is_valid(array).to_numpy(zero_copy_only=False)
    return valid


def _numbers(array: pa.Array, zero: object) -> np.ndarray:
    filled = pc.fill_null(array, zero) if array.null_count else array
    return np.asarray(filled.to_numpy(zero_copy_only=False))


@dataclass(slots=True)
class _Texts:
    ends: kernel.Int64s
    content: kernel.Bytes


class _Encoder:
    """One column of a block."""

    def __init__(self, array: pa.Array) -> None:
        self._kind = array.type
        self._valid = _validity(array)
        self._scale = 0
        self._add = 0
        self._values: np.ndarray = np.zeros(0)
        self._texts: _Texts | None = None
        if pa.types.is_decimal128(self._kind):
            self._scale = self._kind.scale
            words = np.frombuffer(array.buffers()[1], np.uint64)
            self._values = words[2 * array.offset : 2 * (array.offset + len(array))]
        elif self._kind in (pa.string(), pa.binary(), pa.large_string(), pa.large_binary()):
            self._texts = _texts(array)
        elif pa.types.is_timestamp(self._kind):
            self._values, self._add = _numbers(array.view(pa.int64()), 0), -_EPOCH_US
        elif pa.types.is_date32(self._kind):
            self._values, self._add = _numbers(array.view(pa.int32()), 0), -_EPOCH_DAYS
        elif pa.types.is_floating(self._kind):
            self._values = _numbers(array, 0.0).view(np.int64)
        elif pa.types.is_boolean(self._kind):
            self._values = _numbers(array, False)
        else:
            self._values = _numbers(array, 0)

    def measure(self, length: kernel.Int64s) -> None:
        """Add the bytes of each row's field to `length`."""
        if self._texts is not None:
            kernel.sizes_of_bytes(length, self._texts.ends, self._valid)
        elif pa.types.is_decimal128(self._kind):
            kernel.sizes_of_decimals(length, self._values, self._scale, self._valid)
        else:
            size = (
                1 if pa.types.is_boolean(self._kind) else 4 if pa.types.is_date32(self._kind) else 8
            )
            length += 4 + (size if not len(self._valid) else size * self._valid)

    def put(self, out: kernel.Bytes, at: kernel.Int64s) -> None:
        """Write each row's field at its place, and move the place behind it."""
        if self._texts is not None:
            kernel.put_bytes(out, at, self._texts.ends, self._texts.content, self._valid)
        elif pa.types.is_decimal128(self._kind):
            kernel.put_decimals(out, at, self._values, self._scale, self._valid)
        elif pa.types.is_boolean(self._kind):
            kernel.put_flags(out, at, self._values, self._valid)
        elif pa.types.is_date32(self._kind):
            kernel.put_four(out, at, self._values, self._valid, self._add)
        else:
            kernel.put_eight(out, at, self._values, self._valid, self._add)


def _texts(array: pa.Array) -> _Texts:
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64 if wide else np.int32)[
        array.offset : array.offset + len(array) + 1
    ]
    content = (
        np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    )
    return _Texts(ends.astype(np.int64), content)


def _array(
    data: kernel.Bytes, starts: kernel.Int64s, sizes: kernel.Int64s, kind: pa.DataType
) -> pa.Array:
    rows, nulls = len(starts), sizes < 0
    count = int(nulls.sum())
    valid = pa.py_buffer(np.packbits(~nulls, bitorder="little")) if count else None
    if pa.types.is_decimal128(kind):
        words = np.empty(2 * rows, np.uint64)
        if reader.get_decimals(data, starts, sizes, kind.scale, words) != 0:
            raise InvalidInput(f"a number of the database does not fit {kind} exactly")
        return pa.Array.from_buffers(kind, rows, [valid, pa.py_buffer(words)], count)
    if kind in (pa.string(), pa.binary()):
        ends = np.empty(rows + 1, np.int32)
        content = np.empty(int(sizes[~nulls].sum()), np.uint8)
        reader.get_bytes(data, starts, sizes, ends, content)
        return pa.Array.from_buffers(
            kind, rows, [valid, pa.py_buffer(ends), pa.py_buffer(content)], count
        )
    values = np.empty(rows, np.int64)
    add = (
        _EPOCH_US if pa.types.is_timestamp(kind) else _EPOCH_DAYS if pa.types.is_date32(kind) else 0
    )
    reader.get_eight(data, starts, sizes, values, add)
    if pa.types.is_boolean(kind):
        return pa.Array.from_buffers(kind, rows, [valid, _bits(values)], count)
    return pa.Array.from_buffers(kind, rows, [valid, pa.py_buffer(_narrowed(values, kind))], count)


def _bits(values: kernel.Int64s) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values != 0, bitorder="little"))


def _narrowed(values: kernel.Int64s, kind: pa.DataType) -> np.ndarray:
    """Values of 64 bits in the width of `kind`; a float's bits stay bits."""
    if kind.bit_width == 64:
        return values
    return values.astype(np.dtype(f"int{kind.bit_width}"))
