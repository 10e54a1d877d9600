"""Bulk load: files of any dataset into the store, batch by batch, resumable, with a rate that is
measured.

Belongs here: the order of the steps, what a resumed load skips, progress. Does not: file formats
(history). Loading is append: what is there already is not added twice, whichever file it came in.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from marketdata_platform.core.ahead import ahead
from marketdata_platform.core.datasets import IMPORTS, QUARANTINE, TRADES, dataset_named
from marketdata_platform.core.instrument import Instrument, gatherer_home
from marketdata_platform.venues.kit.rows import DecodedRows, RejectedFrame
from marketdata_platform.workflows.bookkeeping.trade_kind import refuse_mixed_trade_kinds
from marketdata_platform.workflows.ports import Appended, Store

LOADER = "loader"  # whose home holds rows that belong to no instrument


@dataclass(frozen=True, slots=True)
class LoadedBatch:
    """Records `first..first + records - 1` of a file (from 0), as rows of datasets and
    instruments.
    """

    first: int
    records: int
    rows: Sequence[DecodedRows]
    rejected: Sequence[RejectedFrame]  # by record within the batch
    bytes_read: int


class LoadSource(Protocol):
    """A file of records of one or more datasets and instruments, opened by `history.open_load`."""

    @property
    def path(self) -> str:
        """The file as it was named by the caller."""
        ...

    @property
    def name(self) -> str:
        """File name without folders."""
        ...

    @property
    def format(self) -> str:
        """How it is read, e.g. `dbn:trades`."""
        ...

    @property
    def sha256(self) -> str:
        """Of the file as it lies on disk."""
        ...

    @property
    def size_bytes(self) -> int:
        """Of the file as it lies on disk."""
        ...

    def batches(self) -> Iterator[LoadedBatch]:
        """Decode the file once, in bounded memory; the cut into batches is the same each time."""
        ...


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a load is, and how fast it goes."""

    bytes_done: int
    bytes_total: int
    rows: int
    rows_per_second: float


@dataclass(slots=True)
class LoadResult:
    """What became of a file. `skipped`: records that an earlier, interrupted load of the same file
    had stored.
    """

    path: str
    format: str
    sha256: str
    records: int = 0
    skipped: int = 0
    appended: Counter[str] = field(default_factory=Counter)  # rows by what became of them
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)  # by dataset and instrument
    rejected: int = 0
    seconds: float = 0.0

    @property
    def quarantined(self) -> int:
        """Rows in quarantine because of this file."""
        return self.rejected + self.appended["conflicts"] + self.appended["rejected"]

    @property
    def rows_per_second(self) -> float:
        """Rows decoded and stored per second, the checksum included."""
        return sum(self.rows.values()) / self.seconds if self.seconds else 0.0


def load_file(
    store: Store,
    source: LoadSource,
    *,
    now: Callable[[], datetime],
    progress: Callable[[LoadProgress], None] | None = None,
) -> LoadResult:
    """Append every record of `source`; an interrupted load goes on behind the last batch that was
    stored whole.

    Rows of a batch commit dataset by dataset; the note of how far the file is stored comes after
    them, so that a load that is killed in between does a batch again, which adds nothing twice.

    Raises:
        MixedGranularity, InvalidInput: what is wrong with the file, or with it here; what was
            stored stays.
    """
    started = time.perf_counter()
    result = LoadResult(source.path, source.format, source.sha256)
    with store.session():
        done = _stored_records(store, source)
        guarded: set[Instrument] = set()
        for batch in ahead(source.batches()):
            result.records += batch.records
            if result.records <= done:
                result.skipped += batch.records
                continue
            _guard(store, source, batch, guarded)
            _store(store, source, batch, result, now())
            store.append(IMPORTS.name, _home(), _note(source, result, now(), finished=False))
            if progress is not None:
                rows, elapsed = sum(result.rows.values()), time.perf_counter() - started
                progress(
                    LoadProgress(
                        batch.bytes_read, source.size_bytes, rows, rows / max(elapsed, 1e-9)
                    )
                )
        result.seconds = time.perf_counter() - started
        store.append(IMPORTS.name, _home(), _note(source, result, now(), finished=True))
    return result


def _store(
    store: Store, source: LoadSource, batch: LoadedBatch, result: LoadResult, at: datetime
) -> None:
    refused = _refused_by_home(batch)
    for rows in batch.rows:
        dataset, positions = rows.dataset.name, (rows.frames + batch.first + 1).tolist()
        appended = store.append(
            dataset, rows.instrument, rows.table, source=source.name, positions=positions
        )
        _count(result, appended)
        result.rows[dataset, str(rows.instrument)] += rows.table.num_rows
    if refused:
        store.append(QUARANTINE.name, _home(), _quarantine(source, batch.first, refused, at))
        result.rejected += len(refused)


def _count(result: LoadResult, appended: Appended) -> None:
    for name in ("inserted", "duplicates", "conflicts", "rejected"):
        result.appended[name] += getattr(appended, name)


def _refused_by_home(batch: LoadedBatch) -> list[RejectedFrame]:
    """One refusal per record and dataset: the first reason is enough."""
    seen: dict[tuple[int, str], RejectedFrame] = {}
    for rejected in batch.rejected:
        seen.setdefault((rejected.frame, rejected.dataset), rejected)
    return list(seen.values())


def _quarantine(
    source: LoadSource, first: int, refused: Sequence[RejectedFrame], at: datetime
) -> pa.Table:
    rows = [
        {
            "dataset": rejected.dataset or source.format,
            "source": source.name,
            "position": first + rejected.frame + 1,
            "reason": rejected.reason,
            "payload": "",
            "ts_event": None,
            "quarantined_at": at,
        }
        for rejected in refused
    ]
    return pa.Table.from_pylist(rows, QUARANTINE.arrow_schema)


def _guard(store: Store, source: LoadSource, batch: LoadedBatch, guarded: set[Instrument]) -> None:
    """Single and aggregate trades of one instrument would count twice: look once per instrument."""
    for rows in batch.rows:
        if (
            rows.dataset.name != TRADES.name
            or rows.instrument in guarded
            or not rows.table.num_rows
        ):
            continue
        aggregated = rows.table.column("first_trade_id").null_count == 0
        refuse_mixed_trade_kinds(store, rows.instrument, aggregated, source.name)
        guarded.add(rows.instrument)


def _home() -> Instrument:
    return gatherer_home(LOADER)


def _stored_records(store: Store, source: LoadSource) -> int:
    """Records that an earlier load of the same bytes, read the same way, has stored."""
    for batch in store.read(IMPORTS.name, _home()):
        for row in batch.to_pylist():
            if row["sha256"] == _identity(source):
                return int(row["rows"])
    return 0


def _identity(source: LoadSource) -> str:
    return f"{source.sha256}/{source.format}"


def _note(source: LoadSource, result: LoadResult, at: datetime, *, finished: bool) -> pa.Table:
    row = {
        "sha256": _identity(source),
        "source": source.name,
        "format": source.format,
        "rows": result.records,
        "quarantined": result.quarantined,
        "covers_from": None,
        "covers_to": None,
        "seconds": result.seconds if finished else None,
        "imported_at": at,
    }
    return pa.Table.from_pylist([row], IMPORTS.arrow_schema)


def totals(results: Sequence[LoadResult]) -> dict[str, dict[str, int]]:
    """Rows by dataset and instrument over several files."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for result in results:
        for (dataset, instrument), rows in result.rows.items():
            found[dataset_named(dataset).name][instrument] += rows
    return found
