"""One small message of every kind that a venue sends, by WebSocket and by REST: what fuzzing begins
from.
"""

import json

from marketdata_platform_tests.venues.small_frames import (
    NOW_MS,
    binance,
    bybit,
    deribit,
    kalshi_message,
)

_SIDES = {"b": [["1.5", "2"]], "a": [["1.6", "0"]]}
_DERIBIT_TOP = {
    "best_bid_price": 1.5,
    "best_bid_amount": 2.0,
    "best_ask_price": 1.6,
    "best_ask_amount": 0.0,
}
_DERIBIT_TRADE = {
    "timestamp": NOW_MS,
    "price": 1.5,
    "amount": 2.0,
    "direction": "sell",
    "trade_seq": 7,
    "instrument_name": "BTC-PERPETUAL",
    "trade_id": "7",
    "liquidation": "MT",
}
_DERIBIT_TICKER = {
    "timestamp": NOW_MS,
    "instrument_name": "BTC-25DEC26-100000-C",
    **_DERIBIT_TOP,
    "mark_price": 0.01,
    "index_price": 1.5,
    "last_price": 0.02,
    "open_interest": 5.5,
    "mark_iv": 65.2,
    "bid_iv": 0.0,
    "ask_iv": 66.0,
    "underlying_price": 1.5,
    "underlying_index": "SYN",
    "interest_rate": 0.0,
    "greeks": {"delta": 0.5, "gamma": 0.1, "vega": 1.0, "theta": -1.0, "rho": 0.1},
    "stats": {"volume": 3.0, "high": 0.02, "low": 0.01},
}
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
    "DERIBIT": [
        deribit("trades.BTC-PERPETUAL.100ms", [_DERIBIT_TRADE]),
        deribit(
            "book.BTC-PERPETUAL.100ms",
            {
                "timestamp": NOW_MS,
                "type": "change",
                "instrument_name": "BTC-PERPETUAL",
                "change_id": 5,
                "prev_change_id": 4,
                "bids": [["new", 1.5, 2.0]],
                "asks": [["delete", 1.6, 0.0]],
            },
        ),
        deribit(
            "quote.BTC-PERPETUAL",
            {"timestamp": NOW_MS, "instrument_name": "BTC-PERPETUAL", **_DERIBIT_TOP},
        ),
        deribit("ticker.BTC-25DEC26-100000-C.100ms", _DERIBIT_TICKER),
        deribit(
            "ticker.BTC-PERPETUAL.100ms",
            {
                **_DERIBIT_TICKER,
                "instrument_name": "BTC-PERPETUAL",
                "current_funding": 1e-6,
                "funding_8h": -2e-5,
                "estimated_delivery_price": 1.5,
            },
        ),
        deribit(
            "deribit_price_index.btc_usd",
            {"timestamp": NOW_MS, "index_name": "btc_usd", "price": 1.5},
        ),
        {"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": "test_request"}},
        {"jsonrpc": "2.0", "id": 1, "result": ["trades.BTC-PERPETUAL.100ms"]},
    ],
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
    ],
    "KALSHI": [
        kalshi_message(
            "trade",
            trade_id="7",
            yes_price_dollars="0.5",
            count_fp="2.00",
            taker_side="no",
            ts_ms=NOW_MS,
        ),
        kalshi_message(
            "orderbook_delta",
            price_dollars="0.45",
            delta_fp="-3.00",
            side="no",
            ts="2026-08-05T04:00:00.1Z",
        ),
        kalshi_message(
            "orderbook_snapshot", yes_dollars_fp=[["0.45", "3.00"]], no_dollars_fp=[["0.5", "1.00"]]
        ),
        kalshi_message(
            "ticker",
            price_dollars="0.45",
            yes_bid_dollars="0.44",
            yes_ask_dollars="0.46",
            volume_fp="9.00",
            open_interest_fp="4.00",
            dollar_volume=5,
            ts=1_786_310_820,
        ),
        {"type": "subscribed", "id": 1, "msg": {"channel": "trade", "sid": 1}},
    ],
}

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
_DERIBIT_LISTED = {
    "instrument_name": "BTC-25DEC26-100000-C",
    "kind": "option",
    "tick_size": 0.0005,
    "is_active": True,
    "strike": 1e5,
    "option_type": "call",
    "creation_timestamp": NOW_MS,
    "expiration_timestamp": NOW_MS,
    "settlement_period": "day",
    "contract_size": 1.0,
    "min_trade_amount": 0.1,
    "base_currency": "BTC",
    "price_index": "btc_usd",
}
_BYBIT_LISTED = {
    "symbol": "BTCUSDT",
    "contractType": "LinearPerpetual",
    "status": "Trading",
    "launchTime": str(NOW_MS),
    "deliveryTime": "0",
    "priceFilter": {"tickSize": "0.1"},
    "lotSizeFilter": {"qtyStep": "0.001", "minOrderQty": "1"},
}
_KALSHI_MARKET = {
    "ticker": "KX-1-T5",
    "event_ticker": "KX-1",
    "close_time": "2026-08-05T04:00:00Z",
    "floor_strike": 5.5,
    "price_ranges": [{"step": "0.01"}],
    "notional_value_dollars": "1.00",
    "open_time": "2026-08-05T03:00:00Z",
    "status": "active",
    "title": "Gold?",
    "result": "yes",
}

ANSWERS = {
    ("binance", "spot", "trades"): [_SPOT_TRADE],
    ("binance", "spot", "historicalTrades"): [_SPOT_TRADE],
    ("binance", "spot", "aggTrades"): [_AGGREGATE],
    ("binance", "spot", "depth"): {"lastUpdateId": 5, "bids": [["1.5", "2"]], "asks": []},
    ("binance", "spot", "exchangeInfo"): {"symbols": [_LISTED]},
    ("binance", "futures", "openInterest"): {
        "symbol": "BTCUSDT",
        "openInterest": "5",
        "time": NOW_MS,
    },
    ("binance", "futures", "openInterestHist"): [
        {
            "symbol": "BTCUSDT",
            "sumOpenInterest": "5",
            "sumOpenInterestValue": "9",
            "timestamp": NOW_MS,
        }
    ],
    ("binance", "futures", "premiumIndex"): {
        "symbol": "BTCUSDT",
        "markPrice": "1.5",
        "indexPrice": "1.4",
        "lastFundingRate": "0.0001",
        "time": NOW_MS,
    },
    ("binance", "coin_futures", "fundingRate"): [
        {"symbol": "BTCUSD_PERP", "fundingRate": "0.1", "fundingTime": NOW_MS}
    ],
    ("binance", "options", "trades"): [_OPTION_TRADE],
    ("binance", "options", "openInterest"): [
        {
            "symbol": "BTC-261225-100000-C",
            "sumOpenInterest": "4",
            "sumOpenInterestUsd": "9",
            "timestamp": str(NOW_MS),
        }
    ],
    ("binance", "options", "depth"): {"bids": [["1", "2"]], "asks": [], "T": NOW_MS, "u": 37},
    ("deribit", "any", "instruments"): {"result": [_DERIBIT_LISTED]},
    ("deribit", "any", "instrument"): {"result": _DERIBIT_LISTED},
    ("deribit", "any", "trades"): {"result": {"trades": [_DERIBIT_TRADE], "has_more": False}},
    ("deribit", "any", "tradesByTime"): {"result": {"trades": [_DERIBIT_TRADE], "has_more": False}},
    ("deribit", "any", "orderbook"): {
        "result": {
            "timestamp": NOW_MS,
            "instrument_name": "BTC-PERPETUAL",
            "change_id": 5,
            "bids": [[1.5, 2.0]],
            "asks": [],
        }
    },
    ("deribit", "any", "ticker"): {"result": _DERIBIT_TICKER},
    ("bybit", "linear", "instruments"): {"retCode": 0, "result": {"list": [_BYBIT_LISTED]}},
    ("bybit", "linear", "trades"): {
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
    ("bybit", "linear", "orderbook"): {
        "retCode": 0,
        "result": {"s": "BTCUSDT", **_SIDES, "ts": NOW_MS, "u": 5, "seq": 6},
    },
    ("bybit", "linear", "tickers"): {
        "retCode": 0,
        "time": NOW_MS,
        "result": {"list": [{"symbol": "BTCUSDT", "lastPrice": "1.5"}]},
    },
    ("bybit", "linear", "openInterest"): {
        "retCode": 0,
        "result": {
            "symbol": "BTCUSDT",
            "list": [{"openInterest": "7.5", "timestamp": str(NOW_MS)}],
        },
    },
    ("bybit", "linear", "funding"): {
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
    ("kalshi", "event", "series"): {"series": {"ticker": "KX", "title": "Gold"}},
    ("kalshi", "event", "events"): {
        "events": [{"event_ticker": "KX-1", "series_ticker": "KX", "markets": [_KALSHI_MARKET]}]
    },
    ("kalshi", "event", "markets"): {"markets": [_KALSHI_MARKET], "cursor": ""},
    ("kalshi", "event", "trades"): {
        "trades": [
            {
                "trade_id": "t1",
                "ticker": "KX-1-T5",
                "yes_price_dollars": "0.45",
                "count_fp": "3.00",
                "taker_side": "no",
                "created_time": "2026-08-05T04:00:00.123987Z",
            }
        ],
        "cursor": "",
    },
    ("kalshi", "event", "orderbook"): {
        "orderbook_fp": {"yes_dollars": [["0.15", "100.00"]], "no_dollars": [["0.8", "5"]]}
    },
}


def written(message):
    """A message as a venue writes it."""
    return json.dumps(message, separators=(",", ":")).encode()
