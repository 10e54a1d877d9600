"""Kalshi: names of its channels, and what is said to subscribe to them.

Belongs here: channel names, messages, replies. Does not: limits (endpoints), frames of channels
(readers), the signed handshake (keys).

Kalshi names a kind of channel and the market tickers apart; here a channel's unique name is both:
`orderbook_delta:KXGOLD15M-…`. A message asks for one kind, so that each message has one reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.endpoint import endpoint_among
from marketdata_platform.venues.kalshi.endpoints import ENDPOINTS
from marketdata_platform.venues.kit.replies import (
    accepted,
    complained,
    number_in,
    object_in,
    one_line,
)
from marketdata_platform.venues.kit.subscribing import in_messages, template_of
from marketdata_platform.venues.stream_rules import Message, Reply

_TICKER = "ticker:{}"
_CHANNELS = {
    "event": {
        "trades": "trade:{}",
        "book_deltas": "orderbook_delta:{}",
        "book_snapshots": "orderbook_delta:{}",
        "tickers": _TICKER,
        "quotes": _TICKER,
        "open_interest": _TICKER,
    }
}


def channel_of(instrument: Instrument, dataset: str) -> str:
    """See `Streams.channel_of`."""
    return template_of(_CHANNELS, instrument, dataset).replace("{}", instrument.symbol)


def subscribe(market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    """See `Streams.subscribe`."""
    most = endpoint_among(ENDPOINTS, "kalshi", market).arguments
    by_kind: dict[str, list[str]] = {}
    for channel in channels:
        by_kind.setdefault(channel.partition(":")[0], []).append(channel)
    messages: list[Message] = []
    for same_kind in by_kind.values():
        messages += in_messages(same_kind, first_id + len(messages), most, _subscription)
    return messages


def _subscription(channels: Sequence[str], number: int) -> dict[str, Any]:
    kind = channels[0].partition(":")[0]
    tickers = [channel.partition(":")[2] for channel in channels]
    params = {"channels": [kind], "market_tickers": tickers}
    return {"id": number, "cmd": "subscribe", "params": params}


def unsubscribe(
    market: str, channels: Sequence[str], first_id: int, sids: Mapping[str, int]
) -> list[Message]:
    """See `Streams.unsubscribe`. A subscription ends with all of its channels, by its `sid`; one
    that no frame told cannot be ended.
    """
    known = sorted((channel for channel in channels if channel in sids), key=sids.__getitem__)

    def payload(part: Sequence[str], number: int) -> dict[str, Any]:
        ended = list(dict.fromkeys(sids[channel] for channel in part))
        return {"id": number, "cmd": "unsubscribe", "params": {"sids": ended}}

    # All in one message: a subscription whose channels were in two would be ended twice.
    return in_messages(known, first_id, max(len(known), 1), payload)


def reply(frame: bytes) -> Reply | None:
    """See `Streams.reply`."""
    answer = object_in(frame)
    if answer is None:
        return None
    number, kind, told = number_in(answer.get("id")), answer.get("type"), answer.get("msg")
    if kind == "error":
        complaint = told if isinstance(told, dict) else answer
        return complained(number, one_line(complaint, "code", "msg"))
    done = kind in ("subscribed", "unsubscribed", "ok")
    return accepted(number) if done and number is not None else None
