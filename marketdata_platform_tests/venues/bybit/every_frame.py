"""One small message of every kind that Bybit sends, by WebSocket and by REST.

`GOOD`: by routing key, trade 7 of 2 at 1.5, sold at `NOW_MS`. `FRAMES`: by routing key. `ANSWERS`:
by market and route. `ERROR`: an answer that says `Invalid symbol.`
"""

from marketdata_platform_tests.venues.small_frames import NOW_MS, bybit

_SIDES = {"b": [["1.5", "2"]], "a": [["1.6", "0"]]}
_BYBIT_LISTED = {
    "symbol": "BTCUSDT",
    "contractType": "LinearPerpetual",
    "status": "Trading",
    "launchTime": str(NOW_MS),
    "deliveryTime": "0",
    "priceFilter": {"tickSize": "0.1"},
    "lotSizeFilter": {"qtyStep": "0.001", "minOrderQty": "1"},
}

GOOD = {
    "BYBIT": bybit(
        "publicTrade.BTCUSDT",
        [{"T": NOW_MS, "s": "BTCUSDT", "S": "Sell", "v": "2", "p": "1.5", "i": "7"}],
    )
}
FRAMES = {
    "BYBIT_LINEAR": [
        bybit(
            "publicTrade.BTCUSDT",
            [
                {
                    "T": NOW_MS,
                    "s": "BTCUSDT",
                    "S": "Sell",
                    "v": "2",
                    "p": "1.5",
                    "i": "7",
                    "BT": True,
                }
            ],
        ),
        bybit("orderbook.200.BTCUSDT", {"s": "BTCUSDT", **_SIDES, "u": 5, "seq": 7}),
        bybit(
            "orderbook.200.BTCUSDT", {"s": "BTCUSDT", **_SIDES, "u": 1, "seq": 7}, kind="snapshot"
        ),
        bybit(
            "tickers.BTCUSDT",
            {
                "symbol": "BTCUSDT",
                "lastPrice": "1.5",
                "markPrice": "1.5",
                "indexPrice": "1.4",
                "openInterest": "3",
                "openInterestValue": "4.5",
                "turnover24h": "9",
                "volume24h": "6",
                "nextFundingTime": str(NOW_MS),
                "fundingRate": "-0.0001",
                "bid1Price": "1.4",
                "bid1Size": "2",
                "ask1Price": "1.6",
                "ask1Size": "3",
            },
            cs=77,
        ),
        bybit("tickers.BTCUSDT", {"symbol": "BTCUSDT", "lastPrice": "1.5"}, kind="snapshot"),
        bybit(
            "allLiquidation.BTCUSDT",
            [{"T": NOW_MS, "s": "BTCUSDT", "S": "Buy", "v": "2", "p": "1.5"}],
        ),
        {"success": True, "op": "subscribe", "req_id": "1"},
    ]
}
ANSWERS = {
    ("linear", "instruments"): {"retCode": 0, "result": {"list": [_BYBIT_LISTED]}},
    ("linear", "trades"): {
        "retCode": 0,
        "result": {
            "list": [
                {
                    "execId": "u",
                    "symbol": "BTCUSDT",
                    "price": "1.5",
                    "size": "2",
                    "side": "Sell",
                    "time": str(NOW_MS),
                },
            ]
        },
    },
    ("linear", "orderbook"): {
        "retCode": 0,
        "result": {"s": "BTCUSDT", **_SIDES, "ts": NOW_MS, "u": 5, "seq": 6},
    },
    ("linear", "tickers"): {
        "retCode": 0,
        "time": NOW_MS,
        "result": {"list": [{"symbol": "BTCUSDT", "lastPrice": "1.5"}]},
    },
    ("linear", "openInterest"): {
        "retCode": 0,
        "result": {
            "symbol": "BTCUSDT",
            "list": [{"openInterest": "7.5", "timestamp": str(NOW_MS)}],
        },
    },
    ("linear", "funding"): {
        "retCode": 0,
        "result": {
            "list": [
                {
                    "symbol": "BTCUSDT",
                    "fundingRate": "-0.0001",
                    "fundingRateTimestamp": str(NOW_MS),
                },
            ]
        },
    },
}
ERROR = {"retCode": 10001, "retMsg": "Invalid symbol.", "result": {}}
