"""Bybit v5's REST answers as rows: recent trades, books, tickers, open interest, funding.

Belongs here: the envelope (`retCode`, `result`) and shapes that differ from the topics'. Does not:
lists of instruments (instrument_lists), columns that topics share (rows). A book's `u` by REST
counts the updates of the 1,000-level topic: deltas of other depths do not join it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.datasets.raw_derivatives import FUNDING_RATES, OPEN_INTEREST
from marketdata_platform.core.numbers.text_numbers import numbers
from marketdata_platform.venues.bybit import rows as bybit_rows
from marketdata_platform.venues.bybit.streams import Book, Message, Ticker, Trade
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.parsing import rate
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame, times

Int64s = npt.NDArray[np.int64]


class RecentTrade(msgspec.Struct, gc=False):
    """An entry of `/recent-trade`: `execId` is the topic's `i`."""

    execId: str
    symbol: str
    price: str
    size: str
    side: str
    time: str
    isBlockTrade: bool = False


class RestBook(Book, gc=False):
    """`/orderbook`: the topic's data with its time."""

    ts: int = 0


class Interest(msgspec.Struct, gc=False):
    """An entry of `/open-interest`, of the symbol that the answer names."""

    openInterest: str
    timestamp: str


class Funding(msgspec.Struct, gc=False):
    """An entry of `/funding/history`: what was paid when."""

    symbol: str
    fundingRate: str
    fundingRateTimestamp: str


class _List(msgspec.Struct, gc=False):
    list: msgspec.Raw
    symbol: str = ""


class _Answer(msgspec.Struct, gc=False):
    retCode: int
    retMsg: str = ""
    result: msgspec.Raw = msgspec.Raw()
    time: int = 0


SHAPES: dict[str, Any] = {
    "trades": list[RecentTrade],
    "orderbook": RestBook,
    "tickers": list[Ticker],
    "openInterest": list[Interest],
    "funding": list[Funding],
}
_answer = msgspec.json.Decoder(_Answer)
_list = msgspec.json.Decoder(_List)
_shapes = {name: msgspec.json.Decoder(shape) for name, shape in SHAPES.items()}


def read_result(route: str, body: bytes) -> tuple[Any, str, int]:
    """The typed result of an answer, the symbol that it names beside its list, and its time in ms.

    Raises:
        MalformedFrame: it is an error, or not what the route promises.
    """
    try:
        answer = _answer.decode(body)
        if answer.retCode != 0:
            raise MalformedFrame(
                f"{route} answer: retCode {answer.retCode}: {answer.retMsg[:120]!a}"
            )
        if route == "orderbook":
            return _shapes[route].decode(answer.result), "", answer.time
        found = _list.decode(answer.result)
        return _shapes[route].decode(found.list), found.symbol, answer.time
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        shown = ascii(body[:80].decode("utf-8", "replace"))
        raise MalformedFrame(f"{route} answer: {error}: {shown}") from error


def add_answers(out: Decoded, route: str, bodies: Sequence[bytes], symbol: str) -> None:
    """Add the rows of answers of one of `SHAPES`; `symbol` is the question's."""
    read, answers = read_all(lambda body: read_result(route, body), bodies, out.reject)
    if answers:
        out.count(route, len(answers))
        _ROWS[route](out, answers, np.array(read, np.int64), symbol)


Answers = Sequence[tuple[Any, str, int]]


def _flat(answers: Answers, frames: Int64s) -> tuple[list[Any], Int64s]:
    return [e for a in answers for e in a[0]], np.repeat(frames, [len(a[0]) for a in answers])


def _trades(out: Decoded, answers: Answers, frames: Int64s, _: str) -> None:
    messages = [
        Message(
            "publicTrade",
            "snapshot",
            0,
            [
                Trade(ms(t.time) or 0, t.symbol, t.side, t.size, t.price, t.execId, t.isBlockTrade)
                for t in found
            ],
        )
        for found, _, _ in answers
    ]
    if any(message.data for message in messages):
        bybit_rows.trades(out, messages, frames)


def _books(out: Decoded, answers: Answers, frames: Int64s, _: str) -> None:
    messages = [Message("orderbook", "snapshot", book.ts, book) for book, _, _ in answers]
    bybit_rows.books(out, messages, frames)


def _tickers(out: Decoded, answers: Answers, frames: Int64s, _: str) -> None:
    messages = [
        Message("tickers", "snapshot", when, ticker)
        for found, _, when in answers
        for ticker in found
    ]
    if messages:
        bybit_rows.tickers(
            out, messages, np.repeat(frames, [len(found) for found, _, _ in answers])
        )


def _interest(out: Decoded, answers: Answers, frames: Int64s, symbol: str) -> None:
    found, of = _flat(answers, frames)
    symbols = [named or symbol for entries, named, _ in answers for _ in entries]
    moments = [ms(e.timestamp) for e in found]
    columns = {
        "ts_event": times(moments),
        "event_id": content_ids([m or 0 for m in moments], ["openInterest"] * len(found)),
        "open_interest": numbers([e.openInterest for e in found]),
    }
    out.add(OPEN_INTEREST, symbols, of, columns)


def _funding(out: Decoded, answers: Answers, frames: Int64s, _: str) -> None:
    found, of = _flat(answers, frames)
    moments = [ms(e.fundingRateTimestamp) for e in found]
    columns = {
        "ts_event": times(moments),
        "event_id": content_ids([m or 0 for m in moments], ["funding"] * len(found)),
        "rate": rate([e.fundingRate for e in found]),
    }
    out.add(FUNDING_RATES, [e.symbol for e in found], of, columns)


_ROWS: dict[str, Callable[[Decoded, Answers, Int64s, str], None]] = {
    "trades": _trades,
    "orderbook": _books,
    "tickers": _tickers,
    "openInterest": _interest,
    "funding": _funding,
}


def ms(text: str) -> int | None:
    """Milliseconds written as text; None where it is no count."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
