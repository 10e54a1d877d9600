"""Binance options: message shapes of the streams that only options have, and their rows.

Belongs here: trade (of options), 24hrTicker, markPrice and openInterest. Does not: what options
share with futures. Options had two forms of `trade`: the older writes the id as text, a sell as a
negative quantity and the side as `S` = "-1"; the newer writes the id as a number and `m` as futures
do. Their 24hrTicker had volatilities and greeks until they came by `markPrice`: since then its `v`
is the volume, where before it was vega.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.model import NOTIONAL
from marketdata_platform.core.datasets.raw_derivatives import (
    INDEX_PRICES,
    OPEN_INTEREST,
    OPTIONS_TICKERS,
)
from marketdata_platform.core.numbers.text_numbers import NULL, counts, numbers
from marketdata_platform.venues.binance.rows import ORDINARY
from marketdata_platform.venues.binance.streams import Event, decode_generically
from marketdata_platform.venues.kit.column_arrays import Values
from marketdata_platform.venues.kit.floats import floats
from marketdata_platform.venues.kit.parsing import price, quantity, rate
from marketdata_platform.venues.kit.rows import Decoded, times

Int64s = npt.NDArray[np.int64]


class OptionTrade(msgspec.Struct, gc=False, tag_field="e", tag="trade"):
    """One trade of an option."""

    s: str
    t: int | str
    p: str
    q: str
    T: int
    S: str | None = None
    m: bool | None = None
    X: str | None = None

    @property
    def side(self) -> str:
        """The taker's side."""
        if self.m is not None:
            return "sell" if self.m else "buy"
        if self.S in ("-1", "1", "SELL", "BUY"):
            return "sell" if self.S in ("-1", "SELL") else "buy"
        return "sell" if self.q.startswith("-") else "unknown"


class OptionTicker(msgspec.Struct, gc=False, tag_field="e", tag="24hrTicker"):
    """State of an option: best bid and ask (`bo`, `ao`), their volatilities (`b`, `a`), greeks,
    mark.
    """

    s: str
    E: int
    c: str | None = None
    V: str | None = None
    bo: str | None = None
    ao: str | None = None
    bq: str | None = None
    aq: str | None = None
    b: str | None = None
    a: str | None = None
    d: str | None = None
    t: str | None = None
    g: str | None = None
    v: str | None = None
    vo: str | None = None
    mp: str | None = None

    @property
    def in_new_form(self) -> bool:
        """Without volatilities and greeks: `v` is the volume."""
        return self.mp is None and self.d is None and self.bo is None and self.V is None

    @property
    def vega(self) -> str | None:
        """Vega, of the older form."""
        return None if self.in_new_form else self.v

    @property
    def volume(self) -> str | None:
        """Contracts traded over 24 hours."""
        return self.v if self.in_new_form else self.V


class OptionMark(OptionTicker, gc=False, tag_field="e", tag="markPrice"):
    """An element of `<underlying>@optionMarkPrice`: the older ticker's fields, the index `i` and
    the rate `rf`.
    """

    i: str | None = None
    rf: str | None = None


class OptionOpenInterest(msgspec.Struct, gc=False, tag_field="e", tag="openInterest"):
    """Open contracts `o`, worth `h` USDT."""

    s: str
    E: int
    o: str
    h: str | None = None


Shapes: TypeAlias = OptionTrade | OptionTicker | OptionMark | OptionOpenInterest
NAMES: dict[type, str] = {
    OptionTrade: "trade",
    OptionTicker: "24hrTicker",
    OptionMark: "markPrice",
    OptionOpenInterest: "openInterest",
}


class _Combined(msgspec.Struct, gc=False):
    stream: str
    data: Shapes | list[Shapes]


_combined = msgspec.json.Decoder(_Combined)
_alone: msgspec.json.Decoder[Shapes] = msgspec.json.Decoder(Shapes)


def decode(frame: bytes) -> Shapes | list[Shapes] | Event:
    """The event in `frame`, or the events; what options share with futures is decoded as there.

    Raises:
        MalformedFrame: as `streams.decode`.
    """
    try:
        return _combined.decode(frame).data
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        return _alone.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return decode_generically(frame)


def trades(out: Decoded, events: Sequence[OptionTrade], frames: Int64s) -> None:
    """`trade` → trades."""
    columns = {
        "ts_event": times([e.T for e in events]),
        "trade_id": [str(e.t)[:64] for e in events],
        "sequence": counts(
            [int(t) if (t := str(e.t)).isdecimal() and len(t) < 19 else None for e in events], "id"
        ),
        "price": price([e.p for e in events]),
        "quantity": quantity([e.q.removeprefix("-") for e in events]),
        "side": [e.side for e in events],
        "condition": [None if e.X in ORDINARY else str(e.X).lower()[:40] for e in events],
    }
    out.add(TRADES, [e.s for e in events], frames, columns)


def tickers(out: Decoded, events: Sequence[OptionTicker], frames: Int64s) -> None:
    """`24hrTicker` of options → options_tickers."""
    out.add(OPTIONS_TICKERS, [e.s for e in events], frames, _state(events))


def marks(out: Decoded, events: Sequence[OptionMark], frames: Int64s) -> None:
    """`markPrice` → options_tickers, and index_prices."""
    symbols, index = [e.s for e in events], price([e.i for e in events])
    columns = _state(events) | {"index_price": index, "interest_rate": rate([e.rf for e in events])}
    # Kept apart from a 24hrTicker of the same millisecond, which says other things.
    columns["event_id"] = [f"{e.E}:mark" for e in events]
    out.add(OPTIONS_TICKERS, symbols, frames, columns)
    prices = {name: columns[name] for name in ("ts_event", "sequence", "index_price", "mark_price")}
    out.add_where(INDEX_PRICES, symbols, frames, prices, index.state != NULL)


def _state(events: Sequence[OptionTicker]) -> dict[str, Values]:
    return {
        "ts_event": times([e.E for e in events]),
        "sequence": counts([e.E for e in events], "time"),
        "mark_iv": rate([e.vo for e in events]),
        "bid_iv": rate([e.b for e in events]),
        "ask_iv": rate([e.a for e in events]),
        "bid_price": price([e.bo for e in events]).without(0),
        "bid_quantity": quantity([e.bq for e in events]),
        "ask_price": price([e.ao for e in events]).without(0),
        "ask_quantity": quantity([e.aq for e in events]),
        "mark_price": price([e.mp for e in events]),
        "last_price": price([e.c for e in events]).without(0),
        "volume_24h": numbers([e.volume for e in events]),
        "delta": floats([e.d for e in events]),
        "gamma": floats([e.g for e in events]),
        "vega": floats([e.vega for e in events]),
        "theta": floats([e.t for e in events]),
    }


def open_interest(out: Decoded, events: Sequence[OptionOpenInterest], frames: Int64s) -> None:
    """`openInterest` → open_interest."""
    columns = {
        "ts_event": times([e.E for e in events]),
        "sequence": counts([e.E for e in events], "time"),
        "open_interest": numbers([e.o for e in events]),
        "value": numbers([e.h for e in events], scale=NOTIONAL.scale),
    }
    out.add(OPEN_INTEREST, [e.s for e in events], frames, columns)


ROWS: dict[type, Callable[..., None]] = {
    OptionTrade: trades,
    OptionTicker: tickers,
    OptionMark: marks,
    OptionOpenInterest: open_interest,
}
