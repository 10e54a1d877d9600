"""Small frames in Coinbase's shape, and its replies."""

import json

from marketdata_platform_tests.venues.stream_examples import Heard, StreamExamples, text

NOW_US = 1_786_310_820_123_456
TIME = "2026-08-09T21:27:00.123456Z"


def match(number, kind="match", product="BTC-USD", time=TIME, **more):
    """A trade; the maker bought."""
    told = {"side": "buy", "size": "2", "price": "1.5", **more}
    orders = {"maker_order_id": "m", "taker_order_id": "t"}
    ids = {"product_id": product, "sequence": number * 7, "time": time}
    return {"type": kind, "trade_id": number, **orders, **told, **ids}


def snapshot(product="BTC-USD", **sides):
    return {"type": "snapshot", "product_id": product, "asks": [], "bids": [], **sides}


def update(*changes, product="BTC-USD", time=TIME):
    return {"type": "l2update", "product_id": product, "changes": [*changes], "time": time}


def ticker(**more):
    top = {"best_bid": "1.4", "best_bid_size": "3", "best_ask": "1.6", "best_ask_size": "4"}
    day = {"open_24h": "1", "volume_24h": "9.5", "low_24h": "0.5", "high_24h": "2"}
    last = {"price": "1.5", "side": "buy", "time": TIME, "trade_id": 7, "last_size": "2"}
    ids = {"sequence": 49, "product_id": "BTC-USD"}
    return {"type": "ticker", **ids, **last, **top, **day, **more}


def _answer(message, unknown):
    if wrong := [name for name in message.channels if name in unknown]:
        reason = f"{wrong[0].partition(':')[2]} is not a valid product"
        return text({"type": "error", "message": "Failed to subscribe", "reason": reason})
    asked = json.loads(message.payload)
    name = {"level2_batch": "level2_50"}.get(asked["channels"][0], asked["channels"][0])
    listed = [
        {"name": "heartbeat", "product_ids": ["X-1"]},  # of another message of the connection
        {"name": name, "product_ids": asked["product_ids"], "account_ids": None},
    ]
    return text({"type": "subscriptions", "channels": listed})


STREAMS = StreamExamples(
    instrument="coinbase:spot:BTC-USD",
    other="coinbase:spot:ETH-USD",
    odd="coinbase:spot:00-USD",
    heard=(
        Heard(
            dataset="trades",
            frames=(text(match(6, "last_match")), text(match(7)), text(match(8))),
            ids=(6, 7, 8),
            moment_us=NOW_US,
        ),
        Heard(
            dataset="book_deltas",
            frames=(text(snapshot()), text(update(["buy", "1.5", "2"]))),
            moment_us=NOW_US,
        ),
        Heard(dataset="quotes", frames=(text(ticker()),), moment_us=NOW_US),
    ),
    answer=_answer,
    silent=False,
)
