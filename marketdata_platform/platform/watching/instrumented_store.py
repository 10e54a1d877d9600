"""The store and the archive with a clock and counters around their verbs.

Belongs here: measuring. Does not: what is done with it (observe). Every process measures, so that a
landing of three seconds under Dagster is seen by a scrape a minute later.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, cast

import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.observe.metrics_recorder import MetricsRecorder
from marketdata_platform.workflows.ports import (
    Addition,
    Appended,
    Archive,
    Coverage,
    Manifest,
    QueryableStore,
)

_FLUSH_SECONDS = 1.0  # a reader of small things must not pay for a file each time
_CACHE = ("hits", "misses", "evictions")


class InstrumentedStore:
    """A `QueryableStore` that counts and times; what the engine has beyond the port is reached
    through it.
    """

    def __init__(self, inner: QueryableStore, recorder: MetricsRecorder) -> None:
        self.inner = inner
        self._recorder = recorder
        self._sessions = 0
        self._cache = dict.fromkeys(_CACHE, 0)
        self._flushed = 0.0
        weakref.finalize(self, recorder.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

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
        """See `Store.append`."""
        with self._timed("append"):
            appended = self.inner.append(
                dataset, instrument, rows, source=source, positions=positions, companions=companions
            )
        self._count_rows(dataset, appended)
        return appended

    def append_many(
        self,
        instrument: Instrument,
        additions: Sequence[Addition],
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> list[Appended]:
        """See `Store.append_many`."""
        with self._timed("append"):
            appended = self.inner.append_many(instrument, additions, companions=companions)
        for addition, one in zip(additions, appended, strict=True):
            self._count_rows(addition.dataset, one)
        return appended

    def read(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window | None = None,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """See `Store.read`; the time is what the store took, not the reader."""
        return self._batches(self.inner.read(dataset, instrument, window, columns=columns))

    def replace(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window,
        rows: pa.Table,
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> int:
        """See `Store.replace`."""
        with self._timed("replace"):
            written = self.inner.replace(dataset, instrument, window, rows, companions=companions)
        if dataset_named(dataset).derived:
            _reached(self._recorder, "derive", window.end)
        self._recorder.count(
            "marketdata_store_rows_total", written, dataset=dataset, outcome="inserted"
        )
        return written

    def drop_before(
        self,
        dataset: str,
        instrument: Instrument,
        cutoff: datetime,
        *,
        known: Sequence[Coverage] | None = None,
    ) -> int:
        """See `Store.drop_before`."""
        with self._timed("drop_before"):
            deleted = self.inner.drop_before(dataset, instrument, cutoff, known=known)
        self._recorder.count("marketdata_store_deleted_rows_total", deleted, dataset=dataset)
        return deleted

    def coverage(self, dataset: str, instrument: Instrument | None = None) -> list[Coverage]:
        """See `Store.coverage`."""
        with self._timed("coverage"):
            return self.inner.coverage(dataset, instrument)

    def instruments(self) -> list[Instrument]:
        """See `Store.instruments`."""
        with self._timed("instruments"):
            return self.inner.instruments()

    @contextmanager
    def session(self) -> Iterator[None]:
        """See `Store.session`; what was counted is kept now and then when one ends, and at the
        process's end.
        """
        self._sessions += 1
        try:
            with self.inner.session():
                yield
        finally:
            self._sessions -= 1
            if self._sessions == 0 and time.monotonic() - self._flushed > _FLUSH_SECONDS:
                self.flush()

    def query(
        self,
        sql: str,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        instruments: Sequence[Instrument] | None = None,
    ) -> pa.Table:
        """See `QueryableStore.query`."""
        with self._timed("query"):
            return self.inner.query(sql, parameters, instruments)

    def stored_bytes(self, instrument: Instrument) -> int:
        """See `QueryableStore.stored_bytes`."""
        return self.inner.stored_bytes(instrument)

    def close(self) -> None:
        """See `QueryableStore.close`."""
        self.inner.close()
        self.flush()

    def flush(self) -> None:
        """Keep what was counted, the engine's cache included."""
        self._flushed = time.monotonic()
        statistics = getattr(self.inner, "statistics", None)
        pool = statistics() if callable(statistics) else None
        for name in _CACHE:
            now = getattr(pool, name, 0)
            self._recorder.count(
                f"marketdata_store_cache_{name}_total", max(now - self._cache[name], 0)
            )
            self._cache[name] = now
        self._recorder.flush()

    def _batches(self, inner: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        seconds, over = 0.0, object()
        while True:
            started = time.perf_counter()
            try:
                batch = next(inner, over)
            except MarketDataError as error:
                self._failed("read", error)
                raise
            seconds += time.perf_counter() - started
            if batch is over:
                break
            yield batch
        self._recorder.observe("marketdata_store_query_duration_seconds", seconds, verb="read")

    def _count_rows(self, dataset: str, appended: Appended) -> None:
        outcomes = {
            "inserted": appended.inserted,
            "duplicate": appended.duplicates,
            "conflict": appended.conflicts,
            "rejected": appended.rejected,
        }
        for outcome, rows in outcomes.items():
            self._recorder.count(
                "marketdata_store_rows_total", rows, dataset=dataset, outcome=outcome
            )

    @contextmanager
    def _timed(self, verb: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        except MarketDataError as error:
            self._failed(verb, error)
            raise
        self._recorder.observe(
            "marketdata_store_query_duration_seconds", time.perf_counter() - started, verb=verb
        )

    def _failed(self, verb: str, error: MarketDataError) -> None:
        self._recorder.count("marketdata_store_errors_total", verb=verb, error=type(error).__name__)


class _InstrumentedArchive:
    """Counts and times exports; everything else is the archive's own."""

    def __init__(self, inner: Archive, recorder: MetricsRecorder) -> None:
        self.inner = inner
        self._recorder = recorder

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(
        self, dataset: str, instrument: Instrument, day: date, *rest: Any, **options: Any
    ) -> Manifest:
        """See `Archive.write`."""
        started = time.perf_counter()
        try:
            manifest = self.inner.write(dataset, instrument, day, *rest, **options)
        except MarketDataError as error:
            self._recorder.count("marketdata_archive_errors_total", error=type(error).__name__)
            self._recorder.flush()
            raise
        tier = dataset_named(dataset).tier.value
        self._recorder.observe(
            "marketdata_archive_export_duration_seconds", time.perf_counter() - started
        )
        self._recorder.count("marketdata_archive_exported_rows_total", manifest.rows, tier=tier)
        self._recorder.count("marketdata_archive_exported_bytes_total", manifest.bytes, tier=tier)
        _reached(self._recorder, "archive", Window.of_day(day).end)
        return manifest


def instrumented_archive(inner: Archive, recorder: MetricsRecorder) -> Archive:
    """The archive, counting and timing its exports into `recorder`."""
    return cast(Archive, _InstrumentedArchive(inner, recorder))


def _reached(recorder: MetricsRecorder, stage: str, moment: datetime) -> None:
    """The stage did something now, and has come to `moment` (of several days in one process: the
    last).
    """
    recorder.set("marketdata_stage_last_success_timestamp_seconds", time.time(), stage=stage)
    recorder.raise_to("marketdata_stage_reached_timestamp_seconds", moment.timestamp(), stage=stage)
