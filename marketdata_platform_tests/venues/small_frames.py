"""Small frames as the venues write them, one trade of each among them, and their decoding."""

import json

import numpy as np

from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues import VENUES
from marketdata_platform.venues.decoding import decoder_of, routed

NOW = 1_786_310_820_000_000
NOW_MS = NOW // 1000


def decoder(key):
    """The decoder that a routing key leads to, without what other frames left; and its market."""
    venue, market = routed(key)

    def decode(market, frames, received_us, repeats=None):
        held = Repeats() if repeats is None else repeats
        return decoder_of(venue).decode(market, frames, received_us, held)

    return decode, market


DECODERS = {key: decoder(key) for venue in VENUES for key in venue.routing_keys}
kalshi = DECODERS["KALSHI"][0]


def decode(key, *messages):
    decoder, market = DECODERS[key]
    frames = [
        m if isinstance(m, bytes) else json.dumps(m, separators=(",", ":")).encode()
        for m in messages
    ]
    return decoder(market, frames, np.arange(NOW, NOW + len(frames), dtype=np.int64))


def rows(out, dataset):
    return [row for part in out.of(dataset) for row in part.table.to_pylist()]


def binance(stream, **data):
    return {"stream": f"btcusdt@{stream}", "data": {"s": "BTCUSDT", **data}}


def deribit(channel, data):
    return {
        "jsonrpc": "2.0",
        "method": "subscription",
        "params": {"channel": channel, "data": data},
    }


def bybit(topic, data, kind="delta", **more):
    return {"topic": topic, "type": kind, "ts": NOW_MS, "data": data, **more}


def kalshi_message(kind, seq=1, **told):
    return {"type": kind, "sid": 1, "seq": seq, "msg": {"market_ticker": "KX-1", **told}}
