"""Fair value gaps. Definition: docs/definitions.md; kernel: core/order_flow/fair_value_gaps.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketdata_platform.core.datasets.derived.columns import COMPRESS_AFTER, SEGMENT_BY
from marketdata_platform.core.datasets.derived.flow_choices import OrderFlowChoices
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import (
    FLOAT,
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
    from marketdata_platform.core.order_flow import FairValueGapParams
    from marketdata_platform.core.series_start import SeriesStart


def _params(choices: OrderFlowChoices, start: SeriesStart) -> FairValueGapParams:
    from marketdata_platform.core.order_flow import FairValueGapParams

    return FairValueGapParams(
        min_size=choices.gap_min_size_bps, unit="bps", interval=choices.candle_interval
    )


def _step(
    day: DayInput, params: FairValueGapParams, state: bytes | None
) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.order_flow import FairValueGapState, fair_value_gaps

    before = FairValueGapState.from_bytes(state) if state else None
    rows, after = fair_value_gaps(day.candles(params.interval), params, before)
    return day.as_of_its_end(rows), after.to_bytes()


FAIR_VALUE_GAPS = Derived(
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
    group="order_flow",
    formula=(
        "bullish: low[i+1] > high[i−1];  bearish: high[i+1] < low[i−1];  known once i+1 has closed"
    ),
    picture=Picture(line=None, interval=None, figure=False),
    conserves=False,
    snapshot=True,
    fold=Fold(
        choices=OrderFlowChoices, params=_params, step=_step, sees_gaps=False, held_volume=None
    ),
)
