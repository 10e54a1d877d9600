"""Frames that no decoder likes are recorded as they came, and cost neither the connection nor
memory.
"""

import os

import psutil
import pytest

from marketdata_platform_tests.feeds.gathering.recording import Recording, settings_for
from marketdata_platform_tests.feeds.venue_server import VenueServer, wait_for


@pytest.fixture
def server():
    with VenueServer(rate=50) as one:
        yield one


def payloads(gatherer):
    return [one.payload for one in gatherer.records("/ws/")]


def plausible_ids(gatherer):
    return [number for number in gatherer.trade_ids() if number < 10**9]


def test_odd_frames_are_recorded_and_the_connection_stays(tmp_path, server):
    odd = [
        b"",
        b"{",
        b"null",
        b"\x00\xff\xfe",
        b'{"stream":"btcusdt@trade","data":{"e":"trade","t":"no number"}}',
        b'{"stream":"btcusdt@trade","data":[' + b"[" * 50_000 + b"]" * 50_000 + b"]}",
        b'{"stream":"btcusdt@trade","data":{"e":"trade","t":99999999999999999999999999}}',
        b'{"stream":"unheard@of","data":{}}',
        b'{"stream":"btcusdt@trade","data":{"e":"new","new":"field"}}',
    ]
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: len(gatherer.trade_ids()) > 5)
        for frame in odd:
            server.send(frame)
        wait_for(lambda: set(odd) <= set(payloads(gatherer)))
        last = plausible_ids(gatherer)[-1]
        wait_for(lambda: plausible_ids(gatherer)[-1] > last + 5)
    assert len(gatherer.notes("connected")) == 1
    ids = plausible_ids(gatherer)
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert not gatherer.notes("gap")


def test_a_message_in_fragments_is_one_frame(tmp_path, server):
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: gatherer.trade_ids())
        server.send_parts([b'{"in":', b"", b'["th', b'ree parts"]}'])
        wait_for(lambda: b'{"in":["three parts"]}' in payloads(gatherer))


def test_what_the_venue_refuses_is_told(tmp_path, server):
    with Recording(settings_for(tmp_path, server)) as gatherer:
        wait_for(lambda: gatherer.trade_ids())
        server.send(b'{"error":{"code":2,"msg":"Invalid request: unknown\\nstream"},"id":1}')
        wait_for(lambda: gatherer.status and gatherer.status.connections[0].last_error)
    assert gatherer.status.connections[0].last_error == "2 Invalid request: unknown stream"


def test_a_frame_of_50_mb_is_recorded_and_its_memory_is_given_back(tmp_path, server):
    frame = b'{"stream":"btcusdt@trade","data":"' + os.urandom(25_000_000).hex().encode() + b'"}'
    settings = settings_for(tmp_path, server, queue_bytes=2**20, segment_bytes=2**20)
    with Recording(settings) as gatherer:
        wait_for(lambda: len(gatherer.trade_ids()) > 5)
        process = psutil.Process()
        before = process.memory_info().rss
        server.send(frame)
        wait_for(lambda: gatherer.status.bytes > len(frame))
        last = gatherer.status.streams[0].last_sequence
        wait_for(lambda: (gatherer.status.streams[0].last_sequence or 0) > last + 20)
        # This process holds the frame's sender, too.
        wait_for(lambda: process.memory_info().rss - before < 0.5 * len(frame))
        assert len(gatherer.notes("connected")) == 1
    assert frame in payloads(gatherer)
