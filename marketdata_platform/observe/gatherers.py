"""A gatherer's heartbeat as metrics.

Belongs here: which field becomes which metric, summed over instruments. Does not: reading the file.
"""

from __future__ import annotations

from collections.abc import Iterable

from marketdata_platform.observe.metrics_recorder import Counts
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus, StreamStatus

_SECOND_US = 1_000_000
_STATES = ("connecting", "connected", "waiting", "closed")


def gatherer_counts(
    name: str, status: GathererStatus | None, now_us: int, stale_seconds: float
) -> Counts:
    """What a heartbeat reports at `now_us`; of a gatherer without one only that it is down."""
    counts = Counts()
    own = (name,)
    if status is None:
        counts.gauges["marketdata_gatherer_up", own] = 0
        return counts
    age = max(now_us - status.beat_us, 0) / _SECOND_US
    stopped = status.state == "stopped" or bool(status.stopped_reason)
    counts.gauges |= {
        ("marketdata_gatherer_up", own): float(age < stale_seconds and not stopped),
        ("marketdata_gatherer_heartbeat_age_seconds", own): age,
        ("marketdata_gatherer_start_time_seconds", own): status.started_us / _SECOND_US,
        ("marketdata_gatherer_buffered_bytes", own): status.buffered_bytes,
        ("marketdata_gatherer_journal_stopped", own): float(stopped),
    }
    counts.counters |= {
        ("marketdata_gatherer_frames_total", own): status.frames,
        ("marketdata_gatherer_received_bytes_total", own): status.bytes,
        ("marketdata_gatherer_backpressure_waits_total", own): status.waits,
    }
    for venue, offset_us in status.clock_offset_us.items():
        counts.gauges["marketdata_gatherer_clock_offset_seconds", (name, venue)] = (
            offset_us / _SECOND_US
        )
    _connections(counts, status)
    _streams(counts, name, status.streams, now_us)
    return counts


def _connections(counts: Counts, status: GathererStatus) -> None:
    for one in status.connections:
        line = (status.gatherer, one.venue, one.market)
        for state in _STATES:
            key = ("marketdata_gatherer_connections", (*line, state))
            counts.gauges[key] = counts.gauges.get(key, 0) + (one.state == state)
        _grow(counts, "marketdata_gatherer_disconnects_total", line, one.disconnects)
        _grow(counts, "marketdata_gatherer_connection_attempts_total", line, one.attempts)


def _streams(counts: Counts, gatherer: str, streams: Iterable[StreamStatus], now_us: int) -> None:
    for one in streams:
        venue, market, _ = one.instrument.split(":", 2)
        labels = (gatherer, venue, market, one.dataset)
        _grow(counts, "marketdata_stream_messages_total", labels, one.messages)
        _grow(counts, "marketdata_stream_received_bytes_total", labels, one.bytes)
        _grow(counts, "marketdata_stream_gaps_total", labels, one.gaps)
        stale = ("marketdata_stream_stale", labels)
        counts.gauges[stale] = counts.gauges.get(stale, 0) + one.stale
        if one.lag_us is not None:
            _worst(counts, "marketdata_stream_lag_seconds", labels, one.lag_us / _SECOND_US)
        if one.last_recv_us is not None:
            age = max(now_us - one.last_recv_us, 0) / _SECOND_US
            _worst(counts, "marketdata_stream_last_frame_age_seconds", labels, age)


def _grow(counts: Counts, name: str, labels: tuple[str, ...], amount: float) -> None:
    counts.counters[name, labels] = counts.counters.get((name, labels), 0) + amount


def _worst(counts: Counts, name: str, labels: tuple[str, ...], value: float) -> None:
    counts.gauges[name, labels] = max(value, counts.gauges.get((name, labels), value))
