"""One small message of every kind that Kalshi sends, by WebSocket and by REST.

`GOOD`: by routing key, trade 7 of 2 at 1.5, sold at `NOW_MS`. `FRAMES`: by routing key. `ANSWERS`:
by market and route. `ERROR`: an answer that says `Invalid symbol.`
"""

from marketdata_platform_tests.venues.small_frames import NOW_MS, kalshi_message

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

GOOD = {
    "KALSHI": kalshi_message(
        "trade",
        trade_id="7",
        yes_price_dollars="1.5",
        count_fp="2.00",
        taker_side="no",
        ts=1,
        ts_ms=NOW_MS,
    )
}
FRAMES = {
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
    ]
}
ANSWERS = {
    ("event", "series"): {"series": {"ticker": "KX", "title": "Gold"}},
    ("event", "events"): {
        "events": [{"event_ticker": "KX-1", "series_ticker": "KX", "markets": [_KALSHI_MARKET]}]
    },
    ("event", "markets"): {"markets": [_KALSHI_MARKET], "cursor": ""},
    ("event", "trades"): {
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
    ("event", "orderbook"): {
        "orderbook_fp": {"yes_dollars": [["0.15", "100.00"]], "no_dollars": [["0.8", "5"]]}
    },
}
ERROR = {"error": {"code": "not_found", "message": "Invalid symbol."}}
