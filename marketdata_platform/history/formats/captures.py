"""Captures of frames, as recorders write them: one frame per line, with its receive time.

Belongs here: lines to rows and counts, by what the venue declares of its captures. Does not: how a
line looks, what a frame is (venues). Each line stands for itself. Receive times are never used to
order or to date a trade: recorders' clocks were found more than a second behind the exchange's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.core.window import from_us
from marketdata_platform.history.csv.blocks import TextBlock
from marketdata_platform.history.formats.captured_trades import CapturedTrades
from marketdata_platform.history.piece import Piece
from marketdata_platform.venues.capture_decoding import decode_frames, decode_route
from marketdata_platform.venues.kit.exact import DoesNotFit, us_from_epoch_count
from marketdata_platform.venues.kit.file_formats import (
    Capture,
    CapturedFrame,
    CapturedTrade,
    Sorted,
)
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame
from marketdata_platform.workflows.files.import_files import OtherRows, RejectedRecord

Int64s = npt.NDArray[np.int64]
PAYLOAD_LIMIT = 4096
_DISTINCT_COUNTS = 100  # a hostile capture could name as many types as it has lines


@dataclass(frozen=True, slots=True)
class VenueCapture:
    """A venue's format of captures."""

    venue: str
    capture: Capture

    @property
    def name(self) -> str:
        """As `--format` says."""
        return self.capture.name

    def refuse_other_venue(self, instrument: Instrument, name: str) -> None:
        """Check that the frames of file `name` can be read for the instrument.

        Raises:
            UnsupportedFormat: only the venue's own decoder reads them, and the instrument is of
                another.
        """
        if self.capture.sort is None and instrument.venue != self.venue:
            raise UnsupportedFormat(
                f"{name} is read as {self.name}, whose frames are all of venue {self.venue}, not "
                f"{instrument.venue}: name the instrument that it is of"
            )

    def pieces(self, blocks: Iterator[TextBlock], instrument: Instrument) -> Iterator[Piece]:
        """The blocks of one capture in their order: equal changes of one moment are counted along
        it.

        Raises:
            ConfigurationError: no decoder is known for the instrument's venue.
        """
        line, repeats = 1, Repeats()
        for block in blocks:
            sorted_ = sorted_lines(block.data, self.capture, instrument.symbol, line)
            line += sorted_.line_count
            yield _piece(sorted_, instrument, repeats)


@dataclass(slots=True)
class Frames:
    """Frames, when they were received, µs, and their lines."""

    frames: list[bytes] = field(default_factory=list)
    received_us: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, frame: bytes, received_us: int, line: int) -> None:
        """One more."""
        self.frames.append(frame)
        self.received_us.append(received_us)
        self.lines.append(line)


@dataclass(slots=True)
class SortedLines:
    """The lines of one block, each with its like."""

    capture: Capture
    symbol: str
    trades: CapturedTrades = field(default_factory=CapturedTrades)
    streamed: Frames = field(default_factory=Frames)  # frames of streams
    answers: dict[str, Frames] = field(default_factory=dict)  # REST answers, by route
    rejected: list[RejectedRecord] = field(default_factory=list)
    not_stored: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    line_count: int = 0

    def read(self, line: bytes, number: int) -> None:
        """Sort one line; what is wrong with it goes into `rejected`."""
        found: Sorted | None = None
        try:
            received, frame = self.capture.cut(line)
            if self.capture.sort is None:
                self.streamed.add(frame, received, number)
                return
            found = self.capture.sort(frame)
            if isinstance(found, CapturedTrade) and found.symbol == self.symbol:
                self.trades.add(found, received, number)
                return
        except (MalformedFrame, DoesNotFit) as error:
            self._reject(line, number, str(error), found)
            return
        if isinstance(found, CapturedTrade):
            found = CapturedFrame("trade", found.symbol, True, None)
        self._sort(found, frame, received, number)

    def _sort(self, found: CapturedFrame, frame: bytes, received: int, number: int) -> None:
        symbol = found.symbol or self.symbol
        if symbol != self.symbol or not found.kept:
            self._count(found.name if symbol == self.symbol else f"other symbol {symbol[:40]}")
            return
        self.kept[found.name] += 1
        frames = self.streamed
        if found.route is not None:
            frames = self.answers.setdefault(found.route, Frames())
        frames.add(frame, received, number)

    def _reject(self, line: bytes, number: int, reason: str, found: Sorted | None) -> None:
        ts_event = None
        if isinstance(found, CapturedTrade):
            try:
                ts_event = from_us(us_from_epoch_count("time", found.time))
            except DoesNotFit:
                ts_event = None
        payload = line.decode("utf-8", "replace")[:PAYLOAD_LIMIT]
        self.rejected.append(RejectedRecord(number, reason, payload, ts_event))

    def _count(self, name: str) -> None:
        known = name in self.not_stored or len(self.not_stored) < _DISTINCT_COUNTS
        self.not_stored[name if known else "other"] += 1


def sorted_lines(block: bytes, capture: Capture, symbol: str, first_line: int) -> SortedLines:
    """Sort the lines of `block`, the first of which is line `first_line`; trades of `symbol` are
    read.
    """
    out = SortedLines(capture, symbol)
    for number, line in enumerate(block.split(b"\n")[:-1], first_line):
        plain = line.strip()
        if plain:
            out.read(plain, number)
        out.line_count += 1
    return out


def _piece(found: SortedLines, instrument: Instrument, repeats: Repeats) -> Piece:
    streamed, rejected = _streamed(found, instrument, repeats)
    answered, refused = _answered(found, instrument)
    of_trades = [rows for rows in streamed if rows.dataset == TRADES.name]
    trades, lines = found.trades.table(), found.trades.lines
    if of_trades:
        trades = pa.concat_tables([trades, *(rows.rows for rows in of_trades)])
        lines = [*lines, *(line for rows in of_trades for line in rows.positions)]
    return Piece(
        trades,
        np.array(lines, np.int64),
        [*found.rejected, *rejected, *refused],
        found.not_stored,
        [*(rows for rows in streamed if rows.dataset != TRADES.name), *answered],
        found.kept,
    )


def _streamed(
    found: SortedLines, instrument: Instrument, repeats: Repeats
) -> tuple[list[OtherRows], list[RejectedRecord]]:
    frames = found.streamed
    if not frames.frames:
        return [], []
    received = np.array(frames.received_us, np.int64)
    decoded = decode_frames(instrument, frames.frames, received, repeats)
    if found.capture.sort is None:
        _add_counts(found, decoded)
    return _rows(decoded, instrument, frames)


def _answered(
    found: SortedLines, instrument: Instrument
) -> tuple[list[OtherRows], list[RejectedRecord]]:
    others: list[OtherRows] = []
    rejected: list[RejectedRecord] = []
    for route, answers in found.answers.items():
        received = np.array(answers.received_us, np.int64)
        decoded = decode_route(instrument, route, answers.frames, received)
        rows, refused = _rows(decoded, instrument, answers)
        others += rows
        rejected += refused
    return others, rejected


def _add_counts(found: SortedLines, decoded: Decoded) -> None:
    for name, count in decoded.counts.items():
        unknown = name.startswith(("unknown ", "other"))
        (found.not_stored if unknown else found.kept)[name] += count


def _rows(
    decoded: Decoded, instrument: Instrument, frames: Frames
) -> tuple[list[OtherRows], list[RejectedRecord]]:
    """What was decoded of the instrument, with the lines that it came from."""
    lines = np.array(frames.lines, np.int64)
    found = [
        OtherRows(rows.dataset.name, rows.table, lines[rows.frames].tolist())
        for rows in decoded.rows
        if rows.instrument == instrument
    ]
    rejected = [
        RejectedRecord(
            frames.lines[one.frame],
            one.reason,
            frames.frames[one.frame][:PAYLOAD_LIMIT].decode("utf-8", "replace"),
            None,
            one.dataset or TRADES.name,
        )
        for one in decoded.rejected
    ]
    return found, rejected
