"""Supply and demand zones. Definition: docs/definitions.md; kernel: core/order_flow/zones.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketdata_platform.core.datasets.derived.columns import COMPRESS_AFTER, SEGMENT_BY
from marketdata_platform.core.datasets.derived.flow_choices import OrderFlowChoices
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import (
    FLOAT,
    INT,
    PRICE,
    TEXT,
    TIMESTAMP,
    Column,
    Constraint,
    Tier,
)

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.order_flow import ZoneParams
    from marketdata_platform.core.series_start import SeriesStart


def _params(choices: OrderFlowChoices, start: SeriesStart) -> ZoneParams:
    from marketdata_platform.core.order_flow import ZoneParams

    return ZoneParams(interval=choices.candle_interval)


def _step(day: DayInput, params: ZoneParams, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.order_flow import ZoneState, supply_demand_zones

    before = ZoneState.from_bytes(state) if state else None
    rows, after = supply_demand_zones(day.candles(params.interval), params, before)
    return day.as_of_its_end(rows), after.to_bytes()


SUPPLY_DEMAND_ZONES = Derived(
    name="supply_demand_zones",
    tier=Tier.AGGREGATES,
    doc="Supply and demand zones as they stood at the end of each UTC day; at most 50 live ones.",
    columns=(
        Column("session_start", TIMESTAMP, "UTC day at whose end the row holds."),
        Column("interval", TEXT, "Candle length."),
        Column("detected_at", TIMESTAMP, "Close time of the departure candle."),
        Column("kind", TEXT, "Departure up = demand, down = supply.", allowed=("demand", "supply")),
        Column("lower", PRICE, "Low of the base."),
        Column("upper", PRICE, "High of the base."),
        Column("base_start", TIMESTAMP, "Open time of the base's first candle."),
        Column("base_candles", INT, "Candles in the base, 1-6."),
        Column("strength", FLOAT, "Departure body / ATR(14)."),
        Column(
            "status", TEXT, "Where it stands.", allowed=("fresh", "tested", "broken", "dropped")
        ),
        Column(
            "tested_at", TIMESTAMP, "Close time of the first candle that came back.", nullable=True
        ),
        Column(
            "broken_at",
            TIMESTAMP,
            "Close time of the candle that closed beyond the far side.",
            nullable=True,
        ),
    ),
    key=("session_start", "interval", "detected_at", "kind"),
    time_column="session_start",
    order=("session_start", "interval", "detected_at", "kind"),
    constraints=(Constraint("zone_order", "upper >= lower", "upper edge is below the lower"),),
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
    group="order_flow",
    formula=(
        "1-6 candles of range ≤ 0.8·ATR(14), then one of body ≥ 1.5·ATR(14);  strength = body / ATR"
    ),
    picture=Picture(line=None, interval=None, figure=False),
    conserves=False,
    snapshot=True,
    fold=Fold(
        choices=OrderFlowChoices, params=_params, step=_step, sees_gaps=False, held_volume=None
    ),
)
