"""Small frames of each venue through its decoder: exact columns, refusals with a reason, and nothing that breaks it."""

import json
import resource
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.decoders import DECODERS, kalshi, route

NOW = 1_786_310_820_000_000
NOW_MS = NOW // 1000


def decode(key, *messages):
    decoder, market = DECODERS[key]
    frames = [m if isinstance(m, bytes) else json.dumps(m, separators=(",", ":")).encode() for m in messages]
    return decoder(market, frames, np.arange(NOW, NOW + len(frames), dtype=np.int64))


def rows(out, dataset):
    return [row for part in out.of(dataset) for row in part.table.to_pylist()]


def binance(stream, **data):
    return {"stream": f"btcusdt@{stream}", "data": {"s": "BTCUSDT", **data}}


def deribit(channel, data):
    return {"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}}


def bybit(topic, data, kind="delta", **more):
    return {"topic": topic, "type": kind, "ts": NOW_MS, "data": data, **more}


def kalshi_message(kind, seq=1, **told):
    return {"type": kind, "sid": 1, "seq": seq, "msg": {"market_ticker": "KX-1", **told}}


GOOD = {
    "BINANCE": binance("trade", e="trade", T=NOW_MS, t=7, p="1.5", q="2", m=True),
    "BINANCE_FUTURES": binance("trade", e="trade", T=NOW_MS, t=7, p="1.5", q="2", m=True, X="MARKET"),
    "BINANCE_DELIVERY": binance("aggTrade", e="aggTrade", T=NOW_MS, a=7, p="1.5", q="2", m=True, f=1, l=3),
    "BINANCE_OPTIONS": binance("trade", e="trade", T=NOW_MS, t="7", p="1.5", q="-2", S="-1", X="MARKET"),
    "DERIBIT": deribit(
        "trades.BTC-PERPETUAL.raw",
        [
            {
                "timestamp": NOW_MS, "price": 1.5, "amount": 2.0, "direction": "sell", "trade_seq": 7,
                "instrument_name": "BTC-PERPETUAL", "trade_id": "7",
            }
        ],
    ),
    "BYBIT": bybit("publicTrade.BTCUSDT", [{"T": NOW_MS, "s": "BTCUSDT", "S": "Sell", "v": "2", "p": "1.5", "i": "7"}]),
    "KALSHI": kalshi_message(
        "trade", trade_id="7", yes_price_dollars="1.5", count_fp="2.00", taker_side="no", ts=1, ts_ms=NOW_MS
    ),
}  # fmt: skip
KEYS = sorted(GOOD)


@pytest.mark.parametrize("key", KEYS)
def test_a_trade_of_each_venue_becomes_the_same_row(key):
    (row,) = rows(decode(key, GOOD[key]), "trades")
    assert row["ts_event"] == datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert row["ts_recv"] == row["ts_event"]
    assert (row["trade_id"], row["price"], row["quantity"], row["side"]) == ("7", Decimal("1.5"), Decimal(2), "sell")
    assert row["condition"] is None


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "bad",
    [
        b"", b"{", b"\xff\xfe", b"[1]", b"null", b'"text"', b"[" * 100_000, b'{"a":' * 50_000,
        b'{"topic":"publicTrade.X","ts":1,"type":"x","data":' + b"[" * 100_000,
        b'{"type":"trade","sid":1,"msg":{}}', b'{"stream":"b@trade","data":{"e":"trade"}}', b"\x00" * 64,
        b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.X.raw","data":[{"price":1}]}}',
    ],
)  # fmt: skip
def test_a_bad_frame_is_refused_or_counted_and_its_neighbours_are_kept(key, bad):
    out = decode(key, GOOD[key], bad, GOOD[key])
    assert len(out.of("trades")[0].table) == 2
    assert out.of("trades")[0].frames.tolist() == [0, 2]
    refused = [r for r in out.rejected if r.frame == 1 and r.reason]
    assert len(refused) + sum(n for name, n in out.counts.items() if name.startswith("unknown")) == 1


@pytest.mark.parametrize("key", KEYS)
def test_new_fields_however_deep_are_ignored(key):
    text = json.dumps(GOOD[key], separators=(",", ":"))
    deep = '"brand_new":' + "[" * 200 + "]" * 200
    for spot in (
        text[:-1] + "," + deep + "}",
        text.replace('"T":', deep + ',"T":').replace('"ts_ms":', deep + ',"ts_ms":'),
    ):
        out = decode(key, spot.encode())
        assert (len(rows(out, "trades")), out.rejected) == (1, [])


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1.123456789", "more than 8 decimals"),
        ("99999999999", "too large"),
        ("abc", "not a number"),
        ("", "is missing"),
    ],
)
def test_a_price_that_does_not_fit_refuses_its_row_alone(key, value, reason):
    quoted = json.dumps(GOOD[key]).replace('"1.5"', f'"{value}"').replace("1.5,", f'"{value}",')
    out = decode(key, quoted.encode(), GOOD[key])
    assert [r.frame for r in out.rejected] == [0]
    assert reason in out.rejected[0].reason and out.rejected[0].dataset == "trades"
    assert len(rows(out, "trades")) == 1


@pytest.mark.parametrize("key", KEYS)
def test_hostile_symbols_are_refused(key):
    text = json.dumps(GOOD[key])
    for name in ("BTCUSDT", "BTC-PERPETUAL", "KX-1"):
        text = text.replace(f'"{name}"', '"../../etc"')
    out = decode(key, text.encode())
    assert out.rows == []
    assert "symbol" in out.rejected[0].reason


def test_a_frame_of_fifty_megabytes_is_refused_without_taking_a_multiple_of_it():
    frame = b'{"stream":"btcusdt@trade","data":{"e":"trade","s":"' + b"x" * 50_000_000 + b'"'
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = decode("BINANCE", GOOD["BINANCE"], frame, GOOD["BINANCE"])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert len(rows(out, "trades")) == 2
    assert len(out.rejected[0].reason) < 500
    assert grown < 300_000  # KiB


def test_thousands_of_unknown_types_are_counted_under_a_bounded_number_of_names():
    out = decode("BINANCE", *[{"stream": f"x@new{n}", "data": {"e": f"new{n}"}} for n in range(1_000)])
    assert sum(out.counts.values()) == 1_000
    assert len(out.counts) <= 101


def test_a_spot_ticker_without_a_time_is_dated_by_its_receipt_and_computed_exactly():
    (row,) = rows(decode("BINANCE", binance("bookTicker", u=5, b="1.1", B="3", a="1.2", A="1")), "quotes")
    assert row["ts_event"] == row["ts_recv"]
    assert (row["event_id"], row["sequence"]) == ("5", 5)
    assert (row["spread"], row["mid"], row["imbalance"]) == (Decimal("0.1"), Decimal("1.15"), Decimal("0.5"))


def test_a_side_without_orders_is_null_and_so_is_what_is_computed_from_it():
    (row,) = rows(decode("BINANCE", binance("bookTicker", u=5, b="0.0", B="0.0", a="1.2", A="1")), "quotes")
    assert row["bid_price"] is row["bid_quantity"] is row["spread"] is row["mid"] is row["imbalance"] is None


def test_depth_is_a_row_a_level_and_an_event_without_levels_keeps_its_place_in_the_chain():
    depth = {"e": "depthUpdate", "E": NOW_MS, "T": NOW_MS, "pu": 2}
    out = decode(
        "BINANCE_FUTURES",
        binance("depth@0ms", **depth, U=3, u=4, b=[["1.5", "2"], ["1.4", "0"]], a=[["1.6", "7"]]),
        binance("depth@0ms", **depth, U=5, u=6, b=[], a=[]),
        binance("depth@0ms", **depth, U=7, u=8, b=[["1.5", "x"]], a=[["1.6", "7"]]),
    )
    found = [(r["event_id"], r["side"], r["price"], r["quantity"]) for r in rows(out, "book_deltas")]
    assert found == [
        ("4", "bid", Decimal("1.5"), Decimal(2)),
        ("4", "bid", Decimal("1.4"), Decimal(0)),
        ("4", "ask", Decimal("1.6"), Decimal(7)),
        ("6", "none", Decimal(0), Decimal(0)),
    ]
    assert [(r.frame, r.reason) for r in out.rejected] == [(2, "quantity 'x' is not a number")]


def test_a_mark_price_gives_funding_only_where_there_is_a_rate():
    mark = {"e": "markPriceUpdate", "E": NOW_MS, "p": "101.5", "i": "101.25", "P": "101", "T": NOW_MS + 1000}
    out = decode(
        "BINANCE_DELIVERY",
        binance("markPrice", **mark, r="0.00010000"),
        binance("markPrice", **mark | {"E": NOW_MS + 1}, r=""),
    )
    (funding,) = rows(out, "funding_rates")
    assert (funding["rate"], funding["mark_price"], funding["index_price"]) == (
        Decimal("0.0001"), Decimal("101.5"), Decimal("101.25"),
    )  # fmt: skip
    assert len(rows(out, "index_prices")) == 2


def test_streams_of_all_symbols_hold_many_events():
    data = [{"e": "markPriceUpdate", "E": NOW_MS, "s": s, "p": "1", "r": "0.1", "T": NOW_MS} for s in ("AB", "CD")]
    out = decode("BINANCE_FUTURES", {"stream": "!markPrice@arr", "data": data})
    assert [str(r.instrument) for r in out.of("funding_rates")] == ["binance:futures:AB", "binance:futures:CD"]


def test_a_liquidation_tells_the_side_of_the_closing_order_at_every_venue():
    order = {"s": "BTCUSDT", "S": "SELL", "q": "2", "p": "1.5", "ap": "1.4", "X": "FILLED", "z": "2", "T": NOW_MS}
    force = {"stream": "btcusdt@forceOrder", "data": {"e": "forceOrder", "E": NOW_MS, "o": order}}
    long_closed = {"T": NOW_MS, "s": "BTCUSDT", "S": "Buy", "v": "2", "p": "1.5"}
    trade = GOOD["DERIBIT"]["params"]["data"][0]
    told = [
        rows(decode("BINANCE_FUTURES", force), "liquidations"),
        rows(decode("BYBIT", bybit("allLiquidation.BTCUSDT", [long_closed, long_closed])), "liquidations"),
        rows(decode("DERIBIT", deribit("trades.X.raw", [trade | {"liquidation": "MT"}])), "liquidations"),
    ]
    assert [[row["side"] for row in part] for part in told] == [["sell"], ["sell", "sell"], ["buy", "sell"]]
    assert len({row["event_id"] for row in told[1]}) == 2


def test_binance_options_tickers_and_open_interest():
    ticker = binance(
        "ticker", e="24hrTicker", E=NOW_MS, c="2020", bo="2012", ao="2020", bq="4.9", aq="0.03", b="0.1202", a="0.1318",
        d="0.98911", t="-0.16961", g="0.00004", v="2.66584", vo="0.10001", mp="2003.5102", V="1.42",
    )  # fmt: skip
    interest = {
        "stream": "ETH@openInterest@221125",
        "data": [{"e": "openInterest", "E": NOW_MS, "s": "ETH-C", "o": "1580.87", "h": "1912992.178168204"}],
    }
    out = decode("BINANCE_OPTIONS", ticker, interest)
    (row,) = rows(out, "options_tickers")
    assert (row["mark_iv"], row["bid_iv"], row["ask_price"], row["delta"]) == (
        Decimal("0.10001"), Decimal("0.1202"), Decimal(2020), 0.98911,
    )  # fmt: skip
    (row,) = rows(out, "open_interest")
    assert (row["open_interest"], row["value"]) == (Decimal("1580.87"), Decimal("1912992.178168204"))


def test_bybit_tickers_say_only_what_changed():
    out = decode(
        "BYBIT",
        bybit("tickers.BTCUSDT", {"symbol": "BTCUSDT", "lastPrice": "5", "fundingRate": "-0.000212"}, "snapshot", cs=1),
        bybit("tickers.BTCUSDT", {"symbol": "BTCUSDT", "openInterest": "7", "openInterestValue": "35.01"}, cs=2),
    )
    assert [(r["event_id"], r["last_price"], r["open_interest"]) for r in rows(out, "tickers")] == [
        ("1", Decimal(5), None), ("2", None, Decimal(7)),
    ]  # fmt: skip
    assert [r["rate"] for r in rows(out, "funding_rates")] == [Decimal("-0.000212")]
    assert [(r["open_interest"], r["value"]) for r in rows(out, "open_interest")] == [(Decimal(7), Decimal("35.01"))]


def test_deribit_numbers_are_exact_however_many_digits_they_have():
    ticker = {"timestamp": NOW_MS, "instrument_name": "BTC-PERPETUAL", "mark_price": 92281.78, "funding_8h": 1.742e-05}
    frame = json.dumps(deribit("ticker.BTC-PERPETUAL.raw", ticker), separators=(",", ":"))
    (row,) = rows(decode("DERIBIT", frame.replace("92281.78", "9228178901.12345678").encode()), "funding_rates")
    assert (row["mark_price"], row["rate_8h"]) == (Decimal("9228178901.12345678"), Decimal("0.00001742"))


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
        deribit("deribit_price_index.btc_usd", {"timestamp": NOW_MS, "price": 3937.89, "index_name": "btc_usd"}),
    )
    assert [str(r.instrument) for r in out.rows] == ["deribit:index:btc_usd"]
    assert rows(out, "index_prices")[0]["index_price"] == Decimal("3937.89")


DELTA = {"price_dollars": "0.3200", "delta_fp": "-46.02", "side": "no", "ts": "2026-08-05T03:45:40.722003Z", "ts_ms": 1}


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
    assert (row["side"], row["price"], row["quantity"]) == ("ask", Decimal("0.68"), Decimal("158.53"))


def test_equal_changes_of_one_moment_are_told_apart_also_over_a_cut():
    frame = json.dumps(kalshi_message("orderbook_delta", **DELTA)).encode()
    together = decode("KALSHI", frame, frame, frame)
    repeats, apart = Repeats(), []
    for _ in range(3):
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
    quote = deribit("quote.X-PERPETUAL", {"timestamp": NOW_MS, "instrument_name": "X-PERPETUAL", "best_bid_price": 1.5})
    here, there = (decode("DERIBIT", *batch) for batch in ([quote], [GOOD["DERIBIT"], quote]))
    assert [r["event_id"] for r in rows(here, "quotes")] == [r["event_id"] for r in rows(there, "quotes")]


def test_every_batch_has_the_schema_of_its_dataset():
    for key in KEYS:
        for part in decode(key, GOOD[key]).rows:
            assert part.table.schema.equals(part.dataset.arrow_schema)
            assert isinstance(part.table, pa.Table)


def test_routing_takes_the_data_type_first_and_then_the_venue():
    table = {"BINANCE_FUTURES": 1, "BINANCE_FUTURES:FUNDING": 2}
    assert [route(table, f"BINANCE_FUTURES:{kind}") for kind in ("FUNDING", "TRADES")] == [2, 1]
    with pytest.raises(ConfigurationError, match="nothing is routed for 'KRAKEN:TRADES'; there are BINANCE_FUTURES"):
        route(table, "KRAKEN:TRADES")
