"""Hours of a busy market in minutes of patience: memory stays flat, and every frame is in the
journal.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from marketdata_platform.journal import check
from marketdata_platform_tests.feeds.gathering.processes import GathererProcess
from marketdata_platform_tests.feeds.gathering.recording import heartbeat

RATE = 20_000
SECONDS = float(os.environ.get("MARKETDATA_TEST_SOAK_SECONDS", "600"))
WARM_SECONDS = 15.0
CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sender():
    """A process that sends RATE frames per second, for as long as anybody listens."""
    command = [sys.executable, "-m", "benchmarks.capture_sender", "200000", str(RATE), "1000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
    port = int(process.stdout.readline())
    yield SimpleNamespace(url=f"ws://127.0.0.1:{port}/stream", rest=f"http://127.0.0.1:{port}")
    process.kill()
    process.wait()


@pytest.mark.slow
def test_memory_stays_flat_at_20_000_messages_a_second(tmp_path, sender):
    with GathererProcess(tmp_path / "root", sender, capture="segment_bytes = 16777216") as gatherer:
        process = psutil.Process(gatherer.process.pid)
        time.sleep(WARM_SECONDS)
        first, first_frames = process.memory_info().rss, heartbeat(gatherer.folder).frames
        begun, largest, cpu = time.monotonic(), 0, sum(process.cpu_times()[:2])
        while time.monotonic() - begun < SECONDS:
            time.sleep(1.0)
            largest = max(largest, process.memory_info().rss)
        passed = time.monotonic() - begun
        status = heartbeat(gatherer.folder)
        share = (sum(process.cpu_times()[:2]) - cpu) / passed
        assert gatherer.end()[0] == 0
    rate = (status.frames - first_frames) / passed
    print(  # noqa: T201
        f"{rate:,.0f} frames/s, {share:.0%} of a core, {first / 2**20:.0f} MiB, at most "
        f"{largest / 2**20:.0f}"
    )
    assert largest < 1.2 * first
    assert rate > 0.9 * RATE
    assert check(gatherer.folder).ok
