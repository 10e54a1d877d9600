"""Deribit: names of its channels, and what is said to subscribe to them.

Belongs here: channel names, messages, replies. Does not: limits (endpoints), frames of channels
(readers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.deribit.endpoints import ENDPOINTS, TEST
from marketdata_platform.venues.endpoint import ANY_MARKET, endpoint_among
from marketdata_platform.venues.kit.replies import (
    accepted,
    complained,
    number_in,
    object_in,
    one_line,
)
from marketdata_platform.venues.kit.subscribing import in_messages, template_of
from marketdata_platform.venues.stream_rules import Message, Reply

_TICKER = "ticker.{}.100ms"
_USUAL = {
    "trades": "trades.{}.100ms",
    "quotes": "quote.{}",
    "book_deltas": "book.{}.100ms",
    "book_snapshots": "book.{}.100ms",
    "liquidations": "trades.{}.100ms",
    "tickers": _TICKER,
    "options_tickers": _TICKER,
    "open_interest": _TICKER,
    "funding_rates": _TICKER,
    "index_prices": _TICKER,
}
_CHANNELS = {"index": dict.fromkeys(_USUAL, "deribit_price_index.{}"), ANY_MARKET: _USUAL}

GREETINGS = (b'{"jsonrpc":"2.0","id":0,"method":"public/set_heartbeat","params":{"interval":10}}',)


def channel_of(instrument: Instrument, dataset: str) -> str:
    """See `Streams.channel_of`."""
    return template_of(_CHANNELS, instrument, dataset).replace("{}", instrument.symbol)


def subscribe(market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    """See `Streams.subscribe`."""
    return _messages("public/subscribe", market, channels, first_id)


def unsubscribe(
    market: str, channels: Sequence[str], first_id: int, sids: Mapping[str, int]
) -> list[Message]:
    """See `Streams.unsubscribe`."""
    return _messages("public/unsubscribe", market, channels, first_id)


def _messages(method: str, market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    def payload(part: Sequence[str], number: int) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": {"channels": part}}

    most = endpoint_among(ENDPOINTS, "deribit", market).arguments
    return in_messages(channels, first_id, most, payload)


def reply(frame: bytes) -> Reply | None:
    """See `Streams.reply`. The result of a subscription lists what it subscribed to: a channel that
    does not exist is left out. A `test_request` is answered with `public/test`.
    """
    if b'"test_request"' in frame and b'"heartbeat"' in frame:
        return Reply(number=0, confirmed=None, refused=(), said="", answer=TEST)
    answer = object_in(frame)
    if answer is None:
        return None
    number = number_in(answer.get("id"))
    error, result = answer.get("error"), answer.get("result")
    if isinstance(error, dict):
        return complained(number, one_line(error, "code", "message", "data"))
    if number is None or "result" not in answer:
        return None
    return accepted(number, tuple(map(str, result)) if isinstance(result, list) else None)
