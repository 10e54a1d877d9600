"""A file of trades on disk, opened, checked and recognised, ready to be imported.

Belongs here: how container, checksum, format and parser come together. Does not: what is done with
the rows (workflows).
"""

from __future__ import annotations

import array
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from marketdata_platform.core.ahead import ahead
from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument, shown
from marketdata_platform.core.repeats import Repeats
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
from marketdata_platform.history.csv.blocks import BLOCK_BYTES, Block, blocks
from marketdata_platform.history.csv.csv_rows import PAYLOAD_LIMIT, Parsed, parse_block
from marketdata_platform.history.file_names import claimed_stretch, claimed_symbol
from marketdata_platform.history.formats.frame_rows import streamed_rows, whole_books
from marketdata_platform.history.formats.frames import Frames, parse_frames
from marketdata_platform.history.formats.kalshi_frames import parse_kalshi
from marketdata_platform.history.formats.recognise import Format, detect, layout_for
from marketdata_platform.history.ordinals import with_ordinals
from marketdata_platform.venues.binance import names
from marketdata_platform.venues.kit.layouts import Kind, Layout
from marketdata_platform.workflows.files.import_files import DecodedBatch, OtherRows, Rejected

_HEAD_BYTES = 256 << 10
_VENUES = {Format.BYBIT_TRADES: "bybit", Format.KALSHI_FRAMES: "kalshi"} | dict.fromkeys(
    (Format.BINANCE_TRADES, Format.BINANCE_AGGTRADES, Format.FRAMES), "binance"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one block gave, before it becomes a batch."""

    rows: pa.Table
    lines: np.ndarray[tuple[int], np.dtype[np.int64]]
    rejected: Sequence[Rejected]
    not_stored: Mapping[str, int]
    others: Sequence[OtherRows] = ()
    kept: Mapping[str, int] = field(default_factory=dict)


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
        if self.format == Format.FRAMES:
            pieces = self._frames(content)
        elif self.format == Format.KALSHI_FRAMES:
            pieces = self._kalshi_frames(content)
        else:
            pieces = self._rows(content, first.data, member.source)
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

    def _watched(self, content: Iterator[Block], member: Member) -> Iterator[Block]:
        """The same blocks. A plain file that ends inside a line was cut off: its name's claim is
        not believed.
        """
        for block in content:
            if not block.complete and not isinstance(member.stream, CappedStream):
                self.covers = None
            yield block

    def _rows(self, content: Iterator[Block], first: bytes, source: str) -> Iterator[_Piece]:
        layout = layout_for(Format(self.format), first[:_HEAD_BYTES], self.instrument, source)
        if _aggregated(layout) != self.aggregated:
            raise UnsupportedFormat(
                f"{source} holds another kind of trades than the files before it in the archive"
            )
        parsed = _parsed(content, layout)
        for block in with_ordinals(parsed) if layout.has(Kind.TEXT_ID) else parsed:
            yield _Piece(block.rows, block.lines, block.rejected, {})

    def _frames(self, content: Iterator[Block]) -> Iterator[_Piece]:
        line = 1
        for block in content:
            parsed = parse_frames(block.data, self.instrument.symbol, line)
            line += parsed.line_count
            others, refused = streamed_rows(self.instrument, *_columns(parsed.others))
            books, refused_books = whole_books(self.instrument, *_columns(parsed.books))
            rejected = [*parsed.rejected, *refused, *refused_books]
            lines = np.array(parsed.lines, np.int64)
            yield _Piece(
                parsed.table(), lines, rejected, parsed.not_stored, [*others, *books], parsed.kept
            )

    def _kalshi_frames(self, content: Iterator[Block]) -> Iterator[_Piece]:
        line, repeats = 1, Repeats()
        for block in content:
            parsed = parse_kalshi(block.data, self.instrument, line, repeats)
            line += parsed.line_count
            lines = np.array(parsed.lines, np.int64)
            yield _Piece(
                parsed.trades, lines, parsed.rejected, parsed.not_stored, parsed.others, parsed.kept
            )


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
    path, instrument = Path(path), names.canonical(instrument)
    with opened(path) as file:
        identity = _identity(file)
        sha256 = sha256_of(file)
        checksum = verified(path, sha256, allow_bad_checksum)
        found, aggregated = _recognised(file, path.name, instrument, format, caps or Caps())
    return TradeFile(
        path=str(path),
        instrument=instrument,
        format=found,
        aggregated=aggregated,
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
) -> tuple[Format, bool]:
    head = b""
    for member in members(file, name, caps):
        head = next(
            (block.data for block in blocks(_Head(member.stream), member.source, _HEAD_BYTES)), b""
        )
        break
    found = detect(head, name) if format is None else _named(format)
    if format is None and not instrument.venue.startswith(_VENUES.get(found, "")):
        raise UnsupportedFormat(
            f"{name} is in format {found}, which is not of venue {instrument.venue!r}; say "
            "--format if it is"
        )
    symbol = claimed_symbol(name)
    if symbol is not None and symbol != instrument.symbol:
        raise UnsupportedFormat(
            f"{name} is of symbol {shown(symbol)} by its name, not {shown(instrument.symbol)}"
        )
    if found in (Format.FRAMES, Format.KALSHI_FRAMES):
        return found, False
    return found, _aggregated(layout_for(found, head, instrument, name))


class _Head:
    """The first bytes of a stream."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self._left = stream, _HEAD_BYTES

    def read(self, size: int, /) -> bytes:
        """At most what is left of the head."""
        data = self._stream.read(min(size, self._left))
        self._left -= len(data)
        return data


def _columns(frames: Frames) -> tuple[list[bytes], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    return frames.frames, np.array(frames.received_us, np.int64), np.array(frames.lines, np.int64)


def _named(format: str) -> Format:
    try:
        return Format(format)
    except ValueError:
        raise UnsupportedFormat(
            f"no format is called {shown(format)}; there are: {', '.join(Format)}"
        ) from None


def _parsed(content: Iterator[Block], layout: Layout) -> Iterator[Parsed]:
    line = 1
    for block in content:
        if block.complete or layout.kinds[-1] in (Kind.SKIP, Kind.MAKER):
            parsed = parse_block(block.data, layout, line)
        else:
            parsed = _without_cut_line(block.data, layout, line)
        line += parsed.line_count
        yield parsed


def _without_cut_line(data: bytes, layout: Layout, line: int) -> Parsed:
    """Where a row ends with a number, a cut one may look whole: the quantity 0.132 cut to 0.1. It
    is not believed.
    """
    end = data.rfind(b"\n", 0, -1) + 1
    parsed = parse_block(data[:end], layout, line)
    text = data[end:-1].decode("utf-8", "replace")[:PAYLOAD_LIMIT]
    cut = Rejected(line + parsed.line_count, "the file ends inside this line", text, None)
    return Parsed(parsed.rows, parsed.lines, [*parsed.rejected, cut], parsed.line_count + 1)


def _aggregated(layout: Layout) -> bool:
    return layout.has(Kind.FIRST_ID)


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


def _chain(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    yield first
    del first
    yield from rest
