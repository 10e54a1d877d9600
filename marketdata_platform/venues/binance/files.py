"""Binance: its public dumps (data.binance.vision), and captures of its streams.

Belongs here: how Binance and its recorders write files. Does not: its streams, reading files.

Dumps of spot have no header and two flags at the end; those of futures have one flag and, since
2023, a header. Times are ms, in spot since 2025-01 µs. `is_buyer_maker` true: the taker sold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from marketdata_platform.core.datasets.raw_market import OHLCV
from marketdata_platform.venues.binance.captures import sort
from marketdata_platform.venues.binance.names import COIN_FUTURES, FUTURES, OPTIONS, SPOT
from marketdata_platform.venues.kit.file_formats import (
    Capture,
    FileFormats,
    TradeDump,
    cut_at_space,
)
from marketdata_platform.venues.kit.layouts import Kind, Layout
from marketdata_platform.venues.kit.tables import Columns, TableLayout, times_of

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


def trades_layout(fields: Sequence[str]) -> Layout | None:
    """The layout of a dump of trades with this header, None for other headers.

    Columns may come in any order and case, and beside columns that are not ours.
    """
    layouts = (SPOT_TRADES, FUTURES_TRADES, COIN_FUTURES_TRADES)
    return _layout("trades", layouts, {*FUTURES_TRADES.kinds} - {Kind.SKIP}, fields)


def aggregates_layout(fields: Sequence[str]) -> Layout | None:
    """As `trades_layout`, of a dump of aggregate trades."""
    layouts = (SPOT_AGGREGATES, FUTURES_AGGREGATES)
    return _layout("aggTrades", layouts, {*FUTURES_AGGREGATES.kinds}, fields)


def _layout(
    name: str, layouts: tuple[Layout, ...], needed: set[Kind], fields: Sequence[str]
) -> Layout | None:
    for layout in layouts:
        if layout.is_header(fields):
            return layout
    kinds = tuple(_NAMES.get(field.strip().lower(), Kind.SKIP) for field in fields)
    ours = [kind for kind in kinds if kind is not Kind.SKIP]
    aggregated = Kind.FIRST_ID in ours
    if aggregated != (Kind.FIRST_ID in needed):
        return None
    if not needed.issubset(ours) or len(set(ours)) != len(ours):
        return None
    return Layout(name, tuple(fields), kinds)


def _named(kind: str) -> re.Pattern[str]:
    """Names of a kind of dump: BTCUSDT-trades-2024-07-18.zip, BTCUSD_PERP-trades-2024-07.csv."""
    date = r"(?P<year>\d{4})-(?P<month>\d\d)(-(?P<day>\d\d))?(?=\.|$)"
    return re.compile(rf"(?P<symbol>[A-Z0-9_]+)-{kind}-{date}")


def _with_interval(columns: Columns, table: pa.Table) -> Columns:
    """A candle's length follows from its last millisecond (spot since 2025: microsecond)."""
    opened, closed = (
        times_of(table.column(n).combine_chunks()).values for n in ("open_time", "close_time")
    )
    spans = ((closed - opened + 1_000) // 1_000_000).tolist()
    columns["interval"] = [_INTERVALS.get(span, f"{span}s") for span in spans]
    return columns


_INTERVALS = {
    seconds * factor: f"{seconds}{unit}"
    for unit, factor, counts in (
        ("s", 1, (1,)),
        ("m", 60, (1, 3, 5, 15, 30)),
        ("h", 3_600, (1, 2, 4, 6, 8, 12)),
        ("d", 86_400, (1, 3)),
        ("w", 604_800, (1,)),
    )
    for seconds in counts
}
KLINES = TableLayout(
    name="binance-klines",
    dataset=OHLCV,
    columns={
        "ts_event": "open_time",
        **{name: name for name in ("open", "high", "low", "close", "volume", "quote_volume")},
        "trades": "count",
        "buy_volume": "taker_buy_volume",
        "buy_quote_volume": "taker_buy_quote_volume",
    },
    headerless=(
        "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume",
        "count", "taker_buy_volume", "taker_buy_quote_volume", "ignore",
    ),
    completed=_with_interval,
)  # fmt: skip

FILES = FileFormats(
    dumps=(
        TradeDump(
            name="binance-trades",
            file_name=_named("trades"),
            layout_of=trades_layout,
            headerless=(SPOT_TRADES, FUTURES_TRADES),
            markets={
                SPOT_TRADES.name: (SPOT,),
                # Without a header the two look the same.
                FUTURES_TRADES.name: (FUTURES, COIN_FUTURES),
                COIN_FUTURES_TRADES.name: (COIN_FUTURES,),
            },
        ),
        TradeDump(
            name="binance-aggtrades",
            file_name=_named("aggTrades"),
            layout_of=aggregates_layout,
            headerless=(SPOT_AGGREGATES, FUTURES_AGGREGATES),
            markets={
                SPOT_AGGREGATES.name: (SPOT,),
                FUTURES_AGGREGATES.name: (FUTURES, COIN_FUTURES),
            },
        ),
    ),
    captures=(
        Capture(
            name="frames", begins=re.compile(rb"\d{12,19} +[{\[]"), cut=cut_at_space, sort=sort
        ),
    ),
    tables=(KLINES,),
    markets=(SPOT, FUTURES, COIN_FUTURES, OPTIONS),
    market_names={
        "um": FUTURES,
        "usdm": FUTURES,
        "usdm_futures": FUTURES,
        "cm": COIN_FUTURES,
        "coinm": COIN_FUTURES,
        "coinm_futures": COIN_FUTURES,
        "delivery": COIN_FUTURES,
    },
    others={("open_time",): "klines", ("update_id", "best_bid_price"): "bookTicker"},
)
