"""Coinbase Exchange's messages as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams).

Ids that hold across recordings: trades have their number. Tickers and changes of books are told by
their time and content. A level may change several times in one microsecond, and its last change
counts: so a change's id has its place among those of its moment, counted along the connection. A
snapshot is each recording's own, dated by its receipt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import Levels, levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS, QUOTES
from marketdata_platform.core.datasets.raw_derivatives import TICKERS
from marketdata_platform.core.numbers.text_numbers import BAD, NULL, OK, Numbers, counts, numbers
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.coinbase import streams as shapes
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.column_arrays import Values, plain
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.parsing import ids, price, quantity
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, either

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_TAKER = {"buy": "sell", "sell": "buy"}  # Coinbase tells the maker's side
_CHANGE = re.compile(rb'\[\s*"(buy|sell)"\s*,')
_EARLIEST_US, _LATEST_US = 10**14, 10**16  # the years 1973 to 2286


def trades(out: Decoded, events: Sequence[shapes.Trade], frames: Int64s, _: Repeats) -> None:
    """`match` and `last_match` → trades."""
    add_trades(out, [e.product_id for e in events], events, frames)


def add_trades(
    out: Decoded, symbols: Sequence[str], events: Sequence[shapes.TradeFields], frames: Int64s
) -> None:
    """Trades of channels and of REST: their id is the number that has no holes."""
    number = counts([e.trade_id for e in events], "trade id")
    columns: dict[str, Values] = {
        "ts_event": moments([e.time for e in events]),
        "trade_id": ids(number),
        "sequence": number,
        "price": price([e.price for e in events]),
        "quantity": quantity([e.size for e in events]),
        "side": [_TAKER.get(e.side, "unknown") for e in events],
    }
    out.add(TRADES, symbols, frames, columns)


def snapshots(out: Decoded, events: Sequence[shapes.Snapshot], frames: Int64s, _: Repeats) -> None:
    """`snapshot` → book_snapshots."""
    received = out.received_us[frames]
    bids, asks = [e.bids for e in events], [e.asks for e in events]
    book = BookEvents(
        symbols=[e.product_id for e in events],
        frames=frames,
        ts_event=plain(received),
        event_id=pa.array(content_ids(received.tolist(), bids, asks)),
        bids=levels(bids),
        asks=levels(asks),
        ids={},
        signed=False,
    )
    add_events(out, BOOK_SNAPSHOTS, book)


def updates(
    out: Decoded, events: Sequence[shapes.Update], frames: Int64s, repeats: Repeats
) -> None:
    """`l2update` → book_deltas."""
    when = moments([e.time for e in events])
    changes = [e.changes for e in events]
    bids, asks = _sides(changes)
    book = BookEvents(
        symbols=[e.product_id for e in events],
        frames=frames,
        ts_event=when,
        event_id=pa.array(_update_ids(when, events, changes, repeats)),
        bids=bids,
        asks=asks,
        ids={},
        signed=False,
    )
    add_events(out, BOOK_DELTAS, book)


def _update_ids(
    when: Numbers,
    events: Sequence[shapes.Update],
    changes: Sequence[msgspec.Raw],
    repeats: Repeats,
) -> list[str]:
    """`<time>:<place>:<content>`: ordered as text, they are in the order of their places."""
    named = content_ids(when.values.tolist(), changes)
    good = np.flatnonzero(when.state == OK)
    symbols = [events[row].product_id for row in good.tolist()]
    places = np.zeros(len(events), np.int64)
    places[good] = repeats.number(when.values[good], symbols.__getitem__, None)
    found = []
    for text, place in zip(named, places.tolist(), strict=True):
        moment, _, content = text.partition(":")
        found.append(f"{moment}:{place:05d}:{content}")
    return found


def _sides(changes: Sequence[msgspec.Raw]) -> tuple[Levels, Levels]:
    """The changed bids and asks of messages; of one level that is named again the last counts."""
    told = levels(changes)
    named = [_CHANGE.findall(one) for one in changes]
    event = np.repeat(np.arange(len(changes)), told.count)
    bad = dict(told.bad)
    for row in np.flatnonzero(told.count != np.array([len(one) for one in named])).tolist():
        bad.setdefault(row, "a change is of neither side")
    kept = ~np.isin(event, list(bad)) if bad else np.ones(len(event), bool)
    told = Levels(told.price[kept], told.quantity[kept], told.count, {})
    event = event[kept]
    words = [one for row, sides in enumerate(named) if row not in bad for one in sides]
    bid = np.array([word == b"buy" for word in words], bool)
    last = _last_of_each_level(event, bid, told.price)
    return (
        _side(told, event, bid & last, len(changes), bad),
        _side(told, event, ~bid & last, len(changes), {}),
    )


def _last_of_each_level(event: Int64s, bid: Bools, prices: Int64s) -> Bools:
    order = np.lexsort((np.arange(len(event)), prices, bid, event))
    same = np.zeros(len(event), bool)
    if len(event) > 1:
        this, following = order[:-1], order[1:]
        same[:-1] = (
            (event[this] == event[following])
            & (bid[this] == bid[following])
            & (prices[this] == prices[following])
        )
    last = np.ones(len(event), bool)
    last[order[same]] = False
    return last


def _side(told: Levels, event: Int64s, chosen: Bools, rows: int, bad: dict[int, str]) -> Levels:
    count = np.bincount(event[chosen], minlength=rows).astype(np.int64)
    return Levels(told.price[chosen], told.quantity[chosen], count, bad)


def tickers(out: Decoded, events: Sequence[shapes.Ticker], frames: Int64s, _: Repeats) -> None:
    """`ticker` → tickers, and quotes where it tells both sides. One without a time is dated by its
    receipt.
    """
    symbols = [e.product_id for e in events]
    when = moments([e.time for e in events])
    head: dict[str, Values] = {
        "ts_event": either(when, plain(out.received_us[frames])),
        "event_id": content_ids(when.values.tolist(), [msgspec.json.encode(e) for e in events]),
        "sequence": counts([e.sequence for e in events], "sequence"),
    }
    top = {
        "bid_price": price([e.best_bid for e in events]),
        "bid_quantity": quantity([e.best_bid_size for e in events]),
        "ask_price": price([e.best_ask for e in events]),
        "ask_quantity": quantity([e.best_ask_size for e in events]),
    }
    day = {
        "last_price": price([e.price for e in events]),
        "high_24h": price([e.high_24h for e in events]),
        "low_24h": price([e.low_24h for e in events]),
        "volume_24h": numbers([e.volume_24h for e in events]),
    }
    out.add(TICKERS, symbols, frames, {**head, **top, **day})
    both = (top["bid_price"].state != NULL) & (top["ask_price"].state != NULL)
    out.add_where(QUOTES, symbols, frames, {**head, **with_computed(top)}, both)


ROWS: dict[type, Callable[..., None]] = {
    shapes.Match: trades,
    shapes.LastMatch: trades,
    shapes.Snapshot: snapshots,
    shapes.Update: updates,
    shapes.Ticker: tickers,
}


def moments(times: Sequence[datetime | None]) -> Numbers:
    """Microseconds since 1970, exact; NULL where there is none."""
    array = pa.array(times, pa.timestamp("us", "UTC"))
    values = array.cast(pa.int64()).fill_null(0).to_numpy().copy()
    state = np.full(len(values), OK, np.int8)
    state[array.is_null().to_numpy(zero_copy_only=False)] = NULL
    odd = (state == OK) & ((values < _EARLIEST_US) | (values >= _LATEST_US))
    state[odd] = BAD
    reasons = {row: f"{times[row]} is no time of a trade" for row in np.flatnonzero(odd).tolist()}
    return Numbers(values, state, reasons)
