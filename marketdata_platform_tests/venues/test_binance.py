"""Binance: markets, dump layouts and stream messages."""

import json
import os
from pathlib import Path

import pytest

from marketdata_platform.venues.binance import files
from marketdata_platform.venues.binance.streams import (
    AggregateTrade,
    DepthSnapshot,
    DepthUpdate,
    FuturesBookTicker,
    Kline,
    Liquidation,
    MalformedFrame,
    MarkPrice,
    SpotBookTicker,
    Trade,
    Unknown,
    decode,
)
from marketdata_platform.venues.kit.layouts import Kind


def test_a_header_in_another_order_with_other_columns_is_understood():
    layout = files.trades_layout(
        ["time", "PRICE", "quantity", "trade_id", "colour", "is_buyer_maker"]
    )
    assert layout is not None
    assert layout.kinds == (Kind.TIME, Kind.PRICE, Kind.QUANTITY, Kind.ID, Kind.SKIP, Kind.MAKER)


@pytest.mark.parametrize(
    "header",
    [
        "open_time,open,high,low,close,volume",
        "id,price,qty,quote_qty,time",
        "id,price,price,qty,time,is_buyer_maker",
        "",
    ],
)
def test_other_headers_are_not_taken_for_trades(header):
    assert files.trades_layout(header.split(",")) is None
    assert files.aggregates_layout(header.split(",")) is None


TRADE = {
    "e": "trade",
    "E": 2,
    "T": 1,
    "s": "BTCUSDT",
    "t": 7,
    "p": "1.5",
    "q": "2",
    "X": "MARKET",
    "m": True,
}


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (TRADE, Trade),
        (
            {
                "e": "aggTrade",
                "s": "B",
                "a": 1,
                "p": "1",
                "q": "1",
                "f": 1,
                "l": 2,
                "T": 3,
                "m": False,
            },
            AggregateTrade,
        ),
        (
            {"e": "depthUpdate", "s": "B", "U": 1, "u": 2, "pu": 0, "b": [["1", "0"]], "a": []},
            DepthUpdate,
        ),
        (
            {"e": "bookTicker", "u": 1, "s": "B", "b": "1", "B": "1", "a": "2", "A": "1"},
            FuturesBookTicker,
        ),
        ({"u": 1, "s": "B", "b": "1", "B": "1", "a": "2", "A": "1"}, SpotBookTicker),
        ({"e": "markPriceUpdate", "E": 1, "s": "B", "p": "1", "r": "0.1", "T": 2}, MarkPrice),
        (
            {
                "e": "forceOrder",
                "E": 1,
                "o": {"s": "B", "S": "SELL", "q": "1", "p": "1", "T": 1, "X": "FILLED"},
            },
            Liquidation,
        ),
        (
            {
                "e": "kline",
                "s": "B",
                "k": {
                    "t": 1,
                    "T": 2,
                    "i": "1m",
                    "o": "1",
                    "h": "1",
                    "l": "1",
                    "c": "1",
                    "v": "1",
                    "x": False,
                },
            },
            Kline,
        ),
        ({"lastUpdateId": 1, "bids": [["1", "2"]], "asks": []}, DepthSnapshot),
        ({"e": "24hrTicker", "s": "B"}, Unknown),
        ({"result": None, "id": 1}, Unknown),
    ],
)
def test_each_message_is_decoded_alone_in_an_envelope_and_with_spaces(data, shape):
    stream = "btcusdt@bookTicker" if shape is SpotBookTicker else "btcusdt@x"
    frames = [
        json.dumps(m, separators=s).encode()
        for m in (data, {"stream": stream, "data": data})
        for s in ((",", ":"), None)
    ]
    assert [type(decode(frame)) for frame in frames] == [shape] * 4


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "not JSON"),
        (b'{"e":"trade"', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'"\xff"', "not JSON"),
        (
            b'{"stream":"b@trade","data":{"e":"trade","s":"B"}}',
            "trade frame: .*missing required field",
        ),
        (json.dumps(TRADE | {"p": 1.5}).encode(), r"trade frame: Expected `str`, got `float`"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_malformed_frame_says_what_is_wrong(frame, reason):
    with pytest.raises(MalformedFrame, match=reason):
        decode(frame)


def test_an_unknown_type_is_called_by_its_own_name():
    assert decode(b'{"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker"}]}') == Unknown("arr")
    assert decode(b'{"e":"listStatus"}') == Unknown("listStatus")
    assert decode(b'{"e":5}') == Unknown("untyped")


def test_recorded_example_messages_of_each_type_are_decoded():
    data = os.environ.get("MARKETDATA_TEST_DATA")
    if not data:
        pytest.skip("MARKETDATA_TEST_DATA is not set: no recorded messages")
    folder = Path(data) / "nautilus-fixtures/binance/test_data/futures/market_data_json"
    shapes = {path.stem: type(decode(path.read_bytes())) for path in sorted(folder.glob("*.json"))}
    assert shapes == {
        "agg_trade_stream": AggregateTrade,
        "book_ticker_stream": FuturesBookTicker,
        "depth_update_stream": DepthUpdate,
        "kline_stream_closed": Kline,
        "kline_stream_open": Kline,
        "liquidation_stream": Liquidation,
        "mark_price_stream": MarkPrice,
        "ticker_stream": Unknown,
        "trade_stream": Trade,
    }
