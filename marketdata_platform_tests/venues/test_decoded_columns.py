"""What the fields of each venue's messages become: small frames of our own through the real
decoders.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from marketdata_platform.core.repeats import Repeats
from marketdata_platform_tests.venues.every_frame import GOOD
from marketdata_platform_tests.venues.small_frames import (
    NOW,
    NOW_MS,
    binance,
    bybit,
    decode,
    deribit,
    kalshi,
    kalshi_message,
    rows,
)


def test_a_spot_ticker_without_a_time_is_dated_by_its_receipt_and_computed_exactly():
    (row,) = rows(
        decode("BINANCE", binance("bookTicker", u=5, b="1.1", B="3", a="1.2", A="1")), "quotes"
    )
    assert row["ts_event"] == row["ts_recv"]
    assert (row["event_id"], row["sequence"]) == ("5", 5)
    assert (row["spread"], row["mid"], row["imbalance"]) == (
        Decimal("0.1"),
        Decimal("1.15"),
        Decimal("0.5"),
    )


def test_a_side_without_orders_is_null_and_so_is_what_is_computed_from_it():
    (row,) = rows(
        decode("BINANCE", binance("bookTicker", u=5, b="0.0", B="0.0", a="1.2", A="1")), "quotes"
    )
    assert (
        row["bid_price"]
        is row["bid_quantity"]
        is row["spread"]
        is row["mid"]
        is row["imbalance"]
        is None
    )


def test_depth_is_a_row_a_level_and_an_event_without_levels_keeps_its_place_in_the_chain():
    depth = {"e": "depthUpdate", "E": NOW_MS, "T": NOW_MS, "pu": 2}
    out = decode(
        "BINANCE_FUTURES",
        binance("depth@0ms", **depth, U=3, u=4, b=[["1.5", "2"], ["1.4", "0"]], a=[["1.6", "7"]]),
        binance("depth@0ms", **depth, U=5, u=6, b=[], a=[]),
        binance("depth@0ms", **depth, U=7, u=8, b=[["1.5", "x"]], a=[["1.6", "7"]]),
    )
    found = [
        (r["event_id"], r["side"], r["price"], r["quantity"]) for r in rows(out, "book_deltas")
    ]
    assert found == [
        ("4", "bid", Decimal("1.5"), Decimal(2)),
        ("4", "bid", Decimal("1.4"), Decimal(0)),
        ("4", "ask", Decimal("1.6"), Decimal(7)),
        ("6", "none", Decimal(0), Decimal(0)),
    ]
    assert [(r.frame, r.reason) for r in out.rejected] == [(2, "quantity 'x' is not a number")]


def test_a_mark_price_gives_funding_only_where_there_is_a_rate():
    mark = {
        "e": "markPriceUpdate",
        "E": NOW_MS,
        "p": "101.5",
        "i": "101.25",
        "P": "101",
        "T": NOW_MS + 1000,
    }
    out = decode(
        "BINANCE_DELIVERY",
        binance("markPrice", **mark, r="0.00010000"),
        binance("markPrice", **mark | {"E": NOW_MS + 1}, r=""),
    )
    (funding,) = rows(out, "funding_rates")
    assert (funding["rate"], funding["mark_price"], funding["index_price"]) == (
        Decimal("0.0001"),
        Decimal("101.5"),
        Decimal("101.25"),
    )
    assert len(rows(out, "index_prices")) == 2


def test_streams_of_all_symbols_hold_many_events():
    data = [
        {"e": "markPriceUpdate", "E": NOW_MS, "s": s, "p": "1", "r": "0.1", "T": NOW_MS}
        for s in ("AB", "CD")
    ]
    out = decode("BINANCE_FUTURES", {"stream": "!markPrice@arr", "data": data})
    assert [str(r.instrument) for r in out.of("funding_rates")] == [
        "binance:futures:AB",
        "binance:futures:CD",
    ]


def test_a_liquidation_tells_the_side_of_the_closing_order_at_every_venue():
    order = {
        "s": "BTCUSDT",
        "S": "SELL",
        "q": "2",
        "p": "1.5",
        "ap": "1.4",
        "X": "FILLED",
        "z": "2",
        "T": NOW_MS,
    }
    force = {"stream": "btcusdt@forceOrder", "data": {"e": "forceOrder", "E": NOW_MS, "o": order}}
    long_closed = {"T": NOW_MS, "s": "BTCUSDT", "S": "Buy", "v": "2", "p": "1.5"}
    trade = GOOD["DERIBIT"]["params"]["data"][0]
    told = [
        rows(decode("BINANCE_FUTURES", force), "liquidations"),
        rows(
            decode("BYBIT", bybit("allLiquidation.BTCUSDT", [long_closed, long_closed])),
            "liquidations",
        ),
        rows(
            decode("DERIBIT", deribit("trades.X.raw", [trade | {"liquidation": "MT"}])),
            "liquidations",
        ),
    ]
    assert [[row["side"] for row in part] for part in told] == [
        ["sell"],
        ["sell", "sell"],
        ["buy", "sell"],
    ]
    assert len({row["event_id"] for row in told[1]}) == 2


def test_binance_options_tickers_and_open_interest():
    ticker = binance(
        "ticker",
        e="24hrTicker",
        E=NOW_MS,
        c="2020",
        bo="2012",
        ao="2020",
        bq="4.9",
        aq="0.03",
        b="0.1202",
        a="0.1318",
        d="0.98911",
        t="-0.16961",
        g="0.00004",
        v="2.66584",
        vo="0.10001",
        mp="2003.5102",
        V="1.42",
    )
    interest = {
        "stream": "ETH@openInterest@221125",
        "data": [
            {
                "e": "openInterest",
                "E": NOW_MS,
                "s": "ETH-C",
                "o": "1580.87",
                "h": "1912992.178168204",
            }
        ],
    }
    out = decode("BINANCE_OPTIONS", ticker, interest)
    (row,) = rows(out, "options_tickers")
    assert (row["mark_iv"], row["bid_iv"], row["ask_price"], row["delta"]) == (
        Decimal("0.10001"),
        Decimal("0.1202"),
        Decimal(2020),
        0.98911,
    )
    (row,) = rows(out, "open_interest")
    assert (row["open_interest"], row["value"]) == (
        Decimal("1580.87"),
        Decimal("1912992.178168204"),
    )


def test_bybit_tickers_say_only_what_changed():
    out = decode(
        "BYBIT",
        bybit(
            "tickers.BTCUSDT",
            {"symbol": "BTCUSDT", "lastPrice": "5", "fundingRate": "-0.000212"},
            "snapshot",
            cs=1,
        ),
        bybit(
            "tickers.BTCUSDT",
            {"symbol": "BTCUSDT", "openInterest": "7", "openInterestValue": "35.01"},
            cs=2,
        ),
    )
    assert [(r["event_id"], r["last_price"], r["open_interest"]) for r in rows(out, "tickers")] == [
        ("1", Decimal(5), None),
        ("2", None, Decimal(7)),
    ]
    assert [r["rate"] for r in rows(out, "funding_rates")] == [Decimal("-0.000212")]
    assert [(r["open_interest"], r["value"]) for r in rows(out, "open_interest")] == [
        (Decimal(7), Decimal("35.01"))
    ]


def test_deribit_numbers_are_exact_however_many_digits_they_have():
    ticker = {
        "timestamp": NOW_MS,
        "instrument_name": "BTC-PERPETUAL",
        "mark_price": 92281.78,
        "funding_8h": 1.742e-05,
    }
    frame = json.dumps(deribit("ticker.BTC-PERPETUAL.raw", ticker), separators=(",", ":"))
    (row,) = rows(
        decode("DERIBIT", frame.replace("92281.78", "9228178901.12345678").encode()),
        "funding_rates",
    )
    assert (row["mark_price"], row["rate_8h"]) == (
        Decimal("9228178901.12345678"),
        Decimal("0.00001742"),
    )


def test_deribit_heartbeats_and_answers_are_counted():
    out = decode(
        "DERIBIT",
        {"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": "test_request"}},
        {"jsonrpc": "2.0", "id": 9, "result": "ok"},
    )
    assert dict(out.counts) == {"unknown heartbeat test_request": 1, "unknown answer": 1}


def test_a_price_index_is_an_instrument_of_its_own():
    out = decode(
        "DERIBIT",
        deribit(
            "deribit_price_index.btc_usd",
            {"timestamp": NOW_MS, "price": 3937.89, "index_name": "btc_usd"},
        ),
    )
    assert [str(r.instrument) for r in out.rows] == ["deribit:index:btc_usd"]
    assert rows(out, "index_prices")[0]["index_price"] == Decimal("3937.89")


DELTA = {
    "price_dollars": "0.3200",
    "delta_fp": "-46.02",
    "side": "no",
    "ts": "2026-08-05T03:45:40.722003Z",
    "ts_ms": 1,
}


def test_a_bid_for_no_is_an_offer_of_yes():
    out = decode("KALSHI", kalshi_message("orderbook_delta", **DELTA))
    (row,) = rows(out, "book_deltas")
    assert (row["side"], row["price"], row["change"], row["quantity"]) == (
        "ask",
        Decimal("0.68"),
        Decimal("-46.02"),
        None,
    )
    assert row["ts_event"] == datetime(2026, 8, 5, 3, 45, 40, 722003, UTC)
    snapshot = kalshi_message("orderbook_snapshot", no_dollars_fp=[["0.3200", "158.53"]])
    (row,) = rows(decode("KALSHI", snapshot), "book_snapshots")
    assert (row["side"], row["price"], row["quantity"]) == (
        "ask",
        Decimal("0.68"),
        Decimal("158.53"),
    )


def test_equal_changes_of_one_moment_are_told_apart_also_over_a_cut():
    frames = [
        json.dumps(kalshi_message("orderbook_delta", seq=n, **DELTA)).encode() for n in (1, 2, 3)
    ]
    together = decode("KALSHI", *frames)
    repeats, apart = Repeats(), []
    for frame in (*frames, frames[0]):  # the last one is a message that came again
        out = kalshi("event", [frame], np.array([NOW], np.int64), repeats)
        apart += [row["event_id"] for row in rows(out, "book_deltas")]
        repeats = Repeats.from_bytes(repeats.to_bytes())
    assert [row["event_id"] for row in rows(together, "book_deltas")] == apart
    assert len(set(apart)) == 3


def test_levels_in_whole_cents_are_refused_not_taken_for_an_empty_book():
    out = decode("KALSHI", kalshi_message("orderbook_snapshot", yes=[[8, 300]]))
    assert out.rows == []
    assert out.rejected[0].reason == "levels in whole cents are not read"


def test_two_recordings_of_the_same_messages_give_rows_with_the_same_keys():
    quote = deribit(
        "quote.X-PERPETUAL",
        {"timestamp": NOW_MS, "instrument_name": "X-PERPETUAL", "best_bid_price": 1.5},
    )
    here, there = (decode("DERIBIT", *batch) for batch in ([quote], [GOOD["DERIBIT"], quote]))
    assert [r["event_id"] for r in rows(here, "quotes")] == [
        r["event_id"] for r in rows(there, "quotes")
    ]
