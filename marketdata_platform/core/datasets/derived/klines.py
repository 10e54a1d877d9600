"""Klines. Definition: docs/definitions.md "Klines"; kernel: core/bars/klines.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from marketdata_platform.core.datasets.derived.choices import (
    INTERVALS_WITHIN_A_DAY,
    Checked,
    Choices,
)
from marketdata_platform.core.datasets.derived.columns import (
    COMPRESS_AFTER,
    OHLC,
    OHLC_SANITY,
    SEGMENT_BY,
)
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import (
    BOOL,
    INT,
    NOTIONAL,
    TEXT,
    TIMESTAMP,
    VOLUME,
    VWAP,
    Column,
    Tier,
)

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars import KlineState
    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.series_start import SeriesStart


def _intervals(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [i for i in value if i not in INTERVALS_WITHIN_A_DAY]
    if wrong or "1m" not in value:
        raise ValueError(
            f"must hold 1m and only intervals of {', '.join(INTERVALS_WITHIN_A_DAY)}; not "
            f"{', '.join(wrong) or 'without 1m'}"
        )
    return value


@dataclass(frozen=True)
class KlineChoices(Choices, section="klines", per_instrument=False):
    """Intervals kept in `bar__kline`; every other one is rolled up when it is read."""

    intervals: Annotated[tuple[str, ...], Checked(_intervals)] = (
        "1m",
        "5m",
        "15m",
        "1h",
        "4h",
        "1d",
    )


def _params(choices: KlineChoices, start: SeriesStart) -> tuple[str, ...]:
    return choices.intervals


def _step(
    day: DayInput, intervals: tuple[str, ...], state: bytes | None
) -> tuple[pl.DataFrame, bytes]:
    import polars as pl

    from marketdata_platform.core.bars import KlineState, roll_up

    before = KlineState.from_bytes(state) if state else None
    minutes, after = _klines(day, "1m", before)
    frames = []
    for interval in intervals:
        if interval == "1m":
            frames.append(minutes)
        elif interval.endswith("s"):
            frames.append(_klines(day, interval, before)[0])
        else:
            closed_until = day.window.end
            frames.append(roll_up(minutes, interval, closed_until=closed_until, gaps=day.gaps))
    return pl.concat(frames), after.to_bytes()


def _klines(
    day: DayInput, interval: str, state: KlineState | None
) -> tuple[pl.DataFrame, KlineState]:
    from marketdata_platform.core.bars import fold_klines

    window = day.window
    return fold_klines(
        day.columns, interval, state, window=window, closed_until=window.end, gaps=day.gaps
    )


KLINE = Derived(
    name="bar__kline",
    tier=Tier.AGGREGATES,
    doc=(
        "Klines (candles) over half-open UTC windows; equal to the exchange's own to the last "
        "digit."
    ),
    columns=(
        Column("interval", TEXT, "Window length: 1s … 1M."),
        Column("open_time", TIMESTAMP, "Start of the window."),
        *OHLC,
        Column("volume", VOLUME, "Σq."),
        Column("quote_volume", NOTIONAL, "Σp·q."),
        Column("trades", INT, "Number of trades; aggregate trades count the trades in them."),
        Column("buy_volume", VOLUME, "Σq of taker buys."),
        Column("buy_quote_volume", NOTIONAL, "Σp·q of taker buys."),
        Column("sell_volume", VOLUME, "Σq of taker sells."),
        Column(
            "vwap",
            VWAP,
            "Σp·q / Σq, rounded half to even at 12 decimals; null without volume.",
            nullable=True,
        ),
        Column(
            "first_trade_id",
            TEXT,
            "Id of the first trade; null in a window without trades.",
            nullable=True,
        ),
        Column(
            "last_trade_id",
            TEXT,
            "Id of the last trade; null in a window without trades.",
            nullable=True,
        ),
        Column("complete", BOOL, "False while the window is open or a known gap touches it."),
    ),
    key=("interval", "open_time"),
    time_column="open_time",
    order=("interval", "open_time"),
    constraints=OHLC_SANITY,
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
    group="bars",
    formula=(
        "[open_time, open_time + interval):  volume = Σq, quote_volume = Σp·q, vwap = Σp·q / Σq"
    ),
    picture=Picture(line="close", interval="1m", figure=True),
    conserves=True,
    snapshot=False,
    fold=Fold(choices=KlineChoices, params=_params, step=_step, sees_gaps=True, held_volume=None),
)
