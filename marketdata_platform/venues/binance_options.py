"""Binance options: message shapes of the streams that only options have, and their rows.

Belongs here: trade (of options), 24hrTicker and openInterest. Does not: what options share with futures.
Options had two forms of `trade`: the older writes the id as text, a sell as a negative quantity and the side as
`S` = "-1"; the newer writes the id as a number and `m` as futures do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.model import NOTIONAL
from marketdata_platform.core.datasets.raw_derivatives import OPEN_INTEREST, OPTIONS_TICKERS
from marketdata_platform.core.text_numbers import counts, numbers
from marketdata_platform.venues.binance_rows import ORDINARY
from marketdata_platform.venues.binance_streams import Event, decode_generically
from marketdata_platform.venues.floats import floats
from marketdata_platform.venues.numbers_of import price, quantity, rate
from marketdata_platform.venues.rows import Decoded, times

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
        if self.S in ("-1", "1"):
            return "sell" if self.S == "-1" else "buy"
        return "sell" if self.q.startswith("-") else "unknown"


class OptionTicker(msgspec.Struct, gc=False, tag_field="e", tag="24hrTicker"):
    """State of an option: best bid and ask (`bo`, `ao`), their volatilities (`b`, `a`), greeks, mark."""

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


class OptionOpenInterest(msgspec.Struct, gc=False, tag_field="e", tag="openInterest"):
    """Open contracts `o`, worth `h` USDT."""

    s: str
    E: int
    o: str
    h: str | None = None


Shapes: TypeAlias = OptionTrade | OptionTicker | OptionOpenInterest
NAMES: dict[type, str] = {OptionTrade: "trade", OptionTicker: "24hrTicker", OptionOpenInterest: "openInterest"}


class _Combined(msgspec.Struct, gc=False):
    stream: str
    data: Shapes | list[Shapes]


_combined = msgspec.json.Decoder(_Combined)
_alone: msgspec.json.Decoder[Shapes] = msgspec.json.Decoder(Shapes)


def decode(frame: bytes) -> Shapes | list[Shapes] | Event:
    """The event in `frame`, or the events; what options share with futures is decoded as there.

    Raises:
        MalformedFrame: as `binance_streams.decode`.
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
        "sequence": counts([int(t) if (t := str(e.t)).isdecimal() and len(t) < 19 else None for e in events], "id"),
        "price": price([e.p for e in events]),
        "quantity": quantity([e.q.removeprefix("-") for e in events]),
        "side": [e.side for e in events],
        "condition": [None if e.X in ORDINARY else str(e.X).lower()[:40] for e in events],
    }
    out.add(TRADES, [e.s for e in events], frames, columns)


def tickers(out: Decoded, events: Sequence[OptionTicker], frames: Int64s) -> None:
    """`24hrTicker` of options → options_tickers."""
    columns = {
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
        "volume_24h": numbers([e.V for e in events]),
        "delta": floats([e.d for e in events]),
        "gamma": floats([e.g for e in events]),
        "vega": floats([e.v for e in events]),
        "theta": floats([e.t for e in events]),
    }
    out.add(OPTIONS_TICKERS, [e.s for e in events], frames, columns)


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
    OptionOpenInterest: open_interest,
}
