"""A journal as landing reads it: every frame once, from any position, with damage told apart."""

from __future__ import annotations

import numpy as np
import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.journal import JournalWriter
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.workflows.ports import FrameBatch, SourceDamage
from marketdata_platform_tests.journal.frames import QUICK, only_file, write, write_open


def frames(source, position=None, batch_bytes=2**16):
    return [
        f
        for step in source.batches(position, batch_bytes)
        if isinstance(step, FrameBatch)
        for f in step.frames
    ]


def test_batches_hold_every_frame_with_its_stream_times_and_place(tmp_path):
    with JournalWriter(tmp_path, "g1", QUICK) as writer:
        for number in range(3_000):
            writer.append(f"s{number % 3}", b"%d" % number, number, number + 7)
    source = JournalSource(tmp_path, "g1")
    batches = list(source.batches(None, 2**16))
    assert source.name == "g1" and len(batches) > 1
    told = [
        (b.streams[s], f) for b in batches for s, f in zip(b.stream.tolist(), b.frames, strict=True)
    ]
    assert told == [(f"s{n % 3}", b"%d" % n) for n in range(3_000)]
    assert np.concatenate([b.recv_ns for b in batches]).tolist() == list(range(3_000))
    assert np.concatenate([b.mono_ns for b in batches]).tolist() == list(range(7, 3_007))
    assert (np.diff(np.concatenate([b.offset for b in batches])) > 0).all()
    assert batches[-1].next == source.tail()


def test_reading_goes_on_where_a_batch_ended_also_over_segments_and_while_it_grows(tmp_path):
    source = JournalSource(tmp_path, "g1")
    assert (frames(source), source.tail()) == ([], "1:256")
    write(tmp_path, 2_000)
    first = next(iter(source.batches(None, 2**16)))
    rest = frames(source, first.next)
    assert len(first.frames) + len(rest) == 2_000
    position = source.tail()
    write_open(tmp_path, 10)
    assert len(frames(source, position)) == 10
    assert frames(source, source.tail()) == []


def test_damage_is_told_with_its_place_and_the_rest_is_read(tmp_path):
    write_open(tmp_path, 100)
    path = only_file(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(b'{"n":50,') + 5] ^= 1
    path.write_bytes(data)
    steps = list(JournalSource(tmp_path, "g1").batches(None, 2**20))
    (damage,) = [step for step in steps if isinstance(step, SourceDamage)]
    assert (
        damage.recv_ns == 50 and damage.position.startswith("1:") and "one record" in damage.reason
    )
    assert len(frames(JournalSource(tmp_path, "g1"))) == 99
    assert len(frames(JournalSource(tmp_path, "g1"), damage.next)) == 49


def test_another_journal_under_the_same_name_is_refused(tmp_path):
    write(tmp_path, 5)
    with pytest.raises(
        ConfigurationError, match=r"ends in segment 1, but g1 was landed up to 9:300"
    ):
        frames(JournalSource(tmp_path, "g1"), "9:300")


def test_a_reading_ends_although_the_gatherer_writes_on_faster_than_it_reads(tmp_path):
    """Else a landing behind a busy gatherer would never end."""
    frame = b"x" * 1_000
    with JournalWriter(tmp_path, "g1", QUICK) as writer:
        write_some(writer, frame, 0, 200)
        source = JournalSource(tmp_path, "g1")
        position, taken, written = None, 0, 200
        for step in source.batches(None, 2**16):
            position, taken = step.next, taken + len(step.frames)
            assert taken < 2_000
            write_some(writer, frame, written, 200)
            written += 200
        assert 200 <= taken < written
        rest = frames(source, position)
        assert taken + len(rest) == written


def write_some(writer, frame, first, count):
    for number in range(first, first + count):
        writer.append("s", frame, number, number)
    writer.flush()
