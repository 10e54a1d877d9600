"""Streams of bytes to blocks of whole lines.

Belongs here: where a block is cut, and what ends a file. Every block ends with a newline; a byte
order mark is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.history.containers import Readable

BLOCK_BYTES = 24 << 20  # some 400,000 trades: a batch of the store
_READ_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Whole lines. `complete` is false when the last one had no newline, as in a file that was cut
    off.
    """

    data: bytes
    complete: bool = True


def blocks(stream: Readable, name: str, block_bytes: int = BLOCK_BYTES) -> Iterator[TextBlock]:
    """The stream in blocks of about `block_bytes`.

    Raises:
        UnsupportedFormat: a line is longer than a block: this is no text file.
    """
    parts: list[bytes] = [_without_bom(stream.read(_READ_BYTES))]
    held = len(parts[0])
    while data := stream.read(_READ_BYTES):
        cut = data.rfind(b"\n") + 1
        if held + len(data) < block_bytes or not cut:
            if held > block_bytes + _READ_BYTES:
                raise UnsupportedFormat(
                    f"{name} has a line longer than {block_bytes:,} bytes: it is not a text file"
                )
            parts.append(data)
            held += len(data)
            continue
        yield TextBlock(b"".join((*parts, data[:cut])))
        parts = [data[cut:]]
        held = len(parts[0])
    rest = b"".join(parts)
    if rest:
        yield TextBlock(rest if rest.endswith(b"\n") else rest + b"\n", rest.endswith(b"\n"))


def _without_bom(data: bytes) -> bytes:
    return data[len(_BOM) :] if data.startswith(_BOM) else data
