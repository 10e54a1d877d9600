"""What a manifest says of a day's rows, computed from the rows: by the archive that writes it, by
whoever verifies it.

Belongs here: counts, bounds, keys and the schema's version. Does not: files, hashes of bytes, or
stores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.bookkeeping.row_streams import key_text
from marketdata_platform.workflows.ports import Manifest


def schema_version(dataset: Dataset) -> str:
    """Twelve hex digits that change when a column's name, type, nullability or place changes."""
    lines = (f"{f.name} {f.type}{'' if f.nullable else ' not null'}" for f in dataset.arrow_schema)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def sorted_columns(dataset: Dataset) -> tuple[str, ...]:
    """The leading columns of the dataset's order that have no nulls: what a file can claim to be
    sorted by.
    """
    names: list[str] = []
    for name in dataset.order:
        if dataset.column(name).nullable:
            break
        names.append(name)
    return tuple(names)


class DayFacts:
    """Counts the rows of one day as they stream past.

    Raises (while streaming):
        InvalidInput: when the schema is not the dataset's, a row is of another UTC day, or the rows
        are out of order.
    """

    def __init__(self, dataset: Dataset, day: date, window: Window | None = None) -> None:
        self.dataset = dataset
        self.rows = 0
        self.first_time: str | None = None
        self.last_time: str | None = None
        self.first_key: str | None = None
        self.last_key: str | None = None
        self._window = window or Window.of_day(day)
        self._named = (
            str(day) if window is None else f"{day} from {window.start:%H:%M} to {window.end:%H:%M}"
        )
        self._sorted = sorted_columns(dataset)
        self._last_row: pa.RecordBatch | None = None

    def over(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same batches, in the dataset's schema, counted; empty ones are left out."""
        for batch in batches:
            if batch.num_rows:
                fitted = self._fitted(batch)
                self._count(fitted)
                yield fitted

    def problem(self, manifest: Manifest) -> str | None:
        """The first statement of `manifest` that the rows contradict, in words; None when there is
        none.
        """
        for name in ("rows", "first_time", "last_time", "first_key", "last_key"):
            promised, found = getattr(manifest, name), getattr(self, name)
            if promised != found:
                return f"the manifest says {name} {promised}, the file has {found}"
        return None

    def _fitted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        schema = self.dataset.arrow_schema
        if batch.schema.names != schema.names or batch.schema.types != schema.types:
            raise InvalidInput(
                f"rows of {self.dataset.name} must have the columns {schema.names} with its types; "
                f"got {batch.schema}"
            )
        for name, column in zip(schema.names, batch.columns, strict=True):
            if column.null_count and not schema.field(name).nullable:
                raise InvalidInput(f"{self.dataset.name}.{name} must not be null")
        return pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    def _count(self, batch: pa.RecordBatch) -> None:
        self._check_order(batch)
        bounds = pc.min_max(batch.column(self.dataset.time_column)).as_py()
        for moment in bounds.values():
            if moment not in self._window:
                raise InvalidInput(
                    f"a row of {self.dataset.name} at {moment.isoformat()} is not of {self._named}"
                )
        first, last = bounds["min"].isoformat(), bounds["max"].isoformat()
        self.first_time = first if self.first_time is None else min(self.first_time, first)
        self.last_time = last if self.last_time is None else max(self.last_time, last)
        if self.first_key is None:
            self.first_key = self._key(batch, 0)
        self.last_key = self._key(batch, batch.num_rows - 1)
        self.rows += batch.num_rows

    def _key(self, batch: pa.RecordBatch, row: int) -> str:
        return key_text(batch.slice(row, 1).to_pylist()[0], self.dataset)

    def _check_order(self, batch: pa.RecordBatch) -> None:
        """Engines trust a file's claim to be sorted, so a false one would give wrong answers,
        silently.
        """
        ordered = batch.select(list(self._sorted))
        if self._last_row is not None:
            ordered = pa.concat_batches([self._last_row, ordered])
        self._last_row = ordered.slice(ordered.num_rows - 1)
        before, after = ordered.slice(0, ordered.num_rows - 1), ordered.slice(1)
        equal: pa.Array | None = None
        for name in self._sorted:
            above = pc.greater(before.column(name), after.column(name))
            if pc.any(above if equal is None else pc.and_(equal, above)).as_py():
                raise InvalidInput(
                    f"rows of {self.dataset.name} must come sorted by {', '.join(self._sorted)}"
                )
            same = pc.equal(before.column(name), after.column(name))
            equal = same if equal is None else pc.and_(equal, same)
