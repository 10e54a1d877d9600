"""Binance: its markets, and the layouts of its public trade dumps (data.binance.vision).

Belongs here: what Binance calls things and how it writes files. Does not: its streams
(binance_streams), reading files.

Dumps of spot have no header and two flags at the end; those of futures have one flag and, since
2023, a header. Times are ms, in spot since 2025-01 µs. `is_buyer_maker` true: the taker sold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.layouts import Kind, Layout

SPOT, FUTURES, COIN_FUTURES, OPTIONS = "spot", "futures", "coin_futures", "options"

# Other names of the same markets, as the exchange's dump folders and other tools have them.
MARKET_ALIASES = {
    "um": FUTURES,
    "usdm": FUTURES,
    "usdm_futures": FUTURES,
    "cm": COIN_FUTURES,
    "coinm": COIN_FUTURES,
    "coinm_futures": COIN_FUTURES,
    "delivery": COIN_FUTURES,
}

_TAIL = (Kind.TIME, Kind.MAKER)
SPOT_TRADES = Layout(
    "spot trades",
    ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"),
    (Kind.ID, Kind.PRICE, Kind.QUANTITY, Kind.SKIP, *_TAIL, Kind.SKIP),
)
FUTURES_TRADES = Layout(
    "USD-M futures trades",
    ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker"),
    (Kind.ID, Kind.PRICE, Kind.QUANTITY, Kind.SKIP, *_TAIL),
)
COIN_FUTURES_TRADES = Layout(
    "COIN-M futures trades",
    ("id", "price", "qty", "base_qty", "time", "is_buyer_maker"),
    FUTURES_TRADES.kinds,
)
_AGGREGATE = (
    "agg_trade_id",
    "price",
    "quantity",
    "first_trade_id",
    "last_trade_id",
    "transact_time",
    "is_buyer_maker",
)
FUTURES_AGGREGATES = Layout(
    "futures aggTrades",
    _AGGREGATE,
    (Kind.ID, Kind.PRICE, Kind.QUANTITY, Kind.FIRST_ID, Kind.LAST_ID, *_TAIL),
)
SPOT_AGGREGATES = Layout(
    "spot aggTrades", (*_AGGREGATE, "is_best_match"), (*FUTURES_AGGREGATES.kinds, Kind.SKIP)
)

TRADE_LAYOUTS = (SPOT_TRADES, FUTURES_TRADES, COIN_FUTURES_TRADES)
AGGREGATE_LAYOUTS = (SPOT_AGGREGATES, FUTURES_AGGREGATES)

_MARKETS = {
    SPOT_TRADES.name: (SPOT,),
    FUTURES_TRADES.name: (FUTURES, COIN_FUTURES),  # without a header the two look the same
    COIN_FUTURES_TRADES.name: (COIN_FUTURES,),
    FUTURES_AGGREGATES.name: (FUTURES, COIN_FUTURES),
    SPOT_AGGREGATES.name: (SPOT,),
}

# BTCUSDT-trades-2024-07-18.zip, BTCUSD_PERP-aggTrades-2024-07.csv
DUMP_NAME = re.compile(
    r"(?P<symbol>[A-Z0-9_]+)-(?P<kind>trades|aggTrades)-(?P<year>\d{4})-(?P<month>\d\d)(-(?P<day>\d\d))?(?=\.|$)"
)


def canonical(instrument: Instrument) -> Instrument:
    """The instrument under the market's own name: `binance:um:BTCUSDT` is
    `binance:futures:BTCUSDT`.
    """
    if instrument.venue != "binance" or instrument.market not in MARKET_ALIASES:
        return instrument
    return Instrument(instrument.venue, MARKET_ALIASES[instrument.market], instrument.symbol)


def layout_of_header(fields: Sequence[str]) -> Layout | None:
    """The layout of a dump with this header, None when it is none of a trade dump.

    Columns may come in any order and case, and beside columns that are not ours.
    """
    for layout in (*AGGREGATE_LAYOUTS, *TRADE_LAYOUTS):
        if layout.is_header(fields):
            return layout
    kinds = tuple(_NAMES.get(field.strip().lower(), Kind.SKIP) for field in fields)
    ours = [kind for kind in kinds if kind is not Kind.SKIP]
    needed = (
        {*FUTURES_AGGREGATES.kinds}
        if Kind.FIRST_ID in ours
        else {*FUTURES_TRADES.kinds} - {Kind.SKIP}
    )
    if not needed.issubset(ours) or len(set(ours)) != len(ours):
        return None
    return Layout("aggTrades" if Kind.FIRST_ID in ours else "trades", tuple(fields), kinds)


def fits_market(layout: Layout, market: str) -> bool:
    """Whether a dump of this layout can be of `market`; markets with names of one's own
    (`spot_agg`) fit any.
    """
    known = (SPOT, FUTURES, COIN_FUTURES, OPTIONS)
    return market not in known or market in _MARKETS.get(layout.name, known)


_NAMES = {
    "id": Kind.ID,
    "trade_id": Kind.ID,
    "agg_trade_id": Kind.ID,
    "price": Kind.PRICE,
    "qty": Kind.QUANTITY,
    "quantity": Kind.QUANTITY,
    "time": Kind.TIME,
    "transact_time": Kind.TIME,
    "is_buyer_maker": Kind.MAKER,
    "first_trade_id": Kind.FIRST_ID,
    "last_trade_id": Kind.LAST_ID,
}
