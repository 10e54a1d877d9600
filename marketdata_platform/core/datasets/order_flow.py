"""Derived order flow, profiles, gaps and zones. Kernels are in core/order_flow."""

from marketdata_platform.core.datasets.bars import COMPRESS_AFTER, SEGMENT_BY
from marketdata_platform.core.datasets.model import (
    BOOL,
    FLOAT,
    INT,
    PRICE,
    QUANTITY,
    TEXT,
    TIMESTAMP,
    VOLUME,
    Column,
    Constraint,
    Dataset,
    Tier,
)

ORDER_FLOW = Dataset(
    name="order_flow",
    tier=Tier.AGGREGATES,
    doc="Buy and sell volume, delta and cumulative volume delta an interval.",
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
)

FOOTPRINT = Dataset(
    name="footprint",
    tier=Tier.PROCESSED,
    doc="Buy and sell volume an interval and price level.",
    columns=(
        Column("interval", TEXT, "Window length."),
        Column("open_time", TIMESTAMP, "Start of the window."),
        Column("price_level", PRICE, "Price floored to the level's tick."),
        Column("volume", VOLUME, "Σq at the level."),
        Column("buy_volume", VOLUME, "Σq of taker buys."),
        Column("sell_volume", VOLUME, "Σq of taker sells."),
        Column("delta", VOLUME, "buy_volume − sell_volume."),
        Column("trades", INT, "Trades at the level."),
    ),
    key=("interval", "open_time", "price_level"),
    time_column="open_time",
    order=("interval", "open_time", "price_level"),
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
)

MARKET_PROFILE = Dataset(
    name="market_profile",
    tier=Tier.AGGREGATES,
    doc="Volume per price level over a session, with POC and value area; one row a traded level.",
    columns=(
        Column("session_start", TIMESTAMP, "Start of the session (UTC day)."),
        Column("price_level", PRICE, "Price floored to `tick`."),
        Column("volume", VOLUME, "Σq at the level."),
        Column("buy_volume", VOLUME, "Σq of taker buys."),
        Column("sell_volume", VOLUME, "Σq of taker sells."),
        Column("trades", INT, "Trades at the level."),
        Column("in_value_area", BOOL, "Whether VAL ≤ level ≤ VAH."),
        Column("poc", PRICE, "The session's point of control, the same in each row."),
        Column("vah", PRICE, "Value area high."),
        Column("val", PRICE, "Value area low."),
        Column("tick", PRICE, "Level width."),
    ),
    key=("session_start", "price_level"),
    time_column="session_start",
    order=("session_start", "price_level"),
    constraints=(
        Constraint(
            "value_area_order", "val <= poc AND poc <= vah", "POC is outside the value area"
        ),
    ),
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
)

FAIR_VALUE_GAPS = Dataset(
    name="fair_value_gaps",
    tier=Tier.AGGREGATES,
    doc=(
        "Fair value gaps as they stood at the end of each UTC day: those live at its start and "
        "those found in it."
    ),
    columns=(
        Column("session_start", TIMESTAMP, "UTC day at whose end the row holds."),
        Column("interval", TEXT, "Candle length."),
        Column("detected_at", TIMESTAMP, "Close time of the third candle."),
        Column("direction", TEXT, "Which way price jumped.", allowed=("bullish", "bearish")),
        Column("lower", PRICE, "Lower edge."),
        Column("upper", PRICE, "Upper edge."),
        Column("size", PRICE, "upper − lower."),
        Column("filled_fraction", FLOAT, "Share filled from the near side; never falls."),
        Column(
            "status", TEXT, "Where it stands.", allowed=("open", "partial", "filled", "expired")
        ),
        Column(
            "touched_at",
            TIMESTAMP,
            "Close time of the first candle that entered it.",
            nullable=True,
        ),
        Column("filled_at", TIMESTAMP, "Close time of the candle that filled it.", nullable=True),
        Column("expires_at", TIMESTAMP, "detected_at + 24 h."),
    ),
    key=("session_start", "interval", "detected_at", "direction"),
    time_column="session_start",
    order=("session_start", "interval", "detected_at", "direction"),
    constraints=(
        Constraint("gap_has_size", "upper > lower", "upper edge is not above the lower"),
        Constraint(
            "fraction_is_a_share",
            "filled_fraction >= 0 AND filled_fraction <= 1",
            "fraction is outside 0..1",
        ),
    ),
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
)

SUPPLY_DEMAND_ZONES = Dataset(
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
)

ORDER_FLOW_DATASETS = (ORDER_FLOW, FOOTPRINT, MARKET_PROFILE, FAIR_VALUE_GAPS, SUPPLY_DEMAND_ZONES)
