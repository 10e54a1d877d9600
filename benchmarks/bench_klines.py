"""Klines, frame in and frame out, against Polars' group_by_dynamic computing the same columns; and
the bare kernel.

Polars' first and last are by row here, which is right for sorted trades; its sums of decimals are
exact, those of floats are not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from benchmarks.harness import arguments, as_floats, make_trades, measure, report, table
from marketdata_platform.core.bars import klines
from marketdata_platform.core.bars.intervals import interval_us
from marketdata_platform.core.bars.kernels.kline import sum_klines
from marketdata_platform.core.bars.kline_fields import KLINE_WIDTH
from marketdata_platform.core.trades.trade_columns import trade_columns


def with_polars(trades: pl.DataFrame, interval: str) -> pl.DataFrame:
    """The columns of klines by Polars' own means, all cores."""
    price, quantity, quote, buy = (
        pl.col("price"),
        pl.col("quantity"),
        pl.col("quote"),
        pl.col("side") == "buy",
    )
    return (
        trades.lazy()
        .with_columns(quote=price * quantity)
        .with_columns(
            bought=pl.when(buy).then(quantity),
            bought_quote=pl.when(buy).then(quote),
            sold=pl.when(~buy).then(quantity),
        )
        .group_by_dynamic("ts_event", every=interval)
        .agg(
            open=price.first(),
            high=price.max(),
            low=price.min(),
            close=price.last(),
            volume=quantity.sum(),
            quote_volume=quote.sum(),
            trades=pl.len(),
            buy_volume=pl.col("bought").sum(),
            buy_quote_volume=pl.col("bought_quote").sum(),
            sell_volume=pl.col("sold").sum(),
            first_trade_id=pl.col("trade_id").first(),
            last_trade_id=pl.col("trade_id").last(),
        )
        .with_columns(vwap=pl.col("quote_volume") / pl.col("volume"))
        .collect()
    )


def bare_kernel(trades: pl.DataFrame, interval: str) -> Callable[[], int]:
    """The loop alone, over arrays that are ready."""
    columns = trade_columns(trades)
    edges, out = np.empty(0, np.int64), np.empty((100_000, KLINE_WIDTH), np.int64)
    width = interval_us(interval)
    return lambda: sum_klines(
        columns.ts, columns.price, columns.quantity, columns.side, edges, width, 0, out
    )


def main() -> None:
    """Print one table per interval."""
    chosen = arguments(__doc__ or "")
    decimals = make_trades(chosen.trades)
    floats = as_floats(decimals)
    tables = []
    for interval in ("1s", "1m"):
        contenders: dict[str, Callable[[], object]] = {
            "Polars group_by_dynamic, Float64": lambda i=interval: with_polars(floats, i),
            "Polars group_by_dynamic, Decimal": lambda i=interval: with_polars(decimals, i),
            "klines, Float64": lambda i=interval: klines(floats, i),
            "klines, Decimal": lambda i=interval: klines(decimals, i),
            "klines, Decimal, filled": lambda i=interval: klines(decimals, i, "flat"),
            "trade_columns alone, Decimal": lambda: trade_columns(decimals),
            "bare kernel, Decimal": bare_kernel(decimals, interval),
            "bare kernel, Float64": bare_kernel(floats, interval),
        }
        seconds = measure(contenders, chosen.runs)
        title = f"Klines {interval}, {chosen.trades:,} trades, median of {chosen.runs}"
        tables.append(table(title, seconds, chosen.trades, "Polars group_by_dynamic, Float64"))
    report(tables)


if __name__ == "__main__":
    main()
