import subprocess
import sys
import threading

import numpy as np
import pytest

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.journal import (
    Damage,
    JournalOptions,
    JournalReader,
    JournalWriter,
    Position,
    check,
    drop_before,
    recover,
)
from marketdata_platform_tests.journal.frames import (
    QUICK,
    TRADES,
    frame,
    payloads,
    write,
    write_open,
)


def test_batches_hold_what_records_do_at_every_batch_size(tmp_path):
    options = JournalOptions(segment_bytes=10_000)
    with JournalWriter(tmp_path, "g1", options) as writer:
        for number in range(700):
            writer.append(f"s{number % 3}", frame(number, number % 97), number, -number)
    reader = JournalReader(tmp_path)
    records = list(reader.read())
    for batch_bytes in (64, 1000, 4_000_000):
        batches = list(reader.read_batches(batch_bytes=batch_bytes))
        assert [r for b in batches for r in b.records()] == records
        assert [p for b in batches for p in b.payloads()] == [r.payload for r in records]
        assert np.concatenate([b.recv_ns for b in batches]).tolist() == list(range(700))
        assert batches[0].position == Position(1, 256)


def test_reading_goes_on_from_the_position_after_any_record_or_batch(tmp_path):
    write(tmp_path, 120, options=JournalOptions(segment_bytes=4096))
    reader = JournalReader(tmp_path)
    records = list(reader.read())
    for number, record in enumerate(records):
        assert [r.payload for r in reader.read(record.next)] == [
            r.payload for r in records[number + 1 :]
        ]
    for batch in reader.read_batches(batch_bytes=500):
        following = [r for r in records if r.position >= batch.next]
        assert list(reader.read(batch.next)) == following


def test_the_tail_of_an_empty_a_written_and_a_sealed_journal(tmp_path):
    reader = JournalReader(tmp_path / "none")
    assert (reader.tail(), list(reader.read()), reader.segments()) == (Position(1, 256), [], [])
    writer = JournalWriter(tmp_path, "g1", QUICK)
    position = writer.append(TRADES, b"x", 1, 1)
    writer.flush()
    assert JournalReader(tmp_path).tail() == position
    writer.close()
    assert JournalReader(tmp_path).tail() == position


def test_a_follower_sees_each_record_once_while_segments_are_rolled_and_sealed_under_it(tmp_path):
    options = JournalOptions(commit_seconds=0.002, segment_bytes=3000)
    seen = []
    finished = threading.Event()

    def follow():
        for step in JournalReader(tmp_path).read(
            follow=True, poll_seconds=0.001, until=finished.is_set
        ):
            seen.append(step)

    thread = threading.Thread(target=follow)
    thread.start()
    with JournalWriter(tmp_path, "g1", options) as writer:
        for number in range(1500):
            writer.append(TRADES, frame(number), number, number)
            if number % 100 == 0:
                writer.flush()
    finished.set()
    thread.join(20)
    assert [r.payload for r in seen] == [frame(n) for n in range(1500)]


def test_another_process_follows_and_sees_only_whole_records(tmp_path):
    code = (
        "import sys; from pathlib import Path; from marketdata_platform.journal import "
        "JournalReader\n"
        "for r in JournalReader(Path(sys.argv[1])).read(follow=True, poll_seconds=0.002):\n"
        "    sys.stdout.buffer.write(r.payload + b'\\n'); sys.stdout.flush()\n"
        "    if r.payload == b'end': break"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
        ) as other,
        JournalWriter(
            tmp_path, "g1", JournalOptions(commit_seconds=0.002, segment_bytes=20_000)
        ) as writer,
    ):
        for number in range(2000):
            writer.append(TRADES, frame(number, number % 400), number, number)
        writer.append(TRADES, b"end", 0, 0)
        writer.flush()
        lines = other.stdout.read().split(b"\n")
    assert lines == [*(frame(n, n % 400) for n in range(2000)), b"end", b""]


def test_a_missing_segment_between_two_is_said(tmp_path):
    write(tmp_path, 200, options=JournalOptions(segment_bytes=4096))
    numbers = [s.number for s in JournalReader(tmp_path).segments()]
    (tmp_path / f"{numbers[1]:012d}.journal.zst").unlink()
    (gone,) = [s for s in JournalReader(tmp_path).read() if isinstance(s, Damage)]
    assert (gone.segment, gone.end, gone.next) == (numbers[1], None, Position(numbers[1] + 1, 256))
    drop_before(tmp_path, Position(numbers[2], 256))
    assert not [s for s in JournalReader(tmp_path).read() if isinstance(s, Damage)]


def test_check_counts_streams_and_says_what_each_lost(tmp_path):
    with JournalWriter(tmp_path, "g1") as writer:
        ends = [writer.append(f"s{n % 2}", frame(n), n, n) for n in range(10)]
        writer.flush()
        path = tmp_path / "000000000001.journal"
        data = bytearray(path.read_bytes())
        data[ends[4].offset - 5] ^= 1
        path.write_bytes(data)
        report = check(tmp_path)
    assert not report.ok
    assert (report.records, report.segments) == (9, 1)
    assert (report.streams["s0"].records, report.streams["s0"].lost) == (4, 1)
    assert (report.streams["s1"].records, report.streams["s1"].lost) == (5, 0)
    assert (report.streams["s1"].first_recv_ns, report.streams["s1"].last_recv_ns) == (1, 9)
    (one,) = report.damage
    assert (one.stream, one.recv_ns, one.start, one.end) == (
        "s0",
        4,
        ends[3].offset,
        ends[4].offset,
    )


def test_a_torn_tail_is_cut_once_and_reading_goes_on_in_a_new_segment(tmp_path):
    write_open(tmp_path, 10)
    path = tmp_path / "000000000001.journal"
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(path.read_bytes()[256:300])
    assert payloads(tmp_path) == [frame(n) for n in range(10)]
    found = recover(tmp_path)
    assert found.cut_bytes == {1: 44}
    assert "44 torn bytes" in str(found)
    assert path.stat().st_size == whole
    assert recover(tmp_path).cut_bytes == {}
    assert write(tmp_path, 1, first=10)[0].segment == 2
    assert payloads(tmp_path) == [frame(n) for n in range(11)]


def test_a_segment_torn_within_its_header_is_kept_aside_and_its_number_is_not_used_again(tmp_path):
    write_open(tmp_path, 3)
    (tmp_path / "000000000002.journal").write_bytes(b"MDJRNL")
    with JournalWriter(tmp_path, "g1") as writer:
        assert writer.recovered.cut_bytes == {2: 6}
        assert writer.append(TRADES, frame(3), 3, 3).segment == 3
    assert payloads(tmp_path) == [frame(n) for n in range(4)]
    assert check(tmp_path).ok


def test_a_crash_between_publishing_a_sealed_segment_and_removing_the_plain_one_is_finished(
    tmp_path,
):
    write_open(tmp_path, 100)
    plain = tmp_path / "000000000001.journal"
    kept = plain.read_bytes()
    JournalWriter(tmp_path, "g1").close()
    plain.write_bytes(kept)
    (tmp_path / "000000000001.journal.zst.tmp").write_bytes(b"half")
    assert payloads(tmp_path) == [frame(n) for n in range(100)]
    JournalWriter(tmp_path, "g1").close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["000000000001.journal.zst", "writer.lock"]


def test_positions_are_written_and_read_as_text():
    assert Position.parse(str(Position(12, 34_567))) == Position(12, 34_567)
    assert Position(1, 999) < Position(2, 256)
    for wrong in ("", "5", "a:b", "1:-2", "1:2:3"):
        with pytest.raises(InvalidInput, match="SEGMENT:OFFSET"):
            Position.parse(wrong)
