"""Klines (candles) from trades: DEFINITIONS "Klines".

Belongs here: the public calls, what they check, the state between two calls. Does not: loops
(kernels/kline.py), rolling up (rollup.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.fold_state import StoredState
from marketdata_platform.core.bars.intervals import (
    interval_us,
    offset_us,
    require_interval,
    window_edges,
    window_starts,
)
from marketdata_platform.core.bars.kline_fields import FIRST, KLINE_WIDTH, LAST, START
from marketdata_platform.core.bars.kline_frame import (
    COLUMNS,
    completed,
    kline_frame,
    refuse_sum,
    utc_us,
    with_flat_rows,
)
from marketdata_platform.core.errors import InvalidInput, TradesOutOfOrder
from marketdata_platform.core.row_ranges import over_ranges, ranges
from marketdata_platform.core.trades.trade_columns import (
    TickRule,
    TradeColumns,
    Trades,
    signs,
    trade_columns,
)
from marketdata_platform.core.window import Window, from_us

Int64s = npt.NDArray[np.int64]
Fill = Literal["none", "flat"]


@dataclass(frozen=True, slots=True)
class KlineState(StoredState):
    """What klines carry from one stretch of trades to the next; the tick rule's price is the last
    close.
    """

    rule: TickRule = field(default_factory=TickRule)
    last_us: int | None = None  # time of the last trade, microseconds


def klines(
    trades: Trades,
    interval: str,
    fill: Fill = "none",
    *,
    closed_until: datetime | None = None,
    gaps: Sequence[Window] = (),
) -> pl.DataFrame:
    """Klines of `interval` with the columns and types of the dataset `bar__kline`, one row a
    window.

    `trades` as in `trade_columns`. `fill="flat"` adds the windows without trades between the first
    and the last trade (prices: the previous close; volumes and trades 0; vwap and ids null). A row
    is `complete` when its window ends at or before `closed_until` (default: the last trade's time,
    so the last window is open) and overlaps none of `gaps`. Trades without a side get the tick
    rule's; those that stay unsigned are in `volume` but not in buy or sell volume.

    Raises:
        InvalidInput: unknown interval or fill, trades that cannot be used, or a sum beyond 38
            digits.
    """
    return fold_klines(trades, interval, None, fill=fill, closed_until=closed_until, gaps=gaps)[0]


def fold_klines(
    trades: Trades,
    interval: str,
    state: KlineState | None = None,
    *,
    window: Window | None = None,
    fill: Fill = "none",
    closed_until: datetime | None = None,
    gaps: Sequence[Window] = (),
) -> tuple[pl.DataFrame, KlineState]:
    """`klines` of one stretch of a series, going on from the `state` that the stretch before
    returned.

    With `window` all trades must lie in it, and `fill="flat"` fills up to its edges (from the first
    trade of the series on). Stretches cut at window edges give, one after the other, the rows of
    one pass; a cut inside a window gives two partial rows that `roll_up` to the same interval
    merges.

    Raises:
        TradesOutOfOrder: when the first trade is before the last one that `state` has seen.
        InvalidInput: as in `klines`; also for a trade outside `window`.
    """
    require_interval(interval)
    if fill not in ("none", "flat"):
        raise InvalidInput(f"fill is {str(fill)[:20]!r}: it must be 'none' or 'flat'")
    state = state or KlineState()
    columns = trade_columns(trades)
    _check_times(columns.ts, state, window)
    sign, rule = signs(columns, state.rule)
    rows = _rows(columns, sign, interval)
    if fill == "flat":
        rows = with_flat_rows(rows, _all_starts(rows, interval, window), state.rule.last_price)
    if not len(rows):
        return COLUMNS.to_frame(), state if not len(columns) else KlineState(
            rule, int(columns.ts[-1])
        )
    last_us = int(columns.ts[-1]) if len(columns) else state.last_us
    closed_us = utc_us(closed_until, "closed_until") if closed_until is not None else last_us
    done = completed(rows[:, START], interval, 0 if closed_us is None else closed_us, gaps)
    return kline_frame(rows, interval, columns.trade_id, done), KlineState(rule, last_us)


def _check_times(ts: Int64s, state: KlineState, window: Window | None) -> None:
    if not len(ts):
        return
    if state.last_us is not None and ts[0] < state.last_us:
        raise TradesOutOfOrder(
            f"the first trade is of {from_us(int(ts[0])).isoformat()}, before "
            f"{from_us(state.last_us).isoformat()} "
            "that the state has seen: fold in time order, or start without a state"
        )
    if window and (ts[0] < window.start_us or ts[-1] >= window.end_us):
        outside = int(ts[0] if ts[0] < window.start_us else ts[-1])
        raise InvalidInput(
            f"a trade of {from_us(outside).isoformat()} is outside the window "
            f"[{window.start.isoformat()}, {window.end.isoformat()}): select the window's trades "
            "first"
        )


def _rows(columns: TradeColumns, sign: npt.NDArray[np.int8], interval: str) -> Int64s:
    """Kernel rows (n, `KLINE_WIDTH`) of all windows with trades: long input in ranges that end
    where windows do.
    """
    if not len(columns):
        return np.empty((0, KLINE_WIDTH), np.int64)
    ts = columns.ts
    moved = window_starts(interval, ts[np.array(ranges(len(ts))[1:-1], np.int64)])
    cuts = sorted({0, len(ts), *np.searchsorted(ts, moved).tolist()})
    parts = over_ranges(
        cuts, lambda first, stop: _rows_of_range(columns, sign, interval, first, stop)
    )
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _rows_of_range(
    columns: TradeColumns, sign: npt.NDArray[np.int8], interval: str, first: int, stop: int
) -> Int64s:
    from marketdata_platform.core.bars.kernels import kline as kernel

    ts, price, quantity = (
        columns.ts[first:stop],
        columns.price[first:stop],
        columns.quantity[first:stop],
    )
    width = interval_us(interval)
    edges = np.empty(0, np.int64) if width else window_edges(interval, int(ts[0]), int(ts[-1]))
    windows = (int(ts[-1]) - int(ts[0])) // width + 2 if width else len(edges) - 1
    out = np.empty((min(len(ts), windows), KLINE_WIDTH), np.int64)
    count = kernel.sum_klines(
        ts, price, quantity, sign[first:stop], edges, width, offset_us(interval), out
    )
    rows = out[:count]
    bad = kernel.first_too_large(price, quantity, rows)
    if bad >= 0:
        refuse_sum(int(rows[bad, START]))
    if columns.count is not None:
        kernel.count_trades(columns.count[first:stop], rows)
    rows[:, FIRST] += first
    rows[:, LAST] += first
    return rows


def _all_starts(rows: Int64s, interval: str, window: Window | None) -> Int64s:
    if window:
        return window_edges(interval, window.start_us, window.end_us - 1)[:-1]
    if not len(rows):
        return np.empty(0, np.int64)
    return window_edges(interval, int(rows[0, START]), int(rows[-1, START]))[:-1]
