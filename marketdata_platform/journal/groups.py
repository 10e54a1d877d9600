"""Groups: frames that one read of a socket gave, as one record, so that each costs a copy and
little else.

Belongs here: a group's payload, packed, judged and laid out as its frames. Does not: prefixes and
check sums (format), deciding what goes into a group (frames).

The payload is a table, count and lengths as u32, then the frames. A group is bounded, because
damage costs the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

import numpy as np
import numpy.typing as npt

from marketdata_platform.journal.format import LONGEST_PREFIX_BYTES

Int64s = npt.NDArray[np.int64]

GROUP_FRAMES = 256
"""At most. Of twice as many each frame would cost a few nanoseconds less."""
GROUP_BYTES = 64 * 2**10
"""At most, of the payload."""
LONGEST_GROUP_BYTES = LONGEST_PREFIX_BYTES + GROUP_BYTES
ENTRY_BYTES = 4
_TABLES = [Struct(f"<{1 + count}I") for count in range(GROUP_FRAMES + 1)]
_pack_table = [table.pack for table in _TABLES]


def table_bytes(count: int) -> int:
    """Bytes before the first frame."""
    return ENTRY_BYTES * (1 + count)


def packed(frames: Sequence[bytes], sizes: Sequence[int]) -> bytes:
    """The payload of a group of these frames, at most GROUP_FRAMES; `sizes` are their lengths."""
    count = len(sizes)
    return b"".join((_pack_table[count](count, *sizes), *frames))


def frames_in(data: bytes, begin: int, end: int) -> int:
    """How many frames the group's payload `data[begin:end]` holds; 0 when it is none."""
    count = count_at(data, begin)
    if (
        not 0 < count <= GROUP_FRAMES
        or end - begin > GROUP_BYTES
        or table_bytes(count) > end - begin
    ):
        return 0
    return (
        count
        if sum(_TABLES[count].unpack_from(data, begin)[1:]) == end - begin - table_bytes(count)
        else 0
    )


def count_at(data: bytes, begin: int) -> int:
    """What the payload at `data[begin:]` says of its count; 0 when it is cut."""
    return (
        int.from_bytes(data[begin : begin + ENTRY_BYTES], "little")
        if len(data) - begin >= ENTRY_BYTES
        else 0
    )


def laid_out(data: bytes, records: Int64s, frames: Int64s) -> Int64s:
    """Columns of a Run (7, frames) out of those of its records: `frames` (records,) is 0 for one
    that is no group.

    The first frame of a group is where the group begins; every other is where its length stands.
    """
    if not frames.any():
        return records
    counts = np.maximum(frames, 1)
    firsts = np.cumsum(counts) - counts
    of = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(of)) - firsts[of]
    columns = records[:, of]
    columns[5] += within
    grouped = np.flatnonzero(frames[of])
    within, count = within[grouped], frames[of[grouped]]
    table = columns[1, grouped]
    places = table + ENTRY_BYTES * (1 + within)
    entries = np.frombuffer(data, np.uint8)[places[:, None] + np.arange(ENTRY_BYTES)]
    sizes = entries.view("<u4")[:, 0].astype(np.int64)
    before = np.cumsum(sizes) - sizes
    begins = table + ENTRY_BYTES * (1 + count) + before - before[np.arange(len(before)) - within]
    columns[1, grouped], columns[2, grouped] = begins, begins + sizes
    columns[0, grouped] = np.where(within > 0, places, columns[0, grouped])
    return columns
