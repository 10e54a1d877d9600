"""Binance options: the present streams and the older ones give the same columns."""

import json
from decimal import Decimal

import numpy as np

from marketdata_platform_tests.venues.small_frames import DECODERS, NOW, NOW_MS

SYMBOL = "BTC-261225-100000-C"
GREEKS = {"d": "0.5", "t": "-8.25", "g": "0.0001", "v": "12.5"}
STATE = {
    "bo": "1000",
    "ao": "1020",
    "bq": "0.4",
    "aq": "0.6",
    "b": "0.61",
    "a": "0.65",
    "vo": "0.63",
    "mp": "1010.5",
}


def decoded(data, stream="x"):
    decode, market = DECODERS["BINANCE_OPTIONS"]
    return decode(market, [json.dumps({"stream": stream, "data": data}).encode()], np.full(1, NOW))


def only(out, dataset):
    (row,) = [row for part in out.of(dataset) for row in part.table.to_pylist()]
    return row


def test_mark_prices_of_an_underlying_give_tickers_with_greeks_and_index_prices():
    one = {
        "e": "markPrice",
        "s": SYMBOL,
        "E": NOW_MS,
        **STATE,
        **GREEKS,
        "i": "99000.5",
        "rf": "0.0125",
        "hl": "1",
        "ll": "1",
    }
    out = decoded([one, {**one, "s": "BTC-261225-90000-P"}])
    assert out.rejected == []
    assert {part.instrument.symbol for part in out.of("options_tickers")} == {
        SYMBOL,
        "BTC-261225-90000-P",
    }
    row = out.of("options_tickers")[0].table.to_pylist()[0]
    assert (row["delta"], row["theta"], row["gamma"], row["vega"]) == (0.5, -8.25, 0.0001, 12.5)
    assert (row["mark_iv"], row["bid_iv"], row["ask_iv"]) == (
        Decimal("0.63"),
        Decimal("0.61"),
        Decimal("0.65"),
    )
    assert (row["bid_price"], row["ask_quantity"], row["mark_price"]) == (
        1000,
        Decimal("0.6"),
        Decimal("1010.5"),
    )
    assert (row["index_price"], row["interest_rate"]) == (Decimal("99000.5"), Decimal("0.0125"))
    assert out.of("index_prices")[0].table.to_pylist()[0]["index_price"] == Decimal("99000.5")
    assert out.counts == {"markPrice": 2}


def test_the_older_ticker_has_vega_in_v_and_the_present_one_the_volume():
    older = {"e": "24hrTicker", "s": SYMBOL, "E": NOW_MS, "c": "990", "V": "7.5", **STATE, **GREEKS}
    row = only(decoded(older), "options_tickers")
    assert (row["vega"], row["volume_24h"], row["last_price"]) == (12.5, Decimal("7.5"), 990)
    present = {
        "e": "24hrTicker",
        "s": SYMBOL,
        "E": NOW_MS,
        "c": "990",
        "v": "9.0000",
        "q": "1800",
        "o": "1",
        "h": "1",
        "n": 9,
    }
    row = only(decoded(present), "options_tickers")
    assert (row["vega"], row["volume_24h"], row["mark_price"]) == (None, 9, None)


def test_both_forms_of_trades_tell_the_taker_s_side():
    trade = {"e": "trade", "s": SYMBOL, "E": NOW_MS, "T": NOW_MS, "p": "1300.000"}
    present = {**trade, "t": 4, "q": "0.1000", "X": "MARKET", "S": "BUY", "m": False}
    assert only(decoded(present), "trades")["side"] == "buy"
    row = only(decoded({**present, "S": "SELL", "m": True, "X": "BLOCK"}), "trades")
    assert (row["side"], row["condition"], row["sequence"]) == ("sell", "block", 4)
    row = only(decoded({**trade, "t": "4", "q": "-0.1", "S": "-1"}), "trades")
    assert (row["side"], row["quantity"], row["trade_id"]) == ("sell", Decimal("0.1"), "4")


def test_books_quotes_and_open_interest_of_options_are_read():
    depth = {
        "e": "depthUpdate",
        "E": NOW_MS,
        "T": NOW_MS,
        "s": SYMBOL,
        "U": 5,
        "u": 7,
        "pu": 4,
        "b": [["1", "2"]],
        "a": [],
    }
    row = only(decoded(depth), "book_deltas")
    assert (row["first_update_id"], row["update_id"], row["previous_update_id"]) == (5, 7, 4)
    quote = {
        "e": "bookTicker",
        "E": NOW_MS,
        "T": NOW_MS,
        "s": SYMBOL,
        "u": 7,
        "b": "1",
        "B": "2",
        "a": "3",
        "A": "2",
    }
    assert only(decoded(quote), "quotes")["mid"] == 2
    row = only(
        decoded(
            [
                {
                    "e": "openInterest",
                    "E": NOW_MS,
                    "s": SYMBOL,
                    "o": "1580.87",
                    "h": "1912992.178168204",
                }
            ]
        ),
        "open_interest",
    )
    assert (row["open_interest"], row["value"]) == (
        Decimal("1580.87"),
        Decimal("1912992.178168204"),
    )
