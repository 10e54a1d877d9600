import asyncio
import os
import subprocess
import sys
import threading
import time

import pytest

from marketdata_platform.core.errors import (
    ConfigurationError,
    InvalidInput,
    JournalLocked,
    JournalStopped,
)
from marketdata_platform.journal import (
    JournalOptions,
    JournalReader,
    JournalWriter,
    Position,
    drop_before,
)
from marketdata_platform_tests.journal.frames import (
    QUICK,
    TRADES,
    frame,
    only_file,
    payloads,
    write,
    write_open,
)


def test_what_was_appended_is_read_back_with_times_stream_and_numbers(tmp_path):
    with JournalWriter(tmp_path, "tokyo-1") as writer:
        first = writer.append("a", b'{"x":1}', 1_700_000_000_000_000_001, 5)
        writer.append("ü@trade", b"", -1, -(2**63))
        writer.append("a", b"\x00\xff\n", 2**63 - 1, 9)
    records = list(JournalReader(tmp_path).read())
    assert [(r.stream, r.sequence, r.recv_ns, r.mono_ns, r.payload) for r in records] == [
        ("a", 0, 1_700_000_000_000_000_001, 5, b'{"x":1}'),
        ("ü@trade", 0, -1, -(2**63), b""),
        ("a", 1, 2**63 - 1, 9, b"\x00\xff\n"),
    ]
    assert records[0].next == first == records[1].position
    header = JournalReader(tmp_path).segments()[0].header
    assert header is not None
    assert (header.gatherer, header.segment) == ("tokyo-1", 1)


def test_a_position_stays_valid_when_its_segment_is_sealed(tmp_path):
    writer = JournalWriter(tmp_path, "g1", QUICK)
    positions = [writer.append(TRADES, frame(n), n, n) for n in range(50)]
    writer.flush()
    assert only_file(tmp_path).name.endswith(".journal")
    before = payloads(tmp_path, positions[20])
    writer.close()
    assert only_file(tmp_path).name.endswith(".journal.zst")
    assert payloads(tmp_path, positions[20]) == before == [frame(n) for n in range(21, 50)]


def test_a_sealed_segment_is_ordinary_zstd_of_the_plain_one(tmp_path):
    import zstandard

    write_open(tmp_path, 3000)
    plain = only_file(tmp_path).read_bytes()
    with JournalWriter(tmp_path, "g1") as writer:
        assert writer.recovered.records == 3000
    with zstandard.ZstdDecompressor().stream_reader(
        only_file(tmp_path).read_bytes(), read_across_frames=True
    ) as reader:
        assert reader.read() == plain


def test_segments_end_by_size_and_by_age_and_read_as_one(tmp_path):
    options = JournalOptions(commit_seconds=0.005, segment_bytes=4096, segment_seconds=0.05)
    with JournalWriter(tmp_path, "g1", options) as writer:
        for number in range(200):
            writer.append(TRADES, frame(number), number, number)
        begun = writer.append(TRADES, frame(200), 0, 0).segment
        deadline = time.monotonic() + 10
        while (
            writer.append("other", b"tick", 0, 0).segment == begun and time.monotonic() < deadline
        ):
            time.sleep(0.01)
        assert writer.append("other", b"tick", 0, 0).segment > begun
    segments = JournalReader(tmp_path).segments()
    assert len(segments) > 5
    assert all(segment.sealed for segment in segments)
    assert [p for p in payloads(tmp_path) if p != b"tick"] == [frame(n) for n in range(201)]


def test_acknowledged_passes_a_position_only_after_fsync(tmp_path, monkeypatch):
    synced = threading.Event()
    real = os.fdatasync

    def slow(descriptor):
        synced.wait(10)
        real(descriptor)

    monkeypatch.setattr("marketdata_platform.journal.writing.disk._sync", slow)
    with JournalWriter(tmp_path, "g1", QUICK) as writer:
        position = writer.append(TRADES, frame(1), 1, 1)
        assert not writer.wait_acknowledged(position, 0.1)
        assert writer.acknowledged < position
        synced.set()
        assert writer.wait_acknowledged(position, 10)
        assert writer.acknowledged >= position


def test_a_slow_disk_is_back_pressure_and_not_memory(tmp_path, monkeypatch):
    gate = threading.Event()
    real = os.fdatasync
    monkeypatch.setattr(
        "marketdata_platform.journal.writing.disk._sync", lambda d: (gate.wait(10), real(d))
    )
    options = JournalOptions(commit_seconds=0.005, commit_bytes=1024, buffer_bytes=10_000)
    with JournalWriter(tmp_path, "g1", options) as writer:
        taken = 0
        while writer.append_nowait(TRADES, frame(taken), taken, taken) is not None:
            taken += 1
        assert writer.counters().buffered_bytes <= 10_000 + 200
        with pytest.raises(TimeoutError, match="slow"):
            writer.append(TRADES, frame(taken), 0, 0, timeout_seconds=0.05)
        assert writer.counters().waits >= 2
        gate.set()
        writer.append(TRADES, frame(taken), 0, 0, timeout_seconds=10)
    assert payloads(tmp_path) == [frame(n) for n in range(taken + 1)]


def test_coroutines_wait_for_room_and_for_acknowledgement_without_blocking_the_loop(
    tmp_path, monkeypatch
):
    gate = threading.Event()
    real = os.fdatasync
    monkeypatch.setattr(
        "marketdata_platform.journal.writing.disk._sync", lambda d: (gate.wait(10), real(d))
    )
    options = JournalOptions(commit_seconds=0.005, commit_bytes=1024, buffer_bytes=5_000)

    async def feed(writer):
        position = Position(0, 0)
        for number in range(500):
            position = await writer.append_async(TRADES, frame(number), number, number)
        await writer.acknowledged_async(position)
        return position

    async def main(writer):
        task = asyncio.create_task(feed(writer))
        ticks = 0
        while ticks < 20:  # the loop goes on while the feed waits for the disk
            await asyncio.sleep(0.002)
            ticks += 1
        assert not task.done()
        gate.set()
        return await asyncio.wait_for(task, 10)

    with JournalWriter(tmp_path, "g1", options) as writer:
        position = asyncio.run(main(writer))
        assert writer.acknowledged >= position
    assert payloads(tmp_path) == [frame(n) for n in range(500)]


def test_threads_append_beside_each_other_and_each_keeps_its_order(tmp_path):
    with JournalWriter(
        tmp_path, "g1", JournalOptions(commit_seconds=0.002, segment_bytes=20_000)
    ) as writer:

        def feed(name):
            for number in range(500):
                writer.append(name, frame(number), number, number)

        threads = [threading.Thread(target=feed, args=(f"s{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert writer.counters().streams == {f"s{i}": 500 for i in range(4)}
    records = list(JournalReader(tmp_path).read())
    for i in range(4):
        assert [r.recv_ns for r in records if r.stream == f"s{i}"] == list(range(500))


def test_a_frame_of_fifty_megabytes_passes_a_small_buffer(tmp_path):
    big = os.urandom(1_000_000) * 50
    with JournalWriter(tmp_path, "g1", JournalOptions(buffer_bytes=1_000_000)) as writer:
        writer.append(TRADES, b"before", 1, 1)
        writer.append(TRADES, big, 2, 2)
        writer.append(TRADES, b"after", 3, 3)
    assert [p == big or p for p in payloads(tmp_path)] == [b"before", True, b"after"]
    assert [len(p) for b in JournalReader(tmp_path).read_batches() for p in b.payloads()] == [
        6,
        50_000_000,
        5,
    ]


def test_a_second_writer_is_refused_by_name_of_the_first_one_s_process(tmp_path):
    code = (
        "import sys; from pathlib import Path; from marketdata_platform.journal import "
        "JournalWriter\n"
        "w = JournalWriter(Path(sys.argv[1]), 'g1'); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(JournalLocked, match=f"process {other.pid}"):
            JournalWriter(tmp_path, "g1")
        other.kill()
    with JournalWriter(tmp_path, "g1"), pytest.raises(JournalLocked, match="this same process"):
        JournalWriter(tmp_path, "g1")


def test_a_closed_writer_says_so_and_closing_twice_is_harmless(tmp_path):
    writer = JournalWriter(tmp_path, "g1")
    writer.append(TRADES, b"x", 1, 1)
    writer.close()
    writer.close()
    with pytest.raises(JournalStopped, match="closed"):
        writer.append(TRADES, b"y", 1, 1)


def test_what_cannot_be_a_record_is_refused_and_harms_nothing(tmp_path):
    with pytest.raises(InvalidInput, match="gatherer"):
        JournalWriter(tmp_path, "../x")
    with pytest.raises(ConfigurationError, match="commit_seconds"):
        JournalOptions(commit_seconds=0)
    with JournalWriter(tmp_path, "g1") as writer:
        for stream, payload, recv_ns in (
            ("", b"", 0),
            ("x" * 256, b"", 0),
            ("a", b"", 2**63),
            ("a", bytes(2**28 + 1), 0),
        ):
            with pytest.raises(InvalidInput):
                writer.append(stream, payload, recv_ns, 0)
        writer.append("a", b"fine", 1, 1)
    assert payloads(tmp_path) == [b"fine"]


def test_old_sealed_segments_can_be_dropped_and_numbers_are_never_used_again(tmp_path):
    positions = write(tmp_path, 300, options=JournalOptions(segment_bytes=4096))
    last = positions[-1].segment
    assert drop_before(tmp_path, Position(last + 5, 256)) == list(range(1, last))
    assert [s.number for s in JournalReader(tmp_path).segments()] == [last]
    assert write(tmp_path, 1)[0].segment == last + 1


def test_counters_tell_frames_bytes_commits_and_what_each_stream_gave(tmp_path):
    with JournalWriter(tmp_path, "g1", JournalOptions(segment_bytes=4096)) as writer:
        for number in range(100):
            writer.append(TRADES, frame(number), number, number)
        writer.append("b", b"12345", 1, 1)
        assert writer.seal(30)
        counters = writer.counters()
    assert counters.frames == 101
    assert counters.frame_bytes == sum(len(frame(n)) for n in range(100)) + 5
    assert counters.streams == {TRADES: 100, "b": 1}
    assert counters.commits >= 1
    assert counters.buffered_bytes == 0
    assert counters.written_bytes > counters.frame_bytes
    assert counters.segments_sealed == len(JournalReader(tmp_path).segments()) > 1
    assert counters.commit_seconds_longest <= counters.commit_seconds_total
