"""Klines of any interval: stored ones as they are, longer ones rolled up, those below a minute made
from the trades.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl

from marketdata_platform.core.bars import KlineState, fold_klines, roll_up
from marketdata_platform.core.bars.intervals import (
    interval_us,
    nests,
    require_interval,
    window_bounds,
)
from marketdata_platform.core.continuity import merged
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.bookkeeping.day_frame import empty_frame, frame_of_day
from marketdata_platform.workflows.bookkeeping.record import Record, holes_of_day, open_record
from marketdata_platform.workflows.ports import Store

_KLINE = "bar__kline"


def read_klines(
    store: Store,
    instrument: Instrument,
    window: Window | None,
    interval: str,
    stored: Sequence[str],
) -> pl.DataFrame:
    """Klines of `interval` whose open time is in `window` (None: all), in time order.

    Args:
        stored: the intervals that `bar__kline` holds; others are rolled up from the longest of them
            that fits, or, when none does, made from the trades. `complete` is false also where a
            day with trades has no stored klines yet.

    Raises:
        InvalidInput: when there is no such interval.
    """
    require_interval(interval)
    if interval in stored:
        return _stored(store, instrument, window, interval)
    fitting = [base for base in stored if nests(base, interval)]
    if not fitting:
        return _from_trades(store, instrument, window, interval)
    base = max(fitting, key=interval_us)
    record = open_record(store, instrument)
    bars = _stored(store, instrument, _whole_windows(window, interval), base)
    closed, holes = _closed_until(record), _holes(store, record, bars)
    rolled = roll_up(bars, interval, closed_until=closed, gaps=holes)
    return _inside(rolled, window)


def _stored(
    store: Store, instrument: Instrument, window: Window | None, interval: str
) -> pl.DataFrame:
    frames = [
        pl.DataFrame(pl.from_arrow(batch)) for batch in store.read(_KLINE, instrument, window)
    ]
    rows = pl.concat(frames or [empty_frame(_KLINE)])
    names = rows["interval"]  # in order, and each interval's rows by their time: a store reads so
    first, end = names.search_sorted(interval, "left"), names.search_sorted(interval, "right")
    return rows.slice(first, end - first)


def _from_trades(
    store: Store, instrument: Instrument, window: Window | None, interval: str
) -> pl.DataFrame:
    record = open_record(store, instrument)
    days = [c.day for c in record.days if window is None or window.overlaps(Window.of_day(c.day))]
    frames = [empty_frame(_KLINE)]
    state: KlineState | None = None
    for day in days:
        trades = frame_of_day(store, "trades", instrument, day)
        holes = holes_of_day(store, record, day)
        of_day = Window.of_day(day)
        rows, state = fold_klines(
            trades, interval, state, window=of_day, closed_until=of_day.end, gaps=holes
        )
        frames.append(rows)
    return _inside(pl.concat(frames), window)


def _whole_windows(window: Window | None, interval: str) -> Window | None:
    """`window` widened to whole windows of `interval`, so that no roll-up is made of half its
    parts.
    """
    if window is None:
        return None
    lowest, highest = datetime(1971, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
    first = window_bounds(interval, max(window.start, lowest))
    last = window_bounds(interval, min(window.end, highest) - timedelta(microseconds=1))
    return Window(min(first.start, window.start), max(last.end, window.end))


def _closed_until(record: Record) -> datetime | None:
    """Windows that end later than the record does are open, also where it ends at a midnight."""
    return record.span.end if record.span else None


def _holes(store: Store, record: Record, bars: pl.DataFrame) -> list[Window]:
    derived: set[date] = (
        set(bars["open_time"].dt.date().unique().to_list()) if bars.height else set()
    )
    holes = [Window.of_day(c.day) for c in record.days if c.day not in derived]
    for day in (c.day for c in record.days if c.day in derived):
        holes += holes_of_day(store, record, day)
    return merged(holes)


def _inside(rows: pl.DataFrame, window: Window | None) -> pl.DataFrame:
    if window is None:
        return rows
    return rows.filter(pl.col("open_time").is_between(window.start, window.end, closed="left"))
