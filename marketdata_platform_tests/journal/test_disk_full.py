import contextlib
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from marketdata_platform.core.errors import JournalStopped
from marketdata_platform.journal import JournalOptions, JournalReader, JournalWriter, check
from marketdata_platform_tests.journal.frames import TRADES, payloads

OPTIONS = JournalOptions(
    commit_seconds=0.005, commit_bytes=50_000, segment_bytes=400_000, retry_seconds=0.02
)


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 2 MB."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a tmpfs; the file size limit below is tested instead")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=False)


def fill(writer):
    """Append noise until the journal stops; the frames that were taken."""
    taken = []
    with contextlib.suppress(JournalStopped):
        while len(taken) < 100_000:
            frame = os.urandom(1000)
            writer.append(TRADES, frame, len(taken), 0)
            taken.append(frame)
    return taken


def test_a_full_disk_stops_the_journal_says_so_and_it_goes_on_when_space_returns(small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_000_000))
    folder = small_disk / "journal"
    with JournalWriter(folder, "g1", replace(OPTIONS, segment_bytes=2**24)) as writer:
        taken = fill(writer)
        assert len(taken) < 2000
        acknowledged = writer.acknowledged
        with pytest.raises(JournalStopped, match=r"No space left on device.*errno 28.*safe"):
            writer.append(TRADES, b"more", 0, 0)
        assert "No space left" in writer.stopped
        assert writer.counters().failures >= 1
        assert (
            JournalReader(folder).tail() == acknowledged
        )  # no half-written record is left to be seen
        buffered = writer.counters().buffered_bytes
        time.sleep(0.1)
        assert writer.counters().buffered_bytes == buffered
        ballast.unlink()
        deadline = time.monotonic() + 10
        while writer.stopped and time.monotonic() < deadline:
            time.sleep(0.01)
        writer.append(TRADES, b"again", 1, 1)
        writer.flush(10)
    assert payloads(folder) == [*taken, b"again"]
    assert check(folder).ok


def test_a_journal_closed_on_a_full_disk_says_what_is_lost_and_keeps_what_was_acknowledged(
    small_disk,
):
    folder = small_disk / "journal"
    writer = JournalWriter(folder, "g1", OPTIONS)
    taken = fill(writer)
    acknowledged = writer.acknowledged
    with pytest.raises(JournalStopped, match="bytes wait in memory"):
        writer.close()
    assert JournalReader(folder).tail() >= acknowledged
    kept = payloads(folder)
    assert kept == taken[: len(kept)]
    assert len(kept) > 500
    assert check(folder).ok


def test_a_limit_on_file_size_is_a_full_disk_too(tmp_path):
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from marketdata_platform_tests.journal.test_disk_full import limited; "
        "limited(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    said, taken = done.stdout.splitlines()
    assert "File too large" in said
    assert len(payloads(tmp_path)) == int(taken)
    assert check(tmp_path).ok


def limited(folder):
    """In a process of its own: fill up to a limit, lift it, and see everything taken arrive."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    with JournalWriter(folder, "g1", OPTIONS) as writer:
        taken = fill(writer)
        sys.stdout.write(f"{writer.stopped}\n{len(taken)}\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        while writer.stopped:
            time.sleep(0.01)
