"""Order flow per window: buy and sell volume, delta, cumulative volume delta. A fold over trades.

Belongs here: the numbers of dataset `order_flow`. Does not: price levels (footprint.py), sides
(trade_columns.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.fold_input import FoldInput, Seen, Trades, fold_input
from marketdata_platform.core.bars.fold_state import StoredState, require_same_params
from marketdata_platform.core.numbers.decimal_words import integers, words_of_integers
from marketdata_platform.core.order_flow.pieces import Pieces, pieces_of
from marketdata_platform.core.order_flow.rows import (
    quantities,
    same_text,
    times,
    volumes,
)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OrderFlowParams:
    """`interval`: the windows' length, a kline interval."""

    interval: str


@dataclass(frozen=True, slots=True)
class OrderFlowState(StoredState):
    """Where the fold stands: the last trade, the open window's sums and the running deltas.

    Volumes are integers times 1e8, times are microseconds; `other` is volume whose side is not
    known.
    """

    params: OrderFlowParams
    seen: Seen
    window_us: int | None
    buy: int
    sell: int
    other: int
    cvd: int
    session: int
    trades: int
    buys: int
    sells: int
    largest: int

    @classmethod
    def start(cls, params: OrderFlowParams) -> OrderFlowState:
        """The state before any trade."""
        return cls(params, Seen(), None, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def order_flow(
    trades: Trades, interval: str = "1m", state: OrderFlowState | None = None
) -> tuple[pl.DataFrame, OrderFlowState]:
    """Buy and sell volume, delta and CVD of every window that the trades touch.

    Args:
        trades: as `trade_columns` takes them; none before those that `state` has seen.
        interval: a kline interval; windows without trades have no row.
        state: what the call on the trades before gave; None at the series' start.

    Returns:
        Columns of dataset `order_flow`, one row per window in order of time, and the state. The
        last window's row is as it stands so far: when later trades fall into it, their call gives
        that window again. Over any cuts, the last row of each window equals that of one pass. Cuts
        at 00:00 UTC split no window up to 1d.

    `volume` holds every trade; buy and sell only those with a side (the tick rule's where the venue
    gives none). `delta = buy − sell`. `cvd_session` starts again at 00:00 UTC; in windows longer
    than a day it is that of the day of the window's last trade. `trades` counts the trades in
    aggregate trades. Source: DEFINITIONS "Order flow".

    Raises:
        InvalidInput: an unknown interval, malformed trades, or a state of another interval.
        TradesOutOfOrder: trades before those of the state.
    """
    before = state or OrderFlowState.start(OrderFlowParams(interval))
    require_same_params(before, OrderFlowParams(interval))
    given = fold_input(trades, before.seen)
    pieces = pieces_of(given.columns, interval)
    if not len(given.columns):
        return _frame(np.empty((0, 14), np.int64), pieces.window_us, interval), before
    rows, window_us = _rows(given, pieces, before)
    sums = integers(rows[-1, :10].reshape(-1, 2))
    after = OrderFlowState(
        before.params, given.seen, int(window_us[-1]), *sums, *rows[-1, 10:].tolist()
    )
    return _frame(rows, window_us, interval), after


def _rows(given: FoldInput, pieces: Pieces, before: OrderFlowState) -> tuple[Ints, Ints]:
    """The kernel's row of each window and the windows' starts."""
    from marketdata_platform.core.order_flow.kernels.flow import ROW_WORDS, flow_rows

    opens_window = pieces.opens_window(before.window_us)
    opens_day = pieces.opens_day(before.seen.last_us)
    rows = np.zeros((int(opens_window.sum()) + 1, ROW_WORDS), np.int64)
    rows[0] = _carried(before)
    flow_rows(
        given.columns.quantity,
        given.sign,
        pieces.counts,
        pieces.offsets,
        opens_window,
        opens_day,
        rows,
    )
    started = pieces.window_us[opens_window]
    if opens_window[0]:
        return rows[1:], started
    return rows, np.concatenate([pieces.window_us[:1], started])


def _carried(state: OrderFlowState) -> Ints:
    sums = words_of_integers(
        [state.buy, state.sell, state.other, state.cvd, state.session]
    ).reshape(-1)
    return np.concatenate([sums, [state.trades, state.buys, state.sells, state.largest]])


def _frame(rows: Ints, window_us: Ints, interval: str) -> pl.DataFrame:
    from marketdata_platform.core.order_flow.kernels.flow import (
        BUY,
        BUYS,
        CVD,
        LARGEST,
        SELL,
        SELLS,
        SESSION,
        TRADES,
    )
    from marketdata_platform.core.order_flow.kernels.row import totals

    total, delta, ratio, imbalance = totals(rows, BUY)
    values = {
        "interval": same_text(interval, len(rows)),
        "open_time": times(window_us),
        "volume": volumes(total),
        "buy_volume": volumes(rows[:, BUY : BUY + 2]),
        "sell_volume": volumes(rows[:, SELL : SELL + 2]),
        "delta": volumes(delta),
        "cvd": volumes(rows[:, CVD : CVD + 2]),
        "cvd_session": volumes(rows[:, SESSION : SESSION + 2]),
        "imbalance_ratio": pl.Series(ratio, nan_to_null=True),
        "imbalance": pl.Series(imbalance, nan_to_null=True),
        "trades": rows[:, TRADES],
        "buy_trades": rows[:, BUYS],
        "sell_trades": rows[:, SELLS],
        "largest_trade": quantities(rows[:, LARGEST]),
    }
    return pl.DataFrame(values)
