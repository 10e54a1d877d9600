"""Channels and endpoints: what to say to a venue, in pieces that it takes."""

import json

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.channels import channel_of, first_messages, reply_to, subscriptions
from marketdata_platform.venues.endpoints import ENDPOINTS, at_addresses, endpoint_of, overridden


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
        ("kalshi:event:KX-1", "book_deltas", "orderbook_delta"),
    ],
)
def test_a_dataset_of_an_instrument_has_its_channel(instrument, dataset, channel):
    assert channel_of(Instrument.parse(instrument), dataset) == channel


def test_a_dataset_that_a_venue_does_not_stream_is_said():
    with pytest.raises(
        ConfigurationError, match="binance:spot streams no 'liquidations'; it streams book_deltas, "
    ):
        channel_of(Instrument.parse("binance:spot:BTCUSDT"), "liquidations")
    with pytest.raises(
        ConfigurationError,
        match="no endpoint is known for 'kraken' market 'spot'; there are binance:",
    ):
        endpoint_of("kraken", "spot")


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
    told = [json.loads(m) for m in subscriptions("bybit", "spot", channels, first_id=5)]
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
    (message,) = subscriptions(venue, market, ["a"], undo=undo)
    assert json.loads(message) == expected


def test_kalshi_is_told_channels_and_markets_and_unsubscribes_by_number():
    (message,) = subscriptions(
        "kalshi", "event", ["trade", "trade", "orderbook_delta"], symbols=["KX-1", "KX-2"]
    )
    assert json.loads(message) == {
        "id": 1,
        "cmd": "subscribe",
        "params": {"channels": ["trade", "orderbook_delta"], "market_tickers": ["KX-1", "KX-2"]},
    }
    (message,) = subscriptions("kalshi", "event", ["1", "2"], symbols=["KX-1"], undo=True)
    assert json.loads(message)["params"] == {"sids": [1, 2]}


def test_deribit_is_asked_for_heartbeats_and_answered():
    assert [json.loads(m)["method"] for m in first_messages("deribit")] == ["public/set_heartbeat"]
    asked = b'{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}'
    answer = reply_to("deribit", asked)
    assert answer is not None
    assert json.loads(answer)["method"] == "public/test"
    assert reply_to("deribit", asked.replace(b"test_request", b"heartbeat")) is None
    assert first_messages("bybit") == []


def test_every_endpoint_is_encrypted_and_has_limits_that_make_sense():
    for endpoint in ENDPOINTS:
        assert endpoint.websocket.startswith("wss://") and endpoint.rest.startswith("https://")
        assert 0 < endpoint.arguments <= endpoint.streams
        assert endpoint.heartbeat.silence_seconds > endpoint.heartbeat.every_seconds
        assert endpoint.connects.count > 0 and endpoint.messages.count > 0
        assert (endpoint.life_seconds == 86_400) == (endpoint.venue == "binance")
