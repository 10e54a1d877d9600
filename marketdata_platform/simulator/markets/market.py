"""The simulated market: a day of trades of one instrument.

Belongs here: the model's parameters, continuity over days and the frame that comes
out. Does not: how orders arrive (flow.py) and what they pay (prices.py), nor the exchange's files
and sockets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets.raw import TRADES
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.simulator.markets.flow import (
    fills_per_order,
    intensity_by_minute,
    order_signs,
    order_times,
)
from marketdata_platform.simulator.markets.prices import (
    NORMAL,
    Ints,
    fill_levels,
    look_up,
    lot_sizes,
    mid_path,
)

SCALE = 10**8


@dataclass(frozen=True, slots=True)
class MarketModel:
    """What one simulated instrument is like. Equal models give equal bytes on any machine.

    `volatility` is the standard deviation of a day's return (0.03 = 3 %), `median_lots` the median
    size of a fill, `level_gap` the mean distance between occupied price levels in ticks, `busy` the
    share of orders that follow another one at once (self-excitation), `quiet_minutes` how many
    minutes per day have no trade at all. Every day has exactly `trades_per_day` trades, so that ids
    are contiguous over days without knowing the days between: day d starts at `first_trade_id + (d
    - origin) * trades_per_day`. Times are whole milliseconds before the day `microseconds_since`;
    None: always.

    Raises:
        InvalidInput: when a number cannot describe a market; the message names it.
    """

    instrument: Instrument
    start_price: Decimal
    tick: Decimal
    lot: Decimal
    trades_per_day: int
    volatility: float = 0.03
    seed: int = 1
    first_trade_id: int = 1
    origin: date = date(2024, 1, 1)
    median_lots: int = 20
    size_spread: float = 1.6
    level_gap: float = 1.5
    busy: float = 0.6
    quiet_minutes: int = 6
    microseconds_since: date | None = None

    def __post_init__(self) -> None:
        for name in ("start_price", "tick", "lot"):
            value: Decimal = getattr(self, name)
            if value <= 0 or value * SCALE != int(value * SCALE):
                raise InvalidInput(
                    f"{name} {value} of {self.instrument} must be above zero with at most 8 "
                    "decimals"
                )
        if not 1 <= self.trades_per_day <= 50_000_000:
            raise InvalidInput(
                f"trades_per_day {self.trades_per_day} of {self.instrument} must be 1 to 50,000,000"
            )
        if (
            not 0 < self.volatility <= 0.5
            or not 0 <= self.busy < 1
            or not 0 <= self.quiet_minutes <= 1_000
        ):
            raise InvalidInput(
                f"{self.instrument}: volatility is 0 to 0.5, busy 0 to 1, quiet_minutes 0 to 1,000"
            )

    def first_id_of(self, day: date) -> int:
        """Id of the first trade of `day`."""
        return self.first_trade_id + (day - self.origin).days * self.trades_per_day


def simulate_day(model: MarketModel, day: date) -> pl.DataFrame:
    """The trades of one UTC day, in the `trades` schema, sorted, ids contiguous,
    `model.trades_per_day` rows.

    A day is a function of the model and the date alone: its first and last price come from a walk
    over days, and the path within the day is bridged between them, so days can be made in any order
    and still follow on each other. Times have the exchange's precision on that day.

    Raises:
        InvalidInput: when `day` is before the model's origin.
    """
    flow = day_flow(model, day)
    times = Window.of_day(day).start_us + _exchange_precision(model, day, flow.times_us)[flow.order]
    return trades_frame(model, day, times, flow.ticks, flow.lots, flow.signs[flow.order])


@dataclass(frozen=True, slots=True)
class DayFlow:
    """A day's order flow: taker orders with time (µs since its start) and sign, and what each of
    their fills takes.

    Shapes: `times_us`, `signs` (orders,); `ticks`, `lots` and `order`, the number of a fill's
    order, (fills,).
    """

    times_us: Ints
    signs: Ints
    ticks: Ints
    lots: Ints
    order: Ints


def day_flow(model: MarketModel, day: date) -> DayFlow:  # noqa: PLR0914 - a table of random draws
    """The order flow of one UTC day, as arrays; `simulate_day` is the same as a frame.

    Raises:
        InvalidInput: when `day` is before the model's origin.
    """
    opening, closing = _ticks_at_ends(model, day)
    random = np.random.Generator(
        np.random.PCG64([model.seed, day.toordinal(), *str(model.instrument).encode()])
    )
    fills = fills_per_order(random, model.trades_per_day)
    activity, tilt = intensity_by_minute(random, model.quiet_minutes)
    times_us = order_times(random, len(fills), activity, model.busy)
    signs, run_index = order_signs(random, times_us, tilt)
    minute_heat = np.sqrt(activity)  # busy minutes move more per order, too: volatility clusters
    daily_move = model.volatility * opening
    mid = mid_path(random, times_us, signs, run_index, minute_heat, daily_move, (opening, closing))
    levels = fill_levels(random, fills, model.level_gap)
    order = np.repeat(np.arange(len(fills)), fills)
    lots = lot_sizes(random, fills, model.median_lots, model.size_spread)
    best = np.where(signs > 0, np.ceil(mid), np.ceil(mid) - 1).astype(np.int64)
    ticks = np.maximum(best[order] + signs[order] * levels, 1)
    return DayFlow(times_us, signs, ticks, lots, order)


def _ticks_at_ends(model: MarketModel, day: date) -> tuple[int, int]:
    """Price in ticks at the start and the end of `day`: a slowly mean-reverting walk over the days
    since the origin.
    """
    number = (day - model.origin).days
    if number < 0:
        raise InvalidInput(
            f"the simulated {model.instrument} begins on {model.origin}; {day} is before it"
        )
    random = np.random.Generator(np.random.PCG64([model.seed, *str(model.instrument).encode()]))
    shocks = look_up(NORMAL, random.random(number + 1))
    start = float(model.start_price / model.tick)
    before = after = 1.0
    for shock in shocks.tolist():
        before = after
        after = before * (1.0 + model.volatility * shock + 0.05 * (1.0 - before))
        after = min(max(after, before * 0.7), before * 1.4)
    return max(round(start * before), 10), max(round(start * after), 10)


def _exchange_precision(model: MarketModel, day: date, times_us: Ints) -> Ints:
    if model.microseconds_since is not None and day >= model.microseconds_since:
        return times_us
    return times_us // 1_000 * 1_000


def trades_frame(
    model: MarketModel, day: date, times: Ints, ticks: Ints, lots: Ints, signs: Ints
) -> pl.DataFrame:
    """Trades of `day` as a `trades` frame: µs since 1970, prices in ticks, sizes in lots, signs of
    the takers.
    """
    ids = np.arange(len(times), dtype=np.int64) + model.first_id_of(day)
    schema = TRADES.arrow_schema
    sides = pa.DictionaryArray.from_arrays((signs < 0).astype(np.int8), pa.array(["buy", "sell"]))
    known = {
        "ts_event": pa.array(times, pa.int64()).view(schema.field("ts_event").type),
        "trade_id": pa.array(ids).cast(pa.string()),
        "sequence": pa.array(ids),
        "price": decimals(ticks * int(model.tick * SCALE), schema.field("price").type),
        "quantity": decimals(lots * int(model.lot * SCALE), schema.field("quantity").type),
        "side": sides.cast(pa.string()),
    }
    columns = [known.get(field.name, pa.nulls(len(ids), field.type)) for field in schema]
    frame = pl.from_arrow(pa.table(columns, schema=schema))
    assert isinstance(frame, pl.DataFrame)
    return frame


def decimals(scaled: Ints, kind: pa.DataType) -> pa.Array:
    """Decimals of Arrow type `kind` whose unscaled values are the non-negative `scaled`, without a
    copy per value.
    """
    words = np.zeros((len(scaled), 2), dtype="<i8")
    words[:, 0] = scaled
    return pa.Array.from_buffers(kind, len(scaled), [None, pa.py_buffer(words.tobytes())])


__all__ = [
    "DayFlow",
    "MarketModel",
    "day_flow",
    "decimals",
    "simulate_day",
    "trades_frame",
]
