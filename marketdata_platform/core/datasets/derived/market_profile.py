"""Market profile.

Definition: docs/definitions.md "Market profile"; kernel: core/order_flow/profile.py.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from marketdata_platform.core.datasets.derived.columns import COMPRESS_AFTER, SEGMENT_BY
from marketdata_platform.core.datasets.derived.flow_choices import OrderFlowChoices
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import (
    BOOL,
    INT,
    PRICE,
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


def _params(choices: OrderFlowChoices, start: SeriesStart) -> Decimal:
    return choices.level_tick(start)


def _step(day: DayInput, tick: Decimal, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.order_flow import market_profile
    from marketdata_platform.core.trades.trade_columns import TickRule, signs

    rule = TickRule.from_bytes(state) if state else None
    after = signs(day.columns, rule)[1]
    return market_profile(day.columns, tick, day.window, rule=rule), after.to_bytes()


MARKET_PROFILE = Derived(
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
        Column("in_value_area", BOOL, "True if VAL ≤ level ≤ VAH."),
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
    group="order_flow",
    formula=(
        "POC = level with the most volume;  value area = levels around it with ≥ 70 % of the volume"
    ),
    picture=Picture(line="volume", interval=None, figure=False),
    conserves=True,
    snapshot=False,
    fold=Fold(
        choices=OrderFlowChoices, params=_params, step=_step, sees_gaps=False, held_volume=None
    ),
)
