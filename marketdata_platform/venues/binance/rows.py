"""Binance's stream events as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams), REST
(rest). Ids that hold across recordings: trade ids; the update id `u` of tickers and depth;
the time of a mark price, which is published once per second and symbol. A forceOrder has no id:
Binance sends one per second and symbol, identified by time and content. Spot gives its tickers no
time, so these are dated by their first receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, QUOTES
from marketdata_platform.core.datasets.raw_derivatives import (
    FUNDING_RATES,
    INDEX_PRICES,
    LIQUIDATIONS,
)
from marketdata_platform.core.numbers.text_numbers import NULL, OK, Numbers, counts
from marketdata_platform.venues.binance import streams as shapes
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.column_arrays import plain
from marketdata_platform.venues.kit.parsing import ids, price, quantity, rate
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, either, moments, times

Int64s = npt.NDArray[np.int64]
ORDINARY = (None, "", "MARKET")


def trades(out: Decoded, events: Sequence[shapes.Trade], frames: Int64s) -> None:
    """`trade` → trades."""
    columns: dict[str, Any] = {
        "ts_event": times([e.T for e in events]),
        "sequence": counts([e.t for e in events], "trade id"),
        "price": price([e.p for e in events]),
        "quantity": quantity([e.q for e in events]),
        "side": sides([e.m for e in events]),
    }
    marks = [e.X for e in events]
    if not set(marks) <= set(ORDINARY):
        columns["condition"] = [
            None if mark in ORDINARY else str(mark).lower()[:40] for mark in marks
        ]
    columns["trade_id"] = ids(columns["sequence"])
    out.add(TRADES, [e.s for e in events], frames, columns)


def aggregates(out: Decoded, events: Sequence[shapes.AggregateTrade], frames: Int64s) -> None:
    """`aggTrade` → trades, with the range of trade ids in each."""
    sequence = counts([e.a for e in events], "aggregate trade id")
    columns = {
        "ts_event": times([e.T for e in events]),
        "sequence": sequence,
        "trade_id": ids(sequence),
        "price": price([e.p for e in events]),
        "quantity": quantity([e.q for e in events]),
        "side": sides([e.m for e in events]),
        "first_trade_id": counts([e.f for e in events], "first trade id"),
        "last_trade_id": counts([e.l for e in events], "last trade id"),
    }
    out.add(TRADES, [e.s for e in events], frames, columns)


def spot_quotes(out: Decoded, events: Sequence[shapes.SpotBookTicker], frames: Int64s) -> None:
    """`bookTicker` of spot → quotes."""
    _quotes(out, events, frames, plain(out.received_us[frames]))


def quotes(out: Decoded, events: Sequence[shapes.FuturesBookTicker], frames: Int64s) -> None:
    """`bookTicker` of futures → quotes."""
    _quotes(out, events, frames, _or_received(out, times([e.T for e in events]), frames))


def _quotes(
    out: Decoded,
    events: Sequence[shapes.SpotBookTicker] | Sequence[shapes.FuturesBookTicker],
    frames: Int64s,
    when: Numbers,
) -> None:
    columns = with_computed(
        {
            "bid_price": price([e.b for e in events]),
            "bid_quantity": quantity([e.B for e in events]),
            "ask_price": price([e.a for e in events]),
            "ask_quantity": quantity([e.A for e in events]),
        }
    )
    columns |= {"ts_event": when, "sequence": counts([e.u for e in events], "update id")}
    out.add(QUOTES, [e.s for e in events], frames, columns)


def deltas(out: Decoded, events: Sequence[shapes.DepthUpdate], frames: Int64s) -> None:
    """`depthUpdate` → book_deltas."""
    when = moments(
        either(counts([e.T for e in events], "time"), counts([e.E for e in events], "time"))
    )
    last = counts([e.u for e in events], "update id")
    book = BookEvents(
        symbols=[e.s for e in events],
        frames=frames,
        ts_event=_or_received(out, when, frames),
        event_id=ids(last),
        bids=levels([e.b for e in events]),
        asks=levels([e.a for e in events]),
        ids={
            "first_update_id": counts([e.U for e in events], "first update id"),
            "update_id": last,
            "previous_update_id": counts([e.pu for e in events], "previous update id"),
        },
        signed=False,
    )
    add_events(out, BOOK_DELTAS, book)


def marks(out: Decoded, events: Sequence[shapes.MarkPrice], frames: Int64s) -> None:
    """`markPriceUpdate` → index_prices, and funding_rates of perpetuals (delivery contracts give no
    rate).
    """
    symbols = [e.s for e in events]
    head = {
        "ts_event": times([e.E for e in events]),
        "sequence": counts([e.E for e in events], "time"),
    }
    mark, index = price([e.p for e in events]), price([e.i for e in events])
    settle = price([e.P for e in events])
    out.add(
        INDEX_PRICES,
        symbols,
        frames,
        {**head, "index_price": index, "mark_price": mark, "settle_price": settle},
    )
    funding = {**head, "mark_price": mark, "index_price": index}
    funding |= {
        "rate": rate([e.r for e in events]),
        "next_funding_time": times([e.T for e in events]),
    }
    out.add_where(FUNDING_RATES, symbols, frames, funding, funding["rate"].state != NULL)


def liquidations(out: Decoded, events: Sequence[shapes.Liquidation], frames: Int64s) -> None:
    """`forceOrder` → liquidations."""
    orders = [e.o for e in events]
    columns = {
        "ts_event": times([o.T for o in orders]),
        "event_id": [f"{o.T}:{o.S}:{o.p}:{o.q}:{o.X}:{o.z or ''}"[:200] for o in orders],
        "side": [o.S.lower() for o in orders],
        "price": price([o.p for o in orders]),
        "quantity": quantity([o.q for o in orders]),
        "average_price": price([o.ap for o in orders]),
        "filled_quantity": quantity([o.z for o in orders]),
        "order_status": [o.X.lower()[:40] for o in orders],
    }
    out.add(LIQUIDATIONS, [o.s for o in orders], frames, columns)


ROWS: dict[type, Callable[..., None]] = {
    shapes.Trade: trades,
    shapes.AggregateTrade: aggregates,
    shapes.SpotBookTicker: spot_quotes,
    shapes.FuturesBookTicker: quotes,
    shapes.DepthUpdate: deltas,
    shapes.MarkPrice: marks,
    shapes.Liquidation: liquidations,
}


def sides(buyer_was_maker: Sequence[bool] | npt.NDArray[np.bool_]) -> pa.Array:
    """`m` true: the taker sold."""
    codes = np.asarray(buyer_was_maker, bool).view(np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(codes), ["buy", "sell"]).cast(pa.string())


def _or_received(out: Decoded, when: Numbers, frames: Int64s) -> Numbers:
    missing = when.state != OK
    if not missing.any():
        return when
    return Numbers(
        np.where(when.state == 2, out.received_us[frames], when.values),
        np.where(when.state == 2, np.int8(OK), when.state),
        when.reasons,
    )
