"""Binance's REST answers as rows: books to join deltas to, open interest, funding, trades for
repair, instruments.

Belongs here: answers of public market-data routes. Does not: asking for them, or how often one may
(endpoints). An answer does not say of which symbol it is where the question did: `symbol` is the
question's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.model import NOTIONAL
from marketdata_platform.core.datasets.raw_book import BOOK_SNAPSHOTS
from marketdata_platform.core.datasets.raw_derivatives import (
    FUNDING_RATES,
    INDEX_PRICES,
    OPEN_INTEREST,
)
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.numbers.text_numbers import NULL, counts, numbers
from marketdata_platform.venues.binance import rows as binance_rows
from marketdata_platform.venues.binance.instruments import instruments
from marketdata_platform.venues.binance.streams import AggregateTrade, DepthSnapshot
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.column_arrays import Values, plain
from marketdata_platform.venues.kit.parsing import ids, price, quantity, rate
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame, times

Int64s = npt.NDArray[np.int64]


class Trade(msgspec.Struct, gc=False):
    """An entry of `/trades` and `/historicalTrades`."""

    id: int
    price: str
    qty: str
    time: int
    isBuyerMaker: bool


class Aggregate(msgspec.Struct, gc=False):
    """An entry of `/aggTrades`."""

    a: int
    p: str
    q: str
    f: int
    l: int  # noqa: E741 - the exchange's name
    T: int
    m: bool


class OpenInterest(msgspec.Struct, gc=False):
    """`/openInterest`, and an entry of `/futures/data/openInterestHist` (which has sums and a
    value).
    """

    symbol: str = ""
    openInterest: str | None = None
    sumOpenInterest: str | None = None
    sumOpenInterestValue: str | None = None
    time: int | None = None
    timestamp: int | None = None


class Funding(msgspec.Struct, gc=False):
    """An entry of `/fundingRate`, and `/premiumIndex`."""

    symbol: str
    fundingRate: str | None = None
    fundingTime: int | None = None
    lastFundingRate: str | None = None
    nextFundingTime: int | None = None
    markPrice: str | None = None
    indexPrice: str | None = None
    estimatedSettlePrice: str | None = None
    time: int | None = None


ANSWERS: dict[str, Any] = {
    "depth": DepthSnapshot,
    "trades": list[Trade],
    "aggTrades": list[Aggregate],
    "openInterest": Any,
    "fundingRate": Any,
    "premiumIndex": Any,
    "exchangeInfo": Any,
}
_decoders = {name: msgspec.json.Decoder(shape) for name, shape in ANSWERS.items()}


def decode_rest(
    market: str,
    route: str,
    bodies: Sequence[bytes],
    received_us: Sequence[int] | Int64s,
    *,
    symbol: str = "",
) -> Decoded:
    """Rows of answers of one route, named as in `ANSWERS` (the last part of its path; historical
    ones as well).

    An answer that is an error (`{"code":…,"msg":…}`) is refused with what it says.
    """
    out = Decoded(np.asarray(received_us, np.int64), partial(Instrument, "binance", market))
    numbers_, answers = read_all(partial(_read, route), bodies, out.reject)
    if answers:
        out.count(route, len(answers))
        _ROWS[route](out, answers, np.array(numbers_, np.int64), symbol)
    return out


def _read(route: str, body: bytes) -> Any:
    try:
        return _decoders[route].decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(
            f"{route} answer: {error}: {body[:80].decode('utf-8', 'replace')!a}"
        ) from error


def snapshots(out: Decoded, answers: Sequence[DepthSnapshot], frames: Int64s, symbol: str) -> None:
    """`/depth` → book_snapshots; spot gives no time, so its snapshots are dated by their
    receipt.
    """
    last = counts([a.lastUpdateId for a in answers], "lastUpdateId")
    when = times([a.T or a.E for a in answers])
    book = BookEvents(
        symbols=[symbol] * len(answers),
        frames=frames,
        ts_event=when if (when.state != NULL).all() else plain(out.received_us[frames]),
        event_id=ids(last),
        bids=levels([a.bids for a in answers]),
        asks=levels([a.asks for a in answers]),
        ids={"update_id": last},
        signed=False,
    )
    add_events(out, BOOK_SNAPSHOTS, book)


def _flat(answers: Sequence[Any], frames: Int64s) -> tuple[list[Any], Int64s]:
    return [e for a in answers for e in a], np.repeat(frames, [len(a) for a in answers])


def trades(out: Decoded, answers: Sequence[Any], frames: Int64s, symbol: str) -> None:
    """`/trades` → trades."""
    found, of = _flat(answers, frames)
    sequence = counts([t.id for t in found], "trade id")
    columns = {
        "ts_event": times([t.time for t in found]),
        "sequence": sequence,
        "trade_id": ids(sequence),
        "price": price([t.price for t in found]),
        "quantity": quantity([t.qty for t in found]),
        "side": binance_rows.sides([t.isBuyerMaker for t in found]),
    }
    out.add(TRADES, [symbol] * len(found), of, columns)


def aggregates(out: Decoded, answers: Sequence[Any], frames: Int64s, symbol: str) -> None:
    """`/aggTrades` → trades, as the stream of the same name."""
    found, of = _flat(answers, frames)
    events = [AggregateTrade(symbol, t.a, t.p, t.q, t.f, t.l, t.T, t.m) for t in found]
    binance_rows.aggregates(out, events, of)


def open_interest(out: Decoded, answers: Sequence[Any], frames: Int64s, symbol: str) -> None:
    """`/openInterest` and `/openInterestHist` → open_interest."""
    found, of = _converted(out, answers, frames, OpenInterest)
    moments = [a.time or a.timestamp for a in found]
    columns: dict[str, Values] = {
        "ts_event": times(moments),
        "sequence": counts(moments, "time"),
        # A sum over five minutes is another observation than the state of the same millisecond.
        "event_id": [
            f"{m}:5m" if a.sumOpenInterest else str(m) for a, m in zip(found, moments, strict=True)
        ],
        "open_interest": numbers([a.openInterest or a.sumOpenInterest for a in found]),
        "value": numbers([a.sumOpenInterestValue for a in found], scale=NOTIONAL.scale),
    }
    out.add(OPEN_INTEREST, [a.symbol or symbol for a in found], of, columns)


def funding(out: Decoded, answers: Sequence[Any], frames: Int64s, symbol: str) -> None:
    """`/fundingRate` (paid) and `/premiumIndex` (announced, with prices) → funding_rates and
    index_prices.
    """
    found, of = _converted(out, answers, frames, Funding)
    moments = [a.time or a.fundingTime for a in found]
    symbols = [a.symbol for a in found]
    head = {"ts_event": times(moments), "sequence": counts(moments, "time")}
    mark, index = price([a.markPrice for a in found]), price([a.indexPrice for a in found])
    columns = {
        **head,
        "rate": rate([a.fundingRate or a.lastFundingRate for a in found]),
        "mark_price": mark,
        "index_price": index,
        "next_funding_time": times([a.nextFundingTime for a in found]),
    }
    out.add_where(FUNDING_RATES, symbols, of, columns, columns["rate"].state != NULL)
    settle = price([a.estimatedSettlePrice for a in found])
    prices = {**head, "mark_price": mark, "index_price": index, "settle_price": settle}
    out.add_where(INDEX_PRICES, symbols, of, prices, index.state != NULL)


def _converted(
    out: Decoded, answers: Sequence[Any], frames: Int64s, shape: Any
) -> tuple[list[Any], Int64s]:
    """The entries of answers that are one object or a list of them; what is neither is refused."""
    found, of = [], []
    for answer, frame in zip(answers, frames.tolist(), strict=True):
        try:
            entries = msgspec.convert(answer if isinstance(answer, list) else [answer], list[shape])
        except msgspec.ValidationError as error:
            out.reject(frame, f"answer: {error}")
            continue
        found += entries
        of += [frame] * len(entries)
    return found, np.array(of, np.int64)


_ROWS: dict[str, Callable[[Decoded, Sequence[Any], Int64s, str], None]] = {
    "depth": snapshots,
    "trades": trades,
    "aggTrades": aggregates,
    "openInterest": open_interest,
    "fundingRate": funding,
    "premiumIndex": funding,
    "exchangeInfo": instruments,
}
