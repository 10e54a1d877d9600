"""Bybit's messages as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams). Ids that
hold across recordings: trades have UUIDs; tickers the cross sequence `cs`. A book's `u` starts
again at 1 when the service restarts, so its events are identified by their time as well.
Liquidations have none: time, content, and the place among equals of the same message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.datasets import TRADES, Dataset
from marketdata_platform.core.datasets.model import NOTIONAL
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS, QUOTES
from marketdata_platform.core.datasets.raw_derivatives import (
    FUNDING_RATES,
    INDEX_PRICES,
    LIQUIDATIONS,
    OPEN_INTEREST,
    TICKERS,
)
from marketdata_platform.core.numbers.text_numbers import NULL, Numbers, counts, numbers
from marketdata_platform.venues.bybit.streams import Book, Liquidation, Message, Ticker, Trade
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.parsing import price, quantity, rate
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, Values, times

Int64s = npt.NDArray[np.int64]
_SIDES = {"Buy": "buy", "Sell": "sell"}
_CLOSING = {"Buy": "sell", "Sell": "buy"}  # a long position is closed by selling


def trades(out: Decoded, messages: Sequence[Message], frames: Int64s) -> None:
    """`publicTrade` → trades; block trades keep their mark."""
    flat, of = _flat(messages, frames)
    events: Sequence[Trade] = flat
    columns: dict[str, Values] = {
        "ts_event": times([e.T for e in events]),
        "trade_id": [e.i[:64] for e in events],
        "price": price([e.p for e in events]),
        "quantity": quantity([e.v for e in events]),
        "side": [_SIDES.get(e.S, "unknown") for e in events],
        "condition": ["block_trade" if e.BT else None for e in events],
    }
    out.add(TRADES, [e.s for e in events], of, columns)


def books(out: Decoded, messages: Sequence[Message], frames: Int64s) -> None:
    """`orderbook` → book_snapshots and book_deltas; a book of depth one is a quote too."""
    whole = np.array([m.type == "snapshot" for m in messages])
    for dataset, chosen in ((BOOK_SNAPSHOTS, whole), (BOOK_DELTAS, ~whole)):
        rows = np.flatnonzero(chosen)
        if len(rows):
            _books(out, dataset, [messages[row] for row in rows.tolist()], frames[rows])


def _books(out: Decoded, dataset: Dataset, messages: Sequence[Message], frames: Int64s) -> None:
    events: list[Book] = [m.data for m in messages]
    numbered = {"update_id": counts([e.u for e in events], "update id")}
    if dataset is BOOK_DELTAS:
        numbered["cross_sequence"] = counts([e.seq for e in events], "seq")
    book = BookEvents(
        symbols=[e.s for e in events],
        frames=frames,
        ts_event=times([m.ts for m in messages]),
        event_id=pa.array([f"{m.ts}:{e.u}" for m, e in zip(messages, events, strict=True)]),
        bids=levels([e.b for e in events]),
        asks=levels([e.a for e in events]),
        ids=numbered,
    )
    add_events(out, dataset, book)


def _ticker_head(messages: Sequence[Message], events: Sequence[Ticker]) -> dict[str, Values]:
    sequence = counts([m.cs for m in messages], "cs")
    head: dict[str, Values] = {"ts_event": times([m.ts for m in messages]), "sequence": sequence}
    if (sequence.state == NULL).any():  # spot gives no cross sequence
        named = content_ids([m.ts for m in messages], events)
        head["event_id"] = [
            named[row] if m.cs is None else str(m.cs) for row, m in enumerate(messages)
        ]
    return head


def _top_of_book(events: Sequence[Ticker]) -> dict[str, Numbers]:
    return {
        "bid_price": price([e.bid1Price for e in events]),
        "bid_quantity": quantity([e.bid1Size for e in events]),
        "ask_price": price([e.ask1Price for e in events]),
        "ask_quantity": quantity([e.ask1Size for e in events]),
    }


def _day_so_far(events: Sequence[Ticker]) -> dict[str, Numbers]:
    return {
        "last_price": price([e.lastPrice for e in events]),
        "high_24h": price([e.highPrice24h for e in events]),
        "low_24h": price([e.lowPrice24h for e in events]),
        "volume_24h": numbers([e.volume24h for e in events]),
        "quote_volume_24h": numbers([e.turnover24h for e in events], scale=NOTIONAL.scale),
    }


def tickers(out: Decoded, messages: Sequence[Message], frames: Int64s) -> None:
    """`tickers` → tickers, and funding_rates, index_prices, open_interest, quotes where the message
    has them.
    """
    events: list[Ticker] = [m.data for m in messages]
    symbols, head = [e.symbol for e in events], _ticker_head(messages, events)
    top, day = _top_of_book(events), _day_so_far(events)
    prices = {
        "mark_price": price([e.markPrice for e in events]),
        "index_price": price([e.indexPrice for e in events]),
    }
    interest = {"open_interest": numbers([e.openInterest for e in events])}
    out.add(TICKERS, symbols, frames, {**head, **top, **day, **prices, **interest})
    out.add_where(QUOTES, symbols, frames, {**head, **with_computed(top)}, _given(top, np.all))
    out.add_where(INDEX_PRICES, symbols, frames, {**head, **prices}, _given(prices, np.any))
    interest["value"] = numbers([e.openInterestValue for e in events], scale=NOTIONAL.scale)
    out.add_where(OPEN_INTEREST, symbols, frames, {**head, **interest}, _given(interest, np.any))
    funding = {
        "rate": rate([e.fundingRate for e in events]),
        "next_funding_time": times([_next_funding(e) for e in events]),
    }
    given = _given(funding, np.any)
    out.add_where(FUNDING_RATES, symbols, frames, {**head, **funding, **prices}, given)


def _given(columns: Mapping[str, Numbers], needed: Callable[..., Any]) -> npt.NDArray[np.bool_]:
    """The rows that have a value in all (`np.all`) or any (`np.any`) of the columns."""
    chosen: npt.NDArray[np.bool_] = needed([c.state != NULL for c in columns.values()], axis=0)
    return chosen


def _next_funding(event: Ticker) -> int | None:
    text = event.nextFundingTime or ""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def liquidations(out: Decoded, messages: Sequence[Message], frames: Int64s) -> None:
    """`allLiquidation` → liquidations, with the side of the closing order."""
    event_ids: list[str] = []
    for message in messages:
        seen: Counter[str] = Counter()
        for e in message.data:
            text = f"{e.T}:{e.S}:{e.p}:{e.v}"[:160]
            event_ids.append(f"{text}:{seen[text]}" if seen[text] else text)
            seen[text] += 1
    flat, of = _flat(messages, frames)
    events: Sequence[Liquidation] = flat
    columns: dict[str, Values] = {
        "ts_event": times([e.T for e in events]),
        "event_id": event_ids,
        "side": [_CLOSING.get(e.S, e.S) for e in events],
        "price": price([e.p for e in events]),
        "quantity": quantity([e.v for e in events]),
    }
    out.add(LIQUIDATIONS, [e.s for e in events], of, columns)


ROWS: dict[str, Callable[[Decoded, Sequence[Message], Int64s], None]] = {
    "publicTrade": trades,
    "orderbook": books,
    "tickers": tickers,
    "allLiquidation": liquidations,
}


def _flat(messages: Sequence[Message], frames: Int64s) -> tuple[list[Any], Int64s]:
    """The events of all messages, and the frame of each."""
    return [e for m in messages for e in m.data], np.repeat(frames, [len(m.data) for m in messages])
