"""One small message of every kind that Coinbase sends, by WebSocket and by REST.

`GOOD`: by routing key, trade 7 of 2 at 1.5, sold at `NOW_MS`. `FRAMES`: by routing key. `ANSWERS`:
by market and route. `ERROR`: an answer that says `Invalid symbol.`
"""

from marketdata_platform.core.window import from_us
from marketdata_platform_tests.venues.coinbase.small_frames import match, snapshot, ticker, update
from marketdata_platform_tests.venues.small_frames import NOW_MS

_TIME = from_us(NOW_MS * 1_000).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
_PRODUCT = {
    "id": "BTC-USD",
    "base_currency": "BTC",
    "quote_currency": "USD",
    "quote_increment": "0.01",
    "base_increment": "0.00000001",
    "base_min_size": "0.0001",
    "min_market_funds": "1",
    "status": "online",
    "trading_disabled": False,
}

GOOD = {"COINBASE": match(7, time=_TIME)}
FRAMES = {
    "COINBASE": [
        match(7, time=_TIME),
        match(6, "last_match"),
        snapshot(bids=[["1.5", "2"]], asks=[["1.6", "3"]]),
        update(["buy", "1.5", "2"], ["sell", "1.6", "0.00"], ["buy", "1.5", "3"]),
        ticker(),
        {"type": "subscriptions", "channels": [{"name": "matches", "product_ids": ["BTC-USD"]}]},
        {"type": "heartbeat", "last_trade_id": 7, "product_id": "BTC-USD", "sequence": 1},
    ]
}
ANSWERS = {
    ("spot", "products"): [_PRODUCT],
    ("spot", "product"): _PRODUCT,
    ("spot", "trades"): [
        {"time": _TIME, "trade_id": 7, "price": "1.5", "size": "2", "side": "buy"},
        {"time": _TIME, "trade_id": 6, "price": "1.4", "size": "1", "side": "sell"},
    ],
}
ERROR = {"message": "Invalid symbol."}
