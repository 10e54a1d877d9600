"""Kalshi: captures of its streams, lines of `{"recv_ms":…,"event":{…}}`.

Belongs here: how recorders write its frames. Does not: its messages, reading files (history).
"""

from __future__ import annotations

import re

import msgspec

from marketdata_platform.venues.kit.exact import us_from_epoch_count
from marketdata_platform.venues.kit.file_formats import Capture, FileFormats
from marketdata_platform.venues.kit.rows import MalformedFrame


class _Line(msgspec.Struct, gc=False):
    recv_ms: int
    event: msgspec.Raw


_decoder = msgspec.json.Decoder(_Line)


def cut(line: bytes) -> tuple[int, bytes]:
    """A line's receive time, µs since 1970, and its frame.

    Raises:
        MalformedFrame: it is not of this form.
        DoesNotFit: its receive time is none.
    """
    try:
        read = _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(str(error)) from error
    return us_from_epoch_count("receive time", read.recv_ms), bytes(read.event)


FILES = FileFormats(
    dumps=(),
    captures=(
        Capture(name="kalshi-frames", begins=re.compile(rb'\{"recv_ms":'), cut=cut, sort=None),
    ),
    tables=(),
    markets=("event",),
    market_names={},
    others={},
)
