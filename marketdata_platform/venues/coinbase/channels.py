"""Coinbase Exchange: names of its channels, and what is said to subscribe to them.

Belongs here: channel names, messages, replies. Does not: limits (endpoints), frames of channels
(readers).

Coinbase names a channel and the products apart; here a channel's unique name is both:
`matches:BTC-USD`. A message asks for one channel, so that each message has one reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.coinbase.endpoints import ENDPOINTS
from marketdata_platform.venues.endpoint import endpoint_among
from marketdata_platform.venues.kit.replies import accepted, complained, object_in, one_line
from marketdata_platform.venues.kit.subscribing import in_messages, template_of
from marketdata_platform.venues.stream_rules import Message, Reply

MATCHES, BOOK, TICKER = "matches", "level2_batch", "ticker"
_CHANNELS = {
    "spot": {
        "trades": MATCHES + ":{}",
        "book_deltas": BOOK + ":{}",
        "book_snapshots": BOOK + ":{}",
        "quotes": TICKER + ":{}",
        "tickers": TICKER + ":{}",
    }
}
# What replies call a channel where they do not call it by the name that subscribes to it.
_OTHER_NAMES = {"level2_50": BOOK}


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


def _messages(kind: str, market: str, channels: Sequence[str], first_id: int) -> list[Message]:
    def payload(part: Sequence[str], number: int) -> dict[str, Any]:
        products = [channel.partition(":")[2] for channel in part]
        return {"type": kind, "product_ids": products, "channels": [part[0].partition(":")[0]]}

    most = endpoint_among(ENDPOINTS, "coinbase", market).arguments
    by_name: dict[str, list[str]] = {}
    for channel in channels:
        by_name.setdefault(channel.partition(":")[0], []).append(channel)
    messages: list[Message] = []
    for of_one_name in by_name.values():
        messages += in_messages(of_one_name, first_id + len(messages), most, payload)
    return messages


def reply(frame: bytes) -> Reply | None:
    """See `Streams.reply`. Replies have no numbers: they come in the order of the messages.

    `subscriptions` lists all that the connection has by now. One unknown product refuses the whole
    message.
    """
    answer = object_in(frame)
    if answer is None:
        return None
    if answer.get("type") == "error":
        return complained(None, one_line(answer, "message", "reason"))
    if answer.get("type") != "subscriptions":
        return None
    return accepted(None, confirmed=_listed(answer.get("channels")))


def _listed(channels: Any) -> tuple[str, ...]:
    found: list[str] = []
    for one in channels if isinstance(channels, list) else ():
        if not isinstance(one, dict):
            continue
        name, products = one.get("name"), one.get("product_ids")
        if isinstance(name, str) and isinstance(products, list):
            found += [f"{_OTHER_NAMES.get(name, name)}:{product}" for product in products]
    return tuple(found)
