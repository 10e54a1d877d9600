"""Every metric that the platform exports: name, kind, labels, meaning. Dashboard, alerts and docs
are checked with it.

Belongs here: the list. Does not: values (book.py, metrics.py). Labels are few and bounded: an
instrument is never one, a venue lists thousands of options.
"""

from __future__ import annotations

from dataclasses import dataclass

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
LONG = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family; `buckets` only of a histogram, upper bounds in seconds."""

    name: str
    kind: str  # counter | gauge | histogram
    doc: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _counter(name: str, doc: str, *labels: str) -> Metric:
    return Metric(f"marketdata_{name}_total", "counter", doc, labels)


def _gauge(name: str, doc: str, *labels: str) -> Metric:
    return Metric(f"marketdata_{name}", "gauge", doc, labels)


def _histogram(name: str, doc: str, buckets: tuple[float, ...], *labels: str) -> Metric:
    return Metric(f"marketdata_{name}_seconds", "histogram", doc, labels, buckets)


_GATHERER, _LINE = ("gatherer",), ("gatherer", "venue", "market")
_STREAM = (*_LINE, "dataset")

GATHERERS = (
    _gauge("gatherer_up", "1: its heartbeat is fresh and its journal takes frames.", *_GATHERER),
    _gauge("gatherer_heartbeat_age_seconds", "Since the last heartbeat.", *_GATHERER),
    _gauge("gatherer_start_time_seconds", "When its process started, since 1970.", *_GATHERER),
    _counter(
        "gatherer_frames", "Frames taken into the journal since its process started.", *_GATHERER
    ),
    _counter("gatherer_received_bytes", "Bytes of those frames.", *_GATHERER),
    _gauge("gatherer_buffered_bytes", "Bytes that wait for the disk.", *_GATHERER),
    _counter(
        "gatherer_backpressure_waits", "Times that a full buffer held the socket.", *_GATHERER
    ),
    _gauge("gatherer_journal_stopped", "1: the disk takes nothing.", *_GATHERER),
    _gauge("gatherer_clock_offset_seconds", "Local minus venue time.", "gatherer", "venue"),
    _gauge("gatherer_connections", "Connections by state.", *_LINE, "state"),
    _counter("gatherer_disconnects", "Connections that ended.", *_LINE),
    _counter("gatherer_connection_attempts", "Attempts to connect.", *_LINE),
    _counter("stream_messages", "Messages heard.", *_STREAM),
    _counter("stream_received_bytes", "Bytes heard.", *_STREAM),
    _counter("stream_gaps", "Breaks of the sequence that the gatherer saw.", *_STREAM),
    _gauge("stream_lag_seconds", "Receive minus exchange time, of the worst instrument.", *_STREAM),
    _gauge(
        "stream_last_frame_age_seconds",
        "Since the last message, of the worst instrument.",
        *_STREAM,
    ),
    _gauge("stream_stale", "Instruments whose stream is silent.", *_STREAM),
    _gauge("journal_segments", "Segments on disk.", *_GATHERER),
    _gauge("journal_bytes", "Bytes on disk.", *_GATHERER),
)
LANDING = (
    _counter("landing_runs", "Landings.", "outcome"),
    _histogram("landing_duration", "How long a landing took.", LONG),
    _counter("landing_frames", "Frames read from journals.", *_GATHERER),
    _counter(
        "landing_quarantined_frames", "Frames and stretches that could not be read.", *_GATHERER
    ),
    _counter("landing_gaps_opened", "Holes written into the gap ledger."),
    _gauge("gaps_open", "Holes that are neither repaired nor given up, as of the last landing."),
    _gauge("stage_lag_seconds", "How far behind: capture, land, derive, archive.", "stage"),
    _gauge(
        "stage_last_success_timestamp_seconds",
        "When the stage last did something, since 1970.",
        "stage",
    ),
    _gauge(
        "stage_reached_timestamp_seconds",
        "Up to which moment of data the stage has come, since 1970.",
        "stage",
    ),
)
STORE = (
    _gauge("store_up", "1: the store answers."),
    _counter(
        "store_rows",
        "Rows given to the store: inserted, duplicate, conflict, rejected.",
        "dataset",
        "outcome",
    ),
    _counter("store_deleted_rows", "Rows that retention deleted.", "dataset"),
    _histogram("store_query_duration", "How long a verb of the store took.", SHORT, "verb"),
    _counter("store_errors", "Verbs that failed, by our name of the error.", "verb", "error"),
    _gauge(
        "store_pool_connections",
        "Connections of this process to PostgreSQL: active, idle.",
        "state",
    ),
    _gauge("store_pool_waiting", "Callers that wait for a connection."),
    _gauge("store_pool_limit", "Connections that this process may have."),
    _gauge(
        "store_server_sessions",
        "Sessions of the platform at the server, by component and state.",
        "component",
        "state",
    ),
    _counter("store_cache_hits", "DuckDB files that were open already."),
    _counter("store_cache_misses", "DuckDB files that had to be opened."),
    _counter("store_cache_evictions", "DuckDB files closed to make room."),
    _gauge("store_bytes", "Bytes on disk, all together."),
    _gauge("store_files", "DuckDB files."),
    _gauge(
        "store_table_bytes", "Bytes of a PostgreSQL table with its chunks and indexes.", "table"
    ),
    _gauge("store_chunks", "Chunks or partitions of a table.", "table"),
    _gauge("store_largest_chunk_bytes", "Bytes of its largest chunk or partition.", "table"),
    _gauge(
        "store_compression_ratio",
        "Bytes before : after compression, of the compressed chunks.",
        "table",
    ),
)
KEEPING = (
    _histogram("archive_export_duration", "How long writing an archived day took.", LONG),
    _counter("archive_exported_rows", "Rows written to the archive.", "tier"),
    _counter("archive_exported_bytes", "Bytes written to the archive.", "tier"),
    _counter("archive_errors", "Exports that failed, by our name of the error.", "error"),
    _histogram("retention_duration", "How long a run of retention took.", LONG),
    _gauge("retention_blocked", "Old datasets and journals that had to stay, as of the last run."),
    _histogram("maintenance_duration", "How long a run of maintenance took.", LONG),
    _gauge("disk_free_bytes", "Free where the root is."),
    _gauge("disk_size_bytes", "Size of the disk where the root is."),
)
METRICS: dict[str, Metric] = {one.name: one for one in (*GATHERERS, *LANDING, *STORE, *KEEPING)}


def exported_names() -> set[str]:
    """The names that a query may use: histograms give three."""
    names: set[str] = set()
    for one in METRICS.values():
        names |= (
            {f"{one.name}{end}" for end in ("_bucket", "_sum", "_count")}
            if one.buckets
            else {one.name}
        )
    return names
