"""Klines of a higher interval from those of a lower one, with the same result as from the trades.

Belongs here: merging kline rows. Does not: trades (klines.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.intervals import (
    nests,
    require_interval,
    window_ends,
    window_starts,
)
from marketdata_platform.core.bars.kline_frame import (
    COLUMNS,
    PRICES,
    SUMS,
    completed,
    refuse_sum,
    utc_us,
    vwaps,
)
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import decimal_series, decimal_words
from marketdata_platform.core.window import Window

Int64s = npt.NDArray[np.int64]

_TRADED = pl.col("trades") > 0
_LIMIT = 1e22  # DECIMAL(38, 16) ends here
_BELOW_LIMIT = 9.9e21


def roll_up(
    klines: pl.DataFrame,
    interval: str,
    *,
    closed_until: datetime | None = None,
    gaps: Sequence[Window] = (),
) -> pl.DataFrame:
    """Klines of `interval` from rows of one lower interval, or of the same one cut into partial
    rows.

    Rows of one window merge in the order given; rows without trades give neither prices nor ids
    where another row of the window has trades. A row is `complete` when all its parts are (of
    partial rows of one window the last counts) and its window has ended: by `closed_until`, or else
    as the rows themselves show. A gap in a lower window that has no row leaves no trace: give
    `gaps` again to see it.

    Raises:
        InvalidInput: rows of several intervals, an interval that `interval` is not made of, or a
            sum beyond 38 digits.
    """
    require_interval(interval)
    if klines.is_empty():
        return COLUMNS.to_frame()
    lower = _one_interval(klines, interval)
    parts = klines.select(COLUMNS.names()).sort("open_time", maintain_order=True)
    times = parts["open_time"].to_physical().to_numpy()
    parts = parts.with_columns(
        window=pl.Series(window_starts(interval, times)), end=pl.Series(window_ends(lower, times))
    )
    merged = parts.group_by("window", maintain_order=True).agg(*_merged_columns()).sort("window")
    _check_sums(merged)
    starts = merged["window"].to_numpy()
    done = _complete(parts, starts, interval, closed_until, gaps)
    quote, volume = (decimal_words(merged[name]) for name in ("quote_volume", "volume"))
    columns = [
        pl.repeat(interval, len(starts), dtype=pl.String, eager=True).alias("interval"),
        merged["window"].cast(pl.Datetime("us", "UTC")).alias("open_time"),
        decimal_series("vwap", vwaps(quote, volume), 12, 28, merged["trades"].to_numpy() == 0),
        pl.Series("complete", done),
    ]
    return merged.with_columns(columns).select(
        pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()
    )


def _one_interval(klines: pl.DataFrame, interval: str) -> str:
    lowers = klines["interval"].unique().to_list()
    if len(lowers) != 1:
        raise InvalidInput(
            f"klines of several intervals ({', '.join(sorted(lowers))}) cannot be rolled up: "
            "choose one"
        )
    lower = require_interval(lowers[0])
    if not nests(lower, interval):
        raise InvalidInput(
            f"windows of {interval} are not made of whole windows of {lower}: roll up from a "
            "shorter one"
        )
    return lower


def _merged_columns() -> list[pl.Expr]:
    """One expression per column; a window all of whose rows are flat stays at their price."""

    def of_traded(name: str, pick: str) -> pl.Expr:
        traded = getattr(pl.col(name).filter(_TRADED), pick)()
        return pl.coalesce(traded, pl.col(name).first()).alias(name)

    picks = ("first", "max", "min", "last")
    return [
        *map(of_traded, PRICES, picks),
        *(pl.col(name).sum() for name in SUMS),
        pl.col("quote_volume").cast(pl.Float64).sum().alias("bound"),
        pl.col("trades").sum(),
        pl.col("first_trade_id").filter(_TRADED).first(),
        pl.col("last_trade_id").filter(_TRADED).last(),
    ]


def _check_sums(merged: pl.DataFrame) -> None:
    """128 bits wrap beyond 1.7e22: the float sum beside the exact one shows it."""
    near = merged.filter(pl.col("bound") > _BELOW_LIMIT)
    for window, bound, total in near.select(
        "window", "bound", pl.col("quote_volume").cast(pl.Float64)
    ).iter_rows():
        if bound > 1.5 * _LIMIT or not 0 <= total < _LIMIT:
            refuse_sum(window)


def _complete(
    parts: pl.DataFrame,
    starts: Int64s,
    interval: str,
    closed_until: datetime | None,
    gaps: Sequence[Window],
) -> npt.NDArray[np.bool_]:
    """Completeness of each window of `starts`, ascending."""
    last_words = parts.group_by("window", "open_time", maintain_order=True).agg(
        pl.col("complete", "end").last()
    )
    whole = (
        last_words.group_by("window")
        .agg(pl.col("complete").all())
        .sort("window")["complete"]
        .to_numpy()
    )
    if closed_until is not None:
        closed_us = utc_us(closed_until, "closed_until")
    else:
        closed_us = max(
            int(parts["open_time"].to_physical().max() or 0),  # type: ignore[arg-type]
            int(last_words.filter("complete")["end"].max() or 0),  # type: ignore[arg-type]
        )
    return whole & completed(starts, interval, closed_us, gaps)
