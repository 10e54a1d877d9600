"""Sealed segments: zstd in blocks that stand for themselves, so that a flipped bit costs one block
and not the rest.

Belongs here: the compressed file's layout, making it, reading it. Does not: records. The file is
valid zstd: `zstd -dc` gives the plain segment, because what we add is in skippable frames.
"""

from __future__ import annotations

import contextlib
import os
import struct
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import zstandard

from marketdata_platform.journal.folder import TEMPORARY_SUFFIX, open_path, sealed_path, sync_folder
from marketdata_platform.journal.format import HEADER_BYTES, SegmentHeader, read_header

BLOCK_BYTES = 256 * 2**10
_SKIPPABLE = struct.Struct("<II")
_HEADER_FRAME, _BLOCK_FRAME, _END_FRAME = 0x184D2A5A, 0x184D2A5B, 0x184D2A5C
_BLOCK = struct.Struct("<QII")
_END = struct.Struct("<QI")
_CHECK = struct.Struct("<I")
_BLOCK_START = _SKIPPABLE.pack(_BLOCK_FRAME, _BLOCK.size + _CHECK.size)
_END_START = _SKIPPABLE.pack(_END_FRAME, _END.size + _CHECK.size)
BLOCK_HEADER_BYTES = len(_BLOCK_START) + _BLOCK.size + _CHECK.size
END_BYTES = len(_END_START) + _END.size + _CHECK.size
_LOOK_BYTES = 2**20


class SealedBlock(NamedTuple):
    """Where a block is: `start` and `size` in the plain segment, `at` and `stored` in the file."""

    start: int
    size: int
    at: int
    stored: int


class SealedBytes:
    """The plain bytes of a sealed segment, with holes where the file is damaged."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._decompressor = zstandard.ZstdDecompressor()
        self._bad: set[int] = set()
        self._cached: tuple[int, bytes] = (-1, b"")
        self.blocks: list[SealedBlock] = []
        self.size: int | None = None
        """Bytes of the plain segment; None when the file's end is damaged or missing."""
        self._walk()
        self._starts = [block.start for block in self.blocks]

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def header(self) -> SegmentHeader | None:
        """The segment's header: from its own copy, else from the first block."""
        begin = _SKIPPABLE.size
        return read_header(os.pread(self._descriptor, HEADER_BYTES, begin)) or read_header(
            self.read(0, HEADER_BYTES)
        )

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`; fewer before a hole or the end."""
        parts: list[bytes] = []
        while size > 0:
            index = bisect_right(self._starts, at) - 1
            if index < 0:
                break
            data = self._block(index)
            skipped = at - self._starts[index]
            part = data[skipped : skipped + size]
            if not part:
                break
            parts.append(part)
            at += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def next_readable(self, at: int) -> int | None:
        """The first byte at or after `at` that can be read; None when there is none."""
        index = max(bisect_right(self._starts, at) - 1, 0)
        for number in range(index, len(self.blocks)):
            block = self.blocks[number]
            if at < block.start + block.size and self._block(number):
                return max(at, block.start)
        return None

    def _block(self, index: int) -> bytes:
        if self._cached[0] == index:
            return self._cached[1]
        block = self.blocks[index]
        if index in self._bad:
            return b""
        data = b""
        with contextlib.suppress(zstandard.ZstdError, MemoryError):
            stored = os.pread(self._descriptor, block.stored, block.at)
            data = self._decompressor.decompress(stored, max_output_size=block.size)
        if len(data) != block.size:
            self._bad.add(index)
            return b""
        self._cached = (index, data)
        return data

    def _walk(self) -> None:
        """Hop from block header to block header; after a damaged one look for the next."""
        end = os.fstat(self._descriptor).st_size
        at = _SKIPPABLE.size + HEADER_BYTES
        while at < end:
            head = os.pread(self._descriptor, BLOCK_HEADER_BYTES, at)
            block = _read_block(head, at)
            if block is not None and block.start >= (
                self.blocks[-1].start + self.blocks[-1].size if self.blocks else 0
            ):
                self.blocks.append(block)
                at = block.at + block.stored
                continue
            self.size = _read_end(head)
            if self.size is not None:
                return
            at = self._look(at + 1, end)

    def _look(self, at: int, end: int) -> int:
        """Where the next whole block header or end frame is; `end` when there is none."""
        while at < end:
            data = os.pread(self._descriptor, _LOOK_BYTES + BLOCK_HEADER_BYTES, at)
            found = [p for start in (_BLOCK_START, _END_START) for p in _places(data, start)]
            for place in sorted(p for p in found if p < _LOOK_BYTES):
                head = data[place : place + BLOCK_HEADER_BYTES]
                if _read_block(head, 0) is not None or _read_end(head) is not None:
                    return at + place
            at += _LOOK_BYTES
        return end


def seal(folder: Path, number: int, level: int) -> int:
    """Compress a segment that is no longer written; the plain file goes once the sealed one is
    durable and proved.

    Returns the sealed file's bytes. Running it again after a crash anywhere inside gives the same.

    Raises:
        OSError: the disk is full or fails, or the bytes read back differ; the plain file is then
            still there.
    """
    plain, sealed = open_path(folder, number), sealed_path(folder, number)
    if not plain.exists():
        return sealed.stat().st_size
    if not (sealed.exists() and _equal(plain, sealed)):
        temporary = folder / f"{number:012d}{TEMPORARY_SUFFIX}"
        try:
            _compress(plain, temporary, level)
            if not _equal(plain, temporary):
                raise OSError(
                    f"{temporary} does not read back as {plain}: the disk or memory may be failing"
                )
            temporary.rename(sealed)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(folder)
    plain.unlink()
    sync_folder(folder)
    return sealed.stat().st_size


def _compress(plain: Path, target: Path, level: int) -> None:
    compressor = zstandard.ZstdCompressor(level=level, write_checksum=True, write_content_size=True)
    with plain.open("rb") as source, target.open("wb") as out:
        out.write(_SKIPPABLE.pack(_HEADER_FRAME, HEADER_BYTES))
        out.write(source.read(HEADER_BYTES).ljust(HEADER_BYTES, b"\0"))
        source.seek(0)
        at = blocks = 0
        while data := source.read(BLOCK_BYTES):
            packed = compressor.compress(data)
            body = _BLOCK.pack(at, len(data), len(packed))
            out.write(_BLOCK_START + body + _CHECK.pack(crc32(body)) + packed)
            at += len(data)
            blocks += 1
        body = _END.pack(at, blocks)
        out.write(_END_START + body + _CHECK.pack(crc32(body)))
        out.flush()
        os.fsync(out.fileno())


def _equal(plain: Path, sealed: Path) -> bool:
    source = SealedBytes(sealed)
    try:
        with plain.open("rb") as file:
            at = 0
            while data := file.read(BLOCK_BYTES):
                if source.read(at, len(data)) != data:
                    return False
                at += len(data)
        return source.size == at
    finally:
        source.close()


def _read_block(head: bytes, at: int) -> SealedBlock | None:
    if len(head) < BLOCK_HEADER_BYTES or not head.startswith(_BLOCK_START):
        return None
    body = head[8 : 8 + _BLOCK.size]
    if _CHECK.unpack_from(head, 8 + _BLOCK.size)[0] != crc32(body):
        return None
    start, size, stored = _BLOCK.unpack(body)
    return SealedBlock(start, size, at + BLOCK_HEADER_BYTES, stored)


def _read_end(head: bytes) -> int | None:
    if len(head) < END_BYTES or not head.startswith(_END_START):
        return None
    body = head[8 : 8 + _END.size]
    if _CHECK.unpack_from(head, 8 + _END.size)[0] != crc32(body):
        return None
    size: int = _END.unpack(body)[0]
    return size


def _places(data: bytes, wanted: bytes) -> Iterator[int]:
    at = data.find(wanted)
    while at >= 0:
        yield at
        at = data.find(wanted, at + 1)
