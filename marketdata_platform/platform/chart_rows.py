"""The rows that a chart of a deployment shows.

Belongs here: which datasets go into a chart, and which of their rows. Does not: drawing (charts).
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import polars as pl

from marketdata_platform.charts.data import ChartData
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Moment, Window


class ReadRows(Protocol):
    """`Platform.read`."""

    def __call__(
        self,
        dataset: str,
        instrument: Instrument,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        interval: str | None = None,
    ) -> pl.DataFrame:
        """Rows of a dataset with its time in `[start, end)`."""
        ...


def chart_data(
    read: ReadRows, instrument: Instrument, first: date, last: date, interval: str
) -> ChartData:
    """Everything that a chart of the UTC days `first` to `last` shows."""
    window = Window.of_days(first, last)

    def rows(dataset: str) -> pl.DataFrame:
        return read(dataset, instrument, window.start, window.end)

    def latest(dataset: str) -> pl.DataFrame:
        """Of each structure that lives over several days, how it stood last."""
        found = rows(dataset)
        return found.filter(
            pl.col("session_start") == pl.col("session_start").max().over("detected_at")
        )

    return ChartData(
        instrument=str(instrument),
        interval=interval,
        window=window,
        klines=read("bar__kline", instrument, window.start, window.end, interval=interval),
        order_flow=rows("order_flow"),
        vpin=rows("bar__vpin"),
        imbalance_bars=rows("bar__volume_imbalance"),
        profile=rows("market_profile"),
        gaps=latest("fair_value_gaps"),
        zones=latest("supply_demand_zones"),
    )
