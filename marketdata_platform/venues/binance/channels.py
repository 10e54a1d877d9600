"""Binance: names of its channels, and what is said to subscribe to them.

Belongs here: channel names, messages, replies. Does not: limits (endpoints), frames of channels
(readers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.binance.endpoints import ENDPOINTS
from marketdata_platform.venues.endpoint import endpoint_among
from marketdata_platform.venues.kit.replies import (
    accepted,
    complained,
    number_in,
    object_in,
    one_line,
)
from marketdata_platform.venues.kit.subscribing import in_messages, template_of
from marketdata_platform.venues.stream_rules import Message, Reply

_SPOT = {
    "trades": "{}@trade",
    "trades@aggTrade": "{}@aggTrade",
    "quotes": "{}@bookTicker",
    "book_deltas": "{}@depth@100ms",
}
_FUTURES = {
    **_SPOT,
    "funding_rates": "{}@markPrice@1s",
    "index_prices": "{}@markPrice@1s",
    "liquidations": "{}@forceOrder",
}
# `{underlying}` and `{expiry}` are of the option: btcusdt and 261225 of BTC-261225-100000-C.
_OPTIONS = {
    "trades": "{}@optionTrade",
    "quotes": "{}@bookTicker",
    "book_deltas": "{}@depth@100ms",
    "options_tickers": "{underlying}@optionMarkPrice",
    "index_prices": "{underlying}@optionMarkPrice",
    "open_interest": "{underlying}@openInterest@{expiry}",
}
_CHANNELS = {"spot": _SPOT, "futures": _FUTURES, "coin_futures": _FUTURES, "options": _OPTIONS}


def channel_of(instrument: Instrument, dataset: str) -> str:
    """See `Streams.channel_of`. Streams are named in lower case; those of options partly by
    underlying and expiry.
    """
    template = template_of(_CHANNELS, instrument, dataset)
    symbol = instrument.symbol.lower()
    base, _, rest = symbol.partition("-")
    named = template.replace("{underlying}", f"{base}usdt")
    return named.replace("{expiry}", rest.partition("-")[0]).replace("{}", symbol)


def subscribe(market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    """See `Streams.subscribe`."""
    return _messages("SUBSCRIBE", market, channels, first_id)


def unsubscribe(
    market: str, channels: Sequence[str], first_id: int, sids: Mapping[str, int]
) -> list[Message]:
    """See `Streams.unsubscribe`."""
    return _messages("UNSUBSCRIBE", market, channels, first_id)


def _messages(method: str, market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    def payload(part: Sequence[str], number: int) -> dict[str, Any]:
        return {"method": method, "params": part, "id": number}

    most = endpoint_among(ENDPOINTS, "binance", market).arguments
    return in_messages(channels, first_id, most, payload)


def reply(frame: bytes) -> Reply | None:
    """See `Streams.reply`. A stream that does not exist is accepted, and silent."""
    answer = object_in(frame)
    if answer is None:
        return None
    number = number_in(answer.get("id"))
    error = answer.get("error")
    if isinstance(error, dict):
        return complained(number, one_line(error, "code", "msg"))
    if "code" in answer and "msg" in answer and "data" not in answer:
        return complained(number, one_line(answer, "code", "msg"))
    return accepted(number) if "result" in answer and number is not None else None
