"""A venue made up for tests, as an outside package would add it: nothing of it is numbered, so only
silence tells what is missing. Its decoder is this module.
"""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import numpy as np
import pyarrow as pa

from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, BOOK_SNAPSHOTS
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.bybit import BYBIT
from marketdata_platform.venues.continuity import (
    BookIds,
    Continuity,
    EqualFrames,
    TradeIds,
    TradeOrder,
)
from marketdata_platform.venues.kit.answer_rows import without_rows
from marketdata_platform.venues.kit.book_rows import BookEvents, add_events
from marketdata_platform.venues.kit.book_rules import always_follows
from marketdata_platform.venues.kit.parsing import price, quantity
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rest_answers import no_book_id
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame, times
from marketdata_platform.venues.market import UNITS, Market


def _no_past(one, wanted):
    raise ConfigurationError(f"{one.venue} tells nothing of the past")


QUIET = replace(
    BYBIT,
    name="quiet",
    markets={
        "spot": Market(contract=UNITS, candle_conditions=frozenset(), market_wide=frozenset())
    },
    continuity=Continuity(
        trade_ids=TradeIds.SILENCE,
        book_ids=BookIds.SILENCE,
        book_rules={"spot": always_follows},
        restarts=False,
        dated_snapshots=True,
    ),
    repeats=EqualFrames.SAME,
    trade_order=TradeOrder.ID,
    rest=replace(BYBIT.rest, routes={}, polls=lambda *_: (), book_id=no_book_id, pages=_no_past),
    routing_keys={"QUIET": "spot"},
    aliases={},
    decoder=__name__,
    files=None,
)


class Event(msgspec.Struct):
    """One frame: a trade, a whole book, or what a book's levels are now."""

    kind: str
    symbol: str
    ms: int
    id: str = ""
    price: str = "1"
    bids: msgspec.Raw = msgspec.Raw(b"[]")


def written(kind: str, ms: int, **fields) -> bytes:
    return json.dumps({"kind": kind, "symbol": "QUIET", "ms": ms, **fields}).encode()


def _read(frame: bytes) -> Event:
    try:
        return msgspec.json.decode(frame, type=Event)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(str(error)) from error


def decode(market, frames, received_us, repeats):
    out = Decoded(received_us, lambda symbol: Instrument("quiet", market, symbol))
    numbers, events = read_all(_read, frames, out.reject)
    for number, event in zip(numbers, events, strict=True):
        out.count(event.kind)
        _add(out, event, np.array([number], np.int64))
    return out


def _add(out, event, frames):
    when = times([event.ms])
    if event.kind == "trade":
        columns = {
            "ts_event": when,
            "trade_id": [event.id],
            "price": price([event.price]),
            "quantity": quantity(["1"]),
            "side": ["buy"],
        }
        out.add(TRADES, [event.symbol], frames, columns)
        return
    book = BookEvents(
        symbols=[event.symbol],
        frames=frames,
        ts_event=when,
        event_id=pa.array([f"{event.ms}:{event.kind}"]),
        bids=levels([event.bids]),
        asks=levels([msgspec.Raw(b"[]")]),
        ids={},
        signed=False,
    )
    add_events(out, BOOK_SNAPSHOTS if event.kind == "whole" else BOOK_DELTAS, book)


def decode_answers(stream, bodies, received_us):
    out = Decoded(received_us, lambda symbol: Instrument("quiet", stream.market, symbol))
    return without_rows(out, stream, bodies)
