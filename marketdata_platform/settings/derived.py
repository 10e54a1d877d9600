"""Sections of the configuration that say what is derived: bars, VPIN, order flow, and one
instrument's exceptions.

Belongs here: keys, defaults, ranges. Does not: live capture (live.py), stores and archives
(tiers.py).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from marketdata_platform.core.interval_names import INTERVALS


def _exact(value: object) -> object:
    return str(value) if isinstance(value, float) else value


Amount = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0)]
AmountOrAuto = Annotated[Annotated[Decimal, Field(gt=0)] | Literal["auto"], BeforeValidator(_exact)]


class Section(BaseModel):
    """A part of the configuration: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ImbalanceSection(Section):
    """Imbalance and run bars: `expected_ticks` is T0 of DEFINITIONS; spans are in bars and in
    trades.
    """

    expected_ticks: int = Field(1_000, ge=1)
    span_bars: int = Field(20, ge=1)
    span_ticks: int = Field(1_000, ge=1)
    min_ticks: int = Field(100, ge=1)
    max_ticks: int = Field(10_000, ge=1)


class PlainBarsSection(Section):
    """Plain bars: trades, volume and Σp·q a bar; `auto` is a 50th of the series' first UTC day."""

    ticks: int = Field(1_000, ge=1)
    volume: AmountOrAuto = "auto"
    dollars: AmountOrAuto = "auto"


class VpinSection(Section):
    """VPIN: V (`auto`: the previous UTC day's volume / 50), buckets averaged, and how volume is
    signed.
    """

    bucket_volume: AmountOrAuto = "auto"
    window: int = Field(50, ge=1)
    method: Literal["side", "bvc"] = "side"


class KlineSection(Section):
    """Intervals kept in `bar__kline`; every other one is rolled up when it is read."""

    intervals: tuple[str, ...] = ("1m", "5m", "15m", "1h", "4h", "1d")

    @field_validator("intervals")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        stored = [i for i in INTERVALS if i not in ("3d", "1w", "1M")]
        wrong = [i for i in value if i not in stored]
        if wrong or "1m" not in value:
            raise ValueError(
                f"must hold 1m and only intervals of {', '.join(stored)}; not "
                f"{', '.join(wrong) or 'without 1m'}"
            )
        return value


class OrderFlowSection(Section):
    """Order flow, profile, gaps and zones. `profile_tick` auto: a power of ten at or below 1 bp of
    the first price.
    """

    interval: str = "1m"
    profile_tick: AmountOrAuto = "auto"
    candle_interval: str = "5m"
    gap_min_size_bps: Annotated[Decimal, BeforeValidator(_exact), Field(ge=0)] = Decimal(1)

    @field_validator("interval", "candle_interval")
    @classmethod
    def _divides_a_day(cls, value: str) -> str:
        allowed = [i for i in INTERVALS if i not in ("3d", "1w", "1M")]
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value


class InstrumentSection(Section):
    """What one instrument does differently; every key not given is as for all."""

    imbalance: ImbalanceSection | None = None
    bars: PlainBarsSection | None = None
    vpin: VpinSection | None = None
    order_flow: OrderFlowSection | None = None
