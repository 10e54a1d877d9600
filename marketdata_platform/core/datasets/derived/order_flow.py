"""Order flow. Definition: docs/definitions.md "Order flow"; kernel: core/order_flow/flow.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketdata_platform.core.datasets.derived.columns import COMPRESS_AFTER, SEGMENT_BY
from marketdata_platform.core.datasets.derived.flow_choices import OrderFlowChoices
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import (
    FLOAT,
    INT,
    QUANTITY,
    TEXT,
    TIMESTAMP,
    VOLUME,
    Column,
    Constraint,
    Tier,
)

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.series_start import SeriesStart


def _params(choices: OrderFlowChoices, start: SeriesStart) -> str:
    return choices.interval


def _step(day: DayInput, interval: str, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.order_flow import OrderFlowState, order_flow

    before = OrderFlowState.from_bytes(state) if state else None
    rows, after = order_flow(day.columns, interval, before)
    return rows, after.to_bytes()


ORDER_FLOW = Derived(
    name="order_flow",
    tier=Tier.AGGREGATES,
    doc="Buy and sell volume, delta and cumulative volume delta per interval.",
    columns=(
        Column("interval", TEXT, "Window length."),
        Column("open_time", TIMESTAMP, "Start of the window."),
        Column("volume", VOLUME, "Σq."),
        Column("buy_volume", VOLUME, "Σq of taker buys."),
        Column("sell_volume", VOLUME, "Σq of taker sells."),
        Column("delta", VOLUME, "buy_volume − sell_volume."),
        Column("cvd", VOLUME, "Running Σ delta since the series' start."),
        Column("cvd_session", VOLUME, "Running Σ delta since 00:00 UTC."),
        Column("imbalance_ratio", FLOAT, "buy / sell; null when sell = 0.", nullable=True),
        Column(
            "imbalance", FLOAT, "(buy − sell) / (buy + sell); null when both are 0.", nullable=True
        ),
        Column("trades", INT, "Trades in the window."),
        Column("buy_trades", INT, "Taker buys."),
        Column("sell_trades", INT, "Taker sells."),
        Column("largest_trade", QUANTITY, "Quantity of the largest trade."),
    ),
    key=("interval", "open_time"),
    time_column="open_time",
    order=("interval", "open_time"),
    constraints=(
        Constraint(
            "delta_is_difference", "delta = buy_volume - sell_volume", "delta is not buy − sell"
        ),
    ),
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
    group="order_flow",
    formula="delta = buy − sell;  cvd = Σ delta;  imbalance = (buy − sell) / (buy + sell)",
    picture=Picture(line="cvd", interval=None, figure=False),
    conserves=True,
    snapshot=False,
    fold=Fold(
        choices=OrderFlowChoices, params=_params, step=_step, sees_gaps=False, held_volume=None
    ),
)
