"""One small message of every kind that Deribit sends, by WebSocket and by REST.

`GOOD`: by routing key, trade 7 of 2 at 1.5, sold at `NOW_MS`. `FRAMES`: by routing key. `ANSWERS`:
by market and route. `ERROR`: an answer that says `Invalid symbol.`
"""

from marketdata_platform_tests.venues.small_frames import NOW_MS, deribit

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

GOOD = {
    "DERIBIT": deribit(
        "trades.BTC-PERPETUAL.raw",
        [
            {
                "timestamp": NOW_MS,
                "price": 1.5,
                "amount": 2.0,
                "direction": "sell",
                "trade_seq": 7,
                "instrument_name": "BTC-PERPETUAL",
                "trade_id": "7",
            }
        ],
    )
}
FRAMES = {
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
    ]
}
ANSWERS = {
    ("any", "instruments"): {"result": [_DERIBIT_LISTED]},
    ("any", "instrument"): {"result": _DERIBIT_LISTED},
    ("any", "trades"): {"result": {"trades": [_DERIBIT_TRADE], "has_more": False}},
    ("any", "tradesByTime"): {"result": {"trades": [_DERIBIT_TRADE], "has_more": False}},
    ("any", "orderbook"): {
        "result": {
            "timestamp": NOW_MS,
            "instrument_name": "BTC-PERPETUAL",
            "change_id": 5,
            "bids": [[1.5, 2.0]],
            "asks": [],
        }
    },
    ("any", "ticker"): {"result": _DERIBIT_TICKER},
}
ERROR = {"jsonrpc": "2.0", "error": {"message": "Invalid symbol."}}
