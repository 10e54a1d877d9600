"""Market profile: volume per price level over a session, its point of control and value area.

Belongs here: the numbers of dataset `market_profile`. Does not: levels a short window
(footprint.py).
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.fold_input import Seen, Trades, fold_input
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.order_flow.footprint import scaled_tick
from marketdata_platform.core.order_flow.pieces import Pieces, pieces_of
from marketdata_platform.core.order_flow.rows import price_levels, times, volumes
from marketdata_platform.core.trades.trade_columns import TickRule
from marketdata_platform.core.window import Window

Ints = npt.NDArray[np.int64]

_MAX_WHOLE = (
    10**6
)  # of the value area's fraction, so that 128 bits hold the products with any volume


def market_profile(
    trades: Trades,
    tick: Decimal,
    session: str | Window = "1d",
    value_area: Decimal = Decimal("0.70"),
    rule: TickRule | None = None,
) -> pl.DataFrame:
    """Volume of each traded price level, with the session's point of control (POC) and value area
    (VAL to VAH).

    Args:
        trades: as `trade_columns` takes them, whole sessions.
        tick: width of a level; prices are floored to multiples of it.
        session: a kline interval, or one window: trades outside of it are left out (the tick rule
            still sees them).
        value_area: the share of volume that the value area holds at least, at most 6 decimals.
        rule: where the tick rule stood before these trades, for venues that give no side.

    Returns:
        Columns of dataset `market_profile`, one row per traded level, sorted by session and level.

    POC: the level with the most volume; of equals the one nearest to the middle of the lowest and
    the highest traded level, then the lower. Value area: from the POC on, level by level, the
    neighbour above or below with more volume (a level without trades counts as zero, a tie goes up,
    never beyond the traded range) until the share is in, by exact comparison. The cost is that of
    the traded levels, however small the tick. Source: DEFINITIONS "Market profile".

    Raises:
        InvalidInput: a tick that is no positive multiple of 1e-8, a value area outside (0, 1], an
            unknown interval, or malformed trades.
    """
    from marketdata_platform.core.order_flow.kernels.level import (
        BUY,
        LEVEL,
        level_rows,
        value_areas,
    )
    from marketdata_platform.core.order_flow.kernels.row import totals

    width, (share, whole) = scaled_tick(tick), _fraction(value_area)
    given = fold_input(trades, Seen(rule or TickRule()))
    columns, pieces = given.columns, pieces_of(given.columns, session).windows()
    no_rows = np.empty((0, 8), np.int64)
    rows, ends = level_rows(
        columns.price, columns.quantity, given.sign, pieces.counts, pieces.offsets, width, no_rows
    )
    volume = totals(rows, BUY)[0]
    areas = value_areas(np.ascontiguousarray(rows[:, LEVEL]), volume, ends, width, share, whole)
    return _frame(rows, volume, areas, np.diff(ends, prepend=0), pieces, width)


def _fraction(value_area: Decimal) -> tuple[int, int]:
    if not value_area.is_finite() or not 0 < value_area <= 1:
        raise InvalidInput(
            f"value area {value_area} must be above 0 and at most 1 (0.70 is the usual share)"
        )
    share, whole = value_area.as_integer_ratio()
    if whole > _MAX_WHOLE:
        raise InvalidInput(f"value area {value_area} must have at most 6 decimals")
    return share, whole


def _frame(
    rows: Ints, volume: Ints, areas: Ints, lengths: Ints, pieces: Pieces, width: int
) -> pl.DataFrame:
    from marketdata_platform.core.order_flow.kernels.level import BUY, LEVEL, SELL, TRADES

    level = rows[:, LEVEL]
    poc, low, high = (np.repeat(level[areas[:, k]], lengths) for k in range(3))
    values = {
        "session_start": times(np.repeat(pieces.window_us, lengths)),
        "price_level": price_levels(level),
        "volume": volumes(volume),
        "buy_volume": volumes(rows[:, BUY : BUY + 2]),
        "sell_volume": volumes(rows[:, SELL : SELL + 2]),
        "trades": rows[:, TRADES],
        "in_value_area": (low <= level) & (level <= high),
        "poc": price_levels(poc),
        "vah": price_levels(high),
        "val": price_levels(low),
        "tick": price_levels(np.full(len(rows), width)),
    }
    return pl.DataFrame(values)
