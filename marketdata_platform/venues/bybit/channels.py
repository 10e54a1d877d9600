"""Bybit: names of its topics, and what is said to subscribe to them.

Belongs here: topic names, messages, replies. Does not: limits (endpoints), frames of topics
(readers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.bybit.endpoints import ENDPOINTS
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
    "trades": "publicTrade.{}",
    "book_deltas": "orderbook.200.{}",
    "book_snapshots": "orderbook.200.{}",
    "tickers": "tickers.{}",
}
_CONTRACTS = {
    **_SPOT,
    "quotes": "tickers.{}",
    "funding_rates": "tickers.{}",
    "index_prices": "tickers.{}",
    "open_interest": "tickers.{}",
    "liquidations": "allLiquidation.{}",
}
_CHANNELS = {"spot": _SPOT, "linear": _CONTRACTS, "inverse": _CONTRACTS}


def channel_of(instrument: Instrument, dataset: str) -> str:
    """See `Streams.channel_of`."""
    return template_of(_CHANNELS, instrument, dataset).replace("{}", instrument.symbol)


def subscribe(market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    """See `Streams.subscribe`."""
    return _messages("subscribe", market, channels, first_id)


def unsubscribe(
    market: str, channels: Sequence[str], first_id: int, sids: Mapping[str, int]
) -> list[Message]:
    """See `Streams.unsubscribe`."""
    return _messages("unsubscribe", market, channels, first_id)


def _messages(op: str, market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    def payload(part: Sequence[str], number: int) -> dict[str, Any]:
        return {"op": op, "args": part, "req_id": str(number)}

    most = endpoint_among(ENDPOINTS, "bybit", market).arguments
    return in_messages(channels, first_id, most, payload)


def reply(frame: bytes) -> Reply | None:
    """See `Streams.reply`. One topic that does not exist makes Bybit refuse the whole message."""
    answer = object_in(frame)
    if answer is None:
        return None
    number = number_in(answer.get("req_id"))
    if answer.get("success") is False:
        return complained(number, one_line(answer, "ret_msg"))
    return accepted(number) if answer.get("success") is True and number is not None else None
