"""The ports that use cases are written against. Adapters are in stores/ and archive/; fakes carry the port's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window

if TYPE_CHECKING:  # a gatherer needs a few of these ports, and neither Arrow nor Polars
    import pyarrow as pa

    from marketdata_platform.core.batch import Batch

Int64s: TypeAlias = npt.NDArray[np.int64]


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
    """One UTC day of one dataset and instrument, kept up to date by the store; reading it counts no rows."""

    instrument: Instrument
    day: date
    rows: int
    first_time: datetime
    last_time: datetime
    first_sequence: int | None  # smallest and largest `sequence`, where the dataset has one
    last_sequence: int | None
    digest: str  # order-independent hash of the day's rows (all but receive times); equal digests mean equal rows


@dataclass(frozen=True, slots=True)
class Addition:
    """Rows of one raw dataset for `Store.append_many`. `source` and `positions` say where a refused row came from.

    `source` is one name for all rows, or a sequence with the name of row i at i; `positions` as in `Store.append`.
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

        A row with the key of a stored one is a duplicate when its payload columns are equal (its `Merge.EARLIEST` and
        `Merge.FILL` columns then complete the stored row), else a conflict: it goes to quarantine under `source` and
        its position in `positions` (row number when not given). Rows that break a constraint go there too.
        `companions` are rows of meta datasets (imports, cursors, quarantine) that commit with them, or not at all; a
        companion row replaces the one with the same key. For a meta dataset itself, append is such an upsert.
        Rows may come as a `Batch`: a caller that judges the next one in a thread of its own saves the store the work.
        """
        ...

    def append_many(
        self,
        instrument: Instrument,
        additions: Sequence[Addition],
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> list[Appended]:
        """`append` of several datasets of one instrument in ONE transaction, one result an addition, in their order.

        Rows, what goes to quarantine and the companions commit together, or nothing does. A dataset may come more than
        once: a later addition is held against what the earlier ones brought. Without additions only the companions are
        written. Bookkeeping cannot be an addition: it is a companion.
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
        """Rows with the time column in `window` (None: all) in the dataset's order, in batches of bounded size."""
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
        """Put `rows` in place of all that the window holds, in one transaction; the number of rows written."""
        ...

    def drop_before(
        self, dataset: str, instrument: Instrument, cutoff: datetime, *, known: Sequence[Coverage] | None = None
    ) -> int:
        """Delete rows with a time before `cutoff`; the number of rows deleted.

        With `known`, the days that may go: checked in the same transaction, so that nobody's late rows go with them.

        Raises:
            StoreChanged: a day before the cutoff is not covered as `known` says (rows and digest); nothing is deleted.
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
        """Bytes on disk of all that is held of the instrument (an estimate where instruments share tables)."""
        ...

    def close(self) -> None:
        """Give every file, connection and lock back; a second call does nothing."""
        ...


LARGEST_FRAME_BYTES = 16 * 2**20
"""No venue sends a frame near this size. One that comes is not decoded: it would take many times its size."""


class CutFrame(bytes):
    """The beginning of a frame above `LARGEST_FRAME_BYTES`, whose size is `whole_bytes`: the rest is not copied."""

    whole_bytes: int


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Raw frames as a gatherer received them, in that order: columns (frames,) beside the frames.

    `streams[stream[i]]` is frame i's stream (`venues.streams`), `offset[i]` its place in `segment`. `next` is the
    cursor of a reader that has dealt with the whole batch.
    """

    frames: Sequence[bytes]
    streams: Sequence[str]
    stream: Int64s
    recv_ns: Int64s
    mono_ns: Int64s
    segment: int
    offset: Int64s
    next: str


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows that a gatherer has decoded already (it keeps a database of its own)."""

    dataset: str
    instrument: Instrument
    rows: pa.Table
    next: str


@dataclass(frozen=True, slots=True)
class SourceDamage:
    """A stretch of a source that cannot be read; the rest is. `first_recv_ns`: receipt of what is lost, if known."""

    position: str
    reason: str
    next: str
    recv_ns: int | None = None


class Source(Protocol):
    """One gatherer's recording, as landing reads it: a journal, or a gatherer's own database."""

    @property
    def name(self) -> str:
        """The gatherer."""
        ...

    def batches(self, position: str | None, batch_bytes: int) -> Iterator[FrameBatch | RowBatch | SourceDamage]:
        """What is there from `position` (None: the beginning) to the present end, at most `batch_bytes` at a time."""
        ...

    def tail(self) -> str:
        """The position after the last complete record."""
        ...


class FrameSink(Protocol):
    """Where a gatherer's frames go before anybody decodes them. The journal's writer is one."""

    def append_nowait(self, stream: str, payload: bytes, recv_ns: int, mono_ns: int) -> Any | None:
        """Take one frame; its position, or None when the buffer is full: wait with `room`, then try again.

        Raises:
            JournalStopped: the disk is full or fails.
        """
        ...

    def append_many_nowait(self, stream: str, payloads: Sequence[bytes], recv_ns: int, mono_ns: int) -> int:
        """Take frames that came together; how many were taken, fewer than all when the buffer is full.

        Raises:
            JournalStopped: the disk is full or fails.
        """
        ...

    async def room(self, payload_bytes: int = 0) -> None:
        """Wait until a frame of this size fits, or the sink has stopped."""
        ...

    @property
    def acknowledged(self) -> Any:
        """The position up to which every frame is durable."""
        ...

    @property
    def stopped(self) -> str | None:
        """Why nothing is taken now; None while all is well."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A REST answer as it came: `stream` names the question (`venues.streams`)."""

    stream: str
    body: bytes
    recv_ns: int
    mono_ns: int


class History(Protocol):
    """What a venue still tells of the past over REST. Answers are given as they come, so that none is lost to an error.

    Both raise, after what there is was given:
        ConfigurationError: the venue has no such history, or it does not reach back so far.
        VenueUnavailable: it does not answer, or its limits are used up: try again later.
    """

    def trades(
        self, instrument: Instrument, first_id: int, last_id: int, *, aggregate: bool = False
    ) -> Iterator[Answer]:
        """Answers that together hold the trades `first_id..last_id` (or aggregate trades), as far as there are any."""
        ...

    def trades_between(self, instrument: Instrument, start: datetime, end: datetime) -> Iterator[Answer]:
        """Answers that together hold the trades of `[start, end)`, of venues that do not number them."""
        ...


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one archived day is: written after the data file, and the only thing that makes it visible."""

    dataset: str
    instrument: str
    day: str  # YYYY-MM-DD
    file: str  # name beside the manifest
    rows: int
    bytes: int
    sha256: str
    schema_version: str
    first_time: str | None  # ISO 8601
    last_time: str | None
    first_key: str | None  # first and last key in the dataset's order, columns joined by "|"
    last_key: str | None
    source_digest: str  # the store's Coverage.digest at the time of writing
    hour: int | None = None  # of an open day: the UTC hour that it holds


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One place in an archive: a dataset's UTC day of one instrument, or one hour of a day that is still open."""

    dataset: str
    instrument: Instrument
    day: date
    hour: int | None = None

    def __str__(self) -> str:
        hour = "" if self.hour is None else f"T{self.hour:02d}"
        return f"{self.dataset} {self.instrument} {self.day.isoformat()}{hour}"

    @property
    def window(self) -> Window:
        """The time that its rows are of."""
        day = Window.of_day(self.day)
        if self.hour is None:
            return day
        start = day.start + timedelta(hours=self.hour)
        return Window(start, start + timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something in an archive that no manifest names: a dead writer's, or what a newer export took the place of."""

    path: str
    kind: str  # draft | superseded | upload (parts of an object that was never finished)
    bytes: int
    modified: datetime
    reference: str = ""  # what else the archive needs to remove it


class Archive(Protocol):
    """Where sealed days go: one Parquet file and one manifest a dataset, instrument and UTC day.

    Hours of a day that is still open lie apart (`hour`), so that no reader of days counts a row twice.
    """

    def write(
        self,
        dataset: str,
        instrument: Instrument,
        day: date,
        batches: Iterator[pa.RecordBatch],
        *,
        source_digest: str,
        check: Callable[[Iterator[pa.RecordBatch]], None] | None = None,
        hour: int | None = None,
    ) -> Manifest:
        """Write the day atomically (all or nothing is seen by readers) and return its manifest.

        `check` gets the rows as read back from what was written, before any reader can see it; raising stops the write.

        Raises:
            ArchiveChanged: another exporter wrote the same day meanwhile; look again at what is there.
            ArchiveUnavailable: the archive does not answer; nothing of this write is visible.
        """
        ...

    def finish(self, dataset: str, instrument: Instrument, day: date) -> None:
        """Complete what a writer that died after its manifest left half done; nothing to do for most days."""
        ...

    def manifest(self, dataset: str, instrument: Instrument, day: date, hour: int | None = None) -> Manifest | None:
        """The day's manifest, or None when it was never archived."""
        ...

    def hours(self, dataset: str, instrument: Instrument, day: date) -> list[int]:
        """The hours of the day that were archived apart and are not compacted yet, ascending."""
        ...

    def open_days(self, dataset: str | None = None, instrument: Instrument | None = None) -> Iterator[Partition]:
        """Every day of which hours lie apart, in path order."""
        ...

    def drop_hours(self, dataset: str, instrument: Instrument, day: date) -> None:
        """Remove the day's hours; call it only when the archived day holds their rows."""
        ...

    def manifests(self, dataset: str | None = None, instrument: Instrument | None = None) -> Iterator[Manifest]:
        """Every manifest, in path order."""
        ...

    def partitions(self, dataset: str | None = None, instrument: Instrument | None = None) -> Iterator[Partition]:
        """Every day of which anything is there, data or manifest, in path order."""
        ...

    def strays(self, dataset: str | None = None, instrument: Instrument | None = None) -> Iterator[str]:
        """Paths of files that no archive wrote there: a reader that globs might take them for data."""
        ...

    def ledger(self, dataset: str, instrument: Instrument) -> pa.Table | None:
        """The archived copy of an instrument's bookkeeping (`imports`, `gaps`), None when there is none.

        Raises:
            ArchiveMismatch: it cannot be read.
        """
        ...

    def write_ledger(self, dataset: str, instrument: Instrument, rows: pa.Table) -> None:
        """Put `rows` in place of that copy, atomically."""
        ...

    def thaw(self, dataset: str, instrument: Instrument, day: date, *, days: int) -> bool:
        """Ask for a day in cold storage to be readable for `days` days, some hours from now; False: it is readable."""
        ...

    def leftovers(self) -> Iterator[Leftover]:
        """What dead writers left, and what was superseded: it costs space and no reader needs it."""
        ...

    def remove(self, leftover: Leftover) -> None:
        """Remove a leftover, unless a manifest has come to name it."""
        ...

    def read(
        self, dataset: str, instrument: Instrument, day: date, hour: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The archived rows, in the dataset's order.

        Raises:
            ArchiveMismatch: when the file is missing or its bytes are not those of the manifest.
        """
        ...
