"""Kalshi's messages as rows of the datasets, many at once.

Belongs here: which field goes into which column. Does not: message shapes (streams).
Everything is written from the side of YES: a bid for NO at p is an offer of YES at 1 − p. Sequence
numbers belong to a connection, so a change of a level is identified by its time (µs), its size and
its place among equal ones; a snapshot is each recording's own, dated by its receipt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import cast

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.books.book_levels import Levels, levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS, QUOTES
from marketdata_platform.core.datasets.raw_derivatives import OPEN_INTEREST, TICKERS
from marketdata_platform.core.numbers.text_numbers import BAD, NULL, OK, Numbers
from marketdata_platform.core.repeats import AGAIN, Repeats
from marketdata_platform.venues.kalshi import streams as shapes
from marketdata_platform.venues.kit.column_arrays import Values, plain, repeated
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.parsing import (
    amount,
    columns_of,
    cut,
    ids,
    notional,
    price,
    quantity,
)
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, times
from marketdata_platform.venues.kit.symbols import Symbols

Int64s = npt.NDArray[np.int64]
DOLLAR = 10**8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encoder = msgspec.json.Encoder()
_TAKER = {"yes": "buy", "no": "sell"}


def trades(out: Decoded, events: Sequence[shapes.TradeMessage], frames: Int64s, _: Repeats) -> None:
    """`trade` → trades."""
    messages = [e.msg for e in events]
    columns: dict[str, Values] = {
        "ts_event": times([m.ts_ms for m in messages]),
        "trade_id": cut([m.trade_id for m in messages], 64),
        "price": price([m.yes_price_dollars for m in messages]),
        "quantity": quantity([m.count_fp for m in messages]),
        "side": [_TAKER.get(m.taker_side, "unknown") for m in messages],
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
    messages = [e.msg for e in events]
    when = _moments([m.ts for m in messages], [m.ts_ms for m in messages])
    texts = [f"{m.side[:1]}{m.price_dollars}:{m.delta_fp}"[:80] for m in messages]
    counts = _numbered(events, when, texts, repeats)
    fresh = np.flatnonzero(counts != AGAIN)
    if len(fresh) < len(events):
        out.count("orderbook_delta that came again", len(events) - len(fresh))
        messages = [messages[row] for row in fresh.tolist()]
        texts = [texts[row] for row in fresh.tolist()]
        frames, when, counts = frames[fresh], repeated(when, fresh), counts[fresh]
    for row in np.flatnonzero(counts).tolist():
        texts[row] = f"{texts[row]}:{counts[row]}"
    columns: dict[str, Values] = {
        "ts_event": when,
        "event_id": pc.binary_join_element_wise(ids(when), pa.array(texts, pa.string()), ":"),
        "side": pa.array(["ask" if m.side == "no" else "bid" for m in messages], pa.string()),
        "price": _price_of_yes(messages),
        "change": quantity([m.delta_fp for m in messages]),
    }
    out.add(BOOK_DELTAS, [m.market_ticker for m in messages], frames, columns)


def _numbered(
    events: Sequence[shapes.DeltaMessage], when: Numbers, texts: Sequence[str], repeats: Repeats
) -> Int64s:
    """How many equal changes came before each; `AGAIN` where this very message did."""

    def text_of(row: int) -> str:
        return f"{events[row].msg.market_ticker}:{texts[row]}"

    def message_of(row: int) -> str:
        return f"{text_of(row)}#{events[row].sid}:{events[row].seq}"

    return repeats.number(when.values, text_of, message_of)


def _price_of_yes(messages: Sequence[shapes.Delta]) -> Numbers:
    """Prices as YES has them; a change of neither side has none."""
    given = price([m.price_dollars for m in messages])
    sides = [m.side for m in messages]
    no = np.array([side == "no" for side in sides], bool)
    given.values = np.where(no, DOLLAR - given.values, given.values)
    if not set(sides) <= {"yes", "no"}:
        for row, side in enumerate(sides):
            if side not in ("yes", "no"):
                given.state[row] = BAD if given.state[row] == OK else given.state[row]
                given.reasons[row] = f"of side {side[:20]!a}"
    return given


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
        ids={},
        signed=False,
    )
    add_events(out, BOOK_SNAPSHOTS, book)


def _in_cents(message: shapes.Snapshot) -> bool:
    new = bytes(message.yes_dollars_fp) + bytes(message.no_dollars_fp)
    return not new and bool(bytes(message.yes) + bytes(message.no))


def _said(messages: Sequence[shapes.Ticker]) -> list[str]:
    """What tickers say: JSON, written as the `bytes` that ids have hashed since there are any."""
    whole = _encoder.encode_lines(messages)
    lines = whole.decode("ascii", "replace").split("\n")[:-1]
    if len(lines) == len(messages) and whole.isascii() and b"\\" not in whole and b"'" not in whole:
        return [f"b'{line}'" for line in lines]
    return [str(_encoder.encode(m)) for m in messages]


_TOP = {
    "bid_price": ("yes_bid_dollars", price),
    "bid_quantity": ("yes_bid_size_fp", quantity),
    "ask_price": ("yes_ask_dollars", price),
    "ask_quantity": ("yes_ask_size_fp", quantity),
}
_STATE = {
    "last_price": ("price_dollars", price),
    "volume_24h": ("volume_fp", amount),
    "quote_volume_24h": ("dollar_volume", notional),
    "open_interest": ("open_interest_fp", amount),
}


def tickers(
    out: Decoded, events: Sequence[shapes.TickerMessage], frames: Int64s, _: Repeats
) -> None:
    """`ticker` → tickers, and quotes and open_interest where it tells them."""
    messages = [e.msg for e in events]
    symbols = Symbols.of([m.market_ticker for m in messages])
    when = _moments([m.ts for m in messages], [m.ts_ms for m in messages])
    head: dict[str, Values] = {
        "ts_event": when,
        "event_id": content_ids(when.values.tolist(), _said(messages)),
    }
    top, state = columns_of(messages, _TOP), columns_of(messages, _STATE)
    out.add(TICKERS, symbols, frames, {**head, **top, **state})
    whole = np.all([top[name].state != NULL for name in ("bid_price", "ask_price")], axis=0)
    out.add_where(QUOTES, symbols, frames, {**head, **with_computed(top)}, whole)
    interest = {**head, "open_interest": state["open_interest"]}
    out.add_told(OPEN_INTEREST, symbols, frames, interest, ("open_interest",))


ROWS: dict[type, Callable[..., None]] = {
    shapes.TradeMessage: trades,
    shapes.DeltaMessage: deltas,
    shapes.SnapshotMessage: snapshots,
    shapes.TickerMessage: tickers,
}


def _moments(exact: Sequence[datetime | int | None], ms: Sequence[int | None]) -> Numbers:
    """µs where the message has them, else its milliseconds, else its seconds."""
    if set(map(type, exact)) == {datetime}:
        return plain(_microseconds(cast(Sequence[datetime], exact)))
    return times([_count(e, m) for e, m in zip(exact, ms, strict=True)])


def _microseconds(moments: Sequence[datetime]) -> Int64s:
    """Since 1970; a moment without a zone is in UTC."""
    try:
        since = [moment - _EPOCH for moment in moments]
    except TypeError:
        since = [moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH for moment in moments]
    found: Int64s = pa.array(since, pa.duration("us")).cast(pa.int64()).to_numpy()
    return found


def _count(exact: datetime | int | None, ms: int | None) -> int | None:
    if isinstance(exact, datetime):
        return int(_microseconds([exact])[0])
    if ms is not None:
        return ms
    return exact * 1000 if exact is not None else None
