"""One small message of every kind that Binance sends, by WebSocket and by REST.

`GOOD`: by routing key, trade 7 of 2 at 1.5, sold at `NOW_MS`. `FRAMES`: by routing key. `ANSWERS`:
by market and route. `ERROR`: an answer that says `Invalid symbol.`
"""

from marketdata_platform_tests.venues.small_frames import NOW_MS, binance

_SIDES = {"b": [["1.5", "2"]], "a": [["1.6", "0"]]}
_OPTION = {"s": "BTC-261225-100000-C", "E": NOW_MS}
_FUTURES = [
    binance("trade", e="trade", T=NOW_MS, t=7, p="1.5", q="2", m=True, X="MARKET"),
    binance("aggTrade", e="aggTrade", T=NOW_MS, a=7, p="1.5", q="2", m=True, f=1, l=3),
    binance("bookTicker", e="bookTicker", u=9, b="1.5", B="2", a="1.6", A="3", T=NOW_MS),
    binance("depth@100ms", e="depthUpdate", U=1, u=2, pu=0, T=NOW_MS, **_SIDES),
    binance(
        "markPrice@1s",
        e="markPriceUpdate",
        E=NOW_MS,
        p="1.5",
        i="1.4",
        P="1.5",
        r="0.0001",
        T=NOW_MS,
    ),
    binance(
        "forceOrder",
        e="forceOrder",
        E=NOW_MS,
        o={
            "s": "BTCUSDT",
            "S": "SELL",
            "q": "2",
            "p": "1.5",
            "T": NOW_MS,
            "X": "FILLED",
            "ap": "1.5",
            "z": "2",
        },
    ),
    {"result": None, "id": 1},
]
_SPOT_TRADE = {"id": 7, "price": "1.5", "qty": "2", "time": NOW_MS, "isBuyerMaker": True}
_AGGREGATE = {"a": 7, "p": "1.5", "q": "2", "f": 1, "l": 3, "T": NOW_MS, "m": True}
_OPTION_TRADE = {
    "id": "7",
    "symbol": "BTC-261225-100000-C",
    "price": "1",
    "qty": "-2",
    "side": -1,
    "time": NOW_MS,
}
_LISTED = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "contractType": "PERPETUAL",
    "pair": "BTCUSDT",
    "onboardDate": NOW_MS,
    "deliveryDate": NOW_MS,
    "contractSize": 100,
    "baseAsset": "BTC",
    "strikePrice": "5",
    "side": "CALL",
    "filters": [
        {"filterType": "PRICE_FILTER", "tickSize": "0.1"},
        {"filterType": "LOT_SIZE", "stepSize": "0.1", "minQty": "0.1"},
    ],
}

GOOD = {
    "BINANCE": binance("trade", e="trade", T=NOW_MS, t=7, p="1.5", q="2", m=True),
    "BINANCE_FUTURES": binance(
        "trade", e="trade", T=NOW_MS, t=7, p="1.5", q="2", m=True, X="MARKET"
    ),
    "BINANCE_DELIVERY": binance(
        "aggTrade", e="aggTrade", T=NOW_MS, a=7, p="1.5", q="2", m=True, f=1, l=3
    ),
    "BINANCE_OPTIONS": binance(
        "trade", e="trade", T=NOW_MS, t="7", p="1.5", q="-2", S="-1", X="MARKET"
    ),
}
FRAMES = {
    "BINANCE": [
        binance("trade", e="trade", E=NOW_MS, T=NOW_MS, t=7, p="1.5", q="2", m=True),
        binance("aggTrade", e="aggTrade", T=NOW_MS, a=7, p="1.5", q="2", m=True, f=1, l=3),
        binance("bookTicker", u=9, b="1.5", B="2", a="1.6", A="3"),
        binance("depth@100ms", e="depthUpdate", E=NOW_MS, U=1, u=2, **_SIDES),
        {"lastUpdateId": 5, "bids": [["1.5", "2"]], "asks": []},
        binance(
            "kline_1m",
            e="kline",
            k={
                "t": 1,
                "T": 2,
                "i": "1m",
                "o": "1",
                "h": "1",
                "l": "1",
                "c": "1",
                "v": "1",
                "x": True,
            },
        ),
    ],
    "BINANCE_FUTURES": _FUTURES,
    "BINANCE_DELIVERY": _FUTURES,
    "BINANCE_OPTIONS": [
        {
            "stream": "x",
            "data": {
                "e": "trade",
                **_OPTION,
                "T": NOW_MS,
                "t": "7",
                "p": "1.5",
                "q": "-2",
                "S": "-1",
            },
        },
        {
            "stream": "x",
            "data": {
                "e": "trade",
                **_OPTION,
                "T": NOW_MS,
                "t": 8,
                "p": "1.5",
                "q": "2",
                "S": "BUY",
                "m": False,
            },
        },
        {
            "stream": "x",
            "data": {
                "e": "24hrTicker",
                **_OPTION,
                "c": "1",
                "V": "2",
                "bo": "1",
                "ao": "2",
                "d": "0.5",
                "v": "9",
            },
        },
        {"stream": "x", "data": {"e": "24hrTicker", **_OPTION, "c": "1", "v": "9.0", "q": "1800"}},
        {
            "stream": "x",
            "data": [
                {
                    "e": "markPrice",
                    **_OPTION,
                    "mp": "1",
                    "i": "9",
                    "bo": "1",
                    "b": "0.6",
                    "vo": "0.7",
                    "d": "0.5",
                    "t": "-1",
                    "g": "0.1",
                    "v": "2",
                    "rf": "0.0",
                }
            ],
        },
        {"stream": "x", "data": [{"e": "openInterest", **_OPTION, "o": "3", "h": "4.5"}]},
        {
            "stream": "x",
            "data": {
                "e": "bookTicker",
                **_OPTION,
                "u": 9,
                "b": "1.5",
                "B": "2",
                "a": "1.6",
                "A": "3",
                "T": NOW_MS,
            },
        },
        {
            "stream": "x",
            "data": {"e": "depthUpdate", **_OPTION, "U": 1, "u": 2, "pu": 0, "T": NOW_MS, **_SIDES},
        },
    ],
}
ANSWERS = {
    ("spot", "trades"): [_SPOT_TRADE],
    ("spot", "historicalTrades"): [_SPOT_TRADE],
    ("spot", "aggTrades"): [_AGGREGATE],
    ("spot", "depth"): {"lastUpdateId": 5, "bids": [["1.5", "2"]], "asks": []},
    ("spot", "exchangeInfo"): {"symbols": [_LISTED]},
    ("futures", "openInterest"): {
        "symbol": "BTCUSDT",
        "openInterest": "5",
        "time": NOW_MS,
    },
    ("futures", "openInterestHist"): [
        {
            "symbol": "BTCUSDT",
            "sumOpenInterest": "5",
            "sumOpenInterestValue": "9",
            "timestamp": NOW_MS,
        }
    ],
    ("futures", "premiumIndex"): {
        "symbol": "BTCUSDT",
        "markPrice": "1.5",
        "indexPrice": "1.4",
        "lastFundingRate": "0.0001",
        "time": NOW_MS,
    },
    ("coin_futures", "fundingRate"): [
        {"symbol": "BTCUSD_PERP", "fundingRate": "0.1", "fundingTime": NOW_MS}
    ],
    ("options", "trades"): [_OPTION_TRADE],
    ("options", "openInterest"): [
        {
            "symbol": "BTC-261225-100000-C",
            "sumOpenInterest": "4",
            "sumOpenInterestUsd": "9",
            "timestamp": str(NOW_MS),
        }
    ],
    ("options", "depth"): {"bids": [["1", "2"]], "asks": [], "T": NOW_MS, "u": 37},
}
ERROR = {"code": -1121, "msg": "Invalid symbol."}
