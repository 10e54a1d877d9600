"""Records out of bytes: as many good ones as follow each other, and why it stops there.

Belongs here: the scan's result, and the scan in plain Python that defines it; writers recover with
it without loading Numba, and `_scan_kernel` is proved equal to it. Does not: what happens at a stop
(walk.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from zlib import crc32

import numpy as np
import numpy.typing as npt

from marketdata_platform.journal.format import (
    CHECK_BYTES,
    CHECKS,
    FIELDS,
    FIXED_BYTES,
    GROUP,
    MARKER,
    SINGLE,
)
from marketdata_platform.journal.groups import frames_in, laid_out

Int64s = npt.NDArray[np.int64]
_U32 = 0xFFFF_FFFF
_NAME_BYTES_AT = 30


class Stop(IntEnum):
    """Why a scan ended before a record: what it would need, or what is wrong with it."""

    PREFIX_SHORT = 0
    """The bytes end before or within a prefix."""
    PAYLOAD_SHORT = 1
    """The prefix is good; the bytes end before its payload does."""
    PREFIX_BAD = 2
    PAYLOAD_BAD = 3
    """The prefix is good, so the next record's place is known. So also for a kind of record that
    nobody knows.
    """


@dataclass(frozen=True, slots=True)
class Run:
    """Frames that follow each other in `data`, whose first byte is `base` in the segment.

    Columns are (frames,): `start` a frame's place (where its record begins; in a group, from the
    second on, where its length stands) and `payload` to `payload_end` its bytes, as indices into
    `data`; receive times in ns; `sequence` its number within its stream and segment, from 0;
    `stream` the key of `names`. `consumed` is where the scan stopped, `need` the bytes from there
    that the next record has, as far as that is known.
    """

    data: bytes
    base: int
    start: Int64s
    payload: Int64s
    payload_end: Int64s
    recv_ns: Int64s
    mono_ns: Int64s
    sequence: Int64s
    stream: Int64s
    names: dict[int, str]
    consumed: int
    stop: Stop
    need: int

    def since(self, offset: int) -> Run:
        """Without the frames whose place in the segment is before `offset`."""
        first = int(np.searchsorted(self.start, offset - self.base))
        if not first:
            return self
        return replace(
            self,
            start=self.start[first:],
            payload=self.payload[first:],
            payload_end=self.payload_end[first:],
            recv_ns=self.recv_ns[first:],
            mono_ns=self.mono_ns[first:],
            sequence=self.sequence[first:],
            stream=self.stream[first:],
        )


def run_of(
    data: bytes, base: int, columns: Int64s, names: dict[int, str], end: tuple[int, Stop, int]
) -> Run:
    """A Run from the (8, records) columns that a scan gives, and where and why it ended.

    They are a Run's in their order, then frames of a group: 0 for a record that is none.
    """
    start, payload, payload_end, recv_ns, mono_ns, sequence, stream = laid_out(
        data, columns[:7], columns[7]
    )
    return Run(
        data, base, start, payload, payload_end, recv_ns, mono_ns, sequence, stream, names, *end
    )


Scan = Callable[[bytes, int, int], Run]
"""(data, base, salt) -> Run"""


def scan_plainly(data: bytes, base: int, salt: int) -> Run:  # noqa: PLR0914 - the plain twin of the compiled loop
    """The scan, record by record; about 2 µs each."""
    rows: list[tuple[int, ...]] = []
    names: dict[int, str] = {}
    at = 0
    while True:
        stop, need = _prefix_stop(data, at, (salt + base + at) & _U32)
        if stop is not None:
            break
        size, recv_ns, mono_ns, sequence, stream, _, kind = FIELDS.unpack_from(data, at + 4)
        payload, need = at + need, need + size
        stop, frames = _payload_stop(data, payload, at + need, kind)
        if stop is not None:
            break
        if stream not in names:
            name = data[at + FIXED_BYTES : payload - CHECK_BYTES]
            names[stream] = name.decode("utf-8", "replace")
        rows.append((at, payload, at + need, recv_ns, mono_ns, sequence, stream, frames))
        at += need
    columns = np.array(rows, np.int64).reshape(len(rows), 8).T
    return run_of(data, base, columns, names, (at, stop, need))


def _prefix_stop(data: bytes, at: int, seed: int) -> tuple[Stop | None, int]:
    """What is wrong with a record's prefix (None: nothing), and its bytes as far as known."""
    left, need = len(data) - at, FIXED_BYTES + CHECK_BYTES
    if left >= 4 and data[at : at + 4] != MARKER:
        return Stop.PREFIX_BAD, need
    if left >= need:
        need += data[at + _NAME_BYTES_AT]
    if left < need:
        return Stop.PREFIX_SHORT, need
    checks_at = at + need - CHECK_BYTES
    good = crc32(data[at + 4 : checks_at], seed) == CHECKS.unpack_from(data, checks_at)[0]
    return None if good else Stop.PREFIX_BAD, need


def _payload_stop(data: bytes, start: int, end: int, kind: int) -> tuple[Stop | None, int]:
    """What is wrong with the payload after a good prefix (None: nothing), and a group's frames."""
    if len(data) < end:
        return Stop.PAYLOAD_SHORT, 0
    prefix_check, payload_check = CHECKS.unpack_from(data, start - CHECK_BYTES)
    if crc32(data[start:end], prefix_check) != payload_check:
        return Stop.PAYLOAD_BAD, 0
    frames = frames_in(data, start, end) if kind == GROUP else 0
    return None if kind == SINGLE or frames else Stop.PAYLOAD_BAD, frames
