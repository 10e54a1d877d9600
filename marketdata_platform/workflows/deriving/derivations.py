"""The derived datasets as folds over days: one `Derivation` each, built from an instrument's
parameters.

Belongs here: which kernel makes which dataset, with which parameters and state. Does not: reading,
writing, days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from marketdata_platform.core.bars import (
    FixedParams,
    FixedState,
    ImbalanceParams,
    ImbalanceState,
    KlineState,
    RunState,
    VpinParams,
    VpinState,
    fixed_bars,
    fold_klines,
    imbalance_bars,
    roll_up,
    run_bars,
    vpin_buckets,
)
from marketdata_platform.core.order_flow import (
    FairValueGapParams,
    FairValueGapState,
    FootprintState,
    OrderFlowState,
    ZoneParams,
    ZoneState,
    fair_value_gaps,
    footprint,
    market_profile,
    order_flow,
    supply_demand_zones,
)
from marketdata_platform.core.trades.trade_columns import TickRule, signs
from marketdata_platform.workflows.deriving.derivation import DayInput, Derivation


@dataclass(frozen=True, slots=True)
class DeriveParams:
    """All parameters of one instrument's derived datasets; amounts that were `auto` are settled
    here.
    """

    kline_intervals: tuple[str, ...]
    expected_ticks: int
    span_bars: int
    span_ticks: int
    min_ticks: int
    max_ticks: int
    bar_ticks: int
    bar_volume: Decimal
    bar_dollars: Decimal
    vpin: VpinParams
    flow_interval: str
    profile_tick: Decimal
    candle_interval: str
    gap_min_size_bps: Decimal


def derivations(params: DeriveParams) -> dict[str, Derivation]:
    """Every derived dataset by name."""
    made = [
        _klines(params),
        *_event_bars(params),
        _vpin(params),
        *_flow(params),
        *_structures(params),
    ]
    return {derivation.dataset: derivation for derivation in made}


def _klines(params: DeriveParams) -> Derivation:
    def fold(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        before = KlineState.from_bytes(state) if state else None
        minutes, after = fold_klines(
            day.columns,
            "1m",
            before,
            window=day.window,
            closed_until=day.window.end,
            gaps=day.holes,
        )
        frames = []
        for interval in params.kline_intervals:
            if interval == "1m":
                frames.append(minutes)
            elif interval.endswith("s"):
                frames.append(_klines_below_a_minute(day, interval, before))
            else:
                frames.append(
                    roll_up(minutes, interval, closed_until=day.window.end, gaps=day.holes)
                )
        return pl.concat(frames), after.to_bytes()

    return Derivation("bar__kline", fold, repr(params.kline_intervals), sees_holes=True)


def _klines_below_a_minute(day: DayInput, interval: str, state: KlineState | None) -> pl.DataFrame:
    frame, _ = fold_klines(
        day.columns, interval, state, window=day.window, closed_until=day.window.end, gaps=day.holes
    )
    return frame


def _event_bars(params: DeriveParams) -> list[Derivation]:
    made = []
    for kind in ("tick", "volume", "dollar"):
        imbalance = ImbalanceParams(
            kind=kind,
            expected_ticks=params.expected_ticks,
            span_bars=params.span_bars,
            span_ticks=params.span_ticks,
            min_ticks=params.min_ticks,
            max_ticks=params.max_ticks,
        )
        size = {
            "tick": Decimal(params.bar_ticks),
            "volume": params.bar_volume,
            "dollar": params.bar_dollars,
        }[kind]
        made.append(_fold_of(f"bar__{kind}_imbalance", imbalance_bars, imbalance, ImbalanceState))
        made.append(_fold_of(f"bar__{kind}_run", run_bars, imbalance, RunState))
        made.append(
            _fold_of(f"bar__{kind}", fixed_bars, FixedParams(kind=kind, size=size), FixedState)
        )
    return made


def _vpin(params: DeriveParams) -> Derivation:
    return _fold_of("bar__vpin", vpin_buckets, params.vpin, VpinState)


def _fold_of(
    dataset: str,
    kernel: Callable[..., tuple[pl.DataFrame, object]],
    params: object,
    state_type: type,
) -> Derivation:
    def fold(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        rows, after = kernel(day.columns, params, state_type.from_bytes(state) if state else None)  # type: ignore[attr-defined]
        return rows, after.to_bytes()  # type: ignore[attr-defined]

    def held(state: bytes) -> Decimal:
        return state_type.from_bytes(state).open_volume  # type: ignore[attr-defined,no-any-return]

    return Derivation(dataset, fold, repr(params), held_volume=held)


def _flow(params: DeriveParams) -> list[Derivation]:
    def flow(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        before = OrderFlowState.from_bytes(state) if state else None
        rows, after = order_flow(day.columns, params.flow_interval, before)
        return rows, after.to_bytes()

    def levels(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        before = FootprintState.from_bytes(state) if state else None
        rows, after = footprint(day.columns, params.flow_interval, params.profile_tick, before)
        return rows, after.to_bytes()

    def profile(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        rule = TickRule.from_bytes(state) if state else None
        after = signs(day.columns, rule)[1]
        return market_profile(
            day.columns, params.profile_tick, day.window, rule=rule
        ), after.to_bytes()

    tick = str(params.profile_tick)
    return [
        Derivation("order_flow", flow, params.flow_interval),
        Derivation("footprint", levels, f"{params.flow_interval} {tick}"),
        Derivation("market_profile", profile, tick),
    ]


def _structures(params: DeriveParams) -> list[Derivation]:
    gap_params = FairValueGapParams(
        min_size=params.gap_min_size_bps, unit="bps", interval=params.candle_interval
    )
    zone_params = ZoneParams(interval=params.candle_interval)

    def gaps(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        before = FairValueGapState.from_bytes(state) if state else None
        rows, after = fair_value_gaps(day.candles(params.candle_interval), gap_params, before)
        return _of_session(rows, day), after.to_bytes()

    def zones(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        before = ZoneState.from_bytes(state) if state else None
        rows, after = supply_demand_zones(day.candles(params.candle_interval), zone_params, before)
        return _of_session(rows, day), after.to_bytes()

    return [
        Derivation("fair_value_gaps", gaps, repr(gap_params)),
        Derivation("supply_demand_zones", zones, repr(zone_params)),
    ]


def _of_session(rows: pl.DataFrame, day: DayInput) -> pl.DataFrame:
    start = pl.lit(day.window.start).dt.cast_time_unit("us").alias("session_start")
    return rows.with_columns(start)
