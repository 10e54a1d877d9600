"""Frames that one read of a socket gave go into the journal together, and are read as if they came
one by one.
"""

import os
import random

import pytest

from marketdata_platform.core.errors import InvalidInput, JournalStopped
from marketdata_platform.journal import JournalOptions, JournalReader, JournalWriter, check
from marketdata_platform.journal.format import LARGEST_PAYLOAD_BYTES
from marketdata_platform_tests.journal.frames import QUICK, TRADES, frame


def seen(folder):
    return [(r.stream, r.recv_ns, r.mono_ns, r.payload) for r in JournalReader(folder).read()]


@pytest.mark.parametrize("segment_bytes", [3_000, 20_000, 2**26])
def test_batches_and_single_frames_give_the_same_journal(tmp_path, segment_bytes):
    options = JournalOptions(commit_seconds=0.005, segment_bytes=segment_bytes)
    rng = random.Random(7)
    batches = [
        [frame(k, rng.randrange(0, 300)) for k in range(rng.randrange(1, 40))] for _ in range(30)
    ]
    with (
        JournalWriter(tmp_path / "one", "g1", options) as one,
        JournalWriter(tmp_path / "all", "g1", options) as many,
    ):
        for number, batch in enumerate(batches):
            stream = f"s{number % 3}"
            for payload in batch:
                one.append(stream, payload, number, -number)
            assert many.append_many_nowait(stream, batch, number, -number) == len(batch)
        counted = [(c.frames, c.frame_bytes, c.streams) for c in (one.counters(), many.counters())]
    assert counted[0] == counted[1]
    assert seen(tmp_path / "one") == seen(tmp_path / "all")
    assert check(tmp_path / "all").ok
    size = sum(s.plain_bytes for s in JournalReader(tmp_path / "all").segments())
    assert size < sum(s.plain_bytes for s in JournalReader(tmp_path / "one").segments())


def test_as_many_are_taken_as_fit_and_a_frame_above_the_buffer_when_it_is_empty(tmp_path):
    options = JournalOptions(commit_seconds=30, commit_bytes=2**30, buffer_bytes=5_000)
    batch = [os.urandom(1_000) for _ in range(10)]
    with JournalWriter(tmp_path, "g1", options) as writer:
        taken = writer.append_many_nowait(TRADES, batch, 1, 1)
        assert taken == 4
        writer.flush()
        assert writer.append_many_nowait(TRADES, [os.urandom(20_000)], 1, 1) == 1
        writer.flush()
        assert writer.append_many_nowait(TRADES, batch[taken:], 1, 1) == 4
        writer.flush()
        assert writer.append_many_nowait(TRADES, batch[8:], 1, 1) == 2
    assert [p for *_, p in seen(tmp_path) if len(p) == 1_000] == batch


def test_a_frame_that_no_record_holds_is_refused_once_it_is_the_first(tmp_path):
    with JournalWriter(tmp_path, "g1", QUICK) as writer:
        small, large = b"small", bytes(LARGEST_PAYLOAD_BYTES + 1)
        assert writer.append_many_nowait(TRADES, [small, large, small], 1, 1) == 1
        writer.flush()
        with pytest.raises(InvalidInput, match="holds at most"):
            writer.append_many_nowait(TRADES, [large, small], 1, 1)
        assert writer.append_many_nowait(TRADES, [small], 1, 1) == 1
        assert writer.append_many_nowait(TRADES, [], 1, 1) == 0
    with pytest.raises(JournalStopped, match="it is closed"):
        writer.append_many_nowait(TRADES, [small], 1, 1)
