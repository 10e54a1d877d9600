"""Kalshi's messages as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams).
Everything is written from the side of YES: a bid for NO at p is an offer of YES at 1 − p. Sequence
numbers belong to a connection, so a change of a level is identified by its time (µs), its size and
its place among equal ones; a snapshot is each recording's own, dated by its receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import Levels, levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.model import NOTIONAL
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS, QUOTES
from marketdata_platform.core.datasets.raw_derivatives import OPEN_INTEREST, TICKERS
from marketdata_platform.core.numbers.text_numbers import NULL, OK, Numbers, numbers
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.kalshi import streams as shapes
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.parsing import price, quantity
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, Values, plain, repeated, times

Int64s = npt.NDArray[np.int64]
DOLLAR = 10**8


def trades(out: Decoded, events: Sequence[shapes.TradeMessage], frames: Int64s, _: Repeats) -> None:
    """`trade` → trades."""
    messages = [e.msg for e in events]
    columns: dict[str, Values] = {
        "ts_event": times([m.ts_ms for m in messages]),
        "trade_id": [m.trade_id[:64] for m in messages],
        "price": price([m.yes_price_dollars for m in messages]),
        "quantity": quantity([m.count_fp for m in messages]),
        "side": [{"yes": "buy", "no": "sell"}.get(m.taker_side, "unknown") for m in messages],
    }
    out.add(TRADES, [m.market_ticker for m in messages], frames, columns)


def deltas(
    out: Decoded, events: Sequence[shapes.DeltaMessage], frames: Int64s, repeats: Repeats
) -> None:
    """`orderbook_delta` → book_deltas with a signed `change`; rows are built plainly: a message is
    a level.

    A message that comes again on its connection, by its `sid` and `seq`, is counted and gives no
    second row.
    """
    when = _moments([e.msg.ts for e in events], [e.msg.ts_ms for e in events])
    ids = [
        _delta_id(moment, e, repeats)
        for moment, e in zip(when.values.tolist(), events, strict=True)
    ]
    if None in ids:
        fresh = np.array([row for row, one in enumerate(ids) if one is not None], np.int64)
        out.count("orderbook_delta that came again", len(ids) - len(fresh))
        if not len(fresh):
            return
        events, frames, when = (
            [events[row] for row in fresh.tolist()],
            frames[fresh],
            repeated(when, fresh),
        )
        ids = [one for one in ids if one is not None]
    messages = [e.msg for e in events]
    no = np.array([m.side == "no" for m in messages])
    columns: dict[str, Values] = {
        "ts_event": when,
        "event_id": ids,
        "side": pa.array(np.where(no, "ask", "bid")),
        "price": _price_of_yes(messages, no),
        "change": quantity([m.delta_fp for m in messages]),
    }
    out.add(BOOK_DELTAS, [m.market_ticker for m in messages], frames, columns)


def _price_of_yes(messages: Sequence[shapes.Delta], no: npt.NDArray[np.bool_]) -> Numbers:
    """The levels' prices; a change of neither side is refused."""
    given = price([m.price_dollars for m in messages])
    other = np.array([m.side not in ("yes", "no") for m in messages])
    state = np.where(other & (given.state == OK), np.int8(0), given.state)
    reasons = given.reasons | {
        row: f"of side {messages[row].side[:20]!a}" for row in np.flatnonzero(other).tolist()
    }
    return Numbers(np.where(no, DOLLAR - given.values, given.values), state, reasons)


def _delta_id(moment: int, event: shapes.DeltaMessage, repeats: Repeats) -> str | None:
    """The change's name: its content, and how many equal ones came before; None when this very
    message did.
    """
    message = event.msg
    text = f"{message.side[:1]}{message.price_dollars}:{message.delta_fp}"[:80]
    if repeats.number(moment, f"{message.market_ticker}:{text}#{event.sid}:{event.seq}"):
        return None
    count = repeats.number(moment, f"{message.market_ticker}:{text}")
    return f"{moment}:{text}:{count}" if count else f"{moment}:{text}"


def snapshots(
    out: Decoded, events: Sequence[shapes.SnapshotMessage], frames: Int64s, _: Repeats
) -> None:
    """`orderbook_snapshot` → book_snapshots."""
    from marketdata_platform.venues.kit.book_rows import BookEvents, add_events

    messages = [e.msg for e in events]
    received = out.received_us[frames]
    bids, asks = (
        levels([m.yes_dollars_fp for m in messages]),
        levels([m.no_dollars_fp for m in messages]),
    )
    bad = bids.bad | {
        row: "levels in whole cents are not read" for row, m in enumerate(messages) if _in_cents(m)
    }
    book = BookEvents(
        symbols=[m.market_ticker for m in messages],
        frames=frames,
        ts_event=plain(received),
        event_id=pa.array(
            [f"{us}:{e.sid}:{e.seq}" for us, e in zip(received.tolist(), events, strict=True)]
        ),
        bids=Levels(bids.price, bids.quantity, bids.count, bad),
        asks=Levels(DOLLAR - asks.price, asks.quantity, asks.count, asks.bad),
    )
    add_events(out, BOOK_SNAPSHOTS, book)


def _in_cents(message: shapes.Snapshot) -> bool:
    new = bytes(message.yes_dollars_fp) + bytes(message.no_dollars_fp)
    return not new and bool(bytes(message.yes) + bytes(message.no))


def tickers(
    out: Decoded, events: Sequence[shapes.TickerMessage], frames: Int64s, _: Repeats
) -> None:
    """`ticker` → tickers, and quotes and open_interest where it has them."""
    messages = [e.msg for e in events]
    symbols = [m.market_ticker for m in messages]
    when = _moments([m.ts for m in messages], [m.ts_ms for m in messages])
    texts = [msgspec.json.encode(m) for m in messages]
    head: dict[str, Values] = {
        "ts_event": when,
        "event_id": content_ids(when.values.tolist(), texts),
    }
    interest = numbers([m.open_interest_fp for m in messages])
    top = {
        "bid_price": price([m.yes_bid_dollars for m in messages]),
        "bid_quantity": quantity([m.yes_bid_size_fp for m in messages]),
        "ask_price": price([m.yes_ask_dollars for m in messages]),
        "ask_quantity": quantity([m.yes_ask_size_fp for m in messages]),
    }
    rest: dict[str, Values] = {
        "last_price": price([m.price_dollars for m in messages]),
        "volume_24h": numbers([m.volume_fp for m in messages]),
        "quote_volume_24h": numbers([m.dollar_volume for m in messages], scale=NOTIONAL.scale),
        "open_interest": interest,
    }
    out.add(TICKERS, symbols, frames, {**head, **top, **rest})
    whole = np.all([top[name].state != NULL for name in ("bid_price", "ask_price")], axis=0)
    out.add_where(QUOTES, symbols, frames, {**head, **with_computed(top)}, whole)
    out.add_where(
        OPEN_INTEREST, symbols, frames, {**head, "open_interest": interest}, interest.state != NULL
    )


ROWS: dict[type, Callable[..., None]] = {
    shapes.TradeMessage: trades,
    shapes.DeltaMessage: deltas,
    shapes.SnapshotMessage: snapshots,
    shapes.TickerMessage: tickers,
}


def _moments(exact: Sequence[datetime | int | None], ms: Sequence[int | None]) -> Numbers:
    """µs where the message has them, else its milliseconds, else its seconds."""
    if set(map(type, exact)) == {datetime}:
        return plain(pa.array(exact, pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy())
    return times([_count(e, m) for e, m in zip(exact, ms, strict=True)])


def _count(exact: datetime | int | None, ms: int | None) -> int | None:
    if isinstance(exact, datetime):
        return int(pa.scalar(exact, pa.timestamp("us", "UTC")).value)
    if ms is not None:
        return ms
    return exact * 1000 if exact is not None else None
