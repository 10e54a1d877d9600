"""How a kind of table maps to a dataset, and the times in such tables.

Belongs here: the declaration that venues and vendors describe their tables with, and what its
`completed` functions need. Does not: reading a table by it, choosing one for a file (history).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.numbers.text_numbers import BAD, NULL, OK, Numbers
from marketdata_platform.venues.kit.column_arrays import Values
from marketdata_platform.venues.kit.rows import times

_INT64_DIGITS = 19
_EARLIEST_US, _LATEST_US = -2_208_988_800_000_000, 7_258_118_400_000_000  # 1900 and 2200
_ISO = re.compile(r"(19|2[01])\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|\+00:00)?")

Columns = dict[str, Values]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLayout:
    """How a kind of file maps to a dataset.

    Args:
        name: what the layout is called.
        dataset: where its rows go.
        columns: our column → the file's. A file that has them all, and maybe others, is of this
            layout.
        headerless: all columns of such a file without a header, in their order; its first value is
            a whole number. Empty: every file has a header.
        completed: adds what the file does not say, from the columns that were read and the table;
            `as_it_is` where there is nothing to add.
    """

    name: str
    dataset: Dataset
    columns: Mapping[str, str]
    headerless: tuple[str, ...]
    completed: Callable[[Columns, pa.Table], Columns]

    def fits(self, names: Sequence[str]) -> bool:
        """True if a file with these columns is of this layout: it has all that it needs."""
        return set(self.columns.values()) <= set(names)


def as_it_is(columns: Columns, table: pa.Table) -> Columns:
    """The columns, with nothing added."""
    return columns


def nothing(rows: int) -> Numbers:
    """A column of nulls."""
    return Numbers(np.zeros(rows, np.int64), np.full(rows, NULL, np.int8))


def times_of(values: pa.Array) -> Numbers:
    """Microseconds since 1970 from timestamps, whole numbers (ms, µs or ns, recognised by size) or
    text (ISO 8601, without a zone UTC); what is none of them is BAD with a reason.
    """
    if pa.types.is_timestamp(values.type):
        return _of_timestamps(values)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return _of_texts(values.to_pylist())
    return times(values.to_pylist())


def _of_timestamps(values: pa.Array) -> Numbers:
    if values.type.tz not in (None, "UTC", "Etc/UTC", "+00:00"):
        values = values.cast(pa.timestamp(values.type.unit, "UTC"))
    whole = pc.cast(values.cast(pa.timestamp("us", values.type.tz), safe=False), pa.int64())
    state = np.where(values.is_null().to_numpy(zero_copy_only=False), np.int8(NULL), np.int8(OK))
    found = whole.fill_null(0).to_numpy()
    odd = np.flatnonzero((found < _EARLIEST_US) | (found >= _LATEST_US)).tolist()
    state[odd] = BAD
    return Numbers(
        np.where(state == OK, found, 0),
        state,
        dict.fromkeys(odd, "is not in the years 1900 to 2199"),
    )


def _of_texts(texts: Sequence[str | None]) -> Numbers:
    digits = times(
        [int(t) if t and t.isdigit() and len(t) < _INT64_DIGITS else None for t in texts]
    )
    for row, text in enumerate(texts):
        if not text or digits.state[row] != NULL:
            continue
        if _ISO.fullmatch(text.strip()):
            with contextlib.suppress(ValueError):
                moment = np.datetime64(text.strip().removesuffix("Z").removesuffix("+00:00"), "us")
                digits.values[row], digits.state[row] = moment.astype(np.int64), OK
                continue
        digits.state[row], digits.reasons[row] = BAD, f"{text[:40]!a} is no UTC time"
    return digits
