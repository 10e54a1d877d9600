"""Import: what a source decodes goes into the store, batch by batch, and its summary says what
became of every row.

Belongs here: the order of the steps and the guard against counting twice. Does not: file formats
(history).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.ahead import ahead
from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import IMPORTS, QUARANTINE, TRADES, dataset_named
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, day_of_us, from_us
from marketdata_platform.workflows.bookkeeping.trade_kind import refuse_mixed_trade_kinds
from marketdata_platform.workflows.ports import Addition, Appended, Store

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A row or frame that is not a valid record: its line (from 1) in the decompressed source, and
    why.
    """

    position: int
    reason: str
    payload: str  # as it was read, cut at 4,096 characters
    ts_event: datetime | None
    dataset: str = "trades"


@dataclass(frozen=True, slots=True)
class OtherRows:
    """Rows of the instrument that are no trades: captures hold books and more."""

    dataset: str
    rows: pa.Table
    positions: Sequence[int]  # line of each row


@dataclass(frozen=True, slots=True)
class DecodedBatch:
    """Some hundred thousand records of one source."""

    rows: pa.Table  # in the schema of `trades`
    positions: Sequence[int]  # line of each row
    rejected: Sequence[RejectedRecord]
    not_stored: Mapping[str, int]  # what was valid but is not kept, by name
    source: str  # file name, with the member's in an archive of several
    bytes_read: int  # of the file as it lies on disk, so far
    others: Sequence[OtherRows] = ()
    kept: Mapping[str, int] = field(default_factory=dict)  # frames that gave `others`, by name


class RecordSource(Protocol):
    """A file of trades of one instrument, opened by `history.open_file`."""

    @property
    def name(self) -> str:
        """File name without folders."""
        ...

    @property
    def path(self) -> str:
        """The file as it was named by the caller."""
        ...

    @property
    def instrument(self) -> Instrument:
        """The instrument under its own name (a market's other names are its own)."""
        ...

    @property
    def format(self) -> str:
        """The format that it is read as, e.g. `frames`."""
        ...

    @property
    def aggregated(self) -> bool:
        """True if its rows are aggregate trades."""
        ...

    @property
    def sha256(self) -> str:
        """Of the file as it lies on disk."""
        ...

    @property
    def checksum(self) -> str:
        """`ok`, `missing` or `bad, allowed`."""
        ...

    @property
    def covers(self) -> Window | None:
        """The stretch that the file claims to record without a hole, where its name says one. Final
        after `batches`.
        """
        ...

    @property
    def size_bytes(self) -> int:
        """Of the file as it lies on disk."""
        ...

    def batches(self) -> Iterator[DecodedBatch]:
        """Decode the file once, in bounded memory."""
        ...


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is."""

    bytes_done: int
    bytes_total: int
    rows: int


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file. rows = inserted + duplicates + conflicts + rows that the store
    refused.
    """

    path: str
    instrument: Instrument
    format: str
    sha256: str
    checksum: str  # ok | missing | bad, allowed
    rows: int  # decoded for the instrument
    inserted: int
    duplicates: int
    conflicts: int  # same key as a stored row, other content
    rejected: int  # not valid, found while decoding or by the store's constraints
    not_stored: dict[str, int]  # valid, but of a kind that is not kept, by name
    covers: Window | None
    first_time: datetime | None
    last_time: datetime | None
    days: frozenset[date]  # UTC days of its trades by exchange time
    seconds: float
    kept: dict[str, int] = field(default_factory=dict)  # frames of other datasets, by name
    others: dict[str, Appended] = field(
        default_factory=dict
    )  # what became of their rows, by dataset

    @property
    def quarantined(self) -> int:
        """Rows in quarantine because of this file: conflicts and everything rejected."""
        return (
            self.conflicts
            + self.rejected
            + sum(one.conflicts + one.rejected for one in self.others.values())
        )


@dataclass
class _Tally:
    rows: int = 0
    refused: int = 0
    appended: Appended = field(default_factory=Appended)
    not_stored: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    others: dict[str, Appended] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, batch: DecodedBatch, appended: Sequence[Appended]) -> None:
        self.rows += batch.rows.num_rows
        self.refused += len(batch.rejected)
        self.appended += appended[0]
        for other, appended_rows in zip(batch.others, appended[1:], strict=True):
            self.others[other.dataset] = self.others.get(other.dataset, Appended()) + appended_rows
        self.not_stored.update(batch.not_stored)
        self.kept.update(batch.kept)
        if batch.rows.num_rows:
            self._see(batch.rows.column("ts_event"))

    def _see(self, times: pa.ChunkedArray) -> None:
        ends = pc.min_max(times.cast(pa.int64()))
        first, last = from_us(ends["min"].as_py()), from_us(ends["max"].as_py())
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)
        if first.date() == last.date():
            self.days.add(first.date())
        else:
            numbers = pc.unique(pc.floor_temporal(times, unit="day").cast(pa.int64()))
            self.days.update(day_of_us(number) for number in numbers.to_pylist())


def import_file(
    store: Store,
    source: RecordSource,
    *,
    now: Callable[[], datetime],
    progress: Callable[[ImportProgress], None] | None = None,
) -> ImportResult:
    """Append every record of `source` to the store; importing it again, or an overlapping file,
    adds nothing twice.

    A batch and its quarantine commit together. The `imports` row is written last: a file that
    breaks off, or a run that is killed, leaves rows but no claim of coverage, and importing again
    completes it.

    Raises:
        MixedGranularity: the store holds single trades of the instrument and the file aggregate
            ones, or the reverse.
        InvalidInput: the file is damaged (from `source.batches`).
    """
    started = time.perf_counter()
    instrument, tally = source.instrument, _Tally()
    with store.session():
        refuse_mixed_trade_kinds(store, instrument, source.aggregated, source.name)
        for batch, judged in ahead((batch, _judged(batch)) for batch in source.batches()):
            tally.add(batch, _append(store, instrument, batch, judged, now()))
            if progress is not None:
                progress(ImportProgress(batch.bytes_read, source.size_bytes, tally.rows))
        result = _result(source, tally, time.perf_counter() - started)
        store.append(IMPORTS.name, instrument, _imports_row(source, result, now()))
    return result


def _judged(batch: DecodedBatch) -> list[Addition]:
    """What is added of a batch: its trades, then the rest."""
    parts = [(TRADES.name, batch.rows, batch.positions)]
    parts += [(other.dataset, other.rows, other.positions) for other in batch.others]
    return [
        Addition(name, Batch(dataset_named(name), rows).judge(), batch.source, positions)
        for name, rows, positions in parts
    ]


def _append(
    store: Store,
    instrument: Instrument,
    batch: DecodedBatch,
    additions: Sequence[Addition],
    at: datetime,
) -> list[Appended]:
    companions = {QUARANTINE.name: _quarantine_rows(batch, at)} if batch.rejected else None
    if not companions and not batch.rows.num_rows and not batch.others:
        return [Appended()]
    return store.append_many(instrument, additions, companions=companions)


def _quarantine_rows(batch: DecodedBatch, at: datetime) -> pa.Table:
    rows = [
        {
            "dataset": rejected.dataset,
            "source": batch.source,
            "position": rejected.position,
            "reason": rejected.reason,
            "payload": rejected.payload,
            "ts_event": rejected.ts_event,
            "quarantined_at": at,
        }
        for rejected in batch.rejected
    ]
    return pa.Table.from_pylist(rows, QUARANTINE.arrow_schema)


def _span(tally: _Tally) -> Window | None:
    return (
        None
        if tally.first is None or tally.last is None
        else Window(tally.first, tally.last + _TICK)
    )


def _result(source: RecordSource, tally: _Tally, seconds: float) -> ImportResult:
    return ImportResult(
        path=source.path,
        instrument=source.instrument,
        format=source.format,
        sha256=source.sha256,
        checksum=source.checksum,
        rows=tally.rows,
        inserted=tally.appended.inserted,
        duplicates=tally.appended.duplicates,
        conflicts=tally.appended.conflicts,
        rejected=tally.refused + tally.appended.rejected,
        not_stored=dict(tally.not_stored),
        covers=source.covers or _span(tally),
        first_time=tally.first,
        last_time=tally.last,
        days=frozenset(tally.days),
        seconds=seconds,
        kept=dict(tally.kept),
        others=tally.others,
    )


def _imports_row(source: RecordSource, result: ImportResult, at: datetime) -> pa.Table:
    row = {
        "sha256": source.sha256,
        "source": source.name,
        "format": source.format,
        "rows": result.rows,
        "quarantined": result.quarantined,
        "covers_from": result.covers.start if result.covers else None,
        "covers_to": result.covers.end if result.covers else None,
        "seconds": result.seconds,
        "imported_at": at,
    }
    return pa.Table.from_pylist([row], IMPORTS.arrow_schema)
