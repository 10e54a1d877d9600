"""The port of stores: where rows live. Adapters are in stores/, and one contract suite holds all of
them to what is said here.

Belongs here: the verbs, their promises, and the values that go over them. Does not: engines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window

if TYPE_CHECKING:  # a gatherer's process loads the ports, and must not load Polars
    from marketdata_platform.core.batch import Batch


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: every row is in exactly one of the counts."""

    inserted: int = 0
    duplicates: int = 0  # same key, same payload: already there
    conflicts: int = 0  # same key, other payload: kept in quarantine
    rejected: int = 0  # breaks a constraint of the dataset: kept in quarantine

    def __add__(self, other: Appended) -> Appended:
        return Appended(
            self.inserted + other.inserted,
            self.duplicates + other.duplicates,
            self.conflicts + other.conflicts,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True, order=True)
class Coverage:
    """One UTC day of one dataset and instrument, kept up to date by the store; reading it counts no
    rows.
    """

    instrument: Instrument
    day: date
    rows: int
    first_time: datetime
    last_time: datetime
    first_sequence: int | None  # smallest and largest `sequence`, where the dataset has one
    last_sequence: int | None
    # Order-independent hash of the day's rows (all but receive times); equal digests mean equal
    # rows.
    digest: str


@dataclass(frozen=True, slots=True)
class Addition:
    """Rows of one raw dataset for `Store.append_many`. `source` and `positions` say where a refused
    row came from.

    `source` is one name for all rows, or a sequence with the name of row i at i; `positions` as in
    `Store.append`.
    """

    dataset: str
    rows: pa.Table | Batch
    source: str | Sequence[str] = ""
    positions: Sequence[int] | None = None


class Store(Protocol):
    """Where rows live. Five verbs, whatever the dataset and the engine."""

    def append(
        self,
        dataset: str,
        instrument: Instrument,
        rows: pa.Table | Batch,
        *,
        source: str = "",
        positions: Sequence[int] | None = None,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> Appended:
        """Add the rows that are not there yet, by the dataset's key, in one transaction.

        A row with the key of a stored one is a duplicate when its payload columns are equal (its
        `Merge.EARLIEST` and `Merge.FILL` columns then complete the stored row), else a conflict: it
        goes to quarantine under `source` and its position in `positions` (row number when not
        given). Rows that break a constraint go there too. `companions` are rows of meta datasets
        (imports, cursors, quarantine) that commit with them, or not at all; a companion row
        replaces the one with the same key. For a meta dataset itself, append is such an upsert.
        Rows may come as a `Batch`: a caller that judges the next one in a thread of its own saves
        the store the work.
        """
        ...

    def append_many(
        self,
        instrument: Instrument,
        additions: Sequence[Addition],
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> list[Appended]:
        """`append` of several datasets of one instrument in ONE transaction, one result per
        addition, in their order.

        Rows, what goes to quarantine and the companions commit together, or nothing does. A dataset
        may come more than once: a later addition is held against what the earlier ones brought.
        Without additions only the companions are written. Bookkeeping cannot be an addition: it is
        a companion.
        """
        ...

    def read(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window | None = None,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows with the time column in `window` (None: all) in the dataset's order, in batches of
        bounded size.
        """
        ...

    def replace(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window,
        rows: pa.Table,
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> int:
        """Put `rows` in place of all that the window holds, in one transaction; the number of rows
        written.
        """
        ...

    def drop_before(
        self,
        dataset: str,
        instrument: Instrument,
        cutoff: datetime,
        *,
        known: Sequence[Coverage] | None = None,
    ) -> int:
        """Delete rows with a time before `cutoff`; the number of rows deleted.

        With `known`, the days that may go: checked in the same transaction, so that nobody's late
        rows go with them.

        Raises:
            StoreChanged: a day before the cutoff is not covered as `known` says (rows and digest);
                nothing is deleted.
        """
        ...

    def coverage(self, dataset: str, instrument: Instrument | None = None) -> list[Coverage]:
        """Per instrument and UTC day, sorted; no instrument: all that the store knows."""
        ...

    def instruments(self) -> list[Instrument]:
        """Every instrument that the store holds, sorted."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """While it is open the store may hold its files; leaving it gives every lock back."""
        ...


class QueryableStore(Store, Protocol):
    """A store that also answers SQL, and says what it takes on disk."""

    def query(
        self,
        sql: str,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        instruments: Sequence[Instrument] | None = None,
    ) -> pa.Table:
        """One reading SQL statement over all instruments, or these."""
        ...

    def stored_bytes(self, instrument: Instrument) -> int:
        """Bytes on disk of all that is held of the instrument (an estimate where instruments share
        tables).
        """
        ...

    def close(self) -> None:
        """Give every file, connection and lock back; a second call does nothing."""
        ...
