"""Deribit's events as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams). Ids
that hold across recordings: trade ids (`sequence` is `trade_seq`, contiguous per instrument) and
change ids of books. Quotes, tickers and indices have none: theirs is the time and what they say.
Deribit writes volatilities in percent and 0 for a side without orders; here they are fractions, and
null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS, QUOTES
from marketdata_platform.core.datasets.raw_columns import RATE
from marketdata_platform.core.datasets.raw_derivatives import (
    FUNDING_RATES,
    INDEX_PRICES,
    LIQUIDATIONS,
    OPEN_INTEREST,
    OPTIONS_TICKERS,
    TICKERS,
)
from marketdata_platform.core.numbers.text_numbers import Numbers, counts, numbers
from marketdata_platform.venues.deribit import streams as shapes
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.floats import floats
from marketdata_platform.venues.kit.parsing import (
    Fields,
    amount,
    columns_of,
    cut,
    ids,
    price,
    quantity,
    rate,
)
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, times
from marketdata_platform.venues.kit.symbols import Symbols

Int64s = npt.NDArray[np.int64]
_NO_STATS, _NO_GREEKS = shapes.Stats(), shapes.Greeks()
_PRICES = ("index_price", "mark_price", "settle_price")


def trades(out: Decoded, events: Sequence[shapes.Trade], frames: Int64s) -> None:
    """`trades` → trades, and those by which positions were liquidated → liquidations."""
    columns: dict[str, Any] = {
        "ts_event": times([e.timestamp for e in events]),
        "trade_id": cut([e.trade_id for e in events], 64),
        "sequence": counts([e.trade_seq for e in events], "trade_seq"),
        "price": price([e.price for e in events]),
        "quantity": quantity([e.amount for e in events]),
        "side": [e.direction for e in events],
    }
    out.add(TRADES, [e.instrument_name for e in events], frames, columns)
    closed = [
        (row, role) for row, e in enumerate(events) for role in e.liquidation or "" if role in "MT"
    ]
    if closed:
        _liquidations(
            out,
            [events[row] for row, _ in closed],
            frames[[row for row, _ in closed]],
            [r for _, r in closed],
        )


def _liquidations(
    out: Decoded, events: Sequence[shapes.Trade], frames: Int64s, roles: Sequence[str]
) -> None:
    """Role T: the taker was liquidated; M: the maker, who is on the other side."""
    other = {"buy": "sell", "sell": "buy"}
    columns: dict[str, Any] = {
        "ts_event": times([e.timestamp for e in events]),
        "event_id": [f"{e.trade_id[:64]}:{role}" for e, role in zip(events, roles, strict=True)],
        "side": [
            e.direction if role == "T" else other.get(e.direction, e.direction)
            for e, role in zip(events, roles, strict=True)
        ],
        "price": price([e.price for e in events]),
        "quantity": quantity([e.amount for e in events]),
    }
    out.add(LIQUIDATIONS, [e.instrument_name for e in events], frames, columns)


def books(out: Decoded, events: Sequence[shapes.Book], frames: Int64s) -> None:
    """`book` → book_snapshots and book_deltas."""
    changes = np.array([e.type == "change" for e in events])
    for dataset, chosen in ((BOOK_SNAPSHOTS, ~changes), (BOOK_DELTAS, changes)):
        rows = np.flatnonzero(chosen)
        if not len(rows):
            continue
        kept = [events[row] for row in rows.tolist()]
        last = counts([e.change_id for e in kept], "change id")
        numbered = {"update_id": last}
        if dataset is BOOK_DELTAS:
            numbered["previous_update_id"] = counts(
                [e.prev_change_id for e in kept], "previous change id"
            )
        book = BookEvents(
            symbols=[e.instrument_name for e in kept],
            frames=frames[rows],
            ts_event=times([e.timestamp for e in kept]),
            event_id=ids(last),
            bids=levels([e.bids for e in kept]),
            asks=levels([e.asks for e in kept]),
            ids=numbered,
            signed=False,
        )
        add_events(out, dataset, book)


_TOP = {
    "bid_price": ("best_bid_price", price),
    "bid_quantity": ("best_bid_amount", quantity),
    "ask_price": ("best_ask_price", price),
    "ask_quantity": ("best_ask_amount", quantity),
}
_SAID_BY_QUOTES = ("best_bid_price", "best_bid_amount", "best_ask_price", "best_ask_amount")
_SAID_BY_TICKERS = (
    "mark_price",
    *_SAID_BY_QUOTES,
    "open_interest",
    "index_price",
    "last_price",
    "underlying_price",
    "mark_iv",
    "current_funding",
)


def _top(events: Sequence[Any]) -> dict[str, Numbers]:
    return with_computed(columns_of(events, _TOP))


def _said(events: Sequence[Any], names: Sequence[str]) -> list[list[Any]]:
    """What events say in some fields, which their ids are made of."""
    return [list(map(attrgetter(name), events)) for name in names]


def quotes(out: Decoded, events: Sequence[shapes.Quote], frames: Int64s) -> None:
    """`quote` → quotes."""
    top = _top(events)
    columns: dict[str, Any] = {
        **top,
        "ts_event": times([e.timestamp for e in events]),
        "event_id": content_ids([e.timestamp for e in events], *_said(events, _SAID_BY_QUOTES)),
    }
    out.add(QUOTES, [e.instrument_name for e in events], frames, columns)


def tickers(out: Decoded, events: Sequence[shapes.Ticker], frames: Int64s) -> None:
    """`ticker` → options_tickers of options, tickers of others; open_interest, index_prices and
    funding_rates.
    """
    names = [e.instrument_name for e in events]
    known = {name: is_option(name) for name in set(names)}
    options = np.array([known[name] for name in names])
    for chosen, add in ((options, _option_tickers), (~options, _other_tickers)):
        rows = np.flatnonzero(chosen)
        if len(rows):
            kept = [events[row] for row in rows.tolist()]
            add(out, kept, frames[rows])


def is_option(name: str) -> bool:
    """`BTC-25DEC26-100000-C`, and combos of nothing else; perpetuals and futures have no strike."""
    return name.endswith(("-C", "-P")) and name.count("-") >= 3


def _head(events: Sequence[shapes.Ticker], stats: Sequence[shapes.Stats]) -> dict[str, Any]:
    moments = [e.timestamp for e in events]
    said = [*_said(events, _SAID_BY_TICKERS), [one.volume for one in stats]]
    return {"ts_event": times(moments), "event_id": content_ids(moments, *said)}


def _percent(texts: Sequence[msgspec.Raw]) -> Numbers:
    """Percent as a fraction, exactly: read with two decimals fewer than the column has."""
    return numbers(texts, scale=RATE.scale - 2, digits=RATE.precision)


_STATE = {
    "open_interest": ("open_interest", amount),
    "mark_price": ("mark_price", price),
    "index_price": ("index_price", price),
    "last_price": ("last_price", price),
}
_OF_OPTIONS: Fields = {
    "mark_iv": ("mark_iv", _percent),
    "bid_iv": ("bid_iv", _percent),
    "ask_iv": ("ask_iv", _percent),
    "underlying_price": ("underlying_price", price),
    "underlying_index": ("underlying_index", list),
    "interest_rate": ("interest_rate", rate),
}
_GREEKS: Fields = {name: (name, floats) for name in ("delta", "gamma", "vega", "theta", "rho")}
_OF_STATS: Fields = {"high_24h": ("high", price), "low_24h": ("low", price)}
_OF_OTHERS: Fields = {
    "settle_price": ("estimated_delivery_price", price),
    "rate": ("current_funding", rate),
    "rate_8h": ("funding_8h", rate),
}


def _common(events: Sequence[shapes.Ticker], stats: Sequence[shapes.Stats]) -> dict[str, Any]:
    """Columns that all tickers have."""
    top = _top(events)
    return {
        **_head(events, stats),
        **{name: top[name] for name in _TOP},
        **columns_of(events, _STATE),
        "volume_24h": amount([one.volume for one in stats]),
    }


def _some(columns: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: columns[name] for name in ("ts_event", "event_id", *names)}


def _option_tickers(out: Decoded, events: Sequence[shapes.Ticker], frames: Int64s) -> None:
    columns = _common(events, [e.stats or _NO_STATS for e in events])
    columns |= columns_of(events, _OF_OPTIONS)
    columns |= columns_of([e.greeks or _NO_GREEKS for e in events], _GREEKS)
    symbols = Symbols.of([e.instrument_name for e in events])
    out.add(OPTIONS_TICKERS, symbols, frames, columns)
    out.add(OPEN_INTEREST, symbols, frames, _some(columns, "open_interest"))


def _other_tickers(out: Decoded, events: Sequence[shapes.Ticker], frames: Int64s) -> None:
    stats = [e.stats or _NO_STATS for e in events]
    columns = _common(events, stats) | columns_of(stats, _OF_STATS)
    symbols = Symbols.of([e.instrument_name for e in events])
    out.add(TICKERS, symbols, frames, columns)
    columns |= columns_of(events, _OF_OTHERS)
    for dataset, names, of in (
        (INDEX_PRICES, _PRICES, _PRICES),
        (OPEN_INTEREST, ("open_interest",), ("open_interest",)),
        (FUNDING_RATES, ("rate", "rate_8h", "mark_price", "index_price"), ("rate", "rate_8h")),
    ):
        out.add_told(dataset, symbols, frames, _some(columns, *names), of)


def indices(out: Decoded, events: Sequence[shapes.Index], frames: Int64s) -> None:
    """`deribit_price_index` → index_prices of `deribit:index:btc_usd`."""
    columns: dict[str, Any] = {
        "ts_event": times([e.timestamp for e in events]),
        "event_id": content_ids([e.timestamp for e in events], [e.price for e in events]),
        "index_price": price([e.price for e in events]),
    }
    out.add(INDEX_PRICES, [e.index_name for e in events], frames, columns)


ROWS: dict[type, Callable[..., None]] = {
    shapes.Trade: trades,
    shapes.Book: books,
    shapes.Quote: quotes,
    shapes.Ticker: tickers,
    shapes.Index: indices,
}
