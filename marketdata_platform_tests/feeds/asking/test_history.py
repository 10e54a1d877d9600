"""Histories are paged through within what venues give, and end where they end."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from marketdata_platform.core.errors import ConfigurationError, VenueUnavailable
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.history import RestHistory
from marketdata_platform.feeds.asking.history_errors import require_entries
from marketdata_platform.venues import VENUES, venue_named
from marketdata_platform.venues.decoding import decode_answers
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.rest_rules import KeyNeeded
from marketdata_platform_tests.feeds.asking.asking import PlainClient
from marketdata_platform_tests.feeds.asking.past import FIRST_MS, Past, served

SPOT = Instrument.parse("binance:spot:BTCUSDT")
FUTURES = Instrument.parse("binance:futures:BTCUSDT")
DERIBIT = Instrument.parse("deribit:perpetual:BTC-PERPETUAL")
BYBIT = Instrument.parse("bybit:linear:BTCUSDT")
KALSHI = Instrument.parse("kalshi:event:KXGOLD-1-T5")
START = datetime.fromtimestamp(FIRST_MS / 1000, UTC)


@pytest.fixture
def past():
    return Past()


@pytest.fixture
def history(past):
    with (
        served(past) as address,
        RestHistory(lambda venue, market: PlainClient(address)) as history,
    ):
        yield history


def ids(answers, column="sequence"):
    found = []
    for answer in answers:
        out = decode_answers(Stream.parse(answer.stream), [answer.body], [answer.recv_ns // 1000])
        assert out.rejected == []
        found += [value for part in out.rows for value in part.table.column(column).to_pylist()]
    return found


@pytest.mark.parametrize("instrument", [SPOT, FUTURES, DERIBIT], ids=str)
def test_trades_are_asked_for_by_number_page_after_page(history, past, instrument):
    past.most = 300
    found = ids(history.trades(instrument, 1_500, 2_399))
    assert found == list(range(1_500, 2_400))
    assert len(past.requests) == 3


def test_a_page_that_the_venue_cannot_fill_does_not_end_the_history(history, past):
    past.lacks = set(range(1_600, 1_700))
    past.most = 100
    assert ids(history.trades(SPOT, 1_550, 1_750))[:51] == [*range(1_550, 1_600), 1_700]


def test_what_is_not_there_is_not_asked_for_again_and_again(history, past):
    assert ids(history.trades(SPOT, 9_000, 9_999)) == []
    assert len(past.requests) == 1


def test_without_a_key_the_newest_trades_are_tried_and_what_is_older_is_said(history, past):
    past.needs_key = True
    assert ids(history.trades(FUTURES, 2_500, 2_520))[-1] == 2_999
    answers = history.trades(FUTURES, 1_100, 1_110)
    assert len(ids([next(answers)])) == 1_000
    with pytest.raises(
        ConfigurationError,
        match=r"before the newest 1000 only with a key: .*API-key format invalid",
    ):
        next(answers)


def test_bybit_gives_the_newest_trades_only_and_says_when_the_hole_is_older(history):
    answers = history.trades_between(
        BYBIT, START + timedelta(seconds=150), START + timedelta(seconds=160)
    )
    assert len(ids(answers, "trade_id")) == 1_000
    answers = history.trades_between(BYBIT, START, START + timedelta(seconds=1))
    assert len(ids([next(answers)], "trade_id")) == 1_000
    with pytest.raises(ConfigurationError, match="newest 1000 trades only"):
        next(answers)


def test_kalshi_is_paged_by_its_cursor_over_the_seconds_of_the_hole(history, past):
    past.most = 80
    found = ids(
        history.trades_between(
            KALSHI, START + timedelta(seconds=10), START + timedelta(seconds=20)
        ),
        "trade_id",
    )
    assert set(found) >= {f"K{n}" for n in range(1_050, 1_250)}
    assert len(found) == len(set(found))
    assert len(past.requests) == 3


def test_a_venue_without_such_a_history_is_said(history):
    with pytest.raises(ConfigurationError, match="bybit does not number its trades"):
        history.trades(BYBIT, 1, 2)
    with pytest.raises(ConfigurationError, match="binance answers no trades by time"):
        history.trades_between(SPOT, START, START)


def test_used_up_limits_are_an_error_that_may_pass(history, past):
    past.busy = 1
    with pytest.raises(VenueUnavailable, match="429"):
        next(history.trades(SPOT, 1_500, 1_501))
    assert ids(history.trades(SPOT, 1_500, 1_501)) == [1_500, 1_501]


@pytest.mark.parametrize(
    ("venue", "status", "answer", "error"),
    [
        ("binance", 200, [], None),
        ("binance", 401, {"code": -2014, "msg": "API-key format invalid."}, KeyNeeded),
        ("binance", 400, {"code": -1121, "msg": "Invalid symbol."}, ConfigurationError),
        ("binance", 403, "<html>", VenueUnavailable),
        (
            "binance",
            451,
            {"code": 0, "msg": "Service unavailable from a restricted location"},
            VenueUnavailable,
        ),
        ("binance", 200, {"code": -1003, "msg": "Too many requests"}, VenueUnavailable),
        ("deribit", 400, {"error": {"code": 13020, "message": "not_found"}}, ConfigurationError),
        (
            "deribit",
            400,
            {"error": {"code": 10028, "message": "too_many_requests"}},
            VenueUnavailable,
        ),
        ("bybit", 200, {"retCode": 0, "result": {"list": []}}, None),
        (
            "bybit",
            200,
            {"retCode": 10006, "retMsg": "Too many visits!", "result": {}},
            VenueUnavailable,
        ),
        (
            "bybit",
            200,
            {"retCode": 10001, "retMsg": "Not supported symbols", "result": {}},
            ConfigurationError,
        ),
        ("bybit", 200, {"retCode": 0, "result": {}}, VenueUnavailable),
        ("kalshi", 404, {"error": {"code": "not_found"}}, ConfigurationError),
        ("kalshi", 200, {"cursor": ""}, VenueUnavailable),
    ],
)
def test_only_what_cannot_pass_ends_a_history(venue, status, answer, error):
    body = json.dumps(answer).encode()
    if error is None:
        require_entries(venue_named(venue), "trades", status, body)
        return
    with pytest.raises(error):
        require_entries(venue_named(venue), "trades", status, body)


@pytest.mark.parametrize("venue", [venue.name for venue in VENUES])
@pytest.mark.parametrize(
    "body", [b"", b"[1,2", b"\xff\xfe", b"[" * 100_000, b"null", b'{"result":7}']
)
def test_an_answer_that_was_cut_short_is_asked_for_again(venue, body):
    with pytest.raises(VenueUnavailable):
        require_entries(venue_named(venue), "trades", 200, body)
