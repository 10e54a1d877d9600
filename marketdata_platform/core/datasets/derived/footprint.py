"""Footprint. Definition: docs/definitions.md "Order flow"; kernel: core/order_flow/footprint.py."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from marketdata_platform.core.datasets.derived.columns import COMPRESS_AFTER, SEGMENT_BY
from marketdata_platform.core.datasets.derived.flow_choices import OrderFlowChoices
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import (
    INT,
    PRICE,
    TEXT,
    TIMESTAMP,
    VOLUME,
    Column,
    Tier,
)

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.series_start import SeriesStart


@dataclass(frozen=True, slots=True)
class _Levels:
    interval: str
    tick: Decimal

    def __str__(self) -> str:
        return f"{self.interval} {self.tick}"


def _params(choices: OrderFlowChoices, start: SeriesStart) -> _Levels:
    return _Levels(choices.interval, choices.level_tick(start))


def _step(day: DayInput, params: _Levels, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.order_flow import FootprintState, footprint

    before = FootprintState.from_bytes(state) if state else None
    rows, after = footprint(day.columns, params.interval, params.tick, before)
    return rows, after.to_bytes()


FOOTPRINT = Derived(
    name="footprint",
    tier=Tier.PROCESSED,
    doc="Buy and sell volume per interval and price level.",
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
    group="order_flow",
    formula="buy and sell volume per interval and price level",
    picture=Picture(line="delta", interval=None, figure=False),
    conserves=True,
    snapshot=False,
    fold=Fold(
        choices=OrderFlowChoices, params=_params, step=_step, sees_gaps=False, held_volume=None
    ),
)
