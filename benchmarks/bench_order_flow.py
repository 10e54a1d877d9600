"""Order flow, footprint, market profile (against Polars' grouping), and gaps and zones on a day of
1s candles.

Frame in, frame out. Polars groups by window and price only: it has no CVD, no value area and no
tick rule to work out.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from benchmarks.harness import arguments, make_trades, measure, report, table
from marketdata_platform.core.bars import klines
from marketdata_platform.core.order_flow import (
    FairValueGapParams,
    ZoneParams,
    fair_value_gaps,
    footprint,
    market_profile,
    order_flow,
    supply_demand_zones,
)

_QUANTITY, _BUY = pl.col("quantity"), pl.col("side") == "buy"
_SUMS = {
    "volume": _QUANTITY.sum(),
    "buy_volume": _QUANTITY.filter(_BUY).sum(),
    "sell_volume": _QUANTITY.filter(~_BUY).sum(),
    "trades": pl.len(),
}


def windows_with_polars(trades: pl.DataFrame) -> pl.DataFrame:
    """Volumes per minute."""
    return (
        trades.lazy()
        .group_by_dynamic("ts_event", every="1m")
        .agg(**_SUMS, largest=_QUANTITY.max())
        .collect()
    )


def levels_with_polars(trades: pl.DataFrame, every: str) -> pl.DataFrame:
    """Volumes a window and price, sorted."""
    windows = trades.lazy().with_columns(window=pl.col("ts_event").dt.truncate(every))
    return windows.group_by("window", "price").agg(**_SUMS).sort("window", "price").collect()


def candle_table(trades: pl.DataFrame, runs: int) -> str:
    """Milliseconds for gaps and zones on the trades' 1s candles."""
    candles = klines(trades, "1s")
    seconds = measure(
        {
            "fair_value_gaps": lambda: fair_value_gaps(candles, FairValueGapParams("1s")),
            "fair_value_gaps, size in bps": lambda: fair_value_gaps(
                candles, FairValueGapParams("1s", Decimal(1), "bps")
            ),
            "supply_demand_zones": lambda: supply_demand_zones(candles, ZoneParams("1s")),
        },
        runs,
    )
    lines = [f"### Gaps and zones, {candles.height:,} candles", "", "| kernel | ms |", "|---|---:|"]
    return (
        "\n".join([*lines, *(f"| {name} | {value * 1e3:.1f} |" for name, value in seconds.items())])
        + "\n"
    )


def main() -> None:
    """Print the tables."""
    options = arguments("order flow, footprint, market profile, gaps and zones")
    trades, tick = make_trades(options.trades), Decimal(1)
    groups = {
        "Order flow, 1m": {
            "Polars group_by_dynamic (volumes only)": lambda: windows_with_polars(trades),
            "order_flow": lambda: order_flow(trades),
        },
        "Footprint, 1m": {
            "Polars group_by (volumes only)": lambda: levels_with_polars(trades, "1m"),
            "footprint, each price": lambda: footprint(trades),
            "footprint, tick 1": lambda: footprint(trades, tick=tick),
        },
        "Market profile, 1d": {
            "Polars group_by (volumes only)": lambda: levels_with_polars(trades, "1d"),
            "market_profile, tick 0.1": lambda: market_profile(trades, Decimal("0.1")),
            "market_profile, tick 1": lambda: market_profile(trades, tick),
        },
    }
    tables = []
    for title, contenders in groups.items():
        seconds = measure(contenders, options.runs)
        tables.append(
            table(
                f"{title}, {options.trades:,} trades",
                seconds,
                options.trades,
                next(iter(contenders)),
            )
        )
    report([*tables, candle_table(trades, options.runs)])


if __name__ == "__main__":
    main()
