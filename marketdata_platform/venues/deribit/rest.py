"""Deribit's REST answers as rows: trades, books, tickers. A route's result has the shape of the
channel's data.

Belongs here: the JSON-RPC envelope and what is in `result`. Does not: lists of instruments
(instrument_lists), columns (rows). `get_order_book` cuts the book at the depth that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.venues.deribit import rows as deribit_rows
from marketdata_platform.venues.deribit.streams import Book, Ticker, Trade
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame

Int64s = npt.NDArray[np.int64]


class Trades(msgspec.Struct, gc=False):
    """Result of both routes of trades; with `has_more` there are others in the range asked for."""

    trades: list[Trade]
    has_more: bool = False


class _Envelope(msgspec.Struct, gc=False):
    result: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


_envelope = msgspec.json.Decoder(_Envelope)
RESULTS: dict[str, Any] = {
    "trades": Trades,
    "tradesByTime": Trades,
    "orderbook": Book,
    "ticker": Ticker,
}
_results = {name: msgspec.json.Decoder(shape) for name, shape in RESULTS.items()}


def read_result(route: str, body: bytes) -> Any:
    """The typed result in an answer.

    Raises:
        MalformedFrame: it is an error, or not what the route promises.
    """
    try:
        answer = _envelope.decode(body)
        if not bytes(answer.result):
            raise MalformedFrame(
                f"{route} answer is no result: {_shown(bytes(answer.error) or body)}"
            )
        return _results[route].decode(answer.result)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"{route} answer: {error}: {_shown(body)}") from error


def add_answers(out: Decoded, route: str, bodies: Sequence[bytes]) -> None:
    """Add the rows of answers of one of `RESULTS`."""
    numbers, results = read_all(lambda body: read_result(route, body), bodies, out.reject)
    if not results:
        return
    frames = np.array(numbers, np.int64)
    out.count(route, len(results))
    if route in ("trades", "tradesByTime"):
        frames = np.repeat(frames, [len(r.trades) for r in results])
        results = [trade for r in results for trade in r.trades]
    if results:
        _ROWS[route](out, results, frames)


_ROWS: dict[str, Callable[[Decoded, Sequence[Any], Int64s], None]] = {
    "trades": deribit_rows.trades,
    "tradesByTime": deribit_rows.trades,
    "orderbook": deribit_rows.books,
    "ticker": deribit_rows.tickers,
}


def _shown(body: bytes) -> str:
    return ascii(body[:200].decode("utf-8", "replace"))
