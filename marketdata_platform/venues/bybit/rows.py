"""Bybit's messages as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams). Ids that
hold across recordings: trades have UUIDs; tickers the cross sequence `cs`. A book's `u` starts
again at 1 when the service restarts, so its events are identified by their time as well.
Liquidations have none: time, content, and the place among equals of the same message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.datasets import TRADES, Dataset
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS, QUOTES
from marketdata_platform.core.datasets.raw_derivatives import (
    FUNDING_RATES,
    INDEX_PRICES,
    LIQUIDATIONS,
    OPEN_INTEREST,
    TICKERS,
)
from marketdata_platform.core.numbers.text_numbers import NULL, counts
from marketdata_platform.venues.bybit.streams import Book, Liquidation, Message, Ticker, Trade
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.column_arrays import Values
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.parsing import (
    amount,
    columns_of,
    cut,
    notional,
    price,
    quantity,
    rate,
)
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, times
from marketdata_platform.venues.kit.symbols import Symbols

Int64s = npt.NDArray[np.int64]
_SIDES = {"Buy": "buy", "Sell": "sell"}
_CLOSING = {"Buy": "sell", "Sell": "buy"}  # a long position is closed by selling


def trades(out: Decoded, messages: Sequence[Message], frames: Int64s) -> None:
    """`publicTrade` → trades; block trades keep their mark."""
    flat, of = _flat(messages, frames)
    events: Sequence[Trade] = flat
    columns: dict[str, Values] = {
        "ts_event": times([e.T for e in events]),
        "trade_id": cut([e.i for e in events], 64),
        "price": price([e.p for e in events]),
        "quantity": quantity([e.v for e in events]),
        "side": [_SIDES.get(e.S, "unknown") for e in events],
        "condition": _condition([e.BT for e in events]),
    }
    out.add(TRADES, [e.s for e in events], of, columns)


def _condition(block: Sequence[bool]) -> Sequence[str | None]:
    if True not in block:
        return [None] * len(block)
    return ["block_trade" if one else None for one in block]


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
        signed=False,
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


_PRICES = ("index_price", "mark_price")
_TOP = {
    "bid_price": ("bid1Price", price),
    "bid_quantity": ("bid1Size", quantity),
    "ask_price": ("ask1Price", price),
    "ask_quantity": ("ask1Size", quantity),
}
_STATE = {
    "last_price": ("lastPrice", price),
    "high_24h": ("highPrice24h", price),
    "low_24h": ("lowPrice24h", price),
    "volume_24h": ("volume24h", amount),
    "quote_volume_24h": ("turnover24h", notional),
    "mark_price": ("markPrice", price),
    "index_price": ("indexPrice", price),
    "open_interest": ("openInterest", amount),
}


def _whole_numbers(texts: Sequence[str | None]) -> Sequence[int | None]:
    return [int(t) if t and t.isdecimal() and len(t) < 19 else None for t in texts]


def tickers(out: Decoded, messages: Sequence[Message], frames: Int64s) -> None:
    """`tickers` → tickers, and funding_rates, index_prices, open_interest, quotes where the message
    has them.
    """
    events: list[Ticker] = [m.data for m in messages]
    symbols, head = Symbols.of([e.symbol for e in events]), _ticker_head(messages, events)
    top, state = columns_of(events, _TOP), columns_of(events, _STATE)
    out.add(TICKERS, symbols, frames, {**head, **top, **state})
    whole = np.all([column.state != NULL for column in top.values()], axis=0)
    out.add_where(QUOTES, symbols, frames, {**head, **with_computed(top)}, whole)
    prices = {**head, **{name: state[name] for name in _PRICES}}
    out.add_told(INDEX_PRICES, symbols, frames, prices, _PRICES)
    interest = {
        **head,
        "open_interest": state["open_interest"],
        "value": notional([e.openInterestValue for e in events]),
    }
    out.add_told(OPEN_INTEREST, symbols, frames, interest, ("open_interest", "value"))
    funding = {
        **prices,
        "rate": rate([e.fundingRate for e in events]),
        "next_funding_time": times(_whole_numbers([e.nextFundingTime for e in events])),
    }
    out.add_told(FUNDING_RATES, symbols, frames, funding, ("rate", "next_funding_time"))


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
