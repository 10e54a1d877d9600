"""Questions and answers of every venue's REST routes, by one signature."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import VENUES, venue_named
from marketdata_platform.venues.decoding import decode_answers
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.lookups import polls, routes_of
from marketdata_platform_tests.venues.every_frame import ERRORS

NOW = 1_786_310_820_000_000
ROUTES = {(v.name, m): routes for v in VENUES for m, routes in v.rest.routes.items()}


def rest_request(venue, market, route, symbol="", **parameters):
    return routes_of(venue, market).request(route, symbol, parameters).target


def weight_of(venue, market, route, **parameters):
    return routes_of(venue, market).request(route, parameters=parameters).weight


def clock_request(venue, market):
    clock = venue_named(venue).rest.server_time
    return routes_of(venue, market).request(clock.route, parameters=clock.parameters).target


def server_time_us(venue, body):
    return venue_named(venue).rest.server_time.read(body)


def answered(venue, market, route, answer, symbol=""):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return decode_answers(Stream.answer(venue, market, route, symbol), [body], [NOW])


def rows(out, dataset):
    return [
        {**row, "symbol": part.instrument.symbol}
        for part in out.of(dataset)
        for row in part.table.to_pylist()
    ]


def test_a_request_names_its_symbol_as_the_venue_wants_it_and_quotes_it():
    assert (
        rest_request("binance", "spot", "depth", "BTCUSDT", limit=5_000)
        == "/api/v3/depth?symbol=BTCUSDT&limit=5000"
    )
    assert rest_request("deribit", "any", "trades", "BTC-PERPETUAL", start_seq=5, count=1_000) == (
        "/public/get_last_trades_by_instrument?instrument_name=BTC-PERPETUAL&start_seq=5&count=1000"
    )
    assert rest_request("bybit", "linear", "trades", "BTCUSDT").endswith(
        "recent-trade?category=linear&symbol=BTCUSDT"
    )
    assert (
        rest_request("kalshi", "event", "orderbook", "KX/../a?b=c&d")
        == "/markets/KX%2F..%2Fa%3Fb%3Dc%26d/orderbook"
    )
    assert "symbol=A%26limit%3D9%23%0D%0A" in rest_request(
        "binance", "futures", "trades", "A&limit=9#\r\n"
    )


def test_an_unknown_route_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ConfigurationError, match="it has time, exchangeInfo, depth"):
        rest_request("binance", "spot", "openInterest", "BTCUSDT")
    with pytest.raises(ConfigurationError, match="nothing is known of a venue 'ftx'"):
        rest_request("ftx", "spot", "depth")


def test_the_weight_of_a_book_rises_with_its_depth():
    assert [weight_of("binance", "spot", "depth", limit=n) for n in (100, 101, 1_000, 5_000)] == [
        5,
        25,
        50,
        250,
    ]
    assert weight_of("binance", "futures", "depth", limit=1_000) == 20
    assert weight_of("binance", "spot", "aggTrades") == 4


@pytest.mark.parametrize(("venue", "market"), list(ROUTES))
def test_answers_of_every_route_are_taken_and_errors_are_refused_with_what_they_say(venue, market):
    for route in ROUTES[venue, market].by_name:
        out = answered(venue, market, route, ERRORS[venue], "BTCUSDT")
        assert out.rows == []
        if route != "time":
            assert len(out.rejected) == 1, route
            assert "no decoder" not in out.rejected[0].reason


def test_answers_of_an_unknown_route_are_refused_and_nothing_is_raised():
    for venue, market, route in (
        ("binance", "spot", "klines"),
        ("kalshi", "event", "x"),
    ):
        out = answered(venue, market, route, [])
        assert "no decoder is known" in out.rejected[0].reason


def test_deribit_trades_by_rest_make_the_rows_of_the_stream():
    trade = {
        "timestamp": 1_786_310_820_123,
        "instrument_name": "BTC-PERPETUAL",
        "trade_id": "77",
        "trade_seq": 9,
        "price": 60000.5,
        "amount": 10.0,
        "direction": "sell",
    }
    out = answered(
        "deribit",
        "any",
        "trades",
        {"result": {"trades": [trade], "has_more": False}},
        "BTC-PERPETUAL",
    )
    (row,) = rows(out, "trades")
    assert (row["trade_id"], row["sequence"], row["price"], row["side"]) == (
        "77",
        9,
        Decimal("60000.5"),
        "sell",
    )
    assert str(out.rows[0].instrument) == "deribit:perpetual:BTC-PERPETUAL"


def test_bybit_recent_trades_books_interest_and_funding_are_read():
    trade = {
        "execId": "u-1",
        "symbol": "BTCUSDT",
        "price": "1.5",
        "size": "2",
        "side": "Sell",
        "time": "1786310820123",
    }
    out = answered("bybit", "linear", "trades", {"retCode": 0, "result": {"list": [trade]}})
    (row,) = rows(out, "trades")
    assert (row["trade_id"], row["side"], row["ts_event"].microsecond) == ("u-1", "sell", 123_000)
    book = {"s": "BTCUSDT", "b": [["1", "2"]], "a": [], "ts": 1_786_310_820_123, "u": 5, "seq": 6}
    (row,) = rows(
        answered("bybit", "spot", "orderbook", {"retCode": 0, "result": book}), "book_snapshots"
    )
    assert (row["update_id"], row["side"], row["price"]) == (5, "bid", Decimal(1))
    told = {"symbol": "BTCUSDT", "list": [{"openInterest": "7.5", "timestamp": "1786310700000"}]}
    (row,) = rows(
        answered("bybit", "linear", "openInterest", {"retCode": 0, "result": told}), "open_interest"
    )
    assert (row["symbol"], row["open_interest"]) == ("BTCUSDT", Decimal("7.5"))
    paid = [
        {"symbol": "BTCUSDT", "fundingRate": "-0.0001", "fundingRateTimestamp": "1786310700000"}
    ]
    (row,) = rows(
        answered("bybit", "linear", "funding", {"retCode": 0, "result": {"list": paid}}),
        "funding_rates",
    )
    assert row["rate"] == Decimal("-0.0001")


def test_kalshi_trades_by_rest_are_cut_to_the_milliseconds_of_the_stream():
    trade = {
        "trade_id": "t1",
        "ticker": "KXA-1",
        "yes_price_dollars": "0.4500",
        "no_price_dollars": "0.5500",
        "count_fp": "3.00",
        "taker_side": "no",
        "created_time": "2026-08-05T04:00:00.123987Z",
    }
    out = answered(
        "kalshi", "event", "trades", {"trades": [trade, {**trade, "trade_id": "t2"}], "cursor": ""}
    )
    first, second = rows(out, "trades")
    assert (first["trade_id"], first["side"], first["price"]) == ("t1", "sell", Decimal("0.45"))
    assert first["ts_event"] == datetime(2026, 8, 5, 4, 0, 0, 123_000, UTC)
    assert second["quantity"] == 3


def test_kalshi_books_by_rest_are_told_from_the_side_of_yes_and_cents_are_refused():
    book = {
        "orderbook_fp": {"yes_dollars": [["0.1500", "100.00"]], "no_dollars": [["0.8000", "5.00"]]}
    }
    told = rows(answered("kalshi", "event", "orderbook", book, "KXA-1"), "book_snapshots")
    assert [(r["side"], r["price"], r["quantity"]) for r in told] == [
        ("bid", Decimal("0.15"), 100),
        ("ask", Decimal("0.2"), 5),
    ]
    out = answered(
        "kalshi", "event", "orderbook", {"orderbook": {"yes": [[15, 100]], "no": None}}, "KXA-1"
    )
    assert "whole cents" in out.rejected[0].reason


def test_option_answers_of_binance_are_read_in_both_forms():
    old = {
        "id": "1",
        "symbol": "BTC-261225-100000-C",
        "price": "1000",
        "qty": "-0.1",
        "side": -1,
        "time": 1786310820123,
    }
    new = {**old, "id": 2, "qty": "0.1", "side": 1}
    out = answered("binance", "options", "trades", [old, new], "BTC-261225-100000-C")
    assert [(r["trade_id"], r["side"], r["quantity"]) for r in rows(out, "trades")] == [
        ("1", "sell", Decimal("0.1")),
        ("2", "buy", Decimal("0.1")),
    ]
    one = {"symbol": "BTC-261225-100000-C", "sumOpenInterest": "4", "sumOpenInterestUsd": "9.5"}
    one["timestamp"] = "1786310820123"
    out = answered(
        "binance",
        "options",
        "openInterest",
        [one, {**one, "symbol": "BTC-261225-1-P"}],
        one["symbol"],
    )
    (row,) = rows(out, "open_interest")
    assert (row["open_interest"], row["value"]) == (4, Decimal("9.5"))
    depth = {"bids": [["1", "2"]], "asks": [], "T": 1786310820123, "u": 37}
    (row,) = rows(answered("binance", "options", "depth", depth, one["symbol"]), "book_snapshots")
    assert row["update_id"] == 37


def test_a_list_of_all_symbols_gives_only_the_one_that_was_asked_for():
    listed = {
        "symbols": [
            {"symbol": s, "status": "TRADING", "contractType": "PERPETUAL"} for s in ("A", "B")
        ]
    }
    assert len(rows(answered("binance", "futures", "exchangeInfo", listed), "instruments")) == 2
    (row,) = rows(answered("binance", "futures", "exchangeInfo", listed, "B"), "instruments")
    assert row["symbol"] == "B"


def test_every_polled_dataset_has_a_question_whose_answers_can_be_read():
    asked = [
        ("binance:spot:BTCUSDT", "book_snapshots"),
        ("binance:futures:BTCUSDT", "open_interest"),
        ("binance:coin_futures:BTCUSD_PERP", "open_interest"),
        ("binance:options:BTC-261225-100000-C", "open_interest"),
        ("binance:options:BTC-261225-100000-C", "instruments"),
        ("deribit:option:BTC-25DEC26-100000-C", "instruments"),
        ("bybit:spot:BTCUSDT", "instruments"),
        ("kalshi:event:KXGOLD15M-26AUG050000-00", "instruments"),
    ]
    for name, dataset in asked:
        questions = polls(Instrument.parse(name), dataset)
        assert questions, (name, dataset)
        for question in questions:
            assert question.target.startswith("/")
            assert question.weight >= 1
            out = decode_answers(question.stream, [b"{}"], [NOW])
            assert "no decoder" not in out.rejected[0].reason
    assert polls(Instrument.parse("bybit:linear:BTCUSDT"), "book_snapshots") == ()
    assert [
        q.symbol
        for q in polls(Instrument.parse("kalshi:event:KXGOLD15M-26AUG050000-00"), "instruments")
    ] == [
        "KXGOLD15M-26AUG050000-00",
        "KXGOLD15M-26AUG050000",
        "KXGOLD15M",
    ]


def test_the_venues_clocks_are_read():
    assert clock_request("binance", "spot") == "/api/v3/time"
    assert clock_request("deribit", "perpetual") == "/public/get_time"
    assert clock_request("kalshi", "event") == "/series?limit=1"
    assert server_time_us("binance", b'{"serverTime":1786310820123}') == 1_786_310_820_123_000
    assert (
        server_time_us("deribit", b'{"jsonrpc":"2.0","result":1786310820123}')
        == 1_786_310_820_123_000
    )
    assert (
        server_time_us("bybit", b'{"retCode":0,"result":{"timeNano":"1786310820123456789"}}')
        == 1_786_310_820_123_456
    )
    for bad in (b"", b"[]", b'{"serverTime":"x"}', b'{"serverTime":true}', b"\xff", b"[" * 10_000):
        assert server_time_us("binance", bad) is None
