"""The journal's bytes: segment header, record prefix, file names. docs/journal.md says the same for
other readers.

Belongs here: packing and checking of single headers and prefixes. Does not: files, threads, walking
a segment.

A record's checks are seeded with the segment's random salt plus the record's offset. So a frame
that imitates a record cannot be taken for one when a reader looks for the next record after damage,
and neither can a stale disk block.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat

VERSION = 2
OLDEST_VERSION = 1
"""Version 1 has no groups; else it is the same, and read as before."""
MAGIC = b"MDJRNL\r\n"
HEADER_COPY_BYTES = 128
HEADER_BYTES = 2 * HEADER_COPY_BYTES
"""A segment begins with two equal copies of its header: without the salt no record could be
checked.
"""

# 0xF5 and 0xD7 0x4A never occur in UTF-8, so a JSON frame cannot hold the marker.
MARKER = b"\xf5\xd7\x4a\x52"
FIXED_BYTES = 32
KIND_AT = 31
CHECK_BYTES = 8
LONGEST_NAME_BYTES = 255
LONGEST_PREFIX_BYTES = FIXED_BYTES + LONGEST_NAME_BYTES + CHECK_BYTES
LARGEST_PAYLOAD_BYTES = 256 * 2**20
STREAM_LIMIT = 2**16
SINGLE, GROUP = 0, 1
"""Kinds of record: one frame; frames that one read of a socket gave (groups.py)."""
_U32 = 0xFFFF_FFFF

_HEADER = struct.Struct("<8sHHIQqB64s27x")
_HEADER_CHECK = struct.Struct("<I")
FIELDS = struct.Struct("<IqqIHBB")
"""After the marker: payload bytes, recv_ns, mono_ns, sequence, stream number, name bytes, kind."""
CHECKS = struct.Struct("<II")

_GATHERER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_POSITION = re.compile(r"(\d{1,12}):(\d{1,19})")


class Position(NamedTuple):
    """A place between two records: segment number and offset into the segment's uncompressed bytes;
    ordered.

    It stays valid when the segment is sealed. It is the cursor of every reader: `read(position)`
    goes on from there.
    """

    segment: int
    offset: int

    def __str__(self) -> str:
        return f"{self.segment}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read `SEGMENT:OFFSET`.

        Raises:
            InvalidInput: it is not two whole numbers with a colon between.
        """
        found = _POSITION.fullmatch(text)
        if found is None:
            raise InvalidInput(
                f"{text[:80]!r} is not a journal position: write SEGMENT:OFFSET, such as 3:1048576"
            )
        return cls(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """What a segment says about itself. `created_ns` is wall clock since 1970; `salt` is random,
    below 2^32.
    """

    segment: int
    gatherer: str
    created_ns: int
    salt: int

    def pack(self) -> bytes:
        """One copy of HEADER_COPY_BYTES."""
        name = self.gatherer.encode("ascii")
        fields = (
            MAGIC,
            VERSION,
            HEADER_BYTES,
            self.salt,
            self.segment,
            self.created_ns,
            len(name),
            name,
        )
        body = _HEADER.pack(*fields)
        return body + _HEADER_CHECK.pack(crc32(body))


def read_header(data: bytes) -> SegmentHeader | None:
    """The header in the first intact copy at the start of `data`; None when no copy is intact.

    Raises:
        UnsupportedFormat: an intact copy of a version that this program does not know.
    """
    for start in range(0, min(len(data), HEADER_BYTES), HEADER_COPY_BYTES):
        copy = data[start : start + HEADER_COPY_BYTES]
        if len(copy) == HEADER_COPY_BYTES and _intact(copy):
            _, version, _, salt, segment, created_ns, length, name = _HEADER.unpack_from(copy)
            if not OLDEST_VERSION <= version <= VERSION:
                raise UnsupportedFormat(
                    f"journal segment {segment} has format version {version}; this program reads "
                    f"up to {VERSION}: "
                    "update it"
                )
            return SegmentHeader(segment, name[:length].decode("ascii"), created_ns, salt)
    return None


def _intact(copy: bytes) -> bool:
    return copy[:8] == MAGIC and _HEADER_CHECK.unpack_from(copy, _HEADER.size)[0] == crc32(
        copy[: _HEADER.size]
    )


class Prefix(NamedTuple):
    """A record without its payload, as far as its own check proves it. `bytes` is the whole
    record's length.
    """

    payload_bytes: int
    recv_ns: int
    mono_ns: int
    sequence: int
    stream: int
    name: str
    kind: int
    bytes: int
    payload_start: int
    payload_check: int
    header_check: int


def read_prefix(data: bytes, at: int, offset: int, salt: int) -> Prefix | None:
    """The record prefix at `data[at:]`, which is `offset` in the segment; None when it is no intact
    prefix.

    `data` must hold the whole prefix, which `prefix_bytes` gives.
    """
    if data[at : at + 4] != MARKER:
        return None
    size, recv_ns, mono_ns, sequence, stream, name_bytes, kind = FIELDS.unpack_from(data, at + 4)
    checks_at = at + FIXED_BYTES + name_bytes
    header_check, payload_check = CHECKS.unpack_from(data, checks_at)
    if crc32(data[at + 4 : checks_at], (salt + offset) & _U32) != header_check:
        return None
    name = data[at + FIXED_BYTES : checks_at].decode("utf-8", "replace")
    payload_start = checks_at + CHECK_BYTES
    return Prefix(
        size,
        recv_ns,
        mono_ns,
        sequence,
        stream,
        name,
        kind,
        payload_start - at + size,
        payload_start,
        payload_check,
        header_check,
    )


def prefix_bytes(data: bytes, at: int) -> int:
    """Bytes of the prefix at `data[at:]`; when `data` is too short to know, what the shortest would
    have.
    """
    return FIXED_BYTES + CHECK_BYTES + (data[at + 30] if len(data) > at + 30 else 0)


def check_gatherer(name: str) -> str:
    """The name of a gatherer, for a header.

    Raises:
        InvalidInput: it is not 1 to 64 of letters, digits, `.`, `_`, `-`, the first a letter or
            digit.
    """
    if not _GATHERER.fullmatch(name):
        raise InvalidInput(
            f"{name[:80]!r} cannot name a gatherer: use up to 64 letters, digits, '.', '_' or '-'"
        )
    return name


def stream_name_bytes(name: str) -> bytes:
    """A stream's name as it stands in every record.

    Raises:
        InvalidInput: it is empty or longer than 255 bytes of UTF-8.
    """
    encoded = name.encode("utf-8", "surrogatepass")
    if not 0 < len(encoded) <= LONGEST_NAME_BYTES:
        raise InvalidInput(
            f"a stream's name has 1 to {LONGEST_NAME_BYTES} bytes; {name[:40]!r} has {len(encoded)}"
        )
    return encoded
