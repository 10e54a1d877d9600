"""Kalshi's REST answers of trades and order books as rows.

Belongs here: shapes that differ from the channels'. Does not: series, events and markets
(channels), columns that channels share (rows). By REST a trade's time has microseconds, on
the stream milliseconds: it is cut to the stream's, so that both make the same row. Prices in whole
cents (the older form) are refused, not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import Levels, levels
from marketdata_platform.core.datasets.raw_book import BOOK_SNAPSHOTS
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.kalshi import rows as kalshi_rows
from marketdata_platform.venues.kalshi import streams as shapes
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.column_arrays import plain
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame

Int64s = npt.NDArray[np.int64]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class RestTrade(msgspec.Struct, gc=False):
    """An entry of `/markets/trades`."""

    trade_id: str
    ticker: str
    yes_price_dollars: str
    taker_side: str
    created_time: datetime
    count_fp: str | None = None
    count: int | None = None


class Trades(msgspec.Struct, gc=False):
    """`/markets/trades`; `cursor` is empty on the last page."""

    trades: list[RestTrade]
    cursor: str | None = None


class _Sides(msgspec.Struct, gc=False):
    yes_dollars: msgspec.Raw = msgspec.Raw()
    no_dollars: msgspec.Raw = msgspec.Raw()
    yes: msgspec.Raw = msgspec.Raw()
    no: msgspec.Raw = msgspec.Raw()


class OrderBook(msgspec.Struct, gc=False):
    """`/markets/{ticker}/orderbook`: `orderbook_fp` has fixed-point sizes, the older `orderbook`
    whole contracts.
    """

    orderbook_fp: _Sides | None = None
    orderbook: _Sides | None = None

    @property
    def sides(self) -> _Sides:
        """The book in its more exact form."""
        return self.orderbook_fp or self.orderbook or _Sides()


SHAPES: dict[str, Any] = {"trades": Trades, "orderbook": OrderBook}
_shapes = {name: msgspec.json.Decoder(shape) for name, shape in SHAPES.items()}


def read_answer(route: str, body: bytes) -> Any:
    """The typed answer.

    Raises:
        MalformedFrame: it is an error, or not what the route promises.
    """
    try:
        answer = _shapes[route].decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"{route} answer: {error}: {_shown(body)}") from error
    if isinstance(answer, OrderBook):
        _require_book(answer, body)
    return answer


def _require_book(answer: OrderBook, body: bytes) -> None:
    if answer.orderbook_fp is None and answer.orderbook is None:
        raise MalformedFrame(f"orderbook answer has no book: {_shown(body)}")
    sides = answer.sides
    dollars = bytes(sides.yes_dollars) + bytes(sides.no_dollars)
    cents = (bytes(sides.yes) + bytes(sides.no)).replace(b"null", b"")
    if not dollars and cents:
        raise MalformedFrame("orderbook answer has levels in whole cents only: they are not read")


def add_answers(out: Decoded, route: str, bodies: Sequence[bytes], symbol: str) -> None:
    """Add the rows of answers of one of `SHAPES`; `symbol` is the question's."""
    read, answers = read_all(partial(read_answer, route), bodies, out.reject)
    if not answers:
        return
    out.count(route, len(answers))
    frames = np.array(read, np.int64)
    if route == "trades":
        _trades(out, answers, frames)
    else:
        _books(out, answers, frames, symbol)


def _trades(out: Decoded, answers: Sequence[Trades], frames: Int64s) -> None:
    messages, of = [], []
    for answer, frame in zip(answers, frames.tolist(), strict=True):
        for trade in answer.trades:
            if trade.created_time.tzinfo is None:
                out.reject(frame, "trades answer: a trade's created_time has no zone", "trades")
                continue
            messages.append(_message(trade))
            of.append(frame)
    if messages:
        kalshi_rows.trades(out, messages, np.array(of, np.int64), Repeats())


def _message(trade: RestTrade) -> shapes.TradeMessage:
    size = trade.count_fp or str(trade.count or "")
    moment = (trade.created_time - _EPOCH) // _MS
    return shapes.TradeMessage(
        0,
        shapes.Trade(
            trade.trade_id, trade.ticker, trade.yes_price_dollars, size, trade.taker_side, moment
        ),
    )


def _books(out: Decoded, answers: Sequence[OrderBook], frames: Int64s, symbol: str) -> None:
    received = out.received_us[frames]
    bids = levels([a.sides.yes_dollars for a in answers])
    asks = levels([a.sides.no_dollars for a in answers])
    book = BookEvents(
        symbols=[symbol] * len(answers),
        frames=frames,
        ts_event=plain(received),
        event_id=pa.array([f"{us}:rest" for us in received.tolist()]),
        bids=bids,
        asks=Levels(kalshi_rows.DOLLAR - asks.price, asks.quantity, asks.count, asks.bad),
        ids={},
        signed=False,
    )
    add_events(out, BOOK_SNAPSHOTS, book)


def _shown(body: bytes) -> str:
    return ascii(body[:200].decode("utf-8", "replace"))
