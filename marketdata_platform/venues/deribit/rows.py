"""Deribit's events as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams). Ids
that hold across recordings: trade ids (`sequence` is `trade_seq`, contiguous per instrument) and
change ids of books. Quotes, tickers and indices have none: theirs is the time and what they say.
Deribit writes volatilities in percent and 0 for a side without orders; here they are fractions, and
null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from marketdata_platform.venues.kit.parsing import ids, price, quantity
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, times

Int64s = npt.NDArray[np.int64]
_NONE = msgspec.Raw()


def trades(out: Decoded, events: Sequence[shapes.Trade], frames: Int64s) -> None:
    """`trades` → trades, and those by which positions were liquidated → liquidations."""
    columns: dict[str, Any] = {
        "ts_event": times([e.timestamp for e in events]),
        "trade_id": [e.trade_id[:64] for e in events],
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
        )
        add_events(out, dataset, book)


def _top(events: Sequence[Any]) -> dict[str, Numbers]:
    return with_computed(
        {
            "bid_price": price([e.best_bid_price for e in events]),
            "bid_quantity": quantity([e.best_bid_amount for e in events]),
            "ask_price": price([e.best_ask_price for e in events]),
            "ask_quantity": quantity([e.best_ask_amount for e in events]),
        }
    )


def quotes(out: Decoded, events: Sequence[shapes.Quote], frames: Int64s) -> None:
    """`quote` → quotes."""
    top = _top(events)
    columns: dict[str, Any] = {
        **top,
        "ts_event": times([e.timestamp for e in events]),
        "event_id": content_ids(
            [e.timestamp for e in events],
            [e.best_bid_price for e in events],
            [e.best_bid_amount for e in events],
            [e.best_ask_price for e in events],
            [e.best_ask_amount for e in events],
        ),
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


def _head(events: Sequence[shapes.Ticker]) -> dict[str, Any]:
    ids_of = content_ids(
        [e.timestamp for e in events],
        [e.mark_price for e in events],
        [e.best_bid_price for e in events],
        [e.best_bid_amount for e in events],
        [e.best_ask_price for e in events],
        [e.best_ask_amount for e in events],
        [e.open_interest for e in events],
        [e.index_price for e in events],
        [e.last_price for e in events],
        [e.underlying_price for e in events],
        [e.mark_iv for e in events],
        [e.current_funding for e in events],
        [e.stats.volume if e.stats else _NONE for e in events],
    )
    return {"ts_event": times([e.timestamp for e in events]), "event_id": ids_of}


def _percent(texts: Sequence[msgspec.Raw]) -> Numbers:
    """Percent as a fraction, exactly: read with two decimals fewer than the column has."""
    return numbers(texts, scale=RATE.scale - 2, digits=RATE.precision)


def _option_tickers(out: Decoded, events: Sequence[shapes.Ticker], frames: Int64s) -> None:
    top = _top(events)
    head = _head(events)
    greeks = [e.greeks or shapes.Greeks() for e in events]
    columns: dict[str, Any] = {
        **head,
        **{name: top[name] for name in ("bid_price", "bid_quantity", "ask_price", "ask_quantity")},
        "open_interest": numbers([e.open_interest for e in events]),
        "mark_iv": _percent([e.mark_iv for e in events]),
        "bid_iv": _percent([e.bid_iv for e in events]),
        "ask_iv": _percent([e.ask_iv for e in events]),
        "mark_price": price([e.mark_price for e in events]),
        "underlying_price": price([e.underlying_price for e in events]),
        "underlying_index": [e.underlying_index for e in events],
        "index_price": price([e.index_price for e in events]),
        "last_price": price([e.last_price for e in events]),
        "interest_rate": numbers(
            [e.interest_rate for e in events], scale=RATE.scale, digits=RATE.precision
        ),
        "volume_24h": numbers([e.stats.volume if e.stats else None for e in events]),
        **{
            name: floats([getattr(g, name) for g in greeks])
            for name in ("delta", "gamma", "vega", "theta", "rho")
        },
    }
    symbols = [e.instrument_name for e in events]
    out.add(OPTIONS_TICKERS, symbols, frames, columns)
    out.add(OPEN_INTEREST, symbols, frames, {**head, "open_interest": columns["open_interest"]})


def _other_tickers(out: Decoded, events: Sequence[shapes.Ticker], frames: Int64s) -> None:
    top, head = _top(events), _head(events)
    symbols = [e.instrument_name for e in events]
    mark, index = price([e.mark_price for e in events]), price([e.index_price for e in events])
    interest = numbers([e.open_interest for e in events])
    columns: dict[str, Any] = {
        **head,
        **{name: top[name] for name in ("bid_price", "bid_quantity", "ask_price", "ask_quantity")},
        "last_price": price([e.last_price for e in events]),
        "mark_price": mark,
        "index_price": index,
        "high_24h": price([e.stats.high if e.stats else _NONE for e in events]),
        "low_24h": price([e.stats.low if e.stats else _NONE for e in events]),
        "volume_24h": numbers([e.stats.volume if e.stats else _NONE for e in events]),
        "open_interest": interest,
    }
    out.add(TICKERS, symbols, frames, columns)
    settle = price([e.estimated_delivery_price for e in events])
    _given(
        out,
        INDEX_PRICES,
        symbols,
        frames,
        {**head, "index_price": index, "mark_price": mark, "settle_price": settle},
    )
    _given(out, OPEN_INTEREST, symbols, frames, {**head, "open_interest": interest})
    funding = {
        **head,
        "rate": numbers(
            [e.current_funding for e in events], scale=RATE.scale, digits=RATE.precision
        ),
        "rate_8h": numbers([e.funding_8h for e in events], scale=RATE.scale, digits=RATE.precision),
        "mark_price": mark,
        "index_price": index,
    }
    _given(out, FUNDING_RATES, symbols, frames, funding, of=("rate", "rate_8h"))


def _given(
    out: Decoded,
    dataset: Any,
    symbols: Sequence[str],
    frames: Int64s,
    columns: dict[str, Any],
    of: tuple[str, ...] = (),
) -> None:
    """The rows in which one of the columns `of` (the default: any but the head) has a value or a
    bad one.
    """
    names = of or tuple(n for n in columns if n not in ("ts_event", "event_id"))
    given = np.any([columns[name].state != 2 for name in names], axis=0)
    out.add_where(dataset, symbols, frames, columns, given)


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
