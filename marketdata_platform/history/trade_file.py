"""A file of trades on disk, opened, checked and recognised, ready to be imported.

Belongs here: how container, checksum, format and parser come together. Does not: what is done with
the rows (workflows).
"""

from __future__ import annotations

import array
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np

from marketdata_platform.core.ahead import ahead
from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument, shown
from marketdata_platform.core.window import Window
from marketdata_platform.history.checksums import sha256_of, verified
from marketdata_platform.history.containers import (
    CappedStream,
    Caps,
    Member,
    Readable,
    members,
    opened,
)
from marketdata_platform.history.csv.blocks import BLOCK_BYTES, TextBlock, blocks
from marketdata_platform.history.csv.dump_rows import aggregated, dump_pieces
from marketdata_platform.history.file_names import claimed_stretch, claimed_symbols
from marketdata_platform.history.formats.captures import VenueCapture
from marketdata_platform.history.formats.dumps import Delimited
from marketdata_platform.history.formats.head import Head
from marketdata_platform.history.formats.known import format_named
from marketdata_platform.history.formats.recognise import detect, may_be_of
from marketdata_platform.history.piece import Piece
from marketdata_platform.history.venue_files import canonical
from marketdata_platform.workflows.files.import_files import DecodedBatch

_HEAD_BYTES = 256 << 10


@dataclass
class TradeFile:
    """`RecordSource` over a file. Made by `open_file`."""

    path: str
    instrument: Instrument
    format: str
    aggregated: bool
    sha256: str
    checksum: str
    covers: Window | None
    size_bytes: int
    caps: Caps
    block_bytes: int
    identity: tuple[int, ...]  # of the file when it was hashed

    @property
    def name(self) -> str:
        """File name without folders."""
        return Path(self.path).name

    def batches(self) -> Iterator[DecodedBatch]:
        """Decode the file once; two threads work ahead, about three blocks are in memory.

        Raises:
            InvalidInput: the file is damaged or cut off, breaks the caps, or changed since it was
                opened.
        """
        with opened(Path(self.path)) as file:
            if _identity(file) != self.identity:
                raise InvalidInput(
                    f"{self.path} changed since its checksum was taken: import it again when it is "
                    "finished"
                )
            for member in members(file, self.name, self.caps):
                yield from ahead(self._decoded(member, file))

    def _decoded(self, member: Member, file: BufferedReader) -> Iterator[DecodedBatch]:
        raw = ahead(self._watched(blocks(member.stream, member.source, self.block_bytes), member))
        first = next(raw, None)
        if first is None:
            return
        content = _chain(first, raw)
        format_ = format_named(self.format)
        if isinstance(format_, VenueCapture):
            pieces = format_.pieces(content, self.instrument)
        else:
            pieces = self._rows(format_, content, first.data, member.source)
        for piece in pieces:
            yield DecodedBatch(
                piece.rows,
                _positions(piece.lines),
                piece.rejected,
                piece.not_stored,
                member.source,
                file.tell(),
                piece.others,
                piece.kept,
            )

    def _watched(self, content: Iterator[TextBlock], member: Member) -> Iterator[TextBlock]:
        """The same blocks. A plain file that ends inside a line was cut off: its name's claim is
        not believed.
        """
        for block in content:
            if not block.complete and not isinstance(member.stream, CappedStream):
                self.covers = None
            yield block

    def _rows(
        self, format_: Delimited, content: Iterator[TextBlock], first: bytes, source: str
    ) -> Iterator[Piece]:
        layout = format_.layout_for(Head.of(first[:_HEAD_BYTES]), self.instrument, source)
        if aggregated(layout) != self.aggregated:
            raise UnsupportedFormat(
                f"{source} holds another kind of trades than the files before it in the archive"
            )
        yield from dump_pieces(content, layout)


def open_file(
    path: Path | str,
    instrument: Instrument,
    *,
    format: str | None = None,
    allow_bad_checksum: bool = False,
    caps: Caps | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> TradeFile:
    """Check the file's CHECKSUM, recognise its format (unless given) and that it is of
    `instrument`; import nothing.

    Raises:
        ChecksumMismatch: a CHECKSUM file beside it promises other bytes, and `allow_bad_checksum`
            is not set.
        UnsafeArchive: it breaks the caps or holds a member with a dangerous name.
        UnsupportedFormat: its format is not known, or it is of another venue, market or symbol than
            `instrument`.
        InvalidInput: it cannot be read, or is damaged.
    """
    path, instrument = Path(path), canonical(instrument)
    with opened(path) as file:
        identity = _identity(file)
        sha256 = sha256_of(file)
        checksum = verified(path, sha256, allow_bad_checksum)
        found, of_aggregates = _recognised(file, path.name, instrument, format, caps or Caps())
    return TradeFile(
        path=str(path),
        instrument=instrument,
        format=found,
        aggregated=of_aggregates,
        sha256=sha256,
        checksum=checksum,
        covers=claimed_stretch(path.name),
        size_bytes=identity[2],
        caps=caps or Caps(),
        block_bytes=block_bytes,
        identity=identity,
    )


def _recognised(
    file: BufferedReader, name: str, instrument: Instrument, format: str | None, caps: Caps
) -> tuple[str, bool]:
    head = b""
    for member in members(file, name, caps):
        head = next(
            (block.data for block in blocks(_Head(member.stream), member.source, _HEAD_BYTES)), b""
        )
        break
    found = detect(head, name, instrument.venue) if format is None else format_named(format)
    if format is None and not may_be_of(instrument.venue, found):
        raise UnsupportedFormat(
            f"{name} is in format {found.name}, which is not of venue {instrument.venue!r}; say "
            "--format if it is"
        )
    symbols = claimed_symbols(name)
    if symbols and instrument.symbol not in symbols:
        raise UnsupportedFormat(
            f"{name} is of symbol {' or '.join(map(shown, sorted(symbols)))} by its name, not "
            f"{shown(instrument.symbol)}"
        )
    if isinstance(found, VenueCapture):
        found.refuse_other_venue(instrument, name)
        return found.name, False
    return found.name, aggregated(found.layout_for(Head.of(head), instrument, name))


class _Head:
    """The first bytes of a stream."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self._left = stream, _HEAD_BYTES

    def read(self, size: int, /) -> bytes:
        """At most what is left of the head."""
        data = self._stream.read(min(size, self._left))
        self._left -= len(data)
        return data


def _identity(file: BufferedReader) -> tuple[int, ...]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _positions(lines: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Sequence[int]:
    if (
        len(lines)
        and int(lines[-1]) - int(lines[0]) == len(lines) - 1
        and (np.diff(lines) == 1).all()
    ):
        return range(int(lines[0]), int(lines[-1]) + 1)
    return array.array("q", lines.tobytes())


def _chain(first: TextBlock, rest: Iterator[TextBlock]) -> Iterator[TextBlock]:
    yield first
    del first
    yield from rest
