"""Whatever is done to a journal's files, what comes out is exactly what was not touched."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.journal import (
    Damage,
    JournalOptions,
    JournalReader,
    JournalWriter,
    Position,
    check,
    recover,
)
from marketdata_platform.journal.format import MARKER, VERSION, SegmentHeader, read_header
from marketdata_platform.journal.sealed import BLOCK_BYTES
from marketdata_platform_tests.journal.frames import (
    TRADES,
    damage,
    frame,
    only_file,
    payloads,
    write,
    write_open,
)

OPTIONS = JournalOptions(commit_seconds=5, segment_bytes=1500)
STEPS = st.one_of(
    st.tuples(st.just("append"), st.sampled_from(["a", "b", "ü" * 100]), st.binary(max_size=300)),
    st.tuples(st.just("append"), st.just("m"), st.just(MARKER * 20)),
    st.tuples(st.sampled_from(["flush", "seal", "reopen", "crash"])),
)


def play(folder, steps):
    """Do `steps` with real writers; the frames acknowledged, in order."""
    taken = []
    writer = JournalWriter(folder, "g1", OPTIONS)
    for number, (step, *what) in enumerate(steps):
        if step == "append":
            writer.append(what[0], what[1], number, number)
            taken.append((what[0], what[1], number))
        elif step == "flush":
            writer.flush()
        elif step == "seal":
            writer.seal()
        else:
            writer.close(seal=step == "reopen")
            writer = JournalWriter(folder, "g1", OPTIONS)
    writer.close(seal=False)
    return taken


def read(folder):
    return [
        (s.stream, s.payload, s.recv_ns)
        for s in JournalReader(folder).read()
        if not isinstance(s, Damage)
    ]


def read_in_batches(folder, batch_bytes):
    steps = JournalReader(folder).read_batches(batch_bytes=batch_bytes)
    return [
        (r.stream, r.payload, r.recv_ns)
        for s in steps
        if not isinstance(s, Damage)
        for r in s.records()
    ]


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=30), batch_bytes=st.sampled_from([50, 700, 100_000]))
def test_any_sequence_of_appends_seals_and_crashes_reads_back_exactly_once_in_order(
    steps, batch_bytes
):
    with tempfile.TemporaryDirectory() as name:
        taken = play(Path(name), steps)
        assert read(Path(name)) == read_in_batches(Path(name), batch_bytes) == taken
        assert not damage(Path(name))


@pytest.fixture(scope="module")
def open_journal(tmp_path_factory):
    """One open segment of 40 frames of many sizes, and where each record begins and ends."""
    folder = tmp_path_factory.mktemp("open")
    writer = JournalWriter(folder, "g1", JournalOptions(commit_seconds=5))
    ends = [
        writer.append(f"s{n % 3}", frame(n, n * 5) + MARKER * (n % 4), n, n).offset
        for n in range(40)
    ]
    writer.close(seal=False)
    return folder, [256, *ends[:-1]], ends


def copy_of(folder):
    target = Path(tempfile.mkdtemp())
    shutil.copytree(folder, target, dirs_exist_ok=True)
    return target


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_a_truncated_segment_gives_exactly_the_records_before_the_cut(open_journal, data):
    folder, _, ends = open_journal
    cut = data.draw(st.integers(0, ends[-1]))
    copied = copy_of(folder)
    try:
        path = only_file(copied)
        with path.open("r+b") as file:
            file.truncate(cut)
        whole = [n for n, end in enumerate(ends) if end <= cut]
        assert [recv for _, _, recv in read(copied)] == whole
        assert not damage(copied)  # a torn tail of the segment being written is not damage
        found = recover(copied)
        assert (
            sum(found.cut_bytes.values())
            == cut - max([e for e in [0, 256, *ends] if e <= cut] if cut >= 128 else [0])
            or cut < 256
        )
        assert found.records == len(whole)
        with JournalWriter(copied, "g1"):
            pass
        assert [recv for _, _, recv in read(copied)] == whole
        assert not damage(copied)
    finally:
        shutil.rmtree(copied)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_in_an_open_segment_costs_only_the_record_it_is_in(open_journal, data):
    folder, starts, ends = open_journal
    copied = copy_of(folder)
    try:
        at, bit = data.draw(st.integers(0, ends[-1] - 1)), data.draw(st.integers(0, 7))
        path = only_file(copied)
        broken = bytearray(path.read_bytes())
        broken[at] ^= 1 << bit
        path.write_bytes(broken)
        untouched = [
            n
            for n, (start, end) in enumerate(zip(starts, ends, strict=True))
            if not start <= at < end
        ]
        assert [recv for _, _, recv in read(copied)] == untouched
        assert [recv for _, _, recv in read_in_batches(copied, 300)] == untouched
        for one in damage(copied):
            assert one.start <= at < one.end
        if 256 <= at < starts[-1]:
            assert len(damage(copied)) == 1
        with JournalWriter(
            copied, "g1"
        ) as writer:  # recovery keeps what is good, whatever it says of the rest
            assert writer.recovered.records == len(untouched)
        assert [recv for _, _, recv in read(copied)] == untouched
    finally:
        shutil.rmtree(copied)


@pytest.fixture(scope="module")
def sealed_journal(tmp_path_factory):
    """One sealed segment of several blocks."""
    folder = tmp_path_factory.mktemp("sealed")
    noise = bytes(range(256)) * 8
    with JournalWriter(folder, "g1") as writer:
        ends = [
            writer.append("s", frame(n, 700) + noise[n % 256 :], n, n).offset for n in range(600)
        ]
    return folder, [256, *ends[:-1]], ends


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_in_a_sealed_segment_costs_at_most_the_records_of_one_block(
    sealed_journal, data
):
    folder, starts, ends = sealed_journal
    copied = copy_of(folder)
    try:
        path = only_file(copied)
        at, bit = data.draw(st.integers(0, path.stat().st_size - 1)), data.draw(st.integers(0, 7))
        broken = bytearray(path.read_bytes())
        broken[at] ^= 1 << bit
        path.write_bytes(broken)
        seen = [recv for _, _, recv in read(copied)]
        assert seen == [recv for _, _, recv in read_in_batches(copied, 100_000)]
        lost = sorted(set(range(600)) - set(seen))
        assert seen == sorted(set(seen))
        if lost:
            blocks = [
                {
                    b
                    for b in range(ends[-1] // BLOCK_BYTES + 1)
                    if s < (b + 1) * BLOCK_BYTES and e > b * BLOCK_BYTES
                }
                for s, e in zip(starts, ends, strict=True)
            ]
            assert set.intersection(*(blocks[n] for n in lost))
            (one,) = damage(copied)
            assert one.start == starts[lost[0]]
            assert one.end in (ends[lost[-1]], None)
    finally:
        shutil.rmtree(copied)


def test_a_truncated_sealed_segment_gives_what_comes_before_and_says_that_its_end_is_gone(
    sealed_journal,
):
    folder, _, _ = sealed_journal
    copied = copy_of(folder)
    path = only_file(copied)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    seen = [recv for _, _, recv in read(copied)]
    assert seen == list(range(len(seen)))
    assert 100 < len(seen) < 600
    assert "end is damaged or missing" in damage(copied)[-1].reason
    shutil.rmtree(copied)


def test_a_frame_that_imitates_records_is_never_read_as_one(tmp_path):
    write_open(tmp_path, 5)
    forged = only_file(tmp_path).read_bytes()
    inner = tmp_path / "j"
    writer = JournalWriter(inner, "g1")
    writer.append(TRADES, forged, 1, 1)
    writer.append(TRADES, b"good", 2, 2)
    writer.close(seal=False)
    path = only_file(inner)
    data = bytearray(path.read_bytes())
    data[256 + 8] ^= 1  # the prefix of the record that holds the forged ones
    path.write_bytes(data)
    assert payloads(inner) == [b"good"]


def test_zeros_at_the_end_as_a_power_cut_leaves_them_are_cut(tmp_path):
    write_open(tmp_path, 5)
    path = only_file(tmp_path)
    with path.open("ab") as file:
        file.write(bytes(100_000))
    assert payloads(tmp_path) == [frame(n) for n in range(5)]
    assert recover(tmp_path).cut_bytes == {1: 100_000}


def test_a_position_inside_a_record_goes_on_at_the_next_one_and_says_so(tmp_path):
    positions = write(tmp_path, 5)
    steps = list(JournalReader(tmp_path).read(Position(1, positions[1].offset + 3)))
    assert isinstance(steps[0], Damage)
    assert [s.payload for s in steps[1:]] == [frame(3), frame(4)]


def test_either_copy_of_a_header_is_enough_and_another_version_is_refused():
    header = SegmentHeader(7, "g1", 1_700_000_000_000_000_000, 12345)
    copy = header.pack()
    assert (
        read_header(copy + copy)
        == read_header(bytes(128) + copy)
        == read_header(copy + b"torn")
        == header
    )
    assert read_header(bytes(256)) is None
    assert read_header(copy[:100]) is None
    from zlib import crc32

    other = bytearray(copy)
    other[8] = VERSION + 1
    other[124:] = crc32(other[:124]).to_bytes(4, "little")
    with pytest.raises(UnsupportedFormat, match="version 3"):
        read_header(bytes(other))


def test_a_segment_whose_headers_are_both_damaged_is_reported_and_the_others_are_read(tmp_path):
    write(tmp_path, 100, options=JournalOptions(segment_bytes=4096))
    first = tmp_path / "000000000001.journal.zst"
    data = bytearray(first.read_bytes())
    data[0:400] = bytes(400)
    first.write_bytes(data)
    report = check(tmp_path)
    assert not report.ok
    assert report.damage[0].segment == 1
    numbers = [int(p[5 : p.index(b",")]) for p in payloads(tmp_path)]
    assert numbers == list(range(numbers[0], 100))
