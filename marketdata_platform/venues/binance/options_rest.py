"""REST answers of Binance options whose shape is not that of futures: trades, open interest, books.

Belongs here: those shapes. Does not: what options share with futures (rest), streams
(binance_options). An option's trade by REST writes the taker's side as a number, and a sell as a
negative quantity in the older form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.datasets.model import NOTIONAL
from marketdata_platform.core.datasets.raw_derivatives import OPEN_INTEREST
from marketdata_platform.core.numbers.text_numbers import counts, numbers
from marketdata_platform.venues.binance import options as binance_options
from marketdata_platform.venues.binance import rest
from marketdata_platform.venues.binance.streams import DepthSnapshot, Levels
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame, times

Int64s = npt.NDArray[np.int64]


class Trade(msgspec.Struct, gc=False):
    """An entry of `/trades` and `/historicalTrades`; `side` -1: the taker sold."""

    id: int | str
    symbol: str
    price: str
    qty: str
    time: int
    side: int | str | None = None


class Interest(msgspec.Struct, gc=False):
    """An entry of `/openInterest`: of every strike of the underlying's expiration."""

    symbol: str
    sumOpenInterest: str
    timestamp: int | str
    sumOpenInterestUsd: str | None = None


class Depth(msgspec.Struct, gc=False):
    """`/depth`: the update id is `lastUpdateId`, in the older form `u`."""

    bids: Levels
    asks: Levels
    T: int | None = None
    lastUpdateId: int | None = None
    u: int | None = None


SHAPES: dict[str, Any] = {
    "trades": list[Trade],
    "historicalTrades": list[Trade],
    "openInterest": list[Interest],
    "depth": Depth,
}
_decoders = {name: msgspec.json.Decoder(shape) for name, shape in SHAPES.items()}


def add_answers(out: Decoded, route: str, bodies: Sequence[bytes], symbol: str) -> None:
    """Add the rows of answers of one of `SHAPES`; `symbol` is the question's."""
    read, answers = read_all(partial(_read, route), bodies, out.reject)
    if answers:
        out.count(route, len(answers))
        _ROWS[route](out, answers, np.array(read, np.int64), symbol)


def _read(route: str, body: bytes) -> Any:
    try:
        answer = _decoders[route].decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        shown = ascii(body[:80].decode("utf-8", "replace"))
        raise MalformedFrame(f"{route} answer: {error}: {shown}") from error
    if isinstance(answer, Depth) and answer.lastUpdateId is None and answer.u is None:
        raise MalformedFrame("depth answer has no update id")
    return answer


def _flat(answers: Sequence[list[Any]], frames: Int64s) -> tuple[list[Any], Int64s]:
    return [e for a in answers for e in a], np.repeat(frames, [len(a) for a in answers])


def _trades(out: Decoded, answers: Sequence[list[Trade]], frames: Int64s, _: str) -> None:
    found, of = _flat(answers, frames)
    events = [
        binance_options.OptionTrade(
            t.symbol, t.id, t.price, t.qty, t.time, S=None if t.side is None else str(t.side)
        )
        for t in found
    ]
    if events:
        binance_options.trades(out, events, of)


def _interest(out: Decoded, answers: Sequence[list[Interest]], frames: Int64s, symbol: str) -> None:
    """With a `symbol` asked for, only that one: the answer has every strike."""
    found, of = _flat(answers, frames)
    rows = [row for row, e in enumerate(found) if not symbol or e.symbol == symbol]
    found, of = [found[row] for row in rows], of[rows]
    moments = [_count(e.timestamp) for e in found]
    columns = {
        "ts_event": times(moments),
        "sequence": counts(moments, "time"),
        "open_interest": numbers([e.sumOpenInterest for e in found]),
        "value": numbers([e.sumOpenInterestUsd for e in found], scale=NOTIONAL.scale),
    }
    out.add(OPEN_INTEREST, [e.symbol for e in found], of, columns)


def _books(out: Decoded, answers: Sequence[Depth], frames: Int64s, symbol: str) -> None:
    books = [
        DepthSnapshot(
            a.u if a.lastUpdateId is None else a.lastUpdateId,  # type: ignore[arg-type]
            a.bids,
            a.asks,
            a.T,
        )
        for a in answers
    ]
    rest.snapshots(out, books, frames, symbol)


_ROWS: dict[str, Callable[[Decoded, Sequence[Any], Int64s, str], None]] = {
    "trades": _trades,
    "historicalTrades": _trades,
    "openInterest": _interest,
    "depth": _books,
}


def _count(moment: int | str) -> int | None:
    text = str(moment)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
