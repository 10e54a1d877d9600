"""Channels and endpoints: what to say to a venue, in pieces that it takes."""

import json

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.channels import channel_of, streams_of
from marketdata_platform.venues.endpoint import at_addresses
from marketdata_platform.venues.endpoints import endpoint_of, overridden


@pytest.mark.parametrize(
    ("instrument", "dataset", "channel"),
    [
        ("binance:spot:BTCUSDT", "trades", "btcusdt@trade"),
        ("binance:spot:BTCUSDT", "quotes", "btcusdt@bookTicker"),
        ("binance:futures:BTCUSDT", "funding_rates", "btcusdt@markPrice@1s"),
        ("binance:coin_futures:BTCUSD_PERP", "liquidations", "btcusd_perp@forceOrder"),
        ("binance:futures:BTCUSDT", "trades@aggTrade", "btcusdt@aggTrade"),
        ("binance:options:BTC-261225-100000-C", "trades", "btc-261225-100000-c@optionTrade"),
        ("binance:options:BTC-261225-100000-C", "options_tickers", "btcusdt@optionMarkPrice"),
        ("binance:options:BTC-261225-100000-C", "open_interest", "btcusdt@openInterest@261225"),
        (
            "deribit:option:BTC-25DEC26-100000-C",
            "options_tickers",
            "ticker.BTC-25DEC26-100000-C.100ms",
        ),
        ("deribit:index:btc_usd", "index_prices", "deribit_price_index.btc_usd"),
        ("bybit:linear:BTCUSDT", "liquidations", "allLiquidation.BTCUSDT"),
        ("kalshi:event:KX-1", "book_deltas", "orderbook_delta:KX-1"),
    ],
)
def test_a_dataset_of_an_instrument_has_its_channel(instrument, dataset, channel):
    assert channel_of(Instrument.parse(instrument), dataset) == channel


def test_a_dataset_that_a_venue_does_not_stream_is_said():
    with pytest.raises(
        ConfigurationError, match="binance:spot streams no 'liquidations'; it streams book_deltas, "
    ):
        channel_of(Instrument.parse("binance:spot:BTCUSDT"), "liquidations")
    with pytest.raises(ConfigurationError, match="nothing is known of bybit's market 'option'"):
        endpoint_of("bybit", "option")


def test_a_channel_that_cannot_be_chosen_is_said():
    with pytest.raises(
        ConfigurationError, match="has no trades@'foo'; allowed: trades, trades@aggTrade"
    ):
        channel_of(Instrument.parse("binance:spot:BTCUSDT"), "trades@foo")
    with pytest.raises(ConfigurationError, match="allowed: trades"):
        channel_of(Instrument.parse("bybit:linear:BTCUSDT"), "trades@aggTrade")


def test_channels_go_to_the_address_that_sends_them():
    endpoint = endpoint_of("binance", "futures")
    asked = [
        "btcusdt@trade",
        "btcusdt@markPrice@1s",
        "btcusdt@depth@100ms",
        "btcusdt@forceOrder",
        "btcusdt@aggTrade",
    ]
    (public, of_public), (market, of_market) = at_addresses(endpoint, asked)
    assert (public.websocket, of_public) == ("wss://fstream.binance.com/public/stream", [0, 2])
    assert (market.websocket, of_market) == ("wss://fstream.binance.com/market/stream", [1, 3, 4])
    own = overridden(endpoint, {"websocket": "ws://127.0.0.1:1/stream"})
    assert [(e.websocket, of) for e, of in at_addresses(own, asked)] == [
        ("ws://127.0.0.1:1/stream", [0, 1, 2, 3, 4])
    ]
    assert (
        len(at_addresses(endpoint_of("binance", "spot"), ["btcusdt@aggTrade", "btcusdt@trade"]))
        == 1
    )


def test_subscriptions_are_cut_to_what_a_message_may_hold_and_each_channel_is_named_once():
    channels = [f"publicTrade.S{n}" for n in range(25)] + ["publicTrade.S1"]
    messages = streams_of("bybit").subscribe("spot", channels, 5)
    assert [one.number for one in messages] == [5, 6, 7]
    assert [name for one in messages for name in one.channels] == channels[:25]
    told = [json.loads(one.payload) for one in messages]
    assert [len(m["args"]) for m in told] == [10, 10, 5]
    assert [m["req_id"] for m in told] == ["5", "6", "7"]
    assert {m["op"] for m in told} == {"subscribe"}


@pytest.mark.parametrize(
    ("venue", "market", "undo", "expected"),
    [
        ("binance", "spot", False, {"method": "SUBSCRIBE", "params": ["a"], "id": 1}),
        ("binance", "futures", True, {"method": "UNSUBSCRIBE", "params": ["a"], "id": 1}),
        (
            "deribit",
            "option",
            False,
            {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "public/subscribe",
                "params": {"channels": ["a"]},
            },
        ),
        ("bybit", "linear", True, {"op": "unsubscribe", "args": ["a"], "req_id": "1"}),
    ],
)
def test_each_venue_is_told_in_its_own_words(venue, market, undo, expected):
    streams = streams_of(venue)
    (message,) = (
        streams.unsubscribe(market, ["a"], 1, {}) if undo else streams.subscribe(market, ["a"], 1)
    )
    assert json.loads(message.payload) == expected


def test_kalshi_is_told_a_kind_and_its_markets_and_unsubscribes_by_number():
    streams = streams_of("kalshi")
    asked = ["trade:KX-1", "orderbook_delta:KX-1", "trade:KX-2"]
    trades, book = streams.subscribe("event", asked, 1)
    assert json.loads(trades.payload) == {
        "id": 1,
        "cmd": "subscribe",
        "params": {"channels": ["trade"], "market_tickers": ["KX-1", "KX-2"]},
    }
    assert (trades.channels, book.channels) == (tuple(asked[::2]), (asked[1],))
    sids = {"trade:KX-1": 2, "trade:KX-2": 2, "orderbook_delta:KX-1": 1}
    (message,) = streams.unsubscribe("event", [*asked, "ticker:KX-1"], 9, sids)
    assert json.loads(message.payload) == {
        "id": 9,
        "cmd": "unsubscribe",
        "params": {"sids": [1, 2]},
    }
    assert streams.unsubscribe("event", asked, 9, {}) == []


def test_deribit_is_asked_for_heartbeats_and_answered():
    streams = streams_of("deribit")
    assert [json.loads(one)["method"] for one in streams.greetings] == ["public/set_heartbeat"]
    asked = b'{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}'
    answer = streams.reply(asked)
    assert answer is not None
    assert json.loads(answer.answer)["method"] == "public/test"
    assert streams.reply(asked.replace(b"test_request", b"heartbeat")) is None


@pytest.mark.parametrize(
    ("venue", "frame", "number", "said"),
    [
        ("binance", b'{"error":{"code":2,"msg":"Bad"},"id":1}', 1, "2 Bad"),
        ("binance", b'{"code":-1121,"msg":"Bad\\nsymbol","id":3}', 3, "-1121 Bad symbol"),
        (
            "deribit",
            b'{"jsonrpc":"2.0","id":5,"error":{"code":13009,"message":"unauthorized"}}',
            5,
            "13009 unauthorized",
        ),
        (
            "bybit",
            b'{"success":false,"ret_msg":"error:topic does not exist","op":"subscribe"}',
            None,
            "error:topic does not exist",
        ),
        (
            "kalshi",
            b'{"type":"error","id":1,"msg":{"code":6,"msg":"Already subscribed"}}',
            1,
            "6 Already subscribed",
        ),
    ],
)
def test_what_a_venue_refuses_is_read_in_its_own_words(venue, frame, number, said):
    reply = streams_of(venue).reply(frame)
    assert reply is not None
    assert (reply.number, reply.said, reply.confirmed, reply.answer) == (number, said, None, b"")
