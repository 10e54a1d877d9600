"""Tardis.dev trades CSV: one file an exchange, data type, day and symbol, of any venue.

Belongs here: Tardis's columns, exchange names and file names. Does not: parsing (csv_rows).
`timestamp` is the exchange's and `local_timestamp` Tardis's receive time, in µs; `side` is the
taker's, or `unknown`.
"""

from __future__ import annotations

import re

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.core.instrument import Instrument, shown
from marketdata_platform.venues.binance import names as binance
from marketdata_platform.venues.kit.layouts import Kind, Layout

HEADER = ("exchange", "symbol", "timestamp", "local_timestamp", "id", "side", "price", "amount")
PREFIX = HEADER[:4]  # common to all of Tardis's data types

# Tardis's exchange → our venue and the markets that may be meant (None: any).
EXCHANGES: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "binance": ("binance", (binance.SPOT,)),
    "binance-futures": ("binance", (binance.FUTURES,)),
    "binance-delivery": ("binance", (binance.COIN_FUTURES,)),
    "binance-european-options": ("binance", (binance.OPTIONS,)),
    "bybit": ("bybit", ("linear", "inverse")),
    "bybit-spot": ("bybit", ("spot",)),
    "bybit-options": ("bybit", ("option",)),
    "deribit": ("deribit", None),
    "bitmex": ("bitmex", None),
}

# binance-futures_trades_2020-02-22_BTCUSDT.csv.gz
DUMP_NAME = re.compile(
    r"_trades_(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)_(?P<symbol>[^.]+)(?=\.csv)"
)

_KINDS = (
    Kind.EXPECTED,
    Kind.EXPECTED,
    Kind.TIME,
    Kind.RECEIVED,
    Kind.TEXT_ID,
    Kind.SIDE,
    Kind.PRICE,
    Kind.QUANTITY,
)


def layout_for(exchange: str, symbol: str, instrument: Instrument, name: str) -> Layout:
    """The layout of file `name`, whose first row is of `exchange` and `symbol`.

    Raises:
        UnsupportedFormat: the file is of another exchange, market or symbol than `instrument`. An
            exchange that is not in `EXCHANGES` is taken on trust: there is nothing to compare it
            with.
    """
    venue, markets = EXCHANGES.get(exchange, (instrument.venue, None))
    other_market = (
        markets is not None
        and instrument.market not in markets
        and instrument.market in _markets(venue)
    )
    if venue != instrument.venue or other_market:
        meant = f"{venue}:{(markets or ('…',))[0]}"
        raise UnsupportedFormat(
            f"{name} is of Tardis exchange {shown(exchange)}, which is {meant} here, not "
            f"{instrument.venue}:{instrument.market}: import it with --instrument "
            f"{meant}:{symbol[:40]}"
        )
    if symbol != instrument.symbol:
        raise UnsupportedFormat(
            f"{name} is of symbol {shown(symbol)}, not {shown(instrument.symbol)}: name the "
            "instrument it is of"
        )
    return Layout("Tardis trades", HEADER, _KINDS, {"exchange": exchange, "symbol": symbol})


def _markets(venue: str) -> set[str]:
    """Markets that Tardis tells apart; others (`spot_agg`) are names of one's own and fit any
    exchange.
    """
    return {
        market
        for other, markets in EXCHANGES.values()
        if other == venue
        for market in markets or ()
    }
