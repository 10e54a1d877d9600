"""Order-independent fingerprints of rows.

Belongs here: the one hash that says "these are the same rows", stable over processes, engines and
library versions (an engine's own hash() promises none of that, and an archive outlives the engine).
Does not: hashes of files.

A row's hash is a sum over its columns of mix(value ^ seed of the column's name); a null adds
nothing, so a nullable column that joins a dataset later leaves old digests valid. A set's digest
sums its rows' hashes in two lanes of 64 bits: rows can be added and taken away in any order. It
guards against mistakes, not against forgers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.compiled import njit

Hashes = npt.NDArray[np.uint64]
_MODULUS = 1 << 128
_LANE = (1 << 64) - 1


def row_hashes(rows: pa.Table, columns: Iterable[str]) -> tuple[Hashes, Hashes]:
    """Two 64-bit hashes per row over `columns`; equal values give equal hashes however the table is
    chunked.
    """
    total = np.zeros(rows.num_rows, np.uint64)
    for name in columns:
        column = rows.column(name)
        if column.null_count == len(column):
            continue
        array = column.combine_chunks()
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        _mix_into(total, _as_words(array), _validity(array), np.uint64(_seed(name)))
    return _finish(total, np.uint64(_seed("low lane"))), _finish(
        total, np.uint64(_seed("high lane"))
    )


def digest_of(low: Hashes, high: Hashes) -> int:
    """The digest of the rows with these hashes: an integer below 2**128."""
    return int(np.add.reduce(high, dtype=np.uint64)) << 64 | int(
        np.add.reduce(low, dtype=np.uint64)
    )


def add(one: int, other: int) -> int:
    """The digest of both sets of rows together."""
    return ((one >> 64) + (other >> 64) & _LANE) << 64 | (one + other) & _LANE


def take(one: int, other: int) -> int:
    """The digest of `one` without the rows of `other`, which must be among them."""
    return ((one >> 64) - (other >> 64) & _LANE) << 64 | (one - other) & _LANE


def as_text(digest: int) -> str:
    """32 hexadecimal digits."""
    return f"{digest % _MODULUS:032x}"


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def _validity(array: pa.Array) -> npt.NDArray[np.bool_]:
    if array.null_count == 0:
        return np.ones(0, np.bool_)
    valid: npt.NDArray[np.bool_] = pc.is_valid(array).to_numpy(zero_copy_only=False)
    return valid


def _as_words(array: pa.Array) -> Hashes:  # noqa: PLR0911 - a rule per type
    kind = array.type
    if pa.types.is_decimal128(kind):
        words = np.frombuffer(array.buffers()[1], np.uint64)[
            2 * array.offset : 2 * (array.offset + len(array))
        ]
        return _fold_pairs(words)
    if pa.types.is_floating(kind):
        floats = np.asarray(pc.fill_null(array, 0.0), np.float64) + 0.0  # no minus zero
        return floats.view(np.uint64)
    if pa.types.is_boolean(kind):
        return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False)).astype(
            np.uint64
        )
    if pa.types.is_date32(kind):
        return _integers(array.view(pa.int32()))
    if pa.types.is_timestamp(kind):
        return _integers(array.view(pa.int64()))
    if pa.types.is_integer(kind):
        return _integers(array)
    return _text_words(array.cast(pa.large_binary()) if kind != pa.large_binary() else array)


def _integers(array: pa.Array) -> Hashes:
    filled = pc.fill_null(array, 0) if array.null_count else array
    return np.asarray(filled.to_numpy(zero_copy_only=False)).astype(np.int64).view(np.uint64)


def _text_words(array: pa.Array) -> Hashes:
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    content = (
        np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    )
    return _hash_texts(ends, content)


@njit(cache=True, nogil=True)
def _mix(word: np.uint64) -> np.uint64:
    """The finaliser of splitmix64 (Steele, Lea & Flood 2014)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit(cache=True, nogil=True)
def _mix_into(total: Hashes, words: Hashes, valid: npt.NDArray[np.bool_], seed: np.uint64) -> None:
    for i in range(len(total)):
        if len(valid) == 0 or valid[i]:
            total[i] += _mix(_mix(words[i] ^ seed) + seed)


@njit(cache=True, nogil=True)
def _finish(total: Hashes, seed: np.uint64) -> Hashes:
    out = np.empty_like(total)
    for i in range(len(total)):
        out[i] = _mix(total[i] ^ seed)
    return out


@njit(cache=True, nogil=True)
def _fold_pairs(words: Hashes) -> Hashes:
    out = np.empty(len(words) // 2, np.uint64)
    for i in range(len(out)):
        out[i] = _mix(words[2 * i] + np.uint64(0x9E3779B97F4A7C15)) + words[2 * i + 1]
    return out


@njit(cache=True, nogil=True)
def _hash_texts(ends: npt.NDArray[np.int64], content: npt.NDArray[np.uint8]) -> Hashes:
    """Eight bytes at a time, little end first; the length goes in last, so that trailing zeros
    count.
    """
    out = np.empty(len(ends) - 1, np.uint64)
    for i in range(len(out)):
        state = np.uint64(0x9E3779B97F4A7C15)
        word = np.uint64(0)
        filled = np.uint64(0)
        for at in range(ends[i], ends[i + 1]):
            word |= np.uint64(content[at]) << filled
            filled += np.uint64(8)
            if filled == np.uint64(64):
                state = _mix(state ^ word) + word
                word = np.uint64(0)
                filled = np.uint64(0)
        out[i] = _mix(_mix(state ^ word) ^ np.uint64(ends[i + 1] - ends[i]))
    return out
