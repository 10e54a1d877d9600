"""Klines as a frame with the columns and types of the dataset `bar__kline`.

Belongs here: columns, completeness, windows without trades, for klines.py and rollup.py. Does not:
summing trades.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.intervals import window_ends
from marketdata_platform.core.bars.kline_fields import (
    BUY_QUOTE,
    BUY_VOLUME,
    FIRST,
    HIGH,
    KLINE_WIDTH,
    LAST,
    OPEN,
    QUOTE,
    SELL_VOLUME,
    START,
    TRADES,
    VOLUME,
)
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import decimal_series
from marketdata_platform.core.window import Window, from_us, to_us

Int64s = npt.NDArray[np.int64]

PRICES = ("open", "high", "low", "close")
SUMS = {  # name: (word in the kernel's rows, scale)
    "volume": (VOLUME, 8),
    "quote_volume": (QUOTE, 16),
    "buy_volume": (BUY_VOLUME, 8),
    "buy_quote_volume": (BUY_QUOTE, 16),
    "sell_volume": (SELL_VOLUME, 8),
}
_PRICE_LIMIT = 10**18  # a price column has 18 digits
COLUMNS = pl.Schema(
    {
        "interval": pl.String(),
        "open_time": pl.Datetime("us", "UTC"),
        "open": pl.Decimal(18, 8),
        "high": pl.Decimal(18, 8),
        "low": pl.Decimal(18, 8),
        "close": pl.Decimal(18, 8),
        "volume": pl.Decimal(38, 8),
        "quote_volume": pl.Decimal(38, 16),
        "trades": pl.Int64(),
        "buy_volume": pl.Decimal(38, 8),
        "buy_quote_volume": pl.Decimal(38, 16),
        "sell_volume": pl.Decimal(38, 8),
        "vwap": pl.Decimal(28, 12),
        "first_trade_id": pl.String(),
        "last_trade_id": pl.String(),
        "complete": pl.Boolean(),
    }
)


def kline_frame(
    rows: Int64s, interval: str, trade_id: pl.Series | None, complete: npt.NDArray[np.bool_]
) -> pl.DataFrame:
    """The kernel's rows (n, `KLINE_WIDTH`) as a frame; rows with 0 trades have no vwap and no ids.

    Raises:
        InvalidInput: when a price has more than 18 digits.
    """
    words, pairs = _parted(rows)
    highest = int(words[HIGH].max(initial=0))
    if highest >= _PRICE_LIMIT:
        raise InvalidInput(
            f"price {highest / 1e8:.8f} does not fit DECIMAL(18, 8): it must be below 10000000000"
        )
    empty = words[TRADES] == 0
    sums = {name: pairs[(word - VOLUME) // 2] for name, (word, _) in SUMS.items()}
    columns = [
        pl.repeat(interval, len(rows), dtype=pl.String, eager=True).alias("interval"),
        pl.Series("open_time", words[START]).cast(pl.Datetime("us", "UTC")),
        *(decimal_series(name, words[OPEN + i], 8, 18) for i, name in enumerate(PRICES)),
        *(decimal_series(name, sums[name], scale) for name, (_, scale) in SUMS.items()),
        pl.Series("trades", words[TRADES]),
        decimal_series("vwap", vwaps(sums["quote_volume"], sums["volume"]), 12, 28, empty),
        _ids("first_trade_id", trade_id, words[FIRST], empty),
        _ids("last_trade_id", trade_id, words[LAST], empty),
        pl.Series("complete", complete),
    ]
    return pl.DataFrame(columns).select(COLUMNS.names())


def _parted(rows: Int64s) -> tuple[Int64s, Int64s]:
    from marketdata_platform.core.bars.kernels.kline import parted

    words = np.empty((VOLUME, len(rows)), np.int64)
    pairs = np.empty(((KLINE_WIDTH - VOLUME) // 2, len(rows), 2), np.int64)
    parted(rows, words, pairs)
    return words, pairs


def vwaps(quote: Int64s, volume: Int64s) -> Int64s:
    """quote / volume as words of scale 12, rounded half to even; 0 without volume. Words (n, 2) of
    scales 16 and 8.
    """
    from marketdata_platform.core.bars.kernels.kline import vwap_words

    out = np.empty((len(quote), 2), np.int64)
    vwap_words(np.ascontiguousarray(quote), np.ascontiguousarray(volume), out)
    return out


def completed(
    starts: Int64s, interval: str, closed_until_us: int, gaps: Sequence[Window]
) -> npt.NDArray[np.bool_]:
    """Which windows have ended by `closed_until_us` and are touched by no gap."""
    ends = window_ends(interval, starts)
    known = ends <= closed_until_us
    if not gaps:
        return known
    bounds = np.array(sorted((gap.start_us, gap.end_us) for gap in gaps), np.int64)
    reach = np.maximum.accumulate(bounds[:, 1])  # the latest end of all gaps that start no later
    begun = np.searchsorted(bounds[:, 0], ends)  # gaps that start before the window ends
    return known & ~((begun > 0) & (reach[np.maximum(begun - 1, 0)] > starts))


def with_flat_rows(rows: Int64s, starts: Int64s, previous_close: int) -> Int64s:
    """Rows for all `starts` (ascending, those of `rows` among them): windows without trades stand
    at the close before.

    Windows before the first trade are left out when `previous_close` is 0, i.e. when there is no
    price to carry.
    """
    full = np.zeros((len(starts), KLINE_WIDTH), np.int64)
    at = np.searchsorted(starts, rows[:, START])
    full[at] = rows
    full[:, START] = starts
    source = np.full(len(starts), -1)
    source[at] = np.arange(len(rows))
    source = np.maximum.accumulate(source) if len(source) else source
    flat = full[:, TRADES] == 0
    closes = np.append(rows[:, OPEN + 3], previous_close)[source]  # -1: the one appended
    full[flat, OPEN : OPEN + 4] = closes[flat, None]
    return full if previous_close else full[source >= 0]


def utc_us(moment: datetime, name: str) -> int:
    """Microseconds of a UTC datetime.

    Raises:
        InvalidInput: when it has no time zone.
    """
    if moment.tzinfo is None:
        raise InvalidInput(f"{name} {moment.isoformat()} has no time zone: give it tzinfo=UTC")
    return to_us(moment)


def refuse_sum(start_us: int) -> None:
    """Refuse a window whose Σp·q needs more than 38 digits.

    Raises:
        InvalidInput: always; the message names the window.
    """
    raise InvalidInput(
        f"Σp·q of the window from {from_us(start_us).isoformat()} is 10^22 or more and does not "
        "fit DECIMAL(38, 16): "
        "take a shorter interval"
    )


def _ids(
    name: str, trade_id: pl.Series | None, rows: Int64s, empty: npt.NDArray[np.bool_]
) -> pl.Series:
    if trade_id is None or not len(trade_id):
        return pl.Series(name, [None], pl.String).new_from_index(0, len(rows))
    picked = trade_id.gather(np.ascontiguousarray(rows)).alias(name)
    if picked.dtype != pl.String:
        picked = picked.cast(pl.String)
    if not empty.any():
        return picked
    return pl.select(pl.when(~pl.Series(empty)).then(picked).alias(name)).to_series()
