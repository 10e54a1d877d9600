"""Captures of Kalshi: lines of `{"recv_ms":…,"event":{…}}`, as recorders write them.

Belongs here: lines to rows and counts of one market. Does not: message shapes (venues). Equal
changes of one moment are counted along the capture, so its blocks are read with one `Repeats`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pyarrow as pa

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.history.formats.frame_rows import PAYLOAD_LIMIT, rows_of
from marketdata_platform.venues.kalshi.decode import decode
from marketdata_platform.venues.kit.exact import DoesNotFit, us_from_epoch_count
from marketdata_platform.workflows.files.import_files import OtherRows, Rejected


class _Line(msgspec.Struct, gc=False):
    recv_ms: int
    event: msgspec.Raw


_decoder = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class KalshiBlock:
    """What the lines of one block gave."""

    trades: pa.Table = field(default_factory=TRADES.arrow_schema.empty_table)
    lines: list[int] = field(default_factory=list)
    others: list[OtherRows] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    not_stored: Counter[str] = field(default_factory=Counter)
    line_count: int = 0


def parse_kalshi(
    block: bytes, instrument: Instrument, first_line: int, repeats: Repeats
) -> KalshiBlock:
    """Decode the lines of `block`, the first of which is line `first_line`; what is of `instrument`
    is kept.
    """
    out = KalshiBlock()
    frames, received, lines = [], [], []
    for number, line in enumerate(block.split(b"\n")[:-1], first_line):
        out.line_count += 1
        if not line.strip():
            continue
        try:
            told = _decoder.decode(line)
            received.append(us_from_epoch_count("receive time", told.recv_ms))
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, DoesNotFit) as error:
            out.rejected.append(_refused(number, str(error), line))
            continue
        frames.append(bytes(told.event))
        lines.append(number)
    decoded = decode(instrument.market, frames, np.array(received, np.int64), repeats)
    found, refused = rows_of(decoded, instrument, frames, np.array(lines, np.int64))
    out.rejected += refused
    of_trades = [rows for rows in found if rows.dataset == TRADES.name]
    if of_trades:
        out.trades = pa.concat_tables([rows.rows for rows in of_trades])
        out.lines = [line for rows in of_trades for line in rows.positions]
    out.others = [rows for rows in found if rows.dataset != TRADES.name]
    for name, count in decoded.counts.items():
        (out.not_stored if name.startswith(("unknown ", "other")) else out.kept)[name] += count
    return out


def _refused(line: int, reason: str, text: bytes) -> Rejected:
    return Rejected(line, reason, text.decode("utf-8", "replace")[:PAYLOAD_LIMIT], None)
