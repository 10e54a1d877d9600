"""Which channel a recorded frame is of, and whether a subscription means it.

Belongs here: names without pace and depth: who wants `btcusdt@depth@100ms` also takes a recorded
`btcusdt@depth@0ms`. Does not: what is in a frame.
"""

from __future__ import annotations

import re

_STREAM = re.compile(rb'"stream"\s*:\s*"([^"]{1,200})"')
_CHANNEL = re.compile(rb'"channel"\s*:\s*"([^"]{1,200})"')
_TOPIC = re.compile(rb'"topic"\s*:\s*"([^"]{1,200})"')
_TYPE = re.compile(rb'"type"\s*:\s*"(\w{1,40})"')
_TICKER = re.compile(rb'"market_ticker"\s*:\s*"([^"]{1,200})"')
_HEAD = 400  # names stand at the front, or (Bybit's `topic`, Kalshi's ticker) not far behind it


def channel_of_frame(venue: str, frame: bytes) -> str:
    """The channel of a frame, without pace and depth; empty for what is of none: answers,
    heartbeats.
    """
    head = frame[:_HEAD]
    if venue == "kalshi":
        kind, ticker = _TYPE.search(head), _TICKER.search(head)
        if kind is None or ticker is None:
            return ""
        name = "orderbook_delta" if kind[1] == b"orderbook_snapshot" else kind[1].decode()
        return f"{name}.{ticker[1].decode('utf-8', 'replace')}"
    found = {"deribit": _CHANNEL, "bybit": _TOPIC}.get(venue, _STREAM).search(head)
    return "" if found is None else plain_channel(venue, found[1].decode("utf-8", "replace"))


def plain_channel(venue: str, channel: str) -> str:
    """A channel's name without pace and depth."""
    if venue == "binance":
        return "@".join(channel.split("@")[:2])
    if venue == "deribit":
        return ".".join(channel.split(".")[:2])
    if venue == "bybit":
        return f"{channel.partition('.')[0]}.{channel.rpartition('.')[2]}"
    return channel
