import json
import time

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.platform.gatherers.capture import capture
from marketdata_platform_tests.feeds.gathering.recording import (
    BTC,
    Deployed,
    Recording,
    heartbeat,
    settings_for,
)
from marketdata_platform_tests.feeds.venue_server import VenueServer, wait_for


@pytest.fixture(scope="module")
def server():
    with VenueServer() as one:
        yield one


@pytest.fixture
def fresh():
    with VenueServer() as one:
        yield one


def test_every_trade_is_in_the_journal_once_and_in_order_with_its_receive_times(tmp_path, server):
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: len(gatherer.trade_ids()) > 50)
    ids = gatherer.trade_ids()
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    records = gatherer.records("/ws/")
    assert all(abs(one.recv_ns - time.time_ns()) < 60e9 for one in records)
    assert [one.mono_ns for one in records] == sorted(one.mono_ns for one in records)
    assert gatherer.result.ended == "asked to stop"
    assert gatherer.result.acknowledged == gatherer.result.status.position


def test_the_notes_say_when_connected_what_is_subscribed_and_how_far_the_clock_is_off(
    tmp_path, server
):
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: gatherer.notes("clock"))
    connected, subscribed = gatherer.notes("connected")[0], gatherer.notes("subscribed")[0]
    assert connected["url"] == server.url
    assert subscribed["channels"] == ["btcusdt@trade"]
    assert subscribed["instruments"] == {BTC: ["trades"]}
    assert subscribed["connection"] == connected["connection"]
    assert gatherer.notes("disconnected")[0]["reason"] == "the gatherer ends"
    clock = gatherer.notes("clock")[0]
    assert abs(clock["offset_us"]) < 1_000_000
    assert 0 < clock["round_trip_us"] < 1_000_000
    names = {one.stream for one in gatherer.records()}
    assert names == {
        f"binance:spot/ws/{connected['connection']}",
        f"binance:spot/note/{connected['connection']}",
        "binance:spot/note/clock",
    }


def test_the_heartbeat_tells_of_every_stream(tmp_path, server):
    with Recording(
        settings_for(tmp_path, server, ("trades", "book_deltas"), ("BTCUSDT", "ETHUSDT"))
    ) as gatherer:
        wait_for(
            lambda: (
                (s := heartbeat(gatherer.folder))
                and len(s.streams) == 4
                and s.streams[0].messages > 20
            )
        )
        status = heartbeat(gatherer.folder)
    assert status.state == "capturing"
    assert {(one.instrument, one.dataset) for one in status.streams} == {
        (f"binance:spot:{symbol}", dataset)
        for symbol in ("BTCUSDT", "ETHUSDT")
        for dataset in ("trades", "book_deltas")
    }
    one = status.streams[0]
    assert one.last_sequence and one.connected_since_us and one.bytes > 1_000 and one.gaps == 0
    assert abs(one.lag_us) < 5_000_000
    assert status.position and status.acknowledged
    assert (
        status.frames == sum(s.messages for s in status.connections) + len(gatherer.notes())
        or status.frames > 0
    )
    assert [c.state for c in status.connections] == ["connected"]


def test_channels_are_spread_over_connections_within_the_venues_limit(tmp_path, fresh):
    symbols = tuple(f"S{number}USDT" for number in range(7))
    with Recording(
        settings_for(tmp_path, fresh, symbols=symbols, endpoint={"streams": 3})
    ) as gatherer:
        wait_for(
            lambda: (
                gatherer.status and sum(one.messages > 0 for one in gatherer.status.streams) == 7
            )
        )
        assert fresh.connections() == 3
    subscribed = [message["params"] for _, message in fresh.seen.messages]
    assert sorted(map(len, subscribed)) == [1, 3, 3]


def test_a_break_in_the_ids_is_noted_and_counted(tmp_path, fresh):
    with Recording(settings_for(tmp_path, fresh)) as gatherer:
        wait_for(lambda: len(gatherer.trade_ids()) > 10)
        fresh.wrong.skip_ids = 3
        wait_for(lambda: gatherer.notes("gap"))
        wait_for(lambda: gatherer.status and gatherer.status.streams[0].gaps == 1)
    gap = gatherer.notes("gap")[0]
    assert gap["last"] - gap["first"] == 2
    assert not set(range(gap["first"], gap["last"] + 1)) & set(gatherer.trade_ids())
    assert gap["instruments"] == {BTC: ["trades"]}


def test_a_broken_book_is_asked_for_anew(tmp_path, fresh):
    with Recording(settings_for(tmp_path, fresh, ("book_deltas",))) as gatherer:
        wait_for(lambda: len(gatherer.records("/rest/depth")) == 1)
        wait_for(lambda: gatherer.status and gatherer.status.streams[0].messages > 5)
        fresh.wrong.skip_updates = 5
        wait_for(lambda: len(gatherer.records("/rest/depth")) == 2)
    assert gatherer.records("/rest/")[0].stream == "binance:spot/rest/depth?symbol=BTCUSDT"
    assert gatherer.notes("gap")[0]["instruments"] == {BTC: ["book_deltas"]}


def test_a_whole_book_older_than_the_changes_is_asked_for_again(tmp_path, fresh):
    fresh.wrong.snapshot_lag = 1_000
    with Recording(settings_for(tmp_path, fresh, ("book_deltas",))) as gatherer:
        wait_for(lambda: len(gatherer.records("/rest/depth")) == 2)
        fresh.wrong.snapshot_lag = 0
        wait_for(lambda: len(gatherer.records("/rest/depth")) >= 3)
        asked = len(gatherer.records("/rest/depth"))
        time.sleep(1.0)
        assert len(gatherer.records("/rest/depth")) == asked
    assert json.loads(gatherer.records("/rest/depth")[-1].payload)["lastUpdateId"] > 0


def test_an_unknown_gatherer_and_nothing_to_record_are_errors_that_say_what_to_write(
    tmp_path, server
):
    settings = settings_for(tmp_path, server)
    with pytest.raises(ConfigurationError, match=r"no gatherer is called 'g9'; there are g1"):
        capture(Deployed(settings), "g9")
    with pytest.raises(
        ConfigurationError, match=r"\[capture.instruments\] \"binance:spot:BTCUSDT\""
    ):
        capture(Deployed(settings_for(tmp_path, server, symbols=())), "g1")
