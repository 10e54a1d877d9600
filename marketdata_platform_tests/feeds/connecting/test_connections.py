"""Connections against a venue that disconnects, refuses, stalls and falls silent."""

import socket
import time

import pytest

from marketdata_platform_tests.feeds.gathering.recording import Recording, settings_for
from marketdata_platform_tests.feeds.venue_server import VenueServer, wait_for


@pytest.fixture
def server():
    with VenueServer() as one:
        yield one


def test_a_lost_connection_comes_back_and_what_was_missed_is_noted(tmp_path, server):
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: len(gatherer.trade_ids()) > 10)
        server.drop_all()
        wait_for(lambda: len(gatherer.notes("connected")) == 2)
        before = len(gatherer.trade_ids())
        wait_for(lambda: len(gatherer.trade_ids()) > before + 10)
    ids = gatherer.trade_ids()
    missed = set(range(ids[0], ids[-1])) - set(ids)
    noted = {
        number for gap in gatherer.notes("gap") for number in range(gap["first"], gap["last"] + 1)
    }
    assert missed and noted == missed
    assert gatherer.notes("disconnected")[0]["reason"] == "the venue ended the connection"
    assert gatherer.result.status.connections[0].disconnects == 1


def test_the_reason_that_the_venue_gives_for_an_end_is_kept(tmp_path, server):
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: gatherer.trade_ids())
        server.drop_all(politely=True)
        wait_for(lambda: gatherer.notes("disconnected"))
    assert gatherer.notes("disconnected")[0]["reason"] == "the venue closed it: 1001 maintenance"


def test_a_refused_handshake_is_tried_again_no_sooner_than_the_venue_asks(tmp_path, server):
    server.wrong.refuse, server.wrong.retry_after = 429, "1"
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: len(server.seen.handshakes) == 2)
        first, second = server.seen.handshakes
        server.wrong.refuse = 0
        wait_for(lambda: gatherer.trade_ids())
    assert second - first >= 1.0
    assert gatherer.result.status.connections[0].attempts == 3
    assert "HTTP 429; it asks to wait 1 s" in gatherer.result.status.connections[0].last_error


def test_attempts_become_rarer_while_nobody_listens(tmp_path, server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"ws://127.0.0.1:{free.getsockname()[1]}/stream"
    with Recording(settings_for(tmp_path, server, endpoint={"websocket": dead})) as gatherer:
        wait_for(lambda: gatherer.status and gatherer.status.connections[0].attempts >= 2)
        time.sleep(1.2)
        attempts = gatherer.status.connections[0].attempts
    assert 2 <= attempts <= 6
    assert gatherer.status.connections[0].last_error.startswith("no connection: ")


def test_attempts_stay_within_the_venues_allowance():
    import asyncio

    from marketdata_platform.feeds.connecting.limits import Throttle
    from marketdata_platform.venues.endpoint import Allowance

    async def passed() -> list[float]:
        throttle, times = Throttle(Allowance(3, 0.2)), []
        for _ in range(8):
            await throttle.take()
            times.append(time.monotonic())
        return times

    times = asyncio.run(passed())
    assert all(times[n + 3] - times[n] >= 0.199 for n in range(5))


def test_a_connection_that_gives_no_byte_is_dead_but_one_that_answers_pings_lives(tmp_path, server):
    server.wrong.stalled = True
    with Recording(settings_for(tmp_path, server, endpoint={"silence_seconds": 0.8})) as gatherer:
        wait_for(lambda: server.seen.pings >= 2)
        assert len(gatherer.notes("connected")) == 1
        server.wrong.mute = True
        wait_for(lambda: len(gatherer.notes("connected")) == 2)
    assert gatherer.notes("disconnected")[0]["reason"].startswith("no byte for ")


def test_a_ping_is_answered(tmp_path, server):
    server.wrong.ping = True
    with Recording(settings_for(tmp_path, server)):
        wait_for(lambda: server.seen.pongs == 1)


def test_a_silent_stream_is_subscribed_to_again_then_the_connection_is_made_anew(tmp_path, server):
    settings = settings_for(tmp_path, server, symbols=("BTCUSDT", "ETHUSDT"), stale_seconds=0.5)
    with Recording(settings) as gatherer:
        wait_for(
            lambda: gatherer.status and all(one.messages > 5 for one in gatherer.status.streams)
        )
        server.wrong.deaf_to = frozenset({"ethusdt@trade"})
        wait_for(lambda: gatherer.notes("stale"))
        wait_for(lambda: gatherer.status.streams[1].stale and not gatherer.status.streams[0].stale)
        wait_for(lambda: len(gatherer.notes("connected")) == 2)
        server.wrong.deaf_to = frozenset()
        wait_for(lambda: not gatherer.status.streams[1].stale)
    assert gatherer.notes("stale")[0]["channels"] == ["ethusdt@trade"]
    methods = [message["method"] for _, message in server.seen.messages]
    assert methods[:4] == ["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE", "SUBSCRIBE"]
    assert "stays silent" in gatherer.notes("disconnected")[0]["reason"]


def test_before_a_connection_reaches_its_age_another_takes_over_and_nothing_is_missed(
    tmp_path, server
):
    with Recording(settings_for(tmp_path, server, endpoint={"life_seconds": 1.0})) as gatherer:
        wait_for(lambda: len(gatherer.notes("handover")) >= 2)
        wait_for(lambda: gatherer.trade_ids()[-1] > 100)
    ids = set(gatherer.trade_ids())
    assert ids == set(range(min(ids), max(ids) + 1))
    assert not gatherer.notes("gap")
    assert server.seen.live[:2] == [0, 1]  # the old one was still there
    assert gatherer.result.status.connections[0].disconnects == 0
    assert gatherer.notes("disconnected")[0]["reason"].startswith("handed over to ")


def test_subscriptions_are_told_no_faster_than_the_venue_allows(tmp_path, server):
    symbols = tuple(f"S{number}USDT" for number in range(1_500))
    with Recording(settings_for(tmp_path, server, symbols=symbols, endpoint={"streams": 1_500})):
        wait_for(lambda: len(server.seen.messages) == 8)
    times = [moment for moment, _ in server.seen.messages]
    assert all(
        times[n + 5] - times[n] >= 0.9 for n in range(3)
    )  # 5 per second, and 200 channels per message
    assert max(len(message["params"]) for _, message in server.seen.messages) == 200
