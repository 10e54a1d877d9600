"""A slow or full disk holds the socket back; memory does not grow, and nothing that was taken is
lost.
"""

import subprocess
import threading
import time

import psutil
import pytest

from marketdata_platform.journal.writing import disk
from marketdata_platform_tests.feeds.gathering.recording import (
    Recording,
    heartbeat,
    settings_for,
    trade_ids,
)
from marketdata_platform_tests.feeds.venue_server import VenueServer, wait_for

FILLING = b'{"stream":"filling","data":"' + b"x" * 2_000 + b'"}'


@pytest.fixture
def server():
    with VenueServer(rate=50) as one:
        yield one


@pytest.fixture
def gate(monkeypatch):
    """While it is not set, the disk does not come back from a commit."""
    opened = threading.Event()
    opened.set()
    commit = disk.SegmentFile.commit

    def slow(self, chunk):
        assert opened.wait(30)
        return commit(self, chunk)

    monkeypatch.setattr(disk.SegmentFile, "commit", slow)
    yield opened
    opened.set()


def test_a_disk_that_hangs_stops_the_reading_and_not_the_gatherer(tmp_path, server, gate):
    settings = settings_for(tmp_path, server, queue_bytes=2**18, endpoint={"silence_seconds": 1.0})
    with Recording(settings) as gatherer:
        wait_for(lambda: len(gatherer.trade_ids()) > 5)
        gate.clear()
        process = psutil.Process()
        sent = _flood(server, 2_000)
        wait_for(lambda: gatherer.status.waits > 0)
        before = process.memory_info().rss
        _flood(server, 6_000)
        time.sleep(1.5)  # longer than silence: a socket that is not read says nothing of the venue
        assert (
            process.memory_info().rss - before < 40 * 2**20
        )  # 12 MB wait in the server, which is this process too, and holds copies
        assert gatherer.status.buffered_bytes < 2**19
        gate.set()
        wait_for(
            lambda: sum(one.payload == FILLING for one in gatherer.records("/ws/")) == sent + 6_000,
            20,
        )
    assert len(gatherer.notes("connected")) == 1
    ids = gatherer.trade_ids()
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def _flood(server, count):
    server.send(FILLING, count)
    return count


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 2 MB."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a tmpfs")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=False)


def test_a_full_disk_stops_the_taking_says_so_and_it_goes_on_when_space_returns(small_disk, server):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_200_000))
    with Recording(settings_for(small_disk, server, queue_bytes=2**16)) as gatherer:
        wait_for(lambda: len(gatherer.trade_ids()) > 5)
        _flood(server, 600)
        wait_for(lambda: gatherer.status.state == "stopped")
        told = wait_for(lambda: (s := heartbeat(gatherer.folder)) and s.state == "stopped" and s)
        assert "No space left on device" in told.stopped_reason
        acknowledged = gatherer.trade_ids()
        ballast.unlink()
        wait_for(lambda: gatherer.status.state == "capturing")
        wait_for(lambda: gatherer.trade_ids()[-1] > acknowledged[-1] + 20)
    assert gatherer.error is None
    assert gatherer.trade_ids()[: len(acknowledged)] == acknowledged
    assert trade_ids(gatherer.records()) == sorted(set(gatherer.trade_ids()))
