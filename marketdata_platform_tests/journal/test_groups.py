"""Frames of one read share a record: each keeps its place, and damage costs that record and nothing
else.
"""

import itertools
import random
import shutil
import tempfile
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.journal import (
    Damage,
    JournalOptions,
    JournalReader,
    JournalWriter,
    Position,
    check,
    recover,
)
from marketdata_platform.journal.format import CHECKS, FIELDS, GROUP, KIND_AT, MARKER, read_header
from marketdata_platform.journal.groups import GROUP_BYTES, GROUP_FRAMES, frames_in, packed
from marketdata_platform.journal.reading._scan_kernel import scan_compiled
from marketdata_platform.journal.reading.scan import Stop, scan_plainly
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.workflows.ports import FrameBatch, SourceDamage
from marketdata_platform_tests.journal.frames import (
    QUICK,
    TRADES,
    damage,
    frame,
    only_file,
    payloads,
    write_open,
)
from marketdata_platform_tests.journal.test_scan import same

HELD = JournalOptions(commit_seconds=5)


def write_groups(folder, counts, *, seal=False, first=0, options=HELD):
    """Append as many frames together as `counts` says, numbered on; each group's end."""
    ends, number = [], first
    with_sizes = random.Random(3)
    writer = JournalWriter(folder, "g1", options)
    for at, count in enumerate(counts):
        batch = [
            frame(n, with_sizes.randrange(90)) + MARKER * (n % 3)
            for n in range(number, number + count)
        ]
        assert writer.append_many_nowait(f"s{at % 2}", batch, at, at) == count
        ends.append(writer.end.offset)
        number += count
    writer.close(seal=seal)
    return ends


def numbers(folder, position=None):
    return [int(p[5 : p.index(b",")]) for p in payloads(folder, position)]


def numbers_in_batches(folder, position=None, batch_bytes=300):
    steps = JournalReader(folder).read_batches(position, batch_bytes=batch_bytes)
    return [
        int(p[5 : p.index(b",")]) for s in steps if not isinstance(s, Damage) for p in s.payloads()
    ]


def test_frames_of_a_group_have_rising_places_and_numbers_of_their_own(tmp_path):
    write_groups(tmp_path, [3, 1, 40, 2, 300])
    records = list(JournalReader(tmp_path).read())
    assert numbers(tmp_path) == numbers_in_batches(tmp_path) == list(range(346))
    places = [r.position for r in records]
    assert places == sorted(set(places))
    assert [r.next for r in records[:-1]] == places[1:]
    assert [r.sequence for r in records if r.stream == "s0"] == list(range(343))
    assert [r.sequence for r in records if r.stream == "s1"] == list(range(3))
    assert [r.recv_ns for r in records] == [0] * 3 + [1] + [2] * 40 + [3] * 2 + [4] * 300
    assert [r.mono_ns for r in records] == [r.recv_ns for r in records]


@pytest.mark.parametrize("seal", [False, True])
def test_reading_goes_on_from_the_place_of_any_frame_and_from_the_end_of_any_batch(tmp_path, seal):
    write_groups(tmp_path, [5, 1, 1, 70, 2, 9], seal=seal)
    records = list(JournalReader(tmp_path).read())
    for at, record in enumerate(records):
        assert list(JournalReader(tmp_path).read(record.position)) == records[at:]
        assert list(JournalReader(tmp_path).read(record.next)) == records[at + 1 :]
        assert numbers_in_batches(tmp_path, record.position) == list(range(at, len(records)))
    for batch in JournalReader(tmp_path).read_batches(batch_bytes=200):
        following = list(JournalReader(tmp_path).read(batch.next))
        assert following == records[len(records) - len(following) :]
        assert not any(isinstance(step, Damage) for step in following)
        assert batch.position == next(batch.records()).position


def test_a_place_that_is_no_frame_s_goes_on_at_the_next_record_and_says_so(tmp_path):
    ends = write_groups(tmp_path, [5, 5])
    for place in (
        ends[0] - 3,
        256 + 3,
        256 + 42 + 6,
    ):  # in a frame, in a prefix, between two lengths
        first, *rest = JournalReader(tmp_path).read(Position(1, place))
        assert (first.start, first.end) == (place, ends[0])
        assert [r.payload for r in rest] == payloads(tmp_path)[5:]


def test_a_group_is_bounded_and_large_frames_stand_alone(tmp_path):
    sizes = (
        [10] * (GROUP_FRAMES + 3) + [GROUP_BYTES] + [GROUP_BYTES // 2] * 3 + [GROUP_BYTES + 1, 0, 0]
    )
    batch = [bytes([n % 251]) * size for n, size in enumerate(sizes)]
    with JournalWriter(tmp_path, "g1", HELD) as writer:
        assert writer.append_many_nowait(TRADES, batch, 1, 1) == len(batch)
        counters = writer.counters()
    assert (counters.frames, counters.frame_bytes) == (len(batch), sum(sizes))
    assert payloads(tmp_path) == batch
    assert [r.sequence for r in JournalReader(tmp_path).read()] == list(range(len(batch)))
    places = np.concatenate(
        [b.offset for b in JournalReader(tmp_path).read_batches(batch_bytes=64)]
    )
    assert (np.diff(places) > 0).all()


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    """An open segment of groups and single frames; where each record begins and ends, and its
    frames.
    """
    folder = tmp_path_factory.mktemp("grouped")
    counts = [4, 1, 9, 2, 1, 30, 3]
    ends = write_groups(folder, counts)
    firsts = np.cumsum([0, *counts])
    return folder, [256, *ends[:-1]], ends, [range(a, b) for a, b in itertools.pairwise(firsts)]


def copy_of(folder):
    target = Path(tempfile.mkdtemp())
    shutil.copytree(folder, target, dirs_exist_ok=True)
    return target


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_costs_one_group_wherever_it_is(grouped, data):
    folder, starts, ends, held = grouped
    copied = copy_of(folder)
    try:
        at, bit = data.draw(st.integers(256, ends[-1] - 1)), data.draw(st.integers(0, 7))
        path = only_file(copied)
        broken = bytearray(path.read_bytes())
        broken[at] ^= 1 << bit
        path.write_bytes(broken)
        hit = next(n for n, end in enumerate(ends) if at < end)
        untouched = [n for number, frames in enumerate(held) if number != hit for n in frames]
        assert numbers(copied) == numbers_in_batches(copied) == untouched
        report = check(copied)
        assert sum(one.lost for one in report.streams.values()) in (
            len(held[hit]),
            0 if hit >= 5 else -1,
        )
        if hit < len(ends) - 1:
            (one,) = damage(copied)
            assert (one.start, one.end) == (starts[hit], ends[hit])
        assert recover(copied).records == len(untouched)
        assert numbers(copied) == untouched
    finally:
        shutil.rmtree(copied)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_group_that_a_crash_cut_is_not_there_and_is_cut_off(grouped, data):
    folder, _, ends, held = grouped
    copied = copy_of(folder)
    try:
        cut = data.draw(st.integers(256, ends[-1]))
        with only_file(copied).open("r+b") as file:
            file.truncate(cut)
        whole = [n for end, frames in zip(ends, held, strict=True) if end <= cut for n in frames]
        assert numbers(copied) == numbers_in_batches(copied) == whole
        assert not damage(copied)
        assert sum(recover(copied).cut_bytes.values()) == cut - max(
            p for p in [256, *ends] if p <= cut
        )
        more = write_groups(copied, [7], first=len(whole), seal=True)
        assert more and numbers(copied) == list(range(len(whole) + 7))
        assert check(copied).ok
    finally:
        shutil.rmtree(copied)


def forged(segment, begin, end, payload, kind=GROUP):
    """The segment with the record at `begin` given another payload and kind, and check sums that
    hold.
    """
    name_bytes = segment[begin + 30]
    fields = list(FIELDS.unpack_from(segment, begin + 4))
    fields[0], fields[6] = len(payload), kind
    body = FIELDS.pack(*fields) + segment[begin + 32 : begin + 32 + name_bytes]
    first = crc32(body, (read_header(segment).salt + begin) & 0xFFFFFFFF)
    return (
        segment[:begin]
        + MARKER
        + body
        + CHECKS.pack(first, crc32(payload, first))
        + payload
        + segment[end:]
    )


def u32s(*values):
    return b"".join(value.to_bytes(4, "little") for value in values)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"", GROUP),
        (b"\x01\x00\x00", GROUP),
        (u32s(0), GROUP),
        (u32s(3, 1, 1), GROUP),
        (u32s(2, 1, 1) + b"abc", GROUP),
        (u32s(2, 1, 2) + b"ab", GROUP),
        (u32s(2, 0xFFFFFFFF, 3) + b"ab", GROUP),
        (u32s(0xFFFFFFFF) + b"ab", GROUP),
        (u32s(0x40000000) + b"ab", GROUP),
        (u32s(GROUP_FRAMES + 1, *[0] * (GROUP_FRAMES + 1)), GROUP),
        (u32s(1, GROUP_BYTES) + bytes(GROUP_BYTES), GROUP),
        (b"whole", 2),
        (b"whole", 255),
    ],
)
def test_a_payload_that_is_no_group_and_a_kind_that_nobody_knows_cost_that_record(
    tmp_path, payload, kind
):
    ends = write_groups(tmp_path, [2, 3, 4])
    path = only_file(tmp_path)
    segment = path.read_bytes()
    middle = forged(segment[: ends[1]], ends[0], ends[1], payload, kind)
    path.write_bytes(middle)
    for scan in (scan_plainly, scan_compiled):
        run = scan(middle[256:], 256, read_header(segment).salt)
        assert (len(run.start), run.stop) == (2, Stop.PAYLOAD_BAD)
    with JournalWriter(tmp_path, "g1", QUICK) as writer:
        writer.append("s0", frame(9), 1, 1)
    assert numbers(tmp_path) == numbers_in_batches(tmp_path) == [0, 1, 9]


def test_single_frames_that_were_forged_into_a_group_of_one_are_read(tmp_path):
    write_open(tmp_path, 1)
    path = only_file(tmp_path)
    path.write_bytes(forged(path.read_bytes(), 256, path.stat().st_size, u32s(1, 3) + b"abc"))
    assert payloads(tmp_path) == [b"abc"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_both_scans_read_groups_alike_at_any_cut_and_any_flip(grouped, data):
    segment = only_file(grouped[0]).read_bytes()
    begin = data.draw(st.sampled_from(grouped[1]) | st.integers(256, len(segment)))
    part = bytearray(segment[begin : begin + data.draw(st.integers(0, 5_000))])
    if part and data.draw(st.booleans()):
        part[data.draw(st.integers(0, len(part) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    same(bytes(part), begin, read_header(segment).salt)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8), st.binary(max_size=5))
def test_a_packed_group_tells_its_frames_and_nothing_longer_or_shorter_does(frames, more):
    payload = packed(frames, list(map(len, frames)))
    assert frames_in(payload, 0, len(payload)) == len(frames)
    if more:
        assert frames_in(payload + more, 0, len(payload) + len(more)) == 0
    assert frames_in(payload, 0, len(payload) - 1) == 0


def test_landing_s_source_gives_every_frame_its_place_and_goes_on_behind_a_damaged_group(tmp_path):
    ends = write_groups(tmp_path, [20] * 30)
    path = only_file(tmp_path)
    data = bytearray(path.read_bytes())
    data[ends[9] - 1] ^= 1
    path.write_bytes(data)
    steps = list(JournalSource(tmp_path, "g1").batches(None, 1_000))
    (lost,) = [s for s in steps if isinstance(s, SourceDamage)]
    assert (lost.position, lost.next, lost.recv_ns) == (f"1:{ends[8]}", f"1:{ends[9]}", 9)
    batches = [s for s in steps if isinstance(s, FrameBatch)]
    places = np.concatenate([b.offset for b in batches])
    assert len(places) == 580 and (np.diff(places) > 0).all()
    assert all(int(b.offset[-1]) < int(b.next.split(":")[1]) for b in batches)
    after = [f for b in batches if int(b.offset[0]) >= ends[9] for f in b.frames]
    again = JournalSource(tmp_path, "g1").batches(lost.next, 2**20)
    assert [f for b in again for f in b.frames] == after
    assert check(tmp_path).streams["s1"].lost == 20


def version_1(segment):
    """The segment as it was before there were groups."""
    copy = bytearray(segment[:124])
    copy[8] = 1
    copy += crc32(copy).to_bytes(4, "little")
    return bytes(copy + copy) + segment[256:]


def test_a_segment_of_version_1_is_read_as_before_and_gone_on_behind_in_version_2(tmp_path):
    write_open(tmp_path, 20)
    path = only_file(tmp_path)
    old = version_1(path.read_bytes())
    assert old[256 + KIND_AT] == 0
    path.write_bytes(old)
    records = list(JournalReader(tmp_path).read())
    assert [r.payload for r in records] == [frame(n) for n in range(20)]
    write_groups(tmp_path, [10], first=20, seal=True)  # also seals the old one
    assert len(list(tmp_path.glob("*.zst"))) == 2
    assert numbers(tmp_path) == numbers_in_batches(tmp_path) == list(range(30))
    assert list(JournalReader(tmp_path).read())[:19] == records[:19]
